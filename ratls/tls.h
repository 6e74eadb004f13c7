/* tls.h - the narrow door to wolfSSL's TLS. Only tls*.c include <wolfssl/ssl.h>.
 *
 * A rt_tls_ctx is one WOLFSSL_CTX for one role and one identity: pinned suites and groups, no CA,
 * no tickets, no resumption, TLS 1.3 only. Chains, dates and keys of peers are never judged here:
 * the verify callback looks at counts and sizes and copies. Thread rule: a rt_tls_ctx may be shared
 * once made, a rt_tls belongs to one thread at a time. */
#ifndef RT_TLS_H
#define RT_TLS_H

#include "base.h"
#include "ratls/ratls.h"

struct WOLFSSL;
struct WOLFSSL_CTX;
struct rt_tls_ctx;
struct rt_tls;

struct rt_tls_params {
    enum ratls_role role;
    const struct ratls_identity *identity; /* a server needs one; a client may have none */
    bool ask_peer;                         /* server: request a certificate and demand it */
    bool plain;                            /* no session frames: their ALPN is neither sent nor
                                              taken, but noted when a client offers it */
    const char *server_name;               /* client: SNI; NULL: none */
};

RATLS_MUST_USE enum ratls_err rt_tls_ctx_new(const struct rt_tls_params *p, struct rt_tls_ctx **out,
                                             struct ratls_error *err);
void rt_tls_ctx_free(struct rt_tls_ctx *ctx); /* those made from it live on */
/* The same settings on a WOLFSSL_CTX that belongs to somebody else. */
RATLS_MUST_USE enum ratls_err rt_tls_ctx_configure(struct WOLFSSL_CTX *ctx,
                                                   const struct rt_tls_params *p,
                                                   struct ratls_error *err);

/* io is copied. */
RATLS_MUST_USE enum ratls_err rt_tls_new(const struct rt_tls_ctx *ctx, const struct ratls_io *io,
                                         struct rt_tls **out, struct ratls_error *err);
/* Wrap a connection that is handshaken or about to be; it stays its owner's, so does its I/O. */
RATLS_MUST_USE enum ratls_err rt_tls_adopt(struct WOLFSSL *ssl, struct rt_tls **out);
void rt_tls_free(struct rt_tls *t); /* NULL is legal */

RATLS_MUST_USE enum ratls_err rt_tls_handshake(struct rt_tls *t, enum ratls_role role,
                                               struct ratls_error *err);
/* After the handshake: TLS 1.3, a suite of the list, not resumed. */
RATLS_MUST_USE enum ratls_err rt_tls_check(const struct rt_tls *t, struct ratls_error *err);
/* The peer's certificates as sent, leaf first; borrowed. *n is 0 when it sent none. */
RATLS_MUST_USE enum ratls_err rt_tls_peer_chain(struct rt_tls *t, struct ratls_bytes *chain,
                                                size_t *n, struct ratls_error *err);
/* True when a certificate of this side was asked for and sent in this handshake. */
bool rt_tls_sent_certificate(const struct rt_tls *t, enum ratls_role role);
bool rt_tls_speaks_frames(const struct rt_tls *t); /* ALPN chose ratls/1 */
/* Server with `plain`: the client offered ratls/1. */
bool rt_tls_was_offered_frames(const struct rt_tls *t);
const char *rt_tls_suite(const struct rt_tls *t); /* RFC 8446 name; "" when not allowed */

/* RFC 8446 s.7.5 with an empty context, 32 bytes. Any failure is RATLS_E_EXPORTER. */
RATLS_MUST_USE enum ratls_err rt_tls_export(struct rt_tls *t, const char *label, uint8_t out[32]);
void rt_tls_seal(struct rt_tls *t); /* no export works after this */
void rt_tls_trim(struct rt_tls *t); /* as ratls_conn_trim() */

/* What one write takes at most. */
#define RT_TLS_WRITE_MOST (4 * 16384)
/* As the ratls_conn_ functions of the same name. */
RATLS_MUST_USE enum ratls_err rt_tls_read(struct rt_tls *t, uint8_t *buf, size_t len, size_t *got);
RATLS_MUST_USE enum ratls_err rt_tls_write(struct rt_tls *t, const uint8_t *buf, size_t len,
                                           size_t *put);
RATLS_MUST_USE enum ratls_err rt_tls_close_write(struct rt_tls *t);
size_t rt_tls_pending(const struct rt_tls *t);
/* Read only what has arrived already: RATLS_E_WANT_READ where rt_tls_read() might block. */
RATLS_MUST_USE enum ratls_err rt_tls_probe(struct rt_tls *t, uint8_t *buf, size_t len, size_t *got);
int rt_tls_fd(const struct rt_tls *t); /* of an adopted connection; -1: unknown */
void rt_tls_fail(struct rt_tls *t);    /* close_notify as far as the transport takes it at once */

#endif
