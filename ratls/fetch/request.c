/* HTTP by libcurl, over an attested connection that it takes for a local server. */
#include "ratls/request.h"

#include <stdio.h>
#include <strings.h>

#include "channel.h"
#include "pump.h"

#define USUAL_BODY (64 * 1024)
#define LINE_LEN   160
#define PROOF      "DPoP: "

/* ---- what is asked ---- */

/* It becomes a header line: nothing that ends one. */
static bool is_visible(const char *text)
{
    for (const char *c = text; *c; c++)
        if (*c <= ' ' || *c > '~')
            return false;
    return *text != 0;
}

static bool is_media_type(const char *text)
{
    return is_visible(text) && strlen(text) < LINE_LEN - sizeof "Content-Type: ";
}

static bool is_allowed(const char *media_type)
{
    return !media_type || is_media_type(media_type);
}

static const char *objection(const struct ratls_request *r)
{
    if (!is_allowed(r->accept) || !is_allowed(r->content_type))
        return "a media type that is none";
    if (r->dpop && (!is_visible(r->dpop) || strlen(r->dpop) > RATLS_DPOP_MAX))
        return "a proof that is none";
    if (r->body.len > 0 && !r->content_type)
        return "a body without a type";
    if (r->body.len > RATLS_REQUEST_BODY_MAX)
        return "the body is too large";
    if (r->max_body > RATLS_RESPONSE_MAX)
        return "the limit of the answer is too large";
    if (r->timeout_ms < 0 || r->timeout_ms > RATLS_REQUEST_TIMEOUT_MAX)
        return "the timeout is out of range";
    return NULL;
}

/* ---- one exchange ---- */

struct exchange {
    const struct ratls_request *request;
    CURL *curl;
    struct curl_slist *lines;
    struct rt_receive receive;
    char socket[RT_PUMP_NAME];
    bool has_length; /* the answer itself says where it ends */
};

static bool add_line(struct exchange *x, const char *name, const char *value)
{
    char line[sizeof PROOF + RATLS_DPOP_MAX];

    (void)snprintf(line, sizeof line, "%s%s", name, value);
    struct curl_slist *longer = curl_slist_append(x->lines, line);
    x->lines = longer ? longer : x->lines;
    return longer != NULL;
}

/* Bodies of this size are sent without waiting for "100 Continue", which libcurl does from 1 MiB
 * on.
 */
static bool set_request(struct exchange *x)
{
    const struct ratls_request *r = x->request;

    if (r->accept && !add_line(x, "Accept: ", r->accept))
        return false;
    if (r->dpop && !add_line(x, PROOF, r->dpop))
        return false;
    if (!r->content_type)
        return !x->lines || curl_easy_setopt(x->curl, CURLOPT_HTTPHEADER, x->lines) == CURLE_OK;
    return add_line(x, "Content-Type: ", r->content_type) &&
           curl_easy_setopt(x->curl, CURLOPT_HTTPHEADER, x->lines) == CURLE_OK &&
           rt_easy_long(x->curl, CURLOPT_POST, 1) &&
           rt_easy_long(x->curl, CURLOPT_POSTFIELDSIZE, (long)r->body.len) &&
           curl_easy_setopt(x->curl, CURLOPT_POSTFIELDS,
                            r->body.p ? (const char *)r->body.p : "") == CURLE_OK;
}

static bool set_transport(struct exchange *x, CURLU *url, int64_t left)
{
    return rt_easy_text(x->curl, CURLOPT_ABSTRACT_UNIX_SOCKET, x->socket) &&
           rt_easy_long(x->curl, CURLOPT_FORBID_REUSE, 1) &&
           rt_easy_long(x->curl, CURLOPT_TIMEOUT_MS, (long)left) &&
           curl_easy_setopt(x->curl, CURLOPT_CURLU, url) == CURLE_OK;
}

/* RFC 9112 s.6.3: a transfer coding counts before a length. For answers that have no body libcurl
 * says 0. */
static bool says_its_end(CURL *curl)
{
    struct curl_header *coding = NULL;
    curl_off_t length = -1;

    if (curl_easy_header(curl, "Transfer-Encoding", 0, CURLH_HEADER, -1, &coding) == CURLHE_OK)
        return coding->amount == 1 && strcasecmp(coding->value, "chunked") == 0;
    return curl_easy_getinfo(curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length) == CURLE_OK &&
           length >= 0;
}

/* One that is there twice, or too long, is none. */
static void take_nonce(CURL *curl, struct ratls_response *out)
{
    struct curl_header *nonce = NULL;

    if (curl_easy_header(curl, "DPoP-Nonce", 0, CURLH_HEADER, -1, &nonce) == CURLHE_OK &&
        nonce->amount == 1 && strlen(nonce->value) < sizeof out->dpop_nonce)
        memcpy(out->dpop_nonce, nonce->value, strlen(nonce->value) + 1);
}

/* 1xx are libcurl's business. */
static bool take_head(struct exchange *x, struct ratls_response *out)
{
    char *type = NULL;
    long status = 0;

    if (curl_easy_getinfo(x->curl, CURLINFO_RESPONSE_CODE, &status) != CURLE_OK ||
        curl_easy_getinfo(x->curl, CURLINFO_CONTENT_TYPE, &type) != CURLE_OK || status < 200 ||
        status > 599)
        return false;
    rt_easy_content_type(type, out->content_type, sizeof out->content_type);
    out->status = (int)status;
    take_nonce(x->curl, out);
    x->has_length = says_its_end(x->curl);
    return true;
}

static CURLcode perform(struct exchange *x, const struct rt_channel *c, struct ratls_response *out)
{
    CURLU *url = rt_channel_plain_url(c);
    CURLcode code = CURLE_OUT_OF_MEMORY;

    x->curl = curl_easy_init();
    if (url && x->curl && rt_easy_rules(x->curl) && rt_easy_receive(x->curl, &x->receive) &&
        set_transport(x, url, rt_channel_left_ms(c)) && set_request(x))
        code = curl_easy_perform(x->curl);
    if (code == CURLE_OK && !take_head(x, out))
        code = CURLE_WEIRD_SERVER_REPLY;
    curl_easy_cleanup(x->curl);
    curl_url_cleanup(url);
    curl_slist_free_all(x->lines);
    return code;
}

/* ---- was it an answer? ---- */

static enum ratls_err judge_failure(const struct exchange *x, CURLcode code, enum ratls_err how,
                                    struct ratls_error *err)
{
    const char *says = x->receive.curl_says[0] ? x->receive.curl_says : curl_easy_strerror(code);

    if (x->receive.body.bad || code == CURLE_OUT_OF_MEMORY)
        return RATLS_E_NO_MEMORY;
    if (x->receive.why)
        return ratls_fail(err, RATLS_E_LIMIT, "%s", x->receive.why);
    if (code == CURLE_OPERATION_TIMEDOUT)
        return ratls_fail(err, RATLS_E_TIMEOUT, "no whole answer in time");
    if (how != RATLS_OK && how != RATLS_E_CLOSED)
        return ratls_fail(err, how, "no whole answer: %s", ratls_err_text(how));
    return ratls_fail(err, RATLS_E_FETCH, "no answer: %s", says);
}

static enum ratls_err judge(const struct exchange *x, CURLcode code, enum ratls_err how,
                            struct ratls_error *err)
{
    if (code != CURLE_OK)
        return judge_failure(x, code, how, err);
    if (!x->has_length && how != RATLS_E_CLOSED)
        return ratls_fail(err, how == RATLS_OK ? RATLS_E_TRUNCATED : how,
                          "an answer without a length, and no close_notify behind it");
    return RATLS_OK;
}

static enum ratls_err exchange(const struct rt_channel *c, const struct ratls_request *r,
                               struct ratls_response *out, struct ratls_error *err)
{
    const struct rt_pump_ends ends = {c->env, c->conn, c->fd, c->deadline_ms};
    struct exchange x = {.request = r};
    struct rt_pump *pump = NULL;
    enum ratls_err e = rt_pump_start(&ends, &pump, x.socket);

    if (e)
        return e;
    x.receive.max_body = r->max_body ? r->max_body : USUAL_BODY;
    x.receive.max_headers = RT_MAX_HTTP_HEADERS;
    const CURLcode code = perform(&x, c, out);
    e = judge(&x, code, rt_pump_stop(pump), err);
    if (!e)
        e = rt_writer_take(&x.receive.body, &out->body);
    rt_writer_free(&x.receive.body);
    return e;
}

/* ---- all of it ---- */

static void take_peer(const struct rt_channel *c, struct ratls_response *out)
{
    const struct ratls_verdict *v = c->conn ? ratls_conn_verdict(c->conn) : NULL;

    if (v)
        out->verdict = ratls_verdict_ref((struct ratls_verdict *)v);
}

enum ratls_err ratls_request_send(const struct ratls_env *env, struct ratls_ctx *ctx,
                                  const struct ratls_request *request, struct ratls_response *out,
                                  struct ratls_error *err)
{
    struct rt_channel c = {.env = env, .prover = request->prover};
    const char *why = objection(request);

    *out = (struct ratls_response){0};
    if (why)
        return ratls_fail(err, RATLS_E_USAGE, "the request is refused: %s", why);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return ratls_fail(err, RATLS_E_NO_MEMORY, "libcurl does not start");
    c.deadline_ms = env->monotonic_ms(env->arg) +
                    (request->timeout_ms ? request->timeout_ms : RATLS_REQUEST_TIMEOUT_MS);
    enum ratls_err e = rt_easy_url(request->url, false, &c.url, err);
    if (!e)
        e = rt_channel_open(&c, ctx, err);
    take_peer(&c, out);
    if (!e) {
        out->level = ratls_conn_level(c.conn);
        e = exchange(&c, request, out, err);
    }
    if (e)
        out->status = 0;
    rt_channel_close(&c);
    curl_global_cleanup();
    return e;
}

void ratls_response_free(struct ratls_response *r)
{
    ratls_buffer_free(&r->body);
    ratls_verdict_unref(r->verdict);
    *r = (struct ratls_response){0};
}
