/* SOCKS 5: what clients say. */
#include <criterion/criterion.h>

#include "socks.h"

#define BYTES(text) ratls_bytes(text, sizeof(text) - 1)

Test(socks, greeting_offers_no_authentication)
{
    size_t len = 0;

    cr_expect_eq(px_socks_greeting(BYTES("\x05\x01\x00"), PX_SOCKS_ANYBODY, &len), PX_SOCKS_WHOLE);
    cr_expect_eq(len, 3);
    cr_expect_eq(px_socks_greeting(BYTES("\x05\x03\x02\x01\x00\x05\x01"), PX_SOCKS_ANYBODY, &len),
                 PX_SOCKS_WHOLE);
    cr_expect_eq(len, 5);
}

Test(socks, greeting_is_a_part_up_to_its_last_byte)
{
    size_t len = 0;

    for (size_t n = 0; n < 4; n++)
        cr_expect_eq(px_socks_greeting(ratls_bytes("\x05\x02\x00\x02", n), PX_SOCKS_ANYBODY, &len),
                     PX_SOCKS_PART);
}

Test(socks, greeting_refuses)
{
    size_t len = 0;

    cr_expect_eq(px_socks_greeting(BYTES("\x05\x00"), PX_SOCKS_ANYBODY, &len), PX_SOCKS_METHOD);
    cr_expect_eq(px_socks_greeting(BYTES("\x05\x02\x01\x02"), PX_SOCKS_ANYBODY, &len),
                 PX_SOCKS_METHOD);
    cr_expect_eq(px_socks_greeting(BYTES("\x04"), PX_SOCKS_ANYBODY, &len), PX_SOCKS_VERSION);
    cr_expect_eq(px_socks_greeting(BYTES("\x16\x03\x01"), PX_SOCKS_ANYBODY, &len),
                 PX_SOCKS_VERSION);
    cr_expect_eq(px_socks_greeting(BYTES("GET / HTTP/1.1\r\n\r\n"), PX_SOCKS_ANYBODY, &len),
                 PX_SOCKS_VERSION);
}

Test(socks, greeting_offers_the_method_wanted)
{
    size_t len = 0;

    cr_expect_eq(px_socks_greeting(BYTES("\x05\x02\x00\x02"), PX_SOCKS_USER, &len), PX_SOCKS_WHOLE);
    cr_expect_eq(len, 4);
    cr_expect_eq(px_socks_greeting(BYTES("\x05\x02\x00\x01"), PX_SOCKS_USER, &len),
                 PX_SOCKS_METHOD);
    cr_expect_eq(px_socks_greeting(BYTES("\x05\x00"), PX_SOCKS_USER, &len), PX_SOCKS_METHOD);
}

/* ---- RFC 1929 ---- */

#define LOGIN                                                                                      \
    "\x01\x02"                                                                                     \
    "me"                                                                                           \
    "\x03"                                                                                         \
    "a\0b"

Test(socks, login_is_read)
{
    struct px_socks_login shown;
    size_t len = 0;

    cr_assert_eq(px_socks_login(BYTES(LOGIN "behind"), &len, &shown), PX_SOCKS_WHOLE);
    cr_expect_eq(len, sizeof LOGIN - 1);
    cr_expect(ratls_bytes_equal(shown.user, BYTES("me")));
    cr_expect(ratls_bytes_equal(shown.password, BYTES("a\0b")));
    for (size_t n = 0; n < sizeof LOGIN - 1; n++)
        cr_expect_eq(px_socks_login(ratls_bytes(LOGIN, n), &len, &shown), PX_SOCKS_PART, "%zu", n);
}

Test(socks, login_has_its_longest_form)
{
    uint8_t longest[PX_SOCKS_MAX];
    struct px_socks_login shown;
    size_t len = 0;

    memset(longest, 'x', sizeof longest);
    longest[0] = 1;
    longest[1] = longest[257] = 255;
    cr_assert_eq(px_socks_login(ratls_bytes(longest, sizeof longest), &len, &shown),
                 PX_SOCKS_WHOLE);
    cr_expect(len == sizeof longest && shown.user.len == 255 && shown.password.len == 255);
    cr_expect_eq(px_socks_login(ratls_bytes(longest, sizeof longest - 1), &len, &shown),
                 PX_SOCKS_PART);
}

Test(socks, login_refuses)
{
    struct px_socks_login shown;
    size_t len = 0;

    cr_expect_eq(px_socks_login(BYTES("\x00"), &len, &shown), PX_SOCKS_MALFORMED);
    cr_expect_eq(px_socks_login(BYTES("\x05\x01\x00\x01"), &len, &shown), PX_SOCKS_MALFORMED);
    cr_expect_eq(px_socks_login(BYTES("\x01\x00"), &len, &shown), PX_SOCKS_MALFORMED);
    cr_expect_eq(px_socks_login(BYTES("\x01\x00\x01"
                                      "a"),
                                &len, &shown),
                 PX_SOCKS_MALFORMED);
    cr_expect_eq(px_socks_login(BYTES("\x01\x01"
                                      "a"
                                      "\x00"),
                                &len, &shown),
                 PX_SOCKS_MALFORMED);
}

/* ---- requests ---- */

#define V4  "\x05\x01\x00\x01\xc0\x00\x02\x01\x01\xbb"
#define V6  "\x05\x01\x00\x04\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01\x01\xbb"
#define V46 "\x05\x01\x00\x04\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\x00\x02\x01\x01\xbb"
#define NAME                                                                                       \
    "\x05\x01\x00\x03\x09"                                                                         \
    "A.example"                                                                                    \
    "\x01\xbb"
#define TEXT                                                                                       \
    "\x05\x01\x00\x03\x09"                                                                         \
    "192.0.2.1"                                                                                    \
    "\x01\xbb"

static const struct {
    struct ratls_bytes bytes;
    const char *to;
} good[] = {
    {{(const uint8_t *)V4, sizeof V4 - 1}, "192.0.2.1:443"},
    {{(const uint8_t *)V6, sizeof V6 - 1}, "[2001:db8::1]:443"},
    {{(const uint8_t *)V46, sizeof V46 - 1}, "192.0.2.1:443"},
    {{(const uint8_t *)NAME, sizeof NAME - 1}, "a.example:443"},
    {{(const uint8_t *)TEXT, sizeof TEXT - 1}, "192.0.2.1:443"},
};

Test(socks, request_is_read)
{
    struct px_destination to;
    char text[PX_MAX_TARGET];
    size_t len = 0;

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        cr_expect_eq(px_socks_request(good[i].bytes, &len, &to), PX_SOCKS_WHOLE);
        cr_expect_eq(len, good[i].bytes.len);
        px_destination_text(&to, text);
        cr_expect_str_eq(text, good[i].to);
        for (size_t n = 0; n < good[i].bytes.len; n++)
            cr_expect_eq(px_socks_request(ratls_bytes(good[i].bytes.p, n), &len, &to),
                         PX_SOCKS_PART);
    }
}

Test(socks, request_leaves_what_follows)
{
    struct px_destination to;
    size_t len = 0;

    cr_expect_eq(px_socks_request(BYTES(V4 "behind"), &len, &to), PX_SOCKS_WHOLE);
    cr_expect_eq(len, sizeof V4 - 1);
}

Test(socks, request_refuses)
{
    static const struct {
        const char *what;
        struct ratls_bytes bytes;
        enum px_socks_is is;
    } cases[] = {
#define CASE(what, text, is) {what, {(const uint8_t *)(text), sizeof(text) - 1}, is}
        CASE("BIND", "\x05\x02\x00\x01\xc0\x00\x02\x01\x01\xbb", PX_SOCKS_COMMAND),
        CASE("UDP", "\x05\x03\x00\x01\xc0\x00\x02\x01\x01\xbb", PX_SOCKS_COMMAND),
        CASE("command 0", "\x05\x00\x00\x01\xc0\x00\x02\x01\x01\xbb", PX_SOCKS_COMMAND),
        CASE("Tor's RESOLVE",
             "\x05\xf0\x00\x03\x01"
             "a\x00\x00",
             PX_SOCKS_COMMAND),
        CASE("version 4", "\x04\x01\x00\x01\xc0\x00\x02\x01\x01\xbb", PX_SOCKS_MALFORMED),
        CASE("RSV", "\x05\x01\x01\x01\xc0\x00\x02\x01\x01\xbb", PX_SOCKS_MALFORMED),
        CASE("type 0", "\x05\x01\x00\x00", PX_SOCKS_ADDRESS),
        CASE("type 2", "\x05\x01\x00\x02", PX_SOCKS_ADDRESS),
        CASE("type 5", "\x05\x01\x00\x05", PX_SOCKS_ADDRESS),
        CASE("port 0", "\x05\x01\x00\x01\xc0\x00\x02\x01\x00\x00", PX_SOCKS_MALFORMED),
        CASE("0.0.0.0", "\x05\x01\x00\x01\0\0\0\0\x01\xbb", PX_SOCKS_MALFORMED),
        CASE("::", "\x05\x01\x00\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\xbb", PX_SOCKS_MALFORMED),
        CASE("no name", "\x05\x01\x00\x03\x00\x01\xbb", PX_SOCKS_MALFORMED),
        CASE("NUL",
             "\x05\x01\x00\x03\x03"
             "a\0b\x01\xbb",
             PX_SOCKS_MALFORMED),
        CASE("decimal",
             "\x05\x01\x00\x03\x0a"
             "2130706433\x01\xbb",
             PX_SOCKS_MALFORMED),
#undef CASE
    };
    struct px_destination to;
    size_t len = 0;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        cr_expect_eq(px_socks_request(cases[i].bytes, &len, &to), cases[i].is, "%s", cases[i].what);
}

Test(socks, answer_says_nothing_of_this_side)
{
    uint8_t out[PX_SOCKS_REPLY_LEN];

    px_socks_answer(PX_SOCKS_FORBIDDEN, out);
    cr_expect_arr_eq(out, "\x05\x02\x00\x01\0\0\0\0\0\0", sizeof out);
}
