/* ratls NOUN export: into a document, a bundle or a CoRIM. */
#include <stdio.h>

#include <cjson/cJSON.h>

#include "items_transfer.h"
#include "ratls/bundle.h"

#define FORMAT "ratls-trust/1"

/* All three or none: a document of nobody is legal, one of somebody has a revision. */
static bool set_origin(const struct tool_args *args, cJSON *o)
{
    const char *issuer = tool_get(args, EXPORT_ISSUER);
    int64_t revision = 0;

    return !issuer || (cJSON_AddStringToObject(o, "issuer", issuer) &&
                       cJSON_AddStringToObject(o, "bundle", tool_get(args, EXPORT_BUNDLE)) &&
                       tool_number(tool_get(args, EXPORT_REVISION), &revision) &&
                       cJSON_AddNumberToObject(o, "revision", (double)revision));
}

/* A CoRIM has room for reference values that count; `refval export` writes those. */
static bool is_exported(const struct tool_args *args, const cJSON *item)
{
    const char *kind = items_kind(args), *own = items_text_member(item, "kind");
    const char *format = tool_get(args, EXPORT_FORMAT), *state = items_text_member(item, "state");

    if (!items_is_of_kind(item, kind))
        return false;
    if (!format || strcmp(format, "corim") != 0 || !kind || strcmp(kind, "refval") != 0)
        return true;
    return own && strcmp(own, "refval") == 0 && state && strcmp(state, "active") == 0;
}

static void drop_others(const struct tool_args *args, cJSON *items)
{
    cJSON *item = items ? items->child : NULL;

    while (item) {
        cJSON *next = item->next;
        if (!is_exported(args, item))
            cJSON_Delete(cJSON_DetachItemViaPointer(items, item));
        item = next;
    }
}

/* New text (cJSON_free()); NULL: out of memory. */
static char *document_of(const struct tool_args *args, struct ratls_bytes all)
{
    cJSON *from = cJSON_ParseWithLength((const char *)all.p, all.len);
    cJSON *items = from ? cJSON_DetachItemFromObjectCaseSensitive(from, "items") : NULL;
    cJSON *o = cJSON_CreateObject();
    char *text = NULL;

    drop_others(args, items);
    if (items_keep_numbers(items) && cJSON_AddStringToObject(o, "format", FORMAT) &&
        set_origin(args, o) && items && cJSON_AddItemToObject(o, "items", items)) {
        items = NULL;
        text = cJSON_PrintUnformatted(o);
    }
    if (!text)
        tool_fail("out of memory");
    cJSON_Delete(items);
    cJSON_Delete(from);
    cJSON_Delete(o);
    return text;
}

static bool sign(const struct tool_args *args, struct ratls_bytes document,
                 struct ratls_buffer *out)
{
    const char *path = tool_get(args, EXPORT_KEY), *kid = tool_get(args, EXPORT_KID);
    struct ratls_buffer key = {0};
    struct ratls_error err = {0};

    if (!tool_read(path, &key))
        return false;
    enum ratls_err e = ratls_bundle_sign(document, ratls_bytes(key.p, key.len), kid, out, &err);
    ratls_buffer_free(&key);
    if (e)
        tool_fail_with("bundle", e, &err);
    return e == RATLS_OK;
}

static bool convert(const struct tool_args *args, struct ratls_bytes document,
                    struct ratls_buffer *out)
{
    const char *format = tool_get(args, EXPORT_FORMAT);
    struct ratls_error err = {0};

    if (strcmp(format, "bundle") == 0)
        return sign(args, document, out);
    enum ratls_err e = ratls_corim_write(document, out, &err);
    if (e)
        tool_fail_with("CoRIM", e, &err);
    return e == RATLS_OK;
}

static bool write_document(const struct tool_args *args, const char *text)
{
    const char *format = tool_get(args, EXPORT_FORMAT), *path = tool_get(args, EXPORT_OUT);
    struct ratls_buffer out = {0};

    if (!format || strcmp(format, "document") == 0)
        return tool_write(path, ratls_bytes_str(text));
    bool ok =
        convert(args, ratls_bytes_str(text), &out) && tool_write(path, ratls_bytes(out.p, out.len));
    ratls_buffer_free(&out);
    return ok;
}

static bool fail(const char *why)
{
    return tool_fail("%s", why) == TOOL_OK;
}

static bool check_format(const struct tool_args *args)
{
    static const char *const formats[] = {"document", "corim", "bundle"};
    const char *format = tool_get(args, EXPORT_FORMAT);
    size_t i = 0;

    while (format && i < TOOL_COUNT(formats) && strcmp(formats[i], format) != 0)
        i++;
    return i < TOOL_COUNT(formats) || fail("--format must be document, bundle or corim");
}

/* Nobody takes a document for signed because a key was given. */
static bool check_key(const struct tool_args *args)
{
    const char *format = tool_get(args, EXPORT_FORMAT);
    const bool key = tool_get(args, EXPORT_KEY), kid = tool_get(args, EXPORT_KID);

    if (format && strcmp(format, "bundle") == 0)
        return (key && kid) || fail("a bundle needs --key and --kid");
    return !(key || kid) || fail("--key and --kid are for bundles: nothing else is signed");
}

static bool check_origin(const struct tool_args *args)
{
    const char *revision = tool_get(args, EXPORT_REVISION);
    const bool issuer = tool_get(args, EXPORT_ISSUER), bundle = tool_get(args, EXPORT_BUNDLE);
    int64_t n = 1;

    if (issuer != bundle || issuer != (revision != NULL))
        return fail("--issuer, --bundle and --revision go together");
    return !revision || (tool_number(revision, &n) && n >= 1) ||
           fail("--revision must be a number from 1");
}

int items_export(const struct tool_args *args)
{
    struct ratls_buffer all = {0};
    struct ratls_error err = {0};

    if (!check_format(args) || !check_key(args) || !check_origin(args))
        return TOOL_ERROR;
    struct ratls_store *s = items_open(tool_get(args, EXPORT_STORE), RATLS_STORE_READ);
    if (!s)
        return TOOL_ERROR;
    enum ratls_err e = ratls_store_document(s, &all, &err);
    ratls_store_close(s);
    if (e)
        return tool_fail_with("store", e, &err);
    char *text = document_of(args, ratls_bytes(all.p, all.len));
    ratls_buffer_free(&all);
    bool ok = text && write_document(args, text);
    cJSON_free(text);
    if (ok && tool_get(args, EXPORT_JSON))
        printf("{\"written\":true}\n");
    return ok ? TOOL_OK : TOOL_ERROR;
}
