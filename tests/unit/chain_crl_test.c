/* Revocation lists of the CAs that certificates of peers lead to. */
#include "crl.h"
#include "mint_crl.h"
#include "x509_support.h"

/* root > ca > leaf; a list of each issuer. */
static struct made root, ca, leaf, other;
static struct rt_x509 chain[3];
static struct ratls_buffer der[3];
static struct rt_crl crls[3];
static size_t n_crls;

static void add_crl(struct made *by, const struct made *revoked, int64_t from, int64_t until)
{
    struct ratls_buffer *d = &der[n_crls];

    MUST(rt_mint_crl(ratls_env_system(),
                     &(struct rt_mint_crl){.issuer_key = by->key,
                                           .issuer_name = by->cert.subject,
                                           .this_update = from,
                                           .next_update = until,
                                           .number = 1,
                                           .serials = revoked ? &revoked->cert.serial : NULL,
                                           .n = revoked != NULL},
                     d, NULL));
    MUST(rt_crl_parse(rt_bytes_of(d), &crls[n_crls], NULL));
    n_crls++;
}

static void setup(void)
{
    make_ca("root", 1, NULL, &root);
    make_ca("ca", 0, &root, &ca);
    make_ca("ca", 0, &root, &other); /* the same name */
    make((struct rt_mint){.subject = {.common_name = "leaf"}, .path_len = -1}, &ca, &leaf);
    chain[0] = leaf.cert;
    chain[1] = ca.cert;
    chain[2] = root.cert;
}

static void teardown(void)
{
    made_free(&root);
    made_free(&ca);
    made_free(&leaf);
    made_free(&other);
    for (size_t i = 0; i < n_crls; i++) {
        rt_crl_free(&crls[i]);
        ratls_buffer_free(&der[i]);
    }
}

TestSuite(chain_crl, .init = setup, .fini = teardown);

static enum ratls_err check(size_t n)
{
    return rt_chain_check_revoked((struct rt_x509_list){chain, n},
                                  (struct rt_x509_list){&root.cert, 1},
                                  (struct rt_crl_list){crls, n_crls}, NOW, NULL);
}

Test(chain_crl, passes_where_every_issuer_has_a_list)
{
    add_crl(&ca, NULL, NOW - 10, NOW + 10);
    add_crl(&root, &leaf, NOW - 10, NOW + 10); /* that serial of another issuer */
    MUST(check(2));
    MUST(check(3));
}

Test(chain_crl, refuses_a_leaf_on_the_list)
{
    add_crl(&ca, &leaf, NOW - 10, NOW + 10);
    add_crl(&root, NULL, NOW - 10, NOW + 10);
    cr_expect_eq(check(2), RATLS_E_CERT_REVOKED);
}

Test(chain_crl, refuses_an_intermediate_on_the_list)
{
    add_crl(&ca, NULL, NOW - 10, NOW + 10);
    add_crl(&root, &ca, NOW - 10, NOW + 10);
    cr_expect_eq(check(2), RATLS_E_CERT_REVOKED);
    cr_expect_eq(check(3), RATLS_E_CERT_REVOKED);
}

Test(chain_crl, refuses_by_an_old_list_beside_a_new_one)
{
    add_crl(&root, NULL, NOW - 10, NOW + 10);
    add_crl(&ca, NULL, NOW - 10, NOW + 10);
    add_crl(&ca, &leaf, NOW - 30, NOW - 20);
    cr_expect_eq(check(2), RATLS_E_CERT_REVOKED);
}

Test(chain_crl, needs_a_list_of_every_issuer)
{
    add_crl(&ca, NULL, NOW - 10, NOW + 10);
    cr_expect_eq(check(2), RATLS_E_CRL_MISSING);
    n_crls = 0;
    cr_expect_eq(check(2), RATLS_E_CRL_MISSING);
    n_crls = 1;
}

Test(chain_crl, needs_a_list_that_the_issuer_signed)
{
    add_crl(&other, NULL, NOW - 10, NOW + 10);
    add_crl(&root, NULL, NOW - 10, NOW + 10);
    cr_expect_eq(check(2), RATLS_E_CRL_MISSING);
}

Test(chain_crl, needs_a_list_within_its_dates)
{
    add_crl(&root, NULL, NOW, NOW); /* inclusive */
    add_crl(&ca, NULL, NOW - 10, NOW - 1);
    cr_expect_eq(check(2), RATLS_E_CRL_TIME);
    add_crl(&ca, NULL, NOW + 1, NOW + 10);
    cr_expect_eq(check(2), RATLS_E_CRL_TIME);
}

Test(chain_crl, goes_by_every_anchor_that_issued)
{
    struct rt_x509 both[] = {other.cert, ca.cert};

    add_crl(&ca, &leaf, NOW - 10, NOW + 10);
    cr_expect_eq(rt_chain_check_revoked((struct rt_x509_list){chain, 1},
                                        (struct rt_x509_list){both, 2},
                                        (struct rt_crl_list){crls, n_crls}, NOW, NULL),
                 RATLS_E_CERT_REVOKED);
}
