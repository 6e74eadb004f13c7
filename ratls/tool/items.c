#include "items.h"

#include <ctype.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "shared_options.h"

/* ---- options ---- */

const struct tool_option items_list_options[LIST_OPTIONS] = {
    [LIST_STORE] = TOOL_STORE,
    [LIST_TEE] = {.name = "--tee", .value = "NAME", .help = "of this TEE alone"},
    [LIST_NAME] = {.name = "--name", .value = "NAME", .help = "of this name alone"},
    [LIST_STATE] = {.name = "--state", .value = "STATE", .help = "in this state alone"},
    [LIST_JSON] = TOOL_JSON,
};

const struct tool_option items_show_options[SHOW_OPTIONS] = {
    [SHOW_STORE] = TOOL_STORE,
    [SHOW_JSON] = TOOL_JSON,
};

const struct tool_option items_add_options[ADD_OPTIONS] = {
    [ADD_STORE] = TOOL_STORE,
    [ADD_TEE] = {.name = "--tee",
                 .value = "NAME",
                 .help = "whose it is: tdx, snp ...; no policy's"},
    [ADD_NAME] = {.name = "--name", .value = "NAME", .help = "of the set", .required = true},
    [ADD_VERSION] = {.name = "--version", .value = "N", .help = "the highest there is and one"},
    [ADD_STATE] = {.name = "--state", .value = "STATE", .help = "draft, the default, or active"},
    [ADD_NOT_BEFORE] = {.name = "--not-before", .value = "TIME", .help = "UNIX or RFC 3339"},
    [ADD_NOT_AFTER] = {.name = "--not-after", .value = "TIME", .help = "UNIX or RFC 3339"},
    [ADD_MEASUREMENT] = {.name = "--measurement",
                         .value = "HEX",
                         .help = "a reference value, in place of FILE",
                         .repeats = true},
    [ADD_SIM_ROOT] = {.name = "--insecure-sim-root",
                      .help = "the anchor is that of a simulated TEE: proves nothing"},
    [ADD_AUTHOR] = TOOL_AUTHOR,
    [ADD_JSON] = TOOL_JSON,
};

const struct tool_option items_move_options[MOVE_OPTIONS] = {
    [MOVE_STORE] = TOOL_STORE,
    [MOVE_SUPERSEDE] = {.name = "--supersede", .help = "and supersede the other active versions"},
    [MOVE_AUTHOR] = TOOL_AUTHOR,
    [MOVE_JSON] = TOOL_JSON,
};

const struct tool_option items_revoke_options[REVOKE_OPTIONS] = {
    [REVOKE_STORE] = TOOL_STORE,
    [REVOKE_MEASUREMENT] = {.name = "--measurement",
                            .value = "HEX",
                            .help = "revoke this measurement, in place of a version"},
    [REVOKE_KEY] = {.name = "--key",
                    .value = "HEX",
                    .help = "revoke this key: SHA-256 of its SubjectPublicKeyInfo"},
    [REVOKE_PLATFORM] = {.name = "--platform",
                         .value = "HEX",
                         .help = "revoke this platform: its claim platform_id"},
    [REVOKE_TEE] = {.name = "--tee", .value = "NAME", .help = "for this TEE alone"},
    [REVOKE_COMMENT] = {.name = "--comment", .value = "TEXT", .help = "why"},
    [REVOKE_AUTHOR] = TOOL_AUTHOR,
    [REVOKE_JSON] = TOOL_JSON,
};

const struct tool_option items_history_options[HISTORY_OPTIONS] = {
    [HISTORY_STORE] = TOOL_STORE,
    [HISTORY_FROM] = {.name = "--from", .value = "N", .help = "from this row of the trail on"},
    [HISTORY_JSON] = TOOL_JSON,
};

const struct tool_option items_import_options[IMPORT_OPTIONS] = {
    [IMPORT_STORE] = TOOL_STORE,
    [IMPORT_KEY] = {.name = "--key", .value = "PEM", .help = "public key that signed the bundle"},
    [IMPORT_TEE] = {.name = "--tee", .value = "NAME", .help = "of secGear's values"},
    [IMPORT_NAME] = {.name = "--name", .value = "NAME", .help = "of the set of secGear's values"},
    [IMPORT_AUTHOR] = TOOL_AUTHOR,
    [IMPORT_JSON] = TOOL_JSON,
};

const struct tool_option items_export_options[EXPORT_OPTIONS] = {
    [EXPORT_STORE] = TOOL_STORE,
    [EXPORT_FORMAT] = {.name = "--format",
                       .value = "FORMAT",
                       .help = "document, the default, bundle (signed) or corim"},
    [EXPORT_KEY] = {.name = "--key", .value = "PEM", .help = "private key that signs a bundle"},
    [EXPORT_KID] = {.name = "--kid", .value = "TEXT", .help = "name of that key"},
    [EXPORT_ISSUER] = {.name = "--issuer", .value = "TEXT", .help = "who gives the bundle out"},
    [EXPORT_BUNDLE] = {.name = "--bundle", .value = "NAME", .help = "which bundle it is"},
    [EXPORT_REVISION] = {.name = "--revision", .value = "N", .help = "its number; only ever grows"},
    [EXPORT_OUT] = {.name = "-o", .value = "FILE", .help = "where to", .required = true},
    [EXPORT_JSON] = TOOL_JSON,
};

/* ---- store and author ---- */

const char *items_kind(const struct tool_args *args)
{
    static const char *const kinds[] = {"refval", "anchor", "policy", "secret"};

    for (size_t i = 0; i < TOOL_COUNT(kinds); i++)
        if (strncmp(args->command->name, kinds[i], strlen(kinds[i])) == 0)
            return kinds[i];
    return NULL;
}

struct ratls_store *items_open(const char *url, enum ratls_store_access access)
{
    struct ratls_store *s = NULL;
    struct ratls_error err = {0};
    enum ratls_err e = ratls_store_open(tool_env(), url, access, &s, &err);

    if (e)
        tool_fail_with("store", e, &err); /* a URL may hold a password */
    return s;
}

const char *items_author(const char *given)
{
    const struct passwd *user = given ? NULL : getpwuid(getuid());

    return given ? given : user ? user->pw_name : "unknown";
}

/* ---- references ---- */

/* Not empty, and without a slash: no part of a reference has one. */
static bool copy(char *out, size_t size, const char *from, size_t len)
{
    if (len == 0 || len >= size || memchr(from, '/', len))
        return false;
    memcpy(out, from, len);
    out[len] = 0;
    return true;
}

static bool parse_ref(const char *kind, const char *text, struct items_ref *out)
{
    const char *at = strchr(text, '@');
    const char *slash = strchr(text, '/');
    const char *end = at ? at : text + strlen(text);
    bool with_tee = strcmp(kind, "policy") != 0;

    if (with_tee != (slash && slash < end))
        return false;
    const char *name = with_tee ? slash + 1 : text;
    return (!with_tee || copy(out->tee, sizeof out->tee, text, (size_t)(slash - text))) &&
           copy(out->name, sizeof out->name, name, (size_t)(end - name)) &&
           (!at || (tool_number(at + 1, &out->ref.version) && out->ref.version > 0));
}

bool items_parse_ref(const char *kind, const char *text, struct items_ref *out)
{
    *out = (struct items_ref){0};
    out->ref = (struct ratls_store_ref){.kind = kind, .tee = out->tee, .name = out->name};
    if (parse_ref(kind, text, out))
        return true;
    tool_fail("'%s' is not %sNAME or %sNAME@VERSION", text, *kind == 'p' ? "" : "TEE/",
              *kind == 'p' ? "" : "TEE/");
    return false;
}

void items_text(const struct ratls_store_ref *ref, char *out)
{
    snprintf(out, ITEMS_TEXT_MAX, "%s/%s%s%s@%" PRId64, ref->kind, ref->tee, *ref->tee ? "/" : "",
             ref->name, ref->version);
}

/* ---- numbers ---- */

/* cJSON prints 15 digits; JSON of the store has integers up to 2^53 - 1 (16). */
static bool write_out(cJSON *number)
{
    char *digits = cJSON_malloc(24);

    if (!digits)
        return false;
    snprintf(digits, 24, "%.0f", number->valuedouble);
    number->valuestring = digits;
    number->type = cJSON_Raw;
    return true;
}

bool items_keep_numbers(cJSON *json)
{
    static const double printed = 1e15, most = 1e16;
    const double n = cJSON_IsNumber(json) ? json->valuedouble : 0, size = n < 0 ? -n : n;
    bool ok = true;

    if (size >= printed && size < most)
        return write_out(json);
    for (cJSON *one = json ? json->child : NULL; ok && one; one = one->next)
        ok = items_keep_numbers(one);
    return ok;
}

/* ---- output ---- */

static bool put_number(cJSON *object, const char *name, int64_t n)
{
    return cJSON_AddNumberToObject(object, name, (double)n) != NULL;
}

static bool put_identity(cJSON *o, const struct ratls_store_ref *ref)
{
    return cJSON_AddStringToObject(o, "kind", ref->kind) &&
           cJSON_AddStringToObject(o, "tee", ref->tee) &&
           cJSON_AddStringToObject(o, "name", ref->name) && put_number(o, "version", ref->version);
}

static bool put_state(cJSON *o, const struct ratls_store_item *item)
{
    return cJSON_AddStringToObject(o, "state", item->state) &&
           put_number(o, "not_before", item->not_before) &&
           put_number(o, "not_after", item->not_after) &&
           cJSON_AddStringToObject(o, "author", item->author) &&
           put_number(o, "created", item->created) && put_number(o, "changed", item->changed);
}

cJSON *items_json(const struct ratls_store_item *item)
{
    cJSON *o = cJSON_CreateObject();
    cJSON *body = cJSON_ParseWithLength((const char *)item->body.p, item->body.len);

    if (put_identity(o, &item->ref) && put_state(o, item) && body &&
        cJSON_AddItemToObject(o, "body", body)) {
        body = NULL;
        if (items_keep_numbers(o))
            return o;
    }
    cJSON_Delete(body);
    cJSON_Delete(o);
    return NULL;
}

void items_put_line(const struct ratls_store_item *item)
{
    char what[ITEMS_TEXT_MAX], changed[32], until[32] = "";

    items_text(&item->ref, what);
    tool_time_text(item->changed, changed);
    if (item->not_after)
        tool_time_text(item->not_after, until);
    printf("%-40s %-10s %s  %s%s%s\n", what, item->state, changed, item->author,
           item->not_after ? "  until " : "", until);
}

int items_print(cJSON *json)
{
    char *text = json ? cJSON_PrintUnformatted(json) : NULL;

    if (text)
        puts(text);
    cJSON_Delete(json);
    cJSON_free(text);
    return text ? TOOL_OK : tool_fail("out of memory");
}

struct shown {
    bool json;
    int code;
};

static enum ratls_err show_one(void *arg, const struct ratls_store_item *item)
{
    struct shown *shown = arg;

    shown->code = TOOL_OK;
    if (shown->json)
        shown->code = items_print(items_json(item));
    else
        items_put_line(item);
    return RATLS_OK;
}

int items_show_changed(struct ratls_store *s, const struct ratls_store_ref *ref, bool json)
{
    struct shown shown = {json, TOOL_ERROR};
    struct ratls_error err = {0};
    enum ratls_err e = ratls_store_each(s, ref, show_one, &shown, &err);

    return e ? tool_fail_with("store", e, &err) : shown.code;
}
