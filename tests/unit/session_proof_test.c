/* Proofs of a session: what they bind, in both directions (threats T11-T14, T181-T183). */
#include "session_support.h"

static struct duo d;
static uint8_t hello_hash[RT_SHA256_LEN]; /* of the HELLO that the server got */

static void setup(void)
{
    duo_make(&d);
    duo_start(&d);
}

static void teardown(void)
{
    duo_free(&d);
}

TestSuite(session_proof, .init = setup, .fini = teardown, .timeout = 120);

static void hear(enum ratls_level lowest, enum ratls_level highest)
{
    struct hello h = good_hello();

    h.lowest = (uint8_t)lowest;
    h.highest = (uint8_t)highest;
    cr_assert_eq(feed_hello(&d.server, &h, hello_hash), RATLS_OK);
}

static struct proof proof_of_client(void)
{
    hear(RATLS_LEVEL_SESSION, RATLS_LEVEL_SESSION);
    return good_proof(&d.server, &d.client, hello_hash);
}

static void expect_refused(struct proof *proof, enum ratls_err why)
{
    enum ratls_err e = feed_proof(&d.server, proof);

    cr_expect_eq(e, why, "%s", ratls_err_reason(e));
    cr_expect_not(d.server.s.got_proof);
    cr_expect_neq(rt_session_due(&d.server.s), RT_DUE_VERDICT);
    cr_expect_eq(rt_session_allow(&d.server.s), RATLS_E_STATE);
}

Test(session_proof, of_the_attested_key_over_this_channel_is_accepted)
{
    struct proof proof = proof_of_client();

    cr_expect_eq(feed_proof(&d.server, &proof), RATLS_OK);
    cr_expect_eq(d.server.s.level, RATLS_LEVEL_SESSION);
}

/* T11, T12: a proof recorded elsewhere, or relayed from another channel. */
Test(session_proof, over_another_exporter_is_refused)
{
    struct proof proof = proof_of_client();

    proof.req.exporter[31] ^= 1;
    expect_refused(&proof, RATLS_E_PROOF_SIGNATURE);
}

/* The label is the prover's: the other direction's exporter is not good enough. */
Test(session_proof, over_the_exporter_of_the_other_direction_is_refused)
{
    struct proof proof = proof_of_client();

    memcpy(proof.req.exporter, d.server.p.exporter_own, RT_EXPORTER_LEN);
    expect_refused(&proof, RATLS_E_PROOF_SIGNATURE);
}

/* T14 */
Test(session_proof, in_the_role_of_the_other_side_is_refused)
{
    struct proof proof = proof_of_client();

    proof.req.role = RATLS_SERVER;
    expect_refused(&proof, RATLS_E_PROOF_SIGNATURE);
}

/* T12 */
Test(session_proof, for_another_own_key_is_refused)
{
    struct proof proof = proof_of_client();

    proof.own_spki[0] ^= 1;
    expect_refused(&proof, RATLS_E_PROOF_SIGNATURE);
}

Test(session_proof, for_another_peer_is_refused)
{
    struct proof proof = proof_of_client();

    proof.req.peer_spki_sha256[0] ^= 1;
    expect_refused(&proof, RATLS_E_PROOF_SIGNATURE);
}

/* T15: levels, formats and random of the HELLO cannot be changed on the way. */
Test(session_proof, over_another_hello_is_refused)
{
    struct proof proof = proof_of_client();

    proof.req.hello_sha256[0] ^= 1;
    expect_refused(&proof, RATLS_E_PROOF_SIGNATURE);
}

/* A8: what the prover says in HELLO is what the judge read. */
Test(session_proof, fails_when_one_byte_of_the_hello_changes_under_way)
{
    struct hello sent = good_hello();

    hear(RATLS_LEVEL_SESSION, RATLS_LEVEL_SESSION);
    sent.highest = RATLS_LEVEL_QUOTE;
    struct rt_writer w = {0};
    put_hello(&w, &sent);
    cr_assert_eq(rt_sha256(rt_written(&w), hello_hash), RATLS_OK);
    rt_writer_free(&w);
    struct proof proof = good_proof(&d.server, &d.client, hello_hash);
    expect_refused(&proof, RATLS_E_PROOF_SIGNATURE);
}

Test(session_proof, by_another_key_is_refused)
{
    struct proof proof = proof_of_client();

    proof.key = d.server.ak;
    expect_refused(&proof, RATLS_E_PROOF_SIGNATURE);
}

Test(session_proof, with_one_flipped_bit_is_refused)
{
    for (size_t bit = 0; bit < 8 * RT_PROOF_SIG_LEN; bit++) {
        duo_stop(&d);
        duo_start(&d);
        struct proof proof = proof_of_client();
        size_t len = proof_seal(&proof);
        proof.payload[1 + bit / 8] ^= (uint8_t)(1U << bit % 8);
        cr_expect_eq(feed_frame(&d.server, RT_FRAME_PROOF, proof.payload, len),
                     RATLS_E_PROOF_SIGNATURE, "bit %zu", bit);
    }
}

/* T186: the judge sent no certificate, so the prover has zeros in place of its key. */
Test(session_proof, to_a_side_without_certificate_holds_zeros)
{
    memset(d.server.p.spki_own, 0, RT_SHA256_LEN);
    duo_stop(&d);
    duo_start(&d);
    struct proof proof = proof_of_client();
    cr_assert(rt_all_zero(proof.req.peer_spki_sha256, RT_SHA256_LEN));
    cr_expect_eq(feed_proof(&d.server, &proof), RATLS_OK);
}

/* T104 */
Test(session_proof, with_zeros_for_a_judge_with_certificate_is_refused)
{
    struct proof proof = proof_of_client();

    memset(proof.req.peer_spki_sha256, 0, RT_SHA256_LEN);
    expect_refused(&proof, RATLS_E_PROOF_SIGNATURE);
}

/* ---- reflection ---- */

/* T13: both sides with one key, so that the signature is not what gives the mirror away. */
Test(session_proof, of_its_own_coming_back_is_a_reflection)
{
    struct hello h = good_hello();

    prove(&d.server);
    cr_assert_eq(feed_hello(&d.server, &h, NULL), RATLS_OK);
    struct ratls_bytes own = rt_session_output(&d.server.s);
    struct rt_reader r = rt_reader(own);
    rt_skip(&r, own.len - RT_FRAME_HEADER - 1 - RT_PROOF_SIG_LEN);
    cr_expect_eq(feed(&d.server, rt_rest(&r)), RATLS_E_REFLECTION);
}

/* ---- the level byte ---- */

/* T182 */
Test(session_proof, of_level_two_offered_as_level_three_is_refused)
{
    struct proof proof = proof_of_client();

    proof.level = RATLS_LEVEL_QUOTE;
    expect_refused(&proof, RATLS_E_BINDING_LEVEL);
}

static void demand_quote(void)
{
    d.server.p.demand = RATLS_LEVEL_QUOTE;
    duo_stop(&d);
    duo_start(&d);
    hear(RATLS_LEVEL_SESSION, RATLS_LEVEL_QUOTE);
}

static struct proof quote_of_client(void)
{
    demand_quote();
    struct proof proof = good_proof(&d.server, &d.client, hello_hash);
    proof.level = RATLS_LEVEL_QUOTE;
    proof.req.level = RATLS_LEVEL_QUOTE;
    proof.quote_len = QUOTE_LEN;
    return proof;
}

Test(session_proof, of_level_three_is_signature_and_quote)
{
    struct proof proof = quote_of_client();

    cr_expect_eq(feed_proof(&d.server, &proof), RATLS_OK);
    cr_expect_eq(d.server.s.level, RATLS_LEVEL_QUOTE);
}

/* T182 */
Test(session_proof, of_level_two_where_three_was_agreed_is_refused)
{
    demand_quote();
    struct proof proof = good_proof(&d.server, &d.client, hello_hash);
    expect_refused(&proof, RATLS_E_BINDING_LEVEL);
}

/* T182: the level is in the binder, the byte of the frame alone does not make it. */
Test(session_proof, signed_for_level_two_and_sent_as_three_is_refused)
{
    struct proof proof = quote_of_client();

    proof.req.level = RATLS_LEVEL_SESSION;
    expect_refused(&proof, RATLS_E_PROOF_SIGNATURE);
}

/* T182 */
Test(session_proof, signed_for_level_three_and_sent_as_two_is_refused)
{
    struct proof proof = proof_of_client();

    proof.req.level = RATLS_LEVEL_QUOTE;
    expect_refused(&proof, RATLS_E_PROOF_SIGNATURE);
}

/* Level 3 is proven to those who demand it, not offered to all. */
Test(session_proof, of_level_three_that_nobody_asked_for_is_refused)
{
    hear(RATLS_LEVEL_SESSION, RATLS_LEVEL_QUOTE);
    struct proof proof = good_proof(&d.server, &d.client, hello_hash);
    proof.level = proof.req.level = RATLS_LEVEL_QUOTE;
    proof.quote_len = QUOTE_LEN;
    expect_refused(&proof, RATLS_E_BINDING_LEVEL);
}

Test(session_proof, of_levels_that_no_proof_has_is_refused)
{
    static const uint8_t levels[] = {0, 1, 4, 255};

    for (size_t i = 0; i < RT_COUNT(levels); i++) {
        duo_stop(&d);
        duo_start(&d);
        struct proof proof = proof_of_client();
        proof.level = levels[i];
        expect_refused(&proof, RATLS_E_BINDING_LEVEL);
    }
}

/* ---- the quote ---- */

Test(session_proof, of_level_three_without_quote_is_malformed)
{
    struct proof proof = quote_of_client();

    proof.quote_len = 0;
    expect_refused(&proof, RATLS_E_FRAME_FORMAT);
}

Test(session_proof, of_level_two_with_a_quote_is_malformed)
{
    struct proof proof = proof_of_client();

    proof.quote_len = QUOTE_LEN;
    expect_refused(&proof, RATLS_E_FRAME_FORMAT);
}

/* T182: a perfect quote does not replace the signature. */
Test(session_proof, of_level_three_with_a_wrong_signature_is_refused)
{
    struct proof proof = quote_of_client();

    proof.key = d.server.ak;
    expect_refused(&proof, RATLS_E_PROOF_SIGNATURE);
}

/* T11 */
Test(session_proof, with_the_quote_of_another_binder_is_refused)
{
    struct proof proof = quote_of_client();
    size_t len = proof_seal(&proof);

    proof.payload[len - 1] ^= 1;
    cr_expect_eq(feed_frame(&d.server, RT_FRAME_PROOF, proof.payload, len),
                 RATLS_E_BINDING_MISMATCH);
    cr_expect_not(d.server.s.got_proof);
    cr_expect_lt(d.server.s.level, RATLS_LEVEL_SESSION);
}

/* ---- devices ---- */

Test(session_proof, of_either_level_may_show_devices)
{
    struct proof proof = proof_of_client();

    proof.devices = one_device();
    cr_expect_eq(feed_proof(&d.server, &proof), RATLS_OK);
    cr_expect_eq(d.server.s.level, RATLS_LEVEL_SESSION);
    proof = quote_of_client();
    proof.devices = one_device();
    cr_expect_eq(feed_proof(&d.server, &proof), RATLS_OK);
    cr_expect_eq(d.server.s.level, RATLS_LEVEL_QUOTE);
}

Test(session_proof, with_refused_devices_is_refused)
{
    uint8_t other[sizeof ONE_DEVICE];
    struct proof proof = proof_of_client();

    memcpy(other, ONE_DEVICE, sizeof other);
    other[sizeof ONE_DEVICE - 3] ^= 1; /* of the evidence */
    proof.devices = ratls_bytes(other, sizeof ONE_DEVICE - 1);
    expect_refused(&proof, RATLS_E_DEVICE_DUPLICATE);
}

Test(session_proof, with_refused_devices_is_refused_at_level_three)
{
    struct proof proof = quote_of_client();
    uint8_t other[sizeof ONE_DEVICE];

    memcpy(other, ONE_DEVICE, sizeof other);
    other[sizeof ONE_DEVICE - 3] ^= 1;
    proof.devices = ratls_bytes(other, sizeof ONE_DEVICE - 1);
    expect_refused(&proof, RATLS_E_DEVICE_DUPLICATE);
}

Test(session_proof, with_something_else_behind_it_is_malformed)
{
    static const uint8_t behind[] = {0, 0x83, 0xa0, 0xa1, 0xff};

    for (size_t i = 0; i < 2 * RT_COUNT(behind); i++) {
        d.server.p.demand = RATLS_LEVEL_SESSION;
        duo_stop(&d);
        duo_start(&d);
        struct proof proof = i % 2 ? quote_of_client() : proof_of_client();
        proof.devices = ratls_bytes(&behind[i / 2], 1);
        expect_refused(&proof, RATLS_E_FRAME_FORMAT);
    }
}

/* The signature comes first: devices cost more. */
Test(session_proof, with_devices_and_a_wrong_signature_is_refused)
{
    struct proof proof = proof_of_client();

    proof.key = d.server.ak;
    proof.devices = one_device();
    expect_refused(&proof, RATLS_E_PROOF_SIGNATURE);
}

static enum ratls_err announce_proof(uint32_t len)
{
    const uint8_t header[] = {RT_FRAME_PROOF, (uint8_t)(len >> 16), (uint8_t)(len >> 8),
                              (uint8_t)len};

    return feed(&d.server, ratls_bytes(header, sizeof header));
}

Test(session_proof, is_as_long_as_its_devices_for_a_peer_that_attested)
{
    (void)proof_of_client();
    cr_expect_eq(announce_proof(RT_MAX_FRAME + RT_MAX_COMPOSITE + 1), RATLS_E_FRAME_SIZE);
    duo_stop(&d);
    duo_start(&d);
    (void)proof_of_client();
    cr_expect_eq(announce_proof(RT_MAX_FRAME + RT_MAX_COMPOSITE), RATLS_OK);
}

Test(session_proof, of_a_peer_that_showed_nothing_has_no_room_for_devices)
{
    d.server.p.demand = RATLS_LEVEL_NONE;
    d.server.p.shown = RATLS_LEVEL_NONE;
    d.server.p.peer_ak_spki = ratls_bytes(NULL, 0);
    duo_stop(&d);
    duo_start(&d);
    (void)proof_of_client();
    cr_expect_eq(announce_proof(RT_MAX_FRAME + 1), RATLS_E_FRAME_SIZE);
}

/* ---- proofs of this side ---- */

/* T169: no quote for a client that has not proven itself where it must. */
Test(session_proof, of_a_server_by_quote_waits_for_the_client)
{
    d.server.p.provable = RATLS_LEVEL_QUOTE;
    duo_stop(&d);
    duo_start(&d);
    hear(RATLS_LEVEL_QUOTE, RATLS_LEVEL_SESSION);
    cr_expect_eq(rt_session_due(&d.server.s), RT_DUE_NOTHING);
    struct proof proof = good_proof(&d.server, &d.client, hello_hash);
    cr_assert_eq(feed_proof(&d.server, &proof), RATLS_OK);
    cr_expect_eq(rt_session_due(&d.server.s), RT_DUE_PROOF);
    prove(&d.server);
    cr_expect_eq(d.server.quotes, 1);
}

Test(session_proof, of_a_server_by_quote_does_not_wait_where_nothing_is_demanded)
{
    d.server.p.provable = RATLS_LEVEL_QUOTE;
    d.server.p.demand = RATLS_LEVEL_NONE;
    d.server.p.shown = RATLS_LEVEL_NONE;
    d.server.p.peer_ak_spki = ratls_bytes(NULL, 0);
    duo_stop(&d);
    duo_start(&d);
    hear(RATLS_LEVEL_QUOTE, RATLS_LEVEL_NONE);
    cr_expect_eq(rt_session_due(&d.server.s), RT_DUE_PROOF);
}

Test(session_proof, of_a_server_by_signature_does_not_wait)
{
    d.server.p.provable = RATLS_LEVEL_QUOTE;
    duo_stop(&d);
    duo_start(&d);
    hear(RATLS_LEVEL_SESSION, RATLS_LEVEL_SESSION);
    cr_expect_eq(rt_session_due(&d.server.s), RT_DUE_PROOF);
}

/* Not asked for, not believed: an anonymous peer's proof is read and gives it nothing. */
Test(session_proof, of_a_peer_that_showed_nothing_gives_it_no_level)
{
    d.server.p.demand = RATLS_LEVEL_NONE;
    d.server.p.shown = RATLS_LEVEL_NONE;
    d.server.p.peer_ak_spki = ratls_bytes(NULL, 0);
    duo_stop(&d);
    duo_start(&d);
    struct proof proof = proof_of_client();
    cr_expect_eq(feed_proof(&d.server, &proof), RATLS_OK);
    cr_expect_eq(d.server.s.level, RATLS_LEVEL_NONE);
}

static enum ratls_err supply(size_t signature_len, size_t cmw_len, size_t devices_len)
{
    static const uint8_t bytes[RT_MAX_COMPOSITE + 1];
    const struct rt_session_shown shown = {ratls_bytes(bytes, cmw_len),
                                           ratls_bytes(bytes, devices_len)};

    return rt_session_supply(&d.server.s, ratls_bytes(bytes, signature_len), &shown);
}

Test(session_proof, supplied_in_another_form_is_refused)
{
    cr_expect_eq(supply(63, 0, 0), RATLS_E_USAGE);
    cr_expect_eq(supply(65, 0, 0), RATLS_E_USAGE);
    cr_expect_eq(supply(0, 0, 0), RATLS_E_USAGE);
    cr_expect_eq(supply(64, 1, 0), RATLS_E_USAGE); /* a quote where none is due */
    cr_expect_eq(supply(64, 0, RT_MAX_COMPOSITE + 1), RATLS_E_USAGE);
    cr_expect_eq(supply(64, 0, RT_MAX_COMPOSITE), RATLS_OK);
}

Test(session_proof, shows_the_devices_of_this_side)
{
    d.client.devices = one_device();
    prove(&d.client);
    const struct ratls_bytes out = rt_session_output(&d.client.s);
    const struct ratls_bytes due = one_device();
    cr_assert_gt(out.len, due.len);
    cr_expect(ratls_bytes_equal(ratls_bytes(out.p + out.len - due.len, due.len), due));
}

Test(session_proof, supplied_twice_is_refused)
{
    cr_assert_eq(supply(64, 0, 0), RATLS_OK);
    size_t len = rt_session_output(&d.server.s).len;
    cr_expect_eq(supply(64, 0, 0), RATLS_E_STATE);
    cr_expect_eq(rt_session_output(&d.server.s).len, len);
}

Test(session_proof, supplied_at_level_three_needs_a_quote_that_fits_a_frame)
{
    d.server.p.provable = RATLS_LEVEL_QUOTE;
    d.server.p.demand = RATLS_LEVEL_NONE;
    d.server.p.shown = RATLS_LEVEL_NONE;
    d.server.p.peer_ak_spki = ratls_bytes(NULL, 0);
    duo_stop(&d);
    duo_start(&d);
    cr_expect_eq(supply(64, 1, 0), RATLS_E_STATE); /* the peer's wish is not known yet */
    hear(RATLS_LEVEL_QUOTE, RATLS_LEVEL_NONE);
    cr_expect_eq(supply(64, 0, 0), RATLS_E_USAGE);
    cr_expect_eq(supply(64, RT_MAX_FRAME - 64, 0), RATLS_E_USAGE);
    cr_expect_eq(supply(64, RT_MAX_FRAME - 65, 0), RATLS_OK);
}

/* What goes to the holder of the AK is what this side sent and got. */
Test(session_proof, request_names_role_channel_peer_and_own_hello)
{
    struct ratls_proof_request req;
    uint8_t hash[RT_SHA256_LEN];

    rt_session_proof_request(&d.server.s, &req);
    cr_assert_eq(rt_sha256(rt_session_output(&d.server.s), hash), RATLS_OK);
    cr_expect_eq(req.role, RATLS_SERVER);
    cr_expect_eq(req.level, RATLS_LEVEL_SESSION);
    cr_expect_eq(memcmp(req.exporter, d.server.p.exporter_own, sizeof req.exporter), 0);
    cr_expect_eq(memcmp(req.peer_spki_sha256, d.server.p.spki_peer, RT_SHA256_LEN), 0);
    cr_expect_eq(memcmp(req.hello_sha256, hash, sizeof hash), 0);
}
