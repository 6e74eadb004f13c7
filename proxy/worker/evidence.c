/* Evidence in requests. */
#include "evidence.h"

#include <stdio.h>
#include <stdlib.h>

#include "base64url.h"
#include "clock.h"
#include "facts.h"
#include "ratls/token.h"
#include "urlform.h"

#define NONCE_LEN 32
#define THUMB_LEN 32
#define KEY_TEXT  PX_BASE64URL_TEXT(PX_SUBJECT_SPKI)

struct px_evidence_desk *px_evidence_desk_new(const struct ratls_env *env)
{
    struct px_evidence_desk *d = calloc(1, sizeof *d);

    if (d && (d->rates = px_rates_new(env)) != NULL)
        return d;
    free(d);
    return NULL;
}

void px_evidence_desk_free(struct px_evidence_desk *d)
{
    if (d)
        px_rates_free(d->rates);
    free(d);
}

bool px_evidence_wanted(const struct px_service *s, const struct px_head *head, uint64_t length)
{
    return s->token_evidence && px_text_is(head->method, "post") &&
           ratls_bytes_equal(head->target, ratls_bytes_str("/token")) && length > 0 &&
           length <= PX_EVIDENCE_BODY;
}

/* ---- time ---- */

static int64_t spare_ms(struct px_evidence_desk *d)
{
    const int64_t now_ms = px_now_ms();

    d->spare_ms = d->at_ms ? d->spare_ms + (now_ms - d->at_ms) / 2 : PX_EVIDENCE_SPARE;
    if (d->spare_ms > PX_EVIDENCE_SPARE)
        d->spare_ms = PX_EVIDENCE_SPARE;
    d->at_ms = now_ms;
    return d->spare_ms;
}

/* ---- what is asked ---- */

struct asked {
    const struct px_form *form;
    struct px_subject *subject;
    uint8_t key[PX_BASE64URL_MAX(KEY_TEXT)];
    uint8_t report_data[RATLS_REPORT_DATA_LEN];
    uint8_t *evidence; /* owned */
    size_t evidence_len;
    struct ratls_verdict *verdict; /* owned */
};

static void refuse(struct px_subject *s, enum ratls_err e, const char *detail)
{
    s->of = PX_OF_REFUSED;
    s->fault = e;
    (void)snprintf(s->detail, sizeof s->detail, "%.*s", PX_SUBJECT_DETAIL - 1,
                   detail[0] ? detail : ratls_err_text(e));
}

static enum ratls_err read_nonce(struct asked *a)
{
    const char *text = px_form_get(a->form, "nonce");
    uint8_t *out = a->subject->nonce;
    size_t len = 0;

    if (!text || strlen(text) != PX_BASE64URL_TEXT(NONCE_LEN) || !px_base64url_get(text, out, &len))
        return RATLS_E_NONCE;
    memcpy(a->report_data, out, NONCE_LEN);
    memcpy(&a->report_data[NONCE_LEN], out, NONCE_LEN);
    return RATLS_OK;
}

static enum ratls_err read_key(struct asked *a, struct ratls_error *err)
{
    const char *text = px_form_get(a->form, "cnf_key");
    char thumb[RATLS_JWK_THUMB_LEN + 1];
    uint8_t hash[PX_BASE64URL_MAX(RATLS_JWK_THUMB_LEN)];
    size_t len = 0;

    if (!text)
        return RATLS_OK;
    if (strlen(text) > KEY_TEXT || !px_base64url_get(text, a->key, &len) || len > PX_SUBJECT_SPKI)
        return ratls_fail(err, RATLS_E_CERT_KEY, "cnf_key is no key in base64url");
    a->subject->spki = ratls_bytes(a->key, len);
    enum ratls_err e = ratls_jwk_thumbprint(a->subject->spki, thumb, err);
    if (!e && (!px_base64url_get(thumb, hash, &len) || len != THUMB_LEN))
        e = RATLS_E_INTERNAL;
    if (!e)
        memcpy(&a->report_data[NONCE_LEN], hash, THUMB_LEN);
    return e;
}

static enum ratls_err read_evidence(struct asked *a, struct ratls_error *err)
{
    const char *text = px_form_get(a->form, "subject_token");

    if (!text)
        return RATLS_E_EVIDENCE_FORMAT;
    a->evidence = malloc(PX_BASE64URL_MAX(strlen(text)));
    if (!a->evidence)
        return RATLS_E_NO_MEMORY;
    if (!px_base64url_get(text, a->evidence, &a->evidence_len))
        return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "subject_token is no base64url");
    return RATLS_OK;
}

/* ---- the verdict ---- */

/* A certificate is about its own key, and a passport in it about no report data. */
static enum ratls_err appraise(struct px_gate *g, struct asked *a, struct ratls_error *err)
{
    const struct ratls_env *env = &g->worker->env;
    const struct ratls_appraisal what = {.subject = ratls_bytes(a->evidence, a->evidence_len),
                                         .report_data =
                                             ratls_bytes(a->report_data, sizeof a->report_data),
                                         .now = env->now(env->arg)};
    enum ratls_err e = ratls_appraise(g->trust, &what, &a->verdict);

    if (e)
        return ratls_fail(err, e, "%s", a->verdict ? ratls_verdict_detail(a->verdict) : "");
    if (!ratls_verdict_allowed(a->verdict))
        return RATLS_E_INTERNAL;
    if (ratls_verdict_spki_sha256(a->verdict))
        return ratls_fail(err, RATLS_E_EVIDENCE_UNKNOWN, "a certificate is no evidence here");
    return RATLS_OK;
}

/* Texts, vector and claims stay those of the verdict. */
static void tell(const struct px_gate *g, const struct ratls_verdict *v, struct px_subject *out)
{
    struct ratls_ear_subject of;

    ratls_ear_subject_of(v, &of);
    out->of = PX_OF_EVIDENCE;
    (void)snprintf(out->tee, sizeof out->tee, "%s", of.tee);
    (void)snprintf(out->measurement, sizeof out->measurement, "%s", ratls_verdict_measurement(v));
    px_facts_policy(g->service, out->policy);
    out->simulated = of.simulated;
    out->expires = of.expires;
    memcpy(out->vector, of.vector, sizeof out->vector);
    out->ak_spki = ratls_bytes(NULL, 0);
    px_subject_take_devices(out, &of, g->service->token_claims == PX_CLAIMS_RAW);
    out->claims = g->service->token_claims == PX_CLAIMS_EAR ? NULL : of.claims;
}

static void judge(struct px_gate *g, struct asked *a)
{
    struct px_evidence_desk *d = g->worker->evidence;
    struct ratls_error err = {0};

    if (spare_ms(d) <= 0 || !px_rate_take(d->rates, a->subject->asker)) {
        a->subject->of = PX_OF_BUSY;
        return;
    }
    enum ratls_err e = read_nonce(a);
    if (!e)
        e = read_key(a, &err);
    if (!e)
        e = read_evidence(a, &err);
    if (!e)
        e = appraise(g, a, &err);
    d->spare_ms -= px_now_ms() - d->at_ms;
    if (e)
        refuse(a->subject, e, err.detail);
    else
        tell(g, a->verdict, a->subject);
}

bool px_evidence_line(struct px_gate *g, struct ratls_bytes body, const struct px_subject *peer,
                      char **out)
{
    struct px_subject subject = {.attested = peer->attested, .expires = INT64_MAX};
    struct px_form form = {0};
    struct asked a = {.form = &form, .subject = &subject};
    bool good = true;

    *out = NULL;
    memcpy(subject.asker, peer->asker, sizeof subject.asker);
    memcpy(subject.service, peer->service, sizeof subject.service);
    memcpy(subject.peer, peer->peer, sizeof subject.peer);
    const enum px_form_is is = px_form_read(body, &form);
    const char *type = is == PX_FORM_GOOD ? px_form_get(&form, "subject_token_type") : NULL;
    if (type && strcmp(type, PX_TYPE_EVIDENCE) == 0) {
        judge(g, &a);
        *out = px_subject_line(g->worker->desk.secret, &subject);
        good = *out != NULL;
    }
    ratls_verdict_unref(a.verdict);
    free(a.evidence);
    px_form_free(&form);
    return good && is != PX_FORM_NO_MEMORY;
}
