#include "claims.h"

void rt_cca_platform_claims(const struct rt_arm_platform *p, struct ratls_claims *claims)
{
    rt_arm_platform_claims(p, "cca.platform", claims);
    (void)ratls_claims_set_hex(claims, "platform_id", p->instance_id);
    (void)ratls_claims_set_bool(claims, "debug", !rt_arm_is_secured(p->lifecycle));
}

void rt_cca_realm_claims(const struct rt_arm_realm *r, struct ratls_claims *claims)
{
    const struct {
        const char *name;
        struct ratls_bytes value; /* p NULL: absent */
    } list[] = {
        {"measurement", r->rim},
        {"report_data", r->challenge},
        {"cca.realm.challenge", r->challenge},
        {"cca.realm.personalization_value", r->rpv},
        {"cca.realm.initial_measurement", r->rim},
        {"cca.realm.rem0", r->rem[0]},
        {"cca.realm.rem1", r->rem[1]},
        {"cca.realm.rem2", r->rem[2]},
        {"cca.realm.rem3", r->rem[3]},
        {"cca.realm.rak_public_key", r->rak},
        {"cca.realm.instance_id", r->instance_id},
    };

    rt_arm_text_claim(claims, "cca.realm.profile", r->profile);
    for (size_t i = 0; i < RT_COUNT(list); i++)
        if (list[i].value.p)
            (void)ratls_claims_set_hex(claims, list[i].name, list[i].value);
    rt_arm_text_claim(claims, "cca.realm.hash_alg", r->hash_alg);
    rt_arm_text_claim(claims, "cca.realm.rak_hash_alg", r->rak_hash_alg);
    if (r->has_mec)
        (void)ratls_claims_set_uint(claims, "cca.realm.mec_policy", r->mec);
}
