/* Rules as sentences: what is asked and what was found, for people who want to know why. Nothing is
 * decided here, and what memory does not suffice for is left out. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "policy_impl.h"

const char *ratls_outcome_name(enum ratls_outcome outcome)
{
    static const char *const names[] = {
        [RATLS_RULE_HELD] = "held",           [RATLS_RULE_REFUSED] = "refused",
        [RATLS_RULE_UNDEFINED] = "undefined", [RATLS_RULE_NOT_ASKED] = "not asked",
        [RATLS_RULE_ASKED] = "asked",
    };

    return (unsigned)outcome < RT_COUNT(names) ? names[outcome] : "undefined";
}

/* ---- parts of sentences ---- */

void rt_say(struct rt_writer *w, const char *fmt, ...)
{
    char text[512];
    va_list ap;

    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (n > 0)
        rt_put(w, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
}

void rt_say_next(struct rt_writer *w, size_t i, const char *between)
{
    if (i > 0)
        rt_say(w, "%s", between);
}

static void say_value(struct rt_writer *w, const struct ratls_claim *c)
{
    switch (c->type) {
    case RATLS_CLAIM_TEXT:
        rt_say(w, "'%.*s%s'", RT_SHOWN_TEXT, c->text, strlen(c->text) > RT_SHOWN_TEXT ? "..." : "");
        return;
    case RATLS_CLAIM_UINT:
        rt_say(w, "'%" PRIu64 "'", c->number);
        return;
    case RATLS_CLAIM_BOOL:
        rt_say(w, "'%s'", c->number ? "true" : "false");
        return;
    case RATLS_CLAIM_LIST:
        rt_say(w, "[");
        for (size_t i = 0; i < c->n_items && i < RT_SHOWN_VALUES; i++) {
            rt_say_next(w, i, ", ");
            rt_say(w, "'%.*s'", RT_SHOWN_TEXT, c->items[i]);
        }
        if (c->n_items > RT_SHOWN_VALUES)
            rt_say(w, " and %zu more", c->n_items - RT_SHOWN_VALUES);
        rt_say(w, "]");
        return;
    }
}

void rt_say_claim(struct rt_writer *w, const struct rt_policy_judge *j, const char *name)
{
    const struct ratls_claim *c = ratls_claims_get(j->claims, name);

    rt_say(w, "%s", name);
    if (!j->claims)
        return;
    rt_say(w, " ");
    if (c)
        say_value(w, c);
    else
        rt_say(w, "(not there)");
}

void rt_say_values(struct rt_writer *w, const struct rt_policy_values *values)
{
    char hex[2 * RT_POLICY_VALUE_MAX + 1];

    for (size_t i = 0; i < values->n && i < RT_SHOWN_VALUES; i++) {
        rt_hex(ratls_bytes(values->items[i].p, values->items[i].len), hex);
        rt_say_next(w, i, ", ");
        rt_say(w, "%s", hex);
    }
    if (values->n > RT_SHOWN_VALUES)
        rt_say(w, " and %zu more", values->n - RT_SHOWN_VALUES);
}

void rt_say_is(struct rt_writer *w, const struct rt_policy_judge *j, const char *name, bool value)
{
    rt_say_claim(w, j, name);
    rt_say(w, " is %s", value ? "true" : "false");
}

bool rt_say_allowed(struct rt_writer *w, const struct rt_policy_judge *j,
                    const struct rt_policy_values *only, const struct rt_policy_values *denied)
{
    if (!only && denied->n == 0)
        return false;
    rt_say_claim(w, j, "platform_id");
    if (only) {
        rt_say(w, " is one of ");
        rt_say_values(w, only);
    }
    if (denied->n > 0) {
        rt_say(w, "%s is none of ", only ? " and" : "");
        rt_say_values(w, denied);
    }
    return true;
}

/* ---- findings ---- */

static bool is_there(const struct rt_policy_rule *rule, const struct rt_policy_judge *j)
{
    char name[RT_POLICY_TEE_MAX + RT_POLICY_NAME_MAX + 1];

    if (!rule->claim)
        return true;
    (void)snprintf(name, sizeof name, "%s%s",
                   rule->claim[0] == '.' ? rt_policy_hardware(j->tee->name) : "", rule->claim);
    const struct ratls_claim *c = ratls_claims_get(j->claims, name);
    return c && c->type == rule->type;
}

static enum ratls_outcome outcome_of(const struct rt_policy_rule *rule,
                                     const struct rt_policy_judge *j, enum ratls_err e, bool asked)
{
    if (e)
        return is_there(rule, j) ? RATLS_RULE_REFUSED : RATLS_RULE_UNDEFINED;
    if (!asked)
        return RATLS_RULE_NOT_ASKED;
    return j->claims ? RATLS_RULE_HELD : RATLS_RULE_ASKED;
}

/* A refusal has the values in its own words; what was asked follows without them. */
static bool write_sentence(const struct rt_policy_rule *rule, const struct rt_policy_judge *j,
                           enum ratls_err e, struct rt_writer *w)
{
    struct rt_policy_judge bare = *j;

    if (!e)
        return rule->words(j, w);
    bare.claims = NULL;
    rt_say(w, "%s; asked: ", j->err->detail[0] ? j->err->detail : ratls_err_text(e));
    return rule->words(&bare, w);
}

void rt_policy_tell(const struct rt_policy_rule *rule, const struct rt_policy_judge *j,
                    enum ratls_err e)
{
    struct rt_writer w = {0};

    if (rule->tell) {
        rule->tell(j, e);
        return;
    }
    const bool asked = write_sentence(rule, j, e, &w);
    rt_put_u8(&w, 0);
    const struct ratls_finding finding = {
        .rule = rule->name,
        .outcome = outcome_of(rule, j, e, asked),
        .code = e,
        .detail = w.bad ? "" : (const char *)w.p,
    };
    j->subject->on_finding(j->subject->finding_arg, &finding);
    rt_writer_free(&w);
}

/* ---- the rules of policy.c ---- */

bool rt_words_simulated(const struct rt_policy_judge *j, struct rt_writer *w)
{
    if (j->tee->simulated)
        rt_say(w, "insecure_simulated is set");
    else
        rt_say_is(w, j, "simulated", false);
    return !j->tee->simulated;
}

bool rt_words_debug(const struct rt_policy_judge *j, struct rt_writer *w)
{
    if (j->tee->debug)
        rt_say(w, "insecure_debug is set");
    else
        rt_say_is(w, j, "debug", false);
    return !j->tee->debug;
}

bool rt_words_measurement(const struct rt_policy_judge *j, struct rt_writer *w)
{
    const struct rt_policy_values *values = &j->tee->measurements;

    if (j->tee->any_measurement) {
        rt_say(w, "insecure_any_measurement is set");
        return false;
    }
    if (values->n == 0 && (j->refvals || j->tee->sets.n > 0))
        return false;
    rt_say_claim(w, j, "measurement");
    rt_say(w, " is one of ");
    if (values->n == 0)
        rt_say(w, "those listed, and none is");
    rt_say_values(w, values);
    return true;
}

bool rt_words_refvals(const struct rt_policy_judge *j, struct rt_writer *w)
{
    if (j->refvals)
        rt_say(w, "platform and realm are among the reference values");
    return j->refvals != NULL;
}

bool rt_words_registers(const struct rt_policy_judge *j, struct rt_writer *w)
{
    for (size_t i = 0; i < j->tee->n_registers; i++) {
        rt_say_next(w, i, "; ");
        rt_say_claim(w, j, j->tee->registers[i].claim);
        rt_say(w, " is one of ");
        rt_say_values(w, &j->tee->registers[i].accepted);
    }
    if (rt_policy_boot_is_open(j->tee) && j->tee->sets.n == 0) {
        rt_say_next(w, j->tee->n_registers, "; ");
        rt_say(w, "one of " RT_POLICY_BOOT_PCRS " is listed");
        return true;
    }
    return j->tee->n_registers > 0;
}

bool rt_words_lists(const struct rt_policy_judge *j, struct rt_writer *w)
{
    for (size_t i = 0; i < j->tee->n_lists; i++) {
        rt_say_next(w, i, "; ");
        rt_say(w, "every item of ");
        rt_say_claim(w, j, j->tee->lists[i].claim);
        rt_say(w, " is one of ");
        rt_say_values(w, &j->tee->lists[i].accepted);
    }
    return j->tee->n_lists > 0;
}

bool rt_words_tcb_status(const struct rt_policy_judge *j, struct rt_writer *w)
{
    size_t said = 0;

    rt_say_claim(w, j, "tcb_status");
    rt_say(w, " is one of ");
    for (int i = 0; rt_tcb_status(i); i++) {
        if (!(j->tee->tcb_accepted >> i & 1))
            continue;
        rt_say_next(w, said++, ", ");
        rt_say(w, "%s", rt_tcb_status(i));
    }
    return true;
}

bool rt_words_eval_num(const struct rt_policy_judge *j, struct rt_writer *w)
{
    char name[RT_POLICY_NAME_MAX + 1];

    if (j->tee->min_tcb_eval_num == 0)
        return false;
    (void)snprintf(name, sizeof name, "%s.tcb_eval_num", j->tee->name);
    rt_say_claim(w, j, name);
    rt_say(w, " is at least %" PRId64, j->tee->min_tcb_eval_num);
    return true;
}

bool rt_words_age(const struct rt_policy_judge *j, struct rt_writer *w)
{
    char made[32];

    if (!j->subject->is_certificate) {
        rt_say(w, "only evidence in a certificate has an age");
        return false;
    }
    rt_say(w, "evidence in a certificate is at most %" PRId64 " s old",
           rt_policy_max_age_s(j->policy));
    if (j->claims && j->subject->has_iat) {
        rt_time_format(j->subject->iat, made);
        rt_say(w, ", and was made at %s", made);
    }
    if (!j->policy->has_max_age)
        rt_say(w, ", where it says its age");
    return true;
}

bool rt_words_binding(const struct rt_policy_judge *j, struct rt_writer *w)
{
    rt_say(w, "connections reach the level '%s' at least", ratls_level_name(j->policy->level));
    return !j->claims;
}
