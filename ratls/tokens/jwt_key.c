/* Keys that sign tokens. */
#include "jwt_key.h"

#include <stdlib.h>

#include "crypto_rsa.h"
#include "json.h"
#include "jwk.h"

enum { RSA_BITS = 3072 };

/* A private half that does not fit the public one signs, too; with RSA the faulty signature gives
 * the key away (Boneh, DeMillo, Lipton, "On the Importance of Eliminating Errors in Cryptographic
 * Computations", 2001). */
static enum ratls_err try_key(struct ratls_jwt_key *k, struct ratls_error *err)
{
    const struct ratls_bytes probe = ratls_bytes_str("probe");
    struct ratls_buffer sig = {0};
    enum ratls_err e = rt_jwt_key_sign(k, probe, &sig);

    if (e == RATLS_OK)
        e = rt_token_alg_verify(k->alg, &k->public, probe, rt_bytes_of(&sig));
    ratls_buffer_free(&sig);
    if (e == RATLS_E_CERT_SIGNATURE || e == RATLS_E_CRYPTO)
        return ratls_fail(err, RATLS_E_CERT_KEY, "private and public half do not belong together");
    return e;
}

static enum ratls_err choose_alg(struct ratls_jwt_key *k, const char *name, struct ratls_error *err)
{
    k->alg = name ? rt_token_alg_find(name) : rt_token_alg_of(k->public.type);
    return rt_token_alg_fits(k->alg, &k->public, err);
}

static enum ratls_err import_sm2(struct ratls_jwt_key *k, struct ratls_bytes key,
                                 struct ratls_error *err)
{
    if (!k->sm2 && !(k->sm2 = rt_secret_alloc(sizeof *k->sm2)))
        return RATLS_E_NO_MEMORY;
    enum ratls_err e = rt_token_sm2_import(key, k->sm2);
    if (e == RATLS_E_CERT_KEY)
        return ratls_fail(err, e, "private and public half do not belong together");
    if (e)
        return e;
    memcpy(k->point, k->sm2->point, sizeof k->point);
    return rt_token_sm2_public(ratls_bytes(k->point, sizeof k->point), &k->public, err);
}

/* What is not of SM2 is of another kind, or none at all: then the other kinds have the reason. */
static enum ratls_err import(struct ratls_jwt_key *k, struct ratls_bytes key,
                             struct ratls_error *err)
{
    enum ratls_err e = import_sm2(k, key, err);

    if (e != RATLS_E_CERT_FORMAT)
        return e;
    rt_secret_free(k->sm2, sizeof *k->sm2);
    k->sm2 = NULL;
    if ((e = rt_signer_import(key, &k->signer, err)) == RATLS_OK)
        k->public = *rt_signer_public(k->signer);
    return e;
}

enum ratls_err ratls_jwt_key_new(const struct ratls_env *env, struct ratls_bytes key,
                                 const char *alg, struct ratls_jwt_key **out,
                                 struct ratls_error *err)
{
    struct ratls_jwt_key *k = NULL;
    enum ratls_err e;

    *out = NULL;
    if (alg && !rt_token_alg_find(alg))
        return ratls_fail(err, RATLS_E_USAGE, "no algorithm of tokens is called '%s'", alg);
    if (!(k = calloc(1, sizeof *k)))
        return RATLS_E_NO_MEMORY;
    k->env = env;
    if ((e = import(k, key, err)) == RATLS_OK && (e = choose_alg(k, alg, err)) == RATLS_OK &&
        (e = try_key(k, err)) == RATLS_OK)
        e = rt_jwk_thumb(&k->public, k->id);
    if (e)
        ratls_jwt_key_free(k);
    else
        *out = k;
    return e;
}

void ratls_jwt_key_free(struct ratls_jwt_key *key)
{
    if (!key)
        return;
    rt_signer_free(key->signer);
    rt_secret_free(key->sm2, sizeof *key->sm2);
    free(key);
}

enum ratls_err rt_jwt_key_sign(struct ratls_jwt_key *key, struct ratls_bytes msg,
                               struct ratls_buffer *sig)
{
    if (key->sm2)
        return rt_token_sm2_sign(key->sm2, msg, sig);
    return rt_signer_sign(key->env, key->signer, key->alg->sig, msg, sig);
}

/* ---- made ---- */

static enum ratls_err generate_ec(const struct ratls_env *env, enum rt_curve curve,
                                  struct ratls_buffer *der)
{
    struct rt_key *key = NULL;
    enum ratls_err e = rt_key_generate(env, curve, &key);

    if (!e)
        e = rt_key_export(key, der);
    rt_key_free(key);
    return e;
}

static enum ratls_err generate_rsa(const struct ratls_env *env, struct ratls_buffer *der)
{
    struct rt_rsa_key *key = NULL;
    enum ratls_err e = rt_rsa_generate(env, RSA_BITS, &key);

    if (!e)
        e = rt_rsa_export(key, der);
    rt_rsa_free(key);
    return e;
}

static enum ratls_err generate_sm2(const struct ratls_env *env, struct ratls_buffer *der)
{
    struct rt_sm2_key key;
    enum ratls_err e = rt_sm2_key_new(env, &key);

    if (!e)
        e = rt_token_sm2_export(&key, der);
    rt_wipe(&key, sizeof key);
    return e;
}

static enum ratls_err generate(const struct ratls_env *env, const struct rt_token_alg *alg,
                               struct ratls_buffer *der)
{
    if (alg->type == RT_KEY_SM2)
        return generate_sm2(env, der);
    return alg->type == RT_KEY_RSA ? generate_rsa(env, der) : generate_ec(env, alg->curve, der);
}

enum ratls_err ratls_jwt_key_generate(const struct ratls_env *env, const char *alg,
                                      struct ratls_buffer *pem)
{
    const struct rt_token_alg *row = alg ? rt_token_alg_find(alg) : NULL;
    struct ratls_buffer der = {0};

    *pem = (struct ratls_buffer){0};
    if (!row)
        return RATLS_E_USAGE;
    enum ratls_err e = generate(env, row, &der);
    if (!e)
        e = rt_pem_write(row->type == RT_KEY_RSA ? "RSA PRIVATE KEY" : "EC PRIVATE KEY",
                         rt_bytes_of(&der), pem);
    ratls_buffer_free(&der);
    return e;
}

/* ---- public halves ---- */

const char *ratls_jwt_key_id(const struct ratls_jwt_key *key)
{
    return key->id;
}

const char *ratls_jwt_key_alg(const struct ratls_jwt_key *key)
{
    return key->alg->name;
}

static void put_jwk(struct rt_writer *w, const struct ratls_jwt_key *key)
{
    rt_json_put_raw(w, "{");
    rt_jwk_put_members(w, &key->public);
    rt_json_put_raw(w, ",\"use\":\"sig\",\"alg\":");
    rt_json_put_text(w, key->alg->name);
    rt_json_put_raw(w, ",\"kid\":");
    rt_json_put_text(w, key->id);
    rt_json_put_raw(w, "}");
}

enum ratls_err ratls_jwt_key_jwk(const struct ratls_jwt_key *key, struct ratls_buffer *out)
{
    struct rt_writer w = {0};

    put_jwk(&w, key);
    return rt_writer_take(&w, out);
}

static bool is_among(const struct ratls_jwt_key *key, const struct ratls_jwt_key *const *keys,
                     size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(keys[i]->id, key->id) == 0)
            return true;
    return false;
}

enum ratls_err ratls_jwks(const struct ratls_jwt_key *const *keys, size_t n,
                          struct ratls_buffer *out)
{
    struct rt_writer w = {0};

    *out = (struct ratls_buffer){0};
    rt_json_put_raw(&w, "{\"keys\":[");
    for (size_t i = 0; i < n; i++) {
        if (is_among(keys[i], keys, i)) {
            rt_writer_free(&w);
            return RATLS_E_USAGE;
        }
        if (i > 0)
            rt_json_put_raw(&w, ",");
        put_jwk(&w, keys[i]);
    }
    rt_json_put_raw(&w, "]}");
    if (n > 0)
        return rt_writer_take(&w, out);
    rt_writer_free(&w);
    return RATLS_E_USAGE;
}
