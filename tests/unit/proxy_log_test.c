/* Log lines stay one line of JSON whatever is put into them. */
#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
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
