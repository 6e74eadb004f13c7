/* report.h - a report of iTrustee, taken apart.
 *
 * Reference: openEuler itrustee_sdk, remote attestation without attestation service (scenario
 * "sce_no_as"); secGear, service/attestation. The report is the text that cJSON prints, and what is
 * signed are its payloads as cJSON prints each alone: a report must be that text to the byte, so
 * that the parts which are printed again are the parts that came. Parsing proves nothing. */
#ifndef RT_ITRUSTEE_REPORT_H
#define RT_ITRUSTEE_REPORT_H

#include "base.h"
#include "crypto.h"

enum { RT_ITRUSTEE_RSA_MAX = 512, RT_ITRUSTEE_NONCE_MAX = 64, RT_ITRUSTEE_TEXT_MAX = 128 };

struct cJSON;

/* The modulus and exponent of a key, and the key, which borrows them. */
struct rt_itrustee_key {
    uint8_t n[RT_ITRUSTEE_RSA_MAX], e[8];
    size_t n_len, e_len;
    struct rt_public_key key;
};

struct rt_itrustee_signed {
    struct ratls_buffer text; /* what was signed */
    uint8_t sig[RT_ITRUSTEE_RSA_MAX];
    size_t sig_len;
};

struct rt_itrustee_report { /* owns everything; texts are those of `json` */
    struct cJSON *json;
    struct ratls_buffer drk_cert; /* DER, of the device's key */
    struct rt_itrustee_signed by_drk, by_ak;
    struct rt_itrustee_key ak;
    struct rt_itrustee_key ta; /* of the TA's own; n_len 0: it has none */
    const char *version, *uuid, *hash_alg, *scenario;
    uint8_t nonce[RT_ITRUSTEE_NONCE_MAX];
    size_t nonce_len;
    uint8_t ta_img[RT_SHA256_LEN], ta_mem[RT_SHA256_LEN];
    uint8_t qta_img[RT_SHA256_LEN], qta_mem[RT_SHA256_LEN];
};

/* Cheap: an object that names its parts. */
bool rt_itrustee_recognises(struct ratls_bytes evidence);
/* *out is new and stays where it is: rt_itrustee_report_free(), also after an error.
 * RATLS_E_EVIDENCE_FORMAT; RATLS_E_EVIDENCE_PROFILE for another scenario or version;
 * RATLS_E_EVIDENCE_ALGORITHM for other algorithms than PS256 with SHA-256, and for an attestation
 * key that is not RSA of 3072 bits at least with exponent 65537. */
RATLS_MUST_USE enum ratls_err rt_itrustee_report_read(struct ratls_bytes evidence,
                                                      struct rt_itrustee_report *out,
                                                      struct ratls_error *err);
void rt_itrustee_report_free(struct rt_itrustee_report *report);

#endif
