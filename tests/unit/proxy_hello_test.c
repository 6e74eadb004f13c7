/* The server name of a ClientHello. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "hello.h"
#include "hello_support.h"

static char name[PX_MAX_HOST + 1];

/* On the heap, where a sanitizer sees the ends. */
static enum px_hello_is parse(const uint8_t *bytes, size_t len)
{
    uint8_t *copy = malloc(len ? len : 1);

    cr_assert_not_null(copy);
    memcpy(copy, bytes, len);
    name[0] = 0;
    enum px_hello_is is = px_hello_parse(copy, len, name);
    free(copy);
    return is;
}

Test(hello, of_openssl_names_a_server)
{
    cr_expect_eq(parse(hello_named, sizeof hello_named), PX_HELLO_NAMED);
    cr_expect_str_eq(name, "web.example");
    cr_expect_eq(parse(hello_nameless, sizeof hello_nameless), PX_HELLO_NAMELESS);
}

Test(hello, is_a_part_up_to_its_last_byte)
{
    for (size_t len = 0; len < sizeof hello_named; len++)
        cr_expect_eq(parse(hello_named, len), PX_HELLO_PART, "%zu bytes", len);
}

/* ---- records ---- */

static uint8_t records[16 * sizeof hello_named];
static size_t n_records;

/* The same message in records of `size` bytes each. */
static void cut(const uint8_t *message, size_t len, size_t size)
{
    n_records = 0;
    for (size_t at = 0; at < len; at += size) {
        size_t n = len - at < size ? len - at : size;
        const uint8_t header[5] = {22, 3, 1, (uint8_t)(n >> 8), (uint8_t)n};
        memcpy(&records[n_records], header, sizeof header);
        memcpy(&records[n_records + sizeof header], &message[at], n);
        n_records += sizeof header + n;
    }
}

Test(hello, may_be_cut_into_records)
{
    for (size_t size = 1; size < sizeof hello_named; size++) {
        cut(&hello_named[5], sizeof hello_named - 5, size);
        cr_expect_eq(parse(records, n_records), PX_HELLO_NAMED, "records of %zu", size);
        cr_expect_str_eq(name, "web.example");
        cr_expect_eq(parse(records, n_records - 1), PX_HELLO_PART);
    }
}

Test(hello, records_of_another_kind_are_malformed)
{
    static const struct {
        size_t at;
        uint8_t is;
    } cases[] = {{0, 21}, {0, 23}, {0, 'G'}, {1, 2}, {3, 0x41}, {5, 2}};
    uint8_t bytes[sizeof hello_named];

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        memcpy(bytes, hello_named, sizeof bytes);
        bytes[cases[i].at] = cases[i].is;
        cr_expect_eq(parse(bytes, sizeof bytes), PX_HELLO_MALFORMED, "case %zu", i);
    }
    cut(&hello_named[5], sizeof hello_named - 5, 100);
    records[105] = 23; /* amid the message */
    cr_expect_eq(parse(records, n_records), PX_HELLO_MALFORMED);
    cut(&hello_named[5], sizeof hello_named - 5, 100);
    records[108] = records[109] = 0; /* an empty record, and then something else */
    cr_expect_eq(parse(records, n_records), PX_HELLO_MALFORMED);
}

Test(hello, of_more_than_is_looked_at_is_long)
{
    uint8_t *bytes = calloc(1, PX_HELLO_MAX);

    cr_assert_not_null(bytes);
    memcpy(bytes, "\x16\x03\x01\x3f\xfb\x01\x00\x3f\xf7\x03\x03",
           11); /* fills it, and ends there */
    cr_expect_eq(px_hello_parse(bytes, PX_HELLO_MAX - 1, name), PX_HELLO_PART);
    memcpy(bytes, "\x16\x03\x01\x3f\xfb\x01\x00\x3f\xf8\x03\x03", 11);
    cr_expect_eq(px_hello_parse(bytes, PX_HELLO_MAX, name), PX_HELLO_LONG);
    memcpy(bytes, "\x16\x03\x01\x3f\xfb\x01\x00\x40\x01\x03\x03", 11);
    cr_expect_eq(px_hello_parse(bytes, 100, name), PX_HELLO_LONG, "longer than 16 KiB");
    memcpy(bytes, "\x16\x03\x01\0\x04\x01\0\x40\x01\x17\x03\x03\0\0", 14);
    cr_expect_eq(px_hello_parse(bytes, 14, name), PX_HELLO_LONG, "whatever comes behind");
    free(bytes);
}

/* ---- names ---- */

/* A ClientHello with these extensions and no more than it needs. */
static enum px_hello_is with_extensions(const void *extensions, size_t len)
{
    static const uint8_t head[] = {3, 3};
    uint8_t message[512] = {1};
    size_t n = 4;

    memcpy(&message[n], head, sizeof head);
    n += sizeof head + 32;
    memcpy(&message[n], "\0\0\x02\x13\x01\x01\0", 7);
    n += 7;
    message[n++] = (uint8_t)(len >> 8);
    message[n++] = (uint8_t)len;
    memcpy(&message[n], extensions, len);
    n += len;
    message[2] = (uint8_t)((n - 4) >> 8);
    message[3] = (uint8_t)(n - 4);
    cut(message, n, n);
    return parse(records, n_records);
}

#define EXTENSIONS(text) with_extensions(text, sizeof(text) - 1)

Test(hello, names_are_in_small_letters)
{
    cr_expect_eq(EXTENSIONS("\0\x2b\0\x03\x02\x03\x04"
                            "\0\0\0\x0b\0\x09\0\0\x06"
                            "A.eXaM"),
                 PX_HELLO_NAMED);
    cr_expect_str_eq(name, "a.exam");
}

Test(hello, strange_names_are_malformed)
{
    static const struct {
        const char *what;
        struct ratls_bytes extensions;
    } cases[] = {
#define CASE(what, text)                                                                           \
    {                                                                                              \
        what,                                                                                      \
        {                                                                                          \
            (const uint8_t *)(text), sizeof(text) - 1                                              \
        }                                                                                          \
    }
        CASE("two extensions", "\0\0\0\x06\0\x04\0\0\x01"
                               "a\0\0\0\x06\0\x04\0\0\x01"
                               "a"),
        CASE("two names", "\0\0\0\x0a\0\x08\0\0\x01"
                          "a\0\0\x01"
                          "b"),
        CASE("another type", "\0\0\0\x06\0\x04\x01\0\x01"
                             "a"),
        CASE("an empty name", "\0\0\0\x05\0\x03\0\0\0"),
        CASE("an empty list", "\0\0\0\x02\0\0"),
        CASE("an empty extension", "\0\0\0\0"),
        CASE("a longer list", "\0\0\0\x06\0\x05\0\0\x01"
                              "a"),
        CASE("a shorter list", "\0\0\0\x06\0\x03\0\0\x01"
                               "a"),
        CASE("a longer name", "\0\0\0\x06\0\x04\0\0\x02"
                              "a"),
        CASE("a longer extension", "\0\0\0\x07\0\x04\0\0\x01"
                                   "a"),
        CASE("half an extension behind", "\0\0\0\x06\0\x04\0\0\x01"
                                         "a\0\x2b\0"),
        CASE("NUL", "\0\0\0\x08\0\x06\0\0\x03"
                    "a\0b"),
        CASE("a dot at the end", "\0\0\0\x07\0\x05\0\0\x02"
                                 "a."),
        CASE("an address", "\0\0\0\x0c\0\x0a\0\0\x07"
                           "1.2.3.4"),
        CASE("a space", "\0\0\0\x08\0\x06\0\0\x03"
                        "a b"),
        CASE("a star", "\0\0\0\x08\0\x06\0\0\x03"
                       "*.a"),
#undef CASE
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        cr_expect_eq(with_extensions(cases[i].extensions.p, cases[i].extensions.len),
                     PX_HELLO_MALFORMED, "%s", cases[i].what);
}

Test(hello, without_a_name_names_nobody)
{
    cr_expect_eq(EXTENSIONS(""), PX_HELLO_NAMELESS);
    cr_expect_eq(EXTENSIONS("\0\x2b\0\x03\x02\x03\x04"), PX_HELLO_NAMELESS);
}
