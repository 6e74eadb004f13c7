/* Collateral on demand: from the network or a folder, judged by the roots of a trust. */
#include <stdio.h>

#include "cache.h"
#include "pcs.h"

struct work {
    const struct ratls_env *env;
    const struct ratls_trust *trust;
    const struct ratls_collateral_request *request;
    char name[RT_PCS_NAME_LEN]; /* of the platform */
};

static enum ratls_err fetch(void *arg, struct ratls_buffer *json, struct ratls_error *err)
{
    const struct work *w = arg;

    return rt_pcs_fetch(w->env, &w->request->source, &w->request->query, json, err);
}

/* Collateral of the other CA would not name the platform's PCK certificate, revoked or not. */
static enum ratls_err check(void *arg, struct ratls_bytes json,
                            struct ratls_collateral_facts *facts, struct ratls_error *err)
{
    const struct work *w = arg;
    enum ratls_err e = ratls_collateral_check(w->trust, w->request->query.tee, json, facts, err);

    if (e || strcmp(facts->name, w->name) == 0)
        return e;
    return ratls_fail(err, RATLS_E_COLLATERAL_MISMATCH, "the collateral is that of %s, not of %s",
                      facts->name, w->name);
}

enum ratls_err ratls_collateral_get(const struct ratls_env *env, const struct ratls_trust *t,
                                    const struct ratls_collateral_request *request,
                                    struct ratls_collateral *out, struct ratls_error *err)
{
    struct work w = {.env = env, .trust = t, .request = request};
    const struct rt_cache cache = {
        .env = env,
        .directory = request->cache,
        .name = w.name,
        .now = request->now,
        .refresh_before_s = request->refresh_before_s,
        .fetch = fetch,
        .check = check,
        .arg = &w,
    };
    enum ratls_err e = rt_pcs_name(&request->query, w.name, err);

    *out = (struct ratls_collateral){0};
    if (!e)
        e = rt_cache_get(&cache, out, err);
    if (!e)
        (void)snprintf(out->file, sizeof out->file, "%s.json", w.name);
    return e;
}

void ratls_collateral_free(struct ratls_collateral *c)
{
    ratls_buffer_free(&c->json);
}
