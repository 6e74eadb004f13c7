/* A configuration as text: what is in effect, what is insecure, and what could be written. */
#include <inttypes.h>
#include <string.h>

#include "config_impl.h"

static const void *member_of(const struct px_option *o, const void *base)
{
    return (const char *)base + o->offset;
}

static const char *word_of(const struct px_option *o, const int *value)
{
    for (const struct px_word *w = o->words; w->text; w++)
        if (w->value == *value)
            return w->text;
    return "?";
}

static void print_names(const char *key, const char *const *names, FILE *out)
{
    if (!names[0])
        return;
    fprintf(out, "  %s = %s", key, names[0]);
    for (size_t i = 1; names[i]; i++)
        fprintf(out, ",%s", names[i]);
    fputc('\n', out);
}

static void print_text(const char *key, const char *text, FILE *out)
{
    if (text)
        fprintf(out, "  %s = %s\n", key, text);
}

static void print_lines(const char *key, const char *const *values, FILE *out)
{
    for (; *values; values++)
        print_text(key, *values, out);
}

static void print_number(const struct px_option *o, const void *m, FILE *out)
{
    if (o->kind == PX_NUMBER)
        fprintf(out, "  %s = %u\n", o->name, *(const unsigned *)m);
    else if (o->kind == PX_MILLIS && *(const int64_t *)m % 1000 != 0)
        fprintf(out, "  %s = %" PRId64 "ms\n", o->name, *(const int64_t *)m);
    else
        fprintf(out, "  %s = %" PRId64 "s\n", o->name,
                *(const int64_t *)m / (o->kind == PX_MILLIS ? 1000 : 1));
}

static void print_url(const char *key, const char *url, FILE *out)
{
    char shown[PX_SHOWN_URL];

    if (!url)
        return;
    px_url_shown(url, shown);
    print_text(key, shown, out);
}

static void print_option(const struct px_option *o, const void *base, FILE *out)
{
    const void *m = member_of(o, base);

    switch (o->kind) {
    case PX_URL:
        print_url(o->name, *(const char *const *)m, out);
        return;
    case PX_NAMES:
        print_names(o->name, m, out);
        return;
    case PX_TEE_FILES:
        print_lines(o->name, m, out);
        return;
    case PX_ADDRESS:
        print_text(o->name, ((const struct px_address *)m)->text, out);
        return;
    case PX_BOOL:
        print_text(o->name, *(const bool *)m ? "yes" : "no", out);
        return;
    case PX_WORD:
        print_text(o->name, word_of(o, m), out);
        return;
    case PX_NUMBER:
    case PX_SECONDS:
    case PX_MILLIS:
        print_number(o, m, out);
        return;
    default:
        print_text(o->name, *(const char *const *)m, out);
    }
}

static bool is_insecure(const struct px_option *o)
{
    return strncmp(o->name, "insecure-", strlen("insecure-")) == 0;
}

static void warn(const struct px_option *o, const void *base, FILE *out)
{
    const void *m = member_of(o, base);
    const char *value = o->kind == PX_BOOL ? "yes" : *(const char *const *)m;

    if (o->kind == PX_BOOL ? *(const bool *)m : value != NULL)
        fprintf(out, "  WARNING: %s = %s: %s\n", o->name, value, o->help);
}

static void print_service(const struct px_service *s, FILE *out)
{
    const struct px_option *o;

    fprintf(out, "[%s] %s on %s -> %s to %s\n", s->name, s->client ? "plain" : "attested TLS",
            s->accept.text, s->client ? "attested TLS" : "plain", s->connect.text);
    for (size_t i = 0; (o = px_option_at(i)) != NULL; i++)
        if (o->scope == PX_SERVICE && px_option_fits(o, s) && !is_insecure(o))
            print_option(o, s, out);
    for (size_t i = 0; (o = px_option_at(i)) != NULL; i++)
        if (is_insecure(o))
            warn(o, s, out);
}

void px_config_print(const struct px_config *c, FILE *out)
{
    const struct px_option *o;

    fprintf(out, "%s: %zu service%s\n", c->path, c->n_services, c->n_services == 1 ? "" : "s");
    for (size_t i = 0; (o = px_option_at(i)) != NULL; i++)
        if (o->scope == PX_GLOBAL)
            print_option(o, c, out);
    for (size_t i = 0; i < c->n_services; i++)
        print_service(&c->services[i], out);
}

static void help_option(const struct px_option *o, FILE *out)
{
    fprintf(out, "  %-28s %s", o->name, o->help);
    if (o->fallback)
        fprintf(out, " [%s]", o->fallback);
    fputc('\n', out);
}

static void help_scope(enum px_scope scope, FILE *out)
{
    const struct px_option *o;

    for (size_t i = 0; (o = px_option_at(i)) != NULL; i++)
        if (o->scope == scope)
            help_option(o, out);
}

void px_config_help(FILE *out)
{
    fputs("Keys before the first [service]:\n", out);
    help_scope(PX_GLOBAL, out);
    fputs("Keys of a service (before the first: defaults for all):\n", out);
    help_scope(PX_SERVICE, out);
}
