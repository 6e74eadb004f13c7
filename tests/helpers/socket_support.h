/* socket_support.h - ADDRESS is host:port, [IPv6]:port or the path of a socket. What fails ends the
 * program, with a word. */
#ifndef SOCKET_SUPPORT_H
#define SOCKET_SUPPORT_H

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

static _Noreturn void fail(const char *what)
{
    perror(what);
    exit(1);
}

static inline int check(int result, const char *what)
{
    if (result < 0)
        fail(what);
    return result;
}

struct address {
    struct sockaddr_storage at;
    socklen_t len;
};

static inline void resolve_unix(const char *path, struct address *a)
{
    struct sockaddr_un *un = (struct sockaddr_un *)&a->at;

    un->sun_family = AF_UNIX;
    (void)snprintf(un->sun_path, sizeof un->sun_path, "%s", path);
    a->len = sizeof *un;
}

static inline struct address address(const char *text)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST};
    const char *colon = strrchr(text, ':');
    struct addrinfo *found = NULL;
    struct address a = {0};
    char host[128] = "";

    if (text[0] == '/') {
        resolve_unix(text, &a);
        return a;
    }
    if (colon)
        (void)snprintf(host, sizeof host, "%.*s", (int)(colon - text), text);
    if (host[0] == '[') {
        memmove(host, host + 1, strlen(host));
        host[strlen(host) - 1] = '\0';
    }
    if (!colon || getaddrinfo(host, colon + 1, &hints, &found) != 0)
        fail(text);
    memcpy(&a.at, found->ai_addr, found->ai_addrlen);
    a.len = found->ai_addrlen;
    freeaddrinfo(found);
    return a;
}

static inline int stream_socket(const struct address *a)
{
    return check(socket(a->at.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
}

static inline int listen_at(const char *text)
{
    const struct address a = address(text);
    const int on = 1;
    int fd = stream_socket(&a);

    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    check(bind(fd, (const struct sockaddr *)&a.at, a.len), text);
    check(listen(fd, 4096), text);
    (void)fprintf(stderr, "listening\n");
    return fd;
}

static inline int dial(const char *text)
{
    const struct address a = address(text);
    int fd = stream_socket(&a);

    check(connect(fd, (const struct sockaddr *)&a.at, a.len), text);
    return fd;
}

static inline void allow_files(rlim_t n)
{
    const struct rlimit files = {n + 64, n + 64};

    (void)setrlimit(RLIMIT_NOFILE, &files);
}

#endif
