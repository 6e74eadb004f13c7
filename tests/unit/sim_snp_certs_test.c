/* Certificates and collateral of the simulated SEV-SNP platform: AMD's profile, and the knobs. */
#include <stdlib.h>

#include "oid.h"
#include "snp_collateral.h"
#include "snp_support.h"
#include "vectors_support.h"

static struct snp_guest g;
static struct rt_x509 cert[RT_SIM_SNP_CERTS];
static struct ratls_buffer json;
static struct ratls_error err;

static void setup(void)
{
    snp_open_keys();
}

static void teardown(void)
{
    snp_free(&g);
    snp_close_keys();
    ratls_buffer_free(&json);
}

TestSuite(sim_snp_certs, .init = setup, .fini = teardown, .timeout = 120);

static void make(const struct bad_snp *plan)
{
    snp_free(&g);
    snp_make(plan, &g);
    for (size_t i = 0; i < RT_SIM_SNP_CERTS; i++)
        MUST(rt_x509_parse(rt_bytes_of(&g.chain.der[i]), &cert[i], NULL));
}

/* ---- profile ---- */

#define FRAME "OU=Engineering, C=US, L=Santa Clara, ST=CA, O=" RT_SIM_ORGANIZATION ", CN="

static void expect_name(struct ratls_bytes name, const char *common_name)
{
    char text[256], expected[256];

    rt_x509_name_text(name, text, sizeof text);
    (void)snprintf(expected, sizeof expected, FRAME "%s", common_name);
    cr_expect_str_eq(text, expected);
}

Test(sim_snp_certs, names_are_those_of_amd_but_for_the_organization)
{
    static const struct {
        const char *product, *name[RT_SIM_SNP_CERTS];
        bool vlek;
    } rows[] = {
        {"Milan", {"ARK-Milan", "SEV-Milan", "SEV-VCEK"}, false},
        {"Genoa", {"ARK-Genoa", "SEV-Genoa", "SEV-VCEK"}, false},
        {"Turin", {"ARK-Turin", "SEV-VLEK-Turin", "SEV-VLEK"}, true},
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        make(&(const struct bad_snp){.product = rows[i].product, .vlek = rows[i].vlek});
        for (size_t c = 0; c < RT_SIM_SNP_CERTS; c++) {
            expect_name(cert[c].subject, rows[i].name[c]);
            expect_name(cert[c].issuer, rows[i].name[c ? c - 1 : 0]);
        }
        cr_expect(rt_x509_is_simulated(&cert[RT_SIM_ARK]));
    }
}

Test(sim_snp_certs, issuers_are_restricted_as_amds)
{
    make(&(const struct bad_snp){0});
    for (size_t i = RT_SIM_ARK; i <= RT_SIM_ASK; i++) {
        cr_expect_eq(cert[i].sig_alg, RT_SIG_RSAPSS_SHA384);
        cr_expect_eq(cert[i].key.type, RT_KEY_RSA);
        cr_expect_eq(cert[i].key.bits, 4096);
        cr_expect(cert[i].is_ca);
        cr_expect_eq(cert[i].not_after - cert[i].not_before, INT64_C(9132) * DAY_S, "25 years");
    }
    cr_expect_eq(cert[RT_SIM_ARK].path_len, -1);
    cr_expect_eq(cert[RT_SIM_ASK].path_len, 0);
    cr_expect_eq(cert[RT_SIM_ARK].key_usage, (unsigned)(RT_KU_CERT_SIGN | RT_KU_CRL_SIGN));
    cr_expect_eq(cert[RT_SIM_ASK].key_usage, (unsigned)RT_KU_CERT_SIGN);
}

Test(sim_snp_certs, veks_live_for_seven_years_or_one)
{
    make(&(const struct bad_snp){0});
    cr_expect_eq(cert[RT_SIM_VEK].not_after - cert[RT_SIM_VEK].not_before, INT64_C(2557) * DAY_S);
    cr_expect_eq(cert[RT_SIM_VEK].serial.len, 1);
    cr_expect_eq(cert[RT_SIM_VEK].serial.p[0], 0);
    cr_expect_eq(cert[RT_SIM_VEK].key.type, RT_KEY_P384);
    cr_expect_eq(cert[RT_SIM_VEK].sig_alg, RT_SIG_RSAPSS_SHA384);
    make(&(const struct bad_snp){.vlek = true});
    cr_expect_eq(cert[RT_SIM_VEK].not_after - cert[RT_SIM_VEK].not_before, INT64_C(365) * DAY_S);
}

static struct ratls_bytes amd_ext(const char *arcs)
{
    uint8_t oid[16];
    const struct ratls_bytes base = RT_OID(AMD);

    memcpy(oid, base.p, base.len);
    memcpy(oid + base.len, arcs, strlen(arcs));
    const struct rt_ext *ext =
        rt_x509_ext(&cert[RT_SIM_VEK], ratls_bytes(oid, base.len + strlen(arcs)));
    return ext ? ext->value : ratls_bytes(NULL, 0);
}

#define EXPECT_EXT(arcs, bytes)                                                                    \
    cr_expect(ratls_bytes_equal(amd_ext(arcs), ratls_bytes(bytes, sizeof(bytes) - 1)), "%s", bytes)

Test(sim_snp_certs, a_milan_vcek_has_amds_extensions)
{
    make(&(const struct bad_snp){0});
    cr_expect_eq(cert[RT_SIM_VEK].n_ext, 11);
    EXPECT_EXT("\x01", "\x02\x01\x00");
    EXPECT_EXT("\x02", "\x16\x08Milan-B0");
    EXPECT_EXT("\x03\x01", "\x02\x01\x04");
    EXPECT_EXT("\x03\x02", "\x02\x01\x00");
    EXPECT_EXT("\x03\x03", "\x02\x01\x18");
    EXPECT_EXT("\x03\x04", "\x02\x01\x00");
    EXPECT_EXT("\x03\x08", "\x02\x02\x00\xdb");
    cr_expect(ratls_bytes_equal(amd_ext("\x04"), ratls_bytes(g.fields.chip_id, 64)), "raw bytes");
}

Test(sim_snp_certs, a_turin_vcek_has_amds_extensions)
{
    make(&(const struct bad_snp){.product = "Turin"});
    cr_expect_eq(cert[RT_SIM_VEK].n_ext, 11);
    EXPECT_EXT("\x01", "\x02\x01\x01");
    EXPECT_EXT("\x02", "\x16\x05Turin");
    EXPECT_EXT("\x03\x09", "\x02\x01\x01");
    EXPECT_EXT("\x03\x03", "\x02\x01\x04");
    EXPECT_EXT("\x03\x08", "\x02\x01\x51");
    cr_expect_eq(amd_ext("\x03\x04").len, 0);
    cr_expect(ratls_bytes_equal(amd_ext("\x04"), ratls_bytes(g.fields.chip_id, 8)), "raw bytes");
    cr_expect(rt_all_zero(g.fields.chip_id + 8, 56));
}

/* ---- beside real ones ---- */

/* RSASSA-PSS with SHA-384, MGF1 with it, salt of 48 bytes, as AMD writes it for a VEK. */
#define PSS                                                                                        \
    "\x30\x41\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a\x30\x34\xa0\x0f\x30\x0d\x06\x09\x60\x86" \
    "\x48\x01\x65\x03\x04\x02\x02\x05\x00\xa1\x1c\x30\x1a\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01" \
    "\x08\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\xa2\x03\x02\x01\x30"

/* Same extensions in the same order; same kind of value, and same length where it is fixed. */
static void expect_like(const struct rt_x509 *real, const struct rt_x509 *ours, const char *name)
{
    cr_expect_not_null(memmem(real->der.p, real->der.len, PSS, sizeof PSS - 1), "%s", name);
    cr_expect_not_null(memmem(ours->der.p, ours->der.len, PSS, sizeof PSS - 1), "%s", name);
    cr_expect(ratls_bytes_equal(real->serial, ours->serial), "%s", name);
    cr_assert_eq(real->n_ext, ours->n_ext, "%s", name);
    for (size_t i = 0; i < real->n_ext; i++) {
        const struct rt_ext *a = &real->ext[i], *b = &ours->ext[i];
        cr_expect(ratls_bytes_equal(a->oid, b->oid), "%s: extension %zu", name, i);
        cr_expect_eq(a->critical, b->critical, "%s: extension %zu", name, i);
        if (a->value.len < 60 && a->value.len > 8)
            cr_expect_eq(a->value.p[0], b->value.p[0], "%s: extension %zu", name, i);
        if (a->value.len >= 60)
            cr_expect_eq(a->value.len, b->value.len, "%s: extension %zu", name, i);
    }
}

Test(sim_snp_certs, veks_look_like_real_ones)
{
    static const struct {
        const char *file;
        struct bad_snp plan;
    } rows[] = {
        {"amd/milan-v3-1/vcek.der", {.product = "Milan"}},
        {"amd/genoa-v3-1/vcek.der", {.product = "Genoa"}},
        {"amd/turin-v5-1/vcek.der", {.product = "Turin"}},
        {"amd/milan-v3-vlek-1/vlek.der", {.product = "Milan", .vlek = true}},
    };
    struct ratls_buffer der;
    struct rt_x509 real;

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        if (read_vector(rows[i].file, &der) != RATLS_OK)
            cr_skip_test("no %s in %s", rows[i].file, vectors_folder());
        MUST(rt_x509_parse(rt_bytes_of(&der), &real, NULL));
        make(&rows[i].plan);
        expect_like(&real, &cert[RT_SIM_VEK], rows[i].file);
        ratls_buffer_free(&der);
    }
}

/* ---- judged by another ---- */

static void save(const char *folder, const char *name, int which)
{
    struct ratls_buffer pem = snp_pem(&g.chain, &which, 1);
    char path[128];

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    cr_assert_not_null(f);
    cr_assert_eq(fwrite(pem.p, 1, pem.len, f), pem.len);
    (void)fclose(f);
    ratls_buffer_free(&pem);
}

Test(sim_snp_certs, openssl_verifies_the_chain)
{
    char folder[] = "/tmp/sim_snp_certs.XXXXXX", command[512];

    if (system("openssl version >/dev/null 2>&1") != 0)
        cr_skip_test("no openssl");
    cr_assert_not_null(mkdtemp(folder));
    make(&(const struct bad_snp){0});
    save(folder, "ark", RT_SIM_ARK);
    save(folder, "ask", RT_SIM_ASK);
    save(folder, "vek", RT_SIM_VEK);
    (void)snprintf(
        command, sizeof command,
        "cd %s && openssl verify -check_ss_sig -CAfile ark -untrusted ask vek >/dev/null", folder);
    cr_expect_eq(system(command), 0);
    (void)snprintf(command, sizeof command, "rm -rf %s", folder);
    cr_expect_eq(system(command), 0);
}

/* ---- collateral ---- */

struct bad_collateral {
    const char *name;
    struct rt_sim_snp_collateral_knobs knobs;
    enum ratls_err e; /* of reading it, or of evidence judged with it */
};

static enum ratls_err judge(const struct bad_collateral *plan)
{
    struct ratls_collateral_input in = {.size = sizeof in, .roots = &g.root, .n_roots = 1};
    struct ratls_claims *claims = ratls_claims_new();
    void *c = NULL;

    err = (struct ratls_error){0};
    ratls_buffer_free(&json);
    MUST(rt_sim_snp_collateral(ratls_env_system(), &snp_keys, &g.chain, &plan->knobs, &json));
    in.document = rt_bytes_of(&json);
    enum ratls_err e = rt_snp_collateral_new(&in, &c, &err);
    const void *const list[] = {c};
    const struct ratls_verify_input input = {.size = sizeof input,
                                             .evidence = rt_bytes_of(&g.evidence),
                                             .roots = &g.root,
                                             .n_roots = 1,
                                             .collateral = list,
                                             .n_collateral = 1,
                                             .now = snp_now()};
    if (e == RATLS_OK)
        e = rt_verifier_snp.verify(&input, claims, &err);
    rt_snp_collateral_free(c);
    ratls_claims_free(claims);
    return e;
}

Test(sim_snp_certs, collateral_has_the_flaw_that_was_asked_for)
{
    static const struct bad_collateral rows[] = {
        {"usual", {.number = 0}, RATLS_OK},
        {"with-vek", {.with_vek = true}, RATLS_OK},
        {"revoked", {.revoke = true}, RATLS_E_REVOKED},
        {"expired", {.this_update = PAST, .next_update = PAST + DAY_S}, RATLS_E_COLLATERAL_TIME},
        {"to-come", {.this_update = FUTURE, .next_update = FUTURE + 1}, RATLS_E_COLLATERAL_TIME},
        {"by-the-ask", {.by_ask = true}, RATLS_E_COLLATERAL_SIGNATURE},
        {"by-ecdsa", {.by_ec = true}, RATLS_E_COLLATERAL_SIGNATURE},
        {"issuer-name", {.wrong_issuer_name = true}, RATLS_E_COLLATERAL_SIGNATURE},
        {"no-crl", {.without = "crl"}, RATLS_E_COLLATERAL_MISSING},
        {"crl-null", {.instead = "crl", .instead_json = "null"}, RATLS_E_COLLATERAL_MISSING},
        {"crl-number", {.instead = "crl", .instead_json = "7"}, RATLS_E_COLLATERAL_FORMAT},
        {"no-chain", {.without = "vek_issuer_chain"}, RATLS_E_COLLATERAL_MISSING},
        {"vek",
         {.with_vek = true, .instead = "vek", .instead_json = "\"x\""},
         RATLS_E_COLLATERAL_FORMAT},
    };

    for (size_t i = 0; i < 2 * RT_COUNT(rows); i++) {
        make(&(const struct bad_snp){.vlek = i % 2});
        cr_expect_eq(judge(&rows[i / 2]), rows[i / 2].e, "%s: %s", rows[i / 2].name, err.detail);
    }
}
