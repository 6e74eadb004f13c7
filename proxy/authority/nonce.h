/* nonce.h - nonces for those who ask for a token: proof that a request is not an old one (T49).
 *
 * A nonce says when it was made, and for whom, under a MAC whose key dies with this process:
 * nothing is kept of nonces that were given out. One that was used is remembered until its time is
 * over, and refused. The MAC is SipHash-2-4 under two keys, 128 bits.
 * Thread rule: one thread at a time. */
#ifndef PX_NONCE_H
#define PX_NONCE_H

#include "ratls/ratls.h"

#define PX_NONCE_LEN     32
#define PX_NONCE_TEXT    43 /* base64url */
#define PX_NONCE_LIFE_S  60
#define PX_NONCE_SERVICE 256
#define PX_NONCE_SPENT   16384 /* remembered at once: then nobody's is taken for a while */

struct px_nonces;

/* env is borrowed for its life. NULL: no memory or randomness. */
struct px_nonces *px_nonces_new(const struct ratls_env *env);
void px_nonces_free(struct px_nonces *n); /* wipes; NULL is legal */

/* For whom one is good. */
struct px_nonce_owner {
    const char *service;        /* shorter than PX_NONCE_SERVICE */
    const uint8_t *spki_sha256; /* 32 bytes; NULL: whoever comes to the service without a key */
};

/* False without randomness. */
RATLS_MUST_USE bool px_nonce_make(struct px_nonces *n, const struct px_nonce_owner *owner,
                                  char out[PX_NONCE_TEXT + 1]);

enum px_nonce_is {
    PX_NONCE_GOOD, /* and used from now on */
    PX_NONCE_UNKNOWN,
    PX_NONCE_OVER,
    PX_NONCE_USED,
    PX_NONCE_FULL, /* too many are remembered */
};

/* `out` is its bytes. */
enum px_nonce_is px_nonce_spend(struct px_nonces *n, const struct px_nonce_owner *owner,
                                const char *text, uint8_t out[PX_NONCE_LEN]);

#endif
