/* The test plays the kernel over an ordinary folder: each read first lets it act, as configfs would
 * have done by itself. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attesters.h"

#define DIR_LEN  400
#define PATH_LEN 450

static struct kernel {
    char base[64];
    const char *provider;        /* NULL: no such file */
    const char *generation_text; /* instead of the number */
    unsigned long generation;
    unsigned bump;        /* what one write adds */
    unsigned noisy_tries; /* so many tries see one write more */
    size_t outblob_len;
    bool no_outblob, no_inblob, late_write;
    bool opening; /* the probe of open: the folder goes after one read */
    bool outblob_read;
    unsigned n_writes;
    uint8_t seen[64];
} k;

static struct ratls_env env;
static struct ratls_error err;
static void *self;

static void put_file(const char *dir, const char *name, const void *bytes, size_t len)
{
    char path[PATH_LEN], hidden[PATH_LEN];

    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    (void)snprintf(hidden, sizeof hidden, "%s/.%s", k.base, name);
    FILE *f = fopen(hidden, "wb");
    cr_assert(f);
    cr_assert_eq(fwrite(bytes, 1, len, f), len);
    (void)fclose(f);
    cr_assert_eq(rename(hidden, path), 0);
}

static void put_generation(const char *dir)
{
    char text[32];

    (void)snprintf(text, sizeof text, "%lu\n", k.generation);
    const char *line = k.generation_text ? k.generation_text : text;
    put_file(dir, "generation", line, strlen(line));
}

static void make_files(const char *dir)
{
    if (k.provider)
        put_file(dir, "provider", k.provider, strlen(k.provider));
    if (!k.no_inblob)
        put_file(dir, "inblob", "", 0);
    put_generation(dir);
}

static void drop_files(const char *dir)
{
    static const char *const names[] = {"provider", "inblob", "outblob", "generation"};
    char path[PATH_LEN];

    for (size_t i = 0; i < RT_COUNT(names); i++) {
        (void)snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        (void)unlink(path);
    }
}

/* A complete inblob is taken, answered, counted. */
static void answer(const char *dir)
{
    static uint8_t blob[RT_MAX_EVIDENCE + 1];
    char path[PATH_LEN];

    (void)snprintf(path, sizeof path, "%s/inblob", dir);
    FILE *f = fopen(path, "rb");
    size_t n = f ? fread(k.seen, 1, sizeof k.seen, f) : 0;
    if (f)
        (void)fclose(f);
    if (n != sizeof k.seen)
        return;
    k.n_writes++;
    put_file(dir, "inblob", "", 0);
    memset(blob, 'Q', sizeof blob);
    if (!k.no_outblob)
        put_file(dir, "outblob", blob, k.outblob_len);
    k.generation += k.bump + (k.n_writes <= k.noisy_tries);
    put_generation(dir);
}

static void act(const char *dir)
{
    char path[PATH_LEN];
    struct stat st;

    (void)snprintf(path, sizeof path, "%s/generation", dir);
    if (stat(path, &st) != 0)
        make_files(dir);
    answer(dir);
}

static bool ends_with(const char *path, const char *name)
{
    const char *slash = strrchr(path, '/');

    return slash && strcmp(slash + 1, name) == 0;
}

static enum ratls_err kernel_read(void *arg, const char *path, size_t max, struct ratls_buffer *out)
{
    const struct ratls_env *real = ratls_env_system();
    char dir[DIR_LEN];

    (void)arg;
    (void)snprintf(dir, sizeof dir, "%.*s", (int)(strrchr(path, '/') - path), path);
    act(dir);
    enum ratls_err e = real->read_file(real->arg, path, max, out);
    if (ends_with(path, "outblob")) {
        k.outblob_read = true;
        if (k.late_write) { /* between the answer and the last look */
            k.generation++;
            put_generation(dir);
        }
    } else if (k.opening || (ends_with(path, "generation") && k.outblob_read)) {
        k.outblob_read = false;
        drop_files(dir); /* so that rmdir() succeeds, as it does in configfs */
    }
    return e;
}

static void setup(void)
{
    k = (struct kernel){
        .base = "/tmp/tsm_test.XXXXXX", .provider = "tdx_guest\n", .bump = 1, .outblob_len = 100};
    cr_assert(mkdtemp(k.base));
    env = *ratls_env_system();
    env.read_file = kernel_read;
    env.log = NULL;
    err = (struct ratls_error){0};
    self = NULL;
}

static void teardown(void)
{
    char command[128];

    if (self)
        rt_attester_tsm.close(self);
    (void)snprintf(command, sizeof command, "rm -r %s", k.base);
    cr_assert_eq(system(command), 0);
}

TestSuite(tsm, .init = setup, .fini = teardown);

static enum ratls_err open_with(const char *more)
{
    char options[256];

    (void)snprintf(options, sizeof options, "base=%s%s", k.base, more);
    k.opening = true;
    enum ratls_err e = rt_attester_tsm.open(&env, options, &self, &err);
    k.opening = false;
    return e;
}

static enum ratls_err get(struct ratls_buffer *out)
{
    uint8_t report_data[64];

    memset(report_data, 0x42, sizeof report_data);
    *out = (struct ratls_buffer){0};
    return rt_attester_tsm.evidence(self, report_data, out, &err);
}

static size_t folders_left(void)
{
    DIR *d = opendir(k.base);
    size_t n = 0;

    cr_assert(d);
    for (struct dirent *e; (e = readdir(d)) != NULL;)
        n += strncmp(e->d_name, "ratls-", 6) == 0;
    (void)closedir(d);
    return n;
}

Test(tsm, hands_the_report_data_over_and_returns_outblob)
{
    struct ratls_buffer out;
    uint8_t expected[64];

    memset(expected, 0x42, sizeof expected);
    cr_assert_eq(open_with(""), RATLS_OK, "%s", err.detail);
    cr_assert_str_eq(rt_attester_tsm.tee(self), "tdx");
    cr_assert_null(rt_attester_tsm.media_type(self));
    cr_assert_eq(get(&out), RATLS_OK, "%s", err.detail);
    cr_assert_eq(out.len, 100);
    cr_assert_eq(out.p[99], 'Q');
    cr_assert_arr_eq(k.seen, expected, sizeof expected);
    cr_assert_eq(k.n_writes, 1);
    cr_assert_eq(folders_left(), 0);
    ratls_buffer_free(&out);
}

Test(tsm, uses_a_new_folder_for_each_request)
{
    struct ratls_buffer out;

    cr_assert_eq(open_with(""), RATLS_OK);
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(get(&out), RATLS_OK, "%s", err.detail);
        ratls_buffer_free(&out);
    }
    cr_assert_eq(folders_left(), 0);
}

/* What the machine offers is told when opening. */
static const struct {
    const char *provider;
    enum ratls_err e;
    const char *detail;
} refused[] = {
    {"sev_guest\n", RATLS_E_UNSUPPORTED, "sev_guest is not supported yet"},
    {"arm_cca_guest\n", RATLS_E_UNSUPPORTED, "arm_cca_guest is not supported yet"},
    {"tdx_guest2\n", RATLS_E_UNSUPPORTED, "unknown tsm provider"},
    {"", RATLS_E_UNSUPPORTED, "unknown tsm provider"},
    {NULL, RATLS_E_ATTESTER, "provider cannot be read"},
};

Test(tsm, refuses_other_providers)
{
    for (size_t i = 0; i < RT_COUNT(refused); i++) {
        err = (struct ratls_error){0};
        k.provider = refused[i].provider;
        cr_expect_eq(open_with(""), refused[i].e, "row %zu", i);
        cr_expect(strstr(err.detail, refused[i].detail), "row %zu: %s", i, err.detail);
        cr_assert_null(self);
    }
}

Test(tsm, looks_at_the_provider_again_for_each_request)
{
    struct ratls_buffer out;

    cr_assert_eq(open_with(""), RATLS_OK);
    k.provider = "sev_guest\n";
    cr_assert_eq(get(&out), RATLS_E_UNSUPPORTED);
}

Test(tsm, tells_a_missing_base)
{
    cr_assert_eq(rt_attester_tsm.open(&env, "base=/nonexistent/tsm", &self, &err),
                 RATLS_E_ATTESTER);
    cr_assert(strstr(err.detail, "tsm driver"), "%s", err.detail);
}

Test(tsm, tells_an_unwritable_base)
{
    cr_assert_eq(rt_attester_tsm.open(&env, "base=/proc", &self, &err), RATLS_E_ATTESTER);
    cr_assert(strstr(err.detail, "cannot be made"), "%s", err.detail);
}

Test(tsm, makes_no_collateral)
{
    struct ratls_attester *a;
    struct ratls_buffer out;
    char options[128];

    (void)snprintf(options, sizeof options, "base=%s", k.base);
    k.opening = true;
    cr_assert_eq(ratls_attester_open(&env, "tsm", options, &a, &err), RATLS_OK, "%s", err.detail);
    cr_assert_eq(ratls_attester_sim_collateral(a, &out, &err), RATLS_E_UNSUPPORTED);
    cr_assert_null(out.p);
    ratls_attester_close(a);
}

Test(tsm, refuses_wrong_options)
{
    static const char *const bad[] = {
        "bose=/tmp",     "base",           "base=",           "wait_ms=-1", "wait_ms=1s",
        "wait_ms=60001", "wait_ms=100000", "base=/a,base=/b", "base=/a,"};

    for (size_t i = 0; i < RT_COUNT(bad); i++)
        cr_expect_eq(rt_attester_tsm.open(&env, bad[i], &self, &err), RATLS_E_USAGE, "%s", bad[i]);
}

static void expect_failure(const char *detail)
{
    struct ratls_buffer out;

    cr_assert_eq(open_with(""), RATLS_OK, "%s", err.detail);
    cr_assert_eq(get(&out), RATLS_E_ATTESTER);
    cr_assert_null(out.p);
    cr_assert(strstr(err.detail, detail), "%s", err.detail);
}

Test(tsm, tries_again_after_a_concurrent_writer)
{
    struct ratls_buffer out;

    k.noisy_tries = 2;
    cr_assert_eq(open_with(""), RATLS_OK);
    cr_assert_eq(get(&out), RATLS_OK, "%s", err.detail);
    cr_assert_eq(k.n_writes, 3);
    ratls_buffer_free(&out);
}

Test(tsm, gives_up_after_three_tries)
{
    k.noisy_tries = 3;
    expect_failure("somebody else writes");
    cr_assert_eq(k.n_writes, 3);
}

Test(tsm, notices_a_writer_behind_the_answer)
{
    k.late_write = true;
    expect_failure("somebody else writes");
}

Test(tsm, notices_that_the_write_did_not_count)
{
    k.bump = 0;
    expect_failure("somebody else writes");
}

Test(tsm, refuses_a_generation_that_is_no_number)
{
    k.generation_text = "12x\n";
    expect_failure("generation is not a number");
}

Test(tsm, refuses_an_empty_outblob)
{
    k.outblob_len = 0;
    expect_failure("outblob is empty");
}

Test(tsm, refuses_an_oversized_outblob)
{
    k.outblob_len = RT_MAX_EVIDENCE + 1;
    expect_failure("outblob is larger");
}

Test(tsm, tells_an_outblob_that_cannot_be_read)
{
    k.no_outblob = true;
    expect_failure("outblob cannot be read");
}

Test(tsm, tells_a_missing_inblob)
{
    k.no_inblob = true;
    expect_failure("inblob: errno 2");
}

/* ---- wait_ms: somebody slower than the kernel answers ---- */

static volatile bool stop;

static void *slow_kernel(void *arg)
{
    char dir[DIR_LEN];

    (void)arg;
    while (!stop) {
        (void)usleep(3000);
        DIR *d = opendir(k.base);
        for (struct dirent *e; d && (e = readdir(d)) != NULL;)
            if (strncmp(e->d_name, "ratls-", 6) == 0) {
                (void)snprintf(dir, sizeof dir, "%s/%.255s", k.base, e->d_name);
                act(dir);
            }
        if (d)
            (void)closedir(d);
    }
    return NULL;
}

Test(tsm, waits_for_files_and_answer_when_told_to)
{
    struct ratls_buffer out;
    pthread_t thread;

    env.read_file = ratls_env_system()->read_file;
    stop = false;
    cr_assert_eq(pthread_create(&thread, NULL, slow_kernel, NULL), 0);
    cr_assert_eq(open_with(",wait_ms=5000"), RATLS_OK, "%s", err.detail);
    cr_assert_eq(get(&out), RATLS_OK, "%s", err.detail);
    cr_assert_eq(out.len, 100);
    ratls_buffer_free(&out);
    stop = true;
    (void)pthread_join(thread, NULL);
}

Test(tsm, does_not_wait_by_default)
{
    env.read_file = ratls_env_system()->read_file;
    cr_assert_eq(open_with(""), RATLS_E_ATTESTER);
}
