/* What a policy can say of Arm CCA and Huawei virtCCA: members and rules. Parts of the evidence
 * that a sender may leave out are demanded unless the policy calls them optional: whoever drops a
 * part must not gain by it. */
#include <cjson/cJSON.h>

#include "claim_text.h"
#include "policy_impl.h"

/* Names of Arm's life cycle states (verifiers/arm/README.md). A policy cannot name those that are
 * left out here: nothing holds of a platform whose keys may be out. */
static const char *const lifecycles[] = {"secured", "non_cca_platform_debug"};

void rt_policy_arm_default(struct rt_policy_arm *arm)
{
    *arm = (struct rt_policy_arm){.lifecycles = 1};
}

/* ---- reading ---- */

static enum ratls_err read_lifecycle(struct rt_policy_parse *p, const cJSON *list)
{
    const cJSON *item;

    p->tee->arm.lifecycles = 0;
    if (!cJSON_IsArray(list) || !list->child)
        return rt_policy_malformed(p, list->string, "must be a list of at least one state");
    cJSON_ArrayForEach(item, list)
    {
        size_t i = 0;
        while (i < RT_COUNT(lifecycles) &&
               !(cJSON_IsString(item) && strcmp(lifecycles[i], item->valuestring) == 0))
            i++;
        if (i == RT_COUNT(lifecycles))
            return rt_policy_malformed(p, list->string, "holds a state that is never acceptable");
        p->tee->arm.lifecycles |= 1U << i;
    }
    return RATLS_OK;
}

static enum ratls_err read_part(struct rt_policy_parse *p, const cJSON *item, enum rt_arm_part part)
{
    const char *text = cJSON_IsString(item) ? item->valuestring : "";

    p->tee->arm.optional[part] = strcmp(text, "optional") == 0;
    if (!p->tee->arm.optional[part] && strcmp(text, "required") != 0)
        return rt_policy_malformed(p, item->string, "must be \"required\" or \"optional\"");
    return RATLS_OK;
}

static enum ratls_err read_platform_token(struct rt_policy_parse *p, const cJSON *item)
{
    return read_part(p, item, RT_ARM_PLATFORM_TOKEN);
}

static enum ratls_err read_event_log(struct rt_policy_parse *p, const cJSON *item)
{
    return read_part(p, item, RT_ARM_EVENT_LOG);
}

static enum ratls_err read_ima_log(struct rt_policy_parse *p, const cJSON *item)
{
    return read_part(p, item, RT_ARM_IMA_LOG);
}

static const struct rt_policy_member cca[] = {{"lifecycle", read_lifecycle}};
static const struct rt_policy_member virtcca[] = {
    {"lifecycle", read_lifecycle},
    {"platform_token", read_platform_token},
    {"event_log", read_event_log},
    {"ima_log", read_ima_log},
};
const struct rt_policy_members rt_policy_cca_members = {cca, RT_COUNT(cca)};
const struct rt_policy_members rt_policy_virtcca_members = {virtcca, RT_COUNT(virtcca)};

/* ---- judging ---- */

static bool is_true(const struct rt_policy_judge *j, const char *name)
{
    const struct ratls_claim *c = ratls_claims_get(j->claims, name);

    return c && c->type == RATLS_CLAIM_BOOL && c->number == 1;
}

static bool is_tee(const struct rt_policy_judge *j, const char *name)
{
    return strcmp(j->tee->name, name) == 0;
}

static enum ratls_err judge_lifecycle(const struct rt_policy_judge *j, const char *claim)
{
    const char *state = rt_claim_text(j->claims, claim);

    for (size_t i = 0; i < RT_COUNT(lifecycles); i++)
        if (strcmp(lifecycles[i], state) == 0 && (j->tee->arm.lifecycles >> i & 1))
            return RATLS_OK;
    return ratls_fail(j->err, RATLS_E_LIFECYCLE, "life cycle state '%s' is not accepted", state);
}

/* Without a platform token nothing is known of the life cycle; who calls it optional accepts that.
 */
enum ratls_err rt_policy_arm_platform(const struct rt_policy_judge *j)
{
    if (is_tee(j, "cca"))
        return judge_lifecycle(j, "cca.platform.lifecycle_state");
    if (!is_tee(j, "virtcca"))
        return RATLS_OK;
    if (is_true(j, "virtcca.platform_token_present"))
        return judge_lifecycle(j, "virtcca.platform.lifecycle_state");
    if (j->tee->arm.optional[RT_ARM_PLATFORM_TOKEN] &&
        rt_policy_is_false(j, "virtcca.platform_token_present"))
        return RATLS_OK;
    return ratls_fail(j->err, RATLS_E_PLATFORM_TOKEN_MISSING, "the platform token is left out");
}

/* A log that is there and does not match never comes this far. */
enum ratls_err rt_policy_arm_logs(const struct rt_policy_judge *j)
{
    if (!is_tee(j, "virtcca"))
        return RATLS_OK;
    if (!j->tee->arm.optional[RT_ARM_EVENT_LOG] && !is_true(j, "virtcca.eventlog.rem_match"))
        return ratls_fail(j->err, RATLS_E_EVENT_LOG_MISSING, "the event log is left out");
    if (!j->tee->arm.optional[RT_ARM_IMA_LOG] && !is_true(j, "virtcca.ima.rem_match"))
        return ratls_fail(j->err, RATLS_E_IMA_LOG_MISSING, "the IMA log is left out");
    return RATLS_OK;
}
