/* Requests for tokens: the form, and what is judged to be asked for (T48). */
#include <criterion/criterion.h>
#include <stdio.h>

#include "exchange.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct px_form form;
static struct px_exchange exchange;

static void teardown(void)
{
    px_form_free(&form);
}

TestSuite(proxy_exchange, .fini = teardown);

static enum px_form_is reads(struct ratls_bytes body)
{
    px_form_free(&form);
    return px_form_read(body, &form);
}

/* ---- the form ---- */

Test(proxy_exchange, a_form_is_names_and_values)
{
    cr_assert_eq(reads(ratls_bytes_str("a=1&b=%2F+%7e&c=&a=2&d=x:/;,~y")), PX_FORM_GOOD);
    cr_expect_eq(form.n, 5);
    cr_expect_str_eq(px_form_get(&form, "a"), "1");
    cr_expect_eq(px_form_count(&form, "a"), 2);
    cr_expect_str_eq(px_form_get(&form, "b"), "/ ~");
    cr_expect_null(px_form_get(&form, "c"), "an empty value is none");
    cr_expect_eq(px_form_count(&form, "c"), 1, "but it is there");
    cr_expect_str_eq(px_form_get(&form, "d"), "x:/;,~y");
    cr_expect_null(px_form_get(&form, "A"));
    cr_assert_eq(reads(ratls_bytes_str("")), PX_FORM_GOOD);
    cr_expect_eq(form.n, 0);
}

Test(proxy_exchange, a_form_in_doubt_is_none)
{
    static const char *const bad[] = {
        "a",      "=1",         "a=1&",  "&a=1",  "a=1&&b=2", "a=1&b", "a=b=c",
        "a=%",    "a=%4",       "a=%zz", "a=%00", "a=%0a",    "a=%7f", "a=%e2",
        "a=\x01", "a=\xc3\xa9", "a= 1",  "a=\"1", "a=1#b",    "a[]=1", "a=%u0041",
        "%00=1",  "a=1\r\n",    "a={",   "a=1&&", "&",        "a=b%",  "a%3=1",
    };

    for (size_t i = 0; i < COUNT(bad); i++)
        cr_expect_eq(reads(ratls_bytes_str(bad[i])), PX_FORM_BAD, "%s", bad[i]);
    cr_expect_eq(reads(ratls_bytes("a=\0", 3)), PX_FORM_BAD);
}

Test(proxy_exchange, fields_have_a_limit)
{
    char text[5 * PX_FORM_FIELDS + 8] = "a=1";

    for (int i = 1; i < PX_FORM_FIELDS; i++)
        strncat(text, "&a=1", sizeof text - strlen(text) - 1);
    cr_expect_eq(reads(ratls_bytes_str(text)), PX_FORM_GOOD);
    strncat(text, "&a=1", sizeof text - strlen(text) - 1);
    cr_expect_eq(reads(ratls_bytes_str(text)), PX_FORM_BAD);
}

/* ---- what is asked for ---- */

#define GRANT   "grant_type=urn:ietf:params:oauth:grant-type:token-exchange"
#define SUBJECT "subject_token_type=tag:ratls.invalid,2026:token-type:channel"
#define USUAL   GRANT "&" SUBJECT "&subject_token=channel"

static char one[] = "https://one.example/", two[] = "two";
static unsigned takes = PX_TAKES_CHANNEL;
static char *const targets[] = {one, two, NULL}, *const target[] = {one, NULL};

static enum px_oauth judge(const char *body, char *const *list)
{
    cr_assert_eq(reads(ratls_bytes_str(body)), PX_FORM_GOOD, "%s", body);
    return px_exchange_judge(&form, list, takes, &exchange);
}

Test(proxy_exchange, a_request_names_its_target)
{
    cr_expect_eq(judge(USUAL "&audience=two", targets), PX_OAUTH_GOOD);
    cr_expect_str_eq(exchange.target, "two");
    cr_expect_null(exchange.nonce);
    cr_expect_eq(judge(USUAL "&resource=https%3A%2F%2Fone.example%2F&nonce=n", targets),
                 PX_OAUTH_GOOD);
    cr_expect_str_eq(exchange.target, one);
    cr_expect_str_eq(exchange.nonce, "n");
    cr_expect_eq(judge(USUAL "&audience=two&resource=two&audience=two", targets), PX_OAUTH_GOOD);
    cr_expect_eq(judge(USUAL, target), PX_OAUTH_GOOD, "there is one, and it is meant");
    cr_expect_str_eq(exchange.target, one);
}

Test(proxy_exchange, what_may_be_left_out)
{
    cr_expect_eq(judge(GRANT "&" SUBJECT, target), PX_OAUTH_GOOD, "the type says it all");
    cr_expect_eq(judge(GRANT "&" SUBJECT "&subject_token=", target), PX_OAUTH_GOOD);
    cr_expect_eq(judge(USUAL "&requested_token_type=urn:ietf:params:oauth:token-type:jwt", target),
                 PX_OAUTH_GOOD);
    cr_expect_eq(judge(USUAL "&scope=&actor_token=&client_id=me&unknown=1", target), PX_OAUTH_GOOD,
                 "RFC 6749 s.3.2: without a value, or unknown");
}

#define JWT "urn:ietf:params:oauth:token-type:jwt"

static const struct {
    const char *body;
    enum px_oauth due;
    const char *why;
} refusals[] = {
    {"", PX_OAUTH_INVALID_REQUEST, "grant_type is missing"},
    {SUBJECT, PX_OAUTH_INVALID_REQUEST, "grant_type is missing"},
    {"grant_type=&" SUBJECT, PX_OAUTH_INVALID_REQUEST, "grant_type is missing"},
    {"grant_type=client_credentials", PX_OAUTH_GRANT_TYPE, "token exchange"},
    {"grant_type=" PX_GRANT_EXCHANGE "x&" SUBJECT, PX_OAUTH_GRANT_TYPE, "token exchange"},
    {GRANT, PX_OAUTH_INVALID_REQUEST, "subject_token_type is missing"},
    {GRANT "&subject_token_type=" JWT "&subject_token=x", PX_OAUTH_INVALID_REQUEST,
     "no such subject_token_type"},
    {GRANT "&" SUBJECT "&subject_token=other", PX_OAUTH_INVALID_REQUEST, "subject_token is"},
    {USUAL "&subject_token=channel", PX_OAUTH_INVALID_REQUEST, "twice"},
    {USUAL "&" GRANT, PX_OAUTH_INVALID_REQUEST, "twice"},
    {USUAL "&" SUBJECT, PX_OAUTH_INVALID_REQUEST, "twice"},
    {USUAL "&nonce=a&nonce=", PX_OAUTH_INVALID_REQUEST, "twice"},
    {USUAL "&unknown=1&unknown=1", PX_OAUTH_INVALID_REQUEST, "twice"},
    {USUAL "&actor_token=a", PX_OAUTH_INVALID_REQUEST, "actor_token_type is missing"},
    {USUAL "&actor_token_type=" JWT, PX_OAUTH_INVALID_REQUEST, "actor_token is missing"},
    {USUAL "&actor_token=a&actor_token_type=" JWT, PX_OAUTH_INVALID_REQUEST, "nobody acts"},
    {USUAL "&requested_token_type=urn:ietf:params:oauth:token-type:refresh_token",
     PX_OAUTH_INVALID_REQUEST, "no such requested_token_type"},
    {USUAL "&scope=admin", PX_OAUTH_INVALID_SCOPE, "no scopes"},
    {USUAL "&audience=other", PX_OAUTH_INVALID_TARGET, "no tokens are for"},
    {USUAL "&audience=TWO", PX_OAUTH_INVALID_TARGET, "no tokens are for"},
    {USUAL "&resource=https://one.example", PX_OAUTH_INVALID_TARGET, "no tokens are for"},
    {USUAL "&audience=two&resource=other", PX_OAUTH_INVALID_TARGET, "no tokens are for"},
    {USUAL "&audience=two&audience=https://one.example/", PX_OAUTH_INVALID_TARGET, "one target"},
    {USUAL, PX_OAUTH_INVALID_REQUEST, "audience or resource is missing"},
    {USUAL "&audience=", PX_OAUTH_INVALID_REQUEST, "audience or resource is missing"},
    {USUAL "&client_secret=x", PX_OAUTH_INVALID_CLIENT, "the channel"},
    {USUAL "&client_assertion=x", PX_OAUTH_INVALID_CLIENT, "the channel"},
    {USUAL "&client_assertion_type=x", PX_OAUTH_INVALID_CLIENT, "the channel"},
};

#define RESULT GRANT "&subject_token_type=" JWT

/* T48, T116: no nonce, no result. */
Test(proxy_exchange, a_result_is_a_subject_where_somebody_is_believed)
{
    cr_expect_eq(judge(RESULT "&subject_token=a.b.c&nonce=n", target), PX_OAUTH_INVALID_REQUEST);
    cr_expect_str_eq(exchange.why, "no such subject_token_type");
    takes = PX_TAKES_CHANNEL | PX_TAKES_RESULT;
    cr_expect_eq(judge(RESULT "&subject_token=a.b.c&nonce=n", target), PX_OAUTH_GOOD);
    cr_expect_str_eq(exchange.result, "a.b.c");
    cr_expect_str_eq(exchange.nonce, "n");
    cr_expect_eq(judge(RESULT "&nonce=n", target), PX_OAUTH_INVALID_REQUEST);
    cr_expect_str_eq(exchange.why, "subject_token is missing");
    cr_expect_eq(judge(RESULT "&subject_token=&nonce=n", target), PX_OAUTH_INVALID_REQUEST);
    cr_expect_eq(judge(RESULT "&subject_token=a.b.c", target), PX_OAUTH_INVALID_REQUEST);
    cr_expect_str_eq(exchange.why, "a result needs a nonce of this server");
    cr_expect_eq(judge(RESULT "&subject_token=a.b.c&nonce=", target), PX_OAUTH_INVALID_REQUEST);
    cr_expect_eq(judge(GRANT "&subject_token_type=" JWT "x&subject_token=a&nonce=n", target),
                 PX_OAUTH_INVALID_REQUEST);
    cr_expect_eq(judge(USUAL, target), PX_OAUTH_GOOD);
    cr_expect_null(exchange.result, "the channel is one still");
}

#define EVIDENCE GRANT "&subject_token_type=" PX_TYPE_EVIDENCE

Test(proxy_exchange, evidence_is_a_subject_where_it_is_taken)
{
    cr_expect_eq(judge(EVIDENCE "&subject_token=AAAA&nonce=n", target), PX_OAUTH_INVALID_REQUEST);
    cr_expect_str_eq(exchange.why, "no such subject_token_type");
    takes = PX_TAKES_EVIDENCE;
    cr_expect_eq(judge(EVIDENCE "&subject_token=AAAA&nonce=n", target), PX_OAUTH_GOOD);
    cr_expect_eq(exchange.subject, PX_TAKES_EVIDENCE);
    cr_expect_str_eq(exchange.evidence, "AAAA");
    cr_expect_str_eq(exchange.nonce, "n");
    cr_expect(!exchange.key && !exchange.result);
    cr_expect_eq(judge(EVIDENCE "&subject_token=AAAA&nonce=n&cnf_key=k", target), PX_OAUTH_GOOD);
    cr_expect_str_eq(exchange.key, "k");
    cr_expect_eq(judge(EVIDENCE "&nonce=n", target), PX_OAUTH_INVALID_REQUEST);
    cr_expect_str_eq(exchange.why, "subject_token is missing");
    cr_expect_eq(judge(EVIDENCE "&subject_token=AAAA", target), PX_OAUTH_INVALID_REQUEST);
    cr_expect_str_eq(exchange.why, "evidence needs a nonce of this server");
    cr_expect_eq(judge(USUAL, target), PX_OAUTH_INVALID_REQUEST);
    cr_expect_str_eq(exchange.why, "this channel says nothing of its client");
}

Test(proxy_exchange, a_key_is_named_where_the_channel_has_none)
{
    takes = PX_TAKES_RESULT;
    cr_expect_eq(judge(RESULT "&subject_token=a.b.c&nonce=n", target), PX_OAUTH_INVALID_REQUEST);
    cr_expect_str_eq(exchange.why, "cnf_key is missing: whose result is it?");
    cr_expect_eq(judge(RESULT "&subject_token=a.b.c&nonce=n&cnf_key=k", target), PX_OAUTH_GOOD);
    cr_expect_str_eq(exchange.key, "k");
    takes = PX_TAKES_ALL;
    cr_expect_eq(judge(RESULT "&subject_token=a.b.c&nonce=n&cnf_key=k", target),
                 PX_OAUTH_INVALID_REQUEST);
    cr_expect_str_eq(exchange.why, "cnf_key is for evidence");
    cr_expect_eq(judge(USUAL "&cnf_key=k", target), PX_OAUTH_INVALID_REQUEST);
    cr_expect_eq(judge(EVIDENCE "&subject_token=AAAA&nonce=n&cnf_key=k", target), PX_OAUTH_GOOD);
}

Test(proxy_exchange, every_refusal_has_the_error_of_the_standard)
{
    for (size_t i = 0; i < COUNT(refusals); i++) {
        cr_expect_eq(judge(refusals[i].body, targets), refusals[i].due, "%s", refusals[i].body);
        cr_assert_not_null(exchange.why, "%s", refusals[i].body);
        cr_expect_not_null(strstr(exchange.why, refusals[i].why), "%s: %s", refusals[i].body,
                           exchange.why);
        cr_expect_null(exchange.target, "%s", refusals[i].body);
    }
}

Test(proxy_exchange, errors_have_text_and_status)
{
    static const struct {
        enum px_oauth e;
        const char *text;
        int status;
    } rows[] = {
        {PX_OAUTH_INVALID_REQUEST, "invalid_request", 400},
        {PX_OAUTH_INVALID_CLIENT, "invalid_client", 401},
        {PX_OAUTH_INVALID_SCOPE, "invalid_scope", 400},
        {PX_OAUTH_INVALID_TARGET, "invalid_target", 400},
        {PX_OAUTH_DPOP_PROOF, "invalid_dpop_proof", 400},
        {PX_OAUTH_DPOP_NONCE, "use_dpop_nonce", 400},
        {PX_OAUTH_GRANT_TYPE, "unsupported_grant_type", 400},
        {PX_OAUTH_SLOW_DOWN, "temporarily_unavailable", 429},
        {PX_OAUTH_SERVER, "server_error", 500},
    };

    cr_assert_eq(COUNT(rows), PX_OAUTH_COUNT - 1);
    for (size_t i = 0; i < COUNT(rows); i++) {
        cr_expect_str_eq(px_oauth_text(rows[i].e), rows[i].text);
        cr_expect_eq(px_oauth_status(rows[i].e), rows[i].status);
    }
}
