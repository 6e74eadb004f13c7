/* Which claims a cell of a layout shows. */
#include "cells.h"

#include <inttypes.h>
#include <stdio.h>

struct tool_subject tool_subject_of(const struct ratls_claims *claims)
{
    const struct ratls_claim *tee = ratls_claims_get(claims, "tee");
    struct tool_subject s = {.claims = claims, .tee = ""};

    if (tee && tee->type == RATLS_CLAIM_TEXT) {
        s.tee = tee->text;
        s.layout = tool_layout_of(tee->text);
    }
    return s;
}

static const enum ratls_claim_type takes[] = {
    [TOOL_AS_TEXT] = RATLS_CLAIM_TEXT,    [TOOL_AS_LONG] = RATLS_CLAIM_TEXT,
    [TOOL_AS_NUMBER] = RATLS_CLAIM_UINT,  [TOOL_AS_NONZERO] = RATLS_CLAIM_UINT,
    [TOOL_AS_FLAG] = RATLS_CLAIM_BOOL,    [TOOL_AS_FLAGS] = RATLS_CLAIM_BOOL,
    [TOOL_AS_NUMBERS] = RATLS_CLAIM_UINT, [TOOL_AS_LIST] = RATLS_CLAIM_LIST,
};

const struct ratls_claim *tool_find(const struct tool_subject *s, const char *name)
{
    char full[80];

    snprintf(full, sizeof full, "%s%s", name[0] == '.' ? s->tee : "", name);
    return ratls_claims_get(s->claims, full);
}

const struct ratls_claim *tool_claim_of(const struct tool_subject *s, const struct tool_cell *cell)
{
    const struct ratls_claim *c = tool_find(s, cell->claim);

    return c && c->type == takes[cell->form] ? c : NULL;
}

bool tool_is_of_many(const struct tool_cell *cell)
{
    return cell->form == TOOL_AS_FLAGS || cell->form == TOOL_AS_NUMBERS;
}

bool tool_is_one_of(const struct tool_cell *cell, const struct ratls_claim *c)
{
    return tool_is_of_many(cell) && c->type == takes[cell->form] &&
           strncmp(c->name, cell->claim, strlen(cell->claim)) == 0;
}

bool tool_says_the_same(const struct ratls_claim *a, const struct ratls_claim *b)
{
    char text[32];

    if (a->type == RATLS_CLAIM_UINT && b->type == RATLS_CLAIM_TEXT) {
        tool_time_text((int64_t)a->number, text);
        return strcmp(text, b->text) == 0;
    }
    if (a->type != b->type)
        return false;
    if (a->type == RATLS_CLAIM_TEXT)
        return strcmp(a->text, b->text) == 0;
    return a->type == RATLS_CLAIM_BOOL && a->number == b->number;
}

/* Is `c` one of the cell's parts, and are all of them together what it shows: "0.31"? */
static bool is_part(const struct tool_subject *s, const struct tool_cell *cell,
                    const struct ratls_claim *shown, const struct ratls_claim *c)
{
    char joined[64] = "";
    bool found = false;

    for (size_t i = 0; cell->parts && cell->parts[i]; i++) {
        const struct ratls_claim *part = tool_find(s, cell->parts[i]);
        const size_t len = strlen(joined);
        if (!part || part->type != RATLS_CLAIM_UINT)
            return false;
        snprintf(joined + len, sizeof joined - len, "%s%" PRIu64, i ? "." : "", part->number);
        found = found || part == c;
    }
    return found && strcmp(joined, shown->text) == 0;
}

bool tool_cell_covers(const struct tool_subject *s, const struct tool_cell *cell,
                      const struct ratls_claim *c)
{
    const struct ratls_claim *shown = tool_claim_of(s, cell);

    if (shown == c || tool_is_one_of(cell, c))
        return true;
    if (shown && is_part(s, cell, shown, c))
        return true;
    return shown && cell->also && tool_find(s, cell->also) == c && tool_says_the_same(c, shown);
}
