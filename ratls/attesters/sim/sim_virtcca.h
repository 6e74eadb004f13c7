/* sim_virtcca.h - virtCCA tokens of guests that do not exist. Format-true; what they are made of is
 * separate, so that tests can put anything under a good signature. */
#ifndef RT_SIM_VIRTCCA_H
#define RT_SIM_VIRTCCA_H

#include "sim_virtcca_pki.h"

enum {
    RT_SIM_VIRTCCA_REMS = 4,
    RT_SIM_VIRTCCA_COMPONENTS = 6, /* as many as usual */
    RT_SIM_VIRTCCA_MAX_POINT = 133,
};

/* Claims of the guest, borrowed; p NULL: left out. In the order of real tokens. */
struct rt_sim_virtcca_cvm {
    struct ratls_bytes challenge, rpv, key, hash_alg, key_hash_alg, rim, rem[RT_SIM_VIRTCCA_REMS];
};

/* Claims of the platform, likewise; all components are alike. */
struct rt_sim_virtcca_platform {
    struct ratls_bytes profile, challenge, implementation_id, instance_id, config, hash_alg;
    uint16_t lifecycle;
    size_t n_components;
    struct ratls_bytes measurement, signer_id;
};

/* The key of a guest as it stands in its token: an SPKI, or 04 || X || Y. */
struct rt_sim_virtcca_carried {
    uint8_t point[RT_SIM_VIRTCCA_MAX_POINT];
    struct ratls_bytes bytes; /* into `point` or the key */
};
void rt_sim_virtcca_carry(const struct rt_sim_signer *key, struct rt_sim_virtcca_carried *out);

/* A guest of zeros and a secured platform; what they say of keys is left to the caller. */
extern const struct rt_sim_virtcca_cvm rt_sim_virtcca_usual_cvm;
extern const struct rt_sim_virtcca_platform rt_sim_virtcca_usual_platform;

/* The two payloads; that of a guest is once more wrapped as a byte string. *out is new. */
RATLS_MUST_USE enum ratls_err rt_sim_virtcca_cvm_payload(const struct rt_sim_virtcca_cvm *claims,
                                                         struct ratls_buffer *out);
RATLS_MUST_USE enum ratls_err
rt_sim_virtcca_platform_payload(const struct rt_sim_virtcca_platform *claims,
                                struct ratls_buffer *out);
RATLS_MUST_USE enum ratls_err rt_sim_virtcca_wrap(struct ratls_bytes map, struct ratls_buffer *out);
/* Two signed tokens together; platform p NULL: none. *out is new. */
RATLS_MUST_USE enum ratls_err rt_sim_virtcca_collection(struct ratls_bytes cvm,
                                                        struct ratls_bytes platform,
                                                        struct ratls_buffer *out);

/* What a token is made of. With a platform token the guest has a key of its own, and the platform
 * vouches for it; without, the device's. */
struct rt_sim_virtcca_plan {
    const struct rt_sim_virtcca_keys *keys;
    bool with_platform;
    struct rt_sim_virtcca_cvm cvm; /* key and key_hash_alg p NULL: as belongs to the keys */
    struct rt_sim_virtcca_platform platform; /* challenge p NULL: as belongs to the key */
    /* for tests of refusal */
    const struct rt_sim_signer *cvm_by, *platform_by; /* sign instead */
    int64_t cvm_alg, platform_alg;                    /* 0: the usual one of the key */
};
/* The collection, signed. *out is new. */
RATLS_MUST_USE enum ratls_err rt_sim_virtcca_token(const struct ratls_env *env,
                                                   const struct rt_sim_virtcca_plan *plan,
                                                   struct ratls_buffer *out);
/* The envelope of a token with its chain and, p NULL for none, logs. *out is new. */
struct rt_sim_virtcca_logs {
    struct ratls_bytes ccel, ima_log;
};
RATLS_MUST_USE enum ratls_err rt_sim_virtcca_evidence(struct ratls_bytes token,
                                                      const struct rt_sim_virtcca_chain *chain,
                                                      const struct rt_sim_virtcca_logs *logs,
                                                      struct ratls_buffer *out);

#endif
