/* Trust documents: any bytes end in something that can be judged, or in a refusal that leaves
 * nothing behind. */
#include "trust_document.h"

#include "ratls/evidence.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct ratls_claims *some_claims(void)
{
    struct ratls_claims *c = ratls_claims_new();

    (void)ratls_claims_set_text(c, "measurement", "00112233445566778899aabbccddeeff");
    (void)ratls_claims_set_text(c, "platform_id", "0011223344556677");
    (void)ratls_claims_set_text(c, "tcb_status", "UpToDate");
    (void)ratls_claims_set_text(c, "tdx.rtmr_0", "00");
    (void)ratls_claims_set_uint(c, "snp.guest_svn", 3);
    (void)ratls_claims_set_bool(c, "debug", false);
    (void)ratls_claims_add_item(c, "advisory_ids", "INTEL-SA-00837");
    (void)ratls_claims_add_item(c, "evidence_keys",
                                "1111111111111111111111111111111111111111111111111111111111111111");
    return c;
}

static void judge(const struct rt_stored *s, const struct ratls_claims *claims)
{
    static const rt_baseline_name any[] = {RT_BASELINE_ANY, "web"};
    const struct rt_baseline_query q = {
        .tee = "tdx", .names = any, .n_names = RT_COUNT(any), .claims = claims, .now = 1750000000};
    const struct rt_baseline *fits = NULL;

    (void)!rt_baselines_judge(&s->baselines, &q, &fits, NULL);
    (void)!rt_revocations_judge_keys(&s->revocations, q.tee, claims, NULL);
    (void)!rt_revocations_judge(&s->revocations, q.tee, claims, NULL);
    (void)rt_stored_policy(s, "web", q.now);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ratls_claims *claims = some_claims();
    struct rt_anchors anchors = {0};
    struct rt_stored s = {0};

    if (rt_document_add(&s, &anchors, ratls_bytes(data, size), NULL) == RATLS_OK) {
        judge(&s, claims);
        (void)!rt_document_add(&s, &anchors, ratls_bytes(data, size), NULL);
        judge(&s, claims);
    }
    rt_stored_free(&s);
    rt_anchors_free(&anchors);
    ratls_claims_free(claims);
    return 0;
}
