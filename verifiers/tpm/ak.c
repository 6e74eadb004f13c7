#include "ak.h"

#include "cert_text.h"
#include "der.h"
#include "evidence_keys.h"
#include "oid.h"

/* ---- which key ---- */

static enum ratls_err read_certs(const struct rt_tpm_evidence *evidence, struct rt_tpm_ak *out,
                                 struct ratls_error *err)
{
    struct ratls_error why = {0};

    for (size_t i = 0; i < evidence->n_certs; i++) {
        enum ratls_err e = rt_x509_parse(rt_bytes_of(&evidence->cert[i]), &out->cert[i], &why);
        if (e)
            return ratls_fail(err, rt_is_own_failure(e) ? e : RATLS_E_EVIDENCE_CHAIN,
                              "a certificate of the AK: %s", why.detail);
        out->n_certs++;
    }
    return RATLS_OK;
}

/* Of the key that is named; where none is, the only one that is no CA's. */
static const struct rt_x509 *own_of(const struct rt_tpm_ak *ak)
{
    const struct rt_x509 *found = NULL;

    for (size_t i = 0; i < ak->n_certs; i++) {
        const struct rt_x509 *cert = &ak->cert[i];
        if (ak->spki.p ? !ratls_bytes_equal(cert->spki, ak->spki) : cert->is_ca)
            continue;
        if (found)
            return NULL;
        found = cert;
    }
    return found;
}

enum ratls_err rt_tpm_ak_read(const struct rt_tpm_evidence *evidence, struct rt_tpm_ak *out,
                              struct ratls_error *err)
{
    struct ratls_error why = {0};
    enum ratls_err e;

    *out = (struct rt_tpm_ak){.spki = rt_bytes_of(&evidence->ak_public)};
    if ((e = read_certs(evidence, out, err)) != RATLS_OK)
        return e;
    out->own = own_of(out);
    if (!out->own && (out->n_certs > 0 || !out->spki.p))
        return ratls_fail(err, RATLS_E_EVIDENCE_CHAIN,
                          "not exactly one of the certificates is that of the AK");
    if (!out->spki.p)
        out->spki = out->own->spki;
    if ((e = rt_public_key_parse(out->spki, &out->key, &why)) != RATLS_OK)
        return ratls_fail(err, rt_is_own_failure(e) ? e : RATLS_E_EVIDENCE_ALGORITHM, "AK: %s",
                          why.detail);
    return rt_tpm_check_key(&out->key, err);
}

/* ---- by a pin ---- */

/* Roots that came as certificates are CAs, and vouch by what they sign. */
static enum ratls_err find_pin(struct rt_tpm_ak *ak, const struct ratls_verify_input *input,
                               bool *found)
{
    uint8_t spki[RT_SHA256_LEN];
    enum ratls_err e = rt_sha256(ak->spki, spki);

    *found = false;
    for (size_t i = 0; i < input->n_keys && e == RATLS_OK && !*found; i++) {
        *found = input->keys[i].id.len == 0 && ratls_bytes_equal(input->keys[i].spki, ak->spki);
        ak->simulated = *found && input->keys[i].simulated;
    }
    for (size_t i = 0; i < input->n_roots && e == RATLS_OK && !*found; i++) {
        *found = input->roots[i].cert.len == 0 &&
                 memcmp(input->roots[i].spki_sha256, spki, sizeof spki) == 0;
        ak->simulated = *found && input->roots[i].simulated;
    }
    return e;
}

/* ---- by a certificate ---- */

static enum ratls_err refuse(struct ratls_error *err, const char *what)
{
    return ratls_fail(err, RATLS_E_EVIDENCE_CHAIN, "the AK's certificate: %s", what);
}

/* extKeyUsage, where there is one, says that it is an attestation key: tcg-kp-AIKCertificate (TCG
 * "Credential Profiles"). Otherwise any key of a CA that issues more than AKs would do. */
static bool is_for_attestation(const struct rt_x509 *cert)
{
    const struct rt_ext *ext = rt_x509_ext(cert, RT_OID(EXT_KEY_USAGE));
    bool found = false;

    if (!ext)
        return true;
    struct rt_reader value = rt_reader(ext->value), list = rt_der_enter(&value, RT_DER_SEQUENCE);
    while (!list.bad && list.left > 0)
        found |= ratls_bytes_equal(rt_der_get(&list, RT_DER_OID, NULL), RT_OID(TCG_AIK));
    return found && !list.bad && rt_at_end(&value);
}

static enum ratls_err check_own(const struct rt_x509 *own, struct ratls_error *err)
{
    if (own->is_ca)
        return refuse(err, "it is a CA's");
    if (own->has_key_usage && !(own->key_usage & RT_KU_DIGITAL_SIGNATURE))
        return refuse(err, "keyUsage without digitalSignature");
    return is_for_attestation(own) ? RATLS_OK
                                   : refuse(err, "extKeyUsage without tcg-kp-AIKCertificate");
}

void rt_tpm_pool_free(struct rt_tpm_pool *pool)
{
    for (size_t i = 0; i < pool->n; i++)
        ratls_buffer_free(&pool->der[i]);
    pool->n = 0;
}

static const struct rt_x509 *last_of(const struct rt_tpm_ak *ak)
{
    return &ak->chain[ak->n_chain - 1];
}

static bool is_next(const struct rt_tpm_ak *ak, const struct rt_x509 *cert)
{
    return ratls_bytes_equal(last_of(ak)->issuer, cert->subject) &&
           !ratls_bytes_equal(cert->issuer, cert->subject);
}

/* What the evidence lacks may have been configured. Those that are there for other TEEs are passed
 * over, and kept only as long as it takes to see that. */
static bool find_beside(struct rt_tpm_ak *ak, struct ratls_bytes pem, struct rt_tpm_pool *pool)
{
    struct ratls_buffer der = {0};

    while (pool->n < RT_MAX_CHAIN && rt_pem_next(&pem, "CERTIFICATE", &der) == RATLS_OK) {
        struct rt_x509 *next = &ak->chain[ak->n_chain];
        if (rt_x509_parse(rt_bytes_of(&der), next, NULL) == RATLS_OK && is_next(ak, next)) {
            pool->der[pool->n++] = der;
            ak->n_chain++;
            return true;
        }
        ratls_buffer_free(&der);
    }
    return false;
}

static bool find_in_evidence(struct rt_tpm_ak *ak)
{
    for (size_t i = 0; i < ak->n_certs; i++)
        if (is_next(ak, &ak->cert[i])) {
            ak->chain[ak->n_chain++] = ak->cert[i];
            return true;
        }
    return false;
}

/* One root after the other, those of its name alone. */
static enum ratls_err try_root(struct rt_tpm_ak *ak, const struct ratls_root *root, int64_t now,
                               struct ratls_error *why)
{
    struct rt_x509 *cert = &ak->chain[RT_MAX_CHAIN];
    const struct rt_x509_list chain = {ak->chain, ak->n_chain}, anchor = {cert, 1};

    if (!root->cert.len || rt_x509_parse(root->cert, cert, NULL) != RATLS_OK ||
        !ratls_bytes_equal(last_of(ak)->issuer, cert->subject))
        return RATLS_E_EVIDENCE_ROOT;
    enum ratls_err e = rt_chain_to_anchor(chain, anchor, now, why);
    if (e)
        return e;
    ak->simulated = root->simulated || rt_x509_is_simulated(cert);
    ak->chain[ak->n_chain++] = *cert;
    return RATLS_OK;
}

static enum ratls_err outcome(enum ratls_err e, const struct ratls_error *why,
                              struct ratls_error *err)
{
    if (e == RATLS_OK || rt_is_own_failure(e))
        return e ? ratls_fail(err, e, "the AK's chain could not be checked") : RATLS_OK;
    if (e == RATLS_E_EVIDENCE_ROOT)
        return ratls_fail(err, e, "the AK's certificate ends at no trusted root");
    if (e == RATLS_E_CERT_EXPIRED || e == RATLS_E_CERT_NOT_YET_VALID)
        return ratls_fail(err, RATLS_E_EVIDENCE_TIME, "the AK's chain: %s", why->detail);
    return ratls_fail(err, RATLS_E_EVIDENCE_CHAIN, "the AK's chain: %s", why->detail);
}

/* Several roots may bear one name: one of them must have issued it. */
static enum ratls_err find_root(struct rt_tpm_ak *ak, const struct ratls_verify_input *input,
                                struct ratls_error *err)
{
    struct ratls_error why = {0};
    enum ratls_err worst = RATLS_E_EVIDENCE_ROOT;

    for (size_t i = 0; i < input->n_roots; i++) {
        enum ratls_err e = try_root(ak, &input->roots[i], input->now, &why);
        if (e == RATLS_OK || rt_is_own_failure(e))
            return outcome(e, &why, err);
        if (e != RATLS_E_EVIDENCE_ROOT)
            worst = e;
    }
    return outcome(worst, &why, err);
}

static enum ratls_err prove_by_certificate(struct rt_tpm_ak *ak,
                                           const struct ratls_verify_input *input,
                                           struct rt_tpm_pool *pool, struct ratls_error *err)
{
    enum ratls_err e = check_own(ak->own, err);

    if (e)
        return e;
    ak->chain[0] = *ak->own;
    ak->n_chain = 1;
    while (ak->n_chain < RT_MAX_CHAIN &&
           (find_in_evidence(ak) || find_beside(ak, input->certs, pool)))
        ;
    return find_root(ak, input, err);
}

enum ratls_err rt_tpm_ak_prove(struct rt_tpm_ak *ak, const struct ratls_verify_input *input,
                               struct rt_tpm_pool *pool, struct ratls_error *err)
{
    bool pinned;
    enum ratls_err e = find_pin(ak, input, &pinned);

    if (e)
        return ratls_fail(err, e, "hash of the attestation key (AK)");
    if (pinned)
        return RATLS_OK;
    if (!ak->own)
        return ratls_fail(err, RATLS_E_NO_ANCHOR,
                          "the attestation key (AK) is not among those trusted, and has no "
                          "certificate");
    return prove_by_certificate(ak, input, pool, err);
}

/* ---- claims ---- */

void rt_tpm_ak_claims(const struct rt_tpm_ak *ak, struct ratls_claims *claims)
{
    const bool certified = ak->n_chain > 0;
    int64_t expires = ak->crls_end;

    (void)ratls_claims_set_bool(claims, "simulated", ak->simulated);
    (void)ratls_claims_set_text(claims, "tpm.ak_trust", certified ? "certificate" : "pin");
    (void)ratls_claims_set_text(claims, "tcb_status",
                                certified && !ak->not_revoked ? "not_evaluated" : "unrated");
    if (!certified)
        return;
    (void)ratls_claims_set_text(claims, "tpm.ak_revocation",
                                ak->looked_up ? "good" : "not_checked");
    for (size_t i = 0; i < ak->n_chain; i++)
        expires = ak->chain[i].not_after < expires ? ak->chain[i].not_after : expires;
    (void)ratls_claims_set_uint(claims, "collateral_expires", (uint64_t)expires);
}

enum ratls_err rt_tpm_ak_evidence_keys(const struct rt_tpm_ak *ak, struct ratls_claims *claims,
                                       struct ratls_error *err)
{
    struct ratls_bytes keys[RT_MAX_CHAIN + 2] = {ak->spki};

    for (size_t i = 0; i < ak->n_chain; i++)
        keys[i + 1] = ak->chain[i].spki;
    return rt_claim_evidence_keys(claims, (struct rt_spki_list){keys, ak->n_chain + 1}, err);
}
