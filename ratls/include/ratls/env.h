/* ratls/env.h - the outside world, as the library sees it.
 *
 * Time, randomness and files come in through this table, so that old evidence verifies at its own
 * time, tests inject every fault, and a sandboxed process resolves names without a file system.
 * The library opens no socket but in ratls_collateral_get(), and reads no environment variable.
 *
 * Ownership: a `struct ratls_env` is borrowed by every object made with it and must outlive them.
 * Thread rule: the callbacks may be called from any thread that uses the library. */
#ifndef RATLS_ENV_H
#define RATLS_ENV_H

#include "ratls/bytes.h"
#include "ratls/error.h"

enum ratls_log_level { RATLS_LOG_ERROR, RATLS_LOG_WARNING, RATLS_LOG_INFO, RATLS_LOG_DEBUG };

/* A new buffer made by the library or a callback: free with ratls_buffer_free(). */
struct ratls_buffer {
    uint8_t *p;
    size_t len;
};

struct ratls_env {
    void *arg; /* first argument of every callback */

    /* Wall clock, seconds since 1970 UTC. Only dates and evidence age are judged by it. */
    int64_t (*now)(void *arg);

    /* Monotonic clock, milliseconds. Timers run on it. */
    int64_t (*monotonic_ms)(void *arg);

    /* Fill `len` bytes with unpredictable bytes; 0 = done, anything else = failure. */
    int (*random)(void *arg, uint8_t *out, size_t len);

    /* Read a whole file of at most `max` bytes into a new buffer (malloc). RATLS_E_IO if it cannot
     * be read, RATLS_E_LIMIT if it is larger. */
    enum ratls_err (*read_file)(void *arg, const char *path, size_t max, struct ratls_buffer *out);

    /* One line, without newline; may be NULL. Never contains secrets. */
    void (*log)(void *arg, enum ratls_log_level level, const char *line);

    /* Names of the files of a folder that end in `ending`, sorted, each followed by a newline, in a
     * new buffer. RATLS_E_IO when `path` is no folder or cannot be read. NULL: there are no
     * folders.
     */
    enum ratls_err (*list_files)(void *arg, const char *path, const char *ending,
                                 struct ratls_buffer *names);
};

/* The real clock, getrandom(2) and the file system. Borrowed, valid for ever. */
RATLS_API const struct ratls_env *ratls_env_system(void);

/* Wipe and free; legal on a zeroed buffer. */
RATLS_API void ratls_buffer_free(struct ratls_buffer *b);

#endif
