/* Event logs walked with a visitor, and logs of a TPM: PCR 0..23 and the startup locality. */
#include "eventlog.h"

#include <criterion/criterion.h>

#define NO_ACTION 3
#define SEPARATOR 4
#define LOCALITY  "StartupLocality\0"

static struct rt_writer w;
static struct rt_eventlog got;
static struct ratls_error err;

static void setup(void)
{
    static const uint8_t header[] = "\0\0\0\0\3\0\0\0"
                                    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                                    "\x25\0\0\0Spec ID Event03\0\0\0\0\0\0\2\0\2"
                                    "\2\0\0\0\4\0\x14\0\x0b\0\x20\0";

    rt_put(&w, header, sizeof header); /* its NUL: no vendor information */
}

static void teardown(void)
{
    rt_writer_free(&w);
}

TestSuite(eventlog_walk, .init = setup, .fini = teardown, .timeout = 60);

/* SHA-1 and SHA-256, both filled with `fill`. */
static void put(uint32_t index, uint32_t type, uint8_t fill, struct ratls_bytes event)
{
    rt_put_u32le(&w, index);
    rt_put_u32le(&w, type);
    rt_put_u32le(&w, 2);
    rt_put_u16le(&w, 4);
    for (size_t i = 0; i < 20; i++)
        rt_put_u8(&w, (uint8_t)(fill + 1));
    rt_put_u16le(&w, 11);
    for (size_t i = 0; i < 32; i++)
        rt_put_u8(&w, fill);
    rt_put_u32le(&w, (uint32_t)event.len);
    rt_put_bytes(&w, event);
}

static void put_locality(uint32_t index, uint8_t locality)
{
    uint8_t event[17] = LOCALITY;

    event[16] = locality;
    put(index, NO_ACTION, 0, ratls_bytes(event, sizeof event));
}

static enum ratls_err walk(enum rt_eventlog_style style)
{
    const struct rt_eventlog_rules rules = {.hash = RT_SHA256, .style = style};

    err = (struct ratls_error){0};
    return rt_eventlog_walk(rt_written(&w), &rules, &got, &err);
}

static void expect_register(size_t i, const char *hex)
{
    uint8_t value[RT_SHA256_LEN];
    size_t len = sizeof value;

    cr_assert(rt_unhex(hex, strlen(hex), value, &len));
    cr_expect_eq(rt_eventlog_compare(&got, i, ratls_bytes(value, len)), RT_EVENTLOG_MATCH, "%s",
                 hex);
}

static void expect_malformed(const char *detail)
{
    cr_expect_eq(walk(RT_EVENTLOG_TPM), RATLS_E_EVENT_LOG, "%s", detail);
    cr_expect(strstr(err.detail, detail), "%s: %s", detail, err.detail);
    cr_expect_eq(got.n_registers, 0);
}

/* ---- registers of the styles ---- */

Test(eventlog_walk, a_tpm_has_24_registers_and_a_guest_5)
{
    static const struct {
        uint32_t index;
        enum ratls_err guest, tpm;
    } rows[] = {{4, RATLS_OK, RATLS_OK},
                {5, RATLS_E_EVENT_LOG, RATLS_OK},
                {23, RATLS_E_EVENT_LOG, RATLS_OK},
                {24, RATLS_E_EVENT_LOG, RATLS_E_EVENT_LOG},
                {UINT32_MAX, RATLS_E_EVENT_LOG, RATLS_E_EVENT_LOG}};

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        teardown();
        setup();
        put(rows[i].index, SEPARATOR, 1, ratls_bytes_str("x"));
        cr_expect_eq(walk(RT_EVENTLOG_CC), rows[i].guest, "%u", rows[i].index);
        cr_expect_eq(walk(RT_EVENTLOG_TPM), rows[i].tpm, "%u", rows[i].index);
    }
}

Test(eventlog_walk, registers_behind_those_of_the_style_match_nothing)
{
    static const uint8_t zeros[RT_SHA256_LEN];
    const struct ratls_bytes value = ratls_bytes(zeros, sizeof zeros);

    cr_assert_eq(walk(RT_EVENTLOG_CC), RATLS_OK, "%s", err.detail);
    cr_expect_eq(rt_eventlog_compare(&got, 4, value), RT_EVENTLOG_MATCH);
    cr_expect_eq(rt_eventlog_compare(&got, 5, value), RT_EVENTLOG_MISMATCH);
    cr_assert_eq(walk(RT_EVENTLOG_TPM), RATLS_OK);
    cr_expect_eq(rt_eventlog_compare(&got, 23, value), RT_EVENTLOG_MATCH);
    cr_expect_eq(rt_eventlog_compare(&got, 24, value), RT_EVENTLOG_MISMATCH);
}

Test(eventlog_walk, has_no_register_for_a_style_that_is_none)
{
    put(1, SEPARATOR, 1, ratls_bytes_str("x"));
    cr_expect_eq(walk((enum rt_eventlog_style)2), RATLS_E_EVENT_LOG);
}

Test(eventlog_walk, replay_is_the_walk_of_a_guest)
{
    struct rt_eventlog other;

    put(1, SEPARATOR, 1, ratls_bytes_str("x"));
    cr_assert_eq(walk(RT_EVENTLOG_CC), RATLS_OK);
    cr_assert_eq(rt_eventlog_replay(rt_written(&w), RT_SHA256, &other, NULL), RATLS_OK);
    cr_expect_eq(memcmp(&got, &other, sizeof got), 0);
}

/* ---- startup locality; values by Python's hashlib ---- */

Test(eventlog_walk, pcr_0_begins_with_the_startup_locality)
{
    static const struct {
        uint8_t locality;
        const char *begin, *extended;
    } rows[] = {
        {0, "0000000000000000000000000000000000000000000000000000000000000000",
         "8878b15a7d6a3a4f464e8f9f42591dbc0cf4bedea0ec309003d2b2ee53655ef8"},
        {3, "0000000000000000000000000000000000000000000000000000000000000003",
         "b8e8cc97156c2b3142cb8e876236fd4729748153743b480af0949565f227d2eb"},
        {4, "0000000000000000000000000000000000000000000000000000000000000004",
         "7ff4e207f5619b362c2baa1709160a7bf1b5e52e1e2665cac4ef6edfac3deef8"},
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        teardown();
        setup();
        put_locality(0, rows[i].locality);
        cr_assert_eq(walk(RT_EVENTLOG_TPM), RATLS_OK, "%s", err.detail);
        expect_register(0, rows[i].begin);
        cr_expect_eq(got.reg[0].n_events, 0);
        put(0, SEPARATOR, 0x11, ratls_bytes_str("x"));
        cr_assert_eq(walk(RT_EVENTLOG_TPM), RATLS_OK, "%s", err.detail);
        expect_register(0, rows[i].extended);
    }
}

Test(eventlog_walk, the_startup_locality_may_stand_behind_events_of_other_registers)
{
    put(1, SEPARATOR, 0x11, ratls_bytes_str("x"));
    put_locality(0, 3);
    put(0, SEPARATOR, 0x11, ratls_bytes_str("x"));
    cr_assert_eq(walk(RT_EVENTLOG_TPM), RATLS_OK, "%s", err.detail);
    expect_register(0, "b8e8cc97156c2b3142cb8e876236fd4729748153743b480af0949565f227d2eb");
    expect_register(1, "8878b15a7d6a3a4f464e8f9f42591dbc0cf4bedea0ec309003d2b2ee53655ef8");
}

Test(eventlog_walk, refuses_a_startup_locality_that_comes_twice)
{
    put_locality(0, 0);
    put_locality(0, 0);
    expect_malformed("event 2: second or late startup locality 0");
}

Test(eventlog_walk, refuses_a_startup_locality_behind_an_extension_of_pcr_0)
{
    put(0, SEPARATOR, 0x11, ratls_bytes_str("x"));
    put_locality(0, 3);
    expect_malformed("event 2: second or late startup locality 3");
}

Test(eventlog_walk, refuses_each_locality_that_tpm2_startup_does_not_have)
{
    for (unsigned locality = 0; locality < 256; locality++) {
        teardown();
        setup();
        put_locality(0, (uint8_t)locality);
        if (locality != 0 && locality != 3 && locality != 4)
            expect_malformed("event 1: there is no startup locality");
    }
}

Test(eventlog_walk, refuses_a_startup_locality_of_another_register)
{
    put_locality(1, 3);
    expect_malformed("event 1: startup locality of register 1");
}

Test(eventlog_walk, refuses_a_startup_locality_of_another_size)
{
    for (size_t len = 16; len <= 19; len++) {
        static const uint8_t event[19] = LOCALITY "\3";
        teardown();
        setup();
        put(0, NO_ACTION, 0, ratls_bytes(event, len));
        if (len == 17)
            cr_expect_eq(walk(RT_EVENTLOG_TPM), RATLS_OK);
        else
            expect_malformed("event 1: startup locality of size");
    }
}

Test(eventlog_walk, other_events_without_action_begin_nothing)
{
    static const char *const events[] = {"", "StartupLocality", "startuplocality",
                                         "SP800-155 Event3"};

    for (size_t i = 0; i < RT_COUNT(events); i++)
        put(0, NO_ACTION, 0x11, ratls_bytes_str(events[i]));
    cr_assert_eq(walk(RT_EVENTLOG_TPM), RATLS_OK, "%s", err.detail);
    cr_expect(rt_all_zero(got.reg, sizeof got.reg));
}

Test(eventlog_walk, a_guest_has_no_startup_locality)
{
    put_locality(0, 3);
    put_locality(7, 9);
    cr_assert_eq(walk(RT_EVENTLOG_CC), RATLS_OK, "%s", err.detail);
    cr_expect(rt_all_zero(got.reg, sizeof got.reg));
}

/* ---- visitor ---- */

struct seen {
    struct rt_eventlog_event event[4];
    size_t n, fails_at;
};

static enum ratls_err see(void *arg, const struct rt_eventlog_event *event)
{
    struct seen *s = arg;

    cr_assert_lt(s->n, 4);
    s->event[s->n++] = *event;
    return s->n == s->fails_at ? RATLS_E_NO_MEMORY : RATLS_OK;
}

static enum ratls_err walk_and_see(struct seen *s)
{
    const struct rt_eventlog_rules rules = {.hash = RT_SHA256, .visit = see, .arg = s};

    err = (struct ratls_error){0};
    return rt_eventlog_walk(rt_written(&w), &rules, &got, &err);
}

Test(eventlog_walk, shows_what_extends_in_its_order)
{
    static const uint8_t twos[32] = {2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
                                     2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2};
    struct seen s = {0};

    put(2, 0x80000003, 2, ratls_bytes_str("image"));
    put(1, NO_ACTION, 3, ratls_bytes_str("nothing"));
    put(1, SEPARATOR, 4, ratls_bytes(NULL, 0));
    cr_assert_eq(walk_and_see(&s), RATLS_OK, "%s", err.detail);
    cr_assert_eq(s.n, 2);
    cr_expect_eq(s.event[0].index, 2);
    cr_expect_eq(s.event[0].type, 0x80000003);
    cr_expect(ratls_bytes_equal(s.event[0].event, ratls_bytes_str("image")));
    cr_expect(ratls_bytes_equal(s.event[0].digest, ratls_bytes(twos, sizeof twos)));
    cr_expect_eq(s.event[1].index, 1);
    cr_expect_eq(s.event[1].event.len, 0);
    cr_expect_eq(s.event[1].digest.p[0], 4);
}

Test(eventlog_walk, does_not_show_an_event_that_is_refused)
{
    struct seen s = {0};

    put(1, SEPARATOR, 1, ratls_bytes_str("x"));
    put(5, SEPARATOR, 1, ratls_bytes_str("x"));
    cr_expect_eq(walk_and_see(&s), RATLS_E_EVENT_LOG);
    cr_expect_eq(s.n, 1);
}

Test(eventlog_walk, ends_with_the_error_of_a_visitor)
{
    struct seen s = {.fails_at = 2};

    for (uint8_t i = 0; i < 3; i++)
        put(1, SEPARATOR, i, ratls_bytes_str("x"));
    cr_expect_eq(walk_and_see(&s), RATLS_E_NO_MEMORY);
    cr_expect_eq(s.n, 2);
    cr_expect_eq(err.code, RATLS_E_NO_MEMORY);
    cr_expect_eq(got.n_registers, 0);
}
