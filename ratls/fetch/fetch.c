#include "fetch.h"

#include <stdio.h>

#include "cache.h"
#include "pcs.h"

struct work {
    const struct rt_fetch *fetch;
    char name[RT_PCS_NAME_LEN]; /* of the platform */
};

static enum ratls_err fetch(void *arg, struct ratls_buffer *json, struct ratls_error *err)
{
    const struct rt_fetch *f = ((const struct work *)arg)->fetch;

    return rt_pcs_fetch(f->env, &f->request->source, &f->request->query, json, err);
}

/* Collateral of the other CA would not name the platform's PCK certificate, revoked or not. */
static bool is_of(const struct rt_collateral_facts *f, const struct ratls_collateral_query *query)
{
    return memcmp(f->fmspc, query->fmspc, sizeof f->fmspc) == 0 &&
           f->tdx == (strcmp(query->tee, "tdx") == 0) && f->platform_ca == query->platform_ca;
}

static enum ratls_err check(void *arg, struct ratls_bytes json, struct rt_collateral_facts *facts,
                            struct ratls_error *err)
{
    const struct work *w = arg;
    const struct rt_roots roots = {w->fetch->roots, w->fetch->n_roots};
    enum ratls_err e = rt_collateral_check(json, roots, facts, err);

    if (e || is_of(facts, &w->fetch->request->query))
        return e;
    return ratls_fail(err, RATLS_E_COLLATERAL_MISMATCH, "the collateral is not that of %s",
                      w->name);
}

enum ratls_err rt_fetch(const struct rt_fetch *f, struct ratls_collateral *out,
                        struct ratls_error *err)
{
    struct work w = {.fetch = f};
    const struct rt_cache cache = {
        .env = f->env,
        .directory = f->request->cache,
        .name = w.name,
        .now = f->request->now,
        .refresh_before_s = f->request->refresh_before_s,
        .fetch = fetch,
        .check = check,
        .arg = &w,
    };
    enum ratls_err e = rt_pcs_name(&f->request->query, w.name, err);

    *out = (struct ratls_collateral){0};
    if (!e)
        e = rt_cache_get(&cache, out, err);
    if (!e)
        (void)snprintf(out->file, sizeof out->file, "%s.json", w.name);
    return e;
}
