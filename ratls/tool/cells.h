/* cells.h - between layout.h and the drawing: which claims of a subject a cell shows. */
#ifndef RATLS_TOOL_CELLS_H
#define RATLS_TOOL_CELLS_H

#include "layout.h"

struct tool_subject {
    const struct ratls_claims *claims;
    const char *tee;
    const struct tool_layout *layout; /* NULL: no picture */
};

struct tool_subject tool_subject_of(const struct ratls_claims *claims);

/* By its name; ".name" is "<tee>.name". */
const struct ratls_claim *tool_find(const struct tool_subject *s, const char *name);
/* NULL as well when it is of another type. Not for forms of many claims. */
const struct ratls_claim *tool_claim_of(const struct tool_subject *s, const struct tool_cell *cell);

/* Forms of many claims, and whether `c` is one of theirs. */
bool tool_is_of_many(const struct tool_cell *cell);
bool tool_is_one_of(const struct tool_cell *cell, const struct ratls_claim *c);

/* A text of row `i` (TOOL_AS_ROWS); NULL: none. */
const struct ratls_claim *tool_row_text(const struct tool_subject *s, const struct tool_cell *cell,
                                        size_t i, const char *member);
/* Rows from 0 on that have a text. */
size_t tool_count_rows(const struct tool_subject *s, const struct tool_cell *cell);

/* A time is text in one claim and a number in the other. */
bool tool_says_the_same(const struct ratls_claim *a, const struct ratls_claim *b);

/* The cell shows `c`, in short where its form does so, or something that says the same. */
bool tool_cell_covers(const struct tool_subject *s, const struct tool_cell *cell,
                      const struct ratls_claim *c);

#endif
