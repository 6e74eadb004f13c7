#include "certs.h"

#define PEM_HEAD "-----BEGIN "

static enum ratls_err too_many(struct ratls_error *err)
{
    return ratls_fail(err, RATLS_E_EVIDENCE_CHAIN, "more than %d certificates", RT_SNP_MAX_CERTS);
}

/* All certificates of a PEM text. */
static enum ratls_err add_pem(struct rt_snp_certs *c, struct ratls_bytes text,
                              struct ratls_error *err)
{
    struct ratls_buffer der = {0};
    enum ratls_err e;

    while ((e = rt_pem_next(&text, "CERTIFICATE", &der)) == RATLS_OK) {
        if (c->n == RT_SNP_MAX_CERTS) {
            ratls_buffer_free(&der);
            return too_many(err);
        }
        c->item[c->n++] = (struct rt_snp_cert){.der = rt_bytes_of(&der), .owned = der};
    }
    if (e == RATLS_E_CLOSED)
        return RATLS_OK;
    return rt_is_own_failure(e)
               ? ratls_fail(err, e, "certificates")
               : ratls_fail(err, RATLS_E_EVIDENCE_CHAIN, "certificates: malformed PEM");
}

/* Hosts put DER there, some the PEM of AMD's service. */
static enum ratls_err add_table(struct rt_snp_certs *c, struct ratls_bytes bytes,
                                struct ratls_error *err)
{
    struct rt_cert_table table;
    enum ratls_err e = rt_cert_table_read(bytes, &table, err);

    for (size_t i = 0; i < RT_CERT_KINDS && e == RATLS_OK; i++) {
        if (table.cert[i].len == 0)
            continue;
        if (rt_starts_with(rt_without_space(table.cert[i]), PEM_HEAD))
            e = add_pem(c, table.cert[i], err);
        else if (c->n == RT_SNP_MAX_CERTS)
            e = too_many(err);
        else
            c->item[c->n++] = (struct rt_snp_cert){.der = table.cert[i]};
    }
    return e;
}

enum ratls_err rt_snp_certs_open(struct rt_snp_certs *c, struct ratls_bytes table,
                                 struct ratls_bytes pem, struct ratls_error *err)
{
    enum ratls_err e = RATLS_OK;

    c->n = 0;
    c->failure = RATLS_OK;
    if (table.len > 0)
        e = add_table(c, table, err);
    return e ? e : add_pem(c, pem, err);
}

void rt_snp_certs_free(struct rt_snp_certs *c)
{
    for (size_t i = 0; i < c->n; i++)
        ratls_buffer_free(&c->item[i].owned);
    c->n = 0;
}

const struct rt_x509 *rt_snp_certs_at(struct rt_snp_certs *c, size_t i)
{
    struct rt_snp_cert *item = &c->item[i];

    if (!item->is_read) {
        const enum ratls_err e = rt_x509_parse(item->der, &item->cert, NULL);
        item->is_good = e == RATLS_OK;
        item->is_read = true;
        if (rt_is_own_failure(e))
            c->failure = e;
    }
    return item->is_good ? &item->cert : NULL;
}
