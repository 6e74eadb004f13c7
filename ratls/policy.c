/* The decision. Every rule ends in a code of its own; nothing here says "allow", it only does not
 * object (appraise.c). */
#include <stdio.h>
#include <stdlib.h>

#include "claim_text.h"
#include "policy_impl.h"
#include "vector.h"

/* Intel DCAP's statuses are the vocabulary of every TEE. `not_evaluated`: genuine, but no
 * collateral was there to compare the platform's versions with. `unrated`: genuine and not revoked,
 * of a vendor that rates no versions. */
const struct rt_tcb_row rt_tcb_rows[] = {
    {"UpToDate", true},
    {"SWHardeningNeeded", true},
    {"ConfigurationNeeded", true},
    {"ConfigurationAndSWHardeningNeeded", true},
    {"OutOfDate", true},
    {"OutOfDateConfigurationNeeded", true},
    {"TDRelaunchAdvised", true},
    {"TDRelaunchAdvisedConfigurationNeeded", true},
    {"not_evaluated", true},
    {"unrated", true},
    {"Revoked", false},
    {"NotSupported", false},
};

int rt_tcb_find(const char *status)
{
    for (size_t i = 0; i < RT_COUNT(rt_tcb_rows); i++)
        if (strcmp(rt_tcb_rows[i].status, status) == 0)
            return (int)i;
    return -1;
}

const char *rt_tcb_status(int row)
{
    return (size_t)row < RT_COUNT(rt_tcb_rows) ? rt_tcb_rows[row].status : NULL;
}

static void free_claims(struct rt_policy_register *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(list[i].accepted.items);
    free(list);
}

void rt_policy_free(struct rt_policy *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < p->n_tees; i++) {
        free_claims(p->tees[i].registers, p->tees[i].n_registers);
        free_claims(p->tees[i].lists, p->tees[i].n_lists);
        free(p->tees[i].measurements.items);
        rt_policy_rules_free(&p->tees[i].rules);
        rt_policy_platform_free(&p->tees[i].platform);
        rt_policy_sets_free(&p->tees[i].sets);
        rt_policy_snp_free(&p->tees[i].snp);
    }
    free(p->tees);
    free(p->peer_names);
    free(p->services);
    free(p->devices);
    free(p);
}

enum ratls_level rt_policy_level(const struct rt_policy *p)
{
    return p ? p->level : RATLS_LEVEL_SESSION;
}

int64_t rt_policy_max_age_s(const struct rt_policy *p)
{
    return p && p->has_max_age ? p->max_age_s : RT_POLICY_DEFAULT_MAX_AGE_S;
}

bool rt_policy_is_false(const struct rt_policy_judge *j, const char *name)
{
    const struct ratls_claim *c = ratls_claims_get(j->claims, name);

    return c && c->type == RATLS_CLAIM_BOOL && c->number == 0;
}

const char *rt_policy_hardware(const char *tee)
{
    static const char *const below[][2] = {{"az_snp_vtpm", "snp"}, {"az_tdx_vtpm", "tdx"}};

    for (size_t i = 0; i < RT_COUNT(below); i++)
        if (strcmp(below[i][0], tee) == 0)
            return below[i][1];
    return tee;
}

static enum ratls_err judge_simulated(const struct rt_policy_judge *j)
{
    if (j->tee->simulated || rt_policy_is_false(j, "simulated"))
        return RATLS_OK;
    return ratls_fail(j->err, RATLS_E_SIMULATED, "the %s TEE is simulated", j->tee->name);
}

static enum ratls_err judge_debug(const struct rt_policy_judge *j)
{
    if (j->tee->debug || rt_policy_is_false(j, "debug"))
        return RATLS_OK;
    return ratls_fail(j->err, RATLS_E_DEBUG, "the %s TEE can be debugged", j->tee->name);
}

static enum ratls_err judge_tcb_status(const struct rt_policy_judge *j)
{
    const char *status = rt_claim_text(j->claims, "tcb_status");
    int row = rt_tcb_find(status);

    if (row >= 0 && (j->tee->tcb_accepted >> row & 1))
        return RATLS_OK;
    return ratls_fail(j->err, RATLS_E_TCB_STATUS, "tcb_status '%s' is not accepted", status);
}

/* The floor against older issues of collateral that are still within their dates. */
static enum ratls_err judge_eval_num(const struct rt_policy_judge *j)
{
    char name[RT_POLICY_NAME_MAX + 1];
    const struct ratls_claim *c;

    if (j->tee->min_tcb_eval_num == 0)
        return RATLS_OK;
    (void)snprintf(name, sizeof name, "%s.tcb_eval_num", rt_policy_hardware(j->tee->name));
    c = ratls_claims_get(j->claims, name);
    if (c && c->type == RATLS_CLAIM_UINT && c->number >= (uint64_t)j->tee->min_tcb_eval_num)
        return RATLS_OK;
    return ratls_fail(j->err, RATLS_E_COLLATERAL_ROLLBACK, "%s is below %lld", name,
                      (long long)j->tee->min_tcb_eval_num);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool rt_same_ignoring_case(const char *a, const char *b)
{
    while (*a && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return lower(*a) == lower(*b);
}

bool rt_policy_is_among(const struct rt_policy_values *accepted, const char *hex)
{
    struct rt_policy_value v = {0};
    size_t len = sizeof v.p;

    if (!rt_unhex(hex, strlen(hex), v.p, &len))
        return false;
    for (size_t i = 0; i < accepted->n; i++)
        if (ratls_bytes_equal(ratls_bytes(v.p, len),
                              ratls_bytes(accepted->items[i].p, accepted->items[i].len)))
            return true;
    return false;
}

static enum ratls_err judge_measurement(const struct rt_policy_judge *j)
{
    const char *measurement = rt_claim_text(j->claims, "measurement");
    const bool others = j->refvals || j->tee->sets.n > 0; /* with rules of their own */

    if (j->tee->any_measurement || (j->tee->measurements.n == 0 && others))
        return RATLS_OK;
    if (j->tee->measurements.n == 0)
        return ratls_fail(j->err, RATLS_E_NO_REFERENCE_VALUE,
                          "the policy lists no measurement of %s", j->tee->name);
    if (!rt_policy_is_among(&j->tee->measurements, measurement))
        return ratls_fail(j->err, RATLS_E_MEASUREMENT, "measurement '%s' is not listed",
                          measurement);
    rt_policy_note(j, RT_NOTED_MEASUREMENT);
    return RATLS_OK;
}

/* Beside the policy's own measurements, if it has some. */
static enum ratls_err judge_refvals(const struct rt_policy_judge *j)
{
    enum ratls_err e = j->refvals ? rt_refvals_judge(j->refvals, j->claims, j->err) : RATLS_OK;

    if (j->refvals && e == RATLS_OK)
        rt_policy_note(j, RT_NOTED_MEASUREMENT);
    return e;
}

static enum ratls_err judge_registers(const struct rt_policy_judge *j)
{
    if (rt_policy_boot_is_open(j->tee) && j->tee->sets.n == 0)
        return ratls_fail(j->err, RATLS_E_NO_REFERENCE_VALUE,
                          "the policy lists no PCR of %s, which may have booted anything",
                          j->tee->name);
    for (size_t i = 0; i < j->tee->n_registers; i++) {
        const struct rt_policy_register *reg = &j->tee->registers[i];
        const char *value = rt_claim_text(j->claims, reg->claim);
        if (!rt_policy_is_among(&reg->accepted, value))
            return ratls_fail(j->err, RATLS_E_MEASUREMENT, "%s '%s' is not listed", reg->claim,
                              value);
        rt_policy_note(j, rt_vector_note(reg->claim));
    }
    return RATLS_OK;
}

/* A list that is empty, or not there, explains nothing. */
static enum ratls_err judge_list(const struct rt_policy_judge *j,
                                 const struct rt_policy_register *list)
{
    const struct ratls_claim *c = ratls_claims_get(j->claims, list->claim);

    if (!c || c->type != RATLS_CLAIM_LIST || c->n_items == 0)
        return ratls_fail(j->err, RATLS_E_MEASUREMENT, "there is no list %s", list->claim);
    for (size_t i = 0; i < c->n_items; i++)
        if (!rt_policy_is_among(&list->accepted, c->items[i]))
            return ratls_fail(j->err, RATLS_E_MEASUREMENT, "%s: '%s' is not listed", list->claim,
                              c->items[i]);
    rt_policy_note(j, rt_vector_note(list->claim));
    return RATLS_OK;
}

static enum ratls_err judge_lists(const struct rt_policy_judge *j)
{
    enum ratls_err e = RATLS_OK;

    for (size_t i = 0; i < j->tee->n_lists && e == RATLS_OK; i++)
        e = judge_list(j, &j->tee->lists[i]);
    return e;
}

/* The age is the attester's word (`ratls-iat`); without it only a policy that says nothing about
 * age goes on, and the certificate's own dates limit it. */
static enum ratls_err judge_age(const struct rt_policy_judge *j)
{
    const struct rt_policy_subject *subject = j->subject;
    int64_t limit_s = rt_policy_max_age_s(j->policy);

    if (!subject->is_certificate)
        return RATLS_OK;
    if (!subject->has_iat && j->policy->has_max_age)
        return ratls_fail(j->err, RATLS_E_EVIDENCE_AGE, "the evidence says nothing about its age");
    if (subject->has_iat && subject->iat < subject->now - limit_s)
        return ratls_fail(j->err, RATLS_E_EVIDENCE_AGE, "the evidence is older than %lld s",
                          (long long)limit_s);
    return RATLS_OK;
}

/* Levels are reached by sessions, after the evidence was judged (conn_handshake.c). */
static enum ratls_err judge_binding(const struct rt_policy_judge *j)
{
    (void)j;
    return RATLS_OK;
}

static const struct rt_policy_rule
    rule_simulated = {.name = "insecure_simulated",
                      .claim = "simulated",
                      .type = RATLS_CLAIM_BOOL,
                      .judge = judge_simulated,
                      .words = rt_words_simulated},
    rule_debug = {.name = "insecure_debug",
                  .claim = "debug",
                  .type = RATLS_CLAIM_BOOL,
                  .judge = judge_debug,
                  .words = rt_words_debug},
    rule_measurement = {.name = "measurements",
                        .claim = "measurement",
                        .type = RATLS_CLAIM_TEXT,
                        .judge = judge_measurement,
                        .words = rt_words_measurement},
    rule_refvals = {.name = "reference values",
                    .tee = "cca",
                    .judge = judge_refvals,
                    .words = rt_words_refvals},
    rule_registers = {.name = "registers", .judge = judge_registers, .words = rt_words_registers},
    rule_lists = {.name = "lists", .judge = judge_lists, .words = rt_words_lists},
    rule_tcb_status = {.name = "tcb_status",
                       .claim = "tcb_status",
                       .type = RATLS_CLAIM_TEXT,
                       .judge = judge_tcb_status,
                       .words = rt_words_tcb_status},
    rule_eval_num = {.name = "min_tcb_eval_num",
                     .claim = ".tcb_eval_num",
                     .type = RATLS_CLAIM_UINT,
                     .judge = judge_eval_num,
                     .words = rt_words_eval_num},
    rule_age = {.name = "max_evidence_age_s", .judge = judge_age, .words = rt_words_age},
    rule_binding = {.name = "binding", .judge = judge_binding, .words = rt_words_binding};

/* The order of the table is the order of the reasons. */
static const struct rt_policy_rule *const rules[] = {
    &rt_rule_peer_names,
    &rule_simulated,
    &rt_rule_platform_token,
    &rt_rule_cca_lifecycle,
    &rt_rule_virtcca_lifecycle,
    &rule_debug,
    &rt_rule_vmpl,
    &rt_rule_migration_agent,
    &rule_measurement,
    &rule_refvals,
    &rt_rule_baselines,
    &rule_registers,
    &rule_lists,
    &rt_rule_event_log,
    &rt_rule_ima_log,
    &rule_tcb_status,
    &rule_eval_num,
    &rt_rule_advisories,
    &rt_rule_tcb_age,
    &rt_rule_guest_svn,
    &rt_rule_min_tcb,
    &rt_rule_chip,
    &rt_rule_platform,
    &rt_rule_rules,
    &rt_rule_passports,
    &rt_rule_passport_status,
    &rt_rule_devices,
    &rule_age,
    &rule_binding,
};

static const struct rt_policy_tee *find_tee(const struct rt_policy *p, const char *name)
{
    for (size_t i = 0; i < p->n_tees; i++)
        if (strcmp(p->tees[i].name, name) == 0)
            return &p->tees[i];
    return NULL;
}

static bool is_about(const struct rt_policy_rule *rule, const struct rt_policy_judge *j)
{
    return !rule->tee || strcmp(rule->tee, rt_policy_hardware(j->tee->name)) == 0;
}

static enum ratls_err ask(const struct rt_policy_rule *rule, const struct rt_policy_judge *j)
{
    struct ratls_error why = {0};
    struct rt_policy_judge own = *j;

    own.err = &why;
    enum ratls_err e = rule->judge(&own);
    if (j->subject->on_finding)
        rt_policy_tell(rule, &own, e);
    return e ? ratls_fail(j->err, e, "%s", why.detail) : RATLS_OK;
}

/* Whoever wants to know why hears all rules, the others end at the first that objects. What is
 * noted for the vector and put down as found ends there for both: telling changes no verdict. */
static enum ratls_err ask_all(const struct rt_policy_judge *j)
{
    struct rt_policy_judge own = *j;
    enum ratls_err first = RATLS_OK;

    for (size_t i = 0; i < RT_COUNT(rules); i++) {
        enum ratls_err e = is_about(rules[i], j) ? ask(rules[i], &own) : RATLS_OK;
        first = first ? first : e;
        if (first && !j->subject->on_finding)
            return first;
        own.noted = first ? NULL : own.noted;
        own.found = first ? NULL : own.found;
    }
    return first;
}

/* Before any rule of a TEE. */
static enum ratls_err choose(const struct rt_policy *p, const struct rt_policy_subject *subject,
                             struct rt_policy_judge *j)
{
    if (!p)
        return ratls_fail(j->err, RATLS_E_NO_POLICY, "no policy is set");
    j->policy = p;
    j->subject = subject;
    j->claims = subject->claims;
    j->refvals = strcmp(subject->tee, "cca") == 0 ? subject->refvals : NULL;
    j->tee = find_tee(p, subject->tee);
    if (!j->tee)
        return ratls_fail(j->err, RATLS_E_TEE_NOT_ALLOWED, "the policy does not list '%s'",
                          subject->tee);
    return RATLS_OK;
}

static void tell_choice(const struct rt_policy_subject *subject, enum ratls_err e,
                        const struct ratls_error *why)
{
    char held[64];
    const struct ratls_finding finding = {.rule = "tees",
                                          .outcome = e ? RATLS_RULE_REFUSED : RATLS_RULE_HELD,
                                          .code = e,
                                          .detail = e ? why->detail : held};

    (void)snprintf(held, sizeof held, "'%s' is listed", subject->tee);
    if (subject->on_finding)
        subject->on_finding(subject->finding_arg, &finding);
}

enum ratls_err rt_policy_decide(const struct rt_policy *p, const struct rt_policy_subject *subject,
                                struct ratls_error *err)
{
    struct ratls_error why = {0};
    struct rt_policy_judge j = {.found = subject->found, .noted = subject->noted, .err = &why};
    enum ratls_err e = choose(p, subject, &j);

    tell_choice(subject, e, &why);
    if (e == RATLS_OK)
        e = ask_all(&j);
    return e ? ratls_fail(err, e, "%s", why.detail) : RATLS_OK;
}

enum ratls_err rt_policy_words(const struct rt_policy *p, const struct rt_policy_subject *subject)
{
    struct rt_policy_judge j = {0};
    enum ratls_err e = choose(p, subject, &j);

    j.claims = NULL;
    for (size_t i = 0; e == RATLS_OK && i < RT_COUNT(rules); i++)
        if (is_about(rules[i], &j))
            rt_policy_tell(rules[i], &j, RATLS_OK);
    return e;
}

bool rt_policy_names_peers(const struct rt_policy *p)
{
    return p && p->n_peer_names > 0;
}

const char *rt_policy_service_name(const struct rt_policy *p, size_t i)
{
    return p && i < p->n_services ? p->services[i].p : NULL;
}

const char *rt_policy_tee_name(const struct rt_policy *p, size_t i)
{
    return p && i < p->n_tees ? p->tees[i].name : NULL;
}

/* The k-th of one TEE that is set. */
static const char *insecure_name(const struct rt_policy_tee *tee, size_t k)
{
    const struct {
        bool set;
        const char *name;
    } switches[] = {{tee->any_measurement, "insecure_any_measurement"},
                    {tee->debug, "insecure_debug"},
                    {tee->simulated, "insecure_simulated"},
                    {tee->snp.migration_agent, "insecure_migration_agent"}};

    for (size_t i = 0; i < RT_COUNT(switches); i++)
        if (switches[i].set && k-- == 0)
            return switches[i].name;
    return NULL;
}

bool rt_policy_insecure(const struct rt_policy *p, size_t i, struct ratls_insecure *out)
{
    for (size_t t = 0; p && t < p->n_tees; t++)
        for (size_t k = 0; (out->name = insecure_name(&p->tees[t], k)) != NULL; k++)
            if (i-- == 0) {
                out->tee = p->tees[t].name;
                return true;
            }
    return false;
}

void rt_policy_log(const struct rt_policy *p, const struct ratls_env *env)
{
    struct ratls_insecure set;
    bool anybody = false;

    for (size_t i = 0; rt_policy_insecure(p, i, &set); i++)
        rt_log(env, RATLS_LOG_WARNING, "policy: %s is set for %s", set.name, set.tee);
    for (size_t i = 0; i < p->n_tees; i++)
        anybody = anybody || p->tees[i].any_measurement || p->tees[i].measurements.n > 0 ||
                  p->tees[i].sets.n > 0;
    if (!anybody)
        rt_log(env, RATLS_LOG_WARNING, "policy: no reference value is listed, everybody is denied");
}
