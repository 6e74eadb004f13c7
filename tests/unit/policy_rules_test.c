/* `rules` of a policy: what is refused when read, three-valued logic, limits, and what is told. */
#include <stdio.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include "policy_rules.h"
#include "policy_support.h"

/* ---- reading ---- */

#define LONG64 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl"
#define HEX64  LONG_HEX LONG_HEX LONG_HEX LONG_HEX
#define LONG_HEX                                                                                   \
    "00112233445566778899aabbccddeeff"                                                             \
    "00112233445566778899aabbccddeeff"

static const struct {
    const char *rules, *why;
} malformed[] = {
    {"{}", "'rules' must be a list of at least one condition"},
    {"[]", "'rules' must be a list of at least one condition"},
    {"true", "'rules' must be a list"},
    {"[true]", "rule 1: 'rules' holds something other than conditions"},
    {"[[]]", "rule 1: 'rules' holds something other than conditions"},
    {"[{}]", "rule 1: 'rules' holds a condition that asks nothing"},
    {"[{\"claim\":\"a\"}]", "rule 1: 'rules' holds a condition that asks nothing"},
    {"[{\"claim\":\"a\",\"name\":\"n\",\"mask\":\"ff\"}]", "a condition that asks nothing"},
    {"[{\"claim\":\"a\",\"equals\":1},{\"claim\":\"a\"}]", "rule 2: 'rules' holds a condition"},
    {"[{\"claim\":\"a\",\"equal\":1}]", "'equal' is not a member known here"},
    {"[{\"claim\":\"a\",\"not_in\":[1]}]", "'not_in' is not a member known here"},
    {"[{\"claim\":\"a\",\"equals\":1,\"in\":[1]}]", "'in' is a second comparison"},
    {"[{\"claim\":\"a\",\"at_least\":1,\"at_most\":2}]", "'at_most' is a second comparison"},
    {"[{\"all\":[{\"claim\":\"a\",\"equals\":1}],\"any\":[{\"claim\":\"a\",\"equals\":1}]}]",
     "'any' is a second comparison"},
    {"[{\"equals\":1}]", "'equals' needs a 'claim'"},
    {"[{\"present\":true}]", "'present' needs a 'claim'"},
    {"[{\"claim\":\"a\",\"not\":{\"claim\":\"a\",\"equals\":1}}]", "'not' is of conditions"},
    {"[{\"claim\":\"A\",\"equals\":1}]", "'claim' must be the name of a claim"},
    {"[{\"claim\":\"\",\"equals\":1}]", "'claim' must be the name of a claim"},
    {"[{\"claim\":7,\"equals\":1}]", "'claim' must be the name of a claim"},
    {"[{\"claim\":\"a" LONG64 "\",\"equals\":1}]", "'claim' must be the name of a claim"},
    {"[{\"claim\":\"a\",\"equals\":1,\"name\":\"\"}]", "'name' must be a text"},
    {"[{\"claim\":\"a\",\"equals\":1,\"name\":7}]", "'name' must be a text"},
    {"[{\"claim\":\"a\",\"equals\":1,\"name\":\"a\\n\"}]", "'name' must be a text"},
    {"[{\"claim\":\"a\",\"equals\":1,\"name\":\"a" LONG64 "\"}]", "'name' must be a text"},
    {"[{\"claim\":\"a\",\"equals\":null}]", "'equals' must be of texts, numbers from 0, or truth"},
    {"[{\"claim\":\"a\",\"equals\":[1]}]", "'equals' must be of texts"},
    {"[{\"claim\":\"a\",\"equals\":{}}]", "'equals' must be of texts"},
    {"[{\"claim\":\"a\",\"equals\":-1}]", "'equals' must be of texts"},
    {"[{\"claim\":\"a\",\"equals\":1.5}]", "not an integer"},
    {"[{\"claim\":\"a\",\"equals\":9007199254740992}]", "beyond 2^53"},
    {"[{\"claim\":\"a\",\"equals\":\"\\u00e9\"}]", "'equals' holds a text that is too long or"},
    {"[{\"claim\":\"a\",\"equals\":\"" HEX64 HEX64 "0\"}]", "'equals' holds a text that is too"},
    {"[{\"claim\":\"a\",\"in\":1}]", "'in' must be a list of at least one value"},
    {"[{\"claim\":\"a\",\"in\":[]}]", "'in' must be a list of at least one value"},
    {"[{\"claim\":\"a\",\"in\":{\"a\":1}}]", "'in' must be a list of at least one value"},
    {"[{\"claim\":\"a\",\"in\":[1,\"1\"]}]", "'in' holds values of more than one kind"},
    {"[{\"claim\":\"a\",\"in\":[1,true]}]", "'in' holds values of more than one kind"},
    {"[{\"claim\":\"a\",\"in\":[\"a\",null]}]", "'in' must be of texts"},
    {"[{\"claim\":\"a\",\"at_least\":\"1\"}]", "'at_least' must be a number from 0"},
    {"[{\"claim\":\"a\",\"at_least\":-1}]", "'at_least' must be a number from 0"},
    {"[{\"claim\":\"a\",\"at_most\":true}]", "'at_most' must be a number from 0"},
    {"[{\"claim\":\"a\",\"present\":1}]", "'present' must be true or false"},
    {"[{\"claim\":\"a\",\"present\":\"true\"}]", "'present' must be true or false"},
    {"[{\"claim\":\"a\",\"contains\":1}]", "'contains' must be of texts"},
    {"[{\"claim\":\"a\",\"contains\":[\"a\"]}]", "'contains' must be of texts"},
    {"[{\"claim\":\"a\",\"only\":\"a\"}]", "'only' must be a list of at least one value"},
    {"[{\"claim\":\"a\",\"only\":[]}]", "'only' must be a list of at least one value"},
    {"[{\"claim\":\"a\",\"only\":[true]}]", "'only' must be of texts"},
    {"[{\"all\":[]}]", "'all' must be a list of at least one condition"},
    {"[{\"any\":{}}]", "'any' must be a list of at least one condition"},
    {"[{\"any\":[{\"claim\":\"a\",\"equals\":1},7]}]", "holds something other than conditions"},
    {"[{\"not\":[{\"claim\":\"a\",\"equals\":1}]}]", "holds something other than conditions"},
    {"[{\"not\":{\"claim\":\"a\"}}]", "a condition that asks nothing"},
    {"[{\"claim\":\"a\",\"equals\":\"00\",\"mask\":1}]", "'mask' must be hex"},
    {"[{\"claim\":\"a\",\"equals\":\"00\",\"mask\":\"\"}]", "'mask' must be hex"},
    {"[{\"claim\":\"a\",\"equals\":\"00\",\"mask\":\"0\"}]", "'mask' must be hex"},
    {"[{\"claim\":\"a\",\"equals\":\"00\",\"mask\":\"00\"}]", "'mask' must be hex"},
    {"[{\"claim\":\"a\",\"equals\":\"00\",\"mask\":\"" LONG_HEX LONG_HEX "ff\"}]", "'mask' must"},
    {"[{\"claim\":\"a\",\"equals\":\"0000\",\"mask\":\"ff\"}]", "'mask' does not cover a value"},
    {"[{\"claim\":\"a\",\"equals\":\"x\",\"mask\":\"ff\"}]", "'mask' does not cover a value"},
    {"[{\"claim\":\"a\",\"equals\":\"10\",\"mask\":\"0f\"}]", "'mask' does not cover a value"},
    {"[{\"claim\":\"a\",\"in\":[\"01\",\"10\"],\"mask\":\"0f\"}]", "'mask' does not cover a value"},
    {"[{\"claim\":\"a\",\"equals\":1,\"mask\":\"ff\"}]", "'mask' goes with 'equals' or 'in'"},
    {"[{\"claim\":\"a\",\"contains\":\"00\",\"mask\":\"ff\"}]", "'mask' goes with 'equals'"},
    {"[{\"claim\":\"a\",\"at_least\":1,\"mask\":\"ff\"}]", "'mask' goes with 'equals' or 'in'"},
    {"[{\"not\":{\"claim\":\"a\",\"equals\":1},\"mask\":\"ff\"}]", "'mask' goes with 'equals'"},
    {"[{\"claim\":\"a\",\"equals\":1,\"equals\":2}]", "'equals' appears twice"},
};

/* What a TEE's rules make of the policy; *out is new. */
static enum ratls_err read_rules(const char *rules, struct rt_policy **out, struct ratls_error *err)
{
    struct rt_writer w = {0};

    rt_say(&w, "{\"tees\":{\"tdx\":{\"insecure_any_measurement\":true,\"rules\":");
    rt_put_bytes(&w, ratls_bytes_str(rules));
    rt_say(&w, "}}}");
    enum ratls_err e = rt_policy_parse(rt_written(&w), out, err);
    rt_writer_free(&w);
    return e;
}

/* T36, T157 */
Test(policy_rules, refuses_malformed_conditions_and_names_the_member)
{
    for (size_t i = 0; i < RT_COUNT(malformed); i++) {
        struct ratls_error err = {0};
        struct rt_policy *p = NULL;
        cr_expect_eq(read_rules(malformed[i].rules, &p, &err), RATLS_E_POLICY_FORMAT, "%s",
                     malformed[i].rules);
        cr_expect(strstr(err.detail, malformed[i].why), "%s: %s", malformed[i].rules, err.detail);
        cr_expect_null(p);
    }
}

static const char *const longest[] = {
    "[{\"claim\":\"" LONG64 "\",\"name\":\"" LONG64 "\",\"equals\":\"" HEX64 HEX64 "\"}]",
    "[{\"claim\":\"a\",\"equals\":9007199254740991}]",
    "[{\"claim\":\"a\",\"equals\":\"\"}]",
    "[{\"claim\":\"a\",\"equals\":\"" LONG_HEX LONG_HEX "\",\"mask\":\"ffffffffffffffffffffffffffff"
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
    "ffffffffffffffff\"}]",
};

Test(policy_rules, takes_the_longest_of_everything)
{
    for (size_t i = 0; i < RT_COUNT(longest); i++) {
        struct ratls_error err = {0};
        struct rt_policy *p = NULL;
        cr_expect_eq(read_rules(longest[i], &p, &err), RATLS_OK, "%s", err.detail);
        rt_policy_free(p);
    }
}

/* `n` times `text`, with commas between. */
static enum ratls_err read_many(const char *before, size_t n, const char *text, const char *behind)
{
    struct rt_writer w = {0};
    struct rt_policy *p = NULL;

    rt_say(&w, "%s", before);
    for (size_t i = 0; i < n; i++)
        rt_say(&w, "%s%s", i ? "," : "", text);
    rt_say(&w, "%s", behind);
    rt_put_u8(&w, 0);
    enum ratls_err e = read_rules((const char *)w.p, &p, NULL);
    rt_writer_free(&w);
    rt_policy_free(p);
    return e;
}

/* T44 */
Test(policy_rules, are_limited_in_number_depth_and_values)
{
    static const char a[] = "{\"claim\":\"a\",\"equals\":1}";

    cr_expect_eq(read_many("[", RT_RULES_MAX_CONDITIONS, a, "]"), RATLS_OK);
    cr_expect_eq(read_many("[", RT_RULES_MAX_CONDITIONS + 1, a, "]"), RATLS_E_POLICY_FORMAT);
    cr_expect_eq(read_many("[{\"any\":[", RT_RULES_MAX_CONDITIONS - 1, a, "]}]"), RATLS_OK);
    cr_expect_eq(read_many("[{\"any\":[", RT_RULES_MAX_CONDITIONS, a, "]}]"),
                 RATLS_E_POLICY_FORMAT);
    cr_expect_eq(read_many("[{\"claim\":\"a\",\"in\":[", RT_POLICY_MAX_VALUES, "1", "]}]"),
                 RATLS_OK);
    cr_expect_eq(read_many("[{\"claim\":\"a\",\"in\":[", RT_POLICY_MAX_VALUES + 1, "1", "]}]"),
                 RATLS_E_POLICY_FORMAT);
    cr_expect_eq(read_many("[{\"not\":{\"not\":{\"not\":{\"not\":", 1, a, "}}}}]"), RATLS_OK);
    cr_expect_eq(read_many("[{\"not\":{\"not\":{\"not\":{\"not\":{\"not\":", 1, a, "}}}}}]"),
                 RATLS_E_POLICY_FORMAT);
}

/* ---- deciding ---- */

static struct ratls_claims *claims;

static void setup(void)
{
    claims = ratls_claims_new();
    (void)ratls_claims_set_bool(claims, "debug", false);
    (void)ratls_claims_set_bool(claims, "simulated", false);
    (void)ratls_claims_set_text(claims, "tcb_status", "UpToDate");
    (void)ratls_claims_set_text(claims, "text", "Milan");
    (void)ratls_claims_set_text(claims, "empty", "");
    (void)ratls_claims_set_text(claims, "hex", "00aabbcc");
    (void)ratls_claims_set_text(claims, "capitals", "00AABBCC");
    (void)ratls_claims_set_uint(claims, "number", 17);
    (void)ratls_claims_set_uint(claims, "huge", UINT64_MAX);
    (void)ratls_claims_set_bool(claims, "yes", true);
    (void)ratls_claims_add_item(claims, "list", "aa");
    (void)ratls_claims_add_item(claims, "list", "Word");
    (void)ratls_claims_add_item(claims, "none", NULL);
    cr_assert_eq(ratls_claims_status(claims), RATLS_OK);
}

static void teardown(void)
{
    ratls_claims_free(claims);
}

TestSuite(policy_rules, .init = setup, .fini = teardown);

static void ignore(void *arg, const struct ratls_finding *f)
{
    (void)arg;
    (void)f;
}

/* The same with findings and without. */
static enum ratls_err decide(const char *rules, struct ratls_error *err)
{
    struct rt_policy_subject s = {.tee = "tdx", .claims = claims};
    struct rt_policy *p = NULL;

    cr_assert_eq(read_rules(rules, &p, err), RATLS_OK, "%s: %s", rules, err->detail);
    s.on_finding = ignore;
    enum ratls_err told = rt_policy_decide(p, &s, NULL);
    s.on_finding = NULL;
    enum ratls_err e = rt_policy_decide(p, &s, err);
    cr_expect_eq(e, told, "%s", rules);
    rt_policy_free(p);
    return e;
}

static enum ratls_err decide_one(const char *condition)
{
    struct ratls_error err = {0};
    char rules[1024];

    (void)snprintf(rules, sizeof rules, "[%s]", condition);
    return decide(rules, &err);
}

#define HELD      RATLS_OK
#define FALSE     RATLS_E_RULE
#define UNDEFINED RATLS_E_RULE_UNDEFINED

static const struct {
    const char *condition; /* behind the claim */
    enum ratls_err expected;
} on_claims[] = {
    {"\"text\",\"equals\":\"Milan\"", HELD},
    {"\"text\",\"equals\":\"milan\"", FALSE}, /* no hex: letter case matters */
    {"\"text\",\"equals\":\"Mila\"", FALSE},
    {"\"text\",\"equals\":\"Milan \"", FALSE},
    {"\"text\",\"equals\":\"\"", FALSE},
    {"\"empty\",\"equals\":\"\"", HELD},
    {"\"hex\",\"equals\":\"00aabbcc\"", HELD},
    {"\"hex\",\"equals\":\"00AABBCC\"", HELD},
    {"\"hex\",\"equals\":\"00AABBCC00\"", FALSE},
    {"\"capitals\",\"equals\":\"00aabbcc\"", HELD},
    {"\"capitals\",\"equals\":\"00AaBbCc\"", HELD},
    {"\"capitals\",\"equals\":\"00aabbcd\"", FALSE},
    {"\"hex\",\"equals\":\"00AABB\"", FALSE},
    {"\"hex\",\"equals\":\"\"", FALSE},
    {"\"number\",\"equals\":17", HELD},
    {"\"number\",\"equals\":18", FALSE},
    {"\"huge\",\"equals\":9007199254740991", FALSE},
    {"\"yes\",\"equals\":true", HELD},
    {"\"yes\",\"equals\":false", FALSE},
    {"\"debug\",\"equals\":false", HELD},
    {"\"number\",\"equals\":\"17\"", UNDEFINED},
    {"\"text\",\"equals\":17", UNDEFINED},
    {"\"yes\",\"equals\":1", UNDEFINED},
    {"\"yes\",\"equals\":\"true\"", UNDEFINED},
    {"\"number\",\"equals\":true", UNDEFINED},
    {"\"list\",\"equals\":\"aa\"", UNDEFINED},
    {"\"absent\",\"equals\":\"\"", UNDEFINED},
    {"\"absent\",\"equals\":false", UNDEFINED},
    {"\"absent\",\"equals\":0", UNDEFINED},
    {"\"text\",\"in\":[\"Genoa\",\"Milan\"]", HELD},
    {"\"text\",\"in\":[\"Genoa\",\"Turin\"]", FALSE},
    {"\"number\",\"in\":[16,17]", HELD},
    {"\"number\",\"in\":[16,18]", FALSE},
    {"\"yes\",\"in\":[true,false]", HELD},
    {"\"absent\",\"in\":[true,false]", UNDEFINED},
    {"\"list\",\"in\":[\"aa\"]", UNDEFINED},
    {"\"hex\",\"equals\":\"00AA0000\",\"mask\":\"ffff0000\"", HELD},
    {"\"hex\",\"equals\":\"00ab0000\",\"mask\":\"ffff0000\"", FALSE},
    {"\"hex\",\"in\":[\"00ab0000\",\"00aa0000\"],\"mask\":\"ffff0000\"", HELD},
    {"\"hex\",\"equals\":\"00000008\",\"mask\":\"0000000c\"", FALSE}, /* 0xc under the mask */
    {"\"hex\",\"equals\":\"0000000c\",\"mask\":\"0000000c\"", HELD},
    {"\"hex\",\"equals\":\"00aabb\",\"mask\":\"ffffff\"", UNDEFINED}, /* of another length */
    {"\"hex\",\"equals\":\"00aabbcc00\",\"mask\":\"ffffffffff\"", UNDEFINED},
    {"\"text\",\"equals\":\"00\",\"mask\":\"ff\"", UNDEFINED},
    {"\"empty\",\"equals\":\"00\",\"mask\":\"ff\"", UNDEFINED},
    {"\"absent\",\"equals\":\"00\",\"mask\":\"ff\"", UNDEFINED},
    {"\"number\",\"at_least\":17", HELD},
    {"\"number\",\"at_least\":18", FALSE},
    {"\"huge\",\"at_least\":9007199254740991", HELD},
    {"\"number\",\"at_most\":17", HELD},
    {"\"number\",\"at_most\":16", FALSE},
    {"\"huge\",\"at_most\":9007199254740991", FALSE},
    {"\"text\",\"at_least\":0", UNDEFINED},
    {"\"yes\",\"at_least\":0", UNDEFINED},
    {"\"yes\",\"at_most\":1", UNDEFINED},
    {"\"absent\",\"at_least\":0", UNDEFINED},
    {"\"absent\",\"at_most\":1", UNDEFINED},
    {"\"text\",\"present\":true", HELD},
    {"\"text\",\"present\":false", FALSE},
    {"\"none\",\"present\":true", HELD},
    {"\"absent\",\"present\":true", FALSE},
    {"\"absent\",\"present\":false", HELD},
    {"\"list\",\"contains\":\"AA\"", HELD},
    {"\"list\",\"contains\":\"Word\"", HELD},
    {"\"list\",\"contains\":\"word\"", FALSE},
    {"\"list\",\"contains\":\"a\"", FALSE},
    {"\"none\",\"contains\":\"aa\"", FALSE},
    {"\"text\",\"contains\":\"Milan\"", UNDEFINED},
    {"\"absent\",\"contains\":\"aa\"", UNDEFINED},
    {"\"list\",\"only\":[\"Word\",\"aa\"]", HELD},
    {"\"list\",\"only\":[\"aa\",\"bb\",\"Word\"]", HELD},
    {"\"list\",\"only\":[\"aa\"]", FALSE},
    {"\"list\",\"only\":[\"Word\"]", FALSE},
    {"\"none\",\"only\":[\"aa\"]", FALSE}, /* nothing is no match */
    {"\"text\",\"only\":[\"Milan\"]", UNDEFINED},
    {"\"absent\",\"only\":[\"aa\"]", UNDEFINED},
};

static enum ratls_err opposite(enum ratls_err of)
{
    return of == HELD ? FALSE : of == FALSE ? HELD : UNDEFINED;
}

/* T147: `not` of what is undefined stays undefined. */
Test(policy_rules, compare_claims_in_three_values)
{
    for (size_t i = 0; i < RT_COUNT(on_claims); i++) {
        char plain[512], negated[600];
        (void)snprintf(plain, sizeof plain, "{\"claim\":%s}", on_claims[i].condition);
        (void)snprintf(negated, sizeof negated, "{\"not\":%s}", plain);
        cr_expect_eq(decide_one(plain), on_claims[i].expected, "%s", plain);
        cr_expect_eq(decide_one(negated), opposite(on_claims[i].expected), "%s", negated);
    }
}

#define T "{\"claim\":\"yes\",\"equals\":true}"
#define F "{\"claim\":\"yes\",\"equals\":false}"
#define U "{\"claim\":\"absent\",\"equals\":true}"

static const struct {
    const char *condition;
    enum ratls_err expected;
} on_conditions[] = {
    {"{\"all\":[" T "]}", HELD},
    {"{\"all\":[" F "]}", FALSE},
    {"{\"all\":[" U "]}", UNDEFINED},
    {"{\"all\":[" T "," T "]}", HELD},
    {"{\"all\":[" T "," F "]}", FALSE},
    {"{\"all\":[" F "," T "]}", FALSE},
    {"{\"all\":[" T "," U "]}", UNDEFINED},
    {"{\"all\":[" U "," T "]}", UNDEFINED},
    {"{\"all\":[" F "," U "]}", FALSE},
    {"{\"all\":[" U "," F "]}", FALSE},
    {"{\"any\":[" T "]}", HELD},
    {"{\"any\":[" F "]}", FALSE},
    {"{\"any\":[" U "]}", UNDEFINED},
    {"{\"any\":[" F "," F "]}", FALSE},
    {"{\"any\":[" F "," T "]}", HELD},
    {"{\"any\":[" T "," F "]}", HELD},
    {"{\"any\":[" T "," U "]}", HELD},
    {"{\"any\":[" U "," T "]}", HELD},
    {"{\"any\":[" F "," U "]}", UNDEFINED},
    {"{\"any\":[" U "," F "]}", UNDEFINED},
    {"{\"not\":{\"all\":[" T "," F "]}}", HELD},
    {"{\"not\":{\"any\":[" F "," U "]}}", UNDEFINED},
    {"{\"not\":{\"not\":" T "}}", HELD},
    {"{\"not\":{\"not\":" U "}}", UNDEFINED},
    {"{\"all\":[{\"any\":[" F "," T "]},{\"not\":{\"all\":[" T "," F "]}}," T "]}", HELD},
    {"{\"all\":[{\"any\":[" F "," F "]},{\"not\":{\"all\":[" T "," F "]}}," T "]}", FALSE},
    {"{\"any\":[{\"all\":[" T "," F "]},{\"all\":[" T "," U "]},{\"all\":[" T "," T "]}]}", HELD},
    {"{\"any\":[{\"all\":[" T "," F "]},{\"all\":[" T "," U "]},{\"all\":[" F "," T "]}]}",
     UNDEFINED},
};

Test(policy_rules, combine_conditions_in_three_values)
{
    for (size_t i = 0; i < RT_COUNT(on_conditions); i++)
        cr_expect_eq(decide_one(on_conditions[i].condition), on_conditions[i].expected, "%s",
                     on_conditions[i].condition);
}

Test(policy_rules, must_all_hold_and_the_first_that_does_not_decides)
{
    cr_expect_eq(decide_one(T "," T), HELD);
    cr_expect_eq(decide_one(T "," F), FALSE);
    cr_expect_eq(decide_one(F "," U), FALSE);
    cr_expect_eq(decide_one(U "," F), UNDEFINED);
    cr_expect_eq(decide_one(T "," T "," U), UNDEFINED);
}

static const struct {
    const char *rules, *detail;
} details[] = {
    {"[" T ",{\"claim\":\"text\",\"equals\":\"Genoa\"}]",
     "rule 2 does not hold: text 'Milan' is 'Genoa'"},
    {"[{\"name\":\"new enough\",\"claim\":\"number\",\"at_least\":18}]",
     "rule 1 'new enough' does not hold: number '17' is at least 18"},
    {"[{\"claim\":\"number\",\"at_most\":16}]", "rule 1 does not hold: number '17' is at most 16"},
    {"[{\"claim\":\"number\",\"in\":[1,2,3,4,5,6]}]",
     "rule 1 does not hold: number '17' is one of 1, 2, 3, 4 and 2 more"},
    {"[{\"claim\":\"absent\",\"in\":[true]}]", "rule 1 is not defined: absent (not there) is true"},
    {"[{\"claim\":\"absent\",\"present\":true}]",
     "rule 1 does not hold: absent (not there) is there"},
    {"[{\"claim\":\"list\",\"contains\":\"b\"}]",
     "rule 1 does not hold: list ['aa', 'Word'] contains 'b'"},
    {"[{\"claim\":\"list\",\"only\":[\"b\",\"c\"]}]",
     "rule 1 does not hold: list ['aa', 'Word'] holds only 'b', 'c'"},
    {"[{\"claim\":\"hex\",\"equals\":\"01000000\",\"mask\":\"ff000000\"}]",
     "rule 1 does not hold: hex '00aabbcc' is '01000000' under the mask ff000000"},
    {"[{\"not\":{\"claim\":\"yes\",\"equals\":true}}]",
     "rule 1 holds, and must not: yes 'true' is true"},
    {"[{\"name\":\"n\",\"all\":[" T ",{\"name\":\"m\",\"any\":[" F "," U "]}]}]",
     "rule 1 'n' is not defined: absent (not there) is true"},
    {"[{\"all\":[" T ",{\"not\":{\"any\":[" F "," T "]}}]}]",
     "rule 1 holds, and must not: yes 'true' is true"},
};

Test(policy_rules, name_the_rule_the_claim_and_both_values)
{
    for (size_t i = 0; i < RT_COUNT(details); i++) {
        struct ratls_error err = {0};
        (void)decide(details[i].rules, &err);
        cr_expect_str_eq(err.detail, details[i].detail);
    }
}

/* They come last of what is said of a TEE. */
Test(policy_rules, are_asked_after_the_other_members)
{
    struct ratls_error err = {0};

    (void)ratls_claims_set_text(claims, "tcb_status", "OutOfDate");
    cr_expect_eq(decide("[" F "]", &err), RATLS_E_TCB_STATUS);
}

/* ---- the budget ---- */

static void fill_list(size_t n)
{
    char item[32];

    for (size_t i = 0; i < n; i++) {
        (void)snprintf(item, sizeof item, "item %zu", i);
        (void)ratls_claims_add_item(claims, "long", item);
    }
}

/* `n` values that no item equals, so that each is compared with each item. */
static enum ratls_err decide_costly(size_t conditions, size_t n, struct ratls_error *err)
{
    struct rt_writer w = {0};

    rt_say(&w, "[");
    for (size_t c = 0; c < conditions; c++) {
        rt_say(&w, "%s{\"not\":{\"claim\":\"long\",\"contains\":\"x\"}}", c ? "," : "");
    }
    rt_say(&w, ",{\"any\":[" T ",{\"claim\":\"long\",\"only\":[\"item 0\"");
    for (size_t i = 0; i < n; i++)
        rt_say(&w, ",\"v%zu\"", i);
    rt_say(&w, "]}]}]");
    rt_put_u8(&w, 0);
    enum ratls_err e = decide((const char *)w.p, err);
    rt_writer_free(&w);
    return e;
}

/* T44 */
Test(policy_rules, take_no_more_steps_than_the_budget)
{
    struct ratls_error err = {0};

    fill_list(RT_MAX_CLAIM_ITEMS);
    cr_expect_eq(decide_costly(RT_RULES_MAX_STEPS / RT_MAX_CLAIM_ITEMS, 0, &err), RATLS_OK, "%s",
                 err.detail);
    err = (struct ratls_error){0};
    cr_expect_eq(decide_costly(RT_RULES_MAX_STEPS / RT_MAX_CLAIM_ITEMS + 1, 0, &err),
                 RATLS_E_POLICY_LIMIT);
    cr_expect_str_eq(err.detail, "the rules take more than 200000 steps");
}

/* A value that is long costs more than one that is short. */
Test(policy_rules, count_long_values_by_their_length)
{
    struct ratls_error err = {0};

    fill_list(RT_MAX_CLAIM_ITEMS);
    for (size_t n = 2; n <= 3; n++) {
        struct rt_writer w = {0};
        rt_say(&w, "[" T);
        for (size_t i = 0; i < n; i++) {
            rt_say(&w, ",{\"not\":{\"claim\":\"long\",\"contains\":\"");
            rt_put_bytes(&w, ratls_bytes_str(HEX64 HEX64 "\"}}"));
        }
        rt_say(&w, "]");
        rt_put_u8(&w, 0);
        err = (struct ratls_error){0};
        cr_expect_eq(decide((const char *)w.p, &err), n == 2 ? HELD : RATLS_E_POLICY_LIMIT, "%s",
                     err.detail);
        rt_writer_free(&w);
    }
}

/* Whether a condition decides early does not change what the others cost. */
Test(policy_rules, count_conditions_that_no_longer_matter)
{
    struct ratls_error err = {0};
    struct rt_writer w = {0};

    fill_list(RT_MAX_CLAIM_ITEMS);
    rt_say(&w, "[" F ",{\"any\":[" T);
    for (size_t i = 0; i <= RT_RULES_MAX_STEPS / RT_MAX_CLAIM_ITEMS; i++)
        rt_say(&w, ",{\"claim\":\"long\",\"contains\":\"x\"}");
    rt_say(&w, "]}]");
    rt_put_u8(&w, 0);
    cr_expect_eq(decide((const char *)w.p, &err), RATLS_E_POLICY_LIMIT);
    rt_writer_free(&w);
}

/* ---- what is told ---- */

static char told[8192];

static void tell(void *arg, const struct ratls_finding *f)
{
    size_t len = strlen(told);

    (void)arg;
    if (strncmp(f->rule, "rule", 4) == 0 || f->depth > 0)
        (void)snprintf(told + len, sizeof told - len, "%u|%s|%s|%s|%s\n", f->depth, f->rule,
                       ratls_outcome_name(f->outcome), ratls_err_reason(f->code), f->detail);
}

static void collect(const char *rules, const struct ratls_claims *of)
{
    const struct rt_policy_subject s = {.tee = "tdx", .claims = of, .on_finding = tell};
    struct rt_policy *p = NULL;

    told[0] = 0;
    cr_assert_eq(read_rules(rules, &p, NULL), RATLS_OK);
    enum ratls_err e = of ? rt_policy_decide(p, &s, NULL) : rt_policy_words(p, &s);
    cr_expect(of || e == RATLS_OK);
    rt_policy_free(p);
}

static const char nested[] =
    "[" T ",{\"name\":\"n\",\"any\":[" F ",{\"name\":\"m\",\"not\":" U "}]}]";

Test(policy_rules, tell_every_condition_with_its_outcome)
{
    collect(nested, claims);
    cr_expect_str_eq(told, "0|rule 1|held|ok|yes 'true' is true\n"
                           "0|rule 2 'n'|undefined|policy_undefined|one of these holds\n"
                           "1|condition|refused|ok|yes 'true' is false\n"
                           "1|m|undefined|ok|this does not hold\n"
                           "2|condition|undefined|ok|absent (not there) is true\n");
    collect("[" F "]", claims);
    cr_expect_str_eq(told, "0|rule 1|refused|policy_rule|yes 'true' is false\n");
}

Test(policy_rules, tell_in_words_what_they_ask_for)
{
    collect(nested, NULL);
    cr_expect_str_eq(told, "0|rule 1|asked|ok|yes is true\n"
                           "0|rule 2 'n'|asked|ok|one of these holds\n"
                           "1|condition|asked|ok|yes is false\n"
                           "1|m|asked|ok|this does not hold\n"
                           "2|condition|asked|ok|absent is true\n");
}

Test(policy_rules, tell_that_they_exceed_the_budget)
{
    fill_list(RT_MAX_CLAIM_ITEMS);
    struct rt_writer w = {0};
    rt_say(&w, "[");
    for (size_t i = 0; i <= RT_RULES_MAX_STEPS / RT_MAX_CLAIM_ITEMS; i++)
        rt_say(&w, "%s{\"claim\":\"long\",\"contains\":\"x\"}", i ? "," : "");
    rt_say(&w, "]");
    rt_put_u8(&w, 0);
    collect((const char *)w.p, claims);
    rt_writer_free(&w);
    cr_expect_str_eq(told, "0|rules|refused|policy_limit|the rules take more than 200000 steps\n");
}
