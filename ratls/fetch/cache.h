/* cache.h - collateral in a folder: used while fresh, renewed in time, never rolled back.
 *
 * Nothing is written that is not authentic and valid now; what the folder holds is checked as if it
 * came from the network, and a file that cannot be read or judged ends the matter. A document is
 * refused when any part of it is older than what the folder holds, also if that is out of date by
 * now: an attacker who can answer for the service gains nothing by an old answer. Does NOT protect
 * against whoever can write to the folder: he can take the newer collateral away. */
#ifndef RT_CACHE_H
#define RT_CACHE_H

#include "base.h"
#include "ratls/collateral.h"

struct rt_cache {
    const struct ratls_env *env;
    const char *directory; /* exists; NULL: no cache, fetch and check only */
    const char *name;      /* of the file in it, without ".json" */
    int64_t now;
    int64_t refresh_before_s; /* fetch when less is left; 0: a quarter of the whole life */
    /* *json is new. RATLS_E_FETCH: there was no answer; the cache may stand in. A bad answer is
     * reported instead: somebody should look. */
    enum ratls_err (*fetch)(void *arg, struct ratls_buffer *json, struct ratls_error *err);
    /* Authentic, and of the platform that is asked for? Dates are judged here. */
    enum ratls_err (*check)(void *arg, struct ratls_bytes json,
                            struct ratls_collateral_facts *facts, struct ratls_error *err);
    void *arg; /* of both */
};

/* Everything in `c` is borrowed. out->json is new, ratls_buffer_free(). What `fetch` and `check`
 * answer; RATLS_E_COLLATERAL_TIME: fetched, but not valid now; RATLS_E_COLLATERAL_ROLLBACK: older
 * than the cache, which stays; RATLS_E_IO: the folder. Several processes may share a folder. */
RATLS_MUST_USE enum ratls_err rt_cache_get(const struct rt_cache *c, struct ratls_collateral *out,
                                           struct ratls_error *err);

#endif
