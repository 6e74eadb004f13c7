#include "evidence_keys.h"

#include "crypto.h"

static bool is_repeated(struct rt_spki_list keys, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (ratls_bytes_equal(keys.p[k], keys.p[i]))
            return true;
    return false;
}

enum ratls_err rt_claim_evidence_keys(struct ratls_claims *claims, struct rt_spki_list keys,
                                      struct ratls_error *err)
{
    uint8_t digest[RT_SHA256_LEN];
    char hex[2 * RT_SHA256_LEN + 1];

    for (size_t i = 0; i < keys.n; i++) {
        if (keys.p[i].len == 0 || is_repeated(keys, i))
            continue;
        enum ratls_err e = rt_sha256(keys.p[i], digest);
        if (e)
            return ratls_fail(err, e, "hash of a key of the evidence");
        rt_hex(ratls_bytes(digest, sizeof digest), hex);
        (void)ratls_claims_add_item(claims, "evidence_keys", hex);
    }
    return RATLS_OK;
}
