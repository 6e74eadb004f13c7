#include "corim.h"

#include "crypto.h"
#include "document.h"

#define OTHER_VENDOR "ratls"

static const struct {
    const char *tee, *vendor, *model;
} classes[] = {
    {"tdx", "Intel", "TDX"}, {"sgx", "Intel", "SGX"},          {"snp", "AMD", "SEV-SNP"},
    {"cca", "Arm", "CCA"},   {"virtcca", "Huawei", "virtCCA"},
};

unsigned rt_corim_alg(size_t len)
{
    static const enum rt_hash hashes[] = {RT_SHA256, RT_SHA384, RT_SHA512};

    for (size_t i = 0; i < RT_COUNT(hashes); i++)
        if (rt_hash_len(hashes[i]) == len)
            return hashes[i];
    return 0;
}

bool rt_corim_is_mkey(struct ratls_bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.p[i] < 0x21 || text.p[i] > 0x7e)
            return false;
    return text.len > 0 && text.len <= RT_MAX_MKEY;
}

void rt_corim_class(const char *tee, const char **vendor, const char **model)
{
    *vendor = OTHER_VENDOR;
    *model = tee;
    for (size_t i = 0; i < RT_COUNT(classes); i++)
        if (strcmp(classes[i].tee, tee) == 0) {
            *vendor = classes[i].vendor;
            *model = classes[i].model;
        }
}

static bool is(struct ratls_bytes text, const char *word)
{
    return ratls_bytes_equal(text, ratls_bytes_str(word));
}

bool rt_corim_tee(struct ratls_bytes vendor, struct ratls_bytes model, char tee[RT_MAX_TEE + 1])
{
    const char *own_vendor, *own_model;

    for (size_t i = 0; i < RT_COUNT(classes); i++)
        if (is(vendor, classes[i].vendor) && is(model, classes[i].model)) {
            memcpy(tee, classes[i].tee, strlen(classes[i].tee) + 1);
            return true;
        }
    if (!is(vendor, OTHER_VENDOR) || !rt_trust_text_is_tee(model))
        return false;
    memcpy(tee, model.p, model.len);
    tee[model.len] = 0;
    rt_corim_class(tee, &own_vendor, &own_model);
    return own_model == tee; /* those with a vendor of their own have no second name */
}
