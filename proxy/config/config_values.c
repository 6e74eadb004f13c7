/* From the text of a value to the member of a struct, one function for each kind. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config_impl.h"

#define MAX_DIGITS 10

_Static_assert(sizeof(enum ratls_mode) == sizeof(int), "words are stored as int");
_Static_assert(sizeof(enum ratls_level) == sizeof(int), "words are stored as int");
_Static_assert(sizeof(enum px_protocol) == sizeof(int), "words are stored as int");
_Static_assert(sizeof(enum px_foreground) == sizeof(int), "words are stored as int");
_Static_assert(sizeof(enum px_failover) == sizeof(int), "words are stored as int");
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

enum ratls_err px_add_value(char **values, const char *value, struct ratls_error *why)
{
    size_t n = 0;

    while (values[n])
        n++;
    if (n == PX_MAX_NAMES)
        return ratls_fail(why, RATLS_E_CONFIG, "more than %d values", PX_MAX_NAMES);
    return replace(&values[n], value);
}

/* The file's name may have colons of its own. */
static enum ratls_err set_tee_file(const struct px_option *o, void *member, const char *text,
                                   struct ratls_error *why)
{
    const size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_");

    (void)o;
    if (len == 0 || len > PX_MAX_TEE || text[len] != ':' || !text[len + 1])
        return ratls_fail(why, RATLS_E_CONFIG, "expected TEE:FILE, such as snp:crl.pem");
    return px_add_value(member, text, why);
}

static enum ratls_err set_listen(const struct px_option *o, void *member, const char *text,
                                 struct ratls_error *why)
{
    (void)o;
    return px_address_parse_listen(text, member, why);
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

static const struct px_word *find_word(const struct px_option *o, const char *text)
{
    for (const struct px_word *w = o->words; w->text; w++)
        if (strcasecmp(text, w->text) == 0)
            return w;
    return NULL;
}

static enum ratls_err take_word(const struct px_option *o, const char *text, int *value,
                                struct ratls_error *why)
{
    const struct px_word *w = find_word(o, text);

    if (!w)
        return ratls_fail(why, RATLS_E_CONFIG, "\"%s\" is not one of its words", text);
    if (w->refused)
        return ratls_fail(why, RATLS_E_CONFIG, "%s: %s", w->text, w->refused);
    *value = w->value;
    return RATLS_OK;
}

static enum ratls_err set_word(const struct px_option *o, void *member, const char *text,
                               struct ratls_error *why)
{
    int value = 0;
    enum ratls_err e = take_word(o, text, &value, why);

    if (!e)
        memcpy(member, &value, sizeof value);
    return e;
}

#define PURPOSE(word) ((word) / PX_WORDS_OF_PURPOSE)

/* Of other purposes than PX_RELAY mutual for now: px_config_purpose(). */
enum ratls_err px_set_mode(const struct px_option *o, void *member, const char *text,
                           struct ratls_error *why)
{
    struct px_service *s = (void *)((char *)member - offsetof(struct px_service, mode));
    int word = 0;
    enum ratls_err e = take_word(o, text, &word, why);

    if (e)
        return e;
    s->purpose = (enum px_purpose)PURPOSE(word);
    s->mode = (enum ratls_mode)(word % PX_WORDS_OF_PURPOSE);
    return RATLS_OK;
}

/* stunnel's [facility.]level. */
static const char *level_of(const char *text)
{
    const char *dot = strrchr(text, '.');

    return dot ? &dot[1] : text;
}

static enum ratls_err set_level(const struct px_option *o, void *member, const char *text,
                                struct ratls_error *why)
{
    return set_word(o, member, level_of(text), why);
}

static enum ratls_err set_nothing(const struct px_option *o, void *member, const char *text,
                                  struct ratls_error *why)
{
    int value = 0;

    (void)member;
    return o->words ? take_word(o, text, &value, why) : RATLS_OK;
}

/* More than what is always used does no harm; less would promise what is not kept. */
static enum ratls_err set_covers(const struct px_option *o, void *member, const char *text,
                                 struct ratls_error *why)
{
    char *copy = strdup(text), *rest = copy, *name;
    int missing = 0;

    (void)member;
    if (!copy)
        return RATLS_E_NO_MEMORY;
    for (const struct px_word *w = o->words; w->text; w++)
        missing |= w->value;
    while ((name = strsep(&rest, ":")) != NULL) {
        const struct px_word *w = find_word(o, name);
        missing &= ~(w ? w->value : 0);
    }
    free(copy);
    for (const struct px_word *w = o->words; w->text; w++)
        if (missing & w->value)
            return ratls_fail(why, RATLS_E_CONFIG, "%s is always used and cannot be left out",
                              w->text);
    return RATLS_OK;
}

static enum ratls_err set_device(const struct px_option *o, void *member, const char *text,
                                 struct ratls_error *why)
{
    (void)o;
    if (!text[0] || text[0] == ':')
        return ratls_fail(why, RATLS_E_CONFIG, "expected NAME[:OPTIONS]");
    return px_add_value(member, text, why);
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
    static const struct {
        const char *text;
        int64_t ms;
    } units[] = {{"ms", 1}, {"", 1000}, {"s", 1000}, {"m", 60000}, {"h", 3600000}};

    for (size_t i = 0; i < PX_COUNT(units); i++)
        if (strcmp(unit, units[i].text) == 0)
            return units[i].ms;
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
    [PX_TEXT] = set_text,          [PX_URL] = set_text,
    [PX_INCLUDE] = set_nothing,    [PX_NOTHING] = set_nothing,
    [PX_COVERS] = set_covers,      [PX_LEVEL] = set_level,
    [PX_JOINED] = set_joined,      [PX_NAMES] = px_set_checked,
    [PX_TEE_FILES] = set_tee_file, [PX_IP] = px_set_checked,
    [PX_IPS] = px_set_checked,     [PX_EMAILS] = px_set_checked,
    [PX_PINS] = px_set_checked,    [PX_PATHS] = px_set_checked,
    [PX_TOKEN] = px_set_checked,   [PX_MODE] = px_set_mode,
    [PX_ORIGIN] = px_set_checked,  [PX_TARGETS] = px_set_checked,
    [PX_TARGET] = px_set_checked,  [PX_ENDPOINT] = px_set_checked,
    [PX_KEYS] = px_set_key,        [PX_TRUSTED] = px_set_trusted,
    [PX_LISTEN] = set_listen,      [PX_CONNECTS] = px_set_connects,
    [PX_FILTERS] = px_set_filters, [PX_SOCKETS] = px_set_sockets,
    [PX_SNI] = px_set_sni,         [PX_HEALTH] = px_set_health,
    [PX_BOOL] = set_bool,          [PX_WORD] = set_word,
    [PX_NUMBER] = set_number,      [PX_SECONDS] = set_duration,
    [PX_MILLIS] = set_duration,    [PX_DEVICES] = set_device,
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

static bool is_one_text(const struct px_option *o)
{
    return o->kind == PX_TEXT || o->kind == PX_URL || o->kind == PX_JOINED || o->kind == PX_IP ||
           o->kind == PX_TOKEN || o->kind == PX_ORIGIN || o->kind == PX_TARGET ||
           o->kind == PX_ENDPOINT;
}

void px_option_clear(const struct px_option *o, void *base)
{
    if (is_one_text(o))
        free(*(char **)member_of(o, base));
    else
        px_clear_lists(o, member_of(o, base));
}

bool px_option_repeats(const struct px_option *o)
{
    static const enum px_kind kinds[] = {
        PX_NAMES,   PX_TEE_FILES, PX_DEVICES, PX_JOINED,  PX_INCLUDE,  PX_NOTHING,
        PX_IPS,     PX_EMAILS,    PX_PINS,    PX_PATHS,   PX_CONNECTS, PX_FILTERS,
        PX_SOCKETS, PX_TARGETS,   PX_KEYS,    PX_TRUSTED, PX_SNI};

    for (size_t i = 0; i < PX_COUNT(kinds); i++)
        if (o->kind == kinds[i] && !(o->kind == PX_NOTHING && o->words))
            return true;
    return false;
}

bool px_option_fits(const struct px_option *o, const struct px_service *s)
{
    switch (o->use) {
    case PX_ALWAYS:
        return true;
    case PX_SHOWS:
        return ratls_mode_shows(s->mode);
    case PX_JUDGES:
        return px_service_judges(s);
    case PX_CLIENT:
        return s->client;
    case PX_SERVER:
        return !s->client && s->purpose == PX_RELAY;
    case PX_RELAYS:
        return s->purpose == PX_RELAY;
    case PX_ISSUES:
        return s->purpose == PX_TOKENS;
    case PX_KEEPS:
        return s->purpose == PX_SECRETS;
    }
    return false;
}

const char *px_option_note(const struct px_option *o, const char *text, const struct px_service *s)
{
    const struct px_option noted = {.use = o->noted};

    if (o->harmless && strcasecmp(text, o->harmless) == 0)
        return NULL;
    if (o->disposition == PX_IGNORED)
        return o->help;
    if (o->note && px_option_fits(&noted, s))
        return o->note;
    return o->kind == PX_LEVEL && level_of(text) != text ? "has no facility here" : NULL;
}

bool px_option_is_set(const struct px_option *o, const struct px_service *s)
{
    const char *member = (const char *)s + o->offset;
    int word = 0;

    if (o->kind == PX_HEALTH)
        return ((const struct px_health *)(const void *)member)->kind != PX_HEALTH_NONE;
    if (o->kind != PX_WORD)
        return *(const char *const *)(const void *)member != NULL;
    memcpy(&word, member, sizeof word);
    return word != 0;
}
