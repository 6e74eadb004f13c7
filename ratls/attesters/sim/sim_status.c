#include "sim_status.h"

/* Intel "Trusted Services API", version 4: all seven for a platform, the first three for a quoting
 * enclave and a TDX module. */
static const char *const statuses[] = {
    "UpToDate",
    "OutOfDate",
    "Revoked",
    "SWHardeningNeeded",
    "ConfigurationNeeded",
    "ConfigurationAndSWHardeningNeeded",
    "OutOfDateConfigurationNeeded",
};
#define PLATFORM RT_COUNT(statuses)
#define PART     3

static enum ratls_err check(const char *key, const char *text, size_t n, struct ratls_error *err)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(statuses[i], text) == 0)
            return RATLS_OK;
    return text[0] ? ratls_fail(err, RATLS_E_USAGE, "%s cannot be \"%s\"", key, text) : RATLS_OK;
}

enum ratls_err rt_sim_status_check(const struct rt_sim_status *s, struct ratls_error *err)
{
    enum ratls_err e;

    if ((e = check("tcb_status", s->tcb, PLATFORM, err)) != RATLS_OK ||
        (e = check("qe_status", s->qe, PART, err)) != RATLS_OK)
        return e;
    return check("module_status", s->module, PART, err);
}

static const char *text_or_null(const char *text)
{
    return text[0] ? text : NULL;
}

enum ratls_err rt_sim_status_collateral(const struct rt_sim_certified *c, struct ratls_buffer *json,
                                        struct ratls_error *err)
{
    const struct rt_sim_collateral_knobs knobs = {
        .sgx = c->sgx,
        .tcb_status = text_or_null(c->status->tcb),
        .qe_status = text_or_null(c->status->qe),
        .module_status = text_or_null(c->status->module),
    };
    enum ratls_err e = rt_sim_collateral(c->env, c->pki, &knobs, json);

    return e ? ratls_fail(err, RATLS_E_ATTESTER, "simulated collateral: %s", ratls_err_text(e))
             : RATLS_OK;
}
