#include "report.h"

#include <stdlib.h>

#include <cjson/cJSON.h>

#include "json.h"

#define SCENARIO "sce_no_as"

enum { MIN_AK_BITS = 3072 };

static enum ratls_err malformed(struct ratls_error *err, const char *what)
{
    return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "report of iTrustee: %s", what);
}

static enum ratls_err malformed_member(struct ratls_error *err, const char *name)
{
    return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT,
                      "report of iTrustee: %s is missing, or of another form", name);
}

bool rt_itrustee_recognises(struct ratls_bytes evidence)
{
    return rt_starts_with(evidence, "{") && rt_json_mentions(evidence, "report_sign") &&
           rt_json_mentions(evidence, "akcert");
}

/* ---- members ---- */

/* An object with this member and n - 1 others; NULL otherwise. */
static const cJSON *member_of(const cJSON *object, const char *name, int n)
{
    return cJSON_IsObject(object) && cJSON_GetArraySize(object) == n ? rt_json_member(object, name)
                                                                     : NULL;
}

/* Printable text; NULL otherwise. */
static const char *text_of(const cJSON *object, const char *name)
{
    const cJSON *item = rt_json_member(object, name);

    if (!cJSON_IsString(item) || strlen(item->valuestring) > RT_ITRUSTEE_TEXT_MAX)
        return NULL;
    for (const char *c = item->valuestring; *c; c++)
        if (*c < 0x20 || *c > 0x7e)
            return NULL;
    return item->valuestring;
}

static bool is_text(const cJSON *object, const char *name, const char *due)
{
    const char *text = text_of(object, name);

    return text && strcmp(text, due) == 0;
}

/* Bytes in base64url, at most `cap` of them. */
static bool read_bytes(const cJSON *object, const char *name, uint8_t *out, size_t cap, size_t *len)
{
    const cJSON *item = rt_json_member(object, name);

    *len = cap;
    return cJSON_IsString(item) &&
           rt_unbase64url(item->valuestring, strlen(item->valuestring), out, len);
}

static enum ratls_err read_digest(const cJSON *object, const char *name, uint8_t out[RT_SHA256_LEN],
                                  struct ratls_error *err)
{
    size_t len;

    return read_bytes(object, name, out, RT_SHA256_LEN, &len) && len == RT_SHA256_LEN
               ? RATLS_OK
               : malformed_member(err, name);
}

/* ---- what is signed ---- */

static enum ratls_err read_signed(const cJSON *payload, const cJSON *signature, const char *name,
                                  struct rt_itrustee_signed *out, struct ratls_error *err)
{
    struct rt_writer w = {0};

    if (!read_bytes(signature, name, out->sig, sizeof out->sig, &out->sig_len))
        return malformed_member(err, name);
    char *text = cJSON_Print(payload);
    if (!text)
        return RATLS_E_NO_MEMORY;
    rt_put_base64url(&w, ratls_bytes_str(text));
    cJSON_free(text);
    return rt_writer_take(&w, &out->text);
}

/* Printed again it must be what came: nothing of it is outside of what is looked at. */
static enum ratls_err check_form(const cJSON *json, struct ratls_bytes evidence,
                                 struct ratls_error *err)
{
    char *text = cJSON_Print(json);

    if (!text)
        return RATLS_E_NO_MEMORY;
    const bool same = ratls_bytes_equal(ratls_bytes_str(text), evidence);
    cJSON_free(text);
    return same ? RATLS_OK : malformed(err, "it is not as cJSON prints it");
}

static enum ratls_err check_algorithms(const cJSON *payload, struct ratls_error *err)
{
    if (!is_text(payload, "version", "TEE.RA.1.0") || !is_text(payload, "scenario", SCENARIO))
        return ratls_fail(err, RATLS_E_EVIDENCE_PROFILE,
                          "report of iTrustee: another version or scenario");
    if (!is_text(payload, "sign_alg", "PS256") || !is_text(payload, "hash_alg", "HS256"))
        return ratls_fail(err, RATLS_E_EVIDENCE_ALGORITHM,
                          "report of iTrustee: not PS256 with HS256");
    return RATLS_OK;
}

/* ---- the attestation key, under the device's ---- */

static bool read_key(const cJSON *object, struct rt_itrustee_key *out)
{
    return is_text(object, "kty", "RSA") &&
           read_bytes(object, "n", out->n, sizeof out->n, &out->n_len) &&
           read_bytes(object, "e", out->e, sizeof out->e, &out->e_len);
}

static enum ratls_err parse_key(struct rt_itrustee_key *key)
{
    return rt_public_key_of_rsa(ratls_bytes(key->n, key->n_len), ratls_bytes(key->e, key->e_len),
                                &key->key, NULL);
}

static enum ratls_err read_ak(const cJSON *payload, struct rt_itrustee_key *out,
                              struct ratls_error *err)
{
    if (!read_key(rt_json_member(payload, "ak_pub"), out))
        return malformed_member(err, "ak_pub");
    const struct ratls_bytes exponent = ratls_bytes(out->e, out->e_len);
    if (parse_key(out) != RATLS_OK || out->key.bits < MIN_AK_BITS ||
        !ratls_bytes_equal(exponent, ratls_bytes("\x01\x00\x01", 3)))
        return ratls_fail(err, RATLS_E_EVIDENCE_ALGORITHM,
                          "report of iTrustee: the attestation key is not RSA of %d bits or more "
                          "with exponent 65537",
                          MIN_AK_BITS);
    return RATLS_OK;
}

/* base64url of the base64 text of DER. */
static enum ratls_err read_cert(const cJSON *signature, struct ratls_buffer *out,
                                struct ratls_error *err)
{
    const cJSON *item = rt_json_member(signature, "drk_cert");

    if (!cJSON_IsString(item))
        return malformed_member(err, "drk_cert");
    size_t len = strlen(item->valuestring);
    uint8_t *text = malloc(len + 1);
    if (!text)
        return RATLS_E_NO_MEMORY;
    enum ratls_err e = rt_unbase64url(item->valuestring, len, text, &len)
                           ? rt_unbase64(ratls_bytes(text, len), out)
                           : RATLS_E_EVIDENCE_FORMAT;
    free(text);
    return e && !rt_is_own_failure(e) ? malformed_member(err, "drk_cert") : e;
}

static enum ratls_err read_akcert(const cJSON *akcert, struct rt_itrustee_report *out,
                                  struct ratls_error *err)
{
    const cJSON *signature = member_of(akcert, "signature", 3);
    const cJSON *payload = rt_json_member(akcert, "payload");
    enum ratls_err e;

    if (!member_of(signature, "drk_sign", 2) || !cJSON_IsObject(payload) ||
        !is_text(akcert, "handler", "provisioning-output"))
        return malformed_member(err, "a part of akcert");
    if ((e = check_algorithms(payload, err)) != RATLS_OK ||
        (e = read_cert(signature, &out->drk_cert, err)) != RATLS_OK ||
        (e = read_signed(payload, signature, "drk_sign", &out->by_drk, err)) != RATLS_OK ||
        (e = read_ak(payload, &out->ak, err)) != RATLS_OK ||
        (e = read_digest(payload, "qta_img", out->qta_img, err)) != RATLS_OK)
        return e;
    return read_digest(payload, "qta_mem", out->qta_mem, err);
}

/* ---- the report, under the attestation key ---- */

/* One that the TA was given on request, to be spoken to. */
static enum ratls_err read_ta_key(const cJSON *payload, struct rt_itrustee_key *out,
                                  struct ratls_error *err)
{
    const cJSON *key = rt_json_member(payload, "key");

    if (!key)
        return RATLS_OK;
    return read_key(rt_json_member(key, "pub_key"), out) && parse_key(out) == RATLS_OK
               ? RATLS_OK
               : malformed_member(err, "key");
}

static enum ratls_err read_payload(const cJSON *payload, struct rt_itrustee_report *out,
                                   struct ratls_error *err)
{
    enum ratls_err e = check_algorithms(payload, err);

    if (e)
        return e;
    out->version = text_of(payload, "version");
    out->scenario = text_of(payload, "scenario");
    out->hash_alg = text_of(payload, "hash_alg");
    out->uuid = text_of(payload, "uuid");
    if (!out->uuid || !out->uuid[0])
        return malformed_member(err, "uuid");
    if (!read_bytes(payload, "nonce", out->nonce, sizeof out->nonce, &out->nonce_len) ||
        out->nonce_len == 0)
        return malformed_member(err, "nonce");
    if ((e = read_ta_key(payload, &out->ta, err)) != RATLS_OK ||
        (e = read_digest(payload, "ta_img", out->ta_img, err)) != RATLS_OK)
        return e;
    return read_digest(payload, "ta_mem", out->ta_mem, err);
}

/* Those of reports under an attestation service, which are not read. */
static bool is_other_scenario(const cJSON *sign)
{
    return rt_json_member(sign, "sce_as_no_daa") || rt_json_member(sign, "sce_as_with_daa");
}

static enum ratls_err read_parts(struct rt_itrustee_report *out, struct ratls_error *err)
{
    const cJSON *sign = member_of(out->json, "report_sign", 4);
    const cJSON *akcert = rt_json_member(out->json, "akcert");
    const cJSON *payload = rt_json_member(out->json, "payload");
    enum ratls_err e;

    if (!sign || !cJSON_IsObject(payload) || !is_text(out->json, "handler", "report-output"))
        return malformed_member(err, "a part of it");
    if (is_other_scenario(sign))
        return ratls_fail(err, RATLS_E_EVIDENCE_PROFILE,
                          "report of iTrustee: a scenario with an attestation service");
    if (!member_of(sign, SCENARIO, 1) || !member_of(akcert, SCENARIO, 1))
        return malformed_member(err, SCENARIO);
    if ((e = read_akcert(rt_json_member(akcert, SCENARIO), out, err)) != RATLS_OK ||
        (e = read_signed(payload, sign, SCENARIO, &out->by_ak, err)) != RATLS_OK)
        return e;
    return read_payload(payload, out, err);
}

enum ratls_err rt_itrustee_report_read(struct ratls_bytes evidence, struct rt_itrustee_report *out,
                                       struct ratls_error *err)
{
    *out = (struct rt_itrustee_report){.json = NULL};
    enum ratls_err e = rt_json_parse(evidence, RATLS_E_EVIDENCE_FORMAT, &out->json, err);

    if (e == RATLS_OK)
        e = check_form(out->json, evidence, err);
    return e ? e : read_parts(out, err);
}

void rt_itrustee_report_free(struct rt_itrustee_report *report)
{
    rt_json_free(report->json);
    ratls_buffer_free(&report->drk_cert);
    ratls_buffer_free(&report->by_drk.text);
    ratls_buffer_free(&report->by_ak.text);
    report->json = NULL;
}
