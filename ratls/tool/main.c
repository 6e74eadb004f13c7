/* ratls - show, verify and make evidence. */
#include "tool.h"

static const struct tool_command *const commands[] = {
    &tool_inspect, &tool_verify, &tool_attest, &tool_cert,  &tool_collateral, &tool_refval,
    &tool_anchor,  &tool_policy, &tool_store,  &tool_token, &tool_secret,     &tool_kek,
};

/* A verb's name has its noun in front: "policy check". */
static const char *own_name(const struct tool_command *c)
{
    const char *space = strchr(c->name, ' ');

    return space ? space + 1 : c->name;
}

static const struct tool_command *find(const struct tool_command *const *list, size_t n,
                                       const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(own_name(list[i]), name) == 0)
            return list[i];
    return NULL;
}

static const struct tool_command *find_verb(const struct tool_command *noun, const char *name)
{
    return name ? find(noun->verbs, noun->n_verbs, name) : NULL;
}

static void usage(FILE *to)
{
    fprintf(to, "usage: ratls COMMAND [OPTIONS]\n\n");
    tool_list(to, commands, TOOL_COUNT(commands));
    fprintf(to, "\nratls COMMAND --help shows the options; ratls --version the version.\n"
                "Exit: 0 allowed or done, 1 denied, 2 wrong usage, input or output.\n");
}

/* `ratls help`, with the name of a command and that of its verb. */
static int help(const char *topic, const char *verb)
{
    const struct tool_command *c = topic ? find(commands, TOOL_COUNT(commands), topic) : NULL;

    if (!topic) {
        usage(stdout);
        return tool_finish(TOOL_OK);
    }
    if (!c)
        return tool_fail("unknown command '%s'", topic);
    if (c->verbs && verb && !(c = find_verb(c, verb)))
        return tool_fail("unknown command '%s %s'", topic, verb);
    tool_help(c);
    return tool_finish(TOOL_OK);
}

static bool asks_for_help(int argc, char **argv)
{
    for (int i = 0; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0)
            return true;
    return false;
}

/* argv behind the name. */
static int run(const struct tool_command *c, int argc, char **argv)
{
    struct tool_args args = {0};

    if (asks_for_help(argc, argv)) {
        tool_help(c);
        return tool_finish(TOOL_OK);
    }
    if (!tool_parse(c, argc, argv, &args))
        return TOOL_ERROR;
    return tool_finish(c->run(&args));
}

/* A noun alone asks for help as `--help` in place of the verb does, but by mistake. */
static int run_noun(const struct tool_command *noun, int argc, char **argv)
{
    const struct tool_command *verb = find_verb(noun, argc > 0 ? argv[0] : NULL);

    if (verb)
        return run(verb, argc - 1, argv + 1);
    if (argc > 0 && strcmp(argv[0], "--help") == 0)
        return help(noun->name, NULL);
    if (argc > 0)
        return tool_fail("unknown command '%s %s'", noun->name, argv[0]);
    fprintf(stderr, "usage: ratls %s VERB [OPTIONS]\n\n", noun->name);
    tool_list(stderr, noun->verbs, noun->n_verbs);
    return TOOL_ERROR;
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";

    if (strcmp(name, "--version") == 0) {
        printf("ratls %s\n", RATLS_VERSION);
        return tool_finish(TOOL_OK);
    }
    if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0)
        return help(argc > 2 ? argv[2] : NULL, argc > 3 ? argv[3] : NULL);
    const struct tool_command *c = find(commands, TOOL_COUNT(commands), name);
    if (c)
        return c->verbs ? run_noun(c, argc - 2, argv + 2) : run(c, argc - 2, argv + 2);
    usage(stderr);
    return *name ? tool_fail("unknown command '%s'", name) : TOOL_ERROR;
}
