/* Claims of evidence as a picture of one screen, by the layout of its TEE. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>

#include "cells.h"

#define WIDTH     110
#define VALUES_AT 14 /* column of values: two blanks, a label of up to 11, one blank */
#define ZERO_FROM 16 /* digits of hex that are worth the word "zero" */
#define HALF      64 /* digits of hex, of half of the longest values */
#define SHORT     32 /* digits of hex that stand for a value of any length */

static const struct alarm {
    const char *claim, *word, *why;
} alarms[] = {
    {"debug", "DEBUG",
     "whoever runs the machine reads and changes what is inside: no secret is safe"},
    {"simulated", "SIMULATED", "there is no TEE behind this evidence: it proves nothing"},
};

/* Flags of alarms are as good as shown: when false, there is nothing to say. */
static bool alarm_covers(const struct ratls_claim *c)
{
    for (size_t i = 0; i < TOOL_COUNT(alarms); i++)
        if (strcmp(alarms[i].claim, c->name) == 0)
            return c->type == RATLS_CLAIM_BOOL;
    return false;
}

static bool layout_covers(const struct tool_subject *s, const struct tool_layout *l,
                          const struct ratls_claim *c)
{
    for (size_t part = 0; part < TOOL_LAYOUT_PARTS; part++)
        for (size_t i = 0; i < l->parts[part].n; i++)
            if (tool_cell_covers(s, &l->parts[part].cells[i], c))
                return true;
    return false;
}

static bool covers(const struct tool_subject *s, const struct ratls_claim *c)
{
    for (const struct tool_layout *l = s->layout; l; l = l->below)
        if (layout_covers(s, l, c))
            return true;
    return s->layout && alarm_covers(c);
}

bool tool_pictured(const struct ratls_claims *claims, const struct ratls_claim *c)
{
    const struct tool_subject s = tool_subject_of(claims);

    return covers(&s, c);
}

/* ---- drawing ---- */

/* The line under way. Heading and label wait for the first item: without one there is no line. */
struct pen {
    const char *heading, *label;
    size_t column; /* 0: nothing is drawn yet */
};

static void begin_line(struct pen *p)
{
    if (p->heading)
        puts(p->heading);
    p->heading = NULL;
    printf("  %-*s", VALUES_AT - 2, p->label);
    p->column = VALUES_AT;
}

/* `word` directly before `text`; `separator` after what stands before the item. */
static void put(struct pen *p, const char *separator, const char *word, const char *text)
{
    const bool in_brackets = word[0] == '(';
    const size_t len = strlen(word) + strlen(text) + (in_brackets ? 1 : 0);

    if (p->column == 0) {
        begin_line(p);
    } else if (p->column + strlen(separator) + 1 + len >= WIDTH) { /* a comma may follow */
        printf("%s\n%*s", separator, VALUES_AT, "");
        p->column = VALUES_AT;
    } else {
        printf("%s ", separator);
        p->column += strlen(separator) + 1;
    }
    printf("%s%s%s", word, text, in_brackets ? ")" : "");
    p->column += len;
}

static void end_line(struct pen *p)
{
    if (p->column > 0)
        putchar('\n');
    p->column = 0;
}

static bool is_zero(const char *hex)
{
    return hex[0] && hex[strspn(hex, "0")] == 0;
}

/* What stands in brackets describes the line so far: "none (zero)". */
static void put_item(struct pen *p, const char *word, const char *text)
{
    const bool in_brackets = word[0] == '(';

    if (in_brackets && p->column == 0)
        put(p, "", "", "none");
    put(p, in_brackets ? "" : ",", word, text);
}

static void put_text(struct pen *p, const char *word, const char *text)
{
    put_item(p, word, strlen(text) >= ZERO_FROM && is_zero(text) ? "zero" : text);
}

/* "Hello, world!" and zeros. */
static void put_spelt(struct pen *p, const char *hex)
{
    uint8_t bytes[RATLS_REPORT_DATA_LEN];
    char text[RATLS_REPORT_DATA_LEN + 3];
    size_t len = 0, end = 0;

    if (!tool_unhex(hex, bytes, sizeof bytes, &len))
        return;
    while (end < len && bytes[end] >= 0x20 && bytes[end] < 0x7f)
        end++;
    for (size_t i = end; i < len; i++)
        if (bytes[i] != 0)
            return;
    snprintf(text, sizeof text, "\"%.*s\"", (int)end, (const char *)bytes);
    put(p, "", "", text);
}

static void put_long(struct pen *p, const char *word, const char *hex)
{
    char half[HALF + 1];

    if (strlen(hex) != 2 * HALF || is_zero(hex)) {
        put_text(p, word, hex);
        return;
    }
    snprintf(half, sizeof half, "%.*s", HALF, hex);
    put_item(p, word, half);
    if (is_zero(hex + HALF))
        put(p, "", "", "and 32 zero bytes");
    else
        put(p, "", "", hex + HALF);
    put_spelt(p, hex);
}

static const char *word_of(const struct tool_cell *cell)
{
    return cell->word ? cell->word : "";
}

static const char *name_of(const struct tool_cell *cell, uint64_t number)
{
    for (size_t i = 0; cell->names && cell->names[i]; i++)
        if (i == number)
            return cell->names[i];
    return "";
}

static void put_number(struct pen *p, const struct tool_cell *cell, uint64_t number)
{
    const char *name = name_of(cell, number);
    char text[64];

    if (number == 0 && cell->form == TOOL_AS_NONZERO)
        return;
    snprintf(text, sizeof text, "%" PRIu64 "%s%s%s", number, *name ? " (" : "", name,
             *name ? ")" : "");
    put_item(p, word_of(cell), text);
}

static void put_each(struct pen *p, const struct tool_subject *s, const struct tool_cell *cell)
{
    char word[80], number[24] = "";

    for (size_t i = 0; i < ratls_claims_count(s->claims); i++) {
        const struct ratls_claim *c = ratls_claims_at(s->claims, i);
        if (!tool_is_one_of(cell, c) || (cell->form == TOOL_AS_FLAGS && c->number == 0))
            continue;
        snprintf(word, sizeof word, "%s", c->name + strlen(cell->claim));
        for (char *at = word; *at; at++)
            *at = (char)toupper((unsigned char)*at);
        if (cell->form == TOOL_AS_NUMBERS)
            snprintf(number, sizeof number, " %" PRIu64, c->number);
        put_item(p, word, number);
    }
}

/* How a claim, which has the type of its form, becomes items of a line. */
typedef void put_fn(struct pen *p, const struct tool_cell *cell, const struct ratls_claim *c);

static void put_as_text(struct pen *p, const struct tool_cell *cell, const struct ratls_claim *c)
{
    put_text(p, word_of(cell), c->text);
}

static void put_as_long(struct pen *p, const struct tool_cell *cell, const struct ratls_claim *c)
{
    put_long(p, word_of(cell), c->text);
}

static void put_as_number(struct pen *p, const struct tool_cell *cell, const struct ratls_claim *c)
{
    put_number(p, cell, c->number);
}

static void put_as_flag(struct pen *p, const struct tool_cell *cell, const struct ratls_claim *c)
{
    if (c->number != 0)
        put_item(p, word_of(cell), "");
}

static void put_as_list(struct pen *p, const struct tool_cell *cell, const struct ratls_claim *c)
{
    for (size_t i = 0; i < c->n_items; i++)
        put_item(p, word_of(cell), c->items[i]);
}

static void put_as_tally(struct pen *p, const struct tool_cell *cell, const struct ratls_claim *c)
{
    char text[24];

    snprintf(text, sizeof text, "%zu", c->n_items);
    if (c->n_items > 0)
        put_item(p, word_of(cell), text);
}

static void put_as_short(struct pen *p, const struct tool_cell *cell, const struct ratls_claim *c)
{
    const size_t len = strlen(c->text);
    char text[HALF + 40];

    if (len <= HALF || is_zero(c->text)) {
        put_text(p, word_of(cell), len ? c->text : "none");
        return;
    }
    snprintf(text, sizeof text, "%.*s... of %zu bytes", SHORT, c->text, len / 2);
    put_item(p, word_of(cell), text);
}

static void put_as_time(struct pen *p, const struct tool_cell *cell, const struct ratls_claim *c)
{
    char text[32];

    tool_time_text((int64_t)c->number, text);
    put_item(p, word_of(cell), text);
}

static put_fn *const put_as[] = {
    [TOOL_AS_TEXT] = put_as_text,
    [TOOL_AS_LONG] = put_as_long,
    [TOOL_AS_NUMBER] = put_as_number,
    [TOOL_AS_FLAG] = put_as_flag,
    [TOOL_AS_NONZERO] = put_as_number,
    [TOOL_AS_LIST] = put_as_list,
    [TOOL_AS_TALLY] = put_as_tally,
    [TOOL_AS_SHORT] = put_as_short,
    [TOOL_AS_TIME] = put_as_time,
    [TOOL_AS_COUNT] = put_as_number, /* those of many claims are no single ones */
};

static void put_member(struct pen *p, const struct tool_member *m, const struct ratls_claim *c,
                       const struct ratls_claim *before)
{
    if (c && before && tool_says_the_same(c, before))
        return;
    if (c)
        put_long(p, m->word, c->text);
    else if (before)
        put_item(p, m->word, "none");
}

static void put_row(struct pen *p, const struct tool_subject *s, const struct tool_cell *cell,
                    size_t i)
{
    for (const struct tool_member *m = cell->members; m->name; m++)
        put_member(p, m, tool_row_text(s, cell, i, m->name),
                   m->once && i > 0 ? tool_row_text(s, cell, i - 1, m->name) : NULL);
}

static void put_rows(struct pen *p, const struct tool_subject *s, const struct tool_cell *cell)
{
    for (size_t i = 0, n = tool_count_rows(s, cell); i < n; i++) {
        put_row(p, s, cell, i);
        end_line(p);
        p->label = "";
    }
}

static bool has_cell(const struct tool_layout *l, const char *claim)
{
    for (size_t part = 0; part < TOOL_LAYOUT_PARTS; part++)
        for (size_t i = 0; i < l->parts[part].n; i++)
            if (strcmp(l->parts[part].cells[i].claim, claim) == 0)
                return true;
    return false;
}

static bool is_above(const struct tool_subject *s, const struct tool_layout *at,
                     const struct tool_cell *cell)
{
    for (const struct tool_layout *l = s->layout; l != at; l = l->below)
        if (has_cell(l, cell->claim))
            return true;
    return false;
}

static void draw(struct pen *p, const struct tool_subject *s, const struct tool_layout *at,
                 const struct tool_cell *cell)
{
    const struct ratls_claim *c = tool_claim_of(s, cell);
    const struct ratls_claim *other = cell->unless ? tool_find(s, cell->unless) : NULL;

    if (cell->label) {
        end_line(p);
        p->label = cell->label;
    }
    if (cell->heading)
        p->heading = cell->heading;
    if (cell->form == TOOL_AS_ROWS)
        put_rows(p, s, cell);
    else if (tool_is_of_many(cell))
        put_each(p, s, cell);
    else if (c && !(other && tool_says_the_same(c, other)) && !is_above(s, at, cell))
        put_as[cell->form](p, cell, c);
}

bool tool_picture(const struct ratls_claims *claims)
{
    const struct tool_subject s = tool_subject_of(claims);
    struct pen p = {0};

    for (const struct tool_layout *l = s.layout; l; l = l->below)
        for (size_t part = 0; part < TOOL_LAYOUT_PARTS; part++)
            for (size_t i = 0; i < l->parts[part].n; i++)
                draw(&p, &s, l, &l->parts[part].cells[i]);
    end_line(&p);
    return s.layout != NULL;
}

void tool_alarms(const struct ratls_claims *claims)
{
    for (size_t i = 0; i < TOOL_COUNT(alarms); i++) {
        const struct ratls_claim *c = ratls_claims_get(claims, alarms[i].claim);
        if (c && (c->type != RATLS_CLAIM_BOOL || c->number != 0))
            printf("%s: %s\n", alarms[i].word, alarms[i].why);
    }
}
