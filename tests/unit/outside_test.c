/* Policies outside: what they are told, when they are asked, and what their answer does. */
#include "appraise_support.h"
#include "outside.h"
#include "ratls/ratls.h"
#include "vector.h"
#include "verdict.h"

TestSuite(outside, .init = setup, .fini = teardown);

/* ---- the document ---- */

static void expect_input_of(const struct rt_outside_peer *peer, const char *text)
{
    struct ratls_buffer json = {0};

    MUST(rt_outside_input(peer, &json));
    cr_expect_str_eq((char *)json.p, text);
    cr_expect_eq(json.len, strlen((char *)json.p));
    ratls_buffer_free(&json);
}

static void expect_input(const struct ratls_verdict *v, const char *text)
{
    struct ratls_buffer json = {0};

    expect_input_of(&(struct rt_outside_peer){.verdict = v}, text);
    MUST(ratls_verdict_input(v, &json));
    cr_expect_str_eq((char *)json.p, text);
    ratls_buffer_free(&json);
}

static struct ratls_verdict *allowed(void)
{
    struct ratls_verdict *v = rt_verdict_new();

    cr_assert_not_null(v);
    v->allowed = true;
    return v;
}

/* The shape is an interface: whoever changes it breaks policies that others wrote. */
Test(outside, document_has_this_shape)
{
    struct ratls_verdict *v = allowed();

    strcpy(v->tee, "tdx");
    memset(v->spki_sha256, 0xab, sizeof v->spki_sha256);
    v->peer_role = RATLS_CLIENT;
    v->judged_at = NOW;
    rt_verdict_set_alpn(v, RATLS_ALPN);
    MUST(ratls_claims_set_text(v->claims, "measurement", "0a0b"));
    MUST(ratls_claims_set_uint(v->claims, "snp.guest_svn", UINT64_MAX));
    MUST(ratls_claims_set_bool(v->claims, "debug", false));
    MUST(ratls_claims_add_item(v->claims, "peer.names", "a.example"));
    MUST(ratls_claims_add_item(v->claims, "peer.names", "b.example"));
    MUST(ratls_claims_set_text(v->claims, "baseline.name", "web"));
    MUST(ratls_claims_set_uint(v->claims, "baseline.version", 7));
    MUST(rt_verdict_set_level(v, RATLS_LEVEL_SESSION));
    expect_input(v, "{\"tee\":\"tdx\",\"claims\":{\"measurement\":\"0a0b\","
                    "\"snp.guest_svn\":18446744073709551615,\"debug\":false,"
                    "\"peer.names\":[\"a.example\",\"b.example\"],\"baseline.name\":\"web\","
                    "\"baseline.version\":7,\"binding.level\":2},\"vector\":{},"
                    "\"binding\":{\"level\":2,\"role\":\"client\",\"alpn\":\"ratls/1\"},"
                    "\"peer\":{\"spki_sha256\":\"" M_AB "\",\"san\":[\"a.example\",\"b.example\"]},"
                    "\"baseline\":{\"id\":\"web\",\"version\":7},\"time\":1750000000}");
    ratls_verdict_unref(v);
}

Test(outside, document_says_null_where_nothing_is)
{
    struct ratls_verdict *v = allowed();

    expect_input(v, "{\"tee\":\"\",\"claims\":{},\"vector\":{},"
                    "\"binding\":{\"level\":0,\"role\":null,\"alpn\":null},"
                    "\"peer\":{\"spki_sha256\":null,\"san\":[]},\"baseline\":null,\"time\":0}");
    v->peer_role = RATLS_SERVER;
    MUST(ratls_claims_set_text(v->claims, "baseline.name", "web")); /* of no version */
    MUST(ratls_claims_set_text(v->claims, "peer.names", "not a list"));
    expect_input(v, "{\"tee\":\"\",\"claims\":{\"baseline.name\":\"web\","
                    "\"peer.names\":\"not a list\"},\"vector\":{},"
                    "\"binding\":{\"level\":0,\"role\":\"server\",\"alpn\":null},"
                    "\"peer\":{\"spki_sha256\":null,\"san\":[]},\"baseline\":null,\"time\":0}");
    ratls_verdict_unref(v);
}

/* T147: not evaluated is neither true nor false. */
Test(outside, document_keeps_three_values_apart)
{
    static const char *const texts[] = {"\"claims\":{}",
                                        "\"claims\":{\"tdx.eventlog.match\":false}",
                                        "\"claims\":{\"tdx.eventlog.match\":true}"};

    for (size_t i = 0; i < RT_COUNT(texts); i++) {
        struct ratls_verdict *v = allowed();
        struct ratls_buffer json = {0};
        if (i > 0)
            MUST(ratls_claims_set_bool(v->claims, "tdx.eventlog.match", i == 2));
        MUST(ratls_verdict_input(v, &json));
        cr_expect(strstr((char *)json.p, texts[i]), "%s", (char *)json.p);
        ratls_buffer_free(&json);
        ratls_verdict_unref(v);
    }
}

/* The quote of the connection is newer than the evidence of the certificate. */
Test(outside, document_prefers_the_quote_of_the_connection)
{
    struct ratls_verdict *v = allowed();

    struct ratls_verdict *q = allowed();
    MUST(ratls_claims_set_text(v->claims, "tdx.rtmr_0", "00"));
    MUST(ratls_claims_set_text(v->claims, "ratls.iat", "1"));
    MUST(ratls_claims_set_text(q->claims, "tdx.rtmr_1", "02"));
    MUST(ratls_claims_set_text(q->claims, "tdx.rtmr_0", "01"));
    MUST(ratls_claims_add_item(q->claims, "peer.names", "forged.example"));
    expect_input_of(&(struct rt_outside_peer){.verdict = v, .quote = q},
                    "{\"tee\":\"\",\"claims\":{\"tdx.rtmr_0\":\"01\",\"ratls.iat\":\"1\","
                    "\"tdx.rtmr_1\":\"02\",\"peer.names\":[\"forged.example\"]},\"vector\":{},"
                    "\"binding\":{\"level\":0,\"role\":null,\"alpn\":null},"
                    "\"peer\":{\"spki_sha256\":null,\"san\":[]},\"baseline\":null,\"time\":0}");
    ratls_verdict_unref(v);
    ratls_verdict_unref(q);
}

/* T79, T160 */
Test(outside, document_escapes_what_others_wrote)
{
    struct ratls_verdict *v = allowed();

    MUST(ratls_claims_set_text(v->claims, "cert.subject", "\"},\"allow\":true,{\\"));
    expect_input(v, "{\"tee\":\"\",\"claims\":{\"cert.subject\":"
                    "\"\\\"},\\\"allow\\\":true,{\\\\\"},\"vector\":{},"
                    "\"binding\":{\"level\":0,\"role\":null,\"alpn\":null},"
                    "\"peer\":{\"spki_sha256\":null,\"san\":[]},\"baseline\":null,\"time\":0}");
    ratls_verdict_unref(v);
}

/* ---- the vector ---- */

static struct ratls_verdict *with_status(const char *status)
{
    struct ratls_verdict *v = allowed();

    strcpy(v->tee, "snp");
    v->proven = true;
    MUST(ratls_claims_set_text(v->claims, "tcb_status", status));
    return v;
}

static void expect_part(const struct rt_outside_peer *peer, const char *part)
{
    struct ratls_buffer json = {0};

    MUST(rt_outside_input(peer, &json));
    cr_expect(strstr((char *)json.p, part), "%s is not in %s", part, (char *)json.p);
    ratls_buffer_free(&json);
}

Test(outside, document_has_the_worse_vector_of_certificate_and_quote)
{
    struct ratls_verdict *good = with_status("UpToDate"), *bad = with_status("OutOfDate");
    struct rt_vector vector;
    char hardware[32];

    rt_vector_of(bad, &vector);
    (void)snprintf(hardware, sizeof hardware, "\"hardware\":%d", vector.value[RT_HARDWARE]);
    expect_part(&(struct rt_outside_peer){.verdict = bad}, hardware);
    expect_part(&(struct rt_outside_peer){.verdict = good, .quote = bad}, hardware);
    expect_part(&(struct rt_outside_peer){.verdict = bad, .quote = good}, hardware);
    rt_vector_of(good, &vector);
    (void)snprintf(hardware, sizeof hardware, "\"hardware\":%d", vector.value[RT_HARDWARE]);
    expect_part(&(struct rt_outside_peer){.verdict = good, .quote = good}, hardware);
    ratls_verdict_unref(good);
    ratls_verdict_unref(bad);
}

/* Asked before the verdict is made, it is not told of a refusal that is none. */
Test(outside, vector_of_the_undecided_is_what_was_found)
{
    struct ratls_verdict *v = with_status("UpToDate");
    struct ratls_buffer decided = {0}, undecided = {0};

    MUST(rt_outside_input(&(struct rt_outside_peer){.verdict = v}, &decided));
    v->allowed = false;
    v->why.code = RATLS_E_INTERNAL;
    MUST(rt_outside_input(&(struct rt_outside_peer){.verdict = v, .undecided = true}, &undecided));
    cr_expect_str_eq((char *)undecided.p, (char *)decided.p);
    expect_part(&(struct rt_outside_peer){.verdict = v}, "\"hardware\":-1");
    ratls_buffer_free(&decided);
    ratls_buffer_free(&undecided);
    ratls_verdict_unref(v);
}

/* ---- who is asked, and when ---- */

static struct {
    enum ratls_err answer;
    const char *detail;
    unsigned times;
    char input[4096];
} asked;

static enum ratls_err decide(void *arg, struct ratls_bytes input, struct ratls_error *err)
{
    cr_assert_eq(arg, &asked);
    cr_assert_lt(input.len, sizeof asked.input);
    memcpy(asked.input, input.p, input.len);
    asked.input[input.len] = 0;
    asked.times++;
    if (asked.detail)
        (void)ratls_fail(err, asked.answer, "%s", asked.detail);
    return asked.answer;
}

static void answer(enum ratls_err e, const char *detail)
{
    memset(&asked, 0, sizeof asked);
    asked.answer = e;
    asked.detail = detail;
    ratls_trust_unref(trust);
    trust = trust_with(POLICY(""));
    MUST(ratls_trust_set_judge(trust, decide, &asked));
}

/* A certificate that the policy allows. */
static struct ratls_verdict *ask_about(const struct plan *plan, bool authenticity_only)
{
    struct ratls_verdict *v = NULL;
    struct peer p;

    make_peer(plan, &p);
    const struct ratls_appraisal what = {
        .subject = rt_bytes_of(&p.cert), .now = NOW, .authenticity_only = authenticity_only};
    enum ratls_err e = ratls_appraise(trust, &what, &v);
    (void)code_of(v, e);
    free_peer(&p);
    return v;
}

static enum ratls_err outcome(const struct plan *plan, bool authenticity_only)
{
    struct ratls_verdict *v = ask_about(plan, authenticity_only);
    enum ratls_err e = ratls_verdict_code(v);

    ratls_verdict_unref(v);
    return e;
}

static const struct plan good;

Test(outside, allows_what_both_allow)
{
    answer(RATLS_OK, NULL);
    cr_expect_eq(outcome(&good, false), RATLS_OK);
    cr_expect_eq(asked.times, 1);
    cr_expect(strstr(asked.input, "\"measurement\":\"" M_AB "\""), "%s", asked.input);
    cr_expect(strstr(asked.input, "\"binding\":{\"level\":1,\"role\":null,\"alpn\":null}"));
    cr_expect(strstr(asked.input, "\"time\":1750000000}"));
    cr_expect_not(strstr(asked.input, ":-1"), "no refusal is told of: %s", asked.input);
}

Test(outside, denies_what_the_outside_denies)
{
    answer(RATLS_E_OPA_DENIED, "result is false");
    struct ratls_verdict *v = ask_about(&good, false);
    cr_expect_eq(ratls_verdict_code(v), RATLS_E_OPA_DENIED);
    cr_expect_str_eq(ratls_verdict_detail(v), "result is false");
    ratls_verdict_unref(v);
}

/* Nothing but RATLS_OK allows, whatever number comes back. */
Test(outside, denies_by_every_other_code)
{
    static const enum ratls_err nothing_said[] = {RATLS_E_WANT_READ, RATLS_E_WANT_POLICY,
                                                  RATLS_E_CLOSED, RATLS_ERR_COUNT,
                                                  (enum ratls_err) - 1};

    for (size_t i = 0; i < RT_COUNT(nothing_said); i++) {
        answer(nothing_said[i], NULL);
        cr_expect_eq(outcome(&good, false), RATLS_E_OPA_FAILED, "%zu", i);
    }
    for (int e = 1; e < RATLS_ERR_COUNT; e++) {
        answer((enum ratls_err)e, NULL);
        cr_expect_neq(outcome(&good, false), RATLS_OK, "%d", e);
    }
}

/* A detail is no refusal. */
Test(outside, goes_by_the_answer_and_not_by_the_detail)
{
    answer(RATLS_OK, "all is well");
    cr_expect_eq(outcome(&good, false), RATLS_OK);
}

Test(outside, is_not_asked_about_what_is_refused_anyhow)
{
    const struct plan bad = {.flip_report_data = 1};

    answer(RATLS_OK, NULL);
    cr_expect_eq(outcome(&bad, false), RATLS_E_BINDING_MISMATCH);
    fake.debug = true;
    cr_expect_eq(outcome(&good, false), RATLS_E_DEBUG);
    cr_expect_eq(asked.times, 0);
}

/* It allows nothing by itself. */
Test(outside, does_not_replace_the_policy)
{
    answer(RATLS_OK, NULL);
    ratls_trust_unref(trust);
    trust = trust_with(NULL);
    MUST(ratls_trust_set_judge(trust, decide, &asked));
    cr_expect_eq(outcome(&good, false), RATLS_E_NO_POLICY);
    cr_expect_eq(asked.times, 0);
}

Test(outside, is_left_out_where_the_policy_is)
{
    answer(RATLS_E_OPA_DENIED, NULL);
    cr_expect_eq(outcome(&good, true), RATLS_OK);
    cr_expect_eq(asked.times, 0);
}

/* Told all, or nothing. */
Test(outside, is_not_asked_when_claims_got_lost)
{
    answer(RATLS_OK, NULL);
    fake.flood = true;
    cr_expect_neq(outcome(&good, false), RATLS_OK);
    cr_expect_eq(asked.times, 0);
}

Test(outside, is_not_asked_about_claims_that_are_not_whole)
{
    struct ratls_verdict *v = allowed();
    const struct rt_outside_peer peer = {.verdict = v};
    struct ratls_error err = {0};

    answer(RATLS_OK, NULL);
    cr_expect_eq(rt_outside_ask(trust, &peer, &err), RATLS_OK);
    cr_expect_eq(ratls_claims_set_text(v->claims, "No Name", ""), RATLS_E_USAGE);
    cr_expect_eq(rt_outside_ask(trust, &peer, &err), RATLS_E_USAGE);
    cr_expect_eq(asked.times, 1);
    ratls_verdict_unref(v);
}

/* ---- nobody there to ask ---- */

Test(outside, deferred_to_nobody_denies)
{
    ratls_trust_unref(trust);
    trust = trust_with(POLICY(""));
    MUST(ratls_trust_defer_judge(trust));
    cr_expect_eq(outcome(&good, false), RATLS_E_OPA_FAILED);
    cr_expect_eq(outcome(&good, true), RATLS_OK);
}

Test(outside, deferred_by_connections_is_asked_by_others)
{
    answer(RATLS_E_OPA_DENIED, NULL);
    MUST(ratls_trust_defer_judge(trust));
    cr_expect_eq(outcome(&good, false), RATLS_E_OPA_DENIED);
    cr_expect_eq(asked.times, 1);
}

Test(outside, is_set_before_the_trust_is_used)
{
    cr_expect_eq(ratls_trust_set_judge(trust, NULL, NULL), RATLS_E_USAGE);
    cr_expect_eq(outcome(&good, false), RATLS_OK);
    cr_expect_eq(ratls_trust_set_judge(trust, decide, &asked), RATLS_E_STATE);
    cr_expect_eq(ratls_trust_defer_judge(trust), RATLS_E_STATE);
}
