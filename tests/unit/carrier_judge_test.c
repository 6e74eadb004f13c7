/* A carrier judged: what it names and brings along counts like what is given beside evidence. */
#include <stdlib.h>

#include "trust.h"
#include "virtcca_support.h"

static struct ratls_trust *t;

static void setup(void)
{
    make_usual();
    MUST(ratls_trust_new(ratls_env_system(), &t));
    cr_assert_eq(
        ratls_trust_insecure_add_sim_roots(t, rt_bytes_of(&g.chain.der[RT_SIM_VIRTCCA_ROOT]), &err),
        RATLS_OK, "%s", err.detail);
}

static void end(void)
{
    ratls_trust_unref(t);
    teardown();
}

TestSuite(carrier_judge, .init = setup, .fini = end, .timeout = 60);

static char *base64url(struct ratls_bytes bytes)
{
    char *text = malloc(rt_base64url_len(bytes.len) + 1);

    cr_assert(text);
    rt_base64url(bytes, text);
    return text;
}

static enum ratls_err judge(const char *json, const struct ratls_appraisal *like)
{
    struct ratls_appraisal what = *like;
    struct ratls_verdict *v = NULL;

    what.subject = ratls_bytes_str(json);
    what.now = virtcca_now();
    what.authenticity_only = true;
    (void)ratls_appraise(t, &what, &v);
    cr_assert(v);
    enum ratls_err e = ratls_verdict_code(v);
    ratls_verdict_unref(v);
    return e;
}

/* secGear's envelope around whatever `evidence` is. */
static char *secgear(const char *tee, struct ratls_bytes evidence)
{
    char *text = base64url(evidence), *json = malloc(strlen(text) + 128);

    cr_assert(json);
    (void)sprintf(json, "{\"uuid\":\"x\",\"tee\":\"%s\",\"evidence\":\"%s\"}", tee, text);
    free(text);
    return json;
}

Test(carrier_judge, evidence_must_be_of_the_tee_that_is_named)
{
    const struct ratls_appraisal alone = {0}, elsewhere = {.tee = "tdx"};
    char *right = secgear("virtcca", rt_bytes_of(&g.evidence));
    char *wrong = secgear("cca", rt_bytes_of(&g.evidence));

    cr_expect_eq(judge(right, &alone), RATLS_OK);
    cr_expect_eq(judge(wrong, &alone), RATLS_E_EVIDENCE_MISMATCH);
    cr_expect_eq(judge(right, &elsewhere), RATLS_E_TEE_NOT_ALLOWED);
    free(right);
    free(wrong);
}

Test(carrier_judge, report_data_is_compared_as_ever)
{
    const struct ratls_appraisal good = {.report_data = ratls_bytes(virtcca_report_data, 64)};
    const struct ratls_appraisal bad = {.report_data = ratls_bytes(virtcca_report_data, 63)};
    char *json = secgear("virtcca", rt_bytes_of(&g.evidence));

    cr_expect_eq(judge(json, &good), RATLS_OK);
    cr_expect_eq(judge(json, &bad), RATLS_E_BINDING_MISMATCH);
    free(json);
}

/* global-trust-authority's form, around a bare token. */
static char *gta(const char *more)
{
    char *token = base64url(rt_bytes_of(&g.token));
    char *device = base64url(rt_bytes_of(&g.chain.der[RT_SIM_VIRTCCA_DEVICE]));
    char *json = malloc(strlen(token) + strlen(device) + strlen(more) + 128);

    cr_assert(json);
    (void)sprintf(json, "{\"vcca_token\":\"%s\",\"dev_cert\":\"%s\"%s}", token, device, more);
    free(token);
    free(device);
    return json;
}

/* The device's certificate is in the carrier, the CA is given with the question or configured; a
 * text of certificates need not end in a line's end. */
Test(carrier_judge, certificates_of_three_sources_are_one_chain)
{
    const struct ratls_appraisal alone = {0};
    struct ratls_buffer ca = {0}, root = {0};
    char *json = gta("");

    cr_expect_eq(judge(json, &alone), RATLS_E_EVIDENCE_CHAIN, "the CA is missing");
    MUST(rt_pem_write("CERTIFICATE", rt_bytes_of(&g.chain.der[RT_SIM_VIRTCCA_CA]), &ca));
    MUST(rt_pem_write("CERTIFICATE", rt_bytes_of(&g.chain.der[RT_SIM_VIRTCCA_ROOT]), &root));
    ca.len--;
    root.len--;
    cr_expect_eq(judge(json, &(const struct ratls_appraisal){.certs = rt_bytes_of(&ca)}), RATLS_OK);
    ratls_trust_unref(t);
    MUST(ratls_trust_new(ratls_env_system(), &t));
    cr_assert_eq(ratls_trust_insecure_add_sim_roots(t, rt_bytes_of(&root), &err), RATLS_OK);
    cr_assert_eq(ratls_trust_add_roots(t, rt_bytes_of(&ca), &err), RATLS_OK, "%s", err.detail);
    cr_expect_eq(judge(json, &alone), RATLS_OK);
    cr_expect_eq(judge(json, &(const struct ratls_appraisal){.certs = rt_bytes_of(&root)}),
                 RATLS_OK);
    free(json);
    ratls_buffer_free(&ca);
    ratls_buffer_free(&root);
}

Test(carrier_judge, a_log_given_twice_is_nobodys_choice)
{
    static const struct {
        const char *json;
        struct ratls_appraisal with;
    } rows[] = {
        {",\"logs\":[{\"log_type\":\"CCEL\",\"log_data\":\"YWI\"}]",
         {.event_log = {(const uint8_t *)"ab", 2}}},
        {",\"logs\":[{\"log_type\":\"ImaLog\",\"log_data\":\"YWI\"}]",
         {.ima_log = {(const uint8_t *)"ab", 2}}},
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        char *json = gta(rows[i].json);
        cr_expect_eq(judge(json, &rows[i].with), RATLS_E_USAGE, "row %zu", i);
        free(json);
    }
}
