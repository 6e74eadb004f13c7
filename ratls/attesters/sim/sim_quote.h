/* sim_quote.h - format-true SGX and TDX quotes of a platform that does not exist.
 *
 * Header, signature data and certification data are laid out as Intel's quoting library does, so
 * that the code paths of production run anywhere: "SGX ECDSA Quoting Library API" (version 3),
 * "TDX DCAP Quoting Library API" (versions 4 and 5). The bodies are those of sim_tdx.h and
 * sim_sgx.h. The knobs are for tests of refusal; all zero gives a quote that a verifier accepts
 * once the simulated root is trusted. */
#ifndef RT_SIM_QUOTE_H
#define RT_SIM_QUOTE_H

#include "base.h"
#include "crypto.h"
#include "sim_pki.h"

enum rt_sim_order { RT_SIM_LEAF_FIRST, RT_SIM_ROOT_FIRST };

struct rt_sim_quote_knobs {
    /* Layout: a TD comes in 4 and 5, an enclave in 3, 4 and 5. */
    uint16_t layout;    /* 0: 4 for a TD, 3 for an enclave */
    bool td_report_1_5; /* of a TD in layout 5: body type 3 instead of 2 */
    /* Header and descriptor: what they claim, not what follows. */
    uint16_t version;       /* 0: the layout */
    uint32_t tee_type_flaw; /* exclusive or; 0x81 turns one kind into the other */
    bool other_vendor;      /* of the quoting enclave: not Intel */
    uint16_t body_type;     /* layout 5; 0: that of the body */
    uint32_t body_len;      /* layout 5; 0: that of the body */
    /* Who signs what. */
    bool quote_by_stranger; /* the quote is signed by a key that is not in it */
    bool qe_by_stranger;    /* the QE report is not signed by the PCK */
    bool qe_names_stranger; /* the QE report vouches for another attestation key */
    bool ak_off_curve;      /* everything fits, but the attestation key is no point */
    /* QE report. */
    bool qe_upper_half;          /* report data is not zero from byte 32 on */
    bool qe_debug;               /* the quoting enclave can be debugged */
    uint64_t qe_flags, qe_xfrm;  /* 0: 0x11 (INIT, PROVISION_KEY), 0xe7 */
    uint32_t qe_misc_select;     /* usual: 0 */
    const uint8_t *qe_mr_signer; /* 32 bytes; NULL: Intel's */
    uint16_t qe_isv_prod_id;     /* 0: 2 for a TD, 1 for an enclave */
    uint16_t qe_isv_svn;         /* 0: 8 */
    /* The rest of the signature data. */
    bool no_auth;        /* authentication data of length 0 */
    uint16_t auth_len;   /* 0: 32 */
    uint16_t cert_type;  /* 0: 5. 1 to 3: PPID and SVNs; 4: the PCK leaf; others: the chain */
    uint16_t outer_type; /* layouts 4 and 5; 0: 6 */
    unsigned n_certs;    /* certificates of the chain; 0: 3; the root is repeated or left out */
    enum rt_sim_order order;
    bool der_chain;                /* concatenated DER instead of PEM */
    struct ratls_bytes chain_tail; /* appended to the PEM text */
    size_t trailing_len;           /* bytes 0xee behind the signature data */
};

/* Types as in the descriptor of version 5. */
struct rt_sim_body {
    enum { RT_SIM_ENCLAVE = 1, RT_SIM_TD_1_0 = 2, RT_SIM_TD_1_5 = 3 } type;
    struct ratls_bytes bytes;
};

/* What rt_sim_tdx_quote() and rt_sim_sgx_quote() have in common. *out is new; the attestation key
 * is made for it. `knobs` may be NULL. RATLS_E_USAGE for a layout that the body does not come in.
 */
RATLS_MUST_USE enum ratls_err rt_sim_quote(const struct ratls_env *env,
                                           const struct rt_sim_pki *pki,
                                           const struct rt_sim_body *body,
                                           const struct rt_sim_quote_knobs *knobs,
                                           struct ratls_buffer *out);

#endif
