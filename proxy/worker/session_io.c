/* Sessions: the stages that move bytes. */
#include <stdio.h>

#include "http_service.h"
#include "ingress.h"

/* ---- events ---- */

static void go_on(struct px_session *s)
{
    switch (s->state) {
    case PX_HANDSHAKE:
        px_session_handshake(s);
        return;
    case PX_RELAYING:
        px_session_relay(s);
        return;
    case PX_PLAIN_PATH:
        px_plain_path_move(s);
        return;
    case PX_INGRESS:
    case PX_CONNECT_PEER:
    case PX_CONNECT_BACKEND:
    case PX_LINGER:
        return;
    }
}

static void on_tls(evutil_socket_t fd, short what, void *arg)
{
    struct px_session *s = arg;

    (void)fd;
    if (what & EV_READ)
        s->relay.tls.can_read = true;
    /* A reset makes it writable as well: what came before that is read first. */
    if (what & EV_WRITE)
        s->relay.tls.can_write = s->relay.tls.can_read = true;
    go_on(s);
}

static void on_plain(evutil_socket_t fd, short what, void *arg)
{
    struct px_session *s = arg;

    (void)fd;
    if (what & EV_READ)
        s->relay.plain.can_read = true;
    if (what & EV_WRITE)
        s->relay.plain.can_write = true;
    go_on(s);
}

static void on_again(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    go_on(arg);
}

static bool side_events(struct px_session *s, struct px_side *side, event_callback_fn f)
{
    struct event_base *base = s->gate->worker->base;

    side->readable = event_new(base, side->fd, EV_READ | EV_PERSIST, f, s);
    side->writable = event_new(base, side->fd, EV_WRITE | EV_PERSIST, f, s);
    return side->readable && side->writable;
}

/* ---- handshake ---- */

void px_session_tls_begin(struct px_session *s)
{
    struct ratls_error err = {0};
    struct px_side *tls = &s->relay.tls;
    enum ratls_role role = s->gate->service->client ? RATLS_CLIENT : RATLS_SERVER;

    enum ratls_err e = ratls_conn_new(s->gate->ctx, role, px_side_io(tls), &s->relay.conn, &err);
    if (e) {
        px_session_fail(s, e, err.detail);
        return;
    }
    s->again = evtimer_new(s->gate->worker->base, on_again, s);
    if (!s->timer || !s->again || !side_events(s, tls, on_tls)) {
        px_session_fail(s, RATLS_E_NO_MEMORY, "session");
        return;
    }
    px_session_enter(s, PX_HANDSHAKE);
    px_session_handshake(s);
}

static void wait_for(struct px_side *side, enum ratls_err e)
{
    (void)event_del(side->readable);
    (void)event_del(side->writable);
    if (e == RATLS_E_WANT_READ)
        (void)event_add(side->readable, NULL);
    if (e == RATLS_E_WANT_WRITE)
        (void)event_add(side->writable, NULL);
}

static bool ask_for_proof(struct px_session *s)
{
    struct px_prove ask = {.id = s->id, .issuer = s->gate->issuer};

    if (s->awaits_proof)
        return true;
    if (ratls_conn_proof_request(s->relay.conn, &ask.request, ask.own_spki_sha256))
        return false;
    px_stats_add(s->gate->stats, PX_PROOFS, 1);
    s->awaits_proof = px_channel_send(s->gate->worker->master, px_prove_message(&ask));
    return s->awaits_proof;
}

static void plain_path(struct px_session *s)
{
    if (side_events(s, &s->relay.tls, on_tls) && side_events(s, &s->relay.plain, on_plain))
        px_plain_path_move(s);
    else
        px_session_fail(s, RATLS_E_NO_MEMORY, "session");
}

void px_session_relay_begin(struct px_session *s)
{
    if (s->state == PX_PLAIN_PATH) {
        plain_path(s);
        return;
    }
    if (px_session_expired(s)) {
        px_session_end(s, &px_verdict_expired);
        return;
    }
    if (!side_events(s, &s->relay.plain, on_plain) || !px_relay_start(&s->relay) ||
        !px_http_start(s)) {
        px_session_fail(s, RATLS_E_NO_MEMORY, "session");
        return;
    }
    if (!px_session_greet(s)) {
        px_session_fail(s, RATLS_E_IO, "no header of PROXY protocol can be made");
        return;
    }
    if (!px_ingress_open(s)) {
        px_session_fail(s, RATLS_E_IO, "the client takes no answer");
        return;
    }
    px_session_enter(s, PX_RELAYING);
    px_session_relay(s);
}

/* Both sides allowed each other. */
static void agreed(struct px_session *s)
{
    struct px_gate *g = s->gate;

    px_session_handshake_over(s);
    px_session_count_agreed(s);
    wait_for(&s->relay.tls, RATLS_OK);
    if (g->service->client) {
        px_session_relay_begin(s);
        return;
    }
    px_session_enter(s, PX_CONNECT_BACKEND);
    px_session_dial(s, g->service->purpose == PX_RELAY ? NULL : &g->worker->desk.at);
}

void px_session_handshake(struct px_session *s)
{
    s->relay.tls.emptied = false;
    enum ratls_err e = px_session_step(s);

    if (e == RATLS_E_WANT_READ || e == RATLS_E_WANT_WRITE) {
        wait_for(&s->relay.tls, e);
        px_session_arm(s);
    } else if (e == RATLS_E_WANT_PROOF) {
        wait_for(&s->relay.tls, e);
        px_session_arm(s);
        if (!ask_for_proof(s))
            px_session_fail(s, RATLS_E_INTERNAL, "no proof can be asked for");
    } else if (e == RATLS_E_WANT_POLICY) {
        wait_for(&s->relay.tls, e);
        px_session_arm(s);
        (void)px_session_ask_policy(s);
    } else if (e == RATLS_OK) {
        agreed(s);
    } else {
        px_session_refused(s, e);
    }
}

static struct px_session *find_in(const struct px_gate *g, uint64_t id)
{
    struct px_session *s = NULL;

    TAILQ_FOREACH (s, &g->handshakes, waiting)
        if (s->id == id && s->awaits_proof)
            return s;
    return NULL;
}

static struct px_session *find_waiting(struct px_worker *w, uint64_t id)
{
    struct px_session *s = NULL;
    struct px_gate *g = NULL;

    for (size_t i = 0; !s && i < w->n_gates; i++)
        s = find_in(w->gates[i], id);
    TAILQ_FOREACH (g, &w->retired, all)
        if (!s)
            s = find_in(g, id);
    return s;
}

void px_session_proof(struct px_worker *w, uint64_t id, enum ratls_err e,
                      struct ratls_bytes signature, struct ratls_bytes evidence)
{
    struct px_session *s = find_waiting(w, id);

    if (!s)
        return;
    s->awaits_proof = false;
    if (e)
        signature = evidence = ratls_bytes(NULL, 0);
    /* A refusal stays in the connection: the handshake reports it, and tells the peer. */
    e = ratls_conn_supply_proof(s->relay.conn, e, signature, evidence);
    if (e == RATLS_E_STATE || e == RATLS_E_NO_MEMORY)
        px_session_fail(s, e, "the proof cannot be used");
    else
        px_session_handshake(s);
}

/* ---- relay ---- */

static void relay_failed(struct px_session *s)
{
    const struct px_relay *r = &s->relay;
    const char *text = r->failure_text[0] ? r->failure_text : ratls_err_text(r->failure);
    const struct px_outcome how = {.error = r->failure, .detail = text};

    /* What a plain side said at last is on its way: bytes that nobody read must not reset it. */
    if (r->broken && !r->tls.shut && !px_http_refusal(s))
        px_session_linger(s, &how);
    else
        px_session_end(s, &how);
}

/* Bytes moved or not since the last time, in either direction. */
static void note_activity(struct px_session *s, bool was_half_closed)
{
    uint64_t moved = s->relay.bytes_in + s->relay.bytes_out + s->relay.bytes_plain;

    if (moved != s->moved) {
        px_session_count_bytes(s);
        s->moved = moved;
        s->last_byte_ms = px_now_ms();
    }
    if (!was_half_closed && px_relay_half_closed(&s->relay)) {
        s->last_byte_ms = px_now_ms();
        px_session_arm(s); /* TIMEOUTclose may be shorter than what the timer is set for */
    }
}

void px_session_relay(struct px_session *s)
{
    static const struct px_outcome done = {.result = PX_RESULT_ALLOW, .reason = PX_REASON_OK};
    const struct timeval soon = {0};
    bool half_closed = px_relay_half_closed(&s->relay);

    switch (px_relay_step(&s->relay)) {
    case PX_RELAY_WAIT:
        note_activity(s, half_closed);
        return;
    case PX_RELAY_AGAIN:
        note_activity(s, half_closed);
        (void)evtimer_add(s->again, &soon);
        return;
    case PX_RELAY_DONE:
        if (px_http_refusal(s))
            px_session_linger(s, px_http_refusal(s));
        else
            px_session_end(s, &done);
        return;
    case PX_RELAY_FAILED:
        relay_failed(s);
        return;
    }
}
