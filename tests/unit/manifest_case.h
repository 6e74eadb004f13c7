/* manifest_case.h - one case of the manifest of Arm, GPU and TPM vectors: its files, what the
 * library and the command make of it, and that against what is listed. */
#ifndef MANIFEST_CASE_H
#define MANIFEST_CASE_H

#include <sys/wait.h>

#include "cert_text.h"
#include "manifest_support.h"
#include "vector_cases.h"

enum { CASE_FILES_MAX = 4 };

struct manifest_case {
    const char *id, *tee, *nonce, *reason; /* "" where none is listed */
    const cJSON *expect, *other_reasons;
    int64_t now;
    struct ratls_buffer evidence, eventlog, refvals;
    struct ratls_buffer anchor[CASE_FILES_MAX], cert[CASE_FILES_MAX];
    size_t n_anchors, n_certs;
};

static struct ratls_error err;

/* ---- cases ---- */

static inline size_t case_files(const cJSON *list, struct ratls_buffer out[CASE_FILES_MAX])
{
    const cJSON *name;
    size_t n = 0;

    cJSON_ArrayForEach(name, list)
    {
        cr_assert_lt(n, CASE_FILES_MAX);
        cr_assert_eq(read_vector(name->valuestring, &out[n++]), RATLS_OK, "%s", name->valuestring);
    }
    return n;
}

/* No anchor is listed: the root of another vendor takes the place of those built in. */
static inline struct manifest_case read_case(const cJSON *item)
{
    struct manifest_case c = {
        .id = text_of(item, "id"),
        .tee = text_of(item, "tee"),
        .nonce = text_of(item, "nonce"),
        .reason = text_of(item, "reject_reason"),
        .expect = cJSON_GetObjectItemCaseSensitive(item, "expect"),
        .other_reasons = cJSON_GetObjectItemCaseSensitive(item, "reject_reason_any"),
        .now = (int64_t)number_of(item, "time"),
        .evidence = read_case_file(item, "evidence"),
        .eventlog = read_case_file(item, "eventlog"),
        .refvals = read_case_file(item, "refvals"),
    };

    c.n_anchors = case_files(cJSON_GetObjectItemCaseSensitive(item, "anchors"), c.anchor);
    c.n_certs = case_files(cJSON_GetObjectItemCaseSensitive(item, "certs"), c.cert);
    if (c.n_anchors == 0)
        cr_assert_eq(read_vector("anchors/nvidia-device-root.pem", &c.anchor[c.n_anchors++]),
                     RATLS_OK);
    return c;
}

static inline void free_case(struct manifest_case *c)
{
    ratls_buffer_free(&c->evidence);
    ratls_buffer_free(&c->eventlog);
    ratls_buffer_free(&c->refvals);
    for (size_t i = 0; i < CASE_FILES_MAX; i++) {
        ratls_buffer_free(&c->anchor[i]);
        ratls_buffer_free(&c->cert[i]);
    }
}

static inline struct manifest_case case_of(const char *id)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, manifest)
    {
        if (strcmp(text_of(item, "id"), id) == 0)
            return read_case(item);
    }
    cr_assert_fail("no case %s", id);
    return (struct manifest_case){0};
}

static inline bool is_due(const struct manifest_case *c)
{
    return strcmp(text_of(c->expect, "verdict"), "ok") == 0;
}

typedef void case_fn(struct manifest_case *c);

/* Those of one TEE, NULL for all; how many there are. */
static inline size_t each_case(const char *tee, case_fn *fn)
{
    const cJSON *item;
    size_t n = 0;

    cJSON_ArrayForEach(item, manifest)
    {
        if (tee && strcmp(text_of(item, "tee"), tee) != 0)
            continue;
        struct manifest_case c = read_case(item);
        fn(&c);
        free_case(&c);
        n++;
    }
    return n;
}

/* ---- through the library ---- */

static inline struct ratls_trust *trust_of(const struct manifest_case *c)
{
    struct ratls_trust *t;

    cr_assert_eq(ratls_trust_new(ratls_env_system(), &t), RATLS_OK);
    for (size_t i = 0; i < c->n_anchors; i++)
        cr_assert_eq(ratls_trust_add_roots(t, rt_bytes_of(&c->anchor[i]), &err), RATLS_OK, "%s: %s",
                     c->id, err.detail);
    return t;
}

static inline enum ratls_err case_put_pem(void *arg, struct ratls_bytes der, struct ratls_error *e)
{
    struct ratls_buffer pem;

    (void)e;
    cr_assert_eq(rt_pem_write("CERTIFICATE", der, &pem), RATLS_OK);
    rt_put_bytes(arg, rt_bytes_of(&pem));
    ratls_buffer_free(&pem);
    return RATLS_OK;
}

/* PEM of all that is beside the evidence. */
static inline void case_certs(const struct manifest_case *c, struct rt_writer *out)
{
    struct ratls_buffer pem;

    for (size_t i = 0; i < c->n_certs; i++) {
        if (strcmp(c->tee, "csv") != 0) {
            cr_assert_eq(rt_each_cert(rt_bytes_of(&c->cert[i]), case_put_pem, out, NULL), RATLS_OK);
            continue;
        }
        cr_assert_eq(rt_pem_write("HYGON CERTIFICATE", rt_bytes_of(&c->cert[i]), &pem), RATLS_OK);
        rt_put_bytes(out, rt_bytes_of(&pem));
        ratls_buffer_free(&pem);
    }
}

/* Authenticity alone; for ratls_verdict_unref. */
static inline struct ratls_verdict *judge(const struct manifest_case *c,
                                          const struct ratls_trust *t)
{
    uint8_t nonce[RATLS_REPORT_DATA_LEN];
    size_t len = sizeof nonce;
    struct rt_writer certs = {0};
    struct ratls_verdict *v = NULL;

    cr_assert(rt_unhex(c->nonce, strlen(c->nonce), nonce, &len));
    case_certs(c, &certs);
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

/* ---- through the command ---- */

static inline void case_put_files(const char *option, const struct ratls_buffer *file, size_t n,
                                  char out[128])
{
    char name[32];

    out[0] = 0;
    for (size_t i = 0; i < n; i++) {
        (void)snprintf(name, sizeof name, "%s%zu", option, i);
        put_file(name, &file[i]);
        (void)snprintf(out + strlen(out), 128 - strlen(out), " --%s %s", option, name);
    }
}

/* After find_tool(); JSON, new. */
static inline cJSON *judge_by_tool(const struct manifest_case *c)
{
    const struct ratls_env *env = ratls_env_system();
    struct ratls_buffer answer;
    char command[8192], certs[128], anchors[128], nonce[160] = "";

    put_file("evidence", &c->evidence);
    put_file("eventlog", &c->eventlog);
    put_file("refvals", &c->refvals);
    case_put_files("certs", c->cert, c->n_certs, certs);
    case_put_files("anchors", c->anchor, c->n_anchors, anchors);
    if (*c->nonce)
        (void)snprintf(nonce, sizeof nonce, "--nonce %s", c->nonce);
    (void)snprintf(command, sizeof command,
                   "'%s' verify --json --authenticity-only --evidence evidence --time %lld %s %s "
                   "%s %s %s >answer 2>errors",
                   tool, (long long)c->now, certs, anchors, nonce,
                   c->eventlog.len ? "--eventlog eventlog" : "",
                   c->refvals.len ? "--refvals refvals" : "");
    const int status = system(command);
    cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == !is_due(c), "%s: status %d", c->id,
              status);
    cr_assert_eq(env->read_file(env->arg, "answer", RT_MAX_FILE, &answer), RATLS_OK);
    cJSON *verdict = cJSON_ParseWithLength((const char *)answer.p, answer.len);
    cr_assert(verdict, "%s", c->id);
    ratls_buffer_free(&answer);
    return verdict;
}

/* ---- what came out, against what is listed ---- */

/* The manifest's words, and ours for the same. */
static inline bool case_is_ours(const char *tee, const char *listed, const char *reason)
{
    static const struct {
        const char *tee, *listed, *ours;
    } rows[] = {
        {"", "no_trust_anchor", "no_trust_anchor"},
        {"", "nonce_mismatch", "binding_mismatch"},
        {"", "malformed", "evidence_malformed"},
        {"", "cert_not_yet_valid", "evidence_time"},
        {"", "cert_expired", "evidence_time"},
        {"", "missing_certificate", "evidence_chain"},
        {"", "untrusted_chain", "evidence_chain"},
        {"virtcca", "untrusted_chain", "evidence_root"},
        {"nitro", "signature_invalid", "evidence_signature"},
        {"nitro", "no_trust_anchor", "evidence_root"},
        /* AMD's root, of which only the hash is built in */
        {"az_snp_vtpm", "no_trust_anchor", "collateral_missing"},
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++)
        if ((!*rows[i].tee || strcmp(rows[i].tee, tee) == 0) &&
            strcmp(rows[i].listed, listed) == 0 && strcmp(rows[i].ours, reason) == 0)
            return true;
    return false;
}

static inline void compare_reason(const struct manifest_case *c, const char *reason)
{
    const cJSON *other;
    bool fits = is_due(c) ? strcmp(reason, "ok") == 0 : case_is_ours(c->tee, c->reason, reason);

    /* Where the manifest takes several, one of them. */
    cJSON_ArrayForEach(other, c->other_reasons) fits |=
        case_is_ours(c->tee, other->valuestring, reason);
    cr_expect(fits, "%s: %s, not %s", c->id, reason, c->reason);
}

/* `verdict` is the JSON of a verdict. */
static inline void compare(const struct manifest_case *c, const cJSON *verdict)
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

#endif
