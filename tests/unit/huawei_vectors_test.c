/* Huawei's own certificates: P-521 with SHA-512, and RSA with PKCS#1 v1.5. */
#include "der.h"
#include "vectors_support.h"
#include "x509.h"

#define MUST(call) cr_assert_eq((call), RATLS_OK, "%s", #call)

/* DER of a file that may be PEM. The test is skipped when the file is not there. */
static struct ratls_buffer read_cert(const char *name)
{
    struct ratls_buffer file = {0}, der = {0};

    if (read_vector(name, &file) != RATLS_OK)
        cr_skip_test("no %s in %s", name, vectors_folder());
    struct ratls_bytes text = rt_bytes_of(&file);
    if (file.p[0] == RT_DER_SEQUENCE)
        return file;
    MUST(rt_pem_next(&text, "CERTIFICATE", &der));
    ratls_buffer_free(&file);
    return der;
}

static const struct {
    const char *cert, *issuer;
    enum rt_key_type key;
    enum rt_sig_alg alg;
} rows[] = {
    {"anchors/huawei-ecc-attestation-root-1.pem", "anchors/huawei-ecc-attestation-root-1.pem",
     RT_KEY_P521, RT_SIG_ECDSA_SHA512},
    {"anchors/huawei-ecc-cca-ca-1.pem", "anchors/huawei-ecc-attestation-root-1.pem", RT_KEY_P521,
     RT_SIG_ECDSA_SHA512},
    {"anchors/huawei-equipment-ca.pem", "anchors/huawei-equipment-ca.pem", RT_KEY_RSA,
     RT_SIG_RSA_SHA256},
    {"anchors/huawei-it-product-ca.pem", "anchors/huawei-equipment-ca.pem", RT_KEY_RSA,
     RT_SIG_RSA_SHA256},
    {"virtcca/dev-cert.der", "anchors/huawei-it-product-ca.pem", RT_KEY_RSA, RT_SIG_RSA_SHA256},
};

static void check_row(size_t i)
{
    struct ratls_buffer der = read_cert(rows[i].cert), by = read_cert(rows[i].issuer);
    struct rt_x509 cert, issuer;
    struct ratls_error err = {0};

    cr_assert_eq(rt_x509_parse(rt_bytes_of(&der), &cert, &err), RATLS_OK, "%s: %s", rows[i].cert,
                 err.detail);
    cr_assert_eq(rt_x509_parse(rt_bytes_of(&by), &issuer, &err), RATLS_OK, "%s: %s", rows[i].issuer,
                 err.detail);
    cr_expect_eq(cert.key.type, rows[i].key, "%s", rows[i].cert);
    cr_expect_eq(cert.sig_alg, rows[i].alg, "%s", rows[i].cert);
    cr_expect_eq(rt_x509_issued_by(&cert, &issuer, 0, &err), RATLS_OK, "%s: %s", rows[i].cert,
                 err.detail);
    der.p[cert.tbs.p + cert.tbs.len - 1 - der.p] ^= 1;
    cr_expect_eq(rt_x509_signed_by(&cert, &issuer, NULL), RATLS_E_CERT_SIGNATURE, "%s",
                 rows[i].cert);
    ratls_buffer_free(&der);
    ratls_buffer_free(&by);
}

Test(huawei_vectors, certificates_are_issued_by_their_cas)
{
    for (size_t i = 0; i < RT_COUNT(rows); i++)
        check_row(i);
}
