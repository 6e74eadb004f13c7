/* The background check: evidence out, a verified attestation result in. */
#include "ratls/remote.h"

#include "endpoint.h"
#include "oauth.h"
#include "trustee.h"

static bool of_trustee(const struct ratls_remote *r)
{
    return r->dialect == RATLS_DIALECT_TRUSTEE;
}

/* What its results cannot say has to be asked for beforehand. */
static const char *trustee_objection(const struct ratls_remote *r)
{
    if (!of_trustee(r))
        return r->dialect == RATLS_DIALECT_STRICT ? NULL : "nobody is asked in this dialect";
    if (!r->tee)
        return "which TEE is it?";
    if (!r->rules->issuer)
        return "whose result is it?";
    return r->rules->nonce.len > 0 && r->rules->nonce.len <= RATLS_REPORT_DATA_LEN
               ? NULL
               : "the report data is not given";
}

static const char *objection(const struct ratls_remote *r, struct ratls_bytes evidence)
{
    if (!r->issuers || !r->rules || !r->rules->ear)
        return "nobody's attestation result would count";
    if (r->ctx && r->ca_file)
        return "CAs are of ordinary HTTPS";
    if (evidence.len == 0 || evidence.len > RATLS_REMOTE_EVIDENCE_MAX)
        return "no evidence, or too much";
    if (r->timeout_ms < 0 || r->timeout_ms > RATLS_REQUEST_TIMEOUT_MAX)
        return "the timeout is out of range";
    return trustee_objection(r);
}

static enum ratls_err write_form(const struct ratls_remote *r, struct ratls_bytes evidence,
                                 struct ratls_buffer *out)
{
    struct rt_writer w = {0};

    rt_oauth_put(&w, "grant_type", RT_GRANT_EXCHANGE);
    rt_oauth_put(&w, "subject_token_type", RT_TYPE_EVIDENCE);
    rt_endpoint_put(&w, "subject_token", evidence);
    rt_oauth_put(&w, "requested_token_type", RT_TYPE_JWT);
    rt_oauth_put(&w, "audience", r->rules->audience);
    rt_endpoint_put(&w, "nonce", r->rules->nonce);
    return rt_writer_take(&w, out);
}

static enum ratls_err write_body(const struct ratls_remote *r, struct ratls_bytes evidence,
                                 struct ratls_buffer *out, struct ratls_error *err)
{
    const struct rt_trustee_request request = {
        .tee = r->tee, .quote = evidence, .report = r->rules->nonce, .policy = r->policy};

    return of_trustee(r) ? rt_trustee_write(&request, out, err) : write_form(r, evidence, out);
}

/* ---- the answer ---- */

/* The body is the result, and nothing else. */
static enum ratls_err judge_trustee(const struct ratls_remote *r, const struct rt_http_answer *a,
                                    struct ratls_token **out, struct ratls_error *err)
{
    struct ratls_token_rules rules = *r->rules;

    rules.tee = r->tee;
    if (a->status != 200)
        return ratls_fail(err, RATLS_E_FETCH, "Trustee refuses the evidence, or failed: status %d",
                          a->status);
    if (strcmp(a->content_type, "text/plain") != 0)
        return ratls_fail(err, RATLS_E_FETCH, "the answer of Trustee is no text");
    return ratls_token_verify(r->issuers, rt_bytes_of(&a->body), &rules, out, err);
}

static enum ratls_err judge(const struct ratls_remote *r, const struct rt_http_answer *a,
                            struct ratls_token **out, struct ratls_error *err)
{
    struct ratls_buffer token = {0};

    if (of_trustee(r))
        return judge_trustee(r, a, out, err);
    enum ratls_err e = rt_endpoint_token(a, &token, err);
    if (!e)
        e = ratls_token_verify(r->issuers, rt_bytes_of(&token), r->rules, out, err);
    ratls_buffer_free(&token);
    return e;
}

enum ratls_err ratls_remote_appraise(const struct ratls_env *env, const struct ratls_remote *remote,
                                     struct ratls_bytes evidence, struct ratls_token **out,
                                     struct ratls_error *err)
{
    const char *why = objection(remote, evidence);
    struct rt_http_answer answer = {0};
    struct ratls_buffer body = {0};

    *out = NULL;
    if (why)
        return ratls_fail(err, RATLS_E_USAGE, "remote appraisal: %s", why);
    enum ratls_err e = write_body(remote, evidence, &body, err);
    const struct rt_endpoint at = {remote->url, remote->ctx, remote->ca_file, remote->timeout_ms,
                                   of_trustee(remote)};
    if (!e)
        e = rt_endpoint_ask(env, &at, rt_bytes_of(&body), &answer, err);
    if (!e)
        e = judge(remote, &answer, out, err);
    rt_http_answer_free(&answer);
    ratls_buffer_free(&body);
    return e;
}
