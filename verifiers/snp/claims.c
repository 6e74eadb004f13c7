#include "claims.h"

#include <stdio.h>

#include "bits.h"
#include "claim_value.h"

/* ---- the report ---- */

/* GUEST_POLICY, AMD 56860 1.58 table 10. Names without "policy_" are the short ones. */
static const struct rt_bit policy_bits[] = {
    {"snp.policy_smt_allowed", 16},
    {"snp.smt_allowed", 16},
    {"snp.policy_migrate_ma", 18},
    {"snp.migrate_ma", 18},
    {"snp.policy_debug_allowed", 19},
    {"snp.debug", 19},
    {"debug", 19},
    {"snp.policy_single_socket", 20},
    {"snp.policy_cxl_allowed", 21},
    {"snp.policy_mem_aes_256_xts", 22},
    {"snp.policy_rapl_dis", 23},
    {"snp.policy_ciphertext_hiding", 24},
    {"snp.policy_page_swap_disable", 25},
};

/* PLATFORM_INFO, table 24. */
static const struct rt_bit platform_bits[] = {
    {"snp.platform_smt_enabled", 0},
    {"snp.platform_tsme_enabled", 1},
    {"snp.platform_ecc_enabled", 2},
    {"snp.platform_rapl_disabled", 3},
    {"snp.platform_ciphertext_hiding_enabled", 4},
    {"snp.platform_alias_check_complete", 5},
    {"snp.platform_sev_tio", 7},
};

static void put_le(uint64_t v, uint8_t out[8])
{
    for (size_t i = 0; i < 8; i++)
        out[i] = (uint8_t)(v >> 8 * i);
}

static void bit_claims(const struct rt_snp_report *r, struct ratls_claims *c)
{
    uint8_t le[8];

    put_le(r->policy, le);
    rt_bit_claims(le, policy_bits, RT_COUNT(policy_bits), NULL, c);
    (void)ratls_claims_set_uint(c, "snp.policy_abi_minor", le[0]);
    (void)ratls_claims_set_uint(c, "snp.policy_abi_major", le[1]);
    put_le(r->platform_info, le);
    rt_bit_claims(le, platform_bits, RT_COUNT(platform_bits), "snp.platform_info_other", c);
    (void)ratls_claims_set_bool(c, "snp.author_key_en", r->author_key_en);
    (void)ratls_claims_set_bool(c, "snp.mask_chip_key", r->mask_chip_key);
}

/* Bit fields of eight bytes as people write them: most significant digit first. */
static void set_u64(struct ratls_claims *c, const char *name, uint64_t v)
{
    char text[17];

    (void)snprintf(text, sizeof text, "%016llx", (unsigned long long)v);
    (void)ratls_claims_set_text(c, name, text);
}

static void number_claims(const struct rt_snp_report *r, struct ratls_claims *c)
{
    (void)ratls_claims_set_uint(c, "snp.version", r->version);
    (void)ratls_claims_set_uint(c, "snp.guest_svn", r->guest_svn);
    (void)ratls_claims_set_uint(c, "snp.vmpl", r->vmpl);
    set_u64(c, "snp.policy", r->policy);
    set_u64(c, "snp.platform_info", r->platform_info);
    (void)ratls_claims_set_bool(c, "snp.committed_equals_current",
                                memcmp(r->tcb[RT_SNP_COMMITTED], r->tcb[RT_SNP_CURRENT], 8) == 0);
}

static void byte_claims(const struct rt_snp_report *r, struct ratls_claims *c)
{
    const uint8_t cpuid[] = {r->cpu_family, r->cpu_model, r->cpu_stepping};
    const struct {
        const char *name;
        struct ratls_bytes value; /* p NULL: not in this version */
    } list[] = {
        {"measurement", ratls_bytes(r->measurement, 48)},
        {"report_data", ratls_bytes(r->report_data, 64)},
        {"snp.measurement", ratls_bytes(r->measurement, 48)},
        {"snp.report_data", ratls_bytes(r->report_data, 64)},
        {"snp.host_data", ratls_bytes(r->host_data, 32)},
        {"snp.family_id", ratls_bytes(r->family_id, 16)},
        {"snp.image_id", ratls_bytes(r->image_id, 16)},
        {"snp.id_key_digest", ratls_bytes(r->id_key_digest, 48)},
        {"snp.author_key_digest", ratls_bytes(r->author_key_digest, 48)},
        {"snp.report_id", ratls_bytes(r->report_id, 32)},
        {"snp.report_id_ma", ratls_bytes(r->report_id_ma, 32)},
        {"snp.chip_id", ratls_bytes(r->chip_id, 64)},
        {"snp.reported_tcb", ratls_bytes(r->tcb[RT_SNP_REPORTED], 8)},
        {"snp.current_tcb", ratls_bytes(r->tcb[RT_SNP_CURRENT], 8)},
        {"snp.committed_tcb", ratls_bytes(r->tcb[RT_SNP_COMMITTED], 8)},
        {"snp.launch_tcb", ratls_bytes(r->tcb[RT_SNP_LAUNCH], 8)},
        {"snp.launch_mit_vector", ratls_bytes(r->launch_mit_vector, 8)},
        {"snp.current_mit_vector", ratls_bytes(r->current_mit_vector, 8)},
        {"snp.cpuid_fam_mod_step", ratls_bytes(r->has_cpuid ? cpuid : NULL, sizeof cpuid)},
    };

    for (size_t i = 0; i < RT_COUNT(list); i++)
        if (list[i].value.p)
            (void)ratls_claims_set_hex(c, list[i].name, list[i].value);
    if (!rt_all_zero(r->chip_id, RT_SNP_CHIP_ID_LEN)) /* masked, or signed by a VLEK */
        (void)ratls_claims_set_hex(c, "platform_id", ratls_bytes(r->chip_id, RT_SNP_CHIP_ID_LEN));
}

static void set_firmware(struct ratls_claims *c, const char *name, const struct rt_snp_firmware *f)
{
    char text[16];

    (void)snprintf(text, sizeof text, "%u.%u.%u", f->major, f->minor, f->build);
    (void)ratls_claims_set_text(c, name, text);
}

void rt_snp_report_claims(const struct rt_snp_report *r, struct ratls_claims *claims)
{
    char abi[16];

    (void)ratls_claims_set_text(claims, "tee", "snp");
    (void)ratls_claims_set_text(claims, "snp.signing_key", rt_snp_key_name(r->signing_key));
    byte_claims(r, claims);
    number_claims(r, claims);
    bit_claims(r, claims);
    set_firmware(claims, "snp.current_version", &r->current);
    set_firmware(claims, "snp.committed_version", &r->committed);
    (void)snprintf(abi, sizeof abi, "%u.%u", (unsigned)(r->policy >> 8 & 0xff),
                   (unsigned)(r->policy & 0xff));
    (void)ratls_claims_set_text(claims, "snp.abi", abi);
}

/* ---- TCB versions in parts ---- */

static void tcb_claims(struct ratls_claims *c, const char *prefix, const struct rt_snp_tcb *tcb,
                       bool has_fmc)
{
    const struct {
        const char *part;
        uint8_t value;
    } parts[] = {{"fmc", tcb->fmc},
                 {"bootloader", tcb->bootloader},
                 {"tee", tcb->tee},
                 {"snp", tcb->snp},
                 {"microcode", tcb->microcode}};
    char name[64];

    for (size_t i = has_fmc ? 0 : 1; i < RT_COUNT(parts); i++) {
        (void)snprintf(name, sizeof name, "snp.%s_%s", prefix, parts[i].part);
        (void)ratls_claims_set_uint(c, name, parts[i].value);
    }
}

void rt_snp_product_claims(const struct rt_snp_report *r, enum rt_snp_product p,
                           struct ratls_claims *claims)
{
    static const char *const names[RT_SNP_TCBS] = {
        [RT_SNP_REPORTED] = "reported_tcb",
        [RT_SNP_CURRENT] = "current_tcb",
        [RT_SNP_COMMITTED] = "committed_tcb",
        [RT_SNP_LAUNCH] = "launch_tcb",
    };
    struct rt_snp_tcb tcb;

    (void)ratls_claims_set_text(claims, "snp.product", rt_snp_product_name(p));
    for (size_t i = 0; i < RT_SNP_TCBS; i++) {
        (void)rt_snp_tcb_read(p, r->tcb[i], &tcb);
        tcb_claims(claims, names[i], &tcb, rt_snp_has_fmc(p));
    }
}

/* ---- the certificate ---- */

void rt_snp_vek_claims(const struct rt_snp_vek *v, struct ratls_claims *claims)
{
    (void)ratls_claims_set_text(claims, "snp.product", rt_snp_product_name(v->product));
    (void)ratls_claims_set_text(claims, "snp.product_name", v->product_name);
    (void)ratls_claims_set_text(claims, "snp.signing_key", rt_snp_key_name(v->key));
    (void)ratls_claims_set_uint(claims, "snp.struct_version", v->struct_version);
    rt_claim_set_time(claims, "snp.vek_not_before", v->cert.not_before);
    rt_claim_set_time(claims, "snp.vek_not_after", v->cert.not_after);
    tcb_claims(claims, "vek_spl", &v->spl, rt_snp_has_fmc(v->product));
    if (v->hwid.len > 0)
        (void)ratls_claims_set_hex(claims, "snp.hwid", v->hwid);
    if (v->csp_id[0])
        (void)ratls_claims_set_text(claims, "snp.csp_id", v->csp_id);
}
