/* TDX: prove the quote, then say what it holds. */
#include "tdx.h"

#include "dcap.h"
#include "quote.h"

/* SHA-256 of the SubjectPublicKeyInfo of "Intel SGX Root CA" (certificate SHA-256 44a0196b2b99f889
 * b8e149e95b807a350e7424964399e885a7cbb8ccfab674d3, 2018-05-21 to 2049-12-31). */
static const uint8_t pins[][32] = {
    {0xa0, 0xaf, 0x03, 0x12, 0x89, 0xf5, 0xd5, 0xd4, 0x13, 0x2f, 0x91,
     0x86, 0x06, 0x8a, 0x7f, 0xc1, 0x36, 0x28, 0x63, 0x3b, 0xa2, 0x35,
     0x77, 0x74, 0x72, 0xe2, 0x9b, 0x6b, 0x6c, 0x67, 0xa4, 0x9e},
};

/* ---- claims ---- */

static void measurement_claims(const struct rt_td_report *t, struct ratls_claims *c)
{
    const struct {
        const char *name;
        struct ratls_bytes value;
    } list[] = {
        {"measurement", ratls_bytes(t->mr_td, 48)},
        {"report_data", ratls_bytes(t->report_data, 64)},
        {"tdx.tee_tcb_svn", ratls_bytes(t->tee_tcb_svn, 16)},
        {"tdx.mr_seam", ratls_bytes(t->mr_seam, 48)},
        {"tdx.mr_signer_seam", ratls_bytes(t->mr_signer_seam, 48)},
        {"tdx.seam_attributes", ratls_bytes(t->seam_attributes, 8)},
        {"tdx.td_attributes", ratls_bytes(t->td_attributes, 8)},
        {"tdx.xfam", ratls_bytes(t->xfam, 8)},
        {"tdx.mr_td", ratls_bytes(t->mr_td, 48)},
        {"tdx.mr_config_id", ratls_bytes(t->mr_config_id, 48)},
        {"tdx.mr_owner", ratls_bytes(t->mr_owner, 48)},
        {"tdx.mr_owner_config", ratls_bytes(t->mr_owner_config, 48)},
        {"tdx.rtmr_0", ratls_bytes(t->rtmr[0], 48)},
        {"tdx.rtmr_1", ratls_bytes(t->rtmr[1], 48)},
        {"tdx.rtmr_2", ratls_bytes(t->rtmr[2], 48)},
        {"tdx.rtmr_3", ratls_bytes(t->rtmr[3], 48)},
        {"tdx.report_data", ratls_bytes(t->report_data, 64)},
    };

    for (size_t i = 0; i < RT_COUNT(list); i++)
        (void)ratls_claims_set_hex(c, list[i].name, list[i].value);
}

static void attribute_claims(uint64_t attributes, struct ratls_claims *c)
{
    static const struct {
        const char *name;
        uint64_t bit;
    } list[] = {
        {"debug", RT_TD_ATTR_DEBUG},
        {"tdx.debug", RT_TD_ATTR_DEBUG},
        {"tdx.sept_ve_disable", RT_TD_ATTR_SEPT_VE_DISABLE},
        {"tdx.migratable", RT_TD_ATTR_MIGRATABLE},
        {"tdx.pks", RT_TD_ATTR_PKS},
        {"tdx.kl", RT_TD_ATTR_KL},
        {"tdx.perfmon", RT_TD_ATTR_PERFMON},
    };

    for (size_t i = 0; i < RT_COUNT(list); i++)
        (void)ratls_claims_set_bool(c, list[i].name, (attributes & list[i].bit) != 0);
}

static void quote_claims(const struct rt_tdx_quote *q, struct ratls_claims *c)
{
    (void)ratls_claims_set_text(c, "tee", "tdx");
    measurement_claims(&q->report, c);
    attribute_claims(rt_td_attributes(&q->report), c);
    (void)ratls_claims_set_text(c, "tcb_status", "not_evaluated");
    (void)ratls_claims_add_item(c, "advisory_ids", NULL);
    (void)ratls_claims_set_uint(c, "tdx.trailing_bytes", q->trailing_len);
    rt_quote_claims(&q->header, &q->sig, "tdx", c);
}

static void chain_claims(const struct rt_pck_chain *chain, bool simulated, struct ratls_claims *c)
{
    rt_pck_claims(&chain->ext, "tdx", c);
    (void)ratls_claims_set_bool(c, "simulated", simulated);
}

/* ---- the verifier ---- */

/* Without a readable chain there is nothing to say about platform and simulation. */
static enum ratls_err describe(struct ratls_bytes evidence, struct ratls_claims *claims,
                               struct ratls_error *err)
{
    struct rt_pck_chain chain = {0};
    struct rt_tdx_quote q;
    enum ratls_err e = rt_tdx_quote_parse(evidence, &q, err);

    if (e)
        return e;
    quote_claims(&q, claims);
    if (q.sig.cert_type == RT_CERT_DATA_PCK_CHAIN) {
        e = rt_pck_chain_read(q.sig.cert_data, &chain, err);
        if (e == RATLS_OK)
            chain_claims(&chain, rt_x509_is_simulated(&chain.certs[RT_PCK_CERTS - 1]), claims);
        rt_pck_chain_free(&chain);
    }
    return e ? e : ratls_claims_status(claims);
}

static enum ratls_err verify(const struct ratls_verify_input *input, struct ratls_claims *claims,
                             struct ratls_error *err)
{
    struct rt_pck_chain chain = {0};
    struct rt_tdx_quote q;
    enum ratls_err e = rt_tdx_quote_parse(input->evidence, &q, err);

    if (e)
        return e;
    quote_claims(&q, claims);
    e = rt_quote_prove(&q.sig, q.signed_part, input, &chain, err);
    if (e == RATLS_OK) {
        chain_claims(&chain, chain.simulated, claims);
        e = ratls_claims_status(claims);
    }
    rt_pck_chain_free(&chain);
    return e;
}

const struct ratls_verifier rt_verifier_tdx = {
    .abi = RATLS_VERIFIER_ABI,
    .size = sizeof(struct ratls_verifier),
    .name = "tdx",
    .media_type = NULL, /* evidence travels in the CCC form, CBOR tag 60000 */
    .recognises = rt_tdx_recognises,
    .describe = describe,
    .verify = verify,
    .pins = pins,
    .n_pins = RT_COUNT(pins),
};
