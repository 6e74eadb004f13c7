/* Guests of Azure: every reject condition of the paravisor's report, and what ties it to hardware
 * and quote. */
#include "evidence_keys_support.h"

#include "azure.h"
#include "claims_support.h"
#include "registry.h"
#include "sim_azure.h"
#include "sim_ima.h"
#include "sim_tdx.h"
#include "snp_support.h"

static struct snp_guest guest;
static struct rt_rsa_key *ak;
static struct rt_sim_tpm tpm;
static struct rt_sim_hcl_knobs hcl_knobs;
static struct ratls_buffer var_data, ask, evidence;
static void (*spoil_hcl)(struct ratls_buffer *hcl);
static size_t hcl_len;  /* what is left of the report; 0: all */
static bool is_unbound; /* the hardware vouches for other data */
static uint8_t bound_tail;
static struct ratls_verify_input input;
static struct ratls_claims *claims;
static struct ratls_error err;

static const uint8_t report_data[RATLS_REPORT_DATA_LEN] = {0x11, 0x22, [63] = 0x33};

/* ---- one guest ---- */

static void make_data(struct ratls_bytes user_data)
{
    ratls_buffer_free(&var_data);
    MUST(rt_sim_hcl_data(rt_rsa_spki(ak), user_data, &var_data));
}

static void data_are(const char *json)
{
    ratls_buffer_free(&var_data);
    MUST(rt_dup(ratls_bytes_str(json), &var_data));
}

static void sign(struct ratls_buffer *message, struct ratls_buffer *signature)
{
    MUST(rt_sim_tpm_quote(&tpm, message));
    MUST(rt_rsa_sign_pkcs1(ratls_env_system(), ak, rt_bytes_of(message), signature));
}

static void make(void)
{
    struct ratls_buffer hcl, message, signature;

    MUST(rt_sim_hcl_report_data(rt_bytes_of(&var_data), guest.fields.report_data));
    guest.fields.report_data[0] ^= is_unbound;
    guest.fields.report_data[63] = bound_tail;
    snp_sign(&guest);
    MUST(rt_sim_hcl(RT_SIM_HCL_SNP, rt_bytes_of(&guest.report), rt_bytes_of(&var_data), &hcl_knobs,
                    &hcl));
    if (spoil_hcl)
        spoil_hcl(&hcl);
    sign(&message, &signature);
    const struct rt_sim_azure_parts parts = {.type = RT_SIM_HCL_SNP,
                                             .hcl_report =
                                                 ratls_bytes(hcl.p, hcl_len ? hcl_len : hcl.len),
                                             .hardware = rt_bytes_of(&guest.chain.der[RT_SIM_VEK]),
                                             .message = rt_bytes_of(&message),
                                             .signature = rt_bytes_of(&signature),
                                             .tpm = &tpm};
    ratls_buffer_free(&evidence);
    MUST(rt_sim_azure_json(&parts, &evidence));
    input.evidence = rt_bytes_of(&evidence);
    ratls_buffer_free(&hcl);
    ratls_buffer_free(&message);
    ratls_buffer_free(&signature);
}

static enum ratls_err verify_by(const struct ratls_verifier *v)
{
    ratls_claims_free(claims);
    claims = ratls_claims_new();
    err = (struct ratls_error){0};
    return rt_verifier_run(v, &input, claims, &err);
}

static enum ratls_err verify(void)
{
    return verify_by(&rt_verifier_az_snp_vtpm);
}

static enum ratls_err verify_made(void)
{
    make();
    return verify();
}

/* The evidence with `from` once replaced by `to`. */
static enum ratls_err verify_edited(const char *from, const char *to)
{
    char *all = strndup((const char *)evidence.p, evidence.len);
    char *at = strstr(all, from);
    struct rt_writer w = {0};

    cr_assert(at, "%s", from);
    rt_put(&w, all, (size_t)(at - all));
    rt_put(&w, to, strlen(to));
    rt_put(&w, at + strlen(from), strlen(at + strlen(from)));
    input.evidence = rt_written(&w);
    enum ratls_err e = verify();
    rt_writer_free(&w);
    free(all);
    return e;
}

static void setup(void)
{
    snp_open_keys();
    snp_make(&(const struct bad_snp){0}, &guest);
    guest.root.cert = rt_bytes_of(&guest.chain.der[RT_SIM_ARK]);
    MUST(rt_pem_write("CERTIFICATE", rt_bytes_of(&guest.chain.der[RT_SIM_ASK]), &ask));
    MUST(rt_rsa_generate(ratls_env_system(), 2048, &ak));
    rt_sim_tpm_usual(&tpm);
    tpm.extra_data = ratls_bytes(report_data, sizeof report_data);
    make_data(tpm.extra_data);
    input = (struct ratls_verify_input){.size = sizeof input,
                                        .roots = &guest.root,
                                        .n_roots = 1,
                                        .certs = rt_bytes_of(&ask),
                                        .now = snp_now()};
    make();
}

static void teardown(void)
{
    snp_free(&guest);
    snp_close_keys();
    rt_rsa_free(ak);
    ratls_buffer_free(&var_data);
    ratls_buffer_free(&ask);
    ratls_buffer_free(&evidence);
    ratls_claims_free(claims);
}

TestSuite(azure_verify, .init = setup, .fini = teardown, .timeout = 120);

/* ---- good ones ---- */

Test(azure_verify, has_the_claims_of_both_halves)
{
    const struct ratls_claim *keys;

    cr_assert_eq(verify(), RATLS_OK, "%s", err.detail);
    cr_expect_str_eq(claim_text(claims, "tee"), "az_snp_vtpm");
    cr_expect_eq(claim_number(claims, "simulated"), 1);
    cr_expect_eq(claim_number(claims, "snp.vmpl"), 0);
    cr_expect_eq(claim_number(claims, "az.hcl.version"), 1);
    cr_expect_eq(claim_number(claims, "az.hcl.report_type"), 2);
    cr_expect_eq(claim_number(claims, "az.hcl.secure_boot"), 1);
    cr_expect_str_eq(claim_text(claims, "az.hcl.vm_unique_id"),
                     "00000000-0000-0000-0000-000000000000");
    cr_expect_str_eq(claim_text(claims, "az.hcl.user_data"), claim_text(claims, "report_data"));
    cr_expect_str_eq(claim_text(claims, "measurement"), claim_text(claims, "snp.measurement"));
    cr_expect_eq(strncmp(claim_text(claims, "tpm.pcr03"), "7003", 4), 0);
    cr_expect_eq(strncmp(claim_text(claims, "report_data"), "1122", 4), 0);
    cr_expect_str_eq(claim_text(claims, "nonce"), claim_text(claims, "report_data"));
    keys = ratls_claims_get(claims, "evidence_keys");
    cr_assert_eq(keys->n_items, 4, "VCEK, ASK, ARK, and the TPM's");
    cr_expect_str_eq(keys->items[3], digest_of(rt_rsa_spki(ak)).hex);
}

Test(azure_verify, is_told_from_its_kin)
{
    cr_expect(rt_verifier_az_snp_vtpm.recognises(input.evidence));
    cr_expect_not(rt_verifier_az_tdx_vtpm.recognises(input.evidence));
    cr_expect_eq(verify_by(&rt_verifier_az_tdx_vtpm), RATLS_E_EVIDENCE_FORMAT);
}

Test(azure_verify, is_told_by_its_parts)
{
    static const char *const others[] = {"[\"vcek\"]", "[\"td_quote\"]", "{\"version\":2}",
                                         "{\"vcek\":1,\"td_quote\":1}"};

    for (size_t i = 0; i < RT_COUNT(others); i++) {
        const struct ratls_bytes other = ratls_bytes_str(others[i]);
        cr_expect_not(rt_verifier_az_snp_vtpm.recognises(other), "%s", others[i]);
        cr_expect_not(rt_verifier_az_tdx_vtpm.recognises(other), "%s", others[i]);
    }
}

Test(azure_verify, describes_what_nobody_vouches_for)
{
    is_unbound = true;
    make();
    claims = ratls_claims_new();
    MUST(rt_verifier_az_snp_vtpm.describe(input.evidence, claims, &err));
    cr_expect_str_eq(claim_text(claims, "tee"), "az_snp_vtpm");
    cr_expect_eq(claim_number(claims, "snp.vmpl"), 0);
    cr_expect_null(ratls_claims_get(claims, "evidence_keys"));
    cr_expect_eq(rt_verifier_az_tdx_vtpm.describe(input.evidence, claims, NULL),
                 RATLS_E_EVIDENCE_FORMAT);
    cr_expect_eq(rt_verifier_az_snp_vtpm.describe(ratls_bytes_str("{}"), claims, NULL),
                 RATLS_E_EVIDENCE_FORMAT);
}

/* ---- the hardware ---- */

Test(azure_verify, the_hardware_must_be_proven)
{
    const struct ratls_root *roots = input.roots;
    struct ratls_root other = {.simulated = true};

    input.roots = &other;
    cr_expect_neq(verify(), RATLS_OK, "no root");
    input.roots = (const struct ratls_root[]){
        other, {.cert = ratls_bytes("x", 1)}, {.cert = rt_bytes_of(&ask)}, roots[0]};
    input.n_roots = 4;
    cr_expect_eq(verify(), RATLS_OK, "beside roots of others: %s", err.detail);
    input.roots = roots;
    input.n_roots = 1;
    input.certs = ratls_bytes(NULL, 0);
    cr_expect_eq(verify(), RATLS_E_COLLATERAL_MISSING, "no ASK");
    cr_expect_null(ratls_claims_get(claims, "evidence_keys"));
}

Test(azure_verify, refuses_another_vmpl_than_0)
{
    for (uint32_t vmpl = 1; vmpl <= 3; vmpl++) {
        guest.fields.vmpl = vmpl;
        cr_expect_eq(verify_made(), RATLS_E_VMPL, "%u", (unsigned)vmpl);
    }
}

Test(azure_verify, refuses_data_that_the_hardware_does_not_vouch_for)
{
    is_unbound = true;
    cr_expect_eq(verify_made(), RATLS_E_EVIDENCE_MISMATCH);
    is_unbound = false;
    bound_tail = 1;
    cr_expect_eq(verify_made(), RATLS_E_EVIDENCE_MISMATCH, "not zeros behind the hash");
    bound_tail = 0;
    cr_expect_eq(verify_made(), RATLS_OK, "%s", err.detail);
}

/* ---- the HCL report ---- */

static void be_of_version_0(struct ratls_buffer *hcl)
{
    memset(hcl->p + 4, 0, 4);
}

/* Behind a head of 32 bytes 1184 for the hardware, five numbers, and the data. */
Test(azure_verify, refuses_an_hcl_report_that_is_cut)
{
    static const size_t lengths[] = {4, 7, 12, 31, 32, 1215, 1216, 1235, 1236, 1237};

    for (size_t i = 0; i < RT_COUNT(lengths); i++) {
        hcl_len = lengths[i];
        cr_expect_eq(verify_made(), RATLS_E_EVIDENCE_FORMAT, "%zu: %s", hcl_len, err.detail);
    }
}

Test(azure_verify, refuses_each_flaw_of_an_hcl_report)
{
    static const struct {
        struct rt_sim_hcl_knobs knobs;
        enum ratls_err due;
    } rows[] = {
        {{.magic = "HCLB"}, RATLS_E_EVIDENCE_FORMAT},
        {{.version = 3}, RATLS_E_EVIDENCE_VERSION},
        {{.request = 1}, RATLS_E_EVIDENCE_FORMAT},
        {{.type = RT_SIM_HCL_TDX}, RATLS_E_EVIDENCE_MISMATCH},
        {{.type = 3}, RATLS_E_EVIDENCE_FORMAT},
        {{.hash = 2}, RATLS_E_EVIDENCE_ALGORITHM},
        {{.var_size = 100000}, RATLS_E_EVIDENCE_FORMAT},
        {{.behind = {(const uint8_t *)"x", 1}}, RATLS_E_EVIDENCE_FORMAT},
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        hcl_knobs = rows[i].knobs;
        cr_expect_eq(verify_made(), rows[i].due, "row %zu: %s", i, err.detail);
    }
    hcl_knobs = (struct rt_sim_hcl_knobs){.version = 1};
    spoil_hcl = be_of_version_0;
    cr_expect_eq(verify_made(), RATLS_E_EVIDENCE_VERSION, "%s", err.detail);
    spoil_hcl = NULL;
    hcl_knobs = (struct rt_sim_hcl_knobs){.version = 2, .behind = {(const uint8_t *)"\0\0", 2}};
    cr_expect_eq(verify_made(), RATLS_OK, "%s", err.detail);
}

/* ---- its data ---- */

#define ID_63       "012345678901234567890123456789012345678901234567890123456789012"
#define N_E(n, e)   "\"n\":" n ",\"e\":" e
#define RSA         "{\"kid\":\"HCLAkPub\",\"kty\":\"RSA\","
#define KEY(kid, n) "{\"kid\":\"" kid "\",\"kty\":\"RSA\"," N_E("\"" n "\"", "\"AQAB\"") "}"

Test(azure_verify, refuses_data_without_exactly_one_key)
{
    static const struct {
        const char *json;
        enum ratls_err due;
    } rows[] = {
        {"{}", RATLS_E_EVIDENCE_FORMAT},
        {"[]", RATLS_E_EVIDENCE_FORMAT},
        {"{\"keys\":{}}", RATLS_E_EVIDENCE_FORMAT},
        {"{\"keys\":[" KEY("HCLEkPub", "q83v") "]}", RATLS_E_EVIDENCE_FORMAT},
        {"{\"keys\":[" KEY("HCLAkPub", "q83v") "," KEY("HCLAkPub", "q83v") "]}",
         RATLS_E_EVIDENCE_FORMAT},
        {"{\"keys\":{\"a\":" KEY("HCLAkPub", "q83v") "}}", RATLS_E_EVIDENCE_FORMAT},
        {"{\"keys\":[{\"kid\":1}]}", RATLS_E_EVIDENCE_FORMAT},
        {"{\"keys\":[{\"kid\":\"HCLAkPub\",\"kty\":\"EC\"," N_E("\"q83v\"", "\"AQAB\"") "}]}",
         RATLS_E_EVIDENCE_FORMAT},
        {"{\"keys\":[" RSA N_E("1", "\"AQAB\"") "}]}", RATLS_E_EVIDENCE_FORMAT},
        {"{\"keys\":[" RSA N_E("\"!83v\"", "\"AQAB\"") "}]}", RATLS_E_EVIDENCE_FORMAT},
        {"{\"keys\":[" RSA N_E("\"q83v\"", "1") "}]}", RATLS_E_EVIDENCE_FORMAT},
        {"{\"keys\":[" RSA N_E("\"q83v\"", "\"A\"") "}]}", RATLS_E_EVIDENCE_FORMAT},
        {"{\"keys\":[" KEY("HCLAkPub", "") "]}", RATLS_E_EVIDENCE_FORMAT},
        {"{\"keys\":[" KEY("HCLAkPub", "AKvN") "]}", RATLS_E_EVIDENCE_FORMAT},
        {"{\"keys\":[" KEY("HCLAkPub", "q83v") "]}", RATLS_E_EVIDENCE_ALGORITHM},
        {"{\"keys\":[" KEY("HCLAkPub", "q83v") "],\"user-data\":\"11\"}", RATLS_E_EVIDENCE_FORMAT},
        {"{\"keys\":[" KEY("HCLAkPub", "q83v") "],\"user-data\":11}", RATLS_E_EVIDENCE_FORMAT},
        {"{\"keys\":[" KEY("HCLAkPub", "q83v") "],\"user-data\":\"" ID_63 ID_63 "no\"}",
         RATLS_E_EVIDENCE_FORMAT},
        {"{\"keys\":[" KEY("HCLAkPub", "q83v") "],\"vm-configuration\":{\"secure-boot\":1}}",
         RATLS_E_EVIDENCE_FORMAT},
        {"{\"keys\":[" KEY("HCLAkPub", "q83v") "],\"vm-configuration\":{\"vmUniqueId\":1}}",
         RATLS_E_EVIDENCE_FORMAT},
        {"{\"keys\":[" KEY("HCLAkPub", "q83v") "],\"vm-configuration\":{\"vmUniqueId\":\"" ID_63
                                               "\"}}",
         RATLS_E_EVIDENCE_ALGORITHM},
        {"{\"keys\":[" KEY("HCLAkPub", "q83v") "],\"vm-configuration\":{\"vmUniqueId\":\"" ID_63
                                               "x\"}}",
         RATLS_E_EVIDENCE_FORMAT},
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        data_are(rows[i].json);
        cr_expect_eq(verify_made(), rows[i].due, "row %zu: %s", i, err.detail);
    }
}

Test(azure_verify, the_quote_is_signed_by_the_key_in_the_data)
{
    struct rt_rsa_key *own = ak;

    MUST(rt_rsa_generate(ratls_env_system(), 2048, &ak)); /* signs; the data name the other */
    cr_expect_eq(verify_made(), RATLS_E_EVIDENCE_SIGNATURE);
    rt_rsa_free(own);
}

Test(azure_verify, user_data_are_what_the_quote_is_over)
{
    static const uint8_t other[RATLS_REPORT_DATA_LEN] = {1};
    uint8_t digest[RT_SHA256_LEN];

    make_data(ratls_bytes(other, sizeof other));
    cr_expect_eq(verify_made(), RATLS_E_EVIDENCE_MISMATCH);
    cr_expect_eq(verify_edited("\"version\":2", "\"version\":1"), RATLS_OK, "of no account there");
    make_data(ratls_bytes(report_data, sizeof report_data));
    MUST(rt_sha256(ratls_bytes(report_data, sizeof report_data), digest));
    tpm.extra_data = ratls_bytes(digest, sizeof digest);
    cr_assert_eq(verify_made(), RATLS_OK, "%s", err.detail);
    cr_expect_eq(strncmp(claim_text(claims, "report_data"), "1122", 4), 0, "it is their hash");
    tpm.extra_data = ratls_bytes(other, 9);
    make_data(ratls_bytes(other, sizeof other));
    cr_assert_eq(verify_made(), RATLS_OK, "%s", err.detail);
    cr_expect_eq(strncmp(claim_text(claims, "report_data"), "00", 2), 0, "a nonce alone");
    cr_expect_str_eq(claim_text(claims, "nonce"), "010000000000000000");
    memcpy(memmem(var_data.p, var_data.len, "user-", 5), "used-", 5);
    tpm.extra_data = ratls_bytes(NULL, 0);
    cr_expect_eq(verify_made(), RATLS_E_EVIDENCE_MISMATCH, "neither is there");
}

Test(azure_verify, the_pcrs_are_those_of_the_quote)
{
    tpm.digest = ratls_bytes(report_data, RT_SHA256_LEN);
    cr_expect_eq(verify_made(), RATLS_E_EVIDENCE_MISMATCH);
}

Test(azure_verify, logs_are_judged_by_the_quote)
{
    struct ratls_buffer log = {0};

    MUST(rt_sim_ima_usual(10, RT_SIM_IMA_BINARY, &log, tpm.pcr[10]));
    input.ima_log = rt_bytes_of(&log);
    cr_expect_eq(verify_made(), RATLS_OK, "%s", err.detail);
    tpm.pcr[10][0] ^= 1;
    cr_expect_eq(verify_made(), RATLS_E_EVENT_LOG_MISMATCH);
    input.event_log = ratls_bytes("x", 1);
    cr_expect_eq(verify(), RATLS_E_EVENT_LOG);
    ratls_buffer_free(&log);
}

/* ---- the text ---- */

Test(azure_verify, refuses_other_versions_and_members)
{
    cr_expect_eq(verify_edited("\"version\":2", "\"version\":1"), RATLS_OK, "%s", err.detail);
    cr_expect_eq(verify_edited("\"version\":2", "\"version\":3"), RATLS_E_EVIDENCE_PROFILE);
    cr_expect_eq(verify_edited("\"version\":2", "\"version\":0"), RATLS_E_EVIDENCE_PROFILE);
    cr_expect_eq(verify_edited("\"version\":2", "\"x\":1"), RATLS_E_EVIDENCE_FORMAT);
    cr_expect_eq(verify_edited("\"version\":2,", ""), RATLS_E_EVIDENCE_FORMAT, "of version 0");
    cr_expect_eq(verify_edited("{\"version\":2", "{\"x\":1,\"version\":2"),
                 RATLS_E_EVIDENCE_FORMAT);
    cr_expect_eq(verify_edited("\"pcrs\":", "\"values\":"), RATLS_E_EVIDENCE_FORMAT);
    cr_expect_eq(verify_edited("\"hcl_report\":\"", "\"hcl_report\":\"="), RATLS_E_EVIDENCE_FORMAT);
    cr_expect(strstr(err.detail, "'hcl_report'"), "%s", err.detail);
}

/* Of two lengths that follow each other one is no multiple of three. */
Test(azure_verify, base64_has_its_padding)
{
    bool found = false;

    for (size_t i = 0; i < 2; i++) {
        hcl_knobs.behind = ratls_bytes("\0", i);
        make();
        found |= memmem(evidence.p, evidence.len, "=\"", 2) != NULL;
        if (memmem(evidence.p, evidence.len, "=\"", 2))
            cr_expect_eq(verify_edited("=\"", "\""), RATLS_E_EVIDENCE_FORMAT);
    }
    cr_expect(found);
}

/* ---- TDX, and version 0 ---- */

static void put_numbers(struct rt_writer *w, const struct ratls_buffer *b)
{
    char number[8];

    rt_put_u8(w, '[');
    for (size_t i = 0; i < b->len; i++) {
        (void)snprintf(number, sizeof number, "%s%u", i ? "," : "", (unsigned)b->p[i]);
        rt_put(w, number, strlen(number));
    }
    rt_put_u8(w, ']');
}

static void put_text(struct rt_writer *w, const char *text)
{
    rt_put(w, text, strlen(text));
}

struct old_parts {
    const char *report, *quote, *hardware;
    const struct ratls_buffer *hcl, *vouching; /* NULL: it stands in `hardware` */
};

static void make_old(const struct old_parts *p)
{
    struct ratls_buffer message, signature;
    struct rt_writer w = {0};

    sign(&message, &signature);
    put_text(&w, p->report);
    put_numbers(&w, p->hcl);
    put_text(&w, p->quote);
    put_numbers(&w, &message);
    put_text(&w, ",\"signature\":");
    put_numbers(&w, &signature);
    put_text(&w, ",\"pcrs\":[");
    for (size_t i = 0; i < RT_SIM_TPM_PCRS; i++) {
        put_text(&w, i ? "," : "");
        put_numbers(&w, &(const struct ratls_buffer){tpm.pcr[i], RT_SHA256_LEN});
    }
    put_text(&w, p->hardware);
    if (p->vouching)
        put_numbers(&w, p->vouching);
    put_text(&w, "}");
    ratls_buffer_free(&evidence);
    MUST(rt_writer_take(&w, &evidence));
    input.evidence = rt_bytes_of(&evidence);
    ratls_buffer_free(&message);
    ratls_buffer_free(&signature);
}

Test(azure_verify, reads_a_td_in_its_oldest_form)
{
    const struct ratls_env *env = ratls_env_system();
    struct ratls_root root = {.simulated = true};
    struct ratls_buffer quote, hcl;
    struct rt_sim_pki pki;
    struct rt_sim_td td;
    struct rt_x509 cert;

    MUST(rt_sim_pki_make(env, NULL, &pki, NULL));
    MUST(rt_x509_parse(rt_bytes_of(&pki.der[RT_SIM_ROOT]), &cert, NULL));
    MUST(rt_x509_spki_hash(&cert, root.spki_sha256));
    rt_sim_td_usual(&td);
    MUST(rt_sim_hcl_report_data(rt_bytes_of(&var_data), td.report_data));
    MUST(rt_sim_tdx_quote(env, &pki, &td, NULL, &quote));
    MUST(rt_sim_hcl(RT_SIM_HCL_TDX, ratls_bytes(NULL, 0), rt_bytes_of(&var_data), NULL, &hcl));
    make_old(&(const struct old_parts){
        "{\"hcl_report\":", ",\"tpm_quote\":{\"message\":", "]},\"td_quote\":", &hcl, &quote});
    input.roots = &root;
    cr_expect(rt_verifier_az_tdx_vtpm.recognises(input.evidence));
    cr_expect_eq(verify_by(&rt_verifier_az_tdx_vtpm), RATLS_OK, "%s", err.detail);
    cr_expect_str_eq(claim_text(claims, "tee"), "az_tdx_vtpm");
    cr_expect_str_eq(claim_text(claims, "measurement"), claim_text(claims, "tdx.mr_td"));
    cr_expect_eq(strncmp(claim_text(claims, "report_data"), "1122", 4), 0);
    cr_expect_eq(claim_number(claims, "az.hcl.report_type"), 4);
    ratls_buffer_free(&quote);
    td.report_data[0] ^= 1;
    MUST(rt_sim_tdx_quote(env, &pki, &td, NULL, &quote));
    make_old(&(const struct old_parts){
        "{\"hcl_report\":", ",\"tpm_quote\":{\"message\":", "]},\"td_quote\":", &hcl, &quote});
    cr_expect_eq(verify_by(&rt_verifier_az_tdx_vtpm), RATLS_E_EVIDENCE_MISMATCH);
    ratls_buffer_free(&quote);
    ratls_buffer_free(&hcl);
    rt_sim_pki_free(&pki);
}

#define ZEROS_10 ",0,0,0,0,0,0,0,0,0,0"
#define A_10     "AAAAAAAAAA"

/* Of the bytes of version 0, each a number, and nothing but. */
static void expect_old_forms(void)
{
    static const struct {
        const char *from, *to;
    } rows[] = {
        {"{\"report\":[72,", "{\"report\":[328,"}, /* modulo 256 the same */
        {"{\"report\":[72,", "{\"report\":[\"72\","},
        {"\"pcrs\":[[112" ZEROS_10 ZEROS_10 ZEROS_10 ",0]",
         "\"pcrs\":[\"c" A_10 A_10 A_10 A_10 "AA=\""},
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++)
        cr_expect_eq(verify_edited(rows[i].from, rows[i].to), RATLS_E_EVIDENCE_FORMAT, "row %zu",
                     i);
}

Test(azure_verify, reads_a_guest_of_snp_in_its_oldest_form)
{
    char vcek[8192] = "]},\"vcek\":\"";
    struct ratls_buffer pem, hcl;

    make();
    MUST(rt_pem_write("CERTIFICATE", rt_bytes_of(&guest.chain.der[RT_SIM_VEK]), &pem));
    for (size_t i = 0; i < pem.len; i++)
        (void)snprintf(vcek + strlen(vcek), sizeof vcek - strlen(vcek),
                       pem.p[i] == '\n' ? "\\n" : "%c", pem.p[i]);
    (void)snprintf(vcek + strlen(vcek), sizeof vcek - strlen(vcek), "\"");
    MUST(
        rt_sim_hcl(RT_SIM_HCL_SNP, rt_bytes_of(&guest.report), rt_bytes_of(&var_data), NULL, &hcl));
    make_old(
        &(const struct old_parts){"{\"report\":", ",\"quote\":{\"message\":", vcek, &hcl, NULL});
    cr_expect(rt_verifier_az_snp_vtpm.recognises(input.evidence));
    cr_expect_eq(verify(), RATLS_OK, "%s", err.detail);
    expect_old_forms();
    make_old(&(const struct old_parts){"{\"report\":", ",\"quote\":{\"message\":", "]},\"vcek\":1",
                                       &hcl, NULL});
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_FORMAT, "%s", err.detail);
    cr_expect(strstr(err.detail, "'vcek'"), "%s", err.detail);
    ratls_buffer_free(&pem);
    ratls_buffer_free(&hcl);
}
