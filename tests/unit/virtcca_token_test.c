/* virtCCA tokens, taken apart: sizes and forms of all claims, under good signatures. */
#include "token.h"

#include "cbor.h"
#include "der.h"
#include "patch_support.h"
#include "virtcca_support.h"

TestSuite(virtcca_token, .fini = teardown, .timeout = 120);

static const uint8_t filling[256];

/* ---- any payload, signed as it should be ---- */

enum wrap { ONCE_MORE, PLAIN, TWICE_MORE };

static enum ratls_err judge_tokens(struct ratls_bytes cvm, struct ratls_bytes platform)
{
    ratls_buffer_free(&g.token);
    MUST(rt_sim_virtcca_collection(cvm, platform, &g.token));
    virtcca_wrap_up(&g);
    return verify_bytes(rt_bytes_of(&g.evidence));
}

static struct ratls_buffer wrapped(struct ratls_bytes map, enum wrap how)
{
    struct ratls_buffer once = {0}, twice = {0};

    if (how == PLAIN) {
        MUST(rt_dup(map, &once));
        return once;
    }
    MUST(rt_sim_virtcca_wrap(map, &once));
    if (how == ONCE_MORE)
        return once;
    MUST(rt_sim_virtcca_wrap(rt_bytes_of(&once), &twice));
    ratls_buffer_free(&once);
    return twice;
}

/* The guest's map under the device's key, no platform token. */
static enum ratls_err judge_guest(struct ratls_bytes map, enum wrap how)
{
    struct ratls_buffer payload = wrapped(map, how), cvm = {0};

    MUST(rt_sim_cose_sign1(ratls_env_system(), &g.plan.keys->key[RT_SIM_VIRTCCA_DEVICE],
                           RT_COSE_ES512, rt_bytes_of(&payload), &cvm));
    enum ratls_err e = judge_tokens(rt_bytes_of(&cvm), ratls_bytes(NULL, 0));
    ratls_buffer_free(&payload);
    ratls_buffer_free(&cvm);
    return e;
}

static struct rt_sim_virtcca_cvm guest_of_device(struct rt_sim_virtcca_carried *key)
{
    struct rt_sim_virtcca_cvm c = rt_sim_virtcca_usual_cvm;

    make(&(const struct bad_virtcca){.no_platform = true});
    rt_sim_virtcca_carry(&g.plan.keys->key[RT_SIM_VIRTCCA_DEVICE], key);
    c.key = key->bytes;
    return c;
}

static enum ratls_err judge_claims(const struct rt_sim_virtcca_cvm *c)
{
    struct ratls_buffer map;

    MUST(rt_sim_virtcca_cvm_payload(c, &map));
    enum ratls_err e = judge_guest(rt_bytes_of(&map), ONCE_MORE);
    ratls_buffer_free(&map);
    return e;
}

/* ---- sizes ---- */

struct size_row {
    const char *name;
    struct ratls_bytes *claim;
    size_t good[3]; /* 0: none */
};

static bool is_good(const struct size_row *row, size_t len)
{
    for (size_t i = 0; i < RT_COUNT(row->good); i++)
        if (row->good[i] == len && len > 0)
            return true;
    return false;
}

Test(virtcca_token, guests_claims_have_their_sizes)
{
    struct rt_sim_virtcca_carried key;
    struct rt_sim_virtcca_cvm c = guest_of_device(&key);
    const struct size_row rows[] = {
        {"challenge", &c.challenge, {64}}, {"rpv", &c.rpv, {64}},
        {"rim", &c.rim, {32, 48, 64}},     {"rem0", &c.rem[0], {32, 48, 64}},
        {"rem1", &c.rem[1], {32, 48, 64}}, {"rem2", &c.rem[2], {32, 48, 64}},
        {"rem3", &c.rem[3], {32, 48, 64}},
    };

    cr_assert_eq(judge_claims(&c), RATLS_OK, "%s", err.detail);
    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        const struct ratls_bytes usual = *rows[i].claim;
        for (size_t len = 0; len <= 66; len++) {
            *rows[i].claim = ratls_bytes(filling, len);
            cr_expect_eq(judge_claims(&c),
                         is_good(&rows[i], len) ? RATLS_OK : RATLS_E_EVIDENCE_FORMAT,
                         "%s of %zu bytes: %s", rows[i].name, len, err.detail);
        }
        *rows[i].claim = usual;
    }
}

Test(virtcca_token, guests_claims_are_all_there)
{
    struct rt_sim_virtcca_carried key;
    struct rt_sim_virtcca_cvm c = guest_of_device(&key);
    struct ratls_bytes *const all[] = {&c.challenge, &c.rpv,          &c.key,
                                       &c.hash_alg,  &c.key_hash_alg, &c.rim};

    for (size_t i = 0; i < RT_COUNT(all); i++) {
        const struct ratls_bytes usual = *all[i];
        *all[i] = ratls_bytes(NULL, 0);
        cr_expect_eq(judge_claims(&c), RATLS_E_EVIDENCE_FORMAT, "%zu", i);
        *all[i] = usual;
    }
}

static enum ratls_err judge_platform(const struct rt_sim_virtcca_platform *p)
{
    g.plan.platform = *p;
    make_again();
    return verify();
}

Test(virtcca_token, platforms_claims_have_their_sizes)
{
    struct rt_sim_virtcca_platform p = rt_sim_virtcca_usual_platform;
    static uint8_t instance[66] = {0x01};
    const struct {
        const char *name;
        struct ratls_bytes *claim;
        const uint8_t *from;
        size_t good[2];
        bool any;
    } rows[] = {
        {"implementation id", &p.implementation_id, filling, {32}, false},
        {"instance id", &p.instance_id, instance, {33}, false},
        {"measurement", &p.measurement, filling, {32}, false},
        {"config", &p.config, filling, {0}, true},
    };

    make_usual();
    cr_assert_eq(judge_platform(&p), RATLS_OK, "%s", err.detail);
    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        const struct ratls_bytes usual = *rows[i].claim;
        for (size_t len = 0; len <= 66; len++) {
            *rows[i].claim = ratls_bytes(rows[i].from, len);
            const bool good = rows[i].any || rows[i].good[0] == len;
            cr_expect_eq(judge_platform(&p), good ? RATLS_OK : RATLS_E_EVIDENCE_FORMAT,
                         "%s of %zu bytes: %s", rows[i].name, len, err.detail);
        }
        *rows[i].claim = usual;
    }
    for (size_t len = 0; len <= 66; len++) {
        p.challenge = ratls_bytes(filling, len);
        cr_expect_eq(judge_platform(&p), len == 32 ? RATLS_E_BINDER : RATLS_E_EVIDENCE_FORMAT,
                     "%zu: %s", len, err.detail);
    }
}

Test(virtcca_token, platforms_claims_are_all_there)
{
    struct rt_sim_virtcca_platform p = rt_sim_virtcca_usual_platform;
    struct ratls_bytes *const all[] = {&p.implementation_id, &p.instance_id, &p.config,
                                       &p.hash_alg,          &p.measurement, &p.signer_id};

    make_usual();
    for (size_t i = 0; i < RT_COUNT(all); i++) {
        const struct ratls_bytes usual = *all[i];
        *all[i] = ratls_bytes(NULL, 0);
        cr_expect_eq(judge_platform(&p), RATLS_E_EVIDENCE_FORMAT, "%zu: %s", i, err.detail);
        *all[i] = usual;
    }
    p.signer_id = ratls_bytes("", 0); /* Huawei's may be empty */
    cr_expect_eq(judge_platform(&p), RATLS_OK, "%s", err.detail);
    p.n_components = 0;
    cr_expect_eq(judge_platform(&p), RATLS_E_EVIDENCE_FORMAT, "%s", err.detail);
    p.n_components = 1;
    cr_expect_eq(judge_platform(&p), RATLS_OK, "%s", err.detail);
    p.n_components = RT_ARM_MAX_COMPONENTS;
    cr_expect_eq(judge_platform(&p), RATLS_OK, "%s", err.detail);
    p.n_components++;
    cr_expect_neq(judge_platform(&p), RATLS_OK);
}

Test(virtcca_token, platforms_have_a_profile_that_is_known)
{
    static const struct {
        const char *profile; /* NULL: none */
        enum ratls_err e;
    } rows[] = {
        {"http://arm.com/CCA-SSD/1.0.0", RATLS_OK},
        {"tag:arm.com,2023:cca_platform#1.0.0", RATLS_OK},
        {"tag:arm.com,2023:realm#1.0.0", RATLS_E_EVIDENCE_PROFILE},
        {"http://arm.com/CCA-SSD/1.0.1", RATLS_E_EVIDENCE_PROFILE},
        {"http://arm.com/CCA-SSD/1.0.0.", RATLS_E_EVIDENCE_PROFILE},
        {"http://arm.com/CCA-SSD/1.0", RATLS_E_EVIDENCE_PROFILE},
        {NULL, RATLS_E_EVIDENCE_PROFILE},
    };
    struct rt_sim_virtcca_platform p = rt_sim_virtcca_usual_platform;

    make_usual();
    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        p.profile = rows[i].profile ? ratls_bytes_str(rows[i].profile) : ratls_bytes(NULL, 0);
        cr_expect_eq(judge_platform(&p), rows[i].e, "%zu: %s", i, err.detail);
    }
}

/* ---- texts ---- */

/* T146: an empty name matches nothing. */
Test(virtcca_token, hashes_are_named_exactly)
{
    static const struct {
        const char *name;
        size_t len;
        enum ratls_err e;
    } rows[] = {
        {"sha-256", 7, RATLS_OK},
        {"sha-256\0", 8, RATLS_OK},
        {"", 0, RATLS_E_EVIDENCE_ALGORITHM},
        {"\0", 1, RATLS_E_EVIDENCE_ALGORITHM},
        {"s", 1, RATLS_E_EVIDENCE_ALGORITHM},
        {"sha-25", 6, RATLS_E_EVIDENCE_ALGORITHM},
        {"sha-2566", 8, RATLS_E_EVIDENCE_ALGORITHM},
        {"SHA-256", 7, RATLS_E_EVIDENCE_ALGORITHM},
        {"sha256", 6, RATLS_E_EVIDENCE_ALGORITHM},
        {"sha-1", 5, RATLS_E_EVIDENCE_ALGORITHM},
    };
    struct rt_sim_virtcca_carried key;
    struct rt_sim_virtcca_cvm c = guest_of_device(&key);

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        c.key_hash_alg = ratls_bytes(rows[i].name, rows[i].len);
        enum ratls_err e = judge_claims(&c);
        if (rows[i].e)
            cr_expect(e == RATLS_E_EVIDENCE_ALGORITHM || e == RATLS_E_EVIDENCE_FORMAT, "%zu: %s", i,
                      err.detail);
        else
            cr_expect_eq(e, RATLS_OK, "%zu: %s", i, err.detail);
    }
}

/* ---- the guest's key ---- */

static enum ratls_err judge_key(struct ratls_bytes key)
{
    struct rt_sim_virtcca_carried own;
    struct rt_sim_virtcca_cvm c = guest_of_device(&own);

    c.key = key;
    return judge_claims(&c);
}

Test(virtcca_token, guests_keys_have_two_forms)
{
    struct rt_key *p256 = NULL, *p384 = NULL;
    struct rt_sim_virtcca_carried own, other;
    uint8_t point[134];

    (void)guest_of_device(&own);
    MUST(rt_key_generate(ratls_env_system(), RT_P256, &p256));
    MUST(rt_key_generate(ratls_env_system(), RT_P384, &p384));
    memcpy(point, own.point, 133);
    cr_expect_eq(judge_key(own.bytes), RATLS_OK, "%s", err.detail);
    cr_expect_eq(judge_key(ratls_bytes(point, 132)), RATLS_E_EVIDENCE_FORMAT);
    cr_expect_eq(judge_key(ratls_bytes(point, 134)), RATLS_E_EVIDENCE_FORMAT);
    cr_expect_eq(judge_key(ratls_bytes(point + 1, 132)), RATLS_E_EVIDENCE_FORMAT);
    point[0] = 2;
    cr_expect_eq(judge_key(ratls_bytes(point, 133)), RATLS_E_EVIDENCE_FORMAT);
    cr_expect_eq(judge_key(ratls_bytes(point, 0)), RATLS_E_EVIDENCE_FORMAT);
    /* the right key in a form that is not Huawei's */
    cr_expect_eq(judge_key(rt_sim_virtcca_spki(&ec_keys.key[RT_SIM_VIRTCCA_DEVICE])),
                 RATLS_E_EVIDENCE_ALGORITHM);
    cr_expect_eq(judge_key(rt_key_spki(p256)), RATLS_E_EVIDENCE_ALGORITHM);
    cr_expect_eq(judge_key(rt_key_spki(p384)), RATLS_E_EVIDENCE_ALGORITHM);
    (void)virtcca_keys(true);
    rt_sim_virtcca_carry(&rsa_keys.key[RT_SIM_VIRTCCA_CA], &other); /* 2048 bits */
    cr_expect_eq(judge_key(other.bytes), RATLS_E_EVIDENCE_ALGORITHM, "%s", err.detail);
    rt_sim_virtcca_carry(&rsa_keys.key[RT_SIM_VIRTCCA_CVM], &other);
    cr_expect_eq(judge_key(other.bytes), RATLS_E_KEY_BINDING, "%s", err.detail);
    cr_expect_eq(judge_key(ratls_bytes(other.bytes.p, other.bytes.len - 1)),
                 RATLS_E_EVIDENCE_FORMAT);
    rt_key_free(p256);
    rt_key_free(p384);
}

/* ---- payloads ---- */

static struct ratls_buffer usual_map(void)
{
    struct rt_sim_virtcca_carried key;
    const struct rt_sim_virtcca_cvm c = guest_of_device(&key);
    struct ratls_buffer map;

    MUST(rt_sim_virtcca_cvm_payload(&c, &map));
    return map;
}

Test(virtcca_token, a_guests_payload_is_wrapped_twice)
{
    struct ratls_buffer map = usual_map(), payload = {0}, cvm = {0};
    struct rt_writer w = {0};

    cr_expect_eq(judge_guest(rt_bytes_of(&map), ONCE_MORE), RATLS_OK, "%s", err.detail);
    cr_expect_eq(judge_guest(rt_bytes_of(&map), PLAIN), RATLS_E_EVIDENCE_FORMAT);
    cr_expect(strstr(err.detail, "not wrapped"), "%s", err.detail);
    cr_expect_eq(judge_guest(rt_bytes_of(&map), TWICE_MORE), RATLS_E_EVIDENCE_FORMAT);
    /* a byte behind the map, and behind the byte string */
    rt_put_bytes(&w, rt_bytes_of(&map));
    rt_put_u8(&w, 0);
    cr_expect_eq(judge_guest(rt_written(&w), ONCE_MORE), RATLS_E_EVIDENCE_FORMAT);
    rt_writer_free(&w);
    MUST(rt_sim_virtcca_wrap(rt_bytes_of(&map), &payload));
    rt_put_bytes(&w, rt_bytes_of(&payload));
    rt_put_u8(&w, 0);
    cr_expect_eq(judge_guest(rt_written(&w), PLAIN), RATLS_E_EVIDENCE_FORMAT);
    rt_writer_free(&w);
    ratls_buffer_free(&payload);
    ratls_buffer_free(&cvm);
    ratls_buffer_free(&map);
}

/* One more claim; the map of seven begins with a7. */
static struct ratls_buffer with_claim(struct ratls_bytes map, struct ratls_bytes claim)
{
    struct rt_writer w = {0};
    struct ratls_buffer out;

    rt_put_u8(&w, (uint8_t)(map.p[0] + 1));
    rt_put(&w, map.p + 1, map.len - 1);
    rt_put_bytes(&w, claim);
    MUST(rt_writer_take(&w, &out));
    return out;
}

Test(virtcca_token, other_claims_are_counted_and_a_profile_is_refused)
{
    static const struct {
        struct ratls_bytes claim;
        enum ratls_err e;
    } rows[] = {
        {{(const uint8_t *)"\x19\x99\x99\x01", 4}, RATLS_OK},
        {{(const uint8_t *)"\x0a\x41\x00", 3}, RATLS_E_EVIDENCE_FORMAT}, /* the challenge again */
        {{(const uint8_t *)"\x19\x01\x09\x61\x61", 5}, RATLS_E_EVIDENCE_PROFILE},
        {{(const uint8_t *)"\x19\x01\x09\x60", 4}, RATLS_E_EVIDENCE_PROFILE},
    };
    struct ratls_buffer map = usual_map();

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        struct ratls_buffer more = with_claim(rt_bytes_of(&map), rows[i].claim);
        enum ratls_err e = judge_guest(rt_bytes_of(&more), ONCE_MORE);
        cr_expect(e == rows[i].e || (rows[i].e && e == RATLS_E_EVIDENCE_FORMAT), "%zu: %s", i,
                  err.detail);
        if (rows[i].e == RATLS_OK)
            cr_expect_eq(number("virtcca.cvm.unknown_claims"), 1);
        ratls_buffer_free(&more);
    }
    ratls_buffer_free(&map);
}

/* ---- the collection ---- */

/* Arm's newer form, inside of the envelope, where nobody looked at its head. */
Test(virtcca_token, refuses_tag_907)
{
    struct rt_arm_collection c;
    struct rt_writer w = {0};

    make(&(const struct bad_virtcca){.no_platform = true});
    MUST(rt_arm_collection_read(rt_bytes_of(&g.token), &c, NULL));
    rt_cbor_put(&w, RT_CBOR_TAG, RT_ARM_TAG_CMW);
    rt_cbor_put(&w, RT_CBOR_MAP, 1);
    rt_cbor_put(&w, RT_CBOR_UINT, RT_ARM_LABEL_REALM);
    rt_cbor_put(&w, RT_CBOR_ARRAY, 2);
    rt_cbor_put(&w, RT_CBOR_UINT, 263);
    rt_cbor_put_bstr(&w, c.realm);
    ratls_buffer_free(&g.token);
    MUST(rt_writer_take(&w, &g.token));
    virtcca_wrap_up(&g);
    cr_expect_eq(verify_bytes(rt_bytes_of(&g.evidence)), RATLS_E_EVIDENCE_FORMAT);
    cr_expect(strstr(err.detail, "tag 399"), "%s", err.detail);
}

/* Whatever keys there may be for them. */
Test(virtcca_token, refuses_the_algorithms_of_arm)
{
    static const int64_t others[] = {RT_COSE_ES256, RT_COSE_ES384, -8, -257};
    struct rt_virtcca_token t;

    make_usual();
    for (size_t i = 0; i < RT_COUNT(others); i++) {
        g.plan.cvm_alg = others[i];
        g.plan.platform_alg = 0;
        make_again();
        cr_expect_eq(rt_virtcca_token_read(rt_bytes_of(&g.token), &t, NULL),
                     RATLS_E_EVIDENCE_ALGORITHM);
        g.plan.cvm_alg = 0;
        g.plan.platform_alg = others[i];
        make_again();
        cr_expect_eq(rt_virtcca_token_read(rt_bytes_of(&g.token), &t, NULL),
                     RATLS_E_EVIDENCE_ALGORITHM);
    }
}

/* ---- signatures ---- */

/* T146: some firmware writes ECDSA-Sig-Value; it is refused even where it would verify. */
Test(virtcca_token, refuses_a_signature_in_der)
{
    struct ratls_buffer map = usual_map(), payload = wrapped(rt_bytes_of(&map), ONCE_MORE);
    struct ratls_buffer sig = {0};
    struct rt_writer signed_part = {0}, cose = {0};
    static const uint8_t protected_header[] = {0xa1, 0x01, 0x38, 0x23};
    const struct ratls_bytes header = ratls_bytes(protected_header, sizeof protected_header);

    rt_cbor_put(&signed_part, RT_CBOR_ARRAY, 4);
    rt_cbor_put_tstr(&signed_part, "Signature1");
    rt_cbor_put_bstr(&signed_part, header);
    rt_cbor_put_bstr(&signed_part, ratls_bytes(NULL, 0));
    rt_cbor_put_bstr(&signed_part, rt_bytes_of(&payload));
    MUST(rt_sign_der(ratls_env_system(), ec_keys.key[RT_SIM_VIRTCCA_DEVICE].ec,
                     rt_written(&signed_part), &sig));
    rt_cbor_put(&cose, RT_CBOR_TAG, RT_COSE_TAG_SIGN1);
    rt_cbor_put(&cose, RT_CBOR_ARRAY, 4);
    rt_cbor_put_bstr(&cose, header);
    rt_cbor_put(&cose, RT_CBOR_MAP, 0);
    rt_cbor_put_bstr(&cose, rt_bytes_of(&payload));
    rt_cbor_put_bstr(&cose, rt_bytes_of(&sig));
    cr_expect_eq(judge_tokens(rt_written(&cose), ratls_bytes(NULL, 0)), RATLS_E_EVIDENCE_SIGNATURE,
                 "%s", err.detail);
    rt_writer_free(&signed_part);
    rt_writer_free(&cose);
    ratls_buffer_free(&sig);
    ratls_buffer_free(&payload);
    ratls_buffer_free(&map);
}

/* ---- patches ---- */

static enum ratls_err judge_patched(struct ratls_bytes bytes, struct ratls_error *why)
{
    enum ratls_err e = verify_bytes(bytes);

    *why = err;
    return e;
}

Test(virtcca_token, refuses_each_patch)
{
    struct rt_writer pem = {0};
    struct ratls_buffer one;

    make_usual();
    for (size_t i = 0; i < RT_SIM_VIRTCCA_CERTS; i++) {
        MUST(rt_pem_write("CERTIFICATE", rt_bytes_of(&g.chain.der[i]), &one));
        rt_put_bytes(&pem, rt_bytes_of(&one));
        ratls_buffer_free(&one);
    }
    input.certs = rt_written(&pem);
    const struct patch_table table = {"virtcca.txt", rt_bytes_of(&g.token), judge_patched};
    cr_assert_gt(patch_try_all(&table), 70);
    rt_writer_free(&pem);
}
