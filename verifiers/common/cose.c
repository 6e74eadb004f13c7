#include "cose.h"
#include "cbor.h"
#include "cbor_tree.h"

/* ---- reading ---- */

#define LABEL_ALG 1 /* RFC 9052 s.3.1 */

static enum ratls_err malformed(struct ratls_error *err, const char *what)
{
    return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "COSE_Sign1: %s", what);
}

/* The four items; protected header, payload and signature end up in *out. */
static enum ratls_err read_items(const struct rt_cbor_tree *tree, const struct rt_cbor_node *array,
                                 struct rt_cose_sign1 *out, struct ratls_error *err)
{
    if (!rt_cbor_is(array, RT_CBOR_K_ARRAY) || array->value != 4)
        return malformed(err, "an array of four is due");
    const struct rt_cbor_node *header = rt_cbor_child(tree, array);
    const struct rt_cbor_node *unprotected = rt_cbor_sibling(tree, array, header);
    const struct rt_cbor_node *payload = rt_cbor_sibling(tree, array, unprotected);
    const struct rt_cbor_node *signature = rt_cbor_sibling(tree, array, payload);
    if (!rt_cbor_is(header, RT_CBOR_K_BYTES))
        return malformed(err, "the protected header is no byte string");
    if (!rt_cbor_is(unprotected, RT_CBOR_K_MAP) || unprotected->value != 0)
        return malformed(err, "the unprotected header is no empty map");
    if (!rt_cbor_is(payload, RT_CBOR_K_BYTES))
        return malformed(err, "the payload is no byte string");
    if (!rt_cbor_is(signature, RT_CBOR_K_BYTES))
        return malformed(err, "the signature is no byte string");
    out->protected_header = header->bytes;
    out->payload = payload->bytes;
    out->signature = signature->bytes;
    return RATLS_OK;
}

static enum ratls_err read_message(struct ratls_bytes in, bool is_tagged, struct rt_cbor_tree *tree,
                                   struct rt_cose_sign1 *out, struct ratls_error *err)
{
    enum ratls_err e = rt_cbor_tree_read(in, tree, err);
    const struct rt_cbor_node *root = rt_cbor_root(tree);

    if (e)
        return e;
    if (rt_cbor_is(root, RT_CBOR_K_TAG) && root->value == RT_COSE_TAG_SIGN1)
        return read_items(tree, rt_cbor_child(tree, root), out, err);
    return is_tagged ? malformed(err, "tag 18 is due") : read_items(tree, root, out, err);
}

/* {1: alg} and no more: there is no member that might be critical and ignored here. */
static enum ratls_err read_header(struct rt_cbor_tree *tree, struct rt_cose_sign1 *out,
                                  struct ratls_error *err)
{
    struct ratls_error why = {0};
    enum ratls_err e = rt_cbor_tree_read(out->protected_header, tree, &why);
    const struct rt_cbor_node *map = rt_cbor_root(tree);

    if (e)
        return ratls_fail(err, e, "COSE_Sign1, protected header: %s", why.detail);
    if (map->value != 1 || !rt_cbor_int(rt_cbor_at(tree, map, LABEL_ALG), &out->alg))
        return malformed(err, "the protected header is not just an algorithm");
    return RATLS_OK;
}

static enum ratls_err read_both(struct ratls_bytes in, bool is_tagged, struct rt_cose_sign1 *out,
                                struct ratls_error *err)
{
    struct rt_cbor_tree tree;

    *out = (struct rt_cose_sign1){0};
    enum ratls_err e = read_message(in, is_tagged, &tree, out, err);
    if (e == RATLS_OK)
        e = read_header(&tree, out, err);
    if (e)
        *out = (struct rt_cose_sign1){0};
    return e;
}

enum ratls_err rt_cose_read(struct ratls_bytes in, struct rt_cose_sign1 *out,
                            struct ratls_error *err)
{
    return read_both(in, true, out, err);
}

enum ratls_err rt_cose_read_untagged(struct ratls_bytes in, struct rt_cose_sign1 *out,
                                     struct ratls_error *err)
{
    return read_both(in, false, out, err);
}

/* ---- verifying ---- */

/* What an algorithm asks of a key. ECDSA: hash and width of the signature follow the curve, so that
 * no weaker hash can be chosen by the message. */
static const struct algorithm {
    int64_t alg;
    enum rt_key_type key;
    enum rt_curve curve; /* not of RSA */
    enum rt_hash hash;   /* not of RSA */
    enum rt_sig_alg pss; /* of RSA */
} algorithms[] = {
    {.alg = RT_COSE_ES256, .key = RT_KEY_P256, .curve = RT_P256, .hash = RT_SHA256},
    {.alg = RT_COSE_ES384, .key = RT_KEY_P384, .curve = RT_P384, .hash = RT_SHA384},
    {.alg = RT_COSE_ES512, .key = RT_KEY_P521, .curve = RT_P521, .hash = RT_SHA512},
    {.alg = RT_COSE_PS256, .key = RT_KEY_RSA, .pss = RT_SIG_RSAPSS_SHA256},
    {.alg = RT_COSE_PS384, .key = RT_KEY_RSA, .pss = RT_SIG_RSAPSS_SHA384},
    {.alg = RT_COSE_PS512, .key = RT_KEY_RSA, .pss = RT_SIG_RSAPSS_SHA512},
};

static const struct algorithm *find(int64_t alg)
{
    for (size_t i = 0; i < RT_COUNT(algorithms); i++)
        if (algorithms[i].alg == alg)
            return &algorithms[i];
    return NULL;
}

/* Sig_structure, RFC 9052 s.4.4, around the very bytes of the message. */
static enum ratls_err signed_bytes(const struct rt_cose_sign1 *m, struct ratls_buffer *out)
{
    struct rt_writer w = {0};

    rt_cbor_put(&w, RT_CBOR_ARRAY, 4);
    rt_cbor_put_tstr(&w, "Signature1");
    rt_cbor_put_bstr(&w, m->protected_header);
    rt_cbor_put_bstr(&w, ratls_bytes("", 0)); /* external_aad */
    rt_cbor_put_bstr(&w, m->payload);
    return rt_writer_take(&w, out);
}

static enum ratls_err check(const struct algorithm *a, const struct rt_public_key *key,
                            struct ratls_bytes msg, struct ratls_bytes sig)
{
    return a->key == RT_KEY_RSA ? rt_verify_spki(key, a->pss, msg, sig, NULL)
                                : rt_verify_raw(a->curve, key->point, a->hash, msg, sig);
}

/* The primitives speak of certificates. */
static enum ratls_err of_evidence(enum ratls_err e)
{
    if (e == RATLS_E_CERT_KEY)
        return RATLS_E_EVIDENCE_ALGORITHM;
    return e == RATLS_E_CERT_SIGNATURE ? RATLS_E_EVIDENCE_SIGNATURE : e;
}

enum ratls_err rt_cose_verify(const struct rt_cose_sign1 *m, const struct rt_public_key *key,
                              struct ratls_error *err)
{
    const struct algorithm *a = find(m->alg);
    struct ratls_buffer msg = {0};

    if (!a)
        return ratls_fail(err, RATLS_E_EVIDENCE_ALGORITHM, "COSE algorithm %lld is not known",
                          (long long)m->alg);
    if (key->type != a->key)
        return ratls_fail(err, RATLS_E_EVIDENCE_ALGORITHM,
                          "COSE algorithm %lld is none of this key", (long long)m->alg);
    enum ratls_err e = signed_bytes(m, &msg);
    if (e == RATLS_OK)
        e = of_evidence(check(a, key, rt_bytes_of(&msg), m->signature));
    ratls_buffer_free(&msg);
    return e ? ratls_fail(err, e, "COSE signature of %zu bytes with algorithm %lld: %s",
                          m->signature.len, (long long)m->alg, ratls_err_text(e))
             : RATLS_OK;
}
