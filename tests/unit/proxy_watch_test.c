/* The watcher of trust: what counts as a change, what is taken, and what is refused. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "trust_files.h"
#include "watch.h"

#define GOOD(binding)                                                                              \
    "{\"tees\":{\"tdx\":{\"insecure_any_measurement\":true}},\"binding\":\"" binding "\"}"

static char dir[64], conf[1024];
static struct px_config *config;
static struct px_watch *watch;
static struct px_standing *standing;
static struct event_base *base;
static struct ratls_error err;

/* ---- what the watcher says ---- */

static unsigned n_taken, n_refused;
static uint64_t generation;
static char why[16], reason[32], detail[256];

static void taken(void *arg, struct px_standing *now, const char *because)
{
    (void)arg;
    px_standing_free(standing);
    standing = now;
    n_taken++;
    generation = now->generation;
    (void)snprintf(why, sizeof why, "%s", because);
}

static void refused(void *arg, const struct ratls_error *e, const char *because)
{
    (void)arg;
    n_refused++;
    (void)snprintf(reason, sizeof reason, "%s", ratls_err_reason(e->code));
    (void)snprintf(detail, sizeof detail, "%s", e->detail);
    (void)snprintf(why, sizeof why, "%s", because);
}

/* ---- files and configuration ---- */

static const char *in_dir(const char *name)
{
    static char path[128];

    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

static void put(const char *name, const char *content)
{
    FILE *f = fopen(in_dir(name), "w");

    cr_assert_not_null(f);
    cr_assert_geq(fputs(content, f), 0);
    cr_assert_eq(fclose(f), 0);
}

static void replace(const char *name, const char *content)
{
    char from[128];

    put("new", content);
    (void)snprintf(from, sizeof from, "%s/new", dir);
    cr_assert_eq(rename(from, in_dir(name)), 0);
}

static void configure(const char *check, const char *more)
{
    struct ratls_env env = *ratls_env_system();

    (void)snprintf(conf, sizeof conf,
                   "trust-check = %s\n[web]\naccept = 127.0.0.1:1\nconnect = 2\nmode = verify\n"
                   "policy = %s/policy\n%s",
                   check, dir, more);
    put("conf", conf);
    cr_assert_eq(px_config_load(&env, in_dir("conf"), &config, &err), RATLS_OK, "%s", err.detail);
}

static void setup(void)
{
    memcpy(dir, "/tmp/watch_test.XXXXXX", sizeof "/tmp/watch_test.XXXXXX");
    cr_assert_not_null(mkdtemp(dir));
    base = event_base_new();
    cr_assert_not_null(base);
    put("policy", GOOD("session"));
}

static void teardown(void)
{
    char command[128];

    px_watch_end(watch);
    px_standing_free(standing);
    px_config_free(config);
    event_base_free(base);
    (void)snprintf(command, sizeof command, "rm -rf %s", dir);
    cr_assert_eq(system(command), 0);
}

TestSuite(proxy_watch, .init = setup, .fini = teardown, .timeout = 60);

static void begin(const char *check, const char *more)
{
    static const struct px_watch_ops ops = {taken, refused};

    configure(check, more);
    cr_assert_eq(px_watch_new(config, NULL, &watch, &standing, &err), RATLS_OK, "%s", err.detail);
    cr_assert(px_watch_start(watch, base, &ops, NULL));
}

/* The loop for a while, or until there is news. */
static void wait_ms(int64_t ms)
{
    const struct timeval nap = {.tv_usec = 5000};
    unsigned before = n_taken + n_refused;

    for (int64_t until = px_now_ms() + ms; px_now_ms() < until;) {
        (void)event_base_loopexit(base, &nap);
        (void)event_base_dispatch(base);
        if (n_taken + n_refused != before)
            return;
    }
}

static void expect_counts(unsigned how_often_taken, unsigned how_often_refused)
{
    cr_expect_eq(n_taken, how_often_taken, "taken %u", n_taken);
    cr_expect_eq(n_refused, how_often_refused, "refused %u: %s", n_refused, detail);
}

static void expect_policy(const char *content)
{
    struct ratls_buffer found = {0};

    cr_assert_eq(px_files_read(standing->files, in_dir("policy"), 10000, &found), RATLS_OK);
    cr_expect(ratls_bytes_equal(ratls_bytes(found.p, found.len), ratls_bytes_str(content)));
    ratls_buffer_free(&found);
}

#define LONG 5000
#define IDLE 500

/* ---- changes ---- */

Test(proxy_watch, a_change_is_taken)
{
    begin("10ms", "");
    expect_policy(GOOD("session"));
    replace("policy", GOOD("quote"));
    wait_ms(LONG);
    expect_counts(1, 0);
    cr_expect_eq(generation, 2);
    cr_expect_str_eq(why, "file");
    expect_policy(GOOD("quote"));
    wait_ms(IDLE);
    expect_counts(1, 0);
}

Test(proxy_watch, another_file_of_the_same_size_and_time_is_a_change)
{
    const struct timespec then[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};

    cr_assert_eq(utimensat(AT_FDCWD, in_dir("policy"), then, 0), 0);
    begin("10ms", "");
    wait_ms(IDLE);
    replace("policy", GOOD("SESSION")); /* as long, and no binding level */
    cr_assert_eq(utimensat(AT_FDCWD, in_dir("policy"), then, 0), 0);
    wait_ms(LONG);
    expect_counts(0, 1);
}

Test(proxy_watch, what_says_the_same_is_no_change)
{
    begin("10ms", "");
    replace("policy", GOOD("session"));
    wait_ms(IDLE);
    expect_counts(0, 0);
}

Test(proxy_watch, unasked_it_does_not_look_with_0)
{
    begin("0", "");
    replace("policy", GOOD("quote"));
    wait_ms(IDLE);
    expect_counts(0, 0);
}

/* ---- another configuration ---- */

static struct px_standing *next_standing(const char *check, const char *more)
{
    struct px_watch *second = NULL;
    struct px_standing *next = NULL;

    px_config_free(config);
    configure(check, more);
    cr_assert_eq(px_watch_new(config, standing, &second, &next, &err), RATLS_OK, "%s", err.detail);
    px_watch_abandon(watch);
    watch = second;
    return next;
}

Test(proxy_watch, another_configuration_goes_on_from_what_is_in_force)
{
    begin("0", "");
    replace("policy", GOOD("quote"));
    struct px_standing *next =
        next_standing("0", "[other]\naccept = 127.0.0.1:2\nconnect = 2\nmode = attest\n"
                           "attester = sim-tdx\ninsecure-allow-sim-attester = yes\n");
    cr_expect_eq(next->generation, 2);
    cr_expect_eq(ratls_trust_generation(next->trusts[0]), 2);
    cr_expect_null(next->trusts[1]);
    px_standing_free(standing);
    standing = next;
    expect_policy(GOOD("quote"));
}

Test(proxy_watch, one_that_was_abandoned_says_no_more)
{
    begin("10ms", "");
    struct px_standing *next = next_standing("0", "");
    replace("policy", GOOD("quote"));
    wait_ms(IDLE);
    expect_counts(0, 0);
    px_standing_free(next);
}

/* Half a file may look like a whole one. */
Test(proxy_watch, a_file_gets_time_to_be_written)
{
    int64_t took_ms = 1000;

    begin("10ms", "");
    for (int i = 0; i < 20 && took_ms > 60; i++) { /* on a busy machine we may be the slow ones */
        wait_ms(IDLE);
        n_taken = n_refused = 0;
        int64_t begun_ms = px_now_ms();
        put("policy", "{");
        usleep(20000);
        put("policy", i % 2 ? GOOD("key") : GOOD("quote"));
        took_ms = px_now_ms() - begun_ms;
    }
    wait_ms(LONG);
    expect_counts(1, 0);
}

Test(proxy_watch, a_file_that_is_written_all_the_time_is_taken_as_it_is)
{
    begin("10ms", "");
    for (int i = 0; i < 200 && n_taken == 0; i++) {
        replace("policy", i % 2 ? GOOD("quote") : GOOD("key"));
        wait_ms(20);
    }
    cr_expect_geq(n_taken, 1);
    cr_expect_eq(n_refused, 0, "%s", detail);
}

Test(proxy_watch, documents_that_come_and_go_are_changes)
{
    char more[128];

    (void)snprintf(more, sizeof more, "collateral = %s\n", dir);
    put("a.json", "not collateral");
    configure("10ms", more);
    cr_expect_eq(px_watch_new(config, NULL, &watch, &standing, &err), RATLS_E_COLLATERAL_FORMAT);
    cr_expect_null(watch);
    struct px_stamps *before = calloc(1, sizeof *before), *after = calloc(1, sizeof *after);
    px_trust_look(config, before);
    px_trust_look(config, after);
    cr_expect(px_stamps_equal(before, after));
    cr_expect_eq(before->n, 3);
    put("b.json", "");
    px_trust_look(config, after);
    cr_expect_not(px_stamps_equal(before, after));
    cr_expect_eq(after->n, 4);
    cr_assert_eq(unlink(in_dir("b.json")), 0);
    cr_assert_eq(unlink(in_dir("policy")), 0);
    px_trust_look(config, after);
    cr_expect_eq(after->n, 3);
    cr_expect_not(px_stamps_equal(before, after));
    free(before);
    free(after);
}

Test(proxy_watch, each_part_of_a_stamp_counts)
{
    struct px_stamps *a = calloc(1, sizeof *a), *b = calloc(1, sizeof *b);
    struct px_stamp parts[] = {
        {.dev = 1},
        {.ino = 1},
        {.size = 1},
        {.modified.tv_sec = 1},
        {.modified.tv_nsec = 1},
        {.changed.tv_sec = 1},
        {.changed.tv_nsec = 1},
    };

    a->n = b->n = 2;
    cr_expect(px_stamps_equal(a, b));
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        b->of[1] = parts[i];
        cr_expect_not(px_stamps_equal(a, b), "%zu", i);
    }
    free(a);
    free(b);
}

/* ---- refusals (T75) ---- */

Test(proxy_watch, what_is_broken_is_refused_once)
{
    begin("10ms", "");
    replace("policy", "{\"tees\":{}");
    wait_ms(LONG);
    expect_counts(0, 1);
    cr_expect_str_eq(reason, "policy_malformed");
    cr_expect_not_null(strstr(detail, "[web] policy "), "%s", detail);
    expect_policy(GOOD("session"));
    wait_ms(IDLE);
    expect_counts(0, 1);
    replace("policy", GOOD("session")); /* what is in force already, and repaired all the same */
    wait_ms(LONG);
    expect_counts(1, 1);
    cr_expect_eq(generation, 2);
}

Test(proxy_watch, what_vanishes_is_refused)
{
    begin("10ms", "");
    cr_assert_eq(unlink(in_dir("policy")), 0);
    wait_ms(LONG);
    expect_counts(0, 1);
    cr_expect_str_eq(reason, "io_error");
    cr_expect_not_null(strstr(detail, "/policy cannot be read"), "%s", detail);
    replace("policy", GOOD("quote"));
    wait_ms(LONG);
    expect_counts(1, 1);
}

Test(proxy_watch, what_is_broken_at_the_start_is_no_start)
{
    put("policy", "{");
    configure("10ms", "");
    cr_expect_eq(px_watch_new(config, NULL, &watch, &standing, &err), RATLS_E_POLICY_FORMAT);
    cr_expect_null(watch);
    cr_expect_null(standing);
    err = (struct ratls_error){0};
    cr_assert_eq(unlink(in_dir("policy")), 0);
    cr_expect_eq(px_watch_new(config, NULL, &watch, &standing, &err), RATLS_E_IO);
    cr_expect_not_null(strstr(err.detail, "conf:2: "), "%s", err.detail);
}

Test(proxy_watch, news_that_nobody_took_are_freed)
{
    begin("10ms", "");
    replace("policy", GOOD("quote"));
    usleep(400000);
    px_watch_end(watch);
    watch = NULL;
    expect_counts(0, 0);
}
