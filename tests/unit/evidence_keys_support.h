/* evidence_keys_support.h - which keys a verdict says that it rests on. */
#ifndef EVIDENCE_KEYS_SUPPORT_H
#define EVIDENCE_KEYS_SUPPORT_H

#include <criterion/criterion.h>

#include "crypto.h"
#include "ratls/evidence.h"
#include "x509.h"

struct key_digest {
    char hex[2 * RT_SHA256_LEN + 1];
};

static inline struct key_digest digest_of(struct ratls_bytes spki)
{
    uint8_t digest[RT_SHA256_LEN];
    struct key_digest out;

    cr_assert_eq(rt_sha256(spki, digest), RATLS_OK);
    rt_hex(ratls_bytes(digest, sizeof digest), out.hex);
    return out;
}

/* Of the key in a certificate (DER). */
static inline struct key_digest digest_of_cert(const struct ratls_buffer *der)
{
    struct rt_x509 cert;

    cr_assert_eq(rt_x509_parse(rt_bytes_of(der), &cert, NULL), RATLS_OK);
    return digest_of(cert.spki);
}

static inline void expect_evidence_keys(const struct ratls_claims *claims,
                                        const struct key_digest *due, size_t n)
{
    const struct ratls_claim *c = ratls_claims_get(claims, "evidence_keys");

    cr_assert(c && c->type == RATLS_CLAIM_LIST);
    cr_assert_eq(c->n_items, n, "%zu keys, not %zu", c->n_items, n);
    for (size_t i = 0; i < n; i++)
        cr_expect_str_eq(c->items[i], due[i].hex, "key %zu", i);
}

static inline bool has_evidence_key(const struct ratls_claims *claims, const char *hex)
{
    const struct ratls_claim *c = ratls_claims_get(claims, "evidence_keys");

    for (size_t i = 0; c && i < c->n_items; i++)
        if (strcmp(c->items[i], hex) == 0)
            return true;
    return false;
}

#endif
