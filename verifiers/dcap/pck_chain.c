#include "pck_chain.h"

#include <stdlib.h>

#include "claim_name.h"
#include "claim_value.h"
#include "oid.h"

static enum ratls_err read_ext(struct rt_pck_chain *c, struct ratls_error *err)
{
    const struct rt_ext *sgx = rt_x509_ext(&c->chain.certs[0], RT_OID(SGX));

    if (!sgx)
        return ratls_fail(err, RATLS_E_EVIDENCE_CHAIN, "PCK certificate without SGX extension");
    return rt_pck_ext_parse(sgx->value, &c->ext, err);
}

static void free_chain(struct rt_kept *self)
{
    struct rt_pck_chain *c = (struct rt_pck_chain *)self; /* its first member */

    rt_intel_chain_free(&c->chain);
    free(c);
}

enum ratls_err rt_pck_chain_new(struct ratls_bytes pem, struct rt_pck_chain **out,
                                struct ratls_error *err)
{
    struct rt_pck_chain *c = calloc(1, sizeof *c);

    *out = NULL;
    if (!c || rt_kept_init(&c->kept, pem, free_chain) != RATLS_OK) {
        free(c);
        return ratls_fail(err, RATLS_E_NO_MEMORY, "PCK chain");
    }
    enum ratls_err e =
        rt_intel_chain_read(&rt_intel_pck, rt_bytes_of(&c->kept.key), &c->chain, err);
    if (e == RATLS_OK)
        e = read_ext(c, err);
    if (e) {
        rt_pck_chain_unref(c);
        return ratls_fail(err, e, "PCK chain");
    }
    *out = c;
    return RATLS_OK;
}

void rt_pck_chain_unref(struct rt_pck_chain *c)
{
    rt_kept_unref(c ? &c->kept : NULL);
}

enum ratls_err rt_pck_chain_prove(struct rt_pck_chain *c, const struct rt_intel_chain *twin,
                                  struct ratls_error *err)
{
    enum ratls_err e = rt_intel_chain_prove(&rt_intel_pck, &c->chain, twin, err);

    if (e == RATLS_OK && c->ext.has_platform != rt_intel_is_platform_ca(&c->chain.certs[1]))
        e = ratls_fail(err, RATLS_E_EVIDENCE_CHAIN, "the SGX extension is that of another PCK CA");
    return e;
}

int64_t rt_pck_chain_end(const struct rt_pck_chain *c)
{
    int64_t end = INT64_MAX;

    for (size_t i = 0; i < c->chain.n; i++)
        if (c->chain.certs[i].not_after < end)
            end = c->chain.certs[i].not_after;
    return end;
}

void rt_pck_chain_claims(const struct rt_pck_chain *c, const char *prefix,
                         struct ratls_claims *claims)
{
    const struct rt_x509 *leaf = &c->chain.certs[0];

    rt_pck_claims(&c->ext, prefix, claims);
    rt_claim_set_time(claims, rt_claim_name(prefix, "pck_not_before").text, leaf->not_before);
    rt_claim_set_time(claims, rt_claim_name(prefix, "pck_not_after").text, leaf->not_after);
}
