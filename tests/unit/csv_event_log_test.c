/* Hygon CSV: the boot log beside a report, against the registers of version 2. */
#include <stdio.h>

#include "csv_support.h"

enum { EV_NO_ACTION = 3, EV_SEPARATOR = 4, ALG_SHA256 = 0x0b, ALG_SM3 = 0x12 };

static struct rt_writer boot_log;

static void put_header(uint16_t alg)
{
    static const uint8_t sha1[20];

    rt_put_u32le(&boot_log, 0);
    rt_put_u32le(&boot_log, EV_NO_ACTION);
    rt_put(&boot_log, sha1, sizeof sha1);
    rt_put_u32le(&boot_log, 33);
    rt_put(&boot_log, "Spec ID Event03\0\0\0\0\0\0\2\0\2\1\0\0\0", 28);
    rt_put_u16le(&boot_log, alg);
    rt_put_u16le(&boot_log, RT_SM3_LEN);
    rt_put_u8(&boot_log, 0);
}

/* An event of this register, and what it makes of the register that a report will have. */
static void put_event(uint32_t index, uint8_t fill)
{
    uint8_t joined[2 * RT_SM3_LEN];

    memset(joined + RT_SM3_LEN, fill, RT_SM3_LEN);
    rt_put_u32le(&boot_log, index);
    rt_put_u32le(&boot_log, EV_SEPARATOR);
    rt_put_u32le(&boot_log, 1);
    rt_put_u16le(&boot_log, ALG_SM3);
    rt_put(&boot_log, joined + RT_SM3_LEN, RT_SM3_LEN);
    rt_put_u32le(&boot_log, 0);
    memcpy(joined, state.rtmr[index], RT_SM3_LEN);
    MUST(rt_sm3(ratls_bytes(joined, sizeof joined), state.rtmr[index]));
}

/* Two events of each register that is extended, under version 2. */
static void setup(void)
{
    csv_setup();
    boot_log = (struct rt_writer){0};
    state.version = 2;
    memset(state.rtmr, 0, sizeof state.rtmr);
    put_header(ALG_SM3);
    for (uint32_t i = 1; i < RT_SIM_CSV_RTMRS; i++) {
        put_event(i, 0x10);
        put_event(i, 0x20);
    }
    memset(state.rtmr[0], 0x70, sizeof state.rtmr[0]);
    csv_sign(NULL);
    input.event_log = rt_written(&boot_log);
}

static void teardown(void)
{
    rt_writer_free(&boot_log);
    csv_teardown();
}

TestSuite(csv_event_log, .init = setup, .fini = teardown, .timeout = 60);

static void expect_words(const char *all, const char *const words[4])
{
    char name[32];

    cr_expect_str_eq(text("event_log"), all);
    for (size_t i = 0; i < 4; i++) {
        (void)snprintf(name, sizeof name, "csv.rtmr%zu_log", i + 1);
        cr_expect_str_eq(text(name), words[i], "%s", name);
    }
}

Test(csv_event_log, that_explains_all_four_registers_matches)
{
    static const char *const words[] = {"match", "match", "match", "match"};

    cr_assert_eq(verify(), RATLS_OK, "%s", err.detail);
    expect_words("match", words);
    cr_expect_null(ratls_claims_get(claims, "csv.rtmr0_log"), "no log explains it");
}

Test(csv_event_log, is_absent_when_there_is_none)
{
    input.event_log = ratls_bytes(NULL, 0);
    cr_assert_eq(verify(), RATLS_OK, "%s", err.detail);
    cr_expect_str_eq(text("event_log"), "absent");
    cr_expect_null(ratls_claims_get(claims, "csv.rtmr1_log"));
}

Test(csv_event_log, without_events_of_a_register_is_partial)
{
    static const char *const words[] = {"match", "match", "absent", "match"};

    rt_writer_free(&boot_log);
    memset(state.rtmr, 0, sizeof state.rtmr);
    put_header(ALG_SM3);
    put_event(1, 0x10);
    put_event(2, 0x20);
    memset(state.rtmr[3], 0x73, sizeof state.rtmr[3]); /* the fourth is zero, as it began */
    csv_sign(NULL);
    input.event_log = rt_written(&boot_log);
    cr_assert_eq(verify(), RATLS_OK, "%s", err.detail);
    expect_words("partial", words);
}

Test(csv_event_log, that_leads_elsewhere_is_refused)
{
    for (size_t i = 1; i < RT_SIM_CSV_RTMRS; i++) {
        state.rtmr[i][31] ^= 1;
        csv_sign(NULL);
        cr_expect_eq(verify(), RATLS_E_EVENT_LOG_MISMATCH, "rtmr%zu: %s", i, err.detail);
        cr_expect_str_eq(text("event_log"), "mismatch");
        cr_expect_null(ratls_claims_get(claims, "evidence_keys"));
        state.rtmr[i][31] ^= 1;
    }
}

Test(csv_event_log, of_register_0_is_refused)
{
    memset(state.rtmr[0], 0, sizeof state.rtmr[0]);
    put_event(0, 0x10); /* and it leads to the register's value */
    csv_sign(NULL);
    input.event_log = rt_written(&boot_log);
    cr_expect_eq(verify(), RATLS_E_EVENT_LOG, "%s", err.detail);
    cr_expect(strstr(err.detail, "register 0"), "%s", err.detail);
}

Test(csv_event_log, of_another_hash_or_cut_off_is_refused)
{
    input.event_log.len--;
    cr_expect_eq(verify(), RATLS_E_EVENT_LOG, "%s", err.detail);
    input.event_log.len = 0;
    cr_expect_eq(verify(), RATLS_E_EVENT_LOG, "%s", err.detail);
    rt_writer_free(&boot_log);
    put_header(ALG_SHA256);
    input.event_log = rt_written(&boot_log);
    cr_expect_eq(verify(), RATLS_E_EVENT_LOG, "%s", err.detail);
    cr_expect(strstr(err.detail, "no digests of algorithm 18"), "%s", err.detail);
}

Test(csv_event_log, beside_version_1_is_refused)
{
    state.version = 1;
    csv_sign(NULL);
    cr_expect_eq(verify(), RATLS_E_EVENT_LOG, "%s", err.detail);
    cr_expect(strstr(err.detail, "version 1"), "%s", err.detail);
}

/* The report is proven first: what is wrong with it is the reason. */
Test(csv_event_log, does_not_hide_a_bad_report)
{
    csv_sign(&(const struct rt_sim_csv_knobs){.usual_id[RT_SIM_CSV_REPORT] = true});
    state.rtmr[1][0] ^= 1;
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_SIGNATURE, "%s", err.detail);
}
