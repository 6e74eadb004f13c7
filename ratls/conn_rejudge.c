/* The peer of a connection judged again: what it showed, against the trust that its context has
 * now. Nothing is asked of the peer. */
#include "conn.h"
#include "trust.h"

static int64_t wall_clock(const struct ratls_conn *c)
{
    return c->ctx->env->now(c->ctx->env->arg);
}

/* ---- a verdict by any trust ---- */

static enum ratls_err said(const struct ratls_verdict *v, enum ratls_err e, struct ratls_error *err)
{
    return e ? ratls_fail(err, e, "%s", v ? ratls_verdict_detail(v) : "") : RATLS_OK;
}

enum ratls_err rt_conn_appraise(const struct ratls_conn *c, struct rt_der_list chain,
                                const struct ratls_trust *t, struct ratls_verdict **out,
                                struct ratls_error *err)
{
    const struct rt_settings *set = &c->ctx->set;
    const struct rt_cert_rules rules = {
        .peer_role = c->role == RATLS_CLIENT ? RATLS_SERVER : RATLS_CLIENT,
        .anchors = {c->ctx->anchors, set->n_cas},
        .names = (const char *const *)set->names,
        .n_names = set->n_names,
    };

    enum ratls_err e = rt_appraise_cert(t, chain, &rules, wall_clock(c), out);

    return said(*out, e, err);
}

enum ratls_level rt_conn_demand(const struct ratls_conn *c, const struct ratls_trust *t)
{
    enum ratls_level policy;

    if (!rt_ctx_judges(c->ctx))
        return RATLS_LEVEL_NONE;
    policy = ratls_trust_required_level(t);
    return policy > c->ctx->set.level ? policy : c->ctx->set.level;
}

/* ---- quotes ---- */

void rt_conn_forget_quote(struct ratls_conn *c)
{
    ratls_buffer_free(&c->quote.cmw);
    ratls_verdict_unref(c->quote.verdict);
    c->quote.verdict = NULL;
}

/* Kept only when it was good: it is what reached the level. */
enum ratls_err rt_conn_judge_quote(struct ratls_conn *c, struct ratls_bytes cmw,
                                   const uint8_t binder[RT_BINDER_LEN], struct ratls_error *err)
{
    const struct rt_quote_rules rules = {binder, c->verdict};
    enum ratls_err e;

    rt_conn_forget_quote(c);
    e = rt_appraise_quote(c->trust, cmw, &rules, wall_clock(c), &c->quote.verdict);
    if (e)
        return said(c->quote.verdict, e, err);
    rt_verdict_end_with(c->verdict, c->quote.verdict);
    memcpy(c->quote.binder, binder, RT_BINDER_LEN);
    return rt_dup(cmw, &c->quote.cmw);
}

/* ---- again ---- */

struct judgement {
    struct ratls_verdict *verdict, *quote; /* quote NULL: none was shown */
};

static void judgement_free(struct judgement *j)
{
    ratls_verdict_unref(j->verdict);
    ratls_verdict_unref(j->quote);
}

static enum ratls_level level_reached(const struct ratls_conn *c)
{
    return c->phase == RT_PHASE_FRAMES ? c->session.level : c->level;
}

static enum ratls_err check_level(const struct ratls_conn *c, const struct ratls_trust *t,
                                  struct ratls_error *err)
{
    enum ratls_level due = rt_conn_demand(c, t), has = level_reached(c);

    if (has >= due)
        return RATLS_OK;
    return ratls_fail(err, RATLS_E_BINDING_LEVEL, "level %s is required now, the peer reached %s",
                      ratls_level_name(due), ratls_level_name(has));
}

static enum ratls_err judge_all(struct ratls_conn *c, const struct ratls_trust *t,
                                struct judgement *j, struct ratls_error *err)
{
    struct ratls_bytes chain[RT_MAX_CHAIN];
    size_t n = 0;
    enum ratls_err e = rt_tls_peer_chain(c->tls, chain, &n, err);

    if (e ||
        (e = rt_conn_appraise(c, (struct rt_der_list){chain, n}, t, &j->verdict, err)) != RATLS_OK)
        return e;
    const struct rt_quote_rules rules = {c->quote.binder, j->verdict};
    if (!c->quote.verdict)
        return RATLS_OK;
    e = rt_appraise_quote(t, rt_bytes_of(&c->quote.cmw), &rules, wall_clock(c), &j->quote);
    return said(j->quote, e, err);
}

static enum ratls_err judge_claims(struct ratls_conn *c, const struct ratls_trust *t,
                                   struct judgement *j, struct ratls_error *err)
{
    enum ratls_err e = rt_appraise_claims(t, c->verdict, wall_clock(c), &j->verdict);

    if (e || !c->quote.verdict)
        return said(j->verdict, e, err);
    e = rt_appraise_claims(t, c->quote.verdict, wall_clock(c), &j->quote);
    return said(j->quote, e, err);
}

typedef enum ratls_err judge_fn(struct ratls_conn *c, const struct ratls_trust *t,
                                struct judgement *j, struct ratls_error *err);

/* The connection takes over verdict and trust; what it had goes. */
static void take(struct ratls_conn *c, struct ratls_trust *t, struct judgement *j)
{
    ratls_verdict_unref(c->verdict);
    c->verdict = j->verdict;
    if (c->phase == RT_PHASE_FRAMES)
        c->session.p.peer_ak_spki = rt_verdict_ak_spki(c->verdict); /* the same: the same peer */
    ratls_verdict_unref(c->quote.verdict);
    c->quote.verdict = j->quote;
    *j = (struct judgement){0};
    c->asked = RT_ASKED_NOT; /* what was asked is not what is known now */
    struct ratls_trust *old = c->trust;
    c->trust = ratls_trust_ref(t);
    ratls_trust_unref(old);
}

/* A refusal goes into c->error, and its verdict is what the connection shows from then on. Success
 * is taken over only where everything was judged that `t` has a say in. */
static enum ratls_err judge(struct ratls_conn *c, struct ratls_trust *t, judge_fn *by,
                            bool completely)
{
    struct judgement j = {0};
    enum ratls_err e = by(c, t, &j, &c->error);

    if (!e)
        e = check_level(c, t, &c->error);
    if (!e)
        e = rt_verdict_set_level(j.verdict, level_reached(c));
    if (!e && j.quote)
        rt_verdict_end_with(j.verdict, j.quote);
    if (e && j.verdict) {
        (void)ratls_fail(&c->error, e, "%s", ratls_err_text(e));
        rt_verdict_deny(j.verdict, &c->error);
    }
    if (j.verdict && (e || completely))
        take(c, t, &j);
    judgement_free(&j);
    return e;
}

enum ratls_err rt_conn_catch_up(struct ratls_conn *c)
{
    enum ratls_err e = RATLS_OK;

    if (c->asked == RT_ASKED_WAITING)
        return RATLS_E_WANT_POLICY;
    struct ratls_trust *now = rt_ctx_trust(c->ctx);
    if (now != c->trust && c->verdict)
        e = judge(c, now, judge_all, true);
    if (!e)
        c->session.p.demand = rt_conn_demand(c, now);
    ratls_trust_unref(now);
    return e;
}

bool rt_conn_is_behind(const struct ratls_conn *c)
{
    struct ratls_trust *now = rt_ctx_trust(c->ctx);
    const bool behind = c->verdict && now != c->trust;

    ratls_trust_unref(now);
    return behind;
}

/* ---- open connections ---- */

/* It ends without a word: a close_notify would make what was cut off look complete. */
enum ratls_err rt_conn_refuse_open(struct ratls_conn *c, enum ratls_err e)
{
    (void)ratls_fail(&c->error, e, "%s", ratls_err_text(e));
    c->phase = RT_PHASE_FAILED;
    if (ratls_verdict_allowed(c->verdict)) { /* others may share it; without memory: none at all */
        struct ratls_verdict *denied = rt_verdict_denied(c->verdict, &c->error);
        ratls_verdict_unref(c->verdict);
        c->verdict = denied;
    }
    return c->error.code;
}

/* Proofs end with what they rest on, whether or not another trust came. */
static bool proofs_stand(const struct ratls_conn *c)
{
    const int64_t now = wall_clock(c);

    return rt_verdict_stands(c->verdict, now) &&
           (!c->quote.verdict || rt_verdict_stands(c->quote.verdict, now));
}

static enum ratls_err rejudge(struct ratls_conn *c, judge_fn *by)
{
    if (c->phase == RT_PHASE_FAILED)
        return c->error.code;
    if (c->phase != RT_PHASE_OPEN)
        return RATLS_E_STATE;
    if (!c->verdict)
        return RATLS_OK;
    struct ratls_trust *now = rt_ctx_trust(c->ctx);
    if (!proofs_stand(c))
        by = judge_all;
    bool completely = by == judge_all || ratls_trust_same_grounds(now, c->trust);
    enum ratls_err e = judge(c, now, by, completely);
    ratls_trust_unref(now);
    if (!e && completely)
        e = rt_conn_ask(c, c->level);
    return e && e != RATLS_E_WANT_POLICY ? rt_conn_refuse_open(c, e) : e;
}

enum ratls_err ratls_conn_rejudge(struct ratls_conn *c)
{
    return rejudge(c, judge_all);
}

enum ratls_err ratls_conn_rejudge_claims(struct ratls_conn *c)
{
    return rejudge(c, judge_claims);
}
