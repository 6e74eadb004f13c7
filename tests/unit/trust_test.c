/* Filling a trust: which roots are taken, and for whom they count. */
#include <stdlib.h>

#include <criterion/criterion.h>

#include "mint.h"
#include "trust.h"

#define NOW INT64_C(1750000000)

#define MUST(call) cr_assert_eq((call), RATLS_OK, "%s", #call)

static struct ratls_trust *trust;

static void setup(void)
{
    MUST(ratls_trust_new(ratls_env_system(), &trust));
}

static void teardown(void)
{
    ratls_trust_unref(trust);
}

TestSuite(trust, .init = setup, .fini = teardown);

struct root_plan {
    bool simulated, not_ca, issued_by_another, named_after_another;
};

static struct ratls_buffer make_root(const struct root_plan *plan, uint8_t spki_sha256[32])
{
    struct rt_key *key = NULL, *other = NULL;
    struct ratls_buffer der = {0};
    static const uint8_t empty_name[] = {0x30, 0x00};

    MUST(rt_key_generate(ratls_env_system(), RT_P256, &key));
    MUST(rt_key_generate(ratls_env_system(), RT_P256, &other));
    struct rt_mint mint = {
        .subject_spki = rt_key_spki(key),
        .subject = {.common_name = "root",
                    .organization = plan->simulated ? RT_SIM_ORGANIZATION : "ACME"},
        .issuer_key = plan->issued_by_another ? other : key,
        .not_before = NOW,
        .not_after = NOW + 3600,
        .is_ca = !plan->not_ca,
        .path_len = -1,
    };
    if (plan->named_after_another)
        mint.issuer_name = ratls_bytes(empty_name, sizeof empty_name);
    MUST(rt_mint(ratls_env_system(), &mint, &der, NULL));
    if (spki_sha256)
        MUST(rt_sha256(rt_key_spki(key), spki_sha256));
    rt_key_free(key);
    rt_key_free(other);
    return der;
}

static enum ratls_err add(const struct root_plan *plan, bool as_simulated, struct ratls_error *err)
{
    struct ratls_buffer der = make_root(plan, NULL);
    enum ratls_err e = as_simulated
                           ? ratls_trust_insecure_add_sim_roots(trust, rt_bytes_of(&der), err)
                           : ratls_trust_add_roots(trust, rt_bytes_of(&der), err);

    ratls_buffer_free(&der);
    return e;
}

static const struct {
    struct root_plan plan;
    bool as_simulated;
    enum ratls_err expected;
    const char *why;
} roots[] = {
    {{0}, false, RATLS_OK, ""},
    {{.simulated = true}, true, RATLS_OK, ""},
    /* T32 */
    {{.simulated = true}, false, RATLS_E_SIMULATED_ANCHOR, "simulated"},
    {{0}, true, RATLS_E_CONFIG, "not the root of a simulated TEE"},
    {{.not_ca = true}, false, RATLS_E_CONFIG, "no CA"},
    {{.simulated = true, .not_ca = true}, true, RATLS_E_CONFIG, "no CA"},
    {{.issued_by_another = true}, false, RATLS_E_CONFIG, "not signed by itself"},
    {{.named_after_another = true}, false, RATLS_E_CONFIG, "not signed by itself"},
    {{.simulated = true, .issued_by_another = true}, true, RATLS_E_CONFIG, "not signed by itself"},
};

Test(trust, takes_self_signed_authorities_as_roots_and_nothing_else)
{
    for (size_t i = 0; i < RT_COUNT(roots); i++) {
        struct ratls_error err = {0};
        enum ratls_err e = add(&roots[i].plan, roots[i].as_simulated, &err);
        cr_expect_eq(e, roots[i].expected, "row %zu: %s", i, ratls_err_reason(e));
        cr_expect_eq(err.code, roots[i].expected);
        cr_expect(strstr(err.detail, roots[i].why), "row %zu: %s", i, err.detail);
    }
    cr_expect(ratls_trust_simulated(trust));
}

/* EC P-256, signed by itself, CA:TRUE, but its KeyUsage is digitalSignature alone. */
static const char no_cert_sign[] =
    "3082012a3081d1a00302010202021234300a06082a8648ce3d040302300c310a300806035504030c0178301e17"
    "0d3233313131343232313332305a170d3333303531383033333332305a300c310a300806035504030c01783059"
    "301306072a8648ce3d020106082a8648ce3d03010703420004719a4789a61f942deb4f88c55f20910621a0ee29"
    "a16ff528db52d5f500886eb129b87a144491bc4cb09e7c7ba48f4712187038b67d8dd38c505cb9a928abc1b4a3"
    "233021300f0603551d130101ff040530030101ff300e0603551d0f0101ff040403020780300a06082a8648ce3d"
    "040302034800304502203e6999ab5a8f81c71faf0e1c90b3b6ac095b2f8906e9f9d8bb325aa76efdbec3022100"
    "fc1fecccd4f1be4e648e470d7a1cc45f4dd5218c1603695a24b1f277947a0be5";

Test(trust, refuses_roots_that_may_not_sign_certificates)
{
    struct ratls_error err = {0};
    uint8_t der[RT_COUNT(no_cert_sign) / 2];
    size_t len = sizeof der;

    cr_assert(rt_unhex(no_cert_sign, strlen(no_cert_sign), der, &len));
    cr_expect_eq(ratls_trust_add_roots(trust, ratls_bytes(der, len), &err), RATLS_E_CONFIG);
    cr_expect(strstr(err.detail, "keyCertSign"), "%s", err.detail);
}

static const char *const not_roots[] = {
    "",
    "hello",
    "0",
    "-----BEGIN CERTIFICATE-----\n",
    "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
    "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n",
    "-----BEGIN EC PRIVATE KEY-----\nMAA=\n-----END EC PRIVATE KEY-----\n",
};

Test(trust, refuses_files_without_a_readable_certificate)
{
    for (size_t i = 0; i < RT_COUNT(not_roots); i++)
        cr_expect_eq(ratls_trust_add_roots(trust, ratls_bytes_str(not_roots[i]), NULL),
                     RATLS_E_CONFIG, "%s", not_roots[i]);
    cr_expect_eq(ratls_trust_add_roots(trust, ratls_bytes(NULL, 0), NULL), RATLS_E_CONFIG);
}

/* ---- which roots count ---- */

static const uint8_t pins[2][32] = {{1}, {2}};
static const struct ratls_verifier verifier = {.name = "x", .pins = pins, .n_pins = 2};

static size_t count_roots(struct ratls_root out[8])
{
    struct rt_anchors_at at;

    MUST(rt_anchors_at(rt_trust_anchors(trust), &verifier, NOW, &at));
    const size_t n = at.n_roots;
    cr_assert_leq(n, 8);
    memcpy(out, at.roots, n * sizeof *out);
    rt_anchors_at_free(&at);
    return n;
}

Test(trust, starts_with_the_pins_of_the_verifier)
{
    struct ratls_root list[8];

    cr_assert_eq(count_roots(list), 2);
    cr_expect_arr_eq(list[1].spki_sha256, pins[1], 32);
    cr_expect_not(list[0].simulated || list[1].simulated);
    cr_expect_not(ratls_trust_simulated(trust));
}

Test(trust, adds_simulated_roots_to_the_pins)
{
    struct ratls_root list[8];
    uint8_t spki[32];
    struct ratls_buffer der = make_root(&(struct root_plan){.simulated = true}, spki);

    MUST(ratls_trust_insecure_add_sim_roots(trust, rt_bytes_of(&der), NULL));
    cr_assert_eq(count_roots(list), 3);
    cr_expect_arr_eq(list[0].spki_sha256, pins[0], 32);
    cr_expect_arr_eq(list[2].spki_sha256, spki, 32);
    cr_expect(list[2].simulated);
    cr_expect_not(list[0].simulated || list[1].simulated);
    ratls_buffer_free(&der);
}

Test(trust, replaces_the_pins_by_roots_that_were_given)
{
    struct ratls_root list[8];
    uint8_t spki[2][32];
    struct rt_writer pem = {0};

    for (size_t i = 0; i < 2; i++) {
        struct ratls_buffer der = make_root(&(struct root_plan){0}, spki[i]), text = {0};
        MUST(rt_pem_write("CERTIFICATE", rt_bytes_of(&der), &text));
        rt_put_bytes(&pem, rt_bytes_of(&text));
        ratls_buffer_free(&der);
        ratls_buffer_free(&text);
    }
    MUST(ratls_trust_add_roots(trust, rt_written(&pem), NULL));
    cr_assert_eq(count_roots(list), 2);
    cr_expect_arr_eq(list[0].spki_sha256, spki[0], 32);
    cr_expect_arr_eq(list[1].spki_sha256, spki[1], 32);
    MUST(add(&(struct root_plan){0}, false, NULL)); /* further calls add */
    cr_expect_eq(count_roots(list), 3);
    rt_writer_free(&pem);
}

Test(trust, adds_all_roots_of_a_file_or_none)
{
    struct ratls_root list[8];
    struct ratls_buffer good = make_root(&(struct root_plan){0}, NULL);
    struct ratls_buffer bad = make_root(&(struct root_plan){.not_ca = true}, NULL);
    struct ratls_buffer text = {0};
    struct rt_writer pem = {0};

    MUST(rt_pem_write("CERTIFICATE", rt_bytes_of(&good), &text));
    rt_put_bytes(&pem, rt_bytes_of(&text));
    ratls_buffer_free(&text);
    MUST(rt_pem_write("CERTIFICATE", rt_bytes_of(&bad), &text));
    rt_put_bytes(&pem, rt_bytes_of(&text));
    cr_expect_eq(ratls_trust_add_roots(trust, rt_written(&pem), NULL), RATLS_E_CONFIG);
    cr_assert_eq(count_roots(list), 2);
    cr_expect_arr_eq(list[0].spki_sha256, pins[0], 32);
    ratls_buffer_free(&text);
    MUST(rt_pem_write("CERTIFICATE", rt_bytes_of(&good), &text));
    pem.len = 0; /* a good one, then a broken one */
    rt_put_bytes(&pem, rt_bytes_of(&text));
    rt_put_bytes(&pem, ratls_bytes_str("-----BEGIN CERTIFICATE-----\nMAA"));
    cr_expect_eq(ratls_trust_add_roots(trust, rt_written(&pem), NULL), RATLS_E_CONFIG);
    cr_assert_eq(count_roots(list), 2);
    rt_writer_free(&pem);
    ratls_buffer_free(&text);
    ratls_buffer_free(&good);
    ratls_buffer_free(&bad);
}

Test(trust, holds_a_bounded_number_of_roots)
{
    struct ratls_buffer der = make_root(&(struct root_plan){0}, NULL);

    for (int i = 0; i < RT_MAX_ROOTS; i++)
        MUST(ratls_trust_add_roots(trust, rt_bytes_of(&der), NULL));
    cr_expect_eq(ratls_trust_add_roots(trust, rt_bytes_of(&der), NULL), RATLS_E_LIMIT);
    ratls_buffer_free(&der);
}

/* ---- policy ---- */

Test(trust, has_no_policy_at_first_and_takes_the_level_from_it)
{
    cr_expect_null(rt_trust_policy(trust));
    cr_expect_eq(ratls_trust_required_level(trust), RATLS_LEVEL_SESSION);
    MUST(ratls_trust_set_policy(trust, ratls_bytes_str("{\"tees\":{},\"binding\":\"quote\"}"),
                                NULL));
    cr_expect_eq(ratls_trust_required_level(trust), RATLS_LEVEL_QUOTE);
    MUST(ratls_trust_use_default_policy(trust, NULL));
    cr_expect_eq(ratls_trust_required_level(trust), RATLS_LEVEL_SESSION);
}

/* T75 */
Test(trust, keeps_the_old_policy_when_the_new_one_is_malformed)
{
    struct ratls_error err = {0};

    MUST(ratls_trust_set_policy(trust, ratls_bytes_str("{\"tees\":{},\"binding\":\"quote\"}"),
                                NULL));
    const struct rt_policy *before = rt_trust_policy(trust);
    cr_expect_eq(ratls_trust_set_policy(trust, ratls_bytes_str("{\"tee\":{}}"), &err),
                 RATLS_E_POLICY_FORMAT);
    cr_expect_eq(rt_trust_policy(trust), before);
}

Test(trust, changes_nothing_once_frozen)
{
    rt_trust_freeze(trust);
    cr_expect_eq(ratls_trust_use_default_policy(trust, NULL), RATLS_E_STATE);
    cr_expect_eq(add(&(struct root_plan){0}, false, NULL), RATLS_E_STATE);
    cr_expect_eq(add(&(struct root_plan){.simulated = true}, true, NULL), RATLS_E_STATE);
    cr_expect_not(ratls_trust_simulated(trust));
}

Test(trust, counts_references_and_names_its_verifiers)
{
    cr_expect_eq(ratls_trust_ref(trust), trust);
    ratls_trust_unref(trust);
    cr_expect_str_eq(ratls_trust_verifier_name(trust, 0), "tdx");
    cr_expect_null(ratls_trust_verifier_name(trust, 1000));
    cr_expect_eq(rt_trust_env(trust), ratls_env_system());
    ratls_trust_unref(NULL);
}
