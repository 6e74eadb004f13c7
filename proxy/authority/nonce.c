/* Nonces: time (8), random (8), MAC (16). */
#include "nonce.h"

#include <stdio.h>
#include <stdlib.h>

#include "base64url.h"
#include "ratls/dpop.h"
#include "siphash.h"

#define LIFE_MS (INT64_C(1000) * PX_NONCE_LIFE_S)
#define MAC_LEN 16
#define MAC_AT  16

struct px_nonces {
    const struct ratls_env *env;
    uint64_t key[4];
    struct ratls_replay *spent;
};

struct px_nonces *px_nonces_new(const struct ratls_env *env)
{
    struct px_nonces *n = calloc(1, sizeof *n);

    if (!n)
        return NULL;
    n->env = env;
    if (env->random(env->arg, (uint8_t *)n->key, sizeof n->key) == 0 &&
        ratls_replay_new(env, PX_NONCE_LIFE_S, PX_NONCE_SPENT, &n->spent) == RATLS_OK)
        return n;
    px_nonces_free(n);
    return NULL;
}

void px_nonces_free(struct px_nonces *n)
{
    if (!n)
        return;
    ratls_replay_free(n->spent);
    explicit_bzero(n, sizeof *n);
    free(n);
}

/* ---- the MAC ---- */

/* A name is as long as it likes: its own hash stands for it. */
static uint64_t hash_of(const uint64_t key[2], const char *name)
{
    uint64_t words[PX_NONCE_SERVICE / sizeof(uint64_t)] = {0};

    (void)snprintf((char *)words, sizeof words, "%s", name);
    return px_siphash(key, words, sizeof words / sizeof words[0]);
}

static void put_mac(const struct px_nonces *n, const struct px_nonce_owner *owner,
                    const uint8_t nonce[MAC_AT], uint8_t mac[MAC_LEN])
{
    uint64_t words[7] = {0}, tag[2];

    memcpy(words, nonce, MAC_AT);
    if (owner->spki_sha256)
        memcpy(&words[2], owner->spki_sha256, 32);
    for (size_t i = 0; i < 2; i++) {
        words[6] = hash_of(&n->key[2 * i], owner->service);
        tag[i] = px_siphash(&n->key[2 * i], words, 7);
    }
    memcpy(mac, tag, MAC_LEN);
}

static bool same(const uint8_t *a, const uint8_t *b, size_t len)
{
    unsigned differ = 0;

    for (size_t i = 0; i < len; i++)
        differ |= a[i] ^ b[i];
    return differ == 0;
}

bool px_nonce_make(struct px_nonces *n, const struct px_nonce_owner *owner,
                   char out[PX_NONCE_TEXT + 1])
{
    const int64_t now_ms = n->env->monotonic_ms(n->env->arg);
    uint8_t nonce[PX_NONCE_LEN];

    memcpy(nonce, &now_ms, sizeof now_ms);
    if (n->env->random(n->env->arg, &nonce[sizeof now_ms], MAC_AT - sizeof now_ms))
        return false;
    put_mac(n, owner, nonce, &nonce[MAC_AT]);
    px_base64url_put(ratls_bytes(nonce, sizeof nonce), out);
    return true;
}

/* ---- those that were used ---- */

enum px_nonce_is px_nonce_spend(struct px_nonces *n, const struct px_nonce_owner *owner,
                                const char *text, uint8_t out[PX_NONCE_LEN])
{
    const int64_t now_ms = n->env->monotonic_ms(n->env->arg);
    uint8_t mac[MAC_LEN];
    int64_t made_ms = 0;
    size_t len = 0;

    if (strlen(text) != PX_NONCE_TEXT || !px_base64url_get(text, out, &len))
        return PX_NONCE_UNKNOWN;
    put_mac(n, owner, out, mac);
    if (!same(mac, &out[MAC_AT], MAC_LEN))
        return PX_NONCE_UNKNOWN;
    memcpy(&made_ms, out, sizeof made_ms);
    if (now_ms < made_ms || now_ms - made_ms > LIFE_MS)
        return PX_NONCE_OVER;
    switch (ratls_replay_take(n->spent, out)) {
    case RATLS_OK:
        return PX_NONCE_GOOD;
    case RATLS_E_TOKEN_REPLAYED:
        return PX_NONCE_USED;
    default:
        return PX_NONCE_FULL;
    }
}
