/* session.h - the session frames of PROTOCOL.md as a state machine without I/O.
 *
 *     rt_session_start()      HELLO is queued
 *     rt_session_output()     bytes to send; rt_session_sent() takes them off
 *     rt_session_wants()      bytes to read next, never more than the frame needs
 *     rt_session_feed()       the bytes read
 *     rt_session_due()        what this side owes now: a proof, a verdict, or nothing
 *
 * Every fault found in the peer's frames is an error code; the caller answers with
 * rt_session_deny(). Does NOT know TLS, time or certificates: exporters, SPKI hashes and the
 * verdict about the certificate come from the caller. Thread rule: one session belongs to one
 * thread. */
#ifndef RT_SESSION_H
#define RT_SESSION_H

#include "base.h"
#include "binder.h"
#include "ratls/appraise.h"

#define RT_SESSION_VERSION 1
#define RT_HELLO_RANDOM    32
#define RT_FRAME_HEADER    4
#define RT_MAX_FORMATS     32 /* evidence formats of one HELLO */
#define RT_MAX_FORMAT_LEN  32

enum rt_frame { RT_FRAME_HELLO = 1, RT_FRAME_PROOF = 2, RT_FRAME_VERDICT = 3 };
enum rt_decision { RT_DECISION_ALLOW = 1, RT_DECISION_DENY = 2 };

/* Judges the quote of a level-3 proof: report data must be `binder`. */
typedef enum ratls_err rt_judge_quote_fn(void *arg, struct ratls_bytes cmw,
                                         const uint8_t binder[RT_BINDER_LEN],
                                         struct ratls_error *err);

/* Judges devices shown beside the certificate's evidence, a CMW collection. */
typedef enum ratls_err rt_judge_devices_fn(void *arg, struct ratls_bytes collection,
                                           struct ratls_error *err);

struct rt_session_params {
    enum ratls_role role;      /* own */
    enum ratls_level demand;   /* lowest level accepted; NONE: the peer need not show evidence */
    enum ratls_level shown;    /* KEY when the peer's certificate was appraised and allowed */
    enum ratls_level provable; /* highest this side can prove; NONE: it showed no evidence */
    uint8_t exporter_own[RT_EXPORTER_LEN], exporter_peer[RT_EXPORTER_LEN];
    uint8_t spki_own[RT_SHA256_LEN], spki_peer[RT_SHA256_LEN]; /* zeros: sent no certificate */
    struct ratls_bytes peer_ak_spki; /* borrowed; empty: the peer's evidence names none */
    const char *const *formats;      /* evidence formats accepted, NULL-terminated; borrowed */
    rt_judge_quote_fn *judge_quote;
    rt_judge_devices_fn *judge_devices;
    void *judge_arg;
};

struct rt_session {
    struct rt_session_params p;
    uint8_t own_random[RT_HELLO_RANDOM], hello_sha256[RT_SHA256_LEN];
    uint8_t own_signature[RT_PROOF_SIG_LEN];
    bool proof_queued, verdict_queued, denied;
    struct rt_writer out;
    size_t out_sent;

    uint8_t header[RT_FRAME_HEADER];
    size_t header_len;
    struct ratls_buffer payload; /* of the frame being read */
    size_t payload_len;
    bool got_hello, got_proof, got_allow;
    enum ratls_level peer_lowest, peer_highest;
    uint8_t peer_hello_sha256[RT_SHA256_LEN];
    enum ratls_level level; /* reached by the peer */
};

/* Zeroes *s and queues HELLO. RATLS_E_RANDOM, RATLS_E_NO_MEMORY. */
RATLS_MUST_USE enum ratls_err rt_session_start(struct rt_session *s, const struct ratls_env *env,
                                               const struct rt_session_params *p);
void rt_session_free(struct rt_session *s); /* legal on a zeroed session */

struct ratls_bytes rt_session_output(const struct rt_session *s); /* borrowed */
void rt_session_sent(struct rt_session *s, size_t n);
size_t rt_session_wants(const struct rt_session *s); /* 0 once the peer's verdict is in */
/* `in` is at most what was wanted. Errors name the fault of the peer; PEER_DENIED its refusal. */
RATLS_MUST_USE enum ratls_err rt_session_feed(struct rt_session *s, struct ratls_bytes in,
                                              struct ratls_error *err);

enum rt_due { RT_DUE_NOTHING, RT_DUE_PROOF, RT_DUE_VERDICT, RT_DUE_DONE };
enum rt_due rt_session_due(const struct rt_session *s);
void rt_session_proof_request(const struct rt_session *s, struct ratls_proof_request *req);
struct rt_session_shown {       /* borrowed */
    struct ratls_bytes quote;   /* CMW record at level 3, else empty */
    struct ratls_bytes devices; /* CMW collection; empty: none */
};
RATLS_MUST_USE enum ratls_err rt_session_supply(struct rt_session *s, struct ratls_bytes signature,
                                                const struct rt_session_shown *shown);
/* Queue ALLOW; RATLS_E_STATE unless it is due, RATLS_E_BINDING_LEVEL if the level is too low. */
RATLS_MUST_USE enum ratls_err rt_session_allow(struct rt_session *s);
/* Queue DENY with the class of `e`; nothing else will be sent. */
void rt_session_deny(struct rt_session *s, enum ratls_err e);
bool rt_session_allowed(const struct rt_session *s); /* ALLOW is queued, perhaps sent */
/* The peer's HELLO is in: a DENY now finds it reading. */
bool rt_session_heard(const struct rt_session *s);

#endif
