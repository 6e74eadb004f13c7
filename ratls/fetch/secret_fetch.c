/* A secret that a server keeps for those it allows. */
#include <stdio.h>

#include "oauth.h"
#include "ratls/request.h"

#define URL_LEN    1024
#define SECRET_MAX (128 * 1024) /* of a JWE of 64 KiB */

static bool is_name(const char *name)
{
    size_t len = 0;

    for (; name && name[len]; len++)
        if (!strchr("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-", name[len]))
            return false;
    return len > 0 && len <= RATLS_SECRET_NAME_MAX;
}

static enum ratls_err write_url(const struct ratls_secret_fetch *what, char out[URL_LEN],
                                struct ratls_error *err)
{
    char version[40] = "";

    if (!is_name(what->name))
        return ratls_fail(err, RATLS_E_USAGE, "that is no name of a secret");
    if (what->version < 0)
        return ratls_fail(err, RATLS_E_USAGE, "a version below 0");
    if (!what->url || strchr(what->url, '?'))
        return ratls_fail(err, RATLS_E_USAGE, "no URL above secrets");
    if (what->version)
        (void)snprintf(version, sizeof version, "?version=%lld", (long long)what->version);
    if (snprintf(out, URL_LEN, "%s/%s%s", what->url, what->name, version) >= URL_LEN)
        return ratls_fail(err, RATLS_E_USAGE, "the URL is too long");
    return RATLS_OK;
}

static enum ratls_err check(const struct ratls_response *r, const char *type,
                            struct ratls_error *err)
{
    if (r->status != 200)
        return rt_problem_error(r->status, rt_bytes_of(&r->body), err);
    if (strcmp(r->content_type, type) != 0)
        return ratls_fail(err, RATLS_E_FETCH, "the answer is not %s", type);
    return RATLS_OK;
}

enum ratls_err ratls_secret_fetch(const struct ratls_env *env, struct ratls_ctx *ctx,
                                  const struct ratls_secret_fetch *what, struct ratls_response *out,
                                  struct ratls_error *err)
{
    const char *type = what->jwe ? "application/jose" : "application/octet-stream";
    char url[URL_LEN];
    enum ratls_err e = write_url(what, url, err);

    *out = (struct ratls_response){0};
    if (e)
        return e;
    const struct ratls_request request = {
        .url = url,
        .accept = type,
        .max_body = SECRET_MAX,
        .timeout_ms = what->timeout_ms,
    };
    e = ratls_request_send(env, ctx, &request, out, err);
    if (!e)
        e = check(out, type, err);
    if (e)
        ratls_buffer_free(&out->body);
    return e;
}
