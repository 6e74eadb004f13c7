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
    {rt_oid_RSA_SHA256, RT_SIG_RSA_SHA256, true},
    {rt_oid_RSA_SHA384, RT_SIG_RSA_SHA384, true},
    {rt_oid_RSA_SHA512, RT_SIG_RSA_SHA512, true},
};

enum ratls_err rt_x509_read_sig_alg(struct ratls_bytes alg, enum rt_sig_alg *out,
                                    struct ratls_error *err)
{
    struct rt_reader r = rt_reader(alg);
    struct ratls_bytes oid = rt_der_get(&r, RT_DER_OID, NULL);

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
