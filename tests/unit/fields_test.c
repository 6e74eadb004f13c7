/* Typed members of signed documents: what each reader gives once something was wrong. What is
 * wrong: tcb_info_test.c, qe_identity_test.c. */
#include <cjson/cJSON.h>
#include <criterion/criterion.h>

#include "fields.h"
#include "json.h"

static cJSON *json;
static struct rt_fields f;
static struct ratls_error err;

static void setup(void)
{
    static const char text[] =
        "{\"number\":7,\"text\":\"x\",\"hex\":\"0102\",\"date\":\"2025-06-14T15:06:40Z\","
        "\"object\":{},\"list\":[{},{}]}";

    err = (struct ratls_error){0};
    cr_assert_eq(rt_json_parse(ratls_bytes_str(text), RATLS_E_INTERNAL, &json, &err), RATLS_OK);
    f = (struct rt_fields){.document = "document", .err = &err};
}

static void teardown(void)
{
    rt_json_free(json);
}

TestSuite(fields, .init = setup, .fini = teardown);

static bool is_first_failure(const char *detail)
{
    return f.bad && err.code == RATLS_E_COLLATERAL_FORMAT && strcmp(err.detail, detail) == 0;
}

Test(fields, what_is_there_is_read)
{
    uint8_t hex[2] = {0};

    cr_expect(rt_field_exists(json, "number"));
    cr_expect_not(rt_field_exists(json, "Number"));
    cr_expect_eq(rt_field_uint(&f, json, "number", 7), 7);
    cr_expect_str_eq(rt_field_text(&f, json, "text"), "x");
    rt_field_hex(&f, json, "hex", hex, sizeof hex);
    cr_expect(hex[0] == 1 && hex[1] == 2);
    cr_expect_eq(rt_field_date(&f, json, "date"), 1749913600);
    cr_expect_not_null(rt_field_object(&f, json, "object"));
    cr_expect_not_null(rt_field_list(&f, json, "list", 2, 2));
    cr_expect_not(f.bad);
}

/* Values that a caller may use before it asks whether anything failed. */
static void expect_nothing(void)
{
    uint8_t hex[3] = {9, 9, 9};

    cr_expect_eq(rt_field_uint(&f, json, "number", 7), 0);
    cr_expect_str_eq(rt_field_text(&f, json, "text"), "");
    rt_field_hex(&f, json, "hex", hex, 2);
    cr_expect(hex[0] == 0 && hex[1] == 0 && hex[2] == 9);
    cr_expect_eq(rt_field_date(&f, json, "date"), 0);
    cr_expect_null(rt_field_object(&f, json, "object"));
    cr_expect_null(rt_field_list(&f, json, "list", 2, 2));
}

Test(fields, the_first_failure_sticks)
{
    cr_expect_eq(rt_field_uint(&f, json, "number", 6), 0);
    cr_expect(is_first_failure("document: 'number' is no number of its range"));
    expect_nothing();
    rt_field_fail(&f, "other", "is worse");
    cr_expect(is_first_failure("document: 'number' is no number of its range"), "%s", err.detail);
}

Test(fields, whatever_failed_gives_nothing)
{
    uint8_t hex[3] = {9, 9, 9};

    cr_expect_str_eq(rt_field_text(&f, json, "number"), "");
    cr_expect(is_first_failure("document: 'number' is no text"));
    f.bad = false;
    rt_field_hex(&f, json, "hex", hex, 3);
    cr_expect(f.bad && rt_all_zero(hex, 3), "too short");
    f.bad = false;
    cr_expect_eq(rt_field_date(&f, json, "text"), 0);
    cr_expect(f.bad);
    f.bad = false;
    cr_expect_null(rt_field_object(&f, json, "list"));
    cr_expect(f.bad);
    f.bad = false;
    cr_expect_null(rt_field_list(&f, json, "object", 0, 9));
    cr_expect(f.bad);
}

Test(fields, a_list_has_its_number_of_objects)
{
    static const struct {
        size_t min, max;
        bool good;
    } rows[] = {{0, 1, false}, {0, 2, true}, {2, 2, true}, {2, 9, true}, {3, 9, false}};

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        f.bad = false;
        cr_expect_eq(rt_field_list(&f, json, "list", rows[i].min, rows[i].max) != NULL,
                     rows[i].good, "row %zu", i);
        cr_expect_eq(f.bad, !rows[i].good);
    }
}

/* A member of nothing, which the object before has become. */
Test(fields, nothing_has_no_members)
{
    cr_expect_eq(rt_field_uint(&f, NULL, "number", 7), 0);
    cr_expect(is_first_failure("document: 'number' is missing"), "%s", err.detail);
    f.bad = false;
    cr_expect_eq(rt_field_uint(&f, rt_field_object(&f, json, "number"), "number", 7), 0);
    cr_expect(f.bad);
}
