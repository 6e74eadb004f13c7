/* What sessions add to the counters of their service. */
#include <stdio.h>

#include "session.h"

#define US_PER_MS 1000

static uint64_t now_us(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static const char *tee_of(const struct ratls_verdict *v)
{
    return v ? ratls_verdict_tee(v) : "";
}

static int64_t wall_clock(const struct px_session *s)
{
    const struct ratls_env *env = &s->gate->worker->env;

    return env->now(env->arg);
}

/* A claim in seconds since 1970; 0 when it is not there. */
static int64_t claimed_time(const struct ratls_verdict *v, const char *name)
{
    const struct ratls_claims *claims = v ? ratls_verdict_claims(v) : NULL;
    const struct ratls_claim *c = claims ? ratls_claims_get(claims, name) : NULL;

    return c && c->type == RATLS_CLAIM_UINT && c->number < INT64_MAX ? (int64_t)c->number : 0;
}

enum ratls_err px_session_step(struct px_session *s)
{
    bool judged = ratls_conn_verdict(s->relay.conn) != NULL;
    uint64_t begun = now_us();
    enum ratls_err e = ratls_conn_handshake(s->relay.conn);

    if (!judged && ratls_conn_verdict(s->relay.conn))
        px_stats_observe(s->gate->stats, PX_TIME_APPRAISAL, now_us() - begun);
    return e;
}

static void show_peer(struct px_session *s, const struct ratls_verdict *v)
{
    struct px_peer row = {
        .since = wall_clock(s),
        .evidence_from = claimed_time(v, "ratls.iat"),
        .expires = v ? ratls_verdict_expires(v) : INT64_MAX,
        .generation = v ? ratls_verdict_generation(v) : 0,
        .level = ratls_conn_level(s->relay.conn),
        .simulated = v && ratls_verdict_simulated(v),
    };

    (void)snprintf(row.service, sizeof row.service, "%s", s->gate->service->name);
    (void)snprintf(row.peer, sizeof row.peer, "%s", s->peer);
    (void)snprintf(row.tee, sizeof row.tee, "%s", tee_of(v));
    (void)snprintf(row.tcb, sizeof row.tcb, "%s", v ? ratls_verdict_tcb_status(v) : "");
    (void)snprintf(row.measurement, sizeof row.measurement, "%s",
                   v ? ratls_verdict_measurement(v) : "");
    s->row = px_stats_peer_add(s->gate->worker->stats, &row);
}

void px_session_count_agreed(struct px_session *s)
{
    const struct ratls_verdict *v = ratls_conn_verdict(s->relay.conn);
    struct px_service_stats *to = s->gate->stats;
    int64_t from = claimed_time(v, "ratls.iat"), now = wall_clock(s);
    int64_t collateral = claimed_time(v, "collateral_expires");

    px_stats_add(to, PX_HANDSHAKES_OK, 1);
    px_stats_observe(to, PX_TIME_HANDSHAKE, (uint64_t)(px_now_ms() - s->state_ms) * US_PER_MS);
    if (v)
        px_stats_verdict(to, tee_of(v), RATLS_OK);
    if (collateral > 0)
        px_stats_set(to, PX_COLLATERAL_ENDS, collateral);
    if (from > 0)
        px_stats_observe(to, PX_EVIDENCE_AGE, now > from ? (uint64_t)(now - from) : 0);
    show_peer(s, v);
}

void px_session_count_refused(struct px_session *s, enum ratls_err e)
{
    const struct ratls_verdict *v = ratls_conn_verdict(s->relay.conn);
    struct px_refusal row = {.at = wall_clock(s), .reason = e};

    px_stats_verdict(s->gate->stats, tee_of(v), e);
    row.simulated = v && ratls_verdict_simulated(v);
    (void)snprintf(row.service, sizeof row.service, "%s", s->gate->service->name);
    (void)snprintf(row.peer, sizeof row.peer, "%s", s->peer);
    (void)snprintf(row.tee, sizeof row.tee, "%s", tee_of(v));
    (void)snprintf(row.measurement, sizeof row.measurement, "%s",
                   v ? ratls_verdict_measurement(v) : "");
    (void)snprintf(row.detail, sizeof row.detail, "%.199s",
                   ratls_conn_error(s->relay.conn)->detail);
    px_stats_refuse(s->gate->worker->stats, &row);
}

void px_session_count_bytes(struct px_session *s)
{
    const struct px_relay *r = &s->relay;

    px_stats_add(s->gate->stats, PX_BYTES_IN, r->bytes_in - s->counted_in);
    px_stats_add(s->gate->stats, PX_BYTES_OUT, r->bytes_out - s->counted_out);
    s->counted_in = r->bytes_in;
    s->counted_out = r->bytes_out;
    px_stats_peer_bytes(s->gate->worker->stats, s->row, r->bytes_in, r->bytes_out);
}

void px_session_count_end(struct px_session *s, enum px_counter end)
{
    px_stats_add(s->gate->stats, end, 1);
    px_session_count_bytes(s);
    if (s->state == PX_HANDSHAKE && s->relay.conn)
        px_stats_add(s->gate->stats, PX_HANDSHAKES_FAILED, 1);
    px_stats_peer_gone(s->gate->worker->stats, s->row);
    s->row = -1;
}
