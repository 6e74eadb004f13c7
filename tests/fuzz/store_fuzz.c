/* Files of a store's folder, the object of an object store and what its server answers: any bytes
 * end in items and rows that are written the same way again, or in a refusal. */
#include <stdlib.h>

#include "folder_trail.h"
#include "s3_http.h"
#include "s3_object.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect_same(struct rt_writer *w, struct ratls_bytes in)
{
    if (!w->bad && !ratls_bytes_equal(rt_written(w), in))
        abort();
    rt_writer_free(w);
}

static void read_item(struct ratls_bytes in)
{
    struct rt_entry item;
    struct rt_writer w = {0};
    uint8_t digest[RT_DIGEST_LEN];

    if (rt_entry_read(in, &item, NULL) != RATLS_OK)
        return;
    rt_entry_put(&w, &item.view, true);
    rt_put_u8(&w, '\n');
    expect_same(&w, in);
    (void)!rt_entry_digest(&item.view, digest);
    rt_entry_free(&item);
}

static void read_body(struct ratls_bytes in)
{
    struct ratls_buffer once = {0}, twice = {0};

    if (rt_body_normal(in, &once, NULL) == RATLS_OK &&
        rt_body_normal(rt_bytes_of(&once), &twice, NULL) == RATLS_OK &&
        !ratls_bytes_equal(rt_bytes_of(&once), rt_bytes_of(&twice)))
        abort();
    ratls_buffer_free(&once);
    ratls_buffer_free(&twice);
}

static void read_trail(struct ratls_bytes in)
{
    struct rt_trail trail;
    struct rt_current *list = NULL;
    struct rt_writer w = {0};
    struct ratls_store_head head;
    size_t n;

    if (rt_trail_read(in, &trail, NULL) == RATLS_OK) {
        for (size_t i = 0; i < trail.n; i++) {
            rt_event_put(&w, &trail.rows[i].event);
            rt_put_u8(&w, '\n');
        }
        expect_same(&w, in);
        (void)!rt_trail_current(&trail, &list, &n, NULL);
        if (rt_trail_head(in, &head, NULL) != RATLS_OK)
            abort();
        free(list);
    }
    rt_trail_free(&trail);
    (void)!rt_trail_head(in, &head, NULL);
}

/* All but the mark, which is another one each time. */
static void expect_same_object(const struct rt_object *o, struct ratls_bytes in)
{
    const uint8_t mark[RT_OBJECT_MARK_LEN] = {0};
    const uint8_t *line = memchr(in.p, '\n', in.len);
    struct rt_writer w = {0};

    rt_object_write(o, mark, &w);
    const size_t head = line ? (size_t)(line - in.p) : 0;
    if (!w.bad && (w.len != in.len || memcmp(w.p + head, in.p + head, in.len - head) != 0))
        abort();
    rt_writer_free(&w);
}

static void read_object(struct ratls_bytes in)
{
    struct rt_object o;
    struct ratls_store_head head;

    if (rt_object_read(in, &o, NULL) == RATLS_OK) {
        expect_same_object(&o, in);
        if (rt_object_head(in, &head, NULL) != RATLS_OK)
            abort();
    }
    rt_object_free(&o);
    (void)!rt_object_head(in, &head, NULL);
}

static void read_error(struct ratls_bytes in)
{
    char code[RT_S3_MAX_CODE + 1];

    rt_s3_code(in, code);
    if (strlen(code) > RT_S3_MAX_CODE)
        abort();
}

static void read_keys(struct ratls_bytes in)
{
    struct rt_s3_conf c = {.keys = rt_secret_alloc(sizeof *c.keys)};

    if (c.keys && rt_s3_conf_keys(in, &c, NULL) == RATLS_OK && (!*c.region || !*c.keys->secret))
        abort();
    rt_s3_conf_free(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const readers[])(struct ratls_bytes) = {read_item,   read_trail, read_body,
                                                          read_object, read_error, read_keys};
    struct rt_reader r = rt_reader(ratls_bytes(data, size));
    const uint8_t which = rt_u8(&r);

    if (!r.bad && which < RT_COUNT(readers))
        readers[which](rt_rest(&r));
    return 0;
}
