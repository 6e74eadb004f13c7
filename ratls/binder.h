/* binder.h - what a session proof signs (PROTOCOL.md, "Binder"). Pure functions of typed fields.
 *
 * Does NOT know connections or frames; whoever calls vouches for where the fields come from. */
#ifndef RT_BINDER_H
#define RT_BINDER_H

#include "base.h"
#include "crypto.h"
#include "ratls/identity.h"

#define RT_BINDER_LEN    64
#define RT_EXPORTER_LEN  32
#define RT_PROOF_SIG_LEN RT_P256_SIG_LEN

/* RFC 5705 exporter label of the one who proves; NULL for an unknown role. */
const char *rt_exporter_label(enum ratls_role role);

/* RATLS_E_USAGE for a role or level that no proof has; RATLS_E_NONCE for a binder whose last 32
 * bytes are zero: the form of certificate report data. */
RATLS_MUST_USE enum ratls_err rt_binder(const struct ratls_proof_request *req,
                                        const uint8_t own_spki_sha256[RT_SHA256_LEN],
                                        uint8_t binder[RT_BINDER_LEN]);

RATLS_MUST_USE enum ratls_err rt_proof_sign(const struct ratls_env *env, struct rt_key *ak,
                                            const uint8_t binder[RT_BINDER_LEN],
                                            uint8_t signature[RT_PROOF_SIG_LEN]);
/* `ak_spki` is a P-256 SubjectPublicKeyInfo from the peer's evidence. RATLS_E_PROOF_SIGNATURE. */
RATLS_MUST_USE enum ratls_err rt_proof_verify(struct ratls_bytes ak_spki,
                                              const uint8_t binder[RT_BINDER_LEN],
                                              struct ratls_bytes signature,
                                              struct ratls_error *err);

#endif
