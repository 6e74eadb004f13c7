#include "jws_key.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include <jwt.h>

#include "crypto.h"
#include "crypto_rsa.h"

#define RSA_MIN_BITS 2048

/* Part of the library's ABI, but not of its header. Later versions take the length of the text as
 * well, which is why CMakeLists.txt wants this one. */
int jwt_sign_sha_pem(jwt_t *jwt, char **out, unsigned int *len, const char *text);
int jwt_verify_sha_pem(jwt_t *jwt, const char *text, const char *sig);

struct rt_jws_alg {
    enum rt_key_type type;
    const char *name;
    jwt_alg_t jwt;
};

static const struct rt_jws_alg algs[] = {
    {RT_KEY_P256, "ES256", JWT_ALG_ES256},
    {RT_KEY_P384, "ES384", JWT_ALG_ES384},
    {RT_KEY_RSA, "RS256", JWT_ALG_RS256},
};

static enum ratls_err choose_alg(struct ratls_bytes spki, struct rt_jws_key *out,
                                 struct ratls_error *err)
{
    struct rt_public_key key;
    enum ratls_err e = rt_public_key_parse(spki, &key, err);

    if (e)
        return e;
    for (size_t i = 0; i < RT_COUNT(algs); i++)
        if (algs[i].type == key.type)
            out->alg = &algs[i];
    if (!out->alg || (key.type == RT_KEY_RSA && key.bits < RSA_MIN_BITS))
        return ratls_fail(err, RATLS_E_CERT_KEY,
                          "the key is neither P-256 nor P-384 nor RSA of at least %d bits",
                          RSA_MIN_BITS);
    out->sig_len = key.type == RT_KEY_RSA ? key.rsa_n.len : key.point.len;
    return RATLS_OK;
}

/* The one block with one of these labels (NULL-terminated). *der is new. */
static enum ratls_err one_block(struct ratls_bytes pem, const char *const *labels,
                                struct ratls_buffer *der, struct ratls_error *err)
{
    size_t found = 0;

    *der = (struct ratls_buffer){0};
    if (pem.len > RT_MAX_CERT)
        return ratls_fail(err, RATLS_E_CERT_FORMAT, "a key of %zu bytes", pem.len);
    enum ratls_err e = rt_pem_count(pem, labels, &found, der);
    if (e)
        return ratls_fail(err, e == RATLS_E_NO_MEMORY ? e : RATLS_E_CERT_FORMAT,
                          "the PEM block of the key is unreadable");
    if (found != 1)
        return ratls_fail(err, RATLS_E_CERT_FORMAT, "%zu keys in PEM without password, not one",
                          found);
    return RATLS_OK;
}

enum ratls_err rt_jws_public_key(struct ratls_bytes pem, struct rt_jws_key *out,
                                 struct ratls_error *err)
{
    static const char *const labels[] = {"PUBLIC KEY", NULL};
    struct ratls_buffer der = {0};

    *out = (struct rt_jws_key){0};
    enum ratls_err e = one_block(pem, labels, &der, err);
    if (e == RATLS_OK)
        e = choose_alg(rt_bytes_of(&der), out, err);
    if (e == RATLS_OK)
        e = rt_pem_write("PUBLIC KEY", rt_bytes_of(&der), &out->pem);
    ratls_buffer_free(&der);
    return e;
}

/* `der` is taken. */
static enum ratls_err keep_private(const char *label, struct ratls_buffer *der,
                                   struct rt_jws_key *out)
{
    enum ratls_err e = rt_pem_write(label, rt_bytes_of(der), &out->pem);

    ratls_buffer_free(der);
    return e;
}

static enum ratls_err use_rsa(const struct rt_rsa_key *key, struct rt_jws_key *out,
                              struct ratls_error *err)
{
    struct ratls_buffer der = {0};
    enum ratls_err e = choose_alg(rt_rsa_spki(key), out, err);

    if (e || (e = rt_rsa_export(key, &der)) != RATLS_OK)
        return e;
    return keep_private("RSA PRIVATE KEY", &der, out);
}

static enum ratls_err use_ec(struct ratls_bytes der, struct rt_jws_key *out,
                             struct ratls_error *err)
{
    struct rt_key *key = NULL;
    struct ratls_buffer again = {0};
    enum ratls_err e;

    if ((e = rt_key_import(der, &key, err)) != RATLS_OK ||
        (e = choose_alg(rt_key_spki(key), out, err)) != RATLS_OK ||
        (e = rt_key_export(key, &again)) != RATLS_OK)
        goto out;
    e = keep_private("EC PRIVATE KEY", &again, out);
out:
    rt_key_free(key);
    return e;
}

enum ratls_err rt_jws_private_key(struct ratls_bytes pem, struct rt_jws_key *out,
                                  struct ratls_error *err)
{
    static const char *const labels[] = {"PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY", NULL};
    struct ratls_buffer der = {0};
    struct rt_rsa_key *rsa = NULL;
    enum ratls_err e;

    *out = (struct rt_jws_key){0};
    if ((e = one_block(pem, labels, &der, err)) != RATLS_OK)
        goto out;
    e = rt_rsa_import(rt_bytes_of(&der), &rsa);
    if (e == RATLS_OK)
        e = use_rsa(rsa, out, err);
    else if (e == RATLS_E_CERT_FORMAT) /* of another kind, then */
        e = use_ec(rt_bytes_of(&der), out, err);
out:
    rt_rsa_free(rsa);
    ratls_buffer_free(&der);
    return e;
}

void rt_jws_key_free(struct rt_jws_key *key)
{
    ratls_buffer_free(&key->pem);
    *key = (struct rt_jws_key){0};
}

const char *rt_jws_alg_name(const struct rt_jws_key *key)
{
    return key->alg->name;
}

/* ---- libjwt ---- */

/* New, for jwt_free(), which wipes the key; NULL when out of memory. */
static jwt_t *with_key(const struct rt_jws_key *key)
{
    jwt_t *jwt = NULL;

    if (key->pem.len > INT_MAX || jwt_new(&jwt) != 0)
        return NULL;
    if (jwt_set_alg(jwt, key->alg->jwt, key->pem.p, (int)key->pem.len) == 0)
        return jwt;
    jwt_free(jwt);
    return NULL;
}

enum ratls_err rt_jws_sign(const struct rt_jws_key *key, const char *text, struct ratls_buffer *sig,
                           struct ratls_error *err)
{
    jwt_t *jwt = with_key(key);
    char *made = NULL;
    unsigned int len = 0;
    enum ratls_err e = RATLS_E_NO_MEMORY;

    *sig = (struct ratls_buffer){0};
    if (!jwt)
        return RATLS_E_NO_MEMORY;
    const int rc = jwt_sign_sha_pem(jwt, &made, &len, text);
    if (rc == 0)
        e = len == key->sig_len ? rt_dup(ratls_bytes(made, len), sig) : RATLS_E_CRYPTO;
    else if (rc != ENOMEM)
        e = RATLS_E_CRYPTO;
    if (e == RATLS_E_CRYPTO)
        (void)ratls_fail(err, e, "libjwt does not sign with this key");
    if (rc == 0)
        free(made);
    jwt_free(jwt);
    return e;
}

enum ratls_err rt_jws_verify(const struct rt_jws_key *key, const char *text, const char *sig,
                             struct ratls_error *err)
{
    jwt_t *jwt = with_key(key);

    if (!jwt)
        return RATLS_E_NO_MEMORY;
    const int rc = jwt_verify_sha_pem(jwt, text, sig);
    jwt_free(jwt);
    if (rc == ENOMEM)
        return RATLS_E_NO_MEMORY;
    return rc == 0 ? RATLS_OK
                   : ratls_fail(err, RATLS_E_BUNDLE_SIGNATURE, "bundle: not signed by this key");
}
