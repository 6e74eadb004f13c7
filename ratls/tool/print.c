/* Claims for people (aligned lines, a picture) and for programs (JSON). */
#include <inttypes.h>
#include <stdio.h>

#include <cjson/cJSON.h>

#include "tool.h"

/* Is claim i in the list: every one is, or those that the picture leaves out. */
static bool is_listed(const struct ratls_claims *claims, size_t i, bool rest)
{
    return !rest || !tool_pictured(claims, ratls_claims_at(claims, i));
}

static int width_of(const struct tool_line *lines, size_t n_lines,
                    const struct ratls_claims *claims, bool rest)
{
    size_t width = 0;

    for (size_t i = 0; i < n_lines; i++)
        width = strlen(lines[i].name) > width ? strlen(lines[i].name) : width;
    for (size_t i = 0; i < ratls_claims_count(claims); i++) {
        size_t len = strlen(ratls_claims_at(claims, i)->name);
        width = len > width && is_listed(claims, i, rest) ? len : width;
    }
    return (int)width + 2; /* colon and blank */
}

static void print_name(const char *name, int width)
{
    int used = printf("%s:", name);

    printf("%*s", used > 0 && used < width ? width - used : 1, "");
}

static void print_value(const struct ratls_claim *c)
{
    switch (c->type) {
    case RATLS_CLAIM_TEXT:
        fputs(c->text, stdout);
        break;
    case RATLS_CLAIM_UINT:
        printf("%" PRIu64, c->number);
        break;
    case RATLS_CLAIM_BOOL:
        fputs(c->number ? "true" : "false", stdout);
        break;
    case RATLS_CLAIM_LIST:
        for (size_t i = 0; i < c->n_items; i++)
            printf("%s%s", i ? ", " : "", c->items[i]);
        break;
    }
    putchar('\n');
}

static void print_claims(const struct ratls_claims *claims, int width, bool rest)
{
    for (size_t i = 0; i < ratls_claims_count(claims); i++) {
        const struct ratls_claim *c = ratls_claims_at(claims, i);
        if (!is_listed(claims, i, rest))
            continue;
        print_name(c->name, width);
        print_value(c);
    }
}

void tool_print(const struct tool_line *lines, size_t n_lines, const struct ratls_claims *claims)
{
    int width = width_of(lines, n_lines, claims, false);

    for (size_t i = 0; i < n_lines; i++) {
        if (!*lines[i].value) /* no detail, for instance */
            continue;
        print_name(lines[i].name, width);
        puts(lines[i].value);
    }
    print_claims(claims, width, false);
}

static bool has_rest(const struct ratls_claims *claims)
{
    for (size_t i = 0; i < ratls_claims_count(claims); i++)
        if (is_listed(claims, i, true))
            return true;
    return false;
}

void tool_show(const struct tool_line *lines, size_t n_lines, const struct ratls_claims *claims,
               bool all)
{
    tool_print(lines, n_lines, NULL);
    tool_alarms(claims);
    if (all || !tool_picture(claims)) {
        tool_print(NULL, 0, claims);
    } else if (has_rest(claims)) {
        puts("Other claims");
        print_claims(claims, width_of(NULL, 0, claims, true), true);
    }
}

/* Raw digits: a double would round what lies beyond 2^53. */
static cJSON *json_uint(uint64_t n)
{
    char digits[24];

    snprintf(digits, sizeof digits, "%" PRIu64, n);
    return cJSON_CreateRaw(digits);
}

static cJSON *json_of(const struct ratls_claim *c)
{
    switch (c->type) {
    case RATLS_CLAIM_TEXT:
        return cJSON_CreateString(c->text);
    case RATLS_CLAIM_UINT:
        return json_uint(c->number);
    case RATLS_CLAIM_BOOL:
        return cJSON_CreateBool(c->number != 0);
    case RATLS_CLAIM_LIST:
        return c->n_items ? cJSON_CreateStringArray(c->items, (int)c->n_items)
                          : cJSON_CreateArray();
    }
    return NULL;
}

cJSON *tool_claims_json(const struct ratls_claims *claims)
{
    cJSON *object = cJSON_CreateObject();

    for (size_t i = 0; object && i < ratls_claims_count(claims); i++) {
        const struct ratls_claim *c = ratls_claims_at(claims, i);
        if (!cJSON_AddItemToObject(object, c->name, json_of(c))) {
            cJSON_Delete(object);
            object = NULL;
        }
    }
    return object;
}

bool tool_print_json(const char *format, const struct ratls_claims *claims)
{
    cJSON *root = cJSON_CreateObject();
    char *text = NULL;

    bool ok = cJSON_AddStringToObject(root, "format", format) &&
              cJSON_AddItemToObject(root, "claims", tool_claims_json(claims));
    if (ok && (text = cJSON_PrintUnformatted(root)) != NULL)
        puts(text);
    cJSON_free(text);
    cJSON_Delete(root);
    return text != NULL;
}
