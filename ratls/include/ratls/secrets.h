/* ratls/secrets.h - resource custody: secrets that only attested workloads get.
 *
 * Part of libratls-store. A secret has a name, versions, and one policy of the store, to which it
 * is bound by name and by the digest of the policy's content. Each version is sealed by AES-256-GCM
 * under a data key of its own, and the data key by a key-encryption key (KEK) that the store never
 * sees. Name, version, policy, its digest and the KEK's id are authenticated with it: a changed or
 * exchanged record does not open (RATLS_E_SECRET_TAMPERED), neither under another KEK
 * (RATLS_E_KEK_MISMATCH), and the store's audit trail tells one that was put back
 * (RATLS_E_STORE_TAMPERED). ratls/CUSTODY.md has the bytes.
 *
 * A value leaves by two ways: ratls_secret_release(), to a peer that the secret's own policy allows
 * at its present content, and ratls_secret_open(), for the operator who holds the KEK. Both write a
 * row of the trail first. Nothing else here, and nothing of ratls/store.h, ratls/bundle.h or of a
 * trust document, gives out a value or a sealed record.
 *
 * What it does NOT do: verify evidence (ratls/appraise.h; a caller that says a peer was allowed is
 * believed), carry the value to the peer (do so inside the attested channel, or by
 * ratls_secret_jwe() to a key that the evidence names), hide names, sizes or times, protect from
 * somebody who holds both store and KEK. A deleted value is overwritten in the store, and not in
 * backups of it: ratls_secret_rewrap() to a new KEK, and the end of the old one, ends those.
 *
 * Values and keys lie in pages that are wiped, kept out of core files and of forked children, and
 * locked where RLIMIT_MEMLOCK allows it. No value is ever part of an error or of the log.
 *
 * Thread rule: as the store's: store, KEK and custody belong to one thread at a time. Every call
 * blocks as those of the store do, and on the token of a PKCS#11 KEK. */
#ifndef RATLS_SECRETS_H
#define RATLS_SECRETS_H

#include "ratls/appraise.h"
#include "ratls/store.h"

#define RATLS_SECRET_VALUE_MAX 65536             /* bytes, at least one */
#define RATLS_SECRET_LIVE_MAX  1024              /* versions with a value, of one store */
#define RATLS_SECRET_TOTAL_MAX (4 * 1024 * 1024) /* bytes of their values */
#define RATLS_KEK_ID_MAX       64                /* printable ASCII without space */

/* ---- values: bytes in memory as described above ---- */

struct ratls_secret_value;

/* *out is new: ratls_secret_value_free(). Everything up to the end of `fd`, which stays open.
 * RATLS_E_USAGE: nothing at all. RATLS_E_LIMIT: more than RATLS_SECRET_VALUE_MAX. RATLS_E_IO. */
RATLS_API RATLS_MUST_USE enum ratls_err
ratls_secret_value_read(int fd, struct ratls_secret_value **out, struct ratls_error *err);
/* A copy of `bytes` (borrowed), for callers who have them from elsewhere. *out is new. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_secret_value_of(struct ratls_bytes bytes,
                                                              struct ratls_secret_value **out,
                                                              struct ratls_error *err);
RATLS_API struct ratls_bytes ratls_secret_value_bytes(const struct ratls_secret_value *v);
RATLS_API void ratls_secret_value_free(struct ratls_secret_value *v); /* wipes; NULL is legal */

/* ---- the key-encryption key ---- */

struct ratls_kek;

/* *out is new; `env` is borrowed as long as it lives.
 *   "file:/path"   32 bytes, raw or as 64 hex digits with at most one line end. A plain file of the
 *                  caller (or root), which nobody else may read or write; no symbolic link.
 *   "pkcs11:..."   an AES-256 key inside a token, RFC 7512: `object` or `id` name the key; `token`,
 *                  `serial`, `slot-id`, `manufacturer` and `model` the token; `module-path` (or the
 *                  environment's business: there is no default) the module, an absolute path; and
 *                  `pin-source` a file with the PIN, under the rules of a key file. A PIN in the
 *                  URL itself (`pin-value`) is refused: command lines are no secret. The key must
 *                  be sensitive, not extractable, and able to do CKM_AES_GCM.
 * RATLS_E_USAGE  the URL. RATLS_E_NOT_FOUND  no such file, module, token or key. RATLS_E_KEK  it is
 * there and not as it should be: permissions, length, PIN, attributes of the key. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_kek_open(const struct ratls_env *env, const char *url,
                                                       struct ratls_kek **out,
                                                       struct ratls_error *err);
RATLS_API void ratls_kek_close(struct ratls_kek *kek); /* wipes; NULL is legal */
/* What records name it by: a check value of the key itself, so that another key is another id
 * wherever it lies. Public. Borrowed from the KEK. */
RATLS_API const char *ratls_kek_id(const struct ratls_kek *kek);
/* A new key file, hex, for its owner alone. RATLS_E_STATE: something of this name exists, and stays
 * as it is. RATLS_E_IO. */
RATLS_API RATLS_MUST_USE enum ratls_err
ratls_kek_new_file(const struct ratls_env *env, const char *path, struct ratls_error *err);

/* ---- keeping secrets: for the operator. All in one step, or nothing. ---- */

struct ratls_secret_put {
    const char *name;         /* 1 to 64 letters, digits, '_' and '-' */
    struct ratls_bytes value; /* borrowed, as all of these */
    const char *policy;       /* name of a policy that is active in the store, now */
    const char *author;
    int64_t overlap_s; /* ratls_secret_rotate(): how long the version before is released still */
};

/* The first version of a name, or one after all others were deleted: numbers never come again.
 * RATLS_E_STATE   the name holds a value: rotate it
 * RATLS_E_USAGE   name, author or size; no policy named
 * RATLS_E_NO_POLICY  there is no active policy of this name
 * RATLS_E_LIMIT   the store holds as many, or as much, as it may */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_secret_put(struct ratls_store *s,
                                                         struct ratls_kek *kek,
                                                         const struct ratls_secret_put *what,
                                                         int64_t *version, struct ratls_error *err);
/* The next version. The one before is superseded: released to nobody from now on, or, to those who
 * ask for its number, until `overlap_s` is over; those superseded earlier keep their own end.
 * `policy` NULL: that of the version before, which must be bound to its present content
 * (RATLS_E_POLICY_CHANGED). RATLS_E_NOT_FOUND: the name holds no value. */
RATLS_API RATLS_MUST_USE enum ratls_err
ratls_secret_rotate(struct ratls_store *s, struct ratls_kek *kek,
                    const struct ratls_secret_put *what, int64_t *version, struct ratls_error *err);

/* What the rest is about. All texts are borrowed. */
struct ratls_secret_job {
    const char *name;
    int64_t version;    /* 0: all live ones; of ratls_secret_open() the active one */
    const char *policy; /* of ratls_secret_rebind(); NULL: the one they have */
    const char *author;
};

/* Live versions of a name are bound to a policy as it is now. The values stay, sealed anew. *n: how
 * many. RATLS_E_NOT_FOUND, RATLS_E_NO_POLICY. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_secret_rebind(struct ratls_store *s,
                                                            struct ratls_kek *kek,
                                                            const struct ratls_secret_job *what,
                                                            size_t *n, struct ratls_error *err);
struct ratls_secret_rewrap {
    struct ratls_kek *from, *to; /* borrowed */
    const char *author;
};
/* All live versions of all names come from under `from` to under `to`; those that are under `to`
 * already stay. Values are not opened, only their data keys. In one step: whoever is killed
 * meanwhile has changed nothing, and begins again. RATLS_E_KEK_MISMATCH: one is under neither. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_secret_rewrap(struct ratls_store *s,
                                                            const struct ratls_secret_rewrap *what,
                                                            size_t *n, struct ratls_error *err);
/* The sealed value is destroyed; name, version, dates and trail stay. Needs no KEK.
 * RATLS_E_NOT_FOUND: there is none. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_secret_delete(struct ratls_store *s,
                                                            const struct ratls_secret_job *what,
                                                            size_t *n, struct ratls_error *err);

enum ratls_secret_state {
    RATLS_SECRET_ACTIVE,
    RATLS_SECRET_SUPERSEDED, /* released until `until` */
    RATLS_SECRET_DELETED,    /* holds no value: policy and KEK are "" */
};
RATLS_API const char *ratls_secret_state_name(enum ratls_secret_state state);

/* Everything but the value. Texts are borrowed for the call. */
struct ratls_secret {
    const char *name;
    int64_t version;
    enum ratls_secret_state state;
    const char *author;
    int64_t created, changed, until; /* seconds since 1970; until 0: none */
    const char *policy;
    uint8_t policy_sha256[32]; /* of its content when it was bound */
    bool policy_current;       /* and that is its content now: else nothing is released */
    const char *kek;           /* id */
    size_t size;               /* of the value */
};

/* Calls `fn` for each version, by name and number. `name` NULL: all. As ratls_store_each(). */
RATLS_API RATLS_MUST_USE enum ratls_err
ratls_secret_each(struct ratls_store *s, const char *name,
                  enum ratls_err (*fn)(void *arg, const struct ratls_secret *secret), void *arg,
                  struct ratls_error *err);

/* The value, whatever the policy says: for the operator. A row "open" is written to the trail
 * first, so that the store must be open for writing. *out is new. RATLS_E_NOT_FOUND,
 * RATLS_E_KEK_MISMATCH, RATLS_E_SECRET_TAMPERED. */
RATLS_API RATLS_MUST_USE enum ratls_err
ratls_secret_open(struct ratls_store *s, struct ratls_kek *kek, const struct ratls_secret_job *what,
                  struct ratls_secret_value **out, struct ratls_error *err);

/* ---- release ---- */

/* Who asks, in words of an appraisal that was done. All pointers are borrowed for the call. */
struct ratls_secret_peer {
    enum ratls_err verdict;  /* what the channel's own appraisal said: RATLS_OK, or a refusal */
    int64_t expires;         /* when that verdict ends, seconds since 1970 */
    enum ratls_level level;  /* of this connection */
    const char *tee;         /* as ratls_verdict_tee() */
    const char *measurement; /* hex; may be empty */
    const struct ratls_claims *claims; /* all that was verified, `cert.*` and `ratls.*` included */
    struct ratls_bytes spki_sha256;    /* 32 bytes: the TLS key that the evidence is bound to */
};
/* Those of a verdict, borrowed from it. NULL verdict: a peer that was refused. */
RATLS_API struct ratls_secret_peer ratls_secret_peer_of(const struct ratls_verdict *v,
                                                        enum ratls_level level);

struct ratls_custody; /* a store, a KEK, and how often each secret was asked for */

struct ratls_custody_limits {
    unsigned per_minute; /* of each secret, by whomever; 0: 60 */
    unsigned burst;      /* at once; 0: 20 */
};

/* Store (open for writing) and KEK are borrowed as long as it lives; `limits` NULL: the defaults.
 * *out is new. */
RATLS_API RATLS_MUST_USE enum ratls_err
ratls_custody_new(const struct ratls_env *env, struct ratls_store *s, struct ratls_kek *kek,
                  const struct ratls_custody_limits *limits, struct ratls_custody **out);
RATLS_API void ratls_custody_free(struct ratls_custody *c); /* NULL is legal */

struct ratls_secret_request {
    const char *name; /* of foreign origin: anything */
    int64_t version;  /* 0: the active one */
    const struct ratls_secret_peer *peer;
    const char *author; /* who decides: "ratls-proxy" */
};

/* The value, when all of this holds, in this order:
 *   the secret was not asked for too often           RATLS_E_LIMIT
 *   the channel's verdict allows, and has not ended  its code; RATLS_E_IDENTITY_EXPIRED
 *   name and version hold a value that is released   RATLS_E_NOT_FOUND
 *   its policy exists, with the content it had when the secret was bound
 *                                                    RATLS_E_NO_POLICY, RATLS_E_POLICY_CHANGED
 *   that policy, with the reference values and revocations of the store, allows the peer's claims,
 *   and its level is reached                         the policy's code; RATLS_E_BINDING_LEVEL
 *   the record opens                                 RATLS_E_KEK_MISMATCH, RATLS_E_SECRET_TAMPERED
 *   a row of the trail is written                    those of the store
 * The row ("release", or "withhold" with the reason) names TEE, measurement, key and level. Those
 * over the rate get one row when it begins, no more. *out is new, NULL after an error; *version is
 * the one given out. The peer must not learn the difference between the refusals of its claims:
 * ratls_err_class(). */
RATLS_API RATLS_MUST_USE enum ratls_err
ratls_secret_release(struct ratls_custody *c, const struct ratls_secret_request *request,
                     struct ratls_secret_value **out, int64_t *version, struct ratls_error *err);

/* ---- JWE: a value for one key (RFC 7516, compact; RFC 7518) ---- */

#define RATLS_JWE_MAX (128 * 1024) /* bytes of one */

/* By what the value is sealed, `enc`. */
enum ratls_jwe_enc {
    RATLS_JWE_A256GCM,
    RATLS_JWE_SM4_GCM, /* for who asks for national algorithms; can be left out (RATLS_SM4) */
};
/* "A256GCM", "SGD_SM4_GCM" as GM/T 0125.1 has it; false: none of these. */
RATLS_API RATLS_MUST_USE bool ratls_jwe_enc_find(const char *name, enum ratls_jwe_enc *out);
/* RATLS_E_UNSUPPORTED: it was left out. RATLS_E_USAGE: there is none such. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_jwe_enc_check(enum ratls_jwe_enc enc,
                                                            struct ratls_error *err);

struct ratls_jwe_key { /* borrowed */
    struct ratls_bytes key;
    enum ratls_jwe_enc enc;
};

/* `recipient`: a public key, SubjectPublicKeyInfo (DER or PEM) or JWK; P-256, P-384 and P-521 get
 * ECDH-ES+A256KW with an ephemeral key, RSA of 2048 to 4096 bits RSA-OAEP-256, whatever `enc` is.
 * That the key is the one attested is the caller's to know. *out is new text with NUL behind it.
 * RATLS_E_CERT_KEY: no such key; and those of ratls_jwe_enc_check(). */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_secret_jwe(const struct ratls_env *env,
                                                         struct ratls_bytes value,
                                                         const struct ratls_jwe_key *recipient,
                                                         struct ratls_buffer *out,
                                                         struct ratls_error *err);
/* The other end: `own` is the private key, PEM or DER, and the one `enc` that is opened, whatever
 * others the header may name. Only these algorithms, `zip` and `crit` are refused. *out is new.
 * RATLS_E_JWE_FORMAT: what it is. RATLS_E_JWE: it is for another key, or was changed; which of
 * them, nobody learns. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_secret_jwe_open(const struct ratls_env *env,
                                                              struct ratls_bytes jwe,
                                                              const struct ratls_jwe_key *own,
                                                              struct ratls_secret_value **out,
                                                              struct ratls_error *err);

#endif
