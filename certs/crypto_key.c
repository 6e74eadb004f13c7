/* Keys read from outside: SubjectPublicKeyInfo and private key files. */
#include "crypto_curve.h"
#include "der.h"
#include "oid.h"

enum { RSA_BITS_MAX = 4096, RSA_EXPONENT_MAX = 8, ED25519_LEN = 32, UNCOMPRESSED = 0x04 };

/* ---- public keys ---- */

static enum ratls_err check_point(const struct rt_curve_row *curve, struct ratls_bytes point,
                                  struct ratls_error *err)
{
    if (point.len != 2 * curve->size)
        return ratls_fail(err, RATLS_E_CERT_KEY, "EC point of %zu bytes", point.len);
    enum ratls_err e = rt_check_point(curve, point);
    if (e == RATLS_E_CERT_KEY)
        return ratls_fail(err, e, "EC point is not on its curve");
    return e ? ratls_fail(err, e, "EC point") : RATLS_OK;
}

/* An uncompressed point on the curve (RFC 5480 s.2.2). */
static enum ratls_err read_point(const struct rt_curve_row *curve, struct ratls_bytes bits,
                                 struct ratls_bytes *point, struct ratls_error *err)
{
    struct rt_reader r = rt_reader(bits);
    uint8_t form = rt_u8(&r);

    *point = rt_rest(&r);
    if (form != UNCOMPRESSED)
        return ratls_fail(err, RATLS_E_CERT_KEY, "EC point of form 0x%02x", form);
    return check_point(curve, *point, err);
}

/* Named curves only; explicit parameters could describe any group (RFC 5480 s.2.1.1). */
static enum ratls_err read_ec(struct rt_reader *params, struct ratls_bytes bits,
                              struct rt_public_key *out, struct ratls_error *err)
{
    if (rt_der_peek(params) != RT_DER_OID)
        return ratls_fail(err, RATLS_E_CERT_KEY, "EC key without named curve");
    const struct rt_curve_row *curve = rt_curve_of_oid(rt_der_get(params, RT_DER_OID, NULL));
    if (!curve || !rt_at_end(params))
        return ratls_fail(err, RATLS_E_CERT_KEY, "EC key on an unknown curve");
    out->type = curve->type;
    out->bits = curve->bits;
    return read_point(curve, bits, &out->point, err);
}

static unsigned bit_length(struct ratls_bytes magnitude)
{
    unsigned bits = 8 * (unsigned)magnitude.len;

    for (uint8_t top = magnitude.p[0]; bits > 0 && !(top & 0x80); top = (uint8_t)(top << 1))
        bits--;
    return bits;
}

static bool is_odd(struct ratls_bytes magnitude)
{
    return magnitude.len > 0 && magnitude.p[magnitude.len - 1] & 1;
}

enum ratls_err rt_public_key_of_rsa(struct ratls_bytes n, struct ratls_bytes e,
                                    struct rt_public_key *out, struct ratls_error *err)
{
    *out = (struct rt_public_key){.type = RT_KEY_RSA, .rsa_n = n, .rsa_e = e};
    if (!is_odd(n) || n.p[0] == 0 || n.len > RSA_BITS_MAX / 8)
        return ratls_fail(err, RATLS_E_CERT_KEY, "RSA modulus even or above %d bits", RSA_BITS_MAX);
    if (!is_odd(e) || e.p[0] == 0 || e.len > RSA_EXPONENT_MAX || (e.len == 1 && e.p[0] < 3))
        return ratls_fail(err, RATLS_E_CERT_KEY, "RSA exponent even, below 3 or above 64 bits");
    out->bits = bit_length(n);
    return RATLS_OK;
}

static enum ratls_err read_rsa(struct rt_reader *params, struct ratls_bytes bits,
                               struct rt_public_key *out, struct ratls_error *err)
{
    struct rt_reader outer = rt_reader(bits), r = rt_der_enter(&outer, RT_DER_SEQUENCE);

    if (rt_der_get(params, RT_DER_NULL, NULL).len != 0 || !rt_at_end(params))
        return ratls_fail(err, RATLS_E_CERT_KEY, "RSA key without NULL parameters");
    const struct ratls_bytes n = rt_der_positive(&r), e = rt_der_positive(&r);
    if (!rt_at_end(&r) || !rt_at_end(&outer))
        return ratls_fail(err, RATLS_E_CERT_FORMAT, "malformed RSAPublicKey");
    return rt_public_key_of_rsa(n, e, out, err);
}

/* RFC 8410 s.3: no parameters. */
static enum ratls_err read_ed25519(struct rt_reader *params, struct ratls_bytes bits,
                                   struct rt_public_key *out, struct ratls_error *err)
{
    out->type = RT_KEY_ED25519;
    out->bits = 8 * ED25519_LEN;
    if (!rt_at_end(params) || bits.len != ED25519_LEN)
        return ratls_fail(err, RATLS_E_CERT_KEY, "malformed Ed25519 key");
    return RATLS_OK;
}

static const struct {
    struct ratls_bytes (*oid)(void);
    enum ratls_err (*read)(struct rt_reader *params, struct ratls_bytes bits,
                           struct rt_public_key *out, struct ratls_error *err);
} key_types[] = {
    {rt_oid_EC_PUBLIC_KEY, read_ec},
    {rt_oid_RSA, read_rsa},
    {rt_oid_ED25519, read_ed25519},
};

enum ratls_err rt_public_key_parse(struct ratls_bytes spki, struct rt_public_key *out,
                                   struct ratls_error *err)
{
    struct rt_reader outer = rt_reader(spki), r = rt_der_enter(&outer, RT_DER_SEQUENCE);
    struct rt_reader params = rt_der_enter(&r, RT_DER_SEQUENCE);
    struct ratls_bytes oid = rt_der_get(&params, RT_DER_OID, NULL), bits = rt_der_bits(&r);

    memset(out, 0, sizeof *out);
    if (params.bad || !rt_at_end(&r) || !rt_at_end(&outer))
        return ratls_fail(err, RATLS_E_CERT_FORMAT, "malformed SubjectPublicKeyInfo");
    for (size_t i = 0; i < RT_COUNT(key_types); i++)
        if (ratls_bytes_equal(key_types[i].oid(), oid))
            return key_types[i].read(&params, bits, out, err);
    return ratls_fail(err, RATLS_E_CERT_KEY, "public key of an unknown algorithm");
}

enum ratls_err rt_public_key_of_point(enum rt_curve curve, struct ratls_bytes point,
                                      struct rt_public_key *out, struct ratls_error *err)
{
    const struct rt_curve_row *row = rt_curve_row(curve);

    memset(out, 0, sizeof *out);
    if (!row)
        return ratls_fail(err, RATLS_E_UNSUPPORTED, "EC point on an unknown curve");
    enum ratls_err e = check_point(row, point, err);
    if (e)
        return e;
    *out = (struct rt_public_key){.type = row->type, .bits = row->bits, .point = point};
    return RATLS_OK;
}

void rt_put_spki(struct rt_writer *w, enum rt_curve curve, struct ratls_bytes point)
{
    const struct rt_curve_row *row = rt_curve_row(curve);
    uint8_t bits[1 + RT_POINT_MAX] = {UNCOMPRESSED};

    if (!row || point.len != 2 * row->size) {
        w->bad = true;
        return;
    }
    size_t all = rt_der_begin(w, RT_DER_SEQUENCE), alg = rt_der_begin(w, RT_DER_SEQUENCE);
    rt_der_put_oid(w, RT_OID(EC_PUBLIC_KEY));
    rt_der_put_oid(w, row->oid());
    rt_der_end(w, alg);
    memcpy(bits + 1, point.p, point.len);
    rt_der_put_bits(w, ratls_bytes(bits, 1 + point.len));
    rt_der_end(w, all);
}

void rt_put_rsa_spki(struct rt_writer *w, struct ratls_bytes n, struct ratls_bytes e)
{
    struct rt_writer numbers = {0};
    const size_t list = rt_der_begin(&numbers, RT_DER_SEQUENCE);

    rt_der_put_positive(&numbers, n);
    rt_der_put_positive(&numbers, e);
    rt_der_end(&numbers, list);
    const size_t spki = rt_der_begin(w, RT_DER_SEQUENCE);
    const size_t algorithm = rt_der_begin(w, RT_DER_SEQUENCE);
    rt_der_put_oid(w, RT_OID(RSA));
    rt_der_put(w, RT_DER_NULL, ratls_bytes(NULL, 0));
    rt_der_end(w, algorithm);
    rt_der_put_bits(w, rt_written(&numbers));
    rt_der_end(w, spki);
    w->bad |= numbers.bad;
    rt_writer_free(&numbers);
}

/* ---- private keys ---- */

/* What a file says about a private key. */
struct private_key {
    const struct rt_curve_row *curve; /* NULL: not said yet */
    struct ratls_bytes scalar;
    struct ratls_bytes public_bits; /* len 0: absent */
};

static enum ratls_err malformed(struct ratls_error *err)
{
    return ratls_fail(err, RATLS_E_CERT_FORMAT, "malformed private key");
}

/* Two statements of the curve must agree. */
static enum ratls_err note_curve(struct rt_reader *r, struct private_key *key,
                                 struct ratls_error *err)
{
    if (rt_der_peek(r) != RT_DER_OID)
        return ratls_fail(err, RATLS_E_CERT_KEY, "private key without named curve");
    const struct rt_curve_row *curve = rt_curve_of_oid(rt_der_get(r, RT_DER_OID, NULL));
    if (!rt_at_end(r))
        return malformed(err);
    if (!curve)
        return ratls_fail(err, RATLS_E_CERT_KEY,
                          "private key: only P-256, P-384 and P-521 are supported");
    if (key->curve && key->curve != curve)
        return ratls_fail(err, RATLS_E_CERT_KEY, "private key names two curves");
    key->curve = curve;
    return RATLS_OK;
}

/* The part of ECPrivateKey behind the version (RFC 5915 s.3). */
static enum ratls_err read_ec_private(struct rt_reader *r, struct private_key *key,
                                      struct ratls_error *err)
{
    key->scalar = rt_der_get(r, RT_DER_OCTET_STRING, NULL);
    if (rt_der_peek(r) == (RT_DER_CONTEXT_CONSTRUCTED | 0)) {
        struct rt_reader params = rt_der_enter(r, RT_DER_CONTEXT_CONSTRUCTED | 0);
        enum ratls_err e = note_curve(&params, key, err);
        if (e)
            return e;
    }
    if (rt_der_peek(r) == (RT_DER_CONTEXT_CONSTRUCTED | 1)) {
        struct rt_reader bits = rt_der_enter(r, RT_DER_CONTEXT_CONSTRUCTED | 1);
        key->public_bits = rt_der_bits(&bits);
        if (!rt_at_end(&bits) || key->public_bits.len == 0)
            return malformed(err);
    }
    if (!rt_at_end(r))
        return malformed(err);
    return key->curve ? RATLS_OK
                      : ratls_fail(err, RATLS_E_CERT_KEY, "private key without named curve");
}

/* The part of PrivateKeyInfo behind the version (RFC 5208 s.5); attributes are passed over. */
static enum ratls_err read_pkcs8(struct rt_reader *r, struct private_key *key,
                                 struct ratls_error *err)
{
    struct rt_reader alg = rt_der_enter(r, RT_DER_SEQUENCE);
    struct ratls_bytes oid = rt_der_get(&alg, RT_DER_OID, NULL);
    struct rt_reader octets = rt_der_enter(r, RT_DER_OCTET_STRING);

    if (rt_der_peek(r) == (RT_DER_CONTEXT_CONSTRUCTED | 0))
        (void)rt_der_get(r, RT_DER_CONTEXT_CONSTRUCTED | 0, NULL);
    if (!rt_at_end(r) || alg.bad)
        return malformed(err);
    if (!ratls_bytes_equal(oid, RT_OID(EC_PUBLIC_KEY)))
        return ratls_fail(err, RATLS_E_CERT_KEY, "private key: only EC keys are supported");
    enum ratls_err e = note_curve(&alg, key, err);
    if (e)
        return e;
    struct rt_reader inner = rt_der_enter(&octets, RT_DER_SEQUENCE);
    if (rt_der_uint(&inner) != 1 || !rt_at_end(&octets))
        return malformed(err);
    return read_ec_private(&inner, key, err);
}

/* Version 0 in front of a SEQUENCE is PKCS#8, 1 in front of octets RFC 5915, 0 in front of an
 * INTEGER an RSA key (RFC 8017 A.1.2). */
static enum ratls_err read_private(struct ratls_bytes der, struct private_key *key,
                                   struct ratls_error *err)
{
    struct rt_reader outer = rt_reader(der), r = rt_der_enter(&outer, RT_DER_SEQUENCE);
    uint64_t version = rt_der_uint(&r);
    int next = rt_der_peek(&r);

    if (!rt_at_end(&outer))
        return malformed(err);
    if (version == 0 && next == RT_DER_SEQUENCE)
        return read_pkcs8(&r, key, err);
    if (version == 1 && next == RT_DER_OCTET_STRING)
        return read_ec_private(&r, key, err);
    if (version == 0 && next == RT_DER_INTEGER)
        return ratls_fail(err, RATLS_E_CERT_KEY, "private key: RSA keys are not supported");
    return malformed(err);
}

static enum ratls_err import_der(struct ratls_bytes der, struct rt_key **out,
                                 struct ratls_error *err)
{
    struct private_key key = {0};
    struct ratls_bytes point;
    enum ratls_err e = read_private(der, &key, err);

    if (e)
        return e;
    if ((e = rt_key_of_scalar(NULL, key.curve, key.scalar, out)) != RATLS_OK)
        return ratls_fail(err, e, "private key: the scalar is of no use");
    if (key.public_bits.len == 0)
        return RATLS_OK;
    e = read_point(key.curve, key.public_bits, &point, err);
    if (e == RATLS_OK && !ratls_bytes_equal(point, rt_key_point(*out)))
        e = ratls_fail(err, RATLS_E_CERT_KEY, "private key: the public half is another key's");
    if (e) {
        rt_key_free(*out);
        *out = NULL;
    }
    return e;
}

/* The one key of a PEM file. */
static enum ratls_err find_pem(struct ratls_bytes text, struct ratls_buffer *der,
                               struct ratls_error *err)
{
    static const char *const labels[] = {"EC PRIVATE KEY", "PRIVATE KEY", NULL};
    size_t found = 0;
    enum ratls_err e = rt_pem_count(text, labels, &found, der);

    if (e == RATLS_E_NO_MEMORY)
        return e;
    if (e)
        return ratls_fail(err, RATLS_E_CERT_FORMAT, "private key: malformed PEM");
    return found == 1 ? RATLS_OK
                      : ratls_fail(err, RATLS_E_CERT_FORMAT,
                                   "%zu unencrypted EC private keys in PEM or DER, not one", found);
}

enum ratls_err rt_key_import(struct ratls_bytes key, struct rt_key **out, struct ratls_error *err)
{
    struct ratls_buffer der = {0};
    enum ratls_err e;

    *out = NULL;
    if (key.len > RT_MAX_CERT)
        return ratls_fail(err, RATLS_E_LIMIT, "private key of %zu bytes", key.len);
    if (key.len > 0 && key.p[0] == RT_DER_SEQUENCE)
        return import_der(key, out, err);
    e = find_pem(key, &der, err);
    if (e == RATLS_OK)
        e = import_der(rt_bytes_of(&der), out, err);
    ratls_buffer_free(&der);
    return e;
}
