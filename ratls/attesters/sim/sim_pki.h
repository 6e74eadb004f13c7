/* sim_pki.h - the test PKI of the simulated platform: root, PCK Platform CA, PCK leaf and the
 * signer of TCB information in Intel's profile, under names that say what they are. What it signs
 * proves nothing.
 *
 * The knobs are for tests of refusal; all zero gives a PKI that a verifier accepts once its root is
 * trusted. */
#ifndef RT_SIM_PKI_H
#define RT_SIM_PKI_H

#include "base.h"
#include "crypto.h"
#include "sim_platform.h"

/* The root issued CA and TCB signer, the CA issued the PCK. */
enum rt_sim_cert { RT_SIM_ROOT, RT_SIM_CA, RT_SIM_PCK, RT_SIM_TCB, RT_SIM_CERTS };
#define RT_SIM_QUOTE_CERTS 3 /* the first three: the chain inside a quote */

struct rt_sim_pki {
    struct rt_key *key[RT_SIM_CERTS];
    struct ratls_buffer der[RT_SIM_CERTS];
};

struct rt_sim_pki_knobs {
    const char *organization;         /* NULL: RT_SIM_ORGANIZATION */
    const char *name[RT_SIM_CERTS];   /* common names; NULL: the usual one */
    int64_t not_before[RT_SIM_CERTS]; /* 0: the usual date */
    int64_t not_after[RT_SIM_CERTS];
    bool wrong_issuer_key[RT_SIM_CERTS];  /* signed by a key that is nobody's */
    bool wrong_issuer_name[RT_SIM_CERTS]; /* its own; not for the root */
    bool no_crl_url[RT_SIM_CERTS];
    bool flip_ca[RT_SIM_CERTS]; /* CA:FALSE for issuers, CA:TRUE for the others */
    bool p384[RT_SIM_CERTS];
    bool ca_path_len_1;
    bool processor;                 /* Processor CA: five entries in the SGX extension */
    const struct rt_sim_pki *under; /* its root, key and certificate, instead of a new one */
    bool no_sgx_ext;
    struct ratls_bytes sgx_ext; /* instead of the usual one */
};

/* *out is new; free with rt_sim_pki_free(), also after an error. `knobs` may be NULL. */
RATLS_MUST_USE enum ratls_err rt_sim_pki_make(const struct ratls_env *env,
                                              const struct rt_sim_pki_knobs *knobs,
                                              struct rt_sim_pki *out, struct ratls_error *err);
/* The PKI in `directory` (root.pem, ca.pem, pck.pem, tcb.pem and the keys root.key, ca.key,
 * pck.key, tcb.key, mode 0600); made there when the directory is absent or empty. When two
 * processes make it at once, the first to finish wins and both use its PKI. */
RATLS_MUST_USE enum ratls_err rt_sim_pki_open(const struct ratls_env *env, const char *directory,
                                              struct rt_sim_pki *out, struct ratls_error *err);
void rt_sim_pki_free(struct rt_sim_pki *pki);

#endif
