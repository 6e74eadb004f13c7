#include "cmw_collection.h"

#include "cbor.h"
#include "evidence_ext.h"

#define KEY_TYPE "__cmwc_t"

static bool is_label(struct ratls_bytes label)
{
    if (label.len == 0 || label.len > RT_MAX_CMW_LABEL)
        return false;
    for (size_t i = 0; i < label.len; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789_-", label.p[i]) || label.p[i] == 0)
            return false;
    return true;
}

static bool has_label(const struct rt_cmw_collection *c, struct ratls_bytes label)
{
    for (size_t i = 0; i < c->n; i++)
        if (ratls_bytes_equal(ratls_bytes_str(c->item[i].label), label))
            return true;
    return false;
}

/* ---- reading ---- */

/* Number of pairs, with the reader behind the first key; 0: it is none. */
static size_t read_head(struct rt_reader *r)
{
    size_t n = rt_cbor_peek(r) == RT_CBOR_MAP ? rt_cbor_map(r) : 0;

    return ratls_bytes_equal(rt_cbor_tstr(r), ratls_bytes_str(KEY_TYPE)) ? n : 0;
}

bool rt_cmw_is_collection(struct ratls_bytes in)
{
    struct rt_reader r = rt_reader(in);

    return read_head(&r) > 0;
}

static enum ratls_err read_item(struct rt_reader *r, struct rt_cmw_collection *c,
                                struct ratls_error *err)
{
    const struct ratls_bytes label = rt_cbor_tstr(r);
    struct rt_cmw_item *item = &c->item[c->n];

    if (r->bad || !is_label(label))
        return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "a label of the collection is malformed");
    if (has_label(c, label))
        return ratls_fail(err, RATLS_E_EVIDENCE_DUPLICATE, "the collection has a label twice");
    *item = (struct rt_cmw_item){0};
    memcpy(item->label, label.p, label.len);
    c->n++;
    return rt_cmw_read(rt_cmw_cut(r), &item->media_type, &item->evidence, err);
}

enum ratls_err rt_cmw_collection_read(struct ratls_bytes in, struct rt_cmw_collection *out,
                                      struct ratls_error *err)
{
    struct rt_reader r = rt_reader(in);
    size_t n = read_head(&r);
    enum ratls_err e = RATLS_OK;

    out->n = 0;
    if (in.len > RT_MAX_COMPOSITE || n < 2 || n > 1 + RT_MAX_CMW_ITEMS)
        return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT,
                          "not a collection of 1 to %d parts in %d bytes", RT_MAX_CMW_ITEMS,
                          RT_MAX_COMPOSITE);
    if (!ratls_bytes_equal(rt_cbor_tstr(&r), ratls_bytes_str(RT_CMW_COMPOSITE)))
        return ratls_fail(err, RATLS_E_EVIDENCE_UNKNOWN, "a collection of another type");
    while (!e && out->n + 1 < n)
        e = read_item(&r, out, err);
    if (!e && !rt_at_end(&r))
        e = ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "bytes behind the collection");
    return e;
}

/* ---- writing ---- */

enum ratls_err rt_cmw_collection_write(const struct rt_cmw_collection *what,
                                       struct ratls_buffer *out)
{
    struct rt_writer w = {0};
    struct rt_cmw_collection again;
    enum ratls_err e = RATLS_OK;

    rt_cbor_put(&w, RT_CBOR_MAP, 1 + what->n);
    rt_cbor_put_tstr(&w, KEY_TYPE);
    rt_cbor_put_tstr(&w, RT_CMW_COMPOSITE);
    for (size_t i = 0; i < what->n && !e; i++) {
        rt_cbor_put_tstr(&w, what->item[i].label);
        e = rt_cmw_put(&w, what->item[i].media_type, what->item[i].evidence);
    }
    if (!e && !w.bad && rt_cmw_collection_read(rt_written(&w), &again, NULL) != RATLS_OK)
        e = RATLS_E_USAGE;
    if (!e)
        return rt_writer_take(&w, out);
    *out = (struct ratls_buffer){0};
    rt_writer_free(&w);
    return e;
}
