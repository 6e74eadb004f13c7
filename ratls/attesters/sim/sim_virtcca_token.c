#include "cbor.h"
#include "sim_virtcca.h"
#include "virtcca_evidence.h"

#define SHA_256                                                                                    \
    {                                                                                              \
        (const uint8_t *)"sha-256", 7                                                              \
    }

enum { TAG_COLLECTION = 399, LABEL_PLATFORM = 44234, LABEL_CVM = 44241 };
enum { HASH_LEN = 32, IMPLEMENTATION_LEN = 32, INSTANCE_LEN = 33, BLOCK_LEN = 64 };

static const uint8_t zeros[BLOCK_LEN];
/* What no other platform has: text. */
static const uint8_t implementation_id[IMPLEMENTATION_LEN + 1] = "RATLS simulated Kunpeng machine.";
static const uint8_t instance_id[INSTANCE_LEN + 1] = "\x01RATLS simulated Kunpeng instance";
static const uint8_t measured[HASH_LEN + 1] = "CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC";

const struct rt_sim_virtcca_cvm rt_sim_virtcca_usual_cvm = {
    .challenge = {zeros, BLOCK_LEN},
    .rpv = {zeros, BLOCK_LEN},
    .hash_alg = SHA_256,
    .key_hash_alg = SHA_256,
    .rim = {measured, HASH_LEN},
    .rem = {{zeros, HASH_LEN}, {zeros, HASH_LEN}, {zeros, HASH_LEN}, {zeros, HASH_LEN}},
};
const struct rt_sim_virtcca_platform rt_sim_virtcca_usual_platform = {
    .profile = {(const uint8_t *)"http://arm.com/CCA-SSD/1.0.0", 28},
    .implementation_id = {implementation_id, IMPLEMENTATION_LEN},
    .instance_id = {instance_id, INSTANCE_LEN},
    .config = {zeros, 4},
    .hash_alg = SHA_256,
    .lifecycle = 0x3003,
    .n_components = RT_SIM_VIRTCCA_COMPONENTS,
    .measurement = {measured, HASH_LEN},
    .signer_id = {zeros, HASH_LEN},
};

void rt_sim_virtcca_carry(const struct rt_sim_signer *key, struct rt_sim_virtcca_carried *out)
{
    *out = (struct rt_sim_virtcca_carried){.point = {0x04}};
    if (!key->ec) {
        out->bytes = rt_rsa_spki(key->rsa);
        return;
    }
    const struct ratls_bytes point = rt_key_point(key->ec);
    memcpy(out->point + 1, point.p, point.len);
    out->bytes = ratls_bytes(out->point, 1 + point.len);
}

/* ---- payloads ---- */

struct claim {
    uint64_t key;
    enum rt_cbor_major major; /* RT_CBOR_BSTR, RT_CBOR_TSTR */
    struct ratls_bytes value; /* p NULL: left out */
};

static size_t count(const struct claim *list, size_t n)
{
    size_t present = 0;

    for (size_t i = 0; i < n; i++)
        present += list[i].value.p != NULL;
    return present;
}

static void put_claims(struct rt_writer *w, const struct claim *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!list[i].value.p)
            continue;
        rt_cbor_put(w, RT_CBOR_UINT, list[i].key);
        rt_cbor_put(w, list[i].major, list[i].value.len);
        rt_put_bytes(w, list[i].value);
    }
}

enum ratls_err rt_sim_virtcca_cvm_payload(const struct rt_sim_virtcca_cvm *c,
                                          struct ratls_buffer *out)
{
    const struct claim list[] = {
        {10, RT_CBOR_BSTR, c->challenge},       {44235, RT_CBOR_BSTR, c->rpv},
        {44237, RT_CBOR_BSTR, c->key},          {44236, RT_CBOR_TSTR, c->hash_alg},
        {44240, RT_CBOR_TSTR, c->key_hash_alg}, {44238, RT_CBOR_BSTR, c->rim},
    };
    struct rt_writer w = {0};

    rt_cbor_put(&w, RT_CBOR_MAP, count(list, RT_COUNT(list)) + 1);
    put_claims(&w, list, RT_COUNT(list));
    rt_cbor_put(&w, RT_CBOR_UINT, 44239);
    rt_cbor_put(&w, RT_CBOR_ARRAY, RT_SIM_VIRTCCA_REMS);
    for (size_t i = 0; i < RT_SIM_VIRTCCA_REMS; i++)
        rt_cbor_put_bstr(&w, c->rem[i]);
    return rt_writer_take(&w, out);
}

static void put_component(struct rt_writer *w, const struct rt_sim_virtcca_platform *p)
{
    const struct claim list[] = {
        {1, RT_CBOR_TSTR, ratls_bytes_str("FIRMWARE")}, {2, RT_CBOR_BSTR, p->measurement},
        {4, RT_CBOR_TSTR, ratls_bytes_str("1.0")},      {5, RT_CBOR_BSTR, p->signer_id},
        {6, RT_CBOR_TSTR, ratls_bytes_str("sha-256")},
    };

    rt_cbor_put(w, RT_CBOR_MAP, count(list, RT_COUNT(list)));
    put_claims(w, list, RT_COUNT(list));
}

enum ratls_err rt_sim_virtcca_platform_payload(const struct rt_sim_virtcca_platform *p,
                                               struct ratls_buffer *out)
{
    const struct claim list[] = {
        {265, RT_CBOR_TSTR, p->profile},
        {10, RT_CBOR_BSTR, p->challenge},
        {2396, RT_CBOR_BSTR, p->implementation_id},
        {256, RT_CBOR_BSTR, p->instance_id},
        {2401, RT_CBOR_BSTR, p->config},
        {2402, RT_CBOR_TSTR, p->hash_alg},
    };
    struct rt_writer w = {0};

    rt_cbor_put(&w, RT_CBOR_MAP, count(list, RT_COUNT(list)) + 2);
    put_claims(&w, list, RT_COUNT(list));
    rt_cbor_put(&w, RT_CBOR_UINT, 2395);
    rt_cbor_put(&w, RT_CBOR_UINT, p->lifecycle);
    rt_cbor_put(&w, RT_CBOR_UINT, 2399);
    rt_cbor_put(&w, RT_CBOR_ARRAY, p->n_components);
    for (size_t i = 0; i < p->n_components; i++)
        put_component(&w, p);
    return rt_writer_take(&w, out);
}

enum ratls_err rt_sim_virtcca_wrap(struct ratls_bytes map, struct ratls_buffer *out)
{
    struct rt_writer w = {0};

    rt_cbor_put_bstr(&w, map);
    return rt_writer_take(&w, out);
}

enum ratls_err rt_sim_virtcca_collection(struct ratls_bytes cvm, struct ratls_bytes platform,
                                         struct ratls_buffer *out)
{
    struct rt_writer w = {0};

    rt_cbor_put(&w, RT_CBOR_TAG, TAG_COLLECTION);
    rt_cbor_put(&w, RT_CBOR_MAP, platform.p ? 2 : 1);
    rt_cbor_put(&w, RT_CBOR_UINT, LABEL_CVM);
    rt_cbor_put_bstr(&w, cvm);
    if (platform.p) {
        rt_cbor_put(&w, RT_CBOR_UINT, LABEL_PLATFORM);
        rt_cbor_put_bstr(&w, platform);
    }
    return rt_writer_take(&w, out);
}

/* ---- tokens ---- */

static enum ratls_err sign(const struct ratls_env *env, const struct rt_sim_signer *by, int64_t alg,
                           struct ratls_bytes payload, struct ratls_buffer *out)
{
    return rt_sim_cose_sign1(env, by, alg ? alg : rt_sim_cose_alg(by), payload, out);
}

static enum ratls_err make_cvm(const struct ratls_env *env, const struct rt_sim_virtcca_plan *plan,
                               struct ratls_bytes carried, struct ratls_buffer *out)
{
    const struct rt_sim_signer *by =
        &plan->keys->key[plan->with_platform ? RT_SIM_VIRTCCA_CVM : RT_SIM_VIRTCCA_DEVICE];
    struct rt_sim_virtcca_cvm claims = plan->cvm;
    struct ratls_buffer map = {0}, payload = {0};

    claims.key = carried;
    enum ratls_err e = rt_sim_virtcca_cvm_payload(&claims, &map);
    if (e == RATLS_OK)
        e = rt_sim_virtcca_wrap(rt_bytes_of(&map), &payload);
    if (e == RATLS_OK)
        e = sign(env, plan->cvm_by ? plan->cvm_by : by, plan->cvm_alg, rt_bytes_of(&payload), out);
    ratls_buffer_free(&map);
    ratls_buffer_free(&payload);
    return e;
}

/* The platform vouches for the guest's key as it is carried. */
static enum ratls_err make_platform(const struct ratls_env *env,
                                    const struct rt_sim_virtcca_plan *plan,
                                    struct ratls_bytes carried, struct ratls_buffer *out)
{
    const struct rt_sim_signer *by =
        plan->platform_by ? plan->platform_by : &plan->keys->key[RT_SIM_VIRTCCA_DEVICE];
    struct rt_sim_virtcca_platform claims = plan->platform;
    struct ratls_buffer payload = {0};
    uint8_t digest[RT_SHA256_LEN];
    enum ratls_err e = rt_sha256(carried, digest);

    if (!claims.challenge.p)
        claims.challenge = ratls_bytes(digest, sizeof digest);
    if (e == RATLS_OK)
        e = rt_sim_virtcca_platform_payload(&claims, &payload);
    if (e == RATLS_OK)
        e = sign(env, by, plan->platform_alg, rt_bytes_of(&payload), out);
    ratls_buffer_free(&payload);
    return e;
}

enum ratls_err rt_sim_virtcca_token(const struct ratls_env *env,
                                    const struct rt_sim_virtcca_plan *plan,
                                    struct ratls_buffer *out)
{
    const enum rt_sim_virtcca_key which =
        plan->with_platform ? RT_SIM_VIRTCCA_CVM : RT_SIM_VIRTCCA_DEVICE;
    struct rt_sim_virtcca_carried own;
    struct ratls_buffer cvm = {0}, platform = {0};

    rt_sim_virtcca_carry(&plan->keys->key[which], &own);
    const struct ratls_bytes carried = plan->cvm.key.p ? plan->cvm.key : own.bytes;
    enum ratls_err e = make_cvm(env, plan, carried, &cvm);
    if (e == RATLS_OK && plan->with_platform)
        e = make_platform(env, plan, carried, &platform);
    if (e == RATLS_OK)
        e = rt_sim_virtcca_collection(rt_bytes_of(&cvm), rt_bytes_of(&platform), out);
    ratls_buffer_free(&cvm);
    ratls_buffer_free(&platform);
    return e;
}

enum ratls_err rt_sim_virtcca_evidence(struct ratls_bytes token,
                                       const struct rt_sim_virtcca_chain *chain,
                                       const struct rt_sim_virtcca_logs *logs,
                                       struct ratls_buffer *out)
{
    const struct ratls_bytes certs[] = {rt_bytes_of(&chain->der[RT_SIM_VIRTCCA_CA]),
                                        rt_bytes_of(&chain->der[RT_SIM_VIRTCCA_ROOT])};
    const struct rt_virtcca_parts parts = {
        .token = token,
        .dev_cert = rt_bytes_of(&chain->der[RT_SIM_VIRTCCA_DEVICE]),
        .certs = certs,
        .n_certs = RT_COUNT(certs),
        .ccel = logs->ccel,
        .ima_log = logs->ima_log,
    };

    return rt_virtcca_envelope(&parts, out);
}
