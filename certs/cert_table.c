#include "cert_table.h"

enum { GUID_LEN = 16, ENTRY_LEN = 24 };

/* GHCB specification 2.03, table 8. */
static const uint8_t guids[RT_CERT_KINDS][GUID_LEN] = {
    /* 63da758d-e664-4564-adc5-f4b93be8accd */
    [RT_CERT_VCEK] = {0x63, 0xda, 0x75, 0x8d, 0xe6, 0x64, 0x45, 0x64, 0xad, 0xc5, 0xf4, 0xb9, 0x3b,
                      0xe8, 0xac, 0xcd},
    /* a8074bc2-a25a-483e-aae6-39c045a0b8a1 */
    [RT_CERT_VLEK] = {0xa8, 0x07, 0x4b, 0xc2, 0xa2, 0x5a, 0x48, 0x3e, 0xaa, 0xe6, 0x39, 0xc0, 0x45,
                      0xa0, 0xb8, 0xa1},
    /* 4ab7b379-bbac-4fe4-a02f-05aef327c782 */
    [RT_CERT_ASK] = {0x4a, 0xb7, 0xb3, 0x79, 0xbb, 0xac, 0x4f, 0xe4, 0xa0, 0x2f, 0x05, 0xae, 0xf3,
                     0x27, 0xc7, 0x82},
    /* c0b406a4-a803-4952-9743-3fb6014cd0ae */
    [RT_CERT_ARK] = {0xc0, 0xb4, 0x06, 0xa4, 0xa8, 0x03, 0x49, 0x52, 0x97, 0x43, 0x3f, 0xb6, 0x01,
                     0x4c, 0xd0, 0xae},
};

/* ---- reading ---- */

struct entry {
    const uint8_t *guid;
    uint32_t offset, len;
};

static enum ratls_err refuse(struct ratls_error *err, const char *what)
{
    return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "certificate table: %s", what);
}

static enum ratls_err read_head(struct rt_reader *r, struct entry out[RT_MAX_CERT_TABLE], size_t *n,
                                struct ratls_error *err)
{
    for (*n = 0;; (*n)++) {
        struct entry e = {.guid = rt_take(r, GUID_LEN)};
        e.offset = rt_u32le(r);
        e.len = rt_u32le(r);
        if (r->bad)
            return refuse(err, "it has no end");
        if (rt_all_zero(e.guid, GUID_LEN) && e.offset == 0 && e.len == 0)
            return RATLS_OK;
        if (*n == RT_MAX_CERT_TABLE)
            return refuse(err, "too many entries");
        out[*n] = e;
    }
}

static struct ratls_bytes slice(struct ratls_bytes table, const struct entry *e, size_t head)
{
    struct rt_reader r = rt_reader(table);

    rt_skip(&r, e->offset);
    struct ratls_bytes found = rt_take_bytes(&r, e->len);
    return e->offset < head || r.bad ? ratls_bytes(NULL, 0) : found;
}

static enum ratls_err keep(struct ratls_bytes table, const struct entry *e, size_t head,
                           struct rt_cert_table *out, struct ratls_error *err)
{
    struct ratls_bytes cert = slice(table, e, head);

    if (cert.len == 0)
        return refuse(err, "an entry is empty or outside");
    for (size_t kind = 0; kind < RT_CERT_KINDS; kind++) {
        if (memcmp(guids[kind], e->guid, GUID_LEN) != 0)
            continue;
        if (out->cert[kind].len > 0)
            return refuse(err, "a certificate occurs twice");
        out->cert[kind] = cert;
    }
    return RATLS_OK;
}

enum ratls_err rt_cert_table_read(struct ratls_bytes table, struct rt_cert_table *out,
                                  struct ratls_error *err)
{
    struct entry entries[RT_MAX_CERT_TABLE];
    struct rt_reader r = rt_reader(table);
    size_t n = 0;

    *out = (struct rt_cert_table){0};
    enum ratls_err e = read_head(&r, entries, &n, err);
    for (size_t i = 0; i < n && e == RATLS_OK; i++)
        e = keep(table, &entries[i], (n + 1) * ENTRY_LEN, out, err);
    return e;
}

/* ---- writing ---- */

void rt_cert_table_write(const struct rt_cert_table *table, struct rt_writer *w)
{
    static const uint8_t end[ENTRY_LEN];
    size_t offset = ENTRY_LEN;

    for (size_t i = 0; i < RT_CERT_KINDS; i++)
        offset += table->cert[i].len > 0 ? ENTRY_LEN : 0;
    for (size_t i = 0; i < RT_CERT_KINDS; i++) {
        if (table->cert[i].len == 0)
            continue;
        rt_put(w, guids[i], GUID_LEN);
        rt_put_u32le(w, (uint32_t)offset);
        rt_put_u32le(w, (uint32_t)table->cert[i].len);
        offset += table->cert[i].len;
    }
    rt_put(w, end, sizeof end);
    for (size_t i = 0; i < RT_CERT_KINDS; i++)
        rt_put_bytes(w, table->cert[i]);
}
