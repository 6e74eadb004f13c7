/* ratls inspect: what is in the file. Nothing is verified. */
#include "tool.h"

enum { JSON, ALL, PLUGINS };

static const struct tool_option options[] = {
    [JSON] = {.name = "--json", .help = "JSON for programs"},
    [ALL] = {.name = "--all", .help = "every claim by its name, not the picture"},
    [PLUGINS] = {.name = "--plugins", .value = "DIR", .help = "load verifier plugins from DIR"},
};

static int show(const struct tool_args *args, const struct ratls_claims *claims)
{
    const struct ratls_claim *format = ratls_claims_get(claims, "format");
    const struct tool_line note = {"verdict", "none, nothing was verified"};

    if (!tool_get(args, JSON))
        tool_show(&note, 1, claims, tool_get(args, ALL) != NULL);
    else if (!tool_print_json(format ? format->text : "", claims))
        return tool_fail("out of memory");
    return TOOL_OK;
}

static int inspect(const struct tool_args *args, const struct ratls_trust *trust)
{
    struct ratls_buffer file = {0};
    struct ratls_claims *claims = NULL;
    struct ratls_error err = {0};

    if (!tool_read(args->positional, &file))
        return TOOL_ERROR;
    enum ratls_err e = ratls_inspect(trust, ratls_bytes(file.p, file.len), &claims, &err);
    ratls_buffer_free(&file);
    if (e) {
        (void)tool_fail_with(args->positional, e, &err);
        return TOOL_DENIED;
    }
    int code = show(args, claims);
    ratls_claims_free(claims);
    return code;
}

static int run(const struct tool_args *args)
{
    struct ratls_trust *trust = NULL;
    struct ratls_error err = {0};
    const char *plugins = tool_get(args, PLUGINS);
    int code;

    enum ratls_err e = ratls_trust_new(tool_env(), &trust);
    if (!e && plugins)
        e = ratls_trust_load_plugins(trust, plugins, &err);
    code = e ? tool_fail_with(plugins ? plugins : "start", e, &err) : inspect(args, trust);
    ratls_trust_unref(trust);
    return code;
}

const struct tool_command tool_inspect = {
    .name = "inspect",
    .summary = "Show a certificate or evidence without verifying it",
    .positional = "FILE",
    .options = options,
    .n_options = TOOL_COUNT(options),
    .run = run,
};
