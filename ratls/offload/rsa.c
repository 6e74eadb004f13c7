/* RSA by libcrypto: the powers alone, for padding is wolfCrypt's business.
 *
 * RSA and its functions are deprecated since OpenSSL 3.0 and stay for the reason that those of
 * curves do. A power by the private key is blinded, and checked by the public one. Keys are made
 * by wolfCrypt: that takes libcrypto longer. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "libcrypto.h"

static enum rt_offload answer(enum rt_offload a)
{
    if (a != RT_OFFLOAD_DONE)
        ERR_clear_error();
    return a;
}

static BIGNUM *take(struct ratls_bytes v)
{
    return BN_bin2bn(v.p, (int)v.len, NULL);
}

/* On failure the numbers are freed: nobody has taken them. */
static bool give(RSA *rsa, BIGNUM *v[3], int (*set)(RSA *, BIGNUM *, BIGNUM *, BIGNUM *), size_t n)
{
    bool good = true;

    for (size_t i = 0; i < n; i++)
        good = good && v[i];
    if (good && set(rsa, v[0], v[1], v[2]) == 1)
        return true;
    for (size_t i = 0; i < n; i++)
        BN_clear_free(v[i]);
    return false;
}

static int set_factors(RSA *rsa, BIGNUM *p, BIGNUM *q, BIGNUM *none)
{
    (void)none;
    return RSA_set0_factors(rsa, p, q);
}

static bool give_private(RSA *rsa, const struct rt_rsa_numbers *k)
{
    return give(rsa, (BIGNUM *[3]){take(k->p), take(k->q)}, set_factors, 2) &&
           give(rsa, (BIGNUM *[3]){take(k->dp), take(k->dq), take(k->qi)}, RSA_set0_crt_params, 3);
}

enum rt_offload rt_rsa_power(const struct rt_rsa_numbers *k, struct ratls_bytes in, uint8_t *out)
{
    const bool private = k->d.len > 0;
    RSA *rsa = RSA_new();
    int len = -1;

    if (rsa && in.len == k->n.len &&
        give(rsa, (BIGNUM *[3]){take(k->n), take(k->e), private ? take(k->d) : NULL}, RSA_set0_key,
             private ? 3 : 2) &&
        (!private || give_private(rsa, k)))
        len = private ? RSA_private_encrypt((int)in.len, in.p, out, rsa, RSA_NO_PADDING)
                      : RSA_public_decrypt((int)in.len, in.p, out, rsa, RSA_NO_PADDING);
    RSA_free(rsa);
    return answer(len >= 0 && (size_t)len == k->n.len ? RT_OFFLOAD_DONE : RT_OFFLOAD_NOT);
}
