/* Processes: descriptors they are born with, and their end. The program that is born is this one.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "activation.h"
#include "clock.h"
#include "process.h"

static bool holds(int fd, char mark)
{
    char found = 0;

    return lseek(fd, 0, SEEK_SET) == 0 && read(fd, &found, 1) == 1 && found == mark;
}

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

/* 3 is the socket, 4 and 5 are the descriptors given, and 6 is nothing. */
static void say(void)
{
    bool good = is_open(0) && is_open(1) && holds(4, 'a') && holds(5, 'b') && !is_open(6);

    _exit(write(3, good ? "OK" : "no", 2) == 2 && good ? 7 : 1);
}

/* Runs instead of the tests in a process that was born here. */
__attribute__((constructor)) static void born(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--born") == 0)
        say();
    if (argc == 2 && strcmp(argv[1], "--stay") == 0 && write(3, "OK", 2) == 2)
        (void)sleep(60);
}

static int holding(char mark)
{
    char name[] = "/tmp/ratls-spawn.XXXXXX";
    int fd = mkostemp(name, O_CLOEXEC);

    cr_assert(fd >= 0 && unlink(name) == 0 && write(fd, &mark, 1) == 1);
    return fd;
}

static pid_t give_birth(const char *as, int *own)
{
    const int fds[] = {holding('a'), px_fd_high(holding('b'))};
    const struct px_process p = {as, fds, 2};
    char said[3] = "";
    pid_t pid = 0;

    cr_assert_eq(px_process_start(&p, &pid, own), 0);
    cr_assert_gt(pid, 0);
    cr_expect_geq(*own, PX_FD_HIGH);
    cr_expect_eq(read(*own, said, 2), 2);
    cr_expect_str_eq(said, "OK");
    return pid;
}

Test(proxy_process, a_process_has_what_it_is_given_and_nothing_else)
{
    int own = -1, status = 0;
    pid_t pid = give_birth("--born", &own);

    cr_expect_eq(waitpid(pid, &status, 0), pid);
    cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 7);
}

Test(proxy_process, who_does_not_end_in_time_is_killed, .timeout = 30)
{
    int own = -1;
    pid_t pid = give_birth("--stay", &own);
    int64_t begun = px_now_ms();

    px_process_end(pid, begun + 100);
    cr_expect_geq(px_now_ms() - begun, 100);
    cr_expect_eq(kill(pid, 0), -1);
    px_process_end(0, begun); /* there is none */
}

Test(proxy_process, without_descriptors_nothing_is_born)
{
    const struct px_process p = {"--born", NULL, 0};
    const struct rlimit few = {PX_FD_HIGH, PX_FD_HIGH};
    pid_t pid = 1;
    int own = 0;

    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
    cr_expect_eq(px_process_start(&p, &pid, &own), EMFILE);
    cr_expect_eq(pid, 0);
    cr_expect_eq(own, -1);
}
