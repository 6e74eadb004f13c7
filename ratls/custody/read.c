/* What is said of secrets, and the operator's own way to a value. */
#include "shelf.h"

static const char *const states[] = {"active", "superseded", "deleted"};

const char *ratls_secret_state_name(enum ratls_secret_state state)
{
    return (unsigned)state < RT_COUNT(states) ? states[state] : "";
}

/* ---- facts ---- */

static enum ratls_secret_state state_of(const struct rt_entry *item)
{
    return item->state == RT_ACTIVE    ? RATLS_SECRET_ACTIVE
           : item->state == RT_REVOKED ? RATLS_SECRET_DELETED
                                       : RATLS_SECRET_SUPERSEDED;
}

static struct ratls_secret facts_of(const struct rt_snapshot *all, const struct rt_held *held,
                                    int64_t now)
{
    const struct ratls_store_item *v = &held->item->view;
    const struct rt_sealed *s = &held->sealed;
    struct ratls_secret f = {
        .name = v->ref.name,
        .version = v->ref.version,
        .state = state_of(held->item),
        .author = v->author,
        .created = v->created,
        .changed = v->changed,
        .until = s->until,
        .policy = s->policy,
        .policy_current = !s->destroyed && rt_policy_current(all, s, now, NULL) == RATLS_OK,
        .kek = s->kek,
        .size = rt_sealed_size(s),
    };

    memcpy(f.policy_sha256, s->policy_sha256, sizeof f.policy_sha256);
    return f;
}

enum ratls_err ratls_secret_each(struct ratls_store *s, const char *name,
                                 enum ratls_err (*fn)(void *arg, const struct ratls_secret *secret),
                                 void *arg, struct ratls_error *err)
{
    const int64_t time = s->env->now(s->env->arg);
    struct rt_snapshot now;
    enum ratls_err e = rt_store_load(s, NULL, &now, err);

    for (size_t i = 0; !e && i < now.n; i++) {
        struct rt_held held = {0};
        if (!rt_is_secret(&now.items[i].view.ref) ||
            (name && strcmp(now.items[i].view.ref.name, name) != 0))
            continue;
        e = rt_held_read(&now.items[i], &held, err);
        const struct ratls_secret f = facts_of(&now, &held, time);
        if (!e)
            e = fn(arg, &f);
        rt_sealed_free(&held.sealed);
    }
    rt_snapshot_free(&now);
    return e;
}

/* ---- open ---- */

struct opening {
    struct ratls_kek *kek;
    const char *name;
    int64_t version;
    struct ratls_secret_value *value;
};

static enum ratls_err open_held(struct rt_change *c, struct opening *o, struct rt_entry *item,
                                struct ratls_error *err)
{
    char subject[RT_SUBJECT_LEN];
    struct rt_held held = {0};
    enum ratls_err e = rt_held_read(item, &held, err);

    if (!e)
        e = rt_unseal(o->kek, &item->view.ref, &held.sealed, &o->value, err);
    rt_sealed_free(&held.sealed);
    rt_subject(&item->view.ref, subject);
    return e ? e
             : rt_change_append(
                   c, &(struct rt_row){.action = "open", .subject = subject, .detail = ""}, err);
}

static enum ratls_err open_one(struct rt_change *c, void *arg, struct ratls_error *err)
{
    struct opening *o = arg;

    ratls_secret_value_free(o->value); /* of a time before that did not count */
    o->value = NULL;
    struct rt_entry *item = rt_find_live(&c->now, o->name, o->version);

    if (!item)
        return ratls_fail(err, RATLS_E_NOT_FOUND, "there is no such value of secret '%s'", o->name);
    return open_held(c, o, item, err);
}

enum ratls_err ratls_secret_open(struct ratls_store *s, struct ratls_kek *kek,
                                 const struct ratls_secret_job *what,
                                 struct ratls_secret_value **out, struct ratls_error *err)
{
    struct opening o = {.kek = kek, .name = what->name, .version = what->version};
    enum ratls_err e = rt_is_name(what->name)
                           ? rt_store_change(s, what->author, open_one, &o, err)
                           : ratls_fail(err, RATLS_E_NOT_FOUND, "no secret has such a name");

    *out = NULL;
    if (e)
        ratls_secret_value_free(o.value);
    else
        *out = o.value;
    return e;
}
