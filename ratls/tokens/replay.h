/* replay.h - the inside of a memory of what was used. */
#ifndef RT_REPLAY_H
#define RT_REPLAY_H

#include "ratls/dpop.h"

int64_t rt_replay_life_s(const struct ratls_replay *r);

#endif
