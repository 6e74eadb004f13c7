/* Any bytes as the head of a request: the end of the head is where it says, every field is found
 * again, and the answer does not depend on how many bytes were there already. */
#include <stdlib.h>

#include "http_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void inspect(struct ratls_bytes all, const struct px_head *head)
{
    struct ratls_bytes rest = head->fields;
    struct px_field field;
    uint64_t length = 0;
    size_t n = 0, lines = 0;

    must(head->len >= 4 && head->len <= all.len && head->len <= px_head_usual.bytes);
    must(memcmp(all.p + head->len - 4, "\r\n\r\n", 4) == 0);
    must(memmem(all.p, head->len - 1, "\r\n\r\n", 4) == NULL);
    must(!memchr(all.p, 0, head->len));
    for (; px_head_next(&rest, &field); n++) {
        must(field.name.len > 0 && !memchr(field.line.p, '\n', field.line.len - 1));
        lines += field.line.len;
    }
    must(n == head->n_fields && n <= px_head_usual.fields && rest.len == 0);
    must(lines == head->fields.len);
    must(px_head_find(head, "host", NULL) <= 1);
    if (px_head_body(head, &length) == PX_BODY_LENGTH)
        must(px_head_find(head, "transfer-encoding", NULL) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ratls_bytes all = ratls_bytes(data, size);
    struct px_head head, shorter;
    enum px_head_is is = px_head_parse(all, &px_head_usual, &head);

    if (is == PX_HEAD_WHOLE) {
        inspect(all, &head);
        must(px_head_parse(ratls_bytes(data, head.len), &px_head_usual, &shorter) == is);
        must(px_head_parse(ratls_bytes(data, head.len - 1), &px_head_usual, &shorter) ==
             PX_HEAD_PART);
    }
    if (is == PX_HEAD_PART && size > 0)
        must(px_head_parse(ratls_bytes(data, size / 2), &px_head_usual, &shorter) == is);
    return 0;
}
