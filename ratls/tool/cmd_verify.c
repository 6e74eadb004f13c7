/* ratls verify: the appraisal of the library, with everything it depends on as options. */
#include <stdio.h>

#include "ratls/opa.h"
#include "ratls/store.h"

#include "tool.h"

#define DEFAULT_OPA_PATH "ratls/allow"

enum {
    EVIDENCE,
    TEE,
    ANCHORS,
    SIM_ROOTS,
    PLUGINS,
    POLICY,
    AUTHENTICITY_ONLY,
    NONCE,
    REPORT_DATA,
    TIME,
    JSON,
    ALL,
    COLLATERAL,
    CERTS,
    CRL,
    EVENTLOG,
    IMA_LOG,
    REFVALS,
    NO_CRL,
    TRUST,
    STORE,
    STORED_POLICY,
    SERVICE,
    OPA,
    OPA_PATH,
    OPA_TIMEOUT,
    PASSPORT_ISSUER,
    PASSPORT_AUDIENCE,
};

static const struct tool_option options[] = {
    [EVIDENCE] =
        {.name = "--evidence",
         .value = "FILE",
         .help = "evidence, also as JSON of secGear, global-trust-authority, nvtrust or Trustee, "
                 "or a certificate holding it (DER or PEM); may be left out "
                 "where --tee and --certs or --crl are judged alone"},
    [TEE] = {.name = "--tee", .value = "NAME", .help = "kind of TEE expected; auto: any"},
    [ANCHORS] = {.name = "--anchors",
                 .value = "FILE",
                 .help = "trust these roots instead of the built-in ones; CAs that complete chains "
                         "(PEM or DER) or keys of CCA platforms (JSON)",
                 .repeats = true},
    [SIM_ROOTS] = {.name = "--insecure-sim-roots",
                   .value = "FILE",
                   .help = "trust these roots (keys of CCA) of simulated TEEs as well",
                   .repeats = true},
    [PLUGINS] = {.name = "--plugins", .value = "DIR", .help = "load verifier plugins from DIR"},
    [POLICY] = {.name = "--policy",
                .value = "FILE",
                .help = "JSON policy; else the stored one named default, or that built in"},
    [AUTHENTICITY_ONLY] = {.name = "--authenticity-only",
                           .help = "judge the evidence alone, without a policy",
                           .own = true},
    [NONCE] = {.name = "--nonce",
               .value = "HEX",
               .help = "nonce that the evidence must carry: of Nitro in its own field, else as "
                       "report data (zero-padded)"},
    [REPORT_DATA] = {.name = "--report-data",
                     .value = "HEX",
                     .help = "expected report data (zero-padded to 64 bytes)"},
    [TIME] = {.name = "--time",
              .value = "TIME",
              .help = "time of verification, UNIX seconds or RFC 3339; else now"},
    [JSON] = {.name = "--json", .help = "JSON for programs", .own = true},
    [ALL] = {.name = "--all", .help = "every claim by its name, not the picture", .own = true},
    [COLLATERAL] = {.name = "--collateral",
                    .value = "PATH",
                    .help = "vendor collateral: a document, or a folder of them",
                    .repeats = true},
    [CERTS] = {.name = "--certs",
               .value = "FILE",
               .help = "certificates that the evidence lacks (PEM or DER), leaf first",
               .repeats = true},
    [NO_CRL] = {.name = "--insecure-no-crl", .help = "do not ask for revocation lists"},
    [CRL] = {.name = "--crl",
             .value = "FILE",
             .help = "revocation list (DER or PEM), where it is not part of the collateral",
             .repeats = true},
    [EVENTLOG] = {.name = "--eventlog",
                  .value = "FILE",
                  .help = "measured-boot log (CCEL), replayed and compared with the registers"},
    [IMA_LOG] = {.name = "--ima-log",
                 .value = "FILE",
                 .help = "Linux IMA log, binary or ASCII, replayed and compared likewise"},
    [OPA] = {.name = "--opa",
             .value = "URL",
             .help = "ask this Open Policy Agent after the policy: http+unix:/path or "
                     "http://127.0.0.1:8181"},
    [OPA_PATH] = {.name = "--opa-path",
                  .value = "PATH",
                  .help = "its rule; else " DEFAULT_OPA_PATH},
    [OPA_TIMEOUT] = {.name = "--opa-timeout", .value = "S", .help = "seconds for OPA; else 2"},
    [REFVALS] = {.name = "--refvals",
                 .value = "FILE",
                 .help = "reference values of CCA: firmware of platforms, realms (JSON)"},
    [TRUST] = {.name = "--trust",
               .value = "FILE",
               .help = "trust document: stored reference values, revocations, anchors, policies",
               .repeats = true},
    [STORE] =
        {.name = "--store",
         .value = "URL",
         .help =
             "the same out of a store: a folder, sqlite:FILE, postgresql://... or s3+https://..."},
    [STORED_POLICY] = {.name = "--stored-policy",
                       .value = "NAME",
                       .help = "judge by this policy of the trust documents or the store"},
    [PASSPORT_ISSUER] = {.name = "--passport-issuer",
                         .value = "ISSUER=FILE",
                         .help = "whose attestation results in certificates are believed, and the "
                                 "JWK set with his keys",
                         .repeats = true},
    [PASSPORT_AUDIENCE] = {.name = "--passport-audience",
                           .value = "AUDIENCE",
                           .help = "for whom they must be"},
    [SERVICE] = {.name = "--service",
                 .value = "NAME",
                 .help = "with the members that the policy has for this service"},
};

/* ---- trust ---- */

static bool load_plugins(struct ratls_trust *trust, const char *directory)
{
    struct ratls_error err = {0};
    enum ratls_err e = directory ? ratls_trust_load_plugins(trust, directory, &err) : RATLS_OK;

    if (e)
        tool_fail_with(directory, e, &err);
    return e == RATLS_OK;
}

static bool set_policy(struct ratls_trust *trust, struct ratls_bytes json, const char *name,
                       const char *service)
{
    struct ratls_error err = {0};
    enum ratls_err e = ratls_trust_set_policy_for(trust, json, service, &err);

    if (e)
        tool_fail_with(name, e, &err);
    return e == RATLS_OK;
}

/* As ratls-proxy does: the stored policy of the name "default", or else the one built in. */
static bool use_default_policy(struct ratls_trust *trust, const char *service)
{
    struct ratls_error err = {0};
    enum ratls_err e = ratls_trust_use_policy(trust, "default", service, &err);

    if (e == RATLS_E_NOT_FOUND && service) {
        tool_fail("--service needs --policy: the default one knows no services");
        return false;
    }
    if (e == RATLS_E_NOT_FOUND) {
        err = (struct ratls_error){0};
        e = ratls_trust_use_default_policy(trust, &err);
    }
    if (e)
        tool_fail_with("default policy", e, &err);
    return e == RATLS_OK;
}

static bool use_stored_policy(struct ratls_trust *trust, const char *name, const char *service)
{
    struct ratls_error err = {0};
    enum ratls_err e = ratls_trust_use_policy(trust, name, service, &err);

    if (e)
        tool_fail_with("--stored-policy", e, &err);
    return e == RATLS_OK;
}

static bool load_policy(struct ratls_trust *trust, const struct tool_question *q)
{
    const char *path = tool_get(q->args, POLICY), *service = tool_get(q->args, SERVICE);
    const char *stored = tool_get(q->args, STORED_POLICY);
    struct ratls_buffer file = {0};

    if (path && stored) {
        tool_fail("--policy and --stored-policy exclude each other");
        return false;
    }
    if (q->policy.p)
        return set_policy(trust, q->policy, "policy", service);
    if (stored)
        return use_stored_policy(trust, stored, service);
    if (!path)
        return use_default_policy(trust, service);
    bool ok =
        tool_read(path, &file) && set_policy(trust, ratls_bytes(file.p, file.len), path, service);
    ratls_buffer_free(&file);
    return ok;
}

static bool load_refvals(struct ratls_trust *trust, const char *path)
{
    return !path || tool_add_file(trust, path, ratls_trust_set_reference_values);
}

static bool skip_crls(struct ratls_trust *trust, bool wanted)
{
    struct ratls_error err = {0};
    enum ratls_err e = wanted ? ratls_trust_insecure_no_crl(trust, &err) : RATLS_OK;

    if (e)
        tool_fail_with("--insecure-no-crl", e, &err);
    return e == RATLS_OK;
}

/* A setting without effect would look like a question that was asked. */
static bool opa_fits(const struct tool_args *args)
{
    if (!tool_get(args, OPA) && (tool_get(args, OPA_PATH) || tool_get(args, OPA_TIMEOUT)))
        tool_fail("--opa-path and --opa-timeout need --opa");
    else if (tool_get(args, OPA) && tool_get(args, AUTHENTICITY_ONLY))
        tool_fail("--opa and --authenticity-only exclude each other");
    else
        return true;
    return false;
}

/* *out is new, or NULL without --opa. */
static bool open_opa(const struct tool_args *args, struct ratls_opa **out)
{
    const char *url = tool_get(args, OPA), *path = tool_get(args, OPA_PATH);
    const char *timeout = tool_get(args, OPA_TIMEOUT);
    struct ratls_error err = {0};
    int64_t seconds = 2;

    if (!opa_fits(args))
        return false;
    if (!url)
        return true;
    if (timeout && (!tool_number(timeout, &seconds) || seconds < 1 || seconds > 600)) {
        tool_fail("--opa-timeout must be 1 to 600 seconds");
        return false;
    }
    enum ratls_err e =
        ratls_opa_new(url, path ? path : DEFAULT_OPA_PATH, seconds * 1000, out, &err);
    if (e)
        tool_fail_with("--opa", e, &err);
    return e == RATLS_OK;
}

static bool use_opa(struct ratls_trust *trust, struct ratls_opa *opa)
{
    struct ratls_error err = {0};
    enum ratls_err e = opa ? ratls_trust_set_judge(trust, ratls_opa_judge, opa) : RATLS_OK;

    if (e)
        tool_fail_with("--opa", e, &err);
    return e == RATLS_OK;
}

static bool use_store(struct ratls_trust *trust, const char *url)
{
    struct ratls_buffer document = {0};
    struct ratls_error err = {0};
    struct ratls_store *store = NULL;

    if (!url)
        return true;
    enum ratls_err e = ratls_store_open(tool_env(), url, RATLS_STORE_READ, &store, &err);
    if (!e)
        e = ratls_store_document(store, &document, &err);
    if (!e)
        e = ratls_trust_add_document(trust, ratls_bytes(document.p, document.len), &err);
    ratls_buffer_free(&document);
    ratls_store_close(store);
    if (e)
        tool_fail_with("--store", e, &err);
    return e == RATLS_OK;
}

static bool add_passport_issuer(struct ratls_trust *trust, const char *text)
{
    struct ratls_error err = {0};
    struct tool_issuer i;

    if (!tool_read_issuer("--passport-issuer", text, &i))
        return false;
    enum ratls_err e =
        ratls_trust_add_passport_issuer(trust, i.iss, ratls_bytes(i.jwks.p, i.jwks.len), &err);
    ratls_buffer_free(&i.jwks);
    if (e)
        tool_fail_with(i.path, e, &err);
    return e == RATLS_OK;
}

static bool believe_passports(struct ratls_trust *trust, const struct tool_args *args)
{
    const struct tool_value *issuers = &args->values[PASSPORT_ISSUER];
    const char *audience = tool_get(args, PASSPORT_AUDIENCE);
    struct ratls_error err = {0};

    if ((issuers->n == 0) != !audience) {
        tool_fail("--passport-issuer and --passport-audience go together");
        return false;
    }
    for (size_t i = 0; i < issuers->n; i++)
        if (!add_passport_issuer(trust, issuers->items[i]))
            return false;
    enum ratls_err e =
        audience ? ratls_trust_set_passport_audience(trust, audience, &err) : RATLS_OK;
    if (e)
        tool_fail_with("--passport-audience", e, &err);
    return e == RATLS_OK;
}

static bool fill_trust(struct ratls_trust *trust, const struct tool_question *q)
{
    const struct tool_args *args = q->args;

    return tool_add_roots(trust, &args->values[ANCHORS], &args->values[SIM_ROOTS]) &&
           load_plugins(trust, tool_get(args, PLUGINS)) &&
           tool_add_files(trust, &args->values[TRUST], ratls_trust_add_document) &&
           use_store(trust, tool_get(args, STORE)) && load_policy(trust, q) &&
           load_refvals(trust, tool_get(args, REFVALS)) &&
           skip_crls(trust, tool_get(args, NO_CRL) != NULL) && believe_passports(trust, args);
}

/* ---- what is asked ---- */

static bool is_verifier(const struct ratls_trust *trust, const char *name)
{
    const char *known;

    for (size_t i = 0; (known = ratls_trust_verifier_name(trust, i)) != NULL; i++)
        if (strcmp(known, name) == 0)
            return true;
    tool_fail("no verifier is called '%s'", name);
    return false;
}

/* What the evidence must carry. */
struct expected {
    uint8_t report_data[RATLS_REPORT_DATA_LEN], nonce[RATLS_REPORT_DATA_LEN];
};

static bool read_hex(const char *name, const char *hex, uint8_t out[RATLS_REPORT_DATA_LEN],
                     struct ratls_bytes *bytes)
{
    size_t len = 0;

    if (hex && (!tool_unhex(hex, out, RATLS_REPORT_DATA_LEN, &len) || len == 0)) {
        tool_fail("%s must be hex of 1 to 64 bytes", name);
        return false;
    }
    *bytes = ratls_bytes(out, len);
    return true;
}

static bool read_expected(const struct tool_args *args, struct expected *expected,
                          struct ratls_appraisal *what)
{
    return read_hex("--report-data", tool_get(args, REPORT_DATA), expected->report_data,
                    &what->report_data) &&
           read_hex("--nonce", tool_get(args, NONCE), expected->nonce, &what->nonce);
}

bool tool_judged_at(const struct tool_args *args, int64_t *now)
{
    const char *text = tool_get(args, TIME);
    const struct ratls_env *env = tool_env();

    *now = env->now(env->arg);
    if (!text || tool_time(text, now))
        return true;
    tool_fail("--time must be UNIX seconds or like 2025-06-27T04:53:20Z");
    return false;
}

static bool read_question(const struct tool_args *args, const struct ratls_trust *trust,
                          struct ratls_appraisal *what)
{
    const char *tee = tool_get(args, TEE);

    what->authenticity_only = tool_get(args, AUTHENTICITY_ONLY) != NULL;
    if (!tool_judged_at(args, &what->now))
        return false;
    if (tee && strcmp(tee, "auto") != 0) {
        what->tee = tee;
        return is_verifier(trust, tee);
    }
    return true;
}

/* ---- the answer ---- */

static int show_json(const struct ratls_verdict *v)
{
    struct ratls_buffer json = {0};

    if (ratls_verdict_json(v, &json) != RATLS_OK)
        return tool_fail("out of memory");
    puts((const char *)json.p);
    ratls_buffer_free(&json);
    return TOOL_OK;
}

static bool is_uniform(const struct ratls_verdict *v)
{
    for (size_t i = 1; i < RATLS_VECTOR_LEN; i++)
        if (ratls_verdict_vector(v, i) != ratls_verdict_vector(v, 0))
            return false;
    return true;
}

/* "warning: configuration 32, hardware 32"; one value of all eight members is told once. */
static void status_text(const struct ratls_verdict *v, char *out, size_t size)
{
    const bool uniform = is_uniform(v);
    const char *between = ": ";
    size_t len = (size_t)snprintf(out, size, "%s", ratls_verdict_tier(v));

    for (size_t i = 0; i < RATLS_VECTOR_LEN && len < size; i++) {
        const int value = ratls_verdict_vector(v, i);
        if (value == 0 || (uniform && i > 0))
            continue;
        len += (size_t)snprintf(out + len, size - len, "%s%s %d", between,
                                uniform ? "all" : ratls_vector_name(i), value);
        between = ", ";
    }
}

/* Each by itself: what is wrong with one would have refused the whole. */
static void show_devices(const struct ratls_verdict *v, bool all)
{
    const char *label = NULL;
    char status[256];

    for (size_t i = 0; i < ratls_verdict_devices(v); i++) {
        const struct ratls_verdict *device = ratls_verdict_device(v, i, &label);
        status_text(device, status, sizeof status);
        const struct tool_line lines[] = {{"device", label}, {"status", status}};
        putchar('\n');
        tool_show(lines, TOOL_COUNT(lines), ratls_verdict_claims(device), all);
    }
}

static int show(const struct ratls_verdict *v, bool as_json, bool all)
{
    char expires[32], status[256];

    if (as_json)
        return show_json(v);
    tool_time_text(ratls_verdict_expires(v), expires);
    status_text(v, status, sizeof status);
    const struct tool_line lines[] = {
        {"verdict", ratls_verdict_allowed(v) ? "allow" : "deny"},
        {"reason", ratls_verdict_reason(v)},
        {"detail", ratls_verdict_detail(v)},
        {"status", status},
        {"expires", expires},
    };
    tool_show(lines, TOOL_COUNT(lines), ratls_verdict_claims(v), all);
    show_devices(v, all);
    return TOOL_OK;
}

/* Everything that is read from files besides the evidence. */
struct inputs {
    struct ratls_buffer evidence, certs, event_log, ima_log;
    struct tool_files collateral, crls;
    struct ratls_bytes documents[TOOL_MAX_FILES], lists[TOOL_MAX_FILES];
};

static bool read_list(const struct tool_value *paths, struct tool_files *files,
                      struct ratls_bytes *out)
{
    for (size_t i = 0; i < paths->n; i++)
        if (!tool_read_path(paths->items[i], ".json", files))
            return false;
    for (size_t i = 0; i < files->n; i++)
        out[i] = ratls_bytes(files->file[i].p, files->file[i].len);
    return true;
}

/* Without evidence there must be something else to judge. */
static bool read_evidence(const struct tool_args *args, struct ratls_buffer *out)
{
    const char *path = tool_get(args, EVIDENCE);

    if (path)
        return tool_read(path, out);
    if (tool_get(args, TEE) && tool_get(args, AUTHENTICITY_ONLY) &&
        (tool_get(args, CERTS) || tool_get(args, CRL)))
        return true;
    tool_fail("verify: --evidence is missing (or --tee, --authenticity-only and --certs or --crl)");
    return false;
}

static bool read_inputs(const struct tool_args *args, struct inputs *in,
                        struct ratls_appraisal *what)
{
    const char *log = tool_get(args, EVENTLOG), *ima = tool_get(args, IMA_LOG);

    if (!read_evidence(args, &in->evidence) || (log && !tool_read(log, &in->event_log)) ||
        (ima && !tool_read(ima, &in->ima_log)) ||
        !tool_read_certs(&args->values[CERTS], &in->certs) ||
        !read_list(&args->values[COLLATERAL], &in->collateral, in->documents) ||
        !read_list(&args->values[CRL], &in->crls, in->lists))
        return false;
    what->subject = ratls_bytes(in->evidence.p, in->evidence.len);
    what->certs = ratls_bytes(in->certs.p, in->certs.len);
    what->event_log = ratls_bytes(in->event_log.p, in->event_log.len);
    what->ima_log = ratls_bytes(in->ima_log.p, in->ima_log.len);
    what->collateral = in->documents;
    what->n_collateral = in->collateral.n;
    what->crls = in->lists;
    what->n_crls = in->crls.n;
    return true;
}

static void free_inputs(struct inputs *in)
{
    ratls_buffer_free(&in->evidence);
    ratls_buffer_free(&in->certs);
    ratls_buffer_free(&in->event_log);
    ratls_buffer_free(&in->ima_log);
    tool_files_free(&in->collateral);
    tool_files_free(&in->crls);
}

/* Taken and then ignored would look like a match. */
static bool takes_refvals(const struct ratls_verdict *v)
{
    const char *tee = ratls_verdict_tee(v);

    if (!tee[0] || strcmp(tee, "cca") == 0)
        return true;
    tool_fail("--refvals are of CCA, the evidence is of %s", tee);
    return false;
}

static struct ratls_verdict *appraise(const struct tool_question *q,
                                      const struct ratls_trust *trust)
{
    struct expected expected;
    struct ratls_appraisal what = {.on_finding = q->on_finding, .finding_arg = q->finding_arg};
    struct inputs in = {0};
    struct ratls_verdict *v = NULL;

    if (!read_expected(q->args, &expected, &what) || !read_question(q->args, trust, &what) ||
        !read_inputs(q->args, &in, &what))
        goto out;
    (void)ratls_appraise(trust, &what, &v); /* the verdict says it all */
    if (!v)
        tool_fail("out of memory");
    if (v && tool_get(q->args, REFVALS) && !takes_refvals(v)) {
        ratls_verdict_unref(v);
        v = NULL;
    }
out:
    free_inputs(&in);
    return v;
}

struct ratls_verdict *tool_judge(const struct tool_question *question)
{
    struct ratls_trust *trust = NULL;
    struct ratls_opa *opa = NULL;
    struct ratls_verdict *v = NULL;
    struct ratls_error err = {0};
    enum ratls_err e = ratls_trust_new(question->env, &trust);

    if (e) {
        tool_fail_with("start", e, &err);
        return NULL;
    }
    if (open_opa(question->args, &opa) && use_opa(trust, opa) && fill_trust(trust, question))
        v = appraise(question, trust);
    ratls_trust_unref(trust);
    ratls_opa_free(opa);
    return v;
}

static int run(const struct tool_args *args)
{
    const struct tool_question question = {.args = args, .env = tool_env()};
    struct ratls_verdict *v = tool_judge(&question);
    int code = TOOL_ERROR;

    if (v)
        code = show(v, tool_get(args, JSON) != NULL, tool_get(args, ALL) != NULL);
    if (code == TOOL_OK && !ratls_verdict_allowed(v))
        code = TOOL_DENIED;
    ratls_verdict_unref(v);
    return code;
}

const struct tool_command tool_verify = {
    .name = "verify",
    .summary = "Judge evidence, or a certificate by its evidence",
    .options = options,
    .n_options = TOOL_COUNT(options),
    .run = run,
};

static int explain(const struct tool_args *args)
{
    return tool_explain(args, tool_get(args, JSON) != NULL, tool_get(args, ALL) != NULL);
}

const struct tool_command tool_policy_explain = {
    .name = "policy explain",
    .summary = "Judge like verify, and show every rule with what it found",
    .options = options,
    .n_options = TOOL_COUNT(options),
    .run = explain,
};
