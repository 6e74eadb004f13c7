#include "der.h"
#include "oid.h"
#include "x509_name.h"
#include "x509_parts.h"

enum {
    VERSION_3 = 2,
    SERIAL_MAX = 20,
    PATH_LEN_MAX = 255,
    KEY_USAGE_BITS = 9,
    RSA_LEAF_MIN = 3072
};

static enum ratls_err malformed(struct ratls_error *err, const char *what)
{
    return ratls_fail(err, RATLS_E_CERT_FORMAT, "certificate: malformed %s", what);
}

/* ---- extensions ---- */

/* RFC 5280 s.4.2.1.9. cA FALSE may be spelled out: Gramine and mbedTLS do so. */
static bool read_basic_constraints(struct ratls_bytes value, struct rt_x509 *out)
{
    struct rt_reader outer = rt_reader(value), r = rt_der_enter(&outer, RT_DER_SEQUENCE);

    out->has_basic_constraints = true;
    if (rt_der_peek(&r) == RT_DER_BOOLEAN)
        out->is_ca = rt_der_bool(&r);
    if (rt_der_peek(&r) == RT_DER_INTEGER) {
        uint64_t n = rt_der_uint(&r);
        if (n > PATH_LEN_MAX || !out->is_ca)
            return false;
        out->path_len = (int)n;
    }
    return rt_at_end(&r) && rt_at_end(&outer);
}

/* RFC 5280 s.4.2.1.3. A named bit list has no trailing zero bits (X.690 s.11.2.2), but AMD's ASKs
 * have one. */
static bool read_key_usage(struct ratls_bytes value, struct rt_x509 *out)
{
    struct rt_reader outer = rt_reader(value), r = rt_der_enter(&outer, RT_DER_BIT_STRING);
    unsigned unused = rt_u8(&r);
    struct ratls_bytes bits = rt_rest(&r);

    out->has_key_usage = true;
    if (!rt_at_end(&outer) || unused > 7 || bits.len == 0 || bits.len > 2)
        return false;
    unsigned last = bits.p[bits.len - 1];
    if ((last & ((1U << unused) - 1)) != 0)
        return false;
    for (unsigned n = 0; n < 8 * bits.len; n++)
        if (bits.p[n / 8] & 0x80 >> n % 8)
            out->key_usage |= 1U << n;
    return out->key_usage != 0 && out->key_usage >> KEY_USAGE_BITS == 0;
}

static bool is_known_critical(struct ratls_bytes oid)
{
    return ratls_bytes_equal(oid, RT_OID(BASIC_CONSTRAINTS)) ||
           ratls_bytes_equal(oid, RT_OID(KEY_USAGE)) ||
           ratls_bytes_equal(oid, RT_OID(EXT_KEY_USAGE)) || ratls_bytes_equal(oid, RT_OID(SAN));
}

/* An explicit FALSE is not DER (X.690 s.11.5). */
bool rt_x509_read_ext(struct rt_reader *list, struct rt_ext *ext)
{
    struct rt_reader r = rt_der_enter(list, RT_DER_SEQUENCE);

    *ext = (struct rt_ext){0};
    ext->oid = rt_der_get(&r, RT_DER_OID, NULL);
    if (rt_der_peek(&r) == RT_DER_BOOLEAN) {
        ext->critical = rt_der_bool(&r);
        if (!ext->critical)
            return false;
    }
    ext->value = rt_der_get(&r, RT_DER_OCTET_STRING, NULL);
    return rt_at_end(&r) && ext->oid.len > 0;
}

static enum ratls_err add_extension(struct rt_reader *list, struct rt_x509 *out,
                                    struct ratls_error *err)
{
    struct rt_ext ext;

    if (out->n_ext == RT_MAX_EXTENSIONS)
        return ratls_fail(err, RATLS_E_CERT_FORMAT, "certificate: more than %d extensions",
                          RT_MAX_EXTENSIONS);
    if (!rt_x509_read_ext(list, &ext))
        return malformed(err, "extension");
    if (rt_x509_ext(out, ext.oid))
        return ratls_fail(err, RATLS_E_CERT_FORMAT, "certificate: an extension occurs twice");
    if (ext.critical && !is_known_critical(ext.oid))
        return ratls_fail(err, RATLS_E_CERT_CRITICAL, "certificate: unknown critical extension");
    out->ext[out->n_ext++] = ext;
    if (ratls_bytes_equal(ext.oid, RT_OID(BASIC_CONSTRAINTS)) &&
        !read_basic_constraints(ext.value, out))
        return malformed(err, "basicConstraints");
    if (ratls_bytes_equal(ext.oid, RT_OID(KEY_USAGE)) && !read_key_usage(ext.value, out))
        return malformed(err, "keyUsage");
    return RATLS_OK;
}

static enum ratls_err read_extensions(struct rt_reader *tbs, struct rt_x509 *out,
                                      struct ratls_error *err)
{
    enum ratls_err e = RATLS_OK;

    if (rt_der_peek(tbs) != (RT_DER_CONTEXT_CONSTRUCTED | 3))
        return RATLS_OK;
    struct rt_reader outer = rt_der_enter(tbs, RT_DER_CONTEXT_CONSTRUCTED | 3);
    struct rt_reader list = rt_der_enter(&outer, RT_DER_SEQUENCE);
    if (!rt_at_end(&outer) || list.left == 0)
        return malformed(err, "extensions");
    while (list.left > 0 && e == RATLS_OK)
        e = add_extension(&list, out, err);
    return e;
}

/* ---- certificate ---- */

static enum ratls_err read_version_and_serial(struct rt_reader *tbs, struct rt_x509 *out,
                                              struct ratls_error *err)
{
    struct rt_reader version = {.bad = true};

    if (rt_der_peek(tbs) == (RT_DER_CONTEXT_CONSTRUCTED | 0))
        version = rt_der_enter(tbs, RT_DER_CONTEXT_CONSTRUCTED | 0);
    if (rt_der_uint(&version) != VERSION_3 || !rt_at_end(&version))
        return ratls_fail(err, RATLS_E_CERT_FORMAT, "certificate: not X.509 version 3");
    out->serial = rt_der_positive(tbs);
    if (tbs->bad || out->serial.len > SERIAL_MAX)
        return malformed(err, "serial number");
    return RATLS_OK;
}

static void read_validity(struct rt_reader *tbs, struct rt_x509 *out)
{
    struct rt_reader r = rt_der_enter(tbs, RT_DER_SEQUENCE);

    out->not_before = rt_der_time(&r);
    out->not_after = rt_der_time(&r);
    tbs->bad = tbs->bad || !rt_at_end(&r);
}

/* Unique identifiers ([1], [2]) are left over at the end and so refused (RFC 5280 s.4.1.2.8). */
static enum ratls_err read_tbs(struct rt_reader *tbs, struct ratls_bytes outer_alg,
                               struct rt_x509 *out, struct ratls_error *err)
{
    enum ratls_err e = read_version_and_serial(tbs, out, err);
    struct ratls_bytes alg;

    if (e)
        return e;
    (void)rt_der_get(tbs, RT_DER_SEQUENCE, &alg);
    if (tbs->bad || !ratls_bytes_equal(alg, outer_alg))
        return ratls_fail(err, RATLS_E_CERT_FORMAT, "certificate: two signature algorithms");
    (void)rt_der_get(tbs, RT_DER_SEQUENCE, &out->issuer);
    read_validity(tbs, out);
    (void)rt_der_get(tbs, RT_DER_SEQUENCE, &out->subject);
    (void)rt_der_get(tbs, RT_DER_SEQUENCE, &out->spki);
    if (tbs->bad)
        return malformed(err, "validity, name or key");
    if (!rt_name_is_wellformed(out->issuer) || !rt_name_is_wellformed(out->subject))
        return malformed(err, "name");
    if ((e = rt_public_key_parse(out->spki, &out->key, err)) != RATLS_OK ||
        (e = read_extensions(tbs, out, err)) != RATLS_OK)
        return e;
    return rt_at_end(tbs) ? RATLS_OK : malformed(err, "end");
}

enum ratls_err rt_x509_parse(struct ratls_bytes der, struct rt_x509 *out, struct ratls_error *err)
{
    struct rt_reader outer = rt_reader(der), cert = rt_der_enter(&outer, RT_DER_SEQUENCE);
    struct ratls_bytes whole_alg;

    memset(out, 0, sizeof *out);
    out->der = der;
    out->path_len = -1;
    if (der.len > RT_MAX_CERT)
        return ratls_fail(err, RATLS_E_CERT_FORMAT, "certificate of %zu bytes", der.len);
    struct rt_reader tbs = rt_reader(rt_der_get(&cert, RT_DER_SEQUENCE, &out->tbs));
    struct ratls_bytes alg = rt_der_get(&cert, RT_DER_SEQUENCE, &whole_alg);
    out->signature = rt_der_bits(&cert);
    if (!rt_at_end(&cert) || !rt_at_end(&outer))
        return malformed(err, "structure");
    enum ratls_err e = rt_x509_read_sig_alg(alg, &out->sig_alg, err);
    return e ? e : read_tbs(&tbs, whole_alg, out, err);
}

const struct rt_ext *rt_x509_ext(const struct rt_x509 *cert, struct ratls_bytes oid)
{
    for (size_t i = 0; i < cert->n_ext; i++)
        if (ratls_bytes_equal(cert->ext[i].oid, oid))
            return &cert->ext[i];
    return NULL;
}

struct ratls_bytes rt_x509_key_id(const struct rt_x509 *cert)
{
    const struct rt_ext *ext = rt_x509_ext(cert, RT_OID(SKI));
    struct rt_reader r = rt_reader(ext ? ext->value : ratls_bytes(NULL, 0));
    const struct ratls_bytes id = rt_der_get(&r, RT_DER_OCTET_STRING, NULL);

    return rt_at_end(&r) ? id : ratls_bytes(NULL, 0);
}

enum ratls_err rt_x509_signed_by(const struct rt_x509 *cert, const struct rt_x509 *issuer,
                                 struct ratls_error *err)
{
    return rt_verify_spki(&issuer->key, cert->sig_alg, cert->tbs, cert->signature, err);
}

enum ratls_err rt_x509_check_dates(const struct rt_x509 *cert, int64_t now, struct ratls_error *err)
{
    char at[32];

    if (now < cert->not_before) {
        rt_time_format(cert->not_before, at);
        return ratls_fail(err, RATLS_E_CERT_NOT_YET_VALID, "the certificate is valid from %s", at);
    }
    if (now > cert->not_after) {
        rt_time_format(cert->not_after, at);
        return ratls_fail(err, RATLS_E_CERT_EXPIRED, "the certificate was valid until %s", at);
    }
    return RATLS_OK;
}

enum ratls_err rt_x509_spki_hash(const struct rt_x509 *cert, uint8_t out[RT_SHA256_LEN])
{
    return rt_sha256(cert->spki, out);
}

/* ---- leaves ---- */

enum ratls_err rt_x509_check_identity(const struct rt_x509 *cert, struct ratls_error *err)
{
    if (cert->key.type == RT_KEY_P521)
        return ratls_fail(err, RATLS_E_CERT_KEY, "a TLS identity or its CA on P-521");
    if (cert->sig_alg == RT_SIG_ECDSA_SHA512)
        return ratls_fail(err, RATLS_E_CERT_KEY,
                          "a TLS identity or its CA signed by ECDSA with SHA-512");
    return RATLS_OK;
}

enum ratls_err rt_x509_check_leaf_key(const struct rt_x509 *cert, struct ratls_error *err)
{
    const bool ecdsa = cert->sig_alg == RT_SIG_ECDSA_SHA256 || cert->sig_alg == RT_SIG_ECDSA_SHA384;
    enum ratls_err e = rt_x509_check_identity(cert, err);

    if (e)
        return e;
    switch (cert->key.type) {
    case RT_KEY_P256:
    case RT_KEY_P384:
        return ecdsa ? RATLS_OK
                     : ratls_fail(err, RATLS_E_CERT_KEY, "an EC leaf signed by other than ECDSA");
    case RT_KEY_RSA:
        return cert->key.bits >= RSA_LEAF_MIN
                   ? RATLS_OK
                   : ratls_fail(err, RATLS_E_CERT_KEY, "RSA leaf key of %u bits", cert->key.bits);
    case RT_KEY_P521:
    case RT_KEY_ED25519:
    case RT_KEY_SM2:
        return ratls_fail(err, RATLS_E_CERT_KEY, "a leaf key neither P-256, P-384 nor RSA");
    }
    return ratls_fail(err, RATLS_E_INTERNAL, "key type");
}

/* RFC 5280 s.4.2.1.12. The list is read to its end whatever is found. */
static bool allows_role(struct ratls_bytes eku, struct ratls_bytes role)
{
    struct rt_reader outer = rt_reader(eku), list = rt_der_enter(&outer, RT_DER_SEQUENCE);
    bool found = false;

    while (list.left > 0) {
        struct ratls_bytes oid = rt_der_get(&list, RT_DER_OID, NULL);
        found = found || ratls_bytes_equal(oid, role) || ratls_bytes_equal(oid, RT_OID(EKU_ANY));
    }
    return found && rt_at_end(&list) && rt_at_end(&outer);
}

enum ratls_err rt_x509_check_leaf_usage(const struct rt_x509 *cert, bool server,
                                        struct ratls_error *err)
{
    const struct rt_ext *eku = rt_x509_ext(cert, RT_OID(EXT_KEY_USAGE));

    if (cert->is_ca)
        return ratls_fail(err, RATLS_E_CERT_USAGE, "the leaf is a CA certificate");
    if (cert->has_key_usage && !(cert->key_usage & RT_KU_DIGITAL_SIGNATURE))
        return ratls_fail(err, RATLS_E_CERT_USAGE, "keyUsage without digitalSignature");
    if (eku && !allows_role(eku->value, server ? RT_OID(EKU_SERVER) : RT_OID(EKU_CLIENT)))
        return ratls_fail(err, RATLS_E_CERT_USAGE, "extKeyUsage does not allow a TLS %s",
                          server ? "server" : "client");
    return RATLS_OK;
}
