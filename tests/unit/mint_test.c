/* Minted certificates: as our own reader sees them, byte for byte where it matters, and as another
 * implementation (the openssl command) judges them. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "der.h"
#include "mint.h"
#include "oid.h"
#include "x509.h"

#define BYTES(text) ratls_bytes(text, sizeof(text) - 1)
#define MUST(call)  cr_assert_eq((call), RATLS_OK, "%s", #call)
#define NOW         INT64_C(1750000000)
#define YEAR_2049   INT64_C(2524607999) /* 2049-12-31T23:59:59Z */

/* ---- a key, and what is usual ---- */

static struct rt_key *key, *other;
static struct ratls_buffer der;
static struct rt_x509 cert;

static void setup(void)
{
    MUST(rt_key_generate(ratls_env_system(), RT_P256, &key));
    MUST(rt_key_generate(ratls_env_system(), RT_P384, &other));
}

static void teardown(void)
{
    rt_key_free(key);
    rt_key_free(other);
    ratls_buffer_free(&der);
}

TestSuite(mint, .init = setup, .fini = teardown);

static struct rt_mint usual(void)
{
    return (struct rt_mint){
        .subject_spki = rt_key_spki(key),
        .subject = {.common_name = "ratls"},
        .issuer_key = key,
        .not_before = NOW - 300,
        .not_after = NOW + 3600,
        .path_len = -1,
    };
}

static enum ratls_err mint(const struct rt_mint *what)
{
    struct ratls_error err = {0};

    ratls_buffer_free(&der);
    enum ratls_err e = rt_mint(ratls_env_system(), what, &der, &err);
    cr_expect_eq(e == RATLS_OK, der.p != NULL);
    cr_expect(e == RATLS_OK || err.code == e);
    cr_expect_eq(strlen(err.detail) == 0, e == RATLS_OK);
    return e;
}

/* Mints, and reads into `cert`. */
static void mint_and_read(const struct rt_mint *what)
{
    struct ratls_error err = {0};

    MUST(mint(what));
    cr_assert_eq(rt_x509_parse(rt_bytes_of(&der), &cert, &err), RATLS_OK, "%s", err.detail);
}

static struct ratls_bytes ext_value(struct ratls_bytes oid)
{
    const struct rt_ext *ext = rt_x509_ext(&cert, oid);

    return ext ? ext->value : ratls_bytes(NULL, 0);
}

static bool is_critical(struct ratls_bytes oid)
{
    const struct rt_ext *ext = rt_x509_ext(&cert, oid);

    return ext && ext->critical;
}

/* ---- the certificate ---- */

Test(mint, makes_a_leaf_that_signed_itself)
{
    struct rt_mint what = usual();

    mint_and_read(&what);
    cr_expect_eq(rt_x509_signed_by(&cert, &cert, NULL), RATLS_OK);
    cr_expect(ratls_bytes_equal(cert.subject, cert.issuer));
    cr_expect(ratls_bytes_equal(cert.spki, rt_key_spki(key)));
    cr_expect_eq(cert.not_before, NOW - 300);
    cr_expect_eq(cert.not_after, NOW + 3600);
    cr_expect_eq(cert.sig_alg, RT_SIG_ECDSA_SHA256);
    cr_expect_not(cert.is_ca);
    cr_expect_eq(cert.key_usage, RT_KU_DIGITAL_SIGNATURE);
    cr_expect_eq(cert.n_ext, 4);
    cr_expect_eq(rt_x509_check_leaf_usage(&cert, true, NULL), RATLS_OK);
    cr_expect_eq(rt_x509_check_leaf_key(&cert, NULL), RATLS_OK);
}

Test(mint, signs_with_the_hash_of_the_issuers_curve)
{
    struct rt_mint what = usual();

    what.issuer_key = other;
    what.subject_spki = rt_key_spki(other);
    mint_and_read(&what);
    cr_expect_eq(cert.sig_alg, RT_SIG_ECDSA_SHA384);
    cr_expect_eq(rt_x509_signed_by(&cert, &cert, NULL), RATLS_OK);
}

Test(mint, makes_an_issuer)
{
    struct rt_mint what = usual();

    what.is_ca = true;
    mint_and_read(&what);
    cr_expect(cert.is_ca);
    cr_expect_eq(cert.path_len, -1);
    cr_expect_eq(cert.key_usage, RT_KU_CERT_SIGN | RT_KU_CRL_SIGN);
    what.path_len = 0;
    mint_and_read(&what);
    cr_expect_eq(cert.path_len, 0);
    what.path_len = 200;
    mint_and_read(&what);
    cr_expect_eq(cert.path_len, 200);
    what.is_ca = false;
    mint_and_read(&what);
    cr_expect_eq(cert.path_len, -1);
}

Test(mint, names_the_issuer_it_is_given)
{
    struct rt_mint what = usual();

    what.issuer_name = BYTES("\x30\x0d\x31\x0b\x30\x09\x06\x03\x55\x04\x03\x0c\x02"
                             "ca");
    mint_and_read(&what);
    cr_expect(ratls_bytes_equal(cert.issuer, what.issuer_name));
    cr_expect_not(ratls_bytes_equal(cert.subject, what.issuer_name));
}

/* ---- extensions every certificate has ---- */

static void expect_key_id(struct ratls_bytes found, struct ratls_bytes head,
                          const struct rt_key *of)
{
    uint8_t digest[RT_SHA256_LEN];
    struct rt_reader spki = rt_reader(rt_key_spki(of));
    struct rt_reader inside = rt_der_enter(&spki, RT_DER_SEQUENCE);
    struct rt_writer w = {0};

    (void)rt_der_get(&inside, RT_DER_SEQUENCE, NULL);
    MUST(rt_sha256(rt_der_bits(&inside), digest));
    rt_put_bytes(&w, head);
    rt_put(&w, digest, 20);
    cr_expect(ratls_bytes_equal(found, rt_written(&w)));
    rt_writer_free(&w);
}

/* RFC 7093 s.2, method 1 */
Test(mint, identifies_the_keys_of_subject_and_issuer)
{
    struct rt_mint what = usual();

    mint_and_read(&what); /* self-signed: both are the same key */
    expect_key_id(ext_value(RT_OID(SKI)), BYTES("\x04\x14"), key);
    expect_key_id(ext_value(RT_OID(AKI)), BYTES("\x30\x16\x80\x14"), key);
    what.issuer_key = other;
    mint_and_read(&what);
    expect_key_id(ext_value(RT_OID(SKI)), BYTES("\x04\x14"), key);
    expect_key_id(ext_value(RT_OID(AKI)), BYTES("\x30\x16\x80\x14"), other);
}

Test(mint, marks_constraints_and_usage_critical_and_nothing_else)
{
    static const char *const san[] = {"localhost", NULL};
    struct rt_mint what = usual();

    what.san = san;
    what.tls_usage = true;
    what.crl_url = "https://example.org/crl";
    what.ext[0].oid = RT_OID(TAGGED_EVIDENCE);
    what.ext[0].value = BYTES("value");
    mint_and_read(&what);
    cr_expect_eq(cert.n_ext, 8);
    for (size_t i = 0; i < cert.n_ext; i++) {
        bool expected = ratls_bytes_equal(cert.ext[i].oid, RT_OID(BASIC_CONSTRAINTS)) ||
                        ratls_bytes_equal(cert.ext[i].oid, RT_OID(KEY_USAGE));
        cr_expect_eq(cert.ext[i].critical, expected, "extension %zu", i);
    }
}

Test(mint, writes_constraints_and_usage_byte_for_byte)
{
    struct rt_mint what = usual();

    mint_and_read(&what);
    cr_expect(ratls_bytes_equal(ext_value(RT_OID(BASIC_CONSTRAINTS)), BYTES("\x30\x00")));
    cr_expect(ratls_bytes_equal(ext_value(RT_OID(KEY_USAGE)), BYTES("\x03\x02\x07\x80")));
    what.is_ca = true;
    what.path_len = 1;
    mint_and_read(&what);
    cr_expect(ratls_bytes_equal(ext_value(RT_OID(BASIC_CONSTRAINTS)),
                                BYTES("\x30\x06\x01\x01\xff\x02\x01\x01")));
    cr_expect(ratls_bytes_equal(ext_value(RT_OID(KEY_USAGE)), BYTES("\x03\x02\x01\x06")));
}

/* ---- extensions on demand ---- */

Test(mint, allows_both_roles_of_tls)
{
    struct rt_mint what = usual();

    what.tls_usage = true;
    mint_and_read(&what);
    cr_expect(ratls_bytes_equal(ext_value(RT_OID(EXT_KEY_USAGE)),
                                BYTES("\x30\x14\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x02"
                                      "\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x01")));
    cr_expect_eq(rt_x509_check_leaf_usage(&cert, true, NULL), RATLS_OK);
    cr_expect_eq(rt_x509_check_leaf_usage(&cert, false, NULL), RATLS_OK);
}

Test(mint, writes_names_and_addresses_as_what_they_are)
{
    static const char *const san[] = {"a.b", "127.0.0.1", "::1", "*.c", NULL};
    struct rt_mint what = usual();

    what.san = san;
    mint_and_read(&what);
    cr_expect(
        ratls_bytes_equal(ext_value(RT_OID(SAN)),
                          BYTES("\x30\x22\x82\x03"
                                "a.b\x87\x04\x7f\0\0\1\x87\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1"
                                "\x82\x03*.c")));
}

Test(mint, leaves_out_an_empty_list_of_names)
{
    static const char *const san[] = {NULL};
    struct rt_mint what = usual();

    what.san = san;
    mint_and_read(&what);
    cr_expect_null(rt_x509_ext(&cert, RT_OID(SAN)));
}

Test(mint, says_where_the_crl_is)
{
    struct rt_mint what = usual();

    what.crl_url = "http://x/";
    mint_and_read(&what);
    cr_expect(ratls_bytes_equal(ext_value(RT_OID(CRL_DISTRIBUTION)),
                                BYTES("\x30\x11\x30\x0f\xa0\x0d\xa0\x0b\x86\x09http://x/")));
}

Test(mint, carries_one_more_extension_critical_only_when_asked)
{
    struct rt_mint what = usual();

    what.ext[0].oid = RT_OID(PE_CMW);
    what.ext[0].value = BYTES("\x04\x01x");
    mint_and_read(&what);
    cr_expect(ratls_bytes_equal(ext_value(RT_OID(PE_CMW)), BYTES("\x04\x01x")));
    cr_expect_not(is_critical(RT_OID(PE_CMW)));
    what.ext[0].critical = true;
    MUST(mint(&what));
    cr_expect_not_null(memmem(der.p, der.len, "\x01\x01\xff\x04\x03\x04\x01x", 8));
}

/* ---- names ---- */

Test(mint, writes_a_common_name_as_one_rdn)
{
    struct rt_mint what = usual();

    mint_and_read(&what);
    cr_expect(ratls_bytes_equal(cert.subject, BYTES("\x30\x10\x31\x0e\x30\x0c\x06\x03\x55\x04\x03"
                                                    "\x0c\x05ratls")));
}

Test(mint, writes_all_parts_of_a_name)
{
    struct rt_mint what = usual();
    char text[128];

    what.subject = (struct rt_dn){
        .common_name = "n", .organization = "o", .locality = "l", .state = "s", .country = "DE"};
    mint_and_read(&what);
    cr_expect(ratls_bytes_equal(rt_x509_name_attr(cert.subject, RT_OID(CN)), BYTES("n")));
    cr_expect(ratls_bytes_equal(rt_x509_name_attr(cert.subject, RT_OID(ORGANIZATION)), BYTES("o")));
    cr_expect(ratls_bytes_equal(rt_x509_name_attr(cert.subject, RT_OID(LOCALITY)), BYTES("l")));
    cr_expect(ratls_bytes_equal(rt_x509_name_attr(cert.subject, RT_OID(STATE)), BYTES("s")));
    cr_expect(ratls_bytes_equal(rt_x509_name_attr(cert.subject, RT_OID(COUNTRY)), BYTES("DE")));
    rt_x509_name_text(cert.subject, text, sizeof text);
    cr_expect_str_eq(text, "CN=n, O=o, L=l, ST=s, C=DE");
    cr_expect_not_null(memmem(cert.subject.p, cert.subject.len,
                              "\x13\x02"
                              "DE",
                              4));
}

#define LONG_64 "0123456789012345678901234567890123456789012345678901234567890123"

static const struct {
    const char *what;
    struct rt_dn dn;
} bad_names[] = {
    {"nothing", {0}},
    {"empty common name", {.common_name = ""}},
    {"empty organization", {.common_name = "n", .organization = ""}},
    {"common name of 65 bytes", {.common_name = LONG_64 "x"}},
    {"organization of 65 bytes", {.organization = LONG_64 "x"}},
    {"locality of 129 bytes", {.locality = LONG_64 LONG_64 "x"}},
    {"state of 129 bytes", {.state = LONG_64 LONG_64 "x"}},
    {"country of one letter", {.country = "D"}},
    {"country of three letters", {.country = "DEU"}},
    {"country of digits", {.country = "49"}},
};

Test(mint, refuses_names_that_rfc_5280_has_no_room_for)
{
    struct rt_mint what = usual();

    for (size_t i = 0; i < RT_COUNT(bad_names); i++) {
        what.subject = bad_names[i].dn;
        cr_expect_eq(mint(&what), RATLS_E_USAGE, "%s", bad_names[i].what);
    }
    what.subject = (struct rt_dn){.common_name = LONG_64, .locality = LONG_64 LONG_64};
    cr_expect_eq(mint(&what), RATLS_OK);
}

#define LABEL_61 "a123456789012345678901234567890123456789012345678901234567890"
#define LABEL_63 "a12345678901234567890123456789012345678901234567890123456789012"

static const char *const bad_sans[] = {
    "",
    " ",
    "a b",
    "a..b",
    ".a",
    "a.",
    "-a.b",
    "a-.b",
    "a.-b",
    "a_b.c",
    "a/b",
    "https://a.b",
    "a.b:443",
    "[::1]",
    "1.2.3",
    "1.2.3.4.5",
    "256.0.0.1",
    "::1%lo",
    "*",
    "*.",
    "a.*",
    "a.*.b",
    "*a.b",
    "*.*.b",
    "b\xc3\xbc.de",
    "user@a.b",
    "a.b\n",
    LABEL_63 "x",
    "127.0.0.1/8",
    "0x7f.1",
    LABEL_63 "." LABEL_63 "." LABEL_63 "." LABEL_63 /* 255 bytes */,
    LABEL_63 "." LABEL_63 "." LABEL_63 "." LABEL_61 "x", /* 254 bytes */
};

Test(mint, refuses_what_is_neither_a_dns_name_nor_an_address)
{
    struct rt_mint what = usual();

    for (size_t i = 0; i < RT_COUNT(bad_sans); i++) {
        const char *const san[] = {"good.example", bad_sans[i], NULL};
        what.san = san;
        cr_expect_eq(mint(&what), RATLS_E_USAGE, "'%s'", bad_sans[i]);
    }
}

static const char *const good_sans[] = {"localhost",
                                        "a",
                                        "a-b.example",
                                        "xn--bcher-kva.example",
                                        "1a.2b",
                                        "A.B",
                                        "*.a.b",
                                        LABEL_63,
                                        "3com.com",
                                        "192.0.2.255",
                                        "2001:db8::1",
                                        "::ffff:192.0.2.1",
                                        LABEL_63 "." LABEL_63 "." LABEL_63 "." LABEL_61};

Test(mint, takes_dns_names_and_addresses)
{
    struct rt_mint what = usual();

    for (size_t i = 0; i < RT_COUNT(good_sans); i++) {
        const char *const san[] = {good_sans[i], NULL};
        what.san = san;
        mint_and_read(&what);
        cr_expect_not_null(rt_x509_ext(&cert, RT_OID(SAN)), "'%s'", good_sans[i]);
    }
}

Test(mint, limits_the_number_of_names)
{
    const char *san[RT_MAX_SAN + 2] = {0};
    struct rt_mint what = usual();

    what.san = san;
    for (size_t i = 0; i < RT_MAX_SAN; i++)
        san[i] = "a.example";
    cr_expect_eq(mint(&what), RATLS_OK);
    san[RT_MAX_SAN] = "a.example";
    cr_expect_eq(mint(&what), RATLS_E_USAGE);
}

/* ---- wrong arguments ---- */

Test(mint, refuses_dates_in_the_wrong_order)
{
    struct rt_mint what = usual();

    what.not_after = what.not_before;
    cr_expect_eq(mint(&what), RATLS_OK);
    what.not_after--;
    cr_expect_eq(mint(&what), RATLS_E_USAGE);
}

Test(mint, refuses_dates_without_a_form)
{
    struct rt_mint what = usual();

    what.not_before = -631152001;
    cr_expect_eq(mint(&what), RATLS_E_USAGE);
    what.not_before = -631152000;
    what.not_after = 253402300799;
    mint_and_read(&what);
    cr_expect_eq(cert.not_before, -631152000);
    cr_expect_eq(cert.not_after, 253402300799);
    what.not_after++;
    cr_expect_eq(mint(&what), RATLS_E_USAGE);
}

Test(mint, refuses_keys_that_are_not_there)
{
    struct rt_mint what = usual();
    struct ratls_bytes spki = what.subject_spki;
    uint8_t trailing[RT_SPKI_MAX] = {0};

    memcpy(trailing, spki.p, spki.len);
    what.subject_spki = ratls_bytes(NULL, 0);
    cr_expect_eq(mint(&what), RATLS_E_USAGE);
    what.subject_spki = ratls_bytes(spki.p, spki.len - 1);
    cr_expect_eq(mint(&what), RATLS_E_USAGE);
    what.subject_spki = ratls_bytes(trailing, spki.len + 1);
    cr_expect_eq(mint(&what), RATLS_E_USAGE);
    what.subject_spki = rt_key_point(key);
    cr_expect_eq(mint(&what), RATLS_E_USAGE);
    what.subject_spki = spki;
    what.issuer_key = NULL;
    cr_expect_eq(mint(&what), RATLS_E_USAGE);
}

Test(mint, refuses_an_issuer_that_is_no_name)
{
    struct rt_mint what = usual();

    what.issuer_name = BYTES("CN=ca");
    cr_expect_eq(mint(&what), RATLS_E_USAGE);
    what.issuer_name = BYTES("\x30\x00\x30\x00");
    cr_expect_eq(mint(&what), RATLS_E_USAGE);
}

/* T59, T141 */
Test(mint, refuses_to_make_certificates_that_are_too_large)
{
    static uint8_t filling[RT_MAX_CERT];
    struct rt_mint what = usual();

    what.ext[0].oid = RT_OID(TAGGED_EVIDENCE);
    what.ext[0].value = ratls_bytes(filling, RT_MAX_CERT - 1024);
    MUST(mint(&what));
    what.ext[0].value.len += RT_MAX_CERT - der.len; /* signatures differ by some bytes */
    for (int i = 0; i < 1000 && der.len != RT_MAX_CERT; i++)
        (void)mint(&what);
    cr_expect_eq(der.len, RT_MAX_CERT);
    what.ext[0].value = ratls_bytes(filling, RT_MAX_CERT);
    cr_expect_eq(mint(&what), RATLS_E_CERT_FORMAT);
}

/* ---- serial numbers ---- */

/* Fills the serial, first bytes asked for, with one value; then the real thing. */
struct fixed_random {
    int first; /* -1: fails */
    bool used;
};

static int fixed(void *arg, uint8_t *out, size_t len)
{
    struct fixed_random *r = arg;
    const struct ratls_env *env = ratls_env_system();

    if (r->used)
        return env->random(env->arg, out, len);
    r->used = true;
    if (r->first < 0)
        return -1;
    memset(out, r->first, len);
    return 0;
}

static enum ratls_err mint_with(int first)
{
    struct fixed_random r = {.first = first};
    struct ratls_env env = {.arg = &r, .random = fixed};
    struct rt_mint what = usual();

    ratls_buffer_free(&der);
    enum ratls_err e = rt_mint(&env, &what, &der, NULL);
    if (e == RATLS_OK)
        MUST(rt_x509_parse(rt_bytes_of(&der), &cert, NULL));
    return e;
}

Test(mint, takes_128_random_bits_without_the_sign_for_a_serial)
{
    uint8_t expected[16];

    memset(expected, 0xff, sizeof expected);
    expected[0] = 0x7f;
    MUST(mint_with(0xff));
    cr_expect(ratls_bytes_equal(cert.serial, ratls_bytes(expected, sizeof expected)));
}

Test(mint, takes_another_serial_each_time)
{
    struct rt_mint what = usual();
    uint8_t first[16];

    mint_and_read(&what);
    cr_assert_leq(cert.serial.len, sizeof first);
    struct ratls_bytes kept = ratls_bytes(first, cert.serial.len);
    memcpy(first, cert.serial.p, cert.serial.len);
    mint_and_read(&what);
    cr_expect_not(ratls_bytes_equal(kept, cert.serial));
}

Test(mint, does_not_go_on_without_randomness)
{
    cr_expect_eq(mint_with(-1), RATLS_E_RANDOM);
    cr_expect_null(der.p);
    cr_expect_eq(mint_with(0), RATLS_E_RANDOM);
    cr_expect_null(der.p);
}

/* ---- dates ---- */

/* T109 */
Test(mint, writes_dates_exactly_whatever_the_time_zone)
{
    static const char *const zones[] = {"Asia/Shanghai", "America/New_York"};
    static const int64_t dates[] = {951825600, 1741503600, NOW}; /* Feb 29th, a DST change */

    for (size_t z = 0; z < RT_COUNT(zones); z++)
        for (size_t d = 0; d < RT_COUNT(dates); d++) {
            struct rt_mint what = usual();
            setenv("TZ", zones[z], 1);
            what.not_before = dates[d];
            what.not_after = dates[d] + 3600;
            mint_and_read(&what);
            cr_expect_eq(cert.not_before, dates[d]);
            cr_expect_eq(cert.not_after, dates[d] + 3600);
            cr_expect_eq(rt_x509_check_dates(&cert, dates[d], NULL), RATLS_OK);
            cr_expect_eq(rt_x509_check_dates(&cert, dates[d] - 1, NULL),
                         RATLS_E_CERT_NOT_YET_VALID);
        }
}

Test(mint, changes_the_form_of_dates_in_2050)
{
    struct rt_mint what = usual();

    what.not_after = YEAR_2049;
    mint_and_read(&what);
    cr_expect_not_null(memmem(der.p, der.len,
                              "\x17\x0d"
                              "491231235959Z",
                              15));
    what.not_after = YEAR_2049 + 1;
    mint_and_read(&what);
    cr_expect_eq(cert.not_after, YEAR_2049 + 1);
    cr_expect_not_null(memmem(der.p, der.len,
                              "\x18\x0f"
                              "20500101000000Z",
                              17));
}

/* ---- as OpenSSL sees it ---- */

static char dir[] = "/tmp/ratls-mint-XXXXXX";
static char output[16384];

/* Runs a command in the folder, keeps what it says; returns its exit status. */
static int run(const char *command)
{
    char line[1024];
    size_t n;

    (void)snprintf(line, sizeof line, "cd %s && %s 2>&1", dir, command);
    FILE *f = popen(line, "r");
    cr_assert_not_null(f);
    n = fread(output, 1, sizeof output - 1, f);
    output[n] = 0;
    return pclose(f);
}

/* Writes the last certificate as PEM. */
static void save(const char *name)
{
    struct ratls_buffer pem;
    char path[256];

    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    MUST(rt_pem_write("CERTIFICATE", rt_bytes_of(&der), &pem));
    FILE *f = fopen(path, "wb");
    cr_assert_not_null(f);
    cr_assert_eq(fwrite(pem.p, 1, pem.len, f), pem.len);
    cr_assert_eq(fclose(f), 0);
    ratls_buffer_free(&pem);
}

static void open_dir(void)
{
    setup();
    cr_assert_not_null(mkdtemp(dir));
    if (run("openssl version") != 0)
        cr_skip_test("no openssl command");
}

static void close_dir(void)
{
    char line[64];

    (void)snprintf(line, sizeof line, "rm -r %s", dir);
    (void)!system(line);
    teardown();
}

TestSuite(mint_openssl, .init = open_dir, .fini = close_dir);

static const char *const peer_names[] = {"peer.example", "*.w.example", "192.0.2.7", "2001:db8::7",
                                         NULL};

/* root (P-384) -> ca (P-256) -> leaf */
static void make_chain(void)
{
    struct rt_key *leaf_key = NULL;
    struct rt_mint root = usual(), ca = usual(), leaf = usual();
    struct ratls_buffer name = {0};

    root.subject = (struct rt_dn){.common_name = "root", .country = "DE"};
    root.subject_spki = rt_key_spki(other);
    root.issuer_key = other;
    root.is_ca = true;
    mint_and_read(&root);
    save("root.pem");
    MUST(rt_dup(cert.subject, &name));
    ca.subject = (struct rt_dn){.common_name = "ca", .organization = "o"};
    ca.issuer_key = other;
    ca.issuer_name = rt_bytes_of(&name);
    ca.is_ca = true;
    ca.path_len = 0;
    ca.crl_url = "https://example.org/crl";
    mint_and_read(&ca);
    save("ca.pem");
    ratls_buffer_free(&name);
    MUST(rt_dup(cert.subject, &name));
    MUST(rt_key_generate(ratls_env_system(), RT_P256, &leaf_key));
    leaf.subject_spki = rt_key_spki(leaf_key);
    leaf.issuer_name = rt_bytes_of(&name);
    leaf.san = peer_names;
    leaf.tls_usage = true;
    leaf.ext[0].oid = RT_OID(TAGGED_EVIDENCE);
    leaf.ext[0].value = BYTES("\xd9\xea\x60\x82\x41\x01\x41\x02");
    mint_and_read(&leaf);
    save("leaf.pem");
    ratls_buffer_free(&name);
    rt_key_free(leaf_key);
}

#define VERIFY "openssl verify -x509_strict -attime 1750000000 -trusted root.pem -untrusted ca.pem "

Test(mint_openssl, verifies_a_chain)
{
    make_chain();
    cr_expect_eq(run(VERIFY "leaf.pem"), 0, "%s", output);
    cr_expect_eq(run(VERIFY "-purpose sslserver leaf.pem"), 0, "%s", output);
    cr_expect_eq(run(VERIFY "-purpose sslclient leaf.pem"), 0, "%s", output);
    cr_expect_neq(run(VERIFY "-purpose smimesign leaf.pem"), 0);
}

Test(mint_openssl, finds_names_and_addresses)
{
    make_chain();
    cr_expect_eq(run(VERIFY "-verify_hostname peer.example leaf.pem"), 0, "%s", output);
    cr_expect_eq(run(VERIFY "-verify_hostname x.w.example leaf.pem"), 0, "%s", output);
    cr_expect_eq(run(VERIFY "-verify_ip 192.0.2.7 leaf.pem"), 0, "%s", output);
    cr_expect_eq(run(VERIFY "-verify_ip 2001:db8::7 leaf.pem"), 0, "%s", output);
    cr_expect_neq(run(VERIFY "-verify_hostname other.example leaf.pem"), 0);
    cr_expect_neq(run(VERIFY "-verify_ip 192.0.2.8 leaf.pem"), 0);
}

static void expect_said(const char *text)
{
    cr_expect_not_null(strstr(output, text), "'%s' is missing:\n%s", text, output);
}

Test(mint_openssl, reads_what_was_meant)
{
    make_chain();
    cr_assert_eq(run("openssl x509 -in leaf.pem -noout -text"), 0);
    expect_said("Version: 3 (0x2)");
    expect_said("Signature Algorithm: ecdsa-with-SHA256");
    expect_said("Issuer: CN = ca, O = o");
    expect_said("Subject: CN = ratls");
    expect_said("X509v3 Basic Constraints: critical\n                CA:FALSE");
    expect_said("X509v3 Key Usage: critical\n                Digital Signature\n");
    expect_said("X509v3 Subject Key Identifier:");
    expect_said("X509v3 Authority Key Identifier:");
    expect_said("TLS Web Client Authentication, TLS Web Server Authentication");
    expect_said("DNS:peer.example, DNS:*.w.example, IP Address:192.0.2.7, "
                "IP Address:2001:DB8:0:0:0:0:0:7");
    expect_said("2.23.133.5.4.9:");
    cr_assert_eq(run("openssl x509 -in ca.pem -noout -text"), 0);
    expect_said("Signature Algorithm: ecdsa-with-SHA384");
    expect_said("Issuer: CN = root, C = DE");
    expect_said("CA:TRUE, pathlen:0");
    expect_said("Certificate Sign, CRL Sign");
    expect_said("URI:https://example.org/crl");
}

Test(mint_openssl, reads_dates_before_and_after_2050)
{
    struct rt_mint what = usual();

    what.not_before = YEAR_2049;
    what.not_after = YEAR_2049 + 1;
    MUST(mint(&what));
    save("dates.pem");
    cr_assert_eq(run("openssl x509 -in dates.pem -noout -dates"), 0);
    expect_said("notBefore=Dec 31 23:59:59 2049 GMT");
    expect_said("notAfter=Jan  1 00:00:00 2050 GMT");
}
