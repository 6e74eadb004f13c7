/* The picture of a document of AWS Nitro, of a simulated enclave and of a real one. */
#include "picture_support.h"

#include "vectors_support.h"

TestSuite(picture_nitro, .init = tool_setup, .fini = tool_teardown, .timeout = 60);

#define VERIFY     "verify --evidence doc.cbor --insecure-sim-roots root.pem --authenticity-only"
#define HEX8(two)  two two two two two two two two
#define HEX48(two) HEX8(two) HEX8(two) HEX8(two) HEX8(two) HEX8(two) HEX8(two)

static void attest(const char *options)
{
    char args[1024];

    snprintf(args, sizeof args,
             "attest --insecure-sim-root-out root.pem -o doc.cbor --attester sim-nitro"
             " --attester-options pki=keys%s",
             options);
    expect_run(args, 0, "");
}

Test(picture_nitro, of_a_document_is_one_screen)
{
    attest(",pcr8=" HEX48("a8"));
    const char *text = shown("inspect doc.cbor");
    expect_one_screen(text);
    cr_expect(begins_a_line(text, "verdict: none, nothing was verified\nSIMULATED: "), "%s", text);
    expect_line(text, "Enclave");
    expect_line(text, "  PCR0        " HEX48("50"));
    expect_line(text, "  PCR4        " HEX48("54"));
    expect_line(text, "  PCR7        zero");
    expect_line(text, "  PCR8        " HEX48("a8"));
    cr_expect(begins_a_line(text, "  others      PCR9 zero, PCR10 zero, "), "%s", text);
    cr_expect(begins_a_line(text, "  report data "), "%s", text);
    cr_expect_not(strstr(text, "user data"), "%s", text);
    expect_line(text, "  nonce       none");
    expect_line(text, "  module      i-00000000000000051-enc0000000000000051");
    expect_line(text, "  form        nitro, TCB status not_evaluated");
}

Test(picture_nitro, announces_debug_mode)
{
    attest(",debug=yes");
    const char *text = shown("inspect doc.cbor");
    expect_one_screen(text);
    cr_expect(begins_a_line(text, "DEBUG: "), "%s", text);
}

Test(picture_nitro, of_a_verified_document_is_one_screen)
{
    attest("");
    const char *text = shown(VERIFY);
    expect_one_screen(text);
    cr_expect(begins_a_line(text, "verdict: allow\nreason:  ok\n"), "%s", text);
    cr_expect(strstr(text, ", hash SHA384, all until 20"), "%s", text);
    expect_line(text, "  form        nitro, TCB status unrated, rests on keys 4");
}

Test(picture_nitro, follows_a_denial_too)
{
    attest("");
    const char *text = shown("verify --evidence doc.cbor --authenticity-only");
    expect_one_screen(text);
    cr_expect(begins_a_line(text, "verdict: deny\n"), "%s", text);
    expect_line(text, "Document");
}

Test(picture_nitro, of_a_real_document_is_one_screen)
{
    char path[1100], args[1200];

    snprintf(path, sizeof path, "%s/nitro/doc.cbor", vectors_folder());
    if (access(path, R_OK) != 0)
        cr_skip_test("no %s", path);
    snprintf(args, sizeof args, "inspect '%s'", path);
    const char *text = shown(args);
    expect_one_screen(text);
    expect_line(text, "  user data   "
                      "7c37108079b3e8a36d8a7970de1d6d4ff1461e0e35d9557c4d789df5e0576620");
    expect_line(text, "  nonce       "
                      "c678c86135de539d183acff58886d98dfb9823041af9f934bf909ac0f8d96245");
}
