/* mint.h - writing certificates: the ephemeral leaf, and the test PKI of simulated TEEs.
 *
 * Always X.509 v3, ECDSA or RSA, random 128-bit serial from env, times exactly as given.
 * Every certificate carries basicConstraints, keyUsage, subjectKeyIdentifier and
 * authorityKeyIdentifier, self-signed ones too: vendors' profiles demand them. The evidence
 * extension is never critical: TLS libraries refuse unknown critical ones before we see them. */
#ifndef RT_MINT_H
#define RT_MINT_H

#include "base.h"
#include "crypto.h"
#include "crypto_rsa.h"

/* Written in this order, as Intel does; with a unit as AMD does: unit, country, locality, state,
 * organization, common name. */
struct rt_dn {
    const char *common_name; /* NULL fields are left out */
    const char *organization;
    const char *locality;
    const char *state;
    const char *country;
    const char *unit; /* organizationalUnit */
};

struct rt_mint_ext {
    struct ratls_bytes oid, value; /* oid len 0: none */
    bool critical;
};
#define RT_MINT_EXTS 16

struct rt_mint {
    struct ratls_bytes subject_spki; /* whole SubjectPublicKeyInfo */
    struct rt_dn subject;
    struct rt_key *issuer_key;        /* signs; the subject's own key for a self-signed one */
    struct rt_rsa_key *issuer_rsa;    /* or this one, with RSASSA-PSS and SHA-384 */
    bool rsa_pkcs1;                   /* issuer_rsa with PKCS#1 v1.5 and SHA-256, as Huawei's CAs */
    struct ratls_bytes issuer_name;   /* whole Name element of the issuer; len 0: same as subject */
    struct ratls_bytes issuer_key_id; /* subjectKeyIdentifier of the issuer's certificate; len 0:
                                       * as it would be in one of ours */
    int64_t not_before, not_after;
    bool is_ca;
    int path_len;           /* for a CA; -1 leaves it out */
    const char *const *san; /* DNS names and IP literals, NULL-terminated; may be NULL */
    bool tls_usage;         /* ExtKeyUsage clientAuth and serverAuth */
    struct rt_mint_ext ext[RT_MINT_EXTS]; /* beside the usual ones, in this order */
    bool bare;                            /* none of the usual extensions, only the extra ones */
    unsigned ca_usage;                    /* RT_KU_ bits of a CA; 0: keyCertSign and cRLSign */
    struct ratls_bytes serial;            /* big endian; len 0: a random one */
    const char *crl_url;                  /* cRLDistributionPoints; NULL: none */
};

RATLS_MUST_USE enum ratls_err rt_mint(const struct ratls_env *env, const struct rt_mint *what,
                                      struct ratls_buffer *der, struct ratls_error *err);

#endif
