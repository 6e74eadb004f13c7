/* conn_support.h - two simulated TEEs with contexts and connections over a wire in memory. */
#ifndef CONN_SUPPORT_H
#define CONN_SUPPORT_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "base.h"
#include "ctx_impl.h"
#include "ratls/ratls.h"

/* ---- a wire: what one end wrote and the other has not read ---- */

struct wire {
    uint8_t *p;
    size_t len;
    bool closed; /* the writer is gone */
    long how;    /* what a read says then; 0: RATLS_IO_EOF */
};

struct end {
    struct wire *in, *out;
    size_t chunk;       /* bytes moved at most by one call; 0: all */
    size_t moved;       /* bytes read and written */
    bool full;          /* takes no bytes for now */
    bool stutter, turn; /* takes bytes at every second call only */
};

static inline long end_read(void *arg, uint8_t *buf, size_t len)
{
    struct end *e = (struct end *)arg;
    size_t n = e->in->len < len ? e->in->len : len;

    if (e->chunk && n > e->chunk)
        n = e->chunk;
    if (n == 0)
        return e->in->closed ? e->in->how : RATLS_IO_AGAIN;
    memcpy(buf, e->in->p, n);
    memmove(e->in->p, e->in->p + n, e->in->len - n);
    e->in->len -= n;
    e->moved += n;
    return (long)n;
}

static inline long end_write(void *arg, const uint8_t *buf, size_t len)
{
    struct end *e = (struct end *)arg;
    size_t n = e->chunk && len > e->chunk ? e->chunk : len;

    e->turn = !e->turn;
    if (e->full || (e->stutter && e->turn))
        return RATLS_IO_AGAIN;
    e->out->p = realloc(e->out->p, e->out->len + n);
    cr_assert(e->out->p);
    memcpy(e->out->p + e->out->len, buf, n);
    e->out->len += n;
    e->moved += n;
    return (long)n;
}

static inline struct ratls_io end_io(struct end *e)
{
    return (struct ratls_io){.read = end_read, .write = end_write, .arg = e};
}

/* ---- an environment whose clocks the test turns ---- */

struct clocks {
    int64_t wall_offset, monotonic_ms;
};

static inline int64_t clock_now(void *arg)
{
    const struct ratls_env *sys = ratls_env_system();

    return sys->now(sys->arg) + ((struct clocks *)arg)->wall_offset;
}

static inline int64_t clock_monotonic(void *arg)
{
    return ((struct clocks *)arg)->monotonic_ms;
}

static inline int clock_random(void *arg, uint8_t *out, size_t len)
{
    const struct ratls_env *sys = ratls_env_system();

    (void)arg;
    return sys->random(sys->arg, out, len);
}

/* What peers of the context are judged by now; a reference. */
static inline struct ratls_trust *trust_now(struct ratls_ctx *ctx)
{
    struct rt_standard s = rt_ctx_standard(ctx);

    rt_conditions_unref(s.conditions);
    return s.trust;
}

/* ---- one side ---- */

struct side {
    struct clocks clocks;
    struct ratls_env env;
    struct ratls_attester *attester;
    struct ratls_trust *trust;
    struct ratls_identity *identity;
    struct ratls_ctx *ctx;
    struct ratls_conn *conn;
    struct end end;
    struct wire wire; /* what this side wrote */
};

/* How a side is made; zeroes give the usual one: mutual, session level. */
struct side_plan {
    const char *attester;         /* NULL: "sim-tdx" */
    const char *attester_options; /* NULL: "mrtd=<own>", for others none */
    const char *policy;           /* NULL: the measurement of `own` of the other side */
    bool without_ak, without_identity, for_passport;
    bool trust_own; /* also its own simulator */
    enum ratls_mode mode;
    enum ratls_level level, proof; /* 0: session */
    const char *const *san;
    struct ratls_bytes ca_cert, ca_key; /* signs the own certificate */
    struct ratls_bytes cert, key;       /* an ordinary certificate, where no evidence is shown */
    struct ratls_bytes peer_ca;         /* demanded of the peer's */
    struct ratls_bytes peer_crl;
    const char *peer_name, *peer_email;
    const uint8_t *peer_pin; /* 32 bytes */
    ratls_decide_fn *decide; /* asked after the policy */
    bool defer;              /* by whoever drives the connection */
};

struct rig {
    struct side client, server;
};

#define MRTD_CLIENT                                                                                \
    "c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1"                                             \
    "c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1"
#define MRTD_SERVER                                                                                \
    "5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e"                                             \
    "5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e"
#define POLICY_OF(mrtd, binding)                                                                   \
    "{\"tees\":{\"tdx\":{\"measurements\":[\"" mrtd "\"],\"tcb_status\":[\"not_evaluated\"],"      \
    "\"insecure_simulated\":true}},\"binding\":\"" binding "\"}"

static inline void side_make_identity(struct side *s, const struct side_plan *plan)
{
    const struct ratls_identity_params params = {
        .without_ak = plan->without_ak,
        .san = plan->san,
        .ca_cert = plan->ca_cert,
        .ca_key = plan->ca_key,
        .media_type = ratls_attester_media_type(s->attester),
        .keep_for_passport = plan->for_passport,
    };
    struct ratls_error err = {0};

    cr_assert_eq(ratls_identity_new(&s->env, &params, s->attester, &s->identity, &err), RATLS_OK,
                 "%s", err.detail);
}

static inline void side_open(struct side *s, const struct side_plan *plan, const char *mrtd)
{
    char options[256];
    struct ratls_error err = {0};

    s->env = *ratls_env_system();
    s->env.arg = &s->clocks;
    s->env.now = clock_now;
    s->env.monotonic_ms = clock_monotonic;
    s->env.random = clock_random;
    s->env.log = NULL;
    (void)snprintf(options, sizeof options, "mrtd=%s", mrtd);
    cr_assert_eq(ratls_attester_open(&s->env, plan->attester ? plan->attester : "sim-tdx",
                                     plan->attester_options ? plan->attester_options
                                     : plan->attester       ? NULL
                                                            : options,
                                     &s->attester, &err),
                 RATLS_OK, "%s", err.detail);
    if (!plan->without_identity)
        side_make_identity(s, plan);
}

static inline void side_trust(struct side *s, const struct side_plan *plan,
                              const struct side *other, const char *usual_policy)
{
    struct ratls_error err = {0};

    cr_assert_eq(ratls_trust_new(&s->env, &s->trust), RATLS_OK);
    cr_assert_eq(ratls_trust_set_policy(
                     s->trust, ratls_bytes_str(plan->policy ? plan->policy : usual_policy), &err),
                 RATLS_OK, "%s", err.detail);
    cr_assert_eq(ratls_trust_insecure_add_sim_roots(s->trust,
                                                    ratls_attester_sim_root(other->attester), &err),
                 RATLS_OK, "%s", err.detail);
    if (plan->decide)
        cr_assert_eq(ratls_trust_set_judge(s->trust, plan->decide, NULL), RATLS_OK);
    if (plan->defer)
        cr_assert_eq(ratls_trust_defer_judge(s->trust), RATLS_OK);
    if (plan->trust_own)
        cr_assert_eq(ratls_trust_insecure_add_sim_roots(s->trust,
                                                        ratls_attester_sim_root(s->attester), &err),
                     RATLS_OK, "%s", err.detail);
}

static inline void side_demand(struct ratls_config *c, const struct side_plan *plan)
{
    struct ratls_error err = {0};

    if (plan->peer_ca.len)
        cr_assert_eq(ratls_config_add_identity_ca(c, plan->peer_ca, &err), RATLS_OK, "%s",
                     err.detail);
    if (plan->peer_crl.len)
        cr_assert_eq(ratls_config_add_identity_crl(c, plan->peer_crl, &err), RATLS_OK, "%s",
                     err.detail);
    if (plan->peer_name)
        cr_assert_eq(ratls_config_add_peer_name(c, plan->peer_name), RATLS_OK);
    if (plan->peer_email)
        cr_assert_eq(ratls_config_add_peer_email(c, plan->peer_email), RATLS_OK);
    if (plan->peer_pin)
        cr_assert_eq(ratls_config_add_peer_pin(c, plan->peer_pin), RATLS_OK);
}

/* The identity of its mode: with evidence, or the ordinary one of the plan, if any. */
static inline enum ratls_err side_use_identity(struct side *s, const struct side_plan *plan,
                                               struct ratls_error *err)
{
    if (ratls_mode_shows(plan->mode))
        return s->identity ? ratls_ctx_set_identity(s->ctx, s->identity, err) : RATLS_OK;
    if (plan->cert.len == 0)
        return RATLS_OK;
    ratls_identity_unref(s->identity);
    s->identity = NULL;
    cr_assert_eq(ratls_identity_load(&s->env, plan->cert, plan->key, &s->identity, err), RATLS_OK,
                 "%s", err->detail);
    return ratls_ctx_set_identity(s->ctx, s->identity, err);
}

static inline enum ratls_err side_context(struct side *s, const struct side_plan *plan,
                                          struct ratls_error *err)
{
    struct ratls_config *c;
    enum ratls_err e;

    cr_assert_eq(ratls_config_new(&s->env, &c), RATLS_OK);
    ratls_config_set_mode(c, plan->mode);
    if (plan->mode == RATLS_NONE)
        ratls_config_insecure_no_attestation(c);
    if (ratls_mode_judges(plan->mode))
        ratls_config_set_trust(c, s->trust);
    if (plan->level)
        ratls_config_set_level(c, plan->level);
    if (plan->proof)
        ratls_config_set_proof_level(c, plan->proof);
    side_demand(c, plan);
    e = ratls_ctx_new(c, &s->ctx, err);
    ratls_config_free(c);
    return e ? e : side_use_identity(s, plan, err);
}

/* A new pair of connections over empty wires. */
static inline void rig_connect(struct rig *r)
{
    struct ratls_error err = {0};

    ratls_conn_free(r->client.conn);
    ratls_conn_free(r->server.conn);
    r->client.wire.len = r->server.wire.len = 0;
    r->client.wire.closed = r->server.wire.closed = false;
    r->client.end = (struct end){.in = &r->server.wire, .out = &r->client.wire};
    r->server.end = (struct end){.in = &r->client.wire, .out = &r->server.wire};
    cr_assert_eq(
        ratls_conn_new(r->client.ctx, RATLS_CLIENT, end_io(&r->client.end), &r->client.conn, &err),
        RATLS_OK, "%s", err.detail);
    cr_assert_eq(
        ratls_conn_new(r->server.ctx, RATLS_SERVER, end_io(&r->server.end), &r->server.conn, &err),
        RATLS_OK, "%s", err.detail);
}

/* Both sides up to their contexts. */
static inline void rig_make_sides(struct rig *r, const struct side_plan *client,
                                  const struct side_plan *server)
{
    struct ratls_error err = {0};

    *r = (struct rig){0};
    side_open(&r->client, client, MRTD_CLIENT);
    side_open(&r->server, server, MRTD_SERVER);
    side_trust(&r->client, client, &r->server, POLICY_OF(MRTD_SERVER, "session"));
    side_trust(&r->server, server, &r->client, POLICY_OF(MRTD_CLIENT, "session"));
    cr_assert_eq(side_context(&r->client, client, &err), RATLS_OK, "%s", err.detail);
    cr_assert_eq(side_context(&r->server, server, &err), RATLS_OK, "%s", err.detail);
}

static inline void rig_make(struct rig *r, const struct side_plan *client,
                            const struct side_plan *server)
{
    rig_make_sides(r, client, server);
    rig_connect(r);
}

static inline void side_free(struct side *s)
{
    ratls_conn_free(s->conn);
    ratls_ctx_unref(s->ctx);
    ratls_identity_unref(s->identity);
    ratls_trust_unref(s->trust);
    ratls_attester_close(s->attester);
    free(s->wire.p);
}

static inline void rig_free(struct rig *r)
{
    side_free(&r->client);
    side_free(&r->server);
}

/* One call on each end in turn until no byte moves any more; results in *c, *s. */
static inline void rig_drive(struct rig *r, enum ratls_err *c, enum ratls_err *s)
{
    size_t before;

    do {
        before = r->client.end.moved + r->server.end.moved;
        *c = ratls_conn_handshake(r->client.conn);
        *s = ratls_conn_handshake(r->server.conn);
    } while (r->client.end.moved + r->server.end.moved != before ||
             (r->client.end.stutter && *c == RATLS_E_WANT_WRITE) ||
             (r->server.end.stutter && *s == RATLS_E_WANT_WRITE));
}

/* Client's and server's end as expected. */
static inline void rig_expect(struct rig *r, enum ratls_err client, enum ratls_err server)
{
    enum ratls_err c, s;

    rig_drive(r, &c, &s);
    cr_assert_eq(c, client, "client: %s (%s)", ratls_err_reason(c),
                 ratls_conn_error(r->client.conn)->detail);
    cr_assert_eq(s, server, "server: %s (%s)", ratls_err_reason(s),
                 ratls_conn_error(r->server.conn)->detail);
}

/* `text` written by one end arrives at the other. */
static inline void rig_pass(struct side *from, struct side *to, const char *text)
{
    uint8_t buf[256];
    size_t n = 0;

    cr_assert_eq(ratls_conn_write(from->conn, (const uint8_t *)text, strlen(text), &n), RATLS_OK);
    cr_assert_eq(n, strlen(text));
    cr_assert_eq(ratls_conn_read(to->conn, buf, sizeof buf, &n), RATLS_OK);
    cr_assert(ratls_bytes_equal(ratls_bytes(buf, n), ratls_bytes_str(text)));
}

#endif
