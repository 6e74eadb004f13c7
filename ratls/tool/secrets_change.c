/* Verbs that change secrets. Values come from a file or standard input. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "secrets.h"

/* NULL: said on stderr. */
static struct ratls_secret_value *read_value(const char *path)
{
    const bool is_file = path && strcmp(path, "-") != 0;
    struct ratls_secret_value *v = NULL;
    struct ratls_error err = {0};
    int fd = is_file ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;

    if (fd < 0) {
        tool_fail("cannot read %s", path);
        return NULL;
    }
    enum ratls_err e = ratls_secret_value_read(fd, &v, &err);
    if (is_file)
        (void)close(fd);
    if (e)
        tool_fail_with("value", e, &err);
    return v;
}

/* Store and KEK of a verb. */
struct tools {
    struct ratls_store *store;
    struct ratls_kek *kek;
};

static void close_tools(struct tools *t)
{
    ratls_kek_close(t->kek);
    ratls_store_close(t->store);
}

static bool open_tools(const struct tool_args *args, struct tools *t)
{
    *t = (struct tools){.kek = secrets_kek(tool_get(args, SECRET_KEK))};
    if (t->kek)
        t->store = items_open(tool_get(args, SECRET_STORE), RATLS_STORE_WRITE);
    if (t->store)
        return true;
    close_tools(t);
    return false;
}

/* ---- put, rotate ---- */

typedef enum ratls_err put_fn(struct ratls_store *s, struct ratls_kek *kek,
                              const struct ratls_secret_put *what, int64_t *version,
                              struct ratls_error *err);

static int put_value(const struct tool_args *args, const struct ratls_secret_put *what, put_fn *fn)
{
    struct ratls_error err = {0};
    struct tools t;
    int64_t version;

    if (!open_tools(args, &t))
        return TOOL_ERROR;
    enum ratls_err e = fn(t.store, t.kek, what, &version, &err);
    const struct secrets_filter filter = {.name = what->name,
                                          .version = version,
                                          .one = true,
                                          .json = tool_get(args, SECRET_JSON) != NULL};
    int code = e ? tool_fail_with("secret", e, &err) : secrets_print(t.store, &filter);
    close_tools(&t);
    return code;
}

static int put_as(const struct tool_args *args, const char *overlap, put_fn *fn)
{
    struct ratls_secret_put what = {.name = args->positional,
                                    .policy = tool_get(args, SECRET_POLICY),
                                    .author = items_author(tool_get(args, SECRET_AUTHOR))};

    if (overlap && !tool_number(overlap, &what.overlap_s))
        return tool_fail("--overlap must be a number of seconds");
    struct ratls_secret_value *v = read_value(tool_get(args, SECRET_IN));
    if (!v)
        return TOOL_ERROR;
    what.value = ratls_secret_value_bytes(v);
    int code = put_value(args, &what, fn);
    ratls_secret_value_free(v);
    return code;
}

int secrets_put(const struct tool_args *args)
{
    return put_as(args, NULL, ratls_secret_put);
}

int secrets_rotate(const struct tool_args *args)
{
    return put_as(args, tool_get(args, SECRET_OVERLAP), ratls_secret_rotate);
}

/* ---- rebind, rewrap, delete: they say how many ---- */

static int say_changed(enum ratls_err e, const struct ratls_error *err, size_t n, bool json)
{
    if (e)
        return tool_fail_with("secret", e, err);
    printf(json ? "{\"changed\":%zu}\n" : "changed: %zu\n", n);
    return TOOL_OK;
}

int secrets_rebind(const struct tool_args *args)
{
    const struct ratls_secret_job what = {.name = args->positional,
                                          .policy = tool_get(args, SECRET_POLICY),
                                          .author = items_author(tool_get(args, SECRET_AUTHOR))};
    struct ratls_error err = {0};
    struct tools t;
    size_t n;

    if (!open_tools(args, &t))
        return TOOL_ERROR;
    enum ratls_err e = ratls_secret_rebind(t.store, t.kek, &what, &n, &err);
    close_tools(&t);
    return say_changed(e, &err, n, tool_get(args, SECRET_JSON) != NULL);
}

int secrets_rewrap(const struct tool_args *args)
{
    struct ratls_kek *to = secrets_kek(tool_get(args, REWRAP_TO));
    struct ratls_error err = {0};
    struct tools t;
    size_t n;

    if (!to)
        return TOOL_ERROR;
    if (!open_tools(args, &t)) {
        ratls_kek_close(to);
        return TOOL_ERROR;
    }
    const struct ratls_secret_rewrap what = {
        .from = t.kek, .to = to, .author = items_author(tool_get(args, REWRAP_AUTHOR))};
    enum ratls_err e = ratls_secret_rewrap(t.store, &what, &n, &err);
    close_tools(&t);
    ratls_kek_close(to);
    return say_changed(e, &err, n, tool_get(args, REWRAP_JSON) != NULL);
}

int secrets_delete(const struct tool_args *args)
{
    const bool all = tool_get(args, DELETE_ALL) != NULL;
    struct ratls_error err = {0};
    struct secrets_ref ref;
    size_t n;

    if (!secrets_parse_ref(args->positional, &ref))
        return TOOL_ERROR;
    if (all == (ref.version != 0))
        return tool_fail("one version, NAME@VERSION, or NAME with --all");
    struct ratls_store *s = items_open(tool_get(args, DELETE_STORE), RATLS_STORE_WRITE);
    if (!s)
        return TOOL_ERROR;
    const struct ratls_secret_job what = {.name = ref.name,
                                          .version = ref.version,
                                          .author = items_author(tool_get(args, DELETE_AUTHOR))};
    enum ratls_err e = ratls_secret_delete(s, &what, &n, &err);
    ratls_store_close(s);
    return say_changed(e, &err, n, tool_get(args, DELETE_JSON) != NULL);
}
