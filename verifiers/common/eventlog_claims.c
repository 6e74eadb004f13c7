#include "eventlog_claims.h"

#include <stdio.h>

static const char *const words[] = {
    [RT_EVENTLOG_ABSENT] = "absent",
    [RT_EVENTLOG_MATCH] = "match",
    [RT_EVENTLOG_MISMATCH] = "mismatch",
};

void rt_eventlog_absent(struct ratls_claims *claims)
{
    (void)ratls_claims_set_text(claims, "event_log", words[RT_EVENTLOG_ABSENT]);
}

static const char *compare_all(const struct rt_eventlog *log, const struct rt_eventlog_due *due,
                               struct ratls_claims *claims)
{
    size_t count[RT_COUNT(words)] = {0};
    char name[32];

    for (size_t i = 0; i < due->n; i++) {
        const enum rt_eventlog_match m = rt_eventlog_compare(log, 1 + i, due->value[i]);
        (void)snprintf(name, sizeof name, "%s%zu_log", due->prefix, due->first + i);
        (void)ratls_claims_set_text(claims, name, words[m]);
        count[m]++;
    }
    if (count[RT_EVENTLOG_MISMATCH] > 0)
        return words[RT_EVENTLOG_MISMATCH];
    return count[RT_EVENTLOG_ABSENT] > 0 ? "partial" : words[RT_EVENTLOG_MATCH];
}

enum ratls_err rt_eventlog_judge(const struct rt_eventlog *log, const struct rt_eventlog_due *due,
                                 struct ratls_claims *claims, struct ratls_error *err)
{
    if (log->reg[0].n_events > 0)
        return ratls_fail(err, RATLS_E_EVENT_LOG,
                          "the event log extends register 0, which is complete before the guest "
                          "runs");
    const char *all = compare_all(log, due, claims);
    (void)ratls_claims_set_text(claims, "event_log", all);
    return all == words[RT_EVENTLOG_MISMATCH]
               ? ratls_fail(err, RATLS_E_EVENT_LOG_MISMATCH,
                            "the event log leads to other values than those of the registers")
               : RATLS_OK;
}
