/* The session state machine against PROTOCOL.md: order, sizes, HELLO, levels, verdicts. Proofs are
 * in session_proof_test.c. */
#include "session_support.h"

static struct duo d;

static void setup(void)
{
    duo_make(&d);
    duo_start(&d);
}

static void teardown(void)
{
    duo_free(&d);
}

TestSuite(session, .init = setup, .fini = teardown, .timeout = 120);

/* ---- the good case ---- */

static void expect_open(enum ratls_level client_reached, enum ratls_level server_reached)
{
    cr_expect_eq(d.client.e, RATLS_OK, "%s", d.client.err.detail);
    cr_expect_eq(d.server.e, RATLS_OK, "%s", d.server.err.detail);
    cr_expect_eq(rt_session_due(&d.client.s), RT_DUE_DONE);
    cr_expect_eq(rt_session_due(&d.server.s), RT_DUE_DONE);
    cr_expect_eq(d.client.s.level, client_reached);
    cr_expect_eq(d.server.s.level, server_reached);
}

Test(session, opens_at_level_two_by_default)
{
    duo_run(&d, SIZE_MAX);
    expect_open(RATLS_LEVEL_SESSION, RATLS_LEVEL_SESSION);
}

/* T60 */
Test(session, opens_when_every_byte_comes_alone)
{
    duo_run(&d, 1);
    expect_open(RATLS_LEVEL_SESSION, RATLS_LEVEL_SESSION);
}

static void restart(void)
{
    duo_stop(&d);
    d.client.e = d.server.e = RATLS_OK;
    d.client.err = d.server.err = (struct ratls_error){0};
    d.client.quotes = d.server.quotes = 0;
    duo_start(&d);
}

Test(session, opens_at_level_three_where_both_ask_for_it)
{
    d.client.p.demand = d.client.p.provable = RATLS_LEVEL_QUOTE;
    d.server.p.demand = d.server.p.provable = RATLS_LEVEL_QUOTE;
    restart();
    duo_run(&d, SIZE_MAX);
    expect_open(RATLS_LEVEL_QUOTE, RATLS_LEVEL_QUOTE);
    cr_expect_eq(d.client.quotes, 1);
    cr_expect_eq(d.server.quotes, 1);
}

/* A quote is made for those who ask for it. */
Test(session, makes_no_quote_where_level_two_is_enough)
{
    d.client.p.provable = d.server.p.provable = RATLS_LEVEL_QUOTE;
    restart();
    duo_run(&d, SIZE_MAX);
    expect_open(RATLS_LEVEL_SESSION, RATLS_LEVEL_SESSION);
    cr_expect_eq(d.client.quotes + d.server.quotes, 0);
}

/* ---- bytes and output ---- */

Test(session, begins_with_hello_alone)
{
    static const uint8_t head[] = {RT_FRAME_HELLO,
                                   0,
                                   0,
                                   4 + 4 + 8 + RT_HELLO_RANDOM,
                                   RT_SESSION_VERSION,
                                   RATLS_LEVEL_SESSION,
                                   RATLS_LEVEL_SESSION,
                                   2,
                                   3,
                                   't',
                                   'd',
                                   'x',
                                   7,
                                   's',
                                   'e',
                                   'v',
                                   '_',
                                   's',
                                   'n',
                                   'p'};
    struct ratls_bytes out = rt_session_output(&d.client.s);

    cr_assert_eq(out.len, sizeof head + RT_HELLO_RANDOM);
    cr_expect(ratls_bytes_equal(ratls_bytes(out.p, sizeof head), ratls_bytes(head, sizeof head)));
    cr_expect_not(rt_all_zero(out.p + sizeof head, RT_HELLO_RANDOM));
}

/* Proof and HELLO of level 2 leave together; at level 3 the proof waits for the other's HELLO. */
Test(session, owes_the_proof_at_once_at_level_two_and_later_at_three)
{
    cr_expect_eq(rt_session_due(&d.client.s), RT_DUE_PROOF);
    d.client.p.provable = RATLS_LEVEL_QUOTE;
    restart();
    cr_expect_eq(rt_session_due(&d.client.s), RT_DUE_NOTHING);
    pass(&d.server, &d.client, SIZE_MAX);
    cr_expect_eq(rt_session_due(&d.client.s), RT_DUE_PROOF);
}

Test(session, proves_nothing_below_level_two)
{
    d.client.p.provable = RATLS_LEVEL_KEY;
    restart();
    cr_expect_eq(rt_session_due(&d.client.s), RT_DUE_NOTHING);
}

/* T15: two sessions never share their random. */
Test(session, draws_a_new_random_each_time)
{
    uint8_t first[RT_HELLO_RANDOM];

    memcpy(first, d.client.s.own_random, sizeof first);
    cr_expect_neq(memcmp(first, d.server.s.own_random, sizeof first), 0);
    restart();
    cr_expect_neq(memcmp(first, d.client.s.own_random, sizeof first), 0);
}

static int no_random(void *arg, uint8_t *out, size_t len)
{
    (void)arg, (void)out, (void)len;
    return -1;
}

Test(session, does_not_start_without_randomness)
{
    struct ratls_env env = *ratls_env_system();

    env.random = no_random;
    rt_session_free(&d.client.s);
    cr_expect_eq(rt_session_start(&d.client.s, &env, &d.client.p), RATLS_E_RANDOM);
}

Test(session, takes_at_most_what_it_wants)
{
    const uint8_t header[5] = {RT_FRAME_HELLO, 0, 0, 40, 1};

    cr_expect_eq(rt_session_wants(&d.server.s), RT_FRAME_HEADER);
    cr_expect_eq(rt_session_feed(&d.server.s, ratls_bytes(header, 5), NULL), RATLS_E_INTERNAL);
    cr_expect_eq(rt_session_feed(&d.server.s, ratls_bytes(header, 0), NULL), RATLS_E_INTERNAL);
    cr_expect_eq(rt_session_feed(&d.server.s, ratls_bytes(header, 4), NULL), RATLS_OK);
    cr_expect_eq(rt_session_wants(&d.server.s), 40);
}

/* ---- first bytes ---- */

/* T16: data instead of frames is known for what it is by its first byte. */
Test(session, takes_any_other_first_byte_for_early_data)
{
    for (unsigned first = 0; first < 256; first++) {
        const uint8_t byte = (uint8_t)first;
        restart();
        const bool frame = first >= RT_FRAME_HELLO && first <= RT_FRAME_VERDICT;
        cr_expect_eq(feed(&d.server, ratls_bytes(&byte, 1)), frame ? RATLS_OK : RATLS_E_EARLY_DATA,
                     "%u", first);
    }
}

Test(session, takes_an_unknown_type_between_frames_for_early_data)
{
    const struct hello h = good_hello();

    cr_assert_eq(feed_hello(&d.server, &h, NULL), RATLS_OK);
    cr_expect_eq(feed(&d.server, ratls_bytes("GET / HTTP/1.1", 14)), RATLS_E_EARLY_DATA);
}

/* ---- order ---- */

Test(session, refuses_a_proof_before_hello)
{
    cr_expect_eq(feed(&d.server, ratls_bytes("\x02\0\0\x41", 4)), RATLS_E_FRAME_ORDER);
}

Test(session, refuses_a_verdict_before_hello)
{
    cr_expect_eq(feed(&d.server, ratls_bytes("\x03\0\0\x03", 4)), RATLS_E_FRAME_ORDER);
}

Test(session, refuses_hello_twice)
{
    const struct hello h = good_hello();

    cr_assert_eq(feed_hello(&d.server, &h, NULL), RATLS_OK);
    cr_expect_eq(feed_hello(&d.server, &h, NULL), RATLS_E_FRAME_ORDER);
}

Test(session, refuses_a_proof_twice)
{
    const struct hello h = good_hello();
    uint8_t hash[RT_SHA256_LEN];

    cr_assert_eq(feed_hello(&d.server, &h, hash), RATLS_OK);
    struct proof proof = good_proof(&d.server, &d.client, hash);
    cr_assert_eq(feed_proof(&d.server, &proof), RATLS_OK);
    cr_expect_eq(feed_proof(&d.server, &proof), RATLS_E_FRAME_ORDER);
}

/* Who says that he proves level 1 owes no proof and sends none. */
Test(session, refuses_a_proof_that_is_not_owed)
{
    struct hello h = good_hello();

    d.server.p.demand = RATLS_LEVEL_KEY;
    d.server.p.peer_ak_spki = ratls_bytes(NULL, 0);
    restart();
    h.highest = RATLS_LEVEL_KEY;
    cr_assert_eq(feed_hello(&d.server, &h, NULL), RATLS_OK);
    cr_expect_eq(feed(&d.server, ratls_bytes("\x02\0\0\x41", 4)), RATLS_E_FRAME_ORDER);
}

Test(session, wants_nothing_behind_the_verdict)
{
    duo_run(&d, SIZE_MAX);
    cr_expect_eq(rt_session_wants(&d.server.s), 0);
    cr_expect_eq(rt_session_feed(&d.server.s, ratls_bytes("\x03", 1), NULL), RATLS_E_INTERNAL);
}

/* Verdict and proof are due in this order, and ALLOW cannot be forced. */
Test(session, owes_no_verdict_before_both_proofs)
{
    const struct hello h = good_hello();
    uint8_t hash[RT_SHA256_LEN];

    cr_expect_eq(rt_session_allow(&d.server.s), RATLS_E_STATE);
    prove(&d.server);
    cr_expect_eq(rt_session_due(&d.server.s), RT_DUE_NOTHING);
    cr_assert_eq(feed_hello(&d.server, &h, hash), RATLS_OK);
    cr_expect_eq(rt_session_due(&d.server.s), RT_DUE_NOTHING);
    cr_expect_eq(rt_session_allow(&d.server.s), RATLS_E_STATE);
    struct proof proof = good_proof(&d.server, &d.client, hash);
    cr_assert_eq(feed_proof(&d.server, &proof), RATLS_OK);
    cr_expect_eq(rt_session_due(&d.server.s), RT_DUE_VERDICT);
    cr_expect_eq(rt_session_allow(&d.server.s), RATLS_OK);
    cr_expect_eq(rt_session_allow(&d.server.s), RATLS_E_STATE);
}

/* ALLOW follows the own proof too, where this side owes one. */
Test(session, owes_no_verdict_before_its_own_proof)
{
    const struct hello h = good_hello();
    uint8_t hash[RT_SHA256_LEN];

    cr_assert_eq(feed_hello(&d.server, &h, hash), RATLS_OK);
    struct proof proof = good_proof(&d.server, &d.client, hash);
    cr_assert_eq(feed_proof(&d.server, &proof), RATLS_OK);
    cr_expect_eq(rt_session_due(&d.server.s), RT_DUE_PROOF);
    cr_expect_eq(rt_session_allow(&d.server.s), RATLS_E_STATE);
}

Test(session, is_not_done_before_all_is_sent)
{
    const struct hello h = good_hello();
    uint8_t hash[RT_SHA256_LEN];

    prove(&d.server);
    cr_assert_eq(feed_hello(&d.server, &h, hash), RATLS_OK);
    struct proof proof = good_proof(&d.server, &d.client, hash);
    cr_assert_eq(feed_proof(&d.server, &proof), RATLS_OK);
    cr_assert_eq(feed_verdict(&d.server, RT_DECISION_ALLOW, 0, ""), RATLS_OK);
    cr_expect_eq(rt_session_due(&d.server.s), RT_DUE_VERDICT);
    cr_assert_eq(rt_session_allow(&d.server.s), RATLS_OK);
    cr_expect_eq(rt_session_due(&d.server.s), RT_DUE_NOTHING);
    rt_session_sent(&d.server.s, rt_session_output(&d.server.s).len);
    cr_expect_eq(rt_session_due(&d.server.s), RT_DUE_DONE);
}

Test(session, is_not_done_before_the_peer_has_allowed)
{
    const struct hello h = good_hello();
    uint8_t hash[RT_SHA256_LEN];

    prove(&d.server);
    cr_assert_eq(feed_hello(&d.server, &h, hash), RATLS_OK);
    struct proof proof = good_proof(&d.server, &d.client, hash);
    cr_assert_eq(feed_proof(&d.server, &proof), RATLS_OK);
    cr_assert_eq(rt_session_allow(&d.server.s), RATLS_OK);
    rt_session_sent(&d.server.s, rt_session_output(&d.server.s).len);
    cr_expect_eq(rt_session_due(&d.server.s), RT_DUE_NOTHING);
    cr_assert_eq(feed_verdict(&d.server, RT_DECISION_ALLOW, 0, ""), RATLS_OK);
    cr_expect_eq(rt_session_due(&d.server.s), RT_DUE_DONE);
}

/* ---- sizes: the header alone decides, before room is made ---- */

static void bring_to(enum rt_frame type)
{
    const struct hello h = good_hello();

    restart();
    if (type != RT_FRAME_HELLO)
        cr_assert_eq(feed_hello(&d.server, &h, NULL), RATLS_OK);
}

static enum ratls_err feed_header(enum rt_frame type, uint32_t len)
{
    struct rt_writer w = {0};

    rt_put_u8(&w, (uint8_t)type);
    rt_put_u24be(&w, len);
    bring_to(type);
    enum ratls_err e = feed(&d.server, rt_written(&w));
    rt_writer_free(&w);
    return e;
}

/* T59 */
Test(session, judges_sizes_by_the_header_alone)
{
    static const struct {
        enum rt_frame type;
        uint32_t len;
        bool fits;
    } table[] = {
        {RT_FRAME_HELLO, 0, false},
        {RT_FRAME_HELLO, 35, false},
        {RT_FRAME_HELLO, 36, true},
        {RT_FRAME_HELLO, 36 + 32 * 33, true},
        {RT_FRAME_HELLO, 37 + 32 * 33, false},
        {RT_FRAME_HELLO, 65535, false},
        {RT_FRAME_HELLO, 0xffffff, false},
        {RT_FRAME_PROOF, 0, false},
        {RT_FRAME_PROOF, 64, false},
        {RT_FRAME_PROOF, 65, true},
        {RT_FRAME_PROOF, 65535 + 131072, true},
        {RT_FRAME_PROOF, 65536 + 131072, false},
        {RT_FRAME_PROOF, 0xffffff, false},
        {RT_FRAME_VERDICT, 0, false},
        {RT_FRAME_VERDICT, 2, false},
        {RT_FRAME_VERDICT, 3, true},
        {RT_FRAME_VERDICT, 3 + 128, true},
        {RT_FRAME_VERDICT, 4 + 128, false},
        {RT_FRAME_VERDICT, 0xffffff, false},
    };

    for (size_t i = 0; i < RT_COUNT(table); i++) {
        enum ratls_err e = feed_header(table[i].type, table[i].len);
        cr_expect_eq(e, table[i].fits ? RATLS_OK : RATLS_E_FRAME_SIZE, "type %d, length %u: %s",
                     (int)table[i].type, table[i].len, ratls_err_reason(e));
        cr_expect(table[i].fits || d.server.s.payload.p == NULL);
    }
}

/* ---- HELLO ---- */

Test(session, refuses_hello_of_another_version)
{
    static const uint8_t versions[] = {0, 2, 255};

    for (size_t i = 0; i < RT_COUNT(versions); i++) {
        struct hello h = good_hello();
        restart();
        h.version = versions[i];
        cr_expect_eq(feed_hello(&d.server, &h, NULL), RATLS_E_FRAME_VERSION);
    }
}

#define NAME32 "abcdefghijklmnopqrstuvwxyz012345"

Test(session, reads_the_list_of_formats_strictly)
{
    static const struct {
        const char *bytes;
        size_t len;
        bool good;
    } table[] = {
        {"\0", 1, true},
        {"\x01\x03tdx", 5, true},
        {"\x01\x20" NAME32, 34, true},
        {"\x02\x01_\x01"
         "9",
         5, true},
        {"\x01\x21" NAME32 "6", 35, false}, /* a name of 33 bytes */
        {"\x01\0", 2, false},               /* of none */
        {"\x01\x03Tdx", 5, false},
        {"\x01\x03t-x", 5, false},
        {"\x01\x03t\0x", 5, false},
        {"\x01\x03t\x80x", 5, false},
        {"\x02\x03tdx", 5, false}, /* the second name would begin in the random */
        {"\0\x03tdx", 5, false},   /* bytes that nobody announced */
        {"\x01\xfftdx", 5, false},
    };

    for (size_t i = 0; i < RT_COUNT(table); i++) {
        struct hello h = good_hello();
        restart();
        h.names = ratls_bytes(table[i].bytes, table[i].len);
        cr_expect_eq(feed_hello(&d.server, &h, NULL),
                     table[i].good ? RATLS_OK : RATLS_E_FRAME_FORMAT, "row %zu", i);
    }
}

static enum ratls_err hello_with_names(size_t n)
{
    struct hello h = good_hello();
    struct rt_writer names = {0};

    restart();
    rt_put_u8(&names, (uint8_t)n);
    for (size_t i = 0; i < n; i++)
        rt_put(&names, "\x01x", 2);
    h.names = rt_written(&names);
    enum ratls_err e = feed_hello(&d.server, &h, NULL);
    rt_writer_free(&names);
    return e;
}

Test(session, reads_at_most_32_formats)
{
    cr_expect_eq(hello_with_names(RT_MAX_FORMATS), RATLS_OK);
    cr_expect_eq(hello_with_names(RT_MAX_FORMATS + 1), RATLS_E_FRAME_FORMAT);
}

Test(session, refuses_levels_above_three)
{
    struct hello h = good_hello();

    h.lowest = 4;
    cr_expect_eq(feed_hello(&d.server, &h, NULL), RATLS_E_FRAME_FORMAT);
    restart();
    h.lowest = RATLS_LEVEL_SESSION;
    h.highest = 4;
    cr_expect_eq(feed_hello(&d.server, &h, NULL), RATLS_E_FRAME_FORMAT);
}

/* T15: absent, short and long random. */
Test(session, refuses_a_random_of_another_length)
{
    struct hello h = good_hello();

    h.random_len = RT_HELLO_RANDOM - 1;
    cr_expect_eq(feed_hello(&d.server, &h, NULL), RATLS_E_FRAME_FORMAT);
    restart();
    h.random_len = 0;
    cr_expect_eq(feed_hello(&d.server, &h, NULL), RATLS_E_FRAME_SIZE);
}

/* T15 */
Test(session, refuses_a_random_of_zeros)
{
    struct hello h = good_hello();

    memset(h.random, 0, sizeof h.random);
    cr_expect_eq(feed_hello(&d.server, &h, NULL), RATLS_E_NONCE);
    restart();
    h.random[31] = 1;
    cr_expect_eq(feed_hello(&d.server, &h, NULL), RATLS_OK);
}

/* T13 */
Test(session, refuses_its_own_hello)
{
    struct ratls_bytes own = rt_session_output(&d.server.s);

    cr_expect_eq(feed(&d.server, own), RATLS_E_REFLECTION);
}

/* T13: the random alone gives the mirror away. */
Test(session, refuses_its_own_random_in_another_hello)
{
    struct hello h = good_hello();

    memcpy(h.random, d.server.s.own_random, sizeof h.random);
    cr_expect_eq(feed_hello(&d.server, &h, NULL), RATLS_E_REFLECTION);
}

/* ---- levels ---- */

/* What two honest sides agree on; LEVEL_NONE where they do not meet. */
static enum ratls_level reached(const struct party *prover, const struct party *judge)
{
    if (prover->p.provable == RATLS_LEVEL_QUOTE)
        return judge->p.demand == RATLS_LEVEL_QUOTE ? RATLS_LEVEL_QUOTE : RATLS_LEVEL_SESSION;
    return prover->p.provable;
}

static void set_levels(struct party *p, struct party *other, unsigned lowest, unsigned highest)
{
    p->p.demand = (enum ratls_level)lowest;
    p->p.provable = (enum ratls_level)highest;
    other->p.shown = highest ? RATLS_LEVEL_KEY : RATLS_LEVEL_NONE;
    other->p.peer_ak_spki = highest >= 2 ? ak_spki(p) : ratls_bytes(NULL, 0);
}

/* Every lowest and highest of both sides: 256 pairs. */
Test(session, opens_exactly_where_the_levels_meet)
{
    for (unsigned i = 0; i < 256; i++) {
        const unsigned c_low = i & 3, c_high = i >> 2 & 3, s_low = i >> 4 & 3, s_high = i >> 6;
        set_levels(&d.client, &d.server, c_low, c_high);
        set_levels(&d.server, &d.client, s_low, s_high);
        restart();
        duo_run(&d, SIZE_MAX);
        if (c_high >= s_low && s_high >= c_low) {
            expect_open(reached(&d.server, &d.client), reached(&d.client, &d.server));
            continue;
        }
        cr_expect_eq(d.client.e, RATLS_E_BINDING_LEVEL, "pair %u", i);
        cr_expect_eq(d.server.e, RATLS_E_BINDING_LEVEL, "pair %u", i);
        cr_expect_eq(rt_session_allow(&d.client.s), RATLS_E_STATE);
        cr_expect_eq(rt_session_allow(&d.server.s), RATLS_E_STATE);
    }
}

static void expect_levels_refused(enum ratls_level lowest, enum ratls_level highest,
                                  const char *part_of_detail)
{
    struct hello h = good_hello();

    restart();
    h.lowest = (uint8_t)lowest;
    h.highest = (uint8_t)highest;
    cr_expect_eq(feed_hello(&d.server, &h, NULL), RATLS_E_BINDING_LEVEL);
    cr_expect(strstr(d.server.err.detail, part_of_detail), "%s", d.server.err.detail);
}

Test(session, refuses_a_peer_that_proves_less_than_demanded)
{
    expect_levels_refused(RATLS_LEVEL_SESSION, RATLS_LEVEL_KEY, "the peer proves level key");
    d.server.p.demand = RATLS_LEVEL_QUOTE;
    expect_levels_refused(RATLS_LEVEL_SESSION, RATLS_LEVEL_SESSION,
                          "the peer proves level session");
}

Test(session, refuses_a_peer_that_demands_more_than_is_provable)
{
    expect_levels_refused(RATLS_LEVEL_QUOTE, RATLS_LEVEL_SESSION, "the peer requires level quote");
}

/* T183: lowest level 1 does not help whoever holds a leaf key alone. */
Test(session, refuses_an_attestation_key_that_is_named_and_not_proven)
{
    d.server.p.demand = RATLS_LEVEL_KEY;
    expect_levels_refused(RATLS_LEVEL_KEY, RATLS_LEVEL_KEY, "names an attestation key");
    expect_levels_refused(RATLS_LEVEL_KEY, RATLS_LEVEL_NONE, "the peer proves level none");
    d.server.p.demand = RATLS_LEVEL_NONE;
    expect_levels_refused(RATLS_LEVEL_KEY, RATLS_LEVEL_NONE, "names an attestation key");
}

Test(session, refuses_to_be_proven_a_key_that_the_evidence_does_not_name)
{
    d.server.p.peer_ak_spki = ratls_bytes(NULL, 0);
    expect_levels_refused(RATLS_LEVEL_KEY, RATLS_LEVEL_SESSION, "does not name");
}

/* The last fence: whatever went wrong before, nobody is allowed below the demand. */
Test(session, never_allows_below_the_demand)
{
    d.server.p.demand = RATLS_LEVEL_NONE;
    d.server.p.peer_ak_spki = ratls_bytes(NULL, 0);
    d.server.p.shown = RATLS_LEVEL_NONE;
    d.server.p.provable = RATLS_LEVEL_NONE;
    restart();
    struct hello h = good_hello();
    h.lowest = h.highest = RATLS_LEVEL_NONE;
    cr_assert_eq(feed_hello(&d.server, &h, NULL), RATLS_OK);
    cr_assert_eq(rt_session_due(&d.server.s), RT_DUE_VERDICT);
    d.server.s.p.demand = RATLS_LEVEL_KEY;
    cr_expect_eq(rt_session_allow(&d.server.s), RATLS_E_BINDING_LEVEL);
    d.server.s.p.demand = RATLS_LEVEL_NONE;
    cr_expect_eq(rt_session_allow(&d.server.s), RATLS_OK);
}

/* ---- verdicts ---- */

static void bring_to_verdict(void)
{
    const struct hello h = good_hello();
    uint8_t hash[RT_SHA256_LEN];

    restart();
    prove(&d.server);
    cr_assert_eq(feed_hello(&d.server, &h, hash), RATLS_OK);
    struct proof proof = good_proof(&d.server, &d.client, hash);
    cr_assert_eq(feed_proof(&d.server, &proof), RATLS_OK);
}

Test(session, refuses_malformed_verdicts)
{
    static const struct {
        uint8_t decision;
        uint16_t class;
        const char *text;
    } table[] = {
        {0, 0, ""},
        {3, 0, ""},
        {255, 0, ""},
        {RT_DECISION_ALLOW, 0, "but hurry"},
        {RT_DECISION_ALLOW, RATLS_CLASS_PROTOCOL, ""},
        {RT_DECISION_DENY, RATLS_CLASS_INTERNAL + 1, ""},
        {RT_DECISION_DENY, 0xffff, ""},
    };

    for (size_t i = 0; i < RT_COUNT(table); i++) {
        bring_to_verdict();
        cr_expect_eq(feed_verdict(&d.server, table[i].decision, table[i].class, table[i].text),
                     RATLS_E_FRAME_FORMAT, "row %zu", i);
        cr_expect_not(d.server.s.got_allow);
    }
}

Test(session, refuses_allow_before_the_peers_proof)
{
    const struct hello h = good_hello();

    prove(&d.server);
    cr_assert_eq(feed_hello(&d.server, &h, NULL), RATLS_OK);
    cr_expect_eq(feed_verdict(&d.server, RT_DECISION_ALLOW, 0, ""), RATLS_E_FRAME_ORDER);
}

/* The peer cannot have judged what it has not seen. */
Test(session, refuses_allow_before_its_own_proof)
{
    for (uint8_t lowest = 0; lowest <= RATLS_LEVEL_SESSION; lowest++) {
        struct hello h = good_hello();
        uint8_t hash[RT_SHA256_LEN];
        restart();
        h.lowest = lowest;
        cr_assert_eq(feed_hello(&d.server, &h, hash), RATLS_OK);
        struct proof proof = good_proof(&d.server, &d.client, hash);
        cr_assert_eq(feed_proof(&d.server, &proof), RATLS_OK);
        cr_expect_eq(feed_verdict(&d.server, RT_DECISION_ALLOW, 0, ""), RATLS_E_FRAME_ORDER,
                     "lowest %u", lowest);
    }
}

Test(session, takes_a_denial_at_any_time_after_hello)
{
    const struct hello h = good_hello();

    cr_assert_eq(feed_hello(&d.server, &h, NULL), RATLS_OK);
    cr_expect_eq(feed_verdict(&d.server, RT_DECISION_DENY, RATLS_CLASS_BUSY, "later"),
                 RATLS_E_PEER_DENIED);
    cr_expect_str_eq(d.server.err.detail, "class 4: later");
}

/* T79: the peer's text cannot forge a log line. */
Test(session, keeps_only_printable_text_of_a_denial)
{
    const struct hello h = good_hello();

    cr_assert_eq(feed_hello(&d.server, &h, NULL), RATLS_OK);
    cr_expect_eq(feed_verdict(&d.server, RT_DECISION_DENY, 1, "a\r\n\x1b[31m\xc3\xa4"),
                 RATLS_E_PEER_DENIED);
    cr_expect_str_eq(d.server.err.detail, "class 1: a???[31m??");
}

/* ---- denials of this side ---- */

static void expect_denial(enum ratls_err why, enum ratls_class class, const char *text)
{
    struct ratls_bytes out;

    restart();
    rt_session_sent(&d.server.s, rt_session_output(&d.server.s).len);
    rt_session_deny(&d.server.s, why);
    out = rt_session_output(&d.server.s);
    cr_assert_eq(out.len, RT_FRAME_HEADER + 3 + strlen(text));
    cr_expect_eq(out.p[0], RT_FRAME_VERDICT);
    cr_expect_eq(out.p[4], RT_DECISION_DENY);
    cr_expect_eq(out.p[5], 0);
    cr_expect_eq(out.p[6], class);
    cr_expect_eq(memcmp(out.p + 7, text, strlen(text)), 0);
}

/* T73: one text for all that is wrong with evidence. */
Test(session, tells_the_peer_a_class_and_no_reason)
{
    static const enum ratls_err attestation[] = {
        RATLS_E_MEASUREMENT,     RATLS_E_EVIDENCE_SIGNATURE,
        RATLS_E_DEBUG,           RATLS_E_BINDING_MISMATCH,
        RATLS_E_PROOF_SIGNATURE, RATLS_E_CERT_EXPIRED,
        RATLS_E_REFLECTION,      RATLS_E_NONCE,
        RATLS_E_NO_EVIDENCE,
    };

    for (size_t i = 0; i < RT_COUNT(attestation); i++)
        expect_denial(attestation[i], RATLS_CLASS_ATTESTATION, "attestation refused");
    expect_denial(RATLS_E_FRAME_ORDER, RATLS_CLASS_PROTOCOL, "protocol violated");
    expect_denial(RATLS_E_BINDING_LEVEL, RATLS_CLASS_LEVEL, "binding levels do not meet");
    expect_denial(RATLS_E_TIMEOUT, RATLS_CLASS_BUSY, "busy or too slow");
    expect_denial(RATLS_E_NO_MEMORY, RATLS_CLASS_INTERNAL, "internal error");
}

Test(session, denies_once_and_owes_nothing_afterwards)
{
    size_t len;

    rt_session_deny(&d.server.s, RATLS_E_DEBUG);
    len = rt_session_output(&d.server.s).len;
    rt_session_deny(&d.server.s, RATLS_E_DEBUG);
    cr_expect_eq(rt_session_output(&d.server.s).len, len);
    cr_expect_eq(rt_session_due(&d.server.s), RT_DUE_NOTHING);
    cr_expect_eq(rt_session_allow(&d.server.s), RATLS_E_STATE);
    cr_expect_eq(
        rt_session_supply(&d.server.s, ratls_bytes(NULL, 0), &(struct rt_session_shown){0}),
        RATLS_E_STATE);
}

Test(session, cannot_deny_what_it_has_allowed)
{
    bring_to_verdict();
    cr_assert_eq(rt_session_allow(&d.server.s), RATLS_OK);
    size_t len = rt_session_output(&d.server.s).len;
    rt_session_deny(&d.server.s, RATLS_E_DEBUG);
    cr_expect_eq(rt_session_output(&d.server.s).len, len);
}

Test(session, knows_when_the_peer_is_reading)
{
    const struct hello h = good_hello();

    cr_expect_not(rt_session_heard(&d.server.s));
    cr_assert_eq(feed_hello(&d.server, &h, NULL), RATLS_OK);
    cr_expect(rt_session_heard(&d.server.s));
}
