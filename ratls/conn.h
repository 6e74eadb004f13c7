/* conn.h - the inside of a connection, shared by conn.c (life, records) and conn_handshake.c. */
#ifndef RT_CONN_H
#define RT_CONN_H

#include "ctx_impl.h"
#include "session.h"
#include "tls.h"

/* HANDSHAKE -> FRAMES -> OPEN, or FAILED from anywhere. Application bytes pass in OPEN only. */
enum rt_phase { RT_PHASE_HANDSHAKE, RT_PHASE_FRAMES, RT_PHASE_OPEN, RT_PHASE_FAILED };

struct ratls_conn {
    struct ratls_ctx *ctx;
    enum ratls_role role;
    struct rt_snapshot *snapshot;
    struct rt_tls *tls;
    int64_t deadline_ms;
    enum rt_phase phase;
    struct rt_session session;
    bool in_session;            /* rt_session_start() worked: a DENY can be sent */
    enum ratls_err proof_fault; /* no proof could be had */
    struct ratls_verdict *verdict;
    enum ratls_level level;
    struct ratls_error error; /* of the refusal; its code also while the peer is still to be told */
};

/* One step: RATLS_OK when open. Errors are final, but the peer does not know yet. */
enum ratls_err rt_conn_step(struct ratls_conn *c);

#endif
