/* Policies outside, asked by a connection: when nothing else is left to judge, and before ALLOW
 * leaves or, without frames, before the connection is open; and again whenever the peer is judged
 * again. */
#include "conn.h"
#include "outside.h"

bool rt_conn_owes_question(const struct ratls_conn *c)
{
    return rt_ctx_judges(c->ctx) && rt_outside_is_set(c->by.trust) && c->asked != RT_ASKED_ALLOWED;
}

static struct rt_outside_peer peer_of(const struct ratls_conn *c)
{
    return (struct rt_outside_peer){.verdict = c->verdict, .quote = c->quote.verdict};
}

static enum ratls_err ask_now(struct ratls_conn *c)
{
    const struct rt_outside_peer peer = peer_of(c);
    enum ratls_err e = rt_outside_ask(c->by.trust, &peer, &c->error);

    c->asked = e ? RT_ASKED_REFUSED : RT_ASKED_ALLOWED;
    return e;
}

static enum ratls_err begin(struct ratls_conn *c, enum ratls_level level)
{
    enum ratls_err e;

    if (!ratls_verdict_allowed(c->verdict))
        return ratls_fail(&c->error, RATLS_E_INTERNAL, "nobody to ask about");
    rt_verdict_set_alpn(c->verdict, c->in_session ? RATLS_ALPN : NULL);
    if ((e = rt_verdict_set_level(c->verdict, level)) != RATLS_OK)
        return e;
    if (!rt_outside_is_deferred(c->by.trust))
        return ask_now(c);
    c->asked = RT_ASKED_WAITING;
    return RATLS_E_WANT_POLICY;
}

enum ratls_err rt_conn_ask(struct ratls_conn *c, enum ratls_level level)
{
    if (!rt_conn_owes_question(c))
        return RATLS_OK;
    switch (c->asked) {
    case RT_ASKED_NOT:
        return begin(c, level);
    case RT_ASKED_WAITING:
        return RATLS_E_WANT_POLICY;
    case RT_ASKED_ALLOWED:
        return RATLS_OK;
    case RT_ASKED_REFUSED:
        return c->error.code ? c->error.code : RATLS_E_INTERNAL;
    }
    return RATLS_E_INTERNAL;
}

/* ---- answers from elsewhere ---- */

static bool waits(const struct ratls_conn *c)
{
    return c->asked == RT_ASKED_WAITING && c->phase != RT_PHASE_FAILED;
}

enum ratls_err ratls_conn_policy_input(const struct ratls_conn *c, struct ratls_buffer *json)
{
    const struct rt_outside_peer peer = peer_of(c);

    *json = (struct ratls_buffer){0};
    return waits(c) ? rt_outside_input(&peer, json) : RATLS_E_STATE;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

enum ratls_err ratls_conn_policy_key(const struct ratls_conn *c, struct ratls_policy_key *out)
{
    const struct rt_outside_peer peer = peer_of(c);

    if (!waits(c))
        return RATLS_E_STATE;
    out->expires = ratls_verdict_expires(peer.verdict);
    if (peer.quote)
        out->expires = earlier(out->expires, ratls_verdict_expires(peer.quote));
    return rt_outside_digest(&peer, out->sha256);
}

enum ratls_err ratls_conn_supply_policy(struct ratls_conn *c, enum ratls_err e, const char *detail)
{
    if (!waits(c))
        return RATLS_E_STATE;
    if (rt_outside_code(e) != e)
        return RATLS_E_USAGE;
    c->asked = e ? RT_ASKED_REFUSED : RT_ASKED_ALLOWED;
    if (!e)
        return RATLS_OK;
    (void)ratls_fail(&c->error, e, "%s", detail && *detail ? detail : ratls_err_text(e));
    return c->phase == RT_PHASE_OPEN ? rt_conn_refuse_open(c, e) : RATLS_OK;
}
