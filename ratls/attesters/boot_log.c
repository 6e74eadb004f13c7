#include "boot_log.h"

#define SHA1_LEN      20
#define SIGNATURE     "Spec ID Event03" /* with its NUL: TCG_EfiSpecIDEvent */
#define SIGNATURE_LEN 16

struct algorithms {
    uint16_t id[RT_MAX_LOG_HASHES], len[RT_MAX_LOG_HASHES];
    size_t n;
};

/* TCG_PCClientPCREvent around TCG_EfiSpecIDEvent. */
static bool read_header(struct rt_reader *log, struct algorithms *algs)
{
    rt_skip(log, 4 + 4 + SHA1_LEN); /* register, type, digest */
    struct rt_reader r = rt_reader(rt_take_bytes(log, rt_u32le(log)));
    const struct ratls_bytes begin = rt_take_bytes(&r, SIGNATURE_LEN);

    rt_skip(&r, 4 + 3 + 1); /* platform class, version, size of UINTN */
    algs->n = rt_u32le(&r);
    if (algs->n > RT_MAX_LOG_HASHES)
        return false;
    for (size_t i = 0; i < algs->n; i++) {
        algs->id[i] = rt_u16le(&r);
        algs->len[i] = rt_u16le(&r);
    }
    return !r.bad && ratls_bytes_equal(begin, ratls_bytes(SIGNATURE, SIGNATURE_LEN));
}

/* TCG_PCR_EVENT2 */
static bool skip_event(struct rt_reader *r, const struct algorithms *algs)
{
    rt_skip(r, 4 + 4); /* register, type */
    const uint32_t n = rt_u32le(r);
    for (uint32_t i = 0; i < n && !r->bad; i++) {
        const uint16_t id = rt_u16le(r);
        size_t k = 0;
        while (k < algs->n && algs->id[k] != id)
            k++;
        if (k == algs->n)
            return false;
        rt_skip(r, algs->len[k]);
    }
    rt_skip(r, rt_u32le(r));
    return !r->bad;
}

struct ratls_bytes rt_boot_log_of(struct ratls_bytes area)
{
    struct rt_reader r = rt_reader(area);
    struct algorithms algs = {.n = 0};
    bool whole = read_header(&r, &algs);

    while (whole && !rt_is_filler(rt_rest(&r)))
        whole = skip_event(&r, &algs);
    return whole ? ratls_bytes(area.p, area.len - r.left) : ratls_bytes(NULL, 0);
}
