/* The relay, where it must be seen what it had read when: ends of all kinds are in the scenario. */
#include <event2/event.h>

#include "conn_support.h"
#include "relay.h"
#include "tcp_support.h"

static struct rig rig;
static const struct side_plan usual = {0};
static struct event_base *base;
static struct px_relay relay;
static int wire, app; /* the other ends of its sides */

static void nothing(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    (void)arg;
}

static int side_begin(struct px_side *side)
{
    int fd[2];

    tcp_pair(fd);
    side->fd = fd[0];
    side->readable = event_new(base, side->fd, EV_READ | EV_PERSIST | EV_ET, nothing, NULL);
    side->writable = event_new(base, side->fd, EV_WRITE | EV_PERSIST | EV_ET, nothing, NULL);
    return fd[1];
}

static void side_end(struct px_side *side)
{
    event_free(side->readable);
    event_free(side->writable);
    (void)close(side->fd);
}

static void setup(void)
{
    rig_make(&rig, &usual, &usual);
    rig_expect(&rig, RATLS_OK, RATLS_OK);
    base = event_base_new();
    relay = (struct px_relay){.conn = rig.server.conn};
    wire = side_begin(&relay.tls);
    app = side_begin(&relay.plain);
    cr_assert(px_relay_start(&relay));
}

static void teardown(void)
{
    px_relay_stop(&relay);
    side_end(&relay.tls);
    side_end(&relay.plain);
    event_base_free(base);
    rig_free(&rig);
}

TestSuite(proxy_relay, .init = setup, .fini = teardown, .timeout = 60);

static enum px_relay_state step(void)
{
    tcp_settle();
    relay.tls.can_read = true;
    return px_relay_step(&relay);
}

static void peer_reads(const char *text, enum ratls_err then)
{
    char got[64] = "";
    size_t n = 0;

    if (text[0])
        cr_expect_eq(ratls_conn_read(rig.client.conn, (uint8_t *)got, sizeof got - 1, &n),
                     RATLS_OK);
    cr_expect_str_eq(got, text);
    cr_expect_eq(ratls_conn_read(rig.client.conn, (uint8_t *)got, 1, &n), then);
}

static void peer_says(const char *text)
{
    size_t put = 0;

    cr_assert_eq(ratls_conn_write(rig.client.conn, (const uint8_t *)text, strlen(text), &put),
                 RATLS_OK);
}

/* It is written to first, and finds out. */
Test(proxy_relay, passes_on_what_the_plain_side_said_before_it_broke_off)
{
    peer_says("a large question");
    cr_assert_eq(send(app, "no", 2, 0), 2);
    tcp_reset(app);
    cr_expect_eq(step(), PX_RELAY_FAILED);
    cr_expect_eq(relay.failure, RATLS_E_RESET);
    peer_reads("no", RATLS_E_WANT_READ);
}

Test(proxy_relay, passes_a_plain_end_on_and_notices_a_reset_behind_it)
{
    cr_assert_eq(shutdown(app, SHUT_WR), 0);
    cr_expect_eq(step(), PX_RELAY_WAIT);
    peer_reads("", RATLS_E_CLOSED);
    tcp_reset(app);
    relay.plain.can_read = true;
    cr_expect_eq(step(), PX_RELAY_FAILED);
    cr_expect_eq(relay.failure, RATLS_E_RESET);
}

Test(proxy_relay, passes_close_notify_on_and_notices_a_reset_behind_it)
{
    char byte;

    cr_assert_eq(ratls_conn_close_write(rig.client.conn), RATLS_OK);
    cr_expect_eq(step(), PX_RELAY_WAIT);
    cr_expect_eq(recv(app, &byte, 1, 0), 0);
    tcp_reset(wire);
    cr_expect_eq(step(), PX_RELAY_FAILED);
    cr_expect_eq(relay.failure, RATLS_E_RESET);
}

/* The reset was not told yet when the other side ends as well. */
Test(proxy_relay, is_not_done_when_a_side_was_reset_at_last)
{
    cr_assert_eq(shutdown(app, SHUT_WR), 0);
    cr_expect_eq(step(), PX_RELAY_WAIT);
    tcp_reset(app);
    cr_assert_eq(ratls_conn_close_write(rig.client.conn), RATLS_OK);
    cr_expect_eq(step(), PX_RELAY_FAILED);
    cr_expect_eq(relay.failure, RATLS_E_RESET);
}

Test(proxy_relay, is_done_when_both_sides_ended)
{
    cr_assert_eq(shutdown(app, SHUT_WR), 0);
    cr_assert_eq(ratls_conn_close_write(rig.client.conn), RATLS_OK);
    cr_expect_eq(step(), PX_RELAY_DONE);
}

Test(proxy_relay, is_done_where_only_its_close_notify_meets_a_reset)
{
    cr_assert_eq(ratls_conn_close_write(rig.client.conn), RATLS_OK);
    cr_assert_eq(shutdown(app, SHUT_WR), 0);
    tcp_reset(wire);
    cr_expect_eq(step(), PX_RELAY_DONE);
}

Test(proxy_relay, is_not_done_where_bytes_behind_close_notify_meet_a_reset)
{
    cr_assert_eq(ratls_conn_close_write(rig.client.conn), RATLS_OK);
    cr_assert_eq(send(app, "late", 4, 0), 4);
    cr_assert_eq(shutdown(app, SHUT_WR), 0);
    tcp_reset(wire);
    cr_expect_eq(step(), PX_RELAY_FAILED);
    cr_expect_eq(relay.failure, RATLS_E_RESET);
}
