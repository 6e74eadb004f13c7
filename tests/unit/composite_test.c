/* Composite evidence: a simulated TD and simulated GPUs beside it, in files and as a session shows
 * them; every way not to belong together is refused. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "composite.h"
#include "ratls/ratls.h"
#include "ratls/token.h"

static struct ratls_error err;

#define MUST(call) cr_assert_eq((call), RATLS_OK, "%s: %s", #call, err.detail)

enum { TD, GPU0, GPU1, GPU2, MADE };

static struct ratls_attester *attester[MADE];
static struct ratls_buffer collateral;
static char pki[] = "/tmp/ratls-composite-XXXXXX";

static const char *options_of(size_t i, char *room, size_t len)
{
    if (i == TD)
        return NULL;
    (void)snprintf(room, len, "pki=%s,device=%zu", pki, i);
    return room;
}

static void start(void)
{
    char room[128];

    cr_assert_not_null(mkdtemp(pki));
    for (size_t i = 0; i < MADE; i++)
        MUST(ratls_attester_open(ratls_env_system(), i == TD ? "sim-tdx" : "sim-nvidia",
                                 options_of(i, room, sizeof room), &attester[i], &err));
    MUST(ratls_attester_sim_collateral(attester[TD], &collateral, &err));
}

static void stop(void)
{
    char command[128];

    for (size_t i = 0; i < MADE; i++)
        ratls_attester_close(attester[i]);
    ratls_buffer_free(&collateral);
    (void)snprintf(command, sizeof command, "rm -rf %s", pki);
    cr_assert_eq(system(command), 0);
}

TestSuite(composite, .init = start, .fini = stop, .timeout = 120);

/* ---- evidence ---- */

static const uint8_t own[RATLS_REPORT_DATA_LEN] = {1, 2, 3}, others[RATLS_REPORT_DATA_LEN] = {4};

struct piece {
    const char *label;
    int of;              /* attester */
    const uint8_t *host; /* whose report data its nonce names; of the TD: its own */
};

#define CPU                                                                                        \
    {                                                                                              \
        "cpu0", TD, own                                                                            \
    }
#define GPU(n)                                                                                     \
    {                                                                                              \
        "gpu" #n, GPU##n, own                                                                      \
    }
#define ALIEN                                                                                      \
    {                                                                                              \
        "gpu1", GPU1, others                                                                       \
    }
#define SAME                                                                                       \
    {                                                                                              \
        "gpu1", GPU0, own                                                                          \
    }
#define END                                                                                        \
    {                                                                                              \
        NULL, 0, NULL                                                                              \
    }

/* *out is new. */
static void make(const struct piece *pieces, struct ratls_buffer *out)
{
    struct ratls_buffer evidence[8] = {{0}};
    struct rt_cmw_collection c = {0};

    for (size_t i = 0; pieces[i].label; i++) {
        struct rt_cmw_item *item = &c.item[c.n++];
        uint8_t report_data[RATLS_REPORT_DATA_LEN];
        if (pieces[i].of == TD)
            memcpy(report_data, pieces[i].host, sizeof report_data);
        else
            MUST(ratls_device_report_data(pieces[i].host, report_data));
        MUST(ratls_attester_evidence(attester[pieces[i].of], report_data, &evidence[i], &err));
        (void)snprintf(item->label, sizeof item->label, "%s", pieces[i].label);
        item->evidence = rt_bytes_of(&evidence[i]);
        item->media_type = ratls_bytes_str(pieces[i].of == TD ? "application/vnd.ratls.tdx"
                                                              : "application/vnd.ratls.nvidia");
    }
    MUST(rt_cmw_collection_write(&c, out));
    for (size_t i = 0; i < c.n; i++)
        ratls_buffer_free(&evidence[i]);
}

/* ---- trust ---- */

#define ANY                                                                                        \
    "{\"insecure_any_measurement\":true,\"insecure_simulated\":true,\"tcb_status\":"               \
    "[\"UpToDate\",\"unrated\"]}"
#define BOTH "\"tees\":{\"tdx\":" ANY ",\"nvidia\":" ANY "}"

static struct ratls_trust *trust_with(const char *policy)
{
    struct ratls_trust *t;

    MUST(ratls_trust_new(ratls_env_system(), &t));
    MUST(ratls_trust_insecure_add_sim_roots(t, ratls_attester_sim_root(attester[TD]), &err));
    MUST(ratls_trust_insecure_add_sim_roots(t, ratls_attester_sim_root(attester[GPU0]), &err));
    MUST(ratls_trust_add_collateral(t, rt_bytes_of(&collateral), &err));
    MUST(ratls_trust_set_policy(t, ratls_bytes_str(policy), &err));
    return t;
}

static struct ratls_verdict *judge(struct ratls_trust *t, struct ratls_bytes subject,
                                   bool authenticity_only)
{
    struct ratls_verdict *v;
    const struct ratls_appraisal what = {.subject = subject,
                                         .report_data = ratls_bytes(own, sizeof own),
                                         .now = ratls_env_system()->now(NULL),
                                         .authenticity_only = authenticity_only};

    (void)ratls_appraise(t, &what, &v);
    cr_assert_not_null(v);
    return v;
}

/* ---- files ---- */

static const struct {
    const char *name, *policy;
    struct piece pieces[6];
    enum ratls_err e;
} table[] = {
    {"a TD and two GPUs", "{" BOTH "}", {CPU, GPU(0), GPU(1), END}, RATLS_OK},
    {"devices first", "{" BOTH "}", {GPU(0), GPU(1), CPU, END}, RATLS_OK},
    {"a TD alone, no devices due", "{" BOTH "}", {CPU, END}, RATLS_OK},
    {"as many as are due",
     "{" BOTH ",\"devices\":{\"nvidia\":2}}",
     {CPU, GPU(0), GPU(1), END},
     RATLS_OK},
    {"within the range",
     "{" BOTH ",\"devices\":{\"nvidia\":[1,3]}}",
     {CPU, GPU(0), GPU(1), END},
     RATLS_OK},
    {"fewer",
     "{" BOTH ",\"devices\":{\"nvidia\":3}}",
     {CPU, GPU(0), GPU(1), END},
     RATLS_E_DEVICE_MISSING},
    {"none", "{" BOTH ",\"devices\":{\"nvidia\":1}}", {CPU, END}, RATLS_E_DEVICE_MISSING},
    {"more",
     "{" BOTH ",\"devices\":{\"nvidia\":1}}",
     {CPU, GPU(0), GPU(1), END},
     RATLS_E_DEVICE_UNEXPECTED},
    {"more than the range",
     "{" BOTH ",\"devices\":{\"nvidia\":[0,1]}}",
     {CPU, GPU(0), GPU(1), END},
     RATLS_E_DEVICE_UNEXPECTED},
    {"of a kind not wanted",
     "{" BOTH ",\"devices\":{\"other\":0}}",
     {CPU, GPU(0), END},
     RATLS_E_DEVICE_UNEXPECTED},
    {"none are wanted", "{" BOTH ",\"devices\":{}}", {CPU, GPU(0), END}, RATLS_E_DEVICE_UNEXPECTED},
    {"a kind without rules",
     "{\"tees\":{\"tdx\":" ANY "}}",
     {CPU, GPU(0), END},
     RATLS_E_TEE_NOT_ALLOWED},
    {"the TD's own rules",
     "{\"tees\":{\"nvidia\":" ANY "}}",
     {CPU, GPU(0), END},
     RATLS_E_TEE_NOT_ALLOWED},
    {"a GPU of another host", "{" BOTH "}", {CPU, GPU(0), ALIEN, END}, RATLS_E_BINDING_MISMATCH},
    {"one GPU twice", "{" BOTH "}", {CPU, GPU(0), SAME, END}, RATLS_E_DEVICE_DUPLICATE},
    {"GPUs alone", "{" BOTH "}", {GPU(0), GPU(1), END}, RATLS_E_DEVICE_ALONE},
    {"a TD in the place of a device",
     "{" BOTH "}",
     {CPU, {"gpu0", TD, own}, END},
     RATLS_E_EVIDENCE_MISMATCH},
    {"a GPU in the place of the TD",
     "{" BOTH "}",
     {{"cpu0", GPU0, own}, GPU(1), END},
     RATLS_E_DEVICE_ALONE},
};

Test(composite, files)
{
    for (size_t i = 0; i < RT_COUNT(table); i++) {
        struct ratls_trust *t = trust_with(table[i].policy);
        struct ratls_buffer subject;
        make(table[i].pieces, &subject);
        struct ratls_verdict *v = judge(t, rt_bytes_of(&subject), false);
        cr_expect_eq(ratls_verdict_code(v), table[i].e, "%s: %s: %s", table[i].name,
                     ratls_verdict_reason(v), ratls_verdict_detail(v));
        ratls_verdict_unref(v);
        ratls_buffer_free(&subject);
        ratls_trust_unref(t);
    }
}

/* Authenticity asks no policy, but what belongs together does. */
Test(composite, authenticity_is_of_all_parts)
{
    static const struct piece good[] = {CPU, GPU(0), GPU(1), END}, alien[] = {CPU, ALIEN, END};
    struct ratls_trust *t = trust_with("{\"tees\":{},\"devices\":{\"nvidia\":9}}");
    struct ratls_buffer subject;

    make(good, &subject);
    struct ratls_verdict *v = judge(t, rt_bytes_of(&subject), true);
    cr_expect_eq(ratls_verdict_code(v), RATLS_OK, "%s", ratls_verdict_detail(v));
    cr_expect_eq(ratls_verdict_devices(v), 2);
    ratls_verdict_unref(v);
    ratls_buffer_free(&subject);
    make(alien, &subject);
    v = judge(t, rt_bytes_of(&subject), true);
    cr_expect_eq(ratls_verdict_code(v), RATLS_E_BINDING_MISMATCH);
    cr_expect_eq(strncmp(ratls_verdict_detail(v), "gpu1: ", 6), 0, "%s", ratls_verdict_detail(v));
    cr_expect_gt(strlen(ratls_verdict_detail(v)), 6, "and what is wrong with it");
    ratls_verdict_unref(v);
    ratls_buffer_free(&subject);
    ratls_trust_unref(t);
}

/* A collection that is cut off, and one whose CPU is of no known kind. */
Test(composite, files_are_read_to_their_end)
{
    static const struct piece good[] = {CPU, GPU(0), END};
    struct ratls_trust *t = trust_with("{" BOTH "}");
    struct ratls_buffer subject;

    make(good, &subject);
    struct ratls_verdict *v = judge(t, ratls_bytes(subject.p, subject.len - 1), true);
    cr_expect_eq(ratls_verdict_code(v), RATLS_E_EVIDENCE_FORMAT, "%s", ratls_verdict_detail(v));
    ratls_verdict_unref(v);
    ratls_buffer_free(&subject);
    const struct rt_cmw_collection c = {
        .n = 1,
        .item = {{"cpu0", ratls_bytes_str("application/vnd.ratls.tdx"), ratls_bytes_str("none")}}};
    MUST(rt_cmw_collection_write(&c, &subject));
    v = judge(t, rt_bytes_of(&subject), true);
    cr_expect_eq(ratls_verdict_code(v), RATLS_E_EVIDENCE_UNKNOWN, "%s", ratls_verdict_reason(v));
    ratls_verdict_unref(v);
    ratls_buffer_free(&subject);
    ratls_trust_unref(t);
}

Test(composite, verdict_tells_of_each_part)
{
    static const struct piece pieces[] = {CPU, GPU(0), GPU(1), END};
    struct ratls_trust *t = trust_with("{" BOTH "}");
    struct ratls_buffer subject, json, input;
    const char *label = NULL;

    make(pieces, &subject);
    struct ratls_verdict *v = judge(t, rt_bytes_of(&subject), false);
    cr_assert_eq(ratls_verdict_devices(v), 2);
    cr_expect_null(ratls_verdict_device(v, 2, NULL));
    const struct ratls_verdict *gpu = ratls_verdict_device(v, 1, &label);
    cr_expect_str_eq(label, "gpu1");
    cr_expect_str_eq(ratls_verdict_tee(gpu), "nvidia");
    cr_expect(ratls_verdict_allowed(gpu));
    cr_expect_leq(ratls_verdict_expires(v), ratls_verdict_expires(gpu));
    MUST(ratls_verdict_json(v, &json));
    cr_expect_not_null(strstr((char *)json.p, ",\"devices\":{\"gpu0\":{\"verdict\":\"allow\""));
    MUST(ratls_verdict_input(v, &input));
    cr_expect_not_null(strstr((char *)input.p, ",\"devices\":{\"gpu0\":{\"tee\":\"nvidia\""));
    ratls_buffer_free(&json);
    ratls_buffer_free(&input);
    ratls_verdict_unref(v);
    ratls_buffer_free(&subject);
    ratls_trust_unref(t);
}

Test(composite, is_inspected_part_by_part)
{
    static const struct piece pieces[] = {CPU, GPU(0), GPU(1), END}, alone[] = {GPU(0), END};
    struct ratls_trust *t = trust_with("{" BOTH "}");
    struct ratls_buffer subject;
    struct ratls_claims *claims;

    make(pieces, &subject);
    MUST(ratls_inspect(t, rt_bytes_of(&subject), &claims, &err));
    cr_expect_str_eq(ratls_claims_get(claims, "format")->text, "composite");
    cr_expect_str_eq(ratls_claims_get(claims, "tee")->text, "tdx");
    cr_expect_str_eq(ratls_claims_get(claims, "gpu1.tee")->text, "nvidia");
    cr_expect_not_null(ratls_claims_get(claims, "gpu1.measurement"));
    cr_expect_eq(ratls_claims_get(claims, "parts")->n_items, 3);
    ratls_claims_free(claims);
    subject.p[subject.len - 2] = 0xff;
    cr_expect_neq(ratls_inspect(t, ratls_bytes(subject.p, subject.len - 1), &claims, &err),
                  RATLS_OK);
    ratls_buffer_free(&subject);
    make(alone, &subject);
    MUST(ratls_inspect(t, rt_bytes_of(&subject), &claims, &err));
    cr_expect_null(ratls_claims_get(claims, "tee"));
    ratls_claims_free(claims);
    ratls_buffer_free(&subject);
    ratls_trust_unref(t);
}

/* A result about it has a submodule of each part; of what is simulated nothing is affirmed. */
Test(composite, results_have_a_submodule_of_each_part)
{
    static const struct piece pieces[] = {CPU, GPU(0), GPU(1), END};
    const struct ratls_ear what = {.iss = "https://a.example", .aud = "web", .lifetime_s = 300};
    struct ratls_trust *t = trust_with("{" BOTH "}");
    struct ratls_buffer subject, json;

    make(pieces, &subject);
    struct ratls_verdict *v = judge(t, rt_bytes_of(&subject), false);
    MUST(ratls_ear_payload(ratls_env_system(), v, &what, &json, &err));
    cr_expect_not_null(strstr((char *)json.p, "\"submods\":{\"tdx\":{\"ear_status\":\"none\""));
    cr_expect_not_null(strstr((char *)json.p, ",\"gpu0\":{\"ear_status\":\"none\""));
    cr_expect_not_null(strstr((char *)json.p, "\"ratls.simulated\":true,\"ratls.device\":"
                                              "\"nvidia\"},\"gpu1\":{"));
    ratls_buffer_free(&json);
    ratls_verdict_unref(v);
    ratls_buffer_free(&subject);
    ratls_trust_unref(t);
}

static unsigned asked;

static enum ratls_err decide(void *arg, struct ratls_bytes input, struct ratls_error *why)
{
    (void)arg;
    (void)why;
    asked++;
    return memmem(input.p, input.len, "\"gpu0\"", 6) ? RATLS_OK : RATLS_E_OPA_DENIED;
}

Test(composite, policies_outside_see_the_devices)
{
    static const struct piece with[] = {CPU, GPU(0), END}, alien[] = {CPU, ALIEN, END};
    struct ratls_trust *t = trust_with("{" BOTH "}");
    struct ratls_buffer subject;

    MUST(ratls_trust_set_judge(t, decide, NULL));
    make(with, &subject);
    struct ratls_verdict *v = judge(t, rt_bytes_of(&subject), false);
    cr_expect(ratls_verdict_allowed(v));
    ratls_verdict_unref(v);
    ratls_buffer_free(&subject);
    make(alien, &subject);
    v = judge(t, rt_bytes_of(&subject), false);
    cr_expect_eq(ratls_verdict_code(v), RATLS_E_BINDING_MISMATCH);
    cr_expect_eq(asked, 1);
    ratls_verdict_unref(v);
    ratls_buffer_free(&subject);
    ratls_trust_unref(t);
}

/* ---- as a session shows them ---- */

static struct ratls_verdict *cpu_verdict(struct ratls_trust *t)
{
    static const struct piece cpu[] = {CPU, END};
    struct ratls_buffer subject;

    make(cpu, &subject);
    struct ratls_verdict *v = judge(t, rt_bytes_of(&subject), true);
    cr_assert(ratls_verdict_allowed(v), "%s", ratls_verdict_detail(v));
    ratls_buffer_free(&subject);
    return v;
}

static enum ratls_err show(struct ratls_trust *t, const struct piece *pieces)
{
    struct ratls_verdict *cpu = cpu_verdict(t);
    struct ratls_buffer collection;
    struct rt_devices *devices;

    make(pieces, &collection);
    enum ratls_err e = rt_devices_appraise(t, rt_bytes_of(&collection), cpu, &devices, &err);
    cr_expect_eq(e == RATLS_OK, devices != NULL);
    rt_devices_unref(devices);
    ratls_buffer_free(&collection);
    ratls_verdict_unref(cpu);
    return e;
}

Test(composite, sessions_show_devices_alone)
{
    static const struct piece good[] = {GPU(0), GPU(1), END}, cpu[] = {CPU, GPU(0), END},
                              alien[] = {GPU(0), ALIEN, END}, same[] = {GPU(0), SAME, END};
    struct ratls_trust *t = trust_with("{" BOTH "}");

    cr_expect_eq(show(t, good), RATLS_OK);
    cr_expect_eq(show(t, cpu), RATLS_E_EVIDENCE_FORMAT);
    cr_expect_eq(show(t, alien), RATLS_E_BINDING_MISMATCH);
    cr_expect_eq(show(t, same), RATLS_E_DEVICE_DUPLICATE);
    ratls_trust_unref(t);
}

/* The second time by the cache: policy and dates are asked, nothing else. */
Test(composite, devices_seen_before_are_judged_again)
{
    static const struct piece good[] = {GPU(0), GPU(1), END};
    struct ratls_trust *t = trust_with("{" BOTH "}");
    struct ratls_verdict *cpu = cpu_verdict(t);
    struct ratls_buffer collection;
    struct rt_devices *first, *second;

    make(good, &collection);
    MUST(rt_devices_appraise(t, rt_bytes_of(&collection), cpu, &first, &err));
    MUST(rt_devices_appraise(t, rt_bytes_of(&collection), cpu, &second, &err));
    cr_expect_neq(first, second);
    cr_expect(ratls_bytes_equal(rt_devices_collection(second), rt_bytes_of(&collection)));
    struct ratls_trust *strict = trust_with("{\"tees\":{\"tdx\":" ANY "}}");
    struct rt_devices *third = NULL;
    cr_expect_eq(rt_devices_again(strict, second, cpu->judged_at, &third, &err),
                 RATLS_E_TEE_NOT_ALLOWED);
    cr_expect_null(third);
    cr_expect_not(rt_devices_stand(first, INT64_MAX));
    rt_devices_unref(first);
    rt_devices_unref(second);
    ratls_verdict_unref(cpu);
    ratls_buffer_free(&collection);
    ratls_trust_unref(strict);
    ratls_trust_unref(t);
}

/* ---- what an attester writes ---- */

Test(composite, devices_are_opened_by_name)
{
    static const char *const none[] = {
        "",
        ":",
        "sim-tdx",
        "sim-tdx:",
        "nothing",
        "sim-nvidia,device=1",
        "sim-nvidia-sim-nvidia-sim-nvidia-sim-nvidia-sim-nvidia-sim-nvidia:"};
    struct ratls_attester *a;

    MUST(ratls_device_open(ratls_env_system(), "sim-nvidia:device=1", &a, &err));
    cr_expect(ratls_attester_device(a));
    cr_expect_not(ratls_attester_device(attester[TD]));
    ratls_attester_close(a);
    for (size_t i = 0; i < RT_COUNT(none); i++) {
        cr_expect_eq(ratls_device_open(ratls_env_system(), none[i], &a, &err), RATLS_E_USAGE,
                     "\"%s\"", none[i]);
        cr_expect_null(a);
    }
}

Test(composite, written_by_the_library)
{
    uint8_t device_data[RATLS_REPORT_DATA_LEN];
    struct ratls_trust *t = trust_with("{" BOTH "}");
    struct ratls_buffer td, gpu, out;
    char label[RATLS_DEVICE_LABEL_LEN];

    MUST(ratls_device_report_data(own, device_data));
    cr_expect(rt_all_zero(device_data + 32, 32));
    MUST(ratls_attester_evidence(attester[TD], own, &td, &err));
    MUST(ratls_attester_evidence(attester[GPU0], device_data, &gpu, &err));
    ratls_device_label("other", 0, label);
    cr_expect_str_eq(label, "dev0");
    ratls_device_label("ascend_npu", 1, label);
    cr_expect_str_eq(label, "npu1");
    ratls_device_label("nvidia", 0, label);
    cr_expect_str_eq(label, "gpu0");
    struct ratls_part parts[] = {
        {"cpu0", "tdx", NULL, rt_bytes_of(&td)},
        {label, "nvidia", ratls_attester_media_type(attester[GPU0]), rt_bytes_of(&gpu)},
    };
    MUST(ratls_composite_write(parts, 2, &out, &err));
    struct ratls_verdict *v = judge(t, rt_bytes_of(&out), false);
    cr_expect(ratls_verdict_allowed(v), "%s", ratls_verdict_detail(v));
    ratls_verdict_unref(v);
    ratls_buffer_free(&out);
    cr_expect_eq(ratls_composite_write(parts + 1, 1, &out, &err), RATLS_E_USAGE);
    cr_expect_eq(ratls_composite_write(parts, 0, &out, &err), RATLS_E_USAGE);
    parts[1].label = "cpu0";
    cr_expect_eq(ratls_composite_write(parts, 2, &out, &err), RATLS_E_USAGE);
    parts[1].label = "gpu01234567890123"; /* no room for its last character */
    cr_expect_eq(ratls_composite_write(parts, 2, &out, &err), RATLS_E_USAGE);
    ratls_buffer_free(&td);
    ratls_buffer_free(&gpu);
    ratls_trust_unref(t);
}
