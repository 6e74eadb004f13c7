/* ratls/token.h - tokens of others, and attestation results (EAR).
 *
 * `struct ratls_issuers` says who is believed: a name (`iss`) and the keys pinned for it, each with
 * its one algorithm. ratls_token_verify() takes a compact JWS apart, finds the key by what the
 * caller trusts and never by what the token brings along, and holds the claims against rules. An
 * attestation result (draft-ietf-rats-ear) is made of a verdict by ratls_ear_payload() and signed
 * by ratls_jwt_sign_json(). ratls/TOKENS.md has every claim, rule and reason.
 * What it does NOT do: remember tokens. Whoever takes a token once only keeps ratls_token_id()
 * until ratls_token_expires(). It fetches no keys, follows no URL of a token, and a result that it
 * accepts says what its issuer found, at the time it was made: whether that is enough is for the
 * caller's policy, by the claims.
 * Thread rule: issuers are filled by one thread; once used they are frozen and may be shared. A
 * token object is immutable. */
#ifndef RATLS_TOKEN_H
#define RATLS_TOKEN_H

#include "ratls/appraise.h"
#include "ratls/jwt.h"

#define RATLS_EAR_TYP "eat+jwt" /* `typ` of our attestation results (RFC 9782) */

/* ---- who is believed ---- */

struct ratls_issuers;

/* Nobody is believed at first. `env` is borrowed: its clock judges the dates of tokens. *out is new
 * with one reference. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_issuers_new(const struct ratls_env *env,
                                                          struct ratls_issuers **out);
RATLS_API struct ratls_issuers *ratls_issuers_ref(struct ratls_issuers *issuers);
RATLS_API void ratls_issuers_unref(struct ratls_issuers *issuers); /* NULL is legal */
/* Tokens whose `iss` is exactly this text (1 to 256 printable characters, copied) count if one of
 * these keys signed them; `jwks` is a JWK set, at most 32 keys. Each has a `kid`, unlike any other
 * of the set, and an `alg`, which is the only one that it verifies. Keys that are not for us (`use`
 * other than "sig", algorithms other than ES256, ES384, PS256, RS256 and SM2) are passed over as
 * RFC 7517 s.5 asks; all must be public. SM2 counts by this alone: where no such key is pinned, no
 * token by SM2 is accepted. RATLS_E_CONFIG  the set is malformed, or has no key for us, or holds a
 * private or symmetric key, or a key that does not fit its `alg` or is too small (RSA below 2048
 *                   bits), or the issuer is there already; the detail names the key and the member
 *   RATLS_E_LIMIT   more than 64 issuers
 *   RATLS_E_STATE   they are in use */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_issuers_add(struct ratls_issuers *issuers,
                                                          const char *iss, struct ratls_bytes jwks,
                                                          struct ratls_error *err);

/* What other services sign is weaker than our rules ask for. Each dialect names one of them, and
 * lifts what its results lack and nothing else (TOKENS.md, "Dialects"); it counts only where
 * `issuer` of the rules names the issuer that it was given for. */
enum ratls_token_dialect {
    RATLS_DIALECT_STRICT,
    RATLS_DIALECT_VERAISON, /* no kid, iss, aud, nbf; eat_nonce also as base64 */
    RATLS_DIALECT_TRUSTEE,  /* of Confidential Containers: no kid, iss, aud, nbf, eat_nonce; its key
                             * in the header as well, the evidence it saw in the submodule */
};
/* "strict", "veraison", "trustee"; false: none of them. */
RATLS_API RATLS_MUST_USE bool ratls_token_dialect_find(const char *name,
                                                       enum ratls_token_dialect *out);
/* As ratls_issuers_add(); with a dialect `kid` may be missing in the set, and is then the RFC 7638
 * thumbprint. RATLS_E_USAGE: no such dialect. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_issuers_add_dialect(struct ratls_issuers *issuers,
                                                                  const char *iss,
                                                                  enum ratls_token_dialect dialect,
                                                                  struct ratls_bytes jwks,
                                                                  struct ratls_error *err);

/* ---- what is asked of a token ---- */

/* Everything is borrowed for the call. */
struct ratls_token_rules {
    const char *audience; /* one of `aud`; must be set, unless `issuer` has a dialect: then NULL
                           * refuses what has an `aud`, for it is for others */
    const char *typ;      /* exactly; must be set */
    /* Of this issuer and no other, by the rules of his dialect; NULL: of any, strictly. An `iss`
     * that is there has to be his name. */
    const char *issuer;

    /* The nonce given out for this token, 8 to 64 bytes: `eat_nonce`, or one of them, is its
     * base64url form. len 0: not asked, and the dates alone say how fresh it is. Of Trustee: the
     * report data of the evidence, zero-padded to 64 bytes, in every submodule. */
    struct ratls_bytes nonce;
    const char *tee; /* of an attestation result: every submodule is about this TEE; NULL: any */

    /* Who shows the token: the RFC 7638 thumbprint of the TLS key of this connection
     * (ratls_jwk_thumbprint()) and SHA-256 of its certificate; NULL, len 0: not known. Where one is
     * given the token must have a `cnf`, and every member of it must be that very value: of the key
     * `jkt`, of the certificate `x5t#S256`. Where none is given a token with `cnf` is refused. */
    const char *jkt;
    struct ratls_bytes cert_sha256;
    /* Take tokens without `cnf` although the key is known, and tokens with `cnf` although it is
     * not: whoever has a copy of the token may use it. A key that is known must fit all the same.
     */
    bool allow_bearer;

    int64_t max_age_s; /* since `iat`; 0: only `exp` counts */
    int64_t skew_s;    /* of the two clocks, 0 to 300: for nbf, iat and exp */
    int64_t now;       /* seconds since 1970; 0: by the clock of the issuers */

    /* It must be an attestation result, and is read as one. Without the two below every submodule
     * has to be `affirming`; `contraindicated` is never accepted. */
    bool ear;
    bool allow_warning;       /* `warning` is accepted */
    bool insecure_allow_none; /* so is `none`: nothing was affirmed, as of simulated TEEs */
};

/* What both sides bind a token by, out of a certificate (DER, or the first one in PEM): its key,
 * DER SubjectPublicKeyInfo (new), and its SHA-256. Proves nothing of the certificate.
 * RATLS_E_CERT_FORMAT, RATLS_E_CERT_KEY. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_certificate_key(struct ratls_bytes cert,
                                                              struct ratls_buffer *spki,
                                                              uint8_t sha256[32],
                                                              struct ratls_error *err);

/* ---- verification ---- */

struct ratls_token;

/* `token`: a compact JWS, nothing before or behind it. The order of checks: form, header, issuer,
 * key, algorithm, signature, dates, audience, jti, nonce, cnf, attestation result. `iss`, `aud`,
 * `iat`, `nbf` and `exp` are mandatory.
 *   RATLS_E_TOKEN_FORMAT         not a strict compact JWS; JSON that is no strict JSON; a header
 *                                member other than alg, typ, kid and cty; a claim that is missing
 * or of another type RATLS_E_TOKEN_TYPE           another `typ`, or none; an EAR of an unknown
 * profile RATLS_E_TOKEN_ALGORITHM      `alg` is none that is known here, or not that of the key
 *   RATLS_E_TOKEN_ISSUER         nobody believes this `iss`
 *   RATLS_E_TOKEN_KEY            the issuer has no key of this `kid`, or without one not just one
 *                                of this algorithm, or `jwk` is another one
 *   RATLS_E_TOKEN_SIGNATURE      that key did not sign these bytes
 *   RATLS_E_TOKEN_AUDIENCE       it is for others
 *   RATLS_E_TOKEN_EXPIRED        `exp` is over, or `iat` older than max_age_s
 *   RATLS_E_TOKEN_NOT_YET_VALID  `nbf` or `iat` lies ahead
 *   RATLS_E_TOKEN_NONCE          another nonce, or none
 *   RATLS_E_TOKEN_BINDING        `cnf` is another key or certificate, or of a kind not known here,
 *                                or not there, or there and no key is known; or another TEE
 *   RATLS_E_TOKEN_STATUS         the status is better than the vector allows, or is not accepted
 *   RATLS_E_USAGE                the rules
 * *out is new; NULL unless RATLS_OK. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_token_verify(struct ratls_issuers *issuers,
                                                           struct ratls_bytes token,
                                                           const struct ratls_token_rules *rules,
                                                           struct ratls_token **out,
                                                           struct ratls_error *err);
RATLS_API void ratls_token_free(struct ratls_token *token); /* NULL is legal */

/* All borrowed from the token. */
RATLS_API const char *ratls_token_issuer(const struct ratls_token *token);
RATLS_API const char *ratls_token_key_id(const struct ratls_token *token);
RATLS_API const char *ratls_token_id(const struct ratls_token *token);      /* `jti`; NULL: none */
RATLS_API const char *ratls_token_subject(const struct ratls_token *token); /* `sub`; NULL: none */
RATLS_API int64_t ratls_token_issued(const struct ratls_token *token);      /* `iat` */
RATLS_API int64_t ratls_token_expires(const struct ratls_token *token); /* `exp`, without skew */
/* Was `cnf` there and compared? false: whoever has a copy may show it. */
RATLS_API bool ratls_token_is_bound(const struct ratls_token *token);
/* The payload as it was signed: a strict JSON object. */
RATLS_API struct ratls_bytes ratls_token_json(const struct ratls_token *token);
/* For policies: `token.iss`, `token.kid`, `token.aud` (list), `token.iat`, `token.exp`,
 * `token.bound`, `token.jti` and `token.sub` where there are any; of an attestation result
 * `ear.profile`, `ear.status` (the worst), `ear.submods` (list of names), `ear.tee` (the name, if
 * there is just one but for devices; of Trustee that of the evidence), `ear.policy` (list),
 * `ear.simulated`, `ear.level` where the issuer told it, and for each member of the vector with a
 * value the tier of the worst one: `ear.hardware` "affirming" (names as ratls_vector_name(), with _
 * for -). */
RATLS_API const struct ratls_claims *ratls_token_claims(const struct ratls_token *token);
/* The claims of the evidence by their names in the issuer's verdict ("tdx.mr_td"), if it told them
 * and there is just one submodule but for devices; else empty. Verified by the issuer, not here. */
RATLS_API const struct ratls_claims *ratls_token_raw_claims(const struct ratls_token *token);
/* The attestation key that the issuer found named by the evidence (DER SubjectPublicKeyInfo,
 * P-256), if there is just one submodule but for devices and it has one; else empty. */
RATLS_API struct ratls_bytes ratls_token_ak_spki(const struct ratls_token *token);

/* The devices beside the TEE that it has submodules of, and the i-th of them: its claims are as
 * those above, its status is "affirming" or one of the others (NULL: nobody asks). NULL past the
 * end. */
struct ratls_ear_device;
RATLS_API size_t ratls_token_devices(const struct ratls_token *token);
RATLS_API const struct ratls_ear_device *ratls_token_device(const struct ratls_token *token,
                                                            size_t i, const char **status);

/* ---- attestation results are made ---- */

/* Who they are about. ratls_ear_subject_of() fills it; who got the facts of a verdict from another
 * process of his own fills it himself. Everything is borrowed. */
#define RATLS_EAR_DEVICES 16

/* A device beside the TEE: a submodule of its own, named by its label. */
struct ratls_ear_device {
    char label[RATLS_DEVICE_LABEL_LEN], kind[33]; /* "gpu0", "nvidia" */
    bool simulated;
    int8_t vector[RATLS_VECTOR_LEN];
    const struct ratls_claims *claims; /* for raw_claims; NULL: none */
};
/* Does `ratls.claims` of a device have a claim of this name? All but what makes one of them as long
 * as a token may be, or is of the issuer alone: single measurements, for which `measurement`
 * stands, and nonces. */
RATLS_API bool ratls_ear_tells_device(const char *name);

struct ratls_ear_subject {
    bool allowed;   /* false: nothing is made */
    bool simulated; /* never affirming: the vector is not told, the status is `none` */
    const char *tee;
    int8_t vector[RATLS_VECTOR_LEN];
    int64_t expires;                   /* of the verdict: no token outlives it */
    const struct ratls_claims *claims; /* for raw_claims and secgear; NULL: none */
    struct ratls_bytes ak_spki;        /* attestation key that the evidence names; len 0: none */
    const uint8_t *spki_sha256;        /* of the TLS key that it names; NULL: none */
    struct ratls_ear_device device[RATLS_EAR_DEVICES];
    size_t n_devices;
};
/* Borrows from `v`. */
RATLS_API void ratls_ear_subject_of(const struct ratls_verdict *v, struct ratls_ear_subject *out);

/* What the result says beside the verdict. Everything is borrowed for the call; NULL, len 0 and
 * false leave a claim out unless said otherwise. Texts are 1 to 256 printable characters. */
struct ratls_ear {
    const char *iss, *aud; /* must be set */
    const char *sub;
    int64_t lifetime_s;       /* 1 to 86400; `exp` is no later than the verdict's end */
    const char *jti;          /* NULL: 128 random bits */
    struct ratls_bytes nonce; /* of the requester, 8 to 64 bytes: `eat_nonce`, in base64url */
    struct ratls_bytes spki;  /* `cnf`: the TLS key, DER SubjectPublicKeyInfo. It must be the one
                               * that the evidence names, if it names any */
    const char *jkt;          /* `cnf` likewise where only the thumbprint is known: not compared */
    struct ratls_bytes cert_sha256; /* `cnf`: SHA-256 of the certificate, beside the others */
    const char *dpop_jkt;   /* `cnf`: the key of a proof (ratls/dpop.h) in the place of the TLS key,
                             * which is compared all the same if it is given */
    const char *policy;     /* what the verdict was judged by, `ear_appraisal_policy_ids` */
    const char *developer;  /* of `ear_verifier_id`, a URI; NULL: the issuer */
    enum ratls_level level; /* how far the connection was bound, `ratls.level` */
    bool raw_claims;        /* `ratls.claims`: every claim of the evidence */
    bool veraison;          /* names and profile of tag:github.com,2023:veraison/ear */
    bool secgear;           /* openEuler secGear's claims beside those of the EAR */
};

/* The claims of an attestation result, a JSON object for ratls_jwt_sign_json(). Nothing is made for
 * a denied verdict: its own code is returned. RATLS_E_USAGE names the member of `what`;
 * RATLS_E_TOKEN_BINDING: `spki` is not the key that the evidence names; RATLS_E_TOKEN_EXPIRED: the
 * verdict is over; RATLS_E_RANDOM. *json is new text with NUL behind it. */
RATLS_API RATLS_MUST_USE enum ratls_err
ratls_ear_payload(const struct ratls_env *env, const struct ratls_verdict *v,
                  const struct ratls_ear *what, struct ratls_buffer *json, struct ratls_error *err);
/* The same; RATLS_E_STATE for a subject that is not allowed. */
RATLS_API RATLS_MUST_USE enum ratls_err
ratls_ear_payload_of(const struct ratls_env *env, const struct ratls_ear_subject *subject,
                     const struct ratls_ear *what, struct ratls_buffer *json,
                     struct ratls_error *err);
/* The result of another issuer, told on: `token` was verified with `ear` of its rules, and its
 * `cnf` compared. Profile, verifier, status and submodules stay as they are, but each submodule
 * lists who appraised it, `ratls.appraisers`, with the token's issuer as the last one. All before
 * them is that of `what`, whose later members (policy and on) are not looked at; `exp` is no later
 * than that of the token. That `what` names the key that `cnf` was compared with is for the caller
 * to see to. RATLS_E_USAGE          the member of `what`, or the token was not read as a result
 *   RATLS_E_TOKEN_BINDING  it is not bound to a key
 *   RATLS_E_TOKEN_EXPIRED  it is over
 *   RATLS_E_TOKEN_FORMAT   its own list of appraisers is none, or has 8 already
 *   RATLS_E_RANDOM */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_ear_payload_from(const struct ratls_env *env,
                                                               const struct ratls_token *token,
                                                               const struct ratls_ear *what,
                                                               struct ratls_buffer *json,
                                                               struct ratls_error *err);

#endif
