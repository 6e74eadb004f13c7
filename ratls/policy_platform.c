/* What a policy can say of the platform under any TEE: which one it is, what its vendor warns of,
 * how old its TCB is. A claim that is not there refuses: whoever asks wants to know. */
#include <inttypes.h>
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "claim_text.h"
#include "json.h"
#include "policy_impl.h"
#include "vector.h"

#define PLATFORM_ID_MIN 8
#define TIME_LEN        20 /* "2025-06-27T04:53:20Z" */

void rt_policy_platform_free(struct rt_policy_platform *platform)
{
    free(platform->ids.items);
    free(platform->denied_ids.items);
    free(platform->accepted.items);
    free(platform->rejected.items);
}

/* ---- reading ---- */

static enum ratls_err read_ids(struct rt_policy_parse *p, const cJSON *list)
{
    p->tee->platform.has_ids = true;
    return rt_policy_read_values(p, list, PLATFORM_ID_MIN, &p->tee->platform.ids);
}

static enum ratls_err read_denied_ids(struct rt_policy_parse *p, const cJSON *list)
{
    return rt_policy_read_values(p, list, PLATFORM_ID_MIN, &p->tee->platform.denied_ids);
}

static enum ratls_err read_accepted(struct rt_policy_parse *p, const cJSON *list)
{
    p->tee->platform.has_accepted = true;
    return rt_policy_read_texts(p, list, &p->tee->platform.accepted);
}

static enum ratls_err read_rejected(struct rt_policy_parse *p, const cJSON *list)
{
    return rt_policy_read_texts(p, list, &p->tee->platform.rejected);
}

static enum ratls_err read_advisories(struct rt_policy_parse *p, const cJSON *object)
{
    static const struct rt_policy_member members[] = {{"accepted", read_accepted},
                                                      {"rejected", read_rejected}};
    static const struct rt_policy_members own = {members, RT_COUNT(members)};
    static const struct rt_policy_members *const tables[] = {&own, NULL};

    if (!cJSON_IsObject(object) || !object->child)
        return rt_policy_malformed(p, object->string,
                                   "must be an object with 'accepted' or 'rejected'");
    return rt_policy_read_object(p, object, tables);
}

static enum ratls_err read_max_age(struct rt_policy_parse *p, const cJSON *item)
{
    if (!rt_json_int(item, 1, RT_POLICY_MAX_AGE_LIMIT_S, &p->tee->platform.max_tcb_age_s))
        return rt_policy_malformed(p, item->string, "must be seconds from 1 to ten years");
    return RATLS_OK;
}

static const struct rt_policy_member members[] = {
    {"platform_ids", read_ids},
    {"denied_platform_ids", read_denied_ids},
    {"advisory_ids", read_advisories},
    {"max_tcb_age_s", read_max_age},
};
const struct rt_policy_members rt_policy_platform_members = {members, RT_COUNT(members)};

/* ---- which platform ---- */

static bool is_id(const char *text)
{
    uint8_t id[RT_POLICY_VALUE_MAX];
    size_t len = sizeof id;

    return rt_unhex(text, strlen(text), id, &len) && len > 0;
}

static enum ratls_err judge_platform(const struct rt_policy_judge *j)
{
    const struct rt_policy_platform *p = &j->tee->platform;
    const char *id = rt_claim_text(j->claims, "platform_id");

    if (!p->has_ids && p->denied_ids.n == 0)
        return RATLS_OK;
    if (!is_id(id))
        return ratls_fail(j->err, RATLS_E_PLATFORM, "the evidence does not name its platform");
    if (p->has_ids)
        rt_policy_note(j, rt_policy_is_among(&p->ids, id) ? RT_NOTED_PLATFORM : RT_NOTED_STRANGER);
    if (p->has_ids && !rt_policy_is_among(&p->ids, id))
        return ratls_fail(j->err, RATLS_E_PLATFORM, "platform '%s' is not listed", id);
    if (rt_policy_is_among(&p->denied_ids, id))
        return ratls_fail(j->err, RATLS_E_PLATFORM, "platform '%s' is denied", id);
    return RATLS_OK;
}

static bool say_platform(const struct rt_policy_judge *j, struct rt_writer *w)
{
    const struct rt_policy_platform *p = &j->tee->platform;

    return rt_say_allowed(w, j, p->has_ids ? &p->ids : NULL, &p->denied_ids);
}

/* ---- advisories ---- */

/* Vendors write them in capitals; a policy that does not still means the same one. */
static bool is_listed(const struct rt_policy_texts *list, const char *id)
{
    for (size_t i = 0; i < list->n; i++)
        if (rt_same_ignoring_case(list->items[i].p, id))
            return true;
    return false;
}

static enum ratls_err judge_advisories(const struct rt_policy_judge *j)
{
    const struct rt_policy_platform *p = &j->tee->platform;
    const struct ratls_claim *c = ratls_claims_get(j->claims, "advisory_ids");

    if (!p->has_accepted && p->rejected.n == 0)
        return RATLS_OK;
    if (!c || c->type != RATLS_CLAIM_LIST)
        return ratls_fail(j->err, RATLS_E_ADVISORY, "nothing is known of advisories");
    for (size_t i = 0; i < c->n_items; i++) {
        if (is_listed(&p->rejected, c->items[i]))
            return ratls_fail(j->err, RATLS_E_ADVISORY, "advisory '%s' is rejected", c->items[i]);
        if (p->has_accepted && !is_listed(&p->accepted, c->items[i]))
            return ratls_fail(j->err, RATLS_E_ADVISORY, "advisory '%s' is not accepted",
                              c->items[i]);
    }
    return RATLS_OK;
}

static void say_texts(struct rt_writer *w, const struct rt_policy_texts *list)
{
    for (size_t i = 0; i < list->n && i < RT_SHOWN_VALUES; i++) {
        rt_say_next(w, i, ", ");
        rt_say(w, "%s", list->items[i].p);
    }
    if (list->n > RT_SHOWN_VALUES)
        rt_say(w, " and %zu more", list->n - RT_SHOWN_VALUES);
}

static bool say_advisories(const struct rt_policy_judge *j, struct rt_writer *w)
{
    const struct rt_policy_platform *p = &j->tee->platform;

    if (!p->has_accepted && p->rejected.n == 0)
        return false;
    rt_say(w, "every item of ");
    rt_say_claim(w, j, "advisory_ids");
    if (p->has_accepted) {
        rt_say(w, " is one of %s", p->accepted.n ? "" : "none");
        say_texts(w, &p->accepted);
    }
    if (p->rejected.n > 0) {
        rt_say(w, "%s is not one of ", p->has_accepted ? " and" : "");
        say_texts(w, &p->rejected);
    }
    return true;
}

/* ---- the date of the TCB ---- */

/* A date ahead is no young one: a clock is wrong, and the next TCB would look young as well. */
static enum ratls_err judge_tcb_age(const struct rt_policy_judge *j)
{
    const char *text = rt_claim_text(j->claims, "tcb_date");
    const int64_t limit_s = j->tee->platform.max_tcb_age_s;
    int64_t date = 0;

    if (limit_s == 0)
        return RATLS_OK;
    if (!rt_time_parse(text, &date) || strlen(text) != TIME_LEN)
        return ratls_fail(j->err, RATLS_E_TCB_AGE, "the TCB has no date");
    if (date - RT_CLOCK_SKEW_S > j->subject->now)
        return ratls_fail(j->err, RATLS_E_TCB_AGE, "the TCB is of %s, which is ahead", text);
    if (date < j->subject->now - limit_s)
        return ratls_fail(j->err, RATLS_E_TCB_AGE, "the TCB is of %s, more than %" PRId64 " s ago",
                          text, limit_s);
    return RATLS_OK;
}

static bool say_tcb_age(const struct rt_policy_judge *j, struct rt_writer *w)
{
    if (j->tee->platform.max_tcb_age_s == 0)
        return false;
    rt_say_claim(w, j, "tcb_date");
    rt_say(w, " is at most %" PRId64 " s ago", j->tee->platform.max_tcb_age_s);
    return true;
}

const struct rt_policy_rule rt_rule_platform = {.name = "platform_ids",
                                                .claim = "platform_id",
                                                .type = RATLS_CLAIM_TEXT,
                                                .judge = judge_platform,
                                                .words = say_platform},
                            rt_rule_advisories = {.name = "advisory_ids",
                                                  .claim = "advisory_ids",
                                                  .type = RATLS_CLAIM_LIST,
                                                  .judge = judge_advisories,
                                                  .words = say_advisories},
                            rt_rule_tcb_age = {.name = "max_tcb_age_s",
                                               .claim = "tcb_date",
                                               .type = RATLS_CLAIM_TEXT,
                                               .judge = judge_tcb_age,
                                               .words = say_tcb_age};
