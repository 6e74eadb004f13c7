/* appraise_impl.h - one appraisal under way, shared by appraise.c and appraise_cert.c. */
#ifndef RT_APPRAISE_IMPL_H
#define RT_APPRAISE_IMPL_H

#include "appraisal.h"
#include "evidence_ext.h"
#include "trust.h"
#include "verdict.h"

enum rt_form { RT_FORM_RAW, RT_FORM_CCC, RT_FORM_CMW, RT_FORM_SESSION };

struct ratls_token;

struct rt_job {
    const struct ratls_trust *t;
    struct ratls_verdict *v; /* claims, tee and expiry are filled on the way */
    struct ratls_error *err; /* not the verdict's own: that one holds a code from the start */
    int64_t now;
    const char *tee;            /* expected verifier; NULL: any */
    const char *named;          /* verifier that a carrier names; NULL: there is none */
    const uint8_t *report_data; /* 64 bytes expected; NULL: not compared */
    bool authenticity_only;
    const struct ratls_appraisal *with; /* collateral, certificates, event log; NULL: none */

    enum rt_form form;
    struct ratls_bytes evidence;
    struct ratls_bytes media_type; /* RT_FORM_CMW, RT_FORM_SESSION */

    bool is_certificate;
    const struct rt_x509 *identity;       /* the leaf, where a chain to an identity CA proved it */
    const struct ratls_claims *certified; /* quotes: what the certificate's verdict found */
    bool has_iat;
    int64_t iat;
};

/* They say whether anything objects; none writes the outcome into the verdict. */
RATLS_MUST_USE enum ratls_err rt_judge(const struct rt_job *j);
/* The claim `report_data`; false: it is not there, or is none. */
RATLS_MUST_USE bool rt_claimed_report_data(const struct ratls_claims *claims,
                                           uint8_t out[RATLS_REPORT_DATA_LEN]);
/* The end of all of them: the claims of the verdict are proven, until its end. */
RATLS_MUST_USE enum ratls_err rt_judge_proven(const struct rt_job *j);
/* The passport of this leaf is genuine and about its key; its claims are now those of the verdict.
 * *token is new, NULL after an error. */
RATLS_MUST_USE enum ratls_err rt_take_passport(struct rt_job *j, const struct rt_x509 *leaf,
                                               const struct rt_cert_evidence *ev,
                                               struct ratls_token **token);
/* The devices that it tells of, judged each by the rules of its kind, become part of the verdict.
 */
RATLS_MUST_USE enum ratls_err rt_take_told_devices(const struct rt_job *j,
                                                   const struct ratls_token *token);
RATLS_MUST_USE enum ratls_err rt_judge_cert(struct rt_job *j, struct rt_der_list chain,
                                            const struct rt_cert_rules *rules);
/* rt_verdict_new() of an appraisal by `t` at `now`. */
struct ratls_verdict *rt_verdict_by(const struct ratls_trust *t, int64_t now);
/* The one place that allows; returns ratls_verdict_code(v). */
enum ratls_err rt_conclude(struct ratls_verdict *v, enum ratls_err e,
                           const struct ratls_error *err);

#endif
