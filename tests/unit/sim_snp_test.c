/* The attester "sim-snp", its keys on disk, and the form of what it makes. */
#include <stdlib.h>
#include <sys/stat.h>

#include "cert_table.h"
#include "claims_support.h"
#include "ratls/evidence.h"
#include "snp_collateral.h"
#include "snp_support.h"

#define HEX8(two)  two two two two two two two two
#define HEX32(two) HEX8(two) HEX8(two) HEX8(two) HEX8(two)
#define HEX48(two) HEX32(two) HEX8(two) HEX8(two)
#define HEX64(two) HEX32(two) HEX32(two)

static char parent[64], kept[4096];
static struct ratls_attester *attester;
static struct ratls_buffer evidence;
static struct ratls_root root;
static struct ratls_claims *claims;
static struct ratls_error err;
static void *collateral;

static void setup(void)
{
    memcpy(parent, "/tmp/sim_snp_test.XXXXXX", sizeof "/tmp/sim_snp_test.XXXXXX");
    cr_assert(mkdtemp(parent));
    snp_open_keys();
    snp_keys_path(kept);
}

static void drop_collateral(void)
{
    rt_snp_collateral_free(collateral);
    collateral = NULL;
}

static void teardown(void)
{
    char command[128];

    (void)snprintf(command, sizeof command, "rm -rf %s", parent);
    cr_assert_eq(system(command), 0);
    snp_close_keys();
    drop_collateral();
    ratls_attester_close(attester);
    ratls_buffer_free(&evidence);
    ratls_claims_free(claims);
}

TestSuite(sim_snp, .init = setup, .fini = teardown, .timeout = 120);

static enum ratls_err open_sim(const char *options)
{
    ratls_attester_close(attester);
    err = (struct ratls_error){0};
    return ratls_attester_open(ratls_env_system(), "sim-snp", options, &attester, &err);
}

/* With the kept keys. */
static void must_open(const char *options)
{
    char all[8192];

    (void)snprintf(all, sizeof all, "pki=%s%s%s", kept, options[0] ? "," : "", options);
    cr_assert_eq(open_sim(all), RATLS_OK, "%s: %s", options, err.detail);
}

static void get_evidence(void)
{
    uint8_t report_data[RATLS_REPORT_DATA_LEN] = {0x42};
    struct rt_x509 ark;

    ratls_buffer_free(&evidence);
    MUST(ratls_attester_evidence(attester, report_data, &evidence, &err));
    MUST(rt_x509_parse(ratls_attester_sim_root(attester), &ark, NULL));
    root = (struct ratls_root){.simulated = true};
    MUST(rt_x509_spki_hash(&ark, root.spki_sha256));
}

static void get_collateral(void)
{
    struct ratls_buffer json;
    struct ratls_collateral_input in = {.size = sizeof in, .roots = &root, .n_roots = 1};

    drop_collateral();
    MUST(ratls_attester_sim_collateral(attester, &json, &err));
    in.document = rt_bytes_of(&json);
    cr_assert_eq(rt_snp_collateral_new(&in, &collateral, &err), RATLS_OK, "%s", err.detail);
    ratls_buffer_free(&json);
}

static enum ratls_err verify_at(int64_t now)
{
    const void *const list[] = {collateral};
    const struct ratls_verify_input in = {.size = sizeof in,
                                          .evidence = rt_bytes_of(&evidence),
                                          .roots = &root,
                                          .n_roots = 1,
                                          .collateral = list,
                                          .n_collateral = collateral ? 1 : 0,
                                          .now = now};

    ratls_claims_free(claims);
    claims = ratls_claims_new();
    err = (struct ratls_error){0};
    return rt_verifier_snp.verify(&in, claims, &err);
}

static void must_verify(const char *options)
{
    must_open(options);
    get_evidence();
    cr_assert_eq(verify_at(snp_now()), RATLS_OK, "%s: %s", options, err.detail);
}

static const char *text(const char *name)
{
    return claim_text(claims, name);
}

static uint64_t number(const char *name)
{
    return claim_number(claims, name);
}

/* ---- options ---- */

Test(sim_snp, is_a_simulated_snp_guest)
{
    must_verify("");
    cr_expect_str_eq(ratls_attester_name(attester), "sim-snp");
    cr_expect_str_eq(ratls_attester_tee(attester), "snp");
    cr_expect_str_eq(ratls_attester_media_type(attester), "application/vnd.ratls.snp");
    cr_expect(ratls_attester_simulated(attester));
    cr_expect_eq(number("simulated"), 1);
    cr_expect_eq(number("debug"), 0);
    cr_expect_eq(number("snp.migrate_ma"), 0);
    cr_expect_eq(number("snp.vmpl"), 0);
    cr_expect_eq(number("snp.guest_svn"), 0);
    cr_expect_eq(number("snp.version"), 3);
    cr_expect_str_eq(text("snp.product"), "Milan");
    cr_expect_str_eq(text("snp.signing_key"), "vcek");
    cr_expect_str_eq(text("measurement"), HEX48("53"));
    cr_expect_str_eq(text("snp.reported_tcb"), "04000000000018db");
    cr_expect(strncmp(text("report_data"), "4200", 4) == 0);
}

Test(sim_snp, options_set_what_the_report_says)
{
    must_verify("measurement=" HEX48("11") ",host_data=" HEX32("2F") ",chip_id=" HEX64(
        "33") ",debug=yes,migrate_ma=yes,vmpl=3,guest_svn=4294967295,version=5");
    cr_expect_str_eq(text("measurement"), HEX48("11"));
    cr_expect_str_eq(text("snp.host_data"), HEX32("2f"));
    cr_expect_str_eq(text("platform_id"), HEX64("33"));
    cr_expect_str_eq(text("snp.hwid"), HEX64("33"));
    cr_expect_eq(number("debug"), 1);
    cr_expect_eq(number("snp.migrate_ma"), 1);
    cr_expect_eq(number("snp.vmpl"), 3);
    cr_expect_eq(number("snp.guest_svn"), UINT32_MAX);
    cr_expect_eq(number("snp.version"), 5);
    must_verify("debug=no,migrate_ma=no,certs=yes,vmpl=0,guest_svn=0,key=vcek,version=2");
    cr_expect_eq(number("debug"), 0);
    cr_expect_eq(number("snp.migrate_ma"), 0);
    cr_expect_eq(number("snp.version"), 2);
}

Test(sim_snp, is_of_every_generation_under_either_key)
{
    static const struct {
        const char *product, *name;
        uint64_t version;
        size_t chip_digits;
    } rows[] = {
        {"Milan", "Milan-B0", 3, 128}, {"Genoa", "Genoa", 3, 128}, {"Turin", "Turin", 5, 16}};
    char options[64];

    for (size_t i = 0; i < RT_COUNT(rows) * 2; i++) {
        const char *key = i % 2 ? "vlek" : "vcek";
        (void)snprintf(options, sizeof options, "product=%s,key=%s", rows[i / 2].product, key);
        must_verify(options);
        cr_expect_str_eq(text("snp.product"), rows[i / 2].product);
        cr_expect_str_eq(text("snp.product_name"), rows[i / 2].name);
        cr_expect_str_eq(text("snp.signing_key"), key);
        cr_expect_eq(number("snp.version"), rows[i / 2].version);
        cr_expect_eq(ratls_claims_get(claims, "snp.csp_id") != NULL, i % 2);
        if (i % 2 == 0)
            cr_expect_eq(strlen(text("snp.hwid")), rows[i / 2].chip_digits);
    }
    must_verify("product=Turin,chip_id=" HEX8("44"));
    cr_expect_str_eq(text("snp.hwid"), HEX8("44"));
    cr_expect(strncmp(text("platform_id"), HEX8("44") "0000", 20) == 0);
}

static void refuse_options(const char *options)
{
    char all[2048], folder[128];

    (void)snprintf(folder, sizeof folder, "%s/pki", parent);
    (void)snprintf(all, sizeof all, "pki=%s,%s", folder, options);
    cr_expect_eq(open_sim(all), RATLS_E_USAGE, "%s", options);
    cr_expect_null(attester);
    cr_expect_neq(access(folder, F_OK), 0, "%s: keys were made", options);
}

Test(sim_snp, wrong_options_are_refused_before_keys_are_made)
{
    static const char *const bad[] = {
        "measurement=11",
        "measurement=" HEX48("1g"),
        "measurement=" HEX48("11") "11",
        "host_data=" HEX48("11"),
        "chip_id=" HEX8("11"),
        "chip_id=" HEX64("11") "11",
        "product=Turin,chip_id=" HEX64("11"),
        "key=vlek,chip_id=" HEX64("11"),
        "debug=maybe",
        "migrate_ma=1",
        "certs=true",
        "vmpl=4",
        "vmpl=-1",
        "guest_svn=4294967296",
        "guest_svn=x",
        "version=0",
        "version=1",
        "version=4",
        "version=6",
        "product=milan",
        "product=Rome",
        "key=vek",
        "key=",
        "debug",
        "debug=no,debug=no",
        "tcb_status=UpToDate",
        "debug=no,",
    };

    for (size_t i = 0; i < RT_COUNT(bad); i++)
        refuse_options(bad[i]);
}

/* ---- certificates beside the report, and collateral ---- */

Test(sim_snp, certificates_follow_the_report)
{
    struct rt_cert_table table;

    must_open("");
    get_evidence();
    cr_assert_gt(evidence.len, RT_SNP_REPORT_LEN);
    MUST(rt_cert_table_read(
        ratls_bytes(evidence.p + RT_SNP_REPORT_LEN, evidence.len - RT_SNP_REPORT_LEN), &table,
        NULL));
    cr_expect_gt(table.cert[RT_CERT_VCEK].len, 0);
    cr_expect_eq(table.cert[RT_CERT_VLEK].len, 0);
    cr_expect_gt(table.cert[RT_CERT_ASK].len, 0);
    cr_expect(ratls_bytes_equal(table.cert[RT_CERT_ARK], ratls_attester_sim_root(attester)));
}

Test(sim_snp, without_certificates_the_collateral_has_the_vek)
{
    must_open("certs=no");
    get_evidence();
    cr_expect_eq(evidence.len, RT_SNP_REPORT_LEN);
    cr_expect_eq(verify_at(snp_now()), RATLS_E_COLLATERAL_MISSING);
    get_collateral();
    cr_expect_eq(verify_at(snp_now()), RATLS_OK, "%s", err.detail);
    cr_expect_str_eq(text("tcb_status"), "unrated");
}

Test(sim_snp, its_collateral_is_good_for_thirty_days)
{
    const int64_t month = 30 * DAY_S;

    for (int vlek = 0; vlek < 2; vlek++) {
        must_verify(vlek ? "key=vlek" : "");
        cr_expect_str_eq(text("tcb_status"), "not_evaluated");
        int64_t now = snp_now();
        get_collateral();
        cr_expect_eq(verify_at(now + month - 60), RATLS_OK, "%s", err.detail);
        cr_expect_str_eq(text("tcb_status"), "unrated");
        cr_expect_eq(verify_at(now + month + 60), RATLS_E_COLLATERAL_TIME);
        drop_collateral();
    }
}

/* ---- keys on disk ---- */

static void spoil(const char *name)
{
    char path[256];

    (void)snprintf(path, sizeof path, "%s/pki/%s", parent, name);
    FILE *f = fopen(path, "w");
    cr_assert(f);
    (void)fputs("nonsense", f);
    (void)fclose(f);
}

static void expect_private(const char *name)
{
    char path[256];
    struct stat st;

    (void)snprintf(path, sizeof path, "%s/pki/%s", parent, name);
    cr_assert_eq(stat(path, &st), 0, "%s", path);
    cr_expect_eq(st.st_mode & 07777, 0600, "%s", name);
}

Test(sim_snp, keys_are_made_once_and_kept_for_their_owner)
{
    static const char *const names[] = {"ark.key", "ask.key", "vek.key", "asvk/asvk.key"};
    char options[128], vlek[160], asvk[128];
    struct ratls_root first;

    (void)snprintf(asvk, sizeof asvk, "%s/pki/asvk", parent);
    (void)snprintf(options, sizeof options, "pki=%s/pki", parent);
    (void)snprintf(vlek, sizeof vlek, "%s/,key=vlek", options);
    cr_assert_eq(open_sim(options), RATLS_OK, "%s", err.detail);
    get_evidence();
    first = root;
    cr_expect_neq(access(asvk, F_OK), 0, "an ASVK that nobody asked for");
    cr_assert_eq(open_sim(vlek), RATLS_OK, "%s", err.detail);
    get_evidence();
    cr_expect_arr_eq(first.spki_sha256, root.spki_sha256, sizeof first.spki_sha256);
    cr_expect_eq(verify_at(snp_now()), RATLS_OK, "%s", err.detail);
    for (size_t i = 0; i < RT_COUNT(names); i++)
        expect_private(names[i]);
    for (size_t i = RT_COUNT(names); i-- > 0;) {
        spoil(names[i]);
        cr_expect_eq(open_sim(vlek), RATLS_E_CONFIG);
        cr_expect(strstr(err.detail, names[i]), "%s", err.detail);
    }
}

Test(sim_snp, a_vek_on_another_curve_is_refused)
{
    static const char *const curves[] = {"prime256v1", "secp521r1"};
    char options[128], command[160];

    (void)snprintf(options, sizeof options, "pki=%s/pki", parent);
    cr_assert_eq(open_sim(options), RATLS_OK, "%s", err.detail);
    for (size_t i = 0; i < RT_COUNT(curves); i++) {
        (void)snprintf(command, sizeof command,
                       "openssl ecparam -name %s -genkey -noout -out %s/pki/vek.key", curves[i],
                       parent);
        cr_assert_eq(system(command), 0);
        cr_expect_eq(open_sim(options), RATLS_E_CONFIG, "%s", curves[i]);
        cr_expect(strstr(err.detail, "not on P-384"), "%s", err.detail);
    }
}

Test(sim_snp, keys_made_on_the_spot_are_nobody_elses)
{
    struct ratls_root first;

    cr_assert_eq(open_sim("key=vlek"), RATLS_OK, "%s", err.detail);
    get_evidence();
    first = root;
    cr_expect_eq(verify_at(snp_now()), RATLS_OK, "%s", err.detail);
    must_verify("");
    cr_expect(memcmp(first.spki_sha256, root.spki_sha256, sizeof first.spki_sha256) != 0);
}

Test(sim_snp, a_chain_of_vleks_takes_an_asvk)
{
    struct rt_sim_snp_platform p;
    struct rt_sim_snp_keys keys = snp_keys;
    struct rt_sim_snp_chain chain;

    rt_sim_snp_platform_usual(&keys, rt_sim_snp_product("Milan"), &p);
    p.vlek = true;
    keys.asvk = NULL;
    cr_expect_eq(rt_sim_snp_chain_make(ratls_env_system(), &keys, &p, NULL, &chain), RATLS_E_USAGE);
    rt_sim_snp_chain_free(&chain);
}

/* ---- the form of a report (AMD 56860, table 23) ---- */

struct field {
    size_t at, len; /* all bytes alike */
    uint8_t byte;
};

static void expect_fields(const struct ratls_buffer *report, const struct field *fields, size_t n)
{
    uint8_t expected[0x2a0] = {0};

    for (size_t i = 0; i < n; i++)
        memset(expected + fields[i].at, fields[i].byte, fields[i].len);
    for (size_t i = 0; i < sizeof expected; i++)
        cr_expect_eq(report->p[i], expected[i], "byte %zx: %02x, not %02x", i, report->p[i],
                     expected[i]);
}

/* Each field full of a byte of its own, the numbers too. */
static void fill(struct rt_sim_snp_report *r)
{
    *r = (struct rt_sim_snp_report){.version = 5,
                                    .guest_svn = 0x02020202,
                                    .policy = 0x0303030303030303,
                                    .vmpl = 0x06060606,
                                    .signature_algo = 0x07070707,
                                    .platform_info = 0x0909090909090909,
                                    .key_bits = 0x0a0a0a0a};
    memset(r->family_id, 0x04, sizeof r->family_id);
    memset(r->image_id, 0x05, sizeof r->image_id);
    memset(r->current_tcb, 0x08, sizeof r->current_tcb);
    memset(r->report_data, 0x0b, sizeof r->report_data);
    memset(r->measurement, 0x0c, sizeof r->measurement);
    memset(r->host_data, 0x0d, sizeof r->host_data);
    memset(r->id_key_digest, 0x0e, sizeof r->id_key_digest);
    memset(r->author_key_digest, 0x0f, sizeof r->author_key_digest);
    memset(r->report_id, 0x10, sizeof r->report_id);
    memset(r->report_id_ma, 0x11, sizeof r->report_id_ma);
    memset(r->reported_tcb, 0x12, sizeof r->reported_tcb);
    memset(r->cpuid, 0x13, sizeof r->cpuid);
    memset(r->chip_id, 0x14, sizeof r->chip_id);
    memset(r->committed_tcb, 0x15, sizeof r->committed_tcb);
    memset(r->current, 0x16, sizeof r->current);
    memset(r->committed, 0x17, sizeof r->committed);
    memset(r->launch_tcb, 0x18, sizeof r->launch_tcb);
    memset(r->launch_mit_vector, 0x19, sizeof r->launch_mit_vector);
    memset(r->current_mit_vector, 0x1a, sizeof r->current_mit_vector);
}

Test(sim_snp, each_field_has_its_place)
{
    /* version 2 has the first rows, 3 and 4 one more, 5 all */
    static const struct field fields[] = {
        {0x000, 1, 5},     {0x004, 4, 0x02},  {0x008, 8, 0x03},  {0x010, 16, 0x04},
        {0x020, 16, 0x05}, {0x030, 4, 0x06},  {0x034, 4, 0x07},  {0x038, 8, 0x08},
        {0x040, 8, 0x09},  {0x048, 4, 0x0a},  {0x050, 64, 0x0b}, {0x090, 48, 0x0c},
        {0x0c0, 32, 0x0d}, {0x0e0, 48, 0x0e}, {0x110, 48, 0x0f}, {0x140, 32, 0x10},
        {0x160, 32, 0x11}, {0x180, 8, 0x12},  {0x1a0, 64, 0x14}, {0x1e0, 8, 0x15},
        {0x1e8, 3, 0x16},  {0x1ec, 3, 0x17},  {0x1f0, 8, 0x18},  {0x188, 3, 0x13},
        {0x1f8, 8, 0x19},  {0x200, 8, 0x1a},
    };
    enum { V2 = 23, V3 = 24 };
    struct field rows[RT_COUNT(fields)];
    struct rt_sim_snp_report r;
    struct ratls_buffer report;

    fill(&r);
    memcpy(rows, fields, sizeof rows);
    for (uint8_t version = 2; version <= 5; version++) {
        r.version = rows[0].byte = version;
        MUST(rt_sim_snp_report(ratls_env_system(), &snp_keys, &r, &report));
        cr_assert_eq(report.len, 1184);
        expect_fields(&report, rows, version == 2 ? V2 : version == 5 ? RT_COUNT(rows) : V3);
        ratls_buffer_free(&report);
    }
}

Test(sim_snp, the_signature_is_little_endian_in_fields_of_72_bytes)
{
    uint8_t sig[96];

    must_open("certs=no");
    get_evidence();
    for (size_t i = 0; i < 48; i++) {
        sig[i] = evidence.p[0x2a0 + 47 - i];
        sig[48 + i] = evidence.p[0x2e8 + 47 - i];
    }
    cr_expect_eq(rt_verify_raw(RT_P384, rt_key_point(snp_keys.vek), RT_SHA384,
                               ratls_bytes(evidence.p, 0x2a0), ratls_bytes(sig, sizeof sig)),
                 RATLS_OK);
    cr_expect(rt_all_zero(evidence.p + 0x2d0, 24));
    cr_expect(rt_all_zero(evidence.p + 0x318, 24 + 368));
}
