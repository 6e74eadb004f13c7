/* Under a paravisor (guests of Azure) the measurement is the paravisor's: what the guest booted is
 * in its PCRs alone (verifiers/azure/README.md). Where nobody names one, any image would do. */
#include "policy_rules.h"

/* Boot loader, secure boot, kernel (TCG PC Client Platform Firmware Profile 1.06, table 1; "Linux
 * TPM PCR Registry"). The others are the same whatever is booted, or are extended by what was, with
 * whatever it likes; from 16 on they are even reset. */
bool rt_policy_is_boot_pcr(const char *claim)
{
    static const char *const names[] = {"tpm.pcr04", "tpm.pcr07", "tpm.pcr09", "tpm.pcr11"};

    for (size_t i = 0; i < RT_COUNT(names); i++)
        if (strcmp(names[i], claim) == 0)
            return true;
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
