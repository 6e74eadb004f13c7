/* collateral_query.h - about which platform `ratls collateral` asks: options, else what evidence
 * says of it. */
#ifndef RATLS_TOOL_COLLATERAL_QUERY_H
#define RATLS_TOOL_COLLATERAL_QUERY_H

#include "ratls/collateral.h"

#include "tool.h"

/* Options of the command, in the order of its help. */
enum {
    EVIDENCE,
    TEE,
    FMSPC,
    CA,
    PRODUCT,
    KEY,
    VCEK,
    CHIP_ID,
    TCB,
    VCEK_OUT,
    URL,
    ROOT_CRL_URL,
    PCCS,
    CA_FILE,
    API_KEY_FILE,
    EARLY,
    TIMEOUT,
    CACHE,
    REFRESH_BEFORE,
    OUT,
    ANCHORS,
    SIM_ROOTS,
    TIME,
    JSON,
};

/* `claims` are those of the evidence, or NULL. Texts of *out are borrowed from `args` and `claims`.
 * false: said on stderr. Does NOT check the product, ratls_collateral_get() does. */
bool tool_collateral_query(const struct tool_args *args, const struct ratls_claims *claims,
                           struct ratls_collateral_query *out);

#endif
