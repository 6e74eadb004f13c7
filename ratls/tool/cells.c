/* Which claims a cell of a layout shows. */
#include "cells.h"

#include <inttypes.h>
#include <stdio.h>

#define NAME_MAX_LEN 128

struct tool_subject tool_subject_of(const struct ratls_claims *claims)
{
    const struct ratls_claim *tee = ratls_claims_get(claims, "tee");
    struct tool_subject s = {.claims = claims, .tee = ""};

    if (tee && tee->type == RATLS_CLAIM_TEXT) {
        s.tee = tee->text;
        s.layout = tool_layout_of(tee->text);
        for (const struct tool_layout *l = s.layout; l; l = l->below)
            s.tee = l->tee;
    }
    return s;
}

static const enum ratls_claim_type takes[] = {
    [TOOL_AS_TEXT] = RATLS_CLAIM_TEXT,    [TOOL_AS_LONG] = RATLS_CLAIM_TEXT,
    [TOOL_AS_NUMBER] = RATLS_CLAIM_UINT,  [TOOL_AS_NONZERO] = RATLS_CLAIM_UINT,
    [TOOL_AS_FLAG] = RATLS_CLAIM_BOOL,    [TOOL_AS_FLAGS] = RATLS_CLAIM_BOOL,
    [TOOL_AS_NUMBERS] = RATLS_CLAIM_UINT, [TOOL_AS_LIST] = RATLS_CLAIM_LIST,
    [TOOL_AS_TALLY] = RATLS_CLAIM_LIST,   [TOOL_AS_SHORT] = RATLS_CLAIM_TEXT,
    [TOOL_AS_TIME] = RATLS_CLAIM_UINT,    [TOOL_AS_ROWS] = RATLS_CLAIM_TEXT,
    [TOOL_AS_COUNT] = RATLS_CLAIM_UINT,
};

const struct ratls_claim *tool_find(const struct tool_subject *s, const char *name)
{
    char full[NAME_MAX_LEN];

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

/* ---- rows ---- */

/* <claim><rest>, as the cell's rows call things. */
static const struct ratls_claim *find_beside(const struct tool_subject *s,
                                             const struct tool_cell *cell, const char *rest)
{
    char name[NAME_MAX_LEN];

    snprintf(name, sizeof name, "%s%s", cell->claim, rest);
    return tool_find(s, name);
}

const struct ratls_claim *tool_row_text(const struct tool_subject *s, const struct tool_cell *cell,
                                        size_t i, const char *member)
{
    char rest[NAME_MAX_LEN];

    snprintf(rest, sizeof rest, "%zu.%s", i, member);
    const struct ratls_claim *c = find_beside(s, cell, rest);
    return c && c->type == RATLS_CLAIM_TEXT ? c : NULL;
}

static bool is_row(const struct tool_subject *s, const struct tool_cell *cell, size_t i)
{
    for (const struct tool_member *m = cell->members; m->name; m++)
        if (tool_row_text(s, cell, i, m->name))
            return true;
    return false;
}

size_t tool_count_rows(const struct tool_subject *s, const struct tool_cell *cell)
{
    size_t n = 0;

    while (is_row(s, cell, n))
        n++;
    return n;
}

/* Is `list` what the rows have for this member, one by one? */
static bool repeats(const struct tool_subject *s, const struct tool_cell *cell, const char *member,
                    const struct ratls_claim *list)
{
    if (list->type != RATLS_CLAIM_LIST || list->n_items != tool_count_rows(s, cell))
        return false;
    for (size_t i = 0; i < list->n_items; i++) {
        const struct ratls_claim *c = tool_row_text(s, cell, i, member);
        if (!c || strcmp(c->text, list->items[i]) != 0)
            return false;
    }
    return true;
}

static bool member_covers(const struct tool_subject *s, const struct tool_cell *cell,
                          const char *member, const struct ratls_claim *c)
{
    char list[NAME_MAX_LEN];

    for (size_t i = 0, n = tool_count_rows(s, cell); i < n; i++)
        if (tool_row_text(s, cell, i, member) == c)
            return true;
    snprintf(list, sizeof list, "%ss", member);
    return find_beside(s, cell, list) == c && repeats(s, cell, member, c);
}

static bool rows_cover(const struct tool_subject *s, const struct tool_cell *cell,
                       const struct ratls_claim *c)
{
    for (const struct tool_member *m = cell->members; m->name; m++)
        if (member_covers(s, cell, m->name, c))
            return true;
    return find_beside(s, cell, "count") == c && c->type == RATLS_CLAIM_UINT &&
           c->number == tool_count_rows(s, cell);
}

static bool is_counted(const struct ratls_claim *count, const struct ratls_claim *c)
{
    const size_t len = (size_t)(strrchr(count->name, '.') + 1 - count->name);

    return strncmp(c->name, count->name, len) == 0;
}

bool tool_cell_covers(const struct tool_subject *s, const struct tool_cell *cell,
                      const struct ratls_claim *c)
{
    if (cell->form == TOOL_AS_ROWS)
        return rows_cover(s, cell, c);
    const struct ratls_claim *shown = tool_claim_of(s, cell);
    if (shown == c || tool_is_one_of(cell, c))
        return true;
    if (shown && cell->form == TOOL_AS_COUNT && is_counted(shown, c))
        return true;
    if (shown && is_part(s, cell, shown, c))
        return true;
    return shown && cell->also && tool_find(s, cell->also) == c && tool_says_the_same(c, shown);
}
