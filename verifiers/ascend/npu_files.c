#include "npu_files.h"

#include "digest_set.h"

enum { IMA_PCR = 10 };

/* A violation has no digest, and is listed as the ones that extend the PCR in its place: an
 * allow-list of files must not pass by what nobody could measure. */
static enum ratls_err note_file(void *arg, struct ratls_bytes file_digest, struct ratls_bytes path)
{
    uint8_t ones[RT_SHA256_LEN];

    (void)path;
    memset(ones, 0xff, sizeof ones);
    return rt_digest_set_add(arg, file_digest.len ? file_digest : ratls_bytes(ones, sizeof ones));
}

/* Over what was measured, not over the log: that has another order after each start. */
static enum ratls_err digest_claims(struct rt_digest_set *files, struct ratls_claims *claims)
{
    uint8_t measurement[RT_SHA384_LEN];
    enum ratls_err e = rt_digest_set_claim(files, "ascend_npu.ima.digests", claims);

    if (e == RATLS_OK)
        e = rt_digest_set_hash(files, RT_SHA384, measurement);
    if (e == RATLS_OK)
        (void)ratls_claims_set_hex(claims, "measurement",
                                   ratls_bytes(measurement, sizeof measurement));
    return e;
}

enum ratls_err rt_ascend_files_read(struct ratls_bytes ima_log, struct rt_ima_log *out,
                                    struct ratls_claims *claims, struct ratls_error *err)
{
    struct rt_digest_set files = {0};
    const struct rt_ima_rules rules = {
        .index = IMA_PCR, .hash = RT_SHA256, .visit = note_file, .arg = &files};
    enum ratls_err e = rt_ima_replay(ima_log, &rules, out, err);

    if (e == RATLS_OK) {
        (void)ratls_claims_set_uint(claims, "ascend_npu.ima.entries", out->n_entries);
        (void)ratls_claims_set_uint(claims, "ascend_npu.ima.violations", out->n_violations);
        e = digest_claims(&files, claims);
    }
    rt_digest_set_free(&files);
    return e ? ratls_fail(err, e, "the files of the IMA log: %s", ratls_err_text(e)) : RATLS_OK;
}

enum ratls_err rt_ascend_files_prove(const struct rt_ima_log *log, const struct rt_tpm_pcrs *pcrs,
                                     struct ratls_error *err)
{
    if (!(pcrs->given >> IMA_PCR & 1))
        return ratls_fail(err, RATLS_E_EVENT_LOG_MISMATCH, "the quote is not over PCR 10");
    return rt_ima_matches(log, ratls_bytes(pcrs->value[IMA_PCR], RT_SHA256_LEN))
               ? RATLS_OK
               : ratls_fail(err, RATLS_E_EVENT_LOG_MISMATCH, "the IMA log does not lead to PCR 10");
}
