/* The picture of a report of Hygon CSV, of a simulated guest and of a real one. */
#include "picture_support.h"

#include "vectors_support.h"

TestSuite(picture_csv, .init = tool_setup, .fini = tool_teardown, .timeout = 60);

#define VERIFY     "verify --evidence report.bin --insecure-sim-roots root.pem --authenticity-only"
#define HEX8(two)  two two two two two two two two
#define HEX32(two) HEX8(two) HEX8(two) HEX8(two) HEX8(two)

static void attest(const char *options)
{
    char args[1024];

    snprintf(args, sizeof args,
             "attest --insecure-sim-root-out root.pem -o report.bin --attester sim-csv"
             " --attester-options pki=keys%s",
             options);
    expect_run(args, 0, "");
}

Test(picture_csv, of_a_report_is_one_screen)
{
    attest("");
    const char *text = shown("inspect report.bin");
    expect_one_screen(text);
    cr_expect(begins_a_line(text, "verdict: none, nothing was verified\nSIMULATED: "), "%s", text);
    expect_line(text, "Guest");
    expect_line(text, "  measure     " HEX32("4d"));
    expect_line(text, "  policy      NODBG, HSK 0, CEK 0, API 0, minor 64, all 1073741825");
    expect_line(text, "  owner's key zero");
    expect_line(text, "  VM          id zero, version zero");
    cr_expect(begins_a_line(text, "  report data "), "%s", text);
    expect_line(text, "Platform");
    cr_expect(begins_a_line(text, "  CEK         SHA-256 "), "%s", text);
    cr_expect(begins_a_line(text, "  unsigned    serial number SIMULATED0051, anonce "), "%s",
              text);
    expect_line(text, "  form        csv, version 1, TCB status not_evaluated");
}

Test(picture_csv, of_version_2_has_registers)
{
    attest(",version=2");
    const char *text = shown("inspect report.bin");
    expect_one_screen(text);
    expect_line(text, "  RTMR0       " HEX32("70"));
    expect_line(text, "  RTMR4       " HEX32("74"));
    expect_line(text, "  event log   absent");
    expect_line(text, "  firmware    build 2100, RTMR version 1");
    expect_line(text, "  unsigned    serial number SIMULATED0051");
}

Test(picture_csv, announces_debugging)
{
    attest(",debug=yes");
    const char *text = shown("inspect report.bin");
    expect_one_screen(text);
    cr_expect(begins_a_line(text, "DEBUG: "), "%s", text);
}

Test(picture_csv, of_a_verified_report_is_one_screen)
{
    attest("");
    const char *text = shown(VERIFY);
    expect_one_screen(text);
    cr_expect(begins_a_line(text, "verdict: allow\nreason:  ok\n"), "%s", text);
    expect_line(text, "  form        csv, version 1, TCB status unrated, rests on keys 4");
}

Test(picture_csv, follows_a_denial_too)
{
    attest("");
    const char *text = shown("verify --evidence report.bin --authenticity-only");
    expect_one_screen(text);
    cr_expect(begins_a_line(text, "verdict: deny\n"), "%s", text);
    expect_line(text, "Platform");
}

Test(picture_csv, of_a_real_report_is_one_screen)
{
    char path[1100], args[1200];

    snprintf(path, sizeof path, "%s/csv/report.bin", vectors_folder());
    if (access(path, R_OK) != 0)
        cr_skip_test("no %s", path);
    snprintf(args, sizeof args, "inspect '%s'", path);
    const char *text = shown(args);
    expect_one_screen(text);
    expect_line(text, "  measure     "
                      "1178dadbf826ec7a07444ba358376d81c312cb53d703f9da83b26c1eee2ea052");
    expect_line(text, "  unsigned    serial number NZA9T14052605, anonce 9b429112");
    expect_line(text, "  nonce       67c6697351ff4aec29cdbaabf2fbe346");
}
