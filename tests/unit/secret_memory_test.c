/* Out of memory at every place: nothing crashes, leaks, or is given out half. */
#define RUNS 400
#include "alloc_support.h"

#include "crypto.h"
#include "secrets_support.h"

#ifdef WITHOUT_ALLOC
Test(secret_memory, needs_an_allocator_of_its_own)
{
    cr_skip_test("a sanitizer owns malloc()");
}
#else

/* In every test the same. */
static struct ratls_buffer spki, private_key;

static enum ratls_err release(struct world *w, struct ratls_kek *kek)
{
    struct ratls_claims *claims = ratls_claims_new();
    static const uint8_t hash[32];
    const struct ratls_secret_peer peer = {.expires = w->now + 1,
                                           .level = RATLS_LEVEL_SESSION,
                                           .tee = "tdx",
                                           .claims = claims,
                                           .spki_sha256 = ratls_bytes(hash, sizeof hash)};
    const struct ratls_secret_request request = {.name = "db", .peer = &peer, .author = "proxy"};
    struct ratls_custody *c = NULL;
    struct ratls_secret_value *v = NULL;
    int64_t version;
    enum ratls_err e =
        claims ? ratls_custody_new(&w->env, w->store, kek, NULL, &c) : RATLS_E_NO_MEMORY;

    (void)ratls_claims_set_text(claims, "measurement", VALUE_A);
    (void)ratls_claims_set_text(claims, "tcb_status", "UpToDate");
    (void)ratls_claims_set_bool(claims, "debug", false);
    (void)ratls_claims_set_bool(claims, "simulated", false);
    if (!e)
        e = ratls_secret_release(c, &request, &v, &version, &w->err);
    cr_expect_eq(e == RATLS_OK, v != NULL);
    ratls_secret_value_free(v);
    ratls_custody_free(c);
    ratls_claims_free(claims);
    return e;
}

static enum ratls_err send(struct world *w, enum ratls_jwe_enc enc)
{
    struct ratls_secret_value *v = NULL;
    struct ratls_buffer jwe = {0};
    const struct ratls_jwe_key to = {.key = rt_bytes_of(&spki), .enc = enc};
    const struct ratls_jwe_key own = {.key = rt_bytes_of(&private_key), .enc = enc};
    enum ratls_err e = ratls_secret_jwe(&w->env, ratls_bytes_str("value"), &to, &jwe, &w->err);

    if (!e)
        e = ratls_secret_jwe_open(&w->env, rt_bytes_of(&jwe), &own, &v, &w->err);
    cr_expect_eq(e == RATLS_OK, v != NULL);
    ratls_secret_value_free(v);
    ratls_buffer_free(&jwe);
    return e;
}

/* Everything that is done with secrets. */
static enum ratls_err use(struct world *w, const char *url)
{
    const struct ratls_secret_put what = a_put("db", "value");
    const struct ratls_secret_job job = {.name = "db", .author = "op"};
    struct ratls_kek *kek = NULL;
    struct ratls_secret_value *v = NULL;
    char text[4096] = "";
    int64_t version;
    size_t n;
    enum ratls_err e = ratls_kek_open(&w->env, url, &kek, &w->err);

    if (!e)
        e = ratls_secret_put(w->store, kek, &what, &version, &w->err);
    if (!e)
        e = ratls_secret_rotate(w->store, kek, &what, &version, &w->err);
    if (!e)
        e = ratls_secret_rebind(w->store, kek, &job, &n, &w->err);
    if (!e)
        e = ratls_secret_each(w->store, NULL, print_secret, text, &w->err);
    if (!e)
        e = ratls_secret_open(w->store, kek, &job, &v, &w->err);
    ratls_secret_value_free(v);
    if (!e)
        e = release(w, kek);
    if (!e)
        e = send(w, RATLS_JWE_A256GCM);
    if (!e && ratls_jwe_enc_check(RATLS_JWE_SM4_GCM, NULL) == RATLS_OK)
        e = send(w, RATLS_JWE_SM4_GCM);
    if (!e)
        e = ratls_secret_delete(w->store, &job, &n, &w->err);
    ratls_kek_close(kek);
    return e;
}

static bool work(void)
{
    struct world w;
    const char *url;

    armed = false;
    world_begin(&w, FOLDER);
    add_policy(&w, "web", 1, POLICY_A);
    url = file_with("kek", ratls_bytes_str(KEK_TEXT), 0600);
    armed = true;
    enum ratls_err e = use(&w, url);
    armed = false;
    cr_expect(e == RATLS_OK || rt_is_own_failure(e) || e == RATLS_E_RANDOM || e == RATLS_E_STORE ||
                  e == RATLS_E_STORE_DENIED,
              "%s: %s", ratls_err_reason(e), w.err.detail);
    w.err = (struct ratls_error){0};
    cr_expect_eq(check(&w, NULL), RATLS_OK, "what is there fits together: %s", w.err.detail);
    world_end(&w);
    return e == RATLS_OK;
}

static void begin(void)
{
    struct rt_key *key = NULL;

    cr_assert_eq(rt_key_generate(ratls_env_system(), RT_P256, &key), RATLS_OK);
    cr_assert_eq(rt_key_export(key, &private_key), RATLS_OK);
    cr_assert_eq(rt_dup(rt_key_spki(key), &spki), RATLS_OK);
    rt_key_free(key);
}

TestSuite(secret_memory, .init = begin);

Test(secret_memory, fails_once)
{
    fail_each(work, OURS_ONCE);
}

Test(secret_memory, fails_for_good)
{
    fail_each(work, FOR_EVER);
}
#endif
