/* JSON lines. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "log.h"

#define TAIL 3 /* room kept for closing quote, brace and newline */

enum ratls_err px_log_open(struct px_log *log, const char *key, const char *path,
                           struct ratls_error *err)
{
    log->fd = STDERR_FILENO;
    if (path)
        log->fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640);
    if (log->fd < 0)
        return ratls_fail(err, RATLS_E_IO, "%s %s: %s", key, path, strerror(errno));
    return RATLS_OK;
}

/* ---- pieces ---- */

static size_t room(const struct px_line *line)
{
    size_t most = sizeof line->text - TAIL;

    return line->len < most ? most - line->len : 0;
}

static void put(struct px_line *line, const char *bytes, size_t len)
{
    if (len > room(line))
        return;
    memcpy(line->text + line->len, bytes, len);
    line->len += len;
}

static void put_escaped(struct px_line *line, const char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        char escape[8];

        if (c == '"' || c == '\\')
            put(line, (const char[]){'\\', (char)c}, 2);
        else if (c < 0x20 || c >= 0x7f) /* not ASCII: each byte as its Latin-1 character */
            put(line, escape, (size_t)snprintf(escape, sizeof escape, "\\u%04x", c));
        else
            put(line, text, 1);
    }
}

/* False when the field, with a value of at most `value_len` bytes, does not fit any more. */
static bool put_key(struct px_line *line, const char *key, size_t value_len)
{
    if (strlen(key) + 6 + value_len > room(line)) /* comma, colon, four quotes */
        return false;
    put(line, line->len == 0 ? "{\"" : ",\"", 2);
    put(line, key, strlen(key));
    put(line, "\":", 2);
    return true;
}

void px_line_text(struct px_line *line, const char *key, const char *value)
{
    if (!value)
        value = "";
    if (!put_key(line, key, 0))
        return;
    put(line, "\"", 1);
    put_escaped(line, value);
    line->text[line->len++] = '"'; /* TAIL keeps this byte free */
}

void px_line_int(struct px_line *line, const char *key, int64_t value)
{
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%" PRId64, value);

    if (put_key(line, key, sizeof digits))
        put(line, digits, (size_t)n);
}

void px_line_bool(struct px_line *line, const char *key, bool value)
{
    const char *word = value ? "true" : "false";

    if (put_key(line, key, sizeof "false"))
        put(line, word, strlen(word));
}

void px_line_level(struct px_line *line, enum ratls_log_level level)
{
    static const char *const names[] = {"error", "warning", "info", "debug"};

    line->level = level;
    px_line_text(line, "level", names[level]);
}

void px_line_hex(struct px_line *line, const char *key, struct ratls_bytes value)
{
    char digits[129];

    if (value.len > sizeof digits / 2)
        value.len = sizeof digits / 2;
    digits[0] = '\0';
    for (size_t i = 0; i < value.len; i++)
        (void)snprintf(digits + 2 * i, 3, "%02x", value.p[i]);
    px_line_text(line, key, digits);
}

/* ---- lines ---- */

void px_line_begin(struct px_line *line, const char *event)
{
    struct timespec now = {0};
    struct tm utc = {0};
    char date[32], stamp[48];

    line->len = 0;
    line->level = RATLS_LOG_INFO;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)gmtime_r(&now.tv_sec, &utc);
    (void)strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &utc);
    (void)snprintf(stamp, sizeof stamp, "%s.%03ldZ", date, now.tv_nsec / 1000000);
    px_line_text(line, "time", stamp);
    px_line_text(line, "event", event);
}

/* ---- daemons ---- */

static void find_daemon(const struct px_log *log)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};

    (void)snprintf(at.sun_path, sizeof at.sun_path, "%s", log->socket);
    (void)connect(log->fd, (const struct sockaddr *)&at, sizeof at);
}

enum ratls_err px_log_connect(struct px_log *log, struct ratls_error *err)
{
    log->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (log->fd < 0)
        return ratls_fail(err, RATLS_E_IO, "%s: %s", log->socket, strerror(errno));
    find_daemon(log);
    return RATLS_OK;
}

/* Never waits: one who logs slowly does not hold up those who serve. */
static void send_line(const struct px_log *log, const char *head, struct ratls_bytes text)
{
    struct iovec parts[] = {{(void *)head, strlen(head)}, {(void *)text.p, text.len}};
    const struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};

    if (sendmsg(log->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0 || errno == EAGAIN)
        return;
    find_daemon(log); /* it may have started, or started anew */
    (void)sendmsg(log->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* RFC 3164 s.4.1.1. */
static const int severities[] = {
    [RATLS_LOG_ERROR] = 3,
    [RATLS_LOG_WARNING] = 4,
    [RATLS_LOG_INFO] = 6,
    [RATLS_LOG_DEBUG] = 7,
};
#define FACILITY_DAEMON 3

/* Lines are printable ASCII. A line of syslog does not end with a newline. */
static void to_syslog(const struct px_log *log, const struct px_line *line)
{
    char head[128];

    (void)snprintf(head, sizeof head,
                   "<%d>%.64s[%d]: ", FACILITY_DAEMON * 8 + severities[line->level], log->name,
                   getpid());
    send_line(log, head, ratls_bytes(line->text, line->len - 1));
}

static void to_journal(const struct px_log *log, const struct px_line *line)
{
    char head[128];

    (void)snprintf(head, sizeof head,
                   "PRIORITY=%d\nSYSLOG_IDENTIFIER=%.64s\nMESSAGE=", severities[line->level],
                   log->name);
    send_line(log, head, ratls_bytes(line->text, line->len));
}

/* A log that cannot be written to is no reason to stop serving. */
static void to_file(const struct px_log *log, const struct px_line *line)
{
    while (write(log->fd, line->text, line->len) < 0 && errno == EINTR)
        ;
}

void px_line_end(struct px_line *line, const struct px_log *log)
{
    static void (*const writers[])(const struct px_log *, const struct px_line *) = {
        [PX_SINK_FILE] = to_file,
        [PX_SINK_SYSLOG] = to_syslog,
        [PX_SINK_JOURNAL] = to_journal,
        [PX_SINK_NONE] = NULL,
    };

    line->text[line->len++] = '}';
    line->text[line->len++] = '\n';
    for (; log; log = log->also)
        if (writers[log->sink])
            writers[log->sink](log, line);
}

void px_log_text(const struct px_log *log, enum ratls_log_level level, const char *text)
{
    struct px_line line;

    if (level > log->level)
        return;
    px_line_begin(&line, "log");
    px_line_level(&line, level);
    px_line_text(&line, "text", text);
    px_line_end(&line, log);
}

void px_log_printf(const struct px_log *log, enum ratls_log_level level, const char *fmt, ...)
{
    char text[1024];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    px_log_text(log, level, text);
}
