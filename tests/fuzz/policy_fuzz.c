/* Policy and JSON reader: any bytes end in a policy or in a refusal. */
#include "policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rt_policy *policy = NULL;
    struct ratls_error err = {0};

    if (rt_policy_parse(ratls_bytes(data, size), &policy, &err) == RATLS_OK)
        rt_policy_log(policy, ratls_env_system());
    rt_policy_free(policy);
    return 0;
}
