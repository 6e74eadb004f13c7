/* Certificates and CRLs under an RSA key, in the forms of AMD's. */
#include "crl.h"
#include "crypto_support.h"
#include "der.h"
#include "mint.h"
#include "mint_crl.h"
#include "oid.h"
#include "x509.h"

#define NOW 1750000000

static struct rt_rsa_key *ca;
static struct rt_key *leaf;
static struct ratls_buffer ca_der, leaf_der;
static struct rt_x509 ca_cert, leaf_cert;

static void setup(void)
{
    const struct ratls_env *env = ratls_env_system();

    MUST(rt_rsa_generate(env, 2048, &ca));
    MUST(rt_key_generate(env, RT_P384, &leaf));
    const struct rt_mint what = {.subject_spki = rt_rsa_spki(ca),
                                 .subject = {.common_name = "ARK-Milan", .unit = "Engineering"},
                                 .issuer_rsa = ca,
                                 .not_before = NOW,
                                 .not_after = NOW + 100,
                                 .is_ca = true,
                                 .path_len = -1,
                                 .ca_usage = RT_KU_CERT_SIGN};
    MUST(rt_mint(env, &what, &ca_der, NULL));
    MUST(rt_x509_parse(rt_bytes_of(&ca_der), &ca_cert, NULL));
}

static void teardown(void)
{
    rt_rsa_free(ca);
    rt_key_free(leaf);
    ratls_buffer_free(&ca_der);
    ratls_buffer_free(&leaf_der);
}

TestSuite(mint_rsa, .init = setup, .fini = teardown, .timeout = 60);

static struct rt_mint bare(void)
{
    static const uint8_t zero[1];

    return (struct rt_mint){.subject_spki = rt_key_spki(leaf),
                            .subject = {.common_name = "SEV-VCEK"},
                            .issuer_rsa = ca,
                            .issuer_name = ca_cert.subject,
                            .not_before = NOW,
                            .not_after = NOW + 100,
                            .path_len = -1,
                            .bare = true,
                            .ext = {{.oid = BYTES("\x2a\x03"), .value = BYTES("one")},
                                    {.oid = BYTES("\x2a\x04"), .value = BYTES("two")}},
                            .serial = ratls_bytes(zero, 1)};
}

Test(mint_rsa, a_ca_signs_itself)
{
    char name[128];

    cr_expect_eq(ca_cert.sig_alg, RT_SIG_RSAPSS_SHA384);
    cr_expect_eq(ca_cert.key_usage, (unsigned)RT_KU_CERT_SIGN);
    cr_expect_eq(rt_x509_issued_by(&ca_cert, &ca_cert, 0, NULL), RATLS_OK);
    rt_x509_name_text(ca_cert.subject, name, sizeof name);
    cr_expect_str_eq(name, "OU=Engineering, CN=ARK-Milan");
}

Test(mint_rsa, a_leaf_carries_what_it_was_given_and_nothing_else)
{
    const struct rt_mint what = bare();

    MUST(rt_mint(ratls_env_system(), &what, &leaf_der, NULL));
    MUST(rt_x509_parse(rt_bytes_of(&leaf_der), &leaf_cert, NULL));
    cr_expect_eq(rt_x509_issued_by(&leaf_cert, &ca_cert, 0, NULL), RATLS_OK);
    cr_expect_eq(leaf_cert.n_ext, 2);
    cr_expect(ratls_bytes_equal(leaf_cert.ext[1].value, BYTES("two")));
    cr_expect_eq(leaf_cert.serial.len, 1);
    cr_expect_eq(leaf_cert.serial.p[0], 0);
}

Test(mint_rsa, one_key_signs)
{
    struct rt_mint what = bare();
    struct rt_mint_crl list = {
        .issuer_name = ca_cert.subject, .this_update = NOW, .next_update = NOW + 100};

    what.issuer_key = leaf;
    cr_expect_eq(rt_mint(ratls_env_system(), &what, &leaf_der, NULL), RATLS_E_USAGE);
    what.issuer_key = NULL;
    what.issuer_rsa = NULL;
    cr_expect_eq(rt_mint(ratls_env_system(), &what, &leaf_der, NULL), RATLS_E_USAGE);
    cr_expect_eq(rt_mint_crl(ratls_env_system(), &list, &leaf_der, NULL), RATLS_E_USAGE);
    list.issuer_key = leaf;
    list.issuer_rsa = ca;
    cr_expect_eq(rt_mint_crl(ratls_env_system(), &list, &leaf_der, NULL), RATLS_E_USAGE);
}

Test(mint_rsa, a_list_is_signed_by_its_issuer)
{
    const struct ratls_bytes serial = BYTES("\x01\x00\x01");
    const struct rt_mint_crl list = {.issuer_rsa = ca,
                                     .issuer_name = ca_cert.subject,
                                     .this_update = NOW,
                                     .next_update = NOW + 100,
                                     .number = 7,
                                     .serials = &serial,
                                     .n = 1};
    struct rt_crl crl;

    MUST(rt_mint_crl(ratls_env_system(), &list, &leaf_der, NULL));
    MUST(rt_crl_parse(rt_bytes_of(&leaf_der), &crl, NULL));
    cr_expect_eq(crl.sig_alg, RT_SIG_RSAPSS_SHA384);
    cr_expect(rt_crl_lists(&crl, serial));
    cr_expect_eq(rt_crl_check_issuer(&crl, &ca_cert, NULL), RATLS_E_COLLATERAL_SIGNATURE,
                 "a CA without cRLSign");
    ca_cert.key_usage |= RT_KU_CRL_SIGN;
    cr_expect_eq(rt_crl_check_issuer(&crl, &ca_cert, NULL), RATLS_OK);
    rt_crl_free(&crl);
}
