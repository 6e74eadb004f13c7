/* Any bytes as a RIM; and as what was signed, which becomes a body. What a body says a trust
 * document may say. */
#include <stdio.h>
#include <stdlib.h>

#include "manifest.h"
#include "ratls/ratls.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void prove(struct ratls_bytes file)
{
    const struct rt_rim_trust trust = {.roots = file, .now = 1700000000};
    struct ratls_buffer text = {0};
    struct ratls_error err = {0};

    enum ratls_err e = rt_rim_prove(file, &trust, &text, &err);
    must(e == err.code && (e == RATLS_OK) == (text.p != NULL));
    ratls_buffer_free(&text);
}

static void take(struct ratls_bytes body)
{
    static const char head[] = "{\"format\":\"ratls-trust/1\",\"items\":[{\"kind\":\"refval\","
                               "\"tee\":\"nvidia\",\"name\":\"gpu\",\"version\":1,\"state\":"
                               "\"active\",\"body\":";
    struct ratls_trust *trust = NULL;
    struct rt_writer w = {0};

    rt_put_bytes(&w, ratls_bytes_str(head));
    rt_put_bytes(&w, body);
    rt_put_bytes(&w, ratls_bytes_str("}]}"));
    must(!w.bad && ratls_trust_new(ratls_env_system(), &trust) == RATLS_OK);
    must(ratls_trust_add_document(trust, rt_written(&w), NULL) == RATLS_OK);
    ratls_trust_unref(trust);
    rt_writer_free(&w);
}

static void read_it(struct ratls_bytes text)
{
    struct rt_rim *rim = calloc(1, sizeof *rim);
    struct ratls_buffer body = {0};
    struct ratls_error err = {0};

    must(rim != NULL);
    enum ratls_err e = rt_rim_read(text, rim, &err);
    must(e == err.code && (e == RATLS_OK || e == RATLS_E_BUNDLE_FORMAT));
    const struct rt_rim_set set = {.vbios = rim, .nvdec0_on = true};
    if (e == RATLS_OK && rim->of_switch && rt_rim_body(&set, &body, NULL) == RATLS_OK)
        take(rt_bytes_of(&body));
    ratls_buffer_free(&body);
    rt_rim_free(rim);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    prove(ratls_bytes(data, size));
    read_it(ratls_bytes(data, size));
    return 0;
}
