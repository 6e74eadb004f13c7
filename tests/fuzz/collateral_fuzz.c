/* Any bytes as a document of collateral, under no root, where nothing may be accepted, and under
 * the root that it brings. What is accepted there has dates and facts that agree. */
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "collateral.h"
#include "json.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* The root of the first chain. */
static bool own_root(struct ratls_bytes text, struct ratls_root *root)
{
    struct rt_intel_chain chain = {0};
    cJSON *json = NULL;
    bool found = false;

    if (rt_json_parse_up_to(text, RT_MAX_COLLATERAL, RATLS_E_COLLATERAL_FORMAT, &json, NULL))
        return false;
    const char *pem = cJSON_GetStringValue(rt_json_member(json, "pck_crl_issuer_chain"));
    if (pem)
        found = rt_intel_chain_read(&rt_intel_crl_issuer, ratls_bytes_str(pem), &chain, NULL) ==
                    RATLS_OK &&
                rt_x509_spki_hash(rt_intel_root(&chain), root->spki_sha256) == RATLS_OK;
    rt_intel_chain_free(&chain);
    rt_json_free(json);
    return found;
}

/* Inside of its window it is in date, one second further it is not. */
static void check_window(const struct rt_collateral *c, const struct ratls_collateral_facts *f)
{
    int64_t expires = INT64_MAX, unused = INT64_MAX;

    if (f->begins > f->expires)
        return; /* no time at which all parts are valid */
    if (rt_collateral_check_dates(c, f->expires, true, &expires, NULL) != RATLS_OK ||
        expires != f->expires ||
        rt_collateral_check_dates(c, f->begins, true, &unused, NULL) != RATLS_OK ||
        rt_collateral_check_dates(c, f->expires + 1, true, &unused, NULL) == RATLS_OK ||
        rt_collateral_check_dates(c, f->begins - 1, true, &unused, NULL) == RATLS_OK)
        abort();
}

static enum ratls_err load(struct ratls_bytes text, const struct ratls_root *root,
                           bool crl_optional)
{
    const struct rt_roots roots = {root, 1};
    struct ratls_collateral_facts facts;
    struct rt_collateral *c = NULL;
    struct ratls_error err = {0};
    enum ratls_err e = rt_collateral_new(text, roots, crl_optional, &c, &err);

    if ((e == RATLS_OK) != (c != NULL) || err.code != e)
        abort();
    if (e == RATLS_OK && c->has_crls) {
        rt_collateral_facts(c, &facts);
        check_window(c, &facts);
    }
    if (e == RATLS_OK && !c->has_crls && !crl_optional)
        abort();
    rt_collateral_free(c);
    return e;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const struct ratls_bytes text = ratls_bytes(bytes, len);
    struct ratls_root root = {.simulated = true};

    if (load(text, &root, false) == RATLS_OK || load(text, &root, true) == RATLS_OK)
        abort(); /* no root has this key hash */
    if (own_root(text, &root)) {
        const enum ratls_err strict = load(text, &root, false);
        const enum ratls_err lenient = load(text, &root, true);
        if (strict == RATLS_OK && lenient != RATLS_OK)
            abort();
    }
    return 0;
}
