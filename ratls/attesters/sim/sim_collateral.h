/* sim_collateral.h - DCAP collateral of the simulated platform: TCB info, QE identity, both CRLs
 * and the chains of their signers, in one JSON file.
 *
 * The file has the members pck_crl_issuer_chain, pck_crl, root_ca_crl, tcb_info_issuer_chain,
 * tcb_info, qe_identity_issuer_chain and qe_identity: chains as PEM text, CRLs as DER in hex, the
 * other two as the vendor's service answers ("{"tcbInfo":...,"signature":"..."}", Intel "Trusted
 * Services API", version 4), byte for byte. It fits the quotes that were made under the same PKI
 * with the usual TD. The knobs are for tests of status and of refusal; all zero gives UpToDate. */
#ifndef RT_SIM_COLLATERAL_H
#define RT_SIM_COLLATERAL_H

#include "base.h"
#include "sim_pki.h"

/* Text instead of the first `from` becomes `to`; NULL: nothing. A `from` that is not there is an
 * error: no test shall pass because its flaw was never made. */
struct rt_sim_edit {
    const char *from, *to;
};

/* Certificates of a chain, from that of the signer up. */
enum rt_sim_chain {
    RT_SIM_CHAIN_USUAL, /* signer, root */
    RT_SIM_CHAIN_SIGNER,
    RT_SIM_CHAIN_ROOT_TWICE,
    RT_SIM_CHAIN_ROOT_FIRST,
};

/* Who signs. All zero: the TCB signer, the root or the CA of the PKI. */
struct rt_sim_signer_knobs {
    bool by_stranger; /* signed by a key that is nobody's */
    /* Key and certificate of a second PKI made with these knobs, under the same root ... */
    const struct rt_sim_pki_knobs *other;
    bool other_root; /* ... or under a root of its own, which its chain shows */
    enum rt_sim_chain chain;
};

struct rt_sim_document_knobs {
    struct rt_sim_signer_knobs signer;
    int64_t issue, next;        /* 0: a day ago, in 30 days */
    unsigned eval_number;       /* 0: 18 */
    const char *text;           /* the inner value as it stands; it is signed like the usual one */
    struct rt_sim_edit edit[2]; /* of the inner value, before it is signed */
    const char *signature;      /* instead of the hex digits */
    struct rt_sim_edit tamper;  /* of the whole document, after it was signed */
};

struct rt_sim_crl_knobs {
    struct rt_sim_signer_knobs signer; /* the chain form belongs to pck_crl alone */
    int64_t this_update, next_update;  /* 0: a day ago, in 30 days */
    bool wrong_issuer_name;            /* the CA's for the root's, and the other way round */
    bool no_number, no_aki;
    struct ratls_bytes ext_oid, ext_value; /* one more extension */
    bool ext_critical;
};

struct rt_sim_collateral_knobs {
    bool sgx;                  /* for SGX quotes, not TDX */
    unsigned tcb_info_version; /* 0: 3; 2: the old layout, which has no TDX */
    /* The level that the platform, its quoting enclave and its TDX module reach. NULL: UpToDate;
     * anything else puts a newer level above it. */
    const char *tcb_status, *qe_status, *module_status;
    /* NULL-terminated; NULL: none for UpToDate, else the usual ones. */
    const char *const *tcb_advisories, *const *qe_advisories, *const *module_advisories;
    bool shuffled; /* the lowest level comes first */
    /* All levels ask for more than there is: of component 1..16, of the PCE, ... */
    unsigned miss_component, miss_tdx_component;
    bool miss_pce_svn, miss_qe_svn, miss_module_svn;
    unsigned n_components, n_tdx_components; /* 0: 16 */
    /* Texts of members; NULL: what fits the platform. */
    const char *fmspc, *pce_id;
    const char *qe_id, *qe_mr_signer, *qe_attributes, *qe_attributes_mask, *qe_misc_select,
        *qe_misc_select_mask;
    unsigned qe_prod_id; /* 0: what fits */
    const char *module_id, *module_mr_signer, *module_attributes, *module_attributes_mask;
    bool no_module_identities;
    struct rt_sim_document_knobs tcb_info, qe_identity;
    struct rt_sim_crl_knobs root_crl, pck_crl;
    bool revoke_pck, revoke_ca, revoke_tcb_signer;
    /* The file itself: a member left out, and one with another JSON value ("null", "7"). */
    const char *without;
    const char *instead, *instead_json;
};

/* *json is new. `knobs` may be NULL. RATLS_E_USAGE for an edit that finds nothing. Signs with the
 * keys of root, CA and TCB signer: not while another thread does. */
RATLS_MUST_USE enum ratls_err rt_sim_collateral(const struct ratls_env *env,
                                                const struct rt_sim_pki *pki,
                                                const struct rt_sim_collateral_knobs *knobs,
                                                struct ratls_buffer *json);

#endif
