/* T77 for devices beside a CPU: an allocation fails while they are judged, and judged again. No
 * crash, no leak, and no device passes that nobody judged. */
#include "composite_support.h"

#define RUNS 2000 /* more than there are allocations: each n */
#include "alloc_support.h"

#ifdef WITHOUT_ALLOC

Test(composite_memory, is_tested_without_sanitizers_only)
{
    cr_skip_test();
}

#else

static enum ratls_err due; /* RATLS_OK, or the true reason of a refusal */

TestSuite(composite_memory, .init = begin, .fini = end, .timeout = 300);

static bool expect_honest(enum ratls_err e, struct rt_devices *devices)
{
    armed = false;
    cr_expect_eq(e == RATLS_OK, devices != NULL);
    cr_expect(e == due || rt_is_own_failure(e), "the evidence is blamed: %s: %s",
              ratls_err_reason(e), err.detail);
    cr_expect(!devices || rt_devices_stand(devices, NOW));
    cr_expect(!devices || rt_devices_collection(devices).len == collection.len);
    rt_devices_unref(devices);
    return e == due;
}

static bool open_trust(struct ratls_trust **t)
{
    armed = true;
    enum ratls_err e = ratls_trust_new(ratls_env_system(), t);

    if (e == RATLS_OK)
        e = ratls_trust_set_policy(*t, ratls_bytes_str(GPU_POLICY), NULL);
    armed = false;
    cr_expect(e == RATLS_OK || rt_is_own_failure(e), "%s", ratls_err_reason(e));
    return e == RATLS_OK;
}

/* The second time out of the cache, if the first was kept there. */
static bool judge_twice(void)
{
    struct ratls_trust *t = NULL;
    bool honest = open_trust(&t);

    for (int i = 0; i < 2 && honest; i++) {
        struct rt_devices *devices = NULL;
        err = (struct ratls_error){0};
        armed = true;
        const enum ratls_err e =
            rt_devices_appraise(t, rt_bytes_of(&collection), cpu, &devices, &err);
        honest = expect_honest(e, devices);
    }
    ratls_trust_unref(t);
    return honest;
}

Test(composite_memory, survives_one_failure)
{
    fail_each(judge_twice, ONCE);
}

Test(composite_memory, leaves_nothing_behind)
{
    fail_each(judge_twice, OURS_ONCE);
}

Test(composite_memory, survives_the_end_of_all_memory)
{
    fail_each(judge_twice, FOR_EVER);
}

Test(composite_memory, never_blames_the_evidence_for_it)
{
    collection.len--;
    due = RATLS_E_EVIDENCE_FORMAT;
    fail_each(judge_twice, ONCE);
}

#endif
