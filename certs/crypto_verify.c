/* Signatures checked under public keys: ECDSA (FIPS 186-5), RSA PKCS#1 v1.5 (RFC 8017 s.8.2) and
 * RSASSA-PSS (s.8.1). */
#include <wolfssl/options.h>
#include <wolfssl/wolfcrypt/ecc.h>
#include <wolfssl/wolfcrypt/error-crypt.h>
#include <wolfssl/wolfcrypt/rsa.h>

#include "crypto_curve.h"
#include "der.h"
#include "offload.h"

enum { RSA_BITS_MIN = 2048, RSA_LEN_MAX = 512, RSA_PADDING_MIN = 8 };

/* ---- algorithms ---- */

enum family { FAMILY_ECDSA, FAMILY_PKCS1, FAMILY_PSS };

static const struct sig_row {
    enum rt_sig_alg alg;
    enum family family;
    enum rt_hash hash;
} sig_algs[] = {
    {RT_SIG_ECDSA_SHA256, FAMILY_ECDSA, RT_SHA256}, {RT_SIG_ECDSA_SHA384, FAMILY_ECDSA, RT_SHA384},
    {RT_SIG_ECDSA_SHA512, FAMILY_ECDSA, RT_SHA512}, {RT_SIG_RSA_SHA256, FAMILY_PKCS1, RT_SHA256},
    {RT_SIG_RSA_SHA384, FAMILY_PKCS1, RT_SHA384},   {RT_SIG_RSA_SHA512, FAMILY_PKCS1, RT_SHA512},
    {RT_SIG_RSAPSS_SHA256, FAMILY_PSS, RT_SHA256},  {RT_SIG_RSAPSS_SHA384, FAMILY_PSS, RT_SHA384},
    {RT_SIG_RSAPSS_SHA512, FAMILY_PSS, RT_SHA512},
};

/* ---- ECDSA ---- */

static enum ratls_err run_ecdsa(ecc_key *key, struct ratls_bytes digest, const uint8_t *sig,
                                size_t size)
{
    mp_int r, s;
    int ok = 0, rc = mp_init_multi(&r, &s, NULL, NULL, NULL, NULL);

    if (rc != MP_OKAY)
        return RATLS_E_CRYPTO;
    rt_crypto_enter();
    if ((rc = mp_read_unsigned_bin(&r, sig, (word32)size)) == MP_OKAY &&
        (rc = mp_read_unsigned_bin(&s, sig + size, (word32)size)) == MP_OKAY)
        rc = wc_ecc_verify_hash_ex(&r, &s, digest.p, (word32)digest.len, &ok, key);
    mp_clear(&r);
    mp_clear(&s);
    if (rt_is_wolf_failure(rc))
        return RATLS_E_NO_MEMORY;
    return rc == 0 && ok == 1 ? RATLS_OK : RATLS_E_CERT_SIGNATURE;
}

/* `sig` has 2 * curve->size bytes. */
static enum ratls_err check_ecdsa(const struct rt_curve_row *curve, struct ratls_bytes point,
                                  struct ratls_bytes digest, const uint8_t *sig)
{
    ecc_key key;

    if (point.len != 2 * curve->size || !rt_in_range(sig, curve->order, curve->size) ||
        !rt_in_range(sig + curve->size, curve->order, curve->size))
        return RATLS_E_CERT_SIGNATURE;
    switch (rt_offload_verify(curve->bits, point.p, digest, sig)) {
    case RT_OFFLOAD_DONE:
        return RATLS_OK;
    case RT_OFFLOAD_BAD:
        return RATLS_E_CERT_SIGNATURE;
    case RT_OFFLOAD_NOT:
        break;
    }
    enum ratls_err e = rt_check_point(curve, point);
    if (e)
        return e == RATLS_E_CERT_KEY ? RATLS_E_CERT_SIGNATURE : e;
    e = RATLS_E_NO_MEMORY; /* nothing else is left that could stop the import */
    if (wc_ecc_init(&key) != 0)
        return RATLS_E_CRYPTO;
    if (wc_ecc_import_unsigned(&key, point.p, point.p + curve->size, NULL, curve->wolf_id) == 0)
        e = run_ecdsa(&key, digest, sig, curve->size);
    wc_ecc_free(&key);
    return e;
}

enum ratls_err rt_verify_raw(enum rt_curve curve, struct ratls_bytes point, enum rt_hash hash,
                             struct ratls_bytes msg, struct ratls_bytes sig)
{
    const struct rt_curve_row *row = rt_curve_row(curve);
    uint8_t digest[RT_SHA512_LEN];

    if (!row)
        return RATLS_E_UNSUPPORTED;
    if (sig.len != 2 * row->size)
        return RATLS_E_CERT_SIGNATURE;
    enum ratls_err e = rt_hash(hash, msg, digest);
    return e ? e : check_ecdsa(row, point, ratls_bytes(digest, rt_hash_len(hash)), sig.p);
}

/* Right-aligned in `size` bytes of zeros. */
static bool place(struct ratls_bytes magnitude, uint8_t *out, size_t size)
{
    if (magnitude.len == 0 || magnitude.len > size)
        return false;
    memcpy(out + size - magnitude.len, magnitude.p, magnitude.len);
    return true;
}

/* ECDSA-Sig-Value (RFC 3279 s.2.2.3) in its only DER form. */
static enum ratls_err verify_ec(const struct rt_public_key *key, struct ratls_bytes digest,
                                struct ratls_bytes sig, struct ratls_error *err)
{
    const struct rt_curve_row *curve = rt_curve_of_type(key->type);
    struct rt_reader outer = rt_reader(sig), in = rt_der_enter(&outer, RT_DER_SEQUENCE);
    struct ratls_bytes r = rt_der_positive(&in), s = rt_der_positive(&in);
    uint8_t raw[RT_POINT_MAX] = {0};

    if (!curve)
        return ratls_fail(err, RATLS_E_CERT_KEY, "signatures of this curve are not verified");
    if (!rt_at_end(&in) || !rt_at_end(&outer) || !place(r, raw, curve->size) ||
        !place(s, raw + curve->size, curve->size))
        return ratls_fail(err, RATLS_E_CERT_SIGNATURE, "malformed ECDSA signature");
    enum ratls_err e = check_ecdsa(curve, key->point, digest, raw);
    return e ? ratls_fail(err, e, "the ECDSA signature is wrong") : RATLS_OK;
}

/* ---- RSA ---- */

/* DigestInfo up to the digest, RFC 8017 s.9.2 note 1. */
static const struct {
    enum rt_hash hash;
    uint8_t head[19];
} digest_infos[] = {
    {RT_SHA256, "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"},
    {RT_SHA384, "\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30"},
    {RT_SHA512, "\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40"},
};

/* EMSA-PKCS1-v1_5 (RFC 8017 s.9.2): the whole block is made here and compared, nothing is parsed.
 */
static bool encode_block(enum rt_hash hash, struct ratls_bytes digest, uint8_t *out, size_t len)
{
    for (size_t i = 0; i < RT_COUNT(digest_infos); i++) {
        const size_t tail = sizeof digest_infos[i].head + digest.len;
        if (digest_infos[i].hash != hash)
            continue;
        if (len < 3 + RSA_PADDING_MIN + tail)
            return false;
        memset(out, 0xff, len);
        out[0] = 0x00;
        out[1] = 0x01;
        out[len - tail - 1] = 0x00;
        memcpy(out + len - tail, digest_infos[i].head, sizeof digest_infos[i].head);
        memcpy(out + len - digest.len, digest.p, digest.len);
        return true;
    }
    return false;
}

static bool open_rsa(const struct rt_public_key *key, RsaKey *rsa)
{
    if (wc_InitRsaKey_ex(rsa, NULL, rt_offload_device()) != 0)
        return false;
    if (wc_RsaPublicKeyDecodeRaw(key->rsa_n.p, (word32)key->rsa_n.len, key->rsa_e.p,
                                 (word32)key->rsa_e.len, rsa) == 0)
        return true;
    wc_FreeRsaKey(rsa);
    return false;
}

/* One signature under test; wolfCrypt's parameters are not const. */
struct rsa_check {
    RsaKey *rsa;
    enum rt_hash hash;
    struct ratls_bytes digest;
    uint8_t sig[RSA_LEN_MAX];
    size_t len;
};

static enum ratls_err verdict(int rc, bool ok)
{
    if (rt_is_wolf_failure(rc))
        return RATLS_E_NO_MEMORY;
    return ok ? RATLS_OK : RATLS_E_CERT_SIGNATURE;
}

/* sig ^ e mod n, with all leading zeros, against the block that is due. */
static enum ratls_err verify_pkcs1(struct rsa_check *c)
{
    uint8_t block[RSA_LEN_MAX], expected[RSA_LEN_MAX];
    word32 len = (word32)c->len;

    if (!encode_block(c->hash, c->digest, expected, c->len))
        return RATLS_E_CERT_SIGNATURE;
    int rc = wc_RsaDirect(c->sig, len, block, &len, c->rsa, RSA_PUBLIC_DECRYPT, NULL);
    return verdict(rc, rc == (int)c->len && len == c->len && memcmp(block, expected, len) == 0);
}

static const struct rt_pss_row pss_rows[] = {
    {RT_SHA256, WC_HASH_TYPE_SHA256, WC_MGF1SHA256},
    {RT_SHA384, WC_HASH_TYPE_SHA384, WC_MGF1SHA384},
    {RT_SHA512, WC_HASH_TYPE_SHA512, WC_MGF1SHA512},
};

const struct rt_pss_row *rt_pss_row(enum rt_hash hash)
{
    for (size_t i = 0; i < RT_COUNT(pss_rows); i++)
        if (pss_rows[i].hash == hash)
            return &pss_rows[i];
    return NULL;
}

/* The salt has the length of the hash, no other. */
static enum ratls_err verify_pss(struct rsa_check *c)
{
    const struct rt_pss_row *row = rt_pss_row(c->hash);
    uint8_t block[RSA_LEN_MAX];

    if (!row)
        return RATLS_E_UNSUPPORTED;
    int rc = wc_RsaPSS_VerifyCheck(c->sig, (word32)c->len, block, (word32)c->len, c->digest.p,
                                   (word32)c->digest.len, row->type, row->mgf, c->rsa);
    return verdict(rc, rc > 0);
}

static enum ratls_err verify_rsa(const struct rt_public_key *key, const struct sig_row *row,
                                 struct ratls_bytes digest, struct ratls_bytes sig,
                                 struct ratls_error *err)
{
    struct rsa_check check = {.hash = row->hash, .digest = digest, .len = sig.len};
    RsaKey rsa;

    if (key->bits < RSA_BITS_MIN || key->rsa_n.len > RSA_LEN_MAX)
        return ratls_fail(err, RATLS_E_CERT_KEY, "RSA key of %u bits", key->bits);
    if (sig.len != key->rsa_n.len || !rt_in_range(sig.p, key->rsa_n.p, sig.len))
        return ratls_fail(err, RATLS_E_CERT_SIGNATURE, "RSA signature of a wrong size");
    if (!open_rsa(key, &rsa))
        return ratls_fail(err, RATLS_E_NO_MEMORY, "RSA key");
    memcpy(check.sig, sig.p, sig.len);
    check.rsa = &rsa;
    enum ratls_err e = row->family == FAMILY_PSS ? verify_pss(&check) : verify_pkcs1(&check);
    wc_FreeRsaKey(&rsa);
    return e ? ratls_fail(err, e, "the RSA signature is wrong") : RATLS_OK;
}

/* ---- either ---- */

/* The row whose family is that of the key (CVE-2026-5194 class: never let one stand for the other).
 */
static const struct sig_row *fitting(const struct rt_public_key *key, enum rt_sig_alg alg)
{
    for (size_t i = 0; i < RT_COUNT(sig_algs); i++) {
        const bool ec = sig_algs[i].family == FAMILY_ECDSA;
        const bool fits = ec ? key->point.len > 0 : key->type == RT_KEY_RSA;
        if (sig_algs[i].alg == alg)
            return fits ? &sig_algs[i] : NULL;
    }
    return NULL;
}

enum ratls_err rt_verify_spki(const struct rt_public_key *key, enum rt_sig_alg alg,
                              struct ratls_bytes msg, struct ratls_bytes sig,
                              struct ratls_error *err)
{
    const struct sig_row *row = fitting(key, alg);
    uint8_t buf[RT_SHA512_LEN];

    if (!row)
        return ratls_fail(err, RATLS_E_CERT_KEY, "the signature algorithm is not one of this key");
    enum ratls_err e = rt_hash(row->hash, msg, buf);
    if (e)
        return ratls_fail(err, e, "hash of the signed bytes");
    struct ratls_bytes digest = ratls_bytes(buf, rt_hash_len(row->hash));
    return row->family == FAMILY_ECDSA ? verify_ec(key, digest, sig, err)
                                       : verify_rsa(key, row, digest, sig, err);
}
