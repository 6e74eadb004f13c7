/* ratls NOUN import: a signed bundle; CoRIM and values of secGear, which nobody signed. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "items_transfer.h"
#include "ratls/bundle.h"

const char *items_text_member(const cJSON *json, const char *name)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, name));
}

bool items_is_of_kind(const cJSON *item, const char *kind)
{
    const char *own = items_text_member(item, "kind");

    return !kind || !own || strcmp(own, kind) == 0 ||
           (strcmp(own, "revocation") == 0 && strcmp(kind, "policy") != 0);
}

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
    return e == RATLS_E_CERT_KEY || e == RATLS_E_CERT_FORMAT ? RATLS_E_IO : e; /* of our key */
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
        (struct ratls_store_item){.ref = {.kind = items_text_member(json, "kind"),
                                          .tee = tee ? cJSON_GetStringValue(tee) : "",
                                          .name = items_text_member(json, "name"),
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
        if (!items_is_of_kind(item, kind))
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

/* 1: the file is refused for what it holds. All of these say nothing about it. */
static int exit_code(enum ratls_err e)
{
    static const enum ratls_err failures[] = {
        RATLS_E_USAGE, RATLS_E_IO,           RATLS_E_NO_MEMORY,      RATLS_E_TIMEOUT,
        RATLS_E_STORE, RATLS_E_STORE_DENIED, RATLS_E_STORE_TAMPERED, RATLS_E_STORE_VERSION};

    for (size_t i = 0; i < TOOL_COUNT(failures); i++)
        if (failures[i] == e)
            return TOOL_ERROR;
    return e == RATLS_OK ? TOOL_OK : TOOL_DENIED;
}

static void tell(const struct tool_args *args, const struct carried *c)
{
    if (tool_get(args, IMPORT_JSON))
        printf("{\"imported\":true,\"signed\":%s}\n", c->kid[0] ? "true" : "false");
    else
        printf("imported%s%s\n", c->kid[0] ? ", signed by " : " as drafts, signed by nobody",
               c->kid);
}

static int import_into(const struct tool_args *args, struct ratls_store *s, struct ratls_bytes file)
{
    struct carried c = {0};
    struct ratls_error err = {0};
    enum ratls_err e = open_file(args, file, &c, &err);
    const bool opened = e == RATLS_OK;

    if (opened)
        e = take(args, s, &c, &err);
    if (exit_code(e) == TOOL_DENIED || (opened && e == RATLS_E_USAGE)) /* for another noun */
        note_refusal(args, s, e, &err);
    if (e)
        tool_fail_with("import", e, &err);
    else
        tell(args, &c);
    ratls_buffer_free(&c.document);
    return exit_code(e);
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
