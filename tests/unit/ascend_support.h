/* ascend_support.h - what the host of NPUs sends, by a key of the test, and the verifier over it.
 */
#ifndef ASCEND_SUPPORT_H
#define ASCEND_SUPPORT_H

#include <criterion/criterion.h>

#include "ascend.h"
#include "claims_support.h"
#include "sim_ascend.h"
#include "registry.h"
#include "sim_ima.h"

#define MUST(call) cr_assert_eq((call), RATLS_OK, "%s", #call)

static struct rt_key *ak;
static struct rt_sim_tpm tpm;
static struct rt_sim_ascend parts;
static struct ratls_buffer message, tpmt, evidence, ima;
static struct ratls_trusted_key pin;
static struct ratls_verify_input input;
static struct ratls_claims *claims;
static struct ratls_error err;

static const uint8_t npu_nonce[32] = {0x11, 0x22, [31] = 0x33};

/* Of what is in `message`, `tpmt`, `ima` and `parts`. */
static inline void npu_wrap(void)
{
    ratls_buffer_free(&evidence);
    parts.message = rt_bytes_of(&message);
    parts.tpmt = rt_bytes_of(&tpmt);
    parts.ima_log = rt_bytes_of(&ima);
    parts.tpm = &tpm;
    MUST(rt_sim_ascend_json(&parts, &evidence));
    input.evidence = rt_bytes_of(&evidence);
}

static inline void npu_sign(struct rt_key *by)
{
    uint8_t rs[RT_P256_SIG_LEN];
    struct rt_writer w = {0};

    MUST(rt_sign_raw(ratls_env_system(), by, rt_bytes_of(&message), rs, sizeof rs));
    rt_sim_tpm_put_ecdsa(&w, ratls_bytes(rs, sizeof rs));
    ratls_buffer_free(&tpmt);
    MUST(rt_writer_take(&w, &tpmt));
}

static inline void npu_make(void)
{
    ratls_buffer_free(&message);
    MUST(rt_sim_tpm_quote(&tpm, &message));
    npu_sign(ak);
    npu_wrap();
}

/* The log, and PCR 10 as it says. */
static inline void npu_measure(const struct rt_sim_ima_entry *entries, size_t n,
                               enum rt_sim_ima_form form)
{
    const struct rt_sim_ima list = {.index = 10, .form = form, .entries = entries, .n = n};

    ratls_buffer_free(&ima);
    MUST(rt_sim_ima(&list, &ima, tpm.pcr[10]));
}

static inline enum ratls_err verify(void)
{
    ratls_claims_free(claims);
    claims = ratls_claims_new();
    err = (struct ratls_error){0};
    return rt_verifier_run(&rt_verifier_ascend_npu, &input, claims, &err);
}

static inline enum ratls_err verify_made(void)
{
    npu_make();
    return verify();
}

static inline void npu_setup(void)
{
    MUST(rt_key_generate(ratls_env_system(), RT_P256, &ak));
    rt_sim_tpm_usual(&tpm);
    tpm.extra_data = ratls_bytes(npu_nonce, sizeof npu_nonce);
    MUST(rt_sim_ima_usual(10, RT_SIM_IMA_BINARY, &ima, tpm.pcr[10]));
    parts = (struct rt_sim_ascend){.ak_public = rt_key_spki(ak)};
    pin = (struct ratls_trusted_key){.spki = rt_key_spki(ak)};
    input = (struct ratls_verify_input){
        .size = sizeof input, .keys = &pin, .n_keys = 1, .now = 1751000000};
    npu_make();
}

static inline void npu_teardown(void)
{
    rt_key_free(ak);
    ratls_buffer_free(&message);
    ratls_buffer_free(&tpmt);
    ratls_buffer_free(&evidence);
    ratls_buffer_free(&ima);
    ratls_claims_free(claims);
}

static inline const char *text(const char *name)
{
    return claim_text(claims, name);
}

static inline uint64_t number(const char *name)
{
    return claim_number(claims, name);
}

#endif
