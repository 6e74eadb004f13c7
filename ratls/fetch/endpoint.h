/* endpoint.h - a token endpoint, or one like it, asked over an attested connection or over ordinary
 * HTTPS. */
#ifndef RT_ENDPOINT_H
#define RT_ENDPOINT_H

#include "http.h"
#include "ratls/request.h"

/* Members as of struct ratls_remote. */
struct rt_endpoint {
    const char *url;
    struct ratls_ctx *ctx;
    const char *ca_file;
    int64_t timeout_ms;
    bool json; /* it takes JSON and answers text; else it takes a form and answers JSON */
};

/* One more field of a form, in base64url; none where there are no bytes. */
void rt_endpoint_put(struct rt_writer *w, const char *name, struct ratls_bytes value);
/* POST of the form, or of the JSON. *out is new: rt_http_answer_free(), also after an error. */
RATLS_MUST_USE enum ratls_err rt_endpoint_ask(const struct ratls_env *env,
                                              const struct rt_endpoint *r, struct ratls_bytes body,
                                              struct rt_http_answer *out, struct ratls_error *err);
/* RATLS_OK: it is JSON of status 200. */
RATLS_MUST_USE enum ratls_err rt_endpoint_judge(const struct rt_http_answer *a,
                                                struct ratls_error *err);
/* *token is new. */
RATLS_MUST_USE enum ratls_err rt_endpoint_token(const struct rt_http_answer *a,
                                                struct ratls_buffer *token,
                                                struct ratls_error *err);

#endif
