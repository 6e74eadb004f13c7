/* session_support.h - two sessions with fixed exporters and real attestation keys, and a peer that
 * writes its frames by hand. To be included by one file of a test program. */
#ifndef SESSION_SUPPORT_H
#define SESSION_SUPPORT_H

#include <criterion/criterion.h>

#include "cmw_collection.h"
#include "session.h"

struct party {
    struct rt_session_params p;
    struct rt_session s;
    struct rt_key *ak;
    enum ratls_err e; /* last outcome */
    struct ratls_error err;
    unsigned quotes; /* made by this side */
    struct ratls_bytes devices;
};

struct duo {
    struct party client, server;
};

static inline struct ratls_bytes ak_spki(const struct party *p)
{
    return rt_key_spki(p->ak);
}

/* The quote of the tests is a CMW record of the binder. */
#define QUOTE_HEAD "\x83\x61q\x58\x40"
#define QUOTE_LEN  (5 + RT_BINDER_LEN + 1)

static inline void make_quote(const uint8_t binder[RT_BINDER_LEN], uint8_t out[QUOTE_LEN])
{
    memcpy(out, QUOTE_HEAD, 5);
    memcpy(out + 5, binder, RT_BINDER_LEN);
    out[QUOTE_LEN - 1] = 4;
}

static inline enum ratls_err judge_quote(void *arg, struct ratls_bytes cmw,
                                         const uint8_t binder[RT_BINDER_LEN],
                                         struct ratls_error *err)
{
    uint8_t due[QUOTE_LEN];

    (void)arg;
    make_quote(binder, due);
    return ratls_bytes_equal(cmw, ratls_bytes(due, sizeof due))
               ? RATLS_OK
               : ratls_fail(err, RATLS_E_BINDING_MISMATCH, "another binder");
}

#define ONE_DEVICE                                                                                 \
    "\xa2\x68__cmwc_t\x78\x25" RT_CMW_COMPOSITE "\x64gpu0\x83\x63"                                 \
    "a/b\x48"                                                                                      \
    "evidence\x04"

static inline struct ratls_bytes one_device(void)
{
    return ratls_bytes(ONE_DEVICE, sizeof ONE_DEVICE - 1);
}

static inline enum ratls_err judge_devices(void *arg, struct ratls_bytes collection,
                                           struct ratls_error *err)
{
    (void)arg;
    return ratls_bytes_equal(collection, one_device())
               ? RATLS_OK
               : ratls_fail(err, RATLS_E_DEVICE_DUPLICATE, "another device");
}

static const char *const formats[] = {"tdx", "sev_snp", NULL};

/* Both sides at level `lowest` to `highest`. */
static inline void party_make(struct party *p, enum ratls_role role)
{
    const bool client = role == RATLS_CLIENT;

    *p = (struct party){0};
    p->p = (struct rt_session_params){
        .role = role,
        .demand = RATLS_LEVEL_SESSION,
        .shown = RATLS_LEVEL_KEY,
        .provable = RATLS_LEVEL_SESSION,
        .formats = formats,
        .judge_quote = judge_quote,
        .judge_devices = judge_devices,
    };
    memset(p->p.exporter_own, client ? 0xec : 0xe5, RT_EXPORTER_LEN);
    memset(p->p.exporter_peer, client ? 0xe5 : 0xec, RT_EXPORTER_LEN);
    memset(p->p.spki_own, client ? 0xc1 : 0x5e, RT_SHA256_LEN);
    memset(p->p.spki_peer, client ? 0x5e : 0xc1, RT_SHA256_LEN);
    cr_assert_eq(rt_key_generate(ratls_env_system(), RT_P256, &p->ak), RATLS_OK);
}

static inline void duo_make(struct duo *d)
{
    party_make(&d->client, RATLS_CLIENT);
    party_make(&d->server, RATLS_SERVER);
    d->client.p.peer_ak_spki = ak_spki(&d->server);
    d->server.p.peer_ak_spki = ak_spki(&d->client);
}

static inline void duo_start(struct duo *d)
{
    cr_assert_eq(rt_session_start(&d->client.s, ratls_env_system(), &d->client.p), RATLS_OK);
    cr_assert_eq(rt_session_start(&d->server.s, ratls_env_system(), &d->server.p), RATLS_OK);
}

static inline void duo_stop(struct duo *d)
{
    rt_session_free(&d->client.s);
    rt_session_free(&d->server.s);
}

static inline void duo_free(struct duo *d)
{
    duo_stop(d);
    rt_key_free(d->client.ak);
    rt_key_free(d->server.ak);
}

/* What this side would have to prove, signed. */
static inline void answer_proof(const struct party *p, uint8_t binder[RT_BINDER_LEN],
                                uint8_t signature[RT_PROOF_SIG_LEN])
{
    struct ratls_proof_request req;

    rt_session_proof_request(&p->s, &req);
    cr_assert_eq(rt_binder(&req, p->p.spki_own, binder), RATLS_OK);
    cr_assert_eq(rt_proof_sign(ratls_env_system(), p->ak, binder, signature), RATLS_OK);
}

static inline void prove(struct party *p)
{
    struct ratls_proof_request req;
    uint8_t binder[RT_BINDER_LEN], signature[RT_PROOF_SIG_LEN], quote[QUOTE_LEN];
    size_t quote_len;

    rt_session_proof_request(&p->s, &req);
    answer_proof(p, binder, signature);
    make_quote(binder, quote);
    quote_len = req.level == RATLS_LEVEL_QUOTE ? sizeof quote : 0;
    p->quotes += quote_len > 0;
    const struct rt_session_shown shown = {ratls_bytes(quote, quote_len), p->devices};
    cr_assert_eq(rt_session_supply(&p->s, ratls_bytes(signature, sizeof signature), &shown),
                 RATLS_OK);
}

/* All that this side owes now. */
static inline void settle(struct party *p)
{
    for (;;) {
        switch (rt_session_due(&p->s)) {
        case RT_DUE_PROOF:
            prove(p);
            break;
        case RT_DUE_VERDICT:
            if ((p->e = rt_session_allow(&p->s)) != RATLS_OK)
                return;
            break;
        case RT_DUE_NOTHING:
        case RT_DUE_DONE:
            return;
        }
    }
}

/* `in` in pieces of at most `chunk` bytes; the first error ends it. */
static inline enum ratls_err feed_in(struct party *p, struct ratls_bytes in, size_t chunk)
{
    struct rt_reader r = rt_reader(in);
    enum ratls_err e = RATLS_OK;

    while (r.left && !e) {
        size_t n = rt_session_wants(&p->s);
        if (n == 0)
            return RATLS_E_CLOSED; /* bytes behind the peer's verdict */
        n = n < r.left ? n : r.left;
        n = n < chunk ? n : chunk;
        e = rt_session_feed(&p->s, rt_take_bytes(&r, n), &p->err);
    }
    return e;
}

static inline enum ratls_err feed(struct party *p, struct ratls_bytes in)
{
    return feed_in(p, in, SIZE_MAX);
}

/* Everything `from` has to say, at most `chunk` bytes at a time; false when there was nothing. */
static inline bool pass(struct party *from, struct party *to, size_t chunk)
{
    struct ratls_bytes out = rt_session_output(&from->s);

    if (out.len == 0 || to->e)
        return false;
    to->e = feed_in(to, out, chunk);
    rt_session_sent(&from->s, out.len);
    return true;
}

static inline void duo_run(struct duo *d, size_t chunk)
{
    bool moved;

    do {
        settle(&d->client);
        moved = pass(&d->client, &d->server, chunk);
        settle(&d->server);
        moved = pass(&d->server, &d->client, chunk) || moved;
    } while (moved);
}

/* ---- a peer that writes by hand ---- */

struct hello {
    uint8_t version, lowest, highest;
    struct ratls_bytes names; /* count and names */
    uint8_t random[RT_HELLO_RANDOM];
    size_t random_len;
};

static inline struct hello good_hello(void)
{
    struct hello h = {.version = RT_SESSION_VERSION,
                      .lowest = RATLS_LEVEL_SESSION,
                      .highest = RATLS_LEVEL_SESSION,
                      .names = ratls_bytes("\x01\x03tdx", 5),
                      .random_len = RT_HELLO_RANDOM};

    memset(h.random, 0x77, sizeof h.random);
    return h;
}

static inline void put_frame(struct rt_writer *w, uint8_t type, struct ratls_bytes payload)
{
    rt_put_u8(w, type);
    rt_put_u24be(w, (uint32_t)payload.len);
    rt_put_bytes(w, payload);
}

static inline void put_hello(struct rt_writer *w, const struct hello *h)
{
    struct rt_writer payload = {0};

    rt_put_u8(&payload, h->version);
    rt_put_u8(&payload, h->lowest);
    rt_put_u8(&payload, h->highest);
    rt_put_bytes(&payload, h->names);
    rt_put(&payload, h->random, h->random_len);
    put_frame(w, RT_FRAME_HELLO, rt_written(&payload));
    rt_writer_free(&payload);
}

static inline enum ratls_err feed_frame(struct party *p, uint8_t type, const void *payload,
                                        size_t len)
{
    struct rt_writer w = {0};

    put_frame(&w, type, ratls_bytes(payload, len));
    enum ratls_err e = feed(p, rt_written(&w));
    rt_writer_free(&w);
    return e;
}

/* `hello_sha256` may be NULL. */
static inline enum ratls_err feed_hello(struct party *p, const struct hello *h,
                                        uint8_t hello_sha256[RT_SHA256_LEN])
{
    struct rt_writer w = {0};

    put_hello(&w, h);
    if (hello_sha256)
        cr_assert_eq(rt_sha256(rt_written(&w), hello_sha256), RATLS_OK);
    enum ratls_err e = feed(p, rt_written(&w));
    rt_writer_free(&w);
    return e;
}

/* A PROOF towards `p` as its honest peer would make it; tests spoil one field. */
struct proof {
    struct ratls_proof_request req;
    uint8_t own_spki[RT_SHA256_LEN];
    uint8_t level; /* byte of the frame */
    struct rt_key *key;
    uint8_t quote[QUOTE_LEN];
    size_t quote_len;
    struct ratls_bytes devices; /* at most as long as one_device() */
    uint8_t payload[1 + RT_PROOF_SIG_LEN + QUOTE_LEN + sizeof ONE_DEVICE];
};

static inline struct proof good_proof(const struct party *p, const struct party *prover,
                                      const uint8_t hello_sha256[RT_SHA256_LEN])
{
    struct proof out = {.level = RATLS_LEVEL_SESSION, .key = prover->ak};

    out.req.role = prover->p.role;
    out.req.level = RATLS_LEVEL_SESSION;
    memcpy(out.req.exporter, p->p.exporter_peer, RT_EXPORTER_LEN);
    memcpy(out.req.peer_spki_sha256, p->p.spki_own, RT_SHA256_LEN);
    memcpy(out.req.hello_sha256, hello_sha256, RT_SHA256_LEN);
    memcpy(out.own_spki, p->p.spki_peer, RT_SHA256_LEN);
    return out;
}

/* Sign; the payload is then complete. */
static inline size_t proof_seal(struct proof *proof)
{
    uint8_t binder[RT_BINDER_LEN];

    cr_assert_eq(rt_binder(&proof->req, proof->own_spki, binder), RATLS_OK);
    proof->payload[0] = proof->level;
    cr_assert_eq(rt_proof_sign(ratls_env_system(), proof->key, binder, proof->payload + 1),
                 RATLS_OK);
    make_quote(binder, proof->quote);
    memcpy(proof->payload + 1 + RT_PROOF_SIG_LEN, proof->quote, proof->quote_len);
    if (proof->devices.len > 0)
        memcpy(proof->payload + 1 + RT_PROOF_SIG_LEN + proof->quote_len, proof->devices.p,
               proof->devices.len);
    return 1 + RT_PROOF_SIG_LEN + proof->quote_len + proof->devices.len;
}

static inline enum ratls_err feed_proof(struct party *p, struct proof *proof)
{
    size_t len = proof_seal(proof);

    return feed_frame(p, RT_FRAME_PROOF, proof->payload, len);
}

static inline enum ratls_err feed_verdict(struct party *p, uint8_t decision, uint16_t class,
                                          const char *text)
{
    struct rt_writer w = {0};

    rt_put_u8(&w, decision);
    rt_put_u16be(&w, class);
    rt_put(&w, text, strlen(text));
    enum ratls_err e = feed_frame(p, RT_FRAME_VERDICT, w.p, w.len);
    rt_writer_free(&w);
    return e;
}

#endif
