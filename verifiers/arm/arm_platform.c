/* The claims of the platform token. */
#include <stdio.h>

#include "arm_fields.h"
#include "claim_name.h"

/* Arm CCA platform token; the numbers are those of PSA tokens (RFC 9783). */
enum {
    CHALLENGE = 10,
    INSTANCE_ID = 256,
    PROFILE = 265,
    LIFECYCLE = 2395,
    IMPLEMENTATION_ID = 2396,
    SW_COMPONENTS = 2399,
    VERIFICATION_SERVICE = 2400,
    CONFIG = 2401,
    HASH_ALG = 2402,
};

/* RFC 9783, s.4.4.1 */
enum { TYPE = 1, MEASUREMENT = 2, VERSION = 4, SIGNER_ID = 5, MEASUREMENT_ALG = 6 };

#define UEID_RANDOM 0x01 /* RFC 9711, table 1 */

/* ---- lifecycle ---- */

const char *rt_arm_lifecycle_state(uint16_t lifecycle)
{
    static const struct {
        uint8_t high;
        const char *name;
    } states[] = {
        {0x00, "unknown"},
        {0x10, "assembly_and_test"},
        {0x20, "rot_provisioning"},
        {0x30, "secured"},
        {0x40, "non_cca_platform_debug"},
        {0x50, "recoverable_cca_platform_debug"},
        {0x60, "decommissioned"},
    };

    for (size_t i = 0; i < RT_COUNT(states); i++)
        if (lifecycle >> 8 == states[i].high)
            return states[i].name;
    return NULL;
}

bool rt_arm_is_secured(uint16_t lifecycle)
{
    return lifecycle >> 8 == 0x30;
}

/* ---- reading ---- */

static void read_component(struct rt_arm_fields *f, struct rt_arm_component *out)
{
    out->type = rt_arm_optional_text(f, TYPE);
    out->measurement = rt_arm_bytes(f, MEASUREMENT, RT_ARM_DIGEST);
    out->version = rt_arm_optional_text(f, VERSION);
    out->signer_id = rt_arm_bytes(f, SIGNER_ID, RT_ARM_ANY);
    if (out->signer_id.len > 0)
        out->signer_id = rt_arm_bytes(f, SIGNER_ID, RT_ARM_DIGEST);
    out->hash_alg = rt_arm_optional_text(f, MEASUREMENT_ALG);
}

static void read_components(struct rt_arm_fields *f, struct rt_arm_platform *out)
{
    const struct rt_cbor_node *whole = f->map;
    const struct rt_cbor_node *list = rt_arm_array(f, SW_COMPONENTS, 1, RT_ARM_MAX_COMPONENTS);
    const struct rt_cbor_node *item = list ? rt_cbor_child(&f->tree, list) : NULL;
    const size_t n_known = f->n_known;

    for (; item && !f->failed; item = rt_cbor_sibling(&f->tree, list, item)) {
        if (!rt_cbor_is(item, RT_CBOR_K_MAP)) {
            rt_arm_refuse(f, SW_COMPONENTS, "holds something that is no map");
            return;
        }
        f->map = item;
        read_component(f, &out->component[out->n_components++]);
    }
    f->map = whole;
    f->n_known = n_known; /* those of components do not count */
}

static void read_identity(struct rt_arm_fields *f, struct rt_arm_platform *out)
{
    out->profile = rt_arm_optional_text(f, PROFILE);
    out->challenge = rt_arm_bytes(f, CHALLENGE, RT_ARM_DIGEST);
    out->implementation_id = rt_arm_bytes(f, IMPLEMENTATION_ID, RT_ARM_IMPLEMENTATION_LEN);
    out->instance_id = rt_arm_bytes(f, INSTANCE_ID, RT_ARM_INSTANCE_LEN);
    if (!f->failed && out->instance_id.p[0] != UEID_RANDOM)
        rt_arm_refuse(f, INSTANCE_ID, "is no random UEID");
}

enum ratls_err rt_arm_platform_read(struct ratls_bytes payload, const struct rt_arm_rules *rules,
                                    struct rt_arm_platform *out, struct ratls_error *err)
{
    struct rt_arm_fields f = {.rules = rules, .what = "platform token", .err = err};
    enum ratls_err e = rt_arm_fields_open(payload, &f);

    *out = (struct rt_arm_platform){0};
    if (e)
        return e;
    read_identity(&f, out);
    out->config = rt_arm_bytes(&f, CONFIG, RT_ARM_ANY);
    out->lifecycle = (uint16_t)rt_arm_uint(&f, LIFECYCLE, UINT16_MAX);
    if (!rt_arm_lifecycle_state(out->lifecycle))
        rt_arm_refuse(&f, LIFECYCLE, "has no meaning");
    read_components(&f, out);
    out->verification_service = rt_arm_optional_text(&f, VERIFICATION_SERVICE);
    out->hash_alg = rt_arm_hash_name(&f, HASH_ALG);
    if (f.failed)
        return f.failed;
    out->n_unknown = rt_arm_n_unknown(&f);
    return RATLS_OK;
}

/* ---- claims ---- */

static struct rt_claim_name component_name(const char *prefix, size_t i, const char *member)
{
    char field[48];

    (void)snprintf(field, sizeof field, "sw_components.%zu.%s", i, member);
    return rt_claim_name(prefix, field);
}

static void component_claims(const struct rt_arm_component *c, const char *prefix, size_t i,
                             struct ratls_claims *claims)
{
    rt_arm_text_claim(claims, component_name(prefix, i, "type").text, c->type);
    (void)ratls_claims_set_hex(claims, component_name(prefix, i, "measurement").text,
                               c->measurement);
    rt_arm_text_claim(claims, component_name(prefix, i, "version").text, c->version);
    (void)ratls_claims_set_hex(claims, component_name(prefix, i, "signer_id").text, c->signer_id);
    rt_arm_text_claim(claims, component_name(prefix, i, "hash_alg").text, c->hash_alg);
}

static void components_claims(const struct rt_arm_platform *p, const char *prefix,
                              struct ratls_claims *claims)
{
    const struct rt_claim_name list = rt_claim_name(prefix, "sw_components.measurements");
    char hex[2 * RT_SHA512_LEN + 1];

    (void)ratls_claims_set_uint(claims, rt_claim_name(prefix, "sw_components.count").text,
                                p->n_components);
    (void)ratls_claims_add_item(claims, list.text, NULL);
    for (size_t i = 0; i < p->n_components; i++) {
        component_claims(&p->component[i], prefix, i, claims);
        rt_hex(p->component[i].measurement, hex);
        (void)ratls_claims_add_item(claims, list.text, hex);
    }
}

void rt_arm_platform_claims(const struct rt_arm_platform *p, const char *prefix,
                            struct ratls_claims *claims)
{
    const struct {
        const char *field;
        struct ratls_bytes value;
    } bytes[] = {
        {"implementation_id", p->implementation_id},
        {"instance_id", p->instance_id},
        {"challenge", p->challenge},
        {"config", p->config},
    };

    rt_arm_text_claim(claims, rt_claim_name(prefix, "profile").text, p->profile);
    for (size_t i = 0; i < RT_COUNT(bytes); i++)
        (void)ratls_claims_set_hex(claims, rt_claim_name(prefix, bytes[i].field).text,
                                   bytes[i].value);
    (void)ratls_claims_set_uint(claims, rt_claim_name(prefix, "lifecycle").text, p->lifecycle);
    (void)ratls_claims_set_text(claims, rt_claim_name(prefix, "lifecycle_state").text,
                                rt_arm_lifecycle_state(p->lifecycle));
    rt_arm_text_claim(claims, rt_claim_name(prefix, "hash_alg").text, p->hash_alg);
    rt_arm_text_claim(claims, rt_claim_name(prefix, "verification_service").text,
                      p->verification_service);
    components_claims(p, prefix, claims);
}
