/* The claim `evidence_keys`: one digest for each key, and which keys a DCAP verdict rests on. */
#include "evidence_keys.h"

#include "dcap_support.h"
#include "dcap_verify.h"
#include "evidence_keys_support.h"

static struct platform p;
static struct ratls_trust *t;
static struct ratls_error err;

static void setup(void)
{
    p = (struct platform){0};
    platform_make(&(const struct dcap_plan){0}, &p);
    t = dcap_trust(&p);
}

static void teardown(void)
{
    platform_free(&p);
    ratls_trust_unref(t);
}

/* ---- the list ---- */

Test(evidence_keys, are_digests_in_order_each_once)
{
    const struct ratls_bytes none = ratls_bytes(NULL, 0), a = ratls_bytes_str("a"),
                             b = ratls_bytes_str("b");
    const struct ratls_bytes keys[] = {b, none, a, b, a};
    const struct key_digest due[] = {digest_of(b), digest_of(a)};
    struct ratls_claims *claims = ratls_claims_new();

    MUST(rt_claim_evidence_keys(claims, (struct rt_spki_list){keys, RT_COUNT(keys)}, NULL));
    MUST(ratls_claims_status(claims));
    expect_evidence_keys(claims, due, RT_COUNT(due));
    ratls_claims_free(claims);
}

/* ---- of Intel's quotes ---- */

TestSuite(dcap_evidence_keys, .init = setup, .fini = teardown, .timeout = 120);

static struct key_digest attestation_key(const struct ratls_buffer *quote)
{
    struct rt_writer w = {0};
    struct rt_quote q;

    MUST(rt_quote_parse(rt_bytes_of(quote), RT_QUOTE_TEE_TDX, &q, &err));
    rt_put_spki(&w, RT_P256, q.sig.ak);
    const struct key_digest out = digest_of(rt_written(&w));
    rt_writer_free(&w);
    return out;
}

static struct key_digest signer_of(const struct ratls_buffer *collateral, bool of_qe)
{
    struct ratls_root root = {.simulated = true};
    const struct ratls_collateral_input input = {
        .size = sizeof input, .document = rt_bytes_of(collateral), .roots = &root, .n_roots = 1};
    struct rt_x509 cert;
    void *made = NULL;

    MUST(rt_x509_parse(platform_root(&p), &cert, NULL));
    MUST(rt_x509_spki_hash(&cert, root.spki_sha256));
    MUST(rt_dcap_collateral_new(&input, &made, &err));
    const struct rt_collateral *c = made;
    const struct key_digest out =
        digest_of((of_qe ? &c->qe_signer : &c->tcb_signer)->certs[0].spki);
    rt_dcap_collateral_free(made);
    return out;
}

enum { PCK, CA, ROOT, AK, TCB, QE, KEYS };

static void keys_of(struct key_digest due[KEYS])
{
    due[PCK] = digest_of_cert(&p.pki.der[RT_SIM_PCK]);
    due[CA] = digest_of_cert(&p.pki.der[RT_SIM_CA]);
    due[ROOT] = digest_of_cert(&p.pki.der[RT_SIM_ROOT]);
    due[AK] = attestation_key(&p.quote);
    due[TCB] = signer_of(&p.collateral, false);
    due[QE] = signer_of(&p.collateral, true);
}

static struct ratls_verdict *judge(void)
{
    return dcap_judge(t, (struct ratls_appraisal){.subject = rt_bytes_of(&p.quote)});
}

Test(dcap_evidence_keys, are_those_of_the_chain_and_the_quote)
{
    struct ratls_verdict *v = judge();
    struct key_digest due[KEYS];

    keys_of(due);
    MUST(ratls_verdict_code(v));
    expect_evidence_keys(ratls_verdict_claims(v), due, TCB);
    ratls_verdict_unref(v);
}

/* The chain is proven once and kept; the keys are named every time. */
Test(dcap_evidence_keys, are_also_those_of_the_collateral_that_counted)
{
    const struct rt_sim_pki_knobs another = {0};
    struct key_digest due[KEYS];

    platform_renew(&p, (struct rt_sim_collateral_knobs){.qe_identity.signer.other = &another});
    MUST(ratls_trust_add_collateral(t, rt_bytes_of(&p.collateral), &err));
    keys_of(due);
    cr_assert_str_neq(due[TCB].hex, due[QE].hex);
    for (int i = 0; i < 3; i++) {
        struct ratls_verdict *v = judge();
        cr_expect_eq(ratls_verdict_code(v), RATLS_OK, "%s", ratls_verdict_detail(v));
        expect_evidence_keys(ratls_verdict_claims(v), due, KEYS);
        ratls_verdict_unref(v);
    }
}

Test(dcap_evidence_keys, name_a_signer_of_both_documents_once)
{
    struct ratls_verdict *v = platform_judge(&p, t, NOW);
    struct key_digest due[KEYS];

    keys_of(due);
    cr_assert_str_eq(due[TCB].hex, due[QE].hex);
    MUST(ratls_verdict_code(v));
    expect_evidence_keys(ratls_verdict_claims(v), due, QE);
    ratls_verdict_unref(v);
}

Test(dcap_evidence_keys, are_absent_where_something_was_not_proven)
{
    p.quote.p[100] ^= 1; /* of the body */
    struct ratls_verdict *v = judge();

    cr_expect_eq(ratls_verdict_code(v), RATLS_E_EVIDENCE_SIGNATURE);
    cr_expect_null(claim_of(v, "evidence_keys"));
    ratls_verdict_unref(v);
    p.quote.p[100] ^= 1;
    v = platform_judge(&p, t, NOW + 366 * DAY);
    cr_expect_neq(ratls_verdict_code(v), RATLS_OK);
    cr_expect_null(claim_of(v, "evidence_keys"));
    ratls_verdict_unref(v);
}
