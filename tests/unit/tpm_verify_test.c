/* Plain quotes of a TPM: every reject condition, and what must come out of good ones. */
#include "evidence_keys_support.h"

#include "tpm_support.h"

#include "ascend.h"
#include "crypto_rsa.h"
#include "sim_eventlog.h"
#include "sim_ima.h"
#include "tpm_quote.h"

TestSuite(tpm_verify, .init = tpm_setup, .fini = tpm_teardown, .timeout = 60);

/* ---- good quotes ---- */

Test(tpm_verify, shows_each_field_at_its_place)
{
    const struct key_digest due = digest_of(pin.spki);

    tpm.clock = 0x1122334455667788;
    tpm.reset_count = 7;
    tpm.restart_count = 8;
    cr_assert_eq(verify_made(), RATLS_OK, "%s", err.detail);
    cr_expect(rt_verifier_tpm.recognises(input.evidence));
    cr_expect_str_eq(text("tee"), "tpm");
    cr_expect_str_eq(text("tcb_status"), "unrated");
    cr_expect_str_eq(text("tpm.ak_trust"), "pin");
    cr_expect_str_eq(text("event_log"), "absent");
    cr_expect_eq(number("debug"), 0);
    cr_expect_eq(number("simulated"), 0);
    cr_expect_eq(number("tpm.clock"), 0x1122334455667788);
    cr_expect_eq(number("tpm.reset_count"), 7);
    cr_expect_eq(number("tpm.restart_count"), 8);
    cr_expect_eq(number("tpm.safe"), 1);
    cr_expect_str_eq(text("tpm.firmware_version"), "0000000000000001");
    cr_expect_eq(strncmp(text("tpm.pcr07"), "70070000", 8), 0);
    cr_expect_eq(strncmp(text("tpm.pcr22"), "ffff", 4), 0);
    cr_expect_eq(strncmp(text("report_data"), "1122", 4), 0);
    cr_expect_str_eq(text("nonce"), text("report_data"));
    cr_expect_str_eq(text("tpm.extra_data"), text("report_data"));
    cr_expect_eq(strncmp(text("measurement"), "ffffff", 6), 0);
    cr_expect_str_eq(text("measurement") + 6, text("tpm.pcr_digest"));
    cr_expect_str_eq(text("platform_id"), text("tpm.ak_spki_sha256"));
    expect_evidence_keys(claims, &due, 1);
}

Test(tpm_verify, a_simulated_pin_is_simulated)
{
    pin.simulated = true;
    cr_expect_eq(verify(), RATLS_OK);
    cr_expect_eq(number("simulated"), 1);
}

/* T150 */
Test(tpm_verify, the_quote_names_its_pcrs_not_their_place)
{
    tpm.selected = 1U << 4 | 1U << 16;
    tpm.pcr[4][0] = 0x44;
    tpm.pcr[16][0] = 0x66;
    cr_assert_eq(verify_made(), RATLS_OK, "%s", err.detail);
    cr_expect_eq(strncmp(text("tpm.pcr04"), "44", 2), 0);
    cr_expect_eq(strncmp(text("tpm.pcr16"), "66", 2), 0);
    cr_expect_null(ratls_claims_get(claims, "tpm.pcr00"));
    cr_expect_eq(strncmp(text("measurement"), "100001", 6), 0);
}

/* T150: the digest of a PCR that anybody may extend is no measurement of the firmware's. */
Test(tpm_verify, the_same_value_in_another_pcr_is_another_measurement)
{
    char first[128];

    tpm.selected = 1U << 4;
    cr_assert_eq(verify_made(), RATLS_OK);
    (void)snprintf(first, sizeof first, "%s", text("measurement"));
    memcpy(tpm.pcr[16], tpm.pcr[4], sizeof tpm.pcr[4]);
    tpm.selected = 1U << 16;
    cr_assert_eq(verify_made(), RATLS_OK);
    cr_expect_str_neq(text("measurement"), first);
    cr_expect_str_eq(text("measurement") + 6, first + 6);
}

Test(tpm_verify, accepts_the_rsa_signatures)
{
    static const uint16_t algorithms[] = {RT_SIM_TPM_RSASSA, RT_SIM_TPM_RSAPSS};
    const struct ratls_env *env = ratls_env_system();
    struct rt_rsa_key *rsa;

    MUST(rt_rsa_generate(env, 2048, &rsa));
    parts.ak_public = pin.spki = rt_rsa_spki(rsa);
    for (size_t i = 0; i < RT_COUNT(algorithms); i++) {
        struct ratls_buffer sig = {0};
        struct rt_writer w = {0};
        MUST(i ? rt_rsa_sign_pss(env, rsa, RT_SHA256, rt_bytes_of(&message), &sig)
               : rt_rsa_sign_pkcs1(env, rsa, rt_bytes_of(&message), &sig));
        rt_sim_tpm_put_rsa(&w, algorithms[i], rt_bytes_of(&sig));
        take(&w, &tpmt);
        tpm_wrap();
        cr_expect_eq(verify(), RATLS_OK, "%zu: %s", i, err.detail);
        rt_sim_tpm_put_rsa(&w, algorithms[!i], rt_bytes_of(&sig));
        take(&w, &tpmt);
        tpm_wrap();
        cr_expect_eq(verify(), RATLS_E_EVIDENCE_SIGNATURE, "%zu as the other", i);
        ratls_buffer_free(&sig);
    }
    rt_rsa_free(rsa);
}

/* ---- the quote ---- */

static void magic(void)
{
    tpm.magic++;
}
static void type(void)
{
    tpm.type = 0x8017;
}
static void long_extra(void)
{
    static const uint8_t extra[65];

    tpm.extra_data = ratls_bytes(extra, sizeof extra);
}
static void safe(void)
{
    tpm.safe = 2;
}
static void no_bank(void)
{
    tpm.n_banks = 0;
}
static void two_banks(void)
{
    tpm.n_banks = 2;
}
static void sha1(void)
{
    tpm.bank = 0x0004;
}
static void long_select(void)
{
    tpm.n_select = 5;
}
static void pcr_24(void)
{
    tpm.n_select = 4;
    tpm.selected |= 1U << 24;
}
static void short_digest(void)
{
    tpm.digest = ratls_bytes(tpm.pcr[1], 31);
}
static void other_digest(void)
{
    tpm.digest = ratls_bytes(tpm.pcr[1], 32);
}
static void behind(void)
{
    tpm.behind = ratls_bytes("x", 1);
}
static void too_long(void)
{
    static const uint8_t zeros[2048];

    tpm.behind = ratls_bytes(zeros, sizeof zeros);
}

static const struct {
    const char *name;
    void (*spoil)(void);
    enum ratls_err due;
} bad_quotes[] = {
    {"magic", magic, RATLS_E_EVIDENCE_FORMAT},
    {"type", type, RATLS_E_EVIDENCE_FORMAT},
    {"long extraData", long_extra, RATLS_E_EVIDENCE_FORMAT},
    {"safe", safe, RATLS_E_EVIDENCE_FORMAT},
    {"no bank", no_bank, RATLS_E_EVIDENCE_ALGORITHM},
    {"two banks", two_banks, RATLS_E_EVIDENCE_ALGORITHM},
    {"SHA-1", sha1, RATLS_E_EVIDENCE_ALGORITHM},
    {"a bitmap of 5 bytes", long_select, RATLS_E_EVIDENCE_FORMAT},
    {"PCR 24", pcr_24, RATLS_E_EVIDENCE_FORMAT},
    {"short digest", short_digest, RATLS_E_EVIDENCE_FORMAT},
    {"other digest", other_digest, RATLS_E_EVIDENCE_MISMATCH},
    {"a byte behind", behind, RATLS_E_EVIDENCE_FORMAT},
    {"too long", too_long, RATLS_E_EVIDENCE_FORMAT},
};

Test(tpm_verify, refuses_each_flaw_of_a_quote)
{
    for (size_t i = 0; i < RT_COUNT(bad_quotes); i++) {
        rt_sim_tpm_usual(&tpm);
        tpm.extra_data = ratls_bytes(tpm_report_data, sizeof tpm_report_data);
        bad_quotes[i].spoil();
        cr_expect_eq(verify_made(), bad_quotes[i].due, "%s: %s", bad_quotes[i].name, err.detail);
        cr_expect_null(ratls_claims_get(claims, "evidence_keys"), "%s", bad_quotes[i].name);
    }
}

Test(tpm_verify, the_selection_may_have_a_fourth_byte)
{
    tpm.n_select = 4;
    cr_expect_eq(verify_made(), RATLS_OK, "%s", err.detail);
}

Test(tpm_verify, refuses_a_quote_that_is_cut_anywhere)
{
    const size_t len = message.len;

    for (size_t i = 1; i < len; i++) {
        message.len = i;
        tpm_sign(ak);
        tpm_wrap();
        cr_expect_eq(verify(), RATLS_E_EVIDENCE_FORMAT, "%zu bytes", i);
    }
    message.len = len;
}

/* ---- the signature ---- */

#define SIG(text)                                                                                  \
    {                                                                                              \
        text, sizeof(text) - 1                                                                     \
    }

Test(tpm_verify, refuses_other_algorithms_and_malformed_signatures)
{
    static const struct {
        const char *head;
        size_t len;
        enum ratls_err due;
    } rows[] = {
        {"\x00\x05\x00\x0b\x00\x01x", 7, RATLS_E_EVIDENCE_ALGORITHM},           /* HMAC */
        {"\x00\x18\x00\x04\x00\x01x\x00\x01y", 10, RATLS_E_EVIDENCE_ALGORITHM}, /* SHA-1 */
        {"\x00\x18\x00\x0b\x00\x01x\x00\x01yz", 11, RATLS_E_EVIDENCE_FORMAT},
        {"\x00\x18\x00\x0b\x00\x01x\x00\x02y", 10, RATLS_E_EVIDENCE_FORMAT},
        {"\x00\x18\x00", 3, RATLS_E_EVIDENCE_FORMAT},
        {"\x00", 1, RATLS_E_EVIDENCE_FORMAT},
        {"\x00\x14\x00\x0b\x00\x02x", 7, RATLS_E_EVIDENCE_FORMAT},
        {"\x00\x14\x00\x0b\x00\x01x", 7, RATLS_E_EVIDENCE_ALGORITHM}, /* RSA, the key is none */
        {"\x00\x18\x00\x0b\x00\x01x\x00\x01y", 10, RATLS_E_EVIDENCE_SIGNATURE},
        {"\x00\x18\x00\x0b\x00\x00\x00\x00", 8, RATLS_E_EVIDENCE_SIGNATURE},
        {"\x00\x18\x00\x0b\x00\x21"
         "12345678901234567890123456789012x"
         "\x00\x01y",
         42, RATLS_E_EVIDENCE_FORMAT},
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        struct rt_writer w = {0};
        rt_put(&w, rows[i].head, rows[i].len);
        take(&w, &tpmt);
        tpm_wrap();
        cr_expect_eq(verify(), rows[i].due, "row %zu: %s", i, err.detail);
    }
}

Test(tpm_verify, refuses_another_key_and_another_quote)
{
    struct rt_key *other;

    MUST(rt_key_generate(ratls_env_system(), RT_P256, &other));
    tpm_sign(other);
    tpm_wrap();
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_SIGNATURE);
    tpm_make();
    message.p[message.len - 1] ^= 1;
    tpm_wrap();
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_SIGNATURE);
    rt_key_free(other);
}

/* ---- the values ---- */

Test(tpm_verify, refuses_values_that_do_not_belong_to_the_quote)
{
    static const struct {
        const char *pcrs;
        enum ratls_err due;
    } rows[] = {
        {"[]", RATLS_E_EVIDENCE_MISMATCH},
        {"[\""
         "7002000000000000000000000000000000000000000000000000000000000000"
         "\"]",
         RATLS_E_EVIDENCE_MISMATCH}, /* of two */
        {"[\""
         "7002000000000000000000000000000000000000000000000000000000000000"
         "\",\""
         "7001000000000000000000000000000000000000000000000000000000000000"
         "\"]",
         RATLS_E_EVIDENCE_MISMATCH}, /* the other order */
        {"[\""
         "7001000000000000000000000000000000000000000000000000000000000000"
         "\",\""
         "7002000000000000000000000000000000000000000000000000000000000000"
         "\",\""
         "7002000000000000000000000000000000000000000000000000000000000000"
         "\"]",
         RATLS_E_EVIDENCE_MISMATCH}, /* one more */
        {"[\""
         "70010000000000000000000000000000000000000000000000000000000000"
         "\"]",
         RATLS_E_EVIDENCE_FORMAT},
        {"[1,2]", RATLS_E_EVIDENCE_FORMAT},
        {"[[112,1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0],\""
         "7002000000000000000000000000000000000000000000000000000000000000"
         "\"]",
         RATLS_E_EVIDENCE_FORMAT}, /* as version 0 of Azure's has them */
        {"{}", RATLS_E_EVIDENCE_FORMAT},
        {"null", RATLS_E_EVIDENCE_FORMAT},
    };

    tpm.selected = 1U << 1 | 1U << 2;
    cr_assert_eq(verify_made(), RATLS_OK, "%s", err.detail);
    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        parts.pcrs = rows[i].pcrs;
        tpm_wrap();
        cr_expect_eq(verify(), rows[i].due, "row %zu: %s", i, err.detail);
    }
}

/* ---- report data ---- */

/* SHA-256 of tpm_report_data as extraData, and the 64 bytes beside it. */
static void hash_extra(uint8_t digest[RT_SHA256_LEN])
{
    MUST(rt_sha256(ratls_bytes(tpm_report_data, sizeof tpm_report_data), digest));
    tpm.extra_data = ratls_bytes(digest, RT_SHA256_LEN);
}

static void name_report_data(char more[256], const uint8_t *p, size_t len)
{
    char hex[2 * RATLS_REPORT_DATA_LEN + 1];

    rt_hex(ratls_bytes(p, len), hex);
    (void)snprintf(more, 256, ",\"report_data\":\"%s\"", hex);
    parts.more = more;
}

Test(tpm_verify, extra_data_may_be_the_hash_of_report_data_that_are_named)
{
    uint8_t digest[RT_SHA256_LEN], other[RATLS_REPORT_DATA_LEN] = {1};
    char more[256];

    hash_extra(digest);
    name_report_data(more, tpm_report_data, sizeof tpm_report_data);
    cr_assert_eq(verify_made(), RATLS_OK, "%s", err.detail);
    cr_expect_eq(strncmp(text("report_data"), "1122", 4), 0);
    cr_expect_eq(strlen(text("nonce")), 64);
    name_report_data(more, other, sizeof other);
    cr_expect_eq(verify_made(), RATLS_E_EVIDENCE_MISMATCH);
    name_report_data(more, tpm_report_data, 63);
    cr_expect_eq(verify_made(), RATLS_E_EVIDENCE_MISMATCH);
    MUST(rt_sha256(ratls_bytes(tpm_report_data, 63), digest));
    cr_expect_eq(verify_made(), RATLS_E_EVIDENCE_MISMATCH, "their hash, but they are too few");
    name_report_data(more, tpm_report_data, sizeof tpm_report_data);
    tpm.extra_data = ratls_bytes(tpm_report_data, sizeof tpm_report_data);
    cr_expect_eq(verify_made(), RATLS_E_EVIDENCE_MISMATCH, "not what they are the hash of");
}

/* T150: neither padded nor cut. */
Test(tpm_verify, shorter_extra_data_are_no_report_data)
{
    static const size_t lengths[] = {0, 1, 32, 48, 63};
    char zeros[2 * RATLS_REPORT_DATA_LEN + 1];

    memset(zeros, '0', sizeof zeros - 1);
    zeros[sizeof zeros - 1] = 0;
    for (size_t i = 0; i < RT_COUNT(lengths); i++) {
        tpm.extra_data = ratls_bytes(tpm_report_data, lengths[i]);
        cr_expect_eq(verify_made(), RATLS_OK, "%s", err.detail);
        cr_expect_str_eq(text("report_data"), zeros);
        cr_expect_eq(strlen(text("nonce")), 2 * lengths[i]);
    }
}

/* ---- the key ---- */

/* T150 */
Test(tpm_verify, a_key_that_only_travels_vouches_for_nothing)
{
    struct ratls_root root = {.simulated = false};
    struct rt_key *other;

    input.n_keys = 0;
    cr_expect_eq(verify(), RATLS_E_NO_ANCHOR);
    MUST(rt_key_generate(ratls_env_system(), RT_P256, &other));
    pin.spki = rt_key_spki(other);
    input.n_keys = 1;
    cr_expect_eq(verify(), RATLS_E_NO_ANCHOR, "another pin");
    pin.spki = rt_key_spki(ak);
    pin.id = ratls_bytes("x", 1);
    cr_expect_eq(verify(), RATLS_E_NO_ANCHOR, "a key of another kind of device");
    input.roots = &root;
    input.n_roots = 1;
    MUST(rt_sha256(rt_key_spki(ak), root.spki_sha256));
    cr_expect_eq(verify(), RATLS_OK, "its hash is a pin");
    cr_expect_eq(number("simulated"), 0);
    root.simulated = true;
    cr_expect_eq(verify(), RATLS_OK);
    cr_expect_eq(number("simulated"), 1);
    root.cert = ratls_bytes("x", 1);
    cr_expect_eq(verify(), RATLS_E_NO_ANCHOR, "a CA is none");
    rt_key_free(other);
}

/* What is of another kind is the signature: that key would do. */
Test(tpm_verify, refuses_keys_of_other_sizes)
{
    static const uint8_t n1024[128] = {[0] = 0xff, [127] = 1}, n2048[256] = {[0] = 0xff, [255] = 1};
    static const uint8_t n4096[512] = {[0] = 0xff, [511] = 1}, n4104[513] = {[0] = 0xff, [512] = 1};
    static const uint8_t three[] = {3}, f4[] = {1, 0, 1};
    const struct {
        struct ratls_bytes n, e;
        const char *why;
    } rows[] = {{ratls_bytes(n1024, sizeof n1024), ratls_bytes(f4, sizeof f4), "2048 bits"},
                {ratls_bytes(n4104, sizeof n4104), ratls_bytes(f4, sizeof f4), "4096"},
                {ratls_bytes(n4096, sizeof n4096), ratls_bytes(f4, sizeof f4), "another kind"},
                {ratls_bytes(n2048, sizeof n2048), ratls_bytes(three, sizeof three), "exponent"}};
    struct rt_key *wide;

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        struct rt_writer spki = {0};
        rt_put_rsa_spki(&spki, rows[i].n, rows[i].e);
        parts.ak_public = pin.spki = rt_written(&spki);
        tpm_wrap();
        cr_expect_eq(verify(), RATLS_E_EVIDENCE_ALGORITHM, "row %zu: %s", i, err.detail);
        cr_expect(strstr(err.detail, rows[i].why), "row %zu: %s", i, err.detail);
        rt_writer_free(&spki);
    }
    MUST(rt_key_generate(ratls_env_system(), RT_P384, &wide));
    parts.ak_public = pin.spki = rt_key_spki(wide);
    tpm_wrap();
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_ALGORITHM);
    parts.ak_public = ratls_bytes("no key", 6);
    tpm_wrap();
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_ALGORITHM);
    rt_key_free(wide);
}

/* ---- the text ---- */

#define BYTES_13 "00112233445566778899aabbcc"
#define BYTES_65 BYTES_13 BYTES_13 BYTES_13 BYTES_13 BYTES_13

Test(tpm_verify, refuses_members_that_are_unknown_missing_or_twice)
{
    static const char *const bad[] = {
        "{}",
        "[]",
        "{\"tpm_quote\":{}}",
        "{\"tpm_quote\":{\"message\":\"YQ==\",\"signature\":\"YQ==\"},\"ak_public\":\"YQ==\"}",
        "{\"quote_data\":1}",
        "{\"quote\":{\"quote_data\":\"YQ==\",\"signature\":\"YQ==\"}}",
    };
    static const char *const more[] = {
        ",\"x\":1",           ",\"ak_public\":\"YQ==\"",  ",\"ak_certs\":{}",
        ",\"ak_certs\":[1]",  ",\"ak_certs\":[\"YQ==\"]", ",\"report_data\":\"\"",
        ",\"report_data\":1", ",\"report_data\":\"0g\"",  ",\"report_data\":\"" BYTES_65 "\""};

    for (size_t i = 0; i < RT_COUNT(bad); i++) {
        input.evidence = ratls_bytes_str(bad[i]);
        cr_expect_eq(verify(), RATLS_E_EVIDENCE_FORMAT, "%s", bad[i]);
    }
    for (size_t i = 0; i < RT_COUNT(more); i++) {
        parts.more = more[i];
        tpm_wrap();
        cr_expect_eq(verify(), RATLS_E_EVIDENCE_FORMAT, "%s", more[i]);
    }
    parts.more = NULL;
    tpm.selected = 0;
    cr_expect_eq(verify_made(), RATLS_OK, "%s", err.detail);
    tpm_edit(",\"pcrs\":[]", "");
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_FORMAT, "no list of PCRs");
    tpm_wrap();
    tpm_edit("\"message\":", "\"x\":1,\"message\":");
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_FORMAT, "in the quote");
}

Test(tpm_verify, is_told_from_its_kin)
{
    static const char *const others[] = {
        "[\"tpm_quote\"]", "{\"quote\":1}", "{\"tpm_quote\":1,\"vcek\":1}",
        "{\"tpm_quote\":1,\"td_quote\":1}", "{\"runtime_measurement\":1}"};

    for (size_t i = 0; i < RT_COUNT(others); i++) {
        cr_expect_not(rt_verifier_tpm.recognises(ratls_bytes_str(others[i])), "%s", others[i]);
        cr_expect_not(rt_verifier_ascend_npu.recognises(ratls_bytes_str(others[i])), "%s",
                      others[i]);
    }
}

/* ---- logs ---- */

Test(tpm_verify, an_event_log_explains_the_pcrs)
{
    static const struct rt_sim_event events[] = {
        {.index = 1, .type = 4, .event = {(const uint8_t *)"a", 1}},
        {.index = 4, .type = 4, .event = {(const uint8_t *)"b", 1}},
    };
    struct rt_sim_registers regs;
    struct ratls_buffer log = {0};

    MUST(rt_sim_eventlog(RT_SHA256, events, RT_COUNT(events), &log, &regs));
    memset(tpm.pcr, 0, 8 * sizeof tpm.pcr[0]);
    memcpy(tpm.pcr[1], regs.value[0], RT_SHA256_LEN);
    memcpy(tpm.pcr[4], regs.value[3], RT_SHA256_LEN);
    input.event_log = rt_bytes_of(&log);
    cr_assert_eq(verify_made(), RATLS_OK, "%s", err.detail);
    cr_expect_str_eq(text("event_log"), "match");
    cr_expect_str_eq(text("tpm.pcr04_log"), "match");
    tpm.pcr[8][0] = 1;
    cr_expect_eq(verify_made(), RATLS_OK);
    cr_expect_str_eq(text("event_log"), "match", "PCR 8 is none of the firmware's");
    tpm.pcr[7][0] = 1;
    cr_expect_eq(verify_made(), RATLS_OK);
    cr_expect_str_eq(text("event_log"), "partial");
    cr_expect_str_eq(text("tpm.pcr07_log"), "absent");
    tpm.pcr[7][0] = 0;
    tpm.selected &= ~(1U << 4);
    cr_expect_eq(verify_made(), RATLS_OK);
    cr_expect_str_eq(text("event_log"), "partial", "PCR 4 is not quoted");
    tpm.selected |= 1U << 4;
    tpm.pcr[4][0] ^= 1;
    cr_expect_eq(verify_made(), RATLS_E_EVENT_LOG_MISMATCH);
    cr_expect_str_eq(text("tpm.pcr04_log"), "mismatch");
    input.event_log.len--;
    cr_expect_eq(verify_made(), RATLS_E_EVENT_LOG);
    ratls_buffer_free(&log);
}

Test(tpm_verify, an_event_log_explains_whatever_it_extends)
{
    static const struct rt_sim_event event = {
        .index = 8, .type = 4, .event = {(const uint8_t *)"a", 1}};
    struct rt_sim_registers regs;
    struct ratls_buffer log = {0};

    MUST(rt_sim_eventlog(RT_SHA256, &event, 1, &log, &regs));
    input.event_log = rt_bytes_of(&log);
    cr_expect_eq(verify_made(), RATLS_E_EVENT_LOG_MISMATCH, "PCR 8 is zeros");
    cr_expect_str_eq(text("tpm.pcr08_log"), "mismatch");
    ratls_buffer_free(&log);
}

Test(tpm_verify, an_ima_log_leads_to_pcr_10)
{
    struct ratls_buffer log = {0};

    MUST(rt_sim_ima_usual(10, RT_SIM_IMA_BINARY, &log, tpm.pcr[10]));
    input.ima_log = rt_bytes_of(&log);
    cr_assert_eq(verify_made(), RATLS_OK, "%s", err.detail);
    cr_expect_gt(number("tpm.ima.entries"), 1);
    input.event_log = ratls_bytes("x", 1);
    cr_expect_eq(verify(), RATLS_E_EVENT_LOG, "and one of events that is none");
    input.event_log = ratls_bytes(NULL, 0);
    tpm.pcr[10][0] ^= 1;
    cr_expect_eq(verify_made(), RATLS_E_EVENT_LOG_MISMATCH);
    tpm.pcr[10][0] ^= 1;
    tpm.selected &= ~(1U << 10);
    cr_expect_eq(verify_made(), RATLS_E_EVENT_LOG_MISMATCH, "PCR 10 is not quoted");
    ratls_buffer_free(&log);
    MUST(rt_sim_ima_usual(9, RT_SIM_IMA_BINARY, &log, tpm.pcr[9]));
    input.ima_log = rt_bytes_of(&log);
    cr_expect_eq(verify_made(), RATLS_E_EVENT_LOG, "another PCR");
    ratls_buffer_free(&log);
}

Test(tpm_verify, crls_say_nothing_of_a_key_that_is_pinned)
{
    const struct ratls_bytes crl = ratls_bytes("x", 1);

    input.crls = &crl;
    input.n_crls = 1;
    cr_expect_eq(verify(), RATLS_OK, "%s", err.detail);
    cr_expect_null(ratls_claims_get(claims, "tpm.ak_revocation"));
}
