/* Certificates become verdicts: one reason for each thing that can be wrong. */
#include "appraise_support.h"

#include "appraise_impl.h"
#include "vector.h"

TestSuite(appraise, .init = setup, .fini = teardown);

static void expect_vector(const struct ratls_verdict *v, const char *due)
{
    struct rt_vector vector;
    struct rt_writer w = {0};
    struct ratls_buffer json = {0};

    rt_vector_of(v, &vector);
    rt_vector_put(&w, &vector);
    MUST(rt_writer_take(&w, &json));
    cr_expect_str_eq((char *)json.p, due, "%s", ratls_verdict_reason(v));
    ratls_buffer_free(&json);
}

/* ---- certificates ---- */

Test(appraise, allows_a_good_certificate_and_tells_what_it_saw)
{
    struct peer p;
    struct ratls_verdict *v = NULL;
    uint8_t digest[32];

    make_peer(&(struct plan){0}, &p);
    struct ratls_bytes cert = rt_bytes_of(&p.cert);
    cr_assert_eq(rt_appraise_cert(trust, (struct rt_der_list){&cert, 1}, &any_role, NOW, &v),
                 RATLS_OK, "%s", ratls_verdict_detail(v));
    cr_expect(ratls_verdict_allowed(v));
    cr_expect_str_eq(ratls_verdict_tee(v), "tdx");
    cr_expect_str_eq(ratls_verdict_measurement(v), M_AB);
    cr_expect_str_eq(ratls_verdict_tier(v), "affirming");
    expect_vector(v, "{\"configuration\":2,\"executables\":3,\"hardware\":2,\"runtime-opaque\":2}");
    cr_expect_eq(ratls_verdict_expires(v), NOW + RT_CERT_LIFETIME_S);
    cr_expect(ratls_bytes_equal(ratls_verdict_ak_spki(v), rt_key_spki(p.ak)));
    MUST(rt_sha256(rt_key_spki(p.tls), digest));
    cr_expect_arr_eq(rt_verdict_spki_sha256(v), digest, 32);
    MUST(rt_sha256(rt_bytes_of(&p.evidence), digest));
    cr_expect_arr_eq(rt_verdict_evidence_sha256(v), digest, 32);
    cr_expect_eq(ratls_claims_get(ratls_verdict_claims(v), "binding.level")->number, 1);
    cr_expect_eq(ratls_claims_get(ratls_verdict_claims(v), "ratls.iat")->number, NOW);
    cr_expect_str_eq(ratls_claims_get(ratls_verdict_claims(v), "cert.names")->items[0],
                     "DNS:peer.example");
    cr_expect_eq(fake.calls, 1); /* T99 */
    ratls_verdict_unref(v);
    free_peer(&p);
}

/* {"nonce": h'00'}: a map without pubkey-hash. */
#define NONCE_ONLY "\xa1\x65nonce\x41\x00"

static const struct {
    const char *what;
    struct plan plan;
    enum ratls_err expected;
} plans[] = {
    {"classic RA-TLS", {.without_ak = true}, RATLS_OK},
    {"classic, lives for years",
     {.without_ak = true, .not_before = NOW - 400 * DAY, .not_after = NOW + 400 * DAY},
     RATLS_OK},
    /* T09 */
    {"no evidence", {.without_evidence = true}, RATLS_E_NO_EVIDENCE},
    /* T10, T93 */
    {"evidence of another key", {.other_key = true}, RATLS_E_BINDING_MISMATCH},
    /* T86 */
    {"empty claims", {.raw_claims = "\xa0", .raw_claims_len = 1}, RATLS_E_BINDING_MISSING},
    {"claims with a nonce only",
     {.raw_claims = NONCE_ONLY, .raw_claims_len = sizeof NONCE_ONLY - 1},
     RATLS_E_BINDING_MISSING},
    /* T96, T97, T107 */
    {"expired", {.not_before = NOW - 3600, .not_after = NOW - 1}, RATLS_E_CERT_EXPIRED},
    {"ends now", {.not_before = NOW - 3600, .not_after = NOW}, RATLS_OK},
    {"not valid yet", {.not_before = NOW + 1, .not_after = NOW + 60}, RATLS_E_CERT_NOT_YET_VALID},
    {"AK and one second too long",
     {.not_before = NOW - RT_CERT_BACKDATE_S, .not_after = NOW + RT_CERT_LIFETIME_S + 1},
     RATLS_E_CERT_LIFETIME},
    /* T185 */
    {"iat ahead by the skew", {.iat = NOW + RT_CLOCK_SKEW_S}, RATLS_OK},
    {"iat ahead by more", {.iat = NOW + RT_CLOCK_SKEW_S + 1}, RATLS_E_EVIDENCE_FUTURE},
    {"iat ahead by ages", {.iat = INT64_MAX}, RATLS_E_EVIDENCE_FUTURE},
    {"iat a day ago", {.iat = NOW - DAY}, RATLS_OK},
    {"iat longer ago", {.iat = NOW - DAY - 1}, RATLS_E_EVIDENCE_AGE},
    /* T83 */
    {"unknown evidence", {.magic = "NEWS"}, RATLS_E_EVIDENCE_UNKNOWN},
    /* T85 */
    {"CMW around evidence of tag 60000",
     {.media_type = "application/vnd.ratls.tdx"},
     RATLS_E_EVIDENCE_MISMATCH},
};

Test(appraise, judges_certificates_by_a_reason_each)
{
    for (size_t i = 0; i < RT_COUNT(plans); i++) {
        enum ratls_err e = judge_plan(&plans[i].plan);
        cr_expect_eq(e, plans[i].expected, "%s: %s", plans[i].what, ratls_err_reason(e));
    }
}

/* T85: a verifier with a media type takes a CMW of exactly that type and no tag 60000. */
Test(appraise, takes_only_the_media_type_of_the_verifier)
{
    rt_verifier_tdx.media_type = "application/vnd.ratls.fake";
    cr_expect_eq(judge_plan(&(struct plan){.media_type = "application/vnd.ratls.fake"}), RATLS_OK);
    cr_expect_eq(judge_plan(&(struct plan){.media_type = "application/vnd.ratls.fak"}),
                 RATLS_E_EVIDENCE_MISMATCH);
    cr_expect_eq(judge_plan(&(struct plan){.media_type = "application/vnd.ratls.fake2"}),
                 RATLS_E_EVIDENCE_MISMATCH);
    fake.calls = 0;
    cr_expect_eq(judge_plan(&(struct plan){0}), RATLS_E_EVIDENCE_MISMATCH);
    cr_expect_eq(fake.calls, 0, "refused before the verifier parses");
}

/* T88 */
Test(appraise, compares_all_64_bytes_of_report_data)
{
    for (int i = 1; i <= 64; i++)
        cr_expect_eq(judge_plan(&(struct plan){.flip_report_data = i}), RATLS_E_BINDING_MISMATCH,
                     "byte %d", i - 1);
}

/* T96: nothing in a certificate may change. */
Test(appraise, denies_a_certificate_with_any_bit_flipped)
{
    struct peer p;

    make_peer(&(struct plan){0}, &p);
    for (size_t i = 0; i < p.cert.len; i++) {
        p.cert.p[i] ^= (uint8_t)(1U << (i % 8));
        cr_expect_neq(judge(rt_bytes_of(&p.cert), &any_role), RATLS_OK, "byte %zu", i);
        p.cert.p[i] ^= (uint8_t)(1U << (i % 8));
    }
    cr_expect_eq(judge(rt_bytes_of(&p.cert), &any_role), RATLS_OK);
    free_peer(&p);
}

Test(appraise, denies_a_certificate_of_any_other_length)
{
    struct peer p;
    struct rt_writer w = {0};

    make_peer(&(struct plan){0}, &p);
    for (size_t n = 0; n < p.cert.len; n++) {
        uint8_t *exact = malloc(n + 1);
        memcpy(exact, p.cert.p, n);
        cr_expect_eq(judge(ratls_bytes(exact, n), &any_role), RATLS_E_CERT_FORMAT, "%zu", n);
        free(exact);
    }
    rt_put_bytes(&w, rt_bytes_of(&p.cert));
    rt_put_u8(&w, 0);
    cr_expect_eq(judge(rt_written(&w), &any_role), RATLS_E_CERT_FORMAT);
    rt_writer_free(&w);
    free_peer(&p);
}

Test(appraise, denies_a_wrong_signature_although_the_evidence_is_good)
{
    struct peer p;

    make_peer(&(struct plan){0}, &p);
    p.cert.p[p.cert.len - 1] ^= 1;
    cr_expect_eq(judge(rt_bytes_of(&p.cert), &any_role), RATLS_E_CERT_SIGNATURE);
    free_peer(&p);
}

/* Self-signed, RSA of 1024 bits, valid from 2023 to 2033. */
static const char rsa_1024[] =
    "3082019f30820108a00302010202021234300d06092a864886f70d01010b0500300c310a300806035504030c01"
    "78301e170d3233313131343232313332305a170d3333303531383033333332305a300c310a300806035504030c"
    "017830819f300d06092a864886f70d010101050003818d0030818902818100e1a93052ae1e62387f6cdbe600e1"
    "b80d37b57e9929fd92856a9c5b0013dea1eef88cfc658d91239143e9460de0e4304e935329eaf38cfc5ac96ce1"
    "b03bc14813b6e53abb644cc9b14b3631d0ac01ac585209fa975ae836bc86f30620d834bebedb0588938302a814"
    "c6411c9755fe2b9b1a0ab83a01164aba87f76bbaa38d974b0203010001a310300e300c0603551d130101ff0402"
    "3000300d06092a864886f70d01010b050003818100989e76a69edaacf438fd487d06b05eb6190d078e073b6aee"
    "045b7801f2921cb5e937760c2359306235bb633a5661d5c8d9c9aa7db3c4db289663070605b18799e033a3e86d"
    "cf19483a96ebfe59b69bd34d476cf1f7dd1ff42c264f4e690e07ab25755face799c2060f0f502a8067f7bf8203"
    "e318f93c1dd3d33270d3eafb3a16";

/* T65 */
Test(appraise, denies_weak_keys_before_it_looks_for_evidence)
{
    uint8_t der[RT_COUNT(rsa_1024) / 2];
    size_t len = sizeof der;

    cr_assert(rt_unhex(rsa_1024, strlen(rsa_1024), der, &len));
    cr_expect_eq(judge(ratls_bytes(der, len), &any_role), RATLS_E_CERT_KEY);
    cr_expect_eq(judge_plan(&(struct plan){.curve = RT_P384}), RATLS_OK);
    cr_expect_eq(judge_plan(&(struct plan){.curve = RT_P521}), RATLS_E_CERT_KEY);
}

/* T96 */
Test(appraise, looks_at_usage_when_the_role_is_known)
{
    struct rt_cert_rules server = {.peer_role = RATLS_SERVER}, client = {.peer_role = RATLS_CLIENT};
    struct peer p, ca;

    make_peer(&(struct plan){0}, &p);
    make_peer(&(struct plan){.is_ca = true}, &ca);
    cr_expect_eq(judge(rt_bytes_of(&p.cert), &server), RATLS_OK);
    cr_expect_eq(judge(rt_bytes_of(&p.cert), &client), RATLS_OK);
    cr_expect_eq(judge(rt_bytes_of(&ca.cert), &server), RATLS_E_CERT_USAGE);
    cr_expect_eq(judge(rt_bytes_of(&ca.cert), &client), RATLS_E_CERT_USAGE);
    free_peer(&p);
    free_peer(&ca);
}

/* T62 */
Test(appraise, wants_one_of_the_names_when_names_are_given)
{
    static const char *const wrong[] = {"other.example", "peer.example.org"};
    static const char *const right[] = {"other.example", "peer.example"};
    struct rt_cert_rules rules = {.names = wrong, .n_names = 2};
    struct peer p;

    make_peer(&(struct plan){0}, &p);
    cr_expect_eq(judge(rt_bytes_of(&p.cert), &rules), RATLS_E_IDENTITY_MISMATCH);
    rules.names = right;
    cr_expect_eq(judge(rt_bytes_of(&p.cert), &rules), RATLS_OK);
    free_peer(&p);
}

/* ---- chains ---- */

static enum ratls_err judge_chain(const struct ratls_bytes *chain, size_t n,
                                  const struct rt_cert_rules *rules)
{
    struct ratls_verdict *v = NULL;
    enum ratls_err e = rt_appraise_cert(trust, (struct rt_der_list){chain, n}, rules, NOW, &v);

    e = code_of(v, e);
    ratls_verdict_unref(v);
    return e;
}

/* T59 */
Test(appraise, takes_exactly_one_certificate_without_identity_ca)
{
    struct peer p;

    make_peer(&(struct plan){0}, &p);
    struct ratls_bytes chain[100];
    for (size_t i = 0; i < RT_COUNT(chain); i++)
        chain[i] = rt_bytes_of(&p.cert);
    cr_expect_eq(judge_chain(chain, 0, &any_role), RATLS_E_NO_PEER_CERT);
    cr_expect_eq(judge_chain(chain, 1, &any_role), RATLS_OK);
    cr_expect_eq(judge_chain(chain, 2, &any_role), RATLS_E_CERT_CHAIN_LENGTH);
    cr_expect_eq(judge_chain(chain, 100, &any_role), RATLS_E_CERT_CHAIN_LENGTH);
    free_peer(&p);
}

/* T33: evidence counts in the leaf only. */
Test(appraise, checks_the_chain_to_an_identity_ca)
{
    struct peer ca, other_ca, leaf, bare;
    struct rt_x509 anchor, other;

    make_peer(&(struct plan){.is_ca = true, .cn = "ca"}, &ca);
    make_peer(&(struct plan){.is_ca = true, .cn = "other"}, &other_ca);
    MUST(rt_x509_parse(rt_bytes_of(&ca.cert), &anchor, NULL));
    MUST(rt_x509_parse(rt_bytes_of(&other_ca.cert), &other, NULL));
    make_peer(&(struct plan){.ca = ca.tls, .ca_name = anchor.subject}, &leaf);
    make_peer(&(struct plan){.ca = ca.tls, .ca_name = anchor.subject, .without_evidence = true},
              &bare);
    struct rt_cert_rules rules = {.anchors = {&anchor, 1}};
    struct ratls_bytes good[] = {rt_bytes_of(&leaf.cert), rt_bytes_of(&ca.cert)};
    struct ratls_bytes in_issuer[] = {rt_bytes_of(&bare.cert), rt_bytes_of(&ca.cert)};
    struct ratls_bytes many[] = {good[0], good[1], good[1], good[1], good[1]};

    cr_expect_eq(judge_chain(good, 1, &rules), RATLS_OK);
    cr_expect_eq(judge_chain(good, 2, &rules), RATLS_OK);
    cr_expect_eq(judge_chain(in_issuer, 2, &rules), RATLS_E_NO_EVIDENCE);
    cr_expect_eq(judge_chain(many, 5, &rules), RATLS_E_CERT_CHAIN_LENGTH);
    cr_expect_eq(judge_chain(good, 1, &any_role), RATLS_E_CERT_SIGNATURE);
    rules.anchors.p = &other;
    cr_expect_eq(judge_chain(good, 2, &rules), RATLS_E_CERT_CHAIN);
    free_peer(&ca);
    free_peer(&other_ca);
    free_peer(&leaf);
    free_peer(&bare);
}

/* root > ca > leaf; the CA's certificate is signed with the hash of its root's curve. */
static enum ratls_err judge_below(enum rt_curve root_curve, enum rt_curve ca_curve)
{
    struct peer root, ca, leaf;
    struct rt_x509 anchor, middle;

    make_peer(&(struct plan){.is_ca = true, .cn = "root", .curve = root_curve}, &root);
    MUST(rt_x509_parse(rt_bytes_of(&root.cert), &anchor, NULL));
    make_peer(&(struct plan){.is_ca = true,
                             .cn = "ca",
                             .curve = ca_curve,
                             .ca = root.tls,
                             .ca_name = anchor.subject},
              &ca);
    MUST(rt_x509_parse(rt_bytes_of(&ca.cert), &middle, NULL));
    make_peer(&(struct plan){.ca = ca.tls, .ca_name = middle.subject}, &leaf);
    const struct rt_cert_rules rules = {.anchors = {&anchor, 1}};
    const struct ratls_bytes chain[] = {rt_bytes_of(&leaf.cert), rt_bytes_of(&ca.cert)};

    enum ratls_err e = judge_chain(chain, 2, &rules);
    free_peer(&root);
    free_peer(&ca);
    free_peer(&leaf);
    return e;
}

/* T65: only vendors of TEEs have such CAs. */
Test(appraise, denies_a_chain_through_p521)
{
    cr_expect_eq(judge_below(RT_P256, RT_P384), RATLS_OK);
    cr_expect_eq(judge_below(RT_P256, RT_P521), RATLS_E_CERT_KEY);
    cr_expect_eq(judge_below(RT_P521, RT_P256), RATLS_E_CERT_KEY);
}

/* ---- verifiers that fail ---- */

/* T17, T98: whatever a verifier returns, only success allows. */
Test(appraise, denies_whatever_failure_a_verifier_returns)
{
    static const int strange[] = {-1, RATLS_ERR_COUNT, 9999, INT32_MAX, INT32_MIN};

    for (int code = 1; code < RATLS_ERR_COUNT; code++) {
        fake.result = (enum ratls_err)code;
        cr_expect_neq(judge_plan(&(struct plan){0}), RATLS_OK, "%d", code);
    }
    for (size_t i = 0; i < RT_COUNT(strange); i++) {
        fake.result = (enum ratls_err)strange[i];
        cr_expect_eq(judge_plan(&(struct plan){0}), RATLS_E_VERIFIER_FAULT, "%d", strange[i]);
    }
}

/* T78, T103, T153 */
Test(appraise, denies_when_the_verifier_did_not_do_its_work)
{
    struct peer p;

    make_peer(&(struct plan){0}, &p);
    fake.silent = true;
    cr_expect_eq(judge(rt_bytes_of(&p.cert), &any_role), RATLS_E_VERIFIER_FAULT);
    fake.silent = false;
    fake.flood = true; /* more claims than fit */
    cr_expect_neq(judge(rt_bytes_of(&p.cert), &any_role), RATLS_OK);
    fake.flood = false;
    for (fake.report_data_len = 0; fake.report_data_len < 64; fake.report_data_len++) /* T94 */
        cr_expect_eq(judge(rt_bytes_of(&p.cert), &any_role), RATLS_E_VERIFIER_FAULT);
    cr_expect_eq(judge(rt_bytes_of(&p.cert), &any_role), RATLS_OK);
    free_peer(&p);
}

/* T17: the last step itself, whatever happened before it. */
Test(appraise, concludes_with_a_deny_unless_nothing_objects)
{
    struct ratls_error none = {0};
    struct ratls_verdict *v = rt_verdict_new();

    cr_expect_eq(rt_conclude(v, (enum ratls_err)9999, &none), RATLS_E_VERIFIER_FAULT);
    cr_expect_eq(rt_conclude(v, RATLS_E_WANT_READ, &none), RATLS_E_VERIFIER_FAULT);
    cr_expect_eq(rt_conclude(v, RATLS_E_DEBUG, &none), RATLS_E_DEBUG);
    cr_expect_not(ratls_verdict_allowed(v));
    cr_expect_eq(rt_conclude(v, RATLS_OK, &none), RATLS_OK);
    cr_expect(ratls_verdict_allowed(v));
    ratls_verdict_unref(v);
    v = rt_verdict_new();
    (void)ratls_claims_set_text(v->claims, "Not A Name", "lost");
    cr_expect_neq(rt_conclude(v, RATLS_OK, &none), RATLS_OK);
    cr_expect_not(ratls_verdict_allowed(v));
    ratls_verdict_unref(v);
}

/* ---- policy ---- */

/* T27, T32, T47 */
Test(appraise, asks_the_policy_of_its_trust)
{
    fake.debug = true;
    cr_expect_eq(judge_plan(&(struct plan){0}), RATLS_E_DEBUG);
    fake.debug = false;
    fake.simulated = true;
    cr_expect_eq(judge_plan(&(struct plan){0}), RATLS_E_SIMULATED);
    fake.simulated = false;
    fake.tcb_status = "Revoked";
    cr_expect_eq(judge_plan(&(struct plan){0}), RATLS_E_TCB_STATUS);
    fake.tcb_status = "UpToDate";
    ratls_trust_unref(trust);
    trust = trust_with("{\"tees\":{\"tdx\":{\"measurements\":[]}}}");
    cr_expect_eq(judge_plan(&(struct plan){0}), RATLS_E_NO_REFERENCE_VALUE);
    ratls_trust_unref(trust);
    trust = trust_with(NULL);
    cr_expect_eq(judge_plan(&(struct plan){0}), RATLS_E_NO_POLICY);
}

Test(appraise, leaves_only_the_policy_out_for_authenticity)
{
    struct peer good, future;
    struct rt_cert_rules rules = {.authenticity_only = true};

    make_peer(&(struct plan){0}, &good);
    make_peer(&(struct plan){.iat = NOW + DAY}, &future);
    ratls_trust_unref(trust);
    trust = trust_with(NULL);
    cr_expect_eq(judge(rt_bytes_of(&good.cert), &rules), RATLS_OK);
    cr_expect_eq(judge(rt_bytes_of(&future.cert), &rules), RATLS_E_EVIDENCE_FUTURE);
    good.cert.p[good.cert.len - 1] ^= 1;
    cr_expect_eq(judge(rt_bytes_of(&good.cert), &rules), RATLS_E_CERT_SIGNATURE);
    free_peer(&good);
    free_peer(&future);
}

/* T32: what is allowed by an insecure_ switch is still not affirmed. */
Test(appraise, never_affirms_a_simulated_tee)
{
    struct peer p;
    struct ratls_verdict *v = NULL;

    make_peer(&(struct plan){0}, &p);
    fake.simulated = true;
    ratls_trust_unref(trust);
    trust = trust_with(POLICY(",\"insecure_simulated\":true"));
    struct ratls_bytes cert = rt_bytes_of(&p.cert);
    cr_expect_eq(rt_appraise_cert(trust, (struct rt_der_list){&cert, 1}, &any_role, NOW, &v),
                 RATLS_OK);
    cr_expect(ratls_verdict_simulated(v));
    cr_expect_str_eq(ratls_verdict_tier(v), "none");
    ratls_verdict_unref(v);
    free_peer(&p);
}

/* What an appraisal says of a good peer, one thing spoilt; nobody who is refused is affirmed. */
static const struct {
    const char *policy, *tcb_status;
    enum ratls_err result, code;
    int flip;
    bool debug;
    const char *status, *vector;
} vectors[] = {
    {POLICY(""), "OutOfDate", RATLS_OK, RATLS_OK, 0, false, "warning",
     "{\"configuration\":36,\"executables\":3,\"hardware\":32,\"runtime-opaque\":2}"},
    {POLICY(""), "not_evaluated", RATLS_OK, RATLS_OK, 0, false, "none", "{}"},
    {POLICY(""), "UpToDate", RATLS_OK, RATLS_E_DEBUG, 0, true, "contraindicated",
     "{\"configuration\":96,\"hardware\":2,\"runtime-opaque\":96}"},
    {POLICY(",\"insecure_debug\":true"), "UpToDate", RATLS_OK, RATLS_OK, 0, true, "contraindicated",
     "{\"configuration\":96,\"executables\":3,\"hardware\":2,\"runtime-opaque\":96}"},
    {"{\"tees\":{\"tdx\":{\"insecure_any_measurement\":true}}}", "UpToDate", RATLS_OK, RATLS_OK, 0,
     false, "affirming", "{\"configuration\":2,\"hardware\":2,\"runtime-opaque\":2}"},
    {"{\"tees\":{\"tdx\":{}}}", "UpToDate", RATLS_OK, RATLS_E_NO_REFERENCE_VALUE, 0, false,
     "warning", "{\"configuration\":2,\"executables\":33,\"hardware\":2,\"runtime-opaque\":2}"},
    {"{\"tees\":{\"tdx\":{\"measurements\":[\"00112233445566778899aabbccddeeff\"]}}}", "UpToDate",
     RATLS_OK, RATLS_E_MEASUREMENT, 0, false, "warning",
     "{\"configuration\":2,\"executables\":33,\"hardware\":2,\"runtime-opaque\":2}"},
    {POLICY(""), "SWHardeningNeeded", RATLS_OK, RATLS_E_TCB_STATUS, 0, false, "warning",
     "{\"configuration\":32,\"hardware\":32}"},
    {POLICY(""), "Revoked", RATLS_E_TCB_STATUS, RATLS_E_TCB_STATUS, 0, false, "contraindicated",
     "{\"configuration\":96,\"hardware\":96}"},
    {POLICY(""), "UpToDate", RATLS_E_REVOKED, RATLS_E_REVOKED, 0, false, "contraindicated",
     "{\"hardware\":96}"},
    {"{\"tees\":{\"sgx\":{}}}", "UpToDate", RATLS_OK, RATLS_E_TEE_NOT_ALLOWED, 0, false, "none",
     "{}"},
    {NULL, "UpToDate", RATLS_OK, RATLS_E_NO_POLICY, 0, false, "none", "{}"},
    {POLICY(""), "UpToDate", RATLS_OK, RATLS_E_BINDING_MISMATCH, 64, false, "contraindicated",
     "{\"instance-identity\":99,\"configuration\":99,\"executables\":99,\"file-system\":99,"
     "\"hardware\":99,\"runtime-opaque\":99,\"storage-opaque\":99,\"sourced-data\":99}"},
};

/* T25, T27, T41, T120 */
Test(appraise, tells_a_vector_of_whatever_it_decides)
{
    for (size_t i = 0; i < RT_COUNT(vectors); i++) {
        struct peer p;
        struct ratls_verdict *v = NULL;
        ratls_trust_unref(trust);
        trust = trust_with(vectors[i].policy);
        fake.tcb_status = vectors[i].tcb_status;
        fake.result = vectors[i].result;
        fake.debug = vectors[i].debug;
        make_peer(&(struct plan){.flip_report_data = vectors[i].flip}, &p);
        struct ratls_bytes cert = rt_bytes_of(&p.cert);
        cr_expect_eq(rt_appraise_cert(trust, (struct rt_der_list){&cert, 1}, &any_role, NOW, &v),
                     vectors[i].code, "row %zu: %s", i, ratls_verdict_reason(v));
        cr_expect_str_eq(ratls_verdict_tier(v), vectors[i].status, "row %zu", i);
        expect_vector(v, vectors[i].vector);
        ratls_verdict_unref(v);
        free_peer(&p);
    }
}

static int64_t expiry_of(const struct plan *plan)
{
    struct peer p;
    struct ratls_verdict *v = NULL;

    make_peer(plan, &p);
    struct ratls_bytes cert = rt_bytes_of(&p.cert);
    MUST(rt_appraise_cert(trust, (struct rt_der_list){&cert, 1}, &any_role, NOW, &v));
    int64_t expires = ratls_verdict_expires(v);
    ratls_verdict_unref(v);
    free_peer(&p);
    return expires;
}

Test(appraise, ends_with_the_certificate_or_the_age_limit)
{
    cr_expect_eq(expiry_of(&(struct plan){0}), NOW + RT_CERT_LIFETIME_S);
    cr_expect_eq(expiry_of(&(struct plan){.iat = NOW - DAY + 10}), NOW + 10);
}

Test(appraise, freezes_the_trust)
{
    struct ratls_error err = {0};

    (void)judge_plan(&(struct plan){0});
    cr_expect_eq(ratls_trust_set_policy(trust, ratls_bytes_str("{\"tees\":{}}"), &err),
                 RATLS_E_STATE);
    cr_expect_eq(ratls_trust_use_default_policy(trust, NULL), RATLS_E_STATE);
    cr_expect_eq(ratls_trust_add_roots(trust, ratls_bytes_str("x"), NULL), RATLS_E_STATE);
    cr_expect_eq(ratls_trust_insecure_add_sim_roots(trust, ratls_bytes_str("x"), NULL),
                 RATLS_E_STATE);
    cr_expect_eq(ratls_trust_load_plugins(trust, "/", NULL), RATLS_E_STATE);
}
