/* What is known of secrets, and what the verbs share. */
#include <inttypes.h>
#include <stdio.h>

#include <cjson/cJSON.h>

#include "secrets.h"

bool secrets_parse_ref(const char *text, struct secrets_ref *out)
{
    const char *at = strchr(text, '@');
    const size_t len = at ? (size_t)(at - text) : strlen(text);

    *out = (struct secrets_ref){0};
    if (len == 0 || len >= sizeof out->name ||
        (at && (!tool_number(at + 1, &out->version) || out->version < 1))) {
        tool_fail("'%s' is not NAME or NAME@VERSION", text);
        return false;
    }
    memcpy(out->name, text, len);
    return true;
}

struct ratls_kek *secrets_kek(const char *url)
{
    struct ratls_kek *kek = NULL;
    struct ratls_error err = {0};
    enum ratls_err e = ratls_kek_open(tool_env(), url, &kek, &err);

    if (e)
        tool_fail_with("kek", e, &err);
    return kek;
}

/* ---- printing ---- */

static bool put_time(cJSON *o, const char *name, int64_t t)
{
    return cJSON_AddNumberToObject(o, name, (double)t) != NULL;
}

static bool put_dates(cJSON *o, const struct ratls_secret *s)
{
    return cJSON_AddStringToObject(o, "author", s->author) && put_time(o, "created", s->created) &&
           put_time(o, "changed", s->changed) && put_time(o, "until", s->until);
}

static bool put_binding(cJSON *o, const struct ratls_secret *s)
{
    char digest[2 * sizeof s->policy_sha256 + 1];

    if (s->state == RATLS_SECRET_DELETED)
        return true;
    tool_hex(s->policy_sha256, sizeof s->policy_sha256, digest);
    return cJSON_AddStringToObject(o, "policy", s->policy) &&
           cJSON_AddStringToObject(o, "policy_sha256", digest) &&
           cJSON_AddBoolToObject(o, "policy_current", s->policy_current) &&
           cJSON_AddStringToObject(o, "kek", s->kek) &&
           cJSON_AddNumberToObject(o, "size", (double)s->size);
}

/* New; NULL when out of memory. */
static cJSON *to_json(const struct ratls_secret *s)
{
    cJSON *o = cJSON_CreateObject();

    if (cJSON_AddStringToObject(o, "name", s->name) &&
        cJSON_AddNumberToObject(o, "version", (double)s->version) &&
        cJSON_AddStringToObject(o, "state", ratls_secret_state_name(s->state)) && put_dates(o, s) &&
        put_binding(o, s))
        return o;
    cJSON_Delete(o);
    return NULL;
}

static void put_line(const struct ratls_secret *s)
{
    char what[RATLS_STORE_NAME_MAX + 24], changed[32], until[32] = "";

    snprintf(what, sizeof what, "%s@%" PRId64, s->name, s->version);
    tool_time_text(s->changed, changed);
    if (s->until)
        tool_time_text(s->until, until);
    printf("%-40s %-10s %s  %s", what, ratls_secret_state_name(s->state), changed, s->author);
    if (s->state != RATLS_SECRET_DELETED)
        printf("  policy %s%s", s->policy, s->policy_current ? "" : " (changed: rebind)");
    printf("%s%s\n", s->until ? "  until " : "", until);
}

struct printing {
    const struct secrets_filter *filter;
    cJSON *array; /* NULL: lines */
    size_t n;
};

static enum ratls_err print_one(void *arg, const struct ratls_secret *s)
{
    struct printing *p = arg;

    if (p->filter->version && p->filter->version != s->version)
        return RATLS_OK;
    p->n++;
    if (!p->array) {
        put_line(s);
        return RATLS_OK;
    }
    cJSON *o = to_json(s);
    if (o && cJSON_AddItemToArray(p->array, o))
        return RATLS_OK;
    cJSON_Delete(o);
    return RATLS_E_NO_MEMORY;
}

static int print_array(struct printing *p)
{
    cJSON *all = p->array;

    if (!p->filter->one)
        return items_print(all);
    cJSON *one = cJSON_DetachItemFromArray(all, 0);
    cJSON_Delete(all);
    return items_print(one);
}

int secrets_print(struct ratls_store *s, const struct secrets_filter *filter)
{
    struct printing p = {.filter = filter};
    struct ratls_error err = {0};

    if (filter->json && !(p.array = cJSON_CreateArray()))
        return tool_fail("out of memory");
    enum ratls_err e = ratls_secret_each(s, filter->name, print_one, &p, &err);
    if (!e && filter->one && p.n == 0)
        e = ratls_fail(&err, RATLS_E_NOT_FOUND, "%s", filter->name);
    if (!e)
        return p.array ? print_array(&p) : TOOL_OK;
    cJSON_Delete(p.array);
    return tool_fail_with("secret", e, &err);
}

/* ---- verbs ---- */

static int print_from(const struct tool_args *args, const struct secrets_filter *filter)
{
    struct ratls_store *s = items_open(tool_get(args, SECRETS_LIST_STORE), RATLS_STORE_READ);

    if (!s)
        return TOOL_ERROR;
    int code = secrets_print(s, filter);
    ratls_store_close(s);
    return code;
}

int secrets_list(const struct tool_args *args)
{
    return print_from(args,
                      &(struct secrets_filter){.name = tool_get(args, SECRETS_LIST_NAME),
                                               .json = tool_get(args, SECRETS_LIST_JSON) != NULL});
}

struct highest {
    int64_t version;
};

static enum ratls_err keep_highest(void *arg, const struct ratls_secret *s)
{
    ((struct highest *)arg)->version = s->version; /* they come in order */
    return RATLS_OK;
}

int secrets_show(const struct tool_args *args)
{
    struct highest highest = {0};
    struct ratls_error err = {0};
    struct secrets_ref ref;

    if (!secrets_parse_ref(args->positional, &ref))
        return TOOL_ERROR;
    struct ratls_store *s = items_open(tool_get(args, SECRETS_LIST_STORE), RATLS_STORE_READ);
    if (!s)
        return TOOL_ERROR;
    enum ratls_err e =
        ref.version ? RATLS_OK : ratls_secret_each(s, ref.name, keep_highest, &highest, &err);
    const struct secrets_filter filter = {.name = ref.name,
                                          .version = ref.version ? ref.version : highest.version,
                                          .one = true,
                                          .json = tool_get(args, SECRETS_LIST_JSON) != NULL};
    int code = e ? tool_fail_with("secret", e, &err) : secrets_print(s, &filter);
    ratls_store_close(s);
    return code;
}
