/* sim_cca.h - attestation tokens of Arm CCA realms that do not exist. Format-true; what they say
 * proves nothing, and the implementation id of their platform says so itself.
 *
 * A machine is its CPAK; the RAK is made anew whenever it starts. The knobs are for tests of
 * refusal: all zero gives a token that a verifier accepts once the CPAK is trusted. */
#ifndef RT_SIM_CCA_H
#define RT_SIM_CCA_H

#include "cca_evidence.h"
#include "crypto.h"
#include "sim_cose.h"

#define RT_SIM_CCA_IMPLEMENTATION_LEN 32
#define RT_SIM_CCA_INSTANCE_LEN       33
#define RT_SIM_CCA_REMS               4
#define RT_SIM_CCA_TAG_LEGACY         399
#define RT_SIM_CCA_TAG_CMW            907

/* ---- keys ---- */

struct rt_sim_cca_keys {
    struct rt_key *cpak, *rak; /* P-384 */
};

/* *out is new: rt_sim_cca_keys_free(), also after an error. With a directory the CPAK is the one in
 * it (cpak.key), made there when the directory is absent or empty; NULL: a new one. */
RATLS_MUST_USE enum ratls_err rt_sim_cca_keys_open(const struct ratls_env *env,
                                                   const char *directory,
                                                   struct rt_sim_cca_keys *out,
                                                   struct ratls_error *err);
void rt_sim_cca_keys_free(struct rt_sim_cca_keys *keys);

/* ---- what the tokens say ---- */

enum rt_sim_cca_profile {
    RT_SIM_CCA_LEGACY, /* CCA-SSD/1.0.0, and a realm token without profile */
    RT_SIM_CCA_REALM1, /* cca_platform#1.0.0 and realm#1.0.0 */
    RT_SIM_CCA_REALM2, /* cca_platform#1.0.0 and realm#2.0.0 */
};

struct rt_sim_cca_digest {
    uint8_t value[RT_SHA512_LEN];
    size_t len;
};

struct rt_sim_cca_state {
    enum rt_sim_cca_profile profile;
    uint8_t implementation_id[RT_SIM_CCA_IMPLEMENTATION_LEN];
    uint8_t instance_id[RT_SIM_CCA_INSTANCE_LEN];
    uint16_t lifecycle;
    uint8_t challenge[64], rpv[64]; /* of the realm */
    struct rt_sim_cca_digest rim, rem[RT_SIM_CCA_REMS];
};

/* A secured platform with the simulator's implementation id and no name yet; profile
 * RT_SIM_CCA_REALM2; measurements of 32 bytes. */
void rt_sim_cca_usual(struct rt_sim_cca_state *out);
/* The platform is named after its CPAK. */
RATLS_MUST_USE enum ratls_err rt_sim_cca_name(const struct rt_sim_cca_keys *keys,
                                              struct rt_sim_cca_state *state);

/* ---- tokens ---- */

/* A claim with another value, left out, or added. */
struct rt_sim_cca_edit {
    uint64_t key;             /* 0: no edit */
    struct ratls_bytes value; /* CBOR, put as it is; p NULL: the claim is left out */
    bool in_addition;         /* behind the others, whether the claim is there or not */
};
#define RT_SIM_CCA_EDITS 2

struct rt_sim_cca_knobs {
    struct rt_sim_cca_edit platform[RT_SIM_CCA_EDITS], realm[RT_SIM_CCA_EDITS];
    int64_t platform_alg, realm_alg;         /* 0: that of the key */
    struct rt_key *platform_key, *realm_key; /* sign instead of CPAK and RAK */
    struct ratls_bytes rak;                  /* carried instead of the RAK; p NULL: the RAK */
    bool other_rak_form;                     /* the RAK in the encoding of the other profiles */
    const char *rak_hash;                    /* "sha-384", "sha-512"; NULL: "sha-256" */
    uint64_t tag;                            /* 0: 399 for RT_SIM_CCA_LEGACY, else 907 */
};

/* The claims of the platform for this RAK as it is carried, and those of the realm: CBOR maps. *out
 * is new. `knobs` may be NULL, here and below. */
RATLS_MUST_USE enum ratls_err rt_sim_cca_platform_claims(const struct rt_sim_cca_state *state,
                                                         struct ratls_bytes rak,
                                                         const struct rt_sim_cca_knobs *knobs,
                                                         struct ratls_buffer *out);
RATLS_MUST_USE enum ratls_err rt_sim_cca_realm_claims(const struct rt_sim_cca_state *state,
                                                      struct ratls_bytes rak,
                                                      const struct rt_sim_cca_knobs *knobs,
                                                      struct ratls_buffer *out);
/* Two COSE_Sign1 (tag 18) as a collection under `tag`: 399, 907. *out is new. */
RATLS_MUST_USE enum ratls_err rt_sim_cca_collection(uint64_t tag, struct ratls_bytes platform,
                                                    struct ratls_bytes realm,
                                                    struct ratls_buffer *out);
/* All of it. *out is new. */
RATLS_MUST_USE enum ratls_err rt_sim_cca_token(const struct ratls_env *env,
                                               const struct rt_sim_cca_keys *keys,
                                               const struct rt_sim_cca_state *state,
                                               const struct rt_sim_cca_knobs *knobs,
                                               struct ratls_buffer *out);

/* What a verifier has to trust: [{"pkey": JWK, "implementation-id": hex, "instance-id": hex}].
 * *json is new. */
RATLS_MUST_USE enum ratls_err rt_sim_cca_anchor(const struct rt_sim_cca_keys *keys,
                                                const struct rt_sim_cca_state *state,
                                                struct ratls_buffer *json);

#endif
