/* ratls attest: evidence over report data that the caller chose. */
#include <stdio.h>

#include "shared_options.h"

enum { DEVICE_NONCE_LEN = 32 };
enum { ATTESTER, ATTESTER_OPTIONS, REPORT_DATA, OUT, SIM_ROOT_OUT, SIM_COLLATERAL_OUT, DEVICE };

static const struct tool_option options[] = {
    [ATTESTER] = TOOL_ATTESTER,
    [ATTESTER_OPTIONS] = TOOL_ATTESTER_OPTIONS,
    [REPORT_DATA] = {.name = "--report-data",
                     .value = "HEX",
                     .help = "33 to 64 bytes, not ending in 32 zeros; of a device 32; else random"},
    [OUT] = {.name = "-o", .value = "FILE", .help = "where the evidence goes", .required = true},
    [SIM_ROOT_OUT] = {.name = "--insecure-sim-root-out",
                      .value = "FILE",
                      .help = "save the simulator's root, for --insecure-sim-roots"},
    [SIM_COLLATERAL_OUT] = {.name = "--insecure-sim-collateral-out",
                            .value = "FILE",
                            .help = "save the simulator's collateral, JSON"},
    [DEVICE] = {.name = "--device",
                .value = "NAME[:OPTIONS]",
                .help = "a device beside the TEE: the evidence is then composite",
                .repeats = true},
};

/* A certificate becomes PEM; a list of device keys, or a root of CSV, is text already. */
static bool write_root(struct ratls_bytes root, const char *path)
{
    struct ratls_buffer pem = {0};

    if (root.p[0] == '[' || root.p[0] == '-')
        return tool_write(path, root);
    bool ok = tool_pem("CERTIFICATE", root, &pem) && tool_write(path, ratls_bytes(pem.p, pem.len));
    ratls_buffer_free(&pem);
    return ok;
}

static bool save_root(const struct ratls_attester *a, const char *path)
{
    struct ratls_bytes root = ratls_attester_sim_root(a);

    if (!path)
        return true;
    if (root.len == 0) {
        tool_fail("%s is not a simulated attester", ratls_attester_name(a));
        return false;
    }
    return write_root(root, path);
}

static bool save_collateral(struct ratls_attester *a, const char *path)
{
    struct ratls_buffer json = {0};
    struct ratls_error err = {0};

    if (!path)
        return true;
    enum ratls_err e = ratls_attester_sim_collateral(a, &json, &err);
    if (e)
        tool_fail_with("collateral", e, &err);
    bool ok = e == RATLS_OK && tool_write(path, ratls_bytes(json.p, json.len));
    ratls_buffer_free(&json);
    return ok;
}

struct ratls_attester *tool_attester(const char *name, const char *attester_options,
                                     const char *root_path, const char *collateral_path)
{
    struct ratls_attester *a = NULL;
    struct ratls_error err = {0};
    enum ratls_err e = ratls_attester_open(tool_env(), name, attester_options, &a, &err);

    if (e) {
        tool_fail_with(name, e, &err);
        return NULL;
    }
    if (!save_root(a, root_path) || !save_collateral(a, collateral_path)) {
        ratls_attester_close(a);
        return NULL;
    }
    return a;
}

static bool choose_report_data(const struct ratls_attester *a, const char *hex,
                               uint8_t out[RATLS_REPORT_DATA_LEN], size_t *len)
{
    const struct ratls_env *env = tool_env();
    char text[2 * RATLS_REPORT_DATA_LEN + 1];

    *len = RATLS_REPORT_DATA_LEN;
    if (hex && !tool_unhex(hex, out, RATLS_REPORT_DATA_LEN, len)) {
        tool_fail("--report-data must be hex of at most 64 bytes");
        return false;
    }
    if (hex)
        return true;
    if (ratls_attester_device(a))
        *len = DEVICE_NONCE_LEN;
    if (env->random(env->arg, out, *len) != 0) {
        tool_fail("no randomness");
        return false;
    }
    tool_hex(out, *len, text);
    printf("report_data: %s\n", text);
    return true;
}

/* ---- devices ---- */

enum { MAX_PARTS = 17 };

struct parts {
    struct ratls_part part[MAX_PARTS];
    char label[MAX_PARTS][RATLS_DEVICE_LABEL_LEN];
    struct ratls_buffer evidence[MAX_PARTS];
    struct ratls_attester *attester[MAX_PARTS]; /* names are borrowed from them */
    size_t n;
};

static void free_parts(struct parts *p)
{
    for (size_t i = 0; i < p->n; i++) {
        ratls_buffer_free(&p->evidence[i]);
        if (i > 0)
            ratls_attester_close(p->attester[i]);
    }
}

/* The attester is taken. */
static bool add_part(struct parts *p, struct ratls_attester *a, const uint8_t *report_data)
{
    const size_t i = p->n++;
    struct ratls_error err = {0};

    p->attester[i] = a;
    ratls_device_label(ratls_attester_tee(a), (unsigned)i - 1, p->label[i]);
    enum ratls_err e = ratls_attester_evidence(a, report_data, &p->evidence[i], &err);
    if (e)
        tool_fail_with(ratls_attester_name(a), e, &err);
    p->part[i] =
        (struct ratls_part){p->label[i], ratls_attester_tee(a), ratls_attester_media_type(a),
                            ratls_bytes(p->evidence[i].p, p->evidence[i].len)};
    return e == RATLS_OK;
}

static bool add_device(struct parts *p, const char *what, const uint8_t *report_data)
{
    struct ratls_attester *a = NULL;
    struct ratls_error err = {0};

    if (p->n == MAX_PARTS) {
        tool_fail("--device: more than %d", MAX_PARTS - 1);
        return false;
    }
    enum ratls_err e = ratls_device_open(tool_env(), what, &a, &err);
    if (e) {
        tool_fail_with("--device", e, &err);
        return false;
    }
    return add_part(p, a, report_data);
}

static bool make_composite(const struct tool_args *args, struct ratls_attester *cpu,
                           const uint8_t *report_data, struct ratls_buffer *evidence)
{
    const struct tool_value *devices = &args->values[DEVICE];
    uint8_t device_data[RATLS_REPORT_DATA_LEN];
    struct parts p = {.n = 1, .attester = {cpu}, .evidence = {*evidence}};
    struct ratls_error err = {0};
    bool good = ratls_device_report_data(report_data, device_data) == RATLS_OK;

    p.part[0] = (struct ratls_part){"cpu0", ratls_attester_tee(cpu), ratls_attester_media_type(cpu),
                                    ratls_bytes(evidence->p, evidence->len)};
    *evidence = (struct ratls_buffer){0};
    for (size_t i = 0; i < devices->n && good; i++)
        good = add_device(&p, devices->items[i], device_data);
    enum ratls_err e = good ? ratls_composite_write(p.part, p.n, evidence, &err) : RATLS_OK;
    if (e)
        tool_fail_with("attest", e, &err);
    free_parts(&p);
    return good && !e;
}

static int run(const struct tool_args *args)
{
    uint8_t report_data[RATLS_REPORT_DATA_LEN];
    struct ratls_buffer evidence = {0};
    struct ratls_error err = {0};
    size_t len = 0;
    int code = TOOL_ERROR;
    struct ratls_attester *a =
        tool_attester(tool_get(args, ATTESTER), tool_get(args, ATTESTER_OPTIONS),
                      tool_get(args, SIM_ROOT_OUT), tool_get(args, SIM_COLLATERAL_OUT));

    if (!a || !choose_report_data(a, tool_get(args, REPORT_DATA), report_data, &len))
        goto out;
    if (args->values[DEVICE].n > 0 && ratls_attester_device(a)) {
        tool_fail("--device: a device stands beside a TEE, and %s attests a device itself",
                  ratls_attester_name(a));
        goto out;
    }
    enum ratls_err e = ratls_attester_challenge(a, ratls_bytes(report_data, len), &evidence, &err);
    if (e) {
        tool_fail_with("attest", e, &err);
        goto out;
    }
    if (args->values[DEVICE].n > 0 && !make_composite(args, a, report_data, &evidence))
        goto out;
    if (tool_write(tool_get(args, OUT), ratls_bytes(evidence.p, evidence.len)))
        code = TOOL_OK;
out:
    ratls_buffer_free(&evidence);
    ratls_attester_close(a);
    return code;
}

const struct tool_command tool_attest = {
    .name = "attest",
    .summary = "Make evidence over given report data",
    .options = options,
    .n_options = TOOL_COUNT(options),
    .run = run,
};
