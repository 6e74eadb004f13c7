/* PCK chains: from outside for quotes that carry none, and kept ones, which prove nothing that the
 * next quote would not have to prove. */
#include "dcap_support.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

#include "collateral.h"
#include "registry.h"
#include "tdx.h"
#include "x509.h"

static struct platform p, q;
static struct ratls_trust *t;
static struct ratls_error err;

static void setup(void)
{
    p = q = (struct platform){0};
    platform_make(&(const struct dcap_plan){0}, &p);
    t = dcap_trust(&p);
    err = (struct ratls_error){0};
}

static void teardown(void)
{
    platform_free(&p);
    platform_free(&q);
    ratls_trust_unref(t);
}

TestSuite(dcap_chain, .init = setup, .fini = teardown, .timeout = 120);

static void renew_trust(void)
{
    ratls_trust_unref(t);
    t = dcap_trust(&p);
}

static void make_quote(struct rt_sim_quote_knobs knobs)
{
    ratls_buffer_free(&p.quote);
    platform_quote(&p, &(const struct dcap_plan){.quote = &knobs}, &p.quote);
}

/* ---- A17: certification data of types 1 to 4 ---- */

static struct ratls_buffer chain_of(const struct platform *of)
{
    struct rt_writer w = {0};
    struct ratls_buffer out, pem;

    for (int i = RT_SIM_PCK; i >= RT_SIM_ROOT; i--) {
        MUST(rt_pem_write("CERTIFICATE", rt_bytes_of(&of->pki.der[i]), &pem));
        rt_put_bytes(&w, rt_bytes_of(&pem));
        ratls_buffer_free(&pem);
    }
    MUST(rt_writer_take(&w, &out));
    return out;
}

/* The document with `chain` as its PCK chain. */
static struct ratls_buffer with_chain(const struct ratls_buffer *file,
                                      const struct ratls_buffer *chain)
{
    cJSON *json = cJSON_ParseWithLength((const char *)file->p, file->len);
    char *text = strndup((const char *)chain->p, chain->len);

    cr_assert(cJSON_AddStringToObject(json, "pck_certificate_chain", text));
    struct ratls_buffer out = {.p = (uint8_t *)cJSON_PrintUnformatted(json)};
    out.len = strlen((const char *)out.p);
    free(text);
    cJSON_Delete(json);
    return out;
}

static struct ratls_verdict *judge_with(const struct ratls_buffer *certs,
                                        const struct ratls_buffer *file)
{
    const struct ratls_bytes list = file ? rt_bytes_of(file) : ratls_bytes(NULL, 0);

    return dcap_judge(t, (struct ratls_appraisal){.subject = rt_bytes_of(&p.quote),
                                                  .collateral = &list,
                                                  .n_collateral = file ? 1 : 0,
                                                  .certs = rt_bytes_of(certs)});
}

static const char *const type_names[] = {"", "1 (plain PPID)", "2 (PPID under RSA-2048)",
                                         "3 (PPID under RSA-3072)", "4 (PCK leaf alone)"};

Test(dcap_chain, quotes_without_a_chain_need_one_from_outside)
{
    struct ratls_buffer chain = chain_of(&p), file = with_chain(&p.collateral, &chain);
    const struct ratls_buffer none = {0};

    for (uint16_t type = 1; type <= 4; type++) {
        make_quote((struct rt_sim_quote_knobs){.cert_type = type});
        renew_trust();
        expect_verdict(judge_with(&none, &p.collateral), RATLS_E_CERTIFICATION_TYPE,
                       type_names[type]);
        expect_verdict(judge_with(&none, NULL), RATLS_E_CERTIFICATION_TYPE, type_names[type]);
        expect_verdict(judge_with(&chain, &p.collateral), RATLS_OK, "UpToDate");
        expect_verdict(judge_with(&chain, NULL), RATLS_OK, "not_evaluated");
        expect_verdict(judge_with(&none, &file), RATLS_OK, "UpToDate");
        renew_trust();
        MUST(ratls_trust_add_collateral(t, rt_bytes_of(&file), &err));
        expect_verdict(judge_with(&none, NULL), RATLS_OK, "UpToDate");
        expect_verdict(judge_with(&none, NULL), RATLS_OK, "UpToDate");
    }
    ratls_buffer_free(&chain);
    ratls_buffer_free(&file);
}

/* What binds an outside certificate is the signature on the QE report, and the collateral. */
Test(dcap_chain, a_chain_from_outside_must_be_the_platforms)
{
    struct ratls_buffer chain = chain_of(&p), wrong, file;
    const struct ratls_buffer none = {0};

    const struct rt_sim_pki_knobs same_root = {.under = &p.pki};
    platform_make(&(const struct dcap_plan){.pki = &same_root}, &q);
    wrong = chain_of(&q);
    file = with_chain(&p.collateral, &wrong);
    for (uint16_t type = 1; type <= 4; type++) {
        make_quote((struct rt_sim_quote_knobs){.cert_type = type});
        expect_verdict(judge_with(&wrong, NULL), RATLS_E_EVIDENCE_QE, "not signed by the PCK");
        expect_verdict(judge_with(&none, &file), RATLS_E_EVIDENCE_QE, "not signed by the PCK");
        expect_verdict(judge_with(&chain, &file), RATLS_OK, "UpToDate");
    }
    make_quote((struct rt_sim_quote_knobs){.cert_type = 5});
    expect_verdict(judge_with(&wrong, &p.collateral), RATLS_OK, "UpToDate"); /* it has its own */
    ratls_buffer_free(&chain);
    ratls_buffer_free(&wrong);
    ratls_buffer_free(&file);
}

Test(dcap_chain, of_several_documents_the_right_chain_is_found)
{
    struct ratls_buffer chain = chain_of(&p), wrong, files[3];

    platform_make(&(const struct dcap_plan){.pki = &(struct rt_sim_pki_knobs){.under = &p.pki}},
                  &q);
    wrong = chain_of(&q);
    files[0] = with_chain(&p.collateral, &wrong);
    files[1] = with_chain(&p.collateral, &chain);
    memset(wrong.p, 'A', wrong.len);
    files[2] = with_chain(&p.collateral, &wrong);
    make_quote((struct rt_sim_quote_knobs){.cert_type = 1});
    for (size_t first = 0; first < RT_COUNT(files); first++) {
        struct ratls_bytes list[RT_COUNT(files)];
        for (size_t i = 0; i < RT_COUNT(files); i++)
            list[i] = rt_bytes_of(&files[(first + i) % RT_COUNT(files)]);
        const struct ratls_appraisal a = {
            .subject = rt_bytes_of(&p.quote), .collateral = list, .n_collateral = RT_COUNT(files)};
        expect_verdict(dcap_judge(t, a), RATLS_OK, "UpToDate");
    }
    for (size_t i = 0; i < RT_COUNT(files); i++)
        ratls_buffer_free(&files[i]);
    ratls_buffer_free(&wrong);
    ratls_buffer_free(&chain);
}

/* A16: whatever chain is at hand. */
Test(dcap_chain, unknown_types_are_refused)
{
    static const uint16_t types[] = {6, 7, 8, 256, 261, 65535};
    struct ratls_buffer chain = chain_of(&p);

    for (size_t i = 0; i < RT_COUNT(types); i++) {
        make_quote((struct rt_sim_quote_knobs){.cert_type = types[i]});
        expect_verdict(judge_with(&chain, &p.collateral), RATLS_E_CERTIFICATION_TYPE,
                       "of unknown type");
    }
    make_quote((struct rt_sim_quote_knobs){.cert_type = 5});
    p.quote.p[1252] = 0; /* nobody signed the type */
    expect_verdict(judge_with(&chain, &p.collateral), RATLS_E_CERTIFICATION_TYPE,
                   "of unknown type 0");
    ratls_buffer_free(&chain);
}

/* T128 */
Test(dcap_chain, a_chain_from_outside_is_held_to_the_same_form)
{
    struct ratls_buffer chain = chain_of(&p), huge;
    struct rt_writer w = {0};

    make_quote((struct rt_sim_quote_knobs){.cert_type = 1});
    while (w.len < 1024 * 1024)
        rt_put_bytes(&w, rt_bytes_of(&chain));
    MUST(rt_writer_take(&w, &huge));
    expect_verdict(judge_with(&huge, &p.collateral), RATLS_E_EVIDENCE_CHAIN, "more than 3");
    memset(huge.p, 'A', huge.len);
    expect_verdict(judge_with(&huge, &p.collateral), RATLS_E_EVIDENCE_CHAIN, "0 PEM certificates");
    memcpy(huge.p, "-----BEGIN CERTIFICATE-----\n", 28);
    expect_verdict(judge_with(&huge, &p.collateral), RATLS_E_EVIDENCE_CHAIN, "malformed PEM");
    ratls_buffer_free(&huge);
    ratls_buffer_free(&chain);
}

Test(dcap_chain, the_chain_of_a_document_is_a_text)
{
    static const struct {
        const char *json;
        enum ratls_err e;
        const char *why;
    } rows[] = {
        {"null", RATLS_E_CERTIFICATION_TYPE, "1 (plain PPID)"},
        {"\"\"", RATLS_E_CERTIFICATION_TYPE, "1 (plain PPID)"},
        {"7", RATLS_E_COLLATERAL_FORMAT, "pck_certificate_chain is no text"},
        {"\"chain\"", RATLS_E_EVIDENCE_CHAIN, "0 PEM certificates"},
    };
    struct ratls_buffer chain = chain_of(&p), file = with_chain(&p.collateral, &chain);
    const struct ratls_buffer none = {0};

    make_quote((struct rt_sim_quote_knobs){.cert_type = 1});
    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        cJSON *json = cJSON_ParseWithLength((const char *)file.p, file.len);
        cJSON_ReplaceItemInObjectCaseSensitive(json, "pck_certificate_chain",
                                               cJSON_Parse(rows[i].json));
        struct ratls_buffer d = {.p = (uint8_t *)cJSON_PrintUnformatted(json)};
        d.len = strlen((const char *)d.p);
        cJSON_Delete(json);
        struct ratls_verdict *v = judge_with(&none, &d);
        if (rows[i].e == RATLS_E_COLLATERAL_FORMAT) {
            /* without its document there is no chain, which is said first */
            ratls_verdict_unref(v);
            v = judge_with(&chain, &d);
        }
        expect_verdict(v, rows[i].e, rows[i].why);
        ratls_buffer_free(&d);
    }
    ratls_buffer_free(&chain);
    ratls_buffer_free(&file);
}

/* ---- kept chains, at the verifier itself ---- */

static struct ratls_root root;
static struct rt_collateral *kept;
static bool simulated;         /* what the last verify() said */
static uint64_t crl_number[2]; /* likewise, of PCK and root */

static void keep_with(bool no_crl)
{
    struct rt_x509 cert;
    void *prepared;

    MUST(rt_x509_parse(platform_root(&p), &cert, NULL));
    root = (struct ratls_root){.simulated = true};
    MUST(rt_x509_spki_hash(&cert, root.spki_sha256));
    const struct ratls_collateral_input input = {.size = sizeof input,
                                                 .document = rt_bytes_of(&p.collateral),
                                                 .roots = &root,
                                                 .n_roots = 1,
                                                 .insecure_no_crl = no_crl};
    cr_assert_eq(rt_verifier_tdx.collateral_new(&input, &prepared, &err), RATLS_OK, "%s",
                 err.detail);
    kept = prepared;
}

static void keep(void)
{
    keep_with(false);
}

static enum ratls_err verify_with(const void *const *list, size_t n, size_t n_roots)
{
    const struct ratls_verify_input input = {.size = sizeof input,
                                             .evidence = rt_bytes_of(&p.quote),
                                             .roots = &root,
                                             .n_roots = n_roots,
                                             .now = NOW,
                                             .collateral = list,
                                             .n_collateral = n};
    struct ratls_claims *claims = ratls_claims_new();

    err = (struct ratls_error){0};
    enum ratls_err e = rt_verifier_run(&rt_verifier_tdx, &input, claims, &err);
    const struct ratls_claim *c = ratls_claims_get(claims, "simulated");
    simulated = !c || c->number;
    for (size_t i = 0; i < 2; i++) {
        c = ratls_claims_get(claims, i ? "tdx.root_ca_crl_num" : "tdx.pck_crl_num");
        crl_number[i] = c ? c->number : 0;
    }
    ratls_claims_free(claims);
    return e;
}

static enum ratls_err verify(size_t n_roots)
{
    const void *const list[] = {kept};

    return verify_with(list, 1, n_roots);
}

static bool is_kept(void)
{
    struct ratls_buffer pem = chain_of(&p);
    struct rt_kept *c = rt_kept_cache_get(kept->pck_cache, rt_bytes_of(&pem));

    ratls_buffer_free(&pem);
    rt_kept_unref(c);
    return c != NULL;
}

Test(dcap_chain, a_chain_is_kept_after_it_proved_a_whole_quote)
{
    const struct {
        struct rt_sim_quote_knobs quote;
        enum ratls_err e;
    } bad[] = {
        {{.qe_by_stranger = true}, RATLS_E_EVIDENCE_QE},
        {{.qe_names_stranger = true}, RATLS_E_EVIDENCE_QE},
        {{.quote_by_stranger = true}, RATLS_E_EVIDENCE_SIGNATURE},
    };

    keep();
    for (size_t i = 0; i < RT_COUNT(bad); i++) {
        make_quote(bad[i].quote);
        cr_expect_eq(verify(1), bad[i].e, "row %zu", i);
        cr_expect_not(is_kept(), "row %zu", i);
    }
    make_quote((struct rt_sim_quote_knobs){0});
    cr_expect_eq(verify(0), RATLS_E_EVIDENCE_ROOT);
    cr_expect_not(is_kept());
    cr_expect_eq(verify(1), RATLS_OK, "%s", err.detail);
    cr_expect(is_kept());
    for (size_t i = 0; i < RT_COUNT(bad); i++) {
        make_quote(bad[i].quote);
        cr_expect_eq(verify(1), bad[i].e, "row %zu", i);
    }
    rt_collateral_free(kept);
}

/* What would fail to be proven shows that nobody asks; whichever document it was kept with. */
Test(dcap_chain, a_kept_chain_is_not_proven_again)
{
    const struct rt_sim_pki_knobs unsigned_leaf = {.wrong_issuer_key[RT_SIM_PCK] = true};
    struct rt_pck_chain *chain;

    platform_free(&p);
    platform_make(&(const struct dcap_plan){.pki = &unsigned_leaf}, &p);
    keep();
    struct rt_collateral *other = kept;
    keep();
    const void *const list[] = {kept, other}, *const reversed[] = {other, kept};
    cr_expect_eq(verify_with(list, 2, 1), RATLS_E_EVIDENCE_CHAIN);
    struct ratls_buffer pem = chain_of(&p);
    MUST(rt_pck_chain_new(rt_bytes_of(&pem), &chain, &err));
    rt_kept_cache_put(kept->pck_cache, &chain->kept);
    cr_expect_eq(verify_with(list, 2, 1), RATLS_OK, "%s", err.detail);
    cr_expect_eq(verify_with(reversed, 2, 1), RATLS_OK, "%s", err.detail);
    rt_pck_chain_unref(chain);
    ratls_buffer_free(&pem);
    rt_collateral_free(other);
    rt_collateral_free(kept);
}

Test(dcap_chain, nothing_comes_out_of_a_refused_document)
{
    const struct rt_roots roots = {&root, 1};
    struct rt_collateral *out = (struct rt_collateral *)&p;

    cr_expect_eq(rt_collateral_new(ratls_bytes_str("{"), roots, false, &out, NULL),
                 RATLS_E_COLLATERAL_FORMAT);
    cr_expect_null(out);
    struct rt_pck_chain *chain = (struct rt_pck_chain *)&p;
    cr_expect_eq(rt_pck_chain_new(ratls_bytes_str("x"), &chain, NULL), RATLS_E_EVIDENCE_CHAIN);
    cr_expect_null(chain);
}

/* Roots are those of the question, not those of the time when the chain was kept. */
Test(dcap_chain, a_kept_chain_needs_its_root)
{
    keep();
    cr_assert_eq(verify(1), RATLS_OK);
    cr_expect(is_kept() && simulated);
    cr_expect_eq(verify(0), RATLS_E_EVIDENCE_ROOT);
    root.simulated = false;
    cr_expect_eq(verify(1), RATLS_OK);
    cr_expect(simulated, "the root has its mark");
    root.spki_sha256[31] ^= 1;
    cr_expect_eq(verify(1), RATLS_E_EVIDENCE_ROOT);
    rt_collateral_free(kept);
}

Test(dcap_chain, a_kept_chain_may_be_revoked)
{
    platform_renew(&p, (struct rt_sim_collateral_knobs){.revoke_pck = true});
    keep();
    for (int i = 0; i < 3; i++)
        cr_expect_eq(verify(1), RATLS_E_REVOKED, "%s", err.detail);
    rt_collateral_free(kept);
}

/* The chain of one platform is no key to another, and none is kept for collateral of others. */
Test(dcap_chain, a_chain_is_kept_for_fitting_collateral_alone)
{
    platform_renew(&p, (struct rt_sim_collateral_knobs){.fmspc = "00906EA10000"});
    keep();
    cr_expect_eq(verify(1), RATLS_E_COLLATERAL_MISMATCH);
    cr_expect_not(is_kept());
    rt_collateral_free(kept);
}

/* C4, D12, D13: the CA by name and by key, the platform by every byte. */
Test(dcap_chain, collateral_is_of_this_platform_and_this_ca)
{
    keep();
    cr_expect_eq(verify(1), RATLS_OK);
    const struct rt_collateral good = *kept;
    for (size_t i = 0; i < sizeof good.tcb.fmspc; i++) {
        kept->tcb.fmspc[i] ^= 1;
        cr_expect_eq(verify(1), RATLS_E_COLLATERAL_MISMATCH);
        cr_expect(strstr(err.detail, "FMSPC"), "%s", err.detail);
        kept->tcb.fmspc[i] ^= 1;
    }
    for (size_t i = 0; i < sizeof good.tcb.pce_id; i++) {
        kept->tcb.pce_id[i] ^= 1;
        cr_expect_eq(verify(1), RATLS_E_COLLATERAL_MISMATCH);
        cr_expect(strstr(err.detail, "PCE"), "%s", err.detail);
        kept->tcb.pce_id[i] ^= 1;
    }
    kept->crl_issuer.certs[0].subject = kept->tcb_signer.certs[0].subject;
    cr_expect_eq(verify(1), RATLS_E_COLLATERAL_MISMATCH, "another name");
    kept->crl_issuer.certs[0].subject = good.crl_issuer.certs[0].subject;
    kept->crl_issuer.certs[0].spki = kept->tcb_signer.certs[0].spki;
    cr_expect_eq(verify(1), RATLS_E_COLLATERAL_MISMATCH, "another key");
    kept->crl_issuer.certs[0].spki = good.crl_issuer.certs[0].spki;
    cr_expect_eq(verify(1), RATLS_OK);
    rt_collateral_free(kept);
}

/* What is kept takes one place, however often it is used. */
Test(dcap_chain, a_chain_is_kept_once)
{
    keep();
    cr_expect_eq(verify(1), RATLS_OK);
    make_quote((struct rt_sim_quote_knobs){.chain_tail = ratls_bytes(" ", 1)});
    for (size_t i = 0; i < RT_KEPT_MAX + 1; i++)
        cr_expect_eq(verify(1), RATLS_OK);
    cr_expect(is_kept(), "the first one made room");
    rt_collateral_free(kept);
}

/* C10: who made it without CRLs cannot use it with revocation. */
Test(dcap_chain, collateral_without_crls_is_missing_some)
{
    platform_renew(&p, (struct rt_sim_collateral_knobs){.without = "root_ca_crl"});
    keep_with(true);
    cr_expect_eq(verify(1), RATLS_E_COLLATERAL_MISSING);
    cr_expect(strstr(err.detail, "the CRLs are missing"), "%s", err.detail);
    rt_collateral_free(kept);
}

/* Numbers of several bytes, big endian. */
Test(dcap_chain, numbers_of_crls_are_read_as_numbers)
{
    static const uint8_t one[] = {0xff, 0x01, 0x80}, other[] = {0x02, 0, 0, 0, 0, 0, 0, 0x03};

    keep();
    kept->pck_crl.number = ratls_bytes(one, sizeof one);
    kept->root_crl.number = ratls_bytes(other, sizeof other);
    cr_expect_eq(verify(1), RATLS_OK, "%s", err.detail);
    cr_expect_eq(crl_number[0], 0xff0180);
    cr_expect_eq(crl_number[1], 0x0200000000000003);
    rt_collateral_free(kept);
}

/* ---- T137: (r, n - s) verifies as well ---- */

/* s becomes n - s, n the order of P-256. */
static void make_twin(uint8_t s[32])
{
    static const uint8_t n[32] = {0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff,
                                  0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17,
                                  0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};
    int borrow = 0;

    for (int i = 31; i >= 0; i--) {
        const int d = n[i] - s[i] - borrow;
        borrow = d < 0;
        s[i] = (uint8_t)(d + 256 * borrow);
    }
}

/* Nothing goes by the bytes of a signature: the twin is the same quote of the same platform, and
 * what it says is signed all the same. */
Test(dcap_chain, the_twin_of_a_signature_changes_nothing)
{
    static const size_t at[] = {636 + 32, 1154 + 32}; /* of the quote, of the QE report */

    keep();
    for (size_t i = 0; i < RT_COUNT(at); i++) {
        make_twin(p.quote.p + at[i]);
        cr_expect_eq(verify(1), RATLS_OK, "%s", err.detail);
        p.quote.p[568] ^= 1; /* report data */
        cr_expect_eq(verify(1), RATLS_E_EVIDENCE_SIGNATURE);
        p.quote.p[568] ^= 1;
    }
    rt_collateral_free(kept);
}

/* ---- the built-in root ---- */

/* Held against Intel's certificate itself where the vectors are: intel_vectors_test.c. */
Test(dcap_chain, the_pin_is_the_one_written_down)
{
    char hex[2 * 32 + 1];

    cr_assert_eq(RT_INTEL_PINS, 1);
    rt_hex(ratls_bytes(rt_intel_pins[0], 32), hex);
    cr_expect_str_eq(hex, "a0af031289f5d5d4132f9186068a7fc13628633ba235777472e29b6b6c67a49e");
}
