/* sim_snp_pki.h - the test PKI of the simulated SEV-SNP platform: ARK, ASK or ASVK, and the
 * certificate of the signing key, in AMD's profile, under names that say what they are. What it
 * signs proves nothing.
 *
 * Keys are made once and may be kept in a folder; certificates are made anew from them, for any
 * generation. The knobs are for tests of refusal; all zero gives a chain that a verifier accepts
 * once its root is trusted. */
#ifndef RT_SIM_SNP_PKI_H
#define RT_SIM_SNP_PKI_H

#include "base.h"
#include "crypto.h"
#include "crypto_rsa.h"
#include "mint.h"

/* ---- keys ---- */

struct rt_sim_snp_keys {
    struct rt_rsa_key *ark, *ask; /* RSA-4096 */
    struct rt_rsa_key *asvk;      /* likewise; NULL where no VLEK is wanted */
    struct rt_key *vek;           /* P-384; VCEK and VLEK alike */
};

/* Some seconds: two keys of RSA-4096, no ASVK. *out is new: rt_sim_snp_keys_free(), also after an
 * error. */
RATLS_MUST_USE enum ratls_err rt_sim_snp_keys_make(const struct ratls_env *env,
                                                   struct rt_sim_snp_keys *out,
                                                   struct ratls_error *err);
/* Those in `directory` (ark.key, ask.key, vek.key); made there when it is absent or empty. */
RATLS_MUST_USE enum ratls_err rt_sim_snp_keys_open(const struct ratls_env *env,
                                                   const char *directory,
                                                   struct rt_sim_snp_keys *out,
                                                   struct ratls_error *err);
/* The ASVK's as well: that in `directory` of the others (asvk/asvk.key), made there when it is
 * absent; NULL: a new one. */
RATLS_MUST_USE enum ratls_err rt_sim_snp_keys_add_asvk(const struct ratls_env *env,
                                                       const char *directory,
                                                       struct rt_sim_snp_keys *keys,
                                                       struct ratls_error *err);
void rt_sim_snp_keys_free(struct rt_sim_snp_keys *keys);

/* ---- the platform ---- */

struct rt_sim_snp_product {
    const char *name; /* of the generation: "Milan" */
    const char *product_name;
    bool has_fmc;
    uint8_t struct_version;
    size_t hwid_len;
    uint8_t family, model, stepping;
    uint32_t report_version; /* usual one */
    uint8_t tcb[8];          /* usual one, as in a report */
};
/* NULL when there is no such generation. */
const struct rt_sim_snp_product *rt_sim_snp_product(const char *name);

/* What report and certificate must say alike. */
struct rt_sim_snp_platform {
    const struct rt_sim_snp_product *product;
    bool vlek;
    uint8_t tcb[8];      /* REPORTED_TCB, and the SPLs of the certificate */
    uint8_t chip_id[64]; /* Turin: 8 bytes and zeros */
};
/* The chip is named after its key; `keys` may be NULL: all zero. */
void rt_sim_snp_platform_usual(const struct rt_sim_snp_keys *keys,
                               const struct rt_sim_snp_product *product,
                               struct rt_sim_snp_platform *out);

/* ---- certificates ---- */

enum rt_sim_snp_cert { RT_SIM_ARK, RT_SIM_ASK, RT_SIM_VEK, RT_SIM_SNP_CERTS };

/* An extension of AMD, by the arcs behind 1.3.6.1.4.1.3704.1. */
struct rt_sim_snp_ext {
    const char *arcs;         /* NULL: none */
    struct ratls_bytes value; /* p NULL: leave it out */
    bool in_addition;         /* beside the usual one of these arcs */
};

struct rt_sim_snp_knobs {
    const char *organization;             /* NULL: RT_SIM_ORGANIZATION */
    const char *name[RT_SIM_SNP_CERTS];   /* common names; NULL: the usual one */
    int64_t not_before[RT_SIM_SNP_CERTS]; /* 0: the usual date */
    int64_t not_after[RT_SIM_SNP_CERTS];
    bool wrong_issuer_key[RT_SIM_SNP_CERTS]; /* VEK by the ARK, ARK by the ASK, ASK by itself */
    bool by_sibling;                         /* a VCEK by the ASVK, a VLEK by the ASK */
    bool wrong_issuer_name[RT_SIM_SNP_CERTS];
    bool by_ec[RT_SIM_SNP_CERTS];     /* signed with ECDSA */
    bool flip_ca[RT_SIM_SNP_CERTS];   /* CA:FALSE for ARK and ASK */
    bool small_key[RT_SIM_SNP_CERTS]; /* RSA-2048, or P-256 for the VEK */
    unsigned usage[RT_SIM_SNP_CERTS]; /* RT_KU_ bits instead of the usual ones */
    bool zero_path_len;               /* of the ARK: no ASK may stand below it */
    struct rt_sim_snp_ext ext[2];     /* of the VEK */
};

struct rt_sim_snp_chain {
    struct ratls_buffer der[RT_SIM_SNP_CERTS];
};

/* *out is new: rt_sim_snp_chain_free(), also after an error. `knobs` may be NULL. RATLS_E_USAGE
 * where it takes an ASVK and there is none. */
RATLS_MUST_USE enum ratls_err rt_sim_snp_chain_make(const struct ratls_env *env,
                                                    const struct rt_sim_snp_keys *keys,
                                                    const struct rt_sim_snp_platform *platform,
                                                    const struct rt_sim_snp_knobs *knobs,
                                                    struct rt_sim_snp_chain *out);
void rt_sim_snp_chain_free(struct rt_sim_snp_chain *chain);

#endif
