/* Certificates as claims, and certificates told from evidence by their content. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "der.h"
#include "describe.h"
#include "oid.h"

#define NAME_TEXT_MAX 1024

/* ---- what kind of input ---- */

static enum ratls_err read_pem(struct ratls_bytes text, struct rt_subject *out,
                               struct ratls_error *err)
{
    struct ratls_buffer der = {0};
    enum ratls_err e;

    while ((e = rt_pem_next(&text, "CERTIFICATE", &der)) == RATLS_OK) {
        if (out->n_chain == RT_MAX_CHAIN) {
            ratls_buffer_free(&der);
            return ratls_fail(err, RATLS_E_CERT_CHAIN_LENGTH, "more than %d certificates",
                              RT_MAX_CHAIN);
        }
        out->der[out->n_chain] = der;
        out->chain[out->n_chain++] = rt_bytes_of(&der);
    }
    if (e == RATLS_E_NO_MEMORY)
        return e;
    if (e != RATLS_E_CLOSED || out->n_chain == 0)
        return ratls_fail(err, RATLS_E_CERT_FORMAT, "no readable certificate in the PEM text");
    return RATLS_OK;
}

/* DER of 128 to 2^24 bytes (X.690 s.8.1.3.5). Its first byte alone is as well that of one report of
 * Hygon CSV in 256, which begins with a random mask. */
static bool begins_certificate(struct ratls_bytes input)
{
    return input.len > 1 && input.p[0] == RT_DER_SEQUENCE && input.p[1] >= 0x81 &&
           input.p[1] <= 0x83;
}

enum ratls_err rt_subject_read(struct ratls_bytes input, struct rt_subject *out,
                               struct ratls_error *err)
{
    *out = (struct rt_subject){0};
    /* PEM must open the text: quotes hold certificates in PEM further inside. */
    if (rt_starts_with(rt_without_space(input), "-----BEGIN ")) {
        out->is_certificate = true;
        return read_pem(input, out, err);
    }
    if (begins_certificate(input)) {
        out->is_certificate = true;
        out->chain[out->n_chain++] = input;
    }
    return RATLS_OK;
}

void rt_subject_free(struct rt_subject *s)
{
    for (size_t i = 0; i < RT_MAX_CHAIN; i++)
        ratls_buffer_free(&s->der[i]);
}

/* ---- claims ---- */

static void put_escaped(struct rt_writer *w, struct ratls_bytes text)
{
    char escape[5];

    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.p[i];
        if (c >= 0x20 && c < 0x7f && c != '\\')
            rt_put_u8(w, c);
        else
            rt_put(w, escape, (size_t)snprintf(escape, sizeof escape, "\\x%02x", c));
    }
}

static void put_address(struct rt_writer *w, struct ratls_bytes ip)
{
    char text[INET6_ADDRSTRLEN];
    int family = ip.len == 4 ? AF_INET : AF_INET6;

    if ((ip.len == 4 || ip.len == 16) && inet_ntop(family, ip.p, text, sizeof text))
        rt_put_bytes(w, ratls_bytes_str(text));
    else
        rt_put_bytes(w, ratls_bytes_str("malformed"));
}

/* GeneralName, RFC 5280 s.4.2.1.6: those that name a service. */
static void add_general_name(uint8_t tag, struct ratls_bytes value, struct ratls_claims *claims)
{
    static const struct {
        uint8_t tag;
        const char *prefix;
        void (*put)(struct rt_writer *, struct ratls_bytes);
    } kinds[] = {
        {RT_DER_CONTEXT | 1, "email:", put_escaped},
        {RT_DER_CONTEXT | 2, "DNS:", put_escaped},
        {RT_DER_CONTEXT | 6, "URI:", put_escaped},
        {RT_DER_CONTEXT | 7, "IP:", put_address},
    };
    struct rt_writer w = {0};
    struct ratls_buffer text = {0};

    for (size_t i = 0; i < RT_COUNT(kinds); i++) {
        if (kinds[i].tag != tag)
            continue;
        rt_put_bytes(&w, ratls_bytes_str(kinds[i].prefix));
        kinds[i].put(&w, value);
        if (rt_writer_take(&w, &text) == RATLS_OK)
            (void)ratls_claims_add_item(claims, "cert.names", (const char *)text.p);
        ratls_buffer_free(&text);
    }
}

static void describe_names(const struct rt_x509 *cert, struct ratls_claims *claims)
{
    const struct rt_ext *san = rt_x509_ext(cert, RT_OID(SAN));

    if (!san)
        return;
    struct rt_reader outer = rt_reader(san->value);
    struct rt_reader names = rt_der_enter(&outer, RT_DER_SEQUENCE);
    (void)ratls_claims_add_item(claims, "cert.names", NULL);
    for (size_t n = 0; n < RT_MAX_SAN && rt_rest(&names).len > 0; n++) {
        uint8_t tag = 0;
        struct ratls_bytes value = rt_der_any(&names, &tag, NULL);
        if (!names.bad)
            add_general_name(tag, value, claims);
    }
}

void rt_describe_time(struct ratls_claims *claims, const char *name, int64_t seconds)
{
    char text[32];

    rt_time_format(seconds, text);
    (void)ratls_claims_set_text(claims, name, text);
}

static void describe_name(struct ratls_claims *claims, const char *name, struct ratls_bytes dn)
{
    char text[NAME_TEXT_MAX];

    rt_x509_name_text(dn, text, sizeof text);
    (void)ratls_claims_set_text(claims, name, text);
}

void rt_describe_cert(const struct rt_x509 *cert, struct ratls_claims *claims)
{
    uint8_t spki[RT_SHA256_LEN];

    describe_name(claims, "cert.subject", cert->subject);
    describe_name(claims, "cert.issuer", cert->issuer);
    (void)ratls_claims_set_hex(claims, "cert.serial", cert->serial);
    rt_describe_time(claims, "cert.not_before", cert->not_before);
    rt_describe_time(claims, "cert.not_after", cert->not_after);
    if (rt_x509_spki_hash(cert, spki) == RATLS_OK)
        (void)ratls_claims_set_hex(claims, "cert.spki_sha256", ratls_bytes(spki, sizeof spki));
    describe_names(cert, claims);
}

void rt_describe_cert_claims(const struct rt_cert_claims *cc, struct ratls_claims *claims)
{
    uint8_t digest[RT_SHA256_LEN];

    if (cc->ak_spki.len > 0 && rt_sha256(cc->ak_spki, digest) == RATLS_OK)
        (void)ratls_claims_set_hex(claims, "ratls.ak_sha256", ratls_bytes(digest, sizeof digest));
    if (cc->has_iat && cc->iat >= 0)
        (void)ratls_claims_set_uint(claims, "ratls.iat", (uint64_t)cc->iat);
}
