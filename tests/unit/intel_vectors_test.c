/* Real SGX and TDX quotes: every case of the manifest comes out as listed, through the library,
 * with collateral kept in the trust, and through the command. */
#include "flip_support.h"
#include "intel_case.h"

#include <sys/wait.h>
#include <unistd.h>

#include "collateral.h"
#include "crypto.h"
#include "dcap_verify.h"
#include "json.h"
#include "sgx.h"
#include "tdx.h"
#include "vector_cases.h"
#include "x509.h"

static struct ratls_error err;

TestSuite(intel_vectors, .init = open_manifest, .fini = close_manifest, .timeout = 550);

static void open_case(const char *id, struct intel_case *c)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, manifest)
    {
        if (strcmp(text_of(item, "id"), id) == 0) {
            read_intel_case(item, c);
            return;
        }
    }
    cr_assert(false, "no case %s", id);
}

/* ---- what came out, against what is listed ---- */

/* Those of the RA-TLS certificate are of another test; the case that appends bytes lists their
 * number before it did. */
static bool is_of_quote(const struct intel_case *c, const char *claim)
{
    if (strcmp(claim, "claims_buffer") == 0 || strcmp(claim, "spki_sha256") == 0)
        return false;
    return strcmp(claim, "trailing_bytes") != 0 || !strstr(c->id, "append");
}

static void compare_claims(const struct intel_case *c, const cJSON *expect, const cJSON *claims)
{
    const cJSON *expected;
    char name[128];

    cJSON_ArrayForEach(expected, cJSON_GetObjectItemCaseSensitive(expect, "claims"))
    {
        (void)snprintf(name, sizeof name, "%s.%s", c->tee, expected->string);
        if (is_of_quote(c, expected->string))
            compare_value(c->id, expected, cJSON_GetObjectItemCaseSensitive(claims, name));
    }
}

/* `verdict` is the JSON of a verdict. */
static void compare(const struct intel_case *c, const cJSON *expect, const cJSON *verdict)
{
    const bool ok = strcmp(text_of(expect, "verdict"), "ok") == 0;
    const cJSON *claims = cJSON_GetObjectItemCaseSensitive(verdict, "claims");
    const char *status = text_of(expect, "tcb_status");

    cr_expect_str_eq(text_of(verdict, "verdict"), ok ? "allow" : "deny", "%s: %s, %s", c->id,
                     text_of(verdict, "reason"), text_of(verdict, "detail"));
    compare_claims(c, expect, claims);
    if (ok)
        expect_root_key(c->id, claims, &c->anchor);
    if (expect == cJSON_GetObjectItemCaseSensitive(c->item, "expect"))
        expect_vector(c->id, verdict);
    if (!*status)
        return;
    cr_expect_str_eq(text_of(verdict, "tcb_status"), status, "%s", c->id);
    cr_expect(cJSON_Compare(cJSON_GetObjectItemCaseSensitive(verdict, "advisory_ids"),
                            cJSON_GetObjectItemCaseSensitive(expect, "advisory_ids"), true),
              "%s: advisories", c->id);
    cr_expect_str_eq(text_of(claims, "tcb_date"), text_of(expect, "tcb_date"), "%s", c->id);
}

typedef void judge_fn(const struct intel_case *c, const cJSON *expect, bool no_crl);

/* Every case, and once more without revocation where that is listed; returns how many. */
static size_t each_case(judge_fn *judge)
{
    const cJSON *item;
    size_t n = 0;

    cJSON_ArrayForEach(item, manifest)
    {
        const cJSON *no_crl = cJSON_GetObjectItemCaseSensitive(item, "if_crl_checks_disabled");
        struct intel_case c;
        if (!is_intel_quote(item))
            continue;
        read_intel_case(item, &c);
        judge(&c, cJSON_GetObjectItemCaseSensitive(item, "expect"), false);
        if (no_crl)
            judge(&c, no_crl, true);
        free_intel_case(&c);
        n++;
    }
    return n;
}

/* ---- through the library ---- */

static struct ratls_trust *trust_of(const struct intel_case *c, bool no_crl)
{
    struct ratls_trust *t;

    cr_assert_eq(ratls_trust_new(ratls_env_system(), &t), RATLS_OK);
    cr_assert_eq(ratls_trust_add_roots(t, rt_bytes_of(&c->anchor), &err), RATLS_OK, "%s: %s", c->id,
                 err.detail);
    if (no_crl)
        cr_assert_eq(ratls_trust_insecure_no_crl(t, &err), RATLS_OK);
    return t;
}

static cJSON *appraise(const struct intel_case *c, const struct ratls_trust *t,
                       const struct ratls_bytes *collateral)
{
    const struct ratls_appraisal what = {.subject = rt_bytes_of(&c->evidence),
                                         .now = c->now,
                                         .authenticity_only = true,
                                         .collateral = collateral,
                                         .n_collateral = collateral ? 1 : 0,
                                         .certs = rt_bytes_of(&c->certs)};
    struct ratls_verdict *v = NULL;

    (void)ratls_appraise(t, &what, &v);
    cr_assert(v);
    cJSON *json = verdict_json(v);
    ratls_verdict_unref(v);
    return json;
}

static void judge_once(const struct intel_case *c, const cJSON *expect, bool no_crl)
{
    struct ratls_trust *t = trust_of(c, no_crl);
    const struct ratls_bytes collateral = rt_bytes_of(&c->collateral);
    cJSON *verdict = appraise(c, t, collateral.len ? &collateral : NULL);

    compare(c, expect, verdict);
    cJSON_Delete(verdict);
    ratls_trust_unref(t);
}

Test(intel_vectors, every_case_comes_out_as_listed)
{
    cr_assert_geq(each_case(judge_once), 80);
}

/* Kept collateral, and from the second time on a kept PCK chain, change nothing. */
static void judge_kept(const struct intel_case *c, const cJSON *expect, bool no_crl)
{
    struct ratls_trust *t = trust_of(c, no_crl);
    const struct ratls_bytes collateral = rt_bytes_of(&c->collateral);
    const bool ok = strcmp(text_of(expect, "verdict"), "ok") == 0;
    enum ratls_err e = collateral.len ? ratls_trust_add_collateral(t, collateral, &err) : RATLS_OK;

    cr_expect(e == RATLS_OK || !ok, "%s: %s", c->id, err.detail);
    for (int i = 0; e == RATLS_OK && i < 3; i++) {
        cJSON *verdict = appraise(c, t, NULL);
        compare(c, expect, verdict);
        cJSON_Delete(verdict);
    }
    err = (struct ratls_error){0};
    ratls_trust_unref(t);
}

Test(intel_vectors, every_case_comes_out_as_listed_with_kept_collateral)
{
    cr_assert_geq(each_case(judge_kept), 80);
}

/* "status UpToDate only, no debug", by the default policy with the measurement filled in. */
static void judge_by_default_policy(const struct intel_case *c, const cJSON *expect, bool no_crl)
{
    const char *listed = text_of(expect, "default_policy");
    const struct ratls_bytes collateral = rt_bytes_of(&c->collateral);
    char policy[256];

    if (!*listed || no_crl)
        return;
    (void)snprintf(policy, sizeof policy, "{\"tees\":{\"%s\":{\"insecure_any_measurement\":true}}}",
                   c->tee);
    struct ratls_trust *t = trust_of(c, false);
    cr_assert_eq(ratls_trust_set_policy(t, ratls_bytes_str(policy), &err), RATLS_OK);
    const struct ratls_appraisal what = {.subject = rt_bytes_of(&c->evidence),
                                         .now = c->now,
                                         .collateral = &collateral,
                                         .n_collateral = 1};
    struct ratls_verdict *v = NULL;
    (void)ratls_appraise(t, &what, &v);
    cr_expect_eq(ratls_verdict_allowed(v), strcmp(listed, "accept") == 0, "%s: %s", c->id,
                 ratls_verdict_reason(v));
    ratls_verdict_unref(v);
    ratls_trust_unref(t);
}

Test(intel_vectors, the_default_rules_decide_as_listed)
{
    cr_assert_geq(each_case(judge_by_default_policy), 80);
}

/* ---- through the command ---- */

static void judge_by_command(const struct intel_case *c, const cJSON *expect, bool no_crl)
{
    const struct ratls_env *env = ratls_env_system();
    struct ratls_buffer answer;
    char command[8192];

    put_file("evidence", &c->evidence);
    put_file("collateral.json", &c->collateral);
    put_file("certs", &c->certs);
    put_file("anchor", &c->anchor);
    (void)snprintf(command, sizeof command,
                   "'%s' verify --json --authenticity-only --evidence evidence --anchors anchor "
                   "--time %lld %s %s %s >answer 2>errors",
                   tool, (long long)c->now, c->collateral.len ? "--collateral collateral.json" : "",
                   c->certs.len ? "--certs certs" : "", no_crl ? "--insecure-no-crl" : "");
    int status = system(command);
    const int due = strcmp(text_of(expect, "verdict"), "ok") == 0 ? 0 : 1;
    cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == due, "%s: status %d", c->id, status);
    cr_assert_eq(env->read_file(env->arg, "answer", RT_MAX_FILE, &answer), RATLS_OK);
    cJSON *verdict = cJSON_ParseWithLength((const char *)answer.p, answer.len);
    cr_assert(verdict, "%s", c->id);
    compare(c, expect, verdict);
    cJSON_Delete(verdict);
    ratls_buffer_free(&answer);
}

Test(intel_vectors, every_case_comes_out_as_listed_through_the_command)
{
    find_tool("intel_vectors");
    cr_assert_geq(each_case(judge_by_command), 80);
    remove_folder();
}

/* ---- documents alone ---- */

/* Reads a signed document as the collateral does, but for the signature. */
static enum ratls_err read_document(struct ratls_bytes text, const char *member)
{
    struct rt_json_part parts[] = {{.name = member}, {.name = "signature"}};
    struct rt_qe_identity qe = {0};
    struct rt_tcb_info tcb = {0};
    enum ratls_err e = rt_json_split(text, RATLS_E_COLLATERAL_FORMAT, parts, 2, &err);

    if (e)
        return e;
    e = strcmp(member, "tcbInfo") == 0 ? rt_tcb_info_parse(parts[0].text, &tcb, &err)
                                       : rt_qe_identity_parse(parts[0].text, &qe, &err);
    rt_tcb_info_free(&tcb);
    rt_qe_identity_free(&qe);
    return e;
}

Test(intel_vectors, documents_are_read_or_refused_as_listed)
{
    const cJSON *item;
    size_t n = 0;

    cJSON_ArrayForEach(item, manifest)
    {
        const cJSON *expect = cJSON_GetObjectItemCaseSensitive(item, "expect");
        if (strcmp(text_of(item, "level"), "json") != 0)
            continue;
        struct ratls_buffer text = read_case_file(item, "collateral");
        err = (struct ratls_error){0};
        enum ratls_err e =
            read_document(rt_bytes_of(&text),
                          strstr(text_of(item, "id"), "tcb-info") ? "tcbInfo" : "enclaveIdentity");
        cr_expect_eq(e == RATLS_OK, strcmp(text_of(expect, "verdict"), "ok") == 0, "%s: %s",
                     text_of(item, "id"), err.detail);
        cr_expect(e == RATLS_OK || e == RATLS_E_COLLATERAL_FORMAT, "%s", text_of(item, "id"));
        ratls_buffer_free(&text);
        n++;
    }
    cr_assert_geq(n, 30);
}

/* ---- pins ---- */

Test(intel_vectors, the_pin_is_the_key_of_intels_root)
{
    uint8_t hash[32];
    struct rt_x509 root;
    struct intel_case c;

    open_case("tdx-v4-uptodate-1", &c);
    cr_assert_eq(rt_x509_parse(rt_bytes_of(&c.anchor), &root, NULL), RATLS_OK);
    cr_assert_eq(rt_x509_spki_hash(&root, hash), RATLS_OK);
    cr_assert_arr_eq(rt_verifier_tdx.pins[0], hash, 32);
    cr_assert_arr_eq(rt_verifier_sgx.pins[0], hash, 32);
    cr_assert_eq(rt_verifier_tdx.n_pins + rt_verifier_sgx.n_pins, 2);
    free_intel_case(&c);
}

/* ---- T19: no signed bit may be another ---- */

static enum ratls_err verdict_of(const struct intel_case *c, const struct ratls_trust *t)
{
    const struct ratls_appraisal what = {
        .subject = rt_bytes_of(&c->evidence), .now = c->now, .authenticity_only = true};
    struct ratls_verdict *v = NULL;
    enum ratls_err e = ratls_appraise(t, &what, &v);

    ratls_verdict_unref(v);
    return e;
}

/* Up to the end of the PCK chain; its PEM text may end in a NUL that could as well be white space
 * (verifiers/tdx/README.md, "Unsigned bytes"). */
static void flip_every_bit(const char *id, size_t trailing)
{
    struct intel_case c;

    open_case(id, &c);
    struct ratls_trust *t = trust_of(&c, false);
    size_t end = c.evidence.len - trailing;
    if (c.evidence.p[end - 1] == 0)
        end--;
    cr_assert_eq(verdict_of(&c, t), RATLS_OK);
    for (size_t bit = 0; bit < 8 * end; bit += FLIP_STEP) {
        c.evidence.p[bit / 8] ^= (uint8_t)(1U << bit % 8);
        cr_expect_neq(verdict_of(&c, t), RATLS_OK, "%s: byte %zu bit %zu", id, bit / 8, bit % 8);
        c.evidence.p[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    ratls_trust_unref(t);
    free_intel_case(&c);
}

Test(intel_vectors, every_flipped_bit_of_a_tdx_quote_is_refused)
{
    flip_every_bit("tdx-v4-uptodate-1", 70);
}

Test(intel_vectors, every_flipped_bit_of_a_version_5_quote_is_refused)
{
    flip_every_bit("tdx-v5-uptodate-1", 0);
}

Test(intel_vectors, every_flipped_bit_of_an_sgx_quote_is_refused)
{
    flip_every_bit("sgx-v3-cfgsw-1", 0);
}

static enum ratls_err load(const cJSON *collateral, const struct ratls_root *root)
{
    struct ratls_buffer text = printed(collateral);
    struct rt_collateral *c = NULL;
    enum ratls_err e =
        rt_collateral_new(rt_bytes_of(&text), (struct rt_roots){root, 1}, false, &c, NULL);

    rt_collateral_free(c);
    ratls_buffer_free(&text);
    return e;
}

/* Between the member's name and the signature: the text that is signed. Flipping bit 0 keeps every
 * byte ASCII. */
static void flip_signed_text(cJSON *collateral, const char *field, const struct ratls_root *root)
{
    char *text = cJSON_GetObjectItemCaseSensitive(collateral, field)->valuestring;
    char *begin = strchr(text, ':') + 1, *end = strstr(text, ",\"signature\"");

    cr_assert(end && end - begin > 400);
    for (char *p = begin; p < end; p += FLIP_STEP) {
        *p ^= 1;
        cr_expect_neq(load(collateral, root), RATLS_OK, "%s: byte %zu", field, (size_t)(p - text));
        *p ^= 1;
    }
}

/* A CRL in hex, one bit of each byte of its DER; letter case would say nothing. */
static void flip_crl(cJSON *collateral, const char *field, const struct ratls_root *root)
{
    char *hex = cJSON_GetObjectItemCaseSensitive(collateral, field)->valuestring;
    const size_t digits = strlen(hex);

    for (size_t i = 0; i < digits; i += 2 * FLIP_STEP) {
        char before = hex[i + 1];
        hex[i + 1] =
            "0123456789abcdef"[(strchr("0123456789abcdef", before) - &"0123456789abcdef"[0]) ^ 1];
        cr_expect_neq(load(collateral, root), RATLS_OK, "%s: byte %zu", field, i / 2);
        hex[i + 1] = before;
    }
}

Test(intel_vectors, every_flipped_byte_of_signed_collateral_is_refused)
{
    struct ratls_root root = {0};
    struct intel_case c;

    open_case("tdx-v4-uptodate-1", &c);
    memcpy(root.spki_sha256, rt_intel_pins[0], 32);
    cJSON *collateral = cJSON_Parse((const char *)c.collateral.p);
    cr_assert_eq(load(collateral, &root), RATLS_OK);
    flip_signed_text(collateral, "tcb_info", &root);
    flip_signed_text(collateral, "qe_identity", &root);
    flip_crl(collateral, "pck_crl", &root);
    flip_crl(collateral, "root_ca_crl", &root);
    cr_assert_eq(load(collateral, &root), RATLS_OK);
    cJSON_Delete(collateral);
    free_intel_case(&c);
}

/* ---- the evidence of a Gramine certificate ---- */

Test(intel_vectors, the_report_data_of_gramines_quote_covers_the_claims)
{
    const cJSON *item;
    struct intel_case c;
    uint8_t claims[256], hash[32];
    struct rt_quote q;
    struct rt_sgx_report report;

    open_case("sgx-ratls-1", &c);
    item = cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(c.item, "expect"),
                                            "claims");
    const char *hex = text_of(item, "claims_buffer");
    size_t len = sizeof claims;
    cr_assert(rt_unhex(hex, strlen(hex), claims, &len));
    cr_assert_eq(rt_sha256(ratls_bytes(claims, len), hash), RATLS_OK);
    cr_assert_eq(rt_quote_parse(rt_bytes_of(&c.evidence), RT_QUOTE_TEE_SGX, &q, &err), RATLS_OK);
    rt_sgx_report_read(q.body, &report);
    cr_expect_arr_eq(report.report_data, hash, 32);
    cr_expect(rt_all_zero(report.report_data + 32, 32));
    free_intel_case(&c);
}
