/* Requests with a field of ours: what goes out, in whatever pieces it came, and what is refused. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "http_frame.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define H        "Host: a\r\n"
#define OURS     "Ratls-Identity: T\r\n\r\n"
#define END      "\r\n"
#define CHUNKED  "Transfer-Encoding: chunked\r\n"

static const char *value_of(void *arg)
{
    return *(const char **)arg;
}

struct rig {
    struct px_frame frame;
    const char *value;
    struct evbuffer *out;
};

static void rig_make(struct rig *rig)
{
    *rig = (struct rig){.value = "T", .out = evbuffer_new()};
    rig->frame = (struct px_frame){.field = "Ratls-Identity", .value = value_of};
    cr_assert_not_null(rig->out);
}

static void rig_free(struct rig *rig)
{
    px_frame_free(&rig->frame);
    evbuffer_free(rig->out);
}

static enum px_frame_is feed(struct rig *rig, struct ratls_bytes in)
{
    rig->frame.arg = &rig->value;
    return px_frame_feed(&rig->frame, in, rig->out);
}

static void expect_out(struct rig *rig, const char *text, const char *how)
{
    size_t len = evbuffer_get_length(rig->out);
    const char *out = len ? (const char *)evbuffer_pullup(rig->out, -1) : "";

    cr_expect(len == strlen(text) && memcmp(out, text, len) == 0, "%s: found\n%.*s\nnot\n%s", how,
              (int)len, out, text);
}

/* `in` whole, byte by byte, and in every two pieces: always the same. */
static void expect(struct ratls_bytes in, const char *text, unsigned status)
{
    for (size_t cut = 0; cut <= in.len; cut++) {
        struct rig rig;
        enum px_frame_is is = PX_FRAME_GOOD;
        rig_make(&rig);
        for (size_t i = 0; cut == in.len && i < in.len; i++)
            is = feed(&rig, ratls_bytes(in.p + i, 1));
        if (cut < in.len) {
            (void)feed(&rig, ratls_bytes(in.p, cut));
            is = feed(&rig, ratls_bytes(in.p + cut, in.len - cut));
        }
        cr_expect_eq(is, status ? PX_FRAME_REFUSED : PX_FRAME_GOOD, "cut at %zu: %.60s", cut, in.p);
        cr_expect_eq(rig.frame.status, status, "cut at %zu: %.60s: %u", cut, in.p,
                     rig.frame.status);
        expect_out(&rig, text, "pieces");
        rig_free(&rig);
    }
}

static void expect_text(const char *in, const char *text)
{
    expect(ratls_bytes_str(in), text, 0);
}

/* ---- what goes out ---- */

#define GET "GET /a?b HTTP/1.1\r\n" H

Test(http_frame, adds_its_field_and_leaves_the_rest)
{
    expect_text(GET "User-Agent:curl/8 \xc3\xa4 \r\nX:\t\r\nCookie: Ratls-Identity=a\r\n\r\n",
                GET "User-Agent:curl/8 \xc3\xa4 \r\nX:\t\r\nCookie: Ratls-Identity=a\r\n" OURS);
}

/* T68, T171 */
Test(http_frame, takes_away_every_copy_of_others)
{
    static const char *const copies[] = {
        "Ratls-Identity: forged", "ratls-identity: forged", "RATLS-IDENTITY:forged",
        "Ratls_Identity: forged", "RATLS_IDENTITY:",        "ratls.identity: forged",
        "Ratls~Identity: forged", "Ratls-Identity: T",      "rAtLs!iDeNtItY: \xff",
    };
    char in[256];

    for (size_t i = 0; i < COUNT(copies); i++) {
        (void)snprintf(in, sizeof in, "%s\r\nA: 1\r\n%s\r\n%s\r\n\r\n", "GET / HTTP/1.1\r\nHost: a",
                       copies[i], copies[i]);
        expect_text(in, "GET / HTTP/1.1\r\n" H "A: 1\r\n" OURS);
        (void)snprintf(in, sizeof in, "GET / HTTP/1.1\r\n%s\r\nHost: a\r\n\r\n", copies[i]);
        expect_text(in, "GET / HTTP/1.1\r\n" H OURS);
    }
}

Test(http_frame, leaves_names_that_are_only_similar)
{
    static const char text[] =
        "GET / HTTP/1.1\r\n" H "Ratls-Identity2: a\r\nXRatls-Identity: a\r\nRatlsIdentity: a\r\n"
        "Ratls--Identity: a\r\nRatls-Identit: a\r\n";
    char in[256], out[256];

    (void)snprintf(in, sizeof in, "%s\r\n", text);
    (void)snprintf(out, sizeof out, "%s" OURS, text);
    expect_text(in, out);
}

Test(http_frame, follows_bodies_to_the_next_head)
{
    static const char *const bodies[] = {
        "Content-Length: 0\r\n",
        "",
        "content-length: 7\r\n",
        "a\r\nb\r\n\r",
        "Content-Length: 25\r\n",
        "GET /x HTTP/1.1\r\nHost:b\r\n",
        CHUNKED,
        "0\r\n\r\n",
        CHUNKED,
        "3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n",
        CHUNKED,
        "003;a=\"b c\";d\r\n\r\n\r\r\n000;x\r\n\r\n",
        CHUNKED,
        "1\r\na\r\n0\r\nX-Sum: 1\r\nY:\r\n\r\n",
        "transfer-encoding: Chunked\r\n",
        "1\r\n\n\r\n0\r\n\r\n",
        "Expect: 100-continue\r\nContent-Length: 1\r\n",
        "x",
        "Connection: keep-alive, TE\r\n",
        "",
    };
    char in[512], out[512];

    for (size_t i = 0; i < COUNT(bodies); i += 2) {
        (void)snprintf(in, sizeof in,
                       "POST /p HTTP/1.1\r\n" H "%s\r\n%sGET /q HTTP/1.1\r\n" H
                       "ratls_identity: x\r\n\r\n",
                       bodies[i], bodies[i + 1]);
        (void)snprintf(out, sizeof out,
                       "POST /p HTTP/1.1\r\n" H "%s" OURS "%sGET /q HTTP/1.1\r\n" H OURS, bodies[i],
                       bodies[i + 1]);
        expect_text(in, out);
    }
}

Test(http_frame, takes_targets_that_agree_with_host)
{
    static const char *const heads[] = {
        "OPTIONS * HTTP/1.1\r\nHost: a\r\n",
        "GET http://a/b HTTP/1.1\r\nHost: A\r\n",
        "GET HTTPS://a:81?b HTTP/1.1\r\nHost: a:81\r\n",
        "HEAD http://[::1] HTTP/1.0\r\nHost: [::1]\r\n",
        "GET / HTTP/1.0\r\n",
        "GET //b HTTP/1.1\r\nHost: a\r\n",
        "M-SEARCH / HTTP/1.1\r\nHost:\r\n",
    };
    char in[256], out[256];

    for (size_t i = 0; i < COUNT(heads); i++) {
        (void)snprintf(in, sizeof in, "%s\r\n", heads[i]);
        (void)snprintf(out, sizeof out, "%s" OURS, heads[i]);
        expect_text(in, out);
    }
}

Test(http_frame, sends_nothing_of_an_unfinished_head)
{
    expect_text(GET "X: y\r\n", "");
    expect_text(GET "\r\nGET / HT", GET OURS);
}

/* ---- what is refused (T69) ---- */

#define REST "\r\n0\r\n\r\nGET / HTTP/1.1\r\n" H "\r\n"

static const struct {
    const char *what, *in, *out;
    unsigned status;
} refusals[] = {
    {"Content-Length and Transfer-Encoding", GET "Content-Length: 6\r\n" CHUNKED REST, "", 400},
    {"the other way round", GET CHUNKED "Content-Length: 6\r\n" REST, "", 400},
    {"two lengths that differ", GET "Content-Length: 6\r\nContent-Length: 7\r\n" REST, "", 400},
    {"two lengths that do not", GET "Content-Length: 6\r\nContent-Length: 6\r\n" REST, "", 400},
    {"a list of lengths", GET "Content-Length: 6, 6\r\n" REST, "", 400},
    {"a signed length", GET "Content-Length: +6\r\n" REST, "", 400},
    {"a length in hex", GET "Content-Length: 0x6\r\n" REST, "", 400},
    {"a huge length", GET "Content-Length: 18446744073709551622\r\n" REST, "", 400},
    {"codings", GET "Transfer-Encoding: gzip, chunked\r\n" REST, "", 400},
    {"an unknown coding", GET "Transfer-Encoding: xchunked\r\n" REST, "", 400},
    {"chunked twice", GET CHUNKED CHUNKED REST, "", 400},
    {"identity", GET "Transfer-Encoding: identity\r\n" REST, "", 400},
    {"chunked in HTTP/1.0", "GET / HTTP/1.0\r\n" CHUNKED REST, "", 400},
    {"a vertical tab before chunked", GET "Transfer-Encoding: \vchunked\r\n" REST, "", 400},
    {"a bare LF", "GET / HTTP/1.1\nHost: a\n\n", "", 400},
    {"a bare LF at the end", GET "A: b\n\r\n", "", 400},
    {"a bare CR", GET "A: b\rRatls-Identity: x\r\n\r\n", "", 400},
    {"a bare CR, and nothing behind", "GET / HTTP/1.1\rX", "", 400},
    {"a folded line", GET "A: b\r\n Ratls-Identity: x\r\n\r\n", "", 400},
    {"a space before the colon", GET "Ratls-Identity : x\r\n\r\n", "", 400},
    {"a tab before the colon", GET "Content-Length\t: 6\r\n" REST, "", 400},
    {"a name that is no token", GET "Ratls(Identity: x\r\n\r\n", "", 400},
    {"no name", GET ": x\r\n\r\n", "", 400},
    {"no colon", GET "Ratls-Identity\r\n\r\n", "", 400},
    {"no Host", "GET / HTTP/1.1\r\nA: b\r\n\r\n", "", 400},
    {"two Hosts", GET H END, "", 400},
    {"a list of Hosts", "GET / HTTP/1.1\r\nHost: a,b\r\n\r\n", "", 400},
    {"a Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "", 400},
    {"a Host with a user", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", "", 400},
    {"HTTP/0.9", "GET /\r\n", "", 400},
    {"HTTP/1.2", "GET / HTTP/1.2\r\n" H END, "", 400},
    {"the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "", 400},
    {"an empty line in front", "\r\n" GET END, "", 400},
    {"a target of another host", "GET http://b/ HTTP/1.1\r\n" H END, "", 400},
    {"a target with a user", "GET http://a@a/ HTTP/1.1\r\n" H END, "", 400},
    {"a target with another port", "GET http://a:80/ HTTP/1.1\r\n" H END, "", 400},
    {"a target without a Host", "GET http://a/ HTTP/1.0\r\n\r\n", "", 400},
    {"a target without an authority", "GET http:///a HTTP/1.1\r\nHost:\r\n\r\n", "", 400},
    {"a target of another scheme", "GET ftp://a/ HTTP/1.1\r\n" H END, "", 400},
    {"a target without a slash", "GET a HTTP/1.1\r\n" H END, "", 400},
    {"an asterisk for a page", "GET * HTTP/1.1\r\n" H END, "", 400},
    {"CONNECT", "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", "", 501},
    {"TRACE", "TRACE / HTTP/1.1\r\n" H END, "", 501},
    {"Upgrade", GET "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n", "", 501},
    {"Connection that names ours", GET "Connection: close, ratls-identity\r\n\r\n", "", 400},
    {"likewise, spelt otherwise", GET "Connection:a\t,\tRatls_Identity\r\n\r\n", "", 400},
    {"in a second Connection", GET "Connection: a\r\nconnection: Ratls-Identity\r\n\r\n", "", 400},
    {"Connection that names Host", GET "Connection: host\r\n\r\n", "", 400},
    {"Connection that names the length", GET "Connection: content-length\r\n\r\n", "", 400},
};

Test(http_frame, refuses_what_can_be_read_in_two_ways)
{
    for (size_t i = 0; i < COUNT(refusals); i++)
        expect(ratls_bytes_str(refusals[i].in), refusals[i].out, refusals[i].status);
}

/* The good request in front has gone out; of the bad one nothing does. */
Test(http_frame, refuses_them_later_as_well)
{
    char in[512];

    for (size_t i = 0; i < COUNT(refusals); i++) {
        (void)snprintf(in, sizeof in, GET "\r\n%s", refusals[i].in);
        expect(ratls_bytes_str(in), GET OURS, refusals[i].status);
    }
}

Test(http_frame, refuses_malformed_chunks)
{
    static const struct {
        const char *in, *out; /* behind a head; what of it went out before */
    } rows[] = {
        {"\r\n", ""},
        {"g\r\n", ""},
        {"-1\r\n", ""},
        {"+1\r\na\r\n", ""},
        {"0x1\r\na\r\n", ""},
        {" 1\r\na\r\n", ""},
        {"1 \r\na\r\n", ""},
        {"1 ;a\r\na\r\n", ""},
        {"1\na\r\n", ""},
        {"1\ra\r\n", ""},
        {"1;a\rb\r\na\r\n", ""},
        {"1;a\nb\r\n", ""},
        {"1;\x01\r\n", ""},
        {"1;\x80\r\n", ""},
        {"1;\x7f\r\n", ""},
        {"10000000000000000\r\n", ""},
        {"0000000000000001\r\na\r\n", ""},
        {"1\r\nab\r\n", "1\r\na"},
        {"1\r\na\n0\r\n\r\n", "1\r\na"},
        {"1\r\na\r0\r\n\r\n", "1\r\na"},
        {"0\r\n\n", "0\r\n"},
        {"0\r\nA\r\n\r\n", "0\r\n"},
        {"0\r\nA: b\n\r\n", "0\r\n"},
        {"0\r\nA : b\r\n\r\n", "0\r\n"},
        {"0\r\nA: b\r\n c\r\n\r\n", "0\r\nA: b\r\n"},
        {"0\r\nratls_identity: x\r\n\r\n", "0\r\n"},
        {"0\r\nA: b\r\nRatls-Identity: x\r\n\r\n", "0\r\nA: b\r\n"},
        {"0\r\nHost: b\r\n\r\n", "0\r\n"},
        {"0\r\nContent-Length: 3\r\n\r\n", "0\r\n"},
        {"0\r\nTransfer-Encoding: chunked\r\n\r\n", "0\r\n"},
    };
    char in[256], out[256];

    for (size_t i = 0; i < COUNT(rows); i++) {
        (void)snprintf(in, sizeof in, GET CHUNKED "\r\n%s", rows[i].in);
        (void)snprintf(out, sizeof out, GET CHUNKED OURS "%s", rows[i].out);
        expect(ratls_bytes_str(in), out, 400);
    }
}

Test(http_frame, refuses_nul)
{
    static const char field[] = GET "A: b\0c\r\n\r\n", name[] = GET "A\0: b\r\n\r\n";
    static const char chunk[] = GET CHUNKED "\r\n1;\0\r\na\r\n";

    expect(ratls_bytes(field, sizeof field - 1), "", 400);
    expect(ratls_bytes(name, sizeof name - 1), "", 400);
    expect(ratls_bytes(chunk, sizeof chunk - 1), GET CHUNKED OURS, 400);
}

/* ---- limits ---- */

static enum px_frame_is feed_many(struct rig *rig, const char *text, size_t times)
{
    enum px_frame_is is = PX_FRAME_GOOD;

    for (size_t i = 0; i < times && is == PX_FRAME_GOOD; i++)
        is = feed(rig, ratls_bytes_str(text));
    return is;
}

Test(http_frame, refuses_a_head_too_large)
{
    struct rig rig;

    rig_make(&rig);
    cr_expect_eq(feed(&rig, ratls_bytes_str(GET "X: ")), PX_FRAME_GOOD);
    cr_expect_eq(feed_many(&rig, "a", 100000), PX_FRAME_REFUSED);
    cr_expect_eq(rig.frame.status, 431);
    expect_out(&rig, "", "bytes");
    cr_expect_null(rig.frame.held);
    rig_free(&rig);
    rig_make(&rig);
    cr_expect_eq(feed(&rig, ratls_bytes_str(GET)), PX_FRAME_GOOD);
    cr_expect_eq(feed_many(&rig, "X: a\r\n", PX_HEAD_MAX_FIELDS - 1), PX_FRAME_GOOD);
    cr_expect_eq(feed_many(&rig, "X: a\r\n", 1), PX_FRAME_REFUSED);
    cr_expect_eq(rig.frame.status, 431);
    rig_free(&rig);
}

Test(http_frame, takes_a_head_of_the_largest_size)
{
    static char head[PX_FRAME_HEAD + 1], longer[PX_FRAME_HEAD + 2];
    struct rig rig;

    (void)snprintf(head, sizeof head, GET "X: %0*d\r\n\r\n",
                   (int)(PX_FRAME_HEAD - strlen(GET "X: \r\n\r\n")), 0);
    (void)snprintf(longer, sizeof longer, GET "X: %0*d\r\n\r\n",
                   (int)(PX_FRAME_HEAD + 1 - strlen(GET "X: \r\n\r\n")), 0);
    rig_make(&rig);
    cr_expect_eq(feed(&rig, ratls_bytes_str(head)), PX_FRAME_GOOD);
    cr_expect_eq(rig.frame.heads, 1);
    cr_expect_eq(feed(&rig, ratls_bytes_str(longer)), PX_FRAME_REFUSED);
    rig_free(&rig);
}

Test(http_frame, bounds_what_comes_with_chunks)
{
    char line[PX_FRAME_CHUNK + 2], longer[PX_FRAME_CHUNK + 2];
    struct rig rig;

    (void)snprintf(line, sizeof line, "1;%0*d\r\n", PX_FRAME_CHUNK - 4, 0);
    (void)snprintf(longer, sizeof longer, "1;%0*d\r\n", PX_FRAME_CHUNK - 3, 0);
    rig_make(&rig);
    cr_expect_eq(feed(&rig, ratls_bytes_str(GET CHUNKED "\r\n")), PX_FRAME_GOOD);
    cr_expect_eq(feed(&rig, ratls_bytes_str(line)), PX_FRAME_GOOD);
    cr_expect_eq(feed(&rig, ratls_bytes_str("a\r\n")), PX_FRAME_GOOD);
    cr_expect_eq(feed(&rig, ratls_bytes_str(longer)), PX_FRAME_REFUSED);
    rig_free(&rig);
    rig_make(&rig);
    cr_expect_eq(feed(&rig, ratls_bytes_str(GET CHUNKED "\r\n")), PX_FRAME_GOOD);
    cr_expect_eq(feed_many(&rig, "1;aaaaaaa\r\na\r\n", PX_FRAME_EXTRA / 8), PX_FRAME_GOOD);
    cr_expect_eq(feed_many(&rig, "1;\r\na\r\n", 1), PX_FRAME_REFUSED);
    rig_free(&rig);
}

Test(http_frame, bounds_trailers)
{
    struct rig rig;

    rig_make(&rig);
    cr_expect_eq(feed(&rig, ratls_bytes_str(GET CHUNKED "\r\n0\r\n")), PX_FRAME_GOOD);
    cr_expect_eq(feed_many(&rig, "A: b.\r\n", PX_FRAME_TRAILERS / 7), PX_FRAME_GOOD);
    cr_expect_eq(feed_many(&rig, "A: b.\r\n", 1), PX_FRAME_REFUSED);
    rig_free(&rig);
    rig_make(&rig);
    cr_expect_eq(feed(&rig, ratls_bytes_str(GET CHUNKED "\r\n0\r\n")), PX_FRAME_GOOD);
    cr_expect_eq(feed_many(&rig, "a", PX_FRAME_TRAILERS), PX_FRAME_GOOD);
    cr_expect_eq(feed_many(&rig, "a", 1), PX_FRAME_REFUSED);
    rig_free(&rig);
}

/* ---- the value ---- */

Test(http_frame, waits_for_its_value)
{
    struct rig rig;

    rig_make(&rig);
    rig.value = NULL;
    cr_expect_eq(feed(&rig, ratls_bytes_str(GET "\r\n" GET "\r\nGE")), PX_FRAME_WAITS);
    expect_out(&rig, "", "waiting");
    cr_expect_eq(feed(&rig, ratls_bytes(NULL, 0)), PX_FRAME_WAITS);
    rig.value = "T";
    cr_expect_eq(feed(&rig, ratls_bytes(NULL, 0)), PX_FRAME_GOOD);
    expect_out(&rig, GET OURS GET OURS, "given");
    rig.value = NULL;
    cr_expect_eq(feed(&rig, ratls_bytes_str("T / HTTP/1.1\r\n" H "\r\n")), PX_FRAME_WAITS);
    cr_expect_eq(rig.frame.heads, 2);
    rig_free(&rig);
}

Test(http_frame, refuses_without_asking_for_it)
{
    struct rig rig;

    rig_make(&rig);
    rig.value = NULL;
    cr_expect_eq(feed(&rig, ratls_bytes_str(GET "Content-Length: a\r\n\r\n")), PX_FRAME_REFUSED);
    cr_expect_eq(feed(&rig, ratls_bytes_str(GET "\r\n")), PX_FRAME_REFUSED);
    rig.value = "T";
    cr_expect_eq(feed(&rig, ratls_bytes_str(GET "\r\n")), PX_FRAME_REFUSED);
    expect_out(&rig, "", "after a refusal");
    rig_free(&rig);
}

/* ---- bodies that are kept ---- */

struct kept {
    struct px_frame frame;
    size_t asked;
    char seen[64]; /* body, at the last head */
};

static bool keeps_posts(void *arg, const struct px_head *head, uint64_t length)
{
    struct kept *k = arg;

    k->asked++;
    return px_text_is(head->method, "post") && length <= 5;
}

static const char *value_with_body(void *arg)
{
    struct kept *k = arg;

    (void)snprintf(k->seen, sizeof k->seen, "%.*s", (int)k->frame.body.len,
                   (const char *)k->frame.body.p);
    return "T";
}

static void expect_kept(const char *in, const char *seen, size_t asked)
{
    for (size_t piece = 1; piece <= strlen(in); piece++) {
        struct rig rig = {.out = evbuffer_new()};
        struct kept k = {
            .frame = {.field = "Ratls-Identity", .value = value_with_body, .keeps = keeps_posts}};
        k.frame.arg = &k;
        for (size_t at = 0; at < strlen(in); at += piece) {
            size_t n = strlen(in) - at < piece ? strlen(in) - at : piece;
            cr_assert_eq(px_frame_feed(&k.frame, ratls_bytes((const uint8_t *)in + at, n), rig.out),
                         PX_FRAME_GOOD);
        }
        cr_expect_str_eq(k.seen, seen, "pieces of %zu: %s", piece, in);
        cr_expect_eq(k.asked, asked, "pieces of %zu: %s", piece, in);
        cr_expect_eq(k.frame.heads, 1);
        cr_expect(k.frame.n_held == 0 && k.frame.body.len == 0);
        evbuffer_free(rig.out);
        px_frame_free(&k.frame);
    }
}

Test(http_frame, shows_a_body_that_is_kept)
{
    expect_kept("POST / HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nab\r\nc", "ab\r\nc", 1);
    expect_kept("POST / HTTP/1.1\r\n" H "Content-Length: 6\r\n\r\nabcdef", "", 1);
    expect_kept("PUT / HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nabcde", "", 1);
    expect_kept("POST / HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\n", "", 0);
    expect_kept("POST / HTTP/1.1\r\n" H CHUNKED "\r\n1\r\na\r\n0\r\n\r\n", "", 0);
}

Test(http_frame, passes_nothing_on_before_a_kept_body_is_whole)
{
    static const char in[] = "POST / HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nabcd";
    struct rig rig = {.out = evbuffer_new()};
    struct kept k = {
        .frame = {.field = "Ratls-Identity", .value = value_with_body, .keeps = keeps_posts}};

    k.frame.arg = &k;
    cr_expect_eq(px_frame_feed(&k.frame, ratls_bytes_str(in), rig.out), PX_FRAME_GOOD);
    cr_expect_eq(evbuffer_get_length(rig.out), 0);
    cr_expect_eq(px_frame_feed(&k.frame, ratls_bytes_str("eGET"), rig.out), PX_FRAME_GOOD);
    cr_expect_str_eq(k.seen, "abcde");
    expect_out(&rig, "POST / HTTP/1.1\r\n" H "Content-Length: 5\r\n" OURS "abcde", "whole");
    evbuffer_free(rig.out);
    px_frame_free(&k.frame);
}

Test(http_frame, holds_nothing_while_idle)
{
    struct rig rig;

    rig_make(&rig);
    cr_expect_eq(feed(&rig, ratls_bytes_str(GET "\r\nG")), PX_FRAME_GOOD);
    cr_expect_not_null(rig.frame.held);
    cr_expect_eq(feed(&rig, ratls_bytes_str("ET / HTTP/1.1\r\n" H "\r\n")), PX_FRAME_GOOD);
    cr_expect_null(rig.frame.held);
    rig_free(&rig);
}
