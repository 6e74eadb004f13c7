/* Simulated TEEs from attester to vector: nothing is ever said of them (T32), but that a signature
 * is wrong. */
#include <stdio.h>

#include <criterion/criterion.h>

#include "base.h"
#include "ratls/appraise.h"
#include "ratls/evidence.h"

#define MUST(call) cr_assert_eq((call), RATLS_OK, "%s: %s", #call, err.detail)
#define POLICY(more)                                                                               \
    "{\"tees\":{"                                                                                  \
    "\"tdx\":{" more "},\"sgx\":{" more "},\"snp\":{" more "},\"cca\":{" more "},\"nitro\":{" more \
    "},\"csv\":{" more "},\"virtcca\":{"                                                           \
    "\"event_log\":\"optional\",\"ima_log\":\"optional\"," more "}}}"
#define STATUSES                                                                                   \
    "\"tcb_status\":[\"UpToDate\",\"SWHardeningNeeded\",\"OutOfDate\",\"unrated\","                \
    "\"not_evaluated\"]"

static struct ratls_error err;

TestSuite(vector_sim, .timeout = 300);

static const struct {
    const char *attester, *options;
    bool debug; /* refused for it by `strict` */
} tees[] = {
    {"sim-tdx", NULL, false},
    {"sim-tdx", "tcb_status=OutOfDate", false},
    {"sim-tdx", "debug=yes", true},
    {"sim-sgx", NULL, false},
    {"sim-sgx", "tcb_status=SWHardeningNeeded", false},
    {"sim-snp", NULL, false},
    {"sim-cca", NULL, false},
    {"sim-cca", "lifecycle=4000", true},
    {"sim-virtcca", "eventlog=yes,ima_log=yes", false},
    {"sim-nitro", NULL, false},
    {"sim-nitro", "debug=yes", true},
    {"sim-csv", NULL, false},
    {"sim-csv", "version=2,debug=yes", true},
};

static const char lax[] = POLICY("\"insecure_any_measurement\":true,\"insecure_simulated\":true,"
                                 "\"insecure_debug\":true," STATUSES);
static const char strict[] =
    POLICY("\"insecure_any_measurement\":true,\"insecure_simulated\":true," STATUSES);
static const char real[] = POLICY("\"insecure_any_measurement\":true," STATUSES);

struct made {
    struct ratls_attester *attester;
    struct ratls_buffer evidence, collateral;
};

static void make(size_t i, struct made *m)
{
    static const uint8_t report_data[RATLS_REPORT_DATA_LEN] = {1, 2, 3};

    *m = (struct made){0};
    MUST(ratls_attester_open(ratls_env_system(), tees[i].attester, tees[i].options, &m->attester,
                             &err));
    MUST(ratls_attester_evidence(m->attester, report_data, &m->evidence, &err));
    enum ratls_err e = ratls_attester_sim_collateral(m->attester, &m->collateral, &err);
    cr_assert(e == RATLS_OK || e == RATLS_E_UNSUPPORTED, "%s", err.detail);
    err = (struct ratls_error){0};
}

static void free_made(struct made *m)
{
    ratls_attester_close(m->attester);
    ratls_buffer_free(&m->evidence);
    ratls_buffer_free(&m->collateral);
}

static struct ratls_verdict *judge(const struct made *m, const char *policy)
{
    const struct ratls_env *env = ratls_env_system();
    struct ratls_verdict *v = NULL;
    struct ratls_trust *t;

    MUST(ratls_trust_new(env, &t));
    MUST(ratls_trust_insecure_add_sim_roots(t, ratls_attester_sim_root(m->attester), &err));
    MUST(ratls_trust_set_policy(t, ratls_bytes_str(policy), &err));
    if (m->collateral.len)
        MUST(ratls_trust_add_collateral(t, rt_bytes_of(&m->collateral), &err));
    const struct ratls_appraisal what = {.subject = rt_bytes_of(&m->evidence),
                                         .now = env->now(env->arg)};
    (void)ratls_appraise(t, &what, &v);
    cr_assert(v);
    ratls_trust_unref(t);
    return v;
}

static void expect_nothing(struct ratls_verdict *v, size_t row)
{
    cr_expect(ratls_verdict_simulated(v), "%s", tees[row].attester);
    cr_expect_str_eq(ratls_verdict_tier(v), "none", "%s: %s", tees[row].attester,
                     ratls_verdict_reason(v));
    for (size_t i = 0; i < RATLS_VECTOR_LEN; i++)
        cr_expect_eq(ratls_verdict_vector(v, i), 0, "%s %s: %s", tees[row].attester,
                     ratls_vector_name(i), ratls_verdict_reason(v));
    ratls_verdict_unref(v);
}

Test(vector_sim, says_nothing_whether_allowed_or_refused)
{
    for (size_t i = 0; i < RT_COUNT(tees); i++) {
        struct made m;
        make(i, &m);
        struct ratls_verdict *v = judge(&m, lax);
        const enum ratls_err due =
            strstr(tees[i].attester, "cca") && tees[i].debug ? RATLS_E_LIFECYCLE : RATLS_OK;
        cr_expect_eq(ratls_verdict_code(v), due, "%s %s: %s", tees[i].attester, tees[i].options,
                     ratls_verdict_detail(v));
        expect_nothing(v, i);
        v = judge(&m, strict);
        cr_expect_eq(ratls_verdict_allowed(v), !tees[i].debug, "%s", tees[i].attester);
        expect_nothing(v, i);
        v = judge(&m, real);
        cr_expect_eq(ratls_verdict_code(v), RATLS_E_SIMULATED, "%s", tees[i].attester);
        expect_nothing(v, i);
        free_made(&m);
    }
}

/* 1 when this byte is under a signature, and the vector says so. */
static size_t expect_broken(struct made *m, size_t at)
{
    m->evidence.p[at] ^= 0x40;
    struct ratls_verdict *v = judge(m, lax);
    const bool signature = ratls_verdict_code(v) == RATLS_E_EVIDENCE_SIGNATURE;
    cr_expect_str_neq(ratls_verdict_tier(v), "affirming");
    for (size_t k = 0; k < RATLS_VECTOR_LEN && signature; k++)
        cr_expect_eq(ratls_verdict_vector(v, k), 99);
    ratls_verdict_unref(v);
    m->evidence.p[at] ^= 0x40;
    return signature;
}

/* The mark of a simulator saves nobody whose signature is wrong. Where signed bytes are depends on
 * the format: one of many places must be under a signature. */
Test(vector_sim, says_that_signatures_are_wrong)
{
    for (size_t i = 0; i < RT_COUNT(tees); i++) {
        struct made m;
        size_t broken = 0;
        make(i, &m);
        for (size_t at = 64; at < m.evidence.len && at < 1024; at += 61)
            broken += expect_broken(&m, at);
        cr_expect_gt(broken, 0, "%s", tees[i].attester);
        free_made(&m);
    }
}
