/* The session state machine. Frames are cut in session.c, their payloads read in
 * session_payload.c. */
#include <stdlib.h>

#include "session_impl.h"

/* ---- what leaves ---- */

/* type (1) || length (3) || payload */
void rt_frame_put(struct rt_writer *w, enum rt_frame type, struct ratls_bytes payload)
{
    rt_put_u8(w, (uint8_t)type);
    rt_put_u24be(w, (uint32_t)payload.len);
    rt_put_bytes(w, payload);
}

static void put_hello(struct rt_writer *w, const struct rt_session *s)
{
    uint8_t n = 0;

    while (s->p.formats && s->p.formats[n] && n < RT_MAX_FORMATS)
        n++;
    rt_put_u8(w, RT_SESSION_VERSION);
    rt_put_u8(w, (uint8_t)s->p.demand);
    rt_put_u8(w, (uint8_t)s->p.provable);
    rt_put_u8(w, n);
    for (uint8_t i = 0; i < n; i++) {
        size_t len = strlen(s->p.formats[i]);
        rt_put_u8(w, (uint8_t)len);
        rt_put(w, s->p.formats[i], len);
    }
    rt_put(w, s->own_random, sizeof s->own_random);
}

enum ratls_err rt_session_start(struct rt_session *s, const struct ratls_env *env,
                                const struct rt_session_params *p)
{
    struct rt_writer hello = {0};

    *s = (struct rt_session){.p = *p, .level = p->shown};
    if (env->random(env->arg, s->own_random, sizeof s->own_random) != 0)
        return RATLS_E_RANDOM;
    put_hello(&hello, s);
    rt_frame_put(&s->out, RT_FRAME_HELLO, rt_written(&hello));
    bool bad = hello.bad || s->out.bad;
    rt_writer_free(&hello);
    return bad ? RATLS_E_NO_MEMORY : rt_sha256(rt_written(&s->out), s->hello_sha256);
}

void rt_session_free(struct rt_session *s)
{
    rt_writer_free(&s->out);
    ratls_buffer_free(&s->payload);
    rt_wipe(s, sizeof *s);
}

struct ratls_bytes rt_session_output(const struct rt_session *s)
{
    struct ratls_bytes all = rt_written(&s->out);
    struct rt_reader r = rt_reader(all);

    rt_skip(&r, s->out_sent);
    return rt_rest(&r);
}

void rt_session_sent(struct rt_session *s, size_t n)
{
    s->out_sent += n;
}

/* ---- what arrives ---- */

size_t rt_session_wants(const struct rt_session *s)
{
    if (s->got_allow)
        return 0;
    if (s->header_len < RT_FRAME_HEADER)
        return RT_FRAME_HEADER - s->header_len;
    return s->payload.len - s->payload_len;
}

/* Sizes of payloads, by type: PROOF is level and signature, at level 3 with a quote behind, and
 * with the devices of whoever has some. Those are for a side that believes the peer's evidence. */
static bool size_fits(const struct rt_session *s, enum rt_frame type, size_t len)
{
    static const struct {
        size_t least, most;
    } sizes[] = {
        [RT_FRAME_HELLO] = {4 + RT_HELLO_RANDOM,
                            4 + RT_MAX_FORMATS * (1 + RT_MAX_FORMAT_LEN) + RT_HELLO_RANDOM},
        [RT_FRAME_PROOF] = {1 + RT_PROOF_SIG_LEN, RT_MAX_FRAME},
        [RT_FRAME_VERDICT] = {RT_VERDICT_FIXED, RT_VERDICT_FIXED + RT_VERDICT_TEXT},
    };
    size_t most = sizes[type].most;

    if (type == RT_FRAME_PROOF && s->p.shown != RATLS_LEVEL_NONE)
        most += RT_MAX_COMPOSITE;
    return len >= sizes[type].least && len <= most;
}

/* HELLO, then PROOF where one is owed, then VERDICT; each once. */
static bool in_order(const struct rt_session *s, enum rt_frame type)
{
    switch (type) {
    case RT_FRAME_HELLO:
        return !s->got_hello;
    case RT_FRAME_PROOF:
        return s->got_hello && !s->got_proof && s->peer_highest >= RATLS_LEVEL_SESSION;
    case RT_FRAME_VERDICT:
        return s->got_hello;
    }
    return false;
}

/* Judge the header before a byte of payload is read or room for it made. */
static enum ratls_err begin_frame(struct rt_session *s, struct ratls_error *err)
{
    struct rt_reader r = rt_reader(ratls_bytes(s->header, sizeof s->header));
    uint8_t type = rt_u8(&r); /* a known one: rt_session_feed() has looked */
    size_t len = rt_u24be(&r);

    if (!in_order(s, (enum rt_frame)type))
        return ratls_fail(err, RATLS_E_FRAME_ORDER, "a frame of type %u came out of order", type);
    if (!size_fits(s, (enum rt_frame)type, len))
        return ratls_fail(err, RATLS_E_FRAME_SIZE, "a frame of type %u with %zu bytes", type, len);
    s->payload_len = 0;
    s->payload = (struct ratls_buffer){.p = malloc(len), .len = len};
    return s->payload.p ? RATLS_OK : RATLS_E_NO_MEMORY;
}

static enum ratls_err end_frame(struct rt_session *s, struct ratls_error *err)
{
    struct ratls_bytes payload = rt_bytes_of(&s->payload);
    enum ratls_err e = RATLS_E_INTERNAL;

    switch ((enum rt_frame)s->header[0]) {
    case RT_FRAME_HELLO:
        e = rt_session_hello(s, payload, err);
        break;
    case RT_FRAME_PROOF:
        e = rt_session_proof(s, payload, err);
        break;
    case RT_FRAME_VERDICT:
        e = rt_session_verdict(s, payload, err);
        break;
    }
    ratls_buffer_free(&s->payload);
    s->header_len = s->payload_len = 0;
    return e;
}

enum ratls_err rt_session_feed(struct rt_session *s, struct ratls_bytes in, struct ratls_error *err)
{
    enum ratls_err e = RATLS_OK;

    if (in.len == 0 || in.len > rt_session_wants(s))
        return RATLS_E_INTERNAL;
    if (s->header_len < RT_FRAME_HEADER) {
        /* The type alone tells application data from a frame: no waiting for three more bytes. */
        if (s->header_len == 0 && (in.p[0] < RT_FRAME_HELLO || in.p[0] > RT_FRAME_VERDICT))
            return ratls_fail(err, RATLS_E_EARLY_DATA, "no session frame begins with 0x%02x",
                              in.p[0]);
        memcpy(s->header + s->header_len, in.p, in.len);
        s->header_len += in.len;
        return s->header_len < RT_FRAME_HEADER ? RATLS_OK : begin_frame(s, err);
    }
    memcpy(s->payload.p + s->payload_len, in.p, in.len);
    s->payload_len += in.len;
    if (s->payload_len == s->payload.len)
        e = end_frame(s, err);
    return e;
}

bool rt_session_heard(const struct rt_session *s)
{
    return s->got_hello;
}

/* ---- what is owed ---- */

/* Level 3 where the peer asks for it and this side can; else 2. */
static enum ratls_level proof_level(const struct rt_session *s)
{
    return s->p.provable == RATLS_LEVEL_QUOTE && s->peer_lowest == RATLS_LEVEL_QUOTE
               ? RATLS_LEVEL_QUOTE
               : RATLS_LEVEL_SESSION;
}

/* A quote costs a second of a shared device: a server makes none for a client that has not proven
 * itself where it must. */
static bool proof_due(const struct rt_session *s)
{
    if (s->p.provable < RATLS_LEVEL_SESSION || s->proof_queued)
        return false;
    if (s->p.provable == RATLS_LEVEL_SESSION)
        return true;
    if (!s->got_hello)
        return false;
    return !(s->p.role == RATLS_SERVER && proof_level(s) == RATLS_LEVEL_QUOTE &&
             s->p.demand >= RATLS_LEVEL_SESSION && !s->got_proof);
}

bool rt_session_both_proven(const struct rt_session *s)
{
    return (s->peer_highest < RATLS_LEVEL_SESSION || s->got_proof) &&
           (s->p.provable < RATLS_LEVEL_SESSION || s->proof_queued);
}

static bool verdict_due(const struct rt_session *s)
{
    return !s->verdict_queued && s->got_hello && rt_session_both_proven(s);
}

enum rt_due rt_session_due(const struct rt_session *s)
{
    if (s->denied)
        return RT_DUE_NOTHING;
    if (proof_due(s))
        return RT_DUE_PROOF;
    if (verdict_due(s))
        return RT_DUE_VERDICT;
    if (s->verdict_queued && s->got_allow && rt_session_output(s).len == 0)
        return RT_DUE_DONE;
    return RT_DUE_NOTHING;
}

void rt_session_proof_request(const struct rt_session *s, struct ratls_proof_request *req)
{
    *req = (struct ratls_proof_request){.role = s->p.role, .level = proof_level(s)};
    memcpy(req->exporter, s->p.exporter_own, sizeof req->exporter);
    memcpy(req->peer_spki_sha256, s->p.spki_peer, sizeof req->peer_spki_sha256);
    memcpy(req->hello_sha256, s->hello_sha256, sizeof req->hello_sha256);
}

enum ratls_err rt_session_supply(struct rt_session *s, struct ratls_bytes signature,
                                 const struct rt_session_shown *shown)
{
    struct rt_writer proof = {0};
    bool quote = proof_level(s) == RATLS_LEVEL_QUOTE;

    if (rt_session_due(s) != RT_DUE_PROOF)
        return RATLS_E_STATE;
    if (signature.len != RT_PROOF_SIG_LEN || quote != (shown->quote.len > 0) ||
        shown->quote.len > RT_MAX_FRAME - 1 - RT_PROOF_SIG_LEN ||
        shown->devices.len > RT_MAX_COMPOSITE)
        return RATLS_E_USAGE;
    memcpy(s->own_signature, signature.p, RT_PROOF_SIG_LEN);
    rt_put_u8(&proof, (uint8_t)proof_level(s));
    rt_put_bytes(&proof, signature);
    rt_put_bytes(&proof, shown->quote);
    rt_put_bytes(&proof, shown->devices);
    rt_frame_put(&s->out, RT_FRAME_PROOF, rt_written(&proof));
    bool bad = proof.bad || s->out.bad;
    rt_writer_free(&proof);
    s->proof_queued = true;
    return bad ? RATLS_E_NO_MEMORY : RATLS_OK;
}

static void put_verdict(struct rt_session *s, enum rt_decision decision, enum ratls_class class)
{
    static const char *const texts[] = {
        [RATLS_CLASS_NONE] = "",
        [RATLS_CLASS_ATTESTATION] = "attestation refused",
        [RATLS_CLASS_PROTOCOL] = "protocol violated",
        [RATLS_CLASS_LEVEL] = "binding levels do not meet",
        [RATLS_CLASS_BUSY] = "busy or too slow",
        [RATLS_CLASS_INTERNAL] = "internal error",
    };
    struct rt_writer verdict = {0};

    rt_put_u8(&verdict, (uint8_t)decision);
    rt_put_u16be(&verdict, (uint16_t) class);
    rt_put(&verdict, texts[class], strlen(texts[class]));
    if (!verdict.bad)
        rt_frame_put(&s->out, RT_FRAME_VERDICT, rt_written(&verdict));
    rt_writer_free(&verdict);
    s->verdict_queued = true;
}

enum ratls_err rt_session_allow(struct rt_session *s)
{
    if (rt_session_due(s) != RT_DUE_VERDICT)
        return RATLS_E_STATE;
    if (s->level < s->p.demand)
        return RATLS_E_BINDING_LEVEL;
    put_verdict(s, RT_DECISION_ALLOW, RATLS_CLASS_NONE);
    return s->out.bad ? RATLS_E_NO_MEMORY : RATLS_OK;
}

bool rt_session_allowed(const struct rt_session *s)
{
    return s->verdict_queued && !s->denied;
}

void rt_session_deny(struct rt_session *s, enum ratls_err e)
{
    if (s->verdict_queued || s->denied)
        return;
    s->denied = true;
    put_verdict(s, RT_DECISION_DENY, ratls_err_class(e));
}
