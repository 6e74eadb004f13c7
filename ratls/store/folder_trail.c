#include "folder_trail.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- lines ---- */

static struct rt_trail_row *next_row(struct rt_trail *t)
{
    if (t->n == t->cap) {
        size_t cap = t->cap ? 2 * t->cap : 64;
        struct rt_trail_row *rows = realloc(t->rows, cap * sizeof *rows);
        if (!rows)
            return NULL;
        t->rows = rows;
        t->cap = cap;
    }
    t->rows[t->n] = (struct rt_trail_row){0};
    return &t->rows[t->n];
}

static enum ratls_err read_line(struct rt_trail *t, struct ratls_bytes line,
                                struct ratls_error *err)
{
    struct rt_trail_row *row = next_row(t);

    if (!row)
        return RATLS_E_NO_MEMORY;
    enum ratls_err e = rt_event_read(line, &row->event, &row->text, err);
    if (!e)
        t->n++;
    return e;
}

bool rt_take_line(struct rt_reader *r, struct ratls_bytes *line)
{
    const uint8_t *end = r->left ? memchr(r->p, '\n', r->left) : NULL;

    if (!end)
        return false;
    *line = rt_take_bytes(r, (size_t)(end - r->p));
    rt_skip(r, 1);
    return true;
}

enum ratls_err rt_trail_read(struct ratls_bytes file, struct rt_trail *out, struct ratls_error *err)
{
    struct rt_reader r = rt_reader(file);
    struct ratls_bytes line;
    enum ratls_err e = RATLS_OK;

    *out = (struct rt_trail){0};
    while (!e && rt_take_line(&r, &line))
        e = read_line(out, line, err);
    if (!e && r.left > 0)
        e = ratls_fail(err, RATLS_E_STORE_TAMPERED, "the last row of the trail is cut off");
    return e;
}

void rt_trail_write(const struct rt_trail *t, struct rt_writer *w)
{
    for (size_t i = 0; i < t->n; i++) {
        rt_event_put(w, &t->rows[i].event);
        rt_put_u8(w, '\n');
    }
}

enum ratls_err rt_trail_each(const struct rt_trail *t, int64_t from_seq, rt_event_fn *fn, void *arg,
                             struct ratls_error *err)
{
    enum ratls_err e = RATLS_OK;

    for (size_t i = 0; !e && i < t->n; i++)
        if (t->rows[i].event.view.seq >= from_seq)
            e = fn(arg, &t->rows[i].event, err);
    return e;
}

void rt_trail_free(struct rt_trail *t)
{
    for (size_t i = 0; i < t->n; i++)
        ratls_buffer_free(&t->rows[i].text);
    free(t->rows);
    *t = (struct rt_trail){0};
}

enum ratls_err rt_trail_append(struct rt_trail *t, const struct rt_event *event)
{
    struct rt_writer w = {0};
    enum ratls_err e = RATLS_E_NO_MEMORY;

    rt_event_put(&w, event);
    if (!w.bad)
        e = read_line(t, rt_written(&w), NULL);
    rt_writer_free(&w);
    return e;
}

enum ratls_err rt_trail_head(struct ratls_bytes end, struct ratls_store_head *out,
                             struct ratls_error *err)
{
    struct ratls_buffer text = {0};
    struct rt_event event;

    *out = (struct ratls_store_head){0};
    if (end.len == 0)
        return RATLS_OK;
    if (end.p[end.len - 1] != '\n')
        return ratls_fail(err, RATLS_E_STORE_TAMPERED, "the last row of the trail is cut off");
    end.len--;
    const uint8_t *before = end.len ? memrchr(end.p, '\n', end.len) : NULL;
    struct rt_reader r = rt_reader(end);
    if (before)
        rt_skip(&r, (size_t)(before - end.p) + 1);
    enum ratls_err e = rt_event_read(rt_rest(&r), &event, &text, err);
    if (!e) {
        out->seq = event.view.seq;
        memcpy(out->hash, event.view.hash, sizeof out->hash);
    }
    ratls_buffer_free(&text);
    return e;
}

/* ---- the newest row about each item ---- */

bool rt_trail_file(const char *subject, const uint8_t digest[RT_DIGEST_LEN],
                   char out[RT_SUBJECT_LEN])
{
    char buffer[RT_SUBJECT_LEN], hex[17];
    struct ratls_store_ref ref;

    if (!rt_subject_parse(subject, buffer, &ref))
        return false;
    rt_hex(ratls_bytes(digest, 8), hex);
    return snprintf(out, RT_SUBJECT_LEN, "%s.%s.%s.%lld.%s.json", ref.kind, ref.tee, ref.name,
                    (long long)ref.version, hex) < RT_SUBJECT_LEN;
}

/* By subject, the newest first. */
static int by_subject(const void *a, const void *b)
{
    const struct rt_event *x = ((const struct rt_current *)a)->event;
    const struct rt_event *y = ((const struct rt_current *)b)->event;
    int order = strcmp(x->view.subject, y->view.subject);

    return order ? order : (x->view.seq < y->view.seq) - (x->view.seq > y->view.seq);
}

static int by_file(const void *a, const void *b)
{
    return strcmp(((const struct rt_current *)a)->file, ((const struct rt_current *)b)->file);
}

static size_t keep_newest(struct rt_current *list, size_t n)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++)
        if (kept == 0 || strcmp(list[kept - 1].event->view.subject, list[i].event->view.subject))
            list[kept++] = list[i];
    return kept;
}

enum ratls_err rt_trail_current(const struct rt_trail *t, struct rt_current **out, size_t *n,
                                struct ratls_error *err)
{
    struct rt_current *list = malloc((t->n + 1) * sizeof *list);

    *out = list;
    *n = 0;
    if (!list)
        return RATLS_E_NO_MEMORY;
    for (size_t i = 0; i < t->n; i++)
        if (t->rows[i].event.has_digest)
            list[(*n)++].event = &t->rows[i].event;
    qsort(list, *n, sizeof *list, by_subject);
    *n = keep_newest(list, *n);
    for (size_t i = 0; i < *n; i++)
        if (!rt_trail_file(list[i].event->view.subject, list[i].event->digest, list[i].file))
            return ratls_fail(err, RATLS_E_STORE_TAMPERED, "row %lld of the trail is about no item",
                              (long long)list[i].event->view.seq);
    qsort(list, *n, sizeof *list, by_file);
    return RATLS_OK;
}
