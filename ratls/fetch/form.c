#include "form.h"

#include <stdlib.h>

#include "json.h"

#define CERTIFICATE_BEGIN "-----BEGIN CERTIFICATE-----"
#define CRL_LABEL         "X509 CRL" /* RFC 7468 s.6 */
#define CRL_BEGIN         "-----BEGIN " CRL_LABEL "-----"
#define DER_SEQUENCE      0x30

/* Printable ASCII and line ends: what a JSON string carries without any loss. */
static bool is_plain_text(struct ratls_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.p[i];
        if ((c < 0x20 || c > 0x7e) && c != '\t' && c != '\n' && c != '\r')
            return false;
    }
    return true;
}

/* ---- issuer chains ---- */

static bool percent_decode(struct ratls_bytes in, struct rt_writer *out)
{
    struct rt_reader r = rt_reader(in);

    while (r.left > 0) {
        uint8_t c = rt_u8(&r);
        size_t len = 1;
        if (c == '%') {
            struct ratls_bytes digits = rt_take_bytes(&r, 2);
            if (!digits.p || !rt_unhex((const char *)digits.p, digits.len, &c, &len))
                return false;
        }
        rt_put_u8(out, c);
    }
    return true;
}

enum ratls_err rt_form_chain(struct ratls_bytes in, struct ratls_buffer *out,
                             struct ratls_error *err)
{
    struct rt_writer w = {0};
    const char *why = NULL;

    *out = (struct ratls_buffer){0};
    if (!percent_decode(in, &w))
        why = "a bad percent sign";
    else if (!is_plain_text(rt_written(&w)))
        why = "not text";
    else if (!w.bad && !rt_starts_with(rt_without_space(rt_written(&w)), CERTIFICATE_BEGIN))
        why = "no certificate";
    if (!why)
        return rt_writer_take(&w, out);
    rt_writer_free(&w);
    return ratls_fail(err, RATLS_E_COLLATERAL_FORMAT, "issuer chain: %s", why);
}

/* ---- certificates ---- */

enum ratls_err rt_form_certs(struct ratls_bytes in, struct ratls_buffer *out,
                             struct ratls_error *err)
{
    *out = (struct ratls_buffer){0};
    if (in.len > 0 && in.p[0] == DER_SEQUENCE)
        return rt_pem_write("CERTIFICATE", in, out);
    if (!is_plain_text(in))
        return ratls_fail(err, RATLS_E_COLLATERAL_FORMAT, "certificates: not text");
    if (!rt_starts_with(rt_without_space(in), CERTIFICATE_BEGIN))
        return ratls_fail(err, RATLS_E_COLLATERAL_FORMAT, "certificates: neither DER nor PEM");
    return rt_dup(in, out);
}

/* ---- CRLs ---- */

static struct ratls_bytes trim(struct ratls_bytes text)
{
    text = rt_without_space(text);
    while (text.len > 0 && text.p[text.len - 1] && strchr(" \t\r\n", text.p[text.len - 1]))
        text.len--;
    return text;
}

static enum ratls_err crl_of_pem(struct ratls_bytes pem, struct ratls_buffer *der)
{
    enum ratls_err e = rt_pem_next(&pem, CRL_LABEL, der);

    if (e || pem.len == 0)
        return e;
    ratls_buffer_free(der);
    return RATLS_E_COLLATERAL_FORMAT;
}

static enum ratls_err crl_of_hex(struct ratls_bytes hex, struct ratls_buffer *der)
{
    der->p = malloc(hex.len / 2 + 1);
    if (!der->p)
        return RATLS_E_NO_MEMORY;
    der->len = hex.len / 2;
    return rt_unhex((const char *)hex.p, hex.len, der->p, &der->len) ? RATLS_OK
                                                                     : RATLS_E_COLLATERAL_FORMAT;
}

/* DER begins with 30h, which as a digit of hex text would be "0": no DER begins with 0xh. */
static enum ratls_err crl_der(struct ratls_bytes in, struct ratls_buffer *der)
{
    struct ratls_bytes text = trim(in);

    if (in.len > 0 && in.p[0] == DER_SEQUENCE)
        return rt_dup(in, der);
    return rt_starts_with(text, CRL_BEGIN) ? crl_of_pem(text, der) : crl_of_hex(text, der);
}

enum ratls_err rt_form_crl(struct ratls_bytes in, struct ratls_buffer *out, struct ratls_error *err)
{
    struct ratls_buffer der = {0};
    enum ratls_err e = crl_der(in, &der);

    *out = (struct ratls_buffer){0};
    if (e == RATLS_OK && (der.len == 0 || der.p[0] != DER_SEQUENCE))
        e = RATLS_E_COLLATERAL_FORMAT;
    if (e == RATLS_OK) {
        out->p = (uint8_t *)rt_hex_new(rt_bytes_of(&der));
        out->len = out->p ? 2 * der.len : 0;
        e = out->p ? RATLS_OK : RATLS_E_NO_MEMORY;
    } else if (e != RATLS_E_NO_MEMORY) {
        e = ratls_fail(err, RATLS_E_COLLATERAL_FORMAT, "CRL: neither DER nor hex nor PEM");
    }
    ratls_buffer_free(&der);
    return e;
}

/* ---- signed documents ---- */

enum ratls_err rt_form_json(struct ratls_bytes in, struct ratls_buffer *out,
                            struct ratls_error *err)
{
    struct cJSON *json = NULL;

    *out = (struct ratls_buffer){0};
    if (!is_plain_text(in))
        return ratls_fail(err, RATLS_E_COLLATERAL_FORMAT, "JSON: not ASCII");
    enum ratls_err e = rt_json_parse(in, RATLS_E_COLLATERAL_FORMAT, &json, err);
    rt_json_free(json);
    return e ? e : rt_dup(in, out);
}
