/* bench.h - what the benchmarks share. */
#ifndef BENCH_H
#define BENCH_H

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "ratls/ratls.h"

static struct ratls_error err;

static inline void must(enum ratls_err e, const char *what)
{
    if (!e)
        return;
    fprintf(stderr, "%s: %s: %s\n", what, ratls_err_reason(e), err.detail);
    exit(1);
}

static inline double clock_s(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static inline double per_second(void (*run)(void *), void *arg, double seconds)
{
    double begin, spent;
    long n = 0;

    for (int i = 0; i < 3; i++) /* warm: the tables of wolfCrypt for these keys */
        run(arg);
    begin = clock_s();
    do {
        run(arg);
        n++;
        spent = clock_s() - begin;
    } while (spent < seconds);
    return (double)n / spent;
}

#endif
