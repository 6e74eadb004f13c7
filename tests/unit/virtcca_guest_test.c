/* The attester "virtcca". The test plays kernel and firmware behind the request function; the
 * device is an ordinary file. */
#include <errno.h>
#include <unistd.h>

#include "cbor.h"
#include "vectors_support.h"
#include "virtcca_guest.h"
#include "x509_support.h"

/* As on the machine: the size is part of the number of an ioctl. */
_Static_assert(sizeof(struct rt_tsi_token) == 8264, "size");
_Static_assert(sizeof(struct rt_tsi_short_token) == 4168, "size");
_Static_assert(sizeof(struct rt_tsi_readable_token) == 72, "size");
_Static_assert(sizeof(struct rt_tsi_oldest_token) == 120, "size");
_Static_assert(sizeof(struct rt_tsi_cert) == 4104, "size");
_Static_assert(RT_TSI_GET_TOKEN == 0xe0485401, "code");
_Static_assert(RT_TSI_GET_CERT == 0x90085402, "code");

/* The challenge follows, and ends the token. */
#define TAG       "\xd9\x01\x8f\xa1\x19\xac\xd1\x58\x43\x0a\x58\x40"
#define TAG_LEN   (sizeof TAG - 1)
#define TOKEN_LEN (TAG_LEN + RT_TSI_CHALLENGE)

static struct machine {
    unsigned long token_code; /* the only one that is known */
    int token_reason, cert_reason;
    bool other_challenge;      /* with each token */
    unsigned other_times;      /* with so many */
    const char *begin;         /* instead of that of the tag */
    uint64_t token_size;       /* instead; 0: as it is */
    bool no_size;              /* of the token */
    size_t padding;            /* behind the token */
    ssize_t short_by;          /* of what is read */
    struct ratls_buffer token; /* instead: a real one, whose challenge begins at 24 */
    struct ratls_buffer cert;
    uint64_t cert_size; /* instead */
    bool no_cert_size;
    struct ratls_bytes ima; /* what the log grows by with each read, ima_growth times */
    unsigned ima_growth, n_ima;
    uint8_t made[20000];
    size_t made_len;
    unsigned n_tokens, n_certs, n_reads, n_unknown;
} m;

static struct ratls_env env;
static struct ratls_error err;
static void *self;
static const char template[] = "/tmp/virtcca_guest_test.XXXXXX";
static char device[sizeof template], content_file[sizeof template];
static struct made device_cert, other_cert;

/* ---- kernel and firmware ---- */

static void make_token(const uint8_t *challenge)
{
    const size_t at = m.token.p ? 24 : TAG_LEN;

    memset(m.made, 0, sizeof m.made);
    m.made_len = m.token.p ? m.token.len : TOKEN_LEN + m.padding;
    if (m.token.p)
        memcpy(m.made, m.token.p, m.token.len);
    else
        memcpy(m.made, TAG, TAG_LEN);
    if (m.begin)
        memcpy(m.made, m.begin, 4);
    memcpy(m.made + at, challenge, RT_TSI_CHALLENGE);
    m.made[at] ^= m.other_challenge || m.n_tokens < m.other_times;
}

static uint64_t size_of_token(void)
{
    if (m.no_size)
        return 0;
    return m.token_size ? m.token_size : m.made_len;
}

static int give_token(unsigned long code, void *q)
{
    struct rt_tsi_token *two = q;
    struct rt_tsi_short_token *one = q;
    struct rt_tsi_readable_token *readable = q;

    if (code != m.token_code) {
        m.n_unknown++;
        return ENOTTY;
    }
    if (m.token_reason)
        return m.token_reason;
    make_token(two->challenge);
    m.n_tokens++;
    if (code == RT_TSI_GET_TOKEN) {
        memcpy(two->token, m.made, sizeof two->token);
        two->size = size_of_token();
    } else if (code == RT_TSI_GET_SHORT_TOKEN) {
        memcpy(one->token, m.made, sizeof one->token);
        one->size = size_of_token();
    } else {
        readable->size = size_of_token();
    }
    return 0;
}

static int give_cert(struct rt_tsi_cert *q)
{
    m.n_certs++;
    if (m.cert_reason)
        return m.cert_reason;
    memcpy(q->value, m.cert.p, m.cert.len);
    q->size = m.cert_size ? m.cert_size : m.cert.len;
    if (m.no_cert_size)
        q->size = 0;
    return 0;
}

static int request(void *arg, int fd, unsigned long code, void *q)
{
    cr_assert_eq(arg, &m);
    cr_assert(fd >= 0);
    return code == RT_TSI_GET_CERT ? give_cert(q) : give_token(code, q);
}

static ssize_t read_token(void *arg, int fd, uint8_t *to, size_t len)
{
    cr_assert_eq(arg, &m);
    cr_assert(fd >= 0);
    m.n_reads++;
    if (m.short_by < 0)
        return -1;
    memcpy(to, m.made, len);
    return (ssize_t)len - m.short_by;
}

static const struct rt_virtcca_guest_ops ops = {&m, request, read_token};

/* "/ima" grows; anything else is a file. */
static enum ratls_err read_file(void *arg, const char *path, size_t max, struct ratls_buffer *out)
{
    const struct ratls_env *real = ratls_env_system();
    struct rt_writer w = {0};

    if (strcmp(path, "/ima") != 0)
        return real->read_file(arg, path, max, out);
    if (m.n_ima < m.ima_growth)
        m.n_ima++;
    for (unsigned i = 0; i < m.n_ima; i++)
        rt_put_bytes(&w, m.ima);
    *out = (struct ratls_buffer){0};
    if (w.len > max) {
        rt_writer_free(&w);
        return RATLS_E_LIMIT;
    }
    return rt_writer_take(&w, out);
}

/* ---- before and after ---- */

static void put_temporary(char *path, struct ratls_bytes content)
{
    int fd = mkstemp(path);

    cr_assert(fd >= 0);
    cr_assert_eq(write(fd, content.p, content.len), (ssize_t)content.len);
    (void)close(fd);
}

/* `content` in a file of its own; its name until the next call. */
static const char *file_of(struct ratls_bytes content)
{
    if (content_file[0])
        (void)unlink(content_file);
    memcpy(content_file, template, sizeof template);
    put_temporary(content_file, content);
    return content_file;
}

static void give_as_cert(struct ratls_bytes bytes)
{
    ratls_buffer_free(&m.cert);
    MUST(rt_dup(bytes, &m.cert));
}

static void setup(void)
{
    m = (struct machine){.token_code = RT_TSI_GET_TOKEN, .ima = ratls_bytes_str("entry;")};
    env = *ratls_env_system();
    env.read_file = read_file;
    err = (struct ratls_error){0};
    self = NULL;
    make((struct rt_mint){.subject = {.common_name = "device"}, .path_len = -1}, NULL,
         &device_cert);
    make_ca("above", 0, NULL, &other_cert);
    give_as_cert(der_of(&device_cert));
    content_file[0] = 0;
    memcpy(device, template, sizeof template);
    put_temporary(device, ratls_bytes(NULL, 0));
}

static void teardown(void)
{
    if (self)
        rt_attester_virtcca.close(self);
    ratls_buffer_free(&m.cert);
    ratls_buffer_free(&m.token);
    made_free(&device_cert);
    made_free(&other_cert);
    (void)unlink(device);
    if (content_file[0])
        (void)unlink(content_file);
}

TestSuite(virtcca_guest, .init = setup, .fini = teardown);

/* ---- the attester ---- */

/* Behind the device: `key` and `value`. */
static enum ratls_err open_with(const char *key, const char *value)
{
    char options[256];

    err = (struct ratls_error){0};
    (void)snprintf(options, sizeof options, "device=%s%s%s", device, key, value);
    return rt_virtcca_guest_open_with(&env, options, &ops, &self, &err);
}

static void must_open(const char *key, const char *value)
{
    cr_assert_eq(open_with(key, value), RATLS_OK, "%s", err.detail);
    m.n_tokens = m.n_certs = m.n_reads = m.n_unknown = 0;
}

static void expect_unfit(enum ratls_err e, const char *detail)
{
    cr_expect_eq(open_with("", ""), e, "%s", detail);
    cr_expect(strstr(err.detail, detail), "%s", err.detail);
    cr_expect_null(self);
}

static enum ratls_err get(struct ratls_buffer *out)
{
    uint8_t report_data[RATLS_REPORT_DATA_LEN];

    memset(report_data, 0x42, sizeof report_data);
    err = (struct ratls_error){0};
    return rt_attester_virtcca.evidence(self, report_data, out, &err);
}

static struct ratls_buffer must_get(void)
{
    struct ratls_buffer out;

    cr_assert_eq(get(&out), RATLS_OK, "%s", err.detail);
    return out;
}

static void expect_failure(enum ratls_err e, const char *detail)
{
    struct ratls_buffer out;

    cr_expect_eq(get(&out), e, "%s", detail);
    cr_expect(strstr(err.detail, detail), "%s", err.detail);
    cr_expect_null(out.p);
}

/* ---- what the envelope holds ---- */

struct found {
    struct ratls_bytes token, dev_cert, cert[20], ccel, ima_log;
    size_t n_certs;
};

static struct found look_into(const struct ratls_buffer *evidence)
{
    struct rt_reader r = rt_reader(rt_bytes_of(evidence));
    struct found f = {0};

    for (size_t n = rt_cbor_map(&r); n > 0; n--) {
        const struct ratls_bytes key = rt_cbor_tstr(&r);
        if (ratls_bytes_equal(key, ratls_bytes_str("certs"))) {
            f.n_certs = rt_u8(&r) & 0x1f;
            for (size_t i = 0; i < f.n_certs; i++)
                f.cert[i] = rt_cbor_bstr(&r);
            continue;
        }
        struct ratls_bytes *to = ratls_bytes_equal(key, ratls_bytes_str("vcca_token")) ? &f.token
                                 : ratls_bytes_equal(key, ratls_bytes_str("dev_cert")) ? &f.dev_cert
                                 : ratls_bytes_equal(key, ratls_bytes_str("ccel"))     ? &f.ccel
                                                                                       : &f.ima_log;
        *to = rt_cbor_bstr(&r);
    }
    cr_assert(rt_at_end(&r));
    return f;
}

Test(virtcca_guest, wraps_token_and_certificate)
{
    must_open("", "");
    cr_expect_str_eq(rt_attester_virtcca.tee(self), "virtcca");
    cr_expect_str_eq(rt_attester_virtcca.media_type(self), "application/vnd.ratls.virtcca");
    struct ratls_buffer out = must_get();
    const struct found f = look_into(&out);
    cr_expect(ratls_bytes_equal(f.token, ratls_bytes(m.made, m.made_len)));
    cr_expect(ratls_bytes_equal(f.dev_cert, der_of(&device_cert)));
    cr_expect_eq(f.n_certs, 0);
    cr_expect_null(f.ccel.p);
    cr_expect_null(f.ima_log.p);
    cr_expect_eq(m.n_tokens, 1);
    cr_expect_eq(m.n_certs, 1);
    cr_expect_eq(m.n_unknown, 0);
    ratls_buffer_free(&out);
}

Test(virtcca_guest, hands_the_report_data_over)
{
    uint8_t report_data[RATLS_REPORT_DATA_LEN];

    memset(report_data, 0x42, sizeof report_data);
    must_open("", "");
    struct ratls_buffer out = must_get();
    cr_expect_arr_eq(m.made + TAG_LEN, report_data, sizeof report_data);
    ratls_buffer_free(&out);
}

Test(virtcca_guest, finds_the_form_that_the_kernel_takes_and_keeps_it)
{
    static const struct {
        unsigned long code;
        unsigned n_reads;
    } forms[] = {{RT_TSI_GET_TOKEN, 0},
                 {RT_TSI_GET_SHORT_TOKEN, 0},
                 {RT_TSI_GET_READABLE_TOKEN, 1},
                 {RT_TSI_GET_OLDEST_TOKEN, 1}};

    for (size_t i = 0; i < RT_COUNT(forms); i++) {
        m.token_code = forms[i].code;
        must_open("", "");
        struct ratls_buffer out = must_get();
        const struct found f = look_into(&out);
        cr_expect(ratls_bytes_equal(f.token, ratls_bytes(m.made, m.made_len)), "form %zu", i);
        cr_expect_eq(m.n_unknown, 0, "form %zu", i);
        cr_expect_eq(m.n_reads, forms[i].n_reads, "form %zu", i);
        ratls_buffer_free(&out);
        rt_attester_virtcca.close(self);
        self = NULL;
    }
}

Test(virtcca_guest, takes_tokens_as_large_as_their_room)
{
    static const struct {
        unsigned long code;
        size_t room;
    } forms[] = {{RT_TSI_GET_TOKEN, 8192},
                 {RT_TSI_GET_SHORT_TOKEN, 4096},
                 {RT_TSI_GET_READABLE_TOKEN, 16384},
                 {RT_TSI_GET_OLDEST_TOKEN, 16384}};
    struct ratls_buffer out;

    for (size_t i = 0; i < RT_COUNT(forms); i++) {
        m.token_code = forms[i].code;
        m.padding = 0;
        must_open("", "");
        m.padding = forms[i].room - TOKEN_LEN;
        out = must_get();
        cr_expect_eq(look_into(&out).token.len, forms[i].room);
        ratls_buffer_free(&out);
        m.padding++;
        expect_failure(RATLS_E_ATTESTER, "in room of");
        rt_attester_virtcca.close(self);
        self = NULL;
    }
}

/* ---- refusals of the device ---- */

Test(virtcca_guest, refuses_a_device_of_another_kind)
{
    struct ratls_attester *a;

    m.token_code = 0;
    expect_unfit(RATLS_E_ATTESTER, "no token, errno 25: another device?");
    cr_expect_eq(m.n_unknown, 4);
    cr_expect_eq(ratls_attester_open(&env, "virtcca", "device=/dev/null", &a, &err),
                 RATLS_E_ATTESTER);
    cr_expect(strstr(err.detail, "errno 25"), "%s", err.detail);
    cr_expect_null(a);
}

Test(virtcca_guest, tells_what_the_kernel_answers)
{
    must_open("", "");
    m.token_reason = EIO;
    expect_failure(RATLS_E_ATTESTER, "no token, errno 5");
    m.token_reason = 0;
    m.cert_reason = EIO;
    expect_failure(RATLS_E_ATTESTER, "no certificate of the device, errno 5");
}

Test(virtcca_guest, looks_anew_for_the_form_once_the_kernel_refused)
{
    must_open("", "");
    m.token_code = RT_TSI_GET_OLDEST_TOKEN;
    struct ratls_buffer out = must_get();
    ratls_buffer_free(&out);
    m.token_code = RT_TSI_GET_TOKEN;
    expect_failure(RATLS_E_ATTESTER, "errno 25");
    out = must_get();
    ratls_buffer_free(&out);
}

Test(virtcca_guest, refuses_sizes_out_of_bounds)
{
    static const uint64_t bad[] = {8193, UINT64_C(0x100000040), UINT64_MAX};

    must_open("", "");
    for (size_t i = 0; i < RT_COUNT(bad); i++) {
        m.token_size = bad[i];
        expect_failure(RATLS_E_ATTESTER, "in room of 8192");
    }
    m.no_size = true;
    expect_failure(RATLS_E_ATTESTER, "a token of 0 bytes");
    m.no_size = false;
    m.token_size = 0;
    static const uint64_t bad_cert[] = {4097, UINT64_MAX};
    for (size_t i = 0; i < RT_COUNT(bad_cert); i++) {
        m.cert_size = bad_cert[i];
        expect_failure(RATLS_E_ATTESTER, "a certificate of ");
    }
    m.no_cert_size = true;
    expect_failure(RATLS_E_ATTESTER, "a certificate of 0 bytes");
}

Test(virtcca_guest, refuses_a_token_that_cannot_be_read)
{
    m.token_code = RT_TSI_GET_OLDEST_TOKEN;
    must_open("", "");
    m.short_by = 1;
    expect_failure(RATLS_E_ATTESTER, "of a token of 76 bytes, 75 can be read");
    m.short_by = -1;
    expect_failure(RATLS_E_ATTESTER, "of a token of 76 bytes, -1 can be read");
}

Test(virtcca_guest, refuses_what_is_no_collection_of_tokens)
{
    static const char *const bad[] = {
        "\xd9\x01\x8e\xa1", /* other tags: 398, 907, 18 */
        "\xd9\x03\x8b\xa1", "\xd2\x84\x44\xa1",
        "\xd9\x01\x8f\xa0", /* no, three and no map of tokens */
        "\xd9\x01\x8f\xa3", "\xd9\x01\x8f\x81",
    };

    must_open("", "");
    for (size_t i = 0; i < RT_COUNT(bad); i++) {
        m.begin = bad[i];
        expect_failure(RATLS_E_ATTESTER, "no collection of tag 399");
    }
    m.begin = "\xd9\x01\x8f\xa2";
    struct ratls_buffer out = must_get();
    ratls_buffer_free(&out);
    m.token_size = 3;
    m.begin = NULL;
    expect_failure(RATLS_E_ATTESTER, "no collection of tag 399");
}

Test(virtcca_guest, refuses_a_token_over_other_report_data)
{
    must_open("", "");
    m.other_challenge = true;
    expect_failure(RATLS_E_ATTESTER, "over other report data");
    cr_expect_eq(m.n_tokens, 3);
}

Test(virtcca_guest, asks_again_when_it_got_the_token_of_another)
{
    must_open("", "");
    m.other_times = 2;
    struct ratls_buffer out = must_get();
    cr_expect_eq(m.n_tokens, 3);
    ratls_buffer_free(&out);
}

/* ---- certificates ---- */

/* PEM of the device's certificate and `n` others behind it. */
static struct ratls_buffer pem_of(size_t n)
{
    struct rt_writer w = {0};
    struct ratls_buffer pem;

    for (size_t i = 0; i <= n; i++) {
        MUST(rt_pem_write("CERTIFICATE", der_of(i ? &other_cert : &device_cert), &pem));
        rt_put_bytes(&w, rt_bytes_of(&pem));
        ratls_buffer_free(&pem);
    }
    MUST(rt_writer_take(&w, &pem));
    return pem;
}

Test(virtcca_guest, takes_the_certificate_in_pem)
{
    struct ratls_buffer pem = pem_of(1);

    give_as_cert(rt_bytes_of(&pem));
    must_open("", "");
    struct ratls_buffer out = must_get();
    const struct found f = look_into(&out);
    cr_expect(ratls_bytes_equal(f.dev_cert, der_of(&device_cert)));
    cr_assert_eq(f.n_certs, 1);
    cr_expect(ratls_bytes_equal(f.cert[0], der_of(&other_cert)));
    ratls_buffer_free(&out);
    ratls_buffer_free(&pem);
}

Test(virtcca_guest, refuses_a_certificate_that_cannot_be_read)
{
    must_open("", "");
    m.cert.p[1] ^= 1;
    expect_failure(RATLS_E_ATTESTER, "the certificate of the device: ");
    m.cert.p[1] ^= 1;
    m.cert.len--;
    expect_failure(RATLS_E_ATTESTER, "the certificate of the device: ");
    give_as_cert(ratls_bytes_str("none"));
    expect_failure(RATLS_E_ATTESTER, "the certificate of the device: no certificate");
}

Test(virtcca_guest, sends_the_certificates_of_a_file_along)
{
    struct ratls_buffer pem = pem_of(7);

    must_open(",certs=", file_of(rt_bytes_of(&pem)));
    struct ratls_buffer out = must_get();
    const struct found f = look_into(&out);
    cr_assert_eq(f.n_certs, 8);
    cr_expect(ratls_bytes_equal(f.cert[0], der_of(&device_cert)));
    cr_expect(ratls_bytes_equal(f.cert[7], der_of(&other_cert)));
    ratls_buffer_free(&out);
    ratls_buffer_free(&pem);
}

Test(virtcca_guest, takes_one_certificate_of_a_file_in_der)
{
    must_open(",certs=", file_of(der_of(&other_cert)));
    struct ratls_buffer out = must_get();
    cr_expect_eq(look_into(&out).n_certs, 1);
    ratls_buffer_free(&out);
}

Test(virtcca_guest, refuses_files_of_other_things)
{
    struct ratls_buffer pem = pem_of(8);

    cr_expect_eq(open_with(",certs=", file_of(rt_bytes_of(&pem))), RATLS_E_CONFIG);
    cr_expect(strstr(err.detail, "more than 8 certificates"), "%s", err.detail);
    cr_expect_eq(open_with(",certs=", file_of(ratls_bytes_str("none"))), RATLS_E_CONFIG);
    cr_expect_neq(open_with(",certs=", file_of(ratls_bytes_str("\x30\x00"))), RATLS_OK);
    cr_expect_eq(open_with(",certs=", "/nonexistent"), RATLS_E_IO);
    cr_expect_null(self);
    ratls_buffer_free(&pem);
}

/* ---- logs ---- */

/* A header without algorithms, which is a whole log. */
static const char boot_log[] = "\0\0\0\0\3\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x1d\0\0\0"
                               "Spec ID Event03\0\0\0\0\0\0\2\0\2\0\0\0\0\0";

Test(virtcca_guest, sends_the_boot_log_along_without_its_filler)
{
    char area[200] = {0};

    memcpy(area, boot_log, sizeof boot_log - 1);
    must_open(",eventlog=", file_of(ratls_bytes(area, sizeof area)));
    struct ratls_buffer out = must_get();
    cr_expect(ratls_bytes_equal(look_into(&out).ccel, ratls_bytes(boot_log, sizeof boot_log - 1)));
    ratls_buffer_free(&out);
}

Test(virtcca_guest, refuses_boot_logs_that_are_none)
{
    cr_expect_eq(open_with(",eventlog=", file_of(ratls_bytes_str("abc"))), RATLS_E_ATTESTER);
    cr_expect(strstr(err.detail, "no whole measured-boot log"), "%s", err.detail);
    cr_expect_eq(open_with(",eventlog=", file_of(ratls_bytes_str(""))), RATLS_E_ATTESTER);
    cr_expect(strstr(err.detail, "is empty"), "%s", err.detail);
    cr_expect_eq(open_with(",eventlog=", "/nonexistent"), RATLS_E_IO);
    cr_expect(strstr(err.detail, "/nonexistent cannot be read"), "%s", err.detail);
    cr_expect_null(self);
}

Test(virtcca_guest, knows_the_usual_places_of_the_logs)
{
    if (access("/sys/firmware/acpi/tables/data/CCEL", F_OK) == 0 ||
        access("/sys/kernel/security/ima/binary_runtime_measurements", F_OK) == 0)
        cr_skip_test("this machine has such logs");
    cr_expect_eq(open_with(",eventlog=", "yes"), RATLS_E_IO);
    cr_expect(strstr(err.detail, "/sys/firmware/acpi/tables/data/CCEL"), "%s", err.detail);
    cr_expect_eq(open_with(",ima_log=", "yes"), RATLS_E_IO);
    cr_expect(strstr(err.detail, "/ima/binary_runtime_measurements"), "%s", err.detail);
    cr_expect_null(self);
    must_open(",eventlog=no,ima_log=", "no");
}

Test(virtcca_guest, sends_the_ima_log_as_it_is_with_each_token)
{
    m.ima_growth = 1;
    must_open(",ima_log=", "/ima");
    struct ratls_buffer out = must_get();
    cr_expect(ratls_bytes_equal(look_into(&out).ima_log, ratls_bytes_str("entry;")));
    ratls_buffer_free(&out);
    m.ima_growth = 2; /* between the two reads around the first token */
    m.n_tokens = 0;
    out = must_get();
    cr_expect(ratls_bytes_equal(look_into(&out).ima_log, ratls_bytes_str("entry;entry;")));
    ratls_buffer_free(&out);
}

Test(virtcca_guest, asks_again_when_the_ima_log_grew_around_the_token)
{
    m.ima_growth = 1;
    must_open(",ima_log=", "/ima");
    m.ima_growth = 4;
    struct ratls_buffer out = must_get();
    cr_expect_eq(look_into(&out).ima_log.len, 4 * m.ima.len);
    cr_expect_eq(m.n_tokens, 3 - 1);
    ratls_buffer_free(&out);
    m.ima_growth = 1000;
    expect_failure(RATLS_E_ATTESTER, "the IMA log grows all the time");
}

Test(virtcca_guest, refuses_ima_logs_that_are_empty_or_do_not_fit)
{
    static uint8_t large[RT_MAX_EVIDENCE + 1];

    m.ima_growth = 0;
    cr_expect_eq(open_with(",ima_log=", "/ima"), RATLS_E_ATTESTER);
    cr_expect(strstr(err.detail, "/ima is empty"), "%s", err.detail);
    m.ima_growth = 1;
    m.ima = ratls_bytes(large, sizeof large);
    cr_expect_eq(open_with(",ima_log=", "/ima"), RATLS_E_LIMIT);
    cr_expect(strstr(err.detail, "/ima is larger than 65536 bytes"), "%s", err.detail);
    m.ima.len = RT_MAX_EVIDENCE;
    cr_expect_eq(open_with(",ima_log=", "/ima"), RATLS_E_ATTESTER);
    cr_expect(strstr(err.detail, "an IMA log of 65536 do not fit into evidence of 65536"), "%s",
              err.detail);
    cr_expect_null(self);
}

Test(virtcca_guest, fills_evidence_to_its_limit)
{
    static uint8_t large[RT_MAX_EVIDENCE];
    struct ratls_buffer out;

    m.ima_growth = 1;
    must_open(",ima_log=", "/ima");
    out = must_get();
    const size_t rest = RT_MAX_EVIDENCE - (out.len - m.ima.len) - 2; /* a longer head */
    ratls_buffer_free(&out);
    m.ima = ratls_bytes(large, rest);
    out = must_get();
    cr_expect_eq(out.len, RT_MAX_EVIDENCE);
    ratls_buffer_free(&out);
    m.ima.len++;
    expect_failure(RATLS_E_ATTESTER, "do not fit");
}

/* ---- opening ---- */

Test(virtcca_guest, tells_an_unfit_machine_when_opening)
{
    cr_expect_eq(rt_virtcca_guest_open_with(&env, "device=/nonexistent", &ops, &self, &err),
                 RATLS_E_ATTESTER);
    cr_expect(strstr(err.detail, "/nonexistent: errno 2; no guest of virtCCA?"), "%s", err.detail);
    cr_expect_null(self);
    m.token_reason = EIO;
    expect_unfit(RATLS_E_ATTESTER, "no token");
    m.token_reason = 0;
    m.cert_reason = EIO;
    expect_unfit(RATLS_E_ATTESTER, "no certificate of the device");
}

Test(virtcca_guest, looks_for_the_device_of_openeuler)
{
    struct ratls_attester *a;

    if (access("/dev/tsi", F_OK) == 0)
        cr_skip_test("this is a guest of virtCCA");
    cr_expect_eq(ratls_attester_open(&env, "virtcca", NULL, &a, &err), RATLS_E_ATTESTER);
    cr_expect(strstr(err.detail, "/dev/tsi: errno 2"), "%s", err.detail);
}

Test(virtcca_guest, refuses_wrong_options)
{
    static const char *const bad[] = {"base=/a", "device=",   "device=/a,device=/b",
                                      "certs=",  "eventlog=", "ima_log=",
                                      "vmpl=1",  "device=/a,"};

    for (size_t i = 0; i < RT_COUNT(bad); i++)
        cr_expect_eq(rt_virtcca_guest_open_with(&env, bad[i], &ops, &self, &err), RATLS_E_USAGE,
                     "%s", bad[i]);
}

Test(virtcca_guest, takes_token_and_certificate_of_a_real_machine)
{
    struct ratls_buffer cert;

    if (read_vector("virtcca/token.cbor", &m.token) != RATLS_OK ||
        read_vector("virtcca/dev-cert.der", &cert) != RATLS_OK)
        cr_skip_test("no virtcca/token.cbor and dev-cert.der in %s", vectors_folder());
    give_as_cert(rt_bytes_of(&cert));
    must_open("", "");
    struct ratls_buffer out = must_get();
    cr_expect_eq(look_into(&out).token.len, m.token.len);
    cr_expect(ratls_bytes_equal(look_into(&out).dev_cert, rt_bytes_of(&cert)));
    ratls_buffer_free(&out);
    ratls_buffer_free(&cert);
}
