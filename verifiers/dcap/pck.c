/* What the PCK certificate says of its platform, as claims. */
#include "claim_name.h"
#include "pck.h"

void rt_pck_claims(const struct rt_pck_ext *ext, const char *prefix, struct ratls_claims *claims)
{
    static const char *const types[] = {"standard", "scalable", "scalable_with_integrity"};
    const struct {
        const char *field;
        struct ratls_bytes value;
    } hex[] = {
        {"ppid", ratls_bytes(ext->ppid, sizeof ext->ppid)},
        {"fmspc", ratls_bytes(ext->fmspc, sizeof ext->fmspc)},
        {"pce_id", ratls_bytes(ext->pce_id, sizeof ext->pce_id)},
        {"cpu_svn", ratls_bytes(ext->cpu_svn, sizeof ext->cpu_svn)},
        {"component_svns", ratls_bytes(ext->component_svn, sizeof ext->component_svn)},
        {"platform_instance_id",
         ratls_bytes(ext->platform_instance_id, sizeof ext->platform_instance_id)},
    };
    const struct {
        const char *field;
        bool value;
    } flags[] = {{"dynamic_platform", ext->dynamic_platform},
                 {"cached_keys", ext->cached_keys},
                 {"smt_enabled", ext->smt_enabled}};

    for (size_t i = 0; i < RT_COUNT(hex) - (ext->has_platform ? 0 : 1); i++)
        (void)ratls_claims_set_hex(claims, rt_claim_name(prefix, hex[i].field).text, hex[i].value);
    for (size_t i = 0; ext->has_platform && i < RT_COUNT(flags); i++)
        (void)ratls_claims_set_bool(claims, rt_claim_name(prefix, flags[i].field).text,
                                    flags[i].value);
    (void)ratls_claims_set_uint(claims, rt_claim_name(prefix, "pce_svn").text, ext->pce_svn);
    (void)ratls_claims_set_text(claims, rt_claim_name(prefix, "sgx_type").text,
                                types[ext->sgx_type]);
    (void)ratls_claims_set_text(claims, rt_claim_name(prefix, "pck_ca").text,
                                ext->has_platform ? "platform" : "processor");
    (void)ratls_claims_set_hex(claims, "platform_id", hex[0].value);
}
