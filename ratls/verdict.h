/* verdict.h - the inside of a verdict. It starts as deny; only appraise.c turns it into an allow.
 */
#ifndef RT_VERDICT_H
#define RT_VERDICT_H

#include <stdatomic.h>

#include "appraisal.h"
#include "claims.h"
#include "ratls/verifier.h"

struct rt_writer;

#define RT_TEE_NAME_MAX 32

struct ratls_verdict {
    atomic_uint refs;
    bool allowed;
    struct ratls_error why; /* code 0 only when allowed */
    char tee[RT_TEE_NAME_MAX + 1];
    struct ratls_claims *claims;
    uint64_t generation;
    bool proven;                /* the claims: signatures, chains, status, report data */
    unsigned noted;             /* what the policy's rules found, enum rt_noted */
    int64_t judged_at, expires; /* seconds since 1970 */
    int64_t proven_until;       /* `expires` but for the policy's say */
    bool is_certificate, has_iat;
    bool beside_cpu; /* about a device, next to the evidence of its CPU */
    int64_t iat;
    enum ratls_role peer_role; /* 0: no connection */
    const char *alpn;          /* NULL: none; a constant */
    struct ratls_buffer ak_spki;
    struct rt_devices *devices; /* composite.h; NULL: none */
    uint8_t spki_sha256[RT_SHA256_LEN];
    uint8_t evidence_sha256[RT_SHA256_LEN];
};

/* A deny with RATLS_E_INTERNAL, empty claims, no end; NULL when out of memory. */
struct ratls_verdict *rt_verdict_new(void);
/* Another one about the same: all that was proven, shared by all that come of it, and a deny again.
 * NULL when out of memory. */
struct ratls_verdict *rt_verdict_again(const struct ratls_verdict *v);

#endif
