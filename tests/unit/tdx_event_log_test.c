/* A TD's boot log against the RTMRs of its quote: T30, T147. */
#include "tdx_support.h"

#include "event_log.h"
#include "sim_eventlog.h"

static struct rt_td_report report;
static struct ratls_buffer boot_log;
static struct ratls_claims *claims;
static struct ratls_error err;

static void setup(void)
{
    report = (struct rt_td_report){0};
    cr_assert_eq(rt_sim_eventlog_usual(&boot_log, report.rtmr), RATLS_OK);
    claims = ratls_claims_new();
    err = (struct ratls_error){0};
}

static void teardown(void)
{
    ratls_buffer_free(&boot_log);
    ratls_claims_free(claims);
}

TestSuite(tdx_event_log, .init = setup, .fini = teardown);

static enum ratls_err check(struct ratls_bytes log)
{
    return rt_tdx_check_event_log(&report, log, claims, &err);
}

static const char *text(const char *name)
{
    const struct ratls_claim *c = ratls_claims_get(claims, name);

    cr_assert(c && c->type == RATLS_CLAIM_TEXT, "%s", name);
    return c->text;
}

Test(tdx_event_log, that_leads_to_the_registers_matches)
{
    cr_assert_eq(check(rt_bytes_of(&boot_log)), RATLS_OK, "%s", err.detail);
    cr_expect_str_eq(text("event_log"), "match");
    cr_expect_str_eq(text("tdx.rtmr_0_log"), "match");
    cr_expect_str_eq(text("tdx.rtmr_3_log"), "match");
}

Test(tdx_event_log, that_is_not_given_is_absent_and_no_match)
{
    cr_assert_eq(check(ratls_bytes(NULL, 0)), RATLS_OK);
    cr_expect_str_eq(text("event_log"), "absent");
}

Test(tdx_event_log, that_is_given_and_empty_is_refused)
{
    cr_expect_eq(check(ratls_bytes((const uint8_t *)"", 0)), RATLS_E_EVENT_LOG);
}

Test(tdx_event_log, that_leads_elsewhere_is_refused_for_each_register)
{
    for (size_t i = 0; i < 4; i++) {
        report.rtmr[i][47] ^= 1;
        cr_expect_eq(check(rt_bytes_of(&boot_log)), RATLS_E_EVENT_LOG_MISMATCH, "RTMR%zu", i);
        cr_expect_str_eq(text("event_log"), "mismatch");
        report.rtmr[i][47] ^= 1;
    }
}

Test(tdx_event_log, that_says_nothing_of_a_register_is_partial)
{
    const struct rt_sim_event one = {.index = 2, .type = 1, .event = ratls_bytes_str("x")};
    struct rt_sim_registers regs;
    struct ratls_buffer log;

    cr_assert_eq(rt_sim_eventlog(RT_SHA384, &one, 1, &log, &regs), RATLS_OK);
    memcpy(report.rtmr[1], regs.value[1], sizeof report.rtmr[1]);
    cr_expect_eq(check(rt_bytes_of(&log)), RATLS_OK);
    cr_expect_str_eq(text("event_log"), "partial");
    cr_expect_str_eq(text("tdx.rtmr_0_log"), "absent");
    cr_expect_str_eq(text("tdx.rtmr_1_log"), "match");
    ratls_buffer_free(&log);
}

Test(tdx_event_log, that_extends_mrtd_is_refused)
{
    const struct rt_sim_event one = {.index = 0, .type = 1, .event = ratls_bytes_str("x")};
    struct rt_sim_registers regs;
    struct ratls_buffer log;

    cr_assert_eq(rt_sim_eventlog(RT_SHA384, &one, 1, &log, &regs), RATLS_OK);
    cr_expect_eq(check(rt_bytes_of(&log)), RATLS_E_EVENT_LOG);
    ratls_buffer_free(&log);
}

Test(tdx_event_log, that_is_malformed_is_refused)
{
    cr_expect_eq(check(ratls_bytes(boot_log.p, boot_log.len - 1)), RATLS_E_EVENT_LOG);
    cr_expect_str_eq(text("event_log"), "absent");
}
