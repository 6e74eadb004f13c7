/* ctx_impl.h - settings, contexts, and the snapshot of an identity that a connection works with. */
#ifndef RT_CTX_IMPL_H
#define RT_CTX_IMPL_H

#include <pthread.h>
#include <stdatomic.h>

#include "appraisal.h"
#include "identity_impl.h"
#include "ratls/ratls.h"
#include "tls.h"

#define RT_MAX_IDENTITY_CAS  16
#define RT_MAX_IDENTITY_CRLS 16
#define RT_MAX_PEER_NAMES    16
#define RT_MAX_PEER_PINS     32

/* What is asked of peers besides their evidence. */
struct rt_demands {
    enum ratls_level level;
    size_t n_cas, n_crls, n_names, n_emails, n_pins;
    struct ratls_buffer cas[RT_MAX_IDENTITY_CAS], crls[RT_MAX_IDENTITY_CRLS]; /* DER */
    char *names[RT_MAX_PEER_NAMES], *emails[RT_MAX_PEER_NAMES];
    struct rt_pin pins[RT_MAX_PEER_PINS];
};

RATLS_MUST_USE enum ratls_err rt_demands_copy(const struct rt_demands *from, struct rt_demands *to);
void rt_demands_free(struct rt_demands *d);

/* The same, ready for use: immutable, counted. */
struct rt_conditions {
    atomic_uint refs;
    struct rt_demands of;
    struct rt_x509 *anchors; /* of.cas, parsed */
    struct rt_crl *crls;     /* of.crls, parsed */
    size_t n_crls;           /* as far as they are */
};

RATLS_MUST_USE enum ratls_err
rt_conditions_new(const struct rt_demands *d, struct rt_conditions **out, struct ratls_error *err);
struct rt_conditions *rt_conditions_ref(struct rt_conditions *c);
void rt_conditions_unref(struct rt_conditions *c); /* NULL is legal */
/* Do both ask the same of certificates, word for word? */
bool rt_conditions_equal(const struct rt_conditions *a, const struct rt_conditions *b);
/* Somebody vouches for the peer: a certificate is owed. */
static inline bool rt_conditions_identify(const struct rt_conditions *c)
{
    return c->of.n_cas + c->of.n_pins > 0;
}

/* All that a configuration says. */
struct rt_settings {
    enum ratls_mode mode;
    struct ratls_trust *trust; /* a reference; of a context: under its lock */
    struct rt_demands peer;    /* of a context: empty, it has conditions */
    enum ratls_level proof_level;
    int64_t timeout_ms;
    char *server_name;
    bool ignore_selftest, no_attestation;
};

struct ratls_config {
    const struct ratls_env *env;
    struct rt_settings set;
};

void rt_settings_free(struct rt_settings *s);

/* An identity and the TLS contexts made for it: immutable, counted. */
struct rt_snapshot {
    atomic_uint refs;
    struct ratls_identity *identity; /* NULL: a client without certificate */
    bool stopgap;                    /* it says nothing: a server's, since TLS wants one */
    struct rt_tls_ctx *tls[2];       /* by role - 1; no server without an identity */
};
void rt_snapshot_unref(struct rt_snapshot *s);

struct ratls_ctx {
    atomic_uint refs;
    const struct ratls_env *env;
    struct rt_settings set;
    bool asks;            /* its peers for certificates; stays as it was made */
    pthread_mutex_t lock; /* of what follows, and of set.trust */
    struct rt_conditions *conditions;
    struct rt_snapshot *snapshot;
};

/* What new connections work with; RATLS_E_STATE without a needed identity,
 * RATLS_E_IDENTITY_EXPIRED. A new reference. */
RATLS_MUST_USE enum ratls_err rt_ctx_snapshot(struct ratls_ctx *ctx, enum ratls_role role,
                                              struct rt_snapshot **out, struct ratls_error *err);
/* What peers are judged by: references. */
struct rt_standard {
    struct ratls_trust *trust; /* NULL where nobody shows evidence */
    struct rt_conditions *conditions;
};
struct rt_standard rt_ctx_standard(struct ratls_ctx *ctx); /* now */
void rt_standard_unref(struct rt_standard *s);
void rt_ctx_tls_params(const struct ratls_ctx *ctx, enum ratls_role role,
                       const struct rt_snapshot *s, struct rt_tls_params *out);
/* What certificates of peers in the other role are held against. Borrows from `c`. */
struct rt_cert_rules rt_ctx_cert_rules(const struct ratls_ctx *ctx, const struct rt_conditions *c,
                                       enum ratls_role role);
static inline bool rt_ctx_shows(const struct ratls_ctx *ctx)
{
    return ratls_mode_shows(ctx->set.mode);
}
static inline bool rt_ctx_judges(const struct ratls_ctx *ctx)
{
    return ratls_mode_judges(ctx->set.mode);
}
/* Neither side is to be attested: no frames, no ALPN. */
static inline bool rt_ctx_is_plain(const struct ratls_ctx *ctx)
{
    return !rt_ctx_shows(ctx) && !rt_ctx_judges(ctx);
}

#endif
