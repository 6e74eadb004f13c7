/* Real tokens of Arm CCA, Huawei virtCCA and iTrustee, and AWS Nitro: every case of the manifest
 * comes out as listed, through the library and through the command; and every flipped byte is
 * refused. */
#include <sys/wait.h>

#include "cca.h"
#include "cert_text.h"
#include "crypto.h"
#include "manifest_support.h"
#include "nitro.h"
#include "vector_cases.h"
#include "virtcca.h"
#include "x509.h"

enum { FILES_MAX = 4 };

struct arm_case {
    const char *id, *tee, *nonce;
    const cJSON *expect;
    const char *reason; /* listed */
    int64_t now;
    struct ratls_buffer evidence, eventlog, refvals, anchor[FILES_MAX], cert[FILES_MAX];
    size_t n_anchors, n_certs;
};

static struct ratls_error err;

TestSuite(arm_vectors, .init = open_arm_manifest, .fini = close_manifest, .timeout = 300);

/* ---- cases ---- */

static size_t read_files(const cJSON *list, struct ratls_buffer out[FILES_MAX])
{
    const cJSON *name;
    size_t n = 0;

    cJSON_ArrayForEach(name, list)
    {
        cr_assert_lt(n, FILES_MAX);
        cr_assert_eq(read_vector(name->valuestring, &out[n++]), RATLS_OK, "%s", name->valuestring);
    }
    return n;
}

/* None is listed: the root of another vendor takes the place of those built in. */
static void read_anchors(const cJSON *item, struct arm_case *c)
{
    c->n_anchors = read_files(cJSON_GetObjectItemCaseSensitive(item, "anchors"), c->anchor);
    if (c->n_anchors == 0)
        cr_assert_eq(read_vector("anchors/nvidia-device-root.pem", &c->anchor[c->n_anchors++]),
                     RATLS_OK);
}

static void read_case(const cJSON *item, struct arm_case *c)
{
    *c = (struct arm_case){.id = text_of(item, "id"),
                           .tee = text_of(item, "tee"),
                           .nonce = text_of(item, "nonce"),
                           .expect = cJSON_GetObjectItemCaseSensitive(item, "expect"),
                           .reason = text_of(item, "reject_reason"),
                           .now = (int64_t)number_of(item, "time"),
                           .evidence = read_case_file(item, "evidence"),
                           .eventlog = read_case_file(item, "eventlog"),
                           .refvals = read_case_file(item, "refvals")};
    read_anchors(item, c);
    c->n_certs = read_files(cJSON_GetObjectItemCaseSensitive(item, "certs"), c->cert);
}

static void free_case(struct arm_case *c)
{
    ratls_buffer_free(&c->evidence);
    ratls_buffer_free(&c->eventlog);
    ratls_buffer_free(&c->refvals);
    for (size_t i = 0; i < FILES_MAX; i++) {
        ratls_buffer_free(&c->anchor[i]);
        ratls_buffer_free(&c->cert[i]);
    }
}

static bool is_due(const struct arm_case *c)
{
    return strcmp(text_of(c->expect, "verdict"), "ok") == 0;
}

static bool is_one_of_these(const char *tee)
{
    static const char *const tees[] = {"cca", "virtcca", "nitro", "itrustee"};

    for (size_t i = 0; i < RT_COUNT(tees); i++)
        if (strcmp(tee, tees[i]) == 0)
            return true;
    return false;
}

typedef void judge_fn(struct arm_case *c);

static size_t each_case(judge_fn *judge)
{
    const cJSON *item;
    size_t n = 0;

    cJSON_ArrayForEach(item, manifest)
    {
        struct arm_case c;
        if (!is_one_of_these(text_of(item, "tee")))
            continue;
        read_case(item, &c);
        judge(&c);
        free_case(&c);
        n++;
    }
    return n;
}

/* ---- what came out, against what is listed ---- */

/* The manifest's words, and ours for the same. */
static const struct {
    const char *listed, *ours;
} reasons[] = {
    {"no_trust_anchor", "no_trust_anchor"}, {"nonce_mismatch", "binding_mismatch"},
    {"malformed", "evidence_malformed"},    {"cert_not_yet_valid", "evidence_time"},
    {"untrusted_chain", "evidence_root"},   {"signature_invalid", "evidence_signature"},
    {"no_trust_anchor", "evidence_root"},   {"untrusted_chain", "evidence_chain"},
    {"cert_expired", "evidence_time"},
};

/* Where several are ours, one of them. */
static void compare_reason(const struct arm_case *c, const char *reason)
{
    bool is_listed = false, fits = false;

    for (size_t i = 0; i < RT_COUNT(reasons); i++)
        if (strcmp(reasons[i].listed, c->reason) == 0) {
            is_listed = true;
            fits |= strcmp(reason, reasons[i].ours) == 0;
        }
    cr_expect(!is_listed || fits, "%s: %s", c->id, reason);
}

static void compare(const struct arm_case *c, const cJSON *verdict)
{
    const cJSON *expected, *claims = cJSON_GetObjectItemCaseSensitive(verdict, "claims");

    cr_expect_str_eq(text_of(verdict, "verdict"), is_due(c) ? "allow" : "deny", "%s: %s, %s", c->id,
                     text_of(verdict, "reason"), text_of(verdict, "detail"));
    cr_expect_str_eq(text_of(verdict, "tee"), c->tee, "%s", c->id);
    compare_reason(c, text_of(verdict, "reason"));
    expect_vector(c->id, verdict);
    cJSON_ArrayForEach(expected, cJSON_GetObjectItemCaseSensitive(c->expect, "claims"))
        compare_value(
            c->id, expected,
            cJSON_GetObjectItemCaseSensitive(
                strcmp(expected->string, "tee") == 0 ? verdict : claims, expected->string));
}

/* ---- through the library ---- */

static enum ratls_err put_pem(void *arg, struct ratls_bytes der, struct ratls_error *unused)
{
    struct ratls_buffer pem;

    (void)unused;
    cr_assert_eq(rt_pem_write("CERTIFICATE", der, &pem), RATLS_OK);
    rt_put_bytes(arg, rt_bytes_of(&pem));
    ratls_buffer_free(&pem);
    return RATLS_OK;
}

static struct ratls_trust *trust_of(const struct arm_case *c)
{
    struct ratls_trust *t;

    cr_assert_eq(ratls_trust_new(ratls_env_system(), &t), RATLS_OK);
    for (size_t i = 0; i < c->n_anchors; i++)
        cr_assert_eq(ratls_trust_add_roots(t, rt_bytes_of(&c->anchor[i]), &err), RATLS_OK, "%s: %s",
                     c->id, err.detail);
    return t;
}

static struct ratls_verdict *judge(const struct arm_case *c, const struct ratls_trust *t)
{
    uint8_t nonce[RATLS_REPORT_DATA_LEN];
    size_t len = sizeof nonce;
    struct rt_writer certs = {0};
    struct ratls_verdict *v = NULL;

    cr_assert(rt_unhex(c->nonce, strlen(c->nonce), nonce, &len));
    for (size_t i = 0; i < c->n_certs; i++)
        cr_assert_eq(rt_each_cert(rt_bytes_of(&c->cert[i]), put_pem, &certs, NULL), RATLS_OK);
    const struct ratls_appraisal what = {
        .subject = rt_bytes_of(&c->evidence),
        .nonce = ratls_bytes(nonce, len),
        .now = c->now,
        .authenticity_only = true,
        .certs = rt_written(&certs),
        .event_log = rt_bytes_of(&c->eventlog),
    };
    (void)ratls_appraise(t, &what, &v);
    cr_assert(v);
    rt_writer_free(&certs);
    return v;
}

static void judge_by_library(struct arm_case *c)
{
    struct ratls_trust *t = trust_of(c);
    struct ratls_verdict *v = judge(c, t);
    cJSON *json = verdict_json(v);

    compare(c, json);
    cJSON_Delete(json);
    ratls_verdict_unref(v);
    ratls_trust_unref(t);
}

Test(arm_vectors, every_case_comes_out_as_listed)
{
    cr_assert_geq(each_case(judge_by_library), 22);
}

/* ---- through the command ---- */

static void put_files(const char *option, const struct ratls_buffer *file, size_t n, char out[128])
{
    char name[32];

    out[0] = 0;
    for (size_t i = 0; i < n; i++) {
        (void)snprintf(name, sizeof name, "%s%zu", option, i);
        put_file(name, &file[i]);
        (void)snprintf(out + strlen(out), 128 - strlen(out), " --%s %s", option, name);
    }
}

static void judge_by_command(struct arm_case *c)
{
    const struct ratls_env *env = ratls_env_system();
    struct ratls_buffer answer;
    char command[8192], certs[128], anchors[128], nonce[160] = "";

    put_file("evidence", &c->evidence);
    put_file("eventlog", &c->eventlog);
    put_file("refvals", &c->refvals);
    put_files("certs", c->cert, c->n_certs, certs);
    put_files("anchors", c->anchor, c->n_anchors, anchors);
    if (*c->nonce)
        (void)snprintf(nonce, sizeof nonce, "--nonce %s", c->nonce);
    (void)snprintf(command, sizeof command,
                   "'%s' verify --json --authenticity-only --tee %s --evidence evidence --time "
                   "%lld %s %s %s %s %s >answer 2>errors",
                   tool, c->tee, (long long)c->now, certs, anchors, nonce,
                   c->eventlog.len ? "--eventlog eventlog" : "",
                   c->refvals.len ? "--refvals refvals" : "");
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

Test(arm_vectors, every_case_comes_out_as_listed_through_the_command)
{
    find_tool("arm_vectors");
    cr_assert_geq(each_case(judge_by_command), 22);
    remove_folder();
}

/* ---- by the pins ---- */

/* Roots are built in as hashes of their keys: Huawei's itself comes beside the evidence, that of
 * AWS in it. */
static void judge_by_pin(struct arm_case *c)
{
    const bool is_huawei = strcmp(c->tee, "virtcca") == 0 && c->n_certs > 0;
    struct ratls_trust *t;

    if (!is_due(c) || (!is_huawei && strcmp(c->tee, "nitro") != 0))
        return;
    cr_assert_eq(ratls_trust_new(ratls_env_system(), &t), RATLS_OK);
    if (is_huawei)
        cr_assert_eq(read_vector("anchors/huawei-equipment-ca.pem", &c->cert[c->n_certs++]),
                     RATLS_OK);
    struct ratls_verdict *v = judge(c, t);
    cr_expect(ratls_verdict_allowed(v), "%s: %s", c->id, ratls_verdict_detail(v));
    ratls_verdict_unref(v);
    ratls_trust_unref(t);
}

Test(arm_vectors, what_is_genuine_is_so_by_the_pins)
{
    (void)each_case(judge_by_pin);
}

Test(arm_vectors, the_pins_are_those_of_the_vendors_roots)
{
    static const char *const roots[] = {"anchors/huawei-equipment-ca.pem",
                                        "anchors/huawei-ecc-attestation-root-1.pem",
                                        "anchors/aws-nitro-root-g1.pem"};
    const uint8_t *const pins[] = {rt_verifier_virtcca.pins[0], rt_verifier_virtcca.pins[1],
                                   rt_verifier_nitro.pins[0]};
    struct ratls_buffer pem, der;
    struct rt_x509 cert;
    uint8_t spki[32];

    cr_assert_eq(rt_verifier_virtcca.n_pins + rt_verifier_nitro.n_pins, RT_COUNT(roots));
    for (size_t i = 0; i < RT_COUNT(roots); i++) {
        cr_assert_eq(read_vector(roots[i], &pem), RATLS_OK);
        struct ratls_bytes text = rt_bytes_of(&pem);
        cr_assert_eq(rt_pem_next(&text, "CERTIFICATE", &der), RATLS_OK);
        cr_assert_eq(rt_x509_parse(rt_bytes_of(&der), &cert, NULL), RATLS_OK);
        cr_assert_eq(rt_x509_spki_hash(&cert, spki), RATLS_OK);
        cr_expect_arr_eq(spki, pins[i], sizeof spki, "%s", roots[i]);
        ratls_buffer_free(&der);
        ratls_buffer_free(&pem);
    }
    cr_expect_eq(rt_verifier_cca.n_pins, 0, "no key of a platform is built in");
}

/* A file of reference values is of the case that names it, and of no other. */
static const struct ratls_buffer *references;

static void judge_by_references(struct arm_case *c)
{
    static const char usual[] = "{\"tees\":{\"cca\":{\"insecure_simulated\":true}}}";
    const struct ratls_appraisal what = {.subject = rt_bytes_of(&c->evidence), .now = c->now};
    struct ratls_verdict *v = NULL;

    if (strcmp(c->tee, "cca") != 0 || !is_due(c))
        return;
    struct ratls_trust *t = trust_of(c);
    cr_assert_eq(ratls_trust_set_policy(t, ratls_bytes_str(usual), &err), RATLS_OK);
    cr_assert_eq(ratls_trust_set_reference_values(t, rt_bytes_of(references), &err), RATLS_OK, "%s",
                 err.detail);
    (void)ratls_appraise(t, &what, &v);
    cr_expect_str_eq(ratls_verdict_reason(v), c->refvals.len ? "ok" : "measurement_mismatch", "%s",
                     c->id);
    ratls_verdict_unref(v);
    ratls_trust_unref(t);
}

Test(arm_vectors, reference_values_fit_their_token_alone)
{
    struct ratls_buffer file = {0};

    cr_assert_eq(read_vector("cca/example-rv-store.json", &file), RATLS_OK);
    references = &file;
    (void)each_case(judge_by_references);
    ratls_buffer_free(&file);
}

/* T145: they pass as genuine by explicit name only, and never as anything but simulated. */
Test(arm_vectors, tokens_under_published_keys_are_simulated)
{
    static const char any[] = "{\"tees\":{\"cca\":{\"insecure_any_measurement\":true}}}";
    const cJSON *item;
    struct arm_case c = {0};
    struct ratls_verdict *v = NULL;

    cJSON_ArrayForEach(item, manifest) if (strcmp(text_of(item, "id"), "cca-rmm-01") == 0)
        read_case(item, &c);
    struct ratls_trust *t = trust_of(&c);
    cr_assert_eq(ratls_trust_set_policy(t, ratls_bytes_str(any), &err), RATLS_OK);
    const struct ratls_appraisal what = {.subject = rt_bytes_of(&c.evidence), .now = c.now};
    (void)ratls_appraise(t, &what, &v);
    cr_expect_str_eq(ratls_verdict_reason(v), "simulated");
    ratls_verdict_unref(v);
    ratls_trust_unref(t);
    free_case(&c);
}

/* ---- every byte ---- */

/* Nothing of a token is outside of a signature but its wrapping, and that has one form. */
static void flip_each(struct arm_case *c)
{
    const uint8_t first = c->evidence.p[0];
    const bool is_report = strcmp(c->id, "itrustee-report") == 0;

    if (!is_due(c) || (first != 0xd9 && first != 0x84 && !is_report) || c->eventlog.len > 0)
        return;
    struct ratls_trust *t = trust_of(c);
    for (size_t i = 0; i < c->evidence.len; i++) {
        const uint8_t before = c->evidence.p[i];
        c->evidence.p[i] ^= (uint8_t)(1 << i % 8);
        struct ratls_verdict *v = judge(c, t);
        cr_expect_not(ratls_verdict_allowed(v), "%s: byte %zu", c->id, i);
        ratls_verdict_unref(v);
        c->evidence.p[i] = before;
    }
    ratls_trust_unref(t);
}

Test(arm_vectors, every_flipped_byte_of_a_token_is_refused)
{
    (void)each_case(flip_each);
}
