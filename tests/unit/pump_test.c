/* Who may use the local socket of a pump, and how it ends. */
#include "pump.h"

#include <fcntl.h>
#include <stddef.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "request_support.h"

static const struct script answer = {{(const uint8_t *)"hello", 5}, 0, STAYS, false};

struct link {
    struct ratls_conn *conn;
    int wire;
    struct rt_pump *pump;
    char name[RT_PUMP_NAME];
};

static void open_link(struct link *l, int64_t timeout_ms)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t len = sizeof at;
    const struct ratls_env *env = ratls_env_system();

    server_usual();
    server_start(&answer);
    cr_assert_eq(getsockname(server.listener, (struct sockaddr *)&at, &len), 0);
    l->wire = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_eq(connect(l->wire, (struct sockaddr *)&at, len), 0);
    cr_assert_eq(
        ratls_conn_new(server.rig.client.ctx, RATLS_CLIENT, ratls_io_fd(l->wire), &l->conn, NULL),
        RATLS_OK);
    cr_assert_eq(ratls_conn_handshake(l->conn), RATLS_OK);
    cr_assert_eq(fcntl(l->wire, F_SETFL, O_NONBLOCK), 0);
    const struct rt_pump_ends ends = {env, l->conn, l->wire,
                                      env->monotonic_ms(env->arg) + timeout_ms};
    cr_assert_eq(rt_pump_start(&ends, &l->pump, l->name), RATLS_OK);
}

static void close_link(struct link *l)
{
    ratls_conn_free(l->conn);
    (void)close(l->wire);
    server_join();
    server_close();
}

/* A connection to the local socket; -1: none. Only calls that a forked child may do. */
static int reach(const char *name)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    const size_t len = strlen(name);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    memcpy(at.sun_path + 1, name, len);
    if (connect(fd, (struct sockaddr *)&at,
                (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + len)) == 0)
        return fd;
    (void)close(fd);
    return -1;
}

/* Asks, and hears so many bytes. Likewise. */
static ssize_t hear_by(const char *name, char *out, size_t size)
{
    const int fd = reach(name);

    (void)send(fd, "GET / HTTP/1.1\r\n\r\n", 18, MSG_NOSIGNAL);
    const ssize_t n = recv(fd, out, size, 0);
    (void)close(fd);
    return n;
}

Test(pump, takes_this_process_and_no_other, .timeout = 20)
{
    struct link l;
    char heard[16] = "";
    int status = 0;

    open_link(&l, 20000);
    const pid_t child = fork();
    if (child == 0)
        _exit(hear_by(l.name, heard, sizeof heard) > 0 ? 1 : 0);
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, "another process was heard");
    cr_expect_eq(hear_by(l.name, heard, sizeof heard), 5);
    cr_expect_str_eq(heard, "hello");
    cr_expect_eq(rt_pump_stop(l.pump), RATLS_OK);
    close_link(&l);
}

Test(pump, ends_when_nobody_comes, .timeout = 20)
{
    struct link l;

    open_link(&l, 600000);
    cr_expect_eq(rt_pump_stop(l.pump), RATLS_OK);
    close_link(&l);
}

Test(pump, ends_at_its_deadline, .timeout = 20)
{
    struct link l;

    open_link(&l, 50);
    (void)usleep(400000);
    cr_expect_eq(rt_pump_stop(l.pump), RATLS_E_TIMEOUT);
    close_link(&l);
}

Test(pump, ends_at_its_deadline_with_somebody_there, .timeout = 20)
{
    struct link l;
    char byte;

    open_link(&l, 300);
    const int fd = reach(l.name);
    cr_expect_eq(recv(fd, &byte, 1, 0), 0, "nothing was asked, and then it was over");
    cr_expect_eq(rt_pump_stop(l.pump), RATLS_E_TIMEOUT);
    (void)close(fd);
    close_link(&l);
}
