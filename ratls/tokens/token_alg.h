/* token_alg.h - the algorithms of tokens: four of RFC 7518 s.3.1, and SM2, which no registry has;
 * and which keys may use them. */
#ifndef RT_TOKEN_ALG_H
#define RT_TOKEN_ALG_H

#include "crypto.h"

struct rt_token_alg {
    const char *name;
    const char *kind; /* of its keys, behind "the key is not" */
    enum rt_key_type type;
    enum rt_sig_alg sig;
    const char *crv; /* of EC keys, RFC 7518 s.6.2.1.1 */
    enum rt_curve curve;
    enum rt_hash hash;
    bool pinned; /* for keys that somebody pinned, never for one that a header brings along */
};

const struct rt_token_alg *rt_token_alg_find(const char *name); /* NULL: none of them */
/* What a key of this type does unless told otherwise; NULL: it is not used for tokens. */
const struct rt_token_alg *rt_token_alg_of(enum rt_key_type type);
/* Of a type and size that may be used with `alg`: RSA has 2048 bits and more. RATLS_E_CERT_KEY. */
RATLS_MUST_USE enum ratls_err rt_token_alg_fits(const struct rt_token_alg *alg,
                                                const struct rt_public_key *key,
                                                struct ratls_error *err);
/* `sig` as tokens carry it: of ECDSA r || s, fixed width. RATLS_E_CERT_SIGNATURE and other codes
 * of crypto.h. */
RATLS_MUST_USE enum ratls_err rt_token_alg_verify(const struct rt_token_alg *alg,
                                                  const struct rt_public_key *key,
                                                  struct ratls_bytes msg, struct ratls_bytes sig);

#endif
