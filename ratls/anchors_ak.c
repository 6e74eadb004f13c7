/* Attestation keys of TPMs, each trusted by itself: SubjectPublicKeyInfo, DER or PEM. */
#include <stdlib.h>

#include "anchors_impl.h"

static enum ratls_err keep_key(const struct rt_anchor_sink *sink, struct ratls_bytes spki,
                               struct ratls_error *err)
{
    uint8_t digest[RT_SHA256_LEN];

    if (!sink->item)
        return rt_anchors_keep_key(sink, ratls_bytes(NULL, 0), spki, err);
    enum ratls_err e = rt_sha256(spki, digest);
    return e ? ratls_fail(err, e, "key") : rt_anchors_keep_pin(sink, digest, err);
}

static enum ratls_err add_key(const struct rt_anchor_sink *sink, struct ratls_bytes spki,
                              struct ratls_error *err)
{
    struct ratls_error inner = {0};
    struct rt_public_key key;
    enum ratls_err e = rt_public_key_parse(spki, &key, &inner);

    if (e)
        return ratls_fail(err, rt_is_own_failure(e) ? e : RATLS_E_CONFIG, "key: %s", inner.detail);
    return keep_key(sink, spki, err);
}

static enum ratls_err add_pem(const struct rt_anchor_sink *sink, struct ratls_bytes text, size_t *n,
                              struct ratls_error *err)
{
    struct ratls_buffer der = {0};
    enum ratls_err e;

    while ((e = rt_pem_next(&text, "PUBLIC KEY", &der)) == RATLS_OK) {
        e = add_key(sink, rt_bytes_of(&der), err);
        ratls_buffer_free(&der);
        if (e)
            return e;
        ++*n;
    }
    if (e == RATLS_E_CLOSED)
        return RATLS_OK;
    return ratls_fail(err, rt_is_own_failure(e) ? e : RATLS_E_CONFIG, "key: malformed PEM");
}

enum ratls_err rt_anchors_read_ak(const struct rt_anchor_sink *sink, struct ratls_bytes file,
                                  size_t *n, struct ratls_error *err)
{
    struct rt_public_key key;
    enum ratls_err e = rt_public_key_parse(file, &key, NULL);

    *n = 0;
    if (rt_is_own_failure(e))
        return ratls_fail(err, e, "key");
    if (e)
        return add_pem(sink, file, n, err);
    *n = 1;
    return keep_key(sink, file, err);
}
