/* document.h - the outermost object of a trust document, as far as bundles and mappings need it.
 *
 * Items are only looked at by those who translate them. */
#ifndef RT_DOCUMENT_H
#define RT_DOCUMENT_H

#include "base.h"

#define RT_DOCUMENT_FORMAT    "ratls-trust/1"
#define RT_MAX_DOCUMENT_ITEMS 4096
#define RT_MAX_DOCUMENT_TEXT  128                       /* bytes of issuer and author */
#define RT_MAX_DOCUMENT_NAME  64                        /* characters of names */
#define RT_MAX_DOCUMENT_INT   INT64_C(9007199254740991) /* 2^53 - 1, RFC 7493 s.2.2 */
#define RT_MAX_ITEM_VERSION   INT64_C(2147483647)

struct cJSON;

struct rt_trust_text {
    struct cJSON *json;          /* owned */
    const char *issuer, *bundle; /* borrowed from json; NULL: it says none of the three */
    int64_t revision;
    const struct cJSON *items; /* an array of objects, borrowed from json */
};

/* `malformed` is the code of what is no such document. rt_trust_text_free() also after an error. */
RATLS_MUST_USE enum ratls_err rt_trust_text_read(struct ratls_bytes text, enum ratls_err malformed,
                                                 struct rt_trust_text *out,
                                                 struct ratls_error *err);
void rt_trust_text_free(struct rt_trust_text *document);

/* The first member of `object` that is not in `names` (NULL-terminated); NULL: there is none. */
const char *rt_trust_text_unknown(const struct cJSON *object, const char *const *names);
/* [A-Za-z0-9_-]{1,64} */
bool rt_trust_text_is_name(struct ratls_bytes text);
/* [a-z0-9_]{1,32} */
bool rt_trust_text_is_tee(struct ratls_bytes text);
/* 1 to `max` bytes without control characters. */
bool rt_trust_text_is_text(struct ratls_bytes text, size_t max);
/* Such a string; NULL: `item` is something else. */
const char *rt_trust_text_member(const struct cJSON *item, size_t max);

/* Moves a document out that was written here; *out is new. RATLS_E_BUNDLE_FORMAT when it is none:
 * what it was made of does not fit into one. */
RATLS_MUST_USE enum ratls_err rt_trust_text_take(struct rt_writer *w, struct ratls_buffer *out,
                                                 struct ratls_error *err);

#endif
