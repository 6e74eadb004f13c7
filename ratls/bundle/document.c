#include "document.h"

#include <cjson/cJSON.h>

#include "json.h"

#define MAX_TEE 32

const char *rt_trust_text_unknown(const struct cJSON *object, const char *const *names)
{
    const cJSON *member;

    cJSON_ArrayForEach(member, object)
    {
        size_t i = 0;
        while (names[i] && strcmp(names[i], member->string) != 0)
            i++;
        if (!names[i])
            return member->string;
    }
    return NULL;
}

static bool is_of(struct ratls_bytes text, size_t max, const char *more)
{
    if (text.len == 0 || text.len > max)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        const uint8_t c = text.p[i];
        bool good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c && strchr(more, c));
        if (!good)
            return false;
    }
    return true;
}

bool rt_trust_text_is_name(struct ratls_bytes text)
{
    return is_of(text, RT_MAX_DOCUMENT_NAME, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_-");
}

bool rt_trust_text_is_tee(struct ratls_bytes text)
{
    return is_of(text, MAX_TEE, "_");
}

bool rt_trust_text_is_text(struct ratls_bytes text, size_t max)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.p[i] < 0x20 || text.p[i] == 0x7f)
            return false;
    return text.len > 0 && text.len <= max;
}

const char *rt_trust_text_member(const struct cJSON *item, size_t max)
{
    const char *text = cJSON_GetStringValue(item);

    return text && rt_trust_text_is_text(ratls_bytes_str(text), max) ? text : NULL;
}

/* All three or none. */
static enum ratls_err read_origin(struct rt_trust_text *d, enum ratls_err malformed,
                                  struct ratls_error *err)
{
    const cJSON *issuer = rt_json_member(d->json, "issuer");
    const cJSON *bundle = rt_json_member(d->json, "bundle");
    const cJSON *revision = rt_json_member(d->json, "revision");

    if (!issuer && !bundle && !revision)
        return RATLS_OK;
    if (!rt_json_int(revision, 1, RT_MAX_DOCUMENT_INT, &d->revision))
        return ratls_fail(err, malformed, "trust document: 'revision' is no number from 1");
    d->issuer = rt_trust_text_member(issuer, RT_MAX_DOCUMENT_TEXT);
    if (!d->issuer)
        return ratls_fail(err, malformed, "trust document: 'issuer' is no text of 1 to %d bytes",
                          RT_MAX_DOCUMENT_TEXT);
    d->bundle = cJSON_GetStringValue(bundle);
    if (!d->bundle || !rt_trust_text_is_name(ratls_bytes_str(d->bundle)))
        return ratls_fail(err, malformed, "trust document: 'bundle' is no name");
    return RATLS_OK;
}

static enum ratls_err read_items(struct rt_trust_text *d, enum ratls_err malformed,
                                 struct ratls_error *err)
{
    const cJSON *item;
    size_t n = 0;

    d->items = rt_json_member(d->json, "items");
    if (!cJSON_IsArray(d->items))
        return ratls_fail(err, malformed, "trust document: 'items' is no array");
    cJSON_ArrayForEach(item, d->items)
    {
        if (!cJSON_IsObject(item))
            return ratls_fail(err, malformed, "trust document: item %zu is no object", n);
        if (++n > RT_MAX_DOCUMENT_ITEMS)
            return ratls_fail(err, malformed, "trust document: more than %d items",
                              RT_MAX_DOCUMENT_ITEMS);
    }
    return RATLS_OK;
}

enum ratls_err rt_trust_text_read(struct ratls_bytes text, enum ratls_err malformed,
                                  struct rt_trust_text *out, struct ratls_error *err)
{
    static const char *const members[] = {"format", "issuer", "bundle", "revision", "items", NULL};
    enum ratls_err e;

    *out = (struct rt_trust_text){0};
    if ((e = rt_json_parse_up_to(text, RT_MAX_FILE, malformed, &out->json, err)) != RATLS_OK)
        return e;
    const char *format = cJSON_GetStringValue(rt_json_member(out->json, "format"));
    if (!cJSON_IsObject(out->json) || !format || strcmp(format, RT_DOCUMENT_FORMAT) != 0)
        return ratls_fail(err, malformed, "no trust document: 'format' is not " RT_DOCUMENT_FORMAT);
    const char *unknown = rt_trust_text_unknown(out->json, members);
    if (unknown)
        return ratls_fail(err, malformed, "trust document: unknown member '%s'", unknown);
    if ((e = read_origin(out, malformed, err)) != RATLS_OK)
        return e;
    return read_items(out, malformed, err);
}

void rt_trust_text_free(struct rt_trust_text *document)
{
    rt_json_free(document->json);
    *document = (struct rt_trust_text){0};
}

enum ratls_err rt_trust_text_take(struct rt_writer *w, struct ratls_buffer *out,
                                  struct ratls_error *err)
{
    struct rt_trust_text document;

    if (w->bad)
        return RATLS_E_NO_MEMORY;
    enum ratls_err e = rt_trust_text_read(rt_written(w), RATLS_E_BUNDLE_FORMAT, &document, err);
    rt_trust_text_free(&document);
    return e ? e : rt_writer_take(w, out);
}
