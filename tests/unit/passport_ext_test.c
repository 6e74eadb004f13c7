/* Attestation results of others inside certificates: golden bytes, and everything that is refused.
 */
#include "der.h"
#include "evidence_support.h"
#include "oid.h"
#include "ratls/jwt.h"

#define TYPE  "application/eat+jwt"
#define CTYPE "\x73" TYPE /* a text of 19 bytes in CBOR */

/* As the only extension of a certificate. *out borrows `value`. */
static enum ratls_err read_value(struct ratls_bytes value, struct rt_cert_evidence *out)
{
    static struct rt_x509 cert;
    struct ratls_error err = {0};

    cert = (struct rt_x509){.n_ext = 1, .ext = {{.oid = RT_OID(PE_CMW), .value = value}}};
    enum ratls_err e = rt_cert_evidence(&cert, out, &err);
    cr_expect_eq(err.code, e);
    cr_expect_eq(e == RATLS_OK, out->passport.p != NULL);
    cr_expect_null(out->evidence.p);
    return e;
}

/* The record inside its DER string, from a block of its own size; *token is new. */
static enum ratls_err read_record(uint8_t tag, struct ratls_bytes record,
                                  struct ratls_buffer *token)
{
    struct rt_writer w = {0};
    struct ratls_buffer value = {0};
    struct rt_cert_evidence ev;

    *token = (struct ratls_buffer){0};
    rt_der_put(&w, tag, record);
    MUST(rt_writer_take(&w, &value));
    enum ratls_err e = read_value(rt_bytes_of(&value), &ev);
    if (e == RATLS_OK) {
        cr_expect_eq(ev.envelope, RT_ENVELOPE_PASSPORT);
        cr_expect_eq(ev.passport_is_encoded, tag == RT_DER_UTF8_STRING);
        e = rt_passport_token(&ev, token, NULL);
    }
    ratls_buffer_free(&value);
    return e;
}

static void expect_record(uint8_t tag, const char *what, struct ratls_bytes record,
                          enum ratls_err expected)
{
    struct ratls_buffer token;
    enum ratls_err e = read_record(tag, record, &token);

    cr_expect_eq(e, expected, "%s: %s", what, ratls_err_reason(e));
    if (e == RATLS_OK)
        cr_expect(ratls_bytes_equal(rt_bytes_of(&token), BYTES("a.b.c")), "%s", what);
    ratls_buffer_free(&token);
}

/* ---- CBOR ---- */

Test(passport_ext, is_written_as_it_is_read)
{
    struct ratls_buffer value = {0}, token = {0};
    struct rt_cert_evidence ev;

    MUST(rt_passport_write(BYTES("a.b.c"), &value));
    expect_hex(rt_bytes_of(&value), "041c83736170706c69636174696f6e2f6561742b6a777445612e622e6308");
    MUST(read_value(rt_bytes_of(&value), &ev));
    MUST(rt_passport_token(&ev, &token, NULL));
    cr_expect(ratls_bytes_equal(rt_bytes_of(&token), BYTES("a.b.c")));
    ratls_buffer_free(&token);
    ratls_buffer_free(&value);
}

static const struct {
    const char *what;
    struct ratls_bytes record;
    enum ratls_err expected;
} cbor[] = {
    ROW("good",
        "\x83" CTYPE "\x45"
        "a.b.c\x08",
        OK),
    ROW("evidence, by its indicator",
        "\x83" CTYPE "\x45"
        "a.b.c\x04",
        E_EVIDENCE_FORMAT),
    ROW("evidence as well, by its indicator",
        "\x83" CTYPE "\x45"
        "a.b.c\x0c",
        E_EVIDENCE_FORMAT),
    ROW("no indicator",
        "\x82" CTYPE "\x45"
        "a.b.c",
        E_EVIDENCE_FORMAT),
    ROW("another type",
        "\x83\x73"
        "application/eat+cwt\x45"
        "a.b.c\x08",
        E_EVIDENCE_UNKNOWN),
    ROW("a type in other letters",
        "\x83\x73"
        "application/EAT+jwt\x45"
        "a.b.c\x08",
        E_EVIDENCE_UNKNOWN),
    ROW("a longer type",
        "\x83\x74" TYPE "x\x45"
        "a.b.c\x08",
        E_EVIDENCE_UNKNOWN),
    ROW("text for the token",
        "\x83" CTYPE "\x65"
        "a.b.c\x08",
        E_EVIDENCE_FORMAT),
    ROW("no token", "\x83" CTYPE "\x40\x08", E_EVIDENCE_FORMAT),
    ROW("trailing byte",
        "\x83" CTYPE "\x45"
        "a.b.c\x08\x00",
        E_EVIDENCE_FORMAT),
};

Test(passport_ext, in_cbor_is_read_strictly)
{
    for (size_t i = 0; i < RT_COUNT(cbor); i++)
        expect_record(RT_DER_OCTET_STRING, cbor[i].what, cbor[i].record, cbor[i].expected);
}

/* ---- JSON ---- */

static const struct {
    const char *what;
    struct ratls_bytes record;
    enum ratls_err expected;
} json[] = {
    ROW("good", "[\"" TYPE "\",\"YS5iLmM\",8]", OK),
    ROW("white space", " [ \"" TYPE "\"\t,\r\n\"YS5iLmM\" , 8 ]\n", OK),
    ROW("evidence, by its indicator", "[\"" TYPE "\",\"YS5iLmM\",4]", E_EVIDENCE_UNKNOWN),
    ROW("indicator 80", "[\"" TYPE "\",\"YS5iLmM\",80]", E_EVIDENCE_UNKNOWN),
    ROW("indicator 8.0", "[\"" TYPE "\",\"YS5iLmM\",8.0]", E_EVIDENCE_UNKNOWN),
    ROW("no indicator", "[\"" TYPE "\",\"YS5iLmM\"]", E_EVIDENCE_UNKNOWN),
    ROW("four items", "[\"" TYPE "\",\"YS5iLmM\",8,8]", E_EVIDENCE_UNKNOWN),
    ROW("another type", "[\"application/eat+cwt\",\"YS5iLmM\",8]", E_EVIDENCE_UNKNOWN),
    ROW("an escape in the type", "[\"application\\/eat+jwt\",\"YS5iLmM\",8]", E_EVIDENCE_UNKNOWN),
    ROW("no end of a text", "[\"" TYPE "\",\"YS5iLmM", E_EVIDENCE_UNKNOWN),
    ROW("no end", "[\"" TYPE "\",\"YS5iLmM\",8", E_EVIDENCE_UNKNOWN),
    ROW("trailing byte", "[\"" TYPE "\",\"YS5iLmM\",8]x", E_EVIDENCE_UNKNOWN),
    ROW("no comma", "[\"" TYPE "\" \"YS5iLmM\",8]", E_EVIDENCE_UNKNOWN),
    ROW("an object", "{\"" TYPE "\":\"YS5iLmM\"}", E_EVIDENCE_UNKNOWN),
    ROW("nothing", "", E_EVIDENCE_UNKNOWN),
    ROW("no token", "[\"" TYPE "\",\"\",8]", E_EVIDENCE_FORMAT),
    ROW("padding", "[\"" TYPE "\",\"YS5iLmM=\",8]", E_EVIDENCE_FORMAT),
    ROW("stray bits", "[\"" TYPE "\",\"YS5iLmN\",8]", E_EVIDENCE_FORMAT),
    ROW("white space in the token", "[\"" TYPE "\",\"YS5i LmM\",8]", E_EVIDENCE_FORMAT),
};

Test(passport_ext, in_json_is_read_strictly)
{
    for (size_t i = 0; i < RT_COUNT(json); i++)
        expect_record(RT_DER_UTF8_STRING, json[i].what, json[i].record, json[i].expected);
}

Test(passport_ext, json_has_nothing_behind_its_string)
{
    struct rt_cert_evidence ev;

    cr_expect_eq(read_value(BYTES("\x0c\x23[\"" TYPE "\",\"YS5iLmM\",8]\x00"), &ev),
                 RATLS_E_EVIDENCE_UNKNOWN);
}

/* ---- limits ---- */

static enum ratls_err read_of_size(size_t len, bool encoded)
{
    struct rt_writer w = {0}, record = {0};
    struct ratls_buffer value = {0};
    struct rt_cert_evidence ev;
    uint8_t *token = calloc(1, len);

    cr_assert(token);
    if (encoded) {
        rt_put_bytes(&record, BYTES("[\"" TYPE "\",\""));
        rt_put_base64url(&record, ratls_bytes(token, len));
        rt_put_bytes(&record, BYTES("\",8]"));
    } else {
        rt_put_bytes(&record, BYTES("\x83" CTYPE "\x59"));
        rt_put_u16be(&record, (uint16_t)len);
        rt_put(&record, token, len);
        rt_put_u8(&record, 8);
    }
    rt_der_put(&w, encoded ? RT_DER_UTF8_STRING : RT_DER_OCTET_STRING, rt_written(&record));
    MUST(rt_writer_take(&w, &value));
    enum ratls_err e = read_value(rt_bytes_of(&value), &ev);
    ratls_buffer_free(&value);
    rt_writer_free(&record);
    free(token);
    return e;
}

Test(passport_ext, ends_with_the_limit_of_tokens)
{
    struct ratls_buffer value = {0};
    static const uint8_t long_token[RATLS_TOKEN_MAX + 1];

    cr_expect_eq(read_of_size(RATLS_TOKEN_MAX, false), RATLS_OK);
    cr_expect_eq(read_of_size(RATLS_TOKEN_MAX + 1, false), RATLS_E_EVIDENCE_FORMAT);
    cr_expect_eq(read_of_size(RATLS_TOKEN_MAX, true), RATLS_OK);
    cr_expect_eq(read_of_size(RATLS_TOKEN_MAX + 1, true), RATLS_E_EVIDENCE_FORMAT);
    cr_expect_eq(rt_passport_write(ratls_bytes(long_token, sizeof long_token), &value),
                 RATLS_E_USAGE);
    cr_expect_eq(rt_passport_write(NOTHING, &value), RATLS_E_USAGE);
}

/* ---- both ---- */

Test(passport_ext, does_not_stand_beside_evidence)
{
    static struct rt_x509 cert;
    struct ratls_buffer passport = {0}, ccc = {0};
    struct rt_cert_evidence ev;

    MUST(rt_passport_write(BYTES("a.b.c"), &passport));
    MUST(rt_cert_evidence_write(NULL, BYTES("quote"), BYTES(CLAIMS), &ccc));
    cert = (struct rt_x509){.n_ext = 2,
                            .ext = {{.oid = RT_OID(PE_CMW), .value = rt_bytes_of(&passport)},
                                    {.oid = RT_OID(TAGGED_EVIDENCE), .value = rt_bytes_of(&ccc)}}};
    cr_expect_eq(rt_cert_evidence(&cert, &ev, NULL), RATLS_E_EVIDENCE_DUPLICATE);
    cr_expect_null(ev.passport.p);
    ratls_buffer_free(&passport);
    ratls_buffer_free(&ccc);
}

/* What a session's PROOF holds is a quote. */
Test(passport_ext, is_no_quote)
{
    struct ratls_bytes type, evidence;

    cr_expect_eq(rt_cmw_read(BYTES("\x83" CTYPE "\x45"
                                   "a.b.c\x08"),
                             &type, &evidence, NULL),
                 RATLS_E_EVIDENCE_FORMAT);
}
