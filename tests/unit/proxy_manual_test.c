/* The manual and the examples against the table of keys. */
#include <stdio.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include "config_impl.h"
#include "outcome.h"

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

/* Without the backslashes in front of hyphens. */
static char *plain(char *text)
{
    char *to = text;

    for (const char *from = text; *from; from++)
        if (from[0] != '\\' || from[1] != '-')
            *to++ = *from;
    *to = 0;
    return text;
}

static char *manual(void)
{
    struct ratls_buffer b = {0};

    cr_assert_eq(ratls_env_system()->read_file(NULL, CONF_MANUAL, 1 << 20, &b), RATLS_OK);
    char *text = strndup((const char *)b.p, b.len);
    ratls_buffer_free(&b);
    return plain(text);
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
        snprintf(want, sizeof want, "\nDefault: %s.\n", o->fallback ? o->fallback : "");
        stated = strstr(at, want);
        if (o->fallback)
            cr_expect(stated && end && stated < end, "%s: %s", o->name, want);
    }
    free(text);
}

Test(proxy_manual, manual_describes_no_other_keys)
{
    char *text = manual(), key[64];
    char *end = strstr(text, "\n.SH EXAMPLES");

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
    static const char *const names[] = {"examples/proxy-server.conf", "examples/proxy-client.conf",
                                        "examples/token.conf", "examples/secrets.conf"};

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

/* ---- the words of the access log ---- */

static const char *const own_reasons[] = {
#define WORD(name, word, end) word,
    PX_REASONS(WORD)
#undef WORD
};
static const char *const ends[] = {
#define WORD(name, word, label) word,
    PX_ENDS(WORD)
#undef WORD
};

/* The words, and no other ones, have paragraphs in the list that belongs to `member`. */
static void expect_list(const char *text, const char *member, const char *const *words, size_t n)
{
    char want[64], word[64];
    size_t found = 0, listed = 0;

    snprintf(want, sizeof want, "\n.TP\n.I %s\n", member);
    const char *log = strstr(text, "\n.SH ACCESS LOG\n");
    const char *from = log ? strstr(log, want) : NULL, *to = from ? strstr(from, "\n.RE\n") : NULL;
    cr_assert(from && to, "%s", member);
    for (const char *at = strstr(from, "\n.TP\n.B "); at && at < to;
         at = strstr(&at[1], "\n.TP\n.B ")) {
        cr_assert_eq(sscanf(at, "\n.TP\n.B %63s", word), 1);
        listed++;
        for (size_t i = 0; i < n; i++)
            found += strcmp(words[i], word) == 0;
        cr_expect_eq(found, listed, "%s of %s", word, member);
    }
    cr_expect_eq(found, n, "%zu of %zu words of %s", found, n, member);
}

Test(proxy_manual, lists_the_reasons_and_ends_of_the_access_log)
{
    char *text = plain(project_file("proxy/man/ratls-proxy.8"));

    expect_list(text, "reason", own_reasons, PX_COUNT(own_reasons));
    expect_list(text, "end", ends, PX_COUNT(ends));
    free(text);
}

Test(proxy_manual, no_reason_of_the_proxy_is_one_of_the_library)
{
    for (size_t i = 1; i < PX_COUNT(own_reasons); i++) /* ok means the same */
        for (int e = 0; e < RATLS_ERR_COUNT; e++)
            cr_expect_str_neq(own_reasons[i], ratls_err_reason((enum ratls_err)e));
}
