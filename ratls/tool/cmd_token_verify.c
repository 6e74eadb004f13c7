/* ratls token verify: a token of somebody else against the keys that are pinned for him. */
#include <stdio.h>

#include <cjson/cJSON.h>

#include "ratls/dpop.h"
#include "token.h"

#define PROOF_AGE_S 60

enum {
    ISSUER,
    DIALECT,
    AUDIENCE,
    TYPE,
    TEE,
    PLAIN,
    NONCE,
    CERT,
    JKT,
    DPOP,
    DPOP_METHOD,
    DPOP_URL,
    DPOP_NONCE,
    MAX_AGE,
    SKEW,
    ALLOW_BEARER,
    ALLOW_WARNING,
    ALLOW_NONE,
    TIME,
    JSON,
};

static const struct tool_option options[] = {
    [ISSUER] = {.name = "--issuer",
                .value = "ISSUER=FILE",
                .help = "who is believed, and the JWK set with his keys",
                .required = true,
                .repeats = true},
    [DIALECT] = {.name = "--dialect",
                 .value = "NAME",
                 .help = "strict (default), or of the only issuer, for what his results lack: "
                         "veraison or trustee"},
    [AUDIENCE] = {.name = "--audience",
                  .value = "AUDIENCE",
                  .help = "for whom the token must be; may be left out with a dialect"},
    [TYPE] = {.name = "--type",
              .value = "TYP",
              .help = "its typ; else " RATLS_EAR_TYP ", or JWT with a dialect"},
    [TEE] = {.name = "--tee", .value = "NAME", .help = "kind of TEE that the result is about"},
    [PLAIN] = {.name = "--plain", .help = "any token: what it says is no attestation result"},
    [NONCE] = {.name = "--nonce",
               .value = "HEX",
               .help = "nonce that it must answer; of Trustee the report data"},
    [CERT] = {.name = "--cert",
              .value = "FILE",
              .help = "certificate of who shows it: the token must be bound to it or its key"},
    [JKT] = {.name = "--jkt", .value = "TEXT", .help = "the RFC 7638 thumbprint of that key"},
    [DPOP] = {.name = "--dpop",
              .value = "PROOF",
              .help = "proof that came with it, of the key that the token must be bound to"},
    [DPOP_METHOD] = {.name = "--dpop-method",
                     .value = "METHOD",
                     .help = "of the request that they came with"},
    [DPOP_URL] = {.name = "--dpop-url", .value = "URL", .help = "and its target"},
    [DPOP_NONCE] = {.name = "--dpop-nonce",
                    .value = "TEXT",
                    .help = "nonce that the proof must have"},
    [MAX_AGE] = {.name = "--max-age", .value = "S", .help = "seconds since it was made"},
    [SKEW] = {.name = "--skew", .value = "S", .help = "of the clocks, at most 300; else 0"},
    [ALLOW_BEARER] = {.name = "--allow-bearer",
                      .help = "take it from whoever shows it, if his key is not known"},
    [ALLOW_WARNING] = {.name = "--allow-warning", .help = "take results with warnings"},
    [ALLOW_NONE] = {.name = "--insecure-allow-none",
                    .help = "take results that affirm nothing, as those of simulated TEEs"},
    [TIME] = {.name = "--time",
              .value = "TIME",
              .help = "time of verification, UNIX seconds or RFC 3339; else now"},
    [JSON] = {.name = "--json", .help = "JSON for programs"},
};

/* ---- what is asked ---- */

static bool add_issuer(struct tool_token_rules *w, const char *text)
{
    struct ratls_error err = {0};
    struct tool_issuer i;

    if (!tool_read_issuer("--issuer", text, &i))
        return false;
    (void)snprintf(w->issuer, sizeof w->issuer, "%s", i.iss);
    enum ratls_err e = ratls_issuers_add_dialect(w->issuers, i.iss, w->dialect,
                                                 ratls_bytes(i.jwks.p, i.jwks.len), &err);
    ratls_buffer_free(&i.jwks);
    if (e)
        tool_fail_with(i.path, e, &err);
    return e == RATLS_OK;
}

static bool read_issuers(const struct tool_args *args, struct tool_token_rules *w)
{
    const struct tool_value *v = &args->values[ISSUER];
    bool ok = ratls_issuers_new(tool_env_at(w->now), &w->issuers) == RATLS_OK;

    if (!ok)
        tool_fail("out of memory");
    for (size_t i = 0; i < v->n && ok; i++)
        ok = add_issuer(w, v->items[i]);
    if (w->dialect != RATLS_DIALECT_STRICT)
        w->rules.issuer = w->issuer;
    return ok;
}

static bool read_dialect(const struct tool_args *args, struct tool_token_rules *w)
{
    const char *text = tool_get(args, DIALECT);

    if (text && !ratls_token_dialect_find(text, &w->dialect)) {
        tool_fail("--dialect must be strict, veraison or trustee");
        return false;
    }
    const bool strict = w->dialect == RATLS_DIALECT_STRICT;
    if (strict && !tool_get(args, AUDIENCE))
        tool_fail("--audience is missing");
    else if (!strict && args->values[ISSUER].n != 1)
        tool_fail("--dialect is that of one issuer");
    else
        return true;
    return false;
}

static bool read_holder(const struct tool_args *args, struct tool_token_rules *w)
{
    struct ratls_buffer spki = {0};
    struct ratls_error err = {0};
    enum ratls_err e = RATLS_OK;

    w->rules.jkt = tool_get(args, JKT);
    if (!tool_get(args, CERT))
        return true;
    if (w->rules.jkt) {
        tool_fail("--cert and --jkt exclude each other");
        return false;
    }
    if (!tool_token_cert(tool_get(args, CERT), &spki, w->cert_sha256))
        return false;
    e = ratls_jwk_thumbprint(ratls_bytes(spki.p, spki.len), w->jkt, &err);
    ratls_buffer_free(&spki);
    if (e)
        tool_fail_with("--cert", e, &err);
    w->rules.jkt = tool_get(args, DPOP) ? NULL : w->jkt; /* with a proof the key is that of it */
    w->rules.cert_sha256 = ratls_bytes(w->cert_sha256, sizeof w->cert_sha256);
    return e == RATLS_OK;
}

/* Whoever hands in a proof wants the token to be its key's. */
static bool check_dpop(const struct tool_args *args)
{
    const char *const with[] = {tool_get(args, DPOP_METHOD), tool_get(args, DPOP_URL),
                                tool_get(args, DPOP_NONCE)};

    if (!tool_get(args, DPOP)) {
        if (!with[0] && !with[1] && !with[2])
            return true;
        tool_fail("--dpop-method, --dpop-url and --dpop-nonce need --dpop");
        return false;
    }
    if (!with[0] || !with[1])
        tool_fail("--dpop needs --dpop-method and --dpop-url");
    else if (tool_get(args, JKT) || tool_get(args, ALLOW_BEARER))
        tool_fail("--dpop excludes --jkt and --allow-bearer");
    else
        return true;
    return false;
}

static bool read_time(const char *text, int64_t *now)
{
    const struct ratls_env *env = tool_env();

    *now = env->now(env->arg);
    if (!text || tool_time(text, now))
        return true;
    tool_fail("--time must be UNIX seconds or like 2025-06-27T04:53:20Z");
    return false;
}

bool tool_token_rules_open(const struct tool_args *args, struct tool_token_rules *out)
{
    const char *typ = tool_get(args, TYPE);

    *out = (struct tool_token_rules){.with_proof = tool_get(args, DPOP) != NULL};
    if (!read_dialect(args, out))
        return false;
    if (!typ)
        typ = out->dialect == RATLS_DIALECT_STRICT ? RATLS_EAR_TYP : "JWT";
    out->rules = (struct ratls_token_rules){
        .audience = tool_get(args, AUDIENCE),
        .typ = typ,
        .tee = tool_get(args, TEE),
        .allow_bearer = tool_get(args, ALLOW_BEARER) != NULL,
        .ear = !tool_get(args, PLAIN),
        .allow_warning = tool_get(args, ALLOW_WARNING) != NULL,
        .insecure_allow_none = tool_get(args, ALLOW_NONE) != NULL,
    };
    return tool_token_seconds("--max-age", tool_get(args, MAX_AGE), &out->rules.max_age_s) &&
           tool_token_seconds("--skew", tool_get(args, SKEW), &out->rules.skew_s) &&
           tool_token_nonce("--nonce", tool_get(args, NONCE), out->nonce, &out->rules.nonce) &&
           check_dpop(args) && read_holder(args, out) &&
           read_time(tool_get(args, TIME), &out->now) && read_issuers(args, out);
}

void tool_token_rules_close(struct tool_token_rules *r)
{
    ratls_issuers_unref(r->issuers);
}

/* ---- the answer ---- */

static bool add_claims(cJSON *root, const char *name, const struct ratls_claims *claims)
{
    return cJSON_AddItemToObject(root, name, tool_claims_json(claims));
}

static bool add_device(cJSON *to, const struct ratls_ear_device *d, const char *status)
{
    cJSON *device = cJSON_AddObjectToObject(to, d->label);

    return device && cJSON_AddStringToObject(device, "kind", d->kind) &&
           cJSON_AddStringToObject(device, "status", status) &&
           cJSON_AddBoolToObject(device, "simulated", d->simulated) &&
           add_claims(device, "claims", d->claims);
}

static bool add_devices(cJSON *root, const struct ratls_token *token)
{
    const struct ratls_ear_device *d;
    const char *status = NULL;

    if (ratls_token_devices(token) == 0)
        return true;
    cJSON *devices = cJSON_AddObjectToObject(root, "devices");
    bool ok = devices != NULL;
    for (size_t i = 0; ok && (d = ratls_token_device(token, i, &status)) != NULL; i++)
        ok = add_device(devices, d, status);
    return ok;
}

static bool add_token(cJSON *root, const struct ratls_token *token)
{
    const struct ratls_bytes json = ratls_token_json(token);

    return add_claims(root, "claims", ratls_token_claims(token)) &&
           add_claims(root, "raw_claims", ratls_token_raw_claims(token)) &&
           add_devices(root, token) &&
           cJSON_AddItemToObject(root, "payload",
                                 cJSON_ParseWithLength((const char *)json.p, json.len));
}

static int show_json(const struct ratls_token *token, enum ratls_err e,
                     const struct ratls_error *err)
{
    cJSON *root = cJSON_CreateObject();
    bool ok = cJSON_AddStringToObject(root, "verdict", e ? "deny" : "allow") &&
              cJSON_AddStringToObject(root, "reason", ratls_err_reason(e)) &&
              cJSON_AddStringToObject(root, "detail", err->detail);

    ok = ok && (!token || add_token(root, token));
    if (ok && tool_put_json(root))
        return TOOL_OK;
    if (!ok)
        cJSON_Delete(root);
    return tool_fail("out of memory");
}

static int show(const struct ratls_token *token, enum ratls_err e, const struct ratls_error *err)
{
    char expires[32] = "";

    if (token)
        tool_time_text(ratls_token_expires(token), expires);
    const struct tool_line lines[] = {
        {"verdict", e ? "deny" : "allow"},
        {"reason", ratls_err_reason(e)},
        {"detail", err->detail},
        {"expires", expires},
    };
    tool_print(lines, TOOL_COUNT(lines), token ? ratls_token_claims(token) : NULL);
    return TOOL_OK;
}

int tool_token_judged(const struct tool_args *args, const char *what,
                      const struct ratls_token *token, enum ratls_err e,
                      const struct ratls_error *err)
{
    if (ratls_err_class(e) == RATLS_CLASS_INTERNAL)
        return tool_fail_with(what, e, err);
    const int code = tool_get(args, JSON) ? show_json(token, e, err) : show(token, e, err);
    return code == TOOL_OK && e ? TOOL_DENIED : code;
}

/* A proof that is none makes the token count for nothing. */
static enum ratls_err judge(const struct tool_args *args, struct tool_token_rules *w,
                            struct ratls_bytes text, struct ratls_token **token,
                            struct ratls_error *err)
{
    const char *proof = tool_get(args, DPOP);
    const struct ratls_dpop_rules rules = {.method = tool_get(args, DPOP_METHOD),
                                           .url = tool_get(args, DPOP_URL),
                                           .token = text,
                                           .nonce = tool_get(args, DPOP_NONCE),
                                           .max_age_s = PROOF_AGE_S,
                                           .skew_s = w->rules.skew_s,
                                           .now = w->now};
    enum ratls_err e = RATLS_OK;

    if (proof) {
        e = ratls_dpop_verify(tool_env(), ratls_bytes(proof, strlen(proof)), &rules, &w->proof,
                              err);
        w->rules.jkt = w->proof.jkt;
    }
    return e ? e : ratls_token_verify(w->issuers, text, &w->rules, token, err);
}

static int verify(const struct tool_args *args, struct tool_token_rules *w)
{
    struct ratls_buffer text = {0};
    struct ratls_token *token = NULL;
    struct ratls_error err = {0};

    if (!tool_token_read(args->positional, &text)) {
        ratls_buffer_free(&text);
        return TOOL_ERROR;
    }
    enum ratls_err e = judge(args, w, ratls_bytes(text.p, text.len), &token, &err);
    ratls_buffer_free(&text);
    const int code = tool_token_judged(args, "token verify", token, e, &err);
    ratls_token_free(token);
    return code;
}

static int run(const struct tool_args *args)
{
    struct tool_token_rules rules;
    const int code = tool_token_rules_open(args, &rules) ? verify(args, &rules) : TOOL_ERROR;

    tool_token_rules_close(&rules);
    return code;
}

const struct tool_command tool_token_verify = {
    .name = "token verify",
    .summary = "Verify a token, unless told otherwise one with an attestation result",
    .positional = "TOKEN|-",
    .options = options,
    .n_options = TOOL_COUNT(options),
    .run = run,
};
