/* Items and rows of the trail as JSON. There is one way to write each of them, and no other is
 * read back: a file in which somebody changed as much as a blank is noticed. */
#include <stdio.h>
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "json.h"
#include "record.h"

/* ---- any JSON, in its one form ---- */

/* UTF-8 as it is; the reader made sure that it is some. */
static void put_string(struct rt_writer *w, const char *text)
{
    char escape[8];

    rt_put_u8(w, '"');
    for (const char *c = text; *c; c++) {
        uint8_t byte = (uint8_t)*c;
        if (byte == '"' || byte == '\\')
            rt_put_u8(w, '\\');
        if (byte < 0x20 || byte == 0x7f)
            rt_put(w, escape, (size_t)snprintf(escape, sizeof escape, "\\u%04x", byte));
        else
            rt_put_u8(w, byte);
    }
    rt_put_u8(w, '"');
}

static void put_int(struct rt_writer *w, int64_t v)
{
    char text[24];

    rt_put(w, text, (size_t)snprintf(text, sizeof text, "%lld", (long long)v));
}

static void put_value(struct rt_writer *w, const cJSON *v);

static void put_children(struct rt_writer *w, const cJSON *v)
{
    for (const cJSON *child = v->child; child; child = child->next) {
        if (child != v->child)
            rt_put_u8(w, ',');
        if (child->string) {
            put_string(w, child->string);
            rt_put_u8(w, ':');
        }
        put_value(w, child);
    }
}

/* As deep as RT_MAX_JSON_DEPTH. */
static void put_value(struct rt_writer *w, const cJSON *v)
{
    if (cJSON_IsObject(v)) {
        rt_put_u8(w, '{');
        put_children(w, v);
        rt_put_u8(w, '}');
    } else if (cJSON_IsArray(v)) {
        rt_put_u8(w, '[');
        put_children(w, v);
        rt_put_u8(w, ']');
    } else if (cJSON_IsString(v)) {
        put_string(w, v->valuestring);
    } else if (cJSON_IsNumber(v)) {
        put_int(w, (int64_t)v->valuedouble); /* exact: the reader takes integers only */
    } else {
        rt_json_put_raw(w, cJSON_IsTrue(v) ? "true" : cJSON_IsFalse(v) ? "false" : "null");
    }
}

enum ratls_err rt_body_normal(struct ratls_bytes body, struct ratls_buffer *out,
                              struct ratls_error *err)
{
    struct rt_writer w = {0};
    cJSON *json = NULL;
    enum ratls_err e = rt_json_parse_up_to(body, RT_MAX_BODY, RATLS_E_TRUST_FORMAT, &json, err);

    *out = (struct ratls_buffer){0};
    if (e)
        return e;
    if (cJSON_IsObject(json)) {
        put_value(&w, json);
        e = rt_writer_take(&w, out);
    } else {
        e = ratls_fail(err, RATLS_E_TRUST_FORMAT, "'body' is no object");
    }
    rt_json_free(json);
    return e;
}

/* ---- members ---- */

static void put_member(struct rt_writer *w, const char *name)
{
    if (w->len && w->p[w->len - 1] != '{')
        rt_put_u8(w, ',');
    put_string(w, name);
    rt_put_u8(w, ':');
}

static void put_text_member(struct rt_writer *w, const char *name, const char *text)
{
    put_member(w, name);
    put_string(w, text);
}

static void put_int_member(struct rt_writer *w, const char *name, int64_t v)
{
    put_member(w, name);
    put_int(w, v);
}

static void put_hex_member(struct rt_writer *w, const char *name, const uint8_t digest[32])
{
    char hex[2 * RT_DIGEST_LEN + 1];

    rt_hex(ratls_bytes(digest, RT_DIGEST_LEN), hex);
    put_text_member(w, name, hex);
}

static enum ratls_err malformed(struct ratls_error *err, const char *name)
{
    return ratls_fail(err, RATLS_E_TRUST_FORMAT, "'%s' is missing or of the wrong type", name);
}

/* A missing text is `*out` as it was. */
static enum ratls_err text_of(const cJSON *json, const char *name, const char **out,
                              struct ratls_error *err)
{
    const cJSON *member = rt_json_member(json, name);

    if (member && !cJSON_IsString(member))
        return malformed(err, name);
    if (member)
        *out = member->valuestring;
    return *out ? RATLS_OK : malformed(err, name);
}

static enum ratls_err time_of(const cJSON *json, const char *name, int64_t *out,
                              struct ratls_error *err)
{
    const cJSON *member = rt_json_member(json, name);

    *out = 0;
    return !member || rt_json_int(member, 0, RT_MAX_TIME, out) ? RATLS_OK : malformed(err, name);
}

/* ---- items ---- */

void rt_entry_put(struct rt_writer *w, const struct ratls_store_item *item, bool with_changed)
{
    rt_put_u8(w, '{');
    put_text_member(w, "kind", item->ref.kind);
    put_text_member(w, "tee", item->ref.tee);
    put_text_member(w, "name", item->ref.name);
    put_int_member(w, "version", item->ref.version);
    put_text_member(w, "state", item->state);
    put_int_member(w, "not_before", item->not_before);
    put_int_member(w, "not_after", item->not_after);
    put_text_member(w, "author", item->author);
    put_int_member(w, "created", item->created);
    if (with_changed)
        put_int_member(w, "changed", item->changed);
    put_member(w, "body");
    rt_put_bytes(w, item->body);
    rt_put_u8(w, '}');
}

static enum ratls_err check_known(const cJSON *json, struct ratls_error *err)
{
    static const char *const known[] = {"kind",    "tee",        "name",      "version",
                                        "state",   "not_before", "not_after", "author",
                                        "created", "changed",    "body"};

    if (!cJSON_IsObject(json))
        return ratls_fail(err, RATLS_E_TRUST_FORMAT, "an item is no object");
    for (const cJSON *m = json->child; m; m = m->next) {
        size_t i = 0;
        while (i < RT_COUNT(known) && strcmp(known[i], m->string) != 0)
            i++;
        if (i == RT_COUNT(known))
            return ratls_fail(err, RATLS_E_TRUST_FORMAT, "unknown member '%s'", m->string);
    }
    return RATLS_OK;
}

static enum ratls_err texts_of(const cJSON *json, struct ratls_store_item *item,
                               struct ratls_error *err)
{
    enum ratls_err e = text_of(json, "kind", &item->ref.kind, err);

    if (!e)
        e = text_of(json, "tee", &item->ref.tee, err);
    if (!e)
        e = text_of(json, "name", &item->ref.name, err);
    if (!e)
        e = text_of(json, "state", &item->state, err);
    if (!e)
        e = text_of(json, "author", &item->author, err);
    return e;
}

static enum ratls_err numbers_of(const cJSON *json, struct ratls_store_item *item,
                                 struct ratls_error *err)
{
    enum ratls_err e = time_of(json, "not_before", &item->not_before, err);

    if (!e)
        e = time_of(json, "not_after", &item->not_after, err);
    if (!e)
        e = time_of(json, "created", &item->created, err);
    if (!e)
        e = time_of(json, "changed", &item->changed, err);
    if (!e && !rt_json_int(rt_json_member(json, "version"), 1, RT_MAX_VERSION, &item->ref.version))
        e = malformed(err, "version");
    return e;
}

enum ratls_err rt_entry_of_json(const cJSON *json, struct rt_entry *out, struct ratls_error *err)
{
    struct ratls_store_item item = {.ref = {.tee = ""}, .author = ""};
    const cJSON *body = rt_json_member(json, "body");
    struct rt_writer w = {0};
    enum ratls_err e = check_known(json, err);

    *out = (struct rt_entry){0};
    if (e || (e = texts_of(json, &item, err)) != RATLS_OK ||
        (e = numbers_of(json, &item, err)) != RATLS_OK)
        return e;
    if (!cJSON_IsObject(body))
        return malformed(err, "body");
    put_value(&w, body);
    item.body = rt_written(&w);
    e = w.bad ? RATLS_E_NO_MEMORY : rt_entry_copy(&item, out);
    rt_writer_free(&w);
    return e;
}

enum ratls_err rt_entry_read(struct ratls_bytes file, struct rt_entry *out, struct ratls_error *err)
{
    struct rt_writer w = {0};
    cJSON *json = NULL;
    enum ratls_err e =
        rt_json_parse_up_to(file, RT_MAX_ITEM_FILE, RATLS_E_STORE_TAMPERED, &json, err);

    *out = (struct rt_entry){0};
    if (!e)
        e = rt_entry_of_json(json, out, err);
    rt_json_free(json);
    if (!e)
        e = rt_entry_check(&out->view, RATLS_E_STORE_TAMPERED, err);
    if (!e) {
        rt_entry_put(&w, &out->view, true);
        rt_put_u8(&w, '\n');
        if (w.bad)
            e = RATLS_E_NO_MEMORY;
        else if (!ratls_bytes_equal(rt_written(&w), file))
            e = ratls_fail(err, RATLS_E_STORE_TAMPERED, "not as it was written");
    }
    rt_writer_free(&w);
    if (e)
        rt_entry_free(out);
    return e == RATLS_E_TRUST_FORMAT ? RATLS_E_STORE_TAMPERED : e;
}

/* ---- rows of the trail ---- */

void rt_event_put(struct rt_writer *w, const struct rt_event *event)
{
    const struct ratls_store_event *v = &event->view;

    rt_put_u8(w, '{');
    put_int_member(w, "seq", v->seq);
    put_int_member(w, "time", v->time);
    put_text_member(w, "author", v->author);
    put_text_member(w, "action", v->action);
    put_text_member(w, "subject", v->subject);
    put_text_member(w, "detail", v->detail);
    if (event->has_digest)
        put_hex_member(w, "digest", event->digest);
    put_hex_member(w, "hash", v->hash);
    rt_put_u8(w, '}');
}

static bool digest_of(const cJSON *json, const char *name, uint8_t out[RT_DIGEST_LEN])
{
    const cJSON *member = rt_json_member(json, name);
    size_t len = RT_DIGEST_LEN;

    return cJSON_IsString(member) &&
           rt_unhex(member->valuestring, strnlen(member->valuestring, 2 * RT_DIGEST_LEN + 1), out,
                    &len) &&
           len == RT_DIGEST_LEN;
}

/* The texts of `out` still point into `json`. */
static bool event_of(const cJSON *json, struct rt_event *out)
{
    struct ratls_store_event *v = &out->view;

    *out = (struct rt_event){.has_digest = rt_json_member(json, "digest") != NULL};
    if (text_of(json, "author", &v->author, NULL) || text_of(json, "action", &v->action, NULL) ||
        text_of(json, "subject", &v->subject, NULL) || text_of(json, "detail", &v->detail, NULL))
        return false;
    return rt_json_int(rt_json_member(json, "seq"), 1, RT_MAX_TIME, &v->seq) &&
           rt_json_int(rt_json_member(json, "time"), 0, RT_MAX_TIME, &v->time) &&
           digest_of(json, "hash", v->hash) &&
           (!out->has_digest || digest_of(json, "digest", out->digest)) && rt_event_fits(out);
}

static enum ratls_err keep_texts(struct rt_event *e, struct ratls_buffer *text)
{
    const char **texts[] = {&e->view.author, &e->view.action, &e->view.subject, &e->view.detail};
    struct rt_writer w = {0};

    for (size_t i = 0; i < RT_COUNT(texts); i++)
        rt_put(&w, *texts[i], strlen(*texts[i]) + 1);
    enum ratls_err result = rt_writer_take(&w, text);
    const char *at = (const char *)text->p;
    for (size_t i = 0; !result && i < RT_COUNT(texts); i++) {
        *texts[i] = at;
        at += strlen(at) + 1;
    }
    return result;
}

enum ratls_err rt_event_read(struct ratls_bytes line, struct rt_event *out,
                             struct ratls_buffer *text, struct ratls_error *err)
{
    struct rt_writer w = {0};
    cJSON *json = NULL;
    enum ratls_err e =
        rt_json_parse_up_to(line, RT_MAX_EVENT_LINE, RATLS_E_STORE_TAMPERED, &json, err);

    *text = (struct ratls_buffer){0};
    if (e)
        return e;
    if (!event_of(json, out)) {
        e = ratls_fail(err, RATLS_E_STORE_TAMPERED, "a row of the trail is malformed");
        goto out;
    }
    rt_event_put(&w, out);
    if (w.bad)
        e = RATLS_E_NO_MEMORY;
    else if (!ratls_bytes_equal(rt_written(&w), line))
        e = ratls_fail(err, RATLS_E_STORE_TAMPERED, "a row of the trail is not as it was written");
    else
        e = keep_texts(out, text);
out:
    rt_writer_free(&w);
    rt_json_free(json);
    return e;
}
