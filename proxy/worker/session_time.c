/* What ends a session when nothing else does. One timer each: it is set for the earliest moment at
 * which something could be due, and looks again then. */
#include "ingress.h"

#define LINGER_MS 2000
#define STAYS_MS  2000 /* most connections are over by then */
#define LONGEST_S 60   /* the wall clock may be set while we sleep */
#define NEVER     INT64_MAX

const struct px_outcome px_verdict_expired = {.result = PX_RESULT_ALLOW,
                                              .reason = PX_REASON_VERDICT_EXPIRED,
                                              .detail =
                                                  "what the peer showed is not good any more"};

static int64_t later(int64_t from_ms, int64_t by_ms)
{
    return by_ms > NEVER - from_ms ? NEVER : from_ms + by_ms;
}

/* TIMEOUTclose = 0 is for peers that never close; it must not cut off what is still under way. */
static int64_t silence_ends(const struct px_session *s)
{
    const struct px_service *service = s->gate->service;
    bool closing = px_relay_half_closed(&s->relay) && service->close_timeout_ms > 0;

    return later(s->last_byte_ms, closing ? service->close_timeout_ms : service->idle_timeout_ms);
}

static int64_t life_ends(const struct px_session *s)
{
    int64_t life_ms = s->gate->service->max_lifetime_ms;

    return life_ms ? later(s->started_ms, life_ms) : NEVER;
}

static int64_t verdict_ends(const struct px_session *s)
{
    const struct ratls_verdict *v = ratls_conn_verdict(s->relay.conn);
    const struct ratls_env *env = &s->gate->worker->env;
    int64_t at = v ? ratls_verdict_expires(v) : NEVER;

    if (at == NEVER)
        return NEVER;
    int64_t left_s = at - env->now(env->arg);
    return left_s > NEVER / 2000 ? NEVER : later(px_now_ms(), left_s * 1000);
}

bool px_session_expired(const struct px_session *s)
{
    return verdict_ends(s) <= px_now_ms();
}

static int64_t stays(const struct px_session *s)
{
    return s->trimmed ? NEVER : later(s->state_ms, STAYS_MS);
}

static int64_t earliest(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Dials keep their own time. */
static int64_t due(const struct px_session *s)
{
    switch (s->state) {
    case PX_INGRESS:
        return later(s->started_ms, s->gate->service->handshake_timeout_ms);
    case PX_PLAIN_PATH:
        return later(s->state_ms,
                     s->gate->service->connect_timeout_ms + s->gate->service->handshake_timeout_ms);
    case PX_CONNECT_PEER:
    case PX_CONNECT_BACKEND:
        return NEVER;
    case PX_HANDSHAKE:
        return ratls_conn_deadline_ms(s->relay.conn);
    case PX_RELAYING:
        return earliest(earliest(silence_ends(s), stays(s)),
                        earliest(life_ends(s), verdict_ends(s)));
    case PX_LINGER:
        return later(s->state_ms, LINGER_MS);
    }
    return 0;
}

void px_session_arm(struct px_session *s)
{
    int64_t at = due(s);
    int64_t wait_ms = at == NEVER ? NEVER : at - px_now_ms();
    struct timeval tv = {.tv_sec = LONGEST_S};

    if (at == NEVER) {
        (void)event_del(s->timer);
        return;
    }
    if (wait_ms < 0)
        wait_ms = 0;
    if (wait_ms < LONGEST_S * 1000)
        tv = px_timeval(wait_ms);
    (void)event_add(s->timer, &tv);
}

void px_session_enter(struct px_session *s, enum px_session_state state)
{
    s->state = state;
    s->state_ms = s->last_byte_ms = px_now_ms();
    px_session_arm(s);
}

static const struct px_outcome *relay_outcome(const struct px_session *s, int64_t now)
{
    static const struct px_outcome life = {.result = PX_RESULT_ALLOW,
                                           .reason = PX_REASON_MAX_LIFETIME};
    static const struct px_outcome half = {.result = PX_RESULT_ALLOW,
                                           .reason = PX_REASON_CLOSE_TIMEOUT,
                                           .detail = "one direction was closed"};
    static const struct px_outcome idle = {.result = PX_RESULT_ALLOW,
                                           .reason = PX_REASON_IDLE_TIMEOUT};

    if (verdict_ends(s) <= now)
        return &px_verdict_expired;
    if (life_ends(s) <= now)
        return &life;
    if (silence_ends(s) <= now)
        return px_relay_half_closed(&s->relay) ? &half : &idle;
    return NULL;
}

static void trim(struct px_session *s)
{
    if (s->state != PX_RELAYING || stays(s) > px_now_ms())
        return;
    ratls_conn_trim(s->relay.conn);
    s->trimmed = true;
}

void px_session_on_timer(evutil_socket_t fd, short what, void *arg)
{
    static const struct px_outcome over = {0};
    static const struct px_outcome slow = {.error = RATLS_E_TIMEOUT, .detail = "plaintext-path"};
    struct px_session *s = arg;
    const struct px_outcome *how = NULL;

    (void)fd;
    (void)what;
    if (s->state == PX_HANDSHAKE) { /* the engine knows its deadline, and tells the peer */
        px_session_handshake(s);
        return;
    }
    if (s->state == PX_INGRESS && due(s) <= px_now_ms()) {
        px_ingress_late(s);
        return;
    }
    if (s->state == PX_PLAIN_PATH && due(s) <= px_now_ms())
        how = &slow;
    if (s->state == PX_RELAYING)
        how = relay_outcome(s, px_now_ms());
    if (s->state == PX_LINGER && s->state_ms + LINGER_MS <= px_now_ms())
        how = &over;
    if (how) {
        px_session_end(s, how);
        return;
    }
    trim(s);
    px_session_arm(s);
}
