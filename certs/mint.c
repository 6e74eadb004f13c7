/* Certificates of RFC 5280, written from the inside out. */
#include "mint.h"

#include <arpa/inet.h>

#include "der.h"
#include "mint_parts.h"
#include "oid.h"
#include "x509.h"

enum {
    VERSION_3 = 2,
    SERIAL_LEN = 16,
    MAX_DNS_NAME = 253, /* RFC 1035 s.2.3.4, without the root label */
    MAX_DNS_LABEL = 63,
    /* GeneralName, RFC 5280 s.4.2.1.6 */
    DNS_NAME = RT_DER_CONTEXT | 2,
    URI = RT_DER_CONTEXT | 6,
    IP_ADDRESS = RT_DER_CONTEXT | 7,
};

/* What is computed before the first byte is written. */
struct ids {
    uint8_t serial[SERIAL_LEN];
    uint8_t subject_key[RT_KEY_ID_LEN], issuer_key[RT_KEY_ID_LEN];
};

/* ---- names ---- */

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS  "0123456789"

/* Length of the label at the beginning of `s`; 0 when it is none (RFC 1123 s.2.1). */
static size_t label_len(const char *s)
{
    size_t n = strspn(s, LETTERS DIGITS "-");

    return n <= MAX_DNS_LABEL && n > 0 && s[0] != '-' && s[n - 1] != '-' ? n : 0;
}

/* Host names; a wildcard only as the whole left-most label. A last label of digits would be read
 * as an IP address by others. */
static bool is_dns_name(const char *s)
{
    if (strlen(s) > MAX_DNS_NAME)
        return false;
    if (strncmp(s, "*.", 2) == 0)
        s += 2;
    for (;;) {
        size_t n = label_len(s);
        if (n == 0)
            return false;
        if (s[n] == 0)
            return strspn(s, DIGITS) != n;
        if (s[n] != '.')
            return false;
        s += n + 1;
    }
}

/* Bytes of an IP literal, 4 or 16; 0 when it is none. */
static size_t ip_bytes(const char *s, uint8_t out[16])
{
    if (inet_pton(AF_INET, s, out) == 1)
        return 4;
    return inet_pton(AF_INET6, s, out) == 1 ? 16 : 0;
}

static void put_general_name(struct rt_writer *w, const char *name)
{
    uint8_t ip[16];
    size_t n = ip_bytes(name, ip);

    rt_der_put(w, n ? IP_ADDRESS : DNS_NAME, n ? ratls_bytes(ip, n) : ratls_bytes_str(name));
}

static void put_rdn(struct rt_writer *w, struct ratls_bytes oid, uint8_t tag, const char *value)
{
    if (!value)
        return;
    size_t set = rt_der_begin(w, RT_DER_SET);
    size_t attribute = rt_der_begin(w, RT_DER_SEQUENCE);
    rt_der_put_oid(w, oid);
    rt_der_put(w, tag, ratls_bytes_str(value));
    rt_der_end(w, attribute);
    rt_der_end(w, set);
}

/* In the order of Intel's certificates. */
static void put_intel_name(struct rt_writer *w, const struct rt_dn *dn)
{
    put_rdn(w, RT_OID(CN), RT_DER_UTF8_STRING, dn->common_name);
    put_rdn(w, RT_OID(ORGANIZATION), RT_DER_UTF8_STRING, dn->organization);
    put_rdn(w, RT_OID(LOCALITY), RT_DER_UTF8_STRING, dn->locality);
    put_rdn(w, RT_OID(STATE), RT_DER_UTF8_STRING, dn->state);
    put_rdn(w, RT_OID(COUNTRY), RT_DER_PRINTABLE_STRING, dn->country);
}

/* In the order of AMD's, which alone have a unit. */
static void put_amd_name(struct rt_writer *w, const struct rt_dn *dn)
{
    put_rdn(w, RT_OID(UNIT), RT_DER_UTF8_STRING, dn->unit);
    put_rdn(w, RT_OID(COUNTRY), RT_DER_PRINTABLE_STRING, dn->country);
    put_rdn(w, RT_OID(LOCALITY), RT_DER_UTF8_STRING, dn->locality);
    put_rdn(w, RT_OID(STATE), RT_DER_UTF8_STRING, dn->state);
    put_rdn(w, RT_OID(ORGANIZATION), RT_DER_UTF8_STRING, dn->organization);
    put_rdn(w, RT_OID(CN), RT_DER_UTF8_STRING, dn->common_name);
}

static void put_name(struct rt_writer *w, const struct rt_dn *dn)
{
    size_t name = rt_der_begin(w, RT_DER_SEQUENCE);

    if (dn->unit)
        put_amd_name(w, dn);
    else
        put_intel_name(w, dn);
    rt_der_end(w, name);
}

/* ---- what may not be minted ---- */

/* Upper bounds of RFC 5280 appendix A.1. */
static enum ratls_err check_dn(const struct rt_dn *dn, struct ratls_error *err)
{
    const struct {
        const char *value;
        size_t max;
    } parts[] = {{dn->common_name, 64}, {dn->organization, 64}, {dn->locality, 128},
                 {dn->state, 128},      {dn->country, 2},       {dn->unit, 64}};
    size_t named = 0;

    for (size_t i = 0; i < RT_COUNT(parts); i++) {
        if (!parts[i].value)
            continue;
        named++;
        if (!parts[i].value[0] || strlen(parts[i].value) > parts[i].max)
            return ratls_fail(err, RATLS_E_USAGE,
                              "a part of the subject's name is empty or longer than %zu bytes",
                              parts[i].max);
    }
    if (named == 0)
        return ratls_fail(err, RATLS_E_USAGE, "the subject has no name");
    if (dn->country && strspn(dn->country, LETTERS) != 2)
        return ratls_fail(err, RATLS_E_USAGE, "the subject's country is not two letters");
    return RATLS_OK;
}

static enum ratls_err check_san(const char *const *san, struct ratls_error *err)
{
    uint8_t ip[16];

    for (size_t i = 0; san && san[i]; i++) {
        if (i == RT_MAX_SAN)
            return ratls_fail(err, RATLS_E_USAGE, "more than %d names", RT_MAX_SAN);
        if (ip_bytes(san[i], ip) == 0 && !is_dns_name(san[i]))
            return ratls_fail(err, RATLS_E_USAGE, "'%s' is neither a DNS name nor an IP address",
                              san[i]);
    }
    return RATLS_OK;
}

static enum ratls_err check(const struct rt_mint *what, struct ratls_error *err)
{
    enum ratls_err e;

    if (!what->issuer_key == !what->issuer_rsa)
        return ratls_fail(err, RATLS_E_USAGE, "no key to sign with, or two");
    if (what->issuer_name.len && !rt_mint_is_name(what->issuer_name))
        return ratls_fail(err, RATLS_E_USAGE, "the issuer's name is not a Name");
    if ((e = rt_mint_check_dates(what->not_before, what->not_after, err)) != RATLS_OK ||
        (e = check_dn(&what->subject, err)) != RATLS_OK)
        return e;
    return check_san(what->san, err);
}

/* ---- identifiers ---- */

/* Positive, at most 20 bytes (RFC 5280 s.4.1.2.2). */
static enum ratls_err random_serial(const struct ratls_env *env, uint8_t out[SERIAL_LEN],
                                    struct ratls_error *err)
{
    if (env->random(env->arg, out, SERIAL_LEN) != 0)
        return ratls_fail(err, RATLS_E_RANDOM, "no randomness for a serial number");
    out[0] &= 0x7f;
    if (rt_all_zero(out, SERIAL_LEN))
        return ratls_fail(err, RATLS_E_RANDOM, "the serial number came out as zero");
    return RATLS_OK;
}

static enum ratls_err make_ids(const struct ratls_env *env, const struct rt_mint *what,
                               struct ids *out, struct ratls_error *err)
{
    enum ratls_err e;

    if ((e = random_serial(env, out->serial, err)) != RATLS_OK ||
        (e = rt_mint_key_id(what->subject_spki, out->subject_key, err)) != RATLS_OK)
        return e;
    const struct rt_mint_key by = {what->issuer_key, what->issuer_rsa, what->rsa_pkcs1};
    return rt_mint_key_id(rt_mint_spki(&by), out->issuer_key, err);
}

/* ---- extensions ---- */

static void put_basic_constraints(struct rt_writer *w, const struct rt_mint *what)
{
    struct rt_ext_marks m = rt_mint_begin_ext(w, RT_OID(BASIC_CONSTRAINTS), true);
    size_t list = rt_der_begin(w, RT_DER_SEQUENCE);

    if (what->is_ca)
        rt_der_put_bool(w, true);
    if (what->is_ca && what->path_len >= 0)
        rt_der_put_uint(w, (uint64_t)what->path_len);
    rt_der_end(w, list);
    rt_mint_end_ext(w, m);
}

/* The bits used here are all in the first byte (RFC 5280 s.4.2.1.3). */
static void put_key_usage(struct rt_writer *w, unsigned usage)
{
    uint8_t bits[] = {7, 0}; /* unused bits, then the byte */
    struct rt_ext_marks m = rt_mint_begin_ext(w, RT_OID(KEY_USAGE), true);

    for (unsigned n = 0; n < 8; n++)
        if (usage >> n & 1) {
            bits[0] = (uint8_t)(7 - n);
            bits[1] = (uint8_t)(bits[1] | 0x80 >> n);
        }
    rt_der_put(w, RT_DER_BIT_STRING, ratls_bytes(bits, sizeof bits));
    rt_mint_end_ext(w, m);
}

/* Some look for an issuer by this alone (RFC 5280 s.4.2.1.1): it is what he is named by. */
static void put_key_ids(struct rt_writer *w, const struct rt_mint *what, const struct ids *ids)
{
    const struct ratls_bytes own = ratls_bytes(ids->issuer_key, RT_KEY_ID_LEN);
    struct rt_ext_marks m = rt_mint_begin_ext(w, RT_OID(SKI), false);

    rt_der_put(w, RT_DER_OCTET_STRING, ratls_bytes(ids->subject_key, RT_KEY_ID_LEN));
    rt_mint_end_ext(w, m);
    rt_mint_put_aki(w, what->issuer_key_id.len ? what->issuer_key_id : own);
}

static void put_tls_usage(struct rt_writer *w)
{
    struct rt_ext_marks m = rt_mint_begin_ext(w, RT_OID(EXT_KEY_USAGE), false);
    size_t list = rt_der_begin(w, RT_DER_SEQUENCE);

    rt_der_put_oid(w, RT_OID(EKU_CLIENT));
    rt_der_put_oid(w, RT_OID(EKU_SERVER));
    rt_der_end(w, list);
    rt_mint_end_ext(w, m);
}

static void put_san(struct rt_writer *w, const char *const *san)
{
    struct rt_ext_marks m = rt_mint_begin_ext(w, RT_OID(SAN), false);
    size_t list = rt_der_begin(w, RT_DER_SEQUENCE);

    for (size_t i = 0; san[i]; i++)
        put_general_name(w, san[i]);
    rt_der_end(w, list);
    rt_mint_end_ext(w, m);
}

/* One DistributionPoint with a fullName (RFC 5280 s.4.2.1.13). */
static void put_crl_url(struct rt_writer *w, const char *url)
{
    struct rt_ext_marks m = rt_mint_begin_ext(w, RT_OID(CRL_DISTRIBUTION), false);
    size_t list = rt_der_begin(w, RT_DER_SEQUENCE);
    size_t point = rt_der_begin(w, RT_DER_SEQUENCE);
    size_t name = rt_der_begin(w, RT_DER_CONTEXT_CONSTRUCTED | 0);
    size_t full_name = rt_der_begin(w, RT_DER_CONTEXT_CONSTRUCTED | 0);

    rt_der_put(w, URI, ratls_bytes_str(url));
    rt_der_end(w, full_name);
    rt_der_end(w, name);
    rt_der_end(w, point);
    rt_der_end(w, list);
    rt_mint_end_ext(w, m);
}

static unsigned usage_of(const struct rt_mint *what)
{
    const unsigned ca = what->ca_usage ? what->ca_usage : RT_KU_CERT_SIGN | RT_KU_CRL_SIGN;

    return what->is_ca ? ca : RT_KU_DIGITAL_SIGNATURE;
}

static void put_usual_extensions(struct rt_writer *w, const struct rt_mint *what,
                                 const struct ids *ids)
{
    put_basic_constraints(w, what);
    put_key_usage(w, usage_of(what));
    put_key_ids(w, what, ids);
    if (what->tls_usage)
        put_tls_usage(w);
    if (what->san && what->san[0])
        put_san(w, what->san);
    if (what->crl_url)
        put_crl_url(w, what->crl_url);
}

static void put_extra(struct rt_writer *w, const struct rt_mint_ext *ext)
{
    struct rt_ext_marks m = rt_mint_begin_ext(w, ext->oid, ext->critical);

    rt_put_bytes(w, ext->value);
    rt_mint_end_ext(w, m);
}

/* An empty list is left out (RFC 5280 s.4.1.2.9). */
static void put_extensions(struct rt_writer *w, const struct rt_mint *what, const struct ids *ids)
{
    struct rt_writer list = {0};

    if (!what->bare)
        put_usual_extensions(&list, what, ids);
    for (size_t i = 0; i < RT_MINT_EXTS; i++)
        if (what->ext[i].oid.len)
            put_extra(&list, &what->ext[i]);
    w->bad = w->bad || list.bad;
    if (rt_written(&list).len) {
        size_t explicit = rt_der_begin(w, RT_DER_CONTEXT_CONSTRUCTED | 3);
        rt_der_put(w, RT_DER_SEQUENCE, rt_written(&list));
        rt_der_end(w, explicit);
    }
    rt_writer_free(&list);
}

/* ---- the certificate ---- */

static void put_tbs(struct rt_writer *w, const struct rt_mint *what, const struct ids *ids)
{
    size_t tbs = rt_der_begin(w, RT_DER_SEQUENCE);
    size_t version = rt_der_begin(w, RT_DER_CONTEXT_CONSTRUCTED | 0);

    rt_der_put_uint(w, VERSION_3);
    rt_der_end(w, version);
    rt_der_put_positive(w, what->serial.len ? what->serial : ratls_bytes(ids->serial, SERIAL_LEN));
    rt_mint_put_algorithm(
        w, &(const struct rt_mint_key){what->issuer_key, what->issuer_rsa, what->rsa_pkcs1});
    if (what->issuer_name.len)
        rt_put_bytes(w, what->issuer_name);
    else
        put_name(w, &what->subject);
    size_t validity = rt_der_begin(w, RT_DER_SEQUENCE);
    rt_der_put_time(w, what->not_before);
    rt_der_put_time(w, what->not_after);
    rt_der_end(w, validity);
    put_name(w, &what->subject);
    rt_put_bytes(w, what->subject_spki);
    put_extensions(w, what, ids);
    rt_der_end(w, tbs);
}

enum ratls_err rt_mint(const struct ratls_env *env, const struct rt_mint *what,
                       struct ratls_buffer *der, struct ratls_error *err)
{
    struct rt_writer tbs = {0};
    struct ids ids;
    enum ratls_err e;

    *der = (struct ratls_buffer){0};
    if ((e = check(what, err)) != RATLS_OK || (e = make_ids(env, what, &ids, err)) != RATLS_OK)
        return e;
    put_tbs(&tbs, what, &ids);
    const struct rt_mint_key by = {what->issuer_key, what->issuer_rsa, what->rsa_pkcs1};
    if ((e = rt_mint_sign(env, &by, &tbs, der)) != RATLS_OK)
        return e;
    if (der->len > RT_MAX_CERT) {
        e = ratls_fail(err, RATLS_E_CERT_FORMAT, "a certificate of %zu bytes, at most %d", der->len,
                       RT_MAX_CERT);
        ratls_buffer_free(der);
    }
    return e;
}
