/* What a collateral service sends, in its normal forms. */
#include <stdio.h>

#include <criterion/criterion.h>

#include "form.h"

/* The result as a string, or the detail of the refusal. */
static const char *run(rt_form_fn *form, const char *in, size_t len)
{
    static char text[1024];
    struct ratls_buffer out = {.len = 1};
    struct ratls_error err = {0};
    enum ratls_err e = form(ratls_bytes(in, len), &out, &err);

    if (e) {
        cr_expect_eq(e, RATLS_E_COLLATERAL_FORMAT);
        cr_expect(!out.p && out.len == 0, "nothing is left after a refusal");
        (void)snprintf(text, sizeof text, "refused: %s", err.detail);
    } else {
        cr_expect_eq(out.p[out.len], 0, "a NUL follows");
        cr_expect_eq(strlen((char *)out.p), out.len);
        (void)snprintf(text, sizeof text, "%s", (char *)out.p);
    }
    ratls_buffer_free(&out);
    return text;
}

#define BEGIN "-----BEGIN CERTIFICATE-----"
#define SENT  "-----BEGIN%20CERTIFICATE-----"

static const char *chain(const char *in)
{
    return run(rt_form_chain, in, strlen(in));
}

Test(form_chain, is_percent_decoded)
{
    cr_expect_str_eq(chain(SENT "%0AMII%2b/%3D%0a"), BEGIN "\nMII+/=\n");
    cr_expect_str_eq(chain("%0D%0A" SENT "%09"), "\r\n" BEGIN "\t");
}

Test(form_chain, keeps_what_is_not_encoded)
{
    cr_expect_str_eq(chain(BEGIN "a+b/c="), BEGIN "a+b/c=");
}

Test(form_chain, refuses_a_percent_sign_without_two_digits)
{
    cr_expect_str_eq(chain(SENT "%"), "refused: issuer chain: a bad percent sign");
    cr_expect_str_eq(chain(SENT "%2"), "refused: issuer chain: a bad percent sign");
    cr_expect_str_eq(chain(SENT "%0g"), "refused: issuer chain: a bad percent sign");
    cr_expect_str_eq(chain(SENT "%%20"), "refused: issuer chain: a bad percent sign");
}

Test(form_chain, refuses_what_a_json_string_would_change)
{
    cr_expect_str_eq(chain(SENT "%00"), "refused: issuer chain: not text");
    cr_expect_str_eq(chain(SENT "%1F"), "refused: issuer chain: not text");
    cr_expect_str_eq(chain(SENT "%7F"), "refused: issuer chain: not text");
    cr_expect_str_eq(chain(SENT "%C3%A9"), "refused: issuer chain: not text");
    cr_expect_str_eq(run(rt_form_chain, BEGIN "\0", sizeof BEGIN),
                     "refused: issuer chain: not text");
}

Test(form_chain, refuses_what_is_no_certificate)
{
    cr_expect_str_eq(chain(""), "refused: issuer chain: no certificate");
    cr_expect_str_eq(chain("MII"), "refused: issuer chain: no certificate");
    cr_expect_str_eq(chain("x" SENT), "refused: issuer chain: no certificate");
    cr_expect_str_eq(chain("-----BEGIN%20CERTIFICATE"), "refused: issuer chain: no certificate");
}

/* ---- certificates ---- */

static const char *certs(const char *in)
{
    return run(rt_form_certs, in, strlen(in));
}

Test(form_certs, stay_as_they_are_in_pem)
{
    cr_expect_str_eq(certs(BEGIN "\r\nMAA=\r\n"), BEGIN "\r\nMAA=\r\n");
    cr_expect_str_eq(certs(" \r\n" BEGIN "a+b/c=\n" BEGIN "\t"),
                     " \r\n" BEGIN "a+b/c=\n" BEGIN "\t");
}

Test(form_certs, become_pem_when_there_is_one_in_der)
{
    cr_expect_str_eq(run(rt_form_certs, "0\x03\x02\x01\x00", 5),
                     BEGIN "\nMAMCAQA=\n-----END CERTIFICATE-----\n");
}

Test(form_certs, refuses_what_a_json_string_would_change)
{
    cr_expect_str_eq(certs(BEGIN "\x1f"), "refused: certificates: not text");
    cr_expect_str_eq(certs(BEGIN "\x7f"), "refused: certificates: not text");
    cr_expect_str_eq(certs("\xef\xbb\xbf" BEGIN), "refused: certificates: not text");
    cr_expect_str_eq(run(rt_form_certs, BEGIN "\0", sizeof BEGIN),
                     "refused: certificates: not text");
}

Test(form_certs, refuses_what_is_neither)
{
    static const char *const none[] = {"",         " \n",        "<html>",
                                       "MAMCAQA=", "3003020100", "x" BEGIN,
                                       " 0\x01",   "1\x01",      "-----BEGIN PRIVATE KEY-----"};

    for (size_t i = 0; i < RT_COUNT(none); i++)
        cr_expect(strncmp(certs(none[i]), "refused: certificates: n", 24) == 0, "%zu", i);
}

/* ---- CRLs ---- */

#define CRL_REFUSED "refused: CRL: neither DER nor hex nor PEM"

static const char *crl(const char *in)
{
    return run(rt_form_crl, in, strlen(in));
}

Test(form_crl, comes_as_der)
{
    cr_expect_str_eq(run(rt_form_crl, "0\x03\x02\x01\x00", 5), "3003020100");
    cr_expect_str_eq(run(rt_form_crl, "0\x02\r\n", 4), "30020d0a");
}

Test(form_crl, comes_as_hex)
{
    cr_expect_str_eq(crl("3003020100"), "3003020100");
    cr_expect_str_eq(crl("\r\n 30AbcDEF\t\n"), "30abcdef");
}

Test(form_crl, comes_as_pem)
{
    cr_expect_str_eq(crl("-----BEGIN X509 CRL-----\nMAMC\nAQA=\n-----END X509 CRL-----\n"),
                     "3003020100");
    cr_expect_str_eq(crl("\n-----BEGIN X509 CRL-----MAMCAQA=-----END X509 CRL-----\r\n"),
                     "3003020100");
}

Test(form_crl, refuses_an_empty_body)
{
    cr_expect_str_eq(crl(""), CRL_REFUSED);
    cr_expect_str_eq(crl(" \n"), CRL_REFUSED);
}

Test(form_crl, refuses_other_text)
{
    cr_expect_str_eq(crl("<html>"), CRL_REFUSED);
    cr_expect_str_eq(crl("300"), CRL_REFUSED);
    cr_expect_str_eq(crl("30 03"), CRL_REFUSED);
    cr_expect_str_eq(crl("\"3003020100\""), CRL_REFUSED);
    cr_expect_str_eq(run(rt_form_crl, "3003\0", 5), CRL_REFUSED);
}

Test(form_crl, refuses_pem_that_is_not_one_crl)
{
    cr_expect_str_eq(crl("-----BEGIN CERTIFICATE-----\nMAMCAQA=\n-----END CERTIFICATE-----\n"),
                     CRL_REFUSED);
    cr_expect_str_eq(crl("-----BEGIN X509 CRL-----\nMAMCAQA=\n"), CRL_REFUSED);
    cr_expect_str_eq(crl("-----BEGIN X509 CRL-----\nMA!=\n-----END X509 CRL-----\n"), CRL_REFUSED);
    cr_expect_str_eq(crl("-----BEGIN X509 CRL-----\n-----END X509 CRL-----\n"), CRL_REFUSED);
    cr_expect_str_eq(crl("-----BEGIN X509 CRL-----\nMAMCAQA=\n-----END X509 CRL-----\n"
                         "-----BEGIN X509 CRL-----\nMAMCAQA=\n-----END X509 CRL-----\n"),
                     CRL_REFUSED);
    cr_expect_str_eq(crl("x-----BEGIN X509 CRL-----\nMAMCAQA=\n-----END X509 CRL-----\n"),
                     CRL_REFUSED);
}

Test(form_crl, refuses_what_does_not_begin_as_der)
{
    cr_expect_str_eq(crl("3103020100"), CRL_REFUSED);
    cr_expect_str_eq(crl("-----BEGIN X509 CRL-----\nMQMCAQA=\n-----END X509 CRL-----\n"),
                     CRL_REFUSED);
}

/* ---- JSON ---- */

static const char *json(const char *in)
{
    return run(rt_form_json, in, strlen(in));
}

Test(form_json, stays_as_it_is)
{
    static const char document[] =
        "{ \"tcbInfo\":{\"a\\u00e9\":[1, 2]},\r\n\t\"signature\":\"\\\"\"}";

    cr_expect_str_eq(json(document), document);
}

Test(form_json, refuses_what_is_not_json)
{
    cr_expect_str_eq(json(""), "refused: JSON at byte 0: not a value");
    cr_expect_str_eq(json("<html></html>"), "refused: JSON at byte 0: not a value");
    cr_expect_str_eq(json("{\"tcbInfo\":{}"),
                     "refused: JSON at byte 13: a comma or the closing bracket is due");
}

/* It is valid JSON; rt_json_put_text() escapes such bytes one by one, so that others come out. */
Test(form_json, refuses_what_is_not_ascii)
{
    cr_expect_str_eq(json("{\"a\":\"\xc3\xa9\"}"), "refused: JSON: not ASCII");
}
