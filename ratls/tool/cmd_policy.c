/* ratls policy: the verbs are those of every noun (items.h). */
#include "items.h"

static const struct tool_command
    list_ = {.name = "policy list",
             .summary = "List what is there",
             ITEMS_OPTIONS(items_list_options),
             .run = items_list},
    show_ = {.name = "policy show",
             .summary = "Show one version with all it says",
             .positional = "REF",
             ITEMS_OPTIONS(items_show_options),
             .run = items_show},
    add_ = {.name = "policy add",
            .summary = "Add a new version, a draft unless said otherwise",
            .positional = "[FILE]",
            ITEMS_OPTIONS(items_add_options),
            .run = items_add},
    activate_ = {.name = "policy activate",
                 .summary = "Let a version count, beside or instead of others",
                 .positional = "REF",
                 ITEMS_OPTIONS(items_move_options),
                 .run = items_activate},
    supersede_ = {.name = "policy supersede",
                  .summary = "Let an active version count no more",
                  .positional = "REF",
                  ITEMS_OPTIONS(items_move_options),
                  .run = items_supersede},
    revoke_ = {.name = "policy revoke",
               .summary = "Refuse a version for ever",
               .positional = "[REF]",
               ITEMS_OPTIONS(items_revoke_options),
               .run = items_revoke},
    import_ = {.name = "policy import",
               .summary = "Take the policies of a signed bundle",
               .positional = "FILE",
               ITEMS_OPTIONS(items_import_options),
               .run = items_import},
    export_ = {.name = "policy export",
               .summary = "Write all versions as a document or a signed bundle",
               ITEMS_OPTIONS(items_export_options),
               .run = items_export},
    history_ = {.name = "policy history",
                .summary = "Show who changed what, and when",
                ITEMS_OPTIONS(items_history_options),
                .run = items_history};

static const struct tool_command *const verbs[] = {
    &tool_policy_check, &tool_policy_explain, &tool_policy_test, &list_,   &show_,   &add_,
    &activate_,         &supersede_,          &revoke_,          &import_, &export_, &history_};

const struct tool_command tool_policy = {
    .name = "policy",
    .summary = "Policies: read, explain and test them, keep them by version",
    .verbs = verbs,
    .n_verbs = TOOL_COUNT(verbs),
};
