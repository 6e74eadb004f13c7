/* ratls collateral: get the collateral of a platform, or renew what a cache has of it. */
#include <stdio.h>

#include <cjson/cJSON.h>

#include "shared_options.h"

#include "collateral_query.h"

static const struct tool_option options[] = {
    [EVIDENCE] = {.name = "--evidence",
                  .value = "FILE",
                  .help = "evidence of the platform, or a certificate holding it"},
    [TEE] = {.name = "--tee",
             .value = "NAME",
             .help = "sgx, tdx or snp, unless the evidence says it"},
    [FMSPC] = {.name = "--fmspc",
               .value = "HEX",
               .help = "sgx, tdx: FMSPC of the platform, 6 bytes, unless the evidence says it"},
    [CA] = {.name = "--ca",
            .value = "NAME",
            .help = "sgx, tdx: platform or processor, who issued the PCK certificate, unless the "
                    "evidence says it"},
    [PRODUCT] = {.name = "--product",
                 .value = "NAME",
                 .help = "snp: Milan, Genoa or Turin, unless the evidence says it"},
    [KEY] = {.name = "--key",
             .value = "NAME",
             .help = "snp: vcek or vlek, unless the evidence says it"},
    [VCEK] = {.name = "--vcek", .help = "snp: the VCEK of the chip as well"},
    [CHIP_ID] = {.name = "--chip-id",
                 .value = "HEX",
                 .help = "snp: CHIP_ID for --vcek, unless the evidence says it"},
    [TCB] = {.name = "--tcb",
             .value = "HEX",
             .help = "snp: REPORTED_TCB for --vcek, 8 bytes, unless the evidence says it"},
    [VCEK_OUT] = {.name = "--vcek-out",
                  .value = "FILE",
                  .help = "snp: write the VCEK there (PEM), for an attester's option certs"},
    [URL] = {.name = "--url", .value = "URL", .help = "the service; else the vendor's"},
    [ROOT_CRL_URL] = {.name = "--root-crl-url",
                      .value = "URL",
                      .help = "sgx, tdx: the CRL of the root; else Intel's"},
    [PCCS] = {.name = "--pccs",
              .help = "sgx, tdx: the service is a PCCS, and has the root's CRL too"},
    [CA_FILE] = {.name = "--ca-file",
                 .value = "FILE",
                 .help = "trust these CAs for TLS to the service, not the system's"},
    [API_KEY_FILE] = {.name = "--api-key-file",
                      .value = "FILE",
                      .help = "subscription key of the service"},
    [EARLY] = {.name = "--early", .help = "sgx, tdx: TCB information before its general release"},
    [TIMEOUT] = {.name = "--timeout",
                 .value = "SECONDS",
                 .help = "for everything together, by default 30"},
    [CACHE] = {.name = "--cache",
               .value = "DIR",
               .help = "keep it there, and ask the service only when it is due"},
    [REFRESH_BEFORE] = {.name = "--refresh-before",
                        .value = "SECONDS",
                        .help = "due when it ends within this time; else in the last quarter of "
                                "its life"},
    [OUT] = {.name = "-o", .value = "FILE", .help = "write it there"},
    [ANCHORS] = TOOL_ANCHORS,
    [SIM_ROOTS] = TOOL_SIM_ROOTS,
    [TIME] = {.name = "--time",
              .value = "TIME",
              .help = "when it must be valid, UNIX seconds or RFC 3339; else now"},
    [JSON] = TOOL_JSON,
};

/* Everything that is freed at the end, and what points into it. */
struct work {
    struct ratls_trust *trust;
    struct ratls_claims *claims; /* of the evidence */
    char api_key[512];
    struct ratls_collateral_request request;
    struct ratls_collateral collateral;
};

static bool read_claims(const char *path, struct work *w)
{
    struct ratls_buffer file = {0};
    struct ratls_error err = {0};

    if (!path)
        return true;
    if (!tool_read(path, &file))
        return false;
    enum ratls_err e = ratls_inspect(w->trust, ratls_bytes(file.p, file.len), &w->claims, &err);
    ratls_buffer_free(&file);
    if (e)
        tool_fail_with(path, e, &err);
    return e == RATLS_OK;
}

/* ---- what is asked ---- */

static bool read_seconds(const struct tool_args *args, size_t option, int64_t *out)
{
    const char *text = tool_get(args, option);

    if (!text || (tool_number(text, out) && *out > 0))
        return true;
    tool_fail("%s must be a number of seconds", options[option].name);
    return false;
}

static bool read_times(const struct tool_args *args, struct ratls_collateral_request *r)
{
    const struct ratls_env *env = tool_env();
    const char *text = tool_get(args, TIME);
    int64_t timeout_s = 0;

    r->now = env->now(env->arg);
    if (text && !tool_time(text, &r->now)) {
        tool_fail("--time must be UNIX seconds or like 2025-06-27T04:53:20Z");
        return false;
    }
    if (!read_seconds(args, REFRESH_BEFORE, &r->refresh_before_s) ||
        !read_seconds(args, TIMEOUT, &timeout_s))
        return false;
    r->source.timeout_ms = timeout_s * 1000;
    return true;
}

/* One line. The command line is no place for a key: others can read it. */
static bool read_key(const char *path, struct work *w)
{
    struct ratls_buffer file = {0};

    if (!path)
        return true;
    if (!tool_read(path, &file))
        return false;
    bool fits = file.len < sizeof w->api_key;
    if (fits) {
        memcpy(w->api_key, file.p, file.len);
        w->api_key[strcspn(w->api_key, "\r\n")] = 0;
        w->request.source.api_key = w->api_key;
    } else {
        tool_fail("%s holds more than a key", path);
    }
    ratls_buffer_free(&file);
    return fits;
}

static bool read_request(const struct tool_args *args, struct work *w)
{
    struct ratls_collateral_source *s = &w->request.source;

    s->base_url = tool_get(args, URL);
    s->root_crl_url = tool_get(args, ROOT_CRL_URL);
    s->pccs = tool_get(args, PCCS) != NULL;
    s->ca_file = tool_get(args, CA_FILE);
    s->early = tool_get(args, EARLY) != NULL;
    w->request.cache = tool_get(args, CACHE);
    if (!w->request.cache && !tool_get(args, OUT)) {
        tool_fail("collateral: --cache or -o is missing");
        return false;
    }
    return read_claims(tool_get(args, EVIDENCE), w) &&
           tool_collateral_query(args, w->claims, &w->request.query) &&
           read_times(args, &w->request) && read_key(tool_get(args, API_KEY_FILE), w);
}

/* ---- the answer ---- */

static int show(const struct ratls_collateral *c, bool amd, bool as_json)
{
    static const char *const origins[] = {
        [RATLS_COLLATERAL_FETCHED] = "fetched",
        [RATLS_COLLATERAL_CACHED] = "cached",
        [RATLS_COLLATERAL_KEPT] = "kept",
    };
    struct ratls_claims *facts = ratls_claims_new();
    char begins[32], expires[32];
    bool ok = facts != NULL;

    if (ok) {
        tool_time_text(c->begins, begins);
        tool_time_text(c->expires, expires);
        (void)ratls_claims_set_text(facts, "origin", origins[c->origin]);
        (void)ratls_claims_set_text(facts, "file", c->file);
        (void)ratls_claims_set_text(facts, "begins", begins);
        (void)ratls_claims_set_text(facts, "expires", expires);
        (void)ratls_claims_set_uint(facts, amd ? "crl_number" : "tcb_eval_num", c->number);
        ok = ratls_claims_status(facts) == RATLS_OK;
    }
    if (ok && as_json)
        ok = tool_print_json("collateral", facts);
    else if (ok)
        tool_print(NULL, 0, facts);
    ratls_claims_free(facts);
    return ok ? TOOL_OK : tool_fail("out of memory");
}

static bool write_vcek(const char *path, const struct ratls_collateral *c)
{
    if (!path)
        return true;
    cJSON *json = cJSON_ParseWithLength((const char *)c->json.p, c->json.len);
    const char *pem = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "vek"));
    bool ok = pem && tool_write(path, ratls_bytes_str(pem));
    if (!pem)
        tool_fail("the collateral holds no VCEK");
    cJSON_Delete(json);
    return ok;
}

/* A refusal of what came is a denial; everything else went wrong on the way. */
static int get(const struct tool_args *args, struct work *w)
{
    const char *out = tool_get(args, OUT);
    struct ratls_error err = {0};
    enum ratls_err e =
        ratls_collateral_get(tool_env(), w->trust, &w->request, &w->collateral, &err);

    if (e) {
        tool_fail_with("collateral", e, &err);
        return ratls_err_class(e) == RATLS_CLASS_ATTESTATION ? TOOL_DENIED : TOOL_ERROR;
    }
    if (out && !tool_write(out, ratls_bytes(w->collateral.json.p, w->collateral.json.len)))
        return TOOL_ERROR;
    if (!write_vcek(tool_get(args, VCEK_OUT), &w->collateral))
        return TOOL_ERROR;
    return show(&w->collateral, strcmp(w->request.query.tee, "snp") == 0,
                tool_get(args, JSON) != NULL);
}

static int run(const struct tool_args *args)
{
    struct work w = {0};
    struct ratls_error err = {0};
    enum ratls_err e = ratls_trust_new(tool_env(), &w.trust);

    if (e)
        return tool_fail_with("start", e, &err);
    bool ok = tool_add_roots(w.trust, &args->values[ANCHORS], &args->values[SIM_ROOTS]) &&
              read_request(args, &w);
    int code = ok ? get(args, &w) : TOOL_ERROR;
    explicit_bzero(w.api_key, sizeof w.api_key);
    ratls_collateral_free(&w.collateral);
    ratls_claims_free(w.claims);
    ratls_trust_unref(w.trust);
    return code;
}

const struct tool_command tool_collateral = {
    .name = "collateral",
    .summary = "Get or renew the vendor's collateral of a platform",
    .options = options,
    .n_options = TOOL_COUNT(options),
    .run = run,
};
