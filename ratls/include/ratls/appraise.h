/* ratls/appraise.h - trust and appraisal: evidence in, verdict out.
 *
 * `struct ratls_trust` holds everything a verdict depends on: policy, reference values,
 * revocations, trust anchors, collateral, plugins. It is filled, then frozen by first use, and
 * shared by reference count. There is one appraisal function for certificates, sessions and the
 * command. A verdict starts as deny and becomes allow in one place; nothing configured means deny.
 * What it does NOT check here: that the peer of a connection holds the keys (that is the TLS
 * handshake and the session proof, ratls/ratls.h).
 * Thread rule: filling is for one thread; a frozen trust may be used by many. */
#ifndef RATLS_APPRAISE_H
#define RATLS_APPRAISE_H

#include "ratls/bytes.h"
#include "ratls/env.h"
#include "ratls/error.h"
#include "ratls/evidence.h"

/* Binding levels, see ratls/PROTOCOL.md. */
enum ratls_level {
    RATLS_LEVEL_NONE = 0,
    RATLS_LEVEL_KEY = 1,     /* evidence names the TLS key */
    RATLS_LEVEL_SESSION = 2, /* and the attested key signed this channel's exporter */
    RATLS_LEVEL_QUOTE = 3,   /* and a quote was made over this channel's exporter */
};
RATLS_API const char *ratls_level_name(enum ratls_level level); /* "none" "key" "session" "quote" */

/* ---- trust ---- */

struct ratls_trust;

/* *out is new with one reference; env is borrowed. Nothing is trusted but the vendors' roots
 * built in, no policy is set: every appraisal denies. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_trust_new(const struct ratls_env *env,
                                                        struct ratls_trust **out);
RATLS_API struct ratls_trust *ratls_trust_ref(struct ratls_trust *t);
RATLS_API void ratls_trust_unref(struct ratls_trust *t); /* NULL is legal */

/* The policy, JSON (format: ratls/POLICY.md). RATLS_E_POLICY_FORMAT names the member. */
RATLS_API RATLS_MUST_USE enum ratls_err
ratls_trust_set_policy(struct ratls_trust *t, struct ratls_bytes json, struct ratls_error *err);
/* The same for one service of many: members that the policy has under `services` for this name
 * stand for the general ones. NULL, or a name that is not there: the general ones. Members of all
 * services are checked. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_trust_set_policy_for(struct ratls_trust *t,
                                                                   struct ratls_bytes json,
                                                                   const char *service,
                                                                   struct ratls_error *err);
/* The default policy of every built-in TEE: no debug, not simulated, TCB up to date, and every set
 * of stored reference values, so that without a trust document it denies with `no_reference_value`
 * at best. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_trust_use_default_policy(struct ratls_trust *t,
                                                                       struct ratls_error *err);
/* Reference values of Arm CCA, JSON as Veraison and Trustee store them: {"platform": [...],
 * "realm":
 * [...]} (members: ratls/refvals.h in the source, ratls verify --refvals in ratls(1)). A CCA token
 * must then fit an entry of both lists, and a policy without `measurements` for CCA goes by them
 * alone. Other TEEs are not touched. RATLS_E_CONFIG names the member. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_trust_set_reference_values(struct ratls_trust *t,
                                                                         struct ratls_bytes json,
                                                                         struct ratls_error *err);
/* Replace the built-in roots of every TEE by the certificates in `roots` (PEM, several allowed, or
 * DER); further calls add. A CA that did not sign itself is no root: it completes chains and is
 * trusted for nothing. Hygon's root (HRK) comes as the 832 bytes it has, or as PEM under the label
 * HYGON CERTIFICATE. Or keys of Arm CCA platforms, in JSON: [{"pkey": JWK, "implementation-id":
 * hex, "instance-id": hex}, ...]; they replace nothing, and a key whose private half is published
 * as an example makes evidence under it `simulated`. Or attestation keys (AK) of TPMs,
 * SubjectPublicKeyInfo as PEM (PUBLIC KEY) or DER, which replace nothing either. The anchor of a
 * simulated TEE is refused: RATLS_E_SIMULATED_ANCHOR. */
RATLS_API RATLS_MUST_USE enum ratls_err
ratls_trust_add_roots(struct ratls_trust *t, struct ratls_bytes roots, struct ratls_error *err);
/* Trust the root of a simulated TEE in addition (sim-cca: the key of its platform). Never in
 * production: its evidence proves nothing. Only what carries the simulator's mark is taken; a CA
 * that did not sign itself completes chains. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_trust_insecure_add_sim_roots(struct ratls_trust *t,
                                                                           struct ratls_bytes roots,
                                                                           struct ratls_error *err);
/* Revocation lists for one TEE ("snp", "virtcca", "tpm" ..., or that of a plugin): DER, hex, or PEM
 * with any number of them; at most 16 of one TEE. They count at every appraisal, beside those of
 * the call and of collateral; who issued them and whether they are out of date is asked there.
 * RATLS_E_UNSUPPORTED for a TEE that is unknown or has no use for them: lists of Intel are part of
 * the collateral. RATLS_E_COLLATERAL_FORMAT, RATLS_E_LIMIT. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_trust_add_crl(struct ratls_trust *t, const char *tee,
                                                            struct ratls_bytes crl,
                                                            struct ratls_error *err);
/* One document of collateral (for SGX and TDX: verifiers/dcap/collateral.h has the form). It is
 * proven here, under the roots given so far, which is why roots and plugins come first (adding some
 * later is RATLS_E_STATE); its dates are judged at every appraisal. Several documents of one
 * platform are allowed: the newest issue counts. RATLS_E_COLLATERAL_*. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_trust_add_collateral(struct ratls_trust *t,
                                                                   struct ratls_bytes document,
                                                                   struct ratls_error *err);
/* The same for a file, or for every file of a folder whose name ends in ".json". All or nothing;
 * RATLS_E_IO when the path cannot be read, RATLS_E_COLLATERAL_MISSING for a folder without any. */
RATLS_API RATLS_MUST_USE enum ratls_err
ratls_trust_add_collateral_path(struct ratls_trust *t, const char *path, struct ratls_error *err);
/* Do not ask whether certificates of the platform are revoked, and take collateral without
 * revocation lists. Never in production. Before collateral is added. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_trust_insecure_no_crl(struct ratls_trust *t,
                                                                    struct ratls_error *err);
/* Add a trust document, JSON (format: ratls/TRUST.md): reference values, revocations, anchors and
 * policies as a store gives them out. Several documents add up; all of a document is taken or
 * nothing. Who wrote it is not looked at here: give it only what you would take a policy from.
 *   RATLS_E_TRUST_FORMAT  it is malformed, or repeats an item or bundle that the trust holds: the
 *                         detail names the item and the member
 *   RATLS_E_STATE         the trust is in use; or collateral is given already and it holds anchors
 * Reference values decide only where the policy names them (`reference_values`); revocations of
 * keys, platforms and measurements always, before any policy. A document without items is legal,
 * allows nobody, and is logged. */
RATLS_API RATLS_MUST_USE enum ratls_err
ratls_trust_add_document(struct ratls_trust *t, struct ratls_bytes json, struct ratls_error *err);
/* Make a policy that came with a document the policy of this trust: the highest version of that
 * name that is active and, by the environment's clock at this call, within its dates. `service`:
 * the name of the caller's service, for what a policy says of single services; NULL: none.
 * RATLS_E_NOT_FOUND: there is none, and the trust is unchanged. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_trust_use_policy(struct ratls_trust *t,
                                                               const char *name,
                                                               const char *service,
                                                               struct ratls_error *err);
/* Passports (RFC 9334 s.5.1): believe this issuer's attestation results (ratls/token.h) about peers
 * who show one in their certificate in the place of evidence. `jwks` and the returns are those of
 * ratls_issuers_add(), RATLS_E_STATE once the trust is in use. What peers run is still judged here,
 * by the claims that the issuer tells (`ratls.claims`); whether they are true, and the peer
 * genuine, is his word alone, and no root, collateral or CRL is asked. Nobody is believed at first:
 * passports are RATLS_E_EVIDENCE_UNKNOWN then. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_trust_add_passport_issuer(struct ratls_trust *t,
                                                                        const char *iss,
                                                                        struct ratls_bytes jwks,
                                                                        struct ratls_error *err);
/* For whom passports must be made (`aud`), 1 to 256 printable characters, copied. Without it none
 * is taken: one that was made for others would do. RATLS_E_CONFIG, RATLS_E_STATE. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_trust_set_passport_audience(struct ratls_trust *t,
                                                                          const char *audience,
                                                                          struct ratls_error *err);
/* Load every *.so of a directory as a verifier plugin (ratls/verifier.h). All or nothing. */
RATLS_API RATLS_MUST_USE enum ratls_err
ratls_trust_load_plugins(struct ratls_trust *t, const char *directory, struct ratls_error *err);
/* A policy outside of this library. `input` is what ratls_verdict_input() writes, borrowed.
 * RATLS_OK allows; anything else denies, by that reason where it is one (RATLS_E_OPA_DENIED,
 * RATLS_E_OPA_FAILED), with the detail in `err`. May block, and may be called by several threads.
 */
typedef enum ratls_err ratls_decide_fn(void *arg, struct ratls_bytes input,
                                       struct ratls_error *err);
/* Have `decide` asked by ratls_appraise() and by connections whenever everything else allows, and
 * never with authenticity_only: it can refuse, and it can allow nothing by itself. `arg` is
 * borrowed as long as the trust lives. RATLS_E_STATE once the trust is in use. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_trust_set_judge(struct ratls_trust *t,
                                                              ratls_decide_fn *decide, void *arg);
/* Connections do not call `decide`: ratls_conn_handshake() says RATLS_E_WANT_POLICY and its caller
 * asks. Without a `decide` ratls_appraise() denies, for there is nobody to ask. RATLS_E_STATE. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_trust_defer_judge(struct ratls_trust *t);
/* Names of the verifiers known, borrowed; NULL past the end. */
RATLS_API const char *ratls_trust_verifier_name(const struct ratls_trust *t, size_t i);
/* Lowest binding level the policy accepts; RATLS_LEVEL_SESSION when it says nothing. */
RATLS_API enum ratls_level ratls_trust_required_level(const struct ratls_trust *t);
/* True when the policy asks for names of peers (`peer_names`): that takes identity CAs. */
RATLS_API bool ratls_trust_names_peers(const struct ratls_trust *t);
/* An insecure_ switch of the policy, and the TEE that it is set for. Borrowed from the trust. */
struct ratls_insecure {
    const char *name, *tee;
};
/* The i-th of them; false past the end: shown before a start. */
RATLS_API bool ratls_trust_insecure(const struct ratls_trust *t, size_t i,
                                    struct ratls_insecure *out);
/* True when the trust accepts simulated TEEs (a sim root is loaded): shown at start. */
RATLS_API bool ratls_trust_simulated(const struct ratls_trust *t);

/* ---- successors ----
 *
 * A trust never changes while it is used; what it holds changes by a successor that takes its place
 * (ratls_ctx_set_trust). Generations tell who was judged by which. */

/* 1 for a trust without predecessor. */
RATLS_API uint64_t ratls_trust_generation(const struct ratls_trust *t);
/* *out is new and empty but for the plugins, which it shares with `old`, and the policy outside
 * (ratls_trust_set_judge, ratls_trust_defer_judge): same env, next generation.
 * `old` counts as used from here on. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_trust_new_after(const struct ratls_trust *old,
                                                              struct ratls_trust **out);
/* Would `t` in the place of `old` take back what was newer? RATLS_E_COLLATERAL_ROLLBACK;
 * RATLS_E_ROLLBACK for a lower revision of a bundle. What is merely missing in `t` is no rollback:
 * nothing rests on it. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_trust_check_after(const struct ratls_trust *t,
                                                                const struct ratls_trust *old,
                                                                struct ratls_error *err);
/* Do both prove evidence by the same plugins, roots, keys, CRLs and collateral, with the same
 * dates? Then who was proven genuine under one is so under the other as long as nothing of it ends,
 * and only revocations, policy and reference values may differ. A "false" may be wrong: the order
 * of what was added counts, and so does everything in a document with anchors. */
RATLS_API bool ratls_trust_same_grounds(const struct ratls_trust *a, const struct ratls_trust *b);

/* ---- verdict ---- */

struct ratls_verdict;

RATLS_API struct ratls_verdict *ratls_verdict_ref(struct ratls_verdict *v);
RATLS_API void ratls_verdict_unref(struct ratls_verdict *v);                /* NULL is legal */
RATLS_API bool ratls_verdict_allowed(const struct ratls_verdict *v);        /* NULL: false */
RATLS_API enum ratls_err ratls_verdict_code(const struct ratls_verdict *v); /* 0 when allowed */
/* Borrowed from the verdict. Empty strings where nothing is known. */
RATLS_API const char *ratls_verdict_reason(const struct ratls_verdict *v);
RATLS_API const char *ratls_verdict_detail(const struct ratls_verdict *v);
RATLS_API const char *ratls_verdict_tee(const struct ratls_verdict *v);
RATLS_API const char *ratls_verdict_measurement(const struct ratls_verdict *v); /* hex */
RATLS_API const char *ratls_verdict_tcb_status(const struct ratls_verdict *v);
RATLS_API bool ratls_verdict_simulated(const struct ratls_verdict *v); /* or one of its devices */
/* The trustworthiness vector of AR4SI (draft-ietf-rats-ar4si; tables in ratls/AR4SI.md): the value
 * of its member i, -128 to 127, in the order of the keys in CBOR; 0 where nothing is said, and past
 * the end. A refusal is never better than what was found before. */
#define RATLS_VECTOR_LEN 8
RATLS_API int ratls_verdict_vector(const struct ratls_verdict *v, size_t i);
RATLS_API const char *ratls_vector_name(size_t i); /* "hardware"; NULL past the end */
/* "none", "affirming", "warning" or "contraindicated" of such values: the tier of the worst; those
 * that are 0 do not count, and 1 and -1 affirm nothing. Borrowed for ever. */
RATLS_API const char *ratls_vector_status(const int8_t value[RATLS_VECTOR_LEN]);
/* The status of that vector, never better than its worst member: "affirming", "warning",
 * "contraindicated" or "none". A refusal is never "affirming", and simulated is "none" unless its
 * signatures are wrong, too ("contraindicated"). */
RATLS_API const char *ratls_verdict_tier(const struct ratls_verdict *v);
/* Seconds since 1970 at which the verdict ends; INT64_MAX without an end. */
RATLS_API int64_t ratls_verdict_expires(const struct ratls_verdict *v);
/* Of the trust that the verdict was made by. */
RATLS_API uint64_t ratls_verdict_generation(const struct ratls_verdict *v);
RATLS_API const struct ratls_claims *ratls_verdict_claims(const struct ratls_verdict *v);
/* SHA-256 of the SubjectPublicKeyInfo in the peer's leaf certificate, and of its evidence; 32
 * bytes, borrowed. NULL where there was none. */
RATLS_API const uint8_t *ratls_verdict_spki_sha256(const struct ratls_verdict *v);
RATLS_API const uint8_t *ratls_verdict_evidence_sha256(const struct ratls_verdict *v);
/* The attestation key that the evidence names, DER SubjectPublicKeyInfo, borrowed; empty: none. */
RATLS_API struct ratls_bytes ratls_verdict_ak_spki(const struct ratls_verdict *v);
/* Devices (GPUs) that attested beside this TEE, each by evidence that names this one's. */
RATLS_API size_t ratls_verdict_devices(const struct ratls_verdict *v);
/* The verdict about the i-th of them, and its label ("gpu0"; NULL: nobody asks), both borrowed.
 * NULL past the end. */
RATLS_API const struct ratls_verdict *ratls_verdict_device(const struct ratls_verdict *v, size_t i,
                                                           const char **label);
/* The JSON object of `ratls verify --json`; new text with NUL behind the last byte. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_verdict_json(const struct ratls_verdict *v,
                                                           struct ratls_buffer *out);
/* The document that policies outside judge; new JSON text with NUL behind the last byte:
 *
 *     {"tee": "tdx", "claims": {name: text, number, boolean or list of texts},
 *      "vector": {"hardware": 2}, "binding": {"level": 2, "role": "client", "alpn": "ratls/1"},
 *      "peer": {"spki_sha256": hex, "san": [names that an identity CA vouches for]},
 *      "baseline": {"id": text, "version": number}, "time": seconds since 1970,
 *      "devices": {"gpu0": {"tee": text, "claims": {...}, "vector": {...}}}}
 *
 * role is the peer's; role, alpn, spki_sha256 and baseline are null where there are none. Hex is in
 * lower case. A claim that is not there was not evaluated: that is neither true nor false. With a
 * quote made for the connection, the claims are the quote's where both have one, and the vector
 * (ratls_vector_name()) has the worse of both; members that say nothing are left out. `devices` is
 * there where some attested beside the TEE. Claims
 * `cert.*` are the certificate's own words. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_verdict_input(const struct ratls_verdict *v,
                                                            struct ratls_buffer *out);

/* ---- why ---- */

/* What became of one rule of the policy. */
enum ratls_outcome {
    RATLS_RULE_HELD,
    RATLS_RULE_REFUSED,
    RATLS_RULE_UNDEFINED, /* it needs a claim that is not there or of another type: refuses too */
    RATLS_RULE_NOT_ASKED, /* the policy does not ask */
    RATLS_RULE_ASKED,     /* of ratls_policy_words() alone: nobody was judged */
};
RATLS_API const char *
ratls_outcome_name(enum ratls_outcome outcome); /* "held" "refused" "undefined" ... */

/* All pointers are borrowed for the call. */
struct ratls_finding {
    const char *rule; /* member of the policy (ratls/POLICY.md), or a condition of `rules` */
    enum ratls_outcome outcome;
    enum ratls_err code; /* why the peer is refused; RATLS_OK where this alone refuses nobody */
    const char *detail;  /* the rule and the values found, printable; may be empty */
    unsigned depth;      /* 0, or how deep it lies within the condition told before it */
};
typedef void ratls_finding_fn(void *arg, const struct ratls_finding *finding);

/* ---- appraisal ---- */

struct ratls_appraisal {
    struct ratls_bytes subject;     /* evidence, or a certificate with evidence (DER or PEM), or the
                                     * JSON in which openEuler secGear and global-trust-authority
                                     * carry evidence: certificates and logs in it count as given
                                     * below, and a log given twice is RATLS_E_USAGE. p NULL
                                     * with `tee`, authenticity_only and certs or crls: the
                                     * vendor's certificates and lists are judged alone */
    struct ratls_bytes report_data; /* expected; shorter is padded with zeros; len 0: not compared.
                                     * Certificates are always compared with their own key. */
    struct ratls_bytes nonce; /* expected, up to 64 bytes: what evidence with a nonce of its own
                               * (nitro) must carry there, whole; of other TEEs it is the report
                               * data, padded likewise. len 0: not compared */
    const char *tee;          /* expected verifier name; NULL: any */
    int64_t now;              /* seconds since 1970 */
    bool authenticity_only;   /* leave the policy out: genuine, and no key of it revoked */

    /* Collateral for this appraisal alone, instead of the trust's; n 0: the trust's. A bad document
     * is a denial. Slower than collateral in the trust: it is proven each time. */
    const struct ratls_bytes *collateral;
    size_t n_collateral;
    struct ratls_bytes certs;       /* certificates that the evidence lacks: PEM, of csv under the
                                     * label HYGON CERTIFICATE; len 0: none */
    const struct ratls_bytes *crls; /* revocation lists for this appraisal, each DER or PEM */
    size_t n_crls;
    struct ratls_bytes event_log; /* measured-boot log of the TEE; p NULL: none */
    struct ratls_bytes ima_log;   /* Linux IMA log of the TEE, binary or ASCII; p NULL: none */

    /* With it every rule of the policy is asked, in order, and told; the first that objects still
     * decides. Not called when the policy is never asked. NULL: none. */
    ratls_finding_fn *on_finding;
    void *finding_arg;
};

/* Never fails to answer: *out is a new verdict, also for malformed input; NULL only when memory is
 * short (then RATLS_E_NO_MEMORY). Otherwise the return value is ratls_verdict_code(*out). */
RATLS_API enum ratls_err ratls_appraise(const struct ratls_trust *t,
                                        const struct ratls_appraisal *what,
                                        struct ratls_verdict **out);

/* ---- policies without a peer: for those who write them ---- */

struct ratls_policy_question {
    const char *tee;
    const struct ratls_claims *claims; /* NULL is legal: none. With `cert.spki_sha256` they are of a
                                        * certificate, and `ratls.iat` is when it was made. */
    int64_t now;
    ratls_finding_fn *on_finding; /* as in struct ratls_appraisal; NULL: none */
    void *finding_arg;
};

/* What the trust's policy would say of these claims if somebody had verified them. Good for tests
 * of a policy and for nothing else: the code is no verdict, and claims set by hand prove nothing.
 */
RATLS_API RATLS_MUST_USE enum ratls_err
ratls_policy_try(const struct ratls_trust *t, const struct ratls_policy_question *question,
                 struct ratls_error *err);
/* The same for claims that somebody did verify, the verdict of a connection for one: would this
 * trust, with its revocations, its policy and the level that this asks for, let them in? Whoever
 * asks vouches for the claims and the level, and that they belong to the peer; evidence is not
 * looked at, and policies outside are not asked. RATLS_E_BINDING_LEVEL, or what an appraisal says.
 */
RATLS_API RATLS_MUST_USE enum ratls_err
ratls_policy_judge(const struct ratls_trust *t, const struct ratls_policy_question *question,
                   enum ratls_level level, struct ratls_error *err);
/* What the policy asks of this TEE, rule by rule in words: `fn` hears RATLS_RULE_ASKED, or
 * RATLS_RULE_NOT_ASKED with the reason (an insecure_ switch, for instance) or an empty detail.
 * RATLS_E_NO_POLICY, RATLS_E_TEE_NOT_ALLOWED. */
RATLS_API RATLS_MUST_USE enum ratls_err
ratls_policy_words(const struct ratls_trust *t, const char *tee, ratls_finding_fn *fn, void *arg);
/* The TEEs that the policy lists, and the services that it has members for; borrowed from the
 * trust, NULL past the end. */
RATLS_API const char *ratls_policy_tee(const struct ratls_trust *t, size_t i);
RATLS_API const char *ratls_policy_service(const struct ratls_trust *t, size_t i);

/* Describe a certificate (DER or PEM) or evidence without verifying anything: claims named
 * `format`, `cert.*` and those of the TEE. *out is new. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_inspect(const struct ratls_trust *t,
                                                      struct ratls_bytes subject,
                                                      struct ratls_claims **out,
                                                      struct ratls_error *err);

#endif
