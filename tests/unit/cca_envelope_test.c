/* CCA tokens in what carries them: certificates, and the choice of the verifier. T85, T88, T95. */
#include <stdio.h>

#include "appraisal.h"
#include "cca_support.h"
#include "evidence_ext.h"
#include "mint.h"
#include "oid.h"
#include "ratls/appraise.h"

#define OWN        "application/vnd.ratls.cca"
#define SIMULATED  "\"insecure_simulated\":true"
#define DEBUG      "\"insecure_debug\":true"
#define LIFECYCLES "\"lifecycle\":[\"secured\",\"non_cca_platform_debug\"]"

static struct ratls_trust *t;
static struct rt_key *key;
static int64_t now;

static void setup(void)
{
    static const char policy[] = "{\"tees\":{\"cca\":{\"insecure_any_measurement\":true,"
                                 "\"insecure_simulated\":true,\"tcb_status\":[\"unrated\"]}}}";
    const struct ratls_env *env = ratls_env_system();
    struct ratls_buffer anchor;

    cca_setup();
    now = env->now(env->arg);
    MUST(rt_key_generate(env, RT_P256, &key));
    MUST(rt_sim_cca_anchor(&r.keys, &r.state, &anchor));
    MUST(ratls_trust_new(env, &t));
    MUST(ratls_trust_insecure_add_sim_roots(t, rt_bytes_of(&anchor), &err));
    cr_assert_eq(ratls_trust_set_policy(t, ratls_bytes_str(policy), &err), RATLS_OK, "%s",
                 err.detail);
    ratls_buffer_free(&anchor);
}

static void teardown(void)
{
    cca_teardown();
    rt_key_free(key);
    ratls_trust_unref(t);
}

TestSuite(cca_envelope, .init = setup, .fini = teardown, .timeout = 60);

static enum ratls_err judge(const struct ratls_appraisal *like)
{
    struct ratls_appraisal what = *like;
    struct ratls_verdict *v = NULL;

    what.now = now;
    (void)ratls_appraise(t, &what, &v);
    cr_assert(v);
    const enum ratls_err e = ratls_verdict_code(v);
    ratls_verdict_unref(v);
    return e;
}

static struct ratls_buffer certificate(const char *media_type, bool own_key)
{
    uint8_t hash[RT_SHA256_LEN];
    struct ratls_buffer map, ext, cert;

    MUST(rt_sha256(own_key ? rt_key_spki(key) : ratls_bytes_str("another key"), hash));
    MUST(rt_cert_claims_write(hash, ratls_bytes(NULL, 0), now, &map));
    memset(r.state.challenge, 0, 64);
    MUST(rt_sha256(rt_bytes_of(&map), r.state.challenge));
    cca_sign(&r, NULL);
    MUST(rt_cert_evidence_write(media_type, rt_bytes_of(&r.evidence), rt_bytes_of(&map), &ext));
    const struct rt_mint what = {
        .subject_spki = rt_key_spki(key),
        .subject = {.common_name = "peer"},
        .issuer_key = key,
        .not_before = now - 60,
        .not_after = now + 60,
        .path_len = -1,
        .tls_usage = true,
        .ext[0] = {.oid = media_type ? RT_OID(PE_CMW) : RT_OID(TAGGED_EVIDENCE),
                   .value = rt_bytes_of(&ext)}};
    MUST(rt_mint(ratls_env_system(), &what, &cert, NULL));
    ratls_buffer_free(&map);
    ratls_buffer_free(&ext);
    return cert;
}

Test(cca_envelope, a_certificate_carries_it_under_its_media_type_alone)
{
    static const char *const forms[] = {OWN,
                                        NULL,
                                        "application/vnd.ratls.snp",
                                        "application/vnd.ratls.virtcca",
                                        "application/vnd.ratls.cca2",
                                        "application/vnd.ratls.cc",
                                        "application/eat+cwt"};

    for (size_t i = 0; i < RT_COUNT(forms); i++) {
        struct ratls_buffer cert = certificate(forms[i], true);
        const enum ratls_err e =
            judge(&(const struct ratls_appraisal){.subject = rt_bytes_of(&cert)});
        cr_expect_eq(e, i ? RATLS_E_EVIDENCE_MISMATCH : RATLS_OK, "%s: %s",
                     forms[i] ? forms[i] : "tag", ratls_err_reason(e));
        ratls_buffer_free(&cert);
    }
}

Test(cca_envelope, a_certificate_of_another_key_is_refused)
{
    struct ratls_buffer cert = certificate(OWN, false);

    cr_expect_eq(judge(&(const struct ratls_appraisal){.subject = rt_bytes_of(&cert)}),
                 RATLS_E_BINDING_MISMATCH);
    ratls_buffer_free(&cert);
}

Test(cca_envelope, only_the_tee_that_is_due_is_taken)
{
    static const char *const due[] = {"cca", "virtcca", "tdx", "snp", "CCA", "cc", "cca2"};

    cca_sign(&r, NULL);
    for (size_t i = 0; i < RT_COUNT(due); i++)
        cr_expect_eq(judge(&(const struct ratls_appraisal){
                         .subject = rt_bytes_of(&r.evidence),
                         .report_data = ratls_bytes(r.state.challenge, sizeof r.state.challenge),
                         .tee = due[i]}),
                     i ? RATLS_E_TEE_NOT_ALLOWED : RATLS_OK, "%s", due[i]);
}

/* What the default policy is there for: T145 and lifecycles beyond 0x30xx. */
Test(cca_envelope, simulated_and_debugged_platforms_need_a_word_of_the_policy)
{
    static const struct {
        const char *allowed;
        uint16_t lifecycle;
        enum ratls_err e;
    } rows[] = {
        {SIMULATED, 0x30ff, RATLS_OK},
        {DEBUG, 0x3000, RATLS_E_SIMULATED},
        {SIMULATED, 0x4000, RATLS_E_LIFECYCLE},
        {SIMULATED "," LIFECYCLES, 0x4000, RATLS_E_DEBUG},
        {SIMULATED "," DEBUG, 0x4000, RATLS_E_LIFECYCLE},
        {SIMULATED "," DEBUG "," LIFECYCLES, 0x40ff, RATLS_OK},
        {SIMULATED "," DEBUG "," LIFECYCLES, 0x5000, RATLS_E_LIFECYCLE},
        {SIMULATED "," DEBUG "," LIFECYCLES, 0x0000, RATLS_E_LIFECYCLE},
    };
    char policy[256];

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        (void)snprintf(policy, sizeof policy,
                       "{\"tees\":{\"cca\":{\"insecure_any_measurement\":true,"
                       "\"tcb_status\":[\"unrated\"],%s}}}",
                       rows[i].allowed);
        struct ratls_trust *usual = t;
        struct ratls_buffer anchor;
        MUST(rt_sim_cca_anchor(&r.keys, &r.state, &anchor));
        MUST(ratls_trust_new(ratls_env_system(), &t));
        MUST(ratls_trust_insecure_add_sim_roots(t, rt_bytes_of(&anchor), &err));
        MUST(ratls_trust_set_policy(t, ratls_bytes_str(policy), &err));
        ratls_buffer_free(&anchor);
        r.state.lifecycle = rows[i].lifecycle;
        cca_sign(&r, NULL);
        cr_expect_eq(judge(&(const struct ratls_appraisal){
                         .subject = rt_bytes_of(&r.evidence),
                         .report_data = ratls_bytes(r.state.challenge, sizeof r.state.challenge)}),
                     rows[i].e, "row %zu", i);
        ratls_trust_unref(t);
        t = usual;
    }
}
