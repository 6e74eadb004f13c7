/* Evidence inside certificates: golden bytes, and everything that is refused. */
#include <stdlib.h>

#include <criterion/criterion.h>

#include "cbor.h"
#include "der.h"
#include "evidence_support.h"
#include "mint.h"
#include "oid.h"

#define GOLDEN_VALUE "d9ea608244010203045833" GOLDEN_CLAIMS
#define GOLDEN_EXT   "30480606678105050409043e" GOLDEN_VALUE

/* ---- helpers ---- */

/* A certificate with up to two extensions; reading evidence looks at nothing else. */
static enum ratls_err read_ext(struct rt_ext a, struct rt_ext b, struct rt_cert_evidence *out)
{
    static struct rt_x509 cert;
    struct rt_cert_evidence ignored;
    struct ratls_error err = {0};

    cert = (struct rt_x509){.n_ext = b.oid.len ? 2 : 1, .ext = {a, b}};
    out = out ? out : &ignored;
    enum ratls_err e = rt_cert_evidence(&cert, out, &err);
    cr_expect_eq(err.code, e);
    cr_expect_eq(e == RATLS_OK, out->evidence.p != NULL);
    return e;
}

static enum ratls_err read_ccc(struct ratls_bytes value, struct rt_cert_evidence *out)
{
    return read_ext((struct rt_ext){.oid = RT_OID(TAGGED_EVIDENCE), .value = value},
                    (struct rt_ext){0}, out);
}

static enum ratls_err read_cmw(struct ratls_bytes value, struct rt_cert_evidence *out)
{
    return read_ext((struct rt_ext){.oid = RT_OID(PE_CMW), .value = value}, (struct rt_ext){0},
                    out);
}

/* A CMW extension around these bytes. */
static enum ratls_err read_in_octets(struct ratls_bytes record)
{
    struct rt_writer w = {0};

    rt_der_put(&w, RT_DER_OCTET_STRING, record);
    enum ratls_err e = read_cmw(rt_written(&w), NULL);
    rt_writer_free(&w);
    return e;
}

static enum ratls_err read_record(struct ratls_bytes cmw)
{
    struct ratls_bytes type, evidence;
    enum ratls_err e = rt_cmw_read(cmw, &type, &evidence, NULL);

    cr_expect_eq(e == RATLS_OK, type.p != NULL);
    cr_expect_eq(e == RATLS_OK, evidence.p != NULL);
    return e;
}

/* ---- golden vectors of the CCC format ---- */

/* T105: the hash is over the whole SubjectPublicKeyInfo. */
Test(evidence_ext, hashes_a_public_key_as_the_golden_vector_does)
{
    struct rt_writer spki = {0};

    rt_put_bytes(&spki, hex("3059301306072a8648ce3d020106082a8648ce3d03010703420004"
                            "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
                            "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"));
    expect_sha256(rt_written(&spki), P256_GEN_HASH);
    rt_writer_free(&spki);
}

Test(evidence_ext, writes_and_reads_the_golden_evidence)
{
    struct ratls_buffer value = {0};
    struct rt_cert_evidence ev;

    MUST(rt_cert_evidence_write(NULL, hex("01020304"), hex(GOLDEN_CLAIMS), &value));
    cr_expect_eq(value.len, 62);
    expect_hex(rt_bytes_of(&value), GOLDEN_VALUE);
    MUST(read_ccc(rt_bytes_of(&value), &ev));
    cr_expect_eq(ev.envelope, RT_ENVELOPE_CCC_QUOTE);
    expect_hex(ev.evidence, "01020304");
    expect_hex(ev.claims, GOLDEN_CLAIMS);
    cr_expect_eq(ev.media_type.len, 0);
    ratls_buffer_free(&value);
}

/* In a certificate, byte for byte. */
Test(evidence_ext, mints_the_golden_extension)
{
    struct rt_key *key = NULL;
    struct ratls_buffer cert = {0};
    struct ratls_bytes ext = hex(GOLDEN_EXT);

    MUST(rt_key_generate(ratls_env_system(), RT_P256, &key));
    const struct rt_mint what = {
        .subject_spki = rt_key_spki(key),
        .subject = {.common_name = "ratls"},
        .issuer_key = key,
        .not_after = 1,
        .ext[0] = {.oid = RT_OID(TAGGED_EVIDENCE), .value = hex(GOLDEN_VALUE)},
    };
    MUST(rt_mint(ratls_env_system(), &what, &cert, NULL));
    cr_expect_eq(ext.len, 74);
    cr_expect_not_null(memmem(cert.p, cert.len, ext.p, ext.len));
    ratls_buffer_free(&cert);
    rt_key_free(key);
}

/* Of another stack's tests: the envelope is fine, its hash entry is too short for SHA-256. */
Test(evidence_ext, reads_the_vector_of_another_stack)
{
    struct rt_cert_evidence ev;

    MUST(read_ccc(hex("d9ea608244010203044405060708"), &ev));
    expect_hex(ev.evidence, "01020304");
    expect_hex(ev.claims, "05060708");
    cr_expect_eq(read_claims(hex("a16b7075626b65792d686173684782014400010203"), NULL),
                 RATLS_E_EVIDENCE_FORMAT);
}

/* A quote of 4734 bytes with 51 bytes of claims: 4794 bytes. */
Test(evidence_ext, wraps_a_real_quote_in_sixty_bytes)
{
    static const uint8_t quote[4734];
    struct ratls_buffer value = {0};

    MUST(
        rt_cert_evidence_write(NULL, ratls_bytes(quote, sizeof quote), hex(GOLDEN_CLAIMS), &value));
    cr_expect_eq(value.len, 4794);
    cr_expect(memcmp(value.p, "\xd9\xea\x60\x82\x59\x12\x7e", 7) == 0);
    MUST(read_ccc(rt_bytes_of(&value), NULL));
    ratls_buffer_free(&value);
}

/* ---- which extension ---- */

#define EXT(name, bytes) ((struct rt_ext){.oid = RT_OID(name), .value = BYTES(bytes)})
#define CCC_VALUE        "\xd9\xea\x60\x82\x41\x01\x41\x02"
#define RECORD           "\x83\x63\x61/b\x45\x82\x41\x01\x41\x02\x04"
#define CMW_VALUE        "\x04\x0c" RECORD

/* T09, T83 */
Test(evidence_ext, says_when_there_is_no_evidence)
{
    struct rt_cert_evidence ev;
    static struct rt_x509 bare;

    cr_expect_eq(rt_cert_evidence(&bare, &ev, NULL), RATLS_E_NO_EVIDENCE);
    cr_expect_eq(read_ext(EXT(SAN, CCC_VALUE), EXT(SKI, CCC_VALUE), NULL), RATLS_E_NO_EVIDENCE);
}

Test(evidence_ext, looks_at_no_more_extensions_than_there_are)
{
    static struct rt_x509 cert;
    struct rt_cert_evidence ev;

    cert = (struct rt_x509){.n_ext = 1, .ext = {EXT(SAN, ""), EXT(PE_CMW, CMW_VALUE)}};
    cr_expect_eq(rt_cert_evidence(&cert, &ev, NULL), RATLS_E_NO_EVIDENCE);
}

/* T33 */
Test(evidence_ext, refuses_two_extensions_with_evidence)
{
    cr_expect_eq(read_ext(EXT(TAGGED_EVIDENCE, CCC_VALUE), EXT(SAN, ""), NULL), RATLS_OK);
    cr_expect_eq(read_ext(EXT(SAN, ""), EXT(PE_CMW, CMW_VALUE), NULL), RATLS_OK);
    cr_expect_eq(read_ext(EXT(TAGGED_EVIDENCE, CCC_VALUE), EXT(PE_CMW, CMW_VALUE), NULL),
                 RATLS_E_EVIDENCE_DUPLICATE);
    cr_expect_eq(read_ext(EXT(PE_CMW, CMW_VALUE), EXT(TAGGED_EVIDENCE, CCC_VALUE), NULL),
                 RATLS_E_EVIDENCE_DUPLICATE);
    cr_expect_eq(read_ext(EXT(PE_CMW, CMW_VALUE), EXT(PE_CMW, CMW_VALUE), NULL),
                 RATLS_E_EVIDENCE_DUPLICATE);
    cr_expect_eq(read_ext(EXT(TAGGED_EVIDENCE, CCC_VALUE), EXT(TAGGED_EVIDENCE, CCC_VALUE), NULL),
                 RATLS_E_EVIDENCE_DUPLICATE);
}

/* T33: a malformed one counts as well, so that nobody can choose which one is judged. */
Test(evidence_ext, refuses_a_second_extension_even_when_it_is_malformed)
{
    cr_expect_eq(read_ext(EXT(TAGGED_EVIDENCE, CCC_VALUE), EXT(PE_CMW, ""), NULL),
                 RATLS_E_EVIDENCE_DUPLICATE);
}

/* T91, T92: legacy identifiers, and ours inside the value of another extension. */
Test(evidence_ext, does_not_look_at_other_identifiers)
{
    static const char *const legacy[] = {
        "2a864886f84d8a3901", /* 1.2.840.113741.1337.1, sgx-ra-tls */
        "2a864886f84d010d01", /* 1.2.840.113741.1.13.1 */
        "67810505040a",       /* neighbours of ours */
        "678105050408",       "6781050504", "67810505040900", "2b0601050507011f",
    };
    struct rt_ext second = EXT(SAN, "\x06\x06\x67\x81\x05\x05\x04\x09\x04\x08" CCC_VALUE);

    for (size_t i = 0; i < RT_COUNT(legacy); i++) {
        struct rt_ext first = {.oid = hex(legacy[i]), .value = BYTES(CCC_VALUE)};
        cr_expect_eq(read_ext(first, second, NULL), RATLS_E_NO_EVIDENCE, "%s", legacy[i]);
    }
}

/* ---- tag 60000 ---- */

#define PAIR "\x82\x41\x01\x41\x02"

static const struct {
    const char *what;
    struct ratls_bytes value;
    enum ratls_err expected;
} ccc_values[] = {
#define ROW(what, bytes, e)                                                                        \
    {                                                                                              \
        what, {(const uint8_t *)(bytes), sizeof(bytes) - 1}, RATLS_##e                             \
    }
    ROW("good", CCC_VALUE, OK),
    ROW("lengths longer than needed", "\xd9\xea\x60\x98\x02\x58\x01\x01\x5a\x00\x00\x00\x01\x02",
        OK),
    ROW("longest arguments",
        "\xd9\xea\x60\x9b\x00\x00\x00\x00\x00\x00\x00\x02\x59\x00\x01\x01\x5b\x00\x00\x00\x00\x00"
        "\x00\x00\x01\x02",
        OK),
    ROW("tag 60001", "\xd9\xea\x61" PAIR, E_EVIDENCE_UNKNOWN),
    ROW("tag 60002", "\xd9\xea\x62" PAIR, E_EVIDENCE_UNKNOWN),
    ROW("tag 59999", "\xd9\xea\x5f" PAIR, E_EVIDENCE_UNKNOWN),
    ROW("tag 0x1a7504", "\xda\x00\x1a\x75\x04" PAIR, E_EVIDENCE_UNKNOWN),
    ROW("tag 60000 in another encoding", "\xda\x00\x00\xea\x60" PAIR, E_EVIDENCE_UNKNOWN),
    ROW("tag 0", "\xc0" PAIR, E_EVIDENCE_UNKNOWN),
    ROW("half a tag", "\xd9\xea", E_EVIDENCE_UNKNOWN),
    ROW("a CMW record", RECORD, E_EVIDENCE_UNKNOWN),
    ROW("no tag", PAIR, E_EVIDENCE_UNKNOWN),
    ROW("a CMW collection", "\xa0", E_EVIDENCE_UNKNOWN),
    ROW("JSON array", "[\"a/b\",\"AQ\"]", E_EVIDENCE_UNKNOWN),
    ROW("JSON object", "{}", E_EVIDENCE_UNKNOWN),
    ROW("nothing", "", E_EVIDENCE_FORMAT),
    ROW("DER", CMW_VALUE, E_EVIDENCE_FORMAT),
    ROW("tag in a tag", "\xd9\xea\x60\xd9\xea\x60" PAIR, E_EVIDENCE_FORMAT),
    ROW("tag alone", "\xd9\xea\x60", E_EVIDENCE_FORMAT),
    ROW("one item", "\xd9\xea\x60\x81\x41\x01", E_EVIDENCE_FORMAT),
    ROW("three items", "\xd9\xea\x60\x83\x41\x01\x41\x02\x41\x03", E_EVIDENCE_FORMAT),
    ROW("indefinite array", "\xd9\xea\x60\x9f\x41\x01\x41\x02\xff", E_EVIDENCE_FORMAT),
    ROW("indefinite string", "\xd9\xea\x60\x82\x5f\x41\x01\xff\x41\x02", E_EVIDENCE_FORMAT),
    ROW("reserved argument", "\xd9\xea\x60\x82\x5c\x01\x41\x02", E_EVIDENCE_FORMAT),
    ROW("text for evidence", "\xd9\xea\x60\x82\x61\x01\x41\x02", E_EVIDENCE_FORMAT),
    ROW("text for claims", "\xd9\xea\x60\x82\x41\x01\x61\x02", E_EVIDENCE_FORMAT),
    ROW("claims unwrapped", "\xd9\xea\x60\x82\x41\x01\xa0", E_EVIDENCE_FORMAT),
    ROW("null for claims", "\xd9\xea\x60\x82\x41\x01\xf6", E_EVIDENCE_FORMAT),
    ROW("a map", "\xd9\xea\x60\xa1\x41\x01\x41\x02", E_EVIDENCE_FORMAT),
    ROW("trailing byte", CCC_VALUE "\x00", E_EVIDENCE_FORMAT),
    ROW("empty evidence", "\xd9\xea\x60\x82\x40\x41\x02", E_EVIDENCE_FORMAT),
    ROW("length of 2^64-1", "\xd9\xea\x60\x82\x5b\xff\xff\xff\xff\xff\xff\xff\xff\x01\x41\x02",
        E_EVIDENCE_FORMAT),
    ROW("length of 2^32-1", "\xd9\xea\x60\x82\x5a\xff\xff\xff\xff\x01\x41\x02", E_EVIDENCE_FORMAT),
    ROW("2^32+2 items", "\xd9\xea\x60\x9b\x00\x00\x00\x01\x00\x00\x00\x02\x41\x01\x41\x02",
        E_EVIDENCE_FORMAT),
};

/* T35, T83, T85 */
Test(evidence_ext, reads_tag_60000_strictly)
{
    for (size_t i = 0; i < RT_COUNT(ccc_values); i++) {
        enum ratls_err e = read_ccc(ccc_values[i].value, NULL);
        cr_expect_eq(e, ccc_values[i].expected, "%s: %s", ccc_values[i].what, ratls_err_reason(e));
    }
}

/* T83: no tag but one, whatever its neighbours mean. */
Test(evidence_ext, knows_no_other_tag_of_two_bytes)
{
    uint8_t value[] = CCC_VALUE;

    for (unsigned tag = 0; tag <= UINT16_MAX; tag++) {
        value[1] = (uint8_t)(tag >> 8);
        value[2] = (uint8_t)tag;
        cr_assert_eq(read_ccc(ratls_bytes(value, sizeof value - 1), NULL),
                     tag == 60000 ? RATLS_OK : RATLS_E_EVIDENCE_UNKNOWN, "tag %u", tag);
    }
}

static enum ratls_err read_ccc_only(struct ratls_bytes value)
{
    return read_ccc(value, NULL);
}

static enum ratls_err read_cmw_only(struct ratls_bytes value)
{
    return read_cmw(value, NULL);
}

/* T20 */
Test(evidence_ext, refuses_every_other_length_of_an_extension)
{
    struct ratls_buffer ccc = {0}, cmw = {0}, record = {0};

    MUST(rt_cert_evidence_write(NULL, BYTES("evidence"), BYTES(CLAIMS), &ccc));
    MUST(rt_cert_evidence_write(MEDIA_TYPE, BYTES("evidence"), BYTES(CLAIMS), &cmw));
    MUST(rt_cmw_write(MEDIA_TYPE, BYTES("evidence"), &record));
    refuses_other_lengths(rt_bytes_of(&ccc), read_ccc_only);
    refuses_other_lengths(rt_bytes_of(&cmw), read_cmw_only);
    refuses_other_lengths(rt_bytes_of(&record), read_record);
    ratls_buffer_free(&ccc);
    ratls_buffer_free(&cmw);
    ratls_buffer_free(&record);
}

/* ---- CMW ---- */

Test(evidence_ext, writes_and_reads_a_cmw_extension)
{
    struct ratls_buffer value = {0};
    struct rt_cert_evidence ev;

    MUST(rt_cert_evidence_write("a/b", BYTES("\x01"), BYTES("\x02"), &value));
    cr_expect(ratls_bytes_equal(rt_bytes_of(&value), BYTES(CMW_VALUE)));
    MUST(read_cmw(rt_bytes_of(&value), &ev));
    cr_expect_eq(ev.envelope, RT_ENVELOPE_CMW);
    cr_expect(ratls_bytes_equal(ev.media_type, BYTES("a/b")));
    cr_expect(ratls_bytes_equal(ev.evidence, BYTES("\x01")));
    cr_expect(ratls_bytes_equal(ev.claims, BYTES("\x02")));
    ratls_buffer_free(&value);
}

static const struct {
    const char *what;
    struct ratls_bytes value;
    enum ratls_err expected;
} cmw_values[] = {
    ROW("good", CMW_VALUE, OK),
    ROW("JSON", "\x0c\x02[]", E_EVIDENCE_UNKNOWN),
    ROW("CBOR without OCTET STRING", RECORD, E_EVIDENCE_FORMAT),
    ROW("OCTET STRING of another class", "\x84\x0c" RECORD, E_EVIDENCE_FORMAT),
    ROW("constructed OCTET STRING", "\x24\x0c" RECORD, E_EVIDENCE_FORMAT),
    ROW("length longer than needed", "\x04\x81\x0c" RECORD, E_EVIDENCE_FORMAT),
    ROW("trailing byte", CMW_VALUE "\x00", E_EVIDENCE_FORMAT),
    ROW("nothing", "", E_EVIDENCE_FORMAT),
    ROW("tag 60000", CCC_VALUE, E_EVIDENCE_FORMAT),
};

/* T34, T35 */
Test(evidence_ext, wants_an_octet_string_around_a_cmw)
{
    for (size_t i = 0; i < RT_COUNT(cmw_values); i++) {
        enum ratls_err e = read_cmw(cmw_values[i].value, NULL);
        cr_expect_eq(e, cmw_values[i].expected, "%s: %s", cmw_values[i].what, ratls_err_reason(e));
    }
}

static const struct {
    const char *what;
    struct ratls_bytes record;
    enum ratls_err expected;
} records[] = {
    ROW("good", "\x83\x61\x61\x45" PAIR "\x04", OK),
    ROW("longer arguments", "\x98\x03\x78\x01\x61\x58\x05" PAIR "\x18\x04", OK),
    ROW("first and last printable character", "\x83\x63\x61 ~\x45" PAIR "\x04", OK),
    ROW("two items", "\x82\x61\x61\x45" PAIR, E_EVIDENCE_FORMAT),
    ROW("four items", "\x84\x61\x61\x45" PAIR "\x04\x04", E_EVIDENCE_FORMAT),
    ROW("indicator 0", "\x83\x61\x61\x45" PAIR "\x00", E_EVIDENCE_FORMAT),
    ROW("indicator 2, endorsements", "\x83\x61\x61\x45" PAIR "\x02", E_EVIDENCE_FORMAT),
    ROW("indicator 12, evidence and results", "\x83\x61\x61\x45" PAIR "\x0c", E_EVIDENCE_FORMAT),
    ROW("indicator 260", "\x83\x61\x61\x45" PAIR "\x19\x01\x04", E_EVIDENCE_FORMAT),
    ROW("indicator 2^32+4", "\x83\x61\x61\x45" PAIR "\x1b\x00\x00\x00\x01\x00\x00\x00\x04",
        E_EVIDENCE_FORMAT),
    ROW("indicator -5", "\x83\x61\x61\x45" PAIR "\x24", E_EVIDENCE_FORMAT),
    ROW("content format for media type", "\x83\x18\x3c\x45" PAIR "\x04", E_EVIDENCE_FORMAT),
    ROW("bytes for media type", "\x83\x41\x61\x45" PAIR "\x04", E_EVIDENCE_FORMAT),
    ROW("empty media type", "\x83\x60\x45" PAIR "\x04", E_EVIDENCE_FORMAT),
    ROW("NUL in the media type", "\x83\x62\x61\x00\x45" PAIR "\x04", E_EVIDENCE_FORMAT),
    ROW("line feed in the media type", "\x83\x62\x61\n\x45" PAIR "\x04", E_EVIDENCE_FORMAT),
    ROW("DEL in the media type", "\x83\x62\x61\x7f\x45" PAIR "\x04", E_EVIDENCE_FORMAT),
    ROW("UTF-8 in the media type", "\x83\x62\xc3\xa9\x45" PAIR "\x04", E_EVIDENCE_FORMAT),
    ROW("indefinite media type", "\x83\x7f\x61\x61\xff\x45" PAIR "\x04", E_EVIDENCE_FORMAT),
    ROW("indefinite array", "\x9f\x61\x61\x45" PAIR "\x04\xff", E_EVIDENCE_FORMAT),
    ROW("text for the value", "\x83\x61\x61\x65" PAIR "\x04", E_EVIDENCE_FORMAT),
    ROW("value not wrapped", "\x83\x61\x61" PAIR "\x04", E_EVIDENCE_FORMAT),
    ROW("trailing byte", "\x83\x61\x61\x45" PAIR "\x04\x00", E_EVIDENCE_FORMAT),
    ROW("a tag", "\xd9\x75\x04\x83\x61\x61\x45" PAIR "\x04", E_EVIDENCE_UNKNOWN),
    ROW("a collection", "\xa1\x61\x61\x83\x61\x61\x45" PAIR "\x04", E_EVIDENCE_UNKNOWN),
    ROW("JSON", "[\"a/b\",\"AQ\",4]", E_EVIDENCE_UNKNOWN),
    ROW("nothing", "", E_EVIDENCE_FORMAT),
};

/* T35, T83: the same rules in certificates and in PROOF frames. */
Test(evidence_ext, reads_cmw_records_strictly)
{
    for (size_t i = 0; i < RT_COUNT(records); i++) {
        enum ratls_err e = read_in_octets(records[i].record);
        cr_expect_eq(e, records[i].expected, "%s: %s", records[i].what, ratls_err_reason(e));
        e = read_record(records[i].record);
        cr_expect_eq(e, records[i].expected, "%s: %s", records[i].what, ratls_err_reason(e));
    }
}

static const struct {
    const char *what;
    struct ratls_bytes record;
} bad_pairs[] = {
#define BAD(what, bytes)                                                                           \
    {                                                                                              \
        what,                                                                                      \
        {                                                                                          \
            (const uint8_t *)(bytes), sizeof(bytes) - 1                                            \
        }                                                                                          \
    }
    BAD("empty", "\x83\x61\x61\x40\x04"),
    BAD("evidence alone", "\x83\x61\x61\x43\x81\x41\x01\x04"),
    BAD("three items", "\x83\x61\x61\x47\x83\x41\x01\x41\x02\x41\x03\x04"),
    BAD("trailing byte", "\x83\x61\x61\x46" PAIR "\x00\x04"),
    BAD("empty evidence", "\x83\x61\x61\x44\x82\x40\x41\x02\x04"),
    BAD("bare evidence", "\x83\x61\x61\x41\x01\x04"),
};

Test(evidence_ext, wants_evidence_and_claims_in_the_cmw_of_a_certificate)
{
    for (size_t i = 0; i < RT_COUNT(bad_pairs); i++)
        cr_expect_eq(read_in_octets(bad_pairs[i].record), RATLS_E_EVIDENCE_FORMAT, "%s",
                     bad_pairs[i].what);
}

Test(evidence_ext, writes_and_reads_a_cmw_record)
{
    struct ratls_buffer cmw = {0};
    struct ratls_bytes type, evidence;

    MUST(rt_cmw_write("a/b", BYTES("ev"), &cmw));
    cr_expect(ratls_bytes_equal(rt_bytes_of(&cmw), BYTES("\x83\x63\x61/b\x42\x65v\x04")));
    MUST(rt_cmw_read(rt_bytes_of(&cmw), &type, &evidence, NULL));
    cr_expect(ratls_bytes_equal(type, BYTES("a/b")));
    cr_expect(ratls_bytes_equal(evidence, BYTES("ev")));
    ratls_buffer_free(&cmw);
    cr_expect_eq(read_record(BYTES("\x83\x61\x61\x40\x04")), RATLS_E_EVIDENCE_FORMAT);
}

Test(evidence_ext, takes_media_types_up_to_127_bytes)
{
    char type[129];
    struct ratls_buffer out = {0};

    memset(type, 'a', 128);
    type[128] = 0;
    cr_expect_eq(rt_cmw_write(type, BYTES("ev"), &out), RATLS_E_USAGE);
    cr_expect_eq(rt_cert_evidence_write(type, BYTES("ev"), BYTES("c"), &out), RATLS_E_USAGE);
    type[127] = 0;
    MUST(rt_cmw_write(type, BYTES("ev"), &out));
    cr_expect_eq(read_record(rt_bytes_of(&out)), RATLS_OK);
    ratls_buffer_free(&out);
    cr_expect_eq(rt_cmw_write("", BYTES("ev"), &out), RATLS_E_USAGE);
    cr_expect_eq(rt_cmw_write("a\n", BYTES("ev"), &out), RATLS_E_USAGE);
    cr_expect_null(out.p);
    struct rt_writer w = {0};
    rt_cbor_put(&w, RT_CBOR_ARRAY, 3);
    rt_cbor_put(&w, RT_CBOR_TSTR, 128);
    rt_put(&w, type, 127);
    rt_put_bytes(&w, BYTES("a\x41\x01\x04"));
    cr_expect_eq(read_record(rt_written(&w)), RATLS_E_EVIDENCE_FORMAT);
    rt_writer_free(&w);
}

/* ---- sizes ---- */

/* T59: [evidence, claims] below tag 60000, of any size. */
static enum ratls_err read_sizes(size_t evidence_len, size_t claims_len)
{
    static uint8_t filling[RT_MAX_EVIDENCE + 1];
    struct rt_writer w = {0};

    rt_put_bytes(&w, BYTES("\xd9\xea\x60"));
    rt_cbor_put(&w, RT_CBOR_ARRAY, 2);
    rt_cbor_put_bstr(&w, ratls_bytes(filling, evidence_len));
    rt_cbor_put_bstr(&w, ratls_bytes(filling, claims_len));
    enum ratls_err e = read_ccc(rt_written(&w), NULL);
    rt_writer_free(&w);
    return e;
}

Test(evidence_ext, limits_the_size_of_evidence_and_claims_it_reads)
{
    cr_expect_eq(read_sizes(RT_MAX_EVIDENCE, RT_MAX_CLAIMS_CBOR), RATLS_OK);
    cr_expect_eq(read_sizes(RT_MAX_EVIDENCE + 1, 1), RATLS_E_EVIDENCE_FORMAT);
    cr_expect_eq(read_sizes(1, RT_MAX_CLAIMS_CBOR + 1), RATLS_E_EVIDENCE_FORMAT);
}

Test(evidence_ext, limits_the_size_of_evidence_and_claims_it_writes)
{
    static uint8_t filling[RT_MAX_EVIDENCE + 1];
    const struct ratls_bytes most = ratls_bytes(filling, RT_MAX_EVIDENCE);
    const struct ratls_bytes more = ratls_bytes(filling, RT_MAX_EVIDENCE + 1);
    const struct ratls_bytes claims = ratls_bytes(filling, RT_MAX_CLAIMS_CBOR);
    struct ratls_buffer out = {0};

    for (int cmw = 0; cmw < 2; cmw++) {
        const char *type = cmw ? MEDIA_TYPE : NULL;
        MUST(rt_cert_evidence_write(type, most, claims, &out));
        ratls_buffer_free(&out);
        cr_expect_eq(rt_cert_evidence_write(type, more, claims, &out), RATLS_E_EVIDENCE_FORMAT);
        cr_expect_eq(rt_cert_evidence_write(type, NOTHING, claims, &out), RATLS_E_EVIDENCE_FORMAT);
        cr_expect_eq(
            rt_cert_evidence_write(type, most, ratls_bytes(filling, RT_MAX_CLAIMS_CBOR + 1), &out),
            RATLS_E_EVIDENCE_FORMAT);
    }
    MUST(rt_cmw_write(MEDIA_TYPE, most, &out));
    ratls_buffer_free(&out);
    cr_expect_eq(rt_cmw_write(MEDIA_TYPE, more, &out), RATLS_E_EVIDENCE_FORMAT);
    cr_expect_eq(rt_cmw_write(MEDIA_TYPE, NOTHING, &out), RATLS_E_EVIDENCE_FORMAT);
    cr_expect_null(out.p);
}

Test(evidence_ext, limits_the_size_of_evidence_in_a_record_it_reads)
{
    static uint8_t filling[RT_MAX_EVIDENCE + 1];

    for (size_t more = 0; more < 2; more++) {
        struct rt_writer w = {0};
        rt_cbor_put(&w, RT_CBOR_ARRAY, 3);
        rt_cbor_put_tstr(&w, MEDIA_TYPE);
        rt_cbor_put_bstr(&w, ratls_bytes(filling, RT_MAX_EVIDENCE + more));
        rt_cbor_put(&w, RT_CBOR_UINT, 4);
        cr_expect_eq(read_record(rt_written(&w)), more ? RATLS_E_EVIDENCE_FORMAT : RATLS_OK);
        rt_writer_free(&w);
    }
}
