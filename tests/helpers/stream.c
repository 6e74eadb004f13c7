/* stream - many connections at once that check each byte. ADDRESS: socket_support.h
 *
 *     stream echo ADDRESS              send back what comes, on any number of connections
 *     stream run ADDRESS N STOP        N connections that talk to such an end until the file STOP
 * is there, then end in order; says what was lost
 */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#include "socket_support.h"

#define MANY     4000
#define CHUNK    512
#define PAUSE_MS 40

static struct pollfd polled[MANY + 1];

/* ---- echo ---- */

/* A full socket makes us wait for its reader: those of `run` read all the time. */
static bool echo_some(int fd)
{
    char bytes[65536];
    ssize_t n = recv(fd, bytes, sizeof bytes, 0), done = 0;

    while (done < n) {
        ssize_t sent = send(fd, bytes + done, (size_t)(n - done), MSG_NOSIGNAL);
        if (sent < 0)
            return false;
        done += sent;
    }
    return n > 0;
}

static int run_echo(char **arg)
{
    int fd = listen_at(arg[0]);
    nfds_t n = 1;

    polled[0] = (struct pollfd){.fd = fd, .events = POLLIN};
    while (check(poll(polled, n, -1), "poll") > 0) {
        if (polled[0].revents && n < MANY)
            polled[n++] = (struct pollfd){.fd = accept(fd, NULL, NULL), .events = POLLIN};
        for (nfds_t i = 1; i < n; i++) {
            if (!polled[i].revents || echo_some(polled[i].fd))
                continue;
            (void)close(polled[i].fd);
            polled[i--] = polled[--n];
        }
    }
    return 1;
}

/* ---- run ---- */

struct talk {
    uint64_t sent, received;
    bool ended, broken;
};
static struct talk talks[MANY];

static uint8_t byte_at(int connection, uint64_t offset)
{
    return (uint8_t)((uint64_t)connection * 131 + offset * 7 + (offset >> 8));
}

static void say_more(int fd, int i)
{
    uint8_t bytes[CHUNK];

    for (size_t k = 0; k < sizeof bytes; k++)
        bytes[k] = byte_at(i, talks[i].sent + k);
    if (send(fd, bytes, sizeof bytes, MSG_NOSIGNAL) == (ssize_t)sizeof bytes)
        talks[i].sent += sizeof bytes;
    else
        talks[i].broken = true;
}

static void hear(int fd, int i)
{
    uint8_t bytes[4096];
    ssize_t n = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);

    if (n < 0 && errno == EAGAIN)
        return;
    talks[i].ended = n == 0;
    talks[i].broken = talks[i].broken || n < 0;
    for (ssize_t k = 0; k < n; k++)
        if (bytes[k] != byte_at(i, talks[i].received++))
            talks[i].broken = true;
}

/* How many are still open. */
static int listen_to_all(int n)
{
    int open = 0;

    check(poll(polled, (nfds_t)n, PAUSE_MS), "poll");
    for (int i = 0; i < n; i++) {
        if (polled[i].fd >= 0 && polled[i].revents)
            hear(polled[i].fd, i);
        if (talks[i].ended || talks[i].broken)
            polled[i].fd = -1;
        open += polled[i].fd >= 0;
    }
    return open;
}

static int report(int n)
{
    unsigned long long bytes = 0;
    int lost = 0;

    for (int i = 0; i < n; i++) {
        bytes += talks[i].received;
        lost += talks[i].broken || !talks[i].ended || talks[i].received != talks[i].sent;
    }
    (void)printf("connections %d lost %d bytes %llu\n", n, lost, bytes);
    return lost > 0;
}

/* No more than 50 handshakes at once. */
static void open_all(const char *at, int n)
{
    int waits = 0;

    for (int i = 0; i < n; i++) {
        int fd = dial(at);
        polled[i] = (struct pollfd){.fd = fd, .events = POLLIN};
        say_more(fd, i);
        while (i % 50 == 49 && talks[i].received < talks[i].sent && waits++ < 1000)
            (void)listen_to_all(i + 1);
    }
}

static void end_all(int n)
{
    for (int i = 0; i < n; i++)
        if (polled[i].fd >= 0)
            (void)shutdown(polled[i].fd, SHUT_WR);
    for (int i = 0; i < 500 && listen_to_all(n) > 0; i++)
        ;
}

static int run_load(char **arg)
{
    const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};
    const int n = atoi(arg[1]);

    if (n < 1 || n > MANY)
        return 2;
    open_all(arg[0], n);
    (void)printf("open\n");
    (void)fflush(stdout);
    while (access(arg[2], F_OK) != 0) {
        (void)listen_to_all(n);
        for (int i = 0; i < n; i++)
            if (polled[i].fd >= 0 && talks[i].received == talks[i].sent)
                say_more(polled[i].fd, i);
        (void)nanosleep(&pause, NULL);
    }
    end_all(n);
    return report(n);
}

int main(int argc, char **argv)
{
    allow_files(MANY);
    if (argc == 3 && strcmp(argv[1], "echo") == 0)
        return run_echo(argv + 2);
    if (argc == 5 && strcmp(argv[1], "run") == 0)
        return run_load(argv + 2);
    (void)fprintf(stderr, "usage: see the head of tests/helpers/stream.c\n");
    return 2;
}
