/* tool_support.h - runs the `ratls` command as its users do, in a new folder for each test. */
#ifndef TOOL_SUPPORT_H
#define TOOL_SUPPORT_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "base.h"

struct tool_result {
    int code;
    char out[65536], err[8192];
};

static char test_folder[64];
static char tool[4096];

/* $RATLS_BIN, else the program one folder above this one. */
static inline bool find_tool(void)
{
    const char *given = getenv("RATLS_BIN");
    char self[2048];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

    if (given) {
        snprintf(tool, sizeof tool, "%s", given);
        return access(tool, X_OK) == 0;
    }
    cr_assert_gt(n, 0);
    self[n] = 0;
    *strrchr(self, '/') = 0;
    snprintf(tool, sizeof tool, "%s/../ratls", self);
    return access(tool, X_OK) == 0;
}

static inline void tool_setup(void)
{
    snprintf(test_folder, sizeof test_folder, "/tmp/ratls-tool-XXXXXX");
    if (!find_tool())
        cr_skip_test("no ratls command at %s", tool);
    cr_assert_not_null(mkdtemp(test_folder));
    cr_assert_eq(chdir(test_folder), 0);
}

static inline void tool_teardown(void)
{
    char command[128];

    snprintf(command, sizeof command, "rm -rf %s", test_folder);
    cr_expect_eq(system(command), 0);
}

static inline void slurp(const char *path, char *out, size_t cap)
{
    FILE *f = fopen(path, "r");
    size_t n = f ? fread(out, 1, cap - 1, f) : 0;

    out[n] = 0;
    if (f)
        fclose(f);
}

/* `args` as a shell would split it; both streams are kept. */
static inline const struct tool_result *run(const char *args)
{
    static struct tool_result r;
    char command[8192];

    snprintf(command, sizeof command, "'%s' %s >.out 2>.err </dev/null", tool, args);
    int status = system(command);
    cr_assert(WIFEXITED(status), "%s", args);
    r.code = WEXITSTATUS(status);
    slurp(".out", r.out, sizeof r.out);
    slurp(".err", r.err, sizeof r.err);
    return &r;
}

static inline void expect_run(const char *args, int code, const char *text)
{
    const struct tool_result *r = run(args);

    cr_expect_eq(r->code, code, "ratls %s: exit %d\n%s%s", args, r->code, r->out, r->err);
    cr_expect(strstr(code == 2 ? r->err : r->out, text), "ratls %s:\n%s%s", args, r->out, r->err);
}

static inline void put_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    cr_assert_not_null(f);
    fputs(text, f);
    fclose(f);
}

#endif
