/* record.h - items and rows of the audit trail: their shape, digests, and JSON.
 *
 * Pure functions over bytes; no place is touched. What comes out of a place is as foreign as what
 * comes from outside: shapes are checked in both directions. Does NOT know which changes are
 * allowed (rules.h). */
#ifndef RT_RECORD_H
#define RT_RECORD_H

#include "base.h"
#include "ratls/store.h"

#define RT_MAX_ITEMS      4096         /* of one document */
#define RT_MAX_BODY       (512 * 1024) /* JSON, of one item */
#define RT_MAX_VERSION    0x7fffffff
#define RT_MAX_TIME       0x1fffffffffffffLL /* 2^53 - 1: what JSON carries */
#define RT_MAX_ITEM_FILE  (RT_MAX_BODY + 2048)
#define RT_MAX_EVENT_LINE 4096
#define RT_MAX_TRAIL      (64 * 1024 * 1024) /* bytes, of a folder */
#define RT_DIGEST_LEN     32
#define RT_SUBJECT_LEN    256 /* with NUL */

/* The kind that ratls/secrets.h keeps: sealed, beside the others, and never in a document. */
#define RT_SECRET "secret"

/* ---- states ---- */

enum rt_state { RT_DRAFT, RT_ACTIVE, RT_SUPERSEDED, RT_REVOKED };
RATLS_MUST_USE bool rt_state_of(const char *name, enum rt_state *out);
const char *rt_state_name(enum rt_state s); /* constant */

/* ---- items ---- */

/* With memory of its own. */
struct rt_entry {
    struct ratls_store_item view; /* points into `text`; state is a constant */
    struct ratls_buffer text;
    enum rt_state state;
    uint8_t trail_digest[RT_DIGEST_LEN]; /* what the trail says of it */
    bool in_trail;
};

/* *out is new: rt_entry_free(). A state that is none becomes "", which rt_entry_check() refuses. */
RATLS_MUST_USE enum ratls_err rt_entry_copy(const struct ratls_store_item *from,
                                            struct rt_entry *out);
void rt_entry_free(struct rt_entry *item);
void rt_entry_set_state(struct rt_entry *item, enum rt_state s, int64_t now);

/* By kind, tee, name, version. */
int rt_ref_compare(const struct ratls_store_ref *a, const struct ratls_store_ref *b);
bool rt_ref_same_name(const struct ratls_store_ref *a, const struct ratls_store_ref *b);

/* Names, numbers, lengths; not what the body says. `code` is that of a refusal. */
RATLS_MUST_USE enum ratls_err rt_entry_check(const struct ratls_store_item *item,
                                             enum ratls_err code, struct ratls_error *err);
RATLS_MUST_USE enum ratls_err rt_ref_check(const struct ratls_store_ref *ref, enum ratls_err code,
                                           struct ratls_error *err);
bool rt_is_secret(const struct ratls_store_ref *ref);
bool rt_is_name(const char *text);                  /* of an item or bundle */
bool rt_is_printable(const char *text, size_t max); /* ASCII, may be empty */
bool rt_is_author(const char *text);                /* printable, not empty */
bool rt_is_action(const char *text);
RATLS_MUST_USE enum ratls_err rt_entry_digest(const struct ratls_store_item *item,
                                              uint8_t out[RT_DIGEST_LEN]);

/* ---- rows of the trail ---- */

struct rt_event {
    struct ratls_store_event view;
    uint8_t digest[RT_DIGEST_LEN]; /* of the item after the change */
    bool has_digest;
};

/* Lengths and characters of its texts. */
bool rt_event_fits(const struct rt_event *event);
/* The hash that belongs to a row which follows one with hash `before` (32 zero bytes for the
 * first).
 */
RATLS_MUST_USE enum ratls_err rt_event_hash(const struct rt_event *event,
                                            const uint8_t before[RT_DIGEST_LEN],
                                            uint8_t out[RT_DIGEST_LEN]);

/* "kind/tee/name/version", and back: the texts of *out point into `buffer`. */
void rt_subject(const struct ratls_store_ref *ref, char out[RT_SUBJECT_LEN]);
RATLS_MUST_USE bool rt_subject_parse(const char *subject, char buffer[RT_SUBJECT_LEN],
                                     struct ratls_store_ref *out);
/* Decimal, without sign, leading zero or anything else. */
RATLS_MUST_USE bool rt_decimal(const char *text, int64_t max, int64_t *out);

/* ---- JSON ---- */

struct cJSON;

/* One object without white space; `with_changed` as a file has it, without as a document. */
void rt_entry_put(struct rt_writer *w, const struct ratls_store_item *item, bool with_changed);
/* Left-out members are 0 or "" (author as well). Unknown ones are refused. *out is new. Its shape
 * is not checked yet. RATLS_E_TRUST_FORMAT. */
RATLS_MUST_USE enum ratls_err rt_entry_of_json(const struct cJSON *json, struct rt_entry *out,
                                               struct ratls_error *err);
/* A file or a line, exactly as it is written here: RATLS_E_STORE_TAMPERED for anything else. *out
 * is new. */
RATLS_MUST_USE enum ratls_err rt_entry_read(struct ratls_bytes file, struct rt_entry *out,
                                            struct ratls_error *err);
void rt_event_put(struct rt_writer *w, const struct rt_event *event); /* without line end */
/* `text` is new and holds the texts of *out. */
RATLS_MUST_USE enum ratls_err rt_event_read(struct ratls_bytes line, struct rt_event *out,
                                            struct ratls_buffer *text, struct ratls_error *err);
/* Any JSON without white space, members in their order, as it is compared and hashed. *out is new.
 * RATLS_E_TRUST_FORMAT when it is no object. */
RATLS_MUST_USE enum ratls_err rt_body_normal(struct ratls_bytes body, struct ratls_buffer *out,
                                             struct ratls_error *err);

#endif
