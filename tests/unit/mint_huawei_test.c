/* Certificates and CRLs as Huawei's two hierarchies sign them: P-521 with SHA-512, and RSA with
 * PKCS#1 v1.5 and SHA-256. Also as another implementation (the openssl command) judges them. */
#include "crl.h"
#include "mint_crl.h"
#include "x509_support.h"

static struct rt_key *ec, *leaf;
static struct rt_rsa_key *rsa;

static void setup(void)
{
    ec = make_key(RT_P521);
    leaf = make_key(RT_P256);
    MUST(rt_rsa_generate(ratls_env_system(), 2048, &rsa));
}

static void teardown(void)
{
    rt_key_free(ec);
    rt_key_free(leaf);
    rt_rsa_free(rsa);
}

TestSuite(mint_huawei, .init = setup, .fini = teardown, .timeout = 60);

/* A CA of one of the two kinds, and what it issued. */
struct hierarchy {
    struct ratls_buffer ca_der, leaf_der, crl_der;
    struct rt_x509 ca, leaf;
    struct rt_crl crl;
};

static struct rt_mint usual(bool on_p521)
{
    return (struct rt_mint){.subject_spki = on_p521 ? rt_key_spki(ec) : rt_rsa_spki(rsa),
                            .subject = {.common_name = "ca"},
                            .issuer_key = on_p521 ? ec : NULL,
                            .issuer_rsa = on_p521 ? NULL : rsa,
                            .rsa_pkcs1 = !on_p521,
                            .not_before = NOW - DAY,
                            .not_after = NOW + DAY,
                            .is_ca = true,
                            .path_len = -1};
}

static void issue(bool on_p521, struct hierarchy *h)
{
    static const uint8_t serial[] = {7};
    const struct ratls_bytes serials[] = {ratls_bytes(serial, sizeof serial)};
    struct rt_mint what = usual(on_p521);

    *h = (struct hierarchy){0};
    MUST(rt_mint(ratls_env_system(), &what, &h->ca_der, NULL));
    MUST(rt_x509_parse(rt_bytes_of(&h->ca_der), &h->ca, NULL));
    what.subject_spki = rt_key_spki(leaf);
    what.subject.common_name = "leaf";
    what.issuer_name = h->ca.subject;
    what.is_ca = false;
    MUST(rt_mint(ratls_env_system(), &what, &h->leaf_der, NULL));
    MUST(rt_x509_parse(rt_bytes_of(&h->leaf_der), &h->leaf, NULL));
    const struct rt_mint_crl list = {.issuer_key = what.issuer_key,
                                     .issuer_rsa = what.issuer_rsa,
                                     .rsa_pkcs1 = what.rsa_pkcs1,
                                     .issuer_name = h->ca.subject,
                                     .this_update = NOW,
                                     .next_update = NOW + DAY,
                                     .serials = serials,
                                     .n = 1};
    MUST(rt_mint_crl(ratls_env_system(), &list, &h->crl_der, NULL));
    MUST(rt_crl_parse(rt_bytes_of(&h->crl_der), &h->crl, NULL));
}

static void forget(struct hierarchy *h)
{
    ratls_buffer_free(&h->ca_der);
    ratls_buffer_free(&h->leaf_der);
    ratls_buffer_free(&h->crl_der);
    rt_crl_free(&h->crl);
}

Test(mint_huawei, what_a_ca_issues_names_its_algorithm_and_verifies)
{
    static const struct {
        bool on_p521;
        enum rt_sig_alg alg;
    } rows[] = {{true, RT_SIG_ECDSA_SHA512}, {false, RT_SIG_RSA_SHA256}};

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        struct hierarchy h, other;
        issue(rows[i].on_p521, &h);
        issue(!rows[i].on_p521, &other);
        cr_expect_eq(h.ca.sig_alg, rows[i].alg);
        cr_expect_eq(h.leaf.sig_alg, rows[i].alg);
        cr_expect_eq(h.crl.sig_alg, rows[i].alg);
        cr_expect_eq(rt_x509_issued_by(&h.ca, &h.ca, 0, NULL), RATLS_OK);
        cr_expect_eq(rt_x509_issued_by(&h.leaf, &h.ca, 0, NULL), RATLS_OK);
        cr_expect_eq(rt_crl_check_issuer(&h.crl, &h.ca, NULL), RATLS_OK);
        cr_expect(rt_crl_lists(&h.crl, BYTES("\x07")));
        cr_expect_eq(rt_x509_issued_by(&h.leaf, &other.ca, 0, NULL), RATLS_E_CERT_KEY,
                     "a CA of the same name with a key of the other kind");
        cr_expect_eq(rt_crl_check_issuer(&h.crl, &other.ca, NULL), RATLS_E_COLLATERAL_SIGNATURE);
        forget(&h);
        forget(&other);
    }
}

/* Octets for printf(1). */
static void print_octal(char *at, size_t cap, struct ratls_bytes bytes)
{
    cr_assert_lt(4 * bytes.len, cap);
    for (size_t i = 0; i < bytes.len; i++)
        (void)snprintf(at + 4 * i, 5, "\\%03o", bytes.p[i]);
}

Test(mint_huawei, openssl_agrees)
{
    static char ca_text[4096], leaf_text[4096], crl_text[4096], command[16384];

    for (int on_p521 = 0; on_p521 < 2; on_p521++) {
        struct hierarchy h;
        issue(on_p521, &h);
        print_octal(ca_text, sizeof ca_text, rt_bytes_of(&h.ca_der));
        print_octal(leaf_text, sizeof leaf_text, rt_bytes_of(&h.leaf_der));
        print_octal(crl_text, sizeof crl_text, rt_bytes_of(&h.crl_der));
        (void)snprintf(command, sizeof command,
                       "cd $(mktemp -d) && trap 'rm -rf \"$PWD\"' EXIT && exec >log 2>&1 && "
                       "printf '%s' > ca && printf '%s' > leaf && printf '%s' > crl && "
                       "openssl x509 -in ca -out ca.pem && "
                       "openssl verify -attime 1750000000 -check_ss_sig -x509_strict -CAfile "
                       "ca.pem ca.pem && openssl verify -attime 1750000000 -CAfile ca.pem leaf && "
                       "openssl crl -in crl -CAfile ca.pem -noout && grep -q '^verify OK' log",
                       ca_text, leaf_text, crl_text);
        cr_expect_eq(system(command), 0, "%s", on_p521 ? "P-521" : "RSA");
        forget(&h);
    }
}

/* The flag says how an RSA key signs, and nothing to others. */
Test(mint_huawei, pkcs1_is_only_for_rsa)
{
    struct rt_mint what = usual(true);
    struct ratls_buffer der = {0};
    struct rt_x509 cert;

    what.rsa_pkcs1 = true;
    MUST(rt_mint(ratls_env_system(), &what, &der, NULL));
    MUST(rt_x509_parse(rt_bytes_of(&der), &cert, NULL));
    cr_expect_eq(cert.sig_alg, RT_SIG_ECDSA_SHA512);
    ratls_buffer_free(&der);
}
