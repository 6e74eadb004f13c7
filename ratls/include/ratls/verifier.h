/* ratls/verifier.h - what a verifier is, for built-in ones and for plugins alike.
 *
 * A verifier recognises evidence by its format, proves that it is genuine, and turns it into
 * claims. It does NOT decide: measurements, status, debug and simulated are judged by policy, and
 * the report data is compared by the framework (all 64 bytes, constant time), not by the verifier.
 * A verifier must not block, fetch, read the clock or keep state: everything comes in `input`.
 *
 * A plugin is a shared object that exports
 *     const struct ratls_verifier *ratls_verifier_plugin(void);
 * It is loaded only from a directory that belongs to root or the calling user and that nobody else
 * can write, and only if `abi` and `size` are those of this header. */
#ifndef RATLS_VERIFIER_H
#define RATLS_VERIFIER_H

#include "ratls/bytes.h"
#include "ratls/error.h"
#include "ratls/evidence.h"

#define RATLS_VERIFIER_ABI    1
#define RATLS_VERIFIER_SYMBOL "ratls_verifier_plugin"

/* A trusted root key: SHA-256 of its SubjectPublicKeyInfo (DER). */
struct ratls_root {
    uint8_t spki_sha256[32];
    bool simulated; /* of a simulated TEE: the verifier must set the claim `simulated` to true */
};

struct ratls_verify_input {
    uint32_t size;                  /* sizeof(struct ratls_verify_input) */
    struct ratls_bytes evidence;    /* borrowed */
    const struct ratls_root *roots; /* trusted for this TEE; borrowed */
    size_t n_roots;
    int64_t now; /* verification time, seconds since 1970: every date is judged by it */
};

struct ratls_verifier {
    uint32_t abi;  /* RATLS_VERIFIER_ABI */
    uint32_t size; /* sizeof(struct ratls_verifier) */

    /* Lower case, [a-z0-9_]{1,32}: policy key, metrics label, prefix of the claims. */
    const char *name;

    /* CMW media type of this evidence; NULL for evidence under CBOR tag 60000 (SGX and TDX). */
    const char *media_type;

    /* True when the bytes have this verifier's format (magic, version, TEE type). Cheap, no
     * cryptography, never more than a look at the header. */
    bool (*recognises)(struct ratls_bytes evidence);

    /* Parse only, for people: set claims without proving anything. */
    enum ratls_err (*describe)(struct ratls_bytes evidence, struct ratls_claims *claims,
                               struct ratls_error *err);

    /* RATLS_OK only if every signature reaches a root in input->roots at input->now. On RATLS_OK
     * the claims `tee`, `measurement`, `report_data` (64 bytes), `debug`, `simulated` and
     * `tcb_status` are set; a missing one makes the framework answer RATLS_E_VERIFIER_FAULT. Claims
     * may be set on failure too; they are shown, never trusted. `claims` is borrowed. */
    enum ratls_err (*verify)(const struct ratls_verify_input *input, struct ratls_claims *claims,
                             struct ratls_error *err);

    /* SHA-256 pins of the vendor's roots built in (may be NULL, 0). */
    const uint8_t (*pins)[32];
    size_t n_pins;
};

typedef const struct ratls_verifier *ratls_verifier_plugin_fn(void);

#endif
