/* appraisal.h - evidence that is verified over and over: cold (collateral parsed and proven every
 * time), and with collateral kept. */
#ifndef BENCH_APPRAISAL_H
#define BENCH_APPRAISAL_H

#include "bench.h"

#include "kept.h"
#include "trust.h"

struct subject {
    const char *tee;
    struct ratls_buffer evidence, collateral;
    struct ratls_trust *cold, *kept;
    int64_t now;
    /* The certificates that are kept with collateral; NULL while they may be used. */
    struct rt_kept_cache *(*forget)(const void *collateral);
};

static inline void appraise(const struct subject *s, const struct ratls_trust *t,
                            const struct ratls_bytes *collateral)
{
    const struct ratls_appraisal what = {.subject = rt_bytes_of(&s->evidence),
                                         .now = s->now,
                                         .authenticity_only = true,
                                         .collateral = collateral,
                                         .n_collateral = collateral ? 1 : 0};
    struct ratls_verdict *v = NULL;

    must(ratls_appraise(t, &what, &v), s->tee);
    ratls_verdict_unref(v);
}

static inline void run_cold(void *arg)
{
    const struct subject *s = arg;
    const struct ratls_bytes collateral = rt_bytes_of(&s->collateral);

    appraise(s, s->cold, &collateral);
}

static inline void run_kept(void *arg)
{
    const struct subject *s = arg;
    const void *kept[RT_MAX_COLLATERAL_DOCS];
    const struct ratls_verifier *v = rt_registry_by_name(rt_trust_registry(s->kept), s->tee);

    if (s->forget && rt_trust_collateral(s->kept, v, kept) == 1)
        rt_kept_cache_clear(s->forget(kept[0]));
    appraise(s, s->kept, NULL);
}

static inline struct ratls_trust *new_trust(struct ratls_bytes root)
{
    struct ratls_trust *t;

    must(ratls_trust_new(ratls_env_system(), &t), "trust");
    must(ratls_trust_insecure_add_sim_roots(t, root, &err), "root");
    return t;
}

/* Evidence and collateral are there; they lead to this root. */
static inline void open_trusts(struct subject *s, struct ratls_bytes root)
{
    const struct ratls_env *env = ratls_env_system();

    s->now = env->now(env->arg);
    s->cold = new_trust(root);
    s->kept = new_trust(root);
    must(ratls_trust_add_collateral(s->kept, rt_bytes_of(&s->collateral), &err), "collateral");
}

static inline void close_subject(struct subject *s)
{
    ratls_buffer_free(&s->evidence);
    ratls_buffer_free(&s->collateral);
    ratls_trust_unref(s->cold);
    ratls_trust_unref(s->kept);
}

#endif
