/* What connections leave behind: after many of them no more is allocated than after few. As many as
 * RATLS_CONNECTIONS says; the usual number keeps the run short. */
#include <malloc.h>

#include "conn_support.h"

enum { USUAL = 1200, WARM = 300, SLACK = 64 * 1024 };

/* There under AddressSanitizer, which has an allocator of its own. */
size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

static struct rig good, bad;
static const struct side_plan usual = {0};

static size_t allocated(void)
{
    return __sanitizer_get_current_allocated_bytes ? __sanitizer_get_current_allocated_bytes()
                                                   : mallinfo2().uordblks;
}

static void teardown(void)
{
    rig_free(&good);
    rig_free(&bad);
}

TestSuite(conn_leak, .fini = teardown, .timeout = 3600);

static void open_and_use(void)
{
    rig_connect(&good);
    rig_expect(&good, RATLS_OK, RATLS_OK);
    rig_pass(&good.client, &good.server, "ping");
    rig_pass(&good.server, &good.client, "pong");
}

static void be_refused(void)
{
    rig_connect(&bad);
    rig_expect(&bad, RATLS_E_PEER_DENIED, RATLS_E_MEASUREMENT);
}

/* Both ends are given up after a few flights, or before the first. */
static void be_cut_off(int flights)
{
    rig_connect(&good);
    for (int i = 0; i < flights; i++) {
        const enum ratls_err c = ratls_conn_handshake(good.client.conn);
        const enum ratls_err e = ratls_conn_handshake(good.server.conn);
        cr_assert(!c || c == RATLS_E_WANT_READ);
        cr_assert(!e || e == RATLS_E_WANT_READ);
    }
}

static void run(long n)
{
    for (long i = 0; i < n; i++)
        switch (i % 6) {
        case 4:
            be_refused();
            break;
        case 5:
            be_cut_off((int)(i / 6 % 4));
            break;
        default:
            open_and_use();
            break;
        }
    rig_connect(&good);
    rig_connect(&bad);
}

Test(conn_leak, nothing_stays_of_a_connection)
{
    const struct side_plan strict = {.policy = POLICY_OF(MRTD_SERVER, "session")};
    const char *wanted = getenv("RATLS_CONNECTIONS");
    const long n = wanted ? strtol(wanted, NULL, 10) : USUAL;

    cr_assert_geq(n, USUAL);
    rig_make(&good, &usual, &usual);
    rig_make(&bad, &usual, &strict);
    run(WARM);
    const size_t before = allocated();
    run(n - WARM);
    const size_t after = allocated();
    cr_expect_leq(after, before + SLACK, "%ld connections: %zu bytes, then %zu", n, before, after);
}
