/* Keys that peers prove to the token endpoint (T50): fields of requests, nonces, replays. What
 * makes a proof bad in itself is in dpop_test.c. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "bundle_key.h"
#include "dpop.h"

#define NOW 1800000000
#define URL "https://as.example/token"

static struct ratls_env env;
static int64_t now_s;
static struct px_authority a;
static struct px_grant grant;
static struct px_subject subject;
static struct evhttp_request *req;
static struct px_visit visit;
static struct ratls_jwt_key *key;
static struct px_dpop dpop;
static char nonce[PX_NONCE_TEXT + 1];

static int64_t wall(void *arg)
{
    (void)arg;
    return now_s;
}

static int64_t monotonic(void *arg)
{
    (void)arg;
    return 1000 * now_s;
}

static void setup(void)
{
    static char issuer[] = "https://as.example";

    env = *ratls_env_system();
    env.now = wall;
    env.monotonic_ms = monotonic;
    now_s = NOW;
    a = (struct px_authority){
        .env = &env, .nonces = px_nonces_new(&env), .proofs = px_dpop_memory(&env)};
    grant = (struct px_grant){.issuer = issuer};
    subject = (struct px_subject){.service = "t", .attested = true, .asker = {7}};
    req = evhttp_request_new(NULL, NULL);
    cr_assert(a.nonces && a.proofs && req);
    cr_assert_eq(ratls_jwt_key_new(&env, ratls_bytes_str(BUNDLE_PRIVATE_KEY), NULL, &key, NULL),
                 RATLS_OK);
    visit = (struct px_visit){.authority = &a, .req = req, .subject = &subject, .grant = &grant};
}

static void teardown(void)
{
    evhttp_request_free(req);
    ratls_jwt_key_free(key);
    px_nonces_free(a.nonces);
    ratls_replay_free(a.proofs);
}

TestSuite(proxy_dpop, .init = setup, .fini = teardown, .timeout = 60);

static void add(const char *name, const char *value)
{
    cr_assert_eq(evhttp_add_header(evhttp_request_get_input_headers(req), name, value), 0);
}

static void prove(const char *method, const char *url, const char *with)
{
    const struct ratls_dpop what = {.method = method, .url = url, .nonce = with};
    struct ratls_buffer text = {0};

    cr_assert_eq(ratls_dpop_make(key, &what, &text, NULL), RATLS_OK);
    add("DPoP", (const char *)text.p);
    ratls_buffer_free(&text);
}

/* Of what was added; then the request is as it was. The nonce that it offers, or "". */
static enum px_oauth judge(void)
{
    struct evkeyvalq *out = evhttp_request_get_output_headers(req);
    const enum px_oauth e = px_dpop_judge(&visit, &dpop);
    const char *offered = evhttp_find_header(out, "DPoP-Nonce");

    cr_expect_eq(e == PX_OAUTH_GOOD, dpop.why == NULL);
    cr_expect(e == PX_OAUTH_GOOD || dpop.proof.jkt[0] == 0, "a key that was refused");
    (void)snprintf(nonce, sizeof nonce, "%s", offered ? offered : "");
    evhttp_clear_headers(evhttp_request_get_input_headers(req));
    evhttp_clear_headers(out);
    return e;
}

Test(proxy_dpop, who_proves_nothing_has_no_key)
{
    cr_expect_eq(judge(), PX_OAUTH_GOOD);
    cr_expect_str_eq(dpop.proof.jkt, "");
    grant.dpop_nonce = true;
    cr_expect_eq(judge(), PX_OAUTH_GOOD);
    cr_expect_str_eq(nonce, "");
}

Test(proxy_dpop, a_proof_has_its_key)
{
    prove("POST", URL, NULL);
    cr_expect_eq(judge(), PX_OAUTH_GOOD);
    cr_expect_str_eq(dpop.proof.jkt, ratls_jwt_key_id(key));
    cr_expect_str_eq(nonce, "", "none is asked for");
}

Test(proxy_dpop, a_proof_is_for_this_endpoint)
{
    static const struct {
        const char *method, *url;
    } other[] = {
        {"GET", URL}, {"POST", "https://as.example/"}, {"POST", "http://as.example/token"}};

    for (size_t i = 0; i < sizeof other / sizeof other[0]; i++) {
        prove(other[i].method, other[i].url, NULL);
        cr_expect_eq(judge(), PX_OAUTH_DPOP_PROOF, "row %zu", i);
    }
    add("DPoP", "");
    cr_expect_eq(judge(), PX_OAUTH_DPOP_PROOF, "an empty field");
}

Test(proxy_dpop, there_is_one_proof)
{
    prove("POST", URL, NULL);
    prove("POST", URL, NULL);
    cr_expect_eq(judge(), PX_OAUTH_DPOP_PROOF);
    cr_expect_str_eq(dpop.why, "more than one proof");
    prove("POST", URL, NULL);
    add("dpop", "");
    cr_expect_eq(judge(), PX_OAUTH_DPOP_PROOF, "in whatever case");
}

Test(proxy_dpop, a_proof_is_good_once_and_for_a_minute)
{
    const struct ratls_dpop what = {.method = "POST", .url = URL};
    struct ratls_buffer text = {0};
    /* the time that passes, and what then; those refused as old were never taken */
    static const struct {
        int64_t later_s;
        enum px_oauth due;
    } rows[] = {{-31, PX_OAUTH_DPOP_PROOF}, {91, PX_OAUTH_DPOP_PROOF}, {-30, PX_OAUTH_GOOD},
                {-30, PX_OAUTH_DPOP_PROOF}, {0, PX_OAUTH_DPOP_PROOF},  {90, PX_OAUTH_DPOP_PROOF}};

    cr_assert_eq(ratls_dpop_make(key, &what, &text, NULL), RATLS_OK);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        now_s = NOW + rows[i].later_s;
        add("DPoP", (const char *)text.p);
        cr_expect_eq(judge(), rows[i].due, "row %zu: %s", i, dpop.detail);
    }
    ratls_buffer_free(&text);
}

Test(proxy_dpop, nonces_are_asked_for_and_given)
{
    char first[sizeof nonce];

    grant.dpop_nonce = true;
    prove("POST", URL, NULL);
    cr_expect_eq(judge(), PX_OAUTH_DPOP_NONCE);
    cr_assert_eq(strlen(nonce), PX_NONCE_TEXT);
    memcpy(first, nonce, sizeof first);
    prove("POST", URL, first);
    cr_expect_eq(judge(), PX_OAUTH_GOOD);
    cr_expect_eq(strlen(nonce), PX_NONCE_TEXT, "the next one");
    cr_expect_str_neq(nonce, first);
    prove("POST", URL, first);
    cr_expect_eq(judge(), PX_OAUTH_DPOP_NONCE, "it was used");
    cr_expect_str_eq(dpop.why, "the proof needs another nonce");
    prove("GET", URL, nonce);
    cr_expect_eq(judge(), PX_OAUTH_DPOP_PROOF, "a nonce makes nothing good");
}

Test(proxy_dpop, nonces_are_those_of_this_peer_and_fresh)
{
    prove("POST", URL, "mine");
    cr_expect_eq(judge(), PX_OAUTH_DPOP_NONCE, "also where none is asked for");
    cr_assert_eq(strlen(nonce), PX_NONCE_TEXT);
    subject.asker[0]++;
    prove("POST", URL, nonce);
    cr_expect_eq(judge(), PX_OAUTH_DPOP_NONCE, "another peer");
    now_s += PX_NONCE_LIFE_S + 1;
    prove("POST", URL, nonce);
    cr_expect_eq(judge(), PX_OAUTH_DPOP_NONCE, "over");
    prove("POST", URL, nonce);
    cr_expect_eq(judge(), PX_OAUTH_GOOD);
    cr_expect_str_eq(nonce, "", "none is asked for");
}

Test(proxy_dpop, what_cannot_be_remembered_is_not_taken)
{
    uint8_t id[32] = {0};

    for (size_t i = 0; i < PX_DPOP_SEEN; i++) {
        memcpy(id, &i, sizeof i);
        cr_assert_eq(ratls_replay_take(a.proofs, id), RATLS_OK);
    }
    prove("POST", URL, NULL);
    cr_expect_eq(judge(), PX_OAUTH_SLOW_DOWN);
    now_s += PX_DPOP_AGE_S + 2 * PX_DPOP_SKEW_S + 1;
    prove("POST", URL, NULL);
    cr_expect_eq(judge(), PX_OAUTH_GOOD);
}
