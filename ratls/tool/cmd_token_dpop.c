/* ratls token dpop: a proof that a key is there, for one HTTP request (RFC 9449). */
#include "ratls/dpop.h"
#include "token.h"

enum { METHOD, URL, TOKEN, NONCE, OUT };

static const struct tool_option options[] = {
    [METHOD] = {.name = "--method",
                .value = "METHOD",
                .help = "of the request, as GET or POST",
                .required = true},
    [URL] = {.name = "--url", .value = "URL", .help = "and its target", .required = true},
    [TOKEN] = {.name = "--token",
               .value = "TOKEN|-",
               .help = "access token that goes with it; none at a token endpoint"},
    [NONCE] = {.name = "--nonce", .value = "TEXT", .help = "that the server gave (DPoP-Nonce)"},
    [OUT] = {.name = "-o", .value = "FILE", .help = "where to; else standard output"},
};

static int prove(const struct tool_args *args, struct ratls_jwt_key *key, struct ratls_bytes token)
{
    const struct ratls_dpop what = {.method = tool_get(args, METHOD),
                                    .url = tool_get(args, URL),
                                    .token = token,
                                    .nonce = tool_get(args, NONCE)};
    struct ratls_buffer proof = {0};
    struct ratls_error err = {0};
    enum ratls_err e = ratls_dpop_make(key, &what, &proof, &err);

    if (e)
        return tool_fail_with("token dpop", e, &err);
    const int code = tool_token_put(tool_get(args, OUT), &proof);
    ratls_buffer_free(&proof);
    return code;
}

static int run(const struct tool_args *args)
{
    const char *text = tool_get(args, TOKEN);
    struct ratls_buffer token = {0};
    struct ratls_jwt_key *key = NULL;
    int code = TOOL_ERROR;

    if (text && !*text)
        return tool_fail("--token is empty");
    if ((!text || tool_token_read(text, &token)) &&
        (key = tool_token_key(args->positional)) != NULL)
        code = prove(args, key, ratls_bytes(token.p, token.len));
    ratls_jwt_key_free(key);
    ratls_buffer_free(&token);
    return code;
}

const struct tool_command tool_token_dpop = {
    .name = "token dpop",
    .summary = "Prove a private key for one HTTP request (RFC 9449)",
    .positional = "KEY",
    .options = options,
    .n_options = TOOL_COUNT(options),
    .run = run,
};
