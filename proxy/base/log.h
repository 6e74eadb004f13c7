/* log.h - the access and event log: JSON lines, keys in the order they are written.
 *
 * A line is built on the stack and leaves with one write(2) to a descriptor opened with O_APPEND,
 * so that the lines of master and workers never mix. Text is escaped here and nowhere else; a line
 * that would grow too long loses fields at its end, never its form. Thread rule: a log may be
 * shared; a line belongs to one thread. */
#ifndef PX_LOG_H
#define PX_LOG_H

#include "ratls/ratls.h"

#define PX_LINE_MAX 4096 /* PIPE_BUF: a line stays whole in a pipe, too */

struct px_log {
    int fd;
    enum ratls_log_level level; /* of px_log_text() */
};

struct px_line {
    char text[PX_LINE_MAX];
    size_t len;
};

/* Append to `path` (made with mode 0640); stderr when it is NULL. */
RATLS_MUST_USE enum ratls_err px_log_open(struct px_log *log, const char *path,
                                          struct ratls_error *err);

/* Begin a line: "time" and "event". */
void px_line_begin(struct px_line *line, const char *event);
void px_line_text(struct px_line *line, const char *key, const char *value); /* NULL: "" */
void px_line_int(struct px_line *line, const char *key, int64_t value);
void px_line_bool(struct px_line *line, const char *key, bool value);
void px_line_hex(struct px_line *line, const char *key, struct ratls_bytes value);
void px_line_end(struct px_line *line, const struct px_log *log);

/* A line of event "log". */
void px_log_text(const struct px_log *log, enum ratls_log_level level, const char *text);
void px_log_printf(const struct px_log *log, enum ratls_log_level level, const char *fmt, ...)
    RATLS_PRINTF(3, 4);

#endif
