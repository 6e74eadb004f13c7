/* Anchors that stand in trust documents: what is taken, for whom, and when it counts. */
#include <stdlib.h>

#define RUNS 2000
#include "alloc_support.h"
#include "anchors_impl.h"
#include "anchors_support.h"
#include "mint_crl.h"

#define MUST(call) cr_assert_eq((call), RATLS_OK, "%s", #call)

#define NOW INT64_C(1750000000)

#define PIN1 "1111111111111111111111111111111111111111111111111111111111111111"
/* Of the CPAK in confidential-containers/trustee, cpak-pub.json. */
#define PUBLISHED "0928f896cb02326566530a62a1e36329a12d0a4a308f4fc81e8ff5560bca6bca"

#define CA(name_, issuer_, organization_)                                                          \
    {                                                                                              \
        .name = name_, .issuer = issuer_, .organization = organization_                            \
    }
#define PIN(hex)      "{\"type\":\"pin\",\"spki_sha256\":\"" hex "\"}"
#define KEYS(entries) "{\"type\":\"device_keys\",\"keys\":[" entries "]}"

static struct rt_anchors a;
static struct rt_anchors_at at;
static struct ratls_error err;

static const uint8_t pins[2][32] = {{1}, {2}};
static const struct ratls_verifier tdx = {.name = "tdx", .pins = pins, .n_pins = 2},
                                   snp = {.name = "snp", .pins = pins, .n_pins = 1},
                                   cca = {.name = "cca"};

static void teardown(void)
{
    rt_anchors_at_free(&at);
    rt_anchors_free(&a);
}

TestSuite(anchors_item, .fini = teardown);

static enum ratls_err add(const struct stored *s, const char *body)
{
    err = (struct ratls_error){0};
    return add_stored(&a, s, body, &err);
}

static void must_add(const struct stored *s, const char *body)
{
    cr_assert_eq(add(s, body), RATLS_OK, "%s", err.detail);
}

static void look(const struct ratls_verifier *v, int64_t now)
{
    rt_anchors_at_free(&at);
    MUST(rt_anchors_at(&a, v, now, &at));
}

static bool is_empty(void)
{
    return a.n_dated == 0 && a.n_keys == 0 && a.given.n == 0 && a.sim.n == 0 && !a.simulated &&
           a.n_published == 0;
}

/* ---- bodies ---- */

static const struct {
    const char *tee, *name, *body;
    enum ratls_err e;
    const char *why;
} bad[] = {
    {NULL, NULL, "{}", RATLS_E_TRUST_FORMAT, "'type' must be"},
    {NULL, NULL, "[]", RATLS_E_TRUST_FORMAT, "'type' must be"},
    {NULL, NULL, "{\"type\":7}", RATLS_E_TRUST_FORMAT, "'type' must be"},
    {NULL, NULL, "{\"type\":\"root\",\"pem\":\"\"}", RATLS_E_TRUST_FORMAT, "'type' must be"},
    {"", NULL, PIN(PIN1), RATLS_E_TRUST_FORMAT, "'tee' must be"},
    {"abcdefghijklmnopqrstuvwxyz0123456", NULL, PIN(PIN1), RATLS_E_TRUST_FORMAT, "'tee' must be"},
    {NULL, NULL, "{\"type\":\"pin\"}", RATLS_E_TRUST_FORMAT, "'spki_sha256' is missing"},
    {NULL, NULL, "{\"type\":\"pin\",\"spki_sha256\":1}", RATLS_E_TRUST_FORMAT, "must be a text"},
    {NULL, NULL, PIN("11"), RATLS_E_TRUST_FORMAT, "'spki_sha256' must be 64 hex"},
    {NULL, NULL, PIN(PIN1 "11"), RATLS_E_TRUST_FORMAT, "'spki_sha256' must be 64 hex"},
    {NULL, NULL, PIN("x" PIN1), RATLS_E_TRUST_FORMAT, "'spki_sha256' must be 64 hex"},
    {NULL, NULL, "{\"type\":\"pin\",\"spki_sha256\":\"" PIN1 "\",\"pem\":\"\"}",
     RATLS_E_TRUST_FORMAT, "'pem' is not a member"},
    {NULL, NULL, "{\"type\":\"certificates\",\"pem\":\"\"}", RATLS_E_TRUST_FORMAT,
     "no certificate"},
    {NULL, NULL, "{\"type\":\"certificates\",\"pem\":[]}", RATLS_E_TRUST_FORMAT, "'pem' must be"},
    {NULL, NULL, "{\"type\":\"certificates\",\"keys\":[]}", RATLS_E_TRUST_FORMAT,
     "'keys' is not a member"},
    {NULL, NULL, "{\"type\":\"certificates\",\"pem\":\"x\",\"comment\":\"\"}", RATLS_E_TRUST_FORMAT,
     "'comment' is not a member"},
    {"cca", NULL, KEYS(""), RATLS_E_TRUST_FORMAT, "no list of platforms"},
    {"cca", NULL, "{\"type\":\"device_keys\",\"keys\":\"\"}", RATLS_E_TRUST_FORMAT,
     "'keys' must be a list"},
    {"cca", NULL, KEYS("7"), RATLS_E_TRUST_FORMAT, "no implementation-id"},
    {"cca", NULL,
     KEYS("{\"pkey\":" P256 ",\"implementation-id\":\"" IMPL "\",\"instance-id\":\"" INST
          "\",\"x\":1}"),
     RATLS_E_TRUST_FORMAT, "'x' is not a member"},
    {"cca", NULL, KEYS(ENTRY(P256, IMPL, INST) "," ENTRY(P384, IMPL, INST)), RATLS_E_TRUST_FORMAT,
     "a key already"},
    {NULL, NULL, KEYS(ENTRY(P256, IMPL, INST)), RATLS_E_TRUST_FORMAT, "of the TEE cca alone"},
    /* T32, T163 */
    {"cca", NULL, KEYS(ENTRY(P256, SIM_IMPL, INST)), RATLS_E_SIMULATED_ANCHOR, "simulated"},
    {"cca", "insecure_x", KEYS(ENTRY(P256, SIM_IMPL, INST)), RATLS_E_SIMULATED_ANCHOR, "simulated"},
    {"cca", "sim", "{\"type\":\"insecure_sim_root\",\"keys\":[" ENTRY(P256, SIM_IMPL, INST) "]}",
     RATLS_E_SIMULATED_ANCHOR, "must begin with insecure_"},
    {"cca", "xinsecure_", "{\"type\":\"insecure_sim_root\",\"keys\":[]}", RATLS_E_SIMULATED_ANCHOR,
     "must begin with insecure_"},
    {"cca", "insecure_x", "{\"type\":\"insecure_sim_root\",\"keys\":[" ENTRY(P256, IMPL, INST) "]}",
     RATLS_E_TRUST_FORMAT, "not the key of a simulated"},
    {NULL, "insecure_x", "{\"type\":\"insecure_sim_root\"}", RATLS_E_TRUST_FORMAT,
     "'pem' is missing"},
    {NULL, "insecure_x", "{\"type\":\"insecure_sim_root\",\"pem\":\"\",\"keys\":[]}",
     RATLS_E_TRUST_FORMAT, "is not a member"},
    {NULL, NULL, "{\"type\":\"device_keys\",\"pem\":\"\"}", RATLS_E_TRUST_FORMAT,
     "of the TEEs tpm and ascend_npu alone"},
    {"az_snp_vtpm", NULL, "{\"type\":\"device_keys\",\"pem\":\"\"}", RATLS_E_TRUST_FORMAT,
     "of the TEEs tpm and ascend_npu alone"},
    {"tpm", NULL, "{\"type\":\"device_keys\",\"pem\":\"\"}", RATLS_E_TRUST_FORMAT,
     "holds no PUBLIC KEY"},
    {"tpm", NULL, "{\"type\":\"device_keys\",\"pem\":\"-----BEGIN PUBLIC KEY-----\\nMAA=\"}",
     RATLS_E_TRUST_FORMAT, "malformed PEM"},
    {"tpm", NULL,
     "{\"type\":\"device_keys\",\"pem\":\"-----BEGIN PUBLIC KEY-----\\nMAA=\\n"
     "-----END PUBLIC KEY-----\"}",
     RATLS_E_TRUST_FORMAT, "key"},
    {"tpm", NULL, KEYS(ENTRY(P256, IMPL, INST)), RATLS_E_TRUST_FORMAT, "of the TEE cca alone"},
    {"snp", NULL, "{\"type\":\"crl\",\"pem\":\"\"}", RATLS_E_TRUST_FORMAT, "must hold CRLs"},
    {"snp", NULL, "{\"type\":\"crl\",\"pem\":\"3000\"}", RATLS_E_TRUST_FORMAT, "must hold CRLs"},
    {"snp", NULL, "{\"type\":\"crl\",\"pem\":\"-----BEGIN X509 CRL-----\\nMAA=\"}",
     RATLS_E_TRUST_FORMAT, "malformed PEM"},
    {"snp", NULL,
     "{\"type\":\"crl\",\"pem\":\"-----BEGIN X509 CRL-----\\nMAA=\\n-----END X509 CRL-----\"}",
     RATLS_E_TRUST_FORMAT, "CRL"},
};

Test(anchors_item, refuses_bodies_that_are_malformed_or_out_of_place)
{
    for (size_t i = 0; i < RT_COUNT(bad); i++) {
        enum ratls_err e =
            add(&(struct stored){.tee = bad[i].tee, .name = bad[i].name}, bad[i].body);
        cr_expect_eq(e, bad[i].e, "row %zu: %s, %s", i, ratls_err_reason(e), err.detail);
        cr_expect(strstr(err.detail, bad[i].why), "row %zu: %s", i, err.detail);
        cr_expect(is_empty(), "row %zu", i);
    }
}

/* A draft is read like any other: its day may come. */
Test(anchors_item, refuses_a_malformed_draft_as_well)
{
    cr_expect_eq(add(&(struct stored){.draft = true}, PIN("11")), RATLS_E_TRUST_FORMAT);
    cr_expect_eq(add(&(struct stored){.draft = true}, PIN(PIN1)), RATLS_OK);
    cr_expect(is_empty());
}

Test(anchors_item, says_which_item_is_refused)
{
    cr_expect_eq(add(&(struct stored){.tee = "snp", .name = "amd"}, "{}"), RATLS_E_TRUST_FORMAT);
    cr_expect(strstr(err.detail, "anchor snp/amd: "), "%s", err.detail);
}

/* ---- pins and certificates ---- */

Test(anchors_item, a_pin_counts_beside_those_built_in_and_for_its_tee_alone)
{
    must_add(&(struct stored){0}, PIN(PIN1));
    look(&tdx, NOW);
    cr_assert_eq(at.n_roots, 3);
    cr_expect_arr_eq(at.roots[0].spki_sha256, pins[0], 32);
    cr_expect_eq(at.roots[2].spki_sha256[0], 0x11);
    cr_expect_eq(at.roots[2].spki_sha256[31], 0x11);
    cr_expect(!at.roots[2].simulated && at.roots[2].cert.len == 0);
    look(&snp, NOW);
    cr_expect_eq(at.n_roots, 1);
    cr_expect_not(a.simulated);
}

static void add_cert(const struct stored *s, const char *type, const struct ca_plan *plan,
                     enum ratls_err due, const char *why)
{
    struct ratls_buffer der = make_ca(plan);
    char *body = body_of_der(type, "CERTIFICATE", rt_bytes_of(&der));

    cr_expect_eq(add(s, body), due, "%s", err.detail);
    cr_expect(strstr(err.detail, why), "%s", err.detail);
    free(body);
    ratls_buffer_free(&der);
}

Test(anchors_item, roots_count_beside_the_pins_and_roots_of_files_still_replace_them)
{
    const struct ca_plan root = {.name = "root", .issuer = "root", .organization = "ACME"};
    struct rt_x509 cert;

    add_cert(&(struct stored){0}, "certificates", &root, RATLS_OK, "");
    look(&tdx, NOW);
    cr_assert_eq(at.n_roots, 3);
    MUST(rt_x509_parse(at.roots[2].cert, &cert, NULL));
    cr_expect_not(at.roots[2].simulated);
    struct ratls_buffer der = make_ca(&root);
    MUST(rt_anchors_add(&a, rt_bytes_of(&der), false, NULL));
    ratls_buffer_free(&der);
    look(&tdx, NOW);
    cr_expect_eq(at.n_roots, 2, "that of the file, and the stored one");
    look(&snp, NOW);
    cr_expect_eq(at.n_roots, 1, "that of the file");
}

Test(anchors_item, an_intermediate_completes_chains_of_its_tee_in_its_time)
{
    const struct ca_plan ca = {.name = "sub", .issuer = "root", .other_key = true};
    const struct stored of_snp = {.tee = "snp", .not_before = NOW, .not_after = NOW + 9};
    struct ratls_buffer der = make_ca(&ca);

    MUST(rt_anchors_add(&a, rt_bytes_of(&der), false, NULL));
    look(&snp, NOW);
    const size_t alone = at.intermediates.len;
    cr_expect_gt(alone, 0);
    add_cert(&of_snp, "certificates", &ca, RATLS_OK, "");
    look(&snp, NOW);
    cr_expect_gt(at.intermediates.len, alone, "both");
    cr_expect_eq(at.n_roots, 0, "trusted for nothing");
    look(&snp, NOW + 10);
    cr_expect_eq(at.intermediates.len, alone);
    look(&tdx, NOW);
    cr_expect_eq(at.intermediates.len, alone);
    ratls_buffer_free(&der);
}

static const struct {
    const char *name, *type;
    struct ca_plan plan;
    enum ratls_err e;
    const char *why;
} certs[] = {
    {"x", "certificates", {"r", "r", "ACME", .other_key = true}, RATLS_E_TRUST_FORMAT, "signed by"},
    {"x", "certificates", {"s", "r", "ACME", .not_ca = true}, RATLS_E_TRUST_FORMAT, "no CA"},
    /* T32, T163 */
    {"x", "certificates", CA("r", "r", RT_SIM_ORGANIZATION), RATLS_E_SIMULATED_ANCHOR, "simulated"},
    {"insecure_x", "certificates", CA("r", "r", RT_SIM_ORGANIZATION), RATLS_E_SIMULATED_ANCHOR, ""},
    {"x", "insecure_sim_root", CA("r", "r", RT_SIM_ORGANIZATION), RATLS_E_SIMULATED_ANCHOR,
     "begin"},
    {"insecure_x", "insecure_sim_root", CA("r", "r", "ACME"), RATLS_E_TRUST_FORMAT, "not the root"},
    {"insecure_x", "insecure_sim_root", CA("r", "r", RT_SIM_ORGANIZATION), RATLS_OK, ""},
};

Test(anchors_item, simulated_roots_come_under_their_own_name_alone)
{
    for (size_t i = 0; i < RT_COUNT(certs); i++) {
        add_cert(&(struct stored){.name = certs[i].name}, certs[i].type, &certs[i].plan, certs[i].e,
                 certs[i].why);
        cr_expect_eq(is_empty(), certs[i].e != RATLS_OK, "row %zu", i);
    }
    cr_expect(a.simulated);
    look(&tdx, NOW);
    cr_assert_eq(at.n_roots, 3);
    cr_expect(at.roots[2].simulated);
}

/* T145 */
Test(anchors_item, published_keys_count_as_simulated)
{
    must_add(&(struct stored){0}, PIN(PUBLISHED));
    look(&tdx, NOW);
    cr_assert_eq(at.n_roots, 3);
    cr_expect(at.roots[2].simulated);
}

/* ---- attestation keys ---- */

static const struct ratls_verifier tpm = {.name = "tpm"}, npu = {.name = "ascend_npu"};

/* The body of an item with a new key; free() it. */
static char *body_of_key(const char *type, uint8_t spki_sha256[32])
{
    struct rt_key *key = NULL;

    MUST(rt_key_generate(ratls_env_system(), RT_P256, &key));
    MUST(rt_sha256(rt_key_spki(key), spki_sha256));
    char *body = body_of_der(type, "PUBLIC KEY", rt_key_spki(key));
    rt_key_free(key);
    return body;
}

Test(anchors_item, an_attestation_key_is_a_pin_of_its_tee_in_its_time)
{
    uint8_t spki[32];
    char *body = body_of_key("device_keys", spki);

    must_add(&(struct stored){.tee = "tpm", .not_after = NOW}, body);
    look(&tpm, NOW);
    cr_assert_eq(at.n_roots, 1);
    cr_expect_arr_eq(at.roots[0].spki_sha256, spki, sizeof spki);
    cr_expect(at.roots[0].cert.len == 0 && !at.roots[0].simulated);
    cr_expect_eq(at.n_keys, 0);
    look(&tpm, NOW + 1);
    cr_expect_eq(at.n_roots, 0);
    look(&npu, NOW);
    cr_expect_eq(at.n_roots, 0, "that of another TEE");
    must_add(&(struct stored){.tee = "ascend_npu"}, body);
    look(&npu, NOW);
    cr_expect_eq(at.n_roots, 1);
    free(body);
}

Test(anchors_item, keys_of_simulated_tpms_come_under_their_own_name_alone)
{
    uint8_t spki[32];
    char *body = body_of_key("insecure_sim_root", spki);

    cr_expect_eq(add(&(struct stored){.tee = "tpm"}, body), RATLS_E_SIMULATED_ANCHOR);
    cr_expect_eq(add(&(struct stored){.tee = "snp", .name = "insecure_x"}, body),
                 RATLS_E_TRUST_FORMAT);
    must_add(&(struct stored){.tee = "tpm", .name = "insecure_x"}, body);
    look(&tpm, NOW);
    cr_assert_eq(at.n_roots, 1);
    cr_expect(at.roots[0].simulated && a.simulated);
    free(body);
}

Test(anchors_item, keys_and_certificates_are_two_items)
{
    struct ratls_buffer der = make_ca(&(struct ca_plan)CA("r", "r", "ACME"));
    struct ratls_buffer key = {0}, cert = {0};
    struct rt_x509 ca;
    struct rt_writer w = {0};

    MUST(rt_x509_parse(rt_bytes_of(&der), &ca, NULL));
    MUST(rt_pem_write("PUBLIC KEY", ca.spki, &key));
    MUST(rt_pem_write("CERTIFICATE", ca.der, &cert));
    rt_put_bytes(&w, rt_bytes_of(&key));
    rt_put_bytes(&w, rt_bytes_of(&cert));
    rt_put_u8(&w, 0);
    cJSON *json = cJSON_CreateObject();
    cr_assert(cJSON_AddStringToObject(json, "type", "device_keys"));
    cr_assert(cJSON_AddStringToObject(json, "pem", (const char *)rt_written(&w).p));
    char *body = cJSON_PrintUnformatted(json);
    cr_expect_eq(add(&(struct stored){.tee = "tpm"}, body), RATLS_E_TRUST_FORMAT);
    cr_expect(strstr(err.detail, "keys and certificates"), "%s", err.detail);
    cr_expect(is_empty());
    free(body);
    cJSON_Delete(json);
    rt_writer_free(&w);
    ratls_buffer_free(&key);
    ratls_buffer_free(&cert);
    ratls_buffer_free(&der);
}

/* ---- dates ---- */

static const struct {
    int64_t from, until, now;
    bool counts;
} dates[] = {
    {0, 0, NOW, true},
    {0, 0, 0, true},
    {NOW, 0, NOW - 1, false},
    {NOW, 0, NOW, true},
    {0, NOW, NOW, true},
    {0, NOW, NOW + 1, false},
    {NOW, NOW, NOW, true},
    {NOW, NOW, NOW + 1, false},
    {NOW + 1, NOW + 2, RT_ANY_TIME, true},
    {0, NOW, INT64_MAX, false},
};

Test(anchors_item, counts_within_its_dates_alone)
{
    for (size_t i = 0; i < RT_COUNT(dates); i++) {
        const struct stored s = {
            .tee = "cca", .not_before = dates[i].from, .not_after = dates[i].until};
        teardown();
        must_add(&s, PIN(PIN1));
        must_add(&s, KEYS(ENTRY(P256, IMPL, INST)));
        look(&cca, dates[i].now);
        cr_expect_eq(at.n_roots, dates[i].counts, "row %zu: pin", i);
        cr_expect_eq(at.n_keys, dates[i].counts, "row %zu: key", i);
    }
}

Test(anchors_item, counts_only_while_it_is_active)
{
    must_add(&(struct stored){.tee = "cca", .draft = true}, PIN(PIN1));
    must_add(&(struct stored){.tee = "cca", .draft = true}, KEYS(ENTRY(P256, IMPL, INST)));
    look(&cca, NOW);
    cr_expect_eq(at.n_roots, 0);
    cr_expect_eq(at.n_keys, 0);
    cr_expect(is_empty());
}

/* ---- keys of platforms ---- */

Test(anchors_item, keys_come_and_go_by_themselves)
{
    must_add(&(struct stored){.tee = "cca", .not_after = NOW}, KEYS(ENTRY(P256, IMPL, INST)));
    must_add(&(struct stored){.tee = "cca", .not_before = NOW}, KEYS(ENTRY(P384, IMPL, INST2)));
    look(&cca, NOW);
    cr_assert_eq(at.n_keys, 2);
    cr_expect_null(at.some, "as they are");
    look(&cca, NOW + 1);
    cr_assert_eq(at.n_keys, 1);
    cr_expect_eq(at.keys[0].id.p[RT_CCA_DEVICE_ID_LEN - 1], 0x33);
    look(&cca, NOW - 1);
    cr_assert_eq(at.n_keys, 1);
    cr_expect_eq(at.keys[0].id.p[RT_CCA_DEVICE_ID_LEN - 1], 0x22);
    look(&tdx, NOW);
    cr_expect_eq(at.n_keys, 0);
}

Test(anchors_item, two_items_may_name_one_platform)
{
    must_add(&(struct stored){.tee = "cca"}, KEYS(ENTRY(P256, IMPL, INST)));
    must_add(&(struct stored){.tee = "cca"}, KEYS(ENTRY(P384, IMPL, INST)));
    look(&cca, NOW);
    cr_expect_eq(at.n_keys, 2);
}

Test(anchors_item, keys_of_a_simulated_platform_are_that)
{
    must_add(&(struct stored){.tee = "cca", .name = "insecure_sim"},
             "{\"type\":\"insecure_sim_root\",\"keys\":[" ENTRY(P256, SIM_IMPL, INST) "]}");
    look(&cca, NOW);
    cr_assert_eq(at.n_keys, 1);
    cr_expect(at.keys[0].simulated);
    cr_expect(a.simulated);
}

/* ---- revocation lists ---- */

static char *crl_body(void)
{
    static const uint8_t name[] = {0x30, 0x0c, 0x31, 0x0a, 0x30, 0x08, 0x06,
                                   0x03, 0x55, 0x04, 0x03, 0x0c, 0x01, 'x'};
    struct rt_key *key = NULL;
    struct ratls_buffer der = {0};

    MUST(rt_key_generate(ratls_env_system(), RT_P256, &key));
    MUST(rt_mint_crl(ratls_env_system(),
                     &(struct rt_mint_crl){.issuer_key = key,
                                           .issuer_name = ratls_bytes(name, sizeof name),
                                           .this_update = NOW,
                                           .next_update = NOW + 9,
                                           .number = 1},
                     &der, &err));
    char *body = body_of_der("crl", "X509 CRL", rt_bytes_of(&der));
    ratls_buffer_free(&der);
    rt_key_free(key);
    return body;
}

Test(anchors_item, lists_are_for_the_verifiers_that_read_them)
{
    static const struct {
        const char *tee;
        enum ratls_err e;
        const char *why;
    } rows[] = {
        {"snp", RATLS_OK, ""},
        {"virtcca", RATLS_OK, ""},
        {"tdx", RATLS_E_TRUST_FORMAT, "CRLs of Intel are part of the collateral"},
        {"sgx", RATLS_E_TRUST_FORMAT, "CRLs of Intel are part of the collateral"},
        {"cca", RATLS_E_TRUST_FORMAT, "no CRL revokes a key of CCA"},
        {"tpm", RATLS_OK, ""},
        {"ascend_npu", RATLS_OK, ""},
    };
    char *body = crl_body();

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        cr_expect_eq(add(&(struct stored){.tee = rows[i].tee, .not_after = NOW}, body), rows[i].e);
        cr_expect(strstr(err.detail, rows[i].why), "%s: %s", rows[i].tee, err.detail);
        look(&(struct ratls_verifier){.name = rows[i].tee}, NOW);
        cr_expect_eq(at.n_crls, rows[i].e == RATLS_OK, "%s", rows[i].tee);
        cr_expect_eq(at.n_roots, 0);
        look(&(struct ratls_verifier){.name = rows[i].tee}, NOW + 1);
        cr_expect_eq(at.n_crls, 0, "%s", rows[i].tee);
    }
    free(body);
}

Test(anchors_item, holds_a_bounded_number_of_lists)
{
    char *body = crl_body();

    for (int i = 0; i < RT_MAX_TRUST_CRLS; i++)
        must_add(&(struct stored){.tee = "snp"}, body);
    cr_expect_eq(add(&(struct stored){.tee = "snp"}, body), RATLS_E_LIMIT);
    must_add(&(struct stored){.tee = "virtcca"}, body);
    look(&snp, NOW);
    cr_expect_eq(at.n_crls, RT_MAX_TRUST_CRLS);
    free(body);
}

/* ---- all of an item, all of a document ---- */

Test(anchors_item, takes_all_of_an_item_or_nothing)
{
    struct ratls_buffer good = make_ca(&(struct ca_plan)CA("r", "r", "ACME"));
    struct ratls_buffer bad_one = make_ca(&(struct ca_plan){"s", "r", "ACME", .not_ca = true});
    char *first = body_of_der("certificates", "CERTIFICATE", rt_bytes_of(&good));
    char *second = body_of_der("certificates", "CERTIFICATE", rt_bytes_of(&bad_one));
    char both[4096];
    char *pem = strstr(second, "-----BEGIN");

    (void)snprintf(both, sizeof both, "%.*s%s", (int)(strlen(first) - 2), first, pem);
    cr_expect_eq(add(&(struct stored){0}, both), RATLS_E_TRUST_FORMAT, "%s", err.detail);
    cr_expect(strstr(err.detail, "no CA"), "%s", err.detail);
    cr_expect(is_empty());
    free(first);
    free(second);
    ratls_buffer_free(&good);
    ratls_buffer_free(&bad_one);
}

Test(anchors_item, what_came_later_can_be_taken_back)
{
    char *crl = crl_body();
    const struct stored of_cca = {.tee = "cca", .not_after = NOW};

    must_add(&(struct stored){0}, PIN(PIN1));
    must_add(&(struct stored){.tee = "cca"}, KEYS(ENTRY(P256, IMPL, INST)));
    const struct rt_anchors_mark mark = rt_anchors_mark(&a);
    must_add(&(struct stored){.tee = "snp"}, crl);
    must_add(&(struct stored){0}, PIN(PUBLISHED));
    must_add(&of_cca, KEYS(ENTRY(P384, IMPL, INST2)));
    must_add(&(struct stored){.tee = "cca", .name = "insecure_"},
             "{\"type\":\"insecure_sim_root\",\"keys\":[" ENTRY(P256, SIM_IMPL, INST) "]}");
    look(&cca, NOW + 1);
    cr_expect_eq(at.n_keys, 2);
    cr_expect(a.simulated);
    rt_anchors_rewind(&a, &mark);
    cr_expect_eq(a.n_dated, 1);
    cr_expect_eq(a.n_keys, 1);
    cr_expect_not(a.simulated);
    look(&cca, NOW + 1);
    cr_expect_eq(at.n_keys, 1);
    cr_expect_null(at.some, "the dates of keys that went count no more");
    free(crl);
}

Test(anchors_item, holds_a_bounded_number_of_anchors)
{
    for (int i = 0; i < RT_MAX_STORED; i++)
        must_add(&(struct stored){0}, PIN(PIN1));
    cr_expect_eq(add(&(struct stored){0}, PIN(PIN1)), RATLS_E_LIMIT);
    look(&tdx, NOW);
    cr_expect_eq(at.n_roots, RT_MAX_STORED + 2);
}

/* ---- how long a verdict may stand ---- */

#define OTHER_KEY "2222222222222222222222222222222222222222222222222222222222222222"

static int64_t until(const struct ratls_verifier *v, const char *one, const char *two)
{
    struct ratls_claims *claims = ratls_claims_new();

    if (one)
        MUST(ratls_claims_add_item(claims, "evidence_keys", one));
    if (two)
        MUST(ratls_claims_add_item(claims, "evidence_keys", two));
    const int64_t end = rt_anchors_until(&a, v, NOW, claims);
    ratls_claims_free(claims);
    return end;
}

Test(anchors_item, a_verdict_ends_with_the_anchor_it_rests_on)
{
    cr_expect_eq(until(&tdx, PIN1, NULL), INT64_MAX, "nothing is stored");
    must_add(&(struct stored){.not_after = NOW + 5}, PIN(PIN1));
    cr_expect_eq(until(&tdx, PIN1, NULL), NOW + 5);
    cr_expect_eq(until(&tdx, OTHER_KEY, PIN1), NOW + 5);
    cr_expect_eq(until(&tdx, OTHER_KEY, NULL), INT64_MAX);
    cr_expect_eq(until(&snp, PIN1, NULL), INT64_MAX, "of another TEE");
    must_add(&(struct stored){.not_after = NOW + 3}, PIN(OTHER_KEY));
    cr_expect_eq(until(&tdx, OTHER_KEY, PIN1), NOW + 3, "the first of two");
    cr_expect_eq(until(&tdx, PIN1, NULL), NOW + 5);
    must_add(&(struct stored){.not_after = NOW + 9}, PIN(PIN1));
    cr_expect_eq(until(&tdx, PIN1, NULL), NOW + 9, "trusted twice");
    must_add(&(struct stored){.not_before = NOW + 1}, PIN(PIN1));
    cr_expect_eq(until(&tdx, PIN1, NULL), NOW + 9, "not yet for ever");
}

Test(anchors_item, a_key_that_is_built_in_has_no_end)
{
    char hex[65];

    rt_hex(ratls_bytes(pins[1], 32), hex);
    cJSON *body = cJSON_CreateObject();
    cr_assert(cJSON_AddStringToObject(body, "type", "pin"));
    cr_assert(cJSON_AddStringToObject(body, "spki_sha256", hex));
    char *text = cJSON_PrintUnformatted(body);
    must_add(&(struct stored){.not_after = NOW + 5}, text);
    cr_expect_eq(until(&tdx, hex, NULL), INT64_MAX);
    free(text);
    cJSON_Delete(body);
}

/* One that a file has, too: stored for a time, given for ever. */
static void expect_given_for_ever(const char *organization, bool simulated)
{
    struct ratls_buffer der = make_ca(&(struct ca_plan)CA("r", "r", organization));
    char *body = body_of_der(simulated ? "insecure_sim_root" : "certificates", "CERTIFICATE",
                             rt_bytes_of(&der));
    char hex[65];

    must_add(&(struct stored){.name = "insecure_x", .not_after = NOW + 5}, body);
    rt_hex(ratls_bytes(a.dated[a.n_dated - 1].root.spki_sha256, 32), hex);
    cr_expect_eq(until(&tdx, hex, NULL), NOW + 5);
    struct ratls_buffer other = make_ca(&(struct ca_plan)CA("r", "r", organization));
    MUST(rt_anchors_add(&a, rt_bytes_of(&other), simulated, NULL));
    cr_expect_eq(until(&tdx, hex, NULL), NOW + 5, "another root");
    MUST(rt_anchors_add(&a, rt_bytes_of(&der), simulated, NULL));
    cr_expect_eq(until(&tdx, hex, NULL), INT64_MAX);
    free(body);
    ratls_buffer_free(&other);
    ratls_buffer_free(&der);
}

Test(anchors_item, a_root_that_is_given_has_no_end)
{
    expect_given_for_ever("ACME", false);
    expect_given_for_ever(RT_SIM_ORGANIZATION, true);
}

Test(anchors_item, a_verdict_ends_with_the_key_of_its_platform)
{
    char hex[65];

    must_add(&(struct stored){.tee = "cca", .not_after = NOW + 5}, KEYS(ENTRY(P256, IMPL, INST)));
    rt_hex(ratls_bytes(a.key_notes[0].spki_sha256, 32), hex);
    cr_expect_eq(until(&cca, hex, NULL), NOW + 5);
    cr_expect_eq(until(&tdx, hex, NULL), INT64_MAX);
    must_add(&(struct stored){.tee = "cca", .not_after = NOW + 9}, KEYS(ENTRY(P384, IMPL, INST2)));
    cr_expect_eq(until(&cca, hex, NULL), NOW + 5, "that of another platform");
    must_add(&(struct stored){.tee = "cca", .not_before = NOW + 1}, KEYS(ENTRY(P256, IMPL, INST)));
    cr_expect_eq(until(&cca, hex, NULL), NOW + 5, "not yet for ever");
}

/* A plugin that names no keys. */
Test(anchors_item, without_names_of_keys_the_first_end_counts)
{
    must_add(&(struct stored){.not_after = NOW + 5}, PIN(PIN1));
    must_add(&(struct stored){.not_after = NOW + 3}, PIN(OTHER_KEY));
    must_add(&(struct stored){.not_after = NOW - 1}, PIN(OTHER_KEY));
    must_add(&(struct stored){.not_after = NOW + 4}, PIN(PIN1));
    cr_expect_eq(until(&tdx, NULL, NULL), NOW + 3);
    cr_expect_eq(until(&snp, NULL, NULL), INT64_MAX);
}

Test(anchors_item, an_empty_list_of_keys_is_none)
{
    struct ratls_claims *claims = ratls_claims_new();

    must_add(&(struct stored){.not_after = NOW + 5}, PIN(PIN1));
    MUST(ratls_claims_add_item(claims, "evidence_keys", NULL));
    cr_expect_eq(rt_anchors_until(&a, &tdx, NOW, claims), NOW + 5);
    ratls_claims_free(claims);
}

static void add_dated_crl(int64_t from, int64_t until)
{
    const struct rt_dated_anchor one = {
        .kind = RT_ANCHOR_CRL, .tee = "snp", .dates = {from, until}};

    MUST(rt_anchors_keep(&a, &one, NULL));
}

/* The next set of CRLs may revoke whom this one does not, or leave it open. */
Test(anchors_item, a_verdict_ends_when_other_crls_count)
{
    add_dated_crl(INT64_MIN, INT64_MAX);
    cr_expect_eq(until(&snp, PIN1, NULL), INT64_MAX);
    add_dated_crl(NOW - 9, NOW - 1);
    cr_expect_eq(until(&snp, PIN1, NULL), INT64_MAX, "has ended");
    add_dated_crl(NOW + 9, INT64_MAX);
    cr_expect_eq(until(&snp, PIN1, NULL), NOW + 8, "begins");
    add_dated_crl(NOW - 9, NOW + 5);
    add_dated_crl(NOW + 7, NOW + 8);
    cr_expect_eq(until(&snp, PIN1, NULL), NOW + 5, "ends");
    cr_expect_eq(until(&tdx, PIN1, NULL), INT64_MAX, "of another TEE");
    must_add(&(struct stored){.tee = "snp", .not_after = NOW + 3}, PIN(PIN1));
    cr_expect_eq(until(&snp, PIN1, NULL), NOW + 3);
}

/* ---- memory ---- */

#ifndef WITHOUT_ALLOC

static char *bodies[4];

static enum ratls_err add_each(void)
{
    static const struct stored of[] = {{.tee = "cca", .not_after = NOW}, {0}, {0}, {.tee = "snp"}};
    enum ratls_err e = RATLS_OK;

    for (size_t i = 0; i < RT_COUNT(of) && e == RATLS_OK; i++) {
        armed = false;
        cJSON *json = cJSON_Parse(bodies[i]);
        armed = true;
        const struct rt_stored_anchor item = {.tee = of[i].tee ? of[i].tee : "tdx",
                                              .name = "x",
                                              .not_after = of[i].not_after,
                                              .active = true,
                                              .body = json};
        e = rt_anchors_add_item(&a, &item, NULL);
        armed = false;
        cJSON_Delete(json);
        armed = true;
    }
    return e;
}

static bool add_and_look_once(void)
{
    armed = true;
    enum ratls_err e = add_each();
    if (e == RATLS_OK)
        e = rt_anchors_at(&a, &cca, NOW + 1, &at);
    if (e == RATLS_OK) {
        rt_anchors_at_free(&at);
        e = rt_anchors_at(&a, &tdx, NOW, &at);
        cr_expect(e || at.intermediates.len > 0, "nothing is lost in silence");
    }
    rt_anchors_at_free(&at);
    rt_anchors_free(&a);
    armed = false;
    cr_expect(e == RATLS_OK || rt_is_own_failure(e), "%s", ratls_err_reason(e));
    return e == RATLS_OK;
}

Test(anchors_item, survives_every_failure_of_memory, .timeout = 60)
{
    struct ratls_buffer root = make_ca(&(struct ca_plan)CA("r", "r", "ACME"));
    struct ratls_buffer sub = make_ca(&(struct ca_plan){"s", "r", "ACME", .other_key = true});

    bodies[0] = strdup(KEYS(ENTRY(P256, IMPL, INST)));
    bodies[1] = body_of_der("certificates", "CERTIFICATE", rt_bytes_of(&root));
    bodies[2] = body_of_der("certificates", "CERTIFICATE", rt_bytes_of(&sub));
    bodies[3] = crl_body();
    fail_each(add_and_look_once, OURS_ONCE);
    for (size_t i = 0; i < RT_COUNT(bodies); i++)
        free(bodies[i]);
    ratls_buffer_free(&root);
    ratls_buffer_free(&sub);
}

#endif
