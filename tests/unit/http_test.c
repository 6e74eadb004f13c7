/* One GET with its rules, against a server in a thread that says what it is told to. What needs TLS
 * is tried with nginx in tests/scenario/collateral_fetch.sh. */
#include <criterion/criterion.h>

#include "http.h"
#include "http_support.h"

/* ---- URLs ---- */

static const char *const good_urls[] = {
    "https://api.trustedservices.intel.com",
    "https://example.org:8081/prefix?ca=platform&encoding=der",
    "HTTPS://example.org/",
    "https://203.0.113.1/",
    "http://127.0.0.1:8081/",
    "http://127.255.255.254/",
    "http://127.1/", /* as libcurl reads it: 127.0.0.1 */
    "http://[::1]:8081/x",
    "http://localhost/",
    "http://LocalHost:1/",
};

Test(http, asks_https_anywhere_and_http_on_loopback)
{
    for (size_t i = 0; i < RT_COUNT(good_urls); i++) {
        struct ratls_error err = {0};
        cr_expect_eq(rt_http_check_url(good_urls[i], &err), RATLS_OK, "%s: %s", good_urls[i],
                     err.detail);
    }
}

#define PLAIN "plain http is for loopback addresses only"

static const struct {
    const char *url, *why;
} bad_urls[] = {
    {"http://example.org/", PLAIN},
    {"http://203.0.113.1/", PLAIN},
    {"http://126.0.0.1/", PLAIN},
    {"http://128.0.0.1/", PLAIN},
    {"http://0.0.0.0/", PLAIN},
    {"http://[::2]/", PLAIN},
    {"http://[::ffff:127.0.0.1]/", PLAIN},
    /* names that begin, end or go on like a loopback address */
    {"http://127.0.0.1.example.org/", PLAIN},
    {"http://localhost.example.org/", PLAIN},
    {"http://notlocalhost/", PLAIN},
    {"http://example.org/localhost", PLAIN},
    {"http://example.org?127.0.0.1", PLAIN},
    {"http://example.org\\127.0.0.1/", "it is malformed"},
    {"http://localhost@example.org/", "it holds a user or password"},
    {"https://user@example.org/", "it holds a user or password"},
    {"https://:secret@example.org/", "it holds a user or password"},
    {"https://example.org/#part", "it has a fragment"},
    {"ftp://127.0.0.1/", "its scheme is not https"},
    {"file:///etc/passwd", "it has no scheme or host"},
    {"example.org", "it is malformed"},
    {"//example.org", "it is malformed"},
    {"https://", "it is malformed"},
    {"https://exa mple.org/", "it is malformed"},
    {"https://example.org/\r\nX: y", "it is malformed"},
    {"", "it is malformed"},
};

Test(http, refuses_other_urls)
{
    for (size_t i = 0; i < RT_COUNT(bad_urls); i++) {
        struct ratls_error err = {0};
        cr_expect_eq(rt_http_check_url(bad_urls[i].url, &err), RATLS_E_USAGE, "%s",
                     bad_urls[i].url);
        cr_expect(strstr(err.detail, bad_urls[i].why), "%s: %s", bad_urls[i].url, err.detail);
        cr_expect_not(strstr(err.detail, "secret"));
    }
}

/* ---- one request ---- */

static const struct ratls_bytes empty_answer = {(const uint8_t *)OK_LINE CLOSE "\r\n",
                                                sizeof OK_LINE CLOSE + 1};

static struct rt_http *opened(const char *api_key, int64_t timeout_ms)
{
    const struct rt_http_config config = {.api_key = api_key, .timeout_ms = timeout_ms};
    struct ratls_error err = {0};
    struct rt_http *h = NULL;

    cr_assert_eq(rt_http_open(ratls_env_system(), &config, &h, &err), RATLS_OK, "%s", err.detail);
    return h;
}

/* One answer, asked with a body of at most 16 bytes and the header X-Chain (or X-Old-Chain). */
static enum ratls_err ask(struct ratls_bytes answer, struct rt_http_answer *out,
                          struct ratls_error *err)
{
    struct rt_http *h = opened("key-1", 5000);

    start_server(&answer, 1, 0);
    const struct rt_http_request request = {
        .url = server.url, .max_body = 16, .header = {"X-Chain", "X-Old-Chain"}};
    enum ratls_err e = rt_http_get(h, &request, out, err);
    stop_server();
    rt_http_close(h);
    cr_expect(e == RATLS_OK || (!out->body.p && !out->header.p), "nothing is left of a refusal");
    return e;
}

Test(http, gives_body_and_header)
{
    struct rt_http_answer a;
    struct ratls_error err = {0};

    cr_assert_eq(ask(ratls_bytes_str(OK_LINE "x-chain:  a%20b \r\nContent-Length: 16\r\n\r\n"
                                             "0123456789abcdef"),
                     &a, &err),
                 RATLS_OK, "%s", err.detail);
    cr_expect_str_eq((char *)a.header.p, "a%20b");
    cr_expect_str_eq((char *)a.body.p, "0123456789abcdef");
    rt_http_answer_free(&a);
}

Test(http, takes_the_other_name_of_a_header)
{
    struct rt_http_answer a;

    cr_assert_eq(ask(ratls_bytes_str(OK_LINE CLOSE "X-Old-Chain: old\r\n\r\n"), &a, NULL),
                 RATLS_OK);
    cr_expect_str_eq((char *)a.header.p, "old");
    cr_expect_str_eq((char *)a.body.p, "");
    rt_http_answer_free(&a);
}

Test(http, asks_for_the_path_and_nothing_more)
{
    struct rt_http_answer a;

    cr_assert_eq(ask(ratls_bytes_str(OK_LINE CLOSE "X-Chain: a\r\n\r\n"), &a, NULL), RATLS_OK);
    cr_expect(strncmp(server.requests[0], "GET /there?token=hidden HTTP/1.1\r\n", 34) == 0);
    cr_expect_not(strcasestr(server.requests[0], "ocp-apim-subscription-key"), "not asked for");
    cr_expect_not(strcasestr(server.requests[0], "authorization"));
    rt_http_answer_free(&a);
}

Test(http, sends_the_key_where_it_is_asked_to)
{
    struct rt_http *h = opened("key-1", 5000);
    struct rt_http_answer a;

    start_server(&empty_answer, 1, 0);
    const struct rt_http_request request = {.url = server.url, .with_key = true};
    cr_expect_eq(rt_http_get(h, &request, &a, NULL), RATLS_OK);
    stop_server();
    cr_expect(strstr(server.requests[0], "\r\nOcp-Apim-Subscription-Key: key-1\r\n"), "%s",
              server.requests[0]);
    rt_http_answer_free(&a);
    rt_http_close(h);
}

Test(http, refuses_keys_that_would_end_the_header)
{
    char long_key[RT_MAX_API_KEY + 2] = "";
    const char *const keys[] = {"", "a b", "a\r\nX: y", "a\n", "a\x7f", "\xc3\xa9", long_key};
    struct rt_http *h = NULL;

    memset(long_key, 'k', sizeof long_key - 1);
    for (size_t i = 0; i < RT_COUNT(keys); i++) {
        const struct rt_http_config config = {.api_key = keys[i], .timeout_ms = 1000};
        cr_expect_eq(rt_http_open(ratls_env_system(), &config, &h, NULL), RATLS_E_USAGE, "%zu", i);
        cr_expect_null(h);
    }
    long_key[RT_MAX_API_KEY] = 0;
    rt_http_close(opened(long_key, 1000));
}

Test(http, refuses_to_start_without_its_ca_file)
{
    const struct rt_http_config config = {.ca_file = "/nonexistent/ca.pem", .timeout_ms = 1000};
    struct rt_http *h = NULL;

    cr_expect_eq(rt_http_open(ratls_env_system(), &config, &h, NULL), RATLS_E_IO);
    cr_expect_null(h);
}

/* ---- refused answers ---- */

static const struct {
    const char *answer, *why;
} bad_answers[] = {
    {"HTTP/1.1 404 Not Found\r\nX-Chain: a\r\n" CLOSE "\r\n", "status 404, not 200"},
    {"HTTP/1.1 500 Oops\r\nX-Chain: a\r\n" CLOSE "\r\n", "status 500, not 200"},
    {"HTTP/1.1 204 No Content\r\nX-Chain: a\r\n" CLOSE "\r\n", "status 204, not 200"},
    {"HTTP/1.1 206 Partial\r\nX-Chain: a\r\n" CLOSE "\r\nx", "status 206, not 200"},
    {"HTTP/1.1 302 Found\r\nX-Chain: a\r\nLocation: http://127.0.0.1:9/\r\n" CLOSE "\r\n",
     "status 302, not 200"},
    {OK_LINE "X-Chain: a\r\nContent-Length: 17\r\n\r\n0123456789abcdefg",
     "the answer is too large"},
    {OK_LINE "X-Chain: a\r\n" CLOSE "\r\n0123456789abcdefg", "the answer is too large"},
    {OK_LINE "X-Chain: a\r\nContent-Length: 12\r\n\r\n0123456789", "remaining to read"},
    {OK_LINE "X-Chain: a\r\nTransfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n",
     "outstanding read data remaining"},
    {OK_LINE CLOSE "\r\n", "no X-Chain header"},
    {OK_LINE CLOSE "X-Chains: a\r\n\r\n", "no X-Chain header"},
    {OK_LINE "X-Chain: a\r\nX-Chain: a\r\n" CLOSE "\r\n", "more than one X-Chain header"},
    {OK_LINE "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nX-Chain: a\r\n\r\n",
     "no X-Chain header"}, /* a trailer */
    {"HTTP/1.1 103 Early Hints\r\nX-Chain: a\r\n\r\n" OK_LINE CLOSE "\r\n", "no X-Chain header"},
    {"0123456789", "HTTP/0.9"},
    {"", "Empty reply"},
};

Test(http, refuses_answers_that_are_not_whole_and_good)
{
    for (size_t i = 0; i < RT_COUNT(bad_answers); i++) {
        struct rt_http_answer a;
        struct ratls_error err = {0};
        cr_expect_eq(ask(ratls_bytes_str(bad_answers[i].answer), &a, &err), RATLS_E_FETCH, "%zu",
                     i);
        cr_expect(strstr(err.detail, bad_answers[i].why), "%zu: %s", i, err.detail);
        cr_expect(strstr(err.detail, "/there: "), "%zu: %s", i, err.detail);
        cr_expect_not(strstr(err.detail, "hidden"), "%s", err.detail);
    }
}

/* Lines of 1000 bytes each: far below what libcurl itself takes in one line. */
Test(http, refuses_headers_without_end)
{
    struct rt_writer w = {0};
    struct rt_http_answer a;
    struct ratls_error err = {0};
    char line[1001];

    (void)snprintf(line, sizeof line, "X-Filler: %0988d\r\n", 0);
    rt_put(&w, OK_LINE CLOSE "X-Chain: a\r\n", strlen(OK_LINE CLOSE "X-Chain: a\r\n"));
    for (size_t i = 0; i < 66; i++)
        rt_put(&w, line, 1000);
    rt_put(&w, "\r\n", 2);
    cr_expect_eq(ask(rt_written(&w), &a, &err), RATLS_E_FETCH);
    cr_expect(strstr(err.detail, "its headers are too large"), "%s", err.detail);
    rt_writer_free(&w);
}

Test(http, waits_no_longer_than_allowed, .timeout = 20)
{
    struct rt_http *h = opened(NULL, 200);
    struct rt_http_answer a;
    struct ratls_error err = {0};

    start_server(&empty_answer, 1, 1000);
    const struct rt_http_request request = {.url = server.url};
    cr_expect_eq(rt_http_get(h, &request, &a, &err), RATLS_E_FETCH);
    cr_expect(strstr(err.detail, "timed out"), "%s", err.detail);
    stop_server();
    /* the time of the handle is used up for every further request as well */
    err = (struct ratls_error){0};
    start_server(&empty_answer, 1, 100);
    cr_expect_eq(rt_http_get(h, &request, &a, &err), RATLS_E_FETCH);
    stop_server();
    rt_http_close(h);
}

Test(http, ignores_proxies_of_the_environment)
{
    struct rt_http_answer a;
    struct ratls_error err = {0};

    (void)setenv("http_proxy", "http://127.0.0.1:9", 1);
    (void)setenv("all_proxy", "http://127.0.0.1:9", 1);
    cr_expect_eq(ask(ratls_bytes_str(OK_LINE CLOSE "X-Chain: a\r\n\r\n"), &a, &err), RATLS_OK, "%s",
                 err.detail);
    rt_http_answer_free(&a);
}

Test(http, reads_no_netrc)
{
    char home[] = "/tmp/ratls-http.XXXXXX", path[64];
    struct rt_http_answer a;

    cr_assert(mkdtemp(home));
    (void)snprintf(path, sizeof path, "%s/.netrc", home);
    FILE *f = fopen(path, "w");
    cr_assert(f && fputs("machine 127.0.0.1 login me password mine\n", f) >= 0 && fclose(f) == 0);
    (void)setenv("HOME", home, 1);
    cr_expect_eq(ask(ratls_bytes_str(OK_LINE CLOSE "X-Chain: a\r\n\r\n"), &a, NULL), RATLS_OK);
    cr_expect_not(strcasestr(server.requests[0], "authorization"));
    rt_http_answer_free(&a);
    (void)unlink(path);
    (void)rmdir(home);
}

Test(http, says_who_is_not_there)
{
    struct rt_http *h = opened(NULL, 2000);
    struct rt_http_answer a;
    struct ratls_error err = {0};
    const struct rt_http_request request = {.url = "http://127.0.0.1:9/"};

    cr_expect_eq(rt_http_get(h, &request, &a, &err), RATLS_E_FETCH);
    cr_expect(strstr(err.detail, "http://127.0.0.1:9/: Failed to connect"), "%s", err.detail);
    rt_http_close(h);
}

Test(http, refuses_a_bad_url_before_it_connects)
{
    struct rt_http *h = opened(NULL, 2000);
    struct rt_http_answer a;
    const struct rt_http_request request = {.url = "http://example.org/"};

    cr_expect_eq(rt_http_get(h, &request, &a, NULL), RATLS_E_USAGE);
    rt_http_close(h);
    rt_http_close(NULL);
}
