#include "chain.h"

#include "crypto.h"
#include "x509.h"

/* SHA-256 of the SubjectPublicKeyInfo of Hygon's root key. */
const uint8_t rt_csv_pins[1][32] = {{0xcd, 0x0f, 0x13, 0x0d, 0x93, 0x43, 0x3c, 0x48,
                                     0x54, 0xb7, 0xf2, 0xd8, 0x83, 0xc2, 0x3e, 0x28,
                                     0x1d, 0xe4, 0x53, 0xf4, 0xfd, 0xe0, 0x62, 0x1c,
                                     0x3a, 0x07, 0x86, 0x6c, 0x52, 0xc4, 0x5b, 0x80}};

/* The root itself, as far as it is needed: the signature that Hygon put below its own key proves
 * nothing that the pin does not. */
static const uint8_t hrk_key_id[RT_HYGON_ID_LEN] = {0x3a, 0xe8, 0x6a, 0x97, 0x01, 0x35, 0x5c, 0xce,
                                                    0x33, 0x3a, 0x58, 0x9d, 0xe2, 0x15, 0x83, 0xd7};
static const uint8_t hrk_point[RT_SM2_POINT_LEN] = {
    0xbe, 0x62, 0xe1, 0x4d, 0x62, 0xa4, 0xf1, 0x4c, 0xf3, 0xd7, 0x02, 0xdb, 0x09, 0x56, 0x3a, 0x75,
    0xc8, 0x09, 0x35, 0xe7, 0x85, 0xcd, 0x1f, 0x50, 0x2a, 0xf5, 0xf2, 0x1d, 0x92, 0xc2, 0xf6, 0x2d,
    0x3b, 0xab, 0x12, 0x3a, 0x57, 0xbb, 0x70, 0x15, 0x58, 0x4f, 0x8b, 0x97, 0x16, 0x4e, 0x95, 0x38,
    0x4a, 0x64, 0x0c, 0x10, 0xb9, 0xbe, 0x88, 0x47, 0x38, 0x74, 0x4d, 0x68, 0xb4, 0x1e, 0xb9, 0x46};
#define HRK_UID "HYGON-SSD-HRK"

/* ---- codes ---- */

static enum ratls_err not_read(const char *which, enum ratls_err e, const struct ratls_error *why,
                               struct ratls_error *err)
{
    return ratls_fail(err,
                      e == RATLS_E_CERT_KEY ? RATLS_E_EVIDENCE_ALGORITHM : RATLS_E_EVIDENCE_FORMAT,
                      "%s: %s", which, why->detail);
}

static enum ratls_err check_issued(const char *which, const struct rt_hygon_cert *cert,
                                   const struct rt_hygon_cert *by, struct ratls_error *err)
{
    struct ratls_error inner = {0};
    enum ratls_err e = rt_hygon_signed_by(cert, by, &inner);

    return e ? ratls_fail(err, rt_is_own_failure(e) ? e : RATLS_E_EVIDENCE_CHAIN, "%s: %s", which,
                          inner.detail)
             : RATLS_OK;
}

/* ---- HSK and CEK ---- */

enum ratls_err rt_csv_pair_read(struct ratls_bytes pair, struct rt_hygon_cert *hsk,
                                struct rt_hygon_cert *cek, struct ratls_error *err)
{
    struct rt_reader r = rt_reader(pair);
    const struct ratls_bytes first = rt_take_bytes(&r, RT_HYGON_CA_LEN), second = rt_rest(&r);
    struct ratls_error why = {0};
    enum ratls_err e = rt_hygon_read(first, RT_HYGON_HSK, hsk, &why);

    if (e)
        return not_read("HSK", e, &why, err);
    e = rt_hygon_read(second, RT_HYGON_CEK, cek, &why);
    return e ? not_read("CEK", e, &why, err) : RATLS_OK;
}

struct search {
    const struct rt_hygon_cert *pek;
    struct rt_csv_chain *chain;
    bool found; /* chain->given is kept */
};

/* Several may be configured, each of another chip. */
static enum ratls_err try_block(void *arg, struct ratls_bytes block, struct ratls_error *err)
{
    struct search *s = arg;
    struct rt_hygon_cert hsk, cek;

    if (s->found || block.len != RT_HYGON_PAIR_LEN)
        return RATLS_OK;
    enum ratls_err e = rt_csv_pair_read(block, &hsk, &cek, err);
    if (e)
        return e;
    e = rt_hygon_signed_by(s->pek, &cek, NULL);
    if (rt_is_own_failure(e))
        return ratls_fail(err, e, "PEK");
    if (e)
        return RATLS_OK;
    s->found = true;
    return rt_dup(block, &s->chain->given);
}

static enum ratls_err find_pair(const struct rt_hygon_cert *pek, struct ratls_bytes certs,
                                struct rt_csv_chain *out, struct ratls_error *err)
{
    struct search s = {.pek = pek, .chain = out};
    size_t n;
    enum ratls_err e = rt_each_hygon(certs, try_block, &s, &n, err);

    if (e)
        return e == RATLS_E_CONFIG ? RATLS_E_EVIDENCE_CHAIN : ratls_fail(err, e, "certificates");
    if (n == 0)
        return ratls_fail(err, RATLS_E_EVIDENCE_CHAIN, "HSK and CEK are missing");
    return s.found ? RATLS_OK
                   : ratls_fail(err, RATLS_E_EVIDENCE_CHAIN, "no CEK that is there signed the PEK");
}

/* ---- HRK ---- */

/* A pin, too, when it is Hygon's: no other root is known by its pin alone. */
static enum ratls_err read_root(const struct ratls_root *root, struct rt_hygon_cert *out)
{
    if (root->cert.len > 0)
        return rt_hygon_read(root->cert, RT_HYGON_HRK, out, NULL);
    if (memcmp(root->spki_sha256, rt_csv_pins[0], sizeof rt_csv_pins[0]) != 0)
        return RATLS_E_EVIDENCE_ROOT;
    *out = (struct rt_hygon_cert){
        .usage = RT_HYGON_HRK,
        .uid = ratls_bytes_str(HRK_UID),
        .key_id = ratls_bytes(hrk_key_id, sizeof hrk_key_id),
    };
    memcpy(out->point, hrk_point, sizeof out->point);
    return RATLS_OK;
}

/* By its name first: it is what an HSK says of its issuer. */
static enum ratls_err prove_hsk(const struct ratls_verify_input *input, struct rt_csv_chain *chain,
                                struct ratls_error *err)
{
    for (size_t i = 0; i < input->n_roots; i++) {
        const struct ratls_root *root = &input->roots[i];
        if (read_root(root, &chain->hrk) != RATLS_OK ||
            !ratls_bytes_equal(chain->hrk.key_id, chain->hsk.issuer))
            continue;
        chain->simulated = root->simulated || rt_hygon_has_mark(&chain->hrk, RT_SIM_ORGANIZATION);
        return check_issued("HSK", &chain->hsk, &chain->hrk, err);
    }
    return ratls_fail(err, RATLS_E_EVIDENCE_ROOT, "HSK: issued by an HRK that is not trusted");
}

/* ---- all of it ---- */

enum ratls_err rt_csv_chain_prove(const struct rt_hygon_cert *pek, struct ratls_bytes pair,
                                  const struct ratls_verify_input *input, struct rt_csv_chain *out,
                                  struct ratls_error *err)
{
    enum ratls_err e = RATLS_OK;

    *out = (struct rt_csv_chain){0};
    if (input->n_roots == 0)
        return ratls_fail(err, RATLS_E_NO_ANCHOR, "no HRK is trusted");
    if (pair.len == 0)
        e = find_pair(pek, input->certs, out, err);
    if (e == RATLS_OK)
        e = rt_csv_pair_read(pair.len ? pair : rt_bytes_of(&out->given), &out->hsk, &out->cek, err);
    if (e == RATLS_OK)
        e = prove_hsk(input, out, err);
    if (e == RATLS_OK)
        e = check_issued("CEK", &out->cek, &out->hsk, err);
    return e ? e : check_issued("PEK", pek, &out->cek, err);
}

void rt_csv_chain_free(struct rt_csv_chain *chain)
{
    ratls_buffer_free(&chain->given);
}
