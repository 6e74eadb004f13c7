#include "claims.h"

#include <stdio.h>

#include "bits.h"
#include "crypto.h"

/* csv-rs, src/api/guest: GuestPolicy. */
static const struct rt_bit policy_bits[] = {
    {"csv.policy.nodbg", 0},  {"csv.policy.noks", 1},       {"csv.policy.es", 2},
    {"csv.policy.nosend", 3}, {"csv.policy.domain", 4},     {"csv.policy.csv", 5},
    {"csv.policy.csv3", 6},   {"csv.policy.asid_reuse", 7},
};
#define NODBG 1U

static void policy_claims(uint32_t policy, struct ratls_claims *c)
{
    const struct {
        const char *name;
        unsigned at, bits;
    } parts[] = {{"csv.policy.hsk_version", 8, 4},
                 {"csv.policy.cek_version", 12, 4},
                 {"csv.policy.api_major", 16, 8},
                 {"csv.policy.api_minor", 24, 8}};
    const uint8_t le[8] = {(uint8_t)policy, (uint8_t)(policy >> 8), (uint8_t)(policy >> 16),
                           (uint8_t)(policy >> 24)};

    (void)ratls_claims_set_uint(c, "csv.policy", policy);
    rt_bit_claims(le, policy_bits, RT_COUNT(policy_bits), NULL, c);
    for (size_t i = 0; i < RT_COUNT(parts); i++)
        (void)ratls_claims_set_uint(c, parts[i].name,
                                    policy >> parts[i].at & ((1U << parts[i].bits) - 1));
    (void)ratls_claims_set_bool(c, "debug", !(policy & NODBG));
}

static void v2_claims(const struct rt_csv_report *r, struct ratls_claims *c)
{
    char name[16];

    (void)ratls_claims_set_uint(c, "csv.build", r->build);
    (void)ratls_claims_set_uint(c, "csv.rtmr_version", r->rtmr_version);
    for (size_t i = 0; i < RT_CSV_RTMRS; i++) {
        (void)snprintf(name, sizeof name, "csv.rtmr%zu", i);
        (void)ratls_claims_set_hex(c, name, r->rtmr[i]);
    }
}

void rt_csv_report_claims(const struct rt_csv_report *r, struct ratls_claims *claims)
{
    const struct {
        const char *name;
        struct ratls_bytes value;
    } list[] = {
        {"measurement", r->measure},
        {"report_data", r->report_data},
        {"csv.measure", r->measure},
        {"csv.report_data", r->report_data},
        {"csv.user_pubkey_digest", r->user_pubkey_digest},
        {"csv.vm_id", r->vm_id},
        {"csv.vm_version", r->vm_version},
        {"csv.mnonce", r->mnonce},
    };

    (void)ratls_claims_set_uint(claims, "csv.version", r->version);
    for (size_t i = 0; i < RT_COUNT(list); i++)
        (void)ratls_claims_set_hex(claims, list[i].name, list[i].value);
    policy_claims(r->policy, claims);
    (void)ratls_claims_set_text(claims, "csv.serial_number", r->serial);
    if (r->version == 2)
        v2_claims(r, claims);
    else
        (void)ratls_claims_set_hex(claims, "csv.anonce", r->anonce);
}

enum ratls_err rt_csv_pair_claims(const struct rt_csv_chain *chain, struct ratls_claims *claims,
                                  struct ratls_error *err)
{
    uint8_t platform[RT_SHA256_LEN];
    enum ratls_err e = rt_sha256(chain->cek.whole, platform);

    if (e)
        return ratls_fail(err, e, "hash of the CEK");
    (void)ratls_claims_set_hex(claims, "platform_id", ratls_bytes(platform, sizeof platform));
    (void)ratls_claims_set_hex(claims, "csv.hsk_key_id", chain->hsk.key_id);
    (void)ratls_claims_set_hex(claims, "csv.hrk_key_id", chain->hsk.issuer);
    return RATLS_OK;
}

enum ratls_err rt_csv_chain_claims(const struct rt_csv_chain *chain, struct ratls_claims *claims,
                                   struct ratls_error *err)
{
    (void)ratls_claims_set_bool(claims, "simulated", chain->simulated);
    return rt_csv_pair_claims(chain, claims, err);
}
