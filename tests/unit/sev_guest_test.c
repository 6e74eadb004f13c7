/* The attester "sev-guest". The test plays kernel, host and firmware behind the request function;
 * the device is an ordinary file. */
#include <errno.h>
#include <stddef.h>

#include "sev_guest.h"
#include "snp_certs_support.h"

#if defined(__has_include) && __has_include(<linux/sev-guest.h>)
#include <linux/sev-guest.h>
_Static_assert(RT_SEV_GET_REPORT == SNP_GET_REPORT, "code");
_Static_assert(RT_SEV_GET_EXT_REPORT == SNP_GET_EXT_REPORT, "code");
_Static_assert(sizeof(struct rt_sev_report_req) == sizeof(struct snp_report_req), "size");
_Static_assert(sizeof(struct rt_sev_ext_report_req) == sizeof(struct snp_ext_report_req), "size");
_Static_assert(sizeof(struct rt_sev_report_resp) == sizeof(struct snp_report_resp), "size");
_Static_assert(offsetof(struct rt_sev_report_req, vmpl) == offsetof(struct snp_report_req, vmpl),
               "offset");
_Static_assert(offsetof(struct rt_sev_ext_report_req, certs_address) ==
                   offsetof(struct snp_ext_report_req, certs_address),
               "offset");
_Static_assert(offsetof(struct rt_sev_ext_report_req, certs_len) ==
                   offsetof(struct snp_ext_report_req, certs_len),
               "offset");
_Static_assert(offsetof(struct rt_sev_request, resp_address) ==
                   offsetof(struct snp_guest_request_ioctl, resp_data),
               "offset");
#endif

#define PAGE        4096
#define INVALID_LEN (UINT64_C(1) << 32)
#define BUSY        (UINT64_C(2) << 32)

static struct host {
    struct ratls_buffer table; /* whole pages; empty: none */
    uint32_t wanted;           /* instead of the length of the table */
    bool grows;                /* one page more with each request */
    bool not_offered;          /* no extended request */
    unsigned busy_times;
    int busy_reason;
    uint64_t busy_info;
    int reason; /* of every answer */
    uint64_t exitinfo2;
    uint32_t status, report_len;
    bool other_report_data;
    unsigned n_extended, n_plain, n_pauses;
    struct rt_sev_report_req seen;
    uint32_t seen_certs_len;
} h;

static struct ratls_env env;
static struct ratls_error err;
static void *self;
static char device[32];

static int refuse(struct rt_sev_request *q, int reason, uint64_t exitinfo2)
{
    if (exitinfo2) /* as the kernel does */
        q->exitinfo2 = exitinfo2;
    return reason;
}

static void put_response(const struct rt_sev_request *q, const struct rt_sev_report_req *req)
{
    struct rt_sev_report_resp *response = (struct rt_sev_report_resp *)(uintptr_t)q->resp_address;
    uint8_t report[RT_SNP_REPORT_LEN];
    struct rt_writer w = {0};

    h.seen = *req;
    fill_report(report, req->user_data);
    report[0x50] ^= h.other_report_data;
    rt_put_u32le(&w, h.status);
    rt_put_u32le(&w, h.report_len);
    rt_put(&w, (uint8_t[24]){0}, 24);
    rt_put(&w, report, sizeof report);
    memset(response, 0, sizeof *response);
    memcpy(response->bytes, w.p, w.len);
    rt_writer_free(&w);
}

static int extended(struct rt_sev_request *q)
{
    struct rt_sev_ext_report_req *req = (struct rt_sev_ext_report_req *)(uintptr_t)q->req_address;
    uint32_t wanted = h.wanted ? h.wanted : (uint32_t)h.table.len;

    h.n_extended++;
    if (h.not_offered)
        return refuse(q, ENOTTY, 0xff);
    h.seen_certs_len = req->certs_len;
    if (h.grows)
        wanted = req->certs_len + PAGE;
    if (req->certs_len < wanted) {
        req->certs_len = wanted;
        return refuse(q, EIO, INVALID_LEN);
    }
    if (req->certs_len > 0)
        memcpy((void *)(uintptr_t)req->certs_address, h.table.p, h.table.len);
    put_response(q, &req->report);
    return 0;
}

static int request(void *arg, int fd, unsigned long code, struct rt_sev_request *q)
{
    cr_assert_eq(arg, &h);
    cr_assert(fd >= 0);
    cr_assert_eq(q->msg_version, 1);
    if (h.busy_times > 0) {
        h.busy_times--;
        return refuse(q, h.busy_reason, h.busy_info);
    }
    if (h.reason)
        return refuse(q, h.reason, h.exitinfo2);
    if (code == RT_SEV_GET_EXT_REPORT)
        return extended(q);
    cr_assert_eq(code, RT_SEV_GET_REPORT);
    h.n_plain++;
    put_response(q, (const struct rt_sev_report_req *)(uintptr_t)q->req_address);
    return 0;
}

static void count_pause(void *arg)
{
    cr_assert_eq(arg, &h);
    h.n_pauses++;
}

static const struct rt_sev_guest_ops ops = {&h, request, count_pause};

static void setup(void)
{
    h = (struct host){.report_len = RT_SNP_REPORT_LEN};
    env = *ratls_env_system();
    err = (struct ratls_error){0};
    self = NULL;
    (void)strcpy(device, "/tmp/sev_guest_test.XXXXXX");
    put_temporary(device, ratls_bytes(NULL, 0));
}

static void teardown(void)
{
    if (self)
        rt_attester_sev_guest.close(self);
    ratls_buffer_free(&h.table);
    (void)unlink(device);
}

TestSuite(sev_guest, .init = setup, .fini = teardown);

static enum ratls_err open_with(const char *more)
{
    char options[256];

    err = (struct ratls_error){0};
    (void)snprintf(options, sizeof options, "device=%s%s", device, more);
    return rt_sev_guest_open_with(&env, options, &ops, &self, &err);
}

/* Opening made one request or more; they are not counted. */
static void must_open(const char *more)
{
    cr_assert_eq(open_with(more), RATLS_OK, "%s", err.detail);
    h.n_extended = h.n_plain = h.n_pauses = 0;
}

static enum ratls_err get(struct ratls_buffer *out)
{
    uint8_t report_data[RATLS_REPORT_DATA_LEN];

    memset(report_data, 0x42, sizeof report_data);
    err = (struct ratls_error){0};
    return rt_attester_sev_guest.evidence(self, report_data, out, &err);
}

static struct ratls_buffer must_get(void)
{
    struct ratls_buffer out;

    cr_assert_eq(get(&out), RATLS_OK, "%s", err.detail);
    return out;
}

static void expect_failure(const char *detail)
{
    struct ratls_buffer out;

    cr_expect_eq(get(&out), RATLS_E_ATTESTER, "%s", detail);
    cr_expect(strstr(err.detail, detail), "%s", err.detail);
    cr_expect_null(out.p);
}

static void host_has_certs(size_t len)
{
    const struct rt_cert_table t = {{BYTES("vcek"), {0}, BYTES("ask"), BYTES("ark")}};

    ratls_buffer_free(&h.table);
    h.table = table_of(&t, len);
}

Test(sev_guest, hands_the_report_data_over_and_returns_the_report)
{
    uint8_t expected[RT_SNP_REPORT_LEN], report_data[RATLS_REPORT_DATA_LEN];

    memset(report_data, 0x42, sizeof report_data);
    fill_report(expected, report_data);
    must_open("");
    cr_expect_str_eq(rt_attester_sev_guest.tee(self), "snp");
    cr_expect_str_eq(rt_attester_sev_guest.media_type(self), "application/vnd.ratls.snp");
    struct ratls_buffer out = must_get();
    cr_assert_eq(out.len, sizeof expected);
    cr_expect_arr_eq(out.p, expected, sizeof expected);
    cr_expect_arr_eq(h.seen.user_data, report_data, sizeof report_data);
    cr_expect_eq(h.seen.vmpl, 0);
    cr_expect(rt_all_zero(h.seen.reserved, sizeof h.seen.reserved));
    cr_expect_eq(h.n_extended, 1);
    ratls_buffer_free(&out);
}

Test(sev_guest, learns_the_length_of_the_table_when_opening)
{
    host_has_certs(2 * PAGE);
    cr_assert_eq(open_with(""), RATLS_OK, "%s", err.detail);
    cr_expect_eq(h.n_extended, 2);
    struct ratls_buffer out = must_get();
    cr_expect_eq(h.n_extended, 3);
    cr_expect_eq(h.seen_certs_len, 2 * PAGE);
    cr_assert_eq(out.len, RT_SNP_REPORT_LEN + 4 * 24 + 10);
    cr_expect(ratls_bytes_equal(table_behind(rt_bytes_of(&out)).cert[RT_CERT_VCEK], BYTES("vcek")));
    ratls_buffer_free(&out);
}

Test(sev_guest, follows_a_table_that_grows_and_shrinks)
{
    struct ratls_buffer out;

    host_has_certs(PAGE);
    must_open("");
    host_has_certs(3 * PAGE);
    out = must_get();
    cr_expect_eq(h.n_extended, 2);
    cr_expect_eq(h.seen_certs_len, 3 * PAGE);
    ratls_buffer_free(&out);
    ratls_buffer_free(&h.table);
    h.table = (struct ratls_buffer){calloc(1, PAGE), PAGE};
    out = must_get();
    cr_expect_eq(out.len, RT_SNP_REPORT_LEN);
    ratls_buffer_free(&out);
}

Test(sev_guest, takes_the_largest_table_of_the_kernel)
{
    host_has_certs(0x4000);
    cr_expect_eq(open_with(""), RATLS_OK, "%s", err.detail);
}

Test(sev_guest, refuses_lengths_that_the_kernel_does_not_take)
{
    static const uint32_t bad[] = {0x5000, PAGE + 1, 1, 0xfffff000};

    for (size_t i = 0; i < RT_COUNT(bad); i++) {
        h.wanted = bad[i];
        cr_expect_eq(open_with(""), RATLS_E_ATTESTER, "row %zu", i);
        cr_expect(strstr(err.detail, "the host wants room"), "row %zu: %s", i, err.detail);
        cr_expect_null(self);
    }
}

Test(sev_guest, refuses_a_length_that_was_not_too_short)
{
    h.reason = EIO;
    h.exitinfo2 = INVALID_LEN; /* and the length is still 0 */
    cr_expect_eq(open_with(""), RATLS_E_ATTESTER);
    cr_expect(strstr(err.detail, "table of 0 bytes, after 0"), "%s", err.detail);
}

Test(sev_guest, gives_up_on_a_table_that_grows_all_the_time)
{
    h.grows = true;
    cr_expect_eq(open_with(""), RATLS_E_ATTESTER);
    cr_expect(strstr(err.detail, "grows all the time"), "%s", err.detail);
    cr_expect_eq(h.n_extended, 3);
}

Test(sev_guest, falls_back_to_the_plain_request)
{
    h.not_offered = true;
    must_open(",vmpl=1");
    struct ratls_buffer out = must_get();
    cr_expect_eq(out.len, RT_SNP_REPORT_LEN);
    cr_expect_eq(h.n_extended, 1);
    cr_expect_eq(h.n_plain, 1);
    cr_expect_eq(h.seen.vmpl, 1);
    cr_expect(rt_all_zero(h.seen.reserved, sizeof h.seen.reserved));
    ratls_buffer_free(&out);
}

Test(sev_guest, asks_for_the_privilege_level)
{
    must_open(",vmpl=3");
    struct ratls_buffer out = must_get();
    cr_expect_eq(h.seen.vmpl, 3);
    ratls_buffer_free(&out);
}

/* ---- a busy host ---- */

Test(sev_guest, asks_a_busy_host_again)
{
    static const struct {
        int reason;
        uint64_t info;
    } busy[] = {{EIO, BUSY}, {EAGAIN, 0xff}};

    must_open("");
    for (size_t i = 0; i < RT_COUNT(busy); i++) {
        h.busy_times = 4;
        h.busy_reason = busy[i].reason;
        h.busy_info = busy[i].info;
        h.n_pauses = 0;
        struct ratls_buffer out = must_get();
        cr_expect_eq(h.n_pauses, 4, "row %zu", i);
        ratls_buffer_free(&out);
    }
}

Test(sev_guest, asks_a_busy_host_five_times)
{
    must_open("");
    h.busy_times = 5;
    h.busy_reason = EIO;
    h.busy_info = BUSY;
    expect_failure("errno 5, firmware error 0x0, host error 0x2");
    cr_expect_eq(h.n_pauses, 4);
    cr_expect_eq(h.busy_times, 0);
}

Test(sev_guest, does_not_go_on_when_the_kernel_has_given_up)
{
    must_open("");
    h.reason = ETIMEDOUT;
    h.exitinfo2 = BUSY;
    expect_failure("host error 0x2");
    cr_expect_eq(h.n_pauses, 0);
}

Test(sev_guest, does_not_take_an_old_error_for_a_new_one)
{
    must_open("");
    h.busy_times = 1;
    h.busy_reason = EIO;
    h.busy_info = BUSY;
    h.reason = EIO;
    expect_failure("host error 0x0");
    cr_expect_eq(h.n_pauses, 1);
}

/* ---- refusals ---- */

static const struct {
    int reason;
    uint64_t exitinfo2;
    const char *detail;
} refusals[] = {
    {EIO, 0x16, "errno 5, firmware error 0x16, host error 0x0"},
    {EIO, UINT64_C(0x80000000) << 32, "firmware error 0x0, host error 0x80000000"},
    {EIO, UINT64_C(0x300000016), "firmware error 0x16, host error 0x3"},
    {EINVAL, 0xff, "errno 22"},
    {EBADMSG, 0, "errno 74, firmware error 0x0, host error 0x0"},
    {ENOTTY, 0xff, "another device, or one that has given up its key"},
};

Test(sev_guest, tells_what_kernel_host_and_firmware_refuse)
{
    must_open("");
    for (size_t i = 0; i < RT_COUNT(refusals); i++) {
        h.reason = refusals[i].reason;
        h.exitinfo2 = refusals[i].exitinfo2;
        expect_failure(refusals[i].detail);
    }
}

Test(sev_guest, refuses_a_response_without_report)
{
    must_open("");
    h.status = 0x16;
    expect_failure("status 0x16: is vmpl below the own one?");
    h.status = 0x27;
    expect_failure("status 0x27");
    cr_expect_null(strstr(err.detail, "vmpl"));
}

Test(sev_guest, refuses_a_report_of_another_length)
{
    static const uint32_t bad[] = {0, RT_SNP_REPORT_LEN - 1, RT_SNP_REPORT_LEN + 1, 4000 - 32};
    static const uint32_t outside[] = {4000 - 31, 0xffffffff};

    must_open("");
    for (size_t i = 0; i < RT_COUNT(bad); i++) {
        h.report_len = bad[i];
        expect_failure("bytes, not 1184");
    }
    for (size_t i = 0; i < RT_COUNT(outside); i++) {
        h.report_len = outside[i];
        expect_failure("does not fit");
    }
}

Test(sev_guest, refuses_a_report_over_other_report_data)
{
    must_open("");
    h.other_report_data = true;
    expect_failure("over other report data");
}

Test(sev_guest, refuses_a_table_that_cannot_be_read)
{
    must_open("");
    h.table = (struct ratls_buffer){malloc(PAGE), PAGE};
    memset(h.table.p, 1, PAGE);
    expect_failure("the host's certificate table: ");
}

Test(sev_guest, appends_certificates_fetched_beforehand)
{
    char path[] = "/tmp/sev_guest_test.certs.XXXXXX", option[64];
    struct ratls_buffer vcek = cert_named("SEV-VCEK");

    put_temporary(path, rt_bytes_of(&vcek));
    (void)snprintf(option, sizeof option, ",certs=%s", path);
    must_open(option);
    (void)unlink(path);
    struct ratls_buffer out = must_get();
    cr_expect(
        ratls_bytes_equal(table_behind(rt_bytes_of(&out)).cert[RT_CERT_VCEK], rt_bytes_of(&vcek)));
    ratls_buffer_free(&out);
    ratls_buffer_free(&vcek);
}

/* ---- opening ---- */

Test(sev_guest, tells_an_unfit_machine_when_opening)
{
    cr_expect_eq(rt_sev_guest_open_with(&env, "device=/nonexistent", &ops, &self, &err),
                 RATLS_E_ATTESTER);
    cr_expect(strstr(err.detail, "/nonexistent: errno 2; no guest of SEV-SNP?"), "%s", err.detail);
    cr_expect_null(self);
    h.status = 0x16;
    cr_expect_eq(open_with(",vmpl=0"), RATLS_E_ATTESTER);
    cr_expect(strstr(err.detail, "status 0x16"), "%s", err.detail);
    cr_expect_null(self);
    cr_expect_eq(open_with(",certs=/nonexistent"), RATLS_E_IO);
    cr_expect_null(self);
}

Test(sev_guest, tells_a_device_of_another_kind)
{
    struct ratls_attester *a;

    cr_expect_eq(ratls_attester_open(&env, "sev-guest", "device=/dev/null", &a, &err),
                 RATLS_E_ATTESTER);
    cr_expect(strstr(err.detail, "errno 25"), "%s", err.detail);
    cr_expect_null(a);
}

Test(sev_guest, looks_for_the_device_of_linux)
{
    struct ratls_attester *a;

    if (access("/dev/sev-guest", F_OK) == 0)
        cr_skip_test("this is a guest of SEV-SNP");
    cr_expect_eq(ratls_attester_open(&env, "sev-guest", NULL, &a, &err), RATLS_E_ATTESTER);
    cr_expect(strstr(err.detail, "/dev/sev-guest: errno 2"), "%s", err.detail);
}

Test(sev_guest, refuses_wrong_options)
{
    static const char *const bad[] = {"base=/a",   "device=", "device=/a,device=/b",
                                      "vmpl=4",    "vmpl=-1", "vmpl=x",
                                      "vmpl=0000", "certs=",  "vmpl=1,"};

    for (size_t i = 0; i < RT_COUNT(bad); i++)
        cr_expect_eq(rt_sev_guest_open_with(&env, bad[i], &ops, &self, &err), RATLS_E_USAGE, "%s",
                     bad[i]);
}
