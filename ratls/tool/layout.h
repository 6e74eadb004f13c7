/* layout.h - which claims the picture of a quote shows, where, and how. Data; picture.c draws it.
 *
 * A layout is a row of cells, each for one claim, drawn from left to right and from top to bottom.
 * A cell whose claim is absent or of another type than its form takes is skipped. So is one below
 * whose claim has a cell above. */
#ifndef RATLS_TOOL_LAYOUT_H
#define RATLS_TOOL_LAYOUT_H

#include "tool.h"

enum tool_form {
    TOOL_AS_TEXT,    /* text; "zero" for zeros only, from 8 bytes on */
    TOOL_AS_LONG,    /* as text; 64 bytes in halves, and what they spell if they are printable */
    TOOL_AS_NUMBER,  /* and its name, where there are names */
    TOOL_AS_NONZERO, /* a number that is worth a word when it is not 0 */
    TOOL_AS_FLAG,    /* the cell's word when true */
    TOOL_AS_FLAGS,   /* every flag whose full name begins so: the rest of its name when true */
    TOOL_AS_NUMBERS, /* every number whose full name begins so: the rest of its name, and it */
    TOOL_AS_COUNT,   /* a number, in the place of all that is named as it is to the last dot */
    TOOL_AS_LIST,    /* its items */
    TOOL_AS_TALLY,   /* how many items it has */
    TOOL_AS_SHORT,   /* text of any length: how it begins, and how many bytes it stands for */
    TOOL_AS_TIME,    /* a number of seconds as a date */
    TOOL_AS_ROWS,    /* for N from 0 on a line of the texts <claim>N.<member> */
};

/* Of a row. */
struct tool_member {
    const char *name; /* NULL: there are no more */
    const char *word;
    bool once; /* left out where it is as in the row before; "none" when it no longer is there */
};

struct tool_cell {
    const char *label; /* begins a line; NULL: one more item of the line */
    const char *claim; /* its name; ".name" is "<tee>.name", of the lowest TEE */
    const char *word;  /* in front of the value; may be NULL; "(": what the line so far means */
    enum tool_form form;
    const char *heading; /* begins a section; NULL: the same section */
    const char *also;    /* a claim that is left out when it says the same */
    const char *unless;  /* a claim of another cell; this one is left out when it says the same */
    const char *const *names; /* of numbers from 0, NULL behind the last */
    const char *const *parts; /* claims left out when the text is their numbers and dots */
    /* Of rows. <claim>count and the list <claim><member>s are left out when they say the same. */
    const struct tool_member *members;
};

/* Rows of the tables: what begins a line, one more item of it, an item that is a flag. */
#define LINE(label_, claim_) .label = label_, .claim = claim_
#define ITEM(word_, claim_)  .word = word_, .claim = claim_
#define FLAG(word_, claim_)  ITEM(word_, claim_), .form = TOOL_AS_FLAG

#define TOOL_LAYOUT_PARTS 2
struct tool_layout {
    const char *tee;
    struct {
        const struct tool_cell *cells;
        size_t n;
    } parts[TOOL_LAYOUT_PARTS];
    const struct tool_layout *below; /* of the TEE in which this one is; NULL: none */
};

extern const struct tool_layout tool_layout_snp, tool_layout_cca, tool_layout_virtcca;
extern const struct tool_layout tool_layout_nitro, tool_layout_itrustee, tool_layout_csv,
    tool_layout_nvidia, tool_layout_tdx, tool_layout_tpm, tool_layout_az_snp, tool_layout_az_tdx;

const struct tool_layout *tool_layout_of(const char *tee); /* NULL: none */

#endif
