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
#include "snp_certs_support.h"

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
    bool is_snp;                    /* outblob is a report */
    const struct ratls_buffer *aux; /* NULL: no such file */
    const char *privlevel;          /* what is in the file before it is written; NULL: none */
    const char *write_behind;       /* one write more after the read of this file */
    bool no_outblob, no_inblob;
    bool opening; /* the probe of open: the folder goes after one read */
    bool outblob_read;
    unsigned n_writes, n_privlevels;
    uint8_t seen[64];
    char seen_privlevel[8];
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
    if (k.privlevel)
        put_file(dir, "privlevel", k.privlevel, strlen(k.privlevel));
    put_generation(dir);
}

static void drop_files(const char *dir)
{
    static const char *const names[] = {"provider", "inblob",    "outblob",
                                        "auxblob",  "privlevel", "generation"};
    char path[PATH_LEN];

    for (size_t i = 0; i < RT_COUNT(names); i++) {
        (void)snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        (void)unlink(path);
    }
}

/* The bytes of a file that was written; it is empty afterwards. */
static size_t take_written(const char *dir, const char *name, void *out, size_t cap)
{
    char path[PATH_LEN];

    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "rb");
    size_t n = f ? fread(out, 1, cap, f) : 0;
    if (f)
        (void)fclose(f);
    if (n > 0)
        put_file(dir, name, "", 0);
    return n;
}

static void put_blobs(const char *dir)
{
    static uint8_t blob[RT_MAX_EVIDENCE + 1];

    memset(blob, 'Q', sizeof blob);
    if (k.is_snp)
        fill_report(blob, k.seen);
    if (k.aux)
        put_file(dir, "auxblob", k.aux->p, k.aux->len);
    if (!k.no_outblob)
        put_file(dir, "outblob", blob, k.outblob_len);
}

/* A complete inblob is taken, answered, counted. */
static void answer(const char *dir)
{
    bool level = false;

    if (take_written(dir, "inblob", k.seen, sizeof k.seen) != sizeof k.seen)
        return;
    memset(k.seen_privlevel, 0, sizeof k.seen_privlevel);
    if (k.privlevel)
        level = take_written(dir, "privlevel", k.seen_privlevel, sizeof k.seen_privlevel - 1) > 0;
    k.n_writes++;
    k.n_privlevels += level;
    put_blobs(dir);
    k.generation += k.bump + level + (k.n_writes <= k.noisy_tries);
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
    k.outblob_read |= ends_with(path, "outblob");
    if (k.write_behind && ends_with(path, k.write_behind)) {
        k.generation++; /* between the answer and the last look */
        put_generation(dir);
    }
    if ((k.opening && !k.privlevel) || (ends_with(path, "generation") && k.outblob_read)) {
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

Test(tsm, names_arm_cca_after_its_provider)
{
    struct ratls_buffer out;

    k.provider = "arm_cca_guest\n";
    cr_assert_eq(open_with(""), RATLS_OK, "%s", err.detail);
    cr_expect_str_eq(rt_attester_tsm.tee(self), "cca");
    cr_expect_str_eq(rt_attester_tsm.media_type(self), "application/vnd.ratls.cca");
    cr_assert_eq(get(&out), RATLS_OK, "%s", err.detail);
    cr_expect_eq(out.len, 100);
    ratls_buffer_free(&out);
}

/* What the machine offers is told when opening. */
static const struct {
    const char *provider;
    enum ratls_err e;
    const char *detail;
} refused[] = {
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
    cr_assert_eq(get(&out), RATLS_E_ATTESTER);
    cr_assert(strstr(err.detail, "was tdx_guest and is sev_guest"), "%s", err.detail);
    k.provider = "another_guest\n";
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
        "wait_ms=60001", "wait_ms=100000", "base=/a,base=/b", "base=/a,",   "vmpl=4",
        "vmpl=-1",       "vmpl=0x1",       "vmpl=0000",       "vmpl=",      "certs="};

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
    k.write_behind = "outblob";
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

/* ---- SEV-SNP ---- */

static struct rt_cert_table host_certs;

static void be_snp(void)
{
    host_certs = (struct rt_cert_table){{BYTES("vcek"), {0}, BYTES("ask"), BYTES("ark")}};
    k.provider = "sev_guest\n";
    k.is_snp = true;
    k.outblob_len = RT_SNP_REPORT_LEN;
}

static size_t evidence_len(void)
{
    struct ratls_buffer out;

    cr_assert_eq(get(&out), RATLS_OK, "%s", err.detail);
    size_t len = out.len;
    ratls_buffer_free(&out);
    return len;
}

Test(tsm, gives_a_report_with_its_certificate_table)
{
    struct ratls_buffer out, aux;
    uint8_t expected[RT_SNP_REPORT_LEN], report_data[64];

    be_snp();
    aux = table_of(&host_certs, 0);
    k.aux = &aux;
    memset(report_data, 0x42, sizeof report_data);
    fill_report(expected, report_data);
    cr_assert_eq(open_with(""), RATLS_OK, "%s", err.detail);
    cr_assert_str_eq(rt_attester_tsm.tee(self), "snp");
    cr_assert_str_eq(rt_attester_tsm.media_type(self), "application/vnd.ratls.snp");
    cr_assert_eq(get(&out), RATLS_OK, "%s", err.detail);
    cr_assert_eq(out.len, sizeof expected + aux.len);
    cr_expect_arr_eq(out.p, expected, sizeof expected);
    cr_expect_arr_eq(out.p + sizeof expected, aux.p, aux.len);
    cr_expect_eq(folders_left(), 0);
    ratls_buffer_free(&out);
    ratls_buffer_free(&aux);
}

Test(tsm, gives_the_report_alone_without_certificates)
{
    uint8_t zeros[4096] = {0};
    const struct ratls_buffer nothing[] = {{zeros, 0}, {zeros, sizeof zeros}};

    be_snp();
    cr_assert_eq(open_with(""), RATLS_OK, "%s", err.detail);
    cr_expect_eq(evidence_len(), RT_SNP_REPORT_LEN);
    for (size_t i = 0; i < RT_COUNT(nothing); i++) {
        k.aux = &nothing[i];
        cr_expect_eq(evidence_len(), RT_SNP_REPORT_LEN, "row %zu", i);
    }
}

Test(tsm, looks_at_no_auxblob_of_tdx)
{
    struct ratls_buffer aux = table_of(&host_certs, 0);

    k.aux = &aux;
    cr_assert_eq(open_with(""), RATLS_OK);
    cr_expect_eq(evidence_len(), 100);
    ratls_buffer_free(&aux);
}

Test(tsm, appends_certificates_fetched_beforehand)
{
    char path[] = "/tmp/tsm_test.certs.XXXXXX", option[64];
    struct ratls_buffer vcek = cert_named("SEV-VCEK"), aux, out;

    be_snp();
    aux = table_of(&host_certs, 4096);
    put_temporary(path, rt_bytes_of(&vcek));
    (void)snprintf(option, sizeof option, ",certs=%s", path);
    cr_assert_eq(open_with(option), RATLS_OK, "%s", err.detail);
    (void)unlink(path);
    cr_assert_eq(get(&out), RATLS_OK, "%s", err.detail);
    cr_expect(
        ratls_bytes_equal(table_behind(rt_bytes_of(&out)).cert[RT_CERT_VCEK], rt_bytes_of(&vcek)));
    ratls_buffer_free(&out);
    k.aux = &aux;
    cr_assert_eq(get(&out), RATLS_OK, "%s", err.detail);
    cr_expect(ratls_bytes_equal(table_behind(rt_bytes_of(&out)).cert[RT_CERT_VCEK],
                                host_certs.cert[RT_CERT_VCEK]));
    ratls_buffer_free(&out);
    ratls_buffer_free(&aux);
    ratls_buffer_free(&vcek);
}

Test(tsm, tells_unfit_certificates_when_opening)
{
    be_snp();
    cr_expect_eq(open_with(",certs=/nonexistent"), RATLS_E_IO);
    cr_expect(strstr(err.detail, "/nonexistent cannot be read"), "%s", err.detail);
    cr_expect_null(self);
}

Test(tsm, asks_for_the_privilege_level)
{
    be_snp();
    k.privlevel = "";
    cr_assert_eq(open_with(",vmpl=2"), RATLS_OK, "%s", err.detail);
    cr_expect_eq(evidence_len(), RT_SNP_REPORT_LEN);
    cr_expect_eq(k.n_privlevels, 1);
    cr_expect_str_eq(k.seen_privlevel, "2");
}

Test(tsm, leaves_the_privilege_level_alone_by_default)
{
    be_snp();
    k.privlevel = "";
    cr_assert_eq(open_with(""), RATLS_OK, "%s", err.detail);
    cr_expect_eq(evidence_len(), RT_SNP_REPORT_LEN);
    cr_expect_eq(k.n_privlevels, 0);
}

/* The two writes count twice. */
Test(tsm, notices_a_writer_beside_the_privilege_level)
{
    be_snp();
    k.privlevel = "";
    k.bump = 2;
    cr_assert_eq(open_with(",vmpl=0"), RATLS_OK, "%s", err.detail);
    cr_expect_eq(get(&(struct ratls_buffer){0}), RATLS_E_ATTESTER);
    cr_expect(strstr(err.detail, "somebody else writes"), "%s", err.detail);
    cr_expect_eq(k.n_privlevels, 3);
}

Test(tsm, tells_a_refused_privilege_level_when_opening)
{
    be_snp();
    cr_expect_eq(open_with(",vmpl=1"), RATLS_E_ATTESTER);
    cr_expect(strstr(err.detail, "privlevel: errno 2"), "%s", err.detail);
    cr_expect_null(self);
}

Test(tsm, refuses_options_of_snp_for_others)
{
    static const struct {
        const char *provider, *option, *detail;
    } rows[] = {
        {"tdx_guest\n", ",vmpl=0", "not for tdx_guest"},
        {"tdx_guest\n", ",certs=/nonexistent", "not for tdx_guest"},
        {"arm_cca_guest\n", ",vmpl=0", "not for arm_cca_guest"},
        {"arm_cca_guest\n", ",certs=/nonexistent", "not for arm_cca_guest"},
    };

    k.privlevel = "";
    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        k.provider = rows[i].provider;
        err = (struct ratls_error){0};
        cr_expect_eq(open_with(rows[i].option), RATLS_E_USAGE, "row %zu", i);
        cr_expect(strstr(err.detail, rows[i].detail), "row %zu: %s", i, err.detail);
        cr_expect_null(self);
    }
}

Test(tsm, notices_a_writer_behind_the_certificate_table)
{
    struct ratls_buffer aux;

    be_snp();
    aux = table_of(&host_certs, 0);
    k.aux = &aux;
    k.write_behind = "auxblob";
    expect_failure("somebody else writes");
    ratls_buffer_free(&aux);
}

Test(tsm, refuses_a_report_or_table_that_is_none)
{
    uint8_t big[RT_MAX_EVIDENCE + 1] = {0};
    struct ratls_buffer aux = {(uint8_t *)big, sizeof big};

    be_snp();
    k.outblob_len = RT_SNP_REPORT_LEN - 1;
    expect_failure("1183 bytes, not 1184");
    rt_attester_tsm.close(self);
    err = (struct ratls_error){0};
    k.outblob_len = 0;
    expect_failure("outblob is empty");
    rt_attester_tsm.close(self);
    err = (struct ratls_error){0};
    k.outblob_len = RT_SNP_REPORT_LEN;
    k.aux = &aux;
    expect_failure("auxblob is larger");
    rt_attester_tsm.close(self);
    err = (struct ratls_error){0};
    memset(big, 1, sizeof big);
    aux.len = 100;
    expect_failure("the host's certificate table");
}

static enum ratls_err no_memory_for_auxblob(void *arg, const char *path, size_t max,
                                            struct ratls_buffer *out)
{
    return ends_with(path, "auxblob") ? RATLS_E_NO_MEMORY : kernel_read(arg, path, max, out);
}

Test(tsm, does_not_take_an_own_failure_for_an_absent_table)
{
    be_snp();
    env.read_file = no_memory_for_auxblob;
    cr_assert_eq(open_with(""), RATLS_OK, "%s", err.detail);
    cr_expect_eq(get(&(struct ratls_buffer){0}), RATLS_E_NO_MEMORY);
}
