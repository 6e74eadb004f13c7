/* policy_rules.h - `rules` of a policy: conditions over claims (format: POLICY.md).
 *
 * Logic has three values: a claim that is not there, or of another type than the condition compares
 * with, makes it undefined; `not` of that is undefined too, so that nobody gains by leaving a claim
 * out. Every condition is evaluated, in no more steps than the budget allows: what a decision costs
 * is known from policy and claims, and does not depend on who wants to know why. */
#ifndef RT_POLICY_RULES_H
#define RT_POLICY_RULES_H

#include "policy_impl.h"

#define RT_RULES_MAX_DEPTH      5   /* conditions within conditions; JSON itself ends at 16 */
#define RT_RULES_MAX_CONDITIONS 256 /* of one TEE, at all levels together */
/* Of one decision, some 2 ms: each claim and each comparison is a step, and one more for so many
 * characters of the value. */
#define RT_RULES_MAX_STEPS 200000
#define RT_RULES_STEP      32
#define RT_RULE_NAME_MAX   64  /* characters */
#define RT_RULE_TEXT_MAX   512 /* characters of a value: 256 bytes of hex */

enum rt_rule_form {
    RT_RULE_EQUALS, /* and `in` */
    RT_RULE_AT_LEAST,
    RT_RULE_AT_MOST,
    RT_RULE_PRESENT,
    RT_RULE_CONTAINS,
    RT_RULE_ONLY,
    RT_RULE_ALL, /* from here on: of other conditions */
    RT_RULE_ANY,
    RT_RULE_NOT,
};

#define RT_SMALL_LETTER 0x20 /* set in a hex digit: '7' stays itself, 'A' becomes 'a' */

struct rt_rule_value {
    char *text; /* owned, hex in small letters; NULL for numbers and truth values */
    size_t len;
    bool is_hex;
    uint64_t number;
};

/* Parts of a condition stand directly behind it, up to `end`. */
struct rt_condition {
    enum rt_rule_form form;
    unsigned depth; /* 0: a rule of the list */
    size_t end;
    char name[RT_RULE_NAME_MAX + 1]; /* for people; may be empty */
    char claim[RT_POLICY_NAME_MAX + 1];
    enum ratls_claim_type type; /* of the values */
    struct rt_rule_value *values;
    size_t n_values;
    struct rt_policy_value mask;    /* len 0: none */
    struct rt_policy_values masked; /* the values, where there is a mask */
    uint64_t bound;                 /* at_least, at_most */
    bool present;
};

#endif
