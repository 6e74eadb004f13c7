/* stores.h - the stores that services name, as their watcher sees them.
 *
 * libratls-store is loaded only when a service has a store: where there is none, no database client
 * is in the process. Each store stays open, for reading; a look costs one small read while nothing
 * changes. What a store gives out counts as a file named "store:" and its URL.
 * A store that fails keeps the document it gave last, and so does one that went back: its trail
 * must hold the end that was seen before (RATLS_E_ROLLBACK).
 * Every call blocks as long as the store does. Thread rule: one thread at a time. */
#ifndef PX_STORES_H
#define PX_STORES_H

#include "config.h"
#include "files.h"
#include "ratls/store.h"

#define PX_STORE_PREFIX "store:"

/* libratls-store, or what stands for it in a test. */
struct px_store_library {
    enum ratls_err (*open)(const struct ratls_env *env, const char *url,
                           enum ratls_store_access access, struct ratls_store **out,
                           struct ratls_error *err);
    void (*close)(struct ratls_store *s);
    enum ratls_err (*head)(struct ratls_store *s, struct ratls_store_head *head,
                           struct ratls_error *err);
    enum ratls_err (*check)(struct ratls_store *s, const struct ratls_store_head *known,
                            struct ratls_error *err);
    enum ratls_err (*document)(struct ratls_store *s, struct ratls_buffer *out,
                               struct ratls_error *err);
};

struct px_stores;

/* Every store of the configuration (borrowed, as `env`), none of them open yet; `library` NULL:
 * libratls-store, loaded now if there is a store. RATLS_E_UNSUPPORTED when it cannot be loaded. */
RATLS_MUST_USE enum ratls_err px_stores_new(const struct px_config *c, const struct ratls_env *env,
                                            const struct px_store_library *library,
                                            struct px_stores **out, struct ratls_error *err);
void px_stores_free(struct px_stores *s); /* NULL is legal */

/* What was seen of each store, for those who read the same ones after us. */
struct px_store_marks {
    size_t n;
    struct {
        char *url;
        struct ratls_store_head known; /* the last end of its trail that was good */
    } of[PX_MAX_SERVICES];
};
/* *out is new (px_store_marks_free). RATLS_E_NO_MEMORY. */
RATLS_MUST_USE enum ratls_err px_stores_marks(const struct px_stores *s,
                                              struct px_store_marks **out);
void px_store_marks_free(struct px_store_marks *m); /* NULL is legal */
/* Before the first look: a store that does not hold what was seen of it went back. */
void px_stores_remember(struct px_stores *s, const struct px_store_marks *m);

enum px_store_news {
    PX_STORE_SAME,
    PX_STORE_CHANGED, /* there is another document, or the store is back */
    PX_STORE_FAILED,  /* in another way than before; *err says how */
    PX_STORE_NONE,    /* no i-th store */
};
/* A look at the i-th store. `asked`: a failure is told even if it was told before. */
enum px_store_news px_stores_look(struct px_stores *s, size_t i, bool asked,
                                  struct ratls_error *err);
/* The last document of each store. RATLS_E_STORE: one has given none yet. */
RATLS_MUST_USE enum ratls_err px_stores_add(const struct px_stores *s, struct px_files *files);

#endif
