/* Event logs of the simulator, replayed by the reader of real ones. */
#include "sim_eventlog.h"

#include <criterion/criterion.h>

#include "eventlog.h"

#define NO_ACTION 3
#define SEPARATOR 4

static struct rt_eventlog got;
static struct ratls_error err;

static void replay_usual(struct ratls_buffer *bytes, uint8_t rtmr[RT_SIM_RTMRS][RT_SHA384_LEN])
{
    cr_assert_eq(rt_sim_eventlog_usual(bytes, rtmr), RATLS_OK);
    cr_assert_eq(rt_eventlog_replay(rt_bytes_of(bytes), RT_SHA384, &got, &err), RATLS_OK, "%s",
                 err.detail);
}

Test(sim_eventlog, the_usual_log_explains_its_registers)
{
    static const uint8_t zeros[RT_SHA384_LEN];
    uint8_t rtmr[RT_SIM_RTMRS][RT_SHA384_LEN];
    struct ratls_buffer bytes;

    replay_usual(&bytes, rtmr);
    for (size_t i = 0; i < RT_SIM_RTMRS; i++) {
        cr_expect(!rt_all_zero(rtmr[i], RT_SHA384_LEN));
        cr_expect_eq(rt_eventlog_compare(&got, 1 + i, ratls_bytes(rtmr[i], RT_SHA384_LEN)),
                     RT_EVENTLOG_MATCH, "RTMR%zu", i);
        cr_expect(i == 3 ? got.reg[4].n_events == 1 : got.reg[1 + i].n_events > 1);
    }
    cr_expect_eq(rt_eventlog_compare(&got, 0, ratls_bytes(zeros, sizeof zeros)), RT_EVENTLOG_MATCH);
    ratls_buffer_free(&bytes);
}

Test(sim_eventlog, the_usual_log_is_always_the_same)
{
    uint8_t first[RT_SIM_RTMRS][RT_SHA384_LEN], second[RT_SIM_RTMRS][RT_SHA384_LEN];
    struct ratls_buffer a, b;

    replay_usual(&a, first);
    replay_usual(&b, second);
    cr_expect(ratls_bytes_equal(rt_bytes_of(&a), rt_bytes_of(&b)));
    cr_expect_eq(memcmp(first, second, sizeof first), 0);
    ratls_buffer_free(&a);
    ratls_buffer_free(&b);
}

Test(sim_eventlog, hashes_the_event_unless_it_is_told_what_was_measured)
{
    const struct ratls_bytes text = ratls_bytes_str("event"), other = ratls_bytes_str("file");
    const struct rt_sim_event events[] = {
        {1, SEPARATOR, text, {0}}, {2, SEPARATOR, other, text}, {3, SEPARATOR, text, other}};
    struct rt_sim_registers regs;
    struct ratls_buffer bytes;

    cr_assert_eq(rt_sim_eventlog(RT_SHA384, events, 3, &bytes, &regs), RATLS_OK);
    cr_expect_eq(memcmp(regs.value[0], regs.value[1], RT_SHA384_LEN), 0);
    cr_expect_neq(memcmp(regs.value[0], regs.value[2], RT_SHA384_LEN), 0);
    ratls_buffer_free(&bytes);
}

Test(sim_eventlog, extends_no_register_for_no_action_or_a_wrong_index)
{
    const struct ratls_bytes none = {0};
    const struct rt_sim_event events[] = {
        {1, NO_ACTION, none, none}, {0, SEPARATOR, none, none}, {5, SEPARATOR, none, none}};
    struct rt_sim_registers regs;
    struct ratls_buffer bytes;

    cr_assert_eq(rt_sim_eventlog(RT_SHA384, events, 3, &bytes, &regs), RATLS_OK);
    cr_expect(rt_all_zero(&regs, sizeof regs));
    cr_assert_eq(rt_eventlog_replay(rt_bytes_of(&bytes), RT_SHA384, &got, &err), RATLS_E_EVENT_LOG);
    cr_assert(strstr(err.detail, "event 3: there is no register 5"), "%s", err.detail);
    ratls_buffer_free(&bytes);
}

Test(sim_eventlog, is_written_for_each_hash)
{
    static const enum rt_hash hashes[] = {RT_SHA256, RT_SHA384, RT_SHA512};
    const struct rt_sim_event event = {2, SEPARATOR, ratls_bytes_str("event"), {0}};
    struct rt_sim_registers regs;
    struct ratls_buffer bytes;

    for (size_t i = 0; i < RT_COUNT(hashes); i++) {
        cr_assert_eq(rt_sim_eventlog(hashes[i], &event, 1, &bytes, &regs), RATLS_OK);
        cr_assert_eq(rt_eventlog_replay(rt_bytes_of(&bytes), hashes[i], &got, &err), RATLS_OK, "%s",
                     err.detail);
        cr_expect_eq(
            rt_eventlog_compare(&got, 2, ratls_bytes(regs.value[1], rt_hash_len(hashes[i]))),
            RT_EVENTLOG_MATCH);
        ratls_buffer_free(&bytes);
    }
}

Test(sim_eventlog, of_a_virtcca_guest_explains_its_registers)
{
    uint8_t rem[RT_SIM_RTMRS][RT_SHA256_LEN];
    struct ratls_buffer bytes;

    cr_assert_eq(rt_sim_eventlog_virtcca(&bytes, rem), RATLS_OK);
    cr_assert_eq(rt_eventlog_replay(rt_bytes_of(&bytes), RT_SHA256, &got, &err), RATLS_OK, "%s",
                 err.detail);
    for (size_t i = 0; i < RT_SIM_RTMRS; i++) {
        cr_expect_eq(rt_eventlog_compare(&got, 1 + i, ratls_bytes(rem[i], RT_SHA256_LEN)),
                     RT_EVENTLOG_MATCH, "REM%zu", i);
        cr_expect_eq(got.reg[1 + i].n_events > 1, i != 3);
    }
    cr_expect(rt_all_zero(rem[3], RT_SHA256_LEN));
    ratls_buffer_free(&bytes);
}
