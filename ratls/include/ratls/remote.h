/* ratls/remote.h - evidence judged by somebody else: the background-check model (RFC 9334 s.5.2).
 *
 * Part of libratls-fetch. The evidence goes to a token endpoint as the subject of a token exchange
 * (RFC 8693), and what comes back counts only as an attestation result that ratls_token_verify()
 * accepts: of a pinned key, for this audience, about this nonce.
 * What it does NOT do: appraise anything itself, or know whether the evidence is fresh: that is the
 * nonce, which the evidence has to be made for, and which the issuer has to find in it.
 *
 * The attestation service of Confidential Containers (Trustee, restful-as; its shapes as of commit
 * 0569726, v0.16 and later) is asked likewise: POST of a JSON request to its /attestation, whose
 * answer is the bare result. Which of the rules of tokens that lacks is said in TOKENS.md,
 * "Dialects". Its key broker (/kbs/v0) is NOT asked: there the evidence is made over the broker's
 * own challenge, by the TEE itself.
 *
 * Blocks. Thread rule: as ratls/request.h. */
#ifndef RATLS_REMOTE_H
#define RATLS_REMOTE_H

#include "ratls/request.h"
#include "ratls/token.h"

#define RATLS_REMOTE_EVIDENCE_MAX (64 * 1024)

/* Everything is borrowed for the call. */
struct ratls_remote {
    const char *url;       /* of the token endpoint, or /attestation of Trustee, https */
    struct ratls_ctx *ctx; /* asks over an attested connection; NULL: over ordinary HTTPS, where
                            * plain http is taken for loopback addresses */
    const char *ca_file;   /* of ordinary HTTPS: trusted instead of the system's CAs, PEM; NULL: the
                            * system's */
    struct ratls_issuers *issuers;         /* who may judge */
    const struct ratls_token_rules *rules; /* of the result; `ear` must be set. Audience and nonce
                                            * are asked for as well */
    enum ratls_token_dialect dialect;      /* RATLS_DIALECT_STRICT: a token endpoint of ours; or
                                            * RATLS_DIALECT_TRUSTEE: then `evidence` is a bare quote,
                                            * the rules name the `issuer`, their `typ` is "JWT", and
                                            * their nonce, which must be there, is the report data */
    const char *tee;                       /* of Trustee: "tdx" or "sgx", and the result has to be
                                            * about that */
    const char *policy;                    /* of Trustee: that it judges by; NULL: "default" */
    int64_t timeout_ms;                    /* 0: RATLS_REQUEST_TIMEOUT_MS */
};

/* `evidence`: 1 to RATLS_REMOTE_EVIDENCE_MAX bytes. RATLS_OK: *out is the result, new, and what it
 * says is for the caller's policy. Errors: those of ratls_token_fetch(), where RATLS_E_PEER_DENIED
 * is that the endpoint does not accept the evidence; of ratls_token_verify(); RATLS_E_USAGE. Of
 * Trustee: RATLS_E_FETCH for every status but 200, for it answers 500 to all that it refuses;
 * RATLS_E_UNSUPPORTED: evidence of this TEE has a form there that is not written here. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_remote_appraise(const struct ratls_env *env,
                                                              const struct ratls_remote *remote,
                                                              struct ratls_bytes evidence,
                                                              struct ratls_token **out,
                                                              struct ratls_error *err);

/* ---- a token for this side ---- */

/* Everything is borrowed for the call. */
struct ratls_evidence_fetch {
    const char *url;       /* of the token endpoint, "https://host[:port]/token"; its nonces are
                            * given out beside it, at "/nonce" */
    struct ratls_ctx *ctx; /* both as of struct ratls_remote */
    const char *ca_file;
    struct ratls_attester *attester; /* idle: nothing is queued */
    struct ratls_bytes spki; /* `cnf`: of whose key the token is to be (DER SubjectPublicKeyInfo),
                              * named by the evidence; len 0: of whoever has it */
    const char *audience;    /* NULL: the endpoint knows one only */
    int64_t timeout_ms;      /* of each of the two requests; 0: RATLS_REQUEST_TIMEOUT_MS */
};

/* Evidence over a fresh nonce of the endpoint is exchanged for a token: *token is the compact JWS,
 * new, with NUL behind it; not verified. Report data is as of ratls/TOKENS.md, "Evidence for a
 * token". Errors: those of ratls_token_fetch(), where RATLS_E_USAGE is also that the endpoint does
 * not accept the evidence (`invalid_request`, RFC 8693 s.2.2.2); of ratls_attester_challenge(). */
RATLS_API RATLS_MUST_USE enum ratls_err
ratls_evidence_fetch_token(const struct ratls_env *env, const struct ratls_evidence_fetch *what,
                           struct ratls_buffer *token, struct ratls_error *err);

#endif
