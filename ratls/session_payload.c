/* The payloads of the peer's frames: HELLO, PROOF, VERDICT (PROTOCOL.md, "Session frames"). */
#include "cmw_collection.h"
#include "evidence_ext.h"
#include "session_impl.h"

/* ---- HELLO ---- */

static bool format_char(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/* Names are well-formed or the frame is not; which ones they are decides nothing here: the peer
 * judges by its own lists. */
static void read_formats(struct rt_reader *r)
{
    size_t n = rt_u8(r);

    if (n > RT_MAX_FORMATS)
        r->bad = true;
    for (size_t i = 0; i < n && !r->bad; i++) {
        struct ratls_bytes name = rt_take_bytes(r, rt_u8(r));
        if (name.len == 0 || name.len > RT_MAX_FORMAT_LEN)
            r->bad = true;
        for (size_t k = 0; k < name.len && !r->bad; k++)
            r->bad = !format_char(name.p[k]);
    }
}

static enum ratls_err check_random(const struct rt_session *s, const uint8_t *random,
                                   struct ratls_error *err)
{
    if (rt_all_zero(random, RT_HELLO_RANDOM))
        return ratls_fail(err, RATLS_E_NONCE, "the random bytes of the HELLO are all zero");
    if (rt_ct_equal(random, s->own_random, RT_HELLO_RANDOM))
        return ratls_fail(err, RATLS_E_REFLECTION, "the own HELLO came back");
    return RATLS_OK;
}

static enum ratls_err check_levels(const struct rt_session *s, struct ratls_error *err)
{
    bool proves = s->peer_highest >= RATLS_LEVEL_SESSION;

    if (s->peer_highest < s->p.demand)
        return ratls_fail(err, RATLS_E_BINDING_LEVEL, "the peer proves level %s, %s is required",
                          ratls_level_name(s->peer_highest), ratls_level_name(s->p.demand));
    /* Evidence that names an AK is never taken without its proof. */
    if (s->p.peer_ak_spki.len && !proves)
        return ratls_fail(err, RATLS_E_BINDING_LEVEL,
                          "the evidence names an attestation key, the peer does not prove it");
    if (s->p.shown != RATLS_LEVEL_NONE && !s->p.peer_ak_spki.len && proves)
        return ratls_fail(err, RATLS_E_BINDING_LEVEL,
                          "the peer wants to prove a key that its evidence does not name");
    if (s->p.provable < s->peer_lowest)
        return ratls_fail(err, RATLS_E_BINDING_LEVEL, "the peer requires level %s, %s is provable",
                          ratls_level_name(s->peer_lowest), ratls_level_name(s->p.provable));
    return RATLS_OK;
}

static enum ratls_err hash_hello(struct rt_session *s, struct ratls_bytes payload)
{
    struct rt_writer frame = {0};
    enum ratls_err e = RATLS_E_NO_MEMORY;

    rt_frame_put(&frame, RT_FRAME_HELLO, payload);
    if (!frame.bad)
        e = rt_sha256(rt_written(&frame), s->peer_hello_sha256);
    rt_writer_free(&frame);
    return e;
}

enum ratls_err rt_session_hello(struct rt_session *s, struct ratls_bytes payload,
                                struct ratls_error *err)
{
    struct rt_reader r = rt_reader(payload);
    uint8_t version = rt_u8(&r), lowest = rt_u8(&r), highest = rt_u8(&r);
    uint8_t random[RT_HELLO_RANDOM];
    enum ratls_err e;

    if (version != RT_SESSION_VERSION)
        return ratls_fail(err, RATLS_E_FRAME_VERSION, "HELLO of version %u", version);
    read_formats(&r);
    rt_copy(&r, random, sizeof random);
    if (!rt_at_end(&r) || lowest > RATLS_LEVEL_QUOTE || highest > RATLS_LEVEL_QUOTE)
        return ratls_fail(err, RATLS_E_FRAME_FORMAT, "HELLO is malformed");
    s->peer_lowest = (enum ratls_level)lowest;
    s->peer_highest = (enum ratls_level)highest;
    if ((e = check_random(s, random, err)) != RATLS_OK || (e = check_levels(s, err)) != RATLS_OK ||
        (e = hash_hello(s, payload)) != RATLS_OK)
        return e;
    s->got_hello = true; /* nothing is owed to a HELLO that was refused */
    return RATLS_OK;
}

/* ---- PROOF ---- */

/* The peer follows the rule of proof_level(), seen from its side. */
static enum ratls_level expected_level(const struct rt_session *s)
{
    return s->peer_highest == RATLS_LEVEL_QUOTE && s->p.demand == RATLS_LEVEL_QUOTE
               ? RATLS_LEVEL_QUOTE
               : RATLS_LEVEL_SESSION;
}

/* The binder that the peer must have signed: its role, its SPKI, its HELLO; this side's SPKI as its
 * peer's. */
static enum ratls_err peer_binder(const struct rt_session *s, enum ratls_level level,
                                  uint8_t binder[RT_BINDER_LEN])
{
    struct ratls_proof_request req = {
        .role = s->p.role == RATLS_CLIENT ? RATLS_SERVER : RATLS_CLIENT,
        .level = level,
    };
    memcpy(req.exporter, s->p.exporter_peer, sizeof req.exporter);
    memcpy(req.peer_spki_sha256, s->p.spki_own, sizeof req.peer_spki_sha256);
    memcpy(req.hello_sha256, s->peer_hello_sha256, sizeof req.hello_sha256);
    return rt_binder(&req, s->p.spki_peer, binder);
}

static enum ratls_err check_proof(struct rt_session *s, struct ratls_bytes signature,
                                  const struct rt_session_shown *shown, struct ratls_error *err)
{
    enum ratls_level level = expected_level(s);
    uint8_t binder[RT_BINDER_LEN];
    enum ratls_err e = peer_binder(s, level, binder);

    if (e)
        return ratls_fail(err, e, "binder of the peer");
    if (s->proof_queued && rt_ct_equal(signature.p, s->own_signature, RT_PROOF_SIG_LEN))
        return ratls_fail(err, RATLS_E_REFLECTION, "the own proof came back");
    if ((e = rt_proof_verify(s->p.peer_ak_spki, binder, signature, err)) != RATLS_OK)
        return e;
    if (level == RATLS_LEVEL_QUOTE &&
        (e = s->p.judge_quote(s->p.judge_arg, shown->quote, binder, err)) != RATLS_OK)
        return e;
    if (shown->devices.len > 0 &&
        (e = s->p.judge_devices(s->p.judge_arg, shown->devices, err)) != RATLS_OK)
        return e;
    s->level = level;
    s->got_proof = true;
    return RATLS_OK;
}

/* What is behind the signature. A quote that is no record is left whole: its reader says what it
 * is. */
static bool split_shown(struct rt_reader *r, uint8_t level, struct rt_session_shown *out)
{
    struct rt_reader behind = *r;

    *out = (struct rt_session_shown){0};
    if (level == RATLS_LEVEL_QUOTE) {
        out->quote = rt_cmw_cut(&behind);
        if (behind.bad)
            out->quote = rt_take_bytes(r, r->left);
        else
            *r = behind;
    }
    out->devices = rt_rest(r);
    return (level == RATLS_LEVEL_QUOTE) == (out->quote.len > 0) &&
           (out->devices.len == 0 || rt_cmw_is_collection(out->devices));
}

enum ratls_err rt_session_proof(struct rt_session *s, struct ratls_bytes payload,
                                struct ratls_error *err)
{
    struct rt_reader r = rt_reader(payload);
    uint8_t level = rt_u8(&r);
    struct ratls_bytes signature = rt_take_bytes(&r, RT_PROOF_SIG_LEN);
    struct rt_session_shown shown;

    if (r.bad)
        return ratls_fail(err, RATLS_E_FRAME_FORMAT, "PROOF is malformed");
    if (level != (uint8_t)expected_level(s))
        return ratls_fail(err, RATLS_E_BINDING_LEVEL, "a proof of level %u, %u was agreed", level,
                          (unsigned)expected_level(s));
    if (!split_shown(&r, level, &shown))
        return ratls_fail(err, RATLS_E_FRAME_FORMAT, "PROOF and what it shows do not fit");
    if (s->p.shown ==
        RATLS_LEVEL_NONE) { /* not asked for, not believed: the peer stays unattested */
        s->got_proof = true;
        return RATLS_OK;
    }
    return check_proof(s, signature, &shown, err);
}

/* ---- VERDICT ---- */

enum ratls_err rt_session_verdict(struct rt_session *s, struct ratls_bytes payload,
                                  struct ratls_error *err)
{
    struct rt_reader r = rt_reader(payload);
    uint8_t decision = rt_u8(&r);
    uint16_t class = rt_u16be(&r);
    struct ratls_bytes text = rt_rest(&r);

    if (r.bad || class > RATLS_CLASS_INTERNAL)
        return ratls_fail(err, RATLS_E_FRAME_FORMAT, "VERDICT is malformed");
    if (decision == RT_DECISION_DENY)
        return ratls_fail(err, RATLS_E_PEER_DENIED, "class %u: %.*s", class, (int)text.len,
                          (const char *)text.p);
    if (decision != RT_DECISION_ALLOW || class != RATLS_CLASS_NONE || text.len)
        return ratls_fail(err, RATLS_E_FRAME_FORMAT, "VERDICT is malformed");
    if (!rt_session_both_proven(s)) /* an ALLOW follows what it judges */
        return ratls_fail(err, RATLS_E_FRAME_ORDER, "ALLOW before the proofs");
    s->got_allow = true;
    return RATLS_OK;
}
