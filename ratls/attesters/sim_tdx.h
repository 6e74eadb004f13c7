/* sim_tdx.h - format-true TDX quotes (version 4, TD report 1.0) of a platform that does not exist.
 *
 * Signed part, signature data and certification data are laid out as Intel's quoting library does,
 * so that the code paths of production run anywhere. The knobs are for tests of refusal; all zero
 * gives a quote that a verifier accepts once the simulated root is trusted. */
#ifndef RT_SIM_TDX_H
#define RT_SIM_TDX_H

#include "base.h"
#include "crypto.h"
#include "sim_pki.h"

/* TD report body 1.0, in order. */
struct rt_sim_td {
    uint8_t tee_tcb_svn[16];
    uint8_t mr_seam[48];
    uint8_t mr_signer_seam[48];
    uint64_t seam_attributes;
    uint64_t td_attributes;
    uint64_t xfam;
    uint8_t mr_td[48];
    uint8_t mr_config_id[48];
    uint8_t mr_owner[48];
    uint8_t mr_owner_config[48];
    uint8_t rtmr[4][48];
    uint8_t report_data[64];
};
#define RT_SIM_TD_DEBUG           (1ULL << 0)
#define RT_SIM_TD_SEPT_VE_DISABLE (1ULL << 28)

/* A production TD: no debug, SEPT_VE_DISABLE, MRTD 5151.., RTMRs of made-up values. */
void rt_sim_td_usual(struct rt_sim_td *td);

enum rt_sim_order { RT_SIM_LEAF_FIRST, RT_SIM_ROOT_FIRST };

struct rt_sim_quote_knobs {
    uint16_t version;       /* 0: 4; other values change the header only */
    bool quote_by_stranger; /* the quote is signed by a key that is not in it */
    bool qe_by_stranger;    /* the QE report is not signed by the PCK */
    bool qe_names_stranger; /* the QE report vouches for another attestation key */
    bool qe_upper_half;     /* QE report data is not zero from byte 32 on */
    bool qe_debug;          /* the quoting enclave can be debugged */
    bool ak_off_curve;      /* everything fits, but the attestation key is no point */
    bool no_auth;           /* authentication data of length 0 */
    uint16_t cert_type;     /* 0: 5 */
    uint16_t outer_type;    /* 0: 6 */
    unsigned n_certs;       /* PEM certificates; 0: 3; the root is repeated or left out */
    enum rt_sim_order order;
    bool der_chain;                /* concatenated DER instead of PEM */
    struct ratls_bytes chain_tail; /* appended to the PEM text */
    size_t trailing_len;           /* bytes 0xee behind the signature data */
};

/* *out is new; the attestation key is made for it. `knobs` may be NULL. */
RATLS_MUST_USE enum ratls_err rt_sim_tdx_quote(const struct ratls_env *env,
                                               const struct rt_sim_pki *pki,
                                               const struct rt_sim_td *td,
                                               const struct rt_sim_quote_knobs *knobs,
                                               struct ratls_buffer *out);

#endif
