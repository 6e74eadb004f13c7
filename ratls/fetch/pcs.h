/* pcs.h - the four documents of a platform from a collateral service, as one collateral file.
 *
 * Does NOT verify them. Blocks; see http.h.
 * Sources: Intel PCS API version 4 ("Get TCB Info", "Get Quoting Enclave Identity", "Get
 * Revocation List"); a PCCS has the same and rootcacrl. */
#ifndef RT_PCS_H
#define RT_PCS_H

#include "base.h"
#include "ratls/collateral.h"

/* *json is new text with NUL behind it. RATLS_E_USAGE: the source or the query is none;
 * RATLS_E_FETCH: see rt_http_get(); RATLS_E_COLLATERAL_FORMAT: see form.h; RATLS_E_LIMIT: together
 * they are larger than RT_MAX_COLLATERAL. */
RATLS_MUST_USE enum ratls_err rt_pcs_fetch(const struct ratls_env *env,
                                           const struct ratls_collateral_source *source,
                                           const struct ratls_collateral_query *query,
                                           struct ratls_buffer *json, struct ratls_error *err);

/* "tdx-b0c06f000000-platform": the name of the query as part of a file name: nothing but
 * [0-9a-z-]. RATLS_E_USAGE for a TEE that Intel does not make. */
RATLS_MUST_USE enum ratls_err rt_pcs_name(const struct ratls_collateral_query *query,
                                          char name[RATLS_COLLATERAL_NAME_LEN],
                                          struct ratls_error *err);

#endif
