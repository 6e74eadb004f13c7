/* Real SEV-SNP reports: every case of the manifest comes out as listed, through the library, with
 * the certificates beside the report, behind it, and as kept collateral, and through the command.
 */
#include <sys/wait.h>

#include "cert_table.h"
#include "crypto.h"
#include "flip_support.h"
#include "json.h"
#include "manifest_support.h"
#include "snp.h"
#include "vector_cases.h"
#include "x509.h"

enum { VEK, ISSUER, ARK, CERTS };

struct amd_case {
    const char *id, *level;
    const cJSON *expect;
    int64_t now;
    struct ratls_buffer evidence, cert[CERTS], crl, anchor; /* empty where there is none */
    struct ratls_buffer pem;                                /* all of `cert` */
};

static struct ratls_error err;

TestSuite(amd_vectors, .init = open_manifest, .fini = close_manifest, .timeout = 300);

/* ---- cases ---- */

static struct ratls_buffer pem_of(const struct ratls_buffer *certs, size_t n)
{
    struct rt_writer w = {0};
    struct ratls_buffer out, pem;

    for (size_t i = 0; i < n; i++) {
        if (certs[i].len == 0)
            continue;
        cr_assert_eq(rt_pem_write("CERTIFICATE", rt_bytes_of(&certs[i]), &pem), RATLS_OK);
        rt_put_bytes(&w, rt_bytes_of(&pem));
        ratls_buffer_free(&pem);
    }
    cr_assert_eq(rt_writer_take(&w, &out), RATLS_OK);
    return out;
}

static void read_case(const cJSON *item, struct amd_case *c)
{
    static const char *const names[CERTS] = {"vek", "issuer", "ark"};
    const cJSON *certs = cJSON_GetObjectItemCaseSensitive(item, "certs"), *step;

    *c = (struct amd_case){.id = text_of(item, "id"),
                           .level = text_of(item, "level"),
                           .expect = cJSON_GetObjectItemCaseSensitive(item, "expect"),
                           .now = (int64_t)number_of(item, "time"),
                           .evidence = read_case_file(item, "evidence"),
                           .crl = read_case_file(certs, "crl"),
                           .anchor = read_case_file(item, "trust_anchor")};
    for (size_t i = 0; i < CERTS; i++)
        c->cert[i] = read_case_file(certs, names[i]);
    cJSON_ArrayForEach(step, cJSON_GetObjectItemCaseSensitive(item, "mutate"))
        mutate_evidence(step, &c->evidence);
    c->pem = pem_of(c->cert, CERTS);
}

static void free_case(struct amd_case *c)
{
    ratls_buffer_free(&c->evidence);
    ratls_buffer_free(&c->crl);
    ratls_buffer_free(&c->anchor);
    ratls_buffer_free(&c->pem);
    for (size_t i = 0; i < CERTS; i++)
        ratls_buffer_free(&c->cert[i]);
}

static bool is_due(const struct amd_case *c)
{
    return strcmp(text_of(c->expect, "verdict"), "ok") == 0;
}

typedef void judge_fn(const struct amd_case *c);

/* How many cases have reports, and how many certificates or lists alone. */
static void each_case(judge_fn *judge, size_t *with, size_t *without)
{
    const cJSON *item;

    *with = *without = 0;
    cJSON_ArrayForEach(item, manifest)
    {
        struct amd_case c;
        if (strcmp(text_of(item, "tee"), "snp") != 0)
            continue;
        read_case(item, &c);
        if (c.evidence.len > 0)
            ++*with;
        else
            ++*without;
        judge(&c);
        free_case(&c);
    }
}

/* ---- what came out, against what is listed ---- */

static void compare_parts(const struct amd_case *c, const char *prefix, const cJSON *parts,
                          const cJSON *claims)
{
    static const struct {
        const char *listed, *claim;
    } names[] = {{"fmc", "fmc"},
                 {"bl", "bootloader"},
                 {"tee", "tee"},
                 {"snp", "snp"},
                 {"ucode", "microcode"}};
    char name[64];

    for (size_t i = 0; i < RT_COUNT(names); i++) {
        const cJSON *part = cJSON_GetObjectItemCaseSensitive(parts, names[i].listed);
        (void)snprintf(name, sizeof name, "snp.%s_%s", prefix, names[i].claim);
        const cJSON *found = cJSON_GetObjectItemCaseSensitive(claims, name);
        cr_expect_eq(part != NULL, found != NULL, "%s: %s", c->id, name);
        if (part)
            compare_value(c->id, part, found);
    }
}

static const char *claim_of(const char *listed)
{
    static const struct {
        const char *listed, *claim;
    } others[] = {{"revoked_serials", "crl_revoked"},
                  {"this_update", "crl_this_update"},
                  {"next_update", "crl_next_update"}};

    for (size_t i = 0; i < RT_COUNT(others); i++)
        if (strcmp(others[i].listed, listed) == 0)
            return others[i].claim;
    return listed;
}

static void compare_claims(const struct amd_case *c, const cJSON *claims)
{
    const cJSON *expected;
    char name[128];

    cJSON_ArrayForEach(expected, cJSON_GetObjectItemCaseSensitive(c->expect, "claims"))
    {
        (void)snprintf(name, sizeof name, "snp.%s", claim_of(expected->string));
        if (strcmp(expected->string, "reported_tcb_parts") == 0)
            compare_parts(c, "reported_tcb", expected, claims);
        else if (strcmp(expected->string, "vek_spl") == 0)
            compare_parts(c, "vek_spl", expected, claims);
        else
            compare_value(c->id, expected, cJSON_GetObjectItemCaseSensitive(claims, name));
    }
}

static void compare(const struct amd_case *c, const cJSON *verdict)
{
    cr_expect_str_eq(text_of(verdict, "verdict"), is_due(c) ? "allow" : "deny", "%s: %s, %s", c->id,
                     text_of(verdict, "reason"), text_of(verdict, "detail"));
    cr_expect_str_eq(text_of(verdict, "tee"), "snp", "%s", c->id);
    expect_vector(c->id, verdict);
    if (is_due(c)) {
        cr_expect_str_eq(text_of(verdict, "tcb_status"), c->crl.len ? "unrated" : "not_evaluated",
                         "%s", c->id);
        compare_claims(c, cJSON_GetObjectItemCaseSensitive(verdict, "claims"));
        expect_root_key(c->id, cJSON_GetObjectItemCaseSensitive(verdict, "claims"), &c->anchor);
    }
}

/* ---- through the library ---- */

static struct ratls_trust *trust_of(const struct amd_case *c)
{
    struct ratls_trust *t;

    cr_assert_eq(ratls_trust_new(ratls_env_system(), &t), RATLS_OK);
    cr_assert_eq(ratls_trust_add_roots(t, rt_bytes_of(&c->anchor), &err), RATLS_OK, "%s: %s", c->id,
                 err.detail);
    return t;
}

static void expect_listed(const struct amd_case *c, const struct ratls_trust *t,
                          const struct ratls_appraisal *what)
{
    struct ratls_verdict *v = NULL;

    (void)ratls_appraise(t, what, &v);
    cr_assert(v);
    cJSON *json = verdict_json(v);
    compare(c, json);
    cJSON_Delete(json);
    ratls_verdict_unref(v);
}

static struct ratls_appraisal question(const struct amd_case *c, struct ratls_bytes *crl)
{
    *crl = rt_bytes_of(&c->crl);
    return (struct ratls_appraisal){
        .subject = rt_bytes_of(&c->evidence),
        .tee = "snp",
        .now = c->now,
        .authenticity_only = true,
        .certs = rt_bytes_of(&c->pem),
        .crls = crl,
        .n_crls = c->crl.len ? 1 : 0,
    };
}

static void judge_beside(const struct amd_case *c)
{
    struct ratls_bytes crl;
    struct ratls_appraisal what = question(c, &crl);
    struct ratls_trust *t = trust_of(c);

    expect_listed(c, t, &what);
    ratls_trust_unref(t);
}

Test(amd_vectors, every_case_comes_out_as_listed)
{
    size_t with, without;

    each_case(judge_beside, &with, &without);
    cr_assert_geq(with, 33);
    cr_assert_geq(without, 4);
}

/* AMD's own keys are built in: the same without an anchor. */
static void judge_by_pin(const struct amd_case *c)
{
    struct ratls_bytes crl;
    struct ratls_appraisal what = question(c, &crl);
    struct ratls_trust *t;

    cr_assert_eq(ratls_trust_new(ratls_env_system(), &t), RATLS_OK);
    expect_listed(c, t, &what);
    ratls_trust_unref(t);
}

Test(amd_vectors, every_case_comes_out_as_listed_by_the_pins)
{
    size_t with, without;

    each_case(judge_by_pin, &with, &without);
    cr_assert_geq(with, 33);
}

/* The report with its certificates behind it, as a host hands them over. */
static struct ratls_buffer extended(const struct amd_case *c, const struct ratls_buffer *cert)
{
    const bool vlek = strstr(c->id, "vlek") != NULL;
    struct rt_cert_table table = {0};
    struct ratls_buffer out;
    struct rt_writer w = {0};

    table.cert[vlek ? RT_CERT_VLEK : RT_CERT_VCEK] = rt_bytes_of(&cert[VEK]);
    table.cert[RT_CERT_ASK] = rt_bytes_of(&cert[ISSUER]);
    table.cert[RT_CERT_ARK] = rt_bytes_of(&cert[ARK]);
    rt_put_bytes(&w, rt_bytes_of(&c->evidence));
    rt_cert_table_write(&table, &w);
    cr_assert_eq(rt_writer_take(&w, &out), RATLS_OK);
    return out;
}

static void judge_extended(const struct amd_case *c)
{
    struct ratls_bytes crl;
    struct ratls_appraisal what = question(c, &crl);

    if (c->evidence.len == 0)
        return;
    struct ratls_trust *t = trust_of(c);
    struct ratls_buffer whole = extended(c, c->cert);
    what.subject = rt_bytes_of(&whole);
    what.certs = ratls_bytes(NULL, 0);
    expect_listed(c, t, &what);
    ratls_buffer_free(&whole);
    ratls_trust_unref(t);
}

Test(amd_vectors, extended_reports_come_out_as_listed)
{
    size_t with, without;

    each_case(judge_extended, &with, &without);
}

/* Chain, list and VEK as a document: kept, and from the second time on with a proven VEK. There is
 * a CRL of Turin alone; the others are judged without, by the setting that says so. */
static void judge_kept(const struct amd_case *c)
{
    struct ratls_appraisal what = {
        .subject = rt_bytes_of(&c->evidence), .now = c->now, .authenticity_only = true};
    struct rt_writer w = {0};

    if (c->evidence.len == 0)
        return;
    char *crl = c->crl.len ? rt_hex_new(rt_bytes_of(&c->crl)) : NULL;
    struct ratls_buffer chain = pem_of(c->cert + ISSUER, 2), vek = pem_of(c->cert, 1);
    struct ratls_trust *t = trust_of(c);
    if (!crl)
        cr_assert_eq(ratls_trust_insecure_no_crl(t, &err), RATLS_OK);
    rt_json_put_raw(&w, "{\"vek_issuer_chain\": ");
    rt_json_put_text(&w, (const char *)chain.p);
    rt_json_put_raw(&w, ", \"vek\": ");
    rt_json_put_text(&w, (const char *)vek.p);
    rt_json_put_raw(&w, ", \"crl\": ");
    if (crl)
        rt_json_put_text(&w, crl);
    else
        rt_json_put_raw(&w, "null");
    rt_json_put_raw(&w, "}");
    enum ratls_err e = ratls_trust_add_collateral(t, rt_written(&w), &err);
    cr_expect_eq(e == RATLS_OK, strstr(c->id, "badvcek") == NULL, "%s: %s", c->id, err.detail);
    for (int i = 0; e == RATLS_OK && i < 3; i++) {
        struct ratls_verdict *v = NULL;
        (void)ratls_appraise(t, &what, &v);
        cr_expect_eq(ratls_verdict_allowed(v), is_due(c), "%s: %s", c->id, ratls_verdict_detail(v));
        if (is_due(c))
            cr_expect_str_eq(ratls_verdict_tcb_status(v), "unrated");
        ratls_verdict_unref(v);
    }
    if (e)
        cr_expect_eq(e, RATLS_E_COLLATERAL_SIGNATURE, "%s: %s", c->id, err.detail);
    err = (struct ratls_error){0};
    free(crl);
    rt_writer_free(&w);
    ratls_buffer_free(&chain);
    ratls_buffer_free(&vek);
    ratls_trust_unref(t);
}

Test(amd_vectors, reports_come_out_as_listed_with_kept_collateral)
{
    size_t with, without;

    each_case(judge_kept, &with, &without);
}

/* "status UpToDate only, no debug": what is accepted needs its VMPL allowed where that is not 0. */
static void judge_by_default_policy(const struct amd_case *c)
{
    static const char any[] = "{\"tees\":{\"snp\":{\"insecure_any_measurement\":true}}}";
    const char *listed = text_of(c->expect, "default_policy");
    struct ratls_bytes crl;
    struct ratls_appraisal what = question(c, &crl);

    if (!*listed || c->evidence.len == 0)
        return;
    struct ratls_trust *t = trust_of(c);
    cr_assert_eq(ratls_trust_insecure_no_crl(t, &err), RATLS_OK);
    cr_assert_eq(ratls_trust_set_policy(t, ratls_bytes_str(any), &err), RATLS_OK);
    what.authenticity_only = false;
    struct ratls_verdict *v = NULL;
    (void)ratls_appraise(t, &what, &v);
    const char *due = strstr(listed, "debug") ? "debug" : strstr(listed, "VMPL") ? "vmpl" : "ok";
    cr_expect_str_eq(ratls_verdict_reason(v), due, "%s: %s", c->id, ratls_verdict_detail(v));
    ratls_verdict_unref(v);
    ratls_trust_unref(t);
}

Test(amd_vectors, the_default_rules_decide_as_listed)
{
    size_t with, without;

    each_case(judge_by_default_policy, &with, &without);
}

/* ---- through the command ---- */

static void judge_by_command(const struct amd_case *c)
{
    const struct ratls_env *env = ratls_env_system();
    struct ratls_buffer answer;
    char command[8192], name[16], certs[128] = "";

    put_file("evidence", &c->evidence);
    put_file("crl", &c->crl);
    put_file("anchor", &c->anchor);
    for (size_t i = 0; i < CERTS; i++) {
        if (c->cert[i].len == 0)
            continue;
        (void)snprintf(name, sizeof name, "cert%zu", i);
        put_file(name, &c->cert[i]);
        (void)snprintf(certs + strlen(certs), sizeof certs - strlen(certs), " --certs %s", name);
    }
    (void)snprintf(command, sizeof command,
                   "'%s' verify --json --authenticity-only --tee snp --anchors anchor --time %lld "
                   "%s %s %s >answer 2>errors",
                   tool, (long long)c->now, c->evidence.len ? "--evidence evidence" : "", certs,
                   c->crl.len ? "--crl crl" : "");
    int status = system(command);
    cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == !is_due(c), "%s: status %d", c->id,
              status);
    cr_assert_eq(env->read_file(env->arg, "answer", RT_MAX_FILE, &answer), RATLS_OK);
    cJSON *verdict = cJSON_ParseWithLength((const char *)answer.p, answer.len);
    cr_assert(verdict, "%s", c->id);
    compare(c, verdict);
    cJSON_Delete(verdict);
    ratls_buffer_free(&answer);
}

Test(amd_vectors, every_case_comes_out_as_listed_through_the_command)
{
    size_t with, without;

    find_tool("amd_vectors");
    each_case(judge_by_command, &with, &without);
    cr_assert_geq(with, 33);
    remove_folder();
}

/* ---- the pins ---- */

Test(amd_vectors, the_pins_are_those_of_amds_arks)
{
    static const char *const arks[] = {"amd/roots/milan/ark.der", "amd/roots/genoa/ark.der",
                                       "amd/roots/turin/ark.der"};
    struct ratls_buffer der;
    struct rt_x509 cert;
    uint8_t spki[32];

    cr_assert_eq(rt_verifier_snp.n_pins, RT_COUNT(arks));
    for (size_t i = 0; i < RT_COUNT(arks); i++) {
        cr_assert_eq(read_vector(arks[i], &der), RATLS_OK);
        cr_assert_eq(rt_x509_parse(rt_bytes_of(&der), &cert, NULL), RATLS_OK);
        cr_assert_eq(rt_x509_spki_hash(&cert, spki), RATLS_OK);
        cr_expect_arr_eq(spki, rt_verifier_snp.pins[i], sizeof spki, "%s", arks[i]);
        ratls_buffer_free(&der);
    }
}

/* ---- every bit ---- */

/* All of a report that is not signed is demanded to be zero, or means something. */
Test(amd_vectors, every_flipped_bit_of_a_report_is_refused)
{
    const cJSON *item;
    struct amd_case c = {0};
    struct ratls_bytes crl;

    cJSON_ArrayForEach(item, manifest) if (strcmp(text_of(item, "id"), "turin-v5-1") == 0)
        read_case(item, &c);
    struct ratls_trust *t = trust_of(&c);
    const struct ratls_appraisal what = question(&c, &crl);
    for (size_t i = 0; i < 8 * c.evidence.len; i += FLIP_STEP) {
        struct ratls_verdict *v = NULL;
        c.evidence.p[i / 8] ^= (uint8_t)(1 << i % 8);
        (void)ratls_appraise(t, &what, &v);
        cr_expect_not(ratls_verdict_allowed(v), "bit %zu of byte %zu", i % 8, i / 8);
        ratls_verdict_unref(v);
        c.evidence.p[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    ratls_trust_unref(t);
    free_case(&c);
}
