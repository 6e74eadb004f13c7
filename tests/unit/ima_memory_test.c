/* T77 for IMA lists: an allocation fails while the ASCII form is written back. The list is not
 * blamed, nothing is matched and nothing leaks. */
#include "ima.h"

#include "sim_ima.h"

#include "alloc_support.h"

#ifdef WITHOUT_ALLOC

Test(ima_memory, is_tested_without_sanitizers_only)
{
    cr_skip_test();
}

#else

static struct ratls_buffer list;
static uint8_t value[RT_SHA256_LEN];

static bool replay(void)
{
    const struct rt_ima_rules rules = {.index = 4, .hash = RT_SHA256};
    struct rt_ima_log log;

    armed = true;
    enum ratls_err e = rt_ima_replay(rt_bytes_of(&list), &rules, &log, NULL);
    armed = false;
    cr_expect(e == RATLS_OK || rt_is_own_failure(e), "%s", ratls_err_reason(e));
    cr_expect_eq(rt_ima_matches(&log, ratls_bytes(value, sizeof value)), e == RATLS_OK);
    return e == RATLS_OK;
}

Test(ima_memory, a_failed_allocation_does_not_blame_the_list)
{
    cr_assert_eq(rt_sim_ima_usual(4, RT_SIM_IMA_ASCII, &list, value), RATLS_OK);
    fail_each(replay, OURS_ONCE);
    fail_each(replay, FOR_EVER);
    ratls_buffer_free(&list);
}

#endif
