/* Binder and proof signature: vectors of PROTOCOL.md, every field, every refusal. */
#include <wolfssl/options.h>

#include <wolfssl/wolfcrypt/hash.h>
#include <wolfssl/wolfcrypt/sha512.h>

#include <criterion/criterion.h>

#include "binder.h"
#include "offload.h"

/* In place of wolfCrypt's, so that a binder can have the one form that no search would find. */
static bool tail_is_zero;

int wc_Sha512Hash(const byte *in, word32 len, byte *out)
{
    wc_Sha512 sha;
    int rc = wc_InitSha512(&sha);

    if (rc == 0)
        rc = wc_Sha512Update(&sha, in, len);
    if (rc == 0)
        rc = wc_Sha512Final(&sha, out);
    wc_Sha512Free(&sha);
    if (tail_is_zero)
        memset(out + 32, 0, 32);
    return rc;
}

static void unhex(const char *text, uint8_t *out, size_t len)
{
    size_t n = len;

    cr_assert(rt_unhex(text, strlen(text), out, &n) && n == len);
}

static void count_from(uint8_t *out, uint8_t first)
{
    for (uint8_t i = 0; i < 32; i++)
        out[i] = (uint8_t)(first + i);
}

/* B1 of PROTOCOL.md. */
static struct ratls_proof_request b1(void)
{
    struct ratls_proof_request req = {.role = RATLS_CLIENT, .level = RATLS_LEVEL_SESSION};

    count_from(req.exporter, 0);
    cr_assert_eq(rt_sha256(ratls_bytes_str("HELLO"), req.hello_sha256), RATLS_OK);
    return req;
}

static void generator_hash(uint8_t out[32])
{
    unhex("5cd252fb0ce8932436faf8ccd1040981b89ee4ad6b9fe9e2a2b7e71aacb27cd3", out, 32);
}

static void expect_binder(const struct ratls_proof_request *req, const char *hex)
{
    uint8_t own[32], binder[RT_BINDER_LEN];
    char text[2 * RT_BINDER_LEN + 1];

    generator_hash(own);
    cr_assert_eq(rt_binder(req, own, binder), RATLS_OK);
    rt_hex(ratls_bytes(binder, sizeof binder), text);
    cr_expect_str_eq(text, hex);
}

Test(binder, is_that_of_vector_b1)
{
    const struct ratls_proof_request req = b1();

    expect_binder(&req, "e039f0661a3423029b9c7ecbee06e0cb4aadbaffc45f2f3d28cfa1e188d6789c"
                        "8210a707167acaa3ab34a2fe2414b9ceb7dc1b01012e4f97c9166ef7ed34e045");
}

Test(binder, is_that_of_vector_b2)
{
    struct ratls_proof_request req = b1();

    req.role = RATLS_SERVER;
    req.level = RATLS_LEVEL_QUOTE;
    count_from(req.peer_spki_sha256, 0x80);
    expect_binder(&req, "4a9a43585434ede222f1a310aebe149a80a5f0c9ba9d16af3596058647f749e4"
                        "a941ff49eaa652a90b3c4e2ea00cf71e6874cbb14ceb948d5453b17812130279");
}

/* T14: what a client proves cannot be taken for what a server proves, and so on. */
Test(binder, changes_with_every_byte_of_every_field)
{
    const struct ratls_proof_request req = b1();
    struct ratls_proof_request other;
    uint8_t own[32], binder[RT_BINDER_LEN], changed[RT_BINDER_LEN];
    uint8_t *const fields[] = {other.exporter, other.peer_spki_sha256, other.hello_sha256, own};

    generator_hash(own);
    cr_assert_eq(rt_binder(&req, own, binder), RATLS_OK);
    for (size_t i = 0; i < RT_COUNT(fields) * 32; i++) {
        other = req;
        fields[i / 32][i % 32] ^= 1;
        cr_assert_eq(rt_binder(&other, own, changed), RATLS_OK);
        cr_expect_neq(memcmp(binder, changed, sizeof binder), 0, "byte %zu", i);
        fields[i / 32][i % 32] ^= 1;
    }
    other = req;
    other.role = RATLS_SERVER;
    cr_assert_eq(rt_binder(&other, own, changed), RATLS_OK);
    cr_expect_neq(memcmp(binder, changed, sizeof binder), 0);
    other = req;
    other.level = RATLS_LEVEL_QUOTE;
    cr_assert_eq(rt_binder(&other, own, changed), RATLS_OK);
    cr_expect_neq(memcmp(binder, changed, sizeof binder), 0);
}

Test(binder, exists_for_levels_two_and_three_only)
{
    static const int levels[] = {-1, 0, 1, 4, 255, 258};
    uint8_t own[32] = {0}, binder[RT_BINDER_LEN];

    for (size_t i = 0; i < RT_COUNT(levels); i++) {
        struct ratls_proof_request req = b1();
        req.level = (enum ratls_level)levels[i];
        cr_expect_eq(rt_binder(&req, own, binder), RATLS_E_USAGE, "level %d", levels[i]);
    }
}

Test(binder, exists_for_the_two_roles_only)
{
    static const int roles[] = {-1, 0, 3, 257, 258};
    uint8_t own[32] = {0}, binder[RT_BINDER_LEN];

    for (size_t i = 0; i < RT_COUNT(roles); i++) {
        struct ratls_proof_request req = b1();
        req.role = (enum ratls_role)roles[i];
        cr_expect_eq(rt_binder(&req, own, binder), RATLS_E_USAGE, "role %d", roles[i]);
        cr_expect_null(rt_exporter_label(req.role), "role %d", roles[i]);
    }
}

/* R7 of the wire formats: certificate report data ends in 32 zero bytes, a binder never. */
Test(binder, of_the_form_of_certificate_report_data_is_refused)
{
    const struct ratls_proof_request req = b1();
    uint8_t own[32] = {0}, binder[RT_BINDER_LEN];

    cr_assert_eq(rt_binder(&req, own, binder), RATLS_OK);
    tail_is_zero = true;
    rt_offload_switch(false); /* the hash above is wolfCrypt's */
    cr_expect_eq(rt_binder(&req, own, binder), RATLS_E_NONCE);
}

/* RFC 5705 s.4: labels that are not registered begin with EXPERIMENTAL. */
Test(binder, labels_name_the_role_of_the_one_who_proves)
{
    cr_expect_str_eq(rt_exporter_label(RATLS_CLIENT), "EXPERIMENTAL-ratls-1-client");
    cr_expect_str_eq(rt_exporter_label(RATLS_SERVER), "EXPERIMENTAL-ratls-1-server");
}

/* ---- signatures ---- */

static struct rt_key *ak;
static uint8_t signed_binder[RT_BINDER_LEN], signature[RT_PROOF_SIG_LEN];

static void sign(void)
{
    const struct ratls_proof_request req = b1();
    uint8_t own[32];

    tail_is_zero = false;
    generator_hash(own);
    cr_assert_eq(rt_key_generate(ratls_env_system(), RT_P256, &ak), RATLS_OK);
    cr_assert_eq(rt_binder(&req, own, signed_binder), RATLS_OK);
    cr_assert_eq(rt_proof_sign(ratls_env_system(), ak, signed_binder, signature), RATLS_OK);
}

static void drop(void)
{
    rt_key_free(ak);
}

TestSuite(proof, .init = sign, .fini = drop);

static enum ratls_err verify(struct ratls_bytes spki, const uint8_t *binder, size_t len)
{
    struct ratls_error err = {0};

    return rt_proof_verify(spki, binder, ratls_bytes(signature, len), &err);
}

Test(proof, verifies_under_the_key_that_signed)
{
    cr_expect_eq(verify(rt_key_spki(ak), signed_binder, sizeof signature), RATLS_OK);
}

Test(proof, is_a_plain_ecdsa_signature_over_prefix_and_binder)
{
    static const char prefix[] = "ratls/1 session proof"; /* with its NUL */
    uint8_t message[sizeof prefix + RT_BINDER_LEN];

    memcpy(message, prefix, sizeof prefix);
    memcpy(message + sizeof prefix, signed_binder, RT_BINDER_LEN);
    cr_expect_eq(rt_verify_raw(RT_P256, rt_key_point(ak), RT_SHA256,
                               ratls_bytes(message, sizeof message),
                               ratls_bytes(signature, sizeof signature)),
                 RATLS_OK);
}

Test(proof, refuses_every_flipped_bit_of_the_signature)
{
    for (size_t bit = 0; bit < 8 * sizeof signature; bit++) {
        signature[bit / 8] ^= (uint8_t)(1U << bit % 8);
        cr_expect_eq(verify(rt_key_spki(ak), signed_binder, sizeof signature),
                     RATLS_E_PROOF_SIGNATURE, "bit %zu", bit);
        signature[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
}

Test(proof, refuses_every_flipped_bit_of_the_binder)
{
    for (size_t bit = 0; bit < 8 * sizeof signed_binder; bit++) {
        signed_binder[bit / 8] ^= (uint8_t)(1U << bit % 8);
        cr_expect_eq(verify(rt_key_spki(ak), signed_binder, sizeof signature),
                     RATLS_E_PROOF_SIGNATURE, "bit %zu", bit);
        signed_binder[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
}

Test(proof, refuses_signatures_of_other_lengths)
{
    for (size_t len = 0; len < sizeof signature; len++)
        cr_expect_eq(verify(rt_key_spki(ak), signed_binder, len), RATLS_E_PROOF_SIGNATURE);
}

Test(proof, refuses_another_key)
{
    struct rt_key *other = NULL;

    cr_assert_eq(rt_key_generate(ratls_env_system(), RT_P256, &other), RATLS_OK);
    cr_expect_eq(verify(rt_key_spki(other), signed_binder, sizeof signature),
                 RATLS_E_PROOF_SIGNATURE);
    rt_key_free(other);
}

/* An AK that is no P-256 key, or no key at all, proves nothing. */
Test(proof, refuses_attestation_keys_of_other_kinds)
{
    static const enum rt_curve others[] = {RT_P384, RT_P521};

    for (size_t i = 0; i < RT_COUNT(others); i++) {
        struct rt_key *other = NULL;
        struct ratls_error err = {0};
        cr_assert_eq(rt_key_generate(ratls_env_system(), others[i], &other), RATLS_OK);
        cr_expect_eq(rt_proof_verify(rt_key_spki(other), signed_binder,
                                     ratls_bytes(signature, sizeof signature), &err),
                     RATLS_E_PROOF_SIGNATURE);
        cr_expect_str_eq(err.detail, "the attestation key is not P-256");
        rt_key_free(other);
    }
    cr_expect_eq(verify(ratls_bytes("junk", 4), signed_binder, sizeof signature),
                 RATLS_E_PROOF_SIGNATURE);
    cr_expect_eq(verify(ratls_bytes(NULL, 0), signed_binder, sizeof signature),
                 RATLS_E_PROOF_SIGNATURE);
}
