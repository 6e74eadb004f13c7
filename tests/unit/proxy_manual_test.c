/* The manual and the examples against the table of keys. */
#include <stdio.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include "config_impl.h"

static void project_path(const char *name, char path[512])
{
    static const char here[] = __FILE__;
    const char *tests = strstr(here, "tests/unit/");

    cr_assert_not_null(tests);
    snprintf(path, 512, "%.*s%s", (int)(tests - here), here, name);
}

/* A file of the project, as text; free(). */
static char *project_file(const char *name)
{
    char path[512];
    struct ratls_buffer b = {0};

    project_path(name, path);
    cr_assert_eq(ratls_env_system()->read_file(NULL, path, 1 << 20, &b), RATLS_OK, "%s", path);
    char *text = strndup((const char *)b.p, b.len);
    ratls_buffer_free(&b);
    return text;
}

/* A copy of a manual's text without the backslashes in front of hyphens. */
static char *manual(void)
{
    char *text = project_file("proxy/man/ratls-proxy.8"), *to = text;

    for (const char *from = text; *from; from++)
        if (from[0] != '\\' || from[1] != '-')
            *to++ = *from;
    *to = 0;
    return text;
}

/* T164 */
Test(proxy_manual, manual_describes_every_key_with_its_default)
{
    char *text = manual(), want[128];
    const struct px_option *o;

    for (size_t i = 0; (o = px_option_at(i)) != NULL; i++) {
        snprintf(want, sizeof want, ".TP\n.B %s\n", o->name);
        char *at = strstr(text, want);
        cr_assert_not_null(at, "%s is not in the manual", o->name);
        char *end = strstr(&at[1], "\n.TP\n"), *stated;
        snprintf(want, sizeof want, "Default: %s.", o->fallback ? o->fallback : "");
        stated = strstr(at, want);
        if (o->fallback)
            cr_expect(stated && end && stated < end, "%s: %s", o->name, want);
    }
    free(text);
}

Test(proxy_manual, manual_describes_no_other_keys)
{
    char *text = manual(), key[64];
    char *end = strstr(text, "\n.SH SIGNALS");

    cr_assert_not_null(end);
    for (char *at = strstr(text, "\n.SH GLOBAL KEYS"); at && at < end;
         at = strstr(at + 1, "\n.TP\n")) {
        if (sscanf(at, "\n.TP\n.B %63s", key) == 1)
            cr_expect_not_null(px_option_find(key), "%s", key);
    }
    free(text);
}

/* T163 */
Test(proxy_manual, examples_are_good_and_secure)
{
    static const char *const names[] = {"examples/proxy-server.conf", "examples/proxy-client.conf"};

    for (size_t i = 0; i < PX_COUNT(names); i++) {
        struct px_config *config = NULL;
        struct ratls_error err = {0};
        char *text = project_file(names[i]), path[512];
        project_path(names[i], path);
        cr_expect_eq(px_config_load(ratls_env_system(), path, &config, &err), RATLS_OK, "%s",
                     err.detail);
        cr_expect_null(strstr(text, "insecure"));
        px_config_free(config);
        free(text);
    }
}
