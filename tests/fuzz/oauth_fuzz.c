/* Any bytes as the answer of a token endpoint: the first says by which status. A token is taken
 * only by 200, and it stands in the answer. */
#include <stdlib.h>

#include "oauth.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_token(struct ratls_bytes body, const char *type)
{
    struct ratls_error err = {0};
    struct ratls_buffer token;
    enum ratls_err e = rt_oauth_token(body, type, &token, &err);

    if (e ? token.p || err.code != e : token.len < 5 || strlen((char *)token.p) != token.len)
        abort();
    ratls_buffer_free(&token);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ratls_error oauth = {0}, problem = {0};

    if (size == 0)
        return 0;
    const struct ratls_bytes body = ratls_bytes(data + 1, size - 1);
    check_token(body, RT_OAUTH_TLS);
    check_token(body, RT_OAUTH_DPOP);
    (void)rt_oauth_wants_nonce(body);
    const enum ratls_err a = rt_oauth_error(200 + data[0], body, &oauth);
    const enum ratls_err b = rt_problem_error(200 + data[0], body, &problem);
    if (!a || a != oauth.code || !b || b != problem.code || !oauth.detail[0] || !problem.detail[0])
        abort();
    return 0;
}
