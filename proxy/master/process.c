/* Birth and end of processes. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "activation.h"
#include "clock.h"
#include "process.h"

#define FIRST_FD 3
#define NAP_NS   5000000

extern char **environ;

/* ---- birth ---- */

/* The first descriptor may be a low one, and has to move before its number is given away. */
static int place(posix_spawn_file_actions_t *actions, const struct px_process *p, int socket_fd)
{
    int next = FIRST_FD + 1;
    int failed = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDWR, 0);

    if (!failed)
        failed = posix_spawn_file_actions_adddup2(actions, 0, 1);
    for (size_t i = 0; !failed && i < p->n; i++)
        failed = posix_spawn_file_actions_adddup2(actions, p->fds[i], next++);
    if (!failed)
        failed = posix_spawn_file_actions_adddup2(actions, socket_fd, FIRST_FD);
    return failed ? failed : posix_spawn_file_actions_addclosefrom_np(actions, next);
}

static int start(const struct px_process *p, int socket_fd, pid_t *pid)
{
    char name[] = "ratls-proxy", as[32] = "";
    char *const argv[] = {name, as, NULL};
    posix_spawn_file_actions_t actions;

    (void)stpncpy(as, p->as, sizeof as - 1);
    int failed = posix_spawn_file_actions_init(&actions);
    if (failed)
        return failed;
    failed = place(&actions, p, socket_fd);
    if (!failed)
        failed = posix_spawn(pid, "/proc/self/exe", &actions, NULL, argv, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    return failed;
}

int px_process_start(const struct px_process *p, pid_t *pid, int *own)
{
    int pair[2];

    *pid = 0;
    *own = -1;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
        return errno;
    pair[0] = px_fd_high(pair[0]);
    pair[1] = px_fd_high(pair[1]);
    int failed = pair[0] < 0 || pair[1] < 0 ? EMFILE : start(p, pair[1], pid);
    if (pair[1] >= 0)
        (void)close(pair[1]);
    if (!failed) {
        *own = pair[0];
        return 0;
    }
    *pid = 0;
    if (pair[0] >= 0)
        (void)close(pair[0]);
    return failed;
}

/* ---- end ---- */

void px_process_end(pid_t pid, int64_t until_ms)
{
    const struct timespec nap = {.tv_nsec = NAP_NS};

    while (pid > 0) {
        pid_t got = waitpid(pid, NULL, WNOHANG);
        if (got == pid || (got < 0 && errno != EINTR))
            return;
        if (px_now_ms() > until_ms)
            (void)kill(pid, SIGKILL);
        (void)nanosleep(&nap, NULL);
    }
}
