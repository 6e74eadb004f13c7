/* Real quotes, of a TPM and of guests on Azure: of every flipped byte it is known what becomes. */
#include "manifest_case.h"

TestSuite(tpm_vectors, .init = open_arm_manifest, .fini = close_manifest, .timeout = 300);

static char *claims_of(const struct ratls_verdict *v)
{
    cJSON *json = verdict_json(v);
    char *text = cJSON_PrintUnformatted(cJSON_GetObjectItemCaseSensitive(json, "claims"));

    cJSON_Delete(json);
    return text;
}

/* Text has many forms: white space, the case of a digit. What is accepted says the same. */
static void flip_each(struct manifest_case *c)
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
    cr_assert_gt(each_case("tpm", flip_each), 0);
    cr_assert_gt(each_case("az_snp_vtpm", flip_each), 0);
}
