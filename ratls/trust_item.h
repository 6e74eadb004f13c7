/* trust_item.h - what every item of a trust document says of itself, whatever its kind.
 *
 * An item is one version of something that an operator stores: reference values, an anchor, a
 * policy, a revocation (TRUST.md). Its identity is kind, TEE, name and version. */
#ifndef RT_TRUST_ITEM_H
#define RT_TRUST_ITEM_H

#include "base.h"

#define RT_ITEM_TEE_MAX     32 /* verifier names, ratls/verifier.h */
#define RT_ITEM_NAME_MAX    64
#define RT_ITEM_VALUE_MAX   64 /* bytes of a measurement, key hash or platform id */
#define RT_MAX_TRUST_ITEMS  4096
#define RT_MAX_TRUST_VALUES 65536 /* of all reference values and revocations */

enum rt_item_state { RT_ITEM_DRAFT, RT_ITEM_ACTIVE, RT_ITEM_SUPERSEDED, RT_ITEM_REVOKED };

struct rt_item {
    const char *kind;              /* a constant */
    char tee[RT_ITEM_TEE_MAX + 1]; /* "": policies, and revocations of any TEE */
    char name[RT_ITEM_NAME_MAX + 1];
    int64_t version; /* 1 to 2^31 - 1 */
    enum rt_item_state state;
    int64_t not_before, not_after; /* seconds since 1970; 0: open */
};

const char *rt_item_state_name(enum rt_item_state state);
bool rt_item_in_dates(const struct rt_item *item, int64_t now); /* both ends belong to it */
/* Active, and within its dates. */
bool rt_item_counts(const struct rt_item *item, int64_t now);
/* By kind, TEE and name, the highest version first. */
int rt_item_compare(const struct rt_item *a, const struct rt_item *b);
/* [A-Za-z0-9_-]{1,64} */
bool rt_item_good_name(const char *name);
/* 1 to `most` bytes without control characters. */
bool rt_item_good_text(const char *text, size_t most);

/* ---- reading a body ---- */

struct cJSON;

struct rt_item_reader {
    struct rt_item item;
    size_t at;       /* number of the item in its document, until its identity is known */
    size_t n_values; /* of the trust so far */
    struct ratls_error *err;
};

/* RATLS_E_TRUST_FORMAT with the item's identity, the member's name and what is wrong with it. */
enum ratls_err rt_item_malformed(const struct rt_item_reader *r, const char *member,
                                 const char *why);

struct rt_item_member {
    const char *name;
    enum ratls_err (*check)(struct rt_item_reader *r, struct cJSON *value);
};
/* Each member of the object is one of the table (ends with a NULL name) and passes its check. */
RATLS_MUST_USE enum ratls_err rt_item_check_object(struct rt_item_reader *r, struct cJSON *object,
                                                   const struct rt_item_member *members);
/* One more value. */
RATLS_MUST_USE enum ratls_err rt_item_count_value(struct rt_item_reader *r, const char *member);
/* Hex of `least` to RT_ITEM_VALUE_MAX bytes; letters become lower case. */
RATLS_MUST_USE bool rt_item_take_hex(struct cJSON *value, size_t least);
/* A member "comment": it is for people. */
RATLS_MUST_USE enum ratls_err rt_item_check_comment(struct rt_item_reader *r, struct cJSON *value);

#endif
