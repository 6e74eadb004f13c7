/* `rules` of a policy: evaluated, and told. Parts of a condition lie behind it, so that going
 * backwards finds them decided. */
#include <inttypes.h>
#include <stdio.h>

#include "policy_rules.h"

/* One evaluation of all rules of a TEE. */
struct run {
    const struct rt_policy_judge *j;
    const struct rt_policy_rules *rules;
    size_t steps;
    enum ratls_outcome result[RT_RULES_MAX_CONDITIONS]; /* held, refused, undefined */
};

static enum ratls_outcome truth(bool holds)
{
    return holds ? RATLS_RULE_HELD : RATLS_RULE_REFUSED;
}

/* ---- conditions on a claim ---- */

/* Eight digits at once. Texts of claims are printable, so that nothing but a digit becomes one. */
static bool equals_hex(const struct rt_rule_value *value, const char *text)
{
    static const uint64_t small = 0x0101010101010101U * RT_SMALL_LETTER;
    size_t i = 0;

    if (strnlen(text, value->len + 1) != value->len)
        return false;
    for (uint64_t a, b; i + sizeof a <= value->len; i += sizeof a) {
        memcpy(&a, text + i, sizeof a);
        memcpy(&b, value->text + i, sizeof b);
        if ((a | small) != b)
            return false;
    }
    for (; i < value->len; i++)
        if ((text[i] | RT_SMALL_LETTER) != value->text[i])
            return false;
    return true;
}

static bool equals_text(struct run *run, const struct rt_rule_value *value, const char *text)
{
    run->steps += 1 + value->len / RT_RULES_STEP;
    return value->is_hex ? equals_hex(value, text) : strcmp(value->text, text) == 0;
}

static bool is_one_of(struct run *run, const struct rt_condition *c, const char *text)
{
    for (size_t i = 0; i < c->n_values; i++)
        if (equals_text(run, &c->values[i], text))
            return true;
    return false;
}

static bool is_number(struct run *run, const struct rt_condition *c, uint64_t number)
{
    for (size_t i = 0; i < c->n_values; i++, run->steps++)
        if (c->values[i].number == number)
            return true;
    return false;
}

/* Bytes of another number than the mask has cannot be compared. */
static enum ratls_outcome compare_masked(struct run *run, const struct rt_condition *c,
                                         const char *text)
{
    struct rt_policy_value found = {0};
    size_t len = sizeof found.p;

    if (!rt_unhex(text, strlen(text), found.p, &len) || len != c->mask.len)
        return RATLS_RULE_UNDEFINED;
    for (size_t i = 0; i < len; i++)
        found.p[i] &= c->mask.p[i];
    for (size_t i = 0; i < c->masked.n; i++, run->steps++)
        if (memcmp(c->masked.items[i].p, found.p, len) == 0)
            return RATLS_RULE_HELD;
    return RATLS_RULE_REFUSED;
}

/* `claim` may be NULL: it is not there. */
typedef enum ratls_outcome form_fn(struct run *run, const struct rt_condition *c,
                                   const struct ratls_claim *claim);

static bool is_of(const struct ratls_claim *claim, enum ratls_claim_type type)
{
    return claim && claim->type == type;
}

static enum ratls_outcome ask_equals(struct run *run, const struct rt_condition *c,
                                     const struct ratls_claim *claim)
{
    if (!is_of(claim, c->type))
        return RATLS_RULE_UNDEFINED;
    if (c->mask.len > 0)
        return compare_masked(run, c, claim->text);
    return truth(c->type == RATLS_CLAIM_TEXT ? is_one_of(run, c, claim->text)
                                             : is_number(run, c, claim->number));
}

static enum ratls_outcome ask_at_least(struct run *run, const struct rt_condition *c,
                                       const struct ratls_claim *claim)
{
    (void)run;
    if (!is_of(claim, RATLS_CLAIM_UINT))
        return RATLS_RULE_UNDEFINED;
    return truth(claim->number >= c->bound);
}

static enum ratls_outcome ask_at_most(struct run *run, const struct rt_condition *c,
                                      const struct ratls_claim *claim)
{
    (void)run;
    if (!is_of(claim, RATLS_CLAIM_UINT))
        return RATLS_RULE_UNDEFINED;
    return truth(claim->number <= c->bound);
}

static enum ratls_outcome ask_present(struct run *run, const struct rt_condition *c,
                                      const struct ratls_claim *claim)
{
    (void)run;
    return truth((claim != NULL) == c->present);
}

static bool is_over(const struct run *run)
{
    return run->steps > RT_RULES_MAX_STEPS;
}

static enum ratls_outcome ask_contains(struct run *run, const struct rt_condition *c,
                                       const struct ratls_claim *claim)
{
    if (!is_of(claim, RATLS_CLAIM_LIST))
        return RATLS_RULE_UNDEFINED;
    for (size_t i = 0; i < claim->n_items && !is_over(run); i++)
        if (is_one_of(run, c, claim->items[i]))
            return RATLS_RULE_HELD;
    return RATLS_RULE_REFUSED;
}

/* A list that is empty explains nothing. */
static enum ratls_outcome ask_only(struct run *run, const struct rt_condition *c,
                                   const struct ratls_claim *claim)
{
    if (!is_of(claim, RATLS_CLAIM_LIST))
        return RATLS_RULE_UNDEFINED;
    for (size_t i = 0; i < claim->n_items && !is_over(run); i++)
        if (!is_one_of(run, c, claim->items[i]))
            return RATLS_RULE_REFUSED;
    return truth(claim->n_items > 0);
}

static enum ratls_outcome ask_claim(struct run *run, const struct rt_condition *c)
{
    static form_fn *const forms[RT_RULE_ALL] = {
        [RT_RULE_EQUALS] = ask_equals,     [RT_RULE_AT_LEAST] = ask_at_least,
        [RT_RULE_AT_MOST] = ask_at_most,   [RT_RULE_PRESENT] = ask_present,
        [RT_RULE_CONTAINS] = ask_contains, [RT_RULE_ONLY] = ask_only,
    };

    run->steps++;
    return forms[c->form](run, c, ratls_claims_get(run->j->claims, c->claim));
}

/* ---- conditions on conditions ---- */

static enum ratls_outcome opposite(enum ratls_outcome of)
{
    if (of == RATLS_RULE_HELD)
        return RATLS_RULE_REFUSED;
    return of == RATLS_RULE_REFUSED ? RATLS_RULE_HELD : RATLS_RULE_UNDEFINED;
}

/* `all` is decided by one part that does not hold, `any` by one that does; else what is undefined
 * stays so. */
static enum ratls_outcome combine(const struct run *run, size_t at, enum ratls_outcome decisive)
{
    const struct rt_condition *list = run->rules->items;
    enum ratls_outcome outcome = opposite(decisive);

    for (size_t i = at + 1; i < list[at].end; i = list[i].end) {
        if (run->result[i] == decisive)
            return decisive;
        if (run->result[i] == RATLS_RULE_UNDEFINED)
            outcome = RATLS_RULE_UNDEFINED;
    }
    return outcome;
}

static enum ratls_outcome ask(struct run *run, size_t at)
{
    const struct rt_condition *c = &run->rules->items[at];

    if (c->form == RT_RULE_ALL)
        return combine(run, at, RATLS_RULE_REFUSED);
    if (c->form == RT_RULE_ANY)
        return combine(run, at, RATLS_RULE_HELD);
    return c->form == RT_RULE_NOT ? opposite(run->result[at + 1]) : ask_claim(run, c);
}

static enum ratls_err evaluate(struct run *run, const struct rt_policy_judge *j)
{
    run->j = j;
    run->rules = &j->tee->rules;
    run->steps = 0;
    for (size_t i = run->rules->n; i-- > 0;) {
        run->result[i] = ask(run, i);
        if (is_over(run))
            return ratls_fail(j->err, RATLS_E_POLICY_LIMIT, "the rules take more than %d steps",
                              RT_RULES_MAX_STEPS);
    }
    return RATLS_OK;
}

/* ---- words ---- */

static void say_value(struct rt_writer *w, const struct rt_condition *c,
                      const struct rt_rule_value *value)
{
    if (c->type == RATLS_CLAIM_TEXT)
        rt_say(w, "'%.*s'", RT_SHOWN_TEXT, value->text);
    else if (c->type == RATLS_CLAIM_BOOL)
        rt_say(w, "%s", value->number ? "true" : "false");
    else
        rt_say(w, "%" PRIu64, value->number);
}

static void say_wanted(struct rt_writer *w, const struct rt_condition *c)
{
    for (size_t i = 0; i < c->n_values && i < RT_SHOWN_VALUES; i++) {
        rt_say_next(w, i, ", ");
        say_value(w, c, &c->values[i]);
    }
    if (c->n_values > RT_SHOWN_VALUES)
        rt_say(w, " and %zu more", c->n_values - RT_SHOWN_VALUES);
}

static void say_mask(struct rt_writer *w, const struct rt_condition *c)
{
    char hex[2 * RT_POLICY_VALUE_MAX + 1];

    rt_hex(ratls_bytes(c->mask.p, c->mask.len), hex);
    if (c->mask.len > 0)
        rt_say(w, " under the mask %s", hex);
}

/* "claim 'found' is one of ..." */
static void say_condition(struct rt_writer *w, const struct rt_policy_judge *j,
                          const struct rt_condition *c)
{
    static const char *const verbs[] = {
        [RT_RULE_EQUALS] = " is one of ",    [RT_RULE_AT_LEAST] = " is at least ",
        [RT_RULE_AT_MOST] = " is at most ",  [RT_RULE_PRESENT] = " is ",
        [RT_RULE_CONTAINS] = " contains ",   [RT_RULE_ONLY] = " holds only ",
        [RT_RULE_ALL] = "all of these hold", [RT_RULE_ANY] = "one of these holds",
        [RT_RULE_NOT] = "this does not hold"};
    const bool single = c->form == RT_RULE_EQUALS && c->n_values == 1;

    if (c->claim[0])
        rt_say_claim(w, j, c->claim);
    rt_say(w, "%s", single ? " is " : verbs[c->form]);
    if (c->form == RT_RULE_PRESENT)
        rt_say(w, "%s", c->present ? "there" : "not there");
    if (c->form == RT_RULE_AT_LEAST || c->form == RT_RULE_AT_MOST)
        rt_say(w, "%" PRIu64, c->bound);
    say_wanted(w, c);
    say_mask(w, c);
}

/* Position in the list, from 1, and the name it was given. */
static void say_rule(struct rt_writer *w, const struct rt_policy_rules *rules, size_t at)
{
    size_t position = 0;

    for (size_t i = 0; i <= at; i = rules->items[i].end)
        position++;
    rt_say(w, "rule %zu", position);
    if (rules->items[at].name[0])
        rt_say(w, " '%s'", rules->items[at].name);
}

/* ---- judging ---- */

/* The condition on a claim for which rule `at` has its outcome: the first part with the same one,
 * and of `not` its only part. */
static size_t find_cause(const struct run *run, size_t at)
{
    const struct rt_condition *list = run->rules->items;

    while (list[at].form >= RT_RULE_ALL) {
        const enum ratls_outcome outcome = run->result[at];
        const bool is_not = list[at].form == RT_RULE_NOT;
        const size_t end = list[at++].end;
        while (!is_not && run->result[at] != outcome && list[at].end < end)
            at = list[at].end;
    }
    return at;
}

static const char *name_outcome(enum ratls_outcome outcome)
{
    if (outcome == RATLS_RULE_UNDEFINED)
        return "is not defined";
    return outcome == RATLS_RULE_HELD ? "holds, and must not" : "does not hold";
}

static enum ratls_err refuse(const struct run *run, size_t at)
{
    const bool undefined = run->result[at] == RATLS_RULE_UNDEFINED;
    const size_t cause = find_cause(run, at);
    struct rt_writer w = {0};

    say_rule(&w, run->rules, at);
    rt_say(&w, " %s: ", name_outcome(run->result[cause]));
    say_condition(&w, run->j, &run->rules->items[cause]);
    rt_put_u8(&w, 0);
    enum ratls_err e = ratls_fail(run->j->err, undefined ? RATLS_E_RULE_UNDEFINED : RATLS_E_RULE,
                                  "%s", w.bad ? "" : (const char *)w.p);
    rt_writer_free(&w);
    return e;
}

static enum ratls_err judge_rules(const struct rt_policy_judge *j)
{
    struct run run;
    enum ratls_err e = evaluate(&run, j);

    for (size_t i = 0; e == RATLS_OK && i < run.rules->n; i = run.rules->items[i].end)
        if (run.result[i] != RATLS_RULE_HELD)
            return refuse(&run, i);
    return e;
}

/* ---- telling ---- */

static enum ratls_err code_of(const struct rt_condition *c, enum ratls_outcome outcome)
{
    if (c->depth > 0 || (outcome != RATLS_RULE_REFUSED && outcome != RATLS_RULE_UNDEFINED))
        return RATLS_OK;
    return outcome == RATLS_RULE_UNDEFINED ? RATLS_E_RULE_UNDEFINED : RATLS_E_RULE;
}

static void tell_condition(const struct run *run, size_t at, enum ratls_outcome outcome)
{
    const struct rt_condition *c = &run->rules->items[at];
    struct rt_writer name = {0}, words = {0};

    if (c->depth == 0)
        say_rule(&name, run->rules, at);
    else
        rt_say(&name, "%s", c->name[0] ? c->name : "condition");
    say_condition(&words, run->j, c);
    rt_put_u8(&name, 0);
    rt_put_u8(&words, 0);
    const struct ratls_finding finding = {
        .rule = name.bad ? "rules" : (const char *)name.p,
        .outcome = outcome,
        .code = code_of(c, outcome),
        .detail = words.bad ? "" : (const char *)words.p,
        .depth = c->depth,
    };
    run->j->subject->on_finding(run->j->subject->finding_arg, &finding);
    rt_writer_free(&name);
    rt_writer_free(&words);
}

static void tell_whole(const struct rt_policy_judge *j, enum ratls_outcome outcome,
                       enum ratls_err e, const char *detail)
{
    const struct ratls_finding finding = {
        .rule = "rules", .outcome = outcome, .code = e, .detail = detail};

    j->subject->on_finding(j->subject->finding_arg, &finding);
}

/* Each rule, and below it what it is made of. */
static void tell_rules(const struct rt_policy_judge *j, enum ratls_err e)
{
    struct rt_policy_judge own = *j;
    struct ratls_error why = {0};
    struct run run = {.j = j, .rules = &j->tee->rules};

    own.err = &why;
    if (j->tee->rules.n == 0) {
        tell_whole(j, RATLS_RULE_NOT_ASKED, RATLS_OK, "");
        return;
    }
    if (e == RATLS_E_POLICY_LIMIT || (j->claims && evaluate(&run, &own) != RATLS_OK)) {
        tell_whole(j, RATLS_RULE_REFUSED, RATLS_E_POLICY_LIMIT, j->err->detail);
        return;
    }
    for (size_t i = 0; i < run.rules->n; i++)
        tell_condition(&run, i, j->claims ? run.result[i] : RATLS_RULE_ASKED);
}

const struct rt_policy_rule rt_rule_rules = {
    .name = "rules", .judge = judge_rules, .tell = tell_rules};
