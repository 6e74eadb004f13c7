/* Collateral of the simulated platform: its shape, its signatures, and what the knobs do to it. */
#include <criterion/criterion.h>

#include <cjson/cJSON.h>

#include "bad_collateral.h"
#include "der.h"
#include "good_collateral.h"
#include "json.h"
#include "oid.h"
#include "pck.h"
#include "sim_collateral.h"
#include "sim_tdx.h"
#include "x509.h"

#define NOW INT64_C(1750000000)
#define DAY DAY_S

static int64_t frozen(void *arg)
{
    (void)arg;
    return NOW;
}

static struct ratls_env env;
static struct rt_sim_pki pki;
static struct ratls_buffer file;
static struct cJSON *json;       /* the file */
static struct cJSON *signed_doc; /* last one that doc() looked at */

static void setup(void)
{
    struct ratls_error err = {0};

    env = *ratls_env_system();
    env.now = frozen;
    cr_assert_eq(rt_sim_pki_make(&env, NULL, &pki, &err), RATLS_OK, "%s", err.detail);
}

static void clear(void)
{
    rt_json_free(json);
    rt_json_free(signed_doc);
    json = signed_doc = NULL;
    ratls_buffer_free(&file);
}

static void teardown(void)
{
    clear();
    rt_sim_pki_free(&pki);
}

TestSuite(sim_collateral, .init = setup, .fini = teardown, .timeout = 120);

static void make(struct rt_sim_collateral_knobs knobs)
{
    struct ratls_error err = {0};

    clear();
    cr_assert_eq(rt_sim_collateral(&env, &pki, &knobs, &file), RATLS_OK);
    cr_assert_eq(rt_json_parse(rt_bytes_of(&file), RATLS_E_COLLATERAL_FORMAT, &json, &err),
                 RATLS_OK, "%s", err.detail);
}

static const char *member(const char *name)
{
    const struct cJSON *item = rt_json_member(json, name);

    cr_assert(cJSON_IsString(item), "%s", name);
    return item->valuestring;
}

/* The value that is signed, as text. */
static struct ratls_bytes inner(const char *name)
{
    const char *text = member(name), *begin = strchr(text, ':') + 1,
               *end = strstr(text, ",\"signature\":\"");

    cr_assert(end);
    return ratls_bytes(begin, (size_t)(end - begin));
}

/* The value that is signed, as a tree. */
static const struct cJSON *doc(const char *name)
{
    struct ratls_error err = {0};
    const char *text = member(name);

    rt_json_free(signed_doc);
    cr_assert_eq(rt_json_parse(ratls_bytes_str(text), RATLS_E_COLLATERAL_FORMAT, &signed_doc, &err),
                 RATLS_OK, "%s: %s", name, err.detail);
    return signed_doc->child;
}

/* ---- certificates and signatures ---- */

struct chain {
    struct ratls_buffer der[4];
    struct rt_x509 cert[4];
    size_t n;
};

static void read_chain(const char *name, struct chain *c)
{
    struct ratls_bytes text = ratls_bytes_str(member(name));

    *c = (struct chain){0};
    while (c->n < 4 && rt_pem_next(&text, "CERTIFICATE", &c->der[c->n]) == RATLS_OK) {
        cr_assert_eq(rt_x509_parse(rt_bytes_of(&c->der[c->n]), &c->cert[c->n], NULL), RATLS_OK);
        c->n++;
    }
}

static void free_chain(struct chain *c)
{
    for (size_t i = 0; i < c->n; i++)
        ratls_buffer_free(&c->der[i]);
}

static enum ratls_err verify_document(const char *name, const char *chain_name)
{
    const char *digits = strstr(member(name), ",\"signature\":\"") + strlen(",\"signature\":\"");
    uint8_t sig[RT_P256_SIG_LEN];
    size_t len = sizeof sig;
    struct chain c;

    cr_assert_eq(strcspn(digits, "\""), 128);
    cr_assert(rt_unhex(digits, 128, sig, &len));
    cr_assert_str_eq(digits + 128, "\"}");
    read_chain(chain_name, &c);
    enum ratls_err e = rt_verify_raw(RT_P256, c.cert[0].key.point, RT_SHA256, inner(name),
                                     ratls_bytes(sig, sizeof sig));
    free_chain(&c);
    return e;
}

/* A CRL, taken apart as far as these tests need it. */
struct crl {
    uint8_t der[2048];
    struct ratls_bytes tbs, issuer, signature, whole;
    int64_t this_update, next_update;
};

static void read_crl(const char *name, struct crl *c)
{
    const char *hex = member(name);
    size_t len = sizeof c->der;

    cr_assert(rt_unhex(hex, strlen(hex), c->der, &len));
    c->whole = ratls_bytes(c->der, len);
    struct rt_reader all = rt_reader(c->whole), list = rt_der_enter(&all, RT_DER_SEQUENCE);
    (void)rt_der_get(&list, RT_DER_SEQUENCE, &c->tbs);
    (void)rt_der_get(&list, RT_DER_SEQUENCE, NULL);
    c->signature = rt_der_bits(&list);
    cr_assert(rt_at_end(&list) && rt_at_end(&all));
    struct rt_reader outer = rt_reader(c->tbs), tbs = rt_der_enter(&outer, RT_DER_SEQUENCE);
    cr_assert_eq(rt_der_uint(&tbs), 1);
    (void)rt_der_get(&tbs, RT_DER_SEQUENCE, NULL);
    (void)rt_der_get(&tbs, RT_DER_SEQUENCE, &c->issuer);
    c->this_update = rt_der_time(&tbs);
    c->next_update = rt_der_time(&tbs);
    cr_assert(!tbs.bad);
}

/* Is the whole serial listed, as an INTEGER? */
static bool lists(const char *crl_name, enum rt_sim_cert which)
{
    struct rt_x509 cert;
    struct rt_writer w = {0};
    struct crl c;

    read_crl(crl_name, &c);
    cr_assert_eq(rt_x509_parse(rt_bytes_of(&pki.der[which]), &cert, NULL), RATLS_OK);
    rt_der_put_positive(&w, cert.serial);
    bool found = memmem(c.whole.p, c.whole.len, w.p, w.len) != NULL;
    rt_writer_free(&w);
    return found;
}

static enum ratls_err verify_crl(const char *name, const struct rt_x509 *issuer)
{
    struct crl c;

    read_crl(name, &c);
    return rt_verify_spki(&issuer->key, RT_SIG_ECDSA_SHA256, c.tbs, c.signature, NULL);
}

/* ---- the usual one ---- */

Test(sim_collateral, is_one_file_of_seven_texts)
{
    static const char *const names[] = {
        "pck_crl_issuer_chain",  "pck_crl",  "root_ca_crl",
        "tcb_info_issuer_chain", "tcb_info", "qe_identity_issuer_chain",
        "qe_identity",
    };

    make((struct rt_sim_collateral_knobs){0});
    cr_assert_eq(cJSON_GetArraySize(json), RT_COUNT(names));
    for (size_t i = 0; i < RT_COUNT(names); i++)
        cr_assert_gt(strlen(member(names[i])), 0);
    cr_assert_str_eq(doc("tcb_info")->string, "tcbInfo");
    cr_assert_str_eq(doc("qe_identity")->string, "enclaveIdentity");
}

Test(sim_collateral, signatures_cover_the_exact_inner_text)
{
    make((struct rt_sim_collateral_knobs){0});
    cr_assert_eq(verify_document("tcb_info", "tcb_info_issuer_chain"), RATLS_OK);
    cr_assert_eq(verify_document("qe_identity", "qe_identity_issuer_chain"), RATLS_OK);
}

Test(sim_collateral, chains_lead_to_the_root)
{
    static const struct {
        const char *chain, *cn;
    } list[] = {{"tcb_info_issuer_chain", "Intel SGX TCB Signing"},
                {"qe_identity_issuer_chain", "Intel SGX TCB Signing"},
                {"pck_crl_issuer_chain", "Intel SGX PCK Platform CA"}};
    struct chain c;

    make((struct rt_sim_collateral_knobs){0});
    for (size_t i = 0; i < RT_COUNT(list); i++) {
        struct ratls_error err = {0};
        read_chain(list[i].chain, &c);
        cr_assert_eq(c.n, 2);
        cr_expect(ratls_bytes_equal(rt_x509_name_attr(c.cert[0].subject, RT_OID(CN)),
                                    ratls_bytes_str(list[i].cn)));
        cr_expect(ratls_bytes_equal(c.cert[1].der, rt_bytes_of(&pki.der[RT_SIM_ROOT])));
        cr_expect_eq(rt_chain_check(c.cert, 2, NOW, &err), RATLS_OK, "%s", err.detail);
        cr_expect_eq(c.cert[0].is_ca, i == 2);
        free_chain(&c);
    }
}

Test(sim_collateral, crls_are_those_of_the_root_and_the_ca)
{
    static const struct {
        const char *crl;
        enum rt_sim_cert by;
    } list[] = {{"root_ca_crl", RT_SIM_ROOT}, {"pck_crl", RT_SIM_CA}};
    struct rt_x509 issuer;
    struct crl c;

    make((struct rt_sim_collateral_knobs){0});
    for (size_t i = 0; i < RT_COUNT(list); i++) {
        read_crl(list[i].crl, &c);
        cr_assert_eq(rt_x509_parse(rt_bytes_of(&pki.der[list[i].by]), &issuer, NULL), RATLS_OK);
        cr_expect(ratls_bytes_equal(c.issuer, issuer.subject));
        cr_expect_eq(verify_crl(list[i].crl, &issuer), RATLS_OK);
        cr_expect_eq(c.this_update, NOW - DAY);
        cr_expect_eq(c.next_update, NOW + 30 * DAY);
        for (unsigned cert = 0; cert < RT_SIM_CERTS; cert++)
            cr_expect(!lists(list[i].crl, (enum rt_sim_cert)cert));
    }
}

static const char *text_of(const struct cJSON *item, const char *name)
{
    const struct cJSON *m = rt_json_member(item, name);

    cr_assert(cJSON_IsString(m), "%s", name);
    return m->valuestring;
}

static int64_t number_of(const struct cJSON *item, const char *name)
{
    int64_t v = -1;

    cr_assert(rt_json_int(rt_json_member(item, name), 0, 1000, &v), "%s", name);
    return v;
}

static void expect_hex(const char *text, const uint8_t *p, size_t n)
{
    uint8_t bytes[64];
    size_t len = sizeof bytes;

    cr_assert(rt_unhex(text, strlen(text), bytes, &len));
    cr_expect(ratls_bytes_equal(ratls_bytes(bytes, len), ratls_bytes(p, n)), "%s", text);
}

static void read_pck_ext(struct rt_pck_ext *ext)
{
    struct rt_x509 pck;

    cr_assert_eq(rt_x509_parse(rt_bytes_of(&pki.der[RT_SIM_PCK]), &pck, NULL), RATLS_OK);
    cr_assert_eq(rt_pck_ext_parse(rt_x509_ext(&pck, RT_OID(SGX))->value, ext, NULL), RATLS_OK);
}

Test(sim_collateral, tcb_info_is_of_the_platform_of_the_pck_certificate)
{
    struct rt_pck_ext ext;

    make((struct rt_sim_collateral_knobs){0});
    read_pck_ext(&ext);
    const struct cJSON *info = doc("tcb_info");
    cr_assert_str_eq(text_of(info, "id"), "TDX");
    cr_assert_eq(number_of(info, "version"), 3);
    cr_assert_eq(number_of(info, "tcbType"), 0);
    cr_assert_eq(number_of(info, "tcbEvaluationDataNumber"), 18);
    expect_hex(text_of(info, "fmspc"), ext.fmspc, sizeof ext.fmspc);
    expect_hex(text_of(info, "pceId"), ext.pce_id, sizeof ext.pce_id);
    cr_assert_str_eq(text_of(info, "issueDate"), "2025-06-14T15:06:40Z");
    cr_assert_str_eq(text_of(info, "nextUpdate"), "2025-07-15T15:06:40Z");
}

Test(sim_collateral, qe_identity_is_of_the_quoting_enclave_of_the_quotes)
{
    make((struct rt_sim_collateral_knobs){0});
    const struct cJSON *qe = doc("qe_identity");
    cr_assert_str_eq(text_of(qe, "id"), "TD_QE");
    cr_assert_eq(number_of(qe, "version"), 2);
    cr_assert_eq(number_of(qe, "isvprodid"), 2);
    cr_assert_str_eq(text_of(qe, "mrsigner"),
                     "DC9E2A7C6F948F17474E34A7FC43ED030F7C1563F1BABDDF6340C82E0E54A8C5");
    cr_assert_str_eq(text_of(qe, "attributes"), "11000000000000000000000000000000");
    make((struct rt_sim_collateral_knobs){.sgx = true});
    qe = doc("qe_identity");
    cr_assert_str_eq(text_of(qe, "id"), "QE");
    cr_assert_eq(number_of(qe, "isvprodid"), 1);
    cr_assert_str_eq(text_of(qe, "mrsigner"),
                     "8C4F5775D796503E96137F77C68A829A0056AC8DED70140B081B094490C57BFF");
}

/* ---- levels ---- */

/* Does the platform have all that this level of TCB info asks for? */
static bool reaches(const struct cJSON *level, bool tdx)
{
    const struct cJSON *tcb = rt_json_member(level, "tcb"), *c;
    struct rt_pck_ext ext;
    struct rt_sim_td td;
    size_t i = 0;

    read_pck_ext(&ext);
    rt_sim_td_usual(&td);
    cJSON_ArrayForEach(c, rt_json_member(tcb, "sgxtcbcomponents"))
    {
        if (number_of(c, "svn") > ext.component_svn[i++])
            return false;
    }
    cr_assert_eq(i, 16);
    i = 0;
    cJSON_ArrayForEach(c, rt_json_member(tcb, "tdxtcbcomponents"))
    {
        if (number_of(c, "svn") > td.tee_tcb_svn[i++])
            return false;
    }
    cr_assert_eq(i, tdx ? 16 : 0);
    return number_of(tcb, "pcesvn") <= ext.pce_svn;
}

/* Index of the first level the platform reaches; -1: none. */
static int first_reached(const struct cJSON *info)
{
    const bool tdx = strcmp(text_of(info, "id"), "TDX") == 0;
    const struct cJSON *levels = rt_json_member(info, "tcbLevels"), *level;
    int i = 0;

    cr_assert_geq(cJSON_GetArraySize(levels), 3);
    cJSON_ArrayForEach(level, levels)
    {
        if (reaches(level, tdx))
            return i;
        i++;
    }
    return -1;
}

static int first_svn(const struct cJSON *holder, int64_t svn)
{
    const struct cJSON *level;
    int i = 0;

    cJSON_ArrayForEach(level, rt_json_member(holder, "tcbLevels"))
    {
        if (number_of(rt_json_member(level, "tcb"), "isvsvn") <= svn)
            return i;
        i++;
    }
    return -1;
}

static void expect_level(const struct cJSON *holder, int i, const char *status, int n_advisories)
{
    const struct cJSON *level = cJSON_GetArrayItem(rt_json_member(holder, "tcbLevels"), i);

    cr_assert(level, "level %d", i);
    cr_expect_str_eq(text_of(level, "tcbStatus"), status);
    cr_expect_eq(cJSON_GetArraySize(rt_json_member(level, "advisoryIDs")), n_advisories);
}

static const struct cJSON *module_of(const struct cJSON *info)
{
    const struct cJSON *m = cJSON_GetArrayItem(rt_json_member(info, "tdxModuleIdentities"), 1);

    cr_assert_str_eq(text_of(m, "id"), "TDX_01");
    return m;
}

Test(sim_collateral, the_highest_level_is_the_platforms_and_up_to_date)
{
    make((struct rt_sim_collateral_knobs){0});
    const struct cJSON *info = doc("tcb_info");
    cr_assert_eq(first_reached(info), 0);
    expect_level(info, 0, "UpToDate", 0);
    expect_level(info, 1, "OutOfDate", 2);
    cr_assert_eq(first_svn(module_of(info), 6), 0);
    expect_level(module_of(info), 0, "UpToDate", 0);
    const struct cJSON *qe = doc("qe_identity");
    cr_assert_eq(first_svn(qe, 8), 0);
    expect_level(qe, 0, "UpToDate", 0);
    expect_level(qe, 1, "OutOfDate", 1);
}

Test(sim_collateral, another_status_leaves_a_newer_level_above)
{
    static const char *const one[] = {"INTEL-SA-09999", NULL};

    make((struct rt_sim_collateral_knobs){.tcb_status = "ConfigurationNeeded",
                                          .tcb_advisories = one,
                                          .module_status = "OutOfDate",
                                          .qe_status = "Revoked"});
    const struct cJSON *info = doc("tcb_info");
    cr_assert_eq(first_reached(info), 1);
    expect_level(info, 0, "UpToDate", 0);
    expect_level(info, 1, "ConfigurationNeeded", 1);
    cr_assert_eq(first_svn(module_of(info), 6), 1);
    expect_level(module_of(info), 1, "OutOfDate", 2);
    cr_assert_eq(first_svn(doc("qe_identity"), 8), 1);
    expect_level(doc("qe_identity"), 1, "Revoked", 1);
}

Test(sim_collateral, levels_can_be_shuffled)
{
    make((struct rt_sim_collateral_knobs){.shuffled = true});
    const struct cJSON *info = doc("tcb_info");
    expect_level(info, 0, "OutOfDate", 2);
    expect_level(info, 1, "UpToDate", 0);
    expect_level(module_of(info), 1, "UpToDate", 0);
    expect_level(doc("qe_identity"), 1, "UpToDate", 0);
}

Test(sim_collateral, the_platform_can_miss_every_level)
{
    for (unsigned i = 1; i <= 16; i++) {
        make((struct rt_sim_collateral_knobs){.miss_component = i});
        cr_expect_eq(first_reached(doc("tcb_info")), -1, "component %u", i);
        make((struct rt_sim_collateral_knobs){.miss_tdx_component = i});
        cr_expect_eq(first_reached(doc("tcb_info")), -1, "TDX component %u", i);
    }
    make((struct rt_sim_collateral_knobs){.miss_pce_svn = true});
    cr_expect_eq(first_reached(doc("tcb_info")), -1);
    make((struct rt_sim_collateral_knobs){.miss_module_svn = true, .miss_qe_svn = true});
    cr_expect_eq(first_svn(module_of(doc("tcb_info")), 6), -1);
    cr_expect_eq(first_svn(doc("qe_identity"), 8), -1);
}

Test(sim_collateral, sgx_has_no_tdx_members)
{
    make((struct rt_sim_collateral_knobs){.sgx = true});
    const struct cJSON *info = doc("tcb_info");
    cr_assert_str_eq(text_of(info, "id"), "SGX");
    cr_assert_null(rt_json_member(info, "tdxModule"));
    cr_assert_null(rt_json_member(info, "tdxModuleIdentities"));
    cr_assert_eq(first_reached(info), 0);
}

Test(sim_collateral, version_2_names_its_components)
{
    make((struct rt_sim_collateral_knobs){.sgx = true, .tcb_info_version = 2});
    const struct cJSON *info = doc("tcb_info");
    const struct cJSON *level = cJSON_GetArrayItem(rt_json_member(info, "tcbLevels"), 0);
    const struct cJSON *tcb = rt_json_member(level, "tcb");
    cr_assert_eq(number_of(info, "version"), 2);
    cr_assert_null(rt_json_member(info, "id"));
    cr_assert_eq(cJSON_GetArraySize(tcb), 17);
    cr_assert_eq(number_of(tcb, "sgxtcbcomp01svn"), 7);
    cr_assert_eq(number_of(tcb, "sgxtcbcomp05svn"), 255);
    cr_assert_eq(number_of(tcb, "sgxtcbcomp16svn"), 0);
    cr_assert_eq(number_of(tcb, "pcesvn"), 13);
}

/* ---- flaws ---- */

Test(sim_collateral, revoked_serials_are_on_the_right_list)
{
    make((struct rt_sim_collateral_knobs){
        .revoke_pck = true, .revoke_ca = true, .revoke_tcb_signer = true});
    cr_assert(lists("pck_crl", RT_SIM_PCK));
    cr_assert(lists("root_ca_crl", RT_SIM_CA));
    cr_assert(lists("root_ca_crl", RT_SIM_TCB));
    cr_assert(!lists("root_ca_crl", RT_SIM_PCK));
    cr_assert(!lists("pck_crl", RT_SIM_CA));
}

Test(sim_collateral, strangers_signatures_do_not_verify)
{
    const struct rt_sim_signer_knobs stranger = {.by_stranger = true};
    struct rt_x509 root, ca;

    make((struct rt_sim_collateral_knobs){.tcb_info.signer = stranger,
                                          .qe_identity.signer = stranger,
                                          .root_crl.signer = stranger,
                                          .pck_crl.signer = stranger});
    cr_assert_eq(rt_x509_parse(rt_bytes_of(&pki.der[RT_SIM_ROOT]), &root, NULL), RATLS_OK);
    cr_assert_eq(rt_x509_parse(rt_bytes_of(&pki.der[RT_SIM_CA]), &ca, NULL), RATLS_OK);
    cr_expect_neq(verify_document("tcb_info", "tcb_info_issuer_chain"), RATLS_OK);
    cr_expect_neq(verify_document("qe_identity", "qe_identity_issuer_chain"), RATLS_OK);
    cr_expect_neq(verify_crl("root_ca_crl", &root), RATLS_OK);
    cr_expect_neq(verify_crl("pck_crl", &ca), RATLS_OK);
}

Test(sim_collateral, another_signer_is_genuine_under_the_same_root)
{
    const struct rt_sim_pki_knobs other = {.name[RT_SIM_TCB] = "Somebody", .processor = true};
    struct chain c;

    make((struct rt_sim_collateral_knobs){.tcb_info.signer.other = &other,
                                          .pck_crl.signer.other = &other});
    cr_assert_eq(verify_document("tcb_info", "tcb_info_issuer_chain"), RATLS_OK);
    read_chain("tcb_info_issuer_chain", &c);
    cr_assert_eq(rt_chain_check(c.cert, 2, NOW, NULL), RATLS_OK);
    cr_assert(ratls_bytes_equal(c.cert[1].der, rt_bytes_of(&pki.der[RT_SIM_ROOT])));
    cr_assert(!ratls_bytes_equal(c.cert[0].der, rt_bytes_of(&pki.der[RT_SIM_TCB])));
    free_chain(&c);
    read_chain("pck_crl_issuer_chain", &c);
    cr_assert_eq(rt_chain_check(c.cert, 2, NOW, NULL), RATLS_OK);
    cr_assert_eq(verify_crl("pck_crl", &c.cert[0]), RATLS_OK);
    cr_assert(ratls_bytes_equal(rt_x509_name_attr(c.cert[0].subject, RT_OID(CN)),
                                ratls_bytes_str("Intel SGX PCK Processor CA")));
    free_chain(&c);
}

Test(sim_collateral, another_root_is_another_root)
{
    struct chain c;

    make((struct rt_sim_collateral_knobs){.qe_identity.signer.other_root = true});
    cr_assert_eq(verify_document("qe_identity", "qe_identity_issuer_chain"), RATLS_OK);
    read_chain("qe_identity_issuer_chain", &c);
    cr_assert_eq(rt_chain_check(c.cert, 2, NOW, NULL), RATLS_OK);
    cr_assert(!ratls_bytes_equal(c.cert[1].der, rt_bytes_of(&pki.der[RT_SIM_ROOT])));
    free_chain(&c);
}

Test(sim_collateral, chains_take_other_forms)
{
    static const size_t lengths[] = {2, 1, 3, 2};
    struct chain c;

    for (unsigned i = 0; i < RT_COUNT(lengths); i++) {
        make((struct rt_sim_collateral_knobs){.tcb_info.signer.chain = (enum rt_sim_chain)i});
        read_chain("tcb_info_issuer_chain", &c);
        cr_expect_eq(c.n, lengths[i]);
        cr_expect_eq(ratls_bytes_equal(c.cert[0].der, rt_bytes_of(&pki.der[RT_SIM_ROOT])),
                     i == RT_SIM_CHAIN_ROOT_FIRST);
        free_chain(&c);
    }
}

Test(sim_collateral, any_text_can_be_signed)
{
    make((struct rt_sim_collateral_knobs){.tcb_info.text = "{ \"a\" : [] }",
                                          .qe_identity.text = "{}",
                                          .qe_identity.edit = {{"}", " }"}}});
    cr_assert(ratls_bytes_equal(inner("tcb_info"), ratls_bytes_str("{ \"a\" : [] }")));
    cr_assert(ratls_bytes_equal(inner("qe_identity"), ratls_bytes_str("{ }")));
    cr_assert_eq(verify_document("tcb_info", "tcb_info_issuer_chain"), RATLS_OK);
    cr_assert_eq(verify_document("qe_identity", "qe_identity_issuer_chain"), RATLS_OK);
}

Test(sim_collateral, what_is_tampered_with_is_not_signed)
{
    make((struct rt_sim_collateral_knobs){.tcb_info.tamper = {"OutOfDate", "UpToDate"}});
    cr_assert_neq(verify_document("tcb_info", "tcb_info_issuer_chain"), RATLS_OK);
}

Test(sim_collateral, an_edit_that_finds_nothing_is_an_error)
{
    const struct rt_sim_collateral_knobs knobs = {.tcb_info.edit = {{"no such text", ""}}};

    cr_assert_eq(rt_sim_collateral(&env, &pki, &knobs, &file), RATLS_E_USAGE);
    cr_assert_null(file.p);
}

Test(sim_collateral, members_of_the_file_can_be_left_out_or_replaced)
{
    make((struct rt_sim_collateral_knobs){
        .without = "pck_crl_issuer_chain", .instead = "pck_crl", .instead_json = "null"});
    cr_assert_null(rt_json_member(json, "pck_crl_issuer_chain"));
    cr_assert(cJSON_IsNull(rt_json_member(json, "pck_crl")));
    cr_assert_eq(cJSON_GetArraySize(json), 6);
}

Test(sim_collateral, every_date_can_be_set)
{
    struct crl c;

    make((struct rt_sim_collateral_knobs){
        .tcb_info = {.issue = NOW - 5, .next = NOW + 5, .eval_number = 17},
        .qe_identity = {.issue = NOW - 6, .next = NOW + 6, .eval_number = 16},
        .root_crl = {.this_update = NOW - 7, .next_update = NOW + 7},
        .pck_crl = {.this_update = NOW - 8, .next_update = NOW + 8}});
    cr_assert_str_eq(text_of(doc("tcb_info"), "issueDate"), "2025-06-15T15:06:35Z");
    cr_assert_str_eq(text_of(doc("tcb_info"), "nextUpdate"), "2025-06-15T15:06:45Z");
    cr_assert_eq(number_of(doc("tcb_info"), "tcbEvaluationDataNumber"), 17);
    cr_assert_str_eq(text_of(doc("qe_identity"), "issueDate"), "2025-06-15T15:06:34Z");
    cr_assert_str_eq(text_of(doc("qe_identity"), "nextUpdate"), "2025-06-15T15:06:46Z");
    cr_assert_eq(number_of(doc("qe_identity"), "tcbEvaluationDataNumber"), 16);
    read_crl("root_ca_crl", &c);
    cr_assert_eq(c.this_update, NOW - 7);
    cr_assert_eq(c.next_update, NOW + 7);
    read_crl("pck_crl", &c);
    cr_assert_eq(c.this_update, NOW - 8);
    cr_assert_eq(c.next_update, NOW + 8);
}

/* ---- the tables ---- */

/* Collateral made with the PKI of the row, or no JSON file at all. */
static void make_row(const char *name, const struct rt_sim_pki_knobs *pki_knobs,
                     const struct rt_sim_collateral_knobs *knobs)
{
    struct ratls_error err = {0};

    rt_sim_pki_free(&pki);
    cr_assert_eq(rt_sim_pki_make(&env, pki_knobs, &pki, NULL), RATLS_OK, "%s", name);
    clear();
    cr_assert_eq(rt_sim_collateral(&env, &pki, knobs, &file), RATLS_OK, "%s", name);
    cr_assert_eq(rt_json_parse(rt_bytes_of(&file), RATLS_E_COLLATERAL_FORMAT, &json, &err),
                 RATLS_OK, "%s: %s", name, err.detail);
    cr_expect_eq(cJSON_GetArraySize(json), knobs->without ? 6 : 7, "%s", name);
    cr_expect(!knobs->without || !rt_json_member(json, knobs->without), "%s", name);
    cr_expect(!knobs->instead || rt_json_member(json, knobs->instead), "%s", name);
}

Test(sim_collateral, every_flaw_of_the_table_can_be_made)
{
    for (size_t i = 0; i < RT_COUNT(bad_collateral); i++) {
        const struct bad_collateral *row = &bad_collateral[i];
        make_row(row->name, &row->pki, &row->collateral);
        cr_expect_neq(row->e, RATLS_OK, "%s", row->name);
        cr_expect_not_null(row->detail, "%s", row->name);
        for (size_t k = 0; k < i; k++)
            cr_expect_str_neq(row->name, bad_collateral[k].name);
    }
}

Test(sim_collateral, every_variant_that_must_be_taken_is_signed)
{
    for (size_t i = 0; i < RT_COUNT(good_collateral); i++) {
        const struct good_collateral *row = &good_collateral[i];
        make_row(row->name, NULL, &row->collateral);
        cr_expect_eq(verify_document("tcb_info", "tcb_info_issuer_chain"), RATLS_OK, "%s",
                     row->name);
        cr_expect_eq(verify_document("qe_identity", "qe_identity_issuer_chain"), RATLS_OK, "%s",
                     row->name);
    }
}
