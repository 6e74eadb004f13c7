/* ratls/ratls.h - attested TLS connections.
 *
 *     config -> context (frozen, reference-counted) -> connection
 *
 * A connection is an engine without I/O: it is driven by two callbacks and answers want-read or
 * want-write, so the same code serves blocking sockets, event loops and tests in memory. It speaks
 * TLS 1.3, appraises the peer's evidence after Finished, exchanges the session frames of
 * PROTOCOL.md, and only then lets application bytes pass.
 * What it does NOT do: open sockets, resolve names, schedule renewal of the identity, or judge
 * again by itself later (see ratls_verdict_expires, ratls_conn_rejudge).
 *
 * Thread rule: a config belongs to one thread; a context may be shared by all; a connection belongs
 * to one thread at a time. */
#ifndef RATLS_RATLS_H
#define RATLS_RATLS_H

#include "ratls/appraise.h"
#include "ratls/bytes.h"
#include "ratls/env.h"
#include "ratls/error.h"
#include "ratls/evidence.h"
#include "ratls/identity.h"

#define RATLS_ALPN "ratls/1"

/* Who shows evidence: X(CODE, name, this side does, the peer has to). */
#define RATLS_MODES(X)                                                                             \
    X(MUTUAL, "mutual", true, true)  /* both (default) */                                          \
    X(ATTEST, "attest", true, false) /* only this side; the peer has an ordinary certificate or    \
                                        none */                                                    \
    X(VERIFY, "verify", false, true) /* only the peer; this side may have an ordinary one */       \
    /* ABI: new modes come behind the last one. */                                                 \
    X(NONE, "none", false, false) /* nobody: plain TLS 1.3, and no session frames. Only after      \
                                     ratls_config_insecure_no_attestation() */

enum ratls_mode {
#define RATLS_X_ENUM(code, name, shows, judges) RATLS_##code,
    RATLS_MODES(RATLS_X_ENUM)
#undef RATLS_X_ENUM
        RATLS_MODE_COUNT
};

/* "mutual"; "unknown" for what is no mode. Borrowed for ever. */
RATLS_API const char *ratls_mode_name(enum ratls_mode mode);
/* Does this side show evidence, does the peer have to? false for what is no mode. */
RATLS_API bool ratls_mode_shows(enum ratls_mode mode);
RATLS_API bool ratls_mode_judges(enum ratls_mode mode);

/* ---- configuration ---- */

struct ratls_config;

RATLS_API RATLS_MUST_USE enum ratls_err ratls_config_new(const struct ratls_env *env,
                                                         struct ratls_config **out);
RATLS_API void ratls_config_free(struct ratls_config *c);
RATLS_API void ratls_config_set_mode(struct ratls_config *c, enum ratls_mode mode);
/* Without it RATLS_NONE is refused: nobody is attested, and no verdict is ever made. */
RATLS_API void ratls_config_insecure_no_attestation(struct ratls_config *c);
/* What peers are judged by (a reference is taken). Needed where the peer has to show evidence, and
 * refused with RATLS_NONE. */
RATLS_API void ratls_config_set_trust(struct ratls_config *c, struct ratls_trust *trust);
/* Lowest binding level accepted from the peer; the policy can only raise it. Default: session. */
RATLS_API void ratls_config_set_level(struct ratls_config *c, enum ratls_level level);
/* Handshake and frames together, milliseconds; default 10 s. */
RATLS_API void ratls_config_set_timeout_ms(struct ratls_config *c, int64_t timeout_ms);
/* Prove at most up to this level (default: session; quote needs somebody who answers
 * RATLS_E_WANT_PROOF with a fresh quote). */
RATLS_API void ratls_config_set_proof_level(struct ratls_config *c, enum ratls_level level);

/* ---- who the peer is, beside what it runs ----
 *
 * Conditions on the peer's certificates. All kinds that are given must hold: besides the evidence
 * where the peer shows some, alone where it shows none (RATLS_ATTEST, RATLS_NONE); there a server
 * demands a certificate as soon as there is a CA or a pin, and without any of them the peer is
 * anybody. Dates, key (EC P-256 or P-384 signed by ECDSA, RSA from 3072 bits) and usage are checked
 * always. What they do NOT do: ask OCSP, fetch missing intermediates or revocation lists, or fall
 * back on the common name. */

/* The certificate must chain to one of these CAs (PEM or DER, copied). Without any, peers with
 * evidence are self-signed and send exactly one certificate. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_config_add_identity_ca(struct ratls_config *c,
                                                                     struct ratls_bytes ca,
                                                                     struct ratls_error *err);
/* Revocation lists (PEM, any number, or DER; copied). With any, every issuer of the chain needs one
 * that is current: complete, version 2, with cRLNumber and authorityKeyIdentifier, signed by that
 * issuer. They are not looked for again later: new lists are a new context, see
 * ratls_ctx_judge_as(). Need an identity CA. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_config_add_identity_crl(struct ratls_config *c,
                                                                      struct ratls_bytes crls,
                                                                      struct ratls_error *err);
/* The subjectAltName must match one of all names and mailboxes added (RFC 9525: host names, also by
 * a wildcard in the certificate, and IP addresses as iPAddress only; no CN fallback). Needs an
 * identity CA: a self-signed name proves nothing. Copied. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_config_add_peer_name(struct ratls_config *c,
                                                                   const char *name);
/* "local@domain" as rfc822Name: the local part exactly, the domain in any case. RATLS_E_USAGE for
 * what is none. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_config_add_peer_email(struct ratls_config *c,
                                                                    const char *email);
/* The key of the peer's own certificate must be one of those added: SHA-256 of its
 * SubjectPublicKeyInfo (copied). An attested peer of this library has another key every hour. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_config_add_peer_pin(struct ratls_config *c,
                                                                  const uint8_t spki_sha256[32]);
/* Pins of all keys of these certificates (PEM or DER): "the peer's certificate is among them". */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_config_add_peer_certificate(struct ratls_config *c,
                                                                          struct ratls_bytes certs,
                                                                          struct ratls_error *err);
/* SNI of clients; copied. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_config_set_server_name(struct ratls_config *c,
                                                                     const char *name);
/* Start although the TLS library fails the self-test. Only for work on the library itself. */
RATLS_API void ratls_config_insecure_ignore_selftest(struct ratls_config *c);

/* ---- context ---- */

struct ratls_ctx;

/* Freeze: everything is copied or referenced, the config may be freed. Runs the self-test of the
 * TLS library (CA clone, NULL suite, resumption), unless it passed in this process already, and
 * refuses with RATLS_E_SELFTEST when it misbehaves. RATLS_E_CONFIG names a contradiction. */
RATLS_API RATLS_MUST_USE enum ratls_err
ratls_ctx_new(const struct ratls_config *c, struct ratls_ctx **out, struct ratls_error *err);
RATLS_API struct ratls_ctx *ratls_ctx_ref(struct ratls_ctx *ctx);
RATLS_API void ratls_ctx_unref(struct ratls_ctx *ctx);
/* The identity of connections made from now on (a reference is taken); those alive keep theirs. One
 * with evidence where this side shows evidence, an ordinary one (ratls_identity_load) where it does
 * not: RATLS_E_CONFIG for the other kind. RATLS_VERIFY works without, RATLS_NONE as a client. */
RATLS_API RATLS_MUST_USE enum ratls_err
ratls_ctx_set_identity(struct ratls_ctx *ctx, struct ratls_identity *id, struct ratls_error *err);
/* What peers are judged by from now on (a reference is taken; it counts as used). Connections that
 * open later are judged by it, also those that began before; those open already stay as they were
 * judged until ratls_conn_rejudge(). Not for RATLS_ATTEST and RATLS_NONE; RATLS_E_CONFIG when its
 * policy asks for names and there is no identity CA. Whether `trust` takes back what was newer is
 * asked of ratls_trust_check_after() before. */
RATLS_API RATLS_MUST_USE enum ratls_err
ratls_ctx_set_trust(struct ratls_ctx *ctx, struct ratls_trust *trust, struct ratls_error *err);
/* From now on peers of `ctx` are judged as those of `as` are at this moment: by its trust, its
 * conditions on certificates and its lowest level. For connections as with ratls_ctx_set_trust().
 * Whether a certificate is asked for in the handshake stays as it was. RATLS_E_CONFIG where one of
 * both wants evidence of peers and the other does not. */
RATLS_API RATLS_MUST_USE enum ratls_err
ratls_ctx_judge_as(struct ratls_ctx *ctx, struct ratls_ctx *as, struct ratls_error *err);
/* Cryptography of connections and signatures by libcrypto, which uses what the processor has, in
 * the place of wolfCrypt's portable C: on by default in builds that have it. For the whole process,
 * and for what begins after the call. With `true` also all is read that libcrypto reads at first
 * use, so that files may be given up afterwards. Whether it is on now. Any thread. */
RATLS_API bool ratls_offload(bool on);
/* What ratls_ctx_new() runs, by itself, and each time. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_selftest(const struct ratls_env *env,
                                                       struct ratls_error *err);

/* ---- connection ---- */

/* The transport. read and write return the number of bytes moved (> 0), RATLS_IO_AGAIN when they
 * would block, RATLS_IO_EOF (read only), RATLS_IO_RESET where the peer broke the transport off,
 * RATLS_IO_LOST where it answers no more, or RATLS_IO_ERROR. readable tells whether read would
 * return at once; it may be NULL where read never blocks. */
enum {
    RATLS_IO_EOF = 0,
    RATLS_IO_AGAIN = -1,
    RATLS_IO_ERROR = -2,
    RATLS_IO_RESET = -3,
    RATLS_IO_LOST = -4,
};
struct ratls_io {
    long (*read)(void *arg, uint8_t *buf, size_t len);
    long (*write)(void *arg, const uint8_t *buf, size_t len);
    bool (*readable)(void *arg);
    void *arg;
};
/* An io over a connected socket; blocking or not. */
RATLS_API struct ratls_io ratls_io_fd(int fd);

struct ratls_conn;

RATLS_API RATLS_MUST_USE enum ratls_err ratls_conn_new(struct ratls_ctx *ctx, enum ratls_role role,
                                                       struct ratls_io io, struct ratls_conn **out,
                                                       struct ratls_error *err);
RATLS_API void ratls_conn_free(struct ratls_conn *conn); /* sends nothing; NULL is legal */

/* Drive handshake, appraisal and frames. RATLS_OK: both sides allowed each other; with RATLS_NONE,
 * that the handshake is over and the identity conditions hold, and nothing else. WANT_READ and
 * WANT_WRITE: call again when the transport is ready. WANT_PROOF: answer with
 * ratls_conn_supply_proof(), then call again. WANT_POLICY, with ratls_trust_defer_judge() only:
 * likewise with ratls_conn_supply_policy(). Anything else is final: a DENY frame or alert was sent
 * if the transport took it, and the connection is only good for ratls_conn_error(). */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_conn_handshake(struct ratls_conn *conn);
/* Monotonic milliseconds (env) at which the handshake fails with RATLS_E_TIMEOUT. */
RATLS_API int64_t ratls_conn_deadline_ms(const struct ratls_conn *conn);

/* After RATLS_E_WANT_PROOF: what to prove, and by whom (SPKI of the own leaf). */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_conn_proof_request(const struct ratls_conn *conn,
                                                                 struct ratls_proof_request *req,
                                                                 uint8_t own_spki_sha256[32]);
/* signature: 64 bytes r || s; evidence: the fresh quote at level 3, else empty. Copied.
 * e other than RATLS_OK: there is no proof, fail the handshake with it. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_conn_supply_proof(struct ratls_conn *conn,
                                                                enum ratls_err e,
                                                                struct ratls_bytes signature,
                                                                struct ratls_bytes evidence);

/* After RATLS_E_WANT_POLICY: the document that the policy outside judges (ratls_verdict_input()),
 * with the level that the peer reached; new. Everything else allowed the peer by then, and it has
 * been told nothing. RATLS_E_STATE unless asked for. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_conn_policy_input(const struct ratls_conn *conn,
                                                                struct ratls_buffer *json);
/* What an answer may be remembered by: the next peer with the same key is the same to the policy
 * outside, but for the time. RATLS_E_STATE unless asked for. */
struct ratls_policy_key {
    uint8_t sha256[32]; /* of the document without its time, and of the trust's generation */
    int64_t expires;    /* seconds since 1970: of what the peer showed, INT64_MAX without an end */
};
RATLS_API RATLS_MUST_USE enum ratls_err ratls_conn_policy_key(const struct ratls_conn *conn,
                                                              struct ratls_policy_key *out);
/* The answer: RATLS_OK allows, anything else is the reason to refuse by, with `detail` for the own
 * log (copied; NULL: none). RATLS_E_STATE unless asked for; RATLS_E_USAGE for what is no reason,
 * and the connection waits on. The deadline of the handshake covers the waiting. On an open
 * connection (ratls_conn_rejudge) a refusal is carried out and returned here. */
RATLS_API RATLS_MUST_USE enum ratls_err
ratls_conn_supply_policy(struct ratls_conn *conn, enum ratls_err e, const char *detail);
/* Judge the peer of an open connection again, by what its context has now, at the present time: the
 * certificates it sent, their evidence, its quote for this session, and whether its level is still
 * enough; without evidence, the certificates alone. Nothing is asked of the peer. RATLS_OK: the
 * verdict, if there is one, is new. RATLS_E_STATE: the connection is not open yet (then it will be
 * judged like that before it opens). Anything
 * else is final, as after ratls_conn_handshake(), but the peer is told nothing: close the transport
 * without close_notify, so that it does not take what was cut off for complete.
 * RATLS_E_WANT_POLICY: as in the handshake, all but the policy outside allowed the peer; the
 * connection goes on until ratls_conn_supply_policy(). Judged once more while the answer is
 * awaited, it is another question, which the answer to the former one must not be given to. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_conn_rejudge(struct ratls_conn *conn);
/* The cheap part of it: what was proven against revocations, policy and reference values as they
 * are now; no cryptography, unless something that a proof rests on has ended (then all of it is
 * judged). Returns likewise. The verdict is a new one only where both trusts have the same grounds
 * (ratls_trust_same_grounds) and the conditions on certificates are the same. Where the connection
 * is behind after it, ratls_conn_rejudge() is due as well. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_conn_rejudge_claims(struct ratls_conn *conn);
/* The peer of an open connection was judged by something else than its context has now. */
RATLS_API bool ratls_conn_is_behind(const struct ratls_conn *conn);

/* Application bytes, only after ratls_conn_handshake() said RATLS_OK. RATLS_OK with *got > 0;
 * RATLS_E_CLOSED at the peer's close_notify; RATLS_E_TRUNCATED when the transport ended without
 * one, RATLS_E_RESET when it was reset, RATLS_E_TIMEOUT when the peer was lost; WANT_READ,
 * WANT_WRITE. A write may take fewer bytes than offered. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_conn_read(struct ratls_conn *conn, uint8_t *buf,
                                                        size_t len, size_t *got);
RATLS_API RATLS_MUST_USE enum ratls_err
ratls_conn_write(struct ratls_conn *conn, const uint8_t *buf, size_t len, size_t *put);
/* Not 0: a read has something to go on with, perhaps bytes, without asking the transport; read
 * until RATLS_E_WANT_READ before you wait for it. */
RATLS_API size_t ratls_conn_pending(struct ratls_conn *conn);
/* Give memory that an open connection does not use any more, some 32 KB, back to the system. That
 * takes some microseconds, and the next connection some to have it again: for those that stay. */
RATLS_API void ratls_conn_trim(struct ratls_conn *conn);
/* Send close_notify: no more writes, reads go on (half-close, RFC 8446 s.6.1). RATLS_OK once it
 * left, WANT_WRITE otherwise. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_conn_close_write(struct ratls_conn *conn);

/* The verdict about the peer: borrowed until it is judged again; NULL before the handshake has
 * ended, for peers that show no evidence, and where appraisal was not reached. */
RATLS_API const struct ratls_verdict *ratls_conn_verdict(const struct ratls_conn *conn);
/* The level reached by the peer's proof; meaningful after RATLS_OK. RATLS_LEVEL_NONE: nobody was
 * attested, whatever the certificate says. */
RATLS_API enum ratls_level ratls_conn_level(const struct ratls_conn *conn);
/* SHA-256 of the SubjectPublicKeyInfo of a peer that shows no evidence and whose certificate held
 * against the identity conditions; borrowed, 32 bytes. NULL for all others: those with evidence
 * have theirs in the verdict, and an unchecked certificate is nobody's. */
RATLS_API const uint8_t *ratls_conn_identified(const struct ratls_conn *conn);
/* The key that the peer proved to hold, a whole DER SubjectPublicKeyInfo, and SHA-256 of the
 * certificate that it came in (32 bytes): for those who bind something to this peer. Borrowed. They
 * say who it is and nothing more: empty and NULL unless the connection is open and its verdict
 * allows, or ratls_conn_identified() knows the peer. */
RATLS_API struct ratls_bytes ratls_conn_peer_spki(const struct ratls_conn *conn);
RATLS_API const uint8_t *ratls_conn_peer_cert_sha256(const struct ratls_conn *conn);
/* Code and detail of the final failure; borrowed. */
RATLS_API const struct ratls_error *ratls_conn_error(const struct ratls_conn *conn);
/* Negotiated suite ("TLS_AES_128_GCM_SHA256"), "" before the handshake; borrowed. */
RATLS_API const char *ratls_conn_suite(const struct ratls_conn *conn);

#endif
