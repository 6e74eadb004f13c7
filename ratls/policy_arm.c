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

static enum ratls_err judge_state(const struct rt_policy_judge *j, const char *claim)
{
    const char *state = rt_claim_text(j->claims, claim);

    for (size_t i = 0; i < RT_COUNT(lifecycles); i++)
        if (strcmp(lifecycles[i], state) == 0 && (j->tee->arm.lifecycles >> i & 1))
            return RATLS_OK;
    return ratls_fail(j->err, RATLS_E_LIFECYCLE, "life cycle state '%s' is not accepted", state);
}

static bool say_state(const struct rt_policy_judge *j, struct rt_writer *w, const char *claim)
{
    size_t said = 0;

    rt_say_claim(w, j, claim);
    rt_say(w, " is one of ");
    for (size_t i = 0; i < RT_COUNT(lifecycles); i++) {
        if (!(j->tee->arm.lifecycles >> i & 1))
            continue;
        rt_say_next(w, said++, ", ");
        rt_say(w, "%s", lifecycles[i]);
    }
    return true;
}

static enum ratls_err judge_cca_lifecycle(const struct rt_policy_judge *j)
{
    return judge_state(j, "cca.platform.lifecycle_state");
}

static bool say_cca_lifecycle(const struct rt_policy_judge *j, struct rt_writer *w)
{
    return say_state(j, w, "cca.platform.lifecycle_state");
}

static bool may_lack(const struct rt_policy_judge *j, enum rt_arm_part part)
{
    return j->tee->arm.optional[part];
}

static enum ratls_err judge_platform_token(const struct rt_policy_judge *j)
{
    if (is_true(j, "virtcca.platform_token_present") ||
        (may_lack(j, RT_ARM_PLATFORM_TOKEN) &&
         rt_policy_is_false(j, "virtcca.platform_token_present")))
        return RATLS_OK;
    return ratls_fail(j->err, RATLS_E_PLATFORM_TOKEN_MISSING, "the platform token is left out");
}

/* "platform_token is optional", or what must be true. */
static bool say_part(const struct rt_policy_judge *j, struct rt_writer *w, enum rt_arm_part part)
{
    static const struct {
        const char *member, *claim;
    } said[RT_ARM_PARTS] = {
        [RT_ARM_PLATFORM_TOKEN] = {"platform_token", "virtcca.platform_token_present"},
        [RT_ARM_EVENT_LOG] = {"event_log", "virtcca.eventlog.rem_match"},
        [RT_ARM_IMA_LOG] = {"ima_log", "virtcca.ima.rem_match"},
    };

    if (may_lack(j, part))
        rt_say(w, "%s is optional", said[part].member);
    else
        rt_say_is(w, j, said[part].claim, true);
    return !may_lack(j, part);
}

static bool say_platform_token(const struct rt_policy_judge *j, struct rt_writer *w)
{
    return say_part(j, w, RT_ARM_PLATFORM_TOKEN);
}

/* Without a platform token nothing is known of the life cycle; who calls it optional accepts that.
 */
static bool lacks_token(const struct rt_policy_judge *j)
{
    return may_lack(j, RT_ARM_PLATFORM_TOKEN) &&
           rt_policy_is_false(j, "virtcca.platform_token_present");
}

static enum ratls_err judge_virtcca_lifecycle(const struct rt_policy_judge *j)
{
    return lacks_token(j) ? RATLS_OK : judge_state(j, "virtcca.platform.lifecycle_state");
}

static bool say_virtcca_lifecycle(const struct rt_policy_judge *j, struct rt_writer *w)
{
    if (!lacks_token(j))
        return say_state(j, w, "virtcca.platform.lifecycle_state");
    rt_say(w, "without a platform token no life cycle is known");
    return false;
}

/* A log that is there and does not match never comes this far. */
static enum ratls_err judge_event_log(const struct rt_policy_judge *j)
{
    if (may_lack(j, RT_ARM_EVENT_LOG) || is_true(j, "virtcca.eventlog.rem_match"))
        return RATLS_OK;
    return ratls_fail(j->err, RATLS_E_EVENT_LOG_MISSING, "the event log is left out");
}

static bool say_event_log(const struct rt_policy_judge *j, struct rt_writer *w)
{
    return say_part(j, w, RT_ARM_EVENT_LOG);
}

static enum ratls_err judge_ima_log(const struct rt_policy_judge *j)
{
    if (may_lack(j, RT_ARM_IMA_LOG) || is_true(j, "virtcca.ima.rem_match"))
        return RATLS_OK;
    return ratls_fail(j->err, RATLS_E_IMA_LOG_MISSING, "the IMA log is left out");
}

static bool say_ima_log(const struct rt_policy_judge *j, struct rt_writer *w)
{
    return say_part(j, w, RT_ARM_IMA_LOG);
}

const struct rt_policy_rule rt_rule_platform_token = {.name = "platform_token",
                                                      .tee = "virtcca",
                                                      .claim = "virtcca.platform_token_present",
                                                      .type = RATLS_CLAIM_BOOL,
                                                      .judge = judge_platform_token,
                                                      .words = say_platform_token},
                            rt_rule_cca_lifecycle = {.name = "lifecycle",
                                                     .tee = "cca",
                                                     .claim = "cca.platform.lifecycle_state",
                                                     .type = RATLS_CLAIM_TEXT,
                                                     .judge = judge_cca_lifecycle,
                                                     .words = say_cca_lifecycle},
                            rt_rule_virtcca_lifecycle = {.name = "lifecycle",
                                                         .tee = "virtcca",
                                                         .claim =
                                                             "virtcca.platform.lifecycle_state",
                                                         .type = RATLS_CLAIM_TEXT,
                                                         .judge = judge_virtcca_lifecycle,
                                                         .words = say_virtcca_lifecycle},
                            rt_rule_event_log = {.name = "event_log",
                                                 .tee = "virtcca",
                                                 .claim = "virtcca.eventlog.rem_match",
                                                 .type = RATLS_CLAIM_BOOL,
                                                 .judge = judge_event_log,
                                                 .words = say_event_log},
                            rt_rule_ima_log = {.name = "ima_log",
                                               .tee = "virtcca",
                                               .claim = "virtcca.ima.rem_match",
                                               .type = RATLS_CLAIM_BOOL,
                                               .judge = judge_ima_log,
                                               .words = say_ima_log};
