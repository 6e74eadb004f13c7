/* registry.h - which verifiers exist, and how evidence finds its verifier: by format only. */
#ifndef RT_REGISTRY_H
#define RT_REGISTRY_H

#include "base.h"
#include "ratls/verifier.h"

/* A set of verifiers: the built-in ones and plugins. Immutable once filled, and then shared. */
struct rt_registry;

RATLS_MUST_USE enum ratls_err rt_registry_new(struct rt_registry **out);
struct rt_registry *rt_registry_ref(struct rt_registry *r); /* one more to free */
void rt_registry_free(struct rt_registry *r); /* the last one unloads plugins; NULL is legal */

/* Every *.so in `directory`. Refused (RATLS_E_PLUGIN): directory or file not owned by root or the
 * effective user, or writable by group or others; wrong ABI or size; missing symbol or function; a
 * name that is malformed or taken; a symlink. All or nothing. */
RATLS_MUST_USE enum ratls_err rt_registry_load(struct rt_registry *r, const char *directory,
                                               struct ratls_error *err);
const struct ratls_verifier *rt_registry_at(const struct rt_registry *r, size_t i); /* NULL: end */
/* The names of all, NULL behind the last; borrowed. */
const char *const *rt_registry_names(const struct rt_registry *r);
const struct ratls_verifier *rt_registry_by_name(const struct rt_registry *r, const char *name);

/* The one verifier that recognises these bytes; NULL when none or more than one does. */
const struct ratls_verifier *rt_registry_find(const struct rt_registry *r,
                                              struct ratls_bytes evidence);

/* Run a verifier under guard: checks that the obligatory claims were set (RATLS_E_VERIFIER_FAULT)
 * and that `simulated` is true when a simulated root may have been used. */
RATLS_MUST_USE enum ratls_err rt_verifier_run(const struct ratls_verifier *v,
                                              const struct ratls_verify_input *input,
                                              struct ratls_claims *claims, struct ratls_error *err);

/* The vendor's certificates and lists alone, under the same guard but for the claims about a TEE.
 * RATLS_E_UNSUPPORTED where the verifier knows no such thing. */
RATLS_MUST_USE enum ratls_err rt_verifier_endorsements(const struct ratls_verifier *v,
                                                       const struct ratls_verify_input *input,
                                                       struct ratls_claims *claims,
                                                       struct ratls_error *err);

/* Have a verifier prove a document of its collateral, under the same guard; v->collateral_new must
 * be there. *out is new: v->collateral_free. */
RATLS_MUST_USE enum ratls_err rt_verifier_prove(const struct ratls_verifier *v,
                                                const struct ratls_collateral_input *input,
                                                void **out, struct ratls_error *err);

#endif
