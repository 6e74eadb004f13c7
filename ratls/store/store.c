#include "ratls/store.h"

#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "document.h"
#include "rules.h"
#include "store_impl.h"

/* Not longer than others hold a lock. */
#define RT_OVERTAKEN_MS 10000

enum { MAX_DOUBLED = 6 }; /* 8 to 512 ms */

/* ---- open and close ---- */

static const struct scheme {
    const char *prefix;
    const struct rt_backend *place;
    bool keeps_prefix; /* is part of what the place wants to see */
} schemes[] = {
    {"folder:", &rt_folder, false},        {"sqlite:", &rt_sqlite, false},
    {"postgresql://", &rt_postgres, true}, {"postgres://", &rt_postgres, true},
    {"s3+https://", &rt_s3, true},         {"s3+http://", &rt_s3, true},
};

/* What every SQLite file begins with ("Database File Format", 1.3). */
static bool is_sqlite_file(const char *path)
{
    static const char magic[16] = "SQLite format 3";
    char head[16] = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0)
        return false;
    ssize_t n = read(fd, head, sizeof head);
    (void)close(fd);
    return n == (ssize_t)sizeof head && memcmp(head, magic, sizeof head) == 0;
}

/* NULL for a scheme that is none of ours. An error must not repeat the URL: it may hold a password.
 */
static const struct rt_backend *place_of(const char *url, const char **where)
{
    *where = url;
    for (size_t i = 0; i < RT_COUNT(schemes); i++) {
        size_t len = strlen(schemes[i].prefix);
        if (strncmp(url, schemes[i].prefix, len) != 0)
            continue;
        if (!schemes[i].keeps_prefix)
            *where = url + len;
        return schemes[i].place;
    }
    if (strchr(url, ':') && *url != '/' && *url != '.')
        return NULL;
    return is_sqlite_file(url) ? &rt_sqlite : &rt_folder;
}

enum ratls_err ratls_store_open(const struct ratls_env *env, const char *url,
                                enum ratls_store_access access, struct ratls_store **out,
                                struct ratls_error *err)
{
    struct rt_place place = {.env = env, .access = access};
    struct ratls_store *s = NULL;

    *out = NULL;
    const struct rt_backend *backend = url ? place_of(url, &place.where) : NULL;
    if (!backend || !*place.where)
        return ratls_fail(err, RATLS_E_USAGE,
                          "a store is a folder, folder:PATH, sqlite:PATH, postgresql://... or"
                          " s3+https://...");
    if (!(s = malloc(sizeof *s)))
        return RATLS_E_NO_MEMORY;
    *s = (struct ratls_store){.env = env, .place = backend, .access = access};
    enum ratls_err e = backend->open(&place, &s->self, err);
    if (e) {
        free(s);
        return e;
    }
    *out = s;
    return RATLS_OK;
}

void ratls_store_close(struct ratls_store *s)
{
    if (!s)
        return;
    s->place->close(s->self);
    free(s);
}

/* ---- changes ---- */

enum ratls_err rt_store_begin(struct ratls_store *s, const char *author, struct ratls_error *err)
{
    if (!rt_is_author(author))
        return ratls_fail(err, RATLS_E_USAGE, "'author': 1 to %d printable characters",
                          RATLS_STORE_AUTHOR_MAX);
    if (s->access == RATLS_STORE_READ)
        return ratls_fail(err, RATLS_E_STORE_DENIED, "the store was opened for reading");
    return s->place->begin(s->self, true, err);
}

enum ratls_err rt_store_end(struct ratls_store *s, enum ratls_err e, struct ratls_error *err)
{
    if (!e)
        return s->place->commit(s->self, err);
    s->place->rollback(s->self);
    return e;
}

/* Half of the time by chance, so that two do not meet again and again. */
bool rt_store_again(const struct ratls_store *s, enum ratls_err e, struct rt_patience *p,
                    struct ratls_error *err)
{
    const int64_t now_ms = s->env->monotonic_ms(s->env->arg);
    uint8_t chance = 0;

    if (!e || !s->place->overtaken || !s->place->overtaken(s->self))
        return false;
    if (p->tries == 0)
        p->until_ms = now_ms + RT_OVERTAKEN_MS;
    if (now_ms >= p->until_ms || s->env->random(s->env->arg, &chance, sizeof chance) != 0)
        return false;
    const int64_t most_ms = (int64_t)8 << (p->tries < MAX_DOUBLED ? p->tries : MAX_DOUBLED);
    const int64_t wait_ms = most_ms / 2 + most_ms * chance / 512;
    const struct timespec pause = {.tv_sec = wait_ms / 1000, .tv_nsec = wait_ms % 1000 * 1000000L};
    (void)nanosleep(&pause, NULL);
    p->tries++;
    if (err)
        *err = (struct ratls_error){0};
    return true;
}

typedef enum ratls_err work_fn(struct rt_change *c, void *arg, struct ratls_error *err);

static enum ratls_err change_once(struct ratls_store *s, const char *author, work_fn *work,
                                  void *arg, struct ratls_error *err)
{
    struct rt_change c = {.store = s, .time = s->env->now(s->env->arg), .author = author};
    enum ratls_err e = rt_store_begin(s, author, err);

    if (e)
        return e;
    e = rt_snapshot_load(s->place, s->self, NULL, &c.now, err);
    if (!e)
        e = work(&c, arg, err);
    rt_snapshot_free(&c.now);
    return rt_store_end(s, e, err);
}

enum ratls_err rt_store_change(struct ratls_store *s, const char *author, work_fn *work, void *arg,
                               struct ratls_error *err)
{
    struct rt_patience patience = {0};
    enum ratls_err e;

    do
        e = change_once(s, author, work, arg, err);
    while (rt_store_again(s, e, &patience, err));
    return e;
}

enum ratls_err rt_change_append(struct rt_change *c, const struct rt_row *row,
                                struct ratls_error *err)
{
    struct ratls_store *s = c->store;
    struct ratls_store_head *head = &c->now.head;
    struct rt_event event = {.view = {.seq = head->seq + 1,
                                      .time = c->time,
                                      .author = c->author,
                                      .action = row->action,
                                      .subject = row->subject,
                                      .detail = row->detail},
                             .has_digest = row->item != NULL};
    enum ratls_err e = row->item ? rt_entry_digest(row->item, event.digest) : RATLS_OK;

    if (!e && !rt_event_fits(&event))
        e = ratls_fail(err, RATLS_E_USAGE, "this does not fit into a row of the trail");
    if (!e)
        e = rt_event_hash(&event, head->hash, event.view.hash);
    if (!e)
        e = s->place->append(s->self, &event, err);
    if (!e) {
        head->seq = event.view.seq;
        memcpy(head->hash, event.view.hash, sizeof head->hash);
    }
    return e;
}

enum ratls_err rt_change_keep(struct rt_change *c, const struct ratls_store_item *item,
                              const char *action, struct ratls_error *err)
{
    const bool is_new = strcmp(action, "add") == 0;
    char subject[RT_SUBJECT_LEN];

    rt_subject(&item->ref, subject);
    enum ratls_err e = rt_change_append(
        c,
        &(struct rt_row){.action = action, .subject = subject, .detail = item->state, .item = item},
        err);
    if (!e)
        e = c->store->place->put(c->store->self, item, c->now.head.seq, is_new, err);
    return e;
}

enum ratls_err rt_change_add(struct rt_change *c, const struct ratls_store_item *item,
                             struct ratls_error *err)
{
    enum rt_state state = RT_DRAFT;
    struct rt_entry *added;
    enum ratls_err e = rt_entry_check(item, RATLS_E_TRUST_FORMAT, err);

    if (!e)
        e = rt_rule_valid(c->store->env, item, err);
    if (!e && rt_state_of(item->state, &state) && state != RT_REVOKED)
        e = rt_rule_not_revoked(&c->now, item, err);
    if (!e)
        e = rt_snapshot_insert(&c->now, item, &added);
    return e ? e : rt_change_keep(c, &added->view, "add", err);
}

enum ratls_err rt_change_state(struct rt_change *c, struct rt_entry *item, enum rt_state to,
                               struct ratls_error *err)
{
    static const char *const actions[] = {"", "activate", "supersede", "revoke"};
    enum ratls_err e = to == RT_ACTIVE ? rt_rule_not_revoked(&c->now, &item->view, err) : RATLS_OK;

    if (e)
        return e;
    rt_entry_set_state(item, to, c->time);
    return rt_change_keep(c, &item->view, actions[to], err);
}

/* ---- add ---- */

struct additions {
    struct ratls_store_item *items; /* copies; bodies are owned, in normal form */
    size_t n;
};

static void additions_free(struct additions *all)
{
    for (size_t i = 0; i < all->n; i++) {
        struct ratls_buffer body = {.p = (uint8_t *)all->items[i].body.p,
                                    .len = all->items[i].body.len};
        ratls_buffer_free(&body);
    }
    free(all->items);
}

static enum ratls_err add(struct rt_change *c, void *arg, struct ratls_error *err)
{
    const struct additions *all = arg;
    enum ratls_err e = RATLS_OK;

    for (size_t i = 0; i < all->n && !e; i++) {
        struct ratls_store_item *item = &all->items[i];

        item->created = c->time;
        item->changed = c->time;
        c->author = item->author;
        e = rt_rule_newest(&c->now, &item->ref, err);
        if (!e)
            e = rt_change_add(c, item, err);
    }
    return e ? e : rt_rule_fits(c->store->env, &c->now, err);
}

static enum ratls_err check_new_state(const struct ratls_store_item *item, struct ratls_error *err)
{
    enum rt_state state;

    if (!rt_state_of(item->state, &state) || state > RT_ACTIVE)
        return ratls_fail(err, RATLS_E_USAGE, "a new item is a draft or active");
    if (state != RT_ACTIVE && strcmp(item->ref.kind, "revocation") == 0)
        return ratls_fail(err, RATLS_E_USAGE, "a revocation is active from the beginning");
    return RATLS_OK;
}

/* Appends a copy; what is wrong with the item alone is found before the store is touched. */
static enum ratls_err prepare(struct additions *all, const struct ratls_store_item *item,
                              struct ratls_error *err)
{
    struct ratls_store_item copy = *item;
    struct ratls_buffer body = {0};

    copy.created = copy.changed = 0;
    enum ratls_err e = rt_entry_check(&copy, RATLS_E_USAGE, err);
    if (!e)
        e = rt_rule_not_secret(&copy.ref, RATLS_E_USAGE, err);
    if (!e)
        e = check_new_state(&copy, err);
    if (!e)
        e = rt_body_normal(copy.body, &body, err);
    if (e)
        return e;
    copy.body = rt_bytes_of(&body);
    all->items[all->n++] = copy;
    return RATLS_OK;
}

enum ratls_err ratls_store_add_all(struct ratls_store *s, const struct ratls_store_item *items,
                                   size_t n, struct ratls_error *err)
{
    struct additions all = {0};
    enum ratls_err e = RATLS_OK;

    if (n == 0 || n > RT_MAX_ITEMS)
        return ratls_fail(err, RATLS_E_USAGE, "1 to %d items are added at once", RT_MAX_ITEMS);
    if (!(all.items = calloc(n, sizeof *all.items)))
        return RATLS_E_NO_MEMORY;
    for (size_t i = 0; i < n && !e; i++)
        e = prepare(&all, &items[i], err);
    if (!e)
        e = rt_store_change(s, items[0].author, add, &all, err);
    additions_free(&all);
    return e;
}

enum ratls_err ratls_store_add(struct ratls_store *s, const struct ratls_store_item *item,
                               struct ratls_error *err)
{
    return ratls_store_add_all(s, item, 1, err);
}

/* ---- states ---- */

struct transition {
    const struct ratls_store_ref *ref;
    enum rt_state to;
};

static enum ratls_err set_state(struct rt_change *c, void *arg, struct ratls_error *err)
{
    const struct transition *t = arg;
    struct rt_entry *item = rt_snapshot_find(&c->now, t->ref);

    if (!item)
        return ratls_fail(err, RATLS_E_NOT_FOUND, "there is no %s %s of this version", t->ref->kind,
                          t->ref->name);
    enum ratls_err e = rt_rule_transition(item, t->to, err);
    if (!e)
        e = rt_change_state(c, item, t->to, err);
    if (!e && t->to == RT_ACTIVE) /* whatever else makes it smaller, and must always be possible */
        e = rt_rule_fits(c->store->env, &c->now, err);
    return e;
}

enum ratls_err ratls_store_set_state(struct ratls_store *s, const struct ratls_store_ref *ref,
                                     const char *state, const char *author, struct ratls_error *err)
{
    struct ratls_store_ref checked = *ref;
    struct transition t = {.ref = ref};

    if (checked.version == 0)
        checked.version = 1;
    enum ratls_err e = rt_ref_check(&checked, RATLS_E_USAGE, err);
    if (!e)
        e = rt_rule_not_secret(&checked, RATLS_E_USAGE, err);
    if (e)
        return e;
    if (!rt_state_of(state, &t.to))
        return ratls_fail(err, RATLS_E_USAGE,
                          "'state' is none of draft, active, superseded, revoked");
    return rt_store_change(s, author, set_state, &t, err);
}

/* ---- reading ---- */

enum ratls_err rt_store_load(struct ratls_store *s, const struct ratls_store_head *known,
                             struct rt_snapshot *out, struct ratls_error *err)
{
    enum ratls_err e = s->place->begin(s->self, false, err);

    *out = (struct rt_snapshot){0};
    if (e)
        return e;
    e = rt_snapshot_load(s->place, s->self, known, out, err);
    s->place->rollback(s->self); /* nothing was written */
    return e;
}

static bool fits_filter(const struct ratls_store_ref *filter, const struct ratls_store_ref *ref)
{
    return !filter || ((!filter->kind || strcmp(filter->kind, ref->kind) == 0) &&
                       (!filter->tee || strcmp(filter->tee, ref->tee) == 0) &&
                       (!filter->name || strcmp(filter->name, ref->name) == 0) &&
                       (!filter->version || filter->version == ref->version));
}

enum ratls_err ratls_store_each(struct ratls_store *s, const struct ratls_store_ref *filter,
                                enum ratls_err (*fn)(void *arg,
                                                     const struct ratls_store_item *item),
                                void *arg, struct ratls_error *err)
{
    struct rt_snapshot now;
    enum ratls_err e = rt_store_load(s, NULL, &now, err);

    for (size_t i = 0; !e && i < now.n; i++)
        if (!rt_is_secret(&now.items[i].view.ref) && fits_filter(filter, &now.items[i].view.ref))
            e = fn(arg, &now.items[i].view);
    rt_snapshot_free(&now);
    return e;
}

enum ratls_err ratls_store_document(struct ratls_store *s, struct ratls_buffer *out,
                                    struct ratls_error *err)
{
    struct rt_snapshot now;
    enum ratls_err e = rt_store_load(s, NULL, &now, err);

    *out = (struct ratls_buffer){0};
    if (!e)
        e = rt_document_write(&now, out, err);
    rt_snapshot_free(&now);
    return e;
}

/* ---- trail ---- */

struct visit {
    enum ratls_err (*fn)(void *arg, const struct ratls_store_event *event);
    void *arg;
};

static enum ratls_err visit_event(void *arg, const struct rt_event *event, struct ratls_error *err)
{
    const struct visit *v = arg;

    (void)err;
    return v->fn(v->arg, &event->view);
}

enum ratls_err ratls_store_history(struct ratls_store *s, int64_t from_seq,
                                   enum ratls_err (*fn)(void *arg,
                                                        const struct ratls_store_event *event),
                                   void *arg, struct ratls_error *err)
{
    struct visit v = {.fn = fn, .arg = arg};
    enum ratls_err e = s->place->begin(s->self, false, err);

    if (e)
        return e;
    e = s->place->events(s->self, from_seq, visit_event, &v, err);
    s->place->rollback(s->self);
    return e;
}

static enum ratls_err note_once(struct ratls_store *s, const char *author, const struct rt_row *row,
                                struct ratls_error *err)
{
    struct rt_change c = {.store = s, .time = s->env->now(s->env->arg), .author = author};
    enum ratls_err e = rt_store_begin(s, author, err);

    if (e)
        return e;
    e = s->place->head(s->self, &c.now.head, err);
    if (!e)
        e = rt_change_append(&c, row, err);
    return rt_store_end(s, e, err);
}

enum ratls_err ratls_store_note(struct ratls_store *s, const char *author, const char *action,
                                const char *detail, struct ratls_error *err)
{
    const struct rt_row row = {.action = action, .subject = "", .detail = detail};

    struct rt_patience patience = {0};
    enum ratls_err e;

    do
        e = note_once(s, author, &row, err);
    while (rt_store_again(s, e, &patience, err));
    return e;
}

enum ratls_err ratls_store_head(struct ratls_store *s, struct ratls_store_head *head,
                                struct ratls_error *err)
{
    *head = (struct ratls_store_head){0};
    return s->place->head(s->self, head, err);
}

enum ratls_err ratls_store_check(struct ratls_store *s, const struct ratls_store_head *known,
                                 struct ratls_error *err)
{
    struct rt_snapshot now;
    enum ratls_err e = s->place->check(s->self, err);

    if (e)
        return e;
    e = rt_store_load(s, known, &now, err);
    rt_snapshot_free(&now);
    return e;
}
