/* Subjects of every kind: certificate, with evidence or a passport, PEM or evidence. Of passports
 * the issuer of the seeds is believed; the policy allows nobody, so an allow is a finding. */
#include <stdlib.h>

#include "base.h"
#include "bundle_key.h"
#include "ratls/token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool believe(struct ratls_trust *trust)
{
    struct ratls_jwt_key *key = NULL;
    struct ratls_buffer jwks = {0};
    bool good = ratls_jwt_key_new(ratls_env_system(), ratls_bytes_str(BUNDLE_PRIVATE_KEY), NULL,
                                  &key, NULL) == RATLS_OK &&
                ratls_jwks((const struct ratls_jwt_key *const *)&key, 1, &jwks) == RATLS_OK &&
                ratls_trust_add_passport_issuer(trust, "https://as.example", rt_bytes_of(&jwks),
                                                NULL) == RATLS_OK &&
                ratls_trust_set_passport_audience(trust, "web", NULL) == RATLS_OK;

    ratls_jwt_key_free(key);
    ratls_buffer_free(&jwks);
    return good;
}

static struct ratls_trust *the_trust(void)
{
    static struct ratls_trust *trust;

    if (!trust && (ratls_trust_new(ratls_env_system(), &trust) != RATLS_OK ||
                   ratls_trust_use_default_policy(trust, NULL) != RATLS_OK || !believe(trust)))
        abort();
    return trust;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ratls_appraisal what = {.subject = ratls_bytes(data, size), .now = 1750000000};
    struct ratls_verdict *verdict = NULL;
    struct ratls_claims *claims = NULL;
    struct ratls_buffer json = {0};

    if (ratls_appraise(the_trust(), &what, &verdict) == RATLS_OK || ratls_verdict_allowed(verdict))
        abort();
    if (ratls_verdict_json(verdict, &json) != RATLS_OK)
        abort();
    (void)!ratls_inspect(the_trust(), what.subject, &claims, NULL);
    ratls_claims_free(claims);
    ratls_buffer_free(&json);
    ratls_verdict_unref(verdict);
    return 0;
}
