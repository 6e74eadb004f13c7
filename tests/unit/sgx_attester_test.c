/* The attester "sgx". A thread plays the library OS: the files for report data and quote are named
 * pipes, so that it acts between the write and the read. Refusals of fixed quotes use plain files.
 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attesters.h"
#include "sim_sgx.h"

#define PATH_LEN 128

static struct libos {
    char parent[64], base[80];
    bool is_occlum;
    unsigned noisy_tries; /* so many tries see the report data of somebody else */
    struct rt_sim_quote_knobs knobs;
    unsigned n_writes;
    uint8_t seen[RATLS_REPORT_DATA_LEN + 1];
    size_t n_seen;
    sem_t answered;
    pthread_t thread;
    bool has_thread;
} os;

static struct rt_sim_pki pki;
static struct ratls_error err;
static struct ratls_buffer out;
static void *self;

/* ---- the library OS ---- */

/* Where Gramine or Occlum has the file that Occlum calls attestation_`name`. */
static void path_of(const char *name, char path[PATH_LEN])
{
    const char *gramine = strcmp(name, "type") == 0          ? "attestation_type"
                          : strcmp(name, "report_data") == 0 ? "user_report_data"
                                                             : name;

    (void)snprintf(path, PATH_LEN, "%s%s%s", os.base, os.is_occlum ? "_" : "/",
                   os.is_occlum ? name : gramine);
}

static void put_file(const char *name, const void *bytes, size_t len)
{
    char path[PATH_LEN];

    path_of(name, path);
    FILE *f = fopen(path, "wb");
    cr_assert(f, "%s", path);
    cr_assert_eq(fwrite(bytes, 1, len, f), len);
    (void)fclose(f);
}

static void put_type(const char *text)
{
    put_file("type", text, strlen(text));
}

/* A quote over `report_data`, new. */
static struct ratls_buffer make_quote(const uint8_t *report_data)
{
    struct ratls_buffer quote = {0};
    struct rt_sim_enclave enclave;

    rt_sim_enclave_usual(&enclave);
    memcpy(enclave.report_data, report_data, sizeof enclave.report_data);
    (void)!rt_sim_sgx_quote(ratls_env_system(), &pki, &enclave, &os.knobs, &quote);
    return quote;
}

static int open_pipe(const char *name, int flags)
{
    char path[PATH_LEN];

    path_of(name, path);
    return open(path, flags);
}

/* One write of report data is answered by one quote, nothing written is the end. Occlum's file
 * never ends: it stays open until the answer has been taken. In the thread: no assertions. */
static bool answer(void)
{
    int fd = open_pipe("report_data", O_RDONLY);
    ssize_t n = read(fd, os.seen, sizeof os.seen);

    (void)close(fd);
    if (n <= 0)
        return false;
    os.n_seen = (size_t)n;
    if (os.n_writes++ < os.noisy_tries)
        os.seen[0] ^= 1;
    struct ratls_buffer quote = make_quote(os.seen);
    fd = open_pipe("quote", O_WRONLY);
    (void)!write(fd, quote.p, quote.len);
    if (os.is_occlum)
        (void)sem_wait(&os.answered);
    (void)close(fd);
    ratls_buffer_free(&quote);
    return true;
}

static void *play(void *arg)
{
    (void)arg;
    while (answer())
        ;
    return NULL;
}

static void start(void)
{
    char path[PATH_LEN];

    put_type("dcap");
    path_of("report_data", path);
    cr_assert_eq(mkfifo(path, 0600), 0);
    path_of("quote", path);
    cr_assert_eq(mkfifo(path, 0600), 0);
    cr_assert_eq(pthread_create(&os.thread, NULL, play, NULL), 0);
    os.has_thread = true;
}

/* ---- the tests' side ---- */

static void setup(void)
{
    os = (struct libos){.parent = "/tmp/sgx_attester_test.XXXXXX"};
    cr_assert(mkdtemp(os.parent));
    (void)snprintf(os.base, sizeof os.base, "%s/attestation", os.parent);
    cr_assert_eq(mkdir(os.base, 0700), 0);
    cr_assert_eq(sem_init(&os.answered, 0, 0), 0);
    cr_assert_eq(rt_sim_pki_make(ratls_env_system(), NULL, &pki, NULL), RATLS_OK);
    err = (struct ratls_error){0};
    self = NULL;
}

static void teardown(void)
{
    char command[PATH_LEN];

    if (os.has_thread) {
        (void)close(open_pipe("report_data", O_WRONLY));
        (void)pthread_join(os.thread, NULL);
    }
    if (self)
        rt_attester_sgx.close(self);
    ratls_buffer_free(&out);
    rt_sim_pki_free(&pki);
    (void)snprintf(command, sizeof command, "rm -r %s", os.parent);
    cr_assert_eq(system(command), 0);
}

TestSuite(sgx_attester, .init = setup, .fini = teardown, .timeout = 20);

static enum ratls_err open_it(void)
{
    char options[PATH_LEN];

    (void)snprintf(options, sizeof options, "base=%s", os.base);
    return rt_attester_sgx.open(ratls_env_system(), options, &self, &err);
}

static enum ratls_err get(void)
{
    uint8_t report_data[RATLS_REPORT_DATA_LEN];

    memset(report_data, 0x42, sizeof report_data);
    ratls_buffer_free(&out);
    enum ratls_err e = rt_attester_sgx.evidence(self, report_data, &out, &err);
    (void)sem_post(&os.answered);
    return e;
}

static void expect_quote(void)
{
    uint8_t expected[RATLS_REPORT_DATA_LEN];

    memset(expected, 0x42, sizeof expected);
    cr_assert_eq(get(), RATLS_OK, "%s", err.detail);
    cr_expect_eq(os.n_seen, sizeof expected);
    cr_assert_gt(out.len, 436);
    cr_expect_arr_eq(out.p + 368, expected, sizeof expected);
}

/* ---- opening ---- */

Test(sgx_attester, is_known_by_name)
{
    char options[PATH_LEN];
    struct ratls_attester *a;

    put_type("dcap");
    (void)snprintf(options, sizeof options, "base=%s", os.base);
    cr_assert_eq(ratls_attester_open(ratls_env_system(), "sgx", options, &a, &err), RATLS_OK, "%s",
                 err.detail);
    cr_expect_str_eq(ratls_attester_name(a), "sgx");
    cr_expect_str_eq(ratls_attester_tee(a), "sgx");
    cr_expect_null(ratls_attester_media_type(a));
    cr_expect_not(ratls_attester_simulated(a));
    cr_expect_eq(ratls_attester_sim_root(a).len, 0);
    ratls_attester_close(a);
}

Test(sgx_attester, refuses_other_types_of_attestation)
{
    static const char *const types[] = {"none", "epid", "", "dca", "dcap2"};

    for (size_t i = 0; i < RT_COUNT(types); i++) {
        char expected[64];
        err = (struct ratls_error){0};
        put_type(types[i]);
        (void)snprintf(expected, sizeof expected, "attestation of type \"%s\", not dcap", types[i]);
        cr_expect_eq(open_it(), RATLS_E_UNSUPPORTED, "%s", types[i]);
        cr_expect_str_eq(err.detail, expected);
        cr_assert_null(self);
    }
}

Test(sgx_attester, refuses_a_type_that_is_too_long)
{
    put_type("dcap-dcap-dcap-dcap-dcap-dcap-dca");
    cr_assert_eq(open_it(), RATLS_E_ATTESTER);
    cr_assert(strstr(err.detail, "larger than 32 bytes"), "%s", err.detail);
    cr_assert_null(self);
}

Test(sgx_attester, tells_a_type_that_cannot_be_read)
{
    char path[PATH_LEN];

    path_of("type", path);
    cr_assert_eq(mkdir(path, 0700), 0);
    cr_assert_eq(open_it(), RATLS_E_ATTESTER);
    cr_assert(strstr(err.detail, "attestation_type cannot be read: errno 21"), "%s", err.detail);
    cr_assert_null(self);
}

Test(sgx_attester, tells_that_this_is_no_enclave)
{
    cr_assert_eq(open_it(), RATLS_E_ATTESTER);
    cr_assert(strstr(err.detail, "no enclave of Gramine or Occlum"), "%s", err.detail);
    cr_assert_null(self);
}

Test(sgx_attester, looks_below_dev_attestation_by_default)
{
    cr_assert_eq(rt_attester_sgx.open(ratls_env_system(), NULL, &self, &err), RATLS_E_ATTESTER);
    cr_assert(strstr(err.detail, "neither /dev/attestation/attestation_type nor "
                                 "/dev/attestation_type"),
              "%s", err.detail);
}

Test(sgx_attester, refuses_wrong_options)
{
    static const char *const bad[] = {"bose=/tmp", "base", "base=", "base=/a,base=/b", "pki=/a"};

    for (size_t i = 0; i < RT_COUNT(bad); i++)
        cr_expect_eq(rt_attester_sgx.open(ratls_env_system(), bad[i], &self, &err), RATLS_E_USAGE,
                     "%s", bad[i]);
}

/* ---- evidence ---- */

Test(sgx_attester, hands_the_report_data_to_gramine_and_returns_the_quote)
{
    start();
    cr_assert_eq(open_it(), RATLS_OK, "%s", err.detail);
    expect_quote();
    cr_assert_eq(os.n_writes, 1);
    expect_quote();
    cr_assert_eq(os.n_writes, 2);
}

/* A second read would wait for ever. */
Test(sgx_attester, reads_the_files_of_occlum_once)
{
    os.is_occlum = true;
    start();
    cr_assert_eq(open_it(), RATLS_OK, "%s", err.detail);
    expect_quote();
    expect_quote();
    cr_assert_eq(os.n_writes, 2);
}

Test(sgx_attester, tries_again_after_another_writer)
{
    os.noisy_tries = 2;
    start();
    cr_assert_eq(open_it(), RATLS_OK);
    expect_quote();
    cr_assert_eq(os.n_writes, 3);
}

static void expect_failure(const char *detail)
{
    cr_expect_eq(get(), RATLS_E_ATTESTER);
    cr_expect_null(out.p);
    cr_expect(strstr(err.detail, detail), "%s", err.detail);
    err = (struct ratls_error){0};
}

Test(sgx_attester, gives_up_after_three_tries)
{
    os.noisy_tries = 3;
    start();
    cr_assert_eq(open_it(), RATLS_OK);
    expect_failure("somebody else writes to");
    cr_assert_eq(os.n_writes, 3);
}

/* ---- fixed files ---- */

/* The quote in question is there already. */
static void put_fixed(const struct ratls_buffer *quote, size_t len)
{
    put_type("dcap");
    put_file("report_data", "", 0);
    put_file("quote", quote->p, len);
    if (!self)
        cr_assert_eq(open_it(), RATLS_OK, "%s", err.detail);
}

static struct ratls_buffer fixed_quote(void)
{
    uint8_t report_data[RATLS_REPORT_DATA_LEN];

    memset(report_data, 0x42, sizeof report_data);
    return make_quote(report_data);
}

Test(sgx_attester, refuses_a_cut_quote)
{
    struct ratls_buffer quote = fixed_quote();

    for (size_t len = 0; len < quote.len; len += len < 440 || len + 40 > quote.len ? 1 : 40) {
        put_fixed(&quote, len);
        expect_failure("no whole SGX quote of version 3");
    }
    put_fixed(&quote, quote.len);
    cr_assert_eq(get(), RATLS_OK, "%s", err.detail);
    cr_assert(ratls_bytes_equal(rt_bytes_of(&out), rt_bytes_of(&quote)));
    ratls_buffer_free(&quote);
}

Test(sgx_attester, refuses_other_versions)
{
    os.knobs.version = 4;
    struct ratls_buffer quote = fixed_quote();

    put_fixed(&quote, quote.len);
    expect_failure("no whole SGX quote of version 3");
    ratls_buffer_free(&quote);
}

Test(sgx_attester, refuses_each_other_byte_of_report_data)
{
    struct ratls_buffer quote = fixed_quote();

    for (size_t at = 368; at < 432; at++) {
        quote.p[at] ^= 0x80;
        put_fixed(&quote, quote.len);
        expect_failure("over other report data");
        quote.p[at] ^= 0x80;
    }
    ratls_buffer_free(&quote);
}

Test(sgx_attester, takes_a_quote_of_the_limit_and_no_more)
{
    struct ratls_buffer quote = fixed_quote();

    os.knobs.trailing_len = RT_MAX_EVIDENCE + 1 - quote.len;
    ratls_buffer_free(&quote);
    quote = fixed_quote();
    cr_assert_eq(quote.len, RT_MAX_EVIDENCE + 1);
    put_fixed(&quote, RT_MAX_EVIDENCE + 1);
    expect_failure("larger than");
    put_fixed(&quote, RT_MAX_EVIDENCE);
    cr_assert_eq(get(), RATLS_OK, "%s", err.detail);
    cr_assert_eq(out.len, RT_MAX_EVIDENCE);
    ratls_buffer_free(&quote);
}

Test(sgx_attester, tells_a_quote_that_cannot_be_read)
{
    put_type("dcap");
    put_file("report_data", "", 0);
    cr_assert_eq(open_it(), RATLS_OK);
    expect_failure("quote cannot be read: errno 2");
}

/* And makes no file of that name. */
Test(sgx_attester, tells_a_missing_file_for_report_data)
{
    struct ratls_buffer quote = fixed_quote();
    char path[PATH_LEN];

    put_fixed(&quote, quote.len);
    path_of("report_data", path);
    cr_assert_eq(unlink(path), 0);
    expect_failure("user_report_data: errno 2");
    cr_assert_eq(access(path, F_OK), -1);
    ratls_buffer_free(&quote);
}

Test(sgx_attester, tells_that_report_data_are_not_accepted)
{
    struct ratls_buffer quote = fixed_quote();
    char path[PATH_LEN];

    put_fixed(&quote, quote.len);
    path_of("report_data", path);
    cr_assert_eq(unlink(path), 0);
    cr_assert_eq(symlink("/dev/full", path), 0);
    expect_failure("user_report_data is not accepted");
    ratls_buffer_free(&quote);
}
