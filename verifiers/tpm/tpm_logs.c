#include "tpm_logs.h"

#include <stdio.h>

#include "eventlog.h"
#include "ima.h"

enum { FIRMWARE_PCRS = 8, IMA_PCR = 10 };

static const char *const words[] = {
    [RT_EVENTLOG_ABSENT] = "absent",
    [RT_EVENTLOG_MATCH] = "match",
    [RT_EVENTLOG_MISMATCH] = "mismatch",
};

static bool is_quoted(const struct rt_tpm_pcrs *pcrs, size_t i)
{
    return pcrs->given >> i & 1;
}

/* A PCR that the log extends and the quote leaves out is explained to nobody. */
static const char *compare_all(const struct rt_tpm_pcrs *pcrs, const struct rt_eventlog *log,
                               struct ratls_claims *claims)
{
    size_t count[RT_COUNT(words)] = {0};
    char name[24];

    for (size_t i = 0; i < RT_TPM_PCRS; i++) {
        if (i >= FIRMWARE_PCRS && log->reg[i].n_events == 0)
            continue;
        enum rt_eventlog_match m = RT_EVENTLOG_ABSENT;
        if (is_quoted(pcrs, i)) {
            m = rt_eventlog_compare(log, i, ratls_bytes(pcrs->value[i], RT_SHA256_LEN));
            (void)snprintf(name, sizeof name, "tpm.pcr%02zu_log", i);
            (void)ratls_claims_set_text(claims, name, words[m]);
        }
        count[m]++;
    }
    if (count[RT_EVENTLOG_MISMATCH] > 0)
        return "mismatch";
    return count[RT_EVENTLOG_ABSENT] > 0 ? "partial" : "match";
}

static enum ratls_err judge_event_log(const struct rt_tpm_pcrs *pcrs, struct ratls_bytes bytes,
                                      struct ratls_claims *claims, struct ratls_error *err)
{
    const struct rt_eventlog_rules rules = {.hash = RT_SHA256, .style = RT_EVENTLOG_TPM};
    struct rt_eventlog log;
    enum ratls_err e = rt_eventlog_walk(bytes, &rules, &log, err);

    if (e)
        return e;
    const char *all = compare_all(pcrs, &log, claims);
    (void)ratls_claims_set_text(claims, "event_log", all);
    return strcmp(all, "mismatch") == 0
               ? ratls_fail(err, RATLS_E_EVENT_LOG_MISMATCH,
                            "the event log leads to other values than the PCRs of the quote")
               : RATLS_OK;
}

static enum ratls_err judge_ima_log(const struct rt_tpm_pcrs *pcrs, struct ratls_bytes bytes,
                                    struct ratls_claims *claims, struct ratls_error *err)
{
    const struct rt_ima_rules rules = {.index = IMA_PCR, .hash = RT_SHA256};
    struct rt_ima_log log;
    enum ratls_err e = rt_ima_replay(bytes, &rules, &log, err);

    if (e)
        return e;
    if (!is_quoted(pcrs, IMA_PCR) ||
        !rt_ima_matches(&log, ratls_bytes(pcrs->value[IMA_PCR], RT_SHA256_LEN)))
        return ratls_fail(err, RATLS_E_EVENT_LOG_MISMATCH, "the IMA log does not lead to PCR 10");
    (void)ratls_claims_set_uint(claims, "tpm.ima.entries", log.n_entries);
    (void)ratls_claims_set_uint(claims, "tpm.ima.violations", log.n_violations);
    return RATLS_OK;
}

enum ratls_err rt_tpm_judge_logs(const struct rt_tpm_pcrs *pcrs, const struct rt_tpm_logs *logs,
                                 struct ratls_claims *claims, struct ratls_error *err)
{
    enum ratls_err e = RATLS_OK;

    (void)ratls_claims_set_text(claims, "event_log", "absent");
    if (logs->event_log.p)
        e = judge_event_log(pcrs, logs->event_log, claims, err);
    if (e == RATLS_OK && logs->ima_log.p)
        e = judge_ima_log(pcrs, logs->ima_log, claims, err);
    return e;
}
