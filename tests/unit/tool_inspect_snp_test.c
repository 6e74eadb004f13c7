/* The picture of an SEV-SNP report, of simulated machines and of real ones. */
#include "picture_support.h"

#include "vectors_support.h"

TestSuite(picture_snp, .init = tool_setup, .fini = tool_teardown, .timeout = 300);

#define BYTE16 "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a"
#define VERIFY "verify --evidence report.bin --insecure-sim-roots root.pem --authenticity-only"
#define ONES32 "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"

/* With the RSA keys of the other tests (snp_support.h): they take seconds to make. */
static void attest(const char *options)
{
    char self[2048], args[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

    cr_assert_gt(n, 0);
    self[n] = 0;
    *strrchr(self, '/') = 0;
    snprintf(args, sizeof args,
             "attest --insecure-sim-root-out root.pem --insecure-sim-collateral-out collateral.json"
             " -o report.bin --attester sim-snp --attester-options 'pki=%s/snp-keys%s'",
             self, options);
    expect_run(args, 0, "");
}

static const char *inspect(const char *options)
{
    attest(options);
    return shown("inspect report.bin");
}

/* ---- reports ---- */

Test(picture_snp, of_a_report_is_one_screen)
{
    const char *text =
        inspect(",host_data=" BYTE16 BYTE16 ",measurement=" BYTE16 BYTE16 BYTE16 ",guest_svn=9");

    expect_one_screen(text);
    cr_expect(begins_a_line(text, "verdict: none, nothing was verified\nSIMULATED: "), "%s", text);
    expect_line(text, "Guest");
    expect_line(text, "  measurement " BYTE16 BYTE16 BYTE16);
    cr_expect(begins_a_line(text, "  report data "), "%s", text);
    expect_line(text, "  host data   " BYTE16 BYTE16);
    expect_line(text, "  policy      SMT (000000000003001f)");
    expect_line(text, "  guest       VMPL 0, SVN 9, ABI at least 0.31");
    expect_line(text, "  ID block    family zero, image zero");
    expect_line(text, "  ID key      zero");
    expect_line(text, "  author key  zero");
    expect_line(text, "Platform");
    expect_line(text, "  product     Milan, CPUID 190101");
    expect_line(text, "  reported    TCB 04000000000018db, BOOTLOADER 4, TEE 0, SNP 24, "
                      "MICROCODE 219");
    expect_line(text, "  committed   TCB 04000000000018db, BOOTLOADER 4, TEE 0, SNP 24, "
                      "MICROCODE 219, equals current");
    cr_expect(begins_a_line(text, "  firmware    1."), "%s", text);
    expect_line(text, "  signed by   vcek");
    cr_expect(begins_a_line(text, "  certificate Milan-B0, "), "%s", text); /* out of the table */
    expect_line(text, "  TCB status  not_evaluated");
    expect_line(text, "  form        snp, version 3");
    expect_line(text, "  ID of MA    " ONES32);
    cr_expect_not(strstr(text, "mitigations"), "%s", text);
}

Test(picture_snp, of_turin_has_a_part_more_and_vectors)
{
    const char *text = inspect(",product=Turin,version=5");

    expect_one_screen(text);
    expect_line(text, "  product     Turin, CPUID 1a0201");
    expect_line(text, "  launch      TCB 0101010400000051, FMC 1, BOOTLOADER 1, TEE 1, SNP 4, "
                      "MICROCODE 81");
    cr_expect(begins_a_line(text, "  mitigations "), "%s", text);
    cr_expect(strstr(text, " and 32 zero bytes\n"), "%s", text);
    expect_line(text, "  form        snp, version 5");
}

/* Whose TCB versions they are is not known: they are not taken apart. */
Test(picture_snp, of_an_old_report_alone_names_no_product)
{
    const char *text = inspect(",version=2,certs=no");

    expect_one_screen(text);
    expect_line(text, "  reported    TCB 04000000000018db");
    expect_line(text, "  committed   TCB 04000000000018db, equals current");
    cr_expect_not(strstr(text, "product"), "%s", text);
    cr_expect_not(strstr(text, "CPUID"), "%s", text);
}

Test(picture_snp, names_what_the_policy_allows)
{
    const char *text = inspect(",debug=yes,migrate_ma=yes");

    expect_one_screen(text);
    cr_expect(begins_a_line(text, "DEBUG: "), "%s", text);
    expect_line(text, "  policy      DEBUG, SMT, MIGRATE_MA (00000000000f001f)");
    cr_expect_not(begins_a_line(inspect(""), "DEBUG"));
}

/* ---- verdicts ---- */

Test(picture_snp, of_a_verified_report_is_one_screen)
{
    attest(",debug=yes");
    const char *text = shown(VERIFY " --collateral collateral.json");
    expect_one_screen(text);
    cr_expect(begins_a_line(text, "verdict: allow\nreason:  ok\n"), "%s", text);
    expect_line(text, "  signed by   vcek"); /* the hwID is the chip ID */
    cr_expect(begins_a_line(text, "  certificate Milan-B0, structVersion 0, from "), "%s", text);
    expect_line(text, "  SPLs        BOOTLOADER 4, TEE 0, SNP 24, MICROCODE 219");
    expect_line(text, "  TCB status  unrated, rests on keys 3");
    cr_expect(begins_a_line(text, "  CRL         number 7, from "), "%s", text);
}

Test(picture_snp, of_turin_shows_the_short_hwid)
{
    attest(",product=Turin");
    const char *text = shown(VERIFY " --collateral collateral.json");
    expect_one_screen(text);
    cr_expect(begins_a_line(text, "  signed by   vcek, hwID "), "%s", text);
    expect_line(text, "  SPLs        FMC 1, BOOTLOADER 1, TEE 1, SNP 4, MICROCODE 81");
}

Test(picture_snp, of_a_vlek_shows_the_cloud)
{
    attest(",key=vlek");
    const char *text = shown(VERIFY);
    expect_one_screen(text);
    expect_line(text, "  chip ID     zero");
    cr_expect(begins_a_line(text, "  signed by   vlek, cspID "), "%s", text);
}

Test(picture_snp, follows_a_denial_too)
{
    attest("");
    const char *text = shown("verify --evidence report.bin --insecure-sim-roots root.pem");
    expect_one_screen(text);
    cr_expect(begins_a_line(text, "verdict: deny\n"), "%s", text);
    expect_line(text, "  TCB status  not_evaluated, rests on keys 3");
}

Test(picture_snp, gives_way_to_every_claim)
{
    attest(",version=5");
    expect_all("inspect report.bin");
    expect_all(VERIFY " --collateral collateral.json");
}

/* ---- what has no place in it ---- */

Test(picture_snp, shows_below_it_what_does_not_agree)
{
    install("tests/plugins/like_snp.so");
    put_evidence("evidence", "", 0);
    const char *text = shown("inspect --plugins plugins evidence"), *rest = rest_of(text);
    expect_line(text, "  policy      DEBUG, SMT");
    expect_line(rest, "snp.debug:               false");
    cr_expect_not(strstr(rest, "smt_allowed"), "%s", rest);
    expect_line(rest, "snp.migrate_ma:          perhaps");
    expect_line(text, "  guest       ABI at least 1.2");
    expect_line(rest, "snp.policy_abi_major:    1");
    expect_line(rest, "snp.policy_abi_minor:    3");
    expect_line(text, "  reported    NEWER 7");
    expect_line(rest, "snp.reported_tcb_newest: perhaps");
    expect_line(text, "  chip ID     6f6e65");
    expect_line(text, "  signed by   hwID 74776f");
    cr_expect_not(strstr(rest, "hwid"), "%s", rest);
}

/* ---- of real machines ---- */

static const struct {
    const char *folder, *leaf, *roots, *issuer, *crl, *time;
} machines[] = {
    {"turin-v5-1", "vcek", "turin", "ask", "roots/turin/crl.der", "1788300000"},
    {"milan-v3-vlek-1", "vlek", "milan", "asvk", "", "1750000000"},
    {"milan-v2-1", "vcek", "milan", "ask", "", "1700000000"},
    {"milan-v2-debug-1", "vcek", "milan", "ask", "", "1700000000"},
    {"genoa-v3-1", "vcek", "genoa", "ask", "", "1750000000"},
};

static bool has_report(size_t i)
{
    char path[1024];

    snprintf(path, sizeof path, "%s/amd/%s/report.bin", vectors_folder(), machines[i].folder);
    return access(path, R_OK) == 0;
}

Test(picture_snp, of_every_real_report_is_one_screen)
{
    char args[1100];

    for (size_t i = 0; i < RT_COUNT(machines); i++) {
        if (!has_report(i))
            cr_skip_test("no %s in %s", machines[i].folder, vectors_folder());
        snprintf(args, sizeof args, "inspect '%s/amd/%s/report.bin'", vectors_folder(),
                 machines[i].folder);
        expect_one_screen(shown(args));
    }
}

static const char *verify_real(size_t i)
{
    static char args[8192];
    const char *v = vectors_folder();
    int n =
        snprintf(args, sizeof args,
                 "verify --authenticity-only --time %s --evidence '%s/amd/%s/report.bin'"
                 " --certs '%s/amd/%s/%s.der' --certs '%s/amd/roots/%s/%s.der'"
                 " --certs '%s/amd/roots/%s/ark.der'",
                 machines[i].time, v, machines[i].folder, v, machines[i].folder, machines[i].leaf,
                 v, machines[i].roots, machines[i].issuer, v, machines[i].roots);

    if (*machines[i].crl)
        snprintf(args + n, sizeof args - (size_t)n, " --crl '%s/amd/%s'", v, machines[i].crl);
    return args;
}

Test(picture_snp, of_every_real_report_verified_is_one_screen)
{
    for (size_t i = 0; i < RT_COUNT(machines); i++) {
        if (!has_report(i))
            cr_skip_test("no %s in %s", machines[i].folder, vectors_folder());
        const char *text = shown(verify_real(i));
        expect_one_screen(text);
        cr_expect(begins_a_line(text, "verdict: allow\n"), "%s:\n%s", machines[i].folder, text);
        cr_expect(begins_a_line(text, "  certificate "), "%s:\n%s", machines[i].folder, text);
    }
}

Test(picture_snp, of_a_real_turin_shows_all_of_it)
{
    if (!has_report(0))
        cr_skip_test("no %s in %s", machines[0].folder, vectors_folder());
    const char *text = shown(verify_real(0));
    expect_line(text, "  ID block    family 01000000000000000000000000000000, "
                      "image 02000000000000000000000000000000");
    expect_line(text, "  firmware    1.55.65, committed 1.55.65");
    expect_line(text, "  mitigations 3f00000000000000, at launch 3f00000000000000");
    expect_line(text, "  info        SMT_EN, ECC_EN, ALIAS_CHECK_COMPLETE, UNKNOWN BITS "
                      "(0000000000000065)");
    expect_line(text, "  signed by   vcek, hwID 59790fb1c39f35c1");
    expect_line(text, "  certificate Turin, structVersion 1, from 2026-02-05T01:04:33Z, "
                      "until 2033-02-05T01:04:33Z");
    expect_line(text, "  CRL         number 7, from 2026-08-19T14:22:45Z, "
                      "until 2026-10-04T00:00:00Z");
}
