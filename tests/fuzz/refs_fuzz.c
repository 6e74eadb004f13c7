/* Any bytes as baseline of secGear, or as digest list; the first byte chooses which. What is read
 * is a document that becomes a CoRIM. */
#include <stdlib.h>

#include "base.h"
#include "ratls/bundle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static enum ratls_err read_it(struct ratls_bytes json)
{
    struct ratls_buffer document = {0}, cbor = {0};
    struct ratls_error err = {0};

    enum ratls_err e = ratls_refs_read(json, "virtcca", "web", &document, &err);
    must(e == err.code);
    must(e == RATLS_OK || e == RATLS_E_BUNDLE_FORMAT || e == RATLS_E_UNSUPPORTED);
    if (e == RATLS_OK)
        must(ratls_corim_write(rt_bytes_of(&document), &cbor, NULL) == RATLS_OK);
    ratls_buffer_free(&document);
    ratls_buffer_free(&cbor);
    return e;
}

static void read_list(struct ratls_bytes list)
{
    static const char rim[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    struct ratls_buffer json = {0};
    struct ratls_error err = {0};

    enum ratls_err e = ratls_refs_of_digests(list, rim, &json, &err);
    must(e == err.code && (e == RATLS_OK || e == RATLS_E_BUNDLE_FORMAT));
    if (e == RATLS_OK)
        must(read_it(rt_bytes_of(&json)) == RATLS_OK);
    ratls_buffer_free(&json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rt_reader r = rt_reader(ratls_bytes(data, size));

    if (rt_u8(&r) % 2 == 0)
        (void)read_it(rt_rest(&r));
    else
        read_list(rt_rest(&r));
    return 0;
}
