/* sev_guest.c - evidence of SEV-SNP from Linux's older interface, the device /dev/sev-guest, for
 * guests without configfs-tsm (Documentation/virt/coco/sev-guest.rst,
 * drivers/virt/coco/sev-guest/sev-guest.c).
 *
 * The host says how long its certificate table is only by refusing less: asking with no room comes
 * first, at opening. When the host needs more room than it gets, the kernel has the firmware answer
 * all the same and throws the report away, so that a message number is never used twice; after any
 * other error it gives up its key, and nothing helps but a restart of the guest. */
#include "sev_guest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "options.h"
#include "snp_evidence.h"

#define DEFAULT_DEVICE "/dev/sev-guest"
#define MSG_VERSION    1
#define PAGE_LEN       4096
#define TABLE_MAX      0x4000 /* SEV_FW_BLOB_MAX_SIZE, linux/psp-sev.h: the kernel's own limit */
#define LENGTH_TRIES   3
#define BUSY_TRIES     5
#define BUSY_PAUSE_MS  200

struct sev_guest {
    const struct rt_sev_guest_ops *ops;
    int fd;
    uint32_t vmpl;
    uint32_t certs_len; /* room that the host wanted last */
    struct ratls_buffer own_table;
};

struct answer {
    struct rt_sev_report_resp response;
    struct ratls_buffer table;
};

/* ---- requests ---- */

static uint32_t vmm_error(const struct rt_sev_request *q)
{
    return (uint32_t)(q->exitinfo2 >> 32);
}

/* After ETIMEDOUT the kernel asked a busy host for a minute and has given up its key. */
static bool is_busy(int reason, const struct rt_sev_request *q)
{
    return reason == EAGAIN || (reason == EIO && vmm_error(q) == RT_SEV_VMM_BUSY);
}

static int request(const struct sev_guest *s, unsigned long code, struct rt_sev_request *q)
{
    int reason;

    for (int i = 1;; i++) {
        q->exitinfo2 = 0;
        reason = s->ops->request(s->ops->arg, s->fd, code, q);
        if (!is_busy(reason, q) || i == BUSY_TRIES)
            return reason;
        s->ops->pause(s->ops->arg);
    }
}

static enum ratls_err refused(int reason, const struct rt_sev_request *q, struct ratls_error *err)
{
    return ratls_fail(err, RATLS_E_ATTESTER,
                      "sev-guest: errno %d, firmware error 0x%x, host error 0x%x%s", reason,
                      (unsigned)(uint32_t)q->exitinfo2, (unsigned)vmm_error(q),
                      reason == ENOTTY ? ": another device, or one that has given up its key" : "");
}

static void fill(const struct sev_guest *s, const uint8_t *report_data,
                 struct rt_sev_report_req *req)
{
    *req = (struct rt_sev_report_req){.vmpl = s->vmpl};
    memcpy(req->user_data, report_data, RATLS_REPORT_DATA_LEN);
}

static enum ratls_err get_report(const struct sev_guest *s, const uint8_t *report_data,
                                 struct answer *a, struct ratls_error *err)
{
    struct rt_sev_report_req req;
    struct rt_sev_request q = {.msg_version = MSG_VERSION,
                               .req_address = (uintptr_t)&req,
                               .resp_address = (uintptr_t)&a->response};

    fill(s, report_data, &req);
    int reason = request(s, RT_SEV_GET_REPORT, &q);
    return reason ? refused(reason, &q, err) : RATLS_OK;
}

static enum ratls_err learn_length(struct sev_guest *s, uint32_t wanted, struct ratls_error *err)
{
    if (wanted <= s->certs_len || wanted % PAGE_LEN != 0 || wanted > TABLE_MAX)
        return ratls_fail(err, RATLS_E_ATTESTER,
                          "the host wants room for a certificate table of %u bytes, after %u",
                          (unsigned)wanted, (unsigned)s->certs_len);
    s->certs_len = wanted;
    return RATLS_OK;
}

static enum ratls_err make_room(struct ratls_buffer *table, size_t len, struct ratls_error *err)
{
    ratls_buffer_free(table);
    if (len == 0)
        return RATLS_OK;
    table->p = calloc(1, len);
    if (!table->p)
        return ratls_fail(err, RATLS_E_NO_MEMORY, "sev-guest");
    table->len = len;
    return RATLS_OK;
}

/* One try. *reason: errno, 0 when there is an answer, EMSGSIZE when there is room to be made. */
static enum ratls_err try_extended(struct sev_guest *s, const uint8_t *report_data,
                                   struct answer *a, int *reason, struct ratls_error *err)
{
    struct rt_sev_ext_report_req req = {.certs_len = s->certs_len};
    struct rt_sev_request q = {.msg_version = MSG_VERSION,
                               .req_address = (uintptr_t)&req,
                               .resp_address = (uintptr_t)&a->response};
    enum ratls_err e = make_room(&a->table, s->certs_len, err);

    if (e)
        return e;
    fill(s, report_data, &req.report);
    req.certs_address = (uintptr_t)a->table.p;
    *reason = request(s, RT_SEV_GET_EXT_REPORT, &q);
    if (*reason == 0 || *reason == ENOTTY)
        return RATLS_OK;
    if (vmm_error(&q) != RT_SEV_VMM_INVALID_LEN)
        return refused(*reason, &q, err);
    *reason = EMSGSIZE;
    return learn_length(s, req.certs_len, err);
}

/* Report and table; the report alone where the extended request is not offered. */
static enum ratls_err ask(struct sev_guest *s, const uint8_t *report_data, struct answer *a,
                          struct ratls_error *err)
{
    int reason = EMSGSIZE;
    enum ratls_err e = RATLS_OK;

    for (int i = 0; e == RATLS_OK && reason == EMSGSIZE && i < LENGTH_TRIES; i++)
        e = try_extended(s, report_data, a, &reason, err);
    if (e || reason == 0)
        return e;
    if (reason == ENOTTY)
        return get_report(s, report_data, a, err);
    return ratls_fail(err, RATLS_E_ATTESTER, "the host's certificate table grows all the time");
}

/* ---- answers ---- */

/* MSG_REPORT_RSP, AMD 56860 1.58: what the firmware answered, decrypted by the kernel. */
static enum ratls_err read_response(const struct rt_sev_report_resp *response,
                                    struct ratls_bytes *report, struct ratls_error *err)
{
    struct rt_reader r = rt_reader(ratls_bytes(response->bytes, sizeof response->bytes));
    const uint32_t status = rt_u32le(&r);
    const uint32_t len = rt_u32le(&r);

    rt_skip(&r, 24);
    *report = rt_take_bytes(&r, len);
    if (status != 0)
        return ratls_fail(err, RATLS_E_ATTESTER, "the firmware gives no report, status 0x%x%s",
                          (unsigned)status, status == 0x16 ? ": is vmpl below the own one?" : "");
    return r.bad ? ratls_fail(err, RATLS_E_ATTESTER, "a report of %u bytes does not fit",
                              (unsigned)len)
                 : RATLS_OK;
}

static enum ratls_err sev_guest_evidence(void *self,
                                         const uint8_t report_data[RATLS_REPORT_DATA_LEN],
                                         struct ratls_buffer *out, struct ratls_error *err)
{
    struct sev_guest *s = self;
    struct answer a = {0};
    struct rt_snp_answer parts = {.report_data = report_data};

    *out = (struct ratls_buffer){0};
    enum ratls_err e = ask(s, report_data, &a, err);
    if (e == RATLS_OK)
        e = read_response(&a.response, &parts.report, err);
    if (e == RATLS_OK) {
        parts.table = rt_bytes_of(&a.table);
        parts.own_table = rt_bytes_of(&s->own_table);
        e = rt_snp_evidence(&parts, out, err);
    }
    ratls_buffer_free(&a.table);
    return e;
}

/* ---- open and close ---- */

static void sev_guest_close(void *self)
{
    struct sev_guest *s = self;

    if (s->fd >= 0)
        (void)close(s->fd);
    ratls_buffer_free(&s->own_table);
    free(s);
}

static enum ratls_err configure(struct sev_guest *s, const struct ratls_env *env,
                                const char *options, struct ratls_error *err)
{
    char device[RT_OPTION_MAX], vmpl[4], certs[RT_OPTION_MAX];
    const struct rt_option table[] = {{"device", device, sizeof device},
                                      {"vmpl", vmpl, sizeof vmpl},
                                      {"certs", certs, sizeof certs}};
    enum ratls_err e;

    if ((e = rt_options_read(options, table, RT_COUNT(table), err)) != RATLS_OK ||
        (e = rt_option_uint("vmpl", vmpl, RT_SNP_MAX_VMPL, &s->vmpl, err)) != RATLS_OK ||
        (e = rt_snp_own_table(env, certs, &s->own_table, err)) != RATLS_OK)
        return e;
    const char *path = device[0] ? device : DEFAULT_DEVICE;
    s->fd = open(path, O_RDWR | O_CLOEXEC);
    return s->fd >= 0 ? RATLS_OK
                      : ratls_fail(err, RATLS_E_ATTESTER, "%s: errno %d; no guest of SEV-SNP?",
                                   path, errno);
}

/* Only a report tells whether key, privilege level and table are fit; this one is thrown away. */
static enum ratls_err probe(struct sev_guest *s, struct ratls_error *err)
{
    static const uint8_t report_data[RATLS_REPORT_DATA_LEN];
    struct ratls_buffer evidence = {0};
    enum ratls_err e = sev_guest_evidence(s, report_data, &evidence, err);

    ratls_buffer_free(&evidence);
    return e;
}

enum ratls_err rt_sev_guest_open_with(const struct ratls_env *env, const char *options,
                                      const struct rt_sev_guest_ops *ops, void **self,
                                      struct ratls_error *err)
{
    struct sev_guest *s = calloc(1, sizeof *s);
    enum ratls_err e;

    *self = NULL;
    if (!s)
        return ratls_fail(err, RATLS_E_NO_MEMORY, "sev-guest");
    s->ops = ops;
    s->fd = -1;
    if ((e = configure(s, env, options, err)) != RATLS_OK || (e = probe(s, err)) != RATLS_OK)
        sev_guest_close(s);
    else
        *self = s;
    return e;
}

static int real_request(void *arg, int fd, unsigned long code, struct rt_sev_request *q)
{
    (void)arg;
    return ioctl(fd, code, q) == 0 ? 0 : errno;
}

static void real_pause(void *arg)
{
    const struct timespec pause = {.tv_nsec = BUSY_PAUSE_MS * 1000000L};

    (void)arg;
    (void)nanosleep(&pause, NULL);
}

static enum ratls_err sev_guest_open(const struct ratls_env *env, const char *options, void **self,
                                     struct ratls_error *err)
{
    static const struct rt_sev_guest_ops real = {NULL, real_request, real_pause};

    return rt_sev_guest_open_with(env, options, &real, self, err);
}

static const char *sev_guest_tee(void *self)
{
    (void)self;
    return "snp";
}

static const char *sev_guest_media_type(void *self)
{
    (void)self;
    return RT_SNP_MEDIA_TYPE;
}

const struct rt_attester_type rt_attester_sev_guest = {
    .name = "sev-guest",
    .open = sev_guest_open,
    .close = sev_guest_close,
    .evidence = sev_guest_evidence,
    .tee = sev_guest_tee,
    .media_type = sev_guest_media_type,
};
