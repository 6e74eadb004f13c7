#include "token_sm2.h"

#include "der.h"
#include "oid.h"

#define ID "1234567812345678"

enum { EC_VERSION = 1, PKCS8_VERSION = 0, UNCOMPRESSED = 0x04 };

const struct ratls_bytes rt_token_sm2_id = {(const uint8_t *)ID, sizeof ID - 1};

/* ---- private keys ---- */

struct private_key {
    bool on_curve;             /* it says so itself */
    struct ratls_bytes scalar; /* all borrow from what is read */
    struct ratls_bytes point;  /* with its form byte; len 0: not there */
};

/* RFC 5480 s.2.1.1: named curves alone. */
static bool is_curve(struct rt_reader *r)
{
    return ratls_bytes_equal(rt_der_get(r, RT_DER_OID, NULL), RT_OID(SM2));
}

/* RFC 5915 s.3 */
static void read_ec(struct rt_reader *outer, struct private_key *out)
{
    struct rt_reader r = rt_der_enter(outer, RT_DER_SEQUENCE);
    const bool known = rt_der_uint(&r) == EC_VERSION;

    out->scalar = rt_der_get(&r, RT_DER_OCTET_STRING, NULL);
    if (rt_der_peek(&r) == RT_DER_CONTEXT_CONSTRUCTED) {
        struct rt_reader curve = rt_der_enter(&r, RT_DER_CONTEXT_CONSTRUCTED);
        out->on_curve = is_curve(&curve) && rt_at_end(&curve);
    }
    if (rt_der_peek(&r) == (RT_DER_CONTEXT_CONSTRUCTED | 1)) {
        struct rt_reader point = rt_der_enter(&r, RT_DER_CONTEXT_CONSTRUCTED | 1);
        out->point = rt_der_bits(&point);
        r.bad = r.bad || !rt_at_end(&point);
    }
    outer->bad = outer->bad || !known || !rt_at_end(&r);
}

/* RFC 5208 s.5 */
static void read_pkcs8(struct rt_reader *outer, struct private_key *out)
{
    struct rt_reader r = rt_der_enter(outer, RT_DER_SEQUENCE);
    const bool known = rt_der_uint(&r) == PKCS8_VERSION;
    struct rt_reader alg = rt_der_enter(&r, RT_DER_SEQUENCE);
    const bool ec = ratls_bytes_equal(rt_der_get(&alg, RT_DER_OID, NULL), RT_OID(EC_PUBLIC_KEY));
    struct rt_reader inner = rt_reader(rt_der_get(&r, RT_DER_OCTET_STRING, NULL));

    if (!known || !ec || !is_curve(&alg) || !rt_at_end(&alg) || !rt_at_end(&r)) {
        outer->bad = true;
        return;
    }
    out->on_curve = true;
    read_ec(&inner, out);
    outer->bad = outer->bad || !rt_at_end(&inner);
}

static bool read_form(void (*read)(struct rt_reader *, struct private_key *),
                      struct ratls_bytes der, struct private_key *out)
{
    struct rt_reader r = rt_reader(der);

    *out = (struct private_key){0};
    read(&r, out);
    return rt_at_end(&r) && out->on_curve && out->scalar.len == RT_SM2_SIZE;
}

static bool is_of(struct ratls_bytes point, const struct rt_sm2_key *key)
{
    return point.len == 1 + RT_SM2_POINT_LEN && point.p[0] == UNCOMPRESSED &&
           memcmp(point.p + 1, key->point, RT_SM2_POINT_LEN) == 0;
}

static enum ratls_err import_der(struct ratls_bytes der, struct rt_sm2_key *out)
{
    struct private_key found;

    if (!read_form(read_ec, der, &found) && !read_form(read_pkcs8, der, &found))
        return RATLS_E_CERT_FORMAT;
    enum ratls_err e = rt_sm2_key_of(found.scalar.p, out);
    if (!e && found.point.len > 0 && !is_of(found.point, out))
        e = RATLS_E_CERT_KEY;
    if (e)
        rt_wipe(out, sizeof *out);
    return e;
}

enum ratls_err rt_token_sm2_import(struct ratls_bytes key, struct rt_sm2_key *out)
{
    static const char *const labels[] = {"PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY", NULL};
    struct ratls_buffer der = {0};
    size_t n = 0;

    if (key.len == 0 || key.len > RT_MAX_CERT)
        return RATLS_E_CERT_FORMAT;
    if (key.p[0] == RT_DER_SEQUENCE)
        return import_der(key, out);
    enum ratls_err e = rt_pem_count(key, labels, &n, &der);
    if (!e)
        e = n == 1 ? import_der(rt_bytes_of(&der), out) : RATLS_E_CERT_FORMAT;
    ratls_buffer_free(&der);
    return e == RATLS_E_EVIDENCE_FORMAT ? RATLS_E_CERT_FORMAT : e;
}

enum ratls_err rt_token_sm2_export(const struct rt_sm2_key *key, struct ratls_buffer *der)
{
    uint8_t octets[1 + RT_SM2_POINT_LEN] = {UNCOMPRESSED};
    struct rt_writer w = {0};

    memcpy(octets + 1, key->point, RT_SM2_POINT_LEN);
    const size_t whole = rt_der_begin(&w, RT_DER_SEQUENCE);
    rt_der_put_uint(&w, EC_VERSION);
    rt_der_put(&w, RT_DER_OCTET_STRING, ratls_bytes(key->scalar, RT_SM2_SIZE));
    const size_t curve = rt_der_begin(&w, RT_DER_CONTEXT_CONSTRUCTED);
    rt_der_put_oid(&w, RT_OID(SM2));
    rt_der_end(&w, curve);
    const size_t point = rt_der_begin(&w, RT_DER_CONTEXT_CONSTRUCTED | 1);
    rt_der_put_bits(&w, ratls_bytes(octets, sizeof octets));
    rt_der_end(&w, point);
    rt_der_end(&w, whole);
    return rt_writer_take(&w, der);
}

/* ---- public keys ---- */

enum ratls_err rt_token_sm2_public(struct ratls_bytes point, struct rt_public_key *out,
                                   struct ratls_error *err)
{
    *out = (struct rt_public_key){0};
    if (point.len != RT_SM2_POINT_LEN)
        return ratls_fail(err, RATLS_E_CERT_KEY, "EC point of %zu bytes", point.len);
    enum ratls_err e = rt_sm2_check_point(point.p);
    if (e)
        return e == RATLS_E_CERT_KEY ? ratls_fail(err, e, "EC point is not on its curve") : e;
    *out = (struct rt_public_key){.type = RT_KEY_SM2, .bits = 8 * RT_SM2_SIZE, .point = point};
    return RATLS_OK;
}

/* ---- signatures ---- */

enum ratls_err rt_token_sm2_sign(const struct rt_sm2_key *key, struct ratls_bytes msg,
                                 struct ratls_buffer *sig)
{
    const struct rt_sm2_message what = {rt_token_sm2_id, msg};
    uint8_t raw[RT_SM2_SIG_LEN];

    *sig = (struct ratls_buffer){0};
    if (rt_all_zero(key->scalar, sizeof key->scalar))
        return RATLS_E_STATE;
    enum ratls_err e = rt_sm2_sign(key, &what, raw);
    return e ? e : rt_dup(ratls_bytes(raw, sizeof raw), sig);
}

enum ratls_err rt_token_sm2_verify(const struct rt_public_key *key, struct ratls_bytes msg,
                                   struct ratls_bytes sig)
{
    const struct rt_sm2_message what = {rt_token_sm2_id, msg};

    if (sig.len != RT_SM2_SIG_LEN)
        return RATLS_E_CERT_SIGNATURE;
    return rt_sm2_verify(key->point.p, &what, sig.p);
}
