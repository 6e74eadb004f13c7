/* shelf.h - secrets as items of a store: where they are, and how a change of one is kept. */
#ifndef RT_SHELF_H
#define RT_SHELF_H

#include "sealed.h"

/* One version, read. */
struct rt_held {
    struct rt_entry *item; /* of the snapshot */
    struct rt_sealed sealed;
};
/* Fills *out, also after an error: rt_sealed_free(&out->sealed). */
RATLS_MUST_USE enum ratls_err rt_held_read(struct rt_entry *item, struct rt_held *out,
                                           struct ratls_error *err);

/* Identity of a secret; version 0 is no version. */
struct ratls_store_ref rt_secret_ref(const char *name, int64_t version);
/* It is one, of this name (NULL: any), and holds a value. */
bool rt_is_live(const struct rt_entry *item, const char *name);
/* The live version with this number; 0: the active one. NULL: there is none. */
struct rt_entry *rt_find_live(const struct rt_snapshot *now, const char *name, int64_t version);
/* Released at this moment: the active one, and superseded ones before their end. */
bool rt_is_released(const struct rt_held *held, int64_t now);

/* The digest of the content of a policy as it counts at `now`. RATLS_E_NO_POLICY. */
RATLS_MUST_USE enum ratls_err rt_policy_digest(const struct rt_snapshot *all, const char *name,
                                               int64_t now, uint8_t out[RT_DIGEST_LEN],
                                               struct ratls_error *err);
/* A policy that is there, with the content the record was bound to: else RATLS_E_POLICY_CHANGED. */
RATLS_MUST_USE enum ratls_err rt_policy_current(const struct rt_snapshot *all,
                                                const struct rt_sealed *s, int64_t now,
                                                struct ratls_error *err);

/* `held` with its record as it is now goes on in this state, with a row of this action. */
RATLS_MUST_USE enum ratls_err rt_keep_held(struct rt_change *c, const struct rt_held *held,
                                           enum rt_state state, const char *action,
                                           struct ratls_error *err);

#endif
