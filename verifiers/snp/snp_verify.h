/* snp_verify.h - one verification under way: which certificates count, that they reach a trusted
 * root, that they are not revoked. The steps are called in the order in which they stand here;
 * verify.c has the report itself. */
#ifndef RT_SNP_VERIFY_H
#define RT_SNP_VERIFY_H

#include "certs.h"

enum { RT_SNP_MAX_CRLS = 16, RT_SNP_MAX_REVOKED_SHOWN = 32 };

struct rt_snp_work {
    const struct ratls_verify_input *input;
    struct ratls_claims *claims;
    struct ratls_error *err;

    struct rt_snp_certs certs;
    struct rt_snp_vek *vek;         /* owned reference; NULL: endorsements without one */
    bool was_kept;                  /* proven before, under ca */
    struct rt_amd_ca ca;            /* who issued it */
    struct rt_snp_collateral *with; /* whose ca it is; NULL: out of certs */
    int64_t expires;
};

/* The VEK that fits the report, of all that are at hand. When none fits, what is wrong with the
 * first. RATLS_E_COLLATERAL_MISSING: there is none. */
RATLS_MUST_USE enum ratls_err rt_snp_choose_vek(struct rt_snp_work *w,
                                                const struct rt_snp_report *r);
/* The one VEK among the certificates, or none; for endorsements. */
RATLS_MUST_USE enum ratls_err rt_snp_choose_any(struct rt_snp_work *w);
/* Chain to a trusted root, and dates. Sets `simulated`. */
RATLS_MUST_USE enum ratls_err rt_snp_prove_vek(struct rt_snp_work *w);
/* For the next report of this chip: only after it proved a whole one. */
void rt_snp_keep_vek(struct rt_snp_work *w);
/* By every CRL of this ARK. Sets tcb_status and collateral_expires. */
RATLS_MUST_USE enum ratls_err rt_snp_judge_revocation(struct rt_snp_work *w);
void rt_snp_work_free(struct rt_snp_work *w);

#endif
