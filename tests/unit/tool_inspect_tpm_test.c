/* The picture of quotes of TPMs, and of guests of Azure with the hardware below. */
#include "picture_support.h"

#include "vectors_support.h"

TestSuite(picture_tpm, .init = tool_setup, .fini = tool_teardown, .timeout = 60);

#define HEX8(two)  two two two two two two two two
#define HEX32(two) HEX8(two) HEX8(two) HEX8(two) HEX8(two)
#define VERIFY     "verify --evidence az.json --insecure-sim-roots root.pem --authenticity-only"

static void attest(const char *options)
{
    char args[1024];

    snprintf(args, sizeof args,
             "attest --insecure-sim-root-out root.pem -o az.json --attester sim-az-tdx"
             " --attester-options pki=keys%s",
             options);
    expect_run(args, 0, "");
}

static size_t count(const char *text, const char *word)
{
    size_t n = 0;

    for (const char *at = text; (at = strstr(at, word)) != NULL; at++)
        n++;
    return n;
}

Test(picture_tpm, of_a_guest_of_azure_is_two_screens)
{
    attest(",pcr04=" HEX32("44"));
    const char *text = shown("inspect az.json");
    expect_lines(text, 2 * MAX_LINES);
    cr_expect(begins_a_line(text, "verdict: none, nothing was verified\nSIMULATED: "), "%s", text);
    expect_line(text, "Boot");
    expect_line(text, "  PCR4        " HEX32("44"));
    expect_line(text, "  PCR8        zero");
    expect_line(text, "Quote");
    expect_line(text, "  clockInfo   clock 1000, resetCount 2, restartCount 0, safe, firmware "
                      "0000000000000001");
    cr_expect(strstr(text, ", bank sha256\n"), "%s", text);
    expect_line(text, "Paravisor");
    expect_line(text, "  HCL report  version 1, report_type 4 (TDX)");
    cr_expect(begins_a_line(text, "  var data    SHA-256 "), "%s", text);
    expect_line(text, "  VM          SECURE BOOT, vmUniqueId "
                      "00000000-0000-0000-0000-000000000000");
}

/* As the verifier of the hardware has it: its report data are the hash of the var data. */
Test(picture_tpm, shows_the_hardware_below_as_by_itself)
{
    attest("");
    const char *text = shown("inspect az.json");
    expect_line(text, "TD");
    cr_expect(begins_a_line(text, "  MRTD        5151"), "%s", text);
    expect_line(text, "Quoting enclave");
    expect_line(text, "  form        az_tdx_vtpm, version 4, certification data 5 (PCK chain)");
    cr_expect_eq(count(text, "\n  report data "), 2, "that of the TPM and that of the TD");
    cr_expect(strstr(text, " and 32 zero bytes\n"), "%s", text);
    cr_expect_eq(count(text, "event log"), 1, "that of the TPM: %s", text);
}

Test(picture_tpm, of_a_verified_guest_leaves_out_nothing)
{
    attest("");
    const char *text = shown(VERIFY);
    expect_lines(text, 2 * MAX_LINES);
    cr_expect(begins_a_line(text, "verdict: allow\nreason:  ok\n"), "%s", text);
    cr_expect(strstr(text, "rests on keys "), "%s", text);
}

static const char *vector(const char *command, const char *name, const char *more)
{
    char path[1100], args[2400];

    snprintf(path, sizeof path, "%s/tpm/%s", vectors_folder(), name);
    if (access(path, R_OK) != 0)
        cr_skip_test("no %s", path);
    snprintf(args, sizeof args, "%s '%s' %s", command, path, more);
    return shown(args);
}

Test(picture_tpm, of_a_real_quote_is_one_screen)
{
    const char *text = vector("inspect", "quote-24pcr.json", "");

    expect_one_screen(text);
    expect_line(text, "Machine");
    cr_expect(begins_a_line(text, "  measurement ffffff"), "%s", text);
    expect_line(text, "  form        tpm, TCB status not_evaluated");
    cr_expect_eq(count(text, "\n  PCR"), 24, "%s", text);
}

Test(picture_tpm, of_a_verdict_says_by_what_the_key_is_trusted)
{
    char more[1200];

    snprintf(more, sizeof more,
             "--anchors '%s/tpm/quote-24pcr-ak.der' --authenticity-only --time 1735689600",
             vectors_folder());
    const char *text = vector("verify --evidence", "quote-24pcr.json", more);
    expect_one_screen(text);
    expect_line(text, "  trust       pin");
    expect_line(text, "  form        tpm, TCB status unrated, rests on keys 1");
}

Test(picture_tpm, of_a_real_guest_has_the_report_of_snp_below)
{
    const char *text = vector("inspect", "az-snp-v2.json", "");

    expect_lines(text, 2 * MAX_LINES);
    cr_expect(begins_a_line(text, "  guest       VMPL 0, "), "%s", text);
    cr_expect(begins_a_line(text, "  chip ID     "), "%s", text);
}
