#include "intel_chain.h"

#include "oid.h"

#define PEM_BEGIN "-----BEGIN CERTIFICATE-----"

/* SHA-256 of the SubjectPublicKeyInfo of "Intel SGX Root CA" (certificate SHA-256 44a0196b2b99f889
 * b8e149e95b807a350e7424964399e885a7cbb8ccfab674d3, 2018-05-21 to 2049-12-31). */
const uint8_t rt_intel_pins[RT_INTEL_PINS][32] = {
    {0xa0, 0xaf, 0x03, 0x12, 0x89, 0xf5, 0xd5, 0xd4, 0x13, 0x2f, 0x91,
     0x86, 0x06, 0x8a, 0x7f, 0xc1, 0x36, 0x28, 0x63, 0x3b, 0xa2, 0x35,
     0x77, 0x74, 0x72, 0xe2, 0x9b, 0x6b, 0x6c, 0x67, 0xa4, 0x9e},
};

/* Names by position; the root's is not looked at: its key is pinned. */
static const char *const pck_names[] = {"Intel SGX PCK Certificate", NULL,
                                        "Intel SGX PCK Platform CA", "Intel SGX PCK Processor CA",
                                        NULL};
static const char *const ca_names[] = {"Intel SGX PCK Platform CA", "Intel SGX PCK Processor CA",
                                       NULL};
static const char *const signer_names[] = {"Intel SGX TCB Signing", NULL};

const struct rt_intel_kind rt_intel_pck = {
    .what = "PCK chain",
    .n = 3,
    .names = pck_names,
    .malformed = RATLS_E_EVIDENCE_CHAIN,
    .chain = RATLS_E_EVIDENCE_CHAIN,
    .root = RATLS_E_EVIDENCE_ROOT,
    .out_of_date = RATLS_E_EVIDENCE_TIME,
};
#define COLLATERAL_KIND(what_, names_)                                                             \
    {                                                                                              \
        .what = what_, .n = 2, .names = names_, .malformed = RATLS_E_COLLATERAL_FORMAT,            \
        .chain = RATLS_E_COLLATERAL_SIGNATURE, .root = RATLS_E_COLLATERAL_SIGNATURE,               \
        .out_of_date = RATLS_E_COLLATERAL_TIME,                                                    \
    }
const struct rt_intel_kind rt_intel_crl_issuer = COLLATERAL_KIND("PCK CRL issuer", ca_names);
const struct rt_intel_kind rt_intel_tcb_signer = COLLATERAL_KIND("TCB info signer", signer_names);
const struct rt_intel_kind rt_intel_qe_signer = COLLATERAL_KIND("QE identity signer", signer_names);

/* ---- reading ---- */

/* One certificate at the start of `text`; RATLS_E_CLOSED when something else stands there. */
static enum ratls_err read_cert(const struct rt_intel_kind *kind, struct ratls_bytes *text,
                                struct rt_intel_chain *out, struct ratls_error *err)
{
    struct ratls_buffer *der = &out->der[out->n];
    struct ratls_error inner = {0};

    *text = rt_without_space(*text);
    if (!rt_starts_with(*text, PEM_BEGIN))
        return RATLS_E_CLOSED;
    enum ratls_err e = rt_pem_next(text, "CERTIFICATE", der);
    if (rt_is_own_failure(e))
        return ratls_fail(err, e, "%s: PEM", kind->what);
    if (e || der->len > RT_MAX_CERT)
        return ratls_fail(err, kind->malformed, "%s: malformed PEM", kind->what);
    e = rt_x509_parse(rt_bytes_of(der), &out->certs[out->n], &inner);
    if (e)
        return ratls_fail(err, rt_is_own_failure(e) ? e : kind->malformed, "%s: %s", kind->what,
                          inner.detail);
    out->n++;
    return RATLS_OK;
}

/* Some quoting libraries hand the text over with its C terminator. */
static bool is_padding(struct ratls_bytes text)
{
    struct rt_reader r = rt_reader(rt_without_space(text));

    if (r.left > 0 && *r.p == 0)
        rt_skip(&r, 1);
    return rt_without_space(rt_rest(&r)).len == 0;
}

enum ratls_err rt_intel_chain_read(const struct rt_intel_kind *kind, struct ratls_bytes pem,
                                   struct rt_intel_chain *out, struct ratls_error *err)
{
    enum ratls_err e = RATLS_OK;

    memset(out, 0, sizeof *out);
    while (out->n < kind->n && e == RATLS_OK)
        e = read_cert(kind, &pem, out, err);
    if (e == RATLS_E_CLOSED)
        return ratls_fail(err, kind->malformed, "%s: %zu PEM certificates, not %zu", kind->what,
                          out->n, kind->n);
    if (e == RATLS_OK && !is_padding(pem))
        return ratls_fail(err, kind->malformed, "%s: more than %zu PEM certificates", kind->what,
                          kind->n);
    return e;
}

void rt_intel_chain_free(struct rt_intel_chain *c)
{
    for (size_t i = 0; i < RT_INTEL_CERTS; i++)
        ratls_buffer_free(&c->der[i]);
    c->n = 0;
}

/* ---- proving ---- */

enum ratls_err rt_intel_chain_check_root(const struct rt_intel_kind *kind,
                                         const struct rt_intel_chain *c, struct rt_roots roots,
                                         bool *simulated, struct ratls_error *err)
{
    uint8_t hash[RT_SHA256_LEN];
    char hex[2 * RT_SHA256_LEN + 1];
    enum ratls_err e = rt_x509_spki_hash(rt_intel_root(c), hash);

    *simulated = true;
    if (e)
        return ratls_fail(err, e, "hash of the root");
    for (size_t i = 0; i < roots.n; i++)
        if (memcmp(roots.p[i].spki_sha256, hash, sizeof hash) == 0) {
            *simulated = roots.p[i].simulated || rt_x509_is_simulated(rt_intel_root(c));
            return RATLS_OK;
        }
    rt_hex(ratls_bytes(hash, sizeof hash), hex);
    return ratls_fail(err, kind->root, "%s: the root with key %s is not pinned", kind->what, hex);
}

static const char *position(const struct rt_intel_chain *c, size_t i)
{
    return i + 1 == c->n ? "root" : i == 0 ? "leaf" : "intermediate";
}

/* The names of each certificate but the root, one list behind the other. */
static enum ratls_err check_names(const struct rt_intel_kind *kind, const struct rt_intel_chain *c,
                                  struct ratls_error *err)
{
    const char *const *name = kind->names;

    for (size_t i = 0; i + 1 < c->n; i++, name++) {
        struct ratls_bytes cn = rt_x509_name_attr(c->certs[i].subject, RT_OID(CN));
        bool found = false;
        for (; *name; name++)
            found = found || ratls_bytes_equal(cn, ratls_bytes_str(*name));
        if (!found)
            return ratls_fail(err, kind->chain, "%s, %s: another name", kind->what, position(c, i));
    }
    return RATLS_OK;
}

static enum ratls_err check_profile(const struct rt_intel_kind *kind,
                                    const struct rt_intel_chain *c, size_t at,
                                    struct ratls_error *err)
{
    const struct rt_x509 *cert = &c->certs[at];
    const struct ratls_bytes needed[] = {RT_OID(AKI), RT_OID(SKI), RT_OID(CRL_DISTRIBUTION),
                                         RT_OID(KEY_USAGE), RT_OID(BASIC_CONSTRAINTS)};

    if (cert->key.type != RT_KEY_P256 || cert->sig_alg != RT_SIG_ECDSA_SHA256)
        return ratls_fail(err, kind->chain, "%s, %s: not P-256 with SHA-256", kind->what,
                          position(c, at));
    for (size_t i = 0; i < RT_COUNT(needed); i++)
        if (!rt_x509_ext(cert, needed[i]))
            return ratls_fail(err, kind->chain, "%s, %s: an extension is missing", kind->what,
                              position(c, at));
    return RATLS_OK;
}

static bool is_ca_name(const struct rt_x509 *cert)
{
    struct ratls_bytes cn = rt_x509_name_attr(cert->subject, RT_OID(CN));

    return ratls_bytes_equal(cn, ratls_bytes_str(ca_names[0])) ||
           ratls_bytes_equal(cn, ratls_bytes_str(ca_names[1]));
}

static enum ratls_err check_profiles(const struct rt_intel_kind *kind,
                                     const struct rt_intel_chain *c, struct ratls_error *err)
{
    enum ratls_err e = RATLS_OK;

    for (size_t i = 0; i < c->n && e == RATLS_OK; i++)
        e = check_profile(kind, c, i, err);
    for (size_t i = 0; i + 1 < c->n && e == RATLS_OK; i++) {
        bool ca = is_ca_name(&c->certs[i]);
        if (!ca && c->certs[i].is_ca)
            e = ratls_fail(err, kind->chain, "%s: the leaf is a CA", kind->what);
        else if (ca && c->certs[i].path_len != 0)
            e = ratls_fail(err, kind->chain, "%s: the PCK CA may issue further CAs", kind->what);
        else if (!ca && !(c->certs[i].key_usage & RT_KU_DIGITAL_SIGNATURE))
            e = ratls_fail(err, kind->chain, "%s: the leaf may not sign", kind->what);
    }
    return e;
}

static bool is_part_of(const struct rt_x509 *cert, const struct rt_intel_chain *proven)
{
    for (size_t i = 0; proven && i < proven->n; i++)
        if (ratls_bytes_equal(cert->der, proven->certs[i].der))
            return true;
    return false;
}

static enum ratls_err check_signatures(const struct rt_intel_kind *kind,
                                       const struct rt_intel_chain *c,
                                       const struct rt_intel_chain *proven, struct ratls_error *err)
{
    for (size_t i = 0; i < c->n; i++) {
        const struct rt_x509 *issuer = &c->certs[i + 1 < c->n ? i + 1 : i];
        struct ratls_error inner = {0};
        if (is_part_of(&c->certs[i], proven))
            continue;
        enum ratls_err e =
            rt_x509_issued_by(&c->certs[i], issuer, i + 1 < c->n ? i : i - 1, &inner);
        if (e)
            return ratls_fail(err, rt_is_own_failure(e) ? e : kind->chain, "%s: %s", kind->what,
                              inner.detail[0] ? inner.detail : ratls_err_text(e));
    }
    return RATLS_OK;
}

enum ratls_err rt_intel_chain_prove(const struct rt_intel_kind *kind,
                                    const struct rt_intel_chain *c,
                                    const struct rt_intel_chain *proven, struct ratls_error *err)
{
    enum ratls_err e;

    if ((e = check_names(kind, c, err)) != RATLS_OK ||
        (e = check_profiles(kind, c, err)) != RATLS_OK)
        return e;
    return check_signatures(kind, c, proven, err);
}

enum ratls_err rt_intel_chain_check_dates(const struct rt_intel_kind *kind,
                                          const struct rt_intel_chain *c, int64_t now,
                                          struct ratls_error *err)
{
    struct ratls_error inner = {0};

    for (size_t i = 0; i < c->n; i++)
        if (rt_x509_check_dates(&c->certs[i], now, &inner) != RATLS_OK)
            return ratls_fail(err, kind->out_of_date, "%s: %s", kind->what, inner.detail);
    return RATLS_OK;
}

bool rt_intel_same_root(const struct rt_intel_chain *a, const struct rt_intel_chain *b)
{
    return ratls_bytes_equal(rt_intel_root(a)->spki, rt_intel_root(b)->spki);
}

bool rt_intel_is_platform_ca(const struct rt_x509 *ca)
{
    return ratls_bytes_equal(rt_x509_name_attr(ca->subject, RT_OID(CN)),
                             ratls_bytes_str(ca_names[0]));
}
