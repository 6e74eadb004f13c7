#include "arm_fields.h"

#define PRINTABLE_FIRST 0x20
#define PRINTABLE_LAST  0x7e

enum ratls_err rt_arm_fields_open(struct ratls_bytes payload, struct rt_arm_fields *f)
{
    struct ratls_error inner = {0};
    enum ratls_err e = rt_cbor_tree_read(payload, &f->tree, &inner);

    if (e)
        return ratls_fail(f->err, e, "%s: its payload: %s", f->what, inner.detail);
    f->map = rt_cbor_root(&f->tree);
    return rt_cbor_is(f->map, RT_CBOR_K_MAP)
               ? RATLS_OK
               : ratls_fail(f->err, RATLS_E_EVIDENCE_FORMAT, "%s: its payload is no map", f->what);
}

static void fail(struct rt_arm_fields *f, enum ratls_err e, int64_t key, const char *why)
{
    if (f->failed == RATLS_OK)
        f->failed = ratls_fail(f->err, e, "%s: claim %lld %s", f->what, (long long)key, why);
}

void rt_arm_refuse(struct rt_arm_fields *f, int64_t key, const char *why)
{
    fail(f, RATLS_E_EVIDENCE_FORMAT, key, why);
}

bool rt_arm_has(const struct rt_arm_fields *f, int64_t key)
{
    return rt_cbor_at(&f->tree, f->map, key) != NULL;
}

/* NULL when it is not there or of another kind. */
static const struct rt_cbor_node *find(struct rt_arm_fields *f, int64_t key, enum rt_cbor_kind kind)
{
    const struct rt_cbor_node *node = rt_cbor_at(&f->tree, f->map, key);

    if (!node)
        rt_arm_refuse(f, key, "is missing");
    else if (!rt_cbor_is(node, kind))
        rt_arm_refuse(f, key, "is of another type");
    else
        f->n_known++;
    return f->failed ? NULL : node;
}

static bool is_digest(size_t len)
{
    return len == RT_SHA256_LEN || len == RT_SHA384_LEN || len == RT_SHA512_LEN;
}

static bool fits(const struct rt_arm_fields *f, size_t len, size_t size)
{
    if (size == RT_ARM_ANY)
        return len > 0 || f->rules->may_be_empty;
    return size == RT_ARM_DIGEST ? is_digest(len) : len == size;
}

struct ratls_bytes rt_arm_bytes(struct rt_arm_fields *f, int64_t key, size_t size)
{
    const struct rt_cbor_node *node = find(f, key, RT_CBOR_K_BYTES);

    if (!node)
        return ratls_bytes(NULL, 0);
    if (!fits(f, node->bytes.len, size))
        rt_arm_refuse(f, key, "has a wrong length");
    return node->bytes;
}

static bool is_printable(struct ratls_bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.p[i] < PRINTABLE_FIRST || text.p[i] > PRINTABLE_LAST)
            return false;
    return true;
}

struct ratls_bytes rt_arm_text(struct rt_arm_fields *f, int64_t key)
{
    const struct rt_cbor_node *node = find(f, key, RT_CBOR_K_TEXT);

    if (!node)
        return ratls_bytes(NULL, 0);
    struct ratls_bytes text = node->bytes;
    while (f->rules->padded_text && text.len > 0 && text.p[text.len - 1] == 0)
        text.len--;
    if (text.len > RT_ARM_MAX_TEXT)
        rt_arm_refuse(f, key, "is too long a text");
    else if (!is_printable(text))
        rt_arm_refuse(f, key, "is not printable");
    return text;
}

struct ratls_bytes rt_arm_optional_text(struct rt_arm_fields *f, int64_t key)
{
    return rt_arm_has(f, key) ? rt_arm_text(f, key) : ratls_bytes(NULL, 0);
}

uint64_t rt_arm_uint(struct rt_arm_fields *f, int64_t key, uint64_t max)
{
    const struct rt_cbor_node *node = find(f, key, RT_CBOR_K_UINT);

    if (!node)
        return 0;
    if (node->value > max)
        rt_arm_refuse(f, key, "is too large");
    return node->value;
}

const struct rt_cbor_node *rt_arm_array(struct rt_arm_fields *f, int64_t key, size_t min,
                                        size_t max)
{
    const struct rt_cbor_node *node = find(f, key, RT_CBOR_K_ARRAY);

    if (node && (node->value < min || node->value > max))
        rt_arm_refuse(f, key, "has a wrong number of items");
    return f->failed ? NULL : node;
}

struct ratls_bytes rt_arm_digest(struct rt_arm_fields *f, int64_t key,
                                 const struct rt_cbor_node *item)
{
    if (!rt_cbor_is(item, RT_CBOR_K_BYTES) || !is_digest(item->bytes.len)) {
        rt_arm_refuse(f, key, "holds something that is no digest");
        return ratls_bytes(NULL, 0);
    }
    return item->bytes;
}

struct ratls_bytes rt_arm_hash_name(struct rt_arm_fields *f, int64_t key)
{
    const struct ratls_bytes name = rt_arm_text(f, key);
    enum rt_hash ignored;

    if (f->failed == RATLS_OK && !rt_arm_hash(name, &ignored))
        fail(f, RATLS_E_EVIDENCE_ALGORITHM, key, "names an unknown hash");
    return name;
}

size_t rt_arm_n_unknown(const struct rt_arm_fields *f)
{
    return (size_t)f->map->value - f->n_known;
}
