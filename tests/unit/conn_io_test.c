/* Calls of the transport: how few there are, and what happens when it takes or gives only a part.
 */
#include <wolfssl/options.h>

#include <wolfssl/ssl.h>

#include "conn.h"
#include "conn_support.h"
#include "tls.h"
#include "tls_impl.h"

enum { LARGE = RT_TLS_WRITE_MOST, RECORD = 16384 };

/* An end of the rig whose calls are counted; `room`: bytes that it still takes. */
struct counted {
    struct end *end;
    unsigned reads, writes;
    size_t room;
    long failure; /* of the next write; 0: none */
};

static struct rig rig;
static struct counted ends[2];
static const struct side_plan usual = {0};
static uint8_t text[LARGE], heard[LARGE];

static long counted_read(void *arg, uint8_t *buf, size_t len)
{
    struct counted *c = (struct counted *)arg;

    c->reads++;
    return end_read(c->end, buf, len);
}

static long counted_write(void *arg, const uint8_t *buf, size_t len)
{
    struct counted *c = (struct counted *)arg;
    const size_t n = len < c->room ? len : c->room;

    c->writes++;
    if (c->failure)
        return c->failure;
    if (n == 0)
        return RATLS_IO_AGAIN;
    c->room -= n;
    return end_write(c->end, buf, n);
}

static void connect_counted(struct side *s, enum ratls_role role, struct counted *c)
{
    const struct ratls_io io = {.read = counted_read, .write = counted_write, .arg = c};
    struct ratls_error err = {0};

    *c = (struct counted){.end = &s->end, .room = SIZE_MAX};
    ratls_conn_free(s->conn);
    cr_assert_eq(ratls_conn_new(s->ctx, role, io, &s->conn, &err), RATLS_OK, "%s", err.detail);
}

static void forget_calls(void)
{
    for (int i = 0; i < 2; i++)
        ends[i].reads = ends[i].writes = 0;
}

static void setup(void)
{
    rig_make(&rig, &usual, &usual);
    connect_counted(&rig.client, RATLS_CLIENT, &ends[0]);
    connect_counted(&rig.server, RATLS_SERVER, &ends[1]);
    for (size_t i = 0; i < LARGE; i++)
        text[i] = (uint8_t)(i * 31 + i / 251);
}

static void teardown(void)
{
    rig_free(&rig);
}

TestSuite(conn_io, .init = setup, .fini = teardown, .timeout = 60);

static void open_up(void)
{
    rig_expect(&rig, RATLS_OK, RATLS_OK);
    forget_calls();
}

static void hear(struct side *s, size_t len)
{
    size_t all = 0, n = 0;

    for (; all < len; all += n)
        cr_assert_eq(ratls_conn_read(s->conn, &heard[all], len - all, &n), RATLS_OK);
    cr_expect_arr_eq(heard, text, len);
}

Test(conn_io, a_flight_of_the_handshake_is_one_call)
{
    cr_assert_eq(ratls_conn_handshake(rig.client.conn), RATLS_E_WANT_READ);
    cr_expect_eq(ends[0].writes, 1);
    cr_assert_eq(ratls_conn_handshake(rig.server.conn), RATLS_E_WANT_READ);
    cr_expect_eq(ends[1].writes, 1, "%u", ends[1].writes);
    rig_expect(&rig, RATLS_OK, RATLS_OK);
}

Test(conn_io, a_flight_that_does_not_fit_is_waited_for)
{
    enum ratls_err e = RATLS_OK;

    ends[1].room = 0;
    cr_assert_eq(ratls_conn_handshake(rig.client.conn), RATLS_E_WANT_READ);
    for (int i = 0; i < 40; i++, ends[1].room = 64) {
        e = ratls_conn_handshake(rig.server.conn);
        cr_assert(e == RATLS_E_WANT_WRITE || e == RATLS_E_WANT_READ);
        cr_assert_eq(ratls_conn_handshake(rig.client.conn), RATLS_E_WANT_READ);
    }
    ends[1].room = SIZE_MAX;
    rig_expect(&rig, RATLS_OK, RATLS_OK);
}

Test(conn_io, records_of_one_write_leave_together_and_are_read_together)
{
    size_t n = 0;

    open_up();
    cr_assert_eq(ratls_conn_write(rig.client.conn, text, LARGE, &n), RATLS_OK);
    cr_expect_eq(n, LARGE);
    cr_expect_eq(ends[0].writes, 1);
    hear(&rig.server, LARGE); /* how much to ask for is found out on the way */
    forget_calls();
    cr_assert_eq(ratls_conn_write(rig.client.conn, text, LARGE, &n), RATLS_OK);
    hear(&rig.server, LARGE);
    cr_expect_leq(ends[1].reads, 2, "%u", ends[1].reads);
}

Test(conn_io, a_small_record_is_read_by_one_call)
{
    size_t n = 0;

    open_up();
    cr_assert_eq(ratls_conn_write(rig.client.conn, text, 64, &n), RATLS_OK);
    hear(&rig.server, 64);
    cr_expect_eq(ends[1].reads, 1);
    cr_expect_eq(ratls_conn_read(rig.server.conn, heard, 1, &n), RATLS_E_WANT_READ);
    cr_expect_eq(ends[1].reads, 2);
}

Test(conn_io, what_was_read_ahead_is_pending)
{
    size_t n = 0;

    open_up();
    cr_expect_eq(ratls_conn_pending(rig.server.conn), 0);
    for (int i = 0; i < 3; i++)
        cr_assert_eq(ratls_conn_write(rig.client.conn, text, 64, &n), RATLS_OK);
    rig.server.end.chunk = 3 * 64 + 2 * (5 + 17) + 10; /* two records, and a piece of the third */
    hear(&rig.server, 64);
    cr_expect_neq(ratls_conn_pending(rig.server.conn), 0);
    hear(&rig.server, 64);
    cr_expect_eq(ratls_conn_pending(rig.server.conn), 0);
    hear(&rig.server, 64);
    cr_expect_eq(ratls_conn_pending(rig.server.conn), 0);
}

/* The other direction must not wait for it: two ends that both owe would wait for each other. */
Test(conn_io, a_write_that_is_owed_holds_no_read_up)
{
    size_t n = 0;

    open_up();
    ends[0].room = RECORD + 100;
    cr_assert_eq(ratls_conn_write(rig.client.conn, text, LARGE, &n), RATLS_E_WANT_WRITE);
    cr_expect_eq(n, 0);
    cr_assert_eq(ratls_conn_write(rig.client.conn, text, LARGE, &n), RATLS_E_WANT_WRITE);
    cr_assert_eq(ratls_conn_write(rig.server.conn, text, LARGE, &n), RATLS_OK);
    hear(&rig.client, LARGE);
    ends[0].room = SIZE_MAX;
    cr_assert_eq(ratls_conn_write(rig.client.conn, text, LARGE, &n), RATLS_OK);
    cr_expect_eq(n, LARGE);
    hear(&rig.server, LARGE);
}

Test(conn_io, a_write_is_owed_until_its_last_byte_is_taken)
{
    unsigned waited = 0;
    size_t n = 0;

    open_up();
    do {
        ends[0].room = 9000;
        waited++;
    } while (ratls_conn_write(rig.client.conn, text, LARGE, &n) == RATLS_E_WANT_WRITE);
    cr_expect_eq(n, LARGE);
    cr_expect_eq(waited, LARGE / 9000 + 1);
    hear(&rig.server, LARGE);
}

/* T60: the answer to a KeyUpdate goes behind what is owed, for that has the old key. */
Test(conn_io, an_answer_waits_behind_what_is_owed)
{
    size_t n = 0;

    open_up();
    ends[1].room = RECORD;
    cr_assert_eq(ratls_conn_write(rig.server.conn, text, LARGE, &n), RATLS_E_WANT_WRITE);
    cr_assert_eq(wolfSSL_update_keys(rt_tls_wolfssl(rig.client.conn->tls)), WOLFSSL_SUCCESS);
    cr_assert_eq(ratls_conn_write(rig.client.conn, text, 64, &n), RATLS_OK);
    hear(&rig.server, 64);
    ends[1].room = SIZE_MAX;
    cr_assert_eq(ratls_conn_write(rig.server.conn, text, LARGE, &n), RATLS_OK);
    hear(&rig.client, LARGE);
    rig_pass(&rig.server, &rig.client, "with the new key");
    rig_pass(&rig.client, &rig.server, "likewise");
}

Test(conn_io, an_end_of_the_transport_fails_what_is_owed)
{
    static const struct {
        long how;
        enum ratls_err due;
    } rows[] = {{RATLS_IO_RESET, RATLS_E_RESET}, {RATLS_IO_LOST, RATLS_E_TIMEOUT}};
    size_t n = 0;

    for (size_t i = 0; i < 2; i++) {
        connect_counted(&rig.client, RATLS_CLIENT, &ends[0]);
        connect_counted(&rig.server, RATLS_SERVER, &ends[1]);
        rig.client.wire.len = rig.server.wire.len = 0;
        open_up();
        ends[0].room = RECORD;
        cr_assert_eq(ratls_conn_write(rig.client.conn, text, LARGE, &n), RATLS_E_WANT_WRITE);
        ends[0].failure = rows[i].how;
        cr_expect_eq(ratls_conn_write(rig.client.conn, text, LARGE, &n), rows[i].due);
        cr_expect_eq(n, 0);
    }
}

Test(conn_io, close_notify_waits_behind_what_is_owed)
{
    size_t n = 0;

    open_up();
    ends[0].room = RECORD;
    cr_assert_eq(ratls_conn_write(rig.client.conn, text, LARGE, &n), RATLS_E_WANT_WRITE);
    ends[0].room = 100;
    cr_expect_eq(ratls_conn_close_write(rig.client.conn), RATLS_E_WANT_WRITE);
    ends[0].room = SIZE_MAX;
    cr_expect_eq(ratls_conn_close_write(rig.client.conn), RATLS_OK);
    hear(&rig.server, LARGE);
    cr_expect_eq(ratls_conn_read(rig.server.conn, heard, 1, &n), RATLS_E_CLOSED);
}
