/* Buckets. */
#include "peer_rate.h"

#include <stdlib.h>

#include "siphash.h"

#define FULL (INT64_C(1000) * PX_RATE_BURST)

struct px_rates {
    const struct ratls_env *env;
    uint64_t key[2];
    struct {
        int64_t milli, at_ms; /* at_ms 0: full */
    } bucket[PX_RATE_PLACES];
};

struct px_rates *px_rates_new(const struct ratls_env *env)
{
    struct px_rates *r = calloc(1, sizeof *r);

    if (!r)
        return NULL;
    r->env = env;
    if (env->random(env->arg, (uint8_t *)r->key, sizeof r->key) == 0)
        return r;
    free(r);
    return NULL;
}

void px_rates_free(struct px_rates *r)
{
    free(r);
}

bool px_rate_take(struct px_rates *r, const uint8_t asker[32])
{
    const int64_t now_ms = r->env->monotonic_ms(r->env->arg);
    uint64_t words[4];

    memcpy(words, asker, sizeof words);
    const size_t i = px_siphash(r->key, words, 4) % PX_RATE_PLACES;
    if (r->bucket[i].at_ms == 0)
        r->bucket[i].milli = FULL;
    else
        r->bucket[i].milli += (now_ms - r->bucket[i].at_ms) * PX_RATE_SECOND;
    if (r->bucket[i].milli > FULL)
        r->bucket[i].milli = FULL;
    r->bucket[i].at_ms = now_ms;
    if (r->bucket[i].milli < 1000)
        return false;
    r->bucket[i].milli -= 1000;
    return true;
}
