/* T77: answers of a token endpoint are read while allocations fail: no token is made up. */
#include "oauth.h"

#include "alloc_support.h"

#ifdef WITHOUT_ALLOC

Test(request_memory, is_tested_without_sanitizers_only)
{
    cr_skip_test();
}

#else

#define TOKEN                                                                                      \
    "{\"access_token\":\"a.b.c\",\"issued_token_type\":\"" RT_TYPE_JWT "\",\"token_type\":\"N_"    \
    "A\"}"

static bool reads_token(void)
{
    struct ratls_buffer token;
    struct ratls_error err = {0};

    armed = true;
    enum ratls_err e = rt_oauth_token(ratls_bytes_str(TOKEN), RT_OAUTH_TLS, &token, &err);
    armed = false;
    cr_expect_eq(e == RATLS_OK, token.p != NULL);
    cr_expect(e == RATLS_OK || e == RATLS_E_NO_MEMORY || e == RATLS_E_FETCH, "%s",
              ratls_err_reason(e));
    ratls_buffer_free(&token);
    return e == RATLS_OK;
}

/* Words that cannot be read leave the status. */
static bool reads_error(void)
{
    struct ratls_error err = {0};

    armed = true;
    enum ratls_err e = rt_oauth_error(401, ratls_bytes_str("{\"error\":\"slow_down\"}"), &err);
    armed = false;
    cr_expect(e == RATLS_E_LIMIT || e == RATLS_E_PEER_DENIED, "%s", ratls_err_reason(e));
    return e == RATLS_E_LIMIT;
}

Test(request_memory, reading_survives_failures)
{
    fail_each(reads_token, ONCE);
    fail_each(reads_token, FOR_EVER);
    fail_each(reads_error, ONCE);
}

#endif
