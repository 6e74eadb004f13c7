/* The authority process from the inside: what it answers to whom, and the token it makes. */
#include <pthread.h>
#include <signal.h>

#include "proxy_authority_support.h"

TestSuite(proxy_authority, .init = setup, .fini = teardown, .timeout = 60);

/* ---- who asks (T171) ---- */

Test(proxy_authority, who_knows_the_secret_is_answered)
{
    cr_expect_eq(ask("GET", "/jwks", ""), 200);
    cr_expect_not_null(strstr(answer, "application/jwk-set+json"));
    cr_expect_eq(ask("POST", "/token", GOOD "&audience=one"), 200);
    cr_expect_not_null(strstr(answer, "Cache-Control: no-store"));
}

Test(proxy_authority, nobody_else_is)
{
    static char fields[2 * PX_SUBJECT_LINE + 64];

    cr_expect_eq(ask_with("GET", "/jwks", "", ""), 403, "no line");
    (void)snprintf(fields, sizeof fields, "ratls-peer: %s\r\nRatls-Peer: %s\r\n", line, line);
    cr_expect_eq(ask_with("GET", "/jwks", fields, ""), 403, "two of them");
    line[0] = line[0] == '0' ? '1' : '0';
    cr_expect_eq(ask("GET", "/jwks", ""), 403, "another secret");
    describe();
    line[strlen(line) - 1] = 0;
    cr_expect_eq(ask("GET", "/jwks", ""), 403, "a part of a line");
}

/* In a process of another user, who got the socket and even the secret. */
static int ask_as_nobody(const char *request)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    char found[13] = "";

    (void)snprintf(at.sun_path, sizeof at.sun_path, "%s", path);
    if (setuid(65534) || connect(fd, (struct sockaddr *)&at, sizeof at) ||
        write(fd, request, strlen(request)) < 0 || read(fd, found, 12) != 12)
        return 0;
    return atoi(&found[9]) / 100;
}

Test(proxy_authority, no_other_user_is_either)
{
    static char request[2 * PX_SUBJECT_LINE];
    int status = 0;
    pid_t pid = -1;

    if (geteuid() != 0)
        cr_skip_test("not root");
    cr_assert(chmod(path, 0666) == 0);
    (void)snprintf(request, sizeof request,
                   "GET /jwks HTTP/1.1\r\nHost: a\r\nRatls-Peer: %s\r\n\r\n", line);
    if ((pid = fork()) == 0)
        _exit(ask_as_nobody(request));
    while (waitpid(pid, &status, WNOHANG) == 0)
        (void)event_base_loop(a.base, EVLOOP_NONBLOCK);
    cr_expect_eq(WEXITSTATUS(status), 4);
    cr_expect_eq(ask("GET", "/jwks", ""), 200);
}

Test(proxy_authority, a_verdict_that_is_over_counts_no_more)
{
    now_s = NOW + 999;
    cr_expect_eq(ask("GET", "/jwks", ""), 200);
    now_s = NOW + 1000;
    cr_expect_eq(ask("GET", "/jwks", ""), 403);
    cr_expect_eq(ask("POST", "/token", GOOD "&audience=one"), 403);
}

Test(proxy_authority, a_service_that_is_not_there_answers_nothing)
{
    (void)snprintf(subject.service, sizeof subject.service, "other");
    describe();
    cr_expect_eq(ask("GET", "/jwks", ""), 503);
}

Test(proxy_authority, the_owner_of_a_key_asks_so_often_and_no_more)
{
    int status = 200;

    for (int i = 0; i < PX_RATE_BURST; i++)
        cr_assert_eq(ask("GET", "/jwks", ""), 200, "%d", i);
    status = ask("GET", "/jwks", "");
    cr_expect_eq(status, 429);
    cr_expect_not_null(strstr(answer, "Retry-After: 1"));
    cr_expect_eq(ask("POST", "/token", GOOD "&audience=one"), 429);
    expect_text("error", "temporarily_unavailable");
    now_ms += 1000;
    for (int i = 0; i < PX_RATE_SECOND; i++)
        cr_assert_eq(ask("GET", "/jwks", ""), 200, "%d", i);
    cr_expect_eq(ask("GET", "/jwks", ""), 429);
    now_ms += 3600 * 1000;
    for (int i = 0; i < PX_RATE_BURST; i++)
        cr_assert_eq(ask("GET", "/jwks", ""), 200, "%d", i);
    cr_expect_eq(ask("GET", "/jwks", ""), 429, "no more than a burst is saved");
}

/* ---- what is asked ---- */

Test(proxy_authority, paths_have_one_method_and_no_query)
{
    static const struct {
        const char *method, *target;
        int status;
    } rows[] = {
        {"GET", "/token", 405},
        {"GET", "/nonce", 405},
        {"POST", "/jwks", 405},
        {"HEAD", "/jwks", 405},
        {"PUT", "/token", 405},
        {"DELETE", "/token", 405},
        {"OPTIONS", "/token", 405},
        {"GET", "/", 404},
        {"GET", "/jwks/", 404},
        {"GET", "//jwks", 404},
        {"GET", "/jwks?a=b", 400},
        {"POST", "/token?a=b", 400},
        {"GET", "/secrets/a", 404},
        {"POST", "/nonce", 200},
        {"GET", "/.well-known/oauth-authorization-server", 200},
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        cr_expect_eq(ask(rows[i].method, rows[i].target, ""), rows[i].status, "%s %s: %s",
                     rows[i].method, rows[i].target, answer);
}

Test(proxy_authority, a_form_says_that_it_is_one)
{
    static char fields[PX_SUBJECT_LINE + 256];
    static const struct {
        const char *type;
        int status;
    } rows[] = {
        {"Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n", 200},
        {"Content-Type: APPLICATION/x-www-form-urlencoded\r\n", 200},
        {"Content-Type: application/x-www-form-urlencodedx\r\n", 400},
        {"Content-Type: application/json\r\n", 400},
        {"", 400},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        (void)snprintf(fields, sizeof fields, PX_SUBJECT_FIELD ": %s\r\n%s", line, rows[i].type);
        cr_expect_eq(ask_with("POST", "/token", fields, GOOD "&audience=one"), rows[i].status, "%s",
                     rows[i].type);
    }
}

Test(proxy_authority, credentials_of_another_kind_are_refused)
{
    static char fields[PX_SUBJECT_LINE + 256];

    (void)snprintf(fields, sizeof fields, PX_SUBJECT_FIELD ": %s\r\nAuthorization: Basic eA==\r\n",
                   line);
    cr_expect_eq(ask_with("POST", "/token", fields, GOOD "&audience=one"), 401);
    cr_expect_not_null(strstr(answer, "WWW-Authenticate: "), "RFC 6749 s.5.2");
    expect_text("error", "invalid_client");
}

Test(proxy_authority, errors_are_those_of_the_standard)
{
    cr_expect_eq(ask("POST", "/token", GOOD "&audience=three"), 400);
    expect_text("error", "invalid_target");
    cr_expect_not_null(strstr(answer, "Cache-Control: no-store"));
    cr_expect_eq(ask("POST", "/token", "&"), 400);
    expect_text("error", "invalid_request");
    cr_expect_eq(ask("POST", "/token", GOOD "&audience=one&nonce=x"), 400);
    expect_text("error_description", "the nonce is none of this peer");
}

/* ---- the token ---- */

static cJSON *payload_of(const char *token)
{
    const char *dot = strchr(token, '.');
    static uint8_t bytes[RATLS_TOKEN_MAX];
    size_t len = sizeof bytes - 1;

    cr_assert(dot && rt_unbase64url(&dot[1], strcspn(&dot[1], "."), bytes, &len));
    bytes[len] = 0;
    return cJSON_Parse((const char *)bytes);
}

static cJSON *minted(const struct px_mint *what, int64_t lifetime_s)
{
    struct ratls_error err = {0};
    struct px_minted m;

    cr_assert_eq(px_mint(&env, what, &m, &err), RATLS_OK, "%s", err.detail);
    cr_expect_eq(m.lifetime_s, lifetime_s);
    cJSON *json = payload_of((const char *)m.token.p);
    cr_expect_str_eq(cJSON_GetStringValue(cJSON_GetObjectItem(json, "jti")), m.jti);
    ratls_buffer_free(&m.token);
    return json;
}

static const cJSON *of_tee(const cJSON *json, const char *member)
{
    return cJSON_GetObjectItem(cJSON_GetObjectItem(cJSON_GetObjectItem(json, "submods"), "tdx"),
                               member);
}

static double number(const cJSON *json, const char *member)
{
    return cJSON_GetObjectItem(json, member)->valuedouble;
}

Test(proxy_authority, a_token_is_about_the_key_of_its_peer)
{
    const struct px_mint what = {.grant = a.grants->list, .subject = &subject, .target = "one"};
    char jkt[RATLS_JWK_THUMB_LEN + 1];
    cJSON *json = minted(&what, 300);

    cr_assert_eq(ratls_jwk_thumbprint(subject.spki, jkt, NULL), RATLS_OK);
    cr_expect_str_eq(
        cJSON_GetStringValue(cJSON_GetObjectItem(cJSON_GetObjectItem(json, "cnf"), "jkt")), jkt);
    cr_expect_str_eq(cJSON_GetStringValue(of_tee(json, "ear_status")), "affirming");
    cr_expect_eq(number(json, "exp"), (double)NOW + 300);
    cr_expect_null(of_tee(json, "ratls.claims"));
    cJSON_Delete(json);
}

Test(proxy_authority, a_token_does_not_outlive_the_verdict)
{
    const struct px_mint what = {.grant = a.grants->list, .subject = &subject, .target = "one"};
    struct px_minted m;
    cJSON *json = NULL;

    now_s = NOW + 990;
    json = minted(&what, 10);
    cr_expect_eq(number(json, "exp"), (double)NOW + 1000);
    cJSON_Delete(json);
    now_s = NOW + 1000;
    cr_expect_eq(px_mint(&env, &what, &m, NULL), RATLS_E_IDENTITY_EXPIRED);
    cr_expect_null(m.token.p);
}

Test(proxy_authority, a_simulated_tee_is_never_affirming)
{
    const struct px_mint what = {.grant = a.grants->list, .subject = &subject, .target = "one"};

    subject.simulated = true;
    cJSON *json = minted(&what, 300);
    cr_expect_str_eq(cJSON_GetStringValue(of_tee(json, "ear_status")), "none");
    cJSON_Delete(json);
}

/* A worker that mixes up two peers gives nobody the token of the other. */
Test(proxy_authority, a_key_that_the_evidence_does_not_name_gets_no_token)
{
    subject.spki_sha256[0] ^= 1;
    describe();
    cr_expect_eq(ask("POST", "/token", GOOD "&audience=one"), 500);
    expect_text("error", "server_error");
}

Test(proxy_authority, raw_claims_are_told_where_they_are_wanted)
{
    claims = ratls_claims_new();
    ratls_claims_set_text(claims, "tdx.mr_td", "c0de");
    subject.claims = claims;
    config.services[0].token_claims = PX_CLAIMS_RAW;
    cr_assert(hand_over());
    const struct px_mint what = {.grant = a.grants->list, .subject = &subject, .target = "one"};
    cJSON *json = minted(&what, 300);
    cr_expect_str_eq(
        cJSON_GetStringValue(cJSON_GetObjectItem(of_tee(json, "ratls.claims"), "tdx.mr_td")),
        "c0de");
    cJSON_Delete(json);
}

/* ---- results of others ---- */

#define RESULT "grant_type=" PX_GRANT_EXCHANGE "&subject_token_type=" PX_TYPE_JWT "&audience=one"

static void trust(const char *whom)
{
    static char value[32];

    (void)snprintf(value, sizeof value, "%s", whom);
    config.services[0].token_trusts[0] = value;
    px_token_keys_free(keys);
    cr_assert_eq(px_token_keys_new(&env, &config, &keys, NULL), RATLS_OK);
    cr_assert(hand_over());
}

/* Of an issuer with our key; new. */
static struct ratls_buffer result_with(const char *nonce)
{
    char payload[1024], jkt[RATLS_JWK_THUMB_LEN + 1];
    struct ratls_buffer out = {0};

    cr_assert_eq(ratls_jwk_thumbprint(subject.spki, jkt, NULL), RATLS_OK);
    (void)snprintf(payload, sizeof payload,
                   "{\"iss\":\"first\",\"aud\":\"https://as.example\",\"iat\":1800000000,"
                   "\"nbf\":1800000000,\"exp\":1800000200,\"eat_nonce\":\"%s\","
                   "\"cnf\":{\"jkt\":\"%s\"},\"eat_profile\":\"tag:ietf.org,2026:rats/ear#03\","
                   "\"ear_verifier_id\":{\"developer\":\"d\",\"build\":\"b\"},"
                   "\"submods\":{\"tdx\":{\"ear_status\":\"none\"}}}",
                   nonce, jkt);
    cr_assert_eq(ratls_jwt_sign_json(a.grants->list[0].keys[0], RATLS_EAR_TYP,
                                     ratls_bytes_str(payload), &out),
                 RATLS_OK);
    return out;
}

static int exchange_result(const char *inside, const char *beside)
{
    static char body[4096];
    struct ratls_buffer result = result_with(inside);

    (void)snprintf(body, sizeof body, RESULT "&subject_token=%s&nonce=%s", (char *)result.p,
                   beside);
    ratls_buffer_free(&result);
    return ask("POST", "/token", body);
}

Test(proxy_authority, a_result_is_exchanged_where_its_issuer_is_believed)
{
    cr_expect_eq(exchange_result("n", "n"), 400);
    expect_text("error_description", "no such subject_token_type");
    cr_expect_eq(ask("GET", "/.well-known/oauth-authorization-server", ""), 200);
    cr_expect_null(strstr(answer, PX_TYPE_JWT));
    trust("first /jwks");
    const char *nonce = new_nonce();
    cr_expect_eq(exchange_result(nonce, nonce), 200, "%s", answer);
    expect_text("issued_token_type", PX_TYPE_JWT);
    cr_expect_eq(ask("GET", "/.well-known/oauth-authorization-server", ""), 200);
    cr_expect_not_null(strstr(answer, "\"" PX_TYPE_CHANNEL "\",\"" PX_TYPE_JWT "\""));
}

/* T49, T116: a nonce is gone after one try, good or bad. */
Test(proxy_authority, a_result_is_taken_once)
{
    char nonce[PX_NONCE_TEXT + 1];

    trust("first /jwks");
    (void)snprintf(nonce, sizeof nonce, "%s", new_nonce());
    cr_expect_eq(exchange_result(nonce, nonce), 200, "%s", answer);
    cr_expect_eq(exchange_result(nonce, nonce), 400);
    expect_text("error_description", "the nonce was used");
    cr_expect_eq(exchange_result(nonce, new_nonce()), 400, "an old result with a new nonce");
    expect_text("error", "invalid_request");
    (void)snprintf(nonce, sizeof nonce, "%s", new_nonce());
    cr_expect_eq(exchange_result("AAAAAAAAAAA", nonce), 400);
    expect_text("error", "invalid_request");
    cr_expect_eq(exchange_result(nonce, nonce), 400);
    expect_text("error_description", "the nonce was used");
}

Test(proxy_authority, a_bad_result_is_an_invalid_request)
{
    trust("other /jwks");
    const char *nonce = new_nonce();
    cr_expect_eq(exchange_result(nonce, nonce), 400);
    expect_text("error", "invalid_request");
    expect_text("error_description", ratls_err_text(RATLS_E_TOKEN_ISSUER));
    cr_expect_null(strstr(body_of(), "first"), "nothing of the token comes back");
}

Test(proxy_authority, issuers_are_proven_by_the_master)
{
    static char none[] = "first /none", longer[] = "first /long", wrong[] = "first /key",
                good[] = "first /jwks";
    static const char *const due[] = {
        "f.conf:7: token-trusts: /none cannot be read",
        "f.conf:7: token-trusts: /long cannot be read",
        "f.conf:7: token-trusts: /key: ", "f.conf:7: token-trusts: /jwks: "};
    char *const values[] = {none, longer, wrong, good};
    struct px_token_keys *bad = NULL;

    for (size_t i = 0; i < COUNT(values); i++) {
        struct ratls_error err = {0};
        config.services[0].token_trusts[0] = values[i];
        config.services[0].token_trusts[1] = i == 3 ? good : NULL;
        cr_expect_eq(px_token_keys_new(&env, &config, &bad, &err), RATLS_E_CONFIG);
        cr_expect_eq(strncmp(err.detail, due[i], strlen(due[i])), 0, "%s", err.detail);
        cr_expect_null(bad);
    }
}

/* ---- secrets ---- */

static pthread_mutex_t store = PTHREAD_MUTEX_INITIALIZER; /* locked: it hangs */
static enum ratls_err due;
static int64_t asked_version;
static char asked_name[64];

static enum ratls_err release(struct ratls_custody *c, const struct ratls_secret_request *request,
                              struct ratls_secret_value **out, int64_t *version,
                              struct ratls_error *err)
{
    (void)c;
    (void)pthread_mutex_lock(&store);
    (void)pthread_mutex_unlock(&store);
    *out = NULL;
    *version = 3;
    asked_version = request->version;
    (void)snprintf(asked_name, sizeof asked_name, "%s", request->name);
    cr_expect(request->peer->verdict == RATLS_OK && request->peer->expires == NOW + 1000);
    cr_expect_eq(request->peer->level, RATLS_LEVEL_SESSION);
    cr_expect_str_eq(request->peer->tee, "tdx");
    return due ? ratls_fail(err, due, "the inside") : RATLS_OK;
}

static struct ratls_bytes bytes(const struct ratls_secret_value *v)
{
    (void)v;
    return ratls_bytes_str("value");
}

static void drop(struct ratls_secret_value *v)
{
    (void)v;
}

static void keep_secrets(void)
{
    a.custodies = (struct px_custodies){.env = &env, .n = 1};
    a.custodies.library.release = release;
    a.custodies.library.bytes = bytes;
    a.custodies.library.value_free = drop;
    a.custodies.library.jwe = ratls_secret_jwe;
    a.custodies.list[0].service = (char *)"s";
    cr_assert(px_custodies_start(&a.custodies, a.base, &px_release_ops, &a));
    (void)snprintf(subject.service, sizeof subject.service, "s");
    describe();
    due = RATLS_OK;
}

Test(proxy_authority, a_secret_is_asked_for_by_name_and_version)
{
    static const struct {
        const char *target;
        int status;
        int64_t version;
    } rows[] = {
        {"/secrets/db", 200, 0},
        {"/secrets/db?version=12", 200, 12},
        {"/secrets/db?version=", 400, -1},
        {"/secrets/db?version=01", 400, -1},
        {"/secrets/db?version=0", 400, -1},
        {"/secrets/db?version=1x", 400, -1},
        {"/secrets/db?version=-1", 400, -1},
        {"/secrets/db?version=1234567890", 400, -1},
        {"/secrets/db?Version=1", 400, -1},
        {"/secrets/db?version=1&a=b", 400, -1},
        {"/jwks", 404, -1},
        {"/secrets", 404, -1},
        {"/token", 404, -1},
    };

    keep_secrets();
    for (size_t i = 0; i < COUNT(rows); i++) {
        asked_version = -1;
        cr_expect_eq(ask("GET", rows[i].target, ""), rows[i].status, "%s", rows[i].target);
        cr_expect_eq(asked_version, rows[i].version, "%s", rows[i].target);
        if (rows[i].status == 200)
            cr_expect(strcmp(body_of(), "value") == 0 && strcmp(asked_name, "db") == 0);
    }
    cr_expect_eq(ask("POST", "/secrets/db", ""), 405);
    cr_expect_eq(ask("HEAD", "/secrets/db", ""), 405);
}

Test(proxy_authority, a_refusal_says_no_more_than_its_status)
{
    static const struct {
        enum ratls_err e;
        int status;
    } rows[] = {
        {RATLS_E_LIMIT, 429},
        {RATLS_E_NOT_FOUND, 404},
        {RATLS_E_USAGE, 404},
        {RATLS_E_POLICY_CHANGED, 403},
        {RATLS_E_NO_POLICY, 403},
        {RATLS_E_BINDING_LEVEL, 403},
        {RATLS_E_IDENTITY_EXPIRED, 403},
        {RATLS_E_TEE_NOT_ALLOWED, 403},
        {RATLS_E_KEK, 500},
        {RATLS_E_KEK_MISMATCH, 500},
        {RATLS_E_SECRET_TAMPERED, 500},
        {RATLS_E_NO_MEMORY, 500},
        {RATLS_E_STORE, 503},
        {RATLS_E_STORE_TAMPERED, 503},
        {RATLS_E_TIMEOUT, 503},
    };

    keep_secrets();
    for (size_t i = 0; i < COUNT(rows); i++) {
        due = rows[i].e;
        cr_expect_eq(ask("GET", "/secrets/db", ""), rows[i].status, "%s",
                     ratls_err_reason(rows[i].e));
        cr_expect_null(strstr(answer, "inside"));
        cr_expect_null(strstr(answer, "value"));
    }
}

Test(proxy_authority, a_secret_has_two_forms)
{
    static char fields[PX_SUBJECT_LINE + 256];
    static const struct {
        const char *accept;
        int status;
        const char *type;
    } rows[] = {
        {"Accept: */*\r\n", 200, "application/octet-stream"},
        {"Accept: application/octet-stream\r\n", 200, "application/octet-stream"},
        {"Accept: application/jose\r\n", 200, "application/jose"},
        {"Accept: application/jose, */*\r\n", 406, "application/problem+json"},
        {"Accept: text/html\r\n", 406, "application/problem+json"},
    };

    keep_secrets();
    for (size_t i = 0; i < COUNT(rows); i++) {
        (void)snprintf(fields, sizeof fields, PX_SUBJECT_FIELD ": %s\r\n%s", line, rows[i].accept);
        cr_expect_eq(ask_with("GET", "/secrets/db", fields, ""), rows[i].status, "%s",
                     rows[i].accept);
        cr_expect_not_null(strstr(answer, rows[i].type), "%s", rows[i].accept);
        cr_expect_eq(strstr(body_of(), "value") != NULL, i < 2);
    }
}

/* A connection that has asked, and waits. */
static int ask_only(const char *target)
{
    static char request[PX_SUBJECT_LINE + 256];
    int fd = connect_there();
    const size_t n = (size_t)snprintf(
        request, sizeof request,
        "GET %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" PX_SUBJECT_FIELD ": %s\r\n\r\n",
        target, line);

    cr_assert_eq(write(fd, request, n), (ssize_t)n);
    for (unsigned i = 0; i < 20; i++)
        (void)event_base_loop(a.base, EVLOOP_NONBLOCK);
    return fd;
}

/* T173: whoever waits for a store waits alone. */
Test(proxy_authority, a_store_that_hangs_holds_up_its_own_requests_alone)
{
    int waiting[1 + PX_CUSTODY_QUEUE];

    keep_secrets();
    cr_assert_eq(pthread_mutex_lock(&store), 0);
    waiting[0] = ask_only("/secrets/db");
    while (px_jobs_idle(a.custodies.list[0].jobs))
        (void)event_base_loop(a.base, EVLOOP_NONBLOCK);
    for (size_t i = 1; i < COUNT(waiting); i++) {
        if (i % PX_RATE_BURST == 0) {
            subject.asker[0]++; /* another peer */
            describe();
        }
        waiting[i] = ask_only("/secrets/db");
    }
    cr_expect_eq(ask("GET", "/secrets/db", ""), 503, "the queue is full");
    cr_expect_not_null(strstr(answer, "Retry-After: 1\r\n"));
    cr_expect_not_null(strstr(answer, "application/problem+json"));
    (void)snprintf(subject.service, sizeof subject.service, "t");
    describe();
    cr_expect_eq(ask("GET", "/jwks", ""), 200, "others are answered");
    now_ms += PX_CUSTODY_WAIT_MS + 1;
    cr_assert_eq(pthread_mutex_unlock(&store), 0);
    cr_expect_eq(read_answer(waiting[0]), 200);
    for (size_t i = 1; i < COUNT(waiting); i++)
        cr_expect_eq(read_answer(waiting[i]), 503, "it waited for too long");
}

Test(proxy_authority, who_leaves_meanwhile_is_forgotten)
{
    keep_secrets();
    (void)signal(SIGPIPE, SIG_IGN); /* px_web_process() */
    cr_assert_eq(pthread_mutex_lock(&store), 0);
    (void)close(ask_only("/secrets/db"));
    const int fd = ask_only("/secrets/db");
    cr_assert_eq(pthread_mutex_unlock(&store), 0);
    cr_expect_eq(read_answer(fd), 200);
}

Test(proxy_authority, the_end_waits_for_a_store_so_long_and_no_longer)
{
    keep_secrets();
    cr_assert_eq(pthread_mutex_lock(&store), 0);
    (void)ask_only("/secrets/db");
    (void)ask_only("/secrets/db");
    while (px_jobs_idle(a.custodies.list[0].jobs))
        (void)event_base_loop(a.base, EVLOOP_NONBLOCK);
    cr_expect_not(px_custodies_end(&a.custodies, 20));
    cr_assert_eq(pthread_mutex_unlock(&store), 0);
}

static bool takes_custody(const char *const *texts, uint8_t n, size_t left_out)
{
    struct px_message *m = px_message_new(PX_MSG_AUTHORITY, 1024);
    struct px_custodies c = {.n = 0};

    px_put_uint(m, 1, 1);
    for (size_t i = 0; i < 3; i++)
        px_put_text(m, texts[i]);
    px_put_uint(m, RATLS_JWE_SM4_GCM, 1);
    px_put_uint(m, n, 1);
    for (size_t i = 0; i < n; i++)
        px_put_text(m, texts[3]);
    cr_assert_not(m->bad);
    struct px_reader r =
        px_reader(ratls_bytes(&m->bytes[PX_MSG_HEADER], m->len - PX_MSG_HEADER - left_out));
    const bool good = px_custodies_read(&c, &r);
    cr_expect(!good || (c.n == 1 && !c.list[0].reads[n] && c.list[0].enc == RATLS_JWE_SM4_GCM));
    px_custodies_close(&c);
    px_message_free(m);
    return good;
}

Test(proxy_authority, what_the_master_says_of_secrets_is_whole)
{
    static const char *const folder[] = {"s", "folder:/a", "file:/k", "/t"},
                             *const database[] = {"s", "postgresql://h/d", "file:/k", "/t"},
                             *const nowhere[] = {"s", "postgresql://h/d?port=1", "file:/k", "/t"};

    cr_expect(takes_custody(folder, 0, 0));
    cr_expect(takes_custody(folder, PX_MAX_NAMES, 0));
    cr_expect_not(takes_custody(folder, PX_MAX_NAMES + 1, 0));
    cr_expect(takes_custody(database, 2, 0));
    cr_expect_not(takes_custody(nowhere, 2, 0));
    for (size_t n = 1; n < 32; n++)
        cr_expect_not(takes_custody(folder, 2, n), "%zu", n);
}

Test(proxy_authority, of_the_sandbox_secrets_need_what_they_name)
{
    static char reads[] = "/t", place[] = "/a";
    struct px_custodies c = {.n = 0};
    struct px_custody_needs needs;

    px_custodies_plan(&c, &needs);
    cr_expect_eq(needs.plan.who, PX_WHO_ANSWERS);
    c.n = 1;
    c.list[0] = (struct px_custody){.folder = place, .reads = {reads, place}};
    px_custodies_plan(&c, &needs);
    cr_expect(needs.plan.who == PX_WHO_KEEPS && !needs.plan.ports);
    cr_expect(needs.plan.folders[0] == place && !needs.plan.folders[1]);
    cr_expect(needs.plan.reads[0] == reads && needs.plan.reads[1] == place && !needs.plan.reads[2]);
    c.n = 3;
    c.list[1] = (struct px_custody){.port = 5432};
    c.list[2] = (struct px_custody){.port = 0}; /* a unix socket */
    px_custodies_plan(&c, &needs);
    cr_expect(needs.plan.who == PX_WHO_KEEPS_AFAR && !needs.plan.folders[1]);
    cr_expect(needs.plan.ports[0] == 53 && needs.plan.ports[1] == 5432 && needs.plan.ports[2] == 0);
}

/* ---- keys ---- */

Test(proxy_authority, keys_are_proven_by_the_master)
{
    static char none[] = "/none", twice[] = "ES256:/key", wrong[] = "ES384:/key";
    struct px_token_keys *bad = NULL;
    struct ratls_error err = {0};

    config.services[0].token_key[1] = none;
    cr_expect_eq(px_token_keys_new(&env, &config, &bad, &err), RATLS_E_CONFIG);
    cr_expect_str_eq(err.detail, "f.conf:7: token-key: /none cannot be read");
    config.services[0].token_key[1] = twice;
    err = (struct ratls_error){0};
    cr_expect_eq(px_token_keys_new(&env, &config, &bad, &err), RATLS_E_CONFIG);
    cr_expect_str_eq(err.detail, "f.conf:7: token-key: a key is there twice");
    config.services[0].token_key[1] = wrong;
    err = (struct ratls_error){0};
    cr_expect_eq(px_token_keys_new(&env, &config, &bad, &err), RATLS_E_CONFIG);
    cr_expect_not_null(strstr(err.detail, "f.conf:7: token-key: /key: "), "%s", err.detail);
    cr_expect_null(bad);
}

static bool takes(const uint8_t *payload, size_t len)
{
    struct px_grants *g = calloc(1, sizeof *g);
    const bool taken = px_grants_add(g, &env, ratls_bytes(payload, len));

    px_grants_free(g);
    return taken;
}

Test(proxy_authority, what_the_master_says_is_whole)
{
    trust("first /jwks");
    struct px_message *m = px_token_keys_grant(keys, &config.services[0], 0);
    const size_t len = m->len - PX_MSG_HEADER;
    uint8_t *payload = calloc(1, len + 1);

    memcpy(payload, &m->bytes[PX_MSG_HEADER], len);
    for (size_t n = 0; n <= len; n++)
        cr_expect_eq(takes(payload, n), n == len, "%zu", n);
    cr_expect_not(takes(payload, len + 1), "a byte more");
    payload[len - 1] = 'x';
    cr_expect_not(takes(payload, len), "no JWK set");
    free(payload);
    px_message_free(m);
}
