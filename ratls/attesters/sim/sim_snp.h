/* sim_snp.h - SEV-SNP reports of guests that do not exist, and the collateral of AMD's key service
 * for them. Format-true (AMD 56860 1.58, table 23); the knobs are for tests of refusal. */
#ifndef RT_SIM_SNP_H
#define RT_SIM_SNP_H

#include "sim_snp_pki.h"
#include "snp_evidence.h"

/* The fields of a report without the reserved ones; in the comments the offsets. */
struct rt_sim_snp_report {
    uint32_t version;              /* 0x000 */
    uint32_t guest_svn;            /* 0x004 */
    uint64_t policy;               /* 0x008 */
    uint8_t family_id[16];         /* 0x010 */
    uint8_t image_id[16];          /* 0x020 */
    uint32_t vmpl;                 /* 0x030 */
    uint32_t signature_algo;       /* 0x034 */
    uint8_t current_tcb[8];        /* 0x038 */
    uint64_t platform_info;        /* 0x040 */
    uint32_t key_bits;             /* 0x048 */
    uint8_t report_data[64];       /* 0x050 */
    uint8_t measurement[48];       /* 0x090 */
    uint8_t host_data[32];         /* 0x0c0 */
    uint8_t id_key_digest[48];     /* 0x0e0 */
    uint8_t author_key_digest[48]; /* 0x110 */
    uint8_t report_id[32];         /* 0x140 */
    uint8_t report_id_ma[32];      /* 0x160 */
    uint8_t reported_tcb[8];       /* 0x180 */
    uint8_t cpuid[3];              /* 0x188, from version 3 on */
    uint8_t chip_id[64];           /* 0x1a0 */
    uint8_t committed_tcb[8];      /* 0x1e0 */
    uint8_t current[3];            /* 0x1e8: build, minor, major */
    uint8_t committed[3];          /* 0x1ec */
    uint8_t launch_tcb[8];         /* 0x1f0 */
    uint8_t launch_mit_vector[8];  /* 0x1f8, from version 5 on */
    uint8_t current_mit_vector[8]; /* 0x200, from version 5 on */
};
#define RT_SIM_SNP_SMT        (1ULL << 16)
#define RT_SIM_SNP_ONE        (1ULL << 17)
#define RT_SIM_SNP_MIGRATE_MA (1ULL << 18)
#define RT_SIM_SNP_DEBUG      (1ULL << 19)
#define RT_SIM_SNP_VLEK_BITS  (1U << 2)

/* A guest without debugger and migration agent on this platform; measurement 5353... */
void rt_sim_snp_report_usual(const struct rt_sim_snp_platform *p, struct rt_sim_snp_report *out);
/* The 1184 bytes, signed by keys->vek. *out is new. */
RATLS_MUST_USE enum ratls_err rt_sim_snp_report(const struct ratls_env *env,
                                                const struct rt_sim_snp_keys *keys,
                                                const struct rt_sim_snp_report *report,
                                                struct ratls_buffer *out);
/* Signs anew what stands in bytes 0 to 0x29f, so that a field, a reserved one too, may hold
 * anything under a good signature; the rest of the fields of R and S and what follows stay as they
 * are. */
RATLS_MUST_USE enum ratls_err rt_sim_snp_sign(const struct ratls_env *env,
                                              const struct rt_sim_snp_keys *keys,
                                              uint8_t report[RT_SNP_REPORT_LEN]);
/* Report and certificate table behind it. *out is new. */
RATLS_MUST_USE enum ratls_err rt_sim_snp_extend(struct ratls_bytes report, bool vlek,
                                                const struct rt_sim_snp_chain *chain,
                                                struct ratls_buffer *out);

struct rt_sim_snp_collateral_knobs {
    int64_t this_update, next_update; /* of the CRL; 0: a day ago, in 30 days */
    uint64_t number;                  /* 0: 7 */
    bool revoke;                      /* the ASK or ASVK */
    bool by_ask, by_ec;               /* who signs the CRL instead of the ARK */
    bool wrong_issuer_name;
    bool with_vek;
    /* A member left out, or with another JSON value ("null", "7"). */
    const char *without, *instead, *instead_json;
};

/* The document of verifiers/snp/snp_collateral.h. *json is new. `knobs` may be NULL. */
RATLS_MUST_USE enum ratls_err rt_sim_snp_collateral(const struct ratls_env *env,
                                                    const struct rt_sim_snp_keys *keys,
                                                    const struct rt_sim_snp_chain *chain,
                                                    const struct rt_sim_snp_collateral_knobs *knobs,
                                                    struct ratls_buffer *json);

#endif
