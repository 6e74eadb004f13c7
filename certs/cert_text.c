#include "cert_text.h"

#include "der.h"

static const struct kind {
    const char *label, *name;
} certificate = {"CERTIFICATE", "certificate"}, crl = {"X509 CRL", "revocation list"};

static enum ratls_err each(struct ratls_bytes file, const struct kind *kind, rt_cert_fn *take,
                           void *arg, struct ratls_error *err)
{
    struct ratls_buffer der = {0};
    size_t n = 0;
    enum ratls_err e;

    if (file.len > 0 && file.p[0] == RT_DER_SEQUENCE)
        return take(arg, file, err);
    for (; (e = rt_pem_next(&file, kind->label, &der)) == RATLS_OK; n++) {
        e = take(arg, rt_bytes_of(&der), err);
        ratls_buffer_free(&der);
        if (e)
            return e;
    }
    if (e == RATLS_E_NO_MEMORY)
        return e;
    if (e != RATLS_E_CLOSED)
        return ratls_fail(err, RATLS_E_CONFIG, "malformed PEM");
    return n ? RATLS_OK : ratls_fail(err, RATLS_E_CONFIG, "no %s in the text", kind->name);
}

enum ratls_err rt_each_cert(struct ratls_bytes file, rt_cert_fn *take, void *arg,
                            struct ratls_error *err)
{
    return each(file, &certificate, take, arg, err);
}

enum ratls_err rt_each_crl(struct ratls_bytes file, rt_cert_fn *take, void *arg,
                           struct ratls_error *err)
{
    return each(file, &crl, take, arg, err);
}
