/* ratls cert: a key and a certificate with evidence, for programs that know nothing but TLS.
 * Such a certificate never names an attestation key: its holder could not prove it. */
#include <unistd.h>

#include "shared_options.h"

enum {
    ATTESTER,
    ATTESTER_OPTIONS,
    OUT,
    KEY,
    SAN,
    LIFETIME,
    WITHOUT_AK,
    CA_CERT,
    CA_KEY,
    FORCE,
    SIM_ROOT_OUT,
    SIM_COLLATERAL_OUT,
};

static const struct tool_option options[] = {
    [ATTESTER] = TOOL_ATTESTER,
    [ATTESTER_OPTIONS] = TOOL_ATTESTER_OPTIONS,
    [OUT] = {.name = "-o", .value = "CERT", .help = "certificate, PEM", .required = true},
    [KEY] = {.name = "--key",
             .value = "KEY",
             .help = "private key, PEM, mode 0600",
             .required = true},
    [SAN] = {.name = "--san",
             .value = "NAME",
             .help = "DNS name or IP address of the holder",
             .repeats = true},
    [LIFETIME] = {.name = "--lifetime",
                  .value = "SECONDS",
                  .help = "life of the certificate, at most and by default 3600"},
    [WITHOUT_AK] = {.name = "--without-ak",
                    .help = "without attestation key: always so for this command"},
    [CA_CERT] = {.name = "--ca-cert", .value = "FILE", .help = "sign with this CA, not by itself"},
    [CA_KEY] = {.name = "--ca-key", .value = "FILE", .help = "the key of that CA"},
    [FORCE] = {.name = "--force", .help = "replace an existing KEY"},
    [SIM_ROOT_OUT] = {.name = "--insecure-sim-root-out",
                      .value = "FILE",
                      .help = "save the simulator's root, for --insecure-sim-roots"},
    [SIM_COLLATERAL_OUT] = {.name = "--insecure-sim-collateral-out",
                            .value = "FILE",
                            .help = "save the simulator's collateral, JSON"},
};

/* Everything that is freed at the end. */
struct work {
    struct ratls_attester *attester;
    struct ratls_identity *identity;
    struct ratls_buffer ca_cert, ca_key, key, key_pem, cert_pem;
};

static void finish(struct work *w)
{
    ratls_identity_unref(w->identity);
    ratls_attester_close(w->attester);
    ratls_buffer_free(&w->ca_cert);
    ratls_buffer_free(&w->ca_key);
    ratls_buffer_free(&w->key);
    ratls_buffer_free(&w->key_pem);
    ratls_buffer_free(&w->cert_pem);
}

static bool read_ca(const struct tool_args *args, struct work *w)
{
    const char *cert = tool_get(args, CA_CERT), *key = tool_get(args, CA_KEY);

    if (!cert && !key)
        return true;
    if (!cert || !key) {
        tool_fail("--ca-cert and --ca-key go together");
        return false;
    }
    return tool_read(cert, &w->ca_cert) && tool_read(key, &w->ca_key);
}

static bool make_identity(const struct tool_args *args, struct work *w)
{
    const char *san[TOOL_MAX_REPEATS + 1] = {0};
    const char *lifetime = tool_get(args, LIFETIME);
    struct ratls_identity_params params = {.san = san, .without_ak = true};
    struct ratls_error err = {0};

    memcpy(san, args->values[SAN].items, args->values[SAN].n * sizeof san[0]);
    if (lifetime && (!tool_number(lifetime, &params.lifetime_s) || params.lifetime_s == 0)) {
        tool_fail("--lifetime must be a number of seconds");
        return false;
    }
    params.media_type = ratls_attester_media_type(w->attester);
    params.ca_cert = ratls_bytes(w->ca_cert.p, w->ca_cert.len);
    params.ca_key = ratls_bytes(w->ca_key.p, w->ca_key.len);
    enum ratls_err e = ratls_identity_new(tool_env(), &params, w->attester, &w->identity, &err);
    if (!e)
        e = ratls_identity_export_key(w->identity, &w->key);
    if (e)
        tool_fail_with("cert", e, &err);
    return e == RATLS_OK;
}

/* The key first: without it the certificate is of no use. */
static bool save(const struct tool_args *args, struct work *w)
{
    const char *key_path = tool_get(args, KEY);

    if (!tool_pem("EC PRIVATE KEY", ratls_bytes(w->key.p, w->key.len), &w->key_pem) ||
        !tool_pem("CERTIFICATE", ratls_identity_certificate(w->identity), &w->cert_pem)) {
        tool_fail("out of memory");
        return false;
    }
    if (!tool_write_secret(key_path, ratls_bytes(w->key_pem.p, w->key_pem.len),
                           tool_get(args, FORCE) != NULL))
        return false;
    if (tool_write(tool_get(args, OUT), ratls_bytes(w->cert_pem.p, w->cert_pem.len)))
        return true;
    (void)unlink(key_path);
    return false;
}

static int run(const struct tool_args *args)
{
    struct work w = {0};
    bool ok = read_ca(args, &w);

    if (ok) {
        w.attester =
            tool_attester(tool_get(args, ATTESTER), tool_get(args, ATTESTER_OPTIONS),
                          tool_get(args, SIM_ROOT_OUT), tool_get(args, SIM_COLLATERAL_OUT));
        ok = w.attester && make_identity(args, &w) && save(args, &w);
    }
    finish(&w);
    return ok ? TOOL_OK : TOOL_ERROR;
}

const struct tool_command tool_cert = {
    .name = "cert",
    .summary = "Make a key and a certificate that holds evidence for it",
    .options = options,
    .n_options = TOOL_COUNT(options),
    .run = run,
};
