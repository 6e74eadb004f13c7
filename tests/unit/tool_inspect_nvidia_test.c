/* The picture of reports of real H100s. */
#include "picture_support.h"

#include "vectors_support.h"

TestSuite(picture_nvidia, .init = tool_setup, .fini = tool_teardown, .timeout = 60);

static const char *inspected(const char *name)
{
    char path[1100], args[1200];

    snprintf(path, sizeof path, "%s/nvidia/%s", vectors_folder(), name);
    if (access(path, R_OK) != 0)
        cr_skip_test("no %s", path);
    snprintf(args, sizeof args, "inspect '%s'", path);
    return shown(args);
}

Test(picture_nvidia, of_a_bare_report_is_one_screen)
{
    const char *text = inspected("h100-report.bin");

    expect_one_screen(text);
    expect_line(text, "  driver      550.90.07, VBIOS 96.00.9f.00.01");
    cr_expect(begins_a_line(text, "  firmware    f5c384aebb57"), "%s", text);
    expect_line(text, "  blocks      64, with counts 64");
    cr_expect(begins_a_line(text, "  nonce       931d8dd0add2"), "%s", text);
    cr_expect_not(begins_a_line(text, "  id "), "%s", text);
}

Test(picture_nvidia, of_several_devices_is_one_screen)
{
    const char *text = inspected("ppcie-2gpu.json");

    expect_one_screen(text);
    expect_line(text, "  devices     2");
    expect_line(text, "              NVIDIA:GH100:48B02DF44660DA06, hopper, driver 590.12, VBIOS "
                      "96.00.a5.00.01");
    expect_line(text, "              NVIDIA:GH100:48B02DD1B4B4D2DD, hopper, driver 590.12, VBIOS "
                      "96.00.a5.00.01");
}
