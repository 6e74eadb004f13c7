/* Results of others, where they are no strict ones. */
#include "dialect.h"

#include "base.h"

static const struct rt_dialect dialects[] = {
    [RATLS_DIALECT_STRICT] = {.name = "strict"},
    /* github.com/veraison/rust-ear 53d7098, src/ear/jwt.rs and its recorded result */
    [RATLS_DIALECT_VERAISON] = {.name = "veraison",
                                .bare_key = true,
                                .bare = true,
                                .base64_nonce = true},
    /* confidential-containers/trustee 0569726, attestation-service/src/ear_token */
    [RATLS_DIALECT_TRUSTEE] = {.name = "trustee",
                               .bare_key = true,
                               .jwk = true,
                               .bare = true,
                               .annotated = true,
                               .profile = "tag:github.com,2024:confidential-containers/Trustee"},
};

const struct rt_dialect *rt_dialect_of(enum ratls_token_dialect dialect)
{
    return (size_t)dialect < RT_COUNT(dialects) ? &dialects[dialect] : NULL;
}

bool ratls_token_dialect_find(const char *name, enum ratls_token_dialect *out)
{
    for (size_t i = 0; i < RT_COUNT(dialects); i++) {
        if (strcmp(dialects[i].name, name) == 0) {
            *out = (enum ratls_token_dialect)i;
            return true;
        }
    }
    return false;
}
