/* Names of revocations, as the core demands them (TRUST.md). */
#include <stdio.h>
#include <string.h>

#include "crypto.h"
#include "rules.h"

enum { VALUE_MAX = 64, DIGEST_LEN = 16 };

/* The longest fits with a hyphen and the digits. */
static bool is_revocable(const char *what)
{
    static const char *const kinds[] = {"measurement", "key", "platform"};

    for (size_t i = 0; i < RT_COUNT(kinds); i++)
        if (strcmp(kinds[i], what) == 0)
            return true;
    return false;
}

enum ratls_err rt_revocation_name(const char *what, struct ratls_bytes value,
                                  char out[RATLS_STORE_NAME_MAX + 1])
{
    uint8_t digest[RT_SHA256_LEN];
    char hex[2 * DIGEST_LEN + 1];
    enum ratls_err e = rt_sha256(value, digest);

    if (e)
        return e;
    rt_hex(ratls_bytes(digest, DIGEST_LEN), hex);
    (void)snprintf(out, RATLS_STORE_NAME_MAX + 1, "%s-%s", what, hex);
    return RATLS_OK;
}

enum ratls_err ratls_store_revocation_name(const char *what, const char *hex,
                                           char name[RATLS_STORE_NAME_MAX + 1],
                                           struct ratls_error *err)
{
    uint8_t value[VALUE_MAX];
    size_t len = sizeof value;

    if (!is_revocable(what))
        return ratls_fail(err, RATLS_E_USAGE,
                          "what is revoked is a measurement, a key or a platform");
    if (!rt_unhex(hex, strlen(hex), value, &len) || len == 0)
        return ratls_fail(err, RATLS_E_USAGE, "what is to be revoked is no hex of 1 to 64 bytes");
    enum ratls_err e = rt_revocation_name(what, ratls_bytes(value, len), name);
    return e ? ratls_fail(err, e, "hash of a value") : RATLS_OK;
}
