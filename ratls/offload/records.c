/* AES-GCM of TLS records by libcrypto.
 *
 * wolfCrypt never says that an Aes is gone or has another key. So nothing hangs on one: each thread
 * has a few contexts, found by the address of the Aes and good only if the key in them is its key,
 * compared byte by byte. */
#include <openssl/err.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>

#include "libcrypto.h"

enum { SLOTS = 32, KEY_MAX = 32 };

struct slot {
    uint8_t key[KEY_MAX];
    size_t key_len; /* 0: nothing in it */
    bool seals;
    EVP_CIPHER_CTX *ctx;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t slots_of_thread;
static bool have_key;
static EVP_CIPHER *aes_128,
    *aes_256; /* fetched once: a look-up by name takes as long as a record */

static void empty(struct slot *s)
{
    EVP_CIPHER_CTX_free(s->ctx); /* wipes its key */
    rt_wipe(s, sizeof *s);
}

static void forget(void *slots)
{
    struct slot *s = slots;

    for (size_t i = 0; i < SLOTS; i++)
        if (s[i].ctx)
            empty(&s[i]);
}

static void end_of_thread(void *slots)
{
    forget(slots);
    free(slots);
}

static void prepare(void)
{
    have_key = pthread_key_create(&slots_of_thread, end_of_thread) == 0;
    aes_128 = EVP_CIPHER_fetch(NULL, "AES-128-GCM", NULL);
    aes_256 = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
}

void rt_record_warm(void)
{
    (void)pthread_once(&once, prepare);
}

void rt_offload_forget(void)
{
    struct slot *slots = have_key ? pthread_getspecific(slots_of_thread) : NULL;

    if (slots)
        forget(slots);
}

static struct slot *slot_of(const void *owner)
{
    if (pthread_once(&once, prepare) != 0 || !have_key)
        return NULL;
    struct slot *slots = pthread_getspecific(slots_of_thread);
    if (!slots) {
        slots = calloc(SLOTS, sizeof *slots);
        if (!slots || pthread_setspecific(slots_of_thread, slots) != 0) {
            free(slots);
            return NULL;
        }
    }
    /* Objects of a heap differ in their middle bits. */
    uint64_t v = (uint64_t)(uintptr_t)owner * UINT64_C(0x9e3779b97f4a7c15);
    return &slots[v >> 59];
}
_Static_assert(SLOTS == 1 << (64 - 59), "five bits");

static bool fill(struct slot *s, const struct rt_record *r, bool seals)
{
    const EVP_CIPHER *cipher = r->key.len == 16 ? aes_128 : aes_256;

    if (s->ctx)
        empty(s);
    if (!cipher || !(s->ctx = EVP_CIPHER_CTX_new()))
        return false;
    if (EVP_CipherInit_ex2(s->ctx, cipher, r->key.p, r->iv, seals, NULL) != 1) {
        empty(s);
        return false;
    }
    memcpy(s->key, r->key.p, r->key.len);
    s->key_len = r->key.len;
    s->seals = seals;
    return true;
}

/* A context under the key of `r`, at the beginning of its record. */
static EVP_CIPHER_CTX *begin(const struct rt_record *r, bool seals)
{
    struct slot *s = NULL;
    int n;

    if ((r->key.len == 16 || r->key.len == KEY_MAX) && r->in.len <= INT32_MAX &&
        r->aad.len <= INT32_MAX)
        s = slot_of(r->owner);
    if (!s)
        return NULL;
    if (s->key_len == r->key.len && s->seals == seals &&
        rt_ct_equal(s->key, r->key.p, s->key_len)) {
        if (EVP_CipherInit_ex2(s->ctx, NULL, NULL, r->iv, -1, NULL) != 1)
            return NULL;
    } else if (!fill(s, r, seals)) {
        return NULL;
    }
    return EVP_CipherUpdate(s->ctx, NULL, &n, r->aad.p, (int)r->aad.len) == 1 ? s->ctx : NULL;
}

/* Once text was put out, in place, wolfCrypt could not try again: then any failure is final. */
static enum rt_offload finish(EVP_CIPHER_CTX *ctx, const struct rt_record *r, bool good)
{
    int n = 0, rest = 0;

    if (!good) {
        ERR_clear_error();
        return RT_OFFLOAD_NOT;
    }
    if ((r->in.len == 0 || EVP_CipherUpdate(ctx, r->out, &n, r->in.p, (int)r->in.len) == 1) &&
        EVP_CipherFinal_ex(ctx, r->out + n, &rest) == 1)
        return RT_OFFLOAD_DONE;
    if (r->in.len)
        rt_wipe(r->out, r->in.len);
    ERR_clear_error();
    return RT_OFFLOAD_BAD;
}

enum rt_offload rt_record_seal(const struct rt_record *r, uint8_t tag[RT_GCM_TAG])
{
    EVP_CIPHER_CTX *ctx = begin(r, true);
    enum rt_offload a = finish(ctx, r, ctx != NULL);

    if (a == RT_OFFLOAD_DONE &&
        EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, RT_GCM_TAG, tag) != 1)
        return RT_OFFLOAD_BAD;
    return a;
}

enum rt_offload rt_record_open(const struct rt_record *r, const uint8_t tag[RT_GCM_TAG])
{
    EVP_CIPHER_CTX *ctx = begin(r, false);
    uint8_t due[RT_GCM_TAG];

    memcpy(due, tag, sizeof due);
    return finish(ctx, r,
                  ctx && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, RT_GCM_TAG, due) == 1);
}
