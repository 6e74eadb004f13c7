/* pck.h - the SGX extension of Intel's provisioning certification key (PCK) certificate: which
 * platform, with which security version numbers.
 *
 * Reference: Intel "SGX PCK Certificate and Certificate Revocation List Profile Specification" 1.5,
 * extension 1.2.840.113741.1.13.1. Says nothing about the TCB: that needs collateral. */
#ifndef RT_PCK_H
#define RT_PCK_H

#include "base.h"
#include "ratls/evidence.h"

#define RT_PCK_COMPONENTS 16

/* Values as in the certificate, nothing interpreted. */
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

/* <prefix>.ppid, fmspc, pce_id, cpu_svn, pce_svn, component_svns, sgx_type, pck_ca and, with the
 * Platform CA, platform_instance_id, dynamic_platform, cached_keys, smt_enabled; also platform_id.
 */
void rt_pck_claims(const struct rt_pck_ext *ext, const char *prefix, struct ratls_claims *claims);

#endif
