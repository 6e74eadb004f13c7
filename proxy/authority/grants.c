/* Grants. */
#include "grants.h"

#include <stdio.h>
#include <stdlib.h>

#include "exchange.h"

/* The issuer is a host of a URL, without anything that JSON would have to escape. */
#define METADATA                                                                                   \
    "{\"issuer\":\"%s\",\"token_endpoint\":\"%s/token\",\"jwks_uri\":\"%s/jwks\","                 \
    "\"nonce_endpoint\":\"%s/nonce\",\"response_types_supported\":[],"                             \
    "\"grant_types_supported\":[\"" PX_GRANT_EXCHANGE "\"],"                                       \
    "\"subject_token_types_supported\":[%s],"                                                      \
    "\"token_endpoint_auth_methods_supported\":[\"%s\"],"                                          \
    "\"tls_client_certificate_bound_access_tokens\":%s,"                                           \
    "\"dpop_signing_alg_values_supported\":[\"ES256\",\"ES384\",\"PS256\",\"RS256\"]}\n"

static bool get_targets(struct px_reader *r, struct px_grant *g)
{
    const uint8_t n = px_get_u8(r);

    for (size_t i = 0; i < n && n <= PX_MAX_NAMES; i++)
        g->targets[i] = px_get_text(r);
    return !r->bad && n >= 1 && n <= PX_MAX_NAMES;
}

static bool get_key(struct px_reader *r, const struct ratls_env *env, struct px_grant *g)
{
    char *alg = px_get_text(r);
    const struct ratls_bytes pem = px_get_bytes(r, px_get_u32(r));
    bool good = !r->bad && ratls_jwt_key_new(env, pem, *alg ? alg : NULL, &g->keys[g->n_keys],
                                             NULL) == RATLS_OK;

    g->n_keys += good;
    free(alg);
    return good;
}

static bool get_keys(struct px_reader *r, const struct ratls_env *env, struct px_grant *g)
{
    const uint8_t n = px_get_u8(r);

    if (r->bad || n < 1 || n > PX_MAX_NAMES)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!get_key(r, env, g))
            return false;
    return ratls_jwks((const struct ratls_jwt_key *const *)g->keys, g->n_keys, &g->jwks) ==
           RATLS_OK;
}

static bool get_trust(struct px_reader *r, struct px_grant *g)
{
    char *iss = px_get_text(r);
    const struct ratls_bytes jwks = px_get_bytes(r, px_get_u32(r));
    const bool good = !r->bad && ratls_issuers_add(g->issuers, iss, jwks, NULL) == RATLS_OK;

    free(iss);
    return good;
}

static bool get_trusts(struct px_reader *r, const struct ratls_env *env, struct px_grant *g)
{
    const uint8_t n = px_get_u8(r);

    if (r->bad || (n > 0 && ratls_issuers_new(env, &g->issuers) != RATLS_OK))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!get_trust(r, g))
            return false;
    return true;
}

static void name_types(unsigned takes, char *out, size_t size)
{
    static const struct {
        unsigned bit;
        const char *type;
    } types[] = {{PX_TAKES_CHANNEL, PX_TYPE_CHANNEL},
                 {PX_TAKES_RESULT, PX_TYPE_JWT},
                 {PX_TAKES_EVIDENCE, PX_TYPE_EVIDENCE}};
    size_t len = 0;

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (takes & types[i].bit)
            len +=
                (size_t)snprintf(&out[len], size - len, "%s\"%s\"", len ? "," : "", types[i].type);
}

static bool tell_metadata(struct px_grant *g)
{
    const bool attested = (g->takes & PX_TAKES_CHANNEL) != 0;
    char types[256] = "";

    name_types(g->takes, types, sizeof types);
    if (asprintf(&g->metadata, METADATA, g->issuer, g->issuer, g->issuer, g->issuer, types,
                 attested ? "self_signed_tls_client_auth" : "none",
                 attested ? "true" : "false") >= 0)
        return true;
    g->metadata = NULL;
    return false;
}

bool px_grants_add(struct px_grants *grants, const struct ratls_env *env,
                   struct ratls_bytes payload)
{
    struct px_reader r = px_reader(payload);

    if (grants->n == PX_MAX_SERVICES)
        return false;
    struct px_grant *g = &grants->list[grants->n++];
    g->service = px_get_text(&r);
    g->issuer = px_get_text(&r);
    g->lifetime_s = px_get_u32(&r);
    const uint8_t claims = px_get_u8(&r);
    g->claims = (enum px_token_claims)claims;
    const uint8_t dpop_nonce = px_get_u8(&r);
    g->dpop_nonce = dpop_nonce == 1;
    g->takes = px_get_u8(&r);
    if (!get_targets(&r, g) || !get_keys(&r, env, g) || !get_trusts(&r, env, g) ||
        !px_reader_done(&r) || claims > PX_CLAIMS_SECGEAR || dpop_nonce > 1 || g->lifetime_s < 1 ||
        g->takes == 0 || g->takes > PX_TAKES_ALL || !(g->takes & PX_TAKES_RESULT) != !g->issuers)
        return false;
    return tell_metadata(g);
}

static void clear(struct px_grant *g)
{
    free(g->service);
    free(g->issuer);
    for (size_t i = 0; g->targets[i]; i++)
        free(g->targets[i]);
    for (size_t i = 0; i < g->n_keys; i++)
        ratls_jwt_key_free(g->keys[i]);
    ratls_issuers_unref(g->issuers);
    ratls_buffer_free(&g->jwks);
    free(g->metadata);
}

void px_grants_free(struct px_grants *g)
{
    for (size_t i = 0; g && i < g->n; i++)
        clear(&g->list[i]);
    free(g);
}

const struct px_grant *px_grants_find(const struct px_grants *g, const char *service)
{
    for (size_t i = 0; g && i < g->n; i++)
        if (strcmp(g->list[i].service, service) == 0)
            return &g->list[i];
    return NULL;
}
