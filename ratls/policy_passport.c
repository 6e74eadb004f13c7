/* `passports` and `passport_status`: whether somebody else may have appraised the peer, and what he
 * must have found. What the peer runs is asked of either by all other rules. */
#include <cjson/cJSON.h>

#include "claim_text.h"
#include "policy_impl.h"

static const char *const uses[] = {
    [RT_PASSPORTS_ACCEPTED] = "accepted",
    [RT_PASSPORTS_REQUIRED] = "required",
    [RT_PASSPORTS_REFUSED] = "refused",
};

/* ---- reading ---- */

enum ratls_err rt_policy_read_passports(struct rt_policy_parse *p, const cJSON *item)
{
    for (size_t i = 0; cJSON_IsString(item) && i < RT_COUNT(uses); i++) {
        if (strcmp(item->valuestring, uses[i]) == 0) {
            p->policy->passports = (enum rt_passports)i;
            return RATLS_OK;
        }
    }
    return rt_policy_malformed(p, item->string,
                               "must be \"accepted\", \"required\" or \"refused\"");
}

/* "none" is what simulated TEEs have, for which there is a switch of its own. */
enum ratls_err rt_policy_read_passport_status(struct rt_policy_parse *p, const cJSON *list)
{
    const cJSON *item;
    bool affirming = false;

    cJSON_ArrayForEach(item, list)
    {
        const char *text = cJSON_IsString(item) ? item->valuestring : "";
        if (strcmp(text, "affirming") == 0)
            affirming = true;
        else if (strcmp(text, "warning") == 0)
            p->policy->passport_warning = true;
        else
            return rt_policy_malformed(p, list->string, "holds a status that no passport may have");
    }
    if (!affirming || !cJSON_IsArray(list))
        return rt_policy_malformed(p, list->string,
                                   "must be a list with \"affirming\", and perhaps \"warning\"");
    return RATLS_OK;
}

/* ---- judging ---- */

static bool is_true(const struct rt_policy_judge *j, const char *name)
{
    const struct ratls_claim *c = ratls_claims_get(j->claims, name);

    return c && c->type == RATLS_CLAIM_BOOL && c->number != 0;
}

/* Evidence that stands alone, and quotes of a session, are in no certificate. */
static enum ratls_err judge_passports(const struct rt_policy_judge *j)
{
    const bool shown = is_true(j, "passport");

    if (j->policy->passports == RT_PASSPORTS_REFUSED && shown)
        return ratls_fail(j->err, RATLS_E_PASSPORT, "a passport of '%s' where evidence is due",
                          rt_claim_text(j->claims, "appraiser"));
    if (j->policy->passports == RT_PASSPORTS_REQUIRED && !shown && j->subject->is_certificate)
        return ratls_fail(j->err, RATLS_E_PASSPORT, "evidence where a passport is due");
    return RATLS_OK;
}

static enum ratls_err judge_status(const struct rt_policy_judge *j)
{
    const char *status = rt_claim_text(j->claims, "ear.status");

    if (!is_true(j, "passport") || strcmp(status, "affirming") == 0 ||
        (j->policy->passport_warning && strcmp(status, "warning") == 0))
        return RATLS_OK;
    if (strcmp(status, "none") == 0 && is_true(j, "simulated"))
        return RATLS_OK; /* for these TEEs there is a rule of its own */
    return ratls_fail(j->err, RATLS_E_TOKEN_STATUS, "ear.status '%s' is not accepted", status);
}

/* ---- words ---- */

static bool say_passports(const struct rt_policy_judge *j, struct rt_writer *w)
{
    switch (j->policy->passports) {
    case RT_PASSPORTS_ACCEPTED:
        return false;
    case RT_PASSPORTS_REQUIRED:
        rt_say(w, "an issuer that is trusted appraised the peer");
        return true;
    case RT_PASSPORTS_REFUSED:
        rt_say(w, "the peer shows evidence and no passport");
        return true;
    }
    return false;
}

static bool say_status(const struct rt_policy_judge *j, struct rt_writer *w)
{
    if (j->claims && !is_true(j, "passport"))
        return false;
    rt_say_claim(w, j, "ear.status");
    rt_say(w, " of a passport is affirming%s", j->policy->passport_warning ? " or warning" : "");
    return true;
}

const struct rt_policy_rule rt_rule_passports = {.name = "passports",
                                                 .judge = judge_passports,
                                                 .words = say_passports},
                            rt_rule_passport_status = {.name = "passport_status",
                                                       .judge = judge_status,
                                                       .words = say_status};
