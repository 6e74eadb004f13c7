/* snp_certs_support.h - files of certificates whose names are those of AMD's keys, and certificate
 * tables as hosts make them. */
#ifndef RT_SNP_CERTS_SUPPORT_H
#define RT_SNP_CERTS_SUPPORT_H

#include <criterion/criterion.h>
#include <unistd.h>

#include "cert_table.h"
#include "snp_evidence.h"
#include "x509_support.h"

static inline struct ratls_buffer cert_named(const char *cn)
{
    struct made m;

    make((struct rt_mint){.subject = {.common_name = cn}, .path_len = -1}, NULL, &m);
    rt_key_free(m.key);
    return m.der;
}

/* PEM of certificates with these common names, new; NULL ends them. */
static inline struct ratls_buffer pem_of(const char *const *names)
{
    struct rt_writer w = {0};
    struct ratls_buffer der, pem;

    for (; *names; names++) {
        der = cert_named(*names);
        MUST(rt_pem_write("CERTIFICATE", rt_bytes_of(&der), &pem));
        rt_put_bytes(&w, rt_bytes_of(&pem));
        ratls_buffer_free(&pem);
        ratls_buffer_free(&der);
    }
    MUST(rt_writer_take(&w, &der));
    return der;
}

/* `path` is a template of mkstemp(). */
static inline void put_temporary(char *path, struct ratls_bytes content)
{
    int fd = mkstemp(path);

    cr_assert(fd >= 0);
    cr_assert_eq(write(fd, content.p, content.len), (ssize_t)content.len);
    (void)close(fd);
}

/* A table, new, in a buffer of `len` bytes whose rest is zero. */
static inline struct ratls_buffer table_of(const struct rt_cert_table *entries, size_t len)
{
    struct rt_writer w = {0};
    struct ratls_buffer out = {0};

    rt_cert_table_write(entries, &w);
    while (w.len < len)
        rt_put_u8(&w, 0);
    MUST(rt_writer_take(&w, &out));
    return out;
}

/* What follows the report in `evidence`. */
static inline struct rt_cert_table table_behind(struct ratls_bytes evidence)
{
    struct rt_reader r = rt_reader(evidence);
    struct rt_cert_table table;
    struct ratls_error err = {0};

    rt_skip(&r, RT_SNP_REPORT_LEN);
    cr_assert_eq(rt_cert_table_read(rt_rest(&r), &table, &err), RATLS_OK, "%s", err.detail);
    return table;
}

/* A report over `report_data`, the rest all one byte. */
static inline void fill_report(uint8_t report[RT_SNP_REPORT_LEN], const uint8_t *report_data)
{
    memset(report, 'R', RT_SNP_REPORT_LEN);
    memcpy(report + 0x50, report_data, RATLS_REPORT_DATA_LEN);
}

#endif
