#include "event_log.h"

#include <stdio.h>

#include "eventlog.h"

#define FIRST_RTMR 1 /* index in the log */

static const char *const words[] = {
    [RT_EVENTLOG_ABSENT] = "absent",
    [RT_EVENTLOG_MATCH] = "match",
    [RT_EVENTLOG_MISMATCH] = "mismatch",
};

static const char *compare_all(const struct rt_td_report *report, const struct rt_eventlog *log,
                               struct ratls_claims *claims)
{
    size_t count[RT_COUNT(words)] = {0};
    char name[32];

    for (size_t i = 0; i < RT_COUNT(report->rtmr); i++) {
        enum rt_eventlog_match m = rt_eventlog_compare(
            log, FIRST_RTMR + i, ratls_bytes(report->rtmr[i], sizeof report->rtmr[i]));
        (void)snprintf(name, sizeof name, "tdx.rtmr_%zu_log", i);
        (void)ratls_claims_set_text(claims, name, words[m]);
        count[m]++;
    }
    if (count[RT_EVENTLOG_MISMATCH] > 0)
        return "mismatch";
    return count[RT_EVENTLOG_ABSENT] > 0 ? "partial" : "match";
}

enum ratls_err rt_tdx_check_event_log(const struct rt_td_report *report, struct ratls_bytes log,
                                      struct ratls_claims *claims, struct ratls_error *err)
{
    struct rt_eventlog replayed;

    (void)ratls_claims_set_text(claims, "event_log", "absent");
    if (!log.p)
        return RATLS_OK;
    enum ratls_err e = rt_eventlog_replay(log, RT_SHA384, &replayed, err);
    if (e)
        return e;
    if (replayed.reg[0].n_events > 0) /* MRTD is complete before the TD runs */
        return ratls_fail(err, RATLS_E_EVENT_LOG, "the event log extends MRTD");
    const char *all = compare_all(report, &replayed, claims);
    (void)ratls_claims_set_text(claims, "event_log", all);
    if (strcmp(all, "mismatch") == 0)
        return ratls_fail(err, RATLS_E_EVENT_LOG_MISMATCH,
                          "the event log leads to other values than the RTMRs of the quote");
    return RATLS_OK;
}
