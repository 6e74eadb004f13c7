/* trust_stored.h - everything that came into a trust by trust documents. Filled by
 * trust_document.c, all of a document or nothing; only read after. */
#ifndef RT_TRUST_STORED_H
#define RT_TRUST_STORED_H

#include "baseline.h"
#include "revocation.h"

#define RT_ISSUER_MAX 128

struct rt_stored_policy {
    struct rt_item item;
    char *text; /* JSON, owned; was parsed once */
};

/* Whose bundle a document was. */
struct rt_origin {
    char issuer[RT_ISSUER_MAX + 1], bundle[RT_ITEM_NAME_MAX + 1];
    int64_t revision;
};

struct rt_stored {         /* zeroed: empty */
    struct rt_item *items; /* all of them, sorted; owned like every list here */
    size_t n_items;
    struct rt_baselines baselines;
    struct rt_revocations revocations;
    struct rt_stored_policy *policies;
    size_t n_policies;
    struct rt_origin *origins;
    size_t n_origins;
    size_t n_documents, n_values;
};

void rt_stored_free(struct rt_stored *s);
/* Room in `s` for all of `more`; then the move, which cannot fail. `more` is empty after. */
RATLS_MUST_USE enum ratls_err rt_stored_reserve(struct rt_stored *s, const struct rt_stored *more);
void rt_stored_move(struct rt_stored *s, struct rt_stored *more);

/* The first item whose identity is among both, or twice in `more` (which gets sorted); NULL. */
const struct rt_item *rt_stored_find_twice(const struct rt_stored *s, struct rt_stored *more);
const struct rt_origin *rt_stored_origin(const struct rt_stored *s, const char *issuer,
                                         const char *bundle);
/* No item begins to count after `from` and until `until`, and none ends within. */
bool rt_stored_stays(const struct rt_stored *s, int64_t from, int64_t until);
/* Text of the highest version of this policy that counts; len 0: there is none. */
struct ratls_bytes rt_stored_policy(const struct rt_stored *s, const char *name, int64_t now);

#endif
