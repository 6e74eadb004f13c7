/* Verbs that change a store: add, activate, supersede, revoke. Rules are the store's. */
#include <inttypes.h>
#include <stdio.h>

#include <cjson/cJSON.h>

#include "items_body.h"

/* ---- add ---- */

static enum ratls_err note_version(void *arg, const struct ratls_store_item *item)
{
    int64_t *highest = arg;

    if (item->ref.version > *highest)
        *highest = item->ref.version;
    return RATLS_OK;
}

/* 0 where there is none. */
static enum ratls_err highest_version(struct ratls_store *s, const struct ratls_store_ref *ref,
                                      int64_t *out, struct ratls_error *err)
{
    struct ratls_store_ref any = *ref;
    int64_t highest = 0;

    any.version = 0;
    enum ratls_err e = ratls_store_each(s, &any, note_version, &highest, err);
    *out = highest;
    return e;
}

enum ratls_err items_next_version(struct ratls_store *s, struct ratls_store_ref *ref,
                                  struct ratls_error *err)
{
    enum ratls_err e = highest_version(s, ref, &ref->version, err);

    ref->version++;
    return e;
}

static bool choose_version(struct ratls_store *s, const char *given, struct ratls_store_ref *ref)
{
    struct ratls_error err = {0};

    if (given && (!tool_number(given, &ref->version) || ref->version < 1)) {
        tool_fail("--version must be a number from 1");
        return false;
    }
    if (given)
        return true;
    enum ratls_err e = items_next_version(s, ref, &err);
    if (e)
        tool_fail_with("store", e, &err);
    return e == RATLS_OK;
}

static bool read_time(const struct tool_args *args, size_t option, int64_t *out)
{
    const char *text = tool_get(args, option);

    if (!text || tool_time(text, out))
        return true;
    tool_fail("'%s' is no time", text);
    return false;
}

static int add_item(const struct tool_args *args, struct ratls_store *s,
                    struct ratls_store_item *item)
{
    struct ratls_error err = {0};

    if (!choose_version(s, tool_get(args, ADD_VERSION), &item->ref))
        return TOOL_ERROR;
    enum ratls_err e = ratls_store_add(s, item, &err);
    return e ? tool_fail_with("store", e, &err)
             : items_show_changed(s, &item->ref, tool_get(args, ADD_JSON) != NULL);
}

static bool read_item(const struct tool_args *args, struct ratls_store_item *item, char **body)
{
    const char *tee = tool_get(args, ADD_TEE), *state = tool_get(args, ADD_STATE);
    bool is_policy = strcmp(items_kind(args), "policy") == 0;

    if (is_policy != !tee) {
        tool_fail(is_policy ? "a policy is of no TEE" : "--tee is missing");
        return false;
    }
    item->ref = (struct ratls_store_ref){
        .kind = items_kind(args), .tee = tee ? tee : "", .name = tool_get(args, ADD_NAME)};
    item->state = state ? state : "draft";
    item->author = items_author(tool_get(args, ADD_AUTHOR));
    if (!read_time(args, ADD_NOT_BEFORE, &item->not_before) ||
        !read_time(args, ADD_NOT_AFTER, &item->not_after) ||
        !items_read_body(args, item->ref.kind, body))
        return false;
    item->body = ratls_bytes_str(*body);
    return true;
}

int items_add(const struct tool_args *args)
{
    struct ratls_store_item item = {0};
    struct ratls_store *s = NULL;
    char *body = NULL;
    int code = TOOL_ERROR;

    if (read_item(args, &item, &body) &&
        (s = items_open(tool_get(args, ADD_STORE), RATLS_STORE_CREATE)) != NULL)
        code = add_item(args, s, &item);
    ratls_store_close(s);
    cJSON_free(body);
    return code;
}

/* ---- activate, supersede ---- */

enum { OTHERS_MAX = 64 };

struct others {
    int64_t but; /* this version stays */
    int64_t version[OTHERS_MAX];
    size_t n;
};

static enum ratls_err note_active(void *arg, const struct ratls_store_item *item)
{
    struct others *o = arg;

    if (item->ref.version == o->but || strcmp(item->state, "active") != 0)
        return RATLS_OK;
    if (o->n == OTHERS_MAX)
        return RATLS_E_LIMIT;
    o->version[o->n++] = item->ref.version;
    return RATLS_OK;
}

static enum ratls_err find_others(struct ratls_store *s, const struct ratls_store_ref *ref,
                                  struct others *out, struct ratls_error *err)
{
    struct ratls_store_ref any = *ref;

    *out = (struct others){.but = ref->version};
    any.version = 0;
    enum ratls_err e = ratls_store_each(s, &any, note_active, out, err);
    return e == RATLS_E_LIMIT ? ratls_fail(err, e, "more than %d versions are active", OTHERS_MAX)
                              : e;
}

/* Others are superseded behind the activation: there is no moment at which none is active. */
static enum ratls_err replace(struct ratls_store *s, const struct ratls_store_ref *ref,
                              const char *author, struct ratls_error *err)
{
    struct ratls_store_ref other = *ref;
    struct others others;
    enum ratls_err e = find_others(s, ref, &others, err);

    if (!e)
        e = ratls_store_set_state(s, ref, "active", author, err);
    for (size_t i = 0; i < others.n && e == RATLS_OK; i++) {
        other.version = others.version[i];
        e = ratls_store_set_state(s, &other, "superseded", author, err);
    }
    return e;
}

static enum ratls_err move_to(const struct tool_args *args, struct ratls_store *s,
                              const char *state, struct ratls_store_ref *ref,
                              struct ratls_error *err)
{
    const char *author = items_author(tool_get(args, MOVE_AUTHOR));
    enum ratls_err e = RATLS_OK;

    if (ref->version == 0) /* the highest; it must be named to be left alone */
        e = highest_version(s, ref, &ref->version, err);
    if (e)
        return e;
    return tool_get(args, MOVE_SUPERSEDE) ? replace(s, ref, author, err)
                                          : ratls_store_set_state(s, ref, state, author, err);
}

static int move(const struct tool_args *args, const char *state)
{
    struct ratls_error err = {0};
    struct items_ref ref;

    if (!items_parse_ref(items_kind(args), args->positional, &ref))
        return TOOL_ERROR;
    struct ratls_store *s = items_open(tool_get(args, MOVE_STORE), RATLS_STORE_WRITE);
    if (!s)
        return TOOL_ERROR;
    enum ratls_err e = move_to(args, s, state, &ref.ref, &err);
    int code = e ? tool_fail_with("store", e, &err)
                 : items_show_changed(s, &ref.ref, tool_get(args, MOVE_JSON) != NULL);
    ratls_store_close(s);
    return code;
}

int items_activate(const struct tool_args *args)
{
    return move(args, "active");
}

int items_supersede(const struct tool_args *args)
{
    if (tool_get(args, MOVE_SUPERSEDE))
        return tool_fail("--supersede is for activate");
    return move(args, "superseded");
}

/* ---- revoke ---- */

static const struct value_option {
    size_t option;
    const char *what;
} value_options[] = {
    {REVOKE_MEASUREMENT, "measurement"}, {REVOKE_KEY, "key"}, {REVOKE_PLATFORM, "platform"}};

static int revoke_version(const struct tool_args *args, struct ratls_store *s)
{
    struct ratls_error err = {0};
    struct items_ref ref;

    if (tool_get(args, REVOKE_TEE) || tool_get(args, REVOKE_COMMENT))
        return tool_fail("--tee and --comment are for values");
    if (!items_parse_ref(items_kind(args), args->positional, &ref))
        return TOOL_ERROR;
    if (ref.ref.version == 0)
        return tool_fail("which version of '%s' is to be revoked?", args->positional);
    enum ratls_err e = ratls_store_set_state(s, &ref.ref, "revoked",
                                             items_author(tool_get(args, REVOKE_AUTHOR)), &err);
    return e ? tool_fail_with("store", e, &err)
             : items_show_changed(s, &ref.ref, tool_get(args, REVOKE_JSON) != NULL);
}

static int add_revocation(const struct tool_args *args, struct ratls_store *s,
                          const struct value_option *o, const char *body)
{
    const char *tee = tool_get(args, REVOKE_TEE);
    char name[RATLS_STORE_NAME_MAX + 1];
    struct ratls_error err = {0};
    struct ratls_store_item item = {
        .ref = {.kind = "revocation", .tee = tee ? tee : "", .name = name, .version = 1},
        .state = "active",
        .author = items_author(tool_get(args, REVOKE_AUTHOR)),
        .body = ratls_bytes_str(body)};
    enum ratls_err e = ratls_store_revocation_name(o->what, tool_get(args, o->option), name, &err);

    if (!e)
        e = ratls_store_add(s, &item, &err);
    return e ? tool_fail_with("store", e, &err)
             : items_show_changed(s, &item.ref, tool_get(args, REVOKE_JSON) != NULL);
}

static int revoke_value(const struct tool_args *args, struct ratls_store *s,
                        const struct value_option *o)
{
    char *body = NULL;
    int code = TOOL_ERROR;

    if (items_revocation_body(o->what, tool_get(args, o->option), tool_get(args, REVOKE_COMMENT),
                              &body))
        code = add_revocation(args, s, o, body);
    cJSON_free(body);
    return code;
}

int items_revoke(const struct tool_args *args)
{
    const struct value_option *value = NULL;
    size_t n = args->positional ? 1 : 0;

    for (size_t i = 0; i < TOOL_COUNT(value_options); i++) {
        if (tool_get(args, value_options[i].option)) {
            value = &value_options[i];
            n++;
        }
    }
    if (n != 1)
        return tool_fail("one thing to revoke: a version, --measurement, --key or --platform");
    if (value && strcmp(items_kind(args), "policy") == 0)
        return tool_fail("values are revoked with refval or anchor");
    struct ratls_store *s = items_open(tool_get(args, REVOKE_STORE), RATLS_STORE_WRITE);
    if (!s)
        return TOOL_ERROR;
    int code = value ? revoke_value(args, s, value) : revoke_version(args, s);
    ratls_store_close(s);
    return code;
}
