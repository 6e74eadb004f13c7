/* A frozen configuration, shared by connections; its identity is swapped as one snapshot. */
#include <stdlib.h>

#include "ctx_impl.h"
#include "offload.h"
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

/* A stopgap is not shown where nothing has to be. */
void rt_ctx_tls_params(const struct ratls_ctx *ctx, enum ratls_role role,
                       const struct rt_snapshot *s, struct rt_tls_params *out)
{
    *out = (struct rt_tls_params){
        .role = role,
        .identity = role == RATLS_SERVER || !s->stopgap ? s->identity : NULL,
        .ask_peer = ctx->asks,
        .plain = rt_ctx_is_plain(ctx),
        .server_name = ctx->set.server_name,
    };
}

struct rt_cert_rules rt_ctx_cert_rules(const struct ratls_ctx *ctx, const struct rt_conditions *c,
                                       enum ratls_role role)
{
    const struct rt_demands *d = &c->of;

    return (struct rt_cert_rules){
        .peer_role = role == RATLS_CLIENT ? RATLS_SERVER : RATLS_CLIENT,
        .anchors = {c->anchors, d->n_cas},
        .crls = {c->crls, c->n_crls},
        .names = (const char *const *)d->names,
        .n_names = d->n_names,
        .emails = (const char *const *)d->emails,
        .n_emails = d->n_emails,
        .pins = d->pins,
        .n_pins = d->n_pins,
        .without_evidence = !rt_ctx_judges(ctx),
    };
}

static enum ratls_err make_tls(const struct ratls_ctx *ctx, struct rt_snapshot *s,
                               enum ratls_role role, struct ratls_error *err)
{
    struct rt_tls_params params;

    rt_ctx_tls_params(ctx, role, s, &params);
    return rt_tls_ctx_new(&params, &s->tls[role - 1], err);
}

/* Takes the reference `id` (may be NULL), also on error. */
static enum ratls_err snapshot_new(const struct ratls_ctx *ctx, struct ratls_identity *id,
                                   bool stopgap, struct rt_snapshot **out, struct ratls_error *err)
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
    s->stopgap = stopgap;
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

static enum ratls_err check_own_dates(const struct ratls_ctx *ctx, const struct rt_snapshot *s,
                                      struct ratls_error *err)
{
    if (!s->identity || s->stopgap)
        return RATLS_OK;
    if (ctx->env->now(ctx->env->arg) > ratls_identity_not_after(s->identity))
        return ratls_fail(err, RATLS_E_IDENTITY_EXPIRED, "the certificate is out of date");
    return RATLS_OK;
}

enum ratls_err rt_ctx_snapshot(struct ratls_ctx *ctx, enum ratls_role role,
                               struct rt_snapshot **out, struct ratls_error *err)
{
    struct rt_snapshot *s = *out = current(ctx);
    enum ratls_err e = RATLS_OK;

    if (!s || !s->tls[role - 1])
        e = ratls_fail(err, RATLS_E_STATE, "the context has no identity yet");
    else
        e = check_own_dates(ctx, s, err);
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
    if (!rt_ctx_shows(ctx) && rt_identity_evidence_sha256(id))
        return ratls_fail(err, RATLS_E_CONFIG, "mode %s shows no evidence, the identity does",
                          ratls_mode_name(ctx->set.mode));
    enum ratls_err e = snapshot_new(ctx, ratls_identity_ref(id), false, &s, err);
    if (!e)
        swap(ctx, s);
    return e;
}

/* ---- what peers are judged by ---- */

static const char nameless[] = "the policy has peer_names: names need an identity CA";

static bool names_prove_nothing(const struct rt_demands *d, const struct ratls_trust *t)
{
    return d->n_cas == 0 && ratls_trust_names_peers(t);
}

struct rt_standard rt_ctx_standard(struct ratls_ctx *ctx)
{
    struct rt_standard s = {0};

    (void)pthread_mutex_lock(&ctx->lock);
    s.conditions = rt_conditions_ref(ctx->conditions);
    if (ctx->set.trust)
        s.trust = ratls_trust_ref(ctx->set.trust);
    (void)pthread_mutex_unlock(&ctx->lock);
    return s;
}

void rt_standard_unref(struct rt_standard *s)
{
    ratls_trust_unref(s->trust);
    rt_conditions_unref(s->conditions);
    *s = (struct rt_standard){0};
}

enum ratls_err ratls_ctx_set_trust(struct ratls_ctx *ctx, struct ratls_trust *trust,
                                   struct ratls_error *err)
{
    if (!rt_ctx_judges(ctx))
        return ratls_fail(err, RATLS_E_CONFIG, "peers are not verified, and need no trust");
    if (!trust)
        return ratls_fail(err, RATLS_E_USAGE, "there is no trust");
    (void)pthread_mutex_lock(&ctx->lock);
    struct ratls_trust *old = ctx->set.trust;
    const bool refused = names_prove_nothing(&ctx->conditions->of, trust);
    if (!refused) {
        rt_trust_freeze(trust);
        ctx->set.trust = ratls_trust_ref(trust);
    }
    (void)pthread_mutex_unlock(&ctx->lock);
    if (refused)
        return ratls_fail(err, RATLS_E_CONFIG, "%s", nameless);
    ratls_trust_unref(old);
    return RATLS_OK;
}

enum ratls_err ratls_ctx_judge_as(struct ratls_ctx *ctx, struct ratls_ctx *as,
                                  struct ratls_error *err)
{
    if (rt_ctx_judges(ctx) != rt_ctx_judges(as))
        return ratls_fail(err, RATLS_E_CONFIG, "peers of one have to show evidence, of one not");
    const struct rt_standard now = rt_ctx_standard(as);
    (void)pthread_mutex_lock(&ctx->lock);
    struct rt_standard old = {ctx->set.trust, ctx->conditions};
    ctx->set.trust = now.trust;
    ctx->conditions = now.conditions;
    (void)pthread_mutex_unlock(&ctx->lock);
    rt_standard_unref(&old);
    return RATLS_OK;
}

/* ---- contexts ---- */

/* Contradictions, each refused by name. */
struct rule {
    bool wrong;
    const char *text;
};

static enum ratls_err check_rules(const struct rule *rules, size_t n, struct ratls_error *err)
{
    for (size_t i = 0; i < n; i++)
        if (rules[i].wrong)
            return ratls_fail(err, RATLS_E_CONFIG, "%s", rules[i].text);
    return RATLS_OK;
}

static enum ratls_err check_mode(const struct rt_settings *s, struct ratls_error *err)
{
    const bool plain = !ratls_mode_judges(s->mode) && !ratls_mode_shows(s->mode);
    const struct rule rules[] = {
        {(unsigned)s->mode >= RATLS_MODE_COUNT, "unknown mode"},
        {plain && !s->no_attestation,
         "a mode without attestation needs ratls_config_insecure_no_attestation()"},
        {!plain && s->no_attestation, "this mode attests: insecure_no_attestation contradicts it"},
        {plain && s->trust, "nobody is judged: a trust would mislead"},
        {plain && (s->peer.level > RATLS_LEVEL_SESSION || s->proof_level > RATLS_LEVEL_SESSION),
         "a level without attestation"},
    };
    return check_rules(rules, RT_COUNT(rules), err);
}

static enum ratls_err check_judging(const struct rt_settings *s, struct ratls_error *err)
{
    const struct rule rules[] = {
        {!s->trust, "peers are to be verified, but there is no trust"},
        {s->peer.level < RATLS_LEVEL_KEY || s->peer.level > RATLS_LEVEL_QUOTE,
         "the lowest level is key, session or quote"},
        {s->trust && names_prove_nothing(&s->peer, s->trust), nameless},
    };
    return ratls_mode_judges(s->mode) ? check_rules(rules, RT_COUNT(rules), err) : RATLS_OK;
}

static enum ratls_err check(const struct rt_settings *s, struct ratls_error *err)
{
    const struct rule rules[] = {
        {s->proof_level < RATLS_LEVEL_KEY || s->proof_level > RATLS_LEVEL_QUOTE,
         "the highest provable level is key, session or quote"},
        {s->timeout_ms <= 0, "the handshake needs a time limit"},
        {s->peer.n_names + s->peer.n_emails && !s->peer.n_cas,
         "a self-signed name proves nothing: names need an identity CA"},
        {s->peer.n_crls && !s->peer.n_cas, "revocation lists need an identity CA"},
    };
    enum ratls_err e;

    if ((e = check_mode(s, err)) != RATLS_OK ||
        (e = check_rules(rules, RT_COUNT(rules), err)) != RATLS_OK)
        return e;
    return check_judging(s, err);
}

/* All but the conditions on peers, which are not copied twice. */
static enum ratls_err copy_settings(struct ratls_ctx *ctx, const struct rt_settings *from)
{
    ctx->set = *from;
    ctx->set.peer = (struct rt_demands){0};
    ctx->set.server_name = from->server_name ? strdup(from->server_name) : NULL;
    if (from->trust)
        (void)ratls_trust_ref(from->trust);
    return from->server_name && !ctx->set.server_name ? RATLS_E_NO_MEMORY : RATLS_OK;
}

/* Who shows no evidence may start with what TLS asks for: a client without a certificate and, where
 * the peer has to be attested, a server with one that says nothing. A plain server needs its own.
 */
static enum ratls_err first_snapshot(struct ratls_ctx *ctx, struct ratls_error *err)
{
    struct ratls_identity *stopgap = NULL;
    struct rt_snapshot *s = NULL;
    enum ratls_err e;

    if (rt_ctx_shows(ctx))
        return RATLS_OK;
    if (!rt_ctx_is_plain(ctx) && (e = rt_identity_plain(ctx->env, &stopgap, err)) != RATLS_OK)
        return e;
    if ((e = snapshot_new(ctx, stopgap, true, &s, err)) != RATLS_OK)
        return e;
    swap(ctx, s);
    return RATLS_OK;
}

/* The library under us is the same for all contexts of a process, but for who does its arithmetic:
 * what passed is not asked again, what failed is. */
static enum ratls_err self_test_once(const struct ratls_env *env, struct ratls_error *err)
{
    static atomic_bool passed[2];
    atomic_bool *const with = &passed[rt_offload_is_on()];

    if (atomic_load(with))
        return RATLS_OK;
    enum ratls_err e = ratls_selftest(env, err);
    if (e == RATLS_OK)
        atomic_store(with, true);
    return e;
}

static enum ratls_err self_test(const struct ratls_ctx *ctx, struct ratls_error *err)
{
    struct ratls_error inner = {0};
    enum ratls_err e = self_test_once(ctx->env, &inner);

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

    if ((e = check(&c->set, err)) != RATLS_OK || (e = copy_settings(ctx, &c->set)) != RATLS_OK)
        return e;
    if (ctx->set.trust)
        rt_trust_freeze(ctx->set.trust);
    if ((e = rt_conditions_new(&c->set.peer, &ctx->conditions, err)) != RATLS_OK ||
        (e = self_test(ctx, err)) != RATLS_OK)
        return e;
    ctx->asks = rt_ctx_judges(ctx) || rt_conditions_identify(ctx->conditions);
    if (rt_ctx_is_plain(ctx))
        rt_log(ctx->env, RATLS_LOG_WARNING, "insecure: mode none, no peer is attested");
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
    rt_conditions_unref(ctx->conditions);
    rt_settings_free(&ctx->set);
    (void)pthread_mutex_destroy(&ctx->lock);
    free(ctx);
}
