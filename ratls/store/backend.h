/* backend.h - a place where items and rows of the trail lie: folder, SQLite, PostgreSQL, an
 * object of an object store.
 *
 * A place keeps and gives back; it knows no rules, computes no hash and trusts nobody. Between
 * begin() and commit() or rollback() it shows one moment; with `write` nobody else writes
 * meanwhile, or commit() fails, and everything appears at once, or not at all. What a place gives
 * out is foreign: whoever asks checks it (snapshot.h). */
#ifndef RT_BACKEND_H
#define RT_BACKEND_H

#include "record.h"

#define RT_LOCK_WAIT_MS 5000 /* for other writers */

typedef enum ratls_err rt_entry_fn(void *arg, const struct ratls_store_item *item,
                                   struct ratls_error *err);
typedef enum ratls_err rt_event_fn(void *arg, const struct rt_event *event,
                                   struct ratls_error *err);

struct rt_place {
    const struct ratls_env *env;
    const char *where; /* what follows the scheme; of a server all of the URL */
    enum ratls_store_access access;
};

struct rt_backend {
    /* *self is new: close(). Looks after its own integrity and brings its layout up to date. */
    enum ratls_err (*open)(const struct rt_place *place, void **self, struct ratls_error *err);
    void (*close)(void *self);
    enum ratls_err (*begin)(void *self, bool write, struct ratls_error *err);
    enum ratls_err (*commit)(void *self, struct ratls_error *err); /* failed: as rollback() */
    void (*rollback)(void *self);
    /* The commit() that just failed did so because somebody else wrote since begin(): all of it,
     * from begin() on, may succeed the next time. NULL: others wait instead. */
    bool (*overtaken)(void *self);

    /* Only between begin() and its end. Items come in any order, rows by number. */
    enum ratls_err (*items)(void *self, rt_entry_fn *fn, void *arg, struct ratls_error *err);
    enum ratls_err (*events)(void *self, int64_t from_seq, rt_event_fn *fn, void *arg,
                             struct ratls_error *err);
    enum ratls_err (*append)(void *self, const struct rt_event *event, struct ratls_error *err);
    /* `seq` is that of the row just appended. */
    enum ratls_err (*put)(void *self, const struct ratls_store_item *item, int64_t seq, bool is_new,
                          struct ratls_error *err);

    /* At any time. */
    enum ratls_err (*head)(void *self, struct ratls_store_head *head, struct ratls_error *err);
    enum ratls_err (*check)(void *self, struct ratls_error *err); /* outside of begin() */
    /* What no item holds any more shall not lie about, as far as the place can help it. NULL: it
     * cannot, or nothing does. Outside of begin(). */
    void (*purge)(void *self);
};

extern const struct rt_backend rt_folder, rt_sqlite, rt_postgres, rt_s3;

#endif
