/* Real evidence of Arm, Hygon, NVIDIA, AWS, TPMs and Azure: every case of the manifest, of whatever
 * TEE, comes out as listed, through the library and through the command. */
#include "manifest_case.h"

TestSuite(arm_gpu_vectors, .init = open_arm_manifest, .fini = close_manifest, .timeout = 300);

static void by_library(struct manifest_case *c)
{
    struct ratls_trust *t = trust_of(c);
    struct ratls_verdict *v = judge(c, t);
    cJSON *json = verdict_json(v);

    compare(c, json);
    cJSON_Delete(json);
    ratls_verdict_unref(v);
    ratls_trust_unref(t);
}

Test(arm_gpu_vectors, every_case_comes_out_as_listed)
{
    cr_assert_geq(each_case(NULL, by_library), 43);
}

static void by_tool(struct manifest_case *c)
{
    cJSON *json = judge_by_tool(c);

    compare(c, json);
    cJSON_Delete(json);
}

Test(arm_gpu_vectors, every_case_comes_out_as_listed_through_the_command)
{
    find_tool("arm_gpu_vectors");
    cr_assert_geq(each_case(NULL, by_tool), 43);
    remove_folder();
}
