/* The claims map of a certificate. */
#include <stdio.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include "cbor.h"
#include "evidence_ext.h"
#include "evidence_support.h"

static enum ratls_err read_claims_only(struct ratls_bytes claims)
{
    return read_claims(claims, NULL);
}

/* ---- golden vectors of the CCC format ---- */

Test(cert_claims, reads_the_golden_claims)
{
    struct rt_cert_claims c;

    MUST(read_claims(hex(GOLDEN_CLAIMS), &c));
    cr_expect_eq(c.hash, RT_SHA256);
    expect_hex(c.pubkey_hash, P256_GEN_HASH);
    cr_expect_null(c.nonce.p);
    cr_expect_null(c.ak_spki.p);
    cr_expect_not(c.has_iat);
    cr_expect_eq(c.n_other, 0);
    expect_sha256(hex(GOLDEN_CLAIMS),
                  "b9e7c325526d90b425cc13fbef4074bbf53db0aa0761f7454a793c4dec5120fc");
}

Test(cert_claims, reads_golden_claims_with_nonce_and_with_sha_384)
{
    struct rt_cert_claims c;

    MUST(read_claims(hex("a16b7075626b65792d68617368582482015820" TO_1F), &c));
    expect_sha256(hex("a16b7075626b65792d68617368582482015820" TO_1F),
                  "aad92f251f8c5a823ebf123276237b4252c56d9863f0a948e5d48f2656c1497b");
    struct ratls_bytes nonce =
        hex("a26b7075626b65792d68617368582482015820" TO_1F "656e6f6e63655820" TO_5F);
    cr_expect_eq(nonce.len, 91);
    MUST(read_claims(nonce, &c));
    expect_hex(c.nonce, TO_5F);
    expect_sha256(nonce, "57f7e0a11aefee25e7c1380c2c62c364dd821a385a5c103e48a0d7d7487c53d7");
    struct ratls_bytes sha384 = hex("a16b7075626b65792d68617368583482075830" TO_2F);
    cr_expect_eq(sha384.len, 67);
    MUST(read_claims(sha384, &c));
    cr_expect_eq(c.hash, RT_SHA384);
    expect_hex(c.pubkey_hash, TO_2F);
    uint8_t digest[RT_SHA384_LEN];
    MUST(rt_hash(RT_SHA384, sha384, digest));
    expect_hex(ratls_bytes(digest, sizeof digest),
               "d3add59ff2376b4cdbbb57f56ef036a94302d1d011ed5cdbb146fe2d552997fd"
               "fe917aff9e22d0a633e1ee23b4234687");
}

/* ---- our own claims ---- */

static const uint8_t digest[RT_SHA256_LEN] = DIGEST_32;

Test(cert_claims, writes_claims_in_deterministic_order)
{
    struct ratls_buffer claims = {0};

    MUST(rt_cert_claims_write(digest, BYTES("\x30\x00"), 0x0102030405060708, &claims));
    cr_expect(
        ratls_bytes_equal(rt_bytes_of(&claims),
                          BYTES("\xa3\x68ratls-ak\x42\x30\x00"
                                "\x69ratls-iat\x48\x01\x02\x03\x04\x05\x06\x07\x08" HASH_CLAIM)));
    ratls_buffer_free(&claims);
    MUST(rt_cert_claims_write(digest, NOTHING, 0, &claims));
    cr_expect(ratls_bytes_equal(rt_bytes_of(&claims),
                                BYTES("\xa2\x69ratls-iat\x48\0\0\0\0\0\0\0\0" HASH_CLAIM)));
    ratls_buffer_free(&claims);
    cr_expect_eq(rt_cert_claims_write(digest, NOTHING, -1, &claims), RATLS_E_USAGE);
    cr_expect_null(claims.p);
}

Test(cert_claims, reads_the_claims_it_writes)
{
    struct ratls_buffer claims = {0};
    struct rt_cert_claims c;

    MUST(rt_cert_claims_write(digest, BYTES("\x30\x00"), INT64_MAX, &claims));
    MUST(read_claims(rt_bytes_of(&claims), &c));
    cr_expect_eq(c.hash, RT_SHA256);
    cr_expect(ratls_bytes_equal(c.pubkey_hash, ratls_bytes(digest, sizeof digest)));
    cr_expect(ratls_bytes_equal(c.ak_spki, BYTES("\x30\x00")));
    cr_expect_null(c.nonce.p);
    cr_expect(c.has_iat);
    cr_expect_eq(c.iat, INT64_MAX);
    cr_expect_eq(c.n_other, 0);
    refuses_other_lengths(rt_bytes_of(&claims), read_claims_only);
    ratls_buffer_free(&claims);
}

static const struct {
    const char *what;
    struct ratls_bytes claims;
    enum ratls_err expected;
} claims_maps[] = {
    ROW("good", CLAIMS, OK),
    /* T86 */
    ROW("empty map", "\xa0", E_BINDING_MISSING),
    ROW("nonce alone", "\xa1\x65nonce\x41\x00", E_BINDING_MISSING),
    ROW("AK and time alone", "\xa2\x68ratls-ak\x41\x30\x69ratls-iat\x48\0\0\0\0\0\0\0\1",
        E_BINDING_MISSING),
    /* T87 */
    ROW("key p", "\xa1\x61p\x58\x24\x82\x01\x58\x20" DIGEST_32, E_BINDING_MISSING),
    ROW("key of no bytes", "\xa1\x60\x58\x24\x82\x01\x58\x20" DIGEST_32, E_BINDING_MISSING),
    ROW("key pubkey-has", "\xa1\x6apubkey-has\x58\x24\x82\x01\x58\x20" DIGEST_32,
        E_BINDING_MISSING),
    ROW("key pubkey-hash2", "\xa1\x6cpubkey-hash2\x58\x24\x82\x01\x58\x20" DIGEST_32,
        E_BINDING_MISSING),
    ROW("key pubkey-hash and NUL", "\xa1\x6cpubkey-hash\0\x58\x24\x82\x01\x58\x20" DIGEST_32,
        E_BINDING_MISSING),
    ROW("key PUBKEY-HASH", "\xa1\x6bPUBKEY-HASH\x58\x24\x82\x01\x58\x20" DIGEST_32,
        E_BINDING_MISSING),
    /* T89 */
    ROW("algorithm 0", "\xa1" HASH_KEY "\x58\x24\x82\x00\x58\x20" DIGEST_32, E_EVIDENCE_FORMAT),
    ROW("algorithm 2", "\xa1" HASH_KEY "\x58\x24\x82\x02\x58\x20" DIGEST_32, E_EVIDENCE_FORMAT),
    ROW("algorithm 9", "\xa1" HASH_KEY "\x58\x24\x82\x09\x58\x20" DIGEST_32, E_EVIDENCE_FORMAT),
    ROW("algorithm 255", "\xa1" HASH_KEY "\x58\x25\x82\x18\xff\x58\x20" DIGEST_32,
        E_EVIDENCE_FORMAT),
    ROW("algorithm 257", "\xa1" HASH_KEY "\x58\x26\x82\x19\x01\x01\x58\x20" DIGEST_32,
        E_EVIDENCE_FORMAT),
    ROW("algorithm 2^32+1",
        "\xa1" HASH_KEY "\x58\x2c\x82\x1b\x00\x00\x00\x01\x00\x00\x00\x01\x58\x20" DIGEST_32,
        E_EVIDENCE_FORMAT),
    ROW("algorithm -2", "\xa1" HASH_KEY "\x58\x24\x82\x21\x58\x20" DIGEST_32, E_EVIDENCE_FORMAT),
    ROW("algorithm 1, longer", "\xa1" HASH_KEY "\x58\x25\x82\x18\x01\x58\x20" DIGEST_32, OK),
    ROW("SHA-512", "\xa1" HASH_KEY "\x58\x44\x82\x08\x58\x40" DIGEST_32 DIGEST_32, OK),
    ROW("SHA-384 of 32 bytes", "\xa1" HASH_KEY "\x58\x24\x82\x07\x58\x20" DIGEST_32,
        E_EVIDENCE_FORMAT),
    ROW("SHA-256 of 31 bytes", "\xa1" HASH_KEY "\x58\x23\x82\x01\x58\x1f" TEN TEN TEN "0",
        E_EVIDENCE_FORMAT),
    ROW("SHA-256 of 33 bytes", "\xa1" HASH_KEY "\x58\x25\x82\x01\x58\x21" DIGEST_32 "2",
        E_EVIDENCE_FORMAT),
    ROW("SHA-256 of nothing", "\xa1" HASH_KEY "\x43\x82\x01\x40", E_EVIDENCE_FORMAT),
    /* the hash entry */
    ROW("empty entry", "\xa1" HASH_KEY "\x40", E_EVIDENCE_FORMAT),
    ROW("entry of one item", "\xa1" HASH_KEY "\x58\x23\x81\x58\x20" DIGEST_32, E_EVIDENCE_FORMAT),
    ROW("entry of three items", "\xa1" HASH_KEY "\x58\x25\x83\x01\x58\x20" DIGEST_32 "\x00",
        E_EVIDENCE_FORMAT),
    ROW("entry and a byte", "\xa1" HASH_KEY "\x58\x25\x82\x01\x58\x20" DIGEST_32 "\x00",
        E_EVIDENCE_FORMAT),
    ROW("entry not wrapped", "\xa1" HASH_KEY "\x82\x01\x58\x20" DIGEST_32, E_EVIDENCE_FORMAT),
    ROW("bare hash", "\xa1" HASH_KEY "\x58\x20" DIGEST_32, E_EVIDENCE_FORMAT),
    ROW("indefinite entry", "\xa1" HASH_KEY "\x58\x25\x9f\x01\x58\x20" DIGEST_32 "\xff",
        E_EVIDENCE_FORMAT),
    ROW("hash as text", "\xa1" HASH_KEY "\x58\x24\x82\x01\x78\x20" DIGEST_32, E_EVIDENCE_FORMAT),
    /* T90 */
    ROW("pubkey-hash twice", "\xa2" HASH_CLAIM HASH_CLAIM, E_EVIDENCE_FORMAT),
    ROW("pubkey-hash twice, second malformed", "\xa2" HASH_CLAIM HASH_KEY "\x40",
        E_EVIDENCE_FORMAT),
    ROW("nonce twice", "\xa3" HASH_CLAIM "\x65nonce\x41\x00\x65nonce\x41\x01", E_EVIDENCE_FORMAT),
    ROW("unknown claim twice", "\xa3\x61x\x40" HASH_CLAIM "\x61x\x41\x01", E_EVIDENCE_FORMAT),
    ROW("one key in two encodings", "\xa3\x61x\x40" HASH_CLAIM "\x78\x01x\x40", E_EVIDENCE_FORMAT),
    /* order and other claims */
    ROW("pubkey-hash first", "\xa2" HASH_CLAIM "\x61x\x40", OK),
    ROW("pubkey-hash last", "\xa2\x61z\x40" HASH_CLAIM, OK),
    ROW("empty nonce", "\xa2" HASH_CLAIM "\x65nonce\x40", OK),
    /* types */
    ROW("key of bytes", "\xa2" HASH_CLAIM "\x41x\x40", E_EVIDENCE_FORMAT),
    ROW("key of a number", "\xa2" HASH_CLAIM "\x01\x40", E_EVIDENCE_FORMAT),
    ROW("value of text", "\xa2" HASH_CLAIM "\x61x\x60", E_EVIDENCE_FORMAT),
    ROW("value of a number", "\xa2" HASH_CLAIM "\x61x\x01", E_EVIDENCE_FORMAT),
    ROW("value of an array", "\xa2" HASH_CLAIM "\x61x\x80", E_EVIDENCE_FORMAT),
    ROW("value below a tag", "\xa2" HASH_CLAIM "\x61x\xc1\x40", E_EVIDENCE_FORMAT),
    ROW("an array", "\x80", E_EVIDENCE_FORMAT),
    ROW("nothing", "", E_EVIDENCE_FORMAT),
    ROW("a tag", "\xc1" CLAIMS, E_EVIDENCE_FORMAT),
    /* T35 */
    ROW("indefinite map", "\xbf" HASH_CLAIM "\xff", E_EVIDENCE_FORMAT),
    ROW("indefinite key", "\xa2" HASH_CLAIM "\x7f\x61x\xff\x40", E_EVIDENCE_FORMAT),
    ROW("indefinite value", "\xa2" HASH_CLAIM "\x61x\x5f\x40\xff", E_EVIDENCE_FORMAT),
    ROW("trailing byte", CLAIMS "\x00", E_EVIDENCE_FORMAT),
    ROW("two maps", CLAIMS CLAIMS, E_EVIDENCE_FORMAT),
    ROW("fewer pairs than announced", "\xa2" HASH_CLAIM, E_EVIDENCE_FORMAT),
    ROW("2^64-1 pairs", "\xbb\xff\xff\xff\xff\xff\xff\xff\xff" HASH_CLAIM, E_EVIDENCE_FORMAT),
    ROW("2^32+1 pairs", "\xbb\x00\x00\x00\x01\x00\x00\x00\x01" HASH_CLAIM, E_EVIDENCE_FORMAT),
    /* ratls-ak */
    ROW("empty AK", "\xa2\x68ratls-ak\x40" HASH_CLAIM, E_EVIDENCE_FORMAT),
    /* ratls-iat */
    ROW("time of 7 bytes", "\xa2\x69ratls-iat\x47\0\0\0\0\0\0\1" HASH_CLAIM, E_EVIDENCE_FORMAT),
    ROW("time of 9 bytes", "\xa2\x69ratls-iat\x49\0\0\0\0\0\0\0\0\1" HASH_CLAIM, E_EVIDENCE_FORMAT),
    ROW("time of no bytes", "\xa2\x69ratls-iat\x40" HASH_CLAIM, E_EVIDENCE_FORMAT),
    ROW("time as a number", "\xa2\x69ratls-iat\x01" HASH_CLAIM, E_EVIDENCE_FORMAT),
    ROW("time of 2^63", "\xa2\x69ratls-iat\x48\x80\0\0\0\0\0\0\0" HASH_CLAIM, E_EVIDENCE_FORMAT),
    ROW("time of -1", "\xa2\x69ratls-iat\x48\xff\xff\xff\xff\xff\xff\xff\xff" HASH_CLAIM,
        E_EVIDENCE_FORMAT),
};

Test(cert_claims, reads_claims_strictly)
{
    for (size_t i = 0; i < RT_COUNT(claims_maps); i++) {
        enum ratls_err e = read_claims(claims_maps[i].claims, NULL);
        cr_expect_eq(e, claims_maps[i].expected, "%s: %s", claims_maps[i].what,
                     ratls_err_reason(e));
    }
}

Test(cert_claims, counts_other_claims_without_reading_them)
{
    struct rt_cert_claims c;

    MUST(read_claims(BYTES("\xa4\x61x\x40" HASH_CLAIM "\x61y\x43"
                           "abc"
                           "\x65nonce\x41\x07"),
                     &c));
    cr_expect_eq(c.n_other, 2);
    cr_expect(ratls_bytes_equal(c.nonce, BYTES("\x07")));
}

/* T59 */
Test(cert_claims, limits_the_number_of_claims)
{
    for (size_t n = RT_MAX_CBOR_ITEMS - 1; n <= RT_MAX_CBOR_ITEMS + 1; n++) {
        struct rt_writer w = {0};
        rt_cbor_put(&w, RT_CBOR_MAP, n);
        rt_put_bytes(&w, BYTES(HASH_CLAIM));
        for (size_t i = 1; i < n; i++) {
            char key[32];
            (void)snprintf(key, sizeof key, "k%zu", i);
            rt_cbor_put_tstr(&w, key);
            rt_cbor_put_bstr(&w, NOTHING);
        }
        cr_expect_eq(read_claims(rt_written(&w), NULL),
                     n <= RT_MAX_CBOR_ITEMS ? RATLS_OK : RATLS_E_EVIDENCE_FORMAT, "%zu", n);
        rt_writer_free(&w);
    }
}

/* T59 */
Test(cert_claims, limits_the_size_of_claims)
{
    static const uint8_t filling[RT_MAX_CLAIMS_CBOR];

    for (size_t more = 0; more < 2; more++) {
        struct rt_writer w = {0};
        rt_put_bytes(&w, BYTES("\xa2" HASH_CLAIM "\x61x\x59"));
        size_t rest = RT_MAX_CLAIMS_CBOR + more - w.len - 2;
        rt_put_u16be(&w, (uint16_t)rest);
        rt_put(&w, filling, rest);
        cr_expect_eq(read_claims(rt_written(&w), NULL), more ? RATLS_E_EVIDENCE_FORMAT : RATLS_OK);
        rt_writer_free(&w);
    }
}
