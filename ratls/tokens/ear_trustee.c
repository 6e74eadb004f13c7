/* What Trustee says of the evidence behind a submodule (confidential-containers/trustee 0569726,
 * attestation-service/src/ear_token/broker.rs, transform_claims): the claims of its verifier below
 * the name of the TEE, and beside them, where the verifier has them, report data and init data. */
#include <cjson/cJSON.h>

#include "json.h"
#include "token_check.h"

enum { REPORT_DATA_LEN = RATLS_REPORT_DATA_LEN };

static const char report_data[] = "report_data";

static bool is_beside(const char *name)
{
    static const char *const known[] = {report_data, "runtime_data_claims", "init_data",
                                        "init_data_claims"};

    for (size_t i = 0; i < RT_COUNT(known); i++)
        if (strcmp(known[i], name) == 0)
            return true;
    return false;
}

static enum ratls_err find_tee(struct rt_token_check *c, const cJSON *annotated, const char **tee)
{
    const cJSON *member;

    *tee = NULL;
    if (!cJSON_IsObject(annotated))
        return rt_token_malformed(c, "ear.veraison.annotated-evidence");
    cJSON_ArrayForEach(member, annotated)
    {
        if (is_beside(member->string))
            continue;
        if (*tee || !cJSON_IsObject(member) || !rt_is_token_text(member->string, RT_MAX_TOKEN_TEXT))
            return rt_token_malformed(c, "ear.veraison.annotated-evidence");
        *tee = member->string;
    }
    return *tee ? RATLS_OK : rt_token_malformed(c, "ear.veraison.annotated-evidence");
}

/* In hex of TDX, SGX and CCA; in base64 of SEV-SNP (deps/verifier/src). */
static enum ratls_err check_report_data(struct rt_token_check *c, const cJSON *annotated)
{
    const char *text = rt_token_text(annotated, report_data, RT_MAX_TOKEN_TEXT);
    const struct ratls_bytes nonce = c->rules->nonce;
    uint8_t due[REPORT_DATA_LEN] = {0};
    char hex[2 * REPORT_DATA_LEN + 1], base64[4 * ((REPORT_DATA_LEN + 2) / 3) + 1];

    if (nonce.len == 0)
        return RATLS_OK;
    memcpy(due, nonce.p, nonce.len);
    rt_hex(ratls_bytes(due, sizeof due), hex);
    rt_base64(ratls_bytes(due, sizeof due), base64);
    if (text && (strcmp(text, hex) == 0 || strcmp(text, base64) == 0))
        return RATLS_OK;
    return ratls_fail(c->err, RATLS_E_TOKEN_NONCE, "token: %s",
                      text ? "'report_data' is another one" : "there is no 'report_data'");
}

enum ratls_err rt_ear_check_annotated(struct rt_token_check *c, const cJSON *annotated,
                                      const char **tee)
{
    enum ratls_err e = find_tee(c, annotated, tee);

    return e ? e : check_report_data(c, annotated);
}
