/* sealed.h - the record of one version of a secret: its body in the store, and its cryptography.
 *
 * Does NOT touch the store. What comes in is foreign: a body that is not byte for byte as it would
 * be written here is refused, and nothing of it is used before its tag has been compared. */
#ifndef RT_SEALED_H
#define RT_SEALED_H

#include "crypto_seal.h"
#include "kek.h"
#include "ratls/secrets.h"
#include "store_impl.h"

#define RT_SEALED_FORMAT "ratls-secret/1"
#define RT_SEALED_MORE                                                                             \
    (RT_GCM_IV_LEN + RT_GCM_TAG_LEN) /* in front of and behind what is sealed                      \
                                      */
#define RT_SEALED_KEY   (RT_AES_KEY_LEN + RT_SEALED_MORE)
#define RT_SEALED_VALUE (RATLS_SECRET_VALUE_MAX + RT_SEALED_MORE)

struct rt_sealed {
    bool destroyed; /* nothing else is there */
    char policy[RATLS_STORE_NAME_MAX + 1];
    uint8_t policy_sha256[RT_DIGEST_LEN];
    char kek[RATLS_KEK_ID_MAX + 1];
    int64_t until;              /* 0: open; not authenticated by the seal, but by the trail */
    uint8_t key[RT_SEALED_KEY]; /* IV, data key, tag */
    struct ratls_buffer value;  /* IV, value, tag */
};

/* A body as it lies in the store. RATLS_E_SECRET_TAMPERED. Fills *out, also after an error:
 * rt_sealed_free(). */
RATLS_MUST_USE enum ratls_err rt_sealed_read(struct ratls_bytes body, struct rt_sealed *out,
                                             struct ratls_error *err);
/* *out is new, with NUL behind it. */
RATLS_MUST_USE enum ratls_err rt_sealed_write(const struct rt_sealed *s, struct ratls_buffer *out);
void rt_sealed_free(struct rt_sealed *s);
size_t rt_sealed_size(const struct rt_sealed *s); /* of the value */

/* `ref`: name and version, whose record it is. Policy and digest of *s are set; key, value and KEK
 * are made. */
RATLS_MUST_USE enum ratls_err rt_seal(const struct ratls_env *env, const struct ratls_kek *kek,
                                      const struct ratls_store_ref *ref, struct ratls_bytes value,
                                      struct rt_sealed *s);
/* RATLS_E_KEK_MISMATCH, RATLS_E_SECRET_TAMPERED. *out is new. */
RATLS_MUST_USE enum ratls_err rt_unseal(const struct ratls_kek *kek,
                                        const struct ratls_store_ref *ref,
                                        const struct rt_sealed *s, struct ratls_secret_value **out,
                                        struct ratls_error *err);
/* The data key alone comes from one KEK under the other. */
struct rt_rekey {
    const struct ratls_env *env;
    const struct ratls_kek *from, *to;
};
RATLS_MUST_USE enum ratls_err rt_reseal_key(const struct rt_rekey *keys,
                                            const struct ratls_store_ref *ref, struct rt_sealed *s,
                                            struct ratls_error *err);

/* ---- values ---- */

/* *out is new, zeros. */
RATLS_MUST_USE enum ratls_err rt_value_new(size_t len, struct ratls_secret_value **out);
uint8_t *rt_value_bytes(struct ratls_secret_value *v);

#endif
