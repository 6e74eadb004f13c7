/* The peer of a connection judged again: what it showed, against the trust and the conditions that
 * its context has now. Nothing is asked of the peer. */
#include "cert_rules.h"
#include "composite.h"
#include "conn.h"
#include "trust.h"

static int64_t wall_clock(const struct ratls_conn *c)
{
    return c->ctx->env->now(c->ctx->env->arg);
}

/* ---- a peer by any standard ---- */

static enum ratls_err said(const struct ratls_verdict *v, enum ratls_err e, struct ratls_error *err)
{
    return e ? ratls_fail(err, e, "%s", v ? ratls_verdict_detail(v) : "") : RATLS_OK;
}

enum ratls_err rt_conn_appraise(const struct ratls_conn *c, struct rt_der_list chain,
                                const struct rt_standard *by, struct ratls_verdict **out,
                                struct ratls_error *err)
{
    const struct rt_cert_rules rules = rt_ctx_cert_rules(c->ctx, by->conditions, c->role);
    enum ratls_err e = rt_appraise_cert(by->trust, chain, &rules, wall_clock(c), out);

    return said(*out, e, err);
}

enum ratls_err rt_conn_identify(struct ratls_conn *c, struct rt_der_list chain,
                                const struct rt_conditions *by, struct ratls_error *err)
{
    const struct rt_cert_rules rules = rt_ctx_cert_rules(c->ctx, by, c->role);
    struct rt_x509 certs[RT_MAX_CHAIN];
    size_t n = 0;
    enum ratls_err e;

    c->identified = false;
    if (!rt_conditions_identify(by))
        return RATLS_OK;
    if ((e = rt_cert_read(chain, &rules, certs, &n, err)) != RATLS_OK ||
        (e = rt_cert_check((struct rt_x509_list){certs, n}, &rules, wall_clock(c), err)) !=
            RATLS_OK ||
        (e = rt_x509_spki_hash(&certs[0], c->peer_spki_sha256)) != RATLS_OK)
        return e;
    c->identified = true;
    return RATLS_OK;
}

enum ratls_level rt_conn_demand(const struct ratls_conn *c, const struct rt_standard *by)
{
    enum ratls_level policy, own = by->conditions->of.level;

    if (!rt_ctx_judges(c->ctx))
        return RATLS_LEVEL_NONE;
    policy = ratls_trust_required_level(by->trust);
    return policy > own ? policy : own;
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
    e = rt_appraise_quote(c->by.trust, cmw, &rules, wall_clock(c), &c->quote.verdict);
    if (e)
        return said(c->quote.verdict, e, err);
    rt_verdict_end_with(c->verdict, c->quote.verdict);
    memcpy(c->quote.binder, binder, RT_BINDER_LEN);
    return rt_dup(cmw, &c->quote.cmw);
}

/* ---- devices ---- */

enum ratls_err rt_conn_judge_devices(struct ratls_conn *c, struct ratls_bytes collection,
                                     struct ratls_error *err)
{
    struct rt_devices *devices;
    enum ratls_err e = rt_devices_appraise(c->by.trust, collection, c->verdict, &devices, err);

    if (!e)
        rt_verdict_take_devices(c->verdict, devices);
    return e;
}

enum ratls_err rt_conn_count_devices(struct ratls_conn *c)
{
    return c->verdict ? rt_devices_due(c->by.trust, c->verdict, &c->error) : RATLS_OK;
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

static enum ratls_err check_level(const struct ratls_conn *c, const struct rt_standard *by,
                                  struct ratls_error *err)
{
    enum ratls_level due = rt_conn_demand(c, by), has = level_reached(c);

    if (has >= due)
        return RATLS_OK;
    return ratls_fail(err, RATLS_E_BINDING_LEVEL, "level %s is required now, the peer reached %s",
                      ratls_level_name(due), ratls_level_name(has));
}

/* Those that were shown of the verdict before, into the one that takes its place. Those that a
 * passport told of are there. */
static enum ratls_err judge_devices(struct ratls_conn *c, const struct rt_standard *by,
                                    struct judgement *j, bool claims_alone, struct ratls_error *err)
{
    struct rt_devices *had = c->verdict->devices, *now = NULL;
    enum ratls_err e = RATLS_OK;

    if (!had || rt_devices_are_told(had))
        return RATLS_OK;
    if (claims_alone)
        e = rt_devices_again(by->trust, had, wall_clock(c), &now, err);
    else
        e = rt_devices_appraise(by->trust, rt_devices_collection(had), j->verdict, &now, err);
    if (!e)
        rt_verdict_take_devices(j->verdict, now);
    return e;
}

static enum ratls_err judge_all(struct ratls_conn *c, const struct rt_standard *by,
                                struct judgement *j, struct ratls_error *err)
{
    struct ratls_bytes chain[RT_MAX_CHAIN];
    size_t n = 0;
    enum ratls_err e = rt_tls_peer_chain(c->tls, chain, &n, err);

    if (e ||
        (e = rt_conn_appraise(c, (struct rt_der_list){chain, n}, by, &j->verdict, err)) !=
            RATLS_OK ||
        (e = judge_devices(c, by, j, false, err)) != RATLS_OK)
        return e;
    const struct rt_quote_rules rules = {c->quote.binder, j->verdict};
    if (!c->quote.verdict)
        return RATLS_OK;
    e = rt_appraise_quote(by->trust, rt_bytes_of(&c->quote.cmw), &rules, wall_clock(c), &j->quote);
    return said(j->quote, e, err);
}

static enum ratls_err judge_claims(struct ratls_conn *c, const struct rt_standard *by,
                                   struct judgement *j, struct ratls_error *err)
{
    enum ratls_err e = rt_appraise_claims(by->trust, c->verdict, wall_clock(c), &j->verdict);

    if (e)
        return said(j->verdict, e, err);
    if ((e = judge_devices(c, by, j, true, err)) != RATLS_OK || !c->quote.verdict)
        return e;
    e = rt_appraise_claims(by->trust, c->quote.verdict, wall_clock(c), &j->quote);
    return said(j->quote, e, err);
}

typedef enum ratls_err judge_fn(struct ratls_conn *c, const struct rt_standard *by,
                                struct judgement *j, struct ratls_error *err);

static void take_standard(struct ratls_conn *c, const struct rt_standard *by)
{
    struct rt_standard old = c->by;

    c->by.trust = by->trust ? ratls_trust_ref(by->trust) : NULL;
    c->by.conditions = rt_conditions_ref(by->conditions);
    rt_standard_unref(&old);
}

/* The connection takes over verdict and standard; what it had goes. */
static void take(struct ratls_conn *c, const struct rt_standard *by, struct judgement *j)
{
    ratls_verdict_unref(c->verdict);
    c->verdict = j->verdict;
    if (c->phase == RT_PHASE_FRAMES)
        c->session.p.peer_ak_spki = ratls_verdict_ak_spki(c->verdict); /* the same: the same peer */
    ratls_verdict_unref(c->quote.verdict);
    c->quote.verdict = j->quote;
    *j = (struct judgement){0};
    c->asked = RT_ASKED_NOT; /* what was asked is not what is known now */
    take_standard(c, by);
}

/* A refusal goes into c->error, and its verdict is what the connection shows from then on. Success
 * is taken over only where everything was judged that `by` has a say in. */
static enum ratls_err judge(struct ratls_conn *c, const struct rt_standard *by, judge_fn *pass,
                            bool completely)
{
    struct judgement j = {0};
    enum ratls_err e = pass(c, by, &j, &c->error);

    if (!e)
        e = check_level(c, by, &c->error);
    if (!e)
        e = rt_devices_due(by->trust, j.verdict, &c->error);
    if (!e)
        e = rt_verdict_set_level(j.verdict, level_reached(c));
    if (!e && j.quote)
        rt_verdict_end_with(j.verdict, j.quote);
    if (e && j.verdict) {
        (void)ratls_fail(&c->error, e, "%s", ratls_err_text(e));
        rt_verdict_deny(j.verdict, &c->error);
    }
    if (j.verdict && (e || completely))
        take(c, by, &j);
    judgement_free(&j);
    return e;
}

/* A peer without evidence; likewise. */
static enum ratls_err identify(struct ratls_conn *c, const struct rt_standard *by)
{
    struct ratls_bytes chain[RT_MAX_CHAIN];
    size_t n = 0;
    enum ratls_err e = rt_tls_peer_chain(c->tls, chain, &n, &c->error);

    if (!e)
        e = rt_conn_identify(c, (struct rt_der_list){chain, n}, by->conditions, &c->error);
    if (!e)
        take_standard(c, by);
    return e;
}

/* Where evidence is due and there is no verdict, the refusal is on its way. */
static bool is_behind(const struct ratls_conn *c, const struct rt_standard *now)
{
    const bool judged = c->verdict || !rt_ctx_judges(c->ctx);

    return judged && (now->trust != c->by.trust || now->conditions != c->by.conditions);
}

enum ratls_err rt_conn_catch_up(struct ratls_conn *c)
{
    enum ratls_err e = RATLS_OK;

    if (c->asked == RT_ASKED_WAITING)
        return RATLS_E_WANT_POLICY;
    struct rt_standard now = rt_ctx_standard(c->ctx);
    if (is_behind(c, &now))
        e = c->verdict ? judge(c, &now, judge_all, true) : identify(c, &now);
    if (!e)
        c->session.p.demand = rt_conn_demand(c, &now);
    rt_standard_unref(&now);
    return e;
}

bool rt_conn_is_behind(const struct ratls_conn *c)
{
    struct rt_standard now = rt_ctx_standard(c->ctx);
    const bool behind = is_behind(c, &now);

    rt_standard_unref(&now);
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

    return rt_verdict_stands(c->verdict, now) && rt_devices_stand(c->verdict->devices, now) &&
           (!c->quote.verdict || rt_verdict_stands(c->quote.verdict, now));
}

static enum ratls_err rejudge_verdict(struct ratls_conn *c, const struct rt_standard *now,
                                      judge_fn *pass)
{
    if (!proofs_stand(c))
        pass = judge_all;
    bool completely = pass == judge_all || (ratls_trust_same_grounds(now->trust, c->by.trust) &&
                                            rt_conditions_equal(now->conditions, c->by.conditions));
    enum ratls_err e = judge(c, now, pass, completely);
    return !e && completely ? rt_conn_ask(c, c->level) : e;
}

/* There are no claims: the cheap pass finds out whether anything is to be done. */
static enum ratls_err rejudge_identity(struct ratls_conn *c, const struct rt_standard *now,
                                       judge_fn *pass)
{
    if (pass == judge_all)
        return identify(c, now);
    if (rt_conditions_equal(now->conditions, c->by.conditions))
        take_standard(c, now);
    return RATLS_OK;
}

static enum ratls_err rejudge(struct ratls_conn *c, judge_fn *pass)
{
    if (c->phase == RT_PHASE_FAILED)
        return c->error.code;
    if (c->phase != RT_PHASE_OPEN)
        return RATLS_E_STATE;
    struct rt_standard now = rt_ctx_standard(c->ctx);
    enum ratls_err e =
        c->verdict ? rejudge_verdict(c, &now, pass) : rejudge_identity(c, &now, pass);
    rt_standard_unref(&now);
    return e && e != RATLS_E_WANT_POLICY ? rt_conn_refuse_open(c, e) : e;
}

bool ratls_conn_is_behind(const struct ratls_conn *c)
{
    return c->phase == RT_PHASE_OPEN && rt_conn_is_behind(c);
}

enum ratls_err ratls_conn_rejudge(struct ratls_conn *c)
{
    return rejudge(c, judge_all);
}

enum ratls_err ratls_conn_rejudge_claims(struct ratls_conn *c)
{
    return rejudge(c, judge_claims);
}
