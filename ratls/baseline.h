/* baseline.h - sets of reference values: which versions of what may run, by TEE.
 *
 * A set is all items of kind `refval` with one TEE and name; each item is one version of it. Body,
 * of which `measurements` or `claims` must be there and not be empty:
 *   {"measurements": [hex...],                    claim `measurement` is one of them
 *    "claims": {name: [hex|text|int|bool, ...]},  each claim is one of its values
 *    "lists": {name: [hex...]},                   every item of the claim is listed, at least one
 * is there "minimum": {name: int},                      integer claims, at least "tcb_status":
 * [status...], "advisory_ids": {"accepted": [id...], "rejected": [id...]}, "comment": text} All
 * that is there must hold. Reads verified claims and nothing else; whether a status is good enough
 * at all is the policy's business too. */
#ifndef RT_BASELINE_H
#define RT_BASELINE_H

#include "ratls/evidence.h"
#include "trust_item.h"

/* One version. Its body was checked when it was read, and is walked where it is judged. */
struct rt_baseline {
    struct rt_item item;
    struct cJSON *body;  /* owned */
    bool by_measurement; /* the body has `measurements` */
};

struct rt_baseline_entry; /* a measurement, and the version that lists it */

struct rt_baselines {         /* zeroed: none */
    struct rt_baseline *list; /* sorted by rt_item_compare() */
    size_t n;
    struct rt_baseline_entry *index; /* of all measurements */
    size_t n_index;
};

/* Whether the body may be kept. Letters of hex become lower case. RATLS_E_TRUST_FORMAT. */
RATLS_MUST_USE enum ratls_err rt_baseline_check(struct rt_item_reader *r, struct cJSON *body);
/* Room for all versions of `more`, without which they are not moved into `b`. */
RATLS_MUST_USE enum ratls_err rt_baselines_reserve(struct rt_baselines *b,
                                                   const struct rt_baselines *more);
void rt_baselines_move(struct rt_baselines *b, struct rt_baselines *more);
void rt_baselines_free(struct rt_baselines *b);
bool rt_baselines_any_active(const struct rt_baselines *b);
/* Is there any version of this TEE, whatever its state? */
bool rt_baselines_know(const struct rt_baselines *b, const char *tee);

#define RT_BASELINE_ANY "*" /* in place of a name: every set of the TEE */

typedef char rt_baseline_name[RT_ITEM_NAME_MAX + 1];

struct rt_baseline_query {
    const char *tee;
    const rt_baseline_name *names;
    size_t n_names;
    const struct ratls_claims *claims;
    int64_t now;
    bool (*must_name)(const char *claim); /* a version fits that has such a claim; NULL: any */
};

/* The first version that counts (active, within its dates) and fits: in the order of the names,
 * "*" by name, the highest version first. *out borrows from `b`; NULL with
 *   RATLS_E_REFVAL_REVOKED, RATLS_E_REFVAL_EXPIRED: none does, but one that would is that
 *   RATLS_E_MEASUREMENT: else, where any version of these sets counts
 *   RATLS_E_NO_REFERENCE_VALUE: none counts */
RATLS_MUST_USE enum ratls_err rt_baselines_judge(const struct rt_baselines *b,
                                                 const struct rt_baseline_query *q,
                                                 const struct rt_baseline **out,
                                                 struct ratls_error *err);

#endif
