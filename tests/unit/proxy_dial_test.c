/* Connecting without blocking; files that workers get from their master. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dial.h"
#include "files.h"

static struct event_base *base;
static struct px_resolver *resolver;
static int connected = -2; /* -2: nothing heard */

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
    struct px_dial *d = px_dial_start(resolver, &to, 3000, on_done, NULL);
    cr_assert_not_null(d);
    cr_expect_eq(connected, -2, "never from inside the start");
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

    cr_assert_not_null(px_dial_start(resolver, &to, 3000, on_done, NULL));
    cr_expect_eq(connected, -2);
    (void)event_base_dispatch(base);
    cr_expect_eq(connected, -1);
}

Test(proxy_dial, ends_with_its_time)
{
    unsigned port = 0;
    int fd = bound(&port);
    struct px_address to = {.text = "test", .host = "127.0.0.1"};

    (void)snprintf(to.port, sizeof to.port, "%u", port);
    cr_assert_not_null(px_dial_start(resolver, &to, 0, on_done, NULL));
    (void)event_base_dispatch(base);
    cr_expect_eq(connected, -1);
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
    cr_expect_eq(connected, -2);
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
