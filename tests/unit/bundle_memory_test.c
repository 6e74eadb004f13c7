/* T77 for bundles: an allocation fails while one is made or opened. No crash, no leak; a good
 * bundle is then never given out in part, and a wrong one never opened. */
#include "bundle_support.h"

#define RUNS 400
#include "alloc_support.h"

#ifdef WITHOUT_ALLOC

Test(bundle_memory, is_tested_without_sanitizers_only)
{
    cr_skip_test();
}

#else

static struct ratls_buffer good, wrong;
static enum signer with;

static void setup(void)
{
    make_keys();
}

static void teardown(void)
{
    free_keys();
}

TestSuite(bundle_memory, .init = setup, .fini = teardown, .timeout = 300);

static void choose(enum signer by)
{
    static const char *const headers[] = {HEADER("ES256"), HEADER("ES384"), "", HEADER("RS256")};

    with = by;
    ratls_buffer_free(&good);
    ratls_buffer_free(&wrong);
    good = forge(TEXT(headers[by]), TEXT(DOCUMENT), by);
    MUST(rt_dup(rt_bytes_of(&good), &wrong));
    wrong.p[wrong.len - 9] = wrong.p[wrong.len - 9] == 'A' ? 'B' : 'A'; /* still base64url */
}

/* OpenSSL below libjwt does not tell a lack of memory from a wrong signature, nor does wolfCrypt
 * from a key that is none. */
static bool work_open(const struct ratls_buffer *in, enum ratls_err due)
{
    struct ratls_buffer document = {0};

    armed = true;
    enum ratls_err e =
        ratls_bundle_open(rt_bytes_of(in), rt_bytes_of(&public_pem[with]), &document, NULL);
    ratls_buffer_free(&document);
    armed = false;
    cr_expect(e == due || e == RATLS_E_BUNDLE_SIGNATURE || rt_is_own_failure(e), "%s",
              ratls_err_reason(e));
    return e == due;
}

static bool open_good(void)
{
    return work_open(&good, RATLS_OK);
}

static bool open_wrong(void)
{
    return work_open(&wrong, RATLS_E_BUNDLE_SIGNATURE);
}

static bool sign_one(void)
{
    struct ratls_buffer jws = {0};

    armed = true;
    enum ratls_err e =
        ratls_bundle_sign(TEXT(DOCUMENT), rt_bytes_of(&private_pem[with]), "k", &jws, NULL);
    armed = false;
    cr_expect(e == RATLS_OK || e == RATLS_E_CERT_KEY || rt_is_own_failure(e), "%s",
              ratls_err_reason(e));
    cr_expect_eq(e == RATLS_OK, jws.p != NULL);
    armed = true;
    ratls_buffer_free(&jws);
    armed = false;
    return e == RATLS_OK;
}

static void run_all(int how)
{
    static const enum signer signers[] = {P256, RSA};

    for (size_t i = 0; i < RT_COUNT(signers); i++) {
        choose(signers[i]);
        fail_each(open_good, how);
        fail_each(open_wrong, how);
        fail_each(sign_one, how);
    }
    ratls_buffer_free(&good);
    ratls_buffer_free(&wrong);
}

Test(bundle_memory, one_allocation_fails)
{
    run_all(ONCE);
}

Test(bundle_memory, all_allocations_fail_from_one_on)
{
    run_all(FOR_EVER);
}

Test(bundle_memory, nothing_of_ours_is_lost)
{
    run_all(OURS_ONCE);
}

#endif
