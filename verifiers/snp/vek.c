#include "vek.h"

#include <stdlib.h>

#include "der.h"
#include "oid.h"

static enum ratls_err refuse(struct ratls_error *err, const char *what)
{
    return ratls_fail(err, RATLS_E_EVIDENCE_CHAIN, "VEK certificate: %s", what);
}

/* ---- names ---- */

static const char *const subject_names[] = {
    [RT_SNP_VCEK] = "SEV-VCEK",
    [RT_SNP_VLEK] = "SEV-VLEK",
};

const char *rt_snp_issuer_prefix(enum rt_snp_signing_key key)
{
    return key == RT_SNP_VLEK ? "SEV-VLEK-" : "SEV-";
}

static bool find_key(const struct rt_x509 *cert, enum rt_snp_signing_key *out)
{
    struct ratls_bytes name = rt_x509_name_attr(cert->subject, RT_OID(CN));

    for (unsigned i = 0; i < RT_COUNT(subject_names); i++)
        if (ratls_bytes_equal(name, ratls_bytes_str(subject_names[i]))) {
            *out = (enum rt_snp_signing_key)i;
            return true;
        }
    return false;
}

bool rt_snp_is_vek(const struct rt_x509 *cert)
{
    enum rt_snp_signing_key key;

    return find_key(cert, &key);
}

/* Common names of both, and the generation that the issuer's says (AMD 57230, tables 5 to 9). */
static enum ratls_err read_names(struct rt_snp_vek *v, struct ratls_error *err)
{
    const struct ratls_bytes issuer = rt_x509_name_attr(v->cert.issuer, RT_OID(CN));

    if (!find_key(&v->cert, &v->key))
        return refuse(err, "neither SEV-VCEK nor SEV-VLEK");
    const char *prefix = rt_snp_issuer_prefix(v->key);
    if (!rt_starts_with(issuer, prefix))
        return refuse(err, "its issuer is of another kind");
    if (!rt_snp_product_behind(issuer, prefix, &v->product))
        return refuse(err, "its issuer is of an unknown generation");
    return RATLS_OK;
}

/* ---- AMD's extensions ---- */

/* 1.3.6.1.4.1.3704.1.`arcs` */
static const struct rt_ext *find_ext(const struct rt_snp_vek *v, const char *arcs)
{
    uint8_t oid[16];
    struct ratls_bytes base = RT_OID(AMD);
    size_t len = strlen(arcs);

    memcpy(oid, base.p, base.len);
    memcpy(oid + base.len, arcs, len);
    return rt_x509_ext(&v->cert, ratls_bytes(oid, base.len + len));
}

static bool read_byte(const struct rt_ext *ext, uint8_t *out)
{
    struct rt_reader r = rt_reader(ext->value);
    uint64_t n = rt_der_uint(&r);

    *out = (uint8_t)n;
    return rt_at_end(&r) && n <= UINT8_MAX;
}

static bool read_text(const struct rt_ext *ext, char out[RT_SNP_TEXT_LEN])
{
    struct rt_reader r = rt_reader(ext->value);
    struct ratls_bytes text = rt_der_get(&r, RT_DER_IA5_STRING, NULL);

    if (!rt_at_end(&r) || text.len == 0 || text.len >= RT_SNP_TEXT_LEN)
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (text.p[i] < 0x20 || text.p[i] > 0x7e)
            return false;
    memcpy(out, text.p, text.len);
    out[text.len] = 0;
    return true;
}

/* All that a generation has are there, those it has not are absent, reserved ones are zero. */
static enum ratls_err read_spls(struct rt_snp_vek *v, struct ratls_error *err)
{
    uint8_t reserved;
    const struct {
        const char *arcs;
        uint8_t *out;
        bool due;
    } rows[] = {
        {"\x03\x01", &v->spl.bootloader, true},
        {"\x03\x02", &v->spl.tee, true},
        {"\x03\x03", &v->spl.snp, true},
        {"\x03\x04", &reserved, false},
        {"\x03\x05", &reserved, false},
        {"\x03\x06", &reserved, false},
        {"\x03\x07", &reserved, false},
        {"\x03\x08", &v->spl.microcode, true},
        {"\x03\x09", &v->spl.fmc, rt_snp_has_fmc(v->product)},
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        const struct rt_ext *ext = find_ext(v, rows[i].arcs);
        if (!ext && rows[i].due)
            return refuse(err, "a part of the TCB is missing");
        if (!ext)
            continue;
        if (!read_byte(ext, rows[i].out))
            return refuse(err, "a part of the TCB is malformed");
        if (!rows[i].due && *rows[i].out != 0)
            return refuse(err, "a part of the TCB that its generation has not");
    }
    return RATLS_OK;
}

/* The bytes as they are, 64 or 8; some certificates wrap them in an OCTET STRING. Told apart by
 * length: the first byte of a bare one may be anything. */
static enum ratls_err read_hwid(struct rt_snp_vek *v, const struct rt_ext *ext,
                                struct ratls_error *err)
{
    const size_t len = rt_snp_hwid_len(v->product);
    struct rt_reader r = rt_reader(ext->value);

    if (ext->value.len == len) {
        v->hwid = ext->value;
        return RATLS_OK;
    }
    v->hwid = rt_der_get(&r, RT_DER_OCTET_STRING, NULL);
    return rt_at_end(&r) && v->hwid.len == len ? RATLS_OK : refuse(err, "malformed hwID");
}

static enum ratls_err read_owner(struct rt_snp_vek *v, struct ratls_error *err)
{
    const struct rt_ext *hwid = find_ext(v, "\x04"), *csp = find_ext(v, "\x05");

    if (v->key == RT_SNP_VCEK) {
        if (!hwid || csp)
            return refuse(err, "a VCEK has a hwID and no cspID");
        return read_hwid(v, hwid, err);
    }
    if (hwid || !csp)
        return refuse(err, "a VLEK has a cspID and no hwID");
    return read_text(csp, v->csp_id) ? RATLS_OK : refuse(err, "malformed cspID");
}

static enum ratls_err read_product(struct rt_snp_vek *v, struct ratls_error *err)
{
    const struct rt_ext *version = find_ext(v, "\x01"), *name = find_ext(v, "\x02");
    enum rt_snp_product p;

    if (!version || !read_byte(version, &v->struct_version))
        return refuse(err, "structVersion is missing or malformed");
    if (v->struct_version != rt_snp_struct_version(v->product))
        return refuse(err, "the structVersion of another generation");
    if (!name || !read_text(name, v->product_name))
        return refuse(err, "productName is missing or malformed");
    if (!rt_snp_product_of_name(ratls_bytes_str(v->product_name), &p) || p != v->product)
        return refuse(err, "the productName of another generation");
    return RATLS_OK;
}

static enum ratls_err read_all(struct rt_snp_vek *v, struct ratls_error *err)
{
    struct ratls_error inner = {0};
    enum ratls_err e = rt_x509_parse(rt_bytes_of(&v->kept.key), &v->cert, &inner);

    if (e)
        return rt_is_own_failure(e) ? e : refuse(err, inner.detail);
    if ((e = read_names(v, err)) != RATLS_OK)
        return e;
    if (v->cert.key.type != RT_KEY_P384)
        return refuse(err, "its key is not on P-384");
    if (v->cert.sig_alg != RT_SIG_RSAPSS_SHA384)
        return refuse(err, "not signed with RSASSA-PSS");
    if ((e = read_product(v, err)) != RATLS_OK || (e = read_spls(v, err)) != RATLS_OK)
        return e;
    return read_owner(v, err);
}

/* ---- the object ---- */

static void free_vek(struct rt_kept *self)
{
    free(self); /* the first member of struct rt_snp_vek */
}

enum ratls_err rt_snp_vek_new(struct ratls_bytes der, struct rt_snp_vek **out,
                              struct ratls_error *err)
{
    struct rt_snp_vek *v = calloc(1, sizeof *v);

    *out = NULL;
    if (!v || rt_kept_init(&v->kept, der, free_vek) != RATLS_OK) {
        free(v);
        return ratls_fail(err, RATLS_E_NO_MEMORY, "VEK certificate");
    }
    enum ratls_err e = read_all(v, err);
    if (e) {
        rt_snp_vek_unref(v);
        return ratls_fail(err, e, "VEK certificate");
    }
    *out = v;
    return RATLS_OK;
}

struct rt_snp_vek *rt_snp_vek_ref(struct rt_snp_vek *v)
{
    (void)rt_kept_ref(&v->kept);
    return v;
}

void rt_snp_vek_unref(struct rt_snp_vek *v)
{
    rt_kept_unref(v ? &v->kept : NULL);
}

/* ---- does it fit a report? ---- */

static enum ratls_err other(struct ratls_error *err, const char *what)
{
    return ratls_fail(err, RATLS_E_ENDORSEMENT, "the VEK certificate is for another %s", what);
}

/* A masked CHIP_ID (all zero) names no chip, and is refused under a VCEK. */
static bool is_chip(const struct rt_snp_vek *v, const struct rt_snp_report *r)
{
    return memcmp(r->chip_id, v->hwid.p, v->hwid.len) == 0 &&
           rt_all_zero(r->chip_id + v->hwid.len, RT_SNP_CHIP_ID_LEN - v->hwid.len) &&
           !rt_all_zero(r->chip_id, RT_SNP_CHIP_ID_LEN);
}

enum ratls_err rt_snp_vek_fits(const struct rt_snp_vek *v, const struct rt_snp_report *r,
                               struct ratls_error *err)
{
    enum rt_snp_product p;
    struct rt_snp_tcb reported;

    if (v->key != r->signing_key)
        return other(err, "kind of key: VCEK or VLEK");
    if (r->has_cpuid && !rt_snp_product_of_cpuid(r->cpu_family, r->cpu_model, &p))
        return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT,
                          "SNP report: processor of family %02xh, model %02xh is not known",
                          r->cpu_family, r->cpu_model);
    if (r->has_cpuid && p != v->product)
        return other(err, "generation");
    if (v->key == RT_SNP_VCEK && !is_chip(v, r))
        return other(err, "chip");
    (void)rt_snp_tcb_read(v->product, r->tcb[RT_SNP_REPORTED], &reported);
    return rt_snp_tcb_equal(&reported, &v->spl) ? RATLS_OK : other(err, "TCB");
}
