/* What the master signs, and what it does not. A worker may ask for anything. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "issuer.h"

static struct event_base *base;
static struct px_service service;
static struct px_log quiet = {.fd = -1, .level = RATLS_LOG_ERROR};
static struct px_issuer *issuer;
static struct px_answer last;
static unsigned issued, failed, answers;
static bool with_evidence;

static void on_issued(void *arg, struct px_issuer *i)
{
    (void)arg;
    (void)i;
    issued++;
}

static void on_failed(void *arg, struct px_issuer *i)
{
    (void)arg;
    (void)i;
    failed++;
}

static void on_answer(void *arg, const struct px_answer *a)
{
    (void)arg;
    answers++;
    last = *a;
    with_evidence = a->evidence.len > 0;
}

static const struct px_issuer_ops ops = {on_issued, on_failed, on_answer, NULL};

static struct px_issuer_params params(void)
{
    return (struct px_issuer_params){
        .base = base, .env = ratls_env_system(), .log = &quiet, .service = &service, .ops = &ops};
}

/* Until *counter is above `before`, 5 s at most. */
static void run_until(const unsigned *counter, unsigned before)
{
    for (int i = 0; i < 500 && *counter == before; i++) {
        const struct timeval nap = {.tv_usec = 10000};
        (void)event_base_loopexit(base, &nap);
        (void)event_base_dispatch(base);
    }
}

static void setup(void)
{
    base = event_base_new();
    service = (struct px_service){.name = "test",
                                  .attester = "sim-tdx",
                                  .insecure_allow_sim_attester = true,
                                  .proof = RATLS_LEVEL_QUOTE,
                                  .identity_lifetime_s = 60,
                                  .handshake_timeout_ms = 10000};
}

static void start(void)
{
    struct px_issuer_params p = params();
    struct ratls_error err = {0};

    cr_assert_eq(px_issuer_new(&p, &issuer, &err), RATLS_OK, "%s", err.detail);
    px_issuer_start(issuer);
    run_until(&issued, 0);
    cr_assert_eq(issued, 1);
}

static void teardown(void)
{
    px_issuer_free(issuer);
    event_base_free(base);
}

TestSuite(proxy_issuer, .init = setup, .fini = teardown);

/* Like one of ours: who shows no evidence has a certificate from files, and nothing to prove by. */
Test(proxy_issuer, hands_out_an_ordinary_certificate_and_proves_nothing_with_it)
{
    char dir[] = "/tmp/proxy-issuer-XXXXXX", cert[64], key[64], command[512];
    struct px_issuer_params p = params();
    struct ratls_error err = {0};
    struct px_prove ask = {.id = 7,
                           .request = {.role = RATLS_SERVER, .level = RATLS_LEVEL_SESSION}};

    cr_assert_not_null(mkdtemp(dir));
    (void)snprintf(cert, sizeof cert, "%s/c", dir);
    (void)snprintf(key, sizeof key, "%s/k", dir);
    (void)snprintf(command, sizeof command,
                   "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "
                   "%s -out %s -subj /CN=x -days 1 -addext basicConstraints=critical,CA:FALSE "
                   "2>/dev/null",
                   key, cert);
    cr_assert_eq(system(command), 0);
    service = (struct px_service){.name = "test", .file = "f", .mode = RATLS_VERIFY, .cert = cert};
    cr_expect_eq(px_issuer_new(&p, &issuer, &err), RATLS_E_CERT_FORMAT); /* no key in it */
    cr_expect_not_null(strstr(err.detail, "[test] cert: "), "%s", err.detail);
    service.key = key;
    service.proof = RATLS_LEVEL_QUOTE;
    service.proof_rate = 10;
    start();
    cr_assert_not_null(px_issuer_identity(issuer));
    memcpy(ask.own_spki_sha256, ratls_identity_spki_sha256(px_issuer_identity(issuer)), 32);
    px_issuer_prove(issuer, 1, &ask);
    cr_expect_eq(last.e, RATLS_E_STATE);
    ask.request.level = RATLS_LEVEL_QUOTE;
    px_issuer_prove(issuer, 1, &ask);
    cr_expect_eq(last.e, RATLS_E_STATE);
    cr_expect_eq(answers, 2);
    (void)snprintf(command, sizeof command, "rm -r %s", dir);
    cr_assert_eq(system(command), 0);
}

static struct px_prove request(enum ratls_level level)
{
    struct px_prove p = {.id = 7, .request = {.role = RATLS_SERVER, .level = level}};

    memcpy(p.own_spki_sha256, ratls_identity_spki_sha256(px_issuer_identity(issuer)), 32);
    memset(p.request.exporter, 1, 32);
    return p;
}

static bool is_refused(const struct px_prove *p)
{
    static const uint8_t none[64];

    last = (struct px_answer){0};
    px_issuer_prove(issuer, 3, p);
    return last.e != RATLS_OK && last.id == 7 && last.child == 3 && !with_evidence &&
           memcmp(last.signature, none, 64) == 0;
}

Test(proxy_issuer, signs_for_its_own_key_and_role)
{
    static const uint8_t none[64];

    start();
    struct px_prove p = request(RATLS_LEVEL_SESSION);
    px_issuer_prove(issuer, 3, &p);
    cr_expect_eq(answers, 1);
    cr_expect_eq(last.e, RATLS_OK);
    cr_expect_eq(last.child, 3);
    cr_expect_eq(last.id, 7);
    cr_expect_neq(memcmp(last.signature, none, 64), 0);
}

Test(proxy_issuer, brings_a_quote_with_level_3)
{
    start();
    struct px_prove p = request(RATLS_LEVEL_QUOTE);
    px_issuer_prove(issuer, 3, &p);
    cr_expect_eq(answers, 0);
    run_until(&answers, 0);
    cr_expect_eq(last.e, RATLS_OK);
    cr_expect(with_evidence);
}

Test(proxy_issuer, refuses_a_key_that_is_not_its_own)
{
    start();
    struct px_prove p = request(RATLS_LEVEL_SESSION);
    p.own_spki_sha256[0] ^= 1;
    cr_expect(is_refused(&p));
}

Test(proxy_issuer, refuses_the_role_of_the_other_side)
{
    start();
    struct px_prove p = request(RATLS_LEVEL_SESSION);
    p.request.role = RATLS_CLIENT;
    cr_expect(is_refused(&p));
    service.client = true;
    cr_expect_not(is_refused(&p));
}

Test(proxy_issuer, refuses_a_level_above_the_configured_one)
{
    service.proof = RATLS_LEVEL_SESSION;
    start();
    struct px_prove p = request(RATLS_LEVEL_QUOTE);
    cr_expect(is_refused(&p));
}

Test(proxy_issuer, refuses_proofs_by_an_identity_without_attestation_key)
{
    service.proof = RATLS_LEVEL_KEY;
    start();
    struct px_prove p = request(RATLS_LEVEL_QUOTE);
    service.proof = RATLS_LEVEL_QUOTE;
    cr_expect(is_refused(&p), "before a quote is asked for");
}

Test(proxy_issuer, refuses_more_quotes_than_leave_room_for_renewals)
{
    unsigned refused = 0;

    start();
    struct px_prove p = request(RATLS_LEVEL_QUOTE);
    for (int i = 0; i < 40; i++) {
        px_issuer_prove(issuer, 3, &p);
        refused += answers > 0 && last.e == RATLS_E_PROOF_LIMIT;
        answers = 0;
    }
    cr_expect_eq(refused, 8);
}

Test(proxy_issuer, proves_with_the_old_key_after_a_renewal)
{
    start();
    struct px_prove old = request(RATLS_LEVEL_SESSION);
    px_issuer_start(issuer);
    run_until(&issued, 1);
    cr_assert_eq(issued, 2);
    struct px_prove new = request(RATLS_LEVEL_SESSION);
    cr_expect_neq(memcmp(old.own_spki_sha256, new.own_spki_sha256, 32), 0);
    cr_expect_not(is_refused(&old));
    cr_expect_not(is_refused(&new));
}

Test(proxy_issuer, forgets_the_old_key_after_the_time_of_handshakes)
{
    service.handshake_timeout_ms = 0;
    start();
    struct px_prove old = request(RATLS_LEVEL_SESSION);
    px_issuer_start(issuer);
    run_until(&issued, 1);
    const struct timeval nap = {.tv_usec = 20000};
    (void)event_base_loopexit(base, &nap);
    (void)event_base_dispatch(base);
    cr_expect(is_refused(&old));
}

Test(proxy_issuer, refuses_a_simulated_attester_that_is_not_allowed)
{
    struct px_issuer_params p = params();
    struct ratls_error err = {0};

    service.insecure_allow_sim_attester = false;
    cr_expect_eq(px_issuer_new(&p, &issuer, &err), RATLS_E_CONFIG);
    cr_expect_null(issuer);
}

Test(proxy_issuer, reports_that_the_first_identity_could_not_be_made)
{
    struct px_issuer_params p = params();
    struct ratls_error err = {0};

    service.identity_ca_cert = service.identity_ca_key = "/nonexistent/ca";
    cr_assert_eq(px_issuer_new(&p, &issuer, &err), RATLS_OK);
    px_issuer_start(issuer);
    cr_expect_eq(failed, 1);
    cr_expect_eq(issued, 0);
}

Test(proxy_issuer, keeps_the_identity_when_its_renewal_fails)
{
    start();
    const struct ratls_identity *before = px_issuer_identity(issuer);
    service.identity_ca_cert = service.identity_ca_key = "/nonexistent/ca";
    px_issuer_start(issuer);
    cr_expect_eq(failed, 0);
    cr_expect_eq(px_issuer_identity(issuer), before);
    struct px_prove p = request(RATLS_LEVEL_SESSION);
    cr_expect_not(is_refused(&p));
}

/* T114: nobody connects. */
Test(proxy_issuer, an_idle_identity_is_renewed_for_three_lifetimes)
{
    const struct ratls_env *env = ratls_env_system();

    service.identity_lifetime_s = 2;
    start();
    const int64_t until = env->now(env->arg) + 3 * service.identity_lifetime_s;
    for (int64_t now = 0; (now = env->now(env->arg)) < until;) {
        const struct timeval nap = {.tv_usec = 100000};
        (void)event_base_loopexit(base, &nap);
        (void)event_base_dispatch(base);
        cr_assert_gt(ratls_identity_not_after(px_issuer_identity(issuer)), now);
    }
    cr_expect_geq(issued, 4);
}
