/* Tokens about peers. */
#include "signer.h"

#include <stdio.h>
#include <stdlib.h>

#include "facts.h"
#include "ratls/jwt.h"

#define JTI_LEN 16

struct bucket {
    int64_t tokens_milli, at_ms;
};

/* All of its own: the configuration may be gone. */
struct signer {
    char *service, *audience;
    char policy[PX_FACTS_POLICY];
    unsigned rate;
    struct ratls_jwt_key *key;
    struct bucket buckets[PX_MAX_WORKERS];
    int64_t until_ms; /* its service is gone; 0: it is there */
};

struct px_signers {
    const struct ratls_env *env;
    size_t n;
    struct signer list[2 * PX_MAX_SERVICES]; /* those in force, then those that retire */
};

/* ---- keys ---- */

static void signer_free(struct signer *s)
{
    free(s->service);
    free(s->audience);
    ratls_jwt_key_free(s->key);
    *s = (struct signer){0};
}

static bool describe(struct signer *s, const struct px_service *service)
{
    const char *audience = service->identity_header_audience;

    s->service = strdup(service->name);
    s->audience = strdup(audience ? audience : service->name);
    s->rate = service->proof_rate;
    px_facts_policy(service, s->policy);
    return s->service && s->audience;
}

/* Counted first: it is freed also when bad. */
static enum ratls_err add(struct px_signers *s, const struct px_service *service,
                          struct ratls_error *why)
{
    struct ratls_buffer pem = {0};
    struct signer *added = &s->list[s->n++];
    enum ratls_err e =
        s->env->read_file(s->env->arg, service->identity_header_key, PX_MAX_FILE, &pem);

    if (e)
        return ratls_fail(why, e, "%s cannot be read", service->identity_header_key);
    e = ratls_jwt_key_new(s->env, ratls_bytes(pem.p, pem.len), "ES256", &added->key, why);
    ratls_buffer_free(&pem);
    return !e && !describe(added, service) ? RATLS_E_NO_MEMORY : e;
}

enum ratls_err px_signers_new(const struct ratls_env *env, const struct px_config *c,
                              struct px_signers **out, struct ratls_error *err)
{
    struct px_signers *s = calloc(1, sizeof *s);
    struct ratls_error why = {0};

    *out = NULL;
    if (!s)
        return RATLS_E_NO_MEMORY;
    s->env = env;
    for (size_t i = 0; i < c->n_services; i++) {
        const struct px_service *service = &c->services[i];
        enum ratls_err e = service->identity_header_key ? add(s, service, &why) : RATLS_OK;
        if (e) {
            px_signers_free(s);
            return ratls_fail(err, e == RATLS_E_NO_MEMORY ? e : RATLS_E_CONFIG,
                              "%s:%u: identity-header-key: %s", service->file, service->line,
                              why.detail[0] ? why.detail : ratls_err_text(e));
        }
    }
    *out = s;
    return RATLS_OK;
}

void px_signers_free(struct px_signers *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->n; i++)
        signer_free(&s->list[i]);
    free(s);
}

/* ---- services that are gone ---- */

static void forget_retired(struct px_signers *s, int64_t now_ms)
{
    size_t kept = 0;

    for (size_t i = 0; i < s->n; i++) {
        if (s->list[i].until_ms && s->list[i].until_ms <= now_ms) {
            signer_free(&s->list[i]);
            continue;
        }
        if (kept != i)
            s->list[kept] = s->list[i];
        kept++;
    }
    s->n = kept;
}

static struct signer *find(struct px_signers *s, const char *service)
{
    for (size_t i = 0; i < s->n; i++)
        if (strcmp(s->list[i].service, service) == 0)
            return &s->list[i];
    return NULL;
}

void px_signers_take_over(struct px_signers *now, struct px_signers *old, int64_t for_ms)
{
    const int64_t now_ms = now->env->monotonic_ms(now->env->arg);

    for (size_t i = 0; i < old->n; i++) {
        struct signer *s = &old->list[i];
        if (now->n == sizeof now->list / sizeof now->list[0] || find(now, s->service)) {
            signer_free(s);
            continue;
        }
        if (s->until_ms == 0)
            s->until_ms = now_ms + for_ms;
        now->list[now->n++] = *s;
        *s = (struct signer){0};
    }
    forget_retired(now, now_ms);
    old->n = 0;
}

/* ---- tokens ---- */

static bool take(struct bucket *b, int64_t now_ms, unsigned rate)
{
    int64_t full_milli = (int64_t)rate * 1000;

    b->tokens_milli += (now_ms - b->at_ms) * rate;
    if (b->at_ms == 0 || b->tokens_milli > full_milli)
        b->tokens_milli = full_milli;
    b->at_ms = now_ms;
    if (b->tokens_milli < 1000)
        return false;
    b->tokens_milli -= 1000;
    return true;
}

static void set_of_service(struct ratls_claims *c, const struct signer *s)
{
    char issuer[300];

    (void)snprintf(issuer, sizeof issuer, "ratls-proxy/%s", s->service);
    ratls_claims_set_text(c, "iss", issuer);
    ratls_claims_set_text(c, "aud", s->audience);
    ratls_claims_set_text(c, "policy", s->policy);
}

static void set_of_peer(struct ratls_claims *c, const struct px_token_ask *ask)
{
    ratls_claims_set_text(c, "verdict", "allow");
    ratls_claims_set_text(c, "tee", ask->tee);
    ratls_claims_set_text(c, "measurement", ask->measurement);
    ratls_claims_set_text(c, "tcb_status", ask->tcb_status);
    ratls_claims_set_text(c, "level", ratls_level_name(ask->level));
    ratls_claims_set_bool(c, "simulated", ask->simulated);
    ratls_claims_set_text(c, "peer_spki", ask->peer_spki);
    ratls_claims_set_text(c, "peer", ask->peer);
}

static enum ratls_err set_of_token(struct ratls_claims *c, const struct ratls_env *env, int64_t now,
                                   int64_t expires)
{
    uint8_t id[JTI_LEN];

    if (env->random(env->arg, id, sizeof id))
        return RATLS_E_RANDOM;
    ratls_claims_set_uint(c, "iat", (uint64_t)now);
    ratls_claims_set_uint(c, "nbf", (uint64_t)(now - PX_TOKEN_BACKDATE_S));
    ratls_claims_set_uint(c, "exp", (uint64_t)expires);
    ratls_claims_set_hex(c, "jti", ratls_bytes(id, sizeof id));
    return RATLS_OK;
}

static enum ratls_err sign(const struct ratls_env *env, struct signer *s,
                           const struct px_token_ask *ask, struct ratls_buffer *token,
                           struct px_token_answer *out)
{
    const int64_t now = env->now(env->arg);
    int64_t expires = now + PX_TOKEN_LIFETIME_S;

    if (ask->expires < expires)
        expires = ask->expires;
    if (now < PX_TOKEN_BACKDATE_S || expires <= now)
        return RATLS_E_IDENTITY_EXPIRED;
    struct ratls_claims *claims = ratls_claims_new();
    set_of_service(claims, s);
    enum ratls_err e = set_of_token(claims, env, now, expires);
    set_of_peer(claims, ask);
    if (!e)
        e = ratls_jwt_sign(s->key, PX_TOKEN_TYP, claims, token);
    ratls_claims_free(claims);
    out->expires = expires;
    return e;
}

void px_signers_answer(struct px_signers *s, unsigned worker, const struct px_token_ask *ask,
                       struct ratls_buffer *token, struct px_token_answer *out)
{
    const struct ratls_env *env = s->env;
    const int64_t now_ms = env->monotonic_ms(env->arg);

    forget_retired(s, now_ms);
    struct signer *by = find(s, ask->service);
    *token = (struct ratls_buffer){0};
    *out = (struct px_token_answer){.id = ask->id, .e = RATLS_E_STATE};
    if (!by || worker >= PX_MAX_WORKERS)
        return;
    if (!take(&by->buckets[worker], now_ms, by->rate))
        out->e = RATLS_E_PROOF_LIMIT;
    else
        out->e = sign(env, by, ask, token, out);
    if (out->e)
        ratls_buffer_free(token);
    out->token = ratls_bytes(token->p, token->len);
}
