/* refval.h - reference values as a list, and the trust document that is written of them.
 *
 * A list holds the values of one item in any order; values of one name are put together when the
 * item is written. Text and names are borrowed until then. */
#ifndef RT_REFVAL_H
#define RT_REFVAL_H

#include "base.h"

#define RT_MAX_REFVAL_VALUES 65536 /* of one document */
#define RT_MAX_REGISTER      255

/* Members of an item's body, in the order in which they are written. */
enum rt_refval_part {
    RT_REFVAL_MEASUREMENTS,
    RT_REFVAL_CLAIMS,
    RT_REFVAL_LISTS,
    RT_REFVAL_MINIMUM,
    RT_REFVAL_TCB_STATUS,
    RT_REFVAL_ACCEPTED,
    RT_REFVAL_REJECTED,
};

enum rt_refval_form {
    RT_REFVAL_NOTHING, /* the list is there; of itself it is empty */
    RT_REFVAL_HEX,
    RT_REFVAL_TEXT,
    RT_REFVAL_INT,
    RT_REFVAL_BOOL,
};

struct rt_refval {
    enum rt_refval_part part;
    struct ratls_bytes name; /* of the claim; of a register all but its number */
    int reg;                 /* its number; -1: the name is whole */
    enum rt_refval_form form;
    struct ratls_bytes bytes; /* HEX: raw bytes; TEXT: UTF-8 without NUL */
    int64_t number;           /* INT, BOOL */
    size_t condition;         /* values with the same number come from one list */
    size_t group;             /* conditions with the same number hold together */
    size_t order;             /* set by rt_refval_add() */
};

struct rt_refvals_list {
    struct rt_refval *v; /* owned */
    size_t n, cap;
};

/* RATLS_E_LIMIT when there are RT_MAX_REFVAL_VALUES. */
RATLS_MUST_USE enum ratls_err rt_refval_add(struct rt_refvals_list *list,
                                            const struct rt_refval *value);
void rt_refval_free(struct rt_refvals_list *list);

struct rt_refval_item {
    const char *tee;
    struct ratls_bytes name; /* of the set */
    int64_t version;
    int64_t not_before, not_after, created; /* 0: not said */
    struct ratls_bytes author, comment;     /* p NULL: not said */
    struct rt_refvals_list *values;         /* is sorted */
};

/* The item as JSON. `malformed`, and what is wrong, when no item can say what the values say: two
 * conditions for one name in a group; two for a name of which there may be one; neither
 * measurements nor claims. */
RATLS_MUST_USE enum ratls_err rt_refval_put_item(struct rt_writer *w,
                                                 const struct rt_refval_item *item,
                                                 enum ratls_err malformed, struct ratls_error *err);

/* Claims that are one of a row of registers: "tdx.rtmr_0" is register 0 of "tdx.rtmr". */
struct rt_register {
    const char *claim; /* "tdx.rtmr_" */
    const char *mkey;  /* "tdx.rtmr" */
};
/* NULL: it is none; *number is then -1. */
const struct rt_register *rt_register_of_claim(struct ratls_bytes claim, int *number);
const struct rt_register *rt_register_of_mkey(struct ratls_bytes mkey);

#endif
