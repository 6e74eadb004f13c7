/* Any bytes as collateral of AMD, under no root, where nothing may be accepted, and under the root
 * that it brings. What is accepted there has facts that agree. */
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "json.h"
#include "snp_collateral.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* The second certificate of the chain. */
static bool own_root(struct ratls_bytes text, struct ratls_root *root)
{
    struct ratls_buffer der[2] = {{0}};
    struct rt_x509 ark;
    cJSON *json = NULL;
    bool found = false;

    if (rt_json_parse_up_to(text, RT_MAX_COLLATERAL, RATLS_E_COLLATERAL_FORMAT, &json, NULL))
        return false;
    const char *chain = cJSON_GetStringValue(rt_json_member(json, "vek_issuer_chain"));
    struct ratls_bytes pem = ratls_bytes_str(chain ? chain : "");
    if (rt_pem_next(&pem, "CERTIFICATE", &der[0]) == RATLS_OK &&
        rt_pem_next(&pem, "CERTIFICATE", &der[1]) == RATLS_OK)
        found = rt_x509_parse(rt_bytes_of(&der[1]), &ark, NULL) == RATLS_OK &&
                rt_x509_spki_hash(&ark, root->spki_sha256) == RATLS_OK;
    ratls_buffer_free(&der[0]);
    ratls_buffer_free(&der[1]);
    rt_json_free(json);
    return found;
}

static enum ratls_err load(struct ratls_bytes text, const struct ratls_root *root, bool no_crl)
{
    const struct ratls_collateral_input input = {.size = sizeof input,
                                                 .document = text,
                                                 .roots = root,
                                                 .n_roots = 1,
                                                 .insecure_no_crl = no_crl};
    struct ratls_collateral_facts facts;
    struct ratls_error err = {0};
    void *c = NULL;
    enum ratls_err e = rt_snp_collateral_new(&input, &c, &err);

    if ((e == RATLS_OK) != (c != NULL) || err.code != e)
        abort();
    if (e == RATLS_OK) {
        rt_snp_collateral_facts(c, &facts);
        if (strncmp(facts.name, "snp-", 4) != 0 ||
            strspn(facts.name, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(facts.name))
            abort();
        if (!no_crl && !((struct rt_snp_collateral *)c)->has_crl)
            abort();
    }
    rt_snp_collateral_free(c);
    return e;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const struct ratls_bytes text = ratls_bytes(bytes, len);
    struct ratls_root root = {.simulated = true};

    (void)rt_snp_collateral_recognises(text);
    if (load(text, &root, false) == RATLS_OK)
        abort(); /* no root has this key hash */
    if (own_root(text, &root) && load(text, &root, false) == RATLS_OK &&
        load(text, &root, true) != RATLS_OK)
        abort(); /* less is asked for */
    return 0;
}
