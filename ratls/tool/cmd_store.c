/* ratls store: the store as a whole. */
#include <inttypes.h>
#include <stdio.h>

#include "items.h"

enum { STORE_STORE, STORE_HEAD, STORE_JSON };

static const struct tool_option whole_options[] = {
    [STORE_STORE] = {.name = "--store",
                     .value = "URL",
                     .help = "a folder, sqlite:FILE, postgresql://... or s3+https://...",
                     .required = true},
    [STORE_HEAD] = {.name = "--head",
                    .value = "SEQ:HASH",
                    .help = "an end of the trail that must be in it, as ratls store check prints"},
    [STORE_JSON] = {.name = "--json", .help = "JSON for programs"},
};

static bool parse_head(const char *text, struct ratls_store_head *out)
{
    const char *colon = strchr(text, ':');
    char seq[24] = "";
    size_t len = 0;

    if (colon && (size_t)(colon - text) < sizeof seq)
        memcpy(seq, text, (size_t)(colon - text));
    if (colon && tool_number(seq, &out->seq) &&
        tool_unhex(colon + 1, out->hash, sizeof out->hash, &len) && len == sizeof out->hash)
        return true;
    tool_fail("--head must be SEQ:HASH");
    return false;
}

static void print_head(const struct ratls_store_head *head, bool json)
{
    char hash[2 * sizeof head->hash + 1];

    tool_hex(head->hash, sizeof head->hash, hash);
    printf(json ? "{\"seq\":%" PRId64 ",\"hash\":\"%s\"}\n" : "%" PRId64 ":%s\n", head->seq, hash);
}

static enum ratls_err check_open(struct ratls_store *s, const struct ratls_store_head *known,
                                 struct ratls_store_head *head, struct ratls_error *err)
{
    enum ratls_err e = ratls_store_check(s, known, err);

    return e ? e : ratls_store_head(s, head, err);
}

/* Damage may show when it is opened already. */
static int open_and_check(const struct tool_args *args, enum ratls_store_access access,
                          const struct ratls_store_head *known)
{
    struct ratls_store_head head = {0};
    struct ratls_store *s = NULL;
    struct ratls_error err = {0};
    enum ratls_err e = ratls_store_open(tool_env(), tool_get(args, STORE_STORE), access, &s, &err);

    if (!e)
        e = check_open(s, known, &head, &err);
    ratls_store_close(s);
    if (!e)
        print_head(&head, tool_get(args, STORE_JSON) != NULL);
    else
        tool_fail_with("store", e, &err);
    return e == RATLS_OK ? TOOL_OK : e == RATLS_E_STORE_TAMPERED ? TOOL_DENIED : TOOL_ERROR;
}

static int check(const struct tool_args *args)
{
    const char *text = tool_get(args, STORE_HEAD);
    struct ratls_store_head known = {0};

    if (text && !parse_head(text, &known))
        return TOOL_ERROR;
    return open_and_check(args, RATLS_STORE_READ, text ? &known : NULL);
}

static int create(const struct tool_args *args)
{
    if (tool_get(args, STORE_HEAD))
        return tool_fail("a new store has no --head yet");
    return open_and_check(args, RATLS_STORE_CREATE, NULL);
}

static const struct tool_command
    create_ = {.name = "store create",
               .summary = "Make an empty store where there is none",
               ITEMS_OPTIONS(whole_options),
               .run = create},
    check_ = {.name = "store check",
              .summary = "Compare everything with the audit trail, and print its end",
              ITEMS_OPTIONS(whole_options),
              .run = check},
    list_ = {.name = "store list",
             .summary = "List every item",
             ITEMS_OPTIONS(items_list_options),
             .run = items_list},
    import_ = {.name = "store import",
               .summary = "Take a signed bundle; or, as drafts, a CoRIM or values of secGear",
               .positional = "FILE",
               ITEMS_OPTIONS(items_import_options),
               .run = items_import},
    export_ = {.name = "store export",
               .summary = "Write everything as a document, a signed bundle or a CoRIM",
               ITEMS_OPTIONS(items_export_options),
               .run = items_export},
    history_ = {.name = "store history",
                .summary = "Show the whole audit trail",
                ITEMS_OPTIONS(items_history_options),
                .run = items_history};

static const struct tool_command *const verbs[] = {&create_, &check_,  &list_,
                                                   &import_, &export_, &history_};

const struct tool_command tool_store = {
    .name = "store",
    .summary = "The store of reference values, anchors and policies as a whole",
    .verbs = verbs,
    .n_verbs = TOOL_COUNT(verbs),
};
