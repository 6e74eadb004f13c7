/* ratls policy check: reads a policy as the library does, and says what it asks for. */
#include <stdio.h>

#include <cjson/cJSON.h>

#include "tool.h"

enum { SERVICE, JSON };

static const struct tool_option options[] = {
    [SERVICE] = {.name = "--service",
                 .value = "NAME",
                 .help = "with the members that the policy has for this service"},
    [JSON] = {.name = "--json", .help = "JSON for programs"},
};

static bool is_insecure(const struct tool_finding *f)
{
    return f->outcome == RATLS_RULE_NOT_ASKED && strncmp(f->detail, "insecure_", 9) == 0;
}

/* ---- for people ---- */

static bool print_tee(const struct ratls_trust *trust, const char *tee)
{
    struct tool_findings rules = {0};
    bool ok = ratls_policy_words(trust, tee, tool_collect, &rules) == RATLS_OK && !rules.bad;

    printf("%s\n", tee);
    tool_print_findings(&rules);
    for (size_t i = 0; i < rules.n; i++)
        if (is_insecure(&rules.items[i]))
            printf("  INSECURE  %s\n", rules.items[i].detail);
    tool_findings_free(&rules);
    return ok;
}

static bool names_service(const struct ratls_trust *trust, const char *service)
{
    const char *name;

    for (size_t i = 0; (name = ratls_policy_service(trust, i)) != NULL; i++)
        if (strcmp(name, service) == 0)
            return true;
    return false;
}

static bool print_all(const struct ratls_trust *trust, const char *service)
{
    const char *name;
    bool ok = true;

    for (size_t i = 0; (name = ratls_policy_tee(trust, i)) != NULL; i++)
        ok = print_tee(trust, name) && ok;
    if (!ratls_policy_tee(trust, 0))
        puts("no TEE is listed: nobody is allowed");
    for (size_t i = 0; (name = ratls_policy_service(trust, i)) != NULL; i++)
        printf("service '%s' has members of its own%s\n", name,
               service && strcmp(name, service) == 0 ? ", as shown" : "");
    if (service && !names_service(trust, service))
        printf("service '%s' has none\n", service);
    return ok;
}

/* ---- for programs ---- */

static bool add_insecure(cJSON *list, const struct tool_findings *rules, const char *tee)
{
    char text[128];

    for (size_t i = 0; i < rules->n; i++) {
        if (!is_insecure(&rules->items[i]))
            continue;
        (void)snprintf(text, sizeof text, "%s: %s", tee, rules->items[i].detail);
        if (!cJSON_AddItemToArray(list, cJSON_CreateString(text)))
            return false;
    }
    return true;
}

static bool add_tee(const struct ratls_trust *trust, const char *tee, cJSON *tees, cJSON *insecure)
{
    struct tool_findings rules = {0};
    cJSON *object = cJSON_CreateObject();

    bool ok = ratls_policy_words(trust, tee, tool_collect, &rules) == RATLS_OK &&
              cJSON_AddItemToArray(tees, object) && cJSON_AddStringToObject(object, "tee", tee) &&
              cJSON_AddItemToObject(object, "rules", tool_findings_json(&rules)) &&
              add_insecure(insecure, &rules, tee);
    tool_findings_free(&rules);
    return ok;
}

static bool put_json(const struct ratls_trust *trust)
{
    cJSON *root = cJSON_CreateObject();
    cJSON *tees = cJSON_AddArrayToObject(root, "tees");
    cJSON *insecure = cJSON_AddArrayToObject(root, "insecure");
    cJSON *services = cJSON_AddArrayToObject(root, "services");
    const char *name;
    bool ok = services != NULL && insecure != NULL && tees != NULL;

    for (size_t i = 0; ok && (name = ratls_policy_tee(trust, i)) != NULL; i++)
        ok = add_tee(trust, name, tees, insecure);
    for (size_t i = 0; ok && (name = ratls_policy_service(trust, i)) != NULL; i++)
        ok = cJSON_AddItemToArray(services, cJSON_CreateString(name));
    if (ok)
        return tool_put_json(root);
    cJSON_Delete(root);
    return false;
}

/* ---- the command ---- */

static int check(const struct tool_args *args, struct ratls_trust *trust)
{
    const char *service = tool_get(args, SERVICE);
    struct ratls_buffer file = {0};
    struct ratls_error err = {0};

    if (!tool_read(args->positional, &file))
        return TOOL_ERROR;
    enum ratls_err e =
        ratls_trust_set_policy_for(trust, ratls_bytes(file.p, file.len), service, &err);
    ratls_buffer_free(&file);
    if (e)
        return tool_fail_with(args->positional, e, &err);
    bool ok = tool_get(args, JSON) ? put_json(trust) : print_all(trust, service);
    return ok ? TOOL_OK : tool_fail("out of memory");
}

static int run(const struct tool_args *args)
{
    struct ratls_trust *trust = NULL;
    struct ratls_error err = {0};
    enum ratls_err e = ratls_trust_new(tool_quiet_env(), &trust);

    if (e)
        return tool_fail_with("start", e, &err);
    int code = check(args, trust);
    ratls_trust_unref(trust);
    return code;
}

const struct tool_command tool_policy_check = {
    .name = "policy check",
    .summary = "Read a policy and say what it asks for",
    .positional = "FILE",
    .options = options,
    .n_options = TOOL_COUNT(options),
    .run = run,
};
