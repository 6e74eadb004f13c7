/* An unsigned corim-map. Its members are read first, then the CoMIDs: what is said of all of them
 * may stand behind them. */
#include "corim_read.h"

#include "corim.h"
#include "document.h"
#include "json.h"
#include "ratls/bundle.h"

struct corim {
    struct rt_corim_reader c; /* first: members are read through it */
    struct rt_reader tags;    /* at the first CoMID */
    size_t tags_end;
    uint64_t n_tags;
    struct ratls_bytes id, issuer;
    size_t n_issuers;
    int64_t not_before, not_after, revision;
    bool ours;
    size_t n_values;
};

static struct corim *of(struct rt_corim_reader *c)
{
    return (struct corim *)c;
}

static enum ratls_err read_id(struct rt_corim_reader *c)
{
    const struct rt_cbor_item item = rt_strict_item(&c->r);

    if (item.major == RT_CBOR_TSTR)
        of(c)->id = item.bytes;
    return rt_corim_check(c, item.major == RT_CBOR_TSTR || item.bytes.len == 16, "no corim-id");
}

/* A CoMID in its byte string. */
static struct ratls_bytes next_tag(struct rt_corim_reader *c, uint64_t *tag)
{
    *tag = rt_strict_head(&c->r, RT_CBOR_TAG);
    return rt_strict_string(&c->r, RT_CBOR_BSTR);
}

static enum ratls_err read_tags(struct rt_corim_reader *c)
{
    const uint64_t n = rt_strict_head(&c->r, RT_CBOR_ARRAY);
    enum ratls_err e =
        rt_corim_check(c, n > 0 && n <= RT_MAX_DOCUMENT_ITEMS, "no tags, or too many");
    uint64_t tag;

    of(c)->tags = c->r;
    of(c)->n_tags = n;
    for (uint64_t i = 0; i < n && e == RATLS_OK; i++) {
        (void)next_tag(c, &tag);
        e = rt_corim_check(c, tag == RT_TAG_COMID, "a tag that is no CoMID");
    }
    return e;
}

static enum ratls_err read_profile(struct rt_corim_reader *c)
{
    const uint64_t tag = rt_strict_head(&c->r, RT_CBOR_TAG);
    const struct ratls_bytes uri = rt_strict_string(&c->r, RT_CBOR_TSTR);

    of(c)->ours = true;
    return rt_corim_check(
        c, tag == RT_TAG_URI && ratls_bytes_equal(uri, ratls_bytes_str(RT_CORIM_PROFILE)),
        "a profile that is not known");
}

static enum ratls_err read_time(struct rt_corim_reader *c, int64_t *out)
{
    const uint64_t tag = rt_strict_head(&c->r, RT_CBOR_TAG);

    *out = rt_strict_int(&c->r);
    return rt_corim_check(c, tag == RT_TAG_TIME && *out > 0, "no time in seconds since 1970");
}

static enum ratls_err read_not_before(struct rt_corim_reader *c)
{
    return read_time(c, &of(c)->not_before);
}

static enum ratls_err read_not_after(struct rt_corim_reader *c)
{
    return read_time(c, &of(c)->not_after);
}

static enum ratls_err read_validity(struct rt_corim_reader *c)
{
    static const struct rt_corim_member members[] = {
        {RT_VALIDITY_NOT_BEFORE, false, read_not_before},
        {RT_VALIDITY_NOT_AFTER, true, read_not_after},
    };
    enum ratls_err e = rt_corim_map(c, "validity", members, RT_COUNT(members));

    return e ? e
             : rt_corim_check(c, of(c)->not_before <= of(c)->not_after,
                              "a validity that ends before it begins");
}

static enum ratls_err read_issuers(struct rt_corim_reader *c)
{
    enum ratls_err e = rt_corim_entities(c, &of(c)->issuer);

    of(c)->n_issuers = c->n_entities;
    return e;
}

static enum ratls_err read_revision(struct rt_corim_reader *c)
{
    of(c)->revision = rt_strict_int(&c->r);
    return rt_corim_check(c, of(c)->revision > 0, "a revision that is not 1 or more");
}

static const struct rt_corim_member members[] = {
    {RT_CORIM_ID, true, read_id},
    {RT_CORIM_TAGS, true, read_tags},
    {RT_CORIM_PROFILE_KEY, false, read_profile},
    {RT_CORIM_VALIDITY, false, read_validity},
    {RT_CORIM_ENTITIES, false, read_issuers},
    {RT_CORIM_X_REVISION, false, read_revision},
};

static enum ratls_err read_outer(struct corim *in)
{
    struct rt_corim_reader *c = &in->c;
    enum ratls_err e = rt_corim_check(c, rt_strict_head(&c->r, RT_CBOR_TAG) == RT_TAG_CORIM,
                                      "no unsigned CoRIM (tag 501)");

    if (e || (e = rt_corim_map(c, "corim-map", members, RT_COUNT(members))) != RATLS_OK ||
        (e = rt_corim_check(c, rt_at_end(&c->r), "bytes follow the CoRIM")) != RATLS_OK)
        return e;
    if (in->revision == 0)
        return RATLS_OK;
    return rt_corim_check(c, rt_trust_text_is_name(in->id) && in->n_issuers == 1,
                          "a revision needs a name as id and one entity");
}

/* ---- the document ---- */

static enum ratls_err put_comid(struct corim *in, struct rt_writer *w)
{
    struct rt_corim_reader *c = &in->c;
    enum ratls_err e = rt_comid_read(c);

    in->n_values += c->values.n;
    if (e == RATLS_OK)
        e = rt_corim_check(c, in->n_values <= RT_MAX_REFVAL_VALUES, "too many values");
    if (e)
        return e;
    const struct rt_refval_item item = {
        .tee = c->tee,
        .name = c->name,
        .version = c->version,
        .not_before = in->not_before,
        .not_after = in->not_after,
        .created = c->created,
        .author = c->author,
        .comment = c->comment,
        .values = &c->values,
    };
    return rt_refval_put_item(w, &item, RATLS_E_BUNDLE_FORMAT, c->err);
}

static void put_origin(const struct corim *in, struct rt_writer *w)
{
    if (in->revision == 0)
        return;
    rt_json_put_raw(w, ",\"issuer\":");
    rt_json_put_utf8(w, in->issuer);
    rt_json_put_raw(w, ",\"bundle\":");
    rt_json_put_utf8(w, in->id);
    rt_json_put_raw(w, ",\"revision\":");
    rt_json_put_int(w, in->revision);
}

static enum ratls_err put_document(struct corim *in, struct rt_writer *w)
{
    struct rt_corim_reader *c = &in->c;
    enum ratls_err e = RATLS_OK;
    uint64_t tag;

    rt_json_put_raw(w, "{\"format\":\"" RT_DOCUMENT_FORMAT "\"");
    put_origin(in, w);
    rt_json_put_raw(w, ",\"items\":[");
    for (uint64_t i = 0; i < in->n_tags && e == RATLS_OK; i++) {
        c->r = in->tags;
        c->end = in->tags_end;
        const struct ratls_bytes comid = next_tag(c, &tag);
        in->tags = c->r;
        c->end -= c->r.left;
        c->r = rt_reader(comid);
        if (i > 0)
            rt_put_u8(w, ',');
        e = put_comid(in, w);
        rt_refval_free(&c->values);
    }
    rt_json_put_raw(w, "]}");
    if (e == RATLS_OK && c->private && !in->ours)
        e = ratls_fail(c->err, RATLS_E_BUNDLE_FORMAT, "CoRIM: members below zero, and no profile");
    return e;
}

enum ratls_err ratls_corim_read(struct ratls_bytes cbor, struct ratls_buffer *out,
                                struct ratls_error *err)
{
    struct corim in = {
        .c = {.r = rt_reader(cbor), .end = cbor.len, .within = "head", .err = err},
        .tags_end = cbor.len,
    };
    struct rt_writer w = {0};
    enum ratls_err e;

    *out = (struct ratls_buffer){0};
    if (cbor.len > RT_MAX_FILE)
        return ratls_fail(err, RATLS_E_BUNDLE_FORMAT, "CoRIM: %zu bytes, at most %d", cbor.len,
                          RT_MAX_FILE);
    if ((e = read_outer(&in)) == RATLS_OK && (e = put_document(&in, &w)) == RATLS_OK)
        e = rt_trust_text_take(&w, out, err);
    rt_writer_free(&w);
    return e ? ratls_fail(err, e, "CoRIM: %s", ratls_err_text(e)) : RATLS_OK;
}
