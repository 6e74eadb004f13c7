/* ratls kek: key-encryption keys of secrets. */
#include "secrets.h"

enum { KEK_JSON };

static const struct tool_option options[] = {
    [KEK_JSON] = {.name = "--json", .help = "JSON for programs"}};

static int new_file(const struct tool_args *args)
{
    struct ratls_error err = {0};
    enum ratls_err e = ratls_kek_new_file(tool_env(), args->positional, &err);

    if (e)
        return tool_fail_with("kek", e, &err);
    puts(tool_get(args, KEK_JSON) ? "{\"written\":true}" : "written");
    return TOOL_OK;
}

static int show_id(const struct tool_args *args)
{
    struct ratls_kek *kek = secrets_kek(args->positional);

    if (!kek)
        return TOOL_ERROR;
    printf(tool_get(args, KEK_JSON) ? "{\"id\":\"%s\"}\n" : "%s\n", ratls_kek_id(kek));
    ratls_kek_close(kek);
    return TOOL_OK;
}

static const struct tool_command new_ = {.name = "kek new",
                                         .summary = "Make a key in a new file for its owner alone",
                                         .positional = "FILE",
                                         ITEMS_OPTIONS(options),
                                         .run = new_file},
                                 show = {.name = "kek show",
                                         .summary = "Show by which id secrets name a key",
                                         .positional = "URL",
                                         ITEMS_OPTIONS(options),
                                         .run = show_id};

static const struct tool_command *const verbs[] = {&new_, &show};

const struct tool_command tool_kek = {
    .name = "kek",
    .summary = "Keys that secrets are sealed under",
    .verbs = verbs,
    .n_verbs = TOOL_COUNT(verbs),
};
