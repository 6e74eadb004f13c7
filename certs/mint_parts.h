/* mint_parts.h - what certificates and CRLs have in common when written, for the mints only. */
#ifndef RT_MINT_PARTS_H
#define RT_MINT_PARTS_H

#include "base.h"
#include "crypto.h"
#include "crypto_rsa.h"

enum { RT_KEY_ID_LEN = 20 };

/* One SEQUENCE and nothing behind it; what is inside is the caller's business. */
bool rt_mint_is_name(struct ratls_bytes element);
/* In order, and in years that have a form (RFC 5280 s.4.1.2.5). RATLS_E_USAGE. */
RATLS_MUST_USE enum ratls_err rt_mint_check_dates(int64_t first, int64_t last,
                                                  struct ratls_error *err);
/* RFC 7093 s.2, method 1: the left-most 160 bits of SHA-256 over the BIT STRING's content. */
RATLS_MUST_USE enum ratls_err rt_mint_key_id(struct ratls_bytes spki, uint8_t out[RT_KEY_ID_LEN],
                                             struct ratls_error *err);

/* An Extension: begin, write the value, end. */
struct rt_ext_marks {
    size_t whole, value;
};
struct rt_ext_marks rt_mint_begin_ext(struct rt_writer *w, struct ratls_bytes oid, bool critical);
void rt_mint_end_ext(struct rt_writer *w, struct rt_ext_marks m);
/* authorityKeyIdentifier with a keyIdentifier alone (RFC 5280 s.4.2.1.1). */
void rt_mint_put_aki(struct rt_writer *w, struct ratls_bytes id);
/* Who signs: one of both. */
struct rt_mint_key {
    struct rt_key *ec;
    struct rt_rsa_key *rsa;
    bool rsa_pkcs1; /* rsa with PKCS#1 v1.5 and SHA-256, not RSASSA-PSS with SHA-384 */
};
struct ratls_bytes rt_mint_spki(const struct rt_mint_key *key);
/* AlgorithmIdentifier of signatures by this key. */
void rt_mint_put_algorithm(struct rt_writer *w, const struct rt_mint_key *key);

/* SEQUENCE of `tbs` (taken), algorithm and signature: `der` (new). */
RATLS_MUST_USE enum ratls_err rt_mint_sign(const struct ratls_env *env,
                                           const struct rt_mint_key *key, struct rt_writer *tbs,
                                           struct ratls_buffer *der);

#endif
