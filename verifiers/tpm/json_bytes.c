#include "json_bytes.h"

#include <stdlib.h>

#include <cjson/cJSON.h>

#include "json.h"

static enum ratls_err read_numbers(const cJSON *list, size_t max, struct ratls_buffer *out)
{
    const cJSON *item;
    struct rt_writer w = {0};
    int64_t value;

    cJSON_ArrayForEach(item, list)
    {
        if (w.len == max || !rt_json_int(item, 0, UINT8_MAX, &value)) {
            rt_writer_free(&w);
            return RATLS_E_EVIDENCE_FORMAT;
        }
        rt_put_u8(&w, (uint8_t)value);
    }
    return rt_writer_take(&w, out);
}

static bool decode(enum rt_json_form form, const char *text, size_t len, struct ratls_buffer *out)
{
    size_t padding = 0;

    if (form == RT_JSON_HEX)
        return rt_unhex(text, len, out->p, &out->len);
    while (padding < 2 && padding < len && text[len - 1 - padding] == '=')
        padding++;
    return len % 4 == 0 && rt_unbase64url(text, len - padding, out->p, &out->len);
}

static enum ratls_err read_text(const char *text, enum rt_json_form form, struct ratls_buffer *out)
{
    const size_t len = strlen(text);

    if (form == RT_JSON_BASE64)
        return rt_unbase64(ratls_bytes(text, len), out);
    if (!(out->p = malloc(len + 1)))
        return RATLS_E_NO_MEMORY;
    out->len = len;
    return decode(form, text, len, out) ? RATLS_OK : RATLS_E_EVIDENCE_FORMAT;
}

enum ratls_err rt_json_read_bytes(const struct cJSON *item, const struct rt_json_bytes *how,
                                  struct ratls_buffer *out, struct ratls_error *err)
{
    enum ratls_err e = RATLS_E_EVIDENCE_FORMAT;

    *out = (struct ratls_buffer){0};
    if (how->form == RT_JSON_NUMBERS && cJSON_IsArray(item))
        e = read_numbers(item, how->max, out);
    else if (how->form != RT_JSON_NUMBERS && cJSON_IsString(item))
        e = read_text(item->valuestring, how->form, out);
    if (e == RATLS_OK && out->len > 0 && out->len <= how->max)
        return RATLS_OK;
    ratls_buffer_free(out);
    if (rt_is_own_failure(e))
        return ratls_fail(err, e, "%s", how->what);
    return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "'%s' is missing or malformed", how->what);
}

enum ratls_err rt_json_check_members(const struct cJSON *object, const char *const *names, size_t n,
                                     struct ratls_error *err)
{
    const cJSON *member;

    if (!cJSON_IsObject(object))
        return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "a part of the evidence is no object");
    cJSON_ArrayForEach(member, object)
    {
        size_t i = 0;
        while (i < n && strcmp(names[i], member->string) != 0)
            i++;
        if (i == n)
            return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "a member that is not known here");
    }
    return RATLS_OK;
}
