/* Tokens about peers: what workers may ask for, and what the master signs. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "bundle_key.h"
#include "crypto.h"
#include "json.h"
#include "ratls/jwt.h"
#include "signer.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define NOW      INT64_C(1800000000)
#define SPKI     "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static struct px_config config;
static struct px_signers *signers;
static struct ratls_env env;
static int64_t now_s, now_ms;
static const char *pem;
static struct ratls_buffer token;
static struct px_token_answer answer;

static int64_t wall(void *arg)
{
    (void)arg;
    return now_s;
}

static int64_t monotonic(void *arg)
{
    (void)arg;
    return now_ms;
}

static enum ratls_err read_pem(void *arg, const char *path, size_t max, struct ratls_buffer *out)
{
    (void)arg;
    (void)max;
    if (strcmp(path, "header.key") != 0)
        return RATLS_E_IO;
    *out = (struct ratls_buffer){.p = (uint8_t *)strdup(pem), .len = strlen(pem)};
    return RATLS_OK;
}

static void setup(void)
{
    now_s = NOW;
    now_ms = 1000;
    pem = BUNDLE_PRIVATE_KEY;
    env = *ratls_env_system();
    env.now = wall;
    env.monotonic_ms = monotonic;
    env.read_file = read_pem;
    config = (struct px_config){.n_services = 2};
    config.services[0] = (struct px_service){.name = "plain", .file = "f.conf", .proof_rate = 1};
    config.services[1] = (struct px_service){.name = "web",
                                             .file = "f.conf",
                                             .line = 7,
                                             .policy = "/etc/p.json",
                                             .identity_header = "X",
                                             .identity_header_key = "header.key",
                                             .proof_rate = 3};
}

static void teardown(void)
{
    px_signers_free(signers);
    ratls_buffer_free(&token);
}

TestSuite(proxy_signer, .init = setup, .fini = teardown, .timeout = 60);

static struct px_token_ask good(void)
{
    return (struct px_token_ask){.id = 77,
                                 .service = "web",
                                 .level = RATLS_LEVEL_SESSION,
                                 .expires = NOW + 3600,
                                 .tee = "tdx",
                                 .measurement = "c1c1",
                                 .tcb_status = "UpToDate",
                                 .peer_spki = SPKI,
                                 .peer = "[::1]:443"};
}

static void ask(const struct px_token_ask *a, unsigned worker)
{
    if (!signers)
        cr_assert_eq(px_signers_new(&env, &config, &signers, NULL), RATLS_OK);
    ratls_buffer_free(&token);
    px_signers_answer(signers, worker, a, &token, &answer);
    cr_expect_eq(answer.id, a->id);
    cr_expect_eq(answer.e == RATLS_OK, answer.token.len > 0);
}

static void expect(enum ratls_err e)
{
    cr_expect_eq(answer.e, e, "%s", ratls_err_reason(answer.e));
}

/* Verified under the key, and parsed strictly. */
static struct cJSON *payload(void)
{
    const char *text = (const char *)answer.token.p, *dot = strchr(text, '.') + 1;
    const char *last = strrchr(text, '.');
    uint8_t json[RATLS_JWT_MAX], sig[64];
    size_t len = sizeof json, sig_len = sizeof sig;
    struct rt_key *key = NULL;
    struct cJSON *parsed = NULL;

    cr_assert_eq(strlen(text), answer.token.len);
    cr_assert(rt_unbase64url(dot, (size_t)(last - dot), json, &len));
    cr_assert(rt_unbase64url(last + 1, strlen(last + 1), sig, &sig_len));
    cr_assert_eq(rt_key_import(ratls_bytes_str(pem), &key, NULL), RATLS_OK);
    cr_assert_eq(rt_verify_raw(RT_P256, rt_key_point(key), RT_SHA256,
                               ratls_bytes(text, (size_t)(last - text)), ratls_bytes(sig, sig_len)),
                 RATLS_OK);
    rt_key_free(key);
    cr_assert_eq(rt_json_parse(ratls_bytes(json, len), RATLS_E_USAGE, &parsed, NULL), RATLS_OK);
    return parsed;
}

static void expect_text(const struct cJSON *json, const char *name, const char *value)
{
    const char *found = cJSON_GetStringValue(rt_json_member(json, name));

    cr_assert_not_null(found, "%s", name);
    cr_expect_str_eq(found, value, "%s is %s", name, found);
}

static int64_t number(const struct cJSON *json, const char *name)
{
    int64_t value = 0;

    cr_assert(rt_json_int(rt_json_member(json, name), 0, RT_JSON_INT_MAX, &value), "%s", name);
    return value;
}

Test(proxy_signer, says_what_is_known)
{
    struct px_token_ask a = good();

    ask(&a, 0);
    expect(RATLS_OK);
    struct cJSON *json = payload();
    expect_text(json, "iss", "ratls-proxy/web");
    expect_text(json, "aud", "web");
    expect_text(json, "policy", "file:p.json");
    expect_text(json, "verdict", "allow");
    expect_text(json, "tee", "tdx");
    expect_text(json, "measurement", "c1c1");
    expect_text(json, "tcb_status", "UpToDate");
    expect_text(json, "level", "session");
    expect_text(json, "peer_spki", SPKI);
    expect_text(json, "peer", "[::1]:443");
    cr_expect(cJSON_IsFalse(rt_json_member(json, "simulated")));
    cr_expect_eq(number(json, "iat"), NOW);
    cr_expect_eq(number(json, "nbf"), NOW - PX_TOKEN_BACKDATE_S);
    cr_expect_eq(number(json, "exp"), NOW + 60);
    cr_expect_eq(answer.expires, NOW + 60);
    rt_json_free(json);
}

Test(proxy_signer, names_the_audience_that_the_operator_wrote)
{
    static char audience[] = "a\"b";
    struct px_token_ask a = good();

    config.services[1].identity_header_audience = audience;
    a.simulated = true;
    ask(&a, 0);
    struct cJSON *json = payload();
    expect_text(json, "aud", audience);
    cr_expect(cJSON_IsTrue(rt_json_member(json, "simulated")));
    rt_json_free(json);
}

/* T160: of what a worker says, nothing becomes another claim. */
Test(proxy_signer, escapes_what_a_worker_says)
{
    struct px_token_ask a = good();

    (void)snprintf(a.tcb_status, sizeof a.tcb_status, "\",\"tee\":\"sgx\",\"x\":\"\\");
    ask(&a, 0);
    struct cJSON *json = payload();
    expect_text(json, "tcb_status", a.tcb_status);
    expect_text(json, "tee", "tdx");
    cr_expect_not(rt_json_has(json, "x"));
    rt_json_free(json);
}

Test(proxy_signer, makes_no_token_that_outlives_the_verdict)
{
    struct px_token_ask a = good();

    a.expires = NOW + 1;
    ask(&a, 0);
    struct cJSON *json = payload();
    cr_expect_eq(number(json, "exp"), NOW + 1);
    cr_expect_eq(answer.expires, NOW + 1);
    rt_json_free(json);
    a.expires = NOW;
    ask(&a, 0);
    expect(RATLS_E_IDENTITY_EXPIRED);
    a.expires = INT64_MAX;
    ask(&a, 0);
    expect(RATLS_OK);
    cr_expect_eq(answer.expires, NOW + 60);
}

Test(proxy_signer, makes_each_token_anew)
{
    struct px_token_ask a = good();

    ask(&a, 0);
    struct cJSON *one = payload();
    ask(&a, 0);
    struct cJSON *two = payload();
    cr_expect_str_neq(cJSON_GetStringValue(rt_json_member(one, "jti")),
                      cJSON_GetStringValue(rt_json_member(two, "jti")));
    rt_json_free(one);
    rt_json_free(two);
}

Test(proxy_signer, signs_for_no_service_without_the_header)
{
    static const char *const names[] = {"plain", "web2", "we", ""};
    struct px_token_ask a = good();

    for (size_t i = 0; i < COUNT(names); i++) {
        (void)snprintf(a.service, sizeof a.service, "%s", names[i]);
        ask(&a, 0);
        expect(RATLS_E_STATE);
    }
    a = good();
    ask(&a, PX_MAX_WORKERS);
    expect(RATLS_E_STATE);
}

Test(proxy_signer, gives_each_worker_so_many_a_second)
{
    struct px_token_ask a = good();

    for (int i = 0; i < 3; i++) {
        ask(&a, 1);
        expect(RATLS_OK);
    }
    ask(&a, 1);
    expect(RATLS_E_PROOF_LIMIT);
    ask(&a, 0);
    expect(RATLS_OK);
    now_ms += 334;
    ask(&a, 1);
    expect(RATLS_OK);
    ask(&a, 1);
    expect(RATLS_E_PROOF_LIMIT);
}

/* ---- services that are gone ---- */

#define DRAIN_MS 5000

/* The next configuration has `services` of them; the token is then asked for of it. */
static void reload(size_t services, const char *audience)
{
    struct px_signers *next = NULL;

    config.n_services = services;
    config.services[1].identity_header_audience = (char *)audience;
    cr_assert_eq(px_signers_new(&env, &config, &next, NULL), RATLS_OK);
    px_signers_take_over(next, signers, DRAIN_MS);
    px_signers_free(signers);
    signers = next;
}

static void expect_audience(const char *due)
{
    struct cJSON *json = payload();

    expect_text(json, "aud", due);
    expect_text(json, "policy", "file:p.json");
    rt_json_free(json);
}

Test(proxy_signer, signs_for_a_service_that_is_gone_while_it_drains)
{
    const struct px_token_ask a = good();

    ask(&a, 0);
    reload(1, "another");
    memset(&config, 0, sizeof config); /* nothing of it is needed */
    now_ms += DRAIN_MS - 1;
    ask(&a, 0);
    expect(RATLS_OK);
    expect_audience("web");
    now_ms += 1;
    ask(&a, 0);
    expect(RATLS_E_STATE);
}

Test(proxy_signer, another_reload_gives_it_no_more_time)
{
    const struct px_token_ask a = good();

    ask(&a, 0);
    reload(1, NULL);
    now_ms += DRAIN_MS - 1;
    reload(1, NULL);
    ask(&a, 0);
    expect(RATLS_OK);
    now_ms += 1;
    reload(1, NULL);
    ask(&a, 0);
    expect(RATLS_E_STATE);
}

Test(proxy_signer, a_service_that_stays_signs_as_it_is_now)
{
    const struct px_token_ask a = good();

    ask(&a, 0);
    expect_audience("web");
    reload(2, "another");
    ask(&a, 0);
    expect_audience("another");
    now_ms += 2 * DRAIN_MS;
    ask(&a, 0);
    expect_audience("another");
}

Test(proxy_signer, a_service_that_comes_back_signs_as_it_is_now)
{
    const struct px_token_ask a = good();

    ask(&a, 0);
    reload(1, NULL);
    reload(2, "another");
    ask(&a, 0);
    expect_audience("another");
}

Test(proxy_signer, gives_one_that_is_gone_no_more_tokens_than_before)
{
    const struct px_token_ask a = good();

    for (int i = 0; i < 3; i++)
        ask(&a, 0);
    reload(1, NULL);
    ask(&a, 0);
    expect(RATLS_E_PROOF_LIMIT);
}

Test(proxy_signer, names_the_line_of_a_key_that_is_none)
{
    struct ratls_error err = {0};

    pem = BUNDLE_PUBLIC_KEY;
    cr_expect_eq(px_signers_new(&env, &config, &signers, &err), RATLS_E_CONFIG);
    cr_expect_null(signers);
    cr_expect(strstr(err.detail, "f.conf:7: identity-header-key: "), "%s", err.detail);
    err = (struct ratls_error){0};
    static char missing[] = "missing";
    config.services[1].identity_header_key = missing;
    cr_expect_eq(px_signers_new(&env, &config, &signers, &err), RATLS_E_CONFIG);
    cr_expect(strstr(err.detail, "missing cannot be read"), "%s", err.detail);
}

/* ---- messages ---- */

TestSuite(proxy_token, .timeout = 60);

static bool parse(const struct px_token_ask *a, struct px_token_ask *out)
{
    struct px_message *m = px_token_ask_message(a);

    cr_assert(m && !m->bad && m->len == m->cap);
    cr_expect_leq(m->len - PX_MSG_HEADER, PX_MAX_FROM_WORKER);
    bool parsed =
        px_token_ask_parse(ratls_bytes(&m->bytes[PX_MSG_HEADER], m->len - PX_MSG_HEADER), out);
    px_message_free(m);
    return parsed;
}

Test(proxy_token, carries_every_field_of_a_request)
{
    struct px_token_ask a = good(), b;

    a.simulated = true;
    cr_assert(parse(&a, &b));
    cr_expect(b.id == 77 && b.level == RATLS_LEVEL_SESSION && b.simulated);
    cr_expect_eq(b.expires, NOW + 3600);
    cr_expect_str_eq(b.service, a.service);
    cr_expect_str_eq(b.tee, a.tee);
    cr_expect_str_eq(b.measurement, a.measurement);
    cr_expect_str_eq(b.tcb_status, a.tcb_status);
    cr_expect_str_eq(b.peer_spki, a.peer_spki);
    cr_expect_str_eq(b.peer, a.peer);
}

Test(proxy_token, of_the_longest_texts_fits)
{
    struct px_token_ask a = good(), b;

    memset(a.service, 's', sizeof a.service - 1);
    memset(a.tee, 't', sizeof a.tee - 1);
    memset(a.measurement, 'a', sizeof a.measurement - 1);
    memset(a.tcb_status, 'u', sizeof a.tcb_status - 1);
    memset(a.peer, 'p', sizeof a.peer - 1);
    cr_assert(parse(&a, &b));
    cr_expect_str_eq(b.service, a.service);
}

static void spoil(struct px_token_ask *a, size_t i)
{
    switch (i) {
    case 0:
        a->level = RATLS_LEVEL_NONE;
        return;
    case 1:
        a->level = (enum ratls_level)9;
        return;
    case 2:
        a->expires = -1;
        return;
    case 3:
        a->service[0] = 0;
        return;
    case 4:
        a->service[0] = '\n';
        return;
    case 5:
        a->tee[0] = 'T';
        return;
    case 6:
        a->tee[0] = 0;
        return;
    case 7:
        a->measurement[0] = 'g';
        return;
    case 8:
        a->tcb_status[0] = '\x7f';
        return;
    case 9:
        a->peer_spki[63] = 0;
        return;
    case 10:
        a->peer_spki[0] = 'A';
        return;
    default:
        a->peer[0] = '\x1b';
        return;
    }
}

Test(proxy_token, refuses_fields_out_of_range)
{
    for (size_t i = 0; i < 12; i++) {
        struct px_token_ask a = good(), b;
        spoil(&a, i);
        cr_expect_not(parse(&a, &b), "case %zu", i);
    }
}

Test(proxy_token, refuses_any_other_length)
{
    struct px_token_ask a = good(), b;
    struct px_message *m = px_token_ask_message(&a);
    struct ratls_bytes whole = ratls_bytes(&m->bytes[PX_MSG_HEADER], m->len - PX_MSG_HEADER);
    uint8_t longer[1024] = {0};

    for (size_t len = 0; len < whole.len; len++)
        cr_expect_not(px_token_ask_parse(ratls_bytes(whole.p, len), &b), "%zu bytes", len);
    memcpy(longer, whole.p, whole.len);
    cr_expect_not(px_token_ask_parse(ratls_bytes(longer, whole.len + 1), &b));
    longer[9] = 2; /* simulated is neither yes nor no */
    cr_expect_not(px_token_ask_parse(ratls_bytes(longer, whole.len), &b));
    longer[9] = 0;
    cr_expect(px_token_ask_parse(ratls_bytes(longer, whole.len), &b));
    longer[18] = 255; /* a text longer than what is there */
    cr_expect_not(px_token_ask_parse(ratls_bytes(longer, whole.len), &b));
    px_message_free(m);
}

/* The message is made by hand: the writer knows no such texts. */
static bool takes_text_of(size_t at, size_t len)
{
    struct px_token_ask b;
    static const char *const texts[] = {"web", "tdx", "", "", SPKI, ""};
    uint8_t payload[1024] = {0};
    size_t n = 18;

    payload[8] = RATLS_LEVEL_SESSION;
    payload[17] = 1; /* expires */
    for (size_t i = 0; i < COUNT(texts); i++) {
        const size_t is = i == at ? len : strlen(texts[i]);
        payload[n++] = (uint8_t)is;
        memset(&payload[n], 'a', is);
        n += is;
    }
    return px_token_ask_parse(ratls_bytes(payload, n), &b);
}

Test(proxy_token, refuses_texts_too_long)
{
    static const size_t most[] = {255, 31, 128, 63, 64, 95};

    for (size_t i = 0; i < COUNT(most); i++) {
        cr_expect(takes_text_of(i, most[i]), "%zu", i);
        if (most[i] < 255)
            cr_expect_not(takes_text_of(i, most[i] + 1), "%zu", i);
    }
}

static bool answer_parses(struct px_token_answer a, struct px_token_answer *out)
{
    struct px_message *m = px_token_message(&a);
    bool parsed =
        px_token_parse(ratls_bytes(&m->bytes[PX_MSG_HEADER], m->len - PX_MSG_HEADER), out);

    px_message_free(m);
    return parsed;
}

Test(proxy_token, comes_back_or_a_reason_does)
{
    struct px_token_answer a = {.id = 5, .expires = 9, .token = ratls_bytes_str("t")}, b;

    cr_assert(answer_parses(a, &b));
    cr_expect(b.id == 5 && b.expires == 9 && b.e == RATLS_OK && b.token.len == 1);
    a.e = RATLS_E_STATE;
    cr_expect_not(answer_parses(a, &b));
    a.token = ratls_bytes(NULL, 0);
    cr_expect(answer_parses(a, &b));
    a.e = RATLS_OK;
    cr_expect_not(answer_parses(a, &b));
    a.e = RATLS_ERR_COUNT;
    cr_expect_not(answer_parses(a, &b));
}
