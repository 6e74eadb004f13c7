/* What the operator does with secrets. Each is one change of the store, whole or not at all. */
#include "shelf.h"

/* ---- what all of them need ---- */

struct job {
    struct ratls_kek *kek, *to; /* `to`: of rewrapping */
    const struct ratls_secret_put *put;
    const char *name, *policy;
    int64_t version; /* in: 0 for any; out: the new one */
    bool any;        /* also what is no record */
    size_t n;        /* versions changed */
};

static enum ratls_err check_name(const char *name, struct ratls_error *err)
{
    return rt_is_name(name)
               ? RATLS_OK
               : ratls_fail(err, RATLS_E_USAGE, "a secret's name: 1 to %d letters, digits, - and _",
                            RATLS_STORE_NAME_MAX);
}

static enum ratls_err check_policy(const char *policy, struct ratls_error *err)
{
    return rt_is_name(policy)
               ? RATLS_OK
               : ratls_fail(err, RATLS_E_USAGE, "a secret needs the name of one policy");
}

static enum ratls_err not_there(const char *name, struct ratls_error *err)
{
    return ratls_fail(err, RATLS_E_NOT_FOUND, "there is no such value of secret '%s'", name);
}

/* Of every live version that the job is about. */
typedef enum ratls_err each_fn(struct rt_change *c, struct job *j, struct rt_held *held,
                               struct ratls_error *err);

static enum ratls_err for_each(struct rt_change *c, struct job *j, each_fn *fn,
                               struct ratls_error *err)
{
    enum ratls_err e = RATLS_OK;

    j->n = 0;
    for (size_t i = 0; !e && i < c->now.n; i++) {
        struct rt_entry *item = &c->now.items[i];
        struct rt_held held = {0};
        if (!rt_is_live(item, j->name) || (j->version && item->view.ref.version != j->version))
            continue;
        e = rt_held_read(item, &held, j->any ? NULL : err);
        if (!e || (j->any && e == RATLS_E_SECRET_TAMPERED))
            e = fn(c, j, &held, err);
        rt_sealed_free(&held.sealed);
    }
    return e;
}

/* ---- put and rotate ---- */

static enum ratls_err check_room(const struct rt_snapshot *now, size_t more,
                                 struct ratls_error *err)
{
    size_t n = 1, total = more;

    for (size_t i = 0; i < now->n; i++) {
        struct rt_held held = {0};
        if (!rt_is_live(&now->items[i], NULL))
            continue;
        enum ratls_err e = rt_held_read(&now->items[i], &held, err);
        total += rt_sealed_size(&held.sealed);
        n++;
        rt_sealed_free(&held.sealed);
        if (e)
            return e;
    }
    if (n > RATLS_SECRET_LIVE_MAX || total > RATLS_SECRET_TOTAL_MAX)
        return ratls_fail(err, RATLS_E_LIMIT, "a store holds %d values of %d bytes in all",
                          RATLS_SECRET_LIVE_MAX, RATLS_SECRET_TOTAL_MAX);
    return RATLS_OK;
}

static enum ratls_err seal_new(struct rt_change *c, struct job *j, struct rt_sealed *s,
                               struct ratls_buffer *body)
{
    const struct ratls_store_ref ref = rt_secret_ref(j->name, j->version);
    enum ratls_err e = rt_seal(c->store->env, j->kek, &ref, j->put->value, s);

    return e ? e : rt_sealed_write(s, body);
}

static enum ratls_err insert(struct rt_change *c, const struct ratls_store_item *item,
                             struct ratls_error *err)
{
    struct rt_entry *added;
    enum ratls_err e = rt_entry_check(item, RATLS_E_USAGE, err);

    if (!e)
        e = rt_snapshot_insert(&c->now, item, &added);
    return e ? e : rt_change_keep(c, &added->view, "add", err);
}

/* Version j->version under the policy that *s names. */
static enum ratls_err add_version(struct rt_change *c, struct job *j, struct rt_sealed *s,
                                  struct ratls_error *err)
{
    struct ratls_store_item item = {.ref = rt_secret_ref(j->name, 0),
                                    .state = rt_state_name(RT_ACTIVE),
                                    .author = j->put->author,
                                    .created = c->time,
                                    .changed = c->time};
    struct ratls_buffer body = {0};

    j->version = rt_snapshot_highest(&c->now, &item.ref) + 1;
    item.ref.version = j->version;
    enum ratls_err e = check_room(&c->now, j->put->value.len, err);
    if (!e)
        e = seal_new(c, j, s, &body);
    item.body = rt_bytes_of(&body);
    if (!e)
        e = insert(c, &item, err);
    ratls_buffer_free(&body);
    return e;
}

static void set_policy(struct rt_sealed *s, const char *name, const uint8_t digest[RT_DIGEST_LEN])
{
    memcpy(s->policy, name, strlen(name) + 1);
    memcpy(s->policy_sha256, digest, RT_DIGEST_LEN);
}

static enum ratls_err put(struct rt_change *c, void *arg, struct ratls_error *err)
{
    struct job *j = arg;
    struct rt_sealed s = {0};
    uint8_t digest[RT_DIGEST_LEN];
    enum ratls_err e = rt_policy_digest(&c->now, j->policy, c->time, digest, err);

    for (size_t i = 0; !e && i < c->now.n; i++)
        if (rt_is_live(&c->now.items[i], j->name))
            e = ratls_fail(err, RATLS_E_STATE, "secret '%s' holds a value already", j->name);
    if (e)
        return e;
    set_policy(&s, j->policy, digest);
    e = add_version(c, j, &s, err);
    rt_sealed_free(&s);
    return e;
}

static enum ratls_err supersede(struct rt_change *c, struct job *j, struct rt_held *held,
                                struct ratls_error *err)
{
    if (held->item->state != RT_ACTIVE)
        return RATLS_OK;
    held->sealed.until = c->time + j->put->overlap_s;
    return rt_keep_held(c, held, RT_SUPERSEDED, "supersede", err);
}

/* The highest live version. */
static struct rt_entry *newest_live(const struct rt_snapshot *now, const char *name)
{
    for (size_t i = now->n; i > 0; i--)
        if (rt_is_live(&now->items[i - 1], name))
            return &now->items[i - 1];
    return NULL;
}

/* Into *next: the policy asked for, or that of the version before. */
static enum ratls_err choose_policy(struct rt_change *c, const struct job *j,
                                    struct rt_sealed *next, struct ratls_error *err)
{
    struct rt_entry *before = newest_live(&c->now, j->name);
    struct rt_held held = {0};
    uint8_t digest[RT_DIGEST_LEN];

    if (!before)
        return not_there(j->name, err);
    enum ratls_err e = rt_held_read(before, &held, err);
    if (!e && !j->policy)
        e = rt_policy_current(&c->now, &held.sealed, c->time, err);
    const char *policy = j->policy ? j->policy : held.sealed.policy;
    if (!e)
        e = rt_policy_digest(&c->now, policy, c->time, digest, err);
    if (!e)
        set_policy(next, policy, digest);
    rt_sealed_free(&held.sealed);
    return e;
}

static enum ratls_err rotate(struct rt_change *c, void *arg, struct ratls_error *err)
{
    struct job *j = arg;
    struct rt_sealed s = {0};

    j->version = 0; /* that of a time before does not count */
    enum ratls_err e = choose_policy(c, j, &s, err);

    if (!e)
        e = for_each(c, j, supersede, err);
    if (!e)
        e = add_version(c, j, &s, err);
    rt_sealed_free(&s);
    return e;
}

static enum ratls_err check_put(const struct ratls_secret_put *what, struct ratls_error *err)
{
    enum ratls_err e = check_name(what->name, err);

    if (e)
        return e;
    if (what->value.len == 0 || what->value.len > RATLS_SECRET_VALUE_MAX)
        return ratls_fail(err, RATLS_E_USAGE, "a value has 1 to %d bytes", RATLS_SECRET_VALUE_MAX);
    if (what->overlap_s < 0 || what->overlap_s > RT_MAX_TIME / 2)
        return ratls_fail(err, RATLS_E_USAGE, "an overlap is no time before now");
    return what->policy ? check_policy(what->policy, err) : RATLS_OK;
}

typedef enum ratls_err work_fn(struct rt_change *c, void *arg, struct ratls_error *err);

static enum ratls_err add(struct ratls_store *s, struct job *j, work_fn *work, int64_t *version,
                          struct ratls_error *err)
{
    enum ratls_err e = check_put(j->put, err);

    *version = 0;
    j->name = j->put->name;
    j->policy = j->put->policy;
    if (!e)
        e = rt_store_change(s, j->put->author, work, j, err);
    if (!e)
        *version = j->version;
    return e;
}

enum ratls_err ratls_secret_put(struct ratls_store *s, struct ratls_kek *kek,
                                const struct ratls_secret_put *what, int64_t *version,
                                struct ratls_error *err)
{
    struct job j = {.kek = kek, .put = what};

    *version = 0;
    if (what->overlap_s)
        return ratls_fail(err, RATLS_E_USAGE, "there is nothing to overlap with");
    enum ratls_err e = check_policy(what->policy, err);
    return e ? e : add(s, &j, put, version, err);
}

enum ratls_err ratls_secret_rotate(struct ratls_store *s, struct ratls_kek *kek,
                                   const struct ratls_secret_put *what, int64_t *version,
                                   struct ratls_error *err)
{
    struct job j = {.kek = kek, .put = what};

    return add(s, &j, rotate, version, err);
}

/* ---- rebind ---- */

static enum ratls_err rebind_one(struct rt_change *c, struct job *j, struct rt_held *held,
                                 struct ratls_error *err)
{
    const struct ratls_store_ref ref = held->item->view.ref;
    const char *policy = j->policy ? j->policy : held->sealed.policy;
    struct ratls_secret_value *value = NULL;
    uint8_t digest[RT_DIGEST_LEN];
    enum ratls_err e = rt_policy_digest(&c->now, policy, c->time, digest, err);

    if (!e)
        e = rt_unseal(j->kek, &ref, &held->sealed, &value, err);
    if (e)
        return e;
    if (j->policy)
        set_policy(&held->sealed, j->policy, digest);
    memcpy(held->sealed.policy_sha256, digest, sizeof digest);
    e = rt_seal(c->store->env, j->kek, &ref, ratls_secret_value_bytes(value), &held->sealed);
    ratls_secret_value_free(value);
    if (!e)
        e = rt_keep_held(c, held, held->item->state, "rebind", err);
    j->n++;
    return e;
}

static enum ratls_err rebind(struct rt_change *c, void *arg, struct ratls_error *err)
{
    struct job *j = arg;
    enum ratls_err e = for_each(c, j, rebind_one, err);

    return !e && j->n == 0 ? not_there(j->name, err) : e;
}

/* A change after which older records shall not lie about. */
static enum ratls_err change_and_purge(struct ratls_store *s, const char *author, work_fn *work,
                                       struct job *j, struct ratls_error *err)
{
    enum ratls_err e = rt_store_change(s, author, work, j, err);

    if (!e && s->place->purge)
        s->place->purge(s->self);
    return e;
}

enum ratls_err ratls_secret_rebind(struct ratls_store *s, struct ratls_kek *kek,
                                   const struct ratls_secret_job *what, size_t *n,
                                   struct ratls_error *err)
{
    struct job j = {
        .kek = kek, .name = what->name, .version = what->version, .policy = what->policy};
    enum ratls_err e = check_name(what->name, err);

    *n = 0;
    if (!e && what->policy)
        e = check_policy(what->policy, err);
    if (!e)
        e = change_and_purge(s, what->author, rebind, &j, err);
    if (!e)
        *n = j.n;
    return e;
}

/* ---- rewrap ---- */

static enum ratls_err rewrap_one(struct rt_change *c, struct job *j, struct rt_held *held,
                                 struct ratls_error *err)
{
    const struct ratls_store_ref ref = held->item->view.ref;

    if (strcmp(held->sealed.kek, ratls_kek_id(j->to)) == 0)
        return RATLS_OK;
    const struct rt_rekey keys = {c->store->env, j->kek, j->to};
    enum ratls_err e = rt_reseal_key(&keys, &ref, &held->sealed, err);
    if (!e)
        e = rt_keep_held(c, held, held->item->state, "rewrap", err);
    j->n++;
    return e;
}

static enum ratls_err rewrap(struct rt_change *c, void *arg, struct ratls_error *err)
{
    return for_each(c, arg, rewrap_one, err);
}

enum ratls_err ratls_secret_rewrap(struct ratls_store *s, const struct ratls_secret_rewrap *what,
                                   size_t *n, struct ratls_error *err)
{
    struct job j = {.kek = what->from, .to = what->to};
    enum ratls_err e = change_and_purge(s, what->author, rewrap, &j, err);

    *n = e ? 0 : j.n;
    return e;
}

/* ---- delete ---- */

static enum ratls_err destroy_one(struct rt_change *c, struct job *j, struct rt_held *held,
                                  struct ratls_error *err)
{
    rt_sealed_free(&held->sealed);
    held->sealed.destroyed = true;
    j->n++;
    return rt_keep_held(c, held, RT_REVOKED, "destroy", err);
}

/* Also what does not open, or is no record: to be rid of it takes nothing but the right to write.
 */
static enum ratls_err destroy(struct rt_change *c, void *arg, struct ratls_error *err)
{
    struct job *j = arg;
    enum ratls_err e = for_each(c, j, destroy_one, err);

    return !e && j->n == 0 ? not_there(j->name, err) : e;
}

enum ratls_err ratls_secret_delete(struct ratls_store *s, const struct ratls_secret_job *what,
                                   size_t *n, struct ratls_error *err)
{
    struct job j = {.name = what->name, .version = what->version, .any = true};
    enum ratls_err e = check_name(what->name, err);

    *n = 0;
    if (!e && (what->version < 0 || what->version > RT_MAX_VERSION))
        e = ratls_fail(err, RATLS_E_USAGE, "a version is 1 to %d", RT_MAX_VERSION);
    if (!e)
        e = change_and_purge(s, what->author, destroy, &j, err);
    if (!e)
        *n = j.n;
    return e;
}
