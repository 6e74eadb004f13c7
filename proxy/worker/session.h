/* session.h - one tunnel: an attested connection and a plain one.
 *
 * Server: accept TLS, handshake and verdicts, connect to the backend, relay. Client: accept plain,
 * connect to the peer, handshake and verdicts, relay. Before both verdicts no byte is read from or
 * written to the plain side; that of a server is not even connected.
 * One line in the access log, when it ends. */
#ifndef PX_SESSION_H
#define PX_SESSION_H

#include "clock.h"
#include "outcome.h"
#include "relay.h"
#include "worker.h"

struct px_ingress;

enum px_session_state {
    PX_INGRESS,    /* the other side speaks first, ingress.h */
    PX_PLAIN_PATH, /* a request that needs no TLS, plain_path.c */
    PX_CONNECT_PEER,
    PX_HANDSHAKE,
    PX_CONNECT_BACKEND,
    PX_RELAYING,
    PX_LINGER, /* refused and logged; the peer may still fetch the reason */
};

struct px_session {
    TAILQ_ENTRY(px_session) all, waiting;
    struct px_gate *gate;
    uint64_t id;
    enum px_session_state state;
    bool handshaking; /* in gate->handshakes */
    bool awaits_proof;
    uint64_t question; /* to the OPA, unanswered; 0: none */
    TAILQ_ENTRY(px_session) asking;
    bool asks_later;            /* in gate->askers */
    bool trimmed;               /* ratls_conn_trim() */
    struct px_ingress *ingress; /* NULL: nobody speaks first */
    struct px_source *source;   /* counted by max-connections-per-source */
    struct px_reach *dial;
    struct px_relay relay; /* holds connection and descriptors from the beginning */
    struct event *timer, *again;
    int64_t started_ms, state_ms, last_byte_ms;
    uint64_t moved; /* bytes both ways at last_byte_ms */
    size_t discarded;
    int row; /* of the peer in w->stats; -1: none */
    uint64_t counted_in, counted_out;
    char peer[96], backend[96]; /* backend: where this side connected, or tried to */
    char *server_name;          /* that the client asked for; NULL: none, or nobody looked */
    struct px_http *http;       /* NULL: nothing but bytes */
};

/* An accepted descriptor (taken) becomes a session, or is refused. */
void px_session_accept(struct px_gate *g, int fd);
/* Another service has it from now on, if its limits allow: TLS has not begun. False: it ended. */
RATLS_MUST_USE bool px_session_move(struct px_session *s, struct px_gate *to);
/* The answer to request `id`; unknown ids are those of sessions that ended. */
void px_session_proof(struct px_worker *w, uint64_t id, enum ratls_err e,
                      struct ratls_bytes signature, struct ratls_bytes evidence);
/* It is no handshake any more, or never was one. */
void px_session_handshake_over(struct px_session *s);
/* Log and free. */
void px_session_end(struct px_session *s, const struct px_outcome *how);

/* Log, and close so that what the plain side was told reaches it. */
void px_session_answered(struct px_session *s, const struct px_outcome *how);

/* "192.0.2.7:4000", "[2001:db8::7]:4000", "unix"; nothing where there is no peer. */
void px_session_name_peer(int fd, char *out, size_t size);

/* session_dial.c */

/* Connect: a server to its backend, a client to its peer. `only`: to this address, borrowed until
 * it is reached, instead of the configured ones; NULL: those. May end the session. */
void px_session_dial(struct px_session *s, const struct px_address *only);

/* What the backend is told first, before any byte of the peer: into the relay, which has begun.
 * False: it cannot be told. */
RATLS_MUST_USE bool px_session_greet(struct px_session *s);

/* session_io.c: the same, by stage. Each may end the session: touch it no more. */
void px_session_tls_begin(struct px_session *s);
void px_session_relay_begin(struct px_session *s);
void px_session_handshake(struct px_session *s);
void px_session_relay(struct px_session *s);
void px_session_fail(struct px_session *s, enum ratls_err e, const char *detail);
void px_session_unreachable(struct px_session *s, enum ratls_err e, const char *why);
void px_session_refused(struct px_session *s, enum ratls_err e);
/* Log; the other side may still fetch what was sent last. */
void px_session_linger(struct px_session *s, const struct px_outcome *how);
/* session_policy.c */
RATLS_MUST_USE bool px_session_start_asking(struct px_gate *g); /* false when out of memory */
/* After RATLS_E_WANT_POLICY, of the handshake or of judging an open connection again. False: touch
 * the session no more. */
bool px_session_ask_policy(struct px_session *s);
void px_session_ask_no_more(struct px_session *s);
/* A peer that was allowed is so no more. */
void px_session_revoked(struct px_session *s, enum ratls_err e);
/* reload.c: false: the trust is another one than the peer was judged by, and refuses it; the
 * session is gone. */
RATLS_MUST_USE bool px_session_catch_up(struct px_session *s);
/* session_time.c */
void px_session_enter(struct px_session *s, enum px_session_state state);
void px_session_arm(struct px_session *s);
void px_session_on_timer(evutil_socket_t fd, short what, void *arg);
bool px_session_expired(const struct px_session *s); /* its verdict, that is */
extern const struct px_outcome px_verdict_expired;

/* session_stats.c */
enum ratls_err px_session_step(struct px_session *s); /* ratls_conn_handshake(), its time counted */
void px_session_count_agreed(struct px_session *s);
void px_session_count_refused(struct px_session *s, enum ratls_err e);
void px_session_count_bytes(struct px_session *s);
void px_session_count_end(struct px_session *s, enum px_counter end); /* before it is logged */

#endif
