/* A verifier plugin for a TEE that does not exist: "EXAMPLE1" || report data (64) || measurement
 * (32). There is no signature, so its evidence proves nothing and is always `simulated`. A real
 * verifier differs in verify() only: it checks every signature up to a root in input->roots at
 * input->now.
 *
 *     cc -shared -fPIC plugin_example.c -o example.so $(pkg-config --cflags --libs ratls)
 */
#include <ratls/verifier.h>

#define MAGIC           "EXAMPLE1"
#define MAGIC_LEN       8
#define MEASUREMENT_LEN 32
#define EVIDENCE_LEN    (MAGIC_LEN + RATLS_REPORT_DATA_LEN + MEASUREMENT_LEN)

static bool recognises(struct ratls_bytes evidence)
{
    return evidence.len >= MAGIC_LEN && memcmp(evidence.p, MAGIC, MAGIC_LEN) == 0;
}

static enum ratls_err describe(struct ratls_bytes evidence, struct ratls_claims *claims,
                               struct ratls_error *err)
{
    if (evidence.len != EVIDENCE_LEN || !recognises(evidence))
        return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "not %d bytes after " MAGIC, EVIDENCE_LEN);
    const uint8_t *report_data = evidence.p + MAGIC_LEN;
    const uint8_t *measurement = report_data + RATLS_REPORT_DATA_LEN;
    ratls_claims_set_text(claims, "tee", "example");
    ratls_claims_set_hex(claims, "measurement", ratls_bytes(measurement, MEASUREMENT_LEN));
    ratls_claims_set_hex(claims, "report_data", ratls_bytes(report_data, RATLS_REPORT_DATA_LEN));
    ratls_claims_set_bool(claims, "debug", false);
    ratls_claims_set_bool(claims, "simulated", true);
    ratls_claims_set_text(claims, "tcb_status", "not_evaluated");
    return ratls_claims_status(claims);
}

static enum ratls_err verify(const struct ratls_verify_input *input, struct ratls_claims *claims,
                             struct ratls_error *err)
{
    return describe(input->evidence, claims, err);
}

static const struct ratls_verifier example = {
    .abi = RATLS_VERIFIER_ABI,
    .size = sizeof example,
    .name = "example",
    .media_type = "application/vnd.ratls.example",
    .recognises = recognises,
    .describe = describe,
    .verify = verify,
};

RATLS_API const struct ratls_verifier *ratls_verifier_plugin(void);
const struct ratls_verifier *ratls_verifier_plugin(void)
{
    return &example;
}
