/* Evidence in the JSON of other frameworks: what comes out, and what is refused. */
#include "carrier.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#define RUNS 2000
#include "alloc_support.h"
#include "mint.h"
#include "vectors_support.h"

#define MUST(call) cr_assert_eq((call), RATLS_OK, "%s", #call)

static struct rt_carrier carrier;

static void teardown(void)
{
    rt_carrier_free(&carrier);
}

TestSuite(carrier, .fini = teardown);

static void expect_bytes(const struct ratls_buffer *found, const char *due)
{
    cr_expect(found->p && ratls_bytes_equal(rt_bytes_of(found), ratls_bytes_str(due)), "%s", due);
}

/* "ab" and "log" as evidence and logs; the forms in which they may stand. */
static const struct {
    const char *text, *tee;
    bool event_log, ima_log;
} good[] = {
    {"{\"tee\":\"virtcca\",\"evidence\":\"{\\\"evidence\\\":[97,98]}\"}", "virtcca", false, false},
    {" {\"uuid\":\"x\",\"evidence\":\"YWI\",\"tee\":\"CCA\"}", "cca", false, false},
    {"{\"tee\":\"VCCA\",\"evidence\":\"YWI=\"}", "virtcca", false, false},
    {"{\"tee\":\"rustCCA\",\"evidence\":\"eyJldmlkZW5jZSI6Wzk3LDk4XX0\"}", "cca", false, false},
    {"{\"tee\":\"virtcca\",\"evidence\":\"{\\\"evidence\\\":[97,98],\\\"ima_log\\\":[108,111,103],"
     "\\\"uefi_log\\\":{\\\"ccel_table\\\":[1],\\\"ccel_data\\\":[108,111,103]}}\"}",
     "virtcca", true, true},
    {"{\"tee\":\"virtcca\",\"evidence\":\"{\\\"evidence\\\":\\\"YWI\\\",\\\"dev_cert\\\":null,"
     "\\\"ima_log\\\":null,\\\"uefi_log\\\":null}\"}",
     "virtcca", false, false},
    {"{\"tee\":\"Itrustee\",\"evidence\":\"{\\\"report\\\":\\\"ab\\\",\\\"ima_log\\\":null}\"}",
     "itrustee", false, false},
    {"{\"tee\":\"itrustee\",\"evidence\":\"{\\\"report\\\":\\\"ab\\\",\\\"ima_log\\\":[108,111,103]"
     "}\"}",
     "itrustee", false, true},
    {"{\"vcca_token\":\"YWI=\"}", "virtcca", false, false},
    {"{\"vcca_token\":\"YWI=\",\"logs\":[{\"log_type\":\"ImaLog\",\"log_data\":\"bG9n\"},"
     "{\"log_type\":\"CCEL\",\"log_data\":\"bG9n\"}]}",
     "virtcca", true, true},
    /* {"tee":"cca","evidence":"YWI"} */
    {"eyJ0ZWUiOiJjY2EiLCJldmlkZW5jZSI6IllXSSJ9\n", "cca", false, false},
};

Test(carrier, every_form_is_unpacked)
{
    for (size_t i = 0; i < RT_COUNT(good); i++) {
        struct ratls_error err = {0};
        const struct ratls_bytes text = ratls_bytes_str(good[i].text);
        cr_expect(rt_carrier_recognises(text), "row %zu", i);
        cr_assert_eq(rt_carrier_open(text, &carrier, &err), RATLS_OK, "row %zu: %s", i, err.detail);
        cr_expect_str_eq(carrier.tee, good[i].tee);
        expect_bytes(&carrier.evidence, "ab");
        cr_expect_eq(carrier.event_log.p != NULL, good[i].event_log, "row %zu", i);
        cr_expect_eq(carrier.ima_log.p != NULL, good[i].ima_log, "row %zu", i);
        if (good[i].event_log)
            expect_bytes(&carrier.event_log, "log");
        if (good[i].ima_log)
            expect_bytes(&carrier.ima_log, "log");
        rt_carrier_free(&carrier);
    }
}

#define INNER(members) "{\"tee\":\"virtcca\",\"evidence\":\"{" members "}\"}"
#define GTA(members)   "{\"vcca_token\":\"YWI=\"," members "}"

static const struct {
    const char *text;
    enum ratls_err expected;
    const char *why;
} bad[] = {
    {"{\"tee\":\"virtcca\",\"evidence\":\"YWI\"} x", RATLS_E_EVIDENCE_FORMAT, ""},
    {"{\"tee\":\"virtcca\",\"evidence\":\"YWI\",\"tee\":\"cca\"}", RATLS_E_EVIDENCE_FORMAT, ""},
    {"{\"tee\":\"trustzone\",\"evidence\":\"YWI\"}", RATLS_E_EVIDENCE_UNKNOWN, "kind of TEE"},
    {"{\"tee\":\"itrustee\",\"evidence\":\"YWI\"}", RATLS_E_EVIDENCE_FORMAT, ""},
    {"{\"tee\":\"itrustee\",\"evidence\":\"{\\\"report\\\":[97]}\"}", RATLS_E_EVIDENCE_FORMAT,
     "report is no text"},
    {"{\"tee\":\"itrustee\",\"evidence\":\"{\\\"ima_log\\\":[97]}\"}", RATLS_E_EVIDENCE_FORMAT,
     "report is no text"},
    {"{\"tee\":\"\",\"evidence\":\"YWI\"}", RATLS_E_EVIDENCE_UNKNOWN, "kind of TEE"},
    {"{\"tee\":\"virtcca2\",\"evidence\":\"YWI\"}", RATLS_E_EVIDENCE_UNKNOWN, "kind of TEE"},
    {"{\"tee\":\"virtcc\",\"evidence\":\"YWI\"}", RATLS_E_EVIDENCE_UNKNOWN, "kind of TEE"},
    {"{\"tee\":7,\"evidence\":\"YWI\"}", RATLS_E_EVIDENCE_UNKNOWN, "kind of TEE"},
    {"{\"evidence\":\"YWI\",\"x\":\"tee\"}", RATLS_E_EVIDENCE_UNKNOWN, "kind of TEE"},
    {"{\"tee\":\"cca\",\"x\":\"evidence\"}", RATLS_E_EVIDENCE_FORMAT, "evidence is no text"},
    {"{\"tee\":\"cca\",\"evidence\":[97,98]}", RATLS_E_EVIDENCE_FORMAT, "evidence is no text"},
    {"{\"tee\":\"cca\",\"evidence\":\"\"}", RATLS_E_EVIDENCE_FORMAT, "no evidence in it"},
    {"{\"tee\":\"cca\",\"evidence\":\"Y!I\"}", RATLS_E_EVIDENCE_FORMAT, "no base64url"},
    {"{\"tee\":\"cca\",\"evidence\":\"YWJ\"}", RATLS_E_EVIDENCE_FORMAT, "no base64url"},
    {"{\"tee\":\"cca\",\"evidence\":\"YWI==\"}", RATLS_E_EVIDENCE_FORMAT, "no base64"},
    {INNER(""), RATLS_E_EVIDENCE_FORMAT, "no evidence in it"},
    {INNER("\\\"evidence\\\":null"), RATLS_E_EVIDENCE_FORMAT, "no evidence in it"},
    {INNER("\\\"evidence\\\":[]"), RATLS_E_EVIDENCE_FORMAT, "no evidence in it"},
    {INNER("\\\"evidence\\\":7"), RATLS_E_EVIDENCE_FORMAT, "neither an array nor text"},
    {INNER("\\\"evidence\\\":[256]"), RATLS_E_EVIDENCE_FORMAT, "array of bytes"},
    {INNER("\\\"evidence\\\":[-1]"), RATLS_E_EVIDENCE_FORMAT, "array of bytes"},
    {INNER("\\\"evidence\\\":[1,\\\"2\\\"]"), RATLS_E_EVIDENCE_FORMAT, "array of bytes"},
    {INNER("\\\"evidence\\\":[97],\\\"evidence\\\":[98]"), RATLS_E_EVIDENCE_FORMAT, ""},
    {INNER("\\\"evidence\\\":[97],\\\"dev_cert\\\":[48,0]"), RATLS_OK, ""},
    {INNER("\\\"evidence\\\":[97],\\\"dev_cert\\\":[97]"), RATLS_E_EVIDENCE_FORMAT, "dev_cert"},
    {INNER("\\\"evidence\\\":[97],\\\"ima_log\\\":true"), RATLS_E_EVIDENCE_FORMAT, "neither"},
    {INNER("\\\"evidence\\\":[97],\\\"uefi_log\\\":[1]"), RATLS_E_EVIDENCE_FORMAT, "ccel_data"},
    {INNER("\\\"evidence\\\":[97],\\\"uefi_log\\\":{}"), RATLS_E_EVIDENCE_FORMAT, "ccel_data"},
    {GTA("\"dev_cert\":7"), RATLS_E_EVIDENCE_FORMAT, "neither an array nor text"},
    {GTA("\"logs\":7"), RATLS_E_EVIDENCE_FORMAT, "logs is no list"},
    {GTA("\"logs\":[7]"), RATLS_E_EVIDENCE_FORMAT, "without log_data"},
    {GTA("\"logs\":[{\"log_type\":\"CCEL\"}]"), RATLS_E_EVIDENCE_FORMAT, "without log_data"},
    {GTA("\"logs\":[{\"log_data\":\"YWI=\"}]"), RATLS_E_EVIDENCE_FORMAT, "neither CCEL nor"},
    {GTA("\"logs\":[{\"log_type\":\"ccel\",\"log_data\":\"YWI=\"}]"), RATLS_E_EVIDENCE_FORMAT,
     "neither CCEL nor"},
    {GTA("\"logs\":[{\"log_type\":\"CCEL\",\"log_data\":\"YWI=\"},"
         "{\"log_type\":\"CCEL\",\"log_data\":\"YWI=\"}]"),
     RATLS_E_EVIDENCE_FORMAT, "there twice"},
    {"eyJ0ZWUiOiJjY2EiLCJldmlkZW5jZSI6IllXSSJ9=", RATLS_E_EVIDENCE_FORMAT, "no base64url"},
    {"eyJ", RATLS_E_EVIDENCE_FORMAT, ""},
};

Test(carrier, what_is_malformed_is_refused)
{
    for (size_t i = 0; i < RT_COUNT(bad); i++) {
        struct ratls_error err = {0};
        const struct ratls_bytes text = ratls_bytes_str(bad[i].text);
        enum ratls_err e = rt_carrier_open(text, &carrier, &err);
        cr_expect(rt_carrier_recognises(text), "row %zu", i);
        cr_expect_eq(e, bad[i].expected, "row %zu: %s %s", i, ratls_err_reason(e), err.detail);
        cr_expect(strstr(err.detail, bad[i].why), "row %zu: %s", i, err.detail);
        rt_carrier_free(&carrier);
    }
}

Test(carrier, other_things_are_left_to_others)
{
    static const char *const others[] = {"",
                                         "{",
                                         "{}",
                                         "{\"tee\":1}",
                                         "{\"report\":\"x\"}",
                                         "eyX",
                                         "-----BEGIN CERTIFICATE-----",
                                         "\xd9\x01\x8f"};

    for (size_t i = 0; i < RT_COUNT(others); i++)
        cr_expect_not(rt_carrier_recognises(ratls_bytes_str(others[i])), "row %zu", i);
}

Test(carrier, has_a_limit)
{
    struct ratls_buffer text = {malloc(RT_MAX_CARRIER + 1), RT_MAX_CARRIER + 1};

    memset(text.p, ' ', text.len);
    memcpy(text.p, "{\"vcca_token\":\"YWI=\"}", 21);
    cr_expect_eq(rt_carrier_open(rt_bytes_of(&text), &carrier, NULL), RATLS_E_EVIDENCE_FORMAT);
    text.len--;
    cr_expect_eq(rt_carrier_open(rt_bytes_of(&text), &carrier, NULL), RATLS_OK);
    ratls_buffer_free(&text);
}

static void expect_vector(const struct ratls_buffer *found, const char *name)
{
    struct ratls_buffer file = {0};

    MUST(read_vector(name, &file));
    cr_expect(ratls_bytes_equal(rt_bytes_of(found), rt_bytes_of(&file)), "%s", name);
    ratls_buffer_free(&file);
}

Test(carrier, real_ones_hold_the_real_token)
{
    static const char *const names[] = {"virtcca/evidence-secgear.json",
                                        "virtcca/evidence-gta.json"};

    for (size_t i = 0; i < RT_COUNT(names); i++) {
        struct ratls_buffer text = {0}, der = {0};
        if (read_vector(names[i], &text) != RATLS_OK)
            cr_skip_test("no %s in %s", names[i], vectors_folder());
        MUST(rt_carrier_open(rt_bytes_of(&text), &carrier, NULL));
        expect_vector(&carrier.evidence, "virtcca/token.cbor");
        struct ratls_bytes pem = rt_bytes_of(&carrier.certs);
        MUST(rt_pem_next(&pem, "CERTIFICATE", &der));
        expect_vector(&der, "virtcca/dev-cert.der");
        if (carrier.event_log.p)
            expect_vector(&carrier.event_log, "virtcca/ccel.bin");
        ratls_buffer_free(&der);
        ratls_buffer_free(&text);
        rt_carrier_free(&carrier);
    }
}

/* ---- memory ---- */

#ifndef WITHOUT_ALLOC

static bool open_once(void)
{
    static const char text[] =
        "{\"tee\":\"virtcca\",\"evidence\":\"{\\\"evidence\\\":[97,98],\\\"dev_cert\\\":[48,0],"
        "\\\"ima_log\\\":\\\"YWI=\\\",\\\"uefi_log\\\":{\\\"ccel_data\\\":[1]}}\"}";

    armed = true;
    enum ratls_err e = rt_carrier_open(ratls_bytes_str(text), &carrier, NULL);
    rt_carrier_free(&carrier);
    armed = false;
    cr_expect(e == RATLS_OK || rt_is_own_failure(e), "%s", ratls_err_reason(e));
    return e == RATLS_OK;
}

Test(carrier, survives_every_failure_of_memory, .timeout = 60)
{
    fail_each(open_once, OURS_ONCE);
}

#endif
