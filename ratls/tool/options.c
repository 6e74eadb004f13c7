/* Options are a table; this is the one loop that reads them and the one that prints them. */
#include <stdio.h>

#include "tool.h"

/* "--name" or "--name=value"; *value points behind the equals sign, NULL without one. */
static bool is_named(const char *arg, const char *name, const char **value)
{
    size_t len = strlen(name);

    if (strncmp(arg, name, len) != 0 || (arg[len] != 0 && arg[len] != '='))
        return false;
    *value = arg[len] == '=' ? arg + len + 1 : NULL;
    return true;
}

static size_t base_options(const struct tool_command *c)
{
    return c->base ? c->base->n_options : 0;
}

static size_t all_options(const struct tool_command *c)
{
    return base_options(c) + c->n_options;
}

/* NULL for one that is the base's own. */
static const struct tool_option *option_at(const struct tool_command *c, size_t i)
{
    const size_t n = base_options(c);

    if (i >= n)
        return &c->options[i - n];
    return c->base->options[i].own ? NULL : &c->base->options[i];
}

/* Its index; that behind the last for an unknown one. */
static size_t find(const struct tool_command *c, const char *arg, const char **value)
{
    size_t i = 0;

    while (i < all_options(c) && !(option_at(c, i) && is_named(arg, option_at(c, i)->name, value)))
        i++;
    return i;
}

static bool store(const struct tool_option *o, struct tool_value *v, const char *text)
{
    if (v->n > 0 && !o->repeats) {
        tool_fail("%s is given twice", o->name);
        return false;
    }
    if (v->n == TOOL_MAX_REPEATS) {
        tool_fail("%s is given more than %d times", o->name, TOOL_MAX_REPEATS);
        return false;
    }
    v->items[v->n++] = text;
    return true;
}

/* One option with its value; *used says how many arguments it took. */
static bool parse_option(const struct tool_command *c, int left, char **argv, int *used,
                         struct tool_args *out)
{
    const char *value = NULL;
    const size_t at = find(c, argv[0], &value);

    *used = 1;
    if (at == all_options(c)) {
        tool_fail("%s: unknown option '%s'", c->name, argv[0]);
        return false;
    }
    const struct tool_option *o = option_at(c, at);
    if (!o->value && value) {
        tool_fail("%s takes no value", o->name);
        return false;
    }
    if (o->value && !value) {
        if (left < 2) {
            tool_fail("%s needs %s", o->name, o->value);
            return false;
        }
        value = argv[1];
        *used = 2;
    }
    return store(o, &out->values[at], o->value ? value : o->name);
}

static bool check_complete(const struct tool_command *c, const struct tool_args *args)
{
    for (size_t i = 0; i < all_options(c); i++) {
        const struct tool_option *o = option_at(c, i);
        if (o && o->required && args->values[i].n == 0) {
            tool_fail("%s: %s is missing", c->name, o->name);
            return false;
        }
    }
    if (c->positional && c->positional[0] != '[' && !args->positional) {
        tool_fail("%s: %s is missing", c->name, c->positional);
        return false;
    }
    return true;
}

/* Where one more may stand. */
static bool store_positional(const struct tool_command *c, const char *text, struct tool_args *out)
{
    struct tool_value *v = &out->positionals;
    const size_t len = c->positional ? strlen(c->positional) : 0;
    const bool several = len > 3 && strcmp(c->positional + len - 3, "...") == 0;

    if (len == 0 || (v->n > 0 && !several)) {
        tool_fail("%s: unexpected argument '%s'", c->name, text);
        return false;
    }
    if (v->n == TOOL_MAX_REPEATS) {
        tool_fail("%s: more than %d arguments", c->name, TOOL_MAX_REPEATS);
        return false;
    }
    v->items[v->n++] = text;
    out->positional = v->items[0];
    return true;
}

bool tool_parse(const struct tool_command *c, int argc, char **argv, struct tool_args *out)
{
    out->command = c;
    for (int i = 0, used = 1; i < argc; i += used) {
        used = 1;
        const bool is_option = argv[i][0] == '-' && argv[i][1] != 0;
        if (is_option ? !parse_option(c, argc - i, argv + i, &used, out)
                      : !store_positional(c, argv[i], out))
            return false;
    }
    return check_complete(c, out);
}

const char *tool_get(const struct tool_args *args, size_t option)
{
    return args->values[option].n ? args->values[option].items[0] : NULL;
}

const char *tool_get_own(const struct tool_args *args, size_t option)
{
    return tool_get(args, base_options(args->command) + option);
}

void tool_list(FILE *to, const struct tool_command *const *commands, size_t n)
{
    int width = 10;

    for (size_t i = 0; i < n; i++)
        width = (int)strlen(commands[i]->name) > width ? (int)strlen(commands[i]->name) : width;
    for (size_t i = 0; i < n; i++)
        fprintf(to, "  %-*s %s\n", width, commands[i]->name, commands[i]->summary);
}

void tool_help_options(const struct tool_command *c)
{
    char left[64];

    for (size_t i = 0; i < all_options(c); i++) {
        const struct tool_option *o = option_at(c, i);
        if (!o)
            continue;
        snprintf(left, sizeof left, "%s%s%s", o->name, o->value ? " " : "",
                 o->value ? o->value : "");
        printf("  %-34s %s%s%s\n", left, o->help, o->required ? " (required)" : "",
               o->repeats ? " (may repeat)" : "");
    }
    printf("  %-34s %s\n", "--help", "show this text");
}

void tool_help(const struct tool_command *c)
{
    if (c->verbs) {
        printf("usage: ratls %s VERB [OPTIONS]\n\n%s.\n\n", c->name, c->summary);
        tool_list(stdout, c->verbs, c->n_verbs);
        printf("\nratls %s VERB --help shows the options.\n", c->name);
        return;
    }
    printf("usage: ratls %s%s%s [OPTIONS]\n\n%s.\n\n", c->name, c->positional ? " " : "",
           c->positional ? c->positional : "", c->summary);
    tool_help_options(c);
}
