/* ascend.c - the attester "ascend": what the host of Ascend NPUs measured, by a quote of its TPM
 * and the log of Linux's IMA, in the JSON that verifiers/ascend reads. */
#include <stdlib.h>

#include "attesters.h"
#include "json.h"
#include "tpm_media.h"
#include "tpm_own.h"

#define USUAL_LOG "/sys/kernel/security/ima/binary_runtime_measurements"

enum { NONCE_LEN = 32, MAX_TRIES = 3 };

struct ascend {
    const struct ratls_env *env;
    char log[RT_OPTION_MAX];
    struct rt_tpm_own own;
};

struct answer {
    struct ratls_buffer log;
    struct rt_tpm_answer tpm;
};

/* ---- opening ---- */

static void ascend_close(void *self)
{
    struct ascend *a = self;

    rt_tpm_own_free(&a->own);
    free(a);
}

static enum ratls_err configure(struct ascend *a, const char *options, struct ratls_error *err)
{
    struct rt_tpm_options o;
    const struct rt_option table[] = {{"tcti", a->own.tcti, sizeof a->own.tcti},
                                      {"ak", o.ak, sizeof o.ak},
                                      {"certs", o.certs, sizeof o.certs},
                                      {"ima_log", a->log, sizeof a->log}};
    enum ratls_err e = rt_options_read(options, table, RT_COUNT(table), err);

    if (!a->log[0])
        memcpy(a->log, USUAL_LOG, sizeof USUAL_LOG);
    return e ? e : rt_tpm_own_open(a->env, &o, &a->own, err);
}

static enum ratls_err ascend_open(const struct ratls_env *env, const char *options, void **self,
                                  struct ratls_error *err)
{
    struct ascend *a = calloc(1, sizeof *a);

    *self = NULL;
    if (!a)
        return ratls_fail(err, RATLS_E_NO_MEMORY, "ascend");
    a->env = env;
    enum ratls_err e = configure(a, options, err);
    if (e)
        ascend_close(a);
    else
        *self = a;
    return e;
}

/* ---- evidence ---- */

static void free_answer(struct answer *a)
{
    ratls_buffer_free(&a->log);
    rt_tpm_answer_free(&a->tpm);
}

static enum ratls_err read_log(const struct ascend *a, struct ratls_buffer *out,
                               struct ratls_error *err)
{
    const enum ratls_err e = a->env->read_file(a->env->arg, a->log, RT_MAX_EVIDENCE, out);

    if (e == RATLS_E_LIMIT)
        return ratls_fail(err, e, "%s is larger than %zu bytes", a->log, (size_t)RT_MAX_EVIDENCE);
    return e ? ratls_fail(err, e, "%s cannot be read", a->log) : RATLS_OK;
}

/* The log that belongs to the quote is that which did not grow around it. */
static enum ratls_err exchange(const struct ascend *a, struct ratls_bytes nonce, struct answer *out,
                               bool *grew, struct ratls_error *err)
{
    struct ratls_buffer behind = {0};
    enum ratls_err e;

    if ((e = read_log(a, &out->log, err)) != RATLS_OK ||
        (e = rt_tpm_device_quote(&a->own.device, nonce, &out->tpm, err)) != RATLS_OK ||
        (e = read_log(a, &behind, err)) != RATLS_OK)
        return e;
    *grew = !ratls_bytes_equal(rt_bytes_of(&out->log), rt_bytes_of(&behind));
    ratls_buffer_free(&behind);
    return RATLS_OK;
}

static enum ratls_err ask(const struct ascend *a, struct ratls_bytes nonce, struct answer *out,
                          struct ratls_error *err)
{
    enum ratls_err e = RATLS_OK;
    bool grew = true;

    for (int i = 0; e == RATLS_OK && grew && i < MAX_TRIES; i++) {
        free_answer(out);
        *out = (struct answer){.log = {0}};
        e = exchange(a, nonce, out, &grew, err);
    }
    return e == RATLS_OK && grew
               ? ratls_fail(err, RATLS_E_ATTESTER, "ascend: %s grows all the time", a->log)
               : e;
}

static void put_member(struct rt_writer *w, const char *before, struct ratls_bytes value)
{
    rt_json_put_raw(w, before);
    rt_json_put_base64(w, value);
}

static void put_pcrs(struct rt_writer *w, const struct rt_tpm_answer *a)
{
    char hex[2 * RT_SHA256_LEN + 1];

    rt_json_put_raw(w, ",\"pcrs\":{\"hash_alg\":\"sha256\",\"pcr_values\":[");
    for (size_t i = 0; i < RT_TPM_DEVICE_PCRS; i++) {
        rt_hex(ratls_bytes(a->pcr[i], RT_SHA256_LEN), hex);
        rt_json_put_raw(w, i ? ",{\"pcr_index\":" : "{\"pcr_index\":");
        rt_json_put_int(w, (int64_t)i);
        rt_json_put_raw(w, ",\"pcr_value\":");
        rt_json_put_text(w, hex);
        rt_json_put_raw(w, "}");
    }
    rt_json_put_raw(w, "]}");
}

/* global-trust-authority's: of the certificates the key's own is "aik". */
static enum ratls_err write_json(const struct ascend *a, const struct answer *from,
                                 struct ratls_buffer *out)
{
    struct rt_writer w = {0};

    put_member(&w, "{\"ak_public\":", rt_bytes_of(&a->own.spki));
    for (size_t i = 0; i < a->own.n_certs; i++) {
        put_member(&w,
                   i ? ",{\"cert_type\":\"ca\",\"cert_data\":"
                     : ",\"ak_certs\":[{\"cert_type\":\"aik\",\"cert_data\":",
                   rt_bytes_of(&a->own.cert[i]));
        rt_json_put_raw(&w, i + 1 < a->own.n_certs ? "}" : "}]");
    }
    put_member(&w, ",\"quote\":{\"quote_data\":", rt_bytes_of(&from->tpm.message));
    put_member(&w, ",\"signature\":", rt_bytes_of(&from->tpm.signature));
    rt_json_put_raw(&w, "}");
    put_pcrs(&w, &from->tpm);
    put_member(&w, ",\"logs\":[{\"log_type\":\"runtime_measurement\",\"log_data\":",
               rt_bytes_of(&from->log));
    rt_json_put_raw(&w, "}]}");
    return rt_writer_take(&w, out);
}

/* What travels has room for a log of some 45 KiB: one that is longer is said to be so. */
static enum ratls_err within_bounds(struct ratls_buffer *evidence, size_t log_len,
                                    struct ratls_error *err)
{
    if (evidence->len <= RT_MAX_EVIDENCE)
        return RATLS_OK;
    ratls_buffer_free(evidence);
    return ratls_fail(err, RATLS_E_LIMIT, "ascend: an IMA log of %zu bytes makes evidence too long",
                      log_len);
}

static enum ratls_err ascend_evidence(void *self, const uint8_t report_data[RATLS_REPORT_DATA_LEN],
                                      struct ratls_buffer *out, struct ratls_error *err)
{
    const struct ascend *a = self;
    struct answer answer = {.log = {0}};

    *out = (struct ratls_buffer){0};
    enum ratls_err e = ask(a, ratls_bytes(report_data, NONCE_LEN), &answer, err);
    if (e == RATLS_OK)
        e = write_json(a, &answer, out);
    if (e == RATLS_OK)
        e = within_bounds(out, answer.log.len, err);
    free_answer(&answer);
    return e ? ratls_fail(err, RATLS_E_ATTESTER, "ascend: %s", ratls_err_text(e)) : RATLS_OK;
}

static const char *ascend_tee(void *self)
{
    (void)self;
    return "ascend_npu";
}

static const char *ascend_media_type(void *self)
{
    (void)self;
    return RT_ASCEND_MEDIA_TYPE;
}

const struct rt_attester_type rt_attester_ascend = {
    .name = "ascend",
    .device = true,
    .open = ascend_open,
    .close = ascend_close,
    .evidence = ascend_evidence,
    .tee = ascend_tee,
    .media_type = ascend_media_type,
};
