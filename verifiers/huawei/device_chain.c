#include "device_chain.h"

/* SHA-256 of the SubjectPublicKeyInfo. */
const uint8_t rt_huawei_pins[2][RT_SHA256_LEN] = {
    /* Huawei Equipment CA, RSA-4096, until 2041 */
    {0x90, 0x4a, 0x25, 0xa3, 0xd7, 0x05, 0x50, 0x52, 0x2e, 0xb9, 0x5d,
     0x52, 0x80, 0x93, 0x57, 0xe9, 0x05, 0xc8, 0xf3, 0xdf, 0x3b, 0x2e,
     0x44, 0xdc, 0x67, 0x76, 0xd7, 0xa2, 0xb8, 0x33, 0x5d, 0x9e},
    /* Huawei ECC Attestation Root CA 1, P-521, until 2074 */
    {0x0b, 0x31, 0x72, 0x47, 0x3d, 0x24, 0x1c, 0xfb, 0xf2, 0x49, 0x90,
     0x69, 0x66, 0x4c, 0x54, 0xd6, 0xeb, 0xfa, 0x3e, 0xd8, 0x5b, 0xe7,
     0x56, 0x49, 0x25, 0x63, 0x8d, 0xa5, 0x17, 0xc6, 0xd3, 0x86},
};

struct search {
    const struct rt_huawei_certs *certs;
    const struct ratls_verify_input *input;
    struct rt_huawei_chain *chain;
    struct ratls_error why; /* what is wrong with the first issuer of the right name */
};

static const struct rt_x509 *last_of(const struct search *s)
{
    return s->chain->cert[s->chain->n - 1];
}

static enum ratls_err refuse(struct ratls_error *err, const char *what)
{
    return ratls_fail(err, RATLS_E_EVIDENCE_CHAIN, "%s", what);
}

static enum ratls_err check_dates(const struct search *s, const char *which,
                                  const struct rt_x509 *cert, struct ratls_error *err)
{
    struct ratls_error inner = {0};

    return rt_x509_check_dates(cert, s->input->now, &inner) == RATLS_OK
               ? RATLS_OK
               : ratls_fail(err, RATLS_E_EVIDENCE_TIME, "%s: %s", which, inner.detail);
}

static enum ratls_err check_issued(const char *which, const struct rt_x509 *cert,
                                   const struct rt_x509 *by, size_t below, struct ratls_error *err)
{
    struct ratls_error inner = {0};
    enum ratls_err e = rt_x509_issued_by(cert, by, below, &inner);

    return e ? ratls_fail(err, rt_is_own_failure(e) ? e : RATLS_E_EVIDENCE_CHAIN, "%s: %s", which,
                          inner.detail)
             : RATLS_OK;
}

/* ---- roots ---- */

static enum ratls_err find_pin(const struct search *s, const struct rt_x509 *cert,
                               const struct ratls_root **out)
{
    uint8_t spki[RT_SHA256_LEN];
    enum ratls_err e = rt_x509_spki_hash(cert, spki);

    *out = NULL;
    for (size_t i = 0; i < s->input->n_roots && e == RATLS_OK && !*out; i++)
        if (memcmp(s->input->roots[i].spki_sha256, spki, sizeof spki) == 0)
            *out = &s->input->roots[i];
    return e;
}

/* Its own signature too: anybody may write a certificate with a root's key and other dates. */
static enum ratls_err check_root(struct search *s, const struct rt_x509 *root)
{
    const size_t below = s->chain->n - 1;
    enum ratls_err e;

    if (s->chain->n == 1)
        return refuse(&s->why, "the device's certificate: issued by the root, without a CA "
                               "between them");
    if ((e = check_issued("CA certificate", last_of(s), root, below, &s->why)) != RATLS_OK ||
        (e = check_issued("root", root, root, below, &s->why)) != RATLS_OK)
        return e;
    return check_dates(s, "root", root, &s->why);
}

/* RATLS_E_EVIDENCE_ROOT: it is none, or another's. */
static enum ratls_err try_root(struct search *s, const struct rt_x509 *cert)
{
    const struct ratls_root *pin;
    enum ratls_err e;

    if (!ratls_bytes_equal(last_of(s)->issuer, cert->subject))
        return RATLS_E_EVIDENCE_ROOT;
    if ((e = find_pin(s, cert, &pin)) != RATLS_OK)
        return ratls_fail(&s->why, e, "hash of a root's key");
    if (!pin)
        return RATLS_E_EVIDENCE_ROOT;
    if ((e = check_root(s, cert)) != RATLS_OK)
        return e;
    s->chain->simulated = pin->simulated || rt_x509_is_simulated(cert);
    s->chain->cert[s->chain->n++] = cert;
    return RATLS_OK;
}

static bool is_settled(enum ratls_err e)
{
    return e == RATLS_OK || rt_is_own_failure(e);
}

/* Among those of the configuration first: they are the operator's. */
static enum ratls_err find_root(struct search *s)
{
    enum ratls_err e = RATLS_E_EVIDENCE_ROOT;

    for (size_t i = 0; i < s->input->n_roots && !is_settled(e); i++) {
        if (!s->input->roots[i].cert.len)
            continue;
        e = rt_x509_parse(s->input->roots[i].cert, &s->chain->given, &s->why);
        if (e == RATLS_OK)
            e = try_root(s, &s->chain->given);
    }
    for (size_t i = 0; i < s->certs->n && !is_settled(e); i++)
        e = try_root(s, &s->certs->cert[i]);
    return e;
}

/* ---- CAs ---- */

static bool is_in_chain(const struct search *s, const struct rt_x509 *cert)
{
    for (size_t i = 0; i < s->chain->n; i++)
        if (s->chain->cert[i] == cert)
            return true;
    return false;
}

static enum ratls_err try_ca(struct search *s, const struct rt_x509 *cert)
{
    const char *which = s->chain->n == 1 ? "the device's certificate" : "CA certificate";
    enum ratls_err e = check_issued(which, last_of(s), cert, s->chain->n - 1, &s->why);

    if (e == RATLS_OK)
        e = check_dates(s, "CA certificate", cert, &s->why);
    if (e == RATLS_OK)
        s->chain->cert[s->chain->n++] = cert;
    return e;
}

/* The first that did it, and no way back from there: what evidence brings along must not cost more
 * signatures than it has certificates. */
static enum ratls_err find_ca(struct search *s)
{
    enum ratls_err e = RATLS_E_EVIDENCE_CHAIN;

    for (size_t i = 0; i < s->certs->n && !is_settled(e); i++) {
        const struct rt_x509 *cert = &s->certs->cert[i];
        if (!is_in_chain(s, cert) && ratls_bytes_equal(last_of(s)->issuer, cert->subject))
            e = try_ca(s, cert);
    }
    return e;
}

static enum ratls_err nobody(const struct search *s, enum ratls_err e, struct ratls_error *err)
{
    if (rt_is_own_failure(e))
        return ratls_fail(err, e, "the device's chain could not be checked");
    if (s->why.code)
        return ratls_fail(err, s->why.code, "%s", s->why.detail);
    if (s->chain->n == 1)
        return refuse(err, "the certificate of the CA that issued the device's is missing");
    return ratls_fail(err, RATLS_E_EVIDENCE_ROOT, "the device's chain ends at no trusted root");
}

/* ---- all of it ---- */

static enum ratls_err check_device(const struct search *s, const struct rt_x509 *device,
                                   struct ratls_error *err)
{
    if (device->has_key_usage && !(device->key_usage & RT_KU_DIGITAL_SIGNATURE))
        return refuse(err, "the device's certificate: keyUsage without digitalSignature");
    return check_dates(s, "the device's certificate", device, err);
}

static void note_end(struct rt_huawei_chain *chain)
{
    chain->expires = INT64_MAX;
    for (size_t i = 0; i < chain->n; i++)
        if (chain->cert[i]->not_after < chain->expires)
            chain->expires = chain->cert[i]->not_after;
}

enum ratls_err rt_huawei_chain_prove(const struct rt_huawei_certs *certs,
                                     const struct rt_x509 *device,
                                     const struct ratls_verify_input *input,
                                     struct rt_huawei_chain *out, struct ratls_error *err)
{
    struct search s = {.certs = certs, .input = input, .chain = out};
    enum ratls_err e = check_device(&s, device, err);

    out->n = 0;
    if (e)
        return e;
    out->cert[out->n++] = device;
    while (out->n < RT_MAX_CHAIN) {
        if ((e = find_root(&s)) == RATLS_OK) {
            note_end(out);
            return RATLS_OK;
        }
        if (!rt_is_own_failure(e) && !s.why.code)
            e = find_ca(&s);
        if (e)
            return nobody(&s, e, err);
        s.why = (struct ratls_error){0};
    }
    return refuse(err, "more certificates between device and root than allowed");
}
