/* pck_chain.h - PCK chains: every quote of one machine carries the same one, so that proven ones
 * are kept (kept.h). Dates and revocation are not part of the proof and are judged at every use. */
#ifndef RT_PCK_CHAIN_H
#define RT_PCK_CHAIN_H

#include "intel_chain.h"
#include "kept.h"
#include "pck.h"

struct rt_pck_chain {
    struct rt_kept kept; /* its key is the PEM text as given */
    struct rt_intel_chain chain;
    struct rt_pck_ext ext; /* of the leaf */
};

/* Reads, does not prove. *out is new with one reference, NULL on failure. */
RATLS_MUST_USE enum ratls_err rt_pck_chain_new(struct ratls_bytes pem, struct rt_pck_chain **out,
                                               struct ratls_error *err);
void rt_pck_chain_unref(struct rt_pck_chain *c); /* NULL is legal */
/* rt_intel_chain_prove(), and that leaf and CA are of one kind. */
RATLS_MUST_USE enum ratls_err rt_pck_chain_prove(struct rt_pck_chain *c,
                                                 const struct rt_intel_chain *twin,
                                                 struct ratls_error *err);
int64_t rt_pck_chain_end(const struct rt_pck_chain *c); /* of the first certificate that ends */
/* rt_pck_claims() and <prefix>.pck_not_before, pck_not_after: the dates of the leaf, RFC 3339. */
void rt_pck_chain_claims(const struct rt_pck_chain *c, const char *prefix,
                         struct ratls_claims *claims);

#endif
