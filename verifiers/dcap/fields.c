#include "fields.h"

#include <cjson/cJSON.h>

#include "json.h"

#define DATE_LEN 20

void rt_field_fail(struct rt_fields *f, const char *name, const char *why)
{
    if (!f->bad)
        (void)ratls_fail(f->err, RATLS_E_COLLATERAL_FORMAT, "%s: '%s' %s", f->document, name, why);
    f->bad = true;
}

enum ratls_err rt_document_read(const struct rt_document *document, struct ratls_bytes text,
                                void *out, cJSON **json, struct ratls_error *err)
{
    struct ratls_error inner = {0};
    struct rt_fields f = {.document = document->name, .err = &inner};
    enum ratls_err e = rt_json_parse(text, RATLS_E_COLLATERAL_FORMAT, json, &inner);

    if (e)
        return ratls_fail(err, e, "%s: %s", document->name, inner.detail);
    if (!cJSON_IsObject(*json))
        return ratls_fail(err, RATLS_E_COLLATERAL_FORMAT, "%s is no object", document->name);
    document->read(&f, *json, out);
    return f.bad ? ratls_fail(err, inner.code, "%s", inner.detail) : RATLS_OK;
}

bool rt_field_exists(const cJSON *object, const char *name)
{
    return rt_json_member(object, name) != NULL;
}

static const cJSON *member(struct rt_fields *f, const cJSON *object, const char *name)
{
    const cJSON *item = f->bad ? NULL : rt_json_member(object, name);

    if (!item)
        rt_field_fail(f, name, "is missing");
    return item;
}

uint64_t rt_field_uint(struct rt_fields *f, const cJSON *object, const char *name, uint64_t max)
{
    int64_t value = 0;
    const cJSON *item = member(f, object, name);

    if (item && !rt_json_int(item, 0, (int64_t)max, &value))
        rt_field_fail(f, name, "is no number of its range");
    return f->bad ? 0 : (uint64_t)value;
}

const char *rt_field_text(struct rt_fields *f, const cJSON *object, const char *name)
{
    const cJSON *item = member(f, object, name);

    if (item && !cJSON_IsString(item))
        rt_field_fail(f, name, "is no text");
    return f->bad ? "" : item->valuestring;
}

void rt_field_hex(struct rt_fields *f, const cJSON *object, const char *name, uint8_t *out,
                  size_t len)
{
    const char *text = rt_field_text(f, object, name);
    size_t found = len;

    if (!f->bad && (!rt_unhex(text, strlen(text), out, &found) || found != len))
        rt_field_fail(f, name, "is no hex of its length");
    if (f->bad)
        memset(out, 0, len);
}

int64_t rt_field_date(struct rt_fields *f, const cJSON *object, const char *name)
{
    const char *text = rt_field_text(f, object, name);
    int64_t seconds = 0;

    if (!f->bad && (strlen(text) != DATE_LEN || !rt_time_parse(text, &seconds)))
        rt_field_fail(f, name, "is no date");
    return f->bad ? 0 : seconds;
}

const cJSON *rt_field_object(struct rt_fields *f, const cJSON *object, const char *name)
{
    const cJSON *item = member(f, object, name);

    if (item && !cJSON_IsObject(item))
        rt_field_fail(f, name, "is no object");
    return f->bad ? NULL : item;
}

const cJSON *rt_field_list(struct rt_fields *f, const cJSON *object, const char *name, size_t min,
                           size_t max)
{
    const cJSON *list = member(f, object, name), *item;
    size_t n = 0;

    if (list && !cJSON_IsArray(list))
        rt_field_fail(f, name, "is no list");
    if (f->bad)
        return NULL;
    cJSON_ArrayForEach(item, list)
    {
        if (!cJSON_IsObject(item))
            rt_field_fail(f, name, "holds something other than objects");
        n++;
    }
    if (n < min || n > max)
        rt_field_fail(f, name, "has a wrong number of entries");
    return f->bad ? NULL : list;
}
