/* Keys that sign tokens, and keys of others. */
#include "token_keys.h"

#include <stdio.h>
#include <stdlib.h>

#include "ratls/token.h"

struct keys {
    size_t n;
    struct ratls_buffer pem[PX_MAX_NAMES];
    size_t n_trusts;
    struct ratls_buffer jwks[PX_MAX_NAMES]; /* of token_trusts */
};

struct px_token_keys {
    struct keys of[PX_MAX_SERVICES];
};

/* ---- reading ---- */

static enum ratls_err open_all(const struct ratls_env *env, const struct px_service *s,
                               const struct keys *k, struct ratls_jwt_key **keys,
                               struct ratls_error *why)
{
    char alg[PX_TOKEN_ALG];
    enum ratls_err e = RATLS_OK;

    for (size_t i = 0; i < k->n && !e; i++) {
        const char *file = px_token_key_file(s->token_key[i], alg);
        struct ratls_error detail = {0};
        e = ratls_jwt_key_new(env, ratls_bytes(k->pem[i].p, k->pem[i].len), *alg ? alg : NULL,
                              &keys[i], &detail);
        if (e)
            return ratls_fail(why, e, "token-key: %s: %s", file,
                              detail.detail[0] ? detail.detail : ratls_err_text(e));
    }
    return e;
}

/* As the authority process will: what it would refuse is refused here. */
static enum ratls_err prove(const struct ratls_env *env, const struct px_service *s,
                            const struct keys *k, struct ratls_error *why)
{
    struct ratls_jwt_key *keys[PX_MAX_NAMES] = {0};
    struct ratls_buffer jwks = {0};
    enum ratls_err e = open_all(env, s, k, keys, why);

    if (!e &&
        (e = ratls_jwks((const struct ratls_jwt_key *const *)keys, k->n, &jwks)) == RATLS_E_USAGE)
        (void)ratls_fail(why, e, "token-key: a key is there twice");
    ratls_buffer_free(&jwks);
    for (size_t i = 0; i < k->n; i++)
        ratls_jwt_key_free(keys[i]);
    return e;
}

static enum ratls_err read_all(const struct ratls_env *env, const struct px_service *s,
                               struct keys *k, struct ratls_error *why)
{
    char alg[PX_TOKEN_ALG];

    for (; k->n < PX_MAX_NAMES && s->token_key[k->n]; k->n++) {
        const char *file = px_token_key_file(s->token_key[k->n], alg);
        enum ratls_err e = env->read_file(env->arg, file, PX_MAX_FILE, &k->pem[k->n]);
        if (e)
            return ratls_fail(why, e, "token-key: %s cannot be read", file);
    }
    return prove(env, s, k, why);
}

/* As the authority process will, too. */
static enum ratls_err read_trusts(const struct ratls_env *env, const struct px_service *s,
                                  struct keys *k, struct ratls_issuers *issuers,
                                  struct ratls_error *why)
{
    char iss[PX_TOKEN_ISS];
    enum ratls_err e = RATLS_OK;

    for (; s->token_trusts[k->n_trusts] && !e; k->n_trusts++) {
        const char *file = px_token_trust_file(s->token_trusts[k->n_trusts], iss);
        struct ratls_buffer *jwks = &k->jwks[k->n_trusts];
        struct ratls_error detail = {0};
        if (env->read_file(env->arg, file, PX_MAX_JWKS, jwks))
            return ratls_fail(why, RATLS_E_CONFIG, "token-trusts: %s cannot be read", file);
        e = ratls_issuers_add(issuers, iss, ratls_bytes(jwks->p, jwks->len), &detail);
        if (e)
            (void)ratls_fail(why, e, "token-trusts: %s: %s", file,
                             detail.detail[0] ? detail.detail : ratls_err_text(e));
    }
    return e;
}

static enum ratls_err read_service(const struct ratls_env *env, const struct px_service *s,
                                   struct keys *k, struct ratls_error *why)
{
    struct ratls_issuers *issuers = NULL;
    enum ratls_err e = read_all(env, s, k, why);

    if (!e)
        e = ratls_issuers_new(env, &issuers);
    if (!e)
        e = read_trusts(env, s, k, issuers, why);
    ratls_issuers_unref(issuers);
    return e;
}

enum ratls_err px_token_keys_new(const struct ratls_env *env, const struct px_config *c,
                                 struct px_token_keys **out, struct ratls_error *err)
{
    struct px_token_keys *k = calloc(1, sizeof *k);
    struct ratls_error why = {0};

    *out = NULL;
    if (!k)
        return RATLS_E_NO_MEMORY;
    for (size_t i = 0; i < c->n_services; i++) {
        const struct px_service *s = &c->services[i];
        enum ratls_err e =
            s->purpose == PX_TOKENS ? read_service(env, s, &k->of[i], &why) : RATLS_OK;
        if (e) {
            px_token_keys_free(k);
            return ratls_fail(err, e == RATLS_E_NO_MEMORY ? e : RATLS_E_CONFIG, "%s:%u: %s",
                              s->file, s->line, why.detail[0] ? why.detail : ratls_err_text(e));
        }
    }
    *out = k;
    return RATLS_OK;
}

void px_token_keys_free(struct px_token_keys *k)
{
    if (!k)
        return;
    for (size_t i = 0; i < PX_MAX_SERVICES; i++)
        for (size_t n = 0; n < PX_MAX_NAMES; n++) {
            ratls_buffer_free(&k->of[i].pem[n]);
            ratls_buffer_free(&k->of[i].jwks[n]);
        }
    free(k);
}

/* ---- telling ---- */

static size_t grant_len(const struct keys *k, const struct px_service *s)
{
    char alg[PX_TOKEN_ALG];
    char iss[PX_TOKEN_ISS];
    size_t len = 2 + strlen(s->name) + 2 + strlen(s->token_issuer) + 4 + 6;

    for (size_t i = 0; s->token_audience[i]; i++)
        len += 2 + strlen(s->token_audience[i]);
    for (size_t i = 0; i < k->n; i++) {
        (void)px_token_key_file(s->token_key[i], alg);
        len += 2 + strlen(alg) + 4 + k->pem[i].len;
    }
    for (size_t i = 0; i < k->n_trusts; i++) {
        (void)px_token_trust_file(s->token_trusts[i], iss);
        len += 2 + strlen(iss) + 4 + k->jwks[i].len;
    }
    return len;
}

static void put_targets(struct px_message *m, const struct px_service *s)
{
    size_t n = 0;

    while (s->token_audience[n])
        n++;
    px_put_uint(m, n, 1);
    for (size_t i = 0; i < n; i++)
        px_put_text(m, s->token_audience[i]);
}

static void put_keys(struct px_message *m, const struct keys *k, const struct px_service *s)
{
    char alg[PX_TOKEN_ALG];

    px_put_uint(m, k->n, 1);
    for (size_t i = 0; i < k->n; i++) {
        (void)px_token_key_file(s->token_key[i], alg);
        px_put_text(m, alg);
        px_put_uint(m, k->pem[i].len, 4);
        px_put_bytes(m, ratls_bytes(k->pem[i].p, k->pem[i].len));
    }
}

static void put_trusts(struct px_message *m, const struct keys *k, const struct px_service *s)
{
    char iss[PX_TOKEN_ISS];

    px_put_uint(m, k->n_trusts, 1);
    for (size_t i = 0; i < k->n_trusts; i++) {
        (void)px_token_trust_file(s->token_trusts[i], iss);
        px_put_text(m, iss);
        px_put_uint(m, k->jwks[i].len, 4);
        px_put_bytes(m, ratls_bytes(k->jwks[i].p, k->jwks[i].len));
    }
}

struct px_message *px_token_keys_grant(const struct px_token_keys *k, const struct px_service *s,
                                       size_t i)
{
    struct px_message *m = px_message_new(PX_MSG_GRANT, grant_len(&k->of[i], s));

    px_put_text(m, s->name);
    px_put_text(m, s->token_issuer);
    px_put_uint(m, (uint64_t)s->token_lifetime_s, 4);
    px_put_uint(m, (uint64_t)s->token_claims, 1);
    px_put_uint(m, s->token_dpop_nonce, 1);
    px_put_uint(m, px_service_takes(s), 1);
    put_targets(m, s);
    put_keys(m, &k->of[i], s);
    put_trusts(m, &k->of[i], s);
    return m;
}
