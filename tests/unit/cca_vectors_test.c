/* Public CCA tokens: those of the manifest that are good verify with the claims that it lists, and
 * their platform's keys are what they are: published, so that they prove nothing. */
#include "claims_support.h"
#include "ratls/appraise.h"
#include "vectors_support.h"

#define MUST(call) cr_assert_eq((call), RATLS_OK, "%s", #call)

static const char *const names[] = {"cca-rmm-01", "cca-example", "cca-cmw-good"};

static cJSON *manifest;
static struct ratls_error err;

static void setup(void)
{
    manifest = read_vector_json("manifest-arm-gpu.json");
}

static void teardown(void)
{
    cJSON_Delete(manifest);
}

TestSuite(cca_vectors, .init = setup, .fini = teardown);

static const cJSON *case_named(const char *id)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, manifest) if (strcmp(text_of(item, "id"), id) == 0) return item;
    cr_assert_fail("no case %s", id);
    return NULL;
}

static struct ratls_trust *trust(const char *anchors)
{
    struct ratls_trust *t;
    struct ratls_buffer json;

    MUST(read_vector(anchors, &json));
    MUST(ratls_trust_new(ratls_env_system(), &t));
    cr_assert_eq(ratls_trust_add_roots(t, rt_bytes_of(&json), &err), RATLS_OK, "%s", err.detail);
    ratls_buffer_free(&json);
    return t;
}

static struct ratls_verdict *judge(struct ratls_trust *t, const cJSON *item)
{
    struct ratls_buffer evidence;
    struct ratls_verdict *v = NULL;
    uint8_t nonce[64];
    size_t len = sizeof nonce;
    const char *hex = text_of(item, "nonce");

    MUST(read_vector(text_of(item, "evidence"), &evidence));
    cr_assert(rt_unhex(hex, strlen(hex), nonce, &len));
    const struct ratls_appraisal what = {
        .subject = rt_bytes_of(&evidence),
        .report_data = ratls_bytes(nonce, len),
        .now = (int64_t)cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(item, "time")),
        .authenticity_only = true};
    (void)ratls_appraise(t, &what, &v);
    cr_assert(v);
    ratls_buffer_free(&evidence);
    return v;
}

static void compare(const struct ratls_claims *claims, const cJSON *expected)
{
    const cJSON *claim;

    cJSON_ArrayForEach(claim, expected)
    {
        if (cJSON_IsString(claim))
            cr_expect_str_eq(claim_text(claims, claim->string), claim->valuestring, "%s",
                             claim->string);
        else
            cr_expect_eq((double)claim_number(claims, claim->string), claim->valuedouble, "%s",
                         claim->string);
    }
}

Test(cca_vectors, good_tokens_say_what_the_manifest_lists)
{
    for (size_t i = 0; i < RT_COUNT(names); i++) {
        const cJSON *item = case_named(names[i]);
        struct ratls_trust *t = trust("cca/ta-store.json");
        struct ratls_verdict *v = judge(t, item);
        const struct ratls_claims *claims = ratls_verdict_claims(v);
        cr_expect_eq(ratls_verdict_code(v), RATLS_OK, "%s: %s", names[i], ratls_verdict_detail(v));
        compare(claims, cJSON_GetObjectItemCaseSensitive(
                            cJSON_GetObjectItemCaseSensitive(item, "expect"), "claims"));
        cr_expect_str_eq(ratls_verdict_tcb_status(v), "unrated");
        cr_expect(ratls_verdict_simulated(v)); /* T145: the key's private half is published */
        cr_expect_eq(claim_number(claims, "debug"), 0);
        cr_expect_eq(claim_number(claims, "cca.unknown_claims"), 0);
        ratls_verdict_unref(v);
        ratls_trust_unref(t);
    }
}

Test(cca_vectors, none_is_trusted_by_itself)
{
    for (size_t i = 0; i < RT_COUNT(names); i++) {
        struct ratls_trust *t;
        MUST(ratls_trust_new(ratls_env_system(), &t));
        struct ratls_verdict *v = judge(t, case_named(names[i]));
        cr_expect_eq(ratls_verdict_code(v), RATLS_E_NO_ANCHOR, "%s", names[i]);
        ratls_verdict_unref(v);
        ratls_trust_unref(t);
    }
}
