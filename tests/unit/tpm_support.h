/* tpm_support.h - quotes by a key of the test, and the verifier over them. */
#ifndef TPM_SUPPORT_H
#define TPM_SUPPORT_H

#include <criterion/criterion.h>

#include "claims_support.h"
#include "plain_tpm.h"
#include "registry.h"
#include "tpm.h"

#define MUST(call) cr_assert_eq((call), RATLS_OK, "%s", #call)

static struct rt_key *ak;
static struct rt_sim_tpm tpm;
static struct plain_tpm parts;
static struct ratls_buffer message, tpmt, evidence;
static struct ratls_trusted_key pin;
static struct ratls_verify_input input;
static struct ratls_claims *claims;
static struct ratls_error err;

static const uint8_t tpm_report_data[RATLS_REPORT_DATA_LEN] = {0x11, 0x22, [63] = 0x33};

static inline void free_made(void)
{
    ratls_buffer_free(&message);
    ratls_buffer_free(&tpmt);
    ratls_buffer_free(&evidence);
}

static inline void take(struct rt_writer *w, struct ratls_buffer *out)
{
    ratls_buffer_free(out);
    MUST(rt_writer_take(w, out));
}

static inline void tpm_sign(struct rt_key *by)
{
    uint8_t rs[RT_P256_SIG_LEN];
    struct rt_writer w = {0};

    MUST(rt_sign_raw(ratls_env_system(), by, rt_bytes_of(&message), rs, sizeof rs));
    rt_sim_tpm_put_ecdsa(&w, ratls_bytes(rs, sizeof rs));
    take(&w, &tpmt);
}

/* Of what is in `message` and `tpmt`. */
static inline void tpm_wrap(void)
{
    ratls_buffer_free(&evidence);
    parts.message = rt_bytes_of(&message);
    parts.tpmt = rt_bytes_of(&tpmt);
    parts.tpm = &tpm;
    cr_assert(plain_tpm_json(&parts, &evidence));
    input.evidence = rt_bytes_of(&evidence);
}

static inline void tpm_make(void)
{
    ratls_buffer_free(&message);
    MUST(rt_sim_tpm_quote(&tpm, &message));
    tpm_sign(ak);
    tpm_wrap();
}

static inline enum ratls_err verify(void)
{
    ratls_claims_free(claims);
    claims = ratls_claims_new();
    err = (struct ratls_error){0};
    return rt_verifier_run(&rt_verifier_tpm, &input, claims, &err);
}

static inline enum ratls_err verify_made(void)
{
    tpm_make();
    return verify();
}

/* The evidence with `from`, where that stands first, as `to`. */
static inline void tpm_edit(const char *from, const char *to)
{
    const char *all = (const char *)evidence.p;
    const char *at = memmem(all, evidence.len, from, strlen(from));
    struct rt_writer w = {0};

    cr_assert(at, "%s", from);
    const size_t before = (size_t)(at - all), behind = before + strlen(from);
    rt_put(&w, all, before);
    rt_put(&w, to, strlen(to));
    rt_put(&w, all + behind, evidence.len - behind);
    take(&w, &evidence);
    input.evidence = rt_bytes_of(&evidence);
}

static inline void tpm_setup(void)
{
    MUST(rt_key_generate(ratls_env_system(), RT_P256, &ak));
    rt_sim_tpm_usual(&tpm);
    tpm.extra_data = ratls_bytes(tpm_report_data, sizeof tpm_report_data);
    parts = (struct plain_tpm){.ak_public = rt_key_spki(ak)};
    pin = (struct ratls_trusted_key){.spki = rt_key_spki(ak)};
    input = (struct ratls_verify_input){
        .size = sizeof input, .keys = &pin, .n_keys = 1, .now = 1751000000};
    tpm_make();
}

static inline void tpm_teardown(void)
{
    rt_key_free(ak);
    free_made();
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
