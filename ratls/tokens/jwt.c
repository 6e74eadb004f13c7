/* Tokens are signed. */
#include "json.h"
#include "jwt_key.h"

#define MAX_TYP 64

/* RFC 6838 s.4.2, restricted-name, and the slash of a whole media type. */
static bool is_typ(const char *typ)
{
    size_t len = 0;

    for (; typ && typ[len] && len <= MAX_TYP; len++) {
        const char c = typ[len];
        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
            !strchr("!#$&-^_.+/", c))
            return false;
    }
    return len >= 1 && len <= MAX_TYP;
}

static void put_header(struct rt_writer *w, const struct ratls_jwt_key *key, const char *typ)
{
    rt_json_put_raw(w, "{\"alg\":");
    rt_json_put_text(w, key->alg->name);
    rt_json_put_raw(w, ",\"typ\":");
    rt_json_put_text(w, typ);
    rt_json_put_raw(w, ",\"kid\":");
    rt_json_put_text(w, key->id);
    rt_json_put_raw(w, "}");
}

static enum ratls_err sign(struct ratls_jwt_key *key, struct rt_writer *token)
{
    struct ratls_buffer sig = {0};
    enum ratls_err e = rt_jwt_key_sign(key, rt_written(token), &sig);

    if (e)
        return e;
    rt_put_u8(token, '.');
    rt_put_base64url(token, rt_bytes_of(&sig));
    ratls_buffer_free(&sig);
    return token->bad ? RATLS_E_NO_MEMORY : RATLS_OK;
}

enum ratls_err rt_jws_make(struct ratls_jwt_key *key, struct ratls_bytes header,
                           struct ratls_bytes payload, size_t max, struct ratls_buffer *out)
{
    struct rt_writer token = {0};
    enum ratls_err e = RATLS_E_NO_MEMORY;

    rt_put_base64url(&token, header);
    rt_put_u8(&token, '.');
    rt_put_base64url(&token, payload);
    if (!token.bad)
        e = sign(key, &token);
    if (!e && token.len > max)
        e = RATLS_E_LIMIT;
    if (!e)
        e = rt_writer_take(&token, out);
    rt_writer_free(&token);
    return e;
}

/* `payload` is a JSON object. */
static enum ratls_err make(struct ratls_jwt_key *key, const char *typ, struct ratls_bytes payload,
                           size_t max, struct ratls_buffer *out)
{
    struct rt_writer header = {0};
    enum ratls_err e = RATLS_E_NO_MEMORY;

    put_header(&header, key, typ);
    if (!header.bad)
        e = rt_jws_make(key, rt_written(&header), payload, max, out);
    rt_writer_free(&header);
    return e;
}

static enum ratls_err put_claims(struct rt_writer *w, const struct ratls_claims *claims)
{
    enum ratls_err e = ratls_claims_status(claims);

    rt_json_put_raw(w, "{");
    for (size_t i = 0; i < ratls_claims_count(claims) && !e; i++) {
        const struct ratls_claim *c = ratls_claims_at(claims, i);
        if (c->type == RATLS_CLAIM_UINT && c->number > (uint64_t)RT_JSON_INT_MAX)
            e = RATLS_E_USAGE;
        if (i > 0)
            rt_json_put_raw(w, ",");
        rt_json_put_text(w, c->name);
        rt_json_put_raw(w, ":");
        rt_json_put_claim(w, c);
    }
    rt_json_put_raw(w, "}");
    return e ? e : w->bad ? RATLS_E_NO_MEMORY : RATLS_OK;
}

enum ratls_err ratls_jwt_sign(struct ratls_jwt_key *key, const char *typ,
                              const struct ratls_claims *claims, struct ratls_buffer *out)
{
    struct rt_writer payload = {0};
    enum ratls_err e = is_typ(typ) ? put_claims(&payload, claims) : RATLS_E_USAGE;

    *out = (struct ratls_buffer){0};
    if (!e)
        e = make(key, typ, rt_written(&payload), RATLS_JWT_MAX, out);
    rt_writer_free(&payload);
    return e;
}

enum ratls_err ratls_jwt_sign_json(struct ratls_jwt_key *key, const char *typ,
                                   struct ratls_bytes payload, struct ratls_buffer *out)
{
    struct cJSON *json = NULL;

    *out = (struct ratls_buffer){0};
    if (!is_typ(typ) || !rt_starts_with(payload, "{"))
        return RATLS_E_USAGE;
    if (payload.len > RATLS_TOKEN_MAX)
        return RATLS_E_LIMIT;
    enum ratls_err e = rt_json_parse(payload, RATLS_E_USAGE, &json, NULL);
    rt_json_free(json);
    return e ? e : make(key, typ, payload, RATLS_TOKEN_MAX, out);
}
