/* Sessions of HTTP services. */
#include "http_service.h"

#include <stdio.h>
#include <stdlib.h>

#include "evidence.h"
#include "facts.h"
#include "http_frame.h"
#include "ratls/token.h"
#include "sources.h"
#include "subject_line.h"

struct px_http {
    struct px_session *session;
    struct px_frame frame;
    char *token;         /* or line: what the field says */
    int64_t refresh_ms;  /* ask for another one from then on */
    uint64_t generation; /* of the verdict that the token, or the question, is about */
    bool asked, failed;
    bool holds; /* a body is waited for: one of evidence->held */
    bool once;  /* the line is about one request, and no other */
    struct px_outcome refusal;
};

/* ---- the token ---- */

static bool ask(struct px_http *h)
{
    struct px_session *s = h->session;
    struct px_token_ask a = {.id = s->id, .level = ratls_conn_level(s->relay.conn)};
    struct px_facts facts;

    px_facts_of(s->relay.conn, s->gate->service, &facts);
    if (strcmp(facts.verdict, "allow") != 0)
        return false;
    a.simulated = facts.simulated;
    a.expires = facts.expires;
    (void)snprintf(a.service, sizeof a.service, "%s", s->gate->service->name);
    (void)snprintf(a.tee, sizeof a.tee, "%s", facts.tee);
    (void)snprintf(a.measurement, sizeof a.measurement, "%s", facts.measurement);
    (void)snprintf(a.tcb_status, sizeof a.tcb_status, "%s", facts.tcb_status);
    (void)snprintf(a.peer_spki, sizeof a.peer_spki, "%s", facts.spki_sha256);
    (void)snprintf(a.peer, sizeof a.peer, "%s", s->peer);
    h->generation = facts.generation;
    h->asked = px_channel_send(s->gate->worker->master, px_token_ask_message(&a));
    return h->asked;
}

static uint64_t generation(const struct px_session *s)
{
    const struct ratls_verdict *v = ratls_conn_verdict(s->relay.conn);

    return v ? ratls_verdict_generation(v) : 0;
}

/* ---- the line for the authority process ---- */

/* Who asks. False: a peer that must be attested is not. */
static bool put_asker(struct px_subject *out, const struct px_session *s)
{
    const struct ratls_verdict *v = ratls_conn_verdict(s->relay.conn);
    const uint8_t *key = v ? ratls_verdict_spki_sha256(v) : NULL;
    struct sockaddr_storage peer = {0};
    socklen_t len = sizeof peer;

    (void)snprintf(out->service, sizeof out->service, "%s", s->gate->service->name);
    (void)snprintf(out->peer, sizeof out->peer, "%s", s->peer);
    out->attested = ratls_mode_judges(s->gate->service->mode);
    if (!out->attested) {
        if (getpeername(s->relay.tls.fd, (struct sockaddr *)&peer, &len))
            peer.ss_family = AF_UNSPEC;
        px_sources_name(&peer, out->asker);
        return true;
    }
    if (!ratls_verdict_allowed(v) || !key)
        return false;
    memcpy(out->asker, key, sizeof out->asker);
    return true;
}

static void put_peer(struct px_subject *out, const struct px_session *s)
{
    const struct ratls_verdict *v = ratls_conn_verdict(s->relay.conn);

    (void)snprintf(out->tee, sizeof out->tee, "%s", ratls_verdict_tee(v));
    (void)snprintf(out->measurement, sizeof out->measurement, "%s", ratls_verdict_measurement(v));
    px_facts_policy(s->gate->service, out->policy);
    out->level = ratls_conn_level(s->relay.conn);
    out->spki = ratls_conn_peer_spki(s->relay.conn);
    memcpy(out->cert_sha256, ratls_conn_peer_cert_sha256(s->relay.conn), sizeof out->cert_sha256);
}

/* Whoever comes without evidence. */
static char *describe_nobody(const struct px_session *s, struct px_subject *peer)
{
    peer->of = PX_OF_NOBODY;
    peer->expires = INT64_MAX;
    return px_subject_line(s->gate->worker->desk.secret, peer);
}

/* NULL unless the peer has a verdict that allows, and a key that it is about; or none is asked of
 * it. */
static char *describe(const struct px_session *s)
{
    const struct ratls_verdict *v = ratls_conn_verdict(s->relay.conn);
    const struct px_service *service = s->gate->service;
    const bool claims = service->purpose == PX_SECRETS || service->token_claims != PX_CLAIMS_EAR;
    struct ratls_ear_subject subject;
    struct px_subject peer = {0};

    if (!put_asker(&peer, s))
        return NULL;
    if (!peer.attested)
        return describe_nobody(s, &peer);
    if (ratls_conn_peer_spki(s->relay.conn).len == 0)
        return NULL;
    ratls_ear_subject_of(v, &subject);
    if (!subject.allowed || !subject.spki_sha256)
        return NULL;
    put_peer(&peer, s);
    peer.simulated = subject.simulated;
    peer.expires = subject.expires;
    memcpy(peer.vector, subject.vector, sizeof peer.vector);
    memcpy(peer.spki_sha256, subject.spki_sha256, sizeof peer.spki_sha256);
    peer.ak_spki = subject.ak_spki;
    px_subject_take_devices(&peer, &subject, service->token_claims == PX_CLAIMS_RAW);
    peer.claims = claims ? subject.claims : NULL;
    return px_subject_line(s->gate->worker->desk.secret, &peer);
}

static void forget(struct px_http *h)
{
    px_subject_line_free(h->token);
    h->token = NULL;
}

static void release(struct px_http *h)
{
    if (h->holds)
        h->session->gate->worker->evidence->held--;
    h->holds = false;
}

static bool keeps(void *arg, const struct px_head *head, uint64_t length)
{
    struct px_http *h = arg;
    const struct px_gate *g = h->session->gate;

    h->holds = px_evidence_wanted(g->service, head, length) &&
               g->worker->evidence->held < PX_EVIDENCE_HELD;
    g->worker->evidence->held += h->holds;
    return h->holds;
}

/* False: memory is short, or the peer is not attested and must be. */
static bool describe_evidence(struct px_http *h)
{
    struct px_subject peer = {0};

    return put_asker(&peer, h->session) &&
           px_evidence_line(h->session->gate, h->frame.body, &peer, &h->token);
}

static const char *subject_value(void *arg)
{
    struct px_http *h = arg;
    const bool brings = h->frame.body.len > 0;

    release(h);
    if (h->token && !h->once && !brings && h->generation == generation(h->session))
        return h->token;
    forget(h);
    h->generation = generation(h->session);
    if (brings && !describe_evidence(h)) {
        h->failed = true;
        return NULL;
    }
    h->once = h->token != NULL;
    if (!h->token)
        h->token = describe(h->session);
    h->failed = !h->token;
    return h->token;
}

/* ---- the token for a backend ---- */

static const char *value(void *arg)
{
    struct px_http *h = arg;

    if (h->token && px_now_ms() < h->refresh_ms && h->generation == generation(h->session))
        return h->token;
    h->failed = !ask(h);
    return NULL;
}

static struct px_session *find(struct px_worker *w, uint64_t id)
{
    struct px_session *s = NULL;

    TAILQ_FOREACH (s, &w->sessions, all)
        if (s->id == id)
            return s->state == PX_RELAYING && s->http && s->http->asked ? s : NULL;
    return NULL;
}

static bool keep(struct px_http *h, const struct px_token_answer *a)
{
    const struct ratls_env *env = &h->session->gate->worker->env;

    free(h->token);
    h->token = strndup((const char *)a->token.p, a->token.len);
    h->refresh_ms = px_now_ms() + (a->expires - env->now(env->arg)) * 1000 / 2;
    return h->token != NULL;
}

void px_http_token(struct px_worker *w, const struct px_token_answer *a)
{
    static const struct px_outcome removed = {.result = PX_RESULT_ALLOW,
                                              .reason = PX_REASON_SERVICE_REMOVED,
                                              .detail = "nobody signs for its service any more"};
    struct px_session *s = find(w, a->id);

    if (!s)
        return;
    s->http->asked = false;
    if (a->e == RATLS_E_STATE) {
        px_session_end(s, &removed);
        return;
    }
    if (a->e || !keep(s->http, a)) {
        px_session_fail(s, a->e ? a->e : RATLS_E_NO_MEMORY, "no token for the backend");
        return;
    }
    px_relay_resume(&s->relay);
    px_session_relay(s);
}

/* ---- refusals ---- */

static const char *phrase(unsigned status)
{
    return status == 431   ? "Request Header Fields Too Large"
           : status == 501 ? "Not Implemented"
                           : "Bad Request";
}

/* Nothing of the first request went out: what the backend says without being asked is not passed
 * on either. */
static bool answer(struct px_relay *r, unsigned status)
{
    r->plain.ended = true;
    return evbuffer_add_printf(r->out,
                               "HTTP/1.1 %u %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
                               status, phrase(status)) > 0;
}

static enum px_filtered refused(struct px_http *h)
{
    px_stats_add(h->session->gate->stats, PX_HTTP_REFUSED, 1);
    h->refusal = (struct px_outcome){.reason = PX_REASON_HTTP_REFUSED, .detail = h->frame.why};
    if (h->frame.heads == 0 && !answer(&h->session->relay, h->frame.status))
        return PX_FILTER_FAILED;
    return PX_FILTER_ENDS;
}

const struct px_outcome *px_http_refusal(const struct px_session *s)
{
    return s->http && s->http->refusal.reason != PX_REASON_ERROR ? &s->http->refusal : NULL;
}

/* ---- the stream ---- */

static enum px_filtered filter(void *arg, struct ratls_bytes bytes, struct evbuffer *in)
{
    struct px_http *h = arg;

    switch (px_frame_feed(&h->frame, bytes, in)) {
    case PX_FRAME_GOOD:
        return PX_FILTERED;
    case PX_FRAME_WAITS:
        return h->failed ? PX_FILTER_FAILED : PX_FILTER_WAITS;
    case PX_FRAME_REFUSED:
        return refused(h);
    case PX_FRAME_NO_MEMORY:
        return PX_FILTER_FAILED;
    }
    return PX_FILTER_FAILED;
}

bool px_http_start(struct px_session *s)
{
    const bool relays = s->gate->service->purpose == PX_RELAY;
    const char *field = relays ? s->gate->service->identity_header : PX_SUBJECT_FIELD;

    if (!field)
        return true;
    struct px_http *h = calloc(1, sizeof *h);
    if (!h)
        return false;
    h->session = s;
    h->frame = (struct px_frame){.field = field, .value = relays ? value : subject_value, .arg = h};
    if (!relays)
        h->frame.keeps = keeps;
    s->http = h;
    s->relay.filter = filter;
    s->relay.filter_arg = h;
    return true;
}

void px_http_free(struct px_http *h)
{
    if (!h)
        return;
    release(h);
    px_frame_free(&h->frame);
    forget(h);
    free(h);
}
