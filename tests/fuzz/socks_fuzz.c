/* Any bytes as a SOCKS greeting, login and request, and as the authority of a CONNECT: what is
 * accepted has one spelling, which is accepted again and means the same. */
#include <stdlib.h>

#include "socks.h"
#include "users.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void inspect(const struct px_destination *d)
{
    char text[PX_MAX_TARGET], again[PX_MAX_TARGET];
    struct px_destination same;

    px_destination_text(d, text);
    must(text[0] && px_destination_parse(ratls_bytes_str(text), &same));
    px_destination_text(&same, again);
    must(strcmp(text, again) == 0 && same.family == d->family && same.port == d->port);
    must(memcmp(same.address, d->address, sizeof same.address) == 0);
}

/* Only the user of the one line is known, and no byte more or less is. */
static size_t log_in(struct ratls_bytes bytes)
{
    static const char line[] = "a:password";
    struct px_socks_login shown;
    struct px_users *users = NULL;
    size_t len = 0;
    enum px_socks_is is = px_socks_login(bytes, &len, &shown);

    must(is != PX_SOCKS_PART || bytes.len < PX_SOCKS_MAX);
    if (is != PX_SOCKS_WHOLE)
        return 0;
    must(len == 3 + shown.user.len + shown.password.len && len >= 5 && len <= PX_SOCKS_MAX);
    must(px_users_parse(ratls_bytes_str(line), &users, NULL) == RATLS_OK);
    must((px_users_know(users, shown.user, shown.password) != NULL) ==
         (ratls_bytes_equal(shown.user, ratls_bytes_str("a")) &&
          ratls_bytes_equal(shown.password, ratls_bytes_str("password"))));
    px_users_free(users);
    return len;
}

static struct ratls_bytes behind(struct ratls_bytes bytes, size_t n)
{
    return ratls_bytes(bytes.p + n, bytes.len - n);
}

/* What goes before the request: a greeting, and a login where one is asked for. */
static size_t greet(struct ratls_bytes all)
{
    size_t len = 0;

    if (px_socks_greeting(all, PX_SOCKS_USER, &len) == PX_SOCKS_WHOLE)
        len += log_in(behind(all, len));
    else if (px_socks_greeting(all, PX_SOCKS_ANYBODY, &len) != PX_SOCKS_WHOLE)
        return 0;
    must(len >= 3 && len <= all.len);
    return len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ratls_bytes all = ratls_bytes(data, size);
    struct px_destination to;
    size_t len = 0;

    if (px_destination_parse(all, &to))
        inspect(&to);
    all = behind(all, greet(all));
    enum px_socks_is is = px_socks_request(all, &len, &to);
    must(is != PX_SOCKS_PART || all.len < PX_SOCKS_MAX);
    if (is == PX_SOCKS_WHOLE) {
        must(len >= 8 && len <= all.len && len <= PX_SOCKS_MAX);
        inspect(&to);
    }
    return 0;
}
