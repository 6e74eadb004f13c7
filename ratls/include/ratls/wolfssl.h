/* ratls/wolfssl.h - for programs that use wolfSSL already: two calls.
 *
 *     ratls_attach(ctx, RATLS_SERVER, wolfssl_ctx, &err);        once, before wolfSSL_new()
 *     ratls_judge(ctx, RATLS_SERVER, ssl, &verdict, &err);       after wolfSSL_accept()/connect()
 *
 * ratls_attach() gives the WOLFSSL_CTX the current identity, the pinned suites and groups, ALPN, no
 * tickets, no resumption, and a verify callback that judges nothing. It takes the WOLFSSL_CTX over
 * as far as trust goes: load no CA into it, set no verify callback. ratls_judge() runs appraisal
 * and session frames over the WOLFSSL's own transport and says whether the peer is allowed; do not
 * read or write application data before it has said RATLS_OK. Of the peer's certificates only the
 * leaf is seen here: with identity CAs it must be issued by one of them directly. As with wolfSSL
 * alone, a program that writes to sockets ignores SIGPIPE, and a thread that ends calls
 * wc_ecc_fp_free(). Thread rule: as wolfSSL's: a WOLFSSL belongs to one thread. */
#ifndef RATLS_WOLFSSL_H
#define RATLS_WOLFSSL_H

#include "ratls/ratls.h"

struct WOLFSSL_CTX;
struct WOLFSSL;

/* wolfssl_ctx is borrowed and must have been made with wolfTLSv1_3_server_method() or
 * wolfTLSv1_3_client_method(). Call again after ratls_ctx_set_identity(). */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_attach(struct ratls_ctx *ctx, enum ratls_role role,
                                                     struct WOLFSSL_CTX *wolfssl_ctx,
                                                     struct ratls_error *err);
/* Blocks, with the context's time limit, whether the socket blocks or not. RATLS_OK: allowed.
 * Otherwise denied: close. *verdict (may be NULL) is new in both cases, ratls_verdict_unref(); NULL
 * for anonymous peers and where appraisal was not reached. Sessions whose proof needs somebody else
 * (RATLS_E_WANT_PROOF) go by ratls_conn_adopt(); so do those of a trust with
 * ratls_trust_defer_judge(), which are denied here (RATLS_E_OPA_FAILED). */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_judge(struct ratls_ctx *ctx, enum ratls_role role,
                                                    struct WOLFSSL *ssl,
                                                    struct ratls_verdict **verdict,
                                                    struct ratls_error *err);
/* The same without waiting: ratls_conn_handshake() drives *out (new) until it says RATLS_OK; then
 * free it and go on with `ssl`, which stays the caller's and must outlive *out. Until then its
 * descriptor does not block; flags of wolfSSL_SetIOReadFlags() and -WriteFlags() are reset. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_conn_adopt(struct ratls_ctx *ctx,
                                                         enum ratls_role role, struct WOLFSSL *ssl,
                                                         struct ratls_conn **out,
                                                         struct ratls_error *err);

#endif
