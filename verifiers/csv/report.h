/* report.h - the attestation report of CSV, versions 1 and 2, read field by field.
 *
 * Version 1 is masked: bytes 0 to 188, PEK and serial number are XORed with the four bytes of
 * anonce, which stand beside them. The signature is over masked bytes, and not over anonce: whoever
 * has a genuine report can choose another anonce and mask PEK and serial number anew, and every
 * signed field then unmasks to another value (README.md, "The mask"). Parsing proves nothing. */
#ifndef RT_CSV_REPORT_H
#define RT_CSV_REPORT_H

#include "hygon.h"
#include "ratls/evidence.h"

#define RT_CSV_HEAD_LEN    188
#define RT_CSV_SERIAL_LEN  64
#define RT_CSV_MEASURE_LEN RT_SM3_LEN
#define RT_CSV_RTMRS       5

struct rt_csv_report { /* borrows from the evidence, and from itself: it must not be copied */
    unsigned version;
    struct ratls_bytes signed_part;
    uint8_t signature[RT_SM2_SIG_LEN];
    struct ratls_bytes pair; /* HSK and CEK that come along; len 0: none */

    uint8_t head[RT_CSV_HEAD_LEN]; /* unmasked; what follows points into it */
    struct ratls_bytes user_pubkey_digest, vm_id, vm_version, report_data, mnonce, measure;
    uint32_t policy, sig_usage, sig_algo;

    struct ratls_bytes anonce; /* version 1 */
    uint32_t build;            /* version 2 */
    uint16_t rtmr_version;
    struct ratls_bytes rtmr[RT_CSV_RTMRS];

    uint8_t pek_bytes[RT_HYGON_LEAF_LEN]; /* unmasked */
    struct rt_hygon_cert pek;
    char serial[RT_CSV_SERIAL_LEN + 1]; /* printable; signed by nobody */
};

/* By sizes and the marks of a PEK, or by the magic that version 2 begins with. */
bool rt_csv_recognises(struct ratls_bytes evidence);

/* RATLS_E_EVIDENCE_FORMAT, _VERSION (a magic with other flags), _ALGORITHM (the PEK is for another
 * curve or algorithm). */
RATLS_MUST_USE enum ratls_err
rt_csv_report_read(struct ratls_bytes evidence, struct rt_csv_report *out, struct ratls_error *err);

/* Signed by the PEK that is in it? RATLS_E_EVIDENCE_FORMAT, _ALGORITHM, _SIGNATURE. */
RATLS_MUST_USE enum ratls_err rt_csv_report_prove(const struct rt_csv_report *report,
                                                  struct ratls_error *err);

#endif
