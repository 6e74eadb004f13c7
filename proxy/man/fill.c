/* Makes ratls-proxy.conf.5 of its template and the table of keys: stdin to stdout.
 *
 * "@KEY name@" becomes the head of a paragraph, and what the table says (default, use, alias,
 * restart) its end. "@STUNNEL ignored@" and "@STUNNEL refused@" become the keys that have this
 * fate. Every key of the table must be there, once, and no other one: else exit 1, and the build
 * fails. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config_impl.h"

#define MAX_LINE 4096
#define MAX_KEYS 256

struct page {
    const struct px_option *open; /* whose paragraph this is; NULL */
    bool seen[MAX_KEYS];
    int bad;
};

static void complain(struct page *p, const char *what, const char *name)
{
    fprintf(stderr, "ratls-proxy.conf.5.in: %s: %s\n", name, what);
    p->bad = 1;
}

/* A hyphen would be one of typesetting. */
static void put(const char *text)
{
    for (; *text; text++) {
        if (*text == '-')
            putchar('\\');
        putchar(*text);
    }
}

static const char *use_of(const struct px_option *o)
{
    switch (o->use) {
    case PX_ALWAYS:
        return NULL;
    case PX_SHOWS:
        return "Only where this side shows evidence.";
    case PX_JUDGES:
        return "Only where evidence of others is judged.";
    case PX_CLIENT:
        return "Only with client = yes.";
    case PX_SERVER:
        return "Only with client = no, and not with mode = token or secrets.";
    case PX_RELAYS:
        return "Not with mode = token or secrets.";
    case PX_ISSUES:
        return "Only with mode = token.";
    case PX_KEEPS:
        return "Only with mode = secrets.";
    }
    return NULL;
}

/* What the table says goes behind what people say. */
static void end_paragraph(struct page *p)
{
    const struct px_option *o = p->open;

    p->open = NULL;
    if (!o)
        return;
    if (use_of(o))
        printf("%s\n", use_of(o));
    if (o->needs) {
        fputs("Needs ", stdout);
        put(o->needs);
        puts(".");
    }
    if (o->alias) {
        fputs("Also: ", stdout);
        put(o->alias);
        puts(".");
    }
    if (o->change == PX_RESTART)
        puts("A change needs a restart.");
    if (o->change == PX_FIRST)
        puts("The first one needs a restart.");
    if (o->fallback) {
        fputs("Default: ", stdout);
        put(o->fallback);
        puts(".");
    }
}

static void begin_paragraph(struct page *p, const char *name)
{
    const struct px_option *o;
    size_t i = 0;

    while ((o = px_option_at(i)) != NULL && strcmp(o->name, name) != 0)
        i++;
    if (!o || o->disposition != PX_OBEYED || i >= MAX_KEYS) {
        complain(p, "no such key", name);
        return;
    }
    if (p->seen[i])
        complain(p, "twice", name);
    p->seen[i] = true;
    p->open = o;
    fputs(".TP\n.B ", stdout);
    put(o->name);
    putchar('\n');
}

static void put_fate(enum px_disposition fate)
{
    const struct px_option *o;

    for (size_t i = 0; (o = px_option_at(i)) != NULL; i++) {
        if (o->disposition != fate)
            continue;
        printf(".TP\n.B %s\n", o->name);
        put(o->help);
        if (o->harmless)
            printf("; not %s", o->harmless);
        puts(".");
    }
}

static void take_line(struct page *p, char *line)
{
    char name[64];

    if (line[0] == '@' || strncmp(line, ".S", 2) == 0)
        end_paragraph(p);
    if (sscanf(line, "@KEY %63[A-Za-z-]@", name) == 1)
        begin_paragraph(p, name);
    else if (strcmp(line, "@STUNNEL ignored@\n") == 0)
        put_fate(PX_IGNORED);
    else if (strcmp(line, "@STUNNEL refused@\n") == 0)
        put_fate(PX_REFUSED);
    else if (line[0] == '@')
        complain(p, "cannot be read", line);
    else
        fputs(line, stdout);
}

int main(void)
{
    static char line[MAX_LINE];
    struct page p = {0};
    const struct px_option *o;

    while (fgets(line, sizeof line, stdin))
        take_line(&p, line);
    end_paragraph(&p);
    for (size_t i = 0; (o = px_option_at(i)) != NULL; i++)
        if (o->disposition == PX_OBEYED && (i >= MAX_KEYS || !p.seen[i]))
            complain(&p, "is missing", o->name);
    return p.bad || ferror(stdin) || fflush(stdout) ? 1 : 0;
}
