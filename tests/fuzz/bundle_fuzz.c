/* Any bytes as bundle, as document of one or as its header; the first byte chooses which. A
 * document that is signed comes out as it went in, and what was opened can be signed again. */
#include <stdlib.h>

#include "base.h"
#include "bundle_key.h"
#include "ratls/bundle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void round_trip(struct ratls_bytes document)
{
    struct ratls_buffer jws = {0}, again = {0};
    struct ratls_error err = {0};

    enum ratls_err e =
        ratls_bundle_sign(document, ratls_bytes_str(BUNDLE_PRIVATE_KEY), "k1", &jws, &err);
    must(e == err.code && (e == RATLS_OK || e == RATLS_E_BUNDLE_FORMAT));
    if (e == RATLS_OK) {
        must(ratls_bundle_open(rt_bytes_of(&jws), ratls_bytes_str(BUNDLE_PUBLIC_KEY), &again,
                               &err) == RATLS_OK);
        must(ratls_bytes_equal(rt_bytes_of(&again), document));
    }
    ratls_buffer_free(&jws);
    ratls_buffer_free(&again);
}

static void open_it(struct ratls_bytes jws)
{
    struct ratls_buffer document = {0};
    struct ratls_error err = {0};
    char kid[RATLS_BUNDLE_KID_MAX + 1];

    enum ratls_err e = ratls_bundle_open(jws, ratls_bytes_str(BUNDLE_PUBLIC_KEY), &document, &err);
    must(e == err.code);
    must(e == RATLS_OK || e == RATLS_E_BUNDLE_FORMAT || e == RATLS_E_BUNDLE_SIGNATURE);
    const bool named = ratls_bundle_kid(jws, kid, NULL) == RATLS_OK;
    must(named ? kid[0] != 0 : e != RATLS_OK && kid[0] == 0);
    if (e == RATLS_OK)
        round_trip(rt_bytes_of(&document));
    ratls_buffer_free(&document);
}

/* Behind a header of its own making nothing can be signed. */
static void try_header(struct ratls_bytes header)
{
    struct rt_writer w = {0};
    char *text = malloc(rt_base64url_len(header.len) + 1);

    if (!text)
        return;
    rt_base64url(header, text);
    rt_put_bytes(&w, ratls_bytes_str(text));
    rt_put_bytes(&w, ratls_bytes_str(".e30.AAAA"));
    if (!w.bad)
        open_it(rt_written(&w));
    rt_writer_free(&w);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const tries[])(struct ratls_bytes) = {open_it, round_trip, try_header};
    struct rt_reader r = rt_reader(ratls_bytes(data, size));

    const uint8_t which = rt_u8(&r) % RT_COUNT(tries);
    tries[which](rt_rest(&r));
    return 0;
}
