/* The picture of the report of a real Kunpeng with iTrustee. */
#include "picture_support.h"

#include "vectors_support.h"

TestSuite(picture_itrustee, .init = tool_setup, .fini = tool_teardown, .timeout = 60);

Test(picture_itrustee, of_a_real_report_is_one_screen)
{
    char path[1100], args[1200];

    snprintf(path, sizeof path, "%s/itrustee/report.json", vectors_folder());
    if (access(path, R_OK) != 0)
        cr_skip_test("no %s", path);
    snprintf(args, sizeof args, "inspect '%s'", path);
    const char *text = shown(args);
    expect_one_screen(text);
    cr_expect(begins_a_line(text, "  image       02653eafcf2d"), "%s", text);
    cr_expect(begins_a_line(text, "  key         30820222300d0609"), "%s", text);
    expect_line(text, "  nonce       ef5a198a5032eaf5c2805b9152101834");
    cr_expect(begins_a_line(text, "  image       ed672e7fa2b4"), "%s", text);
    cr_expect(begins_a_line(text, "  key         3082"), "%s", text);
    cr_expect(begins_a_line(text, "  certificate 026HRF10K9008911T, until 2038"), "%s", text);
    cr_expect(begins_a_line(text, "  form        itrustee, version TEE.RA.1.0"), "%s", text);
}
