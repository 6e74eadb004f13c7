/* store_impl.h - one change of a store: rules, item, row of the trail, all or nothing. For the
 * rooms of libratls-store. */
#ifndef RT_STORE_IMPL_H
#define RT_STORE_IMPL_H

#include "rules.h"
#include "snapshot.h"

struct ratls_store {
    const struct ratls_env *env;
    const struct rt_backend *place;
    void *self; /* of `place` */
    enum ratls_store_access access;
};

struct rt_change {
    struct ratls_store *store;
    struct rt_snapshot now;
    int64_t time;
    const char *author; /* of the rows of the trail */
};

/* All items of one moment, compared with the trail. Fills *out, also after an error:
 * rt_snapshot_free(). */
RATLS_MUST_USE enum ratls_err rt_store_load(struct ratls_store *s,
                                            const struct ratls_store_head *known,
                                            struct rt_snapshot *out, struct ratls_error *err);
/* For changes that do not begin with all items: nobody else writes until the end, which keeps
 * everything if `e` is RATLS_OK, else nothing. */
RATLS_MUST_USE enum ratls_err rt_store_begin(struct ratls_store *s, const char *author,
                                             struct ratls_error *err);
RATLS_MUST_USE enum ratls_err rt_store_end(struct ratls_store *s, enum ratls_err e,
                                           struct ratls_error *err);
/* rt_store_end() failed: somebody else was faster, and the change is to be made anew, from
 * rt_store_begin() on. Waits a little, every time longer; false when it is not so, or when the
 * patience, {0} at first, is at its end. True empties *err. */
struct rt_patience {
    int64_t until_ms;
    unsigned tries;
};
RATLS_MUST_USE bool rt_store_again(const struct ratls_store *s, enum ratls_err e,
                                   struct rt_patience *p, struct ratls_error *err);
/* Begins, loads and checks everything, calls `work`, and commits when that answered RATLS_OK. All
 * of it again when somebody else was faster: `work` leaves nothing in `arg` that it could not meet.
 */
RATLS_MUST_USE enum ratls_err rt_store_change(struct ratls_store *s, const char *author,
                                              enum ratls_err (*work)(struct rt_change *c, void *arg,
                                                                     struct ratls_error *err),
                                              void *arg, struct ratls_error *err);

/* For `work`. A new item, after the rules that hold for all of them: shape, body, revoked
 * measurements. `body` is in normal form. */
RATLS_MUST_USE enum ratls_err
rt_change_add(struct rt_change *c, const struct ratls_store_item *item, struct ratls_error *err);
/* The item moves on to this state, which the caller found right. */
RATLS_MUST_USE enum ratls_err rt_change_state(struct rt_change *c, struct rt_entry *item,
                                              enum rt_state to, struct ratls_error *err);
/* An item of the snapshot with its row; "add" is the action of new ones, and of those alone. Of the
 * others state, `changed` and body are kept. */
RATLS_MUST_USE enum ratls_err rt_change_keep(struct rt_change *c,
                                             const struct ratls_store_item *item,
                                             const char *action, struct ratls_error *err);
/* A row of the trail: subject and detail are given. */
struct rt_row {
    const char *action, *subject, *detail;
    const struct ratls_store_item *item; /* NULL: about none */
};
RATLS_MUST_USE enum ratls_err rt_change_append(struct rt_change *c, const struct rt_row *row,
                                               struct ratls_error *err);

#endif
