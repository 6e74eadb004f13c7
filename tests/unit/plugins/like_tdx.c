/* Evidence "LIKE" || report data (64) whose claims have the names of TDX, but not all of their
 * types and meanings. */
#include "plugin.h"

static bool recognises(struct ratls_bytes evidence)
{
    return evidence.len == 4 + RATLS_REPORT_DATA_LEN && memcmp(evidence.p, "LIKE", 4) == 0;
}

static enum ratls_err describe(struct ratls_bytes evidence, struct ratls_claims *claims,
                               struct ratls_error *err)
{
    const struct ratls_bytes report_data = ratls_bytes(evidence.p + 4, RATLS_REPORT_DATA_LEN);

    (void)err;
    ratls_claims_set_text(claims, "tee", "tdx");
    ratls_claims_set_hex(claims, "measurement", ratls_bytes("one", 3));
    ratls_claims_set_hex(claims, "tdx.mr_td", ratls_bytes("two", 3));
    ratls_claims_set_hex(claims, "report_data", report_data);
    ratls_claims_set_hex(claims, "tdx.report_data", report_data);
    ratls_claims_set_text(claims, "simulated", "perhaps");
    ratls_claims_set_text(claims, "tdx.pks", "perhaps");
    ratls_claims_set_bool(claims, "tdx.kl", false);
    ratls_claims_set_hex(claims, "tdx.td_attributes", ratls_bytes("\0\0\0\0\0\0\0", 8));
    ratls_claims_set_bool(claims, "tdx.xfam_new", true);
    ratls_claims_set_text(claims, "tdx.xfam_newer", "perhaps");
    ratls_claims_set_uint(claims, "tdx.cert_data_type", 77);
    ratls_claims_set_text(claims, "tdx.earliest_expiration", "1970-01-01T00:00:05Z");
    ratls_claims_set_uint(claims, "collateral_expires", 6);
    ratls_claims_set_text(claims, "tdx.unheard_of", "yes");
    return ratls_claims_status(claims);
}

static enum ratls_err verify(const struct ratls_verify_input *input, struct ratls_claims *claims,
                             struct ratls_error *err)
{
    return describe(input->evidence, claims, err);
}

PLUGIN(ABI, SIZE, "like", recognises, describe, verify, 0)
