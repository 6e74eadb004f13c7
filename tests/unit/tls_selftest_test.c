/* The start-up self-test (threats T01, T04, T06, T82): passes here, and notices a TLS library that
 * misbehaves. The library's functions are replaced in this program, one misdeed at a time. */
#include <wolfssl/options.h>

#include <dlfcn.h>
#include <stdlib.h>

#include <wolfssl/ssl.h>
#include <wolfssl/wolfcrypt/ecc.h>

#include <criterion/criterion.h>

#include "offload.h"
#include "tls_selftest.h"

enum misdeed { NONE, NO_HANDSHAKE, ANY_SIGNATURE, ANY_SUITE, RESUMES, NO_SECOND };
static enum misdeed misdeed;
static int handshakes;

static void *next(const char *name)
{
    void *f = dlsym(RTLD_NEXT, name);

    cr_assert_not_null(f);
    return f;
}

int wolfSSL_connect(WOLFSSL *ssl)
{
    int (*real)(WOLFSSL *) = NULL;

    *(void **)&real = next("wolfSSL_connect");
    handshakes += misdeed == NO_SECOND && wolfSSL_is_init_finished(ssl);
    if (misdeed == NO_HANDSHAKE || (misdeed == NO_SECOND && handshakes > 0))
        return WOLFSSL_FATAL_ERROR;
    int r = real(ssl);
    handshakes += misdeed == NO_SECOND && r == WOLFSSL_SUCCESS;
    return r;
}

int wc_ecc_verify_hash_ex(mp_int *r, mp_int *s, const byte *hash, word32 len, int *res,
                          ecc_key *key)
{
    int (*real)(mp_int *, mp_int *, const byte *, word32, int *, ecc_key *) = NULL;

    *(void **)&real = next("wc_ecc_verify_hash_ex");
    int rc = real(r, s, hash, len, res, key);
    if (misdeed == ANY_SIGNATURE && rc == 0)
        *res = 1;
    return rc;
}

/* As if the pinned list had no effect: the library's default stays. */
int wolfSSL_CTX_set_cipher_list(WOLFSSL_CTX *ctx, const char *list)
{
    int (*real)(WOLFSSL_CTX *, const char *) = NULL;

    *(void **)&real = next("wolfSSL_CTX_set_cipher_list");
    if (misdeed == ANY_SUITE && strstr(list, "AES"))
        return WOLFSSL_SUCCESS;
    return real(ctx, list);
}

int wolfSSL_session_reused(WOLFSSL *ssl)
{
    int (*real)(WOLFSSL *) = NULL;

    *(void **)&real = next("wolfSSL_session_reused");
    return misdeed == RESUMES ? 1 : real(ssl);
}

/* ---- the probes ---- */

static char last_log[512];

static void keep_log(void *arg, enum ratls_log_level level, const char *line)
{
    (void)arg;
    if (level == RATLS_LOG_ERROR)
        (void)snprintf(last_log, sizeof last_log, "%s", line);
}

static struct ratls_env env;
static struct ratls_error err;

static void setup(void)
{
    env = *ratls_env_system();
    env.log = keep_log;
    rt_offload_switch(false); /* the misdeeds below are wolfCrypt's */
}

TestSuite(selftest, .init = setup, .timeout = 60);

Test(selftest, every_probe_passes_with_the_library_that_runs_here)
{
    cr_expect_eq(rt_selftest_clone(&env, &err), RATLS_OK, "%s", err.detail);
    cr_expect_eq(rt_selftest_null_suite(&env, &err), RATLS_OK, "%s", err.detail);
    cr_expect_eq(rt_selftest_resumption(&env, &err), RATLS_OK, "%s", err.detail);
    cr_expect_eq(ratls_selftest(&env, &err), RATLS_OK, "%s", err.detail);
}

static void expect(enum ratls_err e, const char *part_of_detail)
{
    cr_expect_eq(e, RATLS_E_SELFTEST, "%s", ratls_err_reason(e));
    cr_expect(strstr(err.detail, part_of_detail), "%s", err.detail);
    err = (struct ratls_error){0};
}

/* Each probe has a control: a library with which nothing works proves nothing. */
Test(selftest, every_probe_notices_a_library_that_cannot_connect)
{
    misdeed = NO_HANDSHAKE;
    expect(rt_selftest_clone(&env, &err), "genuine");
    expect(rt_selftest_null_suite(&env, &err), "ordinary handshake");
    expect(rt_selftest_resumption(&env, &err), "ordinary handshake");
}

/* T01 */
Test(selftest, clone_probe_notices_a_clone_that_is_accepted)
{
    misdeed = ANY_SIGNATURE;
    expect(rt_selftest_clone(&env, &err), "clone of a CA is accepted");
    expect(ratls_selftest(&env, &err), "clone of a CA is accepted");
}

/* T04 */
Test(selftest, null_suite_probe_notices_a_list_without_effect)
{
    misdeed = ANY_SUITE;
    expect(rt_selftest_null_suite(&env, &err), "without encryption");
    expect(ratls_selftest(&env, &err), "without encryption");
}

/* T06 */
Test(selftest, resumption_probe_notices_a_resumed_session)
{
    misdeed = RESUMES;
    expect(rt_selftest_resumption(&env, &err), "a session is resumed");
    misdeed = NO_SECOND;
    expect(rt_selftest_resumption(&env, &err), "second handshake fails");
}

/* ---- contexts ---- */

static enum ratls_err start(bool ignore)
{
    struct ratls_config *c = NULL;
    struct ratls_trust *t = NULL;
    struct ratls_ctx *ctx = NULL;

    cr_assert_eq(ratls_config_new(&env, &c), RATLS_OK);
    cr_assert_eq(ratls_trust_new(&env, &t), RATLS_OK);
    ratls_config_set_trust(c, t);
    if (ignore)
        ratls_config_insecure_ignore_selftest(c);
    enum ratls_err e = ratls_ctx_new(c, &ctx, &err);
    cr_expect_eq(ctx == NULL, e != RATLS_OK);
    ratls_ctx_unref(ctx);
    ratls_config_free(c);
    ratls_trust_unref(t);
    return e;
}

/* T82 */
Test(selftest, context_does_not_start_with_a_library_that_misbehaves)
{
    static const enum misdeed misdeeds[] = {NO_HANDSHAKE, ANY_SIGNATURE, ANY_SUITE, RESUMES};

    for (size_t i = 0; i < sizeof misdeeds / sizeof misdeeds[0]; i++) {
        misdeed = misdeeds[i];
        expect(start(false), "self-test");
    }
}

/* T82 */
Test(selftest, context_starts_when_told_by_name_and_says_so)
{
    misdeed = RESUMES;
    cr_expect_eq(start(true), RATLS_OK, "%s", err.detail);
    cr_expect(strstr(last_log, "insecure"), "%s", last_log);
    cr_expect(strstr(last_log, "self-test"), "%s", last_log);
}

Test(selftest, context_that_ignores_the_self_test_says_nothing_when_it_passes)
{
    cr_expect_eq(start(true), RATLS_OK);
    cr_expect_str_eq(last_log, "");
}

/* What passed is not asked again, what failed is; with other arithmetic it is another library. */
Test(selftest, context_asks_the_library_of_a_process_once)
{
    misdeed = RESUMES;
    expect(start(false), "self-test");
    misdeed = NONE;
    cr_expect_eq(start(false), RATLS_OK);
    misdeed = RESUMES;
    cr_expect_eq(start(false), RATLS_OK);
    rt_offload_switch(true);
    if (rt_offload_is_on())
        expect(start(false), "self-test");
}
