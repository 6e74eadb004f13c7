/* T77 for COSE: an allocation fails while a token is verified or made. No crash, no leak; a good
 * signature is then never called wrong, and a wrong one never good. */
#include "cose_support.h"

#define RUNS 2000 /* more than there are allocations: each n */
#include "alloc_support.h"

#ifdef WITHOUT_ALLOC

Test(cose_memory, is_tested_without_sanitizers_only)
{
    cr_skip_test();
}

#else

static struct ratls_buffer good[SIGNERS], wrong[SIGNERS];
static size_t with;

static void setup(void)
{
    make_signers();
    for (size_t i = 0; i < SIGNERS; i++) {
        good[i] = signed_message((enum signer)i, rt_sim_cose_alg(&signers[i]));
        MUST(rt_dup(rt_bytes_of(&good[i]), &wrong[i]));
        wrong[i].p[wrong[i].len - 1] ^= 1;
    }
}

static void teardown(void)
{
    for (size_t i = 0; i < SIGNERS; i++) {
        ratls_buffer_free(&good[i]);
        ratls_buffer_free(&wrong[i]);
    }
    free_signers();
}

TestSuite(cose_memory, .init = setup, .fini = teardown, .timeout = 300);

static bool verify(const struct ratls_buffer *in, enum ratls_err due)
{
    struct ratls_error why = {0};

    armed = true;
    enum ratls_err e = judge_message(rt_bytes_of(in), &public_keys[with], &why);
    armed = false;
    cr_expect(e == due || rt_is_own_failure(e), "%s: %s", ratls_err_reason(e), why.detail);
    return e == due;
}

static bool verify_good(void)
{
    return verify(&good[with], RATLS_OK);
}

static bool verify_wrong(void)
{
    return verify(&wrong[with], RATLS_E_EVIDENCE_SIGNATURE);
}

static bool sign(void)
{
    struct ratls_buffer out;

    armed = true;
    enum ratls_err e = rt_sim_cose_sign1(ratls_env_system(), &signers[with],
                                         rt_sim_cose_alg(&signers[with]), BYTES("a"), &out);
    armed = false;
    cr_expect(e == RATLS_OK || rt_is_own_failure(e), "%s", ratls_err_reason(e));
    cr_expect_eq(e == RATLS_OK, out.p != NULL);
    ratls_buffer_free(&out);
    return e == RATLS_OK;
}

/* Below us as well, once and for ever. */
Test(cose_memory, a_good_signature_is_never_called_wrong)
{
    for (with = 0; with < SIGNERS; with++) {
        fail_each(verify_good, ONCE);
        fail_each(verify_good, FOR_EVER);
        fail_each(verify_good, OURS_ONCE);
    }
}

Test(cose_memory, a_wrong_signature_is_never_called_good)
{
    for (with = 0; with < SIGNERS; with++) {
        fail_each(verify_wrong, ONCE);
        fail_each(verify_wrong, FOR_EVER);
        fail_each(verify_wrong, OURS_ONCE);
    }
}

Test(cose_memory, nothing_half_signed_comes_out)
{
    for (with = 0; with < SIGNERS; with++)
        fail_each(sign, OURS_ONCE);
}

#endif
