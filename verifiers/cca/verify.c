/* CCA: prove the platform, then the realm, then that they belong together. */
#include "cca.h"
#include "claims.h"
#include "evidence_keys.h"
#include "rak.h"
#include "x509.h"

struct work {
    const struct ratls_verify_input *input;
    struct ratls_claims *claims;
    struct ratls_error *err;
    struct rt_cose_sign1 platform_token, realm_token;
    struct rt_arm_platform platform;
    struct rt_arm_realm realm;
    struct ratls_bytes cpak; /* SPKI of the key that signed the platform's token */
    uint8_t rak[RT_CCA_POINT_LEN];
};

/* ---- what is read ---- */

static enum ratls_err open_tokens(struct work *w, struct ratls_bytes evidence)
{
    static const int64_t algorithms[] = {RT_COSE_ES256, RT_COSE_ES384, RT_COSE_ES512};
    const struct rt_arm_algs platform = {"platform token", algorithms, RT_COUNT(algorithms)};
    const struct rt_arm_algs realm = {"realm token", algorithms, RT_COUNT(algorithms)};
    struct rt_arm_collection c;
    enum ratls_err e = rt_arm_collection_read(evidence, &c, w->err);

    if (e)
        return e;
    if (!c.platform.p)
        return ratls_fail(w->err, RATLS_E_EVIDENCE_FORMAT, "collection: it has no platform token");
    e = rt_arm_sign1_read(c.platform, &platform, &w->platform_token, w->err);
    return e ? e : rt_arm_sign1_read(c.realm, &realm, &w->realm_token, w->err);
}

/* Platform and realm, in the pairs that exist. */
static const struct {
    const char *platform, *realm; /* realm NULL: its token has none */
} profiles[] = {
    {"http://arm.com/CCA-SSD/1.0.0", NULL},
    {"tag:arm.com,2023:cca_platform#1.0.0", "tag:arm.com,2023:realm#1.0.0"},
    {"tag:arm.com,2023:cca_platform#1.0.0", "tag:arm.com,2024:realm#2.0.0"},
};
#define REALM_2 (&profiles[2]) /* has claims that the others may lack */

static bool is_text(struct ratls_bytes text, const char *expected)
{
    return expected ? text.p && ratls_bytes_equal(text, ratls_bytes_str(expected)) : !text.p;
}

static enum ratls_err read_platform(struct work *w)
{
    enum ratls_err e =
        rt_arm_platform_read(w->platform_token.payload, &rt_arm_cca_rules, &w->platform, w->err);

    if (e)
        return e;
    if (!w->platform.profile.p)
        return ratls_fail(w->err, RATLS_E_EVIDENCE_FORMAT, "platform token: claim 265 is missing");
    rt_cca_platform_claims(&w->platform, w->claims);
    for (size_t i = 0; i < RT_COUNT(profiles); i++)
        if (is_text(w->platform.profile, profiles[i].platform))
            return RATLS_OK;
    return ratls_fail(w->err, RATLS_E_EVIDENCE_PROFILE, "platform token: an unknown profile");
}

static enum ratls_err check_pair(const struct work *w)
{
    for (size_t i = 0; i < RT_COUNT(profiles); i++) {
        if (!is_text(w->platform.profile, profiles[i].platform) ||
            !is_text(w->realm.profile, profiles[i].realm))
            continue;
        if (&profiles[i] == REALM_2 && (!w->realm.instance_id.p || !w->realm.has_mec))
            return ratls_fail(w->err, RATLS_E_EVIDENCE_FORMAT,
                              "realm token: claim 256 or 44243 is missing");
        return RATLS_OK;
    }
    return ratls_fail(w->err, RATLS_E_EVIDENCE_PROFILE,
                      "realm token: its profile does not go with the platform's");
}

static enum ratls_err read_realm(struct work *w)
{
    enum ratls_err e =
        rt_arm_realm_read(w->realm_token.payload, &rt_arm_cca_rules, &w->realm, w->err);

    if (e)
        return e;
    rt_cca_realm_claims(&w->realm, w->claims);
    (void)ratls_claims_set_uint(w->claims, "cca.unknown_claims",
                                w->platform.n_unknown + w->realm.n_unknown);
    return check_pair(w);
}

/* ---- what is proven ---- */

/* Simulated platforms say so in their implementation id, whoever lists their key. */
static bool has_mark(const struct rt_arm_platform *p)
{
    return memcmp(p->implementation_id.p, RT_SIM_ORGANIZATION, RT_ARM_IMPLEMENTATION_LEN) == 0;
}

static bool is_for(const struct ratls_trusted_key *key, const struct rt_arm_platform *p)
{
    struct rt_reader r = rt_reader(key->id);
    const struct ratls_bytes implementation = rt_take_bytes(&r, RT_ARM_IMPLEMENTATION_LEN);
    const struct ratls_bytes instance = rt_take_bytes(&r, RT_ARM_INSTANCE_LEN);

    return rt_at_end(&r) && ratls_bytes_equal(implementation, p->implementation_id) &&
           ratls_bytes_equal(instance, p->instance_id);
}

static enum ratls_err check_signature(const char *what, const struct rt_cose_sign1 *token,
                                      const struct rt_public_key *key, struct ratls_error *err)
{
    struct ratls_error inner = {0};
    enum ratls_err e = rt_cose_verify(token, key, &inner);

    return e ? ratls_fail(err, e, "%s: %s", what, inner.detail) : RATLS_OK;
}

static enum ratls_err try_cpak(struct work *w, const struct ratls_trusted_key *key,
                               struct ratls_error *why)
{
    struct ratls_error inner = {0};
    struct rt_public_key cpak;
    enum ratls_err e = rt_public_key_parse(key->spki, &cpak, &inner);

    if (rt_is_own_failure(e))
        return ratls_fail(why, e, "%s", inner.detail);
    if (e)
        return ratls_fail(why, RATLS_E_NO_ANCHOR, "the key (CPAK) cannot be used: %s",
                          inner.detail);
    (void)ratls_claims_set_bool(w->claims, "simulated", key->simulated || has_mark(&w->platform));
    w->cpak = key->spki;
    return check_signature("platform token", &w->platform_token, &cpak, why);
}

/* One platform has one key, but it may be trusted several times over, and be replaced. */
static enum ratls_err prove_platform(struct work *w)
{
    struct ratls_error why = {0};
    enum ratls_err e = RATLS_E_NO_ANCHOR;

    for (size_t i = 0; i < w->input->n_keys && e && !rt_is_own_failure(e); i++)
        if (is_for(&w->input->keys[i], &w->platform)) {
            why = (struct ratls_error){0};
            e = try_cpak(w, &w->input->keys[i], &why);
        }
    if (e == RATLS_OK)
        return RATLS_OK;
    return ratls_fail(w->err, e, "%s",
                      why.code ? why.detail
                               : "no key (CPAK) is trusted for this implementation and instance");
}

static enum ratls_err prove_realm(struct work *w)
{
    struct rt_public_key rak;
    enum ratls_err e = rt_cca_rak_read(&w->realm, w->rak, &rak, w->err);

    if (e)
        return e;
    if ((e = check_signature("realm token", &w->realm_token, &rak, w->err)) != RATLS_OK)
        return e;
    return rt_arm_check_binder(w->platform.challenge, w->realm.rak, w->realm.rak_hash_alg, w->err);
}

static enum ratls_err key_claims(const struct work *w)
{
    struct rt_writer rak = {0};

    rt_put_spki(&rak, RT_P384, ratls_bytes(w->rak, sizeof w->rak));
    const struct ratls_bytes keys[] = {w->cpak, rt_written(&rak)};
    enum ratls_err e =
        rak.bad ? ratls_fail(w->err, RATLS_E_NO_MEMORY, "realm's key")
                : rt_claim_evidence_keys(w->claims, (struct rt_spki_list){keys, RT_COUNT(keys)},
                                         w->err);
    rt_writer_free(&rak);
    return e;
}

/* ---- the verifier ---- */

static bool recognises(struct ratls_bytes evidence)
{
    uint64_t tag;
    const uint64_t label = rt_arm_first_label(evidence, &tag);

    return label != 0 && (tag == RT_ARM_TAG_CMW || label == RT_ARM_LABEL_PLATFORM);
}

static void first_claims(struct ratls_claims *claims)
{
    (void)ratls_claims_set_text(claims, "tee", "cca");
    (void)ratls_claims_set_text(claims, "tcb_status", "not_evaluated");
    (void)ratls_claims_add_item(claims, "advisory_ids", NULL);
}

/* Taken and ignored would look like a match. Certificates are left alone: those configured beside
 * the roots of other TEEs come with them. */
static enum ratls_err refuse_the_useless(const struct ratls_verify_input *input,
                                         struct ratls_error *err)
{
    if (input->event_log.p || input->ima_log.p)
        return ratls_fail(err, RATLS_E_EVENT_LOG, "a token of CCA has no event log");
    if (input->n_crls > 0)
        return ratls_fail(err, RATLS_E_COLLATERAL_FORMAT, "no CRL revokes a key of CCA");
    return RATLS_OK;
}

/* The order is that of README.md. */
static enum ratls_err verify(const struct ratls_verify_input *input, struct ratls_claims *claims,
                             struct ratls_error *err)
{
    struct work w = {.input = input, .claims = claims, .err = err};
    enum ratls_err e = open_tokens(&w, input->evidence);

    if (e)
        return e;
    first_claims(claims);
    if ((e = read_platform(&w)) != RATLS_OK || (e = refuse_the_useless(input, err)) != RATLS_OK ||
        (e = prove_platform(&w)) != RATLS_OK || (e = read_realm(&w)) != RATLS_OK ||
        (e = prove_realm(&w)) != RATLS_OK || (e = key_claims(&w)) != RATLS_OK)
        return e;
    (void)ratls_claims_set_text(claims, "tcb_status", "unrated"); /* Arm publishes no levels */
    return ratls_claims_status(claims);
}

static enum ratls_err describe(struct ratls_bytes evidence, struct ratls_claims *claims,
                               struct ratls_error *err)
{
    struct work w = {.claims = claims, .err = err};
    enum ratls_err e = open_tokens(&w, evidence);

    if (e)
        return e;
    first_claims(claims);
    if ((e = read_platform(&w)) != RATLS_OK || (e = read_realm(&w)) != RATLS_OK)
        return e;
    (void)ratls_claims_set_bool(claims, "simulated", has_mark(&w.platform));
    return ratls_claims_status(claims);
}

const struct ratls_verifier rt_verifier_cca = {
    .abi = RATLS_VERIFIER_ABI,
    .size = sizeof(struct ratls_verifier),
    .name = "cca",
    .media_type = "application/vnd.ratls.cca",
    .recognises = recognises,
    .describe = describe,
    .verify = verify,
};
