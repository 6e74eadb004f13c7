/* The authority process and evidence that a worker found in a request (T48, T49, T168). */
#include "proxy_authority_support.h"

TestSuite(proxy_authority_evidence, .init = setup, .fini = teardown, .timeout = 60);

/* ---- evidence: what a worker found of it ---- */

#define EVIDENCE                                                                                   \
    "grant_type=" PX_GRANT_EXCHANGE "&subject_token_type=" PX_TYPE_EVIDENCE                        \
    "&audience=one&subject_token=AAAA"

/* What a worker says of whoever asks; `text` is the nonce that the evidence was about. */
static void found(enum px_subject_of of, bool attested, const char *text)
{
    size_t len = 0;

    subject.of = of;
    subject.attested = attested;
    subject.fault = of == PX_OF_REFUSED ? RATLS_E_MEASUREMENT : RATLS_OK;
    subject.level = of == PX_OF_CHANNEL ? RATLS_LEVEL_KEY : RATLS_LEVEL_NONE;
    if (text)
        cr_assert(px_base64url_get(text, subject.nonce, &len));
    describe();
}

static int exchange_evidence(const char *nonce)
{
    static char body[512];

    (void)snprintf(body, sizeof body, EVIDENCE "&nonce=%s", nonce);
    return ask("POST", "/token", body);
}

static void expect_refusal(int status, int due_status, const char *error, const char *why)
{
    cr_expect_eq(status, due_status, "%s", answer);
    expect_text("error", error);
    expect_text("error_description", why);
}

static void serve_anybody(void)
{
    config.services[0].token_clients = PX_CLIENTS_ANY;
    config.services[0].token_evidence = true;
    cr_assert(hand_over());
}

Test(proxy_authority_evidence, a_verdict_on_evidence_becomes_a_token_about_its_nonce)
{
    serve_anybody();
    for (int attested = 0; attested < 2; attested++) {
        subject.attested = attested;
        const char *nonce = new_nonce();
        found(PX_OF_EVIDENCE, attested, nonce);
        cr_expect_eq(exchange_evidence(nonce), 200, "%s", answer);
        expect_refusal(exchange_evidence(nonce), 400, "invalid_request", "the nonce was used");
        subject.attested = !attested;
        (void)new_nonce();
        found(PX_OF_EVIDENCE, attested, nonce);
        expect_refusal(exchange_evidence(nonce), 400, "invalid_request",
                       "the nonce is none of this peer");
    }
}

Test(proxy_authority_evidence, a_verdict_about_another_nonce_is_none)
{
    char other[PX_NONCE_TEXT + 1];

    serve_anybody();
    subject.attested = false;
    (void)snprintf(other, sizeof other, "%s", new_nonce());
    found(PX_OF_EVIDENCE, false, other);
    expect_refusal(exchange_evidence(new_nonce()), 500, "server_error",
                   "the verdict is about another nonce");
}

Test(proxy_authority_evidence, evidence_that_is_refused_uses_its_nonce_up)
{
    static const struct {
        enum ratls_err fault;
        int status;
        const char *error;
    } rows[] = {{RATLS_E_MEASUREMENT, 400, "invalid_request"},
                {RATLS_E_EVIDENCE_FORMAT, 400, "invalid_request"},
                {RATLS_E_LIMIT, 400, "invalid_request"},
                {RATLS_E_NO_MEMORY, 500, "server_error"}};

    serve_anybody();
    subject.attested = false;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *nonce = new_nonce();
        found(PX_OF_REFUSED, false, nonce);
        subject.fault = rows[i].fault;
        describe();
        expect_refusal(exchange_evidence(nonce), rows[i].status, rows[i].error,
                       ratls_err_text(rows[i].fault));
        expect_refusal(exchange_evidence(nonce), 400, "invalid_request", "the nonce was used");
    }
}

Test(proxy_authority_evidence, evidence_that_nobody_looked_at_uses_up_nothing)
{
    serve_anybody();
    subject.attested = false;
    const char *nonce = new_nonce();
    found(PX_OF_BUSY, false, NULL);
    expect_refusal(exchange_evidence(nonce), 429, "temporarily_unavailable", "too much evidence");
    found(PX_OF_NOBODY, false, NULL);
    expect_refusal(exchange_evidence(nonce), 429, "temporarily_unavailable", "too much evidence");
    found(PX_OF_EVIDENCE, false, nonce);
    cr_expect_eq(exchange_evidence(nonce), 200, "%s", answer);
}

/* Whatever a worker found is for the request that it found it in. */
Test(proxy_authority_evidence, a_verdict_is_about_what_was_asked)
{
    static const enum px_subject_of wrong[] = {PX_OF_NOBODY, PX_OF_EVIDENCE, PX_OF_REFUSED};

    for (size_t i = 0; i < COUNT(wrong); i++) {
        found(wrong[i], wrong[i] != PX_OF_NOBODY, NULL);
        expect_refusal(ask("POST", "/token", GOOD "&audience=one"), 500, "server_error",
                       "nothing is known of the client");
    }
    serve_anybody();
    found(PX_OF_CHANNEL, true, NULL);
    expect_refusal(ask("POST", "/token", GOOD "&audience=one"), 400, "invalid_request",
                   "this channel says nothing of its client");
}

/* Claims of a device in so many bytes. */
static void of_length(size_t n)
{
    static char text[1001];

    memset(text, 'x', sizeof text - 1);
    ratls_claims_free(claims);
    claims = ratls_claims_new();
    for (size_t i = 0; i < n; i += 1000)
        (void)ratls_claims_add_item(claims, "x.list", text);
    subject.n_devices = 1;
    subject.device[0] =
        (struct ratls_ear_device){.label = "gpu0", .kind = "nvidia", .claims = claims};
}

/* Nobody gets less than he asks for. */
Test(proxy_authority_evidence, what_is_too_much_to_tell_is_refused)
{
    config.services[0].token_claims = PX_CLAIMS_RAW;
    serve_anybody();
    subject.attested = false;
    const char *nonce = new_nonce();
    of_length(15000); /* the line has room for it, the token has none */
    found(PX_OF_EVIDENCE, false, nonce);
    expect_refusal(exchange_evidence(nonce), 400, "invalid_request", "a limit was exceeded");
    nonce = new_nonce();
    of_length(8000);
    found(PX_OF_EVIDENCE, false, nonce);
    cr_expect_eq(exchange_evidence(nonce), 200, "%.200s", answer);
    config.services[0].token_clients = PX_CLIENTS_ATTESTED;
    cr_assert(hand_over());
    of_length(21000);
    found(PX_OF_CHANNEL, true, NULL);
    expect_refusal(ask("POST", "/token", GOOD "&audience=one"), 500, "server_error",
                   "more is known of the client than can be told");
}

Test(proxy_authority_evidence, whoever_comes_has_rates_of_his_own)
{
    int n = 0;

    serve_anybody();
    found(PX_OF_NOBODY, false, NULL);
    while (n < 200 && ask("GET", "/jwks", "") == 200)
        n++;
    cr_expect_eq(n, PX_RATE_BURST);
    cr_expect_eq(status_of(), 429);
    found(PX_OF_CHANNEL, true, NULL);
    cr_expect_eq(ask("GET", "/jwks", ""), 200, "of the same number, but attested");
    subject.asker[0] ^= 1;
    found(PX_OF_NOBODY, false, NULL);
    cr_expect_eq(ask("GET", "/jwks", ""), 200, "of another address");
}

/* Secrets are for peers whose channel says who they are. */
Test(proxy_authority_evidence, no_secret_is_released_for_it)
{
    static char service[] = "t";
    static const enum px_subject_of others[] = {PX_OF_NOBODY, PX_OF_EVIDENCE, PX_OF_REFUSED,
                                                PX_OF_BUSY};

    px_grants_free(a.grants);
    a.grants = NULL;
    a.custodies.n = 1;
    a.custodies.list[0].service = service;
    for (size_t i = 0; i < COUNT(others); i++) {
        found(others[i], others[i] != PX_OF_NOBODY, NULL);
        cr_expect_eq(ask("GET", "/secrets/a", ""), 403, "%zu: %s", i, answer);
    }
    a.custodies.n = 0;
}
