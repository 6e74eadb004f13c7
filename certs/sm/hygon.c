#include "hygon.h"

enum { DER_SEQUENCE = 0x30 };

static enum ratls_err malformed(struct ratls_error *err, const char *what)
{
    return ratls_fail(err, RATLS_E_CERT_FORMAT, "%s", what);
}

/* ---- fields ---- */

static void read_number(struct rt_reader *r, uint8_t out[RT_SM2_SIZE])
{
    const uint8_t *low = rt_take(r, RT_SM2_SIZE);
    const uint8_t *high = rt_take(r, RT_HYGON_FIELD - RT_SM2_SIZE);

    for (size_t i = 0; i < RT_SM2_SIZE; i++)
        out[i] = low ? low[RT_SM2_SIZE - 1 - i] : 0;
    if (high && !rt_all_zero(high, RT_HYGON_FIELD - RT_SM2_SIZE))
        r->bad = true;
}

void rt_hygon_read_pair(struct rt_reader *r, uint8_t out[2 * RT_SM2_SIZE])
{
    read_number(r, out);
    read_number(r, out + RT_SM2_SIZE);
}

/* Bytes that no signature covers have one value: a certificate is known by its hash as well. */
static void must_be_zero(struct rt_reader *r, size_t n)
{
    const uint8_t *p = rt_take(r, n);

    if (p && !rt_all_zero(p, n))
        r->bad = true;
}

/* Length, and the room that is always there. */
static void read_uid(struct rt_reader *r, struct ratls_bytes *out)
{
    const size_t len = rt_u16le(r);
    const uint8_t *room = rt_take(r, RT_HYGON_UID_ROOM);

    if (len == 0 || len > RT_HYGON_UID_ROOM)
        r->bad = true;
    *out = ratls_bytes(room, r->bad ? 0 : len);
}

/* ---- the two layouts ---- */

struct kind { /* of key, as the fields say */
    uint32_t curve, algo;
};

static void read_ca(struct rt_reader *r, struct rt_hygon_cert *out, struct kind *kind)
{
    rt_skip(r, 4); /* version */
    out->key_id = rt_take_bytes(r, RT_HYGON_ID_LEN);
    out->issuer = rt_take_bytes(r, RT_HYGON_ID_LEN);
    out->usage = rt_u32le(r);
    rt_skip(r, 24); /* reserved */
    *kind = (struct kind){rt_u32le(r), RT_HYGON_ALGO};
    rt_hygon_read_pair(r, out->point);
    read_uid(r, &out->uid);
    rt_skip(r, 108); /* reserved */
    out->signature[0] = (struct rt_hygon_signature){.is_there = true, .by = RT_HYGON_HRK};
    rt_hygon_read_pair(r, out->signature[0].rs);
    must_be_zero(r, 112);
    out->signed_part = ratls_bytes(out->whole.p, RT_HYGON_CA_SIG);
}

static void read_signature(struct rt_reader *r, struct rt_hygon_signature *out)
{
    out->by = rt_u32le(r);
    const uint32_t algo = rt_u32le(r);
    rt_hygon_read_pair(r, out->rs);
    must_be_zero(r, 368);
    out->is_there = algo == RT_HYGON_ALGO;
    if (!out->is_there &&
        (algo != 0 || out->by != RT_HYGON_NONE || !rt_all_zero(out->rs, sizeof out->rs)))
        r->bad = true;
}

static void read_leaf(struct rt_reader *r, struct rt_hygon_cert *out, struct kind *kind)
{
    rt_skip(r, 8); /* version, API */
    out->usage = rt_u32le(r);
    kind->algo = rt_u32le(r);
    kind->curve = rt_u32le(r);
    rt_hygon_read_pair(r, out->point);
    read_uid(r, &out->uid);
    out->issuer = rt_take_bytes(r, RT_HYGON_ID_LEN);
    rt_skip(r, 608); /* reserved */
    read_signature(r, &out->signature[0]);
    read_signature(r, &out->signature[1]);
    out->signed_part = ratls_bytes(out->whole.p, RT_HYGON_LEAF_SIG);
}

/* An owner may sign a PEK beside the CEK, and nobody anything else. */
static enum ratls_err check_signatures(const struct rt_hygon_cert *cert, struct ratls_error *err)
{
    const struct rt_hygon_signature *s = cert->signature;

    if (!s[0].is_there || !s[1].is_there)
        return RATLS_OK;
    if (cert->usage != RT_HYGON_PEK)
        return malformed(err, "it has two signatures");
    return s[0].by == s[1].by ? malformed(err, "both signatures are of one issuer") : RATLS_OK;
}

enum ratls_err rt_hygon_read(struct ratls_bytes cert, enum rt_hygon_usage usage,
                             struct rt_hygon_cert *out, struct ratls_error *err)
{
    const bool is_ca = usage == RT_HYGON_HRK || usage == RT_HYGON_HSK;
    struct rt_reader r = rt_reader(cert);
    struct kind kind = {0};

    *out = (struct rt_hygon_cert){.whole = cert};
    (is_ca ? read_ca : read_leaf)(&r, out, &kind);
    if (!rt_at_end(&r))
        return malformed(
            err, "its size, the length of its uid, a number or a reserved byte in it is wrong");
    if (out->usage != usage)
        return ratls_fail(err, RATLS_E_CERT_FORMAT, "its usage is 0x%x, not 0x%x",
                          (unsigned)out->usage, (unsigned)usage);
    if (kind.curve != RT_HYGON_CURVE || kind.algo != RT_HYGON_ALGO)
        return ratls_fail(err, RATLS_E_CERT_KEY, "curve %u and algorithm %u are not those of SM2",
                          (unsigned)kind.curve, (unsigned)kind.algo);
    return check_signatures(out, err);
}

/* ---- chains ---- */

/* A PEK is tied to its CEK by the signature alone. */
static bool names(const struct rt_hygon_cert *cert, const struct rt_hygon_cert *issuer)
{
    return cert->usage == RT_HYGON_PEK || ratls_bytes_equal(cert->issuer, issuer->key_id);
}

static const struct rt_hygon_signature *signature_of(const struct rt_hygon_cert *cert,
                                                     uint32_t usage)
{
    for (size_t i = 0; i < RT_COUNT(cert->signature); i++)
        if (cert->signature[i].is_there && cert->signature[i].by == usage)
            return &cert->signature[i];
    return NULL;
}

enum ratls_err rt_hygon_signed_by(const struct rt_hygon_cert *cert,
                                  const struct rt_hygon_cert *issuer, struct ratls_error *err)
{
    const struct rt_hygon_signature *s = signature_of(cert, issuer->usage);
    const struct rt_sm2_message msg = {issuer->uid, cert->signed_part};

    if (!names(cert, issuer))
        return ratls_fail(err, RATLS_E_CERT_CHAIN, "it names another issuer");
    if (!s)
        return ratls_fail(err, RATLS_E_CERT_CHAIN, "it has no signature of its issuer");
    enum ratls_err e = rt_sm2_verify(issuer->point, &msg, s->rs);
    if (e == RATLS_E_CERT_KEY)
        return ratls_fail(err, e, "its issuer's key is no point of the curve");
    return e ? ratls_fail(err, e, "it is not signed by its issuer") : RATLS_OK;
}

bool rt_hygon_has_mark(const struct rt_hygon_cert *ca, const char *mark)
{
    const struct ratls_bytes begin = ratls_bytes_str(mark);

    return ca->uid.len >= begin.len && memcmp(ca->uid.p, begin.p, begin.len) == 0;
}

void rt_hygon_spki(const struct rt_hygon_cert *cert, uint8_t spki[RT_SM2_SPKI_LEN])
{
    rt_sm2_spki(cert->point, spki);
}

/* ---- files ---- */

static bool is_block(struct ratls_bytes file)
{
    static const uint8_t versions[] = {1, 0, 0, 0};

    return (file.len == RT_HYGON_CA_LEN || file.len == RT_HYGON_PAIR_LEN) &&
           memcmp(file.p, versions, sizeof versions) == 0;
}

enum ratls_err rt_each_hygon(struct ratls_bytes file, rt_hygon_fn *take, void *arg, size_t *n,
                             struct ratls_error *err)
{
    struct ratls_buffer block = {0};
    enum ratls_err e;

    *n = 0;
    if (is_block(file)) {
        *n = 1;
        return take(arg, file, err);
    }
    if (file.len > 0 && file.p[0] == DER_SEQUENCE)
        return RATLS_OK;
    for (; (e = rt_pem_next(&file, RT_HYGON_LABEL, &block)) == RATLS_OK; (*n)++) {
        e = take(arg, rt_bytes_of(&block), err);
        ratls_buffer_free(&block);
        if (e)
            return e;
    }
    if (e == RATLS_E_CLOSED)
        return RATLS_OK;
    return rt_is_own_failure(e) ? ratls_fail(err, e, "certificates")
                                : ratls_fail(err, RATLS_E_CONFIG, "malformed PEM");
}
