/* What the admin process shows, and to whom. */
#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "auth.h"
#include "text.h"
#include "view.h"

#define TOKEN "0123456789abcdef"

/* ---- text ---- */

static char *escaped(void (*f)(struct evbuffer *, const char *), const char *text)
{
    struct evbuffer *b = evbuffer_new();

    f(b, text);
    (void)evbuffer_add(b, "", 1);
    char *out = strdup((const char *)evbuffer_pullup(b, -1));
    evbuffer_free(b);
    return out;
}

#define expect_escaped(f, text, expected)                                                          \
    do {                                                                                           \
        char *found = escaped(f, text);                                                            \
        cr_expect_str_eq(found, expected);                                                         \
        free(found);                                                                               \
    } while (0)

Test(proxy_admin, text_is_inert_in_html)
{
    expect_escaped(px_text_html, "<script>alert('&\"')</script>",
                   "&lt;script&gt;alert(&#39;&amp;&quot;&#39;)&lt;/script&gt;");
    expect_escaped(px_text_html, "a\r\n\x1b[31m\x7f", "a\\x0d\\x0a\\x1b[31m\\x7f");
    expect_escaped(px_text_html, "\xf0\x9f\x94\x92 \xe2\x80\xae", /* a lock, right-to-left */
                   "\\xf0\\x9f\\x94\\x92 \\xe2\\x80\\xae");
    expect_escaped(px_text_html, "", "");
}

Test(proxy_admin, text_is_one_string_in_json)
{
    static const char *const texts[] = {"a\"b", "\\", "\n\x01", "</script>", "\xf0\x9f\x94\x92"};

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char *found = escaped(px_text_json, texts[i]);
        cJSON *json = cJSON_Parse(found);
        cr_assert(cJSON_IsString(json), "%s", found);
        for (const char *c = found; *c; c++)
            cr_expect(*c >= 0x20 && *c < 0x7f);
        cJSON_Delete(json);
        free(found);
    }
    expect_escaped(px_text_json, "q\"\\\x1f\x7f", "\"q\\\"\\\\\\u001f\\u007f\"");
}

Test(proxy_admin, text_is_one_value_in_labels)
{
    expect_escaped(px_text_label, "a\"} 1\nx{b=\"\\", "\"a\\\"} 1\\\\x0ax{b=\\\"\\\\\"");
}

/* ---- tokens ---- */

static struct px_auth auth;

static enum px_answer_to shown(const char *value, int64_t now_ms)
{
    return px_auth_ask(&auth, "127.0.0.1", value, now_ms);
}

Test(proxy_admin, tokens_open)
{
    cr_assert(px_auth_init(&auth, TOKEN));
    cr_expect_eq(shown(NULL, 1), PX_AUTH_NONE);
    cr_expect_eq(shown("Bearer " TOKEN, 1), PX_AUTH_BEARER);
    cr_expect_eq(shown("bearer  " TOKEN, 1), PX_AUTH_BEARER);
    /* printf admin:0123456789abcdef | base64 */
    cr_expect_eq(shown("Basic YWRtaW46MDEyMzQ1Njc4OWFiY2RlZg==", 1), PX_AUTH_BASIC);
}

Test(proxy_admin, nothing_else_opens)
{
    static const char *const wrong[] = {
        "",
        "Bearer",
        "Bearer ",
        TOKEN,
        "Bearer " TOKEN "0",
        "Bearer 0123456789abcde",
        "Bearer 1123456789abcdef",
        "Bearer 0123456789abcdee",
        "Bearer YWRtaW46MDEyMzQ1Njc4OWFiY2RlZg==",
        "Basic " TOKEN,
        "Basic YWRtaW46MDEyMzQ1Njc4OWFiY2RlZg=",
        "Digest " TOKEN,
    };
    char longest[4096];

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        cr_assert(px_auth_init(&auth, TOKEN));
        cr_expect_eq(shown(wrong[i], 1), PX_AUTH_WRONG, "%s", wrong[i]);
    }
    memset(longest, 'x', sizeof longest);
    memcpy(longest, "Bearer ", 7);
    longest[sizeof longest - 1] = '\0';
    cr_expect_eq(shown(longest, 1), PX_AUTH_WRONG);
    auth = (struct px_auth){0}; /* no token was given: nobody has it */
    cr_expect_eq(shown("Bearer ", 1), PX_AUTH_WRONG);
    cr_expect_eq(shown("Basic ", 1), PX_AUTH_WRONG);
}

Test(proxy_admin, tokens_are_long_and_printable)
{
    char text[PX_TOKEN_MAX + 2];

    cr_expect_not(px_auth_init(&auth, ""));
    cr_expect_not(px_auth_init(&auth, "0123456789abcde"));
    cr_expect_not(px_auth_init(&auth, "0123456789 bcdef"));
    cr_expect_not(px_auth_init(&auth, "0123456789abcde\xe9"));
    memset(text, 'x', sizeof text);
    text[PX_TOKEN_MAX + 1] = '\0';
    cr_expect_not(px_auth_init(&auth, text));
    text[PX_TOKEN_MAX] = '\0';
    cr_expect(px_auth_init(&auth, text));
}

/* T168 */
Test(proxy_admin, guesses_are_few)
{
    cr_assert(px_auth_init(&auth, TOKEN));
    for (int i = 0; i < PX_TRIES; i++)
        cr_expect_eq(shown("Bearer guess", 1000), PX_AUTH_WRONG);
    cr_expect_eq(shown("Bearer guess", 1001), PX_AUTH_LIMITED);
    cr_expect_eq(shown("Bearer " TOKEN, 1001), PX_AUTH_LIMITED);
    cr_expect_eq(shown(NULL, 1001), PX_AUTH_NONE);
    cr_expect_eq(px_auth_ask(&auth, "::1", "Bearer " TOKEN, 1001), PX_AUTH_BEARER);
    cr_expect_eq(shown("Bearer " TOKEN, 2001), PX_AUTH_BEARER);
    cr_expect_eq(shown("Bearer guess", 2001), PX_AUTH_WRONG);
    cr_expect_eq(shown("Bearer guess", 2002), PX_AUTH_LIMITED);
}

Test(proxy_admin, hosts_are_this_machine)
{
    static const char *const good[] = {"localhost",   "LOCALHOST:80", "127.0.0.1",
                                       "127.0.0.1:9", "[::1]",        "[::1]:8080"};
    static const char *const bad[] = {"",           "evil.example",  "127.0.0.1.evil.example",
                                      "localhost.", "localhost:80a", "127.0.0.1:80@evil",
                                      "127.0.0.2",  "[::1]evil",     "::1",
                                      "localhostx"};

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        cr_expect(px_auth_host(good[i]), "%s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        cr_expect_not(px_auth_host(bad[i]), "%s", bad[i]);
}

/* ---- views ---- */

#define EVIL "<b a='x'>&\"\\\n\x1b\xf0\x9f\x94\x92"

static struct px_view view;
static struct px_stats *stats;
static struct px_service_stats *service;

static void setup(void)
{
    int fd = px_stats_create();

    stats = px_stats_attach(fd, true);
    (void)close(fd);
    cr_assert_not_null(stats);
    px_stats_born(stats);
    px_stats_place(stats, (const char *const[]){"web", "q\"q"}, 2);
    service = px_stats_service(stats, "web");
    view.board = (struct px_board){.life = PX_READY,
                                   .started = 1000,
                                   .workers = 1,
                                   .workers_ready = 1,
                                   .trust_generation = 7,
                                   .n_services = 2,
                                   .service = {{.name = "web",
                                                .attester = "sim-tdx",
                                                .mode = "mutual",
                                                .connect = {"127.0.0.1:1", "127.0.0.1:2"},
                                                .insecure = "insecure-a insecure-b",
                                                .identity_ends = INT64_MAX / 2,
                                                .issued = 3},
                                               {.name = "q\"q"}}};
}

static void teardown(void)
{
    px_stats_detach(stats);
}

static char *shown_by(void (*f)(struct evbuffer *, const struct px_view *))
{
    struct evbuffer *b = evbuffer_new();

    px_view_gather(&view, &stats, 1);
    f(b, &view);
    (void)evbuffer_add(b, "", 1);
    char *out = strdup((const char *)evbuffer_pullup(b, -1));
    evbuffer_free(b);
    return out;
}

static void expect_lines(const char *text, const char *const *lines, size_t n)
{
    char line[256];

    for (size_t i = 0; i < n; i++) {
        (void)snprintf(line, sizeof line, "\n%s\n", lines[i]);
        cr_expect_not_null(strstr(text, line), "%s", lines[i]);
    }
}

Test(proxy_admin, metrics_are_what_was_counted, .init = setup, .fini = teardown)
{
    static const char *const lines[] = {
        "# HELP ratls_proxy_bytes_total Application bytes read from and written to the attested "
        "side.",
        "# TYPE ratls_proxy_bytes_total counter",
        "ratls_proxy_bytes_total{service=\"web\",direction=\"in\"} 18446744073709551615",
        "ratls_proxy_bytes_total{service=\"q\\\"q\",direction=\"out\"} 0",
        "ratls_proxy_state{state=\"ready\"} 1",
        "ratls_proxy_state{state=\"draining\"} 0",
        "ratls_proxy_trust_generation 7",
        "ratls_proxy_identity_rotations_total{service=\"web\"} 3",
        "ratls_proxy_insecure_setting{service=\"web\",setting=\"insecure-b\"} 1",
        "ratls_proxy_verdicts_total{service=\"web\",tee=\"snp\",reason=\"measurement_mismatch\"} 1",
        "# TYPE ratls_proxy_appraisal_seconds histogram",
        "ratls_proxy_appraisal_seconds_bucket{service=\"web\",le=\"0.000250\"} 1",
        "ratls_proxy_appraisal_seconds_bucket{service=\"web\",le=\"5.000000\"} 1",
        "ratls_proxy_appraisal_seconds_bucket{service=\"web\",le=\"+Inf\"} 2",
        "ratls_proxy_appraisal_seconds_sum{service=\"web\"} 60.000200",
        "ratls_proxy_appraisal_seconds_count{service=\"web\"} 2",
        "ratls_proxy_collateral_not_after_seconds{service=\"web\"} 99",
        "ratls_proxy_connections_open{service=\"web\"} -1",
        "ratls_proxy_backend_up{service=\"web\",backend=\"127.0.0.1:1\"} 1",
        "ratls_proxy_backend_up{service=\"web\",backend=\"127.0.0.1:2\"} 0",
        "ratls_proxy_http_refused_total{service=\"web\"} 3",
    };

    px_stats_add(service, PX_BYTES_IN, UINT64_MAX);
    px_stats_verdict(service, "snp", RATLS_E_MEASUREMENT);
    px_stats_observe(service, PX_TIME_APPRAISAL, 200);
    px_stats_observe(service, PX_TIME_APPRAISAL, 60000000);
    px_stats_set(service, PX_COLLATERAL_ENDS, 99);
    px_stats_gauge(service, PX_OPEN, -1); /* a worker may lie */
    px_stats_gauge(service, PX_BACKENDS_DOWN, 1 << 1);
    px_stats_add(service, PX_HTTP_REFUSED, 3);
    char *text = shown_by(px_metrics_write);
    expect_lines(text, lines, sizeof lines / sizeof lines[0]);
    free(text);
}

static void add_evil_rows(void)
{
    struct px_peer peer = {.since = 1,
                           .service = EVIL,
                           .peer = EVIL,
                           .tee = "<b a='x'>",
                           .tcb = EVIL,
                           .measurement = EVIL};
    struct px_refusal refusal = {.at = 1,
                                 .service = EVIL,
                                 .peer = EVIL,
                                 .tee = "<b a='x'>",
                                 .measurement = EVIL,
                                 .detail = EVIL};

    cr_assert(px_stats_peer_add(stats, &peer) >= 0);
    px_stats_refuse(stats, &refusal);
}

/* T79, T160 */
Test(proxy_admin, pages_show_text_of_others_as_text, .init = setup, .fini = teardown)
{
    add_evil_rows();
    (void)snprintf(view.board.service[1].policy, PX_BOARD_TEXT, "%s", EVIL);
    (void)snprintf(view.board.service[1].accept, PX_BOARD_TEXT, "%s", EVIL);
    char *text = shown_by(px_page_write);
    cr_expect_null(strstr(text, "<b "));
    cr_expect_null(strstr(text, "'x'"));
    cr_expect_not_null(strstr(text, "&lt;b a=&#39;x&#39;&gt;&amp;&quot;\\\\x0a\\x1b\\xf0"));
    cr_expect_null(strstr(text, "<script"));
    for (const char *c = text; *c; c++)
        cr_expect(*c == '\n' || (*c >= 0x20 && *c < 0x7f));
    free(text);
}

Test(proxy_admin, status_keeps_its_form_whatever_is_in_it, .init = setup, .fini = teardown)
{
    add_evil_rows();
    char *text = shown_by(px_status_write);
    cJSON *json = cJSON_Parse(text);
    cr_assert_not_null(json);
    const cJSON *peer = cJSON_GetArrayItem(cJSON_GetObjectItem(json, "peers"), 0);
    const cJSON *refusal = cJSON_GetArrayItem(cJSON_GetObjectItem(json, "refusals"), 0);
    cr_expect_eq(strncmp(cJSON_GetObjectItem(peer, "peer")->valuestring, EVIL, 14), 0);
    cr_expect_eq(strncmp(cJSON_GetObjectItem(refusal, "detail")->valuestring, EVIL, 14), 0);
    cr_expect_eq(cJSON_GetArraySize(cJSON_GetObjectItem(json, "services")), 2);
    cJSON_Delete(json);
    free(text);
}

Test(proxy_admin, backends_that_are_down_are_marked, .init = setup, .fini = teardown)
{
    px_stats_gauge(service, PX_BACKENDS_DOWN, 1 << 1);
    char *text = shown_by(px_page_write);
    cr_expect_not_null(strstr(text, "<code>127.0.0.1:1</code> <code>127.0.0.1:2</code> "
                                    "<span class=\"pill bad\">down</span>"));
    free(text);
    text = shown_by(px_status_write);
    cr_expect_not_null(strstr(text, "\"backends\":[{\"address\":\"127.0.0.1:1\",\"up\":true},"
                                    "{\"address\":\"127.0.0.1:2\",\"up\":false}]"));
    free(text);
}

Test(proxy_admin, many_peers_are_counted_and_some_shown, .init = setup, .fini = teardown)
{
    for (int i = 0; i < 10000; i++) {
        struct px_peer peer = {.since = i};
        px_stats_gauge(service, PX_OPEN, 1);
        (void)px_stats_peer_add(stats, &peer);
    }
    char *text = shown_by(px_page_write);
    cr_expect_eq(view.n_peers, PX_VIEW_PEERS);
    cr_expect_not_null(strstr(text, "200 shown, 10000 connections open"));
    cr_expect_lt(strlen(text), 200 * 1024);
    free(text);
}

Test(proxy_admin, says_why_it_is_not_ready, .init = setup, .fini = teardown)
{
    const char *reasons[PX_VIEW_REASONS];

    px_view_gather(&view, &stats, 1);
    px_view_reasons(&view, reasons);
    cr_expect_null(reasons[0]);
    view.board.life = PX_DRAINING;
    view.board.workers_ready = 0;
    view.board.service[0].identity_ends = view.now;
    px_view_reasons(&view, reasons);
    cr_expect_str_eq(reasons[0], "draining");
    cr_expect_str_eq(reasons[1], "no_worker_ready");
    cr_expect_str_eq(reasons[2], "identity_expired");
    cr_expect_null(reasons[3]);
    view.board.life = PX_RELOADING;
    view.board.workers_ready = 1;
    view.board.service[0].identity_ends = view.now + 1;
    px_view_reasons(&view, reasons);
    cr_expect_null(reasons[0]);
}

/* ---- the board ---- */

Test(proxy_admin, boards_are_written_by_one_only)
{
    struct px_board_memory *mine = NULL, *theirs = NULL;
    struct px_board *board = calloc(1, sizeof *board), *found = calloc(1, sizeof *found);
    int fd = px_board_create(&mine);

    cr_assert(fd >= 0);
    theirs = px_board_attach(fd);
    cr_assert_not_null(theirs);
    board->trust_generation = 5;
    px_board_write(mine, board);
    cr_assert(px_board_read(theirs, found));
    cr_expect_eq(found->trust_generation, 5);
    cr_expect_lt(pwrite(fd, "x", 1, 0), 0);
    cr_expect_neq(ftruncate(fd, 0), 0);
    board->n_services = PX_MAX_SERVICES + 1;
    px_board_write(mine, board);
    cr_expect_not(px_board_read(theirs, found));
    px_board_detach(mine);
    px_board_detach(theirs);
    (void)close(fd);
    free(board);
    free(found);
}

/* ---- the manual ---- */

Test(proxy_admin, manual_lists_every_metric)
{
    char path[] = __FILE__, want[128];
    char *text = calloc(1, 1 << 20);

    path[strlen(path) - strlen("tests/unit/proxy_admin_test.c")] = '\0';
    (void)snprintf(want, sizeof want, "%sproxy/man/ratls-proxy.8", path);
    FILE *f = fopen(want, "r");
    cr_assert_not_null(f, "%s", want);
    cr_expect_gt(fread(text, 1, (1 << 20) - 1, f), 0);
    (void)fclose(f);
    for (size_t i = 0; px_metric_name(i); i++) {
        (void)snprintf(want, sizeof want, ".TP\n.B %s", px_metric_name(i));
        cr_expect_not_null(strstr(text, want), "%s", px_metric_name(i));
    }
    free(text);
}
