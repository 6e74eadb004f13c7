/* ratls policy: a noun; each verb has a file of its own. */
#include "tool.h"

static const struct tool_command *const verbs[] = {&tool_policy_check, &tool_policy_explain,
                                                   &tool_policy_test};

const struct tool_command tool_policy = {
    .name = "policy",
    .summary = "Read, explain and test policies",
    .verbs = verbs,
    .n_verbs = TOOL_COUNT(verbs),
};
