/* Under a paravisor (guests of Azure) the measurement is the paravisor's: what the guest booted is
 * in its PCRs alone (verifiers/azure/README.md). Where nobody names one, any image would do. */
#include <stdio.h>

#include "policy_rules.h"

/* From 16 on PCRs are reset without a boot (TCG PC Client Platform TPM Profile 1.05, 4.6.2). */
enum { BOOT_PCRS = 16 };

bool rt_policy_is_boot_pcr(const char *claim)
{
    char name[sizeof "tpm.pcr00"];

    for (unsigned i = 0; i < BOOT_PCRS; i++) {
        (void)snprintf(name, sizeof name, "tpm.pcr%02u", i);
        if (strcmp(name, claim) == 0)
            return true;
    }
    return false;
}

static bool rules_name_one(const struct rt_policy_rules *rules)
{
    for (size_t i = 0; i < rules->n; i = rules->items[i].end)
        if (rules->items[i].form == RT_RULE_EQUALS && rules->items[i].mask.len == 0 &&
            rt_policy_is_boot_pcr(rules->items[i].claim))
            return true;
    return false;
}

bool rt_policy_boot_is_open(const struct rt_policy_tee *tee)
{
    if (tee->any_measurement || strcmp(rt_policy_hardware(tee->name), tee->name) == 0)
        return false;
    for (size_t i = 0; i < tee->n_registers; i++)
        if (rt_policy_is_boot_pcr(tee->registers[i].claim))
            return false;
    return !rules_name_one(&tee->rules);
}
