/* proxy_authority_support.h - the authority process from the inside: a peer, its line, and what is
 * asked and answered over a socket. */
#ifndef PROXY_AUTHORITY_SUPPORT_H
#define PROXY_AUTHORITY_SUPPORT_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "authority.h"
#include "base64url.h"
#include "bundle_key.h"
#include "crypto.h"
#include "exchange.h"
#include "token_mint.h"
#include "token_keys.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define NOW      INT64_C(1800000000)
#define CHANNEL  "subject_token_type=" PX_TYPE_CHANNEL
#define GOOD     "grant_type=" PX_GRANT_EXCHANGE "&" CHANNEL

static struct ratls_env env;
static int64_t now_s, now_ms;
static struct px_config config;
static struct px_token_keys *keys;
static struct px_authority a;
static struct px_subject subject;
static struct rt_key *peer_key;
static struct ratls_claims *claims;
static char path[64], line[PX_SUBJECT_LINE + 1], answer[20000];

static inline int64_t wall(void *arg)
{
    (void)arg;
    return now_s;
}

static inline int64_t monotonic(void *arg)
{
    (void)arg;
    return now_ms;
}

static inline enum ratls_err read_key(void *arg, const char *file, size_t max,
                                      struct ratls_buffer *out)
{
    (void)arg;
    if (strcmp(file, "/jwks") == 0 || (strcmp(file, "/long") == 0 && max > PX_MAX_JWKS))
        return ratls_jwks((const struct ratls_jwt_key *const *)&a.grants->list[0].keys[0], 1, out);
    if (strcmp(file, "/key") != 0)
        return RATLS_E_IO;
    *out = (struct ratls_buffer){.p = (uint8_t *)strdup(BUNDLE_PRIVATE_KEY),
                                 .len = strlen(BUNDLE_PRIVATE_KEY)};
    return RATLS_OK;
}

static inline void describe(void)
{
    char *text = px_subject_line(a.secret, &subject);

    cr_assert_not_null(text);
    (void)snprintf(line, sizeof line, "%s", text);
    px_subject_line_free(text);
}

static inline void make_subject(void)
{
    const struct ratls_bytes spki = rt_key_spki(peer_key);

    subject = (struct px_subject){.attested = true,
                                  .service = "t",
                                  .peer = "192.0.2.7:4000",
                                  .policy = "file:p.json",
                                  .tee = "tdx",
                                  .measurement = "c0de",
                                  .level = RATLS_LEVEL_SESSION,
                                  .expires = NOW + 1000,
                                  .vector = {2, 2, 3, 0, 2},
                                  .spki = spki};
    cr_assert_eq(rt_sha256(spki, subject.spki_sha256), RATLS_OK);
    memcpy(subject.asker, subject.spki_sha256, sizeof subject.asker);
    describe();
}

/* What the master says, as it says it. */
static inline bool hand_over(void)
{
    struct px_message *m = px_token_keys_grant(keys, &config.services[0], 0);
    bool good = false;

    cr_assert(m && !m->bad && m->len == m->cap);
    px_grants_free(a.grants);
    a.grants = calloc(1, sizeof *a.grants);
    good = px_grants_add(a.grants, &env,
                         ratls_bytes(&m->bytes[PX_MSG_HEADER], m->len - PX_MSG_HEADER));
    px_message_free(m);
    return good;
}

static inline void listen_there(void)
{
    static const struct px_web_limits limits = {
        .connections = 128, .idle_s = 5, .life_s = 10, .headers = 65536, .body = 4096};
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    (void)snprintf(path, sizeof path, "/tmp/ratls-authority.%d", getpid());
    (void)snprintf(at.sun_path, sizeof at.sun_path, "%s", path);
    (void)unlink(path);
    cr_assert(fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0 && listen(fd, 128) == 0);
    a.web = px_web_new(a.base, fd, &limits, px_authority_answer, &a);
    cr_assert_not_null(a.web);
}

static inline void setup(void)
{
    static char name[] = "t", issuer[] = "https://as.example", one[] = "one", two[] = "two",
                file[] = "/key", conf[] = "f.conf";

    env = *ratls_env_system();
    env.now = wall;
    env.monotonic_ms = monotonic;
    env.read_file = read_key;
    now_s = NOW;
    now_ms = 1000;
    config = (struct px_config){.n_services = 1};
    config.services[0] = (struct px_service){.name = name,
                                             .file = conf,
                                             .line = 7,
                                             .purpose = PX_TOKENS,
                                             .token_issuer = issuer,
                                             .token_audience = {one, two},
                                             .token_key = {file},
                                             .token_lifetime_s = 300};
    cr_assert_eq(px_token_keys_new(&env, &config, &keys, NULL), RATLS_OK);
    a = (struct px_authority){.env = &env, .secret = {1, 2, 3}, .log = {.fd = -1}};
    a.log.sink = PX_SINK_NONE;
    a.base = event_base_new();
    a.nonces = px_nonces_new(&env);
    a.open_nonces = px_nonces_new(&env);
    a.rates = px_rates_new(&env);
    a.open_rates = px_rates_new(&env);
    cr_assert(hand_over());
    cr_assert_eq(rt_key_generate(&env, RT_P256, &peer_key), RATLS_OK);
    make_subject();
    listen_there();
}

static inline void teardown(void)
{
    cr_expect(px_custodies_end(&a.custodies, 30000));
    px_web_free(a.web);
    event_base_free(a.base);
    px_grants_free(a.grants);
    px_nonces_free(a.nonces);
    px_nonces_free(a.open_nonces);
    px_rates_free(a.rates);
    px_rates_free(a.open_rates);
    px_token_keys_free(keys);
    rt_key_free(peer_key);
    ratls_claims_free(claims);
    (void)unlink(path);
}

/* ---- asking ---- */

static inline int status_of(void)
{
    int status = 0;

    cr_assert_eq(sscanf(answer, "HTTP/1.1 %d", &status), 1, "%s", answer);
    return status;
}

static inline int connect_there(void)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)snprintf(at.sun_path, sizeof at.sun_path, "%s", path);
    cr_assert(connect(fd, (struct sockaddr *)&at, sizeof at) == 0);
    return fd;
}

/* Up to the end of the connection. */
static inline int read_answer(int fd)
{
    size_t got = 0;
    ssize_t n = -1;

    while (n != 0) {
        (void)event_base_loop(a.base, EVLOOP_NONBLOCK);
        n = recv(fd, &answer[got], sizeof answer - 1 - got, MSG_DONTWAIT);
        got += n > 0 ? (size_t)n : 0;
    }
    answer[got] = 0;
    (void)close(fd);
    return status_of();
}

/* The status of the answer to these bytes. */
static inline int ask_raw(const char *request)
{
    const size_t len = strlen(request);
    int fd = connect_there();

    cr_assert_eq(write(fd, request, len), (ssize_t)len);
    return read_answer(fd);
}

static inline int ask_with(const char *method, const char *target, const char *fields,
                           const char *body)
{
    static char request[3 * PX_SUBJECT_LINE];

    (void)snprintf(
        request, sizeof request,
        "%s %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n%sContent-Length: %zu\r\n\r\n%s", method,
        target, fields, strlen(body), body);
    return ask_raw(request);
}

static inline int ask(const char *method, const char *target, const char *body)
{
    static char fields[PX_SUBJECT_LINE + 256];

    (void)snprintf(fields, sizeof fields,
                   PX_SUBJECT_FIELD ": %s\r\nContent-Type: application/x-www-form-urlencoded\r\n",
                   line);
    return ask_with(method, target, fields, body);
}

static inline const char *body_of(void)
{
    const char *end = strstr(answer, "\r\n\r\n");

    cr_assert_not_null(end);
    return &end[4];
}

static inline void expect_text(const char *member, const char *expected)
{
    cJSON *json = cJSON_Parse(body_of());
    const char *found = cJSON_GetStringValue(cJSON_GetObjectItem(json, member));

    cr_assert_not_null(found, "%s", answer);
    cr_expect_str_eq(found, expected);
    cJSON_Delete(json);
}

static inline const char *new_nonce(void)
{
    static char nonce[PX_NONCE_TEXT + 1];

    const struct px_nonce_owner owner = {"t", subject.attested ? subject.asker : NULL};

    cr_assert(px_nonce_make(subject.attested ? a.nonces : a.open_nonces, &owner, nonce));
    return nonce;
}

#endif
