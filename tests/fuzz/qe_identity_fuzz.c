/* Any bytes as QE identity. What is read describes an enclave, and no other one passes. */
#include <stdlib.h>

#include "qe_identity.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* An identity may ask for bits that its own mask takes away. */
static bool is_possible(const uint8_t *value, const uint8_t *mask, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (value[i] & ~mask[i])
            return false;
    return true;
}

static void try_enclave(const struct rt_qe_identity *q)
{
    struct rt_sgx_report report = {.isv_prod_id = q->isv_prod_id, .isv_svn = UINT16_MAX};
    const bool due = is_possible(q->misc_select, q->misc_select_mask, 4) &&
                     is_possible(q->attributes, q->attributes_mask, 16);
    const struct rt_svn_level *level = NULL;

    memcpy(report.misc_select, q->misc_select, sizeof report.misc_select);
    memcpy(report.attributes, q->attributes, sizeof report.attributes);
    memcpy(report.mr_signer, q->mr_signer, sizeof report.mr_signer);
    must((rt_qe_identity_check(q, &report, &level, NULL) == RATLS_OK) == due);
    must(level == (due ? &q->levels.p[0] : NULL));
    must((rt_qe_identity_check_kind(q, true, NULL) == RATLS_OK) == (q->id == RT_QE_ID_TD_QE));
    must((rt_qe_identity_check_kind(q, false, NULL) == RATLS_OK) == (q->id == RT_QE_ID_QE));
    report.mr_signer[31] ^= 1;
    must(rt_qe_identity_check(q, &report, &level, NULL) != RATLS_OK && !level);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct rt_qe_identity q;
    struct ratls_error err = {0};
    enum ratls_err e = rt_qe_identity_parse(ratls_bytes(bytes, len), &q, &err);

    must(err.code == e);
    if (e == RATLS_OK) {
        must(q.levels.n > 0 && q.next_update >= q.issue_date);
        try_enclave(&q);
    }
    rt_qe_identity_free(&q);
    return 0;
}
