/* ratls-proxy - attested TLS for any TCP service. */
#include <stdio.h>
#include <string.h>

#include "admin.h"
#include "authority.h"
#include "master.h"
#include "passport.h"

enum { EXIT_USAGE = 2 };

static void usage(FILE *to)
{
    (void)fprintf(to, "usage: ratls-proxy [--check] CONFIG\n\n"
                      "  --check    read everything, say what would be done, and exit\n"
                      "  --help     this text\n"
                      "  --version  the version\n\n"
                      "Exit: 0 ended in order, 1 failed, 2 wrong usage or configuration.\n");
}

static int help(void)
{
    usage(stdout);
    (void)printf("\nCONFIG is described in ratls-proxy.conf(5).\n\n");
    px_config_help(stdout);
    return fflush(stdout) ? 1 : 0;
}

static int version(void)
{
    (void)printf("ratls-proxy %s\n", RATLS_VERSION);
    return fflush(stdout) ? 1 : 0;
}

static const struct {
    const char *name;
    int (*run)(void);
} modes[] = {
    {"--help", help},
    {"--version", version},
    {"--worker", px_worker_run}, /* only a master starts these */
    {"--admin", px_admin_run},
    {"--authority", px_authority_run},
    {"--passport", px_passport_run},
};

int main(int argc, char **argv)
{
    if (argc == 2 && argv[1][0] != '-')
        return px_master_run(argv[1]);
    if (argc == 3 && strcmp(argv[1], "--check") == 0)
        return px_master_check(argv[2]);
    for (size_t i = 0; argc == 2 && i < sizeof modes / sizeof modes[0]; i++)
        if (strcmp(argv[1], modes[i].name) == 0)
            return modes[i].run();
    usage(stderr);
    return EXIT_USAGE;
}
