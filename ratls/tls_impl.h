/* tls_impl.h - shared by the files that know wolfSSL. */
#ifndef RT_TLS_IMPL_H
#define RT_TLS_IMPL_H

#include "tls.h"

struct WOLFSSL_X509_STORE_CTX;

struct rt_tls_ctx {
    struct WOLFSSL_CTX *ctx;
    enum ratls_role role;
};

struct rt_tls_suite {
    const char *wolfssl, *rfc8446;
};
extern const struct rt_tls_suite rt_tls_suites[]; /* ends with NULL */

/* What a client offers: every TLS 1.3 has it (RFC 8446 s.9.1), and each share costs a key pair. */
#define RT_TLS_CLIENT_GROUP WOLFSSL_ECC_SECP256R1

/* Index of the ex_data of a WOLFSSL in which a client keeps "my certificate was asked for", and a
 * server "I was offered session frames"; -1: none. */
int rt_tls_slot(void);
struct WOLFSSL *rt_tls_wolfssl(const struct rt_tls *t); /* for probes; borrowed */
/* Copy the certificates of a verify callback; 1 to go on, 0 to refuse. */
int rt_tls_keep_peer(struct rt_tls *t, const struct WOLFSSL_X509_STORE_CTX *store);

/* tls_hkdf.c */

/* The key schedule by libcrypto. */
void rt_tls_use_hkdf(struct WOLFSSL_CTX *ctx);

struct rt_tls_label {
    struct ratls_bytes protocol, label, context;
};
/* HKDF-Expand-Label; `digest` as wolfSSL names it. False: not here, and nothing is written. */
bool rt_tls_expand_label(int digest, struct ratls_bytes secret, const struct rt_tls_label *l,
                         uint8_t *out, size_t len);

/* tls_slim.c */

/* In a verify callback, of the certificate that `ssl` keeps: all but its bytes, which live as long
 * as `ssl`. Empty: it keeps none. */
struct ratls_bytes rt_tls_slim_leaf(const struct WOLFSSL_X509_STORE_CTX *store);
/* Of an `ssl` of our own, after the handshake. */
void rt_tls_slim_session(struct WOLFSSL *ssl);

#endif
