#include "opa_cache.h"

#include <string.h>

static size_t row_of(const struct ratls_policy_key *key)
{
    return key->sha256[0] % PX_OPA_CACHE_ROWS;
}

static bool is_over(const struct px_moment *until, const struct px_moment *now)
{
    return now->now_s >= until->now_s || now->monotonic_ms >= until->monotonic_ms;
}

/* A clock that was set back must not make entries live longer. */
static bool is_ahead(const struct px_moment *until, const struct px_moment *now)
{
    return until->now_s - now->now_s > PX_OPA_CACHE_S;
}

bool px_opa_cache_has(const struct px_opa_cache *c, const struct ratls_policy_key *key,
                      const struct px_moment *now)
{
    for (size_t i = 0; i < PX_OPA_CACHE_WAYS; i++)
        if (memcmp(c->rows[row_of(key)][i].sha256, key->sha256, sizeof key->sha256) == 0)
            return !is_over(&c->rows[row_of(key)][i].until, now) &&
                   !is_ahead(&c->rows[row_of(key)][i].until, now) && key->expires > now->now_s;
    return false;
}

/* The place of this key, else the one whose entry ends first. */
static size_t place_of(const struct px_opa_cache *c, const struct ratls_policy_key *key)
{
    size_t first = 0;

    for (size_t i = 0; i < PX_OPA_CACHE_WAYS; i++) {
        if (memcmp(c->rows[row_of(key)][i].sha256, key->sha256, sizeof key->sha256) == 0)
            return i;
        if (c->rows[row_of(key)][i].until.monotonic_ms <
            c->rows[row_of(key)][first].until.monotonic_ms)
            first = i;
    }
    return first;
}

void px_opa_cache_add(struct px_opa_cache *c, const struct ratls_policy_key *key,
                      const struct px_moment *now)
{
    int64_t until = now->now_s + PX_OPA_CACHE_S;
    size_t i = place_of(c, key);

    if (key->expires < until)
        until = key->expires;
    memcpy(c->rows[row_of(key)][i].sha256, key->sha256, sizeof key->sha256);
    c->rows[row_of(key)][i].until =
        (struct px_moment){until, now->monotonic_ms + INT64_C(1000) * PX_OPA_CACHE_S};
}
