/* opa_support.h - something at the other end that behaves as a test wants, on TCP or a unix socket:
 * whole answers, slow ones, none, many on one connection. To be included by one file of a test
 * program. */
#ifndef OPA_SUPPORT_H
#define OPA_SUPPORT_H

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "base.h"
#include "ratls/opa.h"

#define OK_LINE "HTTP/1.1 200 OK\r\n"
#define JSON    "Content-Type: application/json\r\n"
#define CLOSE   "Connection: close\r\n"

struct manner {
    struct ratls_bytes answer;
    unsigned delay_ms;   /* before the answer */
    unsigned trickle_ms; /* between its single bytes */
    bool stalls;         /* goes silent behind the answer, and does not close */
    bool keeps;          /* takes further questions on the connection */
};

static struct opa_server {
    struct manner manner;
    int listener;
    pthread_t thread;
    atomic_uint connections, questions;
    atomic_bool over;
    char request[1 << 21]; /* the last one */
    char url[128], path[64];
} server;

/* Header and body; false at the end of the connection. */
static bool read_question(int fd)
{
    char *r = server.request;
    size_t have = 0, want = sizeof server.request - 1;

    while (have < want) {
        ssize_t n = read(fd, r + have, want - have);
        if (n <= 0)
            return false;
        have += (size_t)n;
        r[have] = 0;
        const char *body = strstr(r, "\r\n\r\n"), *length = strcasestr(r, "content-length: ");
        if (body && length)
            want = (size_t)(body + 4 - r) + strtoul(length + 16, NULL, 10);
    }
    return true;
}

static void say(int fd, struct ratls_bytes text)
{
    const size_t step = server.manner.trickle_ms ? 1 : text.len;

    for (size_t i = 0; i < text.len && !server.over; i += step) {
        (void)usleep(server.manner.trickle_ms * 1000);
        if (send(fd, text.p + i, step, MSG_NOSIGNAL) < 0)
            return;
    }
}

static void *serve_one(void *arg)
{
    int fd = (int)(intptr_t)arg;

    do {
        if (!read_question(fd))
            break;
        server.questions++;
        (void)usleep(server.manner.delay_ms * 1000);
        say(fd, server.manner.answer);
    } while (server.manner.keeps && !server.over);
    while (server.manner.stalls && !server.over)
        (void)usleep(10000);
    (void)close(fd);
    return NULL;
}

static void *serve(void *arg)
{
    pthread_t threads[64];
    size_t n = 0;
    int fd;

    (void)arg;
    while (n < RT_COUNT(threads) && (fd = accept(server.listener, NULL, NULL)) >= 0) {
        server.connections++;
        cr_assert_eq(pthread_create(&threads[n++], NULL, serve_one, (void *)(intptr_t)fd), 0);
    }
    while (n > 0)
        (void)pthread_join(threads[--n], NULL);
    return NULL;
}

static void begin(const struct sockaddr *address, socklen_t len, const struct manner *manner)
{
    server.manner = *manner;
    server.connections = server.questions = 0;
    server.over = false;
    memset(server.request, 0, sizeof server.request);
    server.listener = socket(address->sa_family, SOCK_STREAM, 0);
    cr_assert_geq(server.listener, 0);
    cr_assert_eq(setsockopt(server.listener, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)), 0);
    cr_assert_eq(bind(server.listener, address, len), 0);
    cr_assert_eq(listen(server.listener, 64), 0);
}

static void run_server(void)
{
    cr_assert_eq(pthread_create(&server.thread, NULL, serve, NULL), 0);
}

static void start_at(uint16_t port, const struct manner *manner)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port)};
    socklen_t len = sizeof address;

    begin((struct sockaddr *)&address, len, manner);
    cr_assert_eq(getsockname(server.listener, (struct sockaddr *)&address, &len), 0);
    (void)snprintf(server.url, sizeof server.url, "http://127.0.0.1:%u",
                   (unsigned)ntohs(address.sin_port));
    server.path[0] = 0;
    run_server();
}

static void start_server(const struct manner *manner)
{
    start_at(0, manner);
}

static void start_unix_server(const struct manner *manner)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    (void)snprintf(server.path, sizeof server.path, "/tmp/ratls-opa.%d", (int)getpid());
    (void)unlink(server.path);
    memcpy(address.sun_path, server.path, sizeof server.path);
    begin((struct sockaddr *)&address, sizeof address, manner);
    (void)snprintf(server.url, sizeof server.url, "http+unix:%s", server.path);
    run_server();
}

/* Whoever holds kept connections lets go of them before. */
static void stop_server(void)
{
    server.over = true;
    (void)shutdown(server.listener, SHUT_RDWR);
    (void)pthread_join(server.thread, NULL);
    (void)close(server.listener);
    if (server.path[0])
        (void)unlink(server.path);
}

#endif
