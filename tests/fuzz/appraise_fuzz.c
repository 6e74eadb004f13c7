/* Subjects of every kind: certificate, PEM or evidence. Nothing is trusted that random bytes could
 * forge, so an allow is a finding. */
#include <stdlib.h>

#include "ratls/appraise.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct ratls_trust *the_trust(void)
{
    static struct ratls_trust *trust;

    if (!trust && (ratls_trust_new(ratls_env_system(), &trust) != RATLS_OK ||
                   ratls_trust_use_default_policy(trust, NULL) != RATLS_OK))
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
