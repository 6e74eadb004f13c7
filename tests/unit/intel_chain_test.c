/* Chains of Intel's attestation PKI, one flaw at a time: each in the certificate as it was read, so
 * that nothing but the check in question can notice. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "intel_chain.h"
#include "oid.h"
#include "sim_pki.h"

static const struct kind {
    const struct rt_intel_kind *kind;
    enum rt_sim_cert certs[RT_INTEL_CERTS]; /* leaf first */
} kinds[] = {
    {&rt_intel_pck, {RT_SIM_PCK, RT_SIM_CA, RT_SIM_ROOT}},
    {&rt_intel_crl_issuer, {RT_SIM_CA, RT_SIM_ROOT}},
    {&rt_intel_tcb_signer, {RT_SIM_TCB, RT_SIM_ROOT}},
    {&rt_intel_qe_signer, {RT_SIM_TCB, RT_SIM_ROOT}},
};

static struct rt_sim_pki pki;
static struct rt_intel_chain c;
static const struct rt_intel_kind *kind; /* of c */
static struct ratls_error err;

static void setup(void)
{
    cr_assert_eq(rt_sim_pki_make(ratls_env_system(), NULL, &pki, NULL), RATLS_OK);
}

static void teardown(void)
{
    rt_intel_chain_free(&c);
    rt_intel_chain_free(&c); /* nothing is left to free */
    rt_sim_pki_free(&pki);
}

TestSuite(intel_chain, .init = setup, .fini = teardown, .timeout = 60);

/* PEM of the n certificates, with `before` in front and `behind` at the end. */
static struct ratls_buffer pem_of(const struct kind *k, struct ratls_bytes before,
                                  struct ratls_bytes behind)
{
    struct rt_writer w = {0};
    struct ratls_buffer out, pem;

    rt_put_bytes(&w, before);
    for (size_t i = 0; i < k->kind->n; i++) {
        cr_assert_eq(rt_pem_write("CERTIFICATE", rt_bytes_of(&pki.der[k->certs[i]]), &pem),
                     RATLS_OK);
        rt_put_bytes(&w, rt_bytes_of(&pem));
        ratls_buffer_free(&pem);
    }
    rt_put_bytes(&w, behind);
    cr_assert_eq(rt_writer_take(&w, &out), RATLS_OK);
    return out;
}

static enum ratls_err read_pem(const struct kind *k, struct ratls_bytes pem)
{
    rt_intel_chain_free(&c);
    memset(&c, 0xa5, sizeof c); /* whatever was there */
    kind = k->kind;
    err = (struct ratls_error){0};
    return rt_intel_chain_read(kind, pem, &c, &err);
}

static void read_good(const struct kind *k)
{
    struct ratls_buffer pem = pem_of(k, ratls_bytes(NULL, 0), ratls_bytes(NULL, 0));

    cr_assert_eq(read_pem(k, rt_bytes_of(&pem)), RATLS_OK, "%s", err.detail);
    ratls_buffer_free(&pem);
}

static enum ratls_err prove_after(const struct rt_intel_chain *proven)
{
    err = (struct ratls_error){0};
    return rt_intel_chain_prove(kind, &c, proven, &err);
}

static void expect_flaw(const char *why)
{
    cr_expect_eq(prove_after(NULL), kind->chain, "%s: %s", kind->what, why);
    cr_expect(strstr(err.detail, kind->what) && strstr(err.detail, why), "%s: %s", why, err.detail);
}

static void expect_good(void)
{
    cr_expect_eq(prove_after(NULL), RATLS_OK, "%s: %s", kind->what, err.detail);
}

static const char *place(size_t i)
{
    return i + 1 == c.n ? "root" : i == 0 ? "leaf" : "intermediate";
}

/* ---- reading ---- */

static const struct {
    struct ratls_bytes before, behind;
    const char *why; /* NULL: taken */
} texts[] = {
#define TEXT(text)                                                                                 \
    {                                                                                              \
        (const uint8_t *)(text), sizeof(text) - 1                                                  \
    }
    {TEXT(" \r\n\t"), TEXT("\n\n"), NULL},
    {TEXT(""), TEXT("\0"), NULL},
    {TEXT(""), TEXT("\n\0"), NULL},
    {TEXT(""), TEXT("\0\n "), NULL},
    {TEXT(""), TEXT("\0\0"), "more than"},
    {TEXT(""), TEXT("\n\0\n\0"), "more than"},
    {TEXT(""), TEXT("x"), "more than"},
    {TEXT(""), TEXT("\0x"), "more than"},
    {TEXT(""), TEXT("-----BEGIN CERTIFICATE-----"), "more than"},
    {TEXT("x"), TEXT(""), "0 PEM certificates, not"},
    {TEXT("\0"), TEXT(""), "0 PEM certificates, not"},
    {TEXT("-----BEGIN X509 CRL-----\n-----END X509 CRL-----\n"), TEXT(""), "0 PEM certificates"},
    {TEXT("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"), TEXT(""), ""},
    {TEXT("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"), TEXT(""),
     "malformed PEM"},
    {TEXT("-----BEGIN CERTIFICATE-----\n"), TEXT(""), "malformed PEM"},
};

Test(intel_chain, nothing_but_white_space_and_one_nul_belongs_to_it)
{
    for (size_t k = 0; k < RT_COUNT(kinds); k++) {
        for (size_t i = 0; i < RT_COUNT(texts); i++) {
            struct ratls_buffer pem = pem_of(&kinds[k], texts[i].before, texts[i].behind);
            enum ratls_err e = read_pem(&kinds[k], rt_bytes_of(&pem));
            cr_expect_eq(e, texts[i].why ? kind->malformed : RATLS_OK, "%s, row %zu: %s",
                         kind->what, i, err.detail);
            cr_expect(!texts[i].why || strstr(err.detail, texts[i].why), "row %zu: %s", i,
                      err.detail);
            ratls_buffer_free(&pem);
        }
    }
}

/* Its own block, so that ASan sees a read behind its end. */
Test(intel_chain, every_proper_prefix_is_refused)
{
    struct ratls_buffer pem = pem_of(&kinds[0], ratls_bytes(NULL, 0), ratls_bytes(NULL, 0));

    for (size_t len = 0; len + 1 < pem.len; len += len > pem.len - 40 ? 1 : 13) {
        uint8_t *cut = malloc(len ? len : 1);
        cr_assert(cut);
        memcpy(cut, pem.p, len);
        cr_expect_eq(read_pem(&kinds[0], ratls_bytes(cut, len)), kind->malformed, "%zu", len);
        free(cut);
    }
    ratls_buffer_free(&pem);
}

/* What is no certificate is not looked into beyond the limit. */
Test(intel_chain, a_certificate_has_a_limited_size)
{
    uint8_t *der = calloc(1, RT_MAX_CERT + 1);
    struct ratls_buffer pem;

    cr_assert(der);
    for (size_t more = 0; more < 2; more++) {
        cr_assert_eq(rt_pem_write("CERTIFICATE", ratls_bytes(der, RT_MAX_CERT + more), &pem),
                     RATLS_OK);
        cr_expect_eq(read_pem(&kinds[0], rt_bytes_of(&pem)), kind->malformed);
        cr_expect_eq(strstr(err.detail, "malformed PEM") != NULL, more == 1, "%s", err.detail);
        ratls_buffer_free(&pem);
    }
    free(der);
}

/* ---- names ---- */

static void set_name(size_t i, struct ratls_buffer *subject, const char *from, const char *to)
{
    cr_assert_eq(rt_dup(c.certs[i].subject, subject), RATLS_OK);
    uint8_t *at = memmem(subject->p, subject->len, from, strlen(from));
    cr_assert(at && strlen(from) == strlen(to));
    memcpy(at, to, strlen(to));
    c.certs[i].subject = rt_bytes_of(subject);
}

Test(intel_chain, each_place_has_its_name)
{
    static const struct {
        size_t kind, at;
        const char *from, *to;
    } rows[] = {
        {0, 0, "PCK Certificate", "PCK Certificatf"}, {0, 0, "Intel SGX", "intel SGX"},
        {0, 1, "Platform CA", "platform CA"},         {1, 0, "Platform CA", "Platform CB"},
        {2, 0, "TCB Signing", "TCB signing"},         {3, 0, "Intel", "Jntel"},
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        struct ratls_buffer subject;
        char why[64];
        read_good(&kinds[rows[i].kind]);
        set_name(rows[i].at, &subject, rows[i].from, rows[i].to);
        (void)snprintf(why, sizeof why, "%s: another name", place(rows[i].at));
        expect_flaw(why);
        ratls_buffer_free(&subject);
    }
}

/* A name of one place does for no other. */
Test(intel_chain, no_certificate_takes_the_place_of_another)
{
    for (size_t k = 0; k < RT_COUNT(kinds); k++) {
        for (int which = RT_SIM_ROOT; which < RT_SIM_CERTS; which++) {
            struct kind wrong = kinds[k];
            if (wrong.certs[0] == (enum rt_sim_cert)which)
                continue;
            wrong.certs[0] = (enum rt_sim_cert)which;
            read_good(&wrong);
            expect_flaw("leaf: another name");
        }
    }
}

/* ---- profile: B7, B10 ---- */

static void drop_extension(size_t i, struct ratls_bytes oid)
{
    struct rt_x509 *cert = &c.certs[i];

    for (size_t n = 0; n < cert->n_ext; n++) {
        if (!ratls_bytes_equal(cert->ext[n].oid, oid))
            continue;
        cert->ext[n] = cert->ext[--cert->n_ext];
        return;
    }
    cr_assert(false, "no such extension");
}

Test(intel_chain, each_extension_is_needed_in_each_place)
{
    const struct ratls_bytes needed[] = {RT_OID(AKI), RT_OID(SKI), RT_OID(CRL_DISTRIBUTION),
                                         RT_OID(KEY_USAGE), RT_OID(BASIC_CONSTRAINTS)};
    char why[64];

    for (size_t k = 0; k < RT_COUNT(kinds); k++) {
        for (size_t i = 0; i < kinds[k].kind->n; i++) {
            (void)snprintf(why, sizeof why, "%s: an extension is missing",
                           i + 1 == kinds[k].kind->n ? "root"
                           : i                       ? "intermediate"
                                                     : "leaf");
            for (size_t n = 0; n < RT_COUNT(needed); n++) {
                read_good(&kinds[k]);
                drop_extension(i, needed[n]);
                expect_flaw(why);
            }
        }
        read_good(&kinds[k]);
        expect_good();
    }
}

Test(intel_chain, keys_and_signatures_are_of_one_kind)
{
    for (size_t k = 0; k < RT_COUNT(kinds); k++) {
        for (size_t i = 0; i < kinds[k].kind->n; i++) {
            char why[64];
            read_good(&kinds[k]);
            (void)snprintf(why, sizeof why, "%s: not P-256 with SHA-256", place(i));
            c.certs[i].key.type = RT_KEY_P384;
            expect_flaw(why);
            c.certs[i].key.type = RT_KEY_P256;
            c.certs[i].sig_alg = RT_SIG_ECDSA_SHA384;
            expect_flaw(why);
        }
    }
}

Test(intel_chain, leaves_are_no_authorities_and_may_sign)
{
    static const size_t with_leaf[] = {0, 2, 3};

    for (size_t i = 0; i < RT_COUNT(with_leaf); i++) {
        read_good(&kinds[with_leaf[i]]);
        c.certs[0].is_ca = true;
        expect_flaw("the leaf is a CA");
        c.certs[0].is_ca = false;
        c.certs[0].key_usage &= ~(unsigned)RT_KU_DIGITAL_SIGNATURE;
        expect_flaw("the leaf may not sign");
        c.certs[0].key_usage = RT_KU_DIGITAL_SIGNATURE;
        expect_good();
    }
}

Test(intel_chain, the_pck_ca_issues_no_further_authorities)
{
    static const int lengths[] = {-1, 1, 2, 100};
    static const size_t at[] = {1, 0}; /* of the first two kinds */

    for (size_t k = 0; k < RT_COUNT(at); k++) {
        for (size_t i = 0; i < RT_COUNT(lengths); i++) {
            read_good(&kinds[k]);
            c.certs[at[k]].path_len = lengths[i];
            expect_flaw("may issue further CAs");
        }
    }
}

/* ---- signatures: B3, B5, B6 ---- */

static void spoil_signature(size_t i, struct ratls_buffer *copy)
{
    cr_assert_eq(rt_dup(c.certs[i].signature, copy), RATLS_OK);
    copy->p[copy->len - 1] ^= 1;
    c.certs[i].signature = rt_bytes_of(copy);
}

Test(intel_chain, each_signature_counts)
{
    for (size_t k = 0; k < RT_COUNT(kinds); k++) {
        for (size_t i = 0; i < kinds[k].kind->n; i++) {
            struct ratls_buffer copy;
            read_good(&kinds[k]);
            spoil_signature(i, &copy);
            expect_flaw("");
            ratls_buffer_free(&copy);
        }
    }
}

/* Only what is, byte for byte, part of the proven chain is proven. */
Test(intel_chain, what_was_proven_is_not_proven_again)
{
    struct rt_intel_chain proven;
    struct ratls_buffer copy, der;

    read_good(&kinds[1]);
    proven = c;
    memset(&c, 0, sizeof c);
    read_good(&kinds[0]);
    for (size_t i = 1; i < c.n; i++) {
        spoil_signature(i, &copy);
        cr_expect_eq(prove_after(&proven), RATLS_OK, "%s", err.detail);
        cr_expect_eq(prove_after(NULL), RATLS_E_EVIDENCE_CHAIN);
        const struct ratls_bytes before = c.certs[i].der;
        cr_assert_eq(rt_dup(before, &der), RATLS_OK);
        der.p[der.len - 1] ^= 1;
        c.certs[i].der = rt_bytes_of(&der);
        cr_expect_eq(prove_after(&proven), RATLS_E_EVIDENCE_CHAIN);
        ratls_buffer_free(&der);
        ratls_buffer_free(&copy);
        read_good(&kinds[0]);
    }
    spoil_signature(0, &copy); /* which is no part of it */
    cr_expect_eq(prove_after(&proven), RATLS_E_EVIDENCE_CHAIN);
    ratls_buffer_free(&copy);
    rt_intel_chain_free(&proven);
}

/* ---- roots: B4, D4 ---- */

static enum ratls_err check_root(const struct ratls_root *roots, size_t n, bool *simulated)
{
    err = (struct ratls_error){0};
    return rt_intel_chain_check_root(kind, &c, (struct rt_roots){roots, n}, simulated, &err);
}

Test(intel_chain, the_root_is_one_of_the_pinned_ones)
{
    for (size_t k = 0; k < RT_COUNT(kinds); k++) {
        struct ratls_root roots[3] = {
            {.spki_sha256 = {1}}, {.spki_sha256 = {2}}, {.simulated = false}};
        char hex[2 * 32 + 1];
        bool simulated = false;
        read_good(&kinds[k]);
        cr_assert_eq(rt_x509_spki_hash(rt_intel_root(&c), roots[2].spki_sha256), RATLS_OK);
        cr_expect_eq(check_root(roots, 3, &simulated), RATLS_OK);
        cr_expect(simulated, "the root has its mark");
        cr_expect_eq(check_root(roots, 2, &simulated), kind->root);
        cr_expect(simulated, "whatever is not known to be genuine");
        rt_hex(ratls_bytes(roots[2].spki_sha256, 32), hex);
        cr_expect(strstr(err.detail, hex) && strstr(err.detail, "is not pinned"), "%s", err.detail);
        cr_expect_eq(check_root(roots, 0, &simulated), kind->root);
    }
}

/* T32: either mark is enough. */
Test(intel_chain, the_root_is_simulated_by_mark_or_by_configuration)
{
    const struct rt_sim_pki_knobs unmarked = {.organization = "Intel Corporation"};

    for (int i = 0; i < 4; i++) {
        struct ratls_root root = {.simulated = i % 2};
        bool simulated;
        rt_sim_pki_free(&pki);
        cr_assert_eq(rt_sim_pki_make(ratls_env_system(), i / 2 ? NULL : &unmarked, &pki, NULL),
                     RATLS_OK);
        read_good(&kinds[0]);
        cr_assert_eq(rt_x509_spki_hash(rt_intel_root(&c), root.spki_sha256), RATLS_OK);
        cr_expect_eq(check_root(&root, 1, &simulated), RATLS_OK);
        cr_expect_eq(simulated, i != 0, "%d", i);
    }
}

Test(intel_chain, chains_of_one_root_are_known_by_its_key)
{
    struct rt_intel_chain other;

    read_good(&kinds[0]);
    other = c;
    memset(&c, 0, sizeof c);
    read_good(&kinds[2]);
    cr_expect(rt_intel_same_root(&c, &other));
    rt_sim_pki_free(&pki);
    cr_assert_eq(rt_sim_pki_make(ratls_env_system(), NULL, &pki, NULL), RATLS_OK);
    read_good(&kinds[2]);
    cr_expect_not(rt_intel_same_root(&c, &other), "the same names, another key");
    rt_intel_chain_free(&other);
}

/* ---- dates: B9 ---- */

Test(intel_chain, each_certificate_has_its_dates)
{
    static const int64_t times[] = {999, 1000, 1500, 2000, 2001};

    for (size_t k = 0; k < RT_COUNT(kinds); k++) {
        read_good(&kinds[k]);
        for (size_t i = 0; i < c.n; i++) {
            for (size_t n = 0; n < c.n; n++) {
                c.certs[n].not_before = n == i ? 1000 : 0;
                c.certs[n].not_after = n == i ? 2000 : 9000;
            }
            for (size_t n = 0; n < RT_COUNT(times); n++) {
                const bool inside = times[n] >= 1000 && times[n] <= 2000;
                err = (struct ratls_error){0};
                cr_expect_eq(rt_intel_chain_check_dates(kind, &c, times[n], &err),
                             inside ? RATLS_OK : kind->out_of_date, "%s, %s", kind->what, place(i));
                cr_expect(inside || strstr(err.detail, kind->what), "%s", err.detail);
            }
        }
    }
}
