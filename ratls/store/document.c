#include "document.h"

#include "json.h"

static void begin(struct rt_writer *w)
{
    rt_json_put_raw(w, "{\"format\":\"" RT_DOCUMENT_FORMAT "\",\"items\":[");
}

static enum ratls_err end(struct rt_writer *w, struct ratls_buffer *out)
{
    rt_json_put_raw(w, "]}");
    return rt_writer_take(w, out);
}

/* False: there is no room left; the writer is as before. */
static bool put_item(struct rt_writer *w, size_t *n, const struct ratls_store_item *item)
{
    const size_t before = w->len;

    if (*n > 0)
        rt_put_u8(w, ',');
    rt_entry_put(w, item, false);
    if (*n < RT_MAX_ITEMS && w->len + strlen("]}") <= RT_MAX_FILE) {
        (*n)++;
        return true;
    }
    w->len = before;
    return false;
}

/* False: there was no room for one of them. */
static bool put_all(struct rt_writer *w, size_t *n, const struct rt_snapshot *now,
                    enum rt_state state)
{
    for (size_t i = 0; i < now->n; i++)
        if (now->items[i].state == state && !rt_is_secret(&now->items[i].view.ref) &&
            !put_item(w, n, &now->items[i].view))
            return false;
    return true;
}

/* Only what is active lets anybody in, or keeps anybody out. The others tell why somebody stays
 * out, as many of them as there is room for. */
enum ratls_err rt_document_write(const struct rt_snapshot *now, struct ratls_buffer *out,
                                 struct ratls_error *err)
{
    struct rt_writer w = {0};
    size_t n = 0;

    *out = (struct ratls_buffer){0};
    begin(&w);
    if (!put_all(&w, &n, now, RT_ACTIVE)) {
        rt_writer_free(&w);
        return ratls_fail(err, RATLS_E_LIMIT, "what is active is more than a document holds");
    }
    if (put_all(&w, &n, now, RT_REVOKED) && put_all(&w, &n, now, RT_SUPERSEDED))
        (void)put_all(&w, &n, now, RT_DRAFT);
    return end(&w, out);
}

enum ratls_err rt_document_of_item(const struct ratls_store_item *item, struct ratls_buffer *out)
{
    struct rt_writer w = {0};
    size_t n = 0;

    begin(&w);
    (void)put_item(&w, &n, item);
    return end(&w, out);
}
