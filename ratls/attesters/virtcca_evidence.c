#include "virtcca_evidence.h"

#include "cbor.h"

static void put_member(struct rt_writer *w, const char *name, struct ratls_bytes value)
{
    if (!value.p)
        return;
    rt_cbor_put_tstr(w, name);
    rt_cbor_put_bstr(w, value);
}

static void put_certs(struct rt_writer *w, const struct rt_virtcca_parts *parts)
{
    if (parts->n_certs == 0)
        return;
    rt_cbor_put_tstr(w, "certs");
    rt_cbor_put(w, RT_CBOR_ARRAY, parts->n_certs);
    for (size_t i = 0; i < parts->n_certs; i++)
        rt_cbor_put_bstr(w, parts->certs[i]);
}

static size_t count_members(const struct rt_virtcca_parts *parts)
{
    return (size_t)(parts->token.p != NULL) + (parts->dev_cert.p != NULL) + (parts->n_certs > 0) +
           (parts->ccel.p != NULL) + (parts->ima_log.p != NULL);
}

enum ratls_err rt_virtcca_envelope(const struct rt_virtcca_parts *parts, struct ratls_buffer *out)
{
    struct rt_writer w = {0};

    rt_cbor_put(&w, RT_CBOR_MAP, count_members(parts));
    put_member(&w, "vcca_token", parts->token);
    put_member(&w, "dev_cert", parts->dev_cert);
    put_certs(&w, parts);
    put_member(&w, "ccel", parts->ccel);
    put_member(&w, "ima_log", parts->ima_log);
    return rt_writer_take(&w, out);
}
