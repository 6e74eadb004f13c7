/* Revocation lists: reading, and the questions about them. */
#include <stddef.h>

#include "crl.h"
#include "mint_crl.h"
#include "vectors_support.h"
#include "x509_support.h"

/* ---- a CRL in parts, to spoil one at a time; nothing here is signed ---- */

#define ALG_ECDSA  "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02"
#define ALG_OTHER  "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03"
#define NAME_X     "\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x0c\x01x"
#define TIME(text) "\x17\x0d" text
#define JANUARY    TIME("250101000000Z")
#define FEBRUARY   TIME("250201000000Z")

/* Extension of three parts: OID 2.5.29.n, maybe critical, value. */
#define EXT(len, n, critical, value_len, value)                                                    \
    "\x30" len "\x06\x03\x55\x1d" n critical "\x04" value_len value
#define CRITICAL    "\x01\x01\xff"
#define NUMBER      EXT("\x0a", "\x14", "", "\x03", "\x02\x01\x07")
#define AKI         EXT("\x0c", "\x23", "", "\x05", "\x30\x03\x80\x01k")
#define REASON      EXT("\x0a", "\x15", "", "\x03", "\x0a\x01\x01")
#define REMOVED     EXT("\x0a", "\x15", "", "\x03", "\x0a\x01\x08")
#define CERT_ISSUER EXT("\x09", "\x1d", "", "\x02", "\x30\x00")

/* Entry with a serial of one byte, and with extensions. */
#define ENTRY(serial)                 "\x30\x12\x02\x01" serial JANUARY
#define ENTRY_EXT(len, list_len, ext) "\x30" len "\x02\x01\x07" JANUARY "\x30" list_len ext

struct parts {
    struct ratls_bytes version, alg, issuer, this_update, next_update, revoked, extensions,
        behind_tbs, outer_alg, signature, end;
};

static const struct parts good = {
#define B(s)                                                                                       \
    {                                                                                              \
        (const uint8_t *)(s), sizeof(s) - 1                                                        \
    }
    .version = B("\x02\x01\x01"),
    .alg = B(ALG_ECDSA),
    .issuer = B(NAME_X),
    .this_update = B(JANUARY),
    .next_update = B(FEBRUARY),
    .revoked = B(ENTRY("\x05") ENTRY_EXT("\x20", "\x0c", REASON)),
    .extensions = B(NUMBER AKI),
    .outer_alg = B(ALG_ECDSA),
    .signature = B("\x03\x03\x00\x30\x00"),
};

/* `revoked` and `extensions` are contents of lists; NULL leaves the list out. */
static struct ratls_buffer assemble(const struct parts *p)
{
    struct ratls_buffer out = {0};
    struct rt_writer w = {0};
    size_t crl = rt_der_begin(&w, RT_DER_SEQUENCE), tbs = rt_der_begin(&w, RT_DER_SEQUENCE);

    const struct ratls_bytes front[] = {p->version, p->alg, p->issuer, p->this_update,
                                        p->next_update};
    for (size_t i = 0; i < RT_COUNT(front); i++)
        rt_put_bytes(&w, front[i]);
    if (p->revoked.p)
        rt_der_put(&w, RT_DER_SEQUENCE, p->revoked);
    if (p->extensions.p) {
        size_t tag = rt_der_begin(&w, RT_DER_CONTEXT_CONSTRUCTED | 0);
        rt_der_put(&w, RT_DER_SEQUENCE, p->extensions);
        rt_der_end(&w, tag);
    }
    rt_put_bytes(&w, p->behind_tbs);
    rt_der_end(&w, tbs);
    rt_put_bytes(&w, p->outer_alg);
    rt_put_bytes(&w, p->signature);
    rt_der_end(&w, crl);
    rt_put_bytes(&w, p->end);
    MUST(rt_writer_take(&w, &out));
    return out;
}

/* Exactly as large as it is, so that a sanitizer sees each byte too many. */
static enum ratls_err parse_bytes(struct ratls_bytes der)
{
    uint8_t *exact = malloc(der.len ? der.len : 1);
    struct ratls_error err = {0};
    struct rt_crl crl;

    memcpy(exact, der.p, der.len);
    enum ratls_err e = rt_crl_parse(ratls_bytes(exact, der.len), &crl, &err);
    cr_expect_eq(err.code, e);
    cr_expect_eq(strlen(err.detail) == 0, e == RATLS_OK);
    rt_crl_free(&crl);
    free(exact);
    return e;
}

static enum ratls_err parse_parts(const struct parts *p)
{
    struct ratls_buffer der = assemble(p);
    enum ratls_err e = parse_bytes(rt_bytes_of(&der));

    ratls_buffer_free(&der);
    return e;
}

#define PART(what, member, bytes, expected)                                                        \
    {                                                                                              \
        what, offsetof(struct parts, member), B(bytes), RATLS_##expected                           \
    }
#define FLAW(what, member, bytes)                                                                  \
    {                                                                                              \
        what, offsetof(struct parts, member), B(bytes), RATLS_E_COLLATERAL_FORMAT                  \
    }
#define OTHER EXT("\x07", "\x63", "", "\x00", "")

static const struct {
    const char *what;
    size_t offset;
    struct ratls_bytes bytes;
    enum ratls_err expected;
} parts[] = {
    FLAW("version 1 by default", version, ""),
    FLAW("version 1 written out", version, "\x02\x01\x00"),
    FLAW("version 3", version, "\x02\x01\x02"),
    FLAW("version not minimal", version, "\x02\x02\x00\x01"),
    FLAW("version as in certificates", version, "\xa0\x03\x02\x01\x01"),
    FLAW("no algorithm inside", alg, ""),
    FLAW("other algorithm inside", alg, ALG_OTHER),
    FLAW("other algorithm outside", outer_alg, ALG_OTHER),
    FLAW("NULL parameters outside alone", outer_alg,
         "\x30\x0c\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02\x05\x00"),
    FLAW("unknown algorithm", outer_alg, "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x01"),
    FLAW("no issuer", issuer, ""),
    FLAW("empty issuer", issuer, "\x30\x00"),
    FLAW("issuer with an empty RDN", issuer, "\x30\x02\x31\x00"),
    FLAW("issuer cut off", issuer, "\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x0c\x02x"),
    FLAW("no thisUpdate", this_update, ""),
    FLAW("no nextUpdate", next_update, ""),
    FLAW("February 30th", this_update, TIME("250230000000Z")),
    FLAW("nextUpdate without Z", next_update,
         "\x17\x0c"
         "250201000000"),
    FLAW("nextUpdate before thisUpdate", next_update, TIME("241231235959Z")),
    PART("nextUpdate at thisUpdate", next_update, JANUARY, OK),
    PART("GeneralizedTime", next_update,
         "\x18\x0f"
         "20500101000000Z",
         OK),
    FLAW("element behind the extensions", behind_tbs, "\x05\x00"),
    FLAW("two lists of extensions", behind_tbs, "\xa0\x02\x30\x00"),
    FLAW("no algorithm outside", outer_alg, ""),
    FLAW("no signature", signature, ""),
    FLAW("unused bits in the signature", signature, "\x03\x03\x01\x30\x00"),
    FLAW("element behind the signature", signature, "\x03\x03\x00\x30\x00\x05\x00"),
    FLAW("trailing byte", end, "\x00"),
    /* entries */
    FLAW("empty list of entries", revoked, ""),
    PART("serial 0", revoked, ENTRY("\x00"), OK),
    PART("the same serial twice", revoked, ENTRY("\x07") ENTRY("\x07"), OK),
    PART("serial of 20 bytes", revoked,
         "\x30\x26\x02\x15\x00\xff\x00"
         "123456789012345678" JANUARY,
         OK),
    FLAW("serial of 21 bytes", revoked,
         "\x30\x26\x02\x15"
         "123456789012345678901" JANUARY),
    FLAW("negative serial", revoked, ENTRY("\xff")),
    FLAW("empty serial", revoked, "\x30\x11\x02\x00" JANUARY),
    FLAW("padded serial", revoked, "\x30\x13\x02\x02\x00\x07" JANUARY),
    FLAW("entry without a date", revoked, "\x30\x03\x02\x01\x07"),
    FLAW("entry with a wrong date", revoked, "\x30\x12\x02\x01\x07" TIME("250230000000Z")),
    FLAW("entry that is none", revoked, ENTRY("\x07") "\x05\x00"),
    FLAW("entry cut off", revoked, ENTRY("\x07") "\x30\x12\x02\x01\x07"),
    FLAW("second list in an entry", revoked, ENTRY_EXT("\x22", "\x0c", REASON "\x30\x00")),
    FLAW("NULL behind the date", revoked, "\x30\x14\x02\x01\x07" JANUARY "\x05\x00"),
    PART("removeFromCRL", revoked, ENTRY_EXT("\x20", "\x0c", REMOVED), OK),
    PART("unknown extension of an entry", revoked, ENTRY_EXT("\x1d", "\x09", OTHER), OK),
    FLAW("empty list of extensions of an entry", revoked, ENTRY_EXT("\x14", "\x00", "")),
    FLAW("certificateIssuer", revoked, ENTRY_EXT("\x1f", "\x0b", CERT_ISSUER)),
    FLAW("certificateIssuer behind a reason", revoked,
         ENTRY_EXT("\x2b", "\x17", REASON CERT_ISSUER)),
    FLAW("critical extension of an entry", revoked,
         ENTRY_EXT("\x20", "\x0c", EXT("\x0a", "\x63", CRITICAL, "\x00", ""))),
    FLAW("two reasons", revoked, ENTRY_EXT("\x2c", "\x18", REASON REASON)),
    FLAW("malformed extension of an entry", revoked, ENTRY_EXT("\x16", "\x02", "\x30\x00")),
    FLAW("flaw behind a good entry", revoked, ENTRY("\x07") ENTRY("\xff")),
    /* extensions */
    FLAW("empty list of extensions", extensions, ""),
    FLAW("no cRLNumber", extensions, AKI),
    FLAW("no authorityKeyIdentifier", extensions, NUMBER),
    PART("unknown extension", extensions, OTHER AKI NUMBER, OK),
    FLAW("unknown critical extension", extensions,
         NUMBER AKI EXT("\x0a", "\x63", CRITICAL, "\x00", "")),
    FLAW("critical cRLNumber", extensions,
         AKI EXT("\x0d", "\x14", CRITICAL, "\x03", "\x02\x01\x07")),
    FLAW("malformed extension", extensions, NUMBER AKI "\x30\x00"),
    FLAW("critical FALSE written out", extensions,
         NUMBER AKI EXT("\x0a", "\x63", "\x01\x01\x00", "\x00", "")),
    FLAW("the same extension twice", extensions, NUMBER AKI OTHER OTHER),
    FLAW("two numbers", extensions, NUMBER NUMBER AKI),
    FLAW("deltaCRLIndicator", extensions,
         NUMBER AKI EXT("\x0a", "\x1b", "", "\x03", "\x02\x01\x01")),
    FLAW("critical deltaCRLIndicator", extensions,
         NUMBER AKI EXT("\x0d", "\x1b", CRITICAL, "\x03", "\x02\x01\x01")),
    FLAW("issuingDistributionPoint", extensions,
         NUMBER AKI EXT("\x09", "\x1c", "", "\x02", "\x30\x00")),
    FLAW("critical issuingDistributionPoint", extensions,
         NUMBER AKI EXT("\x0c", "\x1c", CRITICAL, "\x02", "\x30\x00")),
    FLAW("negative number", extensions, AKI EXT("\x0a", "\x14", "", "\x03", "\x02\x01\xff")),
    FLAW("empty number", extensions, AKI EXT("\x07", "\x14", "", "\x00", "")),
    FLAW("number and more", extensions,
         AKI EXT("\x0c", "\x14", "", "\x05", "\x02\x01\x07\x05\x00")),
    PART("number of 20 bytes", extensions,
         AKI EXT("\x1d", "\x14", "", "\x16",
                 "\x02\x14"
                 "12345678901234567890"),
         OK),
    FLAW("number of 21 bytes", extensions,
         AKI EXT("\x1e", "\x14", "", "\x17",
                 "\x02\x15"
                 "123456789012345678901")),
    FLAW("empty authorityKeyIdentifier", extensions, NUMBER EXT("\x07", "\x23", "", "\x00", "")),
    FLAW("authorityKeyIdentifier and more", extensions,
         NUMBER EXT("\x0b", "\x23", "", "\x04", "\x30\x00\x05\x00")),
    FLAW("authorityKeyIdentifier like a subject's", extensions,
         NUMBER EXT("\x0a", "\x23", "", "\x03", "\x04\x01k")),
};

Test(crl, refuses_each_flaw)
{
    MUST(parse_parts(&good));
    for (size_t i = 0; i < RT_COUNT(parts); i++) {
        struct parts p = good;
        memcpy((char *)&p + parts[i].offset, &parts[i].bytes, sizeof parts[i].bytes);
        cr_expect_eq(parse_parts(&p), parts[i].expected, "%s", parts[i].what);
    }
}

Test(crl, has_one_list_of_extensions)
{
    static const char one[] = "\xa0\x1c\x30\x1a" NUMBER AKI;
    static const char two[] = "\xa0\x1e\x30\x1a" NUMBER AKI "\x30\x00";
    struct parts p = good;

    p.extensions = (struct ratls_bytes){0};
    cr_expect_eq(parse_parts(&p), RATLS_E_COLLATERAL_FORMAT);
    p.behind_tbs = BYTES(one);
    MUST(parse_parts(&p));
    p.behind_tbs = BYTES(two);
    cr_expect_eq(parse_parts(&p), RATLS_E_COLLATERAL_FORMAT);
}

Test(crl, may_be_without_entries)
{
    struct ratls_buffer der;
    struct parts p = good;
    struct rt_crl crl;

    p.revoked = (struct ratls_bytes){0};
    der = assemble(&p);
    MUST(rt_crl_parse(rt_bytes_of(&der), &crl, NULL));
    cr_expect_eq(crl.n_revoked, 0);
    cr_expect_null(crl.revoked);
    cr_expect_not(rt_crl_lists(&crl, BYTES("\x07")));
    rt_crl_free(&crl);
    ratls_buffer_free(&der);
}

static enum ratls_err parse_n_extensions(size_t n, bool of_entry)
{
    struct rt_writer list = {0}, entry = {0};
    struct parts p = good;

    if (!of_entry)
        rt_put_bytes(&list, BYTES(NUMBER AKI));
    for (size_t i = of_entry ? 0 : 2; i < n; i++) {
        rt_put_bytes(&list, BYTES("\x30\x08\x06\x04\x55\x1d\x63"));
        rt_put_u8(&list, (uint8_t)i);
        rt_put_bytes(&list, BYTES("\x04\x00"));
    }
    size_t whole = rt_der_begin(&entry, RT_DER_SEQUENCE);
    rt_put_bytes(&entry, BYTES("\x02\x01\x07" JANUARY));
    rt_der_put(&entry, RT_DER_SEQUENCE, rt_written(&list));
    rt_der_end(&entry, whole);
    *(of_entry ? &p.revoked : &p.extensions) = rt_written(of_entry ? &entry : &list);
    enum ratls_err e = parse_parts(&p);
    rt_writer_free(&list);
    rt_writer_free(&entry);
    return e;
}

Test(crl, limits_extensions)
{
    MUST(parse_n_extensions(RT_MAX_EXTENSIONS, false));
    cr_expect_eq(parse_n_extensions(RT_MAX_EXTENSIONS + 1, false), RATLS_E_COLLATERAL_FORMAT);
    MUST(parse_n_extensions(RT_MAX_EXTENSIONS, true));
    cr_expect_eq(parse_n_extensions(RT_MAX_EXTENSIONS + 1, true), RATLS_E_COLLATERAL_FORMAT);
}

/* A CRL whose signature has `n` bytes. */
static struct ratls_buffer with_signature_of(size_t n)
{
    static uint8_t filling[RT_MAX_CRL];
    struct rt_writer w = {0};
    struct parts p = good;

    rt_der_put_bits(&w, ratls_bytes(filling, n));
    p.signature = rt_written(&w);
    struct ratls_buffer out = assemble(&p);
    rt_writer_free(&w);
    return out;
}

Test(crl, limits_its_size)
{
    struct ratls_buffer some = with_signature_of(RT_MAX_CRL - 1024);
    struct ratls_buffer most = with_signature_of(2 * RT_MAX_CRL - 1024 - some.len);
    struct ratls_buffer more = with_signature_of(2 * RT_MAX_CRL - 1024 - some.len + 1);

    cr_assert_eq(most.len, RT_MAX_CRL);
    MUST(parse_bytes(rt_bytes_of(&most)));
    cr_assert_eq(more.len, RT_MAX_CRL + 1);
    cr_expect_eq(parse_bytes(rt_bytes_of(&more)), RATLS_E_COLLATERAL_FORMAT);
    ratls_buffer_free(&some);
    ratls_buffer_free(&most);
    ratls_buffer_free(&more);
}

/* T154: truncation and single bits, in memory of exactly that size. */
Test(crl, survives_truncation_and_flipped_bits)
{
    struct ratls_buffer der = assemble(&good);

    for (size_t len = 0; len < der.len; len++)
        cr_expect_eq(parse_bytes(ratls_bytes(der.p, len)), RATLS_E_COLLATERAL_FORMAT);
    for (size_t bit = 0; bit < 8 * der.len; bit++) {
        der.p[bit / 8] ^= (uint8_t)(1U << bit % 8);
        (void)parse_bytes(rt_bytes_of(&der));
        der.p[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    ratls_buffer_free(&der);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
void *__libc_calloc(size_t n, size_t size);
static bool no_memory;

void *calloc(size_t n, size_t size)
{
    return no_memory ? NULL : __libc_calloc(n, size);
}

Test(crl, says_when_memory_is_short)
{
    struct ratls_buffer der = assemble(&good);
    struct rt_crl crl;

    no_memory = true;
    enum ratls_err e = rt_crl_parse(rt_bytes_of(&der), &crl, NULL);
    no_memory = false;
    cr_expect_eq(e, RATLS_E_NO_MEMORY);
    rt_crl_free(&crl);
    ratls_buffer_free(&der);
}
#endif

/* ---- what was read ---- */

static struct made ca;
static struct ratls_buffer der;
static struct rt_crl crl;

static void open_ca(void)
{
    make_ca("ca", -1, NULL, &ca);
}

static void close_ca(void)
{
    rt_crl_free(&crl);
    ratls_buffer_free(&der);
    made_free(&ca);
}

static struct rt_mint_crl usual(void)
{
    return (struct rt_mint_crl){
        .issuer_key = ca.key,
        .issuer_name = ca.cert.subject,
        .this_update = NOW,
        .next_update = NOW + DAY,
        .number = 7,
    };
}

/* Mints, and reads into `crl`. */
static enum ratls_err mint_and_read(const struct rt_mint_crl *what)
{
    rt_crl_free(&crl);
    ratls_buffer_free(&der);
    MUST(rt_mint_crl(ratls_env_system(), what, &der, NULL));
    return rt_crl_parse(rt_bytes_of(&der), &crl, NULL);
}

TestSuite(crl_minted, .init = open_ca, .fini = close_ca);

Test(crl_minted, says_what_was_written)
{
    const struct ratls_bytes serials[] = {BYTES("\xff\x01"), BYTES("\x07")};
    struct rt_mint_crl what = usual();

    what.serials = serials;
    what.n = RT_COUNT(serials);
    what.number = 0x8001;
    MUST(mint_and_read(&what));
    cr_expect(ratls_bytes_equal(crl.der, rt_bytes_of(&der)));
    cr_expect(ratls_bytes_equal(crl.issuer, ca.cert.subject));
    cr_expect_eq(crl.sig_alg, RT_SIG_ECDSA_SHA256);
    cr_expect_eq(crl.this_update, NOW);
    cr_expect_eq(crl.next_update, NOW + DAY);
    cr_expect(ratls_bytes_equal(crl.number, BYTES("\x80\x01")));
    cr_assert_eq(crl.n_revoked, 2);
    cr_expect(ratls_bytes_equal(crl.revoked[0], BYTES("\x07")));
    cr_expect(ratls_bytes_equal(crl.revoked[1], BYTES("\xff\x01")));
}

Test(crl, number_is_one_when_it_fits)
{
    static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    uint64_t n = 0;

    cr_expect(rt_crl_number(&(struct rt_crl){.number = ratls_bytes(bytes, 1)}, &n));
    cr_expect_eq(n, 1);
    cr_expect(rt_crl_number(&(struct rt_crl){.number = ratls_bytes(bytes, 8)}, &n));
    cr_expect_eq(n, 0x0102030405060708);
    cr_expect_not(rt_crl_number(&(struct rt_crl){.number = ratls_bytes(bytes, 9)}, &n));
}

Test(crl_minted, without_number_or_key_identifier_or_of_another_kind_is_refused)
{
    struct rt_mint_crl what = usual();

    what.no_number = true;
    cr_expect_eq(mint_and_read(&what), RATLS_E_COLLATERAL_FORMAT);
    what = usual();
    what.no_aki = true;
    cr_expect_eq(mint_and_read(&what), RATLS_E_COLLATERAL_FORMAT);
    what = usual();
    what.ext_oid = RT_OID(DELTA_CRL);
    what.ext_value = BYTES("\x02\x01\x01");
    cr_expect_eq(mint_and_read(&what), RATLS_E_COLLATERAL_FORMAT);
    what.ext_oid = BYTES("\x2a\x03");
    MUST(mint_and_read(&what));
    what.ext_critical = true;
    cr_expect_eq(mint_and_read(&what), RATLS_E_COLLATERAL_FORMAT);
}

/* ---- serials ---- */

Test(crl_minted, finds_serials_whatever_their_order_and_leading_zeros)
{
    const struct ratls_bytes serials[] = {BYTES("\x07"), BYTES("\x01\x02\x03"), BYTES("\x00\xff"),
                                          BYTES("\x07"), BYTES("\x01\x02\x02"), BYTES("\xff\x00")};
    const struct ratls_bytes absent[] = {BYTES("\x00"),         BYTES("\x06"),
                                         BYTES("\x08"),         BYTES("\x01\x02"),
                                         BYTES("\x01\x02\x04"), BYTES("\x01\x02\x03\x00"),
                                         BYTES("\xff\x01"),     BYTES("\x07\x00")};
    struct rt_mint_crl what = usual();

    what.serials = serials;
    what.n = RT_COUNT(serials);
    MUST(mint_and_read(&what));
    for (size_t i = 0; i < RT_COUNT(serials); i++)
        cr_expect(rt_crl_lists(&crl, serials[i]), "serial %zu", i);
    for (size_t i = 0; i < RT_COUNT(absent); i++)
        cr_expect_not(rt_crl_lists(&crl, absent[i]), "absent serial %zu", i);
    cr_expect(rt_crl_lists(&crl, BYTES("\x00\x00\x07")));
    cr_expect(rt_crl_lists(&crl, BYTES("\x00\x01\x02\x03")));
}

Test(crl_minted, finds_serial_zero_only_when_it_is_listed)
{
    const struct ratls_bytes zero = BYTES("\x00");
    struct rt_mint_crl what = usual();

    what.serials = &zero;
    what.n = 1;
    MUST(mint_and_read(&what));
    cr_expect(rt_crl_lists(&crl, zero));
    cr_expect(rt_crl_lists(&crl, BYTES("\x00\x00")));
    cr_expect_not(rt_crl_lists(&crl, BYTES("\x01")));
}

Test(crl_minted, lists_a_serial_that_is_none)
{
    struct rt_mint_crl what = usual();

    MUST(mint_and_read(&what));
    cr_expect(rt_crl_lists(&crl, BYTES("")));
    cr_expect_not(rt_crl_lists(&crl, BYTES("\x00")));
}

/* An entry is revoked even when it says that it is no longer (RFC 5280 s.5.3.1). */
Test(crl, lists_whatever_the_reason)
{
    static const char entries[] = ENTRY_EXT("\x20", "\x0c", REMOVED);
    struct parts p = good;

    p.revoked = BYTES(entries);
    struct ratls_buffer whole = assemble(&p);
    MUST(rt_crl_parse(rt_bytes_of(&whole), &crl, NULL));
    cr_expect(rt_crl_lists(&crl, BYTES("\x07")));
    rt_crl_free(&crl);
    ratls_buffer_free(&whole);
}

/* 25,000 entries in descending order: sorted once, found at once. */
Test(crl_minted, may_be_long, .timeout = 20)
{
    enum { MANY = 25000 };
    static uint8_t bytes[MANY + 1][4];
    static struct ratls_bytes serials[MANY];
    struct rt_mint_crl what = usual();

    for (uint32_t i = 0; i <= MANY; i++)
        memcpy(bytes[i], (uint8_t[]){1, (uint8_t)(i >> 8), (uint8_t)i, 0}, 4);
    for (size_t i = 0; i < MANY; i++)
        serials[i] = ratls_bytes(bytes[MANY - 1 - i], 4);
    what.serials = serials;
    what.n = MANY;
    MUST(mint_and_read(&what));
    cr_assert_eq(crl.n_revoked, MANY);
    for (size_t i = 0; i < MANY; i++)
        cr_assert(rt_crl_lists(&crl, serials[i]));
    cr_expect_not(rt_crl_lists(&crl, ratls_bytes(bytes[MANY], 4)));
}

/* ---- issuer ---- */

Test(crl_minted, belongs_to_who_signed_it)
{
    struct rt_mint_crl what = usual();
    struct ratls_error err = {0};

    MUST(mint_and_read(&what));
    MUST(rt_crl_check_issuer(&crl, &ca.cert, &err));
    cr_expect_eq(err.code, RATLS_OK);
}

static void expect_refused(const struct rt_x509 *issuer, const char *why)
{
    struct ratls_error err = {0};

    cr_expect_eq(rt_crl_check_issuer(&crl, issuer, &err), RATLS_E_COLLATERAL_SIGNATURE, "%s", why);
    cr_expect_eq(err.code, RATLS_E_COLLATERAL_SIGNATURE);
    cr_expect(strstr(err.detail, why), "%s", err.detail);
}

Test(crl_minted, is_refused_from_an_issuer_with_another_name)
{
    struct rt_mint_crl what = usual();
    struct rt_x509 other = ca.cert;
    static const char name[] = "\x30\x0d\x31\x0b\x30\x09\x06\x03\x55\x04\x03\x13\x02"
                               "ca";

    MUST(mint_and_read(&what));
    other.subject = BYTES(name); /* the same text, another type of string */
    expect_refused(&other, "another name");
}

Test(crl_minted, is_refused_from_an_issuer_that_may_not_sign_crls)
{
    struct rt_mint_crl what = usual();
    struct rt_x509 leaf = ca.cert, signs_certs = ca.cert;

    MUST(mint_and_read(&what));
    leaf.is_ca = false;
    expect_refused(&leaf, "no CA");
    signs_certs.key_usage = RT_KU_CERT_SIGN;
    expect_refused(&signs_certs, "cRLSign");
    signs_certs.has_key_usage = false; /* as x509.c leaves it without the extension */
    signs_certs.key_usage = 0;
    expect_refused(&signs_certs, "cRLSign");
}

Test(crl_minted, is_refused_with_a_signature_of_another_key)
{
    struct rt_mint_crl what = usual();
    struct made namesake;

    make_ca("ca", -1, NULL, &namesake);
    MUST(mint_and_read(&what));
    expect_refused(&namesake.cert, "signature");
    made_free(&namesake);
}

/* A key of another kind than the algorithm is no different from a wrong signature. */
Test(crl_minted, is_refused_under_a_key_of_another_kind)
{
    struct rt_mint_crl what = usual();
    struct rt_x509 rsa = ca.cert;

    MUST(mint_and_read(&what));
    rsa.key = (struct rt_public_key){.type = RT_KEY_RSA, .bits = 3072};
    expect_refused(&rsa, "signature");
}

Test(crl_minted, notices_each_changed_byte)
{
    const struct ratls_bytes serial = BYTES("\x07");
    struct rt_mint_crl what = usual();

    what.serials = &serial;
    what.n = 1;
    MUST(mint_and_read(&what));
    for (size_t at = 0; at < der.len; at++) {
        struct rt_crl changed;
        der.p[at] ^= 0x20;
        enum ratls_err e = rt_crl_parse(rt_bytes_of(&der), &changed, NULL);
        cr_expect(e || rt_crl_check_issuer(&changed, &ca.cert, NULL), "byte %zu", at);
        rt_crl_free(&changed);
        der.p[at] ^= 0x20;
    }
}

Test(crl_minted, may_be_signed_with_p384)
{
    struct rt_mint_crl what = usual();
    struct rt_x509 issuer = ca.cert;
    struct rt_key *key = make_key(RT_P384);

    what.issuer_key = key;
    MUST(rt_public_key_parse(rt_key_spki(key), &issuer.key, NULL));
    MUST(mint_and_read(&what));
    cr_expect_eq(crl.sig_alg, RT_SIG_ECDSA_SHA384);
    MUST(rt_crl_check_issuer(&crl, &issuer, NULL));
    rt_key_free(key);
}

/* ---- real ones ---- */

static const char *const intel[] = {"sgx-v3-cfgsw-1",        "tdx-v4-debug-1",
                                    "tdx-v4-outofdate-1",    "tdx-v4-uptodate-1",
                                    "tdx-v5-notsupported-1", "tdx-v5-relaunch-1"};

/* CRL `name` of a collateral file, as DER (new). */
static struct ratls_buffer crl_of(const cJSON *collateral, const char *name)
{
    const char *hex = text_of(collateral, name);
    static uint8_t bytes[RT_MAX_CRL];
    size_t len = sizeof bytes;
    struct ratls_buffer out;

    cr_assert(*hex && rt_unhex(hex, strlen(hex), bytes, &len), "%s", name);
    MUST(rt_dup(ratls_bytes(bytes, len), &out));
    return out;
}

/* The certificate number `n` of a PEM chain in a collateral file, as DER (new). */
static struct ratls_buffer cert_of(const cJSON *collateral, const char *name, size_t n)
{
    struct ratls_bytes text = ratls_bytes_str(text_of(collateral, name));
    struct ratls_buffer out = {0};

    for (size_t i = 0; i <= n; i++) {
        ratls_buffer_free(&out);
        MUST(rt_pem_next(&text, "CERTIFICATE", &out));
    }
    return out;
}

static void check_real(const char *id, const cJSON *collateral, const char *name, size_t issuer_at)
{
    struct ratls_buffer cert = cert_of(collateral, "pck_crl_issuer_chain", issuer_at);
    struct ratls_buffer bytes = crl_of(collateral, name);
    struct ratls_error err = {0};
    struct rt_x509 issuer;

    MUST(rt_x509_parse(rt_bytes_of(&cert), &issuer, NULL));
    cr_assert_eq(rt_crl_parse(rt_bytes_of(&bytes), &crl, &err), RATLS_OK, "%s %s: %s", id, name,
                 err.detail);
    cr_expect_eq(rt_crl_check_issuer(&crl, &issuer, &err), RATLS_OK, "%s %s: %s", id, name,
                 err.detail);
    cr_expect(ratls_bytes_equal(crl.number, BYTES("\x01")));
    for (size_t i = 0; i < crl.n_revoked; i++)
        cr_expect(rt_crl_lists(&crl, crl.revoked[i]) && crl.revoked[i].len >= 18);
    cr_expect_not(rt_crl_lists(&crl, issuer.serial));
    ratls_buffer_free(&bytes);
    ratls_buffer_free(&cert);
}

Test(crl_vectors, intels_crls_are_read_and_verify)
{
    for (size_t i = 0; i < RT_COUNT(intel); i++) {
        char path[128];
        (void)snprintf(path, sizeof path, "intel/%s/collateral.json", intel[i]);
        cJSON *collateral = read_vector_json(path);
        check_real(intel[i], collateral, "pck_crl", 0);
        rt_crl_free(&crl);
        check_real(intel[i], collateral, "root_ca_crl", 1);
        cr_expect_eq(crl.n_revoked, 0);
        rt_crl_free(&crl);
        cJSON_Delete(collateral);
    }
}

/* What openssl counts: 57 entries. */
Test(crl_vectors, all_entries_of_the_platform_ca_are_found)
{
    cJSON *collateral = read_vector_json("intel/tdx-v4-outofdate-1/collateral.json");
    static const uint8_t first[] = {0x6f, 0xc3, 0x4e, 0x50, 0x23, 0xe7, 0x28, 0x92, 0x34, 0x35,
                                    0xd6, 0x1a, 0xa4, 0xb8, 0x3c, 0x61, 0x81, 0x66, 0xad, 0x35};

    check_real("outofdate", collateral, "pck_crl", 0);
    cr_expect_eq(crl.n_revoked, 57);
    cr_expect_eq(crl.this_update, 1773700445);
    cr_expect_eq(crl.next_update, crl.this_update + 30 * DAY);
    rt_crl_free(&crl);
    struct ratls_buffer bytes = crl_of(collateral, "pck_crl");
    MUST(rt_crl_parse(rt_bytes_of(&bytes), &crl, NULL));
    cr_expect(rt_crl_lists(&crl, ratls_bytes(first, sizeof first)));
    cr_expect_not(rt_crl_lists(&crl, ratls_bytes(first, sizeof first - 1)));
    rt_crl_free(&crl);
    ratls_buffer_free(&bytes);
    cJSON_Delete(collateral);
}

/* Signed with RSASSA-PSS; nothing is revoked. */
Test(crl_vectors, amds_crl_is_signed_by_its_ark_alone)
{
    struct ratls_buffer bytes, ark[2];
    struct rt_x509 turin, milan;

    if (read_vector("amd/roots/turin/crl.der", &bytes) != RATLS_OK)
        cr_skip_test("no CRL of AMD in %s", vectors_folder());
    MUST(read_vector("amd/roots/turin/ark.der", &ark[0]));
    MUST(read_vector("amd/roots/milan/ark.der", &ark[1]));
    MUST(rt_x509_parse(rt_bytes_of(&ark[0]), &turin, NULL));
    MUST(rt_x509_parse(rt_bytes_of(&ark[1]), &milan, NULL));
    MUST(rt_crl_parse(rt_bytes_of(&bytes), &crl, NULL));
    cr_expect_eq(crl.sig_alg, RT_SIG_RSAPSS_SHA384);
    cr_expect_eq(crl.n_revoked, 0);
    cr_expect_eq(crl.number.len, 1);
    cr_expect_eq(crl.number.p[0], 7);
    cr_expect_eq(rt_crl_check_issuer(&crl, &turin, NULL), RATLS_OK);
    cr_expect_eq(rt_crl_check_issuer(&crl, &milan, NULL), RATLS_E_COLLATERAL_SIGNATURE);
    milan.subject = turin.subject;
    cr_expect_eq(rt_crl_check_issuer(&crl, &milan, NULL), RATLS_E_COLLATERAL_SIGNATURE);
    bytes.p[100] ^= 1; /* inside the signed part */
    cr_expect_eq(rt_crl_check_issuer(&crl, &turin, NULL), RATLS_E_COLLATERAL_SIGNATURE);
    rt_crl_free(&crl);
    ratls_buffer_free(&bytes);
    ratls_buffer_free(&ark[0]);
    ratls_buffer_free(&ark[1]);
}
