/* The name of a revocation, as a caller asks for it, is the one that the core demands. */
#include "store_support.h"

static enum ratls_err name_of(const char *what, const char *hex, char *name)
{
    struct ratls_error err = {0};
    enum ratls_err e = ratls_store_revocation_name(what, hex, name, &err);

    cr_expect(e == RATLS_OK || err.detail[0], "a refusal says why");
    return e;
}

/* `digits` of hex */
static const char *value_of(size_t digits)
{
    static char hex[256];

    cr_assert_lt(digits, sizeof hex);
    memset(hex, 'a', digits);
    hex[digits] = 0;
    return hex;
}

Test(store_revocation_name, is_what_and_the_hash_of_the_value)
{
    char name[RATLS_STORE_NAME_MAX + 1];

    cr_assert_eq(name_of("measurement", VALUE_A, name), RATLS_OK);
    cr_expect_str_eq(name, REVOKES_A);
    cr_assert_eq(name_of("key", VALUE_A, name), RATLS_OK);
    cr_expect_str_eq(name, "key-a5cee4dc0fdd70ceba8ca6ead6328f01");
    cr_assert_eq(name_of("platform", VALUE_A, name), RATLS_OK);
    cr_expect_str_eq(name, "platform-a5cee4dc0fdd70ceba8ca6ead6328f01");
}

Test(store_revocation_name, does_not_depend_on_letter_case)
{
    char lower[RATLS_STORE_NAME_MAX + 1], upper[RATLS_STORE_NAME_MAX + 1];

    cr_assert_eq(name_of("key", "aabbccdd", lower), RATLS_OK);
    cr_assert_eq(name_of("key", "AaBBCcDD", upper), RATLS_OK);
    cr_expect_str_eq(upper, lower);
}

static enum ratls_err compare_name(void *arg, const struct ratls_store_item *item)
{
    cr_expect_str_eq(item->ref.name, arg);
    return RATLS_OK;
}

/* The longest and the shortest value of each; the core recomputes the name. */
ON_EVERY_PLACE(store_revocation_name, is_taken_by_a_store)
{
    static const struct {
        const char *what;
        size_t digits;
    } rows[] = {{"measurement", 32},
                {"measurement", 128},
                {"key", 64},
                {"platform", 16},
                {"platform", 128}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char name[RATLS_STORE_NAME_MAX + 1], body[256];
        struct ratls_store_item item = an_item(name, 1, "");

        cr_assert_eq(name_of(rows[i].what, value_of(rows[i].digits), name), RATLS_OK);
        (void)snprintf(body, sizeof body, "{\"what\":\"%s\",\"value\":\"%s\"}", rows[i].what,
                       value_of(rows[i].digits));
        item.ref.kind = "revocation";
        item.body = ratls_bytes_str(body);
        cr_assert_eq(add(w, &item), RATLS_OK, "%s", w->err.detail);
        const struct ratls_store_ref own = {.kind = "revocation", .name = name};
        cr_expect_eq(ratls_store_each(w->store, &own, compare_name, name, &w->err), RATLS_OK);
    }
}

Test(store_revocation_name, is_not_made_of_what_is_no_hex)
{
    static const char *const rows[] = {"", "a", "abc", "xx", "a g0", "0x00", " aabb", "aabb\n"};
    char name[RATLS_STORE_NAME_MAX + 1];

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_expect_eq(name_of("key", rows[i], name), RATLS_E_USAGE, "'%s'", rows[i]);
}

Test(store_revocation_name, is_of_64_bytes_at_most)
{
    char name[RATLS_STORE_NAME_MAX + 1];

    cr_expect_eq(name_of("measurement", value_of(128), name), RATLS_OK);
    cr_expect_eq(name_of("measurement", value_of(130), name), RATLS_E_USAGE);
}

Test(store_revocation_name, is_not_made_of_another_word)
{
    static const char *const rows[] = {"",
                                       "Key",
                                       "keys",
                                       "refval",
                                       "platform-",
                                       "a_word_that_is_longer_than_the_longest_name_of_an_item_by_"
                                       "far_so_that_it_would_be_cut"};
    char name[RATLS_STORE_NAME_MAX + 1];

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_expect_eq(name_of(rows[i], VALUE_A, name), RATLS_E_USAGE, "'%s'", rows[i]);
}
