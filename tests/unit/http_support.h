/* A server of plain HTTP on loopback: one connection after the other, each gets what is next. */
#ifndef HTTP_SUPPORT_H
#define HTTP_SUPPORT_H

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "base.h"
#include "whole_request.h"

#define OK_LINE      "HTTP/1.1 200 OK\r\n"
#define CLOSE        "Connection: close\r\n"
#define MAX_REQUESTS 4

static struct server {
    pthread_t thread;
    int listener;
    const struct ratls_bytes *answers;
    size_t n;
    unsigned delay_ms; /* before each answer */
    char requests[MAX_REQUESTS][2048];
    char base[64], url[96];
} server;

static void read_request(int fd, char *request, size_t size)
{
    for (size_t have = 0; have < size - 1 && !is_whole_request(request, have);) {
        ssize_t n = read(fd, request + have, size - 1 - have);
        if (n <= 0)
            break;
        have += (size_t)n;
        request[have] = 0;
    }
}

static void *serve(void *arg)
{
    struct server *s = arg;

    for (size_t i = 0; i < s->n; i++) {
        int fd = accept(s->listener, NULL, NULL);
        if (fd < 0)
            break;
        read_request(fd, s->requests[i], sizeof s->requests[i]);
        (void)usleep(s->delay_ms * 1000);
        ssize_t n = 1;
        for (size_t done = 0; done < s->answers[i].len && n > 0; done += n > 0 ? (size_t)n : 0)
            n = send(fd, s->answers[i].p + done, s->answers[i].len - done, MSG_NOSIGNAL);
        (void)close(fd);
    }
    return NULL;
}

/* The answers are borrowed until stop_server(). */
static void start_server(const struct ratls_bytes *answers, size_t n, unsigned delay_ms)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;

    cr_assert_leq(n, MAX_REQUESTS);
    server = (struct server){.answers = answers, .n = n, .delay_ms = delay_ms};
    server.listener = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_geq(server.listener, 0);
    cr_assert_eq(bind(server.listener, (struct sockaddr *)&address, len), 0);
    cr_assert_eq(listen(server.listener, 1), 0);
    cr_assert_eq(getsockname(server.listener, (struct sockaddr *)&address, &len), 0);
    (void)snprintf(server.base, sizeof server.base, "http://127.0.0.1:%u",
                   (unsigned)ntohs(address.sin_port));
    (void)snprintf(server.url, sizeof server.url, "%s/there?token=hidden", server.base);
    cr_assert_eq(pthread_create(&server.thread, NULL, serve, &server), 0);
}

static void stop_server(void)
{
    (void)shutdown(server.listener, SHUT_RDWR); /* in case nobody came */
    (void)pthread_join(server.thread, NULL);
    (void)close(server.listener);
}

#endif
