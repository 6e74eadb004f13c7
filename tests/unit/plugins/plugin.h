/* plugin.h - a verifier plugin that works; each file beside it breaks one thing.
 * Its evidence is "GOOD" || report data (64) || measurement (1). */
#ifndef TEST_PLUGIN_H
#define TEST_PLUGIN_H

#include "ratls/verifier.h"

static inline bool usual_recognises(struct ratls_bytes evidence)
{
    return evidence.len >= 4 && memcmp(evidence.p, "GOOD", 4) == 0;
}

static inline enum ratls_err usual_describe(struct ratls_bytes evidence,
                                            struct ratls_claims *claims, struct ratls_error *err)
{
    if (evidence.len != 4 + RATLS_REPORT_DATA_LEN + 1)
        return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "length");
    ratls_claims_set_text(claims, "tee", "good");
    ratls_claims_set_hex(claims, "report_data", ratls_bytes(evidence.p + 4, 64));
    ratls_claims_set_hex(claims, "measurement", ratls_bytes(evidence.p + 68, 1));
    ratls_claims_set_bool(claims, "debug", false);
    ratls_claims_set_bool(claims, "simulated", true);
    ratls_claims_set_text(claims, "tcb_status", "not_evaluated");
    return ratls_claims_status(claims);
}

static inline enum ratls_err usual_verify(const struct ratls_verify_input *input,
                                          struct ratls_claims *claims, struct ratls_error *err)
{
    return usual_describe(input->evidence, claims, err);
}

RATLS_API const struct ratls_verifier *ratls_verifier_plugin(void);

#define PLUGIN(abi_, size_, name_, recognises_, describe_, verify_, n_pins_)                       \
    const struct ratls_verifier *ratls_verifier_plugin(void)                                       \
    {                                                                                              \
        static const struct ratls_verifier verifier = {                                            \
            .abi = abi_,                                                                           \
            .size = size_,                                                                         \
            .name = name_,                                                                         \
            .media_type = "application/vnd.ratls.test",                                            \
            .recognises = recognises_,                                                             \
            .describe = describe_,                                                                 \
            .verify = verify_,                                                                     \
            .n_pins = n_pins_,                                                                     \
        };                                                                                         \
        return &verifier;                                                                          \
    }

#define ABI  RATLS_VERIFIER_ABI
#define SIZE sizeof(struct ratls_verifier)

#endif
