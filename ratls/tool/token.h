/* token.h - what the verbs of `ratls token` share. */
#ifndef TOOL_TOKEN_H
#define TOOL_TOKEN_H

#include "ratls/dpop.h"
#include "ratls/token.h"
#include "tool.h"

#define TOOL_KEY_VALUE "[ALG=]FILE"

/* The key of such a text; NULL: said on stderr. */
struct ratls_jwt_key *tool_token_key(const char *text);
/* To the file, or to stdout with a line end. */
int tool_token_put(const char *path, const struct ratls_buffer *text);
/* Hex of 8 to 64 bytes, or nothing for NULL. */
bool tool_token_nonce(const char *option, const char *text, uint8_t out[64],
                      struct ratls_bytes *nonce);
/* Key (new) and hash of the certificate in this file; nothing for NULL. */
bool tool_token_cert(const char *path, struct ratls_buffer *spki, uint8_t sha256[32]);
/* A token, or "-": from standard input, where a line end may follow. *out is new, and said on
 * stderr when false. */
bool tool_token_read(const char *text, struct ratls_buffer *out);
/* What the options of `ratls token verify` ask of a token. */
struct tool_token_rules {
    struct ratls_token_rules rules;
    struct ratls_issuers *issuers;
    bool with_proof;                  /* --dpop was given */
    struct ratls_dpop_proof proof;    /* of the key that the token is bound to */
    enum ratls_token_dialect dialect; /* of the one issuer */
    uint8_t nonce[64], cert_sha256[32];
    char jkt[RATLS_JWK_THUMB_LEN + 1], issuer[300];
    int64_t now;
};

/* false: said on stderr. tool_token_rules_close() all the same. */
bool tool_token_rules_open(const struct tool_args *args, struct tool_token_rules *out);
void tool_token_rules_close(struct tool_token_rules *r);
/* Says what became of it; `what` is the command, for failures of our own. An exit code. */
int tool_token_judged(const struct tool_args *args, const char *what,
                      const struct ratls_token *token, enum ratls_err e,
                      const struct ratls_error *err);
/* A number of seconds; `out` keeps its value for NULL. */
bool tool_token_seconds(const char *option, const char *text, int64_t *out);

#endif
