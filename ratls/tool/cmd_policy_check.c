/* ratls policy check: reads a policy as the library does. Its warnings are on stderr. */
#include "tool.h"

static int run(const struct tool_args *args)
{
    struct ratls_trust *trust = NULL;
    struct ratls_error err = {0};
    enum ratls_err e = ratls_trust_new(tool_env(), &trust);

    if (e)
        return tool_fail_with("start", e, &err);
    bool ok = tool_add_file(trust, args->positional, ratls_trust_set_policy);
    if (ok)
        printf("binding: %s\n", ratls_level_name(ratls_trust_required_level(trust)));
    ratls_trust_unref(trust);
    return ok ? TOOL_OK : TOOL_ERROR;
}

const struct tool_command tool_policy_check = {
    .name = "policy check",
    .summary = "Read a policy, refuse it by the member that is wrong",
    .positional = "FILE",
    .run = run,
};
