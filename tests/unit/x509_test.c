/* One certificate: reading and the questions about it. */
#include <stddef.h>

#include "x509_support.h"

/* ---- certificates in parts, to spoil one at a time; nothing here is signed ---- */

#define SPKI_P256                                                                                  \
    "\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07" \
    "\x03\x42\x00\x04\x60\xfe\xd4\xba\x25\x5a\x9d\x31\xc9\x61\xeb\x74\xc6\x35\x6d\x68\xc0\x49\xb8" \
    "\x92\x3b\x61\xfa\x6c\xe6\x69\x62\x2e\x60\xf2\x9f\xb6\x79\x03\xfe\x10\x08\xb8\xbc\x99\xa4\x1a" \
    "\xe9\xe9\x56\x28\xbc\x64\xf2\xf1\xb2\x0c\x2d\x7e\x9f\x51\x77\xa3\xc2\x94\xd4\x46\x22\x99"
#define ALG_ECDSA "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02"
#define NAME_X    "\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x0c\x01x"
#define DATES                                                                                      \
    "\x30\x1e\x17\x0d"                                                                             \
    "250101000000Z"                                                                                \
    "\x17\x0d"                                                                                     \
    "260101000000Z"

/* Extension of three parts: OID 2.5.29.n, maybe critical, value. */
#define EXT(len, n, critical, value_len, value)                                                    \
    "\x30" len "\x06\x03\x55\x1d" n critical "\x04" value_len value
#define CRITICAL "\x01\x01\xff"

struct parts {
    struct ratls_bytes version, serial, alg, issuer, validity, subject, spki, tail, extensions,
        behind_tbs, outer_alg, signature, end;
};

static const struct parts good = {
#define B(s)                                                                                       \
    {                                                                                              \
        (const uint8_t *)(s), sizeof(s) - 1                                                        \
    }
    .version = B("\xa0\x03\x02\x01\x02"),
    .serial = B("\x02\x01\x07"),
    .alg = B(ALG_ECDSA),
    .issuer = B(NAME_X),
    .validity = B(DATES),
    .subject = B(NAME_X),
    .spki = B(SPKI_P256),
    .extensions = B(EXT("\x0c", "\x13", CRITICAL, "\x02", "\x30\x00")),
    .outer_alg = B(ALG_ECDSA),
    .signature = B("\x03\x03\x00\x30\x00"),
};

static struct ratls_buffer assemble(const struct parts *p)
{
    struct ratls_buffer out = {0};
    struct rt_writer w = {0};
    size_t cert = rt_der_begin(&w, RT_DER_SEQUENCE), tbs = rt_der_begin(&w, RT_DER_SEQUENCE);

    const struct ratls_bytes front[] = {p->version,  p->serial,  p->alg,  p->issuer,
                                        p->validity, p->subject, p->spki, p->tail};
    for (size_t i = 0; i < RT_COUNT(front); i++)
        rt_put_bytes(&w, front[i]);
    if (p->extensions.p) {
        size_t tag = rt_der_begin(&w, RT_DER_CONTEXT_CONSTRUCTED | 3);
        rt_der_put(&w, RT_DER_SEQUENCE, p->extensions);
        rt_der_end(&w, tag);
    }
    rt_put_bytes(&w, p->behind_tbs);
    rt_der_end(&w, tbs);
    rt_put_bytes(&w, p->outer_alg);
    rt_put_bytes(&w, p->signature);
    rt_der_end(&w, cert);
    rt_put_bytes(&w, p->end);
    MUST(rt_writer_take(&w, &out));
    return out;
}

static enum ratls_err parse_parts(const struct parts *p, struct rt_x509 *out)
{
    static struct ratls_buffer der; /* `out` borrows from it until the next call */

    ratls_buffer_free(&der);
    der = assemble(p);
    return rt_x509_parse(rt_bytes_of(&der), out, NULL);
}

#define PART(what, member, bytes, expected)                                                        \
    {                                                                                              \
        what, offsetof(struct parts, member), B(bytes), RATLS_##expected                           \
    }
#define EXTENSION(what, bytes, expected) PART(what, extensions, bytes, expected)
#define OTHER                            EXT("\x07", "\x63", "", "\x00", "")
#define OTHER_CRITICAL                   EXT("\x0a", "\x63", CRITICAL, "\x00", "")

static const struct {
    const char *what;
    size_t offset;
    struct ratls_bytes bytes;
    enum ratls_err expected;
} parts[] = {
    PART("version 1 by default", version, "", E_CERT_FORMAT),
    PART("version 1", version, "\xa0\x03\x02\x01\x00", E_CERT_FORMAT),
    PART("version 2", version, "\xa0\x03\x02\x01\x01", E_CERT_FORMAT),
    PART("version 4", version, "\xa0\x03\x02\x01\x03", E_CERT_FORMAT),
    PART("version and more", version, "\xa0\x05\x02\x01\x02\x05\x00", E_CERT_FORMAT),
    PART("version not minimal", version, "\xa0\x04\x02\x02\x00\x02", E_CERT_FORMAT),
    PART("serial of 20 bytes", serial,
         "\x02\x15\x00\xff"
         "1234567890123456789",
         OK),
    PART("serial 0", serial, "\x02\x01\x00", OK),
    PART("serial of 21 bytes", serial,
         "\x02\x15"
         "123456789012345678901",
         E_CERT_FORMAT),
    PART("empty serial", serial, "\x02\x00", E_CERT_FORMAT),
    PART("negative serial", serial, "\x02\x01\xff", E_CERT_FORMAT),
    PART("padded serial", serial, "\x02\x02\x00\x01", E_CERT_FORMAT),
    PART("no serial", serial, "", E_CERT_FORMAT),
    PART("other algorithm inside", alg, "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03",
         E_CERT_FORMAT),
    PART("other algorithm outside", outer_alg, "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03",
         E_CERT_FORMAT),
    PART("NULL parameters outside alone", outer_alg,
         "\x30\x0c\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02\x05\x00", E_CERT_FORMAT),
    PART("unknown algorithm outside", outer_alg, "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x01",
         E_CERT_KEY),
    PART("no algorithm inside", alg, "", E_CERT_FORMAT),
    PART("empty names", issuer, "\x30\x00", OK),
    PART("empty RDN", subject, "\x30\x02\x31\x00", E_CERT_FORMAT),
    PART("RDN not a SET", subject, "\x30\x0c\x30\x0a\x30\x08\x06\x03\x55\x04\x03\x0c\x01x",
         E_CERT_FORMAT),
    PART("attribute without value", subject, "\x30\x09\x31\x07\x30\x05\x06\x03\x55\x04\x03",
         E_CERT_FORMAT),
    PART("attribute with two values", issuer,
         "\x30\x0e\x31\x0c\x30\x0a\x06\x03\x55\x04\x03\x0c\x01x\x05\x00", E_CERT_FORMAT),
    PART("name cut off", issuer, "\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x0c\x02x",
         E_CERT_FORMAT),
    PART("one date", validity,
         "\x30\x0f\x17\x0d"
         "250101000000Z",
         E_CERT_FORMAT),
    PART("three dates", validity,
         "\x30\x2d\x17\x0d"
         "250101000000Z"
         "\x17\x0d"
         "260101000000Z"
         "\x17\x0d"
         "260101000000Z",
         E_CERT_FORMAT),
    PART("February 30th", validity,
         "\x30\x1e\x17\x0d"
         "250230000000Z"
         "\x17\x0d"
         "260101000000Z",
         E_CERT_FORMAT),
    PART("no key", spki, "", E_CERT_FORMAT),
    PART("malformed key", spki, "\x30\x00", E_CERT_FORMAT),
    PART("unknown key", spki, "\x30\x0a\x30\x05\x06\x03\x2b\x65\x6e\x03\x01\x00", E_CERT_KEY),
    PART("issuerUniqueID", tail, "\x81\x02\x00\x01", E_CERT_FORMAT),
    PART("subjectUniqueID", tail, "\x82\x02\x00\x01", E_CERT_FORMAT),
    PART("element behind the extensions", behind_tbs, "\x05\x00", E_CERT_FORMAT),
    PART("unused bits in the signature", signature, "\x03\x03\x01\x30\x00", E_CERT_FORMAT),
    PART("no signature", signature, "", E_CERT_FORMAT),
    PART("element behind the signature", signature, "\x03\x03\x00\x30\x00\x05\x00", E_CERT_FORMAT),
    PART("trailing byte", end, "\x00", E_CERT_FORMAT),
    EXTENSION("no extension in the list", "", E_CERT_FORMAT),
    EXTENSION("unknown extension", OTHER, OK),
    /* T34 */
    EXTENSION("unknown critical extension", OTHER_CRITICAL, E_CERT_CRITICAL),
    EXTENSION("critical evidence", "\x30\x0d\x06\x06\x67\x81\x05\x05\x04\x09" CRITICAL "\x04\x00",
              E_CERT_CRITICAL),
    EXTENSION("critical CMW",
              "\x30\x0f\x06\x08\x2b\x06\x01\x05\x05\x07\x01\x23" CRITICAL "\x04\x00",
              E_CERT_CRITICAL),
    EXTENSION("critical nameConstraints", EXT("\x0c", "\x1e", CRITICAL, "\x02", "\x30\x00"),
              E_CERT_CRITICAL),
    EXTENSION("critical policies", EXT("\x0c", "\x20", CRITICAL, "\x02", "\x30\x00"),
              E_CERT_CRITICAL),
    EXTENSION("critical usages and names",
              EXT("\x0e", "\x0f", CRITICAL, "\x04", "\x03\x02\x07\x80")
                  EXT("\x0c", "\x25", CRITICAL, "\x02", "\x30\x00")
                      EXT("\x0c", "\x11", CRITICAL, "\x02", "\x30\x00"),
              OK),
    EXTENSION("the same extension twice", OTHER OTHER, E_CERT_FORMAT),
    EXTENSION("basicConstraints twice",
              EXT("\x09", "\x13", "", "\x02", "\x30\x00")
                  EXT("\x09", "\x13", "", "\x02", "\x30\x00"),
              E_CERT_FORMAT),
    EXTENSION("critical FALSE written out", EXT("\x0a", "\x63", "\x01\x01\x00", "\x00", ""),
              E_CERT_FORMAT),
    EXTENSION("critical 0x01", EXT("\x0a", "\x63", "\x01\x01\x01", "\x00", ""), E_CERT_FORMAT),
    EXTENSION("value not octets", "\x30\x07\x06\x03\x55\x1d\x63\x05\x00", E_CERT_FORMAT),
    EXTENSION("two values", "\x30\x09\x06\x03\x55\x1d\x63\x04\x00\x04\x00", E_CERT_FORMAT),
    EXTENSION("no OID", "\x30\x02\x04\x00", E_CERT_FORMAT),
    EXTENSION("empty OID", "\x30\x04\x06\x00\x04\x00", E_CERT_FORMAT),
    /* basicConstraints */
    EXTENSION("CA FALSE written out", EXT("\x0c", "\x13", "", "\x05", "\x30\x03\x01\x01\x00"), OK),
    EXTENSION("CA and path length",
              EXT("\x0f", "\x13", "", "\x08", "\x30\x06\x01\x01\xff\x02\x01\x00"), OK),
    EXTENSION("CA 0x01", EXT("\x0c", "\x13", "", "\x05", "\x30\x03\x01\x01\x01"), E_CERT_FORMAT),
    EXTENSION("path length without CA", EXT("\x0c", "\x13", "", "\x05", "\x30\x03\x02\x01\x00"),
              E_CERT_FORMAT),
    EXTENSION("negative path length",
              EXT("\x0f", "\x13", "", "\x08", "\x30\x06\x01\x01\xff\x02\x01\xff"), E_CERT_FORMAT),
    EXTENSION("path length 256",
              EXT("\x10", "\x13", "", "\x09", "\x30\x07\x01\x01\xff\x02\x02\x01\x00"),
              E_CERT_FORMAT),
    EXTENSION("basicConstraints with a tail", EXT("\x0b", "\x13", "", "\x04", "\x30\x00\x05\x00"),
              E_CERT_FORMAT),
    EXTENSION("basicConstraints with a third element",
              EXT("\x0e", "\x13", "", "\x07", "\x30\x05\x01\x01\xff\x05\x00"), E_CERT_FORMAT),
    EXTENSION("empty basicConstraints", EXT("\x07", "\x13", "", "\x00", ""), E_CERT_FORMAT),
    /* keyUsage */
    EXTENSION("nine bits", EXT("\x0c", "\x0f", "", "\x05", "\x03\x03\x07\x80\x80"), OK),
    EXTENSION("ten bits", EXT("\x0c", "\x0f", "", "\x05", "\x03\x03\x06\x00\x40"), E_CERT_FORMAT),
    EXTENSION("no bit", EXT("\x0b", "\x0f", "", "\x04", "\x03\x02\x00\x00"), E_CERT_FORMAT),
    EXTENSION("no bits at all", EXT("\x0a", "\x0f", "", "\x03", "\x03\x01\x00"), E_CERT_FORMAT),
    EXTENSION("unused bit set", EXT("\x0b", "\x0f", "", "\x04", "\x03\x02\x07\xc0"), E_CERT_FORMAT),
    EXTENSION("trailing zero bits", EXT("\x0b", "\x0f", "", "\x04", "\x03\x02\x05\x80"), OK),
    EXTENSION("trailing zero bits alone", EXT("\x0b", "\x0f", "", "\x04", "\x03\x02\x07\x00"),
              E_CERT_FORMAT),
    EXTENSION("eight unused bits", EXT("\x0b", "\x0f", "", "\x04", "\x03\x02\x08\x80"),
              E_CERT_FORMAT),
    EXTENSION("three bytes", EXT("\x0d", "\x0f", "", "\x06", "\x03\x04\x07\x80\x00\x80"),
              E_CERT_FORMAT),
    EXTENSION("keyUsage with a tail", EXT("\x0d", "\x0f", "", "\x06", "\x03\x02\x07\x80\x05\x00"),
              E_CERT_FORMAT),
};

Test(x509, refuses_each_flaw)
{
    struct rt_x509 cert;

    MUST(parse_parts(&good, &cert));
    for (size_t i = 0; i < RT_COUNT(parts); i++) {
        struct parts p = good;
        memcpy((char *)&p + parts[i].offset, &parts[i].bytes, sizeof parts[i].bytes);
        cr_expect_eq(parse_parts(&p, &cert), parts[i].expected, "%s", parts[i].what);
    }
}

/* Gramine's certificates say so (mbedTLS). */
Test(x509, reads_null_parameters_of_ecdsa_on_both_sides)
{
    static const char alg[] = "\x30\x0c\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02\x05\x00";
    static const char twice[] = "\x30\x0e\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02\x05\x00\x05\x00";
    static const char rsa[] = "\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b";
    struct rt_x509 cert;
    struct parts p = good;

    p.alg = p.outer_alg = BYTES(alg);
    MUST(parse_parts(&p, &cert));
    p.alg = p.outer_alg = BYTES(twice);
    cr_expect_eq(parse_parts(&p, &cert), RATLS_E_CERT_FORMAT);
    p.alg = p.outer_alg = BYTES(rsa); /* here NULL must be (RFC 4055 s.5) */
    cr_expect_eq(parse_parts(&p, &cert), RATLS_E_CERT_FORMAT);
}

Test(x509, has_one_list_of_extensions)
{
    static const char one[] = "\xa3\x0d\x30\x0b\x30\x09\x06\x03\x55\x1d\x13\x04\x02\x30\x00";
    static const char two[] =
        "\xa3\x0f\x30\x0b\x30\x09\x06\x03\x55\x1d\x13\x04\x02\x30\x00\x30\x00";
    struct parts p = good;
    struct rt_x509 cert;

    p.extensions = (struct ratls_bytes){0};
    p.behind_tbs = BYTES(one);
    MUST(parse_parts(&p, &cert));
    p.behind_tbs = BYTES(two);
    cr_expect_eq(parse_parts(&p, &cert), RATLS_E_CERT_FORMAT);
}

Test(x509, reads_usage_bits_from_the_left)
{
    static const char ext[] = EXT("\x0c", "\x0f", "", "\x05", "\x03\x03\x07\x86\x80");
    struct parts p = good;
    struct rt_x509 cert;

    p.extensions = BYTES(ext);
    MUST(parse_parts(&p, &cert));
    cr_expect(cert.has_key_usage);
    cr_expect_eq(cert.key_usage,
                 (unsigned)RT_KU_DIGITAL_SIGNATURE | RT_KU_CERT_SIGN | RT_KU_CRL_SIGN | 1U << 8);
}

static enum ratls_err parse_n_extensions(size_t n)
{
    struct rt_writer w = {0};
    struct parts p = good;
    struct rt_x509 cert;

    for (size_t i = 0; i < n; i++) {
        rt_put_bytes(&w, BYTES("\x30\x08\x06\x04\x55\x1d\x63"));
        rt_put_u8(&w, (uint8_t)i);
        rt_put_bytes(&w, BYTES("\x04\x00"));
    }
    p.extensions = rt_written(&w);
    enum ratls_err e = parse_parts(&p, &cert);
    rt_writer_free(&w);
    return e;
}

Test(x509, limits_extensions_and_size)
{
    static uint8_t filling[RT_MAX_CERT];
    struct rt_writer w = {0};
    struct parts p = good;
    struct rt_x509 cert;

    MUST(parse_n_extensions(RT_MAX_EXTENSIONS));
    cr_expect_eq(parse_n_extensions(RT_MAX_EXTENSIONS + 1), RATLS_E_CERT_FORMAT);
    size_t ext = rt_der_begin(&w, RT_DER_SEQUENCE);
    rt_der_put_oid(&w, BYTES("\x2a\x03"));
    rt_der_put(&w, RT_DER_OCTET_STRING, ratls_bytes(filling, sizeof filling));
    rt_der_end(&w, ext);
    p.extensions = rt_written(&w);
    cr_expect_eq(parse_parts(&p, &cert), RATLS_E_CERT_FORMAT);
    rt_writer_free(&w);
}

Test(x509, may_be_without_extensions)
{
    struct parts p = good;
    struct rt_x509 cert;

    p.extensions = (struct ratls_bytes){0};
    MUST(parse_parts(&p, &cert));
    cr_expect_eq(cert.n_ext, 0);
    cr_expect_not(cert.has_basic_constraints || cert.has_key_usage || cert.is_ca);
    cr_expect_eq(cert.path_len, -1);
}

/* T154: truncation and single bits, in memory of exactly that size. */
Test(x509, survives_truncation_and_flipped_bits)
{
    struct ratls_buffer der = assemble(&good);
    struct rt_x509 cert;

    for (size_t len = 0; len < der.len; len++) {
        uint8_t *cut = malloc(len ? len : 1);
        memcpy(cut, der.p, len);
        cr_expect_neq(rt_x509_parse(ratls_bytes(cut, len), &cert, NULL), RATLS_OK);
        free(cut);
    }
    for (size_t bit = 0; bit < 8 * der.len; bit++) {
        der.p[bit / 8] ^= (uint8_t)(1U << bit % 8);
        (void)!rt_x509_parse(rt_bytes_of(&der), &cert, NULL);
        der.p[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    ratls_buffer_free(&der);
}

/* ---- what was read ---- */

static const char *const san[] = {"peer.example", NULL};
static const struct rt_mint leaf_plan = {
    .subject = {.common_name = "peer"}, .path_len = -1, .san = san, .tls_usage = true};

Test(x509, reads_what_the_mint_wrote)
{
    struct made ca, m;
    uint8_t hash[RT_SHA256_LEN], expected[RT_SHA256_LEN];

    make_ca("ca", 3, NULL, &ca);
    make(leaf_plan, &ca, &m);
    cr_expect(ca.cert.is_ca && ca.cert.has_basic_constraints && ca.cert.path_len == 3);
    cr_expect(ca.cert.key_usage & RT_KU_CERT_SIGN);
    cr_expect(!m.cert.is_ca && m.cert.path_len == -1);
    cr_expect(m.cert.key_usage & RT_KU_DIGITAL_SIGNATURE);
    cr_expect_eq(m.cert.not_before, NOW - DAY);
    cr_expect_eq(m.cert.not_after, NOW + DAY);
    cr_expect(ratls_bytes_equal(m.cert.issuer, ca.cert.subject));
    cr_expect(ratls_bytes_equal(m.cert.spki, rt_key_spki(m.key)));
    cr_expect_eq(m.cert.sig_alg, RT_SIG_ECDSA_SHA256);
    MUST(rt_x509_spki_hash(&m.cert, hash));
    MUST(rt_sha256(rt_key_spki(m.key), expected));
    cr_expect_arr_eq(hash, expected, sizeof hash);
    cr_expect_not_null(rt_x509_ext(&m.cert, RT_OID(SAN)));
    cr_expect_null(rt_x509_ext(&m.cert, RT_OID(SGX)));
    made_free(&ca);
    made_free(&m);
}

/* T96: a self-signature is checked, not believed. */
Test(x509, notices_each_changed_byte_of_tbs_and_signature)
{
    struct made m, other;
    struct rt_x509 cert;

    make(leaf_plan, NULL, &m);
    make(leaf_plan, NULL, &other);
    MUST(rt_x509_signed_by(&m.cert, &m.cert, NULL));
    cr_expect_eq(rt_x509_signed_by(&m.cert, &other.cert, NULL), RATLS_E_CERT_SIGNATURE);
    for (size_t at = 4; at < m.der.len; at++) {
        m.der.p[at] ^= 0x20;
        if (rt_x509_parse(der_of(&m), &cert, NULL) == RATLS_OK)
            cr_expect_neq(rt_x509_signed_by(&cert, &cert, NULL), RATLS_OK, "byte %zu", at);
        m.der.p[at] ^= 0x20;
    }
    made_free(&m);
    made_free(&other);
}

/* T76, T96 */
Test(x509, is_valid_from_the_first_to_the_last_second)
{
    struct rt_x509 cert = {.not_before = 1000, .not_after = 2000};
    struct ratls_error err = {0};

    MUST(rt_x509_check_dates(&cert, 1000, NULL));
    MUST(rt_x509_check_dates(&cert, 2000, NULL));
    cr_expect_eq(rt_x509_check_dates(&cert, 999, NULL), RATLS_E_CERT_NOT_YET_VALID);
    cr_expect_eq(rt_x509_check_dates(&cert, 2001, &err), RATLS_E_CERT_EXPIRED);
    cr_expect(strstr(err.detail, "1970-01-01T00:33:20Z"), "%s", err.detail);
    cert = (struct rt_x509){.not_before = 2000, .not_after = 1000};
    for (int64_t now = 999; now <= 2001; now++)
        cr_expect_neq(rt_x509_check_dates(&cert, now, NULL), RATLS_OK);
}

/* ---- names for people ---- */

static const char *text_of(struct ratls_bytes name)
{
    static char out[256];

    rt_x509_name_text(name, out, sizeof out);
    return out;
}

Test(x509_name, is_written_in_encoded_order)
{
    struct made m;

    make((struct rt_mint){.subject = {.common_name = "peer"}, .path_len = -1}, NULL, &m);
    cr_expect_str_eq(text_of(m.cert.subject), "CN=peer");
    cr_expect(ratls_bytes_equal(rt_x509_name_attr(m.cert.subject, RT_OID(CN)), BYTES("peer")));
    cr_expect_eq(rt_x509_name_attr(m.cert.subject, RT_OID(ORGANIZATION)).len, 0);
    made_free(&m);
}

#define RDN(len, inner, oid, value_len, value)                                                     \
    "\x31" len "\x30" inner "\x06\x03\x55\x04" oid "\x0c" value_len value

Test(x509_name, is_escaped_so_that_it_has_one_reading)
{
    cr_expect_str_eq(text_of(BYTES("\x30\x00")), "");
    cr_expect_str_eq(text_of(BYTES("\x30\x18" RDN("\x0a", "\x08", "\x03", "\x01", "x")
                                       RDN("\x0a", "\x08", "\x0a", "\x01", "y"))),
                     "CN=x, O=y");
    cr_expect_str_eq(text_of(BYTES("\x30\x12" RDN("\x10", "\x0e", "\x03", "\x07", "a,O=\\\n\xff"))),
                     "CN=a\\2cO=\\5c\\0a\\ff");
    cr_expect_str_eq(text_of(BYTES("\x30\x16\x31\x14\x30\x08\x06\x03\x55\x04\x03\x0c\x01x"
                                   "\x30\x08\x06\x03\x55\x04\x05\x0c\x01+")),
                     "CN=x+2.5.4.5=\\2b");
    cr_expect_str_eq(text_of(BYTES("\x30\x0d\x31\x0b\x30\x09\x06\x04\x88\x37\x86\x48\x0c\x01z")),
                     "2.999.840=z");
    cr_expect_str_eq(text_of(BYTES("\x30\x0c")), "");
    cr_expect_str_eq(text_of(BYTES(NAME_X "\x05\x00")), "");
}

Test(x509_name, fits_whatever_room_there_is)
{
    static const char name[] = "\x30\x0c" RDN("\x0a", "\x08", "\x03", "\x01", "x");
    char *out = malloc(1);

    rt_x509_name_text(BYTES(name), out, 0);
    rt_x509_name_text(BYTES(name), out, 1);
    cr_expect_str_eq(out, "");
    free(out);
    out = malloc(4);
    rt_x509_name_text(BYTES(name), out, 4);
    cr_expect_str_eq(out, "CN=");
    free(out);
}

/* ---- leaves ---- */

#define REQ "openssl req -x509 -nodes -keyout k -subj /CN=x -days 2 -outform DER 2>/dev/null "

/* T65. All of them self-signed by openssl. */
static const struct {
    const char *command;
    enum ratls_err parse, leaf_key;
} keys[] = {
    {REQ "-newkey ec -pkeyopt ec_paramgen_curve:P-256", RATLS_OK, RATLS_OK},
    {REQ "-newkey ec -pkeyopt ec_paramgen_curve:P-384 -sha384", RATLS_OK, RATLS_OK},
    {REQ "-newkey ec -pkeyopt ec_paramgen_curve:P-384 -sha256", RATLS_OK, RATLS_OK},
    {REQ "-newkey rsa:3072", RATLS_OK, RATLS_OK},
    {REQ "-newkey rsa:3071", RATLS_OK, RATLS_E_CERT_KEY},
    {REQ "-newkey rsa:2048 -sha384", RATLS_OK, RATLS_E_CERT_KEY},
    {REQ "-newkey rsa:1024", RATLS_OK, RATLS_E_CERT_KEY},
    {REQ "-newkey rsa:3072 -sha512", RATLS_OK, RATLS_OK},
    {REQ "-newkey ec -pkeyopt ec_paramgen_curve:P-521", RATLS_OK, RATLS_E_CERT_KEY},
    {REQ "-newkey ec -pkeyopt ec_paramgen_curve:P-521 -sha512", RATLS_OK, RATLS_E_CERT_KEY},
    {REQ "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -sha512", RATLS_OK, RATLS_E_CERT_KEY},
    {REQ "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -sha1", RATLS_E_CERT_KEY, 0},
    {REQ "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -sha224", RATLS_E_CERT_KEY, 0},
    {REQ "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -sha3-256", RATLS_E_CERT_KEY, 0},
    {REQ "-newkey rsa:3072 -sha1", RATLS_E_CERT_KEY, 0},
    {REQ "-newkey rsa:3072 -md5", RATLS_E_CERT_KEY, 0},
    {REQ "-newkey rsa:3072 -sigopt rsa_padding_mode:pss", RATLS_E_CERT_KEY, 0},
    {REQ "-newkey ed25519", RATLS_E_CERT_KEY, 0},
    {REQ "-newkey ed448", RATLS_E_CERT_KEY, 0},
    {REQ "-newkey ec -pkeyopt ec_paramgen_curve:prime192v1", RATLS_E_CERT_KEY, 0},
    {REQ "-newkey ec -pkeyopt ec_paramgen_curve:secp256k1", RATLS_E_CERT_KEY, 0},
    {REQ "-newkey ec -pkeyopt ec_paramgen_curve:brainpoolP256r1", RATLS_E_CERT_KEY, 0},
    {REQ "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit",
     RATLS_E_CERT_KEY, 0},
};

Test(x509_leaf, has_a_key_of_the_list, .timeout = 120)
{
    for (size_t i = 0; i < RT_COUNT(keys); i++) {
        struct ratls_buffer der = shell(keys[i].command);
        struct ratls_error err = {0};
        struct rt_x509 cert;
        cr_expect_eq(rt_x509_parse(rt_bytes_of(&der), &cert, &err), keys[i].parse, "%s: %s",
                     keys[i].command, err.detail);
        if (keys[i].parse == RATLS_OK)
            cr_expect_eq(rt_x509_check_leaf_key(&cert, &err), keys[i].leaf_key, "%s: %s",
                         keys[i].command, err.detail);
        if (keys[i].parse == RATLS_OK && keys[i].leaf_key == RATLS_OK)
            cr_expect_eq(rt_x509_signed_by(&cert, &cert, &err), RATLS_OK, "%s: %s", keys[i].command,
                         err.detail);
        ratls_buffer_free(&der);
    }
}

Test(x509_leaf, has_a_key_the_parser_never_made)
{
    struct rt_x509 ed = {.key.type = RT_KEY_ED25519}, mixed = {.key.type = RT_KEY_P256};

    cr_expect_eq(rt_x509_check_leaf_key(&ed, NULL), RATLS_E_CERT_KEY);
    mixed.sig_alg = RT_SIG_RSA_SHA256;
    cr_expect_eq(rt_x509_check_leaf_key(&mixed, NULL), RATLS_E_CERT_KEY);
}

/* Whatever the leaf's own key is: by a CA on P-521, say. */
Test(x509_leaf, is_not_signed_with_sha_512_by_ecdsa)
{
    struct rt_x509 rsa = {.key = {.type = RT_KEY_RSA, .bits = 3072}};

    rsa.sig_alg = RT_SIG_ECDSA_SHA384;
    cr_expect_eq(rt_x509_check_leaf_key(&rsa, NULL), RATLS_OK);
    rsa.sig_alg = RT_SIG_ECDSA_SHA512;
    cr_expect_eq(rt_x509_check_leaf_key(&rsa, NULL), RATLS_E_CERT_KEY);
}

#define OID_SERVER "\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x01"
#define OID_CLIENT "\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x02"
#define OID_MAIL   "\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x04"
#define OID_ANY    "\x06\x04\x55\x1d\x25\x00"

/* T96 */
Test(x509_leaf, is_used_as_it_says)
{
    static const struct {
        struct ratls_bytes eku;
        bool server, client;
    } rows[] = {
        {B("\x30\x0a" OID_SERVER), true, false},
        {B("\x30\x0a" OID_CLIENT), false, true},
        {B("\x30\x14" OID_SERVER OID_CLIENT), true, true},
        {B("\x30\x14" OID_MAIL OID_CLIENT), false, true},
        {B("\x30\x0a" OID_MAIL), false, false},
        {B("\x30\x06" OID_ANY), true, true},
        {B("\x30\x00"), false, false},
        {B(""), false, false},
        {B("\x30\x0a" OID_SERVER "\x00"), false, false},
        {B("\x30\x0c" OID_SERVER "\x05\x00"), false, false},
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        struct rt_x509 cert = {.n_ext = 1};
        cert.ext[0] = (struct rt_ext){.oid = RT_OID(EXT_KEY_USAGE), .value = rows[i].eku};
        cr_expect_eq(rt_x509_check_leaf_usage(&cert, true, NULL) == RATLS_OK, rows[i].server,
                     "row %zu", i);
        cr_expect_eq(rt_x509_check_leaf_usage(&cert, false, NULL) == RATLS_OK, rows[i].client,
                     "row %zu", i);
    }
}

Test(x509_leaf, is_no_ca_and_may_sign)
{
    struct rt_x509 cert = {0};

    MUST(rt_x509_check_leaf_usage(&cert, true, NULL));
    cert.is_ca = true;
    cr_expect_eq(rt_x509_check_leaf_usage(&cert, true, NULL), RATLS_E_CERT_USAGE);
    cert = (struct rt_x509){.has_key_usage = true, .key_usage = RT_KU_DIGITAL_SIGNATURE};
    MUST(rt_x509_check_leaf_usage(&cert, false, NULL));
    cert.key_usage = 1 << 2; /* keyEncipherment */
    cr_expect_eq(rt_x509_check_leaf_usage(&cert, false, NULL), RATLS_E_CERT_USAGE);
}

/* ---- certificates of others ---- */

/* T105: the hash others compute over the same certificate. */
Test(x509, hashes_the_whole_spki_as_openssl_does)
{
    struct ratls_buffer both = shell(
        REQ "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -out c; cat c; openssl x509 -inform DER "
            "-in c -pubkey -noout | openssl pkey -pubin -outform DER | openssl dgst -sha256 "
            "-binary");
    struct rt_reader r = rt_reader(rt_bytes_of(&both));
    struct ratls_bytes der;
    struct rt_x509 cert;
    uint8_t hash[RT_SHA256_LEN];

    (void)rt_der_get(&r, RT_DER_SEQUENCE, &der);
    MUST(rt_x509_parse(der, &cert, NULL));
    MUST(rt_x509_spki_hash(&cert, hash));
    cr_expect(ratls_bytes_equal(rt_rest(&r), ratls_bytes(hash, sizeof hash)));
    ratls_buffer_free(&both);
}

static struct ratls_buffer vector(const char *name)
{
    const char *directory = getenv("RATLS_VECTORS");
    struct ratls_buffer out = {0};
    char path[512];

    if (!directory)
        cr_skip_test("RATLS_VECTORS is not set");
    snprintf(path, sizeof path, "%s/%s", directory, name);
    const struct ratls_env *env = ratls_env_system();
    if (env->read_file(env->arg, path, RT_MAX_FILE, &out) != RATLS_OK)
        cr_skip_test("no %s", path);
    return out;
}

/* Made by Gramine: P-384 signed with SHA-256, NULL parameters, 10 KB, no keyUsage. */
Test(x509, reads_a_certificate_of_gramine)
{
    struct ratls_buffer pem = vector("intel/sgx-ratls-1/cert.pem"), der = {0};
    struct ratls_bytes text = rt_bytes_of(&pem);
    struct rt_x509 cert;

    MUST(rt_pem_next(&text, "CERTIFICATE", &der));
    MUST(rt_x509_parse(rt_bytes_of(&der), &cert, NULL));
    MUST(rt_x509_signed_by(&cert, &cert, NULL));
    MUST(rt_x509_check_leaf_key(&cert, NULL));
    MUST(rt_x509_check_leaf_usage(&cert, true, NULL));
    MUST(rt_x509_check_dates(&cert, NOW, NULL));
    cr_expect_str_eq(text_of(cert.subject), "CN=RATLS, O=GramineDevelopers, C=US");
    cr_expect_not_null(rt_x509_ext(&cert, RT_OID(TAGGED_EVIDENCE)));
    ratls_buffer_free(&pem);
    ratls_buffer_free(&der);
}

static const char *const quotes[] = {
    "intel/tdx-v4-uptodate-1/quote.bin",  "intel/tdx-v4-outofdate-1/quote.bin",
    "intel/tdx-v4-debug-1/quote.bin",     "intel/tdx-v5-uptodate-1/quote.bin",
    "intel/tdx-v5-relaunch-1/quote.bin",  "intel/sgx-v3-debug-1/quote.bin",
    "intel/sgx-v3-cfgsw-1/quote.bin",     "intel/sgx-ratls-1/quote.bin",
    "intel/sgx-ratls-1/quote-legacy.bin", "intel/sgx-v3-certtype3-1/pck_chain.pem",
};

/* PCK chains of real platforms, at the day their leaf began. */
Test(x509, reads_and_verifies_the_chains_of_real_quotes)
{
    for (size_t i = 0; i < RT_COUNT(quotes); i++) {
        struct ratls_buffer quote = vector(quotes[i]), der[3] = {0};
        struct ratls_bytes text = rt_bytes_of(&quote);
        struct ratls_error err = {0};
        struct rt_x509 certs[3];
        for (size_t k = 0; k < 3; k++) {
            cr_assert_eq(rt_pem_next(&text, "CERTIFICATE", &der[k]), RATLS_OK, "%s", quotes[i]);
            cr_assert_eq(rt_x509_parse(rt_bytes_of(&der[k]), &certs[k], &err), RATLS_OK, "%s: %s",
                         quotes[i], err.detail);
        }
        cr_expect_eq(rt_chain_check(certs, 3, certs[0].not_before, &err), RATLS_OK, "%s: %s",
                     quotes[i], err.detail);
        cr_expect_not(rt_x509_is_simulated(&certs[2]));
        for (size_t k = 0; k < 3; k++)
            ratls_buffer_free(&der[k]);
        ratls_buffer_free(&quote);
    }
}
