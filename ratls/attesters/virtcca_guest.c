/* virtcca_guest.c - evidence of Huawei virtCCA (Kunpeng) from the guest's device /dev/tsi.
 *
 * Everything travels in one envelope (virtcca_evidence.h). Token, certificate and IMA log are asked
 * for each time: a guest may move to another machine, and its kernel measures as it runs. The boot
 * log is read once, when opening. */
#include "virtcca_guest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "boot_log.h"
#include "cert_text.h"
#include "options.h"
#include "virtcca_evidence.h"
#include "virtcca_tsi.h"
#include "x509.h"

#define DEFAULT_DEVICE  "/dev/tsi"
#define USUAL_EVENTLOG  "/sys/firmware/acpi/tables/data/CCEL"
#define USUAL_IMA_LOG   "/sys/kernel/security/ima/binary_runtime_measurements"
#define MAX_TRIES       3
#define MAX_CERTS       8 /* that of the device, and those above it */
#define PROBE_CHALLENGE 0xa5

struct certs {
    struct ratls_buffer der[MAX_CERTS];
    size_t n;
};

struct virtcca {
    const struct ratls_env *env;
    struct rt_tsi tsi;
    struct certs own; /* of the option */
    struct ratls_buffer eventlog;
    char ima_log[RT_OPTION_MAX]; /* path; "": none */
};

struct answer {
    struct ratls_buffer token, ima_log;
    struct certs device; /* its own first */
};

/* ---- certificates ---- */

static void free_certs(struct certs *list)
{
    for (size_t i = 0; i < list->n; i++)
        ratls_buffer_free(&list->der[i]);
    list->n = 0;
}

static enum ratls_err take_cert(void *arg, struct ratls_bytes der, struct ratls_error *err)
{
    struct certs *list = arg;
    struct rt_x509 cert;
    enum ratls_err e = rt_x509_parse(der, &cert, err);

    if (e)
        return e;
    if (list->n == MAX_CERTS)
        return ratls_fail(err, RATLS_E_CONFIG, "more than %d certificates", MAX_CERTS);
    if ((e = rt_dup(der, &list->der[list->n])) != RATLS_OK)
        return ratls_fail(err, e, "certificates");
    list->n++;
    return RATLS_OK;
}

static enum ratls_err read_own_certs(struct virtcca *v, const char *path, struct ratls_error *err)
{
    struct ratls_buffer file = {0};
    struct ratls_error why = {0};

    if (!path[0])
        return RATLS_OK;
    enum ratls_err e = v->env->read_file(v->env->arg, path, RT_MAX_FILE, &file);
    if (e)
        return ratls_fail(err, e, "certs: %s cannot be read", path);
    e = rt_each_cert(rt_bytes_of(&file), take_cert, &v->own, &why);
    ratls_buffer_free(&file);
    return e ? ratls_fail(err, e, "certs: %s: %s", path, why.detail) : RATLS_OK;
}

/* Firmware gives DER or PEM. */
static enum ratls_err ask_certs(const struct virtcca *v, struct certs *out, struct ratls_error *err)
{
    struct ratls_buffer answer = {0};
    struct ratls_error why = {0};
    enum ratls_err e = rt_tsi_cert(&v->tsi, &answer, err);

    if (e)
        return e;
    e = rt_each_cert(rt_bytes_of(&answer), take_cert, out, &why);
    ratls_buffer_free(&answer);
    if (e == RATLS_E_NO_MEMORY)
        return ratls_fail(err, e, "virtcca");
    return e ? ratls_fail(err, RATLS_E_ATTESTER, "the certificate of the device: %s", why.detail)
             : RATLS_OK;
}

/* ---- logs ---- */

/* "yes" is the usual place, "no" and "" are none. */
static const char *log_path(const char *option, const char *usual)
{
    if (strcmp(option, "no") == 0)
        return "";
    return strcmp(option, "yes") == 0 ? usual : option;
}

static enum ratls_err read_log(const struct virtcca *v, const char *path, size_t max,
                               struct ratls_buffer *out, struct ratls_error *err)
{
    *out = (struct ratls_buffer){0};
    if (!path[0])
        return RATLS_OK;
    enum ratls_err e = v->env->read_file(v->env->arg, path, max, out);
    if (e == RATLS_E_LIMIT)
        return ratls_fail(err, e, "%s is larger than %zu bytes", path, max);
    if (e)
        return ratls_fail(err, e, "%s cannot be read", path);
    if (out->len > 0)
        return RATLS_OK;
    ratls_buffer_free(out);
    return ratls_fail(err, RATLS_E_ATTESTER, "%s is empty", path);
}

static enum ratls_err read_eventlog(struct virtcca *v, const char *path, struct ratls_error *err)
{
    struct ratls_buffer area;
    enum ratls_err e = read_log(v, path, RT_MAX_EVENT_LOG, &area, err);

    if (e || !area.p)
        return e;
    const struct ratls_bytes log = rt_boot_log_of(rt_bytes_of(&area));
    if (log.len > 0)
        e = rt_dup(log, &v->eventlog);
    else
        e = ratls_fail(err, RATLS_E_ATTESTER, "%s holds no whole measured-boot log", path);
    ratls_buffer_free(&area);
    return e;
}

static enum ratls_err read_ima_log(const struct virtcca *v, struct ratls_buffer *out,
                                   struct ratls_error *err)
{
    return read_log(v, v->ima_log, RT_MAX_EVIDENCE, out, err);
}

/* ---- evidence ---- */

static void free_answer(struct answer *a)
{
    ratls_buffer_free(&a->token);
    ratls_buffer_free(&a->ima_log);
    free_certs(&a->device);
}

/* The challenge is a claim of the token, whose bytes travel as they are. That it stands in its
 * place is for the verifier to find. */
static bool is_over(const struct ratls_buffer *token, const uint8_t *report_data)
{
    return memmem(token->p, token->len, report_data, RATLS_REPORT_DATA_LEN) != NULL;
}

/* The log that belongs to the token is that which did not grow around it. *trouble: why there is to
 * be another try; NULL: none. */
static enum ratls_err exchange(struct virtcca *v, const uint8_t *report_data, struct answer *a,
                               const char **trouble, struct ratls_error *err)
{
    struct ratls_buffer behind = {0};
    enum ratls_err e;

    *trouble = NULL;
    if ((e = read_ima_log(v, &a->ima_log, err)) != RATLS_OK ||
        (e = rt_tsi_token(&v->tsi, report_data, &a->token, err)) != RATLS_OK ||
        (e = read_ima_log(v, &behind, err)) != RATLS_OK)
        return e;
    if (!ratls_bytes_equal(rt_bytes_of(&a->ima_log), rt_bytes_of(&behind)))
        *trouble = "the IMA log grows all the time";
    if (!is_over(&a->token, report_data))
        *trouble = "the token is over other report data";
    ratls_buffer_free(&behind);
    return RATLS_OK;
}

static enum ratls_err ask(struct virtcca *v, const uint8_t *report_data, struct answer *a,
                          struct ratls_error *err)
{
    const char *trouble = "";
    enum ratls_err e = RATLS_OK;

    for (int i = 0; e == RATLS_OK && trouble && i < MAX_TRIES; i++) {
        free_answer(a);
        e = exchange(v, report_data, a, &trouble, err);
    }
    if (e == RATLS_OK && trouble)
        e = ratls_fail(err, RATLS_E_ATTESTER, "virtcca: %s", trouble);
    return e ? e : ask_certs(v, &a->device, err);
}

static enum ratls_err wrap(const struct virtcca *v, const struct answer *a,
                           struct ratls_buffer *out, struct ratls_error *err)
{
    struct ratls_bytes above[2 * MAX_CERTS];
    struct rt_virtcca_parts parts = {.token = rt_bytes_of(&a->token),
                                     .dev_cert = rt_bytes_of(&a->device.der[0]),
                                     .certs = above,
                                     .ccel = rt_bytes_of(&v->eventlog),
                                     .ima_log = rt_bytes_of(&a->ima_log)};

    for (size_t i = 1; i < a->device.n; i++)
        above[parts.n_certs++] = rt_bytes_of(&a->device.der[i]);
    for (size_t i = 0; i < v->own.n; i++)
        above[parts.n_certs++] = rt_bytes_of(&v->own.der[i]);
    const enum ratls_err e = rt_virtcca_envelope(&parts, out);
    if (e)
        return ratls_fail(err, e, "evidence");
    if (out->len <= RT_MAX_EVIDENCE)
        return RATLS_OK;
    ratls_buffer_free(out);
    return ratls_fail(err, RATLS_E_ATTESTER,
                      "token and certificates with an event log of %zu bytes and an IMA log of %zu "
                      "do not fit into evidence of %d",
                      parts.ccel.len, parts.ima_log.len, RT_MAX_EVIDENCE);
}

static enum ratls_err virtcca_evidence(void *self, const uint8_t report_data[RATLS_REPORT_DATA_LEN],
                                       struct ratls_buffer *out, struct ratls_error *err)
{
    struct virtcca *v = self;
    struct answer a = {0};

    *out = (struct ratls_buffer){0};
    enum ratls_err e = ask(v, report_data, &a, err);
    if (e == RATLS_OK)
        e = wrap(v, &a, out, err);
    free_answer(&a);
    return e;
}

/* ---- open and close ---- */

static void virtcca_close(void *self)
{
    struct virtcca *v = self;

    if (v->tsi.fd >= 0)
        (void)close(v->tsi.fd);
    ratls_buffer_free(&v->eventlog);
    free_certs(&v->own);
    free(v);
}

static enum ratls_err open_device(struct virtcca *v, const char *option, struct ratls_error *err)
{
    const char *path = option[0] ? option : DEFAULT_DEVICE;

    v->tsi.fd = open(path, O_RDWR | O_CLOEXEC);
    return v->tsi.fd >= 0 ? RATLS_OK
                          : ratls_fail(err, RATLS_E_ATTESTER, "%s: errno %d; no guest of virtCCA?",
                                       path, errno);
}

static enum ratls_err configure(struct virtcca *v, const char *options, struct ratls_error *err)
{
    char device[RT_OPTION_MAX], certs[RT_OPTION_MAX], eventlog[RT_OPTION_MAX];
    char ima_log[RT_OPTION_MAX];
    const struct rt_option table[] = {{"device", device, sizeof device},
                                      {"certs", certs, sizeof certs},
                                      {"eventlog", eventlog, sizeof eventlog},
                                      {"ima_log", ima_log, sizeof ima_log}};
    enum ratls_err e = rt_options_read(options, table, RT_COUNT(table), err);

    if (e)
        return e;
    (void)snprintf(v->ima_log, sizeof v->ima_log, "%s", log_path(ima_log, USUAL_IMA_LOG));
    if ((e = read_own_certs(v, certs, err)) != RATLS_OK ||
        (e = read_eventlog(v, log_path(eventlog, USUAL_EVENTLOG), err)) != RATLS_OK)
        return e;
    return open_device(v, device, err);
}

/* A machine that gives no token, and logs that do not fit, are told at start. */
static enum ratls_err probe(struct virtcca *v, struct ratls_error *err)
{
    uint8_t report_data[RATLS_REPORT_DATA_LEN];
    struct ratls_buffer evidence;

    memset(report_data, PROBE_CHALLENGE, sizeof report_data);
    const enum ratls_err e = virtcca_evidence(v, report_data, &evidence, err);
    ratls_buffer_free(&evidence);
    return e;
}

enum ratls_err rt_virtcca_guest_open_with(const struct ratls_env *env, const char *options,
                                          const struct rt_virtcca_guest_ops *ops, void **self,
                                          struct ratls_error *err)
{
    struct virtcca *v = calloc(1, sizeof *v);
    enum ratls_err e;

    *self = NULL;
    if (!v)
        return ratls_fail(err, RATLS_E_NO_MEMORY, "virtcca");
    v->env = env;
    v->tsi = (struct rt_tsi){.ops = ops, .fd = -1};
    if ((e = configure(v, options, err)) != RATLS_OK || (e = probe(v, err)) != RATLS_OK)
        virtcca_close(v);
    else
        *self = v;
    return e;
}

static int real_request(void *arg, int fd, unsigned long code, void *q)
{
    (void)arg;
    return ioctl(fd, code, q) == 0 ? 0 : errno;
}

static ssize_t real_read(void *arg, int fd, uint8_t *to, size_t len)
{
    (void)arg;
    return pread(fd, to, len, 0);
}

static enum ratls_err virtcca_open(const struct ratls_env *env, const char *options, void **self,
                                   struct ratls_error *err)
{
    static const struct rt_virtcca_guest_ops real = {NULL, real_request, real_read};

    return rt_virtcca_guest_open_with(env, options, &real, self, err);
}

static const char *virtcca_tee(void *self)
{
    (void)self;
    return "virtcca";
}

static const char *virtcca_media_type(void *self)
{
    (void)self;
    return RT_VIRTCCA_MEDIA_TYPE;
}

const struct rt_attester_type rt_attester_virtcca = {
    .name = "virtcca",
    .open = virtcca_open,
    .close = virtcca_close,
    .evidence = virtcca_evidence,
    .tee = virtcca_tee,
    .media_type = virtcca_media_type,
};
