/* arm_fields.h - claims read out of a map one after the other: failure sticks and is asked for once
 * at the end, as with the bounded reader. Borrows from the payload. */
#ifndef RT_ARM_FIELDS_H
#define RT_ARM_FIELDS_H

#include "arm_token.h"
#include "cbor_tree.h"

struct rt_arm_fields {
    struct rt_cbor_tree tree;
    const struct rt_cbor_node *map; /* the one that is read */
    const struct rt_arm_rules *rules;
    const char *what; /* "platform token" */
    size_t n_known;   /* claims that were asked for and are there */
    enum ratls_err failed;
    struct ratls_error *err;
};

/* The payload of a token: one map. */
RATLS_MUST_USE enum ratls_err rt_arm_fields_open(struct ratls_bytes payload,
                                                 struct rt_arm_fields *f);

/* Number of bytes of a claim, or: */
enum { RT_ARM_DIGEST = 0 /* 32, 48 or 64 */, RT_ARM_ANY = 1 /* at least one, see the rules */ };

bool rt_arm_has(const struct rt_arm_fields *f, int64_t key);
/* Must be there. */
struct ratls_bytes rt_arm_bytes(struct rt_arm_fields *f, int64_t key, size_t size);
struct ratls_bytes rt_arm_text(struct rt_arm_fields *f, int64_t key);
/* p NULL where it is absent. */
struct ratls_bytes rt_arm_optional_text(struct rt_arm_fields *f, int64_t key);
uint64_t rt_arm_uint(struct rt_arm_fields *f, int64_t key, uint64_t max);
/* The items of an array, NULL after a failure. */
const struct rt_cbor_node *rt_arm_array(struct rt_arm_fields *f, int64_t key, size_t min,
                                        size_t max);
/* An item of such an array that is a digest. */
struct ratls_bytes rt_arm_digest(struct rt_arm_fields *f, int64_t key,
                                 const struct rt_cbor_node *item);
/* A text that names one of the three hashes: RATLS_E_EVIDENCE_ALGORITHM. */
struct ratls_bytes rt_arm_hash_name(struct rt_arm_fields *f, int64_t key);

/* Claims of the map that nobody asked for. */
size_t rt_arm_n_unknown(const struct rt_arm_fields *f);
/* A reason of its own, unless something failed before. */
void rt_arm_refuse(struct rt_arm_fields *f, int64_t key, const char *why);

#endif
