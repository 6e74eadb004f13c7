#include "report.h"

enum {
    MASK_LEN = 4,
    V1_LEN = 2548,
    V1_SIGNED = 180,
    V2_LEN = 3380,
    V2_SIGNED = 1024,
    PAGE = 4096, /* what a guest reads, the rest of it zeros */
    FLAGS_V1 = 0,
    FLAGS_V2 = 1,
    PEK_USAGE_AT = 8, /* then algorithm and curve, four bytes each */
    PEK_AT_V1 = 336,
    ANONCE_AT = 188,
};

#define MAGIC "ATTESTATION_EXT" /* with its NUL: 16 bytes */

static enum ratls_err malformed(struct ratls_error *err, const char *what)
{
    return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "CSV report: %s", what);
}

/* ---- forms ---- */

static bool take_magic(struct rt_reader *r)
{
    const struct ratls_bytes magic = ratls_bytes(MAGIC, sizeof MAGIC);
    struct rt_reader ahead = *r;

    if (!ratls_bytes_equal(rt_take_bytes(&ahead, magic.len), magic))
        return false;
    *r = ahead;
    return true;
}

/* Behind the report: zeros up to a page, or not; then HSK and CEK, or not, and, as rats-tls has it,
 * how long these are. All sums differ. */
static bool read_tail(struct rt_reader *r, size_t report_len, struct ratls_bytes *pair)
{
    const size_t pad = PAGE - report_len, with_len = RT_HYGON_PAIR_LEN + sizeof(uint32_t);

    *pair = ratls_bytes(NULL, 0);
    if (r->left == pad || r->left == pad + RT_HYGON_PAIR_LEN || r->left == pad + with_len)
        if (!rt_all_zero(rt_take(r, pad), pad))
            return false;
    if (r->left == 0)
        return true;
    const bool has_len = r->left == with_len;
    *pair = rt_take_bytes(r, RT_HYGON_PAIR_LEN);
    if (has_len && rt_u32le(r) != RT_HYGON_PAIR_LEN)
        return false;
    return rt_at_end(r);
}

static void unmask(struct ratls_bytes in, const uint8_t mask[MASK_LEN], uint8_t *out)
{
    for (size_t i = 0; i < in.len; i++)
        out[i] = in.p[i] ^ mask[i % MASK_LEN];
}

/* Usage, algorithm and curve of a PEK. */
static bool is_pek(const uint8_t *pek, const uint8_t mask[MASK_LEN])
{
    uint8_t clear[12];

    unmask(ratls_bytes(pek + PEK_USAGE_AT, sizeof clear), mask, clear);
    struct rt_reader r = rt_reader(ratls_bytes(clear, sizeof clear));
    return rt_u32le(&r) == RT_HYGON_PEK && rt_u32le(&r) == RT_HYGON_ALGO &&
           rt_u32le(&r) == RT_HYGON_CURVE;
}

static const uint8_t no_mask[MASK_LEN];

bool rt_csv_recognises(struct ratls_bytes evidence)
{
    struct rt_reader r = rt_reader(evidence);
    struct ratls_bytes pair;

    if (take_magic(&r))
        return true;
    const uint8_t *report = rt_take(&r, V1_LEN);
    return report && read_tail(&r, V1_LEN, &pair) &&
           (is_pek(report + PEK_AT_V1, report + ANONCE_AT) || is_pek(report + PEK_AT_V1, no_mask));
}

/* ---- fields ---- */

static void read_head(struct rt_csv_report *out)
{
    struct rt_reader r = rt_reader(ratls_bytes(out->head, sizeof out->head));

    out->user_pubkey_digest = rt_take_bytes(&r, 32);
    out->vm_id = rt_take_bytes(&r, 16);
    out->vm_version = rt_take_bytes(&r, 16);
    out->report_data = rt_take_bytes(&r, RATLS_REPORT_DATA_LEN);
    out->mnonce = rt_take_bytes(&r, 16);
    out->measure = rt_take_bytes(&r, RT_CSV_MEASURE_LEN);
    out->policy = rt_u32le(&r);
    out->sig_usage = rt_u32le(&r);
    out->sig_algo = rt_u32le(&r);
}

/* NULs at its end and nowhere else. */
static bool read_serial(const uint8_t in[RT_CSV_SERIAL_LEN], char out[RT_CSV_SERIAL_LEN + 1])
{
    size_t len = 0;

    while (len < RT_CSV_SERIAL_LEN && in[len] > ' ' && in[len] <= '~')
        len++;
    memcpy(out, in, len);
    out[len] = 0;
    return rt_all_zero(in + len, RT_CSV_SERIAL_LEN - len);
}

/* PEK and serial number, then what is of no use here. */
static bool read_owner(struct rt_reader *r, const uint8_t mask[MASK_LEN], struct rt_csv_report *out)
{
    uint8_t serial[RT_CSV_SERIAL_LEN];
    const struct ratls_bytes pek = rt_take_bytes(r, RT_HYGON_LEAF_LEN);
    const struct ratls_bytes number = rt_take_bytes(r, sizeof serial);

    rt_skip(r, 32);         /* reserved */
    rt_skip(r, RT_SM3_LEN); /* MAC: its key, mnonce, is in the report */
    if (!rt_at_end(r))
        return false;
    unmask(pek, mask, out->pek_bytes);
    unmask(number, mask, serial);
    return read_serial(serial, out->serial);
}

static bool read_v1(struct ratls_bytes report, struct rt_csv_report *out)
{
    struct rt_reader r = rt_reader(report);
    const struct ratls_bytes head = rt_take_bytes(&r, RT_CSV_HEAD_LEN);

    out->anonce = rt_take_bytes(&r, MASK_LEN);
    rt_hygon_read_pair(&r, out->signature);
    if (r.bad)
        return false;
    out->signed_part = ratls_bytes(head.p, V1_SIGNED);
    unmask(head, out->anonce.p, out->head);
    /* Some guests hand PEK and serial number on unmasked. */
    return read_owner(&r, is_pek(rt_rest(&r).p, no_mask) ? no_mask : out->anonce.p, out);
}

static bool read_v2(struct ratls_bytes report, struct rt_csv_report *out)
{
    struct rt_reader r = rt_reader(report);

    rt_copy(&r, out->head, sizeof out->head);
    out->build = rt_u32le(&r);
    out->rtmr_version = rt_u16le(&r);
    rt_skip(&r, 14); /* reserved */
    for (size_t i = 0; i < RT_CSV_RTMRS; i++)
        out->rtmr[i] = rt_take_bytes(&r, RT_SM3_LEN);
    rt_skip(&r, 656); /* reserved */
    out->signed_part = ratls_bytes(report.p, V2_SIGNED);
    rt_hygon_read_pair(&r, out->signature);
    return !r.bad && read_owner(&r, no_mask, out);
}

/* ---- all of it ---- */

static enum ratls_err read_version(struct rt_reader *r, unsigned *version, struct ratls_error *err)
{
    *version = 1;
    if (!take_magic(r))
        return RATLS_OK;
    const uint32_t flags = rt_u32le(r);
    if (r->bad)
        return malformed(err, "nothing behind its magic");
    if (flags != FLAGS_V1 && flags != FLAGS_V2)
        return ratls_fail(err, RATLS_E_EVIDENCE_VERSION, "CSV report: flags 0x%x", (unsigned)flags);
    *version = flags == FLAGS_V2 ? 2 : 1;
    return RATLS_OK;
}

static enum ratls_err read_pek(struct rt_csv_report *out, struct ratls_error *err)
{
    const struct ratls_bytes bytes = ratls_bytes(out->pek_bytes, sizeof out->pek_bytes);
    struct ratls_error inner = {0};
    enum ratls_err e = rt_hygon_read(bytes, RT_HYGON_PEK, &out->pek, &inner);

    if (e == RATLS_OK)
        return RATLS_OK;
    return ratls_fail(err,
                      e == RATLS_E_CERT_KEY ? RATLS_E_EVIDENCE_ALGORITHM : RATLS_E_EVIDENCE_FORMAT,
                      "PEK: %s", inner.detail);
}

enum ratls_err rt_csv_report_read(struct ratls_bytes evidence, struct rt_csv_report *out,
                                  struct ratls_error *err)
{
    struct rt_reader r = rt_reader(evidence);
    enum ratls_err e;

    *out = (struct rt_csv_report){0};
    if ((e = read_version(&r, &out->version, err)) != RATLS_OK)
        return e;
    const struct ratls_bytes report = rt_take_bytes(&r, out->version == 2 ? V2_LEN : V1_LEN);
    if (r.bad || !read_tail(&r, report.len, &out->pair))
        return malformed(err, "it is of no size that it may have, or not filled up with zeros");
    if (!(out->version == 2 ? read_v2 : read_v1)(report, out))
        return malformed(err, "a number is too large, or its serial number is no text");
    read_head(out);
    return read_pek(out, err);
}

enum ratls_err rt_csv_report_prove(const struct rt_csv_report *report, struct ratls_error *err)
{
    const struct rt_sm2_message msg = {report->pek.uid, report->signed_part};

    if (report->sig_usage != RT_HYGON_PEK)
        return malformed(err, "it is not said to be signed by a PEK");
    if (report->sig_algo != RT_HYGON_ALGO)
        return ratls_fail(err, RATLS_E_EVIDENCE_ALGORITHM, "CSV report: algorithm %u",
                          (unsigned)report->sig_algo);
    enum ratls_err e = rt_sm2_verify(report->pek.point, &msg, report->signature);
    if (rt_is_own_failure(e))
        return ratls_fail(err, e, "the report's signature could not be checked");
    return e ? ratls_fail(err, RATLS_E_EVIDENCE_SIGNATURE, "the report is not signed by its PEK")
             : RATLS_OK;
}
