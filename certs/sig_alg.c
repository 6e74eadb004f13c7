/* Signature algorithms as certificates and CRLs name them: AlgorithmIdentifier (RFC 5280
 * s.4.1.1.2). */
#include "der.h"
#include "oid.h"
#include "x509_parts.h"

static const struct {
    struct ratls_bytes (*oid)(void);
    enum rt_sig_alg alg;
    bool null_params; /* RSA: NULL (RFC 4055 s.5). ECDSA: absent (RFC 5758 s.3.2), but older mbedTLS
                       * and with it Gramine writes NULL here too; both are read */
} sig_algs[] = {
    {rt_oid_ECDSA_SHA256, RT_SIG_ECDSA_SHA256, false},
    {rt_oid_ECDSA_SHA384, RT_SIG_ECDSA_SHA384, false},
    {rt_oid_ECDSA_SHA512, RT_SIG_ECDSA_SHA512, false},
    {rt_oid_RSA_SHA256, RT_SIG_RSA_SHA256, true},
    {rt_oid_RSA_SHA384, RT_SIG_RSA_SHA384, true},
    {rt_oid_RSA_SHA512, RT_SIG_RSA_SHA512, true},
};

enum { PSS_SALT_LEN = 48, PSS_TRAILER = 1 };

/* The next element as SHA-384: parameters are NULL or absent (RFC 4055 s.2.1). */
static bool is_sha384(struct rt_reader *r)
{
    struct rt_reader alg = rt_der_enter(r, RT_DER_SEQUENCE);

    if (!ratls_bytes_equal(rt_der_get(&alg, RT_DER_OID, NULL), RT_OID(SHA384)))
        return false;
    return rt_at_end(&alg) || (rt_der_get(&alg, RT_DER_NULL, NULL).len == 0 && rt_at_end(&alg));
}

static bool is_mgf1_sha384(struct rt_reader *r)
{
    struct rt_reader alg = rt_der_enter(r, RT_DER_SEQUENCE);

    return ratls_bytes_equal(rt_der_get(&alg, RT_DER_OID, NULL), RT_OID(MGF1)) && is_sha384(&alg) &&
           rt_at_end(&alg);
}

/* RSASSA-PSS-params, RFC 4055 s.3.1. One set is known, the one of AMD's certificates; the defaults
 * of the type are SHA-1. AMD spells trailerField out in some of them, though it is the default. */
static bool is_pss_sha384(struct rt_reader *r)
{
    struct rt_reader params = rt_der_enter(r, RT_DER_SEQUENCE);
    struct rt_reader hash = rt_der_enter(&params, RT_DER_CONTEXT_CONSTRUCTED | 0);
    struct rt_reader mgf = rt_der_enter(&params, RT_DER_CONTEXT_CONSTRUCTED | 1);
    struct rt_reader salt = rt_der_enter(&params, RT_DER_CONTEXT_CONSTRUCTED | 2);

    if (!is_sha384(&hash) || !rt_at_end(&hash) || !is_mgf1_sha384(&mgf) || !rt_at_end(&mgf) ||
        rt_der_uint(&salt) != PSS_SALT_LEN || !rt_at_end(&salt))
        return false;
    if (params.left > 0) {
        struct rt_reader trailer = rt_der_enter(&params, RT_DER_CONTEXT_CONSTRUCTED | 3);
        if (rt_der_uint(&trailer) != PSS_TRAILER || !rt_at_end(&trailer))
            return false;
    }
    return rt_at_end(&params) && rt_at_end(r);
}

enum ratls_err rt_x509_read_sig_alg(struct ratls_bytes alg, enum rt_sig_alg *out,
                                    struct ratls_error *err)
{
    struct rt_reader r = rt_reader(alg);
    struct ratls_bytes oid = rt_der_get(&r, RT_DER_OID, NULL);

    if (ratls_bytes_equal(oid, RT_OID(RSA_PSS))) {
        *out = RT_SIG_RSAPSS_SHA384;
        return is_pss_sha384(&r) ? RATLS_OK
                                 : ratls_fail(err, RATLS_E_CERT_KEY,
                                              "certificate: RSASSA-PSS other than with SHA-384, "
                                              "MGF1 with it, and 48 bytes of salt");
    }
    for (size_t i = 0; i < RT_COUNT(sig_algs); i++) {
        if (!ratls_bytes_equal(sig_algs[i].oid(), oid))
            continue;
        bool null = sig_algs[i].null_params || r.left > 0;
        if ((null && rt_der_get(&r, RT_DER_NULL, NULL).len != 0) || !rt_at_end(&r))
            return ratls_fail(err, RATLS_E_CERT_FORMAT,
                              "certificate: malformed signature algorithm");
        *out = sig_algs[i].alg;
        return RATLS_OK;
    }
    return ratls_fail(err, RATLS_E_CERT_KEY, "certificate: unknown signature algorithm");
}
