/* sim_virtcca_pki.h - the test PKI of the simulated Kunpeng: root, CA and the certificate of the
 * device key in Huawei's profile, under names that say what they are. What it signs proves nothing.
 *
 * Keys are made once and may be kept in a folder; certificates are made anew from them. The knobs
 * are for tests of refusal; all zero gives a chain that a verifier accepts once its root is
 * trusted. */
#ifndef RT_SIM_VIRTCCA_PKI_H
#define RT_SIM_VIRTCCA_PKI_H

#include "base.h"
#include "mint.h"
#include "sim_cose.h"

/* ---- keys ---- */

enum rt_sim_virtcca_key {
    RT_SIM_VIRTCCA_ROOT,
    RT_SIM_VIRTCCA_CA,
    RT_SIM_VIRTCCA_DEVICE,
    RT_SIM_VIRTCCA_CVM, /* of a guest, where a platform token vouches for it */
    RT_SIM_VIRTCCA_KEYS
};
enum { RT_SIM_VIRTCCA_CERTS = RT_SIM_VIRTCCA_CVM }; /* of all but the guest */

/* On P-521 throughout, or RSA as Huawei's: 4096 bits, the CA 2048. */
struct rt_sim_virtcca_keys {
    bool rsa;
    struct rt_sim_signer key[RT_SIM_VIRTCCA_KEYS]; /* owned */
};

/* RSA takes some seconds. *out is new: rt_sim_virtcca_keys_free(), also after an error. */
RATLS_MUST_USE enum ratls_err rt_sim_virtcca_keys_make(const struct ratls_env *env, bool rsa,
                                                       struct rt_sim_virtcca_keys *out,
                                                       struct ratls_error *err);
/* Those in `directory` (root.key, ca.key, device.key, cvm.key); made there when it is absent or
 * empty. A folder holds keys of one kind. */
RATLS_MUST_USE enum ratls_err rt_sim_virtcca_keys_open(const struct ratls_env *env, bool rsa,
                                                       const char *directory,
                                                       struct rt_sim_virtcca_keys *out,
                                                       struct ratls_error *err);
void rt_sim_virtcca_keys_free(struct rt_sim_virtcca_keys *keys);
/* SubjectPublicKeyInfo, borrowed from the key. */
struct ratls_bytes rt_sim_virtcca_spki(const struct rt_sim_signer *key);

/* ---- certificates: by the names of their keys ---- */

struct rt_sim_virtcca_knobs {
    const char *organization;                 /* NULL: RT_SIM_ORGANIZATION */
    const char *name[RT_SIM_VIRTCCA_CERTS];   /* common names; NULL: the usual one */
    int64_t not_before[RT_SIM_VIRTCCA_CERTS]; /* 0: the usual date */
    int64_t not_after[RT_SIM_VIRTCCA_CERTS];
    bool wrong_issuer_key[RT_SIM_VIRTCCA_CERTS];  /* signed by the guest's instead */
    bool wrong_issuer_name[RT_SIM_VIRTCCA_CERTS]; /* its own instead */
    bool flip_ca[RT_SIM_VIRTCCA_CERTS];   /* CA:FALSE for root and CA, CA:TRUE for the device */
    unsigned usage[RT_SIM_VIRTCCA_CERTS]; /* RT_KU_ bits instead of the usual ones */
    bool zero_path_len;                   /* of the root: no CA may stand below it */
    bool name_constraints;                /* in the CA */
    bool by_root;                         /* the device's certificate, without a CA between */
};

struct rt_sim_virtcca_chain {
    struct ratls_buffer der[RT_SIM_VIRTCCA_CERTS];
};

/* *out is new: rt_sim_virtcca_chain_free(), also after an error. `knobs` may be NULL. */
RATLS_MUST_USE enum ratls_err rt_sim_virtcca_chain_make(const struct ratls_env *env,
                                                        const struct rt_sim_virtcca_keys *keys,
                                                        const struct rt_sim_virtcca_knobs *knobs,
                                                        struct rt_sim_virtcca_chain *out);
void rt_sim_virtcca_chain_free(struct rt_sim_virtcca_chain *chain);

#endif
