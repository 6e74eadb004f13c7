/* What a token is bound to, out of a certificate. */
#include "crypto.h"
#include "der.h"
#include "ratls/token.h"
#include "x509.h"

static enum ratls_err read_der(struct ratls_bytes der, struct ratls_buffer *spki,
                               uint8_t sha256[RT_SHA256_LEN], struct ratls_error *err)
{
    struct rt_x509 cert;
    enum ratls_err e = rt_x509_parse(der, &cert, err);

    if (!e)
        e = rt_sha256(der, sha256);
    return e ? e : rt_dup(cert.spki, spki);
}

enum ratls_err ratls_certificate_key(struct ratls_bytes cert, struct ratls_buffer *spki,
                                     uint8_t sha256[32], struct ratls_error *err)
{
    struct ratls_buffer der = {0};
    enum ratls_err e;

    *spki = (struct ratls_buffer){0};
    if (cert.len > 0 && cert.p[0] == RT_DER_SEQUENCE)
        return read_der(cert, spki, sha256, err);
    e = rt_pem_next(&cert, "CERTIFICATE", &der);
    if (e == RATLS_OK)
        e = read_der(rt_bytes_of(&der), spki, sha256, err);
    else if (e != RATLS_E_NO_MEMORY)
        e = ratls_fail(err, RATLS_E_CERT_FORMAT, "no certificate in PEM or DER");
    ratls_buffer_free(&der);
    return e;
}
