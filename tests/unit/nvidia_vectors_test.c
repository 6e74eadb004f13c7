/* Reports of real H100s: every case of the manifest comes out as listed, through the library and
 * through the command; and every flipped byte is refused. */
#include <sys/wait.h>

#include "baseline_impl.h"
#include "crypto.h"
#include "manifest_support.h"
#include "nvidia.h"
#include "vector_cases.h"
#include "x509.h"

struct nvidia_case {
    const char *id, *nonce;
    const cJSON *expect;
    const char *reason; /* listed */
    const cJSON *other_reasons;
    int64_t now;
    struct ratls_buffer evidence, anchor, cert;
};

static struct ratls_error err;

TestSuite(nvidia_vectors, .init = open_arm_manifest, .fini = close_manifest, .timeout = 300);

/* ---- cases ---- */

/* At most one; len 0: none. */
static struct ratls_buffer read_first(const cJSON *list)
{
    struct ratls_buffer out = {0};

    cr_assert_leq(cJSON_GetArraySize(list), 1);
    if (list && list->child)
        cr_assert_eq(read_vector(list->child->valuestring, &out), RATLS_OK);
    return out;
}

static struct nvidia_case read_case(const cJSON *item)
{
    return (struct nvidia_case){
        .id = text_of(item, "id"),
        .nonce = text_of(item, "nonce"),
        .expect = cJSON_GetObjectItemCaseSensitive(item, "expect"),
        .reason = text_of(item, "reject_reason"),
        .other_reasons = cJSON_GetObjectItemCaseSensitive(item, "reject_reason_any"),
        .now = (int64_t)number_of(item, "time"),
        .evidence = read_case_file(item, "evidence"),
        .anchor = read_first(cJSON_GetObjectItemCaseSensitive(item, "anchors")),
        .cert = read_first(cJSON_GetObjectItemCaseSensitive(item, "certs")),
    };
}

static void free_case(struct nvidia_case *c)
{
    ratls_buffer_free(&c->evidence);
    ratls_buffer_free(&c->anchor);
    ratls_buffer_free(&c->cert);
}

static bool is_due(const struct nvidia_case *c)
{
    return strcmp(text_of(c->expect, "verdict"), "ok") == 0;
}

typedef void judge_fn(struct nvidia_case *c);

static size_t each_case(judge_fn *judge)
{
    const cJSON *item;
    size_t n = 0;

    cJSON_ArrayForEach(item, manifest)
    {
        if (strcmp(text_of(item, "tee"), "nvidia") != 0)
            continue;
        struct nvidia_case c = read_case(item);
        judge(&c);
        free_case(&c);
        n++;
    }
    return n;
}

static struct nvidia_case case_of(const char *id)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, manifest)
    {
        if (strcmp(text_of(item, "id"), id) == 0)
            return read_case(item);
    }
    cr_assert_fail("no case %s", id);
    return (struct nvidia_case){0};
}

/* ---- what came out, against what is listed ---- */

/* The manifest's words, and ours for the same. */
static const struct {
    const char *listed, *ours;
} reasons[] = {
    {"nonce_mismatch", "binding_mismatch"},
    {"untrusted_chain", "evidence_chain"},
    {"missing_certificate", "evidence_chain"},
};

static bool is_ours(const char *listed, const char *reason)
{
    for (size_t i = 0; i < RT_COUNT(reasons); i++)
        if (strcmp(reasons[i].listed, listed) == 0 && strcmp(reasons[i].ours, reason) == 0)
            return true;
    return false;
}

/* Where the manifest takes several, one of them. */
static void compare_reason(const struct nvidia_case *c, const char *reason)
{
    const cJSON *other;
    bool fits = is_due(c) ? strcmp(reason, "ok") == 0 : is_ours(c->reason, reason);

    cJSON_ArrayForEach(other, c->other_reasons) fits |= is_ours(other->valuestring, reason);
    cr_expect(fits, "%s: %s", c->id, reason);
}

static void compare(const struct nvidia_case *c, const cJSON *verdict)
{
    const cJSON *expected, *claims = cJSON_GetObjectItemCaseSensitive(verdict, "claims");

    cr_expect_str_eq(text_of(verdict, "verdict"), is_due(c) ? "allow" : "deny", "%s: %s, %s", c->id,
                     text_of(verdict, "reason"), text_of(verdict, "detail"));
    cr_expect_str_eq(text_of(verdict, "tee"), "nvidia", "%s", c->id);
    compare_reason(c, text_of(verdict, "reason"));
    expect_vector(c->id, verdict);
    cJSON_ArrayForEach(expected, cJSON_GetObjectItemCaseSensitive(c->expect, "claims"))
        compare_value(
            c->id, expected,
            cJSON_GetObjectItemCaseSensitive(
                strcmp(expected->string, "tee") == 0 ? verdict : claims, expected->string));
}

/* ---- through the library ---- */

static struct ratls_trust *trust_of(const struct nvidia_case *c)
{
    struct ratls_trust *t;

    cr_assert_eq(ratls_trust_new(ratls_env_system(), &t), RATLS_OK);
    cr_assert_eq(ratls_trust_add_roots(t, rt_bytes_of(&c->anchor), &err), RATLS_OK, "%s: %s", c->id,
                 err.detail);
    return t;
}

static struct ratls_verdict *judge(const struct nvidia_case *c, const struct ratls_trust *t)
{
    uint8_t nonce[RATLS_REPORT_DATA_LEN];
    size_t len = sizeof nonce;
    struct ratls_verdict *v = NULL;

    cr_assert(rt_unhex(c->nonce, strlen(c->nonce), nonce, &len));
    const struct ratls_appraisal what = {
        .subject = rt_bytes_of(&c->evidence),
        .report_data = ratls_bytes(nonce, len),
        .now = c->now,
        .authenticity_only = true,
        .certs = rt_bytes_of(&c->cert),
    };
    (void)ratls_appraise(t, &what, &v);
    cr_assert(v);
    return v;
}

static void judge_by_library(struct nvidia_case *c)
{
    struct ratls_trust *t = trust_of(c);
    struct ratls_verdict *v = judge(c, t);
    cJSON *json = verdict_json(v);

    compare(c, json);
    cJSON_Delete(json);
    ratls_verdict_unref(v);
    ratls_trust_unref(t);
}

Test(nvidia_vectors, every_case_comes_out_as_listed)
{
    cr_assert_geq(each_case(judge_by_library), 9);
}

/* ---- through the command ---- */

static void judge_by_command(struct nvidia_case *c)
{
    const struct ratls_env *env = ratls_env_system();
    struct ratls_buffer answer;
    char command[8192];

    put_file("evidence", &c->evidence);
    put_file("certs", &c->cert);
    put_file("anchors", &c->anchor);
    (void)snprintf(command, sizeof command,
                   "'%s' verify --json --authenticity-only --evidence evidence --time %lld "
                   "--anchors anchors --nonce %s %s >answer 2>errors",
                   tool, (long long)c->now, c->nonce, c->cert.len ? "--certs certs" : "");
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

Test(nvidia_vectors, every_case_comes_out_as_listed_through_the_command)
{
    find_tool("nvidia_vectors");
    cr_assert_geq(each_case(judge_by_command), 9);
    remove_folder();
}

/* ---- the root that is built in ---- */

Test(nvidia_vectors, nvidias_root_is_built_in_and_may_be_left_out)
{
    struct nvidia_case c = case_of("nvidia-h100");
    struct ratls_trust *t;
    char *root = strstr((char *)c.cert.p, "-----BEGIN");

    for (char *next; (next = strstr(root + 1, "-----BEGIN")) != NULL;)
        root = next;
    cr_assert_eq(ratls_trust_new(ratls_env_system(), &t), RATLS_OK);
    for (size_t i = 0; i < 2; i++, c.cert.len = (size_t)(root - (char *)c.cert.p)) {
        struct ratls_verdict *v = judge(&c, t);
        cJSON *json = verdict_json(v);
        compare(&c, json);
        cr_expect_not(ratls_verdict_simulated(v));
        expect_root_key(c.id, cJSON_GetObjectItemCaseSensitive(json, "claims"), &c.anchor);
        cJSON_Delete(json);
        ratls_verdict_unref(v);
    }
    ratls_trust_unref(t);
    free_case(&c);
}

Test(nvidia_vectors, the_pin_is_that_of_nvidias_root)
{
    struct nvidia_case c = case_of("nvidia-h100");
    struct ratls_bytes text = rt_bytes_of(&c.anchor);
    struct ratls_buffer der;
    struct rt_x509 root;
    uint8_t hash[RT_SHA256_LEN];

    cr_assert_eq(rt_pem_next(&text, "CERTIFICATE", &der), RATLS_OK);
    cr_assert_eq(rt_x509_parse(rt_bytes_of(&der), &root, NULL), RATLS_OK);
    cr_assert_eq(rt_x509_spki_hash(&root, hash), RATLS_OK);
    cr_assert_eq(rt_verifier_nvidia.n_pins, 1);
    cr_expect_arr_eq(hash, rt_verifier_nvidia.pins[0], sizeof hash);
    ratls_buffer_free(&der);
    free_case(&c);
}

/* ---- reference values ---- */

/* A body of a version with these values of blocks 10 and 12. */
static bool fits(const struct ratls_claims *claims, const char *driver, const char *of_12)
{
    static const char of_10[] = "059b32e712a153f490dbfb7976a9e275d789e28bd4803c357def2b6123327c43"
                                "0526bfaecc200f496d4e149fc5eade03";
    char text[1024], why[RT_BASELINE_WHY_MAX];

    (void)snprintf(text, sizeof text,
                   "{\"claims\":{\"nvidia.driver_version\":[\"%s\"],"
                   "\"nvidia.vbios_version\":[\"96.00.9f.00.01\"],"
                   "\"nvidia.nvdec0_status\":[\"55\"],\"nvidia.measurements.count\":[64],"
                   "\"nvidia.measurements.10\":[\"%s\"],"
                   "\"nvidia.measurements.12\":[\"%s\",\"%s\"]}}",
                   driver, of_10, of_10, of_12);
    const struct rt_baseline b = {.body = cJSON_Parse(text)};
    cr_assert(b.body);
    const bool yes = rt_baseline_fits(&b, claims, why);
    cJSON_Delete(b.body);
    return yes;
}

Test(nvidia_vectors, a_version_of_reference_values_goes_by_index)
{
    static const char of_12[] = "413d008cedd5526a79455a178154328ce960af252bdb06e7fe4080049add4124"
                                "88cac39ecf3d80efbdc6bdd363861773";
    struct nvidia_case c = case_of("nvidia-h100");
    struct ratls_trust *t = trust_of(&c);
    struct ratls_verdict *v = judge(&c, t);

    cr_expect(fits(ratls_verdict_claims(v), "550.90.07", of_12));
    cr_expect_not(fits(ratls_verdict_claims(v), "550.90.08", of_12));
    cr_expect_not(fits(ratls_verdict_claims(v), "550.90.07", "00"));
    ratls_verdict_unref(v);
    ratls_trust_unref(t);
    free_case(&c);
}

/* ---- alone ---- */

Test(nvidia_vectors, a_gpu_alone_is_refused_whatever_a_policy_says)
{
    static const char everything[] =
        "{\"tees\":{\"nvidia\":{\"insecure_any_measurement\":true,\"tcb_status\":[\"unrated\"]}}}";
    struct nvidia_case c = case_of("nvidia-h100");
    struct ratls_trust *t = trust_of(&c);
    struct ratls_verdict *v = NULL;
    uint8_t nonce[RATLS_REPORT_DATA_LEN];
    size_t len = sizeof nonce;

    cr_assert(rt_unhex(c.nonce, strlen(c.nonce), nonce, &len));
    cr_assert_eq(ratls_trust_set_policy(t, ratls_bytes_str(everything), &err), RATLS_OK, "%s",
                 err.detail);
    const struct ratls_appraisal what = {
        .subject = rt_bytes_of(&c.evidence),
        .report_data = ratls_bytes(nonce, len),
        .now = c.now,
        .certs = rt_bytes_of(&c.cert),
    };
    cr_expect_eq(ratls_appraise(t, &what, &v), RATLS_E_DEVICE_ALONE);
    cr_expect_not(ratls_verdict_allowed(v));
    ratls_verdict_unref(v);
    ratls_trust_unref(t);
    free_case(&c);
}

/* ---- every byte ---- */

static void refuse_each_flip(const struct nvidia_case *c, struct ratls_buffer *of)
{
    struct ratls_trust *t = trust_of(c);

    for (size_t i = 0; i < of->len; i++) {
        of->p[i] ^= 1;
        struct ratls_verdict *v = judge(c, t);
        cr_expect_not(ratls_verdict_allowed(v), "byte %zu", i);
        ratls_verdict_unref(v);
        of->p[i] ^= 1;
    }
    ratls_trust_unref(t);
}

Test(nvidia_vectors, every_flipped_byte_of_a_report_is_refused)
{
    struct nvidia_case c = case_of("nvidia-h100");

    refuse_each_flip(&c, &c.evidence);
    free_case(&c);
}

Test(nvidia_vectors, bytes_behind_the_signature_are_counted_and_no_more)
{
    struct nvidia_case c = case_of("nvidia-h100");
    struct ratls_trust *t = trust_of(&c);

    c.evidence.p = realloc(c.evidence.p, c.evidence.len + 9);
    cr_assert(c.evidence.p);
    memset(c.evidence.p + c.evidence.len, 0x5a, 9);
    for (size_t n = 1; n <= 9; n++) {
        c.evidence.len++;
        struct ratls_verdict *v = judge(&c, t);
        cr_expect_eq(ratls_verdict_allowed(v), n <= 8, "%zu bytes", n);
        if (n <= 8)
            cr_expect_eq(ratls_claims_get(ratls_verdict_claims(v), "nvidia.trailing_bytes")->number,
                         n);
        ratls_verdict_unref(v);
    }
    ratls_trust_unref(t);
    free_case(&c);
}
