/* evidence_keys.h - the claim `evidence_keys`: which keys a verdict rests on, so that each of them
 * can be revoked by itself, whatever certificate it comes in. */
#ifndef RT_EVIDENCE_KEYS_H
#define RT_EVIDENCE_KEYS_H

#include "base.h"
#include "ratls/evidence.h"

struct rt_spki_list {            /* borrowed */
    const struct ratls_bytes *p; /* SubjectPublicKeyInfo, DER; len 0: there is no such key */
    size_t n;
};

/* Their SHA-256 in lower-case hex, in this order, each once. Called after everything was verified:
 * a list that lacks a key would let a revoked one pass. */
RATLS_MUST_USE enum ratls_err rt_claim_evidence_keys(struct ratls_claims *claims,
                                                     struct rt_spki_list keys,
                                                     struct ratls_error *err);

#endif
