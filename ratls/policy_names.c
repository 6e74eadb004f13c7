/* `peer_names`: who the peer must be, besides what it runs. Another good TEE of somebody else would
 * do otherwise. */
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "policy_impl.h"
#include "x509.h"

enum ratls_err rt_policy_read_peer_names(struct rt_policy_parse *p, const cJSON *list)
{
    struct rt_policy *policy = p->policy;
    const cJSON *item;

    if (!cJSON_IsArray(list) || !list->child)
        return rt_policy_malformed(p, list->string, "must be a list of at least one name");
    if (cJSON_GetArraySize(list) > RT_POLICY_MAX_NAMES)
        return rt_policy_malformed(p, list->string, "holds more than 64 names");
    policy->peer_names = calloc((size_t)cJSON_GetArraySize(list), sizeof *policy->peer_names);
    if (!policy->peer_names)
        return RATLS_E_NO_MEMORY;
    cJSON_ArrayForEach(item, list)
    {
        struct rt_policy_host *name = &policy->peer_names[policy->n_peer_names++];
        if (!cJSON_IsString(item) ||
            !rt_policy_copy_text(name->p, RT_POLICY_HOST_MAX, item->valuestring) ||
            !rt_name_is_host(name->p))
            return rt_policy_malformed(p, list->string,
                                       "holds something other than host names and addresses");
    }
    return RATLS_OK;
}

static bool is_expected(const struct rt_policy *p, const char *presented)
{
    for (size_t i = 0; i < p->n_peer_names; i++)
        if (rt_name_matches(presented, p->peer_names[i].p))
            return true;
    return false;
}

/* The claim is there only where a chain to an identity CA was verified (appraise.c). */
static enum ratls_err judge_peer_names(const struct rt_policy_judge *j)
{
    const struct ratls_claim *names = ratls_claims_get(j->claims, "peer.names");

    if (j->policy->n_peer_names == 0)
        return RATLS_OK;
    if (!names || names->type != RATLS_CLAIM_LIST)
        return ratls_fail(j->err, RATLS_E_IDENTITY_MISMATCH,
                          "no identity CA vouches for a name of the peer");
    for (size_t i = 0; i < names->n_items; i++)
        if (is_expected(j->policy, names->items[i]))
            return RATLS_OK;
    return ratls_fail(j->err, RATLS_E_IDENTITY_MISMATCH, "no name of the peer is '%s'%s",
                      j->policy->peer_names[0].p,
                      j->policy->n_peer_names > 1 ? " or another one listed" : "");
}

static bool say_peer_names(const struct rt_policy_judge *j, struct rt_writer *w)
{
    const struct rt_policy *p = j->policy;

    if (p->n_peer_names == 0)
        return false;
    rt_say_claim(w, j, "peer.names");
    rt_say(w, ", proven by an identity CA, match one of ");
    for (size_t i = 0; i < p->n_peer_names && i < RT_SHOWN_VALUES; i++) {
        rt_say_next(w, i, ", ");
        rt_say(w, "%s", p->peer_names[i].p);
    }
    if (p->n_peer_names > RT_SHOWN_VALUES)
        rt_say(w, " and %zu more", p->n_peer_names - RT_SHOWN_VALUES);
    return true;
}

const struct rt_policy_rule rt_rule_peer_names = {.name = "peer_names",
                                                  .claim = "peer.names",
                                                  .type = RATLS_CLAIM_LIST,
                                                  .judge = judge_peer_names,
                                                  .words = say_peer_names};
