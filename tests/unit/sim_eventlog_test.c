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

Test(sim_eventlog, hashes_the_event_unless_a_digest_is_given)
{
    const struct ratls_bytes text = ratls_bytes_str("event");
    uint8_t digest[RT_SHA384_LEN], rtmr[RT_SIM_RTMRS][RT_SHA384_LEN];
    const struct rt_sim_event events[] = {{1, SEPARATOR, text, NULL}, {2, SEPARATOR, text, digest}};
    struct ratls_buffer bytes;

    cr_assert_eq(rt_hash(RT_SHA384, text, digest), RATLS_OK);
    cr_assert_eq(rt_sim_eventlog(events, 2, &bytes, rtmr), RATLS_OK);
    cr_expect_eq(memcmp(rtmr[0], rtmr[1], RT_SHA384_LEN), 0);
    ratls_buffer_free(&bytes);
    digest[0] ^= 1;
    cr_assert_eq(rt_sim_eventlog(events, 2, &bytes, rtmr), RATLS_OK);
    cr_expect_neq(memcmp(rtmr[0], rtmr[1], RT_SHA384_LEN), 0);
    ratls_buffer_free(&bytes);
}

Test(sim_eventlog, extends_no_register_for_no_action_or_a_wrong_index)
{
    const struct ratls_bytes none = {0};
    const struct rt_sim_event events[] = {
        {1, NO_ACTION, none, NULL}, {0, SEPARATOR, none, NULL}, {5, SEPARATOR, none, NULL}};
    uint8_t rtmr[RT_SIM_RTMRS][RT_SHA384_LEN];
    struct ratls_buffer bytes;

    cr_assert_eq(rt_sim_eventlog(events, 3, &bytes, rtmr), RATLS_OK);
    cr_expect(rt_all_zero(rtmr, sizeof rtmr));
    cr_assert_eq(rt_eventlog_replay(rt_bytes_of(&bytes), RT_SHA384, &got, &err), RATLS_E_EVENT_LOG);
    cr_assert(strstr(err.detail, "event 3: there is no register 5"), "%s", err.detail);
    ratls_buffer_free(&bytes);
}
