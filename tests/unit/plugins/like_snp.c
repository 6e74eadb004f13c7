/* Evidence "LIKE" || 64 bytes whose claims have the names of SEV-SNP, but do not agree as those of
 * a report do. */
#include "plugin.h"

static bool recognises(struct ratls_bytes evidence)
{
    return evidence.len == 4 + RATLS_REPORT_DATA_LEN && memcmp(evidence.p, "LIKE", 4) == 0;
}

static enum ratls_err describe(struct ratls_bytes evidence, struct ratls_claims *claims,
                               struct ratls_error *err)
{
    (void)evidence;
    (void)err;
    ratls_claims_set_text(claims, "tee", "snp");
    ratls_claims_set_text(claims, "snp.abi", "1.2");
    ratls_claims_set_uint(claims, "snp.policy_abi_major", 1);
    ratls_claims_set_uint(claims, "snp.policy_abi_minor", 3);
    ratls_claims_set_bool(claims, "snp.policy_debug_allowed", true);
    ratls_claims_set_bool(claims, "snp.debug", false);
    ratls_claims_set_bool(claims, "snp.policy_smt_allowed", true);
    ratls_claims_set_bool(claims, "snp.smt_allowed", true);
    ratls_claims_set_bool(claims, "snp.policy_migrate_ma", false);
    ratls_claims_set_text(claims, "snp.migrate_ma", "perhaps");
    ratls_claims_set_uint(claims, "snp.reported_tcb_newer", 7);
    ratls_claims_set_text(claims, "snp.reported_tcb_newest", "perhaps");
    ratls_claims_set_hex(claims, "snp.chip_id", ratls_bytes("one", 3));
    ratls_claims_set_hex(claims, "snp.hwid", ratls_bytes("two", 3));
    return ratls_claims_status(claims);
}

static enum ratls_err verify(const struct ratls_verify_input *input, struct ratls_claims *claims,
                             struct ratls_error *err)
{
    return describe(input->evidence, claims, err);
}

PLUGIN(ABI, SIZE, "like", recognises, describe, verify, 0)
