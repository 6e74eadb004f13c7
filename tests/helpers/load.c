/* load - many connections at once. ADDRESS: socket_support.h
 *
 *     load echo ADDRESS              give back what comes, to its end, to everybody
 *     load tunnels ADDRESS N         open N connections, each answered once; then for every line on
 *                                    stdin ask all of them again; close them at its end
 *     load pulse ADDRESS N SECONDS   N connections ask all the time; one that breaks is opened
 * again
 *
 * A question is 64 bytes that no other question has, and its answer the same bytes. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "socket_support.h"

#define MOST      20000
#define QUESTION  64
#define AT_ONCE   128 /* questions of `tunnels` under way: below what a proxy refuses */
#define PATIENCE  60  /* seconds */
#define REST_MS   20  /* between answer and next question of `pulse` */
#define REOPEN_MS 100

static int64_t now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void watch(int epoll, int fd, uint32_t what, uint32_t whose)
{
    struct epoll_event ev = {.events = what, .data.u32 = whose};

    if (epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &ev) && errno == ENOENT)
        check(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &ev), "epoll_ctl");
}

/* ---- echo ---- */

static void take_all(int epoll, int listener)
{
    int fd;

    while ((fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0)
        watch(epoll, fd, EPOLLIN, (uint32_t)fd);
}

/* Writing may wait: nobody asks more before he has his answer. */
static void give_back(int fd)
{
    char bytes[4096];
    ssize_t n = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);

    if (n < 0 && errno == EAGAIN)
        return;
    if (n <= 0 || send(fd, bytes, (size_t)n, MSG_NOSIGNAL) != n)
        (void)close(fd);
}

static int run_echo(char **arg)
{
    int listener = listen_at(arg[0]);
    int epoll = check(epoll_create1(EPOLL_CLOEXEC), "epoll");
    struct epoll_event got[256];

    allow_files(MOST);
    check(fcntl(listener, F_SETFL, O_NONBLOCK), "fcntl");
    watch(epoll, listener, EPOLLIN, (uint32_t)listener);
    int n = 0;
    while ((n = check(epoll_wait(epoll, got, 256, -1), "epoll_wait")) > 0) {
        for (int i = 0; i < n; i++) {
            if ((int)got[i].data.u32 == listener)
                take_all(epoll, listener);
            else
                give_back((int)got[i].data.u32);
        }
    }
    return 1;
}

/* ---- asking ---- */

struct asker {
    int fd; /* -1: none */
    uint64_t serial;
    uint8_t question[QUESTION];
    size_t got;
    bool waiting, broke; /* broke: at least once */
    int64_t next_ms;     /* when to ask or open again */
};

static struct address target;
static struct asker askers[MOST];
static unsigned n_askers;
static int poller;
static uint64_t last_serial, answers;

static bool send_question(struct asker *a)
{
    a->serial = ++last_serial;
    for (size_t i = 0; i < QUESTION; i++)
        a->question[i] = (uint8_t)(a->serial >> 8 * (i % 8)) ^ (uint8_t)(i * 37);
    a->got = 0;
    a->waiting = true;
    return send(a->fd, a->question, QUESTION, MSG_NOSIGNAL | MSG_DONTWAIT) == QUESTION;
}

static bool ask(struct asker *a)
{
    if (a->fd < 0) {
        a->fd = stream_socket(&target);
        if (connect(a->fd, (const struct sockaddr *)&target.at, target.len))
            return false;
        watch(poller, a->fd, EPOLLIN, (uint32_t)(a - askers));
    }
    return send_question(a);
}

/* False: the connection is over, or the answer is another one. */
static bool take_answer(struct asker *a)
{
    uint8_t in[QUESTION];
    ssize_t n = recv(a->fd, in, QUESTION - a->got, MSG_DONTWAIT);

    if (n < 0 && errno == EAGAIN)
        return true;
    if (n > 0 && (!a->waiting || memcmp(in, a->question + a->got, (size_t)n) != 0)) {
        (void)printf("another answer\n");
        exit(1);
    }
    if (n <= 0)
        return false;
    a->got += (size_t)n;
    if (a->got == QUESTION) {
        a->waiting = false;
        answers++;
    }
    return true;
}

static void hang_up(struct asker *a)
{
    (void)close(a->fd);
    *a = (struct asker){.fd = -1, .broke = true};
}

static void take_answers(int wait_ms)
{
    struct epoll_event got[256];
    int n = check(epoll_wait(poller, got, 256, wait_ms), "epoll_wait");

    for (int i = 0; i < n; i++) {
        struct asker *a = &askers[got[i].data.u32];
        if (a->fd >= 0 && !take_answer(a))
            hang_up(a);
    }
}

static void begin(char **arg)
{
    target = address(arg[0]);
    n_askers = (unsigned)strtoul(arg[1], NULL, 10);
    poller = check(epoll_create1(EPOLL_CLOEXEC), "epoll");
    if (n_askers < 1 || n_askers > MOST)
        exit(2);
    for (unsigned i = 0; i < n_askers; i++)
        askers[i].fd = -1;
    allow_files(MOST);
}

static unsigned open_now(bool unbroken)
{
    unsigned n = 0;

    for (unsigned i = 0; i < n_askers; i++)
        n += askers[i].fd >= 0 && !(unbroken && askers[i].broke);
    return n;
}

/* ---- tunnels ---- */

/* Each is asked once; how many answered. */
static unsigned ask_all(void)
{
    uint64_t before = answers, asked = 0, lost = 0;
    int64_t until = now_ms() + PATIENCE * 1000;

    for (unsigned i = 0; i < n_askers || answers - before + lost < asked;) {
        if (i < n_askers && asked - (answers - before) - lost < AT_ONCE) {
            if (ask(&askers[i]))
                asked++;
            else
                hang_up(&askers[i]);
            i++;
            continue;
        }
        unsigned open_before = open_now(false);
        take_answers(1000);
        lost += open_before - open_now(false);
        if (now_ms() > until)
            break;
    }
    return (unsigned)(answers - before);
}

static int run_tunnels(char **arg)
{
    char line[64];

    begin(arg);
    do {
        (void)printf("answered %u\n", ask_all());
        (void)fflush(stdout);
    } while (fgets(line, sizeof line, stdin));
    (void)printf("open %u\n", open_now(false));
    return 0;
}

/* ---- pulse ---- */

static void pulse_one(struct asker *a)
{
    int64_t now = now_ms();

    if (a->waiting || now < a->next_ms)
        return;
    a->next_ms = now + REST_MS;
    if (!ask(a)) {
        hang_up(a);
        a->next_ms = now + REOPEN_MS;
    }
}

static int run_pulse(char **arg)
{
    int64_t until = 0;

    begin(arg);
    (void)printf("answered %u\n", ask_all());
    (void)fflush(stdout);
    until = now_ms() + strtol(arg[2], NULL, 10) * 1000;
    while (now_ms() < until) {
        for (unsigned i = 0; i < n_askers; i++)
            pulse_one(&askers[i]);
        take_answers(5);
    }
    (void)printf("unbroken %u open %u answers %llu\n", open_now(true), open_now(false),
                 (unsigned long long)answers);
    return 0;
}

static const struct {
    const char *name;
    int args;
    int (*run)(char **arg);
} commands[] = {{"echo", 1, run_echo}, {"tunnels", 2, run_tunnels}, {"pulse", 3, run_pulse}};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(argv[1], commands[i].name) == 0 && argc == commands[i].args + 2)
            return commands[i].run(argv + 2);
    (void)fprintf(stderr, "usage: see the head of tests/helpers/load.c\n");
    return 2;
}
