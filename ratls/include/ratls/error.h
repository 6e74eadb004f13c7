/* ratls/error.h - the one list of outcomes.
 *
 * Every fallible function returns `enum ratls_err` (0 = ok). Each code has a stable snake_case
 * reason (log lines, metrics labels, JSON), one sentence of text, a class (what the other side may
 * learn) and the TLS alert that fits it (RFC 8446 s.6). Detail goes to the caller's
 * `struct ratls_error`, which may be NULL; the first text written wins, because the innermost
 * function knows most. Detail is for local logs: it is never sent to a peer.
 * ABI: reasons stay as they are, numbers may move with the soversion: compare codes by name.
 * Thread rule: all functions here are pure. */
#ifndef RATLS_ERROR_H
#define RATLS_ERROR_H

#include <stddef.h>

#if defined(__GNUC__)
#define RATLS_MUST_USE          __attribute__((warn_unused_result))
#define RATLS_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define RATLS_API               __attribute__((visibility("default")))
#else
#define RATLS_MUST_USE
#define RATLS_PRINTF(fmt, args)
#define RATLS_API
#endif

/* What a peer may learn of a refusal: a class, not the reason (no oracle between "unknown
 * measurement" and "bad signature"). The numbers go over the wire in a VERDICT frame. */
enum ratls_class {
    RATLS_CLASS_NONE = 0,
    RATLS_CLASS_ATTESTATION = 1, /* evidence, binding or policy refused the peer */
    RATLS_CLASS_PROTOCOL = 2,    /* malformed or misplaced messages */
    RATLS_CLASS_LEVEL = 3,       /* binding levels of the two sides do not meet */
    RATLS_CLASS_BUSY = 4,        /* limits or timers */
    RATLS_CLASS_INTERNAL = 5,    /* the fault is on this side */
};

/* TLS alert numbers, RFC 8446 s.6.2. */
enum ratls_alert {
    RATLS_ALERT_CLOSE_NOTIFY = 0,
    RATLS_ALERT_UNEXPECTED_MESSAGE = 10,
    RATLS_ALERT_HANDSHAKE_FAILURE = 40,
    RATLS_ALERT_BAD_CERTIFICATE = 42,
    RATLS_ALERT_CERTIFICATE_EXPIRED = 45,
    RATLS_ALERT_UNKNOWN_CA = 48,
    RATLS_ALERT_ACCESS_DENIED = 49,
    RATLS_ALERT_DECODE_ERROR = 50,
    RATLS_ALERT_INTERNAL_ERROR = 80,
    RATLS_ALERT_CERTIFICATE_REQUIRED = 116,
};

/* X(CODE, reason, text, class, alert) */
#define RATLS_ERRORS(X)                                                                            \
    /* waiting: not failures */                                                                    \
    X(WANT_READ, "want_read", "more bytes from the peer are needed", NONE, CLOSE_NOTIFY)           \
    X(WANT_WRITE, "want_write", "the transport must take bytes first", NONE, CLOSE_NOTIFY)         \
    X(WANT_PROOF, "want_proof", "a session proof must be supplied", NONE, CLOSE_NOTIFY)            \
    X(WANT_POLICY, "want_policy", "an outside policy must be asked", NONE, CLOSE_NOTIFY)           \
    X(CLOSED, "closed", "the connection is closed", NONE, CLOSE_NOTIFY)                            \
    /* this side */                                                                                \
    X(INTERNAL, "internal_error", "internal error", INTERNAL, INTERNAL_ERROR)                      \
    X(NO_MEMORY, "no_memory", "out of memory", INTERNAL, INTERNAL_ERROR)                           \
    X(RANDOM, "random_failed", "no randomness", INTERNAL, INTERNAL_ERROR)                          \
    X(CRYPTO, "crypto_failed", "a cryptographic primitive failed", INTERNAL, INTERNAL_ERROR)       \
    X(EXPORTER, "exporter_failed", "the TLS exporter failed", INTERNAL, INTERNAL_ERROR)            \
    X(IO, "io_error", "input or output failed", INTERNAL, INTERNAL_ERROR)                          \
    X(USAGE, "usage", "wrong arguments", INTERNAL, INTERNAL_ERROR)                                 \
    X(STATE, "wrong_state", "called in the wrong state", INTERNAL, INTERNAL_ERROR)                 \
    X(LIMIT, "limit_exceeded", "a limit was exceeded", BUSY, ACCESS_DENIED)                        \
    X(TIMEOUT, "timeout", "the time allowed is over", BUSY, ACCESS_DENIED)                         \
    X(UNSUPPORTED, "unsupported", "not supported", INTERNAL, INTERNAL_ERROR)                       \
    X(SELFTEST, "selftest_failed", "the TLS library misbehaves", INTERNAL, INTERNAL_ERROR)         \
    X(ATTESTER, "attester_failed", "the attester gave no evidence", INTERNAL, INTERNAL_ERROR)      \
    X(IDENTITY_EXPIRED, "identity_expired", "the own identity is out of date", INTERNAL,           \
      INTERNAL_ERROR)                                                                              \
    X(CHALLENGE_REFUSED, "challenge_refused", "such report data is never quoted", INTERNAL,        \
      ACCESS_DENIED)                                                                               \
    X(CONFIG, "config_invalid", "the configuration is invalid", INTERNAL, INTERNAL_ERROR)          \
    X(PLUGIN, "plugin_refused", "the verifier plugin is refused", INTERNAL, INTERNAL_ERROR)        \
    X(TRUST_FORMAT, "trust_malformed", "the trust document is malformed", INTERNAL,                \
      INTERNAL_ERROR)                                                                              \
    X(NOT_FOUND, "not_found", "there is nothing of this name", INTERNAL, INTERNAL_ERROR)           \
    X(ROLLBACK, "rollback", "what was newer would become older", INTERNAL, INTERNAL_ERROR)         \
    X(STORE, "store_failed", "the store does not answer as it should", INTERNAL, INTERNAL_ERROR)   \
    X(STORE_VERSION, "store_version", "the store was made by a newer program", INTERNAL,           \
      INTERNAL_ERROR)                                                                              \
    X(STORE_TAMPERED, "store_tampered", "the store does not fit its audit trail", INTERNAL,        \
      INTERNAL_ERROR)                                                                              \
    X(STORE_DENIED, "store_denied", "the store refuses this user", INTERNAL, INTERNAL_ERROR)       \
    X(BUNDLE_FORMAT, "bundle_malformed", "the bundle is malformed", INTERNAL, INTERNAL_ERROR)      \
    X(BUNDLE_SIGNATURE, "bundle_signature", "the bundle is not signed by this key", INTERNAL,      \
      INTERNAL_ERROR)                                                                              \
    X(KEK, "kek_unusable", "the key-encryption key is not as it should be", INTERNAL,              \
      INTERNAL_ERROR)                                                                              \
    X(KEK_MISMATCH, "kek_mismatch", "the secret is sealed under another key", INTERNAL,            \
      INTERNAL_ERROR)                                                                              \
    X(SECRET_TAMPERED, "secret_tampered", "the sealed secret was changed", INTERNAL,               \
      INTERNAL_ERROR)                                                                              \
    X(JWE_FORMAT, "jwe_malformed", "the encrypted value is malformed", INTERNAL, INTERNAL_ERROR)   \
    X(JWE, "jwe_failed", "the encrypted value is for another key, or was changed", INTERNAL,       \
      INTERNAL_ERROR)                                                                              \
    /* transport and TLS */                                                                        \
    X(TLS, "tls_failed", "the TLS handshake or record layer failed", PROTOCOL, HANDSHAKE_FAILURE)  \
    X(TLS_SUITE, "tls_suite", "the negotiated suite is not allowed", PROTOCOL, HANDSHAKE_FAILURE)  \
    X(TLS_VERSION, "tls_version", "the negotiated version is not TLS 1.3", PROTOCOL,               \
      HANDSHAKE_FAILURE)                                                                           \
    X(TLS_RESUMED, "tls_resumed", "a resumed session carries no evidence", PROTOCOL,               \
      HANDSHAKE_FAILURE)                                                                           \
    X(TRUNCATED, "truncated", "the stream ended without close_notify", PROTOCOL, DECODE_ERROR)     \
    X(RESET, "reset", "the transport was reset", PROTOCOL, DECODE_ERROR)                           \
    X(NO_PEER_CERT, "no_certificate", "the peer sent no certificate", ATTESTATION,                 \
      CERTIFICATE_REQUIRED)                                                                        \
    /* certificates */                                                                             \
    X(CERT_FORMAT, "certificate_malformed", "the certificate is malformed", ATTESTATION,           \
      BAD_CERTIFICATE)                                                                             \
    X(CERT_SIGNATURE, "signature", "a certificate signature is wrong", ATTESTATION,                \
      BAD_CERTIFICATE)                                                                             \
    X(CERT_NOT_YET_VALID, "certificate_not_yet_valid", "a certificate is not valid yet",           \
      ATTESTATION, CERTIFICATE_EXPIRED)                                                            \
    X(CERT_EXPIRED, "certificate_expired", "a certificate is expired", ATTESTATION,                \
      CERTIFICATE_EXPIRED)                                                                         \
    X(CERT_LIFETIME, "certificate_lifetime", "the certificate lives too long", ATTESTATION,        \
      BAD_CERTIFICATE)                                                                             \
    X(CERT_KEY, "certificate_key", "key or signature algorithm is not allowed", ATTESTATION,       \
      BAD_CERTIFICATE)                                                                             \
    X(CERT_USAGE, "certificate_usage", "the certificate is for another use", ATTESTATION,          \
      BAD_CERTIFICATE)                                                                             \
    X(CERT_CRITICAL, "critical_extension", "an unknown critical extension", ATTESTATION,           \
      BAD_CERTIFICATE)                                                                             \
    X(CERT_CHAIN, "chain", "the chain reaches no trusted root", ATTESTATION, UNKNOWN_CA)           \
    X(CERT_CHAIN_LENGTH, "chain_length", "the chain has a wrong number of certificates",           \
      ATTESTATION, BAD_CERTIFICATE)                                                                \
    X(IDENTITY_MISMATCH, "identity_mismatch", "the certificate is for another name", ATTESTATION,  \
      ACCESS_DENIED)                                                                               \
    X(PIN_MISMATCH, "pin_mismatch", "the certificate's key is not one of those pinned",            \
      ATTESTATION, ACCESS_DENIED)                                                                  \
    X(CERT_REVOKED, "certificate_revoked", "a certificate is revoked by its issuer", ATTESTATION,  \
      BAD_CERTIFICATE)                                                                             \
    X(CRL_MISSING, "crl_missing", "an issuer without a revocation list", ATTESTATION,              \
      BAD_CERTIFICATE)                                                                             \
    X(CRL_TIME, "crl_time", "the revocation list of an issuer is out of its dates", ATTESTATION,   \
      CERTIFICATE_EXPIRED)                                                                         \
    /* evidence */                                                                                 \
    X(NO_EVIDENCE, "no_evidence", "the certificate holds no evidence", ATTESTATION,                \
      BAD_CERTIFICATE)                                                                             \
    X(EVIDENCE_DUPLICATE, "evidence_duplicate", "more than one evidence extension", ATTESTATION,   \
      BAD_CERTIFICATE)                                                                             \
    X(EVIDENCE_FORMAT, "evidence_malformed", "the evidence is malformed", ATTESTATION,             \
      BAD_CERTIFICATE)                                                                             \
    X(EVIDENCE_VERSION, "evidence_version", "an unsupported version of evidence", ATTESTATION,     \
      BAD_CERTIFICATE)                                                                             \
    X(EVIDENCE_PROFILE, "unsupported_profile", "an unsupported profile of evidence", ATTESTATION,  \
      BAD_CERTIFICATE)                                                                             \
    X(EVIDENCE_ALGORITHM, "unsupported_algorithm", "an algorithm that this evidence may not use",  \
      ATTESTATION, BAD_CERTIFICATE)                                                                \
    X(EVIDENCE_UNKNOWN, "unknown_evidence", "no verifier knows this evidence", ATTESTATION,        \
      BAD_CERTIFICATE)                                                                             \
    X(EVIDENCE_MISMATCH, "evidence_mismatch", "envelope and evidence disagree", ATTESTATION,       \
      BAD_CERTIFICATE)                                                                             \
    X(EVIDENCE_SIGNATURE, "evidence_signature", "a signature in the evidence is wrong",            \
      ATTESTATION, BAD_CERTIFICATE)                                                                \
    X(EVIDENCE_CHAIN, "evidence_chain", "the evidence's certificates are not genuine",             \
      ATTESTATION, UNKNOWN_CA)                                                                     \
    X(EVIDENCE_ROOT, "evidence_root", "the evidence's root is not trusted", ATTESTATION,           \
      UNKNOWN_CA)                                                                                  \
    X(EVIDENCE_TIME, "evidence_time", "the evidence's certificates are out of their dates",        \
      ATTESTATION, CERTIFICATE_EXPIRED)                                                            \
    X(EVIDENCE_QE, "evidence_quoting_enclave", "the quoting enclave does not vouch for the key",   \
      ATTESTATION, BAD_CERTIFICATE)                                                                \
    X(ENDORSEMENT, "endorsement_mismatch",                                                         \
      "the vendor's certificate is for another chip, key or TCB", ATTESTATION, BAD_CERTIFICATE)    \
    X(NO_ANCHOR, "no_trust_anchor", "no key is trusted for this device", ATTESTATION, UNKNOWN_CA)  \
    X(BINDER, "binder_mismatch", "the platform's token is for another key", ATTESTATION,           \
      BAD_CERTIFICATE)                                                                             \
    X(KEY_BINDING, "key_binding_mismatch",                                                         \
      "the token's key is not that of the device certificate", ATTESTATION, BAD_CERTIFICATE)       \
    X(CERTIFICATION_TYPE, "certification_type", "certification data of an unsupported type",       \
      ATTESTATION, BAD_CERTIFICATE)                                                                \
    X(COLLATERAL_MISSING, "collateral_missing", "collateral of this platform is not there",        \
      ATTESTATION, BAD_CERTIFICATE)                                                                \
    X(COLLATERAL_FORMAT, "collateral_malformed", "the collateral is malformed", ATTESTATION,       \
      BAD_CERTIFICATE)                                                                             \
    X(COLLATERAL_SIGNATURE, "collateral_signature", "the vendor did not sign the collateral",      \
      ATTESTATION, BAD_CERTIFICATE)                                                                \
    X(COLLATERAL_TIME, "collateral_time", "the collateral is out of its dates", ATTESTATION,       \
      CERTIFICATE_EXPIRED)                                                                         \
    X(COLLATERAL_MISMATCH, "collateral_mismatch", "the collateral is of another platform",         \
      ATTESTATION, BAD_CERTIFICATE)                                                                \
    X(COLLATERAL_ROLLBACK, "collateral_rollback", "newer collateral is due", ATTESTATION,          \
      ACCESS_DENIED)                                                                               \
    X(REVOKED, "revoked", "a certificate of the platform is revoked", ATTESTATION,                 \
      BAD_CERTIFICATE)                                                                             \
    X(QE_IDENTITY, "qe_identity", "the quoting enclave is not the vendor's", ATTESTATION,          \
      BAD_CERTIFICATE)                                                                             \
    X(TDX_MODULE, "tdx_module", "the TDX module is not the vendor's", ATTESTATION,                 \
      BAD_CERTIFICATE)                                                                             \
    X(EVENT_LOG, "event_log_malformed", "the event log is malformed", ATTESTATION,                 \
      BAD_CERTIFICATE)                                                                             \
    X(EVENT_LOG_MISMATCH, "event_log_mismatch", "the event log does not explain the registers",    \
      ATTESTATION, ACCESS_DENIED)                                                                  \
    X(FETCH, "fetch_failed", "the service gave no usable answer", INTERNAL, INTERNAL_ERROR)        \
    X(BINDING_MISSING, "binding_missing", "the evidence names no key", ATTESTATION,                \
      BAD_CERTIFICATE)                                                                             \
    X(BINDING_MISMATCH, "binding_mismatch", "the evidence is for another key or channel",          \
      ATTESTATION, BAD_CERTIFICATE)                                                                \
    X(VERIFIER_FAULT, "verifier_fault", "the verifier did not do its work", INTERNAL,              \
      INTERNAL_ERROR)                                                                              \
    /* policy */                                                                                   \
    X(NO_POLICY, "no_policy", "no policy is configured", ATTESTATION, ACCESS_DENIED)               \
    X(POLICY_FORMAT, "policy_malformed", "the policy is malformed", INTERNAL, INTERNAL_ERROR)      \
    X(TEE_NOT_ALLOWED, "tee_not_allowed", "this kind of TEE is not allowed", ATTESTATION,          \
      ACCESS_DENIED)                                                                               \
    X(NO_REFERENCE_VALUE, "no_reference_value", "no reference value is configured", ATTESTATION,   \
      ACCESS_DENIED)                                                                               \
    X(MEASUREMENT, "measurement_mismatch", "the measurement is not accepted", ATTESTATION,         \
      ACCESS_DENIED)                                                                               \
    X(REFVAL_REVOKED, "reference_value_revoked", "the reference value is revoked", ATTESTATION,    \
      ACCESS_DENIED)                                                                               \
    X(REFVAL_EXPIRED, "reference_value_expired", "the reference value is out of its dates",        \
      ATTESTATION, ACCESS_DENIED)                                                                  \
    X(KEY_REVOKED, "key_revoked", "a key of the evidence is revoked", ATTESTATION,                 \
      BAD_CERTIFICATE)                                                                             \
    X(PLATFORM_REVOKED, "platform_revoked", "this platform is revoked", ATTESTATION,               \
      ACCESS_DENIED)                                                                               \
    X(DEBUG, "debug", "the TEE can be debugged", ATTESTATION, ACCESS_DENIED)                       \
    X(SIMULATED, "simulated", "the TEE is simulated", ATTESTATION, ACCESS_DENIED)                  \
    X(SIMULATED_ANCHOR, "simulated_anchor", "a simulator's root needs an insecure_ setting",       \
      INTERNAL, INTERNAL_ERROR)                                                                    \
    X(TCB_STATUS, "tcb_status", "the TCB status is not accepted", ATTESTATION, ACCESS_DENIED)      \
    X(TCB_AGE, "tcb_age", "the TCB is too old or has no age", ATTESTATION, ACCESS_DENIED)          \
    X(ADVISORY, "advisory", "an advisory of the platform is not accepted", ATTESTATION,            \
      ACCESS_DENIED)                                                                               \
    X(VMPL, "vmpl", "the guest's privilege level is not accepted", ATTESTATION, ACCESS_DENIED)     \
    X(MIGRATION_AGENT, "migration_agent", "a migration agent may take the guest along",            \
      ATTESTATION, ACCESS_DENIED)                                                                  \
    X(GUEST_SVN, "guest_svn", "the guest's security version is too low", ATTESTATION,              \
      ACCESS_DENIED)                                                                               \
    X(TCB_MINIMUM, "tcb_minimum", "the TCB is below the minimum", ATTESTATION, ACCESS_DENIED)      \
    X(PLATFORM, "platform_not_allowed", "this platform is not allowed", ATTESTATION,               \
      ACCESS_DENIED)                                                                               \
    X(LIFECYCLE, "lifecycle_not_secured",                                                          \
      "the platform is in a life cycle state that is not accepted", ATTESTATION, ACCESS_DENIED)    \
    X(PLATFORM_TOKEN_MISSING, "platform_token_missing", "the evidence has no platform token",      \
      ATTESTATION, ACCESS_DENIED)                                                                  \
    X(EVENT_LOG_MISSING, "event_log_missing", "no event log explains the registers", ATTESTATION,  \
      ACCESS_DENIED)                                                                               \
    X(IMA_LOG_MISSING, "ima_log_missing", "no IMA log explains its register", ATTESTATION,         \
      ACCESS_DENIED)                                                                               \
    X(EVIDENCE_AGE, "evidence_age", "the evidence is too old or has no age", ATTESTATION,          \
      ACCESS_DENIED)                                                                               \
    X(RULE, "policy_rule", "a rule of the policy does not hold", ATTESTATION, ACCESS_DENIED)       \
    X(RULE_UNDEFINED, "policy_undefined", "the policy asks for what is not there", ATTESTATION,    \
      ACCESS_DENIED)                                                                               \
    X(POLICY_LIMIT, "policy_limit", "the policy takes too much work", ATTESTATION, ACCESS_DENIED)  \
    X(OPA_DENIED, "opa_denied", "the outside policy denies", ATTESTATION, ACCESS_DENIED)           \
    X(OPA_FAILED, "opa_failed", "the outside policy gives no usable answer", ATTESTATION,          \
      ACCESS_DENIED)                                                                               \
    X(EVIDENCE_FUTURE, "evidence_from_future", "the evidence claims a future time", ATTESTATION,   \
      ACCESS_DENIED)                                                                               \
    X(POLICY_CHANGED, "policy_changed", "the policy is not the one that the secret was bound to",  \
      ATTESTATION, ACCESS_DENIED)                                                                  \
    X(PASSPORT, "passport", "a passport where evidence is due, or the other way round",            \
      ATTESTATION, ACCESS_DENIED)                                                                  \
    /* devices */                                                                                  \
    X(DEVICE_ALONE, "device_without_cpu", "a device without a TEE that it belongs to",             \
      ATTESTATION, ACCESS_DENIED)                                                                  \
    X(DEVICE_DUPLICATE, "duplicate_device", "a device is there twice", ATTESTATION,                \
      BAD_CERTIFICATE)                                                                             \
    X(DEVICE_MISSING, "device_missing", "fewer devices than the policy demands", ATTESTATION,      \
      ACCESS_DENIED)                                                                               \
    X(DEVICE_UNEXPECTED, "device_unexpected", "more devices than the policy wants, or another",    \
      ATTESTATION, ACCESS_DENIED)                                                                  \
    X(DEVICE_SET, "device_set_mismatch", "the devices do not fit each other", ATTESTATION,         \
      BAD_CERTIFICATE)                                                                             \
    /* tokens */                                                                                   \
    X(TOKEN_FORMAT, "token_malformed", "the token is malformed", ATTESTATION, BAD_CERTIFICATE)     \
    X(TOKEN_TYPE, "token_type", "the token is of another type", ATTESTATION, BAD_CERTIFICATE)      \
    X(TOKEN_ALGORITHM, "token_algorithm", "the token's algorithm is not that of its key",          \
      ATTESTATION, BAD_CERTIFICATE)                                                                \
    X(TOKEN_ISSUER, "token_issuer", "the token's issuer is not trusted", ATTESTATION, UNKNOWN_CA)  \
    X(TOKEN_KEY, "token_key", "the token's issuer has no such key", ATTESTATION, UNKNOWN_CA)       \
    X(TOKEN_SIGNATURE, "token_signature", "the token's signature is wrong", ATTESTATION,           \
      BAD_CERTIFICATE)                                                                             \
    X(TOKEN_AUDIENCE, "token_audience", "the token is for others", ATTESTATION, ACCESS_DENIED)     \
    X(TOKEN_EXPIRED, "token_expired", "the token is too old", ATTESTATION, CERTIFICATE_EXPIRED)    \
    X(TOKEN_NOT_YET_VALID, "token_not_yet_valid", "the token is not valid yet", ATTESTATION,       \
      CERTIFICATE_EXPIRED)                                                                         \
    X(TOKEN_NONCE, "token_nonce", "the token is not for this nonce", ATTESTATION, ACCESS_DENIED)   \
    X(TOKEN_BINDING, "token_binding", "the token is for another key", ATTESTATION, ACCESS_DENIED)  \
    X(TOKEN_REPLAYED, "token_replayed", "the token was used before", ATTESTATION, ACCESS_DENIED)   \
    X(TOKEN_STATUS, "token_status", "the token's attestation result is not accepted", ATTESTATION, \
      ACCESS_DENIED)                                                                               \
    /* session */                                                                                  \
    X(BINDING_LEVEL, "binding_level", "the binding level is too low", LEVEL, ACCESS_DENIED)        \
    X(ATTESTATION_MODE, "attestation_mode", "one side attests, for the other it is off", LEVEL,    \
      ACCESS_DENIED)                                                                               \
    X(REFLECTION, "reflection", "own certificate, proof or role came back", ATTESTATION,           \
      ACCESS_DENIED)                                                                               \
    X(PROOF_SIGNATURE, "proof_signature", "the session proof does not verify", ATTESTATION,        \
      ACCESS_DENIED)                                                                               \
    X(PROOF_EVIDENCE, "proof_evidence", "the quote of this session is for another platform",       \
      ATTESTATION, ACCESS_DENIED)                                                                  \
    X(PROOF_LIMIT, "proof_limit", "too many session proofs", BUSY, ACCESS_DENIED)                  \
    X(NONCE, "nonce_invalid", "the random value of the peer is unusable", ATTESTATION,             \
      ACCESS_DENIED)                                                                               \
    X(FRAME_FORMAT, "frame_malformed", "a session frame is malformed", PROTOCOL, DECODE_ERROR)     \
    X(FRAME_VERSION, "frame_version", "an unsupported protocol version", PROTOCOL, DECODE_ERROR)   \
    X(FRAME_ORDER, "frame_order", "a session frame out of order", PROTOCOL, UNEXPECTED_MESSAGE)    \
    X(FRAME_SIZE, "frame_size", "a session frame of a forbidden size", PROTOCOL, DECODE_ERROR)     \
    X(EARLY_DATA, "early_data", "data before both verdicts", PROTOCOL, UNEXPECTED_MESSAGE)         \
    X(PEER_DENIED, "peer_denied", "the peer refused this side", NONE, CLOSE_NOTIFY)

enum ratls_err {
    RATLS_OK = 0,
#define RATLS_X_ENUM(code, reason, text, class_, alert) RATLS_E_##code,
    RATLS_ERRORS(RATLS_X_ENUM)
#undef RATLS_X_ENUM
        RATLS_ERR_COUNT
};

#define RATLS_ERROR_DETAIL_MAX 256

/* Caller-owned detail. Zero it before use. `detail` is printable ASCII, NUL-terminated. */
struct ratls_error {
    enum ratls_err code;
    char detail[RATLS_ERROR_DETAIL_MAX];
};

/* Borrowed constants, valid for ever. An unknown code gives those of INTERNAL. */
RATLS_API const char *ratls_err_reason(enum ratls_err e); /* "binding_mismatch"; "ok" for 0 */
RATLS_API const char *ratls_err_text(enum ratls_err e);
RATLS_API enum ratls_class ratls_err_class(enum ratls_err e);
RATLS_API enum ratls_alert ratls_err_alert(enum ratls_err e);

/* Record `e` with a formatted detail unless a code is recorded already; returns `e`.
 * Bytes outside printable ASCII are replaced by '?', so that peer text cannot forge log lines. */
RATLS_API enum ratls_err ratls_fail(struct ratls_error *err, enum ratls_err e, const char *fmt, ...)
    RATLS_PRINTF(3, 4);

/* True for the four "want" codes. */
RATLS_API int ratls_err_is_want(enum ratls_err e);

#endif
