/* Replay of event logs: what is accepted and what it leads to, lies, and comparison. */
#include "eventlog.h"

#include <criterion/criterion.h>

#include "patch_support.h"

#define NO_ACTION 3
#define SEPARATOR 4
#define SHA256    0x0b
#define SHA384    0x0c
#define SHA512    0x0d
#define SM3       0x12

/* The log of tests/negative/eventlog.txt. */
#define HEADER_LEN 72
#define EVENT_LEN  104
#define N_EVENTS   5

static struct rt_writer w;
static struct rt_eventlog got, good;
static struct ratls_error err;

struct alg {
    uint16_t id, len;
};
static const struct alg both[] = {{SHA256, 32}, {SHA384, 48}};

static void put_header(const struct alg *algs, size_t n)
{
    rt_put(&w,
           "\0\0\0\0\3\0\0\0" /* register 0, EV_NO_ACTION, SHA-1 */
           "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
           28);
    rt_put_u32le(&w, (uint32_t)(32 + 4 * n));
    rt_put(&w, "Spec ID Event03\0\0\0\0\0\0\2\0\2", 24);
    rt_put_u32le(&w, (uint32_t)n);
    for (size_t i = 0; i < n; i++) {
        rt_put_u16le(&w, algs[i].id);
        rt_put_u16le(&w, algs[i].len);
    }
    rt_put(&w, "\3ven", 4);
}

/* Digests filled with `fill`, and 16 more for each further algorithm. */
static void put_event(uint32_t index, uint32_t type, const struct alg *algs, size_t n, uint8_t fill)
{
    rt_put_u32le(&w, index);
    rt_put_u32le(&w, type);
    rt_put_u32le(&w, (uint32_t)n);
    for (size_t i = 0; i < n; i++) {
        rt_put_u16le(&w, algs[i].id);
        for (size_t k = 0; k < algs[i].len; k++)
            rt_put_u8(&w, (uint8_t)(fill + 16 * i));
    }
    rt_put_u32le(&w, 4);
    rt_put(&w, "data", 4);
}

static void setup(void)
{
    static const uint32_t index[N_EVENTS] = {1, 1, 2, 0, 4};

    put_header(both, 2);
    for (uint8_t i = 0; i < N_EVENTS; i++)
        put_event(index[i], i == 3 ? NO_ACTION : SEPARATOR, both, 2, (uint8_t)(0x10 + i));
    cr_assert_eq(w.len, HEADER_LEN + N_EVENTS * EVENT_LEN);
    cr_assert_eq(rt_eventlog_replay(rt_written(&w), RT_SHA384, &good, &err), RATLS_OK, "%s",
                 err.detail);
}

static void teardown(void)
{
    rt_writer_free(&w);
}

TestSuite(eventlog, .init = setup, .fini = teardown, .timeout = 60);

static enum ratls_err replay(struct ratls_bytes bytes, enum rt_hash hash)
{
    err = (struct ratls_error){0};
    return rt_eventlog_replay(bytes, hash, &got, &err);
}

static void assert_malformed(struct ratls_bytes bytes, enum rt_hash hash, const char *detail)
{
    cr_assert_eq(replay(bytes, hash), RATLS_E_EVENT_LOG);
    cr_assert(strstr(err.detail, detail), "%s", err.detail);
}

static struct ratls_bytes register_of(const struct rt_eventlog *l, size_t i)
{
    return ratls_bytes(l->reg[i].value, l->digest_len);
}

static void expect_register(size_t i, const char *hex)
{
    char text[2 * RT_EVENTLOG_MAX_DIGEST_LEN + 1];

    rt_hex(register_of(&got, i), text);
    cr_expect_str_eq(text, hex, "register %zu", i);
}

/* Replayed with SHA-384 and compared with the registers of `good`. */
static enum ratls_err judge(struct ratls_bytes bytes, struct ratls_error *e)
{
    struct rt_eventlog l;
    enum ratls_err outcome = rt_eventlog_replay(bytes, RT_SHA384, &l, e);

    for (size_t i = 0; i < RT_EVENTLOG_CC_REGISTERS && outcome == RATLS_OK; i++)
        if (rt_eventlog_compare(&l, i, register_of(&good, i)) != RT_EVENTLOG_MATCH)
            outcome = RATLS_E_EVENT_LOG_MISMATCH;
    return outcome;
}

/* ---- replay ---- */

/* Values by Python's hashlib. */
Test(eventlog, replays_the_digests_of_sha_384)
{
    cr_assert_eq(replay(rt_written(&w), RT_SHA384), RATLS_OK);
    cr_assert_eq(got.hash, RT_SHA384);
    cr_assert_eq(got.digest_len, 48);
    expect_register(1, "071eeb8d7002d2242916144017dcb03f35d0c0d5197e326570187122d6544ec7"
                       "54b37d380b25d3471e0616f52f57909e");
    expect_register(2, "1e22f51c704895e9cb551bb1961bac0e4cff3c0545b30525327f44c53117261c"
                       "97b3a2bd3fa43c8afaaacd1311781dd5");
    expect_register(4, "b9248cac36088f61ca6286c090173e9f554a3e53bf8e664db51d6da5d5ddb6e4"
                       "fc4a4b73214b71d0fd803feb34383e5f");
}

Test(eventlog, replays_the_digests_of_sha_256_of_the_same_log)
{
    cr_assert_eq(replay(rt_written(&w), RT_SHA256), RATLS_OK);
    cr_assert_eq(got.digest_len, 32);
    expect_register(1, "643a939a75e751f23595512d978b8dbc967d295c2934f859a3591071e7bf20df");
    expect_register(2, "48106a08665c6d3b4c6d158619954201b7e4ebf42b5c416b2d2cc04b48f3c76d");
    expect_register(4, "d3c759f5b2f2c9b80d1c0275b8c64bdc7635c5fd9c0a3ce879107697b3143223");
}

Test(eventlog, replays_the_digests_of_sha_512)
{
    static const struct alg sha512 = {SHA512, 64};

    teardown();
    put_header(&sha512, 1);
    put_event(3, SEPARATOR, &sha512, 1, 0x50);
    cr_assert_eq(replay(rt_written(&w), RT_SHA512), RATLS_OK);
    expect_register(3, "6adf2150b20d7da312cdb5d1bba6c5f5651f5721f01de1ce758c29537bc62e93"
                       "92433e36622643f7bd6b0c5f88cf6d035a743f7a5b82886eb979b7e6fef5fc98");
}

/* By Python's hashlib, too. */
Test(eventlog, replays_the_digests_of_sm3)
{
    static const struct alg sm3 = {SM3, 32};
    const struct rt_eventlog_rules rules = {.sm3 = true};

    teardown();
    put_header(&sm3, 1);
    put_event(3, SEPARATOR, &sm3, 1, 0x50);
    cr_assert_eq(rt_eventlog_walk(rt_written(&w), &rules, &got, &err), RATLS_OK, "%s", err.detail);
    cr_assert_eq(got.digest_len, 32);
    expect_register(3, "0966a6dfc628e34dd85ba76f5479b0a5d9da37035a1e70fb144cf6c624171de1");
    assert_malformed(rt_written(&w), RT_SHA256, "event 0: no digests of algorithm 11");
}

Test(eventlog, counts_the_events_and_extends_nothing_for_no_action)
{
    static const size_t n_events[RT_EVENTLOG_CC_REGISTERS] = {0, 2, 1, 0, 1};

    cr_assert_eq(good.n_events, N_EVENTS);
    for (size_t i = 0; i < RT_EVENTLOG_CC_REGISTERS; i++)
        cr_expect_eq(good.reg[i].n_events, n_events[i], "register %zu", i);
    cr_expect(rt_all_zero(good.reg[0].value, sizeof good.reg[0].value));
    cr_expect(rt_all_zero(good.reg[3].value, sizeof good.reg[3].value));
}

/* SP 800-155 events carry register 0xffffffff, PC Client Platform Firmware Profile s.10.4.5. */
Test(eventlog, does_not_look_at_the_register_of_an_event_without_action)
{
    memset(w.p + 384, 0xff, 4);
    cr_assert_eq(judge(rt_written(&w), NULL), RATLS_OK);
}

Test(eventlog, does_not_look_at_register_digest_class_and_version_of_the_header)
{
    memset(w.p, 0xee, 4);
    memset(w.p + 8, 0xee, 20);
    memset(w.p + 48, 0xee, 8);
    memset(w.p + 69, 0xee, 3); /* vendor information */
    cr_assert_eq(judge(rt_written(&w), NULL), RATLS_OK);
}

Test(eventlog, does_not_compare_the_data_of_an_event_with_its_digest)
{
    memset(w.p + 172, 0xee, 4);
    cr_assert_eq(judge(rt_written(&w), NULL), RATLS_OK);
    memset(w.p + 76, 0xee, 4); /* type */
    cr_assert_eq(judge(rt_written(&w), NULL), RATLS_OK);
}

Test(eventlog, takes_digests_in_another_order_than_that_of_the_header)
{
    uint8_t swapped[34 + 50];

    memcpy(swapped, w.p + 118, 50);
    memcpy(swapped + 50, w.p + 84, 34);
    memcpy(w.p + 84, swapped, sizeof swapped);
    cr_assert_eq(judge(rt_written(&w), NULL), RATLS_OK);
    cr_assert_eq(replay(rt_written(&w), RT_SHA256), RATLS_OK);
    expect_register(1, "643a939a75e751f23595512d978b8dbc967d295c2934f859a3591071e7bf20df");
}

Test(eventlog, steps_over_digests_of_every_registered_algorithm)
{
    static const struct alg algs[RT_MAX_LOG_HASHES] = {{0x04, 20}, {0x0b, 32}, {0x0c, 48},
                                                       {0x0d, 64}, {0x12, 32}, {0x27, 32},
                                                       {0x28, 48}, {0x29, 64}};

    teardown();
    put_header(algs, RT_MAX_LOG_HASHES);
    put_event(1, SEPARATOR, algs, RT_MAX_LOG_HASHES, 0);
    put_event(1, SEPARATOR, algs, RT_MAX_LOG_HASHES, 1);
    put_event(2, SEPARATOR, algs, RT_MAX_LOG_HASHES, 2);
    put_event(4, SEPARATOR, algs, RT_MAX_LOG_HASHES, 4);
    /* SHA-384 is the third here, the second in `good`: sixteen more each */
    cr_assert_eq(replay(rt_written(&w), RT_SHA384), RATLS_OK, "%s", err.detail);
    for (size_t i = 0; i < RT_EVENTLOG_CC_REGISTERS; i++)
        cr_expect_eq(rt_eventlog_compare(&got, i, register_of(&good, i)), RT_EVENTLOG_MATCH);
}

Test(eventlog, works_without_a_place_for_the_error)
{
    cr_assert_eq(rt_eventlog_replay(ratls_bytes(w.p, 100), RT_SHA384, &got, NULL),
                 RATLS_E_EVENT_LOG);
}

/* ---- padding ---- */

Test(eventlog, padding_of_one_filler_byte_is_accepted_in_any_length)
{
    static const uint8_t fillers[] = {0x00, 0xff};
    const size_t len = w.len;

    for (size_t f = 0; f < RT_COUNT(fillers); f++) {
        w.len = len;
        for (size_t n = 1; n <= 300; n++) {
            rt_put_u8(&w, fillers[f]);
            cr_expect_eq(judge(rt_written(&w), NULL), RATLS_OK, "%zu of %u", n, fillers[f]);
        }
    }
}

Test(eventlog, padding_with_anything_else_in_it_is_malformed)
{
    const size_t len = w.len;

    for (size_t at = 0; at < 200; at++)
        for (unsigned filler = 0; filler < 256; filler += 0x55) {
            w.len = len;
            for (size_t i = 0; i < 200; i++)
                rt_put_u8(&w, (uint8_t)(i == at ? 0x01 : filler));
            cr_expect_eq(replay(rt_written(&w), RT_SHA384), RATLS_E_EVENT_LOG, "%u, %zu", filler,
                         at);
        }
}

Test(eventlog, zeros_that_turn_into_ones_are_malformed)
{
    rt_put(&w, "\0\0\0\0\0\0\0\0\0\0\0\0\xff\xff\xff\xff", 16);
    assert_malformed(rt_written(&w), RT_SHA384, "event 6: number of digests 0");
}

/* ---- lies ---- */

Test(eventlog, refuses_each_row_of_the_negative_table)
{
    const struct patch_table table = {"eventlog.txt", rt_written(&w), judge};

    cr_assert_gt(patch_try_all(&table), 60);
}

Test(eventlog, every_truncation_is_malformed_or_a_mismatch)
{
    for (size_t len = 0; len < w.len; len++) {
        uint8_t *exact = malloc(len ? len : 1); /* ASan sees a read behind it */
        cr_assert(exact);
        memcpy(exact, w.p, len);
        bool between = len >= HEADER_LEN && (len - HEADER_LEN) % EVENT_LEN == 0;
        bool zeros = len > 384 && len <= 388; /* begin of register 0: as good as padding */
        enum ratls_err e = judge(ratls_bytes(exact, len), NULL);
        cr_expect_eq(e, between || zeros ? RATLS_E_EVENT_LOG_MISMATCH : RATLS_E_EVENT_LOG, "%zu",
                     len);
        free(exact);
    }
}

Test(eventlog, nothing_at_all_is_malformed)
{
    assert_malformed(ratls_bytes(NULL, 0), RT_SHA384, "event 0 is cut off");
    assert_malformed(ratls_bytes(w.p, 0), RT_SHA384, "event 0 is cut off");
}

Test(eventlog, refuses_a_log_without_the_algorithm)
{
    assert_malformed(rt_written(&w), RT_SHA512, "event 0: no digests of algorithm 13");
}

Test(eventlog, refuses_a_hash_that_is_none)
{
    static const struct alg algs[] = {{0x04, 20}, {SHA384, 48}};

    assert_malformed(rt_written(&w), (enum rt_hash)0, "event 0: no digests of algorithm 0");
    assert_malformed(rt_written(&w), (enum rt_hash)2, "event 0: no digests of algorithm 0");
    teardown();
    put_header(algs, 2);
    assert_malformed(rt_written(&w), (enum rt_hash)0, "event 0: no digests of algorithm 0");
}

Test(eventlog, takes_a_log_of_the_longest_size_and_not_one_byte_more)
{
    while (w.len < RT_MAX_EVENT_LOG)
        rt_put_u8(&w, 0xff);
    cr_assert_eq(judge(rt_written(&w), NULL), RATLS_OK);
    rt_put_u8(&w, 0xff);
    assert_malformed(rt_written(&w), RT_SHA384, "log of size 1048577");
}

Test(eventlog, takes_the_largest_number_of_events_and_not_one_more)
{
    teardown();
    put_header(both, 1);
    for (size_t i = 0; i < RT_MAX_EVENTS; i++)
        put_event(i % 2 ? 1 : 0, i % 2 ? SEPARATOR : NO_ACTION, both, 1, 0x11);
    cr_assert_eq(replay(rt_written(&w), RT_SHA256), RATLS_OK, "%s", err.detail);
    cr_assert_eq(got.n_events, RT_MAX_EVENTS);
    cr_assert_eq(got.reg[1].n_events, RT_MAX_EVENTS / 2);
    put_event(0, NO_ACTION, both, 1, 0x11);
    assert_malformed(rt_written(&w), RT_SHA256, "event 16385: more events than 16384");
}

Test(eventlog, after_an_error_nothing_matches)
{
    static const uint8_t zeros[RT_SHA512_LEN];

    cr_assert_eq(replay(ratls_bytes(w.p, w.len - 1), RT_SHA384), RATLS_E_EVENT_LOG);
    cr_assert_eq(got.n_events, 0);
    for (size_t i = 0; i < RT_EVENTLOG_CC_REGISTERS; i++) {
        cr_expect_eq(got.reg[i].n_events, 0);
        for (size_t len = 0; len <= sizeof zeros; len++)
            cr_expect_eq(rt_eventlog_compare(&got, i, ratls_bytes(zeros, len)),
                         RT_EVENTLOG_MISMATCH);
        cr_expect_eq(rt_eventlog_compare(&got, i, register_of(&good, i)), RT_EVENTLOG_MISMATCH);
    }
}

/* ---- comparison ---- */

Test(eventlog, a_register_that_the_log_leads_to_matches)
{
    for (size_t i = 0; i < RT_EVENTLOG_CC_REGISTERS; i++)
        cr_expect_eq(rt_eventlog_compare(&good, i, register_of(&good, i)), RT_EVENTLOG_MATCH);
}

Test(eventlog, any_other_value_of_a_register_with_events_is_a_mismatch)
{
    static const size_t with_events[] = {1, 2, 4};
    uint8_t value[48];

    for (size_t i = 0; i < RT_COUNT(with_events); i++) {
        const uint8_t *right = good.reg[with_events[i]].value;
        for (size_t at = 0; at < sizeof value; at++) {
            memcpy(value, right, sizeof value);
            value[at] ^= 0x80;
            cr_expect_eq(
                rt_eventlog_compare(&good, with_events[i], ratls_bytes(value, sizeof value)),
                RT_EVENTLOG_MISMATCH, "%zu", at);
        }
        memset(value, 0, sizeof value);
        cr_expect_eq(rt_eventlog_compare(&good, with_events[i], ratls_bytes(value, sizeof value)),
                     RT_EVENTLOG_MISMATCH);
    }
}

Test(eventlog, a_register_without_events_is_zero_or_unexplained)
{
    uint8_t value[48] = {0};

    cr_expect_eq(rt_eventlog_compare(&good, 3, ratls_bytes(value, sizeof value)),
                 RT_EVENTLOG_MATCH);
    value[47] = 1;
    cr_expect_eq(rt_eventlog_compare(&good, 3, ratls_bytes(value, sizeof value)),
                 RT_EVENTLOG_ABSENT);
}

Test(eventlog, a_value_of_another_length_is_a_mismatch)
{
    uint8_t value[RT_SHA512_LEN] = {0};

    for (size_t i = 0; i < RT_EVENTLOG_CC_REGISTERS; i++) {
        memcpy(value, good.reg[i].value, sizeof value);
        for (size_t len = 0; len <= sizeof value; len++)
            cr_expect_eq(rt_eventlog_compare(&good, i, ratls_bytes(value, len)),
                         len == 48 ? RT_EVENTLOG_MATCH : RT_EVENTLOG_MISMATCH, "%zu, %zu", i, len);
    }
}

Test(eventlog, a_register_that_does_not_exist_is_a_mismatch)
{
    static const uint8_t zeros[48];

    cr_expect_eq(
        rt_eventlog_compare(&good, RT_EVENTLOG_CC_REGISTERS, ratls_bytes(zeros, sizeof zeros)),
        RT_EVENTLOG_MISMATCH);
    cr_expect_eq(rt_eventlog_compare(&good, SIZE_MAX, ratls_bytes(zeros, sizeof zeros)),
                 RT_EVENTLOG_MISMATCH);
}

/* ---- T30: a log that tells another story than the registers ---- */

struct story {
    uint8_t bytes[HEADER_LEN + (N_EVENTS + 1) * EVENT_LEN];
    size_t len;
};

static void tell(struct story *s, const size_t *events, size_t n)
{
    memcpy(s->bytes, w.p, HEADER_LEN);
    s->len = HEADER_LEN;
    for (size_t i = 0; i < n; i++) {
        memcpy(s->bytes + s->len, w.p + HEADER_LEN + events[i] * EVENT_LEN, EVENT_LEN);
        s->len += EVENT_LEN;
    }
}

static enum ratls_err judge_story(const size_t *events, size_t n)
{
    struct story s;

    tell(&s, events, n);
    return judge(ratls_bytes(s.bytes, s.len), NULL);
}

Test(eventlog, the_events_in_their_order_match)
{
    cr_assert_eq(judge_story((const size_t[]){0, 1, 2, 3, 4}, 5), RATLS_OK);
}

Test(eventlog, an_omitted_event_is_noticed_unless_it_extends_nothing)
{
    for (size_t omitted = 0; omitted < N_EVENTS; omitted++) {
        size_t events[N_EVENTS - 1], n = 0;
        for (size_t i = 0; i < N_EVENTS; i++)
            if (i != omitted)
                events[n++] = i;
        cr_expect_eq(judge_story(events, n), omitted == 3 ? RATLS_OK : RATLS_E_EVENT_LOG_MISMATCH,
                     "%zu", omitted);
    }
}

Test(eventlog, an_extra_event_is_noticed_wherever_it_stands)
{
    for (size_t extra = 0; extra < N_EVENTS; extra++)
        for (size_t at = 0; at <= N_EVENTS; at++) {
            size_t events[N_EVENTS + 1];
            for (size_t i = 0; i <= N_EVENTS; i++)
                events[i] = i < at ? i : i == at ? extra : i - 1;
            cr_expect_eq(judge_story(events, N_EVENTS + 1),
                         extra == 3 ? RATLS_OK : RATLS_E_EVENT_LOG_MISMATCH, "%zu at %zu", extra,
                         at);
        }
}

Test(eventlog, swapped_events_of_one_register_are_noticed)
{
    cr_expect_eq(judge_story((const size_t[]){1, 0, 2, 3, 4}, 5), RATLS_E_EVENT_LOG_MISMATCH);
    cr_expect_eq(judge_story((const size_t[]){0, 2, 1, 4, 3}, 5), RATLS_OK); /* of different ones */
}

Test(eventlog, an_event_of_another_register_is_noticed)
{
    static const size_t extending[] = {0, 1, 2, 4};

    for (size_t i = 0; i < RT_COUNT(extending); i++)
        for (uint8_t index = 0; index < RT_EVENTLOG_CC_REGISTERS; index++) {
            uint8_t *at = w.p + HEADER_LEN + extending[i] * EVENT_LEN, right = *at;
            *at = index;
            cr_expect_eq(judge(rt_written(&w), NULL),
                         index == right ? RATLS_OK : RATLS_E_EVENT_LOG_MISMATCH);
            *at = right;
        }
}

Test(eventlog, any_changed_byte_of_a_replayed_digest_is_noticed)
{
    static const size_t extending[] = {0, 1, 2, 4};

    for (size_t i = 0; i < RT_COUNT(extending); i++)
        for (size_t k = 0; k < 48; k++) {
            uint8_t *at = w.p + HEADER_LEN + extending[i] * EVENT_LEN + 48 + k;
            *at ^= 1;
            cr_expect_eq(judge(rt_written(&w), NULL), RATLS_E_EVENT_LOG_MISMATCH);
            *at ^= 1;
        }
}
