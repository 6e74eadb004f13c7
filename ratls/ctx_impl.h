/* ctx_impl.h - settings, contexts, and the snapshot of an identity that a connection works with. */
#ifndef RT_CTX_IMPL_H
#define RT_CTX_IMPL_H

#include <pthread.h>
#include <stdatomic.h>

#include "appraisal.h"
#include "identity_impl.h"
#include "ratls/ratls.h"
#include "tls.h"

#define RT_MAX_IDENTITY_CAS 16
#define RT_MAX_PEER_NAMES   16

/* All that a configuration says. */
struct rt_settings {
    enum ratls_mode mode;
    struct ratls_trust *trust; /* a reference; of a context: under its lock */
    enum ratls_level level, proof_level;
    int64_t timeout_ms;
    size_t n_cas, n_names;
    struct ratls_buffer cas[RT_MAX_IDENTITY_CAS]; /* DER */
    char *names[RT_MAX_PEER_NAMES];
    char *server_name;
    bool ignore_selftest;
};

struct ratls_config {
    const struct ratls_env *env;
    struct rt_settings set;
};

RATLS_MUST_USE enum ratls_err rt_settings_copy(const struct rt_settings *from,
                                               struct rt_settings *to);
void rt_settings_free(struct rt_settings *s);

/* An identity and the TLS contexts made for it: immutable, counted. */
struct rt_snapshot {
    atomic_uint refs;
    struct ratls_identity *identity; /* NULL: a client without certificate */
    struct rt_tls_ctx *tls[2];       /* by role - 1; no server without an identity */
};
void rt_snapshot_unref(struct rt_snapshot *s);

struct ratls_ctx {
    atomic_uint refs;
    const struct ratls_env *env;
    struct rt_settings set;
    struct rt_x509 *anchors; /* set.cas, parsed */
    pthread_mutex_t lock;    /* of `snapshot` and set.trust */
    struct rt_snapshot *snapshot;
};

/* What new connections work with; RATLS_E_STATE without a needed identity,
 * RATLS_E_IDENTITY_EXPIRED. A new reference. */
RATLS_MUST_USE enum ratls_err rt_ctx_snapshot(struct ratls_ctx *ctx, enum ratls_role role,
                                              struct rt_snapshot **out, struct ratls_error *err);
/* What peers are judged by now; a new reference, NULL where nobody is judged. */
struct ratls_trust *rt_ctx_trust(struct ratls_ctx *ctx);
/* A client that only verifies shows no certificate, whatever its server side has. */
void rt_ctx_tls_params(const struct ratls_ctx *ctx, enum ratls_role role,
                       const struct ratls_identity *id, struct rt_tls_params *out);
static inline bool rt_ctx_shows(const struct ratls_ctx *ctx)
{
    return ctx->set.mode != RATLS_VERIFY;
}
static inline bool rt_ctx_judges(const struct ratls_ctx *ctx)
{
    return ctx->set.mode != RATLS_ATTEST;
}

#endif
