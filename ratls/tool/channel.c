/* What `ratls token fetch` and `ratls secret get` share. */
#include "channel.h"

#include <stdio.h>

#include <cjson/cJSON.h>

#include "shared_options.h"

enum {
    ATTESTER,
    ATTESTER_OPTIONS,
    POLICY,
    ANCHORS,
    SIM_ROOTS,
    TRUST,
    COLLATERAL,
    NO_CRL,
    SERVER_CA,
    SERVER_NAME,
    TIMEOUT,
    JSON,
};

static const struct tool_option options[] = {
    [ATTESTER] = TOOL_ATTESTER,
    [ATTESTER_OPTIONS] = TOOL_ATTESTER_OPTIONS,
    [POLICY] = {.name = "--policy", .value = "FILE", .help = "what the server is judged by, JSON"},
    [ANCHORS] = TOOL_ANCHORS,
    [SIM_ROOTS] = TOOL_SIM_ROOTS,
    [TRUST] = {.name = "--trust",
               .value = "FILE",
               .help = "trust document: reference values, revocations, anchors",
               .repeats = true},
    [COLLATERAL] = {.name = "--collateral",
                    .value = "PATH",
                    .help = "vendor collateral: a document, or a folder of them",
                    .repeats = true},
    [NO_CRL] = {.name = "--insecure-no-crl", .help = "do not ask for revocation lists"},
    [SERVER_CA] = {.name = "--server-ca",
                   .value = "FILE",
                   .help = "the server's certificate is of this CA; without --policy that is all "
                           "that is asked of it"},
    [SERVER_NAME] = {.name = "--server-name",
                     .value = "NAME",
                     .help = "and has this name; goes with --server-ca"},
    [TIMEOUT] = {.name = "--timeout", .value = "S", .help = "seconds for all of it; else 30"},
    [JSON] = TOOL_JSON,
};

const struct tool_command tool_channel = {
    .options = options,
    .n_options = TOOL_COUNT(options),
};

/* ---- what the server is judged by ---- */

static bool skip_crls(struct ratls_trust *trust, bool wanted)
{
    struct ratls_error err = {0};
    enum ratls_err e = wanted ? ratls_trust_insecure_no_crl(trust, &err) : RATLS_OK;

    if (e)
        tool_fail_with("--insecure-no-crl", e, &err);
    return e == RATLS_OK;
}

static bool add_collateral(struct ratls_trust *trust, const struct tool_value *paths)
{
    for (size_t i = 0; i < paths->n; i++) {
        struct ratls_error err = {0};
        enum ratls_err e = ratls_trust_add_collateral_path(trust, paths->items[i], &err);
        if (e) {
            tool_fail_with(paths->items[i], e, &err);
            return false;
        }
    }
    return true;
}

static bool fill_trust(const struct tool_args *args, struct ratls_trust *trust)
{
    return tool_add_roots(trust, &args->values[ANCHORS], &args->values[SIM_ROOTS]) &&
           tool_add_files(trust, &args->values[TRUST], ratls_trust_add_document) &&
           add_collateral(trust, &args->values[COLLATERAL]) &&
           skip_crls(trust, tool_get(args, NO_CRL) != NULL) &&
           tool_add_file(trust, tool_get(args, POLICY), ratls_trust_set_policy);
}

/* Without a policy these would look as if they counted. */
static bool fits(const struct tool_args *args)
{
    static const size_t of_policies[] = {ANCHORS, SIM_ROOTS, TRUST, COLLATERAL, NO_CRL};

    if (!tool_get(args, SERVER_CA) != !tool_get(args, SERVER_NAME)) {
        tool_fail("--server-ca and --server-name go together");
        return false;
    }
    if (!tool_get(args, POLICY) && !tool_get(args, SERVER_CA)) {
        tool_fail("the server is to be judged: --policy, or --server-ca");
        return false;
    }
    for (size_t i = 0; i < TOOL_COUNT(of_policies) && !tool_get(args, POLICY); i++)
        if (tool_get(args, of_policies[i])) {
            tool_fail("%s needs --policy", options[of_policies[i]].name);
            return false;
        }
    return true;
}

static bool set_trust(const struct tool_args *args, struct ratls_config *c)
{
    struct ratls_trust *trust = NULL;

    ratls_config_set_mode(c, tool_get(args, POLICY) ? RATLS_MUTUAL : RATLS_ATTEST);
    if (!tool_get(args, POLICY))
        return true;
    bool ok = ratls_trust_new(tool_env(), &trust) == RATLS_OK;
    if (!ok)
        tool_fail("out of memory");
    ok = ok && fill_trust(args, trust);
    if (ok)
        ratls_config_set_trust(c, trust);
    ratls_trust_unref(trust);
    return ok;
}

static bool set_name(const struct tool_args *args, struct ratls_config *c)
{
    const char *path = tool_get(args, SERVER_CA), *name = tool_get(args, SERVER_NAME);
    struct ratls_buffer ca = {0};
    struct ratls_error err = {0};

    if (!path)
        return true;
    if (!tool_read(path, &ca))
        return false;
    enum ratls_err e = ratls_config_add_identity_ca(c, ratls_bytes(ca.p, ca.len), &err);
    ratls_buffer_free(&ca);
    if (e)
        tool_fail_with(path, e, &err);
    else if ((e = ratls_config_add_peer_name(c, name)) != RATLS_OK ||
             (e = ratls_config_set_server_name(c, name)) != RATLS_OK)
        tool_fail_with("--server-name", e, &err);
    return e == RATLS_OK;
}

static bool make_context(const struct tool_args *args, struct tool_link *out)
{
    struct ratls_config *c = NULL;
    struct ratls_error err = {0};
    enum ratls_err e = ratls_config_new(tool_env(), &c);
    bool ok = e == RATLS_OK && set_trust(args, c) && set_name(args, c);

    if (ok && (e = ratls_ctx_new(c, &out->ctx, &err)) != RATLS_OK)
        tool_fail_with("context", e, &err);
    ratls_config_free(c);
    return ok && e == RATLS_OK;
}

/* ---- who this side is ---- */

static bool make_identity(const struct tool_args *args, struct tool_link *out)
{
    struct ratls_attester *a = out->attester =
        tool_attester(tool_get(args, ATTESTER), tool_get(args, ATTESTER_OPTIONS), NULL, NULL);
    struct ratls_error err = {0};

    if (!a)
        return false;
    const struct ratls_identity_params params = {.media_type = ratls_attester_media_type(a)};
    enum ratls_err e = ratls_identity_new(tool_env(), &params, a, &out->identity, &err);
    if (!e && out->ctx)
        e = ratls_ctx_set_identity(out->ctx, out->identity, &err);
    if (e)
        tool_fail_with("identity", e, &err);
    return e == RATLS_OK;
}

static bool read_timeout(const char *text, int64_t *ms)
{
    int64_t seconds = RATLS_REQUEST_TIMEOUT_MS / 1000;

    if (text && (!tool_number(text, &seconds) || seconds < 1 ||
                 seconds > RATLS_REQUEST_TIMEOUT_MAX / 1000)) {
        tool_fail("--timeout must be 1 to %d seconds", RATLS_REQUEST_TIMEOUT_MAX / 1000);
        return false;
    }
    *ms = seconds * 1000;
    return true;
}

bool tool_link_open(const struct tool_args *args, struct tool_link *out)
{
    *out = (struct tool_link){0};
    return fits(args) && read_timeout(tool_get(args, TIMEOUT), &out->timeout_ms) &&
           make_context(args, out) && make_identity(args, out);
}

bool tool_link_open_plain(const struct tool_args *args, struct tool_link *out)
{
    *out = (struct tool_link){0};
    for (size_t i = POLICY; i <= SERVER_NAME; i++)
        if (tool_get(args, i)) {
            tool_fail("%s has no effect over ordinary TLS", options[i].name);
            return false;
        }
    return read_timeout(tool_get(args, TIMEOUT), &out->timeout_ms) && make_identity(args, out);
}

void tool_link_close(struct tool_link *link)
{
    ratls_attester_close(link->attester);
    ratls_identity_unref(link->identity);
    ratls_ctx_unref(link->ctx);
}

/* ---- how it went ---- */

bool tool_link_is_json(const struct tool_args *args)
{
    return tool_get(args, JSON) != NULL;
}

static bool is_denial(enum ratls_err e)
{
    const enum ratls_class c = ratls_err_class(e);

    return e == RATLS_E_PEER_DENIED || c == RATLS_CLASS_ATTESTATION || c == RATLS_CLASS_LEVEL;
}

static bool add_server(cJSON *root, const struct ratls_response *r)
{
    cJSON *server = r->verdict ? cJSON_AddObjectToObject(root, "server") : NULL;

    if (!r->verdict)
        return cJSON_AddNullToObject(root, "server");
    return server && cJSON_AddStringToObject(server, "tee", ratls_verdict_tee(r->verdict)) &&
           cJSON_AddStringToObject(server, "measurement", ratls_verdict_measurement(r->verdict)) &&
           cJSON_AddStringToObject(server, "reason", ratls_verdict_reason(r->verdict)) &&
           cJSON_AddStringToObject(server, "level", ratls_level_name(r->level));
}

static int report_json(const struct tool_outcome *o)
{
    cJSON *root = cJSON_CreateObject();
    bool ok = cJSON_AddStringToObject(root, "verdict", o->e ? "deny" : "allow") &&
              cJSON_AddStringToObject(root, "reason", ratls_err_reason(o->e)) &&
              cJSON_AddStringToObject(root, "detail", o->err->detail) &&
              cJSON_AddNumberToObject(root, "status", o->response->status) &&
              add_server(root, o->response);

    if (o->more && !(ok = ok && cJSON_AddItemToObject(root, o->name, o->more)))
        cJSON_Delete(o->more);
    if (ok && tool_put_json(root))
        return TOOL_OK;
    if (!ok)
        cJSON_Delete(root);
    return tool_fail("out of memory");
}

int tool_link_report(const struct tool_args *args, const struct tool_outcome *o)
{
    const bool as_json = tool_link_is_json(args) && (!o->e || is_denial(o->e));
    int code = TOOL_OK;

    if (as_json)
        code = report_json(o);
    else
        cJSON_Delete(o->more);
    if (o->e && !as_json)
        tool_fail_with(args->command->name, o->e, o->err);
    if (code == TOOL_OK && o->e)
        code = is_denial(o->e) ? TOOL_DENIED : TOOL_ERROR;
    return code;
}
