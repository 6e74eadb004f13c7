/* evidence_support.h - bytes and readers for the tests of evidence in certificates. */
#ifndef EVIDENCE_SUPPORT_H
#define EVIDENCE_SUPPORT_H

#include <stdlib.h>

#include <criterion/criterion.h>

#include "evidence_ext.h"

#define BYTES(text)   ratls_bytes(text, sizeof(text) - 1)
#define MUST(call)    cr_assert_eq((call), RATLS_OK, "%s", #call)
#define NOTHING       ratls_bytes(NULL, 0)
#define MEDIA_TYPE    "application/vnd.ratls.snp"
#define HASH_KEY      "\x6bpubkey-hash"
#define TEN           "0123456789"
#define DIGEST_32     TEN TEN TEN "01"
#define HASH_CLAIM    HASH_KEY "\x58\x24\x82\x01\x58\x20" DIGEST_32
#define CLAIMS        "\xa1" HASH_CLAIM
#define P256_GEN_HASH "5cd252fb0ce8932436faf8ccd1040981b89ee4ad6b9fe9e2a2b7e71aacb27cd3"
#define GOLDEN_CLAIMS "a16b7075626b65792d68617368582482015820" P256_GEN_HASH
#define TO_1F         "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define TO_2F         TO_1F "202122232425262728292a2b2c2d2e2f"
#define TO_5F         "404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f"

/* One row of a table: what it is, the bytes, what comes of reading them. */
#define ROW(what, bytes, e)                                                                        \
    {                                                                                              \
        what, {(const uint8_t *)(bytes), sizeof(bytes) - 1}, RATLS_##e                             \
    }

/* Bytes of hex, valid until the next call but one. */
static inline struct ratls_bytes hex(const char *text)
{
    static uint8_t out[2][512];
    static unsigned turn;
    uint8_t *at = out[turn++ % 2];
    size_t len = sizeof out[0];

    cr_assert(rt_unhex(text, strlen(text), at, &len));
    return ratls_bytes(at, len);
}

static inline void expect_hex(struct ratls_bytes b, const char *expected)
{
    char *text = rt_hex_new(b);

    cr_expect_str_eq(text, expected);
    free(text);
}

static inline void expect_sha256(struct ratls_bytes b, const char *expected)
{
    uint8_t digest[RT_SHA256_LEN];

    MUST(rt_sha256(b, digest));
    expect_hex(ratls_bytes(digest, sizeof digest), expected);
}

static inline enum ratls_err read_claims(struct ratls_bytes claims, struct rt_cert_claims *out)
{
    struct rt_cert_claims ignored;
    struct ratls_error err = {0};

    out = out ? out : &ignored;
    enum ratls_err e = rt_cert_claims_read(claims, out, &err);
    cr_expect_eq(err.code, e);
    cr_expect_eq(e == RATLS_OK, out->pubkey_hash.p != NULL);
    return e;
}

/* Every true beginning of `in`, each in memory of its exact size, and one byte more. */
static inline void refuses_other_lengths(struct ratls_bytes in,
                                         enum ratls_err (*read)(struct ratls_bytes in))
{
    for (size_t n = 0; n <= in.len + 1; n++) {
        uint8_t *exact = calloc(1, n ? n : 1);
        memcpy(exact, in.p, n < in.len ? n : in.len);
        cr_expect_eq(read(ratls_bytes(exact, n)) == RATLS_OK, n == in.len, "%zu bytes", n);
        free(exact);
    }
}

#endif
