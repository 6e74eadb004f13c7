/* Listening sockets: whose address it is. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "listener.h"

static struct px_address tcp_at(char *host, unsigned port)
{
    struct px_address a = {.text = "test", .host = host};

    (void)snprintf(a.port, sizeof a.port, "%u", port);
    return a;
}

static unsigned free_port(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    cr_assert_eq(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    cr_assert_eq(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    (void)close(fd);
    return ntohs(at.sin_port);
}

static char path[64];

static struct px_address unix_at(void)
{
    (void)snprintf(path, sizeof path, "/tmp/px-listener-test-%d", getpid());
    (void)unlink(path);
    return (struct px_address){.text = path, .path = path};
}

Test(proxy_listener, gives_each_worker_its_own_tcp_socket)
{
    struct px_address at = tcp_at("127.0.0.1", free_port());
    struct ratls_error err = {0};
    struct px_listener l;

    cr_assert_eq(px_listener_open(&l, &at, 3, &err), RATLS_OK, "%s", err.detail);
    cr_expect_eq(l.n, 3);
    cr_expect_neq(px_listener_fd(&l, 0), px_listener_fd(&l, 2));
    cr_expect_geq(px_listener_fd(&l, 0), PX_FD_HIGH);
    px_listener_close(&l);
}

/* SO_REUSEPORT alone would let a second proxy of the same user take half of the connections. */
Test(proxy_listener, refuses_a_port_that_another_proxy_has)
{
    struct px_address at = tcp_at("127.0.0.1", free_port());
    struct ratls_error err = {0};
    struct px_listener first, second;

    cr_assert_eq(px_listener_open(&first, &at, 2, &err), RATLS_OK);
    cr_expect_eq(px_listener_open(&second, &at, 2, &err), RATLS_E_IO);
    cr_expect_eq(second.n, 0);
    px_listener_close(&first);
    cr_expect_eq(px_listener_open(&second, &at, 2, &err), RATLS_OK);
    px_listener_close(&second);
}

Test(proxy_listener, shares_one_unix_socket_and_removes_it)
{
    struct px_address at = unix_at();
    struct ratls_error err = {0};
    struct px_listener l;
    struct stat st;

    cr_assert_eq(px_listener_open(&l, &at, 3, &err), RATLS_OK, "%s", err.detail);
    cr_expect_eq(l.n, 1);
    cr_expect_eq(px_listener_fd(&l, 2), px_listener_fd(&l, 0));
    cr_assert_eq(lstat(path, &st), 0);
    cr_expect_eq(st.st_mode & 0777, 0660);
    px_listener_close(&l);
    cr_expect_neq(lstat(path, &st), 0);
}

Test(proxy_listener, leaves_a_unix_socket_that_answers)
{
    struct px_address at = unix_at();
    struct ratls_error err = {0};
    struct px_listener first, second;

    cr_assert_eq(px_listener_open(&first, &at, 1, &err), RATLS_OK);
    cr_expect_eq(px_listener_open(&second, &at, 1, &err), RATLS_E_IO);
    cr_expect_eq(access(path, F_OK), 0);
    px_listener_close(&first);
}

Test(proxy_listener, replaces_a_unix_socket_nobody_listens_on)
{
    struct px_address at = unix_at();
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    struct ratls_error err = {0};
    struct px_listener l;
    int dead = socket(AF_UNIX, SOCK_STREAM, 0);

    memcpy(un.sun_path, path, strlen(path));
    cr_assert_eq(bind(dead, (struct sockaddr *)&un, sizeof un), 0);
    (void)close(dead);
    cr_expect_eq(px_listener_open(&l, &at, 1, &err), RATLS_OK, "%s", err.detail);
    px_listener_close(&l);
}

Test(proxy_listener, leaves_a_file_that_is_no_socket)
{
    struct px_address at = unix_at();
    struct ratls_error err = {0};
    struct px_listener l;
    FILE *f = fopen(path, "w");

    cr_assert_not_null(f);
    (void)fclose(f);
    cr_expect_eq(px_listener_open(&l, &at, 1, &err), RATLS_E_IO);
    cr_expect_eq(access(path, F_OK), 0);
    (void)unlink(path);
}

Test(proxy_listener, leaves_a_socket_that_took_its_place)
{
    struct px_address at = unix_at();
    struct ratls_error err = {0};
    struct px_listener first, second;

    cr_assert_eq(px_listener_open(&first, &at, 1, &err), RATLS_OK);
    (void)unlink(path);
    cr_assert_eq(px_listener_open(&second, &at, 1, &err), RATLS_OK);
    px_listener_close(&first);
    cr_expect_eq(access(path, F_OK), 0);
    px_listener_close(&second);
}
