/* Evidence over a nonce of a token endpoint, exchanged for a token (TOKENS.md, "Evidence for a
 * token"). */
#include <stdio.h>
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "endpoint.h"
#include "json.h"
#include "oauth.h"
#include "ratls/remote.h"

#define TOKEN_PATH "/token"
#define NONCE_PATH "/nonce"
#define NONCE_LEN  32
#define THUMB_LEN  32

struct fetch {
    const struct ratls_env *env;
    const struct ratls_evidence_fetch *what;
    uint8_t report_data[RATLS_REPORT_DATA_LEN];
    struct ratls_buffer evidence; /* owned */
};

static const char *objection(const struct ratls_evidence_fetch *w)
{
    const size_t len = w->url ? strlen(w->url) : 0, tail = strlen(TOKEN_PATH);

    if (len <= tail || strcmp(&w->url[len - tail], TOKEN_PATH) != 0)
        return "the URL of a token endpoint ends in " TOKEN_PATH;
    if (w->ctx && w->ca_file)
        return "CAs are of ordinary HTTPS";
    if (!w->attester)
        return "nobody makes evidence";
    if (w->timeout_ms < 0 || w->timeout_ms > RATLS_REQUEST_TIMEOUT_MAX)
        return "the timeout is out of range";
    return NULL;
}

static struct rt_endpoint endpoint_of(const struct fetch *f, const char *url)
{
    return (struct rt_endpoint){url, f->what->ctx, f->what->ca_file, f->what->timeout_ms, false};
}

/* ---- the nonce ---- */

static bool is_nonce(const char *text, uint8_t out[NONCE_LEN])
{
    size_t len = NONCE_LEN;

    return text && strlen(text) == rt_base64url_len(NONCE_LEN) &&
           rt_unbase64url(text, strlen(text), out, &len) && len == NONCE_LEN;
}

static enum ratls_err read_nonce(struct ratls_bytes body, uint8_t out[NONCE_LEN],
                                 struct ratls_error *err)
{
    cJSON *answer = NULL;
    enum ratls_err e = rt_json_parse(body, RATLS_E_FETCH, &answer, err);
    const cJSON *member = e ? NULL : rt_json_member(answer, "nonce");

    if (!e && !is_nonce(cJSON_IsString(member) ? member->valuestring : NULL, out))
        e = ratls_fail(err, RATLS_E_FETCH, "the answer of the nonce endpoint: no nonce");
    rt_json_free(answer);
    return e;
}

static enum ratls_err fetch_nonce(struct fetch *f, struct ratls_error *err)
{
    const int len = (int)(strlen(f->what->url) - strlen(TOKEN_PATH));
    struct rt_http_answer answer = {0};
    char *url = NULL;

    if (asprintf(&url, "%.*s" NONCE_PATH, len, f->what->url) < 0)
        return RATLS_E_NO_MEMORY;
    const struct rt_endpoint at = endpoint_of(f, url);
    enum ratls_err e = rt_endpoint_ask(f->env, &at, ratls_bytes(NULL, 0), &answer, err);
    if (!e)
        e = rt_endpoint_judge(&answer, err);
    if (!e)
        e = read_nonce(rt_bytes_of(&answer.body), f->report_data, err);
    rt_http_answer_free(&answer);
    free(url);
    return e;
}

/* ---- the evidence ---- */

/* The nonce, and the key that the token is to be for; without one the nonce again. */
static enum ratls_err make_evidence(struct fetch *f, struct ratls_error *err)
{
    uint8_t *second = &f->report_data[NONCE_LEN];
    char thumb[RATLS_JWK_THUMB_LEN + 1];
    size_t len = THUMB_LEN;
    enum ratls_err e = RATLS_OK;

    memcpy(second, f->report_data, NONCE_LEN);
    if (f->what->spki.len > 0) {
        e = ratls_jwk_thumbprint(f->what->spki, thumb, err);
        if (!e && !rt_unbase64url(thumb, RATLS_JWK_THUMB_LEN, second, &len))
            e = RATLS_E_INTERNAL;
    }
    if (!e)
        e = ratls_attester_challenge(f->what->attester,
                                     ratls_bytes(f->report_data, sizeof f->report_data),
                                     &f->evidence, err);
    return e;
}

static enum ratls_err write_form(const struct fetch *f, struct ratls_buffer *out)
{
    struct rt_writer w = {0};

    rt_oauth_put(&w, "grant_type", RT_GRANT_EXCHANGE);
    rt_oauth_put(&w, "subject_token_type", RT_TYPE_EVIDENCE);
    rt_endpoint_put(&w, "subject_token", rt_bytes_of(&f->evidence));
    rt_oauth_put(&w, "requested_token_type", RT_TYPE_JWT);
    rt_oauth_put(&w, "audience", f->what->audience);
    rt_endpoint_put(&w, "nonce", ratls_bytes(f->report_data, NONCE_LEN));
    rt_endpoint_put(&w, "cnf_key", f->what->spki);
    return rt_writer_take(&w, out);
}

static enum ratls_err exchange(const struct fetch *f, struct ratls_buffer *token,
                               struct ratls_error *err)
{
    const struct rt_endpoint at = endpoint_of(f, f->what->url);
    struct rt_http_answer answer = {0};
    struct ratls_buffer form = {0};
    enum ratls_err e = write_form(f, &form);

    if (!e)
        e = rt_endpoint_ask(f->env, &at, rt_bytes_of(&form), &answer, err);
    if (!e)
        e = rt_endpoint_token(&answer, token, err);
    rt_http_answer_free(&answer);
    ratls_buffer_free(&form);
    return e;
}

enum ratls_err ratls_evidence_fetch_token(const struct ratls_env *env,
                                          const struct ratls_evidence_fetch *what,
                                          struct ratls_buffer *token, struct ratls_error *err)
{
    struct fetch f = {.env = env, .what = what};
    const char *why = objection(what);

    *token = (struct ratls_buffer){0};
    if (why)
        return ratls_fail(err, RATLS_E_USAGE, "evidence for a token: %s", why);
    enum ratls_err e = fetch_nonce(&f, err);
    if (!e)
        e = make_evidence(&f, err);
    if (!e)
        e = exchange(&f, token, err);
    ratls_buffer_free(&f.evidence);
    return e;
}
