/* The picture of a token of Arm CCA, of simulated platforms and of the public examples. */
#include "picture_support.h"

#include "vectors_support.h"

TestSuite(picture_cca, .init = tool_setup, .fini = tool_teardown, .timeout = 60);

#define VERIFY "verify --evidence token.cbor --insecure-sim-roots key.json --authenticity-only"
#define BYTE16 "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a"

static void attest(const char *options)
{
    char args[1024];

    snprintf(args, sizeof args,
             "attest --insecure-sim-root-out key.json -o token.cbor --attester sim-cca"
             " --attester-options pki=keys%s",
             options);
    expect_run(args, 0, "");
}

static const char *inspect(const char *options)
{
    attest(options);
    return shown("inspect token.cbor");
}

Test(picture_cca, of_a_token_is_one_screen)
{
    const char *text = inspect(",rim=" BYTE16 BYTE16 ",rem3=" BYTE16 BYTE16 BYTE16 BYTE16);

    expect_one_screen(text);
    cr_expect(begins_a_line(text, "verdict: none, nothing was verified\nSIMULATED: "), "%s", text);
    expect_line(text, "Realm");
    expect_line(text, "  RIM         " BYTE16 BYTE16);
    expect_line(text, "  REM0        zero");
    cr_expect(begins_a_line(text, "  REM3        " BYTE16 BYTE16 "\n              " BYTE16 BYTE16),
              "%s", text);
    cr_expect(begins_a_line(text, "  report data "), "%s", text);
    cr_expect(strstr(text, "... of 107 bytes, hash sha-256, registers sha-256, MEC policy 0\n"),
              "%s", text);
    expect_line(text, "  profile     tag:arm.com,2024:realm#2.0.0");
    expect_line(text, "Platform");
    cr_expect(begins_a_line(text, "  realm key   hash "), "%s", text);
    expect_line(text, "  life cycle  secured (12288), profile tag:arm.com,2023:cca_platform#1.0.0, "
                      "hash sha-256");
    cr_expect(begins_a_line(text, "  components  TF-A, 1.0.0, "), "%s", text);
    cr_expect(begins_a_line(text, "              RMM, 1.0.0, "), "%s", text);
    expect_line(text, "  form        cca, TCB status not_evaluated");
}

Test(picture_cca, of_older_profiles_has_less)
{
    const char *text = inspect(",profile=legacy");

    expect_one_screen(text);
    cr_expect(strstr(text, "... of 97 bytes, hash "), "%s", text);
    cr_expect_not(strstr(text, "MEC policy"), "%s", text);
    expect_one_screen(inspect(",profile=realm1"));
}

Test(picture_cca, announces_a_platform_that_is_not_secured)
{
    const char *text = inspect(",lifecycle=4001");

    expect_one_screen(text);
    cr_expect(begins_a_line(text, "DEBUG: "), "%s", text);
    cr_expect(begins_a_line(text, "  life cycle  non_cca_platform_debug (16385), "), "%s", text);
}

Test(picture_cca, of_a_verified_token_is_one_screen)
{
    attest("");
    const char *text = shown(VERIFY);
    expect_one_screen(text);
    cr_expect(begins_a_line(text, "verdict: allow\nreason:  ok\n"), "%s", text);
    expect_line(text, "  form        cca, TCB status unrated, rests on keys 2");
}

Test(picture_cca, follows_a_denial_too)
{
    attest("");
    const char *text = shown("verify --evidence token.cbor --authenticity-only");
    expect_one_screen(text);
    cr_expect(begins_a_line(text, "verdict: deny\n"), "%s", text);
    expect_line(text, "Platform");
}

/* ---- of public examples ---- */

static bool has_example(const char *name, char path[1100])
{
    snprintf(path, 1100, "%s/cca/%s", vectors_folder(), name);
    return access(path, R_OK) == 0;
}

Test(picture_cca, of_every_example_is_one_screen)
{
    static const char *const names[] = {"example.cbor", "cmw-good.cbor", "rmm-01.cbor"};
    char path[1100], args[1200];

    for (size_t i = 0; i < RT_COUNT(names); i++) {
        if (!has_example(names[i], path))
            cr_skip_test("no cca/%s in %s", names[i], vectors_folder());
        snprintf(args, sizeof args, "inspect '%s'", path);
        expect_one_screen(shown(args));
    }
}

Test(picture_cca, of_an_example_with_many_components_is_one_screen_and_gives_way)
{
    char path[1100], keys[1100], args[2400];

    if (!has_example("example.cbor", path) || !has_example("example-ta-store.json", keys))
        cr_skip_test("no cca/example.cbor in %s", vectors_folder());
    snprintf(args, sizeof args, "verify --evidence '%s' --anchors '%s' --authenticity-only", path,
             keys);
    const char *text = shown(args);
    expect_one_screen(text);
    cr_expect(begins_a_line(text, "verdict: allow\n"), "%s", text);
    expect_line(text, "              AP_BL1, "
                      "1571b5ec78bd68512bf7830bb6a2a44b2047c7df57bce79eb8a1c0e5bea0a501");
    snprintf(args, sizeof args, "inspect '%s'", path);
    expect_all(args);
}
