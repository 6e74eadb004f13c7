/* The verdict of a server about this side, exchanged for a token. */
#include "oauth.h"
#include "ratls/request.h"

static enum ratls_err write_form(const struct ratls_token_fetch *what, struct ratls_buffer *out)
{
    struct rt_writer w = {0};

    rt_oauth_put(&w, "grant_type", RT_GRANT_EXCHANGE);
    rt_oauth_put(&w, "subject_token_type", RT_TYPE_CHANNEL);
    rt_oauth_put(&w, "subject_token", "channel");
    rt_oauth_put(&w, "requested_token_type", RT_TYPE_JWT);
    rt_oauth_put(&w, "audience", what->audience);
    rt_oauth_put(&w, "nonce", what->nonce);
    return rt_writer_take(&w, out);
}

static enum ratls_err take_token(struct ratls_response *r, const char *type,
                                 struct ratls_error *err)
{
    struct ratls_buffer token = {0};

    if (r->status != 200)
        return rt_oauth_error(r->status, rt_bytes_of(&r->body), err);
    if (strcmp(r->content_type, "application/json") != 0)
        return ratls_fail(err, RATLS_E_FETCH, "the answer of the token endpoint is no JSON");
    enum ratls_err e = rt_oauth_token(rt_bytes_of(&r->body), type, &token, err);
    ratls_buffer_free(&r->body);
    r->body = token;
    return e;
}

struct fetch {
    const struct ratls_env *env;
    struct ratls_ctx *ctx;
    const struct ratls_token_fetch *what;
    struct ratls_request request;
};

/* With a proof of its own, if there is a key. `nonce` NULL: none. */
static enum ratls_err ask(const struct fetch *f, const char *nonce, struct ratls_response *out,
                          struct ratls_error *err)
{
    struct ratls_request request = f->request;
    const struct ratls_dpop of = {.method = "POST",
                                  .url = f->what->dpop_url ? f->what->dpop_url : f->what->url,
                                  .nonce = nonce};
    struct ratls_buffer proof = {0};
    enum ratls_err e = RATLS_OK;

    *out = (struct ratls_response){0};
    if (f->what->dpop)
        e = ratls_dpop_make(f->what->dpop, &of, &proof, err);
    request.dpop = (const char *)proof.p;
    if (!e)
        e = ratls_request_send(f->env, f->ctx, &request, out, err);
    ratls_buffer_free(&proof);
    return e;
}

/* RFC 9449 s.8: a nonce is not asked for, it is told. Once. */
static enum ratls_err ask_with_nonce(const struct fetch *f, struct ratls_response *out,
                                     struct ratls_error *err)
{
    char nonce[sizeof out->dpop_nonce];
    enum ratls_err e = ask(f, NULL, out, err);

    if (e || !f->what->dpop || out->status != 400 || !out->dpop_nonce[0] ||
        !rt_oauth_wants_nonce(rt_bytes_of(&out->body)))
        return e;
    memcpy(nonce, out->dpop_nonce, sizeof nonce);
    ratls_response_free(out);
    return ask(f, nonce, out, err);
}

enum ratls_err ratls_token_fetch(const struct ratls_env *env, struct ratls_ctx *ctx,
                                 const struct ratls_token_fetch *what, struct ratls_response *out,
                                 struct ratls_error *err)
{
    struct ratls_buffer form = {0};
    enum ratls_err e = write_form(what, &form);

    *out = (struct ratls_response){0};
    if (e)
        return e;
    const struct fetch f = {.env = env,
                            .ctx = ctx,
                            .what = what,
                            .request = {
                                .url = what->url,
                                .accept = "application/json",
                                .content_type = "application/x-www-form-urlencoded",
                                .body = rt_bytes_of(&form),
                                .timeout_ms = what->timeout_ms,
                                .prover = what->prover,
                            }};
    e = ask_with_nonce(&f, out, err);
    if (!e)
        e = take_token(out, what->dpop ? RT_OAUTH_DPOP : RT_OAUTH_TLS, err);
    if (e)
        ratls_buffer_free(&out->body);
    ratls_buffer_free(&form);
    return e;
}
