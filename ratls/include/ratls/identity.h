/* ratls/identity.h - who this TEE is: TLS key, attestation key, evidence, certificate.
 *
 * An identity is made in two steps, because hardware evidence takes time: prepare (keys and
 * claims), then complete with the evidence over ratls_identity_report_data(). Keys are made inside
 * and are never reused: a TLS key is certified with an attestation key (AK) or without one, and
 * which of the two is fixed before the key exists. The AK signs session proofs and nothing else,
 * and only over binders built here from typed fields. A process that faces the network gets the
 * leaf only (ratls_identity_import) and asks the holder of the AK for each proof. What it does NOT
 * do: schedule. The caller renews at ratls_identity_renew_at(), by a timer. Thread rule: reference
 * counting and reading are thread-safe; ratls_identity_prove() locks. */
#ifndef RATLS_IDENTITY_H
#define RATLS_IDENTITY_H

#include "ratls/appraise.h"
#include "ratls/bytes.h"
#include "ratls/env.h"
#include "ratls/error.h"
#include "ratls/evidence.h"

enum ratls_role { RATLS_CLIENT = 1, RATLS_SERVER = 2 };

struct ratls_identity_params {
    const char *const *san;     /* DNS names and IP literals, NULL-terminated; may be NULL */
    const char *common_name;    /* NULL: "ratls" */
    int64_t lifetime_s;         /* 0: one hour; at most that */
    bool without_ak;            /* level 1 only: classic RA-TLS, for peers that know nothing else */
    const char *media_type;     /* ratls_attester_media_type() of the attester */
    struct ratls_bytes ca_cert; /* PEM or DER: sign with this CA ("attestation and identity") */
    struct ratls_bytes ca_key;  /* PEM or DER; both or neither */
    bool keep_for_passport;     /* ratls_identity_with_passport() comes later: what minting needs,
                                 * the CA's key too, is kept as long as the identity */
};

struct ratls_identity;

/* Step one. env and *params are borrowed for the call (env: for the identity's life). */
RATLS_API RATLS_MUST_USE enum ratls_err
ratls_identity_prepare(const struct ratls_env *env, const struct ratls_identity_params *params,
                       struct ratls_identity **out, struct ratls_error *err);
/* SHA-256(claims) followed by 32 zero bytes; borrowed, RATLS_REPORT_DATA_LEN bytes. */
RATLS_API const uint8_t *ratls_identity_report_data(const struct ratls_identity *id);
/* Devices (GPUs) that attest beside this TEE (PROTOCOL.md, "Devices"); between the two steps.
 * Their evidence is over ratls_identity_device_report_data(): a nonce of 32 bytes, and 32 zero
 * bytes behind it; borrowed, RATLS_REPORT_DATA_LEN bytes. It travels in the session's PROOF. */
RATLS_API const uint8_t *ratls_identity_device_report_data(const struct ratls_identity *id);
/* label: 1 to 16 of [a-z0-9_-], each once, not "cpu0", for instance "gpu0"; media_type: that of its
 * attester. At most 16 devices, 128 KiB together. All is copied.
 * RATLS_E_STATE: the identity has no AK, so that there will be no PROOF; or it is complete.
 * RATLS_E_USAGE otherwise. */
RATLS_API RATLS_MUST_USE enum ratls_err
ratls_identity_add_device(struct ratls_identity *id, const char *label, const char *media_type,
                          struct ratls_bytes evidence, struct ratls_error *err);
/* All of them, a CMW collection; borrowed, empty: none. */
RATLS_API struct ratls_bytes ratls_identity_devices(const struct ratls_identity *id);
/* Step two: mint the certificate. After it the identity is immutable and may be shared. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_identity_complete(struct ratls_identity *id,
                                                                struct ratls_bytes evidence,
                                                                struct ratls_error *err);
/* Both steps with a blocking attester. */
RATLS_API RATLS_MUST_USE enum ratls_err
ratls_identity_new(const struct ratls_env *env, const struct ratls_identity_params *params,
                   struct ratls_attester *attester, struct ratls_identity **out,
                   struct ratls_error *err);
/* Passport mode (RFC 9334 s.5.1). `id` is complete, with keep_for_passport; its certificate is what
 * an issuer is shown and appraises, over a connection with this identity or with
 * ratls_appraise(). `token` is what he made of it: an attestation result (ratls_ear_payload(), with
 * `spki` and raw_claims, and ratls_jwt_sign_json() as RATLS_EAR_TYP). *out is new: an identity with
 * the same keys whose certificate shows the token in the place of the evidence, and ends with the
 * token or with `id`, whichever is first. `id` stays as it is and can be dropped. Verifies nothing
 * of the token but that it fits: that is for the peers.
 *   RATLS_E_STATE          `id` is not complete, or not made for this
 *   RATLS_E_TOKEN_FORMAT, RATLS_E_TOKEN_ALGORITHM, RATLS_E_TOKEN_TYPE   no attestation result
 *   RATLS_E_TOKEN_BINDING  it is about another TLS key, or does not name the AK that `id` has
 *   RATLS_E_TOKEN_EXPIRED  it is over */
RATLS_API RATLS_MUST_USE enum ratls_err
ratls_identity_with_passport(const struct ratls_identity *id, struct ratls_bytes token,
                             struct ratls_identity **out, struct ratls_error *err);
/* A leaf without AK, from a certificate chain (DER certificates one after the other, leaf first)
 * and its key (DER). Proofs have to come from outside: RATLS_E_WANT_PROOF. */
RATLS_API RATLS_MUST_USE enum ratls_err
ratls_identity_import(const struct ratls_env *env, struct ratls_bytes chain, struct ratls_bytes key,
                      struct ratls_identity **out, struct ratls_error *err);
/* What ratls_identity_devices() of the holder says, to the leaf that was imported, before anybody
 * else has it. Copied. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_identity_import_devices(struct ratls_identity *id,
                                                                      struct ratls_bytes devices,
                                                                      struct ratls_error *err);
/* An ordinary certificate, without evidence, for sides that show none: PEM text with the leaf first
 * and its intermediates behind it, and its EC key, PEM or DER, which may stand in the same text.
 * Refused: a key of another certificate, certificates out of their dates, a chain in which one is
 * not issued by the next, a leaf that is a CA or has a key that no peer of ours takes, evidence.
 * Does NOT ask whether anybody trusts its CA. Texts are borrowed; the key stays in the identity. */
RATLS_API RATLS_MUST_USE enum ratls_err
ratls_identity_load(const struct ratls_env *env, struct ratls_bytes certs, struct ratls_bytes key,
                    struct ratls_identity **out, struct ratls_error *err);
RATLS_API struct ratls_identity *ratls_identity_ref(struct ratls_identity *id);
RATLS_API void ratls_identity_unref(struct ratls_identity *id); /* wipes keys; NULL is legal */

/* Borrowed: leaf certificate (DER), whole chain as sent (DER, concatenated), SHA-256 of the SPKI.
 */
RATLS_API struct ratls_bytes ratls_identity_certificate(const struct ratls_identity *id);
RATLS_API struct ratls_bytes ratls_identity_chain(const struct ratls_identity *id);
RATLS_API const uint8_t *ratls_identity_spki_sha256(const struct ratls_identity *id);
/* TLS private key, DER (new, secret). */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_identity_export_key(const struct ratls_identity *id,
                                                                  struct ratls_buffer *out);
/* Does the evidence name an AK (then every proof is owed), and is the AK in this process? */
RATLS_API bool ratls_identity_names_ak(const struct ratls_identity *id);
RATLS_API bool ratls_identity_has_ak(const struct ratls_identity *id);
RATLS_API int64_t ratls_identity_not_after(const struct ratls_identity *id); /* seconds */
RATLS_API int64_t ratls_identity_renew_at(const struct ratls_identity *id);  /* half life */

/* ---- session proofs ---- */

/* Typed fields of one proof. The holder of the AK builds the binder from them; the own SPKI comes
 * from its own identity, never from the request. */
struct ratls_proof_request {
    enum ratls_role role;   /* of the one who proves */
    enum ratls_level level; /* RATLS_LEVEL_SESSION or RATLS_LEVEL_QUOTE */
    uint8_t exporter[32];
    uint8_t peer_spki_sha256[32]; /* 32 zero bytes if the peer sent no certificate */
    uint8_t hello_sha256[32];     /* of the own HELLO frame, header included */
};

/* binder of PROTOCOL.md; RATLS_E_NONCE for the one value in 2^256 that has the form of certificate
 * report data. Level 3 quotes this binder. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_identity_binder(const struct ratls_identity *id,
                                                              const struct ratls_proof_request *req,
                                                              uint8_t binder[64]);
/* r || s by the AK over the binder built from `req`. RATLS_E_STATE without AK. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_identity_prove(struct ratls_identity *id,
                                                             const struct ratls_proof_request *req,
                                                             uint8_t signature[64]);

#endif
