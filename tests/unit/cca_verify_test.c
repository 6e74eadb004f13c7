/* CCA: every reject condition, and what must come out of good tokens. */
#include "evidence_keys_support.h"
#include "patch_support.h" /* its functions have an `err` of their own */

#include "cca_support.h"

#define HEX8(two)  two two two two two two two two
#define HEX32(two) HEX8(two) HEX8(two) HEX8(two) HEX8(two)
#define HEX48(two) HEX32(two) HEX8(two) HEX8(two)
#define HEX64(two) HEX32(two) HEX32(two)

TestSuite(cca_verify, .init = cca_setup, .fini = cca_teardown, .timeout = 120);

/* ---- good tokens ---- */

Test(cca_verify, accepts_every_profile_under_either_tag)
{
    static const struct {
        enum rt_sim_cca_profile profile;
        const char *platform, *realm;
    } rows[] = {
        {RT_SIM_CCA_LEGACY, "http://arm.com/CCA-SSD/1.0.0", "(none)"},
        {RT_SIM_CCA_REALM1, "tag:arm.com,2023:cca_platform#1.0.0", "tag:arm.com,2023:realm#1.0.0"},
        {RT_SIM_CCA_REALM2, "tag:arm.com,2023:cca_platform#1.0.0", "tag:arm.com,2024:realm#2.0.0"},
    };
    static const uint64_t tags[] = {399, 907};

    for (size_t i = 0; i < RT_COUNT(rows) * 2; i++) {
        r.state.profile = rows[i / 2].profile;
        cr_expect_eq(verify_signed(&(const struct rt_sim_cca_knobs){.tag = tags[i % 2]}), RATLS_OK,
                     "row %zu: %s", i, err.detail);
        cr_expect_str_eq(text("cca.platform.profile"), rows[i / 2].platform);
        cr_expect_str_eq(text("cca.realm.profile"), rows[i / 2].realm);
        cr_expect_eq(ratls_claims_get(claims, "cca.realm.instance_id") != NULL, i / 2 == 2);
        cr_expect_eq(ratls_claims_get(claims, "cca.realm.mec_policy") != NULL, i / 2 == 2);
        cr_expect(rt_verifier_cca.recognises(input.evidence));
    }
}

Test(cca_verify, accepts_every_hash_and_length)
{
    static const char *const hashes[] = {"sha-256", "sha-384", "sha-512"};
    static const size_t lengths[] = {32, 48, 64};

    for (size_t i = 0; i < RT_COUNT(hashes); i++)
        for (size_t k = 0; k < RT_COUNT(lengths); k++) {
            r.state.rim.len = r.state.rem[3].len = lengths[k];
            cr_expect_eq(verify_signed(&(const struct rt_sim_cca_knobs){.rak_hash = hashes[i]}),
                         RATLS_OK, "%s, %zu: %s", hashes[i], lengths[k], err.detail);
            cr_expect_str_eq(text("cca.realm.rak_hash_alg"), hashes[i]);
            cr_expect_eq(strlen(text("cca.platform.challenge")), 64 + 32 * i);
            cr_expect_eq(strlen(text("measurement")), 2 * lengths[k]);
            cr_expect_eq(strlen(text("cca.realm.rem3")), 2 * lengths[k]);
        }
}

Test(cca_verify, shows_each_field_at_its_place)
{
    for (size_t i = 0; i < RT_SIM_CCA_REMS; i++)
        memset(r.state.rem[i].value, 0x60 + (int)i, 32);
    memset(r.state.rpv, 0x71, sizeof r.state.rpv);
    r.state.lifecycle = 0x30ff;
    cr_assert_eq(verify_signed(NULL), RATLS_OK, "%s", err.detail);
    cr_expect_str_eq(text("tee"), "cca");
    cr_expect_str_eq(text("tcb_status"), "unrated");
    cr_expect_eq(ratls_claims_get(claims, "advisory_ids")->n_items, 0);
    cr_expect_eq(number("simulated"), 1);
    cr_expect_eq(number("debug"), 0);
    cr_expect_str_eq(text("measurement"), HEX32("52"));
    cr_expect_str_eq(text("cca.realm.initial_measurement"), HEX32("52"));
    cr_expect_str_eq(text("report_data"), HEX64("11"));
    cr_expect_str_eq(text("cca.realm.challenge"), HEX64("11"));
    cr_expect_str_eq(text("cca.realm.personalization_value"), HEX64("71"));
    cr_expect_str_eq(text("cca.realm.rem0"), HEX32("60"));
    cr_expect_str_eq(text("cca.realm.rem1"), HEX32("61"));
    cr_expect_str_eq(text("cca.realm.rem2"), HEX32("62"));
    cr_expect_str_eq(text("cca.realm.rem3"), HEX32("63"));
    cr_expect_str_eq(text("cca.realm.hash_alg"), "sha-256");
    cr_expect_eq(strncmp(text("cca.realm.rak_public_key"), "a401022002215830", 16), 0);
    cr_expect_eq(strlen(text("cca.realm.rak_public_key")), 2 * 107);
    cr_expect_str_eq(text("cca.realm.instance_id"), "01" HEX32("49"));
    cr_expect_eq(number("cca.realm.mec_policy"), 0);
    cr_expect_str_eq(text("platform_id"), text("cca.platform.instance_id"));
    cr_expect_eq(strncmp(text("platform_id"), "01", 2), 0);
    cr_expect_str_eq(text("cca.platform.implementation_id"),
                     "5241544c532073696d756c6174656420544545202d2065766964656e6365206f");
    cr_expect_str_eq(text("cca.platform.config"), "cfcfcfcf");
    cr_expect_eq(number("cca.platform.lifecycle"), 0x30ff);
    cr_expect_str_eq(text("cca.platform.lifecycle_state"), "secured");
    cr_expect_str_eq(text("cca.platform.hash_alg"), "sha-256");
    cr_expect_null(ratls_claims_get(claims, "cca.platform.verification_service"));
    cr_expect_eq(number("cca.unknown_claims"), 0);
}

Test(cca_verify, names_the_keys_of_platform_and_realm)
{
    const struct key_digest due[] = {digest_of(rt_key_spki(r.keys.cpak)),
                                     digest_of(rt_key_spki(r.keys.rak))};

    cr_assert_eq(verify_signed(NULL), RATLS_OK, "%s", err.detail);
    expect_evidence_keys(claims, due, RT_COUNT(due));
    cr_expect_neq(verify_signed(&(const struct rt_sim_cca_knobs){.realm_key = r.keys.cpak}),
                  RATLS_OK);
    cr_expect_null(ratls_claims_get(claims, "evidence_keys"));
}

/* A key that was replaced, and one that is trusted twice: each is tried. */
Test(cca_verify, tries_every_key_of_the_platform)
{
    struct ratls_trusted_key keys[] = {r.trusted, r.trusted, r.trusted};
    const struct key_digest due[] = {digest_of(rt_key_spki(r.keys.cpak)),
                                     digest_of(rt_key_spki(r.keys.rak))};

    input.keys = keys;
    input.n_keys = RT_COUNT(keys);
    for (size_t good = 0; good < RT_COUNT(keys); good++) {
        for (size_t i = 0; i < RT_COUNT(keys); i++)
            keys[i].spki = i == good ? r.trusted.spki : rt_key_spki(r.keys.rak);
        cr_expect_eq(verify_signed(NULL), RATLS_OK, "%zu: %s", good, err.detail);
        expect_evidence_keys(claims, due, RT_COUNT(due));
    }
    for (size_t i = 0; i < RT_COUNT(keys); i++)
        keys[i].spki = rt_key_spki(r.keys.rak);
    cr_expect_eq(verify_signed(NULL), RATLS_E_EVIDENCE_SIGNATURE, "%s", err.detail);
    cr_expect(strstr(err.detail, "platform token"), "%s", err.detail);
}

Test(cca_verify, lists_the_software_of_the_platform)
{
    cr_assert_eq(verify_signed(NULL), RATLS_OK, "%s", err.detail);
    cr_expect_eq(number("cca.platform.sw_components.count"), 2);
    cr_expect_str_eq(text("cca.platform.sw_components.0.type"), "TF-A");
    cr_expect_str_eq(text("cca.platform.sw_components.0.measurement"), HEX32("41"));
    cr_expect_str_eq(text("cca.platform.sw_components.0.version"), "1.0.0");
    cr_expect_str_eq(text("cca.platform.sw_components.1.type"), "RMM");
    cr_expect_str_eq(text("cca.platform.sw_components.1.measurement"), HEX32("52"));
    cr_expect_str_eq(text("cca.platform.sw_components.1.signer_id"), HEX32("53"));
    cr_expect_null(ratls_claims_get(claims, "cca.platform.sw_components.1.hash_alg"));
    cr_expect_null(ratls_claims_get(claims, "cca.platform.sw_components.2.measurement"));
    const struct ratls_claim *list =
        ratls_claims_get(claims, "cca.platform.sw_components.measurements");
    cr_assert(list && list->n_items == 2);
    cr_expect_str_eq(list->items[0], HEX32("41"));
    cr_expect_str_eq(list->items[1], HEX32("52"));
}

/* What may be absent, and the most there may be of what must be there. */
Test(cca_verify, accepts_the_least_and_the_most)
{
    static const struct {
        const char *name;
        struct rt_sim_cca_knobs knobs;
        size_t n_components;
    } rows[] = {
        {"one bare component", {.platform = {{.key = 2399, .value = TAIL("\x81" COMPONENT)}}}, 1},
        {"thirty-two", {.platform = {{.key = 2399, .value = TAIL("\x98\x20" COMPONENT_32)}}}, 32},
        {"with all members",
         {.platform = {{.key = 2399,
                        .value = TAIL("\x81\xa6\x01" T0 "\x02" B48 "\x04" T0 "\x05" B64
                                      "\x06" SHA384 "\x07" SEVEN)}}},
         1},
        {"verification service",
         {.platform = {{.key = 2400, .value = TAIL(TEXT), .in_addition = true}}},
         2},
        {"empty service", {.platform = {{.key = 2400, .value = TAIL(T0), .in_addition = true}}}, 2},
        {"a hash that is not tied to lengths", {.realm = {{.key = 44236, .value = TAIL(TEXT)}}}, 2},
        {"mec",
         {.realm = {{.key = 44243, .value = TAIL("\x1b\xff\xff\xff\xff\xff\xff\xff\xff")}}},
         2},
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        cr_expect_eq(verify_signed(&rows[i].knobs), RATLS_OK, "%s: %s", rows[i].name, err.detail);
        cr_expect_eq(number("cca.platform.sw_components.count"), rows[i].n_components, "%s",
                     rows[i].name);
        cr_expect_eq(number("cca.unknown_claims"), 0, "%s", rows[i].name);
    }
    cr_expect_eq(number("cca.realm.mec_policy"), UINT64_MAX);
}

Test(cca_verify, counts_claims_that_it_does_not_know)
{
    const struct rt_sim_cca_knobs knobs = {
        .platform = {{.key = 2394, .value = TAIL(SEVEN), .in_addition = true}},
        .realm = {{.key = 1, .value = TAIL(TEXT), .in_addition = true},
                  {.key = 44242, .value = TAIL("\x80"), .in_addition = true}}};

    cr_assert_eq(verify_signed(&knobs), RATLS_OK, "%s", err.detail);
    cr_expect_eq(number("cca.unknown_claims"), 3);
}

/* Realm 1 and legacy may have what realm 2 must have. */
Test(cca_verify, takes_claims_of_newer_profiles_in_older_ones)
{
    const struct rt_sim_cca_knobs knobs = {
        .realm = {{.key = 256, .value = TAIL(B33), .in_addition = true},
                  {.key = 44243, .value = TAIL(SEVEN), .in_addition = true}}};

    for (int i = RT_SIM_CCA_LEGACY; i <= RT_SIM_CCA_REALM1; i++) {
        r.state.profile = (enum rt_sim_cca_profile)i;
        cr_assert_eq(verify_signed(&knobs), RATLS_OK, "%s", err.detail);
        cr_expect_eq(number("cca.realm.mec_policy"), 7);
        cr_expect_eq(number("cca.unknown_claims"), 0);
    }
}

/* ---- lifecycle: a claim, judged by policy ---- */

Test(cca_verify, only_a_secured_platform_is_not_debugged)
{
    static const struct {
        uint16_t lifecycle;
        const char *state;
        uint64_t debug;
    } rows[] = {
        {0x0000, "unknown", 1},
        {0x00ff, "unknown", 1},
        {0x1000, "assembly_and_test", 1},
        {0x2000, "rot_provisioning", 1},
        {0x3000, "secured", 0},
        {0x3001, "secured", 0},
        {0x30ff, "secured", 0},
        {0x4000, "non_cca_platform_debug", 1},
        {0x40ff, "non_cca_platform_debug", 1},
        {0x5000, "recoverable_cca_platform_debug", 1},
        {0x6000, "decommissioned", 1},
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        r.state.lifecycle = rows[i].lifecycle;
        cr_expect_eq(verify_signed(NULL), RATLS_OK, "%04x: %s", rows[i].lifecycle, err.detail);
        cr_expect_str_eq(text("cca.platform.lifecycle_state"), rows[i].state);
        cr_expect_eq(number("debug"), rows[i].debug, "%04x", rows[i].lifecycle);
        cr_expect_eq(number("cca.platform.lifecycle"), rows[i].lifecycle);
    }
}

/* ---- flaws ---- */

Test(cca_verify, refuses_each_flaw_for_its_reason)
{
    for (size_t i = 0; i < RT_COUNT(bad_cca); i++) {
        cca_make_bad(&r, &bad_cca[i]);
        cr_expect_eq(verify_bytes(rt_bytes_of(&r.evidence)), bad_cca[i].e, "%s: %s, %s",
                     bad_cca[i].name, ratls_err_reason(err.code), err.detail);
        cr_expect(strstr(err.detail, bad_cca[i].detail), "%s: %s", bad_cca[i].name, err.detail);
    }
}

static enum ratls_err judge_patched(struct ratls_bytes bytes, struct ratls_error *why)
{
    enum ratls_err e = verify_bytes(bytes);

    *why = err;
    return e;
}

Test(cca_verify, refuses_each_patch)
{
    cca_sign(&r, NULL);
    const struct patch_table table = {"cca.txt", rt_bytes_of(&r.evidence), judge_patched};
    cr_assert_gt(patch_try_all(&table), 50);
}

/* T19: there is no byte that nobody signs but those of the envelope, which have one form. */
Test(cca_verify, refuses_a_change_of_any_byte)
{
    static const uint8_t masks[] = {0x01, 0x80, 0xff};

    for (int profile = RT_SIM_CCA_LEGACY; profile <= RT_SIM_CCA_REALM2; profile++) {
        r.state.profile = (enum rt_sim_cca_profile)profile;
        cr_assert_eq(verify_signed(NULL), RATLS_OK, "%s", err.detail);
        for (size_t i = 0; i < r.evidence.len * RT_COUNT(masks); i++) {
            r.evidence.p[i / RT_COUNT(masks)] ^= masks[i % RT_COUNT(masks)];
            cr_expect_neq(verify_bytes(rt_bytes_of(&r.evidence)), RATLS_OK, "byte %zu, mask %02x",
                          i / RT_COUNT(masks), masks[i % RT_COUNT(masks)]);
            r.evidence.p[i / RT_COUNT(masks)] ^= masks[i % RT_COUNT(masks)];
        }
    }
}

/* T20 */
Test(cca_verify, refuses_any_other_length)
{
    cca_sign(&r, NULL);
    for (size_t n = 0; n <= r.evidence.len + 1; n++) {
        uint8_t *exact = calloc(1, n ? n : 1);
        cr_assert(exact);
        memcpy(exact, r.evidence.p, n < r.evidence.len ? n : r.evidence.len);
        const enum ratls_err e = verify_bytes(ratls_bytes(exact, n));
        cr_expect_eq(e, n == r.evidence.len ? RATLS_OK : RATLS_E_EVIDENCE_FORMAT, "%zu bytes: %s",
                     n, ratls_err_reason(e));
        free(exact);
    }
}

Test(cca_verify, refuses_more_than_16_kib)
{
    static uint8_t config[16 * 1024] = {0x59, 0x3b, 0x00};
    struct rt_sim_cca_knobs knobs = {.platform = {{.key = 2401}}};

    for (size_t n = 0x3800; n <= 0x3d00; n++) {
        config[1] = (uint8_t)(n >> 8);
        config[2] = (uint8_t)n;
        knobs.platform[0].value = ratls_bytes(config, 3 + n);
        cca_sign(&r, &knobs);
        if (r.evidence.len < 16 * 1024)
            continue;
        cr_expect_eq(verify_bytes(rt_bytes_of(&r.evidence)),
                     r.evidence.len == 16 * 1024 ? RATLS_OK : RATLS_E_EVIDENCE_FORMAT, "%zu: %s",
                     r.evidence.len, err.detail);
        if (r.evidence.len > 16 * 1024)
            break;
    }
    cr_expect_eq(r.evidence.len, 16 * 1024 + 1);
    cr_expect(strstr(err.detail, "more than 16384"), "%s", err.detail);
}

/* ---- keys ---- */

Test(cca_verify, trusts_a_key_for_its_own_platform_only)
{
    cca_sign(&r, NULL);
    for (size_t i = 0; i < sizeof r.id; i++) {
        r.id[i] ^= 1;
        cr_expect_eq(verify_bytes(rt_bytes_of(&r.evidence)), RATLS_E_NO_ANCHOR, "byte %zu", i);
        r.id[i] ^= 1;
    }
    for (size_t n = 0; n < sizeof r.id; n++) {
        r.trusted.id.len = n;
        cr_expect_eq(verify(), RATLS_E_NO_ANCHOR, "%zu bytes", n);
    }
    uint8_t longer[CCA_DEVICE_ID + 1] = {0};
    memcpy(longer, r.id, sizeof r.id);
    r.trusted.id = ratls_bytes(longer, sizeof longer);
    cr_expect_eq(verify(), RATLS_E_NO_ANCHOR);
    r.trusted.id = ratls_bytes(r.id, sizeof r.id);
    input.n_keys = 0;
    cr_expect_eq(verify(), RATLS_E_NO_ANCHOR);
}

Test(cca_verify, finds_its_key_among_many)
{
    uint8_t other[CCA_DEVICE_ID] = {1};
    struct ratls_trusted_key keys[] = {r.trusted, r.trusted, r.trusted};

    keys[0].id = keys[1].id = ratls_bytes(other, sizeof other);
    keys[0].spki = keys[1].spki = ratls_bytes_str("never looked at");
    input.keys = keys;
    input.n_keys = RT_COUNT(keys);
    cr_expect_eq(verify_signed(NULL), RATLS_OK, "%s", err.detail);
}

Test(cca_verify, refuses_the_key_of_another_platform)
{
    struct cca_realm other;

    cca_open(&other);
    r.trusted.spki = rt_key_spki(other.keys.cpak);
    cr_expect_eq(verify_signed(NULL), RATLS_E_EVIDENCE_SIGNATURE);
    r.trusted.spki = ratls_bytes_str("no key");
    cr_expect_eq(verify(), RATLS_E_NO_ANCHOR);
    cr_expect(strstr(err.detail, "cannot be used"), "%s", err.detail);
    cca_close(&other);
}

/* A CPAK may be on any of the three curves; the RAK is on P-384. */
Test(cca_verify, takes_a_platform_key_of_each_curve)
{
    static const enum rt_curve curves[] = {RT_P256, RT_P384, RT_P521};

    for (size_t i = 0; i < RT_COUNT(curves); i++) {
        struct rt_key *cpak = NULL;
        MUST(rt_key_generate(ratls_env_system(), curves[i], &cpak));
        const struct rt_sim_cca_knobs knobs = {.platform_key = cpak};
        r.trusted.spki = rt_key_spki(cpak);
        cr_expect_eq(verify_signed(&knobs), RATLS_OK, "curve %zu: %s", i, err.detail);
        r.trusted.spki = rt_key_spki(r.keys.cpak);
        cr_expect_neq(verify(), RATLS_OK, "curve %zu", i);
        rt_key_free(cpak);
    }
}

/* T40: the header is signed, so that the key that does not fit is found first. */
Test(cca_verify, refuses_an_algorithm_that_does_not_fit_the_key)
{
    static const enum rt_curve curves[] = {RT_P256, RT_P521};

    for (size_t i = 0; i < RT_COUNT(curves); i++) {
        struct rt_key *other = NULL;
        MUST(rt_key_generate(ratls_env_system(), curves[i], &other));
        cr_expect_eq(verify_signed(&(const struct rt_sim_cca_knobs){.platform_key = other}),
                     RATLS_E_EVIDENCE_ALGORITHM, "curve %zu: %s", i, err.detail);
        cr_expect_eq(verify_signed(&(const struct rt_sim_cca_knobs){.realm_key = other}),
                     RATLS_E_EVIDENCE_ALGORITHM, "curve %zu: %s", i, err.detail);
        rt_key_free(other);
    }
}

/* T29: both tokens are genuine and of one machine, but of two starts. */
Test(cca_verify, refuses_tokens_that_do_not_belong_together)
{
    struct cca_realm other;
    struct rt_arm_collection first, second;
    struct ratls_buffer mixed;

    cca_open(&other);
    rt_key_free(other.keys.cpak);
    other.keys.cpak = r.keys.cpak;
    other.state = r.state;
    cca_sign(&other, NULL);
    cca_sign(&r, NULL);
    MUST(rt_arm_collection_read(rt_bytes_of(&r.evidence), &first, NULL));
    MUST(rt_arm_collection_read(rt_bytes_of(&other.evidence), &second, NULL));
    MUST(rt_sim_cca_collection(907, first.platform, second.realm, &mixed));
    cr_expect_eq(verify_bytes(rt_bytes_of(&mixed)), RATLS_E_BINDER, "%s", err.detail);
    ratls_buffer_free(&mixed);
    MUST(rt_sim_cca_collection(907, first.realm, first.platform, &mixed));
    cr_expect_eq(verify_bytes(rt_bytes_of(&mixed)), RATLS_E_EVIDENCE_FORMAT);
    ratls_buffer_free(&mixed);
    MUST(rt_sim_cca_collection(907, first.platform, first.platform, &mixed));
    cr_expect_eq(verify_bytes(rt_bytes_of(&mixed)), RATLS_E_EVIDENCE_FORMAT);
    ratls_buffer_free(&mixed);
    other.keys.cpak = NULL;
    cca_close(&other);
}

/* ---- what is simulated ---- */

Test(cca_verify, a_simulated_platform_is_known_by_its_implementation_too)
{
    r.trusted.simulated = false;
    cr_expect_eq(verify_signed(NULL), RATLS_OK, "%s", err.detail);
    cr_expect_eq(number("simulated"), 1);
    r.state.implementation_id[31] ^= 1;
    r.id[31] ^= 1;
    cr_expect_eq(verify_signed(NULL), RATLS_OK, "%s", err.detail);
    cr_expect_eq(number("simulated"), 0);
    r.trusted.simulated = true;
    cr_expect_eq(verify(), RATLS_OK, "%s", err.detail);
    cr_expect_eq(number("simulated"), 1);
}

/* ---- what comes beside ---- */

Test(cca_verify, refuses_logs_and_revocation_lists)
{
    const struct ratls_bytes crl = ratls_bytes_str("crl");

    cca_sign(&r, NULL);
    input.event_log = ratls_bytes_str("");
    cr_expect_eq(verify_bytes(rt_bytes_of(&r.evidence)), RATLS_E_EVENT_LOG);
    input.event_log = ratls_bytes(NULL, 0);
    input.ima_log = ratls_bytes_str("");
    cr_expect_eq(verify(), RATLS_E_EVENT_LOG);
    input.ima_log = ratls_bytes(NULL, 0);
    input.crls = &crl;
    input.n_crls = 1;
    cr_expect_eq(verify(), RATLS_E_COLLATERAL_FORMAT);
    input.n_crls = 0;
    input.certs = ratls_bytes_str("those of virtCCA");
    cr_expect_eq(verify(), RATLS_OK, "%s", err.detail);
}

/* ---- without proof ---- */

Test(cca_verify, describes_what_nobody_vouches_for)
{
    cca_sign(&r, &(const struct rt_sim_cca_knobs){.platform_key = r.keys.rak});
    claims = ratls_claims_new();
    MUST(rt_verifier_cca.describe(rt_bytes_of(&r.evidence), claims, &err));
    cr_expect_str_eq(text("tee"), "cca");
    cr_expect_str_eq(text("tcb_status"), "not_evaluated");
    cr_expect_str_eq(text("measurement"), HEX32("52"));
    cr_expect_str_eq(text("cca.platform.lifecycle_state"), "secured");
    cr_expect_eq(number("simulated"), 1);
}

Test(cca_verify, recognises_by_tag_and_first_label)
{
    static const struct {
        const char *bytes;
        size_t len;
        bool is_cca;
    } rows[] = {
        {"\xd9\x01\x8f\xa2\x19\xac\xca\x59", 8, true},
        {"\xd9\x01\x8f\xa2\x19\xac\xca", 7, true},
        {"\xd9\x01\x8f\xa2\x19\xac", 6, false},
        {"\xd9\x01\x8f\xa1\x19\xac\xca\x59", 8, true},
        {"\xd9\x01\x8f\xa3\x19\xac\xca\x59", 8, true},
        {"\xd9\x01\x8f\xa0\x19\xac\xca\x59", 8, false},
        {"\xd9\x01\x8f\xbf\x19\xac\xca\x59", 8, false}, /* of indefinite length */
        {"\xd9\x01\x8f\xa2\x19\xac\xd1\x59", 8, false}, /* virtCCA */
        {"\xd9\x01\x8f\xa1\x19\xac\xd1\x59", 8, false},
        {"\xd9\x03\x8b\xa2\x19\xac\xca\x82", 8, true},
        {"\xd9\x03\x8b\xa2\x19\xac\xd1\x82", 8, true}, /* virtCCA has no such tag */
        {"\xd9\x03\x8b\xa2\x19\xac\xcb\x82", 8, false},
        {"\xd9\x01\x90\xa2\x19\xac\xca\x59", 8, false},
        {"\xd9\xea\x60\xa2\x19\xac\xca\x59", 8, false}, /* 60000, of the CCC */
        {"\xda\x00\x00\x01\x8f\xa2\x19\xac\xca\x59", 10, false},
        {"\xa2\x19\xac\xca\x59", 5, false},
        {"\xd2\x84\x44\xa1\x01\x38\x22", 7, false}, /* one token alone */
        {"", 0, false},
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++)
        cr_expect_eq(rt_verifier_cca.recognises(ratls_bytes(rows[i].bytes, rows[i].len)),
                     rows[i].is_cca, "row %zu", i);
}
