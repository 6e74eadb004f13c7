/* The list of outcomes, and texts that come from outside. */
#include <ctype.h>

#include <criterion/criterion.h>

#include "base.h"

static bool is_snake_case(const char *s)
{
    if (!islower((unsigned char)*s))
        return false;
    for (; *s; s++)
        if (!islower((unsigned char)*s) && !isdigit((unsigned char)*s) && *s != '_')
            return false;
    return true;
}

Test(error, gives_every_code_a_unique_snake_case_reason)
{
    for (int i = 0; i < RATLS_ERR_COUNT; i++) {
        const char *reason = ratls_err_reason((enum ratls_err)i);
        cr_expect(is_snake_case(reason), "%s", reason);
        for (int k = 0; k < i; k++)
            cr_expect_str_neq(reason, ratls_err_reason((enum ratls_err)k));
    }
}

Test(error, gives_every_code_a_unique_text_of_one_line)
{
    for (int i = 0; i < RATLS_ERR_COUNT; i++) {
        const char *text = ratls_err_text((enum ratls_err)i);
        cr_expect_gt(strlen(text), 0);
        for (const char *c = text; *c; c++)
            cr_expect(*c >= 0x20 && *c <= 0x7e, "%s", text);
        for (int k = 0; k < i; k++)
            cr_expect_str_neq(text, ratls_err_text((enum ratls_err)k));
    }
}

/* Nothing is told to a peer that has closed or denied. */
Test(error, gives_every_failure_a_class_and_an_alert)
{
    for (int i = 1; i < RATLS_ERR_COUNT; i++) {
        enum ratls_err e = (enum ratls_err)i;
        bool failure = !ratls_err_is_want(e) && e != RATLS_E_CLOSED && e != RATLS_E_PEER_DENIED;
        cr_expect_eq(ratls_err_class(e) != RATLS_CLASS_NONE, failure, "%s", ratls_err_reason(e));
        cr_expect_eq(ratls_err_alert(e) != RATLS_ALERT_CLOSE_NOTIFY, failure, "%s",
                     ratls_err_reason(e));
    }
}

Test(error, treats_codes_nobody_knows_as_internal)
{
    static const int strange[] = {-1, RATLS_ERR_COUNT, INT32_MAX, INT32_MIN};

    for (size_t i = 0; i < RT_COUNT(strange); i++) {
        enum ratls_err e = (enum ratls_err)strange[i];
        cr_expect_str_eq(ratls_err_reason(e), "internal_error");
        cr_expect_eq(ratls_err_class(e), RATLS_CLASS_INTERNAL);
        cr_expect_eq(ratls_err_alert(e), RATLS_ALERT_INTERNAL_ERROR);
        cr_expect_not(ratls_err_is_want(e));
    }
}

Test(error, knows_the_four_codes_that_mean_waiting)
{
    int n = 0;

    for (int i = 0; i < RATLS_ERR_COUNT; i++)
        n += ratls_err_is_want((enum ratls_err)i) != 0;
    cr_expect_eq(n, 4);
    cr_expect(ratls_err_is_want(RATLS_E_WANT_READ));
    cr_expect(ratls_err_is_want(RATLS_E_WANT_WRITE));
    cr_expect(ratls_err_is_want(RATLS_E_WANT_PROOF));
    cr_expect(ratls_err_is_want(RATLS_E_WANT_POLICY));
}

Test(error, keeps_the_first_detail)
{
    struct ratls_error err = {0};

    cr_expect_eq(ratls_fail(&err, RATLS_E_CERT_FORMAT, "byte ~%d", 7), RATLS_E_CERT_FORMAT);
    cr_expect_eq(ratls_fail(&err, RATLS_E_TLS, "later"), RATLS_E_TLS);
    cr_expect_eq(err.code, RATLS_E_CERT_FORMAT);
    cr_expect_str_eq(err.detail, "byte ~7");
    cr_expect_eq(ratls_fail(NULL, RATLS_E_IO, "nobody listens"), RATLS_E_IO);
}

Test(error, cuts_details_that_are_too_long)
{
    struct ratls_error err = {0};
    char longest[1024];

    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = 0;
    (void)ratls_fail(&err, RATLS_E_IO, "%s", longest);
    cr_expect_eq(strlen(err.detail), sizeof err.detail - 1);
}

#define HOSTILE "a\r\n2025-06-27 level=info verdict=allow\t\x1b[2J\x7f\xc3\xa9"

/* A peer's text must not look like a line, a terminal command or UTF-8 of ours. */
Test(error, makes_hostile_details_printable)
{
    struct ratls_error err = {0};

    (void)ratls_fail(&err, RATLS_E_IO, "name '%s'", HOSTILE);
    cr_expect_str_eq(err.detail, "name 'a??2025-06-27 level=info verdict=allow??[2J??"
                                 "?'");
}

static char logged[1024];
static int lines;

static void keep_line(void *arg, enum ratls_log_level level, const char *line)
{
    (void)arg;
    cr_expect_eq(level, RATLS_LOG_WARNING);
    (void)strncpy(logged, line, sizeof logged - 1);
    lines++;
}

Test(error, logs_one_printable_line)
{
    const struct ratls_env env = {.log = keep_line};

    rt_log(&env, RATLS_LOG_WARNING, "peer %s", HOSTILE);
    cr_expect_eq(lines, 1);
    cr_expect_str_eq(logged, "peer a??2025-06-27 level=info verdict=allow??[2J???");
}

Test(error, logs_nothing_without_a_callback)
{
    const struct ratls_env env = {0};

    rt_log(&env, RATLS_LOG_WARNING, "nobody listens");
    rt_log(NULL, RATLS_LOG_WARNING, "nobody listens");
    cr_expect_eq(lines, 0);
}
