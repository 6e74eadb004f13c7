/* revocation.h - keys, platforms and measurements that are refused for ever.
 *
 * Body of an item: {"what": "measurement"|"key"|"platform", "value": hex, "comment": text}. A key
 * is the SHA-256 of its SubjectPublicKeyInfo; a platform the value of the claim `platform_id`. The
 * item's name is what-<first 32 hex digits of SHA-256(value)>, so that nothing is revoked twice.
 * There is no way back: no other state than active, no dates, one version.
 * An item without a TEE holds for every TEE. */
#ifndef RT_REVOCATION_H
#define RT_REVOCATION_H

#include "ratls/evidence.h"
#include "trust_item.h"

enum rt_revoked { RT_REVOKED_KEY, RT_REVOKED_PLATFORM, RT_REVOKED_MEASUREMENT };

struct rt_revocation {
    enum rt_revoked what;
    char tee[RT_ITEM_TEE_MAX + 1];
    uint8_t len, value[RT_ITEM_VALUE_MAX];
};

struct rt_revocations { /* zeroed: nothing is revoked */
    struct rt_revocation *list;
    size_t n;
};

/* What the body says. RATLS_E_TRUST_FORMAT. */
RATLS_MUST_USE enum ratls_err rt_revocation_read(struct rt_item_reader *r, struct cJSON *body,
                                                 struct rt_revocation *out);
/* After the list has changed. */
void rt_revocations_sort(struct rt_revocations *r);

bool rt_is_revoked(const struct rt_revocations *r, enum rt_revoked what, const char *tee,
                   struct ratls_bytes value);
/* The hash of one key. RATLS_E_KEY_REVOKED. */
RATLS_MUST_USE enum ratls_err rt_revocations_judge_key(const struct rt_revocations *r,
                                                       const char *tee, struct ratls_bytes sha256,
                                                       struct ratls_error *err);
/* Every key that the evidence rests on (claim `evidence_keys`). A verifier that does not name them
 * could hide a revoked one: RATLS_E_KEY_REVOKED as well, where any is revoked for its TEE. */
RATLS_MUST_USE enum ratls_err rt_revocations_judge_keys(const struct rt_revocations *r,
                                                        const char *tee,
                                                        const struct ratls_claims *claims,
                                                        struct ratls_error *err);
/* RATLS_E_PLATFORM_REVOKED, likewise for evidence that names no platform; RATLS_E_REFVAL_REVOKED
 * for the claim `measurement`. */
RATLS_MUST_USE enum ratls_err rt_revocations_judge(const struct rt_revocations *r, const char *tee,
                                                   const struct ratls_claims *claims,
                                                   struct ratls_error *err);

#endif
