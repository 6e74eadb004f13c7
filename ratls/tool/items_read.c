/* Verbs that change nothing: list, show, history. */
#include <inttypes.h>
#include <stdio.h>

#include <cjson/cJSON.h>

#include "items.h"

/* ---- list ---- */

struct listing {
    const char *state; /* NULL: any */
    cJSON *array;      /* NULL: lines */
};

static enum ratls_err list_one(void *arg, const struct ratls_store_item *item)
{
    struct listing *l = arg;

    if (l->state && strcmp(l->state, item->state) != 0)
        return RATLS_OK;
    if (!l->array) {
        items_put_line(item);
        return RATLS_OK;
    }
    cJSON *json = items_json(item);
    if (cJSON_AddItemToArray(l->array, json))
        return RATLS_OK;
    cJSON_Delete(json);
    return RATLS_E_NO_MEMORY;
}

/* Nobody's state is misspelt into an empty list. */
static bool is_state(const char *text)
{
    static const char *const states[] = {"draft", "active", "superseded", "revoked"};

    for (size_t i = 0; i < TOOL_COUNT(states); i++)
        if (strcmp(states[i], text) == 0)
            return true;
    tool_fail("--state must be draft, active, superseded or revoked");
    return false;
}

static bool has_revocations(const char *kind)
{
    return strcmp(kind, "refval") == 0 || strcmp(kind, "anchor") == 0;
}

/* A noun's revocations are listed with it: they decide over the same things. */
static enum ratls_err list_kinds(struct ratls_store *s, const struct tool_args *args,
                                 struct listing *l, struct ratls_error *err)
{
    const char *kind = items_kind(args);
    struct ratls_store_ref filter = {
        .kind = kind, .tee = tool_get(args, LIST_TEE), .name = tool_get(args, LIST_NAME)};
    enum ratls_err e = ratls_store_each(s, &filter, list_one, l, err);

    if (e || !kind || !has_revocations(kind))
        return e;
    filter.kind = "revocation";
    return ratls_store_each(s, &filter, list_one, l, err);
}

int items_list(const struct tool_args *args)
{
    const char *state = tool_get(args, LIST_STATE);
    struct listing l = {.state = state};
    struct ratls_error err = {0};

    if (state && !is_state(state))
        return TOOL_ERROR;
    struct ratls_store *s = items_open(tool_get(args, LIST_STORE), RATLS_STORE_READ);
    if (!s)
        return TOOL_ERROR;
    if (tool_get(args, LIST_JSON) && !(l.array = cJSON_CreateArray())) {
        ratls_store_close(s);
        return tool_fail("out of memory");
    }
    enum ratls_err e = list_kinds(s, args, &l, &err);
    ratls_store_close(s);
    if (e == RATLS_OK)
        return l.array ? items_print(l.array) : TOOL_OK;
    cJSON_Delete(l.array);
    return tool_fail_with("store", e, &err);
}

/* ---- show ---- */

struct search {
    int64_t version; /* the highest so far */
    cJSON *json;
};

/* The last one given is the highest version: they come in order. */
static enum ratls_err keep_one(void *arg, const struct ratls_store_item *item)
{
    struct search *found = arg;

    cJSON_Delete(found->json);
    found->json = items_json(item);
    return found->json ? RATLS_OK : RATLS_E_NO_MEMORY;
}

/* For people: the body as a file of its own would look. */
static int show_text(cJSON *json)
{
    char *text = cJSON_Print(json);

    if (text)
        puts(text);
    cJSON_free(text);
    cJSON_Delete(json);
    return text ? TOOL_OK : tool_fail("out of memory");
}

int items_show(const struct tool_args *args)
{
    struct search found = {0};
    struct ratls_error err = {0};
    struct items_ref ref;

    if (!items_parse_ref(items_kind(args), args->positional, &ref))
        return TOOL_ERROR;
    struct ratls_store *s = items_open(tool_get(args, SHOW_STORE), RATLS_STORE_READ);
    if (!s)
        return TOOL_ERROR;
    enum ratls_err e = ratls_store_each(s, &ref.ref, keep_one, &found, &err);
    ratls_store_close(s);
    if (!e && !found.json)
        e = ratls_fail(&err, RATLS_E_NOT_FOUND, "%s", args->positional);
    if (e) {
        cJSON_Delete(found.json);
        return tool_fail_with("store", e, &err);
    }
    return tool_get(args, SHOW_JSON) ? items_print(found.json) : show_text(found.json);
}

/* ---- history ---- */

struct trail {
    const char *kind; /* of the subjects; NULL: everything */
    cJSON *array;     /* NULL: lines */
};

static bool starts_with(const char *subject, const char *kind)
{
    size_t len = strlen(kind);

    return strncmp(subject, kind, len) == 0 && subject[len] == '/';
}

/* As list: a noun's revocations belong to it. */
static bool is_about(const struct trail *t, const struct ratls_store_event *event)
{
    return !t->kind || starts_with(event->subject, t->kind) ||
           (has_revocations(t->kind) && starts_with(event->subject, "revocation"));
}

static bool put_event(cJSON *o, const struct ratls_store_event *event, const char *hash)
{
    return cJSON_AddNumberToObject(o, "seq", (double)event->seq) &&
           cJSON_AddNumberToObject(o, "time", (double)event->time) &&
           cJSON_AddStringToObject(o, "author", event->author) &&
           cJSON_AddStringToObject(o, "action", event->action) &&
           cJSON_AddStringToObject(o, "subject", event->subject) &&
           cJSON_AddStringToObject(o, "detail", event->detail) &&
           cJSON_AddStringToObject(o, "hash", hash);
}

static enum ratls_err tell_event(void *arg, const struct ratls_store_event *event)
{
    const struct trail *t = arg;
    char hash[2 * sizeof event->hash + 1], at[32];

    if (!is_about(t, event))
        return RATLS_OK;
    tool_hex(event->hash, sizeof event->hash, hash);
    tool_time_text(event->time, at);
    if (!t->array) {
        printf("%5" PRId64 "  %s  %-12s %-12s %s%s%s\n", event->seq, at, event->author,
               event->action, event->subject, *event->detail ? "  " : "", event->detail);
        return RATLS_OK;
    }
    cJSON *o = cJSON_CreateObject();
    if (put_event(o, event, hash) && cJSON_AddItemToArray(t->array, o))
        return RATLS_OK;
    cJSON_Delete(o);
    return RATLS_E_NO_MEMORY;
}

int items_history(const struct tool_args *args)
{
    const char *from = tool_get(args, HISTORY_FROM);
    struct trail t = {.kind = items_kind(args)};
    struct ratls_error err = {0};
    int64_t seq = 1;

    if (from && (!tool_number(from, &seq) || seq < 1))
        return tool_fail("--from must be a number from 1");
    struct ratls_store *s = items_open(tool_get(args, HISTORY_STORE), RATLS_STORE_READ);
    if (!s)
        return TOOL_ERROR;
    if (tool_get(args, HISTORY_JSON) && !(t.array = cJSON_CreateArray())) {
        ratls_store_close(s);
        return tool_fail("out of memory");
    }
    enum ratls_err e = ratls_store_history(s, seq, tell_event, &t, &err);
    ratls_store_close(s);
    if (e == RATLS_OK)
        return t.array ? items_print(t.array) : TOOL_OK;
    cJSON_Delete(t.array);
    return tool_fail_with("store", e, &err);
}
