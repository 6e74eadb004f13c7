/* Every window of time that a verdict on an Intel quote depends on, each narrowed alone and looked
 * at from both sides of both ends; with collateral given, kept, and with the PCK chain kept too. */
#include "dcap_support.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

#include "mint.h"
#include "oid.h"
#include "ratls/collateral.h"
#include "x509.h"

#define BEGIN (NOW - 100)
#define END   (NOW + 100)

static struct platform p;
static struct ratls_error err;

static void teardown(void)
{
    platform_free(&p);
}

TestSuite(dcap_dates, .fini = teardown, .timeout = 120);

/* ---- certificates of the same keys and names, with other dates ---- */

static struct ratls_buffer reissued(const struct rt_sim_pki *pki, enum rt_sim_cert which)
{
    static const enum rt_sim_cert issuers[] = {RT_SIM_ROOT, RT_SIM_ROOT, RT_SIM_CA, RT_SIM_ROOT};
    struct rt_x509 cert;
    struct ratls_buffer der;
    char name[64];

    MUST(rt_x509_parse(rt_bytes_of(&pki->der[which]), &cert, NULL));
    struct ratls_bytes cn = rt_x509_name_attr(cert.subject, RT_OID(CN));
    (void)snprintf(name, sizeof name, "%.*s", (int)cn.len, (const char *)cn.p);
    const struct rt_ext *sgx = rt_x509_ext(&cert, RT_OID(SGX));
    const struct rt_mint what = {
        .subject_spki = cert.spki,
        .subject = {.common_name = name, .organization = RT_SIM_ORGANIZATION},
        .issuer_key = pki->key[issuers[which]],
        .issuer_name = cert.issuer,
        .not_before = BEGIN,
        .not_after = END,
        .is_ca = cert.is_ca,
        .path_len = cert.path_len,
        .ext[0] = {.oid = sgx ? sgx->oid : ratls_bytes(NULL, 0),
                   .value = sgx ? sgx->value : ratls_bytes(NULL, 0)},
        .crl_url = "https://sim-tdx.invalid/crl",
    };
    cr_assert_eq(rt_mint(dcap_env(), &what, &der, &err), RATLS_OK, "%s", err.detail);
    return der;
}

/* The PKI with one certificate narrowed; everything else is borrowed from `pki`. */
static struct rt_sim_pki narrowed(const struct rt_sim_pki *pki, enum rt_sim_cert which)
{
    struct rt_sim_pki narrow = *pki;

    narrow.der[which] = reissued(pki, which);
    return narrow;
}

/* ---- what is narrowed ---- */

struct window {
    const char *what; /* part of the reason */
    enum ratls_err e;
    const char *chain; /* of the file, in which `which` is narrowed; NULL: of the quote */
    enum rt_sim_cert which;
    struct rt_sim_collateral_knobs knobs; /* narrow a document instead */
    bool is_document, is_crl;
};

#define OF_QUOTE(which_)                                                                           \
    {                                                                                              \
        .what = "PCK chain", .e = RATLS_E_EVIDENCE_TIME, .which = (which_)                         \
    }
#define OF_FILE(what_, chain_, which_)                                                             \
    {                                                                                              \
        .what = (what_), .e = RATLS_E_COLLATERAL_TIME, .chain = (chain_), .which = (which_)        \
    }
#define DOCUMENT(what_, is_crl_, ...)                                                              \
    {                                                                                              \
        .what = (what_), .e = RATLS_E_COLLATERAL_TIME, .is_document = true, .is_crl = (is_crl_),   \
        .knobs = {                                                                                 \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }

static const struct window windows[] = {
    OF_QUOTE(RT_SIM_PCK),
    OF_QUOTE(RT_SIM_CA),
    OF_QUOTE(RT_SIM_ROOT),
    OF_FILE("the issuer of the PCK CRL", "pck_crl_issuer_chain", RT_SIM_CA),
    OF_FILE("the issuer of the PCK CRL", "pck_crl_issuer_chain", RT_SIM_ROOT),
    OF_FILE("the signer of the TCB info", "tcb_info_issuer_chain", RT_SIM_TCB),
    OF_FILE("the signer of the TCB info", "tcb_info_issuer_chain", RT_SIM_ROOT),
    OF_FILE("the signer of the QE identity", "qe_identity_issuer_chain", RT_SIM_TCB),
    OF_FILE("the signer of the QE identity", "qe_identity_issuer_chain", RT_SIM_ROOT),
    DOCUMENT("the TCB info", false, .tcb_info = {.issue = BEGIN, .next = END}),
    DOCUMENT("the QE identity", false, .qe_identity = {.issue = BEGIN, .next = END}),
    DOCUMENT("the PCK CRL", true, .pck_crl = {.this_update = BEGIN, .next_update = END}),
    DOCUMENT("the root CA CRL", true, .root_crl = {.this_update = BEGIN, .next_update = END}),
};

/* The chain of the file is replaced by that of collateral made with `narrow`. */
static void replace_chain(struct ratls_buffer *file, const struct rt_sim_pki *narrow,
                          const char *chain)
{
    const struct rt_sim_collateral_knobs knobs = {.sgx = p.sgx};
    struct ratls_buffer other;

    MUST(rt_sim_collateral(dcap_env(), narrow, &knobs, &other));
    cJSON *to = cJSON_ParseWithLength((const char *)file->p, file->len);
    cJSON *from = cJSON_ParseWithLength((const char *)other.p, other.len);
    cr_assert(cJSON_ReplaceItemInObjectCaseSensitive(
        to, chain, cJSON_DetachItemFromObjectCaseSensitive(from, chain)));
    ratls_buffer_free(&other);
    ratls_buffer_free(file);
    file->p = (uint8_t *)cJSON_PrintUnformatted(to);
    file->len = strlen((const char *)file->p);
    cJSON_Delete(from);
    cJSON_Delete(to);
}

static void make(const struct window *w, bool sgx)
{
    struct dcap_plan plan = {.sgx = sgx};

    platform_free(&p);
    if (w->is_document)
        plan.collateral = w->knobs;
    platform_make(&plan, &p);
    if (w->is_document)
        return;
    struct rt_sim_pki narrow = narrowed(&p.pki, w->which);
    if (w->chain) {
        replace_chain(&p.collateral, &narrow, w->chain);
    } else {
        const struct platform other = {.sgx = sgx, .pki = narrow};
        ratls_buffer_free(&p.quote);
        platform_quote(&other, &plan, &p.quote);
    }
    ratls_buffer_free(&narrow.der[w->which]);
}

/* ---- four sides ---- */

static const int64_t times[] = {BEGIN - 1, BEGIN, NOW, END, END + 1};

static bool is_inside(int64_t now)
{
    return now >= BEGIN && now <= END;
}

static void expect(const struct window *w, int64_t now, struct ratls_verdict *v)
{
    const enum ratls_err due = is_inside(now) ? RATLS_OK : w->e;

    cr_expect_eq(ratls_verdict_code(v), due, "%s at %+lld: %s (%s)", w->what,
                 (long long)(now - NOW), ratls_verdict_reason(v), ratls_verdict_detail(v));
    cr_expect(!due || strstr(ratls_verdict_detail(v), w->what), "%s: %s", w->what,
              ratls_verdict_detail(v));
    if (!due) {
        cr_expect_eq(ratls_verdict_expires(v), END, "%s", w->what);
        cr_assert(claim_of(v, "collateral_expires"));
        cr_expect_eq(claim_of(v, "collateral_expires")->number, END, "%s", w->what);
    }
    ratls_verdict_unref(v);
}

/* C9, D7, D8, E1, B9 */
static void try_given(bool sgx)
{
    for (size_t i = 0; i < RT_COUNT(windows); i++) {
        make(&windows[i], sgx);
        struct ratls_trust *t = dcap_trust(&p);
        for (size_t k = 0; k < RT_COUNT(times); k++)
            expect(&windows[i], times[k], platform_judge(&p, t, times[k]));
        ratls_trust_unref(t);
    }
}

Test(dcap_dates, every_window_counts_for_tdx)
{
    try_given(false);
}

Test(dcap_dates, every_window_counts_for_sgx)
{
    try_given(true);
}

static struct ratls_verdict *judge_kept(const struct ratls_trust *t, int64_t now)
{
    return dcap_judge(t, (struct ratls_appraisal){.subject = rt_bytes_of(&p.quote), .now = now});
}

/* T139: the same trust is asked again and again while the clock moves, in both directions. The
 * first inside verdict puts the PCK chain into the cache; none before it does. */
Test(dcap_dates, kept_collateral_is_dated_at_every_use)
{
    static const size_t order[] = {0, 4, 2, 4, 0, 1, 3, 2, 4};

    for (size_t i = 0; i < RT_COUNT(windows); i++) {
        make(&windows[i], false);
        struct ratls_trust *t = dcap_trust(&p);
        cr_assert_eq(ratls_trust_add_collateral(t, rt_bytes_of(&p.collateral), &err), RATLS_OK,
                     "%s", err.detail);
        for (size_t k = 0; k < RT_COUNT(order); k++)
            expect(&windows[i], times[order[k]], judge_kept(t, times[order[k]]));
        ratls_trust_unref(t);
    }
}

/* T131 */
Test(dcap_dates, the_reason_names_the_end)
{
    make(&windows[9], false);
    struct ratls_trust *t = dcap_trust(&p);
    struct ratls_verdict *v = platform_judge(&p, t, END + 1);
    cr_expect_str_eq(ratls_verdict_detail(v), "the TCB info was valid until 2025-06-15T15:08:20Z");
    ratls_verdict_unref(v);
    v = platform_judge(&p, t, BEGIN - 1);
    cr_expect_str_eq(ratls_verdict_detail(v), "the TCB info is valid from 2025-06-15T15:05:00Z");
    ratls_verdict_unref(v);
    ratls_trust_unref(t);
}

/* Without revocation the CRLs neither end a verdict nor spoil it; everything else does. */
Test(dcap_dates, without_revocation_the_dates_of_crls_do_not_count)
{
    for (size_t i = 0; i < RT_COUNT(windows); i++) {
        struct ratls_verdict *v;
        make(&windows[i], false);
        struct ratls_trust *t = dcap_trust(&p);
        MUST(ratls_trust_insecure_no_crl(t, &err));
        v = platform_judge(&p, t, END + 1);
        cr_expect_eq(ratls_verdict_code(v), windows[i].is_crl ? RATLS_OK : windows[i].e, "%s: %s",
                     windows[i].what, ratls_verdict_detail(v));
        cr_expect(!windows[i].is_crl || ratls_verdict_expires(v) > END + 1);
        ratls_verdict_unref(v);
        ratls_trust_unref(t);
    }
}

/* ---- the facts for whoever keeps collateral ---- */

Test(dcap_dates, facts_are_the_narrowest_window)
{
    struct ratls_collateral_facts facts;

    for (size_t i = 0; i < RT_COUNT(windows); i++) {
        if (!windows[i].chain && !windows[i].is_document)
            continue;
        make(&windows[i], false);
        struct ratls_trust *t = dcap_trust(&p);
        MUST(ratls_collateral_check(t, p.sgx ? "sgx" : "tdx", rt_bytes_of(&p.collateral), &facts,
                                    &err));
        cr_expect_eq(facts.begins, BEGIN, "%s", windows[i].what);
        cr_expect_eq(facts.expires, END, "%s", windows[i].what);
        ratls_trust_unref(t);
    }
}
