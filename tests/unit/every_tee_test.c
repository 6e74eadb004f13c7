/* Evidence of every simulated TEE and device: one verifier knows it for its own, no other can be
 * made to take it, and the whole of the report data counts. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base.h"
#include "ratls/appraise.h"
#include "ratls/evidence.h"
#include "registry.h"

static const struct {
    const char *attester, *tee;
    bool is_device;   /* its report data are a nonce of 32 bytes, and zeros */
    const char *keys; /* folder beside the test programs: RSA takes seconds to make */
} tees[] = {
    {"sim-tdx", "tdx", false, NULL},
    {"sim-sgx", "sgx", false, NULL},
    {"sim-snp", "snp", false, "snp-keys"},
    {"sim-cca", "cca", false, NULL},
    {"sim-virtcca", "virtcca", false, NULL},
    {"sim-nitro", "nitro", false, NULL},
    {"sim-itrustee", "itrustee", false, "virtcca-rsa-keys"},
    {"sim-csv", "csv", false, NULL},
    {"sim-az-snp", "az_snp_vtpm", false, "az-snp-keys"},
    {"sim-az-tdx", "az_tdx_vtpm", false, NULL},
    {"sim-nvidia", "nvidia", true, NULL},
    {"sim-ascend", "ascend_npu", true, NULL},
};

#define N_TEES RT_COUNT(tees)

static struct made {
    struct ratls_attester *attester;
    struct ratls_trust *trust;
    struct ratls_buffer evidence;
    uint8_t report_data[RATLS_REPORT_DATA_LEN];
} made[N_TEES];
static struct rt_registry *registry;
static struct ratls_error err;

#define MUST(call) cr_assert_eq((call), RATLS_OK, "%s: %s: %s", #call, tees[at].tee, err.detail)

static const char *options_of(size_t at, char *room, size_t len)
{
    static const char begin[] = "pki=";

    if (!tees[at].keys)
        return NULL;
    const ssize_t n = readlink("/proc/self/exe", room + sizeof begin - 1, len - 64);
    cr_assert_gt(n, 0);
    memcpy(room, begin, sizeof begin - 1);
    room[sizeof begin - 1 + (size_t)n] = 0;
    (void)snprintf(strrchr(room, '/'), 32, "/%s", tees[at].keys);
    return room;
}

static void make(size_t at)
{
    struct made *m = &made[at];
    struct ratls_buffer collateral;
    char room[4096];

    memset(m->report_data, 0x5a, tees[at].is_device ? 32 : sizeof m->report_data);
    MUST(ratls_attester_open(ratls_env_system(), tees[at].attester,
                             options_of(at, room, sizeof room), &m->attester, &err));
    MUST(ratls_attester_evidence(m->attester, m->report_data, &m->evidence, &err));
    MUST(ratls_trust_new(ratls_env_system(), &m->trust));
    MUST(ratls_trust_insecure_add_sim_roots(m->trust, ratls_attester_sim_root(m->attester), &err));
    if (ratls_attester_sim_collateral(m->attester, &collateral, &err) == RATLS_OK) {
        MUST(ratls_trust_add_collateral(m->trust, rt_bytes_of(&collateral), &err));
        ratls_buffer_free(&collateral);
    }
    err = (struct ratls_error){0};
}

static void setup(void)
{
    const size_t at = 0;

    MUST(rt_registry_new(&registry));
    for (size_t i = 0; i < N_TEES; i++)
        make(i);
}

static void teardown(void)
{
    for (size_t i = 0; i < N_TEES; i++) {
        ratls_attester_close(made[i].attester);
        ratls_trust_unref(made[i].trust);
        ratls_buffer_free(&made[i].evidence);
    }
    rt_registry_free(registry);
}

TestSuite(every_tee, .init = setup, .fini = teardown, .timeout = 300);

/* `tee` NULL: any. */
static enum ratls_err judge(size_t at, const char *tee, const uint8_t *report_data, size_t len)
{
    const struct ratls_appraisal what = {.subject = rt_bytes_of(&made[at].evidence),
                                         .tee = tee,
                                         .report_data = ratls_bytes(report_data, len),
                                         .now = ratls_env_system()->now(NULL),
                                         .authenticity_only = true};
    struct ratls_verdict *v;
    enum ratls_err e = ratls_appraise(made[at].trust, &what, &v);

    (void)snprintf(err.detail, sizeof err.detail, "%s", v ? ratls_verdict_detail(v) : "");
    ratls_verdict_unref(v);
    return e;
}

/* T85 */
Test(every_tee, is_known_to_one_verifier_which_has_its_media_type)
{
    for (size_t i = 0; i < N_TEES; i++) {
        const struct ratls_bytes evidence = rt_bytes_of(&made[i].evidence);
        const struct ratls_verifier *v = rt_registry_find(registry, evidence), *other;
        cr_assert(v, "%s: nobody's, or more than one's", tees[i].tee);
        cr_expect_str_eq(v->name, tees[i].tee);
        cr_expect_str_eq(ratls_attester_tee(made[i].attester), tees[i].tee);
        const char *type = ratls_attester_media_type(made[i].attester);
        cr_expect(type && v->media_type ? strcmp(type, v->media_type) == 0 : type == v->media_type,
                  "%s: %s", tees[i].tee, type ? type : "(none)");
        for (size_t k = 0; (other = rt_registry_at(registry, k)) != NULL; k++)
            cr_expect_eq(other->recognises(evidence), other == v, "%s by %s", tees[i].tee,
                         other->name);
    }
}

/* T85: whatever a tag or a peer says it is. */
Test(every_tee, is_taken_by_no_other_verifier)
{
    for (size_t i = 0; i < N_TEES; i++) {
        cr_expect_eq(judge(i, tees[i].tee, made[i].report_data, 64), RATLS_OK, "%s: %s",
                     tees[i].tee, err.detail);
        for (size_t k = 0; k < N_TEES; k++) {
            if (k == i)
                continue;
            const struct ratls_verify_input input = {.size = sizeof input,
                                                     .evidence = rt_bytes_of(&made[i].evidence),
                                                     .now = ratls_env_system()->now(NULL)};
            struct ratls_claims *claims = ratls_claims_new();
            const struct ratls_verifier *v = rt_registry_by_name(registry, tees[k].tee);
            cr_expect_neq(judge(i, tees[k].tee, made[i].report_data, 64), RATLS_OK, "%s as %s",
                          tees[i].tee, tees[k].tee);
            const enum ratls_err e = rt_verifier_run(v, &input, claims, &err);
            cr_expect(e != RATLS_OK && e != RATLS_E_NO_ANCHOR, "%s by %s is read: %s", tees[i].tee,
                      tees[k].tee, err.detail);
            ratls_claims_free(claims);
        }
    }
}

/* T88, T94, T95 */
Test(every_tee, is_bound_to_every_byte_of_its_report_data)
{
    for (size_t i = 0; i < N_TEES; i++) {
        uint8_t due[RATLS_REPORT_DATA_LEN];
        const size_t said = tees[i].is_device ? 32 : 64;
        memcpy(due, made[i].report_data, sizeof due);
        cr_expect_eq(judge(i, NULL, due, sizeof due), RATLS_OK, "%s: %s", tees[i].tee, err.detail);
        for (size_t at = 0; at < sizeof due; at++) {
            due[at] ^= 1;
            cr_expect_eq(judge(i, NULL, due, sizeof due), RATLS_E_BINDING_MISMATCH, "%s: byte %zu",
                         tees[i].tee, at);
            due[at] ^= 1;
        }
        for (size_t len = 1; len < said; len++)
            cr_expect_eq(judge(i, NULL, due, len), RATLS_E_BINDING_MISMATCH, "%s: %zu bytes",
                         tees[i].tee, len);
    }
}

/* Nobody vouches for it where its own root is not trusted, whichever others are. */
Test(every_tee, is_nobodys_under_the_roots_of_others)
{
    for (size_t i = 0; i < N_TEES; i++) {
        for (size_t k = 0; k < N_TEES; k++) {
            struct ratls_trust *own = made[i].trust;
            if (k == i)
                continue;
            made[i].trust = made[k].trust;
            cr_expect_neq(judge(i, NULL, made[i].report_data, 64), RATLS_OK, "%s trusting %s",
                          tees[i].tee, tees[k].tee);
            made[i].trust = own;
        }
    }
}
