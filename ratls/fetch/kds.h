/* kds.h - chain, revocation list and, if asked for, the VCEK of an AMD platform from AMD's Key
 * Distribution Service, as one collateral file (verifiers/snp/snp_collateral.h).
 *
 * Does NOT verify them. Blocks; see http.h.
 * Source: AMD 57230 "VCEK Certificate and KDS Interface Specification" 1.00, chapter 4. */
#ifndef RT_KDS_H
#define RT_KDS_H

#include "base.h"
#include "ratls/collateral.h"

/* *json is new text with NUL behind it. RATLS_E_USAGE: the source or the query is none, or a VLEK
 * is asked for, which clouds give out and AMD does not; RATLS_E_FETCH: see rt_http_get();
 * RATLS_E_COLLATERAL_FORMAT: see form.h. */
RATLS_MUST_USE enum ratls_err rt_kds_fetch(const struct ratls_env *env,
                                           const struct ratls_collateral_source *source,
                                           const struct ratls_collateral_query *query,
                                           struct ratls_buffer *json, struct ratls_error *err);

/* The name of the query as part of a file name, as snp_collateral.h has it. RATLS_E_USAGE. */
RATLS_MUST_USE enum ratls_err rt_kds_name(const struct ratls_collateral_query *query,
                                          char name[RATLS_COLLATERAL_NAME_LEN],
                                          struct ratls_error *err);

#endif
