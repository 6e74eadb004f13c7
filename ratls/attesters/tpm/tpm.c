/* tpm.c - the attester "tpm": quotes of a TPM 2.0 by an attestation key of its own, in the JSON
 * that verifiers/tpm reads. */
#include <stdlib.h>

#include "attesters.h"
#include "cert_text.h"
#include "json.h"
#include "options.h"
#include "tpm_device.h"
#include "tpm_media.h"

enum { MAX_CERTS = 8 };

struct tpm {
    char tcti[RT_OPTION_MAX];
    struct rt_tpm_device device;
    struct ratls_buffer spki;
    struct ratls_buffer cert[MAX_CERTS];
    size_t n_certs;
};

/* ---- opening ---- */

static void tpm_close(void *self)
{
    struct tpm *t = self;

    for (size_t i = 0; i < t->n_certs; i++)
        ratls_buffer_free(&t->cert[i]);
    ratls_buffer_free(&t->spki);
    free(t);
}

static enum ratls_err keep_cert(void *arg, struct ratls_bytes der, struct ratls_error *err)
{
    struct tpm *t = arg;

    if (t->n_certs == MAX_CERTS)
        return ratls_fail(err, RATLS_E_USAGE, "more than %d certificates", MAX_CERTS);
    enum ratls_err e = rt_dup(der, &t->cert[t->n_certs]);
    t->n_certs += e == RATLS_OK;
    return e;
}

static enum ratls_err read_certs(const struct ratls_env *env, const char *path, struct tpm *t,
                                 struct ratls_error *err)
{
    struct ratls_buffer file = {0};
    struct ratls_error why = {0};

    if (!path[0])
        return RATLS_OK;
    enum ratls_err e = env->read_file(env->arg, path, RT_MAX_FILE, &file);
    if (e)
        return ratls_fail(err, e, "certs: %s cannot be read", path);
    e = rt_each_cert(rt_bytes_of(&file), keep_cert, t, &why);
    ratls_buffer_free(&file);
    return e ? ratls_fail(err, rt_is_own_failure(e) ? e : RATLS_E_USAGE, "certs: %s", why.detail)
             : RATLS_OK;
}

/* TPM 2.0 part 2, 7.4: persistent objects are those from 0x81000000 on. */
static enum ratls_err read_handle(const char *text, uint32_t *out, struct ratls_error *err)
{
    const bool has_head = strncmp(text, "0x", 2) == 0;
    const char *digits = text + (has_head ? 2 : 0);
    uint8_t bytes[4];
    size_t len = sizeof bytes;

    if (!rt_unhex(digits, strlen(digits), bytes, &len) || len != sizeof bytes || bytes[0] != 0x81)
        return ratls_fail(err, RATLS_E_USAGE, "ak must be a persistent handle, such as 0x81010002");
    struct rt_reader r = rt_reader(ratls_bytes(bytes, sizeof bytes));
    *out = rt_u32be(&r);
    return RATLS_OK;
}

static enum ratls_err configure(const struct ratls_env *env, const char *options, struct tpm *t,
                                struct ratls_error *err)
{
    char ak[32], certs[RT_OPTION_MAX];
    const struct rt_option table[] = {
        {"tcti", t->tcti, sizeof t->tcti}, {"ak", ak, sizeof ak}, {"certs", certs, sizeof certs}};
    enum ratls_err e;

    if ((e = rt_options_read(options, table, RT_COUNT(table), err)) != RATLS_OK ||
        (e = read_handle(ak, &t->device.ak, err)) != RATLS_OK ||
        (e = read_certs(env, certs, t, err)) != RATLS_OK)
        return e;
    t->device.tcti = t->tcti[0] ? t->tcti : NULL;
    return rt_tpm_device_key(&t->device, &t->spki, err);
}

static enum ratls_err tpm_open(const struct ratls_env *env, const char *options, void **self,
                               struct ratls_error *err)
{
    struct tpm *t = calloc(1, sizeof *t);

    *self = NULL;
    if (!t)
        return ratls_fail(err, RATLS_E_NO_MEMORY, "tpm");
    enum ratls_err e = configure(env, options, t, err);
    if (e)
        tpm_close(t);
    else
        *self = t;
    return e;
}

/* ---- evidence ---- */

static void put_base64(struct rt_writer *w, struct ratls_bytes b)
{
    char *text = malloc(4 * ((b.len + 2) / 3) + 1);

    w->bad |= !text;
    if (text) {
        rt_base64(b, text);
        rt_json_put_text(w, text);
    }
    free(text);
}

static void put_pcrs(struct rt_writer *w, const struct rt_tpm_answer *a)
{
    char hex[2 * RT_SHA256_LEN + 1];

    for (size_t i = 0; i < RT_TPM_DEVICE_PCRS; i++) {
        rt_hex(ratls_bytes(a->pcr[i], RT_SHA256_LEN), hex);
        rt_json_put_raw(w, i ? "," : "[");
        rt_json_put_text(w, hex);
    }
    rt_json_put_raw(w, "]");
}

/* `named` is NULL where the quote is over the report data themselves. */
static enum ratls_err write_json(const struct tpm *t, const struct rt_tpm_answer *a,
                                 const uint8_t *named, struct ratls_buffer *out)
{
    char hex[2 * RATLS_REPORT_DATA_LEN + 1];
    struct rt_writer w = {0};

    rt_json_put_raw(&w, "{\"ak_public\":");
    put_base64(&w, rt_bytes_of(&t->spki));
    for (size_t i = 0; i < t->n_certs; i++) {
        rt_json_put_raw(&w, i ? "," : ",\"ak_certs\":[");
        put_base64(&w, rt_bytes_of(&t->cert[i]));
    }
    rt_json_put_raw(&w,
                    t->n_certs ? "],\"tpm_quote\":{\"message\":" : ",\"tpm_quote\":{\"message\":");
    put_base64(&w, rt_bytes_of(&a->message));
    rt_json_put_raw(&w, ",\"signature\":");
    put_base64(&w, rt_bytes_of(&a->signature));
    rt_json_put_raw(&w, ",\"pcrs\":");
    put_pcrs(&w, a);
    rt_json_put_raw(&w, "}");
    if (named) {
        rt_hex(ratls_bytes(named, RATLS_REPORT_DATA_LEN), hex);
        rt_json_put_raw(&w, ",\"report_data\":");
        rt_json_put_text(&w, hex);
    }
    rt_json_put_raw(&w, "}");
    return rt_writer_take(&w, out);
}

/* Many TPMs take no more than a hash: then the evidence names what was hashed. */
static enum ratls_err tpm_evidence(void *self, const uint8_t report_data[RATLS_REPORT_DATA_LEN],
                                   struct ratls_buffer *out, struct ratls_error *err)
{
    const struct tpm *t = self;
    const struct ratls_bytes whole = ratls_bytes(report_data, RATLS_REPORT_DATA_LEN);
    const uint8_t *named = NULL;
    uint8_t digest[RT_SHA256_LEN];
    struct rt_tpm_answer a;
    enum ratls_err e = rt_tpm_device_quote(&t->device, whole, &a, err);

    *out = (struct ratls_buffer){0};
    if (e == RATLS_E_LIMIT && (e = rt_sha256(whole, digest)) == RATLS_OK) {
        rt_tpm_answer_free(&a);
        named = report_data;
        e = rt_tpm_device_quote(&t->device, ratls_bytes(digest, sizeof digest), &a, err);
    }
    if (e == RATLS_OK)
        e = write_json(t, &a, named, out);
    rt_tpm_answer_free(&a);
    return e ? ratls_fail(err, RATLS_E_ATTESTER, "tpm: %s", ratls_err_text(e)) : RATLS_OK;
}

static const char *tpm_tee(void *self)
{
    (void)self;
    return "tpm";
}

static const char *tpm_media_type(void *self)
{
    (void)self;
    return RT_TPM_MEDIA_TYPE;
}

const struct rt_attester_type rt_attester_tpm = {
    .name = "tpm",
    .open = tpm_open,
    .close = tpm_close,
    .evidence = tpm_evidence,
    .tee = tpm_tee,
    .media_type = tpm_media_type,
};
