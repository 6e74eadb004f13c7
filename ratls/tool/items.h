/* items.h - what the nouns refval, anchor, policy and store have in common: a store, references to
 * its items, and their two forms of output.
 *
 * A reference is TEE/NAME@VERSION, of a policy NAME@VERSION; without @VERSION the highest is meant.
 * The kind is the noun of the command. */
#ifndef RATLS_TOOL_ITEMS_H
#define RATLS_TOOL_ITEMS_H

#include "ratls/store.h"
#include "tool.h"

struct cJSON;

/* "refval", "anchor", "policy", "secret"; NULL for the noun "store": every kind. */
const char *items_kind(const struct tool_args *args);

/* NULL: said on stderr. */
struct ratls_store *items_open(const char *url, enum ratls_store_access access);
/* --author, or the name of the user. Borrowed, valid until the next call. */
const char *items_author(const char *given);

struct items_ref {
    struct ratls_store_ref ref; /* borrows from the two texts */
    char tee[RATLS_STORE_TEE_MAX + 1], name[RATLS_STORE_NAME_MAX + 1];
};
/* false: said on stderr. */
bool items_parse_ref(const char *kind, const char *text, struct items_ref *out);
/* One above the highest version of this kind, tee and name. */
enum ratls_err items_next_version(struct ratls_store *s, struct ratls_store_ref *ref,
                                  struct ratls_error *err);
/* "refval/tdx/web@2"; `out` has ITEMS_TEXT_MAX bytes. */
#define ITEMS_TEXT_MAX (16 + RATLS_STORE_TEE_MAX + RATLS_STORE_NAME_MAX + 16)
void items_text(const struct ratls_store_ref *ref, char *out);

/* Prepares parsed JSON for being printed again: integers above 10^15 keep their last digits. They
 * are texts afterwards, for printing alone. False when out of memory. */
bool items_keep_numbers(struct cJSON *json);
/* New; NULL when out of memory, or when the body is no JSON. */
struct cJSON *items_json(const struct ratls_store_item *item);
void items_put_line(const struct ratls_store_item *item);
/* Prints and frees `json`; exit code. */
int items_print(struct cJSON *json);
/* What a change did: the item as it is now, as a line or as JSON. */
int items_show_changed(struct ratls_store *s, const struct ratls_store_ref *ref, bool json);

/* Verbs of every noun, items_*.c and bundles.c */
int items_list(const struct tool_args *args);
int items_show(const struct tool_args *args);
int items_add(const struct tool_args *args);
int items_activate(const struct tool_args *args);
int items_supersede(const struct tool_args *args);
int items_revoke(const struct tool_args *args);
int items_history(const struct tool_args *args);
int items_import(const struct tool_args *args);
int items_export(const struct tool_args *args);

#define ITEMS_OPTIONS(table) .options = table, .n_options = TOOL_COUNT(table)

enum { LIST_STORE, LIST_TEE, LIST_NAME, LIST_STATE, LIST_JSON, LIST_OPTIONS };
enum { SHOW_STORE, SHOW_JSON, SHOW_OPTIONS };
enum {
    ADD_STORE,
    ADD_TEE,
    ADD_NAME,
    ADD_VERSION,
    ADD_STATE,
    ADD_NOT_BEFORE,
    ADD_NOT_AFTER,
    ADD_MEASUREMENT,
    ADD_SIM_ROOT,
    ADD_AUTHOR,
    ADD_JSON,
    ADD_OPTIONS
};
enum { MOVE_STORE, MOVE_SUPERSEDE, MOVE_AUTHOR, MOVE_JSON, MOVE_OPTIONS };
enum {
    REVOKE_STORE,
    REVOKE_MEASUREMENT,
    REVOKE_KEY,
    REVOKE_PLATFORM,
    REVOKE_TEE,
    REVOKE_COMMENT,
    REVOKE_AUTHOR,
    REVOKE_JSON,
    REVOKE_OPTIONS
};
enum { HISTORY_STORE, HISTORY_FROM, HISTORY_JSON, HISTORY_OPTIONS };
enum {
    IMPORT_STORE,
    IMPORT_KEY,
    IMPORT_TEE,
    IMPORT_NAME,
    IMPORT_AUTHOR,
    IMPORT_JSON,
    IMPORT_OPTIONS
};
enum {
    EXPORT_STORE,
    EXPORT_FORMAT,
    EXPORT_KEY,
    EXPORT_KID,
    EXPORT_ISSUER,
    EXPORT_BUNDLE,
    EXPORT_REVISION,
    EXPORT_OUT,
    EXPORT_JSON,
    EXPORT_OPTIONS
};
extern const struct tool_option items_list_options[LIST_OPTIONS], items_show_options[SHOW_OPTIONS],
    items_add_options[ADD_OPTIONS], items_move_options[MOVE_OPTIONS],
    items_revoke_options[REVOKE_OPTIONS], items_history_options[HISTORY_OPTIONS],
    items_import_options[IMPORT_OPTIONS], items_export_options[EXPORT_OPTIONS];

#endif
