/* A server in a thread that attests itself, judges who comes, and answers what it is told to. */
#ifndef REQUEST_SUPPORT_H
#define REQUEST_SUPPORT_H

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "conn_support.h"
#include "ratls/request.h"
#include "whole_request.h"

#define OK_HEAD "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"

/* What the server does behind its answer. */
enum ending {
    CLOSES, /* close_notify, then the socket */
    CUTS,   /* the socket alone */
    RESETS, /* that, by a reset */
    STAYS,  /* until the client goes */
};

struct script {
    struct ratls_bytes answer;
    size_t chunk; /* bytes of one record; 0: as many as fit */
    enum ending ending;
    bool deaf; /* does not read the request */
};

static struct attested_server {
    struct rig rig;
    const struct script *script;
    pthread_t thread;
    int listener;
    char url[64];
    char request[300 * 1024]; /* of the last one */
    size_t request_len;
    enum ratls_err handshake;
    int64_t timeout_ms; /* of requests; 0: 20 s */
} server;

static inline void server_open(const struct side_plan *client, const struct side_plan *own)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;

    rig_make_sides(&server.rig, client, own);
    server.timeout_ms = 20000;
    server.listener = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_geq(server.listener, 0);
    cr_assert_eq(bind(server.listener, (struct sockaddr *)&address, len), 0);
    cr_assert_eq(listen(server.listener, 4), 0);
    cr_assert_eq(getsockname(server.listener, (struct sockaddr *)&address, &len), 0);
    (void)snprintf(server.url, sizeof server.url, "https://127.0.0.1:%u/there?a=b",
                   (unsigned)ntohs(address.sin_port));
}

static inline void server_usual(void)
{
    const struct side_plan usual = {0};

    server_open(&usual, &usual);
}

static inline void server_close(void)
{
    (void)close(server.listener);
    rig_free(&server.rig);
}

static inline void hear(struct ratls_conn *conn)
{
    size_t n = 0;

    while (!is_whole_request(server.request, server.request_len) &&
           server.request_len < sizeof server.request - 1 &&
           ratls_conn_read(conn, (uint8_t *)server.request + server.request_len,
                           sizeof server.request - 1 - server.request_len, &n) == RATLS_OK)
        server.request_len += n;
}

static inline void say(struct ratls_conn *conn, const struct script *s)
{
    size_t n = 0;

    for (size_t at = 0; at < s->answer.len; at += n) {
        const size_t left = s->answer.len - at;
        if (ratls_conn_write(conn, s->answer.p + at, s->chunk && s->chunk < left ? s->chunk : left,
                             &n) != RATLS_OK)
            return;
    }
}

static inline void end_with(struct ratls_conn *conn, int fd, enum ending ending)
{
    const struct linger now = {.l_onoff = 1};
    uint8_t byte;

    if (ending == CLOSES) {
        enum ratls_err e = ratls_conn_close_write(conn);
        (void)e;
    }
    if (ending == RESETS)
        (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    while (ending == STAYS && recv(fd, &byte, 1, 0) > 0)
        continue;
    (void)close(fd);
}

static inline void *serve_one(void *arg)
{
    struct ratls_conn *conn = NULL;
    int fd = accept(server.listener, NULL, NULL);

    (void)arg;
    server.handshake =
        ratls_conn_new(server.rig.server.ctx, RATLS_SERVER, ratls_io_fd(fd), &conn, NULL);
    if (!server.handshake)
        server.handshake = ratls_conn_handshake(conn);
    if (server.handshake) {
        (void)shutdown(fd, SHUT_WR); /* a reset would overtake the refusal */
        end_with(conn, fd, STAYS);
    } else {
        if (!server.script->deaf)
            hear(conn);
        say(conn, server.script);
        end_with(conn, fd, server.script->ending);
    }
    ratls_conn_free(conn);
    return NULL;
}

static inline void server_start(const struct script *s)
{
    server.script = s;
    server.request_len = 0;
    memset(server.request, 0, sizeof server.request);
    cr_assert_eq(pthread_create(&server.thread, NULL, serve_one, NULL), 0);
}

static inline void server_join(void)
{
    cr_assert_eq(pthread_join(server.thread, NULL), 0);
}

/* Nobody waits to be accepted. */
static inline bool is_alone(void)
{
    struct pollfd p = {.fd = server.listener, .events = POLLIN};

    return poll(&p, 1, 0) == 0;
}

/* One request, to the URL of the server unless it has one. */
static inline enum ratls_err ask(struct ratls_request request, const struct script *s,
                                 struct ratls_response *out, struct ratls_error *err)
{
    server_start(s);
    if (!request.url)
        request.url = server.url;
    if (!request.timeout_ms)
        request.timeout_ms = server.timeout_ms;
    *err = (struct ratls_error){0};
    enum ratls_err e =
        ratls_request_send(ratls_env_system(), server.rig.client.ctx, &request, out, err);
    server_join();
    return e;
}

#endif
