/* A peer's certificate: everything that can be said without its evidence (cert_rules.h), then the
 * bond between the two, then rt_judge(); or its passport (appraise_passport.c). */
#include "appraise_impl.h"
#include "cert_rules.h"
#include "describe.h"
#include "ratls/token.h"

struct peer {
    struct rt_x509 certs[RT_MAX_CHAIN]; /* certs[0]: the leaf */
    size_t n;
    struct rt_cert_evidence evidence;
    struct rt_cert_claims claims;
};

/* An ordinary certificate has a chain and did not sign itself: what matters is that it is one. */
static enum ratls_err or_ordinary(const struct peer *p, const struct rt_cert_rules *rules,
                                  enum ratls_err e)
{
    struct rt_cert_evidence evidence;

    if (rules->anchors.n || (e != RATLS_E_CERT_CHAIN_LENGTH && e != RATLS_E_CERT_SIGNATURE))
        return e;
    return rt_cert_evidence(&p->certs[0], &evidence, NULL) == RATLS_E_NO_EVIDENCE
               ? RATLS_E_NO_EVIDENCE
               : e;
}

static enum ratls_err check_certificates(struct peer *p, struct rt_der_list chain,
                                         const struct rt_cert_rules *rules, struct rt_job *j)
{
    struct ratls_error why = {0};
    enum ratls_err e = rt_cert_read(chain, rules, p->certs, &p->n, &why);

    if (p->n == 0)
        return ratls_fail(j->err, e, "%s", why.detail);
    rt_describe_cert(&p->certs[0], j->v->claims);
    if (!e) {
        j->v->expires = p->certs[0].not_after;
        e = rt_x509_spki_hash(&p->certs[0], j->v->spki_sha256);
    }
    if (!e)
        e = rt_cert_check((struct rt_x509_list){p->certs, p->n}, rules, j->now, &why);
    return e ? ratls_fail(j->err, or_ordinary(p, rules, e), "%s", why.detail) : RATLS_OK;
}

/* A peer that names an AK is one of ours and renews within the hour. Classic RA-TLS certificates
 * may live for years; policy limits them (max_evidence_age_s). */
static enum ratls_err check_lifetime(const struct peer *p, struct ratls_bytes ak_spki,
                                     struct ratls_error *err)
{
    const struct rt_x509 *leaf = &p->certs[0];

    if (ak_spki.len == 0 ||
        leaf->not_after - leaf->not_before <= RT_CERT_LIFETIME_S + RT_CERT_BACKDATE_S)
        return RATLS_OK;
    return ratls_fail(err, RATLS_E_CERT_LIFETIME, "the certificate lives %lld s",
                      (long long)(leaf->not_after - leaf->not_before));
}

/* Over the exact SubjectPublicKeyInfo of this certificate, never over bytes the evidence brings. */
static enum ratls_err check_key_hash(const struct peer *p, struct ratls_error *err)
{
    uint8_t digest[RT_SHA512_LEN];
    size_t len = rt_hash_len(p->claims.hash);
    enum ratls_err e = rt_hash(p->claims.hash, p->certs[0].spki, digest);

    if (e)
        return e;
    if (len == 0 || p->claims.pubkey_hash.len != len ||
        !rt_ct_equal(digest, p->claims.pubkey_hash.p, len))
        return ratls_fail(err, RATLS_E_BINDING_MISMATCH, "the evidence names another key");
    return RATLS_OK;
}

static enum ratls_err read_evidence(struct peer *p, struct rt_job *j)
{
    enum ratls_err e = rt_cert_claims_read(p->evidence.claims, &p->claims, j->err);

    if (e)
        return e;
    rt_describe_cert_claims(&p->claims, j->v->claims);
    j->form = p->evidence.envelope == RT_ENVELOPE_CMW ? RT_FORM_CMW : RT_FORM_CCC;
    j->evidence = p->evidence.evidence;
    j->media_type = p->evidence.media_type;
    j->has_iat = p->claims.has_iat;
    j->iat = p->claims.iat;
    return RATLS_OK;
}

/* Report data is SHA-256(claims map) and 32 zero bytes (PROTOCOL.md, "Identity"). */
static enum ratls_err judge_bound(const struct peer *p, struct rt_job *j)
{
    uint8_t bound[RATLS_REPORT_DATA_LEN] = {0};
    const uint8_t *also = j->report_data; /* what the caller expects besides */
    enum ratls_err e = rt_sha256(p->evidence.claims, bound);

    if (e)
        return e;
    if (also && !rt_ct_equal(also, bound, sizeof bound))
        return ratls_fail(j->err, RATLS_E_BINDING_MISMATCH,
                          "the certificate's report data is not the one expected");
    j->report_data = bound;
    e = rt_judge(j);
    j->report_data = also;
    return e;
}

static enum ratls_err judge_evidence(struct peer *p, struct rt_job *j)
{
    enum ratls_err e;

    if ((e = read_evidence(p, j)) != RATLS_OK ||
        (e = check_lifetime(p, p->claims.ak_spki, j->err)) != RATLS_OK ||
        (e = check_key_hash(p, j->err)) != RATLS_OK ||
        (e = rt_dup(p->claims.ak_spki, &j->v->ak_spki)) != RATLS_OK)
        return e;
    return judge_bound(p, j);
}

static enum ratls_err judge_passport(struct peer *p, struct rt_job *j)
{
    struct ratls_token *token;
    enum ratls_err e = rt_take_passport(j, &p->certs[0], &p->evidence, &token);

    if (!e)
        e = check_lifetime(p, rt_bytes_of(&j->v->ak_spki), j->err);
    if (!e)
        e = rt_judge_proven(j);
    if (!e)
        e = rt_take_told_devices(j, token);
    ratls_token_free(token);
    return e;
}

enum ratls_err rt_judge_cert(struct rt_job *j, struct rt_der_list chain,
                             const struct rt_cert_rules *rules)
{
    struct peer p = {0};
    enum ratls_err e;

    j->is_certificate = true;
    if ((e = check_certificates(&p, chain, rules, j)) != RATLS_OK)
        return e;
    if ((e = rt_cert_evidence(&p.certs[0], &p.evidence, j->err)) != RATLS_OK)
        return e;
    j->identity = rules->anchors.n ? &p.certs[0] : NULL;
    e = p.evidence.envelope == RT_ENVELOPE_PASSPORT ? judge_passport(&p, j) : judge_evidence(&p, j);
    j->identity = NULL;
    return e;
}

/* ---- certificates that were seen before ---- */

/* What the rules say beyond the trust is not part of a key, but for the role: where they say more,
 * nothing is kept. */
static bool is_kept(const struct rt_cert_rules *rules)
{
    return !rules->anchors.n && !rules->crls.n && !rules->n_names && !rules->n_emails &&
           !rules->n_pins && !rules->without_evidence && !rules->authenticity_only;
}

/* Such a chain is one certificate, which signed itself. */
static enum ratls_err key_of(struct rt_der_list chain, const struct rt_cert_rules *rules,
                             uint8_t key[RT_SHA256_LEN])
{
    enum ratls_err e =
        chain.n == 1 && is_kept(rules) ? rt_sha256(chain.p[0], key) : RATLS_E_NOT_FOUND;

    if (!e)
        key[RT_SHA256_LEN - 1] ^= (uint8_t)rules->peer_role;
    return e;
}

/* A clock that went back makes nothing younger: dates that begin were not looked at again. */
static struct ratls_verdict *seen_before(const struct ratls_trust *t, const uint8_t *key,
                                         int64_t now)
{
    struct ratls_verdict *v = rt_verdict_cache_get(rt_trust_proven(t), key);

    if (!v || (v->allowed && v->judged_at <= now && rt_verdict_stands(v, now)))
        return v;
    ratls_verdict_unref(v);
    return NULL;
}

/* The cache has one of its own: connections write into theirs. */
static void keep(const struct ratls_trust *t, const uint8_t *key, const struct ratls_verdict *of,
                 int64_t now)
{
    struct ratls_verdict *v;

    if (rt_appraise_claims(t, of, now, &v) == RATLS_OK)
        rt_verdict_cache_put(rt_trust_proven(t), key, v);
    ratls_verdict_unref(v);
}

/* ---- certificates that were refused a moment ago ---- */

/* Refusals that come of the evidence and the trust alone: neither time, but for the dates of the
 * trust's items, nor anything that may be had a moment later turns them. */
static bool lasts(enum ratls_err e)
{
    static const enum ratls_err of[] = {
        RATLS_E_EVIDENCE_SIGNATURE,
        RATLS_E_EVIDENCE_QE,
        RATLS_E_EVIDENCE_ROOT,
        RATLS_E_ENDORSEMENT,
        RATLS_E_BINDER,
        RATLS_E_KEY_BINDING,
        RATLS_E_BINDING_MISMATCH,
        RATLS_E_TEE_NOT_ALLOWED,
        RATLS_E_MEASUREMENT,
        RATLS_E_KEY_REVOKED,
        RATLS_E_PLATFORM_REVOKED,
        RATLS_E_DEBUG,
        RATLS_E_SIMULATED,
        RATLS_E_TCB_STATUS,
        RATLS_E_ADVISORY,
        RATLS_E_VMPL,
        RATLS_E_GUEST_SVN,
        RATLS_E_TCB_MINIMUM,
        RATLS_E_PLATFORM,
        RATLS_E_RULE,
    };

    for (size_t i = 0; i < RT_COUNT(of); i++)
        if (of[i] == e)
            return true;
    return false;
}

/* One of the caller's own, as it was said then. */
static struct ratls_verdict *refused_before(const struct ratls_trust *t, const uint8_t *key,
                                            int64_t now)
{
    struct ratls_verdict *again = NULL, *v = rt_verdict_cache_get(rt_trust_refused(t), key);

    if (v && v->judged_at <= now && now - v->judged_at <= RT_REFUSED_FOR_S)
        again = rt_verdict_denied(v, &v->why);
    ratls_verdict_unref(v);
    return again;
}

static void keep_refusal(const struct ratls_trust *t, const uint8_t *key,
                         const struct ratls_verdict *of, int64_t now)
{
    struct ratls_verdict *v;

    if (!lasts(of->why.code) || !rt_stored_stays(rt_trust_stored(t), now, now + RT_REFUSED_FOR_S) ||
        !(v = rt_verdict_denied(of, &of->why)))
        return;
    rt_verdict_cache_put(rt_trust_refused(t), key, v);
    ratls_verdict_unref(v);
}

static enum ratls_err appraise(const struct ratls_trust *t, struct rt_der_list chain,
                               const struct rt_cert_rules *rules, int64_t now,
                               struct ratls_verdict **out)
{
    struct ratls_error err = {0};
    struct ratls_verdict *v = *out = rt_verdict_by(t, now);

    if (!v)
        return RATLS_E_NO_MEMORY;
    v->peer_role = rules->peer_role;
    struct rt_job j = {
        .t = t, .v = v, .err = &err, .now = now, .authenticity_only = rules->authenticity_only};
    return rt_conclude(v, rt_judge_cert(&j, chain, rules), &err);
}

/* To its end, in the caller's thread: of one new peer's connections that a thread drives the first
 * pays for all. Threads, and workers, may each pay once; for that none waits for another. */
enum ratls_err rt_appraise_cert(const struct ratls_trust *t, struct rt_der_list chain,
                                const struct rt_cert_rules *rules, int64_t now,
                                struct ratls_verdict **out)
{
    uint8_t key[RT_SHA256_LEN];

    if (key_of(chain, rules, key) != RATLS_OK)
        return appraise(t, chain, rules, now, out);
    struct ratls_verdict *of = seen_before(t, key, now);
    enum ratls_err e;
    if (of) {
        e = rt_appraise_claims(t, of, now, out);
        ratls_verdict_unref(of);
        return e;
    }
    if ((*out = refused_before(t, key, now)) != NULL)
        return ratls_verdict_code(*out);
    e = appraise(t, chain, rules, now, out);
    if (e == RATLS_OK)
        keep(t, key, *out, now);
    else if (*out)
        keep_refusal(t, key, *out, now);
    return e;
}
