/* Connections of one new peer that come at once: one of them pays for its evidence. The verifiers
 * are entered through __wrap_rt_verifier_run() here. */
#include "conn_support.h"
#include "registry.h"

TestSuite(conn_once, .timeout = 60);

enum { MANY = 6 };

static unsigned calls;

enum ratls_err __real_rt_verifier_run(const struct ratls_verifier *v,
                                      const struct ratls_verify_input *input,
                                      struct ratls_claims *claims, struct ratls_error *err);
enum ratls_err __wrap_rt_verifier_run(const struct ratls_verifier *v,
                                      const struct ratls_verify_input *input,
                                      struct ratls_claims *claims, struct ratls_error *err);

enum ratls_err __wrap_rt_verifier_run(const struct ratls_verifier *v,
                                      const struct ratls_verify_input *input,
                                      struct ratls_claims *claims, struct ratls_error *err)
{
    calls++;
    return __real_rt_verifier_run(v, input, claims, err);
}

static struct rig sides, pairs[MANY];
static enum ratls_err ends[MANY][2];

static void open_all(const struct side_plan *server)
{
    rig_make_sides(&sides, &(struct side_plan){0}, server);
    for (size_t i = 0; i < MANY; i++) {
        pairs[i].client.ctx = sides.client.ctx;
        pairs[i].server.ctx = sides.server.ctx;
        rig_connect(&pairs[i]);
    }
    calls = 0;
}

/* One call on each end of each pair in turn, as a loop of events would; none is ahead of another.
 */
static void drive_all(void)
{
    for (int round = 0; round < 12; round++)
        for (size_t i = 0; i < MANY; i++) {
            ends[i][0] = ratls_conn_handshake(pairs[i].client.conn);
            ends[i][1] = ratls_conn_handshake(pairs[i].server.conn);
        }
}

static void close_all(void)
{
    for (size_t i = 0; i < MANY; i++) {
        ratls_conn_free(pairs[i].client.conn);
        ratls_conn_free(pairs[i].server.conn);
        free(pairs[i].client.wire.p);
        free(pairs[i].server.wire.p);
    }
    rig_free(&sides);
}

Test(conn_once, evidence_of_a_new_peer_is_verified_once)
{
    open_all(&(struct side_plan){0});
    drive_all();
    for (size_t i = 0; i < MANY; i++)
        for (int k = 0; k < 2; k++)
            cr_expect_eq(ends[i][k], RATLS_OK, "%zu: %s", i, ratls_err_reason(ends[i][k]));
    cr_expect_eq(calls, 2, "one by each side: %u", calls);
    close_all();
}

Test(conn_once, so_is_that_of_one_who_is_refused)
{
    open_all(&(struct side_plan){.policy = POLICY_OF(MRTD_SERVER, "session")});
    drive_all();
    for (size_t i = 0; i < MANY; i++) {
        const struct ratls_error *why = ratls_conn_error(pairs[i].server.conn);
        cr_expect_eq(ends[i][1], RATLS_E_MEASUREMENT, "%zu: %s", i, ratls_err_reason(ends[i][1]));
        cr_expect_str_eq(why->detail, ratls_conn_error(pairs[0].server.conn)->detail);
        cr_expect_neq(ends[i][0], RATLS_OK);
    }
    cr_expect_eq(calls, 2, "one by each side: %u", calls);
    close_all();
}
