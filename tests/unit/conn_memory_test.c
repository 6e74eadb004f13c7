/* T77: the n-th allocation fails, for each n, in the library and in wolfSSL and cJSON below it. No
 * crash, no leak, and never an allow that would not have been one. Under a sanitizer, which owns
 * malloc, these tests are left out. */
#include "conn_support.h"

#include "alloc_support.h"
#include "pki_support.h"

#ifdef WITHOUT_ALLOC

Test(conn_memory, is_tested_without_sanitizers_only)
{
    cr_skip_test();
}

#else

static struct rig rig;
static const struct side_plan usual = {0};

static void teardown(void)
{
    rig_free(&rig);
}

TestSuite(conn_memory, .fini = teardown, .timeout = 300);

/* ---- a whole handshake ---- */

static uint8_t wires[2][1 << 17];

/* Room that needs no allocation. */
static long fixed_write(void *arg, const uint8_t *buf, size_t len)
{
    struct end *e = (struct end *)arg;

    if (len > sizeof wires[0] - e->out->len)
        return RATLS_IO_ERROR;
    memcpy(e->out->p + e->out->len, buf, len);
    e->out->len += len;
    return (long)len;
}

static void expect_honest(const struct side *s, enum ratls_err e)
{
    armed = false;
    if (e == RATLS_OK) {
        cr_expect(ratls_verdict_allowed(ratls_conn_verdict(s->conn)));
        cr_expect_eq(ratls_conn_level(s->conn), RATLS_LEVEL_SESSION);
    } else if (s->conn && !ratls_err_is_want(e)) {
        cr_expect_not(ratls_verdict_allowed(ratls_conn_verdict(s->conn)), "%s",
                      ratls_err_reason(e));
    }
}

/* A policy outside, where it is left to us, allows. */
static void answer(const struct side *s, enum ratls_err e)
{
    struct ratls_buffer input = {0};

    if (e == RATLS_E_WANT_POLICY && ratls_conn_policy_input(s->conn, &input) == RATLS_OK)
        cr_expect_eq(ratls_conn_supply_policy(s->conn, RATLS_OK, NULL), RATLS_OK);
    ratls_buffer_free(&input);
}

static bool handshake(void)
{
    enum ratls_err c = RATLS_E_NO_MEMORY, s = RATLS_E_NO_MEMORY;
    struct wire a = {.p = wires[0]}, b = {.p = wires[1]};
    struct end client = {.in = &b, .out = &a}, server = {.in = &a, .out = &b};
    const struct ratls_io ios[] = {{.read = end_read, .write = fixed_write, .arg = &client},
                                   {.read = end_read, .write = fixed_write, .arg = &server}};
    struct ratls_error err = {0};

    armed = true;
    if (ratls_conn_new(rig.client.ctx, RATLS_CLIENT, ios[0], &rig.client.conn, &err) == RATLS_OK &&
        ratls_conn_new(rig.server.ctx, RATLS_SERVER, ios[1], &rig.server.conn, &err) == RATLS_OK)
        for (int i = 0; i < 12; i++) {
            c = ratls_conn_handshake(rig.client.conn);
            s = ratls_conn_handshake(rig.server.conn);
            answer(&rig.client, c);
            answer(&rig.server, s);
        }
    armed = false;
    expect_honest(&rig.client, c);
    expect_honest(&rig.server, s);
    ratls_conn_free(rig.client.conn);
    ratls_conn_free(rig.server.conn);
    rig.client.conn = rig.server.conn = NULL;
    return c == RATLS_OK && s == RATLS_OK;
}

Test(conn_memory, handshake_survives_one_failure_at_each_allocation)
{
    rig_make_sides(&rig, &usual, &usual);
    fail_each(handshake, ONCE);
}

Test(conn_memory, handshake_leaves_nothing_behind_when_an_allocation_fails)
{
    rig_make_sides(&rig, &usual, &usual);
    fail_each(handshake, OURS_ONCE);
}

Test(conn_memory, handshake_survives_the_end_of_all_memory)
{
    rig_make_sides(&rig, &usual, &usual);
    fail_each(handshake, FOR_EVER);
}

/* ---- certificates alone ---- */

static bool identified(void)
{
    enum ratls_err c = RATLS_E_NO_MEMORY, s = RATLS_E_NO_MEMORY;
    struct wire a = {.p = wires[0]}, b = {.p = wires[1]};
    struct end client = {.in = &b, .out = &a}, server = {.in = &a, .out = &b};
    const struct ratls_io ios[] = {{.read = end_read, .write = fixed_write, .arg = &client},
                                   {.read = end_read, .write = fixed_write, .arg = &server}};
    struct ratls_error err = {0};

    armed = true;
    if (ratls_conn_new(rig.client.ctx, RATLS_CLIENT, ios[0], &rig.client.conn, &err) == RATLS_OK &&
        ratls_conn_new(rig.server.ctx, RATLS_SERVER, ios[1], &rig.server.conn, &err) == RATLS_OK)
        for (int i = 0; i < 6; i++) {
            c = ratls_conn_handshake(rig.client.conn);
            s = ratls_conn_handshake(rig.server.conn);
        }
    armed = false;
    if (c == RATLS_OK)
        cr_expect_not_null(ratls_conn_identified(rig.client.conn));
    if (s == RATLS_OK)
        cr_expect_not_null(ratls_conn_identified(rig.server.conn));
    ratls_conn_free(rig.client.conn);
    ratls_conn_free(rig.server.conn);
    rig.client.conn = rig.server.conn = NULL;
    return c == RATLS_OK && s == RATLS_OK;
}

Test(conn_memory, identification_leaves_nothing_behind_and_knows_nobody_by_accident)
{
    static const char *const names[] = {"peer.example", NULL};
    struct leaf leaves[2];
    struct side_plan plans[2];
    struct ca ca;

    ca_make(&ca, "CA");
    struct ratls_buffer crl = ca_revoke(&ca, ratls_bytes_str("\x42"), 3600);
    for (int i = 0; i < 2; i++) {
        leaf_make(&leaves[i], &ca, (struct rt_mint){.san = names});
        plans[i] = (struct side_plan){.mode = RATLS_NONE,
                                      .cert = rt_bytes_of(&leaves[i].der),
                                      .key = rt_bytes_of(&leaves[i].key_der),
                                      .peer_ca = rt_bytes_of(&ca.der),
                                      .peer_crl = rt_bytes_of(&crl),
                                      .peer_name = names[0],
                                      .peer_email = "ops@peer.example"};
    }
    rig_make_sides(&rig, &plans[0], &plans[1]);
    fail_each(identified, FOR_EVER); /* first: the cache of curve points is full after it */
    fail_each(identified, OURS_ONCE);
    for (int i = 0; i < 2; i++)
        leaf_free(&leaves[i]);
    ca_free(&ca);
    ratls_buffer_free(&crl);
}

/* ---- with policies outside ---- */

static enum ratls_err decide(void *arg, struct ratls_bytes input, struct ratls_error *err)
{
    (void)arg;
    (void)err;
    return input.len > 100 ? RATLS_OK : RATLS_E_OPA_DENIED;
}

Test(conn_memory, question_at_once_survives_failures_and_leaves_nothing_behind)
{
    const struct side_plan asks = {.decide = decide};

    rig_make_sides(&rig, &asks, &asks);
    fail_each(handshake, OURS_ONCE);
    fail_each(handshake, FOR_EVER);
}

Test(conn_memory, deferred_question_survives_failures_and_leaves_nothing_behind)
{
    const struct side_plan asks = {.defer = true};

    rig_make_sides(&rig, &asks, &asks);
    fail_each(handshake, OURS_ONCE);
    fail_each(handshake, FOR_EVER);
}

static enum ratls_err deny(void *arg, struct ratls_bytes input, struct ratls_error *err)
{
    (void)arg;
    (void)input;
    (void)err;
    return RATLS_E_OPA_DENIED;
}

static bool never(void)
{
    cr_expect_not(handshake());
    return true;
}

/* What is denied with memory is not allowed without. */
Test(conn_memory, denial_of_the_outside_is_never_an_allow)
{
    const struct side_plan asks = {.decide = deny};

    rig_make_sides(&rig, &usual, &asks);
    fail_each(never, OURS_ONCE);
    fail_each(never, FOR_EVER);
}

/* ---- appraisal ---- */

static struct ratls_buffer quote;

static bool appraise(void)
{
    const struct ratls_appraisal what = {
        .subject = ratls_bytes(quote.p, quote.len),
        .now = ratls_env_system()->now(NULL),
    };
    struct ratls_verdict *v = NULL;

    armed = true;
    enum ratls_err e = ratls_appraise(rig.server.trust, &what, &v);
    armed = false;
    cr_expect_eq(e == RATLS_OK, ratls_verdict_allowed(v));
    cr_expect(v || e == RATLS_E_NO_MEMORY);
    /* A wrong answer would be an allow of something else, or a claim that got lost. */
    if (e == RATLS_OK)
        cr_expect_str_eq(ratls_verdict_measurement(v), MRTD_CLIENT);
    ratls_verdict_unref(v);
    return e == RATLS_OK;
}

static void make_quote(void)
{
    static const uint8_t report_data[RATLS_REPORT_DATA_LEN] = {1, 2, 3};

    rig_make_sides(&rig, &usual, &usual);
    cr_assert_eq(ratls_attester_evidence(rig.client.attester, report_data, &quote, NULL), RATLS_OK);
}

Test(conn_memory, appraisal_survives_one_failure_at_each_allocation)
{
    make_quote();
    fail_each(appraise, ONCE);
    ratls_buffer_free(&quote);
}

Test(conn_memory, appraisal_leaves_nothing_behind_when_an_allocation_fails)
{
    make_quote();
    fail_each(appraise, OURS_ONCE);
    ratls_buffer_free(&quote);
}

Test(conn_memory, appraisal_survives_the_end_of_all_memory)
{
    make_quote();
    fail_each(appraise, FOR_EVER);
    ratls_buffer_free(&quote);
}

static bool denied(void)
{
    const struct ratls_appraisal what = {.subject = ratls_bytes(quote.p, quote.len),
                                         .now = ratls_env_system()->now(NULL)};
    struct ratls_verdict *v = NULL;

    armed = true;
    enum ratls_err e = ratls_appraise(rig.client.trust, &what, &v);
    armed = false;
    cr_expect_neq(e, RATLS_OK);
    cr_expect_not(ratls_verdict_allowed(v));
    ratls_verdict_unref(v);
    return e == RATLS_E_EVIDENCE_ROOT;
}

/* What is denied with memory is not allowed without. */
Test(conn_memory, appraisal_of_a_stranger_is_never_an_allow)
{
    make_quote(); /* the client's: its own trust knows the server only */
    fail_each(denied, ONCE);
    fail_each(denied, FOR_EVER);
    ratls_buffer_free(&quote);
}

/* ---- policy ---- */

static bool parse_policy(void)
{
    struct ratls_trust *t = NULL;
    struct ratls_error err = {0};
    enum ratls_err e;

    armed = true;
    e = ratls_trust_new(ratls_env_system(), &t);
    if (!e)
        e = ratls_trust_set_policy(t, ratls_bytes_str(POLICY_OF(MRTD_CLIENT, "session")), &err);
    armed = false;
    cr_expect(e == RATLS_OK || e == RATLS_E_NO_MEMORY || e == RATLS_E_POLICY_FORMAT, "%s",
              ratls_err_reason(e));
    ratls_trust_unref(t);
    return e == RATLS_OK;
}

Test(conn_memory, policy_survives_one_failure_at_each_allocation)
{
    fail_each(parse_policy, ONCE);
}

Test(conn_memory, policy_leaves_nothing_behind_when_an_allocation_fails)
{
    fail_each(parse_policy, OURS_ONCE);
}

Test(conn_memory, policy_survives_the_end_of_all_memory)
{
    fail_each(parse_policy, FOR_EVER);
}

/* ---- identity ---- */

static bool make_identity(void)
{
    const struct ratls_identity_params params = {0};
    struct ratls_identity *id = NULL;
    struct ratls_error err = {0};

    armed = true;
    enum ratls_err e = ratls_identity_prepare(ratls_env_system(), &params, &id, &err);
    if (!e)
        e = ratls_identity_complete(id, ratls_bytes_str("evidence"), &err);
    armed = false;
    if (e == RATLS_OK)
        cr_expect(ratls_identity_names_ak(id) && ratls_identity_has_ak(id));
    ratls_identity_unref(id);
    return e == RATLS_OK;
}

Test(conn_memory, identity_survives_one_failure_at_each_allocation)
{
    fail_each(make_identity, ONCE);
    fail_each(make_identity, OURS_ONCE);
}

/* ---- context ---- */

static bool make_context(void)
{
    struct ratls_config *c = NULL;
    struct ratls_ctx *ctx = NULL;
    struct ratls_error err = {0};

    armed = true;
    enum ratls_err e = ratls_config_new(&rig.client.env, &c);
    if (!e) {
        ratls_config_set_trust(c, rig.client.trust);
        e = ratls_ctx_new(c, &ctx, &err);
    }
    if (!e)
        e = ratls_ctx_set_identity(ctx, rig.client.identity, &err);
    armed = false;
    cr_expect(e == RATLS_OK || ctx == NULL || e != RATLS_E_INTERNAL);
    ratls_ctx_unref(ctx);
    ratls_config_free(c);
    return e == RATLS_OK;
}

/* wolfSSL 5.5.4 itself crashes in wolfSSL_CTX_use_PrivateKey_buffer() without memory. */
Test(conn_memory, context_survives_one_failure_at_each_own_allocation)
{
    rig_make_sides(&rig, &usual, &usual);
    fail_each(make_context, OURS_ONCE);
}

#endif
