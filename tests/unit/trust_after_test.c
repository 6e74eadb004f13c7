/* One trust after the other: generations, what they share, and what must not become older. */
#include <stdio.h>

#include <criterion/criterion.h>

#include "document_support.h"
#include "mint.h"
#include "mint_crl.h"
#include "sim_collateral.h"
#include "sim_platform.h"
#include "trust.h"

#define MUST(call) cr_assert_eq((call), RATLS_OK, "%s", #call)
#define NOW        INT64_C(1750000000)
#define MEASUREMENT                                                                                \
    "c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1"                                             \
    "c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1"

static struct ratls_trust *first, *second;
static struct ratls_env env;
static struct rt_sim_pki pki, other;
static struct ratls_error err;

static int64_t frozen(void *arg)
{
    (void)arg;
    return NOW;
}

static void setup(void)
{
    env = *ratls_env_system();
    env.now = frozen;
    env.log = NULL;
    err = (struct ratls_error){0};
    MUST(rt_sim_pki_make(&env, NULL, &pki, NULL));
    MUST(rt_sim_pki_make(&env, NULL, &other, NULL));
    MUST(ratls_trust_new(&env, &first));
    MUST(ratls_trust_new(&env, &second));
}

static void teardown(void)
{
    ratls_trust_unref(first);
    ratls_trust_unref(second);
    rt_sim_pki_free(&pki);
    rt_sim_pki_free(&other);
}

TestSuite(trust_after, .init = setup, .fini = teardown, .timeout = 60);

static void make_second(void)
{
    ratls_trust_unref(second);
    MUST(ratls_trust_new_after(first, &second));
}

/* ---- generations ---- */

Test(trust_after, generations_are_counted)
{
    cr_expect_eq(ratls_trust_generation(first), 1);
    make_second();
    cr_expect_eq(ratls_trust_generation(second), 2);
    struct ratls_trust *third;
    MUST(ratls_trust_new_after(second, &third));
    cr_expect_eq(ratls_trust_generation(third), 3);
    ratls_trust_unref(third);
}

Test(trust_after, a_successor_has_the_same_verifiers_and_nothing_else)
{
    MUST(ratls_trust_use_default_policy(first, NULL));
    MUST(ratls_trust_insecure_add_sim_roots(first, rt_bytes_of(&pki.der[RT_SIM_ROOT]), NULL));
    make_second();
    cr_expect_eq(rt_trust_registry(first), rt_trust_registry(second));
    cr_expect_eq(rt_trust_env(second), &env);
    cr_expect_null(rt_trust_policy(second));
    cr_expect_not(ratls_trust_simulated(second));
}

Test(trust_after, what_is_shared_changes_no_more)
{
    make_second();
    cr_expect_eq(ratls_trust_load_plugins(second, "/", &err), RATLS_E_STATE);
    cr_expect_not_null(strstr(err.detail, "plugins"), "%s", err.detail);
    cr_expect_eq(ratls_trust_load_plugins(first, "/", NULL), RATLS_E_STATE);
    cr_expect_eq(ratls_trust_use_default_policy(first, NULL), RATLS_E_STATE);
    MUST(ratls_trust_use_default_policy(second, NULL));
}

Test(trust_after, verifiers_outlive_the_trust_that_had_them_first)
{
    make_second();
    ratls_trust_unref(first);
    first = NULL;
    cr_expect_str_eq(ratls_trust_verifier_name(second, 0), "tdx");
    const char *const *names = rt_registry_names(rt_trust_registry(second));
    size_t n = 0;
    for (; names[n]; n++)
        cr_expect_str_eq(names[n], ratls_trust_verifier_name(second, n));
    cr_expect_null(ratls_trust_verifier_name(second, n));
}

/* ---- grounds (T54): one row for each thing that proofs rest on ---- */

static const char device_keys[] =
    "[{\"pkey\":{\"kty\":\"EC\",\"crv\":\"P-256\","
    "\"x\":\"axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY\","
    "\"y\":\"T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU\"},"
    "\"implementation-id\":\"1111111111111111111111111111111111111111111111111111111111111111\","
    "\"instance-id\":\"011111111111111111111111111111111111111111111111111111111111111111\"}]";
static const char refvals[] =
    "{\"platform\":[{\"implementation-id\":"
    "\"1111111111111111111111111111111111111111111111111111111111111111\","
    "\"sw-components\":[{\"measurement-value\":\"00\",\"signer-id\":\"00\"}]}],"
    "\"realm\":[{\"initial-measurement\":\"00\"}]}";

static void add_root(struct ratls_trust *t, const struct rt_sim_pki *p)
{
    MUST(ratls_trust_insecure_add_sim_roots(t, rt_bytes_of(&p->der[RT_SIM_ROOT]), NULL));
}

static enum ratls_err add_collateral(struct ratls_trust *t, const struct rt_sim_collateral_knobs *k)
{
    struct ratls_buffer json = {0};

    MUST(rt_sim_collateral(&env, &pki, k, &json));
    enum ratls_err e = ratls_trust_add_collateral(t, rt_bytes_of(&json), NULL);
    ratls_buffer_free(&json);
    return e;
}

static void nothing(struct ratls_trust *t)
{
    (void)t;
}
static void another_root(struct ratls_trust *t)
{
    add_root(t, &other);
}
static void real_root(struct ratls_trust *t)
{
    struct ratls_buffer der = {0};
    struct rt_key *key = NULL;

    MUST(rt_key_generate(&env, RT_P256, &key));
    MUST(rt_mint(&env,
                 &(struct rt_mint){.subject_spki = rt_key_spki(key),
                                   .subject = {.common_name = "root", .organization = "ACME"},
                                   .issuer_key = key,
                                   .not_before = NOW,
                                   .not_after = NOW + 3600,
                                   .is_ca = true,
                                   .path_len = -1},
                 &der, NULL));
    MUST(ratls_trust_add_roots(t, rt_bytes_of(&der), NULL));
    ratls_buffer_free(&der);
    rt_key_free(key);
}
static void device_key(struct ratls_trust *t)
{
    MUST(ratls_trust_add_roots(t, ratls_bytes_str(device_keys), NULL));
}
static void no_crl(struct ratls_trust *t)
{
    MUST(ratls_trust_insecure_no_crl(t, NULL));
}
static void collateral(struct ratls_trust *t)
{
    MUST(add_collateral(t, NULL));
}
static void policy(struct ratls_trust *t)
{
    MUST(ratls_trust_use_default_policy(t, NULL));
}
static void reference_values(struct ratls_trust *t)
{
    MUST(ratls_trust_set_reference_values(t, ratls_bytes_str(refvals), NULL));
}
static void refused_root(struct ratls_trust *t)
{
    cr_assert_neq(ratls_trust_add_roots(t, ratls_bytes_str("x"), NULL), RATLS_OK);
}
static void refused_collateral(struct ratls_trust *t)
{
    cr_assert_neq(ratls_trust_add_collateral(t, ratls_bytes_str("{}"), NULL), RATLS_OK);
}

#define PIN_ITEM(tee, name, state, more)                                                           \
    ITEM("anchor", tee, name, "1", state, more, "{\"type\":\"pin\",\"spki_sha256\":\"" KEY_1 "\"}")
#define PIN(state, more) DOCUMENT(PIN_ITEM("tdx", "a", state, more))
#define VALUES           REFVAL("a", "1", "active", LISTS(MEASUREMENT))

static void document(struct ratls_trust *t, const char *json)
{
    MUST(ratls_trust_add_document(t, ratls_bytes_str(json), NULL));
}
static void stored_values(struct ratls_trust *t)
{
    document(t, DOCUMENT(VALUES));
}
static void stored_draft(struct ratls_trust *t)
{
    document(t, PIN("draft", ""));
}
static void stored_pin(struct ratls_trust *t)
{
    document(t, PIN("active", ""));
}
static void stored_pin_until(struct ratls_trust *t)
{
    document(t, PIN("active", ",\"not_after\":1750000060"));
}
static void revoked_pin(struct ratls_trust *t)
{
    document(t, PIN("revoked", ""));
}
static void revocation(struct ratls_trust *t)
{
    document(t, DOCUMENT(REVOKE("", REVOKED_KEY, "key", KEY_1)));
}

static const struct {
    const char *what;
    void (*add)(struct ratls_trust *t);
    bool same;
} grounds[] = {
    {"nothing", nothing, true},
    {"a root of a simulator", another_root, false},
    {"a root of a vendor", real_root, false},
    {"the key of a device", device_key, false},
    {"no revocation", no_crl, false},
    {"collateral", collateral, false},
    {"a pin in a document", stored_pin, false},
    {"a pin with other dates", stored_pin_until, false},
    {"a pin that is revoked", revoked_pin, true},
    {"a revocation in a document", revocation, true},
    {"a policy", policy, true},
    {"reference values", reference_values, true},
    {"reference values of a store", stored_values, true},
    {"the draft of an anchor", stored_draft, true},
    {"a root that is refused", refused_root, true},
    {"collateral that is refused", refused_collateral, true},
};

Test(trust_after, grounds_are_all_that_proofs_rest_on)
{
    for (size_t i = 0; i < RT_COUNT(grounds); i++) {
        ratls_trust_unref(first);
        MUST(ratls_trust_new(&env, &first));
        add_root(first, &pki);
        make_second();
        add_root(second, &pki);
        cr_assert(ratls_trust_same_grounds(first, second));
        grounds[i].add(second);
        cr_expect_eq(ratls_trust_same_grounds(first, second), grounds[i].same, "%s",
                     grounds[i].what);
    }
}

/* Dates, names and TEEs are part of what an anchor says; what stands beside it is not. */
Test(trust_after, grounds_are_the_anchors_of_a_store_and_nothing_beside_them)
{
    static const char *const others[] = {
        DOCUMENT(PIN_ITEM("sgx", "a", "active", "")),
        DOCUMENT(PIN_ITEM("tdx", "b", "active", "")),
        PIN("active", ",\"not_before\":7"),
        PIN("active", ",\"not_after\":7"),
    };

    stored_pin(first);
    make_second();
    document(second, DOCUMENT(PIN_ITEM("tdx", "a", "active", "") "," VALUES));
    cr_expect(ratls_trust_same_grounds(first, second));
    for (size_t i = 0; i < RT_COUNT(others); i++) {
        make_second();
        document(second, others[i]);
        cr_expect_not(ratls_trust_same_grounds(first, second), "%zu", i);
    }
}

static bool are_same(void (*a)(struct ratls_trust *), void (*b)(struct ratls_trust *))
{
    ratls_trust_unref(first);
    MUST(ratls_trust_new(&env, &first));
    a(first);
    make_second();
    b(second);
    return ratls_trust_same_grounds(first, second);
}

static struct ratls_buffer crl;

static void crl_of_snp(struct ratls_trust *t)
{
    MUST(ratls_trust_add_crl(t, "snp", rt_bytes_of(&crl), NULL));
}
static void crl_of_virtcca(struct ratls_trust *t)
{
    MUST(ratls_trust_add_crl(t, "virtcca", rt_bytes_of(&crl), NULL));
}

Test(trust_after, grounds_know_dates_and_tees)
{
    struct rt_key *key = NULL;
    struct rt_x509 root;

    MUST(rt_x509_parse(rt_bytes_of(&pki.der[RT_SIM_ROOT]), &root, NULL));
    MUST(rt_key_generate(&env, RT_P256, &key));
    MUST(rt_mint_crl(&env,
                     &(struct rt_mint_crl){.issuer_key = key,
                                           .issuer_name = root.subject,
                                           .this_update = NOW,
                                           .next_update = NOW + 60,
                                           .number = 1},
                     &crl, NULL));
    rt_key_free(key);
    cr_expect(are_same(stored_pin, stored_pin));
    cr_expect_not(are_same(stored_pin, stored_pin_until));
    cr_expect(are_same(crl_of_snp, crl_of_snp));
    cr_expect_not(are_same(crl_of_snp, crl_of_virtcca));
    cr_expect_not(are_same(crl_of_snp, nothing));
    cr_expect_not(are_same(stored_pin, revoked_pin));
    ratls_buffer_free(&crl);
}

Test(trust_after, grounds_of_other_verifiers_are_others)
{
    cr_expect_not(ratls_trust_same_grounds(first, second));
}

/* ---- T26 ---- */

static const struct rt_sim_collateral_knobs usual = {
    .tcb_info = {.issue = NOW - 10, .eval_number = 18},
    .qe_identity = {.issue = NOW - 10, .eval_number = 18},
    .pck_crl = {.this_update = NOW - 10},
    .root_crl = {.this_update = NOW - 10},
};

static enum ratls_err after_usual(const struct rt_sim_collateral_knobs *k)
{
    ratls_trust_unref(first);
    MUST(ratls_trust_new(&env, &first));
    add_root(first, &pki);
    MUST(add_collateral(first, &usual));
    make_second();
    add_root(second, &pki);
    if (k)
        MUST(add_collateral(second, k));
    err = (struct ratls_error){0};
    return ratls_trust_check_after(second, first, &err);
}

Test(trust_after, collateral_may_stay_and_become_newer)
{
    struct rt_sim_collateral_knobs newer = usual;

    newer.tcb_info.issue = NOW - 5;
    newer.tcb_info.eval_number = 19;
    cr_expect_eq(after_usual(&usual), RATLS_OK);
    cr_expect_eq(after_usual(&newer), RATLS_OK);
    cr_expect_eq(after_usual(NULL), RATLS_OK);
}

Test(trust_after, no_part_of_collateral_may_become_older)
{
    struct rt_sim_collateral_knobs older[6] = {usual, usual, usual, usual, usual, usual};

    older[0].tcb_info.issue--;
    older[1].tcb_info.eval_number--;
    older[2].qe_identity.issue--;
    older[3].qe_identity.eval_number--;
    older[4].pck_crl.this_update--;
    older[5].root_crl.this_update--;
    for (size_t i = 0; i < RT_COUNT(older); i++) {
        cr_expect_eq(after_usual(&older[i]), RATLS_E_COLLATERAL_ROLLBACK, "row %zu", i);
        cr_expect_not_null(strstr(err.detail, "tdx-"), "%s", err.detail);
    }
}

Test(trust_after, collateral_that_is_older_may_stand_beside_the_newest)
{
    struct rt_sim_collateral_knobs older = usual;

    older.tcb_info.issue--;
    cr_expect_eq(after_usual(&older), RATLS_E_COLLATERAL_ROLLBACK);
    MUST(add_collateral(second, &usual));
    cr_expect_eq(ratls_trust_check_after(second, first, NULL), RATLS_OK);
}

Test(trust_after, collateral_of_another_platform_is_no_rollback)
{
    struct rt_sim_collateral_knobs elsewhere = usual;

    elsewhere.tcb_info.issue--;
    elsewhere.fmspc = "0A0b0C0d0E0f";
    cr_expect_eq(after_usual(&elsewhere), RATLS_OK);
}

static enum ratls_err add_revision(struct ratls_trust *t, const char *bundle, int revision)
{
    char json[256];

    (void)snprintf(json, sizeof json,
                   "{\"format\": \"ratls-trust/1\", \"issuer\": \"ops\", \"bundle\": \"%s\","
                   " \"revision\": %d, \"items\": []}",
                   bundle, revision);
    return ratls_trust_add_document(t, ratls_bytes_str(json), NULL);
}

/* T45 */
Test(trust_after, revisions_of_a_bundle_never_go_back)
{
    static const struct {
        const char *bundle;
        int revision;
        enum ratls_err expected;
    } rows[] = {{"web", 7, RATLS_OK},
                {"web", 8, RATLS_OK},
                {"web", 6, RATLS_E_ROLLBACK},
                {"other", 1, RATLS_OK}};

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        struct ratls_trust *before = NULL, *after = NULL;
        MUST(ratls_trust_new(ratls_env_system(), &before));
        MUST(add_revision(before, "web", 7));
        MUST(ratls_trust_new_after(before, &after));
        MUST(add_revision(after, rows[i].bundle, rows[i].revision));
        cr_expect_eq(ratls_trust_check_after(after, before, NULL), rows[i].expected, "%zu", i);
        ratls_trust_unref(after);
        ratls_trust_unref(before);
    }
}
