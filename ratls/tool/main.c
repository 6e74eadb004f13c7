/* ratls - show, verify and make evidence. */
#include <stdio.h>

#include "tool.h"

static const struct tool_command *const commands[] = {&tool_inspect, &tool_verify, &tool_attest,
                                                      &tool_cert, &tool_collateral};

static const struct tool_command *find(const char *name)
{
    for (size_t i = 0; i < TOOL_COUNT(commands); i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

static void usage(FILE *to)
{
    fprintf(to, "usage: ratls COMMAND [OPTIONS]\n\n");
    for (size_t i = 0; i < TOOL_COUNT(commands); i++)
        fprintf(to, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
    fprintf(to, "\nratls COMMAND --help shows the options; ratls --version the version.\n"
                "Exit: 0 allowed or done, 1 denied, 2 wrong usage, input or output.\n");
}

static int help(const char *topic)
{
    const struct tool_command *c = topic ? find(topic) : NULL;

    if (topic && !c)
        return tool_fail("unknown command '%s'", topic);
    if (c)
        tool_help(c);
    else
        usage(stdout);
    return tool_finish(TOOL_OK);
}

static bool asks_for_help(int argc, char **argv)
{
    for (int i = 0; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0)
            return true;
    return false;
}

static int run(const struct tool_command *c, int argc, char **argv)
{
    struct tool_args args = {0};

    if (asks_for_help(argc, argv))
        return help(c->name);
    if (!tool_parse(c, argc, argv, &args))
        return TOOL_ERROR;
    return tool_finish(c->run(&args));
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";

    if (strcmp(name, "--version") == 0) {
        printf("ratls %s\n", RATLS_VERSION);
        return tool_finish(TOOL_OK);
    }
    if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0)
        return help(argc > 2 ? argv[2] : NULL);
    const struct tool_command *c = find(name);
    if (c)
        return run(c, argc - 2, argv + 2);
    usage(stderr);
    return *name ? tool_fail("unknown command '%s'", name) : TOOL_ERROR;
}
