/* `devices`: how many of which kind attest beside the CPU. What each of them must be is said by the
 * rules of its kind under `tees`. */
#include <cjson/cJSON.h>
#include <stdlib.h>

#include "json.h"
#include "policy_impl.h"

enum { MOST = 16 }; /* RT_MAX_DEVICES */

/* ---- reading ---- */

/* N: so many; [N, M]: from N to M. */
static bool read_range(const cJSON *item, int64_t *least, int64_t *most)
{
    if (!cJSON_IsArray(item)) {
        const bool good = rt_json_int(item, 0, MOST, least);
        *most = *least;
        return good;
    }
    return cJSON_GetArraySize(item) == 2 && rt_json_int(item->child, 0, MOST, least) &&
           rt_json_int(item->child->next, *least, MOST, most);
}

enum ratls_err rt_policy_read_devices(struct rt_policy_parse *p, const cJSON *object)
{
    struct rt_policy *policy = p->policy;
    const cJSON *item;

    if (!cJSON_IsObject(object))
        return rt_policy_malformed(p, object->string, "must be an object");
    policy->has_devices = true;
    policy->devices = calloc((size_t)cJSON_GetArraySize(object) + 1, sizeof *policy->devices);
    if (!policy->devices)
        return RATLS_E_NO_MEMORY;
    cJSON_ArrayForEach(item, object)
    {
        struct rt_policy_devices *d = &policy->devices[policy->n_devices++];
        if (!rt_policy_copy_name(d->kind, RT_POLICY_TEE_MAX, item->string))
            return rt_policy_malformed(p, item->string, "is not a kind of device");
        if (!read_range(item, &d->least, &d->most))
            return rt_policy_malformed(p, item->string,
                                       "must be a number from 0 to 16, or two of them");
    }
    return RATLS_OK;
}

/* ---- judging ---- */

static int64_t count(const struct rt_policy_count *counts, size_t n, const char *kind)
{
    size_t found = 0;

    for (size_t i = 0; i < n; i++)
        if (strcmp(counts[i].kind, kind) == 0)
            found += counts[i].n;
    return (int64_t)found;
}

static bool is_named(const struct rt_policy *p, const char *kind)
{
    for (size_t i = 0; i < p->n_devices; i++)
        if (strcmp(p->devices[i].kind, kind) == 0)
            return true;
    return false;
}

enum ratls_err rt_policy_judge_devices(const struct rt_policy *p,
                                       const struct rt_policy_count *counts, size_t n,
                                       struct ratls_error *err)
{
    if (!p || !p->has_devices)
        return RATLS_OK;
    for (size_t i = 0; i < p->n_devices; i++) {
        const struct rt_policy_devices *d = &p->devices[i];
        const int64_t found = count(counts, n, d->kind);
        if (found < d->least)
            return ratls_fail(err, RATLS_E_DEVICE_MISSING, "%d of the %d '%s' devices due",
                              (int)found, (int)d->least, d->kind);
        if (found > d->most)
            return ratls_fail(err, RATLS_E_DEVICE_UNEXPECTED, "%d '%s' devices, at most %d",
                              (int)found, d->kind, (int)d->most);
    }
    for (size_t i = 0; i < n; i++)
        if (!is_named(p, counts[i].kind))
            return ratls_fail(err, RATLS_E_DEVICE_UNEXPECTED, "the policy wants no '%s' device",
                              counts[i].kind);
    return RATLS_OK;
}

/* They are shown in the session, and counted there (composite.c). */
static enum ratls_err judge(const struct rt_policy_judge *j)
{
    (void)j;
    return RATLS_OK;
}

static bool words(const struct rt_policy_judge *j, struct rt_writer *w)
{
    const struct rt_policy *p = j->policy;

    if (!p->has_devices)
        return false;
    rt_say(w, "devices beside it: ");
    if (p->n_devices == 0)
        rt_say(w, "none");
    for (size_t i = 0; i < p->n_devices; i++) {
        const struct rt_policy_devices *d = &p->devices[i];
        rt_say_next(w, i, ", ");
        rt_say(w, "%d", (int)d->least);
        if (d->most > d->least)
            rt_say(w, " to %d", (int)d->most);
        rt_say(w, " '%s'", d->kind);
    }
    return true;
}

const struct rt_policy_rule rt_rule_devices = {.name = "devices", .judge = judge, .words = words};
