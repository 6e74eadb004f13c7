/* Any bytes as CoRIM, or as trust document that becomes one; the first byte chooses which. What is
 * read can be written, and comes back as it was. */
#include <stdlib.h>

#include "base.h"
#include "ratls/bundle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* `json` was read of a CoRIM. */
static void there_and_back(struct ratls_bytes json)
{
    struct ratls_buffer cbor = {0}, again = {0};

    must(ratls_corim_write(json, &cbor, NULL) == RATLS_OK);
    must(ratls_corim_read(rt_bytes_of(&cbor), &again, NULL) == RATLS_OK);
    must(ratls_bytes_equal(rt_bytes_of(&again), json));
    ratls_buffer_free(&cbor);
    ratls_buffer_free(&again);
}

static void read_it(struct ratls_bytes cbor)
{
    struct ratls_buffer json = {0};
    struct ratls_error err = {0};

    enum ratls_err e = ratls_corim_read(cbor, &json, &err);
    must(e == err.code && (e == RATLS_OK || e == RATLS_E_BUNDLE_FORMAT));
    must((e == RATLS_OK) == (json.p != NULL));
    if (e == RATLS_OK)
        there_and_back(rt_bytes_of(&json));
    ratls_buffer_free(&json);
}

static void write_it(struct ratls_bytes json)
{
    struct ratls_buffer cbor = {0}, again = {0};
    struct ratls_error err = {0};

    enum ratls_err e = ratls_corim_write(json, &cbor, &err);
    must(e == err.code);
    must(e == RATLS_OK || e == RATLS_E_TRUST_FORMAT || e == RATLS_E_UNSUPPORTED);
    if (e == RATLS_OK) {
        must(ratls_corim_read(rt_bytes_of(&cbor), &again, NULL) == RATLS_OK);
        there_and_back(rt_bytes_of(&again));
    }
    ratls_buffer_free(&cbor);
    ratls_buffer_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rt_reader r = rt_reader(ratls_bytes(data, size));

    if (rt_u8(&r) % 2 == 0)
        read_it(rt_rest(&r));
    else
        write_it(rt_rest(&r));
    return 0;
}
