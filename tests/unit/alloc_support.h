/* alloc_support.h - the n-th allocation fails, for each n, in the library and in wolfSSL and cJSON
 * below it; for the tests that nothing crashes, leaks or is allowed then. Replaces malloc() of the
 * whole program, which a sanitizer owns: WITHOUT_ALLOC is defined instead. */
#ifndef ALLOC_SUPPORT_H
#define ALLOC_SUPPORT_H

#include <criterion/criterion.h>
#include <stdint.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define WITHOUT_ALLOC
#else

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
void __libc_free(void *p);

/* Of the thread that runs the test: the attester's threads are no part of it. */
static _Thread_local bool armed;
static _Thread_local long made, failing;

static enum {
    ONCE,
    FOR_EVER,  /* also all that follow */
    OURS_ONCE, /* of those that this library asks for itself */
} mode;

/* The program's own code; the TLS library's lies elsewhere. */
extern const char __executable_start, etext;

static bool refuse(const void *caller)
{
    const char *at = (const char *)caller;

    if (!armed || (mode == OURS_ONCE && (at < &__executable_start || at >= &etext)))
        return false;
    made++;
    return mode == FOR_EVER ? made >= failing : made == failing;
}

/* What was asked for while armed and is still held. */
#define SLOTS (1 << 16)
static _Thread_local bool watching;
static void *held[SLOTS];
static size_t n_held;

static size_t slot_of(const void *p)
{
    return ((uintptr_t)p >> 4) * 2654435761U % SLOTS;
}

static void *keep(void *p)
{
    size_t i = slot_of(p);

    if (!armed || !p)
        return p;
    while (held[i])
        i = (i + 1) % SLOTS;
    held[i] = p;
    n_held++;
    return p;
}

/* Those behind move up, so that every search may end at an empty slot. */
static void forget(const void *p)
{
    size_t i = slot_of(p);

    if (!watching || !p)
        return;
    while (held[i] && held[i] != p)
        i = (i + 1) % SLOTS;
    if (!held[i])
        return;
    n_held--;
    for (size_t k = (i + 1) % SLOTS; held[k]; k = (k + 1) % SLOTS) {
        if ((k + SLOTS - slot_of(held[k])) % SLOTS >= (k + SLOTS - i) % SLOTS) {
            held[i] = held[k];
            i = k;
        }
    }
    held[i] = NULL;
}

#define REPLACES __attribute__((visibility("default")))

REPLACES void *malloc(size_t n)
{
    return refuse(__builtin_return_address(0)) ? NULL : keep(__libc_malloc(n));
}

REPLACES void *calloc(size_t n, size_t size)
{
    return refuse(__builtin_return_address(0)) ? NULL : keep(__libc_calloc(n, size));
}

REPLACES void *realloc(void *p, size_t n)
{
    if (refuse(__builtin_return_address(0)))
        return NULL;
    forget(p);
    return keep(__libc_realloc(p, n));
}

REPLACES void free(void *p)
{
    forget(p);
    __libc_free(p);
}

/* At most this many runs, spread over all n. */
#ifndef RUNS
#define RUNS 700
#endif
#define WARM  50 /* until the library's cache of curve points is full */
#define NEVER (1L << 40)

/* `work` under failure of each n; it asserts for itself, and says whether it succeeded. What the
 * libraries below lose when their own allocations fail is theirs. */
static void fail_each(bool (*work)(void), int how)
{
    long total, step;

    mode = how;
    watching = true;
    failing = NEVER;
    for (int i = 0; i < WARM; i++) {
        made = 0;
        cr_assert(work());
    }
    total = made;
    cr_assert_gt(total, 0);
    step = total / RUNS + 1;
    const size_t before = n_held;
    for (failing = 1; failing <= total; failing += step) {
        made = 0;
        (void)work();
    }
    failing = NEVER;
    cr_expect(work());
    if (mode == OURS_ONCE)
        cr_expect_eq(n_held, before, "%zu blocks of %ld failures are still held", n_held - before,
                     total / step);
}

#endif
#endif
