/* The TDX verifier against quotes of the simulated platform. */
#include "flip_support.h"
#include "tdx_support.h"

#include <stdlib.h>

#include "bad_quotes.h"
#include "quote.h"

static struct ratls_buffer quote;
static struct ratls_root root;
static struct tdx_outcome o;

static void teardown(void)
{
    ratls_buffer_free(&quote);
    tdx_outcome_free(&o);
}

TestSuite(tdx_verify, .fini = teardown, .timeout = 300);

static enum ratls_err verify_with(const struct rt_sim_pki_knobs *pki,
                                  const struct rt_sim_quote_knobs *knobs)
{
    teardown();
    tdx_sim_quote(pki, knobs, &quote, &root);
    return tdx_verify(rt_bytes_of(&quote), &root, tdx_now(), &o);
}

static const struct ratls_claim *claim(const char *name)
{
    const struct ratls_claim *c = ratls_claims_get(o.claims, name);

    cr_assert(c, "claim %s", name);
    return c;
}

Test(tdx_verify, accepts_a_quote_of_a_trusted_root)
{
    cr_assert_eq(verify_with(NULL, NULL), RATLS_OK, "%s", o.err.detail);
    cr_assert_str_eq(claim("tee")->text, "tdx");
    cr_assert_str_eq(claim("tcb_status")->text, "not_evaluated");
    cr_assert_eq(claim("advisory_ids")->type, RATLS_CLAIM_LIST);
    cr_assert_eq(claim("advisory_ids")->n_items, 0);
    cr_assert_str_eq(claim("measurement")->text, claim("tdx.mr_td")->text);
    cr_assert_str_eq(claim("platform_id")->text, claim("tdx.ppid")->text);
    cr_assert_eq(strlen(claim("report_data")->text), 128);
    cr_assert(strncmp(claim("report_data")->text, "00010203", 8) == 0);
    cr_assert_str_eq(claim("tdx.td_attributes")->text, "0000001000000000");
    cr_assert_str_eq(claim("tdx.xfam")->text, "e702060000000000");
    cr_assert_eq(claim("tdx.sept_ve_disable")->number, 1);
    cr_assert_eq(claim("tdx.quote_version")->number, 4);
    cr_assert_eq(claim("tdx.trailing_bytes")->number, 0);
}

Test(tdx_verify, shows_the_platform_of_the_pck_certificate)
{
    cr_assert_eq(verify_with(NULL, NULL), RATLS_OK, "%s", o.err.detail);
    cr_assert_str_eq(claim("tdx.fmspc")->text, "5241544c5300");
    cr_assert_str_eq(claim("tdx.pce_id")->text, "0000");
    cr_assert_str_eq(claim("tdx.component_svns")->text, "07090303ffff01000000000000000000");
    cr_assert_eq(claim("tdx.pce_svn")->number, 13);
    cr_assert_str_eq(claim("tdx.sgx_type")->text, "scalable");
    cr_assert_eq(strlen(claim("tdx.platform_instance_id")->text), 32);
    cr_assert_eq(claim("tdx.dynamic_platform")->number, 1);
    cr_assert_eq(claim("tdx.cached_keys")->number, 1);
    cr_assert_eq(claim("tdx.smt_enabled")->number, 0);
    cr_assert_eq(claim("tdx.qe_isv_prod_id")->number, 2);
    cr_assert_str_eq(claim("tdx.qe_mr_signer")->text,
                     "dc9e2a7c6f948f17474e34a7fc43ed030f7c1563f1babddf6340c82e0e54a8c5");
}

Test(tdx_verify, shows_the_dates_of_the_pck_certificate)
{
    const struct rt_sim_pki_knobs dated = {
        .not_before = {[RT_SIM_PCK] = 1700000000},
        .not_after = {[RT_SIM_PCK] = 4000000000},
    };

    cr_assert_eq(verify_with(&dated, NULL), RATLS_OK, "%s", o.err.detail);
    cr_assert_str_eq(claim("tdx.pck_not_before")->text, "2023-11-14T22:13:20Z");
    cr_assert_str_eq(claim("tdx.pck_not_after")->text, "2096-10-02T07:06:40Z");
}

Test(tdx_verify, accepts_the_processor_ca_with_five_entries)
{
    const struct rt_sim_pki_knobs processor = {.processor = true};

    cr_assert_eq(verify_with(&processor, NULL), RATLS_OK, "%s", o.err.detail);
    cr_assert_null(ratls_claims_get(o.claims, "tdx.platform_instance_id"));
    cr_assert_null(ratls_claims_get(o.claims, "tdx.smt_enabled"));
    cr_assert_not_null(ratls_claims_get(o.claims, "tdx.component_svns"));
}

/* Legal variants of the format. */
Test(tdx_verify, accepts_empty_authentication_data)
{
    const struct rt_sim_quote_knobs knobs = {.no_auth = true};

    cr_assert_eq(verify_with(NULL, &knobs), RATLS_OK, "%s", o.err.detail);
}

Test(tdx_verify, accepts_one_nul_and_white_space_behind_the_chain)
{
    const struct rt_sim_quote_knobs knobs = {.chain_tail = TAIL("\n \0\r\n")};

    cr_assert_eq(verify_with(NULL, &knobs), RATLS_OK, "%s", o.err.detail);
}

Test(tdx_verify, counts_trailing_bytes)
{
    const struct rt_sim_quote_knobs knobs = {.trailing_len = 70};

    cr_assert_eq(verify_with(NULL, &knobs), RATLS_OK, "%s", o.err.detail);
    cr_assert_eq(claim("tdx.trailing_bytes")->number, 70);
}

/* T21, T128, T140 and each check of the chain, the QE and the quote. */
Test(tdx_verify, refuses_each_flaw_with_its_reason)
{
    for (size_t i = 0; i < RT_COUNT(bad_quotes); i++) {
        const struct bad_quote *b = &bad_quotes[i];
        enum ratls_err e = verify_with(&b->pki, &b->quote);
        cr_expect_eq(e, b->e, "%s: %s (%s)", b->name, ratls_err_reason(e), o.err.detail);
        cr_expect(strstr(o.err.detail, b->detail), "%s: %s", b->name, o.err.detail);
    }
}

/* ---- roots ---- */

/* T21, T128: a chain with Intel's names under a root of one's own. */
Test(tdx_verify, refuses_an_attackers_root_with_intels_names)
{
    const struct rt_sim_pki_knobs intel = {.organization = "Intel Corporation",
                                           .name[RT_SIM_ROOT] = "Intel SGX Root CA"};
    struct ratls_root pinned = {0};

    (void)verify_with(&intel, NULL);
    memcpy(pinned.spki_sha256, rt_verifier_tdx.pins[0], sizeof pinned.spki_sha256);
    cr_assert_eq(tdx_verdict(rt_bytes_of(&quote), &pinned, tdx_now()), RATLS_E_EVIDENCE_ROOT);
}

Test(tdx_verify, refuses_without_roots)
{
    const struct ratls_verify_input none = {.size = sizeof none, .now = tdx_now()};
    struct ratls_verify_input input = none;

    (void)verify_with(NULL, NULL);
    input.evidence = rt_bytes_of(&quote);
    cr_assert_eq(rt_verifier_tdx.verify(&input, o.claims, NULL), RATLS_E_EVIDENCE_ROOT);
}

Test(tdx_verify, refuses_an_ima_log)
{
    struct ratls_verify_input input = {.size = sizeof input, .now = tdx_now(), .roots = &root};

    (void)verify_with(NULL, NULL);
    input.n_roots = 1;
    input.evidence = rt_bytes_of(&quote);
    input.ima_log = ratls_bytes_str("");
    cr_assert_eq(rt_verifier_tdx.verify(&input, o.claims, NULL), RATLS_E_EVENT_LOG);
}

Test(tdx_verify, compares_the_whole_pin)
{
    (void)verify_with(NULL, NULL);
    for (size_t i = 0; i < sizeof root.spki_sha256; i++) {
        root.spki_sha256[i] ^= 1;
        cr_expect_eq(tdx_verdict(rt_bytes_of(&quote), &root, tdx_now()), RATLS_E_EVIDENCE_ROOT);
        root.spki_sha256[i] ^= 1;
    }
}

/* T32: both marks count, each by itself. */
Test(tdx_verify, says_simulated_by_configuration_or_by_the_roots_mark)
{
    const struct rt_sim_pki_knobs unmarked = {.organization = "Intel Corporation"};
    static const struct {
        bool marked, configured, simulated;
    } rows[] = {
        {true, true, true}, {true, false, true}, {false, true, true}, {false, false, false}};

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        (void)verify_with(rows[i].marked ? NULL : &unmarked, NULL);
        tdx_outcome_free(&o);
        root.simulated = rows[i].configured;
        cr_assert_eq(tdx_verify(rt_bytes_of(&quote), &root, tdx_now(), &o), RATLS_OK, "row %zu: %s",
                     i, o.err.detail);
        cr_expect_eq(claim("simulated")->number, rows[i].simulated, "row %zu", i);
    }
}

/* ---- time ---- */

Test(tdx_verify, judges_dates_by_the_time_given)
{
    (void)verify_with(NULL, NULL);
    cr_assert_eq(tdx_verdict(rt_bytes_of(&quote), &root, 1577836799), RATLS_E_EVIDENCE_TIME);
    cr_assert_eq(tdx_verdict(rt_bytes_of(&quote), &root, 2524608000), RATLS_E_EVIDENCE_TIME);
    cr_assert_eq(tdx_verdict(rt_bytes_of(&quote), &root, tdx_now() + 8LL * 366 * 86400),
                 RATLS_E_EVIDENCE_TIME, "the leaf lives seven years");
}

/* ---- attributes ---- */

/* T27, and the other bits that policy looks at. */
static const struct {
    uint64_t bit;
    const char *name;
} attributes[] = {
    {1ULL << 27, "tdx.lass"},       {1ULL << 0, "tdx.debug"}, {1ULL << 28, "tdx.sept_ve_disable"},
    {1ULL << 29, "tdx.migratable"}, {1ULL << 30, "tdx.pks"},  {1ULL << 31, "tdx.kl"},
    {1ULL << 63, "tdx.perfmon"},
};

Test(tdx_verify, shows_td_attributes_bit_by_bit)
{
    struct rt_sim_pki pki;
    struct rt_sim_td td;

    cr_assert_eq(rt_sim_pki_make(ratls_env_system(), NULL, &pki, NULL), RATLS_OK);
    root = tdx_root_of(&pki, true);
    for (size_t i = 0; i < 2 * RT_COUNT(attributes); i++) {
        uint64_t bit = attributes[i / 2].bit;
        rt_sim_td_usual(&td);
        td.td_attributes = i % 2 ? bit : ~bit;
        teardown();
        cr_assert_eq(rt_sim_tdx_quote(ratls_env_system(), &pki, &td, NULL, &quote), RATLS_OK);
        cr_assert_eq(tdx_verify(rt_bytes_of(&quote), &root, tdx_now(), &o), RATLS_OK);
        cr_expect_eq(claim(attributes[i / 2].name)->number, i % 2, "%s", attributes[i / 2].name);
    }
    rt_sim_pki_free(&pki);
}

/* T27: TUD, "TD under debug", is eight bits. */
Test(tdx_verify, every_bit_of_the_debug_group_is_debug)
{
    struct rt_sim_pki pki;
    struct rt_sim_td td;

    cr_assert_eq(rt_sim_pki_make(ratls_env_system(), NULL, &pki, NULL), RATLS_OK);
    root = tdx_root_of(&pki, true);
    for (unsigned bit = 0; bit < 64; bit++) {
        rt_sim_td_usual(&td);
        td.td_attributes = UINT64_C(1) << bit;
        teardown();
        cr_assert_eq(rt_sim_tdx_quote(ratls_env_system(), &pki, &td, NULL, &quote), RATLS_OK);
        cr_assert_eq(tdx_verify(rt_bytes_of(&quote), &root, tdx_now(), &o), RATLS_OK);
        cr_expect_eq(claim("debug")->number, bit < 8, "bit %u", bit);
    }
    rt_sim_pki_free(&pki);
}

/* ---- describe ---- */

Test(tdx_verify, describe_shows_the_same_claims)
{
    struct ratls_claims *shown = ratls_claims_new();

    cr_assert_eq(verify_with(NULL, NULL), RATLS_OK);
    cr_assert_eq(rt_verifier_tdx.describe(rt_bytes_of(&quote), shown, NULL), RATLS_OK);
    cr_assert_eq(ratls_claims_count(shown), ratls_claims_count(o.claims) - 2,
                 "only a verdict ends and rests on keys: collateral_expires, evidence_keys");
    for (size_t i = 0; i < ratls_claims_count(shown); i++) {
        const struct ratls_claim *a = ratls_claims_at(shown, i);
        const struct ratls_claim *b = claim(a->name);
        cr_expect_eq(a->type, b->type, "%s", a->name);
        cr_expect_eq(a->number, b->number, "%s", a->name);
        cr_expect(!a->text || strcmp(a->text, b->text) == 0, "%s", a->name);
    }
    ratls_claims_free(shown);
}

Test(tdx_verify, describe_works_without_a_chain)
{
    const struct rt_sim_quote_knobs knobs = {.cert_type = 3};
    struct ratls_claims *shown = ratls_claims_new();

    (void)verify_with(NULL, &knobs);
    cr_assert_eq(rt_verifier_tdx.describe(rt_bytes_of(&quote), shown, NULL), RATLS_OK);
    cr_assert_not_null(ratls_claims_get(shown, "tdx.mr_td"));
    cr_assert_null(ratls_claims_get(shown, "simulated"));
    ratls_claims_free(shown);
}

Test(tdx_verify, describe_shows_the_rest_when_the_chain_is_malformed)
{
    const struct rt_sim_quote_knobs knobs = {.der_chain = true};
    struct ratls_claims *shown = ratls_claims_new();

    (void)verify_with(NULL, &knobs);
    cr_assert_eq(rt_verifier_tdx.describe(rt_bytes_of(&quote), shown, NULL), RATLS_OK);
    cr_assert_not_null(ratls_claims_get(shown, "tdx.mr_td"));
    cr_assert_str_eq(ratls_claims_get(shown, "tdx.pck_chain")->text, "malformed");
    ratls_claims_free(shown);
}

/* The PCK chain ends one day. */
Test(tdx_verify, ends_with_the_chain_when_there_is_no_collateral)
{
    const int64_t end = tdx_now() + 3600;
    const struct rt_sim_pki_knobs pki = {.not_after[RT_SIM_CA] = end};

    cr_assert_eq(verify_with(&pki, NULL), RATLS_OK);
    cr_expect_eq(claim("collateral_expires")->number, end);
}

/* ---- T19: every single bit counts ---- */

Test(tdx_verify, refuses_every_flipped_bit)
{
    int64_t now = tdx_now();
    size_t accepted = 0;

    cr_assert_eq(verify_with(NULL, NULL), RATLS_OK);
    for (size_t bit = 0; bit < 8 * quote.len; bit += FLIP_STEP) {
        quote.p[bit / 8] ^= (uint8_t)(1U << bit % 8);
        if (tdx_verdict(rt_bytes_of(&quote), &root, now) == RATLS_OK) {
            accepted++;
            cr_expect(false, "byte %zu bit %zu", bit / 8, bit % 8);
        }
        quote.p[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    cr_assert_eq(accepted, 0);
    cr_assert_eq(tdx_verdict(rt_bytes_of(&quote), &root, now), RATLS_OK,
                 "the quote is whole again");
}

/* T20, T154 */
Test(tdx_verify, refuses_truncation_at_every_length)
{
    int64_t now = tdx_now();

    cr_assert_eq(verify_with(NULL, NULL), RATLS_OK);
    for (size_t len = 0; len < quote.len; len++) {
        uint8_t *cut = malloc(len + 1); /* so that a sanitizer sees any read behind it */
        memcpy(cut, quote.p, len);
        cut = realloc(cut, len ? len : 1);
        enum ratls_err e = tdx_verdict(ratls_bytes(cut, len), &root, now);
        cr_expect_eq(e, RATLS_E_EVIDENCE_FORMAT, "%zu bytes: %s", len, ratls_err_reason(e));
        free(cut);
    }
}
