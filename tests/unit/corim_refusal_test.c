/* CoRIM: what is refused, on either way. */
#include "corim_support.h"

/* ---- what is refused, of the CoMID ---- */

#define CUT   "cut off, of another type"
#define X(mv) COMID("81 " TRIPLE("81", MEAS(MKEY_X, mv)))

static const struct {
    const char *name, *comid, *detail;
} bad_comids[] = {
    {"no map", "80", CUT},
    {"empty", "", CUT},
    {"bytes behind", GOOD "00", "bytes follow the CoMID"},
    {"no identity", "a1 04 a1 00 81 " TRIPLE("81", MEAS(MKEY_X, RAW("00"))),
     "CoMID: member 1 is missing"},
    {"no triples", "a1 " IDENTITY, "CoMID: member 4 is missing"},
    {"linked tags", "a3 " IDENTITY "03 80 04 a1 00 80", "CoMID: member 3 is not understood"},
    {"key -3", "a3 " IDENTITY "22 00 04 a1 00 80", "CoMID: member -3 is not understood"},
    {"text key", "a1 61 78 00", CUT},
    {"key of bytes", "a1 41 78 00", CUT},
    {"identity twice", "a2 " IDENTITY IDENTITY, "CoMID: member 1 appears twice"},
    {"empty language", "a3 00 60 " IDENTITY "04 a1 00 80", "text that is empty"},
    {"no id", "a2 01 a1 01 03 04 a1 00 80", "tag-identity: member 0 is missing"},
    {"no version", "a2 01 a1 00 61 78 04 a1 00 80", "tag-identity: member 1 is missing"},
    {"version 0", "a2 01 a2 00 61 78 01 00 04 a1 00 80", "tag-version"},
    {"version 2^31", "a2 01 a2 00 61 78 01 1a 80000000 04 a1 00 80", "tag-version"},
    {"version -1", "a2 01 a2 00 61 78 01 20 04 a1 00 80", CUT},
    {"id with space", "a2 01 a2 00 63 612062 01 03 04 a1 00 80", "no name of a set"},
    {"id of 65",
     "a2 01 a2 00 78 41 6161616161616161" HEX_8("6161") HEX_8("6161")
         HEX_8("6161") "616161616161616161 01 03 04 a1 00 80",
     "no name of a set"},
    {"id of bytes", "a2 01 a2 00 41 61 01 03 04 a1 00 80", CUT},
    {"no reference triples", "a2 " IDENTITY "04 a0", "triples: member 0 is missing"},
    {"endorsed triples", "a2 " IDENTITY "04 a1 01 80", "triples: member 1 is not understood"},
    {"conditional series", "a2 " IDENTITY "04 a1 08 80", "triples: member 8 is not understood"},
    {"empty triples", COMID("80"), "no reference triples"},
    {"triple of one", COMID("81 81 " SNP), "a reference triple is two items"},
    {"triple of three", COMID("81 83 " SNP "80 80"), "a reference triple is two items"},
    {"no class", COMID("81 82 a0 80"), "environment: member 0 is missing"},
    {"instance", COMID("81 82 a1 01 41 00 80"), "environment: member 1 is not understood"},
    {"group", COMID("81 82 a1 02 41 00 80"), "environment: member 2 is not understood"},
    {"class-id", COMID("81 82 a1 00 a1 00 41 00 80"), "class: member 0 is not understood"},
    {"layer", COMID("81 82 a1 00 a1 03 00 80"), "class: member 3 is not understood"},
    {"index", COMID("81 82 a1 00 a1 04 00 80"), "class: member 4 is not understood"},
    {"no vendor", COMID("81 82 a1 00 a1 02 61 78 80"), "class: member 1 is missing"},
    {"no model", COMID("81 82 a1 00 a1 01 61 78 80"), "class: member 2 is missing"},
    {"unknown class", COMID("81 82 a1 00 a2 01 63 414d44 02 63 544458 80"), "no TEE has this"},
    {"second name", COMID("81 82 a1 00 a2 01 65 7261746c73 02 63 736e70 80"), "no TEE has this"},
    {"own vendor, upper case", COMID("81 82 a1 00 a2 01 65 7261746c73 02 63 534e50 80"),
     "no TEE has this"},
    {"two TEEs",
     COMID("82 " TRIPLE("81",
                        MEAS(MKEY_X, RAW("00"))) "82 a1 00 a2 01 65 496e74656c 02 63 544458 80"),
     "more than one TEE"},
    {"no measurements", COMID("81 82 " SNP "80"), "a triple without measurements"},
    {"another vendor", COMID("81 82 a1 00 a2 01 63 414d44 02 63 736576 80"), "no TEE has this"},
    {"mkey of 129",
     COMID("81 " TRIPLE("81", MEAS("00 78 81 61" HEX_8(HEX_8("6161")) " ", RAW("00")))),
     "no name of a claim"},
    {"URI without its tag", "a3 " IDENTITY "02 81 a3 00 61 61 01 d821 61 62 02 81 00 04 a1 00 80",
     "no URI"},
    {"no mval", COMID("81 82 " SNP "81 a1 00 61 78"), "measurement: member 1 is missing"},
    {"authorized-by", COMID("81 82 " SNP "81 a3 " MKEY_X "01 " RAW("00") "02 80"),
     "measurement: member 2 is not understood"},
    {"empty mval", X("a0"), "a measurement without values"},
    {"empty mkey", COMID("81 " TRIPLE("81", MEAS("00 60 ", RAW("00")))), "no name of a claim"},
    {"mkey with space", COMID("81 " TRIPLE("81", MEAS("00 62 6120 ", RAW("00")))),
     "no name of a claim"},
    {"mkey with NUL", COMID("81 " TRIPLE("81", MEAS("00 62 6100 ", RAW("00")))),
     "no name of a claim"},
    {"mkey not ASCII", COMID("81 " TRIPLE("81", MEAS("00 62 c3a4 ", RAW("00")))),
     "no name of a claim"},
    {"mkey uint", COMID("81 " TRIPLE("81", MEAS("00 05 ", RAW("00")))), CUT},
    {"no mkey, svn", COMID("81 " TRIPLE("81", "a1 01 a1 01 05")), "a value without mkey"},
    {"no mkey, list", COMID("81 " TRIPLE("81", "a1 01 a1 21 81 41 00")), "a value without mkey"},
    {"no mkey, registers", COMID("81 " TRIPLE("81", "a1 01 a1 0e a1 00 81 " D48)), "unknown mkey"},
    {"registers of x", X("a1 0e a1 00 81 " D48), "unknown mkey"},
    {"number as measurement", COMID("81 " TRIPLE("81", MEAS(MEASURED, "a1 0f 00"))),
     "a measurement that is not bytes"},
    {"text as measurement", COMID("81 " TRIPLE("81", MEAS(MEASURED, "a1 20 61 78"))),
     "a measurement that is not bytes"},
    {"tcb of x", X("a1 22 81 61 78"), "a mkey that is not its own"},
    {"accepted of x", X("a1 23 81 61 78"), "a mkey that is not its own"},
    {"rejected of x", X("a1 24 81 61 78"), "a mkey that is not its own"},
    {"flags", X("a1 03 a0"), "measurement values: member 3 is not understood"},
    {"version", X("a1 00 a1 00 61 31"), "measurement values: member 0 is not understood"},
    {"raw-value mask", X("a1 05 41 00"), "measurement values: member 5 is not understood"},
    {"key -6", X("a1 25 00"), "measurement values: member -6 is not understood"},
    {"svn text", X("a1 01 61 31"), "no svn"},
    {"svn of another tag", X("a1 01 d90230 05"), "no svn"},
    {"svn negative", X("a1 01 20"), "no svn"},
    {"min-svn text", X("a1 01 d90229 61 31"), CUT},
    {"svn 2^53", X("a1 01 1b 0020000000000000"), "no svn"},
    {"digests: none", X("a1 02 80"), "no digests"},
    {"digest of one item", X("a1 02 81 81 01"), CUT},
    {"digest of three items", X("a1 02 81 83 01 5820 " H32 "00"), "a digest is two items"},
    {"digest, alg 0", X("a1 02 81 82 00 40"), "unknown algorithm"},
    {"digest, alg 2", X("a1 02 81 82 02 5820 " H32), "unknown algorithm"},
    {"digest, alg text", X("a1 02 81 82 67 7368612d323536 5820 " H32), CUT},
    {"digest, other length", X("a1 02 81 82 07 5820 " H32), "of another length"},
    {"digest, alg 1, length 0", X("a1 02 81 82 01 40"), "of another length"},
    {"digests of one alg", X("a1 02 82 " D32 D32), "two digests of one algorithm"},
    {"raw without tag", X("a1 04 41 00"), CUT},
    {"raw masked", X("a1 04 d90233 41 00"), "a raw value that is not bytes"},
    {"raw text", X("a1 04 d90230 61 30"), CUT},
    {"raw empty", X("a1 04 d90230 40"), "an empty value"},
    {"registers: none", X("a1 0e a0"), "no registers"},
    {"register 256", X("a1 0e a1 19 0100 81 " D48), "a register of a high number"},
    {"register of text", X("a1 0e a1 61 30 81 " D48), CUT},
    {"register twice",
     COMID("81 " TRIPLE("81", MEAS("00 68 7464782e72746d72 ", "a1 0e a2 00 81 " D48 "00 81 " D48))),
     "must be two things at once"},
    {"range", X("a1 0f d90234 82 00 01"), CUT},
    {"int 2^53", X("a1 0f 1b 0020000000000000"), CUT},
    {"int -2^53", X("a1 0f 3b 001fffffffffffff"), CUT},
    {"value null", X("a1 20 f6"), CUT},
    {"value number", X("a1 20 05"), "no text, true or false"},
    {"value with NUL", X("a1 20 61 00"), "no text, true or false"},
    {"value float", X("a1 20 f9 0000"), CUT},
    {"list of text", X("a1 21 81 61 78"), CUT},
    {"list with empty bytes", X("a1 21 81 40"), "a value that is empty"},
    {"status with NUL",
     COMID("81 " TRIPLE("81", MEAS("00 6a 7463625f737461747573 ", "a1 22 81 61 00"))), "holds NUL"},
    {"statuses: an empty one",
     COMID("81 " TRIPLE("81", MEAS("00 6a 7463625f737461747573 ", "a1 22 81 60"))),
     "a value that is empty"},
    {"two values in one triple",
     COMID("81 " TRIPLE("82", MEAS(MKEY_X, RAW("00")) MEAS(MKEY_X, RAW("01")))),
     "'x' must be two things at once"},
    {"two values in one measurement", X("a2 04 d90230 41 00 0f 05"),
     "'x' must be two things at once"},
    {"alternatives of two values",
     COMID("82 " TRIPLE("82", MEAS(MKEY_X, RAW("00")) MEAS("00 61 79 ", RAW("01")))
               TRIPLE("81", MEAS(MKEY_X, RAW("02")))),
     "alternatives of more than one value"},
    {"alternatives, the second of two",
     COMID("82 " TRIPLE("81", MEAS(MKEY_X, RAW("00")))
               TRIPLE("81", MEAS(MKEY_X, "a2 01 05 04 d90230 41 00"))),
     "alternatives of more than one value"},
    {"two minimums",
     COMID("83 " TRIPLE("81", MEAS(MKEY_X, RAW("00"))) TRIPLE("81", MEAS(MKEY_X, "a1 01 d90229 05"))
               TRIPLE("81", MEAS(MKEY_X, "a1 01 d90229 06"))),
     "'x' is said twice"},
    {"minimum alone", X("a1 01 d90229 05"), "no measurements and no claims"},
    {"members below zero", X("a1 20 61 78"), "no profile"},
    {"created, no profile",
     "a3 " IDENTITY "04 a1 00 81 " TRIPLE("81", MEAS(MKEY_X, RAW("00"))) "20 05", "no profile"},
    {"created 0", "a3 " IDENTITY "04 a1 00 81 " TRIPLE("81", MEAS(MKEY_X, RAW("00"))) "20 00",
     "no time"},
    {"comment with NUL",
     "a3 " IDENTITY "04 a1 00 81 " TRIPLE("81", MEAS(MKEY_X, RAW("00"))) "21 61 00", "holds NUL"},
    {"author without role", "a3 " IDENTITY "02 81 a1 00 61 61 04 a1 00 80",
     "entity: member 2 is missing"},
    {"author without name", "a3 " IDENTITY "02 81 a1 02 81 00 04 a1 00 80",
     "entity: member 0 is missing"},
    {"author with empty roles", "a3 " IDENTITY "02 81 a2 00 61 61 02 80 04 a1 00 80",
     "without roles"},
    {"no authors", "a3 " IDENTITY "02 80 04 a1 00 80", "no entities"},
    {"long map", COMID("81 82 a1 00 a2 01 63 414d44 02 67 5345562d534e50 9a ffffffff"), CUT},
    {"indefinite array", COMID("9f ff"), CUT},
    {"indefinite bytes", X("a1 04 d90230 5f 41 00 ff"), CUT},
    {"long head", X("a1 0f 18 17"), CUT},
    {"longer head", X("a1 0f 19 00ff"), CUT},
    {"longest head", X("a1 0f 1a 0000ffff"), CUT},
    {"9 bytes for 5", X("a1 0f 1b 00000000ffffffff"), CUT},
    {"reserved head", X("a1 0f 1c"), CUT},
    {"not UTF-8", X("a1 20 61 ff"), CUT},
};

Test(corim_refusal, refuses_malformed_comids)
{
    for (size_t i = 0; i < RT_COUNT(bad_comids); i++) {
        struct ratls_buffer cbor = corim_of(bad_comids[i].comid, "", 0);
        expect_read(rt_bytes_of(&cbor), bad_comids[i].name, bad_comids[i].detail);
        ratls_buffer_free(&cbor);
    }
}

/* ---- what is refused, of the whole ---- */

static const struct {
    const char *name, *more;
    size_t n_more;
    const char *detail;
} bad_members[] = {
    {"dependent-rims", "02 80", 1, "corim-map: member 2 is not understood"},
    {"key 6", "06 80", 1, "corim-map: member 6 is not understood"},
    {"key -2", "21 80", 1, "corim-map: member -2 is not understood"},
    {"id twice", "00 61 78", 1, "corim-map: member 0 appears twice"},
    {"tags twice", "01 80", 1, "corim-map: member 1 appears twice"},
    {"other profile", "03 d820 63 783a79", 1, "a profile that is not known"},
    {"profile of an OID", "03 d86f 41 00", 1, CUT},
    {"profile without tag", "03 63 783a79", 1, CUT},
    {"empty validity", "04 a0", 1, "validity: member 1 is missing"},
    {"no end", "04 a1 00 c1 01", 1, "validity: member 1 is missing"},
    {"time without tag", "04 a1 01 18 64", 1, CUT},
    {"time of another tag", "04 a1 01 c0 18 64", 1, "no time in seconds"},
    {"time as text", "04 a1 01 c1 61 31", 1, CUT},
    {"time zero", "04 a1 01 c1 00", 1, "no time in seconds"},
    {"time negative", "04 a1 01 c1 20", 1, "no time in seconds"},
    {"ends before it begins", "04 a2 00 c1 05 01 c1 04", 1, "ends before it begins"},
    {"revision without profile", "05 81 a2 00 61 69 02 81 01 20 07", 2, "no profile"},
    {"revision without entity", PROFILE "20 07", 2, "a revision needs"},
    {"revision of two entities", PROFILE "05 82 a2 00 61 69 02 81 01 a2 00 61 69 02 81 01 20 07", 3,
     "a revision needs"},
    {"revision 0", PROFILE "05 81 a2 00 61 69 02 81 01 20 00", 3, "a revision that is not"},
    {"member missing", "", 1, CUT},
    {"bytes behind", "00", 0, "bytes follow the CoRIM"},
};

Test(corim_refusal, refuses_malformed_members)
{
    for (size_t i = 0; i < RT_COUNT(bad_members); i++) {
        struct ratls_buffer cbor = corim_of(GOOD, bad_members[i].more, bad_members[i].n_more);
        expect_read(rt_bytes_of(&cbor), bad_members[i].name, bad_members[i].detail);
        ratls_buffer_free(&cbor);
    }
}

static const struct {
    const char *name, *hex, *detail;
} bad_wholes[] = {
    {"empty", "", CUT},
    {"no tag", "a2 00 61 78 01 80", CUT},
    {"signed", "d2 84 40 a0 40 40", "no unsigned CoRIM"},
    {"a bare CoMID", "d901fa 41 00", "no unsigned CoRIM"},
    {"no map", "d901f5 80", CUT},
    {"no id", "d901f5 a1 01 81 d901fa 41 a0", "corim-map: member 0 is missing"},
    {"no tags", "d901f5 a1 00 61 78", "corim-map: member 1 is missing"},
    {"empty tags", "d901f5 a2 00 61 78 01 80", "no tags"},
    {"CoSWID", "d901f5 a2 00 61 78 01 81 d901f9 41 a0", "a tag that is no CoMID"},
    {"CoTL", "d901f5 a2 00 61 78 01 81 d901fc 41 a0", "a tag that is no CoMID"},
    {"a CoMID without string", "d901f5 a2 00 61 78 01 81 d901fa a0", CUT},
    {"id a number", "d901f5 a2 00 05 01 81 d901fa 41 a0", "no corim-id"},
    {"4097 tags announced", "d901f5 a2 00 61 78 01 99 1001", CUT},
};

Test(corim_refusal, refuses_malformed_wholes)
{
    for (size_t i = 0; i < RT_COUNT(bad_wholes); i++)
        expect_read(of_hex(bad_wholes[i].hex), bad_wholes[i].name, bad_wholes[i].detail);
}

/* The id would be the name of the bundle. */
Test(corim_refusal, refuses_a_revision_of_what_has_no_name)
{
    struct rt_writer w = {0};

    rt_put_bytes(&w, of_hex("d901f5 a5 00 63 612062 " PROFILE "05 81 a2 00 61 69 02 81 01 20 07"
                            "01 81 d901fa"));
    rt_cbor_put_bstr(&w, of_hex(GOOD));
    expect_read(rt_written(&w), "an id with a space", "a revision needs");
    rt_writer_free(&w);
}

Test(corim_refusal, refuses_every_beginning)
{
    struct ratls_buffer cbor = to_cbor(ONE("\"measurements\":[\"" H48
                                           "\"],\"claims\":{\"x\":[\"a\",1,true,\"00\"]}")),
                        json = {0};

    for (size_t len = 0; len < cbor.len; len++)
        cr_expect_eq(from_cbor(ratls_bytes(cbor.p, len), &json), RATLS_E_BUNDLE_FORMAT, "%zu", len);
    ratls_buffer_free(&cbor);
}

/* ---- what has no place ---- */

#define M1 "\"measurements\":[\"00\"]"
static const struct {
    const char *json;
    enum ratls_err due;
    const char *detail;
} bad_documents[] = {
    {"{}", RATLS_E_TRUST_FORMAT, "'format'"},
    {DOC("\"items\":[]"), RATLS_E_UNSUPPORTED, "no reference values"},
    {DOC("\"items\":[{}]"), RATLS_E_TRUST_FORMAT, "no 'kind'"},
    {DOC("\"items\":[{\"kind\":\"policy\"}]"), RATLS_E_UNSUPPORTED, "kind 'policy'"},
    {DOC("\"items\":[{\"kind\":\"anchor\"}]"), RATLS_E_UNSUPPORTED, "kind 'anchor'"},
    {DOC("\"items\":[{\"kind\":\"revocation\"}]"), RATLS_E_UNSUPPORTED, "kind 'revocation'"},
    {DOC("\"items\":[{\"kind\":\"refval\",\"colour\":1}]"), RATLS_E_TRUST_FORMAT, "'colour'"},
    {DOC("\"items\":[{\"kind\":\"refval\"}]"), RATLS_E_TRUST_FORMAT, "'tee'"},
    {DOC("\"items\":[" ITEM_OF("Snp", "", M1) "]"), RATLS_E_TRUST_FORMAT, "'tee'"},
    {DOC("\"items\":[{\"kind\":\"refval\",\"tee\":\"snp\",\"name\":\"a b\"}]"),
     RATLS_E_TRUST_FORMAT, "'name'"},
    {DOC("\"items\":[{\"kind\":\"refval\",\"tee\":\"snp\",\"name\":\"a\",\"version\":0}]"),
     RATLS_E_TRUST_FORMAT, "'version'"},
    {DOC("\"items\":[{\"kind\":\"refval\",\"tee\":\"snp\",\"name\":\"a\",\"version\":2147483648}]"),
     RATLS_E_TRUST_FORMAT, "'version'"},
    {DOC("\"items\":[{\"kind\":\"refval\",\"tee\":\"snp\",\"name\":\"a\",\"version\":1,\"state\":"
         "\"active\"}]"),
     RATLS_E_TRUST_FORMAT, "'body'"},
    {DOC("\"items\":[{\"kind\":\"refval\",\"tee\":\"snp\",\"name\":\"a\",\"version\":1,\"body\":"
         "{" M1 "}}]"),
     RATLS_E_UNSUPPORTED, "snp a 1: its state"},
    {DOC("\"items\":[{\"kind\":\"refval\",\"tee\":\"snp\",\"name\":\"a\",\"version\":1,\"state\":"
         "\"draft\",\"body\":{" M1 "}}]"),
     RATLS_E_UNSUPPORTED, "its state"},
    {DOC("\"items\":[{\"kind\":\"refval\",\"tee\":\"snp\",\"name\":\"a\",\"version\":1,\"state\":"
         "\"revoked\",\"body\":{" M1 "}}]"),
     RATLS_E_UNSUPPORTED, "its state"},
    {DOC("\"items\":[" ITEM_OF("snp", "\"not_before\":5,", M1) "]"), RATLS_E_UNSUPPORTED,
     "not_before without not_after"},
    {DOC("\"items\":[" ITEM_OF("snp", "\"not_after\":5,", M1) "," ITEM_OF("snp", "", M1) "]"),
     RATLS_E_UNSUPPORTED, "other dates"},
    {DOC("\"items\":[" ITEM_OF("snp", "\"not_before\":1,\"not_after\":5,",
                               M1) "," ITEM_OF("snp", "\"not_after\":5,", M1) "]"),
     RATLS_E_UNSUPPORTED, "other dates"},
    {DOC("\"items\":[" ITEM_OF("snp", "\"not_after\":-1,", M1) "]"), RATLS_E_TRUST_FORMAT,
     "a time"},
    {DOC("\"items\":[" ITEM_OF("snp", "\"not_before\":\"1\",", M1) "]"), RATLS_E_TRUST_FORMAT,
     "a time"},
    {DOC("\"items\":[" ITEM_OF("snp", "\"created\":true,", M1) "]"), RATLS_E_TRUST_FORMAT,
     "a time"},
    {DOC("\"items\":[" ITEM_OF("snp", "\"not_before\":6,\"not_after\":5,", M1) "]"),
     RATLS_E_TRUST_FORMAT, "not_after before not_before"},
    {DOC("\"items\":[" ITEM_OF("snp", "\"author\":\"\",", M1) "]"), RATLS_E_TRUST_FORMAT,
     "'author'"},
    {DOC("\"items\":[" ITEM_OF("snp", "\"author\":7,", M1) "]"), RATLS_E_TRUST_FORMAT, "'author'"},
    {ONE(""), RATLS_E_TRUST_FORMAT, "neither"},
    {ONE("\"measurements\":[],\"claims\":{}"), RATLS_E_TRUST_FORMAT, "neither"},
    {ONE("\"minimum\":{\"a\":1}"), RATLS_E_TRUST_FORMAT, "neither"},
    {ONE(M1 ",\"colour\":1"), RATLS_E_TRUST_FORMAT, "'colour'"},
    {ONE("\"measurements\":\"00\""), RATLS_E_TRUST_FORMAT, "'measurements' is no array"},
    {ONE("\"measurements\":[\"0\"]"), RATLS_E_TRUST_FORMAT, "no hex"},
    {ONE("\"measurements\":[\"\"]"), RATLS_E_TRUST_FORMAT, "no hex"},
    {ONE("\"measurements\":[7]"), RATLS_E_TRUST_FORMAT, "no hex"},
    {ONE("\"claims\":[]"), RATLS_E_TRUST_FORMAT, "no object"},
    {ONE("\"claims\":{\"x\":\"00\"}"), RATLS_E_TRUST_FORMAT, "without an array"},
    {ONE("\"claims\":{\"x\":[]}"), RATLS_E_TRUST_FORMAT, "without an array"},
    {ONE("\"claims\":{\"x\":[null]}"), RATLS_E_TRUST_FORMAT, "no text, number or boolean"},
    {ONE("\"claims\":{\"x\":[[1]]}"), RATLS_E_TRUST_FORMAT, "no text, number or boolean"},
    {ONE("\"claims\":{\"measurement\":[\"00\"]}"), RATLS_E_UNSUPPORTED, "'measurement'"},
    {ONE("\"claims\":{\"a b\":[\"00\"]}"), RATLS_E_UNSUPPORTED, "'a b'"},
    {ONE("\"claims\":{\"\":[\"00\"]}"), RATLS_E_UNSUPPORTED, "no name"},
    {ONE("\"claims\":{\"x" H64 "\":[\"00\"]}"), RATLS_E_UNSUPPORTED, "no name"},
    {ONE("\"claims\":{\"\\u00e4\":[\"00\"]}"), RATLS_E_UNSUPPORTED, "no name"},
    {ONE(M1 ",\"minimum\":{\"x\":\"1\"}"), RATLS_E_TRUST_FORMAT, "'minimum'"},
    {ONE(M1 ",\"minimum\":{\"x\":-1}"), RATLS_E_UNSUPPORTED, "'x': a minimum below zero"},
    {ONE(M1 ",\"lists\":{\"x\":\"00\"}"), RATLS_E_TRUST_FORMAT, "no array"},
    {ONE(M1 ",\"lists\":{\"x\":[\"y\"]}"), RATLS_E_TRUST_FORMAT, "no hex"},
    {ONE(M1 ",\"tcb_status\":\"UpToDate\""), RATLS_E_TRUST_FORMAT, "'tcb_status'"},
    {ONE(M1 ",\"tcb_status\":[1]"), RATLS_E_TRUST_FORMAT, "'tcb_status'"},
    {ONE(M1 ",\"tcb_status\":[\"\"]"), RATLS_E_TRUST_FORMAT, "'tcb_status'"},
    {ONE(M1 ",\"advisory_ids\":[]"), RATLS_E_TRUST_FORMAT, "no object"},
    {ONE(M1 ",\"advisory_ids\":{\"ignored\":[]}"), RATLS_E_TRUST_FORMAT, "'ignored'"},
    {ONE(M1 ",\"advisory_ids\":{\"accepted\":{}}"), RATLS_E_TRUST_FORMAT, "without an array"},
    {ONE(M1 ",\"comment\":1"), RATLS_E_TRUST_FORMAT, "'comment'"},
};

Test(corim_refusal, refuses_to_write_what_has_no_place)
{
    for (size_t i = 0; i < RT_COUNT(bad_documents); i++) {
        struct ratls_buffer cbor = {0};
        err = (struct ratls_error){0};
        enum ratls_err e = ratls_corim_write(TEXT(bad_documents[i].json), &cbor, &err);
        cr_expect_eq(e, bad_documents[i].due, "%s: %s", bad_documents[i].json, err.detail);
        cr_expect_eq(err.code, e);
        cr_expect(strstr(err.detail, bad_documents[i].detail), "'%s', not '%s'", err.detail,
                  bad_documents[i].detail);
        cr_expect_null(cbor.p);
        ratls_buffer_free(&cbor);
    }
}

Test(corim_refusal, is_not_written_beyond_one_mebibyte)
{
    struct rt_writer w = {0};
    struct ratls_buffer cbor = {0};

    rt_put_bytes(
        &w, TEXT("{\"format\":\"ratls-trust/1\",\"items\":[{\"kind\":\"refval\",\"tee\":\"snp\","
                 "\"name\":\"a\",\"version\":1,\"state\":\"active\",\"body\":{\"measurements\":["
                 "\"00\""));
    for (size_t i = 0; i < 30000; i++)
        rt_put_bytes(&w, TEXT(",\"00\""));
    rt_put_bytes(&w, TEXT("]}}]}"));
    err = (struct ratls_error){0};
    cr_expect_eq(ratls_corim_write(rt_written(&w), &cbor, &err), RATLS_E_UNSUPPORTED);
    cr_expect(strstr(err.detail, "at most"), "%s", err.detail);
    rt_writer_free(&w);
}
