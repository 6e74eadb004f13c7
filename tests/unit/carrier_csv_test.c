/* The JSON of a CSV guest as Confidential Containers' trustee gets it: what becomes of it, how it
 * is judged, and what is refused. */
#include <stdio.h>

#include "carrier.h"
#include "csv_support.h"
#include "ratls/appraise.h"

enum { PAGE = 4096, HEAD = 20, PAGED_V2 = HEAD + PAGE, PEK_AT_V1 = 336, PEK_AT_V2 = 1168 };

#define CA                                                                                         \
    "{\"body\":{\"preamble\":{\"ver\":$4,\"data\":{\"kid\":[#16],\"sid\":[#16],\"usage\":$4,"      \
    "\"reserved\":[#24]}},\"pubkey\":{\"g\":$4,\"x\":[#72],\"y\":[#72]},\"uid_size\":$2,"          \
    "\"user_id\":[#254],\"reserved\":[#108]},\"signature\":{\"r\":[#72],\"s\":[#72]},"             \
    "\"_reserved\":[#112]}"
#define SIGNATURE                                                                                  \
    "{\"usage\":$4,\"algo\":$4,\"signature\":{\"r\":[#72],\"s\":[#72]},\"_reserved\":[#368]}"
#define LEAF                                                                                       \
    "{\"body\":{\"ver\":$4,\"data\":{\"firmware\":{\"major\":$1,\"minor\":$1},\"reserved1\":$2,"   \
    "\"pubkey\":{\"usage\":$4,\"algo\":$4,\"key\":{\"g\":$4,\"x\":[#72],\"y\":[#72]}},"            \
    "\"uid_size\":$2,\"user_id\":[#254],\"sid\":[#16],\"reserved2\":[#608]}},"                     \
    "\"sigs\":[" SIGNATURE "," SIGNATURE "]}"
#define REPORT "\"attestation_report\":{\"magic\":[#16],\"flags\":$4,\"data\":[#4096]}"

static struct rt_writer json;
static struct rt_carrier carrier;
static struct ratls_trust *trust;
static struct ratls_buffer root_pem;

/* ---- how it is written: csv-rs, src/certs and src/api/guest, by serde ---- */

static void put_number(struct ratls_bytes field)
{
    uint64_t value = 0;
    char digits[24];

    for (size_t i = field.len; i-- > 0;)
        value = value << 8 | field.p[i];
    (void)snprintf(digits, sizeof digits, "%llu", (unsigned long long)value);
    rt_put_bytes(&json, ratls_bytes_str(digits));
}

static void put_list(struct ratls_bytes field)
{
    for (size_t i = 0; i < field.len; i++) {
        if (i > 0)
            rt_put_u8(&json, ',');
        put_number(ratls_bytes(field.p + i, 1));
    }
}

/* $n: the next n bytes as a number; #n: as a list. */
static void put(const char *form, const void *bytes, size_t len)
{
    struct rt_reader r = rt_reader(ratls_bytes(bytes, len));

    while (*form) {
        const char kind = *form++;
        if (kind != '$' && kind != '#') {
            rt_put_u8(&json, (uint8_t)kind);
            continue;
        }
        char *end;
        const struct ratls_bytes field = rt_take_bytes(&r, strtoul(form, &end, 10));
        (kind == '$' ? put_number : put_list)(field);
        form = end;
    }
    cr_assert(rt_at_end(&r), "%s", form);
}

/* As the guest reads it: magic and flags, zeros where version 1 has none; then a page. */
static void put_report(void)
{
    uint8_t page[PAGED_V2] = {0};
    const size_t head = state.version == 2 || memcmp(evidence.p, "ATTEST", 6) == 0 ? 0 : HEAD;

    cr_assert_eq(head + evidence.len, sizeof page);
    memcpy(page + head, evidence.p, evidence.len);
    put(REPORT, page, sizeof page);
}

static void write_json(const char *log)
{
    const char serial[64] = "SIMULATED0051";

    rt_writer_free(&json);
    rt_put_u8(&json, '{');
    put_report();
    put(",\"cert_chain\":{\"hsk_cek\":{\"hsk\":" CA, chain.hsk, sizeof chain.hsk);
    put(",\"cek\":" LEAF, chain.cek, sizeof chain.cek);
    put("},\"pek\":" LEAF, chain.pek, sizeof chain.pek);
    put("},\"serial_number\":[#64],\"cc_eventlog\":", serial, sizeof serial);
    put(log, NULL, 0);
    rt_put_u8(&json, '}');
    cr_assert_not(json.bad);
}

static void make(unsigned version, bool magic)
{
    state.version = version;
    csv_sign(&(const struct rt_sim_csv_knobs){.page = true, .no_pair = true, .magic = magic});
    write_json("null");
}

static void setup(void)
{
    csv_setup();
    MUST(rt_sim_csv_root(&chain, &root_pem));
    MUST(ratls_trust_new(ratls_env_system(), &trust));
    MUST(ratls_trust_insecure_add_sim_roots(trust, rt_bytes_of(&root_pem), &err));
    make(1, false);
}

static void teardown(void)
{
    ratls_trust_unref(trust);
    ratls_buffer_free(&root_pem);
    rt_carrier_free(&carrier);
    rt_writer_free(&json);
    csv_teardown();
}

TestSuite(carrier_csv, .init = setup, .fini = teardown, .timeout = 60);

static enum ratls_err open_json(void)
{
    rt_carrier_free(&carrier);
    err = (struct ratls_error){0};
    cr_expect(rt_carrier_recognises(rt_written(&json)));
    return rt_carrier_open(rt_written(&json), &carrier, &err);
}

static struct ratls_verdict *judge(void)
{
    const struct ratls_appraisal what = {
        .subject = rt_written(&json), .now = input.now, .authenticity_only = true};
    struct ratls_verdict *v;

    (void)ratls_appraise(trust, &what, &v);
    cr_assert_not_null(v);
    return v;
}

/* The text in the place of another, wherever that stands first. */
static void replace(const char *old, const char *by)
{
    rt_put_u8(&json, 0);
    char *at = strstr((char *)json.p, old);
    cr_assert(at, "%s", old);
    struct rt_writer w = {0};

    rt_put(&w, json.p, (size_t)(at - (char *)json.p));
    rt_put_bytes(&w, ratls_bytes_str(by));
    rt_put_bytes(&w, ratls_bytes_str(at + strlen(old)));
    rt_writer_free(&json);
    json = w;
}

/* ---- good ones ---- */

Test(carrier_csv, becomes_report_and_certificates)
{
    for (unsigned form = 0; form < 3; form++) {
        make(form == 2 ? 2 : 1, form == 1);
        MUST(open_json());
        cr_expect_str_eq(carrier.tee, "csv");
        cr_assert_eq(carrier.evidence.len, evidence.len + RT_HYGON_PAIR_LEN);
        cr_expect_arr_eq(carrier.evidence.p, evidence.p, evidence.len);
        cr_expect_arr_eq(carrier.evidence.p + evidence.len, chain.hsk, sizeof chain.hsk);
        cr_expect_arr_eq(carrier.evidence.p + evidence.len + sizeof chain.hsk, chain.cek,
                         sizeof chain.cek);
        cr_expect_null(carrier.event_log.p);
        cr_expect_null(carrier.certs.p);
    }
}

Test(carrier_csv, is_judged_as_what_is_in_it)
{
    for (unsigned form = 0; form < 3; form++) {
        make(form == 2 ? 2 : 1, form == 1);
        struct ratls_verdict *v = judge();
        cr_expect(ratls_verdict_allowed(v), "%u: %s", form, ratls_verdict_detail(v));
        cr_expect_str_eq(ratls_verdict_tee(v), "csv");
        cr_expect_eq(claim_number(ratls_verdict_claims(v), "csv.version"), state.version);
        ratls_verdict_unref(v);
    }
}

Test(carrier_csv, may_bring_pek_and_serial_number_unmasked)
{
    csv_sign(&(const struct rt_sim_csv_knobs){.page = true, .no_pair = true, .clear_owner = true});
    write_json("null");
    MUST(open_json());
}

Test(carrier_csv, may_bring_a_serial_number_without_its_zeros)
{
    replace("53,49,0,0", "53,49],\"x\":[0,0"); /* "51" */
    MUST(open_json());
}

/* HSK and CEK are asked for then, as of any evidence. */
Test(carrier_csv, may_come_without_hsk_and_cek)
{
    static const struct {
        const char *old, *by;
    } rows[] = {{"\"hsk_cek\"", "\"absent\""}, {"\"hsk_cek\":", "\"hsk_cek\":null,\"x\":"}};

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        write_json("null");
        replace(rows[i].old, rows[i].by);
        MUST(open_json());
        cr_expect_eq(carrier.evidence.len, PAGE);
        struct ratls_verdict *v = judge();
        cr_expect_eq(ratls_verdict_code(v), RATLS_E_EVIDENCE_CHAIN, "%s", ratls_verdict_detail(v));
        ratls_verdict_unref(v);
    }
}

Test(carrier_csv, may_come_without_a_member_for_the_event_log)
{
    replace("\"cc_eventlog\"", "\"absent\"");
    MUST(open_json());
    cr_expect_null(carrier.event_log.p);
}

/* Flags stand before a page alone, and there is none before a report without extensions. */
Test(carrier_csv, knows_the_version_by_the_flags_alone)
{
    evidence.p[16] = 1;
    write_json("null");
    MUST(open_json());
}

Test(carrier_csv, brings_the_event_log)
{
    make(2, false);
    write_json("\"bG9n\"");
    MUST(open_json());
    cr_expect(ratls_bytes_equal(rt_bytes_of(&carrier.event_log), ratls_bytes_str("log")));
    struct ratls_verdict *v = judge();
    cr_expect_eq(ratls_verdict_code(v), RATLS_E_EVENT_LOG, "%s", ratls_verdict_detail(v));
    ratls_verdict_unref(v);
}

Test(carrier_csv, is_told_by_its_parts)
{
    static const char *const others[] = {"{\"attestation_report\":{}}", "{\"cert_chain\":{}}",
                                         "[\"attestation_report\",\"cert_chain\"]"};

    for (size_t i = 0; i < RT_COUNT(others); i++)
        cr_expect_not(rt_carrier_recognises(ratls_bytes_str(others[i])), "%s", others[i]);
}

/* ---- bad ones ---- */

Test(carrier_csv, of_another_pek_or_serial_number_is_refused)
{
    for (unsigned version = 1; version <= 2; version++) {
        make(version, false);
        chain.pek[sizeof chain.pek - 1] ^= 1;
        write_json("null");
        chain.pek[sizeof chain.pek - 1] ^= 1;
        cr_expect_eq(open_json(), RATLS_E_EVIDENCE_MISMATCH, "%u: %s", version, err.detail);
        write_json("null");
        replace("\"serial_number\":[83", "\"serial_number\":[84");
        cr_expect_eq(open_json(), RATLS_E_EVIDENCE_MISMATCH, "%u: %s", version, err.detail);
    }
}

Test(carrier_csv, with_a_byte_of_the_report_changed_is_refused)
{
    make(2, false);
    evidence.p[HEAD] ^= 1;
    write_json("null");
    struct ratls_verdict *v = judge();
    cr_expect_eq(ratls_verdict_code(v), RATLS_E_EVIDENCE_SIGNATURE, "%s", ratls_verdict_detail(v));
    ratls_verdict_unref(v);
}

static const struct {
    const char *old, *by, *why;
} bad[] = {
    {"\"attestation_report\":", "\"x\":\"attestation_report\",\"y\":", "attestation_report"},
    {"\"magic\":[0,", "\"magic\":[", "attestation_report"},
    {"\"magic\":[0,", "\"magic\":[0,0,", "attestation_report"},
    {"\"magic\":[0,", "\"magic\":[256,", "attestation_report"},
    {"\"magic\":[0,", "\"magic\":[-1,", "attestation_report"},
    {"\"magic\":[0,", "\"magic\":[\"0\",", "attestation_report"},
    {",0],\"flags\"", ",256],\"flags\"", "attestation_report"},
    {"\"magic\":", "\"magi\":", "attestation_report"},
    {"\"flags\":0", "\"flags\":4294967296", "attestation_report"},
    {"\"flags\":0", "\"flag\":0", "attestation_report"},
    {"\"data\":[", "\"data\":[0,", "attestation_report"},
    {"\"data\":[", "\"data\":\"\",\"x\":[", "attestation_report"},
    {"\"cert_chain\":", "\"x\":\"cert_chain\",\"y\":", "pek"},
    {"\"pek\":", "\"pe\":", "pek"},
    {"\"pek\":{\"body\":{\"ver\":", "\"pek\":{\"body\":{\"ver\":[],\"x\":", "pek"},
    {"\"serial_number\":[", "\"serial_number\":[0,", "serial_number"},
    {"\"serial_number\":[83,", "\"serial_number\":[999,", "serial_number"},
    {"\"serial_number\":[", "\"serial_number\":\"SIMULATED0051\",\"x\":[", "serial_number"},
    {"\"serial_number\":", "\"serial\":", "serial_number"},
    {"\"hsk_cek\":{\"hsk\"", "\"hsk_cek\":{\"hs\"", "hsk_cek"},
    {"\"hsk_cek\":{", "\"hsk_cek\":[],\"x\":{", "hsk_cek"},
    {",\"cek\":", ",\"ce\":", "hsk_cek"},
    {"\"kid\":[", "\"kid\":[0,", "hsk_cek"},
    {"\"uid_size\":13", "\"uid_size\":65536", "hsk_cek"},
    {"{\"major\":", "{\"major\":256,\"x\":", "hsk_cek"},
    {"\"firmware\":{\"major\"", "\"firmware\":{\"seventeen_letters\"", "hsk_cek"},
    {"\"sigs\":[", "\"sigs\":[{},", "hsk_cek"},
    {"\"sigs\":[", "\"sigs\":[],\"x\":[", "hsk_cek"},
    {"\"sigs\":[{", "\"sigs\":[7,{", "hsk_cek"},
    {"\"sigs\":", "\"sig\":", "hsk_cek"},
    {"\"sigs\":[{\"usage\"", "\"sigs\":[{\"us\"", "hsk_cek"},
    {"\"cc_eventlog\":null", "\"cc_eventlog\":[1]", "cc_eventlog"},
    {"\"cc_eventlog\":null", "\"cc_eventlog\":\"x\"", "cc_eventlog"},
};

Test(carrier_csv, that_is_malformed_is_refused)
{
    for (size_t i = 0; i < RT_COUNT(bad); i++) {
        write_json("null");
        replace(bad[i].old, bad[i].by);
        cr_expect_eq(open_json(), RATLS_E_EVIDENCE_FORMAT, "%s", bad[i].by);
        cr_expect(strstr(err.detail, bad[i].why), "%s: %s", bad[i].by, err.detail);
        cr_expect_null(carrier.evidence.p);
    }
}
