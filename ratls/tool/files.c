/* Files, hex, time and PEM: what a command needs around the library. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tool.h"

static void log_line(void *arg, enum ratls_log_level level, const char *line)
{
    (void)arg;
    if (level <= RATLS_LOG_WARNING)
        fprintf(stderr, "ratls: %s\n", line);
}

/* Written once before any thread exists. */
const struct ratls_env *tool_env(void)
{
    static struct ratls_env env;

    if (!env.now) {
        env = *ratls_env_system();
        env.log = log_line;
    }
    return &env;
}

const struct ratls_env *tool_quiet_env(void)
{
    return ratls_env_system();
}

static int64_t standing;

static int64_t standing_clock(void *arg)
{
    (void)arg;
    return standing;
}

const struct ratls_env *tool_env_at(int64_t now)
{
    static struct ratls_env env;

    standing = now;
    env = *tool_env();
    env.now = standing_clock;
    return &env;
}

int tool_fail(const char *fmt, ...)
{
    va_list ap;

    fputs("ratls: ", stderr);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    return TOOL_ERROR;
}

int tool_fail_with(const char *what, enum ratls_err e, const struct ratls_error *err)
{
    return tool_fail("%s: %s: %s", what, ratls_err_reason(e),
                     err->detail[0] ? err->detail : ratls_err_text(e));
}

int tool_finish(int code)
{
    if (fflush(stdout) != 0 || ferror(stdout))
        return tool_fail("standard output failed");
    return code;
}

bool tool_read_issuer(const char *option, const char *text, struct tool_issuer *out)
{
    const char *equals = strchr(text, '=');

    *out = (struct tool_issuer){0};
    if (!equals || (size_t)(equals - text) >= sizeof out->iss) {
        tool_fail("%s must be ISSUER=FILE", option);
        return false;
    }
    (void)snprintf(out->iss, sizeof out->iss, "%.*s", (int)(equals - text), text);
    out->path = equals + 1;
    return tool_read(out->path, &out->jwks);
}

bool tool_read(const char *path, struct ratls_buffer *out)
{
    const struct ratls_env *env = tool_env();
    enum ratls_err e = env->read_file(env->arg, path, TOOL_MAX_FILE, out);

    if (e)
        tool_fail("cannot read %s: %s", path, ratls_err_text(e));
    return e == RATLS_OK;
}

static bool read_into(const char *path, struct tool_files *out)
{
    if (out->n == TOOL_MAX_FILES) {
        tool_fail("%s: more than %d files", path, TOOL_MAX_FILES);
        return false;
    }
    if (!tool_read(path, &out->file[out->n]))
        return false;
    out->n++;
    return true;
}

bool tool_read_path(const char *path, const char *ending, struct tool_files *out)
{
    const struct ratls_env *env = tool_env();
    struct ratls_buffer names = {0};
    char file[4096];
    bool ok = true;

    if (env->list_files(env->arg, path, ending, &names) != RATLS_OK)
        return read_into(path, out);
    if (names.len == 0)
        ok = tool_fail("%s holds no file *%s", path, ending) == TOOL_OK;
    for (char *name = (char *)names.p, *end; ok && *name; name = end + 1) {
        end = strchr(name, '\n');
        snprintf(file, sizeof file, "%s/%.*s", path, (int)(end - name), name);
        ok = read_into(file, out);
    }
    ratls_buffer_free(&names);
    return ok;
}

void tool_files_free(struct tool_files *files)
{
    for (size_t i = 0; i < files->n; i++)
        ratls_buffer_free(&files->file[i]);
    files->n = 0;
}

static bool append(struct ratls_buffer *to, const struct ratls_buffer *more)
{
    uint8_t *p = realloc(to->p, to->len + more->len + 1);

    if (!p) {
        tool_fail("out of memory");
        return false;
    }
    memcpy(p + to->len, more->p, more->len);
    to->p = p;
    to->len += more->len;
    p[to->len] = 0;
    return true;
}

/* Of the PEM that a file of bare bytes stands for; NULL: it is PEM. */
static const char *label_of(const struct ratls_buffer *file)
{
    enum { SEQUENCE = 0x30, HSK_AND_CEK = 2916 }; /* X.690 s.8.9; as Hygon gives them */

    if (file->len > 0 && file->p[0] == SEQUENCE)
        return "CERTIFICATE";
    return file->len == HSK_AND_CEK && memchr(file->p, 0, file->len) ? "HYGON CERTIFICATE" : NULL;
}

bool tool_read_certs(const struct tool_value *paths, struct ratls_buffer *out)
{
    bool ok = true;

    for (size_t i = 0; i < paths->n && ok; i++) {
        struct ratls_buffer file = {0}, pem = {0};
        ok = tool_read(paths->items[i], &file);
        const char *label = ok ? label_of(&file) : NULL;
        if (label)
            ok = tool_pem(label, ratls_bytes(file.p, file.len), &pem);
        ok = ok && append(out, label ? &pem : &file);
        ratls_buffer_free(&file);
        ratls_buffer_free(&pem);
    }
    return ok;
}

static bool write_all(int fd, struct ratls_bytes content)
{
    for (size_t done = 0; done < content.len;) {
        ssize_t n = write(fd, content.p + done, content.len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        done += (size_t)n;
    }
    return true;
}

static bool write_and_close(int fd, const char *path, struct ratls_bytes content)
{
    bool ok = fd >= 0 && write_all(fd, content);

    if (fd >= 0)
        ok = close(fd) == 0 && ok;
    if (!ok)
        tool_fail("cannot write %s: %s", path, strerror(errno));
    return ok;
}

bool tool_write(const char *path, struct ratls_bytes content)
{
    return write_and_close(open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644), path,
                           content);
}

/* O_EXCL also refuses links, dangling ones included (open(2)); replacing goes through a new file in
 * the same directory, so that the old name never shows half a key. */
bool tool_write_secret(const char *path, struct ratls_bytes content, bool force)
{
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    size_t size = strlen(path) + sizeof ".new";
    char *fresh = malloc(size);
    bool ok = false;

    if (!fresh)
        return false;
    snprintf(fresh, size, "%s%s", path, force ? ".new" : "");
    int fd = open(fresh, flags, 0600);
    ok = write_and_close(fd, fresh, content);
    if (ok && force && rename(fresh, path) != 0) {
        tool_fail("cannot replace %s: %s", path, strerror(errno));
        ok = false;
    }
    if (!ok && fd >= 0) /* only what was made here */
        (void)unlink(fresh);
    free(fresh);
    return ok;
}

void tool_hex(const uint8_t *in, size_t len, char *out)
{
    out[0] = 0;
    for (size_t i = 0; i < len; i++)
        snprintf(out + 2 * i, 3, "%02x", in[i]);
}

bool tool_unhex(const char *text, uint8_t *out, size_t max, size_t *len)
{
    size_t digits = strlen(text);
    char pair[3] = {0};

    if (digits % 2 != 0 || digits / 2 > max || strspn(text, "0123456789abcdefABCDEF") != digits)
        return false;
    for (size_t i = 0; i < digits / 2; i++) {
        memcpy(pair, text + 2 * i, 2);
        out[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    *len = digits / 2;
    return true;
}

bool tool_number(const char *text, int64_t *out)
{
    size_t digits = strlen(text);

    if (digits == 0 || digits > 15 || strspn(text, "0123456789") != digits)
        return false;
    *out = strtoll(text, NULL, 10);
    return true;
}

void tool_time_text(int64_t seconds, char out[32])
{
    time_t t = (time_t)seconds;
    struct tm tm;

    if (seconds == INT64_MAX)
        snprintf(out, 32, "never");
    else if (!gmtime_r(&t, &tm) || strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
        snprintf(out, 32, "%" PRId64, seconds);
}

/* strptime() is lenient; a text is right when it comes back unchanged. */
bool tool_time(const char *text, int64_t *seconds)
{
    struct tm tm = {0};
    char again[32];

    if (tool_number(text, seconds))
        return true;
    const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm);
    if (!end || *end)
        return false;
    *seconds = (int64_t)timegm(&tm);
    tool_time_text(*seconds, again);
    return strcmp(text, again) == 0;
}

static size_t base64(struct ratls_bytes in, char *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t n = 0;

    for (size_t i = 0; i < in.len; i += 3) {
        size_t have = in.len - i < 3 ? in.len - i : 3;
        uint32_t bits = 0;
        for (size_t k = 0; k < 3; k++)
            bits = bits << 8 | (k < have ? in.p[i + k] : 0U);
        for (size_t k = 0; k < 4; k++)
            out[n++] = k <= have ? digits[bits >> (18 - 6 * k) & 63] : '=';
    }
    return n;
}

/* RFC 7468: lines of 64 digits. */
bool tool_pem(const char *label, struct ratls_bytes der, struct ratls_buffer *out)
{
    size_t n_digits = 4 * ((der.len + 2) / 3), at = 0;
    size_t size = n_digits + n_digits / 64 + 2 * strlen(label) + 64;
    struct ratls_buffer digits = {.p = malloc(n_digits + 1), .len = n_digits};

    *out = (struct ratls_buffer){.p = malloc(size)};
    if (!out->p || !digits.p) {
        ratls_buffer_free(&digits);
        ratls_buffer_free(out);
        return false;
    }
    base64(der, (char *)digits.p);
    char *text = (char *)out->p;
    at += (size_t)snprintf(text, size, "-----BEGIN %s-----\n", label);
    for (size_t i = 0; i < n_digits; i += 64) {
        int line = (int)(n_digits - i < 64 ? n_digits - i : 64);
        at += (size_t)snprintf(text + at, size - at, "%.*s\n", line, (char *)digits.p + i);
    }
    at += (size_t)snprintf(text + at, size - at, "-----END %s-----\n", label);
    out->len = at;
    ratls_buffer_free(&digits);
    return true;
}
