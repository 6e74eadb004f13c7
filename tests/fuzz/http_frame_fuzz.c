/* Any bytes as requests, in pieces that the first byte chooses: what goes out does not depend on
 * the pieces, has one field of ours in each head and no other, and, framed again, is what it is. */
#include <stdlib.h>

#include "http_frame.h"

#define FIELD "Ratls-Identity"
#define VALUE "T"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static const char *value(void *arg)
{
    (void)arg;
    return VALUE;
}

static struct evbuffer *run(struct ratls_bytes in, size_t piece, struct px_frame *f)
{
    struct evbuffer *out = evbuffer_new();

    must(out != NULL);
    *f = (struct px_frame){.field = FIELD, .value = value};
    for (size_t at = 0; at < in.len; at += piece) {
        size_t n = in.len - at < piece ? in.len - at : piece;
        enum px_frame_is is = px_frame_feed(f, ratls_bytes(in.p + at, n), out);
        must(is == PX_FRAME_GOOD || is == PX_FRAME_REFUSED);
        must((is == PX_FRAME_REFUSED) == (f->state == PX_FRAME_OVER));
        must(f->n_held <= PX_FRAME_HEAD);
    }
    px_frame_free(f);
    return out;
}

static struct ratls_bytes bytes_of(struct evbuffer *b)
{
    size_t len = evbuffer_get_length(b);

    return ratls_bytes(len ? evbuffer_pullup(b, -1) : NULL, len);
}

/* A reader that knows only that heads end in an empty line finds ours once in the first. */
static void inspect_first(struct ratls_bytes out)
{
    const size_t len = strlen(FIELD);
    const uint8_t *end = out.len ? memmem(out.p, out.len, "\r\n\r\n", 4) : NULL;
    const uint8_t *p = out.p;
    size_t n = 0;

    must(end != NULL);
    while ((p = memmem(p, (size_t)(end - p), "\r\n", 2)) != NULL) {
        p += 2;
        n += (size_t)(end - p) > len && memchr(p, ':', len + 1) == p + len &&
             px_frame_same_name(ratls_bytes(p, len), FIELD);
    }
    must(n == 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct px_frame whole, parts, again;
    size_t piece = size > 0 ? data[0] % 32 + 1u : 1;
    struct ratls_bytes in = size > 0 ? ratls_bytes(data + 1, size - 1) : ratls_bytes(NULL, 0);
    struct evbuffer *a = run(in, in.len + 1, &whole), *b = run(in, piece, &parts);

    /* What cannot be a head may be found out earlier in one piece; nothing of it goes out. */
    if (whole.state != PX_FRAME_OVER || parts.state == PX_FRAME_OVER) {
        must(whole.state == parts.state && whole.status == parts.status);
        must(whole.heads == parts.heads && whole.left == parts.left);
    }
    must(ratls_bytes_equal(bytes_of(a), bytes_of(b)));
    if (whole.heads > 0)
        inspect_first(bytes_of(a));
    struct evbuffer *c = run(bytes_of(a), in.len + 1, &again);
    if (again.status != 431) { /* longer by our field */
        must(again.heads == whole.heads && again.state != PX_FRAME_OVER);
        must(ratls_bytes_equal(bytes_of(a), bytes_of(c)));
    }
    evbuffer_free(a);
    evbuffer_free(b);
    evbuffer_free(c);
    return 0;
}
