/* peer_rate.h - how often the owner of a key, or who comes from an address, may ask.
 *
 * A hash table of buckets: those of one place share it. The hash is keyed, so that nobody can look
 * for a key that shares the bucket of another. */
#ifndef PX_PEER_RATE_H
#define PX_PEER_RATE_H

#include "ratls/ratls.h"

#define PX_RATE_BURST  50
#define PX_RATE_SECOND 10
#define PX_RATE_PLACES 1024

struct px_rates;

/* env is borrowed for its life. NULL: no memory or randomness. */
struct px_rates *px_rates_new(const struct ratls_env *env);
void px_rates_free(struct px_rates *r); /* NULL is legal */
/* False: too often. */
RATLS_MUST_USE bool px_rate_take(struct px_rates *r, const uint8_t asker[32]);

#endif
