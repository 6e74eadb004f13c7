/* A real report of Hygon CSV: every case of the manifest comes out as listed, through the library
 * and through the command; and which flipped bytes are refused. */
#include <sys/wait.h>

#include "csv.h"
#include "crypto.h"
#include "hygon.h"
#include "manifest_support.h"
#include "vector_cases.h"

struct csv_case {
    const char *id, *nonce;
    const cJSON *expect;
    const char *reason; /* listed */
    int64_t now;
    struct ratls_buffer evidence, anchor, cert;
};

static struct ratls_error err;

TestSuite(csv_vectors, .init = open_arm_manifest, .fini = close_manifest, .timeout = 300);

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

static struct csv_case read_case(const cJSON *item)
{
    return (struct csv_case){
        .id = text_of(item, "id"),
        .nonce = text_of(item, "nonce"),
        .expect = cJSON_GetObjectItemCaseSensitive(item, "expect"),
        .reason = text_of(item, "reject_reason"),
        .now = (int64_t)number_of(item, "time"),
        .evidence = read_case_file(item, "evidence"),
        .anchor = read_first(cJSON_GetObjectItemCaseSensitive(item, "anchors")),
        .cert = read_first(cJSON_GetObjectItemCaseSensitive(item, "certs")),
    };
}

static void free_case(struct csv_case *c)
{
    ratls_buffer_free(&c->evidence);
    ratls_buffer_free(&c->anchor);
    ratls_buffer_free(&c->cert);
}

static bool is_due(const struct csv_case *c)
{
    return strcmp(text_of(c->expect, "verdict"), "ok") == 0;
}

typedef void judge_fn(struct csv_case *c);

static size_t each_case(judge_fn *judge)
{
    const cJSON *item;
    size_t n = 0;

    cJSON_ArrayForEach(item, manifest)
    {
        if (strcmp(text_of(item, "tee"), "csv") != 0)
            continue;
        struct csv_case c = read_case(item);
        judge(&c);
        free_case(&c);
        n++;
    }
    return n;
}

static struct csv_case good_case(void)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, manifest)
    {
        if (strcmp(text_of(item, "id"), "csv-v1") == 0)
            return read_case(item);
    }
    cr_assert_fail("no case csv-v1");
    return (struct csv_case){0};
}

/* ---- what came out, against what is listed ---- */

/* The manifest's words, and ours for the same. */
static const struct {
    const char *listed, *ours;
} reasons[] = {
    {"no_trust_anchor", "no_trust_anchor"},
    {"nonce_mismatch", "binding_mismatch"},
    {"missing_certificate", "evidence_chain"},
};

static void compare_reason(const struct csv_case *c, const char *reason)
{
    for (size_t i = 0; i < RT_COUNT(reasons); i++)
        if (strcmp(reasons[i].listed, c->reason) == 0) {
            cr_expect_str_eq(reason, reasons[i].ours, "%s", c->id);
            return;
        }
    cr_expect(is_due(c), "%s: reason %s", c->id, c->reason);
}

static void compare(const struct csv_case *c, const cJSON *verdict)
{
    const cJSON *expected, *claims = cJSON_GetObjectItemCaseSensitive(verdict, "claims");

    cr_expect_str_eq(text_of(verdict, "verdict"), is_due(c) ? "allow" : "deny", "%s: %s, %s", c->id,
                     text_of(verdict, "reason"), text_of(verdict, "detail"));
    cr_expect_str_eq(text_of(verdict, "tee"), "csv", "%s", c->id);
    compare_reason(c, text_of(verdict, "reason"));
    expect_vector(c->id, verdict);
    cJSON_ArrayForEach(expected, cJSON_GetObjectItemCaseSensitive(c->expect, "claims"))
        compare_value(
            c->id, expected,
            cJSON_GetObjectItemCaseSensitive(
                strcmp(expected->string, "tee") == 0 ? verdict : claims, expected->string));
}

/* ---- through the library ---- */

/* None is listed: the root of another vendor takes the place of Hygon's own. */
static struct ratls_trust *trust_of(const struct csv_case *c)
{
    struct ratls_buffer other;
    struct ratls_trust *t;

    cr_assert_eq(ratls_trust_new(ratls_env_system(), &t), RATLS_OK);
    cr_assert_eq(read_vector("anchors/nvidia-device-root.pem", &other), RATLS_OK);
    cr_assert_eq(ratls_trust_add_roots(t, rt_bytes_of(c->anchor.len ? &c->anchor : &other), &err),
                 RATLS_OK, "%s: %s", c->id, err.detail);
    ratls_buffer_free(&other);
    return t;
}

static struct ratls_verdict *judge(const struct csv_case *c, const struct ratls_trust *t)
{
    uint8_t nonce[RATLS_REPORT_DATA_LEN];
    size_t len = sizeof nonce;
    struct ratls_buffer pem = {0};
    struct ratls_verdict *v = NULL;

    cr_assert(rt_unhex(c->nonce, strlen(c->nonce), nonce, &len));
    if (c->cert.len)
        cr_assert_eq(rt_pem_write("HYGON CERTIFICATE", rt_bytes_of(&c->cert), &pem), RATLS_OK);
    const struct ratls_appraisal what = {
        .subject = rt_bytes_of(&c->evidence),
        .report_data = ratls_bytes(nonce, len),
        .now = c->now,
        .authenticity_only = true,
        .certs = rt_bytes_of(&pem),
    };
    (void)ratls_appraise(t, &what, &v);
    cr_assert(v);
    ratls_buffer_free(&pem);
    return v;
}

static void judge_by_library(struct csv_case *c)
{
    struct ratls_trust *t = trust_of(c);
    struct ratls_verdict *v = judge(c, t);
    cJSON *json = verdict_json(v);

    compare(c, json);
    cJSON_Delete(json);
    ratls_verdict_unref(v);
    ratls_trust_unref(t);
}

Test(csv_vectors, every_case_comes_out_as_listed)
{
    cr_assert_geq(each_case(judge_by_library), 4);
}

/* ---- through the command ---- */

static void judge_by_command(struct csv_case *c)
{
    const struct ratls_env *env = ratls_env_system();
    struct ratls_buffer answer, other;
    char command[8192];

    cr_assert_eq(read_vector("anchors/nvidia-device-root.pem", &other), RATLS_OK);
    put_file("evidence", &c->evidence);
    put_file("certs", &c->cert);
    put_file("anchors", c->anchor.len ? &c->anchor : &other);
    ratls_buffer_free(&other);
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

Test(csv_vectors, every_case_comes_out_as_listed_through_the_command)
{
    find_tool("csv_vectors");
    cr_assert_geq(each_case(judge_by_command), 4);
    remove_folder();
}

/* ---- the root that is built in ---- */

Test(csv_vectors, hygons_root_is_built_in)
{
    struct csv_case c = good_case();
    struct ratls_trust *t;

    cr_assert_eq(ratls_trust_new(ratls_env_system(), &t), RATLS_OK);
    struct ratls_verdict *v = judge(&c, t);
    cJSON *json = verdict_json(v);
    compare(&c, json);
    cr_expect_not(ratls_verdict_simulated(v));
    cJSON_Delete(json);
    ratls_verdict_unref(v);
    ratls_trust_unref(t);
    free_case(&c);
}

Test(csv_vectors, the_pin_is_that_of_hygons_root)
{
    struct csv_case c = good_case();
    uint8_t spki[RT_SM2_SPKI_LEN], hash[32];
    struct rt_hygon_cert hrk;

    cr_assert_eq(rt_hygon_read(rt_bytes_of(&c.anchor), RT_HYGON_HRK, &hrk, NULL), RATLS_OK);
    cr_expect_eq(rt_hygon_signed_by(&hrk, &hrk, NULL), RATLS_OK);
    rt_hygon_spki(&hrk, spki);
    cr_assert_eq(rt_sha256(ratls_bytes(spki, sizeof spki), hash), RATLS_OK);
    cr_assert_eq(rt_verifier_csv.n_pins, 1);
    cr_expect_arr_eq(hash, rt_verifier_csv.pins[0], sizeof hash);
    free_case(&c);
}

/* ---- every byte ---- */

/* What no signature covers, nor any check: the owner's signature of the PEK, but for what makes it
 * one, and what stands behind the PEK. */
enum {
    PEK = 336,
    SECOND = PEK + 1564,
    SECOND_R = SECOND + 8,
    SECOND_S = SECOND_R + 72,
    SERIAL = 2420,
    RESERVED = 2484,
    END = 2548,
};

static bool is_free(size_t at)
{
    return (at >= SECOND_R && at < SECOND_R + 32) || (at >= SECOND_S && at < SECOND_S + 32) ||
           (at >= SECOND && at < SECOND + 4) || (at >= RESERVED && at < END) ||
           (at >= SERIAL && at < SERIAL + sizeof "NZA9T14052605" - 1);
}

Test(csv_vectors, every_flipped_byte_of_the_report_is_refused_or_known)
{
    struct csv_case c = good_case();
    struct ratls_trust *t = trust_of(&c);

    cr_assert_eq(c.evidence.len, END);
    for (size_t i = 0; i < c.evidence.len; i++) {
        c.evidence.p[i] ^= 1;
        struct ratls_verdict *v = judge(&c, t);
        cr_expect_eq(ratls_verdict_allowed(v), is_free(i), "byte %zu: %s", i,
                     ratls_verdict_detail(v));
        ratls_verdict_unref(v);
        c.evidence.p[i] ^= 1;
    }
    ratls_trust_unref(t);
    free_case(&c);
}

Test(csv_vectors, every_flipped_byte_of_hsk_and_cek_is_refused)
{
    struct csv_case c = good_case();
    struct ratls_trust *t = trust_of(&c);

    for (size_t i = 0; i < c.cert.len; i++) {
        c.cert.p[i] ^= 1;
        struct ratls_verdict *v = judge(&c, t);
        cr_expect_not(ratls_verdict_allowed(v), "byte %zu", i);
        ratls_verdict_unref(v);
        c.cert.p[i] ^= 1;
    }
    ratls_trust_unref(t);
    free_case(&c);
}

Test(csv_vectors, a_root_with_a_flipped_byte_is_no_root)
{
    struct csv_case c = good_case();
    struct ratls_trust *t;

    cr_assert_eq(ratls_trust_new(ratls_env_system(), &t), RATLS_OK);
    for (size_t i = 0; i < c.anchor.len; i++) {
        c.anchor.p[i] ^= 1;
        cr_expect_neq(ratls_trust_add_roots(t, rt_bytes_of(&c.anchor), NULL), RATLS_OK, "byte %zu",
                      i);
        c.anchor.p[i] ^= 1;
    }
    ratls_trust_unref(t);
    free_case(&c);
}
