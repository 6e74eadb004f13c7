/* Log lines stay one line of JSON whatever is put into them. */
#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "log.h"

/* What px_line_end() writes, read back through a pipe. */
static size_t written(struct px_line *line, char out[PX_LINE_MAX + 1])
{
    int ends[2];

    cr_assert_eq(pipe(ends), 0);
    px_line_end(line, &(struct px_log){.fd = ends[1]});
    ssize_t n = read(ends[0], out, PX_LINE_MAX);
    (void)close(ends[0]);
    (void)close(ends[1]);
    cr_assert(n > 0);
    out[n] = '\0';
    return (size_t)n;
}

static cJSON *parsed(struct px_line *line)
{
    char text[PX_LINE_MAX + 1];
    size_t n = written(line, text);

    cr_expect_eq(text[n - 1], '\n');
    cr_expect_eq(strchr(text, '\n'), &text[n - 1]);
    return cJSON_Parse(text);
}

Test(proxy_log, escapes_quotes_backslashes_and_control_bytes)
{
    struct px_line line;

    px_line_begin(&line, "test");
    px_line_text(&line, "text", "a\"b\\c\nd\x01\x7f\xff");
    cJSON *json = parsed(&line);
    cr_assert_not_null(json);
    cr_expect_str_eq(cJSON_GetObjectItem(json, "text")->valuestring, "a\"b\\c\nd\x01\x7f\xc3\xbf");
    cJSON_Delete(json);
}

Test(proxy_log, keeps_the_order_of_keys)
{
    struct px_line line;
    char text[PX_LINE_MAX + 1];

    px_line_begin(&line, "test");
    px_line_int(&line, "number", -7);
    px_line_bool(&line, "yes", true);
    px_line_hex(&line, "bytes", ratls_bytes("\x00\xfe", 2));
    (void)written(&line, text);
    cr_expect_eq(strncmp(text, "{\"time\":\"", 9), 0);
    cr_expect_not_null(
        strstr(text, "Z\",\"event\":\"test\",\"number\":-7,\"yes\":true,\"bytes\":\"00fe\"}\n"));
}

Test(proxy_log, stays_whole_when_a_text_is_too_long)
{
    char *text = malloc(3 * PX_LINE_MAX);
    struct px_line line;

    for (size_t len = PX_LINE_MAX - 200; len < PX_LINE_MAX + 200; len++) {
        memset(text, len % 2 ? '"' : 'x', len);
        text[len] = '\0';
        px_line_begin(&line, "test");
        px_line_text(&line, "long", text);
        px_line_int(&line, "number", 1);
        px_line_text(&line, "more", text);
        cJSON *json = parsed(&line);
        cr_expect_not_null(json, "%zu bytes", len);
        cJSON_Delete(json);
    }
    free(text);
}

/* ---- daemons ---- */

static int daemon_at(const char *path)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

    (void)unlink(path);
    (void)snprintf(at.sun_path, sizeof at.sun_path, "%s", path);
    cr_assert_eq(bind(fd, (const struct sockaddr *)&at, sizeof at), 0);
    return fd;
}

static void say(const struct px_log *log)
{
    struct px_line line;

    px_line_begin(&line, "test");
    px_line_text(&line, "text", "a\nMESSAGE=b");
    px_line_end(&line, log);
}

static void expect_datagram(int fd, const char *head, const char *tail)
{
    char text[2 * PX_LINE_MAX] = "";
    ssize_t n = recv(fd, text, sizeof text - 1, 0);

    cr_assert(n > (ssize_t)strlen(tail), "%s", head);
    cr_expect_eq(strncmp(text, head, strlen(head)), 0, "%s", text);
    cr_expect_str_eq(text + n - strlen(tail), tail);
}

static void try_daemon(enum px_sink sink, const char *head, const char *tail)
{
    struct px_log log = {.sink = sink, .name = "proxy"};
    const char *path = log.socket;

    (void)snprintf(log.socket, sizeof log.socket, "/tmp/ratls-log-%d", getpid());
    (void)unlink(path);
    cr_assert_eq(px_log_connect(&log, NULL), RATLS_OK);
    say(&log); /* nobody is there: lost, and no harm done */
    int fd = daemon_at(path);
    say(&log);
    expect_datagram(fd, head, tail);
    (void)close(fd);
    fd = daemon_at(path); /* it restarts */
    say(&log);
    expect_datagram(fd, head, tail);
    for (int i = 0; i < 2000; i++) /* it reads no more: nobody waits */
        say(&log);
    (void)close(fd);
    (void)close(log.fd);
    (void)unlink(path);
}

Test(proxy_log, goes_to_syslog_and_finds_it_again, .timeout = 20)
{
    char head[64];

    (void)snprintf(head, sizeof head, "<30>proxy[%d]: {\"time\":", getpid());
    try_daemon(PX_SINK_SYSLOG, head, "\"text\":\"a\\u000aMESSAGE=b\"}");
}

Test(proxy_log, goes_to_the_journal_and_finds_it_again, .timeout = 20)
{
    try_daemon(PX_SINK_JOURNAL, "PRIORITY=6\nSYSLOG_IDENTIFIER=proxy\nMESSAGE={\"time\":",
               "\"text\":\"a\\u000aMESSAGE=b\"}\n");
}

/* RFC 3164 s.4.1.1: facility daemon, and the severity. */
Test(proxy_log, tells_syslog_the_level, .timeout = 20)
{
    static const struct {
        enum ratls_log_level level;
        const char *head;
    } cases[] = {{RATLS_LOG_ERROR, "<27>proxy["},
                 {RATLS_LOG_WARNING, "<28>proxy["},
                 {RATLS_LOG_INFO, "<30>proxy["},
                 {RATLS_LOG_DEBUG, "<31>proxy["}};
    struct px_log log = {.sink = PX_SINK_SYSLOG, .name = "proxy", .level = RATLS_LOG_DEBUG};

    (void)snprintf(log.socket, sizeof log.socket, "/tmp/ratls-log-level-%d", getpid());
    int fd = daemon_at(log.socket);
    cr_assert_eq(px_log_connect(&log, NULL), RATLS_OK);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        px_log_text(&log, cases[i].level, "words");
        expect_datagram(fd, cases[i].head, ",\"text\":\"words\"}");
    }
    (void)close(fd);
    (void)close(log.fd);
    (void)unlink(log.socket);
}

Test(proxy_log, passes_lines_on)
{
    char text[PX_LINE_MAX + 1];
    struct px_line line;
    int ends[2];

    cr_assert_eq(pipe(ends), 0);
    const struct px_log also = {.fd = ends[1]};
    px_line_begin(&line, "test");
    px_line_end(&line, &(struct px_log){.fd = -1, .sink = PX_SINK_NONE, .also = &also});
    cr_expect(read(ends[0], text, PX_LINE_MAX) > 0);
    (void)close(ends[0]);
    (void)close(ends[1]);
}
