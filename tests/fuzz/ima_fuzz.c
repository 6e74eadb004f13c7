/* Any bytes as an IMA list. The first byte chooses the register and the hash. What is replayed
 * matches itself and was shown entry by entry; what is refused matches nothing. */
#include <stdlib.h>

#include "ima.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

struct seen {
    size_t n, n_violations;
};

static enum ratls_err see(void *arg, struct ratls_bytes digest, struct ratls_bytes path)
{
    struct seen *s = arg;

    if (path.len == 0 || path.len > RT_MAX_IMA_PATH || memchr(path.p, 0, path.len) ||
        digest.len > RT_SHA512_LEN || (digest.len > 0 && digest.len < 20))
        abort();
    s->n++;
    s->n_violations += digest.p == NULL;
    return RATLS_OK;
}

static void refused(const struct rt_ima_log *log)
{
    static const uint8_t zeros[RT_SHA512_LEN];

    for (size_t len = 0; len <= sizeof zeros; len++)
        if (rt_ima_matches(log, ratls_bytes(zeros, len)))
            abort();
}

static void replayed(const struct rt_ima_log *log, const struct seen *seen, enum rt_hash hash)
{
    if (log->digest_len != rt_hash_len(hash) || log->n_entries != seen->n || seen->n == 0 ||
        log->n_entries > RT_MAX_EVENTS || log->n_violations != seen->n_violations ||
        rt_all_zero(log->value, log->digest_len) ||
        !rt_ima_matches(log, ratls_bytes(log->value, log->digest_len)))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const enum rt_hash hashes[] = {RT_SHA256, RT_SHA384, RT_SHA512};
    struct rt_reader r = rt_reader(ratls_bytes(bytes, len));
    uint8_t choice = rt_u8(&r);
    struct seen seen = {0};
    const struct rt_ima_rules rules = {choice / RT_COUNT(hashes) % 24,
                                       hashes[choice % RT_COUNT(hashes)], see, &seen};
    struct rt_ima_log log;
    struct ratls_error err = {0};

    enum ratls_err e = rt_ima_replay(rt_rest(&r), &rules, &log, &err);
    if (e == RATLS_OK) {
        replayed(&log, &seen, rules.hash);
        return 0;
    }
    if (e != RATLS_E_EVENT_LOG || err.code != e)
        abort();
    refused(&log);
    return 0;
}
