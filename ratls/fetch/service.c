#include "service.h"

#include "json.h"

#define DEFAULT_TIMEOUT_MS 30000
#define MAX_TIMEOUT_MS     3600000

static enum ratls_err set_base(struct rt_service *s, const char *usual, struct ratls_error *err)
{
    const char *url = s->source->base_url ? s->source->base_url : usual;
    size_t len = strlen(url);

    while (len > 0 && url[len - 1] == '/')
        len--;
    if (len >= sizeof s->base)
        return ratls_fail(err, RATLS_E_USAGE, "the URL of the collateral service is too long");
    memcpy(s->base, url, len);
    s->base[len] = 0;
    return rt_http_check_url(s->base, err);
}

enum ratls_err rt_service_open(const struct ratls_env *env,
                               const struct ratls_collateral_source *source, const char *usual,
                               struct rt_service *out, struct ratls_error *err)
{
    const struct rt_http_config config = {
        .ca_file = source->ca_file,
        .api_key = source->api_key,
        .timeout_ms = source->timeout_ms ? source->timeout_ms : DEFAULT_TIMEOUT_MS,
    };

    *out = (struct rt_service){.source = source};
    enum ratls_err e = set_base(out, usual, err);
    if (e)
        return e;
    if (strchr(out->base, '?')) /* it would swallow the paths put behind it */
        return ratls_fail(err, RATLS_E_USAGE, "the URL of the collateral service has a query");
    if (source->timeout_ms < 0 || source->timeout_ms > MAX_TIMEOUT_MS)
        return ratls_fail(err, RATLS_E_USAGE, "a timeout above %d s", MAX_TIMEOUT_MS / 1000);
    return rt_http_open(env, &config, &out->http, err);
}

enum ratls_err rt_service_put(struct rt_writer *w, const char *name, rt_form_fn *form,
                              const struct ratls_buffer *received, struct ratls_error *err)
{
    struct ratls_buffer text = {0};
    struct ratls_error inner = {0};
    enum ratls_err e = form(rt_bytes_of(received), &text, &inner);

    if (e)
        return ratls_fail(err, e, "%s: %s", name, inner.detail);
    rt_json_put_raw(w, w->len ? ",\n " : "{\n ");
    rt_json_put_text(w, name);
    rt_json_put_raw(w, ": ");
    rt_json_put_text(w, (const char *)text.p);
    ratls_buffer_free(&text);
    return RATLS_OK;
}

enum ratls_err rt_service_finish(struct rt_writer *w, enum ratls_err e, struct ratls_buffer *json,
                                 struct ratls_error *err)
{
    rt_json_put_raw(w, "\n}\n");
    if (e == RATLS_OK && w->len > RT_MAX_COLLATERAL)
        e = ratls_fail(err, RATLS_E_LIMIT, "the collateral is larger than %d bytes",
                       RT_MAX_COLLATERAL);
    if (e == RATLS_OK)
        return rt_writer_take(w, json);
    rt_writer_free(w);
    return e;
}
