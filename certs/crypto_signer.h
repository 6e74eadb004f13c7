/* crypto_signer.h - a private key out of a file, EC or RSA, that signs whatever it can sign.
 *
 * For those who let the key decide the algorithm: tokens. Thread rule: a signer may be used by one
 * thread at a time. */
#ifndef RT_CRYPTO_SIGNER_H
#define RT_CRYPTO_SIGNER_H

#include "crypto.h"

struct rt_signer;

/* One private key without password, PEM or DER: EC as rt_key_import() reads it, RSA as RFC 8017
 * A.1.2 or PKCS#8. RATLS_E_CERT_FORMAT, RATLS_E_CERT_KEY. *out is new. */
RATLS_MUST_USE enum ratls_err rt_signer_import(struct ratls_bytes key, struct rt_signer **out,
                                               struct ratls_error *err);
void rt_signer_free(struct rt_signer *signer); /* wipes; NULL is legal */
/* Its public half, borrowed. */
const struct rt_public_key *rt_signer_public(const struct rt_signer *signer);
/* By the curve's usual hash (`alg` is then that of the curve; r || s, fixed width), or RSA with
 * SHA-256: RT_SIG_RSA_SHA256, RT_SIG_RSAPSS_SHA256. RATLS_E_CERT_KEY for what the key cannot do.
 * *sig is new. */
RATLS_MUST_USE enum ratls_err rt_signer_sign(const struct ratls_env *env, struct rt_signer *signer,
                                             enum rt_sig_alg alg, struct ratls_bytes msg,
                                             struct ratls_buffer *sig);

#endif
