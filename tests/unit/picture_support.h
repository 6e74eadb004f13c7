/* picture_support.h - looks at what `ratls inspect` and `ratls verify` show to people. */
#ifndef PICTURE_SUPPORT_H
#define PICTURE_SUPPORT_H

#include "tool_support.h"

#include <cjson/cJSON.h>

#include "ratls/evidence.h"

#define MAX_LINES 40
#define MAX_WIDTH 110

static inline const char *shown(const char *args)
{
    const struct tool_result *r = run(args);

    cr_assert_leq(r->code, 1, "ratls %s: exit %d\n%s", args, r->code, r->err);
    return r->out;
}

static inline bool has_line(const char *text, const char *line)
{
    const size_t len = strlen(line);

    for (const char *at = text; (at = strstr(at, line)) != NULL; at++)
        if ((at == text || at[-1] == '\n') && at[len] == '\n')
            return true;
    return false;
}

static inline void expect_line(const char *text, const char *line)
{
    cr_expect(has_line(text, line), "no line\n%s\nin\n%s", line, text);
}

static inline bool begins_a_line(const char *text, const char *beginning)
{
    for (const char *at = text; (at = strstr(at, beginning)) != NULL; at++)
        if (at == text || at[-1] == '\n')
            return true;
    return false;
}

static inline void expect_lines(const char *text, size_t most)
{
    size_t lines = 0, column = 0;

    for (const char *at = text; *at; at++, column++) {
        if (*at != '\n')
            continue;
        cr_expect_leq(column, MAX_WIDTH, "line %zu of\n%s", lines + 1, text);
        lines++;
        column = (size_t)-1;
    }
    cr_expect_leq(lines, most, "%zu lines:\n%s", lines, text);
    cr_expect_not(has_line(text, "Other claims"), "no place for some of\n%s", text);
}

static inline void expect_one_screen(const char *text)
{
    expect_lines(text, MAX_LINES);
}

/* ---- evidence in the form of a plugin of the tests ---- */

static inline void install(const char *plugin)
{
    char command[8192];

    tool[strlen(tool) - strlen("/ratls")] = 0; /* for a moment: the folder of the build */
    snprintf(command, sizeof command, "mkdir -m 700 plugins && install -m 644 '%s/%s' plugins/",
             tool, plugin);
    tool[strlen(tool)] = '/';
    if (system(command) != 0)
        cr_skip_test("no plugin %s", plugin);
}

static inline void put_evidence(const char *name, const void *report_data, size_t len)
{
    uint8_t bytes[4 + RATLS_REPORT_DATA_LEN] = "LIKE";
    FILE *f = fopen(name, "wb");

    memcpy(bytes + 4, report_data, len);
    cr_assert(f && fwrite(bytes, 1, sizeof bytes, f) == sizeof bytes);
    fclose(f);
}

/* The text after the last line of the picture. */
static inline const char *rest_of(const char *text)
{
    const char *rest = strstr(text, "\nOther claims\n");

    cr_assert(rest, "%s", text);
    return rest + 1;
}

/* Nothing that programs are told is kept from people. */
static inline void expect_all(const char *args)
{
    char command[4096];

    snprintf(command, sizeof command, "%s --json", args);
    cJSON *json = cJSON_Parse(run(command)->out), *claim;
    const cJSON *claims = cJSON_GetObjectItemCaseSensitive(json, "claims");
    cr_assert_gt(cJSON_GetArraySize(claims), 50, "%s", command);
    snprintf(command, sizeof command, "%s --all", args);
    const char *text = shown(command);
    cJSON_ArrayForEach(claim, claims)
    {
        snprintf(command, sizeof command, "%s: ", claim->string);
        cr_expect(begins_a_line(text, command), "no %s in\n%s", command, text);
    }
    cr_expect_not(has_line(text, "Platform"), "%s", text);
    cJSON_Delete(json);
}

#endif
