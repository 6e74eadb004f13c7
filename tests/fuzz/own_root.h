/* own_root.h - a verifier that trusts the root which evidence itself brings: mutants of good
 * evidence get past the pin, and no further than their signatures carry them. */
#ifndef OWN_ROOT_H
#define OWN_ROOT_H

#include "dcap.h"
#include "pck_chain.h"

/* The root of the chain in a quote, and a time at which its leaf is valid. */
static inline bool own_root(struct ratls_bytes quote, uint32_t tee_type, struct ratls_root *root,
                            int64_t *now)
{
    struct rt_pck_chain *chain = NULL;
    struct rt_quote q;
    bool found = rt_quote_parse(quote, tee_type, &q, NULL) == RATLS_OK &&
                 rt_pck_chain_new(q.sig.cert_data, &chain, NULL) == RATLS_OK &&
                 rt_x509_spki_hash(rt_intel_root(&chain->chain), root->spki_sha256) == RATLS_OK;

    root->simulated = true;
    if (found)
        *now = chain->chain.certs[0].not_before;
    rt_pck_chain_unref(chain);
    return found;
}

#endif
