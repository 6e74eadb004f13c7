/* Hygon CSV: every reject condition, and what must come out of good reports. */
#include <stdio.h>

#include "evidence_keys_support.h"

#include "csv_support.h"
#include "describe.h"
#include "ratls/appraise.h"

#define HEX8(two)  two two two two two two two two
#define HEX16(two) HEX8(two) HEX8(two)
#define HEX32(two) HEX16(two) HEX16(two)
#define KNOBS(...)                                                                                 \
    &(const struct rt_sim_csv_knobs)                                                               \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }

TestSuite(csv_verify, .init = csv_setup, .fini = csv_teardown, .timeout = 120);

/* ---- good reports ---- */

Test(csv_verify, accepts_every_form_of_both_versions)
{
    for (unsigned bits = 0; bits < 32; bits++) {
        const struct rt_sim_csv_knobs knobs = {
            .magic = bits & 1, .page = bits & 2, .with_len = bits & 4, .no_owner = bits & 16};
        state.version = bits & 8 ? 2 : 1;
        csv_make(&knobs);
        cr_expect_eq(verify(), RATLS_OK, "%u: %s", bits, err.detail);
        cr_expect_eq(number("csv.version"), state.version);
        cr_expect(rt_verifier_csv.recognises(input.evidence), "%u", bits);
        input.evidence.len -= RT_HYGON_PAIR_LEN;
        if (!knobs.with_len) {
            cr_expect_eq(verify(), RATLS_E_EVIDENCE_CHAIN, "%u: %s", bits, err.detail);
            cr_expect(rt_verifier_csv.recognises(input.evidence), "%u", bits);
        }
    }
}

/* It begins with the mask, by chance with the byte that DER begins with. */
Test(csv_verify, is_taken_for_no_certificate)
{
    struct rt_subject subject;

    for (unsigned second = 0; second <= UINT8_MAX; second++) {
        state.anonce[0] = 0x30;
        state.anonce[1] = (uint8_t)second;
        csv_make(NULL);
        cr_assert_eq(evidence.p[0], 0x30);
        cr_assert_eq(rt_subject_read(input.evidence, &subject, &err), RATLS_OK);
        cr_expect_eq(subject.is_certificate, second >= 0x81 && second <= 0x83, "%02x", second);
        rt_subject_free(&subject);
    }
}

Test(csv_verify, accepts_pek_and_serial_number_that_are_unmasked)
{
    cr_expect_eq(verify_signed(KNOBS(.clear_owner = true)), RATLS_OK, "%s", err.detail);
    cr_expect_str_eq(text("csv.serial_number"), "SIMULATED0051");
    cr_expect(rt_verifier_csv.recognises(input.evidence));
    memset(state.anonce, 0, sizeof state.anonce);
    cr_expect_eq(verify_signed(NULL), RATLS_OK, "%s", err.detail);
}

static void fill_state(void)
{
    memset(state.user_pubkey_digest, 0x21, sizeof state.user_pubkey_digest);
    memset(state.vm_id, 0x22, sizeof state.vm_id);
    memset(state.vm_version, 0x23, sizeof state.vm_version);
    memset(state.report_data, 0x24, sizeof state.report_data);
    memset(state.mnonce, 0x25, sizeof state.mnonce);
    memset(state.measure, 0x26, sizeof state.measure);
    state.policy = 0x0403dcfb;
    memcpy(state.anonce, "\x01\x23\x45\x67", 4);
}

static void expect_common_fields(void)
{
    cr_expect_str_eq(text("tee"), "csv");
    cr_expect_str_eq(text("tcb_status"), "unrated");
    cr_expect_eq(ratls_claims_get(claims, "advisory_ids")->n_items, 0);
    cr_expect_eq(number("simulated"), 1);
    cr_expect_eq(number("debug"), 0);
    cr_expect_str_eq(text("csv.user_pubkey_digest"), HEX32("21"));
    cr_expect_str_eq(text("csv.vm_id"), HEX16("22"));
    cr_expect_str_eq(text("csv.vm_version"), HEX16("23"));
    cr_expect_str_eq(text("csv.report_data"), HEX32("24") HEX32("24"));
    cr_expect_str_eq(text("report_data"), HEX32("24") HEX32("24"));
    cr_expect_str_eq(text("csv.mnonce"), HEX16("25"));
    cr_expect_str_eq(text("csv.measure"), HEX32("26"));
    cr_expect_str_eq(text("measurement"), HEX32("26"));
    cr_expect_str_eq(text("csv.serial_number"), "SIMULATED0051");
    cr_expect_eq(number("csv.policy"), 0x0403dcfb);
    cr_expect_eq(number("csv.policy.hsk_version"), 0xc);
    cr_expect_eq(number("csv.policy.cek_version"), 0xd);
    cr_expect_eq(number("csv.policy.api_major"), 3);
    cr_expect_eq(number("csv.policy.api_minor"), 4);
}

static void expect_platform(void)
{
    const struct key_digest cek = digest_of(ratls_bytes(chain.cek, sizeof chain.cek));
    char hrk_id[33], hsk_id[33];

    rt_hex(ratls_bytes(chain.hrk + 4, 16), hrk_id);
    rt_hex(ratls_bytes(chain.hsk + 4, 16), hsk_id);
    cr_expect_str_eq(text("platform_id"), cek.hex);
    cr_expect_str_eq(text("csv.hrk_key_id"), hrk_id);
    cr_expect_str_eq(text("csv.hsk_key_id"), hsk_id);
    cr_expect_str_neq(hrk_id, hsk_id);
}

Test(csv_verify, shows_each_field_at_its_place)
{
    fill_state();
    cr_assert_eq(verify_signed(NULL), RATLS_OK, "%s", err.detail);
    expect_common_fields();
    expect_platform();
    cr_expect_str_eq(text("csv.anonce"), "01234567");
    cr_expect_null(ratls_claims_get(claims, "csv.build"));
    cr_expect_null(ratls_claims_get(claims, "csv.rtmr0"));
    state.version = 2;
    cr_assert_eq(verify_signed(NULL), RATLS_OK, "%s", err.detail);
    expect_common_fields();
    expect_platform();
    cr_expect_null(ratls_claims_get(claims, "csv.anonce"));
    cr_expect_eq(number("csv.build"), 2100);
    cr_expect_eq(number("csv.rtmr_version"), 1);
    cr_expect_str_eq(text("csv.rtmr0"), HEX32("70"));
    cr_expect_str_eq(text("csv.rtmr1"), HEX32("71"));
    cr_expect_str_eq(text("csv.rtmr2"), HEX32("72"));
    cr_expect_str_eq(text("csv.rtmr3"), HEX32("73"));
    cr_expect_str_eq(text("csv.rtmr4"), HEX32("74"));
}

Test(csv_verify, names_each_bit_of_the_policy)
{
    static const char *const names[] = {"nodbg",  "noks", "es",   "nosend",
                                        "domain", "csv",  "csv3", "asid_reuse"};
    char name[32];

    for (size_t bit = 0; bit < RT_COUNT(names); bit++) {
        state.policy = 1U << bit;
        cr_assert_eq(verify_signed(NULL), RATLS_OK, "%s", err.detail);
        for (size_t i = 0; i < RT_COUNT(names); i++) {
            (void)snprintf(name, sizeof name, "csv.policy.%s", names[i]);
            cr_expect_eq(number(name), i == bit, "%s", name);
        }
        cr_expect_eq(number("debug"), bit != 0, "what does not forbid it allows it");
    }
}

Test(csv_verify, names_the_keys_of_the_whole_chain)
{
    static const enum rt_sim_csv_part order[] = {RT_SIM_CSV_PEK, RT_SIM_CSV_CEK, RT_SIM_CSV_HSK,
                                                 RT_SIM_CSV_HRK};
    struct key_digest due[RT_COUNT(order)];
    uint8_t spki[RT_SM2_SPKI_LEN];

    for (size_t i = 0; i < RT_COUNT(order); i++) {
        rt_sm2_spki(keys.key[order[i]].point, spki);
        due[i] = digest_of(ratls_bytes(spki, sizeof spki));
    }
    cr_assert_eq(verify(), RATLS_OK, "%s", err.detail);
    expect_evidence_keys(claims, due, RT_COUNT(due));
    cr_expect_neq(verify_signed(KNOBS(.usual_id[RT_SIM_CSV_REPORT] = true)), RATLS_OK);
    cr_expect_null(ratls_claims_get(claims, "evidence_keys"));
    cr_expect_str_eq(text("tcb_status"), "not_evaluated");
}

Test(csv_verify, a_root_with_the_mark_is_simulated_whatever_was_said_of_it)
{
    root.simulated = false;
    cr_expect_eq(verify(), RATLS_OK, "%s", err.detail);
    cr_expect_eq(number("simulated"), 1);
    csv_make(KNOBS(.uid = "HYGON-SSD-HRK"));
    cr_expect_eq(verify(), RATLS_OK, "%s", err.detail);
    cr_expect_eq(number("simulated"), 0);
    root.simulated = true;
    cr_expect_eq(verify(), RATLS_OK, "%s", err.detail);
    cr_expect_eq(number("simulated"), 1);
}

/* ---- bad ones ---- */

Test(csv_verify, refuses_each_flaw_for_its_reason)
{
    for (size_t i = 0; i < RT_COUNT(bad_csv); i++) {
        csv_make_bad(&bad_csv[i]);
        const enum ratls_err e = verify();
        cr_expect_eq(e, bad_csv[i].e, "%s: %s, %s", bad_csv[i].name, ratls_err_reason(e),
                     err.detail);
        cr_expect(strstr(err.detail, bad_csv[i].detail), "%s: %s", bad_csv[i].name, err.detail);
        cr_expect_null(ratls_claims_get(claims, "evidence_keys"), "%s", bad_csv[i].name);
    }
}

/* What may stand in front of the certificates: the report, or a page. */
static bool is_known_size(size_t len, size_t head, size_t report)
{
    const size_t bodies[] = {head + report, head + 4096};

    for (size_t i = 0; i < RT_COUNT(bodies); i++)
        if (len == bodies[i] || len == bodies[i] + RT_HYGON_PAIR_LEN ||
            len == bodies[i] + RT_HYGON_PAIR_LEN + 4)
            return true;
    return false;
}

Test(csv_verify, refuses_every_other_size)
{
    struct ratls_buffer longer = {calloc(1, 8192), 8192};

    cr_assert(longer.p);
    for (unsigned version = 1; version <= 2; version++) {
        state.version = version;
        csv_sign(KNOBS(.page = true, .with_len = true));
        memcpy(longer.p, evidence.p, evidence.len);
        for (size_t len = 0; len < longer.len; len++) {
            if (is_known_size(len, version == 2 ? 20 : 0, version == 2 ? 3380 : 2548))
                continue;
            input.evidence = ratls_bytes(longer.p, len);
            cr_expect_eq(verify(), RATLS_E_EVIDENCE_FORMAT, "%zu", len);
            cr_expect_eq(rt_verifier_csv.recognises(input.evidence), version == 2 && len >= 16,
                         "%zu", len);
        }
    }
    ratls_buffer_free(&longer);
}

Test(csv_verify, refuses_another_length_of_the_certificates)
{
    csv_sign(KNOBS(.with_len = true));
    evidence.p[evidence.len - 4] ^= 1;
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_FORMAT, "%s", err.detail);
}

Test(csv_verify, refuses_ima_logs_and_revocation_lists)
{
    const struct ratls_bytes log = ratls_bytes_str("log");

    input.ima_log = log;
    cr_expect_eq(verify(), RATLS_E_EVENT_LOG);
    input.ima_log = ratls_bytes(NULL, 0);
    input.crls = &log;
    input.n_crls = 1;
    cr_expect_eq(verify(), RATLS_E_COLLATERAL_FORMAT);
}

/* ---- roots ---- */

Test(csv_verify, needs_a_root)
{
    input.n_roots = 0;
    cr_expect_eq(verify(), RATLS_E_NO_ANCHOR, "%s", err.detail);
}

Test(csv_verify, takes_no_other_root)
{
    struct rt_sim_csv_keys stranger;
    struct rt_sim_csv_chain theirs;

    MUST(rt_sim_csv_keys_open(ratls_env_system(), NULL, &stranger, NULL));
    MUST(rt_sim_csv_chain_make(&stranger, NULL, &theirs));
    struct ratls_root roots[] = {{.simulated = true, .cert = {theirs.hrk, sizeof theirs.hrk}},
                                 root};
    input.roots = roots;
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_ROOT, "%s", err.detail);
    input.n_roots = 2;
    cr_expect_eq(verify(), RATLS_OK, "%s", err.detail);
    /* the same name, another key */
    memcpy(theirs.hrk + 4, chain.hrk + 4, RT_HYGON_ID_LEN);
    input.n_roots = 1;
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_CHAIN, "%s", err.detail);
    cr_expect(strstr(err.detail, "HSK: it is not signed"), "%s", err.detail);
}

Test(csv_verify, knows_no_root_by_its_pin_alone_but_hygons)
{
    root.cert = ratls_bytes(NULL, 0);
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_ROOT, "%s", err.detail);
    memcpy(root.spki_sha256, rt_verifier_csv.pins[0], sizeof root.spki_sha256);
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_ROOT, "%s", err.detail);
    /* its name, and no signature of it */
    static const uint8_t hygon[] = {0x3a, 0xe8, 0x6a, 0x97, 0x01, 0x35, 0x5c, 0xce,
                                    0x33, 0x3a, 0x58, 0x9d, 0xe2, 0x15, 0x83, 0xd7};
    csv_make(KNOBS(.patch = {{true, false, RT_SIM_CSV_HSK, 20, {hygon, sizeof hygon}}}));
    root.cert = ratls_bytes(NULL, 0);
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_ROOT, "another pin: %s", err.detail);
    memcpy(root.spki_sha256, rt_verifier_csv.pins[0], sizeof root.spki_sha256);
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_CHAIN, "%s", err.detail);
}

/* ---- certificates beside the evidence ---- */

static void put_block(struct rt_writer *w, const void *p, size_t len)
{
    struct ratls_buffer pem;

    MUST(rt_pem_write(RT_HYGON_LABEL, ratls_bytes(p, len), &pem));
    rt_put_bytes(w, rt_bytes_of(&pem));
    ratls_buffer_free(&pem);
}

static void put_pair(struct rt_writer *w, const struct rt_sim_csv_chain *of)
{
    uint8_t pair[RT_HYGON_PAIR_LEN];

    memcpy(pair, of->hsk, sizeof of->hsk);
    memcpy(pair + sizeof of->hsk, of->cek, sizeof of->cek);
    put_block(w, pair, sizeof pair);
}

/* Those of other chips are passed over. */
Test(csv_verify, takes_hsk_and_cek_that_come_beside_it)
{
    struct rt_sim_csv_keys stranger;
    struct rt_sim_csv_chain theirs;
    struct rt_writer others = {0}, all = {0};

    MUST(rt_sim_csv_keys_open(ratls_env_system(), NULL, &stranger, NULL));
    MUST(rt_sim_csv_chain_make(&stranger, NULL, &theirs));
    rt_put_bytes(&others, ratls_bytes_str("-----BEGIN CERTIFICATE-----\nMAA=\n"
                                          "-----END CERTIFICATE-----\n"));
    put_pair(&others, &theirs);
    put_block(&others, theirs.hrk, sizeof theirs.hrk);
    rt_put_bytes(&all, rt_written(&others));
    put_pair(&all, &chain);
    csv_sign(KNOBS(.no_pair = true));
    input.certs = rt_written(&others);
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_CHAIN);
    cr_expect(strstr(err.detail, "no CEK that is there signed the PEK"), "%s", err.detail);
    input.certs = rt_written(&all);
    cr_expect_eq(verify(), RATLS_OK, "%s", err.detail);
    expect_platform();
    /* what the evidence itself brings comes first */
    input.certs = rt_written(&others);
    cr_expect_eq(verify_signed(NULL), RATLS_OK, "%s", err.detail);
    rt_writer_free(&others);
    rt_writer_free(&all);
}

/* T148: a root that comes along is nobody's. */
Test(csv_verify, trusts_no_root_that_comes_along)
{
    const struct ratls_root hygon = {.simulated = false};
    struct rt_writer w = {0};

    put_block(&w, chain.hrk, sizeof chain.hrk);
    put_pair(&w, &chain);
    csv_sign(KNOBS(.no_pair = true));
    input.certs = rt_written(&w);
    cr_expect_eq(verify(), RATLS_OK, "%s", err.detail);
    input.roots = &hygon;
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_ROOT, "%s", err.detail);
    rt_writer_free(&w);
}

Test(csv_verify, refuses_certificates_beside_it_that_cannot_be_read)
{
    static const char *const texts[] = {
        "-----BEGIN HYGON CERTIFICATE-----\n*\n-----END HYGON CERTIFICATE-----\n",
        "-----BEGIN HYGON CERTIFICATE-----\nMAA=\n",
    };
    struct rt_writer w = {0};

    csv_sign(KNOBS(.no_pair = true));
    for (size_t i = 0; i < RT_COUNT(texts); i++) {
        input.certs = ratls_bytes_str(texts[i]);
        cr_expect_eq(verify(), RATLS_E_EVIDENCE_CHAIN, "%zu: %s", i, err.detail);
    }
    chain.cek[8] ^= 1; /* its usage */
    put_pair(&w, &chain);
    input.certs = rt_written(&w);
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_FORMAT, "%s", err.detail);
    rt_writer_free(&w);
}

/* ---- the mask ---- */

static enum ratls_err judge(struct ratls_bytes due, const char *policy)
{
    const struct ratls_appraisal what = {.subject = rt_bytes_of(&evidence),
                                         .report_data = due,
                                         .now = input.now,
                                         .authenticity_only = policy == NULL};
    struct ratls_buffer pem;
    struct ratls_trust *t;
    struct ratls_verdict *v = NULL;

    MUST(rt_sim_csv_root(&chain, &pem));
    MUST(ratls_trust_new(ratls_env_system(), &t));
    MUST(ratls_trust_insecure_add_sim_roots(t, rt_bytes_of(&pem), &err));
    if (policy)
        MUST(ratls_trust_set_policy(t, ratls_bytes_str(policy), &err));
    const enum ratls_err e = ratls_appraise(t, &what, &v);
    ratls_verdict_unref(v);
    ratls_trust_unref(t);
    ratls_buffer_free(&pem);
    return e;
}

/* Whoever has a genuine report masks it anew: its signature stays good, and it says other things.
 * What finds him out are all 64 bytes of report data, and the measurement. */
Test(csv_verify, a_report_that_was_masked_anew_has_other_report_data_and_another_measurement)
{
    static const struct rt_sim_csv_knobs again = {.mask_again = {0xff, 0, 0, 0}};
    static const char policy[] = "{\"tees\":{\"csv\":{\"insecure_simulated\":true,"
                                 "\"measurements\":[\"" HEX32("4d") "\"]}}}";
    uint8_t wanted[RATLS_REPORT_DATA_LEN];
    const struct ratls_bytes due = ratls_bytes(state.report_data, sizeof state.report_data);

    csv_sign(NULL);
    cr_expect_eq(judge(due, NULL), RATLS_OK);
    cr_expect_eq(judge(due, policy), RATLS_OK);
    cr_expect_eq(verify_signed(&again), RATLS_OK, "nothing is wrong with it: %s", err.detail);
    cr_expect_str_eq(text("csv.serial_number"), "SIMULATED0051");
    cr_expect_eq(number("debug"), 1, "nodbg, bit 0, is another, too");
    cr_expect_eq(strncmp(text("measurement"), "b24d4d4db2", 10), 0, "%s", text("measurement"));
    cr_expect_eq(strncmp(text("report_data"), "ee111111ee", 10), 0, "%s", text("report_data"));
    cr_expect_str_eq(text("report_data") + 64, HEX8("ff000000"), "no zeros any more");
    cr_expect_eq(judge(due, NULL), RATLS_E_BINDING_MISMATCH);
    cr_expect_eq(judge(due, policy), RATLS_E_BINDING_MISMATCH);

    /* He has a report for what unmasks to the report data of his choice, but for their end. */
    memset(wanted, 0xab, 32);
    memset(wanted + 32, 0, 32);
    for (size_t i = 0; i < 32; i++)
        state.report_data[i] = wanted[i] ^ again.mask_again[i % 4];
    csv_sign(&again);
    cr_expect_eq(judge(ratls_bytes(wanted, sizeof wanted), NULL), RATLS_E_BINDING_MISMATCH);
    /* And where whoever asks fixes no zeros: the measurement is another. */
    for (size_t i = 32; i < sizeof wanted; i++)
        state.report_data[i] = again.mask_again[i % 4];
    csv_sign(&again);
    cr_expect_eq(judge(ratls_bytes(wanted, sizeof wanted), NULL), RATLS_OK, "what cannot be seen");
    cr_expect_neq(judge(ratls_bytes(wanted, sizeof wanted), policy), RATLS_OK);
}

/* ---- without proof ---- */

Test(csv_verify, describes_what_it_reads)
{
    csv_sign(NULL);
    ratls_claims_free(claims);
    claims = ratls_claims_new();
    MUST(rt_verifier_csv.describe(input.evidence, claims, &err));
    cr_expect_str_eq(text("tcb_status"), "not_evaluated");
    cr_expect_eq(number("simulated"), 1, "its HSK says so");
    expect_platform();
    csv_sign(KNOBS(.no_pair = true));
    ratls_claims_free(claims);
    claims = ratls_claims_new();
    MUST(rt_verifier_csv.describe(input.evidence, claims, &err));
    cr_expect_null(ratls_claims_get(claims, "platform_id"));
    csv_make_bad(
        &(const struct bad_csv){.knobs.patch = {{true, false, RT_SIM_CSV_HSK, 36, TAIL("\0")}}});
    cr_expect_eq(rt_verifier_csv.describe(input.evidence, claims, &err), RATLS_E_EVIDENCE_FORMAT);
}

Test(csv_verify, recognises_nothing_else)
{
    uint8_t *bytes = calloc(1, 8192);

    cr_assert(bytes);
    cr_expect_not(rt_verifier_csv.recognises(ratls_bytes(NULL, 0)));
    cr_expect_not(rt_verifier_csv.recognises(ratls_bytes(bytes, 2548)));
    cr_expect_not(rt_verifier_csv.recognises(ratls_bytes_str("ATTESTATION_EXT")));
    cr_expect(rt_verifier_csv.recognises(ratls_bytes("ATTESTATION_EXT", 16)));
    csv_sign(NULL);
    evidence.p[336 + 8] ^= 1;
    cr_expect_not(rt_verifier_csv.recognises(rt_bytes_of(&evidence)));
    free(bytes);
}
