/* The INI text as a list of entries. inih finds keys and values; this file hands it one line after
 * the other and keeps away what inih would cut, join or skip without a word. */
#include <ini.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

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

enum ratls_err px_text_fail(const struct px_text *t, struct px_where at, const char *fmt, ...)
{
    char text[RATLS_ERROR_DETAIL_MAX];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return ratls_fail(t->err, RATLS_E_CONFIG, "%s:%u: %s", at.file, at.line, text);
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
    return line.len == 0 || line.p[0] == ';' || line.p[0] == '#';
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
    if (has_inline_comment(line))
        return "a comment needs a line of its own";
    if (line.p[0] == '[')
        return is_header(line) ? NULL : "expected [service]: 1 to 48 letters, digits, . _ -";
    return is_key_line(line) ? NULL : "expected key = value";
}

/* stunnel's sample has one. */
static void skip_mark(struct ratls_bytes *line)
{
    static const uint8_t bom[] = {0xef, 0xbb, 0xbf};

    if (line->len >= sizeof bom && memcmp(line->p, bom, sizeof bom) == 0)
        *line = ratls_bytes(&line->p[sizeof bom], line->len - sizeof bom);
}

/* Blanks before a line mean nothing, as for stunnel; inih would take it for a continuation. */
static enum ratls_err check_line(struct px_text *t, struct ratls_bytes *line, size_t max)
{
    if (t->at.line == 1)
        skip_mark(line);
    while (line->len > 0 && is_blank(line->p[0]))
        *line = ratls_bytes(&line->p[1], line->len - 1);
    if (has_control(*line))
        return px_text_fail(t, t->at, "the line holds a control character");
    if (is_empty_or_comment(*line)) {
        line->len = 0;
        return RATLS_OK;
    }
    if (line->len > max)
        return px_text_fail(t, t->at, "the line is longer than %zu bytes", max);
    const char *wrong = objection(*line);
    return wrong ? px_text_fail(t, t->at, "%s", wrong) : RATLS_OK;
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
    s->t->at.line++;
    if ((s->e = check_line(s->t, &line, (size_t)size - LINE_OVERHEAD)) != RATLS_OK)
        return NULL;
    s->mark = line.len > 0 && line.p[0] == '[';
    memcpy(buf, line.p, line.len);
    memcpy(&buf[line.len], "\n", 2);
    return buf;
}

/* ---- entries ---- */

/* " of FILE", where it is not this one. */
static const char *elsewhere(const struct px_text *t, const struct px_where *at)
{
    return at->file == t->at.file ? "" : " of ";
}

static const char *name_elsewhere(const struct px_text *t, const struct px_where *at)
{
    return at->file == t->at.file ? "" : at->file;
}

static enum ratls_err begin_section(struct px_text *t, const char *name)
{
    for (size_t i = 0; i < t->n_sections; i++)
        if (strcmp(t->sections[i].name, name) == 0)
            return px_text_fail(t, t->at, "duplicate service [%s], first in line %u%s%s", name,
                                t->sections[i].at.line, elsewhere(t, &t->sections[i].at),
                                name_elsewhere(t, &t->sections[i].at));
    if (t->n_sections == PX_MAX_SERVICES)
        return px_text_fail(t, t->at, "more than %d services", PX_MAX_SERVICES);
    (void)snprintf(t->sections[t->n_sections].name, sizeof t->sections[0].name, "%s", name);
    t->sections[t->n_sections++].at = t->at;
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
        .section = t->n_sections, .option = o, .value = strdup(value), .at = t->at};
    if (!entry->value)
        return RATLS_E_NO_MEMORY;
    t->n++;
    return RATLS_OK;
}

static enum ratls_err refuse_unknown(const struct px_text *t, const char *key)
{
    const char *near = px_option_near(key);

    return px_text_fail(t, t->at, "unknown key \"%s\"%s%s%s", key, near ? ": did you mean " : "",
                        near ? near : "", near ? "?" : "");
}

/* Where a key may stand. A file that was included ends no service of others and begins none. */
static enum ratls_err check_place(const struct px_text *t, const struct px_option *o,
                                  const char *key)
{
    const bool between = t->n_sections > 0 && t->n_sections == t->first;

    if (between && o->kind == PX_INCLUDE)
        return RATLS_OK;
    if (between)
        return px_text_fail(t, t->at, "\"%s\" would belong to [%s] of %s: write it before it", key,
                            t->sections[t->n_sections - 1].name,
                            t->sections[t->n_sections - 1].at.file);
    if (o->scope == PX_GLOBAL && t->n_sections > 0)
        return px_text_fail(t, t->at, "\"%s\" belongs before the first [service]", key);
    const struct px_entry *first = px_text_find(t, t->n_sections, o, NULL);
    if (first && !px_option_repeats(o))
        return px_text_fail(t, t->at, "duplicate key \"%s\", first in line %u%s%s", key,
                            first->at.line, elsewhere(t, &first->at),
                            name_elsewhere(t, &first->at));
    return RATLS_OK;
}

static enum ratls_err add_entry(struct px_text *t, const char *key, const char *value)
{
    const struct px_option *o = px_option_find(key);

    if (!o)
        return refuse_unknown(t, key);
    if (o->disposition == PX_REFUSED && !(o->harmless && strcasecmp(value, o->harmless) == 0))
        return px_text_fail(t, t->at, "\"%s\" is refused: %s", key, o->help);
    enum ratls_err e = check_place(t, o, key);
    if (!e)
        e = append(t, o, value);
    return !e && o->kind == PX_INCLUDE ? px_text_include(t, value) : e;
}

static int on_entry(void *arg, const char *section, const char *key, const char *value)
{
    struct source *s = arg;

    if (!s->e)
        s->e = *key ? add_entry(s->t, key, value) : begin_section(s->t, section);
    return s->e == RATLS_OK;
}

static enum ratls_err parse(struct px_text *t, struct ratls_bytes text)
{
    struct source s = {.t = t, .rest = text};
    int bad = ini_parse_stream(next_line, &s, on_entry, &s);

    if (s.e)
        return s.e;
    if (bad || s.rest.len > 0)
        return px_text_fail(t, t->at, "the file cannot be parsed");
    return RATLS_OK;
}

enum ratls_err px_text_read(struct px_text *t, const char *path)
{
    struct ratls_buffer text = {0};
    enum ratls_err e = t->env->read_file(t->env->arg, path, PX_MAX_TEXT, &text);

    t->at = (struct px_where){path, 0};
    if (e == RATLS_E_LIMIT)
        e = ratls_fail(t->err, RATLS_E_CONFIG, "%s: larger than %d bytes", path, PX_MAX_TEXT);
    else if (e)
        e = ratls_fail(t->err, e, "%s: cannot be read", path);
    else
        e = parse(t, ratls_bytes(text.p, text.len));
    ratls_buffer_free(&text);
    return e;
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
