/* arm_token.h - the tokens of Arm's Confidential Compute Architecture, taken apart; those of
 * Huawei's virtCCA are nearly the same.
 *
 * Evidence is a collection of two COSE_Sign1 tokens, that of the platform and that of the realm (or
 * CVM), each a map of claims (Arm DEN0137 RMM specification, "Attestation token format";
 * draft-ffm-rats-cca-token). Parsing proves nothing: signatures, whose keys count, profiles and
 * everything in which CCA and virtCCA differ are the verifier's affair. Where they differ only in
 * what a value may look like, struct rt_arm_rules says which is meant.
 *
 * Checked here: everything that cbor_tree.h checks; types and sizes of all claims; that none which
 * must be there is missing. Other keys inside of the two payload maps are counted and left alone.
 * Reasons: RATLS_E_EVIDENCE_FORMAT, where nothing else is said, and own failures.
 * Ownership: everything borrows from the bytes read. Thread rule: pure functions. */
#ifndef RT_ARM_TOKEN_H
#define RT_ARM_TOKEN_H

#include "cose.h"
#include "crypto.h"
#include "ratls/evidence.h"

#define RT_ARM_MAX_COLLECTION     (16 * 1024)
#define RT_ARM_MAX_COMPONENTS     32
#define RT_ARM_CHALLENGE_LEN      64 /* of the realm */
#define RT_ARM_RPV_LEN            64
#define RT_ARM_IMPLEMENTATION_LEN 32
#define RT_ARM_INSTANCE_LEN       33
#define RT_ARM_DEVICE_LEN         (RT_ARM_IMPLEMENTATION_LEN + RT_ARM_INSTANCE_LEN)
#define RT_ARM_REMS               4
#define RT_ARM_MAX_TEXT           1024

enum { RT_ARM_TAG_LEGACY = 399, RT_ARM_TAG_CMW = 907 };
enum { RT_ARM_LABEL_PLATFORM = 44234, RT_ARM_LABEL_REALM = 44241 };

/* ---- the collection ---- */

struct rt_arm_collection {
    uint64_t tag;                       /* RT_ARM_TAG_ */
    struct ratls_bytes platform, realm; /* COSE_Sign1 with tag 18; platform: p NULL where absent */
};

/* The first label of a collection, by a look at its first bytes: RT_ARM_LABEL_, or 0 when this is
 * no collection. CCA and virtCCA share tag 399 and both labels, and in each the first label is that
 * of the token it never lacks: 44234 of CCA, 44241 of virtCCA. So tag 399 with 44234 first, and tag
 * 907 always, is CCA; tag 399 with 44241 first is virtCCA. A wrong guess is refused later, for the
 * payloads are wrapped in other ways. */
uint64_t rt_arm_first_label(struct ratls_bytes evidence, uint64_t *tag);

/* 399({label: bstr, ...}) or 907({label: [263, bstr], ...}); a realm token is there, no label is
 * unknown or stands twice, nothing follows. Which tag is allowed, whether a platform token must be
 * there and in which order is left to the caller. */
RATLS_MUST_USE enum ratls_err rt_arm_collection_read(struct ratls_bytes evidence,
                                                     struct rt_arm_collection *out,
                                                     struct ratls_error *err);

/* rt_cose_read(), and the algorithm is one of these: otherwise RATLS_E_EVIDENCE_ALGORITHM. `what`
 * names the token in the detail: "platform token". */
struct rt_arm_algs {
    const char *what;
    const int64_t *list;
    size_t n;
};
RATLS_MUST_USE enum ratls_err rt_arm_sign1_read(struct ratls_bytes token,
                                                const struct rt_arm_algs *algs,
                                                struct rt_cose_sign1 *out, struct ratls_error *err);

/* ---- claims of the platform ---- */

struct rt_arm_rules {
    bool padded_text;  /* NULs at the end of a text are no part of it (virtCCA) */
    bool may_be_empty; /* config and signer ids (virtCCA) */
};
extern const struct rt_arm_rules rt_arm_cca_rules, rt_arm_virtcca_rules;

struct rt_arm_component {
    struct ratls_bytes type, version, hash_alg; /* text; p NULL: absent */
    struct ratls_bytes measurement, signer_id;  /* 32, 48 or 64 bytes; signer_id: see the rules */
};

struct rt_arm_platform {
    struct ratls_bytes profile;           /* text, whatever it says; p NULL: absent */
    struct ratls_bytes challenge;         /* 32, 48 or 64 bytes */
    struct ratls_bytes implementation_id; /* 32 */
    struct ratls_bytes instance_id;       /* 33, the first 0x01 (UEID, RFC 9711 s.4.2.1) */
    struct ratls_bytes config;
    struct ratls_bytes hash_alg;             /* text: sha-256, sha-384 or sha-512 */
    struct ratls_bytes verification_service; /* text; p NULL: absent */
    uint16_t lifecycle;                      /* one that has a state */
    struct rt_arm_component component[RT_ARM_MAX_COMPONENTS];
    size_t n_components; /* at least 1 */
    size_t n_unknown;    /* claims of other keys */
};

/* `payload` is the map. RATLS_E_EVIDENCE_ALGORITHM for another hash than the three. All texts are
 * printable ASCII. */
RATLS_MUST_USE enum ratls_err rt_arm_platform_read(struct ratls_bytes payload,
                                                   const struct rt_arm_rules *rules,
                                                   struct rt_arm_platform *out,
                                                   struct ratls_error *err);

/* All of it as claims "<prefix>.profile" and so on; prefix "cca.platform", "virtcca.platform". The
 * list "<prefix>.sw_components.measurements" holds the measurements in their order. */
void rt_arm_platform_claims(const struct rt_arm_platform *p, const char *prefix,
                            struct ratls_claims *claims);

/* "secured" and the others; NULL for a value that has no meaning. */
const char *rt_arm_lifecycle_state(uint16_t lifecycle);
bool rt_arm_is_secured(uint16_t lifecycle);

/* ---- claims of the realm (CVM) ---- */

struct rt_arm_realm {
    struct ratls_bytes profile;      /* text, whatever it says; p NULL: absent */
    struct ratls_bytes challenge;    /* 64 */
    struct ratls_bytes rpv;          /* 64 */
    struct ratls_bytes hash_alg;     /* text, not empty */
    struct ratls_bytes rak;          /* not empty; its encoding is the caller's affair */
    struct ratls_bytes rak_hash_alg; /* text: sha-256, sha-384 or sha-512 */
    struct ratls_bytes rim;          /* 32, 48 or 64 */
    struct ratls_bytes rem[RT_ARM_REMS];
    struct ratls_bytes instance_id; /* 33; p NULL: absent */
    bool has_mec;
    uint64_t mec;     /* MEC policy */
    size_t n_unknown; /* claims of other keys */
};

/* As rt_arm_platform_read(). */
RATLS_MUST_USE enum ratls_err rt_arm_realm_read(struct ratls_bytes payload,
                                                const struct rt_arm_rules *rules,
                                                struct rt_arm_realm *out, struct ratls_error *err);

/* ---- both ---- */

/* sha-256, sha-384, sha-512: exactly these. */
RATLS_MUST_USE bool rt_arm_hash(struct ratls_bytes name, enum rt_hash *out);

/* The platform vouches for the realm's key: challenge = hash(rak as carried). RATLS_E_BINDER;
 * RATLS_E_EVIDENCE_ALGORITHM for another hash than the three. */
RATLS_MUST_USE enum ratls_err rt_arm_check_binder(struct ratls_bytes challenge,
                                                  struct ratls_bytes rak,
                                                  struct ratls_bytes rak_hash_alg,
                                                  struct ratls_error *err);

/* A text of a token as a claim; nothing when it is absent. */
void rt_arm_text_claim(struct ratls_claims *claims, const char *name, struct ratls_bytes text);

#endif
