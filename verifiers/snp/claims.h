/* claims.h - what a report and its certificate say, as named claims (README.md lists them). */
#ifndef RT_SNP_CLAIMS_H
#define RT_SNP_CLAIMS_H

#include "ratls/evidence.h"
#include "report.h"
#include "vek.h"

/* All that needs no certificate. */
void rt_snp_report_claims(const struct rt_snp_report *r, struct ratls_claims *claims);
/* `snp.product`, and the parts of the four TCB versions, which differ by generation. */
void rt_snp_product_claims(const struct rt_snp_report *r, enum rt_snp_product p,
                           struct ratls_claims *claims);
void rt_snp_vek_claims(const struct rt_snp_vek *v, struct ratls_claims *claims);

#endif
