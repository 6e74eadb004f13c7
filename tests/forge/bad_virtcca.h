/* bad_virtcca.h - virtCCA evidence that is format-true but for one flaw, by name; for tests and for
 * the program forge. `e` is the verdict of a verifier that trusts the simulator's root. */
#ifndef BAD_VIRTCCA_H
#define BAD_VIRTCCA_H

#include "cose.h"
#include "flaws.h"
#include "sim_virtcca.h"
#include "x509.h"

struct bad_virtcca {
    const char *name;
    bool rsa, no_platform;
    struct rt_sim_virtcca_knobs chain;
    void (*edit)(struct rt_sim_virtcca_plan *p);
    enum ratls_err e;
    const char *detail; /* part of the text */
};

static inline void virtcca_by(const struct rt_sim_virtcca_plan *p, enum rt_sim_virtcca_key which,
                              const struct rt_sim_signer **out)
{
    *out = &p->keys->key[which];
}

/* ---- who signs ---- */

static inline void virtcca_guest_by_device(struct rt_sim_virtcca_plan *p)
{
    virtcca_by(p, RT_SIM_VIRTCCA_DEVICE, &p->cvm_by);
}
static inline void virtcca_guest_by_ca(struct rt_sim_virtcca_plan *p)
{
    virtcca_by(p, RT_SIM_VIRTCCA_CA, &p->cvm_by);
}
static inline void virtcca_platform_by_guest(struct rt_sim_virtcca_plan *p)
{
    virtcca_by(p, RT_SIM_VIRTCCA_CVM, &p->platform_by);
}
static inline void virtcca_platform_by_ca(struct rt_sim_virtcca_plan *p)
{
    virtcca_by(p, RT_SIM_VIRTCCA_CA, &p->platform_by);
}
/* T142: a key that somebody made himself, signing for itself, beside a genuine certificate. */
static inline void virtcca_own_key(struct rt_sim_virtcca_plan *p)
{
    static struct rt_sim_virtcca_carried own;

    rt_sim_virtcca_carry(&p->keys->key[RT_SIM_VIRTCCA_CVM], &own);
    p->cvm.key = own.bytes;
    virtcca_by(p, RT_SIM_VIRTCCA_CVM, &p->cvm_by);
}
/* The genuine key carried, but somebody else's signature. */
static inline void virtcca_borrowed_key(struct rt_sim_virtcca_plan *p)
{
    virtcca_by(p, RT_SIM_VIRTCCA_CVM, &p->cvm_by);
}

/* ---- what the platform vouches for ---- */

static inline void virtcca_other_binder(struct rt_sim_virtcca_plan *p)
{
    static const uint8_t other[32] = {1};

    p->platform.challenge = ratls_bytes(other, sizeof other);
}
/* A genuine platform token, of another guest: its challenge is the hash of the device's key. */
static inline void virtcca_binder_of_device(struct rt_sim_virtcca_plan *p)
{
    static uint8_t digest[RT_SHA256_LEN];
    struct rt_sim_virtcca_carried device;

    rt_sim_virtcca_carry(&p->keys->key[RT_SIM_VIRTCCA_DEVICE], &device);
    if (rt_sha256(device.bytes, digest) == RATLS_OK)
        p->platform.challenge = ratls_bytes(digest, sizeof digest);
}
/* The hash is that of the key as carried, not of what it says. */
static inline void virtcca_binder_of_spki(struct rt_sim_virtcca_plan *p)
{
    static uint8_t digest[RT_SHA256_LEN];

    if (rt_sha256(rt_sim_virtcca_spki(&p->keys->key[RT_SIM_VIRTCCA_CVM]), digest) == RATLS_OK)
        p->platform.challenge = ratls_bytes(digest, sizeof digest);
}
static inline void virtcca_binder_hash(struct rt_sim_virtcca_plan *p)
{
    p->cvm.key_hash_alg = ratls_bytes_str("sha-512");
}

/* ---- algorithms ---- */

static inline void virtcca_guest_es384(struct rt_sim_virtcca_plan *p)
{
    p->cvm_alg = RT_COSE_ES384;
}
static inline void virtcca_platform_es256(struct rt_sim_virtcca_plan *p)
{
    p->platform_alg = RT_COSE_ES256;
}

static const struct bad_virtcca bad_virtcca[] = {
    {.name = "guest-by-the-device",
     .edit = virtcca_guest_by_device,
     .e = RATLS_E_EVIDENCE_SIGNATURE,
     .detail = "the guest's token"},
    {.name = "guest-by-the-ca",
     .no_platform = true,
     .edit = virtcca_guest_by_ca,
     .e = RATLS_E_EVIDENCE_SIGNATURE,
     .detail = "the guest's token"},
    {.name = "platform-by-the-guest",
     .edit = virtcca_platform_by_guest,
     .e = RATLS_E_EVIDENCE_SIGNATURE,
     .detail = "the platform's token"},
    {.name = "platform-by-the-ca",
     .edit = virtcca_platform_by_ca,
     .e = RATLS_E_EVIDENCE_SIGNATURE,
     .detail = "the platform's token"},
    {.name = "own-key",
     .no_platform = true,
     .edit = virtcca_own_key,
     .e = RATLS_E_KEY_BINDING,
     .detail = "not the device's"},
    {.name = "own-key-rsa",
     .rsa = true,
     .no_platform = true,
     .edit = virtcca_own_key,
     .e = RATLS_E_KEY_BINDING,
     .detail = "not the device's"},
    {.name = "borrowed-key",
     .no_platform = true,
     .edit = virtcca_borrowed_key,
     .e = RATLS_E_EVIDENCE_SIGNATURE,
     .detail = "the guest's token"},
    {.name = "borrowed-key-rsa",
     .rsa = true,
     .no_platform = true,
     .edit = virtcca_borrowed_key,
     .e = RATLS_E_EVIDENCE_SIGNATURE,
     .detail = "the guest's token"},
    {.name = "other-binder",
     .edit = virtcca_other_binder,
     .e = RATLS_E_BINDER,
     .detail = "not the hash"},
    {.name = "other-binder-rsa",
     .rsa = true,
     .edit = virtcca_other_binder,
     .e = RATLS_E_BINDER,
     .detail = "not the hash"},
    {.name = "binder-of-the-device",
     .edit = virtcca_binder_of_device,
     .e = RATLS_E_BINDER,
     .detail = "not the hash"},
    {.name = "binder-of-the-spki",
     .edit = virtcca_binder_of_spki,
     .e = RATLS_E_BINDER,
     .detail = "not the hash"},
    {.name = "binder-with-another-hash",
     .edit = virtcca_binder_hash,
     .e = RATLS_E_BINDER,
     .detail = "not the hash"},
    {.name = "guest-es384",
     .edit = virtcca_guest_es384,
     .e = RATLS_E_EVIDENCE_ALGORITHM,
     .detail = "COSE algorithm -35"},
    {.name = "platform-es256",
     .edit = virtcca_platform_es256,
     .e = RATLS_E_EVIDENCE_ALGORITHM,
     .detail = "COSE algorithm -7"},
    {.name = "device-by-another-key",
     .chain.wrong_issuer_key[RT_SIM_VIRTCCA_DEVICE] = true,
     .e = RATLS_E_EVIDENCE_CHAIN,
     .detail = "the device's certificate"},
    {.name = "ca-by-another-key",
     .chain.wrong_issuer_key[RT_SIM_VIRTCCA_CA] = true,
     .e = RATLS_E_EVIDENCE_CHAIN,
     .detail = "CA certificate"},
    {.name = "root-by-another-key",
     .chain.wrong_issuer_key[RT_SIM_VIRTCCA_ROOT] = true,
     .e = RATLS_E_EVIDENCE_CHAIN,
     .detail = "root"},
    {.name = "ca-by-another-key-rsa",
     .rsa = true,
     .chain.wrong_issuer_key[RT_SIM_VIRTCCA_CA] = true,
     .e = RATLS_E_EVIDENCE_CHAIN,
     .detail = "CA certificate"},
    {.name = "device-of-another-issuer",
     .chain.wrong_issuer_name[RT_SIM_VIRTCCA_DEVICE] = true,
     .e = RATLS_E_EVIDENCE_CHAIN,
     .detail = "is missing"},
    {.name = "ca-of-itself",
     .chain.wrong_issuer_name[RT_SIM_VIRTCCA_CA] = true,
     .e = RATLS_E_EVIDENCE_ROOT,
     .detail = "no trusted root"},
    {.name = "device-by-the-root",
     .chain.by_root = true,
     .e = RATLS_E_EVIDENCE_CHAIN,
     .detail = "without a CA"},
    {.name = "device-that-is-a-ca",
     .chain.flip_ca[RT_SIM_VIRTCCA_DEVICE] = true,
     .e = RATLS_E_COLLATERAL_MISSING,
     .detail = "no certificate of the device"},
    {.name = "ca-that-is-none",
     .chain.flip_ca[RT_SIM_VIRTCCA_CA] = true,
     .e = RATLS_E_EVIDENCE_CHAIN,
     .detail = "more than one certificate that is no CA's"},
    {.name = "ca-without-cert-sign",
     .chain.usage[RT_SIM_VIRTCCA_CA] = RT_KU_CRL_SIGN,
     .e = RATLS_E_EVIDENCE_CHAIN,
     .detail = "keyCertSign"},
    {.name = "root-without-cert-sign",
     .chain.usage[RT_SIM_VIRTCCA_ROOT] = RT_KU_CRL_SIGN,
     .e = RATLS_E_EVIDENCE_CHAIN,
     .detail = "keyCertSign"},
    {.name = "device-that-may-not-sign",
     .chain.usage[RT_SIM_VIRTCCA_DEVICE] = 1 << 2, /* keyEncipherment */
     .e = RATLS_E_EVIDENCE_CHAIN,
     .detail = "digitalSignature"},
    {.name = "root-of-path-length-0",
     .chain.zero_path_len = true,
     .e = RATLS_E_EVIDENCE_CHAIN,
     .detail = "too long"},
    {.name = "ca-with-name-constraints",
     .chain.name_constraints = true,
     .e = RATLS_E_EVIDENCE_CHAIN,
     .detail = "nameConstraints"},
    {.name = "device-expired",
     .chain.not_before[RT_SIM_VIRTCCA_DEVICE] = PAST - 1000,
     .chain.not_after[RT_SIM_VIRTCCA_DEVICE] = PAST,
     .e = RATLS_E_EVIDENCE_TIME,
     .detail = "the device's certificate"},
    {.name = "device-of-the-future",
     .chain.not_before[RT_SIM_VIRTCCA_DEVICE] = FUTURE,
     .chain.not_after[RT_SIM_VIRTCCA_DEVICE] = FUTURE + 1,
     .e = RATLS_E_EVIDENCE_TIME,
     .detail = "the device's certificate"},
    {.name = "ca-expired",
     .chain.not_after[RT_SIM_VIRTCCA_CA] = PAST,
     .e = RATLS_E_EVIDENCE_TIME,
     .detail = "CA certificate"},
    {.name = "ca-of-the-future",
     .chain.not_before[RT_SIM_VIRTCCA_CA] = FUTURE,
     .e = RATLS_E_EVIDENCE_TIME,
     .detail = "CA certificate"},
    {.name = "root-expired",
     .chain.not_after[RT_SIM_VIRTCCA_ROOT] = PAST,
     .e = RATLS_E_EVIDENCE_TIME,
     .detail = "root"},
    {.name = "root-of-the-future",
     .chain.not_before[RT_SIM_VIRTCCA_ROOT] = FUTURE,
     .e = RATLS_E_EVIDENCE_TIME,
     .detail = "root"},
};

#endif
