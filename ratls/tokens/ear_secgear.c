/* Claims as openEuler secGear's attestation service gives them out, for what reads those. */
#include "ear.h"
#include "json.h"

/* Its names of what its verifier of virtCCA tells. */
static const struct {
    const char *ours, *theirs;
} names[] = {
    {"virtcca.cvm.challenge", "vcca.cvm.challenge"},
    {"virtcca.cvm.rpv", "vcca.cvm.rpv"},
    {"virtcca.cvm.rim", "vcca.cvm.rim"},
    {"virtcca.cvm.rem0", "vcca.cvm.rem.0"},
    {"virtcca.cvm.rem1", "vcca.cvm.rem.1"},
    {"virtcca.cvm.rem2", "vcca.cvm.rem.2"},
    {"virtcca.cvm.rem3", "vcca.cvm.rem.3"},
    {"virtcca.platform_token_present", "vcca.is_platform"},
};

static void put_claims(struct rt_writer *w, const struct ratls_claims *claims)
{
    rt_put_u8(w, '{');
    for (size_t i = 0; claims && i < RT_COUNT(names); i++) {
        const struct ratls_claim *c = ratls_claims_get(claims, names[i].ours);
        if (!c)
            continue;
        rt_ear_put_name(w, names[i].theirs);
        rt_json_put_claim(w, c);
    }
    rt_put_u8(w, '}');
}

/* Readers look at eval_result alone: of a simulated TEE it is false. */
static void put_reports(struct rt_writer *w, const struct ratls_ear_subject *subject,
                        const struct ratls_ear *what)
{
    rt_json_put_raw(w, subject->simulated ? "{\"eval_result\":false,\"policy\":["
                                          : "{\"eval_result\":true,\"policy\":[");
    if (what->policy)
        rt_json_put_text(w, what->policy);
    rt_json_put_raw(w, "],\"report\":{}}");
}

void rt_ear_put_secgear(struct rt_writer *w, const struct ratls_ear_subject *subject,
                        const struct ratls_ear *what)
{
    rt_ear_put_name(w, "evaluation_reports");
    put_reports(w, subject, what);
    rt_ear_put_name(w, "tee");
    rt_json_put_text(w, subject->tee);
    rt_ear_put_name(w, "tcb_status");
    put_claims(w, subject->claims);
    if (what->nonce.len == 0)
        return;
    rt_ear_put_name(w, "nonce");
    rt_put_u8(w, '"');
    rt_put_base64url(w, what->nonce);
    rt_put_u8(w, '"');
}
