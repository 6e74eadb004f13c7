/* sim_nitro.h - attestation documents of AWS Nitro Enclaves that do not exist, under a test PKI in
 * AWS's profile. Format-true; what they say proves nothing, and their root's name says so itself.
 *
 * The root's key may be kept in a folder; everything below it is made anew, as AWS does within
 * days. The knobs are for tests of refusal: all zero gives a document that a verifier accepts once
 * the root is trusted. */
#ifndef RT_SIM_NITRO_H
#define RT_SIM_NITRO_H

#include "crypto.h"
#include "nitro_evidence.h"

#define RT_SIM_NITRO_PCRS    16 /* that every enclave has */
#define RT_SIM_NITRO_PCR_LEN RT_SHA384_LEN

/* ---- keys and certificates ---- */

enum rt_sim_nitro_cert {
    RT_SIM_NITRO_ROOT,
    RT_SIM_NITRO_REGION,
    RT_SIM_NITRO_INSTANCE,
    RT_SIM_NITRO_ENCLAVE,
    RT_SIM_NITRO_CERTS
};

struct rt_sim_nitro_keys {
    struct rt_key *key[RT_SIM_NITRO_CERTS]; /* P-384 */
};

/* *out is new: rt_sim_nitro_keys_free(), also after an error. With a directory the root's key is
 * the one in it (root.key), made there when the directory is absent or empty; NULL: a new one. */
RATLS_MUST_USE enum ratls_err rt_sim_nitro_keys_open(const struct ratls_env *env,
                                                     const char *directory,
                                                     struct rt_sim_nitro_keys *out,
                                                     struct ratls_error *err);
void rt_sim_nitro_keys_free(struct rt_sim_nitro_keys *keys);

struct rt_sim_nitro_pki_knobs {
    const char *organization;               /* NULL: RT_SIM_ORGANIZATION */
    int64_t not_before[RT_SIM_NITRO_CERTS]; /* 0: the usual date */
    int64_t not_after[RT_SIM_NITRO_CERTS];
    bool wrong_issuer_key[RT_SIM_NITRO_CERTS];  /* signed by the enclave's instead */
    bool wrong_issuer_name[RT_SIM_NITRO_CERTS]; /* its own instead */
    bool flip_ca[RT_SIM_NITRO_CERTS];           /* CA:FALSE above the enclave, CA:TRUE for it */
    unsigned ca_usage[RT_SIM_NITRO_CERTS];      /* RT_KU_ bits of CAs instead of the usual ones */
    bool short_path;                            /* of the region's: no CA may stand below it */
    bool name_constraints;                      /* in the instance's */
    bool enclave_may_agree;                     /* its keyUsage is keyAgreement alone */
    bool enclave_usage_missing;
};

struct rt_sim_nitro_chain {
    struct ratls_buffer der[RT_SIM_NITRO_CERTS];
};

/* Good for now, that of the enclave for three hours. *out is new: rt_sim_nitro_chain_free(), also
 * after an error. `knobs` may be NULL. */
RATLS_MUST_USE enum ratls_err rt_sim_nitro_chain_make(const struct ratls_env *env,
                                                      const struct rt_sim_nitro_keys *keys,
                                                      const struct rt_sim_nitro_pki_knobs *knobs,
                                                      struct rt_sim_nitro_chain *out);
void rt_sim_nitro_chain_free(struct rt_sim_nitro_chain *chain);

/* ---- documents ---- */

struct rt_sim_nitro_state {
    uint8_t pcr[RT_SIM_NITRO_PCRS][RT_SIM_NITRO_PCR_LEN];
    struct ratls_bytes public_key, user_data, nonce; /* borrowed; p NULL: null */
};

/* Registers 0 to 4 of an enclave that is not in debug mode. */
void rt_sim_nitro_usual(struct rt_sim_nitro_state *out);

/* A field with another value, left out, or added. */
struct rt_sim_nitro_edit {
    const char *field;        /* NULL: no edit */
    struct ratls_bytes value; /* CBOR, put as it is; p NULL: the field is left out */
    bool in_addition;         /* behind the others, whether the field is there or not */
};

struct rt_sim_nitro_knobs {
    struct rt_sim_nitro_edit edit[2];
    int64_t alg;         /* 0: ES384 */
    bool tagged;         /* with tag 18 */
    int64_t timestamp_s; /* 0: now */
    bool reversed;       /* cabundle begins with the instance's CA */
    bool without_region; /* in cabundle */
};

struct rt_sim_nitro_signer { /* borrowed */
    struct rt_key *key;      /* of the enclave's certificate, or a wrong one */
    const struct rt_sim_nitro_chain *chain;
};

/* *out is new; `knobs` may be NULL. */
RATLS_MUST_USE enum ratls_err rt_sim_nitro_document(const struct ratls_env *env,
                                                    const struct rt_sim_nitro_signer *by,
                                                    const struct rt_sim_nitro_state *state,
                                                    const struct rt_sim_nitro_knobs *knobs,
                                                    struct ratls_buffer *out);

#endif
