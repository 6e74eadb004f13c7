/* SEV-SNP: every reject condition, and what must come out of good reports. */
#include "claims_support.h"
#include "evidence_keys_support.h"
#include "flip_support.h"
#include "patch_support.h"
#include "registry.h"
#include "snp_collateral.h"
#include "snp_support.h"

static struct snp_guest g;
static struct ratls_claims *claims;
static struct ratls_error err;
static struct ratls_verify_input input;

static void setup(void)
{
    snp_open_keys();
}

static void teardown(void)
{
    snp_free(&g);
    snp_close_keys();
    ratls_claims_free(claims);
}

TestSuite(snp_verify, .init = setup, .fini = teardown, .timeout = 300);

static void make(const struct bad_snp *plan)
{
    snp_free(&g);
    snp_make(plan, &g);
    input = (struct ratls_verify_input){.size = sizeof input,
                                        .evidence = rt_bytes_of(&g.evidence),
                                        .roots = &g.root,
                                        .n_roots = 1,
                                        .now = snp_now()};
}

static void make_usual(void)
{
    make(&(const struct bad_snp){0});
}

static enum ratls_err verify(void)
{
    ratls_claims_free(claims);
    claims = ratls_claims_new();
    err = (struct ratls_error){0};
    return rt_verifier_run(&rt_verifier_snp, &input, claims, &err);
}

static const char *text(const char *name)
{
    return claim_text(claims, name);
}

static uint64_t number(const char *name)
{
    return claim_number(claims, name);
}

/* ---- good reports ---- */

Test(snp_verify, accepts_every_generation_version_and_kind_of_key)
{
    static const char *const products[] = {"Milan", "Genoa", "Turin"};
    static const uint32_t versions[] = {2, 3, 4, 5};

    for (size_t i = 0; i < RT_COUNT(products) * 2; i++) {
        make(&(const struct bad_snp){.product = products[i / 2], .vlek = i % 2});
        for (size_t v = 0; v < RT_COUNT(versions); v++) {
            g.fields.version = versions[v];
            snp_sign(&g);
            input.evidence = rt_bytes_of(&g.evidence);
            cr_expect_eq(verify(), RATLS_OK, "%s, %zu, version %u: %s", products[i / 2], i % 2,
                         versions[v], err.detail);
            cr_expect_str_eq(text("snp.product"), products[i / 2]);
            cr_expect_str_eq(text("snp.signing_key"), i % 2 ? "vlek" : "vcek");
            cr_expect_eq(number("snp.version"), versions[v]);
            cr_expect_eq(number("simulated"), 1);
            cr_expect_str_eq(text("tcb_status"), "not_evaluated");
            cr_expect_eq(ratls_claims_get(claims, "platform_id") != NULL, i % 2 == 0);
            cr_expect_eq(ratls_claims_get(claims, "snp.cpuid_fam_mod_step") != NULL,
                         versions[v] >= 3);
            cr_expect_eq(ratls_claims_get(claims, "snp.current_mit_vector") != NULL,
                         versions[v] == 5);
        }
    }
}

Test(snp_verify, names_the_keys_of_vek_issuer_and_root)
{
    struct key_digest due[RT_SIM_SNP_CERTS];

    for (int vlek = 0; vlek < 2; vlek++) {
        make(&(const struct bad_snp){.vlek = vlek});
        for (size_t i = 0; i < RT_SIM_SNP_CERTS; i++)
            due[RT_SIM_SNP_CERTS - 1 - i] = digest_of_cert(&g.chain.der[i]);
        cr_assert_eq(verify(), RATLS_OK, "%s", err.detail);
        expect_evidence_keys(claims, due, RT_SIM_SNP_CERTS);
    }
    g.evidence.p[0x50] ^= 1; /* report data */
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_SIGNATURE);
    cr_expect_null(ratls_claims_get(claims, "evidence_keys"));
}

Test(snp_verify, ends_with_the_first_certificate_that_ends)
{
    make(&(const struct bad_snp){.chain.not_after[RT_SIM_ASK] = FUTURE});
    cr_expect_eq(verify(), RATLS_OK, "%s", err.detail);
    cr_expect_leq(number("collateral_expires"), (uint64_t)FUTURE);
    input.now = (int64_t)number("collateral_expires");
    cr_expect_eq(verify(), RATLS_OK, "%s", err.detail);
    input.now++;
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_TIME);
}

/* Bits that AMD did not define yet are no reason: T136. */
Test(snp_verify, shows_unknown_platform_bits)
{
    for (unsigned bit = 0; bit < 64; bit++) {
        static const char *const names[] = {"smt_enabled",
                                            "tsme_enabled",
                                            "ecc_enabled",
                                            "rapl_disabled",
                                            "ciphertext_hiding_enabled",
                                            "alias_check_complete",
                                            NULL,
                                            "sev_tio"};
        char name[64];
        make_usual();
        g.fields.platform_info = 1ULL << bit;
        snp_sign(&g);
        input.evidence = rt_bytes_of(&g.evidence);
        cr_expect_eq(verify(), RATLS_OK, "%s", err.detail);
        cr_expect_eq(number("snp.platform_info_other"), bit == 6 || bit > 7, "%u", bit);
        for (unsigned i = 0; i < RT_COUNT(names); i++) {
            (void)snprintf(name, sizeof name, "snp.platform_%s", names[i] ? names[i] : "x");
            if (names[i])
                cr_expect_eq(number(name), i == bit, "%s, bit %u", name, bit);
        }
    }
}

Test(snp_verify, every_policy_bit_has_its_name)
{
    static const struct {
        const char *name;
        unsigned bit;
    } rows[] = {
        {"snp.policy_smt_allowed", 16},
        {"snp.policy_migrate_ma", 18},
        {"snp.policy_debug_allowed", 19},
        {"snp.policy_single_socket", 20},
        {"snp.policy_cxl_allowed", 21},
        {"snp.policy_mem_aes_256_xts", 22},
        {"snp.policy_rapl_dis", 23},
        {"snp.policy_ciphertext_hiding", 24},
        {"snp.policy_page_swap_disable", 25},
        {"debug", 19},
        {"snp.debug", 19},
        {"snp.migrate_ma", 18},
        {"snp.smt_allowed", 16},
    };

    for (unsigned bit = 16; bit < 26; bit++) {
        make_usual();
        g.fields.policy = RT_SIM_SNP_ONE | 1ULL << bit | 0x0205;
        snp_sign(&g);
        input.evidence = rt_bytes_of(&g.evidence);
        cr_expect_eq(verify(), RATLS_OK, "%s", err.detail);
        cr_expect_str_eq(text("snp.abi"), "2.5");
        cr_expect_eq(number("snp.policy_abi_major"), 2);
        cr_expect_eq(number("snp.policy_abi_minor"), 5);
        for (size_t i = 0; i < RT_COUNT(rows); i++)
            cr_expect_eq(number(rows[i].name), rows[i].bit == bit, "%s, bit %u", rows[i].name, bit);
    }
}

Test(snp_verify, shows_each_field_at_its_place)
{
    static const uint8_t reported[] = {3, 0, 0, 0, 0, 0, 20, 200},
                         committed[] = {3, 0, 0, 0, 0, 0, 20, 201},
                         current[] = {4, 1, 0, 0, 0, 0, 24, 219},
                         launch[] = {2, 0, 0, 0, 0, 0, 19, 199};

    make_usual();
    memcpy(g.platform.tcb, reported, 8);
    rt_sim_snp_chain_free(&g.chain);
    MUST(rt_sim_snp_chain_make(ratls_env_system(), &snp_keys, &g.platform, NULL, &g.chain));
    memcpy(g.fields.reported_tcb, reported, 8);
    memcpy(g.fields.committed_tcb, committed, 8);
    memcpy(g.fields.current_tcb, current, 8);
    memcpy(g.fields.launch_tcb, launch, 8);
    memset(g.fields.family_id, 1, 16);
    memset(g.fields.image_id, 2, 16);
    memset(g.fields.host_data, 3, 32);
    memset(g.fields.id_key_digest, 4, 48);
    memset(g.fields.author_key_digest, 5, 48);
    g.fields.guest_svn = 0x01020304;
    g.fields.vmpl = 3;
    g.fields.key_bits = 3;
    g.fields.committed[0] = 28;
    snp_sign(&g);
    input.evidence = rt_bytes_of(&g.evidence);
    cr_assert_eq(verify(), RATLS_OK, "%s", err.detail);
    cr_expect_str_eq(text("snp.family_id"), "01010101010101010101010101010101");
    cr_expect_str_eq(text("snp.image_id"), "02020202020202020202020202020202");
    cr_expect_eq(strspn(text("snp.host_data"), "03"), 64);
    cr_expect_eq(strspn(text("snp.id_key_digest"), "04"), 96);
    cr_expect_eq(strspn(text("snp.author_key_digest"), "05"), 96);
    cr_expect_eq(strspn(text("measurement"), "53"), 96);
    cr_expect_eq(strspn(text("report_data"), "1"), 128);
    cr_expect_eq(strspn(text("snp.report_id"), "52"), 64);
    cr_expect_eq(strspn(text("snp.report_id_ma"), "f"), 64);
    cr_expect_eq(number("snp.guest_svn"), 0x01020304);
    cr_expect_eq(number("snp.vmpl"), 3);
    cr_expect_eq(number("snp.author_key_en"), 1);
    cr_expect_eq(number("snp.mask_chip_key"), 1);
    cr_expect_str_eq(text("snp.reported_tcb"), "03000000000014c8");
    cr_expect_str_eq(text("snp.launch_tcb"), "02000000000013c7");
    cr_expect_eq(number("snp.current_tcb_bootloader"), 4);
    cr_expect_eq(number("snp.current_tcb_tee"), 1);
    cr_expect_eq(number("snp.committed_tcb_microcode"), 201);
    cr_expect_eq(number("snp.launch_tcb_snp"), 19);
    cr_expect_eq(number("snp.committed_equals_current"), 0);
    cr_expect_eq(number("snp.vek_spl_snp"), 20);
    cr_expect_str_eq(text("snp.current_version"), "1.55.29");
    cr_expect_str_eq(text("snp.committed_version"), "1.55.28");
    cr_expect_str_eq(text("snp.product_name"), "Milan-B0");
    cr_expect_str_eq(text("snp.hwid"), text("snp.chip_id"));
}

/* ---- flaws ---- */

Test(snp_verify, refuses_each_flaw_for_its_reason)
{
    for (size_t i = 0; i < RT_COUNT(bad_snp); i++) {
        make(&bad_snp[i]);
        cr_expect_eq(verify(), bad_snp[i].e, "%s: %s, %s", bad_snp[i].name,
                     ratls_err_reason(err.code), err.detail);
        cr_expect(strstr(err.detail, bad_snp[i].detail), "%s: %s", bad_snp[i].name, err.detail);
    }
}

static enum ratls_err judge_patched(struct ratls_bytes bytes, struct ratls_error *why)
{
    input.evidence = bytes;
    enum ratls_err e = verify();
    *why = err;
    return e;
}

Test(snp_verify, refuses_each_patch)
{
    make_usual();
    const struct patch_table table = {"snp_report.txt", rt_bytes_of(&g.evidence), judge_patched};
    cr_assert_gt(patch_try_all(&table), 90);
}

Test(snp_verify, refuses_an_ark_of_rsa_2048)
{
    make(&(const struct bad_snp){.chain.small_key[RT_SIM_ARK] = true});
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_CHAIN);
    cr_expect(strstr(err.detail, "not RSA-4096"), "%s", err.detail);
}

/* T132: names prove nothing. */
Test(snp_verify, refuses_a_root_that_is_not_pinned)
{
    make_usual();
    g.root.spki_sha256[31] ^= 1;
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_ROOT);
    input.n_roots = 0;
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_ROOT);
}

/* AMD's own keys are trusted for their own generation; this one is none of them. */
Test(snp_verify, trusts_no_simulated_root_by_its_pins)
{
    struct ratls_root pinned[RT_SNP_PRODUCTS] = {{.simulated = false}};

    make_usual();
    for (size_t i = 0; i < RT_SNP_PRODUCTS; i++)
        memcpy(pinned[i].spki_sha256, rt_snp_pins[i], sizeof pinned[i].spki_sha256);
    input.roots = pinned;
    input.n_roots = RT_SNP_PRODUCTS;
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_ROOT);
}

Test(snp_verify, a_simulated_root_is_known_by_its_organization_too)
{
    make_usual();
    g.root.simulated = false;
    cr_expect_eq(verify(), RATLS_OK, "%s", err.detail);
    cr_expect_eq(number("simulated"), 1);
}

Test(snp_verify, refuses_an_event_log)
{
    make_usual();
    input.event_log = ratls_bytes_str("");
    cr_expect_eq(verify(), RATLS_E_EVENT_LOG);
    input.event_log.p = NULL;
    input.ima_log = ratls_bytes_str("");
    cr_expect_eq(verify(), RATLS_E_EVENT_LOG);
}

Test(snp_verify, names_evidence_of_a_paravisor)
{
    static const uint8_t hcl[2600] = "HCLA";

    make_usual();
    input.evidence = ratls_bytes(hcl, sizeof hcl);
    cr_expect(rt_verifier_snp.recognises(input.evidence));
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_UNKNOWN);
    cr_expect(strstr(err.detail, "paravisor"), "%s", err.detail);
}

Test(snp_verify, recognises_reports_by_their_version)
{
    static const struct {
        const char *bytes;
        bool is_report;
    } rows[] = {
        {"\x00\x00\x00\x00", false}, {"\x01\x00\x00\x00", true},  {"\x05\x00\x00\x00", true},
        {"\x0f\x00\x00\x00", true},  {"\x10\x00\x00\x00", false}, {"\x03\x00\x02\x00", false},
        {"\x04\x00\x02\x00", false}, {"\x02\x00\x00\x01", false},
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++)
        cr_expect_eq(rt_verifier_snp.recognises(ratls_bytes(rows[i].bytes, 4)), rows[i].is_report,
                     "row %zu", i);
    cr_expect_not(rt_verifier_snp.recognises(ratls_bytes("\x02\x00\x00", 3)));
}

/* ---- the signature ---- */

/* R and S are numbers of 384 bits below the order, little endian. */
static void set_scalar(size_t at, const uint8_t big_endian[48])
{
    for (size_t i = 0; i < 48; i++)
        g.evidence.p[at + i] = big_endian[47 - i];
}

static const uint8_t order[48] = {
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xc7, 0x63, 0x4d, 0x81, 0xf4, 0x37, 0x2d, 0xdf,
    0x58, 0x1a, 0x0d, 0xb2, 0x48, 0xb0, 0xa7, 0x7a, 0xec, 0xec, 0x19, 0x6a, 0xcc, 0xc5, 0x29, 0x73};

Test(snp_verify, refuses_scalars_out_of_range)
{
    static const uint8_t zero[48];

    for (size_t i = 0; i < 4; i++) {
        make_usual();
        set_scalar(i % 2 ? 0x2e8 : 0x2a0, i / 2 ? zero : order);
        cr_expect_eq(verify(), RATLS_E_EVIDENCE_SIGNATURE, "row %zu", i);
    }
}

/* T135: read as big endian they are other numbers. */
Test(snp_verify, refuses_big_endian_scalars)
{
    uint8_t *p;

    make_usual();
    p = g.evidence.p + 0x2a0;
    for (size_t k = 0; k < 2; k++, p += 72)
        for (size_t i = 0; i < 24; i++) {
            uint8_t t = p[i];
            p[i] = p[47 - i];
            p[47 - i] = t;
        }
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_SIGNATURE);
}

static void twin(void)
{
    uint8_t s[48];
    int borrow = 0;

    for (size_t i = 48; i-- > 0;) {
        int d = order[i] - g.evidence.p[0x2e8 + 47 - i] - borrow;
        borrow = d < 0;
        s[i] = (uint8_t)(d + (borrow ? 256 : 0));
    }
    set_scalar(0x2e8, s);
}

/* T137: (r, n - s) verifies as well as (r, s). Nothing is kept under a signature: both reports find
 * the same kept VEK, and a refused one is refused again. */
Test(snp_verify, the_twin_of_a_signature_is_nothing_new)
{
    const struct ratls_collateral_input document = {.size = sizeof document};
    struct ratls_collateral_input in = document;
    struct ratls_buffer json;
    void *kept = NULL;

    make_usual();
    MUST(rt_sim_snp_collateral(ratls_env_system(), &snp_keys, &g.chain, NULL, &json));
    in.document = rt_bytes_of(&json);
    in.roots = &g.root;
    in.n_roots = 1;
    MUST(rt_snp_collateral_new(&in, &kept, NULL));
    const void *const list[] = {kept};
    input.collateral = list;
    input.n_collateral = 1;
    cr_expect_eq(verify(), RATLS_OK, "%s", err.detail);
    struct rt_snp_collateral *c = kept;
    struct rt_kept *vek = rt_kept_cache_get(c->veks, rt_bytes_of(&g.chain.der[RT_SIM_VEK]));
    cr_assert_not_null(vek);
    unsigned refs = atomic_load(&vek->refs);
    twin();
    cr_expect_eq(verify(), RATLS_OK, "%s", err.detail);
    cr_expect_eq(atomic_load(&vek->refs), refs, "kept once");
    g.evidence.p[0x2e8] ^= 1;
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_SIGNATURE);
    twin();
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_SIGNATURE);
    rt_kept_unref(vek);
    rt_snp_collateral_free(kept);
    ratls_buffer_free(&json);
}

/* All but the layout of the table is signed or demanded to be zero. */
Test(snp_verify, every_flipped_bit_of_a_report_is_refused)
{
    make_usual();
    for (size_t i = 0; i < 8 * 1184; i += FLIP_STEP) {
        g.evidence.p[i / 8] ^= (uint8_t)(1 << i % 8);
        cr_expect_neq(verify(), RATLS_OK, "bit %zu of byte %zu", i % 8, i / 8);
        g.evidence.p[i / 8] ^= (uint8_t)(1 << i % 8);
    }
}

/* In a report of `version`, byte by byte; `is_signed`: under a good signature. */
static void refuse_set_bytes(uint32_t version, size_t first, size_t end, bool is_signed)
{
    make_usual();
    g.fields.version = version;
    snp_sign(&g);
    input.evidence = rt_bytes_of(&g.evidence);
    cr_assert_eq(verify(), RATLS_OK, "%s", err.detail);
    for (size_t at = first; at < end; at++) {
        g.evidence.p[at] = 0x80;
        if (is_signed)
            MUST(rt_sim_snp_sign(ratls_env_system(), &snp_keys, g.evidence.p));
        cr_expect_eq(verify(), RATLS_E_EVIDENCE_FORMAT, "byte %zx: %s", at, err.detail);
        g.evidence.p[at] = 0;
    }
}

/* A5: a signature over reserved bytes does not make them good. */
Test(snp_verify, reserved_bytes_are_zero_though_they_are_signed)
{
    refuse_set_bytes(3, 0x04c, 0x050, true);
    refuse_set_bytes(2, 0x188, 0x18b, true);
    refuse_set_bytes(3, 0x18b, 0x1a0, true);
    refuse_set_bytes(3, 0x1eb, 0x1ec, true);
    refuse_set_bytes(3, 0x1ef, 0x1f0, true);
    refuse_set_bytes(4, 0x1f8, 0x208, true);
    refuse_set_bytes(5, 0x208, 0x2a0, true);
}

/* The upper bytes of R and S, and what follows them, are signed by nobody. */
Test(snp_verify, bytes_beside_the_signature_are_zero)
{
    refuse_set_bytes(3, 0x2d0, 0x2e8, false);
    refuse_set_bytes(3, 0x318, 0x4a0, false);
}

/* Each byte of each certificate; the self-signature of the ARK counts too. */
Test(snp_verify, every_flipped_byte_of_a_certificate_is_refused)
{
    make_usual();
    const size_t first = 1184 + 4 * 24;
    for (size_t i = first; i < g.evidence.len; i++) {
        g.evidence.p[i] ^= 1;
        cr_expect_neq(verify(), RATLS_OK, "byte %zu", i - first);
        g.evidence.p[i] ^= 1;
    }
}

Test(snp_verify, every_truncation_is_refused)
{
    make_usual();
    for (size_t n = 0; n < g.evidence.len; n++) {
        input.evidence = ratls_bytes(g.evidence.p, n);
        cr_expect_neq(verify(), RATLS_OK, "%zu bytes", n);
    }
}

/* ---- inspection ---- */

Test(snp_verify, inspection_shows_what_the_bytes_say)
{
    make_usual();
    for (int with_certs = 0; with_certs < 2; with_certs++) {
        for (uint32_t version = 2; version <= 3; version++) {
            g.fields.version = version;
            snp_sign(&g);
            ratls_claims_free(claims);
            claims = ratls_claims_new();
            MUST(rt_verifier_snp.describe(rt_bytes_of(with_certs ? &g.evidence : &g.report), claims,
                                          &err));
            cr_expect_str_eq(text("tee"), "snp");
            cr_expect_str_eq(text("tcb_status"), "not_evaluated");
            cr_expect_eq(ratls_claims_get(claims, "simulated") != NULL, with_certs);
            cr_expect_str_eq(text("snp.product"), with_certs || version == 3 ? "Milan" : "(none)");
            cr_expect_eq(ratls_claims_get(claims, "snp.reported_tcb_snp") != NULL,
                         with_certs || version == 3);
        }
    }
    cr_expect_eq(rt_verifier_snp.describe(ratls_bytes(g.report.p, 1183), claims, NULL),
                 RATLS_E_EVIDENCE_FORMAT);
}
