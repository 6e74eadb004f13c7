/* form.h - what a collateral service sends, in the forms that collateral files have.
 *
 * Nothing here is verified: signatures, dates and contents are the business of whoever checks the
 * assembled collateral. What these functions promise is that the result goes into a JSON string and
 * comes out again unchanged, because Intel's signatures cover the exact text.
 * Sources: Intel PCS API version 4, "Get TCB Info", "Get Quoting Enclave Identity", "Get Revocation
 * List"; RFC 3986 s.2.1; RFC 7468 s.4.
 *
 * Every function: `in` is borrowed and its size is bounded by the caller; *out is new text with a
 * NUL behind it, empty after a refusal; RATLS_E_COLLATERAL_FORMAT says what is wrong. */
#ifndef RT_FORM_H
#define RT_FORM_H

#include "base.h"

typedef enum ratls_err rt_form_fn(struct ratls_bytes in, struct ratls_buffer *out,
                                  struct ratls_error *err);

/* The value of an issuer-chain header, percent-encoded PEM: the PEM. A plus sign stays one, base64
 * has it. Does NOT read the certificates. */
RATLS_MUST_USE rt_form_fn rt_form_chain;

/* Certificates in PEM as they are (AMD KDS "cert_chain", whose lines may end in CRLF), or one
 * certificate in DER (a VCEK) as PEM. Does NOT read them beyond their beginning. */
RATLS_MUST_USE rt_form_fn rt_form_certs;

/* A CRL in DER, in hex text, or in PEM (one block, nothing around it): its DER in lower-case hex.
 * Does NOT read it beyond its first tag. */
RATLS_MUST_USE rt_form_fn rt_form_crl;

/* A signed document: strict JSON in ASCII, byte for byte. Does NOT look at its members. */
RATLS_MUST_USE rt_form_fn rt_form_json;

#endif
