/* CBOR of tokens: what is read and how it is walked, and each thing that is refused. */
#include "cbor_tree_support.h"

#include "cbor.h"

static struct rt_writer w;

static void teardown(void)
{
    rt_writer_free(&w);
}

TestSuite(cbor_tree, .fini = teardown, .timeout = 60);

/* ---- the tree as text, near to diagnostic notation (RFC 8949 s.8) ---- */

static char text[4096];

static void say(const char *what)
{
    cr_assert_lt(strlen(text) + strlen(what), sizeof text);
    strcat(text, what);
}

static void say_string(const struct rt_cbor_node *node)
{
    char *hex = rt_hex_new(node->bytes);

    say(node->kind == RT_CBOR_K_TEXT ? "t'" : "h'");
    say(hex);
    say("'");
    free(hex);
}

static void show(const struct rt_cbor_node *node);

static void show_all(const struct rt_cbor_node *parent)
{
    const struct rt_cbor_node *node = rt_cbor_child(&tree, parent);

    while (node) {
        show(node);
        if ((node = rt_cbor_sibling(&tree, parent, node)))
            say(" ");
    }
}

static void show(const struct rt_cbor_node *node)
{
    static const char *const begin[] = {"+", "-1-", "", "", "[", "{", "tag ", "null", "other"};
    char number[32];

    if (node->kind == RT_CBOR_K_BYTES || node->kind == RT_CBOR_K_TEXT) {
        say_string(node);
        return;
    }
    say(begin[node->kind]);
    (void)snprintf(number, sizeof number, "%llu", (unsigned long long)node->value);
    if (node->kind < RT_CBOR_K_NULL)
        say(number);
    if (rt_cbor_child(&tree, node)) {
        say(": ");
        show_all(node);
    }
    say(node->kind == RT_CBOR_K_ARRAY ? "]" : node->kind == RT_CBOR_K_MAP ? "}" : "");
}

/* ---- RFC 8949 appendix A, what of it is of definite length ---- */

static const struct {
    const char *hex, *text;
} examples[] = {
    {"00", "+0"},
    {"01", "+1"},
    {"0a", "+10"},
    {"17", "+23"},
    {"1818", "+24"},
    {"1819", "+25"},
    {"1864", "+100"},
    {"1903e8", "+1000"},
    {"1a000f4240", "+1000000"},
    {"1b000000e8d4a51000", "+1000000000000"},
    {"1bffffffffffffffff", "+18446744073709551615"},
    {"c249010000000000000000", "tag 2: h'010000000000000000'"},
    {"3bffffffffffffffff", "-1-18446744073709551615"},
    {"c349010000000000000000", "tag 3: h'010000000000000000'"},
    {"20", "-1-0"},
    {"29", "-1-9"},
    {"3863", "-1-99"},
    {"3903e7", "-1-999"},
    {"f90000", "other"},
    {"f98000", "other"},
    {"f93c00", "other"},
    {"fb3ff199999999999a", "other"},
    {"f93e00", "other"},
    {"f97bff", "other"},
    {"fa47c35000", "other"},
    {"fa7f7fffff", "other"},
    {"fb7e37e43c8800759c", "other"},
    {"f90001", "other"},
    {"f90400", "other"},
    {"f9c400", "other"},
    {"fbc010666666666666", "other"},
    {"f97c00", "other"},
    {"f97e00", "other"},
    {"f9fc00", "other"},
    {"fa7f800000", "other"},
    {"fa7fc00000", "other"},
    {"faff800000", "other"},
    {"fb7ff0000000000000", "other"},
    {"fb7ff8000000000000", "other"},
    {"fbfff0000000000000", "other"},
    {"f4", "other"},
    {"f5", "other"},
    {"f6", "null"},
    {"f7", "other"},
    {"c074323031332d30332d32315432303a30343a30305a",
     "tag 0: t'323031332d30332d32315432303a30343a30305a'"},
    {"c11a514b67b0", "tag 1: +1363896240"},
    {"c1fb41d452d9ec200000", "tag 1: other"},
    {"d74401020304", "tag 23: h'01020304'"},
    {"d818456449455446", "tag 24: h'6449455446'"},
    {"d82076687474703a2f2f7777772e6578616d706c652e636f6d",
     "tag 32: t'687474703a2f2f7777772e6578616d706c652e636f6d'"},
    {"40", "h''"},
    {"4401020304", "h'01020304'"},
    {"60", "t''"},
    {"6161", "t'61'"},
    {"6449455446", "t'49455446'"},
    {"62225c", "t'225c'"},
    {"62c3bc", "t'c3bc'"},
    {"63e6b0b4", "t'e6b0b4'"},
    {"64f0908591", "t'f0908591'"},
    {"80", "[0]"},
    {"83010203", "[3: +1 +2 +3]"},
    {"8301820203820405", "[3: +1 [2: +2 +3] [2: +4 +5]]"},
    {"98190102030405060708090a0b0c0d0e0f101112131415161718181819",
     "[25: +1 +2 +3 +4 +5 +6 +7 +8 +9 +10 +11 +12 +13 +14 +15 +16 +17 +18 +19 +20 +21 +22 +23 +24 "
     "+25]"},
    {"a0", "{0}"},
    {"a201020304", "{2: +1 +2 +3 +4}"},
    {"a26161016162820203", "{2: t'61' +1 t'62' [2: +2 +3]}"},
    {"826161a161626163", "[2: t'61' {1: t'62' t'63'}]"},
    {"a56161614161626142616361436164614461656145",
     "{5: t'61' t'41' t'62' t'42' t'63' t'43' t'64' t'44' t'65' t'45'}"},
};

Test(cbor_tree, reads_the_examples_of_the_rfc)
{
    for (size_t i = 0; i < RT_COUNT(examples); i++) {
        const struct ratls_bytes in = of_hex(examples[i].hex);
        uint8_t *copy = exact_copy(in);
        cr_expect_eq(read_tree(ratls_bytes(copy, in.len)), RATLS_OK, "%s: %s", examples[i].hex,
                     err.detail);
        text[0] = 0;
        show(rt_cbor_root(&tree));
        cr_expect_str_eq(text, examples[i].text, "%s: %s", examples[i].hex, text);
        free(copy);
    }
}

/* T20 */
Test(cbor_tree, refuses_the_examples_cut_and_with_a_byte_more)
{
    for (size_t i = 0; i < RT_COUNT(examples); i++) {
        struct ratls_bytes in = of_hex(examples[i].hex);
        for (size_t len = 0; len < in.len; len++)
            expect_refused(examples[i].hex, ratls_bytes(in.p, len), "CBOR, item before byte");
        rt_put_bytes(&w, in);
        rt_put_u8(&w, 0);
        expect_refused(examples[i].hex, rt_written(&w), "bytes follow it");
        teardown();
    }
}

/* Those of indefinite length, and simple values without a meaning. */
Test(cbor_tree, refuses_the_other_examples_of_the_rfc)
{
    static const char *const others[] = {
        "f0",
        "f8ff",
        "5f42010243030405ff",
        "7f657374726561646d696e67ff",
        "9fff",
        "9f018202039f0405ffff",
        "9f01820203820405ff",
        "83018202039f0405ff",
        "83019f0203ff820405",
        "9f0102030405060708090a0b0c0d0e0f101112131415161718181819ff",
        "bf61610161629f0203ffff",
        "826161bf61626163ff",
        "bf6346756ef563416d7421ff",
    };

    for (size_t i = 0; i < RT_COUNT(others); i++)
        expect_refused(others[i], of_hex(others[i]), "of indefinite length or no CBOR");
}

/* ---- refused ---- */

/* T35 */
static const struct {
    const char *name, *hex, *detail;
} bad[] = {
    {"nothing", "", "before byte 0: what follows is cut off"},
    {"reserved-argument-28", "1c", "no CBOR"},
    {"reserved-argument-29", "5d", "no CBOR"},
    {"reserved-argument-30", "9e", "no CBOR"},
    {"indefinite-bytes", "5fff", "indefinite"},
    {"indefinite-text", "7fff", "indefinite"},
    {"indefinite-array", "9fff", "indefinite"},
    {"indefinite-map", "bfff", "indefinite"},
    {"indefinite-within", "819fff", "indefinite"},
    {"break", "ff", "indefinite"},
    {"break-as-item", "82ff01", "indefinite"},
    {"break-as-value", "a101ff", "indefinite"},
    {"simple-0", "e0", "no CBOR"},
    {"simple-19", "f3", "no CBOR"},
    {"simple-32", "f820", "no CBOR"},
    {"false-in-two-bytes", "f814", "no CBOR"},
    {"tag-without-content", "d2", "more items than there are bytes"},
    {"long-tag-without-content", "d9018f", "more items than there are bytes"},
    {"bytes-one-too-long", "43aabb", "cut off"},
    {"bytes-of-2^64-1", "5bffffffffffffffff00", "cut off"},
    {"bytes-of-2^64-9", "5bfffffffffffffff700", "cut off"},
    {"bytes-of-2^63", "5b800000000000000000", "cut off"},
    {"bytes-of-2^32", "5b000000010000000000", "cut off"},
    {"text-of-2^64-1", "7bffffffffffffffff00", "cut off"},
    {"text-of-2^32-1", "7affffffff00", "cut off"},
    {"array-of-2^64-1", "9bffffffffffffffff00", "too many items"},
    {"array-of-2^63", "9b800000000000000000", "too many items"},
    {"array-of-2^32", "9b000000010000000000", "too many items"},
    {"array-of-513", "99020100", "too many items"},
    {"array-of-512-of-one-byte", "99020000", "more items than there are bytes"},
    {"array-of-two-of-one-byte", "8200", "more items than there are bytes"},
    {"map-of-2^64-1", "bbffffffffffffffff0000", "too many items"},
    {"map-of-2^63", "bb80000000000000000000", "too many items"},
    {"map-of-2^32", "bb00000001000000000000", "too many items"},
    {"map-of-one-byte", "a100", "more items than there are bytes"},
    {"map-without-a-value", "a2000100", "more items than there are bytes"},
    {"key-bytes", "a14100f6", "neither integer nor text"},
    {"key-array", "a18000", "neither integer nor text"},
    {"key-map", "a1a000", "neither integer nor text"},
    {"key-tag", "a1c20000", "neither integer nor text"},
    {"key-null", "a1f600", "neither integer nor text"},
    {"key-false", "a1f400", "neither integer nor text"},
    {"key-float", "a1f9000000", "neither integer nor text"},
    {"second-key-bytes", "a200004100f6", "neither integer nor text"},
    {"key-twice", "a201000100", "has already"},
    {"key-twice-far", "a401000200030001f6", "has already"},
    {"negative-key-twice", "a220002000", "has already"},
    {"large-key-twice", "a21bffffffffffffffff001bffffffffffffffff00", "has already"},
    {"text-key-twice", "a26161006161f6", "has already"},
    {"empty-text-key-twice", "a260006000", "has already"},
    {"key-twice-behind-a-map", "a201a10200010a", "has already"},
    {"key-twice-behind-an-array", "a3018100020002f6", "has already"},
    {"key-twice-behind-a-tag", "a201c2c2000100", "has already"},
    {"key-twice-in-a-value", "a101a202000200", "has already"},
    {"key-twice-in-an-array", "8201a202000200", "has already"},
    {"key-twice-in-a-tag", "d2a202000200", "has already"},
    {"text-not-utf-8", "61ff", "not UTF-8"},
    {"text-cut-in-a-character", "62e282", "not UTF-8"},
    {"text-surrogate", "63eda080", "not UTF-8"},
    {"key-not-utf-8", "a161c300", "not UTF-8"},
    {"two-items", "0001", "before byte 1: bytes follow it"},
    {"item-behind-an-array", "810000", "bytes follow it"},
    {"item-behind-a-map", "a000", "bytes follow it"},
};

Test(cbor_tree, refuses_what_is_malformed)
{
    for (size_t i = 0; i < RT_COUNT(bad); i++)
        expect_refused(bad[i].name, of_hex(bad[i].hex), bad[i].detail);
}

static void put_head(unsigned major, size_t width, uint64_t v)
{
    static const uint8_t argument[] = {[1] = 24, [2] = 25, [4] = 26, [8] = 27};

    rt_put_u8(&w, (uint8_t)(major << 5 | (width ? argument[width] : (uint8_t)v)));
    for (size_t i = width; i > 0; i--)
        rt_put_u8(&w, (uint8_t)(v >> (8 * (i - 1))));
}

/* As many bytes as the head announces of any kind of item; keys of maps differ. */
static void put_content(unsigned major, uint64_t v)
{
    uint64_t n = major < RT_CBOR_BSTR ? 0 : major == RT_CBOR_TAG ? 1 : v;

    for (uint64_t i = 0; i < n; i++) {
        if (major == RT_CBOR_MAP)
            rt_cbor_put(&w, RT_CBOR_UINT, i);
        rt_put_u8(&w, major == RT_CBOR_TSTR ? 'a' : 0);
    }
}

/* Major types 0 to 6; a value that has just no need of the width. */
Test(cbor_tree, refuses_heads_that_are_longer_than_needed)
{
    static const struct {
        size_t width;
        uint64_t most;
    } longer[] = {{1, 23}, {2, 0xff}, {4, 0xffff}, {8, 0xffffffff}, {1, 1}, {2, 1}, {4, 1}, {8, 1}};

    for (unsigned major = 0; major <= RT_CBOR_TAG; major++)
        for (size_t i = 0; i < RT_COUNT(longer); i++) {
            if (longer[i].most > 0xff && major >= RT_CBOR_BSTR && major != RT_CBOR_TAG)
                continue; /* more content than one wants; more items than a tree has */
            put_head(major, longer[i].width, longer[i].most);
            put_content(major, longer[i].most);
            expect_refused("head", rt_written(&w), "its head is longer than needed");
            teardown();
        }
}

Test(cbor_tree, reads_heads_as_long_as_needed)
{
    static const struct {
        size_t width;
        uint64_t least;
    } needed[] = {{0, 23},      {1, 24},         {1, 0xff},        {2, 0x100},     {2, 0xffff},
                  {4, 0x10000}, {4, UINT32_MAX}, {8, 0x100000000}, {8, UINT64_MAX}};

    for (unsigned major = 0; major <= RT_CBOR_TAG; major++)
        for (size_t i = 0; i < RT_COUNT(needed); i++) {
            const bool items = major == RT_CBOR_ARRAY || major == RT_CBOR_MAP;
            if ((items && needed[i].least > 0xff) ||
                (major >= RT_CBOR_BSTR && major != RT_CBOR_TAG && needed[i].width > 4) ||
                (needed[i].least == UINT32_MAX && major >= RT_CBOR_BSTR && major != RT_CBOR_TAG))
                continue;
            put_head(major, needed[i].width, needed[i].least);
            put_content(major, needed[i].least);
            cr_expect_eq(read_tree(rt_written(&w)), RATLS_OK, "%u, %zu: %s", major, i, err.detail);
            cr_expect_eq(rt_cbor_root(&tree)->value, needed[i].least);
            cr_expect_eq(rt_cbor_root(&tree)->end, tree.n);
            teardown();
        }
}

/* Every tag of one byte, also 6 to 20, which libcbor 0.8 does not read. */
Test(cbor_tree, reads_every_tag_of_one_byte)
{
    for (uint8_t tag = 0; tag < 24; tag++) {
        const uint8_t in[] = {(uint8_t)(0xc0 | tag), 0x07};
        cr_assert_eq(read_tree(ratls_bytes(in, sizeof in)), RATLS_OK, "%u: %s", tag, err.detail);
        const struct rt_cbor_node *root = rt_cbor_root(&tree);
        cr_expect(rt_cbor_is(root, RT_CBOR_K_TAG) && root->value == tag);
        cr_expect_eq(rt_cbor_child(&tree, root)->value, 7);
    }
}

/* No first byte, whatever follows, does more than give a tree that covers the input, or none. */
Test(cbor_tree, survives_every_first_byte)
{
    static const uint8_t fillings[] = {0x00, 0x01, 0x61, 0x7f, 0x80, 0xff};

    for (unsigned first = 0; first < 256; first++)
        for (size_t i = 0; i < RT_COUNT(fillings); i++)
            for (size_t len = 1; len < 12; len++) {
                uint8_t *in = malloc(len);
                cr_assert(in);
                memset(in, fillings[i], len);
                in[0] = (uint8_t)first;
                enum ratls_err e = read_tree(ratls_bytes(in, len));
                cr_expect(e == RATLS_OK || e == RATLS_E_EVIDENCE_FORMAT);
                cr_expect_eq(e == RATLS_OK, rt_cbor_root(&tree) != NULL);
                free(in);
            }
}

/* ---- limits ---- */

static void put_times(const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        rt_put_bytes(&w, ratls_bytes_str(bytes));
}

Test(cbor_tree, nests_as_deep_as_the_limit)
{
    static const char *const levels[] = {"\x81", "\xa1\x01", "\xd2", "\xd9\x01\x8f"};

    for (size_t i = 0; i < RT_COUNT(levels); i++) {
        put_times(levels[i], RT_MAX_CBOR_DEPTH);
        rt_put_u8(&w, 0);
        cr_expect_eq(read_tree(rt_written(&w)), RATLS_OK, "%zu: %s", i, err.detail);
        teardown();
        put_times(levels[i], RT_MAX_CBOR_DEPTH + 1);
        rt_put_u8(&w, 0);
        expect_refused("one too deep", rt_written(&w), "nesting too deep");
        teardown();
        put_times(levels[i], 1000);
        rt_put_u8(&w, 0);
        expect_refused("1000 deep", rt_written(&w), "nesting too deep");
        teardown();
        put_times(levels[i], RT_MAX_CBOR_DEPTH);
        rt_put_u8(&w, 0x80);
        expect_refused("an empty array one too deep", rt_written(&w), "nesting too deep");
        teardown();
    }
}

/* Depth is of what is open, not of what was. */
Test(cbor_tree, goes_down_again_and_again)
{
    rt_cbor_put(&w, RT_CBOR_ARRAY, 50);
    for (size_t i = 0; i < 50; i++) {
        put_times("\x81", RT_MAX_CBOR_DEPTH - 2);
        rt_put_u8(&w, 0x80);
    }
    cr_expect_eq(read_tree(rt_written(&w)), RATLS_OK, "%s", err.detail);
    cr_expect_eq(tree.n, 1 + 50 * (RT_MAX_CBOR_DEPTH - 1));
}

Test(cbor_tree, holds_as_many_items_as_the_limit)
{
    rt_cbor_put(&w, RT_CBOR_ARRAY, RT_MAX_CBOR_NODES - 1);
    for (size_t i = 1; i < RT_MAX_CBOR_NODES; i++)
        rt_put_u8(&w, 0xf6);
    cr_expect_eq(read_tree(rt_written(&w)), RATLS_OK, "%s", err.detail);
    cr_expect_eq(tree.n, RT_MAX_CBOR_NODES);
    teardown();
    rt_cbor_put(&w, RT_CBOR_ARRAY, RT_MAX_CBOR_NODES);
    for (size_t i = 0; i < RT_MAX_CBOR_NODES; i++)
        rt_put_u8(&w, 0xf6);
    expect_refused("one too many", rt_written(&w), "too many items");
}

/* Keys count as well, and so do the items of all levels together. */
Test(cbor_tree, holds_no_more_than_the_limit_at_all_levels_together)
{
    rt_cbor_put(&w, RT_CBOR_MAP, RT_MAX_CBOR_NODES / 2);
    for (size_t i = 0; i < RT_MAX_CBOR_NODES / 2; i++) {
        rt_cbor_put(&w, RT_CBOR_UINT, i);
        rt_put_u8(&w, 0xf6);
    }
    expect_refused("one too many in a map", rt_written(&w), "too many items");
    teardown();
    rt_put_u8(&w, 0x83);
    for (size_t k = 0; k < 3; k++) {
        rt_cbor_put(&w, RT_CBOR_ARRAY, RT_MAX_CBOR_NODES / 3);
        for (size_t i = 0; i < RT_MAX_CBOR_NODES / 3; i++)
            rt_put_u8(&w, 0xf6);
    }
    expect_refused("too many in three arrays", rt_written(&w), "too many items");
}

/* ---- walking ---- */

/* {1: "one", -1: [h'', {}], "one": 18(2), 2^64-1: null} */
static const char sample[] = "a401636f6e65208240a0636f6e65d2021bfffffffffffffffff6";

Test(cbor_tree, finds_values_by_key)
{
    cr_assert_eq(read_tree(of_hex(sample)), RATLS_OK, "%s", err.detail);
    const struct rt_cbor_node *map = rt_cbor_root(&tree);

    cr_expect(ratls_bytes_equal(rt_cbor_at(&tree, map, 1)->bytes, ratls_bytes_str("one")));
    cr_expect(rt_cbor_is(rt_cbor_at(&tree, map, -1), RT_CBOR_K_ARRAY));
    cr_expect(rt_cbor_is(rt_cbor_at_name(&tree, map, "one"), RT_CBOR_K_TAG));
    cr_expect_null(rt_cbor_at(&tree, map, 0));
    cr_expect_null(rt_cbor_at(&tree, map, 2), "a value is no key");
    cr_expect_null(rt_cbor_at(&tree, map, INT64_MIN));
    cr_expect_null(rt_cbor_at(&tree, map, INT64_MAX));
    cr_expect_null(rt_cbor_at_name(&tree, map, "on"));
    cr_expect_null(rt_cbor_at_name(&tree, map, "one "));
    cr_expect_null(rt_cbor_at_name(&tree, map, ""));
}

Test(cbor_tree, tells_keys_of_other_sign_kind_and_case_apart)
{
    /* {0: 0, -1: 1, "": 2, "0": 3, "a": 4, "A": 5} */
    cr_assert_eq(read_tree(of_hex("a6000020016002613003616104614105")), RATLS_OK, "%s", err.detail);
    const struct rt_cbor_node *map = rt_cbor_root(&tree);

    cr_expect_eq(rt_cbor_at(&tree, map, 0)->value, 0);
    cr_expect_eq(rt_cbor_at(&tree, map, -1)->value, 1);
    cr_expect_eq(rt_cbor_at_name(&tree, map, "")->value, 2);
    cr_expect_eq(rt_cbor_at_name(&tree, map, "0")->value, 3);
    cr_expect_eq(rt_cbor_at_name(&tree, map, "a")->value, 4);
    cr_expect_eq(rt_cbor_at_name(&tree, map, "A")->value, 5);
}

/* Equal keys at different places are no duplicates. */
Test(cbor_tree, allows_a_key_once_in_each_map)
{
    cr_expect_eq(read_tree(of_hex("a201a1010002a10100")), RATLS_OK, "%s", err.detail);
    cr_expect_eq(read_tree(of_hex("82a16161006161")), RATLS_OK, "%s", err.detail);
    cr_expect_eq(read_tree(of_hex("a201010201")), RATLS_OK, "values may be equal");
    cr_expect_eq(read_tree(of_hex("a20181020200")), RATLS_OK, "an item of a value is no key");
}

Test(cbor_tree, walks_nothing_where_there_is_nothing)
{
    cr_assert_eq(read_tree(of_hex(sample)), RATLS_OK);
    const struct rt_cbor_node *map = rt_cbor_root(&tree), *array = rt_cbor_at(&tree, map, -1);
    const struct rt_cbor_node *empty = rt_cbor_child(&tree, array);
    const struct rt_cbor_node *none = rt_cbor_sibling(&tree, array, empty);
    int64_t v = 5;

    cr_expect_null(rt_cbor_child(&tree, empty), "a leaf");
    cr_expect_null(rt_cbor_child(&tree, none), "an empty map");
    cr_expect_null(rt_cbor_sibling(&tree, array, none), "not into what follows the array");
    cr_expect_null(rt_cbor_child(&tree, NULL));
    cr_expect_null(rt_cbor_sibling(&tree, NULL, array));
    cr_expect_null(rt_cbor_sibling(&tree, map, NULL));
    cr_expect_null(rt_cbor_at(&tree, NULL, 1));
    cr_expect_null(rt_cbor_at(&tree, array, 1), "no map");
    cr_assert_eq(read_tree(of_hex("820102")), RATLS_OK);
    cr_expect_null(rt_cbor_at(&tree, rt_cbor_root(&tree), 1), "an array with the key as item");
    cr_assert_eq(read_tree(of_hex(sample)), RATLS_OK);
    cr_expect_null(rt_cbor_at_name(&tree, NULL, "one"));
    cr_expect_null(rt_cbor_at_name(&tree, array, "one"));
    cr_expect_not(rt_cbor_is(NULL, RT_CBOR_K_UINT));
    cr_expect_not(rt_cbor_int(NULL, &v));
    cr_expect_not(rt_cbor_int(array, &v));
    cr_expect_not(rt_cbor_int(empty, &v));
    cr_expect_eq(v, 5);
}

Test(cbor_tree, gives_integers_that_an_int64_holds)
{
    static const struct {
        const char *hex;
        bool fits;
        int64_t v;
    } rows[] = {
        {"00", true, 0},
        {"1b7fffffffffffffff", true, INT64_MAX},
        {"1b8000000000000000", false, 0},
        {"1bffffffffffffffff", false, 0},
        {"20", true, -1},
        {"3822", true, -35},
        {"3b7fffffffffffffff", true, INT64_MIN},
        {"3b8000000000000000", false, 0},
        {"3bffffffffffffffff", false, 0},
        {"c100", false, 0},
        {"f4", false, 0},
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        int64_t v = 0;
        cr_assert_eq(read_tree(of_hex(rows[i].hex)), RATLS_OK);
        cr_expect_eq(rt_cbor_int(rt_cbor_root(&tree), &v), rows[i].fits, "%s", rows[i].hex);
        cr_expect_eq(v, rows[i].v, "%s", rows[i].hex);
    }
}

Test(cbor_tree, strings_are_slices_of_the_input)
{
    const struct ratls_bytes in = of_hex("8243aabbcc6161");

    cr_assert_eq(read_tree(in), RATLS_OK);
    cr_expect_eq(tree.node[1].bytes.p, in.p + 2);
    cr_expect_eq(tree.node[1].bytes.len, 3);
    cr_expect_eq(tree.node[2].bytes.p, in.p + 6);
    cr_expect_eq(tree.node[2].bytes.len, 1);
}
