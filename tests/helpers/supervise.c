/* supervise - a plain service manager: sockets handed over and words of the service, as systemd
 * does it (sd_listen_fds(3), sd_notify(3)).
 *
 *     supervise [watchdog=MS] NOTIFY NAME=ADDRESS... -- COMMAND...
 *
 * NOTIFY is a path, or "@" and an abstract name. ADDRESS is IPv4:PORT or a path, perhaps with its
 * mode (,600) behind it; "dead" after NAME= is a socket that does not listen. Says "pid N", then
 * what it is told, one line each; ends with the command's exit status.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST 16

static int check(int result, const char *what)
{
    if (result < 0) {
        perror(what);
        exit(1);
    }
    return result;
}

static socklen_t unix_address(const char *path, struct sockaddr_un *at)
{
    size_t len = strlen(path);

    *at = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(at->sun_path, path, len);
    if (path[0] == '@')
        at->sun_path[0] = '\0';
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
}

static struct sockaddr_in tcp_address(const char *text, const char *colon)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons((in_port_t)atoi(colon + 1))};
    char host[INET_ADDRSTRLEN];

    (void)snprintf(host, sizeof host, "%.*s", (int)(colon - text), text);
    check(inet_pton(AF_INET, host, &in.sin_addr) - 1, host);
    return in;
}

static int open_socket(char *address)
{
    const char *colon = strrchr(address, ':');
    const int on = 1;
    struct sockaddr_un un;

    int fd = check(socket(colon ? AF_INET : AF_UNIX, SOCK_STREAM, 0), "socket");
    if (colon) {
        const struct sockaddr_in in = tcp_address(address, colon);
        (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        check(bind(fd, (const struct sockaddr *)&in, sizeof in), address);
    } else {
        char *mode = strchr(address, ',');
        if (mode)
            *mode++ = '\0';
        socklen_t len = unix_address(address, &un);
        (void)unlink(address);
        check(bind(fd, (const struct sockaddr *)&un, len), address);
        if (address[0] != '@')
            check(chmod(address, mode ? (mode_t)strtoul(mode, NULL, 8) : 0666), address);
    }
    return fd;
}

/* ---- the service ---- */

struct plan {
    char names[1024];
    int fd[MOST], n;
    char **command;
};

static void add(struct plan *p, char *text)
{
    char *value = strchr(text, '=');

    if (!value || p->n == MOST)
        exit(2);
    *value++ = '\0';
    (void)snprintf(p->names + strlen(p->names), sizeof p->names - strlen(p->names), "%s%s",
                   p->n ? ":" : "", text);
    if (strcmp(value, "dead") == 0) {
        p->fd[p->n++] = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
        return;
    }
    int fd = open_socket(value);
    check(listen(fd, 64), value);
    p->fd[p->n++] = fd;
}

static void run(const struct plan *p)
{
    char number[16];

    for (int i = 0; i < p->n; i++) /* out of the way first */
        check(fcntl(p->fd[i], F_DUPFD, 100 + i), "dup");
    for (int i = 0; i < p->n; i++)
        check(dup2(100 + i, 3 + i), "dup2");
    for (int fd = 3 + p->n; fd < 200; fd++)
        (void)close(fd);
    (void)snprintf(number, sizeof number, "%d", getpid());
    (void)setenv("LISTEN_PID", number, 1);
    (void)snprintf(number, sizeof number, "%d", p->n);
    (void)setenv("LISTEN_FDS", number, 1);
    (void)setenv("LISTEN_FDNAMES", p->names, 1);
    (void)execvp(p->command[0], p->command);
    perror(p->command[0]);
    _exit(127);
}

/* ---- its words ---- */

static void hear(int notify)
{
    char text[1024];
    ssize_t n = recv(notify, text, sizeof text - 1, MSG_DONTWAIT);

    if (n <= 0)
        return;
    text[n] = '\0';
    (void)printf("%s%s", text, text[n - 1] == '\n' ? "" : "\n");
    (void)fflush(stdout);
}

static int follow(pid_t pid, int notify)
{
    struct pollfd p = {.fd = notify, .events = POLLIN};
    int status = 0;

    while (waitpid(pid, &status, WNOHANG) == 0)
        if (poll(&p, 1, 20) > 0)
            hear(notify);
    while (poll(&p, 1, 0) > 0)
        hear(notify);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

int main(int argc, char **argv)
{
    struct plan p = {.n = 0};
    struct sockaddr_un at;
    int i = 1;

    if (i < argc && strncmp(argv[i], "watchdog=", 9) == 0) {
        char usec[32];
        (void)snprintf(usec, sizeof usec, "%s000", argv[i++] + 9);
        (void)setenv("WATCHDOG_USEC", usec, 1);
    }
    if (i >= argc)
        return 2;
    (void)setenv("NOTIFY_SOCKET", argv[i], 1);
    socklen_t len = unix_address(argv[i], &at);
    if (argv[i][0] != '@')
        (void)unlink(argv[i]);
    int notify = check(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
    check(bind(notify, (const struct sockaddr *)&at, len), argv[i]);
    for (i++; i < argc && strcmp(argv[i], "--") != 0; i++)
        add(&p, argv[i]);
    p.command = argv + i + 1;
    if (i + 1 >= argc)
        return 2;
    pid_t pid = check(fork(), "fork");
    if (pid == 0)
        run(&p);
    (void)printf("pid %d\n", pid);
    (void)fflush(stdout);
    return follow(pid, notify);
}
