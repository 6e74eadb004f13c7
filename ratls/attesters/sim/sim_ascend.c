/* sim_ascend.c - the attester "sim-ascend": the host of NPUs that do not exist. */
#include "sim_ascend.h"

#include "mint.h"
#include "options.h"
#include "sim_attester.h"
#include "sim_ima.h"
#include "sim_store.h"
#include "x509.h"

#define NOT_BEFORE 1602892800            /* 2020-10-17T00:00:00Z */
#define NOT_AFTER  INT64_C(253402300799) /* 9999-12-31T23:59:59Z */

enum { NONCE_LEN = 32, IMA_PCR = 10, FIRMWARE_MAX = 64 };
enum { ROOT, AK, CERTS };

struct sim {
    struct rt_sim_attester base;
    struct rt_key *key[CERTS];
    struct ratls_buffer cert[CERTS], ima_log;
    struct rt_sim_tpm tpm;
};

/* ---- keys and certificates ---- */

static enum ratls_err make_files(const struct ratls_env *env, const struct rt_sim_store *store,
                                 struct ratls_error *err)
{
    enum ratls_err e = RATLS_OK;

    for (size_t i = 0; i < CERTS && e == RATLS_OK; i++) {
        struct rt_key *key = NULL;
        e = rt_key_generate(env, RT_P256, &key);
        if (e == RATLS_OK)
            e = rt_key_export(key, &store->file[i].der);
        rt_key_free(key);
    }
    return e ? ratls_fail(err, e, "simulated PKI") : RATLS_OK;
}

static enum ratls_err use_file(const struct rt_sim_store *store, size_t i, struct rt_key **out,
                               struct ratls_error *err)
{
    struct ratls_error inner = {0};

    if (rt_key_import(rt_bytes_of(&store->file[i].der), out, &inner) != RATLS_OK)
        return rt_sim_store_malformed(store, i, inner.detail, err);
    return rt_key_curve(*out) == RT_P256 ? RATLS_OK
                                         : rt_sim_store_malformed(store, i, "not on P-256", err);
}

static enum ratls_err open_keys(struct sim *s, const char *directory, struct ratls_error *err)
{
    struct rt_sim_file files[CERTS] = {
        {.name = "root.key", .label = "EC PRIVATE KEY", .is_secret = true},
        {.name = "ak.key", .label = "EC PRIVATE KEY", .is_secret = true},
    };
    const struct rt_sim_store store = {
        .directory = directory, .file = files, .n = CERTS, .make = make_files};
    enum ratls_err e = directory ? rt_sim_store_open(s->base.env, &store, err)
                                 : make_files(s->base.env, &store, err);

    for (size_t i = 0; i < CERTS && e == RATLS_OK; i++)
        e = use_file(&store, i, &s->key[i], err);
    rt_sim_store_free(&store);
    return e;
}

static enum ratls_err certify(struct sim *s)
{
    static const char *const names[CERTS] = {"sim AK CA", "sim AK"};
    struct rt_x509 root;
    enum ratls_err e = RATLS_OK;

    for (size_t i = 0; i < CERTS && e == RATLS_OK; i++) {
        struct rt_mint m = {
            .subject_spki = rt_key_spki(s->key[i]),
            .subject = {.common_name = names[i], .organization = RT_SIM_ORGANIZATION},
            .issuer_key = s->key[ROOT],
            .not_before = NOT_BEFORE,
            .not_after = NOT_AFTER,
            .is_ca = i == ROOT,
            .path_len = -1,
        };
        if (i == AK && (e = rt_x509_parse(rt_bytes_of(&s->cert[ROOT]), &root, NULL)) == RATLS_OK)
            m.issuer_name = root.subject;
        if (e == RATLS_OK)
            e = rt_mint(s->base.env, &m, &s->cert[i], NULL);
    }
    return e;
}

/* ---- attester ---- */

/* boot_aggregate, as every log begins, and the firmware. */
static enum ratls_err measure(struct sim *s, const char *firmware)
{
    const struct rt_sim_ima_entry entries[] = {
        {.path = "boot_aggregate", .content = ratls_bytes_str("registers of the simulated host")},
        {.path = "/lib/firmware/npu.bin",
         .content = ratls_bytes_str(firmware[0] ? firmware : "firmware of the simulated NPU")},
    };
    const struct rt_sim_ima list = {IMA_PCR, RT_SIM_IMA_BINARY, entries, RT_COUNT(entries)};

    rt_sim_tpm_usual(&s->tpm);
    return rt_sim_ima(&list, &s->ima_log, s->tpm.pcr[IMA_PCR]);
}

static enum ratls_err configure(void *self, const char *options, struct ratls_error *err)
{
    struct sim *s = self;
    char pki[RT_OPTION_MAX] = "", firmware[FIRMWARE_MAX] = "";
    const struct rt_option table[] = {{"pki", pki, sizeof pki},
                                      {"firmware", firmware, sizeof firmware}};
    enum ratls_err e = rt_options_read(options, table, RT_COUNT(table), err);

    if (e == RATLS_OK)
        e = open_keys(s, pki[0] ? pki : NULL, err);
    if (e)
        return e;
    if ((e = certify(s)) == RATLS_OK)
        e = measure(s, firmware);
    return e ? ratls_fail(err, e, "sim-ascend: certificates and log") : RATLS_OK;
}

static void release(void *self)
{
    struct sim *s = self;

    for (size_t i = 0; i < CERTS; i++) {
        rt_key_free(s->key[i]);
        ratls_buffer_free(&s->cert[i]);
    }
    ratls_buffer_free(&s->ima_log);
}

static enum ratls_err sim_open(const struct ratls_env *env, const char *options, void **self,
                               struct ratls_error *err)
{
    static const struct rt_sim_attester_kind kind = {
        "sim-ascend", "ascend_npu", RT_ASCEND_MEDIA_TYPE, sizeof(struct sim), configure, release};

    return rt_sim_attester_open(env, &kind, options, self, err);
}

static enum ratls_err quote(struct sim *s, struct ratls_buffer *message, struct rt_writer *tpmt)
{
    uint8_t rs[RT_P256_SIG_LEN];
    enum ratls_err e = rt_sim_tpm_quote(&s->tpm, message);

    if (e == RATLS_OK)
        e = rt_sign_raw(s->base.env, s->key[AK], rt_bytes_of(message), rs, sizeof rs);
    if (e == RATLS_OK)
        rt_sim_tpm_put_ecdsa(tpmt, ratls_bytes(rs, sizeof rs));
    return e;
}

static enum ratls_err sim_evidence(void *self, const uint8_t report_data[RATLS_REPORT_DATA_LEN],
                                   struct ratls_buffer *out, struct ratls_error *err)
{
    struct sim *s = self;
    struct ratls_buffer message = {0};
    struct rt_writer tpmt = {0};

    *out = (struct ratls_buffer){0};
    s->tpm.extra_data = ratls_bytes(report_data, NONCE_LEN);
    enum ratls_err e = quote(s, &message, &tpmt);
    if (e == RATLS_OK) {
        const struct rt_sim_ascend parts = {.ak_cert = rt_bytes_of(&s->cert[AK]),
                                            .message = rt_bytes_of(&message),
                                            .tpmt = rt_written(&tpmt),
                                            .ima_log = rt_bytes_of(&s->ima_log),
                                            .tpm = &s->tpm};
        e = rt_sim_ascend_json(&parts, out);
    }
    rt_writer_free(&tpmt);
    ratls_buffer_free(&message);
    return e ? ratls_fail(err, RATLS_E_ATTESTER, "sim-ascend: %s", ratls_err_text(e)) : RATLS_OK;
}

static struct ratls_bytes sim_root(void *self)
{
    return rt_bytes_of(&((const struct sim *)self)->cert[ROOT]);
}

const struct rt_attester_type rt_attester_sim_ascend = {
    .name = "sim-ascend",
    .simulated = true,
    .device = true,
    .open = sim_open,
    .close = rt_sim_attester_close,
    .evidence = sim_evidence,
    .tee = rt_sim_attester_tee,
    .media_type = rt_sim_attester_media_type,
    .sim_root = sim_root,
};
