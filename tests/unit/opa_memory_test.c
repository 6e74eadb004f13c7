/* T77: reading an answer of OPA, and getting ready to ask, while allocations fail. */
#include "address.h"
#include "answer.h"
#include "ratls/opa.h"

#include "alloc_support.h"

#ifdef WITHOUT_ALLOC

Test(opa_memory, is_tested_without_sanitizers_only)
{
    cr_skip_test();
}

#else

static bool reads(const char *body, enum ratls_err due)
{
    struct ratls_error err = {0};

    armed = true;
    enum ratls_err e = rt_opa_answer(ratls_bytes_str(body), &err);
    armed = false;
    cr_expect(e == due || e == RATLS_E_NO_MEMORY || e == RATLS_E_OPA_FAILED, "%s",
              ratls_err_reason(e));
    return e == due;
}

static bool reads_allow(void)
{
    return reads("{\"result\":{\"allow\":true,\"why\":[\"a\"]}}", RATLS_OK);
}

static bool reads_deny(void)
{
    return reads("{\"result\":{\"allow\":false,\"why\":[\"a\"]}}", RATLS_E_OPA_DENIED);
}

/* What is a denial with memory is no allow without. */
Test(opa_memory, answer_survives_failures)
{
    fail_each(reads_allow, ONCE);
    fail_each(reads_deny, ONCE);
    fail_each(reads_deny, FOR_EVER);
}

static bool opens(void)
{
    struct ratls_opa *opa = NULL;
    struct ratls_error err = {0};

    armed = true;
    enum ratls_err e = ratls_opa_new("http+unix:/run/opa.sock", "ratls/allow", 1000, &opa, &err);
    armed = false;
    cr_expect_eq(e == RATLS_OK, opa != NULL);
    ratls_opa_free(opa);
    return e == RATLS_OK;
}

static bool finds_address(void)
{
    struct rt_opa_address a;
    struct ratls_error err = {0};

    armed = true;
    enum ratls_err e = rt_opa_address("http://127.0.0.1:8181", "ratls/allow", &a, &err);
    armed = false;
    cr_expect_eq(e == RATLS_OK, a.url != NULL);
    rt_opa_address_free(&a);
    return e == RATLS_OK;
}

Test(opa_memory, start_survives_failures_and_leaves_nothing_behind)
{
    fail_each(opens, OURS_ONCE);
    fail_each(finds_address, ONCE);
    fail_each(finds_address, OURS_ONCE);
}

#endif
