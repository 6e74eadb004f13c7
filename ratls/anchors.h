/* anchors.h - what verification may rest on, as it was configured: roots, certificates that only
 * complete chains, and keys of single devices.
 *
 * One file is one of three forms, told apart by content:
 *   certificates, PEM (several allowed) or DER. One that names itself as its issuer is a root: a CA
 *   that signed itself. Any other is an intermediate: it must be a CA, completes chains and is
 *   trusted for nothing.
 *   keys of Arm CCA platforms (CPAK), JSON as Veraison and Trustee store them:
 *   [{"pkey": JWK, "implementation-id": hex of 32 bytes, "instance-id": hex of 33 bytes}, ...];
 *   further members are not looked at, a private key is refused.
 *   attestation keys (AK) of TPMs, SubjectPublicKeyInfo: PEM (PUBLIC KEY, several allowed) or DER.
 *   It does not say whether its TPM is simulated: that is what whoever gives it says.
 * A stored anchor is an item of a trust document: for one TEE, with dates, beside the built-in
 * pins. Anchors of simulated TEEs never come in together with others: a root says so in its subject
 * (x509.h), a key in its implementation id. A key whose private half is published counts as
 * simulated wherever it comes from: whoever holds it proves nothing.
 * Does NOT know which keys are revoked: a verdict names the keys it rests on (evidence_keys). */
#ifndef RT_ANCHORS_H
#define RT_ANCHORS_H

#include "base.h"
#include "crypto.h"
#include "ratls/verifier.h"

#define RT_MAX_ROOTS       64   /* given, and again as many simulated ones */
#define RT_MAX_DEVICE_KEYS 4096 /* of CCA platforms and TPMs */
#define RT_MAX_STORED      1024 /* roots, pins, intermediates and CRLs with a TEE of their own */
#define RT_MAX_TRUST_CRLS  16   /* of one TEE */
#define RT_ANCHOR_TEE_MAX  32

#define RT_CCA_IMPLEMENTATION_ID_LEN 32
#define RT_CCA_INSTANCE_ID_LEN       33 /* a UEID of type RAND, RFC 9711 s.4.2.1 */
#define RT_CCA_DEVICE_ID_LEN         (RT_CCA_IMPLEMENTATION_ID_LEN + RT_CCA_INSTANCE_ID_LEN)

struct rt_root_list {
    struct ratls_root items[RT_MAX_ROOTS];
    struct ratls_buffer certs[RT_MAX_ROOTS]; /* owned; items[i].cert borrows */
    size_t n;
};

/* When an anchor counts: both ends belong to it; INT64_MIN and INT64_MAX are open. */
struct rt_dates {
    int64_t from, until;
};

enum rt_anchor_kind { RT_ANCHOR_ROOT, RT_ANCHOR_INTERMEDIATE, RT_ANCHOR_CRL };

/* For one TEE. */
struct rt_dated_anchor {
    enum rt_anchor_kind kind;
    char tee[RT_ANCHOR_TEE_MAX + 1];
    struct rt_dates dates;
    struct ratls_buffer content; /* owned: DER of a root (none: a pin) or CRL, PEM of the others */
    struct ratls_root root;      /* RT_ANCHOR_ROOT; its cert borrows */
};

struct rt_key_note {
    struct rt_dates dates;
    uint8_t spki_sha256[32];
};

struct rt_anchors {
    struct rt_root_list given, sim;
    struct rt_writer intermediates; /* PEM */
    struct ratls_trusted_key
        *keys; /* owned, with the bytes of id and SPKI; as verifiers take them */
    struct rt_key_note *key_notes; /* owned; one for each key */
    size_t n_keys, n_published;
    struct rt_dates all_keys; /* when every key counts */
    struct rt_dated_anchor *dated;
    size_t n_dated;
    bool simulated;                     /* some of simulated TEEs were taken */
    uint8_t said_sha256[RT_SHA256_LEN]; /* over all items, in the order in which they came; zeros:
                                         * none */
};

/* All of the file or nothing. RATLS_E_SIMULATED_ANCHOR, RATLS_E_CONFIG (also for an id that has a
 * key already), RATLS_E_LIMIT. */
RATLS_MUST_USE enum ratls_err rt_anchors_add(struct rt_anchors *a, struct ratls_bytes file,
                                             bool simulated, struct ratls_error *err);
void rt_anchors_free(struct rt_anchors *a);

struct cJSON;

/* An item of kind anchor in a trust document. Borrowed. `body` is one of
 *   {"type": "certificates", "pem": text}          roots and intermediates, as in a file
 *   {"type": "pin", "spki_sha256": hex}            a root by its key
 *   {"type": "device_keys", "keys": [...]}         as in a file; of the TEE cca alone
 *   {"type": "device_keys", "pem": text}           attestation keys; of tpm and ascend_npu alone
 *   {"type": "crl", "pem": text}                   revocation lists (rt_anchors_add_crl)
 *   {"type": "insecure_sim_root", "pem": text or "keys": [...]}
 *                                                  of a simulated TEE; the item's name begins with
 *                                                  insecure_ */
struct rt_stored_anchor {
    const char *tee, *name;
    int64_t not_before, not_after; /* seconds since 1970; 0: open */
    bool active;
    const struct cJSON *body;
};

/* All of the item or nothing; one that is not active is read, and left out. RATLS_E_TRUST_FORMAT,
 * RATLS_E_SIMULATED_ANCHOR, RATLS_E_LIMIT. One platform may have keys in several items. */
RATLS_MUST_USE enum ratls_err rt_anchors_add_item(struct rt_anchors *a,
                                                  const struct rt_stored_anchor *s,
                                                  struct ratls_error *err);

/* Revocation lists for one TEE: DER, hex, or PEM with any number of them. RATLS_E_UNSUPPORTED for a
 * TEE that has no use for them, RATLS_E_COLLATERAL_FORMAT, RATLS_E_LIMIT. */
RATLS_MUST_USE enum ratls_err rt_anchors_add_crl(struct rt_anchors *a, const char *tee,
                                                 struct ratls_bytes crl, struct ratls_error *err);

/* How much there is, so that what came later can be taken back. */
struct rt_anchors_mark {
    size_t n_given, n_sim, pem_len, n_keys, n_published, n_dated;
    bool simulated;
};
struct rt_anchors_mark rt_anchors_mark(const struct rt_anchors *a);
void rt_anchors_rewind(struct rt_anchors *a, const struct rt_anchors_mark *to);

/* ---- what counts ---- */

#define RT_FEW_ROOTS 8
#define RT_ANY_TIME  INT64_MIN /* what counts at some moment or other */

/* For one verifier at one moment. Borrows from the anchors; never copied, for `roots` may point to
 * `few`. */
struct rt_anchors_at {
    const struct ratls_root *roots;
    size_t n_roots;
    const struct ratls_trusted_key *keys;
    size_t n_keys;
    struct ratls_bytes intermediates; /* PEM; len 0: none */
    struct ratls_bytes crls[RT_MAX_TRUST_CRLS];
    size_t n_crls;

    struct ratls_root few[RT_FEW_ROOTS], *many; /* `many` and what follows: owned */
    struct ratls_trusted_key *some;
    struct rt_writer pem;
};

/* Free it, also after an error. RATLS_E_NO_MEMORY. */
RATLS_MUST_USE enum ratls_err rt_anchors_at(const struct rt_anchors *a,
                                            const struct ratls_verifier *v, int64_t now,
                                            struct rt_anchors_at *out);
void rt_anchors_at_free(struct rt_anchors_at *at);

/* How long a verdict of this verifier with these claims may stand, as far as its anchors go:
 * INT64_MAX for ever. An anchor is known by the claim evidence_keys; without it every one of the
 * TEE counts. So does every CRL of the TEE, one that counts later too. */
int64_t rt_anchors_until(const struct rt_anchors *a, const struct ratls_verifier *v, int64_t now,
                         const struct ratls_claims *claims);

/* Something other than keys was given: the roots built in do not count any more. */
bool rt_anchors_replace_pins(const struct rt_anchors *a);

#endif
