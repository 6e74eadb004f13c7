/* What backends are told of peers. */
#include "conn_support.h"
#include "facts.h"

static struct rig rig;
static const struct side_plan usual = {0};
static struct px_facts facts;

static void teardown(void)
{
    rig_free(&rig);
}

TestSuite(proxy_facts, .fini = teardown, .timeout = 60);

static bool is_hash(const char *text)
{
    return strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
}

Test(proxy_facts, are_those_of_the_peer_that_was_allowed)
{
    const struct px_service s = {.policy = "/etc/ratls/strict.json"};

    rig_make(&rig, &usual, &usual);
    rig_expect(&rig, RATLS_OK, RATLS_OK);
    px_facts_of(rig.server.conn, &s, &facts);
    cr_expect_str_eq(facts.verdict, "allow");
    cr_expect_str_eq(facts.tee, "tdx");
    cr_expect_str_eq(facts.measurement, MRTD_CLIENT);
    cr_expect_str_eq(facts.level, "session");
    cr_expect_str_eq(facts.tcb_status, "not_evaluated");
    cr_expect_str_eq(facts.tier, "none");
    cr_expect(facts.simulated);
    cr_expect_str_eq(facts.policy, "file:strict.json");
    cr_expect_str_eq(facts.baseline, "");
    cr_expect_eq(facts.generation, 1);
    cr_expect_gt(facts.expires, 0);
    cr_expect(is_hash(facts.spki_sha256));
    cr_expect(is_hash(facts.evidence_sha256));
    cr_expect_str_neq(facts.spki_sha256, facts.evidence_sha256);
    cr_expect_str_eq(facts.suite, "TLS_AES_128_GCM_SHA256");
}

static void expect_nothing(void)
{
    cr_expect_str_eq(facts.tee, "");
    cr_expect_str_eq(facts.measurement, "");
    cr_expect_str_eq(facts.level, "none");
    cr_expect_str_eq(facts.tcb_status, "");
    cr_expect_str_eq(facts.tier, "none");
    cr_expect_str_eq(facts.policy, "");
    cr_expect_str_eq(facts.spki_sha256, "");
    cr_expect_str_eq(facts.evidence_sha256, "");
    cr_expect_not(facts.simulated);
}

Test(proxy_facts, of_a_refused_peer_say_nothing)
{
    const struct side_plan strict = {.policy = POLICY_OF(MRTD_SERVER, "session")};
    const struct px_service s = {.policy = "policy.json"};

    rig_make(&rig, &usual, &strict);
    rig_expect(&rig, RATLS_E_PEER_DENIED, RATLS_E_MEASUREMENT);
    px_facts_of(rig.server.conn, &s, &facts);
    cr_expect_str_eq(facts.verdict, "deny");
    expect_nothing();
}

Test(proxy_facts, of_an_anonymous_peer_say_that_nobody_was_judged)
{
    const struct side_plan attest = {.mode = RATLS_ATTEST};
    const struct side_plan verify = {.mode = RATLS_VERIFY, .without_identity = true};
    const struct px_service s = {.mode = RATLS_ATTEST};

    rig_make(&rig, &verify, &attest);
    rig_expect(&rig, RATLS_OK, RATLS_OK);
    px_facts_of(rig.server.conn, &s, &facts);
    cr_expect_str_eq(facts.verdict, "none");
    expect_nothing();
}

Test(proxy_facts, name_the_policy_by_where_it_comes_from)
{
    const struct px_service stored = {.store = "sqlite:/x", .stored_policy = "strict"};
    const struct px_service found = {.store = "sqlite:/x"};
    const struct px_service none = {0};

    rig_make(&rig, &usual, &usual);
    rig_expect(&rig, RATLS_OK, RATLS_OK);
    px_facts_of(rig.server.conn, &stored, &facts);
    cr_expect_str_eq(facts.policy, "store:strict");
    px_facts_of(rig.server.conn, &found, &facts);
    cr_expect_str_eq(facts.policy, "store:default");
    px_facts_of(rig.server.conn, &none, &facts);
    cr_expect_str_eq(facts.policy, "built-in");
}
