/* Configurations of several files: in which order they are read, and where what is wrong is. */
#include <stdio.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include "config_impl.h"

struct named {
    const char *path, *text;
};

/* Files, the one called "main" first; folders are all that stand before a slash. */
static const struct named *files;
static size_t n_files;
static struct px_config *config;
static struct ratls_error err;

static enum ratls_err give(const char *text, struct ratls_buffer *out)
{
    *out = (struct ratls_buffer){.p = (uint8_t *)strdup(text), .len = strlen(text)};
    return RATLS_OK;
}

static enum ratls_err read_named(void *arg, const char *path, size_t max, struct ratls_buffer *out)
{
    (void)arg;
    *out = (struct ratls_buffer){0};
    for (size_t i = 0; i < n_files; i++)
        if (strcmp(files[i].path, path) == 0)
            return strlen(files[i].text) > max ? RATLS_E_LIMIT : give(files[i].text, out);
    return RATLS_E_IO;
}

static enum ratls_err list_named(void *arg, const char *path, const char *ending,
                                 struct ratls_buffer *names)
{
    char list[4096] = "";

    (void)arg;
    cr_expect_str_eq(ending, ".conf");
    *names = (struct ratls_buffer){0};
    if (strcmp(path, "d") != 0)
        return RATLS_E_IO;
    for (size_t i = 0; i < n_files; i++)
        if (strncmp(files[i].path, "d/", 2) == 0)
            snprintf(&list[strlen(list)], sizeof list - strlen(list), "%s\n", &files[i].path[2]);
    return give(list, names);
}

static enum ratls_err load(const struct named *given, size_t n)
{
    struct ratls_env env = *ratls_env_system();

    env.read_file = read_named;
    env.list_files = list_named;
    files = given;
    n_files = n;
    px_config_free(config);
    err = (struct ratls_error){0};
    return px_config_load(&env, "main", &config, &err);
}

static void teardown(void)
{
    px_config_free(config);
}

TestSuite(config_include, .fini = teardown);

#define WEB(name, port) "[" name "]\naccept = " port "\nconnect = 1\nattester = tsm\npolicy = p\n"

Test(config_include, files_of_a_folder_are_read_where_it_is_named)
{
    static const struct named given[] = {
        {"main", "workers = 3\ninclude = d\n" WEB("z", "9")},
        {"d/00-global.conf", "drain-timeout = 7\nmax-handshakes = 5\n"},
        {"d/10-a.conf", WEB("a", "2") "max-handshakes = 6\n"},
        {"d/20-b.conf", WEB("b", "3")},
    };

    cr_assert_eq(load(given, PX_COUNT(given)), RATLS_OK, "%s", err.detail);
    cr_assert_eq(config->n_services, 3);
    cr_expect(config->workers == 3 && config->drain_timeout_ms == 7000);
    cr_expect_str_eq(config->services[0].name, "a");
    cr_expect_str_eq(config->services[1].name, "b");
    cr_expect_str_eq(config->services[2].name, "z");
    cr_expect_eq(config->services[0].max_handshakes, 6);
    cr_expect_eq(config->services[1].max_handshakes, 5);
    cr_expect_str_eq(config->services[1].file, "d/20-b.conf");
    cr_expect_eq(config->services[1].line, 1);
    cr_expect_str_eq(config->services[2].file, "main");
    cr_expect_str_eq(config->parts[2], "d/20-b.conf");
    cr_expect_null(config->parts[3]);
}

static const struct {
    const char *what;
    struct named given[3];
    const char *words;
} bad[] = {
    {"a typo in a part",
     {{"main", "include = d\n" WEB("z", "9")}, {"d/a.conf", "\nwokers = 3\n"}},
     "d/a.conf:2: unknown key \"wokers\": did you mean workers?"},
    {"a bad value in a part",
     {{"main", "include = d\n" WEB("z", "9")}, {"d/a.conf", "\n\nworkers = 99\n"}},
     "d/a.conf:3: workers: "},
    {"a line behind the folder",
     {{"main", "include = d\n" WEB("z", "9") "x = 1\n"}, {"d/a.conf", "workers = 1\n\n\n"}},
     "main:7: unknown key"},
    {"a key twice",
     {{"main", "\nworkers = 1\ninclude = d\n" WEB("z", "9")}, {"d/a.conf", "workers = 1\n"}},
     "d/a.conf:1: duplicate key \"workers\", first in line 2 of main"},
    {"a service twice",
     {{"main", "include = d\n" WEB("z", "9")}, {"d/a.conf", "\n" WEB("z", "8")}},
     "main:2: duplicate service [z], first in line 2 of d/a.conf"},
    {"an address twice",
     {{"main", "include = d\n" WEB("z", "9")}, {"d/a.conf", "\n" WEB("y", "9")}},
     "main:3: another service has the same accept"},
    {"a contradiction in a part",
     {{"main", "include = d\n" WEB("z", "9")}, {"d/a.conf", "\n" WEB("y", "8") "checkHost = a\n"}},
     "d/a.conf:7: "},
    {"a key between services of a part and those of the main file",
     {{"main", "include = d\nattester = tsm\n" WEB("z", "9")}, {"d/a.conf", WEB("y", "8")}},
     "main:2: \"attester\" would belong to [y] of d/a.conf"},
    {"a key between services of two parts",
     {{"main", "include = d\n"}, {"d/a.conf", WEB("y", "8")}, {"d/b.conf", "\nretry = no\n"}},
     "d/b.conf:2: \""},
    {"a folder in a service",
     {{"main", WEB("z", "9") "include = d\n"}, {"d/a.conf", "workers = 1\n"}},
     "main:6: \"include\" belongs before"},
    {"a part that includes",
     {{"main", "include = d\n" WEB("z", "9")}, {"d/a.conf", "\ninclude = d\n"}},
     "d/a.conf:2: a file that is included includes no others"},
    {"a folder that is none",
     {{"main", "\ninclude = e\n" WEB("z", "9")}},
     "main:2: include: e is no folder"},
    {"no folder", {{"main", "\ninclude =\n" WEB("z", "9")}}, "main:2: include: the value is empty"},
};

Test(config_include, refuses_with_file_and_line)
{
    for (size_t i = 0; i < PX_COUNT(bad); i++) {
        size_t n = 0;
        while (n < PX_COUNT(bad[i].given) && bad[i].given[n].path)
            n++;
        cr_expect_neq(load(bad[i].given, n), RATLS_OK, "%s", bad[i].what);
        cr_expect_eq(strncmp(err.detail, bad[i].words, strlen(bad[i].words)), 0, "%s: %s",
                     bad[i].what, err.detail);
    }
}

Test(config_include, takes_64_files_and_no_more)
{
    struct named given[PX_MAX_PARTS + 2] = {{"main", "include = d\n" WEB("z", "9")}};
    char paths[PX_MAX_PARTS + 1][16];

    for (size_t i = 0; i <= PX_MAX_PARTS; i++) {
        snprintf(paths[i], sizeof paths[i], "d/%03zu.conf", i);
        given[i + 1] = (struct named){paths[i], "; nothing\n"};
    }
    cr_expect_eq(load(given, PX_MAX_PARTS + 1), RATLS_OK, "%s", err.detail);
    cr_expect_eq(load(given, PX_MAX_PARTS + 2), RATLS_E_CONFIG);
    cr_expect_not_null(strstr(err.detail, "main:1: more than 64 files"), "%s", err.detail);
}

Test(config_include, two_folders_are_read_one_after_the_other)
{
    static const struct named given[] = {
        {"main", "include = d\ninclude = d\n" WEB("z", "9")},
        {"d/a.conf", "; nothing\n"},
    };

    cr_expect_eq(load(given, PX_COUNT(given)), RATLS_OK, "%s", err.detail);
    cr_expect_not_null(config->parts[1]);
}

/* ---- near keys ---- */

Test(config_include, an_unknown_key_is_told_the_nearest_one)
{
    static const struct {
        const char *written, *meant;
    } rows[] = {
        {"conect", "connect"},
        {"wokers", "workers"},
        {"TIMEOUT_idle", "TIMEOUTidle"},
        {"polcy", "policy"},
        {"check_hosts", "checkHost"},
        {"debugg", "debug"},
        {"dran-timout", "drain-timeout"},
    };

    for (size_t i = 0; i < PX_COUNT(rows); i++) {
        const char *near = px_option_near(rows[i].written);
        cr_expect(near && strcmp(near, rows[i].meant) == 0, "%s: %s", rows[i].written,
                  near ? near : "nothing");
    }
    cr_expect_null(px_option_near("nothing-like-it"));
    cr_expect_null(px_option_near("xy"));
    cr_expect_null(px_option_near("a-key-that-is-very-much-longer-than-any"));
}
