/* Real tokens of Arm CCA, Huawei virtCCA and iTrustee, and AWS Nitro: roots that are built in,
 * reference values, published keys; and every flipped byte is refused. */
#include "cca.h"
#include "crypto.h"
#include "flip_support.h"
#include "manifest_case.h"
#include "nitro.h"
#include "virtcca.h"
#include "x509.h"

TestSuite(arm_vectors, .init = open_arm_manifest, .fini = close_manifest, .timeout = 300);

/* ---- by the pins ---- */

/* Roots are built in as hashes of their keys: Huawei's itself comes beside the evidence, that of
 * AWS in it. */
static void judge_by_pin(struct manifest_case *c)
{
    const bool is_huawei = strcmp(c->tee, "virtcca") == 0 && c->n_certs > 0;
    struct ratls_trust *t;

    if (!is_due(c) || (!is_huawei && strcmp(c->tee, "nitro") != 0))
        return;
    cr_assert_eq(ratls_trust_new(ratls_env_system(), &t), RATLS_OK);
    if (is_huawei)
        cr_assert_eq(read_vector("anchors/huawei-equipment-ca.pem", &c->cert[c->n_certs++]),
                     RATLS_OK);
    struct ratls_verdict *v = judge(c, t);
    cr_expect(ratls_verdict_allowed(v), "%s: %s", c->id, ratls_verdict_detail(v));
    ratls_verdict_unref(v);
    ratls_trust_unref(t);
}

Test(arm_vectors, what_is_genuine_is_so_by_the_pins)
{
    cr_assert_gt(each_case("virtcca", judge_by_pin), 0);
    cr_assert_gt(each_case("nitro", judge_by_pin), 0);
}

Test(arm_vectors, the_pins_are_those_of_the_vendors_roots)
{
    static const char *const roots[] = {"anchors/huawei-equipment-ca.pem",
                                        "anchors/huawei-ecc-attestation-root-1.pem",
                                        "anchors/aws-nitro-root-g1.pem"};
    const uint8_t *const pins[] = {rt_verifier_virtcca.pins[0], rt_verifier_virtcca.pins[1],
                                   rt_verifier_nitro.pins[0]};
    struct ratls_buffer pem, der;
    struct rt_x509 cert;
    uint8_t spki[32];

    cr_assert_eq(rt_verifier_virtcca.n_pins + rt_verifier_nitro.n_pins, RT_COUNT(roots));
    for (size_t i = 0; i < RT_COUNT(roots); i++) {
        cr_assert_eq(read_vector(roots[i], &pem), RATLS_OK);
        struct ratls_bytes text = rt_bytes_of(&pem);
        cr_assert_eq(rt_pem_next(&text, "CERTIFICATE", &der), RATLS_OK);
        cr_assert_eq(rt_x509_parse(rt_bytes_of(&der), &cert, NULL), RATLS_OK);
        cr_assert_eq(rt_x509_spki_hash(&cert, spki), RATLS_OK);
        cr_expect_arr_eq(spki, pins[i], sizeof spki, "%s", roots[i]);
        ratls_buffer_free(&der);
        ratls_buffer_free(&pem);
    }
    cr_expect_eq(rt_verifier_cca.n_pins, 0, "no key of a platform is built in");
}

/* A file of reference values is of the case that names it, and of no other. */
static const struct ratls_buffer *references;

static void judge_by_references(struct manifest_case *c)
{
    static const char usual[] = "{\"tees\":{\"cca\":{\"insecure_simulated\":true}}}";
    const struct ratls_appraisal what = {.subject = rt_bytes_of(&c->evidence), .now = c->now};
    struct ratls_verdict *v = NULL;

    if (!is_due(c))
        return;
    struct ratls_trust *t = trust_of(c);
    cr_assert_eq(ratls_trust_set_policy(t, ratls_bytes_str(usual), &err), RATLS_OK);
    cr_assert_eq(ratls_trust_set_reference_values(t, rt_bytes_of(references), &err), RATLS_OK, "%s",
                 err.detail);
    (void)ratls_appraise(t, &what, &v);
    cr_expect_str_eq(ratls_verdict_reason(v), c->refvals.len ? "ok" : "measurement_mismatch", "%s",
                     c->id);
    ratls_verdict_unref(v);
    ratls_trust_unref(t);
}

Test(arm_vectors, reference_values_fit_their_token_alone)
{
    struct ratls_buffer file = {0};

    cr_assert_eq(read_vector("cca/example-rv-store.json", &file), RATLS_OK);
    references = &file;
    cr_assert_gt(each_case("cca", judge_by_references), 0);
    ratls_buffer_free(&file);
}

/* T145: they pass as genuine by explicit name only, and never as anything but simulated. */
Test(arm_vectors, tokens_under_published_keys_are_simulated)
{
    static const char any[] = "{\"tees\":{\"cca\":{\"insecure_any_measurement\":true}}}";
    struct manifest_case c = case_of("cca-rmm-01");
    struct ratls_verdict *v = NULL;

    struct ratls_trust *t = trust_of(&c);
    cr_assert_eq(ratls_trust_set_policy(t, ratls_bytes_str(any), &err), RATLS_OK);
    const struct ratls_appraisal what = {.subject = rt_bytes_of(&c.evidence), .now = c.now};
    (void)ratls_appraise(t, &what, &v);
    cr_expect_str_eq(ratls_verdict_reason(v), "simulated");
    ratls_verdict_unref(v);
    ratls_trust_unref(t);
    free_case(&c);
}

/* ---- every byte ---- */

/* Nothing of a token is outside of a signature but its wrapping, and that has one form. */
static void flip_each(struct manifest_case *c)
{
    const uint8_t first = c->evidence.p[0];
    const bool is_report = strcmp(c->id, "itrustee-report") == 0;

    if (!is_due(c) || (first != 0xd9 && first != 0x84 && !is_report) || c->eventlog.len > 0)
        return;
    struct ratls_trust *t = trust_of(c);
    for (size_t i = 0; i < c->evidence.len; i += FLIP_STEP) {
        const uint8_t before = c->evidence.p[i];
        c->evidence.p[i] ^= (uint8_t)(1 << i % 8);
        struct ratls_verdict *v = judge(c, t);
        cr_expect_not(ratls_verdict_allowed(v), "%s: byte %zu", c->id, i);
        ratls_verdict_unref(v);
        c->evidence.p[i] = before;
    }
    ratls_trust_unref(t);
}

Test(arm_vectors, every_flipped_byte_of_a_token_is_refused)
{
    static const char *const tees[] = {"cca", "virtcca", "nitro", "itrustee"};

    for (size_t i = 0; i < RT_COUNT(tees); i++)
        cr_assert_gt(each_case(tees[i], flip_each), 0);
}
