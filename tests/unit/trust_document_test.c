/* Trust documents: what is read, and that everything else is refused by item and member. */
#include "trust_document.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#define RUNS 2000
#include "alloc_support.h"
#include "document_support.h"
#include "trust.h"

#define NOW        INT64_C(1750000000)
#define MUST(call) cr_assert_eq((call), RATLS_OK, "%s", #call)

static struct rt_stored stored;
static struct ratls_error err;

static void teardown(void)
{
    rt_stored_free(&stored);
}

TestSuite(trust_document, .fini = teardown);

static enum ratls_err add(const char *json)
{
    err = (struct ratls_error){0};
    return rt_document_add(&stored, NULL, ratls_bytes_str(json), &err);
}

#define POLICY_A "{\"tees\":{\"tdx\":{\"insecure_debug\":true}}}"
#define ORIGIN(issuer, bundle, revision, items)                                                    \
    "{\"format\":\"ratls-trust/1\",\"issuer\":\"" issuer "\",\"bundle\":\"" bundle                 \
    "\",\"revision\":" revision ",\"items\":[" items "]}"

/* ---- what is taken ---- */

Test(trust_document, every_kind_of_item_is_taken)
{
    static const char json[] = ORIGIN(
        "ACME", "prod-1", "7",
        ITEM("refval", "tdx", "web", "2", "active",
             ",\"not_before\":0,\"not_after\":1750000000,\"author\":\"J\u00f6rg\",\"created\":1",
             LISTS(M_A)) "," REVOKE("snp", REVOKED_M_A, "measurement",
                                    HEX_64("A")) ","
                                                 "{\"kind\":\"policy\",\"name\":\"default\","
                                                 "\"version\":2147483647,\"state\":\"draft\","
                                                 "\"body\":" POLICY_A
                                                 "}," REVOKE("", REVOKED_KEY, "key", KEY_1));

    cr_assert_eq(add(json), RATLS_OK, "%s", err.detail);
    cr_assert_eq(stored.baselines.n, 1);
    const struct rt_item *item = &stored.baselines.list[0].item;
    cr_expect_str_eq(item->tee, "tdx");
    cr_expect_str_eq(item->name, "web");
    cr_expect_eq(item->version, 2);
    cr_expect_eq(item->state, RT_ITEM_ACTIVE);
    cr_expect_eq(item->not_after, NOW);
    cr_assert_eq(stored.revocations.n, 2);
    cr_expect(rt_is_revoked(&stored.revocations, RT_REVOKED_MEASUREMENT, "snp",
                            ratls_bytes("\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa"
                                        "\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa"
                                        "\xaa\xaa\xaa\xaa",
                                        32)));
    cr_assert_eq(stored.n_policies, 1);
    cr_expect_str_eq(stored.policies[0].text, POLICY_A);
    cr_assert_eq(stored.n_origins, 1);
    cr_expect_str_eq(stored.origins[0].issuer, "ACME");
    cr_expect_str_eq(stored.origins[0].bundle, "prod-1");
    cr_expect_eq(stored.origins[0].revision, 7);
    cr_expect_eq(stored.n_items, 4);
    cr_expect_eq(stored.n_values, 3);
}

Test(trust_document, several_add_up)
{
    MUST(add(DOCUMENT(REFVAL("web", "1", "active", LISTS(M_A)))));
    MUST(add(DOCUMENT("")));
    MUST(add(DOCUMENT(REFVAL("web", "2", "active", LISTS(M_A)) "," ITEM(
        "refval", "snp", "web", "1", "active", "", LISTS(M_A)))));
    MUST(add(ORIGIN("a", "b", "1", "")));
    MUST(add(ORIGIN("a", "c", "1", "")));
    MUST(add(ORIGIN("c", "b", "1", "")));
    cr_expect_eq(stored.n_items, 3);
    cr_expect_eq(stored.baselines.n, 3);
    cr_expect_eq(stored.n_origins, 3);
    cr_expect_eq(stored.n_documents, 6);
}

/* ---- what is refused ---- */

#define GOOD             REFVAL("web", "1", "active", LISTS(M_A))
#define BODY(body)       DOCUMENT(REFVAL("web", "1", "active", body))
#define REVOCATION(body) DOCUMENT(ITEM("revocation", "", REVOKED_KEY, "1", "active", "", body))
#define HEX_32_BYTES     HEX_64("1")

static const struct {
    const char *json, *why;
} bad[] = {
    /* the document */
    {"", ""},
    {"[]", "must be an object"},
    {"7", "must be an object"},
    {"{\"format\":\"ratls-trust/1\",\"items\":[]}x", "trailing"},
    {"{\"items\":[]}", "'format' must be"},
    {"{\"format\":\"ratls-trust/2\",\"items\":[]}", "'format' must be"},
    {"{\"format\":1,\"items\":[]}", "'format' must be"},
    {"{\"format\":\"ratls-trust/1\"}", "'items' is missing"},
    {"{\"format\":\"ratls-trust/1\",\"items\":{}}", "'items' must be a list"},
    {"{\"format\":\"ratls-trust/1\",\"items\":{\"a\":" GOOD "}}", "'items' must be a list"},
    {"{\"format\":\"ratls-trust/1\",\"items\":[],\"item\":[]}", "'item' is not a member"},
    {"{\"format\":\"ratls-trust/1\",\"items\":[],\"items\":[]}", "'items' appears twice"},
    {"{\"format\":\"ratls-trust/1\",\"issuer\":\"a\",\"items\":[]}", "'bundle' must be"},
    {"{\"format\":\"ratls-trust/1\",\"issuer\":\"a\",\"bundle\":\"b\",\"items\":[]}",
     "'revision' must be"},
    {"{\"format\":\"ratls-trust/1\",\"bundle\":\"b\",\"revision\":1,\"items\":[]}",
     "'issuer' must be"},
    {ORIGIN("", "b", "1", ""), "'issuer' must be"},
    {ORIGIN("a\\n", "b", "1", ""), "'issuer' must be"},
    {ORIGIN(HEX_64("a") HEX_64("a") "a", "b", "1", ""), "'issuer' must be"},
    {ORIGIN("a", "b/", "1", ""), "'bundle' must be"},
    {ORIGIN("a", "", "1", ""), "'bundle' must be"},
    {ORIGIN("a", "b", "0", ""), "'revision' must be"},
    {ORIGIN("a", "b", "\"1\"", ""), "'revision' must be"},
    /* an item's own members */
    {DOCUMENT("7"), "item 0: 'items' must hold objects"},
    {DOCUMENT(GOOD ",[]"), "item 1: 'items' must hold objects"},
    {DOCUMENT("{}"), "item 0: 'kind' is missing"},
    {DOCUMENT(ITEM("refvals", "tdx", "web", "1", "active", "", LISTS(M_A))),
     "item 0: 'kind' must be"},
    {DOCUMENT(ITEM("refval", "TDX", "web", "1", "active", "", LISTS(M_A))),
     "item 0: 'tee' is not a name"},
    {DOCUMENT(ITEM("refval", "t-x", "web", "1", "active", "", LISTS(M_A))), "'tee' is not a name"},
    {DOCUMENT(
         ITEM("refval", "a23456789012345678901234567890123", "web", "1", "active", "", LISTS(M_A))),
     "'tee' is not a name"},
    {DOCUMENT(ITEM("refval", "", "web", "1", "active", "", LISTS(M_A))), "'tee' is missing"},
    {DOCUMENT(ITEM("anchor", "", "web", "1", "active", "", "{}")), "'tee' is missing"},
    {DOCUMENT(ITEM("policy", "tdx", "web", "1", "active", "", POLICY_A)),
     "'tee' has no place in a policy"},
    {DOCUMENT("{\"kind\":\"refval\",\"tee\":null,\"name\":\"web\",\"version\":1,"
              "\"state\":\"active\",\"body\":" LISTS(M_A) "}"),
     "'tee' is not a name"},
    /* T158 */
    {DOCUMENT(REFVAL("", "1", "active", LISTS(M_A))), "'name' must be"},
    {DOCUMENT(REFVAL("../web", "1", "active", LISTS(M_A))), "'name' must be"},
    {DOCUMENT(REFVAL("*", "1", "active", LISTS(M_A))), "'name' must be"},
    {DOCUMENT(REFVAL("a b", "1", "active", LISTS(M_A))), "'name' must be"},
    {DOCUMENT(REFVAL(HEX_64("a") "a", "1", "active", LISTS(M_A))), "'name' must be"},
    {DOCUMENT(REFVAL("web", "0", "active", LISTS(M_A))), "item 0: 'version' must be"},
    {DOCUMENT(REFVAL("web", "-1", "active", LISTS(M_A))), "'version' must be"},
    {DOCUMENT(REFVAL("web", "2147483648", "active", LISTS(M_A))), "'version' must be"},
    {DOCUMENT(REFVAL("web", "\"1\"", "active", LISTS(M_A))), "'version' must be"},
    {DOCUMENT(REFVAL("web", "1", "Active", LISTS(M_A))),
     "refval tdx/web version 1: 'state' must be"},
    {DOCUMENT(REFVAL("web", "1", "", LISTS(M_A))), "'state' must be"},
    {DOCUMENT("{\"kind\":\"refval\",\"tee\":\"tdx\",\"name\":\"web\",\"version\":1,"
              "\"body\":" LISTS(M_A) "}"),
     "refval tdx/web version 1: 'state' is missing"},
    {DOCUMENT("{\"kind\":\"refval\",\"tee\":\"tdx\",\"name\":\"web\",\"version\":1,"
              "\"state\":\"active\"}"),
     "'body' is missing"},
    {DOCUMENT(REFVAL("web", "1", "active", "[]")), "'body' must be an object"},
    {DOCUMENT(ITEM("refval", "tdx", "web", "1", "active", ",\"not_before\":-1", LISTS(M_A))),
     "'not_before' must be seconds"},
    {DOCUMENT(
         ITEM("refval", "tdx", "web", "1", "active", ",\"not_after\":253402300800", LISTS(M_A))),
     "'not_after' must be seconds"},
    {DOCUMENT(ITEM("refval", "tdx", "web", "1", "active", ",\"not_before\":\"1\"", LISTS(M_A))),
     "'not_before' must be seconds"},
    {DOCUMENT(ITEM("refval", "tdx", "web", "1", "active", ",\"not_after\":1,\"not_before\":2",
                   LISTS(M_A))),
     "'not_after' is before"},
    {DOCUMENT(ITEM("refval", "tdx", "web", "1", "active", ",\"author\":\"\"", LISTS(M_A))),
     "'author' must be"},
    {DOCUMENT(ITEM("refval", "tdx", "web", "1", "active", ",\"author\":\"a\\u0007\"", LISTS(M_A))),
     "'author' must be"},
    {DOCUMENT(ITEM("refval", "tdx", "web", "1", "active", ",\"created\":\"now\"", LISTS(M_A))),
     "'created' must be seconds"},
    {DOCUMENT(ITEM("refval", "tdx", "web", "1", "active", ",\"changed\":1", LISTS(M_A))),
     "refval tdx/web version 1: 'changed' is not a member"},
    {DOCUMENT(GOOD "," GOOD), "refval tdx/web version 1: 'version' is there twice"},
    {DOCUMENT(GOOD "," REFVAL("web", "1", "revoked", LISTS(M_B))), "is there twice"},
    /* reference values */
    {BODY("{}"), "'measurements' is missing, and 'claims' too"},
    {BODY("{\"comment\":\"x\"}"), "'measurements' is missing"},
    {BODY("{\"measurement\":[\"" M_A "\"]}"), "'measurement' is not a member"},
    {BODY("{\"measurements\":[]}"), "'measurements' must be a list"},
    {BODY("{\"measurements\":\"" M_A "\"}"), "'measurements' must be a list"},
    {BODY("{\"measurements\":{\"a\":\"" M_A "\"}}"), "'measurements' must be a list"},
    {BODY("{\"measurements\":[7]}"), "hex of 16 to 64"},
    {BODY("{\"measurements\":[\"" M_A "0\"]}"), "hex of 16 to 64"},
    {BODY("{\"measurements\":[\"0x" M_A "\"]}"), "hex of 16 to 64"},
    {BODY("{\"measurements\":[\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"]}"), "hex of 16 to 64"},
    {BODY("{\"measurements\":[\"" M_A M_A "00\"]}"), "hex of 16 to 64"},
    {BODY("{\"claims\":{}}"), "'claims' must be an object that is not empty"},
    {BODY("{\"claims\":[]}"), "'claims' must be an object"},
    {BODY("{\"claims\":{\"A\":[\"x\"]}}"), "'A' is not a name of a claim"},
    {BODY("{\"claims\":{\"aB\":[\"x\"]}}"), "'aB' is not a name of a claim"},
    {BODY("{\"claims\":{\"\":[\"x\"]}}"), "'' is not a name of a claim"},
    {BODY("{\"claims\":{\"" HEX_64("a") "a\":[\"x\"]}}"), "is not a name of a claim"},
    {BODY("{\"claims\":{\"a\":[]}}"), "'a' must be a list that is not empty"},
    {BODY("{\"claims\":{\"a\":\"x\"}}"), "'a' must be a list"},
    {BODY("{\"claims\":{\"a\":[null]}}"), "'a' holds something other"},
    {BODY("{\"claims\":{\"a\":[[]]}}"), "'a' holds something other"},
    {BODY("{\"claims\":{\"a\":[-1]}}"), "'a' holds something other"},
    {BODY("{\"claims\":{\"a\":[1.5]}}"), ""},
    {BODY("{\"claims\":{\"a\":[\"\u00e4\"]}}"), "'a' holds something other"},
    {BODY("{\"claims\":{\"a\":[\"\"]},\"lists\":{}}"), "'lists' must be an object"},
    {BODY("{\"claims\":{\"a\":[\"\"]},\"lists\":{\"b\":[]}}"), "'b' must be a list"},
    {BODY("{\"claims\":{\"a\":[\"\"]},\"lists\":{\"b\":[\"xx\"]}}"), "hex of 1 to 64"},
    {BODY("{\"claims\":{\"a\":[\"\"]},\"lists\":{\"b\":[\"\"]}}"), "hex of 1 to 64"},
    {BODY("{\"claims\":{\"a\":[\"\"]},\"minimum\":{\"b\":\"1\"}}"), "'b' must be a number"},
    {BODY("{\"claims\":{\"a\":[\"\"]},\"minimum\":{\"b\":-1}}"), "'b' must be a number"},
    {BODY("{\"claims\":{\"a\":[\"\"]},\"minimum\":{}}"), "'minimum' must be an object"},
    {BODY("{\"claims\":{\"a\":[\"\"]},\"tcb_status\":[]}"), "'tcb_status' must be a list"},
    {BODY("{\"claims\":{\"a\":[\"\"]},\"tcb_status\":[\"Fine\"]}"), "unknown status"},
    {BODY("{\"claims\":{\"a\":[\"\"]},\"tcb_status\":[\"Revoked\"]}"), "never acceptable"},
    {BODY("{\"claims\":{\"a\":[\"\"]},\"advisory_ids\":{}}"), "'advisory_ids' must be an object"},
    {BODY("{\"claims\":{\"a\":[\"\"]},\"advisory_ids\":[\"x\"]}"), "'advisory_ids' must be"},
    {BODY("{\"claims\":{\"a\":[\"\"]},\"advisory_ids\":{\"denied\":[\"x\"]}}"), "'denied' is not"},
    {BODY("{\"claims\":{\"a\":[\"\"]},\"advisory_ids\":{\"accepted\":[7]}}"),
     "names of advisories"},
    {BODY("{\"claims\":{\"a\":[\"\"]},\"advisory_ids\":{\"rejected\":[]}}"), "'rejected' must be"},
    {BODY("{\"claims\":{\"a\":[\"\"]},\"comment\":7}"), "'comment' must be a text"},
    /* revocations */
    {REVOCATION("{\"value\":\"" KEY_1 "\"}"), "'what' is missing"},
    {REVOCATION("{\"what\":\"key\"}"), "revocation " REVOKED_KEY " version 1: 'value' is missing"},
    {REVOCATION("{\"what\":\"keys\",\"value\":\"" KEY_1 "\"}"), "'what' must be"},
    {REVOCATION("{\"what\":7,\"value\":\"" KEY_1 "\"}"), "'what' must be"},
    {REVOCATION("{\"what\":\"key\",\"value\":\"xx\"}"), "'value' must be hex"},
    {REVOCATION("{\"what\":\"key\",\"value\":\"" M_A "00\"}"), "'value' has a length"},
    {REVOCATION("{\"what\":\"key\",\"value\":\"00\"}"), "'value' has a length"},
    {REVOCATION("{\"what\":\"platform\",\"value\":\"00000000000000\"}"), "'value' has a length"},
    {REVOCATION("{\"what\":\"measurement\",\"value\":\"00\"}"), "'value' has a length"},
    {REVOCATION("{\"what\":\"measurement\",\"value\":\"" KEY_1 "\"}"), "'name' is not made of"},
    {REVOCATION("{\"what\":\"key\",\"value\":\"" M_A "\"}"), "'name' is not made of"},
    {REVOCATION("{\"what\":\"key\",\"value\":\"" KEY_1 "\",\"why\":\"x\"}"), "'why' is not"},
    {DOCUMENT(ITEM("revocation", "", REVOKED_KEY, "2", "active", "",
                   "{\"what\":\"key\",\"value\":\"" KEY_1 "\"}")),
     "'version' of a revocation is 1"},
    {DOCUMENT(ITEM("revocation", "", REVOKED_KEY, "1", "revoked", "",
                   "{\"what\":\"key\",\"value\":\"" KEY_1 "\"}")),
     "'state' of a revocation is active"},
    {DOCUMENT(ITEM("revocation", "", REVOKED_KEY, "1", "active", ",\"not_after\":1",
                   "{\"what\":\"key\",\"value\":\"" KEY_1 "\"}")),
     "'not_after' has no place"},
    {DOCUMENT(ITEM("revocation", "", REVOKED_KEY, "1", "active", ",\"not_before\":1",
                   "{\"what\":\"key\",\"value\":\"" KEY_1 "\"}")),
     "'not_before' has no place"},
    /* policies */
    {DOCUMENT(ITEM("policy", "", "p", "1", "draft", "", "[]")),
     "policy p version 1: 'body' must be an object"},
    {DOCUMENT(ITEM("policy", "", "p", "1", "draft", "", "{}")),
     "policy p version 1: policy: 'tees' is missing"},
    {DOCUMENT(ITEM("policy", "", "p", "1", "active", "", "{\"tees\":{\"tdx\":{\"debug\":true}}}")),
     "'debug' is not a member"},
};

Test(trust_document, malformed_ones_are_refused_by_item_and_member)
{
    for (size_t i = 0; i < RT_COUNT(bad); i++) {
        cr_expect_eq(add(bad[i].json), RATLS_E_TRUST_FORMAT, "row %zu: %s", i, bad[i].json);
        cr_expect(strstr(err.detail, bad[i].why), "row %zu: %s", i, err.detail);
        cr_expect_eq(stored.n_items + stored.baselines.n + stored.revocations.n +
                         stored.n_policies + stored.n_origins + stored.n_documents,
                     0, "row %zu", i);
    }
}

Test(trust_document, what_the_trust_holds_is_not_repeated)
{
    MUST(add(ORIGIN("a", "b", "1", GOOD)));
    cr_expect_eq(add(DOCUMENT(REFVAL("app", "1", "active", LISTS(M_A)) "," GOOD)),
                 RATLS_E_TRUST_FORMAT);
    cr_expect(strstr(err.detail, "refval tdx/web version 1: 'version' is there twice"));
    cr_expect_eq(add(ORIGIN("a", "b", "2", "")), RATLS_E_TRUST_FORMAT);
    cr_expect(strstr(err.detail, "'bundle' is in the trust already"), "%s", err.detail);
    cr_expect_eq(stored.baselines.n, 1, "all of a document or nothing");
    cr_expect_eq(stored.n_items, 1);
}

Test(trust_document, anchors_come_before_collateral)
{
    cr_expect_eq(add(DOCUMENT(ITEM("anchor", "tdx", "a", "1", "active", "", "{}"))), RATLS_E_STATE);
    cr_expect_eq(stored.n_items, 0);
}

/* ---- limits ---- */

static void put(struct rt_writer *w, const char *text)
{
    rt_put_bytes(w, ratls_bytes_str(text));
}

static enum ratls_err add_written(struct rt_writer *w)
{
    err = (struct ratls_error){0};
    enum ratls_err e = rt_document_add(&stored, NULL, rt_written(w), &err);
    rt_writer_free(w);
    return e;
}

Test(trust_document, holds_a_bounded_number_of_items)
{
    struct rt_writer w = {0};

    put(&w, "{\"format\":\"ratls-trust/1\",\"items\":[7");
    for (int i = 0; i < RT_MAX_TRUST_ITEMS; i++)
        put(&w, ",7");
    put(&w, "]}");
    cr_expect_eq(add_written(&w), RATLS_E_TRUST_FORMAT);
    cr_expect(strstr(err.detail, "4096 items"), "%s", err.detail);
}

/* One set with this many values. */
static enum ratls_err add_values(const char *name, size_t n)
{
    struct rt_writer w = {0};

    put(&w, "{\"format\":\"ratls-trust/1\",\"items\":[{\"kind\":\"refval\",\"tee\":\"tdx\","
            "\"version\":1,\"state\":\"active\",\"name\":\"");
    put(&w, name);
    put(&w, "\",\"body\":{\"claims\":{\"a\":[0");
    for (size_t i = 1; i < n; i++)
        put(&w, ",0");
    put(&w, "]}}}]}");
    return add_written(&w);
}

Test(trust_document, holds_a_bounded_number_of_values)
{
    cr_expect_eq(add_values("a", RT_MAX_TRUST_VALUES + 1), RATLS_E_TRUST_FORMAT);
    cr_expect(strstr(err.detail, "refval tdx/a version 1: 'a' exceeds the 65536 values"), "%s",
              err.detail);
    cr_expect_eq(add_values("a", RT_MAX_TRUST_VALUES - 1), RATLS_OK);
    cr_expect_eq(add_values("b", 2), RATLS_E_TRUST_FORMAT);
    cr_expect_eq(add_values("b", 1), RATLS_OK);
}

Test(trust_document, holds_a_mebibyte)
{
    struct rt_writer w = {0};

    put(&w, DOCUMENT(""));
    while (w.len < RT_MAX_FILE)
        rt_put_u8(&w, ' ');
    rt_put_u8(&w, ' ');
    cr_expect_eq(rt_document_add(&stored, NULL, rt_written(&w), &err), RATLS_E_TRUST_FORMAT);
    w.len = RT_MAX_FILE;
    cr_expect_eq(add_written(&w), RATLS_OK);
}

/* ---- policies that are stored ---- */

static const char *policy_at(const char *name, int64_t now)
{
    const struct ratls_bytes text = rt_stored_policy(&stored, name, now);

    return text.len ? (const char *)text.p : "";
}

#define STORED(name, version, state, more, level)                                                  \
    ITEM("policy", "", name, version, state, more, "{\"tees\":{},\"binding\":\"" level "\"}")

Test(trust_document, the_highest_policy_that_counts_is_chosen)
{
    MUST(add(DOCUMENT(
        STORED("p", "1", "active", "", "key") "," STORED("p", "3", "active", ",\"not_before\":2000", "quote") "," STORED(
            "p", "2", "active", ",\"not_after\":3000",
            "session") "," STORED("p", "4", "draft", "",
                                  "key") "," STORED("p", "5", "revoked", "",
                                                    "key") "," STORED("p", "6", "superseded", "",
                                                                      "key") "," STORED("q", "9",
                                                                                        "draft", "",
                                                                                        "key"))));
    cr_expect(strstr(policy_at("p", 1000), "session"));
    cr_expect(strstr(policy_at("p", 2000), "quote"));
    cr_expect(strstr(policy_at("p", 9000), "quote"));
    cr_expect_str_eq(policy_at("q", 1000), "");
    cr_expect_str_eq(policy_at("r", 1000), "");
}

/* ---- memory ---- */

#ifndef WITHOUT_ALLOC

static bool add_once(void)
{
    static const char json[] = ORIGIN("a", "b", "1",
                                      GOOD "," REVOKE("", REVOKED_KEY, "key", KEY_1) "," ITEM(
                                          "policy", "", "p", "1", "active", "", POLICY_A));
    struct rt_stored s = {0};

    armed = true;
    enum ratls_err e = rt_document_add(&s, NULL, ratls_bytes_str(json), NULL);
    cr_expect_eq(s.n_items, e ? 0 : 3);
    rt_stored_free(&s);
    armed = false;
    cr_expect(e == RATLS_OK || rt_is_own_failure(e), "%s", ratls_err_reason(e));
    return e == RATLS_OK;
}

Test(trust_document, survives_every_failure_of_memory, .timeout = 60)
{
    fail_each(add_once, OURS_ONCE);
}

#endif

/* Whoever is refused a document must not find half of its anchors in the trust. */
Test(trust_document, anchors_of_a_refused_document_are_taken_back)
{
    static const char pins[] =
        "{\"format\": \"ratls-trust/1\", \"items\": ["
        "{\"kind\": \"anchor\", \"tee\": \"tdx\", \"name\": \"a\", \"version\": 1, \"state\": "
        "\"active\","
        " \"body\": {\"type\": \"pin\", \"spki_sha256\":"
        " \"0101010101010101010101010101010101010101010101010101010101010101\"}},"
        "{\"kind\": \"anchor\", \"tee\": \"tdx\", \"name\": \"b\", \"version\": 1, \"state\": "
        "\"active\","
        " \"body\": {\"type\": \"pin\", \"spki_sha256\": \"01\"}}]}";
    struct ratls_trust *t = NULL;

    cr_assert_eq(ratls_trust_new(ratls_env_system(), &t), RATLS_OK);
    for (int i = 0; i < 1000; i++) /* they would fill every table */
        cr_assert_eq(ratls_trust_add_document(t, ratls_bytes_str(pins), NULL), RATLS_E_TRUST_FORMAT,
                     "%d", i);
    ratls_trust_unref(t);
}
