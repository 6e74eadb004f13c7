/* The picture of evidence of virtCCA, of simulated guests and of a real one. */
#include "picture_support.h"

#include "vectors_support.h"

TestSuite(picture_virtcca, .init = tool_setup, .fini = tool_teardown, .timeout = 60);

#define VERIFY "verify --evidence token.cbor --insecure-sim-roots root.pem --authenticity-only"
#define BYTE16 "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a"

/* With keys on P-521: those of RSA take seconds to make. */
static void attest(const char *options)
{
    char args[1024];

    snprintf(args, sizeof args,
             "attest --insecure-sim-root-out root.pem -o token.cbor --attester sim-virtcca"
             " --attester-options key=p521,pki=keys%s",
             options);
    expect_run(args, 0, "");
}

static const char *inspect(const char *options)
{
    attest(options);
    return shown("inspect token.cbor");
}

Test(picture_virtcca, of_a_token_is_one_screen)
{
    const char *text = inspect(",rim=" BYTE16 BYTE16 ",rem3=" BYTE16 BYTE16);

    expect_one_screen(text);
    cr_expect(begins_a_line(text, "verdict: none, nothing was verified\nSIMULATED: "), "%s", text);
    expect_line(text, "Guest");
    expect_line(text, "  RIM         " BYTE16 BYTE16);
    expect_line(text, "  REM0        zero");
    expect_line(text, "  REM3        " BYTE16 BYTE16);
    expect_line(text, "  RPV         zero");
    cr_expect(begins_a_line(text, "  key         SHA-256 "), "%s", text);
    expect_line(text, "  registers   sha-256");
    cr_expect_not(has_line(text, "Logs"), "%s", text);
    expect_line(text, "  token       present");
    cr_expect(begins_a_line(text, "  life cycle  secured (12291), profile "), "%s", text);
    cr_expect(begins_a_line(text, "  components  FIRMWARE, 1.0, "), "%s", text);
    expect_line(text, "Device");
    cr_expect(begins_a_line(text, "  certificate "), "%s", text);
    expect_line(text, "  form        virtcca, TCB status not_evaluated");
}

Test(picture_virtcca, of_a_token_without_the_platform_has_no_such_section)
{
    const char *text = inspect(",platform_token=no");

    expect_one_screen(text);
    cr_expect_not(has_line(text, "Platform"), "%s", text);
    expect_line(text, "Device");
}

Test(picture_virtcca, announces_a_platform_that_is_not_secured)
{
    const char *text = inspect(",lifecycle=4001");

    expect_one_screen(text);
    cr_expect(begins_a_line(text, "DEBUG: "), "%s", text);
    cr_expect(begins_a_line(text, "  life cycle  non_cca_platform_debug (16385), "), "%s", text);
}

Test(picture_virtcca, of_a_verified_guest_with_logs_is_one_screen)
{
    attest(",eventlog=yes,ima_log=yes");
    const char *text = shown(VERIFY);
    expect_one_screen(text);
    cr_expect(begins_a_line(text, "verdict: allow\nreason:  ok\n"), "%s", text);
    cr_expect(begins_a_line(text, "  event log   present, matches REM0 to REM2, events "), "%s",
              text);
    cr_expect(begins_a_line(text, "  it claims   boot loaders 1, "), "%s", text);
    cr_expect(begins_a_line(text, "  IMA log     present, matches REM3, entries "), "%s", text);
    expect_line(text, "  revocation  not_checked");
}

Test(picture_virtcca, does_not_replay_logs_without_verification)
{
    const char *text = inspect(",eventlog=yes,ima_log=yes");

    expect_one_screen(text);
    expect_line(text, "  event log   present");
    expect_line(text, "  IMA log     present");
}

Test(picture_virtcca, gives_way_to_every_claim)
{
    attest(",eventlog=yes,ima_log=yes");
    expect_all("inspect token.cbor");
    expect_all(VERIFY);
}

Test(picture_virtcca, of_a_real_token_is_one_screen)
{
    char args[1200];
    struct ratls_buffer token;

    if (read_vector("virtcca/token.cbor", &token) != RATLS_OK)
        cr_skip_test("no virtcca/token.cbor in %s", vectors_folder());
    ratls_buffer_free(&token);
    snprintf(args, sizeof args, "inspect '%s/virtcca/token.cbor'", vectors_folder());
    const char *text = shown(args);
    expect_one_screen(text);
    expect_line(text, "  REM3        zero");
    cr_expect(strstr(text, " and 32 zero bytes\n"), "%s", text);
}
