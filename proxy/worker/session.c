/* Sessions: birth, end, and the way between the stages. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http_service.h"
#include "ingress.h"
#include "socket.h"
#include "sources.h"

#define EVICT_AFTER_MS 1000 /* handshakes of honest peers rarely take longer */

/* ---- the access log ---- */

void px_session_name_peer(int fd, char *out, size_t size)
{
    struct sockaddr_storage at = {0};
    socklen_t len = sizeof at;
    char host[INET6_ADDRSTRLEN] = "";
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)&at;
    const struct sockaddr_in *four = (const struct sockaddr_in *)&at;

    if (getpeername(fd, (struct sockaddr *)&at, &len))
        return;
    if (at.ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&six->sin6_addr) &&
        inet_ntop(AF_INET, &six->sin6_addr.s6_addr[12], host, sizeof host))
        (void)snprintf(out, size, "%s:%u", host, ntohs(six->sin6_port));
    else if (at.ss_family == AF_INET && inet_ntop(AF_INET, &four->sin_addr, host, sizeof host))
        (void)snprintf(out, size, "%s:%u", host, ntohs(four->sin_port));
    else if (at.ss_family == AF_INET6 && inet_ntop(AF_INET6, &six->sin6_addr, host, sizeof host))
        (void)snprintf(out, size, "[%s]:%u", host, ntohs(six->sin6_port));
    else
        (void)snprintf(out, size, "unix");
}

/* Of allowed connections one in so many, and everything that went wrong. */
static bool is_logged(const struct px_session *s, const struct px_outcome *how)
{
    struct px_worker *w = s->gate->worker;

    return how->result != PX_RESULT_ALLOW || w->n_allowed++ % w->config->access_log_sample == 0;
}

/* Whose passport the peer showed, once that was found to be his; else "". */
static const char *appraiser(const struct ratls_verdict *v)
{
    const struct ratls_claim *c = v ? ratls_claims_get(ratls_verdict_claims(v), "appraiser") : NULL;

    return c && c->type == RATLS_CLAIM_TEXT ? c->text : "";
}

static int64_t devices(const struct ratls_verdict *v)
{
    return v ? (int64_t)ratls_verdict_devices(v) : 0;
}

static void log_end(struct px_session *s, const struct px_outcome *how)
{
    const struct ratls_conn *conn = s->relay.conn;
    const struct ratls_verdict *v = conn ? ratls_conn_verdict(conn) : NULL;
    bool agreed = s->state == PX_CONNECT_BACKEND || s->state == PX_RELAYING;
    enum px_counter end = px_outcome_end(how);
    struct px_line line;

    px_session_count_end(s, end);
    if (!is_logged(s, how))
        return;
    px_line_begin(&line, "connection");
    px_line_text(&line, "service", s->gate->service->name);
    px_line_text(&line, "peer", s->peer);
    px_line_text(&line, "user", px_ingress_user(s));
    px_line_text(&line, "target", s->server_name ? s->server_name : px_ingress_target(s));
    px_line_text(&line, "backend", s->backend);
    px_line_text(&line, "result", px_outcome_result(how));
    px_line_text(&line, "reason", px_outcome_reason(how));
    px_line_text(&line, "detail", how->detail ? how->detail : "");
    px_line_text(&line, "tee", v ? ratls_verdict_tee(v) : "");
    px_line_text(&line, "measurement", v ? ratls_verdict_measurement(v) : "");
    px_line_text(&line, "level",
                 ratls_level_name(agreed ? ratls_conn_level(conn) : RATLS_LEVEL_NONE));
    px_line_text(&line, "appraiser", appraiser(v));
    px_line_bool(&line, "simulated", v && ratls_verdict_simulated(v));
    px_line_int(&line, "devices", devices(v));
    px_line_text(&line, "suite", conn ? ratls_conn_suite(conn) : "");
    px_line_int(&line, "bytes_in", (int64_t)s->relay.bytes_in);
    px_line_int(&line, "bytes_out", (int64_t)s->relay.bytes_out);
    px_line_text(&line, "end", px_stats_end(end));
    px_line_int(&line, "duration_ms", px_now_ms() - s->started_ms);
    if (how->result != PX_RESULT_ALLOW)
        line.level = RATLS_LOG_WARNING;
    px_line_end(&line, &s->gate->worker->access);
}

/* ---- end ---- */

static void side_free(struct px_side *side)
{
    if (side->readable)
        event_free(side->readable);
    if (side->writable)
        event_free(side->writable);
    if (side->fd >= 0)
        (void)close(side->fd);
    *side = (struct px_side){.fd = -1};
}

void px_session_handshake_over(struct px_session *s)
{
    if (!s->handshaking)
        return;
    TAILQ_REMOVE(&s->gate->handshakes, s, waiting);
    s->gate->n_handshakes--;
    s->handshaking = false;
    px_stats_gauge(s->gate->stats, PX_HANDSHAKING, -1);
}

static void leave(struct px_session *s)
{
    px_session_handshake_over(s);
    s->gate->n_sessions--;
    s->gate->worker->n_sessions--;
    px_stats_gauge(s->gate->stats, PX_OPEN, -1);
}

static void session_free(struct px_session *s)
{
    struct px_gate *g = s->gate;

    px_reach_cancel(s->dial);
    px_ingress_free(s);
    px_sources_leave(g->worker->sources, s->source);
    px_session_ask_no_more(s);
    ratls_conn_free(s->relay.conn);
    px_relay_stop(&s->relay);
    px_http_free(s->http);
    side_free(&s->relay.tls);
    side_free(&s->relay.plain);
    if (s->timer)
        event_free(s->timer);
    if (s->again)
        event_free(s->again);
    leave(s);
    if (g->worker->judge_next == s)
        g->worker->judge_next = TAILQ_NEXT(s, all);
    TAILQ_REMOVE(&g->worker->sessions, s, all);
    free(s->server_name);
    free(s);
    px_gate_session_gone(g);
}

/* Anything but an orderly end must not look like one to the application: reset, no FIN. The
 * attested side sees that close_notify is missing, and is reset where it was sent before. */
static void reset_on_close(const struct px_side *side)
{
    const struct linger now = {.l_onoff = 1, .l_linger = 0};

    if (side->fd >= 0)
        (void)setsockopt(side->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

void px_session_end(struct px_session *s, const struct px_outcome *how)
{
    const struct px_outcome *refusal = px_http_refusal(s);

    if (refusal && how->result != PX_RESULT_DENY)
        how = refusal;
    if (s->state != PX_LINGER)
        log_end(s, how);
    if (s->state == PX_PLAIN_PATH ||
        (s->state == PX_RELAYING && how->reason != PX_REASON_OK && s->relay.tls.shut))
        reset_on_close(&s->relay.tls);
    if (how->reason != PX_REASON_OK && !px_ingress_refuse(s, how))
        reset_on_close(&s->relay.plain);
    session_free(s);
}

void px_session_fail(struct px_session *s, enum ratls_err e, const char *detail)
{
    const char *text = detail && detail[0] ? detail : ratls_err_text(e);

    px_session_end(s, &(struct px_outcome){.error = e, .detail = text});
}

void px_session_unreachable(struct px_session *s, enum ratls_err e, const char *why)
{
    char text[256];

    (void)snprintf(text, sizeof text, "connect %s: %s", s->backend, why);
    px_session_fail(s, e, text);
}

/* ---- refusals ---- */

static bool is_denial(enum ratls_err e)
{
    enum ratls_class c = ratls_err_class(e);

    return e == RATLS_E_PEER_DENIED || c == RATLS_CLASS_ATTESTATION || c == RATLS_CLASS_LEVEL;
}

static void on_linger(evutil_socket_t fd, short what, void *arg)
{
    static const struct px_outcome over = {0};
    struct px_session *s = arg;
    char waste[4096];

    (void)what;
    ssize_t n = recv(fd, waste, sizeof waste, 0);
    if (n > 0)
        s->discarded += (size_t)n;
    if (n == 0 || s->discarded > 64u * 1024 || (n < 0 && errno != EAGAIN && errno != EINTR))
        px_session_end(s, &over);
}

/* A close with unread bytes would reset the connection and could overtake the reason sent: take
 * them for a while. */
static void linger(struct px_session *s, struct px_side *with)
{
    px_session_handshake_over(s);
    (void)shutdown(with->fd, SHUT_WR);
    if (with->readable)
        event_free(with->readable);
    if (with->writable)
        (void)event_del(with->writable);
    with->readable = event_new(s->gate->worker->base, with->fd, EV_READ | EV_PERSIST, on_linger, s);
    px_session_enter(s, PX_LINGER);
    if (!with->readable || event_add(with->readable, NULL))
        session_free(s);
}

static struct px_outcome refusal(const struct px_session *s, enum ratls_err e)
{
    return (struct px_outcome){.result = is_denial(e) ? PX_RESULT_DENY : PX_RESULT_ERROR,
                               .error = e,
                               .detail = ratls_conn_error(s->relay.conn)->detail};
}

void px_session_linger(struct px_session *s, const struct px_outcome *how)
{
    log_end(s, how);
    px_session_ask_no_more(s);
    ratls_conn_free(s->relay.conn);
    s->relay.conn = NULL;
    if (!px_ingress_refuse(s, how))
        reset_on_close(&s->relay.plain);
    side_free(&s->relay.plain);
    linger(s, &s->relay.tls);
}

void px_session_refused(struct px_session *s, enum ratls_err e)
{
    const struct px_outcome how = refusal(s, e);

    px_session_count_refused(s, e);
    px_session_linger(s, &how);
}

void px_session_answered(struct px_session *s, const struct px_outcome *how)
{
    log_end(s, how);
    (void)px_ingress_refuse(s, how);
    if (s->gate->service->client) {
        linger(s, &s->relay.plain);
        return;
    }
    side_free(&s->relay.plain);
    linger(s, &s->relay.tls);
}

/* What waits to be sent must not reach this peer either. */
void px_session_revoked(struct px_session *s, enum ratls_err e)
{
    const struct px_outcome how = refusal(s, e);

    px_session_count_refused(s, e);
    reset_on_close(&s->relay.tls);
    px_session_end(s, &how);
}

/* ---- birth ---- */

static struct px_session *slow_handshake(const struct px_gate *g)
{
    int64_t begun_before = px_now_ms() - EVICT_AFTER_MS;
    struct px_session *s = NULL;

    TAILQ_FOREACH (s, &g->handshakes, waiting) {
        if (s->started_ms > begun_before)
            return NULL;
        if (!s->awaits_proof && !s->question) /* then it waits for us */
            return s;
    }
    return NULL;
}

/* With every place taken, the oldest handshake that had its time yields: those who open
 * connections and say nothing do not keep others out. */
static bool make_room(struct px_gate *g)
{
    static const struct px_outcome evicted = {
        .error = RATLS_E_LIMIT, .detail = "slow handshake, and max-handshakes is reached"};

    if (g->n_handshakes < g->service->max_handshakes)
        return true;
    struct px_session *slow = slow_handshake(g);
    if (slow) {
        px_stats_add(g->stats, PX_EVICTED, 1);
        px_session_end(slow, &evicted);
    }
    return slow != NULL;
}

/* By their age: one that comes from another service may be older than those who are here. */
static void enter_handshakes(struct px_gate *g, struct px_session *s)
{
    struct px_session *older = TAILQ_LAST(&g->handshakes, px_sessions);

    while (older && older->started_ms > s->started_ms)
        older = TAILQ_PREV(older, px_sessions, waiting);
    if (older)
        TAILQ_INSERT_AFTER(&g->handshakes, older, s, waiting);
    else
        TAILQ_INSERT_HEAD(&g->handshakes, s, waiting);
}

static void enter(struct px_session *s, struct px_gate *g)
{
    s->gate = g;
    s->handshaking = true;
    enter_handshakes(g, s);
    g->n_sessions++;
    g->n_handshakes++;
    if (++g->worker->n_sessions > g->worker->most_sessions)
        g->worker->most_sessions = g->worker->n_sessions;
    px_stats_gauge(g->stats, PX_OPEN, 1);
    px_stats_gauge(g->stats, PX_HANDSHAKING, 1);
}

static struct px_session *session_new(struct px_gate *g)
{
    struct px_session *s = calloc(1, sizeof *s);

    if (!s)
        return NULL;
    s->row = -1;
    s->id = ++g->worker->last_id;
    s->relay.tls.fd = s->relay.plain.fd = -1;
    s->started_ms = px_now_ms();
    s->state = g->service->client ? PX_CONNECT_PEER : PX_HANDSHAKE;
    TAILQ_INSERT_TAIL(&g->worker->sessions, s, all);
    enter(s, g);
    return s;
}

static void refuse_at_once(struct px_gate *g, int fd, enum ratls_err e, const char *detail)
{
    struct px_session *s = session_new(g);

    if (!s) {
        (void)close(fd);
        return;
    }
    px_session_name_peer(fd, s->peer, sizeof s->peer);
    s->relay.plain.fd = fd; /* whichever it is: it is reset */
    px_session_fail(s, e, detail);
}

static void begin(struct px_session *s, int fd)
{
    const struct px_service *service = s->gate->service;
    const char *refused = px_socket_tune(fd, service, 'l');

    px_session_name_peer(fd, s->peer, sizeof s->peer);
    if (service->client)
        s->relay.plain.fd = fd;
    else
        s->relay.tls.fd = fd;
    s->timer = evtimer_new(s->gate->worker->base, px_session_on_timer, s);
    if (refused || !s->timer) {
        px_session_fail(s, refused ? RATLS_E_IO : RATLS_E_NO_MEMORY, refused);
    } else if (px_ingress_wanted(s->gate)) {
        px_ingress_begin(s);
    } else if (!service->client) {
        px_session_tls_begin(s);
    } else {
        (void)snprintf(s->peer, sizeof s->peer, "%s", service->connect[0].text);
        px_session_dial(s, NULL);
    }
}

static bool enter_source(const struct px_gate *g, int fd, struct px_source **source)
{
    struct sockaddr_storage peer = {0};
    socklen_t len = sizeof peer;
    unsigned limit = g->service->max_connections_per_source;

    if (limit == 0 || getpeername(fd, (struct sockaddr *)&peer, &len)) /* gone: it ends by itself */
        return true;
    return px_sources_enter(g->worker->sources, g->service->name, &peer, limit, source);
}

/* NULL: there is room for one more; else the limit that is reached. */
static const char *admit(struct px_gate *g, int fd, struct px_source **source)
{
    if (g->n_sessions >= g->service->max_connections) {
        px_stats_add(g->stats, PX_REFUSED_CONNECTIONS, 1);
        return "max-connections";
    }
    if (!enter_source(g, fd, source)) {
        px_stats_add(g->stats, PX_REFUSED_SOURCE, 1);
        return "max-connections-per-source";
    }
    if (make_room(g))
        return NULL;
    px_stats_add(g->stats, PX_REFUSED_HANDSHAKES, 1);
    px_sources_leave(g->worker->sources, *source);
    *source = NULL;
    return "max-handshakes";
}

void px_session_accept(struct px_gate *g, int fd)
{
    struct px_source *source = NULL;
    struct px_session *s = NULL;

    px_stats_add(g->stats, PX_ACCEPTED, 1);
    const char *reached = admit(g, fd, &source);
    if (reached) {
        refuse_at_once(g, fd, RATLS_E_LIMIT, reached);
        return;
    }
    s = session_new(g);
    if (!s) {
        px_sources_leave(g->worker->sources, source);
        (void)close(fd);
        return;
    }
    s->source = source;
    begin(s, fd);
}

bool px_session_move(struct px_session *s, struct px_gate *to)
{
    struct px_gate *from = s->gate;
    struct px_source *source = NULL;

    px_stats_add(to->stats, PX_ACCEPTED, 1);
    const char *reached = admit(to, s->relay.tls.fd, &source);
    px_sources_leave(from->worker->sources, s->source);
    s->source = source;
    leave(s);
    enter(s, to);
    px_gate_session_gone(from);
    if (reached) {
        px_session_fail(s, RATLS_E_LIMIT, reached);
        return false;
    }
    const char *refused = px_socket_tune(s->relay.tls.fd, to->service, 'l');
    if (refused)
        px_session_fail(s, RATLS_E_IO, refused);
    return !refused;
}
