/* Verbs that carry items from one place to another: import, export. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "items.h"
#include "ratls/bundle.h"

#define FORMAT "ratls-trust/1"

static const char *text_of(const cJSON *json, const char *name)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, name));
}

static bool is_of_kind(const cJSON *item, const char *kind)
{
    const char *own = text_of(item, "kind");

    return !kind || !own || strcmp(own, kind) == 0 ||
           (strcmp(own, "revocation") == 0 && strcmp(kind, "policy") != 0);
}

/* ---- export ---- */

static bool set_number(cJSON *o, const char *name, const char *text)
{
    int64_t n;

    if (!tool_number(text, &n) || n < 1)
        return tool_fail("--revision must be a number from 1") == TOOL_OK;
    return cJSON_AddNumberToObject(o, name, (double)n) != NULL;
}

/* All three or none: a document of nobody is legal, one of somebody has a revision. */
static bool set_origin(const struct tool_args *args, cJSON *o)
{
    const char *issuer = tool_get(args, EXPORT_ISSUER), *bundle = tool_get(args, EXPORT_BUNDLE);
    const char *revision = tool_get(args, EXPORT_REVISION);

    if (!issuer && !bundle && !revision)
        return true;
    if (!issuer || !bundle || !revision)
        return tool_fail("--issuer, --bundle and --revision go together") == TOOL_OK;
    return cJSON_AddStringToObject(o, "issuer", issuer) &&
           cJSON_AddStringToObject(o, "bundle", bundle) && set_number(o, "revision", revision);
}

static void drop_others(cJSON *items, const char *kind)
{
    cJSON *item = items ? items->child : NULL;

    while (item) {
        cJSON *next = item->next;
        if (!is_of_kind(item, kind))
            cJSON_Delete(cJSON_DetachItemViaPointer(items, item));
        item = next;
    }
}

/* New text (cJSON_free()); NULL: said on stderr. */
static char *document_of(const struct tool_args *args, struct ratls_bytes all)
{
    cJSON *from = cJSON_ParseWithLength((const char *)all.p, all.len);
    cJSON *items = from ? cJSON_DetachItemFromObjectCaseSensitive(from, "items") : NULL;
    cJSON *o = cJSON_CreateObject();
    char *text = NULL;

    drop_others(items, items_kind(args));
    if (items_keep_numbers(items) && cJSON_AddStringToObject(o, "format", FORMAT) &&
        set_origin(args, o) && items && cJSON_AddItemToObject(o, "items", items)) {
        items = NULL;
        text = cJSON_PrintUnformatted(o);
    }
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

    if (!path || !kid)
        return tool_fail("a bundle needs --key and --kid") == TOOL_OK;
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
    if (strcmp(format, "corim") != 0)
        return tool_fail("--format must be document, bundle or corim") == TOOL_OK;
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

int items_export(const struct tool_args *args)
{
    struct ratls_store *s = items_open(tool_get(args, EXPORT_STORE), RATLS_STORE_READ);
    struct ratls_buffer all = {0};
    struct ratls_error err = {0};

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

/* ---- import ---- */

struct carried {
    struct ratls_buffer document;
    char kid[RATLS_BUNDLE_KID_MAX + 1]; /* "": nobody signed */
    bool unnumbered;                    /* versions in it mean nothing */
};

static bool starts_like_json(struct ratls_bytes file)
{
    size_t i = 0;

    while (i < file.len && isspace(file.p[i]))
        i++;
    return i < file.len && file.p[i] == '{';
}

static enum ratls_err open_bundle(struct ratls_bytes file, const char *key_path, struct carried *c,
                                  struct ratls_error *err)
{
    struct ratls_buffer key = {0};

    if (!key_path)
        return ratls_fail(err, RATLS_E_USAGE, "a bundle is opened with --key");
    if (!tool_read(key_path, &key))
        return ratls_fail(err, RATLS_E_IO, "%s", key_path);
    enum ratls_err e = ratls_bundle_open(file, ratls_bytes(key.p, key.len), &c->document, err);
    if (!e)
        e = ratls_bundle_kid(file, c->kid, err);
    ratls_buffer_free(&key);
    return e;
}

static enum ratls_err open_corim(const struct tool_args *args, struct ratls_bytes file,
                                 struct carried *c, struct ratls_error *err)
{
    if (tool_get(args, IMPORT_KEY))
        return ratls_fail(err, RATLS_E_USAGE, "--key is for bundles; nobody signed this CoRIM");
    return ratls_corim_read(file, &c->document, err);
}

static enum ratls_err open_refs(const struct tool_args *args, struct ratls_bytes file,
                                struct carried *c, struct ratls_error *err)
{
    const char *tee = tool_get(args, IMPORT_TEE), *name = tool_get(args, IMPORT_NAME);

    if (tool_get(args, IMPORT_KEY))
        return ratls_fail(err, RATLS_E_USAGE, "--key is for bundles, and this is none");
    if (!tee || !name)
        return ratls_fail(
            err, RATLS_E_USAGE,
            "values of secGear need --tee and --name; a trust document must be signed");
    c->unnumbered = true;
    return ratls_refs_read(file, tee, name, &c->document, err);
}

/* By content: CoRIM has tag 501 (RFC 8949 s.3.4: d9 01 f5), a bundle is a JWS, the rest is JSON. */
static enum ratls_err open_file(const struct tool_args *args, struct ratls_bytes file,
                                struct carried *c, struct ratls_error *err)
{
    static const uint8_t corim[] = {0xd9, 0x01, 0xf5};

    if (starts_like_json(file))
        return open_refs(args, file, c, err);
    if (tool_get(args, IMPORT_TEE) || tool_get(args, IMPORT_NAME))
        return ratls_fail(err, RATLS_E_USAGE, "--tee and --name are for values of secGear");
    if (file.len >= sizeof corim && memcmp(file.p, corim, sizeof corim) == 0)
        return open_corim(args, file, c, err);
    return open_bundle(file, tool_get(args, IMPORT_KEY), c, err);
}

/* ---- what nobody signed ---- */

struct drafts {
    struct ratls_store_item *items; /* bodies are owned; all else is borrowed */
    size_t n;
};

static void drafts_free(struct drafts *d)
{
    for (size_t i = 0; i < d->n; i++)
        cJSON_free((char *)d->items[i].body.p);
    free(d->items);
}

/* Its members come from a reader of ours; the store refuses those that miss. */
static enum ratls_err append_draft(struct drafts *d, const cJSON *json, const char *author)
{
    const cJSON *tee = cJSON_GetObjectItemCaseSensitive(json, "tee");
    const cJSON *version = cJSON_GetObjectItemCaseSensitive(json, "version");
    const cJSON *before = cJSON_GetObjectItemCaseSensitive(json, "not_before");
    const cJSON *after = cJSON_GetObjectItemCaseSensitive(json, "not_after");
    char *body = cJSON_PrintUnformatted(cJSON_GetObjectItemCaseSensitive(json, "body"));

    if (!body)
        return RATLS_E_NO_MEMORY;
    d->items[d->n++] =
        (struct ratls_store_item){.ref = {.kind = text_of(json, "kind"),
                                          .tee = tee ? cJSON_GetStringValue(tee) : "",
                                          .name = text_of(json, "name"),
                                          .version = version ? (int64_t)version->valuedouble : 0},
                                  .state = "draft",
                                  .author = author,
                                  .not_before = before ? (int64_t)before->valuedouble : 0,
                                  .not_after = after ? (int64_t)after->valuedouble : 0,
                                  .body = ratls_bytes_str(body)};
    return RATLS_OK;
}

/* Versions of one name must come in their order. */
static int by_version(const void *a, const void *b)
{
    const struct ratls_store_item *x = a, *y = b;

    return (x->ref.version > y->ref.version) - (x->ref.version < y->ref.version);
}

/* Items that nobody signed become drafts of whoever imports them: all of them, or none. */
static enum ratls_err add_drafts(const struct tool_args *args, struct ratls_store *s,
                                 const struct carried *c, const cJSON *items,
                                 struct ratls_error *err)
{
    const char *author = items_author(tool_get(args, IMPORT_AUTHOR));
    struct drafts d = {.items = calloc((size_t)cJSON_GetArraySize(items) + 1, sizeof *d.items)};
    const cJSON *item;
    enum ratls_err e = d.items ? RATLS_OK : RATLS_E_NO_MEMORY;

    cJSON_ArrayForEach(item, items)
    {
        if (!e)
            e = append_draft(&d, item, author);
    }
    for (size_t i = 0; i < d.n && c->unnumbered && !e; i++)
        e = items_next_version(s, &d.items[i].ref, err);
    if (!e) {
        qsort(d.items, d.n, sizeof *d.items, by_version);
        e = ratls_store_add_all(s, d.items, d.n, err);
    }
    drafts_free(&d);
    return e;
}

static enum ratls_err check_kinds(const cJSON *items, const char *kind, struct ratls_error *err)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, items)
    {
        if (!is_of_kind(item, kind))
            return ratls_fail(err, RATLS_E_USAGE,
                              "it holds more than %s: ratls store import takes all", kind);
    }
    return RATLS_OK;
}

static enum ratls_err take(const struct tool_args *args, struct ratls_store *s,
                           const struct carried *c, struct ratls_error *err)
{
    const struct ratls_bytes document = ratls_bytes(c->document.p, c->document.len);
    const struct ratls_store_import by = {.author = items_author(tool_get(args, IMPORT_AUTHOR)),
                                          .by = c->kid};
    cJSON *json = cJSON_ParseWithLength((const char *)document.p, document.len);
    const cJSON *items = cJSON_GetObjectItemCaseSensitive(json, "items");
    enum ratls_err e =
        items_keep_numbers(json) ? check_kinds(items, items_kind(args), err) : RATLS_E_NO_MEMORY;

    if (!e)
        e = c->kid[0] ? ratls_store_import(s, document, &by, err)
                      : add_drafts(args, s, c, items, err);
    cJSON_Delete(json);
    return e;
}

/* Who tried in vain is remembered as well (a row of the trail is no item). */
static void note_refusal(const struct tool_args *args, struct ratls_store *s, enum ratls_err e,
                         const struct ratls_error *err)
{
    char detail[RATLS_STORE_DETAIL_MAX + 1];
    struct ratls_error ignored = {0};

    (void)snprintf(detail, sizeof detail, "%s: %s", ratls_err_reason(e), err->detail);
    if (ratls_store_note(s, items_author(tool_get(args, IMPORT_AUTHOR)), "import_refused", detail,
                         &ignored) != RATLS_OK)
        tool_fail("the refusal could not be noted: %s", ignored.detail);
}

static int import_into(const struct tool_args *args, struct ratls_store *s, struct ratls_bytes file)
{
    struct carried c = {0};
    struct ratls_error err = {0};
    enum ratls_err e = open_file(args, file, &c, &err);

    const bool opened = e == RATLS_OK;
    if (opened)
        e = take(args, s, &c, &err);
    if (e && (opened || (e != RATLS_E_USAGE && e != RATLS_E_IO)))
        note_refusal(args, s, e, &err);
    if (e)
        tool_fail_with("import", e, &err);
    else if (tool_get(args, IMPORT_JSON))
        printf("{\"imported\":true,\"signed\":%s}\n", c.kid[0] ? "true" : "false");
    else
        printf("imported%s%s\n", c.kid[0] ? ", signed by " : " as drafts, signed by nobody", c.kid);
    ratls_buffer_free(&c.document);
    return e == RATLS_OK                           ? TOOL_OK
           : e == RATLS_E_USAGE || e == RATLS_E_IO ? TOOL_ERROR
                                                   : TOOL_DENIED;
}

int items_import(const struct tool_args *args)
{
    struct ratls_buffer file = {0};
    struct ratls_store *s = NULL;
    int code = TOOL_ERROR;

    if (tool_read(args->positional, &file) &&
        (s = items_open(tool_get(args, IMPORT_STORE), RATLS_STORE_CREATE)) != NULL)
        code = import_into(args, s, ratls_bytes(file.p, file.len));
    ratls_store_close(s);
    ratls_buffer_free(&file);
    return code;
}
