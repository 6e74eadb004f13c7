#include <inttypes.h>
#include <stdio.h>

#include "json.h"

static void put_list(struct rt_writer *w, const struct ratls_claim *c)
{
    rt_json_put_raw(w, "[");
    for (size_t i = 0; i < c->n_items; i++) {
        if (i > 0)
            rt_json_put_raw(w, ",");
        rt_json_put_text(w, c->items[i]);
    }
    rt_json_put_raw(w, "]");
}

static void put_uint(struct rt_writer *w, uint64_t n)
{
    char digits[24];

    rt_put(w, digits, (size_t)snprintf(digits, sizeof digits, "%" PRIu64, n));
}

void rt_json_put_claim(struct rt_writer *w, const struct ratls_claim *c)
{
    switch (c->type) {
    case RATLS_CLAIM_TEXT:
        rt_json_put_text(w, c->text);
        return;
    case RATLS_CLAIM_UINT:
        put_uint(w, c->number);
        return;
    case RATLS_CLAIM_BOOL:
        rt_json_put_raw(w, c->number ? "true" : "false");
        return;
    case RATLS_CLAIM_LIST:
        put_list(w, c);
        return;
    }
    rt_json_put_raw(w, "null");
}
