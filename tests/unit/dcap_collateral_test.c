/* Collateral with one flaw each is refused with its reason, for TDX and for SGX, given for one
 * appraisal and kept in the trust; variants that are right give their status. */
#include "dcap_support.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

#include "bad_collateral.h"
#include "good_collateral.h"

static struct platform p;
static struct ratls_error err;

static void setup(void)
{
    p = (struct platform){0};
    err = (struct ratls_error){0};
}

static void teardown(void)
{
    platform_free(&p);
}

TestSuite(dcap_collateral, .init = setup, .fini = teardown, .timeout = 120);

/* The outcome with the document given, and kept in the trust from before. */
static struct ratls_verdict *judge(bool kept)
{
    struct ratls_trust *t = dcap_trust(&p);
    struct ratls_verdict *v = NULL;
    enum ratls_err e = RATLS_OK;

    err = (struct ratls_error){0};
    if (kept)
        e = ratls_trust_add_collateral(t, rt_bytes_of(&p.collateral), &err);
    cr_expect_eq(e, err.code, "%s, but %s", ratls_err_reason(e), err.detail);
    if (!kept)
        v = platform_judge(&p, t, NOW);
    else if (e == RATLS_OK)
        v = dcap_judge(t, (struct ratls_appraisal){.subject = rt_bytes_of(&p.quote)});
    if (v && ratls_verdict_code(v))
        (void)ratls_fail(&err, ratls_verdict_code(v), "%s", ratls_verdict_detail(v));
    ratls_trust_unref(t);
    return v;
}

/* ---- refused ---- */

static void expect_refusal(const struct bad_collateral *row, bool kept)
{
    ratls_verdict_unref(judge(kept));
    cr_expect_eq(err.code, row->e, "%s, %s, %s: %s (%s)", p.sgx ? "SGX" : "TDX", row->name,
                 kept ? "kept" : "given", ratls_err_reason(err.code), err.detail);
    cr_expect(strstr(err.detail, row->detail), "%s: %s", row->name, err.detail);
}

/* False when this flaw cannot be made for this kind of TEE. */
static bool refuses(const struct bad_collateral *row, bool sgx)
{
    const struct dcap_plan plan = {.sgx = sgx,
                                   .pki = &row->pki,
                                   .quote = &row->quote,
                                   .td = row->td,
                                   .collateral = row->collateral};
    bool made = platform_try(&plan, &p);

    if (made) {
        expect_refusal(row, false);
        expect_refusal(row, true);
    }
    platform_free(&p);
    return made;
}

Test(dcap_collateral, refuses_each_flaw_for_tdx)
{
    for (size_t i = 0; i < RT_COUNT(bad_collateral); i++)
        cr_expect(refuses(&bad_collateral[i], false), "%s cannot be made", bad_collateral[i].name);
}

static bool is_of_module(const struct rt_sim_collateral_knobs *k)
{
    return k->module_id || k->module_mr_signer || k->module_attributes ||
           k->module_attributes_mask || k->module_status || k->no_module_identities ||
           k->miss_module_svn;
}

/* Flaws of members that SGX has not, or that are named by what they are for TDX. */
static bool is_of_tdx(const struct bad_collateral *row)
{
    const struct rt_sim_collateral_knobs *k = &row->collateral;

    return row->td || is_of_module(k) || k->miss_tdx_component || k->n_tdx_components ||
           k->tcb_info_version == 2 || k->sgx || k->qe_id || k->qe_prod_id == 1 ||
           strstr(row->detail, "is TDX");
}

Test(dcap_collateral, refuses_each_flaw_for_sgx)
{
    size_t n = 0;

    for (size_t i = 0; i < RT_COUNT(bad_collateral); i++)
        if (!is_of_tdx(&bad_collateral[i]))
            n += refuses(&bad_collateral[i], true);
    cr_expect_geq(n, 180, "%zu", n);
}

/* What SGX has instead. */
Test(dcap_collateral, refuses_what_belongs_to_tdx_for_sgx)
{
    static const struct bad_collateral rows[] = {
        ROW("tcb-info-of-tdx", COLLATERAL_MISMATCH, "of TDX", .sgx = true),
        ROW("qe-of-tdx", QE_IDENTITY, "not one of SGX", .qe_id = "TD_QE"),
        ROW("qe-of-qve", QE_IDENTITY, "not one of SGX", .qe_id = "QVE"),
        ROW("product-of-tdx", QE_IDENTITY, "ISVPRODID", .qe_prod_id = 2),
        TCB_INFO("sgx-with-module", "'tdxModule' does not belong to SGX", "\"tcbType\":0",
                 "\"tcbType\":0,\"tdxModule\":{}"),
        TCB_INFO("sgx-with-identities", "'tdxModuleIdentities' does not belong", "\"tcbType\":0",
                 "\"tcbType\":0,\"tdxModuleIdentities\":[]"),
        TCB_INFO("sgx-with-components", "'tdxtcbcomponents' does not belong", "\"pcesvn\":13",
                 "\"pcesvn\":13,\"tdxtcbcomponents\":[]"),
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++)
        cr_expect(refuses(&rows[i], true), "%s cannot be made", rows[i].name);
}

/* ---- taken ---- */

static void expect_status(const struct good_collateral *row, bool kept)
{
    char advisories[512];
    struct ratls_verdict *v = judge(kept);

    cr_assert(v && ratls_verdict_allowed(v), "%s: %s (%s)", row->name, ratls_err_reason(err.code),
              err.detail);
    advisories_of(v, advisories, sizeof advisories);
    cr_expect_str_eq(ratls_verdict_tcb_status(v), row->tcb_status, "%s", row->name);
    cr_expect_str_eq(advisories, row->advisories, "%s", row->name);
    cr_expect(ratls_verdict_simulated(v));
    ratls_verdict_unref(v);
}

static bool takes(const struct good_collateral *row, bool sgx)
{
    const struct dcap_plan plan = {.sgx = sgx, .td = row->td, .collateral = row->collateral};
    bool made = platform_try(&plan, &p);

    if (made) {
        expect_status(row, false);
        expect_status(row, true);
    }
    platform_free(&p);
    return made;
}

Test(dcap_collateral, comes_to_each_status_for_tdx)
{
    for (size_t i = 0; i < RT_COUNT(good_collateral); i++)
        cr_expect(takes(&good_collateral[i], false), "%s", good_collateral[i].name);
}

Test(dcap_collateral, comes_to_each_status_for_sgx)
{
    size_t n = 0;

    for (size_t i = 0; i < RT_COUNT(good_collateral); i++) {
        const struct good_collateral *row = &good_collateral[i];
        if (!row->td && !row->collateral.module_status)
            n += takes(row, true);
    }
    cr_expect_geq(n, 20, "%zu", n);
}

Test(dcap_collateral, comes_to_a_status_by_version_2_for_sgx)
{
    static const struct good_collateral rows[] = {
        GOOD("version-2", UP_TO_DATE, "", .tcb_info_version = 2),
        GOOD("version-2-shuffled", CONFIG, OF_TCB, .tcb_info_version = 2, .shuffled = true,
             .tcb_status = CONFIG),
        GOOD("version-2-with-id", UP_TO_DATE, "", .tcb_info_version = 2,
             .tcb_info.edit = {{"\"version\":2", "\"id\":\"SGX\",\"version\":2"}}),
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++)
        cr_expect(takes(&rows[i], true), "%s", rows[i].name);
}

/* Every layout of quote under the usual collateral. */
Test(dcap_collateral, every_layout_of_quote_is_up_to_date)
{
    static const struct {
        bool sgx;
        struct rt_sim_quote_knobs quote;
    } rows[] = {
        {true, {.layout = 3}},  {true, {.layout = 4}},
        {true, {.layout = 5}},  {false, {.layout = 4}},
        {false, {.layout = 5}}, {false, {.layout = 5, .td_report_1_5 = true}},
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        const struct dcap_plan plan = {.sgx = rows[i].sgx, .quote = &rows[i].quote};
        struct ratls_verdict *v;
        platform_make(&plan, &p);
        v = judge(false);
        cr_expect(ratls_verdict_allowed(v), "row %zu: %s", i, err.detail);
        cr_expect_str_eq(ratls_verdict_tcb_status(v), "UpToDate", "row %zu", i);
        cr_expect_str_eq(ratls_verdict_tee(v), rows[i].sgx ? "sgx" : "tdx");
        ratls_verdict_unref(v);
        platform_free(&p);
    }
}

/* C4: the CRL of the CA that issued the PCK certificate, whichever of the two it is. */
Test(dcap_collateral, both_pck_cas_have_their_crl)
{
    const struct rt_sim_pki_knobs processor = {.processor = true};

    for (int i = 0; i < 4; i++) {
        const struct dcap_plan plan = {.sgx = i % 2, .pki = i / 2 ? &processor : NULL};
        platform_make(&plan, &p);
        struct ratls_verdict *v = judge(i % 2);
        const struct ratls_claim *ca = claim_of(v, i % 2 ? "sgx.pck_ca" : "tdx.pck_ca");
        cr_expect_str_eq(ca->text, i / 2 ? "processor" : "platform");
        expect_verdict(v, RATLS_OK, "UpToDate");
        platform_free(&p);
    }
}

/* ---- forms of a CRL ---- */

/* The file with another text for one of its CRLs; `text` is borrowed. */
static void replace_crl(const char *member, const char *text)
{
    cJSON *json = cJSON_ParseWithLength((const char *)p.collateral.p, p.collateral.len);

    cJSON_ReplaceItemInObjectCaseSensitive(json, member, cJSON_CreateString(text));
    ratls_buffer_free(&p.collateral);
    p.collateral.p = (uint8_t *)cJSON_PrintUnformatted(json);
    p.collateral.len = strlen((const char *)p.collateral.p);
    cJSON_Delete(json);
}

/* The CRL of the file in PEM, with NUL. */
static struct ratls_buffer crl_pem(const char *member, const char *label)
{
    cJSON *json = cJSON_ParseWithLength((const char *)p.collateral.p, p.collateral.len);
    const char *hex = cJSON_GetObjectItemCaseSensitive(json, member)->valuestring;
    size_t len = strlen(hex) / 2;
    uint8_t *der = malloc(len);
    struct ratls_buffer pem;

    cr_assert(der && rt_unhex(hex, strlen(hex), der, &len));
    MUST(rt_pem_write(label, ratls_bytes(der, len), &pem));
    free(der);
    cJSON_Delete(json);
    return pem;
}

static const char *const crls[] = {"root_ca_crl", "pck_crl"};

Test(dcap_collateral, crls_come_in_pem_as_well)
{
    platform_make(&(const struct dcap_plan){0}, &p);
    for (size_t i = 0; i < RT_COUNT(crls); i++) {
        struct ratls_buffer pem = crl_pem(crls[i], "X509 CRL");
        replace_crl(crls[i], (const char *)pem.p);
        expect_verdict(judge(false), RATLS_OK, "UpToDate");
        ratls_buffer_free(&pem);
    }
    platform_renew(&p, (struct rt_sim_collateral_knobs){.revoke_pck = true});
    struct ratls_buffer pem = crl_pem("pck_crl", "X509 CRL");
    replace_crl("pck_crl", (const char *)pem.p);
    expect_verdict(judge(false), RATLS_E_REVOKED, "the PCK certificate is revoked");
    ratls_buffer_free(&pem);
}

Test(dcap_collateral, crls_come_in_no_other_form)
{
    static const struct {
        const char *text, *why;
    } rows[] = {
        {"-----BEGIN X509 CRL-----\nMAA=\n", "malformed PEM"},
        {"-----BEGIN X509 CRL-----\n!\n-----END X509 CRL-----\n", "malformed PEM"},
        {"-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n", "CRL: malformed structure"},
        {"MAA=", "neither DER nor hex nor PEM"},
        {"", "neither DER nor hex nor PEM"},
        {"0", "malformed structure"},
        {" 3000", "neither DER nor hex nor PEM"},
        {"3000", "CRL: malformed structure"},
    };

    for (size_t i = 0; i < RT_COUNT(crls); i++) {
        for (size_t row = 0; row < RT_COUNT(rows); row++) {
            platform_make(&(const struct dcap_plan){0}, &p);
            replace_crl(crls[i], rows[row].text);
            struct ratls_verdict *v = judge(false);
            cr_expect(strstr(ratls_verdict_detail(v), crls[i]), "%s", ratls_verdict_detail(v));
            expect_verdict(v, RATLS_E_COLLATERAL_FORMAT, rows[row].why);
            platform_free(&p);
        }
        platform_make(&(const struct dcap_plan){0}, &p);
        struct ratls_buffer pem = crl_pem(crls[i], "CERTIFICATE");
        replace_crl(crls[i], (const char *)pem.p);
        expect_verdict(judge(false), RATLS_E_COLLATERAL_FORMAT, "neither DER nor hex nor PEM");
        ratls_buffer_free(&pem);
        platform_free(&p);
    }
}
