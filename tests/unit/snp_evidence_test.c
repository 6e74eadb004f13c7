/* Evidence of SEV-SNP out of what the machine gave. */
#include "snp_certs_support.h"

static struct ratls_error err;
static struct ratls_buffer own, out;
static uint8_t report[RT_SNP_REPORT_LEN], report_data[RATLS_REPORT_DATA_LEN];

static void setup(void)
{
    err = (struct ratls_error){0};
    memset(report_data, 0x42, sizeof report_data);
    fill_report(report, report_data);
}

static void teardown(void)
{
    ratls_buffer_free(&own);
    ratls_buffer_free(&out);
}

TestSuite(snp_evidence, .init = setup, .fini = teardown);

static enum ratls_err read_file_of(struct ratls_bytes content)
{
    char path[] = "/tmp/snp_evidence_test.XXXXXX";

    put_temporary(path, content);
    err = (struct ratls_error){0};
    ratls_buffer_free(&own);
    enum ratls_err e = rt_snp_own_table(ratls_env_system(), path, &own, &err);
    (void)unlink(path);
    return e;
}

static enum ratls_err read_names(const char *const *names)
{
    struct ratls_buffer pem = pem_of(names);
    enum ratls_err e = read_file_of(rt_bytes_of(&pem));

    ratls_buffer_free(&pem);
    return e;
}

static bool names_key(struct ratls_bytes der, const char *cn)
{
    struct rt_x509 cert;

    return rt_x509_parse(der, &cert, NULL) == RATLS_OK &&
           ratls_bytes_equal(rt_x509_name_attr(cert.subject, RT_OID(CN)), ratls_bytes_str(cn));
}

Test(snp_evidence, sorts_the_certificates_of_a_file_by_name)
{
    static const char *const vcek[] = {"ARK-Milan", "SEV-Milan", "SEV-VCEK", NULL};
    static const char *const vlek[] = {"SEV-VLEK", "SEV-VLEK-Milan", NULL};
    struct rt_cert_table t;

    cr_assert_eq(read_names(vcek), RATLS_OK, "%s", err.detail);
    cr_assert_eq(rt_cert_table_read(rt_bytes_of(&own), &t, &err), RATLS_OK, "%s", err.detail);
    cr_expect(names_key(t.cert[RT_CERT_VCEK], "SEV-VCEK"));
    cr_expect(names_key(t.cert[RT_CERT_ASK], "SEV-Milan"));
    cr_expect(names_key(t.cert[RT_CERT_ARK], "ARK-Milan"));
    cr_expect_eq(t.cert[RT_CERT_VLEK].len, 0);
    cr_assert_eq(read_names(vlek), RATLS_OK, "%s", err.detail);
    cr_assert_eq(rt_cert_table_read(rt_bytes_of(&own), &t, &err), RATLS_OK, "%s", err.detail);
    cr_expect(names_key(t.cert[RT_CERT_VLEK], "SEV-VLEK"));
    cr_expect(names_key(t.cert[RT_CERT_ASK], "SEV-VLEK-Milan"));
    cr_expect_eq(t.cert[RT_CERT_VCEK].len, 0);
}

Test(snp_evidence, reads_one_certificate_in_der)
{
    struct ratls_buffer der = cert_named("SEV-VCEK");
    struct rt_cert_table t;

    cr_assert_eq(read_file_of(rt_bytes_of(&der)), RATLS_OK, "%s", err.detail);
    cr_assert_eq(rt_cert_table_read(rt_bytes_of(&own), &t, &err), RATLS_OK, "%s", err.detail);
    cr_expect(ratls_bytes_equal(t.cert[RT_CERT_VCEK], rt_bytes_of(&der)));
    ratls_buffer_free(&der);
}

static const struct {
    const char *names[4], *detail;
} bad_files[] = {
    {{"SEV-Milan", "ARK-Milan"}, "neither a VCEK nor a VLEK"},
    {{"SEV-VCEK", "SEV-VCEK"}, "a second certificate of the kind of CN=SEV-VCEK"},
    {{"SEV-VCEK", "SEV-Milan", "SEV-VLEK-Milan"}, "a second certificate"},
    {{"SEV-VCEK", "Intel SGX Root CA"}, "CN=Intel SGX Root CA is no certificate of AMD"},
    {{"SEVVCEK"}, "is no certificate of AMD"},
    {{NULL}, "no certificate in the text"},
};

Test(snp_evidence, refuses_files_of_other_certificates)
{
    for (size_t i = 0; i < RT_COUNT(bad_files); i++) {
        cr_expect_eq(read_names(bad_files[i].names), RATLS_E_CONFIG, "row %zu", i);
        cr_expect(strstr(err.detail, bad_files[i].detail), "row %zu: %s", i, err.detail);
        cr_expect(strstr(err.detail, "certs: /tmp/snp_evidence_test."), "row %zu", i);
        cr_expect_null(own.p, "row %zu", i);
    }
}

Test(snp_evidence, refuses_what_is_no_certificate)
{
    cr_expect_eq(read_file_of(BYTES("\x30\x03\x02\x01\x01")), RATLS_E_CERT_FORMAT);
    cr_expect(strstr(err.detail, "certs: /tmp/snp_evidence_test."), "%s", err.detail);
    cr_expect_eq(rt_snp_own_table(ratls_env_system(), "/nonexistent", &own, &err), RATLS_E_IO);
    cr_expect_eq(rt_snp_own_table(ratls_env_system(), "/dev/zero", &own, &err), RATLS_E_LIMIT);
}

Test(snp_evidence, needs_no_file)
{
    cr_expect_eq(rt_snp_own_table(ratls_env_system(), "", &own, &err), RATLS_OK);
    cr_expect_null(own.p);
}

static enum ratls_err combine(struct ratls_bytes table, struct ratls_bytes own_table)
{
    const struct rt_snp_answer answer = {ratls_bytes(report, sizeof report), table, own_table,
                                         report_data};

    ratls_buffer_free(&out);
    err = (struct ratls_error){0};
    return rt_snp_evidence(&answer, &out, &err);
}

/* Host's and own certificates are letters here: nothing looks into them. */
static enum ratls_err combine_tables(const struct rt_cert_table *host,
                                     const struct rt_cert_table *mine)
{
    struct ratls_buffer h = table_of(host, 4096), m = table_of(mine, 0);
    enum ratls_err e = combine(rt_bytes_of(&h), rt_bytes_of(&m));

    ratls_buffer_free(&h);
    ratls_buffer_free(&m);
    return e;
}

Test(snp_evidence, is_the_report_alone_without_a_table)
{
    static const uint8_t zeros[4096];
    /* one entry, of no known kind */
    const struct ratls_bytes strange = unhex("00112233445566778899aabbccddeeff3000000001000000"
                                             "000000000000000000000000000000000000000000000000aa");
    const struct ratls_bytes none[] = {ratls_bytes(NULL, 0), ratls_bytes(zeros, sizeof zeros),
                                       ratls_bytes(zeros, 1), strange};

    for (size_t i = 0; i < RT_COUNT(none); i++) {
        cr_assert_eq(combine(none[i], ratls_bytes(NULL, 0)), RATLS_OK, "row %zu", i);
        cr_expect_eq(out.len, sizeof report, "row %zu", i);
        cr_expect_arr_eq(out.p, report, sizeof report, "row %zu", i);
    }
}

Test(snp_evidence, carries_the_table_of_the_host_without_its_filling)
{
    const struct rt_cert_table host = {{BYTES("vcek"), {0}, BYTES("ask"), BYTES("ark")}};
    const struct rt_cert_table mine = {{BYTES("mine")}};

    cr_assert_eq(combine_tables(&host, &mine), RATLS_OK, "%s", err.detail);
    cr_expect_eq(out.len, sizeof report + 4 * 24 + 10);
    cr_expect_arr_eq(out.p, report, sizeof report);
    for (size_t i = 0; i < RT_CERT_KINDS; i++)
        cr_expect(ratls_bytes_equal(table_behind(rt_bytes_of(&out)).cert[i], host.cert[i]), "%zu",
                  i);
}

Test(snp_evidence, takes_the_own_table_only_for_one_without_endorsement_key)
{
    const struct rt_cert_table with_vlek = {{{0}, BYTES("vlek"), {0}, {0}}};
    const struct rt_cert_table without = {{{0}, {0}, BYTES("ask"), BYTES("ark")}};
    const struct rt_cert_table mine = {{BYTES("mine")}};

    cr_assert_eq(combine_tables(&with_vlek, &mine), RATLS_OK, "%s", err.detail);
    cr_expect_eq(table_behind(rt_bytes_of(&out)).cert[RT_CERT_VCEK].len, 0);
    cr_expect_eq(table_behind(rt_bytes_of(&out)).cert[RT_CERT_VLEK].len, 4);
    cr_assert_eq(combine_tables(&without, &mine), RATLS_OK, "%s", err.detail);
    cr_expect_eq(table_behind(rt_bytes_of(&out)).cert[RT_CERT_VCEK].len, 4);
    cr_expect_eq(table_behind(rt_bytes_of(&out)).cert[RT_CERT_ASK].len, 0);
}

Test(snp_evidence, refuses_a_table_that_cannot_be_read)
{
    cr_expect_eq(combine(BYTES("no table"), ratls_bytes(NULL, 0)), RATLS_E_ATTESTER);
    cr_expect(strstr(err.detail, "the host's certificate table: it has no end"), "%s", err.detail);
    cr_expect_null(out.p);
}

Test(snp_evidence, refuses_reports_of_another_length)
{
    static const size_t lengths[] = {0, 0x50, 0x50 + 64, RT_SNP_REPORT_LEN - 1,
                                     RT_SNP_REPORT_LEN + 1};
    uint8_t longer[RT_SNP_REPORT_LEN + 1] = {0};
    struct rt_snp_answer answer = {.report_data = report_data};

    memcpy(longer, report, sizeof report);
    for (size_t i = 0; i < RT_COUNT(lengths); i++) {
        err = (struct ratls_error){0};
        answer.report = ratls_bytes(longer, lengths[i]);
        cr_expect_eq(rt_snp_evidence(&answer, &out, &err), RATLS_E_ATTESTER, "row %zu", i);
        cr_expect(strstr(err.detail, "bytes, not 1184"), "row %zu: %s", i, err.detail);
    }
}

Test(snp_evidence, refuses_a_report_over_other_report_data)
{
    for (size_t i = 0; i < RATLS_REPORT_DATA_LEN; i += RATLS_REPORT_DATA_LEN - 1) {
        fill_report(report, report_data);
        report[0x50 + i] ^= 1;
        cr_expect_eq(combine(ratls_bytes(NULL, 0), ratls_bytes(NULL, 0)), RATLS_E_ATTESTER);
        cr_expect(strstr(err.detail, "over other report data"), "%s", err.detail);
    }
}
