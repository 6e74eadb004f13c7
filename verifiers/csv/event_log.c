#include "event_log.h"

#include "eventlog_claims.h"

enum { FIRST_RTMR = 1 };

enum ratls_err rt_csv_check_event_log(const struct rt_csv_report *report, struct ratls_bytes log,
                                      struct ratls_claims *claims, struct ratls_error *err)
{
    const struct rt_eventlog_due due = {"csv.rtmr", FIRST_RTMR, report->rtmr + FIRST_RTMR,
                                        RT_CSV_RTMRS - FIRST_RTMR};
    const struct rt_eventlog_rules rules = {.sm3 = true, .style = RT_EVENTLOG_CC};
    struct rt_eventlog replayed;

    rt_eventlog_absent(claims);
    if (!log.p)
        return RATLS_OK;
    if (report->version < 2)
        return ratls_fail(err, RATLS_E_EVENT_LOG,
                          "an event log beside a report of version 1, which has no registers");
    enum ratls_err e = rt_eventlog_walk(log, &rules, &replayed, err);
    return e ? e : rt_eventlog_judge(&replayed, &due, claims, err);
}
