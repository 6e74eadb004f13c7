/* A configuration as text: what is in effect, what is insecure, and what could be written. */
#include <inttypes.h>
#include <stddef.h>
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
    return NULL;
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

static void print_list(const struct px_option *o, const void *m, FILE *out)
{
    const struct px_address *a = m;
    const struct px_filter *f = m;
    const struct px_socket_option *s = m;

    switch (o->kind) {
    case PX_NAMES:
    case PX_TARGETS:
    case PX_IPS:
    case PX_EMAILS:
        print_names(o->name, m, out);
        return;
    case PX_CONNECTS:
        for (; a->text; a++)
            print_text(o->name, a->text, out);
        return;
    case PX_FILTERS:
        for (; f->text; f++)
            print_text(o->name, f->text, out);
        return;
    case PX_SOCKETS:
        for (; s->text; s++)
            print_text(o->name, s->text, out);
        return;
    default:
        print_lines(o->name, m, out);
    }
}

static void print_sni(const char *key, const struct px_sni *sni, FILE *out)
{
    print_text(key, sni->name, out);
    for (size_t i = 0; i < sni->n_parts; i++)
        fprintf(out, "  %s = %s:%s\n", key, sni->part[i].service, sni->part[i].pattern);
}

static void print_health(const struct px_option *o, const void *m, FILE *out)
{
    const struct px_health *health = m;

    if (health->kind == PX_HEALTH_HTTP) {
        fprintf(out, "  %s = http:%s\n", o->name, health->path);
    } else {
        print_text(o->name, health->kind == PX_HEALTH_TCP ? "tcp" : NULL, out);
    }
}

static const struct px_service *service_of(const void *mode)
{
    return (const void *)((const char *)mode - offsetof(struct px_service, mode));
}

static void print_one(const struct px_option *o, const void *m, FILE *out)
{
    if (o->kind == PX_URL)
        print_url(o->name, *(const char *const *)m, out);
    else if (o->kind == PX_LISTEN)
        print_text(o->name, ((const struct px_address *)m)->text, out);
    else if (o->kind == PX_BOOL)
        print_text(o->name, *(const bool *)m ? "yes" : "no", out);
    else if (o->kind == PX_MODE)
        print_text(o->name, px_service_mode(service_of(m)), out);
    else if (o->kind == PX_WORD || o->kind == PX_LEVEL)
        print_text(o->name, word_of(o, m), out);
    else
        print_text(o->name, *(const char *const *)m, out);
}

void px_option_print(const struct px_option *o, const void *base, FILE *out)
{
    const void *m = member_of(o, base);

    if (o->kind == PX_INCLUDE || o->kind == PX_NOTHING || o->kind == PX_COVERS)
        return;
    if (o->kind == PX_SNI)
        print_sni(o->name, m, out);
    else if (px_option_repeats(o) && o->kind != PX_JOINED)
        print_list(o, m, out);
    else if (o->kind == PX_HEALTH)
        print_health(o, m, out);
    else if (o->kind == PX_NUMBER || o->kind == PX_SECONDS || o->kind == PX_MILLIS)
        print_number(o, m, out);
    else
        print_one(o, m, out);
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

static void warn_all(enum px_scope scope, const void *base, FILE *out)
{
    const struct px_option *o;

    for (size_t i = 0; (o = px_option_at(i)) != NULL; i++)
        if (o->scope == scope && is_insecure(o))
            warn(o, base, out);
}

static void print_ends(const struct px_service *s, FILE *out)
{
    const char *tls =
        s->mode == RATLS_NONE ? "TLS without attestation (level none)" : "attested TLS";

    fprintf(out, "[%s] %s on ", s->name, s->client ? "plain" : tls);
    if (s->accept.text)
        fprintf(out, "%s", s->accept.text);
    else
        fprintf(out, "what [%s] accepts for %s", s->sni.part[0].service, s->sni.part[0].pattern);
    for (size_t i = 1; i < s->sni.n_parts; i++)
        fprintf(out, ", [%s] for %s", s->sni.part[i].service, s->sni.part[i].pattern);
    if (s->purpose != PX_RELAY) {
        fprintf(out, " -> %s\n", s->purpose == PX_TOKENS ? "tokens" : "secrets");
        return;
    }
    fprintf(out, " -> %s to %s", s->client ? tls : "plain", s->connect[0].text);
    for (size_t i = 1; i < s->n_connect; i++)
        fprintf(out, ", %s", s->connect[i].text);
    fputc('\n', out);
}

static bool is_in_effect(const struct px_option *o, const struct px_service *s)
{
    if (is_insecure(o) || !px_option_fits(o, s))
        return false;
    return !o->needs || px_option_is_set(px_option_find(o->needs), s);
}

static void print_service(const struct px_service *s, FILE *out)
{
    const struct px_option *o;

    print_ends(s, out);
    for (size_t i = 0; (o = px_option_at(i)) != NULL; i++)
        if (o->scope == PX_SERVICE && is_in_effect(o, s))
            px_option_print(o, s, out);
    warn_all(PX_SERVICE, s, out);
    if (s->cert && ratls_mode_shows(s->mode))
        fprintf(
            out,
            "  WARNING: cert and key have no effect: this mode shows a certificate made here\n");
}

void px_config_print(const struct px_config *c, FILE *out)
{
    const struct px_option *o;

    fprintf(out, "%s: %zu service%s\n", c->path, c->n_services, c->n_services == 1 ? "" : "s");
    for (size_t i = 0; i < PX_MAX_PARTS && c->parts[i]; i++)
        fprintf(out, "  with %s\n", c->parts[i]);
    for (size_t i = 0; (o = px_option_at(i)) != NULL; i++)
        if (o->scope == PX_GLOBAL && !is_insecure(o))
            px_option_print(o, c, out);
    warn_all(PX_GLOBAL, c, out);
    for (size_t i = 0; c->warnings[i]; i++)
        fprintf(out, "  WARNING: %s\n", c->warnings[i]);
    for (size_t i = 0; i < c->n_services; i++)
        print_service(&c->services[i], out);
}

static void help_option(const struct px_option *o, FILE *out)
{
    fprintf(out, "  %-28s %s", o->name, o->help);
    if (o->alias)
        fprintf(out, ", also %s", o->alias);
    if (o->fallback)
        fprintf(out, " [%s]", o->fallback);
    fputc('\n', out);
}

static void help_scope(enum px_scope scope, FILE *out)
{
    const struct px_option *o;

    for (size_t i = 0; (o = px_option_at(i)) != NULL; i++)
        if (o->scope == scope && o->disposition == PX_OBEYED)
            help_option(o, out);
}

static void help_disposition(enum px_disposition disposition, FILE *out)
{
    const struct px_option *o;

    for (size_t i = 0; (o = px_option_at(i)) != NULL; i++)
        if (o->disposition == disposition)
            fprintf(out, "  %-28s %s\n", o->name, o->help);
}

void px_config_help(FILE *out)
{
    fputs("Keys before the first [service]:\n", out);
    help_scope(PX_GLOBAL, out);
    fputs("Keys of a service (before the first: defaults for all):\n", out);
    help_scope(PX_SERVICE, out);
    fputs("Keys of stunnel that are ignored with a warning:\n", out);
    help_disposition(PX_IGNORED, out);
    fputs("Keys of stunnel that are refused:\n", out);
    help_disposition(PX_REFUSED, out);
}
