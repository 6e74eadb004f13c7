/* tpm_played.h - a TPM that stands in for the one that tpm_device.c asks: its key, what it was
 * asked with, and what it does not do. */
#ifndef TPM_PLAYED_H
#define TPM_PLAYED_H

#include <stdio.h>

#include <criterion/criterion.h>

#include "attesters.h"
#include "claims_support.h"
#include "registry.h"
#include "sim_tpm.h"
#include "tpm_device.h"

#define MUST(call) cr_assert_eq((call), RATLS_OK, "%s", #call)

static struct rt_key *ak;
static struct rt_sim_tpm played;
static size_t room; /* bytes of extraData that the TPM takes */
static enum ratls_err broken;
static void (*on_quote)(void); /* NULL: nothing else happens */
static struct rt_tpm_device asked;
static char asked_tcti[64];
static struct ratls_error err;

/* In the place of tpm_device.c. */
enum ratls_err rt_tpm_device_key(const struct rt_tpm_device *device, struct ratls_buffer *out,
                                 struct ratls_error *why)
{
    asked = *device;
    (void)snprintf(asked_tcti, sizeof asked_tcti, "%s", device->tcti ? device->tcti : "(default)");
    return broken ? ratls_fail(why, broken, "no TPM") : rt_dup(rt_key_spki(ak), out);
}

enum ratls_err rt_tpm_device_quote(const struct rt_tpm_device *device,
                                   struct ratls_bytes extra_data, struct rt_tpm_answer *out,
                                   struct ratls_error *why)
{
    uint8_t rs[RT_P256_SIG_LEN];
    struct rt_writer w = {0};

    (void)device;
    *out = (struct rt_tpm_answer){0};
    if (broken)
        return ratls_fail(why, broken, "it broke");
    if (extra_data.len > room)
        return RATLS_E_LIMIT;
    if (on_quote)
        on_quote();
    played.extra_data = extra_data;
    memcpy(out->pcr, played.pcr, sizeof out->pcr);
    MUST(rt_sim_tpm_quote(&played, &out->message));
    MUST(rt_sign_raw(ratls_env_system(), ak, rt_bytes_of(&out->message), rs, sizeof rs));
    rt_sim_tpm_put_ecdsa(&w, ratls_bytes(rs, sizeof rs));
    return rt_writer_take(&w, &out->signature);
}

void rt_tpm_answer_free(struct rt_tpm_answer *a)
{
    ratls_buffer_free(&a->message);
    ratls_buffer_free(&a->signature);
}

static inline void played_setup(void)
{
    MUST(rt_key_generate(ratls_env_system(), RT_P256, &ak));
    rt_sim_tpm_usual(&played);
    room = 66;
}

static inline void played_teardown(void)
{
    rt_key_free(ak);
}

#endif
