/* Who is believed. */
#include "issuers.h"

#include <stdatomic.h>
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "json.h"

struct rt_issuer {
    char name[RT_MAX_TOKEN_TEXT + 1];
    struct rt_jwk keys[RT_MAX_JWKS_KEYS];
    size_t n_keys;
    const struct rt_dialect *dialect;
};

struct ratls_issuers {
    const struct ratls_env *env;
    atomic_uint refs;
    atomic_bool used;
    struct rt_issuer *list[RT_MAX_ISSUERS];
    size_t n;
};

enum ratls_err ratls_issuers_new(const struct ratls_env *env, struct ratls_issuers **out)
{
    struct ratls_issuers *issuers = calloc(1, sizeof *issuers);

    *out = issuers;
    if (!issuers)
        return RATLS_E_NO_MEMORY;
    issuers->env = env;
    atomic_init(&issuers->refs, 1);
    atomic_init(&issuers->used, false);
    return RATLS_OK;
}

struct ratls_issuers *ratls_issuers_ref(struct ratls_issuers *issuers)
{
    atomic_fetch_add_explicit(&issuers->refs, 1, memory_order_relaxed);
    return issuers;
}

int64_t rt_issuers_now(const struct ratls_issuers *issuers)
{
    return issuers->env->now(issuers->env->arg);
}

static void free_issuer(struct rt_issuer *issuer)
{
    for (size_t i = 0; issuer && i < issuer->n_keys; i++)
        rt_jwk_free(&issuer->keys[i]);
    free(issuer);
}

void ratls_issuers_unref(struct ratls_issuers *issuers)
{
    if (!issuers || atomic_fetch_sub_explicit(&issuers->refs, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < issuers->n; i++)
        free_issuer(issuers->list[i]);
    free(issuers);
}

static const struct rt_issuer *find(const struct ratls_issuers *issuers, const char *iss)
{
    for (size_t i = 0; i < issuers->n; i++)
        if (strcmp(issuers->list[i]->name, iss) == 0)
            return issuers->list[i];
    return NULL;
}

const struct rt_issuer *rt_issuers_find(struct ratls_issuers *issuers, const char *iss)
{
    atomic_store_explicit(&issuers->used, true, memory_order_relaxed);
    return find(issuers, iss);
}

const struct rt_jwk *rt_issuer_key(const struct rt_issuer *issuer, const char *kid)
{
    for (size_t i = 0; i < issuer->n_keys; i++)
        if (strcmp(issuer->keys[i].kid, kid) == 0)
            return &issuer->keys[i];
    return NULL;
}

const struct rt_jwk *rt_issuer_only_key(const struct rt_issuer *issuer,
                                        const struct rt_token_alg *alg)
{
    const struct rt_jwk *found = NULL;

    for (size_t i = 0; i < issuer->n_keys; i++) {
        if (issuer->keys[i].alg != alg)
            continue;
        if (found)
            return NULL;
        found = &issuer->keys[i];
    }
    return found;
}

const char *rt_issuer_name(const struct rt_issuer *issuer)
{
    return issuer->name;
}

const struct rt_dialect *rt_issuer_dialect(const struct rt_issuer *issuer)
{
    return issuer->dialect;
}

/* ---- JWK sets ---- */

static enum ratls_err add_key(struct rt_issuer *issuer, const cJSON *json, struct ratls_error *err)
{
    struct rt_jwk jwk;
    enum ratls_err e = rt_jwk_read(json, issuer->dialect->bare_key, &jwk, err);

    if (e == RATLS_OK && jwk.alg && rt_issuer_key(issuer, jwk.kid))
        e = ratls_fail(err, RATLS_E_CONFIG, "'kid' is that of an earlier key");
    if (e || !jwk.alg) {
        rt_jwk_free(&jwk);
        return e;
    }
    issuer->keys[issuer->n_keys++] = jwk;
    return RATLS_OK;
}

static enum ratls_err add_keys(struct rt_issuer *issuer, const cJSON *set, struct ratls_error *err)
{
    const cJSON *keys = rt_json_member(set, "keys"), *key;
    int n = 0;

    if (!cJSON_IsArray(keys) || cJSON_GetArraySize(keys) > RT_MAX_JWKS_KEYS)
        return ratls_fail(err, RATLS_E_CONFIG, "'keys' is no list of at most %d", RT_MAX_JWKS_KEYS);
    cJSON_ArrayForEach(key, keys)
    {
        struct ratls_error inner = {0};
        enum ratls_err e = add_key(issuer, key, &inner);
        if (e)
            return ratls_fail(err, e, "key %d: %s", n, inner.detail);
        n++;
    }
    return issuer->n_keys > 0 ? RATLS_OK
                              : ratls_fail(err, RATLS_E_CONFIG, "no key of it verifies tokens");
}

static enum ratls_err read_issuer(const char *iss, const struct rt_dialect *dialect,
                                  struct ratls_bytes jwks, struct rt_issuer **out,
                                  struct ratls_error *err)
{
    struct rt_issuer *issuer = calloc(1, sizeof *issuer);
    cJSON *set = NULL;
    enum ratls_err e = issuer ? RATLS_OK : RATLS_E_NO_MEMORY;

    if (!e && (e = rt_json_parse(jwks, RATLS_E_CONFIG, &set, err)) == RATLS_OK) {
        memcpy(issuer->name, iss, strlen(iss) + 1);
        issuer->dialect = dialect;
        e = add_keys(issuer, set, err);
    }
    rt_json_free(set);
    if (e)
        free_issuer(issuer);
    else
        *out = issuer;
    return e;
}

enum ratls_err ratls_issuers_add(struct ratls_issuers *issuers, const char *iss,
                                 struct ratls_bytes jwks, struct ratls_error *err)
{
    return ratls_issuers_add_dialect(issuers, iss, RATLS_DIALECT_STRICT, jwks, err);
}

enum ratls_err ratls_issuers_add_dialect(struct ratls_issuers *issuers, const char *iss,
                                         enum ratls_token_dialect dialect, struct ratls_bytes jwks,
                                         struct ratls_error *err)
{
    const struct rt_dialect *rules = rt_dialect_of(dialect);
    struct ratls_error inner = {0};

    if (!rules)
        return ratls_fail(err, RATLS_E_USAGE, "no such dialect of tokens");
    if (atomic_load_explicit(&issuers->used, memory_order_relaxed))
        return ratls_fail(err, RATLS_E_STATE, "the issuers are in use");
    if (!rt_is_token_text(iss, RT_MAX_TOKEN_TEXT))
        return ratls_fail(err, RATLS_E_CONFIG, "issuer: no text of 1 to %d printable characters",
                          RT_MAX_TOKEN_TEXT);
    if (find(issuers, iss))
        return ratls_fail(err, RATLS_E_CONFIG, "issuer %s is given twice", iss);
    if (issuers->n == RT_MAX_ISSUERS)
        return ratls_fail(err, RATLS_E_LIMIT, "more than %d issuers", RT_MAX_ISSUERS);
    enum ratls_err e = read_issuer(iss, rules, jwks, &issuers->list[issuers->n], &inner);
    if (e)
        return ratls_fail(err, e, "issuer %s: %s", iss, inner.detail);
    issuers->n++;
    return RATLS_OK;
}
