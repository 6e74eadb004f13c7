/* What `ratls inspect` and `ratls verify` show to people: the picture of a quote, and all that has
 * no place in it. */
#include "picture_support.h"

#include <dirent.h>

#include "sim_eventlog.h"
#include "vectors_support.h"

TestSuite(picture, .init = tool_setup, .fini = tool_teardown, .timeout = 60);

/* ---- quotes ---- */

#define ATTEST "attest --insecure-sim-root-out root.pem -o quote.bin --attester "
#define TDX_V5 ATTEST "sim-tdx --attester-options version=5"
#define SGX    ATTEST "sim-sgx"
#define DIGITS "0123456789abcdef"
#define BYTE16 "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a"

static const char *inspect(const char *attest)
{
    expect_run(attest, 0, "");
    return shown("inspect quote.bin");
}

Test(picture, of_a_tdx_quote_is_one_screen)
{
    const char *text = inspect(TDX_V5 ",mrtd=" BYTE16 BYTE16 BYTE16);

    expect_one_screen(text);
    cr_expect(begins_a_line(text, "verdict: none, nothing was verified\n"));
    expect_line(text, "TD");
    expect_line(text, "  MRTD        " BYTE16 BYTE16 BYTE16);
    expect_line(text, "  MRCONFIGID  zero");
    expect_line(text, "  MRSERVICETD zero");
    expect_line(text, "  attributes  SEPT_VE_DISABLE (0000001000000000)");
    expect_line(text,
                "  XFAM        X87, SSE, AVX, AVX512_OPMASK, AVX512_ZMM_HI256, AVX512_HI16_ZMM, "
                "PKRU, AMX_TILECFG,");
    expect_line(text, "              AMX_TILEDATA (e702060000000000)");
    expect_line(text, "  TCB         not_evaluated");
    expect_line(text, "  model       FMSPC 5241544c5300, PCE 0000, SGX type scalable, "
                      "dynamic platform, cached keys");
    expect_line(text, "  CPU SVN     07090303ffff01000000000000000000, PCE SVN 13");
    expect_line(text, "  form        tdx, version 5, body 3 (TD report 1.5), "
                      "certification data 5 (PCK chain)");
}

Test(picture, of_an_sgx_quote_is_one_screen)
{
    const char *text =
        inspect(SGX " --attester-options isvprodid=7,isvsvn=9,mrsigner=" BYTE16 BYTE16);

    expect_one_screen(text);
    expect_line(text, "Enclave");
    expect_line(text, "  MRSIGNER    " BYTE16 BYTE16);
    expect_line(text, "  product     ISVPRODID 7, ISVSVN 9, ISVFAMILYID zero, ISVEXTPRODID zero");
    expect_line(text, "  CONFIGID    zero, CONFIGSVN 0");
    expect_line(text, "  attributes  INIT, MODE64BIT (0500000000000000)");
    expect_line(text, "  form        sgx, version 3, certification data 5 (PCK chain)");
    cr_expect(begins_a_line(text, "  header      QE SVN 8, PCE SVN 13, vendor "));
}

static void add_hex(char *to, size_t cap, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        snprintf(to + strlen(to), cap - strlen(to), "%02x", bytes[i]);
}

/* A quote whose RTMRs are those of `log`. */
static void attest_boot(const char *log)
{
    uint8_t rtmr[4][48];
    struct ratls_buffer events = {0};
    char args[2048] = TDX_V5 ",tcb_status=OutOfDate";

    cr_assert_eq(rt_sim_eventlog_usual(&events, rtmr), RATLS_OK);
    FILE *f = fopen(log, "wb");
    cr_assert(f && fwrite(events.p, 1, events.len, f) == events.len);
    fclose(f);
    ratls_buffer_free(&events);
    for (size_t i = 0; i < RT_COUNT(rtmr); i++) {
        snprintf(args + strlen(args), sizeof args - strlen(args), ",rtmr%zu=", i);
        add_hex(args, sizeof args, rtmr[i], sizeof rtmr[i]);
    }
    snprintf(args + strlen(args), sizeof args - strlen(args),
             " --insecure-sim-collateral-out collateral.json");
    expect_run(args, 0, "");
}

#define VERIFY "verify --evidence quote.bin --insecure-sim-roots root.pem --authenticity-only"

Test(picture, of_a_verified_quote_is_one_screen_below_the_verdict)
{
    attest_boot("boot.log");
    const char *text = shown(VERIFY " --collateral collateral.json --eventlog boot.log");
    expect_one_screen(text);
    cr_expect(begins_a_line(text, "verdict: allow\n"));
    expect_line(text, "reason:  ok");
    expect_line(text, "status:  none");
    expect_line(text, "  event log   match, RTMR0 match, RTMR1 match, RTMR2 match, RTMR3 match");
    cr_expect(begins_a_line(text, "  TCB         OutOfDate, level of "));
    cr_expect(begins_a_line(text, "  collateral  evaluation number "));
}

Test(picture, follows_a_denial_too)
{
    expect_run(TDX_V5, 0, "");
    const char *text = shown("verify --evidence quote.bin --insecure-sim-roots root.pem");
    expect_one_screen(text);
    cr_expect(begins_a_line(text, "verdict: deny\nreason:  simulated\n"), "%s", text);
    expect_line(text, "  event log   absent");
}

/* ---- what must not be overlooked ---- */

Test(picture, shouts_debug)
{
    const char *text = inspect(TDX_V5 ",debug=yes");

    expect_one_screen(text);
    cr_expect(begins_a_line(text, "DEBUG: "), "%s", text);
    cr_expect(begins_a_line(text, "  attributes  DEBUG, SEPT_VE_DISABLE ("), "%s", text);
    cr_expect(begins_a_line(inspect(SGX " --attester-options debug=yes"), "DEBUG: "));
    cr_expect(begins_a_line(shown("inspect quote.bin --all"), "DEBUG: "));
    cr_expect(begins_a_line(shown(VERIFY), "DEBUG: "));
    cr_expect_not(begins_a_line(inspect(SGX), "DEBUG"));
}

Test(picture, shouts_that_a_tee_is_simulated)
{
    cr_expect(begins_a_line(inspect(TDX_V5), "SIMULATED: "));
    cr_expect(begins_a_line(shown("inspect quote.bin --all"), "SIMULATED: "));
    cr_expect(begins_a_line(shown(VERIFY), "SIMULATED: "));
}

Test(picture, counts_unsigned_bytes_only_where_there_are_some)
{
    cr_expect_not(strstr(inspect(TDX_V5), "UNSIGNED"));
    FILE *f = fopen("quote.bin", "ab");
    cr_assert(f && fputs("seven..", f) >= 0);
    fclose(f);
    const char *text = shown("inspect quote.bin");
    expect_one_screen(text);
    cr_expect(strstr(text, "UNSIGNED BYTES BEHIND IT: 7\n"), "%s", text);
}

/* ---- what has no place in it ---- */

Test(picture, leaves_no_claim_of_a_certificate_out)
{
    expect_run("cert --attester sim-sgx --san a.example -o c.pem --key k.pem", 0, "");
    const char *text = shown("inspect c.pem"), *rest = rest_of(text);
    expect_line(text, "Enclave");
    expect_line(rest, "format:           certificate");
    expect_line(rest, "cert.names:       DNS:a.example");
    expect_line(rest, "cert.evidence:    readable");
    cr_expect(begins_a_line(rest, "ratls.iat: "));
    cr_expect_not(strstr(rest, "sgx."), "%s", rest);
    cr_expect_not(strstr(rest, "measurement"), "%s", rest);
    cr_expect_not(strstr(rest, "debug"), "%s", rest);
}

Test(picture, is_not_drawn_of_a_certificate_without_evidence)
{
    expect_run(SGX, 0, "");
    const char *text = shown("inspect root.pem");
    expect_line(text, "cert.evidence:    no_evidence");
    cr_expect_not(has_line(text, "Other claims"));
}

Test(picture, is_not_drawn_of_other_tees)
{
    install("examples/plugins/plugin_example.so");
    put_file("evidence", "EXAMPLE1" DIGITS DIGITS DIGITS DIGITS "measurementmeasurementmeasureme.");
    const char *text = shown("inspect --plugins plugins evidence");
    expect_line(text, "tee:         example");
    expect_line(text, "debug:       false");
    expect_line(text, "tcb_status:  not_evaluated");
    cr_expect(begins_a_line(text, "measurement: 6d65"));
    cr_expect(begins_a_line(text, "SIMULATED: "));
    cr_expect_not(has_line(text, "Platform"));
}

/* Names alone put no claim into the picture: a verifier may use them in its own way. */
Test(picture, shows_below_it_what_is_not_what_it_seems)
{
    install("tests/plugins/like_tdx.so");
    put_evidence("evidence", "", 0);
    const char *text = shown("inspect --plugins plugins evidence"), *rest = rest_of(text);
    expect_line(text, "  MRTD        74776f");
    expect_line(rest, "measurement:        6f6e65");
    expect_line(text, "  attributes  none (zero)");
    expect_line(rest, "tdx.pks:            perhaps");
    expect_line(text, "  XFAM        NEW");
    expect_line(rest, "tdx.xfam_newer:     perhaps");
    cr_expect(begins_a_line(text, "SIMULATED: "), "%s", text);
    expect_line(rest, "simulated:          perhaps");
    expect_line(text, "  collateral  until 1970-01-01T00:00:05Z");
    expect_line(rest, "collateral_expires: 6");
    expect_line(text, "  form        tdx, certification data 77");
    expect_line(rest, "format:             like");
    expect_line(rest, "tdx.unheard_of:     yes");
    cr_expect_not(strstr(rest, "tdx.kl"), "%s", rest);
    cr_expect_not(strstr(rest, "report_data"), "%s", rest);
}

/* ---- report data ---- */

#define BYTES8 "5a5a5a5a5a5a5a5a"
#define ZEROS8 "0000000000000000"

static const struct {
    const char *bytes;
    const char *lines;
} spellings[] = {
    {"", "  report data zero\n"},
    {"Hello, world!", "  report data 48656c6c6f2c20776f726c6421000000" ZEROS8 ZEROS8
                      " and 32 zero bytes\n              \"Hello, world!\"\n"},
    {"\x01Hello", "  report data 0148656c6c6f0000" ZEROS8 ZEROS8 ZEROS8 " and 32 zero bytes\n"},
    {"Z\x7f", "  report data 5a7f000000000000" ZEROS8 ZEROS8 ZEROS8 " and 32 zero bytes\n"},
    {"ZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZ",
     "  report data " BYTES8 BYTES8 BYTES8 BYTES8 "\n              " BYTES8 BYTES8 BYTES8 BYTES8
     "\n"
     "              \"ZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZ\"\n"},
};

Test(picture, spells_report_data_that_can_be_printed)
{
    install("tests/plugins/like_tdx.so");
    for (size_t i = 0; i < RT_COUNT(spellings); i++) {
        put_evidence("evidence", spellings[i].bytes, strlen(spellings[i].bytes));
        const char *text = shown("inspect --plugins plugins evidence");
        const char *found = strstr(text, "  report data ");
        const size_t len = strlen(spellings[i].lines);
        cr_assert(found, "%s", text);
        cr_expect(strncmp(found, spellings[i].lines, len) == 0, "row %zu:\n%s", i, text);
        cr_expect(strncmp(found + len, "  attributes", 12) == 0, "row %zu:\n%s", i, text);
    }
}

/* Text between printable bytes and others: not even the beginning is shown as text. */
Test(picture, spells_no_text_with_gaps)
{
    install("tests/plugins/like_tdx.so");
    put_evidence("evidence", "verdict\0allow", 13);
    cr_expect_not(strstr(shown("inspect --plugins plugins evidence"), "\""));
}

/* ---- every claim ---- */

Test(picture, gives_way_to_every_claim)
{
    expect_run(TDX_V5, 0, "");
    expect_all("inspect quote.bin");
    expect_all(VERIFY);
    cr_expect(begins_a_line(shown(VERIFY " --all"), "verdict: allow\n"));
}

/* ---- no quote ---- */

Test(picture, of_malformed_evidence_is_an_error)
{
    expect_run(TDX_V5, 0, "");
    cr_assert_eq(truncate("quote.bin", 1000), 0);
    const struct tool_result *r = run("inspect quote.bin");
    cr_expect_eq(r->code, 1);
    cr_expect_str_eq(r->out, "");
    cr_expect(strstr(r->err, "evidence_malformed"), "%s", r->err);
    r = run("inspect /dev/null");
    cr_expect_eq(r->code, 1);
    cr_expect_str_eq(r->out, "");
}

/* ---- of real machines ---- */

Test(picture, of_every_real_quote_is_one_screen)
{
    char path[1024], args[1100];
    size_t n = 0;

    snprintf(path, sizeof path, "%s/intel", vectors_folder());
    DIR *all = opendir(path);
    if (!all)
        cr_skip_test("no %s", path);
    for (struct dirent *d; (d = readdir(all)) != NULL;) {
        snprintf(path, sizeof path, "%s/intel/%s/quote.bin", vectors_folder(), d->d_name);
        if (access(path, R_OK) != 0)
            continue;
        snprintf(args, sizeof args, "inspect '%s'", path);
        expect_one_screen(shown(args));
        n++;
    }
    closedir(all);
    cr_expect_gt(n, 5);
}
