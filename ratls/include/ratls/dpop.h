/* ratls/dpop.h - proofs that whoever shows a token has its key (DPoP, RFC 9449).
 *
 * A proof is a small JWT that says for which HTTP request it was made, with the public key that
 * signed it in its header. ratls_dpop_verify() holds one against the request that it came with and
 * gives the thumbprint of that key: it is what `jkt` of ratls/token.h is set to, so that a token
 * counts whose `cnf` names this key. A resource therefore calls
 *   ratls_dpop_verify()   with the access token, whose hash the proof must have (`ath`), then
 *   ratls_token_verify()  with jkt of the proof; without allow_bearer, which takes tokens that are
 *                         bound to nothing.
 * ratls_dpop_make() makes proofs. ratls/TOKENS.md has every rule and reason.
 * What it does NOT do: believe the key. Anybody makes proofs by a key of his own; they mean
 * something only beside a token, or where the key is to be bound. It does not read HTTP: that there
 * was exactly one field `DPoP`, and which method and URL were asked for, is the caller's to know,
 * and not from what the peer says of it (Host) alone.
 * Thread rule: none but that of what is handed in; a memory of proofs belongs to one thread at a
 * time. */
#ifndef RATLS_DPOP_H
#define RATLS_DPOP_H

#include "ratls/jwt.h"

#define RATLS_DPOP_TYP       "dpop+jwt" /* `typ` of proofs */
#define RATLS_DPOP_MAX       8192       /* bytes of a proof */
#define RATLS_DPOP_URL_MAX   2048       /* characters of a URL */
#define RATLS_DPOP_NONCE_MAX 256        /* characters of a nonce */
#define RATLS_DPOP_AGE_MAX_S 3600

/* ---- what was used before ---- */

struct ratls_replay;

/* A memory of at most `max` (1 to 65536) ids, each for `life_s` seconds (1 to 86400). env is
 * borrowed for its life. *out is new. RATLS_E_USAGE: the numbers. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_replay_new(const struct ratls_env *env,
                                                         int64_t life_s, size_t max,
                                                         struct ratls_replay **out);
RATLS_API void ratls_replay_free(struct ratls_replay *r); /* wipes; NULL is legal */
/* RATLS_OK: it is new, and known from now on. RATLS_E_TOKEN_REPLAYED: it is known. RATLS_E_LIMIT:
 * the memory is full: nothing new is taken until the oldest one is over, for what is forgotten
 * early could be used again. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_replay_take(struct ratls_replay *r,
                                                          const uint8_t id[32]);

/* ---- verification ---- */

/* Everything is borrowed for the call. */
struct ratls_dpop_rules {
    const char *method;        /* of the request: `htm`, exactly; must be set */
    const char *url;           /* its target, http or https: `htu`; must be set. Query and fragment
                                * are left out of both, and both are normalised (RFC 3986 s.6.2.2 and
                                * s.6.2.3) */
    struct ratls_bytes token;  /* the access token that came with it: `ath`. len 0: there was none,
                                * as at a token endpoint; a proof with `ath` is then refused */
    const char *nonce;         /* that the proof must have; NULL: any or none */
    int64_t max_age_s;         /* since `iat`: 1 to RATLS_DPOP_AGE_MAX_S */
    int64_t skew_s;            /* of the two clocks, 0 to 300 */
    int64_t now;               /* seconds since 1970; 0: by the clock of env */
    struct ratls_replay *seen; /* takes the proof when all else is good; its life is no shorter than
                                * max_age_s and twice skew_s. NULL: replays are not noticed */
};

struct ratls_dpop_proof {
    char jkt[RATLS_JWK_THUMB_LEN + 1];    /* thumbprint (RFC 7638) of the key that signed it */
    char nonce[RATLS_DPOP_NONCE_MAX + 1]; /* "": none */
    uint8_t id[32];                       /* what `seen` knows it by: hash of jkt and `jti` */
    int64_t issued;                       /* `iat` */
};

/* `proof`: a compact JWS, at most RATLS_DPOP_MAX bytes, of any of the algorithms but SM2 of
 * ratls/jwt.h. Its header has typ, alg and jwk and nothing else; `jti`, `htm`, `htu` and `iat` are
 * mandatory, `exp` and `nbf` count where they are there. The order of checks: form, header, typ,
 * key, signature, jti, method, URL, dates, token, nonce, replay.
 *   RATLS_E_TOKEN_FORMAT         not a strict compact JWS; another header member; a claim that is
 *                                missing or of another type
 *   RATLS_E_TOKEN_TYPE           `typ` is another
 *   RATLS_E_TOKEN_ALGORITHM      `alg` is none of the four: none, HS256 ...
 *   RATLS_E_TOKEN_KEY            `jwk` is private, symmetric, too small or not for `alg`
 *   RATLS_E_TOKEN_SIGNATURE      that key did not sign these bytes
 *   RATLS_E_TOKEN_AUDIENCE       for another method or URL
 *   RATLS_E_TOKEN_EXPIRED        `iat` is too old, or `exp` is over
 *   RATLS_E_TOKEN_NOT_YET_VALID  `iat` or `nbf` lies ahead
 *   RATLS_E_TOKEN_BINDING        for another access token, for none, or for one where there is none
 *   RATLS_E_TOKEN_NONCE          another nonce, or none
 *   RATLS_E_TOKEN_REPLAYED, RATLS_E_LIMIT  as ratls_replay_take()
 *   RATLS_E_USAGE                the rules
 * *out is zeroed unless RATLS_OK. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_dpop_verify(const struct ratls_env *env,
                                                          struct ratls_bytes proof,
                                                          const struct ratls_dpop_rules *rules,
                                                          struct ratls_dpop_proof *out,
                                                          struct ratls_error *err);

/* ---- proofs are made ---- */

/* Everything is borrowed for the call. */
struct ratls_dpop {
    const char *method, *url; /* of the request; must be set */
    struct ratls_bytes token; /* the access token that goes with it; len 0: none */
    const char *nonce;        /* that the server gave out; NULL: none */
};

/* For one request, at the time of the key's env, with a `jti` of 128 random bits. *out is new text
 * with NUL behind it. RATLS_E_USAGE names the member of `what`; RATLS_E_RANDOM. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_dpop_make(struct ratls_jwt_key *key,
                                                        const struct ratls_dpop *what,
                                                        struct ratls_buffer *out,
                                                        struct ratls_error *err);

#endif
