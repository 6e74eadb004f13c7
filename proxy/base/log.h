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

enum px_sink {
    PX_SINK_FILE,
    PX_SINK_SYSLOG,  /* datagrams to syslog(3)'s socket, RFC 3164 */
    PX_SINK_JOURNAL, /* datagrams in journald's native form */
    PX_SINK_NONE,
};

#define PX_LOG_SOCKET 108 /* sun_path, unix(7) */

struct px_log {
    int fd;
    enum px_sink sink;
    char socket[PX_LOG_SOCKET]; /* path of a sink, to find it again when its daemon restarts */
    char name[65];              /* of this proxy there */
    enum ratls_log_level level; /* of px_log_text() */
    const struct px_log *also;  /* gets every line, too; borrowed, NULL: none */
};

struct px_line {
    char text[PX_LINE_MAX];
    size_t len;
    enum ratls_log_level level; /* what daemons are told; a line begins as info */
};

/* Append to `path` (made with mode 0640), the value of `key`; stderr when it is NULL. */
RATLS_MUST_USE enum ratls_err px_log_open(struct px_log *log, const char *key, const char *path,
                                          struct ratls_error *err);

#define PX_JOURNAL_SOCKET "/run/systemd/journal/socket"

/* Lines go to a daemon from now on; sink, socket and name are set. Nobody needs to listen yet:
 * lines that cannot be taken at once are lost. RATLS_E_IO without a descriptor. */
RATLS_MUST_USE enum ratls_err px_log_connect(struct px_log *log, struct ratls_error *err);

/* Begin a line: "time" and "event". */
void px_line_begin(struct px_line *line, const char *event);
void px_line_text(struct px_line *line, const char *key, const char *value); /* NULL: "" */
void px_line_int(struct px_line *line, const char *key, int64_t value);
void px_line_bool(struct px_line *line, const char *key, bool value);
void px_line_level(struct px_line *line, enum ratls_log_level level); /* "level", and its own */
void px_line_hex(struct px_line *line, const char *key, struct ratls_bytes value);
void px_line_end(struct px_line *line, const struct px_log *log);

/* A line of event "log". */
void px_log_text(const struct px_log *log, enum ratls_log_level level, const char *text);
void px_log_printf(const struct px_log *log, enum ratls_log_level level, const char *fmt, ...)
    RATLS_PRINTF(3, 4);

#endif
