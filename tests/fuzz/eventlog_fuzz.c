/* Any bytes as an event log. The first byte chooses the hash. What is replayed keeps within the
 * limits and matches itself; padding changes nothing; what is refused matches nothing. */
#include <stdlib.h>

#include "eventlog.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void refused(const struct rt_eventlog *log)
{
    static const uint8_t zeros[RT_EVENTLOG_MAX_DIGEST_LEN];

    for (size_t i = 0; i < RT_EVENTLOG_CC_REGISTERS; i++)
        if (rt_eventlog_compare(log, i, ratls_bytes(zeros, sizeof zeros)) != RT_EVENTLOG_MISMATCH ||
            rt_eventlog_compare(log, i, ratls_bytes(NULL, 0)) != RT_EVENTLOG_MISMATCH)
            abort();
}

static void replayed(const struct rt_eventlog *log, enum rt_hash hash)
{
    size_t extending = 0;

    for (size_t i = 0; i < RT_EVENTLOG_CC_REGISTERS; i++) {
        const struct rt_eventlog_register *reg = &log->reg[i];
        extending += reg->n_events;
        if (rt_eventlog_compare(log, i, ratls_bytes(reg->value, log->digest_len)) !=
                RT_EVENTLOG_MATCH ||
            rt_all_zero(reg->value, sizeof reg->value) != (reg->n_events == 0))
            abort();
    }
    if (log->hash != hash || log->digest_len != rt_hash_len(hash) ||
        log->n_events > RT_MAX_EVENTS || extending > log->n_events)
        abort();
}

/* One more byte of padding changes nothing, if it is of the kind that is there. */
static void pad(struct ratls_bytes in, enum rt_hash hash, const struct rt_eventlog *expected)
{
    static const uint8_t fillers[] = {0x00, 0xff};
    struct rt_eventlog log;
    struct rt_writer w = {0};
    bool same = false;

    rt_put_bytes(&w, in);
    rt_put_u8(&w, 0);
    for (size_t i = 0; i < RT_COUNT(fillers) && !w.bad; i++) {
        w.p[in.len] = fillers[i];
        same = same || (rt_eventlog_replay(rt_written(&w), hash, &log, NULL) == RATLS_OK &&
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
    enum rt_hash hash = hashes[rt_u8(&r) % RT_COUNT(hashes)];
    struct rt_eventlog log;
    struct ratls_error err = {0};

    enum ratls_err e = rt_eventlog_replay(rt_rest(&r), hash, &log, &err);
    if (e == RATLS_OK) {
        replayed(&log, hash);
        if (len < RT_MAX_EVENT_LOG)
            pad(rt_rest(&r), hash, &log);
    } else {
        if (e != RATLS_E_EVENT_LOG || err.code != e)
            abort();
        refused(&log);
    }
    return 0;
}
