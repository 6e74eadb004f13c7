/* describe.h - what a certificate says, as claims for people and logs. Proves nothing. */
#ifndef RT_DESCRIBE_H
#define RT_DESCRIBE_H

#include "appraisal.h"
#include "evidence_ext.h"

/* A file or message that holds evidence: raw, or one or more certificates. */
struct rt_subject {
    bool is_certificate;
    size_t n_chain;
    struct ratls_bytes chain[RT_MAX_CHAIN]; /* DER, leaf first; borrowed from `input` or `der` */
    struct ratls_buffer der[RT_MAX_CHAIN];  /* owned: rt_subject_free() */
};

/* By content: PEM text and DER are certificates, anything else is evidence. RATLS_E_CERT_FORMAT for
 * broken PEM, RATLS_E_CERT_CHAIN_LENGTH for too many certificates. */
RATLS_MUST_USE enum ratls_err rt_subject_read(struct ratls_bytes input, struct rt_subject *out,
                                              struct ratls_error *err);
void rt_subject_free(struct rt_subject *s);

/* cert.subject, cert.issuer, cert.serial, cert.not_before, cert.not_after, cert.spki_sha256,
 * cert.names. Unprintable bytes are escaped as \xx. Failures stick in `claims`. */
void rt_describe_cert(const struct rt_x509 *cert, struct ratls_claims *claims);
/* ratls.ak_sha256 and ratls.iat, each only where the evidence names it. */
void rt_describe_cert_claims(const struct rt_cert_claims *cc, struct ratls_claims *claims);
/* Seconds as a date, RFC 3339. */
void rt_describe_time(struct ratls_claims *claims, const char *name, int64_t seconds);
/* passport.issuer, .key, .audience, .profile, .tee, .status, .names_ak, .issued, .not_before,
 * .expires, .cnf.jkt and .cnf.x5t_s256, what is there of them and one printable text. Errors of
 * rt_passport_token() and rt_compact_read(): then nothing is told. */
enum ratls_err rt_inspect_passport(const struct rt_cert_evidence *ev, struct ratls_claims *claims);

#endif
