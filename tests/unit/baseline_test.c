/* Reference values of documents: which version fits, and why none does. */
#include "baseline.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "document_support.h"
#include "trust_document.h"

#define NOW        INT64_C(1750000000)
#define MUST(call) cr_assert_eq((call), RATLS_OK, "%s", #call)

static struct rt_stored stored;
static struct ratls_claims *claims;
static struct ratls_error err;

static void setup(void)
{
    claims = ratls_claims_new();
    (void)ratls_claims_set_text(claims, "measurement", M_A);
    (void)ratls_claims_set_text(claims, "tdx.rtmr_0", "00ff");
    (void)ratls_claims_set_text(claims, "tcb_status", "UpToDate");
    (void)ratls_claims_set_uint(claims, "snp.guest_svn", 3);
    (void)ratls_claims_set_bool(claims, "x.on", true);
    (void)ratls_claims_set_bool(claims, "x.off", false);
    (void)ratls_claims_add_item(claims, "log.digests", "01");
    (void)ratls_claims_add_item(claims, "log.digests", "02");
    (void)ratls_claims_add_item(claims, "log.none", NULL);
    (void)ratls_claims_add_item(claims, "advisory_ids", "INTEL-SA-00837");
}

static void teardown(void)
{
    ratls_claims_free(claims);
    rt_stored_free(&stored);
}

TestSuite(baseline, .init = setup, .fini = teardown);

static void load(const char *json)
{
    err = (struct ratls_error){0};
    rt_stored_free(&stored);
    cr_assert_eq(rt_document_add(&stored, NULL, ratls_bytes_str(json), &err), RATLS_OK, "%s: %s",
                 json, err.detail);
}

/* `names`: those of sets, with a comma between. *version of the one that fits. */
static enum ratls_err judge(const char *tee, const char *names, int64_t now, int64_t *version)
{
    rt_baseline_name list[4] = {""};
    size_t n = 0;
    const struct rt_baseline *fits = NULL;

    for (const char *end; *names; names = *end ? end + 1 : end) {
        end = names + strcspn(names, ",");
        (void)snprintf(list[n++], sizeof list[0], "%.*s", (int)(end - names), names);
    }
    const struct rt_baseline_query q = {.tee = tee,
                                        .names = (const rt_baseline_name *)list,
                                        .n_names = n,
                                        .claims = claims,
                                        .now = now};
    err = (struct ratls_error){0};
    enum ratls_err e = rt_baselines_judge(&stored.baselines, &q, &fits, &err);
    cr_expect_eq(e == RATLS_OK, fits != NULL);
    cr_expect_eq(err.code, e);
    if (version)
        *version = fits ? fits->item.version : 0;
    return e;
}

/* ---- what fits ---- */

#define MEASURED ",\"measurements\":[\"" M_A "\"]}"

static const struct {
    const char *body, *why; /* why "": it fits */
} bodies[] = {
    {"{\"measurements\":[\"" M_A "\"]}", ""},
    {"{\"measurements\":[\"" M_B "\",\"AA" M_A "\",\"" M_A "\"]}", ""},
    {"{\"measurements\":[\"" M_B "\"]}", "no version that counts has measurement"},
    {"{\"claims\":{\"tdx.rtmr_0\":[\"01\",\"00FF\"]}}", ""},
    {"{\"claims\":{\"tdx.rtmr_0\":[\"00fe\"]}" MEASURED, "tdx.rtmr_0 is none of its values"},
    {"{\"claims\":{\"tdx.rtmr_0\":[7,true]}}", "tdx.rtmr_0 is none of its values"},
    {"{\"claims\":{\"tdx.rtmr_9\":[\"00\"]}}", "tdx.rtmr_9 is missing"},
    {"{\"claims\":{\"tcb_status\":[\"OutOfDate\",\"UpToDate\"],\"tdx.rtmr_0\":[\"00ff\"]}}", ""},
    {"{\"claims\":{\"tcb_status\":[\"uptodate\"]}}", "tcb_status is none"},
    {"{\"claims\":{\"snp.guest_svn\":[2,3]}}", ""},
    {"{\"claims\":{\"snp.guest_svn\":[4,true,\"3\"]}}", "snp.guest_svn is none"},
    {"{\"claims\":{\"x.on\":[true]}}", ""},
    {"{\"claims\":{\"x.on\":[false,1]}}", "x.on is none"},
    {"{\"claims\":{\"x.off\":[false]}}", ""},
    {"{\"claims\":{\"x.off\":[0,7,\"\"]}}", "x.off is none"},
    {"{\"claims\":{\"log.none\":[0,false,\"\"]}}", "log.none is none"},
    {"{\"claims\":{\"log.digests\":[\"01\",\"02\"]}}", "log.digests is none"},
    {"{\"lists\":{\"log.digests\":[\"02\",\"01\",\"03\"]}" MEASURED, ""},
    {"{\"lists\":{\"log.digests\":[\"02\"]}" MEASURED, "log.digests holds what is not listed"},
    {"{\"lists\":{\"log.none\":[\"02\"]}" MEASURED, "log.none is missing or empty"},
    {"{\"lists\":{\"tdx.rtmr_0\":[\"00ff\"]}" MEASURED, "tdx.rtmr_0 is missing or empty"},
    {"{\"minimum\":{\"snp.guest_svn\":3}" MEASURED, ""},
    {"{\"minimum\":{\"snp.guest_svn\":4}" MEASURED, "snp.guest_svn is below its minimum"},
    {"{\"minimum\":{\"snp.none\":0}" MEASURED, "snp.none is no number"},
    {"{\"minimum\":{\"x.on\":0}" MEASURED, "x.on is no number"},
    {"{\"tcb_status\":[\"OutOfDate\",\"UpToDate\"]" MEASURED, ""},
    {"{\"tcb_status\":[\"OutOfDate\"]" MEASURED, "tcb_status is not accepted"},
    {"{\"advisory_ids\":{\"accepted\":[\"INTEL-SA-00837\",\"INTEL-SA-1\"]}" MEASURED, ""},
    {"{\"advisory_ids\":{\"accepted\":[\"INTEL-SA-1\"]}" MEASURED,
     "INTEL-SA-00837 is not an accepted advisory"},
    {"{\"advisory_ids\":{\"accepted\":[]}" MEASURED, "is not an accepted advisory"},
    {"{\"advisory_ids\":{\"rejected\":[\"INTEL-SA-1\"]}" MEASURED, ""},
    {"{\"advisory_ids\":{\"rejected\":[\"INTEL-SA-00837\"]}" MEASURED, "is a rejected advisory"},
    {"{\"advisory_ids\":{\"accepted\":[\"INTEL-SA-00837\"],\"rejected\":[\"INTEL-SA-00837\"]"
     "}" MEASURED,
     "is a rejected advisory"},
    {"{\"comment\":\"x\"" MEASURED, ""},
};

Test(baseline, fits_when_all_of_it_holds)
{
    char json[2048];

    for (size_t i = 0; i < RT_COUNT(bodies); i++) {
        (void)snprintf(json, sizeof json, DOCUMENT(REFVAL("web", "1", "active", "%s")),
                       bodies[i].body);
        load(json);
        enum ratls_err e = judge("tdx", "web", NOW, NULL);
        cr_expect_eq(e, bodies[i].why[0] ? RATLS_E_MEASUREMENT : RATLS_OK, "row %zu: %s", i,
                     err.detail);
        cr_expect(strstr(err.detail, bodies[i].why), "row %zu: %s", i, err.detail);
    }
}

/* T147: absent is not the same as good. */
Test(baseline, nothing_fits_claims_that_are_not_there)
{
    char json[2048];
    struct ratls_claims *none = ratls_claims_new();

    ratls_claims_free(claims);
    claims = none;
    for (size_t i = 0; i < RT_COUNT(bodies); i++) {
        (void)snprintf(json, sizeof json, DOCUMENT(REFVAL("web", "1", "active", "%s")),
                       bodies[i].body);
        load(json);
        cr_expect_eq(judge("tdx", "web", NOW, NULL), RATLS_E_MEASUREMENT, "row %zu", i);
    }
    load(DOCUMENT(
        REFVAL("web", "1", "active",
               "{\"claims\":{\"tcb_status\":[\"x\"]},\"advisory_ids\":{\"rejected\":[\"x\"]}}")));
    (void)ratls_claims_set_text(claims, "tcb_status", "x");
    cr_expect_eq(judge("tdx", "web", NOW, NULL), RATLS_E_MEASUREMENT);
    cr_expect(strstr(err.detail, "advisory_ids is missing"), "%s", err.detail);
}

Test(baseline, letter_case_of_hex_does_not_matter)
{
    load(DOCUMENT(REFVAL("web", "1", "active", "{\"measurements\":[\"" HEX_64("A") "\"]}")));
    cr_expect_eq(judge("tdx", "web", NOW, NULL), RATLS_OK);
    load(DOCUMENT(REFVAL("web", "1", "active", "{\"claims\":{\"tdx.rtmr_0\":[\"00ff\"]}}")));
    (void)ratls_claims_set_text(claims, "tdx.rtmr_0", "00FF");
    cr_expect_eq(judge("tdx", "web", NOW, NULL), RATLS_OK);
}

/* ---- which version counts ---- */

Test(baseline, the_highest_version_that_fits_wins)
{
    int64_t version;

    load(DOCUMENT(REFVAL("web", "1", "active", LISTS(M_A)) "," REFVAL(
        "web", "3", "active", LISTS(M_A)) "," REFVAL("web", "4", "active",
                                                     LISTS(M_B)) "," REFVAL("web", "2", "active",
                                                                            LISTS(M_A))));
    MUST(judge("tdx", "web", NOW, &version));
    cr_expect_eq(version, 3);
}

Test(baseline, names_are_asked_in_order)
{
    int64_t version;

    load(DOCUMENT(REFVAL("a", "1", "active", LISTS(M_A)) "," REFVAL(
        "b", "2", "active", LISTS(M_A)) "," REFVAL("c", "3", "active", LISTS(M_B))));
    MUST(judge("tdx", "c,b,a", NOW, &version));
    cr_expect_eq(version, 2);
    MUST(judge("tdx", "*", NOW, &version));
    cr_expect_eq(version, 1);
    cr_expect_eq(judge("tdx", "c", NOW, NULL), RATLS_E_MEASUREMENT);
    cr_expect_eq(judge("tdx", "d", NOW, NULL), RATLS_E_NO_REFERENCE_VALUE);
    cr_expect_eq(judge("tdx", "", NOW, NULL), RATLS_E_NO_REFERENCE_VALUE);
}

/* T45 */
Test(baseline, values_of_another_tee_do_not_count)
{
    load(DOCUMENT(ITEM("refval", "snp", "web", "1", "active", "", LISTS(M_A))));
    cr_expect_eq(judge("tdx", "web", NOW, NULL), RATLS_E_NO_REFERENCE_VALUE);
    cr_expect_eq(judge("tdx", "*", NOW, NULL), RATLS_E_NO_REFERENCE_VALUE);
    cr_expect_eq(judge("tdx2", "*", NOW, NULL), RATLS_E_NO_REFERENCE_VALUE);
    cr_expect_eq(judge("snp", "*", NOW, NULL), RATLS_OK);
    cr_expect(rt_baselines_know(&stored.baselines, "snp"));
    cr_expect_not(rt_baselines_know(&stored.baselines, "tdx"));
}

#define OTHER       REFVAL("web", "9", "active", LISTS(M_B))
#define DATED(more) ITEM("refval", "tdx", "web", "1", "active", more, LISTS(M_A))

/* T45: the reason is stable whatever else there is. */
static const struct {
    const char *json;
    enum ratls_err expected;
    const char *why;
} states[] = {
    {DOCUMENT(REFVAL("web", "1", "revoked", LISTS(M_A))), RATLS_E_REFVAL_REVOKED,
     "web version 1 fits, but is revoked"},
    {DOCUMENT(REFVAL("web", "1", "revoked", LISTS(M_A)) "," OTHER), RATLS_E_REFVAL_REVOKED, ""},
    {DOCUMENT(
         REFVAL("web", "1", "revoked", LISTS(M_A)) "," REFVAL("web", "2", "active", LISTS(M_A))),
     RATLS_OK, ""},
    {DOCUMENT(REFVAL("web", "1", "superseded", LISTS(M_A)) "," OTHER), RATLS_E_MEASUREMENT,
     "web version 1 fits, but is superseded"},
    {DOCUMENT(REFVAL("web", "1", "draft", LISTS(M_A)) "," OTHER), RATLS_E_MEASUREMENT,
     "web version 1 fits, but is a draft"},
    {DOCUMENT(REFVAL("web", "1", "draft", LISTS(M_A))), RATLS_E_NO_REFERENCE_VALUE, "no version"},
    {DOCUMENT(REFVAL("web", "1", "superseded", LISTS(M_A))), RATLS_E_NO_REFERENCE_VALUE, ""},
    {DOCUMENT(REFVAL("web", "1", "revoked", LISTS(M_B))), RATLS_E_NO_REFERENCE_VALUE, ""},
    {DOCUMENT(DATED(",\"not_before\":1750000000,\"not_after\":1750000000")), RATLS_OK, ""},
    {DOCUMENT(DATED(",\"not_before\":1750000001")), RATLS_E_REFVAL_EXPIRED, "has not begun"},
    {DOCUMENT(DATED(",\"not_after\":1749999999")), RATLS_E_REFVAL_EXPIRED, "has ended"},
    {DOCUMENT(DATED(",\"not_after\":1749999999") "," OTHER), RATLS_E_REFVAL_EXPIRED, ""},
    {DOCUMENT(DATED(",\"not_after\":1749999999") "," REFVAL("web", "2", "revoked", LISTS(M_A))),
     RATLS_E_REFVAL_REVOKED, ""},
    {DOCUMENT(DATED(",\"not_after\":1749999999") "," REFVAL("web", "2", "draft", LISTS(M_A))),
     RATLS_E_REFVAL_EXPIRED, ""},
    {DOCUMENT(
         ITEM("refval", "tdx", "web", "1", "superseded", ",\"not_after\":1", LISTS(M_A)) "," OTHER),
     RATLS_E_MEASUREMENT, "superseded"},
    {DOCUMENT(OTHER), RATLS_E_MEASUREMENT, "no version that counts has measurement '" M_A "'"},
    {DOCUMENT(OTHER "," REFVAL("web", "8", "active",
                               "{\"measurements\":[\"" M_A "\"],\"tcb_status\":[\"OutOfDate\"]}")),
     RATLS_E_MEASUREMENT, "web version 8: tcb_status is not accepted"},
    {DOCUMENT(""), RATLS_E_NO_REFERENCE_VALUE, ""},
};

Test(baseline, says_by_its_reason_why_none_counts)
{
    for (size_t i = 0; i < RT_COUNT(states); i++) {
        load(states[i].json);
        enum ratls_err e = judge("tdx", "web", NOW, NULL);
        cr_expect_eq(e, states[i].expected, "row %zu: %s (%s)", i, ratls_err_reason(e), err.detail);
        cr_expect(strstr(err.detail, states[i].why), "row %zu: %s", i, err.detail);
    }
}

/* ---- many ---- */

static void put_many(struct rt_writer *w, unsigned n, const char *name, unsigned first)
{
    char item[512];

    rt_put_bytes(w, ratls_bytes_str("{\"format\":\"ratls-trust/1\",\"items\":["));
    for (unsigned i = 0; i < n; i++) {
        (void)snprintf(item, sizeof item,
                       "%s{\"kind\":\"refval\",\"tee\":\"tdx\",\"name\":\"%s\",\"version\":%u,"
                       "\"state\":\"active\",\"body\":{\"measurements\":[\"%032x\"]}}",
                       i ? "," : "", name, i + 1, first + i);
        rt_put_bytes(w, ratls_bytes_str(item));
    }
    rt_put_bytes(w, ratls_bytes_str("]}"));
}

Test(baseline, each_of_thousands_of_versions_is_found)
{
    enum { EACH = RT_MAX_TRUST_ITEMS / 2 };
    char hex[40];
    int64_t version;

    for (unsigned half = 0; half < 2; half++) {
        struct rt_writer w = {0};
        put_many(&w, EACH, half ? "b" : "a", half * EACH);
        MUST(rt_document_add(&stored, NULL, rt_written(&w), NULL));
        rt_writer_free(&w);
    }
    for (unsigned i = 0; i < 2 * EACH; i += 7) {
        (void)snprintf(hex, sizeof hex, "%032x", i);
        (void)ratls_claims_set_text(claims, "measurement", hex);
        cr_assert_eq(judge("tdx", "*", NOW, &version), RATLS_OK, "%u: %s", i, err.detail);
        cr_assert_eq(version, i % EACH + 1);
        cr_assert_eq(judge("tdx", i < EACH ? "b" : "a", NOW, NULL), RATLS_E_MEASUREMENT);
    }
    (void)snprintf(hex, sizeof hex, "%032x", 2 * EACH);
    (void)ratls_claims_set_text(claims, "measurement", hex);
    cr_expect_eq(judge("tdx", "*", NOW, NULL), RATLS_E_MEASUREMENT);
    err = (struct ratls_error){0};
    cr_expect_eq(rt_document_add(&stored, NULL, ratls_bytes_str(DOCUMENT(OTHER)), &err),
                 RATLS_E_TRUST_FORMAT);
    cr_expect(strstr(err.detail, "4096 items"), "%s", err.detail);
}
