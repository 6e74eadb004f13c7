/* Policy and JSON reader: any bytes end in a policy or in a refusal. */
#include <stdlib.h>

#include "policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void hear(void *arg, const struct ratls_finding *f)
{
    (void)arg;
    if (f->code != RATLS_OK)
        abort();
}

static void describe(const struct rt_policy *p, const char *tee)
{
    const struct rt_policy_subject s = {.tee = tee, .on_finding = hear};

    if (rt_policy_words(p, &s) != RATLS_OK)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rt_policy *policy = NULL;
    struct ratls_error err = {0};

    if (rt_policy_parse_for(ratls_bytes(data, size), "web", &policy, &err) == RATLS_OK) {
        rt_policy_log(policy, ratls_env_system());
        for (size_t i = 0; rt_policy_tee_name(policy, i); i++)
            describe(policy, rt_policy_tee_name(policy, i));
    }
    rt_policy_free(policy);
    return 0;
}
