/* ratls secret get: what a service keeps for TEEs like this one. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "channel.h"
#include "ratls/secrets.h"
#include "secrets.h"

#define URL_LEN 1024

enum { VERSION, JWE, ENC, OUT, FORCE };

static const struct tool_option options[] = {
    [VERSION] = {.name = "--version", .value = "N", .help = "this one; else the active one"},
    [JWE] = {.name = "--jwe",
             .help = "have it encrypted to the key of this connection, and open it here"},
    [ENC] = SECRETS_ENC,
    [OUT] = {.name = "-o",
             .value = "FILE",
             .help = "where the secret goes, mode 0600; else standard output, as it is"},
    [FORCE] = {.name = "--force", .help = "replace an existing FILE"},
};

static bool read_what(const struct tool_args *args, char url[URL_LEN],
                      struct ratls_secret_fetch *what)
{
    const char *slash = strrchr(args->positional, '/'), *version = tool_get_own(args, VERSION);

    if (tool_link_is_json(args) && !tool_get_own(args, OUT)) {
        tool_fail("--json needs -o: no secret is part of it");
        return false;
    }
    if (version && (!tool_number(version, &what->version) || what->version == 0)) {
        tool_fail("--version must be a number from 1");
        return false;
    }
    if (tool_get_own(args, ENC) && !tool_get_own(args, JWE)) {
        tool_fail("--enc is of a JWE: it needs --jwe");
        return false;
    }
    if (!slash || slash - args->positional >= URL_LEN) {
        tool_fail("that is no URL of a secret");
        return false;
    }
    (void)snprintf(url, URL_LEN, "%.*s", (int)(slash - args->positional), args->positional);
    what->url = url;
    what->jwe = tool_get_own(args, JWE) != NULL;
    what->name = slash + 1;
    return true;
}

/* Not through stdio, whose buffers nobody wipes. */
static bool write_out(struct ratls_bytes bytes)
{
    size_t done = 0;

    while (done < bytes.len) {
        ssize_t n = write(STDOUT_FILENO, bytes.p + done, bytes.len - done);
        if (n <= 0 && errno != EINTR)
            return false;
        done += n > 0 ? (size_t)n : 0;
    }
    return true;
}

static bool give(const struct tool_args *args, struct ratls_bytes value)
{
    const char *path = tool_get_own(args, OUT);

    if (path)
        return tool_write_secret(path, value, tool_get_own(args, FORCE) != NULL);
    if (write_out(value))
        return true;
    tool_fail("standard output cannot be written");
    return false;
}

static enum ratls_err open_jwe(const struct ratls_identity *id, enum ratls_jwe_enc enc,
                               const struct ratls_response *r, struct ratls_secret_value **out,
                               struct ratls_error *err)
{
    struct ratls_buffer key = {0};
    enum ratls_err e = ratls_identity_export_key(id, &key);
    const struct ratls_jwe_key own = {ratls_bytes(key.p, key.len), enc};

    if (!e)
        e = ratls_secret_jwe_open(tool_env(), ratls_bytes(r->body.p, r->body.len), &own, out, err);
    ratls_buffer_free(&key);
    return e;
}

static int take(const struct tool_args *args, struct tool_link *link,
                struct ratls_secret_fetch *what)
{
    struct ratls_response response = {0};
    struct ratls_secret_value *opened = NULL;
    enum ratls_jwe_enc enc;
    struct ratls_error err = {0};

    if (!secrets_enc(tool_get_own(args, ENC), &enc))
        return TOOL_ERROR;
    what->timeout_ms = link->timeout_ms;
    enum ratls_err e = ratls_secret_fetch(tool_env(), link->ctx, what, &response, &err);
    if (!e && what->jwe)
        e = open_jwe(link->identity, enc, &response, &opened, &err);
    const struct ratls_bytes value =
        opened ? ratls_secret_value_bytes(opened) : ratls_bytes(response.body.p, response.body.len);
    const struct tool_outcome o = {.e = e, .err = &err, .response = &response};
    const int code = e || give(args, value) ? tool_link_report(args, &o) : TOOL_ERROR;
    ratls_secret_value_free(opened);
    ratls_response_free(&response);
    return code;
}

static int ask(const struct tool_args *args, struct ratls_secret_fetch *what)
{
    struct tool_link link;
    const int code = tool_link_open(args, &link) ? take(args, &link, what) : TOOL_ERROR;

    tool_link_close(&link);
    return code;
}

static int run(const struct tool_args *args)
{
    struct ratls_secret_fetch what = {0};
    char url[URL_LEN];

    return read_what(args, url, &what) ? ask(args, &what) : TOOL_ERROR;
}

const struct tool_command tool_secret_get = {
    .name = "secret get",
    .summary = "Get a secret from a service that attests this TEE",
    .positional = "URL/NAME",
    .base = &tool_channel,
    .options = options,
    .n_options = TOOL_COUNT(options),
    .run = run,
};
