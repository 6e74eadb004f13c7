/* Minted CRLs: byte for byte, and as another implementation (the openssl command) judges them. */
#include "mint_crl.h"
#include "x509_support.h"

static struct made ca;
static struct ratls_buffer crl;

static void setup(void)
{
    make_ca("ca", -1, NULL, &ca);
}

static void teardown(void)
{
    made_free(&ca);
    ratls_buffer_free(&crl);
}

TestSuite(mint_crl, .init = setup, .fini = teardown);

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

static enum ratls_err mint(const struct rt_mint_crl *what)
{
    struct ratls_error err = {0};

    ratls_buffer_free(&crl);
    enum ratls_err e = rt_mint_crl(ratls_env_system(), what, &crl, &err);
    cr_expect_eq(e == RATLS_OK, crl.p != NULL);
    cr_expect_eq(strlen(err.detail) == 0, e == RATLS_OK);
    return e;
}

static bool contains(struct ratls_bytes part)
{
    return memmem(crl.p, crl.len, part.p, part.len) != NULL;
}

/* ---- bytes ---- */

#define NUMBER_7 "\x30\x0a\x06\x03\x55\x1d\x14\x04\x03\x02\x01\x07"
#define AKI      "\x30\x1f\x06\x03\x55\x1d\x23\x04\x18\x30\x16\x80\x14"

/* Everything up to the key identifier; 12 bytes of algorithm, 13 of the name CN=ca. */
Test(mint_crl, writes_a_list_without_entries_byte_for_byte)
{
    static const char front[] = "\x02\x01\x01\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02"
                                "\x30\x0d\x31\x0b\x30\x09\x06\x03\x55\x04\x03\x0c\x02"
                                "ca\x17\x0d"
                                "250615150640Z\x17\x0d"
                                "250616150640Z\xa0\x2f\x30\x2d" NUMBER_7 AKI;
    const struct rt_ext *ski = rt_x509_ext(&ca.cert, RT_OID(SKI));
    struct rt_mint_crl what = usual();

    MUST(mint(&what));
    struct rt_reader r = rt_reader(rt_bytes_of(&crl)), list = rt_der_enter(&r, RT_DER_SEQUENCE);
    struct rt_reader tbs = rt_der_enter(&list, RT_DER_SEQUENCE);
    cr_expect(ratls_bytes_equal(rt_take_bytes(&tbs, sizeof front - 1), BYTES(front)));
    struct rt_reader id = rt_reader(ski->value);
    cr_expect(ratls_bytes_equal(rt_rest(&tbs), rt_der_get(&id, RT_DER_OCTET_STRING, NULL)));
    cr_expect(
        ratls_bytes_equal(rt_der_get(&list, RT_DER_SEQUENCE, NULL), BYTES("\x06\x08\x2a\x86\x48"
                                                                          "\xce\x3d\x04\x03\x02")));
    cr_expect_gt(rt_der_bits(&list).len, 60);
    cr_expect(rt_at_end(&list) && rt_at_end(&r));
}

#define SINCE_AND_WHY                                                                              \
    "\x17\x0d"                                                                                     \
    "250615150640Z\x30\x0c\x30\x0a\x06\x03\x55\x1d\x15\x04\x03\x0a\x01\x01"

Test(mint_crl, lists_serials_in_the_order_given)
{
    const struct ratls_bytes serials[] = {BYTES("\xff"), BYTES("\x00\x07"), BYTES("\xff")};
    static const char list[] =
        "250616150640Z\x30\x68"
        "\x30\x21\x02\x02\x00\xff" SINCE_AND_WHY "\x30\x20\x02\x01\x07" SINCE_AND_WHY
        "\x30\x21\x02\x02\x00\xff" SINCE_AND_WHY "\xa0";
    struct rt_mint_crl what = usual();

    what.serials = serials;
    what.n = RT_COUNT(serials);
    MUST(mint(&what));
    cr_expect(contains(BYTES(list)));
}

Test(mint_crl, leaves_out_what_tests_of_refusal_ask_for)
{
    struct rt_mint_crl what = usual();

    what.no_number = true;
    MUST(mint(&what));
    cr_expect(!contains(BYTES(NUMBER_7)) && contains(BYTES(AKI)));
    what.no_number = false;
    what.no_aki = true;
    MUST(mint(&what));
    cr_expect(contains(BYTES(NUMBER_7)) && !contains(BYTES(AKI)));
    what.no_number = true;
    MUST(mint(&what));
    cr_expect_not(contains(BYTES("250616150640Z\xa0")));
}

Test(mint_crl, carries_one_more_extension_critical_only_when_asked)
{
    struct rt_mint_crl what = usual();

    what.ext_oid = BYTES("\x55\x1d\x1b"); /* deltaCRLIndicator */
    what.ext_value = BYTES("\x02\x01\x01");
    MUST(mint(&what));
    cr_expect(contains(BYTES("\x30\x0a\x06\x03\x55\x1d\x1b\x04\x03\x02\x01\x01")));
    what.ext_critical = true;
    MUST(mint(&what));
    cr_expect(contains(BYTES("\x30\x0d\x06\x03\x55\x1d\x1b\x01\x01\xff\x04\x03\x02\x01\x01")));
}

/* ---- wrong arguments ---- */

Test(mint_crl, refuses_what_cannot_be_a_crl)
{
    struct rt_mint_crl what = usual();

    what.next_update = what.this_update;
    cr_expect_eq(mint(&what), RATLS_OK);
    what.next_update--;
    cr_expect_eq(mint(&what), RATLS_E_USAGE);
    what.next_update = INT64_C(253402300800);
    cr_expect_eq(mint(&what), RATLS_E_USAGE);
    what = usual();
    what.issuer_key = NULL;
    cr_expect_eq(mint(&what), RATLS_E_USAGE);
    what = usual();
    what.issuer_name = BYTES("");
    cr_expect_eq(mint(&what), RATLS_E_USAGE);
    what.issuer_name = BYTES("\x30\x00\x05\x00");
    cr_expect_eq(mint(&what), RATLS_E_USAGE);
}

Test(mint_crl, refuses_to_make_a_crl_that_is_too_large)
{
    static uint8_t filling[RT_MAX_CRL];
    struct rt_mint_crl what = usual();

    what.ext_oid = BYTES("\x2a\x03");
    what.ext_value = ratls_bytes(filling, RT_MAX_CRL - 1024);
    MUST(mint(&what));
    what.ext_value.len = RT_MAX_CRL;
    cr_expect_eq(mint(&what), RATLS_E_COLLATERAL_FORMAT);
}

/* ---- another implementation ---- */

/* Output of an openssl command that finds ca.pem, leaf.pem and crl.pem. */
static struct ratls_buffer openssl(const struct made *leaf, const char *command)
{
    const struct ratls_bytes der[] = {der_of(&ca), der_of(leaf), rt_bytes_of(&crl)};
    static const char *const labels[] = {"CERTIFICATE", "CERTIFICATE", "X509 CRL"};
    static char line[4000];
    struct ratls_buffer pem[3];

    for (size_t i = 0; i < RT_COUNT(pem); i++)
        MUST(rt_pem_write(labels[i], der[i], &pem[i]));
    (void)snprintf(line, sizeof line,
                   "echo '%s' >ca.pem; echo '%s' >leaf.pem; echo '%s' >crl.pem; openssl %s",
                   (char *)pem[0].p, (char *)pem[1].p, (char *)pem[2].p, command);
    for (size_t i = 0; i < RT_COUNT(pem); i++)
        ratls_buffer_free(&pem[i]);
    return shell(line);
}

static void expect_said(const struct ratls_buffer *output, const char *text)
{
    cr_expect_not_null(memmem(output->p, output->len, text, strlen(text)), "'%s' is missing:\n%s",
                       text, (char *)output->p);
}

#define VERIFY "verify -x509_strict -attime 1750000000 -crl_check -CRLfile crl.pem -CAfile ca.pem "

Test(mint_crl, is_believed_by_openssl)
{
    const struct ratls_bytes other = BYTES("\x01\x02\x03");
    struct rt_mint_crl what = usual();
    struct made leaf;

    make((struct rt_mint){.subject = {.common_name = "leaf"}, .path_len = -1}, &ca, &leaf);
    what.serials = &other;
    what.n = 1;
    MUST(mint(&what));
    struct ratls_buffer said = openssl(&leaf, VERIFY "leaf.pem");
    expect_said(&said, "leaf.pem: OK");
    ratls_buffer_free(&said);
    what.serials = &leaf.cert.serial;
    MUST(mint(&what));
    said = openssl(&leaf, VERIFY "leaf.pem 2>&1 || true");
    expect_said(&said, "certificate revoked");
    ratls_buffer_free(&said);
    made_free(&leaf);
}

Test(mint_crl, reads_to_openssl_as_was_meant)
{
    const struct ratls_bytes serials[] = {BYTES("\xef\xae"), BYTES("\x00")};
    struct rt_mint_crl what = usual();

    what.serials = serials;
    what.n = RT_COUNT(serials);
    MUST(mint(&what));
    struct ratls_buffer said = openssl(&ca, "crl -in crl.pem -noout -text -CAfile ca.pem 2>&1");
    expect_said(&said, "verify OK");
    expect_said(&said, "Version 2 (0x1)");
    expect_said(&said, "Issuer: CN = ca");
    expect_said(&said, "Last Update: Jun 15 15:06:40 2025 GMT");
    expect_said(&said, "Next Update: Jun 16 15:06:40 2025 GMT");
    expect_said(&said, "Serial Number: EFAE");
    expect_said(&said, "Serial Number: 00");
    expect_said(&said, "Key Compromise");
    expect_said(&said, "X509v3 CRL Number: \n                7");
    ratls_buffer_free(&said);
}
