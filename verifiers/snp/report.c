#include "report.h"

enum {
    VERSION_MIN = 2,
    VERSION_MAX = 5,
    VERSION_CPUID = 3,
    VERSION_MIT = 5,
    VERSION_LOOK = 15, /* versions to come are still recognised, and refused by number */
    VMPL_MAX = 3,
    ALGO_ECDSA_P384_SHA384 = 1, /* AMD 56860, table 139 */
    KEY_NONE = 7,
    SIGNED_LEN = 0x2a0,
    SCALAR_FIELD = 72, /* R and S: 48 bytes, little endian, and zeros */
    SCALAR_LEN = 48,
};

#define VMPL_OF_HOST       0xffffffffU
#define POLICY_MUST_BE_ONE (1ULL << 17)
#define POLICY_RESERVED    (~0ULL << 26) /* AMD 56860, table 10 */
#define KEY_BITS_RESERVED  (~0U << 5)
#define PARAVISOR_MAGIC    "HCLA"

const char *rt_snp_key_name(enum rt_snp_signing_key key)
{
    return key == RT_SNP_VLEK ? "vlek" : "vcek";
}

bool rt_snp_recognises(struct ratls_bytes evidence)
{
    struct rt_reader r = rt_reader(evidence);

    if (rt_starts_with(evidence, PARAVISOR_MAGIC))
        return true;
    uint32_t version = rt_u32le(&r); /* 0 when it is too short */
    return version >= 1 && version <= VERSION_LOOK;
}

static enum ratls_err malformed(struct ratls_error *err, const char *what)
{
    return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "SNP report: %s", what);
}

/* ---- field by field, in the order of table 23 ---- */

/* What is checked once all is read. */
struct raw {
    struct rt_reader r;
    bool zeros; /* every reserved byte so far is zero */
    uint32_t algo, key_bits;
};

static void must_be_zero(struct raw *w, size_t n)
{
    const uint8_t *p = rt_take(&w->r, n);

    w->zeros = w->zeros && p && rt_all_zero(p, n);
}

static void read_head(struct raw *w, struct rt_snp_report *out)
{
    out->version = rt_u32le(&w->r);
    out->guest_svn = rt_u32le(&w->r);
    out->policy = rt_u64le(&w->r);
    out->family_id = rt_take(&w->r, 16);
    out->image_id = rt_take(&w->r, 16);
    out->vmpl = rt_u32le(&w->r);
    w->algo = rt_u32le(&w->r);
    out->tcb[RT_SNP_CURRENT] = rt_take(&w->r, 8);
    out->platform_info = rt_u64le(&w->r);
    w->key_bits = rt_u32le(&w->r);
    must_be_zero(w, 4); /* 0x04c */
}

static void read_guest(struct raw *w, struct rt_snp_report *out)
{
    out->report_data = rt_take(&w->r, 64);
    out->measurement = rt_take(&w->r, 48);
    out->host_data = rt_take(&w->r, 32);
    out->id_key_digest = rt_take(&w->r, 48);
    out->author_key_digest = rt_take(&w->r, 48);
    out->report_id = rt_take(&w->r, 32);
    out->report_id_ma = rt_take(&w->r, 32);
    out->tcb[RT_SNP_REPORTED] = rt_take(&w->r, 8);
}

static void read_firmware(struct raw *w, struct rt_snp_firmware *out)
{
    out->build = rt_u8(&w->r);
    out->minor = rt_u8(&w->r);
    out->major = rt_u8(&w->r);
    must_be_zero(w, 1);
}

static void read_platform(struct raw *w, struct rt_snp_report *out)
{
    out->has_cpuid = out->version >= VERSION_CPUID;
    if (out->has_cpuid) {
        out->cpu_family = rt_u8(&w->r);
        out->cpu_model = rt_u8(&w->r);
        out->cpu_stepping = rt_u8(&w->r);
    } else {
        must_be_zero(w, 3); /* 0x188 */
    }
    must_be_zero(w, 21); /* 0x18b */
    out->chip_id = rt_take(&w->r, 64);
    out->tcb[RT_SNP_COMMITTED] = rt_take(&w->r, 8);
    read_firmware(w, &out->current);
    read_firmware(w, &out->committed);
    out->tcb[RT_SNP_LAUNCH] = rt_take(&w->r, 8);
    if (out->version >= VERSION_MIT) {
        out->launch_mit_vector = rt_take(&w->r, 8);
        out->current_mit_vector = rt_take(&w->r, 8);
    } else {
        must_be_zero(w, 16); /* 0x1f8 */
    }
    must_be_zero(w, 152); /* 0x208 */
}

/* The only place where integers of more than eight bytes are little endian. */
static void read_scalar(struct raw *w, uint8_t out[SCALAR_LEN])
{
    const uint8_t *p = rt_take(&w->r, SCALAR_LEN);

    for (size_t i = 0; i < SCALAR_LEN; i++)
        out[i] = p ? p[SCALAR_LEN - 1 - i] : 0;
    must_be_zero(w, SCALAR_FIELD - SCALAR_LEN);
}

/* ---- what may stand in the fields ---- */

static enum ratls_err check_key(struct rt_snp_report *out, const struct raw *w,
                                struct ratls_error *err)
{
    const uint32_t key = w->key_bits >> 2 & 7;

    if (w->key_bits & KEY_BITS_RESERVED)
        return malformed(err, "reserved bits beside the signing key are set");
    if (key == KEY_NONE)
        return ratls_fail(err, RATLS_E_EVIDENCE_SIGNATURE, "SNP report: it is not signed");
    if (key > RT_SNP_VLEK)
        return malformed(err, "a reserved signing key");
    if (w->algo != ALGO_ECDSA_P384_SHA384)
        return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "SNP report: signature algorithm %u",
                          (unsigned)w->algo);
    out->author_key_en = w->key_bits & 1;
    out->mask_chip_key = w->key_bits >> 1 & 1;
    out->signing_key = (enum rt_snp_signing_key)key;
    return RATLS_OK;
}

/* Bits of PLATFORM_INFO that are not known here are no reason to refuse: AMD adds some. */
static enum ratls_err check_fields(struct rt_snp_report *out, const struct raw *w,
                                   struct ratls_error *err)
{
    if (!w->zeros)
        return malformed(err, "a reserved byte is not zero");
    if (!(out->policy & POLICY_MUST_BE_ONE) || out->policy & POLICY_RESERVED)
        return malformed(err, "reserved bits of the policy");
    if (out->vmpl == VMPL_OF_HOST)
        return malformed(err, "the host asked for it, not the guest");
    if (out->vmpl > VMPL_MAX)
        return malformed(err, "a VMPL above 3");
    return check_key(out, w, err);
}

static enum ratls_err check_version(struct ratls_bytes evidence, struct ratls_error *err)
{
    struct rt_reader r = rt_reader(evidence);

    if (rt_starts_with(evidence, PARAVISOR_MAGIC))
        return ratls_fail(err, RATLS_E_EVIDENCE_UNKNOWN,
                          "HCL report of a paravisor guest (Azure), without the quote of its TPM");
    uint32_t version = rt_u32le(&r);
    if (r.bad)
        return malformed(err, "too short");
    if (version < VERSION_MIN || version > VERSION_MAX)
        return ratls_fail(err, RATLS_E_EVIDENCE_VERSION, "SNP report of version %u",
                          (unsigned)version);
    return RATLS_OK;
}

enum ratls_err rt_snp_report_parse(struct ratls_bytes evidence, struct rt_snp_report *out,
                                   struct ratls_bytes *table, struct ratls_error *err)
{
    struct rt_reader whole = rt_reader(evidence);
    struct raw w = {.zeros = true};
    enum ratls_err e = check_version(evidence, err);

    *out = (struct rt_snp_report){0};
    *table = ratls_bytes(NULL, 0);
    if (e)
        return e;
    struct ratls_bytes report = rt_take_bytes(&whole, RT_SNP_REPORT_LEN);
    if (whole.bad)
        return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "SNP report: %zu bytes, not %d",
                          evidence.len, RT_SNP_REPORT_LEN);
    *table = rt_rest(&whole);
    w.r = rt_reader(report);
    out->signed_part = ratls_bytes(report.p, SIGNED_LEN);
    read_head(&w, out);
    read_guest(&w, out);
    read_platform(&w, out);
    read_scalar(&w, out->signature);
    read_scalar(&w, out->signature + SCALAR_LEN);
    must_be_zero(&w, 368); /* 0x330: covered by no signature */
    if (!rt_at_end(&w.r))
        return malformed(err, "malformed");
    return check_fields(out, &w, err);
}
