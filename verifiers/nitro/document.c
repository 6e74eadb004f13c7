#include "document.h"

#include "cbor.h"
#include "cbor_tree.h"

enum { MAX_DOCUMENT = 32 * 1024, TAG_HEAD = 0xc0 + RT_COSE_TAG_SIGN1 };
enum { MAX_CERT = 1024, MAX_PUBLIC_KEY = 1024, MAX_USER_DATA = 512 };

/* ---- what it looks like ---- */

bool rt_nitro_recognises(struct ratls_bytes evidence)
{
    /* array of four, {1: -35} as bytes, {} */
    static const uint8_t begin[] = {0x84, 0x44, 0xa1, 0x01, 0x38, 0x22, 0xa0};
    struct rt_reader r = rt_reader(evidence);

    if (evidence.len > 0 && evidence.p[0] == TAG_HEAD)
        rt_skip(&r, 1);
    if (!ratls_bytes_equal(rt_take_bytes(&r, sizeof begin), ratls_bytes(begin, sizeof begin)))
        return false;
    struct rt_reader payload = rt_reader(rt_cbor_bstr(&r));
    return !r.bad && rt_cbor_map(&payload) > 0 && rt_cbor_peek(&payload) == RT_CBOR_TSTR;
}

/* ---- fields ---- */

static bool is_bytes(const struct rt_cbor_node *node, size_t least, size_t most)
{
    return rt_cbor_is(node, RT_CBOR_K_BYTES) && node->bytes.len >= least && node->bytes.len <= most;
}

/* The form of a field, NULL for a field that has no such. */
typedef bool read_fn(const struct rt_cbor_tree *t, const struct rt_cbor_node *value,
                     struct rt_nitro_document *out);

static bool read_module_id(const struct rt_cbor_tree *t, const struct rt_cbor_node *value,
                           struct rt_nitro_document *out)
{
    (void)t;
    if (!rt_cbor_is(value, RT_CBOR_K_TEXT) || value->bytes.len == 0 ||
        value->bytes.len > RT_NITRO_MODULE_ID)
        return false;
    for (size_t i = 0; i < value->bytes.len; i++)
        if (value->bytes.p[i] < 0x20 || value->bytes.p[i] > 0x7e)
            return false;
    out->module_id = value->bytes;
    return true;
}

/* Which hash it is, is asked apart: another is no malformed one. */
static bool read_digest(const struct rt_cbor_tree *t, const struct rt_cbor_node *value,
                        struct rt_nitro_document *out)
{
    (void)t;
    (void)out;
    return rt_cbor_is(value, RT_CBOR_K_TEXT);
}

static bool read_timestamp(const struct rt_cbor_tree *t, const struct rt_cbor_node *value,
                           struct rt_nitro_document *out)
{
    (void)t;
    out->timestamp_ms = value->value;
    return rt_cbor_is(value, RT_CBOR_K_UINT) && value->value > 0;
}

static bool is_pcr(const struct rt_cbor_node *value)
{
    return is_bytes(value, RT_SHA256_LEN, RT_SHA512_LEN) &&
           (value->bytes.len == RT_SHA256_LEN || value->bytes.len == RT_SHA384_LEN ||
            value->bytes.len == RT_SHA512_LEN);
}

static bool read_pcrs(const struct rt_cbor_tree *t, const struct rt_cbor_node *map,
                      struct rt_nitro_document *out)
{
    if (!rt_cbor_is(map, RT_CBOR_K_MAP))
        return false;
    for (const struct rt_cbor_node *key = rt_cbor_child(t, map), *value; key;
         key = rt_cbor_sibling(t, map, value)) {
        value = rt_cbor_sibling(t, map, key);
        if (!rt_cbor_is(key, RT_CBOR_K_UINT) || key->value >= RT_NITRO_PCRS || !is_pcr(value))
            return false;
        out->pcr[key->value] = value->bytes;
    }
    return out->pcr[0].p && out->pcr[1].p && out->pcr[2].p; /* what tells debug mode */
}

static bool read_certificate(const struct rt_cbor_tree *t, const struct rt_cbor_node *value,
                             struct rt_nitro_document *out)
{
    (void)t;
    out->certificate = value->bytes;
    return is_bytes(value, 1, MAX_CERT);
}

static bool read_cabundle(const struct rt_cbor_tree *t, const struct rt_cbor_node *list,
                          struct rt_nitro_document *out)
{
    if (!rt_cbor_is(list, RT_CBOR_K_ARRAY) || list->value == 0 || list->value > RT_NITRO_MAX_CAS)
        return false;
    for (const struct rt_cbor_node *ca = rt_cbor_child(t, list); ca;
         ca = rt_cbor_sibling(t, list, ca)) {
        if (!is_bytes(ca, 1, MAX_CERT))
            return false;
        out->ca[out->n_ca++] = ca->bytes;
    }
    return true;
}

static bool read_optional(const struct rt_cbor_node *value, size_t most, struct ratls_bytes *out)
{
    if (rt_cbor_is(value, RT_CBOR_K_NULL))
        return true;
    *out = value->bytes;
    return is_bytes(value, 0, most);
}

static bool read_public_key(const struct rt_cbor_tree *t, const struct rt_cbor_node *value,
                            struct rt_nitro_document *out)
{
    (void)t;
    return read_optional(value, MAX_PUBLIC_KEY, &out->public_key);
}

static bool read_user_data(const struct rt_cbor_tree *t, const struct rt_cbor_node *value,
                           struct rt_nitro_document *out)
{
    (void)t;
    return read_optional(value, MAX_USER_DATA, &out->user_data);
}

static bool read_nonce(const struct rt_cbor_tree *t, const struct rt_cbor_node *value,
                       struct rt_nitro_document *out)
{
    (void)t;
    return read_optional(value, MAX_USER_DATA, &out->nonce);
}

static const struct field {
    const char *name;
    read_fn *read;
    bool may_lack;
} fields[] = {
    {"module_id", read_module_id, false},
    {"digest", read_digest, false},
    {"timestamp", read_timestamp, false},
    {"pcrs", read_pcrs, false},
    {"certificate", read_certificate, false},
    {"cabundle", read_cabundle, false},
    {"public_key", read_public_key, true},
    {"user_data", read_user_data, true},
    {"nonce", read_nonce, true},
};

/* ---- the map ---- */

static enum ratls_err refuse(struct ratls_error *err, const char *field, const char *what)
{
    return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "document of Nitro: %s%s", field, what);
}

/* Each of the known fields; n_known counts those that were there. */
static enum ratls_err read_fields(const struct rt_cbor_tree *t, const struct rt_cbor_node *map,
                                  struct rt_nitro_document *out, struct ratls_error *err)
{
    size_t n_known = 0;

    for (size_t i = 0; i < RT_COUNT(fields); i++) {
        const struct rt_cbor_node *value = rt_cbor_at_name(t, map, fields[i].name);
        if (!value && !fields[i].may_lack)
            return refuse(err, fields[i].name, " is missing");
        if (value && !fields[i].read(t, value, out))
            return refuse(err, fields[i].name, " has another type or size than it may have");
        n_known += value != NULL;
    }
    return n_known == map->value ? RATLS_OK : refuse(err, "", "an unknown field");
}

static enum ratls_err check_digest(const struct rt_cbor_node *digest, struct ratls_error *err)
{
    return ratls_bytes_equal(digest->bytes, ratls_bytes_str("SHA384"))
               ? RATLS_OK
               : ratls_fail(err, RATLS_E_EVIDENCE_ALGORITHM,
                            "document of Nitro: digest is not SHA384");
}

static enum ratls_err read_payload(struct rt_nitro_document *out, struct ratls_error *err)
{
    struct rt_cbor_tree t;
    enum ratls_err e = rt_cbor_tree_read(out->message.payload, &t, err);
    const struct rt_cbor_node *map = rt_cbor_root(&t);

    if (e)
        return e;
    if (!rt_cbor_is(map, RT_CBOR_K_MAP))
        return refuse(err, "", "it is no map");
    if ((e = read_fields(&t, map, out, err)) != RATLS_OK)
        return e;
    return check_digest(rt_cbor_at_name(&t, map, "digest"), err);
}

enum ratls_err rt_nitro_document_read(struct ratls_bytes evidence, struct rt_nitro_document *out,
                                      struct ratls_error *err)
{
    *out = (struct rt_nitro_document){.n_ca = 0};
    if (evidence.len > MAX_DOCUMENT)
        return refuse(err, "", "it is too large");
    enum ratls_err e = rt_cose_read_untagged(evidence, &out->message, err);
    if (e)
        return e;
    if (out->message.alg != RT_COSE_ES384)
        return ratls_fail(err, RATLS_E_EVIDENCE_ALGORITHM,
                          "document of Nitro: COSE algorithm %lld, not ES384",
                          (long long)out->message.alg);
    return read_payload(out, err);
}

bool rt_nitro_is_debug(const struct rt_nitro_document *doc)
{
    uint8_t any = 0;

    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < doc->pcr[i].len; k++)
            any |= doc->pcr[i].p[k];
    return any == 0;
}
