/* The pictures of Arm CCA and virtCCA, of claims that a plugin makes. */
#include "picture_support.h"

TestSuite(picture_arm, .init = tool_setup, .fini = tool_teardown, .timeout = 60);

static const char *inspect(char which)
{
    const char bytes[] = {which};

    install("tests/plugins/like_arm.so");
    put_evidence("evidence", bytes, sizeof bytes);
    return shown("inspect --plugins plugins evidence");
}

/* All has its place but the name of the plugin. */
static void expect_complete(const char *text)
{
    cr_expect_str_eq(rest_of(text), "Other claims\nformat: like\n");
}

/* What does not change from row to row is said once; that it ended, too. */
Test(picture_arm, has_a_row_for_each_component)
{
    const char *text = inspect('c');

    expect_complete(text);
    expect_line(text, "  components  BL1, 3.4, aa, hash sha-256, signer 5151");
    expect_line(text, "              bb, hash none");
    expect_line(text, "              RMM, cc, hash sha-512, signer 5252");
}

Test(picture_arm, shows_how_long_values_begin)
{
    const char *text = inspect('c');

    expect_line(text,
                "  key         0476f900000000000000000000000000... of 97 bytes, hash sha-256");
    expect_line(text, "  config      zero");
    expect_line(text, "  life cycle  secured (12291)");
}

Test(picture_arm, shows_below_it_rows_that_do_not_agree)
{
    const char *text = inspect('d'), *rest = rest_of(text);

    expect_line(text, "              RMM, cc, hash sha-512, signer 5252");
    expect_line(rest, "cca.platform.sw_components.count:        4");
    expect_line(rest, "cca.platform.sw_components.measurements: aa, dd, cc");
    expect_line(rest, "cca.platform.sw_components.2.version:    7");
    expect_line(rest, "cca.platform.sw_components.4.type:       BL9");
    cr_expect_not(strstr(rest, "sw_components.0"), "%s", rest);
}

Test(picture_arm, shows_below_it_a_list_that_ends_before_the_rows)
{
    const char *rest = rest_of(inspect('e'));

    expect_line(rest, "cca.platform.sw_components.measurements: aa, bb");
    cr_expect_not(strstr(rest, "sw_components.count"), "%s", rest);
}

Test(picture_arm, counts_the_digests_of_logs)
{
    const char *text = inspect('v');

    expect_complete(text);
    expect_line(text, "  event log   present, matches REM0 to REM2, events 19, digests of boot 11");
    expect_line(text, "  it claims   kernels 2");
    expect_line(text, "  IMA log     different files 200");
    expect_line(text, "  token       present");
    cr_expect_not(strstr(text, "VIOLATIONS"), "%s", text);
}

Test(picture_arm, does_not_repeat_keys_and_dates)
{
    const char *text = inspect('v');

    expect_line(text, "  key         SHA-256 abab");
    cr_expect_not(strstr(text, "guest's key"), "%s", text);
    expect_line(text, "  certificate board, until 2041-10-23T12:08:01Z");
    cr_expect_not(strstr(text, "all until"), "%s", text);
}

Test(picture_arm, shows_what_is_wrong_with_a_guest)
{
    const char *text = inspect('w');

    expect_complete(text);
    expect_line(text, "  event log   events 19, digests of boot 11");
    expect_line(text, "  IMA log     different files 200, VIOLATIONS: 3");
    expect_line(text, "  guest's key hash cdcd");
    expect_line(text, "  revocation  all until 2033-05-18T03:33:20Z");
    cr_expect_not(strstr(text, "present"), "%s", text);
}
