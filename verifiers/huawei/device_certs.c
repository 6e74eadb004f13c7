#include "device_certs.h"

#define PEM_HEAD "-----BEGIN "

static enum ratls_err too_many(struct ratls_error *err)
{
    return ratls_fail(err, RATLS_E_EVIDENCE_CHAIN, "more than %d certificates",
                      RT_HUAWEI_MAX_CERTS);
}

static bool is_known(const struct rt_huawei_certs *c, struct ratls_bytes der)
{
    for (size_t i = 0; i < c->n; i++)
        if (ratls_bytes_equal(c->cert[i].der, der))
            return true;
    return false;
}

/* One that cannot be read may be the one that is meant: it is no reason to look for another. */
static enum ratls_err add_der(struct rt_huawei_certs *c, struct ratls_bytes der,
                              struct ratls_error *err)
{
    struct ratls_error inner = {0};

    if (is_known(c, der))
        return RATLS_OK;
    if (c->n == RT_HUAWEI_MAX_CERTS)
        return too_many(err);
    enum ratls_err e = rt_x509_parse(der, &c->cert[c->n], &inner);
    if (e)
        return ratls_fail(err, rt_is_own_failure(e) ? e : RATLS_E_EVIDENCE_CHAIN,
                          "one of the certificates: %s", inner.detail);
    c->n++;
    return RATLS_OK;
}

/* All certificates of a PEM text. */
static enum ratls_err add_pem(struct rt_huawei_certs *c, struct ratls_bytes text,
                              struct ratls_error *err)
{
    struct ratls_buffer der = {0};
    enum ratls_err e;

    while ((e = rt_pem_next(&text, "CERTIFICATE", &der)) == RATLS_OK) {
        if (c->n_owned == RT_HUAWEI_MAX_CERTS) {
            ratls_buffer_free(&der);
            return too_many(err);
        }
        c->owned[c->n_owned++] = der;
        if ((e = add_der(c, rt_bytes_of(&der), err)) != RATLS_OK)
            return e;
    }
    if (e == RATLS_E_CLOSED)
        return RATLS_OK;
    return rt_is_own_failure(e)
               ? ratls_fail(err, e, "certificates")
               : ratls_fail(err, RATLS_E_EVIDENCE_CHAIN, "certificates: malformed PEM");
}

/* Senders give DER, or the PEM of a file as it is. */
static enum ratls_err add(struct rt_huawei_certs *c, struct ratls_bytes cert,
                          struct ratls_error *err)
{
    return rt_starts_with(rt_without_space(cert), PEM_HEAD) ? add_pem(c, cert, err)
                                                            : add_der(c, cert, err);
}

enum ratls_err rt_huawei_certs_open(struct rt_huawei_certs *c, const struct ratls_bytes *given,
                                    size_t n, struct ratls_bytes pem, struct ratls_error *err)
{
    enum ratls_err e = RATLS_OK;

    c->n = c->n_owned = 0;
    for (size_t i = 0; i < n && e == RATLS_OK; i++)
        e = add(c, given[i], err);
    return e ? e : add_pem(c, pem, err);
}

void rt_huawei_certs_free(struct rt_huawei_certs *c)
{
    for (size_t i = 0; i < c->n_owned; i++)
        ratls_buffer_free(&c->owned[i]);
    c->n = c->n_owned = 0;
}

enum ratls_err rt_huawei_device(const struct rt_huawei_certs *c, const struct rt_x509 **out,
                                struct ratls_error *err)
{
    *out = NULL;
    for (size_t i = 0; i < c->n; i++) {
        if (c->cert[i].is_ca)
            continue;
        if (*out)
            return ratls_fail(err, RATLS_E_EVIDENCE_CHAIN,
                              "more than one certificate that is no CA's");
        *out = &c->cert[i];
    }
    if (!*out)
        return ratls_fail(err, RATLS_E_COLLATERAL_MISSING,
                          "no certificate of the device is there: not in the evidence, not beside "
                          "it");
    return RATLS_OK;
}
