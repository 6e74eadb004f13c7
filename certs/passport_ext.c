/* Passports in certificates: the JSON form of the record, and the token out of either form. */
#include <stdlib.h>

#include "evidence_ext.h"

/* ---- JSON: two texts without escapes and a number, as base64url and media types are ---- */

static void skip_space(struct rt_reader *r)
{
    while (r->left > 0 && memchr(" \t\n\r", *r->p, 4))
        rt_skip(r, 1);
}

static void expect(struct rt_reader *r, const char *text)
{
    skip_space(r);
    if (!ratls_bytes_equal(rt_take_bytes(r, strlen(text)), ratls_bytes_str(text)))
        r->bad = true;
}

static struct ratls_bytes read_text(struct rt_reader *r)
{
    struct ratls_bytes text;

    expect(r, "\"");
    const struct ratls_bytes rest = rt_rest(r);
    const uint8_t *end = rest.len > 0 ? memchr(rest.p, '"', rest.len) : NULL;
    text = rt_take_bytes(r, end ? (size_t)(end - rest.p) : 0);
    rt_skip(r, 1);
    return text;
}

bool rt_passport_read_json(struct ratls_bytes cmw, struct ratls_bytes *passport)
{
    struct rt_reader r = rt_reader(cmw);

    expect(&r, "[");
    const struct ratls_bytes type = read_text(&r);
    expect(&r, ",");
    *passport = read_text(&r);
    expect(&r, ",");
    expect(&r, "8"); /* attestation results */
    expect(&r, "]");
    skip_space(&r);
    return rt_at_end(&r) && ratls_bytes_equal(type, ratls_bytes_str(RT_PASSPORT_MEDIA_TYPE));
}

/* ---- the token ---- */

enum ratls_err rt_passport_token(const struct rt_cert_evidence *ev, struct ratls_buffer *token,
                                 struct ratls_error *err)
{
    size_t len = ev->passport.len;

    *token = (struct ratls_buffer){0};
    if (!ev->passport_is_encoded)
        return rt_dup(ev->passport, token);
    if (!(token->p = malloc(len + 1)))
        return RATLS_E_NO_MEMORY;
    if (!rt_unbase64url((const char *)ev->passport.p, ev->passport.len, token->p, &len)) {
        ratls_buffer_free(token);
        return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "the passport is no base64url");
    }
    token->len = len;
    return RATLS_OK;
}
