/* sim_cose.h - COSE_Sign1 (RFC 9052 s.4.2) as simulated TEEs sign their tokens: tag 18, an
 * algorithm in the protected header, nothing unprotected.
 *
 * Writes what it is told: an algorithm that is none of the key is written all the same, and then
 * signed in the usual way of the key. What it signs proves nothing. */
#ifndef RT_SIM_COSE_H
#define RT_SIM_COSE_H

#include "base.h"
#include "crypto.h"
#include "crypto_rsa.h"

struct rt_sim_signer { /* one of the two, borrowed */
    struct rt_key *ec;
    struct rt_rsa_key *rsa;
};

/* The usual COSE algorithm of the key: ES256, ES384 or ES512 by the curve, PS256 of RSA. */
int64_t rt_sim_cose_alg(const struct rt_sim_signer *by);
/* RSA signs with the hash of PS256, PS384 or PS512, ECDSA with that of its curve. *out is new. */
RATLS_MUST_USE enum ratls_err rt_sim_cose_sign1(const struct ratls_env *env,
                                                const struct rt_sim_signer *by, int64_t alg,
                                                struct ratls_bytes payload,
                                                struct ratls_buffer *out);

#endif
