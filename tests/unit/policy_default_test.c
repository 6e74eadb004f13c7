/* The default policies as they are installed: what each asks, word by word, and what each decides.
 * A change of one shows here, and so in review. */
#include <stdio.h>
#include <stdlib.h>

#include <cjson/cJSON.h>
#include <criterion/criterion.h>

#include "policy_impl.h"

#define M "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static const char *const tees[] = {"tdx",         "sgx",         "snp",       "cca",    "virtcca",
                                   "nitro",       "itrustee",    "csv",       "nvidia", "tpm",
                                   "az_snp_vtpm", "az_tdx_vtpm", "ascend_npu"};

/* New text with NUL behind it. */
static struct ratls_buffer read_policy(const char *name)
{
    static const char here[] = __FILE__;
    const struct ratls_env *env = ratls_env_system();
    const char *tests = strstr(here, "tests/unit/");
    struct ratls_buffer file = {0};
    char path[1024];

    cr_assert_not_null(tests);
    (void)snprintf(path, sizeof path, "%.*sratls/policies/%s.json", (int)(tests - here), here,
                   name);
    cr_assert_eq(env->read_file(env->arg, path, RT_MAX_JSON, &file), RATLS_OK, "%s", path);
    return file;
}

/* ---- text ---- */

static cJSON *section_of(const cJSON *policy, const char *tee)
{
    return cJSON_GetObjectItem(cJSON_GetObjectItem(policy, "tees"), tee);
}

/* One TEE alone, and of it the same as in the policy of all. */
Test(policy_default, of_one_tee_is_its_part_of_the_whole)
{
    cJSON *all = cJSON_Parse(rt_policy_default);

    cr_expect_eq(cJSON_GetArraySize(cJSON_GetObjectItem(all, "tees")), RT_COUNT(tees));
    for (size_t i = 0; i < RT_COUNT(tees); i++) {
        struct ratls_buffer file = read_policy(tees[i]);
        cJSON *one = cJSON_Parse((const char *)file.p);
        cr_expect_eq(cJSON_GetArraySize(cJSON_GetObjectItem(one, "tees")), 1);
        cr_expect(cJSON_Compare(section_of(one, tees[i]), section_of(all, tees[i]), true), "%s",
                  tees[i]);
        cr_assert(cJSON_ReplaceItemInObject(one, "tees",
                                            cJSON_Duplicate(cJSON_GetObjectItem(all, "tees"), 1)));
        cr_expect(cJSON_Compare(one, all, true), "%s: binding", tees[i]);
        cJSON_Delete(one);
        ratls_buffer_free(&file);
    }
    cJSON_Delete(all);
}

/* ---- words ---- */

static char told[8192];

static void tell(void *arg, const struct ratls_finding *f)
{
    size_t len = strlen(told);

    (void)arg;
    if (f->outcome == RATLS_RULE_ASKED || f->detail[0])
        (void)snprintf(told + len, sizeof told - len, "%s%s\n",
                       f->outcome == RATLS_RULE_ASKED ? "" : "NOT ASKED: ", f->detail);
}

#define FIRST  "simulated is false\n"
#define DEBUG  "debug is false\n"
#define LISTED "measurement and what goes with it fit a version that counts of the sets '*'\n"
#define BOOTED                                                                                     \
    "measurement and what goes with it fit a version that counts of the sets '*', which names "    \
    "one of tpm.pcr04, tpm.pcr07, tpm.pcr09, tpm.pcr11\n"
#define LAST                                                                                       \
    "ear.status of a passport is affirming\n"                                                      \
    "evidence in a certificate is at most 86400 s old, where it says its age\n"                    \
    "connections reach the level 'session' at least\n"

static const char *const words[] = {
    FIRST DEBUG LISTED "tcb_status is one of UpToDate\n" LAST,
    FIRST DEBUG LISTED "tcb_status is one of UpToDate\n" LAST,
    FIRST DEBUG "snp.vmpl is one of 0\nsnp.migrate_ma is false\n" LISTED
                "tcb_status is one of UpToDate, unrated\n" LAST,
    FIRST "cca.platform.lifecycle_state is one of secured\n" DEBUG LISTED
          "tcb_status is one of UpToDate, unrated\n" LAST,
    FIRST "virtcca.platform_token_present is true\n"
          "virtcca.platform.lifecycle_state is one of secured\n" DEBUG LISTED
          "virtcca.eventlog.rem_match is true\nvirtcca.ima.rem_match is true\n"
          "tcb_status is one of UpToDate, not_evaluated, unrated\n" LAST,
    FIRST DEBUG LISTED "tcb_status is one of UpToDate, unrated\n" LAST,
    FIRST DEBUG LISTED "tcb_status is one of UpToDate, not_evaluated, unrated\n" LAST,
    FIRST DEBUG LISTED "tcb_status is one of UpToDate, unrated\n" LAST,
    FIRST DEBUG LISTED "tcb_status is one of UpToDate, unrated\n" LAST,
    FIRST DEBUG LISTED "tcb_status is one of UpToDate, not_evaluated, unrated\n" LAST,
    FIRST DEBUG "snp.vmpl is one of 0\nsnp.migrate_ma is false\n" BOOTED
                "tcb_status is one of UpToDate, unrated\n" LAST,
    FIRST DEBUG BOOTED "tcb_status is one of UpToDate\n" LAST,
    FIRST DEBUG LISTED "tcb_status is one of UpToDate, not_evaluated, unrated\n" LAST,
};

Test(policy_default, asks_these_questions_and_no_others)
{
    for (size_t i = 0; i < RT_COUNT(tees); i++) {
        const struct rt_policy_subject s = {
            .tee = tees[i], .is_certificate = true, .on_finding = tell};
        struct ratls_buffer file = read_policy(tees[i]);
        struct rt_policy *p = NULL;
        told[0] = 0;
        cr_assert_eq(rt_policy_parse(rt_bytes_of(&file), &p, NULL), RATLS_OK);
        cr_assert_eq(rt_policy_words(p, &s), RATLS_OK);
        cr_expect_str_eq(told, words[i], "%s:\n%s", tees[i], told);
        rt_policy_free(p);
        ratls_buffer_free(&file);
    }
}

/* ---- decisions ---- */

struct value {
    const char *tee; /* NULL: each */
    const char *claim, *value;
};

/* A peer of which nothing is wrong. */
static const struct value good[] = {
    {NULL, "measurement", M},
    {NULL, "simulated", "false"},
    {NULL, "debug", "false"},
    {NULL, "tcb_status", "UpToDate"},
    {NULL, "platform_id", M},
    {"snp", "snp.vmpl", "0"},
    {"snp", "snp.migrate_ma", "false"},
    {"snp", "snp.guest_svn", "0"},
    {"az_snp_vtpm", "tpm.pcr04", M},
    {"az_tdx_vtpm", "tpm.pcr04", M},
    {"az_snp_vtpm", "snp.vmpl", "0"},
    {"az_snp_vtpm", "snp.migrate_ma", "false"},
    {"cca", "cca.platform.lifecycle_state", "secured"},
    {"virtcca", "virtcca.platform.lifecycle_state", "secured"},
    {"virtcca", "virtcca.platform_token_present", "true"},
    {"virtcca", "virtcca.eventlog.rem_match", "true"},
    {"virtcca", "virtcca.ima.rem_match", "true"},
};

static void set(struct ratls_claims *c, const char *name, const char *value)
{
    const size_t digits = strspn(value, "0123456789");

    if (strcmp(value, "true") == 0 || strcmp(value, "false") == 0)
        (void)ratls_claims_set_bool(c, name, value[0] == 't');
    else if (digits > 0 && digits < 10 && !value[digits])
        (void)ratls_claims_set_uint(c, name, (uint64_t)atoi(value));
    else
        (void)ratls_claims_set_text(c, name, value);
}

/* All good claims of this TEE, but for one: another value, or NULL: not there. */
static struct ratls_claims *claims_but(const struct value *other)
{
    struct ratls_claims *c = ratls_claims_new();

    for (size_t i = 0; i < RT_COUNT(good); i++)
        if ((!good[i].tee || strcmp(good[i].tee, other->tee) == 0) &&
            strcmp(good[i].claim, other->claim) != 0)
            set(c, good[i].claim, good[i].value);
    if (other->value)
        set(c, other->claim, other->value);
    cr_assert_eq(ratls_claims_status(c), RATLS_OK);
    return c;
}

/* The default lists no measurement, and a set that nobody stored; what else it asks shows once its
 * owner has listed a measurement instead. */
static struct rt_policy *policy_of(const char *tee, bool with_measurement)
{
    static const char none[] = "\"measurements\": [],\n      \"reference_values\": [\"*\"]";
    struct ratls_buffer file = read_policy(tee);
    struct rt_writer w = {0};
    struct rt_policy *p = NULL;
    const char *text = (const char *)file.p, *at = strstr(text, none);

    cr_assert_not_null(at);
    rt_put(&w, text, (size_t)(at - text));
    rt_put_bytes(&w, ratls_bytes_str(with_measurement ? "\"measurements\": [\"" M "\"]" : none));
    if (with_measurement && strncmp(tee, "az_", 3) == 0)
        rt_put_bytes(&w, ratls_bytes_str(",\"registers\": {\"tpm.pcr04\": [\"" M "\"]}"));
    rt_put_bytes(&w, ratls_bytes_str(at + strlen(none)));
    cr_assert_eq(rt_policy_parse(rt_written(&w), &p, NULL), RATLS_OK);
    rt_writer_free(&w);
    ratls_buffer_free(&file);
    return p;
}

static enum ratls_err decide(const struct value *other, bool with_measurement)
{
    struct rt_policy *p = policy_of(other->tee, with_measurement);
    struct ratls_claims *c = claims_but(other);
    const struct rt_policy_subject s = {.tee = other->tee, .claims = c};

    enum ratls_err e = rt_policy_decide(p, &s, NULL);
    ratls_claims_free(c);
    rt_policy_free(p);
    return e;
}

/* Denied by default, each by its reason. `tee` NULL: by every one. */
static const struct {
    struct value but;
    enum ratls_err expected;
} cases[] = {
    {{NULL, "none", NULL}, RATLS_OK},
    /* T32, T152 */
    {{NULL, "simulated", "true"}, RATLS_E_SIMULATED},
    {{NULL, "simulated", NULL}, RATLS_E_SIMULATED},
    {{NULL, "simulated", "no"}, RATLS_E_SIMULATED},
    /* T27 */
    {{NULL, "debug", "true"}, RATLS_E_DEBUG},
    {{NULL, "debug", NULL}, RATLS_E_DEBUG},
    {{NULL, "debug", "0"}, RATLS_E_DEBUG},
    {{"cca", "cca.platform.lifecycle_state", "non_cca_platform_debug"}, RATLS_E_LIFECYCLE},
    {{"cca", "cca.platform.lifecycle_state", "recoverable_cca_platform_debug"}, RATLS_E_LIFECYCLE},
    {{"cca", "cca.platform.lifecycle_state", "unknown"}, RATLS_E_LIFECYCLE},
    {{"cca", "cca.platform.lifecycle_state", NULL}, RATLS_E_LIFECYCLE},
    {{"virtcca", "virtcca.platform.lifecycle_state", "non_cca_platform_debug"}, RATLS_E_LIFECYCLE},
    {{"virtcca", "virtcca.platform.lifecycle_state", NULL}, RATLS_E_LIFECYCLE},
    /* T28 */
    {{"snp", "snp.vmpl", "1"}, RATLS_E_VMPL},
    {{"snp", "snp.vmpl", "3"}, RATLS_E_VMPL},
    {{"snp", "snp.vmpl", "4"}, RATLS_E_VMPL},
    {{"snp", "snp.vmpl", NULL}, RATLS_E_VMPL},
    {{"snp", "snp.migrate_ma", "true"}, RATLS_E_MIGRATION_AGENT},
    {{"snp", "snp.migrate_ma", NULL}, RATLS_E_MIGRATION_AGENT},
    /* T143, T147 */
    {{"virtcca", "virtcca.platform_token_present", "false"}, RATLS_E_PLATFORM_TOKEN_MISSING},
    {{"virtcca", "virtcca.platform_token_present", NULL}, RATLS_E_PLATFORM_TOKEN_MISSING},
    {{"virtcca", "virtcca.eventlog.rem_match", "false"}, RATLS_E_EVENT_LOG_MISSING},
    {{"virtcca", "virtcca.eventlog.rem_match", NULL}, RATLS_E_EVENT_LOG_MISSING},
    {{"virtcca", "virtcca.ima.rem_match", "false"}, RATLS_E_IMA_LOG_MISSING},
    {{"virtcca", "virtcca.ima.rem_match", NULL}, RATLS_E_IMA_LOG_MISSING},
    /* T47 */
    {{NULL, "measurement", "ffeeddccbbaa99887766554433221100"}, RATLS_E_MEASUREMENT},
    {{NULL, "measurement", NULL}, RATLS_E_MEASUREMENT},
    {{NULL, "tcb_status", NULL}, RATLS_E_TCB_STATUS},
};

Test(policy_default, denies_each_fault_by_its_reason)
{
    for (size_t i = 0; i < RT_COUNT(cases); i++) {
        for (size_t k = 0; k < RT_COUNT(tees); k++) {
            struct value but = cases[i].but;
            if (but.tee && strcmp(but.tee, tees[k]) != 0)
                continue;
            but.tee = tees[k];
            enum ratls_err e = decide(&but, true);
            cr_expect_eq(e, cases[i].expected, "%s: %s '%s': %s", but.tee, but.claim,
                         but.value ? but.value : "(not there)", ratls_err_reason(e));
        }
    }
}

/* T47: the best of all peers is nobody's, as long as nobody lists it. */
Test(policy_default, allows_nobody_without_a_measurement)
{
    for (size_t k = 0; k < RT_COUNT(tees); k++)
        cr_expect_eq(decide(&(struct value){tees[k], "none", NULL}, false),
                     RATLS_E_NO_REFERENCE_VALUE, "%s", tees[k]);
}

/* T25: by every TEE, in the order of `tees`. */
static const struct {
    const char *status;
    bool allowed[RT_COUNT(tees)];
} statuses[] = {
    {"UpToDate", {true, true, true, true, true, true, true, true, true, true, true, true, true}},
    {"SWHardeningNeeded", {false}},
    {"ConfigurationNeeded", {false}},
    {"ConfigurationAndSWHardeningNeeded", {false}},
    {"OutOfDate", {false}},
    {"OutOfDateConfigurationNeeded", {false}},
    {"TDRelaunchAdvised", {false}},
    {"TDRelaunchAdvisedConfigurationNeeded", {false}},
    {"not_evaluated",
     {false, false, false, false, true, false, true, false, false, true, false, false, true}},
    {"unrated", {false, false, true, true, true, true, true, true, true, true, true, false, true}},
    {"Revoked", {false}},
    {"NotSupported", {false}},
    {"", {false}},
    {"uptodate", {false}},
    {"UpToDate ", {false}},
};

Test(policy_default, is_tried_with_every_status_there_is)
{
    for (int row = 0; rt_tcb_status(row); row++) {
        size_t i = 0;
        while (i < RT_COUNT(statuses) && strcmp(statuses[i].status, rt_tcb_status(row)) != 0)
            i++;
        cr_expect_lt(i, RT_COUNT(statuses), "%s", rt_tcb_status(row));
    }
}

Test(policy_default, takes_these_statuses_of_each_tee)
{
    for (size_t i = 0; i < RT_COUNT(statuses); i++) {
        for (size_t k = 0; k < RT_COUNT(tees); k++) {
            const struct value but = {tees[k], "tcb_status", statuses[i].status};
            cr_expect_eq(decide(&but, true), statuses[i].allowed[k] ? RATLS_OK : RATLS_E_TCB_STATUS,
                         "%s: %s", tees[k], statuses[i].status);
        }
    }
}
