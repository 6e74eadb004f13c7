/* GPUs in attestation results, under NVIDIA's names. */
#include <cjson/cJSON.h>

#include "ear.h"
#include "json.h"
#include "token_support.h"

static struct ratls_ear_subject subject;
static struct ratls_ear ear;
static struct ratls_claims *claims;

static void setup(void)
{
    make_issuer();
    cr_assert_not_null(claims = ratls_claims_new());
    ratls_claims_set_text(claims, "nvidia.arch", "hopper");
    ratls_claims_set_text(claims, "nvidia.driver_version", "550.90.07");
    ratls_claims_set_text(claims, "nvidia.vbios_version", "96.00.9f.00.01");
    ratls_claims_set_text(claims, "nvidia.ocsp_status", "unknown");
    ear = (struct ratls_ear){
        .iss = ISS, .aud = AUD, .lifetime_s = 300, .jti = "j1", .raw_claims = true};
    subject = (struct ratls_ear_subject){
        .allowed = true,
        .tee = "tdx",
        .expires = INT64_MAX,
        .device = {{.label = "gpu0", .kind = "nvidia", .vector = {0, 0, 3}, .claims = claims}},
        .n_devices = 1};
}

static void teardown(void)
{
    ratls_claims_free(claims);
    free_issuer();
}

TestSuite(ear_nvidia, .init = setup, .fini = teardown, .timeout = 60);

/* What the submodule holds behind ratls.claims. */
static void expect_names(const char *due)
{
    struct ratls_buffer json = {0};
    struct cJSON *token = NULL;

    MUST(ratls_ear_payload_of(&token_env, &subject, &ear, &json, &err));
    MUST(rt_json_parse(rt_bytes_of(&json), RATLS_E_TOKEN_FORMAT, &token, &err));
    cJSON *gpu = cJSON_GetObjectItem(cJSON_GetObjectItem(token, "submods"), "gpu0");
    cr_assert(gpu);
    cJSON *names = cJSON_CreateObject(), *expected = cJSON_Parse(due), *member, *next;
    for (member = gpu->child; member; member = next) {
        next = member->next;
        if (strncmp(member->string, "ear_", 4) != 0 && strncmp(member->string, "ratls.", 6) != 0)
            cJSON_AddItemToObject(names, member->string, cJSON_Duplicate(member, true));
    }
    cr_expect(cJSON_Compare(names, expected, true), "%s", (const char *)json.p);
    cJSON_Delete(names);
    cJSON_Delete(expected);
    rt_json_free(token);
    ratls_buffer_free(&json);
}

#define REPORT                                                                                     \
    "\"x-nvidia-gpu-attestation-report-parsed\":true,"                                             \
    "\"x-nvidia-gpu-attestation-report-nonce-match\":true,"                                        \
    "\"x-nvidia-gpu-attestation-report-signature-verified\":true,"                                 \
    "\"x-nvidia-gpu-attestation-report-cert-chain\":{\"x-nvidia-cert-status\":\"valid\","          \
    "\"x-nvidia-cert-ocsp-status\":\"unknown\"},\"x-nvidia-gpu-arch-check\":true,"                 \
    "\"x-nvidia-gpu-driver-version\":\"550.90.07\","                                               \
    "\"x-nvidia-gpu-vbios-version\":\"96.00.9F.00.01\""

Test(ear_nvidia, a_gpu_of_known_measurements)
{
    const char *due =
        "{" REPORT ",\"measres\":\"success\",\"secboot\":true,\"dbgstat\":\"disabled\"}";

    expect_names(due);
    subject.device[0].vector[2] = 2;
    expect_names(due);
}

Test(ear_nvidia, says_nothing_of_what_was_not_compared)
{
    static const int8_t values[] = {0, 1, 33, 96};

    for (size_t i = 0; i < RT_COUNT(values); i++) {
        subject.device[0].vector[2] = values[i];
        expect_names("{" REPORT ",\"measres\":\"not-run\"}");
    }
}

Test(ear_nvidia, is_for_gpus_that_are_real)
{
    subject.device[0].simulated = true;
    expect_names("{}");
    subject.device[0].simulated = false;
    memcpy(subject.device[0].kind, "ascend", sizeof "ascend");
    expect_names("{}");
    memcpy(subject.device[0].kind, "nvidia", sizeof "nvidia");
    ratls_claims_set_text(claims, "nvidia.arch", "ls10");
    expect_names("{}");
}

Test(ear_nvidia, is_asked_for_with_all_claims)
{
    ear.raw_claims = false;
    expect_names("{}");
}

Test(ear_nvidia, tells_no_version_that_is_missing)
{
    struct ratls_claims *few = ratls_claims_new();

    cr_assert(few);
    ratls_claims_set_text(few, "nvidia.arch", "blackwell");
    subject.device[0].claims = few;
    expect_names("{\"x-nvidia-gpu-attestation-report-parsed\":true,"
                 "\"x-nvidia-gpu-attestation-report-nonce-match\":true,"
                 "\"x-nvidia-gpu-attestation-report-signature-verified\":true,"
                 "\"x-nvidia-gpu-attestation-report-cert-chain\":{\"x-nvidia-cert-status\":"
                 "\"valid\"},\"x-nvidia-gpu-arch-check\":true,\"measres\":\"success\","
                 "\"secboot\":true,\"dbgstat\":\"disabled\"}");
    ratls_claims_free(few);
}
