/* crl.h - one certificate revocation list (RFC 5280 s.5), read once and strictly.
 *
 * Parsing proves nothing: issuer, signature and dates are separate questions, each with its own
 * function. Only complete CRLs of one issuer about its own certificates are understood.
 * Refused while parsing (RATLS_E_COLLATERAL_FORMAT): more than RT_MAX_CRL bytes, anything not DER,
 * versions other than 2, signature algorithms that are unknown or differ inside and outside, an
 * empty issuer, no nextUpdate or one before thisUpdate, an empty list of entries, serials that are
 * zero-length, negative or longer than 20 bytes, no cRLNumber or authorityKeyIdentifier, delta
 * CRLs, issuingDistributionPoint, certificateIssuer, any critical extension, duplicate extensions,
 * more than RT_MAX_EXTENSIONS in one place, trailing bytes. What it does NOT check: that the
 * authorityKeyIdentifier is the issuer's key (the signature says so), that numbers grow, that this
 * issuer is the one of the certificate in question. Reasons and dates of entries are not
 * interpreted: what is listed is revoked, removeFromCRL too. */
#ifndef RT_CRL_H
#define RT_CRL_H

#include "base.h"
#include "crypto.h"
#include "x509.h"

struct rt_crl {
    struct ratls_bytes der;    /* the whole CRL */
    struct ratls_bytes tbs;    /* exact signed bytes */
    struct ratls_bytes issuer; /* whole Name element */
    struct ratls_bytes signature;
    enum rt_sig_alg sig_alg;
    int64_t this_update, next_update; /* seconds since 1970 */
    struct ratls_bytes number;        /* cRLNumber, big endian without leading zero */
    struct ratls_bytes *revoked;      /* owned: serials like that of rt_x509, ascending */
    size_t n_revoked;
};

/* The DER of a CRL that stands there as DER, as PEM ("X509 CRL") or in hex, told by its content.
 * *der is new. Does not read what is in it. RATLS_E_COLLATERAL_FORMAT, RATLS_E_NO_MEMORY. */
RATLS_MUST_USE enum ratls_err rt_crl_decode(struct ratls_bytes in, struct ratls_buffer *der,
                                            struct ratls_error *err);

/* Borrows `der`, which the caller keeps alive as long as `out`. `out` is freed with rt_crl_free,
 * also after an error. RATLS_E_COLLATERAL_FORMAT, RATLS_E_NO_MEMORY. */
RATLS_MUST_USE enum ratls_err rt_crl_parse(struct ratls_bytes der, struct rt_crl *out,
                                           struct ratls_error *err);
void rt_crl_free(struct rt_crl *crl); /* what it owns, not itself */

/* `issuer` has exactly the name in the CRL, is a CA with keyUsage cRLSign, and signed the CRL.
 * Does NOT ask who issued `issuer`, nor for its dates. RATLS_E_COLLATERAL_SIGNATURE. */
RATLS_MUST_USE enum ratls_err rt_crl_check_issuer(const struct rt_crl *crl,
                                                  const struct rt_x509 *issuer,
                                                  struct ratls_error *err);
/* `serial` is big endian; leading zeros do not count. An empty one, which no certificate has, is in
 * every list. */
RATLS_MUST_USE bool rt_crl_lists(const struct rt_crl *crl, struct ratls_bytes serial);
/* Revocation of a chain that rt_chain_to_anchor() accepted at `now`: for each certificate below an
 * anchor, `crls` must hold a list that its issuer signed. RATLS_E_CERT_REVOKED when one lists it,
 * be that list out of date; RATLS_E_CRL_MISSING when there is none; RATLS_E_CRL_TIME when none is
 * current. Anchors are not looked up: who trusts them decides about them. */
struct rt_crl_list { /* borrowed */
    const struct rt_crl *p;
    size_t n;
};
RATLS_MUST_USE enum ratls_err rt_chain_check_revoked(struct rt_x509_list chain,
                                                     struct rt_x509_list anchors,
                                                     struct rt_crl_list crls, int64_t now,
                                                     struct ratls_error *err);
/* False when it does not fit: numbers have up to 20 bytes (RFC 5280 s.5.2.3). */
RATLS_MUST_USE bool rt_crl_number(const struct rt_crl *crl, uint64_t *out);

#endif
