/* refvals.h - reference values of Arm CCA: which firmware of a platform, and which realms, are
 * good.
 *
 * JSON as Veraison and Trustee store them, both lists with at least one entry:
 *   {"platform": [{"implementation-id": hex of 32 bytes, "platform-configuration": hex,
 *                  "sw-components": [{"measurement-value": hex, "signer-id": hex,
 *                                     "component-type": text, "version": text}, ...]}, ...],
 *    "realm": [{"initial-measurement": hex, "extensible-measurements": [hex, 4 of them],
 *               "personalization-value": hex, "rak-hash-algorithm": text}, ...]}
 * Whatever an entry leaves out is not compared, but for implementation-id, sw-components,
 * measurement-value, signer-id and initial-measurement, which must be there. Members that are not
 * named here are refused: a misspelt one would silently compare nothing.
 * A platform is good when all of one entry fits: its components are exactly those listed, in any
 * order. Reads verified claims and nothing else. */
#ifndef RT_REFVALS_H
#define RT_REFVALS_H

#include "base.h"
#include "ratls/evidence.h"

#define RT_MAX_REFVALS    1024 /* entries of a list */
#define RT_MAX_COMPONENTS 32   /* of a platform, as its verifier reads them */

struct rt_refvals;

/* *out is new. RATLS_E_CONFIG. */
RATLS_MUST_USE enum ratls_err rt_refvals_read(struct ratls_bytes json, struct rt_refvals **out,
                                              struct ratls_error *err);
void rt_refvals_free(struct rt_refvals *r); /* NULL is legal */
/* RATLS_E_MEASUREMENT says whether platform or realm is none of those listed. */
RATLS_MUST_USE enum ratls_err rt_refvals_judge(const struct rt_refvals *r,
                                               const struct ratls_claims *claims,
                                               struct ratls_error *err);

#endif
