/* What a process that fetches a passport may have of its master, and what it may not. It may be in
 * an attacker's hands: here it is this program itself, born again, and does what it is told to. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base.h"
#include "clock.h"
#include "passport_child.h"

#define ISSUER 7
#define MASTER 3
#define SAYS   "RATLS_TEST_SAYS"
#define SPKI   "RATLS_TEST_SPKI"

/* ---- the process ---- */

static void tell(struct px_message *m)
{
    if (!m || write(MASTER, m->bytes, m->len) != (ssize_t)m->len)
        _exit(1);
    px_message_free(m);
}

static void hear(uint8_t *out, size_t n)
{
    for (size_t at = 0; at < n;) {
        const ssize_t got = read(MASTER, out + at, n - at);
        if (got <= 0)
            _exit(1);
        at += (size_t)got;
    }
}

/* The payload of the next message of that type; what comes before is heard and dropped. */
static struct ratls_bytes next(uint8_t type)
{
    static uint8_t payload[256 * 1024];
    uint8_t head[PX_MSG_HEADER];
    size_t len;

    do {
        hear(head, sizeof head);
        len = (size_t)head[1] << 24 | (size_t)head[2] << 16 | (size_t)head[3] << 8 | head[4];
        if (len > sizeof payload)
            _exit(1);
        hear(payload, len);
    } while (head[0] != type);
    return ratls_bytes(payload, len);
}

static void say(unsigned reason, const char *words, size_t len)
{
    struct px_message *m = px_message_new(PX_MSG_FETCHED, 2 + len);

    px_put_uint(m, reason, 2);
    px_put_bytes(m, ratls_bytes(words, len));
    tell(m);
}

/* The answer to a request for a proof becomes the token. */
static void ask(const char *how)
{
    struct px_prove p = {.issuer = ISSUER,
                         .request = {.role = RATLS_CLIENT, .level = RATLS_LEVEL_SESSION}};
    struct px_answer a;

    for (size_t i = 0; i < 32; i++)
        if (sscanf(getenv(SPKI) + 2 * i, "%2hhx", &p.own_spki_sha256[i]) != 1)
            _exit(1);
    if (strcmp(how, "as server") == 0)
        p.request.role = RATLS_SERVER;
    if (strcmp(how, "quote") == 0)
        p.request.level = RATLS_LEVEL_QUOTE;
    if (strcmp(how, "other key") == 0)
        p.own_spki_sha256[31] ^= 1;
    if (strcmp(how, "other issuer") == 0)
        p.issuer++;
    for (int i = 0; i < (strcmp(how, "twice") == 0 ? 2 : 1); i++) {
        tell(px_prove_message(&p));
        if (!px_answer_parse(next(PX_MSG_PROOF), &a))
            _exit(1);
    }
    say(RATLS_OK, ratls_err_reason(a.e), strlen(ratls_err_reason(a.e)));
}

static void act(const char *what)
{
    static char large[PX_MAX_FROM_FETCHER];

    (void)next(PX_MSG_FETCH);
    if (strcmp(what, "nothing") == 0)
        _exit(0);
    else if (strcmp(what, "another type") == 0)
        tell(px_message_new(PX_MSG_READY, 0));
    else if (strcmp(what, "half a request") == 0)
        tell(px_message_new(PX_MSG_PROVE, 4));
    else if (strcmp(what, "no reason") == 0)
        tell(px_message_new(PX_MSG_FETCHED, 0));
    else if (strcmp(what, "a reason that is none") == 0)
        say(RATLS_ERR_COUNT, "", 0);
    else if (strcmp(what, "too much") == 0)
        say(RATLS_OK, large, sizeof large);
    else if (strcmp(what, "a reason") == 0)
        say(RATLS_E_PEER_DENIED, "why", 3);
    else if (strcmp(what, "a reason alone") == 0)
        say(RATLS_E_TIMEOUT, "", 0);
    else
        ask(what);
    (void)pause();
}

__attribute__((constructor)) static void born(void)
{
    char line[256] = "";
    FILE *f = fopen("/proc/self/cmdline", "r");
    const size_t n = f ? fread(line, 1, sizeof line - 1, f) : 0;

    if (f)
        (void)fclose(f);
    if (n > 0 && strcmp(line, "ratls-proxy") == 0) {
        act(getenv(SAYS));
        _exit(1);
    }
}

/* ---- its master ---- */

static struct event_base *base;
static struct ratls_identity *identity;
static struct px_files files;
static struct px_passport_child *child;
static enum ratls_err result;
static char token[64], detail[RATLS_ERROR_DETAIL_MAX];
static unsigned done;

static void on_done(void *arg, enum ratls_err e, struct ratls_bytes words,
                    const struct ratls_error *err)
{
    (void)arg;
    done++;
    result = e;
    (void)snprintf(token, sizeof token, "%.*s", (int)words.len, words.p ? (char *)words.p : "");
    (void)snprintf(detail, sizeof detail, "%s", err->detail);
    px_passport_free(child);
    (void)event_base_loopbreak(base);
}

static void setup(void)
{
    const struct ratls_env *env = ratls_env_system();
    struct ratls_attester *attester = NULL;
    char spki[65] = "";

    base = event_base_new();
    cr_assert_eq(ratls_attester_open(env, "sim-tdx", NULL, &attester, NULL), RATLS_OK);
    const struct ratls_identity_params params = {.media_type = ratls_attester_media_type(attester),
                                                 .keep_for_passport = true};
    cr_assert_eq(ratls_identity_new(env, &params, attester, &identity, NULL), RATLS_OK);
    ratls_attester_close(attester);
    for (size_t i = 0; i < 32; i++)
        (void)snprintf(spki + 2 * i, 3, "%02x", ratls_identity_spki_sha256(identity)[i]);
    cr_assert_eq(setenv(SPKI, spki, 1), 0);
    cr_assert_eq(px_files_add(&files, "f", ratls_bytes_str("x")), RATLS_OK);
}

static void teardown(void)
{
    px_files_clear(&files);
    ratls_identity_unref(identity);
    event_base_free(base);
}

TestSuite(proxy_passport_child, .init = setup, .fini = teardown, .timeout = 60);

static void run(const char *what)
{
    const struct px_passport_plan plan = {.base = base,
                                          .path = "f",
                                          .files = &files,
                                          .trust_files = &files,
                                          .issuer = ISSUER,
                                          .identity = identity};
    struct ratls_error err = {0};

    done = 0;
    cr_assert_eq(setenv(SAYS, what, 1), 0);
    cr_assert_eq(px_passport_start(&plan, on_done, NULL, &child, &err), RATLS_OK, "%s", err.detail);
    (void)event_base_dispatch(base);
    cr_assert_eq(done, 1, "%s", what);
}

Test(proxy_passport_child, has_one_proof_of_its_own_key_as_a_client)
{
    static const char *const refused[] = {"as server", "quote", "other key", "other issuer",
                                          "twice"};

    run("as it should");
    cr_expect_eq(result, RATLS_OK);
    cr_expect_str_eq(token, ratls_err_reason(RATLS_OK));
    for (size_t i = 0; i < RT_COUNT(refused); i++) {
        run(refused[i]);
        cr_expect_eq(result, RATLS_OK);
        cr_expect_str_eq(token, ratls_err_reason(RATLS_E_USAGE), "%s", refused[i]);
    }
}

Test(proxy_passport_child, that_talks_nonsense_has_failed)
{
    static const char *const says[] = {"nothing",   "another type",          "half a request",
                                       "no reason", "a reason that is none", "too much"};

    for (size_t i = 0; i < RT_COUNT(says); i++) {
        run(says[i]);
        cr_expect_eq(result, RATLS_E_FETCH, "%s: %s", says[i], token);
        cr_expect_str_eq(detail, "passport: the process that asks for it says nothing");
    }
}

Test(proxy_passport_child, says_why_there_is_none)
{
    run("a reason");
    cr_expect_eq(result, RATLS_E_PEER_DENIED);
    cr_expect_str_eq(detail, "passport: why");
    cr_expect_str_eq(token, "");
    run("a reason alone");
    cr_expect_eq(result, RATLS_E_TIMEOUT);
    cr_expect(strlen(detail) > strlen("passport: "), "%s", detail);
}
