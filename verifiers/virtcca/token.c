#include "token.h"

#include "cbor_tree.h"

enum {
    MEASURED_LEN = 32, /* challenge and measurements of the platform */
    POINT_LEN = 133,   /* 04 || X || Y on P-521 */
    POINT_HEAD = 0x04,
    RSA_MIN_BITS = 3072, /* of the guest's key, and under PS384 and PS512 */
};

static const int64_t algs[] = {RT_COSE_ES512, RT_COSE_PS256, RT_COSE_PS384, RT_COSE_PS512};

static enum ratls_err refuse(struct ratls_error *err, const char *what)
{
    return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "virtCCA token: %s", what);
}

/* ---- the guest ---- */

/* A byte string that contains the map, and is all of the payload. */
static enum ratls_err unwrap(struct ratls_bytes payload, struct ratls_bytes *map,
                             struct ratls_error *err)
{
    struct rt_cbor_tree tree;
    enum ratls_err e = rt_cbor_tree_read(payload, &tree, err);

    if (e)
        return e;
    if (!rt_cbor_is(rt_cbor_root(&tree), RT_CBOR_K_BYTES))
        return refuse(err, "the guest's payload is not wrapped in a byte string");
    *map = rt_cbor_root(&tree)->bytes;
    return RATLS_OK;
}

static enum ratls_err read_key(struct ratls_bytes carried, struct rt_public_key *out,
                               struct ratls_error *err)
{
    struct ratls_error inner = {0};
    struct rt_reader r = rt_reader(carried);
    const bool is_point = carried.len == POINT_LEN && rt_u8(&r) == POINT_HEAD;
    enum ratls_err e = is_point ? rt_public_key_of_point(RT_P521, rt_rest(&r), out, &inner)
                                : rt_public_key_parse(carried, out, &inner);

    if (e)
        return ratls_fail(err, rt_is_own_failure(e) ? e : RATLS_E_EVIDENCE_FORMAT,
                          "virtCCA token: the guest's key: %s", inner.detail);
    if (!is_point && (out->type != RT_KEY_RSA || out->bits < RSA_MIN_BITS))
        return ratls_fail(err, RATLS_E_EVIDENCE_ALGORITHM,
                          "virtCCA token: the guest's key is neither RSA of %d bits and more nor a "
                          "point on P-521",
                          RSA_MIN_BITS);
    return RATLS_OK;
}

static enum ratls_err read_guest(struct rt_virtcca_token *t, struct ratls_error *err)
{
    struct ratls_bytes map;
    enum ratls_err e;

    if ((e = unwrap(t->cvm.payload, &map, err)) != RATLS_OK ||
        (e = rt_arm_realm_read(map, &rt_arm_virtcca_rules, &t->guest, err)) != RATLS_OK)
        return e;
    if (t->guest.profile.p)
        return ratls_fail(err, RATLS_E_EVIDENCE_PROFILE,
                          "virtCCA token: the guest's has a profile");
    if ((e = read_key(t->guest.rak, &t->key, err)) != RATLS_OK)
        return e;
    e = rt_sha256(t->guest.rak, t->key_sha256);
    return e ? ratls_fail(err, e, "hash of the guest's key") : RATLS_OK;
}

/* ---- the platform ---- */

static bool is_profile(struct ratls_bytes text)
{
    return ratls_bytes_equal(text, ratls_bytes_str("http://arm.com/CCA-SSD/1.0.0")) ||
           ratls_bytes_equal(text, ratls_bytes_str("tag:arm.com,2023:cca_platform#1.0.0"));
}

static enum ratls_err read_machine(struct rt_virtcca_token *t, struct ratls_error *err)
{
    struct rt_arm_platform *m = &t->machine;
    enum ratls_err e = rt_arm_platform_read(t->platform.payload, &rt_arm_virtcca_rules, m, err);

    if (e)
        return e;
    if (!m->profile.p || !is_profile(m->profile))
        return ratls_fail(err, RATLS_E_EVIDENCE_PROFILE,
                          "virtCCA token: the platform's has an unknown profile, or none");
    if (m->challenge.len != MEASURED_LEN)
        return refuse(err, "the platform's challenge has not 32 bytes");
    for (size_t i = 0; i < m->n_components; i++)
        if (m->component[i].measurement.len != MEASURED_LEN)
            return refuse(err, "a measurement of the platform has not 32 bytes");
    return RATLS_OK;
}

/* ---- both ---- */

enum ratls_err rt_virtcca_token_read(struct ratls_bytes token, struct rt_virtcca_token *out,
                                     struct ratls_error *err)
{
    const struct rt_arm_algs guest = {"the guest's token", algs, RT_COUNT(algs)},
                             machine = {"the platform's token", algs, RT_COUNT(algs)};
    struct rt_arm_collection c;
    enum ratls_err e = rt_arm_collection_read(token, &c, err);

    if (e)
        return e;
    if (c.tag != RT_ARM_TAG_LEGACY)
        return refuse(err, "not under tag 399");
    out->has_platform = c.platform.p != NULL;
    if ((e = rt_arm_sign1_read(c.realm, &guest, &out->cvm, err)) != RATLS_OK ||
        (e = read_guest(out, err)) != RATLS_OK || !out->has_platform)
        return e;
    e = rt_arm_sign1_read(c.platform, &machine, &out->platform, err);
    return e ? e : read_machine(out, err);
}

/* ---- proof ---- */

static enum ratls_err check_signed(const char *which, const struct rt_cose_sign1 *m,
                                   const struct rt_public_key *key, struct ratls_error *err)
{
    struct ratls_error inner = {0};
    const bool long_hash = m->alg == RT_COSE_PS384 || m->alg == RT_COSE_PS512;

    if (long_hash && key->type == RT_KEY_RSA && key->bits < RSA_MIN_BITS)
        return ratls_fail(err, RATLS_E_EVIDENCE_ALGORITHM, "%s: an RSA key of %u bits", which,
                          key->bits);
    enum ratls_err e = rt_cose_verify(m, key, &inner);
    return e ? ratls_fail(err, e, "%s: %s", which, inner.detail) : RATLS_OK;
}

/* The keys themselves: one key has several encodings. */
static bool is_same_key(const struct rt_public_key *a, const struct rt_public_key *b)
{
    if (a->type != b->type)
        return false;
    return a->type == RT_KEY_RSA
               ? ratls_bytes_equal(a->rsa_n, b->rsa_n) && ratls_bytes_equal(a->rsa_e, b->rsa_e)
               : ratls_bytes_equal(a->point, b->point);
}

/* Certificates travel in every evidence: without this link any genuine one would vouch for any
 * key. */
static enum ratls_err check_binding(const struct rt_virtcca_token *t,
                                    const struct rt_public_key *device, struct ratls_error *err)
{
    if (!t->has_platform)
        return is_same_key(&t->key, device)
                   ? RATLS_OK
                   : ratls_fail(err, RATLS_E_KEY_BINDING,
                                "the guest's key is not the device's, and no platform token "
                                "vouches for it");
    enum ratls_err e = check_signed("the platform's token", &t->platform, device, err);
    return e ? e
             : rt_arm_check_binder(t->machine.challenge, t->guest.rak, t->guest.rak_hash_alg, err);
}

enum ratls_err rt_virtcca_token_prove(const struct rt_virtcca_token *t,
                                      const struct rt_public_key *device, struct ratls_error *err)
{
    enum ratls_err e = check_binding(t, device, err);

    return e ? e : check_signed("the guest's token", &t->cvm, &t->key, err);
}
