/* Evidence "LIKE" || 64 bytes whose claims have the names of Arm CCA or Huawei virtCCA. The first
 * of the bytes says which: 'c' and 'v' as verifiers tell them, 'd' and 'w' so that they do not
 * agree. */
#include <stdio.h>

#include "plugin.h"

static bool recognises(struct ratls_bytes evidence)
{
    return evidence.len == 4 + RATLS_REPORT_DATA_LEN && memcmp(evidence.p, "LIKE", 4) == 0;
}

struct text {
    const char *name, *value;
};

static void set_texts(struct ratls_claims *c, const struct text *list)
{
    for (; list->name; list++)
        ratls_claims_set_text(c, list->name, list->value);
}

static void set_list(struct ratls_claims *c, const char *name, size_t n, const char *item)
{
    ratls_claims_add_item(c, name, NULL);
    while (n-- > 0)
        ratls_claims_add_item(c, name, item);
}

static const struct text realm[] = {
    {"tee", "cca"},
    {"cca.realm.rak_hash_alg", "sha-256"},
    {"cca.platform.lifecycle_state", "secured"},
    {"cca.platform.sw_components.0.type", "BL1"},
    {"cca.platform.sw_components.0.version", "3.4"},
    {"cca.platform.sw_components.0.measurement", "aa"},
    {"cca.platform.sw_components.0.hash_alg", "sha-256"},
    {"cca.platform.sw_components.0.signer_id", "5151"},
    {"cca.platform.sw_components.1.measurement", "bb"},
    {"cca.platform.sw_components.1.signer_id", "5151"},
    {"cca.platform.sw_components.2.type", "RMM"},
    {"cca.platform.sw_components.2.measurement", "cc"},
    {"cca.platform.sw_components.2.hash_alg", "sha-512"},
    {"cca.platform.sw_components.2.signer_id", "5252"},
    {NULL, NULL},
};

static void describe_cca(struct ratls_claims *c, uint8_t which)
{
    const bool agrees = which != 'd';
    static const uint8_t key[97] = {0x04, 0x76, 0xf9}, config[33];
    static const char list[] = "cca.platform.sw_components.measurements";

    set_texts(c, realm);
    ratls_claims_set_hex(c, "cca.realm.rak_public_key", ratls_bytes(key, sizeof key));
    ratls_claims_set_hex(c, "cca.platform.config", ratls_bytes(config, sizeof config));
    ratls_claims_set_uint(c, "cca.platform.lifecycle", 12291);
    ratls_claims_set_uint(c, "cca.platform.sw_components.count", agrees ? 3 : 4);
    set_list(c, list, 1, "aa");
    set_list(c, list, 1, agrees ? "bb" : "dd");
    if (which != 'e')
        set_list(c, list, 1, "cc");
    if (!agrees)
        ratls_claims_set_uint(c, "cca.platform.sw_components.2.version", 7);
    if (!agrees)
        ratls_claims_set_text(c, "cca.platform.sw_components.4.type", "BL9");
}

static void describe_virtcca(struct ratls_claims *c, bool agrees)
{
    static const struct text guest[] = {
        {"tee", "virtcca"},
        {"virtcca.cvm.pub_key_sha256", "abab"},
        {"virtcca.platform.challenge", "abab"},
        {"virtcca.dev_cert.subject_cn", "board"},
        {"virtcca.dev_cert.not_after", "2041-10-23T12:08:01Z"},
        {NULL, NULL},
    };

    set_texts(c, guest);
    ratls_claims_set_bool(c, "virtcca.platform_token_present", agrees);
    ratls_claims_set_bool(c, "virtcca.eventlog.present", agrees);
    ratls_claims_set_bool(c, "virtcca.eventlog.rem_match", agrees);
    ratls_claims_set_uint(c, "virtcca.eventlog.events", 19);
    set_list(c, "virtcca.eventlog.boot_digests", 11, "aa");
    set_list(c, "virtcca.uefi.kernel", 2, "aa");
    set_list(c, "virtcca.uefi.initramfs", 0, "aa");
    ratls_claims_set_uint(c, "virtcca.ima.violations", agrees ? 0 : 3);
    set_list(c, "virtcca.ima.digests", 200, "aa");
    ratls_claims_set_uint(c, "collateral_expires", agrees ? 2266142881 : 2000000000);
    if (!agrees)
        ratls_claims_set_text(c, "virtcca.platform.challenge", "cdcd");
}

static enum ratls_err describe(struct ratls_bytes evidence, struct ratls_claims *claims,
                               struct ratls_error *err)
{
    const uint8_t which = evidence.p[4];

    (void)err;
    if (which >= 'c' && which <= 'e')
        describe_cca(claims, which);
    else
        describe_virtcca(claims, which == 'v');
    return ratls_claims_status(claims);
}

static enum ratls_err verify(const struct ratls_verify_input *input, struct ratls_claims *claims,
                             struct ratls_error *err)
{
    return describe(input->evidence, claims, err);
}

PLUGIN(ABI, SIZE, "like", recognises, describe, verify, 0)
