/* What the rules of a policy say, kept until it is printed. */
#include <stdio.h>
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "tool.h"

static bool grow(struct tool_findings *f)
{
    /* A power of two is full. */
    if ((f->n & (f->n - 1)) != 0)
        return true;
    struct tool_finding *items = realloc(f->items, (f->n ? 2 * f->n : 1) * sizeof *items);
    if (items)
        f->items = items;
    return items != NULL;
}

void tool_collect(void *arg, const struct ratls_finding *finding)
{
    struct tool_findings *f = arg;

    if (f->bad || !grow(f)) {
        f->bad = true;
        return;
    }
    struct tool_finding *item = &f->items[f->n++];
    *item = (struct tool_finding){.rule = strdup(finding->rule),
                                  .detail = strdup(finding->detail),
                                  .outcome = finding->outcome,
                                  .code = finding->code,
                                  .depth = finding->depth};
    f->bad = !item->rule || !item->detail;
}

void tool_findings_free(struct tool_findings *f)
{
    for (size_t i = 0; i < f->n; i++) {
        free(f->items[i].rule);
        free(f->items[i].detail);
    }
    free(f->items);
    *f = (struct tool_findings){0};
}

const struct tool_finding *tool_decisive(const struct tool_findings *f)
{
    for (size_t i = 0; i < f->n; i++)
        if (f->items[i].code != RATLS_OK)
            return &f->items[i];
    return NULL;
}

/* Rules that a policy does not ask and has nothing to say of are no news. */
static bool is_silent(const struct tool_finding *item)
{
    return item->outcome == RATLS_RULE_NOT_ASKED && !item->detail[0];
}

static int width_of(const struct tool_findings *f)
{
    size_t width = 0;

    for (size_t i = 0; i < f->n; i++) {
        const size_t len = strlen(f->items[i].rule) + 2 * f->items[i].depth;
        width = len > width && !is_silent(&f->items[i]) ? len : width;
    }
    return (int)width;
}

void tool_print_findings(const struct tool_findings *f)
{
    const int width = width_of(f);

    for (size_t i = 0; i < f->n; i++) {
        const struct tool_finding *item = &f->items[i];
        const int indent = 2 * (int)item->depth;
        if (!is_silent(item))
            printf("  %-10s%*s%-*s  %s\n", ratls_outcome_name(item->outcome), indent, "",
                   width - indent, item->rule, item->detail);
    }
}

static bool add_members(cJSON *object, const struct tool_finding *item)
{
    return cJSON_AddStringToObject(object, "rule", item->rule) &&
           cJSON_AddStringToObject(object, "outcome", ratls_outcome_name(item->outcome)) &&
           cJSON_AddStringToObject(object, "reason", ratls_err_reason(item->code)) &&
           cJSON_AddStringToObject(object, "detail", item->detail) &&
           cJSON_AddNumberToObject(object, "depth", item->depth);
}

cJSON *tool_findings_json(const struct tool_findings *f)
{
    cJSON *array = f->bad ? NULL : cJSON_CreateArray();
    bool ok = array != NULL;

    for (size_t i = 0; ok && i < f->n; i++) {
        cJSON *object = cJSON_CreateObject();
        ok = object && cJSON_AddItemToArray(array, object) && add_members(object, &f->items[i]);
    }
    if (ok)
        return array;
    cJSON_Delete(array);
    return NULL;
}

bool tool_put_json(cJSON *json)
{
    char *text = json ? cJSON_PrintUnformatted(json) : NULL;

    if (text)
        puts(text);
    cJSON_free(text);
    cJSON_Delete(json);
    return text != NULL;
}
