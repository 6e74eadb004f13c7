/* sim_nvidia.h - reports of GPUs and NVSwitches of NVIDIA that do not exist, under a test PKI in
 * NVIDIA's profile. Format-true; what they say proves nothing, and their root's name says so
 * itself.
 *
 * The root's key may be kept in a folder; everything below it is made anew. The knobs are for tests
 * of refusal: all zero gives a report that a verifier accepts once the root is trusted. */
#ifndef RT_SIM_NVIDIA_H
#define RT_SIM_NVIDIA_H

#include "crypto.h"
#include "nvidia_evidence.h"

enum {
    RT_SIM_NVIDIA_NONCE = 32,
    RT_SIM_NVIDIA_BLOCKS = 64, /* of a GPU; an NVSwitch has fewer */
    RT_SIM_NVIDIA_DIGEST = RT_SHA384_LEN,
};

enum rt_sim_nvidia_arch { RT_SIM_NVIDIA_HOPPER, RT_SIM_NVIDIA_BLACKWELL, RT_SIM_NVIDIA_LS10 };

/* ---- keys and certificates ---- */

enum rt_sim_nvidia_cert {
    RT_SIM_NVIDIA_ROOT,
    RT_SIM_NVIDIA_IDENTITY,
    RT_SIM_NVIDIA_PROVISIONER,
    RT_SIM_NVIDIA_BROM, /* of one device, as the next one */
    RT_SIM_NVIDIA_LEAF,
    RT_SIM_NVIDIA_CERTS
};

struct rt_sim_nvidia_keys {
    struct rt_key *key[RT_SIM_NVIDIA_CERTS]; /* P-384 */
};

/* *out is new: rt_sim_nvidia_keys_free(), also after an error. With a directory the root's key is
 * the one in it (root.key), made there when the directory is absent or empty; NULL: a new one. */
RATLS_MUST_USE enum ratls_err rt_sim_nvidia_keys_open(const struct ratls_env *env,
                                                      const char *directory,
                                                      struct rt_sim_nvidia_keys *out,
                                                      struct ratls_error *err);
void rt_sim_nvidia_keys_free(struct rt_sim_nvidia_keys *keys);

/* Which device. Its id is "NVIDIA:GH100:5151515100000000" with the number in hex at the end. */
struct rt_sim_nvidia_device {
    enum rt_sim_nvidia_arch arch;
    uint32_t number;
};

struct rt_sim_nvidia_pki_knobs {
    const char *organization;                /* NULL: RT_SIM_ORGANIZATION */
    int64_t not_before[RT_SIM_NVIDIA_CERTS]; /* 0: the usual date */
    int64_t not_after[RT_SIM_NVIDIA_CERTS];
    bool wrong_issuer_key[RT_SIM_NVIDIA_CERTS];  /* signed by the leaf's instead */
    bool wrong_issuer_name[RT_SIM_NVIDIA_CERTS]; /* its own instead */
    bool no_ca[RT_SIM_NVIDIA_CERTS];             /* CA:FALSE above the leaf */
    unsigned ca_usage[RT_SIM_NVIDIA_CERTS];      /* RT_KU_ bits of CAs instead of the usual ones */
    bool short_path;                             /* of the identity's: no CA may stand below it */
    bool leaf_is_ca, leaf_may_agree, leaf_usage_missing;
    const char *leaf_id, *leaf_name; /* instead of the device's; "": no subjectAltName */
    bool leaf_id_of_another_type;
    bool leaf_fwid_missing, leaf_fwid_wrong, leaf_fwid_sha256;
};

struct rt_sim_nvidia_chain {
    struct ratls_buffer der[RT_SIM_NVIDIA_CERTS];
};

/* *out is new: rt_sim_nvidia_chain_free(), also after an error. `knobs` may be NULL. */
RATLS_MUST_USE enum ratls_err rt_sim_nvidia_chain_make(const struct ratls_env *env,
                                                       const struct rt_sim_nvidia_keys *keys,
                                                       const struct rt_sim_nvidia_device *device,
                                                       const struct rt_sim_nvidia_pki_knobs *knobs,
                                                       struct rt_sim_nvidia_chain *out);
void rt_sim_nvidia_chain_free(struct rt_sim_nvidia_chain *chain);

/* ---- reports ---- */

struct rt_sim_nvidia_state {
    struct rt_sim_nvidia_device device;
    uint8_t nonce[RT_SIM_NVIDIA_NONCE];
    uint8_t block[RT_SIM_NVIDIA_BLOCKS][RT_SIM_NVIDIA_DIGEST]; /* of SPDM index i + 1 */
    uint8_t fwid[RT_SIM_NVIDIA_DIGEST];
    const char *driver;  /* of a GPU; borrowed */
    bool protected_pcie; /* linked to four NVSwitches, or eight GPUs, of this mode */
};

/* A device in good order, its nonce all zero. */
void rt_sim_nvidia_usual(struct rt_sim_nvidia_device device, struct rt_sim_nvidia_state *out);

/* A field of opaque data with another value, left out, or added. */
struct rt_sim_nvidia_edit {
    uint16_t type;            /* 0: no edit */
    struct ratls_bytes value; /* p NULL: the field is left out */
    bool in_addition;         /* behind the others, whether the field is there or not */
};

/* A byte of request and response with another value, before they are signed. */
struct rt_sim_nvidia_patch {
    size_t at; /* 0: no patch */
    uint8_t value;
};

struct rt_sim_nvidia_knobs {
    struct rt_sim_nvidia_edit edit[2];
    struct rt_sim_nvidia_patch patch[2];
    size_t trailing; /* bytes behind the signature */
    bool wrong_key;  /* signed by the BROM's */
};

/* *out is new; `knobs` may be NULL. */
RATLS_MUST_USE enum ratls_err rt_sim_nvidia_report(const struct ratls_env *env,
                                                   const struct rt_sim_nvidia_keys *keys,
                                                   const struct rt_sim_nvidia_state *state,
                                                   const struct rt_sim_nvidia_knobs *knobs,
                                                   struct ratls_buffer *out);

/* Evidence of one device as tunnels carry it: report and chain, the root left out. *out is new. */
RATLS_MUST_USE enum ratls_err rt_sim_nvidia_evidence(const struct ratls_env *env,
                                                     const struct rt_sim_nvidia_keys *keys,
                                                     const struct rt_sim_nvidia_state *state,
                                                     struct ratls_buffer *out);

#endif
