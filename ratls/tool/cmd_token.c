/* ratls token: keys that sign tokens, and what verifiers pin; the noun with its verbs. */
#include <stdio.h>
#include <stdlib.h>

#include "channel.h"
#include "token.h"

/* ---- shared ---- */

/* "PS256=FILE": the algorithm, when the text begins with one. */
static const char *split_alg(const char *text, char alg[8])
{
    static const char *const algs[] = {"ES256", "ES384", "PS256", "RS256", "SM2"};

    for (size_t i = 0; i < TOOL_COUNT(algs); i++) {
        const size_t len = strlen(algs[i]);
        if (strncmp(text, algs[i], len) == 0 && text[len] == '=') {
            memcpy(alg, algs[i], len + 1);
            return text + len + 1;
        }
    }
    alg[0] = 0;
    return text;
}

struct ratls_jwt_key *tool_token_key(const char *text)
{
    char alg[8];
    const char *path = split_alg(text, alg);
    struct ratls_buffer file = {0};
    struct ratls_jwt_key *key = NULL;
    struct ratls_error err = {0};

    if (!tool_read(path, &file))
        return NULL;
    enum ratls_err e = ratls_jwt_key_new(tool_env(), ratls_bytes(file.p, file.len),
                                         alg[0] ? alg : NULL, &key, &err);
    if (e)
        tool_fail_with(path, e, &err);
    ratls_buffer_free(&file);
    return key;
}

int tool_token_put(const char *path, const struct ratls_buffer *text)
{
    if (path)
        return tool_write(path, ratls_bytes(text->p, text->len)) ? TOOL_OK : TOOL_ERROR;
    puts((const char *)text->p);
    return TOOL_OK;
}

bool tool_token_nonce(const char *option, const char *text, uint8_t out[64],
                      struct ratls_bytes *nonce)
{
    size_t len = 0;

    if (text && (!tool_unhex(text, out, 64, &len) || len < 8)) {
        tool_fail("%s must be hex of 8 to 64 bytes", option);
        return false;
    }
    *nonce = ratls_bytes(out, len);
    return true;
}

bool tool_token_cert(const char *path, struct ratls_buffer *spki, uint8_t sha256[32])
{
    struct ratls_buffer file = {0};
    struct ratls_error err = {0};

    if (!path)
        return true;
    if (!tool_read(path, &file))
        return false;
    enum ratls_err e = ratls_certificate_key(ratls_bytes(file.p, file.len), spki, sha256, &err);
    ratls_buffer_free(&file);
    if (e)
        tool_fail_with(path, e, &err);
    return e == RATLS_OK;
}

bool tool_token_seconds(const char *option, const char *text, int64_t *out)
{
    if (!text || tool_number(text, out))
        return true;
    tool_fail("%s must be a number of seconds", option);
    return false;
}

bool tool_token_read(const char *text, struct ratls_buffer *out)
{
    out->p = malloc(RATLS_TOKEN_MAX + 2);
    if (!out->p) {
        tool_fail("out of memory");
        return false;
    }
    if (strcmp(text, "-") != 0) {
        out->len = (size_t)snprintf((char *)out->p, RATLS_TOKEN_MAX + 2, "%s", text);
        out->len = out->len > RATLS_TOKEN_MAX ? RATLS_TOKEN_MAX + 1 : out->len;
        return true;
    }
    out->len = fread(out->p, 1, RATLS_TOKEN_MAX + 2, stdin);
    if (ferror(stdin)) {
        tool_fail("cannot read standard input");
        return false;
    }
    if (out->len > 0 && out->p[out->len - 1] == '\n')
        out->len--;
    return true;
}

/* ---- key ---- */

enum { KEY_OUT, KEY_ALG, KEY_FORCE };

static const struct tool_option key_options[] = {
    [KEY_OUT] = {.name = "-o",
                 .value = "FILE",
                 .help = "private key, PEM, mode 0600",
                 .required = true},
    [KEY_ALG] = {.name = "--alg",
                 .value = "ALG",
                 .help = "ES256 (default), ES384, PS256, RS256 (RSA of 3072 bits) or SM2"},
    [KEY_FORCE] = {.name = "--force", .help = "replace an existing FILE"},
};

static int run_key(const struct tool_args *args)
{
    const char *alg = tool_get(args, KEY_ALG), *path = tool_get(args, KEY_OUT);
    struct ratls_buffer pem = {0};
    enum ratls_err e = ratls_jwt_key_generate(tool_env(), alg ? alg : "ES256", &pem);

    if (e == RATLS_E_USAGE)
        return tool_fail("--alg must be ES256, ES384, PS256, RS256 or SM2");
    if (e)
        return tool_fail("token key: %s", ratls_err_text(e));
    const bool ok =
        tool_write_secret(path, ratls_bytes(pem.p, pem.len), tool_get(args, KEY_FORCE) != NULL);
    ratls_buffer_free(&pem);
    return ok ? TOOL_OK : TOOL_ERROR;
}

static const struct tool_command key_ = {
    .name = "token key",
    .summary = "Make a private key that signs tokens",
    .options = key_options,
    .n_options = TOOL_COUNT(key_options),
    .run = run_key,
};

/* ---- jwks ---- */

enum { JWKS_OUT };

static const struct tool_option jwks_options[] = {
    [JWKS_OUT] = {.name = "-o", .value = "FILE", .help = "where to; else standard output"},
};

static int put_jwks(const struct tool_args *args, const struct ratls_jwt_key *const *keys, size_t n)
{
    struct ratls_buffer set = {0};
    enum ratls_err e = ratls_jwks(keys, n, &set);

    if (e == RATLS_E_USAGE)
        return tool_fail("a key is given twice");
    if (e)
        return tool_fail("token jwks: %s", ratls_err_text(e));
    const int code = tool_token_put(tool_get(args, JWKS_OUT), &set);
    ratls_buffer_free(&set);
    return code;
}

static int run_jwks(const struct tool_args *args)
{
    struct ratls_jwt_key *keys[TOOL_MAX_REPEATS] = {0};
    int code = TOOL_OK;
    size_t n = 0;

    for (; n < args->positionals.n && code == TOOL_OK; n++)
        if (!(keys[n] = tool_token_key(args->positionals.items[n])))
            code = TOOL_ERROR;
    if (code == TOOL_OK)
        code = put_jwks(args, (const struct ratls_jwt_key *const *)keys, n);
    for (size_t i = 0; i < n; i++)
        ratls_jwt_key_free(keys[i]);
    return code;
}

static const struct tool_command jwks_ = {
    .name = "token jwks",
    .summary = "Show the public halves of private keys, each [ALG=]FILE, as a JWK set",
    .positional = "KEY...",
    .options = jwks_options,
    .n_options = TOOL_COUNT(jwks_options),
    .run = run_jwks,
};

static const struct tool_command *const verbs[] = {&key_,
                                                   &jwks_,
                                                   &tool_token_make,
                                                   &tool_token_verify,
                                                   &tool_token_appraise,
                                                   &tool_token_fetch,
                                                   &tool_token_dpop};

const struct tool_command tool_token = {
    .name = "token",
    .summary = "Attestation results as signed tokens: make, verify, fetch, prove, their keys",
    .verbs = verbs,
    .n_verbs = TOOL_COUNT(verbs),
};
