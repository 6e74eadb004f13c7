/* rate.h - how often each secret may be asked for: token buckets in memory.
 *
 * A fixed table, so that no name that somebody invents makes it grow and none costs more than any
 * other. Names that share a row share its limit. */
#ifndef RT_RATE_H
#define RT_RATE_H

#include "base.h"

#define RT_RATE_ROWS 4096

struct rt_rates {
    unsigned per_minute, burst;
    struct rt_rate {
        int64_t at_ms; /* of the last look; 0: never */
        int64_t left;  /* tokens, in 1/60000: what one per minute gains in a millisecond */
        bool dry;      /* somebody was refused since there was one */
    } rows[RT_RATE_ROWS];
};

enum rt_rate_answer { RT_RATE_GRANTED, RT_RATE_DRY, RT_RATE_DRY_STILL };

/* `digest`: 8 bytes or more of a hash of the name. */
enum rt_rate_answer rt_rate_take(struct rt_rates *r, const uint8_t *digest, int64_t now_ms);

#endif
