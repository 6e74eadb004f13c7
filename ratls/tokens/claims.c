/* The claims of any token (RFC 7519 s.4.1, RFC 9711 s.4.1), behind its signature. */
#include <cjson/cJSON.h>

#include "json.h"
#include "token_check.h"

enum { MAX_LIST = 16, NONCE_TEXT_MIN = 8, NONCE_TEXT_MAX = 88 };

enum ratls_err rt_token_malformed(struct rt_token_check *c, const char *name)
{
    return ratls_fail(c->err, RATLS_E_TOKEN_FORMAT, "token: '%s' is malformed or missing", name);
}

/* ---- dates ---- */

/* Seconds since 1970, integers (RFC 7519 allows fractions; nobody needs them). */
static bool read_date(struct rt_token_check *c, const char *name, int64_t *out)
{
    return rt_json_int(rt_json_member(c->claims, name), 0, RT_JSON_INT_MAX, out);
}

static enum ratls_err check_dates(struct rt_token_check *c)
{
    const int64_t skew = c->rules->skew_s, max_age = c->rules->max_age_s;
    int64_t iat, nbf, exp;

    if (!read_date(c, "iat", &iat))
        return rt_token_malformed(c, "iat");
    if (c->dialect->bare && !rt_json_member(c->claims, "nbf"))
        nbf = 0;
    else if (!read_date(c, "nbf", &nbf))
        return rt_token_malformed(c, "nbf");
    if (!read_date(c, "exp", &exp))
        return rt_token_malformed(c, "exp");
    if (nbf > c->now + skew || iat > c->now + skew)
        return ratls_fail(c->err, RATLS_E_TOKEN_NOT_YET_VALID, "token: '%s' lies ahead",
                          nbf > c->now + skew ? "nbf" : "iat");
    if (exp <= c->now - skew)
        return ratls_fail(c->err, RATLS_E_TOKEN_EXPIRED, "token: 'exp' is over");
    if (max_age > 0 && c->now - iat > max_age + skew)
        return ratls_fail(c->err, RATLS_E_TOKEN_EXPIRED, "token: %lld s old, at most %lld",
                          (long long)(c->now - iat), (long long)max_age);
    c->token->issued = iat;
    c->token->expires = exp;
    ratls_claims_set_uint(c->token->claims, "token.iat", (uint64_t)iat);
    ratls_claims_set_uint(c->token->claims, "token.exp", (uint64_t)exp);
    return RATLS_OK;
}

/* ---- texts ---- */

/* A text, or a list of 1 to MAX_LIST of them (RFC 7519 s.4.1.3, RFC 9711 s.4.1). */
struct texts {
    const char *item[MAX_LIST];
    size_t n;
};

static bool read_texts(const cJSON *json, size_t max, struct texts *out)
{
    const cJSON *item = cJSON_IsArray(json) ? json->child : json;

    out->n = 0;
    for (; item; item = cJSON_IsArray(json) ? item->next : NULL) {
        const char *text = cJSON_GetStringValue(item);
        if (!rt_is_token_text(text, max) || out->n == MAX_LIST)
            return false;
        out->item[out->n++] = text;
    }
    return out->n > 0;
}

static bool is_among(const char *text, const struct texts *list)
{
    for (size_t i = 0; i < list->n; i++)
        if (strcmp(list->item[i], text) == 0)
            return true;
    return false;
}

static enum ratls_err check_audience(struct rt_token_check *c)
{
    const char *due = c->rules->audience;
    struct texts aud;

    if (c->dialect->bare && !rt_json_member(c->claims, "aud"))
        return RATLS_OK;
    if (!read_texts(rt_json_member(c->claims, "aud"), RT_MAX_TOKEN_TEXT, &aud))
        return rt_token_malformed(c, "aud");
    if (!due || !is_among(due, &aud))
        return ratls_fail(c->err, RATLS_E_TOKEN_AUDIENCE, "token: for '%s'%s, not '%s'",
                          aud.item[0], aud.n > 1 ? " and others" : "", due ? due : "");
    for (size_t i = 0; i < aud.n; i++)
        ratls_claims_add_item(c->token->claims, "token.aud", aud.item[i]);
    return RATLS_OK;
}

static enum ratls_err keep_text(struct rt_token_check *c, const char *name, const char *claim)
{
    const char *text = rt_token_text(c->claims, name, RT_MAX_TOKEN_TEXT);

    if (!text)
        return rt_json_member(c->claims, name) ? rt_token_malformed(c, name) : RATLS_OK;
    ratls_claims_set_text(c->token->claims, claim, text);
    return RATLS_OK;
}

/* rust-ear writes base64 with padding (src/nonce.rs). */
static bool is_nonce(struct rt_token_check *c, const struct texts *nonces)
{
    char text[NONCE_TEXT_MAX + 1];

    rt_base64url(c->rules->nonce, text);
    if (is_among(text, nonces))
        return true;
    rt_base64(c->rules->nonce, text);
    return c->dialect->base64_nonce && is_among(text, nonces);
}

static enum ratls_err check_nonce(struct rt_token_check *c)
{
    const cJSON *json = rt_json_member(c->claims, "eat_nonce");
    struct texts nonces = {0};

    if (json && !read_texts(json, NONCE_TEXT_MAX, &nonces))
        return rt_token_malformed(c, "eat_nonce");
    for (size_t i = 0; i < nonces.n; i++)
        if (strlen(nonces.item[i]) < NONCE_TEXT_MIN)
            return rt_token_malformed(c, "eat_nonce");
    if (c->rules->nonce.len == 0 || (c->dialect->annotated && !json))
        return RATLS_OK;
    return is_nonce(c, &nonces)
               ? RATLS_OK
               : ratls_fail(c->err, RATLS_E_TOKEN_NONCE, "token: %s",
                            json ? "'eat_nonce' is another one" : "there is no 'eat_nonce'");
}

enum ratls_err rt_token_check_claims(struct rt_token_check *c)
{
    enum ratls_err e;

    if ((e = check_dates(c)) != RATLS_OK || (e = check_audience(c)) != RATLS_OK ||
        (e = keep_text(c, "sub", "token.sub")) != RATLS_OK ||
        (e = keep_text(c, "jti", "token.jti")) != RATLS_OK || (e = check_nonce(c)) != RATLS_OK)
        return e;
    return rt_token_check_cnf(c);
}
