/* secrets.h - what the verbs of `ratls secret` have in common. No value is ever part of argv. */
#ifndef RATLS_TOOL_SECRETS_H
#define RATLS_TOOL_SECRETS_H

#include "items.h"
#include "ratls/secrets.h"

/* NAME or NAME@VERSION; without, version 0. false: said on stderr. */
struct secrets_ref {
    char name[RATLS_STORE_NAME_MAX + 1];
    int64_t version;
};
bool secrets_parse_ref(const char *text, struct secrets_ref *out);
/* NULL: said on stderr. */
struct ratls_kek *secrets_kek(const char *url);
/* The versions that fit (name NULL, version 0: any), as lines or JSON: a list, or with `one` the
 * one object. Exit code. */
struct secrets_filter {
    const char *name;
    int64_t version;
    bool one, json;
};
int secrets_print(struct ratls_store *s, const struct secrets_filter *filter);

/* --enc; NULL: A256GCM. false: said on stderr. */
bool secrets_enc(const char *text, enum ratls_jwe_enc *out);

int secrets_put(const struct tool_args *args);
int secrets_rotate(const struct tool_args *args);
int secrets_rebind(const struct tool_args *args);
int secrets_rewrap(const struct tool_args *args);
int secrets_delete(const struct tool_args *args);
int secrets_list(const struct tool_args *args);
int secrets_show(const struct tool_args *args);
int secrets_open(const struct tool_args *args);
int secrets_decrypt(const struct tool_args *args);

#define SECRETS_ENC                                                                                \
    {                                                                                              \
        .name = "--enc", .value = "ENC",                                                           \
        .help = "what the JWE is sealed by: A256GCM (default) or SGD_SM4_GCM"                      \
    }

/* Options of all verbs; each takes those it has. */
enum {
    SECRET_STORE,
    SECRET_JSON,
    SECRET_KEK, /* up to here: of open, too */
    SECRET_AUTHOR,
    SECRET_POLICY,
    SECRET_IN,
    SECRET_OVERLAP,
    SECRET_PUT_OPTIONS
};
enum { REWRAP_STORE, REWRAP_JSON, REWRAP_KEK, REWRAP_AUTHOR, REWRAP_TO, REWRAP_OPTIONS };
enum { DELETE_STORE, DELETE_JSON, DELETE_ALL, DELETE_AUTHOR, DELETE_OPTIONS };
enum { SECRETS_LIST_STORE, SECRETS_LIST_JSON, SECRETS_LIST_NAME, SECRETS_LIST_OPTIONS };
enum { OPEN_STORE, OPEN_KEK, OPEN_REVEAL, OPEN_TO, OPEN_ENC, OPEN_OUT, OPEN_AUTHOR, OPEN_OPTIONS };
enum { DECRYPT_KEY, DECRYPT_ENC, DECRYPT_OUT, DECRYPT_OPTIONS };

#endif
