#include "quoted.h"

#include <stdio.h>

#include <cjson/cJSON.h>

#include "json.h"

void rt_tpm_quoted_free(struct rt_tpm_quoted *q)
{
    ratls_buffer_free(&q->message);
    ratls_buffer_free(&q->signature);
}

enum ratls_err rt_tpm_quoted_open(struct rt_tpm_quoted *out, bool is_bare, struct ratls_error *err)
{
    const struct ratls_bytes signature = rt_bytes_of(&out->signature);
    enum ratls_err e = rt_tpm_quote_read(rt_bytes_of(&out->message), &out->quote, err);

    if (e)
        return e;
    if (!is_bare)
        return rt_tpm_signature_read(signature, &out->sig, err);
    rt_tpm_signature_bare(signature, &out->sig);
    return RATLS_OK;
}

static enum ratls_err read_value(const cJSON *item, enum rt_json_form form,
                                 uint8_t out[RT_SHA256_LEN], struct ratls_error *err)
{
    const struct rt_json_bytes how = {form, RT_SHA256_LEN, "pcrs"};
    struct ratls_buffer value = {0};
    enum ratls_err e = rt_json_read_bytes(item, &how, &value, err);

    if (e == RATLS_OK && value.len != RT_SHA256_LEN)
        e = ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "a PCR has other than 32 bytes");
    if (e == RATLS_OK)
        memcpy(out, value.p, RT_SHA256_LEN);
    ratls_buffer_free(&value);
    return e;
}

static enum ratls_err read_values(const cJSON *list, enum rt_json_form form,
                                  struct rt_tpm_quoted *out, struct ratls_error *err)
{
    const uint32_t selected = out->quote.selected;
    const cJSON *item = cJSON_IsArray(list) ? list->child : NULL;

    if (!cJSON_IsArray(list))
        return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "'pcrs' is no list");
    for (size_t i = 0; i < RT_TPM_PCRS && item; i++) {
        if (!(selected >> i & 1))
            continue;
        enum ratls_err e = read_value(item, form, out->pcrs.value[i], err);
        if (e)
            return e;
        out->pcrs.given |= 1U << i;
        item = item->next;
    }
    return item ? ratls_fail(err, RATLS_E_EVIDENCE_MISMATCH,
                             "TPM quote: more PCRs beside it than it is over")
                : RATLS_OK;
}

enum ratls_err rt_tpm_quoted_read(const struct cJSON *object, const struct rt_tpm_forms *forms,
                                  struct rt_tpm_quoted *out, struct ratls_error *err)
{
    static const char *const members[] = {"message", "signature", "pcrs"};
    const struct rt_json_bytes message = {forms->bytes, RT_TPM_ATTEST_MAX, "message"};
    const struct rt_json_bytes signature = {forms->bytes, RT_TPM_SIG_MAX + 6, "signature"};
    enum ratls_err e;

    *out = (struct rt_tpm_quoted){0};
    if ((e = rt_json_check_members(object, members, RT_COUNT(members), err)) != RATLS_OK ||
        (e = rt_json_read_bytes(rt_json_member(object, "message"), &message, &out->message, err)) !=
            RATLS_OK ||
        (e = rt_json_read_bytes(rt_json_member(object, "signature"), &signature, &out->signature,
                                err)) != RATLS_OK ||
        (e = rt_tpm_quoted_open(out, forms->is_bare, err)) != RATLS_OK)
        return e;
    return read_values(rt_json_member(object, "pcrs"), forms->values, out, err);
}

/* ---- claims ---- */

void rt_tpm_quoted_claims(const struct rt_tpm_quoted *q, struct ratls_claims *claims)
{
    const struct rt_tpm_quote *t = &q->quote;
    char name[16];

    (void)ratls_claims_set_hex(claims, "nonce", t->extra_data);
    (void)ratls_claims_set_hex(claims, "tpm.extra_data", t->extra_data);
    (void)ratls_claims_set_text(claims, "tpm.pcr_bank", "sha256");
    for (size_t i = 0; i < RT_TPM_PCRS; i++) {
        if (!(q->pcrs.given >> i & 1))
            continue;
        (void)snprintf(name, sizeof name, "tpm.pcr%02zu", i);
        (void)ratls_claims_set_hex(claims, name, ratls_bytes(q->pcrs.value[i], RT_SHA256_LEN));
    }
    (void)ratls_claims_set_hex(claims, "tpm.pcr_digest", t->pcr_digest);
    (void)ratls_claims_set_uint(claims, "tpm.clock", t->clock);
    (void)ratls_claims_set_uint(claims, "tpm.reset_count", t->reset_count);
    (void)ratls_claims_set_uint(claims, "tpm.restart_count", t->restart_count);
    (void)ratls_claims_set_bool(claims, "tpm.safe", t->safe);
    (void)ratls_claims_set_hex(claims, "tpm.firmware_version", t->firmware_version);
}

enum ratls_err rt_tpm_key_claim(struct ratls_bytes spki, const char *name,
                                struct ratls_claims *claims, struct ratls_error *err)
{
    uint8_t digest[RT_SHA256_LEN];
    enum ratls_err e = rt_sha256(spki, digest);

    if (e)
        return ratls_fail(err, e, "hash of the attestation key (AK)");
    (void)ratls_claims_set_hex(claims, name, ratls_bytes(digest, sizeof digest));
    return RATLS_OK;
}
