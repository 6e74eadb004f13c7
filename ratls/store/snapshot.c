#include "snapshot.h"

#include <stdlib.h>

/* ---- order ---- */

/* Where `ref` is, or would be. */
static size_t place_of(const struct rt_snapshot *s, const struct ratls_store_ref *ref)
{
    size_t low = 0, high = s->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (rt_ref_compare(&s->items[middle].view.ref, ref) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int64_t rt_snapshot_highest(const struct rt_snapshot *s, const struct ratls_store_ref *ref)
{
    struct ratls_store_ref above = *ref;

    above.version = INT64_MAX;
    size_t at = place_of(s, &above);
    return at > 0 && rt_ref_same_name(&s->items[at - 1].view.ref, ref)
               ? s->items[at - 1].view.ref.version
               : 0;
}

struct rt_entry *rt_snapshot_find(const struct rt_snapshot *s, const struct ratls_store_ref *ref)
{
    struct ratls_store_ref wanted = *ref;

    if (wanted.version == 0)
        wanted.version = rt_snapshot_highest(s, ref);
    size_t at = place_of(s, &wanted);
    return at < s->n && rt_ref_compare(&s->items[at].view.ref, &wanted) == 0 ? &s->items[at] : NULL;
}

static bool make_room(struct rt_snapshot *s)
{
    if (s->n < s->cap)
        return true;
    size_t cap = s->cap ? 2 * s->cap : 64;
    struct rt_entry *items = realloc(s->items, cap * sizeof *items);
    if (!items)
        return false;
    s->items = items;
    s->cap = cap;
    return true;
}

enum ratls_err rt_snapshot_insert(struct rt_snapshot *s, const struct ratls_store_item *item,
                                  struct rt_entry **out)
{
    struct rt_entry copy;
    enum ratls_err e = make_room(s) ? rt_entry_copy(item, &copy) : RATLS_E_NO_MEMORY;

    *out = NULL;
    if (e)
        return e;
    size_t at = place_of(s, &item->ref);
    memmove(&s->items[at + 1], &s->items[at], (s->n - at) * sizeof copy);
    s->items[at] = copy;
    s->n++;
    *out = &s->items[at];
    return RATLS_OK;
}

void rt_snapshot_free(struct rt_snapshot *s)
{
    for (size_t i = 0; i < s->n; i++)
        rt_entry_free(&s->items[i]);
    free(s->items);
    *s = (struct rt_snapshot){0};
}

/* ---- items ---- */

static enum ratls_err tampered(struct ratls_error *err, const struct ratls_store_ref *ref,
                               const char *why)
{
    char subject[RT_SUBJECT_LEN];

    rt_subject(ref, subject);
    return ratls_fail(err, RATLS_E_STORE_TAMPERED, "%s %s", subject, why);
}

static enum ratls_err take_item(void *arg, const struct ratls_store_item *item,
                                struct ratls_error *err)
{
    struct rt_snapshot *s = arg;
    struct rt_entry *at;
    enum ratls_err e = rt_entry_check(item, RATLS_E_STORE_TAMPERED, err);

    if (e)
        return e;
    if (rt_snapshot_find(s, &item->ref))
        return tampered(err, &item->ref, "is there twice");
    return rt_snapshot_insert(s, item, &at);
}

/* ---- the trail ---- */

struct walk {
    struct rt_snapshot *s;
    const struct ratls_store_head *known;
    bool met; /* `known` is in the trail */
};

static enum ratls_err broken(struct ratls_error *err, int64_t seq, const char *why)
{
    return ratls_fail(err, RATLS_E_STORE_TAMPERED, "row %lld of the trail %s", (long long)seq, why);
}

/* The newest row about an item counts. */
static enum ratls_err note_digest(struct rt_snapshot *s, const struct rt_event *event,
                                  struct ratls_error *err)
{
    char buffer[RT_SUBJECT_LEN];
    struct ratls_store_ref ref;

    if (!rt_subject_parse(event->view.subject, buffer, &ref))
        return broken(err, event->view.seq, "is about no item");
    struct rt_entry *item = rt_snapshot_find(s, &ref);
    if (!item)
        return tampered(err, &ref, "is missing");
    memcpy(item->trail_digest, event->digest, RT_DIGEST_LEN);
    item->in_trail = true;
    return RATLS_OK;
}

static enum ratls_err take_event(void *arg, const struct rt_event *event, struct ratls_error *err)
{
    struct walk *w = arg;
    struct ratls_store_head *head = &w->s->head;
    uint8_t hash[RT_DIGEST_LEN];

    if (!rt_event_fits(event) || event->view.seq != head->seq + 1)
        return broken(err, head->seq + 1, "is missing or malformed");
    enum ratls_err e = rt_event_hash(event, head->hash, hash);
    if (e)
        return e;
    if (memcmp(hash, event->view.hash, RT_DIGEST_LEN) != 0)
        return broken(err, event->view.seq, "does not follow from those before it");
    head->seq = event->view.seq;
    memcpy(head->hash, hash, RT_DIGEST_LEN);
    if (w->known && w->known->seq == head->seq)
        w->met = memcmp(w->known->hash, hash, RT_DIGEST_LEN) == 0;
    return event->has_digest ? note_digest(w->s, event, err) : RATLS_OK;
}

static enum ratls_err compare_items(const struct rt_snapshot *s, struct ratls_error *err)
{
    uint8_t digest[RT_DIGEST_LEN];

    for (size_t i = 0; i < s->n; i++) {
        const struct rt_entry *item = &s->items[i];
        if (!item->in_trail)
            return tampered(err, &item->view.ref, "is not in the trail");
        enum ratls_err e = rt_entry_digest(&item->view, digest);
        if (e)
            return e;
        if (memcmp(digest, item->trail_digest, RT_DIGEST_LEN) != 0)
            return tampered(err, &item->view.ref, "was changed");
    }
    return RATLS_OK;
}

enum ratls_err rt_snapshot_load(const struct rt_backend *place, void *self,
                                const struct ratls_store_head *known, struct rt_snapshot *out,
                                struct ratls_error *err)
{
    struct walk w = {.s = out, .known = known, .met = !known || known->seq == 0};

    *out = (struct rt_snapshot){0};
    enum ratls_err e = place->items(self, take_item, out, err);
    if (!e)
        e = place->events(self, 1, take_event, &w, err);
    if (!e)
        e = compare_items(out, err);
    if (!e && !w.met)
        e = ratls_fail(err, RATLS_E_STORE_TAMPERED,
                       "row %lld of the trail, which was seen before, is gone or another",
                       (long long)known->seq);
    return e;
}
