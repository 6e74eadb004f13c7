/* CoRIM: what is written, that it comes back as it was, and what is read of others. */
#include "corim_support.h"

/* ---- there and back ---- */

static const char *const lossless[] = {
    ONE("\"measurements\":[\"" H48 "\"]"),
    ONE("\"measurements\":[\"" H32 "\",\"" H64 "\",\"00\",\"" H48 "\",\"" H48 "\"]"),
    ONE("\"claims\":{\"snp.guest_svn\":[7],\"a\":[0,-1,9007199254740991,-9007199254740991]}"),
    ONE("\"claims\":{\"x\":[true,false,\"text\",\"\",\"00ff\",\"00FF\",\"0\",\"\\u00e4\\n\\\"\"]}"),
    ONE("\"claims\":{\"x\":[\"" H32 "\"],\"measurements\":[\"" H48 "\"]}"),
    DOC("\"items\":[" ITEM_OF("tdx", "",
                              "\"measurements\":[\"" H48 "\"],\"claims\":{\"tdx.rtmr_0\":[\"" H48
                              "\",\"" H48 "\"],\"tdx.rtmr_10\":[\"" H48 "\"],\"tdx.rtmr_2\":[\"" H48
                              "\",\"text\",\"00\",5],\"tdx.rtmr_\":[\"" H48
                              "\"],\"tdx.rtmr_01\":[\"" H48 "\"],\"tdx.rtmr_4294967296\":[\"" H48
                              "\"],\"tdx.rtmr_256\":[\"" H48 "\"],\"tdx.rtmr_0_log\":[true]}") "]"),
    DOC("\"items\":[" ITEM_OF("virtcca", "",
                              "\"claims\":{\"virtcca.cvm.rem0\":[\"" H32
                              "\"],\"virtcca.cvm.rem3\":[\"" H64 "\"]},\"lists\":{"
                              "\"virtcca.eventlog.boot_digests\":[\"" H32
                              "\",\"00\"],\"e\":[]}") "]"),
    DOC("\"items\":[" ITEM_OF("cca", "",
                              "\"claims\":{\"cca.realm.rem2\":[\"" H32
                              "\"]}") "," ITEM_OF("sgx", "",
                                                  "\"measurements\":[\"" H32
                                                  "\"]") "," ITEM_OF("my_plugin", "",
                                                                     "\"measurements\":[\"" H32
                                                                     "\"]") "]"),
    ONE("\"measurements\":[\"" H48
        "\"],\"minimum\":{\"snp.guest_svn\":3,\"snp.reported_tcb.snp\":0}"),
    ONE("\"measurements\":[\"" H48 "\"],\"claims\":{\"v\":[3]},\"lists\":{\"v\":[\"00\"]},"
        "\"minimum\":{\"v\":2}"),
    ONE("\"measurements\":[\"" H48 "\"],\"tcb_status\":[\"UpToDate\",\"SWHardeningNeeded\"]"),
    ONE("\"measurements\":[\"" H48 "\"],\"tcb_status\":[],\"advisory_ids\":{\"accepted\":[]}"),
    ONE("\"measurements\":[\"" H48 "\"],\"advisory_ids\":{\"accepted\":[\"INTEL-SA-00837\"],"
        "\"rejected\":[\"b\",\"a\"]}"),
    ONE("\"measurements\":[\"" H48
        "\"],\"advisory_ids\":{\"rejected\":[\"b\"]},\"comment\":\"\\u20ac\""),
    ONE("\"measurements\":[\"" H48 "\"],\"comment\":\"\""),
    DOC("\"items\":[" ITEM_OF("snp",
                              "\"not_before\":1750000000,\"not_after\":1760000000,\"created\":1,"
                              "\"author\":\"J\\u00fcrgen \\\"X\\\"\",",
                              "\"measurements\":[\"" H48 "\"]") "]"),
    DOC("\"items\":[" ITEM_OF("snp", "\"not_after\":9007199254740991,",
                              "\"measurements\":[\"01\"]") "]"),
    DOC("\"issuer\":\"Example \\\\ Inc.\",\"bundle\":\"web-1\",\"revision\":9007199254740991,"
        "\"items\":[" ITEM_OF("snp", "", "\"measurements\":[\"" H48 "\"]") "]"),
};

Test(corim, gives_reference_values_back)
{
    for (size_t i = 0; i < RT_COUNT(lossless); i++) {
        struct ratls_buffer cbor = to_cbor(lossless[i]), json = {0}, again = {0};
        cr_assert_eq(from_cbor(rt_bytes_of(&cbor), &json), RATLS_OK, "%zu: %s", i, err.detail);
        expect_same(rt_bytes_of(&json), lossless[i]);
        MUST(ratls_corim_write(rt_bytes_of(&json), &again, &err));
        ratls_buffer_free(&json);
        ratls_buffer_free(&cbor);
        MUST(from_cbor(rt_bytes_of(&again), &json));
        expect_same(rt_bytes_of(&json), lossless[i]);
        ratls_buffer_free(&json);
        ratls_buffer_free(&again);
    }
}

/* Zero is the same as nothing; hex is bytes. */
Test(corim, gives_one_form_of_a_value_back)
{
    struct ratls_buffer cbor = to_cbor(
        DOC("\"items\":[" ITEM_OF("snp", "\"not_before\":0,\"not_after\":0,\"created\":0,",
                                  "\"measurements\":[\"ABcd\"],\"lists\":{\"l\":[\"EF\"]}") "]"));
    struct ratls_buffer json = {0};

    MUST(from_cbor(rt_bytes_of(&cbor), &json));
    expect_same(rt_bytes_of(&json), ONE("\"measurements\":[\"abcd\"],\"lists\":{\"l\":[\"ef\"]}"));
    ratls_buffer_free(&json);
    ratls_buffer_free(&cbor);
}

/* ---- the bytes ---- */

static void expect_bytes(const char *json, const char *hex)
{
    struct ratls_buffer cbor = to_cbor(json);
    char *got = rt_hex_new(rt_bytes_of(&cbor));

    cr_expect(ratls_bytes_equal(rt_bytes_of(&cbor), of_hex(hex)), "%s", got);
    free(got);
    ratls_buffer_free(&cbor);
}

/* Standard members only: no profile. */
Test(corim, is_what_others_know)
{
    expect_bytes(ONE("\"measurements\":[\"" H32 "\"],\"minimum\":{\"svn\":300}"),
                 "d901f5 a2 00 6b 7261746c732d7472757374 01 81 d901fa 58 79 a2 " IDENTITY
                 "04 a1 00 82 82 " SNP "81 a2 " MEASURED "01 a1 02 81 82 01 5820 " H32 "82 " SNP
                 "81 a2 00 63 73766e 01 a1 01 d90229 19 012c");
    expect_bytes(DOC("\"items\":[" ITEM_OF("snp", "\"not_before\":1,\"not_after\":24,",
                                           "\"claims\":{\"c\":[\"00ff\",-1]}") "]"),
                 "d901f5 a3 00 6b 7261746c732d7472757374 01 81 d901fa 58 49 a2 " IDENTITY
                 "04 a1 00 82 82 " SNP "81 a2 00 61 63 01 a1 04 d90230 42 00ff"
                 "82 " SNP "81 a2 00 61 63 01 a1 0f 20 04 a2 00 c1 01 01 c1 18 18");
}

Test(corim, says_registers_as_integrity_registers)
{
    expect_bytes(
        DOC("\"items\":[" ITEM_OF("tdx", "", "\"claims\":{\"tdx.rtmr_3\":[\"" H48 "\"]}") "]"),
        "d901f5 a2 00 6b 7261746c732d7472757374 01 81 d901fa 58 64 a2 " IDENTITY
        "04 a1 00 81 82 a1 00 a2 01 65 496e74656c 02 63 544458 "
        "81 a2 00 68 7464782e72746d72 01 a1 0e a1 03 81 82 07 5830 " H48);
}

/* What others do not know stands behind a profile that they do not know either. */
Test(corim, has_a_profile_for_what_others_do_not_know)
{
    expect_bytes(DOC("\"issuer\":\"i\",\"bundle\":\"b\",\"revision\":7,\"items\":[" ITEM_OF(
                     "snp", "\"author\":\"me\",\"created\":5,",
                     "\"claims\":{\"c\":[\"t\",true]},\"comment\":\"z\"") "]"),
                 "d901f5 a5 00 61 62 01 81 d901fa 58 54 a5 " IDENTITY
                 "02 81 a2 00 62 6d65 02 81 00 "
                 "04 a1 00 82 82 " SNP "81 a2 00 61 63 01 a1 20 61 74"
                 "82 " SNP "81 a2 00 61 63 01 a1 20 f5 20 05 21 61 7a " PROFILE
                 "05 81 a2 00 61 69 02 81 01 20 07");
}

/* ---- what is read of others ---- */

static const struct {
    const char *comid, *more;
    size_t n_more;
    const char *body;
} foreign[] = {
    {GOOD, "", 0, "\"claims\":{\"x\":[\"00\"]}"},
    /* a digest without mkey; by several algorithms */
    {COMID("81 " TRIPLE("81", "a1 01 a1 02 81 " D32)), "", 0, "\"measurements\":[\"" H32 "\"]"},
    {COMID("81 " TRIPLE("81", "a1 01 a1 02 82 " D48 D32)), "", 0,
     "\"measurements\":[\"" H48 "\",\"" H32 "\"]"},
    {COMID("81 " TRIPLE("81", MEAS(MKEY_X, "a1 02 82 " D48 D32))), "", 0,
     "\"claims\":{\"x\":[\"" H48 "\",\"" H32 "\"]}"},
    /* alternatives, and what must hold together */
    {COMID("82 " TRIPLE("81", MEAS(MKEY_X, RAW("00"))) TRIPLE("81", MEAS(MKEY_X, RAW("01")))), "",
     0, "\"claims\":{\"x\":[\"00\",\"01\"]}"},
    {COMID("81 " TRIPLE("82", MEAS(MKEY_X, RAW("00")) MEAS("00 61 79 ", RAW("01")))), "", 0,
     "\"claims\":{\"x\":[\"00\"],\"y\":[\"01\"]}"},
    {COMID("81 " TRIPLE("81", MEAS(MKEY_X, "a2 01 d90229 05 04 d90230 41 00"))), "", 0,
     "\"claims\":{\"x\":[\"00\"]},\"minimum\":{\"x\":5}"},
    {COMID("81 " TRIPLE("81", MEAS("00 68 7464782e72746d72 ", "a1 0e a2 03 81 " D48 "00 81 " D48))),
     "", 0, "\"claims\":{\"tdx.rtmr_0\":[\"" H48 "\"],\"tdx.rtmr_3\":[\"" H48 "\"]}"},
    /* svn, plain and with its tag */
    {COMID("81 " TRIPLE("81", MEAS(MKEY_X, "a1 01 07"))), "", 0, "\"claims\":{\"x\":[7]}"},
    {COMID("81 " TRIPLE("81", MEAS(MKEY_X, "a1 01 d90228 07"))), "", 0, "\"claims\":{\"x\":[7]}"},
    /* members in another order; language; entities */
    {"a3 04 a1 00 81 82 " SNP "81 a2 01 " RAW("00") MKEY_X "01 a2 01 03 00 63 776562 00 62 656e",
     "", 0, "\"claims\":{\"x\":[\"00\"]}"},
    {GOOD, "05 82 a3 00 61 61 01 d820 61 62 02 82 01 20 a2 00 61 62 02 81 02", 1,
     "\"claims\":{\"x\":[\"00\"]}"},
    /* the profile alone */
    {GOOD, PROFILE, 1, "\"claims\":{\"x\":[\"00\"]}"},
};

Test(corim, reads_what_others_write)
{
    for (size_t i = 0; i < RT_COUNT(foreign); i++) {
        struct ratls_buffer cbor = corim_of(foreign[i].comid, foreign[i].more, foreign[i].n_more);
        struct ratls_buffer json = {0};
        char due[2048];
        (void)snprintf(
            due, sizeof due,
            "{\"format\":\"ratls-trust/1\",\"items\":[{\"kind\":\"refval\",\"tee\":\"snp\","
            "\"name\":\"web\",\"version\":3,\"state\":\"active\",\"body\":{%s}}]}",
            foreign[i].body);
        cr_assert_eq(from_cbor(rt_bytes_of(&cbor), &json), RATLS_OK, "%zu: %s", i, err.detail);
        expect_same(rt_bytes_of(&json), due);
        ratls_buffer_free(&json);
        ratls_buffer_free(&cbor);
    }
}

Test(corim, takes_uuids_for_the_id_of_the_whole)
{
    struct ratls_buffer json = {0};
    static const char *const ids[] = {"50 000102030405060708090a0b0c0d0e0f",
                                      "4f 000102030405060708090a0b0c0d0e"};
    struct rt_writer w = {0};

    for (size_t i = 0; i < RT_COUNT(ids); i++) {
        rt_put_bytes(&w, of_hex("d901f5 a2 00"));
        rt_put_bytes(&w, of_hex(ids[i]));
        rt_put_bytes(&w, of_hex("01 81 d901fa"));
        rt_cbor_put_bstr(&w, of_hex(GOOD));
        if (i == 0)
            MUST(from_cbor(rt_written(&w), &json));
        else
            expect_read(rt_written(&w), "15 bytes", "no corim-id");
        ratls_buffer_free(&json);
        rt_writer_free(&w);
    }
}

/* ---- limits ---- */

Test(corim, holds_4096_items)
{
    for (size_t n = 4096; n <= 4097; n++) {
        struct rt_writer w = {0};
        struct ratls_buffer json = {0};
        rt_put_bytes(&w, of_hex("d901f5 a2 00 61 78 01"));
        rt_cbor_put(&w, RT_CBOR_ARRAY, n);
        for (size_t i = 0; i < n; i++) {
            rt_put_bytes(&w, of_hex("d901fa"));
            rt_cbor_put_bstr(&w, of_hex(GOOD));
        }
        if (n == 4096)
            MUST(from_cbor(rt_written(&w), &json));
        else
            expect_read(rt_written(&w), "4097", "too many");
        ratls_buffer_free(&json);
        rt_writer_free(&w);
    }
}

/* Bytes of one list, in two CoMIDs: the values of a document are counted, not those of an item. */
Test(corim, holds_65536_values)
{
    for (size_t n = 65536; n <= 65537; n++) {
        struct rt_writer w = {0}, comid = {0};
        struct ratls_buffer json = {0};
        rt_put_bytes(&w, of_hex("d901f5 a3 00 61 78 " PROFILE "01 82"));
        for (size_t i = 0; i < 2; i++) { /* each: one claim, one opening of the list */
            const size_t values = (i ? n / 2 : n - n / 2) - 2;
            rt_put_bytes(&comid, of_hex("a2 " IDENTITY
                                        "04 a1 00 82 " TRIPLE("81", MEAS(MKEY_X, RAW("00")))));
            rt_put_bytes(&comid, of_hex("82 " SNP "81 a2 " MKEY_X "01 a1 21"));
            rt_cbor_put(&comid, RT_CBOR_ARRAY, values);
            for (size_t k = 0; k < values; k++)
                rt_put_bytes(&comid, of_hex("41 00"));
            rt_put_bytes(&w, of_hex("d901fa"));
            rt_cbor_put_bstr(&w, rt_written(&comid));
            rt_writer_free(&comid);
        }
        if (n == 65536)
            MUST(from_cbor(rt_written(&w), &json));
        else
            expect_read(rt_written(&w), "65537", "too many values");
        ratls_buffer_free(&json);
        rt_writer_free(&w);
    }
}

Test(corim, has_at_most_one_mebibyte)
{
    struct ratls_buffer large = {.p = calloc(1, RT_MAX_FILE + 1), .len = RT_MAX_FILE + 1};

    cr_assert(large.p);
    expect_read(rt_bytes_of(&large), "large", "1048577 bytes");
    ratls_buffer_free(&large);
}

/* Bytes become hex: less than 1 MiB of CBOR may be more of JSON. */
Test(corim, becomes_at_most_one_mebibyte_of_json)
{
    struct rt_writer w = {0}, comid = {0};
    uint8_t *bytes = calloc(1, 600000);

    cr_assert(bytes);
    rt_put_bytes(&comid,
                 of_hex("a2 " IDENTITY "04 a1 00 81 82 " SNP "81 a2 " MKEY_X "01 a1 04 d90230"));
    rt_cbor_put_bstr(&comid, ratls_bytes(bytes, 600000));
    rt_put_bytes(&w, of_hex("d901f5 a2 00 61 78 01 81 d901fa"));
    rt_cbor_put_bstr(&w, rt_written(&comid));
    expect_read(rt_written(&w), "1.2 MB", "at most 1048576");
    rt_writer_free(&comid);
    rt_writer_free(&w);
    free(bytes);
}
