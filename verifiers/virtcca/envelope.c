#include "envelope.h"

#include "arm_token.h"
#include "cbor_tree.h"

enum { MAP_HEAD = 0xa0, MIN_MEMBERS = 1, MAX_MEMBERS = 5 };

#define TOKEN_KEY "\x6avcca_token" /* head of a text of 10 bytes, and the text */

static bool is_envelope(struct ratls_bytes evidence)
{
    struct rt_reader r = rt_reader(evidence);
    const uint8_t head = rt_u8(&r);
    const size_t len = sizeof TOKEN_KEY - 1;

    return head >= MAP_HEAD + MIN_MEMBERS && head <= MAP_HEAD + MAX_MEMBERS &&
           ratls_bytes_equal(rt_take_bytes(&r, len), ratls_bytes(TOKEN_KEY, len));
}

bool rt_virtcca_recognises(struct ratls_bytes evidence)
{
    uint64_t tag = 0;

    return is_envelope(evidence) ||
           (rt_arm_first_label(evidence, &tag) == RT_ARM_LABEL_REALM && tag == RT_ARM_TAG_LEGACY);
}

static enum ratls_err refuse(struct ratls_error *err, const char *what)
{
    return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "envelope of virtCCA: %s", what);
}

static enum ratls_err read_certs(const struct rt_cbor_tree *tree, const struct rt_cbor_node *list,
                                 struct rt_virtcca_evidence *out, struct ratls_error *err)
{
    if (!rt_cbor_is(list, RT_CBOR_K_ARRAY))
        return refuse(err, "certs is no array");
    for (const struct rt_cbor_node *item = rt_cbor_child(tree, list); item;
         item = rt_cbor_sibling(tree, list, item)) {
        if (!rt_cbor_is(item, RT_CBOR_K_BYTES))
            return refuse(err, "one of certs is no byte string");
        if (out->n_certs == RT_HUAWEI_MAX_CERTS)
            return ratls_fail(err, RATLS_E_EVIDENCE_CHAIN, "more than %d certificates",
                              RT_HUAWEI_MAX_CERTS);
        out->cert[out->n_certs++] = item->bytes;
    }
    return RATLS_OK;
}

/* One member; the tree has no key twice. */
static enum ratls_err read_member(const struct rt_cbor_tree *tree, const struct rt_cbor_node *key,
                                  const struct rt_cbor_node *value, struct rt_virtcca_evidence *out,
                                  struct ratls_error *err)
{
    const struct {
        const char *name;
        struct ratls_bytes *bytes;
    } members[] = {{"vcca_token", &out->token},
                   {"dev_cert", &out->dev_cert},
                   {"ccel", &out->ccel},
                   {"ima_log", &out->ima_log}};

    if (!rt_cbor_is(key, RT_CBOR_K_TEXT))
        return refuse(err, "a key is no text");
    if (ratls_bytes_equal(key->bytes, ratls_bytes_str("certs")))
        return read_certs(tree, value, out, err);
    for (size_t i = 0; i < RT_COUNT(members); i++) {
        if (!ratls_bytes_equal(key->bytes, ratls_bytes_str(members[i].name)))
            continue;
        if (!rt_cbor_is(value, RT_CBOR_K_BYTES))
            return refuse(err, "a member is no byte string");
        *members[i].bytes = value->bytes;
        return RATLS_OK;
    }
    return refuse(err, "an unknown member");
}

static enum ratls_err read_envelope(struct ratls_bytes evidence, struct rt_virtcca_evidence *out,
                                    struct ratls_error *err)
{
    struct rt_cbor_tree tree;
    enum ratls_err e = rt_cbor_tree_read(evidence, &tree, err);

    if (e)
        return e;
    const struct rt_cbor_node *map = rt_cbor_root(&tree), *key = rt_cbor_child(&tree, map);
    while (key && e == RATLS_OK) {
        const struct rt_cbor_node *value = rt_cbor_sibling(&tree, map, key);
        e = read_member(&tree, key, value, out, err);
        key = rt_cbor_sibling(&tree, map, value);
    }
    return e;
}

enum ratls_err rt_virtcca_evidence_read(struct ratls_bytes evidence,
                                        struct rt_virtcca_evidence *out, struct ratls_error *err)
{
    *out = (struct rt_virtcca_evidence){.n_certs = 0};
    if (is_envelope(evidence))
        return read_envelope(evidence, out, err);
    out->token = evidence;
    return RATLS_OK;
}

enum ratls_err rt_virtcca_certs_open(struct rt_huawei_certs *c,
                                     const struct rt_virtcca_evidence *evidence,
                                     struct ratls_bytes pem, struct ratls_error *err)
{
    struct ratls_bytes given[RT_HUAWEI_MAX_CERTS + 1];
    size_t n = 0;

    if (evidence->dev_cert.p)
        given[n++] = evidence->dev_cert;
    for (size_t i = 0; i < evidence->n_certs; i++)
        given[n++] = evidence->cert[i];
    return rt_huawei_certs_open(c, given, n, pem, err);
}
