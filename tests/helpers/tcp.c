/* tcp - plain ends for the scenarios. ADDRESS: socket_support.h
 *
 *     tcp count ADDRESS              take what comes, answer nothing, say how many bytes came
 *     tcp serve ADDRESS SEND RECV    one connection: send a file and receive one at the same time
 *     tcp call ADDRESS SEND RECV     the other end of it
 *     tcp record ADDRESS TO FILE     pass one connection on, keep what its caller said
 *     tcp wait ADDRESS TO FILE       pass one connection on; after the first answer, only once
 * there is such a file tcp hold ADDRESS N SECONDS     open N connections, stay silent, say how many
 * were left
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

#include "socket_support.h"

#define CHUNK 65536
#define MANY  20000

/* ---- count ---- */

static void count_some(struct pollfd *p, uint64_t *bytes)
{
    char waste[CHUNK];
    ssize_t n = read(p->fd, waste, sizeof waste);

    if (n > 0) {
        *bytes += (uint64_t)n;
        return;
    }
    (void)printf("closed after %llu bytes\n", (unsigned long long)*bytes);
    (void)close(p->fd);
    p->fd = -1;
}

static int run_count(char **arg)
{
    static struct pollfd polled[MANY];
    static uint64_t bytes[MANY];
    nfds_t n = 1;

    polled[0] = (struct pollfd){.fd = listen_at(arg[0]), .events = POLLIN};
    while (check(poll(polled, n, -1), "poll") > 0) {
        for (nfds_t i = 1; i < n; i++)
            if (polled[i].fd >= 0 && polled[i].revents)
                count_some(&polled[i], &bytes[i]);
        if (polled[0].revents && n < MANY) {
            polled[n++] = (struct pollfd){.fd = accept(polled[0].fd, NULL, NULL), .events = POLLIN};
            (void)printf("opened\n");
        }
        (void)fflush(stdout);
    }
    return 1;
}

/* ---- serve, call ---- */

struct duplex {
    int fd, from, to;
    uint8_t out[CHUNK];
    size_t len, sent;
    bool all_sent, all_received;
};

static void send_some(struct duplex *d)
{
    if (d->sent == d->len) {
        d->len = (size_t)check((int)read(d->from, d->out, sizeof d->out), "read");
        d->sent = 0;
    }
    if (d->len == 0) {
        d->all_sent = true;
        check(shutdown(d->fd, SHUT_WR), "shutdown");
        return;
    }
    ssize_t n = send(d->fd, d->out + d->sent, d->len - d->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && errno != EAGAIN)
        fail("send");
    d->sent += n > 0 ? (size_t)n : 0;
}

static void receive_some(struct duplex *d)
{
    uint8_t in[CHUNK];
    ssize_t n = recv(d->fd, in, sizeof in, MSG_DONTWAIT);

    if (n < 0 && errno == EAGAIN)
        return;
    check((int)n, "recv");
    d->all_received = n == 0;
    if (n > 0 && write(d->to, in, (size_t)n) != n)
        fail("write");
}

static int exchange(int fd, const char *send, const char *receive)
{
    static struct duplex d;

    d.fd = fd;
    d.from = check(open(send, O_RDONLY), send);
    d.to = check(open(receive, O_WRONLY | O_CREAT | O_TRUNC, 0644), receive);
    while (!d.all_sent || !d.all_received) {
        struct pollfd p = {.fd = fd};
        p.events = (short)((d.all_sent ? 0 : POLLOUT) | (d.all_received ? 0 : POLLIN));
        check(poll(&p, 1, -1), "poll");
        if (p.revents & (POLLIN | POLLHUP | POLLERR) && !d.all_received)
            receive_some(&d);
        if (p.revents & POLLOUT)
            send_some(&d);
    }
    return 0;
}

static int run_serve(char **arg)
{
    return exchange(check(accept(listen_at(arg[0]), NULL, NULL), "accept"), arg[1], arg[2]);
}

static int run_call(char **arg)
{
    return exchange(dial(arg[0]), arg[1], arg[2]);
}

/* ---- record, wait ---- */

static bool pass(int from, int to, int copy)
{
    uint8_t bytes[CHUNK];
    ssize_t n = read(from, bytes, sizeof bytes);

    if (n > 0 && copy >= 0 && write(copy, bytes, (size_t)n) != n)
        fail("write");
    return n > 0 && send(to, bytes, (size_t)n, MSG_NOSIGNAL) == n;
}

static int pass_all(int near, int far, int copy)
{
    struct pollfd polled[] = {{.fd = near, .events = POLLIN}, {.fd = far, .events = POLLIN}};
    bool alive = true;

    while (alive) {
        check(poll(polled, 2, -1), "poll");
        alive = (!polled[0].revents || pass(near, far, copy)) &&
                (!polled[1].revents || pass(far, near, -1));
    }
    return 0;
}

static int run_record(char **arg)
{
    int copy = check(open(arg[2], O_WRONLY | O_CREAT | O_TRUNC, 0644), arg[2]);
    int near = check(accept(listen_at(arg[0]), NULL, NULL), "accept");

    return pass_all(near, dial(arg[1]), copy);
}

static int run_wait(char **arg)
{
    int near = check(accept(listen_at(arg[0]), NULL, NULL), "accept"), far = dial(arg[1]);

    if (!pass(near, far, -1) || !pass(far, near, -1))
        return 1;
    (void)printf("waiting\n");
    (void)fflush(stdout);
    while (access(arg[2], F_OK) != 0)
        (void)usleep(10000);
    return pass_all(near, far, -1);
}

/* ---- hold ---- */

static bool still_open(int fd)
{
    char byte;
    ssize_t n = recv(fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK);

    return n > 0 || (n < 0 && errno == EAGAIN);
}

static int run_hold(char **arg)
{
    static int held[MANY];
    int n = atoi(arg[1]), left = 0;

    allow_files(MANY);
    if (n < 1 || n > MANY)
        return 2;
    for (int i = 0; i < n; i++)
        held[i] = dial(arg[0]);
    (void)printf("open\n");
    (void)fflush(stdout);
    (void)sleep((unsigned)atoi(arg[2]));
    for (int i = 0; i < n; i++)
        left += still_open(held[i]);
    (void)printf("left %d\n", left);
    return 0;
}

static const struct {
    const char *name;
    int args;
    int (*run)(char **arg);
} commands[] = {
    {"count", 1, run_count},   {"serve", 3, run_serve}, {"call", 3, run_call},
    {"record", 3, run_record}, {"wait", 3, run_wait},   {"hold", 3, run_hold},
};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(argv[1], commands[i].name) == 0 && argc == commands[i].args + 2)
            return commands[i].run(argv + 2);
    (void)fprintf(stderr, "usage: see the head of tests/helpers/tcp.c\n");
    return 2;
}
