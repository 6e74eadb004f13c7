/* Evidence in, verdict out. Certificates (appraise_cert.c), raw evidence and session quotes all end
 * in rt_judge(): find the verifier by format, run it, compare report data, ask the policy. Policies
 * outside are asked last (outside.h): here, or by the connection once it knows its level. A
 * verdict is a deny until rt_conclude() has seen success; there is no second place. */
#include <stdio.h>
#include <stdlib.h>

#include "appraise_impl.h"
#include "carrier.h"
#include "composite.h"
#include "describe.h"
#include "outside.h"

/* ---- the end of every appraisal ---- */

/* By whom and when, also where it is refused before anything was asked. */
static void date(struct ratls_verdict *v, const struct ratls_trust *t, int64_t now)
{
    v->generation = ratls_trust_generation(t);
    v->judged_at = now;
}

struct ratls_verdict *rt_verdict_by(const struct ratls_trust *t, int64_t now)
{
    struct ratls_verdict *v = rt_verdict_new();

    if (v)
        date(v, t, now);
    return v;
}

/* Codes from plugins are numbers from outside; waiting is no outcome of an appraisal. */
static enum ratls_err as_denial(enum ratls_err e)
{
    bool known = (unsigned)e < RATLS_ERR_COUNT && e != RATLS_OK;

    return known && !ratls_err_is_want(e) && e != RATLS_E_CLOSED ? e : RATLS_E_VERIFIER_FAULT;
}

enum ratls_err rt_conclude(struct ratls_verdict *v, enum ratls_err e, const struct ratls_error *err)
{
    if (e == RATLS_OK)
        e = ratls_claims_status(v->claims); /* a claim that was lost may be the one that matters */
    if (e == RATLS_OK) {
        v->why = (struct ratls_error){0};
        v->allowed = true; /* the only place */
        return RATLS_OK;
    }
    v->why = (struct ratls_error){0};
    (void)ratls_fail(&v->why, as_denial(e), "%s",
                     err->detail[0] ? err->detail : ratls_err_text(as_denial(e)));
    return v->why.code;
}

/* ---- evidence ---- */

const char *rt_session_media_type(const char *own, const char *tee,
                                  char room[RT_SESSION_MEDIA_ROOM])
{
    if (own)
        return own;
    (void)snprintf(room, RT_SESSION_MEDIA_ROOM, "%s%s", RT_SESSION_MEDIA_PREFIX, tee);
    return room;
}

/* A session's quote always travels in a CMW; evidence that certificates carry under CBOR tag 60000
 * has the media type "application/vnd.ratls.<tee>" there. */
static bool is_session_type(struct ratls_bytes media_type, const struct ratls_verifier *v)
{
    char room[RT_SESSION_MEDIA_ROOM];

    return ratls_bytes_equal(media_type,
                             ratls_bytes_str(rt_session_media_type(v->media_type, v->name, room)));
}

/* The envelope names the format once more: CBOR tag 60000 for verifiers without a media type, a CMW
 * with exactly the verifier's media type for the others. */
static enum ratls_err check_envelope(const struct rt_job *j, const struct ratls_verifier *v)
{
    bool fits = false;

    switch (j->form) {
    case RT_FORM_RAW:
        fits = true;
        break;
    case RT_FORM_CCC:
        fits = v->media_type == NULL;
        break;
    case RT_FORM_CMW:
        fits = v->media_type && ratls_bytes_equal(j->media_type, ratls_bytes_str(v->media_type));
        break;
    case RT_FORM_SESSION:
        fits = is_session_type(j->media_type, v);
        break;
    }
    if (fits)
        return RATLS_OK;
    return ratls_fail(j->err, RATLS_E_EVIDENCE_MISMATCH, "the envelope is not that of %s evidence",
                      v->name);
}

static enum ratls_err find_verifier(const struct rt_job *j, const struct ratls_verifier **out)
{
    const struct ratls_verifier *v = rt_registry_find(rt_trust_registry(j->t), j->evidence);

    if (!v)
        return ratls_fail(j->err, RATLS_E_EVIDENCE_UNKNOWN, "no verifier knows this evidence");
    *out = v;
    (void)snprintf(j->v->tee, sizeof j->v->tee, "%s", v->name);
    enum ratls_err e = check_envelope(j, v);
    if (e)
        return e;
    if (j->v->beside_cpu && !v->device)
        return ratls_fail(j->err, RATLS_E_EVIDENCE_MISMATCH, "%s is no device", v->name);
    if (j->named && strcmp(j->named, v->name) != 0)
        return ratls_fail(j->err, RATLS_E_EVIDENCE_MISMATCH, "%s evidence in a carrier of %s",
                          v->name, j->named);
    if (j->tee && strcmp(j->tee, v->name) != 0)
        return ratls_fail(j->err, RATLS_E_TEE_NOT_ALLOWED, "%s evidence where %s is due", v->name,
                          j->tee);
    return RATLS_OK;
}

/* Documents given for this appraisal alone. */
static enum ratls_err prove_given(const struct rt_job *j, const struct ratls_verifier *v,
                                  void *out[RT_MAX_COLLATERAL_DOCS], size_t *n,
                                  struct ratls_error *why)
{
    const struct ratls_appraisal *with = j->with;

    if (with->n_collateral > RT_MAX_COLLATERAL_DOCS)
        return ratls_fail(why, RATLS_E_LIMIT, "more than %d collateral documents",
                          RT_MAX_COLLATERAL_DOCS);
    for (*n = 0; *n < with->n_collateral; (*n)++) {
        const struct ratls_bytes document = with->collateral[*n];
        if (!v->collateral_new || !v->collateral_recognises(document))
            return ratls_fail(why, RATLS_E_COLLATERAL_FORMAT, "no collateral of %s", v->name);
        enum ratls_err e = rt_trust_prove_collateral(j->t, v, document, &out[*n], why);
        if (e)
            return ratls_fail(why, e, "collateral: %s", ratls_err_text(e));
    }
    return RATLS_OK;
}

enum { MAX_CRLS = 2 * RT_MAX_TRUST_CRLS }; /* of one appraisal */

typedef enum ratls_err verifier_fn(const struct ratls_verifier *v,
                                   const struct ratls_verify_input *input,
                                   struct ratls_claims *claims, struct ratls_error *err);

/* What the verifier may rest on; not to be copied. */
struct grounds {
    struct rt_anchors_at at;
    struct rt_writer certs;
    struct ratls_bytes crls[MAX_CRLS];
};

static void free_grounds(struct grounds *g)
{
    rt_anchors_at_free(&g->at);
    rt_writer_free(&g->certs);
}

/* Those given with the evidence, then those configured; written anew only where there are both. */
static struct ratls_bytes join_certs(const struct rt_job *j, struct grounds *g)
{
    const struct ratls_bytes given = j->with ? j->with->certs : ratls_bytes(NULL, 0);
    const struct ratls_bytes configured = g->at.intermediates;

    if (given.len == 0 || configured.len == 0)
        return given.len ? given : configured;
    rt_put_bytes(&g->certs, given);
    rt_put_bytes(&g->certs, configured);
    return rt_written(&g->certs);
}

/* Likewise. */
static enum ratls_err join_crls(const struct rt_job *j, struct grounds *g,
                                struct ratls_verify_input *input)
{
    const size_t given = j->with ? j->with->n_crls : 0, configured = g->at.n_crls;

    input->crls = configured ? g->at.crls : given ? j->with->crls : NULL;
    input->n_crls = given + configured;
    if (given == 0 || configured == 0)
        return RATLS_OK;
    if (given + configured > MAX_CRLS)
        return ratls_fail(j->err, RATLS_E_LIMIT, "more than %d CRLs", MAX_CRLS);
    memcpy(g->crls, j->with->crls, given * sizeof *g->crls);
    memcpy(g->crls + given, g->at.crls, configured * sizeof *g->crls);
    input->crls = g->crls;
    return RATLS_OK;
}

static enum ratls_err find_grounds(const struct rt_job *j, const struct ratls_verifier *v,
                                   struct grounds *g, struct ratls_verify_input *input)
{
    enum ratls_err e = rt_anchors_at(rt_trust_anchors(j->t), v, j->now, &g->at);

    if (e)
        return e;
    input->roots = g->at.roots;
    input->n_roots = g->at.n_roots;
    input->keys = g->at.keys;
    input->n_keys = g->at.n_keys;
    input->certs = join_certs(j, g);
    if (g->certs.bad)
        return RATLS_E_NO_MEMORY;
    return join_crls(j, g, input);
}

static enum ratls_err call_with(const struct rt_job *j, const struct ratls_verifier *v,
                                const void *const *collateral, size_t n_collateral,
                                verifier_fn *run)
{
    struct grounds grounds;
    struct ratls_verify_input input = {
        .size = sizeof input,
        .evidence = j->evidence,
        .now = j->now,
        .collateral = collateral,
        .n_collateral = n_collateral,
        .insecure_no_crl = rt_trust_no_crl(j->t),
    };
    grounds.certs = (struct rt_writer){0};
    enum ratls_err e = find_grounds(j, v, &grounds, &input);

    if (e == RATLS_OK && j->with) {
        input.event_log = j->with->event_log;
        input.ima_log = j->with->ima_log;
    }
    if (e == RATLS_OK)
        e = run(v, &input, j->v->claims, j->err);
    free_grounds(&grounds);
    return e;
}

static enum ratls_err call_verifier(const struct rt_job *j, const struct ratls_verifier *v,
                                    const void *const *collateral, size_t n_collateral)
{
    return call_with(j, v, collateral, n_collateral, rt_verifier_run);
}

/* What is wrong with the evidence itself comes first, and its claims are shown, whatever is wrong
 * with the collateral. */
static enum ratls_err refuse_collateral(const struct rt_job *j, const struct ratls_verifier *v,
                                        const struct ratls_error *why)
{
    const void *none[1] = {NULL};
    enum ratls_err e = call_verifier(j, v, none, 0);

    return e ? e : ratls_fail(j->err, why->code, "%s", why->detail);
}

static enum ratls_err run_verifier(const struct rt_job *j, const struct ratls_verifier *v)
{
    const void *kept[RT_MAX_COLLATERAL_DOCS];
    void *given[RT_MAX_COLLATERAL_DOCS];
    struct ratls_error why = {0};
    size_t n = 0;

    if (!j->with || j->with->n_collateral == 0)
        return call_verifier(j, v, kept, rt_trust_collateral(j->t, v, kept));
    enum ratls_err e = prove_given(j, v, given, &n, &why);
    for (size_t i = 0; i < n; i++)
        kept[i] = given[i];
    e = e ? refuse_collateral(j, v, &why) : call_verifier(j, v, kept, n);
    for (size_t i = 0; i < n; i++)
        v->collateral_free(given[i]);
    return e;
}

/* Nobody is believed longer than what was said of his platform, and by whom. */
static void end_with_grounds(const struct rt_job *j, const struct ratls_verifier *v)
{
    const int64_t until = rt_anchors_until(rt_trust_anchors(j->t), v, j->now, j->v->claims);
    const struct ratls_claim *c = ratls_claims_get(j->v->claims, "collateral_expires");

    if (c && c->type == RATLS_CLAIM_UINT && c->number < (uint64_t)j->v->expires)
        j->v->expires = (int64_t)c->number;
    if (until < j->v->expires)
        j->v->expires = until;
}

bool rt_claimed_report_data(const struct ratls_claims *claims, uint8_t out[RATLS_REPORT_DATA_LEN])
{
    const struct ratls_claim *c = ratls_claims_get(claims, "report_data");
    size_t len = RATLS_REPORT_DATA_LEN;

    return c && c->type == RATLS_CLAIM_TEXT && rt_unhex(c->text, strlen(c->text), out, &len) &&
           len == RATLS_REPORT_DATA_LEN;
}

/* All 64 bytes, whatever the verifier: a prefix would leave the tail to the attacker. */
static enum ratls_err check_report_data(const struct rt_job *j)
{
    uint8_t found[RATLS_REPORT_DATA_LEN];

    if (!rt_claimed_report_data(j->v->claims, found))
        return ratls_fail(j->err, RATLS_E_VERIFIER_FAULT, "the verifier reports no report data");
    if (j->report_data && !rt_ct_equal(found, j->report_data, sizeof found))
        return ratls_fail(j->err, RATLS_E_BINDING_MISMATCH,
                          "report data is not what this key or challenge asks for");
    return RATLS_OK;
}

/* Padded to 64 bytes; false when longer. */
static bool pad_report_data(struct ratls_bytes in, uint8_t out[RATLS_REPORT_DATA_LEN])
{
    if (in.len > RATLS_REPORT_DATA_LEN)
        return false;
    memset(out, 0, RATLS_REPORT_DATA_LEN);
    if (in.len > 0)
        memcpy(out, in.p, in.len);
    return true;
}

/* A nonce of its own is compared as it is, and nothing else may stand for it; where the format has
 * none it is the report data. */
static enum ratls_err check_nonce(const struct rt_job *j)
{
    const struct ratls_claim *own = ratls_claims_get(j->v->claims, "nonce");
    const struct ratls_claim *c = own ? own : ratls_claims_get(j->v->claims, "report_data");
    uint8_t due[RATLS_REPORT_DATA_LEN], found[RATLS_REPORT_DATA_LEN];
    size_t len = sizeof found;

    if (!j->with || j->with->nonce.len == 0)
        return RATLS_OK;
    if (!pad_report_data(j->with->nonce, due))
        return ratls_fail(j->err, RATLS_E_USAGE, "nonce longer than 64 bytes");
    if (c->type != RATLS_CLAIM_TEXT || !rt_unhex(c->text, strlen(c->text), found, &len) ||
        len != (own ? j->with->nonce.len : sizeof due) || !rt_ct_equal(found, due, len))
        return ratls_fail(j->err, RATLS_E_BINDING_MISMATCH, "the nonce is not the one expected");
    return RATLS_OK;
}

/* Whoever lies about the future would never grow old. Before policy, always. */
static enum ratls_err check_future(const struct rt_job *j)
{
    if (j->has_iat && j->iat > 0 && j->iat - RT_CLOCK_SKEW_S > j->now)
        return ratls_fail(j->err, RATLS_E_EVIDENCE_FUTURE, "ratls-iat is %lld s ahead",
                          (long long)(j->iat - j->now));
    return RATLS_OK;
}

static void add_name(void *claims, const char *name)
{
    (void)ratls_claims_add_item(claims, "peer.names", name);
}

/* Who the peer is, is said by a certificate that an identity CA signed, and by nothing else: not by
 * the evidence, whose verifier may be a plugin. Failures stick in the claims. */
static enum ratls_err name_peer(const struct rt_job *j)
{
    const struct ratls_claim *proven = ratls_claims_get(j->certified, "peer.names");

    if (ratls_claims_get(j->v->claims, "peer.names"))
        return ratls_fail(j->err, RATLS_E_VERIFIER_FAULT, "the verifier names the peer");
    if (j->identity || proven)
        add_name(j->v->claims, NULL);
    if (j->identity)
        rt_x509_each_name(j->identity, add_name, j->v->claims);
    for (size_t i = 0; proven && i < proven->n_items; i++)
        add_name(j->v->claims, proven->items[i]);
    return RATLS_OK;
}

/* ---- revocations: before any policy, and those of keys whatever is asked ---- */

/* The TLS key and the attestation key of the session, where a certificate names them, and every key
 * of the evidence. */
static enum ratls_err check_revoked_keys(const struct rt_job *j)
{
    const struct rt_revocations *revoked = &rt_trust_stored(j->t)->revocations;
    const struct ratls_verdict *v = j->v;
    uint8_t ak[RT_SHA256_LEN];
    enum ratls_err e = RATLS_OK;

    if (v->is_certificate)
        e = rt_revocations_judge_key(revoked, v->tee, ratls_bytes(v->spki_sha256, RT_SHA256_LEN),
                                     j->err);
    if (e == RATLS_OK && v->ak_spki.len > 0 &&
        (e = rt_sha256(rt_bytes_of(&v->ak_spki), ak)) == RATLS_OK)
        e = rt_revocations_judge_key(revoked, v->tee, ratls_bytes(ak, sizeof ak), j->err);
    return e ? e : rt_revocations_judge_keys(revoked, v->tee, v->claims, j->err);
}

/* What only this side may say. */
static enum ratls_err refuse_own_claims(const struct rt_job *j, const struct ratls_verifier *v)
{
    static const char *const own[] = {"baseline.name", "baseline.version", "passport", "appraiser",
                                      "appraiser_key"};

    for (size_t i = 0; i < RT_COUNT(own); i++)
        if (ratls_claims_get(j->v->claims, own[i]))
            return ratls_fail(j->err, RATLS_E_VERIFIER_FAULT, "verifier %s sets %s", v->name,
                              own[i]);
    return RATLS_OK;
}

static enum ratls_err check_claims(const struct rt_job *j, const struct ratls_verifier *v)
{
    enum ratls_err e = refuse_own_claims(j, v);

    if (e == RATLS_OK)
        e = check_report_data(j);
    return e ? e : check_nonce(j);
}

/* By its name, which is all that a passport says. */
static bool is_device(const struct rt_job *j)
{
    const struct ratls_verifier *v = rt_registry_by_name(rt_trust_registry(j->t), j->v->tee);

    return v && v->device;
}

/* All that is asked of claims once they are proven: no cryptography, nothing but the verdict. */
static enum ratls_err judge_claims(const struct rt_job *j)
{
    struct ratls_verdict *v = j->v;
    const struct rt_policy *policy = rt_trust_policy(j->t);
    const struct rt_policy_found found = {.claims = v->claims, .expires = &v->expires};
    const struct rt_policy_subject subject = {
        .tee = v->tee,
        .claims = v->claims,
        .refvals = rt_trust_refvals(j->t),
        .baselines = &rt_trust_stored(j->t)->baselines,
        .found = &found,
        .is_certificate = v->is_certificate,
        .has_iat = v->has_iat,
        .iat = v->iat,
        .now = j->now,
        .on_finding = j->with ? j->with->on_finding : NULL,
        .finding_arg = j->with ? j->with->finding_arg : NULL,
        .noted = &v->noted,
    };

    v->expires = v->proven_until;
    if (v->has_iat && v->iat + rt_policy_max_age_s(policy) < v->expires)
        v->expires = v->iat + rt_policy_max_age_s(policy);
    if (is_device(j) && !v->beside_cpu)
        return ratls_fail(j->err, RATLS_E_DEVICE_ALONE,
                          "%s is a device: its evidence binds no key but through a TEE's", v->tee);
    enum ratls_err e =
        rt_revocations_judge(&rt_trust_stored(j->t)->revocations, v->tee, v->claims, j->err);
    return e ? e : rt_policy_decide(policy, &subject, j->err);
}

/* Nothing is proven here: neither is what was not, or is not any more. The level is the one that
 * rt_judge() gives; what a session reached is known to the session. */
static enum ratls_err take_proven(const struct rt_job *j, const struct ratls_verdict *of)
{
    if (!of->allowed || !rt_verdict_stands(of, j->now))
        return ratls_fail(j->err, RATLS_E_INTERNAL, "nothing proven is left to be judged again");
    j->v->expires = of->proven_until;
    return of->is_certificate ? rt_verdict_set_level(j->v, RATLS_LEVEL_KEY) : RATLS_OK;
}

/* Those that a passport tells of go with its claims. */
static enum ratls_err told_devices_again(const struct rt_job *j, const struct ratls_verdict *of)
{
    struct rt_devices *devices = NULL;

    if (!of->devices || !rt_devices_are_told(of->devices))
        return RATLS_OK;
    enum ratls_err e = rt_devices_again(j->t, of->devices, j->now, &devices, j->err);
    if (!e)
        rt_verdict_take_devices(j->v, devices);
    return e;
}

enum ratls_err rt_appraise_claims(const struct ratls_trust *t, const struct ratls_verdict *of,
                                  int64_t now, struct ratls_verdict **out)
{
    struct ratls_error err = {0};
    struct ratls_verdict *v = *out = rt_verdict_again(of);

    if (!v)
        return RATLS_E_NO_MEMORY;
    date(v, t, now);
    const struct rt_job j = {.t = t, .v = v, .err = &err, .now = now};
    enum ratls_err e = take_proven(&j, of);
    if (e == RATLS_OK)
        e = check_revoked_keys(&j);
    if (e == RATLS_OK)
        e = judge_claims(&j);
    return rt_conclude(v, e ? e : told_devices_again(&j, of), &err);
}

/* What holds whether or not a policy is asked, and then the policy. */
enum ratls_err rt_judge_proven(const struct rt_job *j)
{
    struct ratls_verdict *v = j->v;
    enum ratls_err e;

    v->proven = true;
    if ((e = check_future(j)) != RATLS_OK || (e = name_peer(j)) != RATLS_OK ||
        (e = check_revoked_keys(j)) != RATLS_OK)
        return e;
    v->proven_until = v->expires;
    v->has_iat = j->has_iat;
    v->iat = j->iat;
    if (j->is_certificate && (e = rt_verdict_set_level(v, RATLS_LEVEL_KEY)) != RATLS_OK)
        return e;
    return j->authenticity_only ? RATLS_OK : judge_claims(j);
}

enum ratls_err rt_judge(const struct rt_job *j)
{
    const struct ratls_verifier *v = NULL;
    enum ratls_err e;

    rt_trust_freeze(j->t);
    j->v->is_certificate = j->is_certificate;
    if (j->evidence.len == 0)
        return ratls_fail(j->err, RATLS_E_NO_EVIDENCE, "the evidence is empty");
    if (j->evidence.len > RT_MAX_EVIDENCE)
        return ratls_fail(j->err, RATLS_E_EVIDENCE_FORMAT, "evidence of %zu bytes, at most %d",
                          j->evidence.len, RT_MAX_EVIDENCE);
    if ((e = rt_sha256(j->evidence, j->v->evidence_sha256)) != RATLS_OK ||
        (e = find_verifier(j, &v)) != RATLS_OK || (e = run_verifier(j, v)) != RATLS_OK ||
        (e = check_claims(j, v)) != RATLS_OK)
        return e;
    end_with_grounds(j, v);
    return rt_judge_proven(j);
}

/* ---- the vendor's certificates alone ---- */

static bool asks_for_endorsements(const struct ratls_appraisal *what)
{
    return !what->subject.p && (what->certs.len > 0 || what->n_crls > 0);
}

/* Nothing about a TEE is known after it, so that no policy could be asked. */
static enum ratls_err judge_endorsements(const struct rt_job *j)
{
    const void *none[1] = {NULL};
    const struct ratls_verifier *v = rt_registry_by_name(rt_trust_registry(j->t), j->tee);

    rt_trust_freeze(j->t);
    if (!v || !j->authenticity_only)
        return ratls_fail(j->err, RATLS_E_USAGE,
                          "certificates alone are judged for a named TEE, without a policy");
    (void)snprintf(j->v->tee, sizeof j->v->tee, "%s", v->name);
    enum ratls_err e = call_with(j, v, none, 0, rt_verifier_endorsements);
    if (e == RATLS_OK && (e = check_revoked_keys(j)) == RATLS_OK)
        end_with_grounds(j, v);
    return e;
}

/* ---- public entry ---- */

/* What a carrier holds counts as given beside the evidence; two of one kind are nobody's choice. */
static enum ratls_err take_log(struct ratls_bytes *into, const struct ratls_buffer *carried,
                               struct ratls_error *err)
{
    if (!carried->p)
        return RATLS_OK;
    if (into->p)
        return ratls_fail(err, RATLS_E_USAGE, "a log is given, and another is in the evidence");
    *into = rt_bytes_of(carried);
    return RATLS_OK;
}

static enum ratls_err judge_content(struct rt_job *j, const struct rt_carrier *c)
{
    const struct ratls_appraisal *given = j->with;
    struct ratls_appraisal with = *given;
    struct rt_writer certs = {0};
    enum ratls_err e;

    if ((e = take_log(&with.event_log, &c->event_log, j->err)) != RATLS_OK ||
        (e = take_log(&with.ima_log, &c->ima_log, j->err)) != RATLS_OK)
        return e;
    rt_put_bytes(&certs, rt_bytes_of(&c->certs));
    rt_put_bytes(&certs, with.certs);
    with.certs = rt_written(&certs);
    j->with = &with;
    j->named = c->tee;
    j->form = RT_FORM_RAW;
    j->evidence = rt_bytes_of(&c->evidence);
    e = certs.bad ? RATLS_E_NO_MEMORY : rt_judge(j);
    j->with = given;
    rt_writer_free(&certs);
    return e;
}

static enum ratls_err judge_carrier(struct rt_job *j, struct ratls_bytes subject)
{
    struct rt_carrier c;
    enum ratls_err e = rt_carrier_open(subject, &c, j->err);

    if (e == RATLS_OK)
        e = judge_content(j, &c);
    rt_carrier_free(&c);
    return e;
}

static enum ratls_err judge_subject(struct rt_job *j, const struct ratls_appraisal *what)
{
    static const struct rt_cert_rules no_rules;
    struct rt_subject subject;
    enum ratls_err e;

    if (rt_cmw_is_collection(what->subject))
        return rt_judge_composite(j, what->subject);
    if (rt_carrier_recognises(what->subject))
        return judge_carrier(j, what->subject);
    if ((e = rt_subject_read(what->subject, &subject, j->err)) != RATLS_OK)
        goto out;
    if (subject.is_certificate) {
        e = rt_judge_cert(j, (struct rt_der_list){subject.chain, subject.n_chain}, &no_rules);
    } else {
        j->form = RT_FORM_RAW;
        j->evidence = what->subject;
        e = rt_judge(j);
    }
out:
    rt_subject_free(&subject);
    return e;
}

enum ratls_err ratls_appraise(const struct ratls_trust *t, const struct ratls_appraisal *what,
                              struct ratls_verdict **out)
{
    uint8_t report_data[RATLS_REPORT_DATA_LEN];
    struct ratls_error err = {0};
    struct ratls_verdict *v = *out = rt_verdict_by(t, what->now);
    enum ratls_err e;

    if (!v)
        return RATLS_E_NO_MEMORY;
    struct rt_job j = {.t = t,
                       .v = v,
                       .err = &err,
                       .now = what->now,
                       .tee = what->tee,
                       .report_data = what->report_data.len ? report_data : NULL,
                       .authenticity_only = what->authenticity_only,
                       .with = what};
    if (!pad_report_data(what->report_data, report_data))
        e = ratls_fail(&err, RATLS_E_USAGE, "report data longer than 64 bytes");
    else if (asks_for_endorsements(what))
        e = judge_endorsements(&j);
    else
        e = judge_subject(&j, what);
    if (e == RATLS_OK && !what->authenticity_only)
        e = rt_devices_due(t, v, &err);
    if (e == RATLS_OK && !what->authenticity_only)
        e = rt_outside_ask(t, &(struct rt_outside_peer){.verdict = v, .undecided = true}, &err);
    return rt_conclude(v, e, &err);
}

/* ---- quotes of a session ---- */

static bool same_text(const struct ratls_verdict *a, const struct ratls_verdict *b,
                      const char *name)
{
    const struct ratls_claim *x = ratls_claims_get(a->claims, name);
    const struct ratls_claim *y = ratls_claims_get(b->claims, name);

    if (!x || !y)
        return !x && !y;
    return x->type == RATLS_CLAIM_TEXT && y->type == RATLS_CLAIM_TEXT &&
           strcmp(x->text, y->text) == 0;
}

/* The quote must come from where the certificate's evidence came from: an agent elsewhere may quote
 * anything on request. */
static enum ratls_err check_same_platform(const struct ratls_verdict *quote,
                                          const struct ratls_verdict *of, struct ratls_error *err)
{
    if (strcmp(quote->tee, of->tee) != 0)
        return ratls_fail(err, RATLS_E_PROOF_EVIDENCE, "a %s quote after %s evidence", quote->tee,
                          of->tee);
    if (!same_text(quote, of, "measurement"))
        return ratls_fail(err, RATLS_E_PROOF_EVIDENCE, "the quote has another measurement");
    if (!same_text(quote, of, "platform_id"))
        return ratls_fail(err, RATLS_E_PROOF_EVIDENCE, "the quote is of another platform");
    return RATLS_OK;
}

enum ratls_err rt_appraise_quote(const struct ratls_trust *t, struct ratls_bytes cmw,
                                 const struct rt_quote_rules *rules, int64_t now,
                                 struct ratls_verdict **out)
{
    struct ratls_error inner = {0};
    struct ratls_verdict *v = *out = rt_verdict_by(t, now);
    enum ratls_err e;

    if (!v)
        return RATLS_E_NO_MEMORY;
    struct rt_job j = {.t = t, .v = v, .err = &inner, .now = now};
    j.report_data = rules->report_data;
    j.form = RT_FORM_SESSION;
    j.certified = rules->of->claims;
    if ((e = rt_cmw_read(cmw, &j.media_type, &j.evidence, &inner)) == RATLS_OK &&
        (e = rt_judge(&j)) == RATLS_OK)
        e = check_same_platform(v, rules->of, &inner);
    return rt_conclude(v, e, &inner);
}
