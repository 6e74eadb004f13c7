/* Collateral on demand: from the network or a folder, judged by the roots of a trust. */
#include <stdio.h>

#include "cache.h"
#include "kds.h"
#include "pcs.h"

struct work {
    const struct ratls_env *env;
    const struct ratls_trust *trust;
    const struct ratls_collateral_request *request;
    char name[RATLS_COLLATERAL_NAME_LEN]; /* of the platform */
};

static bool is_amd(const struct ratls_collateral_query *query)
{
    return query->tee && strcmp(query->tee, "snp") == 0;
}

static enum ratls_err fetch(void *arg, struct ratls_buffer *json, struct ratls_error *err)
{
    const struct work *w = arg;

    return (is_amd(&w->request->query) ? rt_kds_fetch : rt_pcs_fetch)(
        w->env, &w->request->source, &w->request->query, json, err);
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
    enum ratls_err e =
        (is_amd(&request->query) ? rt_kds_name : rt_pcs_name)(&request->query, w.name, err);

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
