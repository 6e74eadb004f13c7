/* Tokens. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "auth.h"

bool px_auth_init(struct px_auth *a, const char *token)
{
    char pair[PX_TOKEN_MAX + 8];
    size_t len = strlen(token);

    *a = (struct px_auth){0};
    if (len < PX_TOKEN_MIN || len > PX_TOKEN_MAX)
        return false;
    for (size_t i = 0; i < len; i++)
        if (token[i] <= 0x20 || token[i] >= 0x7f)
            return false;
    (void)snprintf(a->bearer, sizeof a->bearer, "%s", token);
    (void)snprintf(pair, sizeof pair, "admin:%s", token);
    px_base64(ratls_bytes_str(pair), a->basic, sizeof a->basic);
    explicit_bzero(pair, sizeof pair);
    return true;
}

static const char *after_scheme(const char *shown, const char *scheme)
{
    size_t len = strlen(scheme);

    if (strncasecmp(shown, scheme, len) != 0 || shown[len] != ' ')
        return NULL;
    return shown + len + strspn(shown + len, " ");
}

static enum px_answer_to compare(const struct px_auth *a, const char *shown)
{
    const char *bearer = after_scheme(shown, "Bearer"), *basic = after_scheme(shown, "Basic");

    if (bearer && px_credential_equal(ratls_bytes_str(bearer), a->bearer))
        return PX_AUTH_BEARER;
    if (basic && px_credential_equal(ratls_bytes_str(basic), a->basic))
        return PX_AUTH_BASIC;
    return PX_AUTH_WRONG;
}

enum px_answer_to px_auth_ask(struct px_auth *a, const char *source, const char *shown,
                              int64_t now_ms)
{
    if (!shown)
        return PX_AUTH_NONE;
    if (!px_tries_left(&a->tries, source, now_ms))
        return PX_AUTH_LIMITED;
    enum px_answer_to answer = a->bearer[0] ? compare(a, shown) : PX_AUTH_WRONG;
    if (answer == PX_AUTH_WRONG)
        px_tries_failed(&a->tries, source);
    return answer;
}

bool px_auth_host(const char *host)
{
    static const char *const names[] = {"localhost", "127.0.0.1", "[::1]"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        size_t len = strlen(names[i]);
        if (strncasecmp(host, names[i], len) != 0)
            continue;
        const char *rest = host + len;
        if (*rest == '\0' || (*rest == ':' && strspn(rest + 1, "0123456789") == strlen(rest + 1)))
            return true;
    }
    return false;
}
