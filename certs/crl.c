#include "crl.h"

#include <stdlib.h>

#include "der.h"
#include "oid.h"
#include "x509_name.h"
#include "x509_parts.h"

enum {
    VERSION_2 = 1,
    SERIAL_MAX = 20, /* RFC 5280 s.4.1.2.2 */
    NUMBER_MAX = 20, /* RFC 5280 s.5.2.3 */
    EMPTY_NAME_LEN = 2,
};

static enum ratls_err refuse(struct ratls_error *err, const char *what)
{
    return ratls_fail(err, RATLS_E_COLLATERAL_FORMAT, "CRL: %s", what);
}

/* ---- its three forms ---- */

static enum ratls_err decode_pem(struct ratls_bytes text, struct ratls_buffer *der,
                                 struct ratls_error *err)
{
    enum ratls_err e = rt_pem_next(&text, "X509 CRL", der);

    if (rt_is_own_failure(e))
        return ratls_fail(err, e, "CRL");
    return e || rt_without_space(text).len > 0 ? refuse(err, "malformed PEM") : RATLS_OK;
}

static enum ratls_err decode_hex(struct ratls_bytes text, struct ratls_buffer *der,
                                 struct ratls_error *err)
{
    size_t len = text.len / 2;

    der->p = malloc(len + 1);
    if (!der->p)
        return ratls_fail(err, RATLS_E_NO_MEMORY, "CRL");
    if (!rt_unhex((const char *)text.p, text.len, der->p, &len) || len == 0) {
        ratls_buffer_free(der);
        return refuse(err, "neither DER nor hex nor PEM");
    }
    der->len = len;
    return RATLS_OK;
}

enum ratls_err rt_crl_decode(struct ratls_bytes in, struct ratls_buffer *der,
                             struct ratls_error *err)
{
    *der = (struct ratls_buffer){0};
    if (in.len > 2 * (size_t)RT_MAX_CRL)
        return refuse(err, "too large");
    if (rt_starts_with(rt_without_space(in), "-----BEGIN X509 CRL-----"))
        return decode_pem(in, der, err);
    return in.len > 0 && in.p[0] == RT_DER_SEQUENCE ? rt_dup(in, der) : decode_hex(in, der, err);
}

/* ---- extensions, of the list and of its entries ---- */

struct extensions {
    size_t n;
    struct rt_ext list[RT_MAX_EXTENSIONS]; /* only n of them are set */
};

static const struct rt_ext *find(const struct extensions *exts, struct ratls_bytes oid)
{
    for (size_t i = 0; i < exts->n; i++)
        if (ratls_bytes_equal(exts->list[i].oid, oid))
            return &exts->list[i];
    return NULL;
}

/* Those that are always critical change what an entry means (RFC 5280 s.5.2.4, s.5.2.5, s.5.3.3)
 * and are not supported; all others that it knows are never critical. */
static enum ratls_err read_extensions(struct rt_reader *list, struct extensions *out,
                                      struct ratls_error *err)
{
    out->n = 0;
    if (list->left == 0)
        return refuse(err, "no extensions where some belong");
    while (list->left > 0) {
        struct rt_ext ext;
        if (out->n == RT_MAX_EXTENSIONS)
            return refuse(err, "too many extensions");
        if (!rt_x509_read_ext(list, &ext))
            return refuse(err, "malformed extension");
        if (find(out, ext.oid))
            return refuse(err, "an extension occurs twice");
        if (ext.critical)
            return refuse(err, "critical extension");
        out->list[out->n++] = ext;
    }
    return RATLS_OK;
}

/* cRLNumber and authorityKeyIdentifier are demanded: RFC 5280 s.5.2.1, s.5.2.3. */
static enum ratls_err use_extensions(const struct extensions *exts, struct rt_crl *out,
                                     struct ratls_error *err)
{
    const struct rt_ext *number = find(exts, RT_OID(CRL_NUMBER)), *aki = find(exts, RT_OID(AKI));

    if (find(exts, RT_OID(DELTA_CRL)) || find(exts, RT_OID(ISSUING_POINT)))
        return refuse(err, "delta, partial or indirect");
    if (!number || !aki)
        return refuse(err, "no cRLNumber or no authorityKeyIdentifier");
    struct rt_reader n = rt_reader(number->value), id = rt_reader(aki->value);
    out->number = rt_der_positive(&n);
    if (!rt_at_end(&n) || out->number.len > NUMBER_MAX)
        return refuse(err, "malformed cRLNumber");
    (void)rt_der_get(&id, RT_DER_SEQUENCE, NULL);
    return rt_at_end(&id) ? RATLS_OK : refuse(err, "malformed authorityKeyIdentifier");
}

static enum ratls_err read_crl_extensions(struct rt_reader *tbs, struct rt_crl *out,
                                          struct ratls_error *err)
{
    struct rt_reader outer = rt_der_enter(tbs, RT_DER_CONTEXT_CONSTRUCTED | 0);
    struct rt_reader list = rt_der_enter(&outer, RT_DER_SEQUENCE);
    struct extensions exts;

    if (!rt_at_end(&outer))
        return refuse(err, "missing or malformed list of extensions");
    enum ratls_err e = read_extensions(&list, &exts, err);
    return e ? e : use_extensions(&exts, out, err);
}

/* ---- entries ---- */

/* Both without leading zeros, so that the longer one is the larger. */
static int compare(const void *left, const void *right)
{
    const struct ratls_bytes *a = left, *b = right;

    if (a->len != b->len)
        return a->len < b->len ? -1 : 1;
    return memcmp(a->p, b->p, a->len);
}

/* RFC 5280 s.5.1.2.6. Without a certificateIssuer it is of the CRL's own issuer. */
static enum ratls_err read_entry(struct rt_reader *list, struct ratls_bytes *serial,
                                 struct ratls_error *err)
{
    struct rt_reader r = rt_der_enter(list, RT_DER_SEQUENCE);
    struct extensions exts;

    *serial = rt_der_positive(&r);
    (void)rt_der_time(&r);
    if (r.bad || serial->len > SERIAL_MAX)
        return refuse(err, "malformed entry");
    if (r.left == 0)
        return RATLS_OK;
    struct rt_reader inside = rt_der_enter(&r, RT_DER_SEQUENCE);
    if (!rt_at_end(&r))
        return refuse(err, "malformed end of an entry");
    enum ratls_err e = read_extensions(&inside, &exts, err);
    if (e)
        return e;
    return find(&exts, RT_OID(CERTIFICATE_ISSUER)) ? refuse(err, "indirect entry") : RATLS_OK;
}

static size_t count(struct rt_reader list)
{
    size_t n = 0;

    for (; list.left > 0; n++)
        (void)rt_der_get(&list, RT_DER_SEQUENCE, NULL);
    return n;
}

/* An empty list is to be left out (RFC 5280 s.5.1.2.6). */
static enum ratls_err read_revoked(struct rt_reader *tbs, struct rt_crl *out,
                                   struct ratls_error *err)
{
    if (rt_der_peek(tbs) != RT_DER_SEQUENCE)
        return RATLS_OK;
    struct rt_reader list = rt_der_enter(tbs, RT_DER_SEQUENCE);
    const size_t n = count(list);
    if (n == 0)
        return refuse(err, "an empty list of entries");
    out->revoked = calloc(n, sizeof out->revoked[0]);
    if (!out->revoked)
        return ratls_fail(err, RATLS_E_NO_MEMORY, "CRL: %zu entries", n);
    while (out->n_revoked < n) {
        enum ratls_err e = read_entry(&list, &out->revoked[out->n_revoked], err);
        if (e)
            return e;
        out->n_revoked++;
    }
    qsort(out->revoked, n, sizeof out->revoked[0], compare);
    return RATLS_OK;
}

/* ---- the list ---- */

static enum ratls_err read_tbs(struct rt_reader *tbs, struct ratls_bytes outer_alg,
                               struct rt_crl *out, struct ratls_error *err)
{
    struct ratls_bytes alg;
    enum ratls_err e;

    if (rt_der_uint(tbs) != VERSION_2)
        return refuse(err, "not version 2");
    (void)rt_der_get(tbs, RT_DER_SEQUENCE, &alg);
    if (!ratls_bytes_equal(alg, outer_alg))
        return refuse(err, "two signature algorithms");
    (void)rt_der_get(tbs, RT_DER_SEQUENCE, &out->issuer);
    if (out->issuer.len <= EMPTY_NAME_LEN || !rt_name_is_wellformed(out->issuer))
        return refuse(err, "malformed or empty issuer");
    out->this_update = rt_der_time(tbs);
    out->next_update = rt_der_time(tbs);
    if (out->next_update < out->this_update)
        return refuse(err, "malformed or missing dates");
    if ((e = read_revoked(tbs, out, err)) != RATLS_OK ||
        (e = read_crl_extensions(tbs, out, err)) != RATLS_OK)
        return e;
    return rt_at_end(tbs) ? RATLS_OK : refuse(err, "malformed end");
}

enum ratls_err rt_crl_parse(struct ratls_bytes der, struct rt_crl *out, struct ratls_error *err)
{
    struct rt_reader outer = rt_reader(der), list = rt_der_enter(&outer, RT_DER_SEQUENCE);
    struct ratls_bytes whole_alg;

    *out = (struct rt_crl){.der = der};
    if (der.len > RT_MAX_CRL)
        return refuse(err, "too large");
    struct rt_reader tbs = rt_reader(rt_der_get(&list, RT_DER_SEQUENCE, &out->tbs));
    struct ratls_bytes alg = rt_der_get(&list, RT_DER_SEQUENCE, &whole_alg);
    out->signature = rt_der_bits(&list);
    if (!rt_at_end(&list) || !rt_at_end(&outer))
        return refuse(err, "malformed structure");
    if (rt_x509_read_sig_alg(alg, &out->sig_alg, NULL) != RATLS_OK)
        return refuse(err, "malformed or unknown signature algorithm");
    return read_tbs(&tbs, whole_alg, out, err);
}

void rt_crl_free(struct rt_crl *crl)
{
    free(crl->revoked);
    *crl = (struct rt_crl){0};
}

/* ---- questions ---- */

static enum ratls_err not_signed(struct ratls_error *err, const char *why)
{
    return ratls_fail(err, RATLS_E_COLLATERAL_SIGNATURE, "CRL: %s", why);
}

enum ratls_err rt_crl_check_issuer(const struct rt_crl *crl, const struct rt_x509 *issuer,
                                   struct ratls_error *err)
{
    if (!ratls_bytes_equal(crl->issuer, issuer->subject))
        return not_signed(err, "its issuer has another name");
    if (!issuer->is_ca)
        return not_signed(err, "its issuer is no CA");
    if (!(issuer->key_usage & RT_KU_CRL_SIGN))
        return not_signed(err, "its issuer is without keyUsage cRLSign");
    enum ratls_err e = rt_verify_spki(&issuer->key, crl->sig_alg, crl->tbs, crl->signature, NULL);
    if (e == RATLS_E_CERT_SIGNATURE || e == RATLS_E_CERT_KEY)
        return not_signed(err, "its signature is wrong");
    return e ? ratls_fail(err, e, "CRL: its signature could not be checked") : RATLS_OK;
}

bool rt_crl_lists(const struct rt_crl *crl, struct ratls_bytes serial)
{
    struct rt_reader r = rt_reader(serial);

    while (r.left > 1 && r.p[0] == 0)
        rt_skip(&r, 1);
    const struct ratls_bytes key = rt_rest(&r);
    if (key.len == 0)
        return true;
    return crl->n_revoked > 0 &&
           bsearch(&key, crl->revoked, crl->n_revoked, sizeof key, compare) != NULL;
}

bool rt_crl_number(const struct rt_crl *crl, uint64_t *out)
{
    *out = 0;
    if (crl->number.len > sizeof *out)
        return false;
    for (size_t i = 0; i < crl->number.len; i++)
        *out = *out << 8 | crl->number.p[i];
    return true;
}
