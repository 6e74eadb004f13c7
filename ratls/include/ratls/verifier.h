/* ratls/verifier.h - what a verifier is, for built-in ones and for plugins alike.
 *
 * A verifier recognises evidence by its format, proves that it is genuine, and turns it into
 * claims. It does NOT decide: measurements, status, debug and simulated are judged by policy, and
 * the report data is compared by the framework (all 64 bytes, constant time), not by the verifier.
 * A verifier must not block, fetch, read the clock or keep state: everything comes in `input`. What
 * it makes of collateral, once, is kept by the framework and handed back to it.
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

#define RATLS_VERIFIER_ABI    6
#define RATLS_VERIFIER_SYMBOL "ratls_verifier_plugin"

/* A trusted root key: SHA-256 of its SubjectPublicKeyInfo (DER). */
struct ratls_root {
    uint8_t spki_sha256[32];
    bool simulated; /* of a simulated TEE: the verifier must set the claim `simulated` to true */
    struct ratls_bytes cert; /* DER, where it was given as a certificate (of csv: the HRK as it is);
                              * len 0: a pin */
};

/* The key of one device, trusted by itself: formats whose evidence carries no chain. */
struct ratls_trusted_key {
    struct ratls_bytes id;   /* cca: implementation id (32 bytes), instance id (33);
                              * tpm: none, len 0 */
    struct ratls_bytes spki; /* SubjectPublicKeyInfo, DER */
    bool simulated;          /* as in struct ratls_root */
};

struct ratls_verify_input {
    uint32_t size;                  /* sizeof(struct ratls_verify_input) */
    struct ratls_bytes evidence;    /* borrowed */
    const struct ratls_root *roots; /* trusted for this TEE; borrowed */
    size_t n_roots;
    const struct ratls_trusted_key *keys; /* of devices of this TEE; borrowed */
    size_t n_keys;
    int64_t now; /* verification time, seconds since 1970: every date is judged by it */

    /* Made by collateral_new under these roots or such as count at another time: that its root is
     * among `roots` is asked again. n_collateral 0: none is configured, and the verifier reports
     * tcb_status "not_evaluated" where the format needs some. */
    const void *const *collateral;
    size_t n_collateral;
    struct ratls_bytes certs; /* certificates that the evidence itself lacks (PEM; of csv under the
                               * label HYGON CERTIFICATE), and those that
                               * were configured beside the roots; len 0: none */
    const struct ratls_bytes *crls; /* revocation lists beside those of the collateral, each DER or
                                     * PEM; a verifier that knows no use for them refuses them */
    size_t n_crls;
    struct ratls_bytes event_log; /* p NULL: none is given; an empty one is malformed */
    struct ratls_bytes ima_log;   /* of Linux IMA; likewise */
    bool insecure_no_crl;         /* revocation is not asked for */
};

/* One document of collateral (what the vendor says about a platform: TCB levels, revocation). */
struct ratls_collateral_input {
    uint32_t size;                  /* sizeof(struct ratls_collateral_input) */
    struct ratls_bytes document;    /* borrowed during the call */
    const struct ratls_root *roots; /* trusted for this TEE */
    size_t n_roots;
    bool insecure_no_crl; /* revocation lists may be absent */
};

#define RATLS_COLLATERAL_NAME_LEN 64
#define RATLS_COLLATERAL_ISSUES   8

/* What a proven document of collateral is. */
struct ratls_collateral_facts {
    char name[RATLS_COLLATERAL_NAME_LEN];   /* whom it is about, [a-z0-9-]: also good for a file */
    int64_t begins, expires;                /* of all its parts, seconds since 1970 */
    int64_t issue[RATLS_COLLATERAL_ISSUES]; /* numbers and dates of its parts, in a fixed order:
                                             * none of them goes down from one issue to the next */
    size_t n_issue;
    uint64_t number; /* the vendor's number of the issue, for people */
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
     * may be set on failure too; they are shown, never trusted. `claims` is borrowed. The number
     * `collateral_expires` (seconds since 1970), where it is set, ends the verdict. The list
     * `evidence_keys` holds the SHA-256 (lower-case hex) of the SubjectPublicKeyInfo of every key
     * that the verdict rests on, the root's among them, each once: what revocations of keys go by.
     * Every built-in verifier sets it on RATLS_OK; without it evidence is refused once a key is
     * revoked. */
    enum ratls_err (*verify)(const struct ratls_verify_input *input, struct ratls_claims *claims,
                             struct ratls_error *err);

    /* The vendor's certificates and revocation lists judged alone, without evidence: input->certs
     * and input->crls up to input->roots at input->now. NULL where that has no meaning. Claims as
     * for verify, those about a TEE are missing. */
    enum ratls_err (*endorsements)(const struct ratls_verify_input *input,
                                   struct ratls_claims *claims, struct ratls_error *err);

    /* SHA-256 pins of the vendor's roots built in (may be NULL, 0). */
    const uint8_t (*pins)[32];
    size_t n_pins;

    /* Collateral; all NULL for a verifier that needs none. */

    /* True when the document has this verifier's form. Cheap; proves nothing. */
    bool (*collateral_recognises)(struct ratls_bytes document);
    /* Prove a document (everything but dates, which verify judges) and prepare it for verify; *out
     * is new and may be used by several threads at once. RATLS_E_COLLATERAL_*. */
    enum ratls_err (*collateral_new)(const struct ratls_collateral_input *input, void **out,
                                     struct ratls_error *err);
    void (*collateral_free)(void *collateral);
    /* `collateral` is what collateral_new made. */
    void (*collateral_facts)(const void *collateral, struct ratls_collateral_facts *out);

    /* This is a device (a GPU): whoever reaches it gets evidence over anything, so that it binds no
     * key. Alone it is never allowed (RATLS_E_DEVICE_ALONE), whatever a policy says. Beside the
     * evidence of a TEE it is, and verify sets the list `device_ids`: who they are, for each counts
     * once. `report_data` is then the nonce that was asked for, 32 bytes, and 32 zero bytes. */
    bool device;
};

typedef const struct ratls_verifier *ratls_verifier_plugin_fn(void);

#endif
