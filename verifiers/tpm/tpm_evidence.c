#include "tpm_evidence.h"

#include <cjson/cJSON.h>

#include "cert_text.h"
#include "json.h"

static bool is_plain_quote(struct ratls_bytes evidence)
{
    if (!rt_starts_with(rt_without_space(evidence), "{") ||
        rt_json_mentions(evidence, "td_quote") || rt_json_mentions(evidence, "vcek"))
        return false;
    return rt_json_mentions(evidence, "tpm_quote") || rt_json_mentions(evidence, "quote_data");
}

static bool has_npu_log(struct ratls_bytes evidence)
{
    return rt_json_mentions(evidence, RT_TPM_NPU_BOOT_LOG) ||
           rt_json_mentions(evidence, RT_TPM_NPU_RUNTIME_LOG);
}

bool rt_tpm_recognises(struct ratls_bytes evidence)
{
    return is_plain_quote(evidence) && !has_npu_log(evidence);
}

bool rt_tpm_recognises_npu(struct ratls_bytes evidence)
{
    return is_plain_quote(evidence) && has_npu_log(evidence);
}

void rt_tpm_evidence_free(struct rt_tpm_evidence *e)
{
    rt_tpm_quoted_free(&e->quoted);
    ratls_buffer_free(&e->ak_public);
    for (size_t i = 0; i < e->n_certs; i++)
        ratls_buffer_free(&e->cert[i]);
    e->n_certs = 0;
    ratls_buffer_free(&e->report_data);
    ratls_buffer_free(&e->event_log);
    ratls_buffer_free(&e->ima_log);
}

static enum ratls_err malformed(struct ratls_error *err, const char *what)
{
    return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "TPM evidence: %s", what);
}

/* ---- certificates ---- */

static enum ratls_err keep_cert(void *arg, struct ratls_bytes der, struct ratls_error *err)
{
    struct rt_tpm_evidence *out = arg;

    if (out->n_certs == RT_TPM_MAX_CERTS)
        return malformed(err, "too many certificates");
    enum ratls_err e = rt_dup(der, &out->cert[out->n_certs]);
    out->n_certs += e == RATLS_OK;
    return e;
}

/* DER, or PEM of one or more. */
static enum ratls_err read_cert(const cJSON *item, struct rt_tpm_evidence *out,
                                struct ratls_error *err)
{
    const struct rt_json_bytes how = {RT_JSON_BASE64, RT_MAX_CHAIN * RT_MAX_CERT, "ak_certs"};
    struct ratls_error why = {0};
    struct ratls_buffer file = {0};
    enum ratls_err e = rt_json_read_bytes(item, &how, &file, err);

    if (e == RATLS_OK && (e = rt_each_cert(rt_bytes_of(&file), keep_cert, out, &why)) != RATLS_OK)
        e = ratls_fail(err, rt_is_own_failure(e) ? e : RATLS_E_EVIDENCE_FORMAT,
                       "TPM evidence: ak_certs: %s", why.detail);
    ratls_buffer_free(&file);
    return e;
}

/* ---- as Trustee has it ---- */

static enum ratls_err read_named_data(const cJSON *json, struct rt_tpm_evidence *out,
                                      struct ratls_error *err)
{
    const struct rt_json_bytes how = {RT_JSON_HEX, RT_TPM_EXTRA_MAX, "report_data"};
    const cJSON *item = rt_json_member(json, "report_data");

    return item ? rt_json_read_bytes(item, &how, &out->report_data, err) : RATLS_OK;
}

static enum ratls_err read_cert_list(const cJSON *list, struct rt_tpm_evidence *out,
                                     struct ratls_error *err)
{
    const cJSON *item;
    enum ratls_err e = RATLS_OK;

    if (list && !cJSON_IsArray(list))
        return malformed(err, "ak_certs is no list");
    for (item = list ? list->child : NULL; item && e == RATLS_OK; item = item->next)
        e = read_cert(item, out, err);
    return e;
}

static enum ratls_err read_plain(const cJSON *json, struct rt_tpm_evidence *out,
                                 struct ratls_error *err)
{
    static const char *const members[] = {"ak_public", "tpm_quote", "ak_certs", "report_data"};
    static const struct rt_tpm_forms forms = {RT_JSON_BASE64, RT_JSON_HEX, .is_bare = false};
    const struct rt_json_bytes key = {RT_JSON_BASE64, RT_SPKI_MAX, "ak_public"};
    enum ratls_err e;

    if ((e = rt_json_check_members(json, members, RT_COUNT(members), err)) != RATLS_OK ||
        (e = rt_json_read_bytes(rt_json_member(json, "ak_public"), &key, &out->ak_public, err)) !=
            RATLS_OK ||
        (e = read_cert_list(rt_json_member(json, "ak_certs"), out, err)) != RATLS_OK ||
        (e = read_named_data(json, out, err)) != RATLS_OK)
        return e;
    return rt_tpm_quoted_read(rt_json_member(json, "tpm_quote"), &forms, &out->quoted, err);
}

/* ---- as global-trust-authority has it ---- */

/* What differs between its kinds of evidence. */
struct gta {
    const char *const *members;
    size_t n_members;
    const char *event_log, *ima_log; /* log_type */
};

static enum ratls_err read_gta_key(const cJSON *json, struct rt_tpm_evidence *out,
                                   struct ratls_error *err)
{
    const struct rt_json_bytes how = {RT_JSON_BASE64, RT_SPKI_MAX, "ak_public"};
    const cJSON *key = rt_json_member(json, "ak_public");

    return key ? rt_json_read_bytes(key, &how, &out->ak_public, err) : RATLS_OK;
}

static enum ratls_err read_gta_certs(const cJSON *json, struct rt_tpm_evidence *out,
                                     struct ratls_error *err)
{
    static const char *const members[] = {"cert_type", "cert_data"};
    const cJSON *one = rt_json_member(json, "ak_cert"), *list = rt_json_member(json, "ak_certs");
    const cJSON *item;
    enum ratls_err e = RATLS_OK;

    if (!one && !list && out->ak_public.p)
        return RATLS_OK;
    if (!one == !cJSON_IsArray(list))
        return malformed(err, "neither ak_cert nor a list of ak_certs, or both");
    if (one)
        return read_cert(one, out, err);
    for (item = list->child; item && e == RATLS_OK; item = item->next)
        if ((e = rt_json_check_members(item, members, RT_COUNT(members), err)) == RATLS_OK)
            e = read_cert(rt_json_member(item, "cert_data"), out, err);
    return e;
}

static enum ratls_err read_gta_quote(const cJSON *quote, struct rt_tpm_evidence *out,
                                     struct ratls_error *err)
{
    static const char *const members[] = {"quote_data", "signature"};
    const struct rt_json_bytes data = {RT_JSON_BASE64, RT_TPM_ATTEST_MAX, "quote_data"};
    const struct rt_json_bytes signature = {RT_JSON_BASE64, RT_TPM_SIG_MAX + 6, "signature"};
    struct rt_tpm_quoted *q = &out->quoted;
    enum ratls_err e;

    if ((e = rt_json_check_members(quote, members, RT_COUNT(members), err)) != RATLS_OK ||
        (e = rt_json_read_bytes(rt_json_member(quote, "quote_data"), &data, &q->message, err)) !=
            RATLS_OK ||
        (e = rt_json_read_bytes(rt_json_member(quote, "signature"), &signature, &q->signature,
                                err)) != RATLS_OK)
        return e;
    return rt_tpm_quoted_open(q, false, err);
}

static enum ratls_err read_gta_value(const cJSON *item, struct rt_tpm_pcrs *pcrs,
                                     struct ratls_error *err)
{
    static const char *const members[] = {"pcr_index", "pcr_value"};
    const struct rt_json_bytes how = {RT_JSON_HEX, RT_SHA256_LEN, "pcr_value"};
    struct ratls_buffer value = {0};
    int64_t index;
    enum ratls_err e = rt_json_check_members(item, members, RT_COUNT(members), err);

    if (e)
        return e;
    if (!rt_json_int(rt_json_member(item, "pcr_index"), 0, RT_TPM_PCRS - 1, &index) ||
        pcrs->given >> index & 1)
        return malformed(err, "a pcr_index that does not exist, or twice");
    e = rt_json_read_bytes(rt_json_member(item, "pcr_value"), &how, &value, err);
    if (e == RATLS_OK && value.len != RT_SHA256_LEN)
        e = malformed(err, "a pcr_value has other than 32 bytes");
    if (e == RATLS_OK) {
        memcpy(pcrs->value[index], value.p, RT_SHA256_LEN);
        pcrs->given |= 1U << index;
    }
    ratls_buffer_free(&value);
    return e;
}

static enum ratls_err read_gta_pcrs(const cJSON *object, struct rt_tpm_pcrs *pcrs,
                                    struct ratls_error *err)
{
    static const char *const members[] = {"hash_alg", "pcr_values"};
    const cJSON *alg = rt_json_member(object, "hash_alg");
    const cJSON *list = rt_json_member(object, "pcr_values"), *item;
    enum ratls_err e = rt_json_check_members(object, members, RT_COUNT(members), err);

    if (e)
        return e;
    if (!cJSON_IsString(alg) || strcmp(alg->valuestring, "sha256") != 0)
        return ratls_fail(err, RATLS_E_EVIDENCE_ALGORITHM,
                          "TPM evidence: PCRs of another hash than sha256");
    if (!cJSON_IsArray(list))
        return malformed(err, "pcr_values is no list");
    for (item = list->child; item && e == RATLS_OK; item = item->next)
        e = read_gta_value(item, pcrs, err);
    return e;
}

static enum ratls_err read_gta_log(const cJSON *item, const struct gta *gta,
                                   struct rt_tpm_evidence *out, struct ratls_error *err)
{
    static const char *const members[] = {"log_type", "log_data"};
    const struct rt_json_bytes how = {RT_JSON_BASE64, RT_MAX_EVENT_LOG, "log_data"};
    const cJSON *type = rt_json_member(item, "log_type");
    const char *name = cJSON_IsString(type) ? type->valuestring : "";
    const bool is_ima = strcmp(name, gta->ima_log) == 0;
    struct ratls_buffer *to = is_ima ? &out->ima_log : &out->event_log;
    enum ratls_err e = rt_json_check_members(item, members, RT_COUNT(members), err);

    if (e)
        return e;
    if ((!is_ima && strcmp(name, gta->event_log) != 0) || to->p)
        return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT,
                          "TPM evidence: a log is neither %s nor %s, or is there twice",
                          gta->event_log, gta->ima_log);
    return rt_json_read_bytes(rt_json_member(item, "log_data"), &how, to, err);
}

static enum ratls_err read_gta(const cJSON *json, const struct gta *gta,
                               struct rt_tpm_evidence *out, struct ratls_error *err)
{
    const cJSON *logs = rt_json_member(json, "logs"), *item;
    enum ratls_err e;

    if ((e = rt_json_check_members(json, gta->members, gta->n_members, err)) != RATLS_OK ||
        (e = read_gta_key(json, out, err)) != RATLS_OK ||
        (e = read_gta_certs(json, out, err)) != RATLS_OK ||
        (e = read_gta_quote(rt_json_member(json, "quote"), out, err)) != RATLS_OK ||
        (e = read_gta_pcrs(rt_json_member(json, "pcrs"), &out->quoted.pcrs, err)) != RATLS_OK)
        return e;
    if (logs && !cJSON_IsNull(logs) && !cJSON_IsArray(logs))
        return malformed(err, "logs is no list");
    for (item = logs ? logs->child : NULL; item && e == RATLS_OK; item = item->next)
        e = read_gta_log(item, gta, out, err);
    return e;
}

/* ---- any of them ---- */

static const char *const gta_members[] = {"ak_cert", "ak_certs", "quote",
                                          "pcrs",    "logs",     "ak_public"};

enum ratls_err rt_tpm_evidence_read(struct ratls_bytes evidence, struct rt_tpm_evidence *out,
                                    struct ratls_error *err)
{
    static const struct gta gta = {gta_members, RT_COUNT(gta_members) - 1, "TcgEventLog", "ImaLog"};
    cJSON *json = NULL;
    enum ratls_err e = rt_json_parse(evidence, RATLS_E_EVIDENCE_FORMAT, &json, err);

    *out = (struct rt_tpm_evidence){0};
    if (e == RATLS_OK)
        e = rt_json_member(json, "tpm_quote") ? read_plain(json, out, err)
                                              : read_gta(json, &gta, out, err);
    rt_json_free(json);
    return e;
}

enum ratls_err rt_tpm_evidence_read_npu(struct ratls_bytes evidence, struct rt_tpm_evidence *out,
                                        struct ratls_error *err)
{
    static const struct gta gta = {gta_members, RT_COUNT(gta_members), RT_TPM_NPU_BOOT_LOG,
                                   RT_TPM_NPU_RUNTIME_LOG};
    cJSON *json = NULL;
    enum ratls_err e = rt_json_parse(evidence, RATLS_E_EVIDENCE_FORMAT, &json, err);

    *out = (struct rt_tpm_evidence){0};
    if (e == RATLS_OK)
        e = read_gta(json, &gta, out, err);
    rt_json_free(json);
    return e;
}
