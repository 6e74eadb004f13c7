#include "rak.h"

#include "cbor_tree.h"

#define UNCOMPRESSED 0x04 /* SEC 1, s.2.3.3 */

/* RFC 9053, s.7.1: {1: 2 (EC2), -1: 2 (P-384), -2: x, -3: y}. */
enum { KTY = 1, KTY_EC2 = 2, CRV = -1, CRV_P384 = 2, X = -2, Y = -3, MEMBERS = 4 };

static bool read_raw(struct ratls_bytes rak, uint8_t point[RT_CCA_POINT_LEN])
{
    struct rt_reader r = rt_reader(rak);
    const uint8_t form = rt_u8(&r);

    rt_copy(&r, point, RT_CCA_POINT_LEN);
    return rt_at_end(&r) && form == UNCOMPRESSED;
}

static bool has_int(const struct rt_cbor_tree *t, const struct rt_cbor_node *map, int64_t label,
                    int64_t expected)
{
    int64_t value;

    return rt_cbor_int(rt_cbor_at(t, map, label), &value) && value == expected;
}

static bool copy_coordinate(const struct rt_cbor_node *node, uint8_t *out)
{
    if (!rt_cbor_is(node, RT_CBOR_K_BYTES) || node->bytes.len != RT_CCA_COORDINATE_LEN)
        return false;
    memcpy(out, node->bytes.p, RT_CCA_COORDINATE_LEN);
    return true;
}

static enum ratls_err read_cose(struct ratls_bytes rak, uint8_t point[RT_CCA_POINT_LEN], bool *fits,
                                struct ratls_error *err)
{
    struct ratls_error inner = {0};
    struct rt_cbor_tree t;
    enum ratls_err e = rt_cbor_tree_read(rak, &t, &inner);

    if (e)
        return ratls_fail(err, e, "realm token: its key: %s", inner.detail);
    const struct rt_cbor_node *map = rt_cbor_root(&t);
    *fits = rt_cbor_is(map, RT_CBOR_K_MAP) && map->value == MEMBERS &&
            has_int(&t, map, KTY, KTY_EC2) && has_int(&t, map, CRV, CRV_P384) &&
            copy_coordinate(rt_cbor_at(&t, map, X), point) &&
            copy_coordinate(rt_cbor_at(&t, map, Y), point + RT_CCA_COORDINATE_LEN);
    return RATLS_OK;
}

enum ratls_err rt_cca_rak_read(const struct rt_arm_realm *realm, uint8_t point[RT_CCA_POINT_LEN],
                               struct rt_public_key *out, struct ratls_error *err)
{
    enum ratls_err e = RATLS_OK;
    bool fits = false;

    if (realm->profile.p)
        e = read_cose(realm->rak, point, &fits, err);
    else
        fits = read_raw(realm->rak, point);
    if (e)
        return e;
    if (!fits)
        return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT,
                          "realm token: its key is not encoded as its profile prescribes");
    struct ratls_error inner = {0};
    e = rt_public_key_of_point(RT_P384, ratls_bytes(point, RT_CCA_POINT_LEN), out, &inner);
    if (rt_is_own_failure(e))
        return ratls_fail(err, e, "%s", inner.detail);
    return e ? ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "realm token: its key is no point of P-384")
             : RATLS_OK;
}
