#include "compact.h"

#include <stdlib.h>

#include <cjson/cJSON.h>

#include "json.h"
#include "jwk.h"

struct parts {
    struct ratls_bytes header, payload, sig; /* base64url */
};

/* The bytes up to the next dot, without it. */
static struct ratls_bytes up_to_dot(struct rt_reader *r)
{
    struct ratls_bytes rest = rt_rest(r);
    const uint8_t *dot = rest.len ? memchr(rest.p, '.', rest.len) : NULL;

    if (!dot) {
        r->bad = true;
        return ratls_bytes(NULL, 0);
    }
    rest = rt_take_bytes(r, (size_t)(dot - rest.p));
    rt_skip(r, 1);
    return rest;
}

/* A third dot is no character of base64url. */
static enum ratls_err split(struct ratls_bytes token, struct parts *p, struct rt_compact *out,
                            struct ratls_error *err)
{
    struct rt_reader r = rt_reader(token);

    if (token.len > RATLS_TOKEN_MAX)
        return ratls_fail(err, RATLS_E_TOKEN_FORMAT, "token of %zu bytes, at most %d", token.len,
                          RATLS_TOKEN_MAX);
    p->header = up_to_dot(&r);
    p->payload = up_to_dot(&r);
    p->sig = rt_rest(&r);
    if (r.bad)
        return ratls_fail(err, RATLS_E_TOKEN_FORMAT, "token without two dots");
    out->signed_text = ratls_bytes(token.p, p->header.len + 1 + p->payload.len);
    return RATLS_OK;
}

/* *out is new. */
static enum ratls_err decode(const char *what, struct ratls_bytes text, struct ratls_buffer *out,
                             struct ratls_error *err)
{
    size_t len = text.len;

    if (!(out->p = malloc(text.len + 1)))
        return RATLS_E_NO_MEMORY;
    if (!rt_unbase64url((const char *)text.p, text.len, out->p, &len))
        return ratls_fail(err, RATLS_E_TOKEN_FORMAT, "token: the %s is not strict base64url", what);
    out->len = len;
    return RATLS_OK;
}

static enum ratls_err parse(const char *what, const struct ratls_buffer *text, cJSON **out,
                            struct ratls_error *err)
{
    enum ratls_err e = rt_json_parse(rt_bytes_of(text), RATLS_E_TOKEN_FORMAT, out, err);

    if (e || cJSON_IsObject(*out))
        return e;
    return ratls_fail(err, RATLS_E_TOKEN_FORMAT, "token: the %s is no object", what);
}

/* What a header may have. */
struct form {
    const char *known[6]; /* NULL-terminated */
    const char *key;      /* one of them, which must be there; NULL: none must */
};

static const struct form tokens = {{"alg", "typ", "kid", "cty"}, "kid"};
static const struct form bare = {{"alg", "typ", "kid", "cty"}, NULL};
static const struct form shown = {{"alg", "typ", "kid", "cty", "jwk"}, NULL};
static const struct form proofs = {{"alg", "typ", "jwk"}, "jwk"};

static const struct form *form_of(const struct rt_dialect *dialect)
{
    if (!dialect->bare_key)
        return &tokens;
    return dialect->jwk ? &shown : &bare;
}

static enum ratls_err judge_members(const cJSON *header, const struct form *form,
                                    struct ratls_error *err)
{
    const cJSON *member;

    cJSON_ArrayForEach(member, header)
    {
        size_t i = 0;
        while (form->known[i] && strcmp(form->known[i], member->string) != 0)
            i++;
        if (!form->known[i] ||
            (form == &shown && strcmp(member->string, "jwk") == 0 && !cJSON_IsObject(member)))
            return ratls_fail(err, RATLS_E_TOKEN_FORMAT, "token: header '%s' is not allowed",
                              member->string);
        if (strcmp(member->string, "jwk") != 0 &&
            !rt_token_text(header, member->string, RT_MAX_KID))
            return ratls_fail(err, RATLS_E_TOKEN_FORMAT, "token: header '%s' is malformed",
                              member->string);
    }
    return RATLS_OK;
}

static enum ratls_err read_header(struct rt_compact *c, const struct form *form,
                                  struct ratls_error *err)
{
    enum ratls_err e = judge_members(c->header, form, err);

    if (e)
        return e;
    const char *alg = rt_token_text(c->header, "alg", RT_MAX_KID);
    c->alg = alg ? rt_token_alg_find(alg) : NULL;
    c->typ = rt_token_text(c->header, "typ", RT_MAX_KID);
    c->kid = rt_token_text(c->header, "kid", RT_MAX_KID);
    c->jwk = rt_json_member(c->header, "jwk");
    if (!c->alg || (c->alg->pinned && form == &proofs))
        return ratls_fail(err, RATLS_E_TOKEN_ALGORITHM, "token: algorithm '%s'", alg ? alg : "");
    if (form->key && !rt_json_member(c->header, form->key))
        return ratls_fail(err, RATLS_E_TOKEN_FORMAT, "token: header '%s' is missing", form->key);
    return RATLS_OK;
}

static enum ratls_err read_form(struct ratls_bytes token, const struct form *form,
                                struct rt_compact *out, struct ratls_error *err)
{
    struct parts p;
    struct ratls_buffer header = {0};
    enum ratls_err e;

    *out = (struct rt_compact){0};
    if ((e = split(token, &p, out, err)) == RATLS_OK &&
        (e = decode("header", p.header, &header, err)) == RATLS_OK &&
        (e = parse("header", &header, &out->header, err)) == RATLS_OK &&
        (e = read_header(out, form, err)) == RATLS_OK &&
        (e = decode("payload", p.payload, &out->payload, err)) == RATLS_OK &&
        (e = parse("payload", &out->payload, &out->claims, err)) == RATLS_OK)
        e = decode("signature", p.sig, &out->sig, err);
    ratls_buffer_free(&header);
    return e;
}

enum ratls_err rt_compact_read(struct ratls_bytes token, const struct rt_dialect *dialect,
                               struct rt_compact *out, struct ratls_error *err)
{
    return read_form(token, form_of(dialect), out, err);
}

enum ratls_err rt_compact_read_proof(struct ratls_bytes proof, struct rt_compact *out,
                                     struct ratls_error *err)
{
    return read_form(proof, &proofs, out, err);
}

void rt_compact_free(struct rt_compact *c)
{
    rt_json_free(c->header);
    rt_json_free(c->claims);
    ratls_buffer_free(&c->payload);
    ratls_buffer_free(&c->sig);
    *c = (struct rt_compact){0};
}
