/* Tokens of real and of reference implementations: $RATLS_VECTORS. Each COSE_Sign1 in them verifies
 * under the key that the token or the manifest's store of anchors names. */
#include "cbor_tree.h"
#include "cose_support.h"
#include "vectors_support.h"

#define CCA_PLATFORM 44234
#define CCA_REALM    44241
#define REALM_KEY    44237

static struct rt_cbor_tree tree;
static struct ratls_buffer file;
static uint8_t point[132];

static void teardown(void)
{
    ratls_buffer_free(&file);
}

TestSuite(cose_vectors, .fini = teardown, .timeout = 60);

/* The message under a label, bare (tag 399) or behind its content format (tag 907). */
static struct ratls_bytes message_in(const char *name, int64_t label)
{
    ratls_buffer_free(&file);
    if (read_vector(name, &file) != RATLS_OK)
        cr_skip_test("no %s in %s", name, vectors_folder());
    MUST(rt_cbor_tree_read(rt_bytes_of(&file), &tree, NULL));
    const struct rt_cbor_node *map = rt_cbor_child(&tree, rt_cbor_root(&tree));
    const struct rt_cbor_node *node = rt_cbor_at(&tree, map, label);
    if (rt_cbor_is(node, RT_CBOR_K_ARRAY))
        node = rt_cbor_sibling(&tree, node, rt_cbor_child(&tree, node));
    cr_assert(rt_cbor_is(node, RT_CBOR_K_BYTES), "%s", name);
    return node->bytes;
}

static struct rt_cose_sign1 read_message(struct ratls_bytes in)
{
    struct ratls_error why = {0};
    struct rt_cose_sign1 m;

    cr_assert_eq(rt_cose_read(in, &m, &why), RATLS_OK, "%s", why.detail);
    return m;
}

/* `payload` may be a map or, once more, a byte string that holds it. */
static struct ratls_bytes realm_key(struct ratls_bytes payload)
{
    MUST(rt_cbor_tree_read(payload, &tree, NULL));
    if (rt_cbor_is(rt_cbor_root(&tree), RT_CBOR_K_BYTES))
        MUST(rt_cbor_tree_read(rt_cbor_root(&tree)->bytes, &tree, NULL));
    const struct rt_cbor_node *key = rt_cbor_at(&tree, rt_cbor_root(&tree), REALM_KEY);
    cr_assert(rt_cbor_is(key, RT_CBOR_K_BYTES));
    return key->bytes;
}

static struct rt_public_key key_of_point(enum rt_curve curve, struct ratls_bytes xy)
{
    struct rt_public_key key;

    MUST(rt_public_key_of_point(curve, xy, &key, NULL));
    return key;
}

static void coordinate(const cJSON *jwk, const char *name, uint8_t *out, size_t size)
{
    const char *value = text_of(jwk, name);
    size_t len = size;

    cr_assert(rt_unbase64url(value, strlen(value), out, &len) && len == size, "%s", name);
}

/* Entry `i` of the store, whose curve is known. */
static struct rt_public_key anchor(int i, enum rt_curve curve, size_t size)
{
    cJSON *store = read_vector_json("cca/ta-store.json");
    const cJSON *jwk = cJSON_GetObjectItemCaseSensitive(cJSON_GetArrayItem(store, i), "pkey");

    coordinate(jwk, "x", point, size);
    coordinate(jwk, "y", point + size, size);
    cJSON_Delete(store);
    return key_of_point(curve, ratls_bytes(point, 2 * size));
}

/* It verifies, and no longer with any bit of a byte of it flipped (T19). */
static void check(struct ratls_bytes in, int64_t alg, const struct rt_public_key *key)
{
    struct ratls_error why = {0};
    struct ratls_buffer copy = {0};
    struct rt_cose_sign1 m = read_message(in);

    cr_expect_eq(m.alg, alg);
    cr_expect_eq(rt_cose_verify(&m, key, &why), RATLS_OK, "%s", why.detail);
    MUST(rt_dup(in, &copy));
    for (size_t at = 0; at < copy.len; at++) {
        copy.p[at] ^= (uint8_t)(1U << at % 8);
        enum ratls_err e = judge_message(rt_bytes_of(&copy), key, NULL);
        cr_expect(e == RATLS_E_EVIDENCE_FORMAT || e == RATLS_E_EVIDENCE_ALGORITHM ||
                      e == RATLS_E_EVIDENCE_SIGNATURE,
                  "byte %zu: %s", at, ratls_err_reason(e));
        copy.p[at] = in.p[at];
    }
    ratls_buffer_free(&copy);
}

Test(cose_vectors, platform_token_of_the_reference_firmware)
{
    const struct rt_public_key key = anchor(0, RT_P384, 48);

    check(message_in("cca/rmm-01.cbor", CCA_PLATFORM), RT_COSE_ES384, &key);
}

/* 0x04 || X || Y */
Test(cose_vectors, realm_token_of_the_reference_firmware)
{
    const struct ratls_bytes in = message_in("cca/rmm-01.cbor", CCA_REALM);
    const struct ratls_bytes raw = realm_key(read_message(in).payload);

    cr_assert(raw.len == 97 && raw.p[0] == 0x04);
    const struct rt_public_key key = key_of_point(RT_P384, ratls_bytes(raw.p + 1, 96));
    check(in, RT_COSE_ES384, &key);
}

Test(cose_vectors, platform_token_of_a_collection)
{
    const struct rt_public_key key = anchor(1, RT_P256, 32);

    check(message_in("cca/cmw-good.cbor", CCA_PLATFORM), RT_COSE_ES256, &key);
}

/* A COSE_Key in a byte string: -2 is X, -3 is Y. */
Test(cose_vectors, realm_token_of_a_collection)
{
    const struct ratls_bytes in = message_in("cca/cmw-good.cbor", CCA_REALM);

    MUST(rt_cbor_tree_read(realm_key(read_message(in).payload), &tree, NULL));
    const struct rt_cbor_node *map = rt_cbor_root(&tree);
    const struct rt_cbor_node *x = rt_cbor_at(&tree, map, -2), *y = rt_cbor_at(&tree, map, -3);
    cr_assert(x && y && x->bytes.len == 48 && y->bytes.len == 48);
    memcpy(point, x->bytes.p, 48);
    memcpy(point + 48, y->bytes.p, 48);
    const struct rt_public_key key = key_of_point(RT_P384, ratls_bytes(point, 96));
    check(in, RT_COSE_ES384, &key);
}

/* RSA-4096; its payload is wrapped in a byte string once more. */
Test(cose_vectors, token_of_a_kunpeng_machine)
{
    const struct ratls_bytes in = message_in("virtcca/token.cbor", CCA_REALM);
    struct rt_public_key key;

    MUST(rt_public_key_parse(realm_key(read_message(in).payload), &key, NULL));
    cr_expect_eq(key.bits, 4096);
    check(in, RT_COSE_PS256, &key);
}

/* A message where the byte string belongs that holds it (formats: cmw-unwrapped) is a tag here. */
Test(cose_vectors, a_token_that_is_not_wrapped_is_a_tag)
{
    if (read_vector("cca/cmw-unwrapped.cbor", &file) != RATLS_OK)
        cr_skip_test("no cca/cmw-unwrapped.cbor in %s", vectors_folder());
    MUST(rt_cbor_tree_read(rt_bytes_of(&file), &tree, NULL));
    const struct rt_cbor_node *map = rt_cbor_child(&tree, rt_cbor_root(&tree));
    const struct rt_cbor_node *pair = rt_cbor_at(&tree, map, CCA_PLATFORM);
    cr_expect(rt_cbor_is(rt_cbor_sibling(&tree, pair, rt_cbor_child(&tree, pair)), RT_CBOR_K_TAG));
}

static int64_t count(struct ratls_bytes in)
{
    return rt_cbor_tree_read(in, &tree, NULL) == RATLS_OK ? (int64_t)tree.n : -1;
}

/* T20 */
Test(cose_vectors, collections_cut_anywhere_are_refused)
{
    static const char *const names[] = {"cca/rmm-01.cbor", "cca/cmw-good.cbor",
                                        "cca/cmw-unwrapped.cbor", "cca/example.cbor",
                                        "virtcca/token.cbor"};

    for (size_t i = 0; i < RT_COUNT(names); i++) {
        ratls_buffer_free(&file);
        if (read_vector(names[i], &file) != RATLS_OK)
            cr_skip_test("no %s in %s", names[i], vectors_folder());
        cr_expect_gt(count(rt_bytes_of(&file)), 3, "%s", names[i]);
        for (size_t len = 0; len < file.len; len++)
            cr_expect_eq(count(ratls_bytes(file.p, len)), -1, "%s, %zu", names[i], len);
    }
}
