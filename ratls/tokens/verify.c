/* Tokens are verified. */
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "json.h"
#include "token_check.h"

#define MAX_SKEW_S 300
#define MIN_NONCE  8
#define MAX_NONCE  64

/* ---- signature ---- */

/* Whose token is it? Where the rules do not say, its `iss` does. */
static enum ratls_err find_issuer(struct ratls_issuers *issuers, struct rt_token_check *c,
                                  const struct rt_issuer **out)
{
    const char *due = c->rules->issuer;
    const char *iss = rt_token_text(c->claims, "iss", RT_MAX_TOKEN_TEXT);

    if (!iss && (!c->dialect->bare || rt_json_member(c->claims, "iss")))
        return rt_token_malformed(c, "iss");
    *out = iss && due && strcmp(iss, due) != 0 ? NULL : rt_issuers_find(issuers, due ? due : iss);
    return *out ? RATLS_OK
                : ratls_fail(c->err, RATLS_E_TOKEN_ISSUER, "token: issuer '%s' is not trusted",
                             iss ? iss : due);
}

/* A key in the header says nothing that was not known, or the token is refused. */
static enum ratls_err check_header_key(const struct cJSON *json, const struct rt_jwk *pinned,
                                       struct rt_token_check *c)
{
    char theirs[RATLS_JWK_THUMB_LEN + 1] = "", ours[RATLS_JWK_THUMB_LEN + 1];
    struct ratls_error inner = {0};
    struct rt_jwk jwk;
    enum ratls_err e;

    if (!json)
        return RATLS_OK;
    if ((e = rt_jwk_read(json, true, &jwk, &inner)) == RATLS_OK && jwk.alg &&
        (e = rt_jwk_thumb(&jwk.key, theirs)) == RATLS_OK)
        e = rt_jwk_thumb(&pinned->key, ours);
    const bool same = !e && jwk.alg == pinned->alg && strcmp(theirs, ours) == 0;
    rt_jwk_free(&jwk);
    if (rt_is_own_failure(e))
        return e;
    if (e)
        return ratls_fail(c->err, RATLS_E_TOKEN_FORMAT, "token: header 'jwk': %s", inner.detail);
    return same ? RATLS_OK
                : ratls_fail(c->err, RATLS_E_TOKEN_KEY, "token: header 'jwk' is no pinned key");
}

static enum ratls_err find_key(const struct rt_issuer *issuer, const struct rt_compact *jws,
                               struct rt_token_check *c, const struct rt_jwk **out)
{
    const char *iss = rt_issuer_name(issuer);

    *out = jws->kid ? rt_issuer_key(issuer, jws->kid) : rt_issuer_only_key(issuer, jws->alg);
    if (!*out)
        return ratls_fail(c->err, RATLS_E_TOKEN_KEY, "token: %s has no key '%s'%s", iss,
                          jws->kid ? jws->kid : jws->alg->name,
                          jws->kid ? "" : ", or more than one");
    if (jws->alg != (*out)->alg)
        return ratls_fail(c->err, RATLS_E_TOKEN_ALGORITHM, "token: %s by a key for %s",
                          jws->alg->name, (*out)->alg->name);
    return check_header_key(jws->jwk, *out, c);
}

static enum ratls_err check_signature(struct ratls_issuers *issuers, const struct rt_compact *jws,
                                      struct rt_token_check *c)
{
    const struct rt_issuer *issuer;
    const struct rt_jwk *jwk;
    enum ratls_err e;

    if ((e = find_issuer(issuers, c, &issuer)) != RATLS_OK ||
        (e = find_key(issuer, jws, c, &jwk)) != RATLS_OK)
        return e;
    const char *iss = rt_issuer_name(issuer);
    e = rt_token_alg_verify(jwk->alg, &jwk->key, jws->signed_text, rt_bytes_of(&jws->sig));
    if (rt_is_own_failure(e))
        return e;
    if (e)
        return ratls_fail(c->err, RATLS_E_TOKEN_SIGNATURE, "token: not signed by key '%s' of %s",
                          jwk->kid, iss);
    ratls_claims_set_text(c->token->claims, "token.iss", iss);
    ratls_claims_set_text(c->token->claims, "token.kid", jwk->kid);
    return RATLS_OK;
}

static enum ratls_err check_typ(const struct rt_compact *jws, struct rt_token_check *c)
{
    if (jws->typ && strcmp(jws->typ, c->rules->typ) == 0)
        return RATLS_OK;
    return ratls_fail(c->err, RATLS_E_TOKEN_TYPE, "token: typ '%s', not '%s'",
                      jws->typ ? jws->typ : "", c->rules->typ);
}

static enum ratls_err check(struct ratls_issuers *issuers, const struct rt_compact *jws,
                            struct rt_token_check *c)
{
    enum ratls_err e = check_typ(jws, c);

    if (!e)
        e = check_signature(issuers, jws, c);
    if (!e)
        e = rt_token_check_claims(c);
    if (!e && c->rules->ear)
        e = rt_ear_check(c);
    if (!e)
        e = ratls_claims_status(c->token->claims);
    return e ? e : ratls_claims_status(c->token->raw_claims);
}

/* ---- entry ---- */

static const char *number_fault(const struct ratls_token_rules *r)
{
    if (r->max_age_s < 0)
        return "max_age_s";
    if (r->now < 0)
        return "now";
    return r->skew_s < 0 || r->skew_s > MAX_SKEW_S ? "skew_s" : NULL;
}

static const char *holder_fault(const struct ratls_token_rules *r)
{
    if (r->nonce.len > 0 && (r->nonce.len < MIN_NONCE || r->nonce.len > MAX_NONCE))
        return "nonce";
    if (r->jkt && strlen(r->jkt) != RATLS_JWK_THUMB_LEN)
        return "jkt";
    if (r->cert_sha256.len > 0 && r->cert_sha256.len != RT_SHA256_LEN)
        return "cert_sha256";
    return number_fault(r);
}

static const char *fault_of(const struct ratls_token_rules *r, const struct rt_dialect *dialect)
{
    if ((r->audience || !dialect->bare) && !rt_is_token_text(r->audience, RT_MAX_TOKEN_TEXT))
        return "audience";
    if (!rt_is_token_text(r->typ, RT_MAX_KID))
        return "typ";
    if (!r->ear && (r->allow_warning || r->insecure_allow_none || r->tee || dialect->annotated))
        return "ear";
    return holder_fault(r);
}

static struct ratls_token *new_token(void)
{
    struct ratls_token *t = calloc(1, sizeof *t);

    if (!t)
        return NULL;
    t->claims = ratls_claims_new();
    t->raw_claims = ratls_claims_new();
    if (t->claims && t->raw_claims)
        return t;
    ratls_token_free(t);
    return NULL;
}

/* The rules of whom these name; NULL: nobody knows him. */
static const struct rt_dialect *dialect_of(struct ratls_issuers *issuers,
                                           const struct ratls_token_rules *rules)
{
    if (!rules->issuer)
        return rt_dialect_of(RATLS_DIALECT_STRICT);
    const struct rt_issuer *issuer = rt_issuers_find(issuers, rules->issuer);
    return issuer ? rt_issuer_dialect(issuer) : NULL;
}

enum ratls_err ratls_token_verify(struct ratls_issuers *issuers, struct ratls_bytes token,
                                  const struct ratls_token_rules *rules, struct ratls_token **out,
                                  struct ratls_error *err)
{
    struct rt_compact jws = {0};
    struct rt_token_check c = {
        .rules = rules,
        .dialect = dialect_of(issuers, rules),
        .now = rules->now ? rules->now : rt_issuers_now(issuers),
        .err = err,
    };
    enum ratls_err e = RATLS_E_NO_MEMORY;

    *out = NULL;
    if (!c.dialect)
        return ratls_fail(err, RATLS_E_TOKEN_ISSUER, "token: issuer '%s' is not trusted",
                          rules->issuer);
    const char *fault = fault_of(rules, c.dialect);
    if (fault)
        return ratls_fail(err, RATLS_E_USAGE, "rules of tokens: %s", fault);
    if (!(c.token = new_token()) || (e = rt_compact_read(token, c.dialect, &jws, err)) != RATLS_OK)
        goto out;
    c.claims = jws.claims;
    if ((e = check(issuers, &jws, &c)) != RATLS_OK)
        goto out;
    c.token->payload = jws.payload;
    jws.payload = (struct ratls_buffer){0};
    *out = c.token;
    c.token = NULL;
out:
    rt_compact_free(&jws);
    ratls_token_free(c.token);
    return e;
}

void ratls_token_free(struct ratls_token *token)
{
    if (!token)
        return;
    ratls_claims_free(token->claims);
    ratls_claims_free(token->raw_claims);
    for (size_t i = 0; i < token->n_devices; i++)
        ratls_claims_free(token->device[i].claims);
    ratls_buffer_free(&token->payload);
    ratls_buffer_free(&token->ak_spki);
    free(token);
}

/* ---- getters ---- */

static const char *text_of(const struct ratls_token *token, const char *name)
{
    const struct ratls_claim *c = ratls_claims_get(token->claims, name);

    return c ? c->text : NULL;
}

const char *ratls_token_issuer(const struct ratls_token *token)
{
    return text_of(token, "token.iss");
}

const char *ratls_token_key_id(const struct ratls_token *token)
{
    return text_of(token, "token.kid");
}

const char *ratls_token_id(const struct ratls_token *token)
{
    return text_of(token, "token.jti");
}

const char *ratls_token_subject(const struct ratls_token *token)
{
    return text_of(token, "token.sub");
}

int64_t ratls_token_issued(const struct ratls_token *token)
{
    return token->issued;
}

int64_t ratls_token_expires(const struct ratls_token *token)
{
    return token->expires;
}

bool ratls_token_is_bound(const struct ratls_token *token)
{
    return token->bound;
}

struct ratls_bytes ratls_token_json(const struct ratls_token *token)
{
    return rt_bytes_of(&token->payload);
}

const struct ratls_claims *ratls_token_claims(const struct ratls_token *token)
{
    return token->claims;
}

const struct ratls_claims *ratls_token_raw_claims(const struct ratls_token *token)
{
    return token->raw_claims;
}

struct ratls_bytes ratls_token_ak_spki(const struct ratls_token *token)
{
    return rt_bytes_of(&token->ak_spki);
}
