/* CMW collections: what is written is read again, and everything that is refused. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "cbor.h"
#include "cmw_collection.h"
#include "evidence_ext.h"

#define TYPE "application/vnd.ratls.nvidia"

static struct rt_cmw_collection with(size_t n)
{
    struct rt_cmw_collection c = {.n = n};

    for (size_t i = 0; i < n; i++) {
        (void)snprintf(c.item[i].label, sizeof c.item[i].label, "gpu%u", (unsigned)(i % 100));
        c.item[i].media_type = ratls_bytes_str(TYPE);
        c.item[i].evidence = ratls_bytes_str("evidence");
    }
    return c;
}

Test(cmw_collection, golden_bytes)
{
    static const char expected[] =
        "\xa2\x68__cmwc_t\x78\x25" RT_CMW_COMPOSITE "\x64gpu0\x83\x78\x1c" TYPE "\x48"
        "evidence\x04";
    const struct rt_cmw_collection c = with(1);
    struct ratls_buffer out;

    cr_assert_eq(rt_cmw_collection_write(&c, &out), RATLS_OK);
    cr_assert(
        ratls_bytes_equal(ratls_bytes(out.p, out.len), ratls_bytes(expected, sizeof expected - 1)));
    ratls_buffer_free(&out);
}

Test(cmw_collection, comes_back_as_it_was)
{
    for (size_t n = 1; n <= RT_MAX_CMW_ITEMS; n++) {
        struct rt_cmw_collection c = with(n), again;
        struct ratls_buffer out;
        cr_assert_eq(rt_cmw_collection_write(&c, &out), RATLS_OK);
        cr_assert(rt_cmw_is_collection(ratls_bytes(out.p, out.len)));
        cr_assert_eq(rt_cmw_collection_read(ratls_bytes(out.p, out.len), &again, NULL), RATLS_OK);
        cr_assert_eq(again.n, n);
        for (size_t i = 0; i < n; i++) {
            cr_expect_str_eq(again.item[i].label, c.item[i].label);
            cr_expect(ratls_bytes_equal(again.item[i].media_type, c.item[i].media_type));
            cr_expect(ratls_bytes_equal(again.item[i].evidence, c.item[i].evidence));
        }
        ratls_buffer_free(&out);
    }
}

Test(cmw_collection, writes_nothing_that_is_not_read)
{
    struct rt_cmw_collection cases[] = {with(0), with(2), with(1), with(1), with(1), with(1)};
    struct ratls_buffer out;

    memcpy(cases[1].item[1].label, "gpu0", sizeof "gpu0");
    cases[2].item[0].label[0] = 0;
    cases[3].item[0].label[0] = 'G';
    cases[4].item[0].media_type = ratls_bytes(NULL, 0);
    cases[5].item[0].evidence = ratls_bytes(NULL, 0);
    for (size_t i = 0; i < RT_COUNT(cases); i++) {
        cr_expect_neq(rt_cmw_collection_write(&cases[i], &out), RATLS_OK, "case %zu", i);
        cr_expect_null(out.p);
    }
}

#define HEAD "\x68__cmwc_t\x78\x25" RT_CMW_COMPOSITE
#define GPU0                                                                                       \
    "\x64gpu0\x83\x78\x1c" TYPE "\x48"                                                             \
    "evidence\x04"
#define GPU1                                                                                       \
    "\x64gpu1\x83\x78\x1c" TYPE "\x48"                                                             \
    "evidence\x04"
#define CASE(name, text, e)                                                                        \
    {                                                                                              \
        name, {(const uint8_t *)(text), sizeof(text) - 1}, RATLS_E_##e                             \
    }

static const struct {
    const char *name;
    struct ratls_bytes in;
    enum ratls_err e;
} refused[] = {
    CASE("nothing", "", EVIDENCE_FORMAT),
    CASE("no map",
         "\x83\x78\x1c" TYPE "\x48"
         "evidence\x04",
         EVIDENCE_FORMAT),
    CASE("no part", "\xa1" HEAD, EVIDENCE_FORMAT),
    CASE("type not first", "\xa2" GPU0 HEAD, EVIDENCE_FORMAT),
    CASE("no type", "\xa2" GPU0 GPU1, EVIDENCE_FORMAT),
    CASE("another type", "\xa2\x68__cmwc_t\x66urn:uu" GPU0, EVIDENCE_UNKNOWN),
    CASE("type is bytes", "\xa2\x68__cmwc_t\x46urn:uu" GPU0, EVIDENCE_UNKNOWN),
    CASE("label twice", "\xa3" HEAD GPU0 GPU0, EVIDENCE_DUPLICATE),
    CASE("type twice", "\xa3" HEAD GPU0 HEAD, EVIDENCE_FORMAT),
    CASE("label is a number",
         "\xa2" HEAD "\x01\x83\x78\x1c" TYPE "\x48"
         "evidence\x04",
         EVIDENCE_FORMAT),
    CASE("label is empty",
         "\xa2" HEAD "\x60\x83\x78\x1c" TYPE "\x48"
         "evidence\x04",
         EVIDENCE_FORMAT),
    CASE("label in capitals",
         "\xa2" HEAD "\x64GPU0\x83\x78\x1c" TYPE "\x48"
         "evidence\x04",
         EVIDENCE_FORMAT),
    CASE("label with NUL",
         "\xa2" HEAD "\x64gpu\0\x83\x78\x1c" TYPE "\x48"
         "evidence\x04",
         EVIDENCE_FORMAT),
    CASE("label too long",
         "\xa2" HEAD "\x71gpu01234567890123\x83\x78\x1c" TYPE "\x48"
         "evidence\x04",
         EVIDENCE_FORMAT),
    CASE("nested", "\xa2" HEAD "\x64gpu0\xa2" HEAD GPU0, EVIDENCE_FORMAT),
    CASE("results",
         "\xa2" HEAD "\x64gpu0\x83\x78\x1c" TYPE "\x48"
         "evidence\x08",
         EVIDENCE_FORMAT),
    CASE("record of two",
         "\xa2" HEAD "\x64gpu0\x82\x78\x1c" TYPE "\x48"
         "evidence",
         EVIDENCE_FORMAT),
    CASE("no evidence", "\xa2" HEAD "\x64gpu0\x83\x78\x1c" TYPE "\x40\x04", EVIDENCE_FORMAT),
    CASE("bytes behind", "\xa2" HEAD GPU0 "\0", EVIDENCE_FORMAT),
    CASE("fewer than said", "\xa3" HEAD GPU0, EVIDENCE_FORMAT),
    CASE("more than said", "\xa2" HEAD GPU0 GPU1, EVIDENCE_FORMAT),
    CASE("of indefinite length", "\xbf" HEAD GPU0 "\xff", EVIDENCE_FORMAT),
};

/* All of it is there, and read if there were room. */
Test(cmw_collection, refuses_one_part_more_than_fits)
{
    const struct rt_cmw_collection one = with(1);
    struct rt_cmw_collection found;
    struct rt_writer w = {0};

    rt_put(&w, "\xb3" HEAD, sizeof "\xb3" HEAD - 1); /* the type, and 18 parts */
    for (char label[] = "a"; label[0] <= 'a' + RT_MAX_CMW_ITEMS; label[0]++) {
        rt_cbor_put_tstr(&w, label);
        cr_assert_eq(rt_cmw_put(&w, one.item[0].media_type, one.item[0].evidence), RATLS_OK);
    }
    cr_expect_eq(rt_cmw_collection_read(rt_written(&w), &found, NULL), RATLS_E_EVIDENCE_FORMAT);
    cr_expect_eq(found.n, 0, "not one of them was read");
    rt_writer_free(&w);
}

Test(cmw_collection, refuses)
{
    for (size_t i = 0; i < RT_COUNT(refused); i++) {
        struct rt_cmw_collection c;
        struct ratls_error err = {0};
        cr_expect_eq(rt_cmw_collection_read(refused[i].in, &c, &err), refused[i].e, "%s: %s",
                     refused[i].name, ratls_err_reason(err.code));
    }
}

Test(cmw_collection, refuses_every_cut)
{
    static const char whole[] = "\xa3" HEAD GPU0 GPU1;
    struct rt_cmw_collection c;

    cr_assert_eq(rt_cmw_collection_read(ratls_bytes(whole, sizeof whole - 1), &c, NULL), RATLS_OK);
    for (size_t len = 0; len + 1 < sizeof whole; len++) {
        uint8_t *cut = malloc(len + 1);
        memcpy(cut, whole, len);
        cr_expect_neq(rt_cmw_collection_read(ratls_bytes(cut, len), &c, NULL), RATLS_OK, "%zu",
                      len);
        free(cut);
    }
}

Test(cmw_collection, refuses_what_is_too_large)
{
    const size_t len = RT_MAX_EVIDENCE;
    uint8_t *much = calloc(1, len);
    struct rt_cmw_collection c = with(2);
    struct ratls_buffer out;

    c.item[0].evidence = c.item[1].evidence = ratls_bytes(much, len);
    cr_expect_eq(rt_cmw_collection_write(&c, &out), RATLS_E_USAGE);
    c.item[1].evidence.len = len - 256;
    cr_expect_eq(rt_cmw_collection_write(&c, &out), RATLS_OK);
    ratls_buffer_free(&out);
    free(much);
}

Test(cmw_collection, cuts_one_record)
{
    static const char two[] = "\x83\x61"
                              "a\x41x\x04\xa1";
    struct rt_reader r = rt_reader(ratls_bytes(two, sizeof two - 1));

    cr_expect_eq(rt_cmw_cut(&r).len, 6);
    cr_expect_eq(rt_rest(&r).len, 1);
    cr_expect_eq(rt_cmw_cut(&r).len, 0);
    cr_expect(r.bad);
}
