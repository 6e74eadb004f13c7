/* certs.h - the certificates at hand for one report: out of its own table, from beside it, and out
 * of collateral. Which of them counts is decided here, by what they are; that they are genuine is
 * proven by amd_chain.h. */
#ifndef RT_SNP_CERTS_H
#define RT_SNP_CERTS_H

#include "cert_table.h"
#include "snp_collateral.h"

#define RT_SNP_MAX_CERTS 16

/* A certificate outside of collateral, read when somebody asks for it. */
struct rt_snp_cert {
    struct ratls_bytes der;
    struct ratls_buffer owned; /* decoded from PEM */
    bool is_read, is_good;
    struct rt_x509 cert;
};

struct rt_snp_certs {
    struct rt_snp_cert item[RT_SNP_MAX_CERTS];
    size_t n;
    enum ratls_err failure; /* of our own while one was read; RATLS_OK: none so far */
};

/* `table` (may be empty) is read as a certificate table; `pem` is the text of certificates. Free
 * with rt_snp_certs_free(), also after an error. RATLS_E_EVIDENCE_FORMAT, _CHAIN (malformed or too
 * many of them beside the evidence). */
RATLS_MUST_USE enum ratls_err rt_snp_certs_open(struct rt_snp_certs *c, struct ratls_bytes table,
                                                struct ratls_bytes pem, struct ratls_error *err);
void rt_snp_certs_free(struct rt_snp_certs *c);
/* The i-th, read; NULL when it is no certificate, or after a failure of our own. */
const struct rt_x509 *rt_snp_certs_at(struct rt_snp_certs *c, size_t i);

#endif
