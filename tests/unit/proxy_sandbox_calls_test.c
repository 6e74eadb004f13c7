/* Seccomp for real, in processes of their own: who only answers makes no socket. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox.h"

TestSuite(proxy_sandbox_calls, .timeout = 60);

enum { FINE, REFUSED, MISSING, BROKEN };

static int result_of(long r)
{
    return r >= 0 || errno != EPERM ? FINE : REFUSED;
}

static int new_socket(int fd)
{
    (void)fd;
    return result_of(socket(AF_UNIX, SOCK_STREAM, 0));
}

static int connects(int fd)
{
    return result_of(connect(fd, &(struct sockaddr){.sa_family = AF_UNIX}, sizeof(sa_family_t)));
}

static int binds(int fd)
{
    return result_of(bind(fd, &(struct sockaddr){.sa_family = AF_UNIX}, sizeof(sa_family_t)));
}

static int accepts(int fd)
{
    return result_of(accept4(fd, NULL, NULL, SOCK_CLOEXEC));
}

static int writes(int fd)
{
    char path[] = "/tmp/ratls-sandbox.XXXXXX";

    (void)fd;
    fd = mkstemp(path);
    return fd < 0 ? REFUSED : result_of(unlink(path));
}

static int listens(int fd)
{
    return result_of(listen(fd, 1));
}

static int in_sandbox(enum px_sandbox_for who, int (*probe)(int fd))
{
    int status = -1, fd = socket(AF_UNIX, SOCK_STREAM, 0);
    bool on = false;
    pid_t pid = fork();

    if (pid == 0) {
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || px_seccomp_enter(who, &on, NULL))
            _exit(BROKEN);
        _exit(on ? probe(fd) : MISSING);
    }
    cr_assert(pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status));
    (void)close(fd);
    if (WEXITSTATUS(status) == MISSING)
        cr_skip_test("this kernel has no seccomp");
    return WEXITSTATUS(status);
}

Test(proxy_sandbox_calls, who_connects_makes_sockets)
{
    cr_expect_eq(in_sandbox(PX_WHO_CONNECTS, new_socket), FINE);
    cr_expect_eq(in_sandbox(PX_WHO_CONNECTS, connects), FINE);
    cr_expect_eq(in_sandbox(PX_WHO_CONNECTS, binds), FINE);
}

Test(proxy_sandbox_calls, who_fetches_listens_too)
{
    cr_expect_eq(in_sandbox(PX_WHO_FETCHES, listens), FINE);
    cr_expect_eq(in_sandbox(PX_WHO_FETCHES, connects), FINE);
    cr_expect_eq(in_sandbox(PX_WHO_FETCHES, writes), REFUSED);
    cr_expect_eq(in_sandbox(PX_WHO_CONNECTS, listens), REFUSED);
}

Test(proxy_sandbox_calls, who_answers_makes_none)
{
    cr_expect_eq(in_sandbox(PX_WHO_ANSWERS, new_socket), REFUSED);
    cr_expect_eq(in_sandbox(PX_WHO_ANSWERS, connects), REFUSED);
    cr_expect_eq(in_sandbox(PX_WHO_ANSWERS, binds), REFUSED);
    cr_expect_eq(in_sandbox(PX_WHO_ANSWERS, accepts), FINE);
    cr_expect_eq(in_sandbox(PX_WHO_ANSWERS, writes), REFUSED);
}

Test(proxy_sandbox_calls, who_keeps_files_writes_and_makes_no_socket)
{
    cr_expect_eq(in_sandbox(PX_WHO_KEEPS, writes), FINE);
    cr_expect_eq(in_sandbox(PX_WHO_KEEPS, new_socket), REFUSED);
    cr_expect_eq(in_sandbox(PX_WHO_KEEPS, connects), REFUSED);
}

Test(proxy_sandbox_calls, who_keeps_files_afar_does_both)
{
    cr_expect_eq(in_sandbox(PX_WHO_KEEPS_AFAR, writes), FINE);
    cr_expect_eq(in_sandbox(PX_WHO_KEEPS_AFAR, new_socket), FINE);
    cr_expect_eq(in_sandbox(PX_WHO_KEEPS_AFAR, connects), FINE);
}
