/* Chains. A forged clone of a CA is the attack to remember: CVE-2026-93302 (T01, T02, T03). */
#include "x509_support.h"

/* root > ca > leaf; path lengths 1 and 0. */
static struct made root, ca, leaf;
static struct rt_x509 chain[3];

static void setup(void)
{
    make_ca("root", 1, NULL, &root);
    make_ca("ca", 0, &root, &ca);
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
}

TestSuite(chain, .init = setup, .fini = teardown);

static enum ratls_err check(const struct rt_x509 *certs, size_t n)
{
    return rt_chain_check(certs, n, NOW, NULL);
}

static enum ratls_err to_root(const struct rt_x509 *certs, size_t n)
{
    return rt_chain_to_anchor((struct rt_x509_list){certs, n}, (struct rt_x509_list){&root.cert, 1},
                              NOW, NULL);
}

Test(chain, leads_from_leaf_to_root)
{
    MUST(check(chain, 3));
    MUST(check(&chain[1], 2));
    MUST(check(&chain[2], 1));
}

Test(chain, leads_to_an_anchor_sent_or_not)
{
    MUST(to_root(chain, 2));
    MUST(to_root(chain, 3));
    MUST(rt_chain_to_anchor((struct rt_x509_list){chain, 1}, (struct rt_x509_list){&ca.cert, 1},
                            NOW, NULL));
    MUST(rt_chain_to_anchor((struct rt_x509_list){chain, 2}, (struct rt_x509_list){&ca.cert, 1},
                            NOW, NULL));
    MUST(rt_chain_to_anchor((struct rt_x509_list){chain, 3}, (struct rt_x509_list){&ca.cert, 1},
                            NOW, NULL));
}

Test(chain, must_not_lack_a_link)
{
    struct rt_x509 gap[] = {leaf.cert, root.cert};
    struct rt_x509 turned[] = {ca.cert, leaf.cert, root.cert};
    struct rt_x509 twice[] = {leaf.cert, leaf.cert, ca.cert, root.cert};

    cr_expect_eq(check(chain, 2), RATLS_E_CERT_CHAIN);
    cr_expect_eq(check(gap, 2), RATLS_E_CERT_CHAIN);
    cr_expect_eq(check(turned, 3), RATLS_E_CERT_CHAIN);
    cr_expect_eq(check(twice, 4), RATLS_E_CERT_CHAIN);
    cr_expect_eq(to_root(chain, 1), RATLS_E_CERT_CHAIN);
    cr_expect_eq(to_root(gap, 2), RATLS_E_CERT_CHAIN);
    cr_expect_eq(to_root(twice, 4), RATLS_E_CERT_CHAIN);
    cr_expect_eq(rt_chain_to_anchor((struct rt_x509_list){chain, 3}, (struct rt_x509_list){NULL, 0},
                                    NOW, NULL),
                 RATLS_E_CERT_CHAIN);
}

Test(chain, has_a_limited_length)
{
    struct rt_x509 many[RT_MAX_CHAIN + 1];

    for (size_t i = 0; i < RT_COUNT(many); i++)
        many[i] = root.cert;
    cr_expect_eq(check(many, 0), RATLS_E_CERT_CHAIN_LENGTH);
    cr_expect_eq(check(many, RT_MAX_CHAIN + 1), RATLS_E_CERT_CHAIN_LENGTH);
    cr_expect_eq(to_root(many, 0), RATLS_E_CERT_CHAIN_LENGTH);
    cr_expect_eq(to_root(many, RT_MAX_CHAIN + 1), RATLS_E_CERT_CHAIN_LENGTH);
}

/* T23, T107 */
Test(chain, has_dates_in_every_certificate)
{
    struct made *all[] = {&leaf, &ca, &root};

    for (size_t i = 0; i < RT_COUNT(all); i++) {
        const struct rt_x509 good = chain[i];
        chain[i].not_after = NOW - 1;
        cr_expect_eq(check(chain, 3), RATLS_E_CERT_EXPIRED);
        if (i < 2)
            cr_expect_eq(to_root(chain, 2), RATLS_E_CERT_EXPIRED);
        chain[i].not_after = NOW + 1;
        chain[i].not_before = NOW + 1;
        cr_expect_eq(check(chain, 3), RATLS_E_CERT_NOT_YET_VALID);
        chain[i] = good;
    }
    root.cert.not_after = NOW - 1;
    cr_expect_eq(to_root(chain, 2), RATLS_E_CERT_EXPIRED);
}

/* T22 */
Test(chain, needs_issuers_that_may_issue)
{
    for (size_t i = 1; i < 3; i++) {
        const struct rt_x509 good = chain[i];
        chain[i].is_ca = false;
        cr_expect_eq(check(chain, 3), RATLS_E_CERT_USAGE);
        chain[i] = good;
        chain[i].has_basic_constraints = false;
        cr_expect_eq(check(chain, 3), RATLS_E_CERT_USAGE);
        chain[i] = good;
        chain[i].has_key_usage = false;
        cr_expect_eq(check(chain, 3), RATLS_E_CERT_USAGE);
        chain[i] = good;
        chain[i].key_usage = RT_KU_DIGITAL_SIGNATURE | RT_KU_CRL_SIGN;
        cr_expect_eq(check(chain, 3), RATLS_E_CERT_USAGE);
        chain[i] = good;
    }
    root.cert.key_usage = RT_KU_CRL_SIGN;
    cr_expect_eq(to_root(chain, 2), RATLS_E_CERT_USAGE);
}

/* A leaf's certificate is no licence to issue. */
Test(chain, is_refused_below_an_end_entity)
{
    struct made forged;

    make((struct rt_mint){.subject = {.common_name = "victim"}, .path_len = -1}, &leaf, &forged);
    struct rt_x509 longer[] = {forged.cert, leaf.cert, ca.cert, root.cert};
    cr_expect_eq(check(longer, 4), RATLS_E_CERT_USAGE);
    cr_expect_eq(to_root(longer, 3), RATLS_E_CERT_USAGE);
    made_free(&forged);
}

Test(chain, keeps_to_the_path_length)
{
    struct made sub, deep;

    make_ca("sub", -1, &ca, &sub); /* ca allows none below */
    make((struct rt_mint){.subject = {.common_name = "deep"}, .path_len = -1}, &sub, &deep);
    struct rt_x509 longer[] = {deep.cert, sub.cert, ca.cert, root.cert};
    cr_expect_eq(check(longer, 4), RATLS_E_CERT_CHAIN);
    cr_expect_eq(rt_chain_to_anchor((struct rt_x509_list){longer, 2},
                                    (struct rt_x509_list){&ca.cert, 1}, NOW, NULL),
                 RATLS_E_CERT_CHAIN);
    longer[2].path_len = 1; /* now the root's 1 is exceeded */
    cr_expect_eq(check(longer, 4), RATLS_E_CERT_CHAIN);
    longer[3].path_len = 2;
    MUST(check(longer, 4));
    longer[2].path_len = 0;
    cr_expect_eq(check(longer, 4), RATLS_E_CERT_CHAIN);
    longer[2].path_len = longer[3].path_len = -1;
    MUST(check(longer, 4));
    made_free(&sub);
    made_free(&deep);
}

Test(chain, refuses_issuers_with_name_constraints)
{
    struct made constrained, below;
    struct rt_mint what = {.subject = {.common_name = "constrained"},
                           .is_ca = true,
                           .path_len = -1,
                           .ext[0] = {.oid = RT_OID(NAME_CONSTRAINTS), .value = BYTES("\x30\x00")}};

    make(what, NULL, &constrained);
    make((struct rt_mint){.subject = {.common_name = "x"}, .path_len = -1}, &constrained, &below);
    struct rt_x509 pair[] = {below.cert, constrained.cert};
    cr_expect_eq(check(pair, 2), RATLS_E_CERT_CRITICAL);
    cr_expect_eq(rt_chain_to_anchor((struct rt_x509_list){pair, 1},
                                    (struct rt_x509_list){&constrained.cert, 1}, NOW, NULL),
                 RATLS_E_CERT_CRITICAL);
    made_free(&constrained);
    made_free(&below);
}

Test(chain, refuses_issuers_without_a_name)
{
    struct made nobody, below;

    make_ca("nobody", -1, NULL, &nobody);
    make((struct rt_mint){.subject = {.common_name = "x"}, .path_len = -1}, &nobody, &below);
    struct rt_x509 pair[] = {below.cert, nobody.cert};
    pair[0].issuer = pair[1].subject = pair[1].issuer = BYTES("\x30\x00");
    cr_expect_eq(check(pair, 2), RATLS_E_CERT_CHAIN);
    made_free(&nobody);
    made_free(&below);
}

Test(chain, ends_at_what_signed_itself)
{
    struct made twin; /* the root's name, another key */

    make_ca("root", 1, NULL, &twin);
    chain[2] = twin.cert;
    cr_expect_eq(check(chain, 3), RATLS_E_CERT_SIGNATURE);
    cr_expect_eq(rt_chain_to_anchor((struct rt_x509_list){chain, 2},
                                    (struct rt_x509_list){&twin.cert, 1}, NOW, NULL),
                 RATLS_E_CERT_SIGNATURE);
    made_free(&twin);
}

/* A CA that changed its key: one fitting anchor is enough, wherever it stands. */
Test(chain, finds_the_right_anchor_among_several_of_one_name)
{
    struct made twin;

    make_ca("root", 1, NULL, &twin);
    struct rt_x509 first[] = {twin.cert, root.cert, ca.cert}, last[] = {root.cert, twin.cert};
    MUST(rt_chain_to_anchor((struct rt_x509_list){chain, 2}, (struct rt_x509_list){first, 2}, NOW,
                            NULL));
    MUST(rt_chain_to_anchor((struct rt_x509_list){chain, 2}, (struct rt_x509_list){last, 2}, NOW,
                            NULL));
    MUST(rt_chain_to_anchor((struct rt_x509_list){chain, 3}, (struct rt_x509_list){first, 3}, NOW,
                            NULL));
    made_free(&twin);
}

/* ---- CVE-2026-93302 ---- */

static struct made stranger;

/* The CA's certificate with the stranger's key in it and the now wrong signature. */
static struct ratls_buffer clone_of_root(struct rt_x509 *out)
{
    stranger = (struct made){.key = make_key(RT_P256)};
    struct ratls_buffer clone =
        patched(der_of(&root), rt_key_point(root.key), rt_key_point(stranger.key));

    MUST(rt_x509_parse(rt_bytes_of(&clone), out, NULL));
    return clone;
}

/* T01, T02 */
Test(chain, refuses_a_clone_of_the_anchor_as_leaf)
{
    struct rt_x509 certs[2];
    struct ratls_buffer clone = clone_of_root(&certs[0]);

    certs[1] = root.cert;
    cr_expect_eq(to_root(certs, 1), RATLS_E_CERT_SIGNATURE);
    cr_expect_eq(to_root(certs, 2), RATLS_E_CERT_SIGNATURE);
    cr_expect_eq(check(certs, 1), RATLS_E_CERT_SIGNATURE);
    cr_expect_eq(check(certs, 2), RATLS_E_CERT_SIGNATURE);
    ratls_buffer_free(&clone);
    made_free(&stranger);
}

Test(chain, refuses_a_clone_of_the_anchor_as_issuer)
{
    struct rt_x509 certs[2];
    struct ratls_buffer clone = clone_of_root(&certs[1]);
    struct made victim;

    stranger.cert = certs[1];
    make((struct rt_mint){.subject = {.common_name = "victim"}, .path_len = -1}, &stranger,
         &victim);
    certs[0] = victim.cert;
    MUST(rt_x509_signed_by(&certs[0], &certs[1], NULL)); /* by the stranger's key, that is */
    cr_expect_eq(to_root(certs, 1), RATLS_E_CERT_SIGNATURE);
    cr_expect_eq(to_root(certs, 2), RATLS_E_CERT_SIGNATURE);
    cr_expect_eq(check(certs, 2), RATLS_E_CERT_SIGNATURE);
    ratls_buffer_free(&clone);
    made_free(&stranger);
    made_free(&victim);
}

/* T03: a fresh TBS with the CA's subject and a name of its own, under the CA's very signature. */
static struct ratls_buffer splice(const struct made *fresh, const struct made *donor)
{
    struct rt_reader outer = rt_reader(der_of(donor)), cert = rt_der_enter(&outer, RT_DER_SEQUENCE);
    struct ratls_buffer out = {0};
    struct rt_writer w = {0};
    size_t all = rt_der_begin(&w, RT_DER_SEQUENCE);

    rt_put_bytes(&w, fresh->cert.tbs);
    (void)rt_der_get(&cert, RT_DER_SEQUENCE, NULL);
    rt_put_bytes(&w, rt_rest(&cert)); /* signatureAlgorithm and signature */
    rt_der_end(&w, all);
    MUST(rt_writer_take(&w, &out));
    return out;
}

Test(chain, refuses_the_signature_of_another_certificate)
{
    static const char *const san[] = {"victim.example", NULL};
    const struct made *donors[] = {&root, &ca, &leaf};
    struct made fresh, issued;

    make((struct rt_mint){.subject = {.common_name = "root"}, .san = san, .path_len = -1}, NULL,
         &fresh);
    make((struct rt_mint){.subject = {.common_name = "x"}, .san = san, .path_len = -1}, &ca,
         &issued);
    for (size_t i = 0; i < RT_COUNT(donors); i++) {
        struct ratls_buffer a = splice(&fresh, donors[i]), b = splice(&issued, donors[i]);
        struct rt_x509 certs[2];
        MUST(rt_x509_parse(rt_bytes_of(&a), &certs[0], NULL));
        cr_expect_eq(to_root(certs, 1), RATLS_E_CERT_SIGNATURE);
        MUST(rt_x509_parse(rt_bytes_of(&b), &certs[0], NULL));
        certs[1] = ca.cert;
        cr_expect_eq(to_root(certs, 2), RATLS_E_CERT_SIGNATURE);
        ratls_buffer_free(&a);
        ratls_buffer_free(&b);
    }
    made_free(&fresh);
    made_free(&issued);
}

/* ---- the mark of simulated TEEs ---- */

Test(chain, knows_the_roots_of_simulated_tees)
{
    static const struct {
        struct rt_dn dn;
        bool simulated;
    } rows[] = {
        {{.common_name = "x", .organization = RT_SIM_ORGANIZATION}, true},
        {{.common_name = RT_SIM_ORGANIZATION, .organization = "x"}, false},
        {{.common_name = "x", .organization = "RATLS simulated TEE"}, false},
        {{.common_name = "x"}, false},
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        struct made m;
        make((struct rt_mint){.subject = rows[i].dn, .is_ca = true, .path_len = -1}, NULL, &m);
        cr_expect_eq(rt_x509_is_simulated(&m.cert), rows[i].simulated, "row %zu", i);
        made_free(&m);
    }
}

/* RSA identity CAs exist; those below 2048 bits count for nothing. */
Test(chain, takes_rsa_issuers_of_a_decent_size, .timeout = 60)
{
    static const char *const bits[] = {"1024", "2048"};

    for (size_t i = 0; i < RT_COUNT(bits); i++) {
        char command[512];
        struct ratls_buffer pem = {0}, der = {0};
        struct rt_x509 cert;
        snprintf(command, sizeof command,
                 "openssl req -x509 -newkey rsa:%s -nodes -keyout k -subj /CN=rsa -days 2 "
                 "-addext keyUsage=keyCertSign 2>/dev/null",
                 bits[i]);
        pem = shell(command);
        struct ratls_bytes text = rt_bytes_of(&pem);
        MUST(rt_pem_next(&text, "CERTIFICATE", &der));
        MUST(rt_x509_parse(rt_bytes_of(&der), &cert, NULL));
        cr_expect_eq(rt_chain_check(&cert, 1, cert.not_before, NULL),
                     i == 0 ? RATLS_E_CERT_KEY : RATLS_OK);
        ratls_buffer_free(&pem);
        ratls_buffer_free(&der);
    }
}
