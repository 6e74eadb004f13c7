/* Claims of a GPU as NVIDIA's remote attestation service (NRAS, claims version 3.0) names them, for
 * what reads those. They are of an allowed verdict: what is not proven has no place here. */
#include <ctype.h>

#include "ear.h"
#include "json.h"

static const char *text_of(const struct ratls_claims *claims, const char *name)
{
    const struct ratls_claim *c = ratls_claims_get(claims, name);

    return c && c->type == RATLS_CLAIM_TEXT ? c->text : NULL;
}

static void put(struct rt_writer *w, const char *name, const char *text)
{
    if (!text)
        return;
    rt_ear_put_name(w, name);
    rt_json_put_text(w, text);
}

static void put_true(struct rt_writer *w, const char *name)
{
    rt_ear_put_name(w, name);
    rt_json_put_raw(w, "true");
}

/* NRAS has the letters of its hex digits upper case, the claim lower case. */
static void put_vbios(struct rt_writer *w, const char *version)
{
    char upper[64] = "";

    for (size_t i = 0; version && version[i] && i + 1 < sizeof upper; i++)
        upper[i] = (char)toupper((unsigned char)version[i]);
    put(w, "x-nvidia-gpu-vbios-version", version ? upper : NULL);
}

/* Reference values affirmed what runs there. */
static bool is_measured(const struct ratls_ear_device *d)
{
    for (size_t i = 0; i < RATLS_VECTOR_LEN; i++)
        if (strcmp(ratls_vector_name(i), "executables") == 0)
            return d->vector[i] == 2 || d->vector[i] == 3; /* AR4SI: affirming */
    return false;
}

/* What is proven, whatever the policy compared. */
static void put_report(struct rt_writer *w, const struct ratls_claims *claims)
{
    put_true(w, "x-nvidia-gpu-attestation-report-parsed");
    put_true(w, "x-nvidia-gpu-attestation-report-nonce-match");
    put_true(w, "x-nvidia-gpu-attestation-report-signature-verified");
    rt_ear_put_name(w, "x-nvidia-gpu-attestation-report-cert-chain");
    rt_json_put_raw(w, "{\"x-nvidia-cert-status\":\"valid\"");
    put(w, "x-nvidia-cert-ocsp-status", text_of(claims, "nvidia.ocsp_status"));
    rt_json_put_raw(w, "}");
    put_true(w, "x-nvidia-gpu-arch-check");
    put(w, "x-nvidia-gpu-driver-version", text_of(claims, "nvidia.driver_version"));
    put_vbios(w, text_of(claims, "nvidia.vbios_version"));
}

void rt_ear_put_nvidia(struct rt_writer *w, const struct ratls_ear_device *d)
{
    const char *arch = text_of(d->claims, "nvidia.arch");

    if (strcmp(d->kind, "nvidia") != 0 || d->simulated || !arch || strcmp(arch, "ls10") == 0)
        return;
    put_report(w, d->claims);
    put(w, "measres", is_measured(d) ? "success" : "not-run");
    if (!is_measured(d)) /* a GPU in debug mode has other measurements, and no field that says so */
        return;
    put_true(w, "secboot");
    put(w, "dbgstat", "disabled");
}
