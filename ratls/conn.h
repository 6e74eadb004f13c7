/* conn.h - the inside of a connection, shared by conn.c (life, records), conn_handshake.c and
 * conn_policy.c (policies outside) and conn_rejudge.c. */
#ifndef RT_CONN_H
#define RT_CONN_H

#include "ctx_impl.h"
#include "session.h"
#include "tls.h"

/* HANDSHAKE -> FRAMES or, with a peer that speaks none, SETTLED -> OPEN; or FAILED from anywhere.
 * Application bytes pass in OPEN only. */
enum rt_phase {
    RT_PHASE_HANDSHAKE,
    RT_PHASE_FRAMES,
    RT_PHASE_SETTLED,
    RT_PHASE_OPEN,
    RT_PHASE_FAILED
};

/* The policy outside. Its refusal is in `error`. */
enum rt_asked { RT_ASKED_NOT, RT_ASKED_WAITING, RT_ASKED_ALLOWED, RT_ASKED_REFUSED };

/* What the peer showed for this session alone, and what became of it; verdict NULL: nothing. */
struct rt_shown_quote {
    struct ratls_buffer cmw;
    uint8_t binder[RT_BINDER_LEN];
    struct ratls_verdict *verdict;
};

struct ratls_conn {
    struct ratls_ctx *ctx;
    enum ratls_role role;
    struct rt_snapshot *snapshot;
    struct rt_standard by; /* that the peer was judged by */
    struct rt_tls *tls;
    int64_t deadline_ms;
    enum rt_phase phase;
    struct rt_session session;
    bool in_session;            /* rt_session_start() worked: a DENY can be sent */
    enum ratls_err proof_fault; /* no proof could be had */
    struct ratls_verdict *verdict;
    struct rt_shown_quote quote;
    bool identified; /* without evidence, by its certificate alone: */
    uint8_t peer_spki_sha256[RT_SHA256_LEN];
    struct ratls_buffer peer_spki;
    uint8_t peer_cert_sha256[RT_SHA256_LEN];
    enum ratls_level level;
    enum rt_asked asked;
    struct ratls_error error; /* of the refusal; its code also while the peer is still to be told */
};

/* One step: RATLS_OK when open. Errors are final, but the peer does not know yet. */
enum ratls_err rt_conn_step(struct ratls_conn *c);

/* conn_policy.c */

/* Ask the policy outside, where there is one that has not allowed the peer yet, about a peer that
 * reached `level`; or have it asked: RATLS_E_WANT_POLICY. */
RATLS_MUST_USE enum ratls_err rt_conn_ask(struct ratls_conn *c, enum ratls_level level);
bool rt_conn_owes_question(const struct ratls_conn *c);

/* conn_rejudge.c */

/* The peer's certificates and their evidence; *out and returns as rt_appraise_cert(). */
RATLS_MUST_USE enum ratls_err rt_conn_appraise(const struct ratls_conn *c, struct rt_der_list chain,
                                               const struct rt_standard *by,
                                               struct ratls_verdict **out, struct ratls_error *err);
/* A peer that owes no evidence, by its certificates (none: an empty chain) alone. */
RATLS_MUST_USE enum ratls_err rt_conn_identify(struct ratls_conn *c, struct rt_der_list chain,
                                               const struct rt_conditions *by,
                                               struct ratls_error *err);
/* Lowest level accepted from the peer. */
enum ratls_level rt_conn_demand(const struct ratls_conn *c, const struct rt_standard *by);
/* The peer's quote for this session; a good one is kept. */
RATLS_MUST_USE enum ratls_err rt_conn_judge_quote(struct ratls_conn *c, struct ratls_bytes cmw,
                                                  const uint8_t binder[RT_BINDER_LEN],
                                                  struct ratls_error *err);
void rt_conn_forget_quote(struct ratls_conn *c);
/* The peer's devices; good ones become part of the verdict. */
RATLS_MUST_USE enum ratls_err
rt_conn_judge_devices(struct ratls_conn *c, struct ratls_bytes collection, struct ratls_error *err);
/* All is known that the peer shows: are the devices that are due among it? */
RATLS_MUST_USE enum ratls_err rt_conn_count_devices(struct ratls_conn *c);
/* If the context has another standard than the peer was judged by: judge again by that one, after
 * which the policy outside is to be asked again. Called before this side allows the peer, and
 * before the connection opens (threat T53). RATLS_E_WANT_POLICY: not while an answer is awaited,
 * which is about what was asked. */
RATLS_MUST_USE enum ratls_err rt_conn_catch_up(struct ratls_conn *c);
/* The context has another standard than the peer was judged by. */
bool rt_conn_is_behind(const struct ratls_conn *c);
/* An open connection ends, by `e`; returns the code it shows. */
enum ratls_err rt_conn_refuse_open(struct ratls_conn *c, enum ratls_err e);

#endif
