/* ratls policy test: every case of a folder, so that a change of a policy shows what else it
 * changes. */
#include <stdio.h>

#include <cjson/cJSON.h>

#include "policy_case.h"

enum { JSON };

static const struct tool_option options[] = {
    [JSON] = {.name = "--json", .help = "JSON for programs"},
};

struct report {
    cJSON *cases; /* NULL: one line each instead */
    size_t n, differing;
    bool broken; /* a case, or memory */
};

static const char *found(const struct policy_case *c)
{
    return c->found ? ratls_err_reason(c->found) : "allow";
}

static bool add_case(cJSON *cases, const struct policy_case *c, const char *file)
{
    cJSON *object = cJSON_CreateObject();

    return cJSON_AddItemToArray(cases, object) && cJSON_AddStringToObject(object, "file", file) &&
           cJSON_AddStringToObject(object, "name", c->name) &&
           cJSON_AddStringToObject(object, "expect", c->expect) &&
           cJSON_AddStringToObject(object, "found", found(c)) &&
           cJSON_AddStringToObject(object, "detail", c->detail) &&
           cJSON_AddBoolToObject(object, "ok", !policy_case_differs(c));
}

static void print_case(const struct policy_case *c)
{
    if (!policy_case_differs(c))
        printf("ok - %s\n", c->name);
    else
        printf("not ok - %s: expected %s, found %s%s%s\n", c->name, c->expect, found(c),
               c->detail[0] ? ": " : "", c->detail);
}

static void run_case(const char *folder, const char *file, struct report *r)
{
    struct policy_case c;
    char path[4096];

    snprintf(path, sizeof path, "%s/%s", folder, file);
    r->n++;
    if (!policy_case_run(folder, path, &c))
        r->broken = true;
    else if (!r->cases)
        print_case(&c);
    else if (!add_case(r->cases, &c, file))
        r->broken = true;
    if (!r->broken)
        r->differing += policy_case_differs(&c);
    policy_case_free(&c);
}

static int finish(struct report *r)
{
    cJSON *root = r->cases ? cJSON_CreateObject() : NULL;

    if (r->broken) {
        cJSON_Delete(r->cases);
        cJSON_Delete(root);
        return TOOL_ERROR;
    }
    if (!r->cases) {
        printf("%zu cases, %zu differ\n", r->n, r->differing);
    } else if (!cJSON_AddItemToObject(root, "cases", r->cases) ||
               !cJSON_AddNumberToObject(root, "differ", (double)r->differing)) {
        cJSON_Delete(root);
        return tool_fail("out of memory");
    } else if (!tool_put_json(root)) {
        return tool_fail("out of memory");
    }
    return r->differing ? TOOL_DENIED : TOOL_OK;
}

static int run(const struct tool_args *args)
{
    const struct ratls_env *env = tool_env();
    struct report r = {.cases = tool_get(args, JSON) ? cJSON_CreateArray() : NULL};
    struct ratls_buffer names = {0};

    if (env->list_files(env->arg, args->positional, ".json", &names) != RATLS_OK)
        r.broken = tool_fail("%s is no folder that can be read", args->positional);
    else if (names.len == 0)
        r.broken = tool_fail("%s holds no case (*.json)", args->positional);
    for (char *name = (char *)names.p, *end; !r.broken && *name; name = end + 1) {
        end = strchr(name, '\n');
        *end = 0;
        run_case(args->positional, name, &r);
    }
    ratls_buffer_free(&names);
    return finish(&r);
}

const struct tool_command tool_policy_test = {
    .name = "policy test",
    .summary = "Hold policies against cases with an expected outcome",
    .positional = "FOLDER",
    .options = options,
    .n_options = TOOL_COUNT(options),
    .run = run,
};
