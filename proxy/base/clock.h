/* clock.h - milliseconds of the monotonic clock, and what libevent makes of them. */
#ifndef PX_CLOCK_H
#define PX_CLOCK_H

#include <sys/time.h>

#include "ratls/env.h"

static inline int64_t px_now_ms(void)
{
    const struct ratls_env *env = ratls_env_system();

    return env->monotonic_ms(env->arg);
}

static inline struct timeval px_timeval(int64_t ms)
{
    return (struct timeval){.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
}

#endif
