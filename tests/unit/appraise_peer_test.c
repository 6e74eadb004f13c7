/* Who the peer is: a name counts where an identity CA vouches for it, and nowhere else (T62); and
 * why a policy decided, through the public appraisal. */
#include "appraise_support.h"

static struct peer ca, leaf;
static struct rt_x509 anchor;
static struct rt_cert_rules rules;

static void use_policy(const char *members)
{
    char json[1024];

    (void)snprintf(json, sizeof json, "{\"tees\":{\"tdx\":{\"measurements\":[\"" M_AB "\"]}}%s%s}",
                   *members ? "," : "", members);
    ratls_trust_unref(trust);
    trust = trust_with(json);
}

static void setup_chain(void)
{
    setup();
    make_peer(&(struct plan){.is_ca = true, .cn = "ca"}, &ca);
    MUST(rt_x509_parse(rt_bytes_of(&ca.cert), &anchor, NULL));
    make_peer(&(struct plan){.ca = ca.tls, .ca_name = anchor.subject, .cn = "cn.example"}, &leaf);
    rules = (struct rt_cert_rules){.anchors = {&anchor, 1}};
}

static void teardown_chain(void)
{
    free_peer(&ca);
    free_peer(&leaf);
    teardown();
}

TestSuite(appraise_peer, .init = setup_chain, .fini = teardown_chain);

Test(appraise_peer, has_one_of_the_names_of_the_policy)
{
    use_policy("\"peer_names\":[\"other.example\",\"PEER.example\"]");
    cr_expect_eq(judge(rt_bytes_of(&leaf.cert), &rules), RATLS_OK);
}

Test(appraise_peer, with_another_name_is_refused_although_the_evidence_is_good)
{
    use_policy("\"peer_names\":[\"other.example\",\"192.0.2.1\"]");
    cr_expect_eq(judge(rt_bytes_of(&leaf.cert), &rules), RATLS_E_IDENTITY_MISMATCH);
}

/* T64 */
Test(appraise_peer, has_no_name_by_its_common_name)
{
    use_policy("\"peer_names\":[\"cn.example\"]");
    cr_expect_eq(judge(rt_bytes_of(&leaf.cert), &rules), RATLS_E_IDENTITY_MISMATCH);
}

Test(appraise_peer, that_signed_itself_has_no_name)
{
    struct peer self;

    make_peer(&(struct plan){0}, &self);
    use_policy("\"peer_names\":[\"peer.example\"]");
    cr_expect_eq(judge(rt_bytes_of(&self.cert), &any_role), RATLS_E_IDENTITY_MISMATCH);
    cr_expect_eq(ask((struct ratls_appraisal){.subject = rt_bytes_of(&self.cert)}),
                 RATLS_E_IDENTITY_MISMATCH);
    cr_expect_eq(ask((struct ratls_appraisal){.subject = rt_bytes_of(&self.evidence)}),
                 RATLS_E_IDENTITY_MISMATCH);
    free_peer(&self);
}

/* Without a CA to ask nobody has a name, whoever signed. */
Test(appraise_peer, of_a_ca_that_is_not_configured_has_no_name)
{
    const struct ratls_bytes chain[] = {rt_bytes_of(&leaf.cert)};
    struct ratls_verdict *v = NULL;

    enum ratls_err e = rt_appraise_cert(trust, (struct rt_der_list){chain, 1}, &any_role, NOW, &v);
    cr_expect_eq(e, RATLS_E_CERT_SIGNATURE);
    cr_expect_null(ratls_claims_get(ratls_verdict_claims(v), "peer.names"));
    ratls_verdict_unref(v);
}

Test(appraise_peer, is_named_by_a_claim_only_where_a_chain_proved_it)
{
    struct peer self;
    struct ratls_verdict *v = NULL;
    const struct ratls_bytes signed_by_ca[] = {rt_bytes_of(&leaf.cert)};

    cr_expect_eq(rt_appraise_cert(trust, (struct rt_der_list){signed_by_ca, 1}, &rules, NOW, &v),
                 RATLS_OK);
    const struct ratls_claim *c = ratls_claims_get(ratls_verdict_claims(v), "peer.names");
    cr_assert(c && c->type == RATLS_CLAIM_LIST && c->n_items == 1);
    cr_expect_str_eq(c->items[0], "peer.example");
    ratls_verdict_unref(v);
    make_peer(&(struct plan){0}, &self);
    const struct ratls_bytes alone[] = {rt_bytes_of(&self.cert)};
    cr_expect_eq(rt_appraise_cert(trust, (struct rt_der_list){alone, 1}, &any_role, NOW, &v),
                 RATLS_OK);
    cr_expect_null(ratls_claims_get(ratls_verdict_claims(v), "peer.names"));
    ratls_verdict_unref(v);
    free_peer(&self);
}

/* Evidence is the peer's own word. */
Test(appraise_peer, is_never_named_by_its_evidence)
{
    struct peer self;

    fake.names_peer = true;
    make_peer(&(struct plan){0}, &self);
    use_policy("\"peer_names\":[\"peer.example\"]");
    cr_expect_eq(judge(rt_bytes_of(&self.cert), &any_role), RATLS_E_VERIFIER_FAULT);
    cr_expect_eq(judge(rt_bytes_of(&leaf.cert), &rules), RATLS_E_VERIFIER_FAULT);
    free_peer(&self);
}

/* ---- why ---- */

static unsigned n_told, n_refused;

static void count(void *arg, const struct ratls_finding *f)
{
    cr_expect_eq(arg, &n_told);
    n_told++;
    n_refused += f->code != RATLS_OK;
}

static enum ratls_err ask_why(bool authenticity_only)
{
    n_told = n_refused = 0;
    return ask((struct ratls_appraisal){.subject = rt_bytes_of(&leaf.evidence),
                                        .authenticity_only = authenticity_only,
                                        .on_finding = count,
                                        .finding_arg = &n_told});
}

Test(appraise_peer, hears_why_the_policy_decided)
{
    use_policy("");
    cr_expect_eq(ask_why(false), RATLS_OK);
    cr_expect(n_told > 10 && n_refused == 0, "%u %u", n_told, n_refused);
    fake.debug = true;
    fake.tcb_status = "OutOfDate";
    cr_expect_eq(ask_why(false), RATLS_E_DEBUG);
    cr_expect_eq(n_refused, 2);
    cr_expect_eq(ask_why(true), RATLS_OK);
    cr_expect_eq(n_told, 0); /* the policy was not asked */
    fake.result = RATLS_E_EVIDENCE_SIGNATURE;
    cr_expect_eq(ask_why(false), RATLS_E_EVIDENCE_SIGNATURE);
    cr_expect_eq(n_told, 0);
}
