/* Reference values of a trust document as CoRIM: one CoMID for each item, one reference triple for
 * each value, in the shortest form and with keys in order (RFC 8949 s.4.2.1). */
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "corim.h"
#include "comid_write.h"
#include "document.h"
#include "json.h"
#include "ratls/bundle.h"

struct corim {
    struct rt_writer tags;
    size_t n;
    bool private;                  /* members below zero were written */
    int64_t not_before, not_after; /* of the first item, and so of all */
    struct ratls_error *err;
};

/* "refval snp web 3", for errors. */
static enum ratls_err refuse(const struct corim *c, const struct rt_comid_source *item,
                             const char *why)
{
    return ratls_fail(c->err, RATLS_E_UNSUPPORTED, "CoRIM: refval %s %s %lld: %s", item->tee,
                      item->name, (long long)item->version, why);
}

static enum ratls_err malformed(const struct corim *c, const char *what)
{
    return ratls_fail(c->err, RATLS_E_TRUST_FORMAT, "trust document: an item with %s", what);
}

static bool absent_or_int(const struct cJSON *item, int64_t *out)
{
    return !item || rt_json_int(item, 0, RT_MAX_DOCUMENT_INT, out);
}

static enum ratls_err read_identity(struct corim *c, const struct cJSON *json,
                                    struct rt_comid_source *out)
{
    out->tee = cJSON_GetStringValue(rt_json_member(json, "tee"));
    out->name = cJSON_GetStringValue(rt_json_member(json, "name"));
    if (!out->tee || !rt_trust_text_is_tee(ratls_bytes_str(out->tee)))
        return malformed(c, "no good 'tee'");
    if (!out->name || !rt_trust_text_is_name(ratls_bytes_str(out->name)))
        return malformed(c, "no good 'name'");
    if (!rt_json_int(rt_json_member(json, "version"), 1, RT_MAX_ITEM_VERSION, &out->version))
        return malformed(c, "no good 'version'");
    return RATLS_OK;
}

static enum ratls_err read_times(struct corim *c, const struct cJSON *json,
                                 struct rt_comid_source *out)
{
    if (!absent_or_int(rt_json_member(json, "created"), &out->created) ||
        !absent_or_int(rt_json_member(json, "not_before"), &out->not_before) ||
        !absent_or_int(rt_json_member(json, "not_after"), &out->not_after))
        return malformed(c, "a time that is no number");
    if (out->not_after && out->not_after < out->not_before)
        return malformed(c, "not_after before not_before");
    if (out->not_before && !out->not_after)
        return refuse(c, out, "not_before without not_after");
    return RATLS_OK;
}

static enum ratls_err read_facts(struct corim *c, const struct cJSON *json,
                                 struct rt_comid_source *out)
{
    const char *state = cJSON_GetStringValue(rt_json_member(json, "state"));
    const cJSON *author = rt_json_member(json, "author");

    out->author = rt_trust_text_member(author, RT_MAX_DOCUMENT_TEXT);
    if (author && !out->author)
        return malformed(c, "no good 'author'");
    out->body = rt_json_member(json, "body");
    if (!cJSON_IsObject(out->body))
        return malformed(c, "no 'body'");
    if (!state || strcmp(state, "active") != 0)
        return refuse(c, out, "its state is not active");
    return RATLS_OK;
}

static enum ratls_err read_item(struct corim *c, const struct cJSON *json,
                                struct rt_comid_source *out)
{
    static const char *const known[] = {"kind",    "tee",        "name",      "version",
                                        "state",   "not_before", "not_after", "author",
                                        "created", "body",       NULL};
    const char *unknown = rt_trust_text_unknown(json, known);
    const char *kind = cJSON_GetStringValue(rt_json_member(json, "kind"));

    if (unknown)
        return ratls_fail(c->err, RATLS_E_TRUST_FORMAT,
                          "trust document: unknown member '%s' of an item", unknown);
    if (!kind)
        return malformed(c, "no 'kind'");
    if (strcmp(kind, "refval") != 0)
        return ratls_fail(c->err, RATLS_E_UNSUPPORTED, "CoRIM: it has no place for the kind '%s'",
                          kind);
    enum ratls_err e = read_identity(c, json, out);
    if (e == RATLS_OK)
        e = read_times(c, json, out);
    return e ? e : read_facts(c, json, out);
}

static enum ratls_err add_item(struct corim *c, const struct cJSON *json)
{
    struct rt_comid_source item = {.private = false};
    struct ratls_buffer comid = {0};
    enum ratls_err e = read_item(c, json, &item);

    if (e)
        return e;
    if (c->n == 0) {
        c->not_before = item.not_before;
        c->not_after = item.not_after;
    }
    if (item.not_before != c->not_before || item.not_after != c->not_after)
        return refuse(c, &item, "other dates than those of the first item");
    if ((e = rt_comid_write(&item, &comid, c->err)) != RATLS_OK)
        return e;
    rt_cbor_put(&c->tags, RT_CBOR_TAG, RT_TAG_COMID);
    rt_cbor_put_bstr(&c->tags, rt_bytes_of(&comid));
    ratls_buffer_free(&comid);
    c->private = c->private || item.private;
    c->n++;
    return RATLS_OK;
}

static void put_time(struct rt_writer *w, uint64_t key, int64_t seconds)
{
    rt_cbor_put(w, RT_CBOR_UINT, key);
    rt_cbor_put(w, RT_CBOR_TAG, RT_TAG_TIME);
    rt_cbor_put(w, RT_CBOR_UINT, (uint64_t)seconds);
}

static void put_validity(const struct corim *c, struct rt_writer *w)
{
    if (c->not_after == 0)
        return;
    rt_cbor_put(w, RT_CBOR_UINT, RT_CORIM_VALIDITY);
    rt_cbor_put(w, RT_CBOR_MAP, c->not_before ? 2 : 1);
    if (c->not_before)
        put_time(w, RT_VALIDITY_NOT_BEFORE, c->not_before);
    put_time(w, RT_VALIDITY_NOT_AFTER, c->not_after);
}

static void put_corim(const struct corim *c, const struct rt_trust_text *d, struct rt_writer *w)
{
    const bool profile = c->private || d->issuer;

    rt_cbor_put(w, RT_CBOR_TAG, RT_TAG_CORIM);
    rt_cbor_put(w, RT_CBOR_MAP, 2U + profile + (c->not_after != 0) + (d->issuer ? 2U : 0));
    rt_cbor_put(w, RT_CBOR_UINT, RT_CORIM_ID);
    rt_cbor_put_tstr(w, d->bundle ? d->bundle : "ratls-trust");
    rt_cbor_put(w, RT_CBOR_UINT, RT_CORIM_TAGS);
    rt_cbor_put(w, RT_CBOR_ARRAY, c->n);
    rt_put_bytes(w, rt_written(&c->tags));
    if (profile) {
        rt_cbor_put(w, RT_CBOR_UINT, RT_CORIM_PROFILE_KEY);
        rt_cbor_put(w, RT_CBOR_TAG, RT_TAG_URI);
        rt_cbor_put_tstr(w, RT_CORIM_PROFILE);
    }
    put_validity(c, w);
    if (d->issuer) {
        rt_cbor_put(w, RT_CBOR_UINT, RT_CORIM_ENTITIES);
        rt_corim_put_entity(w, d->issuer, RT_ROLE_MANIFEST_CREATOR);
        rt_corim_put_private(w, RT_CORIM_X_REVISION);
        rt_cbor_put(w, RT_CBOR_UINT, (uint64_t)d->revision);
    }
    w->bad = w->bad || c->tags.bad;
}

static enum ratls_err write_items(struct corim *c, const struct rt_trust_text *d)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, d->items)
    {
        enum ratls_err e = add_item(c, item);
        if (e)
            return e;
    }
    if (c->n == 0)
        return ratls_fail(c->err, RATLS_E_UNSUPPORTED, "CoRIM: there are no reference values");
    return RATLS_OK;
}

enum ratls_err ratls_corim_write(struct ratls_bytes document, struct ratls_buffer *out,
                                 struct ratls_error *err)
{
    struct corim c = {.err = err};
    struct rt_trust_text d;
    struct rt_writer w = {0};
    enum ratls_err e;

    *out = (struct ratls_buffer){0};
    if ((e = rt_trust_text_read(document, RATLS_E_TRUST_FORMAT, &d, err)) != RATLS_OK ||
        (e = write_items(&c, &d)) != RATLS_OK)
        goto out;
    put_corim(&c, &d, &w);
    if (w.len > RT_MAX_FILE)
        e = ratls_fail(err, RATLS_E_UNSUPPORTED, "CoRIM: it would have %zu bytes, at most %d",
                       w.len, RT_MAX_FILE);
    else
        e = rt_writer_take(&w, out);
out:
    rt_writer_free(&c.tags);
    rt_writer_free(&w);
    rt_trust_text_free(&d);
    return e ? ratls_fail(err, e, "CoRIM: %s", ratls_err_text(e)) : RATLS_OK;
}
