/* From the text of a value to the member of a struct, one function for each kind. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config_impl.h"

#define MAX_DIGITS 10

_Static_assert(sizeof(enum ratls_mode) == sizeof(int), "words are stored as int");
_Static_assert(sizeof(enum ratls_level) == sizeof(int), "words are stored as int");
_Static_assert(sizeof(enum ratls_log_level) == sizeof(int), "words are stored as int");

static enum ratls_err replace(char **member, const char *text)
{
    char *copy = strdup(text);

    if (!copy)
        return RATLS_E_NO_MEMORY;
    free(*member);
    *member = copy;
    return RATLS_OK;
}

/* ---- texts ---- */

static enum ratls_err set_text(const struct px_option *o, void *member, const char *text,
                               struct ratls_error *why)
{
    if (!*text && o->min > 0)
        return ratls_fail(why, RATLS_E_CONFIG, "the value is empty");
    return *text ? replace(member, text) : RATLS_OK;
}

static enum ratls_err set_joined(const struct px_option *o, void *member, const char *text,
                                 struct ratls_error *why)
{
    char **joined = member;

    if (!*joined || !*text)
        return set_text(o, member, text, why);
    size_t size = strlen(*joined) + strlen(text) + 2;
    char *longer = malloc(size);
    if (!longer)
        return RATLS_E_NO_MEMORY;
    (void)snprintf(longer, size, "%s,%s", *joined, text);
    free(*joined);
    *joined = longer;
    return RATLS_OK;
}

static enum ratls_err set_name(const struct px_option *o, void *member, const char *text,
                               struct ratls_error *why)
{
    (void)o;
    if (!*text)
        return RATLS_OK;
    if (!px_host_valid(text))
        return ratls_fail(why, RATLS_E_CONFIG, "\"%s\" is no host name", text);
    return replace(member, text);
}

static enum ratls_err add_value(char **values, const char *value, struct ratls_error *why)
{
    size_t n = 0;

    while (values[n])
        n++;
    if (n == PX_MAX_NAMES)
        return ratls_fail(why, RATLS_E_CONFIG, "more than %d values", PX_MAX_NAMES);
    return replace(&values[n], value);
}

static enum ratls_err add_name(char **names, const char *name, struct ratls_error *why)
{
    if (!px_host_valid(name))
        return ratls_fail(why, RATLS_E_CONFIG, "\"%s\" is no host name or address", name);
    return add_value(names, name, why);
}

/* The file's name may have colons of its own. */
static enum ratls_err set_tee_file(const struct px_option *o, void *member, const char *text,
                                   struct ratls_error *why)
{
    const size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_");

    (void)o;
    if (len == 0 || len > PX_MAX_TEE || text[len] != ':' || !text[len + 1])
        return ratls_fail(why, RATLS_E_CONFIG, "expected TEE:FILE, such as snp:crl.pem");
    return add_value(member, text, why);
}

static char *trimmed(char *text)
{
    size_t len;

    text = &text[strspn(text, " \t")];
    for (len = strlen(text); len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'); len--)
        text[len - 1] = 0;
    return text;
}

static enum ratls_err set_names(const struct px_option *o, void *member, const char *text,
                                struct ratls_error *why)
{
    char *copy = strdup(text), *rest = copy, *name;
    enum ratls_err e = copy ? RATLS_OK : RATLS_E_NO_MEMORY;

    (void)o;
    while (!e && (name = strsep(&rest, ",")) != NULL) {
        e = add_name(member, trimmed(name), why);
    }
    free(copy);
    return e;
}

static enum ratls_err set_address(const struct px_option *o, void *member, const char *text,
                                  struct ratls_error *why)
{
    (void)o;
    return px_address_parse(text, member, why);
}

/* ---- words and numbers ---- */

static enum ratls_err set_bool(const struct px_option *o, void *member, const char *text,
                               struct ratls_error *why)
{
    bool yes = strcasecmp(text, "yes") == 0;

    (void)o;
    if (!yes && strcasecmp(text, "no") != 0)
        return ratls_fail(why, RATLS_E_CONFIG, "expected yes or no");
    *(bool *)member = yes;
    return RATLS_OK;
}

static enum ratls_err set_word(const struct px_option *o, void *member, const char *text,
                               struct ratls_error *why)
{
    for (const struct px_word *w = o->words; w->text; w++)
        if (strcasecmp(text, w->text) == 0) {
            memcpy(member, &w->value, sizeof w->value);
            return RATLS_OK;
        }
    return ratls_fail(why, RATLS_E_CONFIG, "\"%s\" is not one of its words", text);
}

/* Digits, then `unit`. */
static bool parse_number(const char *text, int64_t *value, const char **unit)
{
    size_t digits = strspn(text, "0123456789");

    if (digits == 0 || digits > MAX_DIGITS)
        return false;
    *value = strtoll(text, NULL, 10);
    *unit = &text[digits];
    return true;
}

/* `one`: what 1 of the limits is in the unit of the value. */
static enum ratls_err in_range(const struct px_option *o, int64_t value, int64_t one,
                               struct ratls_error *why)
{
    if (value < o->min * one || value > o->max * one)
        return ratls_fail(why, RATLS_E_CONFIG, "expected %lld to %lld%s", (long long)o->min,
                          (long long)o->max, o->kind == PX_NUMBER ? "" : " seconds");
    return RATLS_OK;
}

static enum ratls_err set_number(const struct px_option *o, void *member, const char *text,
                                 struct ratls_error *why)
{
    const char *unit;
    int64_t value;

    if (!parse_number(text, &value, &unit) || *unit)
        return ratls_fail(why, RATLS_E_CONFIG, "expected a number");
    enum ratls_err e = in_range(o, value, 1, why);
    if (!e)
        *(unsigned *)member = (unsigned)value;
    return e;
}

static int64_t unit_ms(const char *unit)
{
    static const struct px_word units[] = {{"ms", 1},    {"", 1000},     {"s", 1000},
                                           {"m", 60000}, {"h", 3600000}, {0}};

    for (const struct px_word *u = units; u->text; u++)
        if (strcmp(unit, u->text) == 0)
            return u->value;
    return 0;
}

static enum ratls_err set_duration(const struct px_option *o, void *member, const char *text,
                                   struct ratls_error *why)
{
    const char *unit;
    int64_t value;

    if (!parse_number(text, &value, &unit) || unit_ms(unit) == 0)
        return ratls_fail(why, RATLS_E_CONFIG,
                          "expected a time such as 90, 90s, 15m, 12h or 250ms");
    value *= unit_ms(unit);
    if (o->kind == PX_SECONDS && value % 1000 != 0)
        return ratls_fail(why, RATLS_E_CONFIG, "expected whole seconds");
    enum ratls_err e = in_range(o, value, 1000, why);
    if (!e)
        *(int64_t *)member = o->kind == PX_MILLIS ? value : value / 1000;
    return e;
}

/* ---- every kind ---- */

static enum ratls_err (*const setters[])(const struct px_option *o, void *member, const char *text,
                                         struct ratls_error *why) = {
    [PX_TEXT] = set_text,       [PX_JOINED] = set_joined,      [PX_NAME] = set_name,
    [PX_NAMES] = set_names,     [PX_ADDRESS] = set_address,    [PX_BOOL] = set_bool,
    [PX_WORD] = set_word,       [PX_NUMBER] = set_number,      [PX_SECONDS] = set_duration,
    [PX_MILLIS] = set_duration, [PX_TEE_FILES] = set_tee_file, [PX_URL] = set_text,
};

static void *member_of(const struct px_option *o, void *base)
{
    return (char *)base + o->offset;
}

enum ratls_err px_option_set(const struct px_option *o, void *base, const char *text,
                             struct ratls_error *why)
{
    return setters[o->kind](o, member_of(o, base), text, why);
}

void px_option_clear(const struct px_option *o, void *base)
{
    char **texts = member_of(o, base);

    if (o->kind == PX_NAMES || o->kind == PX_TEE_FILES)
        for (size_t i = 0; i <= PX_MAX_NAMES; i++)
            free(texts[i]);
    else if (o->kind == PX_ADDRESS)
        px_address_free(member_of(o, base));
    else if (o->kind == PX_TEXT || o->kind == PX_URL || o->kind == PX_JOINED || o->kind == PX_NAME)
        free(*texts);
}
