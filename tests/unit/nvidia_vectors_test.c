/* Reports of real H100s: the root that is built in, reference values, alone; and every flipped byte
 * is refused. */
#include "baseline_impl.h"
#include "crypto.h"
#include "manifest_case.h"
#include "nvidia.h"
#include "x509.h"

TestSuite(nvidia_vectors, .init = open_arm_manifest, .fini = close_manifest, .timeout = 300);

/* ---- the root that is built in ---- */

Test(nvidia_vectors, nvidias_root_is_built_in_and_may_be_left_out)
{
    struct manifest_case c = case_of("nvidia-h100");
    struct ratls_trust *t;
    char *root = strstr((char *)c.cert[0].p, "-----BEGIN");

    for (char *next; (next = strstr(root + 1, "-----BEGIN")) != NULL;)
        root = next;
    cr_assert_eq(ratls_trust_new(ratls_env_system(), &t), RATLS_OK);
    for (size_t i = 0; i < 2; i++, c.cert[0].len = (size_t)(root - (char *)c.cert[0].p)) {
        struct ratls_verdict *v = judge(&c, t);
        cJSON *json = verdict_json(v);
        compare(&c, json);
        cr_expect_not(ratls_verdict_simulated(v));
        expect_root_key(c.id, cJSON_GetObjectItemCaseSensitive(json, "claims"), &c.anchor[0]);
        cJSON_Delete(json);
        ratls_verdict_unref(v);
    }
    ratls_trust_unref(t);
    free_case(&c);
}

Test(nvidia_vectors, the_pin_is_that_of_nvidias_root)
{
    struct manifest_case c = case_of("nvidia-h100");
    struct ratls_bytes text = rt_bytes_of(&c.anchor[0]);
    struct ratls_buffer der;
    struct rt_x509 root;
    uint8_t hash[RT_SHA256_LEN];

    cr_assert_eq(rt_pem_next(&text, "CERTIFICATE", &der), RATLS_OK);
    cr_assert_eq(rt_x509_parse(rt_bytes_of(&der), &root, NULL), RATLS_OK);
    cr_assert_eq(rt_x509_spki_hash(&root, hash), RATLS_OK);
    cr_assert_eq(rt_verifier_nvidia.n_pins, 1);
    cr_expect_arr_eq(hash, rt_verifier_nvidia.pins[0], sizeof hash);
    ratls_buffer_free(&der);
    free_case(&c);
}

/* ---- reference values ---- */

/* A body of a version with these values of blocks 10 and 12. */
static bool fits(const struct ratls_claims *claims, const char *driver, const char *of_12)
{
    static const char of_10[] = "059b32e712a153f490dbfb7976a9e275d789e28bd4803c357def2b6123327c43"
                                "0526bfaecc200f496d4e149fc5eade03";
    char text[1024], why[RT_BASELINE_WHY_MAX];

    (void)snprintf(text, sizeof text,
                   "{\"claims\":{\"nvidia.driver_version\":[\"%s\"],"
                   "\"nvidia.vbios_version\":[\"96.00.9f.00.01\"],"
                   "\"nvidia.nvdec0_status\":[\"55\"],\"nvidia.measurements.count\":[64],"
                   "\"nvidia.measurements.10\":[\"%s\"],"
                   "\"nvidia.measurements.12\":[\"%s\",\"%s\"]}}",
                   driver, of_10, of_10, of_12);
    const struct rt_baseline b = {.body = cJSON_Parse(text)};
    cr_assert(b.body);
    const bool yes = rt_baseline_fits(&b, claims, why);
    cJSON_Delete(b.body);
    return yes;
}

Test(nvidia_vectors, a_version_of_reference_values_goes_by_index)
{
    static const char of_12[] = "413d008cedd5526a79455a178154328ce960af252bdb06e7fe4080049add4124"
                                "88cac39ecf3d80efbdc6bdd363861773";
    struct manifest_case c = case_of("nvidia-h100");
    struct ratls_trust *t = trust_of(&c);
    struct ratls_verdict *v = judge(&c, t);

    cr_expect(fits(ratls_verdict_claims(v), "550.90.07", of_12));
    cr_expect_not(fits(ratls_verdict_claims(v), "550.90.08", of_12));
    cr_expect_not(fits(ratls_verdict_claims(v), "550.90.07", "00"));
    ratls_verdict_unref(v);
    ratls_trust_unref(t);
    free_case(&c);
}

/* ---- alone ---- */

Test(nvidia_vectors, a_gpu_alone_is_refused_whatever_a_policy_says)
{
    static const char everything[] =
        "{\"tees\":{\"nvidia\":{\"insecure_any_measurement\":true,\"tcb_status\":[\"unrated\"]}}}";
    struct manifest_case c = case_of("nvidia-h100");
    struct ratls_trust *t = trust_of(&c);
    struct ratls_verdict *v = NULL;
    uint8_t nonce[RATLS_REPORT_DATA_LEN];
    size_t len = sizeof nonce;

    cr_assert(rt_unhex(c.nonce, strlen(c.nonce), nonce, &len));
    cr_assert_eq(ratls_trust_set_policy(t, ratls_bytes_str(everything), &err), RATLS_OK, "%s",
                 err.detail);
    const struct ratls_appraisal what = {
        .subject = rt_bytes_of(&c.evidence),
        .report_data = ratls_bytes(nonce, len),
        .now = c.now,
        .certs = rt_bytes_of(&c.cert[0]),
    };
    cr_expect_eq(ratls_appraise(t, &what, &v), RATLS_E_DEVICE_ALONE);
    cr_expect_not(ratls_verdict_allowed(v));
    ratls_verdict_unref(v);
    ratls_trust_unref(t);
    free_case(&c);
}

/* ---- every byte ---- */

static void refuse_each_flip(const struct manifest_case *c, struct ratls_buffer *of)
{
    struct ratls_trust *t = trust_of(c);

    for (size_t i = 0; i < of->len; i++) {
        of->p[i] ^= 1;
        struct ratls_verdict *v = judge(c, t);
        cr_expect_not(ratls_verdict_allowed(v), "byte %zu", i);
        ratls_verdict_unref(v);
        of->p[i] ^= 1;
    }
    ratls_trust_unref(t);
}

Test(nvidia_vectors, every_flipped_byte_of_a_report_is_refused)
{
    struct manifest_case c = case_of("nvidia-h100");

    refuse_each_flip(&c, &c.evidence);
    free_case(&c);
}

Test(nvidia_vectors, bytes_behind_the_signature_are_counted_and_no_more)
{
    struct manifest_case c = case_of("nvidia-h100");
    struct ratls_trust *t = trust_of(&c);

    c.evidence.p = realloc(c.evidence.p, c.evidence.len + 9);
    cr_assert(c.evidence.p);
    memset(c.evidence.p + c.evidence.len, 0x5a, 9);
    for (size_t n = 1; n <= 9; n++) {
        c.evidence.len++;
        struct ratls_verdict *v = judge(&c, t);
        cr_expect_eq(ratls_verdict_allowed(v), n <= 8, "%zu bytes", n);
        if (n <= 8)
            cr_expect_eq(ratls_claims_get(ratls_verdict_claims(v), "nvidia.trailing_bytes")->number,
                         n);
        ratls_verdict_unref(v);
    }
    ratls_trust_unref(t);
    free_case(&c);
}
