/* Revocation lists in a trust: what is taken, and that every verdict of their TEE goes by them,
 * together with those of the call. T23, T129. */
#include "anchors_support.h"
#include "mint_crl.h"
#include "ratls/appraise.h"
#include "virtcca_support.h"

enum { ROOT = RT_SIM_VIRTCCA_ROOT, CA = RT_SIM_VIRTCCA_CA, DEVICE = RT_SIM_VIRTCCA_DEVICE };

static struct ratls_trust *t;
static struct ratls_buffer good, revoking; /* of the CA: nothing, and the device */

/* Issued by one of the chain; `revoked` -1: nothing of it. */
static struct ratls_buffer make_crl(int by, int revoked, int64_t until)
{
    const struct rt_sim_signer *key = &g.plan.keys->key[by];
    struct rt_x509 issuer, cert = {.serial = ratls_bytes("\x01", 1)};
    struct ratls_buffer der = {0};

    MUST(rt_x509_parse(rt_bytes_of(&g.chain.der[by]), &issuer, NULL));
    if (revoked >= 0)
        MUST(rt_x509_parse(rt_bytes_of(&g.chain.der[revoked]), &cert, NULL));
    MUST(rt_mint_crl(ratls_env_system(),
                     &(struct rt_mint_crl){.issuer_key = key->ec,
                                           .issuer_rsa = key->rsa,
                                           .rsa_pkcs1 = key->rsa != NULL,
                                           .issuer_name = issuer.subject,
                                           .this_update = virtcca_now() - 86400,
                                           .next_update = until,
                                           .number = 1,
                                           .serials = &cert.serial,
                                           .n = 1},
                     &der, NULL));
    return der;
}

static void new_trust(void)
{
    ratls_trust_unref(t);
    MUST(ratls_trust_new(ratls_env_system(), &t));
    MUST(ratls_trust_insecure_add_sim_roots(t, rt_bytes_of(&g.chain.der[ROOT]), NULL));
}

static void setup(void)
{
    make_usual();
    good = make_crl(CA, -1, virtcca_now() + 86400);
    revoking = make_crl(CA, DEVICE, virtcca_now() + 86400);
    new_trust();
}

static void end(void)
{
    ratls_trust_unref(t);
    ratls_buffer_free(&good);
    ratls_buffer_free(&revoking);
    teardown();
}

TestSuite(trust_crl, .init = setup, .fini = end, .timeout = 60);

static enum ratls_err add(const char *tee, const struct ratls_buffer *der)
{
    err = (struct ratls_error){0};
    return ratls_trust_add_crl(t, tee, rt_bytes_of(der), &err);
}

/* ---- loading ---- */

Test(trust_crl, is_for_a_tee_that_is_known_and_reads_lists)
{
    static const struct {
        const char *tee;
        enum ratls_err e;
        const char *why;
    } rows[] = {
        {"virtcca", RATLS_OK, ""},
        {"snp", RATLS_OK, ""},
        {"tdx", RATLS_E_UNSUPPORTED, "part of the collateral"},
        {"sgx", RATLS_E_UNSUPPORTED, "part of the collateral"},
        {"cca", RATLS_E_UNSUPPORTED, "no CRL revokes a key of CCA"},
        {"SNP", RATLS_E_UNSUPPORTED, "no verifier is called 'SNP'"},
        {"", RATLS_E_UNSUPPORTED, "no verifier"},
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        cr_expect_eq(add(rows[i].tee, &good), rows[i].e, "%s", rows[i].tee);
        cr_expect(strstr(err.detail, rows[i].why), "%s: %s", rows[i].tee, err.detail);
    }
}

static size_t count(void)
{
    struct rt_anchors_at at;

    MUST(rt_anchors_at(rt_trust_anchors(t), &rt_verifier_virtcca, virtcca_now(), &at));
    const size_t n = at.n_crls;
    rt_anchors_at_free(&at);
    return n;
}

Test(trust_crl, comes_as_der_hex_or_pem_with_several)
{
    struct ratls_buffer pem = {0}, text = {0};
    struct rt_writer w = {0};
    char *hex = rt_hex_new(rt_bytes_of(&good));

    cr_expect_eq(add("virtcca", &good), RATLS_OK);
    cr_expect_eq(count(), 1);
    MUST(ratls_trust_add_crl(t, "virtcca", ratls_bytes_str(hex), NULL));
    cr_expect_eq(count(), 2);
    MUST(rt_pem_write("X509 CRL", rt_bytes_of(&good), &pem));
    rt_put_bytes(&w, rt_bytes_of(&pem));
    rt_put_bytes(&w, rt_bytes_of(&pem));
    MUST(rt_writer_take(&w, &text));
    cr_expect_eq(add("virtcca", &text), RATLS_OK, "%s", err.detail);
    cr_expect_eq(count(), 4);
    free(hex);
    ratls_buffer_free(&pem);
    ratls_buffer_free(&text);
}

Test(trust_crl, is_refused_when_it_is_malformed)
{
    static const char *const rows[] = {
        "",
        "none",
        "3000",
        "-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n",
        "-----BEGIN X509 CRL-----\nMAA=\n",
        "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        cr_expect_eq(ratls_trust_add_crl(t, "virtcca", ratls_bytes_str(rows[i]), &err),
                     RATLS_E_COLLATERAL_FORMAT, "row %zu", i);
        cr_expect_eq(count(), 0, "row %zu", i);
    }
    good.p[good.len - 1] ^= 1; /* the signature's affair, and that of every use */
    cr_expect_eq(add("virtcca", &good), RATLS_OK);
}

/* All of a file or nothing. */
Test(trust_crl, the_second_of_a_file_may_be_the_malformed_one)
{
    struct ratls_buffer pem = {0}, text = {0};
    struct rt_writer w = {0};

    MUST(rt_pem_write("X509 CRL", rt_bytes_of(&good), &pem));
    rt_put_bytes(&w, rt_bytes_of(&pem));
    rt_put_bytes(&w, ratls_bytes_str("-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n"));
    MUST(rt_writer_take(&w, &text));
    cr_expect_eq(add("virtcca", &text), RATLS_E_COLLATERAL_FORMAT);
    cr_expect_eq(count(), 0);
    ratls_buffer_free(&pem);
    ratls_buffer_free(&text);
}

Test(trust_crl, are_bounded_in_number_and_come_before_use)
{
    for (int i = 0; i < RT_MAX_TRUST_CRLS; i++)
        MUST(add("virtcca", &good));
    cr_expect_eq(add("virtcca", &good), RATLS_E_LIMIT);
    cr_expect_eq(add("snp", &good), RATLS_OK, "another's");
    rt_trust_freeze(t);
    cr_expect_eq(add("snp", &good), RATLS_E_STATE);
}

/* ---- judging ---- */

static void expect(const struct ratls_bytes *crls, size_t n, enum ratls_err e)
{
    const struct ratls_appraisal what = {.subject = rt_bytes_of(&g.evidence),
                                         .now = virtcca_now(),
                                         .authenticity_only = true,
                                         .crls = crls,
                                         .n_crls = n};
    struct ratls_verdict *v = NULL;

    (void)ratls_appraise(t, &what, &v);
    cr_assert(v);
    cr_expect_eq(ratls_verdict_code(v), e, "%s: %s", ratls_verdict_reason(v),
                 ratls_verdict_detail(v));
    if (e == RATLS_OK)
        cr_expect_str_eq(claim_text(ratls_verdict_claims(v), "virtcca.dev_cert.revocation"),
                         count() + n > 0 ? "good" : "not_checked");
    ratls_verdict_unref(v);
}

Test(trust_crl, every_verdict_goes_by_it)
{
    expect(NULL, 0, RATLS_OK);
    new_trust();
    MUST(add("virtcca", &good));
    expect(NULL, 0, RATLS_OK);
    expect(NULL, 0, RATLS_OK);
    new_trust();
    MUST(add("virtcca", &revoking));
    expect(NULL, 0, RATLS_E_REVOKED);
    new_trust();
    MUST(add("snp", &revoking));
    expect(NULL, 0, RATLS_OK);
}

Test(trust_crl, counts_together_with_those_of_the_call)
{
    const struct ratls_bytes a = rt_bytes_of(&good), b = rt_bytes_of(&revoking);

    MUST(add("virtcca", &good));
    expect(&a, 1, RATLS_OK);
    expect(&b, 1, RATLS_E_REVOKED);
    new_trust();
    MUST(add("virtcca", &revoking));
    expect(&a, 1, RATLS_E_REVOKED);
}

Test(trust_crl, has_dates_and_an_issuer_at_every_use)
{
    struct ratls_buffer over = make_crl(CA, -1, virtcca_now() - 1);
    struct ratls_buffer by_another = make_crl(DEVICE, -1, virtcca_now() + 86400);

    MUST(add("virtcca", &over));
    expect(NULL, 0, RATLS_E_COLLATERAL_TIME);
    new_trust();
    MUST(add("virtcca", &by_another));
    expect(NULL, 0, RATLS_E_COLLATERAL_MISMATCH);
    new_trust();
    good.p[good.len - 1] ^= 1;
    MUST(add("virtcca", &good));
    expect(NULL, 0, RATLS_E_COLLATERAL_SIGNATURE);
    ratls_buffer_free(&over);
    ratls_buffer_free(&by_another);
}

/* A hierarchy for which there are lists, beside one that is that of the device. */
Test(trust_crl, lists_of_other_cas_do_not_disturb)
{
    struct ratls_buffer by_another = make_crl(DEVICE, -1, virtcca_now() + 86400);

    MUST(add("virtcca", &by_another));
    MUST(add("virtcca", &good));
    expect(NULL, 0, RATLS_OK);
    ratls_buffer_free(&by_another);
}

Test(trust_crl, more_than_an_appraisal_can_hold_are_refused)
{
    struct ratls_bytes many[RT_MAX_TRUST_CRLS + 2];

    for (size_t i = 0; i < RT_COUNT(many); i++)
        many[i] = rt_bytes_of(&good);
    for (int i = 0; i < RT_MAX_TRUST_CRLS; i++)
        MUST(add("virtcca", &good));
    expect(NULL, 0, RATLS_OK);
    expect(many, 1, RATLS_E_LIMIT);
    expect(many, RT_COUNT(many), RATLS_E_LIMIT);
}

Test(trust_crl, of_a_store_counts_in_its_time)
{
    const struct stored s[] = {{"virtcca", "crl", 0, virtcca_now() - 1, false},
                               {"virtcca", "crl", 0, 0, true},
                               {"virtcca", "crl", 0, virtcca_now() + 99, false}};
    char *body = body_of_der("crl", "X509 CRL", rt_bytes_of(&revoking));

    for (size_t i = 0; i < RT_COUNT(s); i++) {
        new_trust();
        MUST(add_stored(anchors_of(t), &s[i], body, NULL));
        expect(NULL, 0, i == 2 ? RATLS_E_REVOKED : RATLS_OK);
    }
    free(body);
}
