#include "kek.h"

#include <stdlib.h>

struct ratls_kek {
    const struct rt_kek_ops *ops;
    void *self;
    char id[RATLS_KEK_ID_MAX + 1];
};

enum { ID_BYTES = 16, CHECK_LEN = 16 };

/* A nonce that no record has but by chance (2^-96), so that the same key always has the same id. */
static enum ratls_err make_id(struct ratls_kek *kek)
{
    static const uint8_t zeros[CHECK_LEN];
    const struct rt_gcm with = {.iv = zeros, .aad = ratls_bytes_str("ratls-kek/1")};
    uint8_t check[CHECK_LEN + RT_GCM_TAG_LEN], digest[RT_SHA256_LEN];
    enum ratls_err e = rt_kek_seal(kek, &with, ratls_bytes(zeros, sizeof zeros), check);

    if (!e)
        e = rt_sha256(ratls_bytes(check, sizeof check), digest);
    if (!e)
        rt_hex(ratls_bytes(digest, ID_BYTES), kek->id);
    return e;
}

static const struct rt_kek_ops *const places[] = {&rt_kek_file, &rt_kek_pkcs11};

enum ratls_err ratls_kek_open(const struct ratls_env *env, const char *url, struct ratls_kek **out,
                              struct ratls_error *err)
{
    struct ratls_kek *kek = calloc(1, sizeof *kek);

    *out = NULL;
    if (!kek)
        return RATLS_E_NO_MEMORY;
    for (size_t i = 0; url && !kek->ops && i < RT_COUNT(places); i++)
        if (rt_starts_with(ratls_bytes_str(url), places[i]->scheme))
            kek->ops = places[i];
    enum ratls_err e =
        kek->ops ? kek->ops->open(env, url + strlen(kek->ops->scheme), &kek->self, err)
                 : ratls_fail(err, RATLS_E_USAGE, "a KEK is file:/PATH or a URL of PKCS#11");
    if (!e && (e = make_id(kek)) != RATLS_OK)
        e = ratls_fail(err, e, "the KEK seals nothing");
    if (e) {
        ratls_kek_close(kek);
        return e;
    }
    *out = kek;
    return RATLS_OK;
}

void ratls_kek_close(struct ratls_kek *kek)
{
    if (!kek)
        return;
    if (kek->self)
        kek->ops->close(kek->self);
    free(kek);
}

const char *ratls_kek_id(const struct ratls_kek *kek)
{
    return kek->id;
}

enum ratls_err rt_kek_seal(const struct ratls_kek *kek, const struct rt_gcm *with,
                           struct ratls_bytes plain, uint8_t *sealed)
{
    return kek->ops->seal(kek->self, with, plain, sealed);
}

enum ratls_err rt_kek_unseal(const struct ratls_kek *kek, const struct rt_gcm *with,
                             struct ratls_bytes sealed, uint8_t *plain, enum ratls_err forged)
{
    return kek->ops->unseal(kek->self, with, sealed, plain, forged);
}
