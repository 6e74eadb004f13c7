/* Heads of requests: what is read, and what is refused. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "http_head.h"

static enum px_head_is parse(const char *text, struct px_head *out)
{
    return px_head_parse(ratls_bytes_str(text), &px_head_usual, out);
}

static void expect(struct ratls_bytes found, const char *text)
{
    cr_expect(ratls_bytes_equal(found, ratls_bytes_str(text)), "found '%.*s', not '%s'",
              (int)found.len, (const char *)found.p, text);
}

Test(http_head, is_read)
{
    const char *text = "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n"
                       "User-Agent:\tcurl/8 \xc3\xa4 \r\nX-Empty:\r\n\r\nbehind";
    struct ratls_bytes rest, value;
    struct px_field field;
    struct px_head head;

    cr_assert_eq(parse(text, &head), PX_HEAD_WHOLE);
    expect(head.method, "CONNECT");
    expect(head.target, "a.example:443");
    expect(head.host, "a.example:443");
    cr_expect_eq(head.minor, 1);
    cr_expect_eq(head.n_fields, 3);
    cr_expect_eq(head.len, strlen(text) - strlen("behind"));
    rest = head.fields;
    cr_assert(px_head_next(&rest, &field));
    expect(field.name, "Host");
    expect(field.line, "Host: a.example:443\r\n");
    cr_assert(px_head_next(&rest, &field));
    expect(field.value, "curl/8 \xc3\xa4");
    cr_assert(px_head_next(&rest, &field));
    expect(field.value, "");
    cr_expect_not(px_head_next(&rest, &field));
    cr_expect_eq(px_head_find(&head, "user-agent", &value), 1);
    cr_expect_eq(px_head_find(&head, "user", NULL), 0);
}

Test(http_head, of_http_1_0_needs_no_host)
{
    struct px_head head;

    cr_assert_eq(parse("GET / HTTP/1.0\r\n\r\n", &head), PX_HEAD_WHOLE);
    cr_expect_eq(head.minor, 0);
    cr_expect_eq(head.n_fields, 0);
    cr_expect_eq(head.host.len, 0);
}

Test(http_head, is_a_part_up_to_its_last_byte)
{
    const char *text = "GET /a HTTP/1.1\r\nHost: a\r\nB: c\r\n\r\n";
    struct px_head head;

    for (size_t len = 0; len < strlen(text); len++)
        cr_expect_eq(px_head_parse(ratls_bytes(text, len), &px_head_usual, &head), PX_HEAD_PART,
                     "%zu bytes", len);
    cr_expect_eq(parse(text, &head), PX_HEAD_WHOLE);
}

#define H "Host: a\r\n"

Test(http_head, refuses)
{
    static const struct {
        const char *what, *text;
    } cases[] = {
        {"an empty line in front", "\r\nGET / HTTP/1.1\r\n" H "\r\n"},
        {"a bare LF behind the request", "GET / HTTP/1.1\n" H "\r\n"},
        {"a bare LF behind a field", "GET / HTTP/1.1\r\nHost: a\n\r\n"},
        {"a bare LF as the empty line", "GET / HTTP/1.1\r\n" H "\n"},
        {"a bare CR in a field", "GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n"},
        {"a bare CR in the request", "GET /\ra HTTP/1.1\r\n" H "\r\n"},
        {"a bare CR before there is an LF", "GET / HTTP/1.1\r\nHost: a\rb"},
        {"CR CR LF", "GET / HTTP/1.1\r\nHost: a\r\r\n\r\n"},
        {"two spaces", "GET  / HTTP/1.1\r\n" H "\r\n"},
        {"two spaces before the version", "GET /  HTTP/1.1\r\n" H "\r\n"},
        {"a tab for a space", "GET\t/ HTTP/1.1\r\n" H "\r\n"},
        {"a space at the end", "GET / HTTP/1.1 \r\n" H "\r\n"},
        {"a space in front", " GET / HTTP/1.1\r\n" H "\r\n"},
        {"no target", "GET HTTP/1.1\r\n" H "\r\n"},
        {"an empty target", "GET  HTTP/1.1\r\n" H "\r\n"},
        {"no version", "GET /\r\n\r\n"},
        {"HTTP/0.9", "GET / HTTP/0.9\r\n" H "\r\n"},
        {"HTTP/1.2", "GET / HTTP/1.2\r\n" H "\r\n"},
        {"HTTP/2", "PRI * HTTP/2.0\r\n\r\n"},
        {"a small version", "GET / http/1.1\r\n" H "\r\n"},
        {"a long version", "GET / HTTP/1.10\r\n" H "\r\n"},
        {"a method with a colon", "G:T / HTTP/1.1\r\n" H "\r\n"},
        {"a long method", "GGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGG / HTTP/1.1\r\n" H "\r\n"},
        {"a control character in the target", "GET /\x01 HTTP/1.1\r\n" H "\r\n"},
        {"DEL in the target", "GET /\x7f HTTP/1.1\r\n" H "\r\n"},
        {"8 bits in the target", "GET /\xc3\xa4 HTTP/1.1\r\n" H "\r\n"},
        {"a folded line", "GET / HTTP/1.1\r\n" H "X: a\r\n b\r\n\r\n"},
        {"a folded first line", "GET / HTTP/1.1\r\n X: a\r\n" H "\r\n"},
        {"a space before the colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n"},
        {"no colon", "GET / HTTP/1.1\r\n" H "X\r\n\r\n"},
        {"no name", "GET / HTTP/1.1\r\n" H ": a\r\n\r\n"},
        {"8 bits in a name", "GET / HTTP/1.1\r\n" H "\xc3\xa4: a\r\n\r\n"},
        {"a control character in a value", "GET / HTTP/1.1\r\n" H "X: \x08\r\n\r\n"},
        {"DEL in a value", "GET / HTTP/1.1\r\n" H "X: \x7f\r\n\r\n"},
        {"no Host", "GET / HTTP/1.1\r\nX: a\r\n\r\n"},
        {"two Hosts", "GET / HTTP/1.1\r\n" H "X: a\r\nhOST: a\r\n\r\n"},
        {"two Hosts in HTTP/1.0", "GET / HTTP/1.0\r\n" H H "\r\n"},
        {"a Host with a space", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"},
        {"TLS, from its first byte on", "\x16"},
    };
    struct px_head head;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        cr_expect_eq(parse(cases[i].text, &head), PX_HEAD_MALFORMED, "%s", cases[i].what);
}

Test(http_head, refuses_nul)
{
    static const char target[] = "GET /\0 HTTP/1.1\r\n" H "\r\n";
    static const char value[] = "GET / HTTP/1.1\r\n" H "X: a\0b\r\n\r\n";
    struct px_head head;

    cr_expect_eq(px_head_parse(ratls_bytes(target, sizeof target - 1), &px_head_usual, &head),
                 PX_HEAD_MALFORMED);
    cr_expect_eq(px_head_parse(ratls_bytes(value, sizeof value - 1), &px_head_usual, &head),
                 PX_HEAD_MALFORMED);
}

Test(http_head, has_limits)
{
    const char *text = "GET / HTTP/1.1\r\n" H "X: a\r\n\r\n";
    const struct ratls_bytes all = ratls_bytes_str(text);
    struct px_head_limits limits = {all.len, 2};
    struct px_head head;

    cr_expect_eq(px_head_parse(all, &limits, &head), PX_HEAD_WHOLE);
    limits.bytes--;
    cr_expect_eq(px_head_parse(all, &limits, &head), PX_HEAD_TOO_LARGE);
    cr_expect_eq(px_head_parse(ratls_bytes(all.p, all.len - 1), &limits, &head), PX_HEAD_PART);
    limits = (struct px_head_limits){all.len, 1};
    cr_expect_eq(px_head_parse(all, &limits, &head), PX_HEAD_TOO_LARGE);
}

/* ---- bodies ---- */

static enum px_body_is body(const char *version, const char *fields, uint64_t *length)
{
    char text[512];
    struct px_head head;

    (void)snprintf(text, sizeof text, "POST / HTTP/%s\r\n" H "%s\r\n", version, fields);
    cr_assert_eq(parse(text, &head), PX_HEAD_WHOLE, "%s", fields);
    return px_head_body(&head, length);
}

Test(http_head, tells_the_body)
{
    uint64_t length = 1;

    cr_expect_eq(body("1.1", "", &length), PX_BODY_NONE);
    cr_expect_eq(length, 0);
    cr_expect_eq(body("1.1", "Content-Length: 0\r\n", &length), PX_BODY_LENGTH);
    cr_expect_eq(length, 0);
    cr_expect_eq(body("1.0", "content-length:\t999999999999999999 \r\n", &length), PX_BODY_LENGTH);
    cr_expect_eq(length, UINT64_C(999999999999999999));
    cr_expect_eq(body("1.1", "Transfer-Encoding: Chunked\r\n", &length), PX_BODY_CHUNKED);
}

Test(http_head, refuses_an_unclear_body)
{
    static const char *const cases[] = {
        "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n",
        "Content-Length: 1\r\nContent-Length: 2\r\n",
        "Content-Length: 1\r\ncontent-length: 1\r\n",
        "Content-Length: 1, 1\r\n",
        "Content-Length: +1\r\n",
        "Content-Length: -1\r\n",
        "Content-Length: 0x1\r\n",
        "Content-Length: 1 1\r\n",
        "Content-Length:\r\n",
        "Content-Length: 1000000000000000000\r\n",
        "Content-Length: 18446744073709551617\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding: \"chunked\"\r\n",
        "Transfer-Encoding: identity\r\n",
        "Transfer-Encoding:\r\n",
    };
    uint64_t length = 0;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        cr_expect_eq(body("1.1", cases[i], &length), PX_BODY_UNCLEAR, "%s", cases[i]);
    cr_expect_eq(body("1.0", "Transfer-Encoding: chunked\r\n", &length), PX_BODY_UNCLEAR);
}
