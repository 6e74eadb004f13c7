#include "tpm_device.h"

#include <tss2/tss2_esys.h>
#include <tss2/tss2_mu.h>
#include <tss2/tss2_rc.h>
#include <tss2/tss2_tctildr.h>

enum { TRIES = 3, SELECT_LEN = RT_TPM_DEVICE_PCRS / 8 };

_Static_assert(SELECT_LEN <= TPM2_PCR_SELECT_MAX, "room in a selection");

void rt_tpm_answer_free(struct rt_tpm_answer *a)
{
    ratls_buffer_free(&a->message);
    ratls_buffer_free(&a->signature);
}

static enum ratls_err refused(TSS2_RC rc, const char *what, struct ratls_error *err)
{
    return ratls_fail(err, RATLS_E_ATTESTER, "tpm: %s: %s", what, Tss2_RC_Decode(rc));
}

/* ---- one connection ---- */

struct connection {
    TSS2_TCTI_CONTEXT *tcti;
    ESYS_CONTEXT *esys;
    ESYS_TR ak;
};

static void disconnect(struct connection *c)
{
    Esys_Finalize(&c->esys);
    Tss2_TctiLdr_Finalize(&c->tcti);
}

static enum ratls_err connect_to(const struct rt_tpm_device *device, struct connection *c,
                                 struct ratls_error *err)
{
    TSS2_RC rc;

    *c = (struct connection){.ak = ESYS_TR_NONE};
    if ((rc = Tss2_TctiLdr_Initialize(device->tcti, &c->tcti)) != TSS2_RC_SUCCESS)
        return refused(rc, "no TPM to be reached", err);
    if ((rc = Esys_Initialize(&c->esys, c->tcti, NULL)) != TSS2_RC_SUCCESS)
        return refused(rc, "connection", err);
    rc = Esys_TR_FromTPMPublic(c->esys, device->ak, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                               &c->ak);
    return rc ? refused(rc, "there is no key at this handle", err) : RATLS_OK;
}

/* ---- the key ---- */

static void put_ecc(struct rt_writer *w, const TPMS_ECC_POINT *p)
{
    uint8_t point[RT_P256_SIG_LEN] = {0};
    const size_t half = sizeof point / 2, x = p->x.size, y = p->y.size;

    w->bad |= x > half || y > half;
    if (w->bad)
        return;
    memcpy(point + half - x, p->x.buffer, x);
    memcpy(point + 2 * half - y, p->y.buffer, y);
    rt_put_spki(w, RT_P256, ratls_bytes(point, sizeof point));
}

static enum ratls_err put_key(const TPMT_PUBLIC *key, struct rt_writer *w, struct ratls_error *err)
{
    static const uint8_t f4[] = {1, 0, 1};

    if (key->type == TPM2_ALG_RSA && key->parameters.rsaDetail.exponent == 0)
        rt_put_rsa_spki(w, ratls_bytes(key->unique.rsa.buffer, key->unique.rsa.size),
                        ratls_bytes(f4, sizeof f4));
    else if (key->type == TPM2_ALG_ECC && key->parameters.eccDetail.curveID == TPM2_ECC_NIST_P256)
        put_ecc(w, &key->unique.ecc);
    else
        return ratls_fail(err, RATLS_E_ATTESTER,
                          "tpm: the key is neither RSA with exponent 65537 nor on P-256");
    return RATLS_OK;
}

/* A key that signs what it is given would sign a quote that its owner made up. */
static enum ratls_err check_attributes(const TPMT_PUBLIC *key, struct ratls_error *err)
{
    const TPMA_OBJECT due =
        TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_SIGN_ENCRYPT | TPMA_OBJECT_FIXEDTPM;

    return (key->objectAttributes & due) == due
               ? RATLS_OK
               : ratls_fail(err, RATLS_E_ATTESTER,
                            "tpm: the key is no attestation key: not restricted, fixed and "
                            "for signing");
}

static enum ratls_err read_key(struct connection *c, struct ratls_buffer *out,
                               struct ratls_error *err)
{
    TPM2B_PUBLIC *key = NULL;
    struct rt_writer w = {0};
    TSS2_RC rc =
        Esys_ReadPublic(c->esys, c->ak, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &key, NULL, NULL);

    if (rc)
        return refused(rc, "reading the key", err);
    enum ratls_err e = check_attributes(&key->publicArea, err);
    if (e == RATLS_OK)
        e = put_key(&key->publicArea, &w, err);
    if (e == RATLS_OK)
        e = rt_writer_take(&w, out);
    rt_writer_free(&w);
    Esys_Free(key);
    return e;
}

enum ratls_err rt_tpm_device_key(const struct rt_tpm_device *device, struct ratls_buffer *out,
                                 struct ratls_error *err)
{
    struct connection c;
    enum ratls_err e = connect_to(device, &c, err);

    *out = (struct ratls_buffer){0};
    if (e == RATLS_OK)
        e = read_key(&c, out, err);
    disconnect(&c);
    return e;
}

/* ---- PCRs ---- */

static TPML_PCR_SELECTION select_pcrs(uint32_t which)
{
    TPML_PCR_SELECTION s = {.count = 1};

    s.pcrSelections[0].hash = TPM2_ALG_SHA256;
    s.pcrSelections[0].sizeofSelect = SELECT_LEN;
    for (size_t i = 0; i < SELECT_LEN; i++)
        s.pcrSelections[0].pcrSelect[i] = (BYTE)(which >> 8 * i);
    return s;
}

static uint32_t selected_by(const TPML_PCR_SELECTION *s)
{
    uint32_t which = 0;

    for (size_t i = 0; s->count == 1 && i < SELECT_LEN; i++)
        which |= (uint32_t)s->pcrSelections[0].pcrSelect[i] << 8 * i;
    return which;
}

/* What the TPM gave of those asked for: no more than eight at once. */
static bool keep_values(const TPML_DIGEST *values, uint32_t which, struct rt_tpm_answer *out)
{
    size_t n = 0;

    for (size_t i = 0; i < RT_TPM_DEVICE_PCRS; i++) {
        if (!(which >> i & 1))
            continue;
        if (n == values->count || values->digests[n].size != RT_SHA256_LEN)
            return false;
        memcpy(out->pcr[i], values->digests[n++].buffer, RT_SHA256_LEN);
    }
    return n > 0;
}

static enum ratls_err read_pcrs(struct connection *c, struct rt_tpm_answer *out,
                                struct ratls_error *err)
{
    uint32_t left = (1U << RT_TPM_DEVICE_PCRS) - 1;

    while (left) {
        const TPML_PCR_SELECTION in = select_pcrs(left);
        TPML_PCR_SELECTION *given = NULL;
        TPML_DIGEST *values = NULL;
        TSS2_RC rc = Esys_PCR_Read(c->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &in, NULL,
                                   &given, &values);
        if (rc)
            return refused(rc, "reading PCRs", err);
        const uint32_t which = selected_by(given) & left;
        const bool is_good = keep_values(values, which, out);
        Esys_Free(given);
        Esys_Free(values);
        if (!is_good)
            return ratls_fail(err, RATLS_E_ATTESTER, "tpm: it has no PCRs of SHA-256");
        left &= ~which;
    }
    return RATLS_OK;
}

/* ---- quotes ---- */

static enum ratls_err marshal(const TPMT_SIGNATURE *signature, struct ratls_buffer *out,
                              struct ratls_error *err)
{
    uint8_t bytes[sizeof *signature];
    size_t len = 0;
    TSS2_RC rc = Tss2_MU_TPMT_SIGNATURE_Marshal(signature, bytes, sizeof bytes, &len);

    return rc ? refused(rc, "its signature", err) : rt_dup(ratls_bytes(bytes, len), out);
}

static bool is_size(TSS2_RC rc)
{
    return (rc & (TPM2_RC_FMT1 | 0x3f)) == TPM2_RC_SIZE;
}

static enum ratls_err quote(struct connection *c, struct ratls_bytes extra_data,
                            struct rt_tpm_answer *out, struct ratls_error *err)
{
    const TPML_PCR_SELECTION all = select_pcrs((1U << RT_TPM_DEVICE_PCRS) - 1);
    const TPMT_SIG_SCHEME own = {.scheme = TPM2_ALG_NULL}; /* that of the key */
    TPM2B_DATA extra = {.size = (UINT16)extra_data.len};
    TPM2B_ATTEST *message = NULL;
    TPMT_SIGNATURE *signature = NULL;

    if (extra_data.len > sizeof extra.buffer)
        return RATLS_E_LIMIT;
    memcpy(extra.buffer, extra_data.p, extra_data.len);
    TSS2_RC rc = Esys_Quote(c->esys, c->ak, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &extra,
                            &own, &all, &message, &signature);
    if (rc)
        return is_size(rc) ? RATLS_E_LIMIT : refused(rc, "quote", err);
    enum ratls_err e = rt_dup(ratls_bytes(message->attestationData, message->size), &out->message);
    if (e == RATLS_OK)
        e = marshal(signature, &out->signature, err);
    Esys_Free(message);
    Esys_Free(signature);
    return e;
}

/* The values were read after the quote: one of them may have been extended in between. */
static enum ratls_err check_values(const struct rt_tpm_answer *a, bool *fits,
                                   struct ratls_error *err)
{
    uint8_t digest[RT_SHA256_LEN];
    TPMS_ATTEST attest;
    size_t at = 0;
    TSS2_RC rc = Tss2_MU_TPMS_ATTEST_Unmarshal(a->message.p, a->message.len, &at, &attest);

    if (rc)
        return refused(rc, "its quote", err);
    const TPM2B_DIGEST *due = &attest.attested.quote.pcrDigest;
    enum ratls_err e = rt_sha256(ratls_bytes(a->pcr, sizeof a->pcr), digest);
    *fits = due->size == sizeof digest && memcmp(due->buffer, digest, sizeof digest) == 0;
    return e;
}

enum ratls_err rt_tpm_device_quote(const struct rt_tpm_device *device,
                                   struct ratls_bytes extra_data, struct rt_tpm_answer *out,
                                   struct ratls_error *err)
{
    struct connection c;
    bool fits = false;
    enum ratls_err e = connect_to(device, &c, err);

    *out = (struct rt_tpm_answer){0};
    for (int i = 0; i < TRIES && e == RATLS_OK && !fits; i++) {
        rt_tpm_answer_free(out);
        if ((e = quote(&c, extra_data, out, err)) == RATLS_OK &&
            (e = read_pcrs(&c, out, err)) == RATLS_OK)
            e = check_values(out, &fits, err);
    }
    disconnect(&c);
    return e || fits ? e
                     : ratls_fail(err, RATLS_E_ATTESTER,
                                  "tpm: PCRs are extended faster than they are read");
}
