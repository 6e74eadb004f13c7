/* rules.h - which changes are allowed. Reads a snapshot, changes nothing. */
#ifndef RT_RULES_H
#define RT_RULES_H

#include "snapshot.h"

/* One item as the core takes it. RATLS_E_TRUST_FORMAT. */
RATLS_MUST_USE enum ratls_err rt_rule_valid(const struct ratls_env *env,
                                            const struct ratls_store_item *item,
                                            struct ratls_error *err);
/* The name that the core demands of a revocation: `what` and the beginning of the value's hash. */
RATLS_MUST_USE enum ratls_err rt_revocation_name(const char *what, struct ratls_bytes value,
                                                 char out[RATLS_STORE_NAME_MAX + 1]);
/* A version above all there are: RATLS_E_ROLLBACK. */
RATLS_MUST_USE enum ratls_err rt_rule_newest(const struct rt_snapshot *now,
                                             const struct ratls_store_ref *ref,
                                             struct ratls_error *err);
/* Secrets are none of the items that ratls/store.h takes: `code`, in the words of any kind that is
 * unknown. */
RATLS_MUST_USE enum ratls_err rt_rule_not_secret(const struct ratls_store_ref *ref,
                                                 enum ratls_err code, struct ratls_error *err);
/* From one state to another: RATLS_E_ROLLBACK, RATLS_E_STATE. */
RATLS_MUST_USE enum ratls_err rt_rule_transition(const struct rt_entry *item, enum rt_state to,
                                                 struct ratls_error *err);
/* A reference value none of whose measurements is revoked for its TEE: RATLS_E_REFVAL_REVOKED.
 * Always for other kinds. */
RATLS_MUST_USE enum ratls_err rt_rule_not_revoked(const struct rt_snapshot *now,
                                                  const struct ratls_store_item *item,
                                                  struct ratls_error *err);
/* All items make a document that the core takes: RATLS_E_LIMIT. */
RATLS_MUST_USE enum ratls_err rt_rule_fits(const struct ratls_env *env,
                                           const struct rt_snapshot *now, struct ratls_error *err);

#endif
