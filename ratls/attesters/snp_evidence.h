/* snp_evidence.h - evidence of SEV-SNP: the attestation report, directly followed by a certificate
 * table when there is one. Common to all ways by which Linux gives the two.
 *
 * The table is written anew with the kinds of certificate that certs/cert_table.h names: the host's
 * own one is filled up with zeros to whole pages and may hold entries that no verifier reads.
 * Nothing is verified here: a report or certificate that is worth nothing is found by the verifier.
 */
#ifndef RT_SNP_EVIDENCE_H
#define RT_SNP_EVIDENCE_H

#include "base.h"
#include "ratls/evidence.h"

#define RT_SNP_MEDIA_TYPE "application/vnd.ratls.snp"
#define RT_SNP_MAX_VMPL   3
/* AMD 56860 ("SEV Secure Nested Paging Firmware ABI Specification") 1.58, table 23. */
#define RT_SNP_REPORT_LEN 1184

/* The certificate table, new, that stands for one that the host does not give: of a file with a
 * VCEK or VLEK and, optionally, ASK (ASVK) and ARK, PEM or DER. Told apart by their common names.
 * RATLS_E_IO, RATLS_E_CONFIG or what is wrong with a certificate. An empty path: no table. */
RATLS_MUST_USE enum ratls_err rt_snp_own_table(const struct ratls_env *env, const char *path,
                                               struct ratls_buffer *table, struct ratls_error *err);

struct rt_snp_answer {                /* borrowed */
    struct ratls_bytes report, table; /* of the machine; the table may be empty or zeros */
    struct ratls_bytes own_table;     /* instead, when that one has neither VCEK nor VLEK */
    const uint8_t *report_data;       /* the RATLS_REPORT_DATA_LEN bytes that were asked for */
};

/* *out is new. RATLS_E_ATTESTER: no whole report over `report_data`, or no readable table. */
RATLS_MUST_USE enum ratls_err rt_snp_evidence(const struct rt_snp_answer *answer,
                                              struct ratls_buffer *out, struct ratls_error *err);

#endif
