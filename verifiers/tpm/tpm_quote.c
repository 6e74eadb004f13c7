#include "tpm_quote.h"

#define GENERATED                                                                                  \
    0xff544347U /* TPM_GENERATED_VALUE: a TPM signs nothing that begins so for others */

enum {
    ST_ATTEST_QUOTE = 0x8018,
    ALG_SHA256 = 0x000b,
    ALG_RSASSA = 0x0014,
    ALG_RSAPSS = 0x0016,
    ALG_ECDSA = 0x0018,
    NAME_MAX_LEN = 2 + RT_SHA512_LEN, /* TPM2B_NAME */
    SELECT_MAX = 4,                   /* bytes of a bitmap */
    RSA_BITS_MIN = 2048,
};

static enum ratls_err malformed(struct ratls_error *err, const char *what)
{
    return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "TPM quote: %s", what);
}

static enum ratls_err unsupported(struct ratls_error *err, const char *what)
{
    return ratls_fail(err, RATLS_E_EVIDENCE_ALGORITHM, "TPM quote: %s", what);
}

/* TPM2B: a size and as many bytes. */
static struct ratls_bytes take_sized(struct rt_reader *r, size_t max)
{
    const size_t n = rt_u16be(r);

    if (n > max)
        r->bad = true;
    return rt_take_bytes(r, n);
}

/* ---- TPMS_ATTEST ---- */

static void read_clock(struct rt_reader *r, struct rt_tpm_quote *out)
{
    out->clock = rt_u64be(r);
    out->reset_count = rt_u32be(r);
    out->restart_count = rt_u32be(r);
    const uint8_t safe = rt_u8(r);
    if (safe > 1)
        r->bad = true;
    out->safe = safe == 1;
    out->firmware_version = rt_take_bytes(r, RT_TPM_FIRMWARE);
}

/* Bit n % 8 of byte n / 8 is PCR n. */
static enum ratls_err read_selection(struct rt_reader *r, uint32_t *selected,
                                     struct ratls_error *err)
{
    const uint32_t banks = rt_u32be(r);

    if (!r->bad && banks != 1)
        return unsupported(err, "it is not over exactly one bank of PCRs");
    const uint16_t bank = rt_u16be(r);
    if (!r->bad && bank != ALG_SHA256)
        return unsupported(err, "its bank of PCRs is not that of SHA-256");
    const size_t n = rt_u8(r);
    if (n > SELECT_MAX)
        r->bad = true;
    for (size_t i = 0; i < n && !r->bad; i++)
        *selected |= (uint32_t)rt_u8(r) << 8 * i;
    if (*selected & ~RT_TPM_ALL_PCRS)
        return malformed(err, "it selects a PCR that does not exist");
    return RATLS_OK;
}

enum ratls_err rt_tpm_quote_read(struct ratls_bytes message, struct rt_tpm_quote *out,
                                 struct ratls_error *err)
{
    struct rt_reader r = rt_reader(message);

    *out = (struct rt_tpm_quote){.message = message};
    if (rt_u32be(&r) != GENERATED || rt_u16be(&r) != ST_ATTEST_QUOTE)
        return malformed(err, "this is none");
    (void)take_sized(&r, NAME_MAX_LEN); /* qualifiedSigner: of the key, which has its own proof */
    out->extra_data = take_sized(&r, RT_TPM_EXTRA_MAX);
    read_clock(&r, out);
    enum ratls_err e = read_selection(&r, &out->selected, err);
    if (e)
        return e;
    out->pcr_digest = take_sized(&r, RT_SHA256_LEN);
    if (!rt_at_end(&r) || out->pcr_digest.len != RT_SHA256_LEN)
        return malformed(err, "malformed");
    return RATLS_OK;
}

/* ---- TPMT_SIGNATURE ---- */

/* Right-aligned: a TPM may leave out leading zeros. */
static void read_scalar(struct rt_reader *r, uint8_t out[RT_P256_SIG_LEN / 2])
{
    const struct ratls_bytes scalar = take_sized(r, RT_P256_SIG_LEN / 2);

    memset(out, 0, RT_P256_SIG_LEN / 2);
    if (scalar.len > 0)
        memcpy(out + RT_P256_SIG_LEN / 2 - scalar.len, scalar.p, scalar.len);
}

enum ratls_err rt_tpm_signature_read(struct ratls_bytes tpmt, struct rt_tpm_signature *out,
                                     struct ratls_error *err)
{
    struct rt_reader r = rt_reader(tpmt);
    const uint16_t alg = rt_u16be(&r), hash = rt_u16be(&r);

    *out = (struct rt_tpm_signature){.is_ecdsa = alg == ALG_ECDSA,
                                     .alg = alg == ALG_RSAPSS ? RT_SIG_RSAPSS_SHA256
                                                              : RT_SIG_RSA_SHA256};
    if (!r.bad && alg != ALG_RSASSA && alg != ALG_RSAPSS && alg != ALG_ECDSA)
        return unsupported(err, "neither RSASSA, RSAPSS nor ECDSA");
    if (!r.bad && hash != ALG_SHA256)
        return unsupported(err, "signed over another hash than SHA-256");
    if (out->is_ecdsa) {
        read_scalar(&r, out->rs);
        read_scalar(&r, out->rs + RT_P256_SIG_LEN / 2);
    } else {
        out->rsa = take_sized(&r, RT_TPM_SIG_MAX);
    }
    return rt_at_end(&r) ? RATLS_OK : malformed(err, "its signature is malformed");
}

void rt_tpm_signature_bare(struct ratls_bytes rsa, struct rt_tpm_signature *out)
{
    *out = (struct rt_tpm_signature){.alg = RT_SIG_RSA_SHA256, .rsa = rsa};
}

/* ---- checks ---- */

enum ratls_err rt_tpm_check_key(const struct rt_public_key *key, struct ratls_error *err)
{
    static const uint8_t f4[] = {1, 0, 1};

    if (key->type == RT_KEY_P256)
        return RATLS_OK;
    if (key->type != RT_KEY_RSA)
        return unsupported(err, "its key (AK) is neither RSA nor on P-256");
    if (key->bits < RSA_BITS_MIN)
        return unsupported(err, "its key (AK) has fewer than 2048 bits");
    if (!ratls_bytes_equal(key->rsa_e, ratls_bytes(f4, sizeof f4)))
        return unsupported(err, "its key (AK) has another exponent than 65537");
    return RATLS_OK;
}

enum ratls_err rt_tpm_check_signature(const struct rt_tpm_quote *q,
                                      const struct rt_tpm_signature *sig,
                                      const struct rt_public_key *key, struct ratls_error *err)
{
    enum ratls_err e;

    if (sig->is_ecdsa != (key->type == RT_KEY_P256))
        return unsupported(err, "its signature is of another kind than its key (AK)");
    if (sig->is_ecdsa)
        e = rt_verify_raw(RT_P256, key->point, RT_SHA256, q->message,
                          ratls_bytes(sig->rs, sizeof sig->rs));
    else
        e = rt_verify_spki(key, sig->alg, q->message, sig->rsa, NULL);
    if (rt_is_own_failure(e))
        return ratls_fail(err, e, "the quote's signature could not be checked");
    return e ? ratls_fail(err, RATLS_E_EVIDENCE_SIGNATURE,
                          "TPM quote: not signed by its attestation key (AK)")
             : RATLS_OK;
}

enum ratls_err rt_tpm_check_pcrs(const struct rt_tpm_quote *q, const struct rt_tpm_pcrs *pcrs,
                                 struct ratls_error *err)
{
    uint8_t all[RT_TPM_PCRS * RT_SHA256_LEN], digest[RT_SHA256_LEN];
    size_t len = 0;

    if (pcrs->given != q->selected)
        return ratls_fail(err, RATLS_E_EVIDENCE_MISMATCH,
                          "TPM quote: the PCRs beside it are not those that it is over");
    for (size_t i = 0; i < RT_TPM_PCRS; i++)
        if (q->selected >> i & 1) {
            memcpy(all + len, pcrs->value[i], RT_SHA256_LEN);
            len += RT_SHA256_LEN;
        }
    enum ratls_err e = rt_sha256(ratls_bytes(all, len), digest);
    if (e)
        return ratls_fail(err, e, "hash of PCRs");
    return rt_ct_equal(digest, q->pcr_digest.p, sizeof digest)
               ? RATLS_OK
               : ratls_fail(err, RATLS_E_EVIDENCE_MISMATCH,
                            "TPM quote: the PCRs beside it do not lead to its digest");
}

enum ratls_err rt_tpm_report_data(const struct rt_tpm_quote *q, struct ratls_bytes named,
                                  uint8_t out[64], struct ratls_error *err)
{
    uint8_t digest[RT_SHA256_LEN];

    memset(out, 0, RT_TPM_EXTRA_MAX);
    if (!named.p) {
        if (q->extra_data.len == RT_TPM_EXTRA_MAX)
            memcpy(out, q->extra_data.p, RT_TPM_EXTRA_MAX);
        return RATLS_OK;
    }
    enum ratls_err e = rt_sha256(named, digest);
    if (e)
        return ratls_fail(err, e, "hash of report data");
    if (named.len != RT_TPM_EXTRA_MAX ||
        !ratls_bytes_equal(q->extra_data, ratls_bytes(digest, sizeof digest)))
        return ratls_fail(err, RATLS_E_EVIDENCE_MISMATCH,
                          "TPM quote: its extraData are not the SHA-256 of the report data");
    memcpy(out, named.p, RT_TPM_EXTRA_MAX);
    return RATLS_OK;
}
