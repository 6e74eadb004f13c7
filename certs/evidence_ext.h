/* evidence_ext.h - evidence inside certificates: extension and claims map, both directions.
 *
 * Written: 2.23.133.5.4.9 with CBOR tag 60000 for SGX and TDX, byte for byte as in the CCC
 * "Interoperable RA-TLS" format; id-pe-cmw (RFC 9999) with a CBOR CMW record for other TEEs.
 * Instead of evidence id-pe-cmw may hold a passport, that is an attestation result of somebody else
 * (RFC 9334 s.5.1): written as a CBOR record, read as a CBOR or a JSON record.
 * Read: strictly: definite lengths, no duplicate keys, no trailing bytes, exact tags.
 * Does NOT verify evidence or tokens and does not compare any hash: that is appraisal. */
#ifndef RT_EVIDENCE_EXT_H
#define RT_EVIDENCE_EXT_H

#include "base.h"
#include "x509.h"

enum rt_envelope {
    RT_ENVELOPE_CCC_QUOTE, /* tag 60000: [quote, claims] */
    RT_ENVELOPE_CMW,       /* CMW record: [media type, [evidence, claims], indicator 4] */
    RT_ENVELOPE_PASSPORT,  /* CMW record: ["application/eat+jwt", token, indicator 8] */
};

#define RT_PASSPORT_MEDIA_TYPE "application/eat+jwt" /* RFC 9782 s.6.1 */

/* What an extension held; borrows from the certificate. */
struct rt_cert_evidence {
    enum rt_envelope envelope;
    struct ratls_bytes evidence;   /* raw quote or report */
    struct ratls_bytes claims;     /* exact bytes of the claims map: report data covers these */
    struct ratls_bytes media_type; /* CMW only, for instance "application/vnd.ratls.snp" */

    /* Passports only, which have nothing of the above: the token, as JSON records have it in
     * base64url; rt_passport_token() has the token itself. */
    struct ratls_bytes passport;
    bool passport_is_encoded;
};

/* Exactly one known evidence extension. RATLS_E_NO_EVIDENCE, RATLS_E_EVIDENCE_DUPLICATE (two known
 * ones), RATLS_E_EVIDENCE_FORMAT, RATLS_E_EVIDENCE_UNKNOWN (a CBOR tag nobody assigned). */
RATLS_MUST_USE enum ratls_err
rt_cert_evidence(const struct rt_x509 *cert, struct rt_cert_evidence *out, struct ratls_error *err);

/* Value of the extension (content of extnValue) for evidence and claims; `media_type` chooses the
 * form: NULL gives the CCC form, else a CMW of that type. */
RATLS_MUST_USE enum ratls_err rt_cert_evidence_write(const char *media_type,
                                                     struct ratls_bytes evidence,
                                                     struct ratls_bytes claims,
                                                     struct ratls_buffer *out);
/* The same for a passport. */
RATLS_MUST_USE enum ratls_err rt_passport_write(struct ratls_bytes token, struct ratls_buffer *out);
/* The token of RT_ENVELOPE_PASSPORT, 1 to RATLS_TOKEN_MAX bytes. *token is new.
 * RATLS_E_EVIDENCE_FORMAT: no base64url. */
RATLS_MUST_USE enum ratls_err rt_passport_token(const struct rt_cert_evidence *ev,
                                                struct ratls_buffer *token,
                                                struct ratls_error *err);
/* ["application/eat+jwt", "base64url", 8] in JSON; *passport borrows the text. */
RATLS_MUST_USE bool rt_passport_read_json(struct ratls_bytes cmw, struct ratls_bytes *passport);
/* A CMW record without claims, as PROOF frames carry it: [media type, evidence, 4]. */
RATLS_MUST_USE enum ratls_err rt_cmw_write(const char *media_type, struct ratls_bytes evidence,
                                           struct ratls_buffer *out);
/* The same behind what is written already. */
RATLS_MUST_USE enum ratls_err rt_cmw_put(struct rt_writer *w, struct ratls_bytes media_type,
                                         struct ratls_bytes evidence);
/* The next bytes that look like a record, for rt_cmw_read(); none, and the reader is bad. */
struct ratls_bytes rt_cmw_cut(struct rt_reader *r);
RATLS_MUST_USE enum ratls_err rt_cmw_read(struct ratls_bytes cmw, struct ratls_bytes *media_type,
                                          struct ratls_bytes *evidence, struct ratls_error *err);

/* The claims map of a certificate (deterministic CBOR, RFC 8949 s.4.2.1): byte-string values. */
struct rt_cert_claims {
    enum rt_hash hash; /* of pubkey-hash */
    struct ratls_bytes pubkey_hash;
    struct ratls_bytes nonce;   /* optional; p NULL when absent */
    struct ratls_bytes ak_spki; /* ratls-ak, optional: DER SubjectPublicKeyInfo */
    bool has_iat;
    int64_t iat;    /* ratls-iat, seconds since 1970 */
    size_t n_other; /* further claims: present, not interpreted */
};
/* RATLS_E_BINDING_MISSING without pubkey-hash; RATLS_E_EVIDENCE_FORMAT otherwise. Key names are
 * compared whole. Algorithm ids 1, 7, 8 only, hash length must fit. */
RATLS_MUST_USE enum ratls_err
rt_cert_claims_read(struct ratls_bytes claims, struct rt_cert_claims *out, struct ratls_error *err);
/* Keys in deterministic order: ratls-ak, ratls-iat, pubkey-hash. SHA-256 pubkey hash. Absent `ak`
 * (len 0) leaves ratls-ak out. */
RATLS_MUST_USE enum ratls_err rt_cert_claims_write(const uint8_t spki_sha256[RT_SHA256_LEN],
                                                   struct ratls_bytes ak_spki, int64_t iat,
                                                   struct ratls_buffer *out);

#endif
