/* AMD's certificate table. */
#include <criterion/criterion.h>

#include "cert_table.h"
#include "crypto_support.h"

#define VCEK "63da758de6644564adc5f4b93be8accd"
#define ASK  "4ab7b379bbac4fe4a02f05aef327c782"
#define ELSE "00112233445566778899aabbccddeeff"
#define END  "000000000000000000000000000000000000000000000000"

static struct rt_cert_table table;

static enum ratls_err read_hex(const char *text)
{
    return rt_cert_table_read(unhex(text), &table, NULL);
}

Test(cert_table, reads_what_it_writes)
{
    const struct rt_cert_table in = {
        {ratls_bytes_str("vcek"), {0}, ratls_bytes_str("the ask"), ratls_bytes_str("ark")}};
    struct rt_writer w = {0};

    rt_cert_table_write(&in, &w);
    cr_assert_eq(w.len, 4 * 24 + 14);
    cr_assert_eq(rt_cert_table_read(rt_written(&w), &table, NULL), RATLS_OK);
    for (size_t i = 0; i < RT_CERT_KINDS; i++)
        cr_expect(ratls_bytes_equal(table.cert[i], in.cert[i]), "%zu", i);
    rt_put(&w, "\0\0\0", 3); /* hosts fill their page */
    cr_expect_eq(rt_cert_table_read(rt_written(&w), &table, NULL), RATLS_OK);
    rt_writer_free(&w);
}

Test(cert_table, keeps_certificates_of_known_kinds)
{
    cr_expect_eq(read_hex(END), RATLS_OK);
    cr_expect_eq(table.cert[RT_CERT_VCEK].len, 0);
    cr_expect_eq(read_hex(ELSE "4800000001000000" VCEK "4900000002000000" END "aabbcc"), RATLS_OK);
    cr_expect(ratls_bytes_equal(table.cert[RT_CERT_VCEK], unhex("bbcc")));
    /* two entries may share bytes, and may come in any order */
    cr_expect_eq(read_hex(ASK "4800000003000000" VCEK "4900000002000000" END "aabbcc"), RATLS_OK);
    cr_expect_eq(table.cert[RT_CERT_ASK].len, 3);
}

static const struct {
    const char *what, *hex;
} flaws[] = {
    {"nothing", ""},
    {"half an entry", VCEK "30000000"},
    {"no end", VCEK "3000000001000000"},
    {"half an end", VCEK "3000000001000000"
                         "00000000000000000000000000000000"},
    {"an end with a length", VCEK "3000000001000000"
                                  "000000000000000000000000000000003000000001000000"
                                  "aa"},
    {"an empty entry", VCEK "3000000000000000" END "aa"},
    {"an empty entry of an unknown kind", ELSE "3000000000000000" END "aa"},
    {"an entry one byte too long", VCEK "3000000002000000" END "aa"},
    {"an entry of 4 GiB", VCEK "30000000ffffffff" END "aa"},
    {"an entry far away", VCEK "ffffffff01000000" END "aa"},
    {"an entry inside the head", VCEK "2f00000001000000" END "aa"},
    {"a kind twice", VCEK "4800000001000000" VCEK "4800000001000000" END "aa"},
};

Test(cert_table, refuses_what_is_no_table)
{
    for (size_t i = 0; i < RT_COUNT(flaws); i++)
        cr_expect_eq(read_hex(flaws[i].hex), RATLS_E_EVIDENCE_FORMAT, "%s", flaws[i].what);
}

Test(cert_table, bounds_the_number_of_entries)
{
    for (size_t n = RT_MAX_CERT_TABLE; n <= RT_MAX_CERT_TABLE + 1; n++) {
        struct rt_writer w = {0};
        for (size_t i = 0; i < n; i++) {
            rt_put_bytes(&w, unhex(ELSE));
            rt_put_u32le(&w, (uint32_t)(24 * (n + 1)));
            rt_put_u32le(&w, 1);
        }
        rt_put_bytes(&w, unhex(END "aa"));
        cr_expect_eq(rt_cert_table_read(rt_written(&w), &table, NULL),
                     n > RT_MAX_CERT_TABLE ? RATLS_E_EVIDENCE_FORMAT : RATLS_OK);
        rt_writer_free(&w);
    }
}
