#include "chain.h"

/* SHA-256 of the SubjectPublicKeyInfo: aws.nitro-enclaves root G1, P-384, until 2049. */
const uint8_t rt_nitro_pins[1][RT_SHA256_LEN] = {{0xf2, 0xca, 0xf5, 0xec, 0xc6, 0x19, 0x0b, 0x4a,
                                                  0x83, 0x99, 0xb7, 0x8b, 0xc5, 0x8a, 0x2b, 0xbc,
                                                  0xd0, 0x38, 0x23, 0x75, 0xdb, 0x8a, 0x1b, 0xfd,
                                                  0x78, 0xa8, 0x27, 0x43, 0x87, 0x4f, 0xd2, 0x25}};

static enum ratls_err refuse(struct ratls_error *err, size_t i, enum ratls_err e,
                             const struct ratls_error *why)
{
    return ratls_fail(err, e, "%s: %s", i == 0 ? "the enclave's certificate" : "a CA of the bundle",
                      why->detail);
}

enum ratls_err rt_nitro_chain_read(const struct rt_nitro_document *doc, struct rt_nitro_chain *out,
                                   struct ratls_error *err)
{
    struct ratls_error why = {0};

    *out = (struct rt_nitro_chain){.expires = INT64_MAX};
    for (size_t i = 0; i <= doc->n_ca; i++) {
        enum ratls_err e =
            rt_x509_parse(i == 0 ? doc->certificate : doc->ca[doc->n_ca - i], &out->cert[i], &why);
        if (e)
            return refuse(err, i, rt_is_own_failure(e) ? e : RATLS_E_EVIDENCE_CHAIN, &why);
        if (out->cert[i].not_after < out->expires)
            out->expires = out->cert[i].not_after;
        out->n++;
    }
    return RATLS_OK;
}

static enum ratls_err find_pin(struct rt_nitro_chain *chain, const struct ratls_verify_input *input,
                               struct ratls_error *err)
{
    const struct rt_x509 *root = &chain->cert[chain->n - 1];
    uint8_t spki[RT_SHA256_LEN];
    enum ratls_err e = rt_x509_spki_hash(root, spki);

    if (e)
        return ratls_fail(err, e, "hash of the root's key");
    for (size_t i = 0; i < input->n_roots; i++)
        if (memcmp(input->roots[i].spki_sha256, spki, sizeof spki) == 0) {
            chain->simulated = input->roots[i].simulated || rt_x509_is_simulated(root);
            return RATLS_OK;
        }
    return ratls_fail(err, RATLS_E_EVIDENCE_ROOT, "the bundle begins with no trusted root");
}

static enum ratls_err check_leaf(const struct rt_x509 *leaf, struct ratls_error *err)
{
    if (leaf->is_ca)
        return ratls_fail(err, RATLS_E_EVIDENCE_CHAIN, "the enclave's certificate is a CA's");
    if (!(leaf->key_usage & RT_KU_DIGITAL_SIGNATURE)) /* none at all, too */
        return ratls_fail(err, RATLS_E_EVIDENCE_CHAIN,
                          "the enclave's certificate: keyUsage without digitalSignature");
    return RATLS_OK;
}

static enum ratls_err check_dates(const struct rt_nitro_chain *chain, int64_t now,
                                  struct ratls_error *err)
{
    struct ratls_error why = {0};

    for (size_t i = 0; i < chain->n; i++)
        if (rt_x509_check_dates(&chain->cert[i], now, &why) != RATLS_OK)
            return refuse(err, i, RATLS_E_EVIDENCE_TIME, &why);
    return RATLS_OK;
}

/* The root by itself too: anybody may write a certificate with a root's key and other dates. */
static enum ratls_err check_links(const struct rt_nitro_chain *chain, struct ratls_error *err)
{
    struct ratls_error why = {0};

    for (size_t i = 0; i < chain->n; i++) {
        const bool is_root = i + 1 == chain->n;
        enum ratls_err e = rt_x509_issued_by(&chain->cert[i], &chain->cert[is_root ? i : i + 1],
                                             is_root ? i - 1 : i, &why);
        if (e)
            return refuse(err, i, rt_is_own_failure(e) ? e : RATLS_E_EVIDENCE_CHAIN, &why);
    }
    return RATLS_OK;
}

enum ratls_err rt_nitro_chain_prove(struct rt_nitro_chain *chain,
                                    const struct ratls_verify_input *input, struct ratls_error *err)
{
    enum ratls_err e;

    if ((e = find_pin(chain, input, err)) != RATLS_OK ||
        (e = check_leaf(&chain->cert[0], err)) != RATLS_OK ||
        (e = check_dates(chain, input->now, err)) != RATLS_OK)
        return e;
    return check_links(chain, err);
}
