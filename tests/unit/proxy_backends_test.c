/* Several connect addresses: order, passing over, retries, checks. */
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "backends.h"
#include "base.h"
#include "clock.h"
#include "health.h"

#define N 3

static struct event_base *base;
static struct px_resolver *resolver;
static struct px_backends *backends;
static struct px_service service;
static struct px_config config;
static struct px_log log_to;
static FILE *log_file;
static int listeners[N], reached;
static unsigned ports[N];
static char last[64], texts[N][32];

static int bound(unsigned *port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    cr_assert_eq(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    cr_assert_eq(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    *port = ntohs(at.sin_port);
    return fd;
}

static void setup(void)
{
    base = event_base_new();
    resolver = px_resolver_new(base);
    log_file = tmpfile();
    cr_assert(resolver && log_file);
    log_to = (struct px_log){.fd = fileno(log_file), .level = RATLS_LOG_INFO};
    service = (struct px_service){
        .name = "web", .n_connect = N, .connect_timeout_ms = 2000, .health_interval_ms = 50};
    for (size_t i = 0; i < N; i++) {
        listeners[i] = bound(&ports[i]);
        (void)snprintf(texts[i], sizeof texts[i], "127.0.0.1:%u", ports[i]);
        service.connect[i] = (struct px_address){.text = texts[i], .host = "127.0.0.1"};
        (void)snprintf(service.connect[i].port, sizeof service.connect[i].port, "%u", ports[i]);
    }
}

static struct px_service_stats counted;

static void begin(uint32_t seed)
{
    const struct px_backends_home home = {base, resolver, &log_to, &config, seed, &counted};

    backends = px_backends_new(&home, &service);
    cr_assert_not_null(backends);
}

static void teardown(void)
{
    px_backends_free(backends);
    (void)event_base_loop(base, EVLOOP_NONBLOCK);
    for (size_t i = 0; i < N; i++)
        (void)close(listeners[i]);
    px_resolver_free(resolver);
    event_base_free(base);
    (void)fclose(log_file);
}

TestSuite(proxy_backends, .init = setup, .fini = teardown, .timeout = 20);

static void up(size_t i)
{
    cr_assert_eq(listen(listeners[i], 64), 0);
}

static void on_reached(void *arg, int fd, const char *backend, const char *why)
{
    (void)arg;
    cr_expect(fd >= 0 || why);
    reached = fd;
    (void)snprintf(last, sizeof last, "%s", backend);
    if (fd >= 0)
        (void)close(fd);
    (void)event_base_loopbreak(base);
}

/* Who was reached; N: nobody. */
static size_t reach_at(const struct px_address *only)
{
    last[0] = 0;
    cr_assert_not_null(px_reach_start(backends, only, on_reached, NULL));
    cr_expect_str_eq(last, "", "never from inside the start");
    (void)event_base_dispatch(base);
    for (size_t i = 0; reached >= 0 && i < N; i++)
        if (strcmp(last, texts[i]) == 0)
            return i;
    return N;
}

static size_t reach(void)
{
    return reach_at(NULL);
}

static size_t lines(const char *text)
{
    char line[PX_LINE_MAX];
    size_t n = 0;

    rewind(log_file);
    while (fgets(line, sizeof line, log_file))
        n += strstr(line, "\"event\":\"backend\"") && strstr(line, text);
    return n;
}

static void run_for(int64_t ms)
{
    const struct timeval tv = px_timeval(ms);

    (void)event_base_loopexit(base, &tv);
    (void)event_base_dispatch(base);
}

Test(proxy_backends, prio_takes_the_first_that_works)
{
    up(1);
    up(2);
    begin(2);
    cr_expect_eq(reach(), 1);
    cr_expect_eq(reach(), 1);
    up(0);
    backends->backends[0].due_ms = 0;
    cr_expect_eq(reach(), 0, "its time has come");
    cr_expect_eq(lines("\"state\":\"down\""), 1);
    cr_expect_eq(lines("\"state\":\"up\""), 1);
    cr_expect_eq(backends->downs, 1);
    cr_expect_eq(backends->ups, 1);
}

Test(proxy_backends, rr_takes_one_after_the_other)
{
    unsigned n[N + 1] = {0};

    service.failover = PX_FAILOVER_RR;
    for (size_t i = 0; i < N; i++)
        up(i);
    begin(UINT32_MAX - 1); /* the sum of seed and uses may overflow */
    cr_expect_eq(reach(), (UINT32_MAX - 1) % N);
    for (int i = 0; i < 29; i++)
        n[reach()]++;
    n[(UINT32_MAX - 1) % N]++;
    for (size_t i = 0; i < N; i++)
        cr_expect_eq(n[i], 10, "%zu: %u", i, n[i]);
}

Test(proxy_backends, one_that_failed_is_passed_over_for_a_growing_time)
{
    struct px_backend *first = NULL;
    int64_t expected = PX_DOWN_MIN_MS;

    up(1);
    begin(0);
    first = &backends->backends[0];
    cr_expect_eq(reach(), 1);
    cr_expect_eq(first->failures, 1);
    cr_expect_eq(reach(), 1);
    cr_expect_eq(first->failures, 1, "not asked again");
    for (int i = 0; i < 8; i++) {
        int64_t until = first->due_ms - px_now_ms();
        cr_expect(until > expected - 500 && until <= expected, "%d: %lld", i, (long long)until);
        expected = 2 * expected < PX_DOWN_MAX_MS ? 2 * expected : PX_DOWN_MAX_MS;
        first->due_ms = 0;
        cr_expect_eq(reach(), 1);
    }
    cr_expect_eq(lines("\"state\":\"down\""), 1, "a change is logged once");
}

/* Only one of many finds out whether it is back. */
Test(proxy_backends, one_that_is_due_is_tried_by_one)
{
    size_t order[PX_MAX_CONNECT];

    begin(0);
    px_backend_failed(backends, 0, "test");
    cr_expect_eq(px_backends_order(backends, order), N);
    cr_expect_eq(order[0], 1);
    backends->backends[0].due_ms = 0;
    (void)px_backends_order(backends, order);
    cr_expect_eq(order[0], 0);
    (void)px_backends_order(backends, order);
    cr_expect_eq(order[0], 1);
    cr_expect_eq(order[2], 0);
}

Test(proxy_backends, with_all_down_the_first_due_is_tried)
{
    size_t order[PX_MAX_CONNECT];

    begin(0);
    for (size_t i = 0; i < N; i++)
        px_backend_failed(backends, i, "test");
    backends->backends[2].due_ms -= 500;
    backends->backends[1].due_ms -= 400;
    cr_expect_eq(px_backends_order(backends, order), N);
    cr_expect(order[0] == 2 && order[1] == 1 && order[2] == 0);
    up(2);
    cr_expect_eq(reach(), 2);
}

Test(proxy_backends, nobody_reached_is_reported_at_once)
{
    int64_t since = px_now_ms();

    begin(0);
    cr_expect_eq(reach(), N);
    cr_expect_str_eq(last, texts[2], "the last one tried");
    cr_expect_lt(px_now_ms() - since, 500);
}

static void listen_later(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    (void)arg;
    up(1);
}

Test(proxy_backends, retry_goes_round_until_one_is_back)
{
    const struct timeval later = px_timeval(200);

    service.retry = true;
    begin(0);
    cr_assert_eq(event_base_once(base, -1, EV_TIMEOUT, listen_later, NULL, &later), 0);
    cr_expect_eq(reach(), 1);
}

Test(proxy_backends, retry_ends_with_the_time_to_connect)
{
    int64_t since = px_now_ms();

    service.retry = true;
    service.connect_timeout_ms = 400;
    begin(0);
    cr_expect_eq(reach(), N);
    cr_expect_geq(px_now_ms() - since, 100);
    cr_expect_leq(px_now_ms() - since, 1000);
    cr_expect_leq(backends->backends[0].failures, 6, "pauses grow");
}

Test(proxy_backends, another_address_says_nothing_about_the_configured_ones)
{
    begin(0);
    cr_expect_eq(reach_at(&service.connect[0]), N);
    cr_expect_not(backends->backends[0].down);
    up(0);
    px_backend_failed(backends, 0, "test");
    cr_expect_eq(reach_at(&service.connect[0]), 0);
    cr_expect(backends->backends[0].down);
}

/* T180; and it is no fault of a backend. */
Test(proxy_backends, never_the_own_listener)
{
    up(0);
    config.services[0] = service;
    config.services[0].accept = service.connect[0];
    config.n_services = 1;
    const struct px_backends_home home = {base, resolver, &log_to, &config, 0, NULL};
    backends = px_backends_new(&home, &config.services[0]);
    cr_expect_eq(reach(), N);
    cr_expect_not(backends->backends[0].down);
    px_backend_failed(backends, 0, "test");
    cr_expect_eq(reach(), N);
    cr_expect(backends->backends[0].down, "nor is it well because of that");
}

Test(proxy_backends, those_down_are_counted_until_others_count)
{
    begin(0);
    px_backend_failed(backends, 1, "test");
    px_backend_failed(backends, 1, "again");
    px_backend_failed(backends, 2, "test");
    cr_expect_eq(counted.gauge[PX_BACKENDS_DOWN], 1 << 1 | 1 << 2);
    px_backend_worked(backends, 1);
    cr_expect_eq(counted.gauge[PX_BACKENDS_DOWN], 1 << 2);
    px_backends_rest(backends);
    px_backend_worked(backends, 2);
    cr_expect_eq(counted.gauge[PX_BACKENDS_DOWN], 1 << 2);
    px_backends_free(backends);
    begin(0);
    cr_expect_eq(counted.gauge[PX_BACKENDS_DOWN], 0, "the next one begins anew");
}

Test(proxy_backends, are_silent_after_a_cancel)
{
    struct px_reach *r = NULL;

    service.retry = true;
    begin(0);
    reached = 12345;
    r = px_reach_start(backends, NULL, on_reached, NULL);
    px_reach_cancel(r);
    r = px_reach_start(backends, NULL, on_reached, NULL);
    run_for(100); /* into a pause */
    px_reach_cancel(r);
    px_reach_cancel(NULL);
    run_for(100);
    cr_expect_eq(reached, 12345);
}

/* ---- checks ---- */

Test(proxy_backends, checks_see_what_is_down_and_what_is_back)
{
    service.health.kind = PX_HEALTH_TCP;
    up(0);
    up(2);
    begin(0);
    run_for(200);
    cr_expect_not(backends->backends[0].down);
    cr_expect(backends->backends[1].down);
    cr_expect_eq(lines("\"state\":\"down\""), 1);
    up(1);
    run_for(150);
    cr_expect_not(backends->backends[1].down);
    cr_expect_eq(lines("\"state\":\"up\""), 1);
}

static const char *answer;

static void on_question(evutil_socket_t fd, short what, void *arg)
{
    char question[256] = "";

    (void)what;
    (void)arg;
    cr_assert_gt(recv(fd, question, sizeof question - 1, 0), 0);
    cr_expect_not_null(strstr(question, "GET /healthy HTTP/1.1\r\n"));
    cr_expect_eq(send(fd, answer, strlen(answer), MSG_NOSIGNAL), (ssize_t)strlen(answer));
    (void)close(fd);
}

static void on_caller(evutil_socket_t fd, short what, void *arg)
{
    int peer = accept(fd, NULL, NULL);

    (void)what;
    (void)arg;
    cr_assert_eq(event_base_once(base, peer, EV_READ, on_question, NULL, NULL), 0);
}

static void check_with(const char *text)
{
    answer = text;
    run_for(150);
}

Test(proxy_backends, checks_by_http_want_a_good_status)
{
    service.health = (struct px_health){PX_HEALTH_HTTP, "/healthy"};
    service.n_connect = 1;
    up(0);
    begin(0);
    struct event *question = event_new(base, listeners[0], EV_READ | EV_PERSIST, on_caller, NULL);
    (void)event_add(question, NULL);
    check_with("HTTP/1.1 503 Busy\r\n\r\n");
    cr_expect(backends->backends[0].down);
    cr_expect_eq(lines("\"reason\":\"HTTP status 503\""), 1);
    check_with("HTTP/1.1 204 No Content\r\n\r\n");
    cr_expect_not(backends->backends[0].down);
    check_with("");
    cr_expect(backends->backends[0].down);
    check_with("HTTP/1.0 302 Found\r\n\r\n");
    cr_expect_not(backends->backends[0].down);
    check_with("SSH-2.0-OpenSSH\r\n");
    cr_expect(backends->backends[0].down);
    event_free(question);
}

/* A connection is taken by what answers 503, too. */
Test(proxy_backends, a_connection_does_not_overrule_a_check)
{
    service.health = (struct px_health){PX_HEALTH_HTTP, "/healthy"};
    service.health_interval_ms = 60000;
    service.n_connect = 1;
    up(0);
    begin(99);
    px_backend_failed(backends, 0, "HTTP status 503");
    cr_expect_eq(reach(), 0, "there is no other");
    cr_expect(backends->backends[0].down);
}

struct answer {
    const char *text;
    int status;
};

static void expect_statuses(const struct answer *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        cr_expect_eq(px_http_status(ratls_bytes_str(list[i].text)), list[i].status, "%s",
                     list[i].text);
}

Test(proxy_health, reads_the_status_of_an_answer)
{
    static const struct answer list[] = {
        {"", 0},
        {"H", 0},
        {"HTTP/1.1 20", 0},
        {"HTTP/1.1 200", 0},
        {"HTTP/1.1 200 ", 200},
        {"HTTP/1.1 200\r\n", 200},
        {"HTTP/1.1 200\n", 200},
        {"HTTP/1.0 404 Not Found\r\n", 404},
        {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK", 100},
        {"HTTP/1.9 599 ", 599},
    };

    expect_statuses(list, RT_COUNT(list));
}

/* One thing is wrong with each. */
Test(proxy_health, takes_nothing_else_for_an_answer)
{
    static const struct answer list[] = {
        {"HTTP/1.1 600 ", -1},     {"HTTP/1.1 099 ", -1},  {"HTTP/1.1 000 ", -1},
        {"HTTP/1.1 999 ", -1},     {"HTTP/1.1 2000", -1},  {"HTTP/1.1 200x", -1},
        {"HTTP/1.1 200\t", -1},    {"HTTP/1.1 20 ", -1},   {"HTTP/1.1 2 0 ", -1},
        {"HTTP/1.1 +20 ", -1},     {"HTTP/1.1 -20 ", -1},  {"HTTP/1.1 2e2 ", -1},
        {"HTTP/1.1  200 ", -1},    {"HTTP/1.1\t200 ", -1}, {"HTTP/1.1200 ", -1},
        {"HTTP/2.0 200 ", -1},     {"HTTP/0.9 200 ", -1},  {"HTTP/11 200 ", -1},
        {"HTTP/1.a 200 ", -1},     {"HTTP/1.10 200 ", -1}, {"HTTP/1,1 200 ", -1},
        {"http/1.1 200 ", -1},     {"HTTPS/1.1 200 ", -1}, {" HTTP/1.1 200 ", -1},
        {"\r\nHTTP/1.1 200 ", -1}, {"ICY 200 OK", -1},     {"PROXY", -1},
        {"\x16\x03\x03", -1},
    };

    expect_statuses(list, RT_COUNT(list));
    cr_expect_eq(px_http_status(ratls_bytes("HTTP/1.1 \0\0\0 ", 13)), -1);
    cr_expect_eq(px_http_status(ratls_bytes("HTTP/1.1 200\0", 13)), -1);
    cr_expect_eq(px_http_status(ratls_bytes("HTTP/1.1 \xb2\xb0\xb0 ", 13)), -1);
}
