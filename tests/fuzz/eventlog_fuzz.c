/* Any bytes as an event log. The first byte chooses the hash and the style. What is replayed keeps
 * within the limits and matches itself; the visitor sees what extends; padding changes nothing;
 * what is refused matches nothing. */
#include <stdlib.h>

#include "boot_digests.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

struct seen {
    struct ratls_bytes log;
    enum rt_hash hash;
    size_t n[RT_EVENTLOG_MAX_REGISTERS];
};

static bool within(struct ratls_bytes part, struct ratls_bytes whole)
{
    return part.len == 0 || (part.p >= whole.p && part.p + part.len <= whole.p + whole.len);
}

static enum ratls_err see(void *arg, const struct rt_eventlog_event *event)
{
    struct seen *s = arg;
    enum rt_boot_kind kind;

    if (event->index >= RT_EVENTLOG_MAX_REGISTERS || event->digest.len != rt_hash_len(s->hash) ||
        !within(event->digest, s->log) || !within(event->event, s->log) ||
        rt_boot_classify(event, s->hash, &kind) != RATLS_OK)
        abort();
    s->n[event->index]++;
    return RATLS_OK;
}

static void refused(const struct rt_eventlog *log)
{
    static const uint8_t zeros[RT_EVENTLOG_MAX_DIGEST_LEN];

    for (size_t i = 0; i < RT_EVENTLOG_MAX_REGISTERS; i++)
        if (rt_eventlog_compare(log, i, ratls_bytes(zeros, sizeof zeros)) != RT_EVENTLOG_MISMATCH ||
            rt_eventlog_compare(log, i, ratls_bytes(NULL, 0)) != RT_EVENTLOG_MISMATCH)
            abort();
}

/* A register without events is zero, but for the startup locality in PCR 0. */
static bool is_plausible(const struct rt_eventlog *log, size_t i)
{
    const struct rt_eventlog_register *reg = &log->reg[i];
    bool tpm = log->n_registers == RT_EVENTLOG_TPM_REGISTERS;

    if (reg->n_events > 0)
        return !rt_all_zero(reg->value, sizeof reg->value);
    if (i == 0 && tpm)
        return rt_all_zero(reg->value, log->digest_len - 1) && reg->value[log->digest_len - 1] <= 4;
    return rt_all_zero(reg->value, sizeof reg->value);
}

static void replayed(const struct rt_eventlog *log, const struct seen *seen)
{
    size_t extending = 0;

    for (size_t i = 0; i < log->n_registers; i++) {
        const struct rt_eventlog_register *reg = &log->reg[i];
        extending += reg->n_events;
        if (rt_eventlog_compare(log, i, ratls_bytes(reg->value, log->digest_len)) !=
                RT_EVENTLOG_MATCH ||
            reg->n_events != seen->n[i] || !is_plausible(log, i))
            abort();
    }
    if (log->hash != seen->hash || log->digest_len != rt_hash_len(seen->hash) ||
        log->n_events > RT_MAX_EVENTS || extending > log->n_events)
        abort();
}

/* One more byte of padding changes nothing, if it is of the kind that is there. */
static void pad(struct ratls_bytes in, const struct rt_eventlog_rules *rules,
                const struct rt_eventlog *expected)
{
    static const uint8_t fillers[] = {0x00, 0xff};
    struct rt_eventlog log;
    struct rt_writer w = {0};
    bool same = false;

    rt_put_bytes(&w, in);
    rt_put_u8(&w, 0);
    for (size_t i = 0; i < RT_COUNT(fillers) && !w.bad; i++) {
        w.p[in.len] = fillers[i];
        same = same || (rt_eventlog_walk(rt_written(&w), rules, &log, NULL) == RATLS_OK &&
                        memcmp(log.reg, expected->reg, sizeof log.reg) == 0);
    }
    if (!same && !w.bad)
        abort();
    rt_writer_free(&w);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const enum rt_hash hashes[] = {RT_SHA256, RT_SHA384, RT_SHA512};
    struct rt_reader r = rt_reader(ratls_bytes(bytes, len));
    uint8_t choice = rt_u8(&r);
    struct seen seen = {.log = rt_rest(&r), .hash = hashes[choice % RT_COUNT(hashes)]};
    struct rt_eventlog_rules rules = {.hash = seen.hash, .visit = see, .arg = &seen};
    struct rt_eventlog log;
    struct ratls_error err = {0};

    rules.style = choice / RT_COUNT(hashes) % 2 ? RT_EVENTLOG_TPM : RT_EVENTLOG_CC;
    enum ratls_err e = rt_eventlog_walk(seen.log, &rules, &log, &err);
    if (e == RATLS_OK) {
        replayed(&log, &seen);
        rules.visit = NULL;
        if (len < RT_MAX_EVENT_LOG)
            pad(seen.log, &rules, &log);
    } else {
        if (e != RATLS_E_EVENT_LOG || err.code != e)
            abort();
        refused(&log);
    }
    return 0;
}
