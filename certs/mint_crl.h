/* mint_crl.h - writing certificate revocation lists (RFC 5280 s.5) for the test PKI of simulated
 * TEEs.
 *
 * Always version 2, ECDSA or RSA, cRLNumber and authorityKeyIdentifier, neither critical, as
 * in Intel's. Every entry is revoked since this_update for keyCompromise, as Intel's are. Serials
 * are written in the order given, duplicates included; they are not compared with RFC 5280's limit
 * of 20 bytes.
 */
#ifndef RT_MINT_CRL_H
#define RT_MINT_CRL_H

#include "base.h"
#include "crypto.h"
#include "crypto_rsa.h"

struct rt_mint_crl { /* all borrowed */
    struct rt_key *issuer_key;
    struct rt_rsa_key *issuer_rsa;    /* or this one, with RSASSA-PSS and SHA-384 */
    bool rsa_pkcs1;                   /* issuer_rsa with PKCS#1 v1.5 and SHA-256, as Huawei's CAs */
    struct ratls_bytes issuer_name;   /* whole Name element: subject of the issuer's certificate */
    int64_t this_update, next_update; /* seconds since 1970 */
    uint64_t number;                  /* cRLNumber */
    const struct ratls_bytes *serials; /* big endian, of what is revoked */
    size_t n;
    /* for tests of refusal only */
    bool no_number, no_aki;
    struct ratls_bytes ext_oid; /* one extra extension; len 0: none */
    struct ratls_bytes ext_value;
    bool ext_critical;
};

/* `der` is new. RATLS_E_USAGE for no key, a name that is none, dates in the wrong order or outside
 * the years 1950 to 9999; RATLS_E_COLLATERAL_FORMAT above RT_MAX_CRL. */
RATLS_MUST_USE enum ratls_err rt_mint_crl(const struct ratls_env *env,
                                          const struct rt_mint_crl *what, struct ratls_buffer *der,
                                          struct ratls_error *err);

#endif
