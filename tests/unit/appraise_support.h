/* appraise_support.h - peers for the tests of appraisal: certificates from our own mint, evidence
 * of one fixed form, so that each test spoils one thing and sees one reason.
 *
 * The verifier defined here takes the place of the built-in one; registry and guard are the real
 * ones. To be included by one file of a test program. */
#ifndef RT_APPRAISE_SUPPORT_H
#define RT_APPRAISE_SUPPORT_H

#include <stdio.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include "appraisal.h"
#include "evidence_ext.h"
#include "mint.h"
#include "oid.h"
#include "ratls/verifier.h"

#define NOW  INT64_C(1750000000)
#define DAY  86400
#define M_AB "abababababababababababababababababababababababababababababababab"

/* ---- a verifier for "FAKE" || report data (64) || measurement byte || platform byte ---- */

static struct {
    enum ratls_err result;
    const char *why; /* of `result` */
    const char *tcb_status;
    bool debug, simulated, silent, flood, names_peer;
    size_t report_data_len;
    unsigned calls;
    const char *key, *platform_id; /* in evidence_keys; instead of the platform byte */
    const char *own_claim;         /* a name that is not the verifier's to set */
} fake;

static inline bool fake_recognises(struct ratls_bytes evidence)
{
    return evidence.len >= 4 && memcmp(evidence.p, "FAKE", 4) == 0;
}

static inline void fill(struct ratls_claims *claims, uint8_t *report_data, uint8_t m,
                        uint8_t platform)
{
    uint8_t measurement[32];
    char name[16];

    memset(measurement, m, sizeof measurement);
    ratls_claims_set_text(claims, "tee", "tdx");
    ratls_claims_set_hex(claims, "measurement", ratls_bytes(measurement, sizeof measurement));
    ratls_claims_set_hex(claims, "report_data", ratls_bytes(report_data, fake.report_data_len));
    ratls_claims_set_bool(claims, "debug", fake.debug);
    ratls_claims_set_bool(claims, "simulated", fake.simulated);
    ratls_claims_set_text(claims, "tcb_status", fake.tcb_status);
    if (platform)
        ratls_claims_set_hex(claims, "platform_id", ratls_bytes(&platform, 1));
    if (fake.platform_id)
        ratls_claims_set_text(claims, "platform_id", fake.platform_id);
    if (fake.key)
        ratls_claims_add_item(claims, "evidence_keys", fake.key);
    if (fake.own_claim)
        ratls_claims_set_uint(claims, fake.own_claim, 1);
    if (fake.names_peer)
        ratls_claims_add_item(claims, "peer.names", "peer.example");
    for (int i = 0; fake.flood && i < RT_MAX_CLAIMS; i++) {
        snprintf(name, sizeof name, "x%d", i);
        ratls_claims_set_uint(claims, name, 1);
    }
}

static inline enum ratls_err fake_verify(const struct ratls_verify_input *input,
                                         struct ratls_claims *claims, struct ratls_error *err)
{
    struct rt_reader r = rt_reader(input->evidence);
    uint8_t report_data[64];

    fake.calls++;
    rt_skip(&r, 4);
    rt_copy(&r, report_data, sizeof report_data);
    uint8_t m = rt_u8(&r), platform = rt_u8(&r);
    if (!rt_at_end(&r))
        return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "not of this form");
    if (!fake.silent)
        fill(claims, report_data, m, platform);
    return fake.why ? ratls_fail(err, fake.result, "%s", fake.why) : fake.result;
}

static inline enum ratls_err fake_describe(struct ratls_bytes evidence, struct ratls_claims *claims,
                                           struct ratls_error *err)
{
    (void)evidence;
    (void)err;
    return ratls_claims_set_text(claims, "tee", "tdx");
}

static const uint8_t fake_pins[1][32];
extern struct ratls_verifier rt_verifier_tdx;
struct ratls_verifier rt_verifier_tdx = {
    .abi = RATLS_VERIFIER_ABI,
    .size = sizeof(struct ratls_verifier),
    .name = "tdx",
    .recognises = fake_recognises,
    .describe = fake_describe,
    .verify = fake_verify,
    .pins = fake_pins,
    .n_pins = 1,
};

/* ---- peers ---- */

/* What to mint; zeroed: a good certificate with AK, made now. */
struct plan {
    bool without_ak, without_evidence, is_ca;
    int64_t iat, not_before, not_after; /* 0: as our own peers do */
    bool other_key;                     /* claims name another key */
    const char *raw_claims;             /* claims map instead of ours */
    size_t raw_claims_len;
    const char *media_type, *magic, *cn;
    int flip_report_data; /* 1 + index of the byte to spoil; 0: none */
    enum rt_curve curve;  /* of the TLS key */
    struct rt_key *ca;    /* issuer, with its certificate */
    struct ratls_bytes ca_name;
};

struct peer {
    struct rt_key *tls, *ak;
    struct ratls_buffer claims, evidence, ext, cert;
};

static inline void free_peer(struct peer *p)
{
    rt_key_free(p->tls);
    rt_key_free(p->ak);
    ratls_buffer_free(&p->claims);
    ratls_buffer_free(&p->evidence);
    ratls_buffer_free(&p->ext);
    ratls_buffer_free(&p->cert);
}

#define MUST(call) cr_assert_eq((call), RATLS_OK, "%s", #call)

static inline struct ratls_buffer fake_evidence(const char *magic, const uint8_t report_data[64],
                                                uint8_t m, uint8_t platform)
{
    struct rt_writer w = {0};
    struct ratls_buffer out = {0};

    rt_put_bytes(&w, ratls_bytes_str(magic));
    rt_put(&w, report_data, 64);
    rt_put_u8(&w, m);
    rt_put_u8(&w, platform);
    MUST(rt_writer_take(&w, &out));
    return out;
}

static inline void make_evidence(const struct plan *plan, struct peer *p)
{
    uint8_t hash[32], report_data[64] = {0};
    struct ratls_bytes ak = plan->without_ak ? ratls_bytes(NULL, 0) : rt_key_spki(p->ak);

    MUST(rt_sha256(rt_key_spki(plan->other_key ? p->ak : p->tls), hash));
    if (plan->raw_claims)
        MUST(rt_dup(ratls_bytes(plan->raw_claims, plan->raw_claims_len), &p->claims));
    else
        MUST(rt_cert_claims_write(hash, ak, plan->iat ? plan->iat : NOW, &p->claims));
    MUST(rt_sha256(rt_bytes_of(&p->claims), report_data));
    if (plan->flip_report_data)
        report_data[plan->flip_report_data - 1] ^= 1;
    p->evidence = fake_evidence(plan->magic ? plan->magic : "FAKE", report_data, 0xab, 7);
    MUST(rt_cert_evidence_write(plan->media_type, rt_bytes_of(&p->evidence),
                                rt_bytes_of(&p->claims), &p->ext));
}

static inline void make_peer(const struct plan *plan, struct peer *p)
{
    static const char *const san[] = {"peer.example", NULL};
    struct ratls_error err = {0};

    *p = (struct peer){0};
    MUST(rt_key_generate(ratls_env_system(), plan->curve, &p->tls));
    MUST(rt_key_generate(ratls_env_system(), RT_P256, &p->ak));
    make_evidence(plan, p);
    struct rt_mint mint = {
        .subject_spki = rt_key_spki(p->tls),
        .subject = {.common_name = plan->cn ? plan->cn : "peer"},
        .issuer_key = plan->ca ? plan->ca : p->tls,
        .issuer_name = plan->ca_name,
        .not_before = plan->not_before ? plan->not_before : NOW - RT_CERT_BACKDATE_S,
        .not_after = plan->not_after ? plan->not_after : NOW + RT_CERT_LIFETIME_S,
        .is_ca = plan->is_ca,
        .path_len = -1,
        .san = san,
        .tls_usage = true,
    };
    if (!plan->without_evidence) {
        mint.ext[0].oid = plan->media_type ? RT_OID(PE_CMW) : RT_OID(TAGGED_EVIDENCE);
        mint.ext[0].value = rt_bytes_of(&p->ext);
    }
    cr_assert_eq(rt_mint(ratls_env_system(), &mint, &p->cert, &err), RATLS_OK, "%s", err.detail);
}

/* ---- trust and questions ---- */

#define POLICY(rest)                                                                               \
    "{\"tees\":{\"tdx\":{\"measurements\":[\"" M_AB "\"],\"tcb_status\":[\"UpToDate\","            \
    "\"not_evaluated\",\"OutOfDate\"]" rest "}}}"

static inline struct ratls_trust *trust_with(const char *policy)
{
    struct ratls_trust *t = NULL;
    struct ratls_error err = {0};

    MUST(ratls_trust_new(ratls_env_system(), &t));
    if (policy)
        cr_assert_eq(ratls_trust_set_policy(t, ratls_bytes_str(policy), &err), RATLS_OK, "%s",
                     err.detail);
    return t;
}

static struct ratls_trust *trust;

static inline void setup(void)
{
    memset(&fake, 0, sizeof fake);
    fake.tcb_status = "UpToDate";
    fake.report_data_len = 64;
    rt_verifier_tdx.media_type = NULL;
    trust = trust_with(POLICY(""));
}

static inline void teardown(void)
{
    ratls_trust_unref(trust);
}

static const struct rt_cert_rules any_role;

/* The code of the verdict, after checking that all its faces agree. */
static inline enum ratls_err code_of(struct ratls_verdict *v, enum ratls_err returned)
{
    cr_assert_not_null(v);
    cr_expect_eq(returned, ratls_verdict_code(v));
    cr_expect_eq(ratls_verdict_allowed(v), returned == RATLS_OK);
    cr_expect_str_eq(ratls_verdict_reason(v), ratls_err_reason(returned));
    cr_expect_eq(strlen(ratls_verdict_detail(v)) == 0, returned == RATLS_OK, "%s",
                 ratls_verdict_reason(v));
    return returned;
}

static inline enum ratls_err judge(struct ratls_bytes cert, const struct rt_cert_rules *rules)
{
    struct ratls_verdict *v = NULL;
    enum ratls_err e = rt_appraise_cert(trust, (struct rt_der_list){&cert, 1}, rules, NOW, &v);

    e = code_of(v, e);
    ratls_verdict_unref(v);
    return e;
}

static inline enum ratls_err judge_plan(const struct plan *plan)
{
    struct peer p;

    make_peer(plan, &p);
    enum ratls_err e = judge(rt_bytes_of(&p.cert), &any_role);
    free_peer(&p);
    return e;
}

static inline enum ratls_err ask(struct ratls_appraisal what)
{
    struct ratls_verdict *v = NULL;

    if (!what.now)
        what.now = NOW;
    enum ratls_err e = ratls_appraise(trust, &what, &v);
    e = code_of(v, e);
    ratls_verdict_unref(v);
    return e;
}

#endif
