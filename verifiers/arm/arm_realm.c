/* The claims of the realm token. */
#include "arm_fields.h"

/* RMM specification (Arm DEN0137), "Realm token claims map". */
enum {
    CHALLENGE = 10,
    INSTANCE_ID = 256,
    PROFILE = 265,
    RPV = 44235,
    HASH_ALG = 44236,
    RAK = 44237,
    RIM = 44238,
    REM = 44239,
    RAK_HASH_ALG = 44240,
    MEC_POLICY = 44243,
};

static void read_key(struct rt_arm_fields *f, struct rt_arm_realm *out)
{
    out->rak = rt_arm_bytes(f, RAK, RT_ARM_ANY);
    if (out->rak.len == 0)
        rt_arm_refuse(f, RAK, "is empty");
    out->rak_hash_alg = rt_arm_hash_name(f, RAK_HASH_ALG);
}

static void read_measurements(struct rt_arm_fields *f, struct rt_arm_realm *out)
{
    out->hash_alg = rt_arm_text(f, HASH_ALG);
    if (out->hash_alg.len == 0)
        rt_arm_refuse(f, HASH_ALG, "is empty");
    out->rim = rt_arm_bytes(f, RIM, RT_ARM_DIGEST);
    const struct rt_cbor_node *list = rt_arm_array(f, REM, RT_ARM_REMS, RT_ARM_REMS);
    const struct rt_cbor_node *item = list ? rt_cbor_child(&f->tree, list) : NULL;
    for (size_t i = 0; i < RT_ARM_REMS && item; i++) {
        out->rem[i] = rt_arm_digest(f, REM, item);
        item = rt_cbor_sibling(&f->tree, list, item);
    }
}

enum ratls_err rt_arm_realm_read(struct ratls_bytes payload, const struct rt_arm_rules *rules,
                                 struct rt_arm_realm *out, struct ratls_error *err)
{
    struct rt_arm_fields f = {.rules = rules, .what = "realm token", .err = err};
    enum ratls_err e = rt_arm_fields_open(payload, &f);

    *out = (struct rt_arm_realm){0};
    if (e)
        return e;
    out->profile = rt_arm_optional_text(&f, PROFILE);
    out->challenge = rt_arm_bytes(&f, CHALLENGE, RT_ARM_CHALLENGE_LEN);
    out->rpv = rt_arm_bytes(&f, RPV, RT_ARM_RPV_LEN);
    read_measurements(&f, out);
    read_key(&f, out);
    if (rt_arm_has(&f, INSTANCE_ID))
        out->instance_id = rt_arm_bytes(&f, INSTANCE_ID, RT_ARM_INSTANCE_LEN);
    out->has_mec = rt_arm_has(&f, MEC_POLICY);
    if (out->has_mec)
        out->mec = rt_arm_uint(&f, MEC_POLICY, UINT64_MAX);
    if (f.failed)
        return f.failed;
    out->n_unknown = rt_arm_n_unknown(&f);
    return RATLS_OK;
}
