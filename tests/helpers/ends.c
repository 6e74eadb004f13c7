/* ends - one tunnel, all ends of it in one hand, to see how it ends.
 *
 *     ends PLAIN TAP SERVER BACKEND STEP...     four ADDRESSes, socket_support.h
 *
 * app calls the client's proxy at PLAIN, which reaches the server's proxy at SERVER through a tap
 * at TAP; that one reaches back at BACKEND. Each says a byte to the other. Then the steps, where
 * WHO is app or back:
 *
 *     WHO.say=N    say N bytes, as the other takes them
 *     WHO.half     end this direction when all is said
 *     WHO.close    close, when a first piece of it is said: a reset, with bytes unread
 *     WHO.reset    reset, likewise
 *     WHO.deaf     read nothing until the last step is done
 *     WHO.told     wait until this one was told of an end
 *     cut.fin      the tap ends both connections by FIN, whatever is on its way
 *     cut.reset    the tap resets both
 *     settle       until nothing moves any more
 *     wait=MS      so long, as far as nothing moves
 *
 * Then both listen until all is over, and it is said what each heard: all, part of, or something
 * else than what was said to it, and then an end, a reset, an end and then a reset, or nothing. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#include "socket_support.h"

#define CHUNK    16384
#define QUIET_MS 50    /* then nothing moves any more */
#define PATIENCE 8000  /* ms */
#define WINDOW   65536 /* bytes that the kernel may hold for us: what is more stays in proxies */

struct party {
    int fd;
    bool deaf, awaited, half, shut; /* half: shut down when all is said */
    bool failed;                    /* in writing: the kernel tells a reset once */
    bool other;                     /* heard something else */
    uint64_t to_say, said, heard;
    const char *end; /* NULL: none yet */
};

static struct party app = {.fd = -1}, back = {.fd = -1};

/* A tap's way: what was read at one and not yet written at the other. */
struct way {
    int from, to;
    uint8_t bytes[CHUNK];
    size_t len, done;
    bool is_deaf; /* who should hear is gone: the bytes are dropped */
};

static struct way ways[2];
static bool is_cut, is_broken;

static void tune(int fd)
{
    const int window = WINDOW;

    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &window, sizeof window);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &window, sizeof window);
    check(fcntl(fd, F_SETFL, O_NONBLOCK), "fcntl");
}

static void reset(int *fd)
{
    const struct linger now = {.l_onoff = 1, .l_linger = 0};

    check(setsockopt(*fd, SOL_SOCKET, SO_LINGER, &now, sizeof now), "linger");
    (void)close(*fd);
    *fd = -1;
}

/* ---- app and back ---- */

static uint8_t byte_at(const struct party *speaker, uint64_t offset)
{
    return (uint8_t)((speaker == &app) + offset * 7 + (offset >> 8));
}

/* These say whether anything moved. */
static bool say(struct party *p)
{
    uint8_t bytes[CHUNK];
    size_t len = p->to_say - p->said < CHUNK ? (size_t)(p->to_say - p->said) : CHUNK;

    if (p->fd < 0 || p->failed || (len == 0 && (!p->half || p->shut)))
        return false;
    if (len == 0) {
        p->shut = true;
        return shutdown(p->fd, SHUT_WR) == 0;
    }
    for (size_t i = 0; i < len; i++)
        bytes[i] = byte_at(p, p->said + i);
    ssize_t n = send(p->fd, bytes, len, MSG_NOSIGNAL);
    p->said += n > 0 ? (uint64_t)n : 0;
    p->failed = n < 0 && errno != EAGAIN;
    return n > 0;
}

static int error_of(int fd)
{
    int reason = 0;
    socklen_t len = sizeof reason;

    check(getsockopt(fd, SOL_SOCKET, SO_ERROR, &reason, &len), "getsockopt");
    return reason;
}

static bool is_reset(int reason)
{
    return reason == ECONNRESET || reason == EPIPE;
}

/* A reset may come behind an end. */
static void listen_on(struct party *p)
{
    if ((p->failed || is_reset(error_of(p->fd))) && strcmp(p->end, "end") == 0)
        p->end = "end reset";
}

static const char *end_of(const struct party *p, ssize_t n)
{
    if (n == 0)
        return p->failed ? "reset" : "end";
    return is_reset(errno) ? "reset" : strerror(errno);
}

static bool hear(struct party *p, const struct party *speaker)
{
    uint8_t bytes[CHUNK];

    if (p->fd < 0 || p->deaf)
        return false;
    if (p->end) {
        listen_on(p);
        return false;
    }
    ssize_t n = recv(p->fd, bytes, sizeof bytes, 0);
    if (n < 0 && errno == EAGAIN)
        return false;
    for (ssize_t i = 0; i < n; i++)
        p->other = p->other || bytes[i] != byte_at(speaker, p->heard++);
    if (n <= 0)
        p->end = end_of(p, n);
    return true;
}

/* ---- the tap ---- */

static void break_off(void)
{
    for (int i = 0; i < 2; i++) {
        ways[i].from = -1;
        if (ways[i].to >= 0)
            reset(&ways[i].to);
    }
}

/* A reset must not become an end at the tap, nor overtake bytes: where something is read, it is
 * found behind them. */
static bool is_whole(void)
{
    for (int i = 0; i < 2; i++)
        if (ways[i].to >= 0 && ways[1 - i].from < 0 && error_of(ways[i].to) != 0)
            return false;
    return true;
}

static bool fill(struct way *w)
{
    ssize_t n = recv(w->from, w->bytes, sizeof w->bytes, 0);

    if ((n < 0 && errno != EAGAIN) || (n == 0 && is_broken)) {
        break_off();
    } else if (n == 0) {
        w->from = -1;
        (void)shutdown(w->to, SHUT_WR);
    }
    w->len = n > 0 ? (size_t)n : 0;
    w->done = 0;
    return n > 0;
}

static bool carry(struct way *w)
{
    if (w->from < 0 || (w->len == 0 && !fill(w)))
        return false;
    ssize_t n = is_cut || w->is_deaf ? (ssize_t)w->len
                                     : send(w->to, w->bytes + w->done, w->len, MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN)
        is_broken = w->is_deaf = true; /* the kernel tells a reset once */
    w->done += n > 0 ? (size_t)n : 0;
    w->len -= n > 0 ? (size_t)n : 0;
    return n > 0;
}

/* ---- time ---- */

static int64_t now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool move(void)
{
    bool moved = say(&app);

    moved = say(&back) || moved;
    moved = hear(&app, &back) || moved;
    moved = hear(&back, &app) || moved;
    if (!is_cut && !is_whole())
        break_off();
    moved = carry(&ways[0]) || moved;
    return carry(&ways[1]) || moved;
}

static bool is_told(const struct party *p)
{
    return p->fd < 0 || p->end;
}

/* By both sides, or by a reset, which may come behind an end. */
static bool is_closed(const struct party *p)
{
    struct tcp_info of = {0};
    socklen_t len = sizeof of;

    return p->fd < 0 || (p->end && getsockopt(p->fd, IPPROTO_TCP, TCP_INFO, &of, &len) == 0 &&
                         (of.tcpi_state == TCP_CLOSE || of.tcpi_state == TCP_TIME_WAIT));
}

static bool is_over(void)
{
    return is_closed(&app) && is_closed(&back) &&
           (is_cut || (ways[0].from < 0 && ways[1].from < 0));
}

static bool is_open(void)
{
    return app.heard == 1 && back.heard == 1;
}

static bool are_told(void)
{
    return (!app.awaited || is_told(&app)) && (!back.awaited || is_told(&back));
}

static bool never(void)
{
    return false;
}

/* Until it is so; false: nothing moved for so long. */
static bool run(bool (*is_so)(void), int64_t quiet_ms)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    int64_t last = now_ms();

    while (!is_so()) {
        if (move())
            last = now_ms();
        else
            (void)nanosleep(&pause, NULL);
        if (now_ms() - last >= quiet_ms)
            return false;
    }
    return true;
}

/* ---- the way there ---- */

static int meet(int listener)
{
    struct pollfd p = {.fd = listener, .events = POLLIN};

    for (int64_t begun = now_ms(); now_ms() - begun < PATIENCE;) {
        (void)move();
        if (poll(&p, 1, 1) > 0)
            return check(accept4(listener, NULL, NULL, SOCK_CLOEXEC), "accept");
    }
    errno = ETIMEDOUT;
    fail("nobody comes");
}

static void open_all(char **arg)
{
    int tap = listen_at(arg[1]), backend = listen_at(arg[3]), near, far;
    const int window = WINDOW;

    (void)setsockopt(backend, SOL_SOCKET, SO_RCVBUF, &window, sizeof window);
    (void)setsockopt(tap, SOL_SOCKET, SO_RCVBUF, &window, sizeof window);
    ways[0].from = ways[1].from = ways[0].to = ways[1].to = -1;
    app.fd = dial(arg[0]);
    tune(app.fd);
    near = meet(tap);
    far = dial(arg[2]);
    tune(near);
    tune(far);
    ways[0].from = ways[1].to = near;
    ways[1].from = ways[0].to = far;
    back.fd = meet(backend);
    tune(back.fd);
    app.to_say = back.to_say = 1;
    if (!run(is_open, PATIENCE))
        fail("not open");
}

/* ---- steps ---- */

static void cut(const char *how)
{
    is_cut = true;
    if (strcmp(how, "reset") == 0) {
        break_off();
        return;
    }
    (void)shutdown(ways[0].to, SHUT_WR);
    (void)shutdown(ways[1].to, SHUT_WR);
}

static void hang_up(struct party *p)
{
    (void)close(p->fd);
    p->fd = -1;
}

static void wait_for_end(struct party *p)
{
    p->awaited = true;
    (void)run(are_told, PATIENCE);
}

static bool act(struct party *p, const char *what)
{
    (void)say(p);
    if (strncmp(what, "say=", 4) == 0)
        p->to_say += strtoull(what + 4, NULL, 10);
    else if (strcmp(what, "half") == 0)
        p->half = true;
    else if (strcmp(what, "told") == 0)
        wait_for_end(p);
    else if (strcmp(what, "deaf") == 0)
        p->deaf = true;
    else if (strcmp(what, "reset") == 0)
        reset(&p->fd);
    else if (strcmp(what, "close") == 0)
        hang_up(p);
    else
        return false;
    return true;
}

static bool step(const char *text)
{
    if (strcmp(text, "settle") == 0) {
        (void)run(never, QUIET_MS);
        return true;
    }
    if (strncmp(text, "wait=", 5) == 0) {
        (void)run(is_over, strtol(text + 5, NULL, 10));
        return true;
    }
    if (strcmp(text, "cut.fin") == 0 || strcmp(text, "cut.reset") == 0) {
        cut(text + 4);
        return true;
    }
    if (strncmp(text, "app.", 4) == 0)
        return act(&app, text + 4);
    return strncmp(text, "back.", 5) == 0 && act(&back, text + 5);
}

static void report(const char *name, const struct party *p, const struct party *speaker)
{
    const char *what = p->other ? "other" : p->heard == speaker->to_say ? "all" : "part";

    if (p->fd < 0)
        (void)printf("%s gone\n", name);
    else
        (void)printf("%s %s %s\n", name, what, p->end ? p->end : "nothing");
}

int main(int argc, char **argv)
{
    if (argc < 5) {
        (void)fprintf(stderr, "usage: see the head of tests/helpers/ends.c\n");
        return 2;
    }
    open_all(argv + 1);
    for (int i = 5; i < argc; i++)
        if (!step(argv[i]))
            fail(argv[i]);
    app.deaf = back.deaf = false;
    (void)run(is_over, PATIENCE);
    (void)move(); /* what was told last */
    report("app", &app, &back);
    report("back", &back, &app);
    return 0;
}
