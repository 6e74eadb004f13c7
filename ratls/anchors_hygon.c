/* The roots of Hygon CSV, which are no X.509. */
#include "anchors_impl.h"
#include "hygon.h"
#include "x509.h"

static enum ratls_err add_hrk(void *arg, struct ratls_bytes block, struct ratls_error *err)
{
    const struct rt_anchor_sink *sink = arg;
    struct ratls_error inner = {0};
    uint8_t spki[RT_SM2_SPKI_LEN];
    struct rt_hygon_cert hrk;
    enum ratls_err e = rt_hygon_read(block, RT_HYGON_HRK, &hrk, &inner);

    if (e)
        return ratls_fail(err, RATLS_E_CONFIG, "HRK: %s", inner.detail);
    if (sink->item && strcmp(sink->item->tee, "csv") != 0)
        return ratls_fail(err, RATLS_E_CONFIG, "an HRK is of the TEE csv alone");
    e = rt_hygon_signed_by(&hrk, &hrk, NULL);
    if (rt_is_own_failure(e))
        return ratls_fail(err, e, "HRK");
    rt_hygon_spki(&hrk, spki);
    return rt_anchors_keep_root(sink,
                                &(const struct rt_given_root){
                                    .cert = block,
                                    .spki = ratls_bytes(spki, sizeof spki),
                                    .signed_by_itself = e == RATLS_OK,
                                    .marked = rt_hygon_has_mark(&hrk, RT_SIM_ORGANIZATION),
                                },
                                err);
}

enum ratls_err rt_anchors_read_hygon(const struct rt_anchor_sink *sink, struct ratls_bytes file,
                                     size_t *n, struct ratls_error *err)
{
    return rt_each_hygon(file, add_hrk, (void *)(uintptr_t)sink, n, err);
}
