/* IMA lists of the simulator, replayed by the reader of real ones. */
#include "sim_ima.h"

#include <criterion/criterion.h>

#include "ima.h"

static const struct ratls_bytes content = {(const uint8_t *)"content", 7};
static struct rt_ima_log got;
static struct ratls_error err;

static enum ratls_err replay(const struct ratls_buffer *list, unsigned index)
{
    const struct rt_ima_rules rules = {.index = index, .hash = RT_SHA256};

    err = (struct ratls_error){0};
    return rt_ima_replay(rt_bytes_of(list), &rules, &got, &err);
}

Test(sim_ima, the_usual_list_explains_its_register_in_both_forms)
{
    static const unsigned indexes[] = {4, 10};
    uint8_t value[2][RT_SHA256_LEN];
    struct ratls_buffer list;

    for (size_t i = 0; i < RT_COUNT(indexes); i++) {
        for (enum rt_sim_ima_form form = RT_SIM_IMA_BINARY; form <= RT_SIM_IMA_ASCII; form++) {
            cr_assert_eq(rt_sim_ima_usual(indexes[i], form, &list, value[form]), RATLS_OK);
            cr_assert_eq(replay(&list, indexes[i]), RATLS_OK, "%s", err.detail);
            cr_expect(rt_ima_matches(&got, ratls_bytes(value[form], sizeof value[form])));
            cr_expect_eq(got.n_entries, 6);
            cr_expect_eq(got.n_violations, 0);
            cr_expect_eq(replay(&list, indexes[i] + 1), RATLS_E_EVENT_LOG);
            ratls_buffer_free(&list);
        }
        cr_expect_eq(memcmp(value[0], value[1], sizeof value[0]), 0);
    }
}

Test(sim_ima, writes_violations)
{
    const struct rt_sim_ima_entry entries[] = {{"/a", content, {0}, false},
                                               {"/b", content, {0}, true}};
    uint8_t value[RT_SHA256_LEN];
    struct ratls_buffer list;

    for (enum rt_sim_ima_form form = RT_SIM_IMA_BINARY; form <= RT_SIM_IMA_ASCII; form++) {
        const struct rt_sim_ima what = {4, form, entries, 2};
        cr_assert_eq(rt_sim_ima(&what, &list, value), RATLS_OK);
        cr_assert_eq(replay(&list, 4), RATLS_OK, "%s", err.detail);
        cr_expect(rt_ima_matches(&got, ratls_bytes(value, sizeof value)));
        cr_expect_eq(got.n_violations, 1);
        ratls_buffer_free(&list);
    }
}

Test(sim_ima, of_no_entries_is_empty_and_refused)
{
    const struct rt_sim_ima what = {.index = 4};
    uint8_t value[RT_SHA256_LEN];
    struct ratls_buffer list;

    cr_assert_eq(rt_sim_ima(&what, &list, value), RATLS_OK);
    cr_expect_eq(list.len, 0);
    cr_expect(rt_all_zero(value, sizeof value));
    cr_expect_eq(replay(&list, 4), RATLS_E_EVENT_LOG);
    ratls_buffer_free(&list);
}
