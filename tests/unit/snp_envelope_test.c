/* SEV-SNP evidence in what carries it: certificates, sessions, and the report data that ties it to
 * a key or a challenge. T85, T88, T94, T95. */
#include "appraisal.h"
#include "evidence_ext.h"
#include "mint.h"
#include "oid.h"
#include "quote_support.h"
#include "snp_support.h"

#define OWN "application/vnd.ratls.snp"

static struct snp_guest g;
static struct ratls_trust *t;
static struct rt_key *key;
static const uint8_t ones[64] = {
    0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11,
    0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11,
    0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11,
    0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11};

static void setup(void)
{
    static const char policy[] =
        "{\"tees\":{\"snp\":{\"insecure_any_measurement\":true,"
        "\"insecure_simulated\":true,\"tcb_status\":[\"not_evaluated\"]}}}";
    struct ratls_buffer pem;
    struct ratls_error err = {0};

    snp_open_keys();
    snp_make(&(const struct bad_snp){0}, &g);
    MUST(rt_key_generate(ratls_env_system(), RT_P256, &key));
    MUST(ratls_trust_new(ratls_env_system(), &t));
    MUST(rt_pem_write("CERTIFICATE", rt_bytes_of(&g.chain.der[RT_SIM_ARK]), &pem));
    cr_assert_eq(ratls_trust_insecure_add_sim_roots(t, rt_bytes_of(&pem), &err), RATLS_OK, "%s",
                 err.detail);
    MUST(ratls_trust_set_policy(t, ratls_bytes_str(policy), &err));
    ratls_buffer_free(&pem);
}

static void teardown(void)
{
    snp_free(&g);
    snp_close_keys();
    rt_key_free(key);
    ratls_trust_unref(t);
}

TestSuite(snp_envelope, .init = setup, .fini = teardown, .timeout = 60);

static struct ratls_verdict *judge(const struct ratls_appraisal *like)
{
    struct ratls_appraisal what = *like;
    struct ratls_verdict *v = NULL;

    what.now = snp_now();
    (void)ratls_appraise(t, &what, &v);
    cr_assert(v);
    return v;
}

static enum ratls_err code(const struct ratls_appraisal *what)
{
    struct ratls_verdict *v = judge(what);
    enum ratls_err e = ratls_verdict_code(v);

    ratls_verdict_unref(v);
    return e;
}

/* ---- report data ---- */

Test(snp_envelope, all_64_bytes_of_the_report_data_count)
{
    uint8_t due[64];

    for (size_t i = 0; i <= 64; i++) {
        memcpy(due, ones, sizeof due);
        if (i < 64)
            due[i] ^= 1;
        cr_expect_eq(code(&(const struct ratls_appraisal){.subject = rt_bytes_of(&g.evidence),
                                                          .report_data = ratls_bytes(due, 64)}),
                     i < 64 ? RATLS_E_BINDING_MISMATCH : RATLS_OK, "byte %zu", i);
    }
    for (size_t n = 1; n < 64; n++)
        cr_expect_eq(code(&(const struct ratls_appraisal){.subject = rt_bytes_of(&g.evidence),
                                                          .report_data = ratls_bytes(ones, n)}),
                     RATLS_E_BINDING_MISMATCH, "%zu bytes", n);
}

/* ---- certificates ---- */

static struct ratls_buffer certificate(const char *media_type, bool own_key)
{
    uint8_t hash[RT_SHA256_LEN];
    struct ratls_buffer claims, ext, cert;

    MUST(rt_sha256(own_key ? rt_key_spki(key) : ratls_bytes_str("another key"), hash));
    MUST(rt_cert_claims_write(hash, ratls_bytes(NULL, 0), snp_now(), &claims));
    memset(g.fields.report_data, 0, 64);
    MUST(rt_sha256(rt_bytes_of(&claims), g.fields.report_data));
    snp_sign(&g);
    MUST(rt_cert_evidence_write(media_type, rt_bytes_of(&g.evidence), rt_bytes_of(&claims), &ext));
    const struct rt_mint what = {
        .subject_spki = rt_key_spki(key),
        .subject = {.common_name = "peer"},
        .issuer_key = key,
        .not_before = snp_now() - 60,
        .not_after = snp_now() + 60,
        .path_len = -1,
        .tls_usage = true,
        .ext[0] = {.oid = media_type ? RT_OID(PE_CMW) : RT_OID(TAGGED_EVIDENCE),
                   .value = rt_bytes_of(&ext)}};
    MUST(rt_mint(ratls_env_system(), &what, &cert, NULL));
    ratls_buffer_free(&claims);
    ratls_buffer_free(&ext);
    return cert;
}

Test(snp_envelope, a_certificate_carries_it_under_its_media_type_alone)
{
    static const char *const forms[] = {OWN,
                                        NULL,
                                        "application/vnd.ratls.tdx",
                                        "application/vnd.ratls.sgx",
                                        "application/vnd.ratls.snp2",
                                        "application/vnd.ratls.sn"};

    for (size_t i = 0; i < RT_COUNT(forms); i++) {
        struct ratls_buffer cert = certificate(forms[i], true);
        cr_expect_eq(code(&(const struct ratls_appraisal){.subject = rt_bytes_of(&cert)}),
                     i ? RATLS_E_EVIDENCE_MISMATCH : RATLS_OK, "%s", forms[i] ? forms[i] : "tag");
        ratls_buffer_free(&cert);
    }
}

Test(snp_envelope, a_certificate_of_another_key_is_refused)
{
    struct ratls_buffer cert = certificate(OWN, false);

    cr_expect_eq(code(&(const struct ratls_appraisal){.subject = rt_bytes_of(&cert)}),
                 RATLS_E_BINDING_MISMATCH);
    ratls_buffer_free(&cert);
}

Test(snp_envelope, only_the_tee_that_is_due_is_taken)
{
    static const char *const due[] = {"snp", "tdx", "sgx", "", "SNP", "sn", "snp2"};

    for (size_t i = 0; i < RT_COUNT(due); i++)
        cr_expect_eq(code(&(const struct ratls_appraisal){.subject = rt_bytes_of(&g.evidence),
                                                          .tee = due[i]}),
                     i ? RATLS_E_TEE_NOT_ALLOWED : RATLS_OK, "%s", due[i]);
}

/* ---- quotes of a session ---- */

static enum ratls_err in_session(const char *media_type, const struct ratls_verdict *of)
{
    const struct rt_quote_rules rules = {ones, of};
    struct ratls_buffer cmw;

    MUST(rt_cmw_write(media_type, rt_bytes_of(&g.evidence), &cmw));
    enum ratls_err e = appraise_quote(t, rt_bytes_of(&cmw), &rules, snp_now(), NULL);
    ratls_buffer_free(&cmw);
    return e;
}

Test(snp_envelope, a_session_carries_it_of_the_same_guest_on_the_same_chip)
{
    struct ratls_verdict *of =
        judge(&(const struct ratls_appraisal){.subject = rt_bytes_of(&g.evidence)});

    cr_expect_eq(in_session(OWN, of), RATLS_OK);
    cr_expect_eq(in_session("application/vnd.ratls.tdx", of), RATLS_E_EVIDENCE_MISMATCH);
    g.fields.measurement[0] ^= 1;
    snp_sign(&g);
    cr_expect_eq(in_session(OWN, of), RATLS_E_PROOF_EVIDENCE, "another guest");
    snp_free(&g);
    snp_make(&(const struct bad_snp){.vlek = true}, &g);
    cr_expect_eq(in_session(OWN, of), RATLS_E_PROOF_EVIDENCE, "a chip that is not named");
    ratls_verdict_unref(of);
}
