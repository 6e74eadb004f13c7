/* What was used before. */
#include <stdlib.h>

#include "base.h"
#include "ratls/dpop.h"
#include "replay.h"

#define MAX_IDS    65536
#define MAX_LIFE_S 86400
#define ID_LEN     32

struct used {
    uint8_t id[ID_LEN];
    int64_t until_ms;
};

struct ratls_replay {
    const struct ratls_env *env;
    int64_t life_ms;
    size_t max, first, n;
    struct used used[]; /* a ring: oldest first */
};

enum ratls_err ratls_replay_new(const struct ratls_env *env, int64_t life_s, size_t max,
                                struct ratls_replay **out)
{
    struct ratls_replay *r;

    *out = NULL;
    if (life_s < 1 || life_s > MAX_LIFE_S || max < 1 || max > MAX_IDS)
        return RATLS_E_USAGE;
    if (!(r = calloc(1, sizeof *r + max * sizeof r->used[0])))
        return RATLS_E_NO_MEMORY;
    r->env = env;
    r->life_ms = 1000 * life_s;
    r->max = max;
    *out = r;
    return RATLS_OK;
}

void ratls_replay_free(struct ratls_replay *r)
{
    if (!r)
        return;
    rt_wipe(r, sizeof *r + r->max * sizeof r->used[0]);
    free(r);
}

int64_t rt_replay_life_s(const struct ratls_replay *r)
{
    return r->life_ms / 1000;
}

static void forget(struct ratls_replay *r, int64_t now_ms)
{
    while (r->n > 0 && r->used[r->first].until_ms < now_ms) {
        r->first = (r->first + 1) % r->max;
        r->n--;
    }
}

static bool is_known(const struct ratls_replay *r, const uint8_t id[ID_LEN])
{
    for (size_t i = 0; i < r->n; i++)
        if (memcmp(r->used[(r->first + i) % r->max].id, id, ID_LEN) == 0)
            return true;
    return false;
}

/* Kept for a whole life from now on, so that the ring is in order of its ends. */
enum ratls_err ratls_replay_take(struct ratls_replay *r, const uint8_t id[32])
{
    const int64_t now_ms = r->env->monotonic_ms(r->env->arg);

    forget(r, now_ms);
    if (is_known(r, id))
        return RATLS_E_TOKEN_REPLAYED;
    if (r->n == r->max)
        return RATLS_E_LIMIT;
    struct used *u = &r->used[(r->first + r->n++) % r->max];
    memcpy(u->id, id, ID_LEN);
    u->until_ms = now_ms + r->life_ms;
    return RATLS_OK;
}
