/* report.h - a device's attestation report taken apart: the request and the response of SPDM's
 * GET_MEASUREMENTS, one behind the other.
 *
 * Reference: DMTF DSP0274 1.1, tables "GET_MEASUREMENTS request" and "MEASUREMENTS response";
 * NVIDIA/nvtrust for the opaque data. Parsing proves nothing, and does not know which fields a kind
 * of device must have. */
#ifndef RT_NVIDIA_REPORT_H
#define RT_NVIDIA_REPORT_H

#include "base.h"
#include "crypto.h"

#define RT_NVIDIA_NONCE_LEN    32
#define RT_NVIDIA_DIGEST_LEN   RT_SHA384_LEN
#define RT_NVIDIA_SIG_LEN      96
#define RT_NVIDIA_MAX_BLOCKS   127 /* a GPU has 64, an NVSwitch 31 */
#define RT_NVIDIA_MAX_REPORT   (16 * 1024)
#define RT_NVIDIA_MAX_TRAILING 8 /* that collectors leave behind the signature */
#define RT_NVIDIA_PDI_LEN      8

/* Types of opaque data, as nvtrust numbers them. */
enum rt_nvidia_field {
    RT_NVIDIA_DRIVER_VERSION = 3,
    RT_NVIDIA_GPU_INFO = 4,
    RT_NVIDIA_VBIOS_VERSION = 6,
    RT_NVIDIA_NVDEC0_STATUS = 11,
    RT_NVIDIA_MEASUREMENT_COUNT = 12,
    RT_NVIDIA_CPR_INFO = 13,
    RT_NVIDIA_BOARD_ID = 14,
    RT_NVIDIA_CHIP_SKU = 15,
    RT_NVIDIA_CHIP_SKU_MOD = 16,
    RT_NVIDIA_PROJECT = 17,
    RT_NVIDIA_PROJECT_SKU = 18,
    RT_NVIDIA_PROJECT_SKU_MOD = 19,
    RT_NVIDIA_FWID = 20,
    RT_NVIDIA_PROTECTED_PCIE = 21,
    RT_NVIDIA_SWITCH_PDIS = 22, /* of a GPU: one for each link; of an NVSwitch: its own, reversed */
    RT_NVIDIA_GPU_PDIS = 26,    /* of an NVSwitch */
    RT_NVIDIA_FEATURE_FLAG = 36,
    RT_NVIDIA_FIELDS
};

struct rt_nvidia_report { /* slices of the evidence, borrowed */
    struct ratls_bytes signed_part, signature;
    struct ratls_bytes nonce;                       /* of whoever asked */
    struct ratls_bytes block[RT_NVIDIA_MAX_BLOCKS]; /* value of SPDM index i + 1 */
    size_t n_blocks;
    struct ratls_bytes field[RT_NVIDIA_FIELDS]; /* p NULL: absent */
    size_t trailing; /* bytes behind the signature, which nobody signed */
};

/* Cheap: version and code of the request, of any SPDM 1.x. */
bool rt_nvidia_is_report(struct ratls_bytes evidence);
/* RATLS_E_EVIDENCE_FORMAT; RATLS_E_EVIDENCE_PROFILE for another version of SPDM. */
RATLS_MUST_USE enum ratls_err rt_nvidia_report_read(struct ratls_bytes evidence,
                                                    struct rt_nvidia_report *out,
                                                    struct ratls_error *err);
/* SHA-384 over all values in the order of their index: the claim `measurement`. */
RATLS_MUST_USE enum ratls_err rt_nvidia_measurement(const struct rt_nvidia_report *report,
                                                    uint8_t out[RT_NVIDIA_DIGEST_LEN]);

#endif
