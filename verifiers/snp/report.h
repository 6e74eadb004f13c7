/* report.h - the SEV-SNP attestation report, and the evidence it travels in.
 *
 * AMD 56860 (SNP firmware ABI) 1.58, table 23; versions 2 to 5. Parsing proves nothing. What does
 * not depend on the generation of the processor is checked here: lengths, versions, everything that
 * must be zero, and that the report was signed at all and asked for by the guest.
 * Ownership: everything borrows from the evidence. */
#ifndef RT_SNP_REPORT_H
#define RT_SNP_REPORT_H

#include "base.h"

#define RT_SNP_REPORT_LEN 1184
#define RT_SNP_SIG_LEN    96 /* r || s, big endian */

enum rt_snp_signing_key { RT_SNP_VCEK = 0, RT_SNP_VLEK = 1 };
const char *rt_snp_key_name(enum rt_snp_signing_key key); /* "vcek", "vlek" */

enum rt_snp_tcb_of {
    RT_SNP_REPORTED,
    RT_SNP_CURRENT,
    RT_SNP_COMMITTED,
    RT_SNP_LAUNCH,
    RT_SNP_TCBS
};

struct rt_snp_firmware {
    uint8_t build, minor, major;
};

struct rt_snp_report {
    uint32_t version, guest_svn, vmpl;
    uint64_t policy, platform_info;
    bool author_key_en, mask_chip_key;
    enum rt_snp_signing_key signing_key;
    const uint8_t *family_id, *image_id;                   /* 16 bytes */
    const uint8_t *report_data;                            /* 64 */
    const uint8_t *measurement;                            /* 48 */
    const uint8_t *host_data;                              /* 32 */
    const uint8_t *id_key_digest, *author_key_digest;      /* 48 */
    const uint8_t *report_id, *report_id_ma;               /* 32 */
    const uint8_t *chip_id;                                /* 64 */
    const uint8_t *tcb[RT_SNP_TCBS];                       /* 8 */
    const uint8_t *launch_mit_vector, *current_mit_vector; /* 8; NULL before version 5 */
    bool has_cpuid;                                        /* from version 3 on */
    uint8_t cpu_family, cpu_model, cpu_stepping;
    struct rt_snp_firmware current, committed;
    struct ratls_bytes signed_part; /* bytes 0 to 0x29f */
    uint8_t signature[RT_SNP_SIG_LEN];
};

/* Cheap look at the head: a report of any version, or an HCL report of a paravisor. */
bool rt_snp_recognises(struct ratls_bytes evidence);

/* The report, and what stands behind it: nothing, or a certificate table (cert_table.h).
 * RATLS_E_EVIDENCE_UNKNOWN for paravisor evidence, _VERSION, _FORMAT; _SIGNATURE for a report that
 * says it is not signed. */
RATLS_MUST_USE enum ratls_err rt_snp_report_parse(struct ratls_bytes evidence,
                                                  struct rt_snp_report *out,
                                                  struct ratls_bytes *table,
                                                  struct ratls_error *err);

#endif
