/* A reload whose files do not come: the loop goes on, and the limit is kept. What it makes of good
 * and bad ones: tests/scenario/reload.sh. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "master.h"

#define GOOD      "[web]\naccept = 127.0.0.1:1\nconnect = 2\nmode = attest\nattester = tsm\n"
#define WITHIN_MS 300
#define TICK_MS   10

static char dir[64], conf[128], log_path[128];
static struct px_master *master;
static struct event *tick;
static unsigned ticks;

static void put(const char *content)
{
    FILE *f = fopen(conf, "w");

    cr_assert_not_null(f);
    cr_assert_geq(fputs(content, f), 0);
    cr_assert_eq(fclose(f), 0);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    (void)arg;
    ticks++;
}

/* No workers: none has to confirm. */
static void setup(void)
{
    const struct timeval every = {.tv_usec = TICK_MS * 1000};
    struct ratls_error err = {0};

    (void)signal(SIGPIPE, SIG_IGN); /* as the master does */
    memcpy(dir, "/tmp/reload_test.XXXXXX", sizeof "/tmp/reload_test.XXXXXX");
    cr_assert_not_null(mkdtemp(dir));
    (void)snprintf(conf, sizeof conf, "%s/conf", dir);
    (void)snprintf(log_path, sizeof log_path, "%s/log", dir);
    put(GOOD);
    master = calloc(1, sizeof *master);
    master->path = conf;
    master->base = event_base_new();
    master->life = (struct px_lifecycle){.phase = PX_READY, .notify.fd = -1};
    master->log = (struct px_log){.level = RATLS_LOG_INFO,
                                  .fd = open(log_path, O_RDWR | O_CREAT | O_APPEND, 0600)};
    master->setup = calloc(1, sizeof *master->setup);
    master->setup->generation = 1;
    cr_assert_eq(px_config_load(ratls_env_system(), conf, &master->setup->config, &err), RATLS_OK,
                 "%s", err.detail);
    cr_assert_eq(px_watch_new(master->setup->config, NULL, &master->setup->watch,
                              &master->setup->standing, &err),
                 RATLS_OK, "%s", err.detail);
    TAILQ_INIT(&master->reload.retired);
    cr_assert(px_reload_init(master));
    master->reload.within_ms = WITHIN_MS;
    tick = event_new(master->base, -1, EV_PERSIST, on_tick, NULL);
    cr_assert_eq(event_add(tick, &every), 0);
}

static void teardown(void)
{
    char command[128];

    px_reload_end(master);
    px_setup_free(master->setup);
    event_free(tick);
    event_base_free(master->base);
    (void)close(master->log.fd);
    free(master);
    (void)snprintf(command, sizeof command, "rm -rf %s", dir);
    cr_assert_eq(system(command), 0);
}

TestSuite(proxy_reload, .init = setup, .fini = teardown, .timeout = 60);

static void run_ms(int64_t ms)
{
    const struct timeval nap = px_timeval(ms);

    (void)event_base_loopexit(master->base, &nap);
    (void)event_base_dispatch(master->base);
}

static void until_refused(uint64_t times)
{
    for (int i = 0; i < 500 && master->tally.reload_refusals < times; i++)
        run_ms(TICK_MS);
    cr_assert_eq(master->tally.reload_refusals, times);
}

static bool log_says(const char *text)
{
    static char all[8192];
    ssize_t n = pread(master->log.fd, all, sizeof all - 1, 0);

    all[n > 0 ? n : 0] = '\0';
    return strstr(all, text) != NULL;
}

/* A file on a server that is gone, as far as we can tell: who opens it waits. */
static void files_hang(void)
{
    cr_assert_eq(unlink(conf), 0);
    cr_assert_eq(mkfifo(conf, 0600), 0);
}

/* The thread that waits reads nothing, and ends by itself. */
static void files_are_back(void)
{
    const int fd = open(conf, O_WRONLY | O_NONBLOCK);

    cr_expect_geq(fd, 0, "somebody still waits");
    (void)close(fd);
    (void)usleep(100000);
}

Test(proxy_reload, the_limit_is_a_minute)
{
    struct px_master other = {.base = master->base};

    cr_assert(px_reload_init(&other));
    cr_expect_eq(other.reload.within_ms, 60000);
    TAILQ_INIT(&other.reload.retired);
    px_reload_end(&other);
}

Test(proxy_reload, files_that_do_not_come_are_refused_in_time)
{
    const struct px_setup *before = master->setup;
    const int64_t begun_ms = px_now_ms();

    files_hang();
    px_master_reload(master, "signal");
    cr_expect_lt(px_now_ms() - begun_ms, WITHIN_MS, "nobody waits for them");
    cr_expect_eq(master->life.phase, PX_RELOADING);
    until_refused(1);
    cr_expect_geq(px_now_ms() - begun_ms, WITHIN_MS - 2 * TICK_MS);
    cr_expect_geq(ticks, WITHIN_MS / TICK_MS / 3, "the loop goes on: %u", ticks);
    cr_expect(log_says("\"event\":\"reload_refused\",\"level\":\"error\",\"reason\":\"timeout\""));
    cr_expect(log_says("reading files, stores or names takes too long"));
    cr_expect_eq(master->life.phase, PX_READY);
    cr_expect_eq(master->setup, before);
    files_are_back();
    run_ms(TICK_MS);
    cr_expect_eq(master->setup, before, "what comes too late is not taken");
    cr_expect_eq(master->tally.reload_refusals, 1);
}

Test(proxy_reload, the_next_one_does_not_wait_for_the_one_before)
{
    files_hang();
    px_master_reload(master, "signal");
    until_refused(1);
    files_are_back();
    cr_assert_eq(unlink(conf), 0);
    put("nonsense = 1\n");
    px_master_reload(master, "signal");
    until_refused(2);
    cr_expect(log_says("config_invalid"));
}

/* Asked for while one hangs: it follows, with a limit of its own. */
Test(proxy_reload, what_was_asked_meanwhile_follows)
{
    files_hang();
    px_master_reload(master, "first");
    px_master_reload(master, "second");
    until_refused(1);
    cr_expect_eq(master->life.phase, PX_RELOADING);
    files_are_back(); /* for both */
    run_ms(WITHIN_MS);
    cr_expect(log_says("\"why\":\"second\""));
    cr_expect_eq(master->life.phase, PX_READY);
}

Test(proxy_reload, the_end_does_not_wait)
{
    files_hang();
    px_master_reload(master, "signal");
    const int64_t begun_ms = px_now_ms();
    cr_assert(px_lifecycle_enter(&master->life, PX_DRAINING));
    px_reload_cancel(master);
    cr_expect_lt(px_now_ms() - begun_ms, WITHIN_MS / 2);
    run_ms(2 * WITHIN_MS);
    cr_expect_eq(master->tally.reload_refusals, 0, "nobody is told of what was dropped");
    px_master_reload(master, "signal");
    cr_expect_null(master->reload.reading);
    files_are_back();
}
