/* Token endpoints. */
#include "endpoint.h"

#include "oauth.h"

#define FORM       "application/x-www-form-urlencoded"
#define ANSWER_MAX (64 * 1024)

void rt_endpoint_put(struct rt_writer *w, const char *name, struct ratls_bytes value)
{
    if (value.len == 0)
        return;
    rt_oauth_put(w, name, "");
    rt_put_base64url(w, value);
}

static enum ratls_err ask_attested(const struct ratls_env *env, const struct rt_endpoint *r,
                                   struct ratls_bytes body, struct rt_http_answer *out,
                                   struct ratls_error *err)
{
    const struct ratls_request request = {
        .url = r->url,
        .accept = r->json ? "text/plain" : "application/json",
        .content_type = r->json ? "application/json" : FORM,
        .body = body,
        .timeout_ms = r->timeout_ms,
    };
    struct ratls_response response;
    enum ratls_err e = ratls_request_send(env, r->ctx, &request, &response, err);

    *out = (struct rt_http_answer){.body = response.body, .status = response.status};
    memcpy(out->content_type, response.content_type, sizeof out->content_type);
    response.body = (struct ratls_buffer){0};
    ratls_response_free(&response);
    return e;
}

static enum ratls_err ask_https(const struct ratls_env *env, const struct rt_endpoint *r,
                                struct ratls_bytes body, struct rt_http_answer *out,
                                struct ratls_error *err)
{
    const struct rt_http_config config = {
        .ca_file = r->ca_file,
        .timeout_ms = r->timeout_ms ? r->timeout_ms : RATLS_REQUEST_TIMEOUT_MS,
    };
    const struct rt_http_request request = {.url = r->url, .max_body = ANSWER_MAX, .json = r->json};
    struct rt_http *h = NULL;
    enum ratls_err e = rt_http_open(env, &config, &h, err);

    *out = (struct rt_http_answer){0};
    if (!e)
        e = rt_http_post(h, &request, body, out, err);
    rt_http_close(h);
    return e;
}

enum ratls_err rt_endpoint_ask(const struct ratls_env *env, const struct rt_endpoint *r,
                               struct ratls_bytes body, struct rt_http_answer *out,
                               struct ratls_error *err)
{
    return (r->ctx ? ask_attested : ask_https)(env, r, body, out, err);
}

enum ratls_err rt_endpoint_judge(const struct rt_http_answer *a, struct ratls_error *err)
{
    if (a->status != 200)
        return rt_oauth_error(a->status, rt_bytes_of(&a->body), err);
    if (strcmp(a->content_type, "application/json") != 0)
        return ratls_fail(err, RATLS_E_FETCH, "the answer of the token endpoint is no JSON");
    return RATLS_OK;
}

enum ratls_err rt_endpoint_token(const struct rt_http_answer *a, struct ratls_buffer *token,
                                 struct ratls_error *err)
{
    enum ratls_err e = rt_endpoint_judge(a, err);

    *token = (struct ratls_buffer){0};
    return e ? e : rt_oauth_token(rt_bytes_of(&a->body), RT_OAUTH_TLS, token, err);
}
