/* ratls token make: the appraisal of `ratls verify`, and what it found as a signed token. */
#include <stdio.h>

#include "token.h"

#define DEFAULT_LIFETIME_S 300

enum {
    KEY,
    ISS,
    AUD,
    SUB,
    LIFETIME,
    EAT_NONCE,
    CERT,
    LEVEL,
    POLICY_ID,
    DEVELOPER,
    RAW_CLAIMS,
    PROFILE,
    SECGEAR,
    TYP,
    OUT,
};

static const struct tool_option options[] = {
    [KEY] = {.name = "--key",
             .value = TOOL_KEY_VALUE,
             .help = "private key, PEM; ALG chooses between PS256 (default) and RS256",
             .required = true},
    [ISS] = {.name = "--iss", .value = "ISSUER", .help = "who signs, a URL", .required = true},
    [AUD] = {.name = "--aud", .value = "AUDIENCE", .help = "for whom it is", .required = true},
    [SUB] = {.name = "--sub", .value = "SUBJECT", .help = "who it is about, by name"},
    [LIFETIME] = {.name = "--lifetime", .value = "S", .help = "seconds, at most 86400; else 300"},
    [EAT_NONCE] = {.name = "--eat-nonce",
                   .value = "HEX",
                   .help = "nonce of whoever asks for the token, 8 to 64 bytes"},
    [CERT] = {.name = "--cert",
              .value = "FILE",
              .help = "bind the token to the key of this certificate, which must be the one that "
                      "the evidence names, if it names one"},
    [LEVEL] = {.name = "--level",
               .value = "LEVEL",
               .help = "how the peer's connection was bound: none (default), key, session, quote"},
    [POLICY_ID] = {.name = "--policy-id", .value = "ID", .help = "name of the policy in the token"},
    [DEVELOPER] = {.name = "--developer", .value = "URI", .help = "of the verifier; else ISSUER"},
    [RAW_CLAIMS] = {.name = "--raw-claims", .help = "with every claim of the evidence"},
    [PROFILE] = {.name = "--profile",
                 .value = "NAME",
                 .help = "ear (default), or veraison: older names, as Veraison and Trustee use"},
    [SECGEAR] = {.name = "--secgear", .help = "with the claims of openEuler secGear's tokens"},
    [TYP] = {.name = "--type", .value = "TYP", .help = "else " RATLS_EAR_TYP},
    [OUT] = {.name = "-o", .value = "FILE", .help = "where to; else standard output"},
};

static bool read_level(const char *text, enum ratls_level *out)
{
    *out = RATLS_LEVEL_NONE;
    for (enum ratls_level i = RATLS_LEVEL_NONE; text && i <= RATLS_LEVEL_QUOTE; i++)
        if (strcmp(text, ratls_level_name(*out = i)) == 0)
            return true;
    if (text)
        tool_fail("--level must be none, key, session or quote");
    return !text;
}

static bool read_profile(const char *text, bool *veraison)
{
    *veraison = text && strcmp(text, "veraison") == 0;
    if (!text || *veraison || strcmp(text, "ear") == 0)
        return true;
    tool_fail("--profile must be ear or veraison");
    return false;
}

/* Everything that the token's claims are made of. */
struct work {
    struct ratls_ear ear;
    struct ratls_buffer spki;
    uint8_t nonce[64], cert_sha256[32];
    int64_t now;
};

static bool read_work(const struct tool_args *args, struct work *w)
{
    w->ear = (struct ratls_ear){
        .iss = tool_get_own(args, ISS),
        .aud = tool_get_own(args, AUD),
        .sub = tool_get_own(args, SUB),
        .lifetime_s = DEFAULT_LIFETIME_S,
        .policy = tool_get_own(args, POLICY_ID),
        .developer = tool_get_own(args, DEVELOPER),
        .raw_claims = tool_get_own(args, RAW_CLAIMS) != NULL,
        .secgear = tool_get_own(args, SECGEAR) != NULL,
    };
    if (!tool_token_seconds("--lifetime", tool_get_own(args, LIFETIME), &w->ear.lifetime_s) ||
        !tool_token_nonce("--eat-nonce", tool_get_own(args, EAT_NONCE), w->nonce, &w->ear.nonce) ||
        !tool_token_cert(tool_get_own(args, CERT), &w->spki, w->cert_sha256) ||
        !read_level(tool_get_own(args, LEVEL), &w->ear.level) ||
        !read_profile(tool_get_own(args, PROFILE), &w->ear.veraison))
        return false;
    w->ear.spki = ratls_bytes(w->spki.p, w->spki.len);
    return tool_judged_at(args, &w->now);
}

static int sign(const struct tool_args *args, const struct work *w, struct ratls_jwt_key *key,
                const struct ratls_verdict *v)
{
    const char *typ = tool_get_own(args, TYP);
    struct ratls_buffer json = {0}, token = {0};
    struct ratls_error err = {0};
    int code = TOOL_ERROR;
    enum ratls_err e = ratls_ear_payload(tool_env_at(w->now), v, &w->ear, &json, &err);

    if (!e)
        e = ratls_jwt_sign_json(key, typ ? typ : RATLS_EAR_TYP, ratls_bytes(json.p, json.len),
                                &token);
    if (e)
        tool_fail_with("token make", e, &err);
    else
        code = tool_token_put(tool_get_own(args, OUT), &token);
    ratls_buffer_free(&json);
    ratls_buffer_free(&token);
    return code;
}

static int judge_and_sign(const struct tool_args *args, const struct work *w,
                          struct ratls_jwt_key *key)
{
    const struct tool_question question = {.args = args, .env = tool_env()};
    struct ratls_verdict *v = tool_judge(&question);
    int code = TOOL_ERROR;

    if (v && !ratls_verdict_allowed(v)) {
        tool_fail("denied: %s: %s", ratls_verdict_reason(v), ratls_verdict_detail(v));
        code = TOOL_DENIED;
    } else if (v) {
        code = sign(args, w, key, v);
    }
    ratls_verdict_unref(v);
    return code;
}

static int run(const struct tool_args *args)
{
    struct work w = {0};
    struct ratls_jwt_key *key = NULL;
    int code = TOOL_ERROR;

    if (read_work(args, &w) && (key = tool_token_key(tool_get_own(args, KEY))) != NULL)
        code = judge_and_sign(args, &w, key);
    ratls_jwt_key_free(key);
    ratls_buffer_free(&w.spki);
    return code;
}

const struct tool_command tool_token_make = {
    .name = "token make",
    .summary = "Judge evidence like verify, and sign what was found; nothing when it is denied",
    .base = &tool_verify,
    .options = options,
    .n_options = TOOL_COUNT(options),
    .run = run,
};
