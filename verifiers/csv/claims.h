/* claims.h - what a report of CSV and its platform's certificates say, as named claims: README.md.
 */
#ifndef RT_CSV_CLAIMS_H
#define RT_CSV_CLAIMS_H

#include "chain.h"
#include "report.h"

void rt_csv_report_claims(const struct rt_csv_report *report, struct ratls_claims *claims);

/* Of HSK and CEK, proven or not. */
RATLS_MUST_USE enum ratls_err rt_csv_pair_claims(const struct rt_csv_chain *chain,
                                                 struct ratls_claims *claims,
                                                 struct ratls_error *err);
/* Of a chain that was proven. */
RATLS_MUST_USE enum ratls_err rt_csv_chain_claims(const struct rt_csv_chain *chain,
                                                  struct ratls_claims *claims,
                                                  struct ratls_error *err);

#endif
