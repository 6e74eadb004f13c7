/* The folder of collateral. Documents are lists of numbers here, and so is what is fetched. */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "cache.h"

#define NAME "tdx-000000000000-platform"

static struct world {
    char folder[64], path[128];
    const char *serves; /* NULL: the service is down */
    enum ratls_err down;
    unsigned fetched, warnings;
    char warning[512];
} world;

static void on_log(void *arg, enum ratls_log_level level, const char *line)
{
    (void)arg;
    if (level != RATLS_LOG_WARNING)
        return;
    world.warnings++;
    (void)snprintf(world.warning, sizeof world.warning, "%s", line);
}

static enum ratls_err fetch(void *arg, struct ratls_buffer *json, struct ratls_error *err)
{
    cr_expect_eq(arg, &world);
    world.fetched++;
    *json = (struct ratls_buffer){0};
    return world.serves ? rt_dup(ratls_bytes_str(world.serves), json)
                        : ratls_fail(err, world.down, "down");
}

/* "begins expires issued... numbers...", the same behind "forged ", or "no memory" to judge it. */
static enum ratls_err check(void *arg, struct ratls_bytes json, struct ratls_collateral_facts *f,
                            struct ratls_error *err)
{
    char text[256];
    int skip = rt_starts_with(json, "forged ") ? 7 : 0;

    cr_expect_eq(arg, &world);
    (void)snprintf(text, sizeof text, "%.*s", (int)json.len, (const char *)json.p);
    *f = (struct ratls_collateral_facts){0};
    if (rt_starts_with(json, "no memory"))
        return RATLS_E_NO_MEMORY;
    if (sscanf(text + skip, "%ld %ld %ld %ld %ld %ld %ld %ld", &f->begins, &f->expires,
               &f->issue[2], &f->issue[3], &f->issue[4], &f->issue[5], &f->issue[0],
               &f->issue[1]) != 8 ||
        skip)
        return ratls_fail(err, RATLS_E_COLLATERAL_SIGNATURE, "forged");
    f->n_issue = 6;
    f->number = (uint64_t)(f->issue[0] < f->issue[1] ? f->issue[0] : f->issue[1]);
    return RATLS_OK;
}

static struct ratls_env env;

static enum ratls_err get_at(int64_t now, int64_t refresh_before_s, struct ratls_collateral *out,
                             struct ratls_error *err)
{
    struct rt_cache c = {.env = &env,
                         .directory = world.folder,
                         .name = NAME,
                         .now = now,
                         .refresh_before_s = refresh_before_s,
                         .fetch = fetch,
                         .check = check,
                         .arg = &world};
    enum ratls_err e = rt_cache_get(&c, out, err);

    cr_expect_eq(e == RATLS_OK, out->json.p != NULL);
    return e;
}

static enum ratls_err get(int64_t now, struct ratls_collateral *out)
{
    return get_at(now, 0, out, NULL);
}

/* The outcome in one letter and the text: "F text" fetched, "C" cached, "K" kept, or the reason. */
static const char *run(int64_t now)
{
    static char line[300];
    struct ratls_collateral c;
    enum ratls_err e = get(now, &c);

    (void)snprintf(line, sizeof line, "%s", ratls_err_reason(e));
    if (e == RATLS_OK)
        (void)snprintf(line, sizeof line, "%c %s", "FCK"[c.origin], (char *)c.json.p);
    ratls_buffer_free(&c.json);
    return line;
}

static const char *on_disk(void)
{
    static char text[256];
    FILE *f = fopen(world.path, "r");
    size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;

    text[n] = 0;
    if (f)
        (void)fclose(f);
    return f ? text : "absent";
}

static size_t files(void)
{
    DIR *d = opendir(world.folder);
    size_t n = 0;

    cr_assert(d);
    while (readdir(d))
        n++;
    (void)closedir(d);
    return n - 2; /* . and .. */
}

static void put(const char *text)
{
    FILE *f = fopen(world.path, "w");

    cr_assert(f && fputs(text, f) >= 0 && fclose(f) == 0);
}

static void setup(void)
{
    env = *ratls_env_system();
    env.log = on_log;
    world = (struct world){.folder = "/tmp/ratls-cache.XXXXXX", .down = RATLS_E_FETCH};
    cr_assert(mkdtemp(world.folder));
    (void)snprintf(world.path, sizeof world.path, "%s/" NAME ".json", world.folder);
}

static void teardown(void)
{
    (void)unlink(world.path);
    (void)rmdir(world.folder);
}

TestSuite(cache, .init = setup, .fini = teardown);

#define GOOD   "100 200 90 91 92 93 17 18"
#define FORGED "forged 100 200 99 99 99 99 99 99"

Test(cache, fetches_what_it_does_not_have)
{
    struct ratls_collateral c;
    struct stat st;

    world.serves = GOOD;
    (void)umask(077);
    cr_assert_eq(get(150, &c), RATLS_OK);
    cr_expect_eq(c.origin, RATLS_COLLATERAL_FETCHED);
    cr_expect_str_eq((char *)c.json.p, GOOD);
    cr_expect_eq(c.begins, 100);
    cr_expect_eq(c.expires, 200);
    cr_expect_eq(c.number, 17, "the smaller one");
    ratls_buffer_free(&c.json);
    cr_expect_str_eq(on_disk(), GOOD);
    cr_assert_eq(stat(world.path, &st), 0);
    cr_expect_eq(st.st_mode & 07777, 0644, "others verify with it");
}

Test(cache, answers_without_the_network_while_fresh)
{
    put(GOOD);
    cr_expect_str_eq(run(150), "C " GOOD);
    cr_expect_eq(world.fetched, 0);
    cr_expect_eq(world.warnings, 0);
}

Test(cache, renews_in_the_last_quarter_of_the_life)
{
    static const char newer[] = "150 250 94 94 94 94 18 18";

    put(GOOD);
    world.serves = newer;
    cr_expect_str_eq(run(175), "C " GOOD);
    cr_expect_str_eq(run(176), "F 150 250 94 94 94 94 18 18");
    cr_expect_str_eq(on_disk(), newer);
}

Test(cache, renews_earlier_or_later_when_told_to)
{
    struct ratls_collateral c;

    put(GOOD);
    world.serves = GOOD;
    cr_assert_eq(get_at(190, 10, &c, NULL), RATLS_OK);
    cr_expect_eq(c.origin, RATLS_COLLATERAL_CACHED);
    ratls_buffer_free(&c.json);
    cr_assert_eq(get_at(190, 11, &c, NULL), RATLS_OK);
    cr_expect_eq(c.origin, RATLS_COLLATERAL_FETCHED);
    ratls_buffer_free(&c.json);
    cr_assert_eq(get_at(101, INT64_MAX, &c, NULL), RATLS_OK);
    cr_expect_eq(c.origin, RATLS_COLLATERAL_FETCHED);
    ratls_buffer_free(&c.json);
}

Test(cache, never_uses_what_is_not_valid_now)
{
    put(GOOD);
    cr_expect_str_eq(run(99), "fetch_failed");
    cr_expect_str_eq(run(201), "fetch_failed");
    cr_expect_eq(world.fetched, 2);
    cr_expect_str_eq(run(100), "C " GOOD);
    cr_expect_str_eq(run(200), "K " GOOD);
}

/* ---- the service fails ---- */

Test(cache, stands_in_with_a_warning)
{
    put(GOOD);
    cr_expect_str_eq(run(180), "K " GOOD);
    cr_expect_eq(world.warnings, 1);
    cr_expect_str_eq(world.warning, "the cached collateral is used: down");
}

Test(cache, stands_in_for_the_network_only)
{
    put(GOOD);
    world.down = RATLS_E_COLLATERAL_FORMAT;
    cr_expect_str_eq(run(180), "collateral_malformed");
    world.serves = FORGED;
    cr_expect_str_eq(run(180), "collateral_signature");
    cr_expect_str_eq(on_disk(), GOOD);
}

Test(cache, says_why_nothing_came)
{
    struct ratls_collateral c;
    struct ratls_error err = {0};

    cr_expect_eq(get_at(150, 0, &c, &err), RATLS_E_FETCH);
    cr_expect_eq(err.code, RATLS_E_FETCH);
    cr_expect_str_eq(err.detail, "down");
}

/* ---- what never gets in ---- */

Test(cache, does_not_take_what_is_forged)
{
    world.serves = FORGED;
    cr_expect_str_eq(run(150), "collateral_signature");
    cr_expect_str_eq(on_disk(), "absent");
}

Test(cache, does_not_take_what_is_not_valid_now)
{
    world.serves = GOOD;
    cr_expect_str_eq(run(99), "collateral_time");
    cr_expect_str_eq(run(201), "collateral_time");
    cr_expect_str_eq(on_disk(), "absent");
}

Test(cache, ignores_and_replaces_what_does_not_verify)
{
    put(FORGED);
    world.serves = GOOD;
    cr_expect_str_eq(run(150), "F " GOOD);
    cr_expect_eq(world.warnings, 1);
    cr_expect_str_eq(world.warning,
                     "the cached collateral is ignored: collateral_signature: forged");
    cr_expect_str_eq(on_disk(), GOOD);
}

Test(cache, does_not_stand_in_with_what_does_not_verify)
{
    put(FORGED);
    cr_expect_str_eq(run(150), "fetch_failed");
}

/* It may be the newest there is: nothing older may take its place. */
Test(cache, keeps_what_it_cannot_judge)
{
    world.serves = GOOD;
    put("no memory");
    cr_expect_str_eq(run(150), "no_memory");
    cr_expect_eq(world.fetched, 0);
    cr_expect_str_eq(on_disk(), "no memory");
}

static enum ratls_err cannot_read(void *arg, const char *path, size_t max, struct ratls_buffer *out)
{
    (void)arg, (void)path, (void)max;
    *out = (struct ratls_buffer){0};
    return RATLS_E_IO;
}

Test(cache, keeps_what_it_cannot_read)
{
    put(GOOD);
    world.serves = GOOD;
    env.read_file = cannot_read;
    cr_expect_str_eq(run(150), "io_error");
    cr_expect_eq(world.fetched, 0);
    cr_expect_str_eq(on_disk(), GOOD);
}

static const char *const older[] = {
    "100 300 89 91 92 93 17 18", "100 300 90 90 92 93 17 18", "100 300 90 91 91 93 17 18",
    "100 300 90 91 92 92 17 18", "100 300 90 91 92 93 16 18", "100 300 90 91 92 93 17 17",
};

Test(cache, goes_back_in_no_part)
{
    put(GOOD);
    for (size_t i = 0; i < RT_COUNT(older); i++) {
        world.serves = older[i];
        cr_expect_str_eq(run(180), "collateral_rollback", "%zu", i);
        cr_expect_str_eq(run(250), "collateral_rollback", "%zu: out of date counts as well", i);
        cr_expect_str_eq(on_disk(), GOOD);
    }
    world.serves = "100 300 90 91 92 93 17 18";
    cr_expect_str_eq(run(180), "F 100 300 90 91 92 93 17 18");
}

/* A second process wrote between this one's look and its fetch. */
static const char *written_meanwhile;

static enum ratls_err fetch_slowly(void *arg, struct ratls_buffer *json, struct ratls_error *err)
{
    put(written_meanwhile);
    return fetch(arg, json, err);
}

static enum ratls_err get_slowly(const char *meanwhile)
{
    struct rt_cache c = {.env = &env,
                         .directory = world.folder,
                         .name = NAME,
                         .now = 150,
                         .fetch = fetch_slowly,
                         .check = check,
                         .arg = &world};
    struct ratls_collateral out;

    written_meanwhile = meanwhile;
    world.serves = GOOD;
    enum ratls_err e = rt_cache_get(&c, &out, NULL);
    ratls_buffer_free(&out.json);
    return e;
}

Test(cache, looks_again_before_it_writes)
{
    static const char newer[] = "100 300 95 95 95 95 19 19";

    cr_expect_eq(get_slowly(newer), RATLS_E_COLLATERAL_ROLLBACK);
    cr_expect_str_eq(on_disk(), newer);
    (void)unlink(world.path);
    cr_expect_eq(get_slowly("no memory"), RATLS_E_NO_MEMORY);
    cr_expect_str_eq(on_disk(), "no memory");
}

/* The child sees nothing in the folder as long as the parent holds the lock. */
Test(cache, waits_for_the_lock_of_others)
{
    int fd = open(world.folder, O_RDONLY | O_DIRECTORY), status = 0;

    world.serves = GOOD;
    cr_assert_eq(flock(fd, LOCK_EX), 0);
    pid_t child = fork();
    if (child == 0) {
        (void)close(fd);
        _exit(strcmp(run(150), "F " GOOD) == 0 ? 0 : 1);
    }
    (void)usleep(200000);
    cr_expect_eq(waitpid(child, &status, WNOHANG), 0, "it waits");
    cr_expect_str_eq(on_disk(), "absent");
    (void)close(fd);
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_expect_eq(status, 0);
    cr_expect_str_eq(on_disk(), GOOD);
}

/* ---- the folder ---- */

Test(cache, says_that_the_folder_is_not_there)
{
    struct rt_cache c = {.env = &env,
                         .directory = "/nonexistent",
                         .name = NAME,
                         .now = 150,
                         .fetch = fetch,
                         .check = check,
                         .arg = &world};
    struct ratls_collateral out;
    struct ratls_error err = {0};

    world.serves = GOOD;
    cr_expect_eq(rt_cache_get(&c, &out, &err), RATLS_E_IO);
    cr_expect(strstr(err.detail, "/nonexistent"), "%s", err.detail);
    cr_expect_null(out.json.p);
}

Test(cache, says_that_it_cannot_write)
{
    world.serves = GOOD;
    (void)signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &(struct rlimit){4, RLIM_INFINITY}), 0);
    cr_expect_str_eq(run(150), "io_error");
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY}), 0);
    cr_expect_eq(files(), 0, "no draft is left");
}

Test(cache, may_be_left_out)
{
    struct rt_cache c = {.env = &env, .now = 150, .fetch = fetch, .check = check, .arg = &world};
    struct ratls_collateral out;

    world.serves = GOOD;
    cr_expect_eq(rt_cache_get(&c, &out, NULL), RATLS_OK);
    cr_expect_eq(out.origin, RATLS_COLLATERAL_FETCHED);
    ratls_buffer_free(&out.json);
    c.now = 201;
    cr_expect_eq(rt_cache_get(&c, &out, NULL), RATLS_E_COLLATERAL_TIME);
}
