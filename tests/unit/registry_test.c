/* Finding a verifier, and the guard around running it. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "registry.h"

/* ---- finding ---- */

static const struct {
    uint8_t header[9];
    size_t len;
    const char *name; /* NULL: nobody's */
} headers[] = {
    {{4, 0, 2, 0, 0x81, 0, 0, 0}, 48, "tdx"},
    {{5, 0, 2, 0, 0x81, 0, 0, 0}, 48, "tdx"},
    {{4, 0, 2, 0, 0x81, 0, 0, 0}, 47, NULL}, /* no whole header */
    {{3, 0, 2, 0, 0x81, 0, 0, 0}, 48, NULL}, /* version 3 is SGX */
    {{6, 0, 2, 0, 0x81, 0, 0, 0}, 48, NULL},
    {{4, 0, 3, 0, 0x81, 0, 0, 0}, 48, NULL}, /* P-384 */
    {{4, 0, 2, 0, 0x00, 0, 0, 0}, 48, "sgx"},
    {{3, 0, 2, 0, 0x00, 0, 0, 0}, 48, "sgx"},
    {{4, 0, 2, 0, 0x82, 0, 0, 0}, 48, NULL},
    {{4, 0, 2, 0, 0x81, 0, 0, 1}, 48, NULL},
    {{0xd9, 0x01, 0x8f, 0xa2, 0x19, 0xac, 0xca, 0x59}, 48, "cca"},
    {{0xd9, 0x03, 0x8b, 0xa2, 0x19, 0xac, 0xca, 0x82}, 48, "cca"},
    {{0xd9, 0x03, 0x8b, 0xa2, 0x19, 0xac, 0xca, 0x82}, 6, NULL}, /* no whole label */
    {{0xd9, 0x03, 0x8c, 0xa2, 0x19, 0xac, 0xca, 0x82}, 48, NULL},
    {{0}, 0, NULL},
};

/* T85: the header alone says whose evidence it is. */
Test(registry, finds_a_verifier_by_format_only)
{
    struct rt_registry *r;

    cr_assert_eq(rt_registry_new(&r), RATLS_OK);
    for (size_t i = 0; i < RT_COUNT(headers); i++) {
        uint8_t evidence[48] = {0};
        memcpy(evidence, headers[i].header, sizeof headers[i].header);
        const struct ratls_verifier *v = rt_registry_find(r, ratls_bytes(evidence, headers[i].len));
        if (headers[i].name)
            cr_expect(v && strcmp(v->name, headers[i].name) == 0, "row %zu", i);
        else
            cr_expect_null(v, "row %zu", i);
    }
    rt_registry_free(r);
}

Test(registry, does_not_show_oversized_evidence_to_anybody)
{
    uint8_t *evidence = calloc(1, RT_MAX_EVIDENCE + 1);
    struct rt_registry *r;

    memcpy(evidence, headers[0].header, sizeof headers[0].header);
    cr_assert_eq(rt_registry_new(&r), RATLS_OK);
    cr_assert_not_null(rt_registry_find(r, ratls_bytes(evidence, RT_MAX_EVIDENCE)));
    cr_assert_null(rt_registry_find(r, ratls_bytes(evidence, RT_MAX_EVIDENCE + 1)));
    rt_registry_free(r);
    free(evidence);
}

Test(registry, lists_and_names_its_verifiers)
{
    struct rt_registry *r;

    cr_assert_eq(rt_registry_new(&r), RATLS_OK);
    cr_assert_str_eq(rt_registry_at(r, 0)->name, "tdx");
    cr_assert_str_eq(rt_registry_at(r, 1)->name, "sgx");
    cr_assert_str_eq(rt_registry_at(r, 2)->name, "snp");
    cr_assert_str_eq(rt_registry_at(r, 3)->name, "cca");
    cr_assert_str_eq(rt_registry_at(r, 4)->name, "virtcca");
    cr_assert_str_eq(rt_registry_at(r, 5)->name, "nitro");
    cr_assert_str_eq(rt_registry_at(r, 6)->name, "itrustee");
    cr_assert_str_eq(rt_registry_at(r, 7)->name, "csv");
    cr_assert_str_eq(rt_registry_at(r, 8)->name, "nvidia");
    cr_assert_str_eq(rt_registry_at(r, 9)->name, "tpm");
    cr_assert_str_eq(rt_registry_at(r, 10)->name, "az_snp_vtpm");
    cr_assert_str_eq(rt_registry_at(r, 11)->name, "az_tdx_vtpm");
    cr_assert_str_eq(rt_registry_at(r, 12)->name, "ascend_npu");
    cr_assert_null(rt_registry_at(r, 13));
    cr_assert_eq(rt_registry_by_name(r, "tdx"), rt_registry_at(r, 0));
    cr_assert_null(rt_registry_by_name(r, "TDX"));
    cr_assert_null(rt_registry_by_name(r, NULL));
    rt_registry_free(r);
    rt_registry_free(NULL);
}

/* ---- running ---- */

static void set_all(struct ratls_claims *c)
{
    static const uint8_t zeros[64];

    (void)ratls_claims_set_text(c, "tee", "fake");
    (void)ratls_claims_set_hex(c, "measurement", ratls_bytes(zeros, 48));
    (void)ratls_claims_set_hex(c, "report_data", ratls_bytes(zeros, 64));
    (void)ratls_claims_set_bool(c, "debug", false);
    (void)ratls_claims_set_bool(c, "simulated", false);
    (void)ratls_claims_set_text(c, "tcb_status", "UpToDate");
}

static bool was_called;
static enum ratls_err answer;
static void (*spoil)(struct ratls_claims *c);

static enum ratls_err fake_verify(const struct ratls_verify_input *input,
                                  struct ratls_claims *claims, struct ratls_error *err)
{
    (void)input;
    (void)err;
    was_called = true;
    set_all(claims);
    if (spoil)
        spoil(claims);
    return answer;
}

static const struct ratls_verifier fake = {.name = "fake", .verify = fake_verify};
static const struct ratls_root roots[] = {{.simulated = true}, {.simulated = false}};

static enum ratls_err run(const struct ratls_root *list, size_t n, size_t len)
{
    static const uint8_t evidence[RT_MAX_EVIDENCE + 1];
    const struct ratls_verify_input input = {
        .size = sizeof input, .evidence = ratls_bytes(evidence, len), .roots = list, .n_roots = n};
    struct ratls_claims *claims = ratls_claims_new();
    struct ratls_error err = {0};

    was_called = false;
    enum ratls_err e = rt_verifier_run(&fake, &input, claims, &err);
    cr_expect_eq(err.code, e, "the error says what is returned");
    ratls_claims_free(claims);
    return e;
}

static enum ratls_err run_with(void (*how)(struct ratls_claims *c))
{
    spoil = how;
    enum ratls_err e = run(roots, 2, 10);
    spoil = NULL;
    return e;
}

Test(verifier_run, passes_a_complete_answer)
{
    cr_assert_eq(run(roots, 2, RT_MAX_EVIDENCE), RATLS_OK);
}

Test(verifier_run, refuses_oversized_evidence_before_the_verifier_sees_it)
{
    cr_assert_eq(run(roots, 2, RT_MAX_EVIDENCE + 1), RATLS_E_EVIDENCE_FORMAT);
    cr_assert_not(was_called);
}

static void wrong_tee(struct ratls_claims *c)
{
    (void)ratls_claims_set_text(c, "tee", "tdx");
}
static void tee_number(struct ratls_claims *c)
{
    (void)ratls_claims_set_uint(c, "tee", 1);
}
static void empty_measurement(struct ratls_claims *c)
{
    (void)ratls_claims_set_text(c, "measurement", "");
}
static void text_measurement(struct ratls_claims *c)
{
    (void)ratls_claims_set_text(c, "measurement", "ABCD");
}
static void short_report_data(struct ratls_claims *c)
{
    (void)ratls_claims_set_hex(c, "report_data",
                               ratls_bytes("12345678901234567890123456789012", 32));
}
static void text_report_data(struct ratls_claims *c)
{
    char text[129];

    memset(text, 'x', sizeof text);
    text[128] = 0;
    (void)ratls_claims_set_text(c, "report_data", text);
}
static void text_debug(struct ratls_claims *c)
{
    (void)ratls_claims_set_text(c, "debug", "false");
}
static void number_simulated(struct ratls_claims *c)
{
    (void)ratls_claims_set_uint(c, "simulated", 1);
}
static void empty_status(struct ratls_claims *c)
{
    (void)ratls_claims_set_text(c, "tcb_status", "");
}
static void list_status(struct ratls_claims *c)
{
    (void)ratls_claims_add_item(c, "tcb_status", "UpToDate");
}
static void failed_setter(struct ratls_claims *c)
{
    (void)ratls_claims_set_text(c, "extra", "\n");
}

/* T78 */
Test(verifier_run, calls_missing_or_malformed_claims_a_fault)
{
    static void (*const faults[])(struct ratls_claims *) = {
        wrong_tee,         tee_number,       empty_measurement, text_measurement,
        short_report_data, text_report_data, text_debug,        number_simulated,
        empty_status,      list_status,      failed_setter};

    for (size_t i = 0; i < RT_COUNT(faults); i++)
        cr_expect_eq(run_with(faults[i]), RATLS_E_VERIFIER_FAULT, "row %zu", i);
}

static void say_simulated(struct ratls_claims *c)
{
    (void)ratls_claims_set_bool(c, "simulated", true);
}

/* T32 */
Test(verifier_run, nothing_is_genuine_without_a_root_of_a_genuine_tee)
{
    cr_assert_eq(run(&roots[0], 1, 10), RATLS_E_VERIFIER_FAULT, "only a simulated root");
    cr_assert_eq(run(NULL, 0, 10), RATLS_E_VERIFIER_FAULT, "no root at all");
    cr_assert_eq(run(&roots[1], 1, 10), RATLS_OK, "a genuine root");
    spoil = say_simulated;
    cr_assert_eq(run(&roots[0], 1, 10), RATLS_OK);
    spoil = NULL;
}

Test(verifier_run, hands_failures_on_and_calls_anything_else_a_fault)
{
    static const struct {
        int given;
        enum ratls_err e;
    } rows[] = {
        {RATLS_E_EVIDENCE_SIGNATURE, RATLS_E_EVIDENCE_SIGNATURE},
        {RATLS_E_WANT_READ, RATLS_E_VERIFIER_FAULT},
        {RATLS_E_WANT_PROOF, RATLS_E_VERIFIER_FAULT},
        {RATLS_E_CLOSED, RATLS_E_VERIFIER_FAULT},
        {RATLS_ERR_COUNT, RATLS_E_VERIFIER_FAULT},
        {-1, RATLS_E_VERIFIER_FAULT},
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        answer = (enum ratls_err)rows[i].given;
        cr_expect_eq(run(roots, 2, 10), rows[i].e, "row %zu", i);
    }
    answer = RATLS_OK;
}

/* ---- collateral ---- */

static void *made;

static enum ratls_err fake_collateral(const struct ratls_collateral_input *input, void **out,
                                      struct ratls_error *err)
{
    (void)input;
    (void)err;
    *out = made;
    return answer;
}

Test(verifier_prove, calls_an_answer_without_a_result_a_fault)
{
    static const struct ratls_verifier prover = {.name = "fake", .collateral_new = fake_collateral};
    static const struct ratls_collateral_input input = {.size = sizeof input};
    const struct {
        enum ratls_err answer, e;
        bool makes;
    } rows[] = {
        {RATLS_OK, RATLS_OK, true},
        {RATLS_OK, RATLS_E_VERIFIER_FAULT, false},
        {RATLS_E_COLLATERAL_FORMAT, RATLS_E_COLLATERAL_FORMAT, false},
        {RATLS_E_WANT_READ, RATLS_E_VERIFIER_FAULT, false},
        {(enum ratls_err)77777, RATLS_E_VERIFIER_FAULT, false},
    };
    int thing = 0;

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        struct ratls_error err = {0};
        void *out = &thing;
        answer = rows[i].answer;
        made = rows[i].makes ? &thing : NULL;
        cr_expect_eq(rt_verifier_prove(&prover, &input, &out, &err), rows[i].e, "row %zu", i);
        cr_expect_eq(out, made, "row %zu", i);
        cr_expect_eq(err.code, rows[i].e, "row %zu", i);
    }
}

/* ---- certificates without evidence ---- */

static enum ratls_err endorsements(const struct ratls_root *list, size_t n,
                                   void (*how)(struct ratls_claims *c))
{
    static const struct ratls_verifier with = {.name = "fake", .endorsements = fake_verify};
    const struct ratls_verify_input input = {.size = sizeof input, .roots = list, .n_roots = n};
    struct ratls_claims *claims = ratls_claims_new();
    struct ratls_error err = {0};

    spoil = how;
    enum ratls_err e = rt_verifier_endorsements(&with, &input, claims, &err);
    spoil = NULL;
    cr_expect_eq(err.code, e, "the error says what is returned");
    ratls_claims_free(claims);
    return e;
}

static void no_answer(struct ratls_claims *c)
{
    (void)c;
    answer = RATLS_E_REVOKED;
}

static void odd_answer(struct ratls_claims *c)
{
    (void)c;
    answer = (enum ratls_err)4711;
}

Test(verifier_endorsements, are_guarded_like_evidence)
{
    cr_expect_eq(endorsements(roots, 2, NULL), RATLS_OK);
    cr_expect_eq(endorsements(roots, 2, empty_measurement), RATLS_OK, "there is no TEE");
    cr_expect_eq(endorsements(roots, 2, failed_setter), RATLS_E_VERIFIER_FAULT);
    cr_expect_eq(endorsements(roots, 2, number_simulated), RATLS_E_VERIFIER_FAULT);
    cr_expect_eq(endorsements(roots, 1, NULL), RATLS_E_VERIFIER_FAULT, "only a simulated root");
    cr_expect_eq(endorsements(roots, 2, no_answer), RATLS_E_REVOKED);
    cr_expect_eq(endorsements(roots, 2, odd_answer), RATLS_E_VERIFIER_FAULT);
}

/* Keys of devices stand for roots where a format has none. */
Test(verifier_endorsements, may_rest_on_the_key_of_a_genuine_device)
{
    static const struct ratls_verifier with = {.name = "fake", .endorsements = fake_verify};
    struct ratls_trusted_key key = {.simulated = true};
    const struct ratls_verify_input input = {.size = sizeof input, .keys = &key, .n_keys = 1};
    struct ratls_claims *claims = ratls_claims_new();

    cr_expect_eq(rt_verifier_endorsements(&with, &input, claims, NULL), RATLS_E_VERIFIER_FAULT);
    key.simulated = false;
    cr_expect_eq(rt_verifier_endorsements(&with, &input, claims, NULL), RATLS_OK);
    ratls_claims_free(claims);
}

Test(verifier_endorsements, need_a_verifier_that_knows_some)
{
    const struct ratls_verify_input input = {.size = sizeof input, .roots = roots, .n_roots = 2};

    cr_expect_eq(rt_verifier_endorsements(&fake, &input, NULL, NULL), RATLS_E_UNSUPPORTED);
}
