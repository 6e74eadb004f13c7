/* ratls/bundle.h - trust documents on their way: signed, as CoRIM, and from openEuler secGear.
 *
 * A trust document (JSON, ratls/appraise.h) holds reference values, anchors, policies and
 * revocations. A bundle is such a document with a signature: a JWS in compact form (RFC 7515) over
 * its exact bytes, by a key that the receiver has chosen. CoRIM (draft-ietf-rats-corim) is the form
 * in which vendors publish reference values; which part of it is understood, and what becomes of
 * the rest, is in ratls/CORIM.md. This header belongs to libratls-store (pkg-config ratls-store).
 * What it does NOT do: trust anybody. A bundle proves who made it, not that it is new: that its
 * revision grows is checked where it is kept. Items are not judged here either, a bundle may hold
 * what ratls_trust_add_document() refuses. CoRIM and secGear's files come without any proof: sign
 * what was made of them. No files, no network, no clock.
 *
 * Thread rule: every call stands alone. Every *out is new: ratls_buffer_free(). */
#ifndef RATLS_BUNDLE_H
#define RATLS_BUNDLE_H

#include "ratls/bytes.h"
#include "ratls/env.h"
#include "ratls/error.h"

#define RATLS_BUNDLE_MAX     (1536 * 1024) /* bytes of a bundle; its document: 1 MiB */
#define RATLS_BUNDLE_KID_MAX 128           /* characters of a key's name */

/* Signs `document`, which must say issuer, bundle and revision. `key` is one private key in PEM
 * without password: EC P-256 (ES256), EC P-384 (ES384) or RSA of at least 2048 bits (RS256); nobody
 * else chooses the algorithm. `kid` names the key to the receiver: 1 to RATLS_BUNDLE_KID_MAX
 * printable ASCII characters. RATLS_E_BUNDLE_FORMAT: the document is none, or lacks one of the
 * three; RATLS_E_CERT_KEY or RATLS_E_CERT_FORMAT: the key; RATLS_E_USAGE: the kid. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_bundle_sign(struct ratls_bytes document,
                                                          struct ratls_bytes key, const char *kid,
                                                          struct ratls_buffer *out,
                                                          struct ratls_error *err);

/* The document of a bundle that `key` (one public key in PEM, of the same kinds) has signed: the
 * very bytes that were signed. The header must be exactly alg, typ and kid, and alg that of the
 * key. RATLS_E_BUNDLE_SIGNATURE: by another key, or for another algorithm; RATLS_E_BUNDLE_FORMAT:
 * no such bundle; RATLS_E_CERT_KEY or RATLS_E_CERT_FORMAT: the key. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_bundle_open(struct ratls_bytes jws,
                                                          struct ratls_bytes key,
                                                          struct ratls_buffer *out,
                                                          struct ratls_error *err);

/* The kid in the header, to look for the key with. NOT verified: anybody can write it. It may be
 * believed of a bundle that ratls_bundle_open() has opened. RATLS_E_BUNDLE_FORMAT. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_bundle_kid(struct ratls_bytes jws,
                                                         char kid[RATLS_BUNDLE_KID_MAX + 1],
                                                         struct ratls_error *err);

/* ---- CoRIM ---- */

/* The reference values of a trust document as an unsigned CoRIM (CBOR); ratls_corim_read() gives
 * them back. RATLS_E_TRUST_FORMAT: no such document; RATLS_E_UNSUPPORTED, with its name: something
 * in it has no place there, or none that others would read as it is meant. */
RATLS_API RATLS_MUST_USE enum ratls_err
ratls_corim_write(struct ratls_bytes document, struct ratls_buffer *out, struct ratls_error *err);

/* A trust document with the reference values of a CoRIM of at most 1 MiB, each of them active. What
 * is not understood is refused by name, for it might restrict what is. RATLS_E_BUNDLE_FORMAT. */
RATLS_API RATLS_MUST_USE enum ratls_err
ratls_corim_read(struct ratls_bytes cbor, struct ratls_buffer *out, struct ratls_error *err);

/* ---- openEuler secGear ---- */

/* A trust document with one set of reference values, version 1 and active, of secGear's baseline
 * {"refs": "{\"vcca.cvm.rim\": \"hex\", ...}"}, or of the inner object alone; a value, or an array
 * of them. `tee` is "virtcca"; `name` that of the set. Known names: vcca.cvm.rim: a measurement;
 * vcca.cvm.rem.0 to .3: the claims virtcca.cvm.rem0 to rem3; virtcca_ima_ and a RIM: that
 * measurement, and as list virtcca.ima.digests the SHA-256 digests, one a line, bare or as
 * `sha256sum` writes them. RATLS_E_UNSUPPORTED: another TEE, or a name that is not known;
 * RATLS_E_BUNDLE_FORMAT: malformed; RATLS_E_USAGE: `name`. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_refs_read(struct ratls_bytes json, const char *tee,
                                                        const char *name, struct ratls_buffer *out,
                                                        struct ratls_error *err);

/* What ratls_refs_read() takes, of a digest list file and the RIM of the guest whose files it
 * lists: a list alone says nothing of the guest, and is no reference value. RATLS_E_BUNDLE_FORMAT;
 * RATLS_E_USAGE: `rim` is no hash in hex. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_refs_of_digests(struct ratls_bytes list,
                                                              const char *rim,
                                                              struct ratls_buffer *out,
                                                              struct ratls_error *err);

#endif
