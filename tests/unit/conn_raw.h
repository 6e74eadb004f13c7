/* conn_raw.h - a peer that speaks TLS through the library's own door but writes its frames by hand,
 * and identities that no honest attester would make. */
#ifndef CONN_RAW_H
#define CONN_RAW_H

#include "binder.h"
#include "conn_support.h"
#include "evidence_ext.h"
#include "identity_impl.h"
#include "mint.h"
#include "oid.h"
#include "session_impl.h"
#include "tls.h"
#include "tls_impl.h"

/* ---- forged identities ---- */

/* Zeroes give what an honest attester makes, but for the AK, which stays with the test. */
struct forgery {
    struct ratls_attester *attester;
    const struct ratls_identity *key_of; /* NULL: a new TLS key */
    bool no_evidence, without_ak, is_ca;
    const char *const *san;
    struct ratls_bytes serial;          /* len 0: a random one */
    int64_t iat, not_before, not_after; /* 0: now, now - 300, now + 3600 */
    const uint8_t *claimed_spki;        /* SHA-256; NULL: of the own key */
    struct ratls_bytes quote;           /* len 0: made for the claims */
    struct ratls_bytes passport;        /* in the place of evidence; len 0: none */
    struct rt_key *issuer_key;          /* NULL: self-signed */
    struct ratls_bytes issuer_name;
    struct rt_key *sign_with; /* a key that is not the issuer's */
};

struct forged {
    struct rt_key *tls, *ak;
    struct ratls_identity *identity; /* imported: holds no AK */
    struct ratls_buffer quote;
};

static inline void forged_free(struct forged *f)
{
    rt_key_free(f->tls);
    rt_key_free(f->ak);
    ratls_identity_unref(f->identity);
    ratls_buffer_free(&f->quote);
    *f = (struct forged){0};
}

static inline struct ratls_buffer forge_extension(const struct forgery *plan, struct forged *f)
{
    uint8_t spki[RT_SHA256_LEN], report_data[RATLS_REPORT_DATA_LEN] = {0};
    struct ratls_buffer claims = {0}, ext = {0};
    const int64_t now = ratls_env_system()->now(NULL);

    cr_assert_eq(rt_sha256(rt_key_spki(f->tls), spki), RATLS_OK);
    cr_assert_eq(rt_cert_claims_write(plan->claimed_spki ? plan->claimed_spki : spki,
                                      plan->without_ak ? ratls_bytes(NULL, 0) : rt_key_spki(f->ak),
                                      plan->iat ? plan->iat : now, &claims),
                 RATLS_OK);
    cr_assert_eq(rt_sha256(rt_bytes_of(&claims), report_data), RATLS_OK);
    if (plan->quote.len)
        cr_assert_eq(rt_dup(plan->quote, &f->quote), RATLS_OK);
    else
        cr_assert_eq(ratls_attester_evidence(plan->attester, report_data, &f->quote, NULL),
                     RATLS_OK);
    cr_assert_eq(rt_cert_evidence_write(NULL, rt_bytes_of(&f->quote), rt_bytes_of(&claims), &ext),
                 RATLS_OK);
    ratls_buffer_free(&claims);
    return ext;
}

static inline void forge_keys(const struct forgery *plan, struct forged *f)
{
    const struct ratls_env *env = ratls_env_system();
    struct ratls_buffer key = {0};

    cr_assert_eq(rt_key_generate(env, RT_P256, &f->ak), RATLS_OK);
    if (!plan->key_of) {
        cr_assert_eq(rt_key_generate(env, RT_P256, &f->tls), RATLS_OK);
        return;
    }
    cr_assert_eq(ratls_identity_export_key(plan->key_of, &key), RATLS_OK);
    cr_assert_eq(rt_key_import(rt_bytes_of(&key), &f->tls, NULL), RATLS_OK);
    ratls_buffer_free(&key);
}

static inline struct forged forge(const struct forgery *plan)
{
    const struct ratls_env *env = ratls_env_system();
    const int64_t now = env->now(env->arg);
    struct forged f = {0};
    struct ratls_buffer ext = {0}, der = {0}, key = {0};
    struct ratls_error err = {0};

    forge_keys(plan, &f);
    if (plan->passport.len)
        cr_assert_eq(rt_passport_write(plan->passport, &ext), RATLS_OK);
    else if (!plan->no_evidence)
        ext = forge_extension(plan, &f);
    const struct rt_mint what = {
        .subject_spki = rt_key_spki(f.tls),
        .subject = {.common_name = "forged"},
        .issuer_key = plan->sign_with    ? plan->sign_with
                      : plan->issuer_key ? plan->issuer_key
                                         : f.tls,
        .issuer_name = plan->issuer_name,
        .not_before = plan->not_before ? plan->not_before : now - RT_CERT_BACKDATE_S,
        .not_after = plan->not_after ? plan->not_after : now + RT_CERT_LIFETIME_S,
        .path_len = -1,
        .is_ca = plan->is_ca,
        .san = plan->san,
        .serial = plan->serial,
        .tls_usage = true,
        .ext[0] = {.oid = plan->passport.len ? RT_OID(PE_CMW)
                          : ext.len          ? RT_OID(TAGGED_EVIDENCE)
                                             : ratls_bytes(NULL, 0),
                   .value = rt_bytes_of(&ext)},
    };
    cr_assert_eq(rt_mint(env, &what, &der, &err), RATLS_OK, "%s", err.detail);
    cr_assert_eq(rt_key_export(f.tls, &key), RATLS_OK);
    cr_assert_eq(
        ratls_identity_import(env, rt_bytes_of(&der), rt_bytes_of(&key), &f.identity, &err),
        RATLS_OK, "%s", err.detail);
    ratls_buffer_free(&ext);
    ratls_buffer_free(&der);
    ratls_buffer_free(&key);
    return f;
}

/* What an attacker has who stole the leaf key: certificate and key, no AK. */
static inline struct ratls_identity *stolen_leaf(const struct ratls_identity *id)
{
    struct ratls_identity *out = NULL;
    struct ratls_buffer key = {0};

    cr_assert_eq(ratls_identity_export_key(id, &key), RATLS_OK);
    cr_assert_eq(ratls_identity_import(ratls_env_system(), ratls_identity_chain(id),
                                       rt_bytes_of(&key), &out, NULL),
                 RATLS_OK);
    ratls_buffer_free(&key);
    return out;
}

/* ---- the peer ---- */

struct raw {
    struct side *me, *victim;
    enum ratls_role role;
    struct rt_tls_ctx *ctx;
    struct rt_tls *tls;
    struct ratls_identity *identity; /* borrowed */
    uint8_t exporter_own[32], exporter_peer[32];
    uint8_t hello_sha256[RT_SHA256_LEN];
};

static inline void raw_free(struct raw *r)
{
    rt_tls_free(r->tls);
    rt_tls_ctx_free(r->ctx);
    *r = (struct raw){0};
}

/* Takes the place of one side of a connected rig; `ask`: a server wants the client's certificate.
 */
static inline void raw_take_asking(struct raw *r, struct rig *rig, enum ratls_role role,
                                   struct ratls_identity *identity, bool ask)
{
    struct rt_tls_params params = {.role = role, .identity = identity, .ask_peer = ask};
    struct ratls_error err = {0};

    *r = (struct raw){.role = role, .identity = identity};
    r->me = role == RATLS_CLIENT ? &rig->client : &rig->server;
    r->victim = role == RATLS_CLIENT ? &rig->server : &rig->client;
    params.plain = rt_ctx_is_plain(r->victim->ctx);
    rig_connect(rig);
    ratls_conn_free(r->me->conn);
    r->me->conn = NULL;
    cr_assert_eq(rt_tls_ctx_new(&params, &r->ctx, &err), RATLS_OK, "%s", err.detail);
}

static inline void raw_take(struct raw *r, struct rig *rig, enum ratls_role role,
                            struct ratls_identity *identity)
{
    raw_take_asking(r, rig, role, identity, true);
}

static inline void raw_open(struct raw *r)
{
    const struct ratls_io io = end_io(&r->me->end);
    struct ratls_error err = {0};

    cr_assert_eq(rt_tls_new(r->ctx, &io, &r->tls, &err), RATLS_OK, "%s", err.detail);
}

/* The victim, until it waits for more than there is. */
static inline enum ratls_err victim_step(struct raw *r)
{
    enum ratls_err e;
    size_t before;

    do {
        before = r->victim->end.in->len;
        e = ratls_conn_handshake(r->victim->conn);
    } while (e == RATLS_E_WANT_READ && r->victim->end.in->len < before);
    return e;
}

/* Both ends of the TLS handshake; what the raw one got. The victim's outcome is in its error. */
static inline enum ratls_err raw_shake(struct raw *r)
{
    enum ratls_err e = RATLS_E_WANT_READ, v = RATLS_E_WANT_READ;

    if (!r->tls)
        raw_open(r);
    for (int i = 0; i < 40 && ratls_err_is_want(e); i++) {
        e = rt_tls_handshake(r->tls, r->role, NULL);
        v = ratls_conn_handshake(r->victim->conn);
        if (v && !ratls_err_is_want(v))
            break;
    }
    return e;
}

/* Handshake that must work, and the exporters. */
static inline void raw_meet(struct raw *r)
{
    const enum ratls_role peer = r->role == RATLS_CLIENT ? RATLS_SERVER : RATLS_CLIENT;

    cr_assert_eq(raw_shake(r), RATLS_OK, "victim: %s", ratls_conn_error(r->victim->conn)->detail);
    cr_assert_eq(rt_tls_export(r->tls, rt_exporter_label(r->role), r->exporter_own), RATLS_OK);
    cr_assert_eq(rt_tls_export(r->tls, rt_exporter_label(peer), r->exporter_peer), RATLS_OK);
}

static inline void raw_write(struct raw *r, struct ratls_bytes bytes)
{
    size_t put = 0;

    cr_assert_eq(rt_tls_write(r->tls, bytes.p, bytes.len, &put), RATLS_OK);
    cr_assert_eq(put, bytes.len);
}

static inline void raw_frame(struct raw *r, enum rt_frame type, const void *payload, size_t len)
{
    struct rt_writer w = {0};

    rt_frame_put(&w, type, ratls_bytes(payload, len));
    raw_write(r, rt_written(&w));
    rt_writer_free(&w);
}

static inline void hello_put(struct rt_writer *w, uint8_t lowest, uint8_t highest)
{
    struct rt_writer payload = {0};

    rt_put_u8(&payload, RT_SESSION_VERSION);
    rt_put_u8(&payload, lowest);
    rt_put_u8(&payload, highest);
    rt_put(&payload, "\x01\x03tdx", 5);
    for (uint8_t i = 0; i < RT_HELLO_RANDOM; i++)
        rt_put_u8(&payload, (uint8_t)(i + 1));
    rt_frame_put(w, RT_FRAME_HELLO, rt_written(&payload));
    rt_writer_free(&payload);
}

static inline void raw_hello(struct raw *r, uint8_t lowest, uint8_t highest)
{
    struct rt_writer w = {0};

    hello_put(&w, lowest, highest);
    cr_assert_eq(rt_sha256(rt_written(&w), r->hello_sha256), RATLS_OK);
    raw_write(r, rt_written(&w));
    rt_writer_free(&w);
}

/* The request of an honest proof of this peer, at level 2. */
static inline struct ratls_proof_request raw_request(const struct raw *r)
{
    struct ratls_proof_request req = {.role = r->role, .level = RATLS_LEVEL_SESSION};

    memcpy(req.exporter, r->exporter_own, sizeof req.exporter);
    memcpy(req.hello_sha256, r->hello_sha256, sizeof req.hello_sha256);
    memcpy(req.peer_spki_sha256, ratls_identity_spki_sha256(r->victim->identity), RT_SHA256_LEN);
    return req;
}

/* PROOF over `req` by `ak`. */
static inline void raw_proof(struct raw *r, const struct ratls_proof_request *req,
                             struct rt_key *ak)
{
    uint8_t binder[RT_BINDER_LEN], payload[1 + RT_PROOF_SIG_LEN];

    payload[0] = (uint8_t)req->level;
    cr_assert_eq(ratls_identity_binder(r->identity, req, binder), RATLS_OK);
    cr_assert_eq(rt_proof_sign(ratls_env_system(), ak, binder, payload + 1), RATLS_OK);
    raw_frame(r, RT_FRAME_PROOF, payload, sizeof payload);
}

static inline void raw_allow(struct raw *r)
{
    raw_frame(r, RT_FRAME_VERDICT, "\x01\0\0", 3);
}

/* One frame that the victim sent: payload in `out`, its length; the type. */
static inline enum rt_frame raw_read(struct raw *r, uint8_t *out, size_t cap, size_t *len)
{
    uint8_t header[RT_FRAME_HEADER];
    size_t n = 0;

    for (size_t have = 0; have < sizeof header; have += n)
        cr_assert_eq(rt_tls_read(r->tls, header + have, sizeof header - have, &n), RATLS_OK);
    *len = (size_t)header[1] << 16 | (size_t)header[2] << 8 | header[3];
    cr_assert_leq(*len, cap);
    for (size_t have = 0; have < *len; have += n)
        cr_assert_eq(rt_tls_read(r->tls, out + have, *len - have, &n), RATLS_OK);
    return (enum rt_frame)header[0];
}

/* The victim's next frame is DENY of this class. HELLO and PROOF before it are skipped. */
static inline void raw_expect_denial(struct raw *r, enum ratls_class class)
{
    uint8_t payload[RT_MAX_FRAME];
    enum rt_frame type;
    size_t len = 0;

    do
        type = raw_read(r, payload, sizeof payload, &len);
    while (type != RT_FRAME_VERDICT);
    cr_assert_geq(len, 3);
    cr_expect_eq(payload[0], RT_DECISION_DENY);
    cr_expect_eq(payload[2], class);
}

/* The victim refuses for `why` and lets no application byte pass. */
static inline void raw_expect(struct raw *r, enum ratls_err why)
{
    enum ratls_err e = victim_step(r);
    uint8_t byte = 0;
    size_t n = 0;

    cr_expect_eq(e, why, "%s: %s", ratls_err_reason(e), ratls_conn_error(r->victim->conn)->detail);
    cr_expect_eq(ratls_conn_read(r->victim->conn, &byte, 1, &n), RATLS_E_STATE);
    cr_expect_eq(ratls_conn_write(r->victim->conn, &byte, 1, &n), RATLS_E_STATE);
    cr_expect_not(ratls_verdict_allowed(ratls_conn_verdict(r->victim->conn)));
}

#endif
