#include "shelf.h"

enum ratls_err rt_held_read(struct rt_entry *item, struct rt_held *out, struct ratls_error *err)
{
    out->item = item;
    enum ratls_err e = rt_sealed_read(item->view.body, &out->sealed, err);

    if (!e && out->sealed.destroyed != (item->state == RT_REVOKED))
        e = ratls_fail(err, RATLS_E_SECRET_TAMPERED, "%s: a value where none is due, or none",
                       item->view.ref.name);
    return e;
}

/* ---- finding ---- */

struct ratls_store_ref rt_secret_ref(const char *name, int64_t version)
{
    return (struct ratls_store_ref){.kind = RT_SECRET, .tee = "", .name = name, .version = version};
}

bool rt_is_live(const struct rt_entry *item, const char *name)
{
    return rt_is_secret(&item->view.ref) && item->state != RT_REVOKED &&
           (!name || strcmp(item->view.ref.name, name) == 0);
}

struct rt_entry *rt_find_live(const struct rt_snapshot *now, const char *name, int64_t version)
{
    for (size_t i = now->n; i > 0; i--) {
        struct rt_entry *item = &now->items[i - 1];
        if (rt_is_live(item, name) &&
            (version ? item->view.ref.version == version : item->state == RT_ACTIVE))
            return item;
    }
    return NULL;
}

bool rt_is_released(const struct rt_held *held, int64_t now)
{
    return held->item->state == RT_ACTIVE ||
           (held->item->state == RT_SUPERSEDED && now < held->sealed.until);
}

/* ---- policies ---- */

/* As the core chooses it (ratls_trust_use_policy): the highest version that counts. */
static const struct rt_entry *find_policy(const struct rt_snapshot *all, const char *name,
                                          int64_t now)
{
    for (size_t i = all->n; i > 0; i--) {
        const struct rt_entry *item = &all->items[i - 1];
        const struct ratls_store_item *v = &item->view;
        if (strcmp(v->ref.kind, "policy") == 0 && strcmp(v->ref.name, name) == 0 &&
            item->state == RT_ACTIVE && now >= v->not_before &&
            (v->not_after == 0 || now <= v->not_after))
            return item;
    }
    return NULL;
}

enum ratls_err rt_policy_digest(const struct rt_snapshot *all, const char *name, int64_t now,
                                uint8_t out[RT_DIGEST_LEN], struct ratls_error *err)
{
    const struct rt_entry *policy = find_policy(all, name, now);

    if (!policy)
        return ratls_fail(err, RATLS_E_NO_POLICY, "there is no active policy '%s'", name);
    return rt_sha256(policy->view.body, out);
}

enum ratls_err rt_policy_current(const struct rt_snapshot *all, const struct rt_sealed *s,
                                 int64_t now, struct ratls_error *err)
{
    uint8_t digest[RT_DIGEST_LEN];
    enum ratls_err e = rt_policy_digest(all, s->policy, now, digest, err);

    if (!e && memcmp(digest, s->policy_sha256, sizeof digest) != 0)
        e = ratls_fail(err, RATLS_E_POLICY_CHANGED,
                       "policy '%s' is not what the secret was bound to: bind it anew", s->policy);
    return e;
}

/* ---- keeping ---- */

enum ratls_err rt_keep_held(struct rt_change *c, const struct rt_held *held, enum rt_state state,
                            const char *action, struct ratls_error *err)
{
    struct ratls_store_item next = held->item->view;
    struct ratls_buffer body = {0};
    struct rt_entry copy = {0};
    enum ratls_err e = rt_sealed_write(&held->sealed, &body);

    next.body = rt_bytes_of(&body);
    next.state = rt_state_name(state);
    next.changed = c->time;
    if (!e)
        e = rt_entry_copy(&next, &copy);
    ratls_buffer_free(&body);
    if (e)
        return e;
    rt_entry_free(held->item);
    *held->item = copy;
    return rt_change_keep(c, &held->item->view, action, err);
}
