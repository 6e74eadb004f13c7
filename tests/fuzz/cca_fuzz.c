/* Any bytes as a CCA token, behind the key of its platform: the SubjectPublicKeyInfo of a P-384
 * key, 120 bytes. */
#include "arm_token.h"
#include "cca.h"
#include "evidence.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

enum { SPKI_LEN = 120 };

/* The name that the platform token gives its platform: mutants of good tokens find their key, and
 * get no further than their signatures carry them. */
static bool read_id(struct ratls_bytes evidence, uint8_t id[RT_ARM_DEVICE_LEN])
{
    struct rt_arm_collection c;
    struct rt_cose_sign1 token;
    struct rt_arm_platform p;

    if (rt_arm_collection_read(evidence, &c, NULL) != RATLS_OK || !c.platform.p ||
        rt_cose_read(c.platform, &token, NULL) != RATLS_OK ||
        rt_arm_platform_read(token.payload, &rt_arm_cca_rules, &p, NULL) != RATLS_OK)
        return false;
    memcpy(id, p.implementation_id.p, RT_ARM_IMPLEMENTATION_LEN);
    memcpy(id + RT_ARM_IMPLEMENTATION_LEN, p.instance_id.p, RT_ARM_INSTANCE_LEN);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct rt_reader r = rt_reader(ratls_bytes(bytes, len));
    uint8_t id[RT_ARM_DEVICE_LEN];
    const struct ratls_trusted_key key = {
        .id = ratls_bytes(id, sizeof id), .spki = rt_take_bytes(&r, SPKI_LEN), .simulated = true};
    struct ratls_verify_input input = {
        .size = sizeof input, .evidence = rt_rest(&r), .keys = &key, .now = 1751000000};
    struct ratls_claims *claims = ratls_claims_new();
    struct ratls_error err = {0};

    if (r.bad)
        input.evidence = ratls_bytes(bytes, len);
    (void)rt_verifier_cca.recognises(input.evidence);
    const enum ratls_err described = rt_verifier_cca.describe(input.evidence, claims, &err);
    ratls_claims_free(claims);
    if (fuzz_run(&rt_verifier_cca, &input) == RATLS_OK)
        abort(); /* no key is trusted */
    input.n_keys = 1;
    if (read_id(input.evidence, id) && fuzz_run(&rt_verifier_cca, &input) == RATLS_OK &&
        described != RATLS_OK)
        abort(); /* what can be proven can be shown */
    return 0;
}
