/* What a policy says of stored reference values: which sets of a TEE count (member
 * `reference_values`), and the rule that goes by them. */
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "json.h"
#include "policy_impl.h"
#include "vector.h"

enum { SETS_MAX = 64 };

/* A name that is malformed is refused: dropped silently, it would leave another list than the one
 * written (T157). */
enum ratls_err rt_policy_read_sets(struct rt_policy_parse *p, const cJSON *list)
{
    struct rt_policy_sets *sets = &p->tee->sets;
    const cJSON *item;

    if (!cJSON_IsArray(list) || cJSON_GetArraySize(list) > SETS_MAX)
        return rt_policy_malformed(p, list->string, "must be a list of at most 64 names");
    if (!(sets->names = calloc((size_t)cJSON_GetArraySize(list) + 1, sizeof *sets->names)))
        return RATLS_E_NO_MEMORY;
    cJSON_ArrayForEach(item, list)
    {
        if (!cJSON_IsString(item) || (strcmp(item->valuestring, RT_BASELINE_ANY) != 0 &&
                                      !rt_item_good_name(item->valuestring)))
            return rt_policy_malformed(p, list->string, "holds something other than names of sets");
        memcpy(sets->names[sets->n++], item->valuestring, strlen(item->valuestring) + 1);
    }
    return RATLS_OK;
}

void rt_policy_sets_free(struct rt_policy_sets *sets)
{
    free(sets->names);
}

static bool is_any(const struct rt_policy_sets *sets)
{
    return sets->n == 1 && strcmp(sets->names[0], RT_BASELINE_ANY) == 0;
}

/* The version that fitted is a claim, and nobody is believed longer than it. */
static void record(const struct rt_policy_judge *j, const struct rt_item *item)
{
    const struct rt_policy_found *found = j->found;

    if (!found)
        return;
    (void)ratls_claims_set_text(found->claims, "baseline.name", item->name);
    (void)ratls_claims_set_uint(found->claims, "baseline.version", (uint64_t)item->version);
    if (item->not_after && item->not_after < *found->expires)
        *found->expires = item->not_after;
}

/* Where all sets of a TEE are accepted and there is none of CCA, the reference values that were
 * given as a file are all there are. */
static bool goes_by_file(const struct rt_policy_judge *j)
{
    return j->refvals && is_any(&j->tee->sets) &&
           !(j->subject->baselines && rt_baselines_know(j->subject->baselines, j->tee->name));
}

static enum ratls_err judge_sets(const struct rt_policy_judge *j)
{
    static const struct rt_baselines none;
    const struct rt_policy_sets *sets = &j->tee->sets;
    const struct rt_baseline *fits = NULL;

    if (sets->n == 0 || goes_by_file(j))
        return RATLS_OK;
    const struct rt_baseline_query query = {
        .tee = j->tee->name,
        .names = (const rt_baseline_name *)sets->names,
        .n_names = sets->n,
        .claims = j->claims,
        .must_name = rt_policy_boot_is_open(j->tee) ? rt_policy_is_boot_pcr : NULL,
        .now = j->subject->now};
    enum ratls_err e = rt_baselines_judge(j->subject->baselines ? j->subject->baselines : &none,
                                          &query, &fits, j->err);
    if (e)
        return e;
    rt_policy_note(j, RT_NOTED_MEASUREMENT);
    record(j, &fits->item);
    return RATLS_OK;
}

static bool say_sets(const struct rt_policy_judge *j, struct rt_writer *w)
{
    const struct rt_policy_sets *sets = &j->tee->sets;

    if (sets->n == 0 || goes_by_file(j))
        return false;
    rt_say_claim(w, j, "measurement");
    rt_say(w, " and what goes with it fit a version that counts of the sets ");
    for (size_t i = 0; i < sets->n; i++) {
        rt_say_next(w, i, ", ");
        rt_say(w, "'%s'", sets->names[i]);
    }
    if (rt_policy_boot_is_open(j->tee))
        rt_say(w, ", which names one of " RT_POLICY_BOOT_PCRS);
    return true;
}

const struct rt_policy_rule rt_rule_baselines = {
    .name = "reference_values", .judge = judge_sets, .words = say_sets};

bool rt_policy_rests_on_sets(const struct rt_policy *p)
{
    bool sets = false;

    for (size_t i = 0; i < p->n_tees; i++) {
        if (p->tees[i].any_measurement || (p->tees[i].measurements.n > 0 && p->tees[i].sets.n == 0))
            return false;
        sets = sets || p->tees[i].sets.n > 0;
    }
    return sets;
}
