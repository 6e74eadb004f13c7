#include "token_alg.h"

#include "token_sm2.h"

enum { RSA_BITS_MIN = 2048 };

/* The first one of a type is the usual one. */
static const struct rt_token_alg algs[] = {
    {"ES256", "on P-256", RT_KEY_P256, RT_SIG_ECDSA_SHA256, "P-256", RT_P256, RT_SHA256, false},
    {"ES384", "on P-384", RT_KEY_P384, RT_SIG_ECDSA_SHA384, "P-384", RT_P384, RT_SHA384, false},
    {.name = "PS256", .kind = "RSA", .type = RT_KEY_RSA, .sig = RT_SIG_RSAPSS_SHA256},
    {.name = "RS256", .kind = "RSA", .type = RT_KEY_RSA, .sig = RT_SIG_RSA_SHA256},
    {.name = "SM2", .kind = "on SM2's curve", .type = RT_KEY_SM2, .crv = "SM2", .pinned = true},
};

const struct rt_token_alg *rt_token_alg_find(const char *name)
{
    for (size_t i = 0; i < RT_COUNT(algs); i++)
        if (strcmp(algs[i].name, name) == 0)
            return &algs[i];
    return NULL;
}

const struct rt_token_alg *rt_token_alg_of(enum rt_key_type type)
{
    for (size_t i = 0; i < RT_COUNT(algs); i++)
        if (algs[i].type == type)
            return &algs[i];
    return NULL;
}

enum ratls_err rt_token_alg_fits(const struct rt_token_alg *alg, const struct rt_public_key *key,
                                 struct ratls_error *err)
{
    if (!alg)
        return ratls_fail(err, RATLS_E_CERT_KEY,
                          "the key is not on P-256, P-384 or SM2's curve, nor RSA");
    if (alg->type != key->type)
        return ratls_fail(err, RATLS_E_CERT_KEY, "the key is not %s", alg->kind);
    if (key->type == RT_KEY_RSA && key->bits < RSA_BITS_MIN)
        return ratls_fail(err, RATLS_E_CERT_KEY, "RSA key of %u bits, at least %d", key->bits,
                          RSA_BITS_MIN);
    return RATLS_OK;
}

enum ratls_err rt_token_alg_verify(const struct rt_token_alg *alg, const struct rt_public_key *key,
                                   struct ratls_bytes msg, struct ratls_bytes sig)
{
    if (alg->type == RT_KEY_RSA)
        return rt_verify_spki(key, alg->sig, msg, sig, NULL);
    if (alg->type == RT_KEY_SM2)
        return rt_token_sm2_verify(key, msg, sig);
    return rt_verify_raw(alg->curve, key->point, alg->hash, msg, sig);
}
