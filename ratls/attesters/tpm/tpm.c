/* tpm.c - the attester "tpm": quotes of a TPM 2.0 by an attestation key of its own, in the JSON
 * that verifiers/tpm reads. */
#include <stdlib.h>

#include "attesters.h"
#include "json.h"
#include "tpm_media.h"
#include "tpm_own.h"

/* ---- opening ---- */

static void tpm_close(void *self)
{
    rt_tpm_own_free(self);
    free(self);
}

static enum ratls_err configure(const struct ratls_env *env, const char *options,
                                struct rt_tpm_own *t, struct ratls_error *err)
{
    struct rt_tpm_options o;
    const struct rt_option table[] = {{"tcti", t->tcti, sizeof t->tcti},
                                      {"ak", o.ak, sizeof o.ak},
                                      {"certs", o.certs, sizeof o.certs}};
    enum ratls_err e = rt_options_read(options, table, RT_COUNT(table), err);

    return e ? e : rt_tpm_own_open(env, &o, t, err);
}

static enum ratls_err tpm_open(const struct ratls_env *env, const char *options, void **self,
                               struct ratls_error *err)
{
    struct rt_tpm_own *t = calloc(1, sizeof *t);

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
static enum ratls_err write_json(const struct rt_tpm_own *t, const struct rt_tpm_answer *a,
                                 const uint8_t *named, struct ratls_buffer *out)
{
    char hex[2 * RATLS_REPORT_DATA_LEN + 1];
    struct rt_writer w = {0};

    rt_json_put_raw(&w, "{\"ak_public\":");
    rt_json_put_base64(&w, rt_bytes_of(&t->spki));
    for (size_t i = 0; i < t->n_certs; i++) {
        rt_json_put_raw(&w, i ? "," : ",\"ak_certs\":[");
        rt_json_put_base64(&w, rt_bytes_of(&t->cert[i]));
    }
    rt_json_put_raw(&w,
                    t->n_certs ? "],\"tpm_quote\":{\"message\":" : ",\"tpm_quote\":{\"message\":");
    rt_json_put_base64(&w, rt_bytes_of(&a->message));
    rt_json_put_raw(&w, ",\"signature\":");
    rt_json_put_base64(&w, rt_bytes_of(&a->signature));
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
    const struct rt_tpm_own *t = self;
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
