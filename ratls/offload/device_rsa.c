#include "device_rsa.h"

#include <wolfssl/wolfcrypt/rsa.h>

enum { MODULUS_MAX = 512, NUMBERS_MAX = 8 * MODULUS_MAX };

/* The magnitudes of a key, one behind the other. */
struct numbers {
    uint8_t bytes[NUMBERS_MAX];
    size_t used;
    bool good;
};

static struct ratls_bytes put(struct numbers *to, const mp_int *v)
{
    uint8_t *at = to->bytes + to->used;
    const int len = mp_unsigned_bin_size(v);

    if (len <= 0 || (size_t)len > sizeof to->bytes - to->used ||
        mp_to_unsigned_bin_len((mp_int *)(uintptr_t)v, at, len) != MP_OKAY) {
        to->good = false;
        return ratls_bytes(NULL, 0);
    }
    to->used += (size_t)len;
    return ratls_bytes(at, (size_t)len);
}

static struct rt_rsa_numbers numbers_of(const RsaKey *key, bool private, struct numbers *to)
{
    struct rt_rsa_numbers k = {.n = put(to, &key->n), .e = put(to, &key->e)};

    if (private) {
        k.d = put(to, &key->d);
        k.p = put(to, &key->p);
        k.q = put(to, &key->q);
        k.dp = put(to, &key->dP);
        k.dq = put(to, &key->dQ);
        k.qi = put(to, &key->u);
    }
    return k;
}

enum rt_offload rt_device_rsa(const wc_CryptoInfo *info)
{
    const int type = info->pk.rsa.type;
    const bool private = type == RSA_PRIVATE_ENCRYPT || type == RSA_PRIVATE_DECRYPT;
    struct numbers store = {.good = true};
    const struct rt_rsa_numbers k = numbers_of(info->pk.rsa.key, private, &store);
    enum rt_offload a = RT_OFFLOAD_NOT;

    if (store.good && k.n.len <= MODULUS_MAX && *info->pk.rsa.outLen >= k.n.len)
        a = rt_rsa_power(&k, ratls_bytes(info->pk.rsa.in, info->pk.rsa.inLen), info->pk.rsa.out);
    if (a == RT_OFFLOAD_DONE)
        *info->pk.rsa.outLen = (word32)k.n.len;
    rt_wipe(&store, sizeof store);
    return a;
}
