/* ratls-rim - NVIDIA's reference integrity manifests become reference values.
 *
 * Apart from `ratls`, so that libxml2 is where RIMs are read, and nowhere else. */
#include <stdio.h>

#include "rim.h"
#include "tool.h"

enum { ROOTS, DRIVER, VBIOS, NVDEC0_ON, TIME, OUT };

static const struct tool_option options[] = {
    [ROOTS] = {.name = "--root",
               .value = "FILE",
               .help = "root of the CA that signs RIMs (PEM or DER), of NVIDIA: CoRIM signing Root "
                       "CA",
               .required = true,
               .repeats = true},
    [DRIVER] = {.name = "--driver",
                .value = "FILE",
                .help = "RIM of the driver; an NVSwitch has none"},
    [VBIOS] = {.name = "--vbios",
               .value = "FILE",
               .help = "RIM of the VBIOS, or of an NVSwitch's BIOS",
               .required = true},
    [NVDEC0_ON] = {.name = "--nvdec0-on",
                   .help = "values of GPUs whose NVDEC0 is on, instead of those where it is off"},
    [TIME] = {.name = "--time",
              .value = "TIME",
              .help = "when the signers' certificates must be valid, UNIX seconds or RFC 3339; "
                      "else now"},
    [OUT] = {.name = "-o", .value = "FILE", .help = "write here instead of standard output"},
};

static const struct tool_command command = {
    .name = "ratls-rim",
    .options = options,
    .n_options = TOOL_COUNT(options),
};

/* 1: a file is refused for what it holds. */
static int refuse(const char *what, enum ratls_err e, const struct ratls_error *err)
{
    (void)tool_fail_with(what, e, err);
    return e == RATLS_E_USAGE || e == RATLS_E_CONFIG || rt_is_own_failure(e) ? TOOL_ERROR
                                                                             : TOOL_DENIED;
}

/* `path` NULL: none. */
static int open_rim(const char *path, const struct rt_rim_trust *trust, struct rt_rim **out)
{
    struct ratls_buffer file = {0};
    struct ratls_error err = {0};

    if (!path)
        return TOOL_OK;
    if (!tool_read(path, &file))
        return TOOL_ERROR;
    enum ratls_err e = rt_rim_open(rt_bytes_of(&file), trust, out, &err);
    ratls_buffer_free(&file);
    return e ? refuse(path, e, &err) : TOOL_OK;
}

static int put(const char *path, struct ratls_bytes json)
{
    if (path)
        return tool_write(path, json) ? TOOL_OK : TOOL_ERROR;
    (void)fwrite(json.p, 1, json.len, stdout);
    return TOOL_OK;
}

static int convert(const struct tool_args *args, const struct rt_rim_trust *trust)
{
    struct rt_rim *driver = NULL, *vbios = NULL;
    struct ratls_buffer json = {0};
    struct ratls_error err = {0};
    int code = open_rim(tool_get(args, DRIVER), trust, &driver);

    if (code == TOOL_OK)
        code = open_rim(tool_get(args, VBIOS), trust, &vbios);
    if (code == TOOL_OK) {
        const struct rt_rim_set set = {driver, vbios, tool_get(args, NVDEC0_ON) != NULL};
        enum ratls_err e = rt_rim_body(&set, &json, &err);
        code = e ? refuse("rim", e, &err) : put(tool_get(args, OUT), rt_bytes_of(&json));
    }
    ratls_buffer_free(&json);
    rt_rim_free(driver);
    rt_rim_free(vbios);
    return code;
}

static int run(const struct tool_args *args)
{
    const char *when = tool_get(args, TIME);
    struct rt_rim_trust trust = {.now = tool_env()->now(tool_env()->arg)};
    struct ratls_buffer roots = {0};
    int code = TOOL_ERROR;

    if (when && !tool_time(when, &trust.now))
        return tool_fail("'%s' is no time", when);
    if (tool_read_certs(&args->values[ROOTS], &roots)) {
        trust.roots = rt_bytes_of(&roots);
        code = convert(args, &trust);
    }
    ratls_buffer_free(&roots);
    return code;
}

static void help(void)
{
    printf("usage: ratls-rim --root FILE --driver FILE --vbios FILE [OPTIONS]\n\n"
           "Reference values of a GPU or NVSwitch out of NVIDIA's signed RIMs, for ratls refval "
           "add.\n\n");
    tool_help_options(&command);
    printf("\nExit: 0 done, 1 a RIM is refused, 2 wrong usage, input or output.\n");
}

int main(int argc, char **argv)
{
    struct tool_args args = {0};

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            help();
            return tool_finish(TOOL_OK);
        }
        if (strcmp(argv[i], "--version") == 0) {
            printf("ratls-rim %s\n", RATLS_VERSION);
            return tool_finish(TOOL_OK);
        }
    }
    if (!tool_parse(&command, argc - 1, argv + 1, &args))
        return TOOL_ERROR;
    return tool_finish(run(&args));
}
