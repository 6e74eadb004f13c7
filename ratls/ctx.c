/* A frozen configuration, shared by connections; its identity is swapped as one snapshot. */
#include <stdlib.h>

#include "ctx_impl.h"
#include "tls_selftest.h"
#include "trust.h"

/* ---- snapshots ---- */

void rt_snapshot_unref(struct rt_snapshot *s)
{
    if (!s || atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) != 1)
        return;
    ratls_identity_unref(s->identity);
    rt_tls_ctx_free(s->tls[0]);
    rt_tls_ctx_free(s->tls[1]);
    free(s);
}

void rt_ctx_tls_params(const struct ratls_ctx *ctx, enum ratls_role role,
                       const struct ratls_identity *id, struct rt_tls_params *out)
{
    *out = (struct rt_tls_params){
        .role = role,
        .identity = role == RATLS_SERVER || rt_ctx_shows(ctx) ? id : NULL,
        .ask_peer = rt_ctx_judges(ctx),
        .server_name = ctx->set.server_name,
    };
}

static enum ratls_err make_tls(const struct ratls_ctx *ctx, struct rt_snapshot *s,
                               enum ratls_role role, struct ratls_error *err)
{
    struct rt_tls_params params;

    rt_ctx_tls_params(ctx, role, s->identity, &params);
    return rt_tls_ctx_new(&params, &s->tls[role - 1], err);
}

/* Takes the reference `id` (may be NULL), also on error. */
static enum ratls_err snapshot_new(const struct ratls_ctx *ctx, struct ratls_identity *id,
                                   struct rt_snapshot **out, struct ratls_error *err)
{
    struct rt_snapshot *s = calloc(1, sizeof *s);
    enum ratls_err e = RATLS_OK;

    *out = NULL;
    if (!s) {
        ratls_identity_unref(id);
        return RATLS_E_NO_MEMORY;
    }
    atomic_init(&s->refs, 1);
    s->identity = id;
    if (id)
        e = make_tls(ctx, s, RATLS_SERVER, err);
    if (!e)
        e = make_tls(ctx, s, RATLS_CLIENT, err);
    if (e) {
        rt_snapshot_unref(s);
        return e;
    }
    *out = s;
    return RATLS_OK;
}

static void swap(struct ratls_ctx *ctx, struct rt_snapshot *s)
{
    (void)pthread_mutex_lock(&ctx->lock);
    struct rt_snapshot *old = ctx->snapshot;
    ctx->snapshot = s;
    (void)pthread_mutex_unlock(&ctx->lock);
    rt_snapshot_unref(old);
}

static struct rt_snapshot *current(struct ratls_ctx *ctx)
{
    (void)pthread_mutex_lock(&ctx->lock);
    struct rt_snapshot *s = ctx->snapshot;
    if (s)
        atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
    (void)pthread_mutex_unlock(&ctx->lock);
    return s;
}

enum ratls_err rt_ctx_snapshot(struct ratls_ctx *ctx, enum ratls_role role,
                               struct rt_snapshot **out, struct ratls_error *err)
{
    struct rt_snapshot *s = *out = current(ctx);
    enum ratls_err e = RATLS_OK;

    if (!s || !s->tls[role - 1])
        e = ratls_fail(err, RATLS_E_STATE, "the context has no identity yet");
    else if (rt_ctx_shows(ctx) &&
             ctx->env->now(ctx->env->arg) > ratls_identity_not_after(s->identity))
        e = ratls_fail(err, RATLS_E_IDENTITY_EXPIRED, "the certificate is out of date");
    if (e) {
        rt_snapshot_unref(s);
        *out = NULL;
    }
    return e;
}

enum ratls_err ratls_ctx_set_identity(struct ratls_ctx *ctx, struct ratls_identity *id,
                                      struct ratls_error *err)
{
    struct rt_snapshot *s = NULL;

    if (!rt_identity_complete(id))
        return ratls_fail(err, RATLS_E_STATE, "the identity has no certificate yet");
    if (rt_ctx_shows(ctx) && !rt_identity_evidence_sha256(id))
        return ratls_fail(err, RATLS_E_CONFIG, "the identity shows no evidence");
    enum ratls_err e = snapshot_new(ctx, ratls_identity_ref(id), &s, err);
    if (!e)
        swap(ctx, s);
    return e;
}

/* ---- trust ---- */

static const char nameless[] = "the policy has peer_names: names need an identity CA";

static bool names_prove_nothing(const struct rt_settings *s, const struct ratls_trust *t)
{
    return s->n_cas == 0 && ratls_trust_names_peers(t);
}

struct ratls_trust *rt_ctx_trust(struct ratls_ctx *ctx)
{
    (void)pthread_mutex_lock(&ctx->lock);
    struct ratls_trust *t = ctx->set.trust ? ratls_trust_ref(ctx->set.trust) : NULL;
    (void)pthread_mutex_unlock(&ctx->lock);
    return t;
}

enum ratls_err ratls_ctx_set_trust(struct ratls_ctx *ctx, struct ratls_trust *trust,
                                   struct ratls_error *err)
{
    if (!rt_ctx_judges(ctx))
        return ratls_fail(err, RATLS_E_CONFIG, "peers are not verified, and need no trust");
    if (!trust)
        return ratls_fail(err, RATLS_E_USAGE, "there is no trust");
    if (names_prove_nothing(&ctx->set, trust))
        return ratls_fail(err, RATLS_E_CONFIG, "%s", nameless);
    rt_trust_freeze(trust);
    (void)pthread_mutex_lock(&ctx->lock);
    struct ratls_trust *old = ctx->set.trust;
    ctx->set.trust = ratls_trust_ref(trust);
    (void)pthread_mutex_unlock(&ctx->lock);
    ratls_trust_unref(old);
    return RATLS_OK;
}

/* ---- contexts ---- */

/* Contradictions, each refused by name. */
static enum ratls_err check(const struct rt_settings *s, struct ratls_error *err)
{
    bool judges = s->mode != RATLS_ATTEST;
    const struct {
        bool wrong;
        const char *text;
    } rules[] = {
        {(unsigned)s->mode > RATLS_VERIFY, "unknown mode"},
        {judges && !s->trust, "peers are to be verified, but there is no trust"},
        {judges && (s->level < RATLS_LEVEL_KEY || s->level > RATLS_LEVEL_QUOTE),
         "the lowest level is key, session or quote"},
        {s->proof_level < RATLS_LEVEL_KEY || s->proof_level > RATLS_LEVEL_QUOTE,
         "the highest provable level is key, session or quote"},
        {s->timeout_ms <= 0, "the handshake needs a time limit"},
        {s->n_names && !s->n_cas, "a self-signed name proves nothing: names need an identity CA"},
        {judges && s->trust && names_prove_nothing(s, s->trust), nameless},
        {!judges && s->n_cas, "identity CAs have no meaning where peers are not verified"},
    };
    for (size_t i = 0; i < RT_COUNT(rules); i++)
        if (rules[i].wrong)
            return ratls_fail(err, RATLS_E_CONFIG, "%s", rules[i].text);
    return RATLS_OK;
}

static enum ratls_err parse_anchors(struct ratls_ctx *ctx, struct ratls_error *err)
{
    enum ratls_err e = RATLS_OK;

    if (ctx->set.n_cas == 0)
        return RATLS_OK;
    if (!(ctx->anchors = calloc(ctx->set.n_cas, sizeof *ctx->anchors)))
        return RATLS_E_NO_MEMORY;
    for (size_t i = 0; i < ctx->set.n_cas && !e; i++)
        e = rt_x509_parse(rt_bytes_of(&ctx->set.cas[i]), &ctx->anchors[i], err);
    return e;
}

/* Who shows no evidence needs no identity: start with what TLS asks for. */
static enum ratls_err first_snapshot(struct ratls_ctx *ctx, struct ratls_error *err)
{
    struct ratls_identity *plain = NULL;
    struct rt_snapshot *s = NULL;
    enum ratls_err e;

    if (rt_ctx_shows(ctx))
        return RATLS_OK;
    if ((e = rt_identity_plain(ctx->env, &plain, err)) != RATLS_OK ||
        (e = snapshot_new(ctx, plain, &s, err)) != RATLS_OK)
        return e;
    swap(ctx, s);
    return RATLS_OK;
}

static enum ratls_err self_test(const struct ratls_ctx *ctx, struct ratls_error *err)
{
    struct ratls_error inner = {0};
    enum ratls_err e = ratls_selftest(ctx->env, &inner);

    if (e && ctx->set.ignore_selftest) {
        rt_log(ctx->env, RATLS_LOG_ERROR, "insecure: self-test failure ignored: %s", inner.detail);
        return RATLS_OK;
    }
    return e ? ratls_fail(err, e, "%s", inner.detail) : RATLS_OK;
}

static enum ratls_err fill(struct ratls_ctx *ctx, const struct ratls_config *c,
                           struct ratls_error *err)
{
    enum ratls_err e;

    if ((e = check(&c->set, err)) != RATLS_OK ||
        (e = rt_settings_copy(&c->set, &ctx->set)) != RATLS_OK)
        return e;
    if (ctx->set.trust)
        rt_trust_freeze(ctx->set.trust);
    if ((e = parse_anchors(ctx, err)) != RATLS_OK || (e = self_test(ctx, err)) != RATLS_OK)
        return e;
    return first_snapshot(ctx, err);
}

enum ratls_err ratls_ctx_new(const struct ratls_config *c, struct ratls_ctx **out,
                             struct ratls_error *err)
{
    struct ratls_ctx *ctx = calloc(1, sizeof *ctx);
    enum ratls_err e;

    *out = NULL;
    if (!ctx || pthread_mutex_init(&ctx->lock, NULL) != 0) {
        free(ctx);
        return ratls_fail(err, RATLS_E_NO_MEMORY, "context");
    }
    atomic_init(&ctx->refs, 1);
    ctx->env = c->env;
    if ((e = fill(ctx, c, err)) != RATLS_OK) {
        ratls_ctx_unref(ctx);
        return ratls_fail(err, e, "context");
    }
    *out = ctx;
    return RATLS_OK;
}

struct ratls_ctx *ratls_ctx_ref(struct ratls_ctx *ctx)
{
    atomic_fetch_add_explicit(&ctx->refs, 1, memory_order_relaxed);
    return ctx;
}

void ratls_ctx_unref(struct ratls_ctx *ctx)
{
    if (!ctx || atomic_fetch_sub_explicit(&ctx->refs, 1, memory_order_acq_rel) != 1)
        return;
    rt_snapshot_unref(ctx->snapshot);
    free(ctx->anchors);
    rt_settings_free(&ctx->set);
    (void)pthread_mutex_destroy(&ctx->lock);
    free(ctx);
}
