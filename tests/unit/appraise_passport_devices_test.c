/* Devices that a passport tells of: which count, and everything that is refused. */
#define RUNS 3000 /* more than there are allocations: each n */
#include "alloc_support.h"
#include "appraise_passport_support.h"
#include "composite.h"

#define M_GPU "c0dec0dec0dec0dec0dec0dec0dec0dec0dec0dec0dec0dec0dec0dec0dec0de"
#define TD    "\"tdx\":{\"measurements\":[\"" M_AB "\"]}"
#define GPUS(of_nvidia, more)                                                                      \
    "{\"tees\":{" TD ",\"nvidia\":{\"measurements\":[\"" M_GPU                                     \
    "\"],\"tcb_status\":[\"unrated\"]" of_nvidia "}}" more "}"
#define TWO ",\"devices\":{\"nvidia\":2}"

#define FINE     "\"ear_status\":\"affirming\",\"ear_trustworthiness_vector\":{\"hardware\":2}"
#define ID(name) ",\"device_ids\":[\"" name "\"]"
#define TOLD                                                                                       \
    "\"tee\":\"nvidia\",\"measurement\":\"" M_GPU "\",\"debug\":false,\"simulated\":false,"        \
    "\"tcb_status\":\"unrated\",\"nvidia.arch\":\"hopper\""
#define DEVICE(label, kind, status, claims)                                                        \
    ",\"" label "\":{" status ",\"ratls.device\":\"" kind "\",\"ratls.claims\":{" claims "}}"
#define GPU0 DEVICE("gpu0", "nvidia", FINE, TOLD ID("a"))
#define GPU1 DEVICE("gpu1", "nvidia", FINE, TOLD ID("b"))

static void begin(void)
{
    start();
    use_with_issuer(GPUS("", TWO));
}

TestSuite(appraise_passport_devices, .init = begin, .fini = end, .timeout = 60);

/* Counted, as it is where a peer is allowed. */
static enum ratls_err count(const struct pass *p, struct ratls_error *err)
{
    struct ratls_buffer cert = make_cert(p);
    const struct ratls_appraisal what = {.subject = rt_bytes_of(&cert), .now = NOW};
    struct ratls_verdict *v = NULL;
    enum ratls_err e = ratls_appraise(trust, &what, &v);

    (void)ratls_fail(err, e ? e : RATLS_E_INTERNAL, "%s", ratls_verdict_detail(v));
    ratls_verdict_unref(v);
    ratls_buffer_free(&cert);
    return e;
}

/* ---- what counts ---- */

static void expect_gpu(const struct ratls_verdict *v, size_t i, const char *due_label)
{
    const char *label = NULL;
    const struct ratls_verdict *gpu = ratls_verdict_device(v, i, &label);

    cr_assert_not_null(gpu);
    cr_expect_str_eq(label, due_label);
    cr_expect(ratls_verdict_allowed(gpu));
    cr_expect_str_eq(ratls_verdict_tee(gpu), "nvidia");
    cr_expect_str_eq(ratls_verdict_measurement(gpu), M_GPU);
    cr_expect_str_eq(ratls_verdict_tier(gpu), "affirming");
    cr_expect_str_eq(text_of(gpu, "nvidia.arch"), "hopper");
    cr_expect_str_eq(text_of(gpu, "ear.status"), "affirming");
    cr_expect_str_eq(text_of(gpu, "appraiser"), ISS);
    cr_expect_str_eq(text_of(gpu, "appraiser_key"), ratls_jwt_key_id(issuer.key));
    cr_expect(ratls_claims_get(ratls_verdict_claims(gpu), "passport")->number);
    cr_expect_eq(ratls_verdict_expires(gpu), NOW + 300);
}

Test(appraise_passport_devices, count_as_their_issuer_says)
{
    const struct pass both = {.more = GPU0 GPU1};
    struct ratls_buffer json;

    for (int again = 0; again < 2; again++) { /* the second one is seen before */
        struct ratls_verdict *v = verdict_of(&both);
        cr_assert_eq(ratls_verdict_devices(v), 2);
        expect_gpu(v, 0, "gpu0");
        expect_gpu(v, 1, "gpu1");
        cr_expect_str_eq(ratls_verdict_tee(v), "tdx");
        cr_expect_not(ratls_verdict_simulated(v));
        MUST(ratls_verdict_json(v, &json));
        cr_expect_not_null(strstr((char *)json.p, ",\"devices\":{\"gpu0\":{\"verdict\":\"allow\""));
        ratls_buffer_free(&json);
        ratls_verdict_unref(v);
    }
    cr_expect_eq(count(&both, NULL), RATLS_OK);
}

Test(appraise_passport_devices, of_one_certificate_are_judged_once_and_shown_each_time)
{
    struct ratls_buffer cert = make_cert(&(struct pass){.more = GPU0 GPU1});
    struct ratls_bytes leaf = rt_bytes_of(&cert);

    for (int i = 0; i < 3; i++) {
        struct ratls_verdict *v = NULL;
        MUST(rt_appraise_cert(trust, (struct rt_der_list){&leaf, 1}, &any_role, NOW, &v));
        cr_expect_eq(ratls_verdict_devices(v), 2);
        ratls_verdict_unref(v);
    }
    ratls_buffer_free(&cert);
}

/* ---- what is refused ---- */

#define WARNED "\"ear_status\":\"warning\",\"ear_trustworthiness_vector\":{\"hardware\":32}"
#define AGAINST                                                                                    \
    "\"ear_status\":\"contraindicated\",\"ear_trustworthiness_vector\":{\"hardware\":96}"
#define NOTHING                "\"ear_status\":\"none\""
#define SIM                    NOTHING ",\"ratls.simulated\":true"
#define SECOND(status, claims) GPU0 DEVICE("gpu1", "nvidia", status, claims)

static const struct {
    const char *what, *more;
    enum ratls_err due;
    const char *detail;
} refused[] = {
    {"none", "", RATLS_E_DEVICE_MISSING, "0 of the 2"},
    {"one", GPU0, RATLS_E_DEVICE_MISSING, "1 of the 2"},
    {"three", GPU0 GPU1 DEVICE("gpu2", "nvidia", FINE, TOLD ID("c")), RATLS_E_DEVICE_UNEXPECTED,
     "3 'nvidia'"},
    {"one twice", GPU0 DEVICE("gpu1", "nvidia", FINE, TOLD ID("a")), RATLS_E_DEVICE_DUPLICATE,
     "gpu1: the device of gpu0"},
    {"another kind", GPU0 GPU1 DEVICE("npu0", "ascend_npu", FINE, "\"tee\":\"ascend_npu\"" ID("n")),
     RATLS_E_TEE_NOT_ALLOWED, "npu0: "},
    {"a TEE", GPU0 DEVICE("gpu1", "tdx", FINE, GOOD ID("b")), RATLS_E_EVIDENCE_MISMATCH,
     "gpu1: tdx is no device"},
    {"claims of another kind", SECOND(FINE, "\"tee\":\"tdx\"" ID("b")), RATLS_E_TOKEN_FORMAT,
     "gpu1: a passport of nvidia with other claims"},
    {"a number for the kind", SECOND(FINE, "\"tee\":7" ID("b")), RATLS_E_TOKEN_FORMAT, "gpu1: "},
    {"no id", SECOND(FINE, TOLD), RATLS_E_TOKEN_FORMAT, "gpu1: a passport without the device's id"},
    {"an id of another type", SECOND(FINE, TOLD ",\"device_ids\":\"b\""), RATLS_E_TOKEN_FORMAT,
     "gpu1: "},
    {"no id in the list", SECOND(FINE, TOLD ",\"device_ids\":[]"), RATLS_E_TOKEN_FORMAT, "gpu1: "},
    {"another measurement",
     SECOND(FINE, "\"measurement\":\"" M_AB "\",\"debug\":false,\"simulated\":false,\"tcb_status\":"
                  "\"unrated\"" ID("b")),
     RATLS_E_MEASUREMENT, "gpu1: "},
    {"another status of the TCB",
     SECOND(FINE,
            "\"measurement\":\"" M_GPU "\",\"debug\":false,\"simulated\":false,\"tcb_status\":"
            "\"UpToDate\"" ID("b")),
     RATLS_E_TCB_STATUS, "gpu1: "},
    {"debug",
     SECOND(FINE, "\"measurement\":\"" M_GPU "\",\"debug\":true,\"simulated\":false,\"tcb_status\":"
                  "\"unrated\"" ID("b")),
     RATLS_E_DEBUG, "gpu1: "},
    {"a warning", SECOND(WARNED, TOLD ID("b")), RATLS_E_TOKEN_STATUS, "'warning'"},
    {"nothing affirmed", SECOND(NOTHING, TOLD ID("b")), RATLS_E_TOKEN_STATUS, "'none'"},
    {"a contraindication", SECOND(AGAINST, TOLD ID("b")), RATLS_E_TOKEN_STATUS,
     "'contraindicated'"},
    {"better than its vector",
     SECOND("\"ear_status\":\"affirming\",\"ear_trustworthiness_vector\":{\"hardware\":32}",
            TOLD ID("b")),
     RATLS_E_TOKEN_STATUS, "'affirming' of what is warning"},
    {"a simulated one", SECOND(SIM, TOLD ID("b")), RATLS_E_SIMULATED, ""},
    {"a simulated one, as the claims say",
     SECOND(FINE, "\"measurement\":\"" M_GPU "\",\"debug\":false,\"simulated\":true,\"tcb_status\":"
                  "\"unrated\"" ID("b")),
     RATLS_E_SIMULATED, "gpu1: "},
};

Test(appraise_passport_devices, are_refused)
{
    for (size_t i = 0; i < RT_COUNT(refused); i++) {
        struct ratls_error err = {0};
        enum ratls_err e = count(&(struct pass){.more = refused[i].more}, &err);
        cr_expect_eq(e, refused[i].due, "%s: %s (%s)", refused[i].what, ratls_err_reason(e),
                     err.detail);
        cr_expect_not_null(strstr(err.detail, refused[i].detail), "%s: %s", refused[i].what,
                           err.detail);
    }
}

Test(appraise_passport_devices, are_refused_where_none_is_wanted)
{
    use_with_issuer(GPUS("", ",\"devices\":{}"));
    cr_expect_eq(count(&(struct pass){.more = GPU0}, NULL), RATLS_E_DEVICE_UNEXPECTED);
    cr_expect_eq(count(&(struct pass){0}, NULL), RATLS_OK);
}

/* That of the TEE, and of each device. */
Test(appraise_passport_devices, may_be_warned_of_where_the_policy_says_so)
{
    use_with_issuer(GPUS("", TWO ",\"passport_status\":[\"affirming\",\"warning\"]"));
    struct ratls_verdict *v = verdict_of(&(struct pass){.more = SECOND(WARNED, TOLD ID("b"))});
    cr_expect_str_eq(ratls_verdict_tier(ratls_verdict_device(v, 0, NULL)), "affirming");
    cr_expect_str_eq(ratls_verdict_tier(ratls_verdict_device(v, 1, NULL)), "warning");
    cr_expect_str_eq(text_of(ratls_verdict_device(v, 1, NULL), "ear.status"), "warning");
    cr_expect_str_eq(ratls_verdict_tier(v), "warning");
    ratls_verdict_unref(v);
}

/* Nothing is affirmed of what is simulated, and of a real one beside it that may not be an excuse.
 */
Test(appraise_passport_devices, need_leave_to_be_simulated)
{
    static const char tees[] =
        "{\"tees\":{\"tdx\":{\"measurements\":[\"" M_AB "\"],\"insecure_simulated\":true},"
        "\"nvidia\":{\"measurements\":[\"" M_GPU "\"],\"tcb_status\":[\"unrated\"],"
        "\"insecure_simulated\":%s}}}";
    char policy[512];

    for (int leave = 0; leave < 2; leave++) {
        struct ratls_error err = {0};
        (void)snprintf(policy, sizeof policy, tees, leave ? "true" : "false");
        use_with_issuer(policy);
        enum ratls_err e = count(&(struct pass){.more = SECOND(SIM, TOLD ID("b"))}, &err);
        cr_expect_eq(e, leave ? RATLS_OK : RATLS_E_SIMULATED, "%s", err.detail);
        const struct pass real = {.status = SIM, .more = SECOND(NOTHING, TOLD ID("b"))};
        cr_expect_eq(count(&real, &err), RATLS_E_TOKEN_STATUS, "%s", err.detail);
    }
}

Test(appraise_passport_devices, do_not_bring_what_only_the_relying_party_says)
{
    struct ratls_verdict *v = verdict_of(&(struct pass){
        .more =
            GPU0 DEVICE("gpu1", "nvidia", FINE,
                        TOLD ID("b") ",\"baseline.name\":\"x\",\"passport\":false,\"ear.status\":"
                                     "\"warning\",\"appraiser\":\"me\",\"peer.names\":[\"x\"]")});
    const struct ratls_verdict *gpu = ratls_verdict_device(v, 1, NULL);

    cr_assert_not_null(gpu);
    cr_expect_null(ratls_claims_get(ratls_verdict_claims(gpu), "baseline.name"));
    cr_expect_null(ratls_claims_get(ratls_verdict_claims(gpu), "peer.names"));
    cr_expect_str_eq(text_of(gpu, "ear.status"), "affirming");
    cr_expect_str_eq(text_of(gpu, "appraiser"), ISS);
    cr_expect(ratls_claims_get(ratls_verdict_claims(gpu), "passport")->number);
    ratls_verdict_unref(v);
}

/* A device in the place of the TEE vouches for nobody. */
Test(appraise_passport_devices, need_a_tee)
{
    cr_expect_eq(
        count(&(struct pass){.status = FINE ",\"ratls.device\":\"tdx\"", .more = GPU1}, NULL),
        RATLS_E_TOKEN_FORMAT);
}

/* They would be somebody else's, or those once more. */
Test(appraise_passport_devices, are_not_shown_as_well)
{
    static const uint8_t shown[] = "\xa2\x68__cmwc_t\x78\x25tag:ratls.invalid,2026:cmwc:composite"
                                   "\x64gpu2\x83\x63"
                                   "a/b\x41x\x04";
    struct ratls_verdict *v = verdict_of(&(struct pass){.more = GPU0 GPU1});
    struct rt_devices *devices = NULL;
    struct ratls_error err = {0};

    cr_expect_eq(
        rt_devices_appraise(trust, ratls_bytes(shown, sizeof shown - 1), v, &devices, &err),
        RATLS_E_EVIDENCE_DUPLICATE, "%s", err.detail);
    cr_expect_null(devices);
    ratls_verdict_unref(v);
}

Test(appraise_passport_devices, are_named_by_inspection)
{
    struct ratls_buffer cert = make_cert(&(struct pass){.more = GPU0 GPU1});
    struct ratls_claims *claims = NULL;

    MUST(ratls_inspect(trust, rt_bytes_of(&cert), &claims, NULL));
    cr_expect_str_eq(ratls_claims_get(claims, "passport.tee")->text, "tdx");
    cr_expect(ratls_claims_get(claims, "passport.names_ak")->number);
    const struct ratls_claim *devices = ratls_claims_get(claims, "passport.devices");
    cr_assert(devices && devices->n_items == 2);
    cr_expect_str_eq(devices->items[1], "gpu1: nvidia, affirming");
    ratls_claims_free(claims);
    ratls_buffer_free(&cert);
}

/* ---- claims judged again ---- */

Test(appraise_passport_devices, are_judged_again_by_the_next_policy)
{
    struct ratls_verdict *v = verdict_of(&(struct pass){.more = GPU0 GPU1}), *again = NULL;

    cr_expect_eq(rt_appraise_claims(trust, v, NOW, &again), RATLS_OK);
    cr_expect_eq(ratls_verdict_devices(again), 2);
    expect_gpu(again, 1, "gpu1");
    ratls_verdict_unref(v);
    v = again;
    use_with_issuer(GPUS(",\"rules\":[{\"claim\":\"nvidia.arch\",\"equals\":\"ada\"}]", TWO));
    cr_expect_eq(rt_appraise_claims(trust, v, NOW, &again), RATLS_E_RULE);
    cr_expect_eq(strncmp(ratls_verdict_detail(again), "gpu0: ", 6), 0, "%s",
                 ratls_verdict_detail(again));
    ratls_verdict_unref(again);
    ratls_verdict_unref(v);
}

/* ---- memory ---- */

#ifndef WITHOUT_ALLOC

static struct ratls_buffer shown;
static size_t due;

static bool allow_once(void)
{
    const struct ratls_appraisal what = {.subject = rt_bytes_of(&shown), .now = NOW};
    struct ratls_verdict *v = NULL;

    armed = true;
    const enum ratls_err e = ratls_appraise(trust, &what, &v);
    armed = false;
    cr_expect(e == RATLS_OK || rt_is_own_failure(e), "%s", ratls_err_reason(e));
    cr_expect(e || ratls_verdict_devices(v) == due);
    ratls_verdict_unref(v);
    return e == RATLS_OK;
}

/* T77 */
Test(appraise_passport_devices, survive_every_failure_of_memory)
{
    shown = make_cert(&(struct pass){.more = GPU0 GPU1});
    due = 2;
    fail_each(allow_once, OURS_ONCE);
    ratls_buffer_free(&shown);
}

#endif
