/* Envelopes: CCC "Interoperable RA-TLS" (tag 60000) and CMW records (RFC 9999). */
#include "evidence_ext.h"

#include "cbor.h"
#include "der.h"
#include "oid.h"
#include "ratls/jwt.h"

/* Tag 60000 in the one encoding that the CCC format knows. */
static const uint8_t ccc_quote[] = {0xd9, 0xea, 0x60};

enum { CMW_EVIDENCE = 4, CMW_RESULTS = 8, MAX_MEDIA_TYPE = 127 };

#define KEY_PUBKEY_HASH "pubkey-hash"
#define KEY_NONCE       "nonce"
#define KEY_AK          "ratls-ak"
#define KEY_IAT         "ratls-iat"

/* ---- checks of both directions ---- */

static enum ratls_err check_evidence(struct ratls_bytes evidence, struct ratls_error *err)
{
    if (evidence.len == 0)
        return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "the evidence is empty");
    if (evidence.len > RT_MAX_EVIDENCE)
        return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "evidence of %zu bytes, at most %d",
                          evidence.len, RT_MAX_EVIDENCE);
    return RATLS_OK;
}

static enum ratls_err check_claims(struct ratls_bytes claims, struct ratls_error *err)
{
    if (claims.len > RT_MAX_CLAIMS_CBOR)
        return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "a claims map of %zu bytes, at most %d",
                          claims.len, RT_MAX_CLAIMS_CBOR);
    return RATLS_OK;
}

static bool is_media_type(struct ratls_bytes t)
{
    if (t.len == 0 || t.len > MAX_MEDIA_TYPE)
        return false;
    for (size_t i = 0; i < t.len; i++)
        if (t.p[i] < 0x20 || t.p[i] > 0x7e)
            return false;
    return true;
}

/* ---- envelopes, reading ---- */

/* The first byte tells forms that exist elsewhere from bytes that are no form at all. */
static enum ratls_err refuse_form(struct ratls_bytes value, struct ratls_error *err)
{
    struct rt_reader r = rt_reader(value);
    const int major = rt_cbor_peek(&r);
    const uint8_t first = rt_u8(&r);

    if (major == RT_CBOR_TAG)
        return ratls_fail(err, RATLS_E_EVIDENCE_UNKNOWN, "evidence below an unknown CBOR tag");
    if (major == RT_CBOR_ARRAY || major == RT_CBOR_MAP)
        return ratls_fail(err, RATLS_E_EVIDENCE_UNKNOWN,
                          "a CMW record or collection where none is read");
    if (first == '[' || first == '{')
        return ratls_fail(err, RATLS_E_EVIDENCE_UNKNOWN, "evidence in JSON");
    return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "neither a CBOR tag nor a CMW");
}

/* [evidence, claims] up to the end. */
static enum ratls_err read_pair(struct rt_reader *r, struct rt_cert_evidence *out,
                                struct ratls_error *err)
{
    enum ratls_err e;

    rt_cbor_array(r, 2);
    out->evidence = rt_cbor_bstr(r);
    out->claims = rt_cbor_bstr(r);
    if (!rt_at_end(r))
        return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "not [evidence, claims] in CBOR");
    if ((e = check_evidence(out->evidence, err)) != RATLS_OK)
        return e;
    return check_claims(out->claims, err);
}

static enum ratls_err read_ccc(struct ratls_bytes value, struct rt_cert_evidence *out,
                               struct ratls_error *err)
{
    struct rt_reader r = rt_reader(value);
    struct ratls_bytes tag = rt_take_bytes(&r, sizeof ccc_quote);

    if (!ratls_bytes_equal(tag, ratls_bytes(ccc_quote, sizeof ccc_quote)))
        return refuse_form(value, err);
    out->envelope = RT_ENVELOPE_CCC_QUOTE;
    return read_pair(&r, out, err);
}

/* [media type, value, indicator] */
struct record {
    struct ratls_bytes media_type, value;
    uint64_t indicator;
};

static void take_record(struct rt_reader *r, struct record *out)
{
    rt_cbor_array(r, 3);
    out->media_type = rt_cbor_tstr(r);
    out->value = rt_cbor_bstr(r);
    out->indicator = rt_cbor_uint(r);
}

static enum ratls_err read_record(struct ratls_bytes cmw, struct record *out,
                                  struct ratls_error *err)
{
    struct rt_reader r = rt_reader(cmw);

    if (rt_cbor_peek(&r) != RT_CBOR_ARRAY)
        return refuse_form(cmw, err);
    take_record(&r, out);
    if (!rt_at_end(&r))
        return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "not a CMW record of three items");
    if (!is_media_type(out->media_type))
        return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "the CMW record's media type is malformed");
    return RATLS_OK;
}

static enum ratls_err check_indicator(const struct record *record, struct ratls_error *err)
{
    if (record->indicator != CMW_EVIDENCE)
        return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "the CMW record does not hold evidence");
    return RATLS_OK;
}

static enum ratls_err take_passport(struct ratls_bytes passport, bool encoded,
                                    struct rt_cert_evidence *out, struct ratls_error *err)
{
    const size_t max = encoded ? rt_base64url_len(RATLS_TOKEN_MAX) : RATLS_TOKEN_MAX;

    if (passport.len == 0 || passport.len > max)
        return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "a passport of %zu bytes", passport.len);
    out->envelope = RT_ENVELOPE_PASSPORT;
    out->passport = passport;
    out->passport_is_encoded = encoded;
    return RATLS_OK;
}

static enum ratls_err read_result(const struct record *record, struct rt_cert_evidence *out,
                                  struct ratls_error *err)
{
    if (!ratls_bytes_equal(record->media_type, ratls_bytes_str(RT_PASSPORT_MEDIA_TYPE)))
        return ratls_fail(err, RATLS_E_EVIDENCE_UNKNOWN, "an attestation result of another type");
    return take_passport(record->value, false, out, err);
}

static enum ratls_err read_json(struct rt_reader *r, struct rt_cert_evidence *out,
                                struct ratls_error *err)
{
    const struct ratls_bytes cmw = rt_der_get(r, RT_DER_UTF8_STRING, NULL);
    struct ratls_bytes passport;

    if (!rt_at_end(r) || !rt_passport_read_json(cmw, &passport))
        return ratls_fail(err, RATLS_E_EVIDENCE_UNKNOWN, "a CMW in JSON that is no passport");
    return take_passport(passport, true, out, err);
}

/* CMW ::= CHOICE { json UTF8String, cbor OCTET STRING } */
static enum ratls_err read_cmw_ext(struct ratls_bytes value, struct rt_cert_evidence *out,
                                   struct ratls_error *err)
{
    struct rt_reader r = rt_reader(value);

    if (rt_der_peek(&r) == RT_DER_UTF8_STRING)
        return read_json(&r, out, err);
    struct ratls_bytes cmw = rt_der_get(&r, RT_DER_OCTET_STRING, NULL);
    struct record record;
    if (!rt_at_end(&r))
        return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "a CMW extension without OCTET STRING");
    enum ratls_err e = read_record(cmw, &record, err);
    if (!e && record.indicator == CMW_RESULTS)
        return read_result(&record, out, err);
    if (e || (e = check_indicator(&record, err)) != RATLS_OK)
        return e;
    struct rt_reader inside = rt_reader(record.value);
    out->media_type = record.media_type;
    out->envelope = RT_ENVELOPE_CMW;
    return read_pair(&inside, out, err);
}

enum ratls_err rt_cert_evidence(const struct rt_x509 *cert, struct rt_cert_evidence *out,
                                struct ratls_error *err)
{
    struct rt_cert_evidence found = {0};
    const struct rt_ext *ext = NULL;
    enum ratls_err e;

    *out = found;
    for (size_t i = 0; i < cert->n_ext; i++) {
        const struct rt_ext *at = &cert->ext[i];
        if (!ratls_bytes_equal(at->oid, RT_OID(TAGGED_EVIDENCE)) &&
            !ratls_bytes_equal(at->oid, RT_OID(PE_CMW)))
            continue;
        if (ext)
            return ratls_fail(err, RATLS_E_EVIDENCE_DUPLICATE, "two extensions with evidence");
        ext = at;
    }
    if (!ext)
        return ratls_fail(err, RATLS_E_NO_EVIDENCE, "no extension with evidence");
    if (ratls_bytes_equal(ext->oid, RT_OID(PE_CMW)))
        e = read_cmw_ext(ext->value, &found, err);
    else
        e = read_ccc(ext->value, &found, err);
    if (e == RATLS_OK)
        *out = found;
    return e;
}

enum ratls_err rt_cmw_read(struct ratls_bytes cmw, struct ratls_bytes *media_type,
                           struct ratls_bytes *evidence, struct ratls_error *err)
{
    struct record record;

    *media_type = *evidence = ratls_bytes(NULL, 0);
    enum ratls_err e = read_record(cmw, &record, err);
    if (e || (e = check_indicator(&record, err)) != RATLS_OK ||
        (e = check_evidence(record.value, err)) != RATLS_OK)
        return e;
    *media_type = record.media_type;
    *evidence = record.value;
    return RATLS_OK;
}

struct ratls_bytes rt_cmw_cut(struct rt_reader *r)
{
    const struct ratls_bytes from = rt_rest(r);
    struct record unread;

    take_record(r, &unread);
    return r->bad ? ratls_bytes(NULL, 0) : ratls_bytes(from.p, from.len - r->left);
}

/* ---- envelopes, writing ---- */

static void put_pair(struct rt_writer *w, struct ratls_bytes evidence, struct ratls_bytes claims)
{
    rt_cbor_put(w, RT_CBOR_ARRAY, 2);
    rt_cbor_put_bstr(w, evidence);
    rt_cbor_put_bstr(w, claims);
}

static void put_record(struct rt_writer *w, struct ratls_bytes media_type, struct ratls_bytes value,
                       uint64_t indicator)
{
    rt_cbor_put(w, RT_CBOR_ARRAY, 3);
    rt_cbor_put(w, RT_CBOR_TSTR, media_type.len);
    rt_put_bytes(w, media_type);
    rt_cbor_put_bstr(w, value);
    rt_cbor_put(w, RT_CBOR_UINT, indicator);
}

enum ratls_err rt_cert_evidence_write(const char *media_type, struct ratls_bytes evidence,
                                      struct ratls_bytes claims, struct ratls_buffer *out)
{
    struct rt_writer w = {0}, pair = {0};
    enum ratls_err e;

    *out = (struct ratls_buffer){0};
    if (media_type && !is_media_type(ratls_bytes_str(media_type)))
        return RATLS_E_USAGE;
    if ((e = check_evidence(evidence, NULL)) != RATLS_OK ||
        (e = check_claims(claims, NULL)) != RATLS_OK)
        return e;
    if (media_type) {
        put_pair(&pair, evidence, claims);
        size_t mark = rt_der_begin(&w, RT_DER_OCTET_STRING);
        put_record(&w, ratls_bytes_str(media_type), rt_written(&pair), CMW_EVIDENCE);
        rt_der_end(&w, mark);
    } else {
        rt_put(&w, ccc_quote, sizeof ccc_quote);
        put_pair(&w, evidence, claims);
    }
    w.bad = w.bad || pair.bad;
    rt_writer_free(&pair);
    return rt_writer_take(&w, out);
}

enum ratls_err rt_cmw_put(struct rt_writer *w, struct ratls_bytes media_type,
                          struct ratls_bytes evidence)
{
    enum ratls_err e = is_media_type(media_type) ? check_evidence(evidence, NULL) : RATLS_E_USAGE;

    if (!e)
        put_record(w, media_type, evidence, CMW_EVIDENCE);
    return e;
}

enum ratls_err rt_cmw_write(const char *media_type, struct ratls_bytes evidence,
                            struct ratls_buffer *out)
{
    struct rt_writer w = {0};
    enum ratls_err e = rt_cmw_put(&w, ratls_bytes_str(media_type), evidence);

    *out = (struct ratls_buffer){0};
    return e ? e : rt_writer_take(&w, out);
}

enum ratls_err rt_passport_write(struct ratls_bytes token, struct ratls_buffer *out)
{
    struct rt_writer w = {0};

    *out = (struct ratls_buffer){0};
    if (token.len == 0 || token.len > RATLS_TOKEN_MAX)
        return RATLS_E_USAGE;
    size_t mark = rt_der_begin(&w, RT_DER_OCTET_STRING);
    put_record(&w, ratls_bytes_str(RT_PASSPORT_MEDIA_TYPE), token, CMW_RESULTS);
    rt_der_end(&w, mark);
    return rt_writer_take(&w, out);
}

/* ---- claims ---- */

/* [algorithm id, hash]: the id is compared before it is narrowed (T89). */
static bool read_pubkey_hash(struct ratls_bytes value, struct rt_cert_claims *out)
{
    struct rt_reader r = rt_reader(value);

    rt_cbor_array(&r, 2);
    uint64_t alg = rt_cbor_uint(&r);
    out->pubkey_hash = rt_cbor_bstr(&r);
    if (!rt_at_end(&r) || (alg != RT_SHA256 && alg != RT_SHA384 && alg != RT_SHA512))
        return false;
    out->hash = (enum rt_hash)alg;
    return out->pubkey_hash.len == rt_hash_len(out->hash);
}

static bool read_nonce(struct ratls_bytes value, struct rt_cert_claims *out)
{
    out->nonce = value;
    return true;
}

static bool read_ak(struct ratls_bytes value, struct rt_cert_claims *out)
{
    out->ak_spki = value;
    return value.len > 0;
}

static bool read_iat(struct ratls_bytes value, struct rt_cert_claims *out)
{
    struct rt_reader r = rt_reader(value);
    uint64_t seconds = rt_u64be(&r);

    if (!rt_at_end(&r) || seconds > INT64_MAX)
        return false;
    out->iat = (int64_t)seconds;
    out->has_iat = true;
    return true;
}

static const struct known {
    const char *key;
    bool (*read)(struct ratls_bytes value, struct rt_cert_claims *out);
} known[] = {
    {KEY_PUBKEY_HASH, read_pubkey_hash},
    {KEY_NONCE, read_nonce},
    {KEY_AK, read_ak},
    {KEY_IAT, read_iat},
};

static enum ratls_err read_claim(struct ratls_bytes key, struct ratls_bytes value,
                                 struct rt_cert_claims *out, struct ratls_error *err)
{
    for (size_t i = 0; i < RT_COUNT(known); i++) {
        if (!ratls_bytes_equal(key, ratls_bytes_str(known[i].key)))
            continue;
        if (!known[i].read(value, out))
            return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "claim '%s' is malformed",
                              known[i].key);
        return RATLS_OK;
    }
    out->n_other++;
    return RATLS_OK;
}

static bool is_among(struct ratls_bytes key, const struct ratls_bytes *keys, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (ratls_bytes_equal(key, keys[i]))
            return true;
    return false;
}

static enum ratls_err read_claims(struct ratls_bytes claims, struct rt_cert_claims *out,
                                  struct ratls_error *err)
{
    struct ratls_bytes keys[RT_MAX_CBOR_ITEMS];
    struct rt_reader r = rt_reader(claims);
    const size_t n = rt_cbor_map(&r);
    enum ratls_err e;

    for (size_t i = 0; i < n && !r.bad; i++) {
        keys[i] = rt_cbor_tstr(&r);
        struct ratls_bytes value = rt_cbor_bstr(&r);
        if (is_among(keys[i], keys, i))
            return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "a claim occurs twice");
        if ((e = read_claim(keys[i], value, out, err)) != RATLS_OK)
            return e;
    }
    if (!rt_at_end(&r))
        return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT,
                          "the claims are not one CBOR map of byte strings");
    if (!out->pubkey_hash.p)
        return ratls_fail(err, RATLS_E_BINDING_MISSING, "claim '" KEY_PUBKEY_HASH "' is missing");
    return RATLS_OK;
}

enum ratls_err rt_cert_claims_read(struct ratls_bytes claims, struct rt_cert_claims *out,
                                   struct ratls_error *err)
{
    struct rt_cert_claims found = {0};
    enum ratls_err e = check_claims(claims, err);

    *out = found;
    if (e || (e = read_claims(claims, &found, err)) != RATLS_OK)
        return e;
    *out = found;
    return RATLS_OK;
}

/* The value is CBOR of its own, wrapped into a byte string. */
static void put_pubkey_hash(struct rt_writer *w, const uint8_t spki_sha256[RT_SHA256_LEN])
{
    struct rt_writer entry = {0};

    rt_cbor_put(&entry, RT_CBOR_ARRAY, 2);
    rt_cbor_put(&entry, RT_CBOR_UINT, RT_SHA256);
    rt_cbor_put_bstr(&entry, ratls_bytes(spki_sha256, RT_SHA256_LEN));
    rt_cbor_put_tstr(w, KEY_PUBKEY_HASH);
    rt_cbor_put_bstr(w, rt_written(&entry));
    w->bad = w->bad || entry.bad;
    rt_writer_free(&entry);
}

enum ratls_err rt_cert_claims_write(const uint8_t spki_sha256[RT_SHA256_LEN],
                                    struct ratls_bytes ak_spki, int64_t iat,
                                    struct ratls_buffer *out)
{
    struct rt_writer w = {0}, seconds = {0};

    *out = (struct ratls_buffer){0};
    if (iat < 0)
        return RATLS_E_USAGE;
    rt_put_u64be(&seconds, (uint64_t)iat);
    rt_cbor_put(&w, RT_CBOR_MAP, ak_spki.len ? 3 : 2);
    if (ak_spki.len) {
        rt_cbor_put_tstr(&w, KEY_AK);
        rt_cbor_put_bstr(&w, ak_spki);
    }
    rt_cbor_put_tstr(&w, KEY_IAT);
    rt_cbor_put_bstr(&w, rt_written(&seconds));
    put_pubkey_hash(&w, spki_sha256);
    w.bad = w.bad || seconds.bad;
    rt_writer_free(&seconds);
    return rt_writer_take(&w, out);
}
