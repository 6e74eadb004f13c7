/* The collection and its two tokens as wholes. */
#include "arm_token.h"

#include "cbor_tree.h"

/* CoAP content format application/eat+cwt, in the entries of a CMW collection. */
#define EAT_CWT 263

const struct rt_arm_rules rt_arm_cca_rules = {0};
const struct rt_arm_rules rt_arm_virtcca_rules = {.padded_text = true, .may_be_empty = true};

static enum ratls_err malformed(struct ratls_error *err, const char *what)
{
    return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "collection: %s", what);
}

/* ---- recognition: the heads in their only lawful (shortest) form ---- */

/* A tag, and a label, are a head byte and two more. */
enum { TAG_HEAD = 0xd9, LABEL_HEAD = 0x19, MAP_OF_ONE = 0xa1, MAP_OF_23 = 0xb7 };

uint64_t rt_arm_first_label(struct ratls_bytes evidence, uint64_t *tag)
{
    struct rt_reader r = rt_reader(evidence);
    const uint8_t tag_head = rt_u8(&r);
    const uint16_t number = rt_u16be(&r);
    const uint8_t map = rt_u8(&r), label_head = rt_u8(&r);
    const uint16_t label = rt_u16be(&r);

    *tag = number;
    if (r.bad || tag_head != TAG_HEAD || label_head != LABEL_HEAD || map < MAP_OF_ONE ||
        map > MAP_OF_23 || (number != RT_ARM_TAG_LEGACY && number != RT_ARM_TAG_CMW) ||
        (label != RT_ARM_LABEL_PLATFORM && label != RT_ARM_LABEL_REALM))
        return 0;
    return label;
}

/* ---- the collection ---- */

/* The token of an entry; p NULL when the entry is not what it must be. */
static struct ratls_bytes token_of(const struct rt_cbor_tree *t, uint64_t tag,
                                   const struct rt_cbor_node *entry)
{
    int64_t format = 0;

    if (tag == RT_ARM_TAG_CMW) {
        if (!rt_cbor_is(entry, RT_CBOR_K_ARRAY) || entry->value != 2)
            return ratls_bytes(NULL, 0);
        const struct rt_cbor_node *first = rt_cbor_child(t, entry);
        if (!rt_cbor_int(first, &format) || format != EAT_CWT)
            return ratls_bytes(NULL, 0);
        entry = rt_cbor_sibling(t, entry, first);
    }
    return rt_cbor_is(entry, RT_CBOR_K_BYTES) ? entry->bytes : ratls_bytes(NULL, 0);
}

static enum ratls_err read_entries(const struct rt_cbor_tree *t, const struct rt_cbor_node *map,
                                   struct rt_arm_collection *out, struct ratls_error *err)
{
    const struct rt_cbor_node *platform = rt_cbor_at(t, map, RT_ARM_LABEL_PLATFORM);
    const struct rt_cbor_node *realm = rt_cbor_at(t, map, RT_ARM_LABEL_REALM);

    if (map->value != (platform != NULL) + (size_t)(realm != NULL))
        return malformed(err, "an unknown label");
    if (!realm)
        return malformed(err, "it has no realm token");
    out->realm = token_of(t, out->tag, realm);
    if (platform)
        out->platform = token_of(t, out->tag, platform);
    if (!out->realm.p || (platform && !out->platform.p))
        return malformed(err, "an entry is not what its tag prescribes");
    return RATLS_OK;
}

enum ratls_err rt_arm_collection_read(struct ratls_bytes evidence, struct rt_arm_collection *out,
                                      struct ratls_error *err)
{
    struct ratls_error inner = {0};
    struct rt_cbor_tree t;

    *out = (struct rt_arm_collection){0};
    if (evidence.len > RT_ARM_MAX_COLLECTION)
        return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "collection: %zu bytes, more than %d",
                          evidence.len, RT_ARM_MAX_COLLECTION);
    enum ratls_err e = rt_cbor_tree_read(evidence, &t, &inner);
    if (e)
        return ratls_fail(err, e, "collection: %s", inner.detail);
    const struct rt_cbor_node *tag = rt_cbor_root(&t);
    if (!rt_cbor_is(tag, RT_CBOR_K_TAG) ||
        (tag->value != RT_ARM_TAG_LEGACY && tag->value != RT_ARM_TAG_CMW))
        return malformed(err, "neither tag 399 nor tag 907");
    out->tag = tag->value;
    const struct rt_cbor_node *map = rt_cbor_child(&t, tag);
    return rt_cbor_is(map, RT_CBOR_K_MAP) ? read_entries(&t, map, out, err)
                                          : malformed(err, "what is tagged is no map");
}

/* ---- tokens ---- */

enum ratls_err rt_arm_sign1_read(struct ratls_bytes token, const struct rt_arm_algs *algs,
                                 struct rt_cose_sign1 *out, struct ratls_error *err)
{
    struct ratls_error inner = {0};
    enum ratls_err e = rt_cose_read(token, out, &inner);

    if (e)
        return ratls_fail(err, e, "%s: %s", algs->what, inner.detail);
    for (size_t i = 0; i < algs->n; i++)
        if (out->alg == algs->list[i])
            return RATLS_OK;
    return ratls_fail(err, RATLS_E_EVIDENCE_ALGORITHM, "%s: COSE algorithm %lld", algs->what,
                      (long long)out->alg);
}

bool rt_arm_hash(struct ratls_bytes name, enum rt_hash *out)
{
    static const struct {
        const char *name;
        enum rt_hash hash;
    } known[] = {{"sha-256", RT_SHA256}, {"sha-384", RT_SHA384}, {"sha-512", RT_SHA512}};

    for (size_t i = 0; i < RT_COUNT(known); i++)
        if (ratls_bytes_equal(name, ratls_bytes_str(known[i].name))) {
            *out = known[i].hash;
            return true;
        }
    return false;
}

enum ratls_err rt_arm_check_binder(struct ratls_bytes challenge, struct ratls_bytes rak,
                                   struct ratls_bytes rak_hash_alg, struct ratls_error *err)
{
    uint8_t digest[RT_SHA512_LEN];
    enum rt_hash hash;

    if (!rt_arm_hash(rak_hash_alg, &hash))
        return ratls_fail(err, RATLS_E_EVIDENCE_ALGORITHM,
                          "realm token: claim 44240 names an unknown hash");
    enum ratls_err e = rt_hash(hash, rak, digest);
    if (e)
        return ratls_fail(err, e, "the hash of the realm's key");
    return ratls_bytes_equal(challenge, ratls_bytes(digest, rt_hash_len(hash)))
               ? RATLS_OK
               : ratls_fail(err, RATLS_E_BINDER,
                            "the platform's challenge is not the hash of the realm's key");
}

void rt_arm_text_claim(struct ratls_claims *claims, const char *name, struct ratls_bytes text)
{
    char copy[RT_ARM_MAX_TEXT + 1];

    if (!text.p || text.len > RT_ARM_MAX_TEXT) /* a longer one is never read */
        return;
    memcpy(copy, text.p, text.len);
    copy[text.len] = 0;
    (void)ratls_claims_set_text(claims, name, copy);
}
