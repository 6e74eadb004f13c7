/* Sessions: birth, end, and the way between the stages. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "session.h"

#define EVICT_AFTER_MS 1000 /* handshakes of honest peers rarely take longer */

/* ---- the access log ---- */

static void name_peer(int fd, char *out, size_t size)
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

static void log_end(const struct px_session *s, const struct px_outcome *how)
{
    const struct ratls_conn *conn = s->relay.conn;
    const struct ratls_verdict *v = conn ? ratls_conn_verdict(conn) : NULL;
    bool agreed = s->state == PX_CONNECT_BACKEND || s->state == PX_RELAYING;
    struct px_line line;

    px_line_begin(&line, "connection");
    px_line_text(&line, "service", s->gate->service->name);
    px_line_text(&line, "peer", s->peer);
    px_line_text(&line, "result", how->result);
    px_line_text(&line, "reason", how->reason);
    px_line_text(&line, "detail", how->detail);
    px_line_text(&line, "tee", v ? ratls_verdict_tee(v) : "");
    px_line_text(&line, "measurement", v ? ratls_verdict_measurement(v) : "");
    px_line_text(&line, "level",
                 ratls_level_name(agreed ? ratls_conn_level(conn) : RATLS_LEVEL_NONE));
    px_line_bool(&line, "simulated", v && ratls_verdict_simulated(v));
    px_line_text(&line, "suite", conn ? ratls_conn_suite(conn) : "");
    px_line_int(&line, "bytes_in", (int64_t)s->relay.bytes_in);
    px_line_int(&line, "bytes_out", (int64_t)s->relay.bytes_out);
    px_line_int(&line, "duration_ms", px_now_ms() - s->started_ms);
    px_line_end(&line, &s->gate->worker->log);
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

static void session_free(struct px_session *s)
{
    struct px_gate *g = s->gate;

    px_dial_cancel(s->dial);
    px_session_ask_no_more(s);
    ratls_conn_free(s->relay.conn);
    px_relay_stop(&s->relay);
    side_free(&s->relay.tls);
    side_free(&s->relay.plain);
    if (s->timer)
        event_free(s->timer);
    if (s->again)
        event_free(s->again);
    if (s->handshaking) {
        TAILQ_REMOVE(&g->handshakes, s, waiting);
        g->n_handshakes--;
    }
    if (g->worker->judge_next == s)
        g->worker->judge_next = TAILQ_NEXT(s, all);
    TAILQ_REMOVE(&g->worker->sessions, s, all);
    g->n_sessions--;
    free(s);
    px_worker_session_gone(g->worker);
}

/* Anything but an orderly end must not look like one to the application: reset, no FIN. */
static void reset_on_close(const struct px_side *side)
{
    const struct linger now = {.l_onoff = 1, .l_linger = 0};

    if (side->fd >= 0)
        (void)setsockopt(side->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

void px_session_end(struct px_session *s, const struct px_outcome *how)
{
    if (s->state != PX_LINGER)
        log_end(s, how);
    if (strcmp(how->reason, "ok") != 0)
        reset_on_close(&s->relay.plain);
    session_free(s);
}

void px_session_fail(struct px_session *s, enum ratls_err e, const char *detail)
{
    const char *text = detail && detail[0] ? detail : ratls_err_text(e);

    px_session_end(s, &(struct px_outcome){"error", ratls_err_reason(e), text});
}

void px_session_unreachable(struct px_session *s, const char *why)
{
    char text[256];

    (void)snprintf(text, sizeof text, "connect %s: %s", s->gate->service->connect.text, why);
    px_session_fail(s, RATLS_E_IO, text);
}

/* ---- refusals ---- */

static bool is_denial(enum ratls_err e)
{
    enum ratls_class c = ratls_err_class(e);

    return e == RATLS_E_PEER_DENIED || c == RATLS_CLASS_ATTESTATION || c == RATLS_CLASS_LEVEL;
}

static void on_linger(evutil_socket_t fd, short what, void *arg)
{
    static const struct px_outcome over = {"", "", ""};
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
static void linger(struct px_session *s)
{
    struct px_side *tls = &s->relay.tls;

    if (s->handshaking) {
        TAILQ_REMOVE(&s->gate->handshakes, s, waiting);
        s->gate->n_handshakes--;
        s->handshaking = false;
    }
    px_session_ask_no_more(s);
    ratls_conn_free(s->relay.conn);
    s->relay.conn = NULL;
    reset_on_close(&s->relay.plain);
    side_free(&s->relay.plain);
    (void)shutdown(tls->fd, SHUT_WR);
    event_free(tls->readable);
    (void)event_del(tls->writable);
    tls->readable = event_new(s->gate->worker->base, tls->fd, EV_READ | EV_PERSIST, on_linger, s);
    px_session_enter(s, PX_LINGER);
    if (!tls->readable || event_add(tls->readable, NULL))
        session_free(s);
}

static struct px_outcome refusal(const struct px_session *s, enum ratls_err e)
{
    return (struct px_outcome){is_denial(e) ? "deny" : "error", ratls_err_reason(e),
                               ratls_conn_error(s->relay.conn)->detail};
}

void px_session_refused(struct px_session *s, enum ratls_err e)
{
    const struct px_outcome how = refusal(s, e);

    log_end(s, &how);
    linger(s);
}

/* What waits to be sent must not reach this peer either. */
void px_session_revoked(struct px_session *s, enum ratls_err e)
{
    const struct px_outcome how = refusal(s, e);

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
    static const struct px_outcome evicted = {"error", "limit_exceeded",
                                              "slow handshake, and max-handshakes is reached"};

    if (g->n_handshakes < g->service->max_handshakes)
        return true;
    struct px_session *slow = slow_handshake(g);
    if (slow)
        px_session_end(slow, &evicted);
    return slow != NULL;
}

static void on_peer_connected(void *arg, int fd, const char *why)
{
    struct px_session *s = arg;

    s->dial = NULL;
    if (fd < 0) {
        px_session_unreachable(s, why);
        return;
    }
    s->relay.tls.fd = fd;
    name_peer(fd, s->peer, sizeof s->peer);
    px_session_tls_begin(s);
}

static struct px_session *session_new(struct px_gate *g)
{
    struct px_session *s = calloc(1, sizeof *s);

    if (!s)
        return NULL;
    s->gate = g;
    s->id = ++g->worker->last_id;
    s->relay.tls.fd = s->relay.plain.fd = -1;
    s->started_ms = px_now_ms();
    s->state = g->service->client ? PX_CONNECT_PEER : PX_HANDSHAKE;
    s->handshaking = true;
    TAILQ_INSERT_TAIL(&g->worker->sessions, s, all);
    TAILQ_INSERT_TAIL(&g->handshakes, s, waiting);
    g->n_sessions++;
    g->n_handshakes++;
    return s;
}

static void refuse_at_once(struct px_gate *g, int fd, enum ratls_err e, const char *detail)
{
    struct px_session *s = session_new(g);

    if (!s) {
        (void)close(fd);
        return;
    }
    name_peer(fd, s->peer, sizeof s->peer);
    s->relay.plain.fd = fd; /* whichever it is: it is reset */
    px_session_fail(s, e, detail);
}

void px_session_accept(struct px_gate *g, int fd)
{
    struct px_session *s = NULL;

    if (g->n_sessions >= g->service->max_connections) {
        refuse_at_once(g, fd, RATLS_E_LIMIT, "max-connections");
        return;
    }
    if (!make_room(g)) {
        refuse_at_once(g, fd, RATLS_E_LIMIT, "max-handshakes");
        return;
    }
    s = session_new(g);
    if (!s) {
        (void)close(fd);
        return;
    }
    if (!g->service->accept.path)
        px_tune_tcp(fd);
    s->timer = evtimer_new(g->worker->base, px_session_on_timer, s);
    if (!g->service->client) {
        name_peer(fd, s->peer, sizeof s->peer);
        s->relay.tls.fd = fd;
        px_session_tls_begin(s);
        return;
    }
    (void)snprintf(s->peer, sizeof s->peer, "%s", g->service->connect.text);
    s->relay.plain.fd = fd;
    s->dial = px_dial_start(g->worker->resolver, &g->service->connect,
                            g->service->connect_timeout_ms, on_peer_connected, s);
    if (!s->dial || !s->timer)
        px_session_fail(s, RATLS_E_NO_MEMORY, "session");
}
