/* kek.h - what a place of key-encryption keys must do: seal and open a few bytes by AES-256-GCM. */
#ifndef RT_KEK_H
#define RT_KEK_H

#include "crypto_seal.h"
#include "ratls/secrets.h"

struct rt_kek_ops {
    const char *scheme; /* "file:" */
    /* What follows the scheme. *self is new: close(). */
    enum ratls_err (*open)(const struct ratls_env *env, const char *where, void **self,
                           struct ratls_error *err);
    /* As rt_gcm_seal() and rt_gcm_open(), but for the key; RATLS_E_KEK when it fails itself. */
    enum ratls_err (*seal)(void *self, const struct rt_gcm *with, struct ratls_bytes plain,
                           uint8_t *sealed);
    enum ratls_err (*unseal)(void *self, const struct rt_gcm *with, struct ratls_bytes sealed,
                             uint8_t *plain, enum ratls_err forged);
    void (*close)(void *self);
};

extern const struct rt_kek_ops rt_kek_file, rt_kek_pkcs11;

/* `key` of `with` is that of the KEK. */
RATLS_MUST_USE enum ratls_err rt_kek_seal(const struct ratls_kek *kek, const struct rt_gcm *with,
                                          struct ratls_bytes plain, uint8_t *sealed);
RATLS_MUST_USE enum ratls_err rt_kek_unseal(const struct ratls_kek *kek, const struct rt_gcm *with,
                                            struct ratls_bytes sealed, uint8_t *plain,
                                            enum ratls_err forged);

#endif
