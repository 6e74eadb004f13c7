/* virtCCA: what must come out of good tokens, and each flaw with its reason. */
#include "device_chain.h"
#include "evidence_keys_support.h"
#include "flip_support.h"
#include "token.h"
#include "virtcca_support.h"

TestSuite(virtcca_verify, .fini = teardown, .timeout = 300);

/* ---- good tokens ---- */

Test(virtcca_verify, accepts_both_kinds_of_key_with_and_without_a_platform_token)
{
    for (int i = 0; i < 4; i++) {
        make(&(const struct bad_virtcca){.rsa = i & 1, .no_platform = i & 2});
        cr_expect_eq(verify(), RATLS_OK, "%d: %s", i, err.detail);
        cr_expect_eq(number("virtcca.platform_token_present"), !(i & 2));
        cr_expect_eq(number("simulated"), 1);
        cr_expect_eq(number("debug"), 0);
        cr_expect_eq(number("virtcca.eventlog.present"), 0);
        cr_expect_eq(number("virtcca.ima.present"), 0);
        cr_expect_null(ratls_claims_get(claims, "virtcca.eventlog.rem_match"));
        cr_expect_null(ratls_claims_get(claims, "virtcca.ima.rem_match"));
        cr_expect_eq(ratls_claims_get(claims, "virtcca.platform.lifecycle") != NULL, !(i & 2));
        cr_expect_str_eq(text("tcb_status"), "not_evaluated");
        cr_expect_str_eq(text("virtcca.dev_cert.revocation"), "not_checked");
    }
}

static struct ratls_bytes filled(uint8_t *at, uint8_t value, size_t n)
{
    memset(at, value, n);
    return ratls_bytes(at, n);
}

static void expect_filled(const char *name, const char *two, size_t bytes)
{
    cr_expect_eq(strlen(text(name)), 2 * bytes, "%s: %s", name, text(name));
    for (size_t i = 0; i < bytes; i++)
        cr_expect_eq(memcmp(text(name) + 2 * i, two, 2), 0, "%s: %s", name, text(name));
}

Test(virtcca_verify, shows_each_field_at_its_place)
{
    static uint8_t b[16][64];
    struct rt_sim_virtcca_cvm *c = &g.plan.cvm;
    struct rt_sim_virtcca_platform *p = &g.plan.platform;

    make_usual();
    c->challenge = filled(b[0], 0x10, 64);
    c->rpv = filled(b[1], 0x11, 64);
    c->rim = filled(b[2], 0x12, 64);
    c->rem[0] = filled(b[3], 0x13, 32);
    c->rem[1] = filled(b[4], 0x14, 48);
    c->rem[2] = filled(b[5], 0x15, 64);
    c->rem[3] = filled(b[6], 0x16, 32);
    c->hash_alg = ratls_bytes("sha-384\0", 8);
    c->key_hash_alg = ratls_bytes("sha-256\0", 8);
    p->implementation_id = filled(b[7], 0x17, 32);
    p->config = filled(b[8], 0x18, 3);
    p->measurement = filled(b[9], 0x19, 32);
    p->lifecycle = 0x30ab;
    make_again();
    cr_assert_eq(verify(), RATLS_OK, "%s", err.detail);
    expect_filled("report_data", "10", 64);
    expect_filled("virtcca.cvm.challenge", "10", 64);
    expect_filled("virtcca.cvm.rpv", "11", 64);
    expect_filled("measurement", "12", 64);
    expect_filled("virtcca.cvm.rim", "12", 64);
    expect_filled("virtcca.cvm.rem0", "13", 32);
    expect_filled("virtcca.cvm.rem1", "14", 48);
    expect_filled("virtcca.cvm.rem2", "15", 64);
    expect_filled("virtcca.cvm.rem3", "16", 32);
    cr_expect_str_eq(text("virtcca.cvm.hash_alg"), "sha-384");
    cr_expect_str_eq(text("virtcca.cvm.pub_key_hash_alg"), "sha-256");
    expect_filled("virtcca.platform.implementation_id", "17", 32);
    expect_filled("virtcca.platform.config", "18", 3);
    expect_filled("virtcca.platform.sw_components.5.measurement", "19", 32);
    cr_expect_eq(number("virtcca.platform.lifecycle"), 0x30ab);
    cr_expect_str_eq(text("virtcca.platform.lifecycle_state"), "secured");
    cr_expect_eq(number("virtcca.cvm.unknown_claims"), 0);
}

static void expect_hash(const char *name, struct ratls_bytes of)
{
    uint8_t digest[RT_SHA256_LEN];
    char hex[2 * RT_SHA256_LEN + 1];

    MUST(rt_sha256(of, digest));
    rt_hex(ratls_bytes(digest, sizeof digest), hex);
    cr_expect_str_eq(text(name), hex);
}

Test(virtcca_verify, names_the_device_after_its_key)
{
    struct rt_sim_virtcca_carried key;
    char serial[64];
    struct rt_x509 device;

    make_usual();
    MUST(rt_x509_parse(rt_bytes_of(&g.chain.der[RT_SIM_VIRTCCA_DEVICE]), &device, NULL));
    cr_assert_eq(verify(), RATLS_OK, "%s", err.detail);
    expect_hash("platform_id", rt_sim_virtcca_spki(&ec_keys.key[RT_SIM_VIRTCCA_DEVICE]));
    rt_sim_virtcca_carry(&ec_keys.key[RT_SIM_VIRTCCA_CVM], &key);
    expect_hash("virtcca.cvm.pub_key_sha256", key.bytes);
    cr_expect_eq(strlen(text("virtcca.dev_cert.subject_cn")), 12);
    rt_hex(device.serial, serial);
    cr_expect_str_eq(text("virtcca.dev_cert.serial"), serial);
    cr_expect_eq(text("virtcca.dev_cert.not_after")[0], '2');
}

static struct key_digest key_digest_of(bool rsa, size_t which)
{
    return digest_of(rt_sim_virtcca_spki(&virtcca_keys(rsa)->key[which]));
}

/* Without a platform token the guest's key is the device's. */
Test(virtcca_verify, names_the_keys_of_the_chain_and_the_guest)
{
    for (int i = 0; i < 4; i++) {
        const bool rsa = i / 2, alone = i % 2;
        make(&(const struct bad_virtcca){.rsa = rsa, .no_platform = alone});
        const struct key_digest due[] = {
            key_digest_of(rsa, RT_SIM_VIRTCCA_DEVICE), key_digest_of(rsa, RT_SIM_VIRTCCA_CA),
            key_digest_of(rsa, RT_SIM_VIRTCCA_ROOT), key_digest_of(rsa, RT_SIM_VIRTCCA_CVM)};
        cr_assert_eq(verify(), RATLS_OK, "%s", err.detail);
        expect_evidence_keys(claims, due, alone ? 3 : 4);
    }
    g.evidence.p[g.evidence.len / 2] ^= 1;
    cr_expect_neq(verify(), RATLS_OK);
    cr_expect_null(ratls_claims_get(claims, "evidence_keys"));
}

/* The bare collection, and certificates beside it. */
Test(virtcca_verify, takes_certificates_from_beside_the_token)
{
    struct rt_writer pem = {0};
    struct ratls_buffer one = {0};

    make_usual();
    cr_expect_eq(verify_bytes(rt_bytes_of(&g.token)), RATLS_E_COLLATERAL_MISSING);
    for (size_t i = 0; i < RT_SIM_VIRTCCA_CERTS; i++) {
        MUST(rt_pem_write("CERTIFICATE", rt_bytes_of(&g.chain.der[i]), &one));
        rt_put_bytes(&pem, rt_bytes_of(&one));
        rt_put_bytes(&pem, rt_bytes_of(&one)); /* twice is once */
        ratls_buffer_free(&one);
    }
    input.certs = rt_written(&pem);
    cr_expect_eq(verify(), RATLS_OK, "%s", err.detail);
    cr_expect_eq(verify_bytes(rt_bytes_of(&g.evidence)), RATLS_OK, "%s", err.detail);
    rt_writer_free(&pem);
}

/* The policy's affair; without a platform token nothing is known. */
Test(virtcca_verify, a_life_cycle_that_is_not_secured_is_debug)
{
    static const struct {
        uint16_t lifecycle;
        const char *state;
        bool debug;
    } rows[] = {
        {0x0000, "unknown", true},
        {0x1001, "assembly_and_test", true},
        {0x20ff, "rot_provisioning", true},
        {0x3000, "secured", false},
        {0x30ff, "secured", false},
        {0x4000, "non_cca_platform_debug", true},
        {0x5000, "recoverable_cca_platform_debug", true},
        {0x6000, "decommissioned", true},
    };

    make_usual();
    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        g.plan.platform.lifecycle = rows[i].lifecycle;
        make_again();
        cr_expect_eq(verify(), RATLS_OK, "%s", err.detail);
        cr_expect_eq(number("debug"), rows[i].debug, "%x", rows[i].lifecycle);
        cr_expect_str_eq(text("virtcca.platform.lifecycle_state"), rows[i].state);
    }
}

Test(virtcca_verify, ends_with_the_first_certificate_that_ends)
{
    make(&(const struct bad_virtcca){.chain.not_after[RT_SIM_VIRTCCA_CA] = virtcca_now() + 9});
    cr_expect_eq(verify(), RATLS_OK, "%s", err.detail);
    input.now = (int64_t)number("collateral_expires");
    cr_expect_eq(verify(), RATLS_OK, "%s", err.detail);
    input.now++;
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_TIME);
}

/* ---- flaws ---- */

Test(virtcca_verify, refuses_each_flaw_for_its_reason)
{
    for (size_t i = 0; i < RT_COUNT(bad_virtcca); i++) {
        make(&bad_virtcca[i]);
        cr_expect_eq(verify(), bad_virtcca[i].e, "%s: %s, %s", bad_virtcca[i].name,
                     ratls_err_reason(err.code), err.detail);
        cr_expect(strstr(err.detail, bad_virtcca[i].detail), "%s: %s", bad_virtcca[i].name,
                  err.detail);
    }
}

/* T143: the sender leaves the platform's token away; the guest's key is then nobody's. */
Test(virtcca_verify, refuses_a_stripped_platform_token)
{
    for (int rsa = 0; rsa < 2; rsa++) {
        struct ratls_buffer stripped = {0};
        make(&(const struct bad_virtcca){.rsa = rsa});
        struct rt_arm_collection c;
        MUST(rt_arm_collection_read(rt_bytes_of(&g.token), &c, NULL));
        MUST(rt_sim_virtcca_collection(c.realm, ratls_bytes(NULL, 0), &stripped));
        ratls_buffer_free(&g.token);
        g.token = stripped;
        virtcca_wrap_up(&g);
        cr_expect_eq(verify_bytes(rt_bytes_of(&g.evidence)), RATLS_E_KEY_BINDING, "%s", err.detail);
    }
}

/* Genuine, but of another machine under the same root. */
Test(virtcca_verify, refuses_the_platform_token_of_another_device)
{
    struct rt_sim_virtcca_keys other = {.rsa = false};

    make_usual();
    MUST(rt_sim_virtcca_keys_make(ratls_env_system(), false, &other, NULL));
    g.plan.platform_by = &other.key[RT_SIM_VIRTCCA_DEVICE];
    make_again();
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_SIGNATURE, "%s", err.detail);
    rt_sim_virtcca_keys_free(&other);
}

/* A machine with keys of one kind, a guest with those of the other. */
Test(virtcca_verify, the_guests_key_may_be_of_another_kind_than_the_devices)
{
    struct rt_sim_virtcca_carried own;

    (void)virtcca_keys(true);
    make_usual();
    rt_sim_virtcca_carry(&rsa_keys.key[RT_SIM_VIRTCCA_CVM], &own);
    g.plan.cvm.key = own.bytes;
    g.plan.cvm_by = &rsa_keys.key[RT_SIM_VIRTCCA_CVM];
    make_again();
    cr_expect_eq(verify(), RATLS_OK, "%s", err.detail);
    g.plan.with_platform = false;
    make_again();
    cr_expect_eq(verify(), RATLS_E_KEY_BINDING, "%s", err.detail);
}

/* The key of the certificate goes with no algorithm of the other kind. */
Test(virtcca_verify, refuses_an_algorithm_that_is_not_the_keys)
{
    (void)virtcca_keys(true);
    make_usual();
    g.plan.platform_by = &rsa_keys.key[RT_SIM_VIRTCCA_DEVICE];
    make_again();
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_ALGORITHM, "%s", err.detail);
    g.plan.platform_by = NULL;
    g.plan.cvm_by = &rsa_keys.key[RT_SIM_VIRTCCA_CVM];
    make_again();
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_ALGORITHM, "%s", err.detail);
}

Test(virtcca_verify, longer_hashes_need_longer_keys)
{
    static const int64_t algs[] = {RT_COSE_PS256, RT_COSE_PS384, RT_COSE_PS512};
    struct rt_virtcca_token t;
    struct rt_public_key small; /* RSA-2048 */

    make(&(const struct bad_virtcca){.rsa = true});
    MUST(rt_public_key_parse(rt_sim_virtcca_spki(&rsa_keys.key[RT_SIM_VIRTCCA_CA]), &small, NULL));
    for (size_t i = 0; i < RT_COUNT(algs); i++) {
        g.plan.cvm_alg = g.plan.platform_alg = algs[i];
        g.plan.platform_by = NULL;
        make_again();
        cr_expect_eq(verify(), RATLS_OK, "%zu: %s", i, err.detail);
        g.plan.platform_by = &rsa_keys.key[RT_SIM_VIRTCCA_CA];
        make_again();
        MUST(rt_virtcca_token_read(rt_bytes_of(&g.token), &t, NULL));
        cr_expect_eq(rt_virtcca_token_prove(&t, &small, NULL),
                     i == 0 ? RATLS_OK : RATLS_E_EVIDENCE_ALGORITHM, "%zu", i);
    }
}

/* ---- roots ---- */

Test(virtcca_verify, refuses_a_root_that_is_not_pinned)
{
    make_usual();
    g.root.spki_sha256[31] ^= 1;
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_ROOT);
    input.n_roots = 0;
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_ROOT);
}

Test(virtcca_verify, trusts_no_simulated_root_by_huaweis_pins)
{
    struct ratls_root pinned[RT_COUNT(rt_huawei_pins)] = {{.simulated = false}};

    make_usual();
    for (size_t i = 0; i < RT_COUNT(pinned); i++)
        memcpy(pinned[i].spki_sha256, rt_huawei_pins[i], sizeof pinned[i].spki_sha256);
    input.roots = pinned;
    input.n_roots = RT_COUNT(pinned);
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_ROOT);
}

Test(virtcca_verify, a_simulated_root_is_known_by_its_organization_too)
{
    make_usual();
    g.root.simulated = false;
    cr_expect_eq(verify(), RATLS_OK, "%s", err.detail);
    cr_expect_eq(number("simulated"), 1);
    make(&(const struct bad_virtcca){.chain.organization = "Huawei"});
    cr_expect_eq(verify(), RATLS_OK, "%s", err.detail);
    cr_expect_eq(number("simulated"), 1);
    g.root.simulated = false;
    cr_expect_eq(verify(), RATLS_OK, "%s", err.detail);
    cr_expect_eq(number("simulated"), 0);
}

/* ---- every byte ---- */

/* In a guest's token nothing is left to the sender. What is not signed is the frame, and there is
 * one way to write that. */
static void flip_every_byte(void)
{
    const struct ratls_bytes token = rt_bytes_of(&g.token);
    uint8_t *copy = malloc(token.len);

    cr_assert(copy);
    for (size_t i = 0; i < token.len; i += FLIP_STEP) {
        memcpy(copy, token.p, token.len);
        copy[i] ^= (uint8_t)(1U << i % 8);
        cr_expect_neq(verify_bytes(ratls_bytes(copy, token.len)), RATLS_OK, "byte %zu", i);
    }
    free(copy);
}

static struct ratls_buffer all_certs(void)
{
    struct rt_writer w = {0};
    struct ratls_buffer one = {0}, out = {0};

    for (size_t i = 0; i < RT_SIM_VIRTCCA_CERTS; i++) {
        MUST(rt_pem_write("CERTIFICATE", rt_bytes_of(&g.chain.der[i]), &one));
        rt_put_bytes(&w, rt_bytes_of(&one));
        ratls_buffer_free(&one);
    }
    MUST(rt_writer_take(&w, &out));
    return out;
}

static void flip_token(const struct bad_virtcca *how)
{
    make(how);
    struct ratls_buffer pem = all_certs();
    input.certs = rt_bytes_of(&pem);
    cr_expect_eq(verify_bytes(rt_bytes_of(&g.token)), RATLS_OK, "%s", err.detail);
    flip_every_byte();
    ratls_buffer_free(&pem);
}

Test(virtcca_verify, refuses_each_flipped_byte_of_a_token_on_p521)
{
    flip_token(&(const struct bad_virtcca){.no_platform = true});
}

Test(virtcca_verify, refuses_each_flipped_byte_of_both_tokens_on_p521)
{
    flip_token(&(const struct bad_virtcca){0});
}

Test(virtcca_verify, refuses_each_flipped_byte_of_both_tokens_with_rsa)
{
    flip_token(&(const struct bad_virtcca){.rsa = true});
}

/* Of certificates a flip may also make one that is not the device's, or no certificate. */
Test(virtcca_verify, refuses_each_flipped_byte_of_the_certificates)
{
    for (int rsa = 0; rsa < 2; rsa++) {
        make(&(const struct bad_virtcca){.rsa = rsa});
        for (size_t which = 0; which < RT_SIM_VIRTCCA_CERTS; which++) {
            struct ratls_buffer *der = &g.chain.der[which];
            for (size_t i = 0; i < der->len; i += FLIP_STEP) {
                der->p[i] ^= (uint8_t)(1U << i % 8);
                virtcca_wrap_up(&g);
                cr_expect_neq(verify_bytes(rt_bytes_of(&g.evidence)), RATLS_OK, "%zu, byte %zu",
                              which, i);
                der->p[i] ^= (uint8_t)(1U << i % 8);
            }
        }
    }
}

Test(virtcca_verify, refuses_every_other_length)
{
    make(&(const struct bad_virtcca){.no_platform = true});
    const struct ratls_bytes whole[] = {rt_bytes_of(&g.evidence), rt_bytes_of(&g.token)};
    struct ratls_buffer pem = all_certs();

    for (size_t k = 0; k < RT_COUNT(whole); k++) {
        for (size_t n = 0; n <= whole[k].len + 1; n++) {
            uint8_t *exact = calloc(1, n ? n : 1);
            cr_assert(exact);
            memcpy(exact, whole[k].p, n < whole[k].len ? n : whole[k].len);
            input.certs = k ? rt_bytes_of(&pem) : ratls_bytes(NULL, 0);
            cr_expect_eq(verify_bytes(ratls_bytes(exact, n)) == RATLS_OK, n == whole[k].len,
                         "%zu bytes", n);
            free(exact);
        }
    }
    ratls_buffer_free(&pem);
}

/* ---- inspection ---- */

Test(virtcca_verify, describes_without_proof)
{
    make(&(const struct bad_virtcca){.chain.not_after[RT_SIM_VIRTCCA_ROOT] = PAST});
    claims = ratls_claims_new();
    MUST(rt_verifier_virtcca.describe(input.evidence, claims, &err));
    cr_expect_str_eq(text("tee"), "virtcca");
    cr_expect_eq(number("virtcca.platform_token_present"), 1);
    cr_expect_eq(number("virtcca.eventlog.present"), 0);
    cr_expect_eq(number("virtcca.ima.present"), 0);
    cr_expect_eq(number("simulated"), 1);
    cr_expect_eq(strlen(text("platform_id")), 64);
    ratls_claims_free(claims);
    claims = ratls_claims_new();
    MUST(rt_verifier_virtcca.describe(rt_bytes_of(&g.token), claims, &err));
    cr_expect_null(ratls_claims_get(claims, "platform_id"));
    cr_expect_neq(rt_verifier_virtcca.describe(ratls_bytes("x", 1), claims, &err), RATLS_OK);
}
