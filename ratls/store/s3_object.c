#include "s3_object.h"

#include "json.h"

#define LAYOUT_BEGIN "{\"format\":\"ratls-store-object/"
#define LAYOUT       LAYOUT_BEGIN "1\",\"write\":\""
#define LAYOUT_END   "\"}"

/* ---- its parts ---- */

static bool is_layout(struct ratls_bytes line)
{
    uint8_t mark[RT_OBJECT_MARK_LEN];
    size_t len = sizeof mark;
    char hex[2 * RT_OBJECT_MARK_LEN + 1];
    struct rt_reader r = rt_reader(line);

    rt_skip(&r, strlen(LAYOUT));
    struct ratls_bytes found = rt_take_bytes(&r, 2 * sizeof mark);
    if (r.bad || !rt_starts_with(line, LAYOUT) ||
        !rt_unhex((const char *)found.p, found.len, mark, &len))
        return false;
    rt_hex(ratls_bytes(mark, sizeof mark), hex); /* in lower case */
    return ratls_bytes_equal(found, ratls_bytes_str(hex)) &&
           ratls_bytes_equal(rt_rest(&r), ratls_bytes_str(LAYOUT_END));
}

static enum ratls_err take_layout(struct rt_reader *r, struct ratls_error *err)
{
    struct ratls_bytes line;

    if (!rt_take_line(r, &line) || !rt_starts_with(line, LAYOUT_BEGIN))
        return ratls_fail(err, RATLS_E_STORE, "the object is none of a store");
    if (!rt_starts_with(line, LAYOUT_BEGIN "1\""))
        return ratls_fail(err, RATLS_E_STORE_VERSION,
                          "the object has another layout than this program");
    return is_layout(line) ? RATLS_OK
                           : ratls_fail(err, RATLS_E_STORE_TAMPERED,
                                        "the first line of the object is not as it was written");
}

/* All rows with their line ends; the empty line behind them is skipped. */
static enum ratls_err take_trail(struct rt_reader *r, struct ratls_bytes *trail,
                                 struct ratls_error *err)
{
    const struct ratls_bytes rest = rt_rest(r);
    const uint8_t *end = rest.len ? memmem(rest.p, rest.len, "\n\n", 2) : NULL;

    *trail = ratls_bytes(NULL, 0);
    if (rest.len && rest.p[0] == '\n') {
        rt_skip(r, 1);
        return RATLS_OK;
    }
    if (!end)
        return ratls_fail(err, RATLS_E_STORE_TAMPERED, "the trail of the object has no end");
    *trail = rt_take_bytes(r, (size_t)(end - rest.p) + 1);
    rt_skip(r, 1);
    return RATLS_OK;
}

/* ---- items ---- */

/* With its line end, as in a file. */
static enum ratls_err read_item(struct rt_snapshot *items, struct ratls_bytes line,
                                struct ratls_error *err)
{
    struct rt_entry item, *at;
    struct ratls_error why = {0};
    enum ratls_err e = rt_entry_read(ratls_bytes(line.p, line.len + 1), &item, &why);

    if (e)
        return ratls_fail(err, e, "an item of the object: %s", why.detail);
    if (items->n > 0 && rt_ref_compare(&items->items[items->n - 1].view.ref, &item.view.ref) >= 0)
        e = ratls_fail(err, RATLS_E_STORE_TAMPERED, "the items of the object are in disorder");
    else
        e = rt_snapshot_insert(items, &item.view, &at);
    rt_entry_free(&item);
    return e;
}

enum ratls_err rt_object_read(struct ratls_bytes text, struct rt_object *out,
                              struct ratls_error *err)
{
    struct rt_reader r = rt_reader(text);
    struct ratls_bytes trail, line;
    enum ratls_err e = take_layout(&r, err);

    *out = (struct rt_object){0};
    if (!e)
        e = take_trail(&r, &trail, err);
    if (!e)
        e = rt_trail_read(trail, &out->trail, err);
    while (!e && rt_take_line(&r, &line))
        e = read_item(&out->items, line, err);
    if (!e && r.left > 0)
        e = ratls_fail(err, RATLS_E_STORE_TAMPERED, "the last item of the object is cut off");
    return e;
}

enum ratls_err rt_object_head(struct ratls_bytes text, struct ratls_store_head *out,
                              struct ratls_error *err)
{
    struct rt_reader r = rt_reader(text);
    struct ratls_bytes trail;
    enum ratls_err e = take_layout(&r, err);

    *out = (struct ratls_store_head){0};
    if (!e)
        e = take_trail(&r, &trail, err);
    return e ? e : rt_trail_head(trail, out, err);
}

enum ratls_err rt_object_put(struct rt_object *o, const struct ratls_store_item *item)
{
    struct rt_entry *at = rt_snapshot_find(&o->items, &item->ref), copy;

    if (!at)
        return rt_snapshot_insert(&o->items, item, &at);
    enum ratls_err e = rt_entry_copy(item, &copy);
    if (!e) {
        rt_entry_free(at);
        *at = copy;
    }
    return e;
}

void rt_object_write(const struct rt_object *o, const uint8_t mark[RT_OBJECT_MARK_LEN],
                     struct rt_writer *w)
{
    char hex[2 * RT_OBJECT_MARK_LEN + 1];

    rt_hex(ratls_bytes(mark, RT_OBJECT_MARK_LEN), hex);
    rt_json_put_raw(w, LAYOUT);
    rt_json_put_raw(w, hex);
    rt_json_put_raw(w, LAYOUT_END "\n");
    rt_trail_write(&o->trail, w);
    rt_put_u8(w, '\n');
    for (size_t i = 0; i < o->items.n; i++) {
        rt_entry_put(w, &o->items.items[i].view, true);
        rt_put_u8(w, '\n');
    }
}

void rt_object_free(struct rt_object *o)
{
    rt_trail_free(&o->trail);
    rt_snapshot_free(&o->items);
}
