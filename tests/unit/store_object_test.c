/* An object store without one: URLs, keys, answers, and the text of the object. */
#include <criterion/criterion.h>

#include "s3_http.h"
#include "s3_object.h"

/* ---- URLs ---- */

Test(store_object, takes_urls_apart)
{
    struct rt_s3_conf c;

    cr_assert_eq(
        rt_s3_conf_url("s3+https://s3.example:9000/trust/a/b?keys=/etc/k.json&timeout=3", &c, NULL),
        RATLS_OK);
    cr_expect_str_eq(c.base, "https://s3.example:9000/trust/a/b");
    cr_expect_str_eq(c.keys_file, "/etc/k.json");
    cr_expect_eq(c.timeout_ms, 3000);
    rt_s3_conf_free(&c);
    cr_assert_eq(rt_s3_conf_url("s3+http://127.0.0.1/trust?keys=/k", &c, NULL), RATLS_OK);
    cr_expect_str_eq(c.base, "http://127.0.0.1/trust");
    cr_expect_eq(c.timeout_ms, 10000);
    rt_s3_conf_free(&c);
}

Test(store_object, refuses_urls)
{
    static const char *const bad[] = {
        "https://h/bucket?keys=/k",
        "s3+ftp://h/bucket?keys=/k",
        "s3+http://192.0.2.1/bucket?keys=/k",
        "s3+http://localhost.example/bucket?keys=/k",
        "s3+https:///bucket?keys=/k",
        "s3+https://user:s3cret@h/bucket?keys=/k",
        "s3+https://h/bucket?keys=/k#s3cret",
        "s3+https://h?keys=/k",
        "s3+https://h/?keys=/k",
        "s3+https://h/ab?keys=/k",
        "s3+https://h/b123456789b123456789b123456789b123456789b123456789b123456789b123?keys=/k",
        "s3+https://h/bucket/?keys=/k",
        "s3+https://h/bucket//a?keys=/k",
        "s3+https://h/bucket/a%20b?keys=/k",
        "s3+https://h/bucket/a+b?keys=/k",
        "s3+https://h/bucket",
        "s3+https://h/bucket?keys=k",
        "s3+https://h/bucket?keys=",
        "s3+https://h/bucket?keys=/a%2fb",
        "s3+https://h/bucket?keys=/k&keys=/k",
        "s3+https://h/bucket?keys=/k&timeout=0",
        "s3+https://h/bucket?keys=/k&timeout=601",
        "s3+https://h/bucket?keys=/k&timeout=1s",
        "s3+https://h/bucket?keys=/k&timeout=1&timeout=2",
        "s3+https://h/bucket?keys=/k&secret_key=s3cret",
    };

    for (size_t i = 0; i < RT_COUNT(bad); i++) {
        struct ratls_error err = {0};
        struct rt_s3_conf c;
        cr_expect_eq(rt_s3_conf_url(bad[i], &c, &err), RATLS_E_USAGE, "%s", bad[i]);
        cr_expect(*err.detail, "%s", bad[i]);
        cr_expect_null(strstr(err.detail, "s3cret"), "%s", err.detail);
        rt_s3_conf_free(&c);
    }
}

/* ---- keys ---- */

#define KEYS "\"region\":\"eu-1\",\"access_key\":\"AK\",\"secret_key\":\"s3cret+/=\""

static enum ratls_err read_keys(const char *text, struct rt_s3_conf *c, struct ratls_error *err)
{
    *c = (struct rt_s3_conf){.keys = rt_secret_alloc(sizeof *c->keys)};
    cr_assert_not_null(c->keys);
    return rt_s3_conf_keys(ratls_bytes_str(text), c, err);
}

Test(store_object, reads_keys)
{
    struct rt_s3_conf c;

    cr_assert_eq(read_keys("{" KEYS "}", &c, NULL), RATLS_OK);
    cr_expect_str_eq(c.region, "eu-1");
    cr_expect_str_eq(c.keys->access, "AK");
    cr_expect_str_eq(c.keys->secret, "s3cret+/=");
    cr_expect_null(c.ca_file);
    rt_s3_conf_free(&c);
    cr_assert_eq(read_keys("{ \"ca_file\" : \"/ca.pem\", " KEYS "}\n", &c, NULL), RATLS_OK);
    cr_expect_str_eq(c.ca_file, "/ca.pem");
    rt_s3_conf_free(&c);
}

Test(store_object, refuses_keys_and_never_shows_them)
{
    static const char *const bad[] = {
        "",
        "s3cret",
        "{}",
        "[" KEYS "]",
        "{" KEYS,
        "{" KEYS "} s3cret",
        "{" KEYS ",\"s3cret\":1}",
        "{" KEYS ",\"ca_file\":1}",
        "{" KEYS ",\"ca_file\":\"\"}",
        "{" KEYS ",\"secret_key\":\"s3cret\"}",
        "{\"region\":\"eu:1\",\"access_key\":\"AK\",\"secret_key\":\"s3cret\"}",
        "{\"region\":\"EU\",\"access_key\":\"AK\",\"secret_key\":\"s3cret\"}",
        "{\"region\":\"\",\"access_key\":\"AK\",\"secret_key\":\"s3cret\"}",
        "{\"region\":\"eu\",\"access_key\":\"A:K\",\"secret_key\":\"s3cret\"}",
        "{\"region\":\"eu\",\"access_key\":\"A K\",\"secret_key\":\"s3cret\"}",
        "{\"region\":\"eu\",\"access_key\":\"A\\u000aK\",\"secret_key\":\"s3cret\"}",
        "{\"region\":\"eu\",\"access_key\":\"AK\",\"secret_key\":\"s3cret\\n\"}",
        "{\"region\":\"eu\",\"access_key\":\"AK\",\"secret_key\":[\"s3cret\"]}",
        "{\"region\":\"eu\",\"secret_key\":\"s3cret\"}",
    };

    for (size_t i = 0; i < RT_COUNT(bad); i++) {
        struct ratls_error err = {0};
        struct rt_s3_conf c;
        cr_expect_eq(read_keys(bad[i], &c, &err), RATLS_E_USAGE, "%s", bad[i]);
        cr_expect_null(strstr(err.detail, "s3cret"), "%s", err.detail);
        rt_s3_conf_free(&c);
    }
}

/* ---- answers ---- */

Test(store_object, takes_strong_etags_alone)
{
    static const char *const good[] = {"\"a\"", "\"d41d8cd98f00b204e9800998ecf8427e-2\""};
    static const char *const bad[] = {"",        "a",         "\"\"",     "\"a",
                                      "a\"",     "\"a\"b",    "\"a b\"",  "\"a\"b\"",
                                      "W/\"a\"", "\"a\x01\"", "\"a\xff\""};
    char longest[RT_S3_MAX_ETAG + 2];

    for (size_t i = 0; i < RT_COUNT(good); i++)
        cr_expect(rt_s3_is_etag(good[i]), "%s", good[i]);
    for (size_t i = 0; i < RT_COUNT(bad); i++)
        cr_expect_not(rt_s3_is_etag(bad[i]), "%s", bad[i]);
    memset(longest, 'a', sizeof longest);
    longest[0] = longest[RT_S3_MAX_ETAG] = '"';
    longest[RT_S3_MAX_ETAG + 1] = 0;
    cr_expect_not(rt_s3_is_etag(longest));
    longest[RT_S3_MAX_ETAG - 1] = '"';
    longest[RT_S3_MAX_ETAG] = 0;
    cr_expect(rt_s3_is_etag(longest));
}

Test(store_object, shows_letters_of_an_error_alone)
{
    static const struct {
        const char *document, *code;
    } cases[] = {
        {"<Error><Code>NoSuchKey</Code></Error>", "NoSuchKey"},
        {"<Code>AccessDenied", "AccessDenied"},
        {"<Code>", ""},
        {"<Code", ""},
        {"", ""},
        {"<Code>\x1b[2Jx</Code>", ""},
        {"<Code>aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa</Code>",
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
    };
    char code[RT_S3_MAX_CODE + 1];

    for (size_t i = 0; i < RT_COUNT(cases); i++) {
        rt_s3_code(ratls_bytes_str(cases[i].document), code);
        cr_expect_str_eq(code, cases[i].code, "%s", cases[i].document);
    }
}

Test(store_object, writes_conditions_in_both_forms)
{
    char line[RT_S3_MAX_ETAG + 32];

    rt_s3_condition("If-Match", "\"ab\"", RT_S3_QUOTED, line);
    cr_expect_str_eq(line, "If-Match: \"ab\"");
    rt_s3_condition("If-Match", "\"ab\"", RT_S3_BARE, line);
    cr_expect_str_eq(line, "If-Match: ab");
}

/* ---- the text of the object ---- */

#define LAYOUT                                                                                     \
    "{\"format\":\"ratls-store-object/1\",\"write\":\"00112233445566778899aabbccddeeff\"}\n"
#define HASH "0000000000000000000000000000000000000000000000000000000000000000"
#define ROW                                                                                        \
    "{\"seq\":1,\"time\":7,\"author\":\"a\",\"action\":\"note\",\"subject\":\"\",\"detail\":\"\"," \
    "\"hash\":\"" HASH "\"}\n"
#define ITEM(name)                                                                                 \
    "{\"kind\":\"policy\",\"tee\":\"\",\"name\":\"" name "\",\"version\":1,\"state\":\"active\","  \
    "\"not_before\":0,\"not_after\":0,\"author\":\"a\",\"created\":1,\"changed\":1,\"body\":{}}\n"

static const char *const whole[] = {
    LAYOUT "\n",
    LAYOUT ROW "\n",
    LAYOUT "\n" ITEM("a"),
    LAYOUT ROW "\n" ITEM("a") ITEM("b"),
};

Test(store_object, reads_what_it_writes)
{
    static const uint8_t mark[RT_OBJECT_MARK_LEN] = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55,
                                                     0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb,
                                                     0xcc, 0xdd, 0xee, 0xff};

    for (size_t i = 0; i < RT_COUNT(whole); i++) {
        struct rt_object o;
        struct rt_writer w = {0};
        cr_assert_eq(rt_object_read(ratls_bytes_str(whole[i]), &o, NULL), RATLS_OK, "%zu", i);
        rt_object_write(&o, mark, &w);
        cr_expect(ratls_bytes_equal(rt_written(&w), ratls_bytes_str(whole[i])), "%zu", i);
        rt_writer_free(&w);
        rt_object_free(&o);
    }
}

Test(store_object, refuses_what_was_cut_off_anywhere)
{
    const struct ratls_bytes all = ratls_bytes_str(whole[3]);
    size_t accepted = 0;

    for (size_t len = 0; len < all.len; len++) {
        struct rt_object o;
        if (rt_object_read(ratls_bytes(all.p, len), &o, NULL) == RATLS_OK)
            accepted++;
        rt_object_free(&o);
    }
    cr_expect_eq(accepted, 2, "behind the empty line, and behind an item: the trail tells");
}

Test(store_object, refuses_what_it_would_not_write)
{
    static const struct {
        const char *what, *text;
        enum ratls_err e;
    } cases[] = {
        {"nothing", "", RATLS_E_STORE},
        {"another file", "hello\n", RATLS_E_STORE},
        {"a folder's layout", "{\"format\":\"ratls-store/1\"}\n\n", RATLS_E_STORE},
        {"a newer layout", "{\"format\":\"ratls-store-object/2\",\"x\":1}\n\n",
         RATLS_E_STORE_VERSION},
        {"layout 11", "{\"format\":\"ratls-store-object/11\"}\n\n", RATLS_E_STORE_VERSION},
        {"no mark", "{\"format\":\"ratls-store-object/1\"}\n\n", RATLS_E_STORE_TAMPERED},
        {"a short mark", "{\"format\":\"ratls-store-object/1\",\"write\":\"00\"}\n\n",
         RATLS_E_STORE_TAMPERED},
        {"a mark in capitals",
         "{\"format\":\"ratls-store-object/1\",\"write\":\"00112233445566778899AABBCCDDEEFF\"}\n\n",
         RATLS_E_STORE_TAMPERED},
        {"more than a mark",
         "{\"format\":\"ratls-store-object/1\",\"write\":\"00112233445566778899aabbccddeeff\","
         "\"x\":1}\n\n",
         RATLS_E_STORE_TAMPERED},
        {"no end of the trail", LAYOUT ROW, RATLS_E_STORE_TAMPERED},
        {"no trail", LAYOUT ITEM("a"), RATLS_E_STORE_TAMPERED},
        {"an item in the trail", LAYOUT ITEM("a") "\n", RATLS_E_STORE_TAMPERED},
        {"a row among the items", LAYOUT "\n" ROW, RATLS_E_STORE_TAMPERED},
        {"two empty lines", LAYOUT ROW "\n\n" ITEM("a"), RATLS_E_STORE_TAMPERED},
        {"the same item twice", LAYOUT "\n" ITEM("a") ITEM("a"), RATLS_E_STORE_TAMPERED},
        {"items in disorder", LAYOUT "\n" ITEM("b") ITEM("a"), RATLS_E_STORE_TAMPERED},
        {"something behind", LAYOUT "\n" ITEM("a") "x", RATLS_E_STORE_TAMPERED},
    };

    for (size_t i = 0; i < RT_COUNT(cases); i++) {
        struct rt_object o;
        struct ratls_error err = {0};
        cr_expect_eq(rt_object_read(ratls_bytes_str(cases[i].text), &o, &err), cases[i].e, "%s: %s",
                     cases[i].what, err.detail);
        cr_expect_eq(err.code, cases[i].e, "%s", cases[i].what);
        rt_object_free(&o);
    }
}

Test(store_object, puts_an_item_in_the_place_of_the_one_before)
{
    struct ratls_store_item item = {.ref = {.kind = "policy", .tee = "", .name = "b", .version = 1},
                                    .state = "active",
                                    .author = "a",
                                    .body = ratls_bytes_str("{}")};
    struct rt_object o = {0};

    cr_assert_eq(rt_object_put(&o, &item), RATLS_OK);
    item.ref.name = "a";
    cr_assert_eq(rt_object_put(&o, &item), RATLS_OK);
    item.state = "revoked";
    cr_assert_eq(rt_object_put(&o, &item), RATLS_OK);
    cr_assert_eq(o.items.n, 2);
    cr_expect_str_eq(o.items.items[0].view.ref.name, "a");
    cr_expect_str_eq(o.items.items[0].view.state, "revoked");
    cr_expect_str_eq(o.items.items[1].view.ref.name, "b");
    rt_object_free(&o);
}
