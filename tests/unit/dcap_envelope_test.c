/* T85: envelope, header and body of an Intel quote say what it is, each once; where they disagree
 * it is refused before anything is believed. All pairs. */
#include "dcap_support.h"

#include "appraisal.h"
#include "evidence_ext.h"
#include "mint.h"
#include "oid.h"
#include "quote_support.h"

static const struct kind {
    const char *name, *tee;
    bool sgx;
    struct rt_sim_quote_knobs knobs;
} kinds[] = {
    {"SGX 3", "sgx", true, {.layout = 3}},
    {"SGX 4", "sgx", true, {.layout = 4}},
    {"SGX 5", "sgx", true, {.layout = 5}},
    {"TDX 4", "tdx", false, {.layout = 4}},
    {"TDX 5, 1.0", "tdx", false, {.layout = 5}},
    {"TDX 5, 1.5", "tdx", false, {.layout = 5, .td_report_1_5 = true}},
};

#define LENIENT                                                                                    \
    "{\"insecure_any_measurement\":true,\"insecure_simulated\":true,"                              \
    "\"tcb_status\":[\"not_evaluated\"]}"
static const char policy[] = "{\"tees\":{\"tdx\":" LENIENT ",\"sgx\":" LENIENT "}}";

static struct platform p; /* its quote is made by each test */
static struct ratls_trust *t;
static struct rt_key *key;

static void setup(void)
{
    struct ratls_error err = {0};

    p = (struct platform){0};
    MUST(rt_sim_pki_make(dcap_env(), NULL, &p.pki, &err));
    MUST(rt_key_generate(dcap_env(), RT_P256, &key));
    t = dcap_trust(&p);
    MUST(ratls_trust_set_policy(t, ratls_bytes_str(policy), &err));
}

static void teardown(void)
{
    platform_free(&p);
    rt_key_free(key);
    ratls_trust_unref(t);
}

TestSuite(dcap_envelope, .init = setup, .fini = teardown, .timeout = 60);

static void make(const struct kind *k, const struct rt_sim_quote_knobs *knobs,
                 const uint8_t report_data[64])
{
    struct rt_sim_enclave enclave;
    struct rt_sim_td td;

    ratls_buffer_free(&p.quote);
    rt_sim_enclave_usual(&enclave);
    rt_sim_td_usual(&td);
    memcpy(enclave.report_data, report_data, 64);
    memcpy(td.report_data, report_data, 64);
    if (k->sgx)
        MUST(rt_sim_sgx_quote(dcap_env(), &p.pki, &enclave, knobs, &p.quote));
    else
        MUST(rt_sim_tdx_quote(dcap_env(), &p.pki, &td, knobs, &p.quote));
}

static const uint8_t zeros[64];

/* ---- what the caller expects ---- */

Test(dcap_envelope, only_the_tee_that_is_due_is_taken)
{
    static const char *const due[] = {"sgx", "tdx", "snp", "", "TDX", "td", "tdx2"};

    for (size_t i = 0; i < RT_COUNT(kinds); i++) {
        make(&kinds[i], &kinds[i].knobs, zeros);
        for (size_t n = 0; n < RT_COUNT(due); n++) {
            const enum ratls_err e = dcap_code(dcap_judge(
                t, (struct ratls_appraisal){.subject = rt_bytes_of(&p.quote), .tee = due[n]}));
            cr_expect_eq(e, strcmp(due[n], kinds[i].tee) == 0 ? RATLS_OK : RATLS_E_TEE_NOT_ALLOWED,
                         "%s where %s is due: %s", kinds[i].name, due[n], ratls_err_reason(e));
        }
    }
}

/* ---- header against body ---- */

/* The other TEE's type in the header, over a body of this one, everything signed as it stands. */
Test(dcap_envelope, no_body_is_read_as_that_of_another_tee)
{
    for (size_t i = 0; i < RT_COUNT(kinds); i++) {
        struct rt_sim_quote_knobs knobs = kinds[i].knobs;
        knobs.tee_type_flaw = 0x81;
        make(&kinds[i], &knobs, zeros);
        const enum ratls_err due =
            knobs.layout == 3 ? RATLS_E_EVIDENCE_UNKNOWN : RATLS_E_EVIDENCE_FORMAT;
        const enum ratls_err e =
            dcap_code(dcap_judge(t, (struct ratls_appraisal){.subject = rt_bytes_of(&p.quote)}));
        cr_expect_eq(e, due, "%s: %s", kinds[i].name, ratls_err_reason(e));
    }
}

/* Another version in the header, over the layout of this one. */
Test(dcap_envelope, no_layout_is_read_as_that_of_another_version)
{
    for (size_t i = 0; i < RT_COUNT(kinds); i++) {
        for (uint16_t version = 1; version <= 6; version++) {
            struct rt_sim_quote_knobs knobs = kinds[i].knobs;
            knobs.version = version;
            make(&kinds[i], &knobs, zeros);
            const bool same = version == knobs.layout;
            const enum ratls_err e = dcap_code(
                dcap_judge(t, (struct ratls_appraisal){.subject = rt_bytes_of(&p.quote)}));
            cr_expect_eq(e == RATLS_OK, same, "%s as %u: %s", kinds[i].name, version,
                         ratls_err_reason(e));
            cr_expect(same || e == RATLS_E_EVIDENCE_UNKNOWN || e == RATLS_E_EVIDENCE_FORMAT ||
                          e == RATLS_E_EVIDENCE_VERSION,
                      "%s as %u: %s", kinds[i].name, version, ratls_err_reason(e));
        }
    }
}

/* ---- certificates ---- */

/* A certificate whose extension has the form of `media_type`, NULL: CBOR tag 60000. */
static void make_certificate(const struct kind *k, const char *media_type,
                             struct ratls_buffer *cert)
{
    static const char *const san[] = {"peer.example", NULL};
    uint8_t hash[RT_SHA256_LEN], report_data[64] = {0};
    struct ratls_buffer claims, ext;

    MUST(rt_sha256(rt_key_spki(key), hash));
    MUST(rt_cert_claims_write(hash, ratls_bytes(NULL, 0), NOW, &claims));
    MUST(rt_sha256(rt_bytes_of(&claims), report_data));
    make(k, &k->knobs, report_data);
    MUST(rt_cert_evidence_write(media_type, rt_bytes_of(&p.quote), rt_bytes_of(&claims), &ext));
    const struct rt_mint what = {
        .subject_spki = rt_key_spki(key),
        .subject = {.common_name = "peer"},
        .issuer_key = key,
        .not_before = NOW - 60,
        .not_after = NOW + 60,
        .path_len = -1,
        .san = san,
        .tls_usage = true,
        .ext[0] = {.oid = media_type ? RT_OID(PE_CMW) : RT_OID(TAGGED_EVIDENCE),
                   .value = rt_bytes_of(&ext)}};
    MUST(rt_mint(dcap_env(), &what, cert, NULL));
    ratls_buffer_free(&claims);
    ratls_buffer_free(&ext);
}

Test(dcap_envelope, a_certificate_carries_it_under_its_tag_alone)
{
    static const char *const forms[] = {NULL, "application/vnd.ratls.tdx",
                                        "application/vnd.ratls.sgx", "application/vnd.ratls.snp"};

    for (size_t i = 0; i < RT_COUNT(kinds); i++) {
        for (size_t n = 0; n < RT_COUNT(forms); n++) {
            struct ratls_buffer cert;
            make_certificate(&kinds[i], forms[n], &cert);
            const enum ratls_err e =
                dcap_code(dcap_judge(t, (struct ratls_appraisal){.subject = rt_bytes_of(&cert)}));
            cr_expect_eq(e, forms[n] ? RATLS_E_EVIDENCE_MISMATCH : RATLS_OK, "%s as %s: %s",
                         kinds[i].name, forms[n] ? forms[n] : "tag", ratls_err_reason(e));
            ratls_buffer_free(&cert);
        }
    }
}

/* ---- quotes of a session ---- */

static enum ratls_err in_session(const char *media_type, const struct ratls_verdict *of)
{
    const struct rt_quote_rules rules = {zeros, of};
    struct ratls_buffer cmw;

    MUST(rt_cmw_write(media_type, rt_bytes_of(&p.quote), &cmw));
    enum ratls_err e = appraise_quote(t, rt_bytes_of(&cmw), &rules, NOW, NULL);
    ratls_buffer_free(&cmw);
    return e;
}

Test(dcap_envelope, a_session_carries_it_under_its_own_media_type)
{
    for (size_t i = 0; i < RT_COUNT(kinds); i++) {
        const char *own = kinds[i].sgx ? "application/vnd.ratls.sgx" : "application/vnd.ratls.tdx";
        const char *other =
            kinds[i].sgx ? "application/vnd.ratls.tdx" : "application/vnd.ratls.sgx";
        make(&kinds[i], &kinds[i].knobs, zeros);
        struct ratls_verdict *of =
            dcap_judge(t, (struct ratls_appraisal){.subject = rt_bytes_of(&p.quote)});
        cr_expect_eq(in_session(own, of), RATLS_OK, "%s", kinds[i].name);
        cr_expect_eq(in_session(other, of), RATLS_E_EVIDENCE_MISMATCH, "%s", kinds[i].name);
        cr_expect_eq(in_session("application/vnd.ratls.", of), RATLS_E_EVIDENCE_MISMATCH);
        cr_expect_eq(in_session("application/vnd.ratls.snp", of), RATLS_E_EVIDENCE_MISMATCH);
        /* of the same platform, but after evidence of the other TEE */
        make(&kinds[kinds[i].sgx ? 3 : 0], &kinds[kinds[i].sgx ? 3 : 0].knobs, zeros);
        cr_expect_eq(in_session(other, of), RATLS_E_PROOF_EVIDENCE, "%s", kinds[i].name);
        ratls_verdict_unref(of);
    }
}
