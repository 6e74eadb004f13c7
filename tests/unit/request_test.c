/* HTTP over an attested connection, against a server that splits, cuts, stalls, redirects and
 * refuses (T161). */
#include <dirent.h>

#include "request_support.h"

#define HELLO OK_HEAD "Content-Length: 5\r\n\r\nhello"

static void expect(const char *answer, size_t chunk, enum ending ending, enum ratls_err expected)
{
    const struct script s = {ratls_bytes_str(answer), chunk, ending, false};
    const struct ratls_request request = {.max_body = 16};
    struct ratls_response r;
    struct ratls_error err;
    enum ratls_err e = ask(request, &s, &r, &err);

    cr_expect_eq(e, expected, "%.60s: %s (%s)", answer, ratls_err_reason(e), err.detail);
    if (e) {
        cr_expect_eq(r.status, 0);
        cr_expect_null(r.body.p, "nothing is left of a refusal");
        cr_expect_eq(err.code, e, "%s", err.detail);
    } else {
        cr_expect_str_eq((char *)r.body.p, "hello");
    }
    ratls_response_free(&r);
}

/* ---- whole answers ---- */

Test(request, gives_the_answer_and_who_gave_it)
{
    const struct script s = {ratls_bytes_str("HTTP/1.1 201 Created\r\nContent-Type: Text/Plain; "
                                             "charset=x\r\nContent-Length: 5\r\n\r\nhello"),
                             0, CLOSES, false};
    const struct ratls_request request = {.accept = "text/plain"};
    struct ratls_response r;
    struct ratls_error err;

    server_usual();
    cr_assert_eq(ask(request, &s, &r, &err), RATLS_OK, "%s", err.detail);
    cr_expect_eq(r.status, 201);
    cr_expect_str_eq(r.content_type, "text/plain");
    cr_expect_str_eq((char *)r.body.p, "hello");
    cr_assert(ratls_verdict_allowed(r.verdict));
    cr_expect_str_eq(ratls_verdict_measurement(r.verdict), MRTD_SERVER);
    cr_expect_eq(r.level, RATLS_LEVEL_SESSION);
    cr_expect(strncmp(server.request, "GET /there?a=b HTTP/1.1\r\n", 25) == 0, "%s",
              server.request);
    cr_expect(strstr(server.request, "\r\nAccept: text/plain\r\n"));
    ratls_response_free(&r);
    cr_expect_null(r.body.p);
    server_close();
}

Test(request, takes_whole_answers_however_they_come)
{
    static const char chunked[] =
        OK_HEAD "Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n";
    static const char plain[] = OK_HEAD "\r\nhello";
    static const char other_case[] =
        OK_HEAD "TRANSFER-ENCODING: Chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
    static const char after_hints[] = "HTTP/1.1 103 Early\r\n\r\n" HELLO;

    server_usual();
    for (int i = 0; i < 2; i++) {
        const size_t chunk = i ? 1 : 0;
        expect(HELLO, chunk, CLOSES, RATLS_OK);
        expect(HELLO, chunk, STAYS, RATLS_OK);
        expect(chunked, chunk, CLOSES, RATLS_OK);
        expect(chunked, chunk, STAYS, RATLS_OK);
        expect(plain, chunk, CLOSES, RATLS_OK);
        expect(after_hints, chunk, CLOSES, RATLS_OK);
        expect(other_case, chunk, STAYS, RATLS_OK);
    }
    server_close();
}

Test(request, takes_a_mebibyte)
{
    const size_t len = RATLS_RESPONSE_MAX;
    struct rt_writer w = {0};
    const struct ratls_request request = {.max_body = len};
    struct ratls_response r;
    struct ratls_error err;

    rt_put_bytes(&w, ratls_bytes_str(OK_HEAD "Content-Length: 1048576\r\n\r\n"));
    const size_t head = w.len;
    for (size_t i = 0; i < len; i++)
        rt_put_u8(&w, (uint8_t)(i * 31 >> 3));
    const struct script s = {rt_written(&w), 5000, CLOSES, false};
    server_usual();
    cr_assert_eq(ask(request, &s, &r, &err), RATLS_OK, "%s", err.detail);
    cr_assert_eq(r.body.len, len);
    cr_expect_eq(memcmp(r.body.p, w.p + head, len), 0);
    ratls_response_free(&r);
    rt_writer_free(&w);
    server_close();
}

Test(request, gives_any_status_with_its_body)
{
    static const int statuses[] = {400, 403, 404, 500, 503};
    char answer[128];
    struct ratls_response r;
    struct ratls_error err;

    server_usual();
    for (size_t i = 0; i < RT_COUNT(statuses); i++) {
        (void)snprintf(answer, sizeof answer, "HTTP/1.1 %d Oh\r\nContent-Length: 3\r\n\r\nwhy",
                       statuses[i]);
        const struct script s = {ratls_bytes_str(answer), 0, CLOSES, false};
        cr_assert_eq(ask((struct ratls_request){0}, &s, &r, &err), RATLS_OK, "%s", err.detail);
        cr_expect_eq(r.status, statuses[i]);
        cr_expect_str_eq((char *)r.body.p, "why");
        cr_expect_str_eq(r.content_type, "");
        ratls_response_free(&r);
    }
    server_close();
}

Test(request, knows_answers_that_have_no_body)
{
    static const char *const answers[] = {"HTTP/1.1 204 None\r\n\r\n", "HTTP/1.1 304 Same\r\n\r\n"};
    struct ratls_response r;
    struct ratls_error err;

    server_usual();
    for (size_t i = 0; i < RT_COUNT(answers); i++) {
        const struct script s = {ratls_bytes_str(answers[i]), 0, STAYS, false};
        cr_assert_eq(ask((struct ratls_request){0}, &s, &r, &err), RATLS_OK, "%s", err.detail);
        cr_expect_eq(r.body.len, 0);
        ratls_response_free(&r);
    }
    server_close();
}

Test(request, follows_no_redirect)
{
    char answer[256];
    struct ratls_response r;
    struct ratls_error err;

    server_usual();
    (void)snprintf(answer, sizeof answer,
                   "HTTP/1.1 307 There\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n", server.url);
    const struct script s = {ratls_bytes_str(answer), 0, CLOSES, false};
    cr_assert_eq(ask((struct ratls_request){0}, &s, &r, &err), RATLS_OK, "%s", err.detail);
    cr_expect_eq(r.status, 307);
    cr_expect(is_alone());
    ratls_response_free(&r);
    server_close();
}

/* ---- what is no whole answer ---- */

Test(request, refuses_what_is_cut_off)
{
    static const char by_length[] = OK_HEAD "Content-Length: 6\r\n\r\nhello";
    static const char by_chunks[] = OK_HEAD "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n";
    static const char by_coding[] = OK_HEAD "Transfer-Encoding: identity\r\n\r\nhello";
    static const char by_close[] = OK_HEAD "\r\nhello";
    static const char head[] = OK_HEAD;

    server_usual();
    expect(by_length, 0, CUTS, RATLS_E_TRUNCATED);
    expect(by_length, 0, CLOSES, RATLS_E_FETCH);
    expect(by_length, 0, RESETS, RATLS_E_RESET);
    expect(by_chunks, 0, CUTS, RATLS_E_TRUNCATED);
    expect(by_chunks, 0, CLOSES, RATLS_E_FETCH);
    expect(by_close, 0, CUTS, RATLS_E_TRUNCATED);
    expect(by_close, 0, RESETS, RATLS_E_RESET);
    expect(by_coding, 0, CLOSES, RATLS_OK);
    expect(by_coding, 0, CUTS, RATLS_E_TRUNCATED);
    expect(head, 0, CUTS, RATLS_E_TRUNCATED);
    expect("", 0, CUTS, RATLS_E_TRUNCATED);
    expect("", 0, CLOSES, RATLS_E_FETCH);
    server_close();
}

Test(request, refuses_what_is_no_http)
{
    server_usual();
    expect("hello", 0, CLOSES, RATLS_E_FETCH);
    expect("HTTP/1.1 99 Low\r\nContent-Length: 5\r\n\r\nhello", 0, CLOSES, RATLS_E_FETCH);
    expect("HTTP/1.1 600 High\r\nContent-Length: 5\r\n\r\nhello", 0, CLOSES, RATLS_E_FETCH);
    server_close();
}

Test(request, refuses_what_is_too_large)
{
    char *head = malloc(200000);
    size_t at = (size_t)sprintf(head, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n");

    while (at < RT_MAX_HTTP_HEADERS)
        at += (size_t)sprintf(head + at, "X-Filler: %0200d\r\n", 0);
    (void)sprintf(head + at, "\r\nhello");
    server_usual();
    expect(OK_HEAD "Content-Length: 17\r\n\r\n0123456789abcdef0", 0, CLOSES, RATLS_E_LIMIT);
    expect(OK_HEAD "Content-Length: 99999999999\r\n\r\n0123456789abcdef0", 0, STAYS, RATLS_E_LIMIT);
    expect(OK_HEAD "Transfer-Encoding: chunked\r\n\r\n11\r\n0123456789abcdef0\r\n0\r\n\r\n", 1,
           STAYS, RATLS_E_LIMIT);
    expect(OK_HEAD "\r\n0123456789abcdef0", 0, CLOSES, RATLS_E_LIMIT);
    expect(head, 0, CLOSES, RATLS_E_LIMIT);
    server_close();
    free(head);
}

Test(request, waits_no_longer_than_told, .timeout = 20)
{
    server_usual();
    server.timeout_ms = 300;
    expect("", 0, STAYS, RATLS_E_TIMEOUT);
    expect(OK_HEAD "Content-Length: 6\r\n\r\nhello", 0, STAYS, RATLS_E_TIMEOUT);
    expect(OK_HEAD "\r\nhello", 0, STAYS, RATLS_E_TIMEOUT);
    server_close();
}

Test(request, waits_no_longer_for_a_handshake, .timeout = 20)
{
    const struct ratls_request request = {.url = server.url, .timeout_ms = 300};
    struct ratls_response r;
    struct ratls_error err = {0};

    server_usual(); /* nobody accepts */
    cr_expect_eq(ratls_request_send(ratls_env_system(), server.rig.client.ctx, &request, &r, &err),
                 RATLS_E_TIMEOUT, "%s", err.detail);
    ratls_response_free(&r);
    server_close();
}

/* ---- what is sent ---- */

Test(request, sends_a_body_whole)
{
    const struct script s = {ratls_bytes_str(HELLO), 0, CLOSES, false};
    struct ratls_response r;
    struct ratls_error err;
    struct rt_writer w = {0};

    for (size_t i = 0; i < RATLS_REQUEST_BODY_MAX; i++)
        rt_put_u8(&w, (uint8_t)('a' + i % 26));
    const struct ratls_request request = {.content_type = "text/x", .body = rt_written(&w)};
    server_usual();
    cr_assert_eq(ask(request, &s, &r, &err), RATLS_OK, "%s", err.detail);
    cr_expect(strncmp(server.request, "POST /there?a=b HTTP/1.1\r\n", 26) == 0);
    cr_expect(strstr(server.request, "\r\nContent-Type: text/x\r\n"));
    const char *body = strstr(server.request, "\r\n\r\n") + 4;
    cr_assert_eq(server.request_len - (size_t)(body - server.request), w.len);
    cr_expect_eq(memcmp(body, w.p, w.len), 0);
    ratls_response_free(&r);
    rt_writer_free(&w);
    server_close();
}

Test(request, hears_an_answer_before_it_has_said_all, .timeout = 20)
{
    const struct script s = {
        ratls_bytes_str("HTTP/1.1 413 Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"), 0,
        STAYS, true};
    static uint8_t body[RATLS_REQUEST_BODY_MAX];
    const struct ratls_request request = {.content_type = "text/x",
                                          .body = ratls_bytes(body, sizeof body)};
    struct ratls_response r;
    struct ratls_error err;

    server_usual();
    cr_assert_eq(ask(request, &s, &r, &err), RATLS_OK, "%s", err.detail);
    cr_expect_eq(r.status, 413);
    ratls_response_free(&r);
    server_close();
}

Test(request, asks_no_proxy)
{
    server_usual();
    (void)setenv("http_proxy", "http://127.0.0.1:1", 1);
    (void)setenv("https_proxy", "http://127.0.0.1:1", 1);
    (void)setenv("ALL_PROXY", "socks5://127.0.0.1:1", 1);
    expect(HELLO, 0, CLOSES, RATLS_OK);
    server_close();
}

/* ---- who may not ---- */

Test(request, tells_why_the_server_was_refused)
{
    const struct side_plan client = {.policy = POLICY_OF(MRTD_CLIENT, "session")}, usual = {0};
    const struct script s = {ratls_bytes_str(HELLO), 0, CLOSES, false};
    struct ratls_response r;
    struct ratls_error err;

    server_open(&client, &usual);
    cr_expect_eq(ask((struct ratls_request){0}, &s, &r, &err), RATLS_E_MEASUREMENT, "%s",
                 err.detail);
    cr_assert_not_null(r.verdict);
    cr_expect_not(ratls_verdict_allowed(r.verdict));
    cr_expect_str_eq(ratls_verdict_reason(r.verdict), "measurement_mismatch");
    cr_expect_eq(server.request_len, 0, "no request leaves");
    ratls_response_free(&r);
    server_close();
}

Test(request, tells_that_the_server_refused)
{
    const struct side_plan own = {.policy = POLICY_OF(MRTD_SERVER, "session")}, usual = {0};
    const struct script s = {ratls_bytes_str(HELLO), 0, CLOSES, false};
    struct ratls_response r;
    struct ratls_error err;

    server_open(&usual, &own);
    cr_expect_eq(ask((struct ratls_request){0}, &s, &r, &err), RATLS_E_PEER_DENIED, "%s",
                 err.detail);
    cr_expect_eq(server.handshake, RATLS_E_MEASUREMENT);
    cr_assert_not_null(r.verdict);
    cr_expect_str_eq(ratls_verdict_reason(r.verdict), "peer_denied");
    cr_expect_str_eq(ratls_verdict_measurement(r.verdict), MRTD_SERVER);
    cr_expect_eq(server.request_len, 0, "no request leaves");
    ratls_response_free(&r);
    server_close();
}

Test(request, says_that_nobody_is_there)
{
    const struct ratls_request request = {.url = server.url};
    struct ratls_response r;
    struct ratls_error err = {0};

    server_usual();
    (void)close(server.listener);
    cr_expect_eq(ratls_request_send(ratls_env_system(), server.rig.client.ctx, &request, &r, &err),
                 RATLS_E_FETCH, "%s", err.detail);
    cr_expect_null(r.verdict);
    rig_free(&server.rig);
}

/* ---- what is not asked at all ---- */

static const struct ratls_request bad[] = {
    {.url = NULL},
    {.url = "http://127.0.0.1:1/"},
    {.url = "ftp://127.0.0.1:1/"},
    {.url = "https://user@127.0.0.1:1/"},
    {.url = "https://127.0.0.1:1/#part"},
    {.url = "https://127.0.0.1:1/\r\nX: y"},
    {.url = "https://127.0.0.1:1/", .dpop = "a.b.c\r\nX: y"},
    {.url = "https://127.0.0.1:1/", .dpop = ""},
    {.url = "https://127.0.0.1:1/", .accept = "a/b\r\nX: y"},
    {.url = "https://127.0.0.1:1/", .accept = ""},
    {.url = "https://127.0.0.1:1/", .content_type = "a b"},
    {.url = "https://127.0.0.1:1/", .body = {(const uint8_t *)"x", 1}},
    {.url = "https://127.0.0.1:1/",
     .content_type = "a/b",
     .body = {(const uint8_t *)"x", RATLS_REQUEST_BODY_MAX + 1}},
    {.url = "https://127.0.0.1:1/", .max_body = RATLS_RESPONSE_MAX + 1},
    {.url = "https://127.0.0.1:1/", .timeout_ms = -1},
    {.url = "https://127.0.0.1:1/", .timeout_ms = RATLS_REQUEST_TIMEOUT_MAX + 1},
};

Test(request, refuses_bad_requests)
{
    struct ratls_response r;

    server_usual();
    for (size_t i = 0; i < RT_COUNT(bad); i++) {
        struct ratls_error err = {0};
        cr_expect_eq(
            ratls_request_send(ratls_env_system(), server.rig.client.ctx, &bad[i], &r, &err),
            RATLS_E_USAGE, "%zu: %s", i, err.detail);
        cr_expect_null(r.verdict);
    }
    server_close();
}

static size_t open_files(void)
{
    DIR *folder = opendir("/proc/self/fd");
    size_t n = 0;

    cr_assert_not_null(folder);
    while (readdir(folder))
        n++;
    (void)closedir(folder);
    return n;
}

Test(request, leaves_no_descriptors)
{
    server_usual();
    expect(HELLO, 0, CLOSES, RATLS_OK);
    const size_t before = open_files();
    expect(HELLO, 0, CLOSES, RATLS_OK);
    expect(OK_HEAD, 0, CUTS, RATLS_E_TRUNCATED);
    cr_expect_eq(open_files(), before);
    server_close();
}

/* ---- proofs by somebody else ---- */

/* Who has the attestation key, and what he does with a request. */
struct holder {
    struct ratls_identity *identity;
    enum ratls_err fault;
    bool lies;
    unsigned asked;
};

static enum ratls_err prove_elsewhere(void *arg, const struct ratls_proof_request *request,
                                      const uint8_t own_spki_sha256[32], uint8_t signature[64])
{
    struct holder *h = arg;

    h->asked++;
    cr_expect_eq(request->role, RATLS_CLIENT);
    cr_expect_eq(request->level, RATLS_LEVEL_SESSION);
    cr_expect_arr_eq(own_spki_sha256, ratls_identity_spki_sha256(h->identity), 32);
    enum ratls_err e = h->fault ? h->fault : ratls_identity_prove(h->identity, request, signature);
    signature[0] ^= h->lies;
    return e;
}

/* One request by a leaf alone. */
static enum ratls_err ask_as_leaf(struct holder *h, bool with_prover)
{
    const struct script s = {ratls_bytes_str(HELLO), 0, CLOSES, false};
    const struct ratls_prover prover = {prove_elsewhere, h};
    struct ratls_identity *own = server.rig.client.identity, *leaf = NULL;
    struct ratls_buffer key = {0};
    struct ratls_response r;
    struct ratls_error err;

    h->identity = own;
    cr_assert_eq(ratls_identity_export_key(own, &key), RATLS_OK);
    cr_assert_eq(ratls_identity_import(ratls_env_system(), ratls_identity_chain(own),
                                       ratls_bytes(key.p, key.len), &leaf, NULL),
                 RATLS_OK);
    cr_assert_eq(ratls_ctx_set_identity(server.rig.client.ctx, leaf, NULL), RATLS_OK);
    enum ratls_err e =
        ask((struct ratls_request){.prover = with_prover ? &prover : NULL}, &s, &r, &err);
    ratls_response_free(&r);
    ratls_identity_unref(leaf);
    ratls_buffer_free(&key);
    return e;
}

Test(request, lets_the_holder_of_the_attestation_key_prove)
{
    struct holder good = {0}, unwilling = {.fault = RATLS_E_PROOF_LIMIT}, liar = {.lies = true},
                  unasked = {0};

    server_usual();
    cr_expect_eq(ask_as_leaf(&good, true), RATLS_OK);
    cr_expect_eq(server.handshake, RATLS_OK);
    cr_expect_eq(good.asked, 1);
    cr_expect_eq(ask_as_leaf(&unwilling, true), RATLS_E_PROOF_LIMIT);
    cr_expect_neq(server.handshake, RATLS_OK);
    cr_expect_eq(ask_as_leaf(&liar, true), RATLS_E_PEER_DENIED);
    cr_expect_neq(server.handshake, RATLS_OK);
    cr_expect_eq(ask_as_leaf(&unasked, false), RATLS_E_UNSUPPORTED);
    server_close();
}
