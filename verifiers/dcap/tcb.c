#include "tcb.h"

static const struct {
    const char *name;
    bool of_platform, of_enclave;
} rows[] = {
    [RT_TCB_UP_TO_DATE] = {"UpToDate", true, true},
    [RT_TCB_SW_HARDENING] = {"SWHardeningNeeded", true, false},
    [RT_TCB_CONFIGURATION] = {"ConfigurationNeeded", true, false},
    [RT_TCB_CONFIGURATION_SW_HARDENING] = {"ConfigurationAndSWHardeningNeeded", true, false},
    [RT_TCB_OUT_OF_DATE] = {"OutOfDate", true, true},
    [RT_TCB_OUT_OF_DATE_CONFIGURATION] = {"OutOfDateConfigurationNeeded", true, false},
    [RT_TCB_RELAUNCH] = {"TDRelaunchAdvised", false, false},
    [RT_TCB_RELAUNCH_CONFIGURATION] = {"TDRelaunchAdvisedConfigurationNeeded", false, false},
    [RT_TCB_REVOKED] = {"Revoked", true, true},
    [RT_TCB_NOT_SUPPORTED] = {"NotSupported", false, false},
};

const char *rt_tcb_name(enum rt_tcb_status s)
{
    return rows[s].name;
}

static bool find(const char *text, bool of_platform, enum rt_tcb_status *out)
{
    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        if (!(of_platform ? rows[i].of_platform : rows[i].of_enclave) ||
            strcmp(rows[i].name, text) != 0)
            continue;
        *out = (enum rt_tcb_status)i;
        return true;
    }
    *out = RT_TCB_NOT_SUPPORTED;
    return false;
}

bool rt_tcb_of_platform(const char *text, enum rt_tcb_status *out)
{
    return find(text, true, out);
}

bool rt_tcb_of_enclave(const char *text, enum rt_tcb_status *out)
{
    return find(text, false, out);
}

static bool needs_configuration(enum rt_tcb_status s)
{
    return s == RT_TCB_CONFIGURATION || s == RT_TCB_CONFIGURATION_SW_HARDENING ||
           s == RT_TCB_OUT_OF_DATE_CONFIGURATION;
}

static bool is_out_of_date(enum rt_tcb_status s)
{
    return s == RT_TCB_OUT_OF_DATE || s == RT_TCB_OUT_OF_DATE_CONFIGURATION;
}

/* Fit to run, whatever has to be configured. */
static bool is_current(enum rt_tcb_status s)
{
    return s == RT_TCB_UP_TO_DATE || s == RT_TCB_SW_HARDENING || s == RT_TCB_CONFIGURATION ||
           s == RT_TCB_CONFIGURATION_SW_HARDENING;
}

enum rt_tcb_status rt_tcb_converge(enum rt_tcb_status platform, enum rt_tcb_status part)
{
    if (platform == RT_TCB_NOT_SUPPORTED || part == RT_TCB_NOT_SUPPORTED)
        return RT_TCB_NOT_SUPPORTED;
    if (platform == RT_TCB_REVOKED || part == RT_TCB_REVOKED)
        return RT_TCB_REVOKED;
    if (part == RT_TCB_UP_TO_DATE || !is_current(platform))
        return platform;
    return needs_configuration(platform) ? RT_TCB_OUT_OF_DATE_CONFIGURATION : RT_TCB_OUT_OF_DATE;
}

enum rt_tcb_status rt_tcb_relaunch(enum rt_tcb_status launch, enum rt_tcb_status current)
{
    if (launch == RT_TCB_NOT_SUPPORTED || current == RT_TCB_NOT_SUPPORTED)
        return RT_TCB_NOT_SUPPORTED;
    if (!is_out_of_date(launch) || !is_current(current))
        return launch;
    return needs_configuration(launch) || needs_configuration(current)
               ? RT_TCB_RELAUNCH_CONFIGURATION
               : RT_TCB_RELAUNCH;
}
