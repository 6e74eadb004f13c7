#include "qe_identity.h"

#include <stdlib.h>

#include <cjson/cJSON.h>

#include "fields.h"
#include "json.h"

#define VERSION 2

static void read_id(struct rt_fields *f, const cJSON *json, struct rt_qe_identity *out)
{
    static const char *const ids[] = {
        [RT_QE_ID_QE] = "QE", [RT_QE_ID_TD_QE] = "TD_QE", [RT_QE_ID_QVE] = "QVE"};
    const char *id = rt_field_text(f, json, "id");

    for (size_t i = 0; i < RT_COUNT(ids); i++) {
        if (strcmp(id, ids[i]) == 0) {
            out->id = (enum rt_qe_id)i;
            return;
        }
    }
    rt_field_fail(f, "id", "is none of QE, TD_QE, QVE");
}

static void read_identity(struct rt_fields *f, const cJSON *json, void *to)
{
    struct rt_qe_identity *out = to;

    read_id(f, json, out);
    if (rt_field_uint(f, json, "version", UINT16_MAX) != VERSION)
        rt_field_fail(f, "version", "is not 2");
    out->issue_date = rt_field_date(f, json, "issueDate");
    out->next_update = rt_field_date(f, json, "nextUpdate");
    if (!f->bad && out->next_update < out->issue_date)
        rt_field_fail(f, "nextUpdate", "is before issueDate");
    out->eval_num = (uint32_t)rt_field_uint(f, json, "tcbEvaluationDataNumber", UINT32_MAX);
    rt_field_hex(f, json, "miscselect", out->misc_select, sizeof out->misc_select);
    rt_field_hex(f, json, "miscselectMask", out->misc_select_mask, sizeof out->misc_select_mask);
    rt_field_hex(f, json, "attributes", out->attributes, sizeof out->attributes);
    rt_field_hex(f, json, "attributesMask", out->attributes_mask, sizeof out->attributes_mask);
    rt_field_hex(f, json, "mrsigner", out->mr_signer, sizeof out->mr_signer);
    out->isv_prod_id = (uint16_t)rt_field_uint(f, json, "isvprodid", UINT16_MAX);
    rt_svn_levels_read(f, json, &out->levels);
}

enum ratls_err rt_qe_identity_parse(struct ratls_bytes text, struct rt_qe_identity *out,
                                    struct ratls_error *err)
{
    static const struct rt_document document = {"QE identity", read_identity};

    *out = (struct rt_qe_identity){0};
    return rt_document_read(&document, text, out, &out->json, err);
}

void rt_qe_identity_free(struct rt_qe_identity *q)
{
    free(q->levels.p);
    rt_json_free(q->json);
    *q = (struct rt_qe_identity){0};
}

static bool equal_under_mask(const uint8_t *value, const uint8_t *mask, const uint8_t *expected,
                             size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((value[i] & mask[i]) != expected[i])
            return false;
    return true;
}

enum ratls_err rt_qe_identity_check_kind(const struct rt_qe_identity *q, bool tdx,
                                         struct ratls_error *err)
{
    if (q->id == (tdx ? RT_QE_ID_TD_QE : RT_QE_ID_QE))
        return RATLS_OK;
    return ratls_fail(err, RATLS_E_QE_IDENTITY, "the QE identity is not one of %s",
                      tdx ? "TDX (TD_QE)" : "SGX (QE)");
}

enum ratls_err rt_qe_identity_check(const struct rt_qe_identity *q, const struct rt_sgx_report *qe,
                                    const struct rt_svn_level **level, struct ratls_error *err)
{
    *level = NULL;
    if (!equal_under_mask(qe->misc_select, q->misc_select_mask, q->misc_select,
                          sizeof q->misc_select))
        return ratls_fail(err, RATLS_E_QE_IDENTITY, "MISCSELECT of the quoting enclave");
    if (!equal_under_mask(qe->attributes, q->attributes_mask, q->attributes, sizeof q->attributes))
        return ratls_fail(err, RATLS_E_QE_IDENTITY, "ATTRIBUTES of the quoting enclave");
    if (memcmp(qe->mr_signer, q->mr_signer, sizeof q->mr_signer) != 0)
        return ratls_fail(err, RATLS_E_QE_IDENTITY, "MRSIGNER of the quoting enclave");
    if (qe->isv_prod_id != q->isv_prod_id)
        return ratls_fail(err, RATLS_E_QE_IDENTITY,
                          "ISVPRODID of the quoting enclave is %u, not %u", qe->isv_prod_id,
                          q->isv_prod_id);
    *level = rt_svn_levels_find(&q->levels, qe->isv_svn);
    return RATLS_OK;
}
