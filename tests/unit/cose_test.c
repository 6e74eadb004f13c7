/* COSE_Sign1: what is read, what is refused, and that only the right key and algorithm verify. */
#include "cose_support.h"
#include "offload.h"
#include "patch_support.h"

static struct ratls_error err;

static void setup(void)
{
    make_signers();
}

static void teardown(void)
{
    free_signers();
}

TestSuite(cose, .timeout = 60);
TestSuite(cose_signature, .init = setup, .fini = teardown, .timeout = 120);

/* ---- form ---- */

Test(cose, reads_the_four_parts)
{
    const struct ratls_bytes in = unhex("d28444a1013822a04201024103");
    struct rt_cose_sign1 m;

    cr_assert_eq(rt_cose_read(in, &m, &err), RATLS_OK, "%s", err.detail);
    cr_expect_eq(m.alg, RT_COSE_ES384);
    cr_expect_eq(m.protected_header.p, in.p + 3);
    cr_expect(ratls_bytes_equal(m.protected_header, unhex("a1013822")));
    cr_expect(ratls_bytes_equal(m.payload, unhex("0102")));
    cr_expect(ratls_bytes_equal(m.signature, unhex("03")));
}

/* Not only those that are known: what is allowed is a question of the key. */
Test(cose, reads_any_integer_as_algorithm)
{
    static const struct {
        const char *hex;
        int64_t alg;
    } rows[] = {
        {"d28443a10126a04040", RT_COSE_ES256},
        {"d28443a10105a04040", 5},
        {"d28445a101390100a04040", -257},
        {"d2844ba1013b7fffffffffffffffa04040", INT64_MIN},
    };
    struct rt_cose_sign1 m;

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        cr_assert_eq(rt_cose_read(unhex(rows[i].hex), &m, NULL), RATLS_OK, "%s", rows[i].hex);
        cr_expect_eq(m.alg, rows[i].alg);
    }
}

/* Good is d28443a10126a04101414f. */
static const struct {
    const char *name, *hex, *detail;
} bad[] = {
    {"nothing", "", "cut off"},
    {"no-tag", "8443a10126a04101414f", "tag 18 is due"},
    {"tag-of-cose-sign", "d8628443a10126a04101414f", "tag 18 is due"},
    {"tag-of-cose-mac0", "d18443a10126a04101414f", "tag 18 is due"},
    {"tag-of-cwt-around-it", "d83dd28443a10126a04101414f", "tag 18 is due"},
    {"tag-18-twice", "d2d28443a10126a04101414f", "an array of four is due"},
    {"tag-in-two-bytes", "d8128443a10126a04101414f", "longer than needed"},
    {"map", "d2a40043a1012601a0024101034141", "an array of four is due"},
    {"array-of-18-for-the-tag", "928443a10126a04101414f0000000000000000000000000000000000",
     "tag 18 is due"},
    {"byte-string", "d24443a10126", "an array of four is due"},
    {"array-of-0", "d280", "an array of four is due"},
    {"array-of-3", "d28343a10126a04101", "an array of four is due"},
    {"array-of-5", "d28543a10126a04101414ff6", "an array of four is due"},
    {"indefinite-array", "d29f43a10126a04101414fff", "indefinite"},
    {"trailing-byte", "d28443a10126a04101414f00", "bytes follow it"},
    {"protected-map", "d284a10126a04101414f", "the protected header is no byte string"},
    {"protected-text", "d28463610126a04101414f", "the protected header is no byte string"},
    {"protected-null", "d284f6a04101414f", "the protected header is no byte string"},
    {"protected-empty", "d28440a04101414f", "protected header: CBOR, item before byte 0"},
    {"protected-empty-map", "d28441a0a04101414f", "not just an algorithm"},
    {"protected-array", "d284428126a04101414f", "not just an algorithm"},
    {"protected-integer", "d2844126a04101414f", "not just an algorithm"},
    {"protected-tag", "d28444d2a10126a04101414f", "not just an algorithm"},
    {"protected-bstr-in-bstr", "d2844443a10126a04101414f", "not just an algorithm"},
    {"protected-cut", "d28442a101a04101414f", "protected header: CBOR"},
    {"protected-trailing", "d28444a1012600a04101414f", "bytes follow it"},
    {"protected-indefinite", "d28445bf0126ffa04101414f", "indefinite"},
    {"protected-alg-twice", "d28445a201260126a04101414f", "has already"},
    {"protected-alg-long-head", "d28444a1013806a04101414f", "longer than needed"},
    {"protected-other-label", "d28443a10226a04101414f", "not just an algorithm"},
    {"protected-label-minus-1", "d28443a12026a04101414f", "not just an algorithm"},
    {"protected-alg-as-text", "d28448a101654553323536a04101414f", "not just an algorithm"},
    {"protected-label-as-text", "d28446a163616c6726a04101414f", "not just an algorithm"},
    {"protected-alg-null", "d28443a101f6a04101414f", "not just an algorithm"},
    {"protected-alg-beyond", "d2844ba1013b8000000000000000a04101414f", "not just an algorithm"},
    {"protected-with-kid", "d28446a20126044101a04101414f", "not just an algorithm"},
    {"protected-crit", "d28447a201260281182aa04101414f", "not just an algorithm"},
    {"unprotected-alg", "d28443a10126a101264101414f", "the unprotected header is no empty map"},
    {"alg-in-unprotected-only", "d28441a0a101264101414f", "no empty map"},
    {"alg-in-unprotected-only-2", "d28440a101264101414f", "no empty map"},
    {"unprotected-kid", "d28443a10126a10441014101414f", "the unprotected header is no empty map"},
    {"unprotected-array", "d28443a10126804101414f", "the unprotected header is no empty map"},
    {"unprotected-bytes", "d28443a10126404101414f", "the unprotected header is no empty map"},
    {"unprotected-null", "d28443a10126f64101414f", "the unprotected header is no empty map"},
    {"detached-payload", "d28443a10126a0f6414f", "the payload is no byte string"},
    {"payload-text", "d28443a10126a06101414f", "the payload is no byte string"},
    {"payload-map", "d28443a10126a0a0414f", "the payload is no byte string"},
    {"payload-chunks", "d28443a10126a05f4101ff414f", "indefinite"},
    {"payload-beyond-the-end", "d28443a10126a04501414f", "cut off"},
    {"signature-text", "d28443a10126a04101614f", "the signature is no byte string"},
    {"signature-null", "d28443a10126a04101f6", "the signature is no byte string"},
    {"signature-array", "d28443a10126a041018118ff", "the signature is no byte string"},
    {"signature-missing", "d28443a10126a04101", "cut off"},
};

Test(cose, reads_the_message_that_the_bad_ones_are_made_of)
{
    struct rt_cose_sign1 m;

    cr_expect_eq(rt_cose_read(unhex("d28443a10126a04101414f"), &m, NULL), RATLS_OK);
}

Test(cose, refuses_every_other_form)
{
    for (size_t i = 0; i < RT_COUNT(bad); i++) {
        struct rt_cose_sign1 m;
        err = (struct ratls_error){0};
        memset(&m, 0xa5, sizeof m);
        cr_expect_eq(rt_cose_read(unhex(bad[i].hex), &m, &err), RATLS_E_EVIDENCE_FORMAT, "%s",
                     bad[i].name);
        cr_expect(strstr(err.detail, bad[i].detail), "%s: %s", bad[i].name, err.detail);
        cr_expect(m.payload.p == NULL && m.payload.len == 0 && m.alg == 0, "%s", bad[i].name);
    }
}

/* Another tag is no missing one. */
Test(cose, the_tag_may_be_missing_where_that_is_allowed)
{
    static const struct {
        const char *hex;
        enum ratls_err tagged, untagged;
    } rows[] = {
        {"d28443a10126a04101414f", RATLS_OK, RATLS_OK},
        {"8443a10126a04101414f", RATLS_E_EVIDENCE_FORMAT, RATLS_OK},
        {"d38443a10126a04101414f", RATLS_E_EVIDENCE_FORMAT, RATLS_E_EVIDENCE_FORMAT},
        {"d2d28443a10126a04101414f", RATLS_E_EVIDENCE_FORMAT, RATLS_E_EVIDENCE_FORMAT},
        {"8343a10126a04101", RATLS_E_EVIDENCE_FORMAT, RATLS_E_EVIDENCE_FORMAT},
        {"8443a10126a04101414f00", RATLS_E_EVIDENCE_FORMAT, RATLS_E_EVIDENCE_FORMAT},
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        struct rt_cose_sign1 m;
        cr_expect_eq(rt_cose_read(unhex(rows[i].hex), &m, NULL), rows[i].tagged, "%s", rows[i].hex);
        cr_expect_eq(rt_cose_read_untagged(unhex(rows[i].hex), &m, NULL), rows[i].untagged, "%s",
                     rows[i].hex);
        cr_expect_eq(m.payload.p != NULL, rows[i].untagged == RATLS_OK, "%s", rows[i].hex);
    }
}

/* ---- signatures ---- */

static enum ratls_err judge_p256(struct ratls_bytes in, struct ratls_error *why)
{
    return judge_message(in, &public_keys[SIGNER_P256], why);
}

Test(cose_signature, table_of_patches)
{
    struct ratls_buffer in = signed_message(SIGNER_P256, RT_COSE_ES256);
    const struct patch_table table = {"cose.txt", rt_bytes_of(&in), judge_p256};

    cr_assert_eq(in.len, 84);
    cr_expect_eq(judge_p256(rt_bytes_of(&in), NULL), RATLS_OK);
    cr_expect_geq(patch_try_all(&table), 40);
    ratls_buffer_free(&in);
}

Test(cose_signature, of_every_algorithm_verifies)
{
    for (size_t i = 0; i < RT_COUNT(cose_algs); i++) {
        struct ratls_buffer in = signed_message(cose_algs[i].by, cose_algs[i].alg);
        struct rt_cose_sign1 m;
        err = (struct ratls_error){0};
        MUST(rt_cose_read(rt_bytes_of(&in), &m, NULL));
        cr_expect_eq(m.alg, cose_algs[i].alg);
        cr_expect_eq(m.signature.len, cose_algs[i].sig_len);
        cr_expect(ratls_bytes_equal(m.payload, BYTES(payload_text)));
        cr_expect_eq(rt_cose_verify(&m, &public_keys[cose_algs[i].by], &err), RATLS_OK, "%s",
                     err.detail);
        ratls_buffer_free(&in);
    }
}

Test(cose_signature, is_made_with_the_usual_algorithm_of_the_key)
{
    static const int64_t due[SIGNERS] = {RT_COSE_ES256, RT_COSE_ES384, RT_COSE_ES512,
                                         RT_COSE_PS256};

    for (size_t i = 0; i < SIGNERS; i++)
        cr_expect_eq(rt_sim_cose_alg(&signers[i]), due[i]);
}

Test(cose_signature, over_an_empty_payload_verifies)
{
    struct ratls_buffer in = {0};

    MUST(rt_sim_cose_sign1(ratls_env_system(), &signers[SIGNER_P256], RT_COSE_ES256,
                           ratls_bytes(NULL, 0), &in));
    cr_expect_eq(judge_message(rt_bytes_of(&in), &public_keys[SIGNER_P256], NULL), RATLS_OK);
    ratls_buffer_free(&in);
}

/* T19: nothing of a message is unsigned. */
Test(cose_signature, covers_every_byte)
{
    for (size_t i = 0; i < RT_COUNT(cose_algs); i++) {
        struct ratls_buffer in = signed_message(cose_algs[i].by, cose_algs[i].alg);
        for (size_t at = 0; at < in.len; at++) {
            const uint8_t bit = (uint8_t)(1U << at % 8);
            in.p[at] ^= bit;
            enum ratls_err e = judge_message(rt_bytes_of(&in), &public_keys[cose_algs[i].by], NULL);
            cr_expect(e == RATLS_E_EVIDENCE_FORMAT || e == RATLS_E_EVIDENCE_ALGORITHM ||
                          e == RATLS_E_EVIDENCE_SIGNATURE,
                      "algorithm %d, byte %zu: %s", (int)cose_algs[i].alg, at, ratls_err_reason(e));
            in.p[at] ^= bit;
        }
        cr_expect_eq(judge_message(rt_bytes_of(&in), &public_keys[cose_algs[i].by], NULL),
                     RATLS_OK);
        ratls_buffer_free(&in);
    }
}

/* Each algorithm under each key: the right one of four, or it is the algorithm that is wrong. */
Test(cose_signature, goes_with_one_kind_of_key)
{
    for (size_t i = 0; i < RT_COUNT(cose_algs); i++)
        for (size_t by = 0; by < SIGNERS; by++) {
            struct ratls_buffer in = signed_message((enum signer)by, cose_algs[i].alg);
            err = (struct ratls_error){0};
            cr_expect_eq(judge_message(rt_bytes_of(&in), &public_keys[by], &err),
                         by == cose_algs[i].by ? RATLS_OK : RATLS_E_EVIDENCE_ALGORITHM,
                         "algorithm %d, key %zu: %s", (int)cose_algs[i].alg, by, err.detail);
            ratls_buffer_free(&in);
        }
}

Test(cose_signature, of_another_key_of_the_kind_is_refused)
{
    static const enum rt_curve curves[] = {RT_P256, RT_P384, RT_P521};
    struct rt_public_key other;

    for (size_t i = 0; i < RT_COUNT(curves); i++) {
        struct ratls_buffer in = signed_message((enum signer)i, rt_sim_cose_alg(&signers[i]));
        struct rt_key *key = make_key(curves[i]);
        MUST(rt_public_key_parse(rt_key_spki(key), &other, NULL));
        cr_expect_eq(judge_message(rt_bytes_of(&in), &other, NULL), RATLS_E_EVIDENCE_SIGNATURE);
        rt_key_free(key);
        ratls_buffer_free(&in);
    }
    struct ratls_buffer in = signed_message(SIGNER_RSA, RT_COSE_PS256);
    struct rt_rsa_key *key;
    MUST(rt_rsa_generate(ratls_env_system(), 2048, &key));
    MUST(rt_public_key_parse(rt_rsa_spki(key), &other, NULL));
    cr_expect_eq(judge_message(rt_bytes_of(&in), &other, NULL), RATLS_E_EVIDENCE_SIGNATURE);
    rt_rsa_free(key);
    ratls_buffer_free(&in);
}

/* ECDSA with another hash or with secp256k1, EdDSA, RSA with PKCS#1 v1.5, HMAC, none. */
Test(cose_signature, of_an_unknown_algorithm_is_refused)
{
    static const int64_t unknown[] = {-8,     -9, -47, -48, -51, -257, -258,      -259,
                                      -65535, 5,  7,   0,   1,   35,   INT64_MIN, INT64_MAX};

    for (size_t i = 0; i < RT_COUNT(unknown); i++)
        for (size_t by = 0; by < SIGNERS; by++) {
            struct ratls_buffer in = signed_message((enum signer)by, unknown[i]);
            cr_expect_eq(judge_message(rt_bytes_of(&in), &public_keys[by], NULL),
                         RATLS_E_EVIDENCE_ALGORITHM, "%lld", (long long)unknown[i]);
            ratls_buffer_free(&in);
        }
}

/* A key that no algorithm here goes with, and RSA keys out of their sizes. */
Test(cose_signature, under_an_unfit_key_is_refused)
{
    static const uint8_t magnitude[513] = {0xc0, [127] = 1, [512] = 1}, exponent[] = {1, 0, 1};
    static const struct rt_public_key keys[] = {
        {.type = RT_KEY_ED25519, .bits = 255},
        {RT_KEY_RSA, 1024, {0}, {magnitude, 128}, {exponent, 3}},
        {RT_KEY_RSA, 4104, {0}, {magnitude, 513}, {exponent, 3}},
    };

    for (size_t i = 0; i < RT_COUNT(cose_algs); i++)
        for (size_t k = 0; k < RT_COUNT(keys); k++) {
            struct ratls_buffer in = signed_message(cose_algs[i].by, cose_algs[i].alg);
            cr_expect_eq(judge_message(rt_bytes_of(&in), &keys[k], NULL),
                         RATLS_E_EVIDENCE_ALGORITHM);
            ratls_buffer_free(&in);
        }
}

/* T40: cut, longer, of the other algorithms' lengths, and zero. */
Test(cose_signature, of_another_length_is_refused)
{
    static const size_t lengths[] = {0,   1,   32,  63,  64,  65,  96, 97,
                                     131, 132, 133, 255, 256, 257, 512};
    uint8_t sig[512];

    for (size_t i = 0; i < RT_COUNT(cose_algs); i++) {
        struct ratls_buffer in = signed_message(cose_algs[i].by, cose_algs[i].alg);
        struct rt_cose_sign1 m;
        MUST(rt_cose_read(rt_bytes_of(&in), &m, NULL));
        memset(sig, 0, sizeof sig);
        memcpy(sig, m.signature.p, m.signature.len);
        for (size_t k = 0; k < RT_COUNT(lengths); k++) {
            m.signature = ratls_bytes(sig, lengths[k]);
            cr_expect_eq(rt_cose_verify(&m, &public_keys[cose_algs[i].by], NULL),
                         lengths[k] == cose_algs[i].sig_len ? RATLS_OK : RATLS_E_EVIDENCE_SIGNATURE,
                         "algorithm %d, %zu bytes", (int)cose_algs[i].alg, lengths[k]);
        }
        memset(sig, 0, sizeof sig);
        m.signature = ratls_bytes(sig, cose_algs[i].sig_len);
        cr_expect_eq(rt_cose_verify(&m, &public_keys[cose_algs[i].by], NULL),
                     RATLS_E_EVIDENCE_SIGNATURE, "zero");
        ratls_buffer_free(&in);
    }
}

/* T146. The very bytes that are to be signed, signed by the very key: only the form is wrong. */
Test(cose_signature, in_der_is_refused)
{
    static const char *const heads[] = {
        "846a5369676e61747572653143a10126404161",
        "846a5369676e61747572653144a1013822404161",
        "846a5369676e61747572653144a1013823404161",
    };
    static const char *const headers[] = {"a10126", "a1013822", "a1013823"};

    for (size_t i = 0; i < RT_COUNT(heads); i++) {
        struct ratls_buffer der = {0};
        struct rt_cose_sign1 m = {.alg = rt_sim_cose_alg(&signers[i]),
                                  .protected_header = unhex(headers[i]),
                                  .payload = BYTES("a")};
        uint8_t raw[132];
        const size_t raw_len = cose_algs[i].sig_len;
        MUST(rt_sign_raw(ratls_env_system(), signers[i].ec, unhex(heads[i]), raw, raw_len));
        m.signature = ratls_bytes(raw, raw_len);
        cr_expect_eq(rt_cose_verify(&m, &public_keys[i], NULL), RATLS_OK, "the raw form");
        MUST(rt_sign_der(ratls_env_system(), signers[i].ec, unhex(heads[i]), &der));
        m.signature = rt_bytes_of(&der);
        cr_expect_eq(rt_cose_verify(&m, &public_keys[i], NULL), RATLS_E_EVIDENCE_SIGNATURE);
        ratls_buffer_free(&der);
    }
}

/* PKCS#1 v1.5 under the name of PSS, and PSS with another hash than the algorithm has. */
Test(cose_signature, of_rsa_in_another_form_is_refused)
{
    static const char to_be_signed[] = "846a5369676e61747572653144a1013824404161";
    static const enum rt_hash hashes[] = {RT_SHA256, RT_SHA384, RT_SHA512};
    struct rt_rsa_key *key = signers[SIGNER_RSA].rsa;
    struct rt_cose_sign1 m = {
        .alg = RT_COSE_PS256, .protected_header = unhex("a1013824"), .payload = BYTES("a")};
    struct ratls_buffer sig = {0};

    for (size_t i = 0; i < RT_COUNT(hashes); i++) {
        MUST(rt_rsa_sign_pss(ratls_env_system(), key, hashes[i], unhex(to_be_signed), &sig));
        m.signature = rt_bytes_of(&sig);
        cr_expect_eq(rt_cose_verify(&m, &public_keys[SIGNER_RSA], NULL),
                     hashes[i] == RT_SHA256 ? RATLS_OK : RATLS_E_EVIDENCE_SIGNATURE);
        ratls_buffer_free(&sig);
    }
    MUST(rt_rsa_sign_pkcs1(ratls_env_system(), key, unhex(to_be_signed), &sig));
    m.signature = rt_bytes_of(&sig);
    cr_expect_eq(rt_cose_verify(&m, &public_keys[SIGNER_RSA], NULL), RATLS_E_EVIDENCE_SIGNATURE);
    ratls_buffer_free(&sig);
}

/* The point is looked at again: it need not come from a parsed key. */
Test(cose_signature, under_a_point_off_the_curve_is_refused)
{
    struct ratls_buffer in = signed_message(SIGNER_P256, RT_COSE_ES256);
    struct rt_public_key key = public_keys[SIGNER_P256];
    uint8_t point[64];

    memcpy(point, key.point.p, sizeof point);
    point[63] ^= 1;
    key.point = ratls_bytes(point, sizeof point);
    cr_expect_eq(judge_message(rt_bytes_of(&in), &key, NULL), RATLS_E_EVIDENCE_SIGNATURE);
    key.point.len = 63;
    cr_expect_neq(judge_message(rt_bytes_of(&in), &key, NULL), RATLS_OK);
    ratls_buffer_free(&in);
}

static int no_random(void *arg, uint8_t *out, size_t n)
{
    (void)arg;
    (void)out;
    (void)n;
    return -1;
}

Test(cose_signature, is_not_made_without_randomness)
{
    struct ratls_env env = *ratls_env_system();
    struct ratls_buffer out;

    env.random = no_random;
    rt_offload_switch(false); /* libcrypto has a generator of its own */
    for (size_t i = 0; i < SIGNERS; i++) {
        cr_expect_eq(
            rt_sim_cose_sign1(&env, &signers[i], rt_sim_cose_alg(&signers[i]), BYTES("a"), &out),
            RATLS_E_RANDOM);
        cr_expect_null(out.p);
    }
}
