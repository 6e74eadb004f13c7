/* The PCK chain: three certificates, the last one pinned. */
#include "claim_name.h"
#include "oid.h"
#include "pck.h"

enum { LEAF, INTERMEDIATE, ROOT };

#define PEM_BEGIN "-----BEGIN CERTIFICATE-----"

/* ---- reading ---- */

/* One certificate at the start of `text`; RATLS_E_CLOSED when something else stands there. */
static enum ratls_err read_cert(struct ratls_bytes *text, struct ratls_buffer *der,
                                struct rt_x509 *cert, struct ratls_error *err)
{
    *text = rt_without_space(*text);
    if (!rt_starts_with(*text, PEM_BEGIN))
        return RATLS_E_CLOSED;
    if (rt_pem_next(text, "CERTIFICATE", der) != RATLS_OK || der->len > RT_MAX_CERT)
        return ratls_fail(err, RATLS_E_EVIDENCE_CHAIN, "PCK chain: malformed PEM");
    struct ratls_error inner = {0};
    if (rt_x509_parse(rt_bytes_of(der), cert, &inner) != RATLS_OK)
        return ratls_fail(err, RATLS_E_EVIDENCE_CHAIN, "PCK chain: %s", inner.detail);
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

enum ratls_err rt_pck_chain_read(struct ratls_bytes pem, struct rt_pck_chain *out,
                                 struct ratls_error *err)
{
    enum ratls_err e;

    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < RT_PCK_CERTS; i++) {
        e = read_cert(&pem, &out->der[i], &out->certs[i], err);
        if (e == RATLS_E_CLOSED)
            return ratls_fail(err, RATLS_E_EVIDENCE_CHAIN,
                              "PCK chain: %zu PEM certificates, not %d", i, RT_PCK_CERTS);
        if (e)
            return e;
    }
    if (!is_padding(pem))
        return ratls_fail(err, RATLS_E_EVIDENCE_CHAIN, "PCK chain: more than %d PEM certificates",
                          RT_PCK_CERTS);
    const struct rt_ext *sgx = rt_x509_ext(&out->certs[LEAF], RT_OID(SGX));
    if (!sgx)
        return ratls_fail(err, RATLS_E_EVIDENCE_CHAIN, "PCK certificate without SGX extension");
    return rt_pck_ext_parse(sgx->value, &out->ext, err);
}

void rt_pck_chain_free(struct rt_pck_chain *c)
{
    for (size_t i = 0; i < RT_PCK_CERTS; i++)
        ratls_buffer_free(&c->der[i]);
}

/* ---- checking ---- */

static enum ratls_err check_root(struct rt_pck_chain *c, const struct ratls_verify_input *input,
                                 struct ratls_error *err)
{
    uint8_t hash[RT_SHA256_LEN];
    char hex[2 * RT_SHA256_LEN + 1];
    enum ratls_err e = rt_x509_spki_hash(&c->certs[ROOT], hash);

    if (e)
        return ratls_fail(err, e, "hash of the PCK root");
    for (size_t i = 0; i < input->n_roots; i++)
        if (memcmp(input->roots[i].spki_sha256, hash, sizeof hash) == 0) {
            c->simulated = input->roots[i].simulated || rt_x509_is_simulated(&c->certs[ROOT]);
            return RATLS_OK;
        }
    rt_hex(ratls_bytes(hash, sizeof hash), hex);
    return ratls_fail(err, RATLS_E_EVIDENCE_ROOT, "the PCK root with key %s is not pinned", hex);
}

static bool has_cn(const struct rt_x509 *cert, const char *cn)
{
    return ratls_bytes_equal(rt_x509_name_attr(cert->subject, RT_OID(CN)), ratls_bytes_str(cn));
}

/* The root's name is not looked at: its key is pinned. */
static enum ratls_err check_names(const struct rt_pck_chain *c, struct ratls_error *err)
{
    const struct rt_x509 *ca = &c->certs[INTERMEDIATE];

    if (!has_cn(&c->certs[LEAF], "Intel SGX PCK Certificate"))
        return ratls_fail(err, RATLS_E_EVIDENCE_CHAIN, "the leaf is no PCK certificate by name");
    if (!has_cn(ca, "Intel SGX PCK Platform CA") && !has_cn(ca, "Intel SGX PCK Processor CA"))
        return ratls_fail(err, RATLS_E_EVIDENCE_CHAIN, "the intermediate is no PCK CA by name");
    return RATLS_OK;
}

static enum ratls_err check_profile(const struct rt_x509 *cert, const char *which,
                                    struct ratls_error *err)
{
    const struct ratls_bytes needed[] = {RT_OID(AKI), RT_OID(SKI), RT_OID(CRL_DISTRIBUTION),
                                         RT_OID(KEY_USAGE), RT_OID(BASIC_CONSTRAINTS)};

    if (cert->key.type != RT_KEY_P256 || cert->sig_alg != RT_SIG_ECDSA_SHA256)
        return ratls_fail(err, RATLS_E_EVIDENCE_CHAIN, "PCK %s: not P-256 with SHA-256", which);
    for (size_t i = 0; i < RT_COUNT(needed); i++)
        if (!rt_x509_ext(cert, needed[i]))
            return ratls_fail(err, RATLS_E_EVIDENCE_CHAIN, "PCK %s: an extension is missing",
                              which);
    return RATLS_OK;
}

static enum ratls_err check_profiles(const struct rt_pck_chain *c, struct ratls_error *err)
{
    static const char *const which[RT_PCK_CERTS] = {"leaf", "intermediate", "root"};
    enum ratls_err e = RATLS_OK;

    for (size_t i = 0; i < RT_PCK_CERTS && e == RATLS_OK; i++)
        e = check_profile(&c->certs[i], which[i], err);
    if (e == RATLS_OK && c->certs[LEAF].is_ca)
        e = ratls_fail(err, RATLS_E_EVIDENCE_CHAIN, "the PCK leaf is a CA");
    if (e == RATLS_OK && c->certs[INTERMEDIATE].path_len != 0)
        e = ratls_fail(err, RATLS_E_EVIDENCE_CHAIN, "the PCK CA may issue further CAs");
    return e;
}

static enum ratls_err check_signatures(const struct rt_pck_chain *c, int64_t now,
                                       struct ratls_error *err)
{
    struct ratls_error inner = {0};
    enum ratls_err e = rt_chain_check(c->certs, RT_PCK_CERTS, now, &inner);

    if (e == RATLS_OK)
        return RATLS_OK;
    bool dates = e == RATLS_E_CERT_EXPIRED || e == RATLS_E_CERT_NOT_YET_VALID;
    return ratls_fail(err, dates ? RATLS_E_EVIDENCE_TIME : RATLS_E_EVIDENCE_CHAIN, "PCK chain: %s",
                      inner.detail[0] ? inner.detail : ratls_err_text(e));
}

enum ratls_err rt_pck_chain_check(struct rt_pck_chain *c, const struct ratls_verify_input *input,
                                  struct ratls_error *err)
{
    enum ratls_err e;

    if ((e = check_root(c, input, err)) != RATLS_OK || (e = check_names(c, err)) != RATLS_OK ||
        (e = check_profiles(c, err)) != RATLS_OK)
        return e;
    return check_signatures(c, input->now, err);
}

/* ---- claims ---- */

void rt_pck_claims(const struct rt_pck_ext *ext, const char *prefix, struct ratls_claims *claims)
{
    static const char *const types[] = {"standard", "scalable", "scalable_with_integrity"};
    const struct {
        const char *field;
        struct ratls_bytes value;
    } hex[] = {
        {"ppid", ratls_bytes(ext->ppid, sizeof ext->ppid)},
        {"fmspc", ratls_bytes(ext->fmspc, sizeof ext->fmspc)},
        {"pce_id", ratls_bytes(ext->pce_id, sizeof ext->pce_id)},
        {"cpu_svn", ratls_bytes(ext->cpu_svn, sizeof ext->cpu_svn)},
        {"component_svns", ratls_bytes(ext->component_svn, sizeof ext->component_svn)},
        {"platform_instance_id",
         ratls_bytes(ext->platform_instance_id, sizeof ext->platform_instance_id)},
    };
    const struct {
        const char *field;
        bool value;
    } flags[] = {{"dynamic_platform", ext->dynamic_platform},
                 {"cached_keys", ext->cached_keys},
                 {"smt_enabled", ext->smt_enabled}};

    for (size_t i = 0; i < RT_COUNT(hex) - (ext->has_platform ? 0 : 1); i++)
        (void)ratls_claims_set_hex(claims, rt_claim_name(prefix, hex[i].field).text, hex[i].value);
    for (size_t i = 0; ext->has_platform && i < RT_COUNT(flags); i++)
        (void)ratls_claims_set_bool(claims, rt_claim_name(prefix, flags[i].field).text,
                                    flags[i].value);
    (void)ratls_claims_set_uint(claims, rt_claim_name(prefix, "pce_svn").text, ext->pce_svn);
    (void)ratls_claims_set_text(claims, rt_claim_name(prefix, "sgx_type").text,
                                types[ext->sgx_type]);
    (void)ratls_claims_set_hex(claims, "platform_id", hex[0].value);
}
