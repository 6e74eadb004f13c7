/* cose_support.h - signers of every kind, made once for a program. */
#ifndef COSE_SUPPORT_H
#define COSE_SUPPORT_H

#include "cose.h"
#include "crypto_support.h"
#include "sim_cose.h"

enum signer { SIGNER_P256, SIGNER_P384, SIGNER_P521, SIGNER_RSA, SIGNERS };

static struct rt_sim_signer signers[SIGNERS];
static struct rt_public_key public_keys[SIGNERS];

static inline void make_signers(void)
{
    static const enum rt_curve curves[] = {RT_P256, RT_P384, RT_P521};

    for (size_t i = 0; i < RT_COUNT(curves); i++) {
        signers[i].ec = make_key(curves[i]);
        MUST(rt_public_key_parse(rt_key_spki(signers[i].ec), &public_keys[i], NULL));
    }
    MUST(rt_rsa_generate(ratls_env_system(), 2048, &signers[SIGNER_RSA].rsa));
    MUST(rt_public_key_parse(rt_rsa_spki(signers[SIGNER_RSA].rsa), &public_keys[SIGNER_RSA], NULL));
}

static inline void free_signers(void)
{
    for (size_t i = 0; i < SIGNERS; i++) {
        rt_key_free(signers[i].ec);
        rt_rsa_free(signers[i].rsa);
    }
}

/* The algorithms with the one kind of key that each has. */
static const struct cose_alg {
    int64_t alg;
    enum signer by;
    size_t sig_len;
} cose_algs[] = {
    {RT_COSE_ES256, SIGNER_P256, 64},  {RT_COSE_ES384, SIGNER_P384, 96},
    {RT_COSE_ES512, SIGNER_P521, 132}, {RT_COSE_PS256, SIGNER_RSA, 256},
    {RT_COSE_PS384, SIGNER_RSA, 256},  {RT_COSE_PS512, SIGNER_RSA, 256},
};

static const char payload_text[] = "\xa1\x0a\x47payload";

static inline struct ratls_buffer signed_message(enum signer by, int64_t alg)
{
    struct ratls_buffer out = {0};

    MUST(rt_sim_cose_sign1(ratls_env_system(), &signers[by], alg, BYTES(payload_text), &out));
    return out;
}

/* Read and verified. */
static inline enum ratls_err judge_message(struct ratls_bytes in, const struct rt_public_key *key,
                                           struct ratls_error *why)
{
    struct rt_cose_sign1 m;
    enum ratls_err e = rt_cose_read(in, &m, why);

    return e ? e : rt_cose_verify(&m, key, why);
}

#endif
