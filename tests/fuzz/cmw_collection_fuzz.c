/* Any bytes as composite evidence: what is read lies inside the input, and is written as it was. */
#include <stdlib.h>

#include "cmw_collection.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void inside(struct ratls_bytes part, struct ratls_bytes whole)
{
    if (part.len == 0 || part.p < whole.p || part.len > whole.len ||
        (size_t)(part.p - whole.p) > whole.len - part.len)
        abort();
}

static void write_again(const struct rt_cmw_collection *c)
{
    struct ratls_buffer out;
    struct rt_cmw_collection again;

    if (rt_cmw_collection_write(c, &out) != RATLS_OK ||
        rt_cmw_collection_read(rt_bytes_of(&out), &again, NULL) != RATLS_OK || again.n != c->n)
        abort();
    ratls_buffer_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const struct ratls_bytes in = ratls_bytes(bytes, len);
    struct rt_cmw_collection c;

    if (rt_cmw_collection_read(in, &c, NULL) != RATLS_OK)
        return 0;
    if (!rt_cmw_is_collection(in) || c.n == 0 || c.n > RT_MAX_CMW_ITEMS)
        abort();
    for (size_t i = 0; i < c.n; i++) {
        inside(c.item[i].media_type, in);
        inside(c.item[i].evidence, in);
    }
    write_again(&c);
    return 0;
}
