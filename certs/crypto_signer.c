#include "crypto_signer.h"

#include <stdlib.h>

#include "crypto_rsa.h"
#include "der.h"

enum { EC_SIG_MAX = 132 };

struct rt_signer {
    struct rt_key *ec; /* one of both */
    struct rt_rsa_key *rsa;
    struct rt_public_key public;
};

static enum ratls_err import_der(struct ratls_bytes der, struct rt_signer *s,
                                 struct ratls_error *err)
{
    enum ratls_err e = rt_rsa_import(der, &s->rsa);

    if (e == RATLS_E_CERT_FORMAT) /* of another kind, then */
        e = rt_key_import(der, &s->ec, err);
    if (e)
        return e;
    return rt_public_key_parse(s->rsa ? rt_rsa_spki(s->rsa) : rt_key_spki(s->ec), &s->public, err);
}

static enum ratls_err import_pem(struct ratls_bytes pem, struct rt_signer *s,
                                 struct ratls_error *err)
{
    static const char *const labels[] = {"PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY", NULL};
    struct ratls_buffer der = {0};
    size_t found = 0;
    enum ratls_err e = rt_pem_count(pem, labels, &found, &der);

    if (e == RATLS_E_EVIDENCE_FORMAT || (!e && found != 1))
        e = ratls_fail(err, RATLS_E_CERT_FORMAT,
                       "%zu private keys in PEM or DER without password, not one", found);
    if (!e)
        e = import_der(rt_bytes_of(&der), s, err);
    ratls_buffer_free(&der);
    return e;
}

enum ratls_err rt_signer_import(struct ratls_bytes key, struct rt_signer **out,
                                struct ratls_error *err)
{
    struct rt_signer *s = NULL;
    enum ratls_err e = RATLS_E_NO_MEMORY;

    *out = NULL;
    if (key.len > RT_MAX_CERT)
        return ratls_fail(err, RATLS_E_CERT_FORMAT, "private key of %zu bytes", key.len);
    if ((s = calloc(1, sizeof *s)) != NULL)
        e = key.len > 0 && key.p[0] == RT_DER_SEQUENCE ? import_der(key, s, err)
                                                       : import_pem(key, s, err);
    if (e)
        rt_signer_free(s);
    else
        *out = s;
    return e;
}

void rt_signer_free(struct rt_signer *signer)
{
    if (!signer)
        return;
    rt_key_free(signer->ec);
    rt_rsa_free(signer->rsa);
    free(signer);
}

const struct rt_public_key *rt_signer_public(const struct rt_signer *signer)
{
    return &signer->public;
}

static enum ratls_err sign_ec(const struct ratls_env *env, struct rt_key *key,
                              struct ratls_bytes msg, struct ratls_buffer *sig)
{
    const size_t len = rt_key_point(key).len;
    uint8_t raw[EC_SIG_MAX];
    enum ratls_err e = rt_sign_raw(env, key, msg, raw, len);

    return e ? e : rt_dup(ratls_bytes(raw, len), sig);
}

/* What the key's one hash makes of it, of EC keys. */
static bool fits(const struct rt_signer *s, enum rt_sig_alg alg)
{
    switch (s->public.type) {
    case RT_KEY_P256:
        return alg == RT_SIG_ECDSA_SHA256;
    case RT_KEY_P384:
        return alg == RT_SIG_ECDSA_SHA384;
    case RT_KEY_P521:
        return alg == RT_SIG_ECDSA_SHA512;
    case RT_KEY_RSA:
        return alg == RT_SIG_RSA_SHA256 || alg == RT_SIG_RSAPSS_SHA256;
    case RT_KEY_ED25519:
    case RT_KEY_SM2:
        return false;
    }
    return false;
}

enum ratls_err rt_signer_sign(const struct ratls_env *env, struct rt_signer *signer,
                              enum rt_sig_alg alg, struct ratls_bytes msg, struct ratls_buffer *sig)
{
    *sig = (struct ratls_buffer){0};
    if (!fits(signer, alg))
        return RATLS_E_CERT_KEY;
    if (signer->ec)
        return sign_ec(env, signer->ec, msg, sig);
    return alg == RT_SIG_RSA_SHA256 ? rt_rsa_sign_pkcs1(env, signer->rsa, msg, sig)
                                    : rt_rsa_sign_pss(env, signer->rsa, RT_SHA256, msg, sig);
}
