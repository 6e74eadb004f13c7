/* Connecting without blocking; files that workers get from their master. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dial.h"
#include "files.h"

static struct event_base *base;
static struct px_resolver *resolver;
static int connected = -9; /* -9: nothing heard */
static const struct px_dial_how how = {.timeout_ms = 3000}, at_once = {0};

static void on_done(void *arg, int fd, const char *why)
{
    (void)arg;
    cr_expect(fd >= 0 || why);
    connected = fd;
    (void)event_base_loopbreak(base);
}

static void setup(void)
{
    base = event_base_new();
    resolver = px_resolver_new(base);
    cr_assert_not_null(resolver);
}

static void teardown(void)
{
    if (connected >= 0)
        (void)close(connected);
    (void)event_base_loop(base, EVLOOP_NONBLOCK);
    px_resolver_free(resolver);
    event_base_free(base);
}

TestSuite(proxy_dial, .init = setup, .fini = teardown);

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

static struct px_dial *dial(char *host, unsigned port)
{
    struct px_address to = {.text = "test", .host = host};

    (void)snprintf(to.port, sizeof to.port, "%u", port);
    struct px_dial *d = px_dial_start(resolver, &to, &how, on_done, NULL);
    cr_assert_not_null(d);
    cr_expect_eq(connected, -9, "never from inside the start");
    return d;
}

Test(proxy_dial, connects_to_a_literal)
{
    unsigned port = 0;
    int fd = bound(&port);

    cr_assert_eq(listen(fd, 1), 0);
    (void)dial("127.0.0.1", port);
    (void)event_base_dispatch(base);
    cr_expect_geq(connected, 0);
    (void)close(fd);
}

Test(proxy_dial, tries_every_address_of_a_name)
{
    unsigned port = 0;
    int fd = bound(&port);

    cr_assert_eq(listen(fd, 1), 0);
    (void)dial("localhost", port); /* ::1, where that is known, refuses */
    (void)event_base_dispatch(base);
    cr_expect_geq(connected, 0);
    (void)close(fd);
}

Test(proxy_dial, reports_a_refused_connection)
{
    unsigned port = 0;
    int fd = bound(&port);

    (void)dial("127.0.0.1", port);
    (void)event_base_dispatch(base);
    cr_expect_eq(connected, -1);
    (void)close(fd);
}

Test(proxy_dial, reports_a_unix_socket_that_is_not_there)
{
    struct px_address to = {.text = "test", .path = "/nonexistent/socket"};

    cr_assert_not_null(px_dial_start(resolver, &to, &how, on_done, NULL));
    cr_expect_eq(connected, -9);
    (void)event_base_dispatch(base);
    cr_expect_eq(connected, -1);
}

Test(proxy_dial, ends_with_its_time)
{
    unsigned port = 0;
    int fd = bound(&port);
    struct px_address to = {.text = "test", .host = "127.0.0.1"};

    (void)snprintf(to.port, sizeof to.port, "%u", port);
    cr_assert_not_null(px_dial_start(resolver, &to, &at_once, on_done, NULL));
    (void)event_base_dispatch(base);
    cr_expect_eq(connected, PX_DIAL_OURS);
    (void)close(fd);
}

/* The kernel drops who knocks while the queue is full. */
Test(proxy_dial, tells_who_does_not_answer_from_who_refuses)
{
    const struct px_dial_how soon = {.timeout_ms = 200};
    unsigned port = 0;
    int fd = bound(&port);
    struct px_address to = {.text = "test", .host = "127.0.0.1"};

    (void)snprintf(to.port, sizeof to.port, "%u", port);
    cr_assert_eq(listen(fd, 0), 0);
    (void)dial("127.0.0.1", port);
    (void)event_base_dispatch(base);
    cr_assert_geq(connected, 0);
    int waits = connected;
    cr_assert_not_null(px_dial_start(resolver, &to, &soon, on_done, NULL));
    (void)event_base_dispatch(base);
    cr_expect_eq(connected, PX_DIAL_LATE);
    (void)close(waits);
    (void)close(fd);
}

Test(proxy_dial, is_silent_after_a_cancel)
{
    unsigned port = 0;
    int fd = bound(&port);
    struct px_dial *d = dial("127.0.0.1", port);

    px_dial_cancel(d);
    d = dial("localhost", port);
    px_dial_cancel(d);
    px_dial_cancel(NULL);
    (void)event_base_loop(base, EVLOOP_NONBLOCK);
    cr_expect_eq(connected, -9);
    (void)close(fd);
}

/* ---- options of sockets ---- */

static int option(int fd, int level, int name)
{
    int value = -1;
    socklen_t len = sizeof value;

    cr_assert_eq(getsockopt(fd, level, name, &value, &len), 0);
    return value;
}

static void dial_for(const struct px_service *s, unsigned port)
{
    const struct px_dial_how of = {.timeout_ms = 3000, .service = s};
    struct px_address to = {.text = "test", .host = "127.0.0.1"};

    (void)snprintf(to.port, sizeof to.port, "%u", port);
    cr_assert_not_null(px_dial_start(resolver, &to, &of, on_done, NULL));
    (void)event_base_dispatch(base);
}

Test(proxy_dial, gives_sockets_what_the_service_says)
{
    const struct px_service s = {
        .tcp_user_timeout_ms = 7000,
        .socket = {{"r:TCP_KEEPIDLE=33", 'r', IPPROTO_TCP, TCP_KEEPIDLE, 33, 0, ""},
                   {"l:TCP_KEEPIDLE=44", 'l', IPPROTO_TCP, TCP_KEEPIDLE, 44, 0, ""},
                   {"r:SO_LINGER=1:5", 'r', SOL_SOCKET, SO_LINGER, 1, 5, ""}}};
    struct linger linger = {0};
    socklen_t len = sizeof linger;
    unsigned port = 0;
    int fd = bound(&port);

    cr_assert_eq(listen(fd, 1), 0);
    dial_for(&s, port);
    cr_assert_geq(connected, 0);
    cr_expect_eq(option(connected, IPPROTO_TCP, TCP_USER_TIMEOUT), 7000);
    cr_expect_eq(option(connected, IPPROTO_TCP, TCP_KEEPIDLE), 33);
    cr_expect_eq(option(connected, IPPROTO_TCP, TCP_NODELAY), 1);
    cr_expect_eq(option(connected, SOL_SOCKET, SO_KEEPALIVE), 1);
    cr_assert_eq(getsockopt(connected, SOL_SOCKET, SO_LINGER, &linger, &len), 0);
    cr_expect(linger.l_onoff == 1 && linger.l_linger == 5);
    (void)close(fd);
}

/* A setting that the kernel refuses is not one that is forgotten. */
Test(proxy_dial, fails_where_an_option_is_refused)
{
    const struct px_service s = {
        .socket = {{"r:SO_BINDTODEVICE=none0", 'r', SOL_SOCKET, SO_BINDTODEVICE, 0, 0, "none0"}}};
    unsigned port = 0;
    int fd = bound(&port);

    cr_assert_eq(listen(fd, 1), 0);
    dial_for(&s, port);
    cr_expect_eq(connected, PX_DIAL_OURS);
    (void)close(fd);
}

Test(proxy_dial, comes_from_the_local_address)
{
    const struct px_service s = {.local = "127.0.0.7"}, other = {.local = "::1"};
    struct sockaddr_in at = {0};
    socklen_t len = sizeof at;
    unsigned port = 0;
    int fd = bound(&port);

    cr_assert_eq(listen(fd, 1), 0);
    dial_for(&s, port);
    cr_assert_geq(connected, 0);
    cr_assert_eq(getsockname(connected, (struct sockaddr *)&at, &len), 0);
    cr_expect_eq(ntohl(at.sin_addr.s_addr), 0x7f000007);
    (void)close(connected);
    dial_for(&other, port);
    cr_expect_eq(connected, PX_DIAL_OURS, "of another family");
    (void)close(fd);
}

/* ---- files ---- */

Test(proxy_files, complete_store_reads_nothing_from_the_system)
{
    struct px_files *files = calloc(1, sizeof *files);
    struct ratls_buffer out = {0};

    cr_assert_eq(px_files_add(files, "policy", ratls_bytes("{}", 2)), RATLS_OK);
    files->complete = true;
    cr_assert_eq(px_files_read(files, "policy", 10, &out), RATLS_OK);
    cr_expect_eq(out.len, 2);
    ratls_buffer_free(&out);
    cr_expect_eq(px_files_read(files, "policy", 1, &out), RATLS_E_LIMIT);
    cr_expect_eq(px_files_read(files, "/etc/passwd", 100000, &out), RATLS_E_IO);
    cr_expect_eq(px_files_list(files, "/etc", ".conf", &out), RATLS_E_IO);
    px_files_clear(files);
    free(files);
}

Test(proxy_files, store_keeps_what_it_read_first)
{
    struct px_files *files = calloc(1, sizeof *files);
    struct ratls_buffer out = {0};
    char path[] = "/tmp/px-files-test-XXXXXX";
    int fd = mkstemp(path);

    cr_assert_eq(write(fd, "one", 3), 3);
    cr_assert_eq(px_files_read(files, path, 10, &out), RATLS_OK);
    ratls_buffer_free(&out);
    cr_assert_eq(pwrite(fd, "two", 3, 0), 3);
    cr_assert_eq(px_files_read(files, path, 10, &out), RATLS_OK);
    cr_expect_eq(memcmp(out.p, "one", 3), 0);
    ratls_buffer_free(&out);
    (void)close(fd);
    (void)unlink(path);
    px_files_clear(files);
    free(files);
}
