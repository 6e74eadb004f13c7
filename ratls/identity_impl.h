/* identity_impl.h - what the core asks of an identity besides ratls/identity.h. */
#ifndef RT_IDENTITY_IMPL_H
#define RT_IDENTITY_IMPL_H

#include "base.h"
#include "crypto.h"
#include "ratls/identity.h"

/* A certificate without evidence, for a server that only verifies: TLS wants one. */
RATLS_MUST_USE enum ratls_err rt_identity_plain(const struct ratls_env *env,
                                                struct ratls_identity **out,
                                                struct ratls_error *err);
bool rt_identity_complete(const struct ratls_identity *id); /* has its certificate */
/* SHA-256 of the evidence shown; NULL when there is none. */
const uint8_t *rt_identity_evidence_sha256(const struct ratls_identity *id);

#endif
