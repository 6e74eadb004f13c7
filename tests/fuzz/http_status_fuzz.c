/* Any bytes as the answer of a backend to a check: a status is the one that is written there, and
 * what is known of the beginning does not change when more bytes come. */
#include <stdio.h>
#include <stdlib.h>

#include "health.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* On the heap, so that a byte too many is seen. */
static int status_of(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);

    must(copy != NULL);
    if (size)
        memcpy(copy, data, size);
    int status = px_http_status(ratls_bytes(copy, size));
    free(copy);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const int status = status_of(data, size);
    char due[16];

    must(status == -1 || status == 0 || (status >= 100 && status <= 599));
    if (status == 0)
        must(size < PX_STATUS_LINE_LEN);
    if (status > 0) {
        must(size >= PX_STATUS_LINE_LEN && memcmp(data, "HTTP/1.", 7) == 0);
        (void)snprintf(due, sizeof due, " %d", status);
        must(memcmp(data + 8, due, 4) == 0 && strchr(" \r\n", data[12]) && data[12]);
    }
    for (size_t n = 0; n < size && n <= PX_STATUS_LINE_LEN; n++) {
        int sooner = status_of(data, n);
        must(sooner == status || sooner == 0);
    }
    return 0;
}
