/* Real quotes, of a TPM and of guests on Azure: every case of the manifest comes out as listed,
 * through the library and through the command; and of every flipped byte it is known what becomes.
 */
#include <sys/wait.h>

#include "manifest_support.h"
#include "vector_cases.h"

enum { FILES_MAX = 4 };

struct tpm_case {
    const char *id, *tee, *nonce, *reason;
    const cJSON *expect;
    int64_t now;
    struct ratls_buffer evidence, anchor[FILES_MAX];
    size_t n_anchors;
};

static struct ratls_error err;

TestSuite(tpm_vectors, .init = open_arm_manifest, .fini = close_manifest, .timeout = 300);

/* ---- cases ---- */

/* None is listed: the root of another vendor takes the place of those built in. */
static void read_case(const cJSON *item, struct tpm_case *c)
{
    const cJSON *name;

    *c = (struct tpm_case){.id = text_of(item, "id"),
                           .tee = text_of(item, "tee"),
                           .nonce = text_of(item, "nonce"),
                           .reason = text_of(item, "reject_reason"),
                           .expect = cJSON_GetObjectItemCaseSensitive(item, "expect"),
                           .now = (int64_t)number_of(item, "time"),
                           .evidence = read_case_file(item, "evidence")};
    cJSON_ArrayForEach(name, cJSON_GetObjectItemCaseSensitive(item, "anchors"))
        cr_assert_eq(read_vector(name->valuestring, &c->anchor[c->n_anchors++]), RATLS_OK);
    if (c->n_anchors == 0)
        cr_assert_eq(read_vector("anchors/nvidia-device-root.pem", &c->anchor[c->n_anchors++]),
                     RATLS_OK);
}

static void free_case(struct tpm_case *c)
{
    ratls_buffer_free(&c->evidence);
    for (size_t i = 0; i < c->n_anchors; i++)
        ratls_buffer_free(&c->anchor[i]);
}

static bool is_due(const struct tpm_case *c)
{
    return strcmp(text_of(c->expect, "verdict"), "ok") == 0;
}

typedef void judge_fn(struct tpm_case *c);

static size_t each_case(judge_fn *judge)
{
    static const char *const tees[] = {"tpm", "az_snp_vtpm"};
    const cJSON *item;
    size_t n = 0;

    cJSON_ArrayForEach(item, manifest)
    {
        struct tpm_case c;
        for (size_t i = 0; i < RT_COUNT(tees); i++) {
            if (strcmp(text_of(item, "tee"), tees[i]) != 0)
                continue;
            read_case(item, &c);
            judge(&c);
            free_case(&c);
            n++;
        }
    }
    return n;
}

/* ---- what came out, against what is listed ---- */

/* The manifest's words, and ours for the same. */
static const struct {
    const char *listed, *ours;
} reasons[] = {
    {"nonce_mismatch", "binding_mismatch"},
    {"no_trust_anchor", "no_trust_anchor"},
    {"no_trust_anchor", "evidence_root"},
    {"no_trust_anchor", "collateral_missing"}, /* AMD's root, of which only the hash is built in */
};

static void compare_reason(const struct tpm_case *c, const char *reason)
{
    bool fits = is_due(c);

    for (size_t i = 0; i < RT_COUNT(reasons); i++)
        fits |= strcmp(reasons[i].listed, c->reason) == 0 && strcmp(reason, reasons[i].ours) == 0;
    cr_expect(fits, "%s: %s", c->id, reason);
}

static void compare(const struct tpm_case *c, const cJSON *verdict)
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

static struct ratls_trust *trust_of(const struct tpm_case *c)
{
    struct ratls_trust *t;

    cr_assert_eq(ratls_trust_new(ratls_env_system(), &t), RATLS_OK);
    for (size_t i = 0; i < c->n_anchors; i++)
        cr_assert_eq(ratls_trust_add_roots(t, rt_bytes_of(&c->anchor[i]), &err), RATLS_OK, "%s: %s",
                     c->id, err.detail);
    return t;
}

static struct ratls_verdict *judge(const struct tpm_case *c, const struct ratls_trust *t)
{
    uint8_t nonce[RATLS_REPORT_DATA_LEN];
    size_t len = sizeof nonce;
    struct ratls_verdict *v = NULL;

    cr_assert(rt_unhex(c->nonce, strlen(c->nonce), nonce, &len));
    const struct ratls_appraisal what = {
        .subject = rt_bytes_of(&c->evidence),
        .nonce = ratls_bytes(nonce, len),
        .now = c->now,
        .authenticity_only = true,
    };
    (void)ratls_appraise(t, &what, &v);
    cr_assert(v);
    return v;
}

static void judge_by_library(struct tpm_case *c)
{
    struct ratls_trust *t = trust_of(c);
    struct ratls_verdict *v = judge(c, t);
    cJSON *json = verdict_json(v);

    compare(c, json);
    cJSON_Delete(json);
    ratls_verdict_unref(v);
    ratls_trust_unref(t);
}

Test(tpm_vectors, every_case_comes_out_as_listed)
{
    cr_assert_geq(each_case(judge_by_library), 8);
}

/* ---- through the command ---- */

static void judge_by_command(struct tpm_case *c)
{
    const struct ratls_env *env = ratls_env_system();
    struct ratls_buffer answer;
    char command[8192], anchors[128] = "", name[32];

    put_file("evidence", &c->evidence);
    for (size_t i = 0; i < c->n_anchors; i++) {
        (void)snprintf(name, sizeof name, "anchor%zu", i);
        put_file(name, &c->anchor[i]);
        (void)snprintf(anchors + strlen(anchors), sizeof anchors - strlen(anchors), " --anchors %s",
                       name);
    }
    (void)snprintf(command, sizeof command,
                   "'%s' verify --json --authenticity-only --tee %s --evidence evidence --time "
                   "%lld %s --nonce %s >answer 2>errors",
                   tool, c->tee, (long long)c->now, anchors, c->nonce);
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

Test(tpm_vectors, every_case_comes_out_as_listed_through_the_command)
{
    find_tool("tpm_vectors");
    cr_assert_geq(each_case(judge_by_command), 8);
    remove_folder();
}

/* ---- every byte ---- */

static char *claims_of(const struct ratls_verdict *v)
{
    cJSON *json = verdict_json(v);
    char *text = cJSON_PrintUnformatted(cJSON_GetObjectItemCaseSensitive(json, "claims"));

    cJSON_Delete(json);
    return text;
}

/* Text has many forms: white space, the case of a digit. What is accepted says the same. */
static void flip_each(struct tpm_case *c)
{
    if (!is_due(c))
        return;
    struct ratls_trust *t = trust_of(c);
    struct ratls_verdict *v = judge(c, t);
    char *due = claims_of(v);

    ratls_verdict_unref(v);
    for (size_t i = 0; i < c->evidence.len; i++) {
        const uint8_t before = c->evidence.p[i];
        c->evidence.p[i] ^= (uint8_t)(1 << i % 8);
        v = judge(c, t);
        char *found = claims_of(v);
        cr_expect(!ratls_verdict_allowed(v) || strcmp(found, due) == 0, "%s: byte %zu", c->id, i);
        free(found);
        ratls_verdict_unref(v);
        c->evidence.p[i] = before;
    }
    free(due);
    ratls_trust_unref(t);
}

Test(tpm_vectors, every_flipped_byte_is_refused_or_changes_nothing)
{
    (void)each_case(flip_each);
}
