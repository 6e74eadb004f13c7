/* Asking an OPA: where it may be, what it is asked, and every way in which it fails to answer.
 * Against nginx: tests/scenario/opa.sh. */
#include "address.h"
#include "answer.h"
#include "opa_support.h"

TestSuite(opa, .timeout = 60);

/* ---- where it may be ---- */

static const struct {
    const char *url, *whole, *unix_socket;
} good_urls[] = {
    {"http://127.0.0.1:8181", "http://127.0.0.1:8181/v1/data/a/b", NULL},
    {"http://127.0.0.1:8181/", "http://127.0.0.1:8181/v1/data/a/b", NULL},
    {"http://127.1:8181", "http://127.0.0.1:8181/v1/data/a/b", NULL},
    {"http://127.255.255.254", "http://127.255.255.254/v1/data/a/b", NULL},
    {"http://[::1]:8181", "http://[::1]:8181/v1/data/a/b", NULL},
    {"HTTP://localhost:8181", "http://localhost:8181/v1/data/a/b", NULL},
    {"http+unix:/run/opa.sock", "http://localhost/v1/data/a/b", "/run/opa.sock"},
};

Test(opa, may_be_on_this_machine)
{
    for (size_t i = 0; i < RT_COUNT(good_urls); i++) {
        struct rt_opa_address a;
        struct ratls_error err = {0};
        cr_expect_eq(rt_opa_address(good_urls[i].url, "a/b", &a, &err), RATLS_OK, "%s: %s",
                     good_urls[i].url, err.detail);
        cr_expect_str_eq(a.url, good_urls[i].whole);
        if (good_urls[i].unix_socket)
            cr_expect_str_eq(a.unix_socket, good_urls[i].unix_socket);
        else
            cr_expect_null(a.unix_socket);
        rt_opa_address_free(&a);
    }
}

#define LEAVES "plain http would leave this machine"
#define SCHEME "it is neither http://ADDRESS:PORT nor http+unix:/PATH"
#define MORE   "it holds more than scheme, address and port"

static const struct {
    const char *url, *why;
} bad_urls[] = {
    {"http://opa.example.org:8181", LEAVES},
    {"http://203.0.113.1:8181", LEAVES},
    {"http://126.0.0.1", LEAVES},
    {"http://128.0.0.1", LEAVES},
    {"http://0.0.0.0:8181", LEAVES},
    {"http://[::]:8181", LEAVES},
    {"http://[::ffff:127.0.0.1]", LEAVES},
    {"http://127.0.0.1.example.org", LEAVES},
    {"http://localhost.example.org", LEAVES},
    {"http://example.org/127.0.0.1", LEAVES},
    {"http://localhost@example.org", LEAVES},
    {"https://127.0.0.1:8181", SCHEME},
    {"ftp://127.0.0.1", SCHEME},
    {"file:///etc/passwd", SCHEME},
    {"unix:/run/opa.sock", "it is malformed"},
    {"http://me:secret@127.0.0.1", MORE},
    {"http://me@127.0.0.1", MORE},
    {"http://:secret@127.0.0.1", MORE},
    {"http://127.0.0.1/v1/data", MORE},
    {"http://127.0.0.1/?x", MORE},
    {"http://127.0.0.1/#x", MORE},
    {"http://127.0.0.1:99999", "it is malformed"},
    {"http://127.0.0.1\r\nX: y", "it is malformed"},
    {"http://exa mple", "it is malformed"},
    {"127.0.0.1:8181", "it is malformed"},
    {"/run/opa.sock", "it is malformed"},
    {"", "it is malformed"},
    {"http+unix:run/opa.sock", "the path of OPA's socket is not absolute"},
    {"http+unix:", "the path of OPA's socket is not absolute"},
    {"http+unix://localhost/run/../"
     "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890",
     "the path of OPA's socket is too long"},
};

Test(opa, may_be_nowhere_else)
{
    for (size_t i = 0; i < RT_COUNT(bad_urls); i++) {
        struct ratls_opa *opa = NULL;
        struct ratls_error err = {0};
        cr_expect_eq(ratls_opa_new(bad_urls[i].url, "a/b", 1000, &opa, &err), RATLS_E_USAGE, "%s",
                     bad_urls[i].url);
        cr_expect(strstr(err.detail, bad_urls[i].why), "%s: %s", bad_urls[i].url, err.detail);
        cr_expect_not(strstr(err.detail, "secret"));
        cr_expect_null(opa);
    }
}

Test(opa, rule_is_names_with_slashes_between_them)
{
    static const char *const bad[] = {"",     "/a",   "a/",   "a//b", "a/../b", ".",
                                      "a b",  "a%2f", "a?x",  "a#x",  "a\r\nb", "a.b",
                                      "\xc3", "a:b",  "a\\b", "a;b",  "*"};
    char longest[RT_MAX_OPA_PATH + 2];
    struct rt_opa_address a;

    for (size_t i = 0; i < RT_COUNT(bad); i++)
        cr_expect_eq(rt_opa_address("http://127.0.0.1", bad[i], &a, NULL), RATLS_E_USAGE, "%s",
                     bad[i]);
    memset(longest, 'a', sizeof longest);
    longest[RT_MAX_OPA_PATH + 1] = 0;
    cr_expect_eq(rt_opa_address("http://127.0.0.1", longest, &a, NULL), RATLS_E_USAGE);
    longest[RT_MAX_OPA_PATH] = 0;
    cr_expect_eq(rt_opa_address("http+unix:/x", longest, &a, NULL), RATLS_OK);
    rt_opa_address_free(&a);
    cr_expect_eq(rt_opa_address("http://127.0.0.1", "Az_09/b-c", &a, NULL), RATLS_OK);
    rt_opa_address_free(&a);
}

Test(opa, time_has_bounds)
{
    static const int64_t bad[] = {INT64_MIN, -1, 0, 600001, INT64_MAX};
    struct ratls_opa *opa = NULL;

    for (size_t i = 0; i < RT_COUNT(bad); i++)
        cr_expect_eq(ratls_opa_new("http://127.0.0.1", "a", bad[i], &opa, NULL), RATLS_E_USAGE);
    cr_expect_eq(ratls_opa_new("http://127.0.0.1", "a", 600000, &opa, NULL), RATLS_OK);
    ratls_opa_free(opa);
    ratls_opa_free(NULL);
}

/* ---- what it says ---- */

static const struct {
    const char *body;
    enum ratls_err e;
    const char *why;
} answers[] = {
    {"{\"result\":true}", RATLS_OK, ""},
    {"{\"result\":{\"allow\":true}}", RATLS_OK, ""},
    {"{\"decision_id\":\"1\",\"result\":{\"allow\":true,\"why\":[1,null]}}", RATLS_OK, ""},
    {" {\"result\" : true}\n", RATLS_OK, ""},
    {"{\"result\":false}", RATLS_E_OPA_DENIED, "result is false"},
    {"{\"result\":{\"allow\":false}}", RATLS_E_OPA_DENIED, "result.allow is false"},
    {"{}", RATLS_E_OPA_FAILED, "no result: undefined"},
    {"{\"Result\":true}", RATLS_E_OPA_FAILED, "no result: undefined"},
    {"{\"result\":{}}", RATLS_E_OPA_FAILED, "no result.allow: undefined"},
    {"{\"result\":{\"Allow\":true}}", RATLS_E_OPA_FAILED, "no result.allow: undefined"},
    {"{\"result\":{\"result\":true}}", RATLS_E_OPA_FAILED, "no result.allow: undefined"},
    {"{\"allow\":true}", RATLS_E_OPA_FAILED, "no result: undefined"},
    {"{\"warning\":{\"allow\":true,\"result\":true}}", RATLS_E_OPA_FAILED, "undefined"},
    {"{\"result\":\"true\"}", RATLS_E_OPA_FAILED, "result is neither true nor false"},
    {"{\"result\":null}", RATLS_E_OPA_FAILED, "result is neither true nor false"},
    {"{\"result\":1}", RATLS_E_OPA_FAILED, "result is neither true nor false"},
    {"{\"result\":[true]}", RATLS_E_OPA_FAILED, "result is neither true nor false"},
    {"{\"result\":[]}", RATLS_E_OPA_FAILED, "result is neither true nor false"},
    {"{\"result\":{\"allow\":\"true\"}}", RATLS_E_OPA_FAILED, "result.allow is neither"},
    {"{\"result\":{\"allow\":1}}", RATLS_E_OPA_FAILED, "result.allow is neither"},
    {"{\"result\":{\"allow\":null}}", RATLS_E_OPA_FAILED, "result.allow is neither"},
    {"{\"result\":{\"allow\":{\"allow\":true}}}", RATLS_E_OPA_FAILED, "result.allow is neither"},
    {"{\"result\":true,\"result\":false}", RATLS_E_OPA_FAILED, "result"},
    {"{\"result\":false,\"result\":true}", RATLS_E_OPA_FAILED, "result"},
    {"{\"result\":true,\"r\\u0065sult\":false}", RATLS_E_OPA_FAILED, "result"},
    {"{\"result\":{\"allow\":false,\"allow\":true}}", RATLS_E_OPA_FAILED, "allow"},
    {"{\"result\":true,\"x\":{\"a\":1,\"a\":1}}", RATLS_E_OPA_FAILED, ""},
    {"[{\"result\":true}]", RATLS_E_OPA_FAILED, "not an object"},
    {"true", RATLS_E_OPA_FAILED, "not an object"},
    {"\"result\"", RATLS_E_OPA_FAILED, "not an object"},
    {"", RATLS_E_OPA_FAILED, ""},
    {"{\"result\":true", RATLS_E_OPA_FAILED, ""},
    {"{\"result\":tru", RATLS_E_OPA_FAILED, ""},
    {"{\"result\":TRUE}", RATLS_E_OPA_FAILED, ""},
    {"{\"result\":true}{", RATLS_E_OPA_FAILED, ""},
    {"{\"result\":true}{\"result\":false}", RATLS_E_OPA_FAILED, ""},
    {"{'result':true}", RATLS_E_OPA_FAILED, ""},
    {"\xef\xbb\xbf{\"result\":true}", RATLS_E_OPA_FAILED, ""},
    {"{\"result\":true,\"x\":0.5}", RATLS_E_OPA_FAILED, "not an integer"},
    {"<html>true</html>", RATLS_E_OPA_FAILED, ""},
};

/* T42 */
Test(opa, only_true_allows)
{
    for (size_t i = 0; i < RT_COUNT(answers); i++) {
        struct ratls_error err = {0};
        enum ratls_err e = rt_opa_answer(ratls_bytes_str(answers[i].body), &err);
        cr_expect_eq(e, answers[i].e, "%s: %s", answers[i].body, ratls_err_reason(e));
        cr_expect(strstr(err.detail, answers[i].why), "%s: %s", answers[i].body, err.detail);
        cr_expect_eq(err.detail[0] == 0, e == RATLS_OK, "%s", answers[i].body);
    }
}

Test(opa, answer_has_a_longest_length)
{
    static char body[RT_MAX_OPA_ANSWER + 1];

    memset(body, ' ', sizeof body);
    memcpy(body, "{\"result\":true}", 15);
    cr_expect_eq(rt_opa_answer(ratls_bytes(body, RT_MAX_OPA_ANSWER), NULL), RATLS_OK);
    cr_expect_eq(rt_opa_answer(ratls_bytes(body, sizeof body), NULL), RATLS_E_OPA_FAILED);
}

/* ---- one question ---- */

#define QUESTION "{\"tee\":\"tdx\"}"

static enum ratls_err ask_within(int64_t timeout_ms, struct ratls_error *err)
{
    struct ratls_opa *opa = NULL;

    cr_assert_eq(ratls_opa_new(server.url, "ratls/allow", timeout_ms, &opa, err), RATLS_OK, "%s",
                 err->detail);
    enum ratls_err e = ratls_opa_judge(opa, ratls_bytes_str(QUESTION), err);
    ratls_opa_free(opa);
    return e;
}

static enum ratls_err ask_of(const char *answer, struct ratls_error *err)
{
    start_server(&(struct manner){.answer = ratls_bytes_str(answer)});
    enum ratls_err e = ask_within(5000, err);
    stop_server();
    return e;
}

#define WHOLE(body) OK_LINE JSON CLOSE "\r\n" body

Test(opa, asks_as_the_data_api_wants_it)
{
    struct ratls_error err = {0};

    cr_assert_eq(ask_of(WHOLE("{\"result\":true}"), &err), RATLS_OK, "%s", err.detail);
    cr_expect(strncmp(server.request, "POST /v1/data/ratls/allow HTTP/1.1\r\n", 36) == 0, "%s",
              server.request);
    cr_expect(strstr(server.request, "\r\nContent-Type: application/json\r\n"));
    cr_expect(strstr(server.request, "\r\n\r\n{\"input\":" QUESTION "}"), "%s", server.request);
    cr_expect_not(strcasestr(server.request, "accept-encoding"));
    cr_expect_not(strcasestr(server.request, "authorization"));
}

Test(opa, asks_through_a_unix_socket)
{
    struct ratls_error err = {0};

    start_unix_server(&(struct manner){.answer = ratls_bytes_str(WHOLE("{\"result\":true}"))});
    cr_expect_eq(ask_within(5000, &err), RATLS_OK, "%s", err.detail);
    stop_server();
    cr_expect(strncmp(server.request, "POST /v1/data/ratls/allow HTTP/1.1\r\n", 36) == 0);
}

Test(opa, large_questions_arrive_whole)
{
    static char question[1200000]; /* libcurl would ask before it sends so much */
    struct ratls_opa *opa = NULL;

    memset(question, 'x', sizeof question - 1);
    question[0] = question[sizeof question - 2] = '"';
    start_server(&(struct manner){.answer = ratls_bytes_str(WHOLE("{\"result\":true}"))});
    cr_assert_eq(ratls_opa_new(server.url, "a", 5000, &opa, NULL), RATLS_OK);
    cr_expect_eq(ratls_opa_ask(opa, ratls_bytes_str(question), NULL), RATLS_OK);
    ratls_opa_free(opa);
    stop_server();
    cr_expect(strstr(server.request, question));
    cr_expect_not(strcasestr(server.request, "expect:"));
}

Test(opa, tells_false_from_failure)
{
    struct ratls_error err = {0};

    cr_expect_eq(ask_of(WHOLE("{\"result\":{\"allow\":false}}"), &err), RATLS_E_OPA_DENIED);
    cr_expect_str_eq(err.detail, "result.allow is false");
    err = (struct ratls_error){0};
    cr_expect_eq(ask_of(WHOLE("{}"), &err), RATLS_E_OPA_FAILED);
    cr_expect(strstr(err.detail, "/v1/data/ratls/allow: the answer has no result: undefined"), "%s",
              err.detail);
}

static const char *const json_types[] = {
    "Content-Type: application/json\r\n", "Content-Type: Application/JSON\r\n",
    "content-type:application/json; charset=utf-8\r\n", "Content-Type: application/json ;q=1\r\n"};

Test(opa, takes_json_by_any_spelling)
{
    for (size_t i = 0; i < RT_COUNT(json_types); i++) {
        struct ratls_error err = {0};
        char answer[200];
        (void)snprintf(answer, sizeof answer, OK_LINE CLOSE "%s\r\n{\"result\":true}",
                       json_types[i]);
        cr_expect_eq(ask_of(answer, &err), RATLS_OK, "%s: %s", json_types[i], err.detail);
    }
}

/* ---- answers that are none; T42, T161 ---- */

#define BODY  "\r\n{\"result\":true}"
#define MOVED CLOSE "Location: http://127.0.0.1:9/\r\n" JSON BODY

static const struct {
    const char *answer, *why;
} bad_answers[] = {
    {"HTTP/1.1 500 Oops\r\n" JSON CLOSE BODY, "status 500, not 200"},
    {"HTTP/1.1 503 Busy\r\n" JSON CLOSE BODY, "status 503, not 200"},
    {"HTTP/1.1 400 Bad\r\n" JSON CLOSE BODY, "status 400, not 200"},
    {"HTTP/1.1 401 Who\r\n" JSON CLOSE BODY, "status 401, not 200"},
    {"HTTP/1.1 404 Not Found\r\n" JSON CLOSE BODY, "status 404, not 200"},
    {"HTTP/1.1 201 Created\r\n" JSON CLOSE BODY, "status 201, not 200"},
    {"HTTP/1.1 204 No Content\r\n" CLOSE "\r\n", "status 204, not 200"},
    {"HTTP/1.1 206 Partial\r\n" JSON CLOSE BODY, "status 206, not 200"},
    {"HTTP/1.1 301 Moved\r\n" MOVED, "status 301, not 200"},
    {"HTTP/1.1 302 Found\r\n" MOVED, "status 302, not 200"},
    {"HTTP/1.1 303 Other\r\n" MOVED, "status 303, not 200"},
    {"HTTP/1.1 307 Moved\r\n" MOVED, "status 307, not 200"},
    {"HTTP/1.1 308 Moved\r\n" MOVED, "status 308, not 200"},
    {OK_LINE CLOSE BODY, "not application/json"},
    {OK_LINE CLOSE "Content-Type: text/plain\r\n" BODY, "not application/json"},
    {OK_LINE CLOSE "Content-Type: application/jsonp\r\n" BODY, "not application/json"},
    {OK_LINE CLOSE "Content-Type: application/json-seq\r\n" BODY, "not application/json"},
    {OK_LINE CLOSE "Content-Type: text/html\r\n\r\n<html>true</html>", "not application/json"},
    {OK_LINE JSON "Content-Length: 99\r\n" BODY, "remaining to read"},
    {OK_LINE JSON "Transfer-Encoding: chunked\r\n\r\nf\r\n{\"result\":true}\r\n",
     "outstanding read data remaining"},
    {OK_LINE JSON "Content-Length: 70000\r\n\r\n", "remaining to read"},
    {OK_LINE JSON CLOSE "\r\n", "JSON"},
    {OK_LINE JSON CLOSE "\r\n{\"result\":true", "JSON"},
    {OK_LINE JSON "Content-Encoding: gzip\r\n" CLOSE "\r\n\x1f\x8b\x08", "JSON"},
    {"HTTP/1.1 100 Continue\r\n\r\n", "Empty reply"},
    {"HTTP/1.1 103 Early\r\n" JSON "\r\n", "Empty reply"},
    {"{\"result\":true}", "HTTP/0.9"},
    {"", "Empty reply"},
};

Test(opa, answers_that_are_not_whole_and_good_deny)
{
    for (size_t i = 0; i < RT_COUNT(bad_answers); i++) {
        struct ratls_error err = {0};
        cr_expect_eq(ask_of(bad_answers[i].answer, &err), RATLS_E_OPA_FAILED, "%zu: %s", i,
                     err.detail);
        cr_expect(strstr(err.detail, bad_answers[i].why), "%zu: %s", i, err.detail);
        cr_expect(strstr(err.detail, "OPA at http://127.0.0.1:"), "%zu: %s", i, err.detail);
    }
}

/* An allow in front of 64 KiB, and more. */
Test(opa, giant_answers_deny)
{
    static char answer[200 + RT_MAX_OPA_ANSWER];
    struct ratls_error err = {0};
    int head = snprintf(answer, sizeof answer, OK_LINE JSON CLOSE "\r\n{\"result\":true}");

    memset(answer + head, ' ', sizeof answer - 1 - (size_t)head);
    cr_expect_eq(ask_of(answer, &err), RATLS_E_OPA_FAILED);
    cr_expect(strstr(err.detail, "the answer is too large"), "%s", err.detail);
}

Test(opa, giant_headers_deny)
{
    static char answer[20000];
    struct ratls_error err = {0};
    int n = snprintf(answer, sizeof answer, OK_LINE JSON CLOSE);

    for (int i = 0; i < 17; i++)
        n += snprintf(answer + n, sizeof answer - (size_t)n, "X-Filler: %0988d\r\n", 0);
    (void)snprintf(answer + n, sizeof answer - (size_t)n, "\r\n{\"result\":true}");
    cr_expect_eq(ask_of(answer, &err), RATLS_E_OPA_FAILED);
    cr_expect(strstr(err.detail, "its headers are too large"), "%s", err.detail);
}

/* ---- time ---- */

static void expect_timeout(const struct manner *manner)
{
    const struct ratls_env *env = ratls_env_system();
    struct ratls_error err = {0};

    start_server(manner);
    const int64_t begun = env->monotonic_ms(env->arg);
    cr_expect_eq(ask_within(300, &err), RATLS_E_OPA_FAILED);
    const int64_t took = env->monotonic_ms(env->arg) - begun;
    stop_server();
    cr_expect(strstr(err.detail, "timed out"), "%s", err.detail);
    cr_expect(took >= 290 && took < 3000, "%lld ms", (long long)took);
}

Test(opa, silence_ends_with_the_time)
{
    expect_timeout(&(struct manner){.stalls = true});
}

Test(opa, late_answers_deny)
{
    expect_timeout(
        &(struct manner){.answer = ratls_bytes_str(WHOLE("{\"result\":true}")), .delay_ms = 1000});
}

/* The time is that of the whole question, not of a byte. */
Test(opa, trickle_ends_with_the_time)
{
    expect_timeout(
        &(struct manner){.answer = ratls_bytes_str(WHOLE("{\"result\":true}")), .trickle_ms = 20});
}

Test(opa, stall_within_the_answer_ends_with_the_time)
{
    expect_timeout(&(struct manner){
        .answer = ratls_bytes_str(OK_LINE JSON "Content-Length: 16\r\n" BODY), .stalls = true});
}

/* The whole answer is there: nobody waits for the end of the connection. */
Test(opa, whole_answer_needs_no_end_of_the_connection)
{
    struct ratls_error err = {0};

    start_server(&(struct manner){
        .answer = ratls_bytes_str(OK_LINE JSON "Content-Length: 15\r\n" BODY), .stalls = true});
    cr_expect_eq(ask_within(5000, &err), RATLS_OK, "%s", err.detail);
    stop_server();
}

/* ---- nobody, and others ---- */

Test(opa, nobody_there_denies)
{
    struct ratls_error err = {0};

    (void)strcpy(server.url, "http://127.0.0.1:9");
    cr_expect_eq(ask_within(2000, &err), RATLS_E_OPA_FAILED);
    cr_expect(strstr(err.detail, "Failed to connect"), "%s", err.detail);
    err = (struct ratls_error){0};
    (void)strcpy(server.url, "http+unix:/nonexistent/opa.sock");
    cr_expect_eq(ask_within(2000, &err), RATLS_E_OPA_FAILED);
    cr_expect(strstr(err.detail, "OPA at /nonexistent/opa.sock: "), "%s", err.detail);
}

Test(opa, proxies_of_the_environment_are_not_asked)
{
    struct ratls_error err = {0};

    (void)setenv("http_proxy", "http://127.0.0.1:9", 1);
    (void)setenv("all_proxy", "http://127.0.0.1:9", 1);
    cr_expect_eq(ask_of(WHOLE("{\"result\":true}"), &err), RATLS_OK, "%s", err.detail);
}

Test(opa, netrc_is_not_read)
{
    char home[] = "/tmp/ratls-opa.XXXXXX", path[64];
    struct ratls_error err = {0};

    cr_assert(mkdtemp(home));
    (void)snprintf(path, sizeof path, "%s/.netrc", home);
    FILE *f = fopen(path, "w");
    cr_assert(f && fputs("machine 127.0.0.1 login me password mine\n", f) >= 0 && fclose(f) == 0);
    (void)setenv("HOME", home, 1);
    cr_expect_eq(ask_of(WHOLE("{\"result\":true}"), &err), RATLS_OK);
    cr_expect_not(strcasestr(server.request, "authorization"));
    (void)unlink(path);
    (void)rmdir(home);
}

/* ---- many questions ---- */

#define KEPT OK_LINE JSON "Content-Length: 15\r\n" BODY

Test(opa, one_connection_serves_many_questions)
{
    struct ratls_opa *opa = NULL;

    start_server(&(struct manner){.answer = ratls_bytes_str(KEPT), .keeps = true});
    cr_assert_eq(ratls_opa_new(server.url, "a", 5000, &opa, NULL), RATLS_OK);
    for (int i = 0; i < 5; i++)
        cr_expect_eq(ratls_opa_ask(opa, ratls_bytes_str(QUESTION), NULL), RATLS_OK);
    cr_expect_eq(server.questions, 5);
    cr_expect_eq(server.connections, 1);
    ratls_opa_free(opa);
    stop_server();
}

/* An answer of one question is not that of the next, which the server gave beforehand. */
Test(opa, answer_in_advance_is_not_taken)
{
    struct ratls_opa *opa = NULL;
    struct ratls_error err = {0};

    start_server(&(struct manner){
        .answer = ratls_bytes_str(OK_LINE JSON "Content-Length: 16\r\n\r\n{\"result\":false}" KEPT),
        .keeps = true});
    cr_assert_eq(ratls_opa_new(server.url, "a", 5000, &opa, NULL), RATLS_OK);
    for (int i = 0; i < 3; i++)
        cr_expect_eq(ratls_opa_ask(opa, ratls_bytes_str(QUESTION), &err), RATLS_E_OPA_DENIED, "%s",
                     err.detail);
    ratls_opa_free(opa);
    stop_server();
}

Test(opa, restarted_it_is_asked_again)
{
    struct ratls_opa *opa = NULL;
    struct ratls_error err = {0};
    unsigned port = 0;

    start_server(
        &(struct manner){.answer = ratls_bytes_str(KEPT)}); /* closes, and did not say so */
    cr_assert_eq(sscanf(server.url, "http://127.0.0.1:%u", &port), 1);
    cr_assert_eq(ratls_opa_new(server.url, "a", 5000, &opa, NULL), RATLS_OK);
    cr_expect_eq(ratls_opa_ask(opa, ratls_bytes_str(QUESTION), NULL), RATLS_OK);
    stop_server();
    cr_expect_eq(ratls_opa_ask(opa, ratls_bytes_str(QUESTION), NULL), RATLS_E_OPA_FAILED);
    start_at((uint16_t)port, &(struct manner){.answer = ratls_bytes_str(KEPT)});
    cr_expect_eq(ratls_opa_ask(opa, ratls_bytes_str(QUESTION), &err), RATLS_OK, "%s", err.detail);
    ratls_opa_free(opa);
    stop_server();
}

static void *ask_ten_times(void *arg)
{
    for (int i = 0; i < 10; i++)
        if (ratls_opa_ask(arg, ratls_bytes_str(QUESTION), NULL) != RATLS_OK)
            return arg;
    return NULL;
}

Test(opa, threads_ask_at_once)
{
    struct ratls_opa *opa = NULL;
    pthread_t threads[8];
    void *bad = NULL;

    start_server(&(struct manner){.answer = ratls_bytes_str(KEPT), .keeps = true, .delay_ms = 5});
    cr_assert_eq(ratls_opa_new(server.url, "a", 10000, &opa, NULL), RATLS_OK);
    for (size_t i = 0; i < RT_COUNT(threads); i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, ask_ten_times, opa), 0);
    for (size_t i = 0; i < RT_COUNT(threads); i++) {
        cr_assert_eq(pthread_join(threads[i], &bad), 0);
        cr_expect_null(bad);
    }
    cr_expect_eq(server.questions, 80);
    ratls_opa_free(opa);
    stop_server();
}
