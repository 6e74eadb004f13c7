#include "forge.h"

#include <stdio.h>

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *help;
} commands[] = {
    {"quote", forge_quote,
     "[--pki DIR] [--bad NAME] [--mrtd HEX] [--report-data HEX] [--debug] [--trailing N] "
     "[--root FILE] -o FILE   a TDX quote"},
    {"collateral", forge_collateral,
     "[--pki DIR] [--bad NAME] [--sgx] [--tcb-status S] [--qe-status S] [--module-status S] "
     "[--shuffled] [--expired] [--revoke pck|ca|tcb] [--fmspc HEX] [--root FILE] [--quote FILE] "
     "-o FILE   collateral, and a quote it is for; --bad takes the place of all other flaws"},
    {"root", forge_root, "--pki DIR -o FILE   the root certificate (DER) of a simulated PKI"},
    {"list", forge_list,
     "   names for --bad of quote and collateral, with the reason of the refusal"},
    {"eventlog", forge_eventlog, "-o FILE   a boot log; prints the RTMRs as options of sim-tdx"},
    {"corpus", forge_corpus, "DIR   seeds for the fuzz targets, DIR/<target>/<name>"},
};

static int usage(void)
{
    for (size_t i = 0; i < RT_COUNT(commands); i++)
        (void)fprintf(stderr, "forge %s %s\n", commands[i].name, commands[i].help);
    return 2;
}

int forge_fail(const char *what, const struct ratls_error *err)
{
    (void)fprintf(stderr, "forge: %s%s%s\n", what, err && err->code ? ": " : "",
                  err ? err->detail : "");
    return 2;
}

bool forge_write(const char *path, struct ratls_bytes bytes)
{
    FILE *f = fopen(path, "wb");
    bool written = f && fwrite(bytes.p, 1, bytes.len, f) == bytes.len;

    if (f && fclose(f) != 0)
        written = false;
    if (!written)
        (void)fprintf(stderr, "forge: cannot write %s\n", path);
    return written;
}

int main(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < RT_COUNT(commands); i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    return usage();
}
