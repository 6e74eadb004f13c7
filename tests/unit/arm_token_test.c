/* The tokens of CCA and virtCCA taken apart: collections, and where the two differ. */
#include "arm_token.h"
#include "cca_support.h"

TestSuite(arm_token, .init = cca_setup, .fini = cca_teardown);

#define P          "\x19\xac\xca" /* label of the platform token */
#define R          "\x19\xac\xd1" /* of the realm token */
#define LEGACY_TAG "\xd9\x01\x8f"
#define CMW_TAG    "\xd9\x03\x8b"
#define CMW(token) "\x82\x19\x01\x07" token
#define ONE        "\x43one"
#define TWO        "\x43two"
#define ROW(name, bytes, e)                                                                        \
    {                                                                                              \
        name, {(const uint8_t *)(bytes), sizeof(bytes) - 1}, RATLS_##e                             \
    }

static const struct {
    const char *name;
    struct ratls_bytes bytes;
    enum ratls_err e;
} collections[] = {
    ROW("legacy", LEGACY_TAG "\xa2" P ONE R TWO, OK),
    ROW("legacy, realm first", LEGACY_TAG "\xa2" R TWO P ONE, OK),
    ROW("cmw", CMW_TAG "\xa2" P CMW(ONE) R CMW(TWO), OK),
    ROW("no tag", "\xa2" P ONE R TWO, E_EVIDENCE_FORMAT),
    ROW("another tag", "\xd9\x01\x90\xa2" P ONE R TWO, E_EVIDENCE_FORMAT),
    ROW("tag 18", "\xd2\xa2" P ONE R TWO, E_EVIDENCE_FORMAT),
    ROW("the tag twice", LEGACY_TAG LEGACY_TAG "\xa2" P ONE R TWO, E_EVIDENCE_FORMAT),
    ROW("a longer tag", "\xda\x00\x00\x01\x8f\xa2" P ONE R TWO, E_EVIDENCE_FORMAT),
    ROW("an array", LEGACY_TAG "\x82" ONE TWO, E_EVIDENCE_FORMAT),
    ROW("a string", LEGACY_TAG ONE, E_EVIDENCE_FORMAT),
    ROW("nothing", LEGACY_TAG "\xa0", E_EVIDENCE_FORMAT),
    ROW("no realm", LEGACY_TAG "\xa1" P ONE, E_EVIDENCE_FORMAT),
    ROW("the platform twice", LEGACY_TAG "\xa2" P ONE P TWO, E_EVIDENCE_FORMAT),
    ROW("the realm twice", LEGACY_TAG "\xa3" P ONE R TWO R TWO, E_EVIDENCE_FORMAT),
    ROW("an unknown label", LEGACY_TAG "\xa3" P ONE R TWO "\x19\xac\xcb" ONE, E_EVIDENCE_FORMAT),
    ROW("an unknown label first", LEGACY_TAG "\xa3\x01" ONE P ONE R TWO, E_EVIDENCE_FORMAT),
    ROW("a text label", LEGACY_TAG "\xa3" P ONE R TWO "\x61x" ONE, E_EVIDENCE_FORMAT),
    ROW("a token as it is", LEGACY_TAG "\xa2" P "\xd2\x84" ONE "\xa0" ONE ONE R TWO,
        E_EVIDENCE_FORMAT),
    ROW("a platform that is text", LEGACY_TAG "\xa2" P "\x63one" R TWO, E_EVIDENCE_FORMAT),
    ROW("a realm that is text", LEGACY_TAG "\xa2" P ONE R "\x63two", E_EVIDENCE_FORMAT),
    ROW("an entry of cmw under 399", LEGACY_TAG "\xa2" P CMW(ONE) R TWO, E_EVIDENCE_FORMAT),
    ROW("a bare platform under 907", CMW_TAG "\xa2" P ONE R CMW(TWO), E_EVIDENCE_FORMAT),
    ROW("a bare realm under 907", CMW_TAG "\xa2" P CMW(ONE) R TWO, E_EVIDENCE_FORMAT),
    ROW("cmw: another format", CMW_TAG "\xa2" P CMW(ONE) R "\x82\x19\x01\x06" TWO,
        E_EVIDENCE_FORMAT),
    ROW("cmw: a negative format", CMW_TAG "\xa2" P CMW(ONE) R "\x82\x39\x01\x07" TWO,
        E_EVIDENCE_FORMAT),
    ROW("cmw: a media type",
        CMW_TAG "\xa2" P CMW(ONE) R "\x82\x63"
                                    "a/b" TWO,
        E_EVIDENCE_FORMAT),
    ROW("cmw: no token", CMW_TAG "\xa2" P CMW(ONE) R "\x81\x19\x01\x07", E_EVIDENCE_FORMAT),
    ROW("cmw: an indicator", CMW_TAG "\xa2" P CMW(ONE) R "\x83\x19\x01\x07" TWO "\x04",
        E_EVIDENCE_FORMAT),
    ROW("cmw: a map", CMW_TAG "\xa2" P CMW(ONE) R "\xa2\x19\x01\x07" TWO "\x01\x01",
        E_EVIDENCE_FORMAT),
    ROW("cmw: text", CMW_TAG "\xa2" P CMW(ONE) R "\x82\x19\x01\x07\x63two", E_EVIDENCE_FORMAT),
    ROW("cmw: a token as it is", CMW_TAG "\xa2" P CMW("\xd2\x84" ONE "\xa0" ONE ONE) R CMW(TWO),
        E_EVIDENCE_FORMAT),
    ROW("a tail", LEGACY_TAG "\xa2" P ONE R TWO "\x00", E_EVIDENCE_FORMAT),
    ROW("indefinite", LEGACY_TAG "\xbf" P ONE R TWO "\xff", E_EVIDENCE_FORMAT),
    ROW("cut", LEGACY_TAG "\xa2" P ONE R "\x43tw", E_EVIDENCE_FORMAT),
    ROW("empty", "", E_EVIDENCE_FORMAT),
};

Test(arm_token, reads_collections_of_their_two_forms_only)
{
    struct rt_arm_collection c;

    for (size_t i = 0; i < RT_COUNT(collections); i++) {
        err = (struct ratls_error){0};
        const enum ratls_err e = rt_arm_collection_read(collections[i].bytes, &c, &err);
        cr_expect_eq(e, collections[i].e, "%s: %s", collections[i].name, err.detail);
        cr_expect_eq(err.code, e);
        if (e)
            continue;
        cr_expect(ratls_bytes_equal(c.platform, ratls_bytes_str("one")));
        cr_expect(ratls_bytes_equal(c.realm, ratls_bytes_str("two")));
    }
}

Test(arm_token, says_what_a_collection_is_not)
{
    static const struct {
        const char *bytes, *detail;
    } rows[] = {
        {LEGACY_TAG "\xa1" P ONE, "it has no realm token"},
        {LEGACY_TAG "\x80", "what is tagged is no map"},
        {LEGACY_TAG "\x84" P ONE R TWO, "what is tagged is no map"},
        {CMW_TAG "\xa1" P CMW(ONE), "it has no realm token"},
    };
    struct rt_arm_collection c;

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        err = (struct ratls_error){0};
        cr_expect_eq(rt_arm_collection_read(ratls_bytes_str(rows[i].bytes), &c, &err),
                     RATLS_E_EVIDENCE_FORMAT);
        cr_expect(strstr(err.detail, rows[i].detail), "row %zu: %s", i, err.detail);
    }
}

/* What virtCCA lacks; CCA asks for it itself. */
Test(arm_token, reads_a_collection_without_platform)
{
    static const char bytes[] = LEGACY_TAG "\xa1" R TWO;
    struct rt_arm_collection c;

    MUST(rt_arm_collection_read(ratls_bytes(bytes, sizeof bytes - 1), &c, NULL));
    cr_expect_eq(c.tag, RT_ARM_TAG_LEGACY);
    cr_expect_null(c.platform.p);
    cr_expect_eq(c.realm.len, 3);
    cr_expect_eq(verify_bytes(ratls_bytes(bytes, sizeof bytes - 1)), RATLS_E_EVIDENCE_FORMAT);
    cr_expect(strstr(err.detail, "no platform token"), "%s", err.detail);
}

Test(arm_token, names_the_first_label)
{
    static const struct {
        const char *bytes;
        uint64_t label, tag;
    } rows[] = {
        {LEGACY_TAG "\xa2" P, 44234, 399}, {LEGACY_TAG "\xa2" R, 44241, 399},
        {LEGACY_TAG "\xa1" R, 44241, 399}, {CMW_TAG "\xa2" P, 44234, 907},
        {CMW_TAG "\xb7" R, 44241, 907},
    };
    uint64_t tag;

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        cr_expect_eq(rt_arm_first_label(ratls_bytes_str(rows[i].bytes), &tag), rows[i].label);
        cr_expect_eq(tag, rows[i].tag);
        for (size_t n = 0; n < strlen(rows[i].bytes); n++)
            cr_expect_eq(rt_arm_first_label(ratls_bytes(rows[i].bytes, n), &tag), 0);
    }
}

/* ---- tokens ---- */

Test(arm_token, takes_the_algorithms_of_its_list_only)
{
    static const int64_t lists[][2] = {{RT_COSE_ES384, RT_COSE_ES512},
                                       {RT_COSE_ES256, RT_COSE_PS256}};
    const struct rt_sim_signer by = {.ec = r.keys.rak};
    struct ratls_buffer token;
    struct rt_cose_sign1 m;

    MUST(rt_sim_cose_sign1(ratls_env_system(), &by, RT_COSE_ES384, ratls_bytes_str("x"), &token));
    for (size_t i = 0; i < RT_COUNT(lists); i++) {
        const struct rt_arm_algs algs = {"a token", lists[i], 2};
        err = (struct ratls_error){0};
        cr_expect_eq(rt_arm_sign1_read(rt_bytes_of(&token), &algs, &m, &err),
                     i ? RATLS_E_EVIDENCE_ALGORITHM : RATLS_OK);
    }
    cr_expect_str_eq(err.detail, "a token: COSE algorithm -35");
    token.p[0] ^= 1;
    const struct rt_arm_algs algs = {"a token", lists[0], 2};
    cr_expect_eq(rt_arm_sign1_read(rt_bytes_of(&token), &algs, &m, NULL), RATLS_E_EVIDENCE_FORMAT);
    ratls_buffer_free(&token);
}

Test(arm_token, knows_three_hashes_by_their_exact_names)
{
    static const char *const bad[] = {"",       "sha-1",    "sha256",  "SHA-256",
                                      "sha-25", "sha-2566", "sha-224", "sha3-256"};
    enum rt_hash hash;

    cr_expect(rt_arm_hash(ratls_bytes_str("sha-256"), &hash) && hash == RT_SHA256);
    cr_expect(rt_arm_hash(ratls_bytes_str("sha-384"), &hash) && hash == RT_SHA384);
    cr_expect(rt_arm_hash(ratls_bytes_str("sha-512"), &hash) && hash == RT_SHA512);
    for (size_t i = 0; i < RT_COUNT(bad); i++)
        cr_expect_not(rt_arm_hash(ratls_bytes_str(bad[i]), &hash), "%s", bad[i]);
    cr_expect_not(rt_arm_hash(ratls_bytes("sha-256", 8), &hash));
}

Test(arm_token, a_binder_is_the_whole_hash_of_the_key)
{
    const struct ratls_bytes rak = ratls_bytes_str("key"), name = ratls_bytes_str("sha-384");
    uint8_t digest[RT_SHA384_LEN + 1];

    MUST(rt_hash(RT_SHA384, rak, digest));
    MUST(rt_arm_check_binder(ratls_bytes(digest, RT_SHA384_LEN), rak, name, NULL));
    for (size_t n = 0; n <= sizeof digest; n++)
        cr_expect_eq(rt_arm_check_binder(ratls_bytes(digest, n), rak, name, NULL),
                     n == RT_SHA384_LEN ? RATLS_OK : RATLS_E_BINDER, "%zu", n);
    for (size_t i = 0; i < RT_SHA384_LEN; i++) {
        digest[i] ^= 0x80;
        cr_expect_eq(rt_arm_check_binder(ratls_bytes(digest, RT_SHA384_LEN), rak, name, NULL),
                     RATLS_E_BINDER, "byte %zu", i);
        digest[i] ^= 0x80;
    }
    cr_expect_eq(
        rt_arm_check_binder(ratls_bytes(digest, RT_SHA384_LEN), rak, ratls_bytes_str(""), NULL),
        RATLS_E_EVIDENCE_ALGORITHM);
}

Test(arm_token, every_lifecycle_has_one_meaning_or_none)
{
    static const char *const states[] = {
        "unknown",       "assembly_and_test",      "rot_provisioning",
        "secured",       "non_cca_platform_debug", "recoverable_cca_platform_debug",
        "decommissioned"};

    for (uint32_t v = 0; v <= UINT16_MAX; v++) {
        const uint32_t high = v >> 8;
        const char *state = rt_arm_lifecycle_state((uint16_t)v);
        if (high % 16 == 0 && high / 16 < RT_COUNT(states))
            cr_expect(state && strcmp(state, states[high / 16]) == 0, "%04x", v);
        else
            cr_expect_null(state, "%04x", v);
        cr_expect_eq(rt_arm_is_secured((uint16_t)v), high == 0x30, "%04x", v);
    }
}

/* ---- where virtCCA differs ---- */

static enum ratls_err read_platform(const struct rt_sim_cca_knobs *knobs,
                                    const struct rt_arm_rules *rules, struct rt_arm_platform *out,
                                    struct ratls_buffer *payload)
{
    MUST(rt_sim_cca_platform_claims(&r.state, ratls_bytes_str("rak"), knobs, payload));
    return rt_arm_platform_read(rt_bytes_of(payload), rules, out, NULL);
}

Test(arm_token, rules_say_where_a_value_may_be_empty_or_padded)
{
    static const struct rt_sim_cca_knobs knobs[] = {
        {.platform = {{.key = 2401, .value = TAIL(B0)}}},
        {.platform = {{.key = 2399, .value = TAIL("\x81\xa2\x02" B32 "\x05" B0)}}},
        {.platform = {{.key = 2402, .value = TAIL(NUL_TEXT)}}},
    };
    struct rt_arm_platform p;
    struct ratls_buffer payload;

    for (size_t i = 0; i < RT_COUNT(knobs); i++) {
        cr_expect_eq(read_platform(&knobs[i], &rt_arm_cca_rules, &p, &payload),
                     RATLS_E_EVIDENCE_FORMAT, "row %zu", i);
        ratls_buffer_free(&payload);
        cr_expect_eq(read_platform(&knobs[i], &rt_arm_virtcca_rules, &p, &payload), RATLS_OK,
                     "row %zu", i);
        cr_expect(ratls_bytes_equal(p.hash_alg, ratls_bytes_str("sha-256")));
        ratls_buffer_free(&payload);
    }
    cr_expect_eq(
        read_platform(
            &(const struct rt_sim_cca_knobs){
                .platform = {{.key = 2401, .value = TAIL("\x40")}, {.key = 265, .value = ABSENT}}},
            &rt_arm_virtcca_rules, &p, &payload),
        RATLS_OK);
    cr_expect_null(p.profile.p);
    cr_expect_eq(p.config.len, 0);
    ratls_buffer_free(&payload);
}

Test(arm_token, claims_have_the_prefix_that_is_asked_for)
{
    struct rt_arm_platform p;
    struct ratls_buffer payload;

    MUST(read_platform(NULL, &rt_arm_virtcca_rules, &p, &payload));
    claims = ratls_claims_new();
    rt_arm_platform_claims(&p, "virtcca.platform", claims);
    MUST(ratls_claims_status(claims));
    cr_expect_eq(number("virtcca.platform.lifecycle"), 0x3000);
    cr_expect_eq(number("virtcca.platform.sw_components.count"), 2);
    cr_expect_eq(ratls_claims_get(claims, "virtcca.platform.sw_components.measurements")->n_items,
                 2);
    cr_expect_str_eq(text("virtcca.platform.sw_components.1.type"), "RMM");
    ratls_buffer_free(&payload);
}

static enum ratls_err read_realm(const struct rt_sim_cca_knobs *knobs,
                                 const struct rt_arm_rules *rules)
{
    struct rt_arm_realm realm;
    struct ratls_buffer payload;

    MUST(rt_sim_cca_realm_claims(&r.state, ratls_bytes_str("rak"), knobs, &payload));
    const enum ratls_err e = rt_arm_realm_read(rt_bytes_of(&payload), rules, &realm, NULL);
    ratls_buffer_free(&payload);
    return e;
}

Test(arm_token, a_key_or_hash_of_the_realm_is_never_empty)
{
    static const struct {
        struct rt_sim_cca_knobs knobs;
        enum ratls_err e;
    } rows[] = {
        {{.rak_hash = "sha-512"}, RATLS_OK},
        {{.realm = {{.key = 44240, .value = TAIL(NUL_TEXT)}}}, RATLS_OK},
        {{.realm = {{.key = 44236, .value = TAIL(NUL_TEXT)}}}, RATLS_OK},
        {{.realm = {{.key = 44237, .value = TAIL(B0)}}}, RATLS_E_EVIDENCE_FORMAT},
        {{.realm = {{.key = 44236, .value = TAIL("\x61\0")}}}, RATLS_E_EVIDENCE_FORMAT},
        {{.realm = {{.key = 44240, .value = TAIL("\x61\0")}}}, RATLS_E_EVIDENCE_ALGORITHM},
        {{.realm = {{.key = 44240, .value = TAIL("\x68sha\0-256")}}}, RATLS_E_EVIDENCE_FORMAT},
        {{.realm = {{.key = 44238, .value = TAIL(B0)}}}, RATLS_E_EVIDENCE_FORMAT},
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++)
        cr_expect_eq(read_realm(&rows[i].knobs, &rt_arm_virtcca_rules), rows[i].e, "row %zu", i);
}

Test(arm_token, a_payload_is_one_map)
{
    static const char *const bad[] = {"\x80", "\x41x", "\xf6", "\xa0\x01", "\x01"};
    struct rt_arm_platform p;
    struct rt_arm_realm realm;

    for (size_t i = 0; i < RT_COUNT(bad); i++) {
        const struct ratls_bytes payload = ratls_bytes_str(bad[i]);
        err = (struct ratls_error){0};
        cr_expect_eq(rt_arm_platform_read(payload, &rt_arm_cca_rules, &p, NULL),
                     RATLS_E_EVIDENCE_FORMAT, "row %zu", i);
        cr_expect_eq(rt_arm_realm_read(payload, &rt_arm_cca_rules, &realm, &err),
                     RATLS_E_EVIDENCE_FORMAT, "row %zu", i);
        cr_expect(strstr(err.detail, "realm token: its payload"), "row %zu: %s", i, err.detail);
    }
    cr_expect_eq(rt_arm_platform_read(ratls_bytes(NULL, 0), &rt_arm_cca_rules, &p, NULL),
                 RATLS_E_EVIDENCE_FORMAT);
}

/* Longer than any text that becomes a claim. */
Test(arm_token, a_text_has_at_most_1024_bytes)
{
    uint8_t value[3 + RT_ARM_MAX_TEXT + 1] = {0x79};
    struct rt_sim_cca_knobs knobs = {.platform = {{.key = 2400, .in_addition = true}}};
    struct rt_arm_platform p;
    struct ratls_buffer payload;

    memset(value + 3, 'x', sizeof value - 3);
    for (size_t n = RT_ARM_MAX_TEXT; n <= RT_ARM_MAX_TEXT + 1; n++) {
        value[1] = (uint8_t)(n >> 8);
        value[2] = (uint8_t)n;
        knobs.platform[0].value = ratls_bytes(value, 3 + n);
        cr_expect_eq(read_platform(&knobs, &rt_arm_cca_rules, &p, &payload),
                     n == RT_ARM_MAX_TEXT ? RATLS_OK : RATLS_E_EVIDENCE_FORMAT);
        if (n == RT_ARM_MAX_TEXT) {
            claims = ratls_claims_new();
            rt_arm_platform_claims(&p, "cca.platform", claims);
            cr_expect_eq(strlen(text("cca.platform.verification_service")), n);
        }
        ratls_buffer_free(&payload);
    }
}
