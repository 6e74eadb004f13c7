/* The two calls for programs that have their own WOLFSSL (ratls/wolfssl.h). */
#include <poll.h>

#include "conn.h"
#include "ratls/wolfssl.h"

enum ratls_err ratls_attach(struct ratls_ctx *ctx, enum ratls_role role,
                            struct WOLFSSL_CTX *wolfssl_ctx, struct ratls_error *err)
{
    struct rt_snapshot *s = NULL;
    struct rt_tls_params params;
    enum ratls_err e;

    if (role != RATLS_CLIENT && role != RATLS_SERVER)
        return ratls_fail(err, RATLS_E_USAGE, "unknown role");
    if ((e = rt_ctx_snapshot(ctx, role, &s, err)) != RATLS_OK)
        return e;
    rt_ctx_tls_params(ctx, role, s, &params);
    e = rt_tls_ctx_configure(wolfssl_ctx, &params, err);
    rt_snapshot_unref(s);
    return e;
}

/* A descriptor that does not block is waited for here; one that does never asks. */
static enum ratls_err wait_for(const struct ratls_conn *c, enum ratls_err want)
{
    int64_t left = c->deadline_ms - c->ctx->env->monotonic_ms(c->ctx->env->arg);
    struct pollfd p = {.fd = rt_tls_fd(c->tls),
                       .events = want == RATLS_E_WANT_WRITE ? POLLOUT : POLLIN};

    if (want == RATLS_E_WANT_PROOF || p.fd < 0)
        return want;
    (void)poll(&p, 1, left > 0 ? (int)left : 0);
    return RATLS_OK; /* the connection looks at the clock itself */
}

/* The trust leaves the question to whoever drives the connection, and that is nobody here. */
static enum ratls_err refuse_deferred(struct ratls_conn *c)
{
    return ratls_conn_supply_policy(c, RATLS_E_OPA_FAILED,
                                    "the outside policy is asked by nobody here");
}

enum ratls_err ratls_judge(struct ratls_ctx *ctx, enum ratls_role role, struct WOLFSSL *ssl,
                           struct ratls_verdict **verdict, struct ratls_error *err)
{
    struct ratls_conn *c = NULL;
    enum ratls_err e = ratls_conn_adopt(ctx, role, ssl, &c, err), waited = RATLS_OK;

    if (verdict)
        *verdict = NULL;
    if (e)
        return e;
    while (ratls_err_is_want(e = ratls_conn_handshake(c)) && !waited)
        waited = e == RATLS_E_WANT_POLICY ? refuse_deferred(c) : wait_for(c, e);
    if (e && !ratls_err_is_want(e))
        e = ratls_fail(err, e, "%s", c->error.detail);
    if (verdict && c->verdict)
        *verdict = ratls_verdict_ref(c->verdict);
    ratls_conn_free(c);
    return e;
}
