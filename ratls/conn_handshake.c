/* From the first TLS byte to both ALLOWs, in the order of PROTOCOL.md: handshake, what was
 * negotiated, the peer's certificate, the frames. Policies outside (conn_policy.c) come last. */
#include <stdio.h>

#include "conn.h"
#include "evidence_ext.h"
#include "trust.h"

/* ---- the peer's certificate ---- */

/* What this side showed must not come back as the peer's (threat A5). */
static enum ratls_err check_reflection(const struct ratls_conn *c,
                                       const struct rt_session_params *p, struct ratls_error *err)
{
    const struct ratls_identity *own = c->snapshot->identity;
    const uint8_t *evidence = own ? rt_identity_evidence_sha256(own) : NULL;

    if (own && rt_ct_equal(p->spki_peer, ratls_identity_spki_sha256(own), RT_SHA256_LEN))
        return ratls_fail(err, RATLS_E_REFLECTION, "the own key came back");
    if (evidence && c->verdict &&
        rt_ct_equal(rt_verdict_evidence_sha256(c->verdict), evidence, RT_SHA256_LEN))
        return ratls_fail(err, RATLS_E_REFLECTION, "the own evidence came back");
    return RATLS_OK;
}

/* With attestation off on this side, an attested peer is not one of those meant: it would take this
 * side for what it is not. */
static enum ratls_err check_mode(const struct ratls_conn *c, const struct rt_x509 *leaf,
                                 struct ratls_error *err)
{
    struct rt_cert_evidence evidence;

    if (!rt_ctx_is_plain(c->ctx))
        return RATLS_OK;
    if (c->role == RATLS_SERVER && rt_tls_was_offered_frames(c->tls))
        return ratls_fail(err, RATLS_E_ATTESTATION_MODE,
                          "attestation is off here, the client offers it");
    if (leaf && rt_cert_evidence(leaf, &evidence, NULL) != RATLS_E_NO_EVIDENCE)
        return ratls_fail(err, RATLS_E_ATTESTATION_MODE,
                          "attestation is off here, the peer shows evidence");
    return RATLS_OK;
}

static void appraise(struct ratls_conn *c, struct rt_der_list chain, struct rt_session_params *p)
{
    if (rt_conn_appraise(c, chain, &c->by, &c->verdict, &c->error) != RATLS_OK)
        return;
    p->shown = RATLS_LEVEL_KEY;
    p->peer_ak_spki = ratls_verdict_ak_spki(c->verdict);
}

static enum ratls_err meet_nobody(struct ratls_conn *c)
{
    if (rt_ctx_judges(c->ctx))
        return ratls_fail(&c->error, RATLS_E_NO_PEER_CERT, "the peer sent no certificate");
    enum ratls_err e = rt_conn_identify(c, (struct rt_der_list){0}, c->by.conditions, &c->error);
    return e ? e : check_mode(c, NULL, &c->error);
}

static enum ratls_err meet_certificates(struct ratls_conn *c, struct rt_der_list chain,
                                        struct rt_session_params *p)
{
    struct rt_x509 leaf;
    enum ratls_err e = rt_x509_parse(chain.p[0], &leaf, &c->error);

    if (e || (e = rt_x509_spki_hash(&leaf, p->spki_peer)) != RATLS_OK ||
        (e = rt_sha256(chain.p[0], c->peer_cert_sha256)) != RATLS_OK ||
        (e = rt_dup(leaf.spki, &c->peer_spki)) != RATLS_OK)
        return e;
    if ((e = check_mode(c, &leaf, &c->error)) != RATLS_OK)
        return e;
    if (rt_ctx_judges(c->ctx))
        appraise(c, chain, p);
    else if (rt_conn_identify(c, chain, c->by.conditions, &c->error) == RATLS_E_NO_MEMORY)
        return RATLS_E_NO_MEMORY;
    /* The plainest truth about a mirror comes first in the log. */
    struct ratls_error mirror = {0};
    if (check_reflection(c, p, &mirror) != RATLS_OK)
        c->error = mirror;
    return c->error.code == RATLS_E_NO_MEMORY ? RATLS_E_NO_MEMORY : RATLS_OK;
}

/* The peer as the handshake showed it. A refusal lands in c->error and is told by frame. */
static enum ratls_err meet_peer(struct ratls_conn *c, struct rt_session_params *p)
{
    struct ratls_bytes chain[RT_MAX_CHAIN];
    size_t n = 0;
    enum ratls_err e = rt_tls_peer_chain(c->tls, chain, &n, &c->error);

    if (e)
        return e;
    return n ? meet_certificates(c, (struct rt_der_list){chain, n}, p) : meet_nobody(c);
}

/* ---- levels ---- */

/* Evidence that names an AK owes its proof, whatever the configuration says. */
static enum ratls_level provable(const struct ratls_conn *c, bool sent_certificate)
{
    if (!sent_certificate || !rt_ctx_shows(c->ctx))
        return RATLS_LEVEL_NONE;
    if (!ratls_identity_names_ak(c->snapshot->identity))
        return RATLS_LEVEL_KEY;
    return c->ctx->set.proof_level == RATLS_LEVEL_QUOTE ? RATLS_LEVEL_QUOTE : RATLS_LEVEL_SESSION;
}

/* A peer without frames reaches level 1 at most, and only with evidence that names no AK. */
static enum ratls_err settle_without_frames(struct ratls_conn *c, const struct rt_session_params *p)
{
    if (c->error.code)
        return c->error.code;
    if (p->demand > RATLS_LEVEL_KEY)
        return ratls_fail(&c->error, RATLS_E_BINDING_LEVEL,
                          "the peer speaks no session frames, level %s is required",
                          ratls_level_name(p->demand));
    if (p->peer_ak_spki.len)
        return ratls_fail(&c->error, RATLS_E_BINDING_LEVEL,
                          "the evidence names an attestation key, the peer speaks no frames");
    if (c->role == RATLS_CLIENT && !rt_ctx_judges(c->ctx) && rt_ctx_shows(c->ctx) &&
        p->provable == RATLS_LEVEL_NONE)
        return ratls_fail(&c->error, RATLS_E_ATTESTATION_MODE,
                          "the server speaks no session frames and asked for no evidence");
    enum ratls_err e = rt_conn_count_devices(c);
    if (!e)
        c->level = p->shown;
    return e;
}

/* ---- after Finished ---- */

static enum ratls_err judge_quote(void *arg, struct ratls_bytes cmw,
                                  const uint8_t binder[RT_BINDER_LEN], struct ratls_error *err)
{
    return rt_conn_judge_quote(arg, cmw, binder, err);
}

static enum ratls_err judge_devices(void *arg, struct ratls_bytes collection,
                                    struct ratls_error *err)
{
    return rt_conn_judge_devices(arg, collection, err);
}

static enum ratls_err export_both(struct ratls_conn *c, struct rt_session_params *p)
{
    enum ratls_role peer = c->role == RATLS_CLIENT ? RATLS_SERVER : RATLS_CLIENT;
    enum ratls_err e = rt_tls_export(c->tls, rt_exporter_label(c->role), p->exporter_own);

    if (!e)
        e = rt_tls_export(c->tls, rt_exporter_label(peer), p->exporter_peer);
    rt_tls_seal(c->tls);
    return e;
}

static enum ratls_err begin_frames(struct ratls_conn *c)
{
    struct rt_session_params p = {
        .role = c->role,
        .demand = rt_conn_demand(c, &c->by),
        .formats = c->by.trust ? rt_registry_names(rt_trust_registry(c->by.trust)) : NULL,
        .judge_quote = judge_quote,
        .judge_devices = judge_devices,
        .judge_arg = c,
    };
    bool sent = rt_tls_sent_certificate(c->tls, c->role);
    enum ratls_err e;

    if ((e = rt_tls_check(c->tls, &c->error)) != RATLS_OK || (e = export_both(c, &p)) != RATLS_OK ||
        (e = meet_peer(c, &p)) != RATLS_OK)
        return e;
    p.provable = provable(c, sent);
    if (sent && c->snapshot->identity)
        memcpy(p.spki_own, ratls_identity_spki_sha256(c->snapshot->identity), sizeof p.spki_own);
    if (!rt_tls_speaks_frames(c->tls))
        e = settle_without_frames(c, &p);
    else if ((e = rt_session_start(&c->session, c->ctx->env, &p)) == RATLS_OK)
        c->in_session = true;
    c->session.p.formats = NULL; /* HELLO has them; they end with the trust */
    rt_wipe(&p, sizeof p);
    if (!e)
        c->phase = c->in_session ? RT_PHASE_FRAMES : RT_PHASE_SETTLED;
    return e;
}

/* ---- frames ---- */

static enum ratls_err flush(struct ratls_conn *c)
{
    for (;;) {
        struct ratls_bytes out = rt_session_output(&c->session);
        size_t put = 0;
        if (out.len == 0)
            return RATLS_OK;
        enum ratls_err e = rt_tls_write(c->tls, out.p, out.len, &put);
        if (e)
            return e;
        rt_session_sent(&c->session, put);
    }
}

/* Only as many bytes as the frame needs: what follows the last frame is the application's. */
static enum ratls_err read_frame_bytes(struct ratls_conn *c, bool wait)
{
    uint8_t buf[2048];
    size_t want = rt_session_wants(&c->session), got = 0;
    enum ratls_err e;

    if (want == 0 || want > sizeof buf)
        want = want == 0 ? 1 : sizeof buf;
    e = wait ? rt_tls_read(c->tls, buf, want, &got) : rt_tls_probe(c->tls, buf, want, &got);
    if (e)
        return e == RATLS_E_CLOSED
                   ? ratls_fail(&c->error, RATLS_E_TRUNCATED, "the peer closed before its verdict")
                   : e;
    if (rt_session_wants(&c->session) == 0)
        return ratls_fail(&c->error, RATLS_E_EARLY_DATA, "data behind ALLOW, before the own one");
    return rt_session_feed(&c->session, ratls_bytes(buf, got), c->error.code ? NULL : &c->error);
}

static enum ratls_err prove(struct ratls_conn *c)
{
    struct ratls_identity *id = c->snapshot->identity;
    const struct rt_session_shown shown = {.devices = ratls_identity_devices(id)};
    struct ratls_proof_request req;
    uint8_t signature[RT_PROOF_SIG_LEN];
    enum ratls_err e;

    if (c->proof_fault)
        return ratls_fail(&c->error, c->proof_fault, "no session proof could be had");
    rt_session_proof_request(&c->session, &req);
    if (req.level == RATLS_LEVEL_QUOTE || !ratls_identity_has_ak(id))
        return RATLS_E_WANT_PROOF;
    if ((e = ratls_identity_prove(id, &req, signature)) != RATLS_OK)
        return e;
    return rt_session_supply(&c->session, ratls_bytes(signature, sizeof signature), &shown);
}

/* Read what has already arrived before ALLOW leaves: bytes behind the peer's ALLOW that are here by
 * now were sent before they were allowed. */
static enum ratls_err allow(struct ratls_conn *c)
{
    enum ratls_err e = read_frame_bytes(c, false);

    if (e != RATLS_E_WANT_READ)
        return e;
    if ((e = rt_conn_catch_up(c)) != RATLS_OK || (e = rt_conn_count_devices(c)) != RATLS_OK)
        return e;
    /* What arrives while the answer is awaited is read before ALLOW as well: exchange() comes back
     * here. */
    if (c->session.level >= c->session.p.demand && rt_conn_owes_question(c))
        return rt_conn_ask(c, c->session.level);
    return rt_session_allow(&c->session);
}

/* The refusal is known; it follows the peer's HELLO, so that the peer is reading. */
static enum ratls_err refuse(struct ratls_conn *c)
{
    while (!rt_session_heard(&c->session)) {
        enum ratls_err e = read_frame_bytes(c, true);
        if (e)
            return ratls_err_is_want(e) ? e : c->error.code;
    }
    return c->error.code;
}

static enum ratls_err exchange(struct ratls_conn *c)
{
    for (;;) {
        enum ratls_err e = flush(c);
        if (!e && c->error.code)
            e = refuse(c);
        if (e)
            return e;
        switch (rt_session_due(&c->session)) {
        case RT_DUE_PROOF:
            e = prove(c);
            break;
        case RT_DUE_VERDICT:
            e = allow(c);
            break;
        case RT_DUE_NOTHING:
            e = read_frame_bytes(c, true);
            break;
        case RT_DUE_DONE:
            c->level = c->session.level;
            return RATLS_OK;
        }
        if (e)
            return e;
    }
}

enum ratls_err rt_conn_step(struct ratls_conn *c)
{
    enum ratls_err e = RATLS_OK;

    if (c->phase == RT_PHASE_HANDSHAKE) {
        e = rt_tls_handshake(c->tls, c->role, &c->error);
        if (!e)
            e = begin_frames(c);
    }
    if (e)
        return e;
    return c->phase == RT_PHASE_SETTLED ? RATLS_OK : exchange(c);
}

/* ---- proofs from elsewhere ---- */

enum ratls_err ratls_conn_proof_request(const struct ratls_conn *c, struct ratls_proof_request *req,
                                        uint8_t own_spki_sha256[32])
{
    if (c->phase != RT_PHASE_FRAMES || rt_session_due(&c->session) != RT_DUE_PROOF)
        return RATLS_E_STATE;
    rt_session_proof_request(&c->session, req);
    memcpy(own_spki_sha256, ratls_identity_spki_sha256(c->snapshot->identity), RT_SHA256_LEN);
    return RATLS_OK;
}

/* A quote travels under its verifier's media type; those of the CCC form have none of their own. */
static enum ratls_err as_cmw(struct ratls_bytes evidence, struct ratls_buffer *out)
{
    char room[RT_SESSION_MEDIA_ROOM];
    struct rt_registry *registry = NULL;
    enum ratls_err e = rt_registry_new(&registry);

    if (e)
        return e;
    const struct ratls_verifier *v = rt_registry_find(registry, evidence);
    e = v ? rt_cmw_write(rt_session_media_type(v->media_type, v->name, room), evidence, out)
          : RATLS_E_EVIDENCE_UNKNOWN;
    rt_registry_free(registry);
    return e;
}

enum ratls_err ratls_conn_supply_proof(struct ratls_conn *c, enum ratls_err fault,
                                       struct ratls_bytes signature, struct ratls_bytes evidence)
{
    struct ratls_buffer cmw = {0};
    enum ratls_err e = RATLS_OK;

    if (c->phase != RT_PHASE_FRAMES || rt_session_due(&c->session) != RT_DUE_PROOF)
        return RATLS_E_STATE;
    if (ratls_err_is_want(fault))
        return RATLS_E_USAGE; /* no reason to fail with */
    if (fault) {
        c->proof_fault = fault;
        return RATLS_OK;
    }
    if (evidence.len)
        e = as_cmw(evidence, &cmw);
    const struct rt_session_shown shown = {
        .quote = rt_bytes_of(&cmw),
        .devices = ratls_identity_devices(c->snapshot->identity),
    };
    if (!e)
        e = rt_session_supply(&c->session, signature, &shown);
    ratls_buffer_free(&cmw);
    return e;
}
