/* ratls token fetch: a service's verdict about this TEE, as a token for others. */
#include <stdio.h>

#include <cjson/cJSON.h>

#include "channel.h"
#include "ratls/remote.h"
#include "token.h"

enum { AUDIENCE, NONCE, DPOP, DPOP_URL, EVIDENCE, CACERT, OUT, KEY, CERT, FORCE };

static const struct tool_option options[] = {
    [AUDIENCE] = {.name = "--audience",
                  .value = "AUDIENCE",
                  .help = "for whom; may be left out where the endpoint knows one only"},
    [NONCE] = {.name = "--nonce", .value = "TEXT", .help = "that the endpoint gave out"},
    [DPOP] = {.name = "--dpop",
              .value = TOOL_KEY_VALUE,
              .help = "bind the token to this private key, not to that of TLS (RFC 9449)"},
    [DPOP_URL] = {.name = "--dpop-url",
                  .value = "URL",
                  .help = "what the endpoint calls itself in its metadata; else URL"},
    [EVIDENCE] = {.name = "--evidence",
                  .help = "exchange evidence over a nonce of the endpoint, not the connection"},
    [CACERT] = {.name = "--cacert",
                .value = "FILE",
                .help = "CA of an endpoint that speaks ordinary TLS; goes with --evidence"},
    [OUT] = {.name = "-o", .value = "FILE", .help = "where the token goes; else standard output"},
    [KEY] = {.name = "--key",
             .value = "FILE",
             .help = "save the TLS key that the token is bound to, PEM, mode 0600"},
    [CERT] = {.name = "--cert", .value = "FILE", .help = "save the certificate of that key, PEM"},
    [FORCE] = {.name = "--force", .help = "replace an existing key"},
};

/* Without its key the token is of no use to programs that have to prove it. */
static bool save_key(const struct tool_args *args, const struct ratls_identity *id)
{
    const char *path = tool_get_own(args, KEY);
    struct ratls_buffer der = {0}, pem = {0};

    if (!path)
        return true;
    bool ok = ratls_identity_export_key(id, &der) == RATLS_OK &&
              tool_pem("EC PRIVATE KEY", ratls_bytes(der.p, der.len), &pem);
    if (!ok)
        tool_fail("the key cannot be exported");
    ok = ok &&
         tool_write_secret(path, ratls_bytes(pem.p, pem.len), tool_get_own(args, FORCE) != NULL);
    ratls_buffer_free(&der);
    ratls_buffer_free(&pem);
    return ok;
}

static bool save_cert(const struct tool_args *args, const struct ratls_identity *id)
{
    const char *path = tool_get_own(args, CERT);
    struct ratls_buffer pem = {0};

    if (!path)
        return true;
    bool ok = tool_pem("CERTIFICATE", ratls_identity_certificate(id), &pem) &&
              tool_write(path, ratls_bytes(pem.p, pem.len));
    ratls_buffer_free(&pem);
    return ok;
}

/* The token is shown in JSON unless it goes to a file. */
static int report(const struct tool_args *args, enum ratls_err e, const struct ratls_error *err,
                  const struct ratls_response *r)
{
    const struct tool_outcome o = {
        .e = e,
        .err = err,
        .response = r,
        .name = "token",
        .more = e || tool_get_own(args, OUT) ? NULL : cJSON_CreateString((const char *)r->body.p),
    };

    return tool_link_report(args, &o);
}

/* Plain, the token is said behind everything else: what was saved is saved. */
static int give(const struct tool_args *args, const struct tool_link *link,
                const struct ratls_response *r)
{
    const struct ratls_error none = {0};
    const char *path = tool_get_own(args, OUT);

    if (!save_key(args, link->identity) || !save_cert(args, link->identity) ||
        (path && tool_token_put(path, &r->body) != TOOL_OK))
        return TOOL_ERROR;
    const int code = report(args, RATLS_OK, &none, r);
    if (code == TOOL_OK && !path && !tool_link_is_json(args))
        puts((const char *)r->body.p);
    return code;
}

/* ---- fetching ---- */

static enum ratls_err by_channel(const struct tool_args *args, const struct tool_link *link,
                                 struct ratls_jwt_key *dpop, struct ratls_response *out,
                                 struct ratls_error *err)
{
    const struct ratls_token_fetch what = {
        .url = args->positional,
        .audience = tool_get_own(args, AUDIENCE),
        .nonce = tool_get_own(args, NONCE),
        .timeout_ms = link->timeout_ms,
        .dpop = dpop,
        .dpop_url = tool_get_own(args, DPOP_URL),
    };

    return ratls_token_fetch(tool_env(), link->ctx, &what, out, err);
}

/* The token is for the key of the identity, which --key saves. */
static enum ratls_err by_evidence(const struct tool_args *args, const struct tool_link *link,
                                  struct ratls_response *out, struct ratls_error *err)
{
    struct ratls_evidence_fetch what = {
        .url = args->positional,
        .ctx = link->ctx,
        .ca_file = tool_get_own(args, CACERT),
        .attester = link->attester,
        .audience = tool_get_own(args, AUDIENCE),
        .timeout_ms = link->timeout_ms,
    };
    struct ratls_buffer spki = {0};
    uint8_t unused[32];
    enum ratls_err e =
        ratls_certificate_key(ratls_identity_certificate(link->identity), &spki, unused, err);

    what.spki = ratls_bytes(spki.p, spki.len);
    if (!e)
        e = ratls_evidence_fetch_token(tool_env(), &what, &out->body, err);
    if (!e)
        out->status = 200;
    ratls_buffer_free(&spki);
    return e;
}

static bool fits(const struct tool_args *args)
{
    if (tool_get_own(args, CACERT) && !tool_get_own(args, EVIDENCE)) {
        tool_fail("--cacert needs --evidence: ordinary TLS attests nobody");
        return false;
    }
    if (tool_get_own(args, NONCE) && tool_get_own(args, EVIDENCE)) {
        tool_fail("--evidence fetches a nonce itself: --nonce has no effect");
        return false;
    }
    if (tool_get_own(args, DPOP) && tool_get_own(args, EVIDENCE)) {
        tool_fail("--evidence binds the token to the key of TLS, --dpop to another");
        return false;
    }
    return true;
}

static int fetch(const struct tool_args *args, struct ratls_jwt_key *dpop)
{
    struct ratls_response response = {0};
    struct ratls_error err = {0};
    struct tool_link link = {0};
    int code = TOOL_ERROR;

    if (fits(args) &&
        (tool_get_own(args, CACERT) ? tool_link_open_plain : tool_link_open)(args, &link)) {
        enum ratls_err e = tool_get_own(args, EVIDENCE)
                               ? by_evidence(args, &link, &response, &err)
                               : by_channel(args, &link, dpop, &response, &err);
        code = e ? report(args, e, &err, &response) : give(args, &link, &response);
    }
    ratls_response_free(&response);
    tool_link_close(&link);
    return code;
}

static int run(const struct tool_args *args)
{
    const char *path = tool_get_own(args, DPOP);
    struct ratls_jwt_key *dpop = NULL;

    if (!path && tool_get_own(args, DPOP_URL))
        return tool_fail("--dpop-url needs --dpop");
    if (path && !(dpop = tool_token_key(path)))
        return TOOL_ERROR;
    const int code = fetch(args, dpop);
    ratls_jwt_key_free(dpop);
    return code;
}

const struct tool_command tool_token_fetch = {
    .name = "token fetch",
    .summary = "Get a token about this TEE from a service that attests it",
    .positional = "URL",
    .base = &tool_channel,
    .options = options,
    .n_options = TOOL_COUNT(options),
    .run = run,
};
