/* `devices` of a policy: what is read, what is refused, and how many of whom are enough. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "policy.h"

static struct ratls_error err;

#define WITH(devices) "{\"tees\":{}," devices "}"

static const char *const malformed[] = {
    WITH("\"devices\":1"),
    WITH("\"devices\":[\"nvidia\"]"),
    WITH("\"devices\":{\"nvidia\":\"1\"}"),
    WITH("\"devices\":{\"nvidia\":-1}"),
    WITH("\"devices\":{\"nvidia\":17}"),
    WITH("\"devices\":{\"nvidia\":[1]}"),
    WITH("\"devices\":{\"nvidia\":[1,2,3]}"),
    WITH("\"devices\":{\"nvidia\":[2,1]}"),
    WITH("\"devices\":{\"nvidia\":[0,17]}"),
    WITH("\"devices\":{\"nvidia\":[\"0\",1]}"),
    WITH("\"devices\":{\"NVIDIA\":1}"),
    WITH("\"devices\":{\"nvidia\":1,\"nvidia\":2}"),
};

Test(policy_devices, refuses_what_it_does_not_understand)
{
    for (size_t i = 0; i < RT_COUNT(malformed); i++) {
        struct rt_policy *p = NULL;
        cr_expect_eq(rt_policy_parse(ratls_bytes_str(malformed[i]), &p, &err),
                     RATLS_E_POLICY_FORMAT, "%s", malformed[i]);
        rt_policy_free(p);
    }
}

static const struct {
    const char *policy;
    struct rt_policy_count counts[2];
    size_t n;
    enum ratls_err e;
} table[] = {
    {WITH("\"binding\":\"key\""), {{"nvidia", 3}}, 1, RATLS_OK},
    {WITH("\"devices\":{}"), {{0}}, 0, RATLS_OK},
    {WITH("\"devices\":{}"), {{"nvidia", 1}}, 1, RATLS_E_DEVICE_UNEXPECTED},
    {WITH("\"devices\":{\"nvidia\":2}"), {{"nvidia", 2}}, 1, RATLS_OK},
    {WITH("\"devices\":{\"nvidia\":2}"), {{"nvidia", 1}, {"nvidia", 1}}, 2, RATLS_OK},
    {WITH("\"devices\":{\"nvidia\":2}"), {{"nvidia", 1}}, 1, RATLS_E_DEVICE_MISSING},
    {WITH("\"devices\":{\"nvidia\":2}"), {{"nvidia", 3}}, 1, RATLS_E_DEVICE_UNEXPECTED},
    {WITH("\"devices\":{\"nvidia\":2}"), {{0}}, 0, RATLS_E_DEVICE_MISSING},
    {WITH("\"devices\":{\"nvidia\":[0,1]}"), {{0}}, 0, RATLS_OK},
    {WITH("\"devices\":{\"nvidia\":[0,1]}"), {{"nvidia", 2}}, 1, RATLS_E_DEVICE_UNEXPECTED},
    {WITH("\"devices\":{\"nvidia\":1}"), {{"nvidia", 1}, {"npu", 1}}, 2, RATLS_E_DEVICE_UNEXPECTED},
    {WITH("\"devices\":{\"nvidia\":1,\"npu\":1}"), {{"nvidia", 1}, {"npu", 1}}, 2, RATLS_OK},
    {WITH("\"devices\":{\"nvidia\":1,\"npu\":1}"), {{"nvidia", 1}}, 1, RATLS_E_DEVICE_MISSING},
};

Test(policy_devices, counts)
{
    for (size_t i = 0; i < RT_COUNT(table); i++) {
        struct rt_policy *p = NULL;
        cr_assert_eq(rt_policy_parse(ratls_bytes_str(table[i].policy), &p, &err), RATLS_OK, "%s",
                     err.detail);
        cr_expect_eq(rt_policy_judge_devices(p, table[i].counts, table[i].n, &err), table[i].e,
                     "%zu: %s", i, table[i].policy);
        rt_policy_free(p);
    }
    cr_expect_eq(rt_policy_judge_devices(NULL, table[0].counts, 1, &err), RATLS_OK);
}

static char told[256];

static void keep_words(void *arg, const struct ratls_finding *f)
{
    (void)arg;
    if (strcmp(f->rule, "devices") == 0)
        (void)snprintf(told, sizeof told, "%s", f->detail);
}

Test(policy_devices, tells_what_is_asked)
{
    static const struct {
        const char *policy, *words;
    } cases[] = {
        {"{\"tees\":{\"tdx\":{}},\"devices\":{\"nvidia\":2,\"npu\":[0,3]}}",
         "devices beside it: 2 'nvidia', 0 to 3 'npu'"},
        {"{\"tees\":{\"tdx\":{}},\"devices\":{}}", "devices beside it: none"},
        {"{\"tees\":{\"tdx\":{}}}", ""},
    };

    for (size_t i = 0; i < RT_COUNT(cases); i++) {
        struct rt_policy *p = NULL;
        const struct rt_policy_subject subject = {.tee = "tdx", .on_finding = keep_words};
        told[0] = 0;
        cr_assert_eq(rt_policy_parse(ratls_bytes_str(cases[i].policy), &p, &err), RATLS_OK);
        cr_assert_eq(rt_policy_words(p, &subject), RATLS_OK);
        cr_expect_str_eq(told, cases[i].words);
        rt_policy_free(p);
    }
}
