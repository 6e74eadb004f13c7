/* Any bytes as header value or body of a collateral service; the first byte chooses which. What is
 * accepted must come out of a JSON string as it went in. */
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "form.h"
#include "json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void survives_json(const struct ratls_buffer *text)
{
    struct rt_writer w = {0};

    must(strlen((const char *)text->p) == text->len);
    rt_json_put_text(&w, (const char *)text->p);
    rt_put_u8(&w, 0);
    cJSON *json = cJSON_Parse((const char *)w.p);
    must(json && strcmp(cJSON_GetStringValue(json), (const char *)text->p) == 0);
    cJSON_Delete(json);
    rt_writer_free(&w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static rt_form_fn *const forms[] = {rt_form_chain, rt_form_crl, rt_form_json, rt_form_certs};
    struct rt_reader r = rt_reader(ratls_bytes(data, size));
    struct ratls_buffer text = {0}, again = {0};
    struct ratls_error err = {0};
    uint8_t which = rt_u8(&r) % RT_COUNT(forms);
    struct ratls_bytes in = rt_rest(&r);

    if (forms[which](in, &text, &err) == RATLS_OK)
        survives_json(&text);
    else
        must(!text.p && err.code == RATLS_E_COLLATERAL_FORMAT);
    if (text.p && which == 1) { /* a normal form is its own */
        must(rt_form_crl(rt_bytes_of(&text), &again, NULL) == RATLS_OK);
        must(ratls_bytes_equal(rt_bytes_of(&text), rt_bytes_of(&again)));
    }
    if (text.p && which == 2)
        must(ratls_bytes_equal(rt_bytes_of(&text), in));
    ratls_buffer_free(&text);
    ratls_buffer_free(&again);
    return 0;
}
