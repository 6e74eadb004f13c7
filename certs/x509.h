/* x509.h - one X.509 certificate (RFC 5280), read once and strictly.
 *
 * Parsing proves nothing: signature, dates, names and usage are separate questions, each with its
 * own function and its own verification time. Never goes through a TLS library's chain code.
 * Refused while parsing (RATLS_E_CERT_FORMAT or the code named): anything not DER, versions other
 * than 3, serials that are zero-length, negative or longer than 20 bytes, signature algorithm
 * inside and outside the TBS that differ, duplicate extensions, more than RT_MAX_EXTENSIONS,
 * unknown critical extensions (RATLS_E_CERT_CRITICAL), trailing bytes. Ownership: everything
 * borrows from the DER, which the caller keeps alive. */
#ifndef RT_X509_H
#define RT_X509_H

#include "base.h"
#include "crypto.h"

/* KeyUsage bits, RFC 5280 s.4.2.1.3: bit n of the BIT STRING is 1 << n here. */
enum { RT_KU_DIGITAL_SIGNATURE = 1 << 0, RT_KU_CERT_SIGN = 1 << 5, RT_KU_CRL_SIGN = 1 << 6 };

struct rt_ext {
    struct ratls_bytes oid;   /* content bytes */
    struct ratls_bytes value; /* content of extnValue */
    bool critical;
};

struct rt_x509 {
    struct ratls_bytes der;     /* the whole certificate */
    struct ratls_bytes tbs;     /* exact signed bytes */
    struct ratls_bytes serial;  /* big endian, without leading zero */
    struct ratls_bytes issuer;  /* whole Name element */
    struct ratls_bytes subject; /* whole Name element */
    struct ratls_bytes spki;    /* whole SubjectPublicKeyInfo element: what SPKI hashes cover */
    struct ratls_bytes signature;
    enum rt_sig_alg sig_alg;
    struct rt_public_key key;
    int64_t not_before, not_after; /* seconds since 1970 */
    bool has_basic_constraints, is_ca;
    int path_len; /* -1: not limited */
    bool has_key_usage;
    unsigned key_usage;
    size_t n_ext;
    struct rt_ext ext[RT_MAX_EXTENSIONS];
};

/* RATLS_E_CERT_KEY for a key or algorithm the library does not know. */
RATLS_MUST_USE enum ratls_err rt_x509_parse(struct ratls_bytes der, struct rt_x509 *out,
                                            struct ratls_error *err);
/* NULL when absent; at most one exists. */
const struct rt_ext *rt_x509_ext(const struct rt_x509 *cert, struct ratls_bytes oid);
/* Its subjectKeyIdentifier; len 0: there is none, or it is malformed. */
struct ratls_bytes rt_x509_key_id(const struct rt_x509 *cert);
/* Signature of `cert` under the public key of `issuer`, and nothing else. */
RATLS_MUST_USE enum ratls_err rt_x509_signed_by(const struct rt_x509 *cert,
                                                const struct rt_x509 *issuer,
                                                struct ratls_error *err);
/* not_before <= now <= not_after, inclusive (RFC 5280 s.4.1.2.5). */
RATLS_MUST_USE enum ratls_err rt_x509_check_dates(const struct rt_x509 *cert, int64_t now,
                                                  struct ratls_error *err);
/* SHA-256 over the exact SubjectPublicKeyInfo bytes of the certificate. */
RATLS_MUST_USE enum ratls_err rt_x509_spki_hash(const struct rt_x509 *cert,
                                                uint8_t out[RT_SHA256_LEN]);
/* First attribute value of this type in a Name (subject or issuer); len 0 when absent. */
struct ratls_bytes rt_x509_name_attr(struct ratls_bytes name, struct ratls_bytes oid);
/* "CN=..., O=..." for people: printable ASCII, everything else escaped as \xx; always terminated.
 */
void rt_x509_name_text(struct ratls_bytes name, char *out, size_t cap);

/* P-521 and ECDSA with SHA-512 are read for the vendors of TEEs: a certificate with either is
 * neither a TLS identity nor a CA of one. RATLS_E_CERT_KEY. */
RATLS_MUST_USE enum ratls_err rt_x509_check_identity(const struct rt_x509 *cert,
                                                     struct ratls_error *err);
/* Key and signature algorithm of a TLS leaf: EC P-256 or P-384 with ECDSA SHA-256/384;
 * RSA of 3072 bits and more; nothing else. RATLS_E_CERT_KEY. */
RATLS_MUST_USE enum ratls_err rt_x509_check_leaf_key(const struct rt_x509 *cert,
                                                     struct ratls_error *err);
/* End-entity usage: not a CA, KeyUsage (if present) allows digitalSignature, ExtKeyUsage (if
 * present) allows the role `server` or any. RATLS_E_CERT_USAGE. */
RATLS_MUST_USE enum ratls_err rt_x509_check_leaf_usage(const struct rt_x509 *cert, bool server,
                                                       struct ratls_error *err);

/* RFC 9525 service identity: does a subjectAltName dNSName or iPAddress match `name`? Wildcards
 * only as the whole left-most label; no CN fallback; NUL and non-ASCII never match; an IP literal
 * matches iPAddress only. One trailing dot of `name` is dropped. RATLS_E_IDENTITY_MISMATCH. */
RATLS_MUST_USE enum ratls_err rt_x509_check_name(const struct rt_x509 *cert, const char *name,
                                                 struct ratls_error *err);
/* RFC 5280 s.7.5: is a subjectAltName rfc822Name the mailbox `email` ("local@domain"), the local
 * part exactly, the domain without regard to case? No emailAddress of the subject, no whole
 * domains, no quoted local parts, no SmtpUTF8Mailbox. RATLS_E_IDENTITY_MISMATCH. */
RATLS_MUST_USE enum ratls_err rt_x509_check_email(const struct rt_x509 *cert, const char *email,
                                                  struct ratls_error *err);
/* May `email` be asked for above? */
bool rt_name_is_email(const char *email);
/* May `name` be asked for above: an address, or a domain name without wildcards? */
bool rt_name_is_host(const char *name);
/* A name as rt_x509_each_name() gives it, by the same rules. */
bool rt_name_matches(const char *presented, const char *name);
/* Every dNSName that is a domain name, with a wildcard or without, and every iPAddress, as text; no
 * address comes out of a dNSName. None where subjectAltName is malformed or too long. */
void rt_x509_each_name(const struct rt_x509 *cert, void (*fn)(void *arg, const char *name),
                       void *arg);

/* ---- chains ---- */

/* May `issuer` issue at all, with `below` CA certificates between it and the leaf: CA:TRUE,
 * keyUsage with keyCertSign, path length, no nameConstraints. Those issued by themselves are
 * counted as well, which is stricter than RFC 5280 s.4.2.1.9. */
RATLS_MUST_USE enum ratls_err rt_x509_check_issuer(const struct rt_x509 *issuer, size_t below,
                                                   struct ratls_error *err);

/* Issuer's name byte by byte, may it issue, signature; no dates. */
RATLS_MUST_USE enum ratls_err rt_x509_issued_by(const struct rt_x509 *cert,
                                                const struct rt_x509 *issuer, size_t below,
                                                struct ratls_error *err);

struct rt_x509_list { /* borrowed */
    const struct rt_x509 *p;
    size_t n;
};

/* Subject organization of every root made by a simulated TEE: such a root is trusted only through a
 * setting named insecure_, and whatever chains to it is `simulated`. */
#define RT_SIM_ORGANIZATION "RATLS simulated TEE - evidence of nothing"
bool rt_x509_is_simulated(const struct rt_x509 *root);

/* certs[0] is the leaf, each next one issued the one before. Checks for each: dates at `now`,
 * issuer/subject names equal byte by byte, signature, and for issuers CA:TRUE, path length and
 * keyCertSign. The last certificate must be issued by itself (self-signed and verified).
 * An issuer with nameConstraints is refused (RATLS_E_CERT_CRITICAL): they are not evaluated.
 * Does NOT look at pins or at leaf usage. */
RATLS_MUST_USE enum ratls_err rt_chain_check(const struct rt_x509 *certs, size_t n, int64_t now,
                                             struct ratls_error *err);
/* Chain of a TLS peer against identity CAs: certs[0..n-1] as sent (leaf first, without or with the
 * root), `anchors` DER certificates trusted as roots, also when they are intermediates. Nothing is
 * searched: each certificate was issued by the next, up to an anchor's own copy or the end.
 * RATLS_E_CERT_CHAIN when no anchor has the name; else what was wrong with the one that has. */
RATLS_MUST_USE enum ratls_err rt_chain_to_anchor(struct rt_x509_list chain,
                                                 struct rt_x509_list anchors, int64_t now,
                                                 struct ratls_error *err);

#endif
