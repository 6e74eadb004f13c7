/* The SGX extension of PCK certificates. */
#include <criterion/criterion.h>

#include "der.h"
#include "pck.h"
#include "sim_pki.h"

static const struct rt_sim_platform platform = {
    .ppid = {1, 2, 3},
    .platform_instance_id = {4, 5, 6},
    .cpu_svn = {7, 8, 9},
    .component_svn = {0, 127, 128, 255},
    .pce_id = {0xab, 0xcd},
    .fmspc = {'F', 'M', 'S', 'P', 'C', '!'},
    .pce_svn = 65535,
};

static struct ratls_buffer ext;
static struct rt_pck_ext out;

static void setup(void)
{
    cr_assert_eq(rt_sim_sgx_ext(&platform, &ext), RATLS_OK);
}

static void teardown(void)
{
    ratls_buffer_free(&ext);
}

TestSuite(pck_ext, .init = setup, .fini = teardown);

Test(pck_ext, reads_every_field)
{
    cr_assert_eq(rt_pck_ext_parse(rt_bytes_of(&ext), &out, NULL), RATLS_OK);
    cr_assert_arr_eq(out.ppid, platform.ppid, 16);
    cr_assert_arr_eq(out.component_svn, platform.component_svn, 16);
    cr_assert_arr_eq(out.cpu_svn, platform.cpu_svn, 16);
    cr_assert_arr_eq(out.pce_id, platform.pce_id, 2);
    cr_assert_arr_eq(out.fmspc, platform.fmspc, 6);
    cr_assert_eq(out.pce_svn, 65535);
    cr_assert_eq(out.sgx_type, 1);
    cr_assert(out.has_platform);
    cr_assert_arr_eq(out.platform_instance_id, platform.platform_instance_id, 16);
    cr_assert(out.dynamic_platform && out.cached_keys && !out.smt_enabled);
}

Test(pck_ext, reads_the_short_form_of_the_processor_ca)
{
    struct rt_sim_platform p = platform;

    p.processor = true;
    teardown();
    cr_assert_eq(rt_sim_sgx_ext(&p, &ext), RATLS_OK);
    cr_assert_eq(rt_pck_ext_parse(rt_bytes_of(&ext), &out, NULL), RATLS_OK);
    cr_assert_not(out.has_platform);
}

#define OID "\x2a\x86\x48\x86\xf8\x4d\x01\x0d\x01"
#define ROW(what, from, to)                                                                        \
    {                                                                                              \
        what, from, to, sizeof from - 1                                                            \
    }

/* `from` occurs in the extension and is replaced; both have the same length. */
static const struct {
    const char *what, *from, *to;
    size_t len;
} flaws[] = {
    ROW("component of 511", "\x02\x02\x00\xff", "\x02\x02\x01\xff"),
    ROW("negative component", "\x02\x02\x00\x80", "\x02\x02\xff\x80"),
    ROW("component not minimal", "\x02\x02\x00\x80", "\x02\x02\x00\x70"),
    ROW("component of another type", "\x02\x01\x7f", "\x04\x01\x7f"),
    ROW("PCESVN of 131071", "\x02\x03\x00\xff\xff", "\x02\x03\x01\xff\xff"),
    ROW("SGX type 3", "\x0a\x01\x01", "\x0a\x01\x03"),
    ROW("SGX type as INTEGER", "\x0a\x01\x01", "\x02\x01\x01"),
    ROW("BOOLEAN 0x01", "\x01\x01\xff", "\x01\x01\x01"),
    ROW("FMSPC of another type",
        "\x04\x06"
        "FMSPC!",
        "\x0c\x06"
        "FMSPC!"),
    ROW("FMSPC of five bytes",
        "\x04\x06"
        "FMSPC!",
        "\x04\x05"
        "FMSPC!"),
    ROW("PCEID of another type", "\x04\x02\xab\xcd", "\x0c\x02\xab\xcd"),
    ROW("two times PPID, no PCEID", OID "\x03", OID "\x01"),
    ROW("entry .8", OID "\x03", OID "\x08"),
    ROW("entry .0", OID "\x03", OID "\x00"),
    ROW("foreign OID", OID "\x03", "\x2a\x86\x48\x86\xf8\x4d\x01\x0d\x02\x03"),
    ROW("two times component 1", OID "\x02\x02", OID "\x02\x01"),
    ROW("component .19", OID "\x02\x02", OID "\x02\x13"),
    ROW("component below another arc", OID "\x02\x02", OID "\x07\x02"),
    ROW("two times dynamicPlatform", OID "\x07\x02", OID "\x07\x01"),
    ROW("configuration .4", OID "\x07\x02", OID "\x07\x04"),
};

Test(pck_ext, refuses_each_flaw)
{
    for (size_t i = 0; i < RT_COUNT(flaws); i++) {
        teardown();
        setup();
        void *at = memmem(ext.p, ext.len, flaws[i].from, flaws[i].len);
        cr_assert(at, "%s", flaws[i].what);
        memcpy(at, flaws[i].to, flaws[i].len);
        cr_expect_eq(rt_pck_ext_parse(rt_bytes_of(&ext), &out, NULL), RATLS_E_EVIDENCE_CHAIN, "%s",
                     flaws[i].what);
    }
}

/* Lengths, with everything around them consistent: entry `arc` gets `value` instead of its own. */
static const struct {
    const char *what;
    uint8_t arc;
    struct ratls_bytes value;
} values[] = {
    {"PPID of 15 bytes",
     1,
     {(const uint8_t *)"\x04\x0f"
                       "123456789012345",
      17}},
    {"PPID of 17 bytes",
     1,
     {(const uint8_t *)"\x04\x11"
                       "12345678901234567",
      19}},
    {"PCEID of 1 byte",
     3,
     {(const uint8_t *)"\x04\x01"
                       "1",
      3}},
    {"FMSPC of 5 bytes",
     4,
     {(const uint8_t *)"\x04\x05"
                       "12345",
      7}},
    {"no FMSPC", 4, {(const uint8_t *)"\x04\x00", 2}},
    {"SGX type of 2 bytes", 5, {(const uint8_t *)"\x0a\x02\x00\x01", 4}},
    {"empty SGX type", 5, {(const uint8_t *)"\x0a\x00", 2}},
    {"empty TCB", 2, {(const uint8_t *)"\x30\x00", 2}},
    {"empty configuration", 7, {(const uint8_t *)"\x30\x00", 2}},
    {"two values",
     3,
     {(const uint8_t *)"\x04\x02"
                       "12"
                       "\x05\x00",
      6}},
    {"no value", 3, {(const uint8_t *)"", 0}},
};

static void replace_entry(uint8_t arc, struct ratls_bytes value, struct rt_writer *w)
{
    struct rt_reader r = rt_reader(rt_bytes_of(&ext)), list = rt_der_enter(&r, RT_DER_SEQUENCE);
    size_t all = rt_der_begin(w, RT_DER_SEQUENCE);

    while (list.left > 0) {
        struct ratls_bytes whole, pair = rt_der_get(&list, RT_DER_SEQUENCE, &whole), oid;
        struct rt_reader in = rt_reader(pair);
        struct ratls_bytes id = rt_der_get(&in, RT_DER_OID, &oid);
        if (id.p[id.len - 1] != arc) {
            rt_put_bytes(w, whole);
            continue;
        }
        size_t entry = rt_der_begin(w, RT_DER_SEQUENCE);
        rt_put_bytes(w, oid);
        rt_put_bytes(w, value);
        rt_der_end(w, entry);
    }
    rt_der_end(w, all);
}

Test(pck_ext, refuses_values_of_a_wrong_length)
{
    for (size_t i = 0; i < RT_COUNT(values); i++) {
        struct rt_writer w = {0};
        replace_entry(values[i].arc, values[i].value, &w);
        cr_expect_eq(rt_pck_ext_parse(rt_written(&w), &out, NULL), RATLS_E_EVIDENCE_CHAIN, "%s",
                     values[i].what);
        rt_writer_free(&w);
    }
}

/* Entry `arc` with its own value and one more entry, or with one more arc. */
static void grow_entry(uint8_t arc, struct ratls_bytes extra, bool in_oid, struct rt_writer *w)
{
    struct rt_reader r = rt_reader(rt_bytes_of(&ext)), list = rt_der_enter(&r, RT_DER_SEQUENCE);
    size_t all = rt_der_begin(w, RT_DER_SEQUENCE);

    while (list.left > 0) {
        struct ratls_bytes whole, pair = rt_der_get(&list, RT_DER_SEQUENCE, &whole);
        struct rt_reader in = rt_reader(pair);
        struct ratls_bytes id = rt_der_get(&in, RT_DER_OID, NULL);
        if (id.p[id.len - 1] != arc) {
            rt_put_bytes(w, whole);
            continue;
        }
        size_t entry = rt_der_begin(w, RT_DER_SEQUENCE), at = rt_der_begin(w, RT_DER_OID);
        rt_put_bytes(w, id);
        if (in_oid)
            rt_put_bytes(w, extra);
        rt_der_end(w, at);
        if (in_oid) {
            rt_put_bytes(w, rt_rest(&in));
        } else {
            at = rt_der_begin(w, RT_DER_SEQUENCE);
            rt_put_bytes(w, rt_der_get(&in, RT_DER_SEQUENCE, NULL));
            rt_put_bytes(w, extra);
            rt_der_end(w, at);
        }
        rt_der_end(w, entry);
    }
    rt_der_end(w, all);
}

/* B8: 18 entries of the TCB, three of the configuration, and OIDs of exactly their length. */
Test(pck_ext, refuses_what_is_too_much)
{
#define PAIR(last, value) "\x30\x0f\x06\x0a" OID last value
    static const struct {
        uint8_t arc;
        bool in_oid;
        struct ratls_bytes extra;
    } rows[] = {
        {2, false, {(const uint8_t *)PAIR("\x02", "\x02\x01\x00"), 17}},
        {2, false, {(const uint8_t *)"\x30\x00", 2}},
        {7, false, {(const uint8_t *)PAIR("\x07", "\x01\x01\x00"), 17}},
        {7, false, {(const uint8_t *)"\x05\x00", 2}},
        {1, true, {(const uint8_t *)"\x01", 1}},
        {5, true, {(const uint8_t *)"\x00", 1}},
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        struct rt_writer w = {0};
        grow_entry(rows[i].arc, ratls_bytes(NULL, 0), rows[i].in_oid, &w);
        cr_expect_eq(rt_pck_ext_parse(rt_written(&w), &out, NULL), RATLS_OK, "row %zu", i);
        rt_writer_free(&w);
        grow_entry(rows[i].arc, rows[i].extra, rows[i].in_oid, &w);
        cr_expect_eq(rt_pck_ext_parse(rt_written(&w), &out, NULL), RATLS_E_EVIDENCE_CHAIN,
                     "row %zu", i);
        rt_writer_free(&w);
    }
}

Test(pck_ext, knows_three_types_of_sgx)
{
    for (uint8_t type = 0; type < 5; type++) {
        const uint8_t value[] = {0x0a, 0x01, type};
        struct rt_writer w = {0};
        replace_entry(5, ratls_bytes(value, sizeof value), &w);
        enum ratls_err e = rt_pck_ext_parse(rt_written(&w), &out, NULL);
        cr_expect_eq(e, type <= 2 ? RATLS_OK : RATLS_E_EVIDENCE_CHAIN, "%u", type);
        cr_expect(e || out.sgx_type == type);
        rt_writer_free(&w);
    }
}

Test(pck_ext, refuses_truncation_and_trailing_bytes)
{
    for (size_t len = 0; len < ext.len; len++)
        cr_expect_eq(rt_pck_ext_parse(ratls_bytes(ext.p, len), &out, NULL), RATLS_E_EVIDENCE_CHAIN);
    /* rt_writer_take() leaves a NUL behind the bytes */
    cr_assert_eq(rt_pck_ext_parse(ratls_bytes(ext.p, ext.len + 1), &out, NULL),
                 RATLS_E_EVIDENCE_CHAIN);
}

/* One flipped bit never makes the parser misbehave (T154); where it is accepted, a value changed.
 */
Test(pck_ext, survives_every_flipped_bit)
{
    struct rt_pck_ext good;

    cr_assert_eq(rt_pck_ext_parse(rt_bytes_of(&ext), &good, NULL), RATLS_OK);
    for (size_t bit = 0; bit < 8 * ext.len; bit++) {
        ext.p[bit / 8] ^= (uint8_t)(1U << bit % 8);
        memset(&out, 0, sizeof out);
        if (rt_pck_ext_parse(rt_bytes_of(&ext), &out, NULL) == RATLS_OK)
            cr_expect(memcmp(&out, &good, sizeof good) != 0, "byte %zu bit %zu", bit / 8, bit % 8);
        ext.p[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
}
