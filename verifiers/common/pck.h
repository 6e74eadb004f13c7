/* pck.h - Intel's provisioning certification key (PCK) certificate and its chain.
 *
 * References: Intel "SGX PCK Certificate and Certificate Revocation List Profile Specification" 1.5
 * (extension 1.2.840.113741.1.13.1, names, lifetimes).
 * Does NOT look at CRLs, and says nothing about the TCB: that needs collateral. */
#ifndef RT_PCK_H
#define RT_PCK_H

#include "base.h"
#include "ratls/evidence.h"
#include "ratls/verifier.h"
#include "x509.h"

#define RT_PCK_CERTS      3 /* leaf, intermediate, root */
#define RT_PCK_COMPONENTS 16

/* The SGX extension; values as in the certificate, nothing interpreted. */
struct rt_pck_ext {
    uint8_t ppid[16];
    uint8_t component_svn[RT_PCK_COMPONENTS];
    uint16_t pce_svn;
    uint8_t cpu_svn[16];
    uint8_t pce_id[2];
    uint8_t fmspc[6];
    uint8_t sgx_type;  /* 0 standard, 1 scalable, 2 scalable with integrity */
    bool has_platform; /* the three fields of the Platform CA below */
    uint8_t platform_instance_id[16];
    bool dynamic_platform, cached_keys, smt_enabled;
};

/* Content of the extension. All of it must be there, once: 5 entries or 7, and 18 of the TCB. */
RATLS_MUST_USE enum ratls_err rt_pck_ext_parse(struct ratls_bytes value, struct rt_pck_ext *out,
                                               struct ratls_error *err);

/* certs[0] is the leaf. The certificates borrow from `der`, which the chain owns. */
struct rt_pck_chain {
    struct ratls_buffer der[RT_PCK_CERTS];
    struct rt_x509 certs[RT_PCK_CERTS];
    struct rt_pck_ext ext; /* of the leaf */
    bool simulated;        /* after the check: the root is one of a simulated TEE */
};

/* Exactly three PEM certificates, leaf first, white space between them and at most one NUL at the
 * end (certification data of type 5). Parses the SGX extension. Proves nothing.
 * RATLS_E_EVIDENCE_CHAIN. Free with rt_pck_chain_free(), also after an error. */
RATLS_MUST_USE enum ratls_err rt_pck_chain_read(struct ratls_bytes pem, struct rt_pck_chain *out,
                                                struct ratls_error *err);
void rt_pck_chain_free(struct rt_pck_chain *c);

/* Root pinned by its key in input->roots (RATLS_E_EVIDENCE_ROOT), names, algorithms, extensions and
 * signatures (RATLS_E_EVIDENCE_CHAIN), dates at input->now (RATLS_E_EVIDENCE_TIME). */
RATLS_MUST_USE enum ratls_err rt_pck_chain_check(struct rt_pck_chain *c,
                                                 const struct ratls_verify_input *input,
                                                 struct ratls_error *err);

/* <prefix>.ppid, fmspc, pce_id, cpu_svn, pce_svn, component_svns, sgx_type and, with the Platform
 * CA, platform_instance_id, dynamic_platform, cached_keys, smt_enabled; also platform_id. */
void rt_pck_claims(const struct rt_pck_ext *ext, const char *prefix, struct ratls_claims *claims);

#endif
