/* Any bytes as the payload of a subject: what is read comes out as it went in. */
#include <stdlib.h>

#include "subject_line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t secret[PX_SUBJECT_SECRET];

static char *line_of(const uint8_t *data, size_t size)
{
    char *line = malloc(2 * PX_SUBJECT_SECRET + 1 + 2 * size + 1), *at = line;

    if (!line)
        abort();
    memset(at, '0', 2 * (size_t)PX_SUBJECT_SECRET);
    at += 2 * PX_SUBJECT_SECRET;
    *at++ = '.';
    for (size_t i = 0; i < size; i++) {
        *at++ = "0123456789abcdef"[data[i] >> 4];
        *at++ = "0123456789abcdef"[data[i] & 15];
    }
    *at = 0;
    return line;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *line = line_of(data, size);
    struct px_subject s;

    if (px_subject_read(line, secret, &s)) {
        char *again = px_subject_line(secret, &s);
        if (!again || strcmp(again, line) != 0)
            abort();
        px_subject_line_free(again);
    }
    px_subject_free(&s);
    free(line);
    return 0;
}
