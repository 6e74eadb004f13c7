#include <criterion/criterion.h>
#include <stdio.h>

#include "claims.h"

static struct ratls_claims *c;

static void setup(void)
{
    c = ratls_claims_new();
    cr_assert(c);
}

static void teardown(void)
{
    ratls_claims_free(c);
}

TestSuite(claims, .init = setup, .fini = teardown);

Test(claims, keeps_the_order_of_first_setting)
{
    cr_assert_eq(ratls_claims_set_uint(c, "b", 7), RATLS_OK);
    cr_assert_eq(ratls_claims_set_bool(c, "a", true), RATLS_OK);
    cr_assert_eq(ratls_claims_set_uint(c, "b", 8), RATLS_OK);
    cr_assert_eq(ratls_claims_count(c), 2);
    cr_assert_str_eq(ratls_claims_at(c, 0)->name, "b");
    cr_assert_eq(ratls_claims_at(c, 0)->number, 8);
    cr_assert_str_eq(ratls_claims_at(c, 1)->name, "a");
    cr_assert_eq(ratls_claims_at(c, 1)->number, 1);
    cr_assert_null(ratls_claims_at(c, 2));
}

Test(claims, writes_bytes_as_lower_case_hex)
{
    cr_assert_eq(ratls_claims_set_hex(c, "x", ratls_bytes("\x00\xab\xff", 3)), RATLS_OK);
    cr_assert_eq(ratls_claims_get(c, "x")->type, RATLS_CLAIM_TEXT);
    cr_assert_str_eq(ratls_claims_get(c, "x")->text, "00abff");
    cr_assert_eq(ratls_claims_set_hex(c, "empty", ratls_bytes(NULL, 0)), RATLS_OK);
    cr_assert_str_eq(ratls_claims_get(c, "empty")->text, "");
}

Test(claims, copies_values)
{
    char text[] = "one";

    cr_assert_eq(ratls_claims_set_text(c, "t", text), RATLS_OK);
    text[0] = 'X';
    cr_assert_str_eq(ratls_claims_get(c, "t")->text, "one");
}

Test(claims, replace_also_the_type)
{
    (void)ratls_claims_add_item(c, "v", "one");
    (void)ratls_claims_set_text(c, "v", "text");
    cr_assert_eq(ratls_claims_get(c, "v")->n_items, 0);
    (void)ratls_claims_set_uint(c, "v", 3);
    cr_assert_eq(ratls_claims_get(c, "v")->type, RATLS_CLAIM_UINT);
    cr_assert_null(ratls_claims_get(c, "v")->text);
    (void)ratls_claims_add_item(c, "v", "two");
    cr_assert_eq(ratls_claims_get(c, "v")->type, RATLS_CLAIM_LIST);
    cr_assert_str_eq(ratls_claims_get(c, "v")->items[0], "two");
    cr_assert_eq(ratls_claims_status(c), RATLS_OK);
}

Test(claims, lists_may_be_empty_and_grow)
{
    (void)ratls_claims_add_item(c, "l", NULL);
    cr_assert_eq(ratls_claims_get(c, "l")->type, RATLS_CLAIM_LIST);
    cr_assert_eq(ratls_claims_get(c, "l")->n_items, 0);
    (void)ratls_claims_add_item(c, "l", "one");
    (void)ratls_claims_add_item(c, "l", "two");
    (void)ratls_claims_add_item(c, "l", NULL);
    cr_assert_eq(ratls_claims_get(c, "l")->n_items, 2);
    cr_assert_str_eq(ratls_claims_get(c, "l")->items[1], "two");
}

Test(claims, refuse_bad_names)
{
    static const char *const bad[] = {"", "A", "a-b", "a b", "a\n", NULL};
    char long_name[66];

    memset(long_name, 'a', sizeof long_name);
    long_name[64] = 0;
    cr_assert_eq(ratls_claims_set_uint(c, long_name, 1), RATLS_OK);
    long_name[64] = 'a';
    long_name[65] = 0;
    for (size_t i = 0; i < RT_COUNT(bad); i++)
        cr_expect_eq(ratls_claims_set_uint(c, bad[i], 1), RATLS_E_USAGE, "%zu", i);
    cr_assert_eq(ratls_claims_set_uint(c, long_name, 1), RATLS_E_USAGE);
    cr_assert_eq(ratls_claims_count(c), 1);
}

Test(claims, refuse_unprintable_text)
{
    static const char *const bad[] = {"a\nb", "\x7f", "\xc3\xa4", "\x1b[0m", NULL};

    for (size_t i = 0; i < RT_COUNT(bad); i++)
        cr_expect_eq(ratls_claims_set_text(c, "t", bad[i]), RATLS_E_USAGE, "%zu", i);
    cr_assert_eq(ratls_claims_add_item(c, "l", "a\nb"), RATLS_E_USAGE);
    cr_assert_eq(ratls_claims_count(c), 0);
}

Test(claims, remember_the_first_failure)
{
    (void)ratls_claims_set_text(c, "t", "\n");
    (void)ratls_claims_set_uint(c, "fine", 1);
    cr_assert_eq(ratls_claims_status(c), RATLS_E_USAGE);
    cr_assert_eq(ratls_claims_get(c, "fine")->number, 1);
}

Test(claims, are_limited_in_number)
{
    char name[16];

    for (size_t i = 0; i < RT_MAX_CLAIMS; i++) {
        (void)snprintf(name, sizeof name, "c%zu", i);
        cr_assert_eq(ratls_claims_set_uint(c, name, i), RATLS_OK);
    }
    cr_assert_eq(ratls_claims_set_uint(c, "onemore", 1), RATLS_E_LIMIT);
    cr_assert_eq(ratls_claims_set_uint(c, "c0", 5), RATLS_OK, "replacing stays possible");
    cr_assert_eq(ratls_claims_status(c), RATLS_E_LIMIT);
    cr_assert_eq(ratls_claims_count(c), RT_MAX_CLAIMS);
}

Test(claims, limit_items_and_text)
{
    static char text[2 * RT_MAX_EVIDENCE + 2];

    for (size_t i = 0; i < RT_MAX_CLAIM_ITEMS; i++)
        cr_assert_eq(ratls_claims_add_item(c, "l", "x"), RATLS_OK);
    cr_assert_eq(ratls_claims_add_item(c, "l", "x"), RATLS_E_LIMIT);
    memset(text, 'x', sizeof text - 1);
    cr_assert_eq(ratls_claims_set_text(c, "t", text), RATLS_E_LIMIT);
    cr_assert_eq(ratls_claims_set_hex(c, "t", ratls_bytes(text, RT_MAX_EVIDENCE + 1)),
                 RATLS_E_LIMIT);
}

Test(claims, without_object_are_out_of_memory)
{
    cr_assert_eq(ratls_claims_set_uint(NULL, "a", 1), RATLS_E_NO_MEMORY);
    cr_assert_eq(ratls_claims_set_text(NULL, "a", "b"), RATLS_E_NO_MEMORY);
    cr_assert_eq(ratls_claims_status(NULL), RATLS_E_NO_MEMORY);
    cr_assert_null(ratls_claims_get(NULL, "a"));
    cr_assert_eq(ratls_claims_count(NULL), 0);
    ratls_claims_free(NULL);
}

Test(claims, absent_ones_are_null)
{
    cr_assert_null(ratls_claims_get(c, "a"));
    cr_assert_null(ratls_claims_get(c, NULL));
}

/* ---- upon others ---- */

static void expect_names(const struct ratls_claims *list, const char *names)
{
    char found[64] = "";

    for (size_t i = 0; i < ratls_claims_count(list); i++)
        strncat(found, ratls_claims_at(list, i)->name, sizeof found - strlen(found) - 1);
    cr_expect_str_eq(found, names);
}

static void fill_base(void)
{
    cr_assert_eq(ratls_claims_set_text(c, "a", "one"), RATLS_OK);
    cr_assert_eq(ratls_claims_add_item(c, "b", "first"), RATLS_OK);
    cr_assert_eq(ratls_claims_set_uint(c, "c", 3), RATLS_OK);
}

Test(claims, begin_with_those_they_are_built_upon)
{
    fill_base();
    struct ratls_claims *of[] = {rt_claims_upon(c), rt_claims_upon(c)};
    for (size_t i = 0; i < 2; i++)
        cr_assert_eq(ratls_claims_set_uint(of[i], "d", i), RATLS_OK);
    expect_names(of[0], "abcd");
    expect_names(c, "abc");
    cr_expect_eq(ratls_claims_get(of[0], "a")->text, ratls_claims_get(of[1], "a")->text);
    cr_expect_eq(ratls_claims_get(of[0], "d")->number, 0);
    cr_expect_eq(ratls_claims_get(of[1], "d")->number, 1);
    cr_expect_null(ratls_claims_at(of[0], 4));
    cr_expect_null(rt_claims_upon(of[0]), "two levels are one too many");
    ratls_claims_free(of[0]);
    cr_expect_str_eq(ratls_claims_get(of[1], "a")->text, "one");
    ratls_claims_free(of[1]);
}

Test(claims, one_that_changes_what_it_shares_is_alone_in_it)
{
    fill_base();
    struct ratls_claims *of = rt_claims_upon(c);
    cr_assert_eq(ratls_claims_set_uint(of, "d", 4), RATLS_OK);
    cr_assert_eq(ratls_claims_add_item(of, "b", "second"), RATLS_OK);
    cr_assert_eq(ratls_claims_set_bool(of, "a", true), RATLS_OK);
    expect_names(of, "abcd");
    cr_expect_eq(ratls_claims_get(of, "a")->type, RATLS_CLAIM_BOOL);
    cr_expect_eq(ratls_claims_get(of, "b")->n_items, 2);
    cr_expect_eq(ratls_claims_get(of, "d")->number, 4);
    cr_expect_str_eq(ratls_claims_get(c, "a")->text, "one");
    cr_expect_eq(ratls_claims_get(c, "b")->n_items, 1);
    ratls_claims_free(of);
}

Test(claims, limit_counts_what_is_shared)
{
    char name[16];

    for (size_t i = 0; i < RT_MAX_CLAIMS - 1; i++) {
        (void)snprintf(name, sizeof name, "n%zu", i);
        cr_assert_eq(ratls_claims_set_uint(c, name, i), RATLS_OK);
    }
    struct ratls_claims *of = rt_claims_upon(c);
    cr_expect_eq(ratls_claims_set_uint(of, "last", 1), RATLS_OK);
    cr_expect_eq(ratls_claims_set_uint(of, "more", 1), RATLS_E_LIMIT);
    cr_expect_eq(ratls_claims_status(of), RATLS_E_LIMIT);
    cr_expect_eq(ratls_claims_status(c), RATLS_OK);
    ratls_claims_free(of);
}
