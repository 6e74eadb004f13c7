/* ratls secret: resource custody. The trail is that of every noun (items.h). */
#include "channel.h"
#include "secrets.h"
#include "shared_options.h"

#define KEK_OPTION                                                                                 \
    {                                                                                              \
        .name = "--kek", .value = "URL", .help = "key-encryption key: file:/PATH or pkcs11:...",   \
        .required = true                                                                           \
    }
#define IN_OPTION                                                                                  \
    {                                                                                              \
        .name = "--in", .value = "FILE", .help = "the value (standard input)"                      \
    }
#define POLICY_NOW(to)                                                                             \
    {                                                                                              \
        .name = "--policy", .value = "NAME", .help = to                                            \
    }

static const struct tool_option
    put_options[] = {[SECRET_STORE] = TOOL_STORE,
                     [SECRET_JSON] = TOOL_JSON,
                     [SECRET_KEK] = KEK_OPTION,
                     [SECRET_AUTHOR] = TOOL_AUTHOR,
                     [SECRET_POLICY] = {.name = "--policy",
                                        .value = "NAME",
                                        .help = "stored policy that decides over its release",
                                        .required = true},
                     [SECRET_IN] = IN_OPTION},
    rotate_options[] = {[SECRET_STORE] = TOOL_STORE,
                        [SECRET_JSON] = TOOL_JSON,
                        [SECRET_KEK] = KEK_OPTION,
                        [SECRET_AUTHOR] = TOOL_AUTHOR,
                        [SECRET_POLICY] = POLICY_NOW("another policy than the version before"),
                        [SECRET_IN] = IN_OPTION,
                        [SECRET_OVERLAP] = {.name = "--overlap",
                                            .value = "SECONDS",
                                            .help = "release the version before so much longer"}},
    rebind_options[] = {[SECRET_STORE] = TOOL_STORE,
                        [SECRET_JSON] = TOOL_JSON,
                        [SECRET_KEK] = KEK_OPTION,
                        [SECRET_AUTHOR] = TOOL_AUTHOR,
                        [SECRET_POLICY] = POLICY_NOW("another policy than it has")},
    rewrap_options[] = {[REWRAP_STORE] = TOOL_STORE,
                        [REWRAP_JSON] = TOOL_JSON,
                        [REWRAP_KEK] = KEK_OPTION,
                        [REWRAP_AUTHOR] = TOOL_AUTHOR,
                        [REWRAP_TO] = {.name = "--to",
                                       .value = "URL",
                                       .help = "the new key-encryption key",
                                       .required = true}},
    delete_options[] = {[DELETE_STORE] = TOOL_STORE,
                        [DELETE_JSON] = TOOL_JSON,
                        [DELETE_ALL] = {.name = "--all", .help = "every version of NAME"},
                        [DELETE_AUTHOR] = TOOL_AUTHOR},
    list_options[] = {[SECRETS_LIST_STORE] = TOOL_STORE,
                      [SECRETS_LIST_JSON] = TOOL_JSON,
                      [SECRETS_LIST_NAME] = {.name = "--name",
                                             .value = "NAME",
                                             .help = "of this name alone"}},
    show_options[] = {[SECRETS_LIST_STORE] = TOOL_STORE, [SECRETS_LIST_JSON] = TOOL_JSON},
    open_options[] = {[OPEN_STORE] = TOOL_STORE,
                      [OPEN_KEK] = KEK_OPTION,
                      [OPEN_REVEAL] = {.name = "--reveal",
                                       .help = "in clear, whatever the policy says"},
                      [OPEN_TO] = {.name = "--to",
                                   .value = "FILE",
                                   .help = "as JWE for this public key, PEM or JWK"},
                      [OPEN_ENC] = SECRETS_ENC,
                      [OPEN_OUT] = {.name = "-o",
                                    .value = "FILE",
                                    .help = "where to, for the owner alone (standard output)"},
                      [OPEN_AUTHOR] = TOOL_AUTHOR},
    decrypt_options[] = {
        [DECRYPT_KEY] = {.name = "--key",
                         .value = "PEM",
                         .help = "the private key that it is for",
                         .required = true},
        [DECRYPT_ENC] = SECRETS_ENC,
        [DECRYPT_OUT] = {.name = "-o",
                         .value = "FILE",
                         .help = "where to, for the owner alone (standard output)"}};

static const struct tool_command
    put = {.name = "secret put",
           .summary = "Put a new secret, sealed and bound to a policy",
           .positional = "NAME",
           ITEMS_OPTIONS(put_options),
           .run = secrets_put},
    rotate = {.name = "secret rotate",
              .summary = "Put the next version of a secret",
              .positional = "NAME",
              ITEMS_OPTIONS(rotate_options),
              .run = secrets_rotate},
    list = {.name = "secret list",
            .summary = "List every secret, without values",
            ITEMS_OPTIONS(list_options),
            .run = secrets_list},
    show = {.name = "secret show",
            .summary = "Show what is known of one version",
            .positional = "REF",
            ITEMS_OPTIONS(show_options),
            .run = secrets_show},
    rebind = {.name = "secret rebind",
              .summary = "Bind a secret to its policy as that is now, or to another",
              .positional = "NAME",
              ITEMS_OPTIONS(rebind_options),
              .run = secrets_rebind},
    delete = {.name = "secret delete",
              .summary = "Destroy values; what is known of them stays",
              .positional = "REF",
              ITEMS_OPTIONS(delete_options),
              .run = secrets_delete},
    rewrap = {.name = "secret rewrap",
              .summary = "Bring all secrets under another key-encryption key",
              ITEMS_OPTIONS(rewrap_options),
              .run = secrets_rewrap},
    open_ = {.name = "secret open",
             .summary = "Give the value to the operator who holds the key",
             .positional = "REF",
             ITEMS_OPTIONS(open_options),
             .run = secrets_open},
    decrypt = {.name = "secret decrypt",
               .summary = "Open a JWE that a secret came in",
               .positional = "FILE",
               ITEMS_OPTIONS(decrypt_options),
               .run = secrets_decrypt},
    history = {.name = "secret history",
               .summary = "Show who changed, got or was refused what, and when",
               ITEMS_OPTIONS(items_history_options),
               .run = items_history};

static const struct tool_command *const verbs[] = {&put,     &rotate,  &list,           &show,
                                                   &rebind,  &delete,  &rewrap,         &open_,
                                                   &decrypt, &history, &tool_secret_get};

const struct tool_command tool_secret = {
    .name = "secret",
    .summary = "Secrets that only attested workloads get",
    .verbs = verbs,
    .n_verbs = TOOL_COUNT(verbs),
};
