#include "rate.h"

enum { TOKEN = 60000 };

static struct rt_rate *row_of(struct rt_rates *r, const uint8_t *digest)
{
    struct rt_reader bytes = rt_reader(ratls_bytes(digest, 8));

    return &r->rows[rt_u64be(&bytes) % RT_RATE_ROWS];
}

static void fill(const struct rt_rates *r, struct rt_rate *row, int64_t now_ms)
{
    const int64_t full = (int64_t)r->burst * TOKEN;
    const int64_t passed = row->at_ms ? now_ms - row->at_ms : INT64_MAX;

    /* so that nothing overflows: after `full` milliseconds it is full at any rate */
    row->left = passed >= full ? full : row->left + passed * (int64_t)r->per_minute;
    if (row->left > full)
        row->left = full;
    row->at_ms = now_ms;
}

enum rt_rate_answer rt_rate_take(struct rt_rates *r, const uint8_t *digest, int64_t now_ms)
{
    struct rt_rate *row = row_of(r, digest);

    fill(r, row, now_ms);
    if (row->left >= TOKEN) {
        row->left -= TOKEN;
        row->dry = false;
        return RT_RATE_GRANTED;
    }
    const bool was_dry = row->dry;
    row->dry = true;
    return was_dry ? RT_RATE_DRY_STILL : RT_RATE_DRY;
}
