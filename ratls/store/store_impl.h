/* store_impl.h - one change of a store: rules, item, row of the trail, all or nothing. */
#ifndef RT_STORE_IMPL_H
#define RT_STORE_IMPL_H

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

/* Begins, loads and checks everything, calls `work`, and commits when that answered RATLS_OK. */
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
/* A row of the trail: subject and detail are given. */
struct rt_row {
    const char *action, *subject, *detail;
    const struct ratls_store_item *item; /* NULL: about none */
};
RATLS_MUST_USE enum ratls_err rt_change_append(struct rt_change *c, const struct rt_row *row,
                                               struct ratls_error *err);

#endif
