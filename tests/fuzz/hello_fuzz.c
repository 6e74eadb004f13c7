/* Any bytes as the beginning of a TLS connection: a name is one, and how the records cut the
 * message does not matter. */
#include <stdlib.h>

#include "hello.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static enum px_hello_is parse(const uint8_t *data, size_t size, char name[PX_MAX_HOST + 1])
{
    uint8_t *copy = malloc(size + 1);

    must(copy != NULL);
    if (size)
        memcpy(copy, data, size);
    enum px_hello_is is = px_hello_parse(copy, size, name);
    free(copy);
    return is;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char name[PX_MAX_HOST + 1], same[PX_MAX_HOST + 1], again[PX_MAX_HOST + 1];
    enum px_hello_is is = parse(data, size, name);

    if (is == PX_HELLO_NAMED)
        must(px_name_parse(ratls_bytes_str(name), again) && strcmp(name, again) == 0);
    if (size > 0) { /* a byte less: the same, or a part */
        enum px_hello_is less = parse(data, size - 1, same);
        must(less == is || less == PX_HELLO_PART || size > PX_HELLO_MAX);
        must(less != PX_HELLO_NAMED || is != PX_HELLO_NAMED || strcmp(same, name) == 0);
    }
    return 0;
}
