#include "event_log.h"

#include "eventlog_claims.h"

enum ratls_err rt_tdx_check_event_log(const struct rt_td_report *report, struct ratls_bytes log,
                                      struct ratls_claims *claims, struct ratls_error *err)
{
    struct ratls_bytes rtmr[RT_COUNT(report->rtmr)];
    const struct rt_eventlog_due due = {"tdx.rtmr_", 0, rtmr, RT_COUNT(rtmr)};
    struct rt_eventlog replayed;

    rt_eventlog_absent(claims);
    if (!log.p)
        return RATLS_OK;
    enum ratls_err e = rt_eventlog_replay(log, RT_SHA384, &replayed, err);
    if (e)
        return e;
    for (size_t i = 0; i < RT_COUNT(rtmr); i++)
        rtmr[i] = ratls_bytes(report->rtmr[i], sizeof report->rtmr[i]);
    return rt_eventlog_judge(&replayed, &due, claims, err);
}
