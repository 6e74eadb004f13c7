#include "nvidia_evidence.h"

#include "cbor.h"

static void put_device(struct rt_writer *w, const struct rt_nvidia_parts *device)
{
    rt_cbor_put(w, RT_CBOR_ARRAY, 2);
    rt_cbor_put_bstr(w, device->report);
    rt_cbor_put(w, RT_CBOR_ARRAY, device->n_certs);
    for (size_t i = 0; i < device->n_certs; i++)
        rt_cbor_put_bstr(w, device->cert[i]);
}

enum ratls_err rt_nvidia_evidence(const struct rt_nvidia_parts *device, size_t n,
                                  struct ratls_buffer *out)
{
    struct rt_writer w = {0};

    if (n != 1)
        rt_cbor_put(&w, RT_CBOR_ARRAY, n);
    for (size_t i = 0; i < n; i++)
        put_device(&w, &device[i]);
    return rt_writer_take(&w, out);
}
