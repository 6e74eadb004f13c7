/* The INI text as a list of entries. inih finds keys and values; this file hands it one line after
 * the other and keeps away what inih would cut, join or skip without a word. */
#include <ini.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "config_impl.h"

/* inih says nothing of a section without keys, and nothing of where a section begins. So a line
 * with an empty key, which no user can write, follows every header: its handler call is the header.
 */
#define HEADER_MARK "=\n"
/* INI_MAX_LINE of inih counts "\r\n" and NUL. */
#define LINE_OVERHEAD 3

struct source {
    struct px_text *t;
    struct ratls_bytes rest;
    bool mark; /* HEADER_MARK is due */
    enum ratls_err e;
};

enum ratls_err px_text_fail(const struct px_text *t, unsigned line, const char *fmt, ...)
{
    char text[RATLS_ERROR_DETAIL_MAX];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return ratls_fail(t->err, RATLS_E_CONFIG, "%s:%u: %s", t->path, line, text);
}

/* ---- lines ---- */

static struct ratls_bytes take_line(struct ratls_bytes *rest)
{
    const uint8_t *end = memchr(rest->p, '\n', rest->len);
    size_t len = end ? (size_t)(end - rest->p) : rest->len;
    size_t taken = end ? len + 1 : len;
    struct ratls_bytes line = ratls_bytes(rest->p, len);

    *rest = ratls_bytes(&rest->p[taken], rest->len - taken);
    if (line.len > 0 && line.p[line.len - 1] == '\r')
        line.len--;
    return line;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static bool has_control(struct ratls_bytes line)
{
    for (size_t i = 0; i < line.len; i++)
        if ((line.p[i] < 0x20 && line.p[i] != '\t') || line.p[i] == 0x7f)
            return true;
    return false;
}

static bool is_empty_or_comment(struct ratls_bytes line)
{
    size_t i = 0;

    while (i < line.len && is_blank(line.p[i]))
        i++;
    return i == line.len || line.p[i] == ';' || line.p[i] == '#';
}

static bool has_inline_comment(struct ratls_bytes line)
{
    for (size_t i = 1; i < line.len; i++)
        if (line.p[i] == ';' && is_blank(line.p[i - 1]))
            return true;
    return false;
}

/* A colon would be a separator to inih too. */
static bool is_key_line(struct ratls_bytes line)
{
    for (size_t i = 0; i < line.len && line.p[i] != ':'; i++)
        if (line.p[i] == '=')
            return i > 0;
    return false;
}

static bool is_section_char(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
}

static bool is_header(struct ratls_bytes line)
{
    size_t end = line.len;

    while (end > 0 && is_blank(line.p[end - 1]))
        end--;
    if (end < 3 || end > PX_MAX_SECTION + 2 || line.p[end - 1] != ']')
        return false;
    for (size_t i = 1; i < end - 1; i++)
        if (!is_section_char(line.p[i]))
            return false;
    return true;
}

/* What is wrong with a line that holds something; NULL for nothing. */
static const char *objection(struct ratls_bytes line)
{
    if (is_blank(line.p[0]))
        return "the line begins with white space: values are not continued";
    if (has_inline_comment(line))
        return "a comment needs a line of its own";
    if (line.p[0] == '[')
        return is_header(line) ? NULL : "expected [service]: 1 to 48 letters, digits, . _ -";
    return is_key_line(line) ? NULL : "expected key = value";
}

static enum ratls_err check_line(struct px_text *t, struct ratls_bytes *line, size_t max)
{
    static const uint8_t bom[] = {0xef, 0xbb, 0xbf};

    if (t->lines == 1 && line->len >= sizeof bom && memcmp(line->p, bom, sizeof bom) == 0)
        return px_text_fail(t, 1, "the file begins with a byte order mark");
    if (has_control(*line))
        return px_text_fail(t, t->lines, "the line holds a control character");
    if (is_empty_or_comment(*line)) {
        line->len = 0;
        return RATLS_OK;
    }
    if (line->len > max)
        return px_text_fail(t, t->lines, "the line is longer than %zu bytes", max);
    const char *wrong = objection(*line);
    return wrong ? px_text_fail(t, t->lines, "%s", wrong) : RATLS_OK;
}

/* fgets() for inih; NULL at the end of the text and after a failure. */
static char *next_line(char *buf, int size, void *arg)
{
    struct source *s = arg;

    if (s->e || size <= (int)sizeof HEADER_MARK)
        return NULL;
    if (s->mark) {
        s->mark = false;
        memcpy(buf, HEADER_MARK, sizeof HEADER_MARK);
        return buf;
    }
    if (s->rest.len == 0)
        return NULL;
    struct ratls_bytes line = take_line(&s->rest);
    s->t->lines++;
    if ((s->e = check_line(s->t, &line, (size_t)size - LINE_OVERHEAD)) != RATLS_OK)
        return NULL;
    s->mark = line.len > 0 && line.p[0] == '[';
    memcpy(buf, line.p, line.len);
    memcpy(&buf[line.len], "\n", 2);
    return buf;
}

/* ---- entries ---- */

static enum ratls_err begin_section(struct px_text *t, const char *name)
{
    for (size_t i = 0; i < t->n_sections; i++)
        if (strcmp(t->sections[i].name, name) == 0)
            return px_text_fail(t, t->lines, "duplicate service [%s], first in line %u", name,
                                t->sections[i].line);
    if (t->n_sections == PX_MAX_SERVICES)
        return px_text_fail(t, t->lines, "more than %d services", PX_MAX_SERVICES);
    (void)snprintf(t->sections[t->n_sections].name, sizeof t->sections[0].name, "%s", name);
    t->sections[t->n_sections++].line = t->lines;
    return RATLS_OK;
}

static enum ratls_err append(struct px_text *t, const struct px_option *o, const char *value)
{
    if (t->n == t->cap) {
        size_t cap = t->cap ? 2 * t->cap : 64;
        struct px_entry *more = realloc(t->entries, cap * sizeof *more);
        if (!more)
            return RATLS_E_NO_MEMORY;
        t->entries = more;
        t->cap = cap;
    }
    struct px_entry *entry = &t->entries[t->n];
    *entry = (struct px_entry){
        .section = t->n_sections, .option = o, .value = strdup(value), .line = t->lines};
    if (!entry->value)
        return RATLS_E_NO_MEMORY;
    t->n++;
    return RATLS_OK;
}

static enum ratls_err add_entry(struct px_text *t, const char *key, const char *value)
{
    const struct px_option *o = px_option_find(key);

    if (!o)
        return px_text_fail(t, t->lines, "unknown key \"%s\"", key);
    if (o->scope == PX_GLOBAL && t->n_sections > 0)
        return px_text_fail(t, t->lines, "\"%s\" belongs before the first [service]", key);
    const struct px_entry *first = px_text_find(t, t->n_sections, o, NULL);
    if (first && !px_option_repeats(o))
        return px_text_fail(t, t->lines, "duplicate key \"%s\", first in line %u", key,
                            first->line);
    return append(t, o, value);
}

static int on_entry(void *arg, const char *section, const char *key, const char *value)
{
    struct source *s = arg;

    if (!s->e)
        s->e = *key ? add_entry(s->t, key, value) : begin_section(s->t, section);
    return s->e == RATLS_OK;
}

enum ratls_err px_text_parse(struct px_text *t, struct ratls_bytes text)
{
    struct source s = {.t = t, .rest = text};
    int bad = ini_parse_stream(next_line, &s, on_entry, &s);

    if (s.e)
        return s.e;
    if (bad || s.rest.len > 0)
        return px_text_fail(t, t->lines, "the file cannot be parsed");
    return RATLS_OK;
}

void px_text_free(struct px_text *t)
{
    for (size_t i = 0; i < t->n; i++)
        free(t->entries[i].value);
    free(t->entries);
}

const struct px_entry *px_text_find(const struct px_text *t, size_t section,
                                    const struct px_option *o, const struct px_entry *after)
{
    for (size_t i = after ? (size_t)(after - t->entries) + 1 : 0; i < t->n; i++)
        if (t->entries[i].section == section && t->entries[i].option == o)
            return &t->entries[i];
    return NULL;
}
