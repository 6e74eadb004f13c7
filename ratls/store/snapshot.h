/* snapshot.h - all items of a store at one moment, after every one of them, and the whole trail,
 * were compared with each other. */
#ifndef RT_SNAPSHOT_H
#define RT_SNAPSHOT_H

#include "backend.h"

struct rt_snapshot {
    struct rt_entry *items; /* sorted by identity */
    size_t n, cap;
    struct ratls_store_head head;
};

/* Between begin() and its end. `known` may be NULL. RATLS_E_STORE_TAMPERED. Fills *out, also after
 * an error: rt_snapshot_free(). */
RATLS_MUST_USE enum ratls_err rt_snapshot_load(const struct rt_backend *place, void *self,
                                               const struct ratls_store_head *known,
                                               struct rt_snapshot *out, struct ratls_error *err);
void rt_snapshot_free(struct rt_snapshot *s);

/* NULL when there is none. Version 0: the highest. */
struct rt_entry *rt_snapshot_find(const struct rt_snapshot *s, const struct ratls_store_ref *ref);
/* The highest version of this kind, tee and name; 0: none. */
int64_t rt_snapshot_highest(const struct rt_snapshot *s, const struct ratls_store_ref *ref);
/* A copy takes its place in the order; *out points to it until the next one comes. */
RATLS_MUST_USE enum ratls_err rt_snapshot_insert(struct rt_snapshot *s,
                                                 const struct ratls_store_item *item,
                                                 struct rt_entry **out);

#endif
