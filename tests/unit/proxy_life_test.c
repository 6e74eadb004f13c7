/* Phases of a proxy's life, and what a service manager gives and is told. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "activation.h"
#include "lifecycle.h"

static struct ratls_error err;

/* ---- phases ---- */

static const enum px_phase all[] = {PX_STARTING, PX_READY, PX_RELOADING, PX_DRAINING, PX_STOPPED};

Test(proxy_lifecycle, there_is_no_way_back)
{
    static const char ways[5][6] = {".R.DS", "..LDS", ".R.DS", "....S", "....."};
    static const char names[] = "TRLDS";

    for (size_t from = 0; from < 5; from++)
        for (size_t to = 0; to < 5; to++) {
            struct px_lifecycle l = {.phase = all[from], .notify.fd = -1};
            bool way = ways[from][to] == names[to];
            cr_expect_eq(px_lifecycle_enter(&l, all[to]), way, "%zu to %zu", from, to);
            cr_expect_eq(l.phase, all[way ? to : from]);
        }
}

/* ---- words ---- */

static int manager = -1;
static char path[64];

static void listen_at(const char *address, size_t len)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};

    memcpy(at.sun_path, address, len);
    if (address[0] == '@')
        at.sun_path[0] = '\0';
    manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    cr_assert_eq(bind(manager, (struct sockaddr *)&at,
                      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)),
                 0);
    cr_assert_eq(setenv("NOTIFY_SOCKET", address, 1), 0);
}

static const char *heard(void)
{
    static char text[512];
    ssize_t n = recv(manager, text, sizeof text - 1, 0);

    text[n > 0 ? n : 0] = '\0';
    return text;
}

static struct px_lifecycle life;

static void begin(const char *watchdog_usec)
{
    if (watchdog_usec)
        cr_assert_eq(setenv("WATCHDOG_USEC", watchdog_usec, 1), 0);
    (void)snprintf(path, sizeof path, "/tmp/px-life-test-%d", getpid());
    listen_at(path, strlen(path));
    life = (struct px_lifecycle){.phase = PX_STARTING};
    cr_assert_eq(px_notify_open(&life.notify, &err), RATLS_OK, "%s", err.detail);
    cr_expect_null(getenv("NOTIFY_SOCKET"));
    cr_expect_null(getenv("WATCHDOG_USEC"));
}

static void end(void)
{
    px_notify_close(&life.notify);
    (void)close(manager);
    (void)unlink(path);
}

TestSuite(proxy_notify, .fini = end);

Test(proxy_notify, tells_each_phase_once)
{
    begin(NULL);
    (void)px_lifecycle_enter(&life, PX_READY);
    cr_expect_eq(strncmp(heard(), "READY=1\n", 8), 0);
    (void)px_lifecycle_enter(&life, PX_RELOADING);
    const char *text = heard();
    cr_expect_eq(strncmp(text, "RELOADING=1\nMONOTONIC_USEC=", 27), 0, "%s", text);
    cr_expect_gt(strtoll(text + 27, NULL, 10), 0);
    (void)px_lifecycle_enter(&life, PX_READY);
    cr_expect_eq(strncmp(heard(), "READY=1\n", 8), 0);
    (void)px_lifecycle_enter(&life, PX_DRAINING);
    cr_expect_eq(strncmp(heard(), "STOPPING=1\n", 11), 0);
    (void)px_lifecycle_enter(&life, PX_READY);
    (void)px_lifecycle_enter(&life, PX_STOPPED);
    cr_expect_str_eq(heard(), "");
}

Test(proxy_notify, feeds_the_watchdog_twice_in_its_time)
{
    begin("3000000");
    cr_expect_eq(life.notify.watchdog_ms, 1500);
}

Test(proxy_notify, a_watchdog_that_is_none_or_anothers)
{
    begin("3000000x");
    cr_expect_eq(life.notify.watchdog_ms, 0);
    end();
    cr_assert_eq(setenv("WATCHDOG_PID", "1", 1), 0);
    begin("3000000");
    cr_expect_eq(life.notify.watchdog_ms, 0);
}

Test(proxy_notify, an_abstract_socket_will_do)
{
    char name[64];

    (void)snprintf(name, sizeof name, "@px-life-test-%d", getpid());
    listen_at(name, strlen(name));
    cr_assert_eq(px_notify_open(&life.notify, &err), RATLS_OK);
    px_notify_say(&life.notify, "STATUS=%d\n", 7);
    cr_expect_str_eq(heard(), "STATUS=7\n");
}

Test(proxy_notify, refuses_what_is_no_address)
{
    char longer[200];

    memset(longer, 'x', sizeof longer);
    longer[0] = '/';
    longer[sizeof longer - 1] = '\0';
    const char *const bad[] = {"", "@", "/", "relative", "vsock:2:1", longer};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cr_assert_eq(setenv("NOTIFY_SOCKET", bad[i], 1), 0);
        cr_expect_eq(px_notify_open(&life.notify, &err), RATLS_E_CONFIG, "%s", bad[i]);
        cr_expect_eq(life.notify.fd, -1);
    }
}

/* ---- sockets ---- */

static struct px_activation activation;

static void hand_over(const char *pid, const char *fds, const char *names)
{
    char own[16];

    (void)snprintf(own, sizeof own, "%d", getpid());
    (void)setenv("LISTEN_PID", pid ? pid : own, 1);
    (void)setenv("LISTEN_FDS", fds, 1);
    if (names)
        (void)setenv("LISTEN_FDNAMES", names, 1);
}

enum kind { LISTENS, DEAD, DATAGRAM, NO_SOCKET };

/* Descriptor 3 + i, as a manager leaves it. */
static void place(int i, enum kind kind)
{
    const struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = kind == NO_SOCKET ? open("/dev/null", O_RDONLY)
                               : socket(AF_UNIX, kind == DATAGRAM ? SOCK_DGRAM : SOCK_STREAM, 0);

    if (kind == LISTENS) { /* unix(7), autobind */
        (void)bind(fd, (const struct sockaddr *)&at, sizeof(sa_family_t));
        (void)listen(fd, 1);
    }
    (void)dup2(fd, 3 + i);
    if (fd != 3 + i)
        (void)close(fd);
}

/* The descriptors there are those of the test's own runner, who wants them back. */
static enum ratls_err open_with(const enum kind *kinds, size_t n, const char *names)
{
    int saved[8];
    char count[24];

    for (size_t i = 0; i < n; i++)
        saved[i] = fcntl(3 + (int)i, F_DUPFD_CLOEXEC, 400);
    for (size_t i = 0; i < n; i++)
        place((int)i, kinds[i]);
    (void)snprintf(count, sizeof count, "%zu", n);
    hand_over(NULL, count, names);
    enum ratls_err e = px_activation_open(&activation, &err);
    for (size_t i = 0; i < n; i++) {
        (void)dup2(saved[i], 3 + (int)i);
        (void)close(saved[i]);
    }
    return e;
}

static void expect_find(const char *name, const char *wrong)
{
    bool local = false;
    int fd = -1;

    err = (struct ratls_error){0};
    enum ratls_err e = px_activation_find(&activation, name, &fd, &local, &err);
    cr_expect_eq(e, wrong ? RATLS_E_CONFIG : RATLS_OK, "%s: %s", name, err.detail);
    if (wrong) {
        cr_expect_not_null(strstr(err.detail, wrong), "%s", err.detail);
        cr_expect_eq(fd, -1);
        return;
    }
    cr_expect(local);
    cr_expect_geq(fd, PX_FD_HIGH);
    cr_expect(fcntl(fd, F_GETFL) & O_NONBLOCK);
    cr_expect(fcntl(fd, F_GETFD) & FD_CLOEXEC);
}

Test(proxy_activation, finds_sockets_by_name)
{
    const enum kind kinds[] = {LISTENS, LISTENS};

    cr_assert_eq(open_with(kinds, 2, "one:two"), RATLS_OK, "%s", err.detail);
    cr_expect_null(getenv("LISTEN_PID"));
    cr_expect_null(getenv("LISTEN_FDS"));
    cr_expect_null(getenv("LISTEN_FDNAMES"));
    expect_find("one", NULL);
    expect_find("two", NULL);
    expect_find("two", NULL); /* again: for another configuration */
    expect_find("three", "was not handed over");
    expect_find("", "was not handed over");
    px_activation_close(&activation);
}

Test(proxy_activation, refuses_what_does_not_listen_or_is_not_one)
{
    const enum kind kinds[] = {DEAD, DATAGRAM, LISTENS, LISTENS, NO_SOCKET};

    cr_assert_eq(open_with(kinds, 5, "dead:datagram:twice:twice:file"), RATLS_OK);
    expect_find("dead", "does not listen");
    expect_find("datagram", "is no stream socket");
    expect_find("twice", "more than one");
    expect_find("file", "is no stream socket");
    px_activation_close(&activation);
}

Test(proxy_activation, calls_nameless_ones_unknown)
{
    const enum kind kinds[] = {LISTENS};

    cr_assert_eq(open_with(kinds, 1, NULL), RATLS_OK);
    expect_find("unknown", NULL);
    px_activation_close(&activation);
}

Test(proxy_activation, leaves_alone_what_is_for_another_process)
{
    hand_over("1", "1", "one");
    cr_expect_eq(px_activation_open(&activation, &err), RATLS_OK);
    cr_expect_eq(activation.n, 0);
}

Test(proxy_activation, refuses_numbers_that_are_none)
{
    static const char *const pids[] = {"", "x", "-1", "0", "1x", " 1", "99999999999999999999"};
    static const char *const counts[] = {"", "0", "-1", "1x", "129", "99999999999999999999"};

    for (size_t i = 0; i < sizeof pids / sizeof pids[0]; i++) {
        hand_over(pids[i], "1", NULL);
        cr_expect_eq(px_activation_open(&activation, &err), RATLS_E_CONFIG, "%s", pids[i]);
    }
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        hand_over(NULL, counts[i], NULL);
        cr_expect_eq(px_activation_open(&activation, &err), RATLS_E_CONFIG, "%s", counts[i]);
    }
}

/* In a child: what is there is taken away. */
Test(proxy_activation, refuses_descriptors_that_are_not_there)
{
    int status = 0;
    pid_t pid = fork();

    if (pid == 0) {
        hand_over(NULL, "100", NULL);
        _exit(px_activation_open(&activation, &err) == RATLS_E_CONFIG && activation.n == 0 ? 0 : 1);
    }
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
