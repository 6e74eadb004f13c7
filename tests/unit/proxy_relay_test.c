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

static int woken; /* how often */

static void wake(evutil_socket_t fd, short what, void *arg)
{
    struct px_side *side = arg;

    (void)fd;
    woken++;
    if (what & EV_READ)
        side->can_read = true;
}

static int side_begin(struct px_side *side)
{
    int fd[2];

    tcp_pair(fd);
    side->fd = fd[0];
    side->readable = event_new(base, side->fd, EV_READ | EV_PERSIST, wake, side);
    side->writable = event_new(base, side->fd, EV_WRITE | EV_PERSIST, wake, side);
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

/* As often as something is ready, at most a few times. */
static void wait_and_step(void)
{
    tcp_settle();
    woken = 0;
    for (int i = 0; i < 5; i++) {
        cr_assert_geq(event_base_loop(base, EVLOOP_NONBLOCK | EVLOOP_ONCE), 0);
        cr_assert_eq(px_relay_step(&relay), PX_RELAY_WAIT);
    }
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

Test(proxy_relay, notices_an_end_that_came_with_the_last_bytes)
{
    wait_and_step();
    cr_assert_eq(send(app, "bye", 3, 0), 3);
    cr_assert_eq(shutdown(app, SHUT_WR), 0);
    wait_and_step();
    peer_reads("bye", RATLS_E_CLOSED);
}

Test(proxy_relay, is_not_woken_for_ever_by_a_side_that_has_ended)
{
    cr_assert_eq(shutdown(app, SHUT_WR), 0);
    wait_and_step();
    peer_reads("", RATLS_E_CLOSED);
    wait_and_step();
    cr_expect_eq(woken, 0);
    tcp_reset(app);
    tcp_settle();
    cr_assert_geq(event_base_loop(base, EVLOOP_NONBLOCK | EVLOOP_ONCE), 0);
    cr_expect_eq(px_relay_step(&relay), PX_RELAY_FAILED);
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

Test(proxy_relay, passes_on_what_the_peer_said_before_it_was_reset)
{
    char got[64] = "";

    peer_says("last words");
    rig.client.wire.closed = true;
    rig.client.wire.how = RATLS_IO_RESET;
    cr_expect_eq(step(), PX_RELAY_FAILED);
    cr_expect_eq(relay.failure, RATLS_E_RESET);
    cr_expect_eq(recv(app, got, sizeof got - 1, MSG_DONTWAIT), 10);
    cr_expect_str_eq(got, "last words");
}

/* ---- a side that takes less than the other gives ---- */

enum { MUCH = 10 * PX_RELAY_CHUNK };

static uint8_t much[MUCH], heard[MUCH];

static void fill_much(void)
{
    for (size_t i = 0; i < MUCH; i++)
        much[i] = (uint8_t)(i * 7 + i / 509);
}

static void relay_until_it_waits(void)
{
    relay.tls.can_read = relay.tls.can_write = relay.plain.can_read = relay.plain.can_write = true;
    while (px_relay_step(&relay) == PX_RELAY_AGAIN)
        ;
    cr_assert_eq(relay.failure, RATLS_OK);
}

Test(proxy_relay, holds_no_more_than_its_marks_for_a_plain_side_that_does_not_read)
{
    const int little = 8192;
    size_t at = 0, put = 0, all = 0;
    ssize_t n;

    fill_much();
    cr_assert_eq(setsockopt(app, SOL_SOCKET, SO_RCVBUF, &little, sizeof little), 0);
    cr_assert_eq(setsockopt(relay.plain.fd, SOL_SOCKET, SO_SNDBUF, &little, sizeof little), 0);
    for (; at < MUCH; at += put)
        cr_assert_eq(ratls_conn_write(rig.client.conn, much + at, MUCH - at, &put), RATLS_OK);
    relay_until_it_waits();
    cr_expect_leq(evbuffer_get_length(relay.in), PX_RELAY_HIGH + PX_RELAY_CHUNK);
    for (; all < MUCH; all += (size_t)n) {
        n = recv(app, heard + all, MUCH - all, MSG_DONTWAIT);
        if (n < 0)
            n = 0;
        relay_until_it_waits();
    }
    cr_expect_arr_eq(heard, much, MUCH);
    cr_expect_eq(relay.bytes_plain, MUCH);
    cr_expect_eq(relay.bytes_in, MUCH);
    cr_expect_eq(evbuffer_get_length(relay.in), 0);
}

Test(proxy_relay, holds_no_more_than_its_marks_for_a_peer_that_does_not_read)
{
    size_t at = 0, all = 0, got = 0;

    fill_much();
    cr_assert_eq(fcntl(app, F_SETFL, O_NONBLOCK), 0);
    rig.server.end.full = true;
    while (all < MUCH) {
        ssize_t n = send(app, much + at, MUCH - at, MSG_NOSIGNAL);
        at += n > 0 ? (size_t)n : 0;
        relay_until_it_waits();
        cr_assert_leq(evbuffer_get_length(relay.out), PX_RELAY_HIGH + PX_RELAY_CHUNK);
        rig.server.end.full =
            !rig.server.end.full && n > 0; /* on and off as long as there is more */
        while (ratls_conn_read(rig.client.conn, heard + all, MUCH - all, &got) == RATLS_OK &&
               (all += got) < MUCH)
            ;
    }
    cr_expect_arr_eq(heard, much, MUCH);
    cr_expect_eq(relay.bytes_out, MUCH);
    cr_expect_eq(evbuffer_get_length(relay.out), 0);
}

Test(proxy_relay, what_waits_goes_first)
{
    char got[64] = "";

    cr_assert_eq(evbuffer_add(relay.in, "before ", 7), 0);
    cr_assert_eq(evbuffer_add(relay.out, "first ", 6), 0);
    peer_says("behind");
    cr_assert_eq(send(app, "second", 6, 0), 6);
    cr_expect_eq(step(), PX_RELAY_WAIT);
    cr_expect_eq(recv(app, got, sizeof got - 1, MSG_DONTWAIT), 13);
    cr_expect_str_eq(got, "before behind");
    peer_reads("first second", RATLS_E_WANT_READ);
}
